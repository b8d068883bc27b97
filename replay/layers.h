/* SPDX-License-Identifier: MIT */
#ifndef RKX_LAYERS_H
#define RKX_LAYERS_H

/*
 * Each operator of a replayed model against a plain reference: in double
 * precision, one term after the other, of the inputs that the run was given
 * and of the file's constants. Shares no code with the emulated NPU.
 *
 * There is a reference for convolutions of fp16 and int8, direct, depthwise
 * and over packed pixels, with all that DPU does to their sums; for DPU's sums
 * and products of maps, constants and vectors, lookups, copies and changes of
 * precision; for enlarging, and for pooling. Not for a change of layout, a
 * deconvolution, and pixels that are converted as they are read.
 *
 * Constants are those that the model was placed with, whatever the device did
 * to its memory: a weight that is changed on its way to the device, or there,
 * is found. One that is changed in the file is not: there is nothing else that
 * tells what it was.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/run.h"

enum rkx_layer_verdict {
	RKX_LAYER_PASS,
	RKX_LAYER_FAIL,
	RKX_LAYER_SKIP, /**< not judged, or not all of it */
};

/** An operator of the model. */
struct rkx_layer {
	uint32_t op_idx; /**< its number in the model */
	enum rkx_layer_verdict verdict;
	size_t task; /**< of the run: the first that is bad, or that is not judged; else its first */
	const char *
		why; /**< of a SKIP: what cannot be judged, a register and field where there is one; static */
	uint64_t compared; /**< results */
	/* Of a FAIL: channel, row and column of the task's first bad result; what was written, and the bounds of what
	 * should have been. */
	uint32_t k, y, x;
	double got, low, high;
};

struct rkx_layers {
	struct rkx_layer *layers; /**< in the order of the program */
	size_t n, capacity;
	size_t passed, failed, skipped;
};

struct rkx_layers_options {
	/** Why task @task of the run's table was not computed (static or as long-lived as @data), or NULL: it was. */
	const char *(*skipped)(void *data, size_t task);
	void *data;
};

/**
 * Compare what the device answered. Of each task some hundred results are
 * looked at, spread evenly, or all if they are cheap.
 *
 * A result passes if it is within what rounding may make of it: sums in fp32
 * may be off, and whether halves of integers go up or to even no board has
 * told.
 *
 * @param run      what was replayed, as it was sent: bound, with its task table and contents
 * @param answer   the run as the engine gives it: what the tasks write is taken from it
 * @param options  may be NULL
 * @return 0, -ENOMEM; with *err -ENODATA (the answer does not hold the outputs, or the run no tasks). Free
 *         with rkx_layers_free().
 */
int
rkx_layers_check(const struct rkr_run *run, const struct rkr_run *answer,
		 const struct rkx_layers_options *options, struct rkx_layers **ret_layers,
		 struct rkr_error *err);

void
rkx_layers_free(struct rkx_layers *layers);

/** The first operator that failed, or NULL. */
const struct rkx_layer *
rkx_layers_bad(const struct rkx_layers *layers);

/**
 * The reasons for skips, each with how many operators it is given for.
 *
 * @param i  from 0 on
 * @return the reason, or NULL: there are no more
 */
const char *
rkx_layers_reason(const struct rkx_layers *layers, size_t i, size_t *ret_count);

#endif
