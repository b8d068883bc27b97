/* SPDX-License-Identifier: MIT */
#ifndef RKR_CHECKS_PRIV_H
#define RKR_CHECKS_PRIV_H

/* What the table of checks and the checks themselves share. */

#include <stdarg.h>
#include <stdbool.h>

#include "checks.h"
#include "diff.h"
#include "model-abi.h"
#include "run-priv.h"

/** What a check needs besides records. */
enum rkr_check_needs {
	RKR_NEEDS_TASKS = 1 << 0,   /**< the task table */
	RKR_NEEDS_REGCMD = 1 << 1,  /**< all of the regcmd */
	RKR_NEEDS_AGAINST = 1 << 2, /**< a run to compare with */
};

struct rkr_check_ctx;

/** A row of the table. */
struct rkr_check_desc {
	const char *title;
	uint64_t kinds; /**< bit set of record kinds, all of which it needs */
	unsigned needs; /**< enum rkr_check_needs */
	void (*run)(struct rkr_check_ctx *c);
};

/** The check of this id: 1 to rkr_checks_count(). */
const struct rkr_check_desc *
rkr_check_desc(unsigned id);

#define RKR_KIND_BIT(kind) (UINT64_C(1) << RKR_KIND_##kind)

/** What is worked out once per run, for all checks. */
struct rkr_check_run {
	size_t *index;                   /**< records by kind, in order */
	size_t first[RKR_KIND_MAX_ + 1]; /**< where each kind starts in @index */
	struct rkr_diff *diff; /**< of the run and what it is compared with, made when first asked for */
};

struct rkr_checks {
	const struct rkr_check_subject *subjects;
	size_t n_subjects;
	struct rkr_check_run *runs;       /* one per subject */
	struct rkr_check_result *results; /* one per check */
	struct rkr_check_verdict *verdicts;
	struct rkr_check_detail *details;
	size_t n_details, cap_details;
	struct rkr_run *text; /* memory of the strings */
	int failed;           /* first -ENOMEM */
};

/** Text that lives as long as the checks; "" without memory, and then they have failed. */
__attribute__((format(printf, 2, 0))) const char *
rkr_checks_text(struct rkr_checks *checks, const char *fmt, va_list ap);

struct rkr_check_ctx;

/**
 * Zeroed memory for @n elements and one more, to be freed. NULL: there is none,
 * and the checks have failed.
 */
void *
rkr_check_alloc(const struct rkr_check_ctx *c, size_t n, size_t size);

/** One check of one run, while it is made. */
struct rkr_check_ctx {
	struct rkr_checks *all;
	const struct rkr_check_desc *desc;
	const struct rkr_check_subject *s;
	struct rkr_check_run *state;
	const struct rkr_run *run;
	size_t subject;
	size_t n_details;
	uint64_t asserted;
	const char *skip;
};

/* ---- reading the run ---- */

size_t
rkr_check_count(const struct rkr_check_ctx *c, enum rkr_kind kind);

/** Index of the @i-th record of a kind; it exists. */
size_t
rkr_check_index(const struct rkr_check_ctx *c, enum rkr_kind kind, size_t i);

/** The @i-th record of a kind; it exists. */
const struct rkr_record *
rkr_check_record(const struct rkr_check_ctx *c, enum rkr_kind kind, size_t i);

/** The BO of a role, or NULL. */
const struct rkr_bo *
rkr_check_bo(const struct rkr_check_ctx *c, const char *role);

/**
 * The record of the first submit, by the log that shows it best: logs of one
 * process may both show it. The number of records if there is none.
 */
size_t
rkr_check_first_submit(const struct rkr_check_ctx *c);

/** A submit as the driver takes it, from what its record shows. */
struct rkr_abi_submit
rkr_check_submit(const struct rkr_record *r);

/**
 * The task table: the run's own, else that of what it is compared with, with
 * its addresses where this run's BOs are.
 *
 * @return how many tasks; 0: none are known. *ret_tasks is to be freed.
 */
size_t
rkr_check_tasks(struct rkr_check_ctx *c, struct rkr_task **ret_tasks);

/** The record that shows row @i of the task table, or SIZE_MAX. */
size_t
rkr_check_task_record(const struct rkr_check_ctx *c, size_t i);

/** The size that a "Total ... Memory Size" row tells, in bytes. False: none does. */
bool
rkr_check_total(const struct rkr_check_ctx *c, const char *what, uint64_t *ret_bytes);

/**
 * Whether the runtime's rows tell of more than one layer, to which rules of a single convolution do
 * not apply.
 */
bool
rkr_check_is_network(const struct rkr_check_ctx *c);

