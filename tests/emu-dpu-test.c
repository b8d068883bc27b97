/* SPDX-License-Identifier: MIT */
/* DPU of the emulated NPU: stages, operands, places, against references that know no blocks and no lanes. */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "lib/util.h"
#include "replay/emu/half.h"
#include "tests/emu-core.h"

#define SRC (BASE + 0x100000u)
#define EW (BASE + 0x400000u)
#define ODD (BASE + 0x600000u)
#define OPS (BASE + 0x700000u)
#define DST (BASE + 0x800000u)
#define MEMORY 0xc00000u

/* Registers of a task from memory to memory, fp16, as elementwise clients write them. BS, BN stay unset. */
static void
set_flying(struct board *b, uint32_t width, uint32_t height, uint32_t channels)
{
	BOARD_WRITE(b, { RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e5 }, { RKR_REG_DPU_DATA_FORMAT, 0x48000002 },
		{ RKR_REG_DPU_DST_BASE_ADDR, DST }, { RKR_REG_DPU_DATA_CUBE_WIDTH, width - 1 },
		{ RKR_REG_DPU_DATA_CUBE_HEIGHT, height - 1 },
		{ RKR_REG_DPU_DATA_CUBE_CHANNEL, (channels - 1) * 0x10001 }, { RKR_REG_DPU_EW_CFG, 0x383 },
		{ RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, width - 1 },
		{ RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, height - 1 },
		{ RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, channels - 1 },
		{ RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, SRC }, { RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, EW },
		{ RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x40000008 },
		{ RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x17849 });
}

/* Registers of the tail of an fp16 convolution, nothing in it. */
static void
set_conv(struct board *b, const struct rke_cube *cube, uint32_t channels, uint32_t notch)
{
	BOARD_WRITE(b, { RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e4 }, { RKR_REG_DPU_DATA_FORMAT, 0x48000002 },
		{ RKR_REG_DPU_DST_BASE_ADDR, DST }, { RKR_REG_DPU_DATA_CUBE_WIDTH, cube->width - 1 },
		{ RKR_REG_DPU_DATA_CUBE_HEIGHT, cube->height - 1 },
		{ RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR, notch * 0x10001 },
		{ RKR_REG_DPU_DATA_CUBE_CHANNEL, (channels - 1) * 0x10001 }, { RKR_REG_DPU_BS_CFG, 0x53 },
		{ RKR_REG_DPU_BS_OW_CFG, 0x126 }, { RKR_REG_DPU_BN_CFG, 0x53 }, { RKR_REG_DPU_EW_CFG, 0x383 },
		{ RKR_REG_DPU_EW_CVT_SCALE_VALUE, 1 }, { RKR_REG_DPU_OUT_CVT_SCALE, 0x10001 });
}

static void
cube_new(struct rke_cube *cube, bool is_float, uint32_t width, uint32_t height, uint32_t channels, unsigned seed)
{
	struct test_random random = { seed };
	size_t n;

	*cube = (struct rke_cube){ .is_float = is_float, .width = width, .height = height, .channels = channels,
		.stride = (size_t)rkr_align_up(channels, 16), .sums_stride = 1 };
	n = width * height * cube->stride;
	cube->i = malloc(n * sizeof(*cube->i));
	cube->sums = malloc((size_t)width * height * sizeof(*cube->sums));
	ck_assert(cube->i && cube->sums);
	/* What is beyond the channels must not be looked at. */
	for (size_t i = 0; i < n; i++)
		if (is_float)
			cube->f[i] = i % cube->stride < channels ?
				(float)((int32_t)test_random_next(&random) % 100000) / 1024.0f : NAN;
		else
			cube->i[i] = i % cube->stride < channels ? (int32_t)test_random_next(&random) % 30000 : 12345;
	for (size_t i = 0; i < (size_t)width * height; i++)
		cube->sums[i] = (int32_t)test_random_next(&random) % 2000;
}

static void
cube_free(struct rke_cube *cube)
{
	free(cube->i);
	free(cube->sums);
}

#define FOR_CUBE(cube, c, y, x) \
	for (uint32_t c = 0; c < (cube).channels; c++) \
		for (uint32_t y = 0; y < (cube).height; y++) \
			for (uint32_t x = 0; x < (cube).width; x++)

static size_t
cell(const struct rke_cube *cube, uint32_t c, uint32_t y, uint32_t x)
{
	return (y * cube->width + x) * cube->stride + c;
}

/* ---- fp16 */

START_TEST(every_fp16_widens)
{
	for (uint32_t h = 0; h < 0x10000; h += 8) {
		uint16_t in[8];
		float a[8], p[8];

		for (unsigned k = 0; k < 8; k++)
			in[k] = (uint16_t)(h + k);
		rke_half_atoms_widen(a, 8, in, 1);
		rke_half_atoms_widen_plain(p, 8, in, 1);
		ck_assert_mem_eq(a, p, sizeof(a));
		for (unsigned k = 0; k < 8; k++) {
			double v = slow_value(in[k]);

			ck_assert(v != v ? a[k] != a[k] : (double)a[k] == v && !signbit(a[k]) == !signbit(v));
			if (v == v)
				ck_assert_uint_eq(rke_float_to_half(a[k]), in[k]);
		}
	}
}
END_TEST

