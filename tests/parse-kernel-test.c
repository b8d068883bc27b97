/* SPDX-License-Identifier: MIT */
/* Rows of kernel logs, PC traces and runtimes that people and programs damage, by lines written by hand. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "tests/common.h"
#include "tests/parse-common.h"
#include "tests/parse-samples.h"

#define KERNEL (1u << RKP_FORMAT_DMESG | 1u << RKP_FORMAT_PC_TRACE | 1u << RKP_FORMAT_RKNN_DEBUG)

/* Lines, and the records that they make. */
static const char *const samples[][2] = {
	{ "[  105.708245] RKNPU: job: 0000000027ea22d2, mask: 0x1, job iommu domain id: 0, dev iommu domain id: -1,"
	  " wait_count: 1, continue wait: 0, commit elapse time: 6226455us, wait time: 6226457us, timeout: 6000000us\n",
	  "wait time=105.708245 what=expired job=0000000027ea22d2 mask=0x1 job_iommu_domain_id=0"
	  " dev_iommu_domain_id=-1 wait_count=1 continue_wait=0 commit_elapse_us=6226455 wait_time_us=6226457"
	  " timeout_us=6000000\n" },
	/* one domain, no mask: drivers of 2024 */
	{ "RKNPU: job: 000000004eb23a7b, iommu domain id: 3, wait_count: 1\n",
	  "wait what=expired job=000000004eb23a7b iommu_domain_id=3 wait_count=1\n" },
	{ "RKNPU: job … commit elapse time: 61.2s, timeout: 60000000us\n",
	  "wait what=expired commit_elapse_us=61200000 timeout_us=60000000\n" },
	/* reordered */
	{ "[Wed Apr  1 10:09:24 2026] RKNPU: failed to wait job, flags: 0x1, ret = -512, task counter: 74\n",
	  "wait date=Wed Apr  1 10:09:24 2026 what=failed task_counter=74 flags=0x1 ret=-512\n" },
	/* wrapped */
	{ "RKNPU: \tcore 0 irq status: 0x200, raw status: 0xc0000200,\n        require mask: 0x300, task counter: 0\n",
	  "core_status core=0 irq_status=0x200 (DPU group 1) raw_status=0xc0000200 (DPU group 1; idle or undocumented"
	  " 0xc0000000) require_mask=0x300 (DPU group 0, DPU group 1) task_counter=0x0\n" },
	/* what follows is a row of its own */
	{ "RKNPU: job timeout, flags: 0x0:\nRKNPU: \\x09core 2 irq status: 0, raw status: 0x0\n",
	  "timeout flags=0x0\ncore_status core=2 irq_status=0x0 raw_status=0x0\n" },
	{ "[6.356354] RKNPU fdab0000.npu: RKNPU: soft reset, num: 6 <- cold\n",
	  "soft_reset time=6.356354 device=fdab0000.npu what=done num=6\n" },
	{ "kern:  err: RKNPU: soft reset\n", "soft_reset what=done\n" },
	{ "May 24 12:00:00 board kernel: RKNPU: bypass soft reset\n",
	  "soft_reset date=May 24 12:00:00 what=bypassed\n" },
	{ "[    7.877101][    T1] RKNPU: job abort, flags: 0x0, ret: -512, elapsed time: 2632132us\n",
	  "job_error time=7.877101 what=abort flags=0x0 ret=-512 elapsed_us=2632132\n" },
	/* cut inside a number, and after its label */
	{ "RKNPU: failed to wait job, task counter: 0, flags: 0x\n", "wait what=failed task_counter=0\n" },
	{ "RKNPU: failed to wait job, task counter: 7, fla\n", "wait what=failed task_counter=7\n" },
	{ "x RKNPU: failed to wait job / job timeout / soft reset\n",
	  "wait what=failed\ntimeout\nsoft_reset what=done\n" },
	{ "RKNPU: switch iommu domain from 1 to 0\n", "iommu what=switch from=1 to=0\n" },
	{ "RKNPU: failed to allocate IOVA: -12\n", "memory_error what=iova ret=-12\n" },
	{ "    -> rknpu_gem_get_pages: dma map <size> fail\n", "memory_error what=dma-map\n" },
	{ "[drm] Initialized rknpu 0.9.8 for fde40000.npu on minor 1\n",
	  "driver device=fde40000.npu version=0.9.8 minor=1\n" },
	{ "RKNPU ff660000.npu: RKNPU: Initialized RKNPU driver: v0.8.2 for 20220829\n",
	  "driver device=ff660000.npu version=0.8.2 released=20220829\n" },
	{ "RKNPU: something new\n", "driver_note text=something new\n" },
	{ "[    5.398357] rocket fdab0000.npu: Rockchip NPU core 0 version: 1179210309\n",
	  "foreign time=5.398357 driver=accel/rocket"
	  " text=rocket fdab0000.npu: Rockchip NPU core 0 version: 1179210309\n" },
	/* zeros of both C libraries, a field that is missing, and one that is new */
	{ "[ 1234.567890] RKNPU: pc commit regs: core=0 PC_DATA_ADDR=0xffd72800 INT_MASK=0 ENABLE_MASK=1f NEW=0x1\n",
	  "pc_regs time=1234.56789 core=0 PC_DATA_ADDR=0xffd72800 INT_MASK=0x0 ENABLE_MASK=0x1f more=NEW=0x1\n" },
	{ "RKNPU: \tcore 1 timeout pc regs: PC_DATA_ADDR=0x10 PC_OP_EN=0x0\n",
	  "pc_timeout core=1 PC_DATA_ADDR=0x10 PC_OP_EN=0x0\n" },
	{ "E RKNN: failed to submit! Op id:3 , op name: conv:a/b, flags: 0x5, task start:0,task number:218\n",
	  "runtime_error level=E what=submit op_id=3 op_name=conv:a/b flags=0x5 task_start=0 task_number=218\n" },
	{ "09-14 08:45:03.277  6912  6912 E RKNN    : failed to allocate handle, ret: -1, errno: 22, errstr: Bad it\n",
	  "runtime_error level=E what=handle ret=-1 errno=22 text=Bad it\n" },
};

