/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "filter.h"
#include "lib/bundle.h"
#include "lib/format.h"
#include "output.h"
#include "parse-follow.h"
#include "parsers/boimages.h"
#include "parsers/trace-source.h"
#include "progress.h"
#include "tool.h"

/* parse: what is in logs, record by record, and where every byte went. */

/* Unknown lines that are shown in full; the rest is counted. */
#define UNKNOWN_SHOWN 10

struct parse {
	const char *bundle; /* where the run is to be kept; NULL: nowhere */
	bool json, stats, strict;
	unsigned formats;
	const char *file;
	struct rkr_buf out;
	struct rkp_accounting total;
	struct tool_filter *filter;
	uint64_t printed[RKR_KIND_MAX_]; /* records that the filter took; of each kind */
	struct rkr_error filter_failed;
	size_t n_unknown;
	struct rkr_error first_unknown;
	struct tool_progress progress;
};

static int
flush(struct parse *p, size_t above)
{
	int r = tool_flush(&p->out, above);

	/* Who reads the records may go; the bundle is wanted all the same. */
	if (r == TOOL_OUTPUT_FAILED && p->bundle && tool_reader_is_gone()) {
		p->out.len = 0;
		return 0;
	}
	return r;
}

static int
on_record(void *data, const struct rkr_record *rec)
{
	struct parse *p = data;

	tool_progress_at(&p->progress, p->file, rec->place.end);
	int takes = tool_filter_takes(p->filter, rec, &p->filter_failed);

	if (takes <= 0)
		return takes;
	p->printed[rec->kind]++;
	if (p->stats)
		return 0;
	if (p->json) {
		rkr_record_json(&p->out, rec, p->file);
		rkr_buf_put(&p->out, "\n", 1);
	} else {
		struct tool_room room;
		char text[2048];

		rkr_record_format(rec, text, sizeof(text));
		rkr_buf_printf(&p->out, "%s:", tool_shown(p->file, &room));
		/* What was generated, and what a model holds, stands in no line. */
		if (rec->place.line)
			rkr_buf_printf(&p->out, "%" PRIu64 ":", rec->place.line);
		rkr_buf_printf(&p->out, " %s\n", text);
	}
	return flush(p, 65536);
}

static int
on_stretch(void *data, const struct rkp_stretch *s)
{
	struct parse *p = data;

	tool_progress_at(&p->progress, p->file, s->end);
	if (s->rule)
		return 0;
	if (p->n_unknown++ == 0)
		rkr_error_set(&p->first_unknown, -EINVAL, p->file, s->line, 0,
			      "without --strict it is counted and passed over", "no known row: '%.*s'",
			      (int)(s->text_len < 120 ? s->text_len : 120), s->text);
	if (!p->stats && !p->json && p->n_unknown <= UNKNOWN_SHOWN) {
		struct rkr_error e;
		char text[512];

		rkr_error_set(&e, -EINVAL, p->file, s->line, 0, NULL, "unknown: %.*s",
			      (int)(s->text_len < 200 ? s->text_len : 200), s->text);
		rkr_error_format(&e, text, sizeof(text));
		rkr_buf_printf(&p->out, "%s\n", text);
	}
	return p->out.failed;
}

static void
add_up(struct rkp_accounting *total, const struct rkp_accounting *acc)
{
	total->bytes += acc->bytes;
	total->parsed += acc->parsed;
	total->skipped += acc->skipped;
	total->unknown += acc->unknown;
	total->lines += acc->lines;
	total->unknown_lines += acc->unknown_lines;
	for (size_t i = 0; i < RKP_RULES_MAX; i++) {
		total->rule[i].name = acc->rule[i].name;
		total->rule[i].lines += acc->rule[i].lines;
		total->rule[i].bytes += acc->rule[i].bytes;
	}
}

