/* SPDX-License-Identifier: MIT */
/*
 * Operations on the emulated board, each by a stream as clients write it and
 * the driver's calls: elementwise, products, pooling, int8 convolutions,
 * tables, packed pixels, strides and padding.
 */
#include "config.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "tests/op-streams.h"

/* Of a large result so many numbers are compared. */
#define RESULTS 4000
/* Atoms of one elementwise task, at most. */
#define ATOMS 8000

static bool
is_long(void)
{
	return getenv("RKREPLAY_LONG") != NULL;
}

static double
draw(struct test_random *random)
{
	return ref_half_round((double)(test_random_next(random) >> 20 & 0xffff) / 32768 - 1);
}

static void
fill_half(const struct emu_bo *bo, struct test_random *random, double scale)
{
	uint16_t *to = bo->memory;

	for (size_t i = 0; i < bo->size / 2; i++)
		to[i] = ref_half_bits(ref_half_round(draw(random) * scale));
}

static void
fill_bytes(const struct emu_bo *bo, struct test_random *random)
{
	unsigned char *to = bo->memory;

	for (size_t i = 0; i < bo->size; i++)
		to[i] = (unsigned char)(test_random_next(random) >> 30);
}

/* ---- Elementwise */

static const char *const names[OP_MAX_] = {
	"add", "sub", "mul", "div", "max", "min", "neg", "abs", "greater"
};
static const uint32_t sizes[] = { 1, 8, 9, 1000, 63999, 64001, 131072 };

static double
op_result(enum op op, double a, double b)
{
	switch (op) {
	case OP_ADD:
		return a + b;
	case OP_SUB:
		return a - b;
	case OP_MUL:
		return a * b;
	case OP_DIV:
		return a / b;
	case OP_MAX:
		return fmax(a, b);
	case OP_MIN:
		return fmin(a, b);
	case OP_NEG:
		return -a;
	case OP_ABS:
		return fabs(a);
	default:
		return a > 0x1p-24;
	}
}

static void
check_elementwise(enum op op, bool wide, uint32_t n, const struct emu_bo bo[3])
{
	uint32_t atoms = (n + 7) / 8;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t first = i / 8 / ATOMS * ATOMS, left = atoms - first < ATOMS ? atoms - first : ATOMS;
		double a = ref_number_get(REF_FP16, (uint16_t *)bo[0].memory + i);
		double b = ref_number_get(REF_FP16, (uint16_t *)bo[1].memory + i);
		double want = op_result(op, a, b), got;

		if (wide) {
			/* Of each task: channels 0..3 of all atoms, then 4..7. */
			size_t at = (size_t)first * 8 + i % 8 / 4 * left * 4 + (i / 8 - first) * 4 + i % 4;
			float f;

			memcpy(&f, (float *)bo[2].memory + at, sizeof(f));
			got = (double)f;
			want = (double)(float)want;
		} else {
			got = ref_number_get(REF_FP16, (uint16_t *)bo[2].memory + i);
			want = ref_half_round(want);
		}
		if (!(got == want || (isnan(got) && isnan(want))))
			ck_abort_msg("%s of %u, %u: %g, %g: %g, not %g", names[op], n, i, a, b, got, want);
	}
}

START_TEST(elementwise)
{
	enum op op = (enum op)(_i / 2);
	bool wide = _i % 2;
	struct stream *s = calloc(1, sizeof(*s));
	struct test_random random = { 3 + (unsigned)_i };
	struct emu_bo bo[3];
	struct emu emu;

	ck_assert_ptr_nonnull(s);
	device_start(&emu);
	for (size_t i = 0; i < 3; i++)
		bo[i] = emu_bo(&emu, (131072 + 16) * 4, 0x403);
	fill_half(&bo[0], &random, 60000);
	fill_half(&bo[1], &random, 200);
	for (size_t i = 0; i < RKR_ARRAY_LEN(sizes); i++) {
		uint32_t n = sizes[i], atoms = (n + 7) / 8;

		memset(bo[2].memory, 0xee, bo[2].size);
		for (uint32_t at = 0; at < atoms; at += ATOMS)
			stream_elementwise(s, op, wide, atoms - at < ATOMS ? atoms - at : ATOMS,
					   (uint32_t)bo[0].dma + at * 16, (uint32_t)bo[1].dma + at * 16,
					   (uint32_t)bo[2].dma + at * (wide ? 32 : 16));
		ck_assert_uint_le(s->n_tasks, 3);
		stream_play(s, &emu);
		check_elementwise(op, wide, n, bo);
		ck_assert_int_eq(((unsigned char *)bo[2].memory)[atoms * (wide ? 32 : 16)], 0xee);
	}
	emu_stop(&emu);
	free(s);
}
END_TEST

