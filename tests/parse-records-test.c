/* SPDX-License-Identifier: MIT */
/* What rows become together: calls and returns, submits; and what a log witnesses. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "parsers/parser-priv.h"
#include "tests/common.h"
#include "tests/parse-common.h"

#define SYNC(dir) "MEM_SYNC flags=0x0000000" dir " obj=0xa0 offset=0 size=64\n"
#define SYNC_RET(n, dir, ret) "IOCTL_RET #" n " MEM_SYNC flags=0x0000000" dir " ret=" ret "\n"
#define TOTAL "D RKNN: [00:00:00.001] Total Weight Memory Size: 1KB\n"

/* ---- calls ---- */

START_TEST(call_and_returns_are_one_record)
{
	assert_records(
		"MEM_CREATE #1 size=680 flags=0x0000040b handle=0x0 obj=0x0 dma=0x0 sram=0\n"
		"IOCTL_RET #7 MEM_CREATE #1 ret=0\n"
		"MEM_CREATE_RET #1 handle=0x1 obj=0xa0 dma=0xfff8d000 sram=0\n"
		"MEM_MAP #1 handle=0x1 reserved=0x0 offset=0x0\n"
		"IOCTL_RET #8 MEM_MAP #1 ret=0\n"
		"MEM_MAP_RET #1 handle=0x1 reserved=0x0 offset=0x100000000\n"
		"MMAP #1 maps=1 addr=0x0 length=680 prot=0x3 flags=0x1 fd=3 offset=0x100000000\n"
		"MMAP_RET #1 addr=0x7ff7ff6000\n",
		"mem_create n=1 call=7 size=680 flags=0x40b entry_handle=0x0 entry_obj=0x0 entry_dma=0x0"
		" entry_sram=0 ret=0 handle=0x1 obj=0xa0 dma=0xfff8d000 sram=0\n"
		"mem_map n=1 call=8 entry_handle=0x1 entry_reserved=0x0 entry_offset=0x0 ret=0 handle=0x1"
		" reserved=0x0 offset=0x100000000\n"
		"mmap n=1 maps=1 hint=0x0 length=680 prot=0x3 flags=0x1 fd=3 offset=0x100000000"
		" addr=0x7ff7ff6000\n");
}
END_TEST

START_TEST(return_belongs_to_the_last_call_that_fits)
{
	/* the first return was lost */
	assert_records(SYNC("1") SYNC("2") SYNC("1") SYNC_RET("4", "1", "0"),
		       "mem_sync flags=0x1 obj=0xa0 offset=0 size=64\n"
		       "mem_sync flags=0x2 obj=0xa0 offset=0 size=64\n"
		       "mem_sync call=4 flags=0x1 obj=0xa0 offset=0 size=64 ret=0\n");
	/* two threads */
	assert_records(SYNC("1") SYNC("2") SYNC_RET("1", "1", "0") SYNC_RET("2", "2", "-1"),
		       "mem_sync call=1 flags=0x1 obj=0xa0 offset=0 size=64 ret=0\n"
		       "mem_sync call=2 flags=0x2 obj=0xa0 offset=0 size=64 ret=-1\n");
	/* by ordinal, not by nearness */
	assert_records("CLOSE #1 fd=3\nCLOSE #2 fd=4\nCLOSE_RET #1 ret=0\nCLOSE_RET #2 ret=-1\n",
		       "close n=1 fd=3 ret=0\nclose n=2 fd=4 ret=-1\n");
}
END_TEST

START_TEST(return_without_call_is_a_record)
{
	assert_records(SYNC_RET("9", "1", "0") "MMAP_RET #3 addr=0x7f00\n" SYNC("1"),
		       "mem_sync call=9 flags=0x1 ret=0\n"
		       "mmap n=3 addr=0x7f00\n"
		       "mem_sync flags=0x1 obj=0xa0 offset=0 size=64\n");
	/* both returns of one call */
	assert_records("IOCTL_RET #7 MEM_CREATE #1 ret=0\n"
		       "MEM_CREATE_RET #1 handle=0x1 obj=0xa0 dma=0xb0 sram=0\n",
		       "mem_create n=1 call=7 ret=0 handle=0x1 obj=0xa0 dma=0xb0 sram=0\n");
	/* a second return of one call is another record */
	assert_records(SYNC("1") SYNC_RET("1", "1", "0") SYNC_RET("2", "1", "0"),
		       "mem_sync call=1 flags=0x1 obj=0xa0 offset=0 size=64 ret=0\n"
		       "mem_sync call=2 flags=0x1 ret=0\n");
}
END_TEST

