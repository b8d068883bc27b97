/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "triage.h"

/* What triage prints. */

static const char *
name_of(const struct triage_names *names, struct rkr_triage_place place)
{
	return place.file < names->n ? names->names[place.file] : "?";
}

/* ---- JSON ---- */

static void
put_place(struct rkr_buf *out, struct rkr_triage_place place, const struct triage_names *names)
{
	struct rkr_buf text = { 0 };

	rkr_buf_printf(&text, "%s:%" PRIu64, name_of(names, place), place.line);
	if (text.failed)
		out->failed = text.failed;
	rkr_buf_json_string(out, text.data, text.len);
	rkr_buf_free(&text);
}

static void
put_string(struct rkr_buf *out, const char *text)
{
	if (text)
		rkr_buf_json_string(out, text, strlen(text));
	else
		rkr_buf_printf(out, "null");
}

static void
put_facts_json(struct rkr_buf *out, uint64_t facts)
{
	const char *sep = "";

	rkr_buf_printf(out, "\"facts\":[");
	for (int i = 0; i < RKR_FACTS_MAX_; i++) {
		if (!(facts >> i & 1))
			continue;
		rkr_buf_printf(out, "%s\"%s\"", sep, rkr_fact_word((enum rkr_fact)i));
		sep = ",";
	}
	rkr_buf_printf(out, "]");
}

static void
put_rows(struct rkr_buf *out, const struct rkr_triage_place *places, size_t n,
	 const struct triage_names *names)
{
	const char *sep = "";

	rkr_buf_printf(out, "\"rows\":[");
	for (size_t i = 0; i < n; i++) {
		if (!places[i].line)
			continue;
		rkr_buf_printf(out, "%s", sep);
		put_place(out, places[i], names);
		sep = ",";
	}
	rkr_buf_printf(out, "]");
}

/* Rows of a job by line, each once. */
static size_t
rows_of(const struct rkr_job *job, struct rkr_triage_place ret_places[RKR_JOB_ROWS])
{
	size_t n = 0;

	for (size_t i = 0; i < RKR_JOB_ROWS; i++) {
		if (!job->at[i].line)
			continue;
		size_t at = n++;

		for (; at > 0 && (ret_places[at - 1].file > job->at[i].file ||
				  (ret_places[at - 1].file == job->at[i].file &&
				   ret_places[at - 1].line > job->at[i].line));
		     at--)
			ret_places[at] = ret_places[at - 1];
		ret_places[at] = job->at[i];
	}
	return n;
}

/* Values of a core: which are there, and how to call them. */
struct shown {
	bool has;
	const char *name;
	uint64_t value;
	bool hex;
};

#define SHOWN_MAX 12

static size_t
values_of(const struct rkr_job_core *c, struct shown v[SHOWN_MAX])
{
	bool status = c->rows & 1u << RKR_JOB_ROW_STATUS;
	const struct shown all[] = {
		{ c->has.tasks, "task_start", (uint32_t)c->start, false },
		{ c->has.tasks, "task_number", (uint32_t)c->number, false },
		{ c->round != 0, "submit_index", c->round, false },
		{ c->regcmd != 0, "first_regcmd", c->regcmd, true },
		{ c->has.before, "int_raw_before", c->before_raw, true },
		{ c->has.irq, "irq", c->irq_status, true },
		{ c->has_irq_counter, "irq_task_counter", c->irq_counter, false },
		{ status, "irq_status", c->status, true },
		{ status && c->has.raw, "raw_status", c->raw, true },
		{ c->has.require, "require_mask", c->require, true },
		{ status && c->has.counter, "task_counter", c->counter, false },
		{ c->has.stop, "stopped_at", c->stop_addr, true },
	};
	size_t n = 0;

	_Static_assert(RKR_ARRAY_LEN(all) == SHOWN_MAX, "room for each");
	for (size_t i = 0; i < RKR_ARRAY_LEN(all); i++)
		if (all[i].has)
			v[n++] = all[i];
	return n;
}

