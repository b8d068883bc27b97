/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/bundle-priv.h"
#include "lib/bundle.h"
#include "lib/util.h"
#include "tests/bundle-common.h"

/* Damaged bundles are never taken for another run; and runs that no bundle can hold are refused. */

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
RKR_DEFINE_CLEANUP(char *, tmp_done)
#define _autorun_ rkr_cleanup(rkr_run_free)
#define _autotmp_ rkr_cleanup(tmp_done)

static size_t
damage(struct test_random *random, char *data, size_t n, size_t at)
{
	static const char nasty[] = "\"'{}[]:,#&*!|>%@`-? \n\t\0\xff"
				    "0x9a";
	char old = data[at];

	switch (test_random_next(random) % 4) {
	case 0:
		data[at] = (char)(old ^ (1 << test_random_next(random) % 8));
		return n;
	case 1:
		data[at] = nasty[test_random_next(random) % (sizeof(nasty) - 1)];
		return n;
	case 2:
		memmove(data + at, data + at + 1, n - at - 1);
		return n - 1;
	default:
		return at; /* cut off */
	}
}

/* A byte changed or the end missing, anywhere in any file: an error, or the same run. */
START_TEST(damaged_files)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun"), *file = NULL;
	static const char *const names[] = { "run.yaml", "bo-000.bin", "words-000.bin" };
	_autorun_ struct rkr_run *run = dumped_run();
	struct test_random random = { 77 };
	size_t n, refused = 0, read = 0;

	must_write(run, path);
	file = path_in(path, names[_i]);
	_autofree_ char *intact = test_read_file(file, &n);
	_autofree_ char *copy = malloc(n);

	for (size_t round = 0; round < 3 * n; round++) {
		struct rkr_error err = { 0 };
		struct rkr_run *again = NULL;

		memcpy(copy, intact, n);
		write_file(file, copy, damage(&random, copy, n, round % n));
		if (rkr_bundle_read(path, &again, &err) < 0) {
			ck_assert_str_ne(err.what, "");
			ck_assert_ptr_nonnull(strstr(err.file, names[_i]));
			refused++;
		} else {
			assert_runs_equal(run, again);
			read++;
		}
		rkr_run_free(again);
	}
	/* Only what was put back as it was, or is within the last line, is read. */
	ck_assert_uint_gt(refused, read);
}
END_TEST

/*
 * The same without the last line's digest: the parser meets the damage. What
 * it takes for a run can be written and read.
 */
START_TEST(damaged_yaml)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun"), *file = path_in(path, "run.yaml"),
			*other = path_in(dir, "other.rkrun");
	_autorun_ struct rkr_run *run = _i ? random_run((uint64_t)_i, 12) : dumped_run();
	struct test_random random = { 99 };
	size_t n, read = 0, rounds;

	must_write(run, path);
	_autofree_ char *intact = test_read_file(file, &n);

	n -= 75;
	rounds = n < 2000 ? n : 2000;
	_autofree_ char *copy = malloc(n);

	for (size_t round = 0; round < rounds; round++) {
		struct rkr_error err = { 0 };
		struct rkr_run *again = NULL;
		size_t size = n;

		memcpy(copy, intact, n);
		for (uint64_t hits = test_random_next(&random) % 4 + 1; hits > 0 && size > 0; hits--)
			size = damage(&random, copy, size,
				      hits == 1 ? round % size : test_random_next(&random) % size);
		write_file(file, copy, size);
		if (rkr_bundle_read(path, &again, &err) < 0) {
			ck_assert_str_ne(err.what, "");
		} else if (read++ % 8 == 0) {
			must_write(again, other);
			_autorun_ struct rkr_run *third = must_read(other);

			assert_runs_equal(again, third);
		}
		rkr_run_free(again);
	}
}
END_TEST

/* A file that ends early is never a shorter run, at whatever line. */
START_TEST(cut_between_lines)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun"), *file = path_in(path, "run.yaml");
	_autorun_ struct rkr_run *run = NULL;
	struct test_random random = { 6 };
	size_t n;

	/* Nothing names the records, so that none is missed for that. */
	ck_assert_int_eq(rkr_run_new(&run), 0);
	for (int i = 0; i < 20; i++)
		random_record(&random, run, RKR_KIND_close, false);
	must_write(run, path);
	_autofree_ char *text = test_read_file(file, &n);

	n -= 75;
	for (size_t cut = n - 1; cut > 0; cut--) {
		struct rkr_error err = { 0 };

		if (text[cut - 1] != '\n')
			continue;
		write_file(file, text, cut);
		must_fail(path, &err);
	}
}
END_TEST

