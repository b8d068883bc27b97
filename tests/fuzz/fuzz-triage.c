/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "tools/triage.h"

/*
 * Logs of all kinds through triage. Every record is taken, every job comes
 * once, with rows that the log has, and has one end; what is held of theories
 * rests on rows; how the log is cut does not matter; and what is printed is
 * whole.
 */

struct told {
	struct rkr_triage *triage;
	struct rkr_buf text, json;
	uint64_t records, jobs, ends[RKR_ENDS];
	uint64_t lines; /* of the log */
};

static const char *const file = "log";
static const struct triage_names names = { &file, 1 };

static int
on_record(void *data, const struct rkr_record *rec)
{
	struct told *t = data;

	t->records++;
	return rkr_triage_feed(t->triage, rec);
}

static void
check_place(const struct told *t, struct rkr_triage_place place)
{
	FUZZ_ASSERT(place.file == 0 && place.line > 0 && place.line <= t->lines);
}

static int
on_job(void *data, const struct rkr_job *job)
{
	struct told *t = data;

	t->jobs++;
	FUZZ_ASSERT(job->number > 0 && job->end < RKR_ENDS);
	t->ends[job->end]++;
	check_place(t, job->first);
	check_place(t, job->last);
	for (int i = 0; i < RKR_JOB_ROWS; i++)
		if (job->rows >> i & 1)
			check_place(t, job->at[i]);
	FUZZ_ASSERT(job->rows != 0 && job->rows >> RKR_JOB_ROWS == 0);
	FUZZ_ASSERT(job->cores >> RKR_TRIAGE_CORES == 0 && job->n_odd <= RKR_JOB_ODD_MAX);
	FUZZ_ASSERT(job->facts >> RKR_FACTS_MAX_ == 0);
	for (size_t i = 0; i < job->n_odd; i++)
		check_place(t, job->odd[i].place);
	triage_job_json(&t->json, job, &names);
	triage_job_text(&t->text, job, &names);
	return 0;
}

static void
check_finding(const struct told *t, const struct rkr_finding *f)
{
	FUZZ_ASSERT(f->state < RKR_STATES && f->n_places <= RKR_FINDING_PLACES);
	for (size_t i = 0; i < f->n_places; i++)
		check_place(t, f->places[i]);
	/* What is supported rests on something. */
	FUZZ_ASSERT(f->state != RKR_STATE_SUPPORTED || (f->why && f->n_places));
}

static void
check_verdict(const struct told *t, const struct rkr_verdict *v)
{
	FUZZ_ASSERT(v->records == t->records);
	FUZZ_ASSERT(v->jobs == t->jobs);
	FUZZ_ASSERT(v->unseen == t->ends[RKR_END_UNSEEN] && v->done == t->ends[RKR_END_DONE]);
	FUZZ_ASSERT(v->failed == t->jobs - v->unseen - v->done);
	FUZZ_ASSERT(v->facts >> RKR_FACTS_MAX_ == 0 && v->boots > 0);
	FUZZ_ASSERT(memchr(v->driver, '\0', sizeof(v->driver)) &&
		    memchr(v->foreign, '\0', sizeof(v->foreign)));
	for (int i = 0; i < RKR_FACTS_MAX_; i++)
		if (v->fact_place[i].line)
			check_place(t, v->fact_place[i]);
	for (size_t i = 0; i < rkr_triage_n_hypotheses(); i++)
		check_finding(t, &v->hypothesis[i]);
	for (size_t i = 0; i < rkr_triage_n_causes(); i++)
		check_finding(t, &v->cause[i]);
}

/* A fuzzer has no place for what is to last from one input to the next. They are never freed. */
static const struct rkp_rows *
shared_rows(void)
{
	static struct rkp_rows *rows;

	FUZZ_ASSERT(rows || rkp_rows_new(&rows, NULL) == 0);
	return rows;
}

/* Triage a log that comes in pieces of @piece bytes. False: no memory. */
static bool
tell(struct told *t, const uint8_t *data, size_t size, size_t piece)
{
	const struct rkr_triage_sink jobs = { .data = t, .job = on_job };
	const struct rkp_sink sink = { .data = t, .record = on_record };
	struct rkp_parser *parser;

	*t = (struct told){ .lines = 1 };
	for (size_t i = 0; i < size; i++)
		t->lines += data[i] == '\n';
	if (rkr_triage_new(&jobs, &t->triage) < 0)
		return false;
	int r = rkp_parser_new_with(shared_rows(), 0, &sink, &parser);

	if (r < 0)
		return false;
	for (size_t at = 0, n; at < size && r == 0; at += n) {
		n = piece < size - at ? piece : size - at;
		r = rkp_parser_feed(parser, data + at, n);
	}
	if (r == 0)
		r = rkp_parser_finish(parser);
	rkp_parser_free(parser);
	if (r == 0)
		r = rkr_triage_finish(t->triage);
	FUZZ_ASSERT(r == 0 || r == -ENOMEM);
	if (r < 0)
		return false;
	const struct rkr_verdict *v = rkr_triage_verdict(t->triage);

	check_verdict(t, v);
	triage_verdict_json(&t->json, v, &names);
	triage_verdict_text(&t->text, v, &names);
	return !t->json.failed && !t->text.failed;
}

static void
end_told(struct told *t)
{
	rkr_triage_free(t->triage);
	rkr_buf_free(&t->text);
	rkr_buf_free(&t->json);
}

/* Each line is an object, and no byte is a control character's. */
static void
check_json(const struct rkr_buf *json)
{
	bool start = true;

	FUZZ_ASSERT(json->len && json->data[json->len - 1] == '\n');
	for (size_t i = 0; i < json->len; i++) {
		char c = json->data[i];

		FUZZ_ASSERT(!start || c == '{');
		FUZZ_ASSERT(c == '\n' || (unsigned char)c >= ' ');
		start = c == '\n';
		FUZZ_ASSERT(!start || json->data[i - 1] == '}');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 7, 64, 1000 };
	struct told whole, cut;

	if (size > FUZZ_MAX)
		return 0;
	if (tell(&whole, data, size, SIZE_MAX))
		check_json(&whole.json);
	if (tell(&cut, data, size, pieces[fuzz_hash(data, size) % RKR_ARRAY_LEN(pieces)])) {
		FUZZ_ASSERT(cut.json.len == whole.json.len && cut.text.len == whole.text.len);
		FUZZ_ASSERT(memcmp(cut.json.data, whole.json.data, cut.json.len) == 0);
		FUZZ_ASSERT(memcmp(cut.text.data, whole.text.data, cut.text.len) == 0);
	}
	end_told(&whole);
	end_told(&cut);
	return 0;
}