void
triage_job_json(struct rkr_buf *out, const struct rkr_job *job, const struct triage_names *names)
{
	struct rkr_triage_place places[RKR_JOB_ROWS];
	struct shown v[SHOWN_MAX];
	const char *sep = "";

	rkr_buf_printf(out, "{\"record\":\"job\",\"number\":%" PRIu64 ",\"boot\":%" PRIu32 ",\"end\":\"%s\"",
		       job->number, job->boot, rkr_job_end_name(job->end));
	if (job->mask)
		rkr_buf_printf(out, ",\"mask\":%" PRIu32, job->mask);
	if (job->has.began)
		rkr_buf_printf(out, ",\"began_us\":%" PRIu64, job->began);
	if (job->has.ended)
		rkr_buf_printf(out, ",\"ended_us\":%" PRIu64, job->ended);
	rkr_buf_printf(out, ",\"cores\":[");
	for (unsigned i = 0; i < RKR_TRIAGE_CORES; i++) {
		if (!(job->cores >> i & 1))
			continue;
		size_t n = values_of(&job->core[i], v);

		rkr_buf_printf(out, "%s{\"core\":%u", sep, i);
		for (size_t k = 0; k < n; k++)
			rkr_buf_printf(out, ",\"%s\":%" PRIu64, v[k].name, v[k].value);
		rkr_buf_printf(out, "}");
		sep = ",";
	}
	rkr_buf_printf(out, "],\"differs\":[");
	for (size_t i = 0; i < job->n_odd; i++) {
		const struct rkr_job_odd *o = &job->odd[i];

		rkr_buf_printf(out,
			       "%s{\"core\":%u,\"field\":\"%s\",\"want\":%" PRIu64 ",\"got\":%" PRIu64
			       ",\"meaning\":",
			       i ? "," : "", o->core, o->field, o->want, o->got);
		put_string(out, o->meaning);
		rkr_buf_printf(out, ",");
		put_rows(out, &o->place, 1, names);
		rkr_buf_printf(out, "}");
	}
	rkr_buf_printf(out, "],");
	put_facts_json(out, job->facts);
	rkr_buf_printf(out, ",");
	put_rows(out, places, rows_of(job, places), names);
	rkr_buf_printf(out, "}\n");
}

static void
put_finding_json(struct rkr_buf *out, const char *kind, const struct rkr_theory *t,
		 const struct rkr_finding *f, const struct triage_names *names)
{
	rkr_buf_printf(out, "{\"record\":\"%s\",\"id\":\"%s\",\"title\":", kind, t->id);
	put_string(out, t->title);
	rkr_buf_printf(out, ",\"state\":\"%s\",\"partial\":%s,\"why\":", rkr_state_name(f->state),
		       f->partial ? "true" : "false");
	put_string(out, f->why);
	rkr_buf_printf(out, ",\"missing\":");
	put_string(out, f->missing);
	rkr_buf_printf(out, ",\"jobs\":%" PRIu64 ",", f->jobs);
	put_rows(out, f->places, f->n_places, names);
	rkr_buf_printf(out, "}\n");
}

/* Best state first; of one state, in the order of the table. */
typedef void
put_finding(struct rkr_buf *out, const struct rkr_theory *t, const struct rkr_finding *f,
	    const struct triage_names *names);

static void
put_cause(struct rkr_buf *out, const struct rkr_theory *t, const struct rkr_finding *f,
	  const struct triage_names *names)
{
	put_finding_json(out, "cause", t, f, names);
}

static void
put_hypothesis(struct rkr_buf *out, const struct rkr_theory *t, const struct rkr_finding *f,
	       const struct triage_names *names)
{
	put_finding_json(out, "hypothesis", t, f, names);
}

