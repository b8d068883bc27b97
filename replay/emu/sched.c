/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>

#include "lib/model-commit.h"
#include "lib/model-irq.h"
#include "lib/regs-ids.h"
#include "lib/util.h"

/* Queues, commits and interrupts. */

/* Tasks that a core is to run for a job: what task_num counts. */
static uint32_t
tasks_on(const struct rke_job *job, unsigned core)
{
	int slot = rkr_subcore_index(job->args.core_mask, core);

	/* Masks that cannot be committed have two cores, whose slots are their own [source]. */
	return job->args.subcore_task[slot < 0 ? (int)core : slot].task_number;
}

bool
rke_job_task(const struct rke_board *board, const struct rke_job *job, uint64_t row,
	     struct rkr_task *ret_task)
{
	if (!job->tasks || row >= job->tasks->size / RKR_TASK_BYTES)
		return false;
	rkr_task_decode(board->arena + job->tasks->arena + row * RKR_TASK_BYTES, ret_task);
	return true;
}

/* What would crash when a core reads the task table. 0 or -ENOTRECOVERABLE. */
static int
gate(struct rke_board *board, const struct rke_job *job, unsigned core)
{
	int slot = rkr_subcore_index(job->args.core_mask, core);

	if (slot < 0)
		return 0;
	const struct rkr_abi_subcore_task *s = &job->args.subcore_task[slot];
	uint64_t rows = job->tasks->size / RKR_TASK_BYTES, end = (uint64_t)s->task_start + s->task_number;

	if (!rkr_mem_holds_tasks(job->tasks->flags))
		return rke_crash(board, "submit", 2, "the task BO has no kernel mapping: flags 0x%x",
				 job->tasks->flags);
	if (s->task_number == 0)
		return rke_crash(board, "submit", 4, "core %u has no task: task[%lld] is read", core,
				 (long long)end - 1);
	if (end > rows)
		return rke_crash(board, "submit", 3, "core %u runs tasks to %llu, the task BO holds %llu",
				 core, (unsigned long long)end - 1, (unsigned long long)rows);
	return 0;
}

/* Write a commit's registers, and note that the core works. The gate has judged it. */
static void
commit_core(struct rke_board *board, struct rke_job *job, unsigned core, uint32_t *runs)
{
	const struct rkr_task *table = (const struct rkr_task *)(board->arena + job->tasks->arena);
	struct rke_core_state *c = &board->core[core];
	struct rkr_commit commit;
	struct rkr_slice slice;

	if (rkr_subcore_slice(&job->args, job->args.core_mask, core, job->on[core].round, &slice) < 0 ||
	    rkr_commit_make(table, job->tasks->size / RKR_TASK_BYTES, slice, core, job->args.flags,
			    job->args.task_base_addr, &commit) < 0)
		return;
	job->has_last_task = true;
	job->on[core].last = slice.start + slice.number - 1;
	/* As written, not as the client may have it in memory by now. */
	rkr_commit_value(&commit, RKR_REG_PC_INTERRUPT_MASK, &job->on[core].int_mask);
	rke_fault_before(board, job, core, slice);
	for (size_t i = 0; i < RKR_COMMIT_WRITES; i++) {
		const struct rkr_commit_write *w = &commit.write[i];

		if (w->offset == RKR_REG_PC_OPERATION_ENABLE && w->value)
			rke_trace_regs(board, core);
		rke_write(board, core, w->offset, w->value);
		if (w->offset == RKR_REG_CORE_S_POINTER) {
			rke_trace_prelude(board, job, core);
			rke_trace_commit(board, job, core, slice, &table[slice.start],
					 &table[job->on[core].last]);
		}
	}
	rke_trace_armed(board, core);
	c->read_outside = c->write_outside = false;
	*runs |= 1u << core;
}

/* Let cores run that were committed to, and tell faults what became of them. */
static void
run_cores(struct rke_board *board, struct rke_job *job, uint32_t mask)
{
	uint64_t ns[RKE_CORES] = { 0 };
	uint32_t runs = mask;

	for (unsigned core = 0; core < RKR_NPU_CORES; core++)
		if (board->core[core].over.frozen)
			runs &= ~(1u << core);
	if (board->hw.run_together && rkr_core_count(runs) > 1) {
		board->hw.run_together(board->hw.data, runs, ns);
		runs = 0;
	}
	for (unsigned core = 0; core < RKR_NPU_CORES; core++)
		if (runs >> core & 1)
			ns[core] = board->hw.run(board->hw.data, core);
	for (unsigned core = 0; core < RKR_NPU_CORES; core++)
		if (mask >> core & 1)
			rke_fault_after(board, job, core, ns[core]);
}

