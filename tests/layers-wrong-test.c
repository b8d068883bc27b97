/* SPDX-License-Identifier: MIT */
/*
 * What is wrong in the answer of the emulated NPU the layer check must find
 * wrong, wherever it is. Needs no capture.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/layers-bench.h"

/* Three operators; the second one's output, weights or registers are not what they should be. */
enum wrong { WRONG_RESULT, WRONG_WEIGHT, WRONG_REGISTER, WRONG_TABLE, N_WRONG };

static void
put_three(struct bench *b, enum wrong wrong)
{
	int16_t tables[2][513];
	const struct conv_op conv = { .ref = { .number = REF_FP16,
					       .c = 40,
					       .w = 10,
					       .h = 9,
					       .k = 20,
					       .kw = 3,
					       .kh = 3,
					       .stride = 1,
					       .ow = 8,
					       .oh = 7 } };
	struct recipe copy = { RKR_OP_COPY, .w = 4, .h = 4, .c = 8, .dst = 0x10000 };
	struct recipe load = { RKR_OP_LUT_LOAD, .w = 1, .h = 1, .c = 16, .tables = tables, .dst = 0x20000 };
	struct recipe look = { RKR_OP_LUT, .w = 4, .h = 4, .c = 8, .constant = 0x6912 };

	if (wrong == WRONG_TABLE) {
		bench_tables(tables);
		bench_recipe(b, &load);
		bench_recipe(b, &look);
	} else {
		bench_recipe(b, &copy);
		bench_conv(b, &conv);
	}
	copy.dst = 0x18000;
	bench_recipe(b, &copy);
}

START_TEST(wrong_ones_are_named)
{
	struct bench *b = bench_new(true, 15);
	uint16_t *out = b->bo[OUT].memory;

	put_three(b, (enum wrong)_i);
	size_t second = b->s->task[1].start, third = b->s->task[2].start;
	_cleanup_run_ struct rkr_run *run = bench_place(b), *answer = NULL;
	_cleanup_layers_ struct rkx_layers *l = NULL;
	uint64_t *words = b->bo[REGCMD].memory;

	/* The run stays as it was. */
	if (_i == WRONG_WEIGHT)
		((uint8_t *)b->bo[WEIGHTS].memory)[101] ^= 0x40;
	for (size_t i = 0; i < b->bo[REGCMD].size / 8; i++) {
		/* A relu that is not asked for; an entry in the middle of the curve. */
		if (_i == WRONG_REGISTER && (words[i] & 0xffff) == 0x4060 && i >= second && i < third)
			words[i] = UINT64_C(0x1001) << 48 | UINT64_C(0x12) << 16 | 0x4060;
		if (_i == WRONG_TABLE && (words[i] & 0xffff) == 0x4104)
			words[i] ^= UINT64_C(0x0800) << 16;
	}
	device_submit(&b->emu, &b->submit);
	if (_i == WRONG_RESULT)
		out[8 * 11 + 3] ^= 0x100;
	answer = bench_snapshot(b);
	l = bench_check(run, answer);
	ck_assert_uint_eq(l->n, 3);
	ck_assert_uint_eq(l->passed, 2);
	ck_assert_uint_eq(l->failed, 1);
	ck_assert_ptr_nonnull(rkx_layers_bad(l));
	ck_assert_uint_eq(rkx_layers_bad(l)->op_idx, 2);
	ck_assert_uint_eq(rkx_layers_bad(l)->task, 1);
	if (_i == WRONG_RESULT) {
		ck_assert_uint_eq(rkx_layers_bad(l)->k, 3);
		ck_assert_uint_eq(rkx_layers_bad(l)->y, 1);
		ck_assert_uint_eq(rkx_layers_bad(l)->x, 3);
	}
	bench_free(b);
}
END_TEST

/* What the reference does not know is skipped with its reason, and counted. */
static const struct {
	uint16_t offset;
	uint32_t value;
	const char *why;
} unknown[] = {
	{ 0x400c, 0x1e5 | 1u << 30, "DPU.FEATURE_MODE_CFG.TP_EN" },
	{ 0x4050, 2 | 1u << 27, "DPU.BS_OW_CFG.TP_ORG_EN" },
	{ 0x4070, 0x302, "loaded by no task" },
};

START_TEST(unknown_ones_are_skipped)
{
	struct bench *b = bench_new(true, 16);
	struct recipe copy = { RKR_OP_COPY, .w = 4, .h = 4, .c = 8 };
	_cleanup_layers_ struct rkx_layers *l = NULL;
	size_t n;

	bench_recipe(b, &copy);
	bench_recipe(b, &copy);
	for (size_t i = 0; i < b->s->n; i++)
		if ((b->s->words[i] & 0xffff) == unknown[_i].offset && i < b->s->task[1].start)
			b->s->words[i] = UINT64_C(0x1001) << 48 | (uint64_t)unknown[_i].value << 16 |
					 unknown[_i].offset;
	_cleanup_run_ struct rkr_run *run = bench_place(b);

	/* Nothing ran: an output of the second one's input is right. */
	memcpy(b->bo[OUT].memory, b->bo[IN].memory, 0x100);
	_cleanup_run_ struct rkr_run *answer = bench_snapshot(b);

	l = bench_check(run, answer);
	ck_assert_uint_eq(l->passed, 1);
	ck_assert_uint_eq(l->skipped, 1);
	ck_assert_ptr_nonnull(strstr(l->layers[0].why, unknown[_i].why));
	ck_assert_ptr_eq(rkx_layers_reason(l, 0, &n), l->layers[0].why);
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_null(rkx_layers_reason(l, 1, &n));
	ck_assert_ptr_null(rkx_layers_bad(l));
	bench_free(b);
}
END_TEST

static const char *
second_is_skipped(void *data, size_t task)
{
	return task == 1 ? data : NULL;
}

START_TEST(tasks_that_did_not_run)
{
	struct bench *b = bench_new(true, 17);
	static char why[] = "not computed";
	const struct rkx_layers_options o = { .skipped = second_is_skipped, .data = why };
	_cleanup_layers_ struct rkx_layers *l = NULL;
	struct rkr_error err = { 0 };

	put_three(b, WRONG_RESULT);
	_cleanup_run_ struct rkr_run *run = bench_place(b), *answer = NULL, *none = NULL;

	device_submit(&b->emu, &b->submit);
	answer = bench_snapshot(b);
	ck_assert_int_eq(rkx_layers_check(run, answer, &o, &l, &err), 0);
	ck_assert_uint_eq(l->passed, 2);
	ck_assert_uint_eq(l->skipped, 1);
	ck_assert_str_eq(l->layers[1].why, why);
	/* An answer without the outputs tells nothing. */
	rkx_layers_free(l);
	l = NULL;
	ck_assert_int_eq(rkr_run_new(&none), 0);
	ck_assert_int_eq(rkx_layers_check(run, none, NULL, &l, &err), -ENODATA);
	ck_assert_ptr_nonnull(strstr(err.what, "output"));
	ck_assert_ptr_null(l);
	bench_free(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("layers-wrong");
	TCase *t = tcase_create("layers");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, wrong_ones_are_named, 0, N_WRONG);
	tcase_add_loop_test(t, unknown_ones_are_skipped, 0, (int)RKR_ARRAY_LEN(unknown));
	tcase_add_test(t, tasks_that_did_not_run);
	suite_add_tcase(s, t);
	return test_main(s);
}