/* Records leave in the order of their first rows. */
START_TEST(order_is_that_of_first_rows)
{
	assert_records(SYNC("1") TOTAL "SYSFS_SNAPSHOT x\n  /sys/a = b\n" SYNC_RET("1", "1", "0") TOTAL,
		       "mem_sync call=1 flags=0x1 obj=0xa0 offset=0 size=64 ret=0\n"
		       "memory_total time=00:00:00.001 level=D what=Weight kb=1\n"
		       "snapshot_sysfs label=x\n"
		       "sysfs_value path=/sys/a value=b\n"
		       "memory_total time=00:00:00.001 level=D what=Weight kb=1\n");
}
END_TEST

/* A record's place is from its first row to the end of its last. */
START_TEST(places)
{
	static const struct {
		const char *text;
		uint64_t line, start, end;
	} texts[] = {
		{ "\nCLOSE #1 fd=3\n\nCLOSE_RET #1 ret=0\n\n", 2, 1, 35 },
		{ "\nCLOSE #1 fd=3\n\n", 2, 1, 15 },
		{ "  QWORD_WINDOW off=0x0 count=1\n  regcmd_qword[0] off=0x0 value=0x0000000000000001\n\n", 1,
		  0, 82 },
		{ "  QWORD_WINDOW off=0x0 count=1\n\n", 1, 0, 31 },
		{ "\n\n  regcmd_qword[0] off=0x0 value=0x0000000000000001\r\n", 3, 2, 54 },
		{ "GEM 1: handle=1 size=4096 map_offset=0x0\n  task_like_entries=0\n", 1, 0, 63 },
		{ "\nACTION flags=0x00000000 value=0x00000000", 2, 1, 41 },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(texts); i++) {
		struct parsed p = parse_text(texts[i].text);

		ck_assert_uint_eq(rkr_run_n_records(p.run), 1);
		const struct rkr_place *place = &rkr_run_record(p.run, 0)->place;

		ck_assert_msg(place->line == texts[i].line && place->start == texts[i].start &&
				      place->end == texts[i].end,
			      "text %zu: line %llu, [%llu, %llu)", i, (unsigned long long)place->line,
			      (unsigned long long)place->start, (unsigned long long)place->end);
		parsed_free(&p);
	}
}
END_TEST

/* More calls that never return than can wait: none is lost, and the order stays. */
START_TEST(queue_overflows_in_order)
{
	struct rkr_buf text = { 0 };
	const size_t n = 3 * RKP_QUEUE_SLOTS + 7;

	for (size_t i = 0; i < n; i++)
		rkr_buf_printf(&text,
			       "MMAP #%zu maps=%zu addr=0x0 length=1 prot=0x3 flags=0x1 fd=3 offset=0x0\n", i,
			       i);
	/* one that has left already, and one that waits */
	rkr_buf_printf(&text, "MMAP_RET #0 addr=0x10\nMMAP_RET #%zu addr=0x20\n", n - 1);
	struct parsed p = parse_bytes(text.data, text.len, SIZE_MAX);

	ck_assert_uint_eq(rkr_run_n_records(p.run), n + 1);
	for (size_t i = 0; i <= n; i++) {
		const struct rkr_record *rec = rkr_run_record(p.run, i);
		char maps[24];

		ck_assert_uint_eq(rkr_get_u(rec, RKR_F_mmap_n), i < n ? i : 0);
		snprintf(maps, sizeof(maps), "%zu", i);
		ck_assert_int_eq(rkr_str_is(rec, RKR_F_mmap_maps, maps), i < n);
		ck_assert_int_eq(rkr_has(rec, RKR_F_mmap_addr), i >= n - 1);
	}
	assert_round_trip(&p);
	parsed_free(&p);
	rkr_buf_free(&text);
}
END_TEST

/* What waits may hold so many bytes, and no more. */
START_TEST(queue_holds_little)
{
	struct rkr_buf text = { 0 };
	_autofree_ char *label = malloc(RKP_LINE_MAX / 2);

	memset(label, 'x', RKP_LINE_MAX / 2);
	rkr_buf_printf(&text, "CLOSE #1 fd=3\n");
	for (size_t i = 0; i < 2 * RKP_QUEUE_BYTES / (RKP_LINE_MAX / 2); i++) {
		rkr_buf_printf(&text, "SYSFS_SNAPSHOT ");
		rkr_buf_put(&text, label, RKP_LINE_MAX / 2);
		rkr_buf_put(&text, "\n", 1);
	}
	rkr_buf_printf(&text, "CLOSE_RET #1 ret=0\n");
	/* what has left holds nothing */
	rkr_buf_printf(&text, "CLOSE #2 fd=3\nSYSFS_SNAPSHOT y\nCLOSE_RET #2 ret=0\n");
	struct parsed p = parse_bytes(text.data, text.len, SIZE_MAX);

	/* the call had to leave before it returned */
	ck_assert_uint_eq(p.acc.kind[RKR_KIND_close], 3);
	ck_assert(!rkr_has(rkr_run_record(p.run, 0), RKR_F_close_ret));
	ck_assert(rkr_has(rkr_run_record(p.run, rkr_run_n_records(p.run) - 2), RKR_F_close_ret));
	ck_assert_uint_eq(p.acc.unknown, 0);
	parsed_free(&p);
	rkr_buf_free(&text);
}
END_TEST