START_TEST(sample_is_read)
{
	const char *text = samples[_i][0];

	/* however it is cut into calls */
	for (size_t chunk = 1; chunk < strlen(text) + 16; chunk += 7) {
		struct parsed p = parse_bytes(text, strlen(text), chunk);
		_autofree_ char *records = parsed_records(&p);

		ck_assert_str_eq(records, samples[_i][1]);
		ck_assert_uint_eq(p.acc.parsed, strlen(text));
		parsed_free(&p);
	}
}
END_TEST

/* What is written of a record reads as that record. */
START_TEST(sample_round_trips)
{
	struct parsed p = parse_text(samples[_i][0]);
	_autofree_ char *text = export_text(p.run, KERNEL, NULL);
	struct parsed again = parse_text(text);
	_autofree_ char *records = parsed_records(&again);

	ck_assert_str_eq(records, samples[_i][1]);
	parsed_free(&again);
	parsed_free(&p);
}
END_TEST

/* Damage ends no parse, and every byte stays accounted for: parse_bytes() sees to that. */
START_TEST(damage_is_survived)
{
	const char *text = samples[_i][0];
	size_t len = strlen(text);
	_autofree_ char *copy = malloc(len);
	uint32_t x = (uint32_t)_i + 1;

	for (int round = 0; round < 200; round++) {
		memcpy(copy, text, len);
		for (int k = 0; k <= round % 4; k++) {
			x = x * 1664525 + 1013904223;
			copy[(x >> 8) % len] = (char)(x >> 24);
		}
		struct parsed p = parse_bytes(copy, len - (size_t)(round % 8) % len, SIZE_MAX);

		parsed_free(&p);
	}
}
END_TEST

/* ---- each row, as its driver prints it ---- */

static struct parsed
parse_line(const char *before, const char *line, const char *after)
{
	_autofree_ char *text = NULL;

	ck_assert_int_gt(asprintf(&text, "%s%s%s", before, line, after), 0);
	return parse_text(text);
}

