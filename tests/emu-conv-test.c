/* SPDX-License-Identifier: MIT */
/*
 * CNA and CORE: sums of convolutions and matrix products, described by
 * registers as the vendor writes them, against a plain sum in double.
 */
#include "config.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "lib/util.h"
#include "replay/emu/conv.h"
#include "tests/emu-core.h"

#define FEATURES (BASE + 0x1000)

enum kind {
	ATOMS,     /* NC1HWC2 */
	PACKED,    /* NHWC, 1 to 4 channels */
	ROW_MAJOR, /* matrix: one pixel a row */
};

struct shape {
	const char *name;
	enum kind kind;
	unsigned precision; /* 0 int8, 1 int16, 2 fp16 */
	bool depthwise;
	unsigned c, w, h, k, kh, kw, stride;
	unsigned left, top, right, bottom;
	int pad;
	unsigned real_c; /* packed: channels in memory */
};

/* clang-format off */
static const struct shape shapes[] = {
	{ "3x3", ATOMS, 2, false, 32, 9, 8, 40, 3, 3, 1, 0, 0, 0, 0, 0, 0 },
	{ "3x3, large enough for two threads", ATOMS, 2, false, 160, 14, 14, 64, 3, 3, 1, 0, 0, 0, 0, 0, 0 },
	{ "3x3 stride 2 pad", ATOMS, 2, false, 16, 11, 12, 17, 3, 3, 2, 1, 1, 1, 1, 0, 0 },
	{ "5x3 pads differ", ATOMS, 2, false, 40, 7, 9, 20, 5, 3, 1, 2, 1, 0, 3, 0, 0 },
	{ "7x7 stride 3", ATOMS, 2, false, 8, 23, 23, 16, 7, 7, 3, 3, 3, 2, 2, 0, 0 },
	{ "3x3, one pixel", ATOMS, 2, false, 160, 3, 3, 48, 3, 3, 1, 0, 0, 0, 0, 0, 0 },
	{ "3x3, two pixels, a last slice of 8", ATOMS, 2, false, 40, 4, 3, 40, 3, 3, 1, 0, 0, 0, 0, 0, 0 },
	{ "3x7, four pixels, pads", ATOMS, 2, false, 72, 4, 4, 33, 3, 7, 2, 3, 1, 3, 1, 0, 0 },
	{ "5x5, six pixels", ATOMS, 2, false, 16, 7, 6, 32, 5, 5, 1, 0, 0, 0, 0, 0, 0 },
	{ "c 24, one pixel", ATOMS, 2, false, 24, 3, 3, 32, 3, 3, 1, 0, 0, 0, 0, 0, 0 },
	{ "1x1", ATOMS, 2, false, 64, 13, 5, 48, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "1x1, h 3: negative surface stride", ATOMS, 2, false, 128, 3, 3, 24, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "1x1, one pixel", ATOMS, 2, false, 1024, 1, 1, 1001, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "c 24: taps of 32", ATOMS, 2, false, 24, 6, 6, 33, 3, 3, 1, 0, 0, 0, 0, 0, 0 },
	{ "c 56: taps of 64", ATOMS, 2, false, 56, 6, 6, 18, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "c 12: half an atom", ATOMS, 2, false, 12, 6, 6, 18, 3, 3, 1, 1, 1, 1, 1, 0, 0 },
	{ "depthwise 3x3", ATOMS, 2, true, 40, 9, 8, 1, 3, 3, 1, 0, 0, 0, 0, 0, 0 },
	{ "depthwise c 152, stride 2, pad", ATOMS, 2, true, 152, 9, 8, 1, 3, 3, 2, 1, 1, 0, 1, 0, 0 },
	{ "depthwise 7x7 stride 7", ATOMS, 2, true, 96, 14, 7, 1, 7, 7, 7, 0, 0, 0, 0, 0, 0 },
	{ "packed 1", PACKED, 2, false, 8, 12, 9, 16, 3, 3, 1, 0, 0, 0, 0, 0, 1 },
	{ "packed 3 stride 2 pad", PACKED, 2, false, 8, 16, 9, 32, 3, 3, 2, 1, 1, 0, 0, 0, 3 },
	{ "packed 4", PACKED, 2, false, 8, 8, 9, 6, 2, 3, 1, 0, 0, 0, 0, 0, 4 },
	{ "matrix", ATOMS, 2, false, 96, 1, 16, 80, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "matrix, one row", ATOMS, 2, false, 768, 1, 1, 64, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "matrix, row-major", ROW_MAJOR, 2, false, 64, 1, 33, 64, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "int8 3x3 pad value", ATOMS, 0, false, 32, 9, 8, 40, 3, 3, 1, 1, 1, 1, 1, -77, 0 },
	{ "int8 3x3, two threads", ATOMS, 0, false, 128, 16, 16, 64, 3, 3, 1, 1, 1, 1, 1, 5, 0 },
	{ "int8 1x1 c 48", ATOMS, 0, false, 48, 5, 6, 35, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "int8 depthwise", ATOMS, 0, true, 64, 9, 8, 1, 3, 3, 1, 1, 1, 1, 1, 13, 0 },
	{ "int8 depthwise c 160 stride 2", ATOMS, 0, true, 160, 9, 8, 1, 3, 3, 2, 1, 1, 1, 1, -128, 0 },
	{ "int8 packed 1", PACKED, 0, false, 16, 16, 9, 32, 3, 3, 2, 1, 1, 0, 1, -3, 1 },
	{ "int8 packed 3", PACKED, 0, false, 16, 16, 9, 32, 3, 3, 2, 0, 0, 0, 0, 0, 3 },
	{ "int8 matrix, row-major", ROW_MAJOR, 0, false, 96, 1, 20, 64, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "int16 matrix", ATOMS, 1, false, 64, 1, 64, 32, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "int16 matrix, row-major", ROW_MAJOR, 1, false, 32, 1, 9, 32, 1, 1, 1, 0, 0, 0, 0, 0, 0 },
};
/* clang-format on */

