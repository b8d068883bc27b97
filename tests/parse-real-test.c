/* SPDX-License-Identifier: MIT */
/*
 * The real captures: what is in each of them, counted by hand and by other
 * tools, and what holds when they are damaged.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "tests/common.h"
#include "tests/parse-common.h"

/* Counts of a log, from the fact sheets that came with the captures. */
struct facts {
	const char *name;
	unsigned lines;
	unsigned actions;
	unsigned returns;    /* IOCTL_RET rows */
	unsigned creates;
	unsigned maps;       /* MEM_MAP, MMAP and what they return, as many of each */
	unsigned syncs;
	unsigned subcores;   /* rows of the one submit */
	unsigned allocs;     /* and as many frees */
	unsigned rknn;       /* other rows of the runtime */
	unsigned sysfs;
	unsigned task_likes; /* rows of the scan, of either kind */
	unsigned tasks;      /* those of a task table: one at the start of GEM 1, some embedded ones */
	unsigned qwords;
	unsigned odd;        /* lines that the sheets call unclassified: cut lines, and known sentences */
};

#define IOCTL(n, ...) { .name = "capture_rknpu_ioctl_" n ".log", .subcores = 5, __VA_ARGS__ }
#define DUMP(n, l, r, like, real, q, o)                                                                  \
	{ .name = "capture_rknpu_submit_dump_gems_" n ".log", .lines = l, .allocs = (r) ? 5 : 0, .rknn = r, \
	  .task_likes = like, .tasks = real, .qwords = q, .odd = o }
/* The usual log of calls, and that of a run that dumps its tensors. */
#define FULL .actions = 12, .returns = 35, .creates = 5, .maps = 5, .syncs = 12, .allocs = 5, .rknn = 25
#define VERBOSE .actions = 12, .returns = 38, .creates = 5, .maps = 5, .syncs = 15, .allocs = 5, .rknn = 52

static const struct facts logs[] = {
	IOCTL("c32_h14_readonly_20260524_1303", .lines = 150, FULL),
	IOCTL("c64_h56_readonly_20260524_133736", .lines = 208, VERBOSE, .odd = 2),
	IOCTL("h14_readonly_20260524_124823", .lines = 184, VERBOSE, .odd = 2),
	IOCTL("pw_c256_h14_readonly_20260524_131817", .lines = 209, VERBOSE, .odd = 3),
	IOCTL("readonly_rerun_20260524_121849", .lines = 148, FULL),
	IOCTL("sweep_action_readonly_20260524_135914", .lines = 150, FULL),
	IOCTL("sweep_action_ret_readonly", .lines = 117, .actions = 12, .returns = 30, .creates = 5,
	      .syncs = 12, .allocs = 5, .rknn = 25),
	IOCTL("sweep_action_ret_readonly_20260524_115630", .lines = 150, FULL),
	IOCTL("sweep_action_ret_readonly_latest", .lines = 150, FULL),
	IOCTL("sweep_action_ret_readonly_rerun", .lines = 150, FULL),
	IOCTL("sweep_readonly", .lines = 40, .creates = 5, .syncs = 12),
	IOCTL("sysfs_readonly", .lines = 172, FULL, .sysfs = 20),
	{ .name = "capture_rknpu_submit_mix_readonly.log", .lines = 20, .subcores = 5 },
	{ .name = "capture_rknpu_submit_sweep_readonly.log", .lines = 20, .subcores = 5 },
	DUMP("6desc_h7_live_regcmd_20260524_123133", 945, 25, 58, 11, 832, 0),
	DUMP("c32_h14_live_regcmd_20260524_1303", 116, 25, 60, 11, 0, 0),
	DUMP("c32_h14_live_regcmd_20260524_1304", 948, 25, 60, 11, 832, 0),
	DUMP("c32_h14_live_regcmd_20260524_131100", 172, 56, 60, 11, 0, 1),
	DUMP("c32_h14_live_regcmd_832_20260524_131129", 1004, 56, 60, 11, 832, 1),
	DUMP("c64_h56_live_regcmd_1168_20260524_133725", 1334, 53, 58, 14, 1168, 0),
	DUMP("channeltile_20260524_113150", 131, 25, 50, 11, 0, 4),
	DUMP("channeltile_rerun_20260524_123826", 159, 53, 50, 11, 0, 1),
	DUMP("h14_live_regcmd_20260524_124717", 130, 53, 46, 11, 0, 0),
	DUMP("h14_live_regcmd_832_20260524_124752", 962, 53, 46, 11, 832, 0),
	DUMP("pw_c256_h14_live_regcmd_832_20260524_131804", 991, 53, 50, 11, 832, 1),
	DUMP("pw_c256_h14_live_regcmd_832_20260524_133222", 991, 53, 50, 11, 832, 1),
	DUMP("rerun_20260524_122116", 1653, 25, 94, 34, 1504, 0),
	DUMP("sweep", 110, 0, 90, 34, 0, 0),
	DUMP("sweep_live_regcmd", 1650, 25, 90, 34, 1504, 0),
	DUMP("sweep_rerun", 145, 25, 90, 34, 0, 0),
	{ .name = "mmio_snapshot_baseline_after_recovery_20260524.log", .lines = 2 },
	{ .name = "sysfs_snapshot_baseline_after_recovery_20260524.log", .lines = 11, .sysfs = 10 },
};

