/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "triage-priv.h"
#include "util.h"

/*
 * The hypotheses about a job that times out behind another one, as a table.
 * Each has clues, of which the first that holds decides; if none does, the
 * rows cannot tell, and the table says what would. Bits 16, 30 and 31 of a
 * raw status are never a clue: they are the same of healthy and of stalled
 * cores [captured].
 */

/** What a clue looks at. */
struct situation {
	const struct rkr_triage *t;
	const struct rkr_job *job;
	bool has_stall;
	enum rkr_stall stall;
	const struct rkr_job_core *core;  /* the one with the status, else the job's first */
	const struct rkr_job_before *before;
};

struct clue {
	bool (*holds)(const struct situation *s);
	enum rkr_state state;
	const char *why;
	uint32_t rows;  /* of the job: what it rests on */
	bool before;    /* and the job before */
	bool partial;
};

#define CLUES_MAX 8

struct hypothesis {
	struct rkr_theory theory;
	struct clue clues[CLUES_MAX]; /* ended by a NULL */
	const char *missing;
};

#define STALL_ROWS (ROW(STATUS) | ROW(FAILED))
#define COMMIT_ROWS (ROW(TRACE) | ROW(REGS) | ROW(ARMED))
#define UNCOMMITTED_ROWS (ROW(EXPIRED) | ROW(COMMIT_FAILED))

static bool
stalls_as(const struct situation *s, enum rkr_stall stall)
{
	return s->job->end == RKR_END_TIMED_OUT && s->has_stall && s->stall == stall;
}

static bool
no_progress(const struct situation *s)
{
	return stalls_as(s, RKR_STALL_NO_PROGRESS);
}

static bool
blocks_reported(const struct situation *s)
{
	return stalls_as(s, RKR_STALL_IN_DPU);
}

static bool
dma_error(const struct situation *s)
{
	return stalls_as(s, RKR_STALL_DMA_ERROR) || s->job->facts & FACT(PAGE_FAULT);
}

static bool
uncommitted(const struct situation *s)
{
	return s->job->end == RKR_END_NOT_COMMITTED;
}

static bool
tasks_ended(const struct situation *s)
{
	return s->has_stall && s->core->has.counter && s->core->counter > 0;
}

static bool
it_ran(const struct situation *s)
{
	return blocks_reported(s) || tasks_ended(s) || stalls_as(s, RKR_STALL_LOST_IRQ) || dma_error(s) ||
	       s->job->end == RKR_END_DONE;
}

/* ---- of the job before ---- */

static bool
reset_between(const struct situation *s)
{
	return s->before->known && s->before->reset;
}

static bool
before_done(const struct situation *s)
{
	return s->before->known && !s->before->reset && s->before->end == RKR_END_DONE;
}

static bool
ended_early(const struct situation *s)
{
	return s->job->facts & FACT(ENDED_EARLY);
}

static bool
before_ended_early(const struct situation *s)
{
	return before_done(s) && s->before->has_counter && s->before->tasks &&
	       s->before->counter < (uint32_t)s->before->tasks;
}

static bool
before_ended_whole(const struct situation *s)
{
	return before_done(s) && s->before->has_counter && s->before->tasks &&
	       s->before->counter >= (uint32_t)s->before->tasks;
}

static bool
before_link_cleared(const struct situation *s)
{
	return before_done(s) && s->before->has_addr && !s->before->irq_addr;
}

static bool
chained_before(const struct situation *s)
{
	return no_progress(s) && before_done(s) && s->before->tasks > 1;
}

static bool
long_idle(const struct situation *s)
{
	return s->job->end == RKR_END_TIMED_OUT && s->before->known && s->before->timed &&
	       s->job->has.began && s->job->rows & ROW(PRELUDE) && s->job->began >= s->before->ended &&
	       s->job->began - s->before->ended >= RKR_TRIAGE_POWER_OFF_US;
}

static bool
lost_state(const struct situation *s)
{
	return s->job->facts & FACT(LOST_STATE);
}

