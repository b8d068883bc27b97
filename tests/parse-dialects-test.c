/* SPDX-License-Identifier: MIT */
/*
 * What tracers and sniffers print, and regcmd as text: real files by their
 * counts, and what is read of odd lines.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regcmd.h"
#include "lib/util.h"
#include "tests/common.h"
#include "tests/parse-common.h"

#define TRACER (1u << RKP_FORMAT_TRACER)

/* ---- real files ---- */

static const struct {
	const char *name;
	enum rkr_kind kind;
	uint64_t n;
	uint64_t qwords;  /* of them, with the whole word */
	uint64_t unknown; /* ... that writes a block's register which the RK3588 is not known to have */
} files[] = {
	{ "strace/rknn-loop.strace.log", RKR_KIND_ioctl, 3200, 0, 0 },
	{ "regcmd-text/channeltile_6tile_emit.txt", RKR_KIND_regcmd_qword, 1084, 1084, 0 },
	{ "regcmd-text/vendor-conv0.txt", RKR_KIND_regcmd_qword, 139, 139, 43 },
	{ "regcmd-text/vendor-live-cap.txt", RKR_KIND_regcmd_qword, 139, 139, 43 },
	{ "regcmd-text/vendor_regs.txt", RKR_KIND_regcmd_qword, 138, 0, 0 },
};

/*
 * A file of the captures, to be freed. Without the folder the test is skipped;
 * with it, the file must be there.
 */
static char *
read_file(const char *name, size_t *ret_len)
{
	_autofree_ char *folder = test_shared("captures"), *path = NULL;

	if (!folder)
		test_skip("there are no captures");
	ck_assert_int_gt(asprintf(&path, "%s/%s", folder, name), 0);
	return test_read_file(path, ret_len);
}

static bool
is_stranger(const struct rkr_qword *q)
{
	size_t n;
	const struct rkr_reg_block *blocks = rkr_reg_blocks(&n);
	bool is_block = false;

	for (size_t i = 0; i < n; i++)
		is_block |= blocks[i].qword_target && blocks[i].qword_target == q->target;
	return is_block && !rkr_reg_by_qword(q->target, q->offset, NULL);
}

START_TEST(file_has_what_it_has)
{
	size_t len;
	_autofree_ char *text = read_file(files[_i].name, &len);
	struct parsed p = parse_bytes(text, len, SIZE_MAX);
	uint64_t qwords = 0, unknown = 0;

	ck_assert_msg(p.acc.unknown == 0 && p.acc.skipped == 0, "%.*s", (int)p.stretches.len,
		      p.stretches.data);
	ck_assert_uint_eq(p.acc.kind[files[_i].kind], files[_i].n);
	ck_assert_uint_eq(rkr_run_n_records(p.run), files[_i].n + p.acc.kind[RKR_KIND_commit]);
	for (size_t i = 0; i < rkr_run_n_records(p.run); i++) {
		const struct rkr_record *rec = rkr_run_record(p.run, i);

		if (rec->kind != RKR_KIND_regcmd_qword || !rkr_has(rec, RKR_F_regcmd_qword_qword))
			continue;
		struct rkr_qword q = rkr_qword_decode(rkr_get_u(rec, RKR_F_regcmd_qword_qword));

		qwords++;
		ck_assert_uint_eq(rkr_get_u(rec, RKR_F_regcmd_qword_target), q.target);
		ck_assert_uint_eq(rkr_get_u(rec, RKR_F_regcmd_qword_reg), q.offset);
		ck_assert_uint_eq(rkr_get_u(rec, RKR_F_regcmd_qword_value), q.value);
		unknown += is_stranger(&q);
	}
	ck_assert_uint_eq(qwords, files[_i].qwords);
	if (files[_i].unknown)
		ck_assert_uint_eq(unknown, files[_i].unknown);
	assert_round_trip(&p);
	parsed_free(&p);
}
END_TEST

/* As tracer rows, each file is what it was, byte for byte. */
START_TEST(file_is_written_again)
{
	size_t len, written_len;
	_autofree_ char *text = read_file(files[_i].name, &len);
	struct parsed p = parse_bytes(text, len, SIZE_MAX);
	_autofree_ char *written = export_text(p.run, TRACER, &written_len);

	ck_assert_uint_eq(written_len, len);
	ck_assert_mem_eq(written, text, len);
	parsed_free(&p);
}
END_TEST

START_TEST(commit_is_of_two_rows)
{
	size_t len;
	_autofree_ char *text = read_file("regcmd-text/vendor-live-cap.txt", &len);
	struct parsed p = parse_bytes(text, len, 1);
	const struct rkr_record *rec = rkr_run_record(p.run, 0);

	ck_assert_int_eq(rec->kind, RKR_KIND_commit);
	ck_assert_uint_eq(rkr_get_u(rec, RKR_F_commit_regcmd_addr), 0xffffd8c0);
	ck_assert_uint_eq(rkr_get_u(rec, RKR_F_commit_enable_mask), 0x1d);
	ck_assert_uint_eq(rkr_get_u(rec, RKR_F_commit_phys), 0x109c638c0);
	ck_assert_uint_eq(rkr_get_u(rec, RKR_F_commit_count), 139);
	parsed_free(&p);
}
END_TEST

