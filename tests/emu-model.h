/* SPDX-License-Identifier: MIT */
#ifndef TEST_EMU_MODEL_H
#define TEST_EMU_MODEL_H

/*
 * A compiled model on the emulated board, from its file alone: the program of
 * one core, each operator with buffers of its own, random inputs, and the
 * file's constants.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/regs-ids.h"
#include "lib/run.h"
#include "parsers/rknn-priv.h"
#include "tests/emu-device.h"

/** A field of a task's registers, and a register. */
#define FIELD(task, reg, field) \
	((task)->reg_value[RKR_REG_##reg] >> RKR_FLD_##reg##_##field##_SHIFT & RKR_FLD_##reg##_##field##_MASK)
#define REG(task, reg) ((task)->reg_value[RKR_REG_##reg])

/** What the address registers of an operator's tasks count from. */
enum buffer { FEATURES, WEIGHTS, BIAS, OUTPUT, SOURCE, N_BUFFERS };

/** A task, and all registers as it finds them. */
struct task {
	struct rkr_task task;
	uint64_t *words; /* all registers of the blocks that it starts, written or inherited */
	size_t n_words;
	uint32_t *reg_value; /* the same by offset */
	bool conv;
	unsigned op; /* index into the model's operators */
};

/** Tasks that share buffers. */
struct operator
{
	size_t size[N_BUFFERS];
	struct emu_bo bo[N_BUFFERS];
};

/** A model with its board. */
struct model {
	struct rkr_run *run;
	struct rkp_bytes bytes;
	struct rkp_container container;
	bool *taken; /* of the container's buffers */
	struct task *tasks;
	size_t n;
	struct operator* ops;
	size_t n_ops;
	struct emu emu;
	struct emu_bo regcmd, table;
};

/** Read a file of the folder of captures, and start a board. @return false: it is not there. */
bool
model_open(struct model *m, const char *name);

void
model_close(struct model *m);

/** Make and fill the buffers, and write regcmd and task table. */
void
model_place(struct model *m);

/** Submit a task alone, by a record that leaves nothing to be inherited. @return what the submit gives. */
int
model_run_alone(struct model *m, size_t i);

/** Memory of a task's buffer. */
const unsigned char *
model_memory(const struct model *m, const struct task *t, enum buffer buffer, uint32_t offset);

/** Whether the input is packed pixels. */
bool
task_is_packed(const struct task *t);

/** Bytes from a surface of features to the next. */
size_t
task_feature_surface(const struct task *t);

#endif
