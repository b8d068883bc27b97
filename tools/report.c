/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "gen/domain.h"
#include "gen/plan.h"
#include "lib/checks.h"
#include "lib/diff.h"
#include "output.h"
#include "report.h"
#include "verify.h"

/* report: a run, or two, as one page that needs nothing else. */

RKR_DEFINE_CLEANUP(struct rkr_checks *, rkr_checks_free)
RKR_DEFINE_CLEANUP(struct rkr_diff *, rkr_diff_free)
RKR_DEFINE_CLEANUP(struct rkg_plan *, rkg_plan_free)

/* More differences than a reader looks at; how many more there are is said. */
#define DIFFERENCES_SHOWN 2000

/* What is told of the first run besides its own records. */
struct report {
	const struct tool_args *args;
	struct rkg_options gen;
	struct rkr_run *runs[2];
	struct rkr_run *generated; /* the run that the first one's shape gives, or NULL */
	bool shaped;
	struct rkg_shape shape;
	char why[320];
};

/* ---- tiles ---- */

static int
put_tiles(struct rkr_buf *html, const struct report *rep)
{
	static const char *const columns[] = { "cores",   "core",     "output rows", "input rows",
					       "kernels", "channels", "data banks",  "weight banks",
					       "weights", NULL };
	rkr_cleanup(rkg_plan_free) struct rkg_plan *plan = NULL;
	char name[RKG_SHAPE_NAME_MAX];
	struct rkr_error err = { 0 };

	if (!rep->shaped)
		return 0;
	int r = rkg_domain_plan(&rep->shape, &plan, NULL, &err);

	/* That the plan of a shape is not known is no failure of the report. */
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	rkg_shape_format(&rep->shape, name, sizeof(name));
	html_section(html, "tiles", "Tiles");
	rkr_buf_printf(html, "<p>");
	html_string(html, name);
	rkr_buf_printf(html, "</p>\n");
	html_table(html, columns);
	for (size_t g = 0; g < RKG_GROUPS; g++) {
		const struct rkg_group *group = &plan->groups[g];

		for (size_t i = 0; i < group->n_tiles; i++) {
			const struct rkg_tile *t = &plan->tiles[group->first + i];

			html_row(html, NULL);
			html_cell_printf(html, "%zu", g + 1);
			html_cell_printf(html, "%u", t->core);
			html_cell_printf(html, "%" PRIu32 "..%" PRIu32, t->y, t->y + t->rows - 1);
			html_cell_printf(html, "%" PRIu32 "..%" PRIu32, t->in_y, t->in_y + t->in_rows - 1);
			html_cell_printf(html, "%" PRIu32 "..%" PRIu32, t->k, t->k + t->kc - 1);
			html_cell_printf(html, "%" PRIu32 "..%" PRIu32, t->c, t->c + t->cc - 1);
			html_cell_printf(html, "%u", t->data_banks);
			html_cell_printf(html, "%u", t->weight_banks);
			html_cell(html, t->reuse ? "reused" : "loaded");
			html_row_end(html);
		}
	}
	html_table_end(html);
	html_section_end(html);
	return 0;
}

/* ---- verify ---- */

