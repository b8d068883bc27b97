/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "output.h"
#include "progress.h"
#include "triage.h"

/* triage: what happened to the jobs that logs tell of, and why. */

/* Failed jobs that the text shows in full; the rest is counted. */
#define FAILED_SHOWN 20

struct work {
	bool json, all; /* all jobs, not just those that failed */
	struct triage_names names;
	struct rkr_triage *triage;
	struct rkr_compare *compare;
	unsigned side; /* 0: the log that is compared with */
	struct rkr_buf out;
	uint64_t not_shown, n_shown;
	const char *file;
	uint64_t bytes, known; /* of the logs at hand; known: not in unknown lines */
	struct tool_progress progress;
};

static int
flush(struct work *w, size_t above)
{
	if (w->out.len > above)
		tool_progress_clear(&w->progress);
	return tool_flush(&w->out, above);
}

static int
on_record(void *data, const struct rkr_record *rec)
{
	struct work *w = data;

	tool_progress_at(&w->progress, w->file, rec->place.end);
	return rkr_triage_feed(w->triage, rec);
}

static int
on_job(void *data, const struct rkr_job *job)
{
	struct work *w = data;
	int r = w->compare ? rkr_compare_add(w->compare, w->side, job) : 0;

	if (r < 0 || (w->compare && w->side == 0))
		return r;
	if (w->json) {
		triage_job_json(&w->out, job, &w->names);
	} else if (w->all || rkr_facts_fail(job->facts)) {
		if (w->all || w->n_shown++ < FAILED_SHOWN)
			triage_job_text(&w->out, job, &w->names);
		else
			w->not_shown++;
	}
	return flush(w, 65536);
}

/* A bundle's records, as if they stood in the log that it is. */
static int
feed_run(struct work *w, const struct rkr_run *run, uint32_t file)
{
	int r = 0;

	for (size_t i = 0; i < rkr_run_n_records(run) && r == 0; i++) {
		struct rkr_record rec = *rkr_run_record(run, i);

		rec.place.file = file;
		r = rkr_triage_feed(w->triage, &rec);
	}
	return r;
}

/* Bytes of lines that are known; blank ones are in anything. */
static uint64_t
known_bytes(const struct rkp_accounting *acc)
{
	uint64_t known = acc->parsed + acc->skipped;

	for (size_t i = 0; i < RKP_RULES_MAX && acc->rule[i].name; i++)
		if (strcmp(acc->rule[i].name, "blank") == 0)
			known -= acc->rule[i].bytes;
	return known;
}

static int
run_source(struct work *w, const char *source, uint32_t file, struct rkr_error *err)
{
	const struct rkp_sink sink = { .data = w, .record = on_record };
	_cleanup_run_ struct rkr_run *run = NULL;
	struct rkp_accounting acc = { 0 };

	if (tool_is_log(source)) {
		int r = rkp_parse_file(source, file, &sink, &acc, err);

		w->bytes += acc.bytes;
		w->known += known_bytes(&acc);
		return r;
	}
	int r = tool_load(&source, 1, NULL, &run, err);

	w->bytes = w->known = 1; /* a run has records */
	return r < 0 ? r : feed_run(w, run, file);
}

/* Read logs through a new triage. */
static int
run_logs(struct work *w, const char *const *logs, size_t n, struct rkr_error *err)
{
	const struct rkr_triage_sink jobs = { .data = w, .job = on_job };
	int r = rkr_triage_new(&jobs, &w->triage);

	w->names = (struct triage_names){ logs, n };
	w->bytes = w->known = 0;
	for (size_t i = 0; i < n && r == 0; i++) {
		w->file = logs[i];
		r = run_source(w, logs[i], (uint32_t)i, err);
		tool_progress_clear(&w->progress);
	}
	/* That no failure is in it would be no answer. */
	if (r == 0 && w->known == 0)
		r = rkr_error_set(err, -EINVAL, logs[0], 0, 0,
				  w->bytes ? "rkreplay parse shows what is in it" : "capture it again",
				  w->bytes ? "there is no row of a known kind of log in it" : "it is empty");
	return r < 0 ? r : rkr_triage_finish(w->triage);
}

struct telling {
	struct work *w;
	struct triage_names clean;
	uint64_t n;
};

static int
on_divergence(void *data, const struct rkr_divergence *d)
{
	struct telling *t = data;

	if (!t->w->json && t->n == 0)
		rkr_buf_printf(&t->w->out, "First difference from the other log:\n");
	if (!t->w->json && t->n == 1)
		rkr_buf_printf(&t->w->out, "And then:\n");
	t->n++;
	if (t->w->json)
		triage_divergence_json(&t->w->out, d, &t->w->names, &t->clean);
	else
		triage_divergence_text(&t->w->out, d, &t->w->names, &t->clean);
	return flush(t->w, 65536);
}

