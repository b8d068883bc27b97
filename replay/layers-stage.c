/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "layers-priv.h"
#include "lib/util.h"

/* What DPU does to one value: BS and BN, and the table of EW. */

/* BS and BN have registers of one form: their fields have one place. */
#define STAGE(word, reg, field) \
	((word) >> RKR_FLD_DPU_##reg##_##field##_SHIFT & RKR_FLD_DPU_##reg##_##field##_MASK)

enum { USE_ALU = 1, USE_PEND = 2, USE_MUL = 4, USE_OTHER = 8 };
enum { ADD = 2, SUBTRACT = 4 };

bool
rkx_layer_stage_of(struct rkx_layer_task *t, bool bn, bool is_float, struct rkx_stage *ret)
{
	uint32_t cfg = bn ? VALUE(t, DPU_BN_CFG) : VALUE(t, DPU_BS_CFG);
	uint32_t mul = bn ? VALUE(t, DPU_BN_MUL_CFG) : VALUE(t, DPU_BS_MUL_CFG);
	uint32_t use = bn ? BITS(t, DPU_RDMA_RDMA_NRDMA_CFG, NRDMA_DATA_USE)
			  : BITS(t, DPU_RDMA_RDMA_BRDMA_CFG, BRDMA_DATA_USE);
	uint32_t base = bn ? VALUE(t, DPU_RDMA_RDMA_BN_BASE_ADDR) : VALUE(t, DPU_RDMA_RDMA_BS_BASE_ADDR);
	uint32_t format = VALUE(t, DPU_DATA_FORMAT), algo = STAGE(cfg, BS_CFG, BS_ALU_ALGO);
	bool off = STAGE(cfg, BS_CFG, BS_BYPASS);
	struct rkx_stage s = {
		.is_float = is_float,
		.alu = !off && !STAGE(cfg, BS_CFG, BS_ALU_BYPASS),
		.mul = !off && !STAGE(cfg, BS_CFG, BS_MUL_BYPASS),
		.relu = !off && !STAGE(cfg, BS_CFG, BS_RELU_BYPASS),
		.relux = STAGE(cfg, BS_CFG, BS_RELUX_EN),
		.prelu = STAGE(cfg, BS_CFG, BS_MUL_PRELU),
		.subtract = algo == SUBTRACT,
		.alu_each = STAGE(cfg, BS_CFG, BS_ALU_SRC),
		.mul_each = STAGE(mul, BS_MUL_CFG, BS_MUL_SRC),
		.alu_word = bn ? VALUE(t, DPU_BN_ALU_CFG) : VALUE(t, DPU_BS_ALU_CFG),
		.relux_word = bn ? VALUE(t, DPU_BN_RELUX_CMP_VALUE) : VALUE(t, DPU_BS_RELUX_CMP_VALUE),
		.mul_word = (uint16_t)STAGE(mul, BS_MUL_CFG, BS_MUL_OPERAND),
		.shift = STAGE(mul, BS_MUL_CFG, BS_MUL_SHIFT_VALUE),
		.shift_neg = bn ? STAGE(format, DATA_FORMAT, BN_MUL_SHIFT_VALUE_NEG)
				: STAGE(format, DATA_FORMAT, BS_MUL_SHIFT_VALUE_NEG),
		/* Of 8 channels, each operand that is asked for: 32 bits to add, 16 of CPEND, 16 to multiply by.
		 * [captured: the first alone, and all three; inferred: other sets] */
		.alu_bytes = use & USE_ALU ? 32 : 0,
		.pend_bytes = use & USE_PEND ? 16 : 0,
		.mul_bytes = use & USE_MUL ? 16 : 0,
		.operands = rkx_layer_window(t, base),
	};

	if (s.alu && algo != ADD && algo != SUBTRACT)
		t->why = bn ? "DPU.BN_CFG.BN_ALU_ALGO" : "DPU.BS_CFG.BS_ALU_ALGO";
	else if (s.mul && STAGE(mul, BS_MUL_CFG, BS_TRUNCATE_SRC))
		t->why = bn ? "DPU.BN_MUL_CFG: a shift per channel" : "DPU.BS_MUL_CFG: a shift per channel";
	else if (((s.alu && s.alu_each) || (s.mul && s.mul_each)) &&
		 (use & USE_OTHER || (s.alu && s.alu_each && !s.alu_bytes) ||
		  (s.mul && s.mul_each && !s.mul_bytes)))
		t->why = bn ? "DPU_RDMA.RDMA_NRDMA_CFG.NRDMA_DATA_USE"
			    : "DPU_RDMA.RDMA_BRDMA_CFG.BRDMA_DATA_USE";
	*ret = s;
	return !t->why;
}

static double
float_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return (double)f;
}