/*
 * A log by name, to be freed. Without the folder of captures the test is
 * skipped; with it, the log must be there.
 */
static char *
read_log(const char *name, size_t *ret_len)
{
	_autofree_ char *folder = test_shared("captures/logs"), *path = NULL;

	if (!folder)
		test_skip("there are no captures");
	ck_assert_int_gt(asprintf(&path, "%s/%s", folder, name), 0);
	return test_read_file(path, ret_len);
}

static size_t
count_lines(const struct rkr_buf *stretches, const char *start)
{
	size_t n = 0, len = strlen(start);

	for (const char *p = stretches->data; p && p < stretches->data + stretches->len; n++) {
		if (strncmp(p, start, len) != 0)
			n--;
		p = memchr(p, '\n', (size_t)(stretches->data + stretches->len - p));
		p = p ? p + 1 : NULL;
	}
	return n;
}

START_TEST(log_has_what_it_has)
{
	const struct facts *f = &logs[_i];
	size_t len, returns = 0, qwords = 0, subcores = 0, given[3] = { 0 };
	_autofree_ char *text = read_log(f->name, &len);

	struct parsed p = parse_bytes(text, len, SIZE_MAX);
	const uint64_t *kinds = p.acc.kind;

	for (size_t i = 0; i < rkr_run_n_records(p.run); i++) {
		const struct rkr_record *rec = rkr_run_record(p.run, i);
		int ret = rkr_field_by_name(rec->kind, "ret");

		returns += ret >= 0 && rkr_has(rec, ret);
		/* rows of what a call gave: none without those of the maps */
		given[0] += rec->kind == RKR_KIND_mem_create && rkr_has(rec, RKR_F_mem_create_handle);
		given[1] += rec->kind == RKR_KIND_mem_map && rkr_has(rec, RKR_F_mem_map_offset);
		given[2] += rec->kind == RKR_KIND_mmap && rkr_has(rec, RKR_F_mmap_addr);
		if (rec->kind == RKR_KIND_regcmd_window)
			qwords += rkr_get_b(rec, RKR_F_regcmd_window_qwords)->len;
		for (int s = 0; s < 5 && rec->kind == RKR_KIND_submit; s++)
			subcores += rkr_has(rec, RKR_F_submit_sub0_start + 2 * s);
	}
	ck_assert_msg(p.acc.unknown == 0, "unknown:\n%.*s", (int)p.stretches.len, p.stretches.data);
	ck_assert_uint_eq(p.acc.lines, f->lines);
	ck_assert_uint_eq(kinds[RKR_KIND_action], f->actions);
	ck_assert_uint_eq(returns, f->returns);
	ck_assert_uint_eq(kinds[RKR_KIND_mem_create], f->creates);
	ck_assert_uint_eq(kinds[RKR_KIND_mem_map], f->maps);
	ck_assert_uint_eq(kinds[RKR_KIND_mmap], f->maps);
	for (size_t i = 0; i < RKR_ARRAY_LEN(given); i++)
		ck_assert_uint_eq(given[i], f->maps);
	ck_assert_uint_eq(kinds[RKR_KIND_mem_sync], f->syncs);
	ck_assert_uint_eq(subcores, f->subcores);
	ck_assert_uint_eq(kinds[RKR_KIND_submit], f->subcores || f->task_likes ? 1 : 0);
	ck_assert_uint_eq(kinds[RKR_KIND_bo_alloc], f->allocs);
	ck_assert_uint_eq(kinds[RKR_KIND_bo_free], f->allocs);
	ck_assert_uint_eq(kinds[RKR_KIND_sysfs_value], f->sysfs);
	ck_assert_uint_eq(kinds[RKR_KIND_snapshot_sysfs], f->sysfs / 10);
	ck_assert_uint_eq(kinds[RKR_KIND_gem], f->task_likes ? 5 : 0);
	ck_assert_uint_eq(kinds[RKR_KIND_gem_unavailable], f->task_likes ? 1 : 0);
	ck_assert_uint_eq(kinds[RKR_KIND_task] + kinds[RKR_KIND_task_like], f->task_likes);
	ck_assert_uint_eq(kinds[RKR_KIND_task], f->tasks);
	ck_assert_uint_eq(qwords, f->qwords);
	/*
	 * one size row, two totals, three tensors, three versions: always; the rest are
	 * lines of tables and notes
	 */
	ck_assert_uint_eq(kinds[RKR_KIND_regcmd_size], f->rknn ? 1 : 0);
	ck_assert_uint_eq(kinds[RKR_KIND_memory_total], f->rknn ? 2 : 0);
	ck_assert_uint_eq(kinds[RKR_KIND_tensor], f->rknn ? 3 : 0);
	ck_assert_uint_eq(kinds[RKR_KIND_identity], f->rknn ? 3 : 0);
	ck_assert_uint_eq(count_lines(&p.stretches, "rknn-") + count_lines(&p.stretches, "app-error"),
			  (f->rknn ? f->rknn - 9 : 0) + f->odd);
	parsed_free(&p);
}
END_TEST

