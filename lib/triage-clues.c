/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "triage-clues.h"
#include "util.h"

/*
 * Clues: each is true if the rows show it, and false as well if they are not
 * there. Bits 16, 30 and 31 of a raw status are never a clue: they are the
 * same of healthy and of stalled cores [captured].
 */

static bool
stalls_as(const struct rkr_situation *s, enum rkr_stall stall)
{
	return s->job->end == RKR_END_TIMED_OUT && s->has_stall && s->stall == stall;
}

bool
rkr_clue_no_progress(const struct rkr_situation *s)
{
	return stalls_as(s, RKR_STALL_NO_PROGRESS);
}

bool
rkr_clue_blocks_reported(const struct rkr_situation *s)
{
	return stalls_as(s, RKR_STALL_IN_DPU);
}

bool
rkr_clue_dma_error(const struct rkr_situation *s)
{
	return stalls_as(s, RKR_STALL_DMA_ERROR) || s->job->facts & FACT(PAGE_FAULT);
}

bool
rkr_clue_uncommitted(const struct rkr_situation *s)
{
	return s->job->end == RKR_END_NOT_COMMITTED;
}

static bool
tasks_ended(const struct rkr_situation *s)
{
	return s->has_stall && s->core->has.counter && s->core->counter > 0;
}

bool
rkr_clue_it_ran(const struct rkr_situation *s)
{
	return rkr_clue_blocks_reported(s) || tasks_ended(s) || stalls_as(s, RKR_STALL_LOST_IRQ) ||
	       rkr_clue_dma_error(s) || s->job->end == RKR_END_DONE;
}

/* ---- of the job before ---- */

bool
rkr_clue_reset_between(const struct rkr_situation *s)
{
	return s->before->known && s->before->reset;
}

static bool
before_done(const struct rkr_situation *s)
{
	return s->before->known && !s->before->reset && s->before->end == RKR_END_DONE;
}

bool
rkr_clue_ended_early(const struct rkr_situation *s)
{
	return s->job->facts & FACT(ENDED_EARLY);
}

bool
rkr_clue_before_ended_early(const struct rkr_situation *s)
{
	return before_done(s) && s->before->has_counter && s->before->tasks &&
	       s->before->counter < (uint32_t)s->before->tasks;
}

bool
rkr_clue_before_ended_whole(const struct rkr_situation *s)
{
	return before_done(s) && s->before->has_counter && s->before->tasks &&
	       s->before->counter >= (uint32_t)s->before->tasks;
}

bool
rkr_clue_before_link_cleared(const struct rkr_situation *s)
{
	return before_done(s) && s->before->has_addr && !s->before->irq_addr;
}

bool
rkr_clue_chained_before(const struct rkr_situation *s)
{
	return rkr_clue_no_progress(s) && before_done(s) && s->before->tasks > 1;
}

bool
rkr_clue_long_idle(const struct rkr_situation *s)
{
	return s->job->end == RKR_END_TIMED_OUT && s->before->known && s->before->timed &&
	       s->job->has.began && s->job->rows & ROW(PRELUDE) && s->job->began >= s->before->ended &&
	       s->job->began - s->before->ended >= RKR_TRIAGE_POWER_OFF_US;
}

bool
rkr_clue_lost_state(const struct rkr_situation *s)
{
	return s->job->facts & FACT(LOST_STATE);
}

bool
rkr_clue_counter_gone(const struct rkr_situation *s)
{
	return s->job->counter_gone;
}

/* ---- of blocks ---- */

static bool
has_block(const struct rkr_situation *s, enum rkr_job_blocks block)
{
	return s->core->at_start.has >> block & 1;
}

bool
rkr_clue_weights_held(const struct rkr_situation *s)
{
	const uint32_t weights = RKR_INT_CNA_WEIGHT | RKR_INT_CNA_CSC;
	uint32_t raw = s->has_stall ? s->core->raw & RKR_INT_DONE : 0;

	return (has_block(s, RKR_JOB_CNA) && s->core->at_start.block[RKR_JOB_CNA].status) ||
	       (s->core->has.before && s->core->before_raw & weights) || (raw && !(raw & ~weights));
}

bool
rkr_clue_cna_idle(const struct rkr_situation *s)
{
	return has_block(s, RKR_JOB_CNA) && s->job->end == RKR_END_TIMED_OUT;
}

/* The group that a block writes (bit 0) and the one it runs (bit 16) [TRM]. */
#define POINTERS 0x10001u

