/* SPDX-License-Identifier: MIT */
/* What the registers of CNA and CORE say, and what of it is not modelled. */
#include "config.h"

#include <errno.h>

#include "lib/regs-ids.h"
#include "lib/util.h"
#include "replay/emu/conv.h"

#define CONV_DIRECT 0
#define CONV_DEPTHWISE 3

/* More than any tensor of a 32-bit address space needs; keeps nonsense from taking all memory. */
#define MAX_ELEMENTS (UINT64_C(1) << 28)

static const struct rke_field must_be_zero[] = {
	RKE_FIELD_ROW(CNA, CONV_CON1, DECONV),
	RKE_FIELD_ROW(CNA, CONV_CON2, KERNEL_GROUP),
	RKE_FIELD_ROW(CNA, CONV_CON3, NN_MODE),
	RKE_FIELD_ROW(CNA, CONV_CON3, ATROUS_Y_DILATION),
	RKE_FIELD_ROW(CNA, CONV_CON3, ATROUS_X_DILATION),
	RKE_FIELD_ROW(CNA, CONV_CON3, DECONV_Y_STRIDE),
	RKE_FIELD_ROW(CNA, CONV_CON3, DECONV_X_STRIDE),
	RKE_FIELD_ROW(CNA, FC_CON0, FC_SKIP_EN),
	RKE_FIELD_ROW(CNA, DCOMP_CTRL, DECOMP_CONTROL),
};

