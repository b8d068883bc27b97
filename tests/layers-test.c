/* SPDX-License-Identifier: MIT */
/*
 * The layer check against the emulated NPU, which shares no code with it:
 * what one computes the other must find right, of each operation; and what is
 * wrong it must find wrong, wherever it is. Needs no capture.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regs.h"
#include "lib/regs-ids.h"
#include "lib/util.h"
#include "replay/layers.h"
#include "tests/net-recipes.h"
#include "tests/op-streams.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)
RKR_DEFINE_CLEANUP(struct rkx_layers *, rkx_layers_free)
#define _cleanup_layers_ rkr_cleanup(rkx_layers_free)

enum { IN, SECOND, WEIGHTS, OUT, REGCMD, TASK, BOS };
static const char *const roles[BOS] = { "input", "second", "weight", "output", "regcmd", "task" };

#define BO_BYTES 0x40000

struct bench {
	struct emu emu;
	struct stream *s;
	struct emu_bo bo[BOS];
	struct rkr_abi_submit submit;
	size_t n_tasks;
};

static void
fill(struct bench *b, unsigned i, bool is_float, struct test_random *random)
{
	uint16_t *half = b->bo[i].memory;
	uint8_t *bytes = b->bo[i].memory;

	for (size_t k = 0; k < BO_BYTES / 2; k++) {
		uint64_t r = test_random_next(random);

		if (is_float)
			half[k] = ref_half_bits(ref_half_round((double)(r >> 20 & 0xfff) / 2048 - 1));
		else
			bytes[2 * k] = (uint8_t)(r >> 30), bytes[2 * k + 1] = (uint8_t)(r >> 40);
	}
}

static struct bench *
bench_new(bool is_float, uint64_t seed)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct test_random random = { seed };

	ck_assert_ptr_nonnull(b);
	b->s = calloc(1, sizeof(*b->s));
	ck_assert_ptr_nonnull(b->s);
	device_start(&b->emu);
	for (unsigned i = 0; i < REGCMD; i++) {
		b->bo[i] = emu_bo(&b->emu, BO_BYTES, 0x403);
		if (i != OUT)
			fill(b, i, is_float, &random);
	}
	memset(b->bo[OUT].memory, 0xff, BO_BYTES);
	return b;
}

static void
bench_free(struct bench *b)
{
	emu_stop(&b->emu);
	free(b->s);
	free(b);
}

static uint32_t
dma(const struct bench *b, unsigned i)
{
	return (uint32_t)b->bo[i].dma;
}

/* All that is in the BOs now, as a run. */
static struct rkr_run *
snapshot(const struct bench *b)
{
	struct rkr_run *run = NULL;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	for (unsigned i = 0; i < BOS; i++) {
		struct rkr_bo bo = {
			.known = RKR_BO_SIZE | RKR_BO_ALIGNED | RKR_BO_DMA | RKR_BO_OBJ | RKR_BO_HANDLE,
			.handle = b->bo[i].handle,
			.size = b->bo[i].size,
			.aligned = rkr_align_up(b->bo[i].size, 4096),
			.dma = b->bo[i].dma,
			.obj = b->bo[i].obj,
			.died = SIZE_MAX,
		};
		uint32_t n;

		strcpy(bo.role, roles[i]);
		ck_assert_int_eq(rkr_run_add_bo(run, &bo, &n), 0);
		ck_assert_int_eq(rkr_run_write(run, n, 0, b->bo[i].memory, b->bo[i].size, RKR_EVIDENCE_GENERATED, SIZE_MAX),
				 0);
	}
	ck_assert_int_eq(rkr_run_add_region(run, &(struct rkr_region){ RKR_REGION_TASKS, TASK, 0, b->n_tasks * RKR_TASK_BYTES }),
			 0);
	ck_assert_int_eq(rkr_run_add_region(run, &(struct rkr_region){ RKR_REGION_REGCMD, REGCMD, 0, b->bo[REGCMD].size }),
			 0);
	ck_assert_int_eq(rkr_run_bind(run), 0);
	return run;
}

static struct rkr_run *
place(struct bench *b)
{
	b->n_tasks = b->s->n_tasks;
	b->submit = stream_place(b->s, &b->emu, &b->bo[REGCMD], &b->bo[TASK]);
	return snapshot(b);
}

