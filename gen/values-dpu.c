/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "geometry.h"
#include "lib/util.h"
#include "rows.h"

/* What DPU and DPU_RDMA are set to in a convolution: what is done to sums, and how they are written. */

/*
 * Unless a row says otherwise, a value is that of 627 of 627 captured tiles
 * of single convolutions, of which 57 show every register, and of 2687 of
 * 2688 tiles of networks, which show all.
 */

static uint32_t
feature_mode_cfg(const struct rkg_at *at)
{
	return FLD(DPU, FEATURE_MODE_CFG, BURST_LEN, 15) | FLD(DPU, FEATURE_MODE_CFG, OUTPUT_MODE, 2) |
	       FLD(DPU, FEATURE_MODE_CFG, CONV_MODE, at->g->depthwise ? MODE_DEPTHWISE : 0);
}

/*
 * In, arithmetic, out: fp16 throughout [captured: 57, and 444 depthwise]; fp32 out; int8
 * [captured: networks].
 */
static uint32_t
data_format(const struct rkg_at *at)
{
	if (is_int8(at))
		return 0xe0;
	return at->g->shape.lut == RKG_LUT_WIDE ? 0xa8000002 : 0x48000002;
}

/* Where a tile starts in a map of the size of the output. */
static uint32_t
dst_base_addr(const struct rkg_at *at)
{
	return at->t->k / at->g->out_atom_channels * at->g->out_surface +
	       at->t->y * at->g->out_w * RKG_ATOM_BYTES;
}

static uint32_t
dst_surf_stride(const struct rkg_at *at)
{
	return at->g->out_surface;
}

static uint32_t
cube_width(const struct rkg_at *at)
{
	return at->g->out_w - 1;
}

static uint32_t
cube_height(const struct rkg_at *at)
{
	return at->t->rows - 1;
}

static uint32_t
cube_channel(const struct rkg_at *at)
{
	return FLD(DPU, DATA_CUBE_CHANNEL, ORIG_CHANNEL, at->t->kc - 1) |
	       FLD(DPU, DATA_CUBE_CHANNEL, CHANNEL, at->out_channels - 1);
}

/* Surfaces that one kernel group fills. */
static uint32_t
surfaces_of_unit(const struct rkg_geometry *g)
{
	return g->out_c_unit / g->out_atom_channels;
}

static uint32_t
bs_ow_cfg(const struct rkg_at *at)
{
	uint32_t e = surfaces_of_unit(at->g) - 1;

	return FLD(DPU, BS_OW_CFG, SIZE_E_2, e) | FLD(DPU, BS_OW_CFG, SIZE_E_1, e) |
	       FLD(DPU, BS_OW_CFG, SIZE_E_0, e) | FLD(DPU, BS_OW_CFG, OD_BYPASS, !is_int8(at)) |
	       FLD(DPU, BS_OW_CFG, OW_SRC, is_int8(at));
}

/* Bypassed, or adds the bias; int8 multiplies by channel too [captured: 57, 333 layers]. */
static uint32_t
bs_cfg(const struct rkg_at *at)
{
	return !at->g->shape.bias ? 0x53 : is_int8(at) ? 0x20140 : 0x20150;
}

static uint32_t
bs_mul_cfg(const struct rkg_at *at)
{
	return is_int8(at) ? 0xe01 : 0; /* by an operand, then shifted [captured: all int8 layers] */
}

/* Bypassed, a relu, or what scales for the table. With a second input the relu comes after that. */
static uint32_t
bn_cfg(const struct rkg_at *at)
{
	const struct rkg_shape *s = &at->g->shape;

	if (s->lut != RKG_LUT_NONE)
		return 0x20040;
	return s->relu && !s->add ? 0x12 : 0x53;
}

static uint32_t
bn_alu_cfg(const struct rkg_at *at)
{
	return at->g->shape.lut != RKG_LUT_NONE ? 0x80000000 : 0;
}

