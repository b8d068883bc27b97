/* SPDX-License-Identifier: MIT */
/* From bytes to lines: long lines, odd bytes, any chunks; files and sinks that fail. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/util.h"
#include "parsers/row.h"
#include "tests/common.h"
#include "tests/parse-common.h"
#include "tests/parse-lines.h"

/* ---- odd bytes ---- */

START_TEST(odd_bytes)
{
	static const struct {
		const char *text;
		size_t len;
		uint64_t parsed, skipped;
	} texts[] = {
#define BYTES(t) t, sizeof(t) - 1
		{ BYTES(""), 0, 0 },
		{ BYTES("\n"), 0, 1 },
		{ BYTES("\r\n"), 0, 2 },
		{ BYTES("\r\r\n"), 0, 0 },
		{ BYTES("\0\0\0"), 0, 0 },
		{ BYTES(SYNC "\0\n"), 0, 0 },
		{ BYTES("\0" SYNC "\n"), 52, 0 },
		{ BYTES("\xff\xfe\x80\n\n"), 0, 1 },
		{ BYTES("SYSFS_SNAPSHOT a\0b\xff\n"), 20, 0 },
		{ BYTES("SYSFS_SNAPSHOT a\r\r\n"), 19, 0 },
		{ BYTES("TEST: \0\n"), 0, 8 },
		{ BYTES("\n\n\n" SYNC), 51, 3 },
		{ BYTES(SYNC "\r"), 52, 0 },
		{ BYTES(SYNC "\r\n" SYNC "\n"), 105, 0 },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(texts); i++) {
		struct parsed p = parse_bytes(texts[i].text, texts[i].len, SIZE_MAX);

		ck_assert_msg(p.acc.parsed == texts[i].parsed && p.acc.skipped == texts[i].skipped,
			      "text %zu", i);
		assert_round_trip(&p);
		parsed_free(&p);
	}
}
END_TEST

/* Lines up to a limit are rows; longer ones are unknown, whatever they look like, and are not kept. */
START_TEST(long_lines)
{
	static const size_t lengths[] = { RKP_LINE_MAX - 1, RKP_LINE_MAX, RKP_LINE_MAX + 1,
					  10 * RKP_LINE_MAX };
	static const char start[] = "SYSFS_SNAPSHOT ", more[] = "\nrknn_run OK\n";

	for (size_t i = 0; i < RKR_ARRAY_LEN(lengths); i++) {
		/* the last one cuts both this line and the next */
		const size_t chunks[] = { SIZE_MAX, 100000, RKP_LINE_MAX, (lengths[i] + 6) / 2 };
		size_t len = lengths[i] + sizeof(more) - 1;
		_autofree_ char *text = malloc(len);
		struct parsed first = { 0 };

		memset(text, 'x', len);
		memcpy(text, start, sizeof(start) - 1);
		memcpy(text + lengths[i], more, sizeof(more) - 1);
		for (size_t c = 0; c < RKR_ARRAY_LEN(chunks); c++) {
			struct parsed p = parse_bytes(text, len, chunks[c]);

			ck_assert_uint_eq(p.acc.kind[RKR_KIND_snapshot_sysfs], lengths[i] <= RKP_LINE_MAX);
			ck_assert_uint_eq(p.acc.unknown, lengths[i] <= RKP_LINE_MAX ? 0 : lengths[i] + 1);
			ck_assert_uint_eq(p.acc.skipped, 12);
			ck_assert_uint_eq(p.acc.lines, 2);
			if (c == 0) {
				first = p;
				continue;
			}
			assert_same_parse(&first, &p, true);
			parsed_free(&p);
		}
		parsed_free(&first);
	}
}
END_TEST

