/* SPDX-License-Identifier: MIT */
/* What the rows of a GEM dump become together: task tables and windows. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "parsers/parser-priv.h"
#include "tests/common.h"
#include "tests/parse-common.h"

/* ---- task tables ---- */

#define GEM(n) "GEM " n ": handle=" n " size=4096 map_offset=0x100000000\n  task_like_entries=3\n"
#define TASK(index, off, enable, clear)                                                             \
	"  task_like[" index "] off=" off " flags=0x00000000 op_idx=1 enable_mask=" enable           \
	" int_mask=0x00000300 int_clear=" clear " int_status=0x00000000 regcfg_amount=108"        \
	" regcfg_offset=0 regcmd_addr=0x00000000fff9c800\n"
#define GOOD(index, off) TASK(index, off, "0x0000000d", "0x0001ffff")
#define BAD(index, off) TASK(index, off, "0x0000000d", "0x0001fffe")

/* The kinds of a text's records, a letter each: T task, l task_like, G a heading, w anything else. */
static void
assert_kinds(const char *text, const char *kinds)
{
	struct parsed p = parse_text(text);
	char got[64] = "";

	for (size_t i = 0; i < rkr_run_n_records(p.run); i++) {
		enum rkr_kind kind = rkr_run_record(p.run, i)->kind;

		got[i] = kind == RKR_KIND_task        ? 'T'
			 : kind == RKR_KIND_task_like ? 'l'
			 : kind == RKR_KIND_gem       ? 'G'
						      : 'w';
	}
	ck_assert_str_eq(got, kinds);
	ck_assert_uint_eq(p.acc.unknown, 0);
	assert_round_trip(&p);
	parsed_free(&p);
}

START_TEST(table_is_told_by_its_first_two_rows)
{
	assert_kinds(GEM("1") GOOD("0", "0x0000") GOOD("1", "0x0028") GOOD("2", "0x0050"), "GTTT");
	/* one damaged row is still the table's */
	assert_kinds(GEM("1") BAD("0", "0x0000") GOOD("1", "0x0028") BAD("2", "0x0050"), "GTTT");
	assert_kinds(GEM("1") GOOD("0", "0x0000") BAD("1", "0x0028") GOOD("2", "0x0050"), "GTTT");
	/* no table: rows speak for themselves */
	assert_kinds(GEM("1") BAD("0", "0x0000") BAD("1", "0x0028") GOOD("2", "0x0050"), "GllT");
	assert_kinds(GEM("1") BAD("0", "0x0000") GOOD("1", "0x0050") BAD("2", "0x0078"), "GlTl");
	/* the table ends at a gap */
	assert_kinds(GEM("1") GOOD("0", "0x0000") BAD("1", "0x0050") GOOD("2", "0x0078"), "GTlT");
	/* not at the start of the BO */
	assert_kinds(GEM("2") BAD("0", "0x40d8") GOOD("1", "0x4100") BAD("2", "0x4128"), "GlTl");
	/* the first row waits for a second that does not come */
	assert_kinds(GEM("1") BAD("0", "0x0000"), "Gl");
	assert_kinds(GEM("1") BAD("0", "0x0000") "  QWORD_WINDOW off=0x0 count=0\n" GOOD("1", "0x0028"),
		     "GlwT");
	assert_kinds(GEM("1") BAD("0", "0x0000") GEM("2") GOOD("0", "0x0028"), "GlGT");
	/* only the first row after the heading can be one that waits */
	assert_kinds(GEM("1") BAD("0", "0x0050") BAD("1", "0x0000") GOOD("2", "0x0028"), "GllT");
	/* other rows end a table */
	assert_kinds(GEM("1") GOOD("0", "0x0000") "  QWORD_WINDOW off=0x0 count=0\n" BAD("1", "0x0028"),
		     "GTwl");
	/* without a heading */
	assert_kinds(BAD("0", "0x0000") GOOD("1", "0x0028"), "lT");
}
END_TEST

/* The bits and values of a task as the vendor's runtime writes it, one by one. */
START_TEST(filter_of_tasks)
{
	static const struct {
		const char *from, *to;
		bool task;
	} changes[] = {
		{ "flags=0x00000000", "flags=0x00000001", false },
		{ "op_idx=1", "op_idx=2", false },
		{ "enable_mask=0x0000000d", "enable_mask=0x00000000", false },
		{ "enable_mask=0x0000000d", "enable_mask=0x00000060", true },
		{ "enable_mask=0x0000000d", "enable_mask=0x0000007d", true },
		{ "enable_mask=0x0000000d", "enable_mask=0x0000007f", false },
		{ "int_mask=0x00000300", "int_mask=0x00000000", false },
		{ "int_mask=0x00000300", "int_mask=0x00003fff", true },
		{ "int_mask=0x00000300", "int_mask=0x00004000", false },
		{ "int_clear=0x0001ffff", "int_clear=0x0003ffff", false },
		{ "int_status=0x00000000", "int_status=0x00000300", false },
		{ "regcfg_amount=108", "regcfg_amount=0", false },
		{ "regcfg_offset=0", "regcfg_offset=1", false },
		{ "regcmd_addr=0x00000000fff9c800", "regcmd_addr=0x0000000000000000", true },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(changes); i++) {
		char text[512] = GOOD("0", "0x0050"), *at = strstr(text, changes[i].from);
		char rest[512];

		ck_assert_ptr_nonnull(at);
		strcpy(rest, at + strlen(changes[i].from));
		strcpy(at, changes[i].to);
		strcat(text, rest);
		assert_kinds(text, changes[i].task ? "T" : "l");
	}
}
END_TEST

