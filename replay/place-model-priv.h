/* SPDX-License-Identifier: MIT */
#ifndef RKX_PLACE_MODEL_PRIV_H
#define RKX_PLACE_MODEL_PRIV_H

/* What placing a model and checking its layers share. */

#include <stdbool.h>

#include "lib/model-abi.h"
#include "lib/network.h"
#include "lib/regs-ids.h"
#include "place-model.h"
#include "plan.h"

#define REG(task, name) rkx_task_reg((task), RKR_REG_##name)
#define FIELD(task, name, field) \
	(REG(task, name) >> RKR_FLD_##name##_##field##_SHIFT & RKR_FLD_##name##_##field##_MASK)

/** BOs of a placed model, in the order in which they are made. */
enum rkx_model_bo {
	RKX_BO_CONSTANTS,
	RKX_BO_REGCMD,
	RKX_BO_TASKS,
	RKX_BO_INTERNAL,
	RKX_BO_INPUT,
	RKX_BO_OUTPUT,
	RKX_MODEL_BOS,
};

/** A task of the program for one core, and all registers as it finds them. */
struct rkx_model_task {
	struct rkr_task task;
	uint32_t *reg; /* by offset / 4 */
	bool conv;
	size_t place;  /* its buffers */
	char *skipped; /* what the board did not compute of it, or NULL */
};

/** Buffers of a task: what its registers count from. */
struct rkx_model_place {
	uint64_t size[RKX_BUFFERS];           /* 0: it has no such buffer */
	uint8_t bo[RKX_BUFFERS];              /* enum rkx_model_bo */
	uint64_t at[RKX_BUFFERS];             /* in the BO */
	const uint8_t *constant[RKX_BUFFERS]; /* the file's bytes, or NULL */
	uint32_t tensor[RKX_BUFFERS];
};

/** Memory of a tensor. */
struct rkx_model_tensor {
	bool used;
	uint8_t bo;
	uint64_t bytes;
	uint64_t at;
	/*
	 * The task that reads it and writes its result over it: what was there
	 * is kept, and from this task on the tensor is elsewhere. SIZE_MAX: none.
	 */
	size_t moved_by;
	uint64_t moved_at;
};

/** Tasks that are submitted together. */
struct rkx_model_submit {
	unsigned cores;
	struct rkr_task_span span[RKR_NPU_CORES]; /* in the file's task table, of each core */
};

struct rkx_model {
	const struct rkr_graph *graph;
	struct rkr_network *network;
	struct rkr_run *run;
	struct rkx_inference inference;
	struct rkx_model_task *tasks;
	struct rkx_model_place *places; /* one for each task */
	size_t n_tasks;
	struct rkx_model_tensor *tensors; /* as the graph's */
	struct rkx_model_submit *submits;
	size_t n_submits, cap_submits;
	struct rkr_task_span program; /* in the file's task table: what the run has of it */
	uint64_t bytes[RKX_MODEL_BOS];
	uint32_t bo[RKX_MODEL_BOS];
	uint64_t
		scratch; /* in BO internal: for the addresses of loads of tables, which no tensor is known for */
};

static inline uint32_t
rkx_task_reg(const struct rkx_model_task *task, uint16_t offset)
{
	return task->reg[offset / 4];
}

/** What an address register is for. False: it is none that is known. */
bool
rkx_buffer_of(uint16_t offset, enum rkx_buffer *ret_buffer);

/** Where task @nth of the program for one core has a tensor, in its BO. @writes: what it writes. */
uint64_t
rkx_model_tensor_at(const struct rkx_model *model, uint32_t tensor, size_t nth, bool writes);

/** Bytes from a surface of features to the next: what DMA_CON2 adds to four lines. */
uint64_t
rkx_feature_surface(const struct rkx_model_task *task);

/** Find the buffers of all tasks, and give each tensor its memory. 0, -ENOMEM, or an error with *err. */
int
rkx_model_measure(struct rkx_model *model, struct rkr_error *err);

/** What is submitted, in order. 0, -ENOMEM, or -EOPNOTSUPP with *err. */
int
rkx_model_make_submits(struct rkx_model *model, unsigned cores, struct rkr_error *err);

/** Make the run: its records and the contents of its BOs. 0, -ENOMEM, or an error with *err. */
int
rkx_model_build(struct rkx_model *model, const struct rkx_model_options *options, struct rkr_error *err);

/** Fill BO regcmd and BO task. As rkx_model_build(). */
int
rkx_model_write_program(struct rkx_model *model, struct rkr_error *err);

#endif
