/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>

#include "lib/util.h"

/* The SUBMIT ioctl: what is refused, what is waited for, what is given up. */

void
rke_job_free(struct rke_board *board, struct rke_job *job)
{
	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		struct rke_core_state *c = &board->core[core];
		struct rke_job **p = &c->todo;

		if (c->job == job)
			c->job = NULL;
		while (*p && *p != job)
			p = &(*p)->next[core];
		if (*p)
			*p = job->next[core];
	}
	if (job->tasks)
		rke_bo_drop(board, job->tasks);
	free(job);
}

static struct rke_job *
job_new(struct rke_file *file, const struct rkr_abi_submit *arg)
{
	struct rke_board *board = file->board;
	struct rke_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	*job = (struct rke_job){ .file = file,
				 .args = *arg,
				 .serial = ++board->submits,
				 .submitted = rke_now(board),
				 .committed = RKR_NEVER,
				 .completed = RKR_NEVER };
	/* The driver takes a reference of the object [source]: it lives as long as the job. */
	job->tasks = arg->task_obj_addr ? rke_bo_by_obj(board, arg->task_obj_addr) : NULL;
	if (job->tasks)
		rke_bo_hold(job->tasks);
	return job;
}

/* What would crash before anything is queued. 0 or -ENOTRECOVERABLE. */
static int
gate(struct rke_board *board, const struct rkr_abi_submit *arg)
{
	/* The address is taken for that of an object, whatever it is [source]. */
	if (arg->task_obj_addr && !rke_bo_by_obj(board, arg->task_obj_addr))
		return rke_crash(board, "submit", 1, "task_obj_addr 0x%llx is no live object",
				 (unsigned long long)arg->task_obj_addr);
	uint32_t mask = rke_core_mask(board, arg->core_mask);

	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		const struct rke_core_state *c = &board->core[core];

		if (!(mask >> core & 1) || arg->iommu_domain_id >= RKR_IOMMU_DOMAINS)
			continue;
		if (c->ghost)
			return rke_crash(board, "submit", 5, "a freed job is still queued on core %u", core);
		/* A job that is not for the PC is freed at once, even if it is still queued [source]. */
		if (!(arg->flags & RKR_SUBMIT_PC) && (c->job || c->todo || c->dangling || board->resetting))
			return rke_crash(board, "submit", 7, "core %u is busy, and the job not for the PC",
					 core);
	}
	return 0;
}

/*
 * Before a job without waiter, a core whose job is older than its timeout is
 * reset: microseconds are compared to milliseconds [source].
 */
static void
timeout_clean(struct rke_board *board, uint32_t mask)
{
	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		struct rke_job *job = board->core[core].job;

		if (!(mask >> core & 1) || !job ||
		    (rke_now(board) - job->submitted) / RKE_US < job->args.timeout)
			continue;
		(void)rke_soft_reset(board);
		/* It may have ended while the reset slept. */
		if (board->core[core].job != job)
			continue;
		rke_job_detach(board, job);
		rke_domain_put(board);
		rke_job_free(board, job);
	}
}

/* Give up a job that failed by no timeout [source]. */
static void
abort_job(struct rke_board *board, struct rke_job *job, int ret)
{
	job->held = true;
	rke_domain_put(board);
	rke_run_until(board, rke_now(board) + RKE_SLEEP_NS, NULL);
	rke_job_detach(board, job);
	rke_klog(board, "job abort, flags: 0x%x, ret: %d, elapsed time: %lldus", job->flags, ret,
		 (long long)((rke_now(board) - job->submitted) / RKE_US));
}

static int
run_blocking(struct rke_board *board, struct rke_job *job, bool kick)
{
	int r = -ENOTRECOVERABLE;

	/* A job that could not be queued is waited for as well [source]. */
	(void)rke_schedule(board, job, kick);
	if (!job->crashed)
		r = job->args.flags & RKR_SUBMIT_PC ? rke_wait(board, job) : -EINVAL;
	/* Queued, and no fault of its own to fail by: the driver frees it and leaves it there [source]. */
	if (!(job->args.flags & RKR_SUBMIT_PC) && !job->crashed && job->to_take)
		job->crashed =
			rke_crash(board, "submit", 7, "a job that is not for the PC is still queued") < 0;
	if (job->crashed) {
		rke_domain_put(board);
		return -ENOTRECOVERABLE;
	}
	if (r < 0 && r != -ETIMEDOUT)
		abort_job(board, job, r);
	return r;
}

static int
run_async(struct rke_board *board, struct rke_job *job)
{
	job->flags |= RKR_JOB_ASYNC;
	timeout_clean(board, job->args.core_mask);
	int r = rke_schedule(board, job, true);

	if (job->crashed) {
		rke_domain_put(board);
		rke_job_free(board, job);
		return -ENOTRECOVERABLE;
	}
	if (r == 0)
		r = job->ret;
	if (r == 0)
		return 0;
	abort_job(board, job, r);
	rke_job_free(board, job);
	return r;
}

int
rke_submit(struct rke_file *file, struct rkr_abi_submit *arg)
{
	struct rke_board *board = file->board;
	int r;

	if (arg->task_number == 0) {
		rke_klog(board, "invalid rknpu task number!");
		return -EINVAL;
	}
	if (arg->core_mask > RKR_CORE_MASK_ALL) {
		rke_klog(board, "invalid rknpu core mask: 0x%x", arg->core_mask);
		return -EINVAL;
	}
	r = gate(board, arg);
	if (r < 0)
		return r;
	/* There are no fences here, so that no descriptor is one. */
	if (arg->flags & RKR_SUBMIT_FENCE_IN) {
		rke_klog(board, "invalid fence in fd, fd: %d", arg->fence_fd);
		return -EINVAL;
	}
	if (arg->flags & RKR_SUBMIT_FENCE_OUT) {
		rke_klog_plain(board, "rkreplay: fences are not modelled: flags 0x%x", arg->flags);
		return -EINVAL;
	}
	if (rke_fault_now(board, RKE_FAULT_POWER_LOSS, board->submits + 1))
		rke_state_lost(board);
	bool kick = !rke_fault_now(board, RKE_FAULT_MISSED_KICK, board->submits + 1);
	struct rke_job *job = job_new(file, arg);

	if (!job)
		return -ENOMEM;
	if (!rkr_submit_blocks(arg->flags)) {
		/* It has its own copy of the struct: the caller's is left as it was [source]. */
		return run_async(board, job);
	}
	r = run_blocking(board, job, kick);
	/* The struct is the job's own: what it came to is seen even after a failure [source]. */
	*arg = job->args;
	rke_job_free(board, job);
	return r;
}
