/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/format.h"
#include "output.h"
#include "verify.h"

/* The results of the checks, for people and for programs. */

/* As many details of a check are shown, then how many more there are. */
#define DETAILS_SHOWN 8

static const char *const colours[RKR_CHECK_STATE_MAX_] = { "\033[32m", "\033[31m", "\033[33m" };

static void
print_detail(const struct rkr_check_detail *d, const struct rkr_check_subject *subjects, size_t n)
{
	printf("  %s", d->path);
	if (d->field)
		printf(" %s", d->field);
	printf(": expected %s, found %s", TOOL_SHOWN(d->expected), TOOL_SHOWN(d->found));
	if (d->file)
		printf(" (%s:%" PRIu64 ")", TOOL_SHOWN(d->file), d->line);
	else if (n > 1)
		printf(" (%s)", TOOL_SHOWN(subjects[d->subject].name));
	putchar('\n');
}

/* Of several runs, how many could say it. */
static size_t
n_judged(const struct rkr_check_result *r, size_t n)
{
	size_t judged = 0;

	for (size_t i = 0; i < n; i++)
		judged += r->subjects[i].state != RKR_CHECK_SKIP;
	return judged;
}

void
verify_print(const struct rkr_checks *checks, const struct rkr_check_subject *subjects, size_t n)
{
	size_t n_results;
	const struct rkr_check_result *results = rkr_checks_results(checks, &n_results);
	bool colour = tool_colour(stdout);

	for (size_t i = 0; i < n_results; i++) {
		const struct rkr_check_result *r = &results[i];

		printf("%s%s%s  %2u  %s", colour ? colours[r->state] : "", rkr_check_state_name(r->state),
		       colour ? "\033[0m" : "", r->id, r->title);
		if (r->reason)
			printf("  (%s)", TOOL_SHOWN(r->reason));
		else if (n > 1)
			printf("  (%zu of %zu runs)", n_judged(r, n), n);
		putchar('\n');
		for (size_t k = 0; k < r->n_details && k < DETAILS_SHOWN; k++)
			print_detail(&r->details[k], subjects, n);
		if (r->n_details > DETAILS_SHOWN)
			printf("  ... and %zu more\n", r->n_details - DETAILS_SHOWN);
	}
}

void
verify_print_totals(const struct verify_totals *t, bool json)
{
	printf(json ? "{\"record\":\"verdict\",\"passed\":%zu,\"failed\":%zu,\"skipped\":%zu}\n"
		    : "%zu passed, %zu failed, %zu skipped\n",
	       t->n[RKR_CHECK_PASS], t->n[RKR_CHECK_FAIL], t->n[RKR_CHECK_SKIP]);
}

static void
json_result(struct rkr_buf *buf, const struct rkr_check_result *r, const struct rkr_check_subject *subjects,
	    size_t n)
{
	rkr_buf_printf(buf, "{\"record\":\"check\",\"id\":%u", r->id);
	tool_json_member(buf, "title", r->title);
	tool_json_member(buf, "state", rkr_check_state_name(r->state));
	tool_json_member(buf, "reason", r->reason);
	rkr_buf_printf(buf, ",\"runs\":[");
	for (size_t i = 0; i < n; i++) {
		const struct rkr_check_verdict *v = &r->subjects[i];

		rkr_buf_printf(buf, "%s{\"run\":", i ? "," : "");
		rkr_buf_json_string(buf, subjects[i].name, strlen(subjects[i].name));
		tool_json_member(buf, "shape", subjects[i].shape);
		tool_json_member(buf, "state", rkr_check_state_name(v->state));
		tool_json_member(buf, "reason", v->reason);
		rkr_buf_printf(buf, ",\"asserted\":%" PRIu64 "}", v->asserted);
	}
	rkr_buf_printf(buf, "],\"details\":[");
	for (size_t i = 0; i < r->n_details; i++) {
		const struct rkr_check_detail *d = &r->details[i];

		rkr_buf_printf(buf, "%s{\"run\":", i ? "," : "");
		rkr_buf_json_string(buf, subjects[d->subject].name, strlen(subjects[d->subject].name));
		tool_json_member(buf, "path", d->path);
		tool_json_member(buf, "field", d->field);
		tool_json_member(buf, "expected", d->expected);
		tool_json_member(buf, "found", d->found);
		tool_json_member(buf, "file", d->file);
		if (d->file)
			rkr_buf_printf(buf, ",\"line\":%" PRIu64, d->line);
		rkr_buf_printf(buf, "}");
	}
	rkr_buf_printf(buf, "]}\n");
}

int
verify_print_json(const struct rkr_checks *checks, const struct rkr_check_subject *subjects, size_t n)
{
	size_t n_results;
	const struct rkr_check_result *results = rkr_checks_results(checks, &n_results);
	struct rkr_buf buf = { 0 };

	for (size_t i = 0; i < n_results; i++)
		json_result(&buf, &results[i], subjects, n);
	return tool_print(&buf);
}
