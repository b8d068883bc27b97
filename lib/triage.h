/* SPDX-License-Identifier: MIT */
#ifndef RKR_TRIAGE_H
#define RKR_TRIAGE_H

/*
 * Triage: what happened to the jobs that a log tells of, what that rules out,
 * what it points to. Records go in, one after the other; jobs come out as
 * they end, and a verdict at the end. Memory is bounded: open jobs and
 * counters are all that is kept. No more is said than rows carry.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model-commit.h"
#include "model-irq.h"
#include "schema.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/** Where a row stands. @line 0: there is none. */
struct rkr_triage_place {
	uint32_t file; /**< as the records' places name it */
	uint64_t line;
};

/** Rows that a job is rebuilt from. */
enum rkr_job_row {
	RKR_JOB_ROW_PRELUDE,
	RKR_JOB_ROW_TRACE,
	RKR_JOB_ROW_REGS,
	RKR_JOB_ROW_ARMED,
	RKR_JOB_ROW_IRQ_VALID,
	RKR_JOB_ROW_IRQ_INVALID, /**< of the driver as it is */
	RKR_JOB_ROW_PC_INVALID,  /**< of the trace patch */
	RKR_JOB_ROW_EXPIRED,
	RKR_JOB_ROW_FAILED,
	RKR_JOB_ROW_TIMEOUT,
	RKR_JOB_ROW_STATUS,
	RKR_JOB_ROW_PC_TIMEOUT,
	RKR_JOB_ROW_COMMIT_FAILED,
	RKR_JOB_ROW_ABORT,
	RKR_JOB_ROW_RESET,
	RKR_JOB_ROW_BYPASSED,
	RKR_JOB_ROW_RESET_FAILED,
	RKR_JOB_ROW_PAGE_FAULT,
	RKR_JOB_ROW_DOMAIN,
	RKR_JOB_ROWS,
};

/** A block's state as newer trace rows show it behind the known fields. */
struct rkr_job_block {
	uint32_t status;  /**< S_STATUS */
	uint32_t pointer; /**< S_POINTER */
};

/** Blocks of a core, in the order of the trace rows. */
enum rkr_job_blocks {
	RKR_JOB_CNA,
	RKR_JOB_CORE,
	RKR_JOB_DPU,
	RKR_JOB_RDMA,
	RKR_JOB_PPU,
	RKR_JOB_PPU_RDMA,
	RKR_JOB_BLOCKS,
};

/** What a row showed of the blocks. */
struct rkr_job_state {
	uint32_t has; /**< 1 << enum rkr_job_blocks */
	bool has_task_status;
	uint32_t task_status; /**< all bits */
	struct rkr_job_block block[RKR_JOB_BLOCKS];
};

/** A job on one core. Values are there if the row is in @rows and had the field. */
struct rkr_job_core {
	uint32_t rows; /**< 1 << enum rkr_job_row */
	struct {
		bool commit, before, tasks, counter, irq, stop, raw, require;
	} has;
	uint32_t before_status; /**< PC.TASK_STATUS when the commit began */
	uint32_t before_raw;
	uint32_t round;        /**< the how-manieth commit of its submit */
	int32_t start, number; /**< of the task table */
	uint32_t first_enable, first_amount;
	uint64_t regcmd;
	struct rkr_commit commit; /**< what the driver must have written */
	uint32_t irq_status;      /**< at the interrupt that ended it */
	uint32_t irq_counter;
	bool has_irq_counter;
	uint32_t irq_addr; /**< PC.BASE_ADDRESS then */
	bool has_irq_addr;
	uint32_t invalid_status;                /**< at an interrupt that ended nothing */
	uint32_t status, raw, require, counter; /**< when it was given up */
	uint32_t stop_addr;
	struct rkr_job_state at_start, at_stop;
};

/** How a job ended. */
enum rkr_job_end {
	RKR_END_UNSEEN, /**< no row tells */
	RKR_END_DONE,
	RKR_END_TIMED_OUT,
	RKR_END_NOT_COMMITTED,
	RKR_END_KILLED,
	RKR_END_ABORTED,
	RKR_ENDS,
};

/** "done", "timed-out", ...: how a job ended, in a word. */
const char *
rkr_job_end_name(enum rkr_job_end end);

/** A row that is not what the driver must have written or taken. */
struct rkr_job_odd {
	struct rkr_triage_place place;
	uint8_t core;
	const char *field;
	uint64_t want, got;
	const char *meaning;
};

#define RKR_JOB_ODD_MAX 8