static bool
counter_gone(const struct situation *s)
{
	return s->job->counter_gone;
}

/* ---- of blocks ---- */

static bool
has_block(const struct situation *s, enum rkr_job_blocks block)
{
	return s->core->at_start.has >> block & 1;
}

static bool
weights_held(const struct situation *s)
{
	const uint32_t weights = RKR_INT_CNA_WEIGHT | RKR_INT_CNA_CSC;
	uint32_t raw = s->has_stall ? s->core->raw & RKR_INT_DONE : 0;

	return (has_block(s, RKR_JOB_CNA) && s->core->at_start.block[RKR_JOB_CNA].status) ||
	       (s->core->has.before && s->core->before_raw & weights) || (raw && !(raw & ~weights));
}

static bool
cna_idle(const struct situation *s)
{
	return has_block(s, RKR_JOB_CNA) && s->job->end == RKR_END_TIMED_OUT;
}

/* The group that a block writes (bit 0) and the one it runs (bit 16) [TRM]. */
#define POINTERS 0x10001u

static bool
groups_differ(const struct situation *s)
{
	const struct rkr_job_block *dpu = &s->core->at_start.block[RKR_JOB_DPU];
	const struct rkr_job_block *rdma = &s->core->at_start.block[RKR_JOB_RDMA];

	return has_block(s, RKR_JOB_DPU) && has_block(s, RKR_JOB_RDMA) &&
	       ((dpu->pointer ^ rdma->pointer) & POINTERS || dpu->pointer & POINTERS);
}

static bool
groups_agree(const struct situation *s)
{
	return has_block(s, RKR_JOB_DPU) && has_block(s, RKR_JOB_RDMA) && !groups_differ(s);
}

/* S_STATUS has two bits for each group; 2 is waiting [captured; TRM]. */
static bool
waits(const struct situation *s, enum rkr_job_blocks block)
{
	uint32_t status = s->core->at_start.block[block].status;

	return has_block(s, block) && ((status & 3) == 2 || (status >> 16 & 3) == 2);
}

static bool
output_waits(const struct situation *s)
{
	return waits(s, RKR_JOB_DPU) || waits(s, RKR_JOB_RDMA);
}

static bool
output_idle(const struct situation *s)
{
	return has_block(s, RKR_JOB_DPU) && has_block(s, RKR_JOB_RDMA) && !output_waits(s);
}

static bool
pc_operates(const struct situation *s)
{
	return s->core->at_stop.has_task_status && s->core->at_stop.task_status & ~RKR_TASK_COUNTER_MASK;
}

static bool
pc_stands(const struct situation *s)
{
	return no_progress(s) && s->core->at_stop.has_task_status && !pc_operates(s);
}

/* Whether another job's regcmd was where this one's is. */
static bool
regcmd_reused(const struct situation *s)
{
	uint64_t at = s->core->regcmd;

	if (!no_progress(s) || !s->core->has.commit)
		return false;
	for (size_t i = 0; i < s->t->n_windows; i++) {
		const struct rkr_window *w = &s->t->window[i];

		if (at != w->addr && at >= w->addr && at - w->addr < w->bytes)
			return true;
	}
	return false;
}

/* ---- of the driver ---- */

static bool
model_differs(const struct situation *s)
{
	return s->job->n_odd > 0;
}

static bool
registers_known(const struct situation *s)
{
	return s->core->has.commit && s->core->rows & ROW(REGS);
}

static bool
mask_known(const struct situation *s)
{
	return s->job->mask != 0;
}

static bool
ran_past_end(const struct situation *s)
{
	return stalls_as(s, RKR_STALL_IN_CHAIN) && s->core->has.tasks &&
	       s->core->counter >= (uint32_t)s->core->number && !(s->job->facts & FACT(LATE_INTERRUPT)) &&
	       !(s->job->rows & (ROW(IRQ_INVALID) | ROW(PC_INVALID)));
}