START_TEST(fp32_narrows_to_the_nearest)
{
	struct test_random random = { 77 };

	for (unsigned i = 0; i < 60000; i++) {
		uint32_t bits[8];
		float f[8];
		uint16_t a[8], p[8];

		for (unsigned k = 0; k < 8; k++) {
			bits[k] = (uint32_t)test_random_next(&random);
			/* three of four: in the range of fp16, half of these on a tie or next to it */
			if (k & 3)
				bits[k] = (bits[k] & 0x8fffffff) + 0x32000000 + (bits[k] >> 4 & 0x5000000);
			if (k & 2)
				bits[k] = (bits[k] & ~0x1fffu) + 0xfff + i % 3;
			if (k == 7)
				bits[k] = 0x33000000 + i % 5 - 2 + (i & 0xf8) * 0x10000;
		}
		memcpy(f, bits, sizeof(f));
		rke_half_atoms_narrow(a, f, 8, 1);
		rke_half_atoms_narrow_plain(p, f, 8, 1);
		ck_assert_mem_eq(a, p, sizeof(a));
		for (unsigned k = 0; k < 8; k++)
			ck_assert_msg(a[k] == slow_half(f[k]), "%a: %x not %x", f[k], a[k], slow_half(f[k]));
	}
	/* once, not twice: fp32 would make a tie of it */
	ck_assert_uint_eq(rke_double_to_half(1 + 0x1p-11 + 0x1p-40), 0x3c01);
	ck_assert_uint_eq(rke_double_to_half(1 + 0x1p-11), 0x3c00);
	ck_assert_uint_eq(rke_double_to_half(-(1 + 0x3p-11 - 0x1p-40)), 0xbc01);
	ck_assert_uint_eq(rke_double_to_half(1e300), 0x7c00);
}
END_TEST

/* ---- EW */

/* 3 + 5 = 8 as raw patterns: subnormals, and hardly a register written. */
START_TEST(subnormals_add)
{
	struct board *b = board_new(MEMORY);

	BOARD_WRITE(b, { RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e5 }, { RKR_REG_DPU_DATA_FORMAT, 0x48000002 },
		{ RKR_REG_DPU_DST_BASE_ADDR, DST }, { RKR_REG_DPU_DATA_CUBE_CHANNEL, 7 },
		{ RKR_REG_DPU_EW_CFG, 0x108202c0 }, { RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, SRC },
		{ RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, EW }, { RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x40000008 },
		{ RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x17849 });
	for (unsigned i = 0; i < 8; i++) {
		put16(b, SRC + 2 * i, 3);
		put16(b, EW + 2 * i, 5);
	}
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(get16(b, DST + 2 * i), 8);
	ck_assert_uint_eq(get16(b, DST + 16), 0xa5a5);
	ck_assert_uint_eq(b->faults, 0);
	board_free(b);
}
END_TEST

static const struct {
	const char *name;
	uint32_t cfg;
} ops[] = {
	{ "max", 0x108002c0 }, { "min", 0x108102c0 }, { "add", 0x108202c0 }, { "div", 0x108303c0 }, { "sub", 0x108402c0 },
	{ "abs", 0x108502c0 }, { "neg", 0x108602c0 }, { "floor", 0x108702c0 }, { "ceil", 0x108802c0 },
	{ "mul", 0x108003c4 }, { "add, relu", 0x108200c0 },
};

static double
op_result(unsigned op, double a, double e)
{
	double r[] = { a > e ? a : e, a < e ? a : e, a + e, a / e, a - e, fabs(a), -a, floor(a), ceil(a), a * e,
		a + e > 0 ? a + e : 0 };

	return (double)(float)r[op];
}

static const uint32_t lengths[] = { 1, 8, 9, 2047, 2048, 2056, 4099, 64000 };

START_TEST(elementwise)
{
	unsigned op = (unsigned)_i / RKR_ARRAY_LEN(lengths);
	uint32_t n = lengths[(unsigned)_i % RKR_ARRAY_LEN(lengths)];
	struct board *b = board_new(MEMORY);
	struct test_random random = { 5 + (uint64_t)_i };
	uint32_t atoms = (n + 7) / 8;

	for (uint32_t i = 0; i < atoms * 8; i++) {
		uint64_t r = test_random_next(&random);
		uint16_t a = (uint16_t)r, e = (uint16_t)(r >> 16);

		/* finite numbers and infinity; subnormals often */
		a = (uint16_t)((a & 0x7c00) == 0x7c00 ? a & 0xfc00 : r >> 40 & 1 ? a & 0x83ff : a);
		e = (uint16_t)((e & 0x7c00) == 0x7c00 ? e & 0xfc00 : r >> 41 & 1 ? e & 0x83ff : e);
		put16(b, SRC + 2 * i, a);
		put16(b, EW + 2 * i, e);
	}
	set_flying(b, atoms, 1, 8);
	BOARD_WRITE(b, { RKR_REG_DPU_EW_CFG, ops[op].cfg });
	b->piece = _i % 2 ? 40 : 0;
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t i = 0; i < atoms * 8; i++) {
		double a = slow_value(get16(b, SRC + 2 * i)), e = slow_value(get16(b, EW + 2 * i));
		double want = op_result(op, a, e), got = slow_value(get16(b, DST + 2 * i));

		/* Zeros of either sign are the same here, and so are NaN. */
		want = slow_value(slow_half(want));
		if (op == 10 && a + e != a + e)
			continue;
		ck_assert_msg(want == got || (want != want && got != got), "%s %u: %a, %a: %a, not %a", ops[op].name,
			i, a, e, got, want);
	}
	ck_assert_uint_eq(get16(b, DST + 16 * atoms), 0xa5a5);
	board_free(b);
}
END_TEST

