/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>
#include <string.h>

#include "lib/model-commit.h"
#include "lib/regs-ids.h"

/*
 * Waiting for a job. The rules are rkr_wait_job()'s, which knows when things
 * happened. Here they have yet to happen: it is asked again whenever
 * something did, and what it says up to that moment holds.
 */

/* A time as microseconds since the wait began, and @up to the next one. */
static uint64_t
since(uint64_t start, uint64_t at, bool up)
{
	if (at == RKR_NEVER || at <= start)
		return at == RKR_NEVER ? RKR_NEVER : 0;
	return (at - start + (up ? RKE_US - 1 : 0)) / RKE_US;
}

/* What is known of a job by now. */
static struct rkr_wait_case
observe(const struct rke_board *board, const struct rke_job *job, uint64_t start)
{
	int core = rkr_core_wait(job->args.core_mask);

	return (struct rkr_wait_case){
		.timeout_ms = job->args.timeout,
		.task_number = job->args.task_number,
		/* A mask that no commit takes has no core to wait for, but is waited for all the same. */
		.core_mask = core < 0 ? 1 : job->args.core_mask,
		.committed_at = since(start, job->committed, false),
		.completed_at = since(start, job->completed, true),
		.invalid_irq = job->invalid_irq,
		.task_status = core < 0 ? 0 : rke_read(board, (unsigned)core, RKR_REG_PC_TASK_STATUS),
		.reset_bypassed = board->options.reset_bypassed,
	};
}

static bool
same(const struct rkr_wait_case *a, const struct rkr_wait_case *b)
{
	return a->committed_at == b->committed_at && a->completed_at == b->completed_at &&
	       a->invalid_irq == b->invalid_irq && a->task_status == b->task_status;
}

static long long
elapsed(const struct rke_board *board, const struct rke_job *job)
{
	return (long long)((rke_now(board) - job->submitted) / RKE_US);
}

/* The status of the wait core goes back to the last task, whatever came of the job [source]. */
static void
write_status(struct rke_board *board, const struct rke_job *job)
{
	int core = rkr_core_wait(job->args.core_mask);

	if (core < 0 || !job->has_last_task)
		return;
	uint64_t at = job->tasks->arena + (uint64_t)job->on[core].last * RKR_TASK_BYTES;

	memcpy(board->arena + at + offsetof(struct rkr_task, int_status), &job->on[core].int_status,
	       sizeof(uint32_t));
}

/*
 * Take a job that never started out of the queues. The driver looks for it in
 * as many queues as the job has cores, from core 0 on, whichever they are
 * [source]: in the others it stays, freed.
 */
static void
unqueue(struct rke_board *board, struct rke_job *job)
{
	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		struct rke_core_state *c = &board->core[core];
		struct rke_job **p = &c->todo;

		while (*p && *p != job)
			p = &(*p)->next[core];
		if (!*p)
			continue;
		*p = job->next[core];
		if (core >= rkr_core_count(job->args.core_mask))
			c->ghost = true;
	}
}

static int
never_committed(struct rke_board *board, struct rke_job *job)
{
	unqueue(board, job);
	rke_klog(board, "job commit failed");
	return -EINVAL;
}

static void
say_core(struct rke_board *board, const struct rke_job *job, unsigned core)
{
	rke_klog(board,
		 "\tcore %u irq status: 0x%x, raw status: 0x%x, require mask: 0x%x, task counter: 0x%x,"
		 " elapsed time: %lldus",
		 core, rke_read(board, core, RKR_REG_PC_INTERRUPT_STATUS),
		 rke_read(board, core, RKR_REG_PC_INTERRUPT_RAW_STATUS), job->on[core].int_mask,
		 rke_counter(board, core), elapsed(board, job));
	rke_trace_timeout(board, core);
}

/* Say what a row says, and do what the driver does there. */
static void
act(struct rke_board *board, struct rke_job *job, const struct rkr_wait_row *row)
{
	switch (row->klog) {
	case RKR_KLOG_JOB:
		rke_klog(board,
			 "job: %016llx, mask: 0x%x, job iommu domain id: %u, dev iommu domain id: %u,"
			 " wait_count: %u, continue wait: %d, commit elapse time: %lluus, wait time: %lldus,"
			 " timeout: %uus",
			 (unsigned long long)rke_job_token(board, job), job->args.core_mask,
			 job->args.iommu_domain_id, board->domain, row->wait_count, row->continue_wait,
			 (unsigned long long)row->commit_elapse, elapsed(board, job),
			 job->args.timeout * 1000u);
		break;
	case RKR_KLOG_FAILED_TO_WAIT:
		write_status(board, job);
		job->args.task_counter = row->task_counter;
		rke_klog(board,
			 "failed to wait job, task counter: %u, flags: 0x%x, ret = %d, elapsed time: %lldus",
			 row->task_counter, job->args.flags, 0, elapsed(board, job));
		/* Giving up begins: the end of a late job puts the domain again [source]. */
		rke_domain_put(board);
		board->stats.timeouts++;
		break;
	case RKR_KLOG_JOB_TIMEOUT:
		rke_job_detach(board, job);
		rke_klog(board, "job timeout, flags: 0x%x:", job->flags);
		break;
	case RKR_KLOG_CORE_STATUS:
		say_core(board, job, row->core);
		break;
	case RKR_KLOG_SOFT_RESET:
		(void)rke_soft_reset_lines(board);
		break;
	case RKR_KLOG_RESET_BYPASSED:
		(void)rke_soft_reset(board);
		break;
	default:
		break;
	}
}

int
rke_wait(struct rke_board *board, struct rke_job *job)
{
	uint64_t start = rke_now(board);
	struct rkr_wait_result r;
	size_t said = 0;

	/* Every waiter wakes while the flag is up [source]. */
	if (board->resetting)
		return never_committed(board, job);
	for (;;) {
		struct rkr_wait_case was = observe(board, job, start), is;

		if (rkr_wait_job(&was, &r) < 0)
			return -EINVAL;
		bool more = said < r.n_rows;

		rke_run_until(board, start + (more ? r.rows[said].at : r.took) * RKE_US,
			      job->completed == RKR_NEVER ? job : NULL);
		if (job->crashed)
			return -ENOTRECOVERABLE;
		is = observe(board, job, start);
		/* Once the driver has read the counter it does not look again. */
		if (!same(&was, &is) &&
		    !(r.ret == -ETIMEDOUT && said > 0 && r.rows[said - 1].klog != RKR_KLOG_JOB &&
		      is.completed_at == was.completed_at))
			continue;
		if (!more)
			break;
		if (r.rows[said].klog == RKR_KLOG_COMMIT_FAILED ||
		    (r.rows[said].klog == RKR_KLOG_FAILED_TO_WAIT && !job->has_last_task))
			return never_committed(board, job);
		act(board, job, &r.rows[said++]);
	}
	/* A stray interrupt can end what no commit got to. */
	if (r.ret == 0 && !job->has_last_task)
		return never_committed(board, job);
	if (r.ret == 0) {
		write_status(board, job);
		job->args.task_counter = r.task_counter;
		job->args.hw_elapse_time = (int64_t)(job->completed - job->committed);
	}
	return r.ret;
}
