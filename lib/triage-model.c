/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>

#include "lib/regs-ids.h"
#include "model-submit.h"
#include "trace-fields.h"
#include "triage-priv.h"
#include "util.h"

/*
 * A job's rows against the models: what the driver must have written, which
 * interrupts it must have taken, how the job ended, and what that is called.
 */

#define ERESTARTSYS 512 /* the kernel's, which user space never sees but in this log [captured] */

void
rkr_job_say_odd(struct rkr_job *job, unsigned core, struct rkr_triage_place place, const char *field,
		uint64_t want, uint64_t got, const char *meaning)
{
	if (job->n_odd == RKR_JOB_ODD_MAX)
		return;
	job->odd[job->n_odd++] = (struct rkr_job_odd){ .place = place,
						       .core = (uint8_t)core,
						       .field = field,
						       .want = want,
						       .got = got,
						       .meaning = meaning };
}

static const char *
meaning_of(uint16_t offset)
{
	switch (offset) {
	case RKR_REG_PC_BASE_ADDRESS:
		return "the PC was given another regcmd than the first task's";
	case RKR_REG_PC_REGISTER_AMOUNTS:
		return "the amount is not what the driver makes of the first task's regcfg_amount";
	case RKR_REG_PC_INTERRUPT_MASK:
		return "the mask is not the last task's int_mask";
	case RKR_REG_PC_TASK_CON:
		return "the control word has another number of tasks, or another mode";
	default:
		return "the base that the hardware adds to each address is not the submit's";
	}
}

void
rkr_job_check_shown(struct rkr_job *job, unsigned core, struct rkr_triage_place place,
		    const struct rkr_record *r)
{
	const struct rkr_job_core *c = &job->core[core];
	size_t n;
	const struct rkr_trace_field *f = rkr_trace_fields(r->kind, &n);

	if (!c->has.commit)
		return;
	for (size_t i = 0; i < n; i++) {
		uint32_t got = (uint32_t)rkr_get_u(r, f[i].field), want;

		/* Once it ran, the chain has moved these on. */
		if (!rkr_has(r, f[i].field) || (f[i].moves && r->kind != RKR_KIND_pc_regs))
			continue;
		if (rkr_commit_value(&c->commit, f[i].offset, &want) && want != got)
			rkr_job_say_odd(job, core, place, rkr_kind_get(r->kind)->fields[f[i].field].name,
					want, got, meaning_of(f[i].offset));
	}
}

bool
rkr_job_waits_for(const struct rkr_job *job, unsigned core)
{
	int waits = rkr_core_wait(job->mask);

	return waits < 0 || (unsigned)waits == core;
}

bool
rkr_job_all_interrupted(const struct rkr_job *job)
{
	uint32_t done = 0;

	for (unsigned i = 0; i < RKR_TRIAGE_CORES; i++)
		if (job->core[i].rows & ROW(IRQ_VALID))
			done |= 1u << i;
	return done && (job->mask ? (done & job->mask) == job->mask : done == job->cores);
}

bool
rkr_job_stall(const struct rkr_job *job, enum rkr_stall *ret_stall, const struct rkr_job_core **ret_core)
{
	int stands = -1;

	/* Of several, one that has had its interrupt is not the one that stands. */
	for (int i = RKR_TRIAGE_CORES - 1; i >= 0; i--) {
		const struct rkr_job_core *c = &job->core[i];

		if (c->rows & ROW(STATUS) && c->has.raw &&
		    (stands < 0 || !(c->rows & ROW(IRQ_VALID)) || job->core[stands].rows & ROW(IRQ_VALID)))
			stands = i;
	}
	if (stands < 0)
		return false;
	const struct rkr_job_core *c = &job->core[stands];
	uint32_t require = c->has.require ? c->require : 0;

	/*
	 * No counter (it was cut off, or the driver is too old for one): that of the
	 * wait, if it is of this core.
	 */
	bool waited = job->has.counter && rkr_job_waits_for(job, (unsigned)stands);
	uint32_t counter = c->has.counter ? c->counter : waited ? job->counter : 0;
	enum rkr_stall stall = rkr_stall_read(counter, c->status, c->raw, require);

	if (c->has.require && rkr_int_completes(c->status, require) && c->status)
		stall = RKR_STALL_LOST_IRQ;
	if (stall == RKR_STALL_NO_PROGRESS && !c->has.counter && !waited)
		stall = RKR_STALL_UNCLEAR;
	*ret_stall = stall;
	*ret_core = c;
	return true;
}