static void
for_state(struct rkr_buf *out, const struct rkr_verdict *v, enum rkr_state state, bool causes,
	  put_finding *put, const struct triage_names *names)
{
	size_t n = causes ? rkr_triage_n_causes() : rkr_triage_n_hypotheses();
	const struct rkr_finding *all = causes ? v->cause : v->hypothesis;

	for (size_t i = 0; i < n; i++)
		if (all[i].jobs && all[i].state == state)
			put(out, causes ? rkr_triage_cause(i) : rkr_triage_hypothesis(i), &all[i], names);
}

void
triage_verdict_json(struct rkr_buf *out, const struct rkr_verdict *v, const struct triage_names *names)
{
	const struct rkr_theory *next = rkr_triage_next(v);
	const char *sep = "";

	for (int state = RKR_STATES - 1; state >= 0; state--)
		for_state(out, v, (enum rkr_state)state, true, put_cause, names);
	for (int state = RKR_STATES - 1; state >= 0; state--)
		for_state(out, v, (enum rkr_state)state, false, put_hypothesis, names);
	if (next) {
		rkr_buf_printf(out, "{\"record\":\"next\",\"for\":\"%s\",\"command\":", next->id);
		put_string(out, next->next);
		rkr_buf_printf(out, ",\"shows\":");
		put_string(out, next->what);
		rkr_buf_printf(out, "}\n");
	}
	rkr_buf_printf(out, "{\"record\":\"verdict\",\"failure\":%s,",
		       rkr_facts_fail(v->facts) ? "true" : "false");
	put_facts_json(out, v->facts);
	rkr_buf_printf(out, ",\"fact_rows\":{");
	for (int i = 0; i < RKR_FACTS_MAX_; i++) {
		if (!(v->facts >> i & 1) || !v->fact_place[i].line)
			continue;
		rkr_buf_printf(out, "%s\"%s\":", sep, rkr_fact_word((enum rkr_fact)i));
		put_place(out, v->fact_place[i], names);
		sep = ",";
	}
	rkr_buf_printf(out, "}");
	rkr_buf_printf(out,
		       ",\"records\":%" PRIu64 ",\"jobs\":%" PRIu64 ",\"done\":%" PRIu64
		       ",\"failed\":%" PRIu64 ",\"unseen\":%" PRIu64 ",\"boots\":%" PRIu64
		       ",\"missing\":%" PRIu64 ",\"doubled\":%" PRIu64 "}\n",
		       v->records, v->jobs, v->done, v->failed, v->unseen, v->boots, v->missing, v->doubled);
}

/* ---- text ---- */

static void
put_words(struct rkr_buf *out, uint64_t facts)
{
	const char *sep = "";

	for (int i = 0; i < RKR_FACTS_MAX_; i++) {
		if (!(facts >> i & 1))
			continue;
		rkr_buf_printf(out, "%s%s", sep, rkr_fact_word((enum rkr_fact)i));
		sep = ", ";
	}
}

static void
put_places(struct rkr_buf *out, const struct rkr_triage_place *places, size_t n,
	   const struct triage_names *names)
{
	for (size_t i = 0; i < n; i++) {
		if (!places[i].line)
			rkr_buf_printf(out, "%s%s", i ? " " : "", TOOL_SHOWN(name_of(names, places[i])));
		else if (i && places[i].file == places[i - 1].file)
			rkr_buf_printf(out, ",%" PRIu64, places[i].line);
		else
			rkr_buf_printf(out, "%s%s:%" PRIu64, i ? " " : "",
				       TOOL_SHOWN(name_of(names, places[i])), places[i].line);
	}
}

/* "FILE:LINE: "; what a device answered stands in no line, and may be in no file. */
static void
put_where(struct rkr_buf *out, struct rkr_triage_place place, const struct triage_names *names)
{
	if (place.line)
		rkr_buf_printf(out, "%s:%" PRIu64 ": ", TOOL_SHOWN(name_of(names, place)), place.line);
	else if (place.file < names->n)
		rkr_buf_printf(out, "%s: ", TOOL_SHOWN(name_of(names, place)));
}