/** Values of a shape, and what they give. */
struct values {
	unsigned ow, oh, outputs;
	double *in;     /* [c][y][x] */
	double *w;      /* [k][c][ky][kx], depthwise: [c][ky][kx] */
	double *sum;    /* [y][x][k] */
	double *abs;    /* the same of absolute values */
	double *inputs; /* [y][x][k]: sums of the windows' inputs */
};

static unsigned
element_size(const struct shape *s)
{
	return s->precision == 0 ? 1 : 2;
}

static double
number(const struct shape *s, struct test_random *random, uint16_t *ret_bits)
{
	uint64_t r = test_random_next(random) >> 11;

	if (s->precision == 2) {
		*ret_bits = slow_half((double)(r % 4001) / 2000 - 1);
		return slow_value(*ret_bits);
	}
	int v = s->precision == 0 ? (int)(r % 256) - 128 : (int)(r % 65536) - 32768;

	*ret_bits = (uint16_t)v;
	return v;
}

static void
put_number(const struct shape *s, struct board *b, uint32_t iova, uint16_t bits)
{
	if (element_size(s) == 2)
		put16(b, iova, bits);
	else
		*(unsigned char *)at(b, iova) = (unsigned char)bits;
}

/* Where (c, y, x) lies. */
static uint32_t
feature_at(const struct shape *s, unsigned c, unsigned y, unsigned x)
{
	unsigned size = element_size(s), lanes = 16 / size;

	if (s->kind == PACKED)
		return ((y * s->w + x) * s->real_c + c) * size;
	if (s->kind == ROW_MAJOR)
		return (y * s->c + c) * size;
	return ((c / lanes * s->h + y) * s->w + x) * 16 + c % lanes * size;
}

static uint32_t
weights_at(const struct shape *s)
{
	return FEATURES + (uint32_t)rkr_align_up((uint64_t)(s->c + 16) * s->h * s->w * 2, 64);
}

static void
make_features(const struct shape *s, struct board *b, struct test_random *random, struct values *v)
{
	unsigned channels = s->kind == PACKED ? s->real_c : s->c;

	for (unsigned c = 0; c < channels; c++)
		for (unsigned y = 0; y < s->h; y++)
			for (unsigned x = 0; x < s->w; x++) {
				uint16_t bits;

				v->in[(c * s->h + y) * s->w + x] = number(s, random, &bits);
				put_number(s, b, FEATURES + feature_at(s, c, y, x), bits);
			}
}

static unsigned
min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* One after the other, in the order of memory. */
static void
make_weights(const struct shape *s, struct board *b, struct test_random *random, struct values *v)
{
	unsigned stored = s->c % 32 == 24 && s->precision == 2 ? s->c + 8 : s->c;
	unsigned kernels = s->depthwise ? 1 : s->k;
	unsigned group = s->depthwise ? 1 : s->precision == 0 ? 32 : 16;
	unsigned slice = s->depthwise && s->precision == 0 ? 64 : 32;
	uint32_t to = weights_at(s);

	for (unsigned k0 = 0; k0 < kernels; k0 += group)
		for (unsigned c0 = 0; c0 < stored; c0 += slice)
			for (unsigned t = 0; t < s->kh * s->kw; t++)
				for (unsigned k = k0; k < min(k0 + group, kernels); k++)
					for (unsigned c = c0; c < min(c0 + slice, stored); c++) {
						uint16_t bits;
						double w = number(s, random, &bits);

						put_number(s, b, to, bits);
						to += element_size(s);
						if (c < s->c)
							v->w[(k * s->c + c) * s->kh * s->kw + t] = w;
					}
}

