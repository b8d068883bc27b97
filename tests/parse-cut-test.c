/* SPDX-License-Identifier: MIT */
/* Lines that a row of another writer cuts in two. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "parsers/queue.h"
#include "tests/common.h"
#include "tests/parse-common.h"
#include "tests/parse-lines.h"

#define RANKING RKNN "Conv               1            0            0            4372         4372           68.90%        "
#define SYNC_RECORD "mem_sync call=37 flags=0x2 obj=0xa0 offset=0 size=64 ret=0\n"
#define SUBMIT "=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x10 ==="
#define SYSFS "SYSFS_SNAPSHOT x"
#define GONE "GEM 6: unavailable: [Errno 2] none"
#define BO_RECORD                                                                                         \
	"bo_alloc time=13:37:36.655 level=D name=task virt=0x7f00 dma=0xb0 obj=0xa0 size=560 aligned_size=4096" \
	" fd=4 handle=1 flags=0x40b gem_name=1 iommu_domain_id=0\n"

static void
assert_parse(const char *text, const char *records, uint64_t parsed, uint64_t skipped)
{
	struct parsed p = parse_text(text);
	_autofree_ char *got = parsed_records(&p);

	ck_assert_msg(strcmp(got, records) == 0, "of\n%s\ngot\n%s", text, got);
	ck_assert_msg(p.acc.parsed == parsed && p.acc.skipped == skipped, "of\n%s\nparsed %llu, skipped %llu",
		      text, (unsigned long long)p.acc.parsed, (unsigned long long)p.acc.skipped);
	assert_round_trip(&p);
	parsed_free(&p);
}

/* ... all of it. */
static void
assert_all(const char *text, const char *records)
{
	assert_parse(text, records, strlen(text), 0);
}

/* Wherever a line is cut, both lines are as if they had been whole. */
START_TEST(line_cut_anywhere)
{
	static const struct {
		const char *line, *record;
	} lines[] = { { RANKING, "" }, { BO, BO_RECORD }, { RKNN "Get DDR frequency: 528MHz", "" } };

	for (size_t i = 0; i < RKR_ARRAY_LEN(lines); i++) {
		const char *line = lines[i].line;
		size_t len = strlen(line), other = strlen(SYNC "\n" SYNC_RET "\n");
		bool record = lines[i].record[0];

		for (size_t cut = 1; cut <= len; cut++) {
			_autofree_ char *text = NULL, *records = NULL;

			ck_assert_int_gt(asprintf(&text, "%.*s" SYNC "\n" SYNC_RET "\n%s\n", (int)cut, line,
						  line + cut),
					 0);
			/* the line began first */
			ck_assert_int_gt(asprintf(&records, "%s" SYNC_RECORD, lines[i].record), 0);
			assert_parse(text, records, other + (record ? len + 1 : 0), record ? 0 : len + 1);
		}
	}
}
END_TEST

/* All rows that a script prints from the first column can cut a line. */
START_TEST(rows_that_cut)
{
	static const char bo[] = BO;
	static const struct {
		const char *row, *record;
	} rows[] = {
		{ "ACTION flags=0x00000012 value=0x00000000", "action flags=0x12 value=0x0\n" },
		{ "IOCTL_RET #10 ACTION flags=0x00000012 ret=0", "action call=10 flags=0x12 ret=0\n" },
		{ "MEM_CREATE_RET #1 handle=0x1 obj=0xa0 dma=0xb0 sram=0",
		  "mem_create n=1 handle=0x1 obj=0xa0 dma=0xb0 sram=0\n" },
		{ "MMAP_RET #1 addr=0x7f00", "mmap n=1 addr=0x7f00\n" },
		{ "CLOSE_RET #1 ret=0", "close n=1 ret=0\n" },
		{ "GEM 6: unavailable: [Errno 2] No such file",
		  "gem_unavailable name=6 errno=2 text=No such file\n" },
		{ "SYSFS_SNAPSHOT before", "snapshot_sysfs label=before\n" },
		{ "MMIO_SNAPSHOT before", "snapshot_mmio label=before\n" },
		{ "MEM_SYNC unreadable arg=0x10", "unreadable what=MEM_SYNC arg=0x10\n" },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(rows); i++) {
		_autofree_ char *text = NULL, *records = NULL;

		ck_assert_int_gt(asprintf(&text, "%.30s%s\n%s\n", bo, rows[i].row, bo + 30), 0);
		ck_assert_int_gt(asprintf(&records, BO_RECORD "%s", rows[i].record), 0);
		assert_parse(text, records, strlen(text), 0);
	}
}
END_TEST