/* ---- submits ---- */

#define SUBMIT                                                                         \
	"\n=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x7fffff9390 ===\n" \
	"  flags=0x00000005 timeout=6000 task_start=0 task_number=6\n"

START_TEST(submit_collects_its_rows)
{
	assert_records(
		SUBMIT "  task_counter=0 priority=0 task_obj_addr=0xa0\n"
		       "  core_mask=0x00000000 fence_fd=-1\n"
		       "  subcore_task[0]={task_start=0, task_number=2}\n" TOTAL
		       "  subcore_task[4]={task_start=0, task_number=0}\n"
		       "  task_obj_mem_create_matches=1\n"
		       "    match size=4096 handle=0x1 dma=0xb0 flags=0x0000040b\n"
		       "  task_obj_mem_sync_matches=1\n"
		       "    sync flags=0x00000003 offset=0 size=680\n"
		       "IOCTL_RET #32 SUBMIT #1 ret=0\n",
		"submit n=1 call=32 cmd=0xc0686441 size=104 arg=0x7fffff9390 flags=0x5 timeout=6000 task_start=0"
		" task_number=6 task_counter=0 priority=0 task_obj_addr=0xa0 core_mask=0x0 fence_fd=-1"
		" subcore_task[0].task_start=0 subcore_task[0].task_number=2"
		" subcore_task[4].task_start=0 subcore_task[4].task_number=0"
		" task_obj_mem_create_matches=1 task_obj_mem_sync_matches=1 ret=0\n"
		"memory_total time=00:00:00.001 level=D what=Weight kb=1\n"
		"submit_create size=4096 handle=0x1 dma=0xb0 flags=0x40b\n"
		"submit_sync flags=0x3 offset=0 size=680\n");
}
END_TEST

START_TEST(submit_rows_do_not_stray)
{
	/* a row that the submit has already is of another one, whose heading was lost */
	assert_records(
		SUBMIT "  flags=0x00000007 timeout=1 task_start=0 task_number=1\n",
		"submit n=1 cmd=0xc0686441 size=104 arg=0x7fffff9390 flags=0x5 timeout=6000 task_start=0"
		" task_number=6\n"
		"submit flags=0x7 timeout=1 task_start=0 task_number=1\n");
	/* and so is one after another call */
	assert_records(
		SUBMIT SYNC("1") "  core_mask=0x00000000 fence_fd=-1\n",
		"submit n=1 cmd=0xc0686441 size=104 arg=0x7fffff9390 flags=0x5 timeout=6000 task_start=0"
		" task_number=6\n"
		"mem_sync flags=0x1 obj=0xa0 offset=0 size=64\n"
		"submit core_mask=0x0 fence_fd=-1\n");
	/* a return of another call, which is a part of that call's record, is none between */
	assert_records(
		SYNC("1") SUBMIT SYNC_RET("1", "1", "0") "  core_mask=0x00000000 fence_fd=-1\n",
		"mem_sync call=1 flags=0x1 obj=0xa0 offset=0 size=64 ret=0\n"
		"submit n=1 cmd=0xc0686441 size=104 arg=0x7fffff9390 flags=0x5 timeout=6000 task_start=0"
		" task_number=6 core_mask=0x0 fence_fd=-1\n");
	/* ... but one that is a record of its own is */
	assert_records(
		SUBMIT SYNC_RET("1", "1", "0") "  core_mask=0x00000000 fence_fd=-1\n",
		"submit n=1 cmd=0xc0686441 size=104 arg=0x7fffff9390 flags=0x5 timeout=6000 task_start=0"
		" task_number=6\n"
		"mem_sync call=1 flags=0x1 ret=0\n"
		"submit core_mask=0x0 fence_fd=-1\n");
	/* rows come in one order */
	assert_records("  core_mask=0x00000000 fence_fd=-1\n  task_counter=0 priority=0 task_obj_addr=0xa0\n",
		       "submit core_mask=0x0 fence_fd=-1\n"
		       "submit task_counter=0 priority=0 task_obj_addr=0xa0\n");
	assert_records(
		"MEM_CREATE_RET #1 handle=0x1 obj=0xa0 dma=0xb0 sram=0\nIOCTL_RET #7 MEM_CREATE #1 ret=0\n",
		"mem_create n=1 handle=0x1 obj=0xa0 dma=0xb0 sram=0\n"
		"mem_create n=1 call=7 ret=0\n");
	/* what stands behind a return is not below the submit that returned */
	assert_records("IOCTL_RET #7 SUBMIT #1 ret=0\n    sync flags=0x00000003 offset=0 size=680\n",
		       "submit n=1 call=7 ret=0\n"
		       "submit_sync flags=0x3 offset=0 size=680\n");
	assert_records(
		"  submit struct unreadable\n" SUBMIT
		"  submit struct unreadable\nIOCTL_RET #1 SUBMIT #1 ret=-1\n",
		"unreadable what=submit\n"
		"submit n=1 call=1 cmd=0xc0686441 size=104 arg=0x7fffff9390 flags=0x5 timeout=6000 task_start=0"
		" task_number=6 ret=-1\n"
		"unreadable what=submit\n");
}
END_TEST

