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

/* Bundles of other versions, and bundles that others wrote. */

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
RKR_DEFINE_CLEANUP(char *, tmp_done)
#define _autorun_ rkr_cleanup(rkr_run_free)
#define _autotmp_ rkr_cleanup(tmp_done)

/* What a newer minor version may add. */
#define NEWER_HEAD               \
	"before: {x: 1}\n"       \
	"format:\n"              \
	"  flavour: \"new\"\n"   \
	"  name: rkreplay-run\n" \
	"  version: \"1.7\"\n"   \
	"  since: 2.5\n"         \
	"tool:\n"                \
	"  name: rkreplay\n"     \
	"  version: \"9.9\"\n"   \
	"  host: 'board'\n"      \
	"counts: {files: 1, moons: 4, bos: 2, regions: 3, conflicts: 1, records: 7}\n"

static const char newer[] = NEWER_HEAD
	"files:\n"
	"- \"a.log\"\n"
	"between: |\n"
	"  text\n"
	"  more\n"
	"witness: [future, gem, other, task, regcmd_window]\n"
	"bos:\n"
	"- role: \"task\"\n"
	"  colour: red\n"
	"  handle: 1\n"
	"  gem_name: 9\n"
	"  born: 1\n"
	"  died: 3\n"
	"  shape: [1, {a: b}]\n"
	"  contents:\n"
	"    file: bo-000.bin\n"
	"    bytes: 8\n"
	"    sha256: \"8a851ff82ee7048ad09ec3847f1ddf44944104d2cbd17ef4e3db22c6785a0d45\"\n"
	"    zipped: false\n"
	"    extents:\n"
	"    - [0x0, 3, dump, 3]\n"
	"    - [0x3, 2, dump, none]\n"
	"    - [0x5, 3, scan, 4]\n"
	"- role: \"\"\n"
	"  born: 4\n"
	"regions:\n"
	"- {kind: biases, bo: 9, anything: ~}\n"
	"- {kind: regcmd, bo: 0, offset: 0x0, size: 8, why: \"so\"}\n"
	"- {kind: weights}\n"
	"conflicts:\n"
	"- {bo: 0, severity: 3, offset: \"0x1\", kept: 6, dropped: 4}\n"
	"things:\n"
	"  moons: [io]\n"
	"  call: [\"0x1\"]\n"
	"records:\n"
	"- {record: unheard, of: [1, 2]}\n"
	"- {record: gem, place: {file: 0, line: 1, start: 0, end: 9, char: 4}, mood: \"good\", name: 1, extra: {k: v}}\n"
	"- {record: gem, name: 2}\n"
	"- {record: unheard}\n"
	"- {record: regcmd_window, gem: 9, qwords: {bo: 0, scale: 2, offset: 0x0, words: 1}}\n"
	"- {record: gem, name: 3}\n"
	"- {record: unheard, of: last}\n"
	"behind:\n"
	"- 1\n"
	"- two: {}\n"
	"  three: []\n";

static void
put_newer(const char *path, const char *text)
{
	_autofree_ char *yaml = path_in(path, "run.yaml"), *bo = path_in(path, "bo-000.bin");

	ck_assert_int_eq(mkdir(path, 0777), 0);
	write_file(yaml, text, strlen(text));
	write_file(bo, "\0\1\2\3\4\5\6\7", 8);
}

START_TEST(unknown_is_kept)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *a = path_in(dir, "a.rkrun"), *b = path_in(dir, "b.rkrun"),
			*yaml = path_in(b, "run.yaml");
	size_t n;

	put_newer(a, newer);
	_autorun_ struct rkr_run *run = must_read(a);

	must_write(run, b);
	_autofree_ char *text = test_read_file(yaml, &n);

	ck_assert_uint_eq(n, sizeof(newer) - 1 + 75);
	text[sizeof(newer) - 1] = '\0';
	ck_assert_str_eq(text, newer);
	/* What is known is not disturbed: records of unknown kinds are none of the run's. */
	ck_assert_uint_eq(rkr_run_n_records(run), 4);
	ck_assert_uint_eq(rkr_run_bo(run, 0)->born, 0);
	ck_assert_uint_eq(rkr_run_bo(run, 0)->died, 2);
	ck_assert_uint_eq(rkr_run_bo(run, 1)->born, 2);
	ck_assert_uint_eq(run->bos[0].contents.v[0].record, SIZE_MAX);
	ck_assert_uint_eq(run->bos[0].contents.v[1].record, SIZE_MAX);
	ck_assert_uint_eq(run->bos[0].contents.v[2].record, 2);
	ck_assert_uint_eq(run->conflicts[0].kept, SIZE_MAX);
	ck_assert_uint_eq(run->conflicts[0].dropped, 2);
	ck_assert_uint_eq(run->n_regions, 1);
	ck_assert(rkr_run_witnesses(run, RKR_KIND_task));
	ck_assert_uint_eq(((const uint64_t *)run->records[2].v[RKR_F_regcmd_window_qwords].b->data)[0],
			  UINT64_C(0x0706050403020100));

	_autorun_ struct rkr_run *again = must_read(b);

	assert_runs_equal(run, again);
}
END_TEST