/* Written again, each format alone and all together, a log gives the same records. */
START_TEST(log_is_written_again)
{
	size_t len;
	_autofree_ char *text = read_log(logs[_i].name, &len);

	struct parsed p = parse_bytes(text, len, SIZE_MAX);

	assert_round_trip(&p);
	for (unsigned f = 0; f < RKP_FORMAT_MAX_; f++) {
		size_t written_len;
		_autofree_ char *written = export_text(p.run, 1u << f, &written_len);
		struct parsed one = parse_bytes(written, written_len, SIZE_MAX);
		size_t at = 0;

		ck_assert_uint_eq(one.acc.unknown, 0);
		/* the records of one format, in the order that they have in the log */
		for (size_t i = 0; i < rkr_run_n_records(one.run); i++, at++) {
			/* of a submit, a dump's log has less */
			if (f == RKP_FORMAT_GEM_DUMP && p.acc.kind[RKR_KIND_gem] == 0) {
				ck_assert_int_eq(rkr_run_record(one.run, i)->kind, RKR_KIND_submit);
				continue;
			}
			while (at < rkr_run_n_records(p.run) &&
			       !rkr_record_equal(rkr_run_record(p.run, at), rkr_run_record(one.run, i)))
				at++;
			ck_assert_msg(at < rkr_run_n_records(p.run), "%s: record %zu as %s is not in the log",
				      logs[_i].name, i, rkp_format_name((enum rkp_format)f));
		}
		parsed_free(&one);
	}
	parsed_free(&p);
}
END_TEST

/*
 * Lines of the export, other than those that gdb prints around the rest, are
 * lines of the log, in its order.
 */
START_TEST(written_lines_are_those_of_the_log)
{
	size_t len;
	_autofree_ char *text = read_log(logs[_i].name, &len);

	struct parsed p = parse_bytes(text, len, SIZE_MAX);
	_autofree_ char *written = export_text(p.run, FORMATS_ALL, NULL);
	const char *from = text;
	unsigned tables = 0;

	for (char *line = written, *end; (end = strchr(line, '\n')); line = end + 1) {
		_autofree_ char *needle = strndup(line, (size_t)(end + 1 - line));
		/* a rule may be drawn a millisecond after what stands above it */
		bool rule = strstr(needle, "] ----------------------------------------\n") != NULL;
		/* what a snapshot stands in the middle of is put together, and cut lines are joined */
		bool moved =
			strstr(needle, "IOCTL_RET #32 SUBMIT") || strstr(needle, "MEM_SYNC flags=0x00000002");

		tables += strstr(needle, "Tensor Information Table") != NULL;
		if (strncmp(needle, "[Inferior", 9) == 0 || strncmp(needle, "Function", 8) == 0 ||
		    strncmp(needle, "Breakpoint", 10) == 0 || rule)
			continue;
		const char *at = strstr(moved ? text : from, needle);

		ck_assert_msg(at != NULL, "%s: not in the log, or not here: %s", logs[_i].name, needle);
		from = moved ? from : at + strlen(needle);
	}
	ck_assert_uint_eq(tables, logs[_i].rknn ? 2 : 0);
	parsed_free(&p);
}
END_TEST

START_TEST(chunks_do_not_matter)
{
	static const size_t chunks[] = { 1, 7, 4096 };
	size_t len;
	_autofree_ char *text = read_log(logs[_i].name, &len);

	struct parsed whole = parse_bytes(text, len, SIZE_MAX);

	for (size_t c = 0; c < RKR_ARRAY_LEN(chunks); c++) {
		struct parsed p = parse_bytes(text, len, chunks[c]);

		assert_same_parse(&whole, &p, true);
		parsed_free(&p);
	}
	parsed_free(&whole);
}
END_TEST

