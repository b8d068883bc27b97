/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/diff.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/format.h"
#include "output.h"
#include "tool.h"

/* diff: whether two runs are the same, and if not, where. */

RKR_DEFINE_CLEANUP(struct rkr_diff *, rkr_diff_free)
#define _cleanup_diff_ rkr_cleanup(rkr_diff_free)

/* As many lines of one field in a row are shown before the rest is folded. */
#define FOLD_AFTER 3

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

struct view {
	const char *name_a, *name_b;
	const struct rkg_options *gen; /* of the generated side, or NULL */
	bool colour;
};

static const char *
colour(const struct view *v, const char *code)
{
	return v->colour ? code : "";
}

static void
print_place(const struct view *v, const struct rkr_diff_side *side)
{
	if (side->file)
		printf("  %s(%s:%" PRIu64 ")%s", colour(v, DIM), TOOL_SHOWN(side->file), side->line,
		       colour(v, PLAIN));
}

/* Differences are of one run if only their place in the stream differs. */
static bool
same_field(const struct rkr_diff_item *x, const struct rkr_diff_item *y)
{
	return x->delta == y->delta && x->kind == y->kind && !x->field == !y->field &&
	       (!x->field || strcmp(x->field, y->field) == 0) && !x->a.text == !y->a.text &&
	       !x->b.text == !y->b.text;
}

static void
print_item(const struct view *v, const struct rkr_diff_item *it)
{
	printf("%s%s%s", colour(v, BOLD), it->path, colour(v, PLAIN));
	if (it->field)
		printf(" %s", it->field);
	if (it->at)
		printf(" at %s", it->at);
	printf("  [%s]\n", rkr_delta_name(it->delta));
	if (it->a.text) {
		printf("  %sA: %s%s", colour(v, RED), it->a.text, colour(v, PLAIN));
		print_place(v, &it->a);
		putchar('\n');
	}
	if (it->b.text) {
		printf("  %sB: %s%s", colour(v, GREEN), it->b.text, colour(v, PLAIN));
		print_place(v, &it->b);
		putchar('\n');
	}
	if (!it->field && it->delta == RKR_DELTA_COUNT)
		printf("  only %s has it\n", it->a.text ? "A" : "B");
	if (!it->field && it->delta == RKR_DELTA_ORDER)
		printf("  both have it, at different places\n");
}

/*
 * Items of one field tend to interleave (each tile has its own address, size
 * and link), so folding counts each field by itself over the whole list.
 */
static size_t
seen_before(const struct rkr_diff_item *items, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < i && n < FOLD_AFTER; k++)
		n += same_field(&items[k], &items[i]);
	return n;
}

static void
print_folded(const struct view *v, const struct rkr_diff_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t before = seen_before(items, i), more = 0;

		if (before < FOLD_AFTER) {
			print_item(v, &items[i]);
			if (before < FOLD_AFTER - 1)
				continue;
			for (size_t k = i + 1; k < n; k++)
				more += same_field(&items[k], &items[i]);
			if (more)
				printf("  %s... and %zu more of %s\n", colour(v, DIM), more,
				       items[i].field ? items[i].field : rkr_kind_get(items[i].kind)->name);
			printf("%s", more ? colour(v, PLAIN) : "");
		}
	}
}

static void
print_verdict(const struct view *v, const struct rkr_diff *d, size_t n)
{
	size_t by_delta[RKR_DELTA_MAX_] = { 0 };
	const struct rkr_diff_item *items = rkr_diff_items(d, &n);

	if (rkr_diff_compared(d) == 0) {
		printf("%sno verdict%s: the runs have nothing in common to compare\n", colour(v, BOLD),
		       colour(v, PLAIN));
		return;
	}
	if (n == 0) {
		printf("%ssame%s: %s and %s\n", colour(v, BOLD), colour(v, PLAIN), TOOL_SHOWN(v->name_a),
		       TOOL_SHOWN(v->name_b));
		return;
	}
	for (size_t i = 0; i < n; i++)
		by_delta[items[i].delta]++;
	printf("%sdifferent%s: %zu difference%s (", colour(v, BOLD), colour(v, PLAIN), n, n == 1 ? "" : "s");
	bool first = true;

	for (int k = 0; k < RKR_DELTA_MAX_; k++) {
		if (!by_delta[k])
			continue;
		printf("%s%zu %s", first ? "" : ", ", by_delta[k], rkr_delta_name((enum rkr_delta)k));
		first = false;
	}
	printf(")\n  A: %s\n  B: %s\n", TOOL_SHOWN(v->name_a), TOOL_SHOWN(v->name_b));
}

static const char *
reason(const struct rkr_diff_note *note)
{
	return note->why ? note->why : "neither has any";
}