/* What waits for its rest waits no longer than for a line that is not kept. */
START_TEST(long_line_ends_what_waits)
{
	static const struct {
		const char *before, *after, *records, *stretches;
	} texts[] = {
		/* a row of a kernel log, which may go on in the next line */
		{ "RKNPU: job: a, mask: 0x1,\n", "  wait_count: 1, continue wait: 0\n",
		  "wait what=expired job=a mask=0x1\n", "unknown 2 unknown 3 " },
		/* a line that may have been cut */
		{ RKNN "news\n", "\n" SYNC "\n", "mem_sync flags=0x2 obj=0xa0 offset=0 size=64\n",
		  "unknown 1 unknown 2 blank 3 " },
		{ "TEST: " SYNC "\n", "x\n", "mem_sync flags=0x2 obj=0xa0 offset=0 size=64\n",
		  "app-banner 1 unknown 2 unknown 3 " },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(texts); i++) {
		struct rkr_buf text = { 0 }, stretches = { 0 };
		_autofree_ char *line = malloc(RKP_LINE_MAX + 2);

		memset(line, 'x', RKP_LINE_MAX + 1);
		line[RKP_LINE_MAX + 1] = '\n';
		rkr_buf_put(&text, texts[i].before, strlen(texts[i].before));
		rkr_buf_put(&text, line, RKP_LINE_MAX + 2);
		rkr_buf_put(&text, texts[i].after, strlen(texts[i].after));
		struct parsed p = parse_bytes(text.data, text.len, SIZE_MAX);
		_autofree_ char *got = parsed_records(&p);

		ck_assert_str_eq(got, texts[i].records);
		rkr_buf_put(&p.stretches, "", 1);
		for (char *s = p.stretches.data, *end; (end = strchr(s, '\n')); s = end + 1) {
			char rule[16];
			unsigned n;

			ck_assert_int_eq(sscanf(s, "%15s %u", rule, &n), 2);
			rkr_buf_printf(&stretches, "%s %u ", rule, n);
		}
		rkr_buf_put(&stretches, "", 1);
		ck_assert_str_eq(stretches.data, texts[i].stretches);
		parsed_free(&p);
		rkr_buf_free(&text);
		rkr_buf_free(&stretches);
	}
}
END_TEST

/* ---- how the input comes ---- */

static const char mixed[] =
	"Function \"ioctl\" not defined.\n\n" RKNN "Conv  " SYNC "\n" SYNC_RET "\n"
	"  1            0            0            4372         4372           68.90%\n"
	"what is this\nGEM 1: handle=1 size=4096 map_offset=0x0\n  task_like_entries=0\n"
	"  QWORD_WINDOW off=0x0 count=2\n  regcmd_qword[0] off=0x0 value=0x0000000000000001\n"
	"\xff\0\r\n  regcmd_qword[1] off=0x8 value=0x0000000000000002\r\n" BO "\n"
	"\n=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x10 ===\n"
	"  core_mask=0x00000000 fence_fd=-1\nIOCTL_RET #38 SUBMIT #1 ret=0\n"
	"D RKNN: [13:37:36.655] new kind of row\n[Inferior 1 (process 5) exited normally]\nACTION flags=0x";

START_TEST(chunks_do_not_matter)
{
	struct parsed whole = parse_bytes(mixed, sizeof(mixed) - 1, SIZE_MAX);

	ck_assert_uint_gt(whole.acc.parsed, 0);
	ck_assert_uint_gt(whole.acc.skipped, 0);
	ck_assert_uint_gt(whole.acc.unknown, 0);
	for (size_t chunk = 1; chunk < 200; chunk++) {
		struct parsed p = parse_bytes(mixed, sizeof(mixed) - 1, chunk);

		assert_same_parse(&whole, &p, true);
		parsed_free(&p);
	}
	assert_round_trip(&whole);
	parsed_free(&whole);
}
END_TEST

/* A log that ends anywhere is accounted for, and what was read can be written. */
START_TEST(truncated_anywhere)
{
	for (size_t len = 0; len < sizeof(mixed); len++) {
		struct parsed p = parse_bytes(mixed, len, SIZE_MAX);

		assert_round_trip(&p);
		parsed_free(&p);
	}
}
END_TEST

/* One bit wrong anywhere. */
START_TEST(flipped_anywhere)
{
	char text[sizeof(mixed)];

	for (size_t bit = 0; bit < 8 * (sizeof(mixed) - 1); bit++) {
		memcpy(text, mixed, sizeof(mixed));
		text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
		struct parsed p = parse_bytes(text, sizeof(mixed) - 1, SIZE_MAX);

		assert_round_trip(&p);
		parsed_free(&p);
	}
}
END_TEST

