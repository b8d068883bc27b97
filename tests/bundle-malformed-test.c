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

/* Bundles that are wrong or made to do harm: each is refused, and the error says where and why. */

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
RKR_DEFINE_CLEANUP(char *, tmp_done)
#define _autorun_ rkr_cleanup(rkr_run_free)
#define _autotmp_ rkr_cleanup(tmp_done)

#define SHA "8a851ff82ee7048ad09ec3847f1ddf44944104d2cbd17ef4e3db22c6785a0d45"

/* One line per piece, so that a case can say on which line its error is. */
static const char sound[] =
	"format: {name: rkreplay-run, version: \"1.0\"}\n"                                 /* 1 */
	"tool: {name: rkreplay}\n"                                                         /* 2 */
	"counts: {records: 2}\n"                                                           /* 3 */
	"files: [\"a.log\"]\n"                                                             /* 4 */
	"witness: [gem]\n"                                                                 /* 5 */
	"bos:\n"                                                                           /* 6 */
	"- {role: \"task\", size: 16, prime_fd: -1, born: 1, died: none, created: true,\n" /* 7 */
	"   contents: {file: bo-000.bin, bytes: 8, sha256: \"" SHA "\",\n"                 /* 8 */
	"     extents: [[0x0, 4, dump, 1],\n"                                              /* 9 */
	"       [0x8, 4, scan, none]]}}\n"                                                 /* 10 */
	"regions: [{kind: regcmd, bo: 0, offset: 0x0, size: 8}]\n"                         /* 11 */
	"conflicts: [{bo: 0, offset: 0x1, kept: 1, dropped: none}]\n"                      /* 12 */
	"things: {call: [\"0x1\"]}\n"                                                      /* 13 */
	"bound: 1\n"                                                                       /* 14 */
	"words: {file: words-000.bin, bytes: 8, sha256: \"" SHA "\"}\n"                    /* 15 */
	"records:\n"                                                                       /* 16 */
	"- {record: regcmd_window, place: {file: 0, line: 1, start: 0, end: 5},\n"         /* 17 */
	"   qwords: {file: words-000.bin, offset: 0, words: 1}}\n"                         /* 18 */
	"- {record: memory_total, time: \"01:02:03.004\", level: \"I\", kb: \"1.5\", what: {hex: \"ff\"}}\n"; /* 19 */

/* A bundle with this run.yaml and the files that it names. */
static char *
put_bundle(const char *dir, const char *text, size_t size)
{
	char *path = path_in(dir, "r.rkrun");
	_autofree_ char *yaml = path_in(path, "run.yaml"), *bo = path_in(path, "bo-000.bin"),
			*words = path_in(path, "words-000.bin");

	if (mkdir(path, 0777) < 0)
		ck_assert_int_eq(errno, EEXIST);
	write_file(yaml, text, size);
	write_file(bo, "\0\1\2\3\4\5\6\7", 8);
	write_file(words, "\0\1\2\3\4\5\6\7", 8);
	return path;
}

/* The text with a part replaced; fails the test if the part is not in it. */
static char *
replaced(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *result;

	ck_assert_msg(at, "'%s' is not in the text", old);
	ck_assert_int_ge(asprintf(&result, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old)), 0);
	return result;
}

START_TEST(sound_is_sound)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = put_bundle(dir, sound, strlen(sound));
	_autorun_ struct rkr_run *run = must_read(path);

	ck_assert_uint_eq(run->n_records, 2);
	ck_assert_uint_eq(run->n_bound, 1);
	ck_assert_uint_eq(run->records[1].v[RKR_F_memory_total_time].u, 3723004);
	ck_assert_uint_eq(run->records[1].v[RKR_F_memory_total_kb].u, 1500000);
	ck_assert_int_eq(run->bos[0].bo.prime_fd, -1);
}
END_TEST