/* A submit is printed with a line end before it. */
START_TEST(submit_cuts_too)
{
	static const char text[] = "D RKNN: [13:37:36.655] Total Wei\n"
				   "=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x10 ===\n"
				   "  core_mask=0x00000000 fence_fd=-1\n"
				   "IOCTL_RET #1 SUBMIT #1 ret=0\n"
				   "ght Memory Size: 18KB\n";

	assert_parse(text,
		     "memory_total time=13:37:36.655 level=D what=Weight kb=18\n"
		     "submit n=1 call=1 cmd=0xc0686441 size=104 arg=0x10 core_mask=0x0 fence_fd=-1 ret=0\n",
		     sizeof(text) - 1, 0);
}
END_TEST

START_TEST(line_cut_more_than_once)
{
	static const char text[] = "D RKNN: [13:37:36.655] Tot" SYNC "\n" SYNC_RET "\n"
				   "al Weight Mem" SYNC "\n" SYNC_RET "\n"
				   "ory Size: 18KB\n";

	assert_parse(text,
		     "memory_total time=13:37:36.655 level=D what=Weight kb=18\n" SYNC_RECORD SYNC_RECORD,
		     sizeof(text) - 1, 0);
}
END_TEST

/* Lines that are rows of their own between the two parts do not part them. */
START_TEST(other_lines_between)
{
	static const char text[] =
		"D RKNN: [13:37:36.655] Total Wei" SYNC "\n" SYNC_RET "\n"
		"W RKNN: [13:37:36.656] Failed to get NPU freq, take 1000MHz as default NPU freq\n"
		"SYSFS_SNAPSHOT x\n"
		"[Inferior 1 (process 5) exited normally]\n"
		"ght Memory Size: 18KB\n";

	assert_parse(text,
		     "memory_total time=13:37:36.655 level=D what=Weight kb=18\n" SYNC_RECORD
		     "snapshot_sysfs label=x\n",
		     sizeof(text) - 1 - 80 - 41, 80 + 41);
}
END_TEST

/* A start without a rest, or with one that makes no row of it, is unknown; the row that cut it is not. */
START_TEST(head_without_tail)
{
	size_t row = strlen(SYNC "\n");

	assert_parse("one" SYNC "\n", "mem_sync flags=0x2 obj=0xa0 offset=0 size=64\n", row, 0);
	assert_parse("one" SYNC "\nother\n", "mem_sync flags=0x2 obj=0xa0 offset=0 size=64\n", row, 0);
	/* ... or is a line by itself, that had only its end cut off */
	assert_parse("rknn_run OK" SYNC "\n", "mem_sync flags=0x2 obj=0xa0 offset=0 size=64\n", row, 11);
	assert_parse("rknn_run OK" SYNC "\n\n", "mem_sync flags=0x2 obj=0xa0 offset=0 size=64\n", row, 12);
	/* a line of the runtime's, known or not, is the rest of none */
	assert_parse("TEST: " SYNC "\n" RKNN "news\n", "mem_sync flags=0x2 obj=0xa0 offset=0 size=64\n", row,
		     6);
	/* many of them: a prefix that each line has */
	assert_parse(
		"> " SYNC "\n> " SYNC "\n> " SYNC "\n> " SYNC "\n> " SYNC "\n> " SYNC_RET "\n",
		"mem_sync flags=0x2 obj=0xa0 offset=0 size=64\nmem_sync flags=0x2 obj=0xa0 offset=0 size=64\n"
		"mem_sync flags=0x2 obj=0xa0 offset=0 size=64\nmem_sync flags=0x2 obj=0xa0 offset=0 size=64\n"
		"mem_sync call=37 flags=0x2 obj=0xa0 offset=0 size=64 ret=0\n",
		5 * row + strlen(SYNC_RET "\n"), 0);
}
END_TEST