/* ---- strace ---- */

#define CALL "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0"
#define CALL_FIELDS " fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0"

START_TEST(strace_says_who_and_when)
{
	static const char *const who[][2] = {
		{ "", "" },
		{ "12:34:56 ", "" },
		{ "12:34:56.000001 ", "" },
		{ "1700000000.000001 ", "" },
		{ "     0.000001 ", "" },
		{ "8274  ", " pid=8274" },
		{ "12345 ", " pid=12345" },
		{ "4294967295 ", " pid=4294967295" },
		{ "8274  12:34:56 ", " pid=8274" },
		{ "8274       0.000001 ", " pid=8274" },
		{ "[pid  8274] ", " pid=8274" },
		{ "[pid  8274] 12:34:56.000001 ", " pid=8274" },
	};
	static const char *const ends[][2] = {
		{ ") = 0", " ret=0" },
		{ ") = 0 <0.000012>", " ret=0" },
		{ ") = -1 EINVAL (Invalid argument)", " ret=-1 error=EINVAL" },
		{ ") = -1 ETIMEDOUT (Connection timed out) <6.000012>", " ret=-1 error=ETIMEDOUT" },
		{ ") = ? ERESTARTSYS (To be restarted if SA_RESTART is set)", " error=ERESTARTSYS" },
		{ ") = ?", "" },
		{ " <detached ...>", "" },
	};

	for (size_t w = 0; w < RKR_ARRAY_LEN(who); w++) {
		for (size_t e = 0; e < RKR_ARRAY_LEN(ends); e++) {
			_autofree_ char *text = NULL, *record = NULL;

			ck_assert_int_gt(asprintf(&text, "%s" CALL "%s\n", who[w][0], ends[e][0]), 0);
			ck_assert_int_gt(
				asprintf(&record, "ioctl%s" CALL_FIELDS "%s\n", who[w][1], ends[e][1]), 0);
			assert_records(text, record);
		}
	}
	assert_records("ioctl(3</dev/dri/card1<char 226:1>>, _IOC(_IOC_NONE, 0, 0x1, 0), 0) = 0\n",
		       "ioctl fd=3 type=0x0 nr=0x1 size=0 arg=0x0 ret=0\n");
}
END_TEST

START_TEST(strace_resumes)
{
	assert_records("1     " CALL " <unfinished ...>\n"
		       "2     " CALL " <unfinished ...>\n"
		       "2     <... ioctl resumed>) = 0\n"
		       "1     <... ioctl resumed>) = -1 EINVAL (Invalid argument)\n"
		       "3     <... ioctl resumed>) = 5\n",
		       "ioctl pid=1" CALL_FIELDS " ret=-1\n"
		       "ioctl pid=2" CALL_FIELDS " ret=0\n"
		       "ioctl pid=3 ret=5\n");
	assert_records("[pid 1] ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68) <unfinished ...>\n"
		       "[pid 1] <... ioctl resumed>, 0xffffcd751ae0) = 0 <0.1>\n",
		       "ioctl pid=1" CALL_FIELDS " ret=0\n");
}
END_TEST

/* ---- a word and its parts ---- */

START_TEST(word_and_parts_agree)
{
	assert_records(
		"[    1.000000]  99: 0x0d010d20000b1028 ( op: 0x0d01 reg: 0x1028 value: 0x0d20000b )\n",
		"regcmd_qword time=1 index=99 qword=0xd010d20000b1028 target=0xd01 reg=0x1028 value=0xd20000b\n");
	assert_records(
		"rknpu cap: [1000] tgt=ffff reg=ffff val=ffffffff\n",
		"regcmd_qword index=1000 qword=0xffffffffffffffff target=0xffff reg=0xffff value=0xffffffff\n");
}
END_TEST