static enum rkr_job_end
end_of(const struct rkr_job *j)
{
	if (j->has.ret && j->ret == -ERESTARTSYS)
		return RKR_END_KILLED;
	if (j->rows & ROW(COMMIT_FAILED) ||
	    (j->rows & ROW(EXPIRED) && !(j->rows & (ROW(FAILED) | ROW(TIMEOUT) | ROW(STATUS))) &&
	     j->has.continue_wait && j->continue_wait && j->has.commit_elapse && !j->commit_elapse))
		return RKR_END_NOT_COMMITTED;
	if (j->rows & (ROW(TIMEOUT) | ROW(STATUS) | ROW(PC_TIMEOUT)))
		return RKR_END_TIMED_OUT;
	if (j->rows & ROW(ABORT))
		return RKR_END_ABORTED;
	if (j->rows & (ROW(FAILED) | ROW(EXPIRED)))
		return RKR_END_TIMED_OUT;
	return rkr_job_all_interrupted(j) ? RKR_END_DONE : RKR_END_UNSEEN;
}

static bool
was_committed(const struct rkr_job *j)
{
	if (j->end == RKR_END_NOT_COMMITTED)
		return false;
	/*
	 * The driver says "failed to wait" only of a job that has a last task, which
	 * commit gave it, and "job timeout" of no other [source].
	 */
	return j->rows & (ROW(FAILED) | ROW(TIMEOUT) | ROW(REGS) | ROW(ARMED) | ROW(IRQ_VALID)) ||
	       (j->rows & ROW(EXPIRED) && j->has.commit_elapse && j->commit_elapse);
}

static uint64_t
facts_of_status(const struct rkr_job *j)
{
	enum rkr_stall stall;
	const struct rkr_job_core *c;
	uint64_t facts = 0;

	if (!rkr_job_stall(j, &stall, &c))
		return j->has.counter && !j->counter && j->end != RKR_END_NOT_COMMITTED ? FACT(NO_TASK_ENDED)
											: 0;
	if (!(c->raw & RKR_INT_NAMED) && !(c->status & RKR_INT_NAMED))
		facts |= FACT(IDLE_STATUS);
	if (c->raw & RKR_INT_DONE)
		facts |= FACT(BLOCKS_REPORTED);
	if (c->has.require && (!c->require || !rkr_int_mask_reachable(c->require)))
		facts |= FACT(MASK_UNREACHABLE);
	if (stall == RKR_STALL_NO_PROGRESS)
		facts |= FACT(NEVER_PROGRESSED) | FACT(NO_TASK_ENDED);
	if (stall == RKR_STALL_LOST_IRQ)
		facts |= FACT(FINISHED_NOT_SERVICED);
	if (stall == RKR_STALL_DMA_ERROR)
		facts |= FACT(DMA_ERROR);
	if (c->has.counter && c->counter) {
		if (c->has.tasks && c->counter >= (uint32_t)c->number)
			facts |= FACT(ALL_COUNTED);
		else if (c->has.tasks)
			facts |= FACT(STOPPED_PART_WAY);
		else if (stall == RKR_STALL_IN_CHAIN && !(j->has.job_flags && j->job_flags & 1))
			facts |= FACT(STOPPED_PART_WAY);
	}
	return facts;
}

/*
 * Whether a core's registers were lost since its last job: the counter, which
 * only the next commit clears [TRM], is gone without a reset. After 3 s
 * without a call that is as it should be.
 */
static bool
lost_state(const struct rkr_job *j, const struct rkr_job_core *c, const struct rkr_job_before *before)
{
	return c->has.before && before->known && before->resets == j->resets && before->end == RKR_END_DONE &&
	       before->has_counter && before->counter && !(c->before_status & RKR_TASK_COUNTER_MASK) &&
	       before->timed && j->has.began && j->began >= before->ended &&
	       j->began - before->ended < RKR_TRIAGE_POWER_OFF_US;
}

