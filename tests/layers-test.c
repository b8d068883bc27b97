/* SPDX-License-Identifier: MIT */
/*
 * The layer check against the emulated NPU, which shares no code with it:
 * what one computes the other must find right, of each operation. Needs no
 * capture.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regs-ids.h"
#include "tests/layers-bench.h"

static const struct {
	const char *name;
	struct recipe r;
} recipes[] = {
	/* clang-format off */
	{ "copy",           { RKR_OP_COPY, .w = 9, .h = 7, .c = 24 } },
	{ "copy int8",      { RKR_OP_COPY, .int8 = true, .w = 9, .h = 7, .c = 32 } },
	{ "rescaled copy",  { RKR_OP_COPY, .int8 = true, .rescale = true, .w = 6, .h = 6, .c = 32, .constant = 5,
			      .scale = 0x6123, .shift = 15, .offset = (uint32_t)-9 } },
	{ "sum",            { RKR_OP_ADD, .w = 13, .h = 5, .c = 40 } },
	{ "sum, relu",      { RKR_OP_ADD, .relu = true, .w = 13, .h = 5, .c = 40 } },
	{ "lines of a sum", { RKR_OP_ADD, .w = 12, .h = 9, .c = 40, .y = 3, .rows = 4 } },
	{ "sum int8",       { RKR_OP_ADD, .int8 = true, .w = 10, .h = 10, .c = 32, .constant = 4, .scale = 0x5001,
			      .shift = 15, .offset = 7 } },
	{ "sum int8, relu", { RKR_OP_ADD, .int8 = true, .relu = true, .w = 10, .h = 10, .c = 32, .constant = 4,
			      .scale = 0x5001, .shift = 15, .offset = (uint32_t)-100 } },
	{ "times vector",   { RKR_OP_SCALE_VECTOR, .w = 8, .h = 8, .c = 48 } },
	{ "times constant", { RKR_OP_SCALE, .w = 5, .h = 8, .c = 16, .constant = 0x3555 } },
	{ "plus constant",  { RKR_OP_OFFSET, .w = 5, .h = 8, .c = 16, .constant = 0x3eaaaaab } },
	{ "plus vector",    { RKR_OP_OFFSET_VECTOR, .w = 5, .h = 8, .c = 32 } },
	{ "affine vector",  { RKR_OP_AFFINE_VECTOR, .w = 5, .h = 8, .c = 32 } },
	{ "twice as large", { RKR_OP_UPSAMPLE, .w = 6, .h = 5, .c = 8, .factor = 2 } },
	{ "4 times",        { RKR_OP_UPSAMPLE, .w = 3, .h = 4, .c = 8, .factor = 4, .surface = 1 } },
	{ "8 times, int8",  { RKR_OP_UPSAMPLE, .int8 = true, .w = 2, .h = 2, .c = 8, .factor = 8 } },
	{ "fp32 to fp16",   { RKR_OP_TO_FP16, .w = 6, .h = 7, .c = 32 } },
	{ "largest of 4",   { RKR_OP_POOL, .w = 12, .h = 10, .c = 24 } },
	{ "average of 4",   { RKR_OP_POOL, .average = true, .w = 12, .h = 10, .c = 24 } },
	{ "half of a map",  { RKR_OP_POOL, .w = 16, .h = 10, .c = 16, .x = 4, .columns = 4 } },
	{ "largest, int8",  { RKR_OP_POOL, .int8 = true, .w = 8, .h = 8, .c = 32 } },
	{ "average, int8",  { RKR_OP_POOL, .int8 = true, .average = true, .w = 8, .h = 8, .c = 32,
			      .offset = (uint32_t)-5 } },
	/* clang-format on */
};

struct conv_case {
	const char *name;
	struct conv_op op;
};

#define REF(n, ...) .ref = { .number = REF_##n, __VA_ARGS__ }
static const struct conv_case convs[] = {
	/* clang-format off */
	{ "3x3",            { REF(FP16, .c = 40, .w = 10, .h = 9, .k = 20, .kw = 3, .kh = 3, .stride = 1, .ow = 8, .oh = 7) } },
	{ "3x3 padded",     { REF(FP16, .c = 24, .w = 9, .h = 9, .k = 16, .kw = 3, .kh = 3, .stride = 2, .left = 1, .top = 1,
				  .ow = 5, .oh = 5) } },
	{ "1x1 to fp32",    { REF(FP16, .c = 64, .w = 4, .h = 4, .k = 16, .kw = 1, .kh = 1, .stride = 1, .ow = 4, .oh = 4),
			      .out = OUT_FP32 } },
	{ "depthwise",      { REF(FP16, .depthwise = true, .c = 56, .w = 8, .h = 8, .k = 56, .kw = 3, .kh = 3, .stride = 1,
				  .left = 1, .top = 1, .ow = 8, .oh = 8) } },
	{ "global average", { REF(FP16, .depthwise = true, .c = 32, .w = 7, .h = 7, .k = 32, .kw = 7, .kh = 7, .stride = 7,
				  .ow = 1, .oh = 1) } },
	{ "stem",           { REF(FP16, .c = 8, .w = 12, .h = 12, .k = 16, .kw = 3, .kh = 3, .stride = 2, .left = 1, .top = 1,
				  .ow = 6, .oh = 6), .channels = 3 } },
	{ "int8 to int32",  { REF(INT8, .c = 48, .w = 6, .h = 6, .k = 40, .kw = 3, .kh = 3, .stride = 1, .left = 1, .top = 1,
				  .pad = -7, .ow = 6, .oh = 6), .out = OUT_INT32 } },
	{ "int8",           { REF(INT8, .c = 32, .w = 6, .h = 6, .k = 32, .kw = 3, .kh = 3, .stride = 1, .ow = 4, .oh = 4),
			      .out = OUT_INT8, .operands = 1, .scale = 0x4abc, .shift = 22, .offset = -11 } },
	{ "int8 depthwise", { REF(INT8, .depthwise = true, .c = 96, .w = 6, .h = 6, .k = 96, .kw = 3, .kh = 3, .stride = 1,
				  .ow = 4, .oh = 4), .out = OUT_INT8, .operands = 1, .scale = 0x4abc, .shift = 18 } },
	{ "phase of 2",     { REF(INT8, .depthwise = true, .c = 64, .w = 6, .h = 6, .k = 64, .kw = 2, .kh = 2, .stride = 1,
				  .ow = 5, .oh = 5), .out = OUT_INT8, .operands = 1, .scale = 0x4abc, .shift = 18,
			      .factor = 2 } },
	/* clang-format on */
};

