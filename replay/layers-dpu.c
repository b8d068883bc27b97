/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>

#include "layers-priv.h"
#include "lib/util.h"

/* DPU: a sum of CNA's or a map, through BS, BN and EW, to memory. */

/* What COMB_USE says of the two readers of whole maps. [captured] */
enum { COMB_NONE = 0, COMB_MAIN = 3, COMB_OPERAND = 5 };

/* EW_ALU_ALGO; a product is MUL's. */
enum algo { MAX, MIN, SUM, QUOTIENT, DIFFERENCE, ABSOLUTE, NEGATIVE, ALGOS, PRODUCT };

/* Of integers: (v * scale >> shift) + offset, or the sum first. */
struct converter {
	bool on, sum_first;
	double scale, offset;
	unsigned shift;
};

struct ew {
	bool on, op, lut, relu, relux, each; /* @each: an operand per channel */
	enum algo algo;
	uint32_t relux_word;
	struct converter convert;
	struct rkx_map operand;
};

struct dpu {
	bool conv, is_float;
	struct rkx_conv_layer sums;
	struct rkx_map source; /* of what does not convolve */
	uint32_t w, h, k;
	bool pend_each;
	double pend;
	unsigned clip, minus_exp;
	struct rkx_stage bs, bn;
	struct ew ew;
	struct converter convert;
	enum rkx_number out;
	struct rkx_window dst;
	uint64_t pixel, line, surface, group;
	uint32_t per_group;
};

/* Fields that turn on what there is no reference for. */
static const struct {
	const char *name;
	uint16_t offset;
	uint8_t shift;
	uint32_t mask;
} unknown[] = {
/* clang-format off */
#define NO(what, block, name, field) { \
	#block "." #name "." #field what, RKR_REG_##block##_##name, \
	RKR_FLD_##block##_##name##_##field##_SHIFT, RKR_FLD_##block##_##name##_##field##_MASK }
	/* clang-format on */
	NO(": a change of layout", DPU, FEATURE_MODE_CFG, TP_EN),
	NO(": a change of layout", DPU, BS_OW_CFG, TP_ORG_EN),
	NO(": a deconvolution", CNA, CONV_CON1, DECONV),
	NO(": a deconvolution", CNA, CONV_CON3, DECONV_X_STRIDE),
	NO(": a deconvolution", CNA, CONV_CON3, DECONV_Y_STRIDE),
	NO("", CNA, CONV_CON3, NN_MODE),
	NO("", CNA, CONV_CON3, ATROUS_X_DILATION),
	NO("", CNA, CONV_CON3, ATROUS_Y_DILATION),
	NO("", DPU, FEATURE_MODE_CFG, NONALIGN),
	NO("", DPU, FEATURE_MODE_CFG, RGP_TYPE),
	NO("", DPU, BS_OW_CFG, RGP_CNTER),
	NO("", DPU, DATA_FORMAT, MC_SURF_OUT),
	NO("", DPU, DATA_CUBE_HEIGHT, MINMAX_CTL),
	NO("", DPU, EW_CFG, EW_EQUAL_EN),
	NO("", DPU, EW_CFG, EW_BINARY_EN),
	NO("", DPU, EW_CFG, EW_MUL_PRELU),
	NO("", DPU_RDMA, RDMA_ERDMA_CFG, ERDMA_NONALIGN),
	NO("", DPU_RDMA, RDMA_ERDMA_CFG, ERDMA_SURF_MODE),
#undef NO
};

static bool
is_known(struct rkx_layer_task *t)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(unknown); i++)
		if (t->reg[unknown[i].offset / 4] >> unknown[i].shift & unknown[i].mask)
			t->why = t->why ? t->why : unknown[i].name;
	return !t->why;
}

