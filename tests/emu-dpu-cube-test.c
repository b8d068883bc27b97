/* SPDX-License-Identifier: MIT */
/* DPU of the emulated NPU behind CORE: places, operands and stages, against references without blocks. */
#include "config.h"

#include "tests/emu-dpu.h"

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
					    (y * (cube.width + forms[_i].notch) + x) * 16 +
					    c % forms[_i].c2 * size;
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

/* By BS and BRDMA, relu by BN; or all by BN and NRDMA. */
START_TEST(bias_and_relu)
{
	struct board *b = board_new(MEMORY);
	bool by_bs = _i == 0;
	struct rke_cube cube;

	cube_new(&cube, true, 9, 31, 40, 3);
	set_conv(b, &cube, 48, 0);
	BOARD_WRITE(b, { RKR_REG_DPU_BS_CFG, by_bs ? 0x20150 : 0x53 },
		    { RKR_REG_DPU_BN_CFG, by_bs ? 0x12 : 0x20110 },
		    { RKR_REG_DPU_DST_SURF_STRIDE, 9 * 31 * 16 },
		    { RKR_REG_DPU_SURFACE_ADD, 2 * 9 * 31 * 16 },
		    { RKR_REG_DPU_RDMA_RDMA_BRDMA_CFG, by_bs ? 2 : 0 },
		    { RKR_REG_DPU_RDMA_RDMA_NRDMA_CFG, by_bs ? 0 : 2 },
		    { RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR, by_bs ? OPS : 0 },
		    { RKR_REG_DPU_RDMA_RDMA_BN_BASE_ADDR, by_bs ? 0 : OPS },
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

/* A phase of a resize by 3: every third pixel of every third row, and nothing between them. */
START_TEST(phase_of_a_resize)
{
	struct board *b = board_new(MEMORY);
	struct rke_cube cube;
	const uint32_t f = 3, n = 5, side = f * n, surface = side * side * 16;

	cube_new(&cube, false, n, n, 64, 9);
	set_conv(b, &cube, 64, f - 1);
	BOARD_WRITE(b, { RKR_REG_DPU_DATA_FORMAT, 0 }, { RKR_REG_DPU_BS_OW_CFG, 0x36e },
		    { RKR_REG_DPU_OUT_CVT_SCALE, 1 }, { RKR_REG_DPU_DST_SURF_STRIDE, surface },
		    { RKR_REG_DPU_SURFACE_ADD, 16 * f * side }, { RKR_REG_DPU_WDMA_SIZE_0, 64 * n - 1 },
		    { RKR_REG_DPU_WDMA_SIZE_1, (n - 1) << 16 });
	ck_assert_int_eq(rke_dpu_run(&b->core, &cube), 0);
	for (uint32_t c = 0; c < 64; c++)
		for (uint32_t y = 0; y < side; y++)
			for (uint32_t x = 0; x < side; x++) {
				int32_t v =
					y % f || x % f ? (int8_t)0xa5 : cube.i[cell(&cube, c, y / f, x / f)];

				ck_assert_int_eq(*(int8_t *)at(b, DST + c / 16 * surface +
									  (y * side + x) * 16 + c % 16),
						 v > 127    ? 127
						 : v < -128 ? -128
							    : v);
			}
	cube_free(&cube);
	board_free(b);
}
END_TEST

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
		    { RKR_REG_DPU_BS_MUL_CFG, 0xe01 }, { RKR_REG_DPU_BS_OW_CFG, 0x125 },
		    { RKR_REG_DPU_OUT_CVT_SCALE, 0x5123 }, { RKR_REG_DPU_OUT_CVT_SHIFT, 22 },
		    { RKR_REG_DPU_OUT_CVT_OFFSET, (uint32_t)-10 }, { RKR_REG_DPU_OFFSET_PEND, 0xfff6 },
		    { RKR_REG_CORE_CLIP_TRUNCATE, 1 }, { RKR_REG_DPU_DST_SURF_STRIDE, 0x1000 },
		    { RKR_REG_DPU_SURFACE_ADD, 0x2000 }, { RKR_REG_DPU_RDMA_RDMA_BRDMA_CFG, 0xe },
		    { RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR, OPS });
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
		/* CORE's shift by 1 has ties for odd numbers; halves go up there, as a client needs it */
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

/* ---- Stages of integers, all by registers */

struct int_stage {
	int sign; /* of what ALU adds; 0: bypassed */
	int32_t add;
	int16_t mul; /* 0: bypassed */
	unsigned shift, shift_neg;
	bool prelu, relu;
	int32_t most; /* relux; 0: none */
};

enum { NO_EW = -1, EW_MAX = 0, EW_MIN = 1, EW_ADD = 2, EW_SUB = 4, EW_ABS = 5, EW_NEG = 6, EW_MUL = 9 };

/* clang-format off */
static const struct int_tail {
	const char *name;
	int32_t ow_op;
	struct int_stage bs, bn;
	int ew;
	unsigned ew_size; /* bytes of an operand */
	int32_t scale, offset;
	unsigned shift;
	bool add_first, wide; /* wide: int32 out */
} tails[] = {
	{ "nothing", 0, { 0 }, { 0 }, NO_EW, 0, 1, 0, 0, false, true },
	{ "zero point of weights", -29, { 0 }, { 0 }, NO_EW, 0, 1, 0, 0, false, true },
	{ "bias, one scale for all", 0, { 1, -1234, 0, 0, 0, false, false, 0 }, { 0 }, NO_EW, 0, 0x5aa1, -5,
	  22, false, false },
	{ "subtract, multiply, relu", 3, { -1, 700, 25000, 12, 14, false, true, 0 }, { 0 }, NO_EW, 0, 1, 0, 0,
	  false, true },
	{ "leaky relu", 0, { 0, 0, 3000, 0, 13, true, false, 0 }, { 0 }, NO_EW, 0, 0x4123, 0, 21, false,
	  false },
	{ "relu6 in BN", 0, { 1, 50, -12000, 11, 10, false, false, 0 },
	  { 1, 99, 77, 3, 4, false, true, 6000 }, NO_EW, 0, 1, 0, 0, false, true },
	{ "largest of int8", 0, { 0 }, { 0 }, EW_MAX, 1, 1, 0, 0, false, true },
	{ "smallest of int16", 0, { 0 }, { 0 }, EW_MIN, 2, 1, 0, 0, false, true },
	{ "add int32", 0, { 1, 5, 0, 0, 0, false, true, 0 }, { 0 }, EW_ADD, 4, 0x6001, 12, 20, true, false },
	{ "subtract int16", 0, { 0 }, { 1, -6, 0, 0, 0, false, false, 0 }, EW_SUB, 2, 1, 0, 0, false, true },
	{ "times int8", 0, { 0 }, { 0 }, EW_MUL, 1, 1, 0, 0, false, true },
	{ "absolute", 0, { 0 }, { 0 }, EW_ABS, 0, 1, 0, 0, false, true },
	{ "negative", 0, { 0 }, { 0 }, EW_NEG, 0, 1, 0, 0, false, true },
};
/* clang-format on */

#define EW_TRUNCATE 5
#define EW_TRUNCATE_NEG 4

/* BS_CFG or BN_CFG: their fields are the same. */
static uint32_t
stage_cfg(const struct int_stage *s)
{
	return (s->sign < 0 ? 4u : 2u) << 16 | (s->most ? 0x80u : 0) | (s->relu ? 0 : 0x40u) |
	       (s->prelu ? 0x20u : 0) | (s->mul ? 0 : 0x10u) | (s->sign ? 0 : 2u);
}

static int64_t
stage_of(const struct int_stage *s, int64_t v)
{
	bool tie = false;

	v += s->sign * (int64_t)s->add;
	if (s->mul && !(s->prelu && v >= 0))
		v = nearest(v * s->mul, v < 0 ? s->shift_neg : s->shift, &tie);
	if (s->relu && v < 0)
		v = 0;
	return s->relu && s->most && v > s->most ? s->most : v;
}

/* The operand of (c, pixel) in memory, of a cube without gaps. */
static int64_t
ew_operand(struct board *b, unsigned size, uint32_t pixels, uint32_t c, uint32_t pixel)
{
	uint32_t lanes = 16 / size, from = EW + (c / lanes * pixels + pixel) * 16 + c % lanes * size;

	return size == 1   ? *(int8_t *)at(b, from)
	       : size == 2 ? (int16_t)get16(b, from)
			   : (int32_t)get32(b, from);
}

static int64_t
ew_of(int op, int64_t v, int64_t e)
{
	bool tie = false;

	switch (op) {
	case EW_MAX:
		return v > e ? v : e;
	case EW_MIN:
		return v < e ? v : e;
	case EW_ADD:
		return v + e;
	case EW_SUB:
		return v - e;
	case EW_ABS:
		return v < 0 ? -v : v;
	case EW_NEG:
		return -v;
	case EW_MUL:
		return nearest(v * e, v < 0 ? EW_TRUNCATE_NEG : EW_TRUNCATE, &tie);
	default:
		return v;
	}
}

static void
write_tail(struct board *b, const struct int_tail *t, uint32_t surface)
{
	uint32_t lanes_log = t->ew_size == 4 ? 3 : t->ew_size, per_group = t->wide ? 8 : 2, e = per_group - 1;
	uint32_t ew = t->ew == NO_EW ? 0x383
				     : 0x10000380 | lanes_log << 22 | (t->ew_size ? 0x40u : 0) |
					       (t->ew == EW_MUL ? 4u : (uint32_t)t->ew << 16);

	BOARD_WRITE(
		b,
		{ RKR_REG_DPU_DATA_FORMAT, (t->wide ? 0x80000000u : 0) | EW_TRUNCATE_NEG << 16 |
						   t->bn.shift_neg << 10 | t->bs.shift_neg << 4 },
		{ RKR_REG_DPU_BS_OW_CFG, e << 8 | e << 5 | e << 2 | (t->ow_op ? 0 : 2u) },
		{ RKR_REG_DPU_BS_OW_OP, (uint32_t)t->ow_op & 0xffff },
		{ RKR_REG_DPU_BS_CFG, stage_cfg(&t->bs) }, { RKR_REG_DPU_BS_ALU_CFG, (uint32_t)t->bs.add },
		{ RKR_REG_DPU_BS_MUL_CFG, (uint32_t)(uint16_t)t->bs.mul << 16 | t->bs.shift << 8 },
		{ RKR_REG_DPU_BS_RELUX_CMP_VALUE, (uint32_t)t->bs.most },
		{ RKR_REG_DPU_BN_CFG, stage_cfg(&t->bn) }, { RKR_REG_DPU_BN_ALU_CFG, (uint32_t)t->bn.add },
		{ RKR_REG_DPU_BN_MUL_CFG, (uint32_t)(uint16_t)t->bn.mul << 16 | t->bn.shift << 8 },
		{ RKR_REG_DPU_BN_RELUX_CMP_VALUE, (uint32_t)t->bn.most }, { RKR_REG_DPU_EW_CFG, ew },
		{ RKR_REG_DPU_EW_CVT_SCALE_VALUE, EW_TRUNCATE << 22 | 1 },
		{ RKR_REG_DPU_OUT_CVT_OFFSET, (uint32_t)t->offset },
		{ RKR_REG_DPU_OUT_CVT_SCALE, (uint32_t)t->scale },
		{ RKR_REG_DPU_OUT_CVT_SHIFT, (t->add_first ? 0x80000000u : 0) | t->shift },
		{ RKR_REG_DPU_DST_SURF_STRIDE, surface }, { RKR_REG_DPU_SURFACE_ADD, per_group * surface },
		{ RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, EW }, { RKR_REG_DPU_RDMA_RDMA_EW_SURF_STRIDE, surface },
		{ RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x40000000 | lanes_log << 2 },
		{ RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x7810 });
}

START_TEST(int_stages)
{
	const struct int_tail *t = &tails[_i];
	struct board *b = board_new(MEMORY);
	struct test_random random = { 61 };
	struct rke_cube cube;

	cube_new(&cube, false, 9, 7, 64, 19);
	set_conv(b, &cube, 64, 0);
	write_tail(b, t, 9 * 7 * 16);
	for (uint32_t i = 0; i < 9 * 7 * 64 * 4; i += 4)
		/* int32 operands of the size of the sums */
		put32(b, EW + i, (uint32_t)(test_random_next(&random) >> 20) >> (t->ew_size == 4 ? 17 : 0));
	ck_assert_msg(rke_dpu_run(&b->core, &cube) == 0, "%s: %s", t->name, b->core.why);
	FOR_CUBE(cube, c, y, x) {
		uint32_t pixel = y * 9 + x, lanes = t->wide ? 4 : 16;
		uint32_t to = DST + (c / lanes * 63 + pixel) * 16 + c % lanes * (16 / lanes);
		int64_t v = cube.i[cell(&cube, c, y, x)] + (int64_t)t->ow_op * cube.sums[pixel];
		int64_t got = t->wide ? (int32_t)get32(b, to) : *(int8_t *)at(b, to);
		bool tie = false;

		v = stage_of(&t->bn, stage_of(&t->bs, v));
		v = ew_of(t->ew, v, t->ew_size ? ew_operand(b, t->ew_size, 63, c, pixel) : 0);
		v = t->add_first ? nearest((v + t->offset) * t->scale, t->shift, &tie)
				 : nearest(v * t->scale, t->shift, &tie) + t->offset;
		if (!t->wide)
			v = v > 127 ? 127 : v < -128 ? -128 : v;
		ck_assert_msg(got == v, "%s: c %u y %u x %u: %lld, not %lld", t->name, c, y, x,
			      (long long)got, (long long)v);
	}
	ck_assert_uint_eq(b->faults, 0);
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
		    { RKR_REG_DPU_EW_CFG, is_float ? 0x108202c0 : 0x904200c0 },
		    { RKR_REG_DPU_DST_SURF_STRIDE, s }, { RKR_REG_DPU_SURFACE_ADD, 2 * s },
		    { RKR_REG_DPU_OUT_CVT_SCALE, is_float ? 0x10001 : 0x4001 },
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
		v = nearest(((int64_t) * (int8_t *)at(b, e) - 26) * 0x486b, 7, &tie);
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

int
main(void)
{
	Suite *s = suite_create("emu-dpu-cube");
	TCase *t = tcase_create("cube");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, cubes_are_written, 0, (int)RKR_ARRAY_LEN(forms));
	tcase_add_test(t, phase_of_a_resize);
	tcase_add_test(t, rows_of_a_product);
	tcase_add_loop_test(t, bias_and_relu, 0, 2);
	tcase_add_test(t, int8_scales_per_channel);
	tcase_add_loop_test(t, int_stages, 0, (int)RKR_ARRAY_LEN(tails));
	tcase_add_loop_test(t, residual, 0, 2);
	suite_add_tcase(s, t);
	return test_main(s);
}
