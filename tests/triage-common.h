/* SPDX-License-Identifier: MIT */
#ifndef TEST_TRIAGE_COMMON_H
#define TEST_TRIAGE_COMMON_H

/* Text through the parser into triage. For use within tests. */

#include <stdio.h>
#include <string.h>

#include "lib/triage.h"
#include "parsers/parse.h"
#include "tests/common.h"

static inline int
triage_take(void *data, const struct rkr_record *rec)
{
	return rkr_triage_feed(data, rec);
}

/** Triage a text. Free the triage. */
static inline struct rkr_triage *
triage_text(const char *text, size_t len, const struct rkr_triage_sink *jobs)
{
	struct rkr_triage *t;
	struct rkp_parser *parser;

	ck_assert_int_eq(rkr_triage_new(jobs, &t), 0);
	const struct rkp_sink sink = { .data = t, .record = triage_take };

	ck_assert_int_eq(rkp_parser_new(0, &sink, &parser), 0);
	ck_assert_int_eq(rkp_parser_feed(parser, text, len), 0);
	ck_assert_int_eq(rkp_parser_finish(parser), 0);
	rkp_parser_free(parser);
	ck_assert_int_eq(rkr_triage_finish(t), 0);
	return t;
}

/** The jobs of a log, in the order in which they ended. */
struct triage_jobs {
	size_t n;
	struct rkr_job job[8];
};

static inline int
triage_keep_job(void *data, const struct rkr_job *job)
{
	struct triage_jobs *jobs = data;

	ck_assert_uint_lt(jobs->n, sizeof(jobs->job) / sizeof(jobs->job[0]));
	jobs->job[jobs->n++] = *job;
	return 0;
}

static inline struct triage_jobs
triage_jobs_of(const char *log)
{
	struct triage_jobs jobs = { 0 };
	const struct rkr_triage_sink sink = { .data = &jobs, .job = triage_keep_job };

	rkr_triage_free(triage_text(log, strlen(log), &sink));
	return jobs;
}

/** What is held of a hypothesis or a cause, by its id. */
static inline const struct rkr_finding *
triage_finding(const struct rkr_verdict *v, const char *id)
{
	for (size_t i = 0; i < rkr_triage_n_hypotheses(); i++)
		if (strcmp(rkr_triage_hypothesis(i)->id, id) == 0)
			return &v->hypothesis[i];
	for (size_t i = 0; i < rkr_triage_n_causes(); i++)
		if (strcmp(rkr_triage_cause(i)->id, id) == 0)
			return &v->cause[i];
	ck_abort_msg("no theory is called %s", id);
}

/** The best state of any hypothesis or cause. */
static inline enum rkr_state
triage_best(const struct rkr_verdict *v)
{
	enum rkr_state best = RKR_STATE_RULED_OUT;

	for (size_t i = 0; i < rkr_triage_n_hypotheses(); i++)
		if (v->hypothesis[i].jobs && v->hypothesis[i].state > best)
			best = v->hypothesis[i].state;
	for (size_t i = 0; i < rkr_triage_n_causes(); i++)
		if (v->cause[i].jobs && v->cause[i].state > best)
			best = v->cause[i].state;
	return best;
}

/** The words of facts, each with a blank behind it. */
static inline void
triage_words(uint64_t facts, char *text, size_t size)
{
	text[0] = '\0';
	for (int i = 0; i < RKR_FACTS_MAX_; i++)
		if (facts >> i & 1)
			snprintf(text + strlen(text), size - strlen(text), "%s ",
				 rkr_fact_word((enum rkr_fact)i));
}

static inline bool
triage_has(const struct rkr_verdict *v, enum rkr_fact fact)
{
	return v->facts >> fact & 1;
}

#endif
