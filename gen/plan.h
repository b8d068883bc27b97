/* SPDX-License-Identifier: MIT */
#ifndef RKG_PLAN_H
#define RKG_PLAN_H

/*
 * The tile plan of a convolution: three alternative programs for the same
 * work, for one, two and three cores, one after the other in the task table
 * [captured: 69 of 69 tables].
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geometry.h"
#include "lib/error.h"
#include "refusal.h"
#include "shape.h"

/** Programs in a plan: program i is for i + 1 cores. */
#define RKG_GROUPS 3

/** How a program shares the work out to its cores. */
enum rkg_split {
	RKG_SPLIT_NONE, /**< program 0; in programs 1 and 2: there is no way to share it out */
	RKG_SPLIT_Y,    /**< output rows, in turns */
	RKG_SPLIT_K,    /**< kernels */
};

/** "none", "y", "k" */
const char *
rkg_split_name(enum rkg_split split);

/** A tile: one record of the regcmd. All counts are of rows, channels or kernels. */
struct rkg_tile {
	uint8_t group;        /**< program: 0, 1, 2 */
	uint8_t core;         /**< core of the program */
	uint8_t data_banks;   /**< CBUF banks for input */
	uint8_t weight_banks; /**< CBUF banks for weights: the rest of 12 */
	bool reuse;           /**< the weights are those that the core has in the CBUF already */
	uint16_t grains;      /**< input rows to buffer before start */
	uint32_t y;           /**< first output row */
	uint32_t rows;        /**< output rows */
	uint32_t in_y;        /**< first input row */
	uint32_t in_rows;     /**< input rows */
	uint32_t pad_top;     /**< rows of padding above in_y */
	uint32_t k;           /**< first kernel */
	uint32_t kc;          /**< kernels */
	uint32_t c;           /**< first input channel */
	uint32_t cc;          /**< input channels */
};

struct rkg_group {
	enum rkg_split split;
	size_t first;   /**< index of its first tile */
	size_t n_tiles; /**< tiles of all its cores; 0 if a program 1 or 2 does not exist */
};

/** A plan. Tiles are in the order of the task table: by group, core, then as the core runs them. */
struct rkg_plan {
	struct rkg_geometry geometry;
	struct rkg_group groups[RKG_GROUPS];
	size_t n_tasks; /**< rows of the task table */
	size_t n_tiles;
	struct rkg_tile tiles[];
};

/** Neither two nor three cores can share the work: the table is three times the one record. */
static inline bool
rkg_plan_degenerate(const struct rkg_plan *plan)
{
	return plan->groups[1].split == RKG_SPLIT_NONE && plan->groups[2].split == RKG_SPLIT_NONE;
}

/**
 * Plan a convolution. Stride, padding, precision and bias are honoured,
 * whether or not the domain accepts them: callers want rkg_domain_plan() or
 * rkg_domain_check() unless they have evidence of their own.
 *
 * @param ret_refusal  why no plan follows from the formulas; may be NULL
 * @return 0, -EINVAL (no shape at all), -EOPNOTSUPP with *err and
 *         *ret_refusal, or -ENOMEM. Free the plan with rkg_plan_free().
 */
int
rkg_plan_new(const struct rkg_shape *shape, struct rkg_plan **ret_plan, enum rkg_refusal *ret_refusal,
	     struct rkr_error *err);

void
rkg_plan_free(struct rkg_plan *plan);

#endif