static bool
stopped_in_chain(const struct situation *s)
{
	return stalls_as(s, RKR_STALL_IN_CHAIN) && !(s->job->facts & FACT(LATE_INTERRUPT));
}

static bool
invalid_irq(const struct situation *s)
{
	return s->job->rows & (ROW(IRQ_INVALID) | ROW(PC_INVALID));
}

static bool
invalid_irq_before(const struct situation *s)
{
	return s->before->known && s->before->invalid_irq && uncommitted(s);
}

static bool
committed_without_invalid(const struct situation *s)
{
	return s->job->facts & FACT(COMMITTED) && !rkr_triage_saw(s->t, RKR_SIGN_IRQ_INVALID);
}

static bool
domains_differ(const struct situation *s)
{
	return (s->job->has.domains && s->job->job_domain != s->job->dev_domain) ||
	       rkr_triage_saw(s->t, RKR_SIGN_MISMATCH) || rkr_triage_saw(s->t, RKR_SIGN_SWITCH_TIMEOUT) ||
	       rkr_triage_saw(s->t, RKR_SIGN_SWITCH_FAILED);
}

static bool
domains_switched(const struct situation *s)
{
	return rkr_triage_saw(s->t, RKR_SIGN_SWITCH);
}

static bool
kernel_rows(const struct situation *s)
{
	return s->job->rows & (ROW(EXPIRED) | ROW(FAILED) | ROW(TIMEOUT) | ROW(STATUS) | ROW(COMMIT_FAILED));
}

#define NOT_STARTED(text) { uncommitted, RKR_STATE_RULED_OUT, text, UNCOMMITTED_ROWS, false, false }
#define END { NULL, RKR_STATE_CANNOT_TELL, NULL, 0, false, false }
#define NOTHING_RAN "the job was never committed: no register was written for it"