static const struct {
	const char *old, *new;
	uint64_t line; /* 0: not about a line */
	const char *what;
} broken[] = {
	/* YAML beyond the part that bundles are in */
	{ "[gem]", "&a [gem]", 5, "no YAML anchors and aliases" },
	{ "[gem]", "*a", 5, "no YAML anchors and aliases" },
	{ "name: rkreplay}", "name: &b rkreplay}", 2, "no YAML anchors and aliases" },
	{ "[gem]", "!!seq [gem]", 5, "no YAML tags" },
	{ "\"a.log\"", "!x \"a.log\"", 4, "no YAML tags" },
	{ "tool: {", "tool: !!map {", 2, "no YAML tags" },
	{ "format", "%YAML 1.1\n---\nformat", 1, "no YAML directives" },
	{ "format", "%TAG ! x:\n---\nformat", 1, "no YAML directives" },
	{ "record: memory_total", "record: memory_total, time: \"01:02:03.004\"", 19,
	  "the key 'time' is there twice" },
	{ "bound: 1", "bound: 1\nbound: 1", 15, "the key 'bound' is there twice" },
	{ "bound: 1", "strange: 1\nstrange: 1", 15, "the key 'strange' is there twice" },
	{ "tool: {", "tool: {a: 1, a: 2, ", 2, "the key 'a' is there twice" },
	{ "witness", "? [a]\n: witness", 5, "a key must be a plain word" },
	{ "tool: {", "tool: {{a: b}: c, ", 2, "a key must be a plain word" },
	{ "[gem]", "[[[[[[[[[[[[[[[[[[gem]]]]]]]]]]]]]]]]]]", 5, "nested too deeply" },
	{ "[gem]", "{a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}}}}}}}}}",
	  5, "nested too deeply" },
	{ "what: {hex: \"ff\"}}\n", "what: {hex: \"ff\"}}\n---\na: b\n", 20, "one document" },
	{ "[gem]", "[gem", 6, "not YAML" },
	{ "\"a.log\"", "\"a\xff\"", 1, "not YAML" },
	{ "\"a.log\"", "\"a\x01\"", 1, "not YAML" },
	{ "\"a.log\"", "\"\\q\"", 4, "not YAML" },
	{ "tool", "\ttool", 2, "not YAML" },
	/* the top level */
	{ "files: ", "filles: ", 0, "the key 'files' is missing" },
	{ "format: ", "fformat: ", 0, "there is no key 'format'" },
	{ "{name: rkreplay-run, version: \"1.0\"}", "{name: rkreplay-run}", 1,
	  "a format has a name and a version" },
	{ "name: rkreplay-run", "name: other", 1, "this is not a run" },
	{ "tool: {name: rkreplay}", "tool: rkreplay", 2, "'tool' is to be a map" },
	{ "records: 2", "records: 3", 3, "there are to be 3 entries in 'records', and there are 2" },
	{ "records: 2", "bos: 0", 3, "there are to be 0 entries in 'bos', and there are 1" },
	{ "records: 2", "records: x", 3, "'records' is to be a number" },
	{ "counts: {records: 2}", "counts: 2", 3, "a map of keys is wanted" },
	{ "[\"a.log\"]", "a.log", 4, "a list is wanted" },
	{ "[\"a.log\"]", "[[a.log]]", 4, "'files' is to be a string" },
	{ "[\"a.log\"]", "[\"a\\0b\"]", 4, "has no byte 0" },
	{ "[gem]", "{gem: 1}", 5, "is to be a list" },
	{ "[gem]", "[[gem]]", 5, "the name of a record kind" },
	{ "bound: 1", "bound: 3", 14, "more than there are records" },
	{ "bound: 1", "bound: -1", 14, "'bound' is to be a number" },
	{ "[\"0x1\"]", "1", 13, "a list of numbers" },
	{ "[\"0x1\"]", "[[]]", 13, "is to be a number" },
	/* BOs */
	{ "role: \"task\"", "role: \"a name of 24 bytes is not\"", 7, "a role has at most" },
	{ "role: \"task\"", "role: \"a\\0b\"", 7, "a role has at most" },
	{ "role: \"task\"", "role: \"ta\\e[31msk\"", 7, "a role has at most" },
	{ "role: \"task\"", "role: \"ta\\\"sk\"", 7, "a role has at most" },
	{ "role: \"task\"", "role: \"ta\\\\sk\"", 7, "a role has at most" },
	{ "role: \"task\"", "role: [task]", 7, "'role' is to be a string" },
	{ "size: 16", "size: -16", 7, "'size' is to be a number" },
	{ "size: 16", "size: 18446744073709551616", 7, "'size' is to be a number" },
	{ "size: 16", "size: 0x10000000000000000", 7, "'size' is to be a number" },
	{ "size: 16", "size: 0x", 7, "'size' is to be a number" },
	{ "size: 16", "size: 1 6", 7, "'size' is to be a number" },
	{ "size: 16", "size: \"1\\0\"", 7, "'size' is to be a number" },
	{ "size: 16", "size: ", 7, "'size' is to be a number" },
	{ "size: 16", "handle: 4294967296", 7, "'handle' is to be a number of 32 bits" },
	{ "prime_fd: -1", "prime_fd: 2147483648", 7, "'prime_fd' is to be a number of 32 bits" },
	{ "prime_fd: -1", "prime_fd: --1", 7, "'prime_fd' is to be a number" },
	{ "born: 1", "born: 3", 7, "there is no record 3" },
	{ "died: none", "died: 18446744073709551615", 7, "cannot be above" },
	{ "created: true", "created: 1", 7, "'created' is to be true or false" },
	{ "size: 16", "size: 11", 10, "the extent ends at byte 12 of a BO of 11" },
	{ "bytes: 8, ", "", 8, "'bytes' is missing" },
	{ "bytes: 8", "bytes: 9", 0, "it has 8 bytes, run.yaml says 9" },
	{ "bytes: 8", "bytes: 4294967297", 8, "cannot be above" },
	{ "8a851", "8b851", 0, "its SHA-256 is " SHA ", run.yaml says 8b851" },
	{ "8a851", "8A851", 8, "64 hex digits" },
	{ "8a851", "a851", 8, "64 hex digits" },
	{ "bo-000.bin", "bo-001.bin", 0, "cannot open it" },
	{ "bo-000.bin", "../r.rkrun/bo-000.bin", 8, "cannot be the name" },
	{ "bo-000.bin", "/etc/passwd", 8, "cannot be the name" },
	{ "bo-000.bin", "..", 8, "cannot be the name" },
	{ "bo-000.bin", ".hidden", 8, "cannot be the name" },
	{ "bo-000.bin", "\"\"", 8, "cannot be the name" },
	{ "bo-000.bin", "\"bo-000.bin\\0x\"", 8, "cannot be the name" },
	{ "bo-000.bin", "[bo-000.bin]", 8, "cannot be the name" },
	{ "[0x0, 4, dump, 1]", "[0x0, 4, dump]", 9, "an extent is [" },
	{ "[0x0, 4, dump, 1]", "0x0", 9, "an extent is [" },
	{ "[0x0, 4, dump, 1]", "[0x0, 4, seen, 1]", 9, "the evidence of an extent" },
	{ "[0x0, 4, dump, 1]", "[0x0, 0, dump, 1]", 9, "at least one byte" },
	{ "[0x0, 4, dump, 1]", "[0x0, 5, dump, 1]", 9, "the extents have 9 bytes, the file 8" },
	{ "[0x0, 4, dump, 1]", "[0x0, 4, dump, 2]", 9, "there is no record 2" },
	{ "[0x0, 4, dump, 1]", "[0xfffffffffffffffd, 4, dump, 1]", 9, "beyond all addresses" },
	{ "[0x0, 4, dump, 1]", "[0x0, 18446744073709551615, dump, 1]", 9, "cannot be above" },
	{ "[0x8, 4,", "[0x3, 4,", 10, "ascend and do not overlap" },
	/* what points at BOs and records */
	{ "regcmd, bo: 0", "regcmd, bo: 1", 11, "there is no BO 1" },
	{ "regcmd, bo: 0", "[regcmd], bo: 0", 11, "the kind of a region is a word" },
	{ "regcmd, bo: 0", "regcmd, no: 0", 11, "'bo' is missing" },
	{ "0x0, size: 8", "0x1, size: 0xffffffffffffffff", 11, "cannot be above" },
	{ "[{kind: regcmd", "[1, {kind: regcmd", 11, "a map of keys is wanted" },
	{ "offset: 0x1, kept", "kept", 12, "'offset' is missing" },
	{ "kept: 1", "kept: 2", 12, "there is no record 2" },
	{ "bo: 0, offset: 0x1", "bo: 4294967296, offset: 0x1", 12, "cannot be above" },
	/* records */
	{ "- {record: regcmd_window, ", "- {", 17, "a record is a map with the key 'record'" },
	{ "record: regcmd_window", "record: [regcmd_window]", 17, "a record is a map with the key 'record'" },
	{ "- {record: regcmd_window", "- 1\n- {record: regcmd_window", 17, "a record is a map" },
	{ "place: {file: 0", "place: {file: 1", 17, "there is no file 1" },
	{ "place: {file: 0, ", "place: {", 17, "'file' is missing" },
	{ "words: 1}}", "words: 2}}", 18, "there are not so many words" },
	{ "words: 1}}", "words: 134217729}}", 18, "cannot be above" },
	{ "words-000.bin, offset: 0", "words-000.bin, offset: 1", 18, "there are not so many words" },
	{ "words-000.bin, offset: 0", "words-001.bin, offset: 0", 18, "words are in words-000.bin" },
	{ "file: words-000.bin, offset: 0,", "offset: 0,", 18, "either a BO or a file" },
	{ "file: words-000.bin, offset: 0,", "file: words-000.bin, bo: 0, offset: 0,", 18,
	  "either a BO or a file" },
	{ "file: words-000.bin, offset: 0,", "bo: 0, offset: 0,", 18, "do not have these words" },
	{ "file: words-000.bin, offset: 0,", "bo: 1, offset: 0,", 18, "there is no BO 1" },
	{ "file: words-000.bin, offset: 0, words: 1", "bo: 0, offset: 0, words: 9", 18,
	  "there are not so many words" },
	{ "{file: words-000.bin, offset: 0, words: 1}", "[1]", 18, "a map of keys is wanted" },
	{ "words: {file: words-000.bin", "words: {file: run.yaml", 0, "bytes, run.yaml says 8" },
	{ "01:02:03.004", "01:02:60.004", 19, "is to be a time" },
	{ "01:02:03.004", "01:02:03.04", 19, "is to be a time" },
	{ "01:02:03.004", ":02:03.004", 19, "is to be a time" },
	{ "01:02:03.004", "5124095576031:02:03.004", 19, "a smaller time" },
	{ "\"I\"", "\"II\"", 19, "'level' is to be one byte" },
	{ "\"I\"", "\"\"", 19, "'level' is to be one byte" },
	{ "1.5", "1.5000001", 19, "a decimal fraction" },
	{ "1.5", "1.", 19, "a decimal fraction" },
	{ "1.5", ".5", 19, "a decimal fraction" },
	{ "1.5", "1e5", 19, "a decimal fraction" },
	{ "1.5", "18446744073710", 19, "a smaller number" },
	{ "{hex: \"ff\"}", "{hex: \"f\"}", 19, "is to be a string" },
	{ "{hex: \"ff\"}", "{hex: \"fg\"}", 19, "hex digits" },
	{ "{hex: \"ff\"}", "{hex: \"ff\", a: b}", 19, "is to be a string" },
	{ "{hex: \"ff\"}", "{Hex: \"ff\"}", 19, "is to be a string" },
	{ "{hex: \"ff\"}", "[a]", 19, "is to be a string" },
};