/* Told what kinds of log there are, a parser takes rows of no other. */
START_TEST(formats_can_be_forced)
{
	static const struct {
		unsigned formats;
		uint64_t calls, dumps, bos;
	} forced[] = {
		{ 0, 2, 3, 1 },
		{ 1 << RKP_FORMAT_GDB_IOCTL, 2, 0, 0 },
		{ 1 << RKP_FORMAT_GEM_DUMP, 0, 3, 0 },
		{ 1 << RKP_FORMAT_RKNN_DEBUG | 1 << RKP_FORMAT_GEM_DUMP, 0, 3, 1 },
		{ 1 << RKP_FORMAT_MMIO, 0, 0, 0 },
	};
	static const char text[] =
		"D RKNN: [13:37:36.655] Total Wei" SYNC "\n" SYNC_RET "\nCLOSE_RET #1 ret=0\n"
		"ght Memory Size: 18KB\nrknn_run OK\n"
		"GEM 1: handle=1 size=4096 map_offset=0x0\n  task_like_entries=0\n"
		"  QWORD_WINDOW off=0x0 count=1\n  regcmd_qword[0] off=0x0 value=0x0000000000000001\n"
		"submit #1: task_number=6 task_obj_addr=0xa0\n";

	for (size_t i = 0; i < RKR_ARRAY_LEN(forced); i++) {
		const struct rkp_sink sink = { .formats = forced[i].formats };
		const struct rkp_accounting *acc;
		struct rkp_parser *p;

		ck_assert_int_eq(rkp_parser_new(0, &sink, &p), 0);
		ck_assert_int_eq(rkp_parser_feed(p, text, sizeof(text) - 1), 0);
		ck_assert_int_eq(rkp_parser_finish(p), 0);
		acc = rkp_parser_accounting(p);
		ck_assert_uint_eq(acc->kind[RKR_KIND_mem_sync] + acc->kind[RKR_KIND_close], forced[i].calls);
		ck_assert_uint_eq(acc->kind[RKR_KIND_gem] + acc->kind[RKR_KIND_regcmd_window] +
					  acc->kind[RKR_KIND_submit],
				  forced[i].dumps);
		ck_assert_uint_eq(acc->kind[RKR_KIND_memory_total], forced[i].bos);
		ck_assert_uint_eq(acc->skipped, 12);
		ck_assert_uint_eq(acc->parsed + acc->skipped + acc->unknown, sizeof(text) - 1);
		rkp_parser_free(p);
	}
}
END_TEST

static int
refuse(void *data, const struct rkr_record *rec)
{
	int *left = data;

	(void)rec;
	return (*left)-- ? 0 : -EDOM;
}

static int
refuse_stretch(void *data, const struct rkp_stretch *stretch)
{
	(void)data;
	(void)stretch;
	return -EDOM;
}

static int
refuse_witness(void *data, enum rkr_kind kind)
{
	(void)data;
	(void)kind;
	return -EDOM;
}

START_TEST(sink_ends_the_parse)
{
	static const char text[] = SYNC "\n" SYNC_RET "\nCLOSE_RET #1 ret=0\nSYSFS_SNAPSHOT x\n\n";

	for (int n = 0; n < 5; n++) {
		int left = n;
		const struct rkp_sink sinks[] = {
			{ .data = &left, .record = refuse },
			{ .stretch = refuse_stretch },
			{ .witness = refuse_witness },
		};
		const struct rkp_sink *sink = &sinks[n < 3 ? 0 : n - 2];
		struct rkp_parser *p;

		ck_assert_int_eq(rkp_parser_new(0, sink, &p), 0);
		ck_assert_int_eq(rkp_parser_feed(p, text, sizeof(text) - 1), -EDOM);
		ck_assert_int_eq(rkp_parser_feed(p, text, sizeof(text) - 1), -EDOM);
		ck_assert_int_eq(rkp_parser_finish(p), -EDOM);
		ck_assert_int_eq(rkp_parser_finish(p), -EDOM);
		rkp_parser_free(p);
	}
}
END_TEST

START_TEST(feed_after_finish_is_refused)
{
	const struct rkp_sink sink = { 0 };
	struct rkp_parser *p;

	ck_assert_int_eq(rkp_parser_new(0, &sink, &p), 0);
	ck_assert_int_eq(rkp_parser_feed(p, NULL, 0), 0);
	ck_assert_int_eq(rkp_parser_finish(p), 0);
	ck_assert_int_eq(rkp_parser_finish(p), 0);
	ck_assert_int_eq(rkp_parser_feed(p, "x", 1), -EINVAL);
	ck_assert_uint_eq(rkp_parser_accounting(p)->bytes, 0);
	rkp_parser_free(p);
	rkp_parser_free(NULL);
}
END_TEST

/* ---- files ---- */

