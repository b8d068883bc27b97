/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/format.h"
#include "replay.h"

/* What replay prints, for people and as JSON Lines. */

static void
member(struct rkr_buf *buf, const char *name, const char *text)
{
	rkr_buf_printf(buf, ",\"%s\":", name);
	rkr_buf_json_string(buf, text, strlen(text));
}

static void
flush(struct rkr_buf *buf)
{
	if (buf->data && !buf->failed)
		printf("%.*s\n", (int)buf->len, buf->data);
	rkr_buf_free(buf);
	/* What was printed before a board goes down should be there. */
	fflush(stdout);
}

void
replay_print_edits(const struct rkx_plan *plan, bool json)
{
	size_t n;
	const struct rkx_edit *e = rkx_plan_edits(plan, &n);

	for (size_t i = 0; i < n; i++) {
		struct rkr_buf buf = { 0 };

		if (json) {
			rkr_buf_printf(&buf, "{\"record\":\"edit\"");
			member(&buf, "edit", e[i].text);
			member(&buf, "was", e[i].was);
			rkr_buf_printf(&buf, ",\"places\":%u}", e[i].places);
		} else {
			rkr_buf_printf(&buf, "edit: %s (was %s, %u place%s)", TOOL_SHOWN(e[i].text),
				       TOOL_SHOWN(e[i].was), e[i].places, e[i].places == 1 ? "" : "s");
		}
		flush(&buf);
	}
}

void
replay_print_gates(const struct rkx_gate_report *report, bool all, bool json)
{
	for (size_t i = 0; i < RKX_N_GATES; i++) {
		const struct rkx_gate *g = rkx_gate_get(i);
		const struct rkx_gate_result *r = &report->gate[i];
		struct rkr_buf buf = { 0 };

		if (!all && !json && r->verdict == RKX_ALLOW)
			continue;
		if (json) {
			rkr_buf_printf(&buf, "{\"record\":\"gate\",\"id\":\"%s\"", g->id);
			member(&buf, "name", g->name);
			member(&buf, "verdict", rkx_verdict_name(r->verdict));
			member(&buf, "reason", r->reason);
			member(&buf, "unlock", r->unlock);
			rkr_buf_printf(&buf, "}");
		} else {
			rkr_buf_printf(&buf, "%-4s %-15s %s", g->id, g->name, rkx_verdict_name(r->verdict));
			if (r->reason[0])
				rkr_buf_printf(&buf, ": %s", TOOL_SHOWN(r->reason));
			if (r->verdict == RKX_REFUSE && r->unlock[0])
				rkr_buf_printf(&buf, " (--allow %s lets it pass)", r->unlock);
		}
		flush(&buf);
	}
}

static void
print_plan_step(struct rkr_buf *buf, const struct rkx_plan *plan, const struct rkx_step *s)
{
	size_t n;
	const struct rkr_bo *bo = s->bo == RKX_NONE ? NULL : &rkx_plan_bos(plan, &n)[s->bo];
	const struct rkx_piece *p = rkx_plan_pieces(plan, &n);
	const struct rkx_plan_submit *submits = rkx_plan_submits(plan, &n);

	rkr_buf_printf(buf, "%s", rkx_step_name(s->kind));
	if (bo)
		rkr_buf_printf(buf, " %s", bo->role[0] ? bo->role : "BO");
	switch (s->kind) {
	case RKX_STEP_ACTION:
		rkr_buf_printf(buf, " %u, value 0x%x", s->flags, s->value);
		break;
	case RKX_STEP_CREATE:
		rkr_buf_printf(buf, ": %" PRIu64 " bytes, flags 0x%x", bo->size, bo->flags);
		break;
	case RKX_STEP_FILL:
		rkr_buf_printf(buf, "+0x%" PRIx64 ": %" PRIu64 " bytes (%s)", p[s->index].offset,
			       p[s->index].len, rkx_fill_name(p[s->index].fill));
		break;
	case RKX_STEP_SYNC:
		rkr_buf_printf(buf, "+0x%" PRIx64 ": %" PRIu64 " bytes, direction %u", s->offset, s->size,
			       s->flags);
		break;
	case RKX_STEP_SUBMIT:
		rkr_buf_printf(buf, ": flags 0x%x, core mask 0x%x, task_number %u, timeout %u ms",
			       submits[s->index].abi.flags, submits[s->index].abi.core_mask,
			       submits[s->index].abi.task_number, submits[s->index].abi.timeout);
		if (rkx_plan_inference(plan)->unlock)
			rkr_buf_printf(buf, " (inferred)");
		break;
	default:
		if (s->size)
			rkr_buf_printf(buf, ": %" PRIu64 " bytes", s->size);
	}
	if (s->record == SIZE_MAX && s->kind != RKX_STEP_FILL && s->kind != RKX_STEP_READ)
		rkr_buf_printf(buf, " (not in the source)");
	if (s->fails)
		rkr_buf_printf(buf, " (failed in the source)");
}

