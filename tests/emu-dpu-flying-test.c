/* SPDX-License-Identifier: MIT */
/* DPU of the emulated NPU from memory to memory, against references that know no blocks and no lanes. */
#include "config.h"

#include <errno.h>

#include "tests/emu-dpu.h"

/* ---- EW */

/* 3 + 5 = 8 as raw patterns: subnormals, and hardly a register written. */
START_TEST(subnormals_add)
{
	struct board *b = board_new(MEMORY);

	BOARD_WRITE(b, { RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e5 }, { RKR_REG_DPU_DATA_FORMAT, 0x48000002 },
		    { RKR_REG_DPU_DST_BASE_ADDR, DST }, { RKR_REG_DPU_DATA_CUBE_CHANNEL, 7 },
		    { RKR_REG_DPU_EW_CFG, 0x108202c0 }, { RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, SRC },
		    { RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, EW },
		    { RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x40000008 },
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
	{ "max", 0x108002c0 },  { "min", 0x108102c0 }, { "add", 0x108202c0 },       { "div", 0x108303c0 },
	{ "sub", 0x108402c0 },  { "abs", 0x108502c0 }, { "neg", 0x108602c0 },       { "floor", 0x108702c0 },
	{ "ceil", 0x108802c0 }, { "mul", 0x108003c4 }, { "add, relu", 0x108200c0 },
};

static double
op_result(unsigned op, double a, double e)
{
	double r[] = {
		a > e ? a : e, a < e ? a : e,        a + e, a / e, a - e, fabs(a), -a, floor(a), ceil(a),
		a * e,         a + e > 0 ? a + e : 0
	};

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
		ck_assert_msg(want == got || (want != want && got != got), "%s %u: %a, %a: %a, not %a",
			      ops[op].name, i, a, e, got, want);
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
	{ 0x0000, 0 }, { 0x8000, 0 },      { 0x8001, 0 },      { 0xfbff, 0 },
	{ 0xfc00, 0 }, { 0x0002, 0x3c00 }, { 0x0400, 0x3c00 }, { 0x3c00, 0x3c00 },
	{ 0xbc00, 0 }, { 0x7bff, 0x3c00 }, { 0x7c00, 0x3c00 },
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

/* ---- Operands and gaps */

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
		    { RKR_REG_DPU_SURFACE_ADD, s }, { RKR_REG_DPU_BS_OW_CFG, 2 },
		    { RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 8 }, { RKR_REG_DPU_RDMA_RDMA_EW_SURF_STRIDE, 0x10 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t i = 0; i < 3 * 160; i++) {
		uint32_t c = i / 160 * 8 + i % 8;

		ck_assert_uint_eq(
			get16(b, DST + 2 * i),
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
		    { RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG, 2u << 19 },
		    { RKR_REG_DPU_RDMA_RDMA_SURF_NOTCH, 0x50 }, { RKR_REG_DPU_DST_SURF_STRIDE, 0x200 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t c = 0; c < 16; c++)
		for (uint32_t p = 0; p < 12; p++) {
			double v = slow_value(get16(b, SRC + c / 8 * ((5 * 3 + 3) * 16 + 0x50) +
							       (p / 3 * 5 + p % 3) * 16 + c % 8 * 2));

			ck_assert_uint_eq(get16(b, DST + c / 8 * 0x200 + p * 16 + c % 8 * 2),
					  slow_half(v < 0 ? v / 4 : v));
		}
	board_free(b);
}
END_TEST

/* A column of a map: the cube is the map, reader and WDMA have the column's size. */
START_TEST(part_of_a_map)
{
	struct board *b = board_new(MEMORY);

	set_flying(b, 6, 6, 16);
	for (uint32_t i = 0; i < 2 * 36 * 8; i++)
		put16(b, SRC + 2 * i, (uint16_t)(0x3c00 + i));
	BOARD_WRITE(b, { RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, 0 }, { RKR_REG_DPU_WDMA_SIZE_1, 5u << 16 },
		    { RKR_REG_DPU_WDMA_SIZE_0, 15 }, { RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR, 5 * 0x10001 },
		    { RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG, 5u << 19 },
		    { RKR_REG_DPU_RDMA_RDMA_SURF_NOTCH, 5 * 16 }, { RKR_REG_DPU_DST_SURF_STRIDE, 36 * 16 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t i = 0; i < 2 * 36 * 8; i++)
		ck_assert_uint_eq(get16(b, DST + 2 * i), i / 8 % 6 ? 0xa5a5 : 0x3c00 + i);
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
		    { RKR_REG_DPU_BS_CFG, 0x42 }, { RKR_REG_DPU_BS_MUL_CFG, 0x38000000 },
		    { RKR_REG_DPU_BN_CFG, 0x42 }, { RKR_REG_DPU_BN_MUL_CFG, 0x42000000 },
		    { RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x4000000c },
		    { RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x2fba9 },
		    { RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, SRC + s },
		    { RKR_REG_DPU_RDMA_RDMA_EW_SURF_STRIDE, 2 * s },
		    { RKR_REG_DPU_RDMA_RDMA_SURF_NOTCH, notch },
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
			ck_assert_uint_eq(get16(b, DST + c / 8 * s + p * 16 + c % 8 * 2),
					  slow_half((double)(f * 0.5f * 3)));
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
		    { RKR_REG_DPU_BN_MUL_CFG, 0x69840000 }, { RKR_REG_DPU_EW_CFG, 0x302 },
		    { RKR_REG_DPU_LUT_CFG, 0x68 }, { RKR_REG_DPU_LUT_INFO, 0x50500 },
		    { RKR_REG_DPU_LUT_LE_START, 0xffffc000 }, { RKR_REG_DPU_LUT_LO_END, 0x4000 },
		    { RKR_REG_DPU_LUT_LO_SLOPE_SCALE, 16434u << 16 },
		    { RKR_REG_DPU_LUT_LO_SLOPE_SHIFT, 13 << 5 });
	for (uint32_t i = 0; i < 8192; i++)
		put16(b, SRC + 2 * i, slow_half((i - 4096.0) / 512));
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t i = 0; i < 8192; i++) {
		double x = slow_value(get16(b, SRC + 2 * i)), v = x * 2824, want,
		       got = slow_value(get16(b, DST + 2 * i));

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
		ck_assert_msg(got == slow_value(slow_half((double)(float)want)), "%a: %a, not %a", x, got,
			      want);
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
	/* Where the slope is 0 the table's end holds for all that is beyond, and infinity is. */
	BOARD_WRITE(b, { RKR_REG_DPU_OUT_CVT_SHIFT, 0 });
	put16(b, SRC, 0xfc00);
	put16(b, SRC + 2, 0x7c00);
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	ck_assert_uint_eq(get16(b, DST), slow_half(lut[0][0]));
	ck_assert_uint_eq(get16(b, DST + 2), 0x7c00);
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
		    { RKR_REG_DPU_DATA_CUBE_CHANNEL, 0x70007 }, { RKR_REG_DPU_BS_CFG, 0x53 },
		    { RKR_REG_DPU_BN_CFG, 0x53 }, { RKR_REG_DPU_BS_OW_CFG, ow[f] },
		    { RKR_REG_DPU_EW_CFG, 0x383 }, { RKR_REG_DPU_SURFACE_ADD, 16 * f * w * f * h },
		    { RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, w - 1 },
		    { RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, h - 1 },
		    { RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, 7 },
		    { RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, SRC },
		    { RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, is_float ? 0xf841 : 0xf801 },
		    { RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG, 0x1000 + (f - 1) * 0x249 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	for (uint32_t y = 0; y < f * h; y++)
		for (uint32_t x = 0; x < f * w; x++)
			ck_assert_mem_eq(at(b, DST + (y * f * w + x) * 16),
					 at(b, SRC + (y / f * w + x / f) * 16), 16);
	ck_assert_uint_eq(get16(b, DST + f * w * f * h * 16), 0xa5a5);
	/* What other tasks are refused by is no better here. */
	BOARD_WRITE(b, { RKR_REG_DPU_FEATURE_MODE_CFG, 0x400001e5 });
	expect_refused(b, rke_dpu_run(&b->core, NULL), "TP_EN");
	board_free(b);
}
END_TEST

/* ---- What is not modelled is said by name, and nothing is written. */

static const struct refusal refused[] = {
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
	BOARD_WRITE(b, { RKR_REG_DPU_BS_CFG, 0x53 }, { RKR_REG_DPU_BN_CFG, 0x53 },
		    { RKR_REG_DPU_EW_CFG, 0x108202c0 }, { RKR_REG_DPU_SURFACE_ADD, 16 },
		    { RKR_REG_DPU_EW_CVT_SCALE_VALUE, 1 });
	if (strcmp(refused[_i].why, "IN_PRECISION") == 0 &&
	    refused[_i].w.offset == RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG)
		BOARD_WRITE(b, { RKR_REG_DPU_EW_CFG, 0x383 });
	ck_assert_int_eq(rke_dpu_run(&b->core, NULL), 0);
	memset(at(b, DST), 0x5a, 64);
	BOARD_WRITE(b, refused[_i].w);
	expect_refused(b, rke_dpu_run(&b->core, NULL), refused[_i].why);
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
	Suite *s = suite_create("emu-dpu-flying");
	TCase *t = tcase_create("flying");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, subnormals_add);
	tcase_add_loop_test(t, elementwise, 0, (int)(RKR_ARRAY_LEN(ops) * RKR_ARRAY_LEN(lengths)));
	tcase_add_test(t, fp32_out_without_strides);
	tcase_add_test(t, compare);
	tcase_add_test(t, times_a_vector);
	tcase_add_test(t, gaps_and_leaky_relu);
	tcase_add_test(t, part_of_a_map);
	tcase_add_test(t, fp32_in);
	tcase_add_test(t, silu_by_table);
	tcase_add_loop_test(t, enlarge, 0, 6);
	tcase_add_loop_test(t, refusals, 0, (int)RKR_ARRAY_LEN(refused));
	tcase_add_test(t, holes);
	suite_add_tcase(s, t);
	return test_main(s);
}