static double
input(const struct shape *s, const struct values *v, unsigned c, int y, int x)
{
	if (y < 0 || x < 0 || y >= (int)s->h || x >= (int)s->w)
		return s->pad;
	return v->in[(c * s->h + (unsigned)y) * s->w + (unsigned)x];
}

static void
make_sums(const struct shape *s, struct values *v)
{
	for (unsigned y = 0; y < v->oh; y++)
		for (unsigned x = 0; x < v->ow; x++)
			for (unsigned k = 0; k < v->outputs; k++) {
				unsigned first = s->depthwise ? k : 0, last = s->depthwise ? k + 1 : s->c;
				double sum = 0, absolute = 0, inputs = 0;

				for (unsigned c = first; c < last; c++)
					for (unsigned t = 0; t < s->kh * s->kw; t++) {
						double a = input(
							s, v, c,
							(int)(y * s->stride + t / s->kw) - (int)s->top,
							(int)(x * s->stride + t % s->kw) - (int)s->left);
						unsigned kernel = s->depthwise ? c : k * s->c + c;
						double p = a * v->w[kernel * s->kh * s->kw + t];

						sum += p;
						absolute += fabs(p);
						inputs += a;
					}
				v->sum[(y * v->ow + x) * v->outputs + k] = sum;
				v->abs[(y * v->ow + x) * v->outputs + k] = absolute;
				v->inputs[(y * v->ow + x) * v->outputs + k] = inputs;
			}
}

static struct values
make_values(const struct shape *s, struct board *b)
{
	struct test_random random = { 1 + s->c * 7919 + s->k };
	struct values v = {
		.ow = (s->w + s->left + s->right - s->kw) / s->stride + 1,
		.oh = (s->h + s->top + s->bottom - s->kh) / s->stride + 1,
		.outputs = s->depthwise ? s->c : s->k,
	};
	size_t n = (size_t)v.ow * v.oh * v.outputs;

	v.in = calloc((size_t)s->c * s->h * s->w, sizeof(double));
	v.w = calloc((size_t)s->k * s->c * s->kh * s->kw, sizeof(double));
	v.sum = calloc(n, sizeof(double));
	v.abs = calloc(n, sizeof(double));
	v.inputs = calloc(n, sizeof(double));
	make_features(s, b, &random, &v);
	make_weights(s, b, &random, &v);
	make_sums(s, &v);
	return v;
}

static void
free_values(struct values *v)
{
	free(v->in);
	free(v->w);
	free(v->sum);
	free(v->abs);
	free(v->inputs);
}

/* As the vendor's body has them. */
static void
write_registers(const struct shape *s, const struct values *v, struct board *b)
{
	uint32_t con1 = s->precision << 4 | s->precision << 7 | (s->depthwise ? 3 : 0);
	uint32_t line = 4 * s->w, surface = s->w * (s->h - 4);

	if (s->kind == PACKED) {
		con1 |= 1u << 30 | 1u << 29 | (7 + s->real_c) << 12;
		line = s->w;
		surface = s->w * (s->h - 1);
	} else if (s->kind == ROW_MAJOR) {
		con1 |= 1u << 29;
		line = s->c * element_size(s) / 16;
		surface = 0;
	}
	BOARD_WRITE(b, { 0x100c, con1 }, { 0x1010, 0x50 }, { 0x1014, s->stride << 3 | s->stride },
		    { 0x1020, s->w << 16 | s->h }, { 0x1024, ((s->c - 1) % 64) << 16 | s->c },
		    { 0x1028, v->ow }, { 0x102c, v->ow * v->oh },
		    { 0x1038, s->kw << 24 | s->kh << 16 | s->k }, { 0x1040, 0x1b }, { 0x104c, 0xb },
		    { 0x1068, s->left << 4 | s->top }, { 0x1070, FEATURES }, { 0x107c, line },
		    { 0x1080, surface & 0xfffffff }, { 0x1084, s->w << 16 | s->h }, { 0x1110, weights_at(s) },
		    { 0x1184, (uint32_t)s->pad & 0xff });
	BOARD_WRITE(b, { 0x3010, s->precision << 8 | (s->depthwise ? 2u : 0) },
		    { 0x3014, (v->oh - 1) << 16 | (v->ow - 1) }, { 0x4050, 0x124 });
}