static void
commit(struct rke_board *board, struct rke_job *job)
{
	uint32_t mask = job->args.core_mask;

	job->committed = rke_now(board);
	job->ret = -EINVAL;
	if (!rkr_core_mask_committable(mask)) {
		rke_klog(board, "Unknown core mask: %u", mask);
		return;
	}
	if (!(job->args.flags & RKR_SUBMIT_PC) || !job->tasks)
		return;
	/* All before any, so that what would have crashed has done nothing. */
	for (unsigned core = 0; core < RKR_NPU_CORES && !job->crashed; core++)
		if (mask >> core & 1)
			job->crashed = gate(board, job, core) < 0;
	if (job->crashed) {
		rke_job_detach(board, job);
		return;
	}
	job->ret = 0;
	job->number = ++board->jobs;
	board->stats.jobs++;
	uint32_t runs = 0;

	for (unsigned core = 0; core < RKR_NPU_CORES; core++)
		if (mask >> core & 1)
			commit_core(board, job, core, &runs);
	run_cores(board, job, runs);
}

void
rke_job_next(struct rke_board *board, unsigned core)
{
	struct rke_core_state *c = &board->core[core];
	struct rke_job *job = c->todo;

	if (board->resetting || c->job || c->dangling || !job)
		return;
	c->todo = job->next[core];
	job->next[core] = NULL;
	c->job = job;
	/* The last of its cores to take it writes to all. */
	if (--job->to_take == 0)
		commit(board, job);
	/* A crash that was caught left its cores free; who waits for the job sees to the rest. */
	if (job->crashed && (job->flags & RKR_JOB_ASYNC) && !job->held) {
		rke_domain_put(board);
		rke_job_free(board, job);
	}
}

uint32_t
rke_core_mask(const struct rke_board *board, uint32_t mask)
{
	uint32_t outstanding[RKR_NPU_CORES];

	for (unsigned core = 0; core < RKR_NPU_CORES; core++)
		outstanding[core] = board->core[core].outstanding;
	return rkr_core_mask_scheduled(mask, outstanding);
}

int
rke_schedule(struct rke_board *board, struct rke_job *job, bool kick)
{
	uint32_t mask;
	int r = rke_domain_get(board, job->args.iommu_domain_id);

	if (r < 0) {
		rke_klog(board, "failed to switch iommu domain, id: %u, ret: %d", job->args.iommu_domain_id,
			 r);
		return r;
	}
	mask = rke_core_mask(board, job->args.core_mask);
	job->args.core_mask = mask;
	job->to_take = job->to_end = rkr_core_count(mask);
	job->held = true;
	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		struct rke_job **p = &board->core[core].todo;

		if (!(mask >> core & 1))
			continue;
		while (*p)
			p = &(*p)->next[core];
		*p = job;
		board->core[core].outstanding += tasks_on(job, core);
	}
	for (unsigned core = 0; kick && core < RKR_NPU_CORES; core++)
		if (mask >> core & 1)
			rke_job_next(board, core);
	job->held = false;
	return 0;
}

void
rke_job_detach(struct rke_board *board, struct rke_job *job)
{
	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		struct rke_core_state *c = &board->core[core];

		if (c->job != job)
			continue;
		c->job = NULL;
		/* A core that had an interrupt of it is left with it, though it is freed [source]. */
		if (job->on[core].irq_entry) {
			c->dangling = true;
			continue;
		}
		/* A job that no commit got to is never counted off [source]. */
		if (job->has_last_task || !(job->args.flags & RKR_SUBMIT_PC) || job->crashed)
			c->outstanding -= tasks_on(job, core);
	}
}

