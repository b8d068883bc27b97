/* SPDX-License-Identifier: MIT */
/* What a reader has learnt of the lines before makes it quicker, and changes nothing. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "parsers/row.h"
#include "tests/common.h"
#include "tests/parse-rows.h"
#include "tests/parse-samples.h"

#define N_SAMPLES (RKR_ARRAY_LEN(row_samples) + RKR_ARRAY_LEN(loose_samples))
#define LINE_MAX_LEN 1024
/* Lines of a row until all that can be learnt of them is. */
#define TRAINING 8

static const char *
sample(size_t i)
{
	return i < RKR_ARRAY_LEN(row_samples) ? row_samples[i][LINE] : loose_samples[i - RKR_ARRAY_LEN(row_samples)][LINE];
}

static void
free_rows(struct rkp_rows *rows)
{
	rkp_rows_free(rows);
}
RKR_DEFINE_CLEANUP(struct rkp_rows *, free_rows)

static void
free_habits(struct rkp_habits *habits)
{
	rkp_habits_free(habits);
}
RKR_DEFINE_CLEANUP(struct rkp_habits *, free_habits)

static struct rkp_rows *
compile(void)
{
	struct rkp_rows *rows;

	ck_assert_int_eq(rkp_rows_new(&rows, NULL), 0);
	return rows;
}

static struct rkp_habits *
start_habits(const struct rkp_rows *rows)
{
	struct rkp_habits *habits;

	if (rkp_habits_new(rows, &habits) < 0)
		ck_abort_msg("no memory");
	return habits;
}

static bool
is_same_field(const struct rkr_record *a, const struct rkr_record *b, size_t f)
{
	if (!rkr_has(a, (int)f) || rkr_kind_get(a->kind)->fields[f].type != RKR_TYPE_STR)
		return a->v[f].u == b->v[f].u;
	return a->v[f].b->len == b->v[f].b->len &&
	       (a->v[f].b->len == 0 || memcmp(a->v[f].b->data, b->v[f].b->data, a->v[f].b->len) == 0);
}

static bool
is_same(const struct rkp_values *a, const struct rkp_values *b)
{
	bool same = a->rec.kind == b->rec.kind && a->rec.present == b->rec.present && a->n_texts == b->n_texts &&
		    a->n_numbers == b->n_numbers;

	for (size_t f = 0; same && f < rkr_kind_get(a->rec.kind)->n_fields; f++)
		same = is_same_field(&a->rec, &b->rec, f);
	for (size_t i = 0; same && i < a->n_numbers; i++)
		same = a->numbers[i] == b->numbers[i];
	return same;
}

/* Read a line with what was learnt and without. Check notes each assertion in a file: these are too many for that. */
static void
assert_same(const struct rkp_rows *rows, struct rkp_habits *habits, const char *line, size_t len)
{
	/* of its very length, so that reading beyond it is seen */
	_autofree_ char *text = malloc(len + !len);
	struct rkp_values plain, quick;

	if (!text)
		ck_abort_msg("no memory");
	memcpy(text, line, len);
	const struct rkp_row *row = rkp_rows_match(rows, NULL, text, text + len, &plain);
	const struct rkp_row *got = rkp_rows_match(rows, habits, text, text + len, &quick);

	if (row != got)
		ck_abort_msg("'%.*s' is of another row", (int)len, line);
	if (row && row->shape->op != RKP_SKIP && !is_same(&plain, &quick))
		ck_abort_msg("'%.*s' has another record", (int)len, line);
}

/* A reader that has read the line again and again, and then this one. */
static void
assert_same_after(const struct rkp_rows *rows, const char *line, const char *changed, size_t len)
{
	rkr_cleanup(free_habits) struct rkp_habits *habits = start_habits(rows);
	size_t n = strlen(line);
	struct rkp_values values;

	for (size_t i = 0; i < TRAINING; i++)
		rkp_rows_match(rows, habits, line, line + n, &values);
	assert_same(rows, habits, changed, len);
	/* what was learnt from that is true of the line itself */
	assert_same(rows, habits, line, n);
}

/* Every sample with each of its bytes changed, lost, doubled, and cut behind it. */
START_TEST(changed_line_is_read_alike)
{
	static const char bytes[] = { '0', '9', 'a', 'x', '-', ' ', ',', '\0', (char)0xff };
	rkr_cleanup(free_rows) struct rkp_rows *rows = compile();
	rkr_cleanup(free_habits) struct rkp_habits *learning = start_habits(rows);
	const char *line = sample((size_t)_i);
	size_t len = strlen(line);
	char text[LINE_MAX_LEN];

	ck_assert_uint_lt(len, sizeof(text) - 1);
	for (size_t at = 0; at < len; at++) {
		memcpy(text, line, len);
		for (size_t b = 0; b < sizeof(bytes); b++) {
			text[at] = bytes[b];
			assert_same_after(rows, line, text, len);
			assert_same(rows, learning, text, len);
		}
		memmove(text + at, line + at + 1, len - at - 1);
		assert_same_after(rows, line, text, len - 1);
		memcpy(text + at + 1, line + at, len - at);
		for (size_t b = 0; b < sizeof(bytes); b += 2) {
			text[at] = bytes[b];
			assert_same_after(rows, line, text, len + 1);
		}
		assert_same_after(rows, line, line, at);
	}
	assert_same_after(rows, line, line, len);
}
END_TEST

/* Change some digits, so that most lines are still of their row. */
static size_t
vary(struct test_random *random, const char *line, char *text)
{
	size_t len = 0;

	for (const char *p = line; *p; p++) {
		bool digit = *p >= '0' && *p <= '9';
		uint64_t roll = test_random_next(random) % 16;

		if (digit && roll == 0 && p > line && p[-1] >= '0' && p[-1] <= '9')
			continue;
		text[len++] = digit && roll == 1 ? (char)('0' + test_random_next(random) % 10) : *p;
		if (digit && roll == 2 && p[1] != 'x')
			text[len++] = '7';
	}
	/* items that are missing */
	if (test_random_next(random) % 8 == 0)
		len = test_random_next(random) % (len + 1);
	return len;
}

/* Lines of all rows in any order, by one reader. */
START_TEST(lines_in_turn_are_read_alike)
{
	rkr_cleanup(free_rows) struct rkp_rows *rows = compile();
	rkr_cleanup(free_habits) struct rkp_habits *habits = start_habits(rows);
	struct test_random random = { 7 };
	char text[2 * LINE_MAX_LEN];

	for (size_t n = 0; n < 100000; n++) {
		size_t i = test_random_next(&random) % N_SAMPLES;

		for (size_t k = test_random_next(&random) % 4 + 1; k > 0; k--) {
			size_t len = vary(&random, sample(i), text);

			assert_same(rows, habits, text, len);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("parse-habits");
	TCase *tc = tcase_create("habits");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, changed_line_is_read_alike, 0, (int)N_SAMPLES);
	tcase_add_test(tc, lines_in_turn_are_read_alike);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
