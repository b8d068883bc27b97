/* SPDX-License-Identifier: MIT */
/* Each row shape, by lines written by hand from the grammar. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "parsers/row.h"
#include "tests/common.h"
#include "tests/parse-common.h"
#include "tests/parse-rows.h"
#include "tests/parse-samples.h"

/* Lines that are known and give no record. */
static const struct {
	const char *line;
	const char *rule;
} skipped[] = {
	{ "", "blank" },
	{ "Function \"ioctl\" not defined.", "gdb-banner" },
	{ "Breakpoint 2 (mmap) pending.", "gdb-banner" },
	{ "Breakpoint 1 at 0x7ff7e3c2a0", "gdb-banner" },
	{ "[Thread debugging using libthread_db enabled]", "gdb-banner" },
	{ "Using host libthread_db library \"/lib/aarch64-linux-gnu/libthread_db.so.1\".", "gdb-banner" },
	{ "[Inferior 1 (process 112167) exited normally]", "gdb-exit" },
	{ "[Inferior 1 (process 8566) exited with code 01]", "gdb-exit" },
	{ "################################################################################", "app-banner" },
	{ "Conv2D Multi-Test Suite", "app-banner" },
	{ "Testing 1 different convolution shapes", "app-banner" },
	{ "TEST: conv2d_cc_b1_c64_h56_w56_oc128_wic64_k1x1_g1", "app-banner" },
	{ "TEST SUMMARY", "app-banner" },
	{ "inputs=1 outputs=1", "app-tensor" },
	{ "Input[0] dims=1x40x40x160 size=512000 type=1", "app-tensor" },
	{ "  Weight shape: (128,64,1,1)", "app-tensor" },
	{ "  Native input type: FP16, format: NC1HWC2", "app-tensor" },
	{ "  Native input dims: 1 8 56 56 8", "app-tensor" },
	{ "  Native input size: 401408, size_with_stride: 401408, w_stride: 56", "app-tensor" },
	{ "  Native output type: FP16, format: NC1HWC2", "app-tensor" },
	{ "  Native output dims: 1 16 56 56 8", "app-tensor" },
	{ "  Native output size: 802816, size_with_stride: 802816, w_stride: 0", "app-tensor" },
	{ "  Output shape: 1x128x56x56", "app-tensor" },
	{ "rknn_run OK", "app-result" },
	{ "  \xe2\x9c\x93 PASSED (max error: 0.0205193)", "app-result" },
	{ "  \xe2\x9c\x97 FAILED", "app-result" },
	{ "Total tests: 1", "app-result" },
	{ "Passed: 1", "app-result" },
	{ "Failed: 0", "app-result" },
	{ "ERROR at index 7: expected=1.25, got=-1.5e-05, error=nan", "app-error" },
	{ "ERROR: Output dimensions mismatch!", "app-error" },
	{ "  Expected: 38x38", "app-error" },
	{ "  Got: 6x6", "app-error" },
	{ "8274  --- SIGWINCH {si_signo=SIGWINCH, si_code=SI_KERNEL} ---", "strace" },
	{ "+++ exited with 0 +++", "strace" },
	{ "[pid  8274] 12:34:56.000001 ioctl(3</dev/dri/card1>, DRM_IOCTL_VERSION, 0xffffcd751ae0) = 0",
	  "strace" },
	{ "strace: Process 8274 attached", "strace" },
	{ "0 struct_drm_gem_flink ['handle:0x1', 'name:0x1']", "sniffer" },
	{ "drm name is rknpu - 20240828 - RKNPU driver", "sniffer" },
	{ "input dma is ffff8000, output dma is ffff6000, weights dma is ffff7000", "sniffer" },
	{ "RKNPU_SUBMIT returned 0", "sniffer" },
	{ "hello from c", "sniffer" },
	{ "from import", "sniffer" },
	{ "import done", "sniffer" },
	{ "Begin perf ...", "sniffer" },
	{ "ABI attr=376 mem=40 ctx=4", "preload" },
	{ "ATTR 1 name=input dims=1,8,8,3, fmt=1 type=2 size=192", "preload" },
	{ "MEM input=384@3e4f000 output=1024@3e50000", "preload" },
	{ "  ...", "preload" },
	{ "# rknpu-trace: 7016183917 rknpu_core0_irq_handler", "bpftrace" },
	{ "Attaching 8 probes...", "bpftrace" },
	{ "Attached 8 probes", "bpftrace" },
	{ "running pre_health tests/health.py ...", "sweep" },
	{ "running post_health tests/health.py ...", "sweep" },
	{ "summary=results/sweep_summary.txt", "sweep" },
	{ "detail_log=results/sweep_detail.txt", "sweep" },
	{ RKNN "-----------------------------------------+---------", "rknn-rule-line" },
	{ RKNN "           Feature Tensor Information Table       ", "rknn-title" },
	{ RKNN "           Const Tensor Information Table", "rknn-title" },
	{ RKNN "ID  User Tensor      DataType  OrigShape    |     [Start       End)       Size",
	  "rknn-title" },
	{ RKNN "     Network Layer Information Table      ", "rknn-layer-table" },
	{ RKNN
	  "ID   OpType             DataType Target InputShape    OutputShape   Cycles(DDR/NPU/Total)    Time(us)",
	  "rknn-layer-table" },
	{ RKNN "1    InputOperator      FLOAT16  CPU    \\      (1,64,56,56)    0/0/0     19"
	       "          0.0%/0.0%/0.0%       0            InputOperator:input",
	  "rknn-layer-table" },
	{ RKNN
	  "2    Conv    FLOAT16  NPU    (1,64,56,56),(128,64,1,1)   (1,128,56,56)  206393/50176/206393      4372"
	  "         1.15/0.00/0.00       100.0%/0.0%/0.0%     408          Conv:/conv/Conv ",
	  "rknn-layer-table" },
	{ RKNN "        Operator Time Consuming Ranking Table            ", "rknn-ranking-table" },
	{ RKNN "OpType             CallNumber   CPUTime(us)  GPUTime(us)", "rknn-ranking-table" },
	{ RKNN
	  "Conv               1            0            0            4372         4372           68.90%        ",
	  "rknn-ranking-table" },
	{ RKNN "Total                           1973         0            4372         6345          ",
	  "rknn-ranking-table" },
	{ RKNN "Total Operator Elapsed Per Frame Time(us): 6345", "rknn-total" },
	{ RKNN "Total Memory Read/Write Per Frame Size(KB): 1192.00", "rknn-total" },
	{ RKNN "The RKNN_FLAG_EXECUTE_FALLBACK_PRIOR_DEVICE_GPU is not set and without GPU op in Graphs",
	  "rknn-note" },
	{ RKNN "normalize target: CPU", "rknn-note" },
	{ "W RKNN: [13:37:36.551] Failed to get NPU freq, take 1000MHz as default NPU freq", "rknn-note" },
	{ RKNN "Get DDR frequency: 528MHz", "rknn-note" },
	{ RKNN "dump npy tensor to: dumps/000_InputOperator_input_shape_1_64_56_56_float.npy", "rknn-note" },
	{ "E RKNN: [13:11:00.268] failed open dump path: dumps/000_InputOperator.npy", "rknn-note" },
	{ RKNN "Output(output): size_with_stride larger than model origin size, if need", "rknn-note" },
};