/* Bypassed, the table, or the addition; the latter's relu is a bypass less. */
static uint32_t
ew_cfg(const struct rkg_at *at)
{
	const struct rkg_shape *s = &at->g->shape;

	if (s->lut != RKG_LUT_NONE)
		return 0x302;
	if (!s->add)
		return 0x383;
	return (is_int8(at) ? 0x904202c0 : 0x108202c0) & ~FLD(DPU, EW_CFG, EW_RELU_BYPASS, s->relu);
}

/* A plain lookup ends in a scale of 2^-15 [captured: 13 layers]. */
static bool
looks_up(const struct rkg_at *at)
{
	return at->g->shape.lut == RKG_LUT_PLAIN;
}

static uint32_t
out_cvt_offset(const struct rkg_at *at)
{
	return looks_up(at);
}

static uint32_t
out_cvt_shift(const struct rkg_at *at)
{
	return looks_up(at) ? 0xf000 : 0;
}

/* How the table is entered [captured: 43 layers]. */
#define LUT_VALUE(name, v)                                        \
	static uint32_t name(const struct rkg_at *at)             \
	{                                                         \
		return at->g->shape.lut != RKG_LUT_NONE ? (v) : 0; \
	}
LUT_VALUE(lut_cfg, 0x68)
LUT_VALUE(lut_info, 0x50500)
LUT_VALUE(lut_le_start, 0xffffc000)
LUT_VALUE(lut_lo_end, 0x4000)

static uint32_t
wdma_size_1(const struct rkg_at *at)
{
	return FLD(DPU, WDMA_SIZE_1, HEIGHT_WDMA, at->t->rows - 1) |
	       FLD(DPU, WDMA_SIZE_1, WIDTH_WDMA, at->g->out_w - 1);
}

static uint32_t
surface_add(const struct rkg_at *at)
{
	return surfaces_of_unit(at->g) * at->g->out_surface;
}

/* ---- DPU_RDMA: biases, and a second input [captured: 2051 tiles without one, 478 with] */

static uint32_t
bs_base_addr(const struct rkg_at *at)
{
	/* Of a channel a bias of 4 bytes; int8 has a multiplier of 4 too. */
	return at->t->k * (is_int8(at) ? 8 : 4);
}

static uint32_t
brdma_cfg(const struct rkg_at *at)
{
	return is_int8(at) ? 0xe : 2;
}

static bool
adds(const struct rkg_at *at)
{
	return at->g->shape.add;
}

/* Off, or the addend in atoms of its precision. */
static uint32_t
erdma_cfg(const struct rkg_at *at)
{
	return !adds(at) ? 1 : is_int8(at) ? 0x40000004 : 0x40000008;
}

static uint32_t
rdma_feature_mode_cfg(const struct rkg_at *at)
{
	uint32_t v = is_int8(at) ? (adds(at) ? 0x7d00 : 0x7810) : (adds(at) ? 0x17d40 : 0x17850);

	return v + (at->g->depthwise ? 6 : 0);
}

/* Both engines fetch the addend: one its even surfaces, the other the odd ones. */
static uint32_t
addend_even(const struct rkg_at *at)
{
	return adds(at) ? dst_base_addr(at) : 0;
}

static uint32_t
addend_odd(const struct rkg_at *at)
{
	return adds(at) ? dst_base_addr(at) + at->g->out_surface : 0;
}

static uint32_t
addend_stride(const struct rkg_at *at)
{
	return adds(at) ? at->g->out_surface : 0;
}

static uint32_t
addend_notch(const struct rkg_at *at)
{
	return adds(at) ? 2 * at->g->out_surface - RKG_ATOM_BYTES * at->g->out_w * at->t->rows : 0;
}

