/* SPDX-License-Identifier: MIT */
#ifndef RKR_CHECKS_H
#define RKR_CHECKS_H

/*
 * The verifier: one table of checks, each an assertion about runs of a
 * workload. A check states what it needs; a run that does not have it is
 * skipped with the reason, a run that ought to have it and does not fails.
 * Rules of chip, driver and runtime come from the models (model-*.h) and from
 * the run to compare with, expected addresses from the run itself.
 */

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "ledger.h"
#include "run.h"
#include "visibility.h"

RKR_BEGIN_DECLS

enum rkr_check_state {
	RKR_CHECK_PASS,
	RKR_CHECK_FAIL,
	RKR_CHECK_SKIP,
	RKR_CHECK_STATE_MAX_,
};

/** "PASS", "FAIL", "SKIP" */
const char *
rkr_check_state_name(enum rkr_check_state state);

/** A run to verify. All that it points at must outlive the checks. */
struct rkr_check_subject {
	const char *name;              /**< what to call it */
	const struct rkr_run *run;     /**< bound */
	const struct rkr_run *against; /**< bound; the same workload, generated or captured; or NULL */
	const char *no_against;        /**< why there is none; NULL: not said */
	const char *shape;             /**< the workload in the ledger's spelling, or NULL */
	const struct rkr_ledger_entry *ledger; /**< what is on record of it, or NULL */
};

/** One thing that is not as it should be. Strings belong to the checks. */
struct rkr_check_detail {
	size_t subject;
	const char *path;  /**< "mem_sync[5]", "task[3]", "regcmd[17] of task[0]" */
	const char *field; /**< NULL: the record as a whole */
	const char *expected;
	const char *found;
	const char *file; /**< where it was read; NULL: nowhere (generated, or missing) */
	uint64_t line;
};

/** What a check said of one run. */
struct rkr_check_verdict {
	enum rkr_check_state state;
	const char *reason; /**< of a skip; else NULL */
	uint64_t asserted;  /**< how many assertions were made */
};

struct rkr_check_result {
	unsigned id;
	const char *title;
	enum rkr_check_state state; /**< of all runs: failed in one, else passed in one, else skipped */
	const char *reason;         /**< of a skip; else NULL */
	const struct rkr_check_verdict *subjects; /**< one per run */
	const struct rkr_check_detail *details;   /**< of a failure */
	size_t n_details;
};

struct rkr_checks;

/** How many checks there are: ids go from 1 to this. */
size_t
rkr_checks_count(void);

/**
 * Run all checks on some runs.
 *
 * @param n  may be 0: then all are skipped, and say what they need
 * @return 0 (whatever the verdict) or -ENOMEM. Free with rkr_checks_free().
 */
int
rkr_checks_new(const struct rkr_check_subject *subjects, size_t n, struct rkr_checks **ret_checks);

/** Free checks, results and all; NULL is nothing. */
void
rkr_checks_free(struct rkr_checks *checks);

/** All results, by id. */
const struct rkr_check_result *
rkr_checks_results(const struct rkr_checks *checks, size_t *ret_n);

/** How many checks ended so. */
size_t
rkr_checks_total(const struct rkr_checks *checks, enum rkr_check_state state);

RKR_END_DECLS

#endif
