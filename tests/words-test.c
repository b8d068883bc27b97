/* SPDX-License-Identifier: MIT */
/* Contents as words: what is set is read back, from the BO and from the rows that show it. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/regcmd.h"
#include "tests/gen-common.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _autorun_ rkr_cleanup(rkr_run_free)

/* A run whose tasks and regcmd stand in its contents and in the rows of a dump. */
static struct rkr_run *
shown_run(void)
{
	struct rkr_run *run = test_run(C64, NULL);

	ck_assert_int_eq(rkr_run_view_gem(run), 0);
	ck_assert_uint_gt(test_count(run, RKR_KIND_task), 0);
	ck_assert_uint_gt(test_count(run, RKR_KIND_regcmd_window), 0);
	return run;
}

/* The run that its records alone tell. */
static struct rkr_run *
told_by_rows(const struct rkr_run *run)
{
	struct rkr_run *told;

	ck_assert_int_eq(rkr_run_new(&told), 0);
	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		ck_assert_int_eq(rkr_run_append(told, rkr_run_record(run, i)), 0);
	ck_assert_int_eq(rkr_run_bind(told), 0);
	return told;
}

static uint64_t
word_at(const struct rkr_run *run, uint32_t bo, uint64_t offset)
{
	uint64_t word;

	ck_assert_int_eq(rkr_run_get_word(run, bo, offset, &word), 0);
	return word;
}

static void
check_word(enum rkr_region_kind kind, uint64_t at, uint64_t flip)
{
	_autorun_ struct rkr_run *run = shown_run();
	size_t n, n_conflicts;
	const struct rkr_region *r = rkr_run_regions(run, &n);

	while (n && r->kind != kind)
		r++, n--;
	ck_assert_uint_gt(n, 0);
	const uint64_t offset = r->offset + at, old = word_at(run, r->bo, offset), new = old ^ flip,
		       after = word_at(run, r->bo, offset + 8);

	ck_assert_int_eq(rkr_run_set_word(run, r->bo, offset, new), 0);
	ck_assert_uint_eq(word_at(run, r->bo, offset), new);
	ck_assert_uint_eq(word_at(run, r->bo, offset + 8), after);
	_autorun_ struct rkr_run *told = told_by_rows(run);

	rkr_run_conflicts(told, &n_conflicts);
	ck_assert_uint_eq(n_conflicts, 0);
	ck_assert_uint_eq(word_at(told, r->bo, offset), new);
	ck_assert_uint_eq(word_at(told, r->bo, offset + 8), after);
}

START_TEST(regcmd)
{
	check_word(RKR_REGION_REGCMD, 8 * 7, UINT64_C(1) << 20);
}
END_TEST

START_TEST(pair_of_task_fields)
{
	/* enable mask and interrupt mask of the second task */
	check_word(RKR_REGION_TASKS, RKR_TASK_BYTES + 8, UINT64_C(0x100000010));
}
END_TEST

START_TEST(task_address)
{
	check_word(RKR_REGION_TASKS, RKR_TASK_BYTES + 32, 0x40);
}
END_TEST

START_TEST(unknown_is_left)
{
	_autorun_ struct rkr_run *run = NULL;
	uint64_t word = 5;
	uint32_t bo;
	uint8_t b[12];

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkr_run_add_bo(run, &(struct rkr_bo){ .died = SIZE_MAX }, &bo), 0);
	ck_assert_int_eq(rkr_run_write(run, bo, 0, "abcdefghijkl", 12, (enum rkr_evidence)0, SIZE_MAX), 0);
	ck_assert_int_eq(rkr_run_get_word(run, bo, 5, &word), -ENODATA);
	ck_assert_int_eq(rkr_run_get_word(run, bo + 1, 0, &word), -ENODATA);
	ck_assert_int_eq(rkr_run_get_word(run, bo, UINT64_MAX, &word), -ENODATA);
	ck_assert_uint_eq(word, 5);
	ck_assert_int_eq(rkr_run_set_word(run, bo, 5, 0), -ENODATA);
	ck_assert_int_eq(rkr_run_set_word(run, bo + 1, 0, 0), -ENODATA);
	ck_assert_int_eq(rkr_run_set_word(run, bo, UINT64_MAX - 3, 0), -ENODATA);
	ck_assert_int_eq(rkr_run_read(run, bo, 0, b, sizeof(b)), 0);
	ck_assert_int_eq(memcmp(b, "abcdefghijkl", 12), 0);
	ck_assert_int_eq(rkr_run_set_word(run, bo, 3, UINT64_C(0x3736353433323130)), 0);
	ck_assert_int_eq(rkr_run_read(run, bo, 0, b, sizeof(b)), 0);
	ck_assert_int_eq(memcmp(b, "abc01234567l", 12), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("words");
	TCase *tc = tcase_create("words");

	tcase_add_test(tc, regcmd);
	tcase_add_test(tc, pair_of_task_fields);
	tcase_add_test(tc, task_address);
	tcase_add_test(tc, unknown_is_left);
	suite_add_tcase(s, tc);
	return test_main(s);
}