static void
check_float(const struct shape *s, const struct values *v, const struct rke_cube *cube)
{
	size_t n = (size_t)v->ow * v->oh * v->outputs, off = 0;

	for (size_t i = 0; i < n; i++) {
		double got = cube->f[i / v->outputs * cube->stride + i % v->outputs];

		/* Sums of up to 64 products in fp32. */
		if (fabs(got - v->sum[i]) > v->abs[i] * 0x1p-21)
			ck_abort_msg("%s: %zu of %zu: %g, not %g", s->name, i, n, got, v->sum[i]);
		off += slow_half(got) != slow_half(v->sum[i]);
	}
	/* fp16 of it is that of the exact sum, unless that is all but half way between two. */
	ck_assert_uint_le(off, 1 + n / 1000);
}

static void
check_int(const struct shape *s, const struct values *v, const struct rke_cube *cube)
{
	size_t n = (size_t)v->ow * v->oh * v->outputs;

	ck_assert_ptr_nonnull(cube->sums);
	for (size_t i = 0; i < n; i++) {
		size_t pixel = i / v->outputs, k = i % v->outputs;
		int32_t got = cube->i[pixel * cube->stride + k];
		int32_t sum = cube->sums[cube->sums_stride == 1 ? pixel : pixel * cube->sums_stride + k];

		/* exact, modulo 2^32 */
		if ((uint32_t)got != (uint32_t)(int64_t)v->sum[i])
			ck_abort_msg("%s: %zu of %zu: %d, not %.0f", s->name, i, n, got, v->sum[i]);
		if (sum != (int32_t)v->inputs[i])
			ck_abort_msg("%s: inputs of %zu: %d, not %.0f", s->name, i, sum, v->inputs[i]);
	}
}

/* A core with a shape's values and registers. */
static struct board *
start(const struct shape *s, struct values *ret_values)
{
	struct board *b = board_new(4 << 20);

	*ret_values = make_values(s, b);
	write_registers(s, ret_values, b);
	return b;
}

static void
stop(struct board *b, struct values *v)
{
	free_values(v);
	board_free(b);
}

START_TEST(sums)
{
	const struct shape *s = &shapes[_i];
	struct values v;
	struct board *b = start(s, &v);
	struct rke_cube cube;

	ck_assert_msg(rke_conv_run_with(&b->core, &rke_tile_plain, &cube) == 0, "%s: %s", s->name,
		      b->core.why);
	ck_assert_uint_eq(cube.width, v.ow);
	ck_assert_uint_eq(cube.height, v.oh);
	ck_assert_uint_eq(cube.channels, v.outputs);
	ck_assert_uint_eq(cube.is_float, s->precision == 2);
	if (cube.is_float)
		check_float(s, &v, &cube);
	else
		check_int(s, &v, &cube);

	/* The fastest loops, and memory in small pieces, give the same bits. */
	size_t n = (size_t)v.ow * v.oh * cube.stride * sizeof(*cube.f);
	void *plain = malloc(n);

	ck_assert_ptr_nonnull(plain);
	memcpy(plain, cube.f, n);
	memset(cube.f, 0xee, n);
	ck_assert_int_eq(rke_conv_run(&b->core, &cube), 0);
	ck_assert_mem_eq(plain, cube.f, n);
	memset(cube.f, 0xee, n);
	b->piece = 40;
	ck_assert_int_eq(rke_conv_run(&b->core, &cube), 0);
	ck_assert_mem_eq(plain, cube.f, n);
	ck_assert_uint_eq(b->faults, 0);
	free(plain);
	stop(b, &v);
}
END_TEST

START_TEST(first_layer_is_converted)
{
	const struct shape s = { "cvt", PACKED, 0, false, 16, 8, 6, 32, 3, 3, 1, 1, 1, 1, 1, -128, 1 };
	struct values v;
	struct board *b = start(&s, &v);
	struct rke_cube cube;

	/* Unsigned bytes, times 16384, shifted by 14, minus 128: the same values. */
	BOARD_WRITE(b, { 0x104c, 14 << 4 }, { 0x1050, 16384u << 16 | 0xff80 }, { 0x1184, 0x80 });
	for (unsigned i = 0; i < s.w * s.h; i++)
		*(unsigned char *)at(b, FEATURES + i) ^= 0x80;
	ck_assert_msg(rke_conv_run(&b->core, &cube) == 0, "%s", b->core.why);
	/* Channels that are not in memory are 0, but their padding is not: compare where there is none. */
	for (unsigned y = 1; y + 1 < v.oh; y++)
		for (unsigned x = 1; x + 1 < v.ow; x++)
			for (unsigned k = 0; k < s.k; k++)
				ck_assert_int_eq(cube.i[(y * v.ow + x) * cube.stride + k],
						 (int32_t)v.sum[(y * v.ow + x) * s.k + k]);
	stop(b, &v);
}
END_TEST