static struct rkp_rows *
compile(void)
{
	struct rkp_rows *rows;
	const char *wrong = "no memory";

	if (rkp_rows_new(&rows, &wrong) < 0)
		ck_abort_msg("does not compile: %s", wrong);
	return rows;
}

START_TEST(sample_is_read_and_written)
{
	_autofree_ char *text = NULL, *records = NULL, *written = NULL, *line = NULL;

	ck_assert_int_gt(asprintf(&text, "%s\n", row_samples[_i][LINE]), 0);
	struct parsed p = parse_text(text);

	records = parsed_records(&p);
	ck_assert_uint_eq(rkr_run_n_records(p.run), 1);
	ck_assert_int_eq(strncmp(records, row_samples[_i][RECORD], strlen(row_samples[_i][RECORD])), 0);
	ck_assert_str_eq(records + strlen(row_samples[_i][RECORD]), "\n");
	ck_assert_uint_eq(p.acc.parsed, strlen(text));

	written = export_text(p.run, FORMATS_ALL, NULL);
	ck_assert_int_gt(
		asprintf(&line, "\n%s\n", row_samples[_i][WRITTEN] ? row_samples[_i][WRITTEN] : row_samples[_i][LINE]),
		0);
	ck_assert_msg(strncmp(written, line + 1, strlen(line + 1)) == 0 || strstr(written, line),
		      "wrote:\n%s", written);
	assert_round_trip(&p);
	parsed_free(&p);
}
END_TEST

START_TEST(skipped_line_is_skipped)
{
	_autofree_ char *text = NULL;
	char start[64];

	ck_assert_int_gt(asprintf(&text, "%s\n", skipped[_i].line), 0);
	struct parsed p = parse_text(text);

	ck_assert_uint_eq(p.acc.skipped, strlen(text));
	snprintf(start, sizeof(start), "%s 1 0 %zu ", skipped[_i].rule, strlen(text));
	ck_assert_uint_ge(p.stretches.len, strlen(start));
	ck_assert_int_eq(strncmp(p.stretches.data, start, strlen(start)), 0);
	parsed_free(&p);
}
END_TEST

