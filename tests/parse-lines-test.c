/* SPDX-License-Identifier: MIT */
/* From bytes to lines to rows: cut lines, long lines, odd bytes, any chunks; files and sinks that fail. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/util.h"
#include "parsers/queue.h"
#include "parsers/row.h"
#include "tests/common.h"
#include "tests/parse-common.h"

#define RKNN "D RKNN: [13:37:36.655] "
#define RANKING RKNN "Conv               1            0            0            4372         4372           68.90%        "
#define BO                                                                                                   \
	RKNN "allocated memory, name: task, virt addr: 0x7f00, dma addr: 0xb0, obj addr: 0xa0, size: 560, " \
	     "aligned size: 4096, fd: 4, handle: 1, flags: 0x40b, gem name: 1, iommu domain id: 0"
#define SYNC "MEM_SYNC flags=0x00000002 obj=0xa0 offset=0 size=64"
#define SYNC_RET "IOCTL_RET #37 MEM_SYNC flags=0x00000002 ret=0"
#define SYNC_RECORD "mem_sync call=37 flags=0x2 obj=0xa0 offset=0 size=64 ret=0\n"
#define SUBMIT "=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x10 ==="
#define SYSFS "SYSFS_SNAPSHOT x"
#define GONE "GEM 6: unavailable: [Errno 2] none"
#define BO_RECORD                                                                                         \
	"bo_alloc time=13:37:36.655 level=D name=task virt=0x7f00 dma=0xb0 obj=0xa0 size=560 aligned_size=4096" \
	" fd=4 handle=1 flags=0x40b gem_name=1 iommu_domain_id=0\n"

/* ---- lines cut in two by a row of another writer ---- */

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

	tc = tcase_create("bytes");
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, odd_bytes);
	tcase_add_test(tc, long_lines);
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