static void
print_notes(const struct rkr_diff *d)
{
	size_t n;
	const struct rkr_diff_note *notes = rkr_diff_notes(d, &n);
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!notes[i].compared)
			continue;
		printf("%s %" PRIu64 " %s", any ? "," : "compared:", notes[i].compared, notes[i].what);
		if (notes[i].why)
			printf(" (%s)", notes[i].why);
		any = true;
	}
	if (any)
		putchar('\n');
	/* One line a reason: the notes of one reason follow each other, or nearly so. */
	for (size_t i = 0; i < n; i++) {
		bool told = notes[i].compared > 0;

		for (size_t k = 0; k < i && !told; k++)
			told = !notes[k].compared && strcmp(reason(&notes[k]), reason(&notes[i])) == 0;
		if (told)
			continue;
		printf("not compared (%s): %s", reason(&notes[i]), notes[i].what);
		for (size_t k = i + 1; k < n; k++)
			if (!notes[k].compared && strcmp(reason(&notes[k]), reason(&notes[i])) == 0)
				printf(", %s", notes[k].what);
		putchar('\n');
	}
}

/* What a model leaves open is no difference, but the reader is told. */
static void
print_placeholders(const struct rkr_diff *d)
{
	size_t n;
	const struct rkr_diff_placeholder *p = rkr_diff_placeholders(d, &n);

	for (size_t i = 0; i < n; i++) {
		printf("placeholder: %s is not relocated in a .rknn: ", p[i].name);
		if (p[i].unset == p[i].words)
			printf("0 for %s, %" PRIu64 " word%s\n", p[i].base, p[i].words,
			       p[i].words == 1 ? "" : "s");
		else
			printf("%" PRIu64 " word%s count from %s\n", p[i].words, p[i].words == 1 ? "" : "s",
			       p[i].base);
	}
}

static void
print_text(const struct view *v, const struct rkr_diff *d)
{
	size_t n;
	const struct rkr_diff_item *items = rkr_diff_items(d, &n);

	print_verdict(v, d, n);
	if (n)
		putchar('\n');
	print_folded(v, items, n);
	if (n)
		putchar('\n');
	print_placeholders(d);
	print_notes(d);
	if (v->gen && (v->gen->profiling || v->gen->reset))
		printf("the generated side is as with%s%s\n", v->gen->profiling ? " --profiling" : "",
		       v->gen->reset ? " --reset" : "");
}

/* ---- JSON ---- */

static void
json_side(struct rkr_buf *buf, const char *name, const struct rkr_diff_side *side)
{
	char key[16];

	tool_json_member(buf, name, side->text);
	if (!side->file)
		return;
	snprintf(key, sizeof(key), "%s_file", name);
	tool_json_member(buf, key, side->file);
	rkr_buf_printf(buf, ",\"%s_line\":%" PRIu64, name, side->line);
}

static int
print_json(const struct rkr_diff *d)
{
	struct rkr_buf buf = { 0 };
	size_t n, n_notes, n_open;
	const struct rkr_diff_item *items = rkr_diff_items(d, &n);
	const struct rkr_diff_note *notes = rkr_diff_notes(d, &n_notes);
	const struct rkr_diff_placeholder *open = rkr_diff_placeholders(d, &n_open);

	for (size_t i = 0; i < n; i++) {
		rkr_buf_printf(&buf, "{\"record\":\"difference\",\"kind\":\"%s\",\"class\":\"%s\"",
			       rkr_kind_get(items[i].kind)->name, rkr_delta_name(items[i].delta));
		tool_json_member(&buf, "path", items[i].path);
		tool_json_member(&buf, "at", items[i].at);
		tool_json_member(&buf, "field", items[i].field);
		json_side(&buf, "a", &items[i].a);
		json_side(&buf, "b", &items[i].b);
		rkr_buf_printf(&buf, "}\n");
	}
	for (size_t i = 0; i < n_open; i++)
		rkr_buf_printf(
			&buf,
			"{\"record\":\"placeholder\",\"register\":\"%s\",\"base\":\"%s\",\"words\":%" PRIu64
			",\"unset\":%" PRIu64 "}\n",
			open[i].name, open[i].base, open[i].words, open[i].unset);
	for (size_t i = 0; i < n_notes; i++) {
		rkr_buf_printf(&buf, "{\"record\":\"compared\",\"what\":\"%s\",\"count\":%" PRIu64,
			       notes[i].what, notes[i].compared);
		tool_json_member(&buf, "why", notes[i].why);
		rkr_buf_printf(&buf, "}\n");
	}
	rkr_buf_printf(&buf,
		       "{\"record\":\"verdict\",\"verdict\":\"%s\",\"differences\":%zu,\"compared\":%" PRIu64
		       "}\n",
		       rkr_diff_compared(d) == 0 ? "none"
		       : n                       ? "different"
						 : "same",
		       n, rkr_diff_compared(d));
	return tool_print(&buf);
}

/* ---- options ---- */

/* "mem_sync,submit" as a bit set of kinds. */
static int
parse_only(const char *list, uint64_t *kinds, struct rkr_error *err)
{
	for (const char *p = list; *p || p == list;) {
		size_t len = strcspn(p, ",");
		char name[48];

		snprintf(name, sizeof(name), "%.*s", (int)len, p);
		/* What people call the contents. */
		enum rkr_kind k = rkr_kind_by_name(strcmp(name, "regcmd") == 0 ? "regcmd_window" : name);

		if (k == RKR_KIND_INVALID_)
			return rkr_fail(err, -EINVAL, "rkreplay parse --stats names the kinds of a log",
					"no record kind is called '%s'", name);
		*kinds |= UINT64_C(1) << k;
		p += len;
		p += *p == ',';
	}
	return 0;
}