/* A core has done what it was given. */
static void
core_done(struct rke_board *board, struct rke_job *job, unsigned core, uint32_t status)
{
	struct rke_core_state *c = &board->core[core];
	struct rkr_slice slice;

	job->on[core].int_status = status;
	if (rkr_subcore_slice(&job->args, job->args.core_mask, core, job->on[core].round, &slice) == 0)
		rke_fault_ended(board, job, core, slice);
	/* More than one commit takes: the next ones [source]. */
	if (job->has_last_task &&
	    rkr_subcore_slice(&job->args, job->args.core_mask, core, job->on[core].round + 1, &slice) == 0) {
		job->on[core].round++;
		uint32_t runs = 0;

		commit_core(board, job, core, &runs);
		run_cores(board, job, runs);
		return;
	}
	c->job = NULL;
	c->outstanding -= tasks_on(job, core);
	if (rke_fault_now(board, RKE_FAULT_DANGLING_JOB, job->number))
		c->dangling = true;
	if (--job->to_end == 0) {
		job->flags |= RKR_JOB_DONE;
		job->completed = rke_now(board);
		rke_domain_put(board);
		if ((job->flags & RKR_JOB_ASYNC) && !job->held)
			rke_job_free(board, job);
	}
	rke_job_next(board, core);
}

static void
interrupt(struct rke_board *board, unsigned core, struct rke_irq irq)
{
	struct rke_core_state *c = &board->core[core];
	struct rke_job *job = c->job;
	uint32_t hidden = c->over.hides, require = job ? job->on[core].int_mask : 0;
	int counter = c->over.counter;

	if (c->dangling) {
		rke_crash(board, "interrupt", 8, "core %u still has a job that was freed", core);
		c->dangling = false;
	}
	/* The core as it is at this moment. */
	c->over.hides |= irq.hides;
	c->over.counter = irq.counter >= 0 ? irq.counter : counter;
	uint32_t status = rke_read(board, core, RKR_REG_PC_INTERRUPT_STATUS);

	switch (rkr_irq_judge(job != NULL, status, require)) {
	case RKR_IRQ_NO_JOB:
		rke_write(board, core, RKR_REG_PC_INTERRUPT_CLEAR, RKR_INT_CLEAR_ALL);
		c->over.hides = hidden;
		c->over.counter = counter;
		rke_job_next(board, core);
		return;
	case RKR_IRQ_INVALID:
		job->on[core].irq_entry = true;
		job->invalid_irq = true;
		rke_klog(board,
			 "invalid irq status: 0x%x, raw status: 0x%x, require mask: 0x%x, task counter: 0x%x",
			 status, rke_read(board, core, RKR_REG_PC_INTERRUPT_RAW_STATUS), require,
			 rke_counter(board, core));
		rke_trace_invalid_irq(board, core);
		rke_write(board, core, RKR_REG_PC_INTERRUPT_CLEAR, RKR_INT_CLEAR_ALL);
		job->on[core].int_status = status;
		break;
	case RKR_IRQ_DONE:
		job->on[core].irq_entry = true;
		rke_write(board, core, RKR_REG_PC_INTERRUPT_CLEAR, RKR_INT_CLEAR_ALL);
		rke_trace_valid_irq(board, core, status, require);
		c->over.hides = hidden;
		c->over.counter = counter;
		core_done(board, job, core, status);
		return;
	}
	c->over.hides = hidden;
	c->over.counter = counter;
}

void
rke_irqs_forget(struct rke_core_state *core)
{
	for (size_t i = 0; i < RKE_IRQS; i++)
		core->irq[i] = (struct rke_irq){ .at = RKR_NEVER, .counter = -1 };
}

/* The interrupt that comes first, and from which core. NULL: none is to come. */
static struct rke_irq *
first_irq(struct rke_board *board, unsigned *ret_core)
{
	struct rke_irq *first = NULL;

	for (unsigned core = 0; core < RKR_NPU_CORES; core++)
		for (size_t i = 0; i < RKE_IRQS; i++) {
			struct rke_irq *irq = &board->core[core].irq[i];

			if (irq->at == RKR_NEVER || (first && irq->at >= first->at))
				continue;
			first = irq;
			*ret_core = core;
		}
	return first;
}

uint64_t
rke_irq_at(struct rke_board *board)
{
	unsigned core;
	const struct rke_irq *irq = first_irq(board, &core);

	return irq ? irq->at : RKR_NEVER;
}

void
rke_run_until(struct rke_board *board, uint64_t at, const struct rke_job *job)
{
	while (!job || !(job->flags & RKR_JOB_DONE)) {
		unsigned core;
		struct rke_irq *first = first_irq(board, &core);

		if (!first || first->at > at) {
			rke_clock_reach(board, at);
			return;
		}
		struct rke_irq now = *first;

		first->at = RKR_NEVER;
		rke_clock_reach(board, now.at);
		interrupt(board, core, now);
	}
}