START_TEST(gem_heading_gives_the_gem)
{
	assert_records("  QWORD_WINDOW off=0x0 count=0\n"
		       "GEM 3: handle=3 size=4096 map_offset=0x0\n"
		       "  QWORD_WINDOW off=0x8 count=0\n"
		       "GEM 6: unavailable: [Errno 2] No such file or directory\n"
		       "  regcmd_like_runs=0 min_run=8\n",
		       "regcmd_window off=0x0 count=0 qwords=[0]\n"
		       "gem name=3 handle=3 size=4096 map_offset=0x0\n"
		       "regcmd_window gem=3 off=0x8 count=0 qwords=[0]\n"
		       "gem_unavailable name=6 errno=2 text=No such file or directory\n"
		       "regcmd_runs gem=6 runs=0 min_run=8\n");
}
END_TEST

/* ---- windows ---- */

#define WINDOW "  QWORD_WINDOW off=0x100 count=3\n"
#define QWORD(index, off, value) "  regcmd_qword[" index "] off=" off " value=0x000000000000000" value "\n"

/* Parse a text and check the words of its records: "A,B;C" is A and B in the first, C in the second. */
static void
assert_words(const char *text, const char *words, uint64_t unknown_lines)
{
	struct parsed p = parse_text(text);
	char got[256] = "";
	size_t n = 0;

	for (size_t i = 0; i < rkr_run_n_records(p.run); i++) {
		const struct rkr_record *rec = rkr_run_record(p.run, i);
		const struct rkr_blob *b = rkr_get_b(rec, rkr_field_by_name(rec->kind, "qwords"));

		n += (size_t)snprintf(
			got + n, sizeof(got) - n, "%s%llx:", i ? ";" : "",
			(unsigned long long)rkr_get_u(rec, rkr_field_by_name(rec->kind, "off")));
		for (size_t w = 0; w < b->len; w++)
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%llx",
					      (unsigned long long)((const uint64_t *)b->data)[w]);
	}
	ck_assert_str_eq(got, words);
	ck_assert_uint_eq(p.acc.unknown_lines, unknown_lines);
	assert_round_trip(&p);
	parsed_free(&p);
}

START_TEST(window_collects_words)
{
	assert_words(WINDOW QWORD("0", "0x100", "a") QWORD("1", "0x108", "b") QWORD("2", "0x110", "c"),
		     "100:abc", 0);
	/* fewer or more than its heading says */
	assert_words(WINDOW, "100:", 0);
	assert_words(WINDOW QWORD("0", "0x100", "a"), "100:a", 0);
	assert_words("  QWORD_WINDOW off=0x100 count=1\n" QWORD("0", "0x100", "a") QWORD("1", "0x108", "b"),
		     "100:ab", 0);
	/* rows of other writers do not end it */
	assert_words(WINDOW QWORD("0", "0x100", "a") "inputs=1 outputs=1\n" QWORD("1", "0x108", "b"),
		     "100:ab", 0);
	/* no heading */
	assert_words(QWORD("7", "0x138", "a") QWORD("8", "0x140", "b"), "138:ab", 0);
	/* two windows */
	assert_words(
		WINDOW QWORD("0", "0x100", "a") "  QWORD_WINDOW off=0x0 count=1\n" QWORD("0", "0x0", "b"),
		"100:a;0:b", 0);
	/* words numbered from the start of the BO */
	assert_words("  REGCMD_RUN[0] off=0x100 qwords=2\n" QWORD("32", "0x100", "a")
			     QWORD("33", "0x108", "b"),
		     "100:ab", 0);
}
END_TEST

START_TEST(window_with_gaps)
{
	assert_words(WINDOW QWORD("0", "0x100", "a") QWORD("2", "0x110", "c") QWORD("3", "0x118", "d"),
		     "100:a;110:cd", 0);
	assert_words(WINDOW QWORD("1", "0x108", "b"), "100:;108:b", 0);
	/* the same word twice */
	assert_words(WINDOW QWORD("0", "0x100", "a") QWORD("0", "0x100", "b") QWORD("1", "0x108", "c"),
		     "100:a;100:bc", 0);
	/* a row that contradicts itself is none */
	assert_words(WINDOW QWORD("0", "0x100", "a") QWORD("1", "0x110", "b") QWORD("2", "0x110", "c"),
		     "100:a;110:c", 1);
	assert_words(WINDOW QWORD("0", "0x100", "a") QWORD("2", "0x108", "b") QWORD("1", "0x108", "c"),
		     "100:ac", 1);
	/* numbered anew: another window, even if it goes on where the first ends */
	assert_words(WINDOW QWORD("0", "0x100", "a") QWORD("0", "0x108", "b"), "100:a;108:b", 0);
	/* offsets that wrap around */
	assert_words(QWORD("0", "0xfffffffffffffff8", "a") QWORD("1", "0x0", "b"), "fffffffffffffff8:ab", 0);
	assert_words(QWORD("18446744073709551615", "0x0", "a"), "0:a", 0);
}
END_TEST