static struct rkx_layers *
check(const struct rkr_run *run, const struct rkr_run *answer)
{
	struct rkx_layers *l = NULL;
	struct rkr_error err = { 0 };

	ck_assert_msg(rkx_layers_check(run, answer, NULL, &l, &err) == 0, "%s", err.what);
	return l;
}

/* ---- Operations */

/* The record of a recipe, all of its registers. */
static void
stream_recipe(struct stream *s, const struct recipe *r)
{
	uint32_t enable = recipe_enable(r);

	stream_begin(s);
	for (uint32_t o = 0x4004; o < 0x8000; o += 4) {
		const struct rkr_reg_block *block;
		const struct rkr_reg *reg = rkr_reg_by_offset((uint16_t)o, &block);

		if (!reg || !(enable >> block->op_enable_bit & 1) || strcmp(reg->access, "RW") != 0 ||
		    (o & 0xfff) == 8 || (o >= 0x4100 && o <= 0x4104))
			continue;
		if (recipe_value(r, (uint16_t)o) || (o & 0xfff) >= 12)
			stream_write(s, (uint16_t)o, recipe_value(r, (uint16_t)o));
	}
	for (uint32_t t = 0; r->tables && r->kind == RKR_OP_LUT_LOAD && t < 2; t++) {
		stream_write(s, 0x4100, 0x20000 | t << 16);
		for (size_t i = 0; i < 513; i++)
			stream_write(s, 0x4104, (uint16_t)r->tables[t][i]);
	}
	stream_end(s, enable);
}

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

static int16_t tables[2][513];

static void
make_tables(void)
{
	/* A curve that bends, one half other than the other. */
	for (int i = 0; i < 513; i++) {
		tables[0][i] = (int16_t)(i * i / 16 - 9000);
		tables[1][i] = (int16_t)(7384 + 40 * i - i * i / 32);
	}
}

/* A recipe on the bench's BOs; fp32 is made of fp16's bits, few of which are large. */
static void
put_recipe(struct bench *b, const struct recipe *recipe)
{
	struct recipe r = *recipe;

	r.src += dma(b, IN);
	r.operand = dma(b, SECOND);
	r.vector = dma(b, WEIGHTS);
	r.vector2 = dma(b, WEIGHTS) + 0x1000;
	r.dst += dma(b, OUT);
	stream_recipe(b->s, &r);
}

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

/* Biases of a thousand at most, multipliers of at most one. */
static void
make_operands(struct bench *b)
{
	uint8_t *p = b->bo[SECOND].memory;

	for (size_t chunk = 0; chunk < 16; chunk++)
		for (size_t k = 0; k < 8; k++) {
			int32_t bias = (int32_t)(chunk * 97 + k * 31) - 800;
			int16_t mul = (int16_t)(16384 - 900 * (int)k);

			memset(p + 64 * chunk + 32 + 2 * k, 0, 2);
			memcpy(p + 64 * chunk + 4 * k, &bias, sizeof(bias));
			memcpy(p + 64 * chunk + 48 + 2 * k, &mul, sizeof(mul));
		}
}

static void
put_conv(struct bench *b, const struct conv_op *of)
{
	struct conv_op op = *of;

	op.in = dma(b, IN);
	op.weights = dma(b, WEIGHTS);
	op.dst = dma(b, OUT);
	if (op.operands) {
		make_operands(b);
		op.operands = dma(b, SECOND);
	}
	stream_conv(b->s, &op);
}

/* ---- What is right is found right */

static void
assert_right(struct bench *b, const char *name)
{
	_cleanup_run_ struct rkr_run *run = place(b), *answer = NULL;
	_cleanup_layers_ struct rkx_layers *l = NULL;

	device_submit(&b->emu, &b->submit);
	answer = snapshot(b);
	l = check(run, answer);
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

	put_recipe(b, &recipes[_i].r);
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

	put_recipe(b, &(struct recipe){ RKR_OP_COPY, .w = 6, .h = 6, .c = 16 });
	for (size_t i = 0; i < b->s->n; i++)
		for (size_t k = 0; k < RKR_ARRAY_LEN(part); k++)
			if ((b->s->words[i] & 0xffff) == part[k].offset)
				b->s->words[i] = (b->s->words[i] & ~UINT64_C(0xffffffff0000)) | (uint64_t)part[k].value << 16;
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

	put_conv(b, &convs[_i].op);
	assert_right(b, convs[_i].name);
	bench_free(b);
}
END_TEST

