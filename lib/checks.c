/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "checks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "checks-priv.h"
#include "format.h"
#include "util.h"

/* The engine: each check on each run, and what comes of it. */

const char *
rkr_check_state_name(enum rkr_check_state state)
{
	static const char *const names[RKR_CHECK_STATE_MAX_] = { "PASS", "FAIL", "SKIP" };

	return names[state];
}

__attribute__((format(printf, 2, 3))) static const char *
text(struct rkr_checks *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *t = rkr_checks_text(k, fmt, ap);

	va_end(ap);
	return t;
}

/* ---- one check of one run ---- */

static void
need_tasks(struct rkr_check_ctx *c)
{
	if (rkr_run_n_tasks(c->run))
		return;
	/* A dump scans the task object too; rows of the copy elsewhere do not stand in for it. */
	if (rkr_check_mandatory(c, RKR_KIND_task))
		rkr_check_that(c, false, SIZE_MAX, "task", NULL, "rows of the task object",
			       "mandatory input missing: the dump has rows of other BOs only");
}

/* A window that was cut short shows less than its heading says. */
static bool
is_whole(struct rkr_check_ctx *c, size_t at)
{
	const struct rkr_record *r = &c->run->records[at];
	uint64_t count = rkr_get_u(r, RKR_F_regcmd_window_count),
		 words = rkr_get_b(r, RKR_F_regcmd_window_qwords)->len;

	if (rkr_has(r, RKR_F_regcmd_window_unavailable_size) || words == count)
		return true;
	rkr_check_that(c, false, at, NULL, "qwords", rkr_check_text(c, "%" PRIu64 " words", count),
		       rkr_check_text(c, "mandatory input missing: it shows %" PRIu64, words));
	return false;
}

static void
need_regcmd(struct rkr_check_ctx *c)
{
	uint64_t known = 0, all = 0;

	if (!rkr_check_regcmd_known(c, &known, &all)) {
		rkr_check_skip(
			c, "the tasks point into no known BO; the runtime's debug rows tell where BOs are");
		return;
	}
	if (known == all)
		return;
	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_regcmd_window); i++) {
		const struct rkr_record *r = rkr_check_record(c, RKR_KIND_regcmd_window, i);

		if (!is_whole(c, rkr_check_index(c, RKR_KIND_regcmd_window, i)))
			return;
		if (rkr_has(r, RKR_F_regcmd_window_unavailable_size))
			rkr_check_skip(c,
				       "the window at 0x%" PRIx64 " was unavailable: %" PRIu64 " of %" PRIu64
				       " regcmd words are known",
				       rkr_get_u(r, RKR_F_regcmd_window_off), known, all);
	}
	rkr_check_skip(c,
		       "%" PRIu64 " of %" PRIu64
		       " regcmd words are known; a GEM dump with a window over them shows all",
		       known, all);
}

static void
need(struct rkr_check_ctx *c)
{
	if (rkr_run_is_relative(c->run) && !(c->desc->kinds & RKR_KIND_BIT(model))) {
		rkr_check_skip(c, "it is a compiled model: nothing of it has run");
		return;
	}
	for (int k = 0; k < RKR_KIND_MAX_; k++)
		if (c->desc->kinds >> k & 1)
			rkr_check_mandatory(c, (enum rkr_kind)k);
	if (c->desc->needs & RKR_NEEDS_TASKS)
		need_tasks(c);
	if ((c->desc->needs & RKR_NEEDS_REGCMD) && !c->skip && !c->n_details)
		need_regcmd(c);
}

static struct rkr_check_verdict
verify(struct rkr_checks *k, unsigned id, size_t subject)
{
	const struct rkr_check_subject *s = &k->subjects[subject];
	struct rkr_check_ctx c = {
		.all = k,
		.desc = rkr_check_desc(id),
		.s = s,
		.state = &k->runs[subject],
		.run = s->run,
		.subject = subject,
	};

	need(&c);
	if (!c.skip && !c.n_details) {
		c.desc->run(&c);
		/* What can be said without a run to compare with, has been said. */
		if ((c.desc->needs & RKR_NEEDS_AGAINST) && !s->against)
			rkr_check_skip(&c, "there is nothing to compare with: %s",
				       s->no_against ? s->no_against : "no other run was given");
		if (!c.asserted)
			rkr_check_skip(&c, "nothing in it to assert this of");
	}
	if (c.n_details)
		return (struct rkr_check_verdict){ RKR_CHECK_FAIL, NULL, c.asserted };
	if (c.skip)
		return (struct rkr_check_verdict){ RKR_CHECK_SKIP, c.skip, c.asserted };
	return (struct rkr_check_verdict){ RKR_CHECK_PASS, NULL, c.asserted };
}

