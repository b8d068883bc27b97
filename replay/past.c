/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "past.h"

#include <string.h>

#include "bracket.h"
#include "engine.h"

#define MINUTE_MS 60000

/* What the engine says behind "JOB: ", or NULL if it is another job's line, or none. */
static const char *
line_of(const struct rkx_journal_entry *e, const char *job)
{
	size_t n = strlen(job);

	return strncmp(e->text, job, n) == 0 && strncmp(e->text + n, ": ", 2) == 0 ? e->text + n + 2 : NULL;
}

static bool
starts(const char *line, const char *with)
{
	return line && strncmp(line, with, strlen(with)) == 0;
}

/* The engine's part of a line of any job, or "". */
static const char *
part_of(const struct rkx_journal_entry *e)
{
	const char *part = strstr(e->text, ": ");

	return part ? part + 2 : "";
}

/*
 * The fingerprint of what took the board down in the last session, as far as
 * anyone can tell, or NULL: of a probe, if that was at work from its submit on,
 * or if the job behind it was.
 */
static const char *
culprit(const struct rkx_journal_log *log)
{
	const char *const probe = rkx_bracket_step_name(RKX_BRACKET_PROBE);
	const struct rkx_journal_entry *job = NULL, *last = rkx_journal_in_flight(log);
	const char *fingerprint = NULL;
	bool submitted = false;

	for (size_t i = log->session; i < log->n; i++) {
		const struct rkx_journal_entry *e = &log->entries[i];
		const char *line = e->state == RKX_JOURNAL_BEGIN ? line_of(e, probe) : NULL;

		if (starts(line, RKX_LINE_JOB)) {
			job = e;
			fingerprint = line + strlen(RKX_LINE_JOB);
			submitted = false;
		}
		submitted = submitted || starts(line, RKX_LINE_SUBMIT);
	}
	if (!job || !submitted || !last)
		return NULL;
	if (job->in_flight ||
	    starts(line_of(last, rkx_bracket_step_name(RKX_BRACKET_HEALTH_AFTER)), RKX_LINE_SUBMIT) ||
	    starts(line_of(last, rkx_bracket_step_name(RKX_BRACKET_RECOVERY)), RKX_LINE_SUBMIT))
		return fingerprint;
	return NULL;
}

/* The boot of a session, by its first line; "" if that tells none. */
static const char *
boot_of(const struct rkx_journal_entry *open)
{
	return starts(open->text, RKX_JOURNAL_SESSION) ? open->text + strlen(RKX_JOURNAL_SESSION) : "";
}

/*
 * Clocks are set back. What was sent later than now was sent who knows when:
 * just now, unless it was on another boot, of a board whose clock starts anew.
 */
static void
count(const struct rkx_journal_log *log, const char *boot, uint64_t now_ms, struct rkx_past *past)
{
	bool emulated = false, this_boot = false;

	for (size_t i = 0; i < log->n; i++) {
		const struct rkx_journal_entry *e = &log->entries[i];
		const char *part = part_of(e);

		if (e->state == RKX_JOURNAL_OPEN)
			this_boot = boot[0] && strcmp(boot_of(e), boot) == 0;
		else if (e->state == RKX_JOURNAL_NOTE && strcmp(part, RKX_LINE_UNCOMMITTED) == 0)
			past->uncommitted += this_boot && !emulated;
		if (e->state != RKX_JOURNAL_BEGIN)
			continue;
		if (starts(part, RKX_LINE_JOB) || starts(part, RKX_LINE_EMULATED_JOB))
			emulated = starts(part, RKX_LINE_EMULATED_JOB);
		else if (starts(part, RKX_LINE_SUBMIT))
			past->recent_submits +=
				!emulated && (e->ms <= now_ms ? now_ms - e->ms < MINUTE_MS : this_boot);
	}
}

int
rkx_past_read(const char *dir, const char *boot, uint64_t now_ms, struct rkx_past *ret_past,
	      struct rkr_error *err)
{
	struct rkx_past past = { 0 };
	struct rkx_journal_log log = { 0 };
	int r = rkx_journal_read(dir, &log, err);

	if (r < 0)
		return r;
	count(&log, boot, now_ms, &past);
	const char *before = log.n ? boot_of(&log.entries[log.session]) : "";

	/* A process that was killed on a board that went on did not crash it. */
	if (log.unfinished && boot[0] && before[0] && strcmp(before, boot) != 0) {
		const char *hex = culprit(&log);

		past.went_down = hex && strlen(hex) == RKR_SHA256_HEX - 1;
		if (past.went_down)
			memcpy(past.fingerprint, hex, RKR_SHA256_HEX);
	}
	rkx_journal_log_free(&log);
	*ret_past = past;
	return 0;
}

int
rkx_past_remember(const struct rkx_past *past, struct rkx_poison *poison, char ret_name[RKX_POISON_NAME],
		  struct rkr_error *err)
{
	if (!past->went_down || rkx_poison_find(poison, past->fingerprint))
		return 0;
	int r = rkx_poison_remember(poison, past->fingerprint, "crash", "in flight when the board went down",
				    ret_name, err);

	return r < 0 ? r : 1;
}
