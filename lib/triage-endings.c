/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "model-submit.h"
#include "trace-fields.h"
#include "triage-priv.h"
#include "util.h"

/*
 * Rows of jobs that are given up: they go to the oldest dying job that still
 * lacks them.
 */

#define U(kind, field) ((uint32_t)rkr_get_u(r, RKR_F_##kind##_##field))
#define HAS(kind, field) rkr_has(r, RKR_F_##kind##_##field)

static bool
dies_without(const struct rkr_job *j, uint64_t rows)
{
	return j->dying && !j->closing && !(j->rows & rows);
}

static struct rkr_job *
dying_job(struct rkr_triage *t, uint64_t without)
{
	struct rkr_job *j = rkr_jobs_oldest(t, dies_without, without);

	if (!j) {
		j = rkr_jobs_new(t);
		j->dying = true;
	}
	return j;
}

static bool
has_token(const struct rkr_job *j, uint64_t token)
{
	return j->dying && !j->closing && j->token == token;
}

static uint64_t
hash(const struct rkr_blob *b)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < b->len; i++)
		h = (h ^ ((const unsigned char *)b->data)[i]) * UINT64_C(0x100000001b3);
	return h | 1;
}

static void
take_expired(struct rkr_triage *t, const struct rkr_record *r)
{
	uint64_t token = HAS(wait, job) ? hash(rkr_get_b(r, RKR_F_wait_job)) : 0;
	uint32_t mask = U(wait, mask) & RKR_TRIAGE_ALL_CORES;
	struct rkr_job *j = token ? rkr_jobs_oldest(t, has_token, token) : NULL;

	if (j && j->has.wait_count && HAS(wait, wait_count) && j->wait_count == U(wait, wait_count)) {
		t->verdict.doubled++;
		return;
	}
	if (!j && !token && HAS(wait, wait_count) && U(wait, wait_count) > 1)
		j = rkr_jobs_oldest(t, dies_without, ROW(FAILED) | ROW(COMMIT_FAILED) | ROW(TIMEOUT));
	if (!j) {
		j = rkr_jobs_new(t);
		j->dying = true;
	}
	bool waiting = HAS(wait, continue_wait) && U(wait, continue_wait);
	bool uncommitted = waiting && HAS(wait, commit_elapse) && !rkr_get_u(r, RKR_F_wait_commit_elapse);

	if (HAS(wait, mask) && rkr_core_mask_committable(mask))
		j->mask = mask;
	j->token = token;
	j->wait_count = U(wait, wait_count);
	j->has.wait_count = HAS(wait, wait_count);
	j->continue_wait = U(wait, continue_wait);
	j->has.continue_wait = HAS(wait, continue_wait);
	j->commit_elapse = rkr_get_u(r, RKR_F_wait_commit_elapse);
	j->has.commit_elapse = HAS(wait, commit_elapse);
	j->timeout_us = rkr_get_u(r, RKR_F_wait_timeout);
	j->has.timeout = HAS(wait, timeout);
	j->job_domain = (int32_t)rkr_get_u(r, RKR_F_wait_job_domain);
	j->dev_domain = (int32_t)rkr_get_u(r, RKR_F_wait_dev_domain);
	j->has.domains = HAS(wait, job_domain) && HAS(wait, dev_domain);
	rkr_jobs_mark(t, j, RKR_JOB_ROW_EXPIRED, -1);
	/* One that is not committed is not what its cores are at. */
	for (unsigned i = 0; i < RKR_TRIAGE_CORES && !uncommitted; i++)
		if (j->mask >> i & 1 && t->at_core[i] && !t->at_core[i]->dying)
			j = rkr_jobs_adopt(t, j, i);
	if (!uncommitted)
		rkr_jobs_take_pending_irq(t, j);
}

static void
take_failed(struct rkr_triage *t, const struct rkr_record *r)
{
	struct rkr_job *j =
		dying_job(t, ROW(FAILED) | ROW(COMMIT_FAILED) | ROW(TIMEOUT) | ROW(STATUS) | ROW(ABORT));

	j->counter = U(wait, task_counter);
	j->has.counter = HAS(wait, task_counter);
	j->submit_flags = U(wait, flags);
	j->has.submit_flags = HAS(wait, flags);
	j->ret = (int64_t)rkr_get_u(r, RKR_F_wait_ret);
	j->has.ret = HAS(wait, ret);
	rkr_jobs_mark(t, j, RKR_JOB_ROW_FAILED, -1);
	rkr_jobs_take_pending_irq(t, j);
}

