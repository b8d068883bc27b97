/* SPDX-License-Identifier: MIT */
#ifndef TOOL_VERIFY_H
#define TOOL_VERIFY_H

/* What the files of the verb verify share. */

#include "gen/shape.h"
#include "gen/verify-model.h"
#include "lib/checks.h"
#include "lib/ledger.h"
#include "tool.h"

RKR_DEFINE_CLEANUP(struct rkr_ledger *, rkr_ledger_free)
#define _cleanup_ledger_ rkr_cleanup(rkr_ledger_free)

/** Reads the ledger: a file, or the one that is built in. 0 or negative errno with *err. */
int
verify_ledger(const char *path, struct rkr_ledger **ret_ledger, struct rkr_error *err);

/**
 * The shape of the single convolution whose tensors a run's rows tell of.
 *
 * @param ret_why  why there is none; may be NULL
 */
bool
verify_shape(const struct rkr_run *run, struct rkg_shape *ret_shape, char *ret_why, size_t size);

/** Numbers of checks and operators by state: passed, failed, skipped. */
struct verify_totals {
	size_t n[RKR_CHECK_STATE_MAX_];
};

/** Print the last line. */
void
verify_print_totals(const struct verify_totals *totals, bool json);

/** A model's operators, judged. */
struct verify_model;

/** Judge a model. 0 or negative errno with *err. Free with verify_model_free(). */
int
verify_model_new(const struct rkr_run *run, struct verify_model **ret_model, struct rkr_error *err);

void
verify_model_free(struct verify_model *model);

/** How many operators are in that state. */
size_t
verify_model_total(const struct verify_model *model, enum rkg_verdict_state state);

void
verify_model_print(const struct verify_model *model, const char *name);

/** The same as JSON, an object a line. 0 or -ENOMEM. */
int
verify_model_print_json(const struct verify_model *model, const char *name);

/** Print the results. */
void
verify_print(const struct rkr_checks *checks, const struct rkr_check_subject *subjects, size_t n);

/** Print them as JSON, an object a line. 0 or -ENOMEM. */
int
verify_print_json(const struct rkr_checks *checks, const struct rkr_check_subject *subjects, size_t n);

/** verify --promote SHAPE. */
enum tool_exit
verify_promote(const struct tool_args *args, const struct rkr_ledger *ledger, const struct rkg_options *gen);

#endif
