/* SPDX-License-Identifier: MIT */
#ifndef RKG_LAYOUT_H
#define RKG_LAYOUT_H

/*
 * The five buffers of a run: how large, where, and what lies where in them.
 */

#include <stdint.h>

#include "lib/error.h"
#include "lib/run.h"
#include "plan.h"
#include "record.h"

/** The buffers, in order of creation [captured: 15 ioctl logs]. */
enum rkg_bo {
	RKG_BO_TASK,     /**< the task table */
	RKG_BO_WEIGHT,   /**< weights, scratch, regcmd, a copy of the task table */
	RKG_BO_INTERNAL, /**< room for all tensors; unused if input and output have their own */
	RKG_BO_INPUT,
	RKG_BO_OUTPUT,
	RKG_N_BOS,
};

struct rkg_layout {
	struct rkr_bo bo[RKG_N_BOS];
	uint64_t weight_bytes;  /**< of the weights, at the start of the weight BO */
	uint64_t active_offset; /**< of the regcmd in the weight BO */
	uint64_t regcmd_bytes;
	uint64_t table_offset; /**< of the copy of the task table in the weight BO */
	uint64_t table_bytes;  /**< of a task table */
};

/** The top of the IOVA space [captured: addresses of 34 runs start below it]. */
#define RKG_IOVA_TOP (UINT64_C(1) << 32)

/**
 * Lay out the buffers.
 *
 * @param iova_top  one past the highest address to use: a multiple of 4096,
 *                  at most RKG_IOVA_TOP; 0 means that
 * @return 0, -EINVAL (iova_top), or -EOPNOTSUPP (no room), with *err.
 */
int
rkg_layout_init(struct rkg_layout *ret, const struct rkg_plan *plan, const struct rkg_regcmd *regcmd,
		uint64_t iova_top, struct rkr_error *err);

/** What addresses in the regcmd count from. */
void
rkg_layout_bases(const struct rkg_layout *layout, uint32_t ret_bases[RKG_BASE_MAX_]);

#endif