/* CHECK(): refuse a field by its name and value. */
#define CHECK(core, condition, block, reg, field)                                   \
	do {                                                                        \
		if (!(condition))                                                   \
			return rke_refuse((core), #block "." #reg "." #field,       \
					  RKE_FIELD((core), block##_##reg, field)); \
	} while (0)

/* Precision, mode, and which of them go together. [captured, source] */
static int
configure_mode(struct rke_core *core, struct rke_conv *conv)
{
	uint32_t mode = RKE_FIELD(core, CNA_CONV_CON1, CONV_MODE);
	uint32_t precision = RKE_FIELD(core, CNA_CONV_CON1, IN_PRECISION);

	int r = rke_refuse_nonzero(core, must_be_zero, RKR_ARRAY_LEN(must_be_zero));

	if (r < 0)
		return r;
	CHECK(core, mode == CONV_DIRECT || mode == CONV_DEPTHWISE, CNA, CONV_CON1, CONV_MODE);
	CHECK(core, precision == RKE_INT8 || precision == RKE_INT16 || precision == RKE_FP16, CNA, CONV_CON1,
	      IN_PRECISION);
	CHECK(core, RKE_FIELD(core, CNA_CONV_CON1, PROC_PRECISION) == precision, CNA, CONV_CON1,
	      PROC_PRECISION);
	CHECK(core, RKE_FIELD(core, CORE_MISC_CFG, PROC_PRECISION) == precision, CORE, MISC_CFG,
	      PROC_PRECISION);
	conv->depthwise = mode == CONV_DEPTHWISE;
	CHECK(core, RKE_FIELD(core, CORE_MISC_CFG, DW_EN) == conv->depthwise, CORE, MISC_CFG, DW_EN);
	/* No layout of depthwise int16 weights is known. */
	CHECK(core, !conv->depthwise || precision != RKE_INT16, CNA, CONV_CON1, IN_PRECISION);
	conv->is_float = precision == RKE_FP16;
	conv->size = precision == RKE_INT8 ? 1 : 2;
	conv->sums = !conv->is_float && !RKE_FIELD(core, DPU_BS_OW_CFG, OD_BYPASS);
	return 0;
}

static int
configure_sizes(struct rke_core *core, struct rke_conv *conv)
{
	conv->width = RKE_FIELD(core, CNA_DATA_SIZE0, DATAIN_WIDTH);
	conv->height = RKE_FIELD(core, CNA_DATA_SIZE0, DATAIN_HEIGHT);
	/* CHANNEL_REAL says less: the vendor stores it modulo 64. [captured] */
	conv->channels = RKE_FIELD(core, CNA_DATA_SIZE1, DATAIN_CHANNEL);
	conv->kw = RKE_FIELD(core, CNA_WEIGHT_SIZE2, WEIGHT_WIDTH);
	conv->kh = RKE_FIELD(core, CNA_WEIGHT_SIZE2, WEIGHT_HEIGHT);
	conv->kernels = RKE_FIELD(core, CNA_WEIGHT_SIZE2, WEIGHT_KERNELS);
	conv->sx = RKE_FIELD(core, CNA_CONV_CON3, CONV_X_STRIDE);
	conv->sy = RKE_FIELD(core, CNA_CONV_CON3, CONV_Y_STRIDE);
	conv->pad_left = RKE_FIELD(core, CNA_PAD_CON0, PAD_LEFT);
	conv->pad_top = RKE_FIELD(core, CNA_PAD_CON0, PAD_TOP);
	conv->out_width = RKE_FIELD(core, CORE_DATAOUT_SIZE_0, DATAOUT_WIDTH) + 1;
	conv->out_height = RKE_FIELD(core, CORE_DATAOUT_SIZE_0, DATAOUT_HEIGHT) + 1;
	CHECK(core, conv->width > 0, CNA, DATA_SIZE0, DATAIN_WIDTH);
	CHECK(core, conv->height > 0, CNA, DATA_SIZE0, DATAIN_HEIGHT);
	CHECK(core, conv->channels > 0, CNA, DATA_SIZE1, DATAIN_CHANNEL);
	CHECK(core, conv->kw > 0, CNA, WEIGHT_SIZE2, WEIGHT_WIDTH);
	CHECK(core, conv->kh > 0, CNA, WEIGHT_SIZE2, WEIGHT_HEIGHT);
	CHECK(core, conv->kernels > 0, CNA, WEIGHT_SIZE2, WEIGHT_KERNELS);
	CHECK(core, conv->sx > 0, CNA, CONV_CON3, CONV_X_STRIDE);
	CHECK(core, conv->sy > 0, CNA, CONV_CON3, CONV_Y_STRIDE);
	if (conv->depthwise)
		conv->kernels = conv->channels;

	/* Known for int8 alone: others were only seen to pad with 0. */
	uint32_t pad = RKE_FIELD(core, CNA_PAD_CON1, PAD_VALUE);

	if (conv->size == 1)
		conv->pad = (int8_t)(pad & 0xff);
	else if (conv->pad_left || conv->pad_top)
		CHECK(core, pad == 0, CNA, PAD_CON1, PAD_VALUE);

	/*
	 * Kernels of 16 in fp16 and 32 in int8 lie together. [captured] fp16
	 * taps of 24 channels more than a multiple of 32 are filled up.
	 * [captured] int16 is as fp16 [source], but for that rule, which
	 * nobody saw.
	 */
	conv->kernel_group = conv->size == 1 ? 32 : 16;
	conv->weight_channels = conv->channels;
	if (conv->channels % 32 == 24 && conv->size == 2) {
		CHECK(core, conv->is_float, CNA, DATA_SIZE1, DATAIN_CHANNEL);
		conv->weight_channels += 8;
	}
	return 0;
}

/* Where features lie. Formula: derived from all captured and published producers. [captured] */
static int
configure_memory(struct rke_core *core, struct rke_conv *conv)
{
	uint32_t argb = RKE_FIELD(core, CNA_CONV_CON1, ARGB_IN);
	uint32_t nonalign = RKE_FIELD(core, CNA_CONV_CON1, NONALIGN_DMA);
	uint32_t surf = RKE_FIELD(core, CNA_DMA_CON2, SURF_STRIDE);

	CHECK(core, argb == 0 || (argb >= 8 && argb <= 11), CNA, CONV_CON1, ARGB_IN);
	CHECK(core, nonalign == (argb != 0), CNA, CONV_CON1, NONALIGN_DMA);
	conv->packed = argb ? argb - 7 : 0;
	conv->unit = conv->packed ? conv->packed * conv->size : RKE_ATOM;
	conv->group_lines = RKE_FIELD(core, CNA_CONV_CON1, GROUP_LINE_OFF) ? 1 : 4;
	conv->line_stride = RKE_FIELD(core, CNA_DMA_CON1, LINE_STRIDE);
	conv->line_width = RKE_FIELD(core, CNA_FC_DATA_SIZE0, DMA_WIDTH);
	if (conv->line_width == 0) {
		/*
		 * Streams that no board ran leave DMA's width out and count
		 * surfaces differently. [inferred from what they expect]
		 */
		conv->line_width = conv->width;
		conv->surface_stride = (int64_t)conv->width * conv->height;
	} else {
		/* The gap from the end of a group of lines to the next surface, 28 bits with a sign. */
		conv->surface_stride = (int64_t)conv->group_lines * conv->line_width +
				       ((int64_t)((uint64_t)surf << 36) >> 36);
	}
	conv->base = rke_reg(core, RKR_REG_CNA_FEATURE_DATA_ADDR);
	conv->weights = rke_reg(core, RKR_REG_CNA_DCOMP_ADDR0);
	return 0;
}

static int
configure_cvt(struct rke_core *core, struct rke_conv *conv)
{
	static const struct {
		uint16_t reg;
		uint8_t truncate;
	} lanes[4] = {
		{ RKR_REG_CNA_CVT_CON1, RKR_FLD_CNA_CVT_CON0_CVT_TRUNCATE_0_SHIFT },
		{ RKR_REG_CNA_CVT_CON2, RKR_FLD_CNA_CVT_CON0_CVT_TRUNCATE_1_SHIFT },
		{ RKR_REG_CNA_CVT_CON3, RKR_FLD_CNA_CVT_CON0_CVT_TRUNCATE_2_SHIFT },
		{ RKR_REG_CNA_CVT_CON4, RKR_FLD_CNA_CVT_CON0_CVT_TRUNCATE_3_SHIFT },
	};
	struct rke_cvt *cvt = &conv->cvt;
	uint32_t con0 = rke_reg(core, RKR_REG_CNA_CVT_CON0);

	/* Only int8 first layers were seen to convert. One that nobody set up does nothing. [inferred] */
	if (RKE_FIELD(core, CNA_CVT_CON0, CVT_BYPASS) || !rke_reg_written(core, RKR_REG_CNA_CVT_CON0))
		return 0;
	CHECK(core, conv->packed && conv->size == 1, CNA, CVT_CON0, CVT_BYPASS);
	cvt->on = true;
	cvt->add_first = RKE_FIELD(core, CNA_CVT_CON0, CVT_TYPE);
	cvt->half_up = RKE_FIELD(core, CNA_CVT_CON0, ROUND_TYPE);
	cvt->is_signed = RKE_FIELD(core, CNA_CVT_CON0, DATA_SIGN);
	for (unsigned i = 0; i < 4; i++) {
		uint32_t con = rke_reg(core, lanes[i].reg);

		cvt->scale[i] = (int16_t)(con >> RKR_FLD_CNA_CVT_CON1_CVT_SCALE0_SHIFT & 0xffff);
		cvt->offset[i] = (int16_t)(con >> RKR_FLD_CNA_CVT_CON1_CVT_OFFSET0_SHIFT & 0xffff);
		cvt->truncate[i] = con0 >> lanes[i].truncate & RKR_FLD_CNA_CVT_CON0_CVT_TRUNCATE_0_MASK;
	}
	return 0;
}

static bool
too_many(uint64_t a, uint64_t b, uint64_t c, uint64_t limit)
{
	uint64_t n;

	return __builtin_mul_overflow(a, b, &n) || __builtin_mul_overflow(n, c, &n) || n > limit;
}

/* What laying out the features moves: whole lines are read, and rows are written with what is around them. */
static uint64_t
input_bytes(const struct rke_conv *conv)
{
	uint64_t lines = conv->rows < conv->height ? conv->rows : conv->height;
	uint64_t surfaces = conv->packed ? 1 : rkr_div_up(conv->channels, RKE_ATOM / conv->size);

	return lines * surfaces * conv->width * conv->unit +
	       (uint64_t)conv->rows * conv->row_pixels * conv->pitch * sizeof(float);
}

/* How features are laid out, and whether all of it can be had. */
static int
configure_layout(struct rke_core *core, struct rke_conv *conv)
{
	uint64_t taps = (uint64_t)conv->kw * conv->kh;
	uint64_t pixels = (uint64_t)conv->out_width * conv->out_height;
	uint64_t kernels = conv->depthwise ? 1 : conv->kernels, weights, macs;

	conv->rows = (conv->out_height - 1) * conv->sy + conv->kh;
	conv->row_pixels = (conv->out_width - 1) * conv->sx + conv->kw;
	conv->pitch = (uint32_t)rkr_align_up(conv->channels, conv->depthwise ? RKE_KERNELS : 8);
	if (too_many(conv->rows, conv->row_pixels, conv->pitch, MAX_ELEMENTS))
		return rke_refuse(core, "an input as large as CORE.DATAOUT_SIZE_0",
				  rke_reg(core, RKR_REG_CORE_DATAOUT_SIZE_0));
	if (too_many(pixels, conv->kernels, 1, MAX_ELEMENTS))
		return rke_refuse(core, "an output as large as CORE.DATAOUT_SIZE_0",
				  rke_reg(core, RKR_REG_CORE_DATAOUT_SIZE_0));
	if (too_many(taps, conv->weight_channels, kernels * conv->size, UINT32_MAX))
		return rke_refuse(core, "weights as many as CNA.WEIGHT_SIZE2",
				  rke_reg(core, RKR_REG_CNA_WEIGHT_SIZE2));
	/* No overflow: 2^28 pixels at most, 2^10 taps, 2^14 kernels, and 2^32 bytes of weights. */
	weights = taps * conv->weight_channels * kernels * conv->size;
	macs = pixels * taps * conv->channels;
	conv->macs = macs * kernels;
	return rke_spend(core, conv->macs + (conv->sums ? macs : 0) + weights + input_bytes(conv),
			 "CNA.WEIGHT_SIZE2", rke_reg(core, RKR_REG_CNA_WEIGHT_SIZE2));
}

int
rke_conv_configure(struct rke_core *core, struct rke_conv *ret_conv)
{
	struct rke_conv conv = { 0 };
	int r = configure_mode(core, &conv);

	if (r == 0)
		r = configure_sizes(core, &conv);
	if (r == 0)
		r = configure_memory(core, &conv);
	if (r == 0)
		r = configure_cvt(core, &conv);
	if (r == 0)
		r = configure_layout(core, &conv);
	if (r < 0)
		return r;
	*ret_conv = conv;
	return 0;
}