static bool
configure_source(struct rkx_layer_task *t, struct dpu *d)
{
	uint32_t number = BITS(t, DPU_RDMA_RDMA_FEATURE_MODE_CFG, IN_PRECISION);
	uint32_t comb = BITS(t, DPU_RDMA_RDMA_FEATURE_MODE_CFG, COMB_USE);

	if (number != RKX_INT8 && number != RKX_FP16 && number != RKX_FP32)
		t->why = "DPU_RDMA.RDMA_FEATURE_MODE_CFG.IN_PRECISION";
	else if (comb != COMB_NONE && comb != COMB_MAIN)
		t->why = "DPU_RDMA.RDMA_FEATURE_MODE_CFG.COMB_USE";
	d->source = (struct rkx_map){
		.number = (enum rkx_number)number,
		.base = { rkx_layer_window(t, VALUE(t, DPU_RDMA_RDMA_SRC_BASE_ADDR)),
			  rkx_layer_window(t, VALUE(t, DPU_RDMA_RDMA_EW_BASE_ADDR)) },
		.readers = comb == COMB_MAIN ? 2 : 1,
		.line = (uint64_t)RKX_LAYER_ATOM *
			(d->w + BITS(t, DPU_RDMA_RDMA_SRC_DMA_CFG, LINE_NOTCH_ADDR)),
	};
	/* The gap behind a surface is from the end of its last line. [captured: 28 copies of columns] */
	d->source.surface = d->source.line * (d->h - 1) + (uint64_t)RKX_LAYER_ATOM * d->w +
			    (VALUE(t, DPU_RDMA_RDMA_SURF_NOTCH) & ~15u);
	return !t->why;
}

/* Where EW's operand is: a map, or a value per channel, itself a map of one pixel. */
static void
configure_operand(struct rkx_layer_task *t, struct dpu *d)
{
	static const enum rkx_number floats[] = { RKX_INT8, RKX_INT8, RKX_FP16, RKX_FP32 };
	static const enum rkx_number ints[] = { RKX_INT8, RKX_INT8, RKX_INT16, RKX_INT32 };
	uint32_t size = BITS(t, DPU_RDMA_RDMA_ERDMA_CFG, ERDMA_DATA_SIZE);
	bool both = d->conv && BITS(t, DPU_RDMA_RDMA_FEATURE_MODE_CFG, COMB_USE) == COMB_OPERAND;
	uint32_t stride = VALUE(t, DPU_RDMA_RDMA_EW_SURF_STRIDE) & ~15u;
	struct rkx_window src = rkx_layer_window(t, VALUE(t, DPU_RDMA_RDMA_SRC_BASE_ADDR));
	struct rkx_window ew = rkx_layer_window(t, VALUE(t, DPU_RDMA_RDMA_EW_BASE_ADDR));
	struct rkx_map *m = &d->ew.operand;

	if (!BITS(t, DPU_EW_CFG, EW_OP_SRC))
		t->why = "DPU.EW_CFG.EW_OP_SRC: an operand in registers";
	else if (BITS(t, DPU_RDMA_RDMA_ERDMA_CFG, ERDMA_DISABLE))
		t->why = "DPU_RDMA.RDMA_ERDMA_CFG.ERDMA_DISABLE: an operand that is not fetched";
	else if (d->is_float ? size < 2 : size < 1)
		t->why = "DPU_RDMA.RDMA_ERDMA_CFG.ERDMA_DATA_SIZE";
	d->ew.each = BITS(t, DPU_RDMA_RDMA_ERDMA_CFG, ERDMA_DATA_MODE) == 0;
	*m = (struct rkx_map){
		.number = d->is_float ? floats[size] : ints[size],
		.base = { both ? src : ew, ew },
		.readers = both ? 2 : 1,
		.line = (uint64_t)RKX_LAYER_ATOM *
			(d->w + BITS(t, DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, EW_LINE_NOTCH_ADDR)),
	};
	/* Two readers take every second surface: the gap behind one tells where the next is. [captured: 478 tiles] */
	m->surface = both || (!stride && !d->ew.each)
			     ? m->line * d->h + (VALUE(t, DPU_RDMA_RDMA_EW_SURF_NOTCH) & ~15u)
		     : stride ? stride
			      : RKX_LAYER_ATOM;
}

