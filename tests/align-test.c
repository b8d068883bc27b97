/* SPDX-License-Identifier: MIT */
/* Alignment: always a common subsequence, and the longest, against a table that tries all. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/align.h"
#include "lib/util.h"
#include "tests/common.h"

#define MAX 40

struct pair {
	const unsigned char *a, *b;
};

static bool
same(const void *data, size_t i, size_t j)
{
	const struct pair *p = data;

	return p->a[i] == p->b[j];
}

/* Length of the longest common subsequence by dynamic programming. */
static size_t
longest(const unsigned char *a, size_t n, const unsigned char *b, size_t m)
{
	size_t t[MAX + 1][MAX + 1] = { { 0 } };

	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			size_t best = t[i - 1][j] > t[i][j - 1] ? t[i - 1][j] : t[i][j - 1];

			t[i][j] = a[i - 1] == b[j - 1] ? t[i - 1][j - 1] + 1 : best;
		}
	return t[n][m];
}

/* Checks that @match is a common subsequence, and returns its length. */
static size_t
check_match(const struct pair *p, size_t n, size_t m, const size_t *match)
{
	size_t count = 0, last = 0;

	for (size_t i = 0; i < n; i++) {
		if (match[i] == SIZE_MAX)
			continue;
		ck_assert(match[i] < m);
		ck_assert(count == 0 || match[i] > last);
		ck_assert(same(p, i, match[i]));
		last = match[i];
		count++;
	}
	return count;
}

START_TEST(finds_the_longest)
{
	struct test_random random = { 7 };

	for (int round = 0; round < 20000; round++) {
		unsigned char a[MAX], b[MAX];
		size_t match[MAX], n = test_random_next(&random) % (MAX + 1),
				   m = test_random_next(&random) % (MAX + 1);
		/* Few letters: many ways to align. Many letters: few. */
		uint64_t letters = 1 + test_random_next(&random) % 6;
		const struct pair p = { a, b };

		for (size_t i = 0; i < n; i++)
			a[i] = (unsigned char)(test_random_next(&random) % letters);
		for (size_t i = 0; i < m; i++)
			b[i] = (unsigned char)(test_random_next(&random) % letters);
		ck_assert_int_eq(rkr_align(n, m, same, &p, match), 0);
		ck_assert_uint_eq(check_match(&p, n, m, match), longest(a, n, b, m));
	}
}
END_TEST

START_TEST(gives_up_within_reason)
{
	/* Two inputs with nothing in common but their ends. */
	size_t n = 5000;
	_autofree_ unsigned char *a = malloc(n), *b = malloc(n);
	_autofree_ size_t *match = malloc(n * sizeof(*match));
	const struct pair p = { a, b };

	ck_assert(a && b && match);
	memset(a, 1, n);
	memset(b, 2, n);
	a[0] = b[0] = a[n - 1] = b[n - 1] = 3;
	ck_assert_int_eq(rkr_align(n, n, same, &p, match), 0);
	ck_assert_uint_eq(check_match(&p, n, n, match), 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("align");
	TCase *t = tcase_create("align");

	tcase_add_test(t, finds_the_longest);
	tcase_add_test(t, gives_up_within_reason);
	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	return test_main(s);
}