/* fp32 out: two surfaces, nothing said about where the second is. */
START_TEST(fp32_out_without_strides)
{
	struct board *b = board_new(MEMORY);

	for (uint32_t i = 0; i < 64 * 8; i++) {
		put16(b, SRC + 2 * i, (uint16_t)(0x3c00 + i));
		put16(b, EW + 2 * i, 0x0001);
	}
	set_flying(b, 4, 16, 8);
	BOARD_WRITE(b, { RKR_REG_DPU_DATA_FORMAT, 0xa8000002 }, { RKR_REG_DPU_EW_CFG, 0x108202c0 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t i = 0; i < 64; i++)
		for (uint32_t k = 0; k < 8; k++) {
			float want = (float)(slow_value((uint16_t)(0x3c00 + i * 8 + k)) + 0x1p-24), got;
			uint32_t bits = get32(b, DST + k / 4 * 64 * 16 + i * 16 + k % 4 * 4);

			memcpy(&got, &bits, sizeof(got));
			ck_assert(got == want);
		}
	board_free(b);
}
END_TEST

/* "greater than 0": clamp((v - 2^-24) * 2 * inf, 0, 1). */
static const struct {
	uint16_t v, want;
} compares[] = {
	{ 0x0000, 0 }, { 0x8000, 0 }, { 0x8001, 0 }, { 0xfbff, 0 }, { 0xfc00, 0 }, { 0x0002, 0x3c00 },
	{ 0x0400, 0x3c00 }, { 0x3c00, 0x3c00 }, { 0xbc00, 0 }, { 0x7bff, 0x3c00 }, { 0x7c00, 0x3c00 },
};

START_TEST(compare)
{
	struct board *b = board_new(MEMORY);

	for (uint32_t i = 0; i < 16; i++)
		put16(b, SRC + 2 * i, compares[i < RKR_ARRAY_LEN(compares) ? i : 0].v);
	set_flying(b, 2, 1, 8);
	BOARD_WRITE(b, { RKR_REG_DPU_BS_CFG, 0x40040 }, { RKR_REG_DPU_BS_ALU_CFG, 0x33800000 },
		{ RKR_REG_DPU_BS_MUL_CFG, 0x40000000 }, { RKR_REG_DPU_BN_CFG, 0x40082 },
		{ RKR_REG_DPU_BN_MUL_CFG, 0x7c000000 }, { RKR_REG_DPU_BN_RELUX_CMP_VALUE, 0x3f800000 },
		{ RKR_REG_DPU_EW_CFG, 0x108002c1 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t i = 0; i < RKR_ARRAY_LEN(compares); i++)
		ck_assert_uint_eq(get16(b, DST + 2 * i) & 0x7fff, compares[i].want);
	board_free(b);
}
END_TEST

/* ---- Cubes to memory */

static const struct {
	const char *name;
	bool is_float;
	uint32_t format, ow;
	uint32_t c2, per_group; /* surfaces of a kernel group */
	uint32_t channels, written;
	uint32_t notch;
} forms[] = {
	{ "fp16 conv to fp16", true, 0x48000002, 0x126, 8, 2, 48, 48, 0 },
	{ "fp16 conv to fp16, gaps", true, 0x48000002, 0x126, 8, 2, 40, 48, 3 },
	{ "fp16 conv to fp32", true, 0xa8000002, 0x36e, 4, 4, 32, 32, 0 },
	{ "fp16 depthwise", true, 0x48000002, 0x36e, 8, 4, 72, 96, 0 },
	{ "int8 conv to int8", false, 0x00000000, 0x126, 16, 2, 64, 64, 1 },
	{ "int8 depthwise", false, 0x00000000, 0x36e, 16, 4, 128, 128, 0 },
	{ "int8 conv to int32", false, 0x80000000, 0x7fe, 4, 8, 64, 64, 0 },
	{ "int16 to int32", false, 0x84000001, 0x36e, 4, 4, 32, 32, 0 },
};

START_TEST(cubes_are_written)
{
	struct board *b = board_new(MEMORY);
	struct rke_cube cube;
	uint32_t size = 16 / forms[_i].c2;
	uint32_t stride = 0x400, group = stride * forms[_i].per_group;
	_autofree_ unsigned char *want = malloc(MEMORY);

	ck_assert_ptr_nonnull(want);
	memset(want, 0xa5, MEMORY);
	cube_new(&cube, forms[_i].is_float, 7, 5, forms[_i].channels, 9);
	set_conv(b, &cube, forms[_i].written, forms[_i].notch);
	BOARD_WRITE(b, { RKR_REG_DPU_DATA_FORMAT, forms[_i].format }, { RKR_REG_DPU_BS_OW_CFG, forms[_i].ow },
		{ RKR_REG_DPU_DST_SURF_STRIDE, stride }, { RKR_REG_DPU_SURFACE_ADD, group },
		{ RKR_REG_DPU_OUT_CVT_SCALE, 1 });
	for (uint32_t c = 0; c < forms[_i].written; c++)
		for (uint32_t y = 0; y < cube.height; y++)
			for (uint32_t x = 0; x < cube.width; x++) {
				uint32_t c1 = c / forms[_i].c2;
				size_t to = DST - BASE + c1 / forms[_i].per_group * group +
					c1 % forms[_i].per_group * stride +
					(y * (cube.width + forms[_i].notch) + x) * 16 + c % forms[_i].c2 * size;
				int32_t i = c < cube.channels ? cube.i[cell(&cube, c, y, x)] : 0;
				float f = c < cube.channels ? cube.f[cell(&cube, c, y, x)] : 0;
				uint16_t half = slow_half(f);
				int8_t byte = (int8_t)(i > 127 ? 127 : i < -128 ? -128 : i);

				memcpy(want + to, size == 1 ? &byte : size == 2 ? (void *)&half : &i, size);
			}
	ck_assert_int_eq(rke_dpu_run(&b->core, &cube), 0);
	ck_assert_mem_eq(b->memory, want, MEMORY);
	ck_assert_uint_eq(b->faults, 0);
	cube_free(&cube);
	board_free(b);
}
END_TEST

/* Row-major products: rows of all kernels, by notches and strides of one atom. */
START_TEST(rows_of_a_product)
{
	struct board *b = board_new(MEMORY);
	struct rke_cube cube;

	cube_new(&cube, true, 1, 6, 64, 21);
	set_conv(b, &cube, 64, 8 * 2 - 1);
	BOARD_WRITE(b, { RKR_REG_DPU_DATA_FORMAT, 0xa8000002 }, { RKR_REG_DPU_BS_OW_CFG, 0x36e },
		{ RKR_REG_DPU_DST_SURF_STRIDE, 16 }, { RKR_REG_DPU_SURFACE_ADD, 64 });
	ck_assert_int_eq(rke_dpu_run(&b->core, &cube), 0);
	FOR_CUBE(cube, c, y, x)
		ck_assert_uint_eq(get32(b, DST + y * 64 * 4 + c * 4), (uint32_t)cube.i[cell(&cube, c, y, x)]);
	cube_free(&cube);
	board_free(b);
}
END_TEST

START_TEST(bias_and_relu)
{
	struct board *b = board_new(MEMORY);
	struct rke_cube cube;

	cube_new(&cube, true, 9, 31, 40, 3);
	set_conv(b, &cube, 48, 0);
	BOARD_WRITE(b, { RKR_REG_DPU_BS_CFG, 0x20150 }, { RKR_REG_DPU_BN_CFG, 0x12 },
		{ RKR_REG_DPU_DST_SURF_STRIDE, 9 * 31 * 16 }, { RKR_REG_DPU_SURFACE_ADD, 2 * 9 * 31 * 16 },
		{ RKR_REG_DPU_RDMA_RDMA_BRDMA_CFG, 2 }, { RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR, OPS },
		{ RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x17850 });
	for (uint32_t c = 0; c < 40; c++) {
		float bias = (float)c * 3.25f - 40;
		uint32_t bits;

		memcpy(&bits, &bias, sizeof(bits));
		put32(b, OPS + 4 * c, bits);
	}
	ck_assert_int_eq(rke_dpu_run(&b->core, &cube), 0);
	FOR_CUBE(cube, c, y, x) {
		double v = (double)(cube.f[cell(&cube, c, y, x)] + ((float)c * 3.25f - 40));

		ck_assert_uint_eq(get16(b, DST + c / 8 * 9 * 31 * 16 + (y * 9 + x) * 16 + c % 8 * 2),
			slow_half(v > 0 ? v : 0));
	}
	cube_free(&cube);
	board_free(b);
}
END_TEST

/* Round a quotient; *ret_tie if both neighbours are as near. */
static int64_t
nearest(int64_t v, unsigned shift, bool *ret_tie)
{
	double x = (double)v / (double)(UINT64_C(1) << shift);

	*ret_tie |= x - floor(x) == 0.5;
	return (int64_t)floor(x + 0.5);
}

/* int8, all per channel: 64 bytes for 8 channels, and CPEND before it all. */
START_TEST(int8_scales_per_channel)
{
	struct board *b = board_new(MEMORY);
	struct rke_cube cube;
	struct test_random random = { 31 };
	unsigned ties = 0;

	cube_new(&cube, false, 6, 11, 48, 8);
	set_conv(b, &cube, 64, 0);
	BOARD_WRITE(b, { RKR_REG_DPU_DATA_FORMAT, 0xd0 }, { RKR_REG_DPU_BS_CFG, 0x20140 },
		{ RKR_REG_DPU_BS_MUL_CFG, 0xe01 }, { RKR_REG_DPU_BS_OW_CFG, 0x125 }, { RKR_REG_DPU_OUT_CVT_SCALE, 0x5123 },
		{ RKR_REG_DPU_OUT_CVT_SHIFT, 22 }, { RKR_REG_DPU_OUT_CVT_OFFSET, (uint32_t)-10 },
		{ RKR_REG_DPU_OFFSET_PEND, 0xfff6 }, { RKR_REG_CORE_CLIP_TRUNCATE, 1 },
		{ RKR_REG_DPU_DST_SURF_STRIDE, 0x1000 }, { RKR_REG_DPU_SURFACE_ADD, 0x2000 },
		{ RKR_REG_DPU_RDMA_RDMA_BRDMA_CFG, 0xe }, { RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR, OPS });
	for (uint32_t c = 0; c < 48; c++) {
		uint32_t chunk = OPS + c / 8 * 64;

		put32(b, chunk + c % 8 * 4, (uint32_t)((int32_t)test_random_next(&random) % 3000));
		put16(b, chunk + 32 + c % 8 * 2, (uint16_t)(c % 7 - 3));
		put16(b, chunk + 48 + c % 8 * 2, (uint16_t)(8000 + 150 * c));
	}
	ck_assert_int_eq(rke_dpu_run(&b->core, &cube), 0);
	FOR_CUBE(cube, c, y, x) {
		uint32_t chunk = OPS + c / 8 * 64;
		bool tie = false;
		int64_t v = cube.i[cell(&cube, c, y, x)];

		v += (int64_t)cube.sums[y * 6 + x] * (int16_t)get16(b, chunk + 32 + c % 8 * 2);
		v = nearest(v, 1, &tie);
		v += (int32_t)get32(b, chunk + c % 8 * 4);
		/* values below 0 have a shift of their own: 13 */
		v = nearest(v * get16(b, chunk + 48 + c % 8 * 2), v < 0 ? 13 : 14, &tie);
		v = nearest(v * 0x5123, 22, &tie) - 10;
		v = v > 127 ? 127 : v < -128 ? -128 : v;
		/* CORE's shift by 1 has a tie for each odd number; that halves go up there is what a client needs */
		ties += tie;
		ck_assert_int_eq(*(int8_t *)at(b, DST + c / 16 * 0x1000 + (y * 6 + x) * 16 + c % 16), v);
	}
	ck_assert_uint_gt(ties, 0);
	/* Kernels that are not there: OFFSET_PEND. */
	ck_assert_int_eq(*(int8_t *)at(b, DST + 3 * 0x1000 + 5), -10);
	cube_free(&cube);
	board_free(b);
}
END_TEST

/* ---- Operands by surface */

/* Residual: even surfaces of the operand by one reader, odd ones by the other. */
START_TEST(residual)
{
	bool is_float = _i == 0;
	struct board *b = board_new(MEMORY);
	struct rke_cube cube;
	uint32_t s = 16 * 64, notch = 2 * s - 16 * 60, c2 = is_float ? 8 : 16;
	struct test_random random = { 51 };

	cube_new(&cube, is_float, 10, 6, 80, 17);
	set_conv(b, &cube, 96, 0);
	for (uint32_t i = 0; i < 12 * s; i++) {
		uint16_t v = (uint16_t)((test_random_next(&random) & 0x83ff) + 0x4c00);

		put16(b, EW + i * 2, v);
		put16(b, ODD + i * 2, (uint16_t)(v ^ 0x8123));
	}
	BOARD_WRITE(b, { RKR_REG_DPU_DATA_FORMAT, is_float ? 0x48000002 : 0 },
		{ RKR_REG_DPU_EW_CFG, is_float ? 0x108202c0 : 0x904200c0 }, { RKR_REG_DPU_DST_SURF_STRIDE, s },
		{ RKR_REG_DPU_SURFACE_ADD, 2 * s }, { RKR_REG_DPU_OUT_CVT_SCALE, is_float ? 0x10001 : 0x4001 },
		{ RKR_REG_DPU_OUT_CVT_SHIFT, is_float ? 0 : 21 },
		{ RKR_REG_DPU_EW_CVT_SCALE_VALUE, is_float ? 1 : 0x7486b },
		{ RKR_REG_DPU_EW_CVT_OFFSET_VALUE, is_float ? 0 : (uint32_t)-26 },
		{ RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, EW }, { RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, ODD },
		{ RKR_REG_DPU_RDMA_RDMA_EW_SURF_STRIDE, s }, { RKR_REG_DPU_RDMA_RDMA_SURF_NOTCH, notch },
		{ RKR_REG_DPU_RDMA_RDMA_EW_SURF_NOTCH, notch },
		{ RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, is_float ? 0x40000008 : 0x40000004 },
		{ RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, is_float ? 0x17d40 : 0x7d00 });
	ck_assert_int_eq(rke_dpu_run(&b->core, &cube), 0);
	FOR_CUBE(cube, c, y, x) {
		uint32_t pixel = (y * 10 + x) * 16, c1 = c / c2;
		uint32_t e = (c1 % 2 ? ODD : EW) + c1 / 2 * 2 * s + pixel + c % c2 * (16 / c2);
		uint32_t to = DST + c1 * s + pixel + c % c2 * (16 / c2);
		bool tie = false;
		int64_t v;

		if (is_float) {
			float sum = cube.f[cell(&cube, c, y, x)] + (float)slow_value(get16(b, e));

			ck_assert_uint_eq(get16(b, to), slow_half((double)sum));
			continue;
		}
		v = nearest(((int64_t)*(int8_t *)at(b, e) - 26) * 0x486b, 7, &tie);
		v += cube.i[cell(&cube, c, y, x)];
		v = nearest((v > 0 ? v : 0) * 0x4001, 21, &tie);
		v = v > 127 ? 127 : v;
		if (!tie)
			ck_assert_int_eq(*(int8_t *)at(b, to), v);
	}
	cube_free(&cube);
	board_free(b);
}
END_TEST

/* A map times a vector, a number for each channel. */
START_TEST(times_a_vector)
{
	struct board *b = board_new(MEMORY);
	uint32_t s = 16 * 20;

	set_flying(b, 5, 4, 24);
	for (uint32_t i = 0; i < 3 * 160; i++)
		put16(b, SRC + 2 * i, (uint16_t)(0x3c00 + i));
	for (uint32_t c = 0; c < 24; c++)
		put16(b, EW + 2 * c, slow_half(c - 11.5));
	BOARD_WRITE(b, { RKR_REG_DPU_EW_CFG, 0x008003c4 }, { RKR_REG_DPU_DST_SURF_STRIDE, s },
		{ RKR_REG_DPU_SURFACE_ADD, s }, { RKR_REG_DPU_BS_OW_CFG, 2 }, { RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 8 },
		{ RKR_REG_DPU_RDMA_RDMA_EW_SURF_STRIDE, 0x10 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t i = 0; i < 3 * 160; i++) {
		uint32_t c = i / 160 * 8 + i % 8;

		ck_assert_uint_eq(get16(b, DST + 2 * i),
			slow_half((double)(float)(slow_value((uint16_t)(0x3c00 + i)) * (c - 11.5))));
	}
	board_free(b);
}
END_TEST

/* Rows with gaps in the sources, and leaky relu: only what is negative is multiplied. */
START_TEST(gaps_and_leaky_relu)
{
	struct board *b = board_new(MEMORY);

	set_flying(b, 3, 4, 16);
	for (uint32_t i = 0; i < 0x1000; i++)
		put16(b, SRC + 2 * i, (uint16_t)(0x3c00 + i % 900 + (i % 3 == 0 ? 0x8000 : 0)));
	BOARD_WRITE(b, { RKR_REG_DPU_BS_CFG, 0x62 }, { RKR_REG_DPU_BS_MUL_CFG, 0x34000000 },
		{ RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG, 2u << 19 }, { RKR_REG_DPU_RDMA_RDMA_SURF_NOTCH, 0x50 },
		{ RKR_REG_DPU_DST_SURF_STRIDE, 0x200 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t c = 0; c < 16; c++)
		for (uint32_t p = 0; p < 12; p++) {
			double v = slow_value(get16(b, SRC + c / 8 * (5 * 4 * 16 + 0x50) + (p / 3 * 5 + p % 3) * 16 + c % 8 * 2));

			ck_assert_uint_eq(get16(b, DST + c / 8 * 0x200 + p * 16 + c % 8 * 2), slow_half(v < 0 ? v / 4 : v));
		}
	board_free(b);
}
END_TEST

/* fp32 to fp16, both readers a surface each, times a number twice. */
START_TEST(fp32_in)
{
	struct board *b = board_new(MEMORY);
	uint32_t s = 16 * 28, notch = 2 * s - 16 * 25;

	set_flying(b, 5, 5, 16);
	BOARD_WRITE(b, { RKR_REG_DPU_FEATURE_MODE_CFG, 0x800001e5 }, { RKR_REG_DPU_DATA_FORMAT, 0x54000005 },
		{ RKR_REG_DPU_BS_CFG, 0x42 }, { RKR_REG_DPU_BS_MUL_CFG, 0x38000000 }, { RKR_REG_DPU_BN_CFG, 0x42 },
		{ RKR_REG_DPU_BN_MUL_CFG, 0x42000000 }, { RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x4000000c },
		{ RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x2fba9 }, { RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, SRC + s },
		{ RKR_REG_DPU_RDMA_RDMA_EW_SURF_STRIDE, 2 * s }, { RKR_REG_DPU_RDMA_RDMA_SURF_NOTCH, notch },
		{ RKR_REG_DPU_RDMA_RDMA_EW_SURF_NOTCH, notch }, { RKR_REG_DPU_DST_SURF_STRIDE, s },
		{ RKR_REG_DPU_SURFACE_ADD, s });
	for (uint32_t i = 0; i < s; i++) {
		float f = (float)i * 1.0009765f - 200;
		uint32_t bits;

		memcpy(&bits, &f, sizeof(bits));
		put32(b, SRC + 4 * i, bits);
	}
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t c = 0; c < 16; c++)
		for (uint32_t p = 0; p < 25; p++) {
			uint32_t bits = get32(b, SRC + c / 4 * s + p * 16 + c % 4 * 4);
			float f;

			memcpy(&f, &bits, sizeof(f));
			ck_assert_uint_eq(get16(b, DST + c / 8 * s + p * 16 + c % 8 * 2), slow_half((double)(f * 0.5f * 3)));
		}
	board_free(b);
}
END_TEST

/* ---- LUT */

START_TEST(silu_by_table)
{
	struct board *b = board_new(MEMORY);
	int16_t lut[2][513];
	unsigned n = 0, far = 0;

	for (unsigned t = 0; t < 2; t++) {
		BOARD_WRITE(b, { RKR_REG_DPU_LUT_ACCESS_CFG, t ? 0x30000 : 0x20000 });
		for (int i = 0; i < 513; i++) {
			double x = (t ? i : i - 512) * 32 / 2824.0;

			lut[t][i] = (int16_t)lrint(5664.8 * x / (1 + exp(-x)));
			BOARD_WRITE(b, { RKR_REG_DPU_LUT_ACCESS_DATA, (uint16_t)lut[t][i] });
		}
	}
	set_flying(b, 1024, 1, 8);
	BOARD_WRITE(b, { RKR_REG_DPU_BN_CFG, 0x20040 }, { RKR_REG_DPU_BN_ALU_CFG, 0x80000000 },
		{ RKR_REG_DPU_BN_MUL_CFG, 0x69840000 }, { RKR_REG_DPU_EW_CFG, 0x302 }, { RKR_REG_DPU_LUT_CFG, 0x68 },
		{ RKR_REG_DPU_LUT_INFO, 0x50500 }, { RKR_REG_DPU_LUT_LE_START, 0xffffc000 },
		{ RKR_REG_DPU_LUT_LO_END, 0x4000 }, { RKR_REG_DPU_LUT_LO_SLOPE_SCALE, 16434u << 16 },
		{ RKR_REG_DPU_LUT_LO_SLOPE_SHIFT, 13 << 5 });
	for (uint32_t i = 0; i < 8192; i++)
		put16(b, SRC + 2 * i, slow_half((i - 4096.0) / 512));
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t i = 0; i < 8192; i++) {
		double x = slow_value(get16(b, SRC + 2 * i)), v = x * 2824, want, got = slow_value(get16(b, DST + 2 * i));

		if (v < -16384) {
			want = lut[0][0];
			far++;
		} else if (v > 16384) {
			want = lut[1][512] + (v - 16384) * 16434 / 8192;
			far++;
		} else {
			unsigned t = v >= 0;
			double p = (t ? v : v + 16384) / 32;
			int k = p >= 512 ? 511 : (int)p;

			want = lut[t][k] + (p - k) * (lut[t][k + 1] - lut[t][k]);
			n++;
		}
		ck_assert_msg(got == slow_value(slow_half((double)(float)want)), "%a: %a, not %a", x, got, want);
		/* The table's own promise, within its range. */
		if (fabs(v) <= 16384)
			ck_assert(fabs(got / 5664.8 - x / (1 + exp(-x))) < 0.01);
	}
	ck_assert(n > 2000 && far > 2000);
	/* MINUS_EXP divides */
	BOARD_WRITE(b, { RKR_REG_DPU_OUT_CVT_SHIFT, 0xf000 });
	double before = slow_value(get16(b, DST + 2 * 5000));

	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	ck_assert(fabs(slow_value(get16(b, DST + 2 * 5000)) * 32768 / before - 1) < 0.001);
	board_free(b);
}
END_TEST

/* ---- Larger maps */

START_TEST(enlarge)
{
	static const uint32_t ow[] = { [2] = 0x126, [4] = 0x36e, [8] = 0x7fe };
	uint32_t f = (uint32_t[]){ 2, 4, 8 }[_i % 3], w = 5, h = 3;
	bool is_float = _i < 3;
	struct board *b = board_new(MEMORY);

	for (uint32_t i = 0; i < w * h * 8; i++)
		put16(b, SRC + 2 * i, (uint16_t)(0x7b00 + i * 7));
	BOARD_WRITE(b, { RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e5 },
		{ RKR_REG_DPU_DATA_FORMAT, is_float ? 0x44000002 : 0x04000000 },
		{ RKR_REG_DPU_DST_BASE_ADDR, DST }, { RKR_REG_DPU_DST_SURF_STRIDE, 16 * f * w },
		{ RKR_REG_DPU_DATA_CUBE_WIDTH, f * w - 1 }, { RKR_REG_DPU_DATA_CUBE_HEIGHT, h - 1 },
		{ RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR, (f - 1) * f * w * 0x10001 },
		{ RKR_REG_DPU_DATA_CUBE_CHANNEL, 0x70007 }, { RKR_REG_DPU_BS_CFG, 0x53 }, { RKR_REG_DPU_BN_CFG, 0x53 },
		{ RKR_REG_DPU_BS_OW_CFG, ow[f] }, { RKR_REG_DPU_EW_CFG, 0x383 },
		{ RKR_REG_DPU_SURFACE_ADD, 16 * f * w * f * h }, { RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, w - 1 },
		{ RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, h - 1 }, { RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, 7 },
		{ RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, SRC },
		{ RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, is_float ? 0xf841 : 0xf801 },
		{ RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG, 0x1000 + (f - 1) * 0x249 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t y = 0; y < f * h; y++)
		for (uint32_t x = 0; x < f * w; x++)
			ck_assert_mem_eq(at(b, DST + (y * f * w + x) * 16), at(b, SRC + (y / f * w + x / f) * 16), 16);
	ck_assert_uint_eq(get16(b, DST + f * w * f * h * 16), 0xa5a5);
	board_free(b);
}
END_TEST

/* ---- What is not modelled is said by name, and nothing is written. */

static const struct {
	struct write w;
	const char *name;
} refused[] = {
	{ { RKR_REG_DPU_FEATURE_MODE_CFG, 0x400001e5 }, "TP_EN" },
	{ { RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e3 }, "OUTPUT_MODE" },
	{ { RKR_REG_DPU_DATA_FORMAT, 0x28000002 }, "OUT_PRECISION" },
	{ { RKR_REG_DPU_DATA_FORMAT, 0x48000003 }, "PROC_PRECISION" },
	{ { RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR, 0x10002 }, "NOTCH" },
	{ { RKR_REG_DPU_BS_OW_CFG, 0x80007fe }, "TP_ORG_EN" },
	{ { RKR_REG_DPU_BS_CFG, 0x30050 }, "BS_ALU_ALGO" },
	{ { RKR_REG_DPU_BN_CFG, 0x20110 }, "NRDMA_DATA_USE" },
	{ { RKR_REG_DPU_EW_CFG, 0x10820280 }, "EW_OP_SRC" },
	{ { RKR_REG_DPU_EW_CFG, 0x108902c0 }, "EW_ALU_ALGO" },
	{ { RKR_REG_DPU_EW_CFG, 0x302 }, "LUT_CFG" },
	{ { RKR_REG_DPU_EW_CVT_SCALE_VALUE, 3 }, "EW_CVT_SCALE_VALUE" },
	{ { RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x80000008 }, "ERDMA_DATA_MODE" },
	{ { RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x40000004 }, "ERDMA_DATA_SIZE" },
	{ { RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x40000009 }, "ERDMA_DISABLE" },
	{ { RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x17949 }, "COMB_USE" },
	{ { RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x17859 }, "MRDMA_DISABLE" },
	{ { RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x1f849 }, "IN_PRECISION" },
	{ { RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG, 0x1249 }, "IN_PRECISION" },
};

START_TEST(refusals)
{
	struct board *b = board_new(MEMORY);

	set_flying(b, 2, 1, 8);
	BOARD_WRITE(b, { RKR_REG_DPU_BS_CFG, 0x53 }, { RKR_REG_DPU_BN_CFG, 0x53 }, { RKR_REG_DPU_EW_CFG, 0x108202c0 },
		{ RKR_REG_DPU_SURFACE_ADD, 16 }, { RKR_REG_DPU_EW_CVT_SCALE_VALUE, 1 });
	if (strcmp(refused[_i].name, "IN_PRECISION") == 0 && refused[_i].w.offset == RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG)
		BOARD_WRITE(b, { RKR_REG_DPU_EW_CFG, 0x383 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	memset(at(b, DST), 0x5a, 64);
	BOARD_WRITE(b, refused[_i].w);
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), -EOPNOTSUPP);
	ck_assert_msg(strstr(b->core.why, refused[_i].name) != NULL, "%s", b->core.why);
	ck_assert_uint_eq(get32(b, DST), 0x5a5a5a5a);
	board_free(b);
}
END_TEST

/* Addresses that lead nowhere: told, and the rest is done. */
START_TEST(holes)
{
	struct board *b = board_new(MEMORY);

	set_flying(b, 4, 1, 8);
	BOARD_WRITE(b, { RKR_REG_DPU_EW_CFG, 0x108202c0 }, { RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, BASE - 32 });
	for (uint32_t i = 0; i < 32; i++) {
		put16(b, SRC + 2 * i, 0x3c00);
		put16(b, BASE + 2 * i, 0x4000);
	}
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	ck_assert_uint_gt(b->faults, 0);
	ck_assert_uint_eq(get16(b, DST), 0x3c00);
	ck_assert_uint_eq(get16(b, DST + 62), 0x4200);
	board_free(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("emu-dpu");
	TCase *t = tcase_create("dpu");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, every_fp16_widens);
	tcase_add_test(t, fp32_narrows_to_the_nearest);
	tcase_add_test(t, subnormals_add);
	tcase_add_loop_test(t, elementwise, 0, (int)(RKR_ARRAY_LEN(ops) * RKR_ARRAY_LEN(lengths)));
	tcase_add_test(t, fp32_out_without_strides);
	tcase_add_test(t, compare);
	tcase_add_loop_test(t, cubes_are_written, 0, (int)RKR_ARRAY_LEN(forms));
	tcase_add_test(t, rows_of_a_product);
	tcase_add_test(t, bias_and_relu);
	tcase_add_test(t, int8_scales_per_channel);
	tcase_add_loop_test(t, residual, 0, 2);
	tcase_add_test(t, times_a_vector);
	tcase_add_test(t, gaps_and_leaky_relu);
	tcase_add_test(t, fp32_in);
	tcase_add_test(t, silu_by_table);
	tcase_add_loop_test(t, enlarge, 0, 6);
	tcase_add_loop_test(t, refusals, 0, (int)RKR_ARRAY_LEN(refused));
	tcase_add_test(t, holes);
	suite_add_tcase(s, t);
	return test_main(s);
}
