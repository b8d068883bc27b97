/* SPDX-License-Identifier: MIT */
/* PPU of the emulated NPU: pooling, against a reference that visits each window's cells. */
#include "config.h"

#include <errno.h>

#include "lib/util.h"
#include "tests/emu-core.h"

#define SRC (BASE + 0x10000u)
#define DST (BASE + 0x80000u)
#define MEMORY 0x100000u

enum { AVERAGE, MAX, MIN };

static const struct pool {
	const char *name;
	bool is_float;
	unsigned method;
	uint32_t width, height, channels;
	uint32_t kw, kh, sx, sy;
	uint32_t left, top, right, bottom;
	uint32_t line, surface; /* atoms, of the input */
	uint32_t notch;         /* atoms, of the output */
	int32_t pad;
} pools[] = {
	{ "fp16 max 2x2", true, MAX, 12, 8, 8, 2, 2, 2, 2, 0, 0, 0, 0, 12, 96, 0, 0 },
	{ "fp16 average 2x2, half of a wide map", true, AVERAGE, 160, 6, 16, 2, 2, 2, 2, 0, 0, 0, 0, 320,
	  1920, 80, 0 },
	{ "fp16 min 3x2", true, MIN, 11, 9, 24, 3, 2, 2, 1, 0, 0, 0, 0, 13, 200, 0, 0 },
	{ "fp16 max 3x3, padded", true, MAX, 10, 7, 8, 3, 3, 2, 2, 1, 1, 1, 1, 10, 70, 0, 0 },
	{ "fp16 average 3x3, padded", true, AVERAGE, 9, 9, 16, 3, 3, 1, 1, 1, 1, 1, 1, 9, 81, 0, 0 },
	{ "fp16 global average 4x4", true, AVERAGE, 4, 4, 40, 4, 4, 1, 1, 0, 0, 0, 0, 4, 16, 0, 0 },
	{ "fp16 global max 16x16", true, MAX, 16, 16, 8, 16, 16, 16, 16, 0, 0, 0, 0, 16, 256, 0, 0 },
	{ "int8 max 2x2", false, MAX, 14, 10, 48, 2, 2, 2, 2, 0, 0, 0, 0, 14, 140, 0, 0 },
	{ "int8 average 2x2", false, AVERAGE, 14, 10, 32, 2, 2, 2, 2, 0, 0, 0, 0, 14, 140, 2, 0 },
	{ "int8 average 2x4, padded by the zero point", false, AVERAGE, 9, 7, 16, 2, 4, 1, 1, 1, 2, 0, 1, 9,
	  63, 0, -77 },
	{ "int8 min 5x1", false, MIN, 9, 3, 16, 5, 1, 1, 1, 2, 0, 2, 0, 9, 27, 0, 0 },
	/* what ends a core's share of work: one atom pair copied */
	{ "int8 copy, 1x1", false, MAX, 1, 1, 32, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0 },
};

static uint32_t
out_size(uint32_t in, uint32_t before, uint32_t after, uint32_t kernel, uint32_t stride)
{
	return (in + before + after - kernel) / stride + 1;
}