/** What ran on a core before a job. */
struct rkr_job_before {
	bool known; /**< no boot lies between */
	bool reset; /**< a soft reset since */
	bool timed;
	uint64_t number; /**< of the job; from 1 */
	uint64_t ended;  /**< microseconds of the kernel's clock */
	uint64_t regcmd;
	uint32_t words; /**< of it, fetched by the first task */
	int32_t tasks;  /**< 0: not known */
	uint32_t counter, irq_status, irq_addr;
	bool has_counter, has_addr;
	bool invalid_irq;
	enum rkr_job_end end;
	struct rkr_triage_place place; /**< of its last row */
	uint64_t resets;               /**< internal: soft resets of the log before it began */
};

#define RKR_TRIAGE_CORES 3

struct rkr_job {
	uint64_t number;                          /**< from 1, in the order of their first rows */
	uint32_t boot;                            /**< from 0 */
	uint32_t mask;                            /**< cores, as scheduled; 0: not known */
	uint32_t cores;                           /**< those of which there are rows */
	uint32_t rows;                            /**< 1 << enum rkr_job_row */
	struct rkr_triage_place at[RKR_JOB_ROWS]; /**< the first row of each */
	struct rkr_triage_place first, last;
	struct rkr_job_core core[RKR_TRIAGE_CORES];
	bool core_guessed; /**< the status names no core: it stands in the first one of the mask */
	struct {
		bool began, ended, counter, ret, timeout, domains, commit_elapse, job_flags, wait_count,
			continue_wait;
		bool submit_flags;
	} has;
	uint64_t token;        /**< of "job: ..." */
	uint64_t began, ended; /**< microseconds of the kernel's clock */
	uint32_t counter;      /**< of "failed to wait" */
	uint32_t submit_flags, job_flags, wait_count, continue_wait;
	int64_t ret;
	uint64_t timeout_us, commit_elapse;
	int32_t job_domain, dev_domain;
	enum rkr_job_end end;
	uint64_t facts;    /**< 1 << enum rkr_fact */
	bool counter_gone; /**< the counter of the job before was 0 when this one was committed */
	struct rkr_job_odd odd[RKR_JOB_ODD_MAX];
	size_t n_odd;
	struct rkr_job_before before; /**< of its first core */
	uint64_t resets;              /**< internal: soft resets of the log before it began */
	bool dying, closing;          /**< internal */
};

/** What a verdict says: words, one per fact. */
#define RKR_FACTS(F) \
	F(COMMITTED, "committed") \
	F(NOT_COMMITTED, "not-committed") \
	F(TIMED_OUT, "timed-out") \
	F(NEVER_PROGRESSED, "never-progressed") \
	F(NO_TASK_ENDED, "no-task-ended") \
	F(STOPPED_PART_WAY, "stopped-part-way") \
	F(ALL_COUNTED, "all-tasks-counted") \
	F(IDLE_STATUS, "idle-status") \
	F(BLOCKS_REPORTED, "blocks-reported") \
	F(FINISHED_NOT_SERVICED, "finished-not-serviced") \
	F(DMA_ERROR, "dma-error") \
	F(PAGE_FAULT, "page-fault") \
	F(LATE_INTERRUPT, "late-interrupt") \
	F(NO_LATE_INTERRUPT, "no-late-interrupt") \
	F(INVALID_IRQ, "invalid-irq") \
	F(ENDED_EARLY, "ended-early") \
	F(LOST_STATE, "lost-state") \
	F(MASK_UNREACHABLE, "mask-unreachable") \
	F(ABORTED, "aborted") \
	F(KILLED, "killed") \
	F(RESET, "reset") \
	F(RESET_BYPASSED, "reset-bypassed") \
	F(RESET_FAILED, "reset-failed") \
	F(RESET_ALONE, "reset-without-failure") \
	F(REFUSED, "refused") \
	F(MODEL_DIFFERS, "model-differs") \
	F(SUBMIT_FAILED, "submit-failed") \
	F(BRACKET_FAILED, "bracket-failed") \
	F(IOVA_EXHAUSTED, "iova-exhausted") \
	F(MEMORY_FAILED, "memory-failed") \
	F(DOMAIN_SWITCH, "domain-switch") \
	F(DOMAIN_FAILED, "domain-failed") \
	F(NO_IOMMU, "no-iommu") \
	F(IRQ_NOT_WIRED, "irq-not-wired") \
	F(PROBE_FAILED, "probe-failed") \
	F(POWER_DOMAIN, "power-domain-off") \
	F(NOT_OPENED, "device-not-opened") \
	F(CALL_MISSING, "call-not-implemented") \
	F(MODEL_REFUSED, "model-refused") \
	F(RUNTIME_ERROR, "runtime-error") \
	F(PATCHED_DRIVER, "patched-driver") \
	F(STALLED, "stalled") \
	F(BOOT_LOG, "boot-log") \
	F(FOREIGN_DRIVER, "foreign-driver") \
	F(NOT_RKNPU, "not-an-rknpu-failure") \
	F(HEALTHY, "healthy") \
	F(NO_ROWS, "no-rows") \
	F(SEVERAL_BOOTS, "several-boots") \
	F(ROWS_MISSING, "rows-missing")

