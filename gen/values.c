/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "values.h"

#include "lib/regs-ids.h"
#include "lib/regs.h"
#include "lib/util.h"

/* A value in the place of a field. */
#define FLD(block, reg, field, v)                                 \
	(((uint32_t)(v)&RKR_FLD_##block##_##reg##_##field##_MASK) \
	 << RKR_FLD_##block##_##reg##_##field##_SHIFT)

/*
 * Unless a row says otherwise, a value is that of 627 of 627 captured tiles,
 * of which 57 show every register.
 */

/* ---- CNA */

#define PRECISION_FP16 2 /* [captured, TRM] */
#define MODE_DEPTHWISE 3 /* [captured, TRM] */

static uint32_t
conv_con1(const struct rkg_at *at)
{
	return FLD(CNA, CONV_CON1, PROC_PRECISION, PRECISION_FP16) |
	       FLD(CNA, CONV_CON1, IN_PRECISION, PRECISION_FP16) |
	       FLD(CNA, CONV_CON1, CONV_MODE, at->g->depthwise ? MODE_DEPTHWISE : 0);
}

static uint32_t
conv_con2(const struct rkg_at *at)
{
	/* By cores of the program and by split: 1 and 2 for rows, 4 and 5 for kernels; 0 on one core. */
	uint32_t code = at->t->group ? at->t->group + (at->split == RKG_SPLIT_K ? 3u : 0u) : 0;

	return FLD(CNA, CONV_CON2, CORE_SPLIT, code) | FLD(CNA, CONV_CON2, FEATURE_GRAINS, at->t->grains);
}

static uint32_t
conv_con3(const struct rkg_at *at)
{
	return FLD(CNA, CONV_CON3, CONV_Y_STRIDE, at->g->shape.stride) |
	       FLD(CNA, CONV_CON3, CONV_X_STRIDE, at->g->shape.stride);
}

static uint32_t
data_size0(const struct rkg_at *at)
{
	return FLD(CNA, DATA_SIZE0, DATAIN_WIDTH, at->g->shape.in_w) |
	       FLD(CNA, DATA_SIZE0, DATAIN_HEIGHT, at->t->in_rows);
}

static uint32_t
data_size1(const struct rkg_at *at)
{
	/* The second field is the tile's last channel, modulo 64 [captured: 687 of 687]. */
	return FLD(CNA, DATA_SIZE1, DATAIN_CHANNEL_REAL, (at->t->cc - 1) % 64) |
	       FLD(CNA, DATA_SIZE1, DATAIN_CHANNEL, at->t->cc);
}

static uint32_t
data_size2(const struct rkg_at *at)
{
	return at->g->out_w;
}

static uint32_t
data_size3(const struct rkg_at *at)
{
	return at->g->out_w * at->t->rows;
}

static uint32_t
weight_size0(const struct rkg_at *at)
{
	return at->g->depthwise ? at->kernel_bytes : at->kernel_bytes * at->t->kc;
}

static uint32_t
weight_size1(const struct rkg_at *at)
{
	return at->kernel_bytes;
}

static uint32_t
weight_size2(const struct rkg_at *at)
{
	return FLD(CNA, WEIGHT_SIZE2, WEIGHT_WIDTH, at->g->shape.kw) |
	       FLD(CNA, WEIGHT_SIZE2, WEIGHT_HEIGHT, at->g->shape.kh) |
	       FLD(CNA, WEIGHT_SIZE2, WEIGHT_KERNELS, at->g->depthwise ? 1 : at->t->kc);
}

static uint32_t
cbuf_con0(const struct rkg_at *at)
{
	return FLD(CNA, CBUF_CON0, WEIGHT_REUSE, at->t->reuse) |
	       FLD(CNA, CBUF_CON0, WEIGHT_BANK, at->t->weight_banks) |
	       FLD(CNA, CBUF_CON0, DATA_BANK, at->t->data_banks);
}

static uint32_t
cbuf_con1(const struct rkg_at *at)
{
	return rkg_line_entries(at->g, at->t->cc);
}

static uint32_t
pad_con0(const struct rkg_at *at)
{
	return FLD(CNA, PAD_CON0, PAD_LEFT, at->g->shape.pad_left) |
	       FLD(CNA, PAD_CON0, PAD_TOP, at->t->pad_top);
}

static uint32_t
feature_addr(const struct rkg_at *at)
{
	const struct rkg_shape *s = &at->g->shape;

	return (at->t->in_y + at->t->c / at->g->atom_channels * s->in_h) * s->in_w * RKG_ATOM_BYTES;
}

static uint32_t
dma_con1(const struct rkg_at *at)
{
	return 4 * at->g->shape.in_w; /* lines are fetched by four */
}

static uint32_t
dma_con2(const struct rkg_at *at)
{
	/* From the end of the first four lines to the next surface: below zero if there are fewer lines. */
	return FLD(CNA, DMA_CON2, SURF_STRIDE, at->g->shape.in_w * (at->g->shape.in_h - 4));
}

static uint32_t
fc_data_size0(const struct rkg_at *at)
{
	return FLD(CNA, FC_DATA_SIZE0, DMA_WIDTH, at->g->shape.in_w) |
	       FLD(CNA, FC_DATA_SIZE0, DMA_HEIGHT, at->t->in_rows);
}

static uint32_t
fc_data_size1(const struct rkg_at *at)
{
	return at->t->cc;
}

static uint32_t
dcomp_addr0(const struct rkg_at *at)
{
	const struct rkg_shape *s = &at->g->shape;

	/* Depthwise: earlier c-tiles are whole multiples of 32 channels, which are stored unpadded. */
	return at->t->k * (at->g->depthwise ? s->kh * s->kw * at->g->elem_bytes : at->kernel_bytes);
}

/* ---- CORE and DPU */

static uint32_t
misc_cfg(const struct rkg_at *at)
{
	return FLD(CORE, MISC_CFG, PROC_PRECISION, PRECISION_FP16) |
	       FLD(CORE, MISC_CFG, DW_EN, at->g->depthwise);
}

static uint32_t
dataout_size_0(const struct rkg_at *at)
{
	return FLD(CORE, DATAOUT_SIZE_0, DATAOUT_HEIGHT, at->t->rows - 1) |
	       FLD(CORE, DATAOUT_SIZE_0, DATAOUT_WIDTH, at->g->out_w - 1);
}

static uint32_t
out_channels_minus1(const struct rkg_at *at)
{
	return at->out_channels - 1;
}

static uint32_t
feature_mode_cfg(const struct rkg_at *at)
{
	return FLD(DPU, FEATURE_MODE_CFG, BURST_LEN, 15) | FLD(DPU, FEATURE_MODE_CFG, OUTPUT_MODE, 2) |
	       FLD(DPU, FEATURE_MODE_CFG, CONV_MODE, at->g->depthwise ? MODE_DEPTHWISE : 0);
}

static uint32_t
dst_base_addr(const struct rkg_at *at)
{
	return at->t->k / at->g->atom_channels * at->g->out_surface +
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
	return g->out_c_unit / g->atom_channels;
}

static uint32_t
bs_ow_cfg(const struct rkg_at *at)
{
	uint32_t e = surfaces_of_unit(at->g) - 1;

	return FLD(DPU, BS_OW_CFG, SIZE_E_2, e) | FLD(DPU, BS_OW_CFG, SIZE_E_1, e) |
	       FLD(DPU, BS_OW_CFG, SIZE_E_0, e) | FLD(DPU, BS_OW_CFG, OD_BYPASS, 1);
}

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

/* A row of a family's table: a register and its value, ascending offset. */
struct row {
	uint16_t offset;
	uint8_t base;
	uint8_t overlay;
	uint32_t constant;
	uint32_t (*value)(const struct rkg_at *at);
};

/* clang-format off */
#define OF(reg, fn) { .offset = RKR_REG_##reg, .value = (fn) }
#define IS(reg, v) { .offset = RKR_REG_##reg, .constant = (v) }
#define ALWAYS .overlay = RKG_OVERLAY_ALWAYS
#define NEVER .overlay = RKG_OVERLAY_NEVER

/*
 * Overlays: the twelve that each sets, and "changed" for the rest, are proven
 * on 1320 overlays of five compiled models [captured].
 */
static const struct row conv_rows[] = {
	{ .offset = RKR_REG_CNA_CONV_CON1, NEVER, .value = conv_con1 },
	OF(CNA_CONV_CON2, conv_con2),
	OF(CNA_CONV_CON3, conv_con3),
	OF(CNA_DATA_SIZE0, data_size0),
	OF(CNA_DATA_SIZE1, data_size1),
	OF(CNA_DATA_SIZE2, data_size2),
	OF(CNA_DATA_SIZE3, data_size3),
	OF(CNA_WEIGHT_SIZE0, weight_size0),
	OF(CNA_WEIGHT_SIZE1, weight_size1),
	OF(CNA_WEIGHT_SIZE2, weight_size2),
	OF(CNA_CBUF_CON0, cbuf_con0),
	OF(CNA_CBUF_CON1, cbuf_con1),
	/* Float input is not converted: bypass, with scales of one [captured: 57 of 57]. */
	IS(CNA_CVT_CON0, 0xb),
	IS(CNA_CVT_CON1, 0x10000),
	IS(CNA_CVT_CON2, 0x10000),
	IS(CNA_CVT_CON3, 0x10000),
	IS(CNA_CVT_CON4, 0x10000),
	OF(CNA_PAD_CON0, pad_con0),
	{ .offset = RKR_REG_CNA_FEATURE_DATA_ADDR, .base = RKG_BASE_INPUT, ALWAYS, .value = feature_addr },
	IS(CNA_DMA_CON0, 0xf000f), /* bursts of 16 [captured: 57 of 57] */
	OF(CNA_DMA_CON1, dma_con1),
	OF(CNA_DMA_CON2, dma_con2),
	{ .offset = RKR_REG_CNA_FC_DATA_SIZE0, ALWAYS, .value = fc_data_size0 },
	{ .offset = RKR_REG_CNA_FC_DATA_SIZE1, ALWAYS, .value = fc_data_size1 },
	{ .offset = RKR_REG_CNA_DCOMP_CTRL, NEVER },
	{ .offset = RKR_REG_CNA_DCOMP_REGNUM, NEVER },
	{ .offset = RKR_REG_CNA_DCOMP_ADDR0, .base = RKG_BASE_WEIGHT, ALWAYS, .value = dcomp_addr0 },
	OF(CORE_MISC_CFG, misc_cfg),
	OF(CORE_DATAOUT_SIZE_0, dataout_size_0),
	OF(CORE_DATAOUT_SIZE_1, out_channels_minus1),
	OF(DPU_FEATURE_MODE_CFG, feature_mode_cfg),
	IS(DPU_DATA_FORMAT, 0x48000002), /* fp16 in and out [captured: 57 of 57, and 444 depthwise] */
	{ .offset = RKR_REG_DPU_DST_BASE_ADDR, .base = RKG_BASE_OUTPUT, ALWAYS, .value = dst_base_addr },
	OF(DPU_DST_SURF_STRIDE, dst_surf_stride),
	OF(DPU_DATA_CUBE_WIDTH, cube_width),
	OF(DPU_DATA_CUBE_HEIGHT, cube_height),
	OF(DPU_DATA_CUBE_CHANNEL, cube_channel),
	IS(DPU_BS_CFG, 0x53), /* bypassed [captured: 57 of 57] */
	OF(DPU_BS_OW_CFG, bs_ow_cfg),
	{ .offset = RKR_REG_DPU_WDMA_SIZE_0, ALWAYS, .value = out_channels_minus1 },
	{ .offset = RKR_REG_DPU_WDMA_SIZE_1, ALWAYS, .value = wdma_size_1 },
	IS(DPU_BN_CFG, 0x53),  /* bypassed [captured: 57 of 57] */
	IS(DPU_EW_CFG, 0x383), /* bypassed [captured: 57 of 57] */
	IS(DPU_EW_CVT_SCALE_VALUE, 1),
	IS(DPU_OUT_CVT_SCALE, 0x10001), /* fp32 to fp16, scale one [captured: 57 of 57] */
	OF(DPU_SURFACE_ADD, surface_add),
};

/* Copies 32 channels of one int8 pixel in the scratch area [captured: all separators of 7 windows]. */
static const struct row separator_rows[] = {
	IS(PPU_DATA_CUBE_IN_CHANNEL, 0x1f),
	IS(PPU_DATA_CUBE_OUT_CHANNEL, 0x1f),
	IS(PPU_OPERATION_MODE_CFG, 0x11),
	{ .offset = RKR_REG_PPU_DST_BASE_ADDR, .base = RKG_BASE_WEIGHT },
	IS(PPU_DST_SURF_STRIDE, 0x10),
	IS(PPU_DATA_FORMAT, 0x10),
	IS(PPU_MISC_CTRL, 3),
	IS(PPU_RDMA_RDMA_CUBE_IN_CHANNEL, 0x1f),
	{ .offset = RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR, .base = RKG_BASE_WEIGHT, .constant = 0x400 },
	IS(PPU_RDMA_RDMA_SRC_LINE_STRIDE, 0x10),
	IS(PPU_RDMA_RDMA_SRC_SURF_STRIDE, 0x10),
	IS(PPU_RDMA_RDMA_DATA_FORMAT, 1),
};
/* clang-format on */

/* What is set first in the first two records of a list and in overlays [captured: 1320 overlays]. */
static const uint16_t conv_lead[] = {
	RKR_REG_CNA_CBUF_CON0,
	RKR_REG_CNA_DCOMP_REGNUM,
	RKR_REG_CNA_DCOMP_CTRL,
	RKR_REG_CNA_CONV_CON1,
};

/* Two register sets, written in turns [captured: all records, TRM]. */
#define POINTER_VALUE 0xe

/*
 * Registers that no record sets [captured]: the first three of each block
 * (status, set pointer, enable), which control it, and the clock gates.
 */
#define FIRST_PLAIN_REGISTER 0xc

static bool
is_set_by_records(const struct rkr_reg_block *block, const struct rkr_reg *reg)
{
	return reg->offset - block->base >= FIRST_PLAIN_REGISTER && reg->access[0] == 'R' &&
	       reg->access[1] == 'W' && reg->offset != RKR_REG_CNA_CLK_GATE &&
	       reg->offset != RKR_REG_CORE_MAC_GATING;
}

/* Add a block's registers. *row is the table's place, which moves on as its registers are met. */
static void
add_block(struct rkg_family *f, uint16_t any_offset, bool pointer, const struct row **row,
	  const struct row *end)
{
	const struct rkr_reg_block *block;

	rkr_reg_by_offset(any_offset, &block);
	f->enable_mask |= UINT32_C(1) << block->op_enable_bit;
	if (pointer)
		f->pointers[f->n_pointers++] = (struct rkg_cell){
			.target = block->qword_target,
			.offset = (uint16_t)(block->base + (RKR_REG_DPU_S_POINTER & 0xfff)),
			.constant = POINTER_VALUE,
		};
	for (size_t i = 0; i < block->n_regs; i++) {
		const struct rkr_reg *reg = &block->regs[i];
		struct rkg_cell *c = &f->cells[f->n_cells];

		if (!is_set_by_records(block, reg))
			continue;
		*c = (struct rkg_cell){ .target = block->qword_target, .offset = reg->offset };
		if (*row < end && (*row)->offset == reg->offset) {
			c->base = (*row)->base;
			c->overlay = (*row)->overlay;
			c->constant = (*row)->constant;
			c->value = (*row)->value;
			++*row;
		}
		f->n_cells++;
	}
}

void
rkg_family_conv(struct rkg_family *ret)
{
	const struct row *row = conv_rows, *end = row + RKR_ARRAY_LEN(conv_rows);

	*ret = (struct rkg_family){
		.int_mask = FLD(PC, INTERRUPT_MASK, DPU_0, 1) | FLD(PC, INTERRUPT_MASK, DPU_1, 1),
	};
	/* CNA's and CORE's pointers are set by the driver [source]. */
	add_block(ret, RKR_REG_CNA_CONV_CON1, false, &row, end);
	add_block(ret, RKR_REG_CORE_MISC_CFG, false, &row, end);
	add_block(ret, RKR_REG_DPU_FEATURE_MODE_CFG, true, &row, end);
	for (size_t i = 0; i < RKR_ARRAY_LEN(conv_lead); i++)
		for (size_t c = 0; c < ret->n_cells; c++)
			if (ret->cells[c].offset == conv_lead[i])
				ret->lead[ret->n_lead++] = (uint8_t)c;
}

void
rkg_family_separator(struct rkg_family *ret, const struct rkg_geometry *g)
{
	const struct row *row = separator_rows, *end = row + RKR_ARRAY_LEN(separator_rows);
	uint32_t scratch = (uint32_t)rkr_align_up(g->weight_bytes, RKG_WEIGHT_ALIGN);

	*ret = (struct rkg_family){
		.int_mask = FLD(PC, INTERRUPT_MASK, PPU_0, 1) | FLD(PC, INTERRUPT_MASK, PPU_1, 1),
	};
	add_block(ret, RKR_REG_PPU_DATA_CUBE_IN_WIDTH, true, &row, end);
	add_block(ret, RKR_REG_PPU_RDMA_RDMA_CUBE_IN_WIDTH, true, &row, end);
	for (size_t i = 0; i < ret->n_cells; i++)
		if (ret->cells[i].base == RKG_BASE_WEIGHT)
			ret->cells[i].constant += scratch;
}

void
rkg_at_init(struct rkg_at *ret_at, const struct rkg_plan *plan, const struct rkg_tile *tile)
{
	const struct rkg_geometry *g = &plan->geometry;

	*ret_at = (struct rkg_at){
		.g = g,
		.t = tile,
		.split = plan->groups[tile->group].split,
		.kernel_bytes = rkg_kernel_bytes(g, tile->cc),
		.out_channels = (uint32_t)rkr_align_up(tile->kc, g->out_c_unit),
	};
}
