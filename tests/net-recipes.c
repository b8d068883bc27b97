/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/net-recipes.h"

#include "lib/regs-ids.h"

#define ATOM 16u

uint32_t
recipe_surface(uint32_t w, uint32_t h)
{
	return w * h == 1 ? ATOM : (w * h + 3) / 4 * 4 * ATOM;
}

uint32_t
recipe_enable(const struct recipe *r)
{
	return r->kind == RKR_OP_POOL ? 0x60 : 0x18;
}

static uint32_t
rows(const struct recipe *r)
{
	return r->rows ? r->rows : r->h;
}

static uint32_t
factor(const struct recipe *r)
{
	return r->kind == RKR_OP_UPSAMPLE ? r->factor : 1;
}

/* ---- What it does */

static uint32_t
ew_cfg(const struct recipe *r)
{
	switch (r->kind) {
	case RKR_OP_ADD:
		return (r->int8 ? 0x904202c0 : 0x108202c0) & (r->relu ? ~0x200u : ~0u);
	case RKR_OP_SCALE_VECTOR:
		return 0x008003c4;
	case RKR_OP_OFFSET:
	case RKR_OP_OFFSET_VECTOR:
		return 0x283;
	case RKR_OP_LUT:
		return 0x302;
	default:
		return 0x383;
	}
}

static uint32_t
bs_cfg(const struct recipe *r)
{
	switch (r->kind) {
	case RKR_OP_ADD:
		return r->int8 ? 0x20040 : 0x53;
	case RKR_OP_SCALE:
	case RKR_OP_TO_FP16:
	case RKR_OP_AFFINE_VECTOR:
		return 0x42;
	case RKR_OP_OFFSET:
		return 0x20050;
	case RKR_OP_OFFSET_VECTOR:
		return 0x20150;
	default:
		return r->rescale ? 0x20050 : 0x53;
	}
}

static uint32_t
bn_cfg(const struct recipe *r)
{
	switch (r->kind) {
	case RKR_OP_TO_FP16:
		return 0x42;
	case RKR_OP_AFFINE_VECTOR:
		return 0x20110;
	case RKR_OP_LUT:
		return 0x20040;
	default:
		return 0x53;
	}
}

static uint32_t
data_format(const struct recipe *r)
{
	if (r->kind == RKR_OP_TO_FP16)
		return 0x54000005;
	if (r->kind == RKR_OP_UPSAMPLE)
		return r->int8 ? 0x04000000 : 0x44000002;
	return r->int8 || r->kind == RKR_OP_LUT_LOAD ? 0 : 0x48000002;
}

static uint32_t
rdma_mode(const struct recipe *r)
{
	if (r->kind == RKR_OP_TO_FP16)
		return 0x2fba9;
	if (r->kind == RKR_OP_UPSAMPLE)
		return r->int8 ? 0xf801 : 0xf841;
	return r->int8 || r->kind == RKR_OP_LUT_LOAD ? 0x7801 : 0x17849;
}

static uint32_t
erdma_cfg(const struct recipe *r)
{
	switch (r->kind) {
	case RKR_OP_ADD:
		return r->int8 ? 0x40000004 : 0x40000008;
	case RKR_OP_SCALE_VECTOR:
		return 8;
	case RKR_OP_TO_FP16:
		return 0x4000000c;
	default:
		return 1;
	}
}

/* ---- Where */

/* fp32 has two surfaces where fp16 has one, each read by a reader of its own. */
static bool
wide(const struct recipe *r)
{
	return r->kind == RKR_OP_TO_FP16;
}

static uint32_t
notch(const struct recipe *r)
{
	return recipe_surface(r->w, r->h) * (wide(r) ? 2 : 1) - ATOM * r->w * rows(r);
}

static uint32_t
src(const struct recipe *r)
{
	return r->src + r->surface * recipe_surface(r->w, r->h) + r->y * r->w * ATOM;
}

static uint32_t
ew_base(const struct recipe *r)
{
	switch (r->kind) {
	case RKR_OP_ADD:
		return r->operand + r->y * r->w * ATOM;
	case RKR_OP_SCALE_VECTOR:
		return r->operand;
	case RKR_OP_TO_FP16:
		return src(r) + recipe_surface(r->w, r->h);
	default:
		return 0;
	}
}

static uint32_t
ew_stride(const struct recipe *r)
{
	switch (r->kind) {
	case RKR_OP_ADD:
		return recipe_surface(r->w, r->h);
	case RKR_OP_SCALE_VECTOR:
		return ATOM;
	case RKR_OP_TO_FP16:
		return 2 * recipe_surface(r->w, r->h);
	default:
		return 0;
	}
}

static uint32_t
out_surface(const struct recipe *r)
{
	return recipe_surface(r->w * factor(r), r->h * factor(r));
}

