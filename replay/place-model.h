/* SPDX-License-Identifier: MIT */
#ifndef RKX_PLACE_MODEL_H
#define RKX_PLACE_MODEL_H

/*
 * A compiled model as a run that can be replayed: one of its programs, whole,
 * with buffers of our own. The file tells which word of the regcmd counts from
 * which tensor, so that what an operator writes is what the next one reads.
 * Where tensors lie is ours: each has memory of its own, so that all results
 * are still there at the end.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/graph.h"
#include "lib/run.h"

/** What the address registers of a task are for. */
enum rkx_buffer {
	RKX_FEATURES, /**< of a convolution */
	RKX_WEIGHTS,
	RKX_BIAS,    /**< BS stage */
	RKX_FACTORS, /**< BN stage */
	RKX_OUTPUT,
	RKX_SOURCE,  /**< of what does not convolve; of a sum, its first operand */
	RKX_OPERAND, /**< its second one */
	RKX_BUFFERS,
};

struct rkx_model_options {
	const struct rkr_graph *graph; /**< kept, as is the file's memory that it points into */
	unsigned cores;                /**< 1 to 3: the program */
	bool read_internal;            /**< the answer holds what operators hand on, too */
	const void *input;             /**< of the network, in the NPU's layout; NULL: from the seed */
	size_t input_len;
	uint64_t seed;
};

struct rkx_model;

/**
 * Place a model. The run has a submit for the program of one core. Programs of
 * several cores have one for each run of operators that the cores share (a
 * slice with its separator for each), and one of one core for each block of
 * others between them, each ended by clearing its last link.
 * [inferred: links of separators jump over the others, which nothing else
 * starts then; no such submit was captured]
 *
 * @param run  of the same model, bound; not kept
 * @return 0, -ENOMEM; with *err -EOPNOTSUPP (an address that no tensor is
 *         known for, or a program that the model has not), -ENODATA (no
 *         tasks), -EINVAL (the input does not fit, or the file contradicts
 *         itself), -ERANGE (more memory than the NPU sees)
 */
int
rkx_model_new(const struct rkr_run *run, const struct rkx_model_options *options,
	      struct rkx_model **ret_model, struct rkr_error *err);

void
rkx_model_free(struct rkx_model *model);

/** The run that can be replayed; owned by the model. */
const struct rkr_run *
rkx_model_run(const struct rkx_model *model);

/** What of the run is inferred, for struct rkx_plan_options. */
const struct rkx_inference *
rkx_model_inference(const struct rkx_model *model);

/** Tasks of the program for one core. */
size_t
rkx_model_n_tasks(const struct rkx_model *model);

/**
 * Note that the board let a task pass without computing it.
 *
 * @param answer  the run as the engine gives it
 * @param list    where the task's record was, in that run
 * @param why     the register; copied
 */
void
rkx_model_note_skipped(struct rkx_model *model, const struct rkr_run *answer, uint32_t list, const char *why);

/** What the board did not compute of task @i of the program for one core, or NULL. */
const char *
rkx_model_skipped(const struct rkx_model *model, size_t i);

/** The same of task @row of the run. */
const char *
rkx_model_skipped_row(const struct rkx_model *model, size_t row);

/** The operator that task @i is of. */
uint32_t
rkx_model_op(const struct rkx_model *model, size_t i);

/**
 * Of each task, whether what it read is not what the model means, because a
 * task before it was not computed.
 *
 * @param ret_untrue  rkx_model_n_tasks() elements
 * @return 0 or -ENOMEM
 */
int
rkx_model_untrue(const struct rkx_model *model, bool *ret_untrue);

#endif
