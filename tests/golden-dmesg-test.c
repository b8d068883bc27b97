/* SPDX-License-Identifier: MIT */
/* Log excerpts against what a reader found in them: tests/golden/dmesg, one file per excerpt. */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/run.h"
#include "lib/util.h"
#include "parsers/parse.h"
#include "tests/common.h"
#include "tests/golden.h"

#define GOLDENS "tests/golden/dmesg"
#define EXCERPTS "captures/dmesg"
#define N_GOLDENS 84
/* More records than any golden file has. */
#define RECORDS_MAX 64

/* The files of a folder whose names begin with a number of three digits, sorted. */
struct names {
	struct dirent **entry;
	int n;
};

static int
is_numbered(const struct dirent *entry)
{
	return strspn(entry->d_name, "0123456789") == 3;
}

static struct names
list(const char *folder)
{
	struct names names;

	names.n = scandir(folder, &names.entry, is_numbered, alphasort);
	ck_assert_msg(names.n >= 0, "cannot read %s", folder);
	return names;
}

static void
names_free(struct names *names)
{
	for (int i = 0; i < names->n; i++)
		free(names->entry[i]);
	free(names->entry);
}

/* A golden file. */
struct file {
	char *path;
	char *text;
	struct golden record[RECORDS_MAX];
	size_t n;
};

/* Read golden file number @i of the sorted list; fails the test if its form is wrong. */
static struct file *
read_golden(int i)
{
	_autofree_ char *folder = test_source(GOLDENS);
	struct names names = list(folder);
	struct file *file = calloc(1, sizeof(*file));
	char head[8];

	ck_assert_ptr_nonnull(file);
	ck_assert_int_lt(i, names.n);
	const char *name = names.entry[i]->d_name;

	ck_assert_msg(strcmp(name + 3, ".txt") == 0, "%s is not named NNN.txt", name);
	snprintf(head, sizeof(head), "# %.3s: ", name);
	ck_assert_int_gt(asprintf(&file->path, "%s/%s", folder, name), 0);
	names_free(&names);
	file->text = test_read_file(file->path, NULL);
	ck_assert_msg(strncmp(file->text, head, strlen(head)) == 0, "%s does not begin with '%s'", file->path,
		      head);
	for (char *line = strchr(file->text, '\n'), *end; line && line[1] != '\0'; line = end) {
		end = strchr(++line, '\n');
		ck_assert_msg(end != NULL, "%s does not end with a newline", file->path);
		*end = '\0';
		ck_assert_uint_lt(file->n, RECORDS_MAX);
		struct golden *g = &file->record[file->n];
		const char *wrong = golden_read(g, line);

		*end = '\n';
		ck_assert_msg(!wrong, "%s: %s: %s", file->path, wrong ? wrong : "", g->text);
		ck_assert_msg(file->n == 0 || g->buf.rec.place.line >= g[-1].buf.rec.place.line,
			      "%s: lines out of order: %s", file->path, g->text);
		file->n++;
	}
	return file;
}

static void
file_free(struct file *file)
{
	for (size_t i = 0; i < file->n; i++)
		golden_free(&file->record[i]);
	free(file->path);
	free(file->text);
	free(file);
}

/* ---- the form ---- */

START_TEST(form_is_right)
{
	struct file *file = read_golden(_i);

	/* A log that repeats nothing of itself: no word of an excerpt's sentences is written down. */
	for (size_t i = 0; i < file->n; i++) {
		const struct rkr_record *rec = &file->record[i].buf.rec;
		int text = rkr_field_by_name(rec->kind, "text"), more = rkr_field_by_name(rec->kind, "more");

		ck_assert_msg(text < 0 || !rkr_has(rec, text) || file->record[i].any >> text & 1,
			      "%s: the text is to be '*': %s", file->path, file->record[i].text);
		ck_assert_msg(more < 0 || !rkr_has(rec, more) || file->record[i].any >> more & 1,
			      "%s: the rest is to be '*': %s", file->path, file->record[i].text);
	}
	file_free(file);
}
END_TEST