static void
take_status(struct rkr_triage *t, const struct rkr_record *r, struct rkr_job *j, unsigned core)
{
	const struct rkr_status_fields *f = rkr_status_fields(r->kind);
	struct rkr_job_core *c = &j->core[core];

	c->status = (uint32_t)rkr_get_u(r, f->irq);
	c->raw = (uint32_t)rkr_get_u(r, f->raw);
	c->has.raw = rkr_has(r, f->raw);
	if (rkr_has(r, f->require)) {
		if (c->has.require && c->require != rkr_get_u(r, f->require))
			rkr_job_say_odd(j, core, t->here, "require_mask", c->require,
					rkr_get_u(r, f->require), "the last task's int_mask of the commit");
		c->require = (uint32_t)rkr_get_u(r, f->require);
		c->has.require = true;
	}
	c->counter = (uint32_t)rkr_get_u(r, f->counter) & RKR_TASK_COUNTER_MASK;
	c->has.counter = rkr_has(r, f->counter);
	/* What the wait read a moment before of this core cannot have gone back to 0: the row was cut. */
	if (c->has.counter && !c->counter && j->has.counter && j->counter && rkr_job_waits_for(j, core))
		c->has.counter = false;
	rkr_jobs_mark(t, j, RKR_JOB_ROW_STATUS, (int)core);
}

static void
take_timeout(struct rkr_triage *t, const struct rkr_record *r)
{
	struct rkr_job *j = dying_job(t, ROW(TIMEOUT) | ROW(ABORT));

	j->job_flags = U(timeout, flags);
	j->has.job_flags = HAS(timeout, flags);
	rkr_jobs_mark(t, j, RKR_JOB_ROW_TIMEOUT, -1);
	if (HAS(timeout, raw_status) || HAS(timeout, irq_status)) {
		unsigned core = 0;

		/* Up to 0.8 the row names no core [captured]. */
		while (core < RKR_TRIAGE_CORES - 1 && j->mask && !(j->mask >> core & 1))
			core++;
		j->core_guessed = rkr_core_count(j->mask) != 1;
		take_status(t, r, j, core);
	}
}

static bool
wants_status_of(const struct rkr_job *j, uint64_t core)
{
	return j->dying && !j->closing && (!j->mask || j->mask >> core & 1) &&
	       !(j->core[core].rows & ROW(STATUS)) && !j->core_guessed &&
	       !(j->rows & (ROW(COMMIT_FAILED) | ROW(ABORT)));
}

static void
take_core_status(struct rkr_triage *t, const struct rkr_record *r)
{
	unsigned core;
	bool named = rkr_jobs_core_of(r, RKR_F_core_status_core, &core);

	if (!named)
		core = 0;
	struct rkr_job *j = rkr_jobs_oldest(t, wants_status_of, core);

	if (!j) {
		j = rkr_jobs_new(t);
		j->dying = true;
	}
	if (named)
		j = rkr_jobs_adopt(t, j, core);
	else
		j->core_guessed = true;
	take_status(t, r, j, core);
	rkr_jobs_take_pending_irq(t, j);
}

static bool
wants_pc_timeout_of(const struct rkr_job *j, uint64_t core)
{
	return j->dying && !j->closing && j->cores >> core & 1 && !(j->core[core].rows & ROW(PC_TIMEOUT));
}

void
rkr_jobs_take_pc_timeout(struct rkr_triage *t, const struct rkr_record *r, unsigned core)
{
	struct rkr_job *j = rkr_jobs_oldest(t, wants_pc_timeout_of, core);

	if (!j) {
		j = t->at_core[core] ? t->at_core[core] : rkr_jobs_new(t);
		j->dying = true;
		j = rkr_jobs_adopt(t, j, core);
	}
	rkr_jobs_take_stopped(t, r, j, core, RKR_JOB_ROW_PC_TIMEOUT);
}

static void
set_closing(struct rkr_triage *t, struct rkr_job *j)
{
	t->n_closing += !j->closing;
	j->closing = true;
}