/* ---- all of it ---- */

/* The reasons of the runs, each once. */
static const char *
join_reasons(struct rkr_checks *k, const struct rkr_check_verdict *v)
{
	const char *all = NULL;

	for (size_t i = 0; i < k->n_subjects; i++) {
		bool told = false;

		for (size_t j = 0; j < i && !told; j++)
			told = strcmp(v[j].reason, v[i].reason) == 0;
		if (!told)
			all = all ? text(k, "%s; %s", all, v[i].reason) : v[i].reason;
	}
	return all;
}

static void
run_check(struct rkr_checks *k, unsigned id)
{
	struct rkr_check_result *r = &k->results[id - 1];
	struct rkr_check_verdict *v = k->verdicts + (size_t)(id - 1) * k->n_subjects;
	const struct rkr_check_desc *d = rkr_check_desc(id);
	size_t before = k->n_details;

	*r = (struct rkr_check_result){ .id = id, .title = d->title, .state = RKR_CHECK_SKIP, .subjects = v };
	for (size_t i = 0; i < k->n_subjects; i++) {
		v[i] = verify(k, id, i);
		if (v[i].state == RKR_CHECK_FAIL ||
		    (v[i].state == RKR_CHECK_PASS && r->state == RKR_CHECK_SKIP))
			r->state = v[i].state;
	}
	r->n_details = k->n_details - before;
	if (r->state == RKR_CHECK_SKIP)
		r->reason = k->n_subjects ? join_reasons(k, v) : "no run was given";
}

/* Records by kind: a counting sort. */
static int
index_run(struct rkr_check_run *state, const struct rkr_run *run)
{
	size_t at[RKR_KIND_MAX_];

	state->index = malloc((run->n_records + 1) * sizeof(*state->index));
	if (!state->index)
		return -ENOMEM;
	for (size_t i = 0; i < run->n_records; i++)
		state->first[run->records[i].kind + 1]++;
	for (int k = 0; k < RKR_KIND_MAX_; k++) {
		state->first[k + 1] += state->first[k];
		at[k] = state->first[k];
	}
	for (size_t i = 0; i < run->n_records; i++)
		state->index[at[run->records[i].kind]++] = i;
	return 0;
}

int
rkr_checks_new(const struct rkr_check_subject *subjects, size_t n, struct rkr_checks **ret_checks)
{
	struct rkr_checks *k = calloc(1, sizeof(*k));
	size_t n_checks = rkr_checks_count();

	if (!k)
		return -ENOMEM;
	k->subjects = subjects;
	k->n_subjects = n;
	k->runs = calloc(n + 1, sizeof(*k->runs));
	k->results = calloc(n_checks, sizeof(*k->results));
	k->verdicts = calloc(n + 1, n_checks * sizeof(*k->verdicts));
	if (!k->runs || !k->results || !k->verdicts || rkr_run_new(&k->text) < 0)
		k->failed = -ENOMEM;
	for (size_t i = 0; i < n && !k->failed; i++)
		k->failed = index_run(&k->runs[i], subjects[i].run);
	for (unsigned id = 1; id <= n_checks && !k->failed; id++)
		run_check(k, id);
	if (k->failed) {
		int r = k->failed;

		rkr_checks_free(k);
		return r;
	}
	/* The array does not move any more. */
	for (size_t i = 0, at = 0; i < n_checks; at += k->results[i++].n_details)
		k->results[i].details = k->details ? k->details + at : NULL;
	*ret_checks = k;
	return 0;
}

void
rkr_checks_free(struct rkr_checks *k)
{
	if (!k)
		return;
	for (size_t i = 0; k->runs && i < k->n_subjects; i++) {
		free(k->runs[i].index);
		rkr_diff_free(k->runs[i].diff);
	}
	rkr_run_free(k->text);
	free(k->runs);
	free(k->results);
	free(k->verdicts);
	free(k->details);
	free(k);
}

const struct rkr_check_result *
rkr_checks_results(const struct rkr_checks *k, size_t *ret_n)
{
	*ret_n = rkr_checks_count();
	return k->results;
}

size_t
rkr_checks_total(const struct rkr_checks *k, enum rkr_check_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < rkr_checks_count(); i++)
		n += k->results[i].state == state;
	return n;
}
