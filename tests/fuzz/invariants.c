/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fuzz.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "lib/run.h"
#include "lib/util.h"

void
fuzz_die(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* FNV-1a */
uint64_t
fuzz_hash(const uint8_t *data, size_t size)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		h = (h ^ data[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* All that a parser said, as text. */
struct heard {
	struct rkr_run *run;
	struct rkr_buf text;
	size_t size;
	uint64_t last_start; /* of a record */
	uint64_t stretches[2];
	uint64_t kind[RKR_KIND_MAX_];
	struct rkp_accounting acc;
};

static int
on_record(void *data, const struct rkr_record *rec)
{
	struct heard *h = data;

	FUZZ_ASSERT(rec->kind >= 0 && rec->kind < RKR_KIND_MAX_);
	FUZZ_ASSERT(rec->place.line > 0);
	FUZZ_ASSERT(rec->place.start < rec->place.end && rec->place.end <= h->size);
	FUZZ_ASSERT(rec->place.start >= h->last_start);
	FUZZ_ASSERT((rec->present >> rkr_kind_get(rec->kind)->n_fields) == 0);
	h->last_start = rec->place.start;
	h->kind[rec->kind]++;
	rkr_record_json(&h->text, rec, "f");
	rkr_buf_printf(&h->text, " %" PRIu64 "-%" PRIu64 "\n", rec->place.start, rec->place.end);
	return h->run ? rkr_run_append(h->run, rec) : h->text.failed;
}

static int
on_stretch(void *data, const struct rkp_stretch *s)
{
	struct heard *h = data;

	FUZZ_ASSERT(s->line > 0);
	FUZZ_ASSERT(s->start < s->end && s->end <= h->size);
	FUZZ_ASSERT(s->text_len <= s->end - s->start && s->text_len <= 512);
	h->stretches[s->rule == NULL] += s->end - s->start;
	rkr_buf_printf(&h->text, "%s %" PRIu64 " %" PRIu64 "-%" PRIu64 " ", s->rule ? s->rule : "unknown",
		       s->line, s->start, s->end);
	rkr_buf_put(&h->text, s->text, s->text_len);
	rkr_buf_put(&h->text, "\n", 1);
	return h->text.failed;
}

static void
check_accounting(const struct heard *h)
{
	uint64_t rules = 0;

	FUZZ_ASSERT(h->acc.bytes == h->size);
	FUZZ_ASSERT(h->acc.parsed + h->acc.skipped + h->acc.unknown == h->acc.bytes);
	FUZZ_ASSERT(h->stretches[0] == h->acc.skipped && h->stretches[1] == h->acc.unknown);
	FUZZ_ASSERT((h->acc.unknown == 0) == (h->acc.unknown_lines == 0));
	FUZZ_ASSERT(memcmp(h->kind, h->acc.kind, sizeof(h->kind)) == 0);
	for (size_t i = 0; i < RKP_RULES_MAX; i++)
		rules += h->acc.rule[i].bytes;
	FUZZ_ASSERT(rules == h->acc.skipped);
}

/* A fuzzer has no place for what is to last from one input to the next. They are never freed. */
static const struct rkp_rows *
shared_rows(void)
{
	static struct rkp_rows *rows;

	FUZZ_ASSERT(rows || rkp_rows_new(&rows, NULL) == 0);
	return rows;
}

/* Parse in pieces of up to @most bytes. False: no memory. */
static bool
hear(struct heard *h, const uint8_t *data, size_t size, unsigned formats, size_t most, uint64_t seed)
{
	const struct rkp_sink sink = {
		.data = h, .record = on_record, .stretch = on_stretch, .formats = formats
	};
	struct rkp_parser *parser;
	int r = rkp_parser_new_with(shared_rows(), 0, &sink, &parser);

	h->size = size;
	if (r < 0)
		return false;
	for (size_t at = 0, n; at < size && r == 0; at += n) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		n = most == SIZE_MAX ? size : 1 + (size_t)(seed >> 33) % most;
		n = n < size - at ? n : size - at;
		r = rkp_parser_feed(parser, data + at, n);
	}
	if (r == 0)
		r = rkp_parser_finish(parser);
	FUZZ_ASSERT(r == 0 || r == -ENOMEM);
	h->acc = *rkp_parser_accounting(parser);
	rkp_parser_free(parser);
	if (r == 0)
		check_accounting(h);
	return r == 0;
}

static void
end_hearing(struct heard *h)
{
	rkr_run_free(h->run);
	rkr_buf_free(&h->text);
}

static void
check_chunks(const struct heard *whole, const uint8_t *data, size_t size, unsigned formats)
{
	static const size_t mosts[] = { 1, 7, 64, 4096 };
	uint64_t hash = fuzz_hash(data, size);
	struct heard cut = { 0 };

	if (hear(&cut, data, size, formats, mosts[hash % RKR_ARRAY_LEN(mosts)], hash)) {
		FUZZ_ASSERT(cut.text.len == whole->text.len);
		FUZZ_ASSERT(!cut.text.len || memcmp(cut.text.data, whole->text.data, cut.text.len) == 0);
		FUZZ_ASSERT(memcmp(&cut.acc, &whole->acc, sizeof(cut.acc)) == 0);
	}
	end_hearing(&cut);
}

/* What can be exported reads back as it was; what cannot was refused. */
static void
check_export(const struct heard *whole, unsigned formats)
{
	struct rkr_error err = { 0 };
	struct heard again = { 0 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int r = out ? rkp_export_with(shared_rows(), whole->run, formats, out, &err) : -ENOMEM;

	if (out && fclose(out) == 0 && r == 0 && rkr_run_new(&again.run) == 0 &&
	    hear(&again, (const uint8_t *)text, size, formats, SIZE_MAX, 0)) {
		size_t n = rkr_run_n_records(whole->run);

		FUZZ_ASSERT(again.acc.unknown == 0);
		FUZZ_ASSERT(rkr_run_n_records(again.run) == n);
		for (size_t i = 0; i < n; i++)
			FUZZ_ASSERT(rkr_record_equal(rkr_run_record(whole->run, i),
						     rkr_run_record(again.run, i)));
	}
	free(text);
	end_hearing(&again);
}

int
fuzz_log(const uint8_t *data, size_t size, enum fuzz_log formats)
{
	struct heard whole = { 0 };

	if (size > FUZZ_MAX || rkr_run_new(&whole.run) < 0)
		return 0;
	if (hear(&whole, data, size, formats, SIZE_MAX, 0)) {
		check_chunks(&whole, data, size, formats);
		if (rkr_run_n_records(whole.run) && rkr_run_bind(whole.run) == 0)
			check_export(&whole, formats);
	}
	end_hearing(&whole);
	return 0;
}
