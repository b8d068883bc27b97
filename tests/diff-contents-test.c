/* SPDX-License-Identifier: MIT */
/*
 * Bytes that both runs know are compared, wherever contents begin and end;
 * others are not.
 */
#include "config.h"

#include <string.h>

#include "lib/diff.h"
#include "tests/common.h"

#define BYTES 61

struct known {
	struct rkr_run *run;
	bool byte[BYTES];
};

static void
know(struct known *k, const uint8_t *data)
{
	const struct rkr_bo bo = { .known = RKR_BO_SIZE, .size = BYTES, .role = "input", .died = SIZE_MAX };
	uint32_t i;

	ck_assert_int_eq(rkr_run_new(&k->run), 0);
	ck_assert_int_eq(rkr_run_add_bo(k->run, &bo, &i), 0);
	for (size_t o = 0; o < BYTES; o++) {
		size_t n = 1;

		while (k->byte[o] && o + n < BYTES && k->byte[o + n])
			n++;
		if (k->byte[o])
			ck_assert_int_eq(
				rkr_run_write(k->run, i, o, data + o, n, RKR_EVIDENCE_DUMP, SIZE_MAX), 0);
		o += k->byte[o] ? n - 1 : 0;
	}
	ck_assert_int_eq(rkr_run_bind(k->run), 0);
}

/* Stretches of random length, known and not in turn. */
static void
choose(struct known *k, struct test_random *random)
{
	bool known = test_random_next(random) % 2;

	for (size_t o = 0; o < BYTES; known = !known)
		for (size_t n = 1 + test_random_next(random) % 20; n && o < BYTES; n--)
			k->byte[o++] = known;
}

static size_t
differences(const struct known *a, const struct known *b)
{
	struct rkr_diff *diff = NULL;
	struct rkr_error err = { 0 };
	size_t n;

	ck_assert_int_eq(rkr_diff_new(a->run, b->run, NULL, &diff, &err), 0);
	rkr_diff_items(diff, &n);
	rkr_diff_free(diff);
	return n;
}

START_TEST(one_byte)
{
	struct test_random random = { (uint64_t)_i + 1 };
	struct known a = { 0 }, b = { 0 };
	uint8_t data[BYTES];

	choose(&a, &random);
	choose(&b, &random);
	for (size_t i = 0; i < BYTES; i++)
		data[i] = (uint8_t)test_random_next(&random);
	know(&a, data);
	know(&b, data);
	ck_assert_uint_eq(differences(&a, &b), 0);
	for (size_t i = 0; i < BYTES; i++) {
		struct known c = b;

		data[i] ^= 0x10;
		know(&c, data);
		data[i] ^= 0x10;
		ck_assert_msg(differences(&a, &c) == (a.byte[i] && b.byte[i] ? 1 : 0), "byte %zu", i);
		rkr_run_free(c.run);
	}
	rkr_run_free(a.run);
	rkr_run_free(b.run);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("diff-contents");
	TCase *tc = tcase_create("contents");

	tcase_add_loop_test(tc, one_byte, 0, 40);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