START_TEST(broken_yaml)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *text = replaced(sound, broken[_i].old, broken[_i].new);
	_autofree_ char *path = put_bundle(dir, text, strlen(text));
	struct rkr_error err = { 0 };

	must_fail(path, &err);
	ck_assert_msg(strstr(err.what, broken[_i].what), "%s -> %s: %s", broken[_i].old, broken[_i].new,
		      err.what);
	ck_assert_int_eq(err.code, -EINVAL);
	/* In what the decoder of UTF-8 refuses, lines are not counted exactly. */
	if (broken[_i].line != 1)
		ck_assert_msg(err.line == broken[_i].line, "%s -> %s: on line %u: %s", broken[_i].old,
			      broken[_i].new, (unsigned)err.line, err.what);
	ck_assert_ptr_nonnull(strstr(err.file, err.line ? "r.rkrun/run.yaml" : "r.rkrun/"));
}
END_TEST

START_TEST(not_yaml_at_all)
{
	static const struct {
		const char *text;
		size_t size;
	} cases[] = {
		{ "", 0 },
		{ "\0", 1 },
		{ "\xff\xfe"
		  "a",
		  3 },
		{ "\xef\xbb\xbf", 3 },
		{ "- list\n", 7 },
		{ "scalar\n", 7 },
		{ "{", 1 },
		{ "}", 1 },
		{ "# comment\n", 10 },
		{ "---\n...\n", 8 },
		{ "\n\n", 2 },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(cases); i++) {
		_autotmp_ char *dir = tmp_new();
		_autofree_ char *path = put_bundle(dir, cases[i].text, cases[i].size);
		struct rkr_error err = { 0 };

		must_fail(path, &err);
		ck_assert_int_eq(err.code, -EINVAL);
	}
}
END_TEST

