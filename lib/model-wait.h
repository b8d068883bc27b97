/* SPDX-License-Identifier: MIT */
#ifndef RKR_MODEL_WAIT_H
#define RKR_MODEL_WAIT_H

/*
 * How the driver (0.9.8) waits for a job, gives up on it, and what it says
 * and leaves behind then. A pure function of when things happened; the
 * emulated driver runs it on a virtual clock, triage runs it backwards.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model-submit.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/** Waits of a job at most; the last one ends silently [source]. */
#define RKR_WAITS_MAX 3

/**
 * After the last wait, the driver gives a job this long to end after all, then resets for as long
 * [source].
 */
#define RKR_GRACE_US 100000u

/** "Never" as a time. */
#define RKR_NEVER UINT64_MAX

/** What happened. Times are microseconds since the first wait began. */
struct rkr_wait_case {
	uint32_t timeout_ms;   /**< of the submit */
	uint32_t task_number;  /**< of the submit: all of it, whatever runs */
	uint32_t core_mask;    /**< as scheduled */
	uint64_t committed_at; /**< when all cores had taken the job; RKR_NEVER */
	uint64_t completed_at; /**< when the last core's valid interrupt came; RKR_NEVER */
	bool invalid_irq;      /**< an interrupt came that completed nothing */
	uint32_t task_status;  /**< PC.TASK_STATUS of the wait core when it gave up */
	bool reset_bypassed;   /**< the module was told not to reset */
};

/** A message. The numbers are those of RKR_KLOG_JOB, but where a comment says otherwise. */
struct rkr_wait_row {
	enum rkr_klog klog;
	uint64_t at;         /**< earliest, microseconds since the first wait began */
	uint32_t wait_count; /**< from 1 [captured] */
	bool continue_wait;
	uint64_t commit_elapse; /**< microseconds; 0 if not committed yet */
	uint32_t flags;         /**< of RKR_KLOG_JOB_TIMEOUT: of the job, RKR_JOB_ */
	uint32_t core;          /**< of RKR_KLOG_CORE_STATUS */
	uint32_t task_counter;  /**< of RKR_KLOG_FAILED_TO_WAIT */
};

#define RKR_WAIT_ROWS_MAX (RKR_WAITS_MAX + RKR_NPU_CORES + 3)

/** What the caller gets, the log shows, and the next job finds. */
struct rkr_wait_result {
	int ret;               /**< 0, -ETIMEDOUT, or -EINVAL: it never ran */
	uint64_t took;         /**< microseconds, at least */
	bool counter_written;  /**< whether the submit's task_counter is written */
	uint32_t task_counter; /**< all tasks of the submit, or what the PC had counted */
	bool reset;            /**< all three cores were reset: others' jobs are lost with it */
	bool dangling;         /**< a core still points at the freed job: later ones never start on it */
	bool domain_put_twice; /**< the IOMMU domain's count is one too low */
	size_t n_rows;
	struct rkr_wait_row rows[RKR_WAIT_ROWS_MAX];
};

/**
 * Wait [source].
 *
 * @return 0; -EINVAL if the mask cannot be committed, or if completion comes
 *         before commit.
 */
int
rkr_wait_job(const struct rkr_wait_case *c, struct rkr_wait_result *ret);

/** The longest that a submit can take, in milliseconds [source]. */
static inline uint64_t
rkr_wait_worst_ms(uint32_t timeout_ms)
{
	return (uint64_t)RKR_WAITS_MAX * timeout_ms + 2 * (RKR_GRACE_US / 1000);
}

/** How a submit that failed is read from outside, without any log. */
enum rkr_submit_failure {
	RKR_FAILURE_REFUSED,     /**< -EINVAL at once: an argument, or a reset was running */
	RKR_FAILURE_NOT_STARTED, /**< -EINVAL after most of a timeout: a wedged core, or no task object */
	RKR_FAILURE_TIMED_OUT,   /**< -ETIMEDOUT: it ran and did not end */
	RKR_FAILURE_OTHER,
};

/** Read a failure by its errno and how long it took [source: the table of errors]. */
enum rkr_submit_failure
rkr_submit_failure_read(int ret, uint64_t took_ms, uint32_t timeout_ms);

RKR_END_DECLS

#endif