/* An operand per channel, @before bytes into its chunk. */
static double
operand(struct rkx_layer_task *t, const struct rkx_stage *s, uint32_t k, uint32_t before,
	enum rkx_number number)
{
	uint32_t chunk = s->alu_bytes + s->pend_bytes + s->mul_bytes;

	return rkx_layer_number(t, &s->operands, number,
				(uint64_t)(k / 8) * chunk + before + k % 8 * rkx_number_size(number));
}

double
rkx_layer_pend(struct rkx_layer_task *t, const struct rkx_stage *bs, uint32_t k)
{
	return operand(t, bs, k, bs->alu_bytes, RKX_INT16);
}

/* An integer times @m, then shifted; negative ones by another number of bits. */
static double
times(double v, double m, const struct rkx_stage *s, bool up)
{
	double p = v * m;
	struct rkx_span r = rkx_span_shift((struct rkx_span){ p, p }, v < 0 ? s->shift_neg : s->shift);

	return up ? r.hi : r.lo;
}

static struct rkx_span
multiply(const struct rkx_stage *s, struct rkx_span v, double m)
{
	bool down = m < 0; /* the ends change places */

	if (s->prelu && v.lo >= 0)
		return v;
	if (s->is_float) {
		struct rkx_span r = down ? (struct rkx_span){ v.hi * m, v.lo * m }
					 : (struct rkx_span){ v.lo * m, v.hi * m };

		return rkx_span_widen(r);
	}
	return (struct rkx_span){ times(down ? v.hi : v.lo, m, s, false),
				  times(down ? v.lo : v.hi, m, s, true) };
}

struct rkx_span
rkx_layer_relu(struct rkx_span v, bool is_float, bool relux, uint32_t word)
{
	double top = is_float ? float_of(word) : (int32_t)word;

	v = (struct rkx_span){ v.lo < 0 ? 0 : v.lo, v.hi < 0 ? 0 : v.hi };
	if (!relux)
		return v;
	return (struct rkx_span){ v.lo > top ? top : v.lo, v.hi > top ? top : v.hi };
}

/* ALU, MUL, relu, in this order. [source: a client's requirement, met by boards] */
struct rkx_span
rkx_layer_stage(struct rkx_layer_task *t, const struct rkx_stage *s, uint32_t k, struct rkx_span v)
{
	if (s->alu) {
		double a = s->alu_each   ? operand(t, s, k, 0, s->is_float ? RKX_FP32 : RKX_INT32)
			   : s->is_float ? float_of(s->alu_word)
					 : (int32_t)s->alu_word;

		a = s->subtract ? -a : a;
		v = (struct rkx_span){ v.lo + a, v.hi + a };
		if (s->is_float)
			v = rkx_span_widen(v);
	}
	if (s->mul) {
		double m = s->mul_each   ? operand(t, s, k, s->alu_bytes + s->pend_bytes,
                                                 s->is_float ? RKX_FP16 : RKX_INT16)
			   : s->is_float ? rkx_half_value(s->mul_word)
					 : (int16_t)s->mul_word;

		v = multiply(s, v, m);
	}
	return s->relu ? rkx_layer_relu(v, s->is_float, s->relux, s->relux_word) : v;
}

/* ---- Tables */

enum { BELOW = 0, ABOVE = 1 };