void
replay_print_plan(const struct rkx_plan *plan, bool json)
{
	size_t n;
	const struct rkx_step *s = rkx_plan_steps(plan, &n);

	for (size_t i = 0; i < n; i++) {
		struct rkr_buf text = { 0 }, buf = { 0 };

		print_plan_step(&text, plan, &s[i]);
		if (json) {
			rkr_buf_printf(&buf, "{\"record\":\"step\",\"n\":%zu,\"text\":", i);
			rkr_buf_json_string(&buf, text.data, text.len);
			rkr_buf_printf(&buf, "}");
			flush(&buf);
			rkr_buf_free(&text);
		} else {
			printf("%4zu  ", i);
			flush(&text);
		}
	}
}

static void
json_step(struct rkr_buf *buf, enum rkx_bracket_step step, enum rkx_job_end end,
	  const struct rkx_outcome *outcome, const char *note)
{
	const struct rkx_answer *a = outcome ? rkx_outcome_answer(outcome) : NULL;

	rkr_buf_printf(buf, "{\"record\":\"job\"");
	member(buf, "step", rkx_bracket_step_name(step));
	if (outcome) {
		member(buf, "end", rkx_job_end_name(end));
		rkr_buf_printf(buf, ",\"ret\":%d,\"steps\":%zu", outcome->ret, outcome->taken);
	}
	if (a)
		rkr_buf_printf(buf,
			       ",\"elapsed_ns\":%" PRIu64
			       ",\"task_counter\":%u,\"core_mask\":%u,\"hw_ns\":%" PRId64
			       ",\"int_status\":\"0x%x\",\"retried\":%s",
			       a->elapsed_ns, a->task_counter, a->core_mask, a->hw_ns, a->int_status,
			       a->retried ? "true" : "false");
	if (note)
		member(buf, "reference", note);
	rkr_buf_printf(buf, "}");
}

static void
text_step(struct rkr_buf *buf, enum rkx_bracket_step step, enum rkx_job_end end,
	  const struct rkx_outcome *outcome, const char *note)
{
	const struct rkx_answer *a = outcome ? rkx_outcome_answer(outcome) : NULL;

	if (!outcome) {
		rkr_buf_printf(buf, "%-14s %u ms", rkx_bracket_step_name(step), RKX_REST_MS);
		return;
	}
	rkr_buf_printf(buf, "%-14s %s", rkx_bracket_step_name(step), rkx_job_end_name(end));
	if (outcome->ret < 0)
		rkr_buf_printf(buf, " (%d, %s)", -outcome->ret,
			       outcome->crashed   ? "a real board would have crashed"
			       : outcome->stopped ? "stopped"
						  : strerror(-outcome->ret));
	if (note)
		rkr_buf_printf(buf, " %s", note);
	if (a)
		rkr_buf_printf(buf, "; %" PRIu64 " us, task counter %u, int_status 0x%x",
			       a->elapsed_ns / 1000, a->task_counter, a->int_status);
	if (a && a->core_mask > 1)
		rkr_buf_printf(buf, ", core mask 0x%x", a->core_mask);
	if (a && a->retried)
		rkr_buf_printf(buf, ", second attempt");
	if (outcome->left)
		rkr_buf_printf(buf,
			       "; the job was not committed: look at the kernel's log, restart the board");
}

void
replay_print_step(enum rkx_bracket_step step, enum rkx_job_end end, const struct rkx_outcome *outcome,
		  const char *note, bool json)
{
	struct rkr_buf buf = { 0 };

	if (json)
		json_step(&buf, step, end, outcome, note);
	else
		text_step(&buf, step, end, outcome, note);
	flush(&buf);
}

void
replay_print_state(const char *source, const char *line, bool json)
{
	struct rkr_buf buf = { 0 };

	if (json) {
		rkr_buf_printf(&buf, "{\"record\":\"%s\",\"line\":", source);
		rkr_buf_json_string(&buf, line, strlen(line));
		rkr_buf_printf(&buf, "}");
	} else {
		rkr_buf_printf(&buf, "  %s: %s", source, TOOL_SHOWN(line));
	}
	flush(&buf);
}