START_TEST(there_are_as_many)
{
	_autofree_ char *folder = test_source(GOLDENS);
	struct names names = list(folder);

	ck_assert_int_eq(names.n, N_GOLDENS);
	names_free(&names);
}
END_TEST

/* The reader of golden lines refuses what does not fit, so that the test above can fail. */
START_TEST(wrong_lines_are_refused)
{
	static const struct {
		const char *line, *wrong;
	} lines[] = {
		{ "", "no line number" },
		{ "wait", "no line number" },
		{ "0 wait", "no line number" },
		{ "007 wait", "no line number" },
		{ "1", "no such kind" },
		{ "1 weight", "no such kind" },
		{ "1 wait mask", "a field without a value" },
		{ "1 wait  mask=1", "a field without a value" },
		{ "1 wait core=1", "no such field" },
		{ "1 wait mask=1 mask=1", "fields out of order" },
		{ "1 wait mask=1 what=\"failed\"", "fields out of order" },
		{ "1 wait mask=", "no such unsigned number" },
		{ "1 wait mask=*", "no such unsigned number" },
		{ "1 wait mask=-1", "no such unsigned number" },
		{ "1 wait mask=1us", "no such unsigned number" },
		{ "1 wait mask=0x100000000", "no such unsigned number" },
		{ "1 wait timeout_us=18446744073709551616", "no such unsigned number" },
		{ "1 wait iommu_domain_id=2147483648", "no such signed number" },
		{ "1 wait iommu_domain_id=--1", "no such signed number" },
		{ "1 wait time=1.", "no decimal fraction" },
		{ "1 wait time=.5", "no decimal fraction" },
		{ "1 wait time=1.0000005", "no decimal fraction" },
		{ "1 wait time=-1.5", "no decimal fraction" },
		{ "1 identity time=1.5", "no time of the day" },
		{ "1 identity time=24:00:00.000", "no time of the day" },
		{ "1 identity time=09:58:04.79", "no time of the day" },
		{ "1 identity time=09:58:04.7941", "no time of the day" },
		{ "1 wait what=failed", "no string" },
		{ "1 wait what=\"failed", "no string" },
		{ "1 wait what=\"fai\"led", "no string" },
		{ "1 wait what=\"fai\\led\"", "no string" },
		{ "1 wait what=\"failed\\", "no string" },
		{ "1 identity level=\"II\"", "no single character" },
		{ "1 identity level=*", "no single character" },
		{ "1 regcmd_run qwords=1", "golden files have no arrays" },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(lines); i++) {
		struct golden g;
		const char *wrong = golden_read(&g, lines[i].line);

		ck_assert_msg(wrong && strcmp(wrong, lines[i].wrong) == 0, "'%s': %s instead of %s",
			      lines[i].line, wrong ? wrong : "nothing wrong", lines[i].wrong);
		golden_free(&g);
	}
}
END_TEST

/* A golden line matches its own record, however its numbers are written, and no other. */
START_TEST(lines_match_their_records)
{
	static const struct {
		const char *golden, *record;
		bool match;
	} pairs[] = {
		{ "1 wait mask=0x10 ret=-512", "1 wait mask=16 ret=-512", true },
		{ "1 wait time=1.5 what=\"a\\\"b\\\\ c\"", "1 wait time=1.500000 what=\"a\\\"b\\\\ c\"",
		  true },
		{ "1 identity time=00:00:01.500 level=\"I\" text=*",
		  "1 identity time=00:00:01.500 level=\"I\" text=\"x\"", true },
		{ "1 wait", "2 wait", false },
		{ "1 wait", "1 timeout", false },
		{ "1 wait", "1 wait mask=0", false },
		{ "1 wait mask=0", "1 wait", false },
		{ "1 wait mask=1", "1 wait mask=2", false },
		{ "1 wait ret=-512", "1 wait ret=512", false },
		{ "1 wait time=1.5", "1 wait time=1.05", false },
		{ "1 wait what=\"failed\"", "1 wait what=\"fail\"", false },
		{ "1 identity level=\"I\"", "1 identity level=\"W\"", false },
		{ "1 identity text=*", "1 identity", false },
		{ "1 runtime_error op_name=\"\"", "1 runtime_error", false },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(pairs); i++) {
		struct golden g, other;

		ck_assert_ptr_null(golden_read(&g, pairs[i].golden));
		ck_assert_ptr_null(golden_read(&other, pairs[i].record));
		ck_assert_msg(golden_matches(&g, &other.buf.rec) == pairs[i].match, "'%s' and '%s'",
			      pairs[i].golden, pairs[i].record);
		golden_free(&g);
		golden_free(&other);
	}
}
END_TEST