/* clang-format off */
static const struct hypothesis hypotheses[] = {
	{ { "A", "early completion: the job before reported its end after an earlier task and still ran",
	    "rkreplay replay RUN.rkrun --device npu --execute -o OUT.rkrun && rkreplay show OUT.rkrun --tasks",
	    "int_status of the last task, which the driver writes for all to read", 1 },
	  { { ended_early, RKR_STATE_SUPPORTED, "its interrupt came with fewer tasks counted than were committed",
	      ROW(TRACE) | ROW(IRQ_VALID), false, false },
	    { reset_between, RKR_STATE_RULED_OUT, "a reset lies between the job before and this one",
	      0, true, false },
	    { before_ended_early, RKR_STATE_SUPPORTED,
	      "the job before was ended with fewer tasks counted than were committed", 0, true, false },
	    { before_ended_whole, RKR_STATE_RULED_OUT, "the job before was ended with all its tasks counted",
	      0, true, false },
	    END },
	  "the valid irq row of the job before (trace patch), or int_status of its last task" },
	{ { "B", "WEIGHT_REUSE residue: the last task of the job before kept a weight group of the CNA",
	    "rkreplay replay RUN.rkrun --edit 'task[1].CNA.CBUF_CON0.WEIGHT_REUSE=0' --repeat 10 --device npu --execute",
	    "the same stream with that one bit cleared in its last task, between two health jobs", 5 },
	  { NOT_STARTED(NOTHING_RAN),
	    { weights_held, RKR_STATE_SUPPORTED, "the CNA's weight side shows work that is not this job's alone",
	      ROW(PRELUDE) | ROW(STATUS), false, false },
	    { reset_between, RKR_STATE_RULED_OUT, "a reset lies between the job before and this one",
	      0, true, false },
	    { cna_idle, RKR_STATE_RULED_OUT, "the CNA was idle when the job was committed",
	      ROW(PRELUDE), false, false },
	    { blocks_reported, RKR_STATE_OPEN, "blocks before the DPU reported, the output side did not",
	      STALL_ROWS, false, false },
	    { chained_before, RKR_STATE_OPEN, "the job before ran a chain on this core, as each known case did",
	      STALL_ROWS, true, false },
	    END },
	  "S_STATUS of the CNA when the job was committed (trace patch), and the job before" },
	{ { "C", "group skew: DPU and DPU_RDMA point at different register groups",
	    "rkreplay replay RUN.rkrun --health pointers --device npu --execute",
	    "an add that writes DPU.S_POINTER and DPU_RDMA.S_POINTER behind the same job: it passes if this is it", 3 },
	  { NOT_STARTED(NOTHING_RAN),
	    { groups_differ, RKR_STATE_SUPPORTED,
	      "DPU.S_POINTER and DPU_RDMA.S_POINTER were not both at group 0", ROW(PRELUDE), false, false },
	    { groups_agree, RKR_STATE_RULED_OUT, "DPU.S_POINTER and DPU_RDMA.S_POINTER were both at group 0",
	      ROW(PRELUDE), false, false },
	    { no_progress, RKR_STATE_OPEN, "no task ended and no block reported", STALL_ROWS, false, false },
	    { blocks_reported, RKR_STATE_OPEN, "blocks before the DPU reported, the output side did not",
	      STALL_ROWS, false, false },
	    END },
	  "S_POINTER of DPU and DPU_RDMA when the job was committed (trace patch)" },
	{ { "D", "power: what differs is only whether the NPU lost its power between the jobs",
	    "rkreplay replay RUN.rkrun --device npu --execute; sleep 10; rkreplay replay add:classic --device npu --execute",
	    "after 3 s without a call the blocks lose their state: does the second job pass then?", 2 },
	  { NOT_STARTED(NOTHING_RAN),
	    { lost_state, RKR_STATE_SUPPORTED, "the counter of the job before was gone, with no reset and less than 3 s between",
	      ROW(PRELUDE), true, false },
	    { counter_gone, RKR_STATE_OPEN,
	      "the counter of the job before read 0 when this one was committed", ROW(PRELUDE), true, false },
	    { long_idle, RKR_STATE_RULED_OUT, "more than 3 s without a job lie before it: the blocks had lost their state",
	      ROW(PRELUDE), true, false },
	    END },
	  "the same two jobs with 10 s between them" },
	{ { "E", "stale translation: the regcmd is where pages were that the IOMMU still remembers",
	    "rkreplay show RUN.rkrun --bos && rkreplay show ADD.rkrun --bos",
	    "whether the victim's regcmd lies in an IOVA range of the run before; if so, move it by more BOs", 4 },
	  { NOT_STARTED(NOTHING_RAN),
	    { dma_error, RKR_STATE_SUPPORTED, "an access found no page, or the wrong one",
	      ROW(PAGE_FAULT) | ROW(STATUS), false, false },
	    { blocks_reported, RKR_STATE_RULED_OUT, "blocks reported: the regcmd was read",
	      STALL_ROWS, false, false },
	    { regcmd_reused, RKR_STATE_OPEN, "no task ended, and the regcmd is where another job's was",
	      STALL_ROWS | ROW(TRACE), true, false },
	    { no_progress, RKR_STATE_OPEN, "no task ended and no block reported", STALL_ROWS, false, false },
	    END },
	  "PC_DATA_ADDR of the job (trace patch) and the IOVA ranges of the run before" },
	{ { "F", "the PC never started: the pulse of PC.OPERATION_ENABLE was lost",
	    "rkreplay doctor --trace-patch rknpu_job.c",
	    "a driver with the trace patch shows whether the PC fetched: bits above 11 of PC.TASK_STATUS", 6 },
	  { NOT_STARTED("the job was never committed: nobody tried to start the PC"),
	    { pc_operates, RKR_STATE_RULED_OUT, "the PC was fetching or operating when the job was given up",
	      ROW(PC_TIMEOUT), false, false },
	    { pc_stands, RKR_STATE_SUPPORTED,
	      "the PC was neither fetching nor operating, and no task had ended", ROW(PC_TIMEOUT), false, false },
	    { it_ran, RKR_STATE_RULED_OUT, "it did start: a block reported, or a task ended",
	      STALL_ROWS | ROW(IRQ_VALID), false, false },
	    { no_progress, RKR_STATE_OPEN, "no task ended and no block reported", STALL_ROWS, false, false },
	    END },
	  "all bits of PC.TASK_STATUS (trace patch)" },
	{ { "G", "the driver programmed something else: another core, range or control word",
	    "rkreplay doctor --trace-patch rknpu_job.c",
	    "a driver with the trace patch shows each register that it wrote", 7 },
	  { { model_differs, RKR_STATE_SUPPORTED, "a traced register is not what the driver makes of these tasks",
	      COMMIT_ROWS | ROW(PRELUDE), false, false },
	    NOT_STARTED(NOTHING_RAN),
	    { registers_known, RKR_STATE_RULED_OUT,
	      "the traced registers are what the driver makes of these tasks", COMMIT_ROWS, false, false },
	    { mask_known, RKR_STATE_RULED_OUT, "the core mask is one that the driver commits to; range and registers no row shows",
	      ROW(EXPIRED) | ROW(PRELUDE) | ROW(TRACE), false, true },
	    END },
	  "the commit rows (trace patch)" },
	{ { "H", "chain mismatch: the PC ran on behind the last task, or its link was stale",
	    "rkreplay show RUN.rkrun --regcmd",
	    "the last record's PC.BASE_ADDRESS and PC.REGISTER_AMOUNTS must be written as 0", 2 },
	  { NOT_STARTED(NOTHING_RAN),
	    { ran_past_end, RKR_STATE_SUPPORTED,
	      "all tasks were counted, no bit was left and no interrupt came", STALL_ROWS | ROW(TRACE), false, false },
	    { stopped_in_chain, RKR_STATE_OPEN, "tasks ended, and then none more", STALL_ROWS, false, false },
	    { reset_between, RKR_STATE_RULED_OUT, "a reset lies between the job before and this one",
	      0, true, false },
	    { before_link_cleared, RKR_STATE_RULED_OUT, "the job before ended with its link at 0",
	      0, true, false },
	    END },
	  "PC_DATA_ADDR of the job before at its interrupt (trace patch)" },
	{ { "I", "a block was left enabled: DPU_RDMA or PPU of the job before still waits",
	    "rkreplay doctor --trace-patch rknpu_job.c",
	    "a driver with the trace patch shows S_STATUS of each block when the next job is committed", 6 },
	  { NOT_STARTED(NOTHING_RAN),
	    { output_waits, RKR_STATE_SUPPORTED, "DPU or DPU_RDMA was waiting when the job was committed",
	      ROW(PRELUDE), false, false },
	    { output_idle, RKR_STATE_RULED_OUT, "DPU and DPU_RDMA did not wait when the job was committed",
	      ROW(PRELUDE), false, false },
	    { no_progress, RKR_STATE_OPEN, "no task ended and no block reported", STALL_ROWS, false, false },
	    END },
	  "S_STATUS of DPU and DPU_RDMA when the job was committed (trace patch)" },
	{ { "J", "an invalid interrupt took the completion along, and the core keeps a job that is gone",
	    "rkreplay show RUN.rkrun --tasks",
	    "int_mask of the last task must be whole pairs, those of the block that ends it", 1 },
	  { { invalid_irq, RKR_STATE_SUPPORTED, "an interrupt came that did not match the mask",
	    ROW(IRQ_INVALID) | ROW(PC_INVALID), false, false },
	    { invalid_irq_before, RKR_STATE_SUPPORTED, "the job before on this core had an invalid interrupt",
	      UNCOMMITTED_ROWS, true, false },
	    { uncommitted, RKR_STATE_OPEN,
	      "the job was never committed, as on a core that keeps a job that is gone", UNCOMMITTED_ROWS, false, false },
	    { committed_without_invalid, RKR_STATE_RULED_OUT, "the job was committed, and no invalid interrupt is in the log",
	      ROW(FAILED) | ROW(REGS) | ROW(IRQ_VALID), false, false },
	    END },
	  "whether an invalid interrupt came, and whether the job was committed" },
	{ { "K", "an address or layout differs from the vendor's: outside its BO, or of other contents",
	    "rkreplay diff RUN.rkrun VENDOR.rkrun",
	    "each address as role and offset in its BO", 2 },
	  { NOT_STARTED(NOTHING_RAN),
	    { dma_error, RKR_STATE_SUPPORTED, "an address that was used is not mapped",
	      ROW(PAGE_FAULT) | ROW(STATUS), false, false },
	    END },
	  "the regcmd of both runs with their BOs" },
	{ { "L", "IOMMU domain: a reference was dropped twice, and the domain switched under a job",
	    "rkreplay triage LOG-SINCE-BOOT",
	    "domain rows stand before the failure", 1 },
	  { { domains_differ, RKR_STATE_SUPPORTED, "the device's domain is not the job's, or could not be switched",
	      ROW(EXPIRED) | ROW(DOMAIN), false, false },
	    { domains_switched, RKR_STATE_OPEN, "domains are switched in this log",
	      ROW(DOMAIN), false, false },
	    { kernel_rows, RKR_STATE_RULED_OUT, "no domain was switched in this log",
	      ROW(EXPIRED) | ROW(FAILED), false, false },
	    END },
	  "the kernel's rows of the failure" },
};
/* clang-format on */