START_TEST(row_is_read_and_written)
{
	struct parsed p = parse_line("", loose_samples[_i][0], "\n");
	_autofree_ char *records = parsed_records(&p), *want = NULL;

	ck_assert_int_gt(asprintf(&want, "%s\n", loose_samples[_i][1]), 0);
	ck_assert_str_eq(records, want);
	ck_assert_uint_eq(p.acc.unknown, 0);
	assert_round_trip(&p);
	/* one format has it, and that is not lost if it is written alone */
	int formats = 0;

	for (unsigned f = 0; f < RKP_FORMAT_MAX_; f++) {
		_autofree_ char *text = export_text(p.run, 1u << f, NULL);
		struct parsed one = parse_text(text);

		formats += rkr_run_n_records(one.run) == 1;
		if (rkr_run_n_records(one.run))
			assert_same_parse(&p, &one, false);
		parsed_free(&one);
	}
	ck_assert_int_eq(formats, 1);
	parsed_free(&p);
}
END_TEST

/* What stands before rows of a kernel log, and the fields that it gives. */
static const struct {
	const char *text, *fields;
} prefixes[] = {
	{ "[  105.708245] ", " time=105.708245" },
	{ "[6.356354] ", " time=6.356354" },
	{ "[ 4.483810] ", " time=4.48381" },
	{ "[    7.877101][    T1] ", " time=7.877101" },
	{ "[    7.877101] [   C3] ", " time=7.877101" },
	{ "[Wed Apr  1 10:09:24 2026] ", " date=Wed Apr  1 10:09:24 2026" },
	{ "[2022-11-11 12:08:08] [    2.455612] ", " time=2.455612 date=2022-11-11 12:08:08" },
	{ "2026-07-29T00:29:22.105285047Z ", " date=2026-07-29T00:29:22.105285047Z" },
	{ "2026-05-24T12:00:00,123456+02:00 ", " date=2026-05-24T12:00:00,123456+02:00" },
	{ "May 24 12:00:00 host kernel: ", " date=May 24 12:00:00" },
	{ "May 24 12:00:00 host kernel: [  105.708245] ", " time=105.708245 date=May 24 12:00:00" },
	{ "kern:  err: ", "" },
	{ "kern  :err   : [  105.708245] ", " time=105.708245" },
	{ "<3>[  105.708245] ", " time=105.708245" },
	{ "<12>", "" },
	{ "> [  105.708245] ", " time=105.708245" },
	{ "  ", "" },
	{ "           ", "" },
	{ "\t", "" },
};

/* A row says the same behind each of them. */
START_TEST(prefix_changes_nothing)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(loose_samples); i++) {
		const char *line = loose_samples[i][0], *record = loose_samples[i][1];
		size_t kind = strcspn(record, " ");
		_autofree_ char *want = NULL;

		/* the runtime's rows have a clock of their own */
		if (strncmp(record, "runtime_error", 13) == 0 || strncmp(record, "identity", 8) == 0)
			continue;
		ck_assert_int_gt(
			asprintf(&want, "%.*s%s%s\n", (int)kind, record, prefixes[_i].fields, record + kind),
			0);
		for (int crlf = 0; crlf < 2; crlf++) {
			struct parsed p = parse_line(prefixes[_i].text, line, crlf ? "\r\n" : "\n");
			_autofree_ char *records = parsed_records(&p);

			ck_assert_str_eq(records, want);
			ck_assert_uint_eq(p.acc.unknown, 0);
			parsed_free(&p);
		}
	}
}
END_TEST

/* ---- damage ---- */

/* Another writer's text may stand in front, without a line end. */
START_TEST(writers_are_interleaved)
{
	static const char *const glued[][2] = {
		{ "wrote 0 hi 0 hib 0[   22.277238] RKNPU: soft reset, num: 6\n",
		  "soft_reset time=22.277238 what=done num=6\n" },
		{ "wrote 0 hi 0 hib 0[   22.277238] rk_iommu 27702000.iommu: Error\n",
		  "foreign time=22.277238 driver=rk_iommu text=rk_iommu 27702000.iommu: Error\n" },
		{ "loading 50%RKNPU: job commit failed\n", "job_error what=commit-failed\n" },
		{ "step 3[  105.708245] RKNPU: \tcore 0 irq status: 0x0, raw status: 0x0\n",
		  "core_status time=105.708245 core=0 irq_status=0x0 raw_status=0x0\n" },
		{ "[    1.000000] RKNPU: job timeout, flags: 0x0:\n[    1.000001] usb 1-1: new device\n"
		  "[    1.000002] RKNPU: \tcore 0 irq status: 0x0\n",
		  "timeout time=1 flags=0x0\ncore_status time=1.000002 core=0 irq_status=0x0\n" },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(glued); i++) {
		struct parsed p = parse_text(glued[i][0]);
		_autofree_ char *records = parsed_records(&p);

		ck_assert_str_eq(records, glued[i][1]);
		ck_assert_uint_eq(p.acc.unknown, 0);
		parsed_free(&p);
	}
}
END_TEST