/* ---- Convolutions and products */

static const struct product {
	const char *name;
	enum ref_number number;
	enum out out;
	bool row_major, is_long;
	unsigned m, k, n;
} products[] = {
	{ "fp16 to fp32", REF_FP16, OUT_FP32, false, false, 1, 32, 16 },
	{ "fp16 to fp32", REF_FP16, OUT_FP32, false, false, 64, 64, 64 },
	{ "fp16 to fp32", REF_FP16, OUT_FP32, false, false, 128, 512, 96 },
	{ "fp16 to fp16", REF_FP16, OUT_FP16, false, false, 1, 32, 16 },
	{ "fp16 to fp16", REF_FP16, OUT_FP16, false, false, 4, 768, 768 },
	{ "fp16 to fp16", REF_FP16, OUT_FP16, false, false, 100, 160, 48 },
	{ "int8 to int32", REF_INT8, OUT_INT32, false, false, 1, 32, 32 },
	{ "int8 to int32", REF_INT8, OUT_INT32, false, false, 64, 256, 96 },
	{ "int16 to int32", REF_INT16, OUT_INT32, false, false, 64, 64, 64 },
	{ "int16 to int32", REF_INT16, OUT_INT32, false, false, 256, 256, 256 },
	{ "rows, fp16 to fp32", REF_FP16, OUT_FP32, true, false, 33, 64, 64 },
	{ "rows, fp16 to fp32", REF_FP16, OUT_FP32, true, false, 1, 384, 384 },
	{ "rows, fp16 to fp16", REF_FP16, OUT_FP16, true, false, 33, 96, 64 },
	{ "rows, int8 to int32", REF_INT8, OUT_INT32, true, false, 20, 96, 64 },
	{ "rows, int16 to int32", REF_INT16, OUT_INT32, true, false, 9, 32, 32 },
	{ "fp16 to fp32", REF_FP16, OUT_FP32, false, true, 384, 4096, 384 },
	{ "fp16 to fp16", REF_FP16, OUT_FP16, false, true, 384, 4096, 384 },
	{ "fp16 to fp32", REF_FP16, OUT_FP32, false, true, 1, 8192, 8192 },
	{ "fp16 to fp16", REF_FP16, OUT_FP16, false, true, 1, 8192, 8192 },
	{ "int8 to int32", REF_INT8, OUT_INT32, false, true, 384, 4096, 384 },
};

/* @channels: of packed pixels; 0: atoms. */
static const struct convolution {
	const char *name;
	enum ref_number number;
	enum out out;
	unsigned channels, c, h, w, k, kh, kw, stride;
	int top, left;
	bool depthwise;
	int pad;
} convolutions[] = {
	{ "packed 1", REF_FP16, OUT_FP16, 1, 8, 24, 32, 16, 3, 3, 1, 0, 0, false, 0 },
	{ "packed 2", REF_FP16, OUT_FP16, 2, 8, 24, 32, 32, 3, 3, 2, 1, 1, false, 0 },
	{ "packed 3", REF_FP16, OUT_FP16, 3, 8, 30, 40, 32, 3, 3, 1, 1, 1, false, 0 },
	{ "packed 3, 7x7", REF_FP16, OUT_FP16, 3, 8, 30, 40, 48, 7, 7, 2, 3, 3, false, 0 },
	{ "packed 4", REF_FP16, OUT_FP16, 4, 8, 9, 12, 6, 1, 1, 1, 0, 0, false, 0 },
	{ "stride 2, padded", REF_FP16, OUT_FP16, 0, 48, 17, 20, 40, 3, 3, 2, 1, 1, false, 0 },
	{ "stride 3, one side padded", REF_FP16, OUT_FP16, 0, 32, 20, 11, 24, 5, 3, 3, 2, 0, false, 0 },
	{ "fp32 out, two groups", REF_FP16, OUT_FP32, 0, 32, 10, 10, 48, 3, 3, 1, 1, 1, false, 0 },
	{ "depthwise, stride 2", REF_FP16, OUT_FP16, 0, 96, 17, 17, 96, 3, 3, 2, 1, 1, true, 0 },
	{ "depthwise 7x7, stride 7", REF_FP16, OUT_FP16, 0, 72, 30, 30, 72, 7, 7, 7, 2, 2, true, 0 },
	{ "int8", REF_INT8, OUT_INT8, 0, 32, 14, 14, 64, 3, 3, 1, 1, 1, false, -77 },
	{ "int8, 1x1", REF_INT8, OUT_INT8, 0, 128, 14, 15, 40, 1, 1, 1, 0, 0, false, 0 },
	{ "int8, stride 2", REF_INT8, OUT_INT8, 0, 64, 15, 15, 32, 3, 3, 2, 1, 1, false, 12 },
	{ "int8 depthwise", REF_INT8, OUT_INT8, 0, 128, 12, 12, 128, 3, 3, 1, 1, 1, true, 5 },
	{ "int8 to int32", REF_INT8, OUT_INT32, 0, 64, 9, 9, 64, 3, 3, 1, 1, 1, false, -1 },
};

