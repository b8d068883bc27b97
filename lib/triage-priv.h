/* SPDX-License-Identifier: MIT */
#ifndef RKR_TRIAGE_PRIV_H
#define RKR_TRIAGE_PRIV_H

/* What the parts of triage share. */

#include "run.h"
#include "triage.h"

#define ROW(name) (1u << RKR_JOB_ROW_##name)
#define FACT(name) (UINT64_C(1) << RKR_FACT_##name)

/** Jobs that are open at a time: one on each core, and those that are being given up. */
#define RKR_TRIAGE_OPEN 12

/** Idle time after which the driver cuts the power [source]. */
#define RKR_TRIAGE_POWER_OFF_US UINT64_C(3000000)

/** What a log says beside its jobs: counted, with the place of the first. */
enum rkr_sign {
	RKR_SIGN_BOOT,
	RKR_SIGN_NOTE,
	RKR_SIGN_FOREIGN,
	RKR_SIGN_PATCHED,
	RKR_SIGN_STALL_NOTE, /**< a patched driver's watchdog */
	RKR_SIGN_MASK_ZERO,  /**< a patched driver shows an int_mask of 0 */
	RKR_SIGN_POWER_DOMAIN,
	RKR_SIGN_CMA,
	RKR_SIGN_IOVA,
	RKR_SIGN_DMA_MAP,
	RKR_SIGN_NO_BUFFER,
	RKR_SIGN_OBJECT,
	RKR_SIGN_SWITCH,
	RKR_SIGN_SWITCH_TIMEOUT,
	RKR_SIGN_SWITCH_FAILED,
	RKR_SIGN_MISMATCH,
	RKR_SIGN_NO_IOMMU,
	RKR_SIGN_IRQ_FAILED,
	RKR_SIGN_PROBE_FAILED,
	RKR_SIGN_REFUSED,
	RKR_SIGN_RESET_ALONE,
	RKR_SIGN_BYPASS_ALONE,
	RKR_SIGN_RESET_FAILED,
	RKR_SIGN_IRQ_INVALID,
	RKR_SIGN_RT_SUBMIT, /**< the runtime's "failed to submit" */
	RKR_SIGN_RT_ZERO,   /**< the same, counter 0 */
	RKR_SIGN_RT_PART,   /**< the same, part of the tasks */
	RKR_SIGN_RT_HANDLE,
	RKR_SIGN_RT_MISSING, /**< ENOSYS */
	RKR_SIGN_RT_HUGE,    /**< a buffer above 2 GiB */
	RKR_SIGN_RT_OPEN,
	RKR_SIGN_RT_VERSION,
	RKR_SIGN_RT_OTHER,
	RKR_SIGN_RT_OLD, /**< the runtime says that the driver is too old */
	RKR_SIGN_SUBMIT_OK,
	RKR_SIGN_SUBMIT_FAILED,
	RKR_SIGN_BRACKET, /**< a replay's bracket that was not clean */
	RKR_SIGN_CALL,    /**< any ioctl row */
	RKR_SIGN_COMMIT,  /**< a patched driver's commit or regcmd row */
	RKR_SIGN_UNCOMMITTED,
	RKR_SIGN_RECOVERED,   /**< a commit on a core after a job that never committed there */
	RKR_SIGN_UNRECOVERED, /**< and again none */
	RKR_SIGNS,
};

struct rkr_sign_seen {
	uint64_t n;
	struct rkr_triage_place first;
};

/** Where a regcmd was that a job fetched. */
struct rkr_window {
	uint64_t addr;
	uint32_t bytes;
	struct rkr_triage_place place;
};

#define RKR_TRIAGE_WINDOWS 32

/** Rows of the task table that a log shows, as far as they are kept. */
#define RKR_TRIAGE_TASKS 256

struct rkr_triage {
	struct rkr_triage_sink sink;
	struct rkr_job open[RKR_TRIAGE_OPEN];
	bool used[RKR_TRIAGE_OPEN];
	struct rkr_job *at_core[RKR_TRIAGE_CORES];
	struct rkr_job_before before[RKR_TRIAGE_CORES];
	struct rkr_sign_seen sign[RKR_SIGNS];
	struct rkr_window window[RKR_TRIAGE_WINDOWS];
	size_t n_windows;
	struct rkr_task task[RKR_TRIAGE_TASKS];
	uint8_t has_task[RKR_TRIAGE_TASKS];
	bool tasks_differ; /**< the log shows several tables, and which one a job is of no row tells */
	struct rkr_triage_place pending_irq; /**< an "invalid irq status" that no job has taken yet */
	uint32_t pending_status;
	struct rkr_triage_place domain; /**< the last row of a domain that was switched, or could not be */
	uint64_t resets;                /**< soft resets so far */
	uint64_t last_number;           /**< of a job */
	uint32_t uncommitted;           /**< cores whose last job never committed */
	uint64_t n_closing;             /**< jobs that end with the next row of another kind */
	uint64_t time, back_from;       /**< microseconds; of the last row, and before it went back */
	bool timed, went_back;
	struct rkr_triage_place here; /**< of the row at hand */
	uint64_t now;                 /**< its time */
	bool has_now;
	int failed; /**< what the sink returned */
	struct rkr_verdict verdict;
};