START_TEST(beyond_memory_is_zero)
{
	/* The last surface is not there: as if its features were 0. */
	const struct shape s = { "hole", ATOMS, 2, false, 16, 5, 4, 16, 1, 1, 1, 0, 0, 0, 0, 0, 0 };
	struct values v;
	struct board *b = start(&s, &v);
	struct rke_cube cube;

	unsigned surface = s.w * s.h * 16;
	uint32_t end = BASE + (uint32_t)b->size;
	unsigned char *first = at(b, end - surface);

	memcpy(first, at(b, FEATURES), surface);
	BOARD_WRITE(b, { 0x1070, end - surface });
	ck_assert_int_eq(rke_conv_run(&b->core, &cube), 0);
	ck_assert_uint_gt(b->faults, 0);
	for (unsigned c = 8; c < 16; c++)
		for (unsigned i = 0; i < s.w * s.h; i++)
			v.in[c * s.w * s.h + i] = 0;
	make_sums(&s, &v);
	check_float(&s, &v, &cube);
	stop(b, &v);
}
END_TEST

START_TEST(unset_dma_width)
{
	/* Without DMA_WIDTH: rows of the input's width, surfaces that follow each other. */
	const struct shape s = { "width 0", ATOMS, 0, false, 64, 5, 6, 32, 1, 1, 1, 0, 0, 0, 0, 0, 0 };
	struct values v;
	struct board *b = start(&s, &v);
	struct rke_cube cube;

	BOARD_WRITE(b, { 0x1084, 0 }, { 0x1080, 4 * 5 * 6 });
	ck_assert_int_eq(rke_conv_run(&b->core, &cube), 0);
	check_int(&s, &v, &cube);
	stop(b, &v);
}
END_TEST

/* One register makes a task that is not modelled, and is named. */
static const struct refusal refused[] = {
	{ { 0x100c, 0x121 }, "CNA.CONV_CON1.CONV_MODE" },
	{ { 0x100c, 0x1b0 }, "CNA.CONV_CON1.IN_PRECISION" },
	{ { 0x100c, 0x020 }, "CNA.CONV_CON1.PROC_PRECISION" },
	{ { 0x100c, 0x10120 }, "CNA.CONV_CON1.DECONV" },
	{ { 0x1014, 0x9 | 1u << 8 }, "CNA.CONV_CON3.DECONV_X_STRIDE" },
	{ { 0x1014, 0x9 | 1u << 16 }, "CNA.CONV_CON3.ATROUS_X_DILATION" },
	{ { 0x1014, 0 }, "CNA.CONV_CON3.CONV_X_STRIDE" },
	{ { 0x1020, 0x50000 }, "CNA.DATA_SIZE0.DATAIN_HEIGHT" },
	{ { 0x1024, 0 }, "CNA.DATA_SIZE1.DATAIN_CHANNEL" },
	{ { 0x1038, 0x01010000 }, "CNA.WEIGHT_SIZE2.WEIGHT_KERNELS" },
	{ { 0x104c, 0xa }, "CNA.CVT_CON0.CVT_BYPASS" },
	{ { 0x3010, 0 }, "CORE.MISC_CFG.PROC_PRECISION" },
	{ { 0x3010, 0x202 }, "CORE.MISC_CFG.DW_EN" },
	{ { 0x3014, 0xffffffff }, "CORE.DATAOUT_SIZE_0" },
};

START_TEST(others_are_refused_by_name)
{
	const struct shape s = { "refused", ATOMS, 2, false, 16, 5, 4, 16, 1, 1, 1, 0, 0, 0, 0, 0, 0 };
	struct values v;
	struct board *b = start(&s, &v);
	struct rke_cube cube;

	ck_assert_int_eq(rke_conv_run(&b->core, &cube), 0);
	BOARD_WRITE(b, refused[_i].w);
	expect_refused(b, rke_conv_run(&b->core, &cube), refused[_i].why);
	stop(b, &v);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("emu-conv");
	TCase *tc = tcase_create("conv");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, sums, 0, (int)RKR_ARRAY_LEN(shapes));
	tcase_add_test(tc, first_layer_is_converted);
	tcase_add_test(tc, beyond_memory_is_zero);
	tcase_add_test(tc, unset_dma_width);
	tcase_add_loop_test(tc, others_are_refused_by_name, 0, (int)RKR_ARRAY_LEN(refused));
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
