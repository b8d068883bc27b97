/* SPDX-License-Identifier: MIT */
#ifndef RKX_SESSION_H
#define RKX_SESSION_H

/*
 * A session on a device: probes in brackets, one after the other, with what
 * is known of the device's health in between, and the ledger of harmful runs.
 */

#include "aftermath.h"
#include "bracket.h"
#include "engine.h"
#include "health.h"
#include "past.h"
#include "poison.h"

/** Whether the answer of a probe is right. */
enum rkx_right {
	RKX_RIGHT,
	RKX_NOT_RIGHT,
	RKX_RIGHT_UNKNOWN, /**< there is no reference: then any answer passes */
};

struct rkx_session_options {
	struct rkx_device *device;
	struct rkx_journal *journal;
	struct rkx_poison *poison;      /**< the ledger: is added to */
	const struct rkx_poison *known; /**< what the gates go by: the ledger as it was; NULL: @poison */
	const struct rkx_past *past;    /**< of the board, by the journal; NULL: nothing is known */
	enum rkx_health_form form;      /**< of the health job */
	const char *const *allow;       /**< unlocks */
	size_t n_allow;
	bool state_capture;          /**< the probe is run to read the state that it leaves */
	bool open_ended;             /**< nothing is sent after the probe: no verdict, and no next job */
	bool lock_held, users_known; /**< for the gates */
	uint32_t users;
	const char *what;         /**< the source and the edits, for the ledger; may be NULL */
	bool (*stop)(void *data); /**< whether to stop before the next step; may be NULL */
	void *stop_data;
	/** Judge the answer of a probe; may be NULL. */
	enum rkx_right (*right)(void *data, const struct rkx_plan *plan, const struct rkx_outcome *outcome);
	void *right_data;
	/** Told when a job of the bracket is over, or a pause; may be NULL. */
	void (*tell)(void *data, enum rkx_bracket_step step, enum rkx_job_end end,
		     const struct rkx_outcome *outcome);
	/** What is read after a failure, before the NPU is asked again; may be none. */
	const struct rkx_aftermath_source *sources;
	size_t n_sources;
	/** Told each line of them; may be NULL. */
	void (*tell_state)(void *data, const char *source, const char *line);
	void *tell_data;
};

struct rkx_session;

/**
 * Begin: asks the device who it is.
 *
 * @param options  copied; what it points at must outlive the session
 * @return 0, -ENOMEM, or what identify() says, with *err
 */
int
rkx_session_new(const struct rkx_session_options *options, struct rkx_session **ret_session,
		struct rkr_error *err);

/** Neither the device nor the journal is closed. NULL is allowed. */
void
rkx_session_free(struct rkx_session *session);

const struct rkx_identity *
rkx_session_identity(const struct rkx_session *session);

/** A bracket's course. Zero-initialise. */
struct rkx_round {
	struct rkx_bracket bracket;
	struct rkx_outcome probe; /**< if bracket.ran_probe */
	enum rkx_right right;     /**< of the probe, if it was answered */
	bool refused;             /**< the gates refused the probe, or a health job */
	bool stopped;             /**< somebody asked to stop */
	bool crashed;
	int ret;         /**< 0, or what kept the engine from going on: its errno */
	int cleanup;     /**< 0, or the first errno of giving BOs back: the closing of the node does that */
	bool remembered; /**< an entry was made in the ledger */
	char entry[RKX_POISON_NAME]; /**< its name */
};

void
rkx_round_free(struct rkx_round *round);

/**
 * What the gates say of a probe if the health job before it passes. Touches
 * nothing.
 *
 * @return 0, whatever the verdict, or as rkx_gate_judge()
 */
int
rkx_session_judge(struct rkx_session *session, const struct rkx_plan *probe,
		  struct rkx_gate_report *ret_report, struct rkr_error *err);

/**
 * Run a probe in a bracket. If the gates refuse it, the device is not touched.
 *
 * A probe that poisoned the next job, or crashed, is put into the ledger.
 *
 * @param ret_round  free with rkx_round_free()
 * @return 0, whatever came of it; a negative errno with *err if there is no course to tell
 */
int
rkx_session_bracket(struct rkx_session *session, struct rkx_plan *probe, struct rkx_round *ret_round,
		    struct rkr_error *err);

#endif