/* Rows that are printed when a job begins. */
#define COMMIT_ROWS                                                                      \
	(1u << RKR_JOB_ROW_PRELUDE | 1u << RKR_JOB_ROW_TRACE | 1u << RKR_JOB_ROW_REGS | \
	 1u << RKR_JOB_ROW_ARMED)

void
triage_job_text(struct rkr_buf *out, const struct rkr_job *job, const struct triage_names *names)
{
	struct shown v[SHOWN_MAX];

	put_where(out, job->first, names);
	rkr_buf_printf(out, "job %" PRIu64 " %s", job->number, rkr_job_end_name(job->end));
	if (job->mask)
		rkr_buf_printf(out, " mask=0x%" PRIx32, job->mask);
	/* A driver without the trace patch prints its first row when the wait is over. */
	if (job->has.began && job->has.ended && job->rows & COMMIT_ROWS)
		rkr_buf_printf(out, " after %" PRIu64 "us", job->ended - job->began);
	rkr_buf_printf(out, ": ");
	put_words(out, job->facts);
	rkr_buf_printf(out, "\n");
	for (unsigned i = 0; i < RKR_TRIAGE_CORES; i++) {
		if (!(job->cores >> i & 1))
			continue;
		size_t n = values_of(&job->core[i], v);

		rkr_buf_printf(out, "    core %u%s", i, job->core_guessed ? " (no row names it)" : "");
		for (size_t k = 0; k < n; k++)
			rkr_buf_printf(out, v[k].hex ? " %s=0x%" PRIx64 : " %s=%" PRIu64, v[k].name,
				       v[k].value);
		rkr_buf_printf(out, "\n");
	}
	for (size_t i = 0; i < job->n_odd; i++) {
		rkr_buf_printf(out, "    ");
		put_where(out, job->odd[i].place, names);
		rkr_buf_printf(out, "core %u %s is 0x%" PRIx64 ", not 0x%" PRIx64 ": %s\n", job->odd[i].core,
			       job->odd[i].field, job->odd[i].got, job->odd[i].want, job->odd[i].meaning);
	}
}

static void
put_line(struct rkr_buf *out, const struct rkr_theory *t, const struct rkr_finding *f,
	 const struct triage_names *names)
{
	rkr_buf_printf(out, "  %-11s %s%s%s", rkr_state_name(f->state), t->id,
		       f->partial ? " in part: " : ": ", t->title);
	rkr_buf_printf(out, "\n              ");
	if (f->why)
		rkr_buf_printf(out, "%s", f->why);
	if (f->missing)
		rkr_buf_printf(out, "%sneeds %s", f->why ? "; " : "", f->missing);
	if (f->n_places) {
		rkr_buf_printf(out, " (");
		put_places(out, f->places, f->n_places, names);
		rkr_buf_printf(out, ")");
	}
	rkr_buf_printf(out, "\n");
}

static void
put_heading(struct rkr_buf *out, const struct rkr_verdict *v, const char *heading, enum rkr_state state,
	    const struct triage_names *names)
{
	size_t start = out->len, empty;

	rkr_buf_printf(out, "%s\n", heading);
	empty = out->len;
	for_state(out, v, state, true, put_line, names);
	for_state(out, v, state, false, put_line, names);
	if (out->len == empty)
		out->len = start;
}