static void
print_accounting(const struct parse *p)
{
	const struct rkp_accounting *t = &p->total;

	if (p->json && p->stats)
		for (int k = 0; k < RKR_KIND_MAX_; k++)
			if (p->printed[k])
				printf("{\"record\":\"count\",\"kind\":\"%s\",\"count\":%" PRIu64 "}\n",
				       rkr_kind_get((enum rkr_kind)k)->name, p->printed[k]);
	for (size_t i = 0; i < RKP_RULES_MAX && p->json && p->stats; i++)
		if (t->rule[i].lines)
			printf("{\"record\":\"skipped\",\"rule\":\"%s\",\"lines\":%" PRIu64
			       ",\"bytes\":%" PRIu64 "}\n",
			       t->rule[i].name, t->rule[i].lines, t->rule[i].bytes);
	if (p->json) {
		printf("{\"record\":\"accounting\",\"bytes\":%" PRIu64 ",\"parsed\":%" PRIu64
		       ",\"skipped\":%" PRIu64 ",\"unknown\":%" PRIu64 "}\n",
		       t->bytes, t->parsed, t->skipped, t->unknown);
		return;
	}
	for (int k = 0; k < RKR_KIND_MAX_ && p->stats; k++)
		if (p->printed[k])
			printf("%10" PRIu64 " %s\n", p->printed[k], rkr_kind_get((enum rkr_kind)k)->name);
	for (size_t i = 0; i < RKP_RULES_MAX && p->stats; i++)
		if (t->rule[i].lines)
			printf("%10" PRIu64 " lines, %" PRIu64 " bytes skipped: %s\n", t->rule[i].lines,
			       t->rule[i].bytes, t->rule[i].name);
	if (!p->stats && p->n_unknown > UNKNOWN_SHOWN)
		printf("(%zu more unknown lines)\n", p->n_unknown - UNKNOWN_SHOWN);
	printf("%" PRIu64 " bytes = %" PRIu64 " parsed + %" PRIu64 " skipped by rule + %" PRIu64 " unknown\n",
	       t->bytes, t->parsed, t->skipped, t->unknown);
}

/* Generated runs and bundles have records, but no bytes to account for; models have both. */
static enum tool_exit
parse_run(struct parse *p, const struct tool_args *args)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };
	bool model = args->n_sources == 1 && tool_is_model(args->sources[0]);
	int r = model ? tool_load_model(args->sources[0], &run, &p->total, &err)
		      : tool_load(args->sources, args->n_sources, NULL, &run, &err);

	for (size_t i = 0; r == 0 && i < rkr_run_n_records(run); i++) {
		const struct rkr_record *rec = rkr_run_record(run, i);
		const char *file = rec->place.line ? rkr_run_file(run, rec->place.file) : NULL;

		p->file = file ? file : args->sources[0];
		r = on_record(p, rec);
	}
	if (r == 0)
		r = flush(p, 0);
	if (r == 0 && p->bundle)
		r = tool_write_bundle(run, p->bundle, &err);
	if (r < 0)
		return tool_error(p->filter_failed.code ? &p->filter_failed : &err, r);
	print_accounting(p);
	if (p->strict && p->total.unknown) {
		rkr_error_set(&err, -EINVAL, args->sources[0], 0, 0, "without --strict they are counted",
			      "%" PRIu64 " bytes are words of no known register", p->total.unknown);
		return tool_error(&err, -EINVAL);
	}
	return TOOL_YES;
}

static enum tool_exit
parse_logs(struct parse *p, const struct tool_args *args)
{
	const struct rkp_sink sink = {
		.data = p,
		.record = on_record,
		.stretch = on_stretch,
		.formats = p->formats,
	};
	_cleanup_run_ struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };
	int r = p->bundle ? rkr_run_new(&run) : 0;

	for (size_t i = 0; i < args->n_sources && r == 0; i++) {
		struct rkp_accounting acc = { 0 };

		p->file = args->sources[i];
		r = run ? rkp_parse_into(run, p->file, &sink, &acc, &err)
			: rkp_parse_file(p->file, (uint32_t)i, &sink, &acc, &err);
		tool_progress_clear(&p->progress);
		add_up(&p->total, &acc);
		if (r == 0)
			r = flush(p, 0);
	}
	if (r < 0)
		return tool_error(p->filter_failed.code ? &p->filter_failed : &err, r);
	print_accounting(p);
	if (p->total.bytes == 0) {
		rkr_error_set(&err, -EINVAL, args->sources[0], 0, 0, "capture it again", "it is empty");
		return tool_error(&err, -EINVAL);
	}
	if (p->strict && p->n_unknown)
		return tool_error(&p->first_unknown, -EINVAL);
	if (run) {
		r = rkr_run_bind(run);
		if (r == 0)
			r = tool_write_bundle(run, p->bundle, &err);
		if (r < 0)
			return tool_error(&err, r);
	}
	return TOOL_YES;
}