/** Words of a regcmd region that are known, of how many. False: there is no regcmd. */
bool
rkr_check_regcmd_known(const struct rkr_check_ctx *c, uint64_t *ret_known, uint64_t *ret_all);

/** Each record of a kind, by its number among them; and where it stands in the run. */
#define FOR_EACH(c, kind, i) for (size_t i = 0; i < rkr_check_count((c), RKR_KIND_##kind); i++)
#define INDEX(c, kind, i) rkr_check_index((c), RKR_KIND_##kind, (i))

/* ---- asserting ---- */

/** Text that lives as long as the checks; "" without memory. */
__attribute__((format(printf, 2, 3))) const char *
rkr_check_text(struct rkr_check_ctx *c, const char *fmt, ...);

/**
 * Count an assertion, and note a failure if it does not hold. @record: whose place and path;
 * SIZE_MAX: then @path.
 */
void
rkr_check_that(struct rkr_check_ctx *c, bool holds, size_t record, const char *path, const char *field,
	       const char *expected, const char *found);

/** The same of a 64-bit word of a BO's contents: the failure is where it was read. */
void
rkr_check_word(struct rkr_check_ctx *c, bool holds, uint32_t bo, uint64_t offset, const char *path,
	       const char *field, const char *expected, const char *found);

/** Assert a field's value, if the record shows it. Returns whether it does. */
bool
rkr_check_field(struct rkr_check_ctx *c, size_t record, int field, uint64_t expected);

#define FIELD(c, at, kind, field, v) rkr_check_field((c), (at), RKR_F_##kind##_##field, (uint64_t)(v))

/** Assert a number that is in no field of a record; it is shown in hex. */
void
rkr_check_number(struct rkr_check_ctx *c, size_t record, const char *path, const char *field,
		 uint64_t expected, uint64_t found);

/** The same of a count, which is shown in decimal. */
void
rkr_check_amount(struct rkr_check_ctx *c, size_t record, const char *path, const char *field,
		 uint64_t expected, uint64_t found);

/**
 * A record of a kind is needed. Fails if there is none although the run's
 * source writes such records.
 *
 * @return whether there is one
 */
bool
rkr_check_mandatory(struct rkr_check_ctx *c, enum rkr_kind kind);

/**
 * A field of a submit is needed. Early captures and dumps do not show all of
 * a submit: skips then, unless another log of the same process shows the same
 * submit better. Fails if this log shows it elsewhere: a row was lost.
 *
 * @return whether the record has it
 */
bool
rkr_check_shows(struct rkr_check_ctx *c, size_t record, int field, const char *what);

/** This run cannot be judged by this check, because... The first reason stands. */
__attribute__((format(printf, 2, 3))) void
rkr_check_skip(struct rkr_check_ctx *c, const char *fmt, ...);

/** A difference that belongs to a check. */
typedef bool (*rkr_check_pick)(const struct rkr_check_ctx *c, const struct rkr_diff_item *item);

/**
 * Fail for each difference from the run to compare with that is of these
 * kinds and that @pick (may be NULL) takes; count what was compared.
 */
void
rkr_check_differences(struct rkr_check_ctx *c, uint64_t kinds, rkr_check_pick pick);

/** All differences from the run to compare with; none if there is none. */
const struct rkr_diff_item *
rkr_check_all_differences(struct rkr_check_ctx *c, size_t *ret_n);

/** Fail for one of them. */
void
rkr_check_difference(struct rkr_check_ctx *c, const struct rkr_diff_item *item);

/*
 * ---- the checks: checks-submit.c, checks-task.c, checks-regcmd.c, checks-memory.c, checks-
 * runtime.c, checks-board.c, checks-kernel.c, checks-trace.c, checks-model.c ----
 */

/* clang-format off */
#define RKR_CHECK_FUNCTIONS(F) \
	F(abi) F(task_source) F(lifecycle) F(auto_core) F(submit_mode) F(scheduler) F(timeout) \
	F(task_object) F(embedded_table) F(task_programs) F(evidence) F(commit) F(irq) \
	F(window) F(program_1) F(program_2) F(program_3) F(unpromoted) F(dma_binding) \
	F(placement) F(actions) F(sync_model) F(iommu) F(mapping) F(sync_profile) F(sequence) \
	F(profile) F(free_order) F(allocation) F(free_rows) F(mmio) F(sysfs) F(kernel_timeout) \
	F(pc_trace) F(trace_patch) F(model_runs) F(model_equality)
/* clang-format on */
#define F(name) void rkr_check_##name(struct rkr_check_ctx *c);
RKR_CHECK_FUNCTIONS(F)
#undef F

#endif