/* A line that has the rest of one row, and then another row, is no part of the first: none would be lost unseen. */
START_TEST(wrapped_line_hides_no_row)
{
	static const char rest[] = "  wait_count: 1 / job: b, mask: 0x2\n";
	static const char text[] = "RKNPU: job: a, mask: 0x1,\n  wait_count: 1 / job: b, mask: 0x2\n";
	struct parsed p = parse_text(text);
	_autofree_ char *records = parsed_records(&p);

	ck_assert_str_eq(records, "wait what=expired job=a mask=0x1\n");
	ck_assert_uint_eq(p.acc.unknown, strlen(rest));
	parsed_free(&p);
}
END_TEST

/* Text that no program of the NPU wrote gives no record. */
START_TEST(noise_gives_nothing)
{
	struct test_random random = { 0x5eed + (uint64_t)_i };
	size_t len = 1 << 16;
	_autofree_ char *text = malloc(len);

	for (size_t i = 0; i < len; i++) {
		unsigned c = (unsigned)(test_random_next(&random) % 97);

		text[i] = c == 96 ? '\n' : c == 95 ? '\t' : (char)(' ' + c);
	}
	struct parsed p = parse_bytes(text, len, SIZE_MAX);

	ck_assert_uint_eq(rkr_run_n_records(p.run), 0);
	parsed_free(&p);
}
END_TEST

/* Two boots in one log: the clock starts again, the order is that of the lines. */
START_TEST(two_boots_are_one_log)
{
	assert_records("[    5.000000] [drm] Initialized rknpu 0.9.8 20240828 for fdab0000.npu on minor 1\n"
		       "[ 1000.000000] RKNPU: soft reset, num: 6\n"
		       "[    4.000000] [drm] Initialized rknpu 0.9.8 20240828 for fdab0000.npu on minor 1\n",
		       "driver time=5 device=fdab0000.npu version=0.9.8 released=20240828 minor=1\n"
		       "soft_reset time=1000 what=done num=6\n"
		       "driver time=4 device=fdab0000.npu version=0.9.8 released=20240828 minor=1\n");
}
END_TEST

/* A line without end is unknown; what follows it is read. */
START_TEST(long_line_is_unknown)
{
	static const char row[] = "RKNPU: job commit failed\n";
	size_t len = (size_t)10 << 20, all = len + 1 + strlen(row);
	_autofree_ char *text = malloc(all);

	memset(text, 'x', len);
	memcpy(text, "RKNPU: ", 7);
	text[len] = '\n';
	memcpy(text + len + 1, row, strlen(row));
	for (size_t chunk = 4093; chunk < all * 2; chunk *= 64) {
		struct parsed p = parse_bytes(text, all, chunk);
		_autofree_ char *records = parsed_records(&p);

		ck_assert_str_eq(records, "job_error what=commit-failed\n");
		ck_assert_uint_eq(p.acc.unknown, len + 1);
		parsed_free(&p);
	}
}
END_TEST

START_TEST(nul_bytes_end_nothing)
{
	static const char text[] =
		"\0\0RKNPU: soft reset, num: 6\nRKNPU: odd \0 text\nRKNPU: job commit failed\n";
	struct parsed p = parse_bytes(text, sizeof(text) - 1, SIZE_MAX);

	ck_assert_uint_eq(p.acc.kind[RKR_KIND_soft_reset], 1);
	ck_assert_uint_eq(p.acc.kind[RKR_KIND_driver_note], 1);
	ck_assert_uint_eq(p.acc.kind[RKR_KIND_job_error], 1);
	assert_round_trip(&p);
	parsed_free(&p);
}
END_TEST