static bool
configure_ew(struct rkx_layer_task *t, struct dpu *d)
{
	uint32_t algo = BITS(t, DPU_EW_CFG, EW_ALU_ALGO);
	struct ew *e = &d->ew;

	e->on = !BITS(t, DPU_EW_CFG, EW_BYPASS);
	e->op = e->on && !BITS(t, DPU_EW_CFG, EW_OP_BYPASS);
	e->lut = e->on && !BITS(t, DPU_EW_CFG, EW_LUT_BYPASS);
	e->relu = e->on && !BITS(t, DPU_EW_CFG, EW_RELU_BYPASS);
	e->relux = BITS(t, DPU_EW_CFG, EW_RELUX_EN);
	e->relux_word = VALUE(t, DPU_EW_RELUX_CMP_VALUE);
	e->algo = BITS(t, DPU_EW_CFG, EW_OP_TYPE) ? PRODUCT : (enum algo)algo;
	e->convert = (struct converter){
		.on = !d->is_float && !BITS(t, DPU_EW_CFG, EW_OP_CVT_BYPASS),
		.sum_first = BITS(t, DPU_EW_CFG, EW_CVT_TYPE),
		.offset = (int32_t)VALUE(t, DPU_EW_CVT_OFFSET_VALUE),
		.scale = BITS(t, DPU_EW_CVT_SCALE_VALUE, EW_OP_CVT_SCALE),
		.shift = BITS(t, DPU_EW_CVT_SCALE_VALUE, EW_OP_CVT_SHIFT),
	};
	if (e->lut && d->is_float && !rkx_layer_lut_is_known(t))
		return false;
	if (e->lut && !d->is_float)
		t->why = "DPU.EW_CFG.EW_LUT_BYPASS: a lookup of integers";
	else if (e->op && e->algo != PRODUCT && algo >= ALGOS)
		t->why = "DPU.EW_CFG.EW_ALU_ALGO";
	else if (e->op && !d->is_float && (e->algo == PRODUCT || e->algo == QUOTIENT))
		t->why = "DPU.EW_CFG.EW_OP_TYPE: a product of integers";
	else if (e->op && e->algo != ABSOLUTE && e->algo != NEGATIVE)
		configure_operand(t, d);
	return !t->why;
}

/* Of integers: CPEND and CORE's shift, before BS; OUT_CVT, behind all. */
static void
configure_integers(struct rkx_layer_task *t, struct dpu *d)
{
	d->minus_exp = d->is_float ? BITS(t, DPU_OUT_CVT_SHIFT, MINUS_EXP) : 0;
	if (d->is_float)
		return;
	d->convert = (struct converter){
		.on = true,
		.sum_first = BITS(t, DPU_OUT_CVT_SHIFT, CVT_TYPE),
		.offset = (int32_t)VALUE(t, DPU_OUT_CVT_OFFSET),
		.scale = BITS(t, DPU_OUT_CVT_SCALE, OUT_CVT_SCALE),
		.shift = BITS(t, DPU_OUT_CVT_SHIFT, OUT_CVT_SHIFT),
	};
	if (!d->conv)
		return;
	d->clip = BITS(t, CORE_CLIP_TRUNCATE, CLIP_TRUNCATE);
	if (BITS(t, DPU_BS_OW_CFG, OD_BYPASS))
		return;
	d->pend_each = BITS(t, DPU_BS_OW_CFG, OW_SRC) && d->bs.pend_bytes;
	d->pend = (int16_t)BITS(t, DPU_BS_OW_OP, OW_OP);
}

/*
 * A phase of a resize by f writes every f-th pixel of every f-th row: NOTCH is
 * the gap behind a pixel, SURFACE_ADD the way from one of its rows to the
 * next. [inferred: the phases of 14 resizes, all square, then write each atom
 * of their map once]
 */
static bool
take_phase(struct rkx_layer_task *t, struct dpu *d)
{
	uint32_t lines = BITS(t, DPU_WDMA_SIZE_1, HEIGHT_WDMA) + 1,
		 units = BITS(t, DPU_WDMA_SIZE_0, CHANNEL_WDMA) + 1;

	if (!d->group || d->w != d->h || d->w < 2 || BITS(t, DPU_WDMA_SIZE_1, WIDTH_WDMA) || lines != d->h ||
	    units != d->h * (BITS(t, DPU_DATA_CUBE_CHANNEL, CHANNEL) + 1) || d->out != RKX_INT8)
		return false;
	d->pixel += (uint64_t)RKX_LAYER_ATOM * BITS(t, DPU_DATA_CUBE_NOTCH_ADDR, NOTCH_ADDR_0);
	d->line = d->group;
	d->group = 0;
	return true;
}

/*
 * addr(k, y, x) = DST + k1 / E * SURF_ADD + k1 % E * DST_SURF_STRIDE + (y * (W
 * + NOTCH) + x) * 16, k1 being the surface. [captured: every producer at hand]
 */
