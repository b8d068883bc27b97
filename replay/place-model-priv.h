/* SPDX-License-Identifier: MIT */
#ifndef RKX_PLACE_MODEL_PRIV_H
#define RKX_PLACE_MODEL_PRIV_H

/* What placing a model and checking its layers share. */

#include <stdbool.h>

#include "lib/regs-ids.h"
#include "place-model.h"

#define REG(task, name) rkx_task_reg((task), RKR_REG_##name)
#define FIELD(task, name, field) \
	(REG(task, name) >> RKR_FLD_##name##_##field##_SHIFT & RKR_FLD_##name##_##field##_MASK)

/** A task, and all registers as it finds them. */
struct rkx_model_task {
	struct rkr_task task;
	uint32_t *reg; /* by offset / 4 */
	bool conv;
	size_t place; /* its buffers */
	const char *refused;
};

/** Buffers of tasks that share them. */
struct rkx_model_place {
	uint64_t size[RKX_BUFFERS];
	uint64_t at[RKX_BUFFERS];                          /* in the BO of such buffers */
	const struct rkx_constant *constant[RKX_BUFFERS]; /* what fills it, or NULL */
};

struct rkx_model {
	struct rkr_run *run;
	struct rkx_model_task *tasks;
	size_t n_tasks, n_submitted;
	struct rkx_model_place *places;
	size_t n_places;
	uint64_t bytes[RKX_BUFFERS]; /* of each BO */
	uint32_t bo[RKX_BUFFERS];
};

static inline uint32_t
rkx_task_reg(const struct rkx_model_task *task, uint16_t offset)
{
	return task->reg[offset / 4];
}

/** Bytes from a surface of features to the next: what DMA_CON2 adds to four lines. */
uint64_t
rkx_feature_surface(const struct rkx_model_task *task);

#endif