_Static_assert(RKR_ARRAY_LEN(hypotheses) <= RKR_THEORIES_MAX, "room for each");

size_t
rkr_triage_n_hypotheses(void)
{
	return RKR_ARRAY_LEN(hypotheses);
}

const struct rkr_theory *
rkr_triage_hypothesis(size_t i)
{
	return &hypotheses[i].theory;
}

void
rkr_finding_place(struct rkr_finding *finding, struct rkr_triage_place place)
{
	if (!place.line || finding->n_places == RKR_FINDING_PLACES)
		return;
	for (size_t i = 0; i < finding->n_places; i++)
		if (finding->places[i].file == place.file && finding->places[i].line == place.line)
			return;
	finding->places[finding->n_places++] = place;
}

void
rkr_finding_merge(struct rkr_finding *all, const struct rkr_finding *one)
{
	if (all->jobs && one->state == all->state) {
		all->jobs++;
		return;
	}
	if (all->jobs && one->state < all->state)
		return;
	*all = *one;
	all->jobs = 1;
}

void
rkr_triage_weigh_hypotheses(struct rkr_triage *t, const struct rkr_job *job)
{
	struct situation s = { .t = t, .job = job, .before = &job->before };

	s.has_stall = rkr_job_stall(job, &s.stall, &s.core);
	for (size_t i = 0; !s.core && i < RKR_TRIAGE_CORES; i++)
		if (job->cores >> i & 1)
			s.core = &job->core[i];
	if (!s.core)
		s.core = &job->core[0];
	for (size_t i = 0; i < RKR_ARRAY_LEN(hypotheses); i++) {
		const struct clue *c = hypotheses[i].clues;
		struct rkr_finding f = { .state = RKR_STATE_CANNOT_TELL, .missing = hypotheses[i].missing };

		while (c->holds && !c->holds(&s))
			c++;
		f.state = c->state;
		f.why = c->why;
		f.partial = c->partial;
		for (size_t row = 0; row < RKR_JOB_ROWS && c->holds; row++)
			if (c->rows & job->rows & 1u << row)
				rkr_finding_place(&f, job->at[row]);
		/* What differs stands in rows of any kind. */
		for (size_t k = 0; c->holds == model_differs && k < job->n_odd; k++)
			rkr_finding_place(&f, job->odd[k].place);
		if (c->before && c->holds)
			rkr_finding_place(&f, job->before.place);
		if (c->holds && !c->partial && c->state != RKR_STATE_OPEN)
			f.missing = NULL;
		rkr_finding_merge(&t->verdict.hypothesis[i], &f);
	}
}
