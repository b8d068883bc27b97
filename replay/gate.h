/* SPDX-License-Identifier: MIT */
#ifndef RKX_GATE_H
#define RKX_GATE_H

/*
 * The gates: whether a plan may be run on a device as it is. Pure. All gates
 * judge every plan; one refusal is enough. What passes gets a permit, and
 * only these functions make permits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "plan.h"
#include "poison.h"

/** What is known of the NPU's state. */
enum rkx_health {
	RKX_HEALTH_UNKNOWN, /**< nothing has run yet */
	RKX_HEALTH_GOOD,    /**< the last health job was right */
	RKX_HEALTH_SUSPECT, /**< something failed since then */
	RKX_HEALTH_WEDGED,  /**< a job was never committed: the core waits for one that is gone */
};

/** What the gates are told of the device and of what went before. */
struct rkx_facts {
	bool emulated;
	int32_t driver[3];     /**< version */
	uint32_t submit_bytes; /**< of its submit struct */
	bool lock_held;        /**< we hold the lock of the state directory */
	bool users_known;      /**< other clients could be looked for */
	uint32_t users;        /**< other clients that have the node open, or load that is not ours */
	enum rkx_health health;
	uint64_t ms_since_failure;       /**< only if health is SUSPECT */
	uint32_t uncommitted;            /**< jobs that were never committed since the board started */
	uint32_t picked;                 /**< the mask that the driver gave the last job with mask 0; or 0 */
	uint32_t recent_submits;         /**< submits of the last minute */
	const struct rkx_poison *poison; /**< NULL: empty */
};

/** What a plan is run for. */
enum rkx_purpose {
	RKX_PURPOSE_PROBE,
	RKX_PURPOSE_HEALTH,        /**< to find out whether the NPU works */
	RKX_PURPOSE_STATE_CAPTURE, /**< to read the state that a fenced run leaves behind */
};

struct rkx_gate_options {
	enum rkx_purpose purpose;
	bool bracketed;           /**< a health job is run before it and after it */
	bool open_ended;          /**< a health job is run before it; what comes after is the user's to say */
	const char *const *allow; /**< names of unlocks */
	size_t n_allow;
};

enum rkx_verdict {
	RKX_ALLOW,
	RKX_WARN,     /**< allowed, but there is something to know */
	RKX_UNLOCKED, /**< refused, but for an unlock that was given */
	RKX_REFUSE,   /**< an unlock would help */
	RKX_NEVER,    /**< nothing would help but another plan or another state of the board */
};

/** "allow", "warn", "unlocked", "refuse", "refuse always". */
const char *
rkx_verdict_name(enum rkx_verdict verdict);

/** How sure the hazard is. */
enum rkx_gate_evidence {
	RKX_GATE_SOURCE,   /**< read in the driver's source */
	RKX_GATE_CAPTURED, /**< seen on a board */
	RKX_GATE_INFERRED,
};

/** A gate. */
struct rkx_gate {
	const char *id;   /**< "G1" */
	const char *name; /**< "kernel-pointer" */
	const char *hazard;
	enum rkx_gate_evidence kind;
	const char *evidence; /**< what tells of the hazard */
	const char *unlock;   /**< names that --allow takes, separated by spaces; NULL: nothing unlocks it */
};

#define RKX_N_GATES 21
#define RKX_REASON_MAX 256

/** Gate @i of the table, from 0: G1 to G21. */
const struct rkx_gate *
rkx_gate_get(size_t i);

struct rkx_gate_result {
	enum rkx_verdict verdict;
	char reason[RKX_REASON_MAX];  /**< "" if allowed */
	char unlock[RKX_POISON_NAME]; /**< what would unlock it, or did; "" if nothing */
};

struct rkx_gate_report {
	struct rkx_gate_result gate[RKX_N_GATES]; /**< as the table */
	bool refused;
};

/** That a plan may be run where it is now placed. It must not outlive the plan. */
struct rkx_permit;

/**
 * Judge a plan.
 *
 * @param ret_permit  one for the plan as placed, or NULL if it is refused; free with rkx_permit_free()
 * @return 0, whatever the verdict; -ENOMEM; -EINVAL with *err (an unlock that no gate and no entry of the
 *         ledger of harmful runs has)
 */
int
rkx_gate_judge(const struct rkx_plan *plan, const struct rkx_facts *facts,
	       const struct rkx_gate_options *options, struct rkx_gate_report *ret_report,
	       struct rkx_permit **ret_permit, struct rkr_error *err);

void
rkx_permit_free(struct rkx_permit *permit);

/** Whether a permit is for this plan, where it is placed now. False for NULL. */
bool
rkx_permit_covers(const struct rkx_permit *permit, const struct rkx_plan *plan);

/** Bounds that gates hold plans to. */
#define RKX_TIMEOUT_MS_MAX 20000
/** Submits in a minute. Thousands in one go crashed boards [captured]; this number is [inferred]. */
#define RKX_SUBMITS_PER_MINUTE 240
/** Qwords that one fetch of the PC may take [source: a public model of the NPU gives up above it]. */
#define RKX_FETCH_MAX 512
/** Those of the load of a lookup table, the one longer record [captured: 44 of 44 loads have 1097 registers]. */
#define RKX_FETCH_LUT_MAX 1102
/** How long to leave the device alone after a failure [inferred: a reset takes 0.2 s]. */
#define RKX_REST_MS 1000

#endif