static int
put_checks(struct rkr_buf *html, const struct report *rep)
{
	static const char *const columns[] = { "check", "state", "title", "details", NULL };
	rkr_cleanup(rkr_checks_free) struct rkr_checks *checks = NULL;
	_cleanup_ledger_ struct rkr_ledger *ledger = NULL;
	char shape[RKG_SHAPE_NAME_MAX] = "";
	struct rkr_error err = { 0 };
	size_t n;
	int r = verify_ledger(NULL, &ledger, &err);

	if (r < 0)
		return r;
	if (rep->shaped)
		rkg_shape_format(&rep->shape, shape, sizeof(shape));
	const struct rkr_check_subject subject = {
		.name = rep->args->sources[0],
		.run = rep->runs[0],
		.against = rep->generated,
		.no_against = rep->why[0] ? rep->why : NULL,
		.shape = shape[0] ? shape : NULL,
		.ledger = shape[0] ? rkr_ledger_find(ledger, shape) : NULL,
	};

	r = rkr_checks_new(&subject, 1, &checks);
	if (r < 0)
		return r;
	const struct rkr_check_result *results = rkr_checks_results(checks, &n);

	html_section(html, "verify", "Verification");
	rkr_buf_printf(html,
		       "<p>%zu passed, %zu failed, %zu skipped</p>\n<details><summary>all checks</summary>\n",
		       rkr_checks_total(checks, RKR_CHECK_PASS), rkr_checks_total(checks, RKR_CHECK_FAIL),
		       rkr_checks_total(checks, RKR_CHECK_SKIP));
	html_table(html, columns);
	for (size_t i = 0; i < n; i++) {
		const char *state = rkr_check_state_name(results[i].state);

		html_row(html, state);
		html_cell_printf(html, "%u", results[i].id);
		html_cell(html, state);
		html_cell(html, results[i].title);
		rkr_buf_printf(html, "<td>");
		html_string(html, results[i].reason);
		for (size_t k = 0; k < results[i].n_details; k++) {
			const struct rkr_check_detail *d = &results[i].details[k];

			html_string(html, d->path);
			rkr_buf_printf(html, " ");
			html_string(html, d->field);
			rkr_buf_printf(html, ": expected ");
			html_string(html, d->expected);
			rkr_buf_printf(html, ", found ");
			html_string(html, d->found);
			rkr_buf_printf(html, "<br>");
		}
		rkr_buf_printf(html, "</td>");
		html_row_end(html);
	}
	html_table_end(html);
	rkr_buf_printf(html, "</details>\n");
	html_section_end(html);
	return 0;
}

/* ---- diff ---- */

static void
put_differences(struct rkr_buf *html, const struct rkr_diff_item *items, size_t n)
{
	static const char *const columns[] = { "what", "at", "field", "first", "second", "meaning", NULL };

	html_table(html, columns);
	for (size_t i = 0; i < n && i < DIFFERENCES_SHOWN; i++) {
		html_row(html, "differs");
		html_cell(html, items[i].path);
		html_cell(html, items[i].at);
		html_cell(html, items[i].field);
		html_cell(html, items[i].a.text);
		html_cell(html, items[i].b.text);
		html_cell(html, rkr_delta_name(items[i].delta));
		html_row_end(html);
	}
	html_table_end(html);
	if (n > DIFFERENCES_SHOWN)
		rkr_buf_printf(html, "<p>... and %zu more; rkreplay diff shows all.</p>\n",
			       n - (size_t)DIFFERENCES_SHOWN);
}

static int
put_diff(struct rkr_buf *html, const struct report *rep, struct rkr_error *err)
{
	static const char *const columns[] = { "compared", "how many", "why not all", NULL };
	rkr_cleanup(rkr_diff_free) struct rkr_diff *diff = NULL;
	const struct rkr_diff_options all = { 0 };
	size_t n, n_notes;

	if (!rep->runs[1])
		return 0;
	int r = rkr_diff_new(rep->runs[0], rep->runs[1], &all, &diff, err);

	if (r < 0)
		return r;
	const struct rkr_diff_item *items = rkr_diff_items(diff, &n);
	const struct rkr_diff_note *notes = rkr_diff_notes(diff, &n_notes);

	html_section(html, "diff", "Differences");
	rkr_buf_printf(html, "<p>");
	html_string(html, rep->args->sources[0]);
	rkr_buf_printf(html, " against ");
	html_string(html, rep->args->sources[1]);
	rkr_buf_printf(html, ": %zu differences among %" PRIu64 " things compared</p>\n", n,
		       rkr_diff_compared(diff));
	if (n)
		put_differences(html, items, n);
	html_table(html, columns);
	for (size_t i = 0; i < n_notes; i++) {
		html_row(html, NULL);
		html_cell(html, notes[i].what);
		html_cell_printf(html, "%" PRIu64, notes[i].compared);
		html_cell(html, notes[i].why);
		html_row_end(html);
	}
	html_table_end(html);
	html_section_end(html);
	return 0;
}

