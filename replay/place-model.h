/* SPDX-License-Identifier: MIT */
#ifndef RKX_PLACE_MODEL_H
#define RKX_PLACE_MODEL_H

/*
 * A compiled model as a run that can be replayed: its program for one core,
 * with buffers of our own. The file tells no flow of data from an operator to
 * the next, so each operator has buffers of its own: it is run for itself, on
 * inputs from the seed.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/run.h"

/** A constant of the file. */
struct rkx_constant {
	const void *data;
	size_t len;
};

/** What the address registers of an operator's tasks count from. */
enum rkx_buffer { RKX_FEATURES, RKX_WEIGHTS, RKX_BIAS, RKX_OUTPUT, RKX_SOURCE, RKX_BUFFERS };

struct rkx_model_options {
	const struct rkx_constant *constants; /**< not copied: must outlive the model */
	size_t n_constants;
	const void *input; /**< of the first operator, in the NPU's layout; NULL: from the seed */
	size_t input_len;
	uint64_t seed;
};

struct rkx_model;

/**
 * Place a model: relative addresses are resolved by the role of their
 * register, and a register with no rule is refused by task and name.
 *
 * Which constant of the file is whose is told by its size: of those of one
 * size, the first one left is taken. [inferred: the file holds them apart, and
 * each operator's size is known]
 *
 * @param run  of a compiled model, bound; not kept
 * @return 0, -ENOMEM; with *err -EOPNOTSUPP (a register with no rule, or no
 *         task that can be run), -ENODATA (no constant of that size, no
 *         regcmd), -EINVAL (the input does not fit), -ERANGE (more memory than the NPU sees)
 */
int
rkx_model_new(const struct rkr_run *run, const struct rkx_model_options *options, struct rkx_model **ret_model,
	      struct rkr_error *err);

void
rkx_model_free(struct rkx_model *model);

/** The run that can be replayed; owned by the model. */
const struct rkr_run *
rkx_model_run(const struct rkx_model *model);

/** Tasks of the program for one core. */
size_t
rkx_model_n_tasks(const struct rkx_model *model);

/** How many of them are submitted: all up to the first that is not modelled. */
size_t
rkx_model_n_submitted(const struct rkx_model *model);

/** The operator that task @i is of. */
uint32_t
rkx_model_op(const struct rkx_model *model, size_t i);

/** Why task @i is not modelled: register and field, or NULL. */
const char *
rkx_model_refusal(const struct rkx_model *model, size_t i);

#endif