static void
set_pool(struct board *b, const struct pool *p)
{
	uint32_t ow = out_size(p->width, p->left, p->right, p->kw, p->sx);
	uint32_t oh = out_size(p->height, p->top, p->bottom, p->kh, p->sy);
	uint32_t surface = 16 * (ow + p->notch) * oh;
	uint32_t recip_w = p->is_float ? slow_half(65536.0 / p->kw) : 65536 / p->kw;
	uint32_t recip_h = p->is_float ? slow_half(65536.0 / p->kh) : 65536 / p->kh;

	BOARD_WRITE(
		b, { RKR_REG_PPU_DATA_CUBE_IN_WIDTH, p->width - 1 },
		{ RKR_REG_PPU_DATA_CUBE_IN_HEIGHT, p->height - 1 },
		{ RKR_REG_PPU_DATA_CUBE_IN_CHANNEL, p->channels - 1 },
		{ RKR_REG_PPU_DATA_CUBE_OUT_WIDTH, ow - 1 }, { RKR_REG_PPU_DATA_CUBE_OUT_HEIGHT, oh - 1 },
		{ RKR_REG_PPU_DATA_CUBE_OUT_CHANNEL, p->channels - 1 },
		{ RKR_REG_PPU_OPERATION_MODE_CFG, p->notch << 16 | 0x10 | p->method },
		{ RKR_REG_PPU_POOLING_KERNEL_CFG,
		  (p->sy - 1) << 20 | (p->sx - 1) << 16 | (p->kh - 1) << 8 | (p->kw - 1) },
		{ RKR_REG_PPU_RECIP_KERNEL_WIDTH, p->method == AVERAGE ? recip_w : 0 },
		{ RKR_REG_PPU_RECIP_KERNEL_HEIGHT, p->method == AVERAGE ? recip_h : 0 },
		{ RKR_REG_PPU_POOLING_PADDING_CFG, p->bottom << 12 | p->right << 8 | p->top << 4 | p->left },
		{ RKR_REG_PPU_PADDING_VALUE_1_CFG, (uint32_t)p->pad },
		{ RKR_REG_PPU_PADDING_VALUE_2_CFG, p->pad < 0 ? 7 : 0 }, { RKR_REG_PPU_DST_BASE_ADDR, DST },
		{ RKR_REG_PPU_DST_SURF_STRIDE, surface },
		{ RKR_REG_PPU_DATA_FORMAT, surface | (p->is_float ? 2 : 0) }, { RKR_REG_PPU_MISC_CTRL, 3 },
		{ RKR_REG_PPU_RDMA_RDMA_CUBE_IN_WIDTH, p->width - 1 },
		{ RKR_REG_PPU_RDMA_RDMA_CUBE_IN_HEIGHT, p->height - 1 },
		{ RKR_REG_PPU_RDMA_RDMA_CUBE_IN_CHANNEL, p->channels - 1 },
		{ RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR, SRC },
		{ RKR_REG_PPU_RDMA_RDMA_SRC_LINE_STRIDE, p->line * 16 },
		{ RKR_REG_PPU_RDMA_RDMA_SRC_SURF_STRIDE, p->surface * 16 },
		{ RKR_REG_PPU_RDMA_RDMA_DATA_FORMAT, p->is_float ? 2 : 1 });
}

static double
cell(struct board *b, const struct pool *p, uint32_t c, int64_t y, int64_t x)
{
	uint32_t c2 = p->is_float ? 8 : 16;
	uint32_t from =
		SRC + (c / c2 * p->surface + (uint32_t)y * p->line + (uint32_t)x) * 16 + c % c2 * (16 / c2);

	return p->is_float ? slow_value(get16(b, from)) : *(int8_t *)at(b, from);
}

/* A window's value, of all its cells. */
static double
window(struct board *b, const struct pool *p, uint32_t c, uint32_t oy, uint32_t ox)
{
	double sum = 0, most = -INFINITY, least = INFINITY;

	for (uint32_t ky = 0; ky < p->kh; ky++)
		for (uint32_t kx = 0; kx < p->kw; kx++) {
			int64_t y = (int64_t)oy * p->sy + ky - p->top, x = (int64_t)ox * p->sx + kx - p->left;
			double v;

			if (y < 0 || x < 0 || y >= p->height || x >= p->width) {
				sum += p->pad;
				continue;
			}
			v = cell(b, p, c, y, x);
			sum += v;
			most = v > most ? v : most;
			least = v < least ? v : least;
		}
	if (p->method == MAX)
		return most;
	if (p->method == MIN)
		return least;
	if (p->is_float)
		return sum * slow_value(slow_half(65536.0 / p->kw)) * slow_value(slow_half(65536.0 / p->kh)) *
		       0x1p-32;
	return sum * floor(65536.0 / p->kw) * floor(65536.0 / p->kh) * 0x1p-32;
}

