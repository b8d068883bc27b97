/* SPDX-License-Identifier: MIT */
/*
 * DPU's stages on integers. What passes 32 bits between stages is cut to the
 * nearest that fits: [inferred], no known stream gets there.
 */
#include "config.h"

#include "replay/emu/dpu.h"

static int32_t
fit(int64_t v)
{
	return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

/*
 * Sources disagree on halves: the manual has them to even, one client's
 * expected results have them up. Up it is [inferred]: it is what that
 * client's numbers need.
 */
static int64_t
shift_up(int64_t v, unsigned shift)
{
	if (shift == 0)
		return v;
	/* Products of 32 and 17 bits: nothing is left of them then. */
	if (shift > 60)
		return 0;
	return (v + ((int64_t)1 << (shift - 1))) >> shift;
}

int32_t
rke_int_shift(int64_t v, unsigned shift)
{
	return fit(shift_up(v, shift));
}

static void
relu(int32_t *v, size_t n, bool relux, int32_t most)
{
	if (!relux)
		most = INT32_MAX;
	for (size_t i = 0; i < n * RKE_LANES; i++) {
		int32_t low = v[i] < 0 ? 0 : v[i];

		v[i] = low > most ? most : low;
	}
}

static int32_t
multiply(int32_t v, int32_t m, unsigned shift, unsigned shift_neg)
{
	return rke_int_shift((int64_t)v * m, v < 0 ? shift_neg : shift);
}

void
rke_int_stage(const struct rke_stage *stage, const struct rke_operands *o, int32_t *v, size_t n)
{
	int sign = stage->subtract ? -1 : 1;

	for (size_t i = 0; i < n; i++) {
		int32_t *p = v + i * RKE_LANES;

		for (size_t k = 0; k < RKE_LANES; k++) {
			if (stage->alu)
				p[k] = fit(p[k] + (int64_t)sign * o->alu.i[k]);
			if (stage->mul && !(stage->prelu && p[k] >= 0))
				p[k] = multiply(p[k], o->mul.i[k], stage->shift, stage->shift_neg);
		}
	}
	if (stage->relu)
		relu(v, n, stage->relux, (int32_t)stage->relux_word);
}

static int64_t
convert_one(const struct rke_converter *c, int32_t v)
{
	if (c->add_first)
		return shift_up(((int64_t)v + c->offset) * c->scale, c->shift);
	return shift_up((int64_t)v * c->scale, c->shift) + c->offset;
}

static int32_t
operate(const struct rke_ew *ew, int32_t v, int32_t e)
{
	switch (ew->algo) {
	case RKE_EW_MAX:
		return v > e ? v : e;
	case RKE_EW_MIN:
		return v < e ? v : e;
	case RKE_EW_ADD:
		return fit((int64_t)v + e);
	case RKE_EW_SUB:
		return fit((int64_t)v - e);
	case RKE_EW_ABS:
		return v < 0 ? fit(-(int64_t)v) : v;
	case RKE_EW_NEG:
		return fit(-(int64_t)v);
	case RKE_EW_MUL:
		return ew->prelu && v >= 0 ? v : multiply(v, e, ew->truncate, ew->truncate_neg);
	default:
		return v; /* refused when the registers were read */
	}
}

void
rke_int_ew(const struct rke_dpu *dpu, int32_t *v, const int32_t *e, size_t step, size_t n)
{
	const struct rke_ew *ew = &dpu->ew;

	for (size_t i = 0; ew->op && i < n; i++, e += step) {
		int32_t *p = v + i * RKE_LANES;

		for (size_t k = 0; k < RKE_LANES; k++) {
			/* It is the operand that is converted, before the operation. [source] */
			int32_t x = !ew->operand     ? 0
				    : ew->convert.on ? fit(convert_one(&ew->convert, e[k]))
						     : e[k];

			p[k] = operate(ew, p[k], x);
		}
	}
	if (ew->relu)
		relu(v, n, ew->relux, (int32_t)ew->relux_word);
}

void
rke_int_convert(const struct rke_converter *convert, enum rke_precision out, int32_t *v, size_t n)
{
	int64_t least = out == RKE_INT8 ? INT8_MIN : INT32_MIN;
	int64_t most = out == RKE_INT8 ? INT8_MAX : INT32_MAX;

	if (!convert->on)
		return;
	for (size_t i = 0; i < n * RKE_LANES; i++) {
		int64_t x = convert_one(convert, v[i]);

		v[i] = (int32_t)(x < least ? least : x > most ? most : x);
	}
}