static void
assert_fails(const char *path, int code, const char *what, const char *cure)
{
	const struct rkp_sink sink = { 0 };
	struct rkp_accounting acc = { .bytes = 7 };
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkp_parse_file(path, 0, &sink, &acc, &err), code);
	ck_assert_uint_eq(acc.bytes, 7);
	ck_assert_int_eq(err.code, code);
	ck_assert_str_eq(err.file, path);
	ck_assert_str_eq(err.what, what);
	ck_assert_str_eq(err.cure, cure);
	ck_assert_int_eq(rkp_parse_file(path, 0, &sink, NULL, NULL), code);
}

START_TEST(files_that_cannot_be_read)
{
	char dir[] = "/tmp/rkreplay-parse-XXXXXX", path[64];

	assert_fails("/nonexistent/x.log", -ENOENT, "cannot open the log: No such file or directory",
		     "check the name");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	assert_fails(dir, -EISDIR, "cannot read the log: Is a directory", "name the files in it");
	snprintf(path, sizeof(path), "%s/x", dir);
	ck_assert_int_ge(close(open(path, O_CREAT | O_WRONLY, 0)), 0);
	if (geteuid() != 0)
		assert_fails(path, -EACCES, "cannot open the log: Permission denied",
			     "check its permissions");
	unlink(path);
	rmdir(dir);
	if (access("/proc/self/mem", R_OK) == 0)
		assert_fails("/proc/self/mem", -EIO, "cannot read the log: Input/output error", "");
}
END_TEST

START_TEST(files_into_a_run)
{
	char path[] = "/tmp/rkreplay-parse-XXXXXX";
	_autoclose_ int fd = mkstemp(path);
	struct rkp_accounting acc;
	struct rkr_error err = { 0 };
	struct rkr_run *run;
	size_t n[2] = { 0 };
	int left = 1;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	/* an empty file is no failure */
	ck_assert_int_eq(rkp_parse_into(run, path, NULL, &acc, &err), 0);
	ck_assert_uint_eq(acc.bytes, 0);
	ck_assert_uint_eq(rkr_run_n_records(run), 0);
	ck_assert_int_eq(write(fd, mixed, sizeof(mixed) - 1), sizeof(mixed) - 1);
	ck_assert_int_eq(rkp_parse_into(run, path, NULL, &acc, &err), 0);
	ck_assert_uint_eq(acc.bytes, sizeof(mixed) - 1);
	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		n[rkr_run_record(run, i)->place.file == 1]++;
	ck_assert_uint_eq(n[0], 0);
	ck_assert_uint_eq(n[1], 5);
	ck_assert_str_eq(rkr_run_file(run, 0), path);
	ck_assert_str_eq(rkr_run_file(run, 1), path);
	ck_assert(rkr_run_witnesses(run, RKR_KIND_mem_create));
	ck_assert(!rkr_run_witnesses(run, RKR_KIND_snapshot_sysfs));

	/* a second sink sees the same, and can end it */
	const struct rkp_sink also = { .data = &left, .record = refuse };

	ck_assert_int_eq(rkp_parse_into(run, path, &also, &acc, &err), -EDOM);
	ck_assert_str_eq(err.file, path);
	rkr_run_free(run);
	unlink(path);
}
END_TEST

START_TEST(standard_input)
{
	const struct rkp_sink sink = { 0 };
	struct rkp_accounting acc;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], SYNC "\n", sizeof(SYNC)), sizeof(SYNC));
	close(fds[1]);
	ck_assert_int_eq(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	ck_assert_int_eq(rkp_parse_file("-", 0, &sink, &acc, NULL), 0);
	ck_assert_uint_eq(acc.parsed, sizeof(SYNC));
	ck_assert_uint_eq(acc.kind[RKR_KIND_mem_sync], 1);
	/* it was not closed */
	ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
}
END_TEST
int
main(void)
{
	Suite *suite = suite_create("parse-lines");
	TCase *tc = tcase_create("bytes");

	tcase_set_timeout(tc, 90);
	tcase_add_test(tc, odd_bytes);
	tcase_add_test(tc, long_lines);
	tcase_add_test(tc, long_line_ends_what_waits);
	tcase_add_test(tc, chunks_do_not_matter);
	tcase_add_test(tc, truncated_anywhere);
	tcase_add_test(tc, flipped_anywhere);
	suite_add_tcase(suite, tc);

	tc = tcase_create("interface");
	tcase_add_test(tc, formats_can_be_forced);
	tcase_add_test(tc, sink_ends_the_parse);
	tcase_add_test(tc, feed_after_finish_is_refused);
	tcase_add_test(tc, files_that_cannot_be_read);
	tcase_add_test(tc, files_into_a_run);
	tcase_add_test(tc, standard_input);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
