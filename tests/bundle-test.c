/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/bundle-priv.h"
#include "lib/util.h"
#include "tests/bundle-common.h"

/* What a bundle holds, and that a run comes back as it was. */

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
RKR_DEFINE_CLEANUP(char *, tmp_done)
#define _autorun_ rkr_cleanup(rkr_run_free)
#define _autotmp_ rkr_cleanup(tmp_done)

/* Write, read, write: the run is the same, and so are the files. */
static void
round_trip(const struct rkr_run *run)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *a = path_in(dir, "a.rkrun"), *b = path_in(dir, "b.rkrun");

	must_write(run, a);
	_autorun_ struct rkr_run *again = must_read(a);

	assert_runs_equal(run, again);
	must_write(again, b);
	ck_assert(same_files(a, b));
}

START_TEST(each_kind)
{
	struct test_random random = { 1 };
	_autorun_ struct rkr_run *run = NULL;
	struct rkr_record_buf empty;
	uint32_t index;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkr_run_add_file(run, "a file", &index), 0);
	for (int round = 0; round < 3; round++)
		random_record(&random, run, (enum rkr_kind)_i, true);
	rkr_record_init(&empty, (enum rkr_kind)_i);
	ck_assert_int_eq(rkr_run_append(run, &empty.rec), 0);
	round_trip(run);
}
END_TEST

START_TEST(random_runs)
{
	_autorun_ struct rkr_run *run = random_run((uint64_t)_i + 1, (size_t)_i * 3);

	round_trip(run);
}
END_TEST

START_TEST(empty_run)
{
	_autorun_ struct rkr_run *run = NULL;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	round_trip(run);
}
END_TEST

/* No field may have the name of a key that every record has. */
START_TEST(field_names_are_free)
{
	ck_assert_int_lt(rkr_field_by_name((enum rkr_kind)_i, "record"), 0);
	ck_assert_int_lt(rkr_field_by_name((enum rkr_kind)_i, "place"), 0);
}
END_TEST

/* The text of a bundle is an interface: it is not to change by accident. */
START_TEST(exact_text)
{
	static const char expected[] =
		"format:\n"
		"  name: rkreplay-run\n"
		"  version: \"1.0\"\n"
		"tool:\n"
		"  name: rkreplay\n"
		"  version: \"" PACKAGE_VERSION "\"\n"
		"counts: {files: 1, bos: 1, regions: 0, conflicts: 1, records: 5}\n"
		"files:\n"
		"- \"dump.log\"\n"
		"witness: [gem, task_like, regcmd_window]\n"
		"bos:\n"
		"- role: \"\"\n"
		"  handle: 2\n"
		"  gem_name: 7\n"
		"  aligned: 4096\n"
		"  map: \"0x100000\"\n"
		"  born: 0\n"
		"  contents:\n"
		"    file: bo-000.bin\n"
		"    bytes: 168\n"
		"    sha256: \"a70dda9d27b3180f237f82ba917847bf42c17306d50f4a01cd38dd1627a83483\"\n"
		"    extents:\n"
		"    - [0x40, 128, dump, 1]\n"
		"    - [0x3e8, 40, scan, 4]\n"
		"regions: []\n"
		"conflicts:\n"
		"- {bo: 0, offset: \"0x58\", kept: 1, dropped: 3}\n"
		"things: {}\n"
		"words:\n"
		"  file: words-000.bin\n"
		"  bytes: 128\n"
		"  sha256: \"6d78871feb1873e31f6184e3b98d5009eb1e044ca3d6f2b708ded0b9977d3edf\"\n"
		"records:\n"
		"- {record: gem, name: 7, handle: 2, size: 4096, map_offset: \"0x100000\"}\n"
		"- {record: regcmd_window, place: {file: 0, line: 2, start: 100, end: 200}, gem: 7, \"off\": \"0x40\", "
		"count: 16, qwords: {bo: 0, offset: 0x40, words: 16}}\n"
		"- {record: regcmd_window, place: {file: 0, line: 3, start: 200, end: 300}, gem: 7, \"off\": \"0x40\", "
		"count: 16, qwords: {bo: 0, offset: 0x40, words: 8}}\n"
		"- {record: regcmd_window, place: {file: 0, line: 4, start: 300, end: 400}, gem: 7, \"off\": \"0x40\", "
		"count: 16, qwords: {file: words-000.bin, offset: 0x0, words: 16}}\n"
		"- {record: task_like, gem: 7, \"off\": \"0x3e8\", regcfg_amount: 5}\n"
		"# sha256: ";
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun"), *yaml = path_in(path, "run.yaml"),
			*words = path_in(path, "words-000.bin");
	_autorun_ struct rkr_run *run = dumped_run();
	char sha256[RKR_SHA256_HEX];
	size_t n;

	/* A window may say another count than it has words. */
	rkr_run_record_mut(run, 2)->v[RKR_F_regcmd_window_count].u = 16;
	must_write(run, path);
	_autofree_ char *data = test_read_file(yaml, &n);

	ck_assert_uint_eq(n, strlen(expected) + 65);
	data[strlen(expected)] = '\0';
	ck_assert_str_eq(data, expected);
	rkr_sha256_hex(data, strlen(expected) - strlen(RKR_BUNDLE_SEAL), sha256);
	data[strlen(expected)] = sha256[0];
	ck_assert_mem_eq(data + strlen(expected), sha256, 64);
	ck_assert_int_eq(data[n - 1], '\n');

	_autofree_ char *bytes = test_read_file(words, &n);

	/* Little endian, on any host. */
	ck_assert_uint_eq(n, 128);
	ck_assert_mem_eq(bytes, "\x00\x50\x34\x12\x00\x00\x01\x02\x01\x50\x34\x12\x00\x00\x01\x02", 16);
	ck_assert_uint_eq(count_entries(path), 3);
}
END_TEST