static uint32_t
dst(const struct recipe *r)
{
	return r->dst + r->surface * out_surface(r) + r->y * r->w * factor(r) * ATOM;
}

static uint32_t
dpu_value(const struct recipe *r, uint16_t offset)
{
	uint32_t f = factor(r), e = f - 1;

	switch (offset) {
	case RKR_REG_DPU_S_POINTER:
		return 0xe;
	case RKR_REG_DPU_FEATURE_MODE_CFG:
		return wide(r) ? 0x800001e5 : 0x1e5;
	case RKR_REG_DPU_DATA_FORMAT:
		return data_format(r);
	case RKR_REG_DPU_DST_BASE_ADDR:
		return dst(r);
	case RKR_REG_DPU_DST_SURF_STRIDE:
		return f > 1 ? ATOM * r->w * f : out_surface(r);
	case RKR_REG_DPU_DATA_CUBE_WIDTH:
		return r->w * f - 1;
	case RKR_REG_DPU_DATA_CUBE_HEIGHT:
		return rows(r) - 1;
	case RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR:
		return (f - 1) * f * r->w * 0x10001;
	case RKR_REG_DPU_DATA_CUBE_CHANNEL:
		return (r->c - 1) * 0x10001;
	case RKR_REG_DPU_BS_CFG:
		return bs_cfg(r);
	case RKR_REG_DPU_BS_ALU_CFG:
		return r->kind == RKR_OP_OFFSET || r->rescale || (r->int8 && r->kind == RKR_OP_ADD)
			       ? r->constant
			       : 0;
	case RKR_REG_DPU_BS_MUL_CFG:
		if (r->int8 && r->kind == RKR_OP_ADD)
			return 0x40000e00;
		if (r->kind == RKR_OP_AFFINE_VECTOR)
			return 1;
		return r->kind == RKR_OP_SCALE ? r->constant << 16 : wide(r) ? 0x3c000000 : 0;
	case RKR_REG_DPU_BS_OW_CFG:
		return e << 8 | e << 5 | e << 2 | 2;
	case RKR_REG_DPU_WDMA_SIZE_0:
		return r->c - 1;
	case RKR_REG_DPU_WDMA_SIZE_1:
		return (rows(r) - 1) << 16 | (r->w * f - 1);
	case RKR_REG_DPU_BN_CFG:
		return bn_cfg(r);
	case RKR_REG_DPU_BN_ALU_CFG:
		return r->kind == RKR_OP_LUT ? 0x80000000 : 0;
	case RKR_REG_DPU_BN_MUL_CFG:
		return wide(r) ? 0x3c000000 : r->kind == RKR_OP_LUT ? r->constant << 16 : 0;
	case RKR_REG_DPU_EW_CFG:
		return ew_cfg(r);
	case RKR_REG_DPU_EW_CVT_OFFSET_VALUE:
		return r->int8 && r->kind == RKR_OP_ADD ? (uint32_t)-3 : 0;
	case RKR_REG_DPU_EW_CVT_SCALE_VALUE:
		return r->int8 && r->kind == RKR_OP_ADD ? 0x000e4000 : 1;
	case RKR_REG_DPU_OUT_CVT_OFFSET:
		return r->int8 ? r->offset : 0;
	case RKR_REG_DPU_OUT_CVT_SCALE:
		if (r->kind == RKR_OP_LUT_LOAD || r->kind == RKR_OP_UPSAMPLE || r->int8)
			return r->scale ? r->scale : 1;
		return 0x10001;
	case RKR_REG_DPU_OUT_CVT_SHIFT:
		return r->int8 ? r->shift : 0;
	case RKR_REG_DPU_SURFACE_ADD:
		return out_surface(r);
	case RKR_REG_DPU_LUT_CFG:
		return r->kind == RKR_OP_LUT ? 0x68 : 0;
	case RKR_REG_DPU_LUT_INFO:
		return r->kind == RKR_OP_LUT ? 0x50500 : 0;
	case RKR_REG_DPU_LUT_LE_START:
		return r->kind == RKR_OP_LUT ? 0xffffc000 : 0;
	case RKR_REG_DPU_LUT_LO_END:
		return r->kind == RKR_OP_LUT ? 0x4000 : 0;
	default:
		return 0;
	}
}