/* ---- damage ---- */

static const char *const damaged[] = {
	"capture_rknpu_ioctl_h14_readonly_20260524_124823.log",
	"capture_rknpu_submit_dump_gems_c64_h56_live_regcmd_1168_20260524_133725.log",
};

START_TEST(truncated_at_every_byte)
{
	size_t len;
	_autofree_ char *text = read_log(damaged[_i], &len);

	/* of the dump, into its window */
	len = len < 24000 ? len : 24000;
	for (size_t n = 0; n < len; n++) {
		struct parsed p = parse_bytes(text, n, SIZE_MAX);

		if (n % 16 == 0)
			assert_round_trip(&p);
		parsed_free(&p);
	}
}
END_TEST

/*
 * One bit, anywhere: all is accounted for, what was read can be written and read
 * again, and most is not lost.
 */
START_TEST(one_bit_flipped)
{
	struct test_random random = { 0x5eed + (uint64_t)_i };
	size_t len;
	_autofree_ char *text = read_log(damaged[_i], &len);

	struct parsed whole = parse_bytes(text, len, SIZE_MAX);

	for (size_t n = 0; n < 1500; n++) {
		uint64_t bit = test_random_next(&random) % (8 * len);
		char flip = (char)(1 << bit % 8);

		text[bit / 8] = (char)(text[bit / 8] ^ flip);
		struct parsed p = parse_bytes(text, len, SIZE_MAX);

		assert_round_trip(&p);
		ck_assert_uint_ge(rkr_run_n_records(p.run) + 3, rkr_run_n_records(whole.run));
		parsed_free(&p);
		text[bit / 8] = (char)(text[bit / 8] ^ flip);
	}
	parsed_free(&whole);
}
END_TEST

/* Many bytes: no promise of what is read, but that nothing breaks and nothing is lost. */
START_TEST(many_bytes_changed)
{
	static const char bytes[] = "\n\n\r\0 0x#=-1f[]ACTION";
	struct test_random random = { 0xbad + (uint64_t)_i };
	size_t len;
	_autofree_ char *text = read_log(damaged[_i], &len), *copy = malloc(len);

	for (size_t n = 0; n < 300; n++) {
		memcpy(copy, text, len);
		for (size_t k = 0; k < 1 + n; k++)
			copy[test_random_next(&random) % len] =
				bytes[test_random_next(&random) % (sizeof(bytes) - 1)];
		struct parsed p = parse_bytes(copy, len, SIZE_MAX);

		assert_round_trip(&p);
		parsed_free(&p);
	}
}
END_TEST

/* Lines in another order, or more than once. */
START_TEST(lines_shuffled)
{
	struct test_random random = { 0x5bad + (uint64_t)_i };
	size_t len, n_lines = 0;
	_autofree_ char *text = read_log(damaged[_i], &len), *copy = malloc(4 * len);
	_autofree_ const char **lines = calloc(len + 1, sizeof(*lines));

	for (char *p = text; p < text + len;
	     p = memchr(p, '\n', (size_t)(text + len - p)), p = p ? p + 1 : text + len)
		lines[n_lines++] = p;
	lines[n_lines] = text + len;
	for (size_t n = 0; n < 100; n++) {
		size_t to = 0;

		for (size_t k = 0; k < n_lines; k++) {
			size_t i = test_random_next(&random) % n_lines,
			       line_len = (size_t)(lines[i + 1] - lines[i]);

			if (to + line_len > 4 * len)
				break;
			memcpy(copy + to, lines[i], line_len);
			to += line_len;
		}
		struct parsed p = parse_bytes(copy, to, SIZE_MAX);

		assert_round_trip(&p);
		parsed_free(&p);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("parse-real");
	TCase *tc = tcase_create("logs");
	const int n = (int)RKR_ARRAY_LEN(logs), n_damaged = (int)RKR_ARRAY_LEN(damaged);

	tcase_add_loop_test(tc, log_has_what_it_has, 0, n);
	tcase_add_loop_test(tc, log_is_written_again, 0, n);
	tcase_add_loop_test(tc, written_lines_are_those_of_the_log, 0, n);
	tcase_add_loop_test(tc, chunks_do_not_matter, 0, n);
	suite_add_tcase(suite, tc);

	tc = tcase_create("damage");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, truncated_at_every_byte, 0, n_damaged);
	tcase_add_loop_test(tc, one_bit_flipped, 0, n_damaged);
	tcase_add_loop_test(tc, many_bytes_changed, 0, n_damaged);
	tcase_add_loop_test(tc, lines_shuffled, 0, n_damaged);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
