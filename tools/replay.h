/* SPDX-License-Identifier: MIT */
#ifndef TOOL_REPLAY_H
#define TOOL_REPLAY_H

/* What the files of the verb replay share. */

#include "lib/format.h"
#include "replay/emu/faults.h"
#include "replay/layers.h"
#include "replay/past.h"
#include "replay/place-model.h"
#include "replay/reference.h"
#include "replay/session.h"
#include "tool.h"

/** A task that the emulated board let pass. */
struct replay_skip {
	uint32_t list; /**< where its record was */
	char why[96];  /**< the register */
};

/** What was asked for. */
struct replay_request {
	const struct tool_args *args;
	bool json, emulated, execute;
	uint64_t seed, repeat; /**< 0: once, without rates */
	const char *allow[TOOL_VALUES_MAX];
	const char *edits[TOOL_VALUES_MAX];
	size_t n_allow, n_edits;
	struct rke_fault faults[TOOL_VALUES_MAX];
	size_t n_faults;
	enum rkx_health_form form;
	bool state_capture;
	bool registers; /**< are read after a failure */
	bool has_conv;
	struct rkx_conv conv;
	struct rkx_model *model; /**< the source is a compiled model; or NULL */
	uint8_t *model_bytes;    /**< its file */
	struct rkr_graph graph;  /**< what that tells of buffers */
	uint64_t cores;          /**< whose program of the model */
	bool check_layers, skip_unmodelled;
	struct replay_skip *skips; /**< what the emulated board did not compute */
	size_t n_skips, cap_skips;
	FILE *dmesg;
	char dir[4096];      /**< of the state */
	struct rkr_buf klog; /**< lines of the emulated driver that were not printed yet */
};

/** Read the command line. False, with a message, if something is wrong. */
bool
replay_read_request(const struct tool_args *args, struct replay_request *rq);

/** Load the source, and find out whether there is a reference for it. 0 or negative errno; *err may be left alone. */
int
replay_load_source(struct replay_request *rq, struct rkr_run **ret_run, struct rkr_error *err);

/** Place the model that *run was read from: rq->model. 0 or negative errno with *err. */
int
replay_place_model(struct replay_request *rq, struct rkr_run **run, struct rkr_error *err);

/** Note a task that the emulated board lets pass: see struct rkx_emulated_options. */
void
replay_take_skip(void *request, uint32_t list, const char *why);

/** Say which tasks of the model were let pass, and whose inputs are therefore not true. Forgets them. */
void
replay_print_skips(struct replay_request *rq, const struct rkr_run *answer);

/** Compare each operator of the model that was run, and say so in @note. */
enum rkx_right
replay_check_layers(const struct replay_request *rq, const struct rkr_run *answer, char *note, size_t size);

/**
 * What the journal tells of the sessions before. A run with which the board
 * went down is put into the ledger, and a message says so. For every verb that
 * opens the journal, before it does: a session that is no longer the last one
 * is not asked any more.
 *
 * @return 0 or a negative errno with *err
 */
int
replay_look_back(const char *dir, struct rkx_past *ret_past, struct rkr_error *err);

/** Plan the source, with the edits or without. As rkx_plan_new(). */
int
replay_make_plan(const struct replay_request *rq, const struct rkr_run *run, bool edited,
		 struct rkx_plan **ret_plan, struct rkr_error *err);

/** Counts of the last line: gates, and steps of brackets. */
struct replay_totals {
	size_t passed, failed, skipped;
};

/** How often what came of the brackets of one plan. */
struct replay_rates {
	const char *name; /**< "A (the source)", "B (edited)" */
	uint64_t turns;   /**< brackets that were begun */
	uint64_t rounds;  /**< brackets that tell of the probe and of the next job */
	uint64_t passed;  /**< probes that were answered, and not wrong */
	uint64_t poisoned;
};

void
replay_print_edits(const struct rkx_plan *plan, bool json);

/** The gates' verdicts; without @all only those that have something to say. */
void
replay_print_gates(const struct rkx_gate_report *report, bool all, bool json);

/** Each step that would be taken. */
void
replay_print_plan(const struct rkx_plan *plan, bool json);

/**
 * A step of a bracket that is over.
 *
 * @param note  what the reference says of a probe; may be NULL
 */
void
replay_print_step(enum rkx_bracket_step step, enum rkx_job_end end, const struct rkx_outcome *outcome,
		  const char *note, bool json);

/** A line of the state that was read after a failure. */
void
replay_print_state(const char *source, const char *line, bool json);

/** What came of a bracket. */
void
replay_print_round(const struct rkx_round *round, bool json);

void
replay_print_rates(const struct replay_rates *rates, bool json);

/** Whose bracket of a series comes now. */
void
replay_print_turn(const struct replay_rates *rates, bool json);

/** Whether the edit makes a difference to the next job. */
void
replay_print_comparison(const struct replay_rates *a, const struct replay_rates *b, bool json);

void
replay_print_totals(const struct replay_totals *totals, bool json);

/**
 * Append what a bracket showed to the run that its probe brought back.
 *
 * @param max_diff  of the answer; NULL: it was not compared
 * @return 0 or -ENOMEM
 */
int
replay_record_bracket(struct rkr_run *answer, const struct rkx_identity *id,
		      const struct rkx_bracket *bracket, const double *max_diff);

/** Put the gates' and a bracket's results into the totals. */
void
replay_count_gates(struct replay_totals *totals, const struct rkx_gate_report *report);

/** @ran: false if the bracket was not run at all. */
void
replay_count_round(struct replay_totals *totals, const struct rkx_bracket *bracket, bool ran);

#endif