/* What is kept stays where it was when the run grows. */
START_TEST(kept_in_a_longer_run)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *a = path_in(dir, "a.rkrun"), *b = path_in(dir, "b.rkrun"),
			*yaml = path_in(b, "run.yaml");
	struct test_random random = { 5 };

	put_newer(a, newer);
	_autorun_ struct rkr_run *run = must_read(a);

	random_record(&random, run, RKR_KIND_close, false);
	run->n_bound = run->n_records;
	must_write(run, b);
	_autofree_ char *text = test_read_file(yaml, NULL);

	ck_assert_ptr_nonnull(strstr(text, "records: 8}"));
	ck_assert_ptr_nonnull(strstr(text, "kept: 6, dropped: 4}"));
	ck_assert_ptr_nonnull(strstr(text, "- {record: unheard, of: last}\n- {record: close"));
	_autorun_ struct rkr_run *again = must_read(b);

	assert_runs_equal(run, again);
}
END_TEST

static int
read_text(const char *text, struct rkr_error *err)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun");
	struct rkr_run *run = NULL;
	int r;

	put_newer(path, text);
	r = rkr_bundle_read(path, &run, err);
	if (r < 0)
		ck_assert_ptr_null(run);
	rkr_run_free(run);
	return r;
}

START_TEST(versions)
{
	static const struct {
		const char *version;
		const char *what; /* NULL: read */
	} cases[] = {
		{ "\"1.0\"", NULL },
		{ "1.0", NULL },
		{ "\"1.4294967295\"", NULL },
		{ "\"2.0\"", "this bundle is format 2.x; this rkreplay reads 1.x" },
		{ "\"11.3\"", "this bundle is format 11.x; this rkreplay reads 1.x" },
		{ "\"0.9\"", "this bundle is format 0.x, which was never written" },
		{ "\"1\"", "the version of a format is" },
		{ "\"1.\"", "'version' is to be a number" },
		{ "\".1\"", "'version' is to be a number" },
		{ "\"1.0.0\"", "'version' is to be a number" },
		{ "\"1.x\"", "'version' is to be a number" },
		{ "\"-1.0\"", "'version' is to be a number" },
		{ "\"4294967297.0\"", "cannot be above" },
		{ "\"1.4294967296\"", "cannot be above" },
		{ "[1, 0]", "the version of a format is" },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(cases); i++) {
		/* What comes with a newer version may look like nothing that is known, and be before it. */
		_autofree_ char *text = NULL;
		struct rkr_error err = { 0 };

		ck_assert_int_ge(
			asprintf(
				&text,
				"records: %s\nformat: {name: rkreplay-run, version: %s}\nfiles: []\nbos: []\n",
				cases[i].what ? "{a: [b, {}]}" : "[]", cases[i].version),
			0);
		int r = read_text(text, &err);

		if (!cases[i].what) {
			ck_assert_msg(r == 0, "%s: %s", cases[i].version, err.what);
			continue;
		}
		ck_assert_int_eq(r, -EINVAL);
		ck_assert_msg(strstr(err.what, cases[i].what), "%s: %s", cases[i].version, err.what);
	}

	struct rkr_error err = { 0 };

	ck_assert_int_eq(read_text("format: {name: rkreplay-run, version: \"2.0\"}\n", &err), -EINVAL);
	ck_assert_str_eq(err.cure, "update rkreplay");
}
END_TEST

/* As a YAML library writes it again: keys sorted, all in blocks, other quotes, no comment. */
START_TEST(another_spelling)
{
	static const char text[] =
		"---\n"
		"bos:\n"
		"- born: 0\n"
		"  contents:\n"
		"    bytes: 8\n"
		"    extents:\n"
		"    - - 0\n"
		"      - 8\n"
		"      - generated\n"
		"      - none\n"
		"    file: bo-000.bin\n"
		"    sha256: 8a851ff82ee7048ad09ec3847f1ddf44944104d2cbd17ef4e3db22c6785a0d45\n"
		"  created: false\n"
		"  handle: 0x3\n"
		"  role: >-\n"
		"    a\n"
		"    role\n"
		"files: []\n"
		"format:\n"
		"  name: rkreplay-run\n"
		"  version: '1.0'\n"
		"records:\n"
		"- arg: '0x1'\n"
		"  n: 5\n"
		"  record: unreadable\n"
		"  what:\n"
		"    hex: ff00\n"
		"witness: []\n"
		"...\n";
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun"), *again = path_in(dir, "s.rkrun");

	put_newer(path, text);
	_autorun_ struct rkr_run *run = must_read(path);
	const struct rkr_blob *what = rkr_get_b(&run->records[0], RKR_F_unreadable_what);

	ck_assert_str_eq(run->bos[0].bo.role, "a role");
	ck_assert_uint_eq(run->bos[0].bo.handle, 3);
	ck_assert_uint_eq(what->len, 2);
	ck_assert_mem_eq(what->data, "\xff\0", 2);
	must_write(run, again);
	_autorun_ struct rkr_run *second = must_read(again);

	assert_runs_equal(run, second);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("bundle-version");
	TCase *other = tcase_create("other");

	tcase_add_test(other, unknown_is_kept);
	tcase_add_test(other, kept_in_a_longer_run);
	tcase_add_test(other, versions);
	tcase_add_test(other, another_spelling);
	suite_add_tcase(suite, other);
	return suite;
}

int
main(void)
{
	return test_main(make_suite());
}
