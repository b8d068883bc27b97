/* SPDX-License-Identifier: MIT */
/*
 * Convolutions and matrix products on the emulated board, each by a stream as
 * clients write it and the driver's calls: packed pixels, strides and
 * padding, int8 with its scales, rows.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "tests/op-streams.h"

/* Of a large result so many numbers are compared. */
#define RESULTS 4000

static void
fill_bytes(const struct emu_bo *bo, struct test_random *random)
{
	unsigned char *to = bo->memory;

	for (size_t i = 0; i < bo->size; i++)
		to[i] = (unsigned char)(test_random_next(random) >> 30);
}

/* ---- Convolutions and products */

static const struct product {
	const char *name;
	enum ref_number number;
	enum out out;
	bool row_major;
	unsigned m, k, n;
} products[] = {
	{ "fp16 to fp32", REF_FP16, OUT_FP32, false, 1, 32, 16 },
	{ "fp16 to fp32", REF_FP16, OUT_FP32, false, 64, 64, 64 },
	{ "fp16 to fp32", REF_FP16, OUT_FP32, false, 128, 512, 96 },
	{ "fp16 to fp16", REF_FP16, OUT_FP16, false, 1, 32, 16 },
	{ "fp16 to fp16", REF_FP16, OUT_FP16, false, 4, 768, 768 },
	{ "fp16 to fp16", REF_FP16, OUT_FP16, false, 100, 160, 48 },
	{ "int8 to int32", REF_INT8, OUT_INT32, false, 1, 32, 32 },
	{ "int8 to int32", REF_INT8, OUT_INT32, false, 64, 256, 96 },
	{ "int16 to int32", REF_INT16, OUT_INT32, false, 64, 64, 64 },
	{ "int16 to int32", REF_INT16, OUT_INT32, false, 256, 256, 256 },
	{ "rows, fp16 to fp32", REF_FP16, OUT_FP32, true, 33, 64, 64 },
	{ "rows, fp16 to fp32", REF_FP16, OUT_FP32, true, 1, 384, 384 },
	{ "rows, fp16 to fp16", REF_FP16, OUT_FP16, true, 33, 96, 64 },
	{ "rows, int8 to int32", REF_INT8, OUT_INT32, true, 20, 96, 64 },
	{ "rows, int16 to int32", REF_INT16, OUT_INT32, true, 9, 32, 32 },
	{ "fp16 to fp32", REF_FP16, OUT_FP32, false, 384, 4096, 384 },
	{ "fp16 to fp16", REF_FP16, OUT_FP16, false, 384, 4096, 384 },
	{ "int8 to int32", REF_INT8, OUT_INT32, false, 384, 4096, 384 },
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
	bool bias_alone;
	int16_t zero;
} convolutions[] = {
	{ "packed 1", REF_FP16, OUT_FP16, 1, 8, 24, 32, 16, 3, 3, 1, 0, 0, false, 0, false, 0 },
	{ "packed 2", REF_FP16, OUT_FP16, 2, 8, 24, 32, 32, 3, 3, 2, 1, 1, false, 0, false, 0 },
	{ "packed 3", REF_FP16, OUT_FP16, 3, 8, 30, 40, 32, 3, 3, 1, 1, 1, false, 0, false, 0 },
	{ "packed 3, 7x7", REF_FP16, OUT_FP16, 3, 8, 30, 40, 48, 7, 7, 2, 3, 3, false, 0, false, 0 },
	{ "packed 4", REF_FP16, OUT_FP16, 4, 8, 9, 12, 6, 1, 1, 1, 0, 0, false, 0, false, 0 },
	{ "stride 2, padded", REF_FP16, OUT_FP16, 0, 48, 17, 20, 40, 3, 3, 2, 1, 1, false, 0, false, 0 },
	{ "stride 3, pads differ", REF_FP16, OUT_FP16, 0, 32, 20, 11, 24, 5, 3, 3, 2, 0, false, 0, false, 0 },
	{ "fp32 out, two groups", REF_FP16, OUT_FP32, 0, 32, 10, 10, 48, 3, 3, 1, 1, 1, false, 0, false, 0 },
	{ "depthwise, stride 2", REF_FP16, OUT_FP16, 0, 96, 17, 17, 96, 3, 3, 2, 1, 1, true, 0, false, 0 },
	{ "depthwise 7x7 by 7", REF_FP16, OUT_FP16, 0, 72, 30, 30, 72, 7, 7, 7, 2, 2, true, 0, false, 0 },
	{ "int8", REF_INT8, OUT_INT8, 0, 32, 14, 14, 64, 3, 3, 1, 1, 1, false, -77, false, 0 },
	{ "int8, 1x1", REF_INT8, OUT_INT8, 0, 128, 14, 15, 40, 1, 1, 1, 0, 0, false, 0, false, 0 },
	{ "int8, stride 2", REF_INT8, OUT_INT8, 0, 64, 15, 15, 32, 3, 3, 2, 1, 1, false, 12, false, 0 },
	{ "int8 depthwise", REF_INT8, OUT_INT8, 0, 128, 12, 12, 128, 3, 3, 1, 1, 1, true, 5, false, 0 },
	{ "int8, one scale", REF_INT8, OUT_INT8, 0, 64, 9, 11, 72, 3, 3, 1, 1, 1, false, -3, true, 0 },
	{ "int8, weights from 20", REF_INT8, OUT_INT8, 0, 48, 9, 11, 40, 3, 3, 2, 1, 1, false, 7, true, 20 },
	{ "int8 depthwise, weights from -9", REF_INT8, OUT_INT8, 0, 80, 9, 11, 80, 3, 3, 1, 1, 1, true, -128,
	  false, -9 },
	{ "int8 packed 3", REF_INT8, OUT_INT8, 3, 16, 20, 24, 32, 3, 3, 2, 1, 1, false, -128, true, 0 },
	{ "int8 to int32", REF_INT8, OUT_INT32, 0, 64, 9, 9, 64, 3, 3, 1, 1, 1, false, -1, false, 0 },
};