void
replay_print_round(const struct rkx_round *round, bool json)
{
	const struct rkx_bracket *b = &round->bracket;
	const char *verdict =
		round->refused && !b->ran_probe ? "refused" : rkx_bracket_verdict_name(b->verdict);
	struct rkr_buf buf = { 0 };

	if (json) {
		rkr_buf_printf(&buf, "{\"record\":\"verdict\"");
		member(&buf, "verdict", verdict);
		rkr_buf_printf(&buf, ",\"down\":%s,\"wedged\":%s,\"stopped\":%s,\"crashed\":%s",
			       b->down ? "true" : "false", b->wedged ? "true" : "false",
			       round->stopped ? "true" : "false", round->crashed ? "true" : "false");
		if (round->remembered)
			member(&buf, "ledger", round->entry);
		rkr_buf_printf(&buf, "}");
		flush(&buf);
		return;
	}
	rkr_buf_printf(&buf, "verdict: %s", verdict);
	if (b->down && b->step == RKX_BRACKET_DONE)
		rkr_buf_printf(&buf, "; the NPU does not work");
	flush(&buf);
	if (round->remembered)
		printf("ledger: %s is remembered; --allow %s lets it run again\n", round->entry,
		       round->entry);
}

void
replay_print_rates(const struct replay_rates *r, bool json)
{
	struct rkx_interval pass = rkx_wilson(r->passed, r->rounds),
			    poison = rkx_wilson(r->poisoned, r->rounds);

	printf(json ? "{\"record\":\"rate\",\"plan\":\"%s\",\"rounds\":%" PRIu64 ",\"passed\":%" PRIu64
		      ",\"passed_low\":%.4f,\"passed_high\":%.4f,\"poisons\":%" PRIu64
		      ",\"poisons_low\":%.4f,\"poisons_high\":%.4f}\n"
		    : "%s: %" PRIu64 " rounds; probe passed %" PRIu64
		      " (95 %%: %.3f to %.3f); next job failed "
		      "%" PRIu64 " (95 %%: %.3f to %.3f)\n",
	       r->name, r->rounds, r->passed, pass.low, pass.high, r->poisoned, poison.low, poison.high);
}

void
replay_print_turn(const struct replay_rates *r, bool json)
{
	printf(json ? "{\"record\":\"round\",\"plan\":\"%s\",\"n\":%" PRIu64 "}\n"
		    : "%s, bracket %" PRIu64 ":\n",
	       r->name, r->turns);
}

void
replay_print_comparison(const struct replay_rates *a, const struct replay_rates *b, bool json)
{
	struct rkx_interval of_a = rkx_wilson(a->poisoned, a->rounds),
			    of_b = rkx_wilson(b->poisoned, b->rounds);
	/* Stricter than a test of the difference: at 95 % each, few that are alike are told apart. */
	const char *answer = of_b.high < of_a.low   ? "less-often"
			     : of_b.low > of_a.high ? "more-often"
						    : "open";

	if (json)
		printf("{\"record\":\"comparison\",\"poisons\":\"%s\"}\n", answer);
	else if (strcmp(answer, "open") == 0)
		puts("the edit: the intervals of the next job's failures meet: no difference is shown; repeat more often");
	else
		printf("the edit: the next job fails %s often with it: the intervals do not meet\n",
		       of_b.high < of_a.low ? "less" : "more");
}

void
replay_print_totals(const struct replay_totals *t, bool json)
{
	printf(json ? "{\"record\":\"summary\",\"passed\":%zu,\"failed\":%zu,\"skipped\":%zu}\n"
		    : "%zu passed, %zu failed, %zu skipped\n",
	       t->passed, t->failed, t->skipped);
}

void
replay_count_gates(struct replay_totals *totals, const struct rkx_gate_report *report)
{
	for (size_t i = 0; i < RKX_N_GATES; i++)
		if (report->gate[i].verdict >= RKX_REFUSE)
			totals->failed++;
		else
			totals->passed++;
}

static void
count(struct replay_totals *t, bool ran, enum rkx_job_end end)
{
	if (!ran)
		t->skipped++;
	else if (end == RKX_JOB_PASS)
		t->passed++;
	else
		t->failed++;
}

void
replay_count_round(struct replay_totals *totals, const struct rkx_bracket *b, bool ran)
{
	count(totals, ran && b->step != RKX_BRACKET_HEALTH_BEFORE, b->before);
	count(totals, b->ran_probe, b->probe);
	count(totals, b->ran_after, b->after);
	/* It is needed after a failure only. */
	if (b->ran_recovery)
		count(totals, true, b->recovery);
}
