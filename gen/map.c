/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "map.h"

#include "geometry.h"
#include "lib/regs.h"
#include "lib/util.h"
#include "rows.h"

/*
 * Which operation it is, nine registers tell (lib/network-kinds.c); here is
 * what follows from the sizes. Unless a row says otherwise, a value is that
 * of all captured records of the kind.
 */

bool
rkg_map_is_known(const struct rkr_op *op)
{
	switch (op->kind) {
	case RKR_OP_COPY:
	case RKR_OP_ADD:
	case RKR_OP_SCALE_VECTOR:
	case RKR_OP_SCALE:
	case RKR_OP_OFFSET:
	case RKR_OP_OFFSET_VECTOR:
	case RKR_OP_AFFINE_VECTOR:
	case RKR_OP_UPSAMPLE:
	case RKR_OP_TO_FP16:
	case RKR_OP_LUT_LOAD:
		return true;
	default:
		return false;
	}
}

bool
rkg_map_is_shared(const struct rkr_op *op)
{
	/*
	 * What multiplies or rearranges is not, nor is a copy that is no concatenation
	 * [captured: 25, 59, 6].
	 */
	return op->kind == RKR_OP_ADD || op->kind == RKR_OP_OFFSET || op->kind == RKR_OP_OFFSET_VECTOR ||
	       (op->kind == RKR_OP_COPY && op->n_tasks > 1);
}

uint32_t
rkg_map_out_surface(const struct rkr_op *op)
{
	return rkg_surface_bytes(op->out_h, op->out_w);
}

bool
rkg_map_is_scaled(const struct rkg_map *m)
{
	uint32_t bs;

	if (!m->op->int8 || !rkr_op_sign(m->signature, RKR_REG_DPU_BS_CFG, &bs))
		return false;
	return bs == 0x20040 || bs == 0x20050;
}

bool
rkg_map_has_addend(const struct rkg_map *m)
{
	return m->op->kind == RKR_OP_OFFSET || rkg_map_is_scaled(m);
}

bool
rkg_map_has_factor(const struct rkg_map *m)
{
	enum rkr_op_kind k = m->op->kind;

	return k == RKR_OP_SCALE || k == RKR_OP_AFFINE_VECTOR || k == RKR_OP_TO_FP16 || rkg_map_is_scaled(m);
}

static bool
is(const struct rkg_at *at, enum rkr_op_kind kind)
{
	return at->map->op->kind == kind;
}

static uint32_t
in_surface(const struct rkg_at *at)
{
	return rkg_surface_bytes(at->map->op->in_h, at->map->op->in_w);
}

static uint32_t
out_surface(const struct rkg_at *at)
{
	return rkg_map_out_surface(at->map->op);
}

