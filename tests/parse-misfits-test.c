/* SPDX-License-Identifier: MIT */
/* Lines that are almost rows: what is tolerated, and what is not. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "tests/common.h"
#include "tests/parse-common.h"
#include "tests/parse-rows.h"

/* What does not fit, or is not as the rule says, is unknown: nothing is cut or guessed. */
static const char *const misfits[] = {
	"ACTION flags=0x100000000 value=0x00000000",
	"ACTION flags=0x0000001 value=0x00000000",
	"ACTION flags=0x0000000g value=0x00000000",
	"ACTION flags=0000000000 value=0x00000000",
	"ACTION flags=0 value=0x00000000",
	"ACTION flags=0X00000000 value=0x00000000",
	"ACTION flags=0x00000000 value=",
	"ACTION flags=0x00000000  value=0x00000000",
	"ACTION flags=0xooooooof value=0x00000000",
	"ACTION flags=0x0000 000 value=0x00000000",
	"action flags=0x00000000 value=0x00000000",
	"IOCTL_RET #18446744073709551616 ACTION flags=0x00000014 ret=0",
	"IOCTL_RET #1 ACTION flags=0x00000014 ret=9223372036854775808",
	"IOCTL_RET #1 ACTION flags=0x00000014 ret=-9223372036854775809",
	"IOCTL_RET #1 ACTION flags=0x00000014 ret=--1",
	"IOCTL_RET #-1 ACTION flags=0x00000014 ret=0",
	"MEM_SYNC flags=0x00000002 ret=0",
	"MEM_SYNC flags=0x00000001 obj=0x1ffffffffffffffff offset=0 size=0",
	"MEM_SYNC flags=0x00000001 obj=0x offset=0 size=0",
	"MEM_SYNC flags=0x00000001 obj=0x1 offset=0x0 size=0",
	"MMAP_RET #1 addr=0x8000000000000000",
	"MMAP_RET #1 addr=0x-8000000000000001",
	"MMAP_RET #1 addr=-0x1",
	"  core_mask=0x00000000 fence_fd=2147483648",
	"  core_mask=0x00000000 fence_fd=-2147483649",
	"  subcore_task[5]={task_start=0, task_number=2}",
	"  subcore_task[0]={task_start=0, task_number=4294967296}",
	"  regcmd_qword[0] off=0xe1800 value=0x201ffe100001070",
	"  regcmd_qword[0] off=0xe1800 value=0x10201ffe100001070",
	"  regcmd_qword[0] off=0x0 value=0x0201ffe100001070 target=0x0201 addr=0x1070 reg_value=0xffe10001",
	"  regcmd_qword[0] off=0x0 value=0x0201ffe100001070 target=0x0202 addr=0x1070 reg_value=0xffe10000",
	"  regcmd_qword[0] off=0x0 value=0x0201ffe100001070 target=0x0201 addr=0x1071 reg_value=0xffe10000",
	"D RKNN: [24:00:00.000] Total Weight Memory Size: 902KB",
	"D RKNN: [00:60:00.000] Total Weight Memory Size: 902KB",
	"D RKNN: [00:00:60.000] Total Weight Memory Size: 902KB",
	"D RKNN: [00:00:00,000] Total Weight Memory Size: 902KB",
	"X RKNN: [00:00:00.000] Total Weight Memory Size: 902KB",
	"Total Weight Memory Size: 902KB",
	RKNN "Total Weight Memory Size: 902.KB",
	RKNN "Total Weight Memory Size: .5KB",
	RKNN "Total Weight Memory Size: 0.1234567KB",
	RKNN "Total Weight Memory Size: 18446744073710KB",
	RKNN "1 Conv  FLOAT16 (320,160,3,3) | 0xfff08000 0xfffe9000 0x000e1000",
	RKNN "1 Conv conv.weight FLOAT16 (320,160,3,3) | 0xfff08000 0xfffe9000 0x000e1000 0x00000000",
	RKNN "-------------------",
	RKNN "-------------------------------=--------",
	"===============================#",
	"  sys/a = b",
	"  /sys/a b = c",
	"SYSFS_SNAPSHOT",
	"\t",
};