bool
rkx_layer_lut_is_known(struct rkx_layer_task *t)
{
	if (!t->has_table)
		t->why = "its table was loaded by no task before it";
	/* One table ends where the other starts: what all streams have. [captured: 75 tiles] */
	else if (VALUE(t, DPU_LUT_CFG) != 0x68 || VALUE(t, DPU_LUT_LE_END) != VALUE(t, DPU_LUT_LO_START))
		t->why = "DPU.LUT_CFG: a form of lookup that is not known";
	else if (BITS(t, DPU_LUT_INFO, LUT_LE_INDEX_SELECT) > 20 ||
		 BITS(t, DPU_LUT_INFO, LUT_LO_INDEX_SELECT) > 20)
		t->why = "DPU.LUT_INFO";
	return !t->why;
}

static double
entry(const struct rkx_layer_task *t, unsigned half, double at)
{
	double i = floor(at), rest = at - i;

	if (at <= 0)
		return t->table[half][0];
	if (at >= RKX_LAYER_ENTRIES - 1)
		return t->table[half][RKX_LAYER_ENTRIES - 1];
	/* Between two entries, the line through them. [inferred: no client can tell it from the nearest entry] */
	return t->table[half][(size_t)i] * (1 - rest) + t->table[half][(size_t)i + 1] * rest;
}

static double
look(const struct rkx_layer_task *t, double v)
{
	double first = (int32_t)VALUE(t, DPU_LUT_LE_START), middle = (int32_t)VALUE(t, DPU_LUT_LO_START);
	double last = (int32_t)VALUE(t, DPU_LUT_LO_END);

	if (v < first)
		return t->table[BELOW][0] +
		       ldexp((v - first) * (int16_t)BITS(t, DPU_LUT_LE_SLOPE_SCALE, LUT_LE_SLOPE_UFLOW_SCALE),
			     -(int)BITS(t, DPU_LUT_LE_SLOPE_SHIFT, LUT_LE_SLOPE_UFLOW_SHIFT));
	if (v > last)
		return t->table[ABOVE][RKX_LAYER_ENTRIES - 1] +
		       ldexp((v - last) * (int16_t)BITS(t, DPU_LUT_LO_SLOPE_SCALE, LUT_LO_SLOPE_OFLOW_SCALE),
			     -(int)BITS(t, DPU_LUT_LO_SLOPE_SHIFT, LUT_LO_SLOPE_OFLOW_SHIFT));
	if (v < middle)
		return entry(t, BELOW, ldexp(v - first, -(int)BITS(t, DPU_LUT_INFO, LUT_LE_INDEX_SELECT)));
	return entry(t, ABOVE, ldexp(v - middle, -(int)BITS(t, DPU_LUT_INFO, LUT_LO_INDEX_SELECT)));
}

/* Entries between the ends of a span may lie above or below what the ends give. */
static struct rkx_span
with_entries(const struct rkx_layer_task *t, unsigned half, double start, unsigned select, struct rkx_span v,
	     struct rkx_span r)
{
	double first = ceil(ldexp(v.lo - start, -(int)select)),
	       last = floor(ldexp(v.hi - start, -(int)select));

	for (double i = fmax(first, 0); i <= fmin(last, RKX_LAYER_ENTRIES - 1); i++)
		r = (struct rkx_span){ fmin(r.lo, t->table[half][(size_t)i]),
				       fmax(r.hi, t->table[half][(size_t)i]) };
	return r;
}

struct rkx_span
rkx_layer_lut(const struct rkx_layer_task *t, struct rkx_span v)
{
	double a = look(t, v.lo), b = look(t, v.hi);
	struct rkx_span r = { fmin(a, b), fmax(a, b) };

	if (isnan(v.lo) || isnan(v.hi))
		return (struct rkx_span){ (double)NAN, (double)NAN };
	r = with_entries(t, BELOW, (int32_t)VALUE(t, DPU_LUT_LE_START),
			 BITS(t, DPU_LUT_INFO, LUT_LE_INDEX_SELECT), v, r);
	r = with_entries(t, ABOVE, (int32_t)VALUE(t, DPU_LUT_LO_START),
			 BITS(t, DPU_LUT_INFO, LUT_LO_INDEX_SELECT), v, r);
	return rkx_span_widen(r);
}