/* int8: bias and scale of each kernel, 64 bytes for 8 of them; or bias alone, 32 bytes for 8. */
static unsigned char *
operands_of(const struct conv_op *op, const struct emu_bo *bo, size_t k)
{
	return (unsigned char *)bo->memory + k / 8 * (op->bias_alone ? 32 : 64);
}

static void
fill_operands(const struct conv_op *op, const struct emu_bo *bo, struct test_random *random)
{
	memset(bo->memory, 0, bo->size);
	for (size_t k = 0; k < bo->size / 8; k++) {
		unsigned char *chunk = operands_of(op, bo, k);
		int32_t bias = (int32_t)(test_random_next(random) >> 40) % 5000 - 2500;
		int16_t scale = (int16_t)(3000 + (test_random_next(random) >> 40) % 12000);

		memcpy(chunk + k % 8 * 4, &bias, sizeof(bias));
		if (!op->bias_alone)
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
	const unsigned char *chunk = operands_of(op, operands, k);
	int32_t bias;
	int16_t scale;

	memcpy(&bias, chunk + k % 8 * 4, sizeof(bias));
	v += bias;
	if (!op->bias_alone) {
		memcpy(&scale, chunk + 48 + k % 8 * 2, sizeof(scale));
		v = shifted(v * scale, 14);
	}
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
		device_fill(&in, &random, 1);
		device_fill(&weights, &random, 1);
	} else {
		fill_bytes(&in, &random);
		fill_bytes(&weights, &random);
	}
	fill_operands(op, &operands, &random);
	memset(out.memory, 0xff, out.size);
	if (op->channels)
		ref_conv_pixels(r, in.memory, op->channels, (size_t)r->w * op->channels * size);
	else if (op->row_major)
		ref_conv_pixels(r, in.memory, r->c, (size_t)r->c * size);
	else
		ref_conv_features(r, in.memory, (size_t)r->h * r->w * 16);
	ref_conv_weights(r, weights.memory);
	for (size_t i = 0; i < (size_t)r->kh * r->kw * r->c * (r->depthwise ? 1 : r->k); i++)
		r->weights[i] += op->zero;
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

	run_conv(&op, p->name);
}
END_TEST

/*
 * 128 MiB of weights, found where they lie: groups of 16 kernels, of each 32
 * channels in turn.
 */
START_TEST(one_row_of_8192)
{
	enum { N = 8192 };
	struct conv_op op = {
		.ref = { .number = REF_FP16,
			 .c = N,
			 .h = 1,
			 .w = 1,
			 .k = N,
			 .kh = 1,
			 .kw = 1,
			 .stride = 1,
			 .oh = 1,
			 .ow = 1 },
		.out = _i == 0 ? OUT_FP32 : OUT_FP16,
	};
	struct stream *s = calloc(1, sizeof(*s));
	struct test_random random = { 8192 };
	struct ref_score score = { 0 };
	struct emu_bo in, weights, out;
	struct emu emu;

	ck_assert_ptr_nonnull(s);
	device_start(&emu);
	in = emu_bo(&emu, N * 2, 0x403);
	weights = emu_bo(&emu, (uint64_t)N * N * 2, 0x403);
	out = emu_bo(&emu, N * 64, 0x403);
	device_fill(&in, &random, 1);
	device_fill(&weights, &random, 1);
	op.in = (uint32_t)in.dma;
	op.weights = (uint32_t)weights.dma;
	op.dst = (uint32_t)out.dma;
	stream_conv(s, &op);
	stream_play(s, &emu);
	for (unsigned k = 0; k < N; k += 61) {
		const uint16_t *w = (uint16_t *)weights.memory + (size_t)k / 16 * 16 * N + k % 16 * 32;
		double exact = 0, absolute = 0;

		for (size_t c = 0; c < N; c++) {
			double v = ref_number_get(REF_FP16, (uint16_t *)in.memory + c) *
				   ref_number_get(REF_FP16, w + c / 32 * 16 * 32 + c % 32);

			exact += v;
			absolute += fabs(v);
		}
		check_number(&op, "1x8192x8192", (unsigned char *)out.memory + conv_op_at(&op, k, 0, 0),
			     exact, ref_noise(absolute), &score);
	}
	ck_assert_msg(fabs(score.diff - score.rounding) < 5e-5, "max_diff %g, not %g", score.diff,
		      score.rounding);
	emu_stop(&emu);
	free(s);
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
		.bias_alone = c->bias_alone,
		.zero = c->zero,
	};

	run_conv(&op, c->name);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("emu-products");
	TCase *tc = tcase_create("products");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, products_of_matrices, 0, (int)RKR_ARRAY_LEN(products));
	tcase_add_loop_test(tc, one_row_of_8192, 0, 2);
	tcase_add_loop_test(tc, single_convolutions, 0, (int)RKR_ARRAY_LEN(convolutions));
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
