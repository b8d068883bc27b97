/* SPDX-License-Identifier: MIT */
#ifndef RKG_GEN_H
#define RKG_GEN_H

/*
 * Shape in, run out: what the vendor runtime would have sent for one
 * convolution. Pure: no file, no device, no clock. For plans alone, see
 * domain.h.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/run.h"
#include "shape.h"

struct rkg_options {
	uint64_t iova_top; /**< one past the highest IOVA to use, a multiple of 4096; 0: 4 GiB */
	bool profiling;    /**< the sequence of a runtime that profiles each operator */
	bool reset;        /**< reset the NPU before the submit */
};

/**
 * Generate the run of a convolution: its records, BOs and their contents.
 * Weights, input and scratch memory are not known and not written; versions
 * of runtime and driver are not known either, so no record tells them. What
 * names things (objects, handles, file descriptors, virtual addresses) is
 * made up in the ranges of the captures.
 *
 * @param options  NULL: all zero
 * @param ret_run  bound; free with rkr_run_free()
 * @return 0; -EINVAL (no shape, or an option), -EOPNOTSUPP (refused by name),
 *         or -ENOMEM, with *err.
 */
int
rkg_conv_run(const struct rkg_shape *shape, const struct rkg_options *options, struct rkr_run **ret_run,
	     struct rkr_error *err);

#endif
