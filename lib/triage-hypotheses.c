/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "triage-clues.h"
#include "util.h"

/*
 * The hypotheses about a job that times out behind another one, as a table.
 * Each has clues, of which the first that holds decides; if none does, the
 * rows cannot tell, and the table says what would.
 */

struct clue {
	bool (*holds)(const struct rkr_situation *s);
	enum rkr_state state;
	const char *why;
	uint32_t rows; /* of the job: what it rests on */
	bool before;   /* and the job before */
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

/* By the job's own rows, by those of the job before too, and only as far as it is said. */
#define CLUE(fn, state, why, rows) { rkr_clue_##fn, RKR_STATE_##state, why, rows, false, false }
#define BEFORE(fn, state, why, rows) { rkr_clue_##fn, RKR_STATE_##state, why, rows, true, false }
#define IN_PART(fn, state, why, rows) { rkr_clue_##fn, RKR_STATE_##state, why, rows, false, true }
#define NOT_STARTED(text) CLUE(uncommitted, RULED_OUT, text, UNCOMMITTED_ROWS)
#define END { NULL, RKR_STATE_CANNOT_TELL, NULL, 0, false, false }
#define NOTHING_RAN "the job was never committed: no register was written for it"

/* clang-format off */
static const struct hypothesis hypotheses[] = {
	{ { "A", "early completion: the job before reported its end after an earlier task and still ran",
	    "rkreplay replay RUN.rkrun --device npu --execute -o OUT.rkrun && rkreplay show OUT.rkrun "
	    "--tasks",
	    "int_status of the last task, which the driver writes for all to read", 1 },
	  { CLUE(ended_early, SUPPORTED, "its interrupt came with fewer tasks counted than were committed",
		ROW(TRACE) | ROW(IRQ_VALID)),
	    BEFORE(reset_between, RULED_OUT, "a reset lies between the job before and this one", 0),
	    BEFORE(before_ended_early, SUPPORTED,
		"the job before was ended with fewer tasks counted than were committed", 0),
	    BEFORE(before_ended_whole, RULED_OUT, "the job before was ended with all its tasks counted", 0),
	    END },
	  "the valid irq row of the job before (trace patch), or int_status of its last task" },
	{ { "B", "WEIGHT_REUSE residue: the last task of the job before kept a weight group of the CNA",
	    "rkreplay replay RUN.rkrun --edit 'task[1].CNA.CBUF_CON0.WEIGHT_REUSE=0' --repeat 10 --device "
	    "npu --execute",
	    "the same stream with that one bit cleared in its last task, between two health jobs", 5 },
	  { NOT_STARTED(NOTHING_RAN),
	    CLUE(weights_held, SUPPORTED, "the CNA's weight side shows work that is not this job's alone",
		ROW(PRELUDE) | ROW(STATUS)),
	    BEFORE(reset_between, RULED_OUT, "a reset lies between the job before and this one", 0),
	    CLUE(cna_idle, RULED_OUT, "the CNA was idle when the job was committed", ROW(PRELUDE)),
	    CLUE(blocks_reported, OPEN, "blocks before the DPU reported, the output side did not",
		STALL_ROWS),
	    BEFORE(chained_before, OPEN, "the job before ran a chain on this core, as each known case did",
		STALL_ROWS),
	    END },
	  "S_STATUS of the CNA when the job was committed (trace patch), and the job before" },
	{ { "C", "group skew: DPU and DPU_RDMA point at different register groups",
	    "rkreplay replay RUN.rkrun --health pointers --device npu --execute",
	    "an add that writes DPU.S_POINTER and DPU_RDMA.S_POINTER behind the same job: it passes if this "
	    "is it", 3 },
	  { NOT_STARTED(NOTHING_RAN),
	    CLUE(groups_differ, SUPPORTED, "DPU.S_POINTER and DPU_RDMA.S_POINTER were not both at group 0",
		ROW(PRELUDE)),
	    CLUE(groups_agree, RULED_OUT, "DPU.S_POINTER and DPU_RDMA.S_POINTER were both at group 0",
		ROW(PRELUDE)),
	    CLUE(no_progress, OPEN, "no task ended and no block reported", STALL_ROWS),
	    CLUE(blocks_reported, OPEN, "blocks before the DPU reported, the output side did not",
		STALL_ROWS),
	    END },
	  "S_POINTER of DPU and DPU_RDMA when the job was committed (trace patch)" },
	{ { "D", "power: what differs is only whether the NPU lost its power between the jobs",
	    "rkreplay replay RUN.rkrun --device npu --execute; sleep 10; rkreplay replay add:classic "
	    "--device npu --execute",
	    "after 3 s without a call the blocks lose their state: does the second job pass then?", 2 },
	  { NOT_STARTED(NOTHING_RAN),
	    BEFORE(lost_state, SUPPORTED,
		"the counter of the job before was gone, with no reset and less than 3 s between",
		ROW(PRELUDE)),
	    BEFORE(counter_gone, OPEN, "the counter of the job before read 0 when this one was committed",
		ROW(PRELUDE)),
	    BEFORE(long_idle, RULED_OUT,
		"more than 3 s without a job lie before it: the blocks had lost their state", ROW(PRELUDE)),
	    END },
	  "the same two jobs with 10 s between them" },
	{ { "E", "stale translation: the regcmd is where pages were that the IOMMU still remembers",
	    "rkreplay show RUN.rkrun --bos && rkreplay show ADD.rkrun --bos",
	    "whether the victim's regcmd lies in an IOVA range of the run before; if so, move it by more BOs",
	    4 },
	  { NOT_STARTED(NOTHING_RAN),
	    CLUE(dma_error, SUPPORTED, "an access found no page, or the wrong one",
		ROW(PAGE_FAULT) | ROW(STATUS)),
	    CLUE(blocks_reported, RULED_OUT, "blocks reported: the regcmd was read", STALL_ROWS),
	    BEFORE(regcmd_reused, OPEN, "no task ended, and the regcmd is where another job's was",
		STALL_ROWS | ROW(TRACE)),
	    CLUE(no_progress, OPEN, "no task ended and no block reported", STALL_ROWS),
	    END },
	  "PC_DATA_ADDR of the job (trace patch) and the IOVA ranges of the run before" },
	{ { "F", "the PC never started: the pulse of PC.OPERATION_ENABLE was lost",
	    "rkreplay doctor --trace-patch rknpu_job.c",
	    "a driver with the trace patch shows whether the PC fetched: bits above 11 of PC.TASK_STATUS",
	    6 },
	  { NOT_STARTED("the job was never committed: nobody tried to start the PC"),
	    CLUE(pc_operates, RULED_OUT, "the PC was fetching or operating when the job was given up",
		ROW(PC_TIMEOUT)),
	    CLUE(pc_stands, SUPPORTED, "the PC was neither fetching nor operating, and no task had ended",
		ROW(PC_TIMEOUT)),
	    CLUE(it_ran, RULED_OUT, "it did start: a block reported, or a task ended",
		STALL_ROWS | ROW(IRQ_VALID)),
	    CLUE(no_progress, OPEN, "no task ended and no block reported", STALL_ROWS),
	    END },
	  "all bits of PC.TASK_STATUS (trace patch)" },
	{ { "G", "the driver programmed something else: another core, range or control word",
	    "rkreplay doctor --trace-patch rknpu_job.c",
	    "a driver with the trace patch shows each register that it wrote", 7 },
	  { CLUE(model_differs, SUPPORTED, "a traced register is not what the driver makes of these tasks",
		COMMIT_ROWS | ROW(PRELUDE)),
	    NOT_STARTED(NOTHING_RAN),
	    CLUE(registers_known, RULED_OUT, "the traced registers are what the driver makes of these tasks",
		COMMIT_ROWS),
	    IN_PART(mask_known, RULED_OUT,
		"the core mask is one that the driver commits to; range and registers no row shows",
		ROW(EXPIRED) | ROW(PRELUDE) | ROW(TRACE)),
	    END },
	  "the commit rows (trace patch)" },
	{ { "H", "chain mismatch: the PC ran on behind the last task, or its link was stale",
	    "rkreplay show RUN.rkrun --regcmd",
	    "the last record's PC.BASE_ADDRESS and PC.REGISTER_AMOUNTS must be written as 0", 2 },
	  { NOT_STARTED(NOTHING_RAN),
	    CLUE(ran_past_end, SUPPORTED, "all tasks were counted, no bit was left and no interrupt came",
		STALL_ROWS | ROW(TRACE)),
	    CLUE(stopped_in_chain, OPEN, "tasks ended, and then none more", STALL_ROWS),
	    BEFORE(reset_between, RULED_OUT, "a reset lies between the job before and this one", 0),
	    BEFORE(before_link_cleared, RULED_OUT, "the job before ended with its link at 0", 0),
	    END },
	  "PC_DATA_ADDR of the job before at its interrupt (trace patch)" },
	{ { "I", "a block was left enabled: DPU_RDMA or PPU of the job before still waits",
	    "rkreplay doctor --trace-patch rknpu_job.c",
	    "a driver with the trace patch shows S_STATUS of each block when the next job is committed", 6 },
	  { NOT_STARTED(NOTHING_RAN),
	    CLUE(output_waits, SUPPORTED, "DPU or DPU_RDMA was waiting when the job was committed",
		ROW(PRELUDE)),
	    CLUE(output_idle, RULED_OUT, "DPU and DPU_RDMA did not wait when the job was committed",
		ROW(PRELUDE)),
	    CLUE(no_progress, OPEN, "no task ended and no block reported", STALL_ROWS),
	    END },
	  "S_STATUS of DPU and DPU_RDMA when the job was committed (trace patch)" },
	{ { "J", "an invalid interrupt took the completion along, and the core keeps a job that is gone",
	    "rkreplay show RUN.rkrun --tasks",
	    "int_mask of the last task must be whole pairs, those of the block that ends it", 1 },
	  { CLUE(invalid_irq, SUPPORTED, "an interrupt came that did not match the mask",
		ROW(IRQ_INVALID) | ROW(PC_INVALID)),
	    BEFORE(invalid_irq_before, SUPPORTED, "the job before on this core had an invalid interrupt",
		UNCOMMITTED_ROWS),
	    CLUE(uncommitted, OPEN,
		"the job was never committed, as on a core that keeps a job that is gone", UNCOMMITTED_ROWS),
	    CLUE(committed_without_invalid, RULED_OUT,
		"the job was committed, and no invalid interrupt is in the log",
		ROW(FAILED) | ROW(REGS) | ROW(IRQ_VALID)),
	    END },
	  "whether an invalid interrupt came, and whether the job was committed" },
	{ { "K", "an address or layout differs from the vendor's: outside its BO, or of other contents",
	    "rkreplay diff RUN.rkrun VENDOR.rkrun",
	    "each address as role and offset in its BO", 2 },
	  { NOT_STARTED(NOTHING_RAN),
	    CLUE(dma_error, SUPPORTED, "an address that was used is not mapped",
		ROW(PAGE_FAULT) | ROW(STATUS)),
	    END },
	  "the regcmd of both runs with their BOs" },
	{ { "L", "IOMMU domain: a reference was dropped twice, and the domain switched under a job",
	    "rkreplay triage LOG-SINCE-BOOT",
	    "domain rows stand before the failure", 1 },
	  { CLUE(domains_differ, SUPPORTED, "the device's domain is not the job's, or could not be switched",
		ROW(EXPIRED) | ROW(DOMAIN)),
	    CLUE(domains_switched, OPEN, "domains are switched in this log", ROW(DOMAIN)),
	    CLUE(kernel_rows, RULED_OUT, "no domain was switched in this log", ROW(EXPIRED) | ROW(FAILED)),
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
	struct rkr_situation s = { .t = t, .job = job, .before = &job->before };

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
		for (size_t k = 0; c->holds == rkr_clue_model_differs && k < job->n_odd; k++)
			rkr_finding_place(&f, job->odd[k].place);
		if (c->before && c->holds)
			rkr_finding_place(&f, job->before.place);
		if (c->holds && !c->partial && c->state != RKR_STATE_OPEN)
			f.missing = NULL;
		rkr_finding_merge(&t->verdict.hypothesis[i], &f);
	}
}