/* int8: bias and scale of each kernel, 64 bytes for 8 of them. */
static void
fill_operands(const struct emu_bo *bo, struct test_random *random)
{
	memset(bo->memory, 0, bo->size);
	for (size_t k = 0; k < bo->size / 8; k++) {
		unsigned char *chunk = (unsigned char *)bo->memory + k / 8 * 64;
		int32_t bias = (int32_t)(test_random_next(random) >> 40) % 5000 - 2500;
		int16_t scale = (int16_t)(3000 + (test_random_next(random) >> 40) % 12000);

		memcpy(chunk + k % 8 * 4, &bias, sizeof(bias));
		memcpy(chunk + 48 + k % 8 * 2, &scale, sizeof(scale));
	}
}

/* A quotient by a power of two; halves go up. */
static double
shifted(double v, unsigned by)
{
	return floor(ldexp(v, -(int)by) + 0.5);
}

static double
scaled(const struct conv_op *op, const struct emu_bo *operands, unsigned k, double v)
{
	const unsigned char *chunk = (const unsigned char *)operands->memory + k / 8 * 64;
	int32_t bias;
	int16_t scale;

	memcpy(&bias, chunk + k % 8 * 4, sizeof(bias));
	memcpy(&scale, chunk + 48 + k % 8 * 2, sizeof(scale));
	v = shifted((v + bias) * scale, 14);
	v = shifted(v * op->scale, op->shift) + op->offset;
	return fmin(fmax(v, -128), 127);
}

static void
check_number(const struct conv_op *op, const char *name, const unsigned char *p, double exact, double noise,
	     struct ref_score *score)
{
	int32_t i;
	float f;

	switch (op->out) {
	case OUT_FP16:
		if (!ref_score_half(score, ref_number_get(REF_FP16, p), exact, noise))
			ck_abort_msg("%s: %g, not %g", name, ref_number_get(REF_FP16, p), exact);
		return;
	case OUT_FP32:
		memcpy(&f, p, sizeof(f));
		if (!(fabs((double)f - exact) <= noise))
			ck_abort_msg("%s: %g, not %g", name, (double)f, exact);
		return;
	case OUT_INT32:
		memcpy(&i, p, sizeof(i));
		/* Modulo 2^32. */
		if ((uint32_t)i != (uint32_t)(int64_t)exact)
			ck_abort_msg("%s: %d, not %.0f", name, i, exact);
		return;
	case OUT_INT8:
		if (*(const int8_t *)p != (int)exact)
			ck_abort_msg("%s: %d, not %.0f", name, *(const int8_t *)p, exact);
	}
}

static void
check_conv(const struct conv_op *op, const char *name, const struct emu_bo *out,
	   const struct emu_bo *operands)
{
	const struct ref_conv *r = &op->ref;
	struct ref_score score = { 0 };
	size_t all = (size_t)r->k * r->oh * r->ow, step = all / RESULTS | 1, i = 0;

	for (unsigned k = 0; k < r->k; k++)
		for (unsigned y = 0; y < r->oh; y++)
			for (unsigned x = 0; x < r->ow; x++) {
				double absolute, exact;

				if (i++ % step)
					continue;
				exact = ref_conv_sum(r, k, y, x, &absolute);
				if (op->operands)
					exact = scaled(op, operands, k, exact);
				check_number(op, name, (unsigned char *)out->memory + conv_op_at(op, k, y, x),
					     exact, ref_noise(absolute), &score);
			}
	ck_assert_msg(fabs(score.diff - score.rounding) < 5e-5, "%s: max_diff %g, not %g", name, score.diff,
		      score.rounding);
	ck_assert_uint_le(score.near, 2 + score.n / 200);
}