struct lists {
	uint64_t only;
	char *ignore[64];
	size_t n_ignore;
};

static int
parse_lists(const struct tool_args *args, struct lists *l, struct rkr_error *err)
{
	for (size_t i = 0; i < args->n_values; i++) {
		const char *name = args->verb->options[args->values[i].option].name,
			   *value = args->values[i].value;

		if (strcmp(name, "only") == 0) {
			int r = parse_only(value, &l->only, err);

			if (r < 0)
				return r;
			continue;
		}
		if (strcmp(name, "ignore") != 0)
			continue;
		for (const char *p = value; *p;) {
			size_t len = strcspn(p, ",");

			if (l->n_ignore == RKR_ARRAY_LEN(l->ignore))
				return rkr_fail(err, -EINVAL, NULL, "more than %zu fields to ignore",
						l->n_ignore);
			l->ignore[l->n_ignore] = strndup(p, len);
			if (!l->ignore[l->n_ignore++])
				return -ENOMEM;
			p += len;
			p += *p == ',';
		}
	}
	return 0;
}

/*
 * Which syncs the runtime makes follows from whether it profiles, and not from
 * the shape [captured: all 15 ioctl logs]; a reset is the client's own choice.
 * So a generated run that is compared with a real one is generated alike,
 * and the reader is told.
 */
static void
gen_like(const struct rkr_run *run, struct rkg_options *options)
{
	options->profiling |= tool_profiles(run);
	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);

		/* 6 is the action that resets [source: driver]. */
		if (r->kind == RKR_KIND_action && rkr_get_u(r, RKR_F_action_flags) == 6)
			options->reset = true;
		if (r->kind == RKR_KIND_submit)
			return;
	}
}

/* Load both, a shape after the run that it is compared with. */
static int
load_both(const struct tool_args *args, struct rkg_options *gen, struct rkr_run *ret_runs[2],
	  struct rkr_error *err)
{
	int first = tool_is_shape(args->sources[0]) ? 1 : 0;
	int r = tool_load(args->sources + first, 1, gen, &ret_runs[first], err);

	if (r == 0 && tool_is_shape(args->sources[!first]) && !tool_is_shape(args->sources[first]))
		gen_like(ret_runs[first], gen);
	if (r == 0)
		r = tool_load(args->sources + !first, 1, gen, &ret_runs[!first], err);
	return r;
}

static enum tool_exit
run_diff(const struct tool_args *args)
{
	struct rkr_run *runs[2] = { NULL, NULL };
	_cleanup_diff_ struct rkr_diff *d = NULL;
	struct rkg_options gen;
	struct lists l = { 0 };
	struct rkr_error err = { 0 };
	size_t n = 0;

	if (!tool_gen_options(args, &gen))
		return TOOL_TROUBLE;
	int r = parse_lists(args, &l, &err);

	if (r == 0)
		r = load_both(args, &gen, runs, &err);
	if (r == 0) {
		const struct rkr_diff_options options = {
			.only = l.only,
			.ignore = (const char *const *)l.ignore,
			.n_ignore = l.n_ignore,
		};

		r = rkr_diff_new(runs[0], runs[1], &options, &d, &err);
	}
	if (r == 0) {
		const struct view v = {
			.name_a = args->sources[0],
			.name_b = args->sources[1],
			.gen = tool_is_shape(args->sources[0]) || tool_is_shape(args->sources[1]) ? &gen
												  : NULL,
			.colour = tool_colour(stdout),
		};

		if (tool_given(args, "json"))
			r = print_json(d);
		else
			print_text(&v, d);
		rkr_diff_items(d, &n);
	}
	bool verdict = d && rkr_diff_compared(d) > 0;

	for (size_t i = 0; i < l.n_ignore; i++)
		free(l.ignore[i]);
	rkr_diff_free(rkr_steal(d));
	rkr_run_free(runs[0]);
	rkr_run_free(runs[1]);
	if (r < 0)
		return tool_error(&err, r);
	if (!verdict)
		return TOOL_TROUBLE;
	return n ? TOOL_NO : TOOL_YES;
}

static const struct tool_option options[] = {
	{ "only", "KIND[,KIND]", "compare these record kinds only (regcmd, task, mem_sync ...)" },
	{ "ignore", "FIELD[,FIELD]", "do not compare these (size, mem_sync.size, CNA.CBUF_CON0)" },
	TOOL_GEN_OPTIONS,
	{ "json", NULL, "one JSON object a line" },
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_diff = {
	.name = "diff",
	.usage = "A B",
	.summary = "Compare two runs: generated, captured or kept",
	.details = "Exit status: 0 the same in all that both show, 1 different, 2 nothing to compare.\n",
	.options = options,
	.min_sources = 2,
	.max_sources = 2,
	.run = run_diff,
};