/* clang-format off */
static const struct rkg_row rows[] = {
	OF(DPU_FEATURE_MODE_CFG, feature_mode_cfg),
	OF(DPU_DATA_FORMAT, data_format),
	AT(DPU_DST_BASE_ADDR, OUTPUT, dst_base_addr),
	OF(DPU_DST_SURF_STRIDE, dst_surf_stride),
	OF(DPU_DATA_CUBE_WIDTH, cube_width),
	OF(DPU_DATA_CUBE_HEIGHT, cube_height),
	OF(DPU_DATA_CUBE_CHANNEL, cube_channel),
	OF(DPU_BS_CFG, bs_cfg),
	OF(DPU_BS_MUL_CFG, bs_mul_cfg),
	OF(DPU_BS_OW_CFG, bs_ow_cfg),
	{ .offset = RKR_REG_DPU_WDMA_SIZE_0, ALWAYS, .value = out_channels_minus1 },
	{ .offset = RKR_REG_DPU_WDMA_SIZE_1, ALWAYS, .value = wdma_size_1 },
	OF(DPU_BN_CFG, bn_cfg),
	OF(DPU_BN_ALU_CFG, bn_alu_cfg),
	GIVEN(DPU_BN_MUL_CFG, LUT, 0xffff0000, 0),
	OF(DPU_EW_CFG, ew_cfg),
	GIVEN(DPU_EW_CVT_OFFSET_VALUE, INT8_ADD, UINT32_MAX, 0),
	GIVEN(DPU_EW_CVT_SCALE_VALUE, INT8_ADD, 0x003fffff, 1),
	GIVEN_OF(DPU_OUT_CVT_OFFSET, INT8, UINT32_MAX, out_cvt_offset),
	GIVEN(DPU_OUT_CVT_SCALE, INT8, 0x1ffff, 0x10001), /* fp32 to fp16, scale one [captured: 57 of 57] */
	GIVEN_OF(DPU_OUT_CVT_SHIFT, INT8, 0xfff, out_cvt_shift),
	OF(DPU_SURFACE_ADD, surface_add),
	OF(DPU_LUT_CFG, lut_cfg),
	OF(DPU_LUT_INFO, lut_info),
	OF(DPU_LUT_LE_START, lut_le_start),
	OF(DPU_LUT_LO_END, lut_lo_end),
	GIVEN(DPU_LUT_LE_SLOPE_SCALE, LUT, UINT32_MAX, 0),
	GIVEN(DPU_LUT_LE_SLOPE_SHIFT, LUT, 0x3ff, 0),
	GIVEN(DPU_LUT_LO_SLOPE_SCALE, LUT, UINT32_MAX, 0),
	GIVEN(DPU_LUT_LO_SLOPE_SHIFT, LUT, 0x3ff, 0),
	OF(DPU_RDMA_RDMA_DATA_CUBE_WIDTH, cube_width),
	OF(DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, cube_height),
	OF(DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, out_channels_minus1),
	AT(DPU_RDMA_RDMA_SRC_BASE_ADDR, ADDEND, addend_even),
	OF(DPU_RDMA_RDMA_BRDMA_CFG, brdma_cfg),
	AT(DPU_RDMA_RDMA_BS_BASE_ADDR, BIAS, bs_base_addr),
	{ .offset = RKR_REG_DPU_RDMA_RDMA_BN_BASE_ADDR, ALWAYS },
	OF(DPU_RDMA_RDMA_ERDMA_CFG, erdma_cfg),
	AT(DPU_RDMA_RDMA_EW_BASE_ADDR, ADDEND, addend_odd),
	OF(DPU_RDMA_RDMA_EW_SURF_STRIDE, addend_stride),
	OF(DPU_RDMA_RDMA_FEATURE_MODE_CFG, rdma_feature_mode_cfg),
	OF(DPU_RDMA_RDMA_SURF_NOTCH, addend_notch),
	IS(DPU_RDMA_RDMA_WEIGHT, 0x01010101), /* all engines alike [captured: 2529 tiles] */
	OF(DPU_RDMA_RDMA_EW_SURF_NOTCH, addend_notch),
};
/* clang-format on */

const struct rkg_row *
rkg_rows_dpu(size_t *ret_n)
{
	*ret_n = RKR_ARRAY_LEN(rows);
	return rows;
}