static void
run_conv(struct conv_op *op, const char *name)
{
	struct ref_conv *r = &op->ref;
	unsigned size = ref_number_size(r->number), lanes = 16 / size;
	struct stream *s = calloc(1, sizeof(*s));
	struct test_random random = { 5 + r->c * 31 + r->k };
	struct emu_bo in, weights, out, operands;
	struct emu emu;

	ck_assert_ptr_nonnull(s);
	device_start(&emu);
	ref_conv_alloc(r);
	in = emu_bo(&emu, rkr_align_up(r->c, lanes) * r->h * r->w * size, 0x403);
	weights =
		emu_bo(&emu, (uint64_t)(r->c + 8) * (r->depthwise ? 1 : r->k) * r->kh * r->kw * size, 0x403);
	out = emu_bo(&emu, conv_op_at(op, conv_op_kernels(op), r->oh - 1, r->ow - 1) + 4096, 0x403);
	operands = emu_bo(&emu, (uint64_t)conv_op_kernels(op) * 8, 0x403);
	if (r->number == REF_FP16) {
		fill_half(&in, &random, 1);
		fill_half(&weights, &random, 1);
	} else {
		fill_bytes(&in, &random);
		fill_bytes(&weights, &random);
	}
	fill_operands(&operands, &random);
	memset(out.memory, 0xff, out.size);
	if (op->channels)
		ref_conv_pixels(r, in.memory, op->channels, (size_t)r->w * op->channels * size);
	else if (op->row_major)
		ref_conv_pixels(r, in.memory, r->c, (size_t)r->c * size);
	else
		ref_conv_features(r, in.memory, (size_t)r->h * r->w * 16);
	ref_conv_weights(r, weights.memory);
	op->in = (uint32_t)in.dma;
	op->weights = (uint32_t)weights.dma;
	op->dst = (uint32_t)out.dma;
	if (op->out == OUT_INT8) {
		op->operands = (uint32_t)operands.dma;
		op->scale = 0x4123;
		op->shift = 20;
		op->offset = -7;
	}
	stream_conv(s, op);
	stream_play(s, &emu);
	check_conv(op, name, &out, &operands);
	ref_conv_clear(r);
	emu_stop(&emu);
	free(s);
}

START_TEST(products_of_matrices)
{
	const struct product *p = &products[_i];
	struct conv_op op = {
		.ref = { .number = p->number,
			 .c = p->k,
			 .h = p->m,
			 .w = 1,
			 .k = p->n,
			 .kh = 1,
			 .kw = 1,
			 .stride = 1,
			 .oh = p->m,
			 .ow = 1 },
		.out = p->out,
		.row_major = p->row_major,
	};

	if (p->is_long && !is_long())
		test_skip("RKREPLAY_LONG is not set");
	run_conv(&op, p->name);
}
END_TEST

START_TEST(single_convolutions)
{
	const struct convolution *c = &convolutions[_i];
	unsigned h = c->h + 2 * (unsigned)c->top, w = c->w + 2 * (unsigned)c->left;
	struct conv_op op = {
		.ref = { .number = c->number,
			 .depthwise = c->depthwise,
			 .c = c->c,
			 .h = c->h,
			 .w = c->w,
			 .k = c->k,
			 .kh = c->kh,
			 .kw = c->kw,
			 .stride = c->stride,
			 .top = c->top,
			 .left = c->left,
			 .oh = (h - c->kh) / c->stride + 1,
			 .ow = (w - c->kw) / c->stride + 1,
			 .pad = c->pad },
		.out = c->out,
		.channels = c->channels,
	};

	run_conv(&op, c->name);
}
END_TEST

/* ---- Pooling */

static const struct pool_op pools[] = {
	{ 1, 16, 12, 24, 2, 2, 2, 0, 8, 6, 0, 0 },   { 0, 16, 12, 24, 2, 2, 2, 0, 8, 6, 0, 0 },
	{ 2, 15, 9, 8, 3, 3, 2, 0, 7, 4, 0, 0 },     { 1, 15, 9, 40, 3, 3, 2, 1, 8, 5, 0, 0 },
	{ 0, 9, 9, 16, 4, 4, 1, 0, 6, 6, 0, 0 },     { 0, 4, 4, 64, 4, 4, 1, 0, 1, 1, 0, 0 },
	{ 1, 16, 16, 8, 16, 16, 16, 0, 1, 1, 0, 0 },
};