static uint64_t
facts_of(const struct rkr_triage *t, struct rkr_job *j)
{
	static const struct {
		uint32_t rows;
		uint64_t facts;
	} by_row[] = {
		{ ROW(IRQ_INVALID) | ROW(PC_INVALID), FACT(INVALID_IRQ) },
		{ ROW(RESET), FACT(RESET) },
		{ ROW(BYPASSED), FACT(RESET_BYPASSED) },
		{ ROW(RESET_FAILED), FACT(RESET_FAILED) },
		{ ROW(ABORT), FACT(ABORTED) },
	};
	static const uint64_t by_end[RKR_ENDS] = {
		[RKR_END_TIMED_OUT] = FACT(TIMED_OUT),
		[RKR_END_NOT_COMMITTED] = FACT(NOT_COMMITTED),
		[RKR_END_KILLED] = FACT(KILLED),
		[RKR_END_ABORTED] = FACT(ABORTED),
	};
	uint64_t facts = by_end[j->end];

	for (size_t i = 0; i < RKR_ARRAY_LEN(by_row); i++)
		if (j->rows & by_row[i].rows)
			facts |= by_row[i].facts;
	if (was_committed(j))
		facts |= FACT(COMMITTED);
	if (j->end == RKR_END_TIMED_OUT) {
		facts |= facts_of_status(j);
		if (j->rows & ROW(PAGE_FAULT))
			facts |= FACT(PAGE_FAULT);
		if (j->has.job_flags)
			facts |= j->job_flags & 1 ? FACT(LATE_INTERRUPT) : FACT(NO_LATE_INTERRUPT);
		/* Had all interrupts come in time, it would have ended well. */
		if (j->rows & ROW(TIMEOUT) && rkr_job_all_interrupted(j))
			facts |= FACT(LATE_INTERRUPT);
	}
	for (unsigned i = 0; i < RKR_TRIAGE_CORES; i++) {
		const struct rkr_job_core *c = &j->core[i];

		if (c->rows & ROW(IRQ_VALID) && c->has.tasks && c->has_irq_counter &&
		    c->irq_counter < (uint32_t)c->number && j->end == RKR_END_DONE)
			facts |= FACT(ENDED_EARLY);
		if (!lost_state(j, c, &t->before[i]))
			continue;
		/*
		 * A job that then stands may stand for many reasons; one that ends shows that
		 * power is all it was.
		 */
		j->counter_gone = true;
		if (j->end == RKR_END_DONE)
			facts |= FACT(LOST_STATE);
	}
	if (j->n_odd)
		facts |= FACT(MODEL_DIFFERS);
	return facts;
}

/* What the next job on its cores has to know of it. */
static void
remember(struct rkr_triage *t, const struct rkr_job *j, unsigned core)
{
	struct rkr_job_before *b = &t->before[core];
	const struct rkr_job_core *c = &j->core[core];

	*b = (struct rkr_job_before){
		.known = true,
		.resets = j->resets,
		.timed = j->has.ended,
		.number = j->number,
		.ended = j->ended,
		.regcmd = c->regcmd,
		.words = c->has.commit ? (uint32_t)rkr_commit_fetch_words(rkr_commit_amount(c->first_amount))
				       : 0,
		.tasks = c->has.tasks ? c->number : 0,
		.counter = c->irq_counter,
		.has_counter = c->has_irq_counter,
		.irq_status = c->irq_status,
		.irq_addr = c->irq_addr,
		.has_addr = c->has_irq_addr,
		.invalid_irq = j->rows & (ROW(IRQ_INVALID) | ROW(PC_INVALID)),
		.end = j->end,
		.place = j->last,
	};
}

/* Whether a core that a job never got to was reached by the next one. */
static void
follow_wedge(struct rkr_triage *t, const struct rkr_job *j)
{
	uint32_t cores = j->mask ? j->mask : j->cores;

	if (j->end == RKR_END_NOT_COMMITTED) {
		rkr_triage_see(t, RKR_SIGN_UNCOMMITTED);
		if (!cores || t->uncommitted & cores)
			t->sign[RKR_SIGN_UNRECOVERED].n += t->sign[RKR_SIGN_UNCOMMITTED].n > 1;
		t->uncommitted |= cores;
	} else if (j->facts & FACT(COMMITTED) && t->uncommitted & cores) {
		t->uncommitted &= ~cores;
		rkr_triage_see(t, RKR_SIGN_RECOVERED);
	}
}