enum rkr_fact {
#define F(id, word) RKR_FACT_##id,
	RKR_FACTS(F)
#undef F
		RKR_FACTS_MAX_,
};

/** "committed", "never-progressed", ...: a fact, in a word. */
const char *
rkr_fact_word(enum rkr_fact fact);

/** Facts that are a failure. */
bool
rkr_facts_fail(uint64_t facts);

enum rkr_state {
	RKR_STATE_RULED_OUT,
	RKR_STATE_CANNOT_TELL,
	RKR_STATE_OPEN,
	RKR_STATE_SUPPORTED,
	RKR_STATES,
};

/** "ruled-out", "cannot-tell", "open", "supported". */
const char *
rkr_state_name(enum rkr_state state);

#define RKR_FINDING_PLACES 6

/** What is held of a hypothesis or a cause. */
struct rkr_finding {
	enum rkr_state state;
	const char *why;     /**< what the state rests on */
	const char *missing; /**< what would tell, or NULL */
	bool partial;        /**< ruled out only as far as @why says */
	struct rkr_triage_place places[RKR_FINDING_PLACES];
	size_t n_places;
	uint64_t jobs; /**< with this state */
};

/** A hypothesis of why a job timed out, or a plain cause of any failure. */
struct rkr_theory {
	const char *id; /**< "A" to "L", or a word */
	const char *title;
	const char *next; /**< cheapest experiment, a command */
	const char *what; /**< what it shows */
	unsigned cost;    /**< order of experiments: the least first */
};

/** Hypotheses, in the order of their letters. */
const struct rkr_theory *
rkr_triage_hypothesis(size_t i);

/** How many hypotheses there are. */
size_t
rkr_triage_n_hypotheses(void);

/** Plain causes. */
const struct rkr_theory *
rkr_triage_cause(size_t i);

/** How many causes there are. */
size_t
rkr_triage_n_causes(void);

#define RKR_THEORIES_MAX 40

struct rkr_triage;

struct rkr_triage_sink {
	void *data;
	/**
	 * A job has ended, or its rows have. Valid during the call. A negative return
	 * ends the triage with it.
	 */
	int (*job)(void *data, const struct rkr_job *job);
};

/** What a whole log comes to. */
struct rkr_verdict {
	uint64_t facts;
	uint64_t records, jobs, done, failed, unseen;
	uint64_t boots;
	uint64_t missing; /**< rows that must have been there, at least */
	uint64_t doubled; /**< rows passed over as copies */
	struct rkr_finding hypothesis[RKR_THEORIES_MAX];
	/** Those that are not named are RULED_OUT without a why. */
	struct rkr_finding cause[RKR_THEORIES_MAX];
	struct rkr_triage_place fact_place[RKR_FACTS_MAX_];
	char driver[32];  /**< version, as the log gives it; "" */
	char foreign[32]; /**< the first other driver */
};

/** 0 or -ENOMEM. @sink is copied; NULL: nobody wants the jobs. */
int
rkr_triage_new(const struct rkr_triage_sink *sink, struct rkr_triage **ret_triage);

/** Free a triage; NULL is nothing. */
void
rkr_triage_free(struct rkr_triage *triage);

/** Take the next record. 0, or what the sink returned. */
int
rkr_triage_feed(struct rkr_triage *triage, const struct rkr_record *record);

/** The log has ended: close what is open and judge. 0, or what the sink returned. */
int
rkr_triage_finish(struct rkr_triage *triage);

/** Complete after rkr_triage_finish(). */
const struct rkr_verdict *
rkr_triage_verdict(const struct rkr_triage *triage);

/**
 * Whether any of its hypotheses or causes is better than ruled out, and so what
 * to try next: the cheapest. NULL: nothing.
 */
const struct rkr_theory *
rkr_triage_next(const struct rkr_verdict *verdict);

RKR_END_DECLS

#endif
