/* SPDX-License-Identifier: MIT */
#ifndef RKX_BRACKET_H
#define RKX_BRACKET_H

/*
 * The bracket: health, one probe, health; after a failure a pause, and health
 * once more. Pure: it says what to do next and is told what came of it.
 */

#include <stdbool.h>
#include <stdint.h>

/** What to do next. */
enum rkx_bracket_step {
	RKX_BRACKET_HEALTH_BEFORE,
	RKX_BRACKET_PROBE,
	RKX_BRACKET_HEALTH_AFTER,
	RKX_BRACKET_PAUSE, /**< leave the device alone for RKX_REST_MS, then read state; no outcome counts */
	RKX_BRACKET_RECOVERY, /**< a health job: does the NPU work again? */
	RKX_BRACKET_DONE,
};

/** "health before", "probe", ... */
const char *
rkx_bracket_step_name(enum rkx_bracket_step step);

/** How a job ended. */
enum rkx_job_end {
	RKX_JOB_PASS,
	RKX_JOB_WRONG,   /**< it ran, and its answer is wrong */
	RKX_JOB_TIMEOUT, /**< ETIMEDOUT: committed, no completion; the driver has reset the NPU [source] */
	RKX_JOB_NOT_COMMITTED, /**< EINVAL after the timeout: the core is held by one that is gone [source] */
	RKX_JOB_REFUSED,       /**< EINVAL at once: the driver did not take it, or a reset was on */
	RKX_JOB_ERROR,         /**< any other errno: the NPU never had it, as far as is known */
};

const char *
rkx_job_end_name(enum rkx_job_end end);

/**
 * How a job ended, from what the driver said.
 *
 * @param ret         of the submit: 0 or negative errno
 * @param elapsed_ms  that it took
 * @param timeout_ms  of the submit
 * @param right       whether the answer was right; counts only if ret is 0
 */
enum rkx_job_end
rkx_job_judge(int ret, uint64_t elapsed_ms, uint32_t timeout_ms, bool right);

enum rkx_bracket_verdict {
	RKX_BRACKET_UNDECIDED, /**< not done yet; or the job after the probe never came to the NPU */
	RKX_BRACKET_CLEAN,     /**< all three passed */
	RKX_BRACKET_SICK,      /**< the NPU failed before the probe, which was not run */
	RKX_BRACKET_FAILED,    /**< the probe failed, and did no harm beyond that, or the NPU is still down */
	RKX_BRACKET_POISONS,   /**< the probe was done, right or wrong; the next job on the NPU failed */
	RKX_BRACKET_RECOVERED, /**< the probe timed out, and after the driver's reset the NPU works */
};

/** "clean", "not-healthy", "failed", "poisons-next-job", "recovered-after-reset". */
const char *
rkx_bracket_verdict_name(enum rkx_bracket_verdict verdict);

/** Zero-initialise. */
struct rkx_bracket {
	enum rkx_bracket_step step; /**< what to do now */
	enum rkx_bracket_verdict verdict;
	enum rkx_job_end before, probe, after, recovery;
	bool ran_probe, ran_after, ran_recovery;
	bool down;   /**< at the end the NPU does not work, as far as is known */
	bool wedged; /**< a job was not committed: only a restart of the board helps */
};

/** Tell how what @step says went; for a pause @end is ignored. No effect once done. */
void
rkx_bracket_take(struct rkx_bracket *bracket, enum rkx_job_end end);

/**
 * Tell that no further step is taken: somebody asked to stop, or what @step
 * says took the board down. The verdict becomes what is certain by then. No
 * effect once done.
 */
void
rkx_bracket_stop(struct rkx_bracket *bracket, bool crashed);

/** An interval of a rate. */
struct rkx_interval {
	double low;
	double high;
};

/**
 * The 95 % Wilson score interval of a rate.
 *
 * @param hits  of @n; at most @n
 * @return 0 to 1 if @n is 0
 */
struct rkx_interval
rkx_wilson(uint64_t hits, uint64_t n);

#endif