START_TEST(window_waits_for_a_call)
{
	/* two windows, both behind a call that returns later */
	assert_records("CLOSE #1 fd=3\n" WINDOW QWORD("0", "0x100", "a")
			       QWORD("1", "0x108", "b") "  QWORD_WINDOW off=0x0 count=1\n" QWORD(
				       "0", "0x0", "c") "CLOSE_RET #1 ret=0\n" QWORD("1", "0x8", "d"),
		       "close n=1 fd=3 ret=0\n"
		       "regcmd_window off=0x100 count=3 qwords=[2]\n"
		       "regcmd_window off=0x0 count=1 qwords=[2]\n");
}
END_TEST

static int
count_words(void *data, const struct rkr_record *rec)
{
	size_t *n = data;

	n[0]++;
	n[1] += rkr_get_b(rec, RKR_F_regcmd_window_qwords)->len;
	ck_assert_uint_eq(rkr_get_u(rec, RKR_F_regcmd_window_off), 8 * (n[0] - 1) * 5);
	ck_assert_int_eq(rkr_has(rec, RKR_F_regcmd_window_count), n[0] == 1);
	return 0;
}

/* A window that is too long goes on as a further record. */
START_TEST(window_has_a_limit)
{
	size_t n[2] = { 0 };
	const struct rkp_sink sink = { .data = n, .record = count_words };
	struct rkp_parser *p;
	char row[128];

	ck_assert_int_eq(rkp_parser_new(0, &sink, &p), 0);
	ck_assert_uint_eq(p->window.limit, RKP_WINDOW_WORDS);
	p->window.limit = 5;
	ck_assert_int_eq(rkp_parser_feed(p, "  QWORD_WINDOW off=0x0 count=17\n", 32), 0);
	for (unsigned i = 0; i < 17; i++)
		ck_assert_int_eq(
			rkp_parser_feed(p, row,
					(size_t)snprintf(row, sizeof(row),
							 "  regcmd_qword[%u] off=0x%x value=0x%016x\n", i,
							 8 * i, i)),
			0);
	ck_assert_int_eq(rkp_parser_finish(p), 0);
	ck_assert_uint_eq(n[0], 4);
	ck_assert_uint_eq(n[1], 17);
	rkp_parser_free(p);
}
END_TEST

/* Rows that follow each other give the same in one piece as byte by byte, up to numbers of more digits. */
START_TEST(long_windows_in_any_pieces)
{
	struct rkr_buf text = { 0 };
	uint64_t word = 1;

	rkr_buf_printf(&text, "  QWORD_WINDOW off=0xf800 count=1500\n");
	for (unsigned i = 0; i < 1500; i++) {
		word = word * UINT64_C(6364136223846793005) + 1;
		/* two gaps, a line of another writer's, a line end of two bytes, a digit that is none */
		rkr_buf_printf(&text, "  regcmd_qword[%u] off=0x%04x value=0x%016" PRIx64 "%s\n",
			       i + (i > 700), 0xf800 + 8 * (i + (i > 900)), word,
			       i == 40   ? "\r"
			       : i == 50 ? "g"
			       : i == 60 ? "\n"
					 : "");
	}
	ck_assert_int_eq(text.failed, 0);
	struct parsed whole = parse_bytes(text.data, text.len, SIZE_MAX);
	_autofree_ char *want = parsed_records(&whole);

	ck_assert_uint_gt(whole.acc.unknown, 0);
	ck_assert_uint_gt(whole.acc.lines, 1500);
	for (size_t chunk = 1; chunk < 200; chunk += 61) {
		struct parsed p = parse_bytes(text.data, text.len, chunk);
		_autofree_ char *got = parsed_records(&p);

		ck_assert_str_eq(got, want);
		ck_assert_mem_eq(&p.acc, &whole.acc, sizeof(p.acc));
		for (size_t i = 0; i < rkr_run_n_records(p.run); i++)
			ck_assert_uint_eq(rkr_run_record(p.run, i)->place.end,
					  rkr_run_record(whole.run, i)->place.end);
		parsed_free(&p);
	}
	parsed_free(&whole);
	rkr_buf_free(&text);
}
END_TEST
int
main(void)
{
	Suite *suite = suite_create("parse-dump");
	TCase *tc = tcase_create("dumps");

tcase_add_test(tc, table_is_told_by_its_first_two_rows);
	tcase_add_test(tc, filter_of_tasks);
	tcase_add_test(tc, gem_heading_gives_the_gem);
	tcase_add_test(tc, window_collects_words);
	tcase_add_test(tc, window_with_gaps);
	tcase_add_test(tc, window_waits_for_a_call);
	tcase_add_test(tc, window_has_a_limit);
	tcase_add_test(tc, long_windows_in_any_pieces);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