/* ---- --follow ---- */

static int
on_came(void *data)
{
	int r = flush(data, 0);

	return r == 0 && fflush(stdout) != 0 ? TOOL_OUTPUT_FAILED : r;
}

static void
on_ended(void *data, const struct rkp_accounting *acc)
{
	struct parse *p = data;

	add_up(&p->total, acc);
}

static enum tool_exit
parse_follow(struct parse *p, const struct tool_args *args)
{
	const struct tool_follower follower = {
		.sink = { .data = p, .record = on_record, .stretch = on_stretch, .formats = p->formats },
		.data = p,
		.came = on_came,
		.ended = on_ended,
	};
	struct rkr_error err = { 0 };

	p->file = args->sources[0];
	tool_progress_start(&p->progress, false);
	int r = tool_follow(p->file, &follower, &err);

	if (r < 0)
		return tool_error(p->filter_failed.code ? &p->filter_failed : &err, r);
	print_accounting(p);
	return p->strict && p->n_unknown ? tool_error(&p->first_unknown, -EINVAL) : TOOL_YES;
}

static enum tool_exit
run_parse(const struct tool_args *args)
{
	struct parse p = {
		.bundle = tool_value(args, "o"),
		.json = tool_given(args, "json"),
		.stats = tool_given(args, "stats"),
		.strict = tool_given(args, "strict"),
	};
	const char *format = tool_value(args, "format");
	_cleanup_filter_ struct tool_filter *filter = NULL;
	const bool follows = tool_given(args, "follow");
	struct rkr_error err = { 0 };
	enum tool_exit status;
	bool logs = true;

	if (format && tool_formats(format, &p.formats, &err) < 0)
		return tool_error(&err, -EINVAL);
	for (size_t i = 0; i < args->n_sources; i++)
		logs = logs && tool_is_log(args->sources[i]);
	if (follows && (!logs || args->n_sources > 1 || tool_given(args, "o")))
		return tool_trouble("--follow takes one log, and keeps nothing: it goes without -o");
	if (!tool_filter_new(args, &filter))
		return TOOL_TROUBLE;
	p.filter = filter;
	/* Records that scroll by say themselves how far it is. */
	tool_progress_start(&p.progress, p.stats || !isatty(STDOUT_FILENO));
	if (follows)
		status = parse_follow(&p, args);
	else
		status = (logs ? parse_logs : parse_run)(&p, args);
	if (status == TOOL_YES)
		tool_filter_explain(filter);
	rkr_buf_free(&p.out);
	return status;
}

static const struct tool_option options[] = {
	{ "o", "DIR", "keep the run as a bundle, DIR.rkrun" },
	{ "json", NULL, "one JSON object a line" },
	{ "stats", NULL, "counts only" },
	{ "strict", NULL, "an unknown line is an error (exit 2)" },
	{ "format", "KIND[,KIND]", "take rows of these kinds of log only" },
	{ "follow", NULL, "go on as the log grows, until Ctrl-C" },
	{ "task", "N", "print records of this task" },
	TOOL_FILTER_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_parse = {
	.name = "parse",
	.usage = "SOURCE...",
	.summary = "Read logs into typed records and account for every byte",
	.options = options,
	.min_sources = 1,
	.max_sources = SIZE_MAX,
	.run = run_parse,
};