/* Every shape has a sample, and no sample is of two shapes. */
START_TEST(samples_cover_the_tables)
{
	struct rkp_rows *rows = compile();
	size_t n = rkp_rows_count(rows);
	_autofree_ unsigned *seen = calloc(n, sizeof(*seen));

	for (size_t s = 0; s < RKR_ARRAY_LEN(row_samples) + RKR_ARRAY_LEN(skipped); s++) {
		bool record = s < RKR_ARRAY_LEN(row_samples);
		const char *line = record ? row_samples[s][LINE]
					  : skipped[s - RKR_ARRAY_LEN(row_samples)].line;
		const struct rkp_row *found = NULL;
		struct rkp_values values;

		for (size_t i = 0; i < n; i++) {
			const struct rkp_row *row = rkp_rows_get(rows, i);

			if (!rkp_row_match(row, line, line + strlen(line), &values))
				continue;
			ck_assert_msg(!found, "'%s' is of two shapes: '%s' and '%s'", line,
				      found->shape->text, row->shape->text);
			found = row;
			seen[i]++;
		}
		ck_assert_msg(found != NULL, "no shape has '%s'", line);
		ck_assert_int_eq(record, found->shape->op != RKP_SKIP);
		ck_assert_ptr_eq(rkp_rows_match(rows, NULL, line, line + strlen(line), &values), found);
	}
	/* those that are read with tolerance */
	for (size_t s = 0; s < RKR_ARRAY_LEN(loose_samples); s++) {
		const char *line = loose_samples[s][LINE];
		struct rkp_values values;
		const struct rkp_row *found = rkp_rows_read(rows, line, line + strlen(line), &values);

		ck_assert_msg(found != NULL, "no row has '%s'", line);
		for (size_t i = 0; i < n; i++)
			seen[i] += rkp_rows_get(rows, i) == found;
	}
	for (size_t i = 0; i < n; i++) {
		const struct rkp_shape *shape = rkp_rows_get(rows, i)->shape;

		/* the rule of all that a kernel log has besides: parse-kernel-test.c */
		ck_assert_msg(seen[i] || (shape->rule && shape->tag), "no sample of '%s%s'", shape->text,
			      shape->tag ? shape->tag : "");
	}
	rkp_rows_free(rows);
}
END_TEST

/* A row is the whole line: cut or with more at either end it is none, unless it ends in free text. */
START_TEST(sample_is_anchored)
{
	struct rkp_rows *rows = compile();
	const char *line = row_samples[_i][LINE];
	size_t len = strlen(line);
	struct rkp_values values;
	const struct rkp_row *row = rkp_rows_match(rows, NULL, line, line + len, &values);
	_autofree_ char *more = NULL;

	ck_assert_ptr_nonnull(row);
	for (size_t n = 0; n < len; n++) {
		const struct rkp_row *cut = rkp_rows_match(rows, NULL, line, line + n, &values);

		/*
		 * The cut may be in a last number or text, which are then shorter, or before a
		 * tail that may lack.
		 */
		if (cut && cut->shape->op != RKP_SKIP)
			ck_assert_msg(row == cut || strstr(line, " unavailable size=") ||
					      strstr(line, " target=") || strstr(line, "ioctl") ||
					      strstr(line, " ( op: ") || strstr(line, " :: ") ||
					      strstr(line, "_health_rc="),
				      "'%.*s'", (int)n, line);
	}
	ck_assert_int_gt(asprintf(&more, "%s !", line), 0);
	if (!row->ends_free)
		ck_assert_ptr_null(rkp_rows_match(rows, NULL, more, more + len + 2, &values));
	/* The start of a number may be lost unseen, and one blank of many. */
	if (!row->number_first && !strstr(line, " running="))
		ck_assert_ptr_null(rkp_rows_match(rows, NULL, more + 1, more + len, &values));
	rkp_rows_free(rows);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("parse-rows");
	TCase *tc = tcase_create("rows");

	tcase_add_loop_test(tc, sample_is_read_and_written, 0, (int)RKR_ARRAY_LEN(row_samples));
	tcase_add_loop_test(tc, skipped_line_is_skipped, 0, (int)RKR_ARRAY_LEN(skipped));
	tcase_add_test(tc, samples_cover_the_tables);
	tcase_add_loop_test(tc, sample_is_anchored, 0, (int)RKR_ARRAY_LEN(row_samples));
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