/* ---- the page ---- */

/* The shape, as the user gave it or as the run tells it, and the run that it gives. */
static int
find_shape(struct report *rep, struct rkr_error *err)
{
	const char *source = rep->args->sources[0];
	int r = 0;

	if (tool_is_shape(source)) {
		r = rkg_shape_parse(source + strlen("conv:"), &rep->shape, err);
		rep->shaped = r == 0;
		return r;
	}
	rep->shaped = verify_shape(rep->runs[0], &rep->shape, rep->why, sizeof(rep->why));
	if (!rep->shaped)
		return 0;
	struct rkg_options gen = rep->gen;

	/* A runtime that profiles makes other calls [captured: all 15 ioctl logs]. */
	gen.profiling |= tool_profiles(rep->runs[0]);
	r = rkg_conv_run(&rep->shape, &gen, &rep->generated, err);
	if (r != -EOPNOTSUPP)
		return r;
	rkr_error_format(err, rep->why, sizeof(rep->why));
	err->code = 0;
	return 0;
}

static int
load(struct report *rep, struct rkr_error *err)
{
	int r = 0;

	for (size_t i = 0; i < rep->args->n_sources && r == 0; i++)
		r = tool_load(&rep->args->sources[i], 1, &rep->gen, &rep->runs[i], err);
	return r < 0 ? r : find_shape(rep, err);
}

static int
make_page(const struct report *rep, struct rkr_buf *html, struct rkr_error *err)
{
	char title[512];

	snprintf(title, sizeof(title), "rkreplay: %s", rep->args->sources[0]);
	html_begin(html, title);
	int r = put_checks(html, rep);

	if (r == 0)
		r = put_diff(html, rep, err);
	if (r == 0)
		r = report_run(html, rep->runs[0]);
	if (r == 0)
		r = put_tiles(html, rep);
	html_end(html);
	return r < 0 ? r : html->failed;
}

static int
write_page(const void *data, FILE *out, struct rkr_error *err)
{
	const struct rkr_buf *html = data;

	if (fwrite(html->data, 1, html->len, out) == html->len)
		return 0;
	if (out == stdout)
		return TOOL_OUTPUT_FAILED;
	int r = errno ? -errno : -EIO;

	return rkr_fail(err, r, "make room", "cannot write: %s", strerror(-r));
}

static enum tool_exit
run_report(const struct tool_args *args)
{
	struct report rep = { .args = args };
	const char *path = tool_value(args, "o");
	struct rkr_buf html = { 0 };
	struct rkr_error err = { 0 };

	if (!path || !*path)
		return tool_trouble("report needs -o FILE.html; see rkreplay report --help");
	if (!tool_gen_options(args, &rep.gen))
		return TOOL_TROUBLE;
	int r = load(&rep, &err);

	if (r == 0)
		r = make_page(&rep, &html, &err);
	if (r == 0)
		r = tool_write_file(path, write_page, &html, &err);
	rkr_buf_free(&html);
	rkr_run_free(rep.runs[0]);
	rkr_run_free(rep.runs[1]);
	rkr_run_free(rep.generated);
	return r < 0 ? tool_error(&err, r) : TOOL_YES;
}

static const struct tool_option options[] = {
	{ "o", "FILE", "the page to write; \"-\": standard output" },
	TOOL_GEN_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_report = {
	.name = "report",
	.usage = "SOURCE [SOURCE]",
	.summary = "Write a page about a run, or about two and how they differ",
	.details = "The page is one HTML file without scripts, which loads nothing from elsewhere.\n",
	.options = options,
	.min_sources = 1,
	.max_sources = 2,
	.run = run_report,
};
