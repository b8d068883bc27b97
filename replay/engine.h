/* SPDX-License-Identifier: MIT */
#ifndef RKX_ENGINE_H
#define RKX_ENGINE_H

/*
 * The engine: takes the steps of a plan on a device. The only code that acts.
 * Each step is in the journal before it is taken, and the gates judge the
 * plan again whenever a BO turns out to be somewhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"
#include "gate.h"
#include "journal.h"
#include "plan.h"

/** What others read of the engine's lines in the journal; the job's name and ": " stand before each. */
#define RKX_LINE_JOB "job, fingerprint "
#define RKX_LINE_EMULATED_JOB "emulated job, fingerprint "
#define RKX_LINE_SUBMIT "submit "
#define RKX_LINE_UNCOMMITTED "BOs are left to the closing of the node: a job was not committed"

struct rkx_engine {
	struct rkx_device *device;
	struct rkx_journal *journal;
	const struct rkx_facts *facts;          /**< what the gates are told when they judge again */
	const struct rkx_gate_options *options; /**< may be NULL */
	const char *name;                       /**< of the job, in the journal: "probe" */
	bool (*stop)(void *data);               /**< whether to stop before the next step; may be NULL */
	void *stop_data;
};

/** What the device answered to a submit. */
struct rkx_answer {
	int ret;             /**< 0 or negative errno */
	uint64_t elapsed_ns; /**< by the device's clock, from call to return */
	uint32_t timeout_ms;
	uint32_t task_counter; /**< as the driver left it */
	uint32_t core_mask;    /**< likewise: the cores that it chose */
	int64_t hw_ns;         /**< from commit to interrupt, by the driver; 0 if it says nothing */
	uint32_t int_status;   /**< of the last task of the first core, as the driver left it */
	bool retried;          /**< the first attempt was refused at once */
};

/** How a job went. */
struct rkx_outcome {
	int ret;      /**< 0, or the negative errno of the step that ended it */
	size_t step;  /**< that step, or the number of steps */
	bool stopped; /**< somebody asked to stop */
	bool crashed; /**< a real board would have gone down (-ENOTRECOVERABLE of the emulated one) */
	bool left;    /**< BOs were left to the closing of the device: gate G17 */
	int cleanup;  /**< the first negative errno of cleaning up, or 0 */
	int journal;  /**< 0, or the negative errno of the journal: nothing was done after it */
	size_t taken; /**< steps that were taken */
	struct rkx_answer *answers; /**< one per submit that was sent */
	size_t n_answers;
	struct rkr_run *run; /**< what happened, as a run: bound */
};

/**
 * Take the steps of a plan, and clean up. Waits are as long as the submits'
 * timeouts, as the driver bounds them, and some seconds more at most.
 *
 * A failure that the source does not have ends the job. A submit that is
 * refused at once is tried once more after 500 ms, as a reset may have been
 * on; nothing else is tried again. After a timeout the device is left alone
 * for RKX_REST_MS before anything is cleaned up; after a job that was never
 * committed nothing is, since the driver may still know of it (gate G17).
 *
 * @param permit       for the plan as it is placed
 * @param ret_outcome  free with rkx_outcome_free()
 * @return 0, however the job went. -EACCES with *err: there is no permit for
 *         this plan, and nothing was done; or the gates refuse it where a BO
 *         really is, and no submit was sent from then on. Another negative
 *         errno, mostly -ENOMEM, with *err: before the first step, or after
 *         the last one, as what the device answered could not be kept. What
 *         was sent is then in the journal alone, and what was made has been
 *         given back as after any other job.
 */
int
rkx_engine_run(const struct rkx_engine *engine, struct rkx_plan *plan, const struct rkx_permit *permit,
	       struct rkx_outcome *ret_outcome, struct rkr_error *err);

void
rkx_outcome_free(struct rkx_outcome *outcome);

/** The last answer, or NULL. */
const struct rkx_answer *
rkx_outcome_answer(const struct rkx_outcome *outcome);

#endif