static int
compare(struct work *w, const char *const *clean, size_t n)
{
	struct telling t = { .w = w, .clean = { clean, n } };
	int r = rkr_compare_run(w->compare, on_divergence, &t);
	uint64_t left = rkr_compare_left_out(w->compare, 0) + rkr_compare_left_out(w->compare, 1);

	if (r < 0 || w->json)
		return r;
	if (t.n == 0)
		rkr_buf_printf(&w->out, "No job differs from the other log's.\n");
	if (left)
		rkr_buf_printf(&w->out, "%" PRIu64 " jobs were too many to compare.\n", left);
	return 0;
}

static int
print_verdict(struct work *w)
{
	const struct rkr_verdict *v = rkr_triage_verdict(w->triage);

	if (w->json) {
		triage_verdict_json(&w->out, v, &w->names);
	} else {
		if (w->not_shown)
			rkr_buf_printf(&w->out, "and %" PRIu64 " more\n", w->not_shown);
		triage_verdict_text(&w->out, v, &w->names);
	}
	return flush(w, 0);
}

static enum tool_exit
finish(struct work *w, const struct rkr_error *err, int r, bool verdict)
{
	bool fails = r == 0 && verdict && rkr_facts_fail(rkr_triage_verdict(w->triage)->facts);

	rkr_buf_free(&w->out);
	rkr_triage_free(w->triage);
	rkr_compare_free(w->compare);
	if (r < 0)
		return tool_error(err, r);
	return fails ? TOOL_NO : TOOL_YES;
}

static struct work
start(bool json)
{
	struct work w = { .json = json, .side = 1 };

	tool_progress_start(&w.progress, true);
	return w;
}

static enum tool_exit
run_triage(const struct tool_args *args)
{
	struct work w = start(tool_given(args, "json"));
	const char *clean[TOOL_VALUES_MAX];
	struct rkr_error err = { 0 };
	size_t n = 0;
	int r = 0;

	/* It is the one option that has a value. */
	for (size_t i = 0; i < args->n_values; i++)
		clean[n++] = args->values[i].value;
	if (n) {
		r = rkr_compare_new(&w.compare);
		w.side = 0;
		if (r == 0)
			r = run_logs(&w, clean, n, &err);
		rkr_triage_free(rkr_steal(w.triage));
		w.side = 1;
	}
	if (r == 0)
		r = run_logs(&w, args->sources, args->n_sources, &err);
	if (r == 0 && w.compare)
		r = compare(&w, clean, n);
	if (r == 0)
		r = print_verdict(&w);
	return finish(&w, &err, r, true);
}

enum tool_exit
triage_show(const struct rkr_run *run, bool json)
{
	struct work w = start(json);
	struct rkr_error err = { 0 };
	size_t n = 0;

	const struct rkr_triage_sink sink = { .data = &w, .job = on_job };

	w.all = true;
	while (rkr_run_file(run, (uint32_t)n))
		n++;
	const char **names = calloc(n + 1, sizeof(*names));
	int r = names ? rkr_triage_new(&sink, &w.triage) : -ENOMEM;

	for (size_t i = 0; i < n && names; i++)
		names[i] = rkr_run_file(run, (uint32_t)i);
	w.names = (struct triage_names){ names, n };
	for (size_t i = 0; i < rkr_run_n_records(run) && r == 0; i++) {
		struct rkr_record rec = *rkr_run_record(run, i);

		/* What stands in no line stands in no file. */
		rec.place.file = rec.place.line ? rec.place.file : UINT32_MAX;
		r = rkr_triage_feed(w.triage, &rec);
	}
	if (r == 0)
		r = rkr_triage_finish(w.triage);
	if (r == 0)
		r = flush(&w, 0);
	free(names);
	return finish(&w, &err, r, false);
}

static const struct tool_option options[] = {
	{ "against", "LOG",
	  "a log of the same workload that went well: where do the two part? (may be repeated)" },
	{ "json", NULL, "one JSON object a line" },
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_triage = {
	.name = "triage",
	.usage = "LOG...",
	.summary = "Say what happened to the jobs of kernel logs and traces, and why",
	.details =
		"Logs are of one board, in order: dmesg, PC-commit traces, runtime and ioctl rows, mixed.\n"
		"A hypothesis is supported, open, ruled out, or the rows cannot tell: then it says what\n"
		"would.\n"
		"Exit status: 0 no failure is in them, 1 one is, 2 trouble.\n",
	.options = options,
	.min_sources = 1,
	.max_sources = 4096,
	.run = run_triage,
};