static void
configure_target(struct rkx_layer_task *t, struct dpu *d)
{
	d->out = (enum rkx_number)BITS(t, DPU_DATA_FORMAT, OUT_PRECISION);
	d->dst = rkx_layer_window(t, VALUE(t, DPU_DST_BASE_ADDR));
	d->pixel = RKX_LAYER_ATOM;
	d->line = (uint64_t)RKX_LAYER_ATOM * (d->w + BITS(t, DPU_DATA_CUBE_NOTCH_ADDR, NOTCH_ADDR_0));
	d->surface = VALUE(t, DPU_DST_SURF_STRIDE) & ~15u;
	d->group = VALUE(t, DPU_SURFACE_ADD) & ~15u;
	d->per_group = BITS(t, DPU_BS_OW_CFG, SIZE_E_0) + 1;
	if (d->conv && d->sums.depthwise && VALUE(t, DPU_DATA_CUBE_NOTCH_ADDR)) {
		if (!take_phase(t, d))
			t->why = "DPU.DATA_CUBE_NOTCH_ADDR: a phase of a resize in a form that is not known";
	} else if (!d->group && (!d->surface || d->per_group > 1) &&
		   d->k > RKX_LAYER_ATOM / rkx_number_size(d->out))
		t->why = "DPU.SURFACE_ADD: surfaces that no register tells apart";
	if (d->out != RKX_INT8 && d->out != RKX_FP16 && d->out != RKX_INT32 && d->out != RKX_FP32)
		t->why = "DPU.DATA_FORMAT.OUT_PRECISION";
	if ((d->out == RKX_FP16 || d->out == RKX_FP32) != d->is_float)
		t->why = "DPU.DATA_FORMAT.OUT_PRECISION";
}

static bool
configure(struct rkx_layer_task *t, struct dpu *d)
{
	uint32_t proc = BITS(t, DPU_DATA_FORMAT, PROC_PRECISION);

	*d = (struct dpu){
		.conv = t->enable_mask & 1,
		.w = BITS(t, DPU_DATA_CUBE_WIDTH, WIDTH) + 1,
		.h = BITS(t, DPU_DATA_CUBE_HEIGHT, HEIGHT) + 1,
		.k = BITS(t, DPU_DATA_CUBE_CHANNEL, CHANNEL) + 1,
	};
	if (!is_known(t))
		return false;
	if (d->conv) {
		uint32_t original = BITS(t, DPU_DATA_CUBE_CHANNEL, ORIG_CHANNEL) + 1;

		if (!rkx_layer_conv_of(t, &d->sums))
			return false;
		/* Channels of padding come after those that are computed. */
		d->k = d->sums.k < original ? d->sums.k : original;
		d->is_float = d->sums.number == RKX_FP16;
	} else {
		/* A copy of a part: readers and WDMA have its size. [inferred: 56 copies, whose gaps fit only so] */
		if (BITS(t, DPU_RDMA_RDMA_DATA_CUBE_WIDTH, WIDTH) == BITS(t, DPU_WDMA_SIZE_1, WIDTH_WDMA) &&
		    BITS(t, DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, HEIGHT) ==
			    BITS(t, DPU_WDMA_SIZE_1, HEIGHT_WDMA)) {
			d->w = BITS(t, DPU_WDMA_SIZE_1, WIDTH_WDMA) + 1;
			d->h = BITS(t, DPU_WDMA_SIZE_1, HEIGHT_WDMA) + 1;
		}
		if (!configure_source(t, d))
			return false;
		d->is_float = d->source.number != RKX_INT8;
	}
	if (d->is_float != (proc == RKX_FP16 || proc == RKX_FP32)) {
		t->why = "DPU.DATA_FORMAT.PROC_PRECISION";
		return false;
	}
	if (!rkx_layer_stage_of(t, false, d->is_float, &d->bs) ||
	    !rkx_layer_stage_of(t, true, d->is_float, &d->bn) || !configure_ew(t, d))
		return false;
	configure_integers(t, d);
	configure_target(t, d);
	return !t->why;
}

static struct rkx_span
convert(const struct converter *c, struct rkx_span v)
{
	double add = c->sum_first ? c->offset : 0;
	struct rkx_span r = { (v.lo + add) * c->scale, (v.hi + add) * c->scale };

	if (!c->on)
		return v;
	r = rkx_span_shift(r, c->shift);
	add = c->sum_first ? 0 : c->offset;
	return (struct rkx_span){ r.lo + add, r.hi + add };
}