/* Small texts that would take much memory or time, if they were believed. */
START_TEST(greedy_yaml)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *big = malloc((size_t)40 << 20);
	struct rkr_error err = { 0 };
	size_t n;

	/* One string of 32 MiB, one comment, and as deep as it gets. */
	for (int i = 0; i < 3; i++) {
		static const char *const starts[] = { "format: \"", "#", "format: " };

		n = (size_t)sprintf(big, "%s", starts[i]);
		memset(big + n, i == 2 ? '[' : 'a', (size_t)32 << 20);
		n += (size_t)32 << 20;
		big[n++] = '"';
		big[n++] = '\n';
		_autofree_ char *path = put_bundle(dir, big, n);

		must_fail(path, &err);
		ck_assert_msg(strstr(err.what, i == 2 ? "nested" : "too long"), "%s", err.what);
	}
	/* Many unknown keys. */
	n = (size_t)sprintf(big, "%s", sound);
	for (int i = 0; i < 1100; i++)
		n += (size_t)sprintf(big + n, "k%d: 1\n", i);
	_autofree_ char *path = put_bundle(dir, big, n);

	must_fail(path, &err);
	ck_assert_msg(strstr(err.what, "too many unknown keys"), "%s", err.what);
}
END_TEST

/* ---- files that are not what they should be ---- */

