/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>

#include "checks-priv.h"
#include "model-irq.h"
#include "model-submit.h"
#include "model-wait.h"
#include "trace-fields.h"
#include "util.h"

/* The check of what the kernel log says of jobs that did not end. */

/* Flags of a job in "job timeout" and "job abort": done, async, detached [source]. */
#define JOB_FLAGS 0x7u

/*
 * A value that the submit of the log's jobs had. Which of several submits a
 * row is of, no row tells: known only if all of them agree.
 */
static bool
of_submits(const struct rkr_check_ctx *c, int field, uint64_t *ret)
{
	bool known = false;

	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_submit); i++) {
		const struct rkr_record *r = rkr_check_record(c, RKR_KIND_submit, i);

		if (!rkr_has(r, field))
			continue;
		if (known && rkr_get_u(r, field) != *ret)
			return false;
		*ret = rkr_get_u(r, field);
		known = true;
	}
	return known;
}

static void
check_status(struct rkr_check_ctx *c, size_t at, const struct rkr_task *tasks, size_t n)
{
	const struct rkr_record *r = &c->run->records[at];
	const struct rkr_status_fields *s = rkr_status_fields(r->kind);
	uint32_t irq = (uint32_t)rkr_get_u(r, s->irq), raw = (uint32_t)rkr_get_u(r, s->raw);
	uint32_t require = (uint32_t)rkr_get_u(r, s->require);

	if (rkr_has(r, s->require)) {
		rkr_check_that(c, rkr_int_mask_reachable(require), at, NULL, "require_mask",
			       "whole pairs of bits below 0x1000", rkr_check_text(c, "0x%x", require));
		bool known = !n;

		for (size_t i = 0; i < n && !known; i++)
			known = tasks[i].int_mask == require;
		rkr_check_that(c, known, at, NULL, "require_mask", "the int_mask of a task",
			       rkr_check_text(c, "0x%x", require));
	}
	/* The status is what the mask lets through of the raw one, which is read after it [source]. */
	if (rkr_has(r, s->irq) && rkr_has(r, s->raw))
		rkr_check_that(c, !(irq & ~raw), at, NULL, "irq_status", "bits of the raw status",
			       rkr_check_text(c, "0x%x of 0x%x", irq, raw));
	if (rkr_has(r, s->irq) && rkr_has(r, s->require))
		rkr_check_that(c, !rkr_int_completes(irq, require), at, NULL, "irq_status",
			       "nothing that the driver takes for the end of the job",
			       rkr_check_text(c, "0x%x: it ended, and nobody took the interrupt", irq));
	if (rkr_has(r, s->counter))
		rkr_check_that(c, rkr_get_u(r, s->counter) <= RKR_TASKS_PER_COMMIT, at, NULL, "task_counter",
			       "at most 4095", rkr_check_text(c, "%" PRIu64, rkr_get_u(r, s->counter)));
}

static void
check_expired(struct rkr_check_ctx *c, size_t at)
{
	const struct rkr_record *r = &c->run->records[at];
	uint64_t want = 0;
	uint32_t mask = (uint32_t)rkr_get_u(r, RKR_F_wait_mask);

	/* The scheduler has replaced mask 0 by the core it picked [source]. */
	if (rkr_has(r, RKR_F_wait_mask))
		rkr_check_that(c, rkr_core_mask_committable(mask), at, NULL, "mask", "1, 2, 4, 3 or 7",
			       rkr_check_text(c, "0x%x", mask));
	if (rkr_has(r, RKR_F_wait_mask) && of_submits(c, RKR_F_submit_core_mask, &want) && want)
		rkr_check_field(c, at, RKR_F_wait_mask, want);
	if (rkr_has(r, RKR_F_wait_timeout) && of_submits(c, RKR_F_submit_timeout, &want))
		rkr_check_field(c, at, RKR_F_wait_timeout, 1000 * want);
	/* The last wait of all ends without this row [source]. */
	if (rkr_has(r, RKR_F_wait_wait_count))
		rkr_check_that(c, rkr_get_u(r, RKR_F_wait_wait_count) < RKR_WAITS_MAX, at, NULL, "wait_count",
			       "1 or 2", rkr_check_text(c, "%" PRIu64, rkr_get_u(r, RKR_F_wait_wait_count)));
	if (rkr_has(r, RKR_F_wait_job_domain) && rkr_has(r, RKR_F_wait_dev_domain))
		rkr_check_field(c, at, RKR_F_wait_dev_domain, rkr_get_u(r, RKR_F_wait_job_domain));
}

static void
check_failed(struct rkr_check_ctx *c, size_t at)
{
	const struct rkr_record *r = &c->run->records[at];
	uint64_t want = 0;

	if (rkr_has(r, RKR_F_wait_flags) && of_submits(c, RKR_F_submit_flags, &want))
		rkr_check_field(c, at, RKR_F_wait_flags, want);
	if (!rkr_has(r, RKR_F_wait_task_counter))
		return;
	/* The wait core's row tells the same counter, read again: it may have gone on, not back. */
	for (size_t i = at + 1; i < c->run->n_records; i++) {
		const struct rkr_record *o = &c->run->records[i];
		uint64_t counter = rkr_get_u(o, RKR_F_core_status_task_counter);

		if (o->kind == RKR_KIND_wait)
			break;
		if (o->kind != RKR_KIND_core_status || !rkr_has(o, RKR_F_core_status_task_counter))
			continue;
		rkr_check_that(c, counter >= rkr_get_u(r, RKR_F_wait_task_counter), i, NULL, "task_counter",
			       rkr_check_text(c, "at least %" PRIu64, rkr_get_u(r, RKR_F_wait_task_counter)),
			       rkr_check_text(c, "%" PRIu64, counter));
		break;
	}
}

void
rkr_check_kernel_timeout(struct rkr_check_ctx *c)
{
	_autofree_ struct rkr_task *tasks = NULL;
	size_t n = rkr_check_tasks(c, &tasks);

	for (size_t i = 0; i < c->run->n_records; i++) {
		const struct rkr_record *r = &c->run->records[i];

		switch ((int)r->kind) {
		case RKR_KIND_wait:
			if (rkr_str_is(r, RKR_F_wait_what, "expired"))
				check_expired(c, i);
			else
				check_failed(c, i);
			break;
		case RKR_KIND_timeout:
			if (rkr_has(r, RKR_F_timeout_flags))
				rkr_check_that(
					c, !(rkr_get_u(r, RKR_F_timeout_flags) & ~(uint64_t)JOB_FLAGS), i,
					NULL, "flags", "of the job: done, async, detached",
					rkr_check_text(c, "0x%" PRIx64, rkr_get_u(r, RKR_F_timeout_flags)));
			check_status(c, i, tasks, n);
			break;
		case RKR_KIND_core_status:
			if (rkr_has(r, RKR_F_core_status_core))
				rkr_check_that(
					c, rkr_get_u(r, RKR_F_core_status_core) < RKR_NPU_CORES, i, NULL,
					"core", "0, 1 or 2",
					rkr_check_text(c, "%" PRIu64, rkr_get_u(r, RKR_F_core_status_core)));
			check_status(c, i, tasks, n);
			break;
		default:
			break;
		}
	}
	if (!c->asserted && !c->n_details)
		rkr_check_skip(c, "no kernel log in it tells of a job that timed out");
}
