/* SPDX-License-Identifier: MIT */
/* DPU's stages on fp32. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "replay/emu/dpu.h"
#include "replay/emu/half.h"

static float
float_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* A NaN goes through. [inferred: one recorded table shows a NaN after relux] */
static void
relu(float *v, size_t n, bool relux, float most)
{
	if (!relux)
		most = INFINITY;
	for (size_t i = 0; i < n * RKE_LANES; i++) {
		float low = v[i] < 0 ? 0 : v[i];

		v[i] = low > most ? most : low;
	}
}

/* Each of a block's values with its operand: lanes of a pixel in one go. */
#define FOR_LANES(i, k)                \
	for (size_t i = 0; i < n; i++) \
		for (size_t k = 0; k < RKE_LANES; k++)

void
rke_float_stage(const struct rke_stage *stage, const struct rke_operands *o, float *v, size_t n)
{
	/* ALU's operand is fp32, MUL's was fp16; in this order. [source] */
	if (stage->alu && stage->subtract)
		FOR_LANES(i, k)
			v[i * RKE_LANES + k] -= o->alu.f[k];
	else if (stage->alu)
		FOR_LANES(i, k)
			v[i * RKE_LANES + k] += o->alu.f[k];
	if (stage->mul && stage->prelu)
		FOR_LANES(i, k)
			v[i * RKE_LANES + k] *= v[i * RKE_LANES + k] < 0 ? o->mul.f[k] : 1;
	else if (stage->mul)
		FOR_LANES(i, k)
			v[i * RKE_LANES + k] *= o->mul.f[k];
	if (stage->relu)
		relu(v, n, stage->relux, float_of(stage->relux_word));
}

/* Main operand first: main - operand, main / operand. [source: recorded on a board] */
static void
operate(const struct rke_ew *ew, float *v, const float *e, size_t step, size_t n)
{
	switch (ew->algo) {
	case RKE_EW_MAX:
		for (size_t i = 0; i < n; i++, v += RKE_LANES, e += step)
			for (size_t k = 0; k < RKE_LANES; k++)
				v[k] = v[k] < e[k] ? e[k] : v[k];
		return;
	case RKE_EW_MIN:
		for (size_t i = 0; i < n; i++, v += RKE_LANES, e += step)
			for (size_t k = 0; k < RKE_LANES; k++)
				v[k] = v[k] > e[k] ? e[k] : v[k];
		return;
	case RKE_EW_ADD:
		for (size_t i = 0; i < n; i++, v += RKE_LANES, e += step)
			for (size_t k = 0; k < RKE_LANES; k++)
				v[k] += e[k];
		return;
	case RKE_EW_DIV:
		for (size_t i = 0; i < n; i++, v += RKE_LANES, e += step)
			for (size_t k = 0; k < RKE_LANES; k++)
				v[k] /= e[k];
		return;
	case RKE_EW_SUB:
		for (size_t i = 0; i < n; i++, v += RKE_LANES, e += step)
			for (size_t k = 0; k < RKE_LANES; k++)
				v[k] -= e[k];
		return;
	case RKE_EW_MUL:
		for (size_t i = 0; i < n; i++, v += RKE_LANES, e += step)
			for (size_t k = 0; k < RKE_LANES; k++)
				v[k] *= ew->prelu && !(v[k] < 0) ? 1 : e[k];
		return;
	case RKE_EW_ABS:
		for (size_t i = 0; i < n * RKE_LANES; i++)
			v[i] = fabsf(v[i]);
		return;
	case RKE_EW_NEG:
		for (size_t i = 0; i < n * RKE_LANES; i++)
			v[i] = -v[i];
		return;
	case RKE_EW_FLOOR:
		for (size_t i = 0; i < n * RKE_LANES; i++)
			v[i] = floorf(v[i]);
		return;
	case RKE_EW_CEIL:
		for (size_t i = 0; i < n * RKE_LANES; i++)
			v[i] = ceilf(v[i]);
		return;
	}
}

void
rke_float_ew(const struct rke_core *core, const struct rke_dpu *dpu, float *v, const float *e, size_t step,
	     size_t n)
{
	const struct rke_ew *ew = &dpu->ew;

	if (ew->op)
		operate(ew, v, e, step, n);
	if (ew->lut)
		for (size_t i = 0; i < n * RKE_LANES; i++)
			v[i] = rke_lut_look(&core->lut, &dpu->lut, v[i]);
	if (ew->relu)
		relu(v, n, ew->relux, float_of(ew->relux_word));
}