/*
 * A record stands where the first byte of its line is, also among those of its own writer's rows
 * that a lost line end, or another thread, put into the line.
 */
START_TEST(cut_row_has_its_place)
{
	/* what was complete when another row came, up to the end */
	assert_all("  task_counter=0 priority=0 task_obj_addr=0IOCTL_RET #3 ACTION flags=0x00000015 ret=1",
		   "submit task_counter=0 priority=0 task_obj_addr=0x0\naction call=3 flags=0x15 ret=1\n");
	/* calls, each with its return */
	assert_all("ACTION flags=0x00000012 v" SYNC "\nalue=0x00000000\n" SYNC_RET
		   "\nIOCTL_RET #38 ACTION flags=0x00000012 ret=0\n",
		   "action call=38 flags=0x12 value=0x0 ret=0\n" SYNC_RECORD);
	/* a further row is one of the record that was open when it began */
	assert_all(SUBMIT "\n  core_mask=0x00000001 fe" SYNC "\nnce_fd=-1\n" SYNC_RET "\n",
		   "submit n=1 cmd=0xc0686441 size=104 arg=0x10 core_mask=0x1 fence_fd=-1\n" SYNC_RECORD);
	/* what was opened since stays open, and a return is none of a call that came later */
	assert_all("IOCTL_RET #37 MEM_SYNC flags=0x0" SUBMIT "\n0000002 ret=0\n" SYNC "\n",
		   "mem_sync call=37 flags=0x2 ret=0\nsubmit n=1 cmd=0xc0686441 size=104 arg=0x10\n"
		   "mem_sync flags=0x2 obj=0xa0 offset=0 size=64\n");
	assert_all("IOCTL_RET #37 MEM_SYNC flags=0x0" SYNC "\n0000002 ret=0\n",
		   "mem_sync call=37 flags=0x2 ret=0\nmem_sync flags=0x2 obj=0xa0 offset=0 size=64\n");
	assert_all("MEM_SYNC unreadable arg=0x1" SUBMIT "\n0\n  core_mask=0x00000001 fence_fd=-1\n",
		   "unreadable what=MEM_SYNC arg=0x10\n"
		   "submit n=1 cmd=0xc0686441 size=104 arg=0x10 core_mask=0x1 fence_fd=-1\n");
	/* rows of a dump around one of a call */
	assert_all("GEM 1: handle=1 size=4096 map_offset=0x10" SYNC "\n000\n"
		   "  task_like_entries=2\n" SYNC_RET "\n",
		   "gem name=1 handle=1 size=4096 map_offset=0x10000 task_like_entries=2\n" SYNC_RECORD);
	assert_all("  regcmd_qword[0] off=0x10 value=0x00000000" SYNC "\n00000001\n"
		   "  regcmd_qword[1] off=0x18 value=0x0000000000000002\n" SYNC_RET "\n",
		   "regcmd_window off=0x10 qwords=[2]\n" SYNC_RECORD);
}
END_TEST