static double
pool_result(const struct pool_op *p, const unsigned char *in, unsigned c, unsigned y, unsigned x)
{
	double sum = 0, largest = -(double)INFINITY, smallest = (double)INFINITY;

	for (unsigned ky = 0; ky < p->kh; ky++)
		for (unsigned kx = 0; kx < p->kw; kx++) {
			long iy = (long)(y * p->stride + ky) - (long)p->pad,
			     ix = (long)(x * p->stride + kx) - (long)p->pad;

			if (iy < 0 || ix < 0 || iy >= (long)p->h || ix >= (long)p->w)
				continue;
			size_t at = ((c / 8 * p->h + (size_t)iy) * p->w + (size_t)ix) * 16 + c % 8 * 2;
			double v = ref_number_get(REF_FP16, in + at);

			sum += v;
			largest = fmax(largest, v);
			smallest = fmin(smallest, v);
		}
	return p->method == 1 ? largest : p->method == 2 ? smallest : ref_half_round(sum / (p->kw * p->kh));
}

START_TEST(pooling)
{
	struct pool_op p = pools[_i];
	struct stream *s = calloc(1, sizeof(*s));
	struct test_random random = { 7 };
	struct emu_bo in, out;
	struct emu emu;

	ck_assert_ptr_nonnull(s);
	device_start(&emu);
	in = emu_bo(&emu, (uint64_t)p.c * p.h * p.w * 2, 0x403);
	out = emu_bo(&emu, (uint64_t)p.c * p.oh * p.ow * 2, 0x403);
	fill_half(&in, &random, 100);
	memset(out.memory, 0xff, out.size);
	p.src = (uint32_t)in.dma;
	p.dst = (uint32_t)out.dma;
	stream_pool(s, &p);
	stream_play(s, &emu);
	for (unsigned c = 0; c < p.c; c++)
		for (unsigned y = 0; y < p.oh; y++)
			for (unsigned x = 0; x < p.ow; x++) {
				size_t at = ((c / 8 * p.oh + y) * p.ow + x) * 16 + c % 8 * 2;
				double got = ref_number_get(REF_FP16, (unsigned char *)out.memory + at);
				double want = pool_result(&p, in.memory, c, y, x);

				if (got != want)
					ck_abort_msg("c %u y %u x %u: %g, not %g", c, y, x, got, want);
			}
	emu_stop(&emu);
	free(s);
}
END_TEST

/* ---- A table, which stays for the tasks that follow */

#define SILU 5664.8
#define SILU_SCALE 0x6984 /* 2824: 16384 is 5.8 */

START_TEST(table_stays)
{
	int16_t tables[2][513];
	struct stream *s = calloc(1, sizeof(*s));
	struct test_random random = { 11 };
	struct emu_bo in, out;
	struct emu emu;

	ck_assert_ptr_nonnull(s);
	for (int t = 0; t < 2; t++)
		for (int i = 0; i < 513; i++) {
			double x = (i - (t ? 0 : 512)) * 32 / 2824.0;

			tables[t][i] = (int16_t)lrint(SILU * x / (1 + exp(-x)));
		}
	device_start(&emu);
	in = emu_bo(&emu, ATOMS * 3 * 16, 0x403);
	out = emu_bo(&emu, ATOMS * 3 * 16, 0x403);
	fill_half(&in, &random, 5.5);
	struct lut_op op = { (const int16_t(*)[513])tables, SILU_SCALE, ATOMS, (uint32_t)in.dma,
			     (uint32_t)out.dma };

	for (unsigned i = 0; i < 3; i++, op.src += ATOMS * 16, op.dst += ATOMS * 16) {
		stream_lut(s, &op);
		op.tables = NULL;
		/* the third in a submit of its own */
		if (i >= 1)
			stream_play(s, &emu);
	}
	for (size_t i = 0; i < ATOMS * 3 * 8; i++) {
		double x = ref_number_get(REF_FP16, (uint16_t *)in.memory + i);
		double got = ref_number_get(REF_FP16, (uint16_t *)out.memory + i);

		/* the table's own steps and fp16 */
		if (fabs(got / SILU - x / (1 + exp(-x))) > 0.002)
			ck_abort_msg("%zu: %g: %g, not %g", i, x, got / SILU, x / (1 + exp(-x)));
	}
	emu_stop(&emu);
	free(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("emu-ops");
	TCase *tc = tcase_create("operations");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, elementwise, 0, 2 * OP_MAX_);
	tcase_add_loop_test(tc, products_of_matrices, 0, (int)RKR_ARRAY_LEN(products));
	tcase_add_loop_test(tc, single_convolutions, 0, (int)RKR_ARRAY_LEN(convolutions));
	tcase_add_loop_test(tc, pooling, 0, (int)RKR_ARRAY_LEN(pools));
	tcase_add_test(tc, table_stays);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