void
rkr_triage_see(struct rkr_triage *t, enum rkr_sign sign);

static inline bool
rkr_triage_saw(const struct rkr_triage *t, enum rkr_sign sign)
{
	return t->sign[sign].n > 0;
}

/** The oldest open job for which @takes holds, or NULL. */
struct rkr_job *
rkr_jobs_oldest(struct rkr_triage *t, bool (*takes)(const struct rkr_job *j, uint64_t arg), uint64_t arg);

/** A new open job, of the row at hand. If there are too many, the oldest ends unseen. */
struct rkr_job *
rkr_jobs_new(struct rkr_triage *t);

void
rkr_jobs_close(struct rkr_triage *t, struct rkr_job *j);

/** Note that a job has a row; on no core: -1. */
void
rkr_jobs_mark(struct rkr_triage *t, struct rkr_job *j, enum rkr_job_row row, int core);

/** The core that a row names; false: none, or none that is. */
bool
rkr_jobs_core_of(const struct rkr_record *r, int field, unsigned *ret_core);

/** A dying job turns out to be on a core: it is the one that was committed there. Returns it. */
struct rkr_job *
rkr_jobs_adopt(struct rkr_triage *t, struct rkr_job *j, unsigned core);

/** Take the row of an invalid interrupt, which names no core. */
void
rkr_jobs_take_irq_invalid(struct rkr_triage *t, const struct rkr_record *r);

/** An invalid interrupt that no row has placed yet goes to this job. */
void
rkr_jobs_take_pending_irq(struct rkr_triage *t, struct rkr_job *j);

/** Take a row of a core that stands. */
void
rkr_jobs_take_stopped(struct rkr_triage *t, const struct rkr_record *r, struct rkr_job *j, unsigned core,
		      enum rkr_job_row row);

void
rkr_jobs_take_pc_timeout(struct rkr_triage *t, const struct rkr_record *r, unsigned core);

/** Take a row of a commit or an interrupt. False: it is none. */
bool
rkr_jobs_commit_row(struct rkr_triage *t, const struct rkr_record *r);

#define RKR_TRIAGE_ALL_CORES ((1u << RKR_TRIAGE_CORES) - 1)

/** Take a record of a job. False: it is of none. */
bool
rkr_triage_job_row(struct rkr_triage *t, const struct rkr_record *r);

/** Jobs that a reset or an abort has ended go. */
void
rkr_triage_close_ended(struct rkr_triage *t);

/** All open jobs end unseen: the log, or the boot, is over. */
void
rkr_triage_close_all(struct rkr_triage *t);

/** Of a closed job: its end and facts, and what the model says of its rows. */
void
rkr_triage_judge_job(struct rkr_triage *t, struct rkr_job *job);

/** Add what a job says of hypotheses and causes to the verdict. */
void
rkr_triage_weigh_hypotheses(struct rkr_triage *t, const struct rkr_job *job);
void
rkr_triage_weigh_causes(struct rkr_triage *t, const struct rkr_job *job);

/** The same of what the log says beside jobs; once, at its end. */
void
rkr_triage_weigh_log(struct rkr_triage *t);

/** Say that a row is not what it must be. */
void
rkr_job_say_odd(struct rkr_job *job, unsigned core, struct rkr_triage_place place, const char *field,
		uint64_t want, uint64_t got, const char *meaning);

/** Hold a trace row's registers against what the driver must have written. */
void
rkr_job_check_shown(struct rkr_job *job, unsigned core, struct rkr_triage_place place,
		    const struct rkr_record *r);

/** Whether the counter that a wait prints is of this core; it may be if the mask is not known. */
bool
rkr_job_waits_for(const struct rkr_job *job, unsigned core);

/** Whether each core of the job had the interrupt that ends its part. */
bool
rkr_job_all_interrupted(const struct rkr_job *job);

/**
 * The signature of a job's timeout on the first core with a status that had no
 * interrupt, else on the first with a status; false: no row has one.
 */
bool
rkr_job_stall(const struct rkr_job *job, enum rkr_stall *ret_stall, const struct rkr_job_core **ret_core);

/** Add a finding to an aggregate: the better state wins. */
void
rkr_finding_merge(struct rkr_finding *all, const struct rkr_finding *one);

void
rkr_finding_place(struct rkr_finding *finding, struct rkr_triage_place place);

#endif
