/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "geometry.h"
#include "lib/util.h"
#include "map.h"
#include "rows.h"

/*
 * Records of PPU and PPU_RDMA: poolings with windows of 2x2, two pixels apart.
 * A row's value is that of 10 of 10 captured records; where the second part of
 * a map that is cut lies follows from its columns. [inferred]
 */

/* Code of PPU_RDMA's IN_PRECISION. [source] */
enum { IN_8BIT = 1, IN_16BIT = 2 };

/* 65536 over a side of the window: an integer, or the fp16 of that. [source] */
#define HALF_INT8 0x8000
#define HALF_FP16 0x7800

static uint32_t
in_width(const struct rkg_at *at)
{
	return 2 * at->map->columns - 1;
}

static uint32_t
in_height(const struct rkg_at *at)
{
	return at->map->op->in_h - 1;
}

static uint32_t
channels(const struct rkg_at *at)
{
	return at->map->channels - 1;
}

static uint32_t
out_width(const struct rkg_at *at)
{
	return at->map->columns - 1;
}

static uint32_t
out_height(const struct rkg_at *at)
{
	return at->map->op->out_h - 1;
}

/* The largest or the average; of the output's lines, how many pixels other parts write. */
static uint32_t
operation_mode_cfg(const struct rkg_at *at)
{
	return FLD(PPU, OPERATION_MODE_CFG, FLYING_MODE, 1) |
	       FLD(PPU, OPERATION_MODE_CFG, POOLING_METHOD, !at->map->op->average) |
	       FLD(PPU, OPERATION_MODE_CFG, NOTCH_ADDR, at->map->op->out_w - at->map->columns);
}

static uint32_t
recip(const struct rkg_at *at)
{
	return !at->map->op->average ? 0 : at->map->op->int8 ? HALF_INT8 : HALF_FP16;
}

static uint32_t
dst_base_addr(const struct rkg_at *at)
{
	return at->map->x * RKG_ATOM_BYTES;
}

static uint32_t
dst_surf_stride(const struct rkg_at *at)
{
	return RKG_ATOM_BYTES * at->map->op->out_w * at->map->op->out_h;
}

static uint32_t
data_format(const struct rkg_at *at)
{
	return dst_surf_stride(at) + (at->map->op->int8 ? 0 : 2);
}

static uint32_t
src_base_addr(const struct rkg_at *at)
{
	return 2 * at->map->x * RKG_ATOM_BYTES;
}

static uint32_t
src_line_stride(const struct rkg_at *at)
{
	return RKG_ATOM_BYTES * at->map->op->in_w;
}

static uint32_t
src_surf_stride(const struct rkg_at *at)
{
	return src_line_stride(at) * at->map->op->in_h;
}

static uint32_t
in_precision(const struct rkg_at *at)
{
	return at->map->op->int8 ? IN_8BIT : IN_16BIT;
}

/* clang-format off */
static const struct rkg_row rows[] = {
	OF(PPU_DATA_CUBE_IN_WIDTH, in_width),
	OF(PPU_DATA_CUBE_IN_HEIGHT, in_height),
	OF(PPU_DATA_CUBE_IN_CHANNEL, channels),
	OF(PPU_DATA_CUBE_OUT_WIDTH, out_width),
	OF(PPU_DATA_CUBE_OUT_HEIGHT, out_height),
	OF(PPU_DATA_CUBE_OUT_CHANNEL, channels),
	OF(PPU_OPERATION_MODE_CFG, operation_mode_cfg),
	IS(PPU_POOLING_KERNEL_CFG, RKR_POOL_2X2),
	OF(PPU_RECIP_KERNEL_WIDTH, recip),
	OF(PPU_RECIP_KERNEL_HEIGHT, recip),
	GIVEN(PPU_PADDING_VALUE_1_CFG, INT8_AVERAGE, UINT32_MAX, 0),
	GIVEN(PPU_PADDING_VALUE_2_CFG, INT8_AVERAGE, 7, 0),
	{ .offset = RKR_REG_PPU_DST_BASE_ADDR, .base = RKG_BASE_OUTPUT, .value = dst_base_addr },
	OF(PPU_DST_SURF_STRIDE, dst_surf_stride),
	OF(PPU_DATA_FORMAT, data_format),
	IS(PPU_MISC_CTRL, 3),
	OF(PPU_RDMA_RDMA_CUBE_IN_WIDTH, in_width),
	OF(PPU_RDMA_RDMA_CUBE_IN_HEIGHT, in_height),
	OF(PPU_RDMA_RDMA_CUBE_IN_CHANNEL, channels),
	{ .offset = RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR, .base = RKG_BASE_INPUT, .value = src_base_addr },
	OF(PPU_RDMA_RDMA_SRC_LINE_STRIDE, src_line_stride),
	OF(PPU_RDMA_RDMA_SRC_SURF_STRIDE, src_surf_stride),
	OF(PPU_RDMA_RDMA_DATA_FORMAT, in_precision),
};
/* clang-format on */

void
rkg_family_pool(struct rkg_family *ret)
{
	const struct rkg_row *row = rows, *end = row + RKR_ARRAY_LEN(rows);

	*ret = (struct rkg_family){
		.int_mask = FLD(PC, INTERRUPT_MASK, PPU_0, 1) | FLD(PC, INTERRUPT_MASK, PPU_1, 1),
	};
	rkg_family_add_block(ret, RKR_REG_PPU_DATA_CUBE_IN_WIDTH, true, &row, end);
	rkg_family_add_block(ret, RKR_REG_PPU_RDMA_RDMA_CUBE_IN_WIDTH, true, &row, end);
}