START_TEST(pooling)
{
	const struct pool *p = &pools[_i];
	struct board *b = board_new(MEMORY);
	struct test_random random = { 3 };
	uint32_t ow = out_size(p->width, p->left, p->right, p->kw, p->sx);
	uint32_t oh = out_size(p->height, p->top, p->bottom, p->kh, p->sy);
	uint32_t c2 = p->is_float ? 8 : 16, pitch = (ow + p->notch) * oh * 16;
	unsigned checked = 0, ties = 0;

	for (uint32_t i = 0; i < 0x60000; i += 2) {
		uint16_t v = (uint16_t)test_random_next(&random);

		put16(b, SRC + i, p->is_float ? v & 0xbbff : v);
	}
	for (uint32_t i = 0x80000; i < MEMORY; i++)
		b->memory[i] = 0xa5;
	b->piece = _i % 3 == 2 ? 24 : 0;
	set_pool(b, p);
	ck_assert_int_eq(rke_ppu_run(&b->core), 0);
	ck_assert_uint_eq(b->faults, 0);
	for (uint32_t c = 0; c < p->channels; c++)
		for (uint32_t y = 0; y < oh; y++)
			for (uint32_t x = 0; x < ow; x++) {
				uint32_t to = DST + c / c2 * pitch + (y * (ow + p->notch) + x) * 16 +
					      c % c2 * (16 / c2);
				double want = window(b, p, c, y, x);
				double near = floor(want + 0.5);

				if (p->is_float) {
					uint16_t half = get16(b, to);

					/* 0 has two signs */
					ck_assert_msg(half == slow_half(want) ||
							      (want == 0 && (half & 0x7fff) == 0),
						      "%s: %u %u %u: %x not %x", p->name, c, y, x, half,
						      slow_half(want));
					checked++;
				} else if (want - floor(want) == 0.5) {
					ties++; /* sources disagree */
				} else {
					ck_assert_msg(*(int8_t *)at(b, to) == near, "%s: %u %u %u: %d not %g",
						      p->name, c, y, x, *(int8_t *)at(b, to), near);
					checked++;
				}
			}
	ck_assert_uint_gt(checked, ties);
	/* Gaps between rows are not written, nor is what follows. */
	for (uint32_t k = 0; k < p->notch; k++)
		ck_assert_uint_eq(get32(b, DST + (ow + k) * 16), 0xa5a5a5a5);
	ck_assert_uint_eq(get32(b, DST + (p->channels + c2 - 1) / c2 * pitch), 0xa5a5a5a5);
	board_free(b);
}
END_TEST

static const struct refusal refused[] = {
	{ { RKR_REG_PPU_OPERATION_MODE_CFG, 0x40000011 }, "INDEX_EN" },
	{ { RKR_REG_PPU_OPERATION_MODE_CFG, 0x01 }, "FLYING_MODE" },
	{ { RKR_REG_PPU_OPERATION_MODE_CFG, 0x13 }, "POOLING_METHOD" },
	{ { RKR_REG_PPU_OPERATION_MODE_CFG, 0x31 }, "USE_CNT" },
	{ { RKR_REG_PPU_DATA_FORMAT, 1 }, "PROC_PRECISION" },
	{ { RKR_REG_PPU_RDMA_RDMA_DATA_FORMAT, 1 }, "IN_PRECISION" },
	{ { RKR_REG_PPU_MISC_CTRL, 0x83 }, "NONALIGN" },
	{ { RKR_REG_PPU_POOLING_PADDING_CFG, 2 }, "PADDING" },
	{ { RKR_REG_PPU_DATA_CUBE_OUT_WIDTH, 6 }, "OUT_WIDTH" },
	{ { RKR_REG_PPU_RDMA_RDMA_CUBE_IN_HEIGHT, 6 }, "RDMA_CUBE_IN_HEIGHT" },
};

START_TEST(refusals)
{
	struct board *b = board_new(MEMORY);

	set_pool(b, &pools[0]);
	BOARD_WRITE(b, refused[_i].w);
	expect_refused(b, rke_ppu_run(&b->core), refused[_i].why);
	ck_assert_uint_eq(get32(b, DST), 0xa5a5a5a5);
	board_free(b);
}
END_TEST

/* 65536/1 is more than an fp16 holds. */
START_TEST(averages_of_one_cell_are_refused)
{
	struct board *b = board_new(MEMORY);
	struct pool p = pools[0];

	p.method = AVERAGE;
	p.kw = 1;
	set_pool(b, &p);
	expect_refused(b, rke_ppu_run(&b->core), "RECIP_KERNEL_WIDTH 0x7c00");
	board_free(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("emu-ppu");
	TCase *t = tcase_create("ppu");

	tcase_add_loop_test(t, pooling, 0, (int)RKR_ARRAY_LEN(pools));
	tcase_add_loop_test(t, refusals, 0, (int)RKR_ARRAY_LEN(refused));
	tcase_add_test(t, averages_of_one_cell_are_refused);
	suite_add_tcase(s, t);
	return test_main(s);
}