START_TEST(links_and_pipes)
{
	static const char *const names[] = { "run.yaml", "bo-000.bin", "words-000.bin" };

	for (size_t i = 0; i < RKR_ARRAY_LEN(names); i++) {
		_autotmp_ char *dir = tmp_new();
		_autofree_ char *path = put_bundle(dir, sound, strlen(sound)),
				*file = path_in(path, names[i]), *outside = path_in(dir, "outside");
		struct rkr_error err = { 0 };

		/* The right bytes, but elsewhere. */
		ck_assert_int_eq(rename(file, outside), 0);
		must_fail(path, &err);
		ck_assert_int_eq(err.code, i ? -EINVAL : -ENOENT);
		ck_assert_int_eq(symlink(outside, file), 0);
		must_fail(path, &err);
		ck_assert_str_eq(err.what, "it is a symbolic link");
		ck_assert_ptr_nonnull(strstr(err.file, names[i]));
		ck_assert_int_eq(unlink(file), 0);
		ck_assert_int_eq(mkfifo(file, 0600), 0);
		must_fail(path, &err);
		ck_assert_str_eq(err.what, "it is not a regular file");
		ck_assert_int_eq(unlink(file), 0);
		ck_assert_int_eq(mkdir(file, 0700), 0);
		must_fail(path, &err);
		ck_assert_str_eq(err.what, "it is not a regular file");
	}
}
END_TEST

START_TEST(no_directory)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *missing = path_in(dir, "missing"), *file = path_in(dir, "file");
	struct rkr_error err = { 0 };

	must_fail(missing, &err);
	ck_assert_int_eq(err.code, -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.file, "missing"));
	write_file(file, "", 0);
	must_fail(file, &err);
	ck_assert_int_eq(err.code, -ENOTDIR);
	must_fail(dir, &err);
	ck_assert_int_eq(err.code, -ENOENT);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("bundle-malformed");
	TCase *yaml = tcase_create("yaml"), *files = tcase_create("files");

	tcase_set_timeout(yaml, 60);
	tcase_add_test(yaml, sound_is_sound);
	tcase_add_loop_test(yaml, broken_yaml, 0, (int)RKR_ARRAY_LEN(broken));
	tcase_add_test(yaml, not_yaml_at_all);
	tcase_add_test(yaml, greedy_yaml);
	suite_add_tcase(suite, yaml);
	tcase_add_test(files, links_and_pipes);
	tcase_add_test(files, no_directory);
	suite_add_tcase(suite, files);
	return suite;
}

int
main(void)
{
	return test_main(make_suite());
}