/* All that a kernel log has besides. */
START_TEST(rest_of_a_kernel_log_is_skipped)
{
	struct parsed p = parse_text("[    1.000000] usb 1-1: new device\n");

	ck_assert_uint_eq(p.acc.skipped, p.acc.bytes);
	ck_assert_int_eq(strncmp(p.stretches.data, "kernel 1 ", 9), 0);
	parsed_free(&p);
}
END_TEST

/* ---- words of interrupt bits ---- */

START_TEST(bits_are_named_in_json)
{
	struct parsed p =
		parse_text("RKNPU: \tcore 0 irq status: 0x200, raw status: 0xc0013200, require mask: 0x0\n");
	struct rkr_buf json = { 0 };

	rkr_record_json(&json, rkr_run_record(p.run, 0), NULL);
	rkr_buf_put(&json, "", 1);
	ck_assert_str_eq(
		json.data,
		"{\"record\":\"core_status\",\"core\":0,"
		"\"irq_status\":512,\"irq_status_bits\":{\"named\":[\"DPU group 1\"],\"idle_or_undocumented\":0},"
		"\"raw_status\":3221303808,\"raw_status_bits\":{\"named\":[\"DPU group 1\",\"DMA read error\","
		"\"DMA write error\"],\"idle_or_undocumented\":3221291008},"
		"\"require_mask\":0,\"require_mask_bits\":{\"named\":[],\"idle_or_undocumented\":0}}");
	rkr_buf_free(&json);
	parsed_free(&p);
}
END_TEST

/* ---- what a log would have shown ---- */

#define BIT(k) (UINT64_C(1) << RKR_KIND_##k)

START_TEST(log_witnesses)
{
	static const struct {
		const char *text;
		uint64_t kinds;
	} logs[] = {
		{ "RKNPU: job timeout, flags: 0x0:\n", BIT(timeout) | BIT(irq_invalid) | BIT(job_error) },
		{ "RKNPU: failed to wait job, flags: 0x5\n",
		  BIT(wait) | BIT(timeout) | BIT(irq_invalid) | BIT(job_error) },
		{ "RKNPU: core 0 irq status: 0x0\n",
		  BIT(core_status) | BIT(wait) | BIT(timeout) | BIT(irq_invalid) | BIT(job_error) },
		{ "RKNPU: job commit failed\n", BIT(job_error) },
		{ "RKNPU: soft reset, num: 6\n", BIT(soft_reset) },
		{ "[drm] Initialized rknpu 0.9.8 for fdab0000.npu on minor 0\n", BIT(driver) },
		{ "RKNPU: pc commit armed: core=0 PC_OP_EN=0x0\n",
		  BIT(pc_trace) | BIT(pc_regs) | BIT(pc_armed) | BIT(pc_timeout) | BIT(pc_irq_valid) |
			  BIT(pc_irq_invalid) | BIT(timeout) | BIT(irq_invalid) | BIT(job_error) },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(logs); i++) {
		struct parsed p = parse_text(logs[i].text);

		ck_assert_msg(p.witnessed == logs[i].kinds, "%s: %#llx, not %#llx", logs[i].text,
			      (unsigned long long)p.witnessed, (unsigned long long)logs[i].kinds);
		parsed_free(&p);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("parse-kernel");
	TCase *tc = tcase_create("rows");
	const int n = (int)RKR_ARRAY_LEN(samples);

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, sample_is_read, 0, n);
	tcase_add_loop_test(tc, sample_round_trips, 0, n);
	tcase_add_loop_test(tc, damage_is_survived, 0, n);
	tcase_add_loop_test(tc, row_is_read_and_written, 0, (int)RKR_ARRAY_LEN(loose_samples));
	tcase_add_loop_test(tc, prefix_changes_nothing, 0, (int)RKR_ARRAY_LEN(prefixes));
	tcase_add_test(tc, writers_are_interleaved);
	tcase_add_test(tc, wrapped_line_hides_no_row);
	tcase_add_loop_test(tc, noise_gives_nothing, 0, 8);
	tcase_add_test(tc, two_boots_are_one_log);
	tcase_add_test(tc, long_line_is_unknown);
	tcase_add_test(tc, nul_bytes_end_nothing);
	tcase_add_test(tc, rest_of_a_kernel_log_is_skipped);
	tcase_add_test(tc, bits_are_named_in_json);
	tcase_add_test(tc, log_witnesses);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