bool
rkr_clue_groups_differ(const struct rkr_situation *s)
{
	const struct rkr_job_block *dpu = &s->core->at_start.block[RKR_JOB_DPU];
	const struct rkr_job_block *rdma = &s->core->at_start.block[RKR_JOB_RDMA];

	return has_block(s, RKR_JOB_DPU) && has_block(s, RKR_JOB_RDMA) &&
	       ((dpu->pointer ^ rdma->pointer) & POINTERS || dpu->pointer & POINTERS);
}

bool
rkr_clue_groups_agree(const struct rkr_situation *s)
{
	return has_block(s, RKR_JOB_DPU) && has_block(s, RKR_JOB_RDMA) && !rkr_clue_groups_differ(s);
}

/* S_STATUS has two bits for each group; 2 is waiting [captured; TRM]. */
static bool
waits(const struct rkr_situation *s, enum rkr_job_blocks block)
{
	uint32_t status = s->core->at_start.block[block].status;

	return has_block(s, block) && ((status & 3) == 2 || (status >> 16 & 3) == 2);
}

bool
rkr_clue_output_waits(const struct rkr_situation *s)
{
	return waits(s, RKR_JOB_DPU) || waits(s, RKR_JOB_RDMA);
}

bool
rkr_clue_output_idle(const struct rkr_situation *s)
{
	return has_block(s, RKR_JOB_DPU) && has_block(s, RKR_JOB_RDMA) && !rkr_clue_output_waits(s);
}

bool
rkr_clue_pc_operates(const struct rkr_situation *s)
{
	return s->core->at_stop.has_task_status && s->core->at_stop.task_status & ~RKR_TASK_COUNTER_MASK;
}

bool
rkr_clue_pc_stands(const struct rkr_situation *s)
{
	return rkr_clue_no_progress(s) && s->core->at_stop.has_task_status && !rkr_clue_pc_operates(s);
}

/* Whether another job's regcmd was where this one's is. */
bool
rkr_clue_regcmd_reused(const struct rkr_situation *s)
{
	uint64_t at = s->core->regcmd;

	if (!rkr_clue_no_progress(s) || !s->core->has.commit)
		return false;
	for (size_t i = 0; i < s->t->n_windows; i++) {
		const struct rkr_window *w = &s->t->window[i];

		if (at != w->addr && at >= w->addr && at - w->addr < w->bytes)
			return true;
	}
	return false;
}

/* ---- of the driver ---- */

bool
rkr_clue_model_differs(const struct rkr_situation *s)
{
	return s->job->n_odd > 0;
}

bool
rkr_clue_registers_known(const struct rkr_situation *s)
{
	return s->core->has.commit && s->core->rows & ROW(REGS);
}

bool
rkr_clue_mask_known(const struct rkr_situation *s)
{
	return s->job->mask != 0;
}

bool
rkr_clue_ran_past_end(const struct rkr_situation *s)
{
	return stalls_as(s, RKR_STALL_IN_CHAIN) && s->core->has.tasks &&
	       s->core->counter >= (uint32_t)s->core->number && !(s->job->facts & FACT(LATE_INTERRUPT)) &&
	       !(s->job->rows & (ROW(IRQ_INVALID) | ROW(PC_INVALID)));
}

bool
rkr_clue_stopped_in_chain(const struct rkr_situation *s)
{
	return stalls_as(s, RKR_STALL_IN_CHAIN) && !(s->job->facts & FACT(LATE_INTERRUPT));
}

bool
rkr_clue_invalid_irq(const struct rkr_situation *s)
{
	return s->job->rows & (ROW(IRQ_INVALID) | ROW(PC_INVALID));
}

bool
rkr_clue_invalid_irq_before(const struct rkr_situation *s)
{
	return s->before->known && s->before->invalid_irq && rkr_clue_uncommitted(s);
}

bool
rkr_clue_committed_without_invalid(const struct rkr_situation *s)
{
	return s->job->facts & FACT(COMMITTED) && !rkr_triage_saw(s->t, RKR_SIGN_IRQ_INVALID);
}

bool
rkr_clue_domains_differ(const struct rkr_situation *s)
{
	return (s->job->has.domains && s->job->job_domain != s->job->dev_domain) ||
	       rkr_triage_saw(s->t, RKR_SIGN_MISMATCH) || rkr_triage_saw(s->t, RKR_SIGN_SWITCH_TIMEOUT) ||
	       rkr_triage_saw(s->t, RKR_SIGN_SWITCH_FAILED);
}

bool
rkr_clue_domains_switched(const struct rkr_situation *s)
{
	return rkr_triage_saw(s->t, RKR_SIGN_SWITCH);
}

bool
rkr_clue_kernel_rows(const struct rkr_situation *s)
{
	return s->job->rows & (ROW(EXPIRED) | ROW(FAILED) | ROW(TIMEOUT) | ROW(STATUS) | ROW(COMMIT_FAILED));
}
