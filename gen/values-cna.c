/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "geometry.h"
#include "lib/util.h"
#include "rows.h"

/* What CNA and CORE are set to: how input and weights are fetched and multiplied. */

/*
 * Unless a row says otherwise, a value is that of 627 of 627 captured tiles
 * of single convolutions, of which 57 show every register, and of 2687 of
 * 2688 tiles of networks, which show all.
 */

#define PRECISION_FP16 2 /* [captured, TRM] */

static uint32_t
precision(const struct rkg_at *at)
{
	return is_int8(at) ? 0 : PRECISION_FP16;
}

static uint32_t
conv_con1(const struct rkg_at *at)
{
	uint32_t v = FLD(CNA, CONV_CON1, PROC_PRECISION, precision(at)) |
		     FLD(CNA, CONV_CON1, IN_PRECISION, precision(at)) |
		     FLD(CNA, CONV_CON1, CONV_MODE, at->g->depthwise ? MODE_DEPTHWISE : 0);

	/* Packed pixels; 8 is one channel, 9 two, and so on [captured: 5 stems]. */
	if (at->g->stem)
		v |= FLD(CNA, CONV_CON1, NONALIGN_DMA, 1) | FLD(CNA, CONV_CON1, GROUP_LINE_OFF, 1) |
		     FLD(CNA, CONV_CON1, ARGB_IN, 7 + at->g->shape.in_c);
	return v;
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
	/*
	 * The first field is the tile's last channel before padding, modulo 64 [captured: 687
	 * of 687, 2688].
	 */
	uint32_t real = at->g->shape.in_c - at->t->c;

	real = real < at->t->cc ? real : at->t->cc;
	return FLD(CNA, DATA_SIZE1, DATAIN_CHANNEL_REAL, (real - 1) % 64) |
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
	/* Of packed pixels the register counts the whole tile [captured: 381 of 381]. */
	return at->g->stem ? at->g->shape.in_w * at->t->in_rows : rkg_line_entries(at->g, at->t->cc);
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

	/* Packed pixels have no surfaces, and no channels but their own. */
	if (at->g->stem)
		return at->t->in_y * s->in_w * s->in_c * at->g->elem_bytes;
	return at->t->in_y * s->in_w * RKG_ATOM_BYTES + at->t->c / at->g->atom_channels * at->g->in_surface;
}

static uint32_t
dma_con1(const struct rkg_at *at)
{
	/* Lines are fetched by four, those of packed pixels one by one. */
	return at->g->stem ? at->g->shape.in_w : 4 * at->g->shape.in_w;
}

static uint32_t
dma_con2(const struct rkg_at *at)
{
	const struct rkg_shape *s = &at->g->shape;

	if (at->g->stem)
		return FLD(CNA, DMA_CON2, SURF_STRIDE, s->in_w * (s->in_h - 1));
	/* From the end of the first four lines to the next surface: below zero if there are fewer lines. */
	return FLD(CNA, DMA_CON2, SURF_STRIDE, at->g->in_surface / RKG_ATOM_BYTES - 4 * s->in_w);
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

/* ---- CORE */

static uint32_t
misc_cfg(const struct rkg_at *at)
{
	/* int8 sums its input too, for the zero points of the weights. */
	return FLD(CORE, MISC_CFG, PROC_PRECISION, precision(at)) |
	       FLD(CORE, MISC_CFG, DW_EN, at->g->depthwise) | FLD(CORE, MISC_CFG, QD_EN, is_int8(at));
}

static uint32_t
dataout_size_0(const struct rkg_at *at)
{
	return FLD(CORE, DATAOUT_SIZE_0, DATAOUT_HEIGHT, at->t->rows - 1) |
	       FLD(CORE, DATAOUT_SIZE_0, DATAOUT_WIDTH, at->g->out_w - 1);
}

/* clang-format off */
/*
 * Overlays: the twelve that each sets, and "changed" for the rest, are proven
 * on 1320 overlays of five compiled models [captured].
 */
static const struct rkg_row rows[] = {
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
	AT(CNA_FEATURE_DATA_ADDR, INPUT, feature_addr),
	IS(CNA_DMA_CON0, 0xf000f), /* bursts of 16 [captured: 57 of 57] */
	OF(CNA_DMA_CON1, dma_con1),
	OF(CNA_DMA_CON2, dma_con2),
	{ .offset = RKR_REG_CNA_FC_DATA_SIZE0, ALWAYS, .value = fc_data_size0 },
	{ .offset = RKR_REG_CNA_FC_DATA_SIZE1, ALWAYS, .value = fc_data_size1 },
	{ .offset = RKR_REG_CNA_DCOMP_CTRL, NEVER },
	{ .offset = RKR_REG_CNA_DCOMP_REGNUM, NEVER },
	AT(CNA_DCOMP_ADDR0, WEIGHT, dcomp_addr0),
	GIVEN(CNA_PAD_CON1, INT8, UINT32_MAX, 0), /* the input's zero point */
	OF(CORE_MISC_CFG, misc_cfg),
	OF(CORE_DATAOUT_SIZE_0, dataout_size_0),
	OF(CORE_DATAOUT_SIZE_1, out_channels_minus1),
};
/* clang-format on */

const struct rkg_row *
rkg_rows_cna(size_t *ret_n)
{
	*ret_n = RKR_ARRAY_LEN(rows);
	return rows;
}