/* A reset is of the chip: all that is being given up ends with it. */
static void
take_reset(struct rkr_triage *t, const struct rkr_record *r)
{
	enum rkr_job_row row = rkr_str_is(r, RKR_F_soft_reset_what, "done")       ? RKR_JOB_ROW_RESET
			       : rkr_str_is(r, RKR_F_soft_reset_what, "bypassed") ? RKR_JOB_ROW_BYPASSED
										  : RKR_JOB_ROW_RESET_FAILED;
	bool found = false;

	for (size_t i = 0; i < RKR_TRIAGE_OPEN; i++) {
		struct rkr_job *j = &t->open[i];

		/* One whose wait has only just expired is not at its reset yet. */
		if (!t->used[i] || !j->dying || !(j->rows & (ROW(TIMEOUT) | ROW(STATUS) | ROW(FAILED))))
			continue;
		rkr_jobs_mark(t, j, row, -1);
		set_closing(t, j);
		found = true;
	}
	if (row == RKR_JOB_ROW_RESET_FAILED)
		rkr_triage_see(t, RKR_SIGN_RESET_FAILED);
	if (!found && row == RKR_JOB_ROW_RESET)
		rkr_triage_see(t, RKR_SIGN_RESET_ALONE);
	if (!found && row == RKR_JOB_ROW_BYPASSED)
		rkr_triage_see(t, RKR_SIGN_BYPASS_ALONE);
	t->resets += row == RKR_JOB_ROW_RESET;
}

static void
take_job_error(struct rkr_triage *t, const struct rkr_record *r)
{
	struct rkr_job *j;

	if (rkr_str_is(r, RKR_F_job_error_what, "commit-failed")) {
		j = dying_job(t, ROW(FAILED) | ROW(COMMIT_FAILED) | ROW(TIMEOUT));
		rkr_jobs_mark(t, j, RKR_JOB_ROW_COMMIT_FAILED, -1);
	} else if (rkr_str_is(r, RKR_F_job_error_what, "abort")) {
		j = dying_job(t, ROW(ABORT) | ROW(TIMEOUT));
		rkr_jobs_mark(t, j, RKR_JOB_ROW_ABORT, -1);
		if (!j->has.ret && HAS(job_error, ret)) {
			j->ret = (int64_t)rkr_get_u(r, RKR_F_job_error_ret);
			j->has.ret = true;
		}
		set_closing(t, j);
	} else {
		rkr_triage_see(t, RKR_SIGN_REFUSED);
	}
}

/* Rows of other kinds that belong to whatever runs. */
static void
mark_running(struct rkr_triage *t, enum rkr_job_row row)
{
	for (size_t i = 0; i < RKR_TRIAGE_OPEN; i++)
		if (t->used[i])
			rkr_jobs_mark(t, &t->open[i], row, -1);
}

/*
 * A page fault of an IOMMU of the NPU: other blocks have the same driver.
 * Behind each core's base of RK3588 [a public model of the NPU], and of RK3576 [captured].
 */
static bool
is_of_npu_iommu(const struct rkr_record *r)
{
	static const char *const iommus[] = { "fdab9000", "fdaba000", "fdac9000", "fdad9000", "27702000" };
	const struct rkr_blob *b = rkr_get_b(r, RKR_F_foreign_text);

	if (!rkr_str_is(r, RKR_F_foreign_driver, "rk_iommu"))
		return false;
	for (size_t i = 0; i < RKR_ARRAY_LEN(iommus); i++)
		if (b->data && memmem(b->data, b->len, iommus[i], strlen(iommus[i])))
			return true;
	return false;
}

bool
rkr_triage_job_row(struct rkr_triage *t, const struct rkr_record *r)
{
	if (r->kind != RKR_KIND_soft_reset)
		rkr_triage_close_ended(t);
	if (rkr_jobs_commit_row(t, r))
		return true;
	switch ((int)r->kind) {
	case RKR_KIND_wait:
		if (rkr_str_is(r, RKR_F_wait_what, "expired"))
			take_expired(t, r);
		else
			take_failed(t, r);
		return true;
	case RKR_KIND_timeout:
		take_timeout(t, r);
		return true;
	case RKR_KIND_core_status:
		take_core_status(t, r);
		return true;
	case RKR_KIND_irq_invalid:
		rkr_jobs_take_irq_invalid(t, r);
		return true;
	case RKR_KIND_soft_reset:
		take_reset(t, r);
		return true;
	case RKR_KIND_job_error:
		take_job_error(t, r);
		return true;
	case RKR_KIND_foreign:
		if (is_of_npu_iommu(r))
			mark_running(t, RKR_JOB_ROW_PAGE_FAULT);
		return false;
	case RKR_KIND_iommu:
		if (!rkr_has(r, RKR_F_iommu_what) || rkr_str_is(r, RKR_F_iommu_what, "enabled") ||
		    rkr_str_is(r, RKR_F_iommu_what, "disabled") ||
		    rkr_str_is(r, RKR_F_iommu_what, "no-entry"))
			return false;
		t->domain = t->here;
		mark_running(t, RKR_JOB_ROW_DOMAIN);
		return false;
	default:
		return false;
	}
}
