/* SPDX-License-Identifier: MIT */
#ifndef RKX_LAYERS_H
#define RKX_LAYERS_H

/*
 * Each operator of a replayed model against a plain reference: sums in double
 * precision, one term after the other, of the inputs that the run was given
 * and of the file's constants. Shares no code with the emulated NPU.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "place-model.h"

struct rkx_layers {
	size_t passed, failed, skipped; /**< operators */
	bool bad;                       /**< one failed; of the first: */
	uint32_t op_idx;                /**< its number in the model */
	size_t task;
	uint32_t k, y, x;               /**< channel, row, column */
	double got, want;
};

/**
 * Compare what the device answered. Of each task up to some 1500 results are
 * looked at, spread evenly.
 *
 * An fp16 result passes if it is what one rounding gives of a sum that is off
 * by no more than sums in fp32 may be.
 *
 * @param answer  the run as the engine gives it
 * @return 0, -ENOMEM, -ENODATA with *err (the answer does not hold the outputs)
 */
int
rkx_layers_check(const struct rkx_model *model, const struct rkr_run *answer, struct rkx_layers *ret_layers,
		 struct rkr_error *err);

#endif
