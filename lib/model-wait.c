/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "model-wait.h"

#include <errno.h>

#include "model-commit.h"
#include "util.h"

static struct rkr_wait_row *
add(struct rkr_wait_result *out, enum rkr_klog klog, uint64_t at)
{
	struct rkr_wait_row *row = &out->rows[out->n_rows++];

	*row = (struct rkr_wait_row){ .klog = klog, .at = at };
	return row;
}

/* A wait that expired. Returns whether another one follows. */
static bool
expire(const struct rkr_wait_case *c, struct rkr_wait_result *out, uint32_t count, uint64_t now)
{
	uint64_t timeout = (uint64_t)c->timeout_ms * 1000;
	bool committed = c->committed_at <= now;
	uint64_t age = committed ? now - c->committed_at : 0;

	if (count == RKR_WAITS_MAX)
		return false;
	struct rkr_wait_row *row = add(out, RKR_KLOG_JOB, now);

	row->wait_count = count;
	row->commit_elapse = age;
	/* Not started yet, or started late: it is given its whole time. */
	row->continue_wait = !committed || age < timeout;
	return row->continue_wait;
}

static void
give_up(const struct rkr_wait_case *c, struct rkr_wait_result *out, uint64_t now)
{
	if (c->committed_at > now) {
		add(out, RKR_KLOG_COMMIT_FAILED, now);
		out->ret = -EINVAL;
		out->took = now;
		return;
	}
	out->ret = -ETIMEDOUT;
	out->counter_written = true;
	out->task_counter = c->task_status & RKR_TASK_COUNTER_MASK;
	add(out, RKR_KLOG_FAILED_TO_WAIT, now)->task_counter = out->task_counter;
	now += RKR_GRACE_US;
	bool late = c->completed_at <= now;

	add(out, RKR_KLOG_JOB_TIMEOUT, now)->flags = late ? RKR_JOB_DONE : 0;
	for (unsigned core = 0; core < RKR_NPU_CORES; core++)
		if (c->core_mask >> core & 1)
			add(out, RKR_KLOG_CORE_STATUS, now)->core = core;
	/* The end of a late job puts the domain, and so does giving up. */
	out->domain_put_twice = late;
	/* A job that had an interrupt is taken for one that has ended, and is not detached from its core. */
	out->dangling = c->invalid_irq && !late;
	out->reset = !c->reset_bypassed;
	if (out->reset)
		now += RKR_GRACE_US;
	add(out, out->reset ? RKR_KLOG_SOFT_RESET : RKR_KLOG_RESET_BYPASSED, now);
	out->took = now;
}

int
rkr_wait_job(const struct rkr_wait_case *c, struct rkr_wait_result *ret)
{
	struct rkr_wait_result out = { 0 };
	uint64_t timeout = (uint64_t)c->timeout_ms * 1000, now = 0;

	if (!rkr_core_mask_committable(c->core_mask) || c->completed_at < c->committed_at)
		return -EINVAL;
	for (uint32_t count = 1;; count++) {
		now += timeout;
		if (c->completed_at <= now) {
			out.took = c->completed_at;
			out.counter_written = true;
			/* What was asked for, not what was run. */
			out.task_counter = c->task_number;
			break;
		}
		if (expire(c, &out, count, now))
			continue;
		give_up(c, &out, now);
		break;
	}
	*ret = out;
	return 0;
}

enum rkr_submit_failure
rkr_submit_failure_read(int ret, uint64_t took_ms, uint32_t timeout_ms)
{
	if (ret == -ETIMEDOUT)
		return RKR_FAILURE_TIMED_OUT;
	if (ret != -EINVAL)
		return RKR_FAILURE_OTHER;
	/* The clocks of user space and of the kernel's timers differ a little. */
	return took_ms >= (uint64_t)timeout_ms * 9 / 10 ? RKR_FAILURE_NOT_STARTED : RKR_FAILURE_REFUSED;
}
