/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>

#include "layers-priv.h"
#include "lib/util.h"

/* Convolutions: one product after the other, in double precision. */

enum { DIRECT = 0, DEPTHWISE = 3 };

/* Pieces of up to 64 products in 24 digits: 8 times the error of one addition is far out. */
#define SUM_NOISE 0x1p-21

bool
rkx_layer_conv_of(struct rkx_layer_task *t, struct rkx_conv_layer *ret)
{
	uint32_t mode = BITS(t, CNA_CONV_CON1, CONV_MODE), precision = BITS(t, CNA_CONV_CON1, IN_PRECISION);
	uint32_t argb = BITS(t, CNA_CONV_CON1, ARGB_IN);
	struct rkx_conv_layer v = {
		.number = (enum rkx_number)precision,
		.depthwise = mode == DEPTHWISE,
		.c = BITS(t, CNA_DATA_SIZE1, DATAIN_CHANNEL),
		.w = BITS(t, CNA_DATA_SIZE0, DATAIN_WIDTH),
		.h = BITS(t, CNA_DATA_SIZE0, DATAIN_HEIGHT),
		.kw = BITS(t, CNA_WEIGHT_SIZE2, WEIGHT_WIDTH),
		.kh = BITS(t, CNA_WEIGHT_SIZE2, WEIGHT_HEIGHT),
		.k = mode == DEPTHWISE ? BITS(t, CNA_DATA_SIZE1, DATAIN_CHANNEL)
				       : BITS(t, CNA_WEIGHT_SIZE2, WEIGHT_KERNELS),
		.stride_x = BITS(t, CNA_CONV_CON3, CONV_X_STRIDE),
		.stride_y = BITS(t, CNA_CONV_CON3, CONV_Y_STRIDE),
		/* ARGB_IN is the number of channels and 7. [captured: stems of 3 networks] */
		.pixel_c = argb > 7 ? argb - 7 : 0,
		.lines = BITS(t, CNA_CONV_CON1, GROUP_LINE_OFF) ? 1 : 4,
		.line_width = BITS(t, CNA_FC_DATA_SIZE0, DMA_WIDTH),
		.line_stride = BITS(t, CNA_DMA_CON1, LINE_STRIDE),
		.left = BITS(t, CNA_PAD_CON0, PAD_LEFT),
		.top = BITS(t, CNA_PAD_CON0, PAD_TOP),
		.features = rkx_layer_window(t, VALUE(t, CNA_FEATURE_DATA_ADDR)),
		.weights = rkx_layer_window(t, VALUE(t, CNA_DCOMP_ADDR0)),
	};

	if (mode != DIRECT && mode != DEPTHWISE)
		t->why = "CNA.CONV_CON1.CONV_MODE";
	else if (precision != RKX_INT8 && precision != RKX_FP16)
		t->why = "CNA.CONV_CON1.IN_PRECISION";
	else if (precision != BITS(t, CNA_CONV_CON1, PROC_PRECISION))
		t->why = "CNA.CONV_CON1.PROC_PRECISION";
	else if (!BITS(t, CNA_CVT_CON0, CVT_BYPASS))
		t->why = "CNA.CVT_CON0.CVT_BYPASS: pixels that are converted";
	else if (!v.c || !v.w || !v.h || !v.kw || !v.kh || !v.k || !v.line_width)
		t->why = "CNA.DATA_SIZE0: a size is 0";
	if (t->why)
		return false;
	v.unit = v.pixel_c ? v.pixel_c * rkx_number_size(v.number) : RKX_LAYER_ATOM;
	/* DMA_CON2 is the gap behind a group of lines: 28 bits with a sign. [captured: 7 shapes, 2300 tiles] */
	v.surface_stride =
		(int64_t)v.lines * v.line_width + ((int32_t)(BITS(t, CNA_DMA_CON2, SURF_STRIDE) << 4) >> 4);
	/* fp16 has no value but 0 around it; int8 has its zero point. [captured] */
	v.pad = v.number == RKX_INT8 ? (int8_t)BITS(t, CNA_PAD_CON1, PAD_VALUE) : 0;
	*ret = v;
	return true;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Where a weight lies: groups of 16 kernels (int8: 32), slices of 32 channels,
 * taps, kernel by kernel; depthwise: slices (int8: of 64), taps. Of 24
 * channels past a multiple of 32, fp16 stores 32. [captured: 53 layers direct,
 * 20 depthwise; inferred: depthwise int8 of more than 64 channels]
 */
static uint64_t
weight_offset(const struct rkx_conv_layer *v, uint64_t k, uint64_t tap, uint64_t ch)
{
	uint64_t size = rkx_number_size(v->number), group = v->number == RKX_INT8 ? 32 : 16;
	uint64_t slice = v->depthwise && v->number == RKX_INT8 ? 64 : 32, taps = (uint64_t)v->kw * v->kh;
	uint64_t stored = v->number == RKX_FP16 && v->c % 32 == 24 ? v->c + 8 : v->c;
	uint64_t k0 = v->depthwise ? 0 : k / group * group,
		 kernels = v->depthwise ? 1 : least(group, v->k - k0);
	uint64_t c0 = ch / slice * slice, n = least(slice, stored - c0), kk = v->depthwise ? 0 : k - k0;

	return size * (k0 * taps * stored + c0 * taps * kernels + (tap * kernels + kk) * n + ch - c0);
}

/* addr(c, y, x): lines stand in groups, groups in surfaces. [captured: every producer at hand] */
static double
feature(struct rkx_layer_task *t, const struct rkx_conv_layer *v, uint32_t y, uint32_t x, uint32_t ch)
{
	uint32_t size = rkx_number_size(v->number), lanes = RKX_LAYER_ATOM / size;
	uint32_t surface = v->pixel_c ? 0 : ch / lanes, lane = v->pixel_c ? ch : ch % lanes;
	int64_t at = surface * v->surface_stride + (int64_t)(y / v->lines) * v->line_stride +
		     (int64_t)(y % v->lines) * v->line_width + x;

	/* Channels of padding: weights of them are 0. */
	if (v->pixel_c && ch >= v->pixel_c)
		return 0;
	if (at < 0) {
		t->missing = true;
		return 0;
	}
	return rkx_layer_number(t, &v->features, v->number, (uint64_t)at * v->unit + lane * size);
}

struct rkx_span
rkx_layer_conv_sum(struct rkx_layer_task *t, const struct rkx_conv_layer *v, uint32_t k, uint32_t y,
		   uint32_t x, double *ret_inputs)
{
	double sum = 0, absolute = 0, inputs = 0;
	uint32_t from = v->depthwise ? k : 0, to = v->depthwise ? k + 1 : v->c;

	for (uint32_t ky = 0; ky < v->kh; ky++)
		for (uint32_t kx = 0; kx < v->kw; kx++) {
			int64_t iy = (int64_t)y * v->stride_y + ky - v->top;
			int64_t ix = (int64_t)x * v->stride_x + kx - v->left;
			bool outside = iy < 0 || ix < 0 || iy >= v->h || ix >= v->w;

			for (uint32_t ch = from; ch < to; ch++) {
				double in = outside ? v->pad : feature(t, v, (uint32_t)iy, (uint32_t)ix, ch);
				double term =
					in *
					rkx_layer_number(t, &v->weights, v->number,
							 weight_offset(v, k, (uint64_t)ky * v->kw + kx, ch));

				sum += term;
				absolute += fabs(term);
				inputs += in;
			}
		}
	*ret_inputs = inputs;
	if (v->number == RKX_INT8)
		return (struct rkx_span){ sum, sum };
	return (struct rkx_span){ sum - absolute * SUM_NOISE, sum + absolute * SUM_NOISE };
}
