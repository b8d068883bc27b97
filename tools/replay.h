/* SPDX-License-Identifier: MIT */
#ifndef TOOL_REPLAY_H
#define TOOL_REPLAY_H

/* What the files of the verb replay share. */

#include "lib/format.h"
#include "replay/reference.h"
#include "replay/session.h"
#include "tool.h"

/** Counts of the last line: gates, and steps of brackets. */
struct replay_totals {
	size_t passed, failed, skipped;
};

/** How often what came of the brackets of one plan. */
struct replay_rates {
	const char *name; /**< "A", "B" */
	uint64_t rounds;  /**< brackets whose probe was run */
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

/** Lines of the kernel's log, which are then forgotten. */
void
replay_print_klog(struct rkr_buf *klog, bool json);

/** What came of a bracket. */
void
replay_print_round(const struct rkx_round *round, bool json);

void
replay_print_rates(const struct replay_rates *rates, bool json);

void
replay_print_totals(const struct replay_totals *totals, bool json);

/** Put the gates' and a bracket's results into the totals. */
void
replay_count_gates(struct replay_totals *totals, const struct rkx_gate_report *report);

/** @ran: false if the bracket was not run at all. */
void
replay_count_round(struct replay_totals *totals, const struct rkx_bracket *bracket, bool ran);

#endif
