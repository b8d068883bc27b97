/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "values.h"

#include "lib/regs-ids.h"
#include "lib/regs.h"
#include "lib/util.h"
#include "map.h"
#include "rows.h"

/* clang-format off */
/* Copies 32 channels of one int8 pixel in the scratch area [captured: all separators of 7 windows]. */
static const struct rkg_row separator_rows[] = {
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

void
rkg_family_add_block(struct rkg_family *f, uint16_t any_offset, bool pointer, const struct rkg_row **row,
		     const struct rkg_row *end)
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
			c->gift = (*row)->gift;
			c->given = (*row)->given;
			c->constant = (*row)->constant;
			c->value = (*row)->value;
			++*row;
		}
		f->n_cells++;
	}
}

void
rkg_family_conv(struct rkg_family *ret, const struct rkg_geometry *g)
{
	size_t n_cna, n_dpu;
	const struct rkg_row *cna = rkg_rows_cna(&n_cna), *cna_end = cna + n_cna;
	const struct rkg_row *dpu = rkg_rows_dpu(&n_dpu), *dpu_end = dpu + n_dpu;

	*ret = (struct rkg_family){
		.int_mask = FLD(PC, INTERRUPT_MASK, DPU_0, 1) | FLD(PC, INTERRUPT_MASK, DPU_1, 1),
	};
	/* CNA's and CORE's pointers are set by the driver [source]. */
	rkg_family_add_block(ret, RKR_REG_CNA_CONV_CON1, false, &cna, cna_end);
	rkg_family_add_block(ret, RKR_REG_CORE_MISC_CFG, false, &cna, cna_end);
	rkg_family_add_block(ret, RKR_REG_DPU_FEATURE_MODE_CFG, true, &dpu, dpu_end);
	if (g->shape.bias)
		rkg_family_add_block(ret, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, true, &dpu, dpu_end);
	for (size_t i = 0; i < RKR_ARRAY_LEN(conv_lead); i++)
		for (size_t c = 0; c < ret->n_cells; c++)
			if (ret->cells[c].offset == conv_lead[i])
				ret->lead[ret->n_lead++] = (uint8_t)c;
	for (size_t i = 0; i < ret->n_pointers && g->shape.lut != RKG_LUT_NONE; i++)
		ret->pointers[i].constant = POINTER_VALUE_LUT;
	/*
	 * The overlays of packed pixels set all of CNA [captured: 61 of 64 overlays; the others
	 * change all of it].
	 */
	for (size_t c = 0; c < ret->n_cells && g->stem; c++)
		if (ret->cells[c].target == RKR_TARGET_CNA)
			ret->cells[c].overlay = RKG_OVERLAY_ALWAYS;
}

void
rkg_family_separator(struct rkg_family *ret, const struct rkg_geometry *g)
{
	const struct rkg_row *row = separator_rows, *end = row + RKR_ARRAY_LEN(separator_rows);
	uint32_t scratch = (uint32_t)rkr_align_up(g->weight_bytes, RKG_WEIGHT_ALIGN);

	*ret = (struct rkg_family){
		.int_mask = FLD(PC, INTERRUPT_MASK, PPU_0, 1) | FLD(PC, INTERRUPT_MASK, PPU_1, 1),
	};
	rkg_family_add_block(ret, RKR_REG_PPU_DATA_CUBE_IN_WIDTH, true, &row, end);
	rkg_family_add_block(ret, RKR_REG_PPU_RDMA_RDMA_CUBE_IN_WIDTH, true, &row, end);
	for (size_t i = 0; i < ret->n_cells; i++)
		if (ret->cells[i].base == RKG_BASE_WEIGHT)
			ret->cells[i].constant += scratch;
}

void
rkg_at_init(struct rkg_at *ret_at, const struct rkg_plan *plan, const struct rkg_tile *tile,
	    const struct rkg_given *given)
{
	const struct rkg_geometry *g = &plan->geometry;

	*ret_at = (struct rkg_at){
		.given = given,
		.g = g,
		.t = tile,
		.split = plan->groups[tile->group].split,
		.kernel_bytes = rkg_kernel_bytes(g, tile->cc),
		.out_channels = (uint32_t)rkr_align_up(tile->kc, g->out_c_unit),
	};
}

bool
rkg_cell_is_given(const struct rkg_cell *cell, const struct rkg_at *at)
{
	const struct rkg_shape *s = at->map ? NULL : &at->g->shape;
	const bool whose[] = {
		[RKG_GIFT_NONE] = false,
		[RKG_GIFT_INT8] = s && s->precision == RKG_INT8,
		[RKG_GIFT_INT8_ADD] = s && s->precision == RKG_INT8 && s->add,
		[RKG_GIFT_LUT] = s && s->lut != RKG_LUT_NONE,
		[RKG_GIFT_INT8_SCALED] = at->map && rkg_map_is_scaled(at->map),
		[RKG_GIFT_INT8_AVERAGE] = at->map && at->map->op->int8 && at->map->op->average,
		[RKG_GIFT_ADDEND] = at->map && rkg_map_has_addend(at->map),
		[RKG_GIFT_FACTOR] = at->map && rkg_map_has_factor(at->map),
		[RKG_GIFT_FACTORS] = at->map && at->map->op->kind == RKR_OP_TO_FP16,
	};

	return whose[cell->gift];
}

uint32_t
rkg_cell_value(const struct rkg_cell *cell, const struct rkg_at *at)
{
	uint32_t v = cell->value ? cell->value(at) : cell->constant;

	/* To layers without, nothing is given. */
	if (!cell->gift || !at->given || !rkg_cell_is_given(cell, at))
		return v;
	for (size_t i = 0; i < at->given->n; i++)
		if (at->given->v[i].offset == cell->offset)
			return (v & ~cell->given) | (at->given->v[i].value & cell->given);
	return v;
}