/* ---- runs that cannot be written ---- */

static void
must_refuse(const struct rkr_run *run, int code, const char *what)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun");
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkr_bundle_write(run, path, &err), code);
	ck_assert_int_eq(err.code, code);
	ck_assert_msg(strstr(err.what, what), "%s", err.what);
	ck_assert_uint_eq(count_entries(dir), 0);
}

START_TEST(unwritable_runs)
{
	_autorun_ struct rkr_run *run = dumped_run();
	_autofree_ char *text = calloc(1, RKR_BUNDLE_STRING_MAX + 1);
	struct rkr_record_buf buf;

	run->bos[0].bo.aligned = 1039;
	must_refuse(run, -EINVAL, "the contents of BO 0 reach past its end");
	run->bos[0].bo.aligned = 4096;
	run->bos[0].bo.born = 6;
	must_refuse(run, -EINVAL, "the run names record 6, but has 5");
	run->bos[0].bo.born = 5;
	run->conflicts[0].dropped = 5;
	must_refuse(run, -EINVAL, "the run names record 5, but has 5");
	run->conflicts[0].dropped = 4;
	run->conflicts[0].bo = 1;
	must_refuse(run, -EINVAL, "conflict 0 of the run is in no BO");
	run->conflicts[0].bo = 0;
	rkr_run_add_region(run, &(struct rkr_region){ RKR_REGION_TASKS, 0, UINT64_MAX, 1 });
	must_refuse(run, -EINVAL, "region 0 of the run is in no BO");
	run->n_regions = 0;
	run->records[1].place.file = 1;
	must_refuse(run, -EINVAL, "record 1 was read from file 1, but the run has 1");
	run->records[1].place.file = 0;
	run->records[0].v[RKR_F_gem_name].u = UINT64_C(1) << 32;
	must_refuse(run, -EINVAL, "'name' of record 0 (gem) does not fit its type");
	run->records[0].v[RKR_F_gem_name].u = 7;

	rkr_record_init(&buf, RKR_KIND_identity);
	rkr_set_b(&buf.rec, RKR_F_identity_text, &(struct rkr_blob){ text, RKR_BUNDLE_STRING_MAX + 1 });
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	must_refuse(run, -EFBIG, "cannot write its run.yaml: it is too large");
}
END_TEST

/* The longest string, of the bytes that take most room, can be read again. */
START_TEST(longest_string)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun");
	_autorun_ struct rkr_run *run = NULL;
	_autofree_ char *text = malloc(RKR_BUNDLE_STRING_MAX);
	struct rkr_record_buf buf;

	memset(text, _i == 0 ? 1 : _i == 1 ? 0xff : '\n', RKR_BUNDLE_STRING_MAX);
	ck_assert_int_eq(rkr_run_new(&run), 0);
	rkr_record_init(&buf, RKR_KIND_identity);
	rkr_set_b(&buf.rec, RKR_F_identity_text, &(struct rkr_blob){ text, RKR_BUNDLE_STRING_MAX });
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	must_write(run, path);
	_autorun_ struct rkr_run *again = must_read(path);

	assert_runs_equal(run, again);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("bundle-damage");
	TCase *damaged = tcase_create("damaged"), *refused = tcase_create("refused");

	tcase_set_timeout(damaged, 60);
	tcase_add_loop_test(damaged, damaged_files, 0, 3);
	tcase_add_loop_test(damaged, damaged_yaml, 0, 4);
	tcase_add_test(damaged, cut_between_lines);
	suite_add_tcase(suite, damaged);
	tcase_set_timeout(refused, 60);
	tcase_add_test(refused, unwritable_runs);
	tcase_add_loop_test(refused, longest_string, 0, 3);
	suite_add_tcase(suite, refused);
	return suite;
}

int
main(void)
{
	return test_main(make_suite());
}