/* A nine-register signature's value; all are in it. */
#define SIGN(name, reg)                                         \
	static uint32_t name(const struct rkg_at *at)           \
	{                                                       \
		uint32_t v = 0;                                 \
                                                                \
		rkr_op_sign(at->map->signature, RKR_REG_##reg, &v);\
		return v;                                       \
	}
SIGN(feature_mode_cfg, DPU_FEATURE_MODE_CFG)
SIGN(data_format, DPU_DATA_FORMAT)
SIGN(bs_cfg, DPU_BS_CFG)
SIGN(bn_cfg, DPU_BN_CFG)
SIGN(ew_cfg, DPU_EW_CFG)
SIGN(brdma_cfg, DPU_RDMA_RDMA_BRDMA_CFG)
SIGN(nrdma_cfg, DPU_RDMA_RDMA_NRDMA_CFG)
SIGN(erdma_cfg, DPU_RDMA_RDMA_ERDMA_CFG)
SIGN(rdma_feature_mode_cfg, DPU_RDMA_RDMA_FEATURE_MODE_CFG)

/* ---- DPU */

static uint32_t
dst_base_addr(const struct rkg_at *at)
{
	const struct rkg_map *m = at->map;

	return m->dst + m->surface * out_surface(at) + m->y * m->op->out_w * RKG_ATOM_BYTES;
}

/* An upsampling goes from a written line to the next one that it writes in this pass. */
static uint32_t
dst_surf_stride(const struct rkg_at *at)
{
	return is(at, RKR_OP_UPSAMPLE) ? RKG_ATOM_BYTES * at->map->op->out_w : out_surface(at);
}

static uint32_t
out_width(const struct rkg_at *at)
{
	return at->map->op->out_w - 1;
}

static uint32_t
height(const struct rkg_at *at)
{
	return at->map->rows - 1;
}

/* Pixels of the lines that are left out between two written ones, in both halves. */
static uint32_t
notch(const struct rkg_at *at)
{
	const struct rkr_op *op = at->map->op;

	return is(at, RKR_OP_UPSAMPLE) ? (op->factor - 1) * op->out_w * 0x10001 : 0;
}

static uint32_t
channels(const struct rkg_at *at)
{
	return (at->map->channels - 1) * 0x10001;
}

static uint32_t
channels_minus1(const struct rkg_at *at)
{
	return at->map->channels - 1;
}

static uint32_t
bs_ow_cfg(const struct rkg_at *at)
{
	uint32_t e = is(at, RKR_OP_UPSAMPLE) ? at->map->op->factor - 1 : 0;

	return FLD(DPU, BS_OW_CFG, SIZE_E_2, e) | FLD(DPU, BS_OW_CFG, SIZE_E_1, e) |
	       FLD(DPU, BS_OW_CFG, SIZE_E_0, e) | FLD(DPU, BS_OW_CFG, OD_BYPASS, 1);
}

static uint32_t
wdma_size_1(const struct rkg_at *at)
{
	return FLD(DPU, WDMA_SIZE_1, HEIGHT_WDMA, at->map->rows - 1) |
	       FLD(DPU, WDMA_SIZE_1, WIDTH_WDMA, at->map->op->out_w - 1);
}

/* fp16 leaves as fp16 of scale one; what is copied as it is, is not scaled. */
static uint32_t
out_cvt_scale(const struct rkg_at *at)
{
	return at->map->op->int8 || is(at, RKR_OP_UPSAMPLE) ? 1 : 0x10001;
}

/* ---- DPU_RDMA */

static uint32_t
in_width(const struct rkg_at *at)
{
	return at->map->op->in_w - 1;
}

/* fp32 has twice as many surfaces of one size. */
static bool
reads_fp32(const struct rkg_at *at)
{
	return is(at, RKR_OP_TO_FP16);
}

static uint32_t
src_base_addr(const struct rkg_at *at)
{
	const struct rkg_map *m = at->map;

	return m->surface * in_surface(at) + m->y * m->op->in_w * RKG_ATOM_BYTES;
}

static uint32_t
ew_base_addr(const struct rkg_at *at)
{
	if (reads_fp32(at))
		return src_base_addr(at) + in_surface(at);
	return is(at, RKR_OP_ADD) ? src_base_addr(at) : 0;
}

static uint32_t
ew_surf_stride(const struct rkg_at *at)
{
	if (reads_fp32(at))
		return 2 * in_surface(at);
	if (is(at, RKR_OP_SCALE_VECTOR))
		return RKG_ATOM_BYTES; /* a map of one pixel */
	return is(at, RKR_OP_ADD) ? in_surface(at) : 0;
}

/* How often each pixel, line and so on is repeated: factor minus one, three times. */
static uint32_t
src_dma_cfg(const struct rkg_at *at)
{
	return is(at, RKR_OP_UPSAMPLE) ? 0x1000 + (at->map->op->factor - 1) * 0x249 : 0;
}

static uint32_t
surf_notch(const struct rkg_at *at)
{
	uint32_t stride = reads_fp32(at) ? 2 * in_surface(at) : in_surface(at);

	return stride - RKG_ATOM_BYTES * at->map->op->in_w * at->map->rows;
}

static uint32_t
ew_surf_notch(const struct rkg_at *at)
{
	return is(at, RKR_OP_ADD) || reads_fp32(at) ? surf_notch(at) : 0;
}

/* clang-format off */
/* Overlays always set seven [captured: 313 overlays]. */
static const struct rkg_row rows[] = {
	OF(DPU_FEATURE_MODE_CFG, feature_mode_cfg),
	OF(DPU_DATA_FORMAT, data_format),
	AT(DPU_DST_BASE_ADDR, OUTPUT, dst_base_addr),
	OF(DPU_DST_SURF_STRIDE, dst_surf_stride),
	OF(DPU_DATA_CUBE_WIDTH, out_width),
	OF(DPU_DATA_CUBE_HEIGHT, height),
	OF(DPU_DATA_CUBE_NOTCH_ADDR, notch),
	OF(DPU_DATA_CUBE_CHANNEL, channels),
	OF(DPU_BS_CFG, bs_cfg),
	GIVEN(DPU_BS_ALU_CFG, ADDEND, UINT32_MAX, 0),
	GIVEN(DPU_BS_MUL_CFG, FACTOR, 0xffff3f01, 0),
	OF(DPU_BS_OW_CFG, bs_ow_cfg),
	{ .offset = RKR_REG_DPU_WDMA_SIZE_0, ALWAYS, .value = channels_minus1 },
	{ .offset = RKR_REG_DPU_WDMA_SIZE_1, ALWAYS, .value = wdma_size_1 },
	OF(DPU_BN_CFG, bn_cfg),
	GIVEN(DPU_BN_MUL_CFG, FACTORS, 0xffff0000, 0),
	OF(DPU_EW_CFG, ew_cfg),
	GIVEN(DPU_EW_CVT_OFFSET_VALUE, INT8_SCALED, UINT32_MAX, 0),
	GIVEN(DPU_EW_CVT_SCALE_VALUE, INT8_SCALED, 0x003fffff, 1),
	GIVEN(DPU_OUT_CVT_OFFSET, INT8_SCALED, UINT32_MAX, 0),
	GIVEN_OF(DPU_OUT_CVT_SCALE, INT8_SCALED, 0xffff, out_cvt_scale),
	GIVEN(DPU_OUT_CVT_SHIFT, INT8_SCALED, 0xfff, 0),
	OF(DPU_SURFACE_ADD, out_surface),
	OF(DPU_RDMA_RDMA_DATA_CUBE_WIDTH, in_width),
	OF(DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, height),
	OF(DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, channels_minus1),
	AT(DPU_RDMA_RDMA_SRC_BASE_ADDR, INPUT, src_base_addr),
	OF(DPU_RDMA_RDMA_BRDMA_CFG, brdma_cfg),
	{ .offset = RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR, .base = RKG_BASE_BIAS, ALWAYS },
	OF(DPU_RDMA_RDMA_NRDMA_CFG, nrdma_cfg),
	{ .offset = RKR_REG_DPU_RDMA_RDMA_BN_BASE_ADDR, .base = RKG_BASE_BIAS, ALWAYS },
	OF(DPU_RDMA_RDMA_ERDMA_CFG, erdma_cfg),
	AT(DPU_RDMA_RDMA_EW_BASE_ADDR, ADDEND, ew_base_addr),
	OF(DPU_RDMA_RDMA_EW_SURF_STRIDE, ew_surf_stride),
	OF(DPU_RDMA_RDMA_FEATURE_MODE_CFG, rdma_feature_mode_cfg),
	OF(DPU_RDMA_RDMA_SRC_DMA_CFG, src_dma_cfg),
	OF(DPU_RDMA_RDMA_SURF_NOTCH, surf_notch),
	IS(DPU_RDMA_RDMA_WEIGHT, 0x01010101),
	OF(DPU_RDMA_RDMA_EW_SURF_NOTCH, ew_surf_notch),
};
/* clang-format on */

void
rkg_family_map(struct rkg_family *ret)
{
	const struct rkg_row *row = rows, *end = row + RKR_ARRAY_LEN(rows);

	*ret = (struct rkg_family){
		.int_mask = FLD(PC, INTERRUPT_MASK, DPU_0, 1) | FLD(PC, INTERRUPT_MASK, DPU_1, 1),
	};
	rkg_family_add_block(ret, RKR_REG_DPU_FEATURE_MODE_CFG, true, &row, end);
	rkg_family_add_block(ret, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, true, &row, end);
}
