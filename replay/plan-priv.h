/* SPDX-License-Identifier: MIT */
#ifndef RKX_PLAN_PRIV_H
#define RKX_PLAN_PRIV_H

/* The inside of a plan, for the files that make one. */

#include "lib/symbol.h"
#include "lib/util.h"
#include "plan.h"

/** Contents that the caller gave, kept. */
struct rkx_given {
	uint32_t bo;
	uint64_t offset;
	size_t len;
	uint8_t *data;
};

struct rkx_plan {
	struct rkr_run *source;  /* with the edits, where the source had its BOs */
	struct rkr_image *image; /* the same without addresses */
	struct rkr_run *placed;  /* the same where the plan is placed */
	uint64_t placement;
	uint64_t seed;
	struct rkx_inference inference;

	struct rkr_bo *bos;
	uint32_t *order;    /* per BO: the how-manieth to be created */
	uint32_t *in_order; /* the BOs in that order */
	size_t n_bos;

	struct rkx_piece *pieces;
	size_t n_pieces, cap_pieces;

	struct rkx_step *steps;
	size_t n_steps, cap_steps;

	struct rkx_plan_submit *submits;
	size_t n_submits, cap_submits;

	struct rkx_edit *edits;
	size_t n_edits, cap_edits;

	struct rkx_given *given;
	size_t n_given, cap_given;
};

RKR_DEFINE_CLEANUP(struct rkx_plan *, rkx_plan_free)
RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)

/** Change a run as an edit says. Appends to the plan's edits. 0, -EINVAL with *err, or -ENOMEM. */
int
rkx_plan_edit(struct rkx_plan *plan, struct rkr_run *run, const char *text, struct rkr_error *err);

/** Look for values that look like addresses and that no rule claims. 0 or -EFAULT with *err. */
int
rkx_plan_check(const struct rkr_run *run, struct rkr_error *err);

/** Say where each byte of each BO comes from. 0, -ENOMEM, or an error with *err. */
int
rkx_plan_make_pieces(struct rkx_plan *plan, const struct rkx_plan_options *options, struct rkr_error *err);

/** The steps, from the source's calls. 0, -ENOMEM, or an error with *err. */
int
rkx_plan_make_steps(struct rkx_plan *plan, struct rkr_error *err);

/** What people call a BO: its role, or "BO 3". */
const char *
rkx_bo_name(const struct rkr_run *run, uint32_t bo, char buf[32]);

#endif