void
triage_verdict_text(struct rkr_buf *out, const struct rkr_verdict *v, const struct triage_names *names)
{
	const struct rkr_theory *next = rkr_triage_next(v);
	bool fails = rkr_facts_fail(v->facts);

	rkr_buf_printf(out,
		       "%" PRIu64 " job%s: %" PRIu64 " done, %" PRIu64 " failed, %" PRIu64
		       " whose end no row shows",
		       v->jobs, v->jobs == 1 ? "" : "s", v->done, v->failed, v->unseen);
	if (v->driver[0])
		rkr_buf_printf(out, "; driver %s", TOOL_SHOWN(v->driver));
	if (v->foreign[0])
		rkr_buf_printf(out, "; rows of another driver: %s", TOOL_SHOWN(v->foreign));
	rkr_buf_printf(out, "\nFacts: ");
	put_words(out, v->facts);
	rkr_buf_printf(out, "\n");
	if (v->boots > 1)
		rkr_buf_printf(out, "The clock goes back: %" PRIu64 " boots.\n", v->boots);
	if (v->missing || v->doubled)
		rkr_buf_printf(out,
			       "Rows are missing or out of order (%" PRIu64 ") or there twice (%" PRIu64
			       "): what follows may be less than what was.\n",
			       v->missing, v->doubled);
	if (!fails) {
		rkr_buf_printf(out, "No failure of the NPU's driver is in this log.\n");
		return;
	}
	put_heading(out, v, "Points to:", RKR_STATE_SUPPORTED, names);
	put_heading(out, v, "May be:", RKR_STATE_OPEN, names);
	put_heading(out, v, "Ruled out:", RKR_STATE_RULED_OUT, names);
	put_heading(out, v, "The rows cannot tell:", RKR_STATE_CANNOT_TELL, names);
	if (next)
		rkr_buf_printf(out, "Try next (%s): %s\n    %s\n", next->id, next->next, next->what);
}

/* ---- two logs ---- */

static void
put_value(struct rkr_buf *out, const struct rkr_divergence *d, unsigned i)
{
	if (d->is_end)
		rkr_buf_printf(out, "%s", rkr_job_end_name((enum rkr_job_end)d->value[i]));
	else
		rkr_buf_printf(out, "0x%" PRIx64, d->value[i]);
}

void
triage_divergence_text(struct rkr_buf *out, const struct rkr_divergence *d, const struct triage_names *bad,
		       const struct triage_names *clean)
{
	const struct triage_names *names[2] = { clean, bad };
	unsigned at = d->number[1] ? 1 : 0;

	put_where(out, d->place[at], names[at]);
	rkr_buf_printf(out, "job %" PRIu64 ": ", d->number[at]);
	if (d->field) {
		rkr_buf_printf(out, "%s is ", d->field);
		put_value(out, d, 1);
		rkr_buf_printf(out, ", of job %" PRIu64 " (", d->number[0]);
		put_places(out, &d->place[0], 1, clean);
		rkr_buf_printf(out, ") ");
		put_value(out, d, 0);
		rkr_buf_printf(out, ": ");
	}
	rkr_buf_printf(out, "%s\n", d->meaning);
}

void
triage_divergence_json(struct rkr_buf *out, const struct rkr_divergence *d, const struct triage_names *bad,
		       const struct triage_names *clean)
{
	const struct triage_names *names[2] = { clean, bad };

	rkr_buf_printf(out, "{\"record\":\"divergence\"");
	for (unsigned i = 0; i < 2; i++) {
		const char *side = i ? "job" : "against";

		if (!d->number[i])
			continue;
		rkr_buf_printf(out, ",\"%s\":{\"number\":%" PRIu64, side, d->number[i]);
		if (d->field) {
			rkr_buf_printf(out, d->is_end ? ",\"value\":\"" : ",\"value\":");
			if (d->is_end)
				put_value(out, d, i);
			else
				rkr_buf_printf(out, "%" PRIu64, d->value[i]);
			rkr_buf_printf(out, d->is_end ? "\"" : "");
		}
		rkr_buf_printf(out, ",");
		put_rows(out, &d->place[i], 1, names[i]);
		rkr_buf_printf(out, "}");
	}
	if (d->field)
		rkr_buf_printf(out, ",\"field\":\"%s\"", d->field);
	rkr_buf_printf(out, ",\"meaning\":");
	put_string(out, d->meaning);
	rkr_buf_printf(out, "}\n");
}