START_TEST(misfits_are_unknown)
{
	/* behind a row of each shape: what came before changes nothing */
	for (size_t i = 0; i <= RKR_ARRAY_LEN(row_samples); i++) {
		_autofree_ char *text = NULL;

		ck_assert_int_gt(asprintf(&text, "%s\n%s\n", i ? row_samples[i - 1][LINE] : "", misfits[_i]), 0);
		struct parsed p = parse_text(text);

		ck_assert_msg(p.acc.unknown == strlen(misfits[_i]) + 1, "'%s' is known", misfits[_i]);
		ck_assert_uint_eq(p.acc.unknown_lines, 1);
		parsed_free(&p);
	}
}
END_TEST

/* Reading is a little wider than writing. */
START_TEST(tolerated_forms)
{
	static const struct {
		const char *text, *record;
	} forms[] = {
		{ "ACTION flags=0x00000013 value=0xFFFFFFED\n", "action flags=0x13 value=0xffffffed\n" },
		{ "ACTION flags=0x00000013 value=0xffffffed\r\n", "action flags=0x13 value=0xffffffed\n" },
		{ "ACTION flags=0x0000000000000013 value=0x00000000\n", "action flags=0x13 value=0x0\n" },
		{ "ACTION flags=0x00000013 value=0x00000000", "action flags=0x13 value=0x0\n" },
		{ "MEM_MAP #007 handle=0x02 reserved=0 offset=0\n",
		  "mem_map n=7 entry_handle=0x2 entry_reserved=0x0 entry_offset=0x0\n" },
		/* an int in a 64-bit register */
		{ "IOCTL_RET #1 MEM_SYNC flags=0x00000001 ret=4294967295\n",
		  "mem_sync call=1 flags=0x1 ret=-1\n" },
		{ "IOCTL_RET #1 MEM_SYNC flags=0x00000001 ret=4294967296\n",
		  "mem_sync call=1 flags=0x1 ret=4294967296\n" },
		{ "MMAP_RET #1 addr=0x-8000000000000000\n", "mmap n=1 addr=0x8000000000000000\n" },
		{ "IOCTL_RET #18446744073709551615 MEM_SYNC flags=0xffffffff ret=-9223372036854775808\n",
		  "mem_sync call=18446744073709551615 flags=0xffffffff ret=-9223372036854775808\n" },
		{ RKNN "Total Weight Memory Size: 0902.500KB\n",
		  "memory_total" RKNN_FIELDS " what=Weight kb=902.5\n" },
		{ RKNN "1 Conv conv.weight FLOAT16 (1,1) | 0xfff08000 0xfffe9000 0x000e1000\n",
		  "tensor" RKNN_FIELDS " table=const id=1 user=Conv tensor=conv.weight dtype=FLOAT16"
		  " orig_shape=(1,1) start=0xfff08000 end=0xfffe9000 sep='\\x20' size=0xe1000\n" },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(forms); i++)
		assert_records(forms[i].text, forms[i].record);
}
END_TEST

/* What a rule passes over is no error of the runtime's because someone quoted it. */
START_TEST(quoted_notes_are_skipped)
{
	static const char *const quotes[] = { "", "> ", "  ", "\t", "`" };

	for (size_t i = 0; i < RKR_ARRAY_LEN(quotes); i++) {
		_autofree_ char *text = NULL;

		ck_assert_int_gt(asprintf(&text,
					  "%sW RKNN: [12:48:23.614] Failed to get NPU freq, take 1000MHz as default"
					  " NPU freq\n%sE RKNN: [12:48:23.614] failed to read\n",
					  quotes[i], quotes[i]),
				 0);
		struct parsed p = parse_text(text);
		_autofree_ char *records = parsed_records(&p);

		ck_assert_str_eq(records,
				 "runtime_error time=12:48:23.614 level=E what=other text=failed to read\n");
		ck_assert_int_eq(strncmp(p.stretches.data, "rknn-note 1 ", 12), 0);
		assert_round_trip(&p);
		parsed_free(&p);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("parse-misfits");
	TCase *tc = tcase_create("misfits");

	tcase_add_loop_test(tc, misfits_are_unknown, 0, (int)RKR_ARRAY_LEN(misfits));
	tcase_add_test(tc, tolerated_forms);
	tcase_add_test(tc, quoted_notes_are_skipped);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