/* The row that a fact stands on, of several the first that is there; without one it is the job's last row. */
static struct rkr_triage_place
place_of_fact(const struct rkr_job *j, int fact)
{
	static const struct {
		enum rkr_fact fact;
		uint32_t rows;
	} rows[] = {
		{ RKR_FACT_COMMITTED, ROW(REGS) | ROW(ARMED) | ROW(FAILED) | ROW(TIMEOUT) | ROW(IRQ_VALID) },
		{ RKR_FACT_NOT_COMMITTED, ROW(COMMIT_FAILED) | ROW(EXPIRED) },
		{ RKR_FACT_TIMED_OUT, ROW(FAILED) | ROW(TIMEOUT) },
		{ RKR_FACT_NEVER_PROGRESSED, ROW(STATUS) },
		{ RKR_FACT_NO_TASK_ENDED, ROW(FAILED) | ROW(STATUS) },
		{ RKR_FACT_STOPPED_PART_WAY, ROW(STATUS) },
		{ RKR_FACT_ALL_COUNTED, ROW(STATUS) },
		{ RKR_FACT_IDLE_STATUS, ROW(STATUS) },
		{ RKR_FACT_BLOCKS_REPORTED, ROW(STATUS) },
		{ RKR_FACT_FINISHED_NOT_SERVICED, ROW(STATUS) },
		{ RKR_FACT_DMA_ERROR, ROW(STATUS) },
		{ RKR_FACT_PAGE_FAULT, ROW(PAGE_FAULT) },
		{ RKR_FACT_LATE_INTERRUPT, ROW(IRQ_VALID) | ROW(TIMEOUT) },
		{ RKR_FACT_NO_LATE_INTERRUPT, ROW(TIMEOUT) },
		{ RKR_FACT_INVALID_IRQ, ROW(IRQ_INVALID) | ROW(PC_INVALID) },
		{ RKR_FACT_ENDED_EARLY, ROW(IRQ_VALID) },
		{ RKR_FACT_LOST_STATE, ROW(PRELUDE) },
		{ RKR_FACT_MASK_UNREACHABLE, ROW(STATUS) },
		{ RKR_FACT_ABORTED, ROW(ABORT) },
		{ RKR_FACT_KILLED, ROW(FAILED) | ROW(ABORT) },
		{ RKR_FACT_RESET, ROW(RESET) },
		{ RKR_FACT_RESET_BYPASSED, ROW(BYPASSED) },
		{ RKR_FACT_RESET_FAILED, ROW(RESET_FAILED) },
	};

	if (fact == RKR_FACT_MODEL_DIFFERS)
		return j->odd[0].place;
	for (size_t i = 0; i < RKR_ARRAY_LEN(rows); i++)
		if ((int)rows[i].fact == fact && j->rows & rows[i].rows)
			return j->at[__builtin_ctz(j->rows & rows[i].rows)];
	return j->last;
}

void
rkr_triage_judge_job(struct rkr_triage *t, struct rkr_job *job)
{
	uint32_t cores = job->mask ? job->mask : job->cores;
	unsigned first = 0;

	while (first < RKR_TRIAGE_CORES && !(cores >> first & 1))
		first++;
	if (first < RKR_TRIAGE_CORES)
		job->before = t->before[first];
	/* Since the job before began, not since this one did: its own reset is no matter. */
	job->before.reset = job->before.known && job->resets > job->before.resets;
	job->end = end_of(job);
	job->facts = facts_of(t, job);
	t->verdict.done += job->end == RKR_END_DONE;
	t->verdict.unseen += job->end == RKR_END_UNSEEN;
	t->verdict.failed += job->end != RKR_END_DONE && job->end != RKR_END_UNSEEN;
	for (uint64_t f = job->facts; f; f &= f - 1) {
		int i = __builtin_ctzll(f);

		if (!t->verdict.fact_place[i].line)
			t->verdict.fact_place[i] = place_of_fact(job, i);
	}
	t->verdict.facts |= job->facts;
	if (job->end != RKR_END_DONE && job->end != RKR_END_UNSEEN) {
		rkr_triage_weigh_hypotheses(t, job);
		rkr_triage_weigh_causes(t, job);
	} else if (job->facts &
		   (FACT(ENDED_EARLY) | FACT(LOST_STATE) | FACT(MODEL_DIFFERS) | FACT(INVALID_IRQ))) {
		rkr_triage_weigh_hypotheses(t, job);
		rkr_triage_weigh_causes(t, job);
	}
	follow_wedge(t, job);
	for (unsigned i = 0; i < RKR_TRIAGE_CORES; i++)
		if (cores >> i & 1 && job->end != RKR_END_NOT_COMMITTED)
			remember(t, job, i);
}