static void
assert_right(struct bench *b, const char *name)
{
	_cleanup_run_ struct rkr_run *run = bench_place(b), *answer = NULL;
	_cleanup_layers_ struct rkx_layers *l = NULL;

	device_submit(&b->emu, &b->submit);
	answer = bench_snapshot(b);
	l = bench_check(run, answer);
	for (size_t i = 0; i < l->n; i++)
		ck_assert_msg(l->layers[i].verdict == RKX_LAYER_PASS && l->layers[i].compared >= 16,
			      "%s: %s, %d, %u results, k %u y %u x %u: %g, not %g to %g", name,
			      l->layers[i].why ? l->layers[i].why : "-", l->layers[i].verdict,
			      (unsigned)l->layers[i].compared, l->layers[i].k, l->layers[i].y, l->layers[i].x,
			      l->layers[i].got, l->layers[i].low, l->layers[i].high);
}

START_TEST(maps_are_right)
{
	struct bench *b = bench_new(!recipes[_i].r.int8, 11);

	bench_recipe(b, &recipes[_i].r);
	assert_right(b, recipes[_i].name);
	bench_free(b);
}
END_TEST

/* The border of a map of 6 x 6: a column of it over the one before. */
START_TEST(parts_are_right)
{
	static const struct {
		uint16_t offset;
		uint32_t value;
	} part[] = {
		{ RKR_REG_DPU_WDMA_SIZE_1, 5 << 16 },
		{ RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, 0 },
		{ RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, 5 },
		{ RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR, 5 * 0x10001 },
		{ RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG, 5 << 19 },
		{ RKR_REG_DPU_RDMA_RDMA_SURF_NOTCH, 5 * 16 },
	};
	struct bench *b = bench_new(true, 18);

	bench_recipe(b, &(struct recipe){ RKR_OP_COPY, .w = 6, .h = 6, .c = 16 });
	for (size_t i = 0; i < b->s->n; i++)
		for (size_t k = 0; k < RKR_ARRAY_LEN(part); k++)
			if ((b->s->words[i] & 0xffff) == part[k].offset)
				b->s->words[i] = (b->s->words[i] & ~UINT64_C(0xffffffff0000)) |
						 (uint64_t)part[k].value << 16;
	assert_right(b, "part of a map");
	/* And only the column was written. */
	ck_assert_uint_ne(((const uint16_t *)b->bo[OUT].memory)[5 * 6 * 8], 0xffff);
	ck_assert_uint_eq(((const uint16_t *)b->bo[OUT].memory)[5 * 6 * 8 + 8], 0xffff);
	bench_free(b);
}
END_TEST

START_TEST(convolutions_are_right)
{
	struct bench *b = bench_new(convs[_i].op.ref.number == REF_FP16, 12);

	bench_conv(b, &convs[_i].op);
	assert_right(b, convs[_i].name);
	bench_free(b);
}
END_TEST

START_TEST(elementwise_is_right)
{
	struct bench *b = bench_new(true, 13);

	stream_elementwise(b->s, (enum op)_i, false, 200, bench_dma(b, IN), bench_dma(b, SECOND),
			   bench_dma(b, OUT));
	assert_right(b, "elementwise");
	bench_free(b);
}
END_TEST

/* A table is loaded, and another record looks up in it. */
START_TEST(lookups_are_right)
{
	struct bench *b = bench_new(true, 14);
	int16_t tables[2][513];
	struct recipe load = { RKR_OP_LUT_LOAD, .w = 1, .h = 1, .c = 16, .tables = tables, .dst = 0x20000 };
	struct recipe look = { RKR_OP_LUT, .w = 10, .h = 10, .c = 24, .constant = 0x6912 /* 2596 */ };

	bench_tables(tables);
	bench_recipe(b, &load);
	bench_recipe(b, &look);
	assert_right(b, "lookup");
	bench_free(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("layers");
	TCase *t = tcase_create("layers");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, maps_are_right, 0, (int)RKR_ARRAY_LEN(recipes));
	tcase_add_test(t, parts_are_right);
	tcase_add_loop_test(t, convolutions_are_right, 0, (int)RKR_ARRAY_LEN(convs));
	tcase_add_loop_test(t, elementwise_is_right, 0, OP_MAX_);
	tcase_add_test(t, lookups_are_right);
	suite_add_tcase(s, t);
	return test_main(s);
}