static const char *const misfits[] = {
	"  0: 0x02010000000e1004 ( op: 0x0202 reg: 0x1004 value: 0x0000000e )",
	"  0: 0x02010000000e1004 ( op: 0x0201 reg: 0x1008 value: 0x0000000e )",
	"  0: 0x02010000000e1004 ( op: 0x0201 reg: 0x1004 value: 0x0000000f )",
	"  0: 0x02010000000e1004 ( op: 0x10201 reg: 0x1004 value: 0x0000000e )",
	"  0: 0x02010000000e1004 ( or: 0x0201",
	"  0: 0x02010000000e100",
	"rknpu cap: [  0] tgt=10201 reg=1004 val=0000000e",
	"rknpu cap: [  0] tgt=0201 reg=1004 val=000000000e",
	"rknpu cap: [  0] tgt=0x0201 reg=1004 val=0000000e",
	"[0x202000000002688] lsb 0000000b00000000 - noone  EMIT(REG_PC_VERSION, 0x000b0000);",
	"[0x201000000002688] lsb 0000000b0000000 - noone  EMIT(REG_PC_VERSION, 0x000b0000);",
	"tgt=0201(CNA)reg=10044",
	"tgt=0201()reg=1004",
	"4294967296 " CALL ") = 0",
	"8274  " CALL ") = ",
	"8274  " CALL ") = 0 (",
	"8274  ioctl(3, _IOC(_IOC_SOME, 0x64, 0x41, 0x68), 0x1) = 0",
	"8274  ioctl(3, _IOC(_IOC_READ, 0x64, 0x41, 0x100000000), 0x1) = 0",
	"12:34:5 " CALL ") = 0",
	"[pid 1 " CALL ") = 0",
	"8274  <... ioctl resumed>) = ",
	"0 struct_rknpu_action ['flags:0x14']",
	"0 struct_rknpu_action ['flags:0x100000000', 'value:0x0']",
	"0 struct_rknpu_mem_sync ['flags:0x3', 'reserved:0x1', 'obj_addr:0x0', 'offset:0x0', 'size:0x0']",
	"  subcore[5]: start=0 number=40",
	"  subcore[0]: start=0 number=40 words",
	"ALLOC 0 fd=4 flags=0xa size=4096 object=b25e4aa0 dma=3e4c000 ioctl=c0287202",
};

START_TEST(misfits_are_unknown)
{
	_autofree_ char *text = NULL;

	ck_assert_int_gt(asprintf(&text, "%s\n", misfits[_i]), 0);
	struct parsed p = parse_text(text);

	ck_assert_msg(p.acc.unknown_lines == 1, "'%s' is known", misfits[_i]);
	parsed_free(&p);
}
END_TEST

/* ---- preloaded libraries ---- */

START_TEST(subcores_join_their_submit)
{
	assert_records("================ SUBMIT #1 ================\n"
		       "flags=0x5 task_start=0 task_number=80 core_mask=0x0\n"
		       "  subcore[0]: start=0 number=40\n"
		       "  subcore[1]: start=40 number=40        \xe2\x86\x90 the other half\n"
		       "SUBMIT #2  flags=0x1 task_number=1   core_mask=0x1   <-- alone\n"
		       "  subcore[0]: start=3 number=1\n",
		       "submit n=1 flags=0x5 task_start=0 task_number=80 core_mask=0x0"
		       " subcore_task[0].task_start=0 subcore_task[0].task_number=40"
		       " subcore_task[1].task_start=40 subcore_task[1].task_number=40\n"
		       "submit n=2 flags=0x1 task_number=1 core_mask=0x1"
		       " subcore_task[0].task_start=3 subcore_task[0].task_number=1\n");
}
END_TEST

/* Rows of one program do not go on what another one began. */
START_TEST(programs_do_not_share_a_submit)
{
	assert_records("  subcore_task[0]={task_start=0, task_number=40}\n"
		       "flags=0x1 task_start=40 task_number=30 core_mask=0x0\n",
		       "submit subcore_task[0].task_start=0 subcore_task[0].task_number=40\n"
		       "submit flags=0x1 task_start=40 task_number=30 core_mask=0x0\n");
	/* nor if they are written as rows of the other */
	assert_records("  subcore[0]: start=0 number=40\n"
		       "flags=0x1 task_start=40 task_number=30 core_mask=0x0\n",
		       "submit subcore_task[0].task_start=0 subcore_task[0].task_number=40\n"
		       "submit flags=0x1 task_start=40 task_number=30 core_mask=0x0\n");
}
END_TEST

/* ---- damage ---- */

START_TEST(bytes_changed)
{
	struct test_random random = { 0xd1a + (uint64_t)_i };
	size_t len;
	_autofree_ char *text = read_file(files[_i].name, &len);

	len = len < 6000 ? len : 6000;
	for (size_t n = 0; n < 200; n++) {
		size_t at = test_random_next(&random) % len;
		char old = text[at];

		text[at] = (char)test_random_next(&random);
		struct parsed p = parse_bytes(text, len, 1 + n);

		assert_round_trip(&p);
		parsed_free(&p);
		text[at] = old;
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("parse-dialects");
	TCase *tc = tcase_create("dialects");
	const int n = (int)RKR_ARRAY_LEN(files);

	tcase_add_loop_test(tc, file_has_what_it_has, 0, n);
	tcase_add_loop_test(tc, file_is_written_again, 0, n);
	tcase_add_test(tc, commit_is_of_two_rows);
	tcase_add_test(tc, strace_says_who_and_when);
	tcase_add_test(tc, strace_resumes);
	tcase_add_test(tc, word_and_parts_agree);
	tcase_add_loop_test(tc, misfits_are_unknown, 0, (int)RKR_ARRAY_LEN(misfits));
	tcase_add_test(tc, subcores_join_their_submit);
	tcase_add_test(tc, programs_do_not_share_a_submit);
	suite_add_tcase(suite, tc);

	tc = tcase_create("damage");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, bytes_changed, 0, n);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