/* ---- witness ---- */

#define K(kind) (UINT64_C(1) << RKR_KIND_##kind)

START_TEST(witness_is_what_the_log_would_show)
{
	static const uint64_t early = K(mem_create) | K(mem_sync) | K(submit) | K(submit_sync);
	static const uint64_t late = early | K(action) | K(mem_map) | K(mmap) | K(submit_create);
	static const uint64_t debug =
		K(bo_alloc) | K(regcmd_size) | K(memory_total) | K(tensor) | K(identity);
	static const uint64_t gem = K(gem) | K(gem_unavailable) | K(task) | K(task_like);
	static const char alloc[] =
		"D RKNN: [00:00:00.000] allocated memory, name: task, virt addr: 0x0, dma addr: 0x0, obj addr: 0x0, size: 1,"
		" aligned size: 4096, fd: 4, handle: 1, flags: 0x40b, gem name: 1, iommu domain id: 0\n";
	char with_exit[512];
	const struct {
		const char *text;
		uint64_t kinds;
	} logs[] = {
		{ "", 0 },
		{ "rknn_run OK\n", 0 },
		{ SUBMIT, K(submit) },
		{ SYNC("1"), early },
		{ SYNC("1") "ACTION flags=0x00000001 value=0x00000000\n", early | K(action) },
		{ "MMAP_RET #1 addr=0x7f00\n", late },
		{ "submit #1: task_number=6 task_obj_addr=0xa0\n", K(submit) },
		{ "GEM 1: handle=1 size=4096 map_offset=0x0\n", gem },
		{ "  QWORD_WINDOW off=0x100 count=3\n", K(regcmd_window) },
		{ "  regcmd_like_runs=0 min_run=8\n", K(regcmd_runs) | K(regcmd_run) },
		{ "I RKNN: [00:00:00.000] RKNN Driver Information, version: 0.9.8\n", K(identity) },
		{ TOTAL, debug },
		{ alloc, debug },
		{ with_exit, debug | K(bo_free) },
		{ "[Inferior 1 (process 5) exited normally]\n", 0 },
		{ "CLOSE #1 fd=3\n", K(close) },
		{ "SYSFS_SNAPSHOT x\n", K(snapshot_sysfs) | K(sysfs_value) },
		{ "MMIO_SNAPSHOT x\n",
		  K(snapshot_mmio) | K(mmio_core) | K(mmio_register) | K(mmio_unavailable) },
	};

	snprintf(with_exit, sizeof(with_exit), "%s[Inferior 1 (process 5) exited with code 01]\n", alloc);
	for (size_t i = 0; i < RKR_ARRAY_LEN(logs); i++) {
		struct parsed p = parse_text(logs[i].text);

		ck_assert_msg(p.witnessed == logs[i].kinds, "log %zu witnesses %llx, not %llx", i,
			      (unsigned long long)p.witnessed, (unsigned long long)logs[i].kinds);
		assert_round_trip(&p);
		parsed_free(&p);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("parse-records");
	TCase *tc = tcase_create("calls");

	tcase_add_test(tc, call_and_returns_are_one_record);
	tcase_add_test(tc, return_belongs_to_the_last_call_that_fits);
	tcase_add_test(tc, return_without_call_is_a_record);
	tcase_add_test(tc, order_is_that_of_first_rows);
	tcase_add_test(tc, places);
	tcase_add_test(tc, queue_overflows_in_order);
	tcase_add_test(tc, queue_holds_little);
	tcase_add_test(tc, submit_collects_its_rows);
	tcase_add_test(tc, submit_rows_do_not_stray);
	suite_add_tcase(suite, tc);

	tc = tcase_create("witness");
	tcase_add_test(tc, witness_is_what_the_log_would_show);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