static uint32_t
rdma_value(const struct recipe *r, uint16_t offset)
{
	switch (offset) {
	case RKR_REG_DPU_RDMA_RDMA_S_POINTER:
		return 0xe;
	case RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH:
		return r->w - 1;
	case RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_HEIGHT:
		return rows(r) - 1;
	case RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL:
		return r->c - 1;
	case RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR:
		return src(r);
	case RKR_REG_DPU_RDMA_RDMA_BRDMA_CFG:
		return r->kind == RKR_OP_OFFSET_VECTOR ? 2 : r->kind == RKR_OP_AFFINE_VECTOR ? 8 : 0;
	case RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR:
		return r->vector;
	case RKR_REG_DPU_RDMA_RDMA_NRDMA_CFG:
		return r->kind == RKR_OP_AFFINE_VECTOR ? 2 : 0;
	case RKR_REG_DPU_RDMA_RDMA_BN_BASE_ADDR:
		return r->vector2;
	case RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG:
		return erdma_cfg(r);
	case RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR:
		return ew_base(r);
	case RKR_REG_DPU_RDMA_RDMA_EW_SURF_STRIDE:
		return ew_stride(r);
	case RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG:
		return rdma_mode(r);
	case RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG:
		return r->kind == RKR_OP_UPSAMPLE ? 0x1000 + (r->factor - 1) * 0x249 : 0;
	case RKR_REG_DPU_RDMA_RDMA_SURF_NOTCH:
		return notch(r);
	case RKR_REG_DPU_RDMA_RDMA_WEIGHT:
		return 0x01010101;
	case RKR_REG_DPU_RDMA_RDMA_EW_SURF_NOTCH:
		return r->kind == RKR_OP_ADD || wide(r) ? notch(r) : 0;
	default:
		return 0;
	}
}

/* 2x2 windows, two pixels apart; a wide map is pooled in two halves of its columns. */
static uint32_t
ppu_value(const struct recipe *r, uint16_t offset)
{
	uint32_t all = r->w / 2, ow = r->columns ? r->columns : all, oh = r->h / 2, w = 2 * ow;

	switch (offset) {
	case RKR_REG_PPU_S_POINTER:
	case RKR_REG_PPU_RDMA_RDMA_S_POINTER:
		return 0xe;
	case RKR_REG_PPU_DATA_CUBE_IN_WIDTH:
	case RKR_REG_PPU_RDMA_RDMA_CUBE_IN_WIDTH:
		return w - 1;
	case RKR_REG_PPU_DATA_CUBE_IN_HEIGHT:
	case RKR_REG_PPU_RDMA_RDMA_CUBE_IN_HEIGHT:
		return r->h - 1;
	case RKR_REG_PPU_DATA_CUBE_IN_CHANNEL:
	case RKR_REG_PPU_RDMA_RDMA_CUBE_IN_CHANNEL:
	case RKR_REG_PPU_DATA_CUBE_OUT_CHANNEL:
		return r->c - 1;
	case RKR_REG_PPU_DATA_CUBE_OUT_WIDTH:
		return ow - 1;
	case RKR_REG_PPU_DATA_CUBE_OUT_HEIGHT:
		return oh - 1;
	case RKR_REG_PPU_OPERATION_MODE_CFG:
		return (r->average ? 0x10 : 0x11) + ((all - ow) << 16);
	case RKR_REG_PPU_POOLING_KERNEL_CFG:
		return 0x110101;
	case RKR_REG_PPU_RECIP_KERNEL_WIDTH:
	case RKR_REG_PPU_RECIP_KERNEL_HEIGHT:
		return r->average ? (r->int8 ? 0x8000 : 0x7800) : 0;
	case RKR_REG_PPU_PADDING_VALUE_1_CFG:
		return r->average && r->int8 ? r->offset : 0;
	case RKR_REG_PPU_PADDING_VALUE_2_CFG:
		return r->average && r->int8 && (int32_t)r->offset < 0 ? 7 : 0;
	case RKR_REG_PPU_DST_BASE_ADDR:
		return r->dst + r->x * ATOM;
	case RKR_REG_PPU_DST_SURF_STRIDE:
		return ATOM * all * oh;
	case RKR_REG_PPU_DATA_FORMAT:
		return ATOM * all * oh + (r->int8 ? 0 : 2);
	case RKR_REG_PPU_MISC_CTRL:
		return 3;
	case RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR:
		return r->src + 2 * r->x * ATOM;
	case RKR_REG_PPU_RDMA_RDMA_SRC_LINE_STRIDE:
		return ATOM * r->w;
	case RKR_REG_PPU_RDMA_RDMA_SRC_SURF_STRIDE:
		return ATOM * r->w * r->h;
	case RKR_REG_PPU_RDMA_RDMA_DATA_FORMAT:
		return r->int8 ? 1 : 2;
	default:
		return 0;
	}
}

uint32_t
recipe_value(const struct recipe *r, uint16_t offset)
{
	if (offset >= RKR_REG_PPU_S_STATUS)
		return ppu_value(r, offset);
	return offset >= RKR_REG_DPU_RDMA_RDMA_S_POINTER ? rdma_value(r, offset) : dpu_value(r, offset);
}