START_TEST(elementwise_is_right)
{
	struct bench *b = bench_new(true, 13);

	stream_elementwise(b->s, (enum op)_i, false, 200, dma(b, IN), dma(b, SECOND), dma(b, OUT));
	assert_right(b, "elementwise");
	bench_free(b);
}
END_TEST

/* A table is loaded, and another record looks up in it. */
START_TEST(lookups_are_right)
{
	struct bench *b = bench_new(true, 14);
	struct recipe load = { RKR_OP_LUT_LOAD, .w = 1, .h = 1, .c = 16, .tables = tables, .dst = 0x20000 };
	struct recipe look = { RKR_OP_LUT, .w = 10, .h = 10, .c = 24, .constant = 0x6912 /* 2596 */ };

	make_tables();
	put_recipe(b, &load);
	put_recipe(b, &look);
	assert_right(b, "lookup");
	bench_free(b);
}
END_TEST

/* ---- What is wrong is found wrong */

/* Three operators; the second one's output, weights or registers are not what they should be. */
enum wrong { WRONG_RESULT, WRONG_WEIGHT, WRONG_REGISTER, WRONG_TABLE, N_WRONG };

static void
put_three(struct bench *b, enum wrong wrong)
{
	struct recipe copy = { RKR_OP_COPY, .w = 4, .h = 4, .c = 8, .dst = 0x10000 };
	struct recipe load = { RKR_OP_LUT_LOAD, .w = 1, .h = 1, .c = 16, .tables = tables, .dst = 0x20000 };
	struct recipe look = { RKR_OP_LUT, .w = 4, .h = 4, .c = 8, .constant = 0x6912 };

	if (wrong == WRONG_TABLE) {
		make_tables();
		put_recipe(b, &load);
		put_recipe(b, &look);
	} else {
		put_recipe(b, &copy);
		put_conv(b, &convs[0].op);
	}
	copy.dst = 0x18000;
	put_recipe(b, &copy);
}

START_TEST(wrong_ones_are_named)
{
	struct bench *b = bench_new(true, 15);
	uint16_t *out = b->bo[OUT].memory;

	put_three(b, (enum wrong)_i);
	size_t second = b->s->task[1].start, third = b->s->task[2].start;
	_cleanup_run_ struct rkr_run *run = place(b), *answer = NULL;
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
	answer = snapshot(b);
	l = check(run, answer);
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

	put_recipe(b, &copy);
	put_recipe(b, &copy);
	for (size_t i = 0; i < b->s->n; i++)
		if ((b->s->words[i] & 0xffff) == unknown[_i].offset && i < b->s->task[1].start)
			b->s->words[i] = UINT64_C(0x1001) << 48 | (uint64_t)unknown[_i].value << 16 | unknown[_i].offset;
	_cleanup_run_ struct rkr_run *run = place(b);

	/* Nothing ran: an output of the second one's input is right. */
	memcpy(b->bo[OUT].memory, b->bo[IN].memory, 0x100);
	_cleanup_run_ struct rkr_run *answer = snapshot(b);

	l = check(run, answer);
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
	_cleanup_run_ struct rkr_run *run = place(b), *answer = NULL, *none = NULL;

	device_submit(&b->emu, &b->submit);
	answer = snapshot(b);
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
	Suite *s = suite_create("layers");
	TCase *t = tcase_create("layers");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, maps_are_right, 0, (int)RKR_ARRAY_LEN(recipes));
	tcase_add_test(t, parts_are_right);
	tcase_add_loop_test(t, convolutions_are_right, 0, (int)RKR_ARRAY_LEN(convs));
	tcase_add_loop_test(t, elementwise_is_right, 0, OP_MAX_);
	tcase_add_test(t, lookups_are_right);
	tcase_add_loop_test(t, wrong_ones_are_named, 0, N_WRONG);
	tcase_add_loop_test(t, unknown_ones_are_skipped, 0, (int)RKR_ARRAY_LEN(unknown));
	tcase_add_test(t, tasks_that_did_not_run);
	suite_add_tcase(s, t);
	return test_main(s);
}