/* Words that the contents hold are not stored twice. */
START_TEST(no_words_without_conflict)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun");
	_autorun_ struct rkr_run *run = dumped_run();

	run->n_records = 3;
	run->n_bound = 3;
	run->n_conflicts = 0;
	run->bos[0].contents.n = 1;
	must_write(run, path);
	ck_assert_uint_eq(count_entries(path), 2);
	round_trip(run);
}
END_TEST

/* A run goes on where it was: records that come after reading are bound as they would have been. */
START_TEST(goes_on)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun");
	_autorun_ struct rkr_run *run = dumped_run(), *other = dumped_run();
	const struct rkr_record last = *rkr_run_record(other, 1);
	struct rkr_record_buf create;

	must_write(run, path);
	_autorun_ struct rkr_run *again = must_read(path);

	rkr_record_init(&create, RKR_KIND_mem_create);
	rkr_set_u(&create.rec, RKR_F_mem_create_handle, 2);
	rkr_set_u(&create.rec, RKR_F_mem_create_obj, 0xffff000012340000);
	for (int i = 0; i < 2; i++) {
		struct rkr_run *to = i ? again : run;

		ck_assert_int_eq(rkr_run_append(to, &create.rec), 0);
		ck_assert_int_eq(rkr_run_append(to, &last), 0);
		ck_assert_int_eq(rkr_run_bind(to), 0);
	}
	assert_runs_equal(run, again);
	/* Also over a bundle that has it, and written before it was bound. */
	must_write(run, path);
	round_trip(again);
}
END_TEST

START_TEST(replaces)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun/");
	_autorun_ struct rkr_run *a = random_run(7, 30), *b = dumped_run();

	must_write(a, path);
	must_write(b, path);
	_autorun_ struct rkr_run *again = must_read(path);

	assert_runs_equal(b, again);
	ck_assert_uint_eq(count_entries(dir), 1);
}
END_TEST

START_TEST(is_bundle)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun"), *yaml = path_in(dir, "run.yaml");
	_autorun_ struct rkr_run *run = dumped_run();

	ck_assert(!rkr_bundle_is(path));
	ck_assert(!rkr_bundle_is(dir));
	must_write(run, path);
	ck_assert(rkr_bundle_is(path));
	ck_assert_int_eq(mkdir(yaml, 0700), 0);
	ck_assert(!rkr_bundle_is(dir)); /* run.yaml is a directory there */
	ck_assert(!rkr_bundle_is(yaml));
	ck_assert(!rkr_bundle_is(""));
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("bundle");
	TCase *trip = tcase_create("round-trip");

	tcase_set_timeout(trip, 60);
	tcase_add_loop_test(trip, each_kind, 0, RKR_KIND_MAX_);
	tcase_add_loop_test(trip, field_names_are_free, 0, RKR_KIND_MAX_);
	tcase_add_loop_test(trip, random_runs, 0, 40);
	tcase_add_test(trip, empty_run);
	tcase_add_test(trip, exact_text);
	tcase_add_test(trip, no_words_without_conflict);
	tcase_add_test(trip, goes_on);
	tcase_add_test(trip, replaces);
	tcase_add_test(trip, is_bundle);
	suite_add_tcase(suite, trip);
	return suite;
}

int
main(void)
{
	return test_main(make_suite());
}