/* ---- the excerpts ---- */

/* The folder of excerpts, to be freed. Skips the test if there is none. */
static char *
excerpts(void)
{
	char *folder = test_shared(EXCERPTS);

	if (!folder)
		test_skip("there are no captures");
	return folder;
}

/* One golden file for each excerpt, and one excerpt for each golden file. */
START_TEST(one_for_each_excerpt)
{
	_autofree_ char *logs_folder = excerpts(), *goldens_folder = test_source(GOLDENS);
	struct names logs = list(logs_folder), goldens = list(goldens_folder);

	ck_assert_int_eq(logs.n, N_GOLDENS);
	ck_assert_int_eq(goldens.n, N_GOLDENS);
	for (int i = 0; i < logs.n; i++)
		ck_assert_msg(strncmp(logs.entry[i]->d_name, goldens.entry[i]->d_name, 3) == 0, "%s and %s",
			      logs.entry[i]->d_name, goldens.entry[i]->d_name);
	names_free(&logs);
	names_free(&goldens);
}
END_TEST

static int
add_record(void *data, const struct rkr_record *rec)
{
	return rkr_run_append(data, rec);
}

/* A golden line, or that there is none. */
static const char *
golden_text(const struct file *file, size_t i)
{
	return i < file->n ? file->record[i].text : "(no more records)";
}

START_TEST(excerpt_is_read_as_written_down)
{
	_autofree_ char *folder = excerpts(), *path = NULL;
	struct file *file = read_golden(_i);
	struct names logs = list(folder);
	struct rkr_error err = { 0 };
	struct rkp_accounting acc;
	struct rkr_buf got = { 0 };
	struct rkr_run *run;
	uint32_t index;
	size_t i = 0;

	ck_assert_int_lt(_i, logs.n);
	ck_assert_int_gt(asprintf(&path, "%s/%s", folder, logs.entry[_i]->d_name), 0);
	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkr_run_add_file(run, path, &index), 0);
	const struct rkp_sink sink = { .data = run, .record = add_record };

	if (rkp_parse_file(path, index, &sink, &acc, &err) != 0)
		ck_abort_msg("%s: %s", path, err.what);
	while (i < file->n && i < rkr_run_n_records(run) &&
	       golden_matches(&file->record[i], rkr_run_record(run, i)))
		i++;
	if (i < file->n || i < rkr_run_n_records(run)) {
		if (i < rkr_run_n_records(run))
			golden_put(&got, rkr_run_record(run, i));
		else
			rkr_buf_printf(&got, "(no more records)");
		rkr_buf_put(&got, "", 1);
		ck_assert_int_eq(got.failed, 0);
		ck_abort_msg("%s: record %zu of %zu, parsed %zu\n#   golden: %s\n#   parsed: %s",
			     logs.entry[_i]->d_name, i + 1, file->n, rkr_run_n_records(run),
			     golden_text(file, i), got.data);
	}
	rkr_run_free(run);
	names_free(&logs);
	file_free(file);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("golden-dmesg");
	TCase *form = tcase_create("form");
	TCase *logs = tcase_create("excerpts");

	tcase_add_test(form, there_are_as_many);
	tcase_add_loop_test(form, form_is_right, 0, N_GOLDENS);
	tcase_add_test(form, wrong_lines_are_refused);
	tcase_add_test(form, lines_match_their_records);
	suite_add_tcase(suite, form);
	tcase_add_test(logs, one_for_each_excerpt);
	tcase_add_loop_test(logs, excerpt_is_read_as_written_down, 0, N_GOLDENS);
	suite_add_tcase(suite, logs);
	return suite;
}

int
main(void)
{
	return test_main(make_suite());
}
