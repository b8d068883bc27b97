/* SPDX-License-Identifier: MIT */
#ifndef RKX_REFERENCE_H
#define RKX_REFERENCE_H

/*
 * What the answer should be, computed by the CPU from what the run holds:
 * sums in double precision, rounded to fp16 once. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/run.h"

/** A convolution of fp16 by fp16, one group, one batch. Padding is in pixels. */
struct rkx_conv {
	uint32_t in_c, in_h, in_w;
	uint32_t out_c, out_h, out_w;
	uint32_t kh, kw;
	uint32_t stride;
	uint32_t pad_top, pad_left;
};

struct rkx_comparison {
	uint64_t compared; /**< elements of the output */
	uint64_t differ;   /**< that are not the reference's, bit by bit */
	double max_diff;   /**< the largest absolute difference; infinite if one is not a number */
	double allowed;    /**< one step of fp16 at the largest magnitude of the reference */
	bool right;        /**< max_diff is within what is allowed */
};

/**
 * Compare the output that a run holds with the reference.
 *
 * Where input, kernels and output are, the first task's registers tell. Their
 * layouts [captured: the emulated NPU's tests, by exact sums]:
 *  - features are NC1HWC2: surfaces of 8 channels, in each rows of pixels of
 *    8 halves; the input's surfaces follow each other, the output's are
 *    DST_SURF_STRIDE apart;
 *  - kernels are in blocks of 16 kernels by 32 channels: by 16 kernels, by 32
 *    channels, by tap (row by row), by kernel, by channel.
 *
 * @param run   as the engine gives it
 * @param conv  what is convolved; NULL: the run is an elementwise add
 * @return 0, -ENOMEM; -EOPNOTSUPP with *err (there is no reference for it),
 *         -ENODATA with *err (the run does not hold what is needed)
 */
int
rkx_reference_compare(const struct rkr_run *run, const struct rkx_conv *conv,
		      struct rkx_comparison *ret_comparison, struct rkr_error *err);

#endif