static struct rkx_span
operate(struct rkx_layer_task *t, const struct dpu *d, const struct rkx_result *r, struct rkx_span v)
{
	const struct ew *e = &d->ew;

	if (e->algo == NEGATIVE || (e->algo == ABSOLUTE && v.hi < 0))
		return (struct rkx_span){ -v.hi, -v.lo };
	if (e->algo == ABSOLUTE)
		return v.lo >= 0 ? v : (struct rkx_span){ 0, fmax(-v.lo, v.hi) };

	double n = e->each ? rkx_map_number(t, &e->operand, r->k, 0, 0)
			   : rkx_map_number(t, &e->operand, r->k, r->y, r->x);
	struct rkx_span o = convert(&e->convert, (struct rkx_span){ n, n });

	switch (e->algo) {
	case MAX:
		return (struct rkx_span){ fmax(v.lo, o.lo), fmax(v.hi, o.hi) };
	case MIN:
		return (struct rkx_span){ fmin(v.lo, o.lo), fmin(v.hi, o.hi) };
	case SUM:
		v = (struct rkx_span){ v.lo + o.lo, v.hi + o.hi };
		break;
	case DIFFERENCE:
		v = (struct rkx_span){ v.lo - o.hi, v.hi - o.lo };
		break;
	case PRODUCT:
		v = (struct rkx_span){ fmin(v.lo * n, v.hi * n), fmax(v.lo * n, v.hi * n) };
		break;
	default:
		v = (struct rkx_span){ fmin(v.lo / n, v.hi / n), fmax(v.lo / n, v.hi / n) };
		break;
	}
	return d->is_float ? rkx_span_widen(v) : v;
}

static struct rkx_span
result(struct rkx_layer_task *t, const struct dpu *d, const struct rkx_result *r)
{
	struct rkx_span v;

	if (d->conv) {
		double inputs;

		v = rkx_layer_conv_sum(t, &d->sums, r->k, r->y, r->x, &inputs);
		if (d->pend_each || d->pend != 0) {
			/* A zero point of the weights: its operand times the inputs' sum. [source] */
			double p = inputs * (d->pend_each ? rkx_layer_pend(t, &d->bs, r->k) : d->pend);

			v = (struct rkx_span){ v.lo + p, v.hi + p };
		}
		v = rkx_span_shift(v, d->clip);
	} else {
		double n = rkx_map_number(t, &d->source, r->k, r->y, r->x);

		v = (struct rkx_span){ n, n };
	}
	v = rkx_layer_stage(t, &d->bs, r->k, v);
	v = rkx_layer_stage(t, &d->bn, r->k, v);
	if (d->ew.op)
		v = operate(t, d, r, v);
	if (d->ew.lut)
		v = rkx_layer_lut(t, v);
	if (d->ew.relu)
		v = rkx_layer_relu(v, d->is_float, d->ew.relux, d->ew.relux_word);
	if (d->is_float)
		return (struct rkx_span){ ldexp(v.lo, -(int)d->minus_exp), ldexp(v.hi, -(int)d->minus_exp) };
	v = convert(&d->convert, v);

	double least = d->out == RKX_INT8 ? INT8_MIN : INT32_MIN,
	       most = d->out == RKX_INT8 ? INT8_MAX : INT32_MAX;

	return (struct rkx_span){ fmin(fmax(v.lo, least), most), fmin(fmax(v.hi, least), most) };
}

static double
written(struct rkx_layer_task *t, const struct dpu *d, const struct rkx_result *r)
{
	uint32_t size = rkx_number_size(d->out), lanes = RKX_LAYER_ATOM / size, k1 = r->k / lanes;
	/* Without SURF_ADD surfaces follow each other. [inferred: they would hide one another] */
	uint64_t at =
		d->group ? k1 / d->per_group * d->group + k1 % d->per_group * d->surface : k1 * d->surface;

	return rkx_layer_number(t, &d->dst, d->out,
				at + r->y * d->line + r->x * d->pixel + r->k % lanes * size);
}

void
rkx_layer_dpu(struct rkx_layer_task *t)
{
	struct dpu d;

	if (!configure(t, &d))
		return;
	uint64_t terms = d.conv ? (uint64_t)d.sums.kw * d.sums.kh * (d.sums.depthwise ? 1 : d.sums.c) : 1;
	const struct rkx_sample s = rkx_layer_sample(d.k, d.h, d.w, terms);

	for (uint64_t i = 0; i < s.n && !t->missing; i += s.step) {
		struct rkx_result r = rkx_sample_at(&s, i);

		r.want = result(t, &d, &r);
		r.got = written(t, &d, &r);
		rkx_layer_judge(t, &r, d.out);
	}
}