/* What would be read as another thing there stands where its line ends. */
START_TEST(cut_row_without_its_place)
{
	/* the row that came since would be a further one of the same submit */
	assert_all("  task_counter=0 priority=0 task_obj" SYSFS "\n"
		   "  core_mask=0x00000001 fence_fd=-1\n_addr=0xa0\n",
		   "snapshot_sysfs label=x\nsubmit core_mask=0x1 fence_fd=-1\n"
		   "submit task_counter=0 priority=0 task_obj_addr=0xa0\n");
	/* ... or the return of the call */
	assert_all("MEM_SYNC flags=0x0" SYNC_RET "\n0000002 obj=0xa0 offset=0 size=64\n",
		   "mem_sync call=37 flags=0x2 ret=0\nmem_sync flags=0x2 obj=0xa0 offset=0 size=64\n");
	/* rows below a heading are of its BO */
	assert_all("GEM 1: handle=1 size=4096 map_off" GONE "\nset=0x10000\n",
		   "gem_unavailable name=6 errno=2 text=none\n"
		   "gem name=1 handle=1 size=4096 map_offset=0x10000\n");
	/* and if its line has no more, it is none */
	assert_parse("MEM_SYNC flags=0x00000002 obj=0xa0 offset=0 size=64" SYNC_RET "\n",
		     "mem_sync call=37 flags=0x2 ret=0\n", strlen(SYNC_RET) + 1, 0);
}
END_TEST

/* A line may wait for its rest for longer than records wait for it. */
START_TEST(rest_comes_late)
{
	static const char head[] = "D RKNN: [13:37:36.655] Total Wei", rest[] = "ght Memory Size: 18KB\n";
	static const size_t between[] = { RKP_QUEUE_SLOTS - 1, RKP_QUEUE_SLOTS };

	for (size_t i = 0; i < RKR_ARRAY_LEN(between); i++) {
		struct rkr_buf text = { 0 };

		rkr_buf_printf(&text, "%s", head);
		for (size_t n = 0; n < between[i]; n++)
			rkr_buf_printf(&text, "SYSFS_SNAPSHOT %zu\n", n);
		rkr_buf_printf(&text, "%s", rest);
		struct parsed p = parse_bytes(text.data, text.len, SIZE_MAX);
		size_t at = i == 0 ? 0 : between[i];
		size_t start = i == 0 ? 0 : text.len - strlen(rest);

		ck_assert_uint_eq(p.acc.parsed, text.len);
		ck_assert_uint_eq(rkr_run_n_records(p.run), between[i] + 1);
		ck_assert_int_eq(rkr_run_record(p.run, at)->kind, RKR_KIND_memory_total);
		ck_assert_uint_eq(rkr_run_record(p.run, at)->place.start, start);
		parsed_free(&p);
		rkr_buf_free(&text);
	}
}
END_TEST

/* Free text at the end of a row does not hide another row. */
START_TEST(free_text_hides_no_row)
{
	static const char text[] =
		"I RKNN: [13:37:36.655] RKNN Driver Information, version: 0." SYNC "\n" SYNC_RET "\n9.8\n";

	assert_parse(text, "identity time=13:37:36.655 level=I what=Driver text=version: 0.9.8\n" SYNC_RECORD,
		     sizeof(text) - 1, 0);
	/* not even in a row that cuts a line itself */
	assert_parse("TEST: SYSFS_SNAPSHOT a" SYNC "\n" SYNC_RET "\n", SYNC_RECORD, strlen(SYNC SYNC_RET) + 2,
		     0);
	/* a part of a row is no row */
	assert_parse("TEST: MEM_SYNC flags=0x00000002\n", "", 0, 32);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("parse-cut");
	TCase *tc = tcase_create("cut");

	tcase_add_test(tc, line_cut_anywhere);
	tcase_add_test(tc, rows_that_cut);
	tcase_add_test(tc, submit_cuts_too);
	tcase_add_test(tc, line_cut_more_than_once);
	tcase_add_test(tc, other_lines_between);
	tcase_add_test(tc, head_without_tail);
	tcase_add_test(tc, cut_row_has_its_place);
	tcase_add_test(tc, cut_row_without_its_place);
	tcase_add_test(tc, rest_comes_late);
	tcase_add_test(tc, free_text_hides_no_row);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
