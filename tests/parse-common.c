/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/parse-common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "tests/common.h"

static int
add_record(void *data, const struct rkr_record *rec)
{
	struct parsed *p = data;

	ck_assert_uint_gt(rec->place.line, 0);
	ck_assert_uint_lt(rec->place.start, rec->place.end);
	/* by the first bytes of their lines */
	ck_assert_uint_ge(rec->place.start, p->last_start);
	p->last_start = rec->place.start;
	return rkr_run_append(p->run, rec);
}

static int
add_stretch(void *data, const struct rkp_stretch *s)
{
	struct parsed *p = data;

	ck_assert_uint_lt(s->start, s->end);
	ck_assert_uint_le(s->text_len, s->end - s->start);
	ck_assert_uint_le(s->text_len, 512);
	p->stretch_bytes[s->rule == NULL] += s->end - s->start;
	rkr_buf_printf(&p->stretches, "%s %llu %llu %llu ", s->rule ? s->rule : "unknown",
		       (unsigned long long)s->line, (unsigned long long)s->start, (unsigned long long)s->end);
	rkr_buf_put(&p->stretches, s->text, s->text_len);
	rkr_buf_put(&p->stretches, "\n", 1);
	return 0;
}

static int
add_witness(void *data, enum rkr_kind kind)
{
	struct parsed *p = data;

	ck_assert_msg(!(p->witnessed >> kind & 1), "%s is witnessed twice", rkr_kind_get(kind)->name);
	p->witnessed |= UINT64_C(1) << kind;
	rkr_run_set_witness(p->run, kind);
	return 0;
}

/* What holds for every parse. */
static void
check(const struct parsed *p, size_t len)
{
	uint64_t kinds[RKR_KIND_MAX_] = { 0 }, skipped = 0;

	ck_assert_uint_eq(p->acc.bytes, len);
	ck_assert_uint_eq(p->acc.parsed + p->acc.skipped + p->acc.unknown, len);
	ck_assert_uint_eq(p->stretch_bytes[0], p->acc.skipped);
	ck_assert_uint_eq(p->stretch_bytes[1], p->acc.unknown);
	ck_assert_int_eq(p->acc.unknown == 0, p->acc.unknown_lines == 0);
	for (size_t i = 0; i < RKP_RULES_MAX; i++)
		skipped += p->acc.rule[i].bytes;
	ck_assert_ptr_null(p->acc.rule[RKP_RULES_MAX - 1].name);
	ck_assert_uint_eq(skipped, p->acc.skipped);
	for (size_t i = 0; i < rkr_run_n_records(p->run); i++) {
		const struct rkr_record *rec = rkr_run_record(p->run, i);

		ck_assert_uint_le(rec->place.end, len);
		ck_assert(p->witnessed >> rec->kind & 1);
		kinds[rec->kind]++;
	}
	for (size_t k = 0; k < RKR_KIND_MAX_; k++)
		ck_assert_uint_eq(kinds[k], p->acc.kind[k]);
	ck_assert_int_eq(p->acc.parsed == 0, rkr_run_n_records(p->run) == 0);
}

/* Compiled once: tests read thousands of small texts. */
static const struct rkp_rows *
shared_rows(void)
{
	static struct rkp_rows *rows;

	if (!rows)
		ck_assert_int_eq(rkp_rows_new(&rows, NULL), 0);
	return rows;
}

struct parsed
parse_bytes(const void *data, size_t len, size_t chunk)
{
	struct parsed p = { 0 };
	const struct rkp_sink sink = {
		.data = &p,
		.record = add_record,
		.stretch = add_stretch,
		.witness = add_witness,
	};
	struct rkp_parser *parser;
	const char *from = data;
	uint32_t file;

	ck_assert_int_eq(rkr_run_new(&p.run), 0);
	ck_assert_int_eq(rkr_run_add_file(p.run, "test", &file), 0);
	ck_assert_int_eq(rkp_parser_new_with(shared_rows(), file, &sink, &parser), 0);
	for (size_t at = 0; at < len; at += chunk)
		ck_assert_int_eq(rkp_parser_feed(parser, from + at, len - at < chunk ? len - at : chunk), 0);
	ck_assert_int_eq(rkp_parser_finish(parser), 0);
	p.acc = *rkp_parser_accounting(parser);
	check(&p, len);
	rkp_parser_free(parser);
	return p;
}

struct parsed
parse_text(const char *text)
{
	return parse_bytes(text, strlen(text), SIZE_MAX);
}

void
parsed_free(struct parsed *p)
{
	rkr_run_free(p->run);
	rkr_buf_free(&p->stretches);
}

char *
parsed_records(const struct parsed *p)
{
	struct rkr_buf buf = { 0 };

	for (size_t i = 0; i < rkr_run_n_records(p->run); i++) {
		char text[2048];

		ck_assert_uint_lt(rkr_record_format(rkr_run_record(p->run, i), text, sizeof(text)),
				  sizeof(text));
		rkr_buf_printf(&buf, "%s\n", text);
	}
	rkr_buf_put(&buf, "", 1);
	ck_assert_int_eq(buf.failed, 0);
	return buf.data;
}

void
assert_records(const char *text, const char *records)
{
	struct parsed p = parse_text(text);
	_autofree_ char *got = parsed_records(&p);

	ck_assert_str_eq(got, records);
	assert_round_trip(&p);
	parsed_free(&p);
}

void
assert_same_parse(const struct parsed *a, const struct parsed *b, bool places)
{
	ck_assert_uint_eq(rkr_run_n_records(a->run), rkr_run_n_records(b->run));
	for (size_t i = 0; i < rkr_run_n_records(a->run); i++) {
		const struct rkr_record *ra = rkr_run_record(a->run, i), *rb = rkr_run_record(b->run, i);

		if (!rkr_record_equal(ra, rb)) {
			char ta[1024], tb[1024];

			rkr_record_format(ra, ta, sizeof(ta));
			rkr_record_format(rb, tb, sizeof(tb));
			ck_abort_msg("record %zu: %s\n!= %s", i, ta, tb);
		}
		if (!places)
			continue;
		ck_assert_uint_eq(ra->place.line, rb->place.line);
		ck_assert_uint_eq(ra->place.start, rb->place.start);
		ck_assert_uint_eq(ra->place.end, rb->place.end);
	}
	ck_assert_uint_eq(a->witnessed, b->witnessed);
	if (!places)
		return;
	ck_assert_mem_eq(&a->acc, &b->acc, sizeof(a->acc));
	ck_assert_uint_eq(a->stretches.len, b->stretches.len);
	if (a->stretches.len)
		ck_assert_mem_eq(a->stretches.data, b->stretches.data, a->stretches.len);
}

char *
export_text(const struct rkr_run *run, unsigned formats, size_t *ret_len)
{
	struct rkr_error err = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	if (rkp_export(run, formats, out, &err) != 0)
		ck_abort_msg("cannot export: %s", err.what);
	ck_assert_int_eq(fclose(out), 0);
	if (ret_len)
		*ret_len = len;
	return text;
}

void
assert_round_trip(const struct parsed *p)
{
	size_t len;
	_autofree_ char *text = export_text(p->run, FORMATS_ALL, &len);
	struct parsed again = parse_bytes(text, len, SIZE_MAX);

	ck_assert_uint_eq(again.acc.unknown, 0);
	assert_same_parse(p, &again, false);
	parsed_free(&again);
}
