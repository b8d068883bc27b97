/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layers-priv.h"
#include "lib/error.h"
#include "lib/util.h"

/* Numbers, and where they lie. */

/* Terms that are added for one task, and results that are looked at whatever they cost. */
#define TERMS (UINT64_C(1) << 19)
#define RESULTS_MIN 384

uint32_t
rkx_number_size(enum rkx_number number)
{
	switch (number) {
	case RKX_INT8:
		return 1;
	case RKX_INT16:
	case RKX_FP16:
		return 2;
	default:
		return 4;
	}
}

double
rkx_half_value(uint16_t bits)
{
	uint32_t e = bits >> 10 & 31, f = bits & 1023, word;
	float v;

	if (e == 0) {
		v = (float)f * 0x1p-24f;
		return bits & 0x8000 ? (double)-v : (double)v;
	}
	word = (bits & 0x8000u) << 16 | (e == 31 ? 255 : e + 112) << 23 | f << 13;
	memcpy(&v, &word, sizeof(v));
	return (double)v;
}

double
rkx_half_round(double v)
{
	double a = fabs(v);

	if (!isfinite(v) || a == 0)
		return v;
	/* 11 digits, the last of which is 2^-24 at least; rint() goes to even. */
	double digit = ldexp(1, (ilogb(a) < -14 ? -14 : ilogb(a)) - 10), r = rint(a / digit) * digit;

	return copysign(r > 65504 ? (double)INFINITY : r, v);
}

double
rkx_number_read(enum rkx_number number, const uint8_t *p)
{
	uint32_t word = p[0];
	float f;

	for (uint32_t i = 1; i < rkx_number_size(number); i++)
		word |= (uint32_t)p[i] << 8 * i;
	switch (number) {
	case RKX_INT8:
		return (int8_t)word;
	case RKX_INT16:
		return (int16_t)word;
	case RKX_FP16:
		return rkx_half_value((uint16_t)word);
	case RKX_INT32:
		return (int32_t)word;
	default:
		memcpy(&f, &word, sizeof(f));
		return (double)f;
	}
}

struct rkx_window
rkx_layer_window(const struct rkx_layer_task *t, uint32_t iova)
{
	struct rkr_ref ref = rkr_run_resolve(t->run, RKR_SPACE_DMA, iova, SIZE_MAX);
	const struct rkr_bo *bo = ref.state == RKR_REF_BO ? rkr_run_bo(t->run, ref.bo) : NULL;

	if (!bo || !t->memory[ref.bo] || ref.addend >= bo->size)
		return (struct rkx_window){ NULL, 0 };
	return (struct rkx_window){ t->memory[ref.bo] + ref.addend, bo->size - ref.addend };
}

double
rkx_layer_number(struct rkx_layer_task *t, const struct rkx_window *w, enum rkx_number number,
		 uint64_t offset)
{
	uint32_t size = rkx_number_size(number);

	if (offset > w->len || w->len - offset < size) {
		t->missing = true;
		return 0;
	}
	return rkx_number_read(number, w->p + offset);
}

double
rkx_map_number(struct rkx_layer_task *t, const struct rkx_map *m, uint32_t k, uint32_t y, uint32_t x)
{
	uint32_t size = rkx_number_size(m->number), lanes = RKX_LAYER_ATOM / size, surface = k / lanes;

	return rkx_layer_number(t, &m->base[surface % m->readers], m->number,
				surface / m->readers * m->surface + y * m->line +
					(uint64_t)x * RKX_LAYER_ATOM + k % lanes * size);
}

/* ---- Copies of the BOs */

static int
copy_bo(const struct rkr_run *from, uint32_t bo, uint8_t *to, uint64_t size)
{
	size_t n;
	const struct rkr_extent *e = rkr_run_extents(from, bo, &n);

	for (size_t i = 0; i < n; i++) {
		uint64_t len = e[i].offset > size ? 0 : size - e[i].offset;

		memcpy(to + (len ? e[i].offset : 0), e[i].data, len < e[i].len ? len : e[i].len);
	}
	return n ? 0 : -ENODATA;
}

int
rkx_layer_memory_new(const struct rkr_run *run, const struct rkr_run *answer, const bool *written,
		     uint8_t ***ret_memory, struct rkr_error *err)
{
	size_t n = rkr_run_n_bos(run);
	uint8_t **memory = calloc(n + 1, sizeof(*memory));
	int r = memory ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < n && r == 0; i++) {
		const struct rkr_bo *bo = rkr_run_bo(run, i);

		memory[i] = calloc(1, bo->size + 1);
		if (!memory[i]) {
			r = -ENOMEM;
			break;
		}
		if (!written[i]) {
			/* One that nothing is known of holds what was not written: 0. */
			copy_bo(run, i, memory[i], bo->size);
			continue;
		}
		int b = rkr_run_bo_by_role(answer, bo->role);

		r = b < 0 ? -ENODATA : rkr_run_read(answer, (uint32_t)b, 0, memory[i], bo->size);
		if (r < 0)
			r = rkr_fail(err, -ENODATA, NULL, "the answer does not hold all of BO %s", bo->role);
	}
	if (r < 0)
		rkx_layer_memory_free(memory, n);
	else
		*ret_memory = memory;
	return r;
}

void
rkx_layer_memory_free(uint8_t **memory, size_t n)
{
	for (size_t i = 0; memory && i < n; i++)
		free(memory[i]);
	free(memory);
}

/* ---- Spans and results */

struct rkx_span
rkx_span_shift(struct rkx_span s, unsigned shift)
{
	if (shift == 0)
		return s;
	return (struct rkx_span){ ceil(ldexp(s.lo, -(int)shift) - 0.5),
				  floor(ldexp(s.hi, -(int)shift) + 0.5) };
}

struct rkx_sample
rkx_layer_sample(uint32_t k, uint32_t h, uint32_t w, uint64_t terms)
{
	uint64_t n = (uint64_t)k * h * w, some = TERMS / (terms ? terms : 1);

	if (some < RESULTS_MIN)
		some = RESULTS_MIN;
	/* An odd step comes by every lane and column. */
	return (struct rkx_sample){ .n = n, .step = n / some | 1, .w = w, .h = h };
}

void
rkx_layer_judge(struct rkx_layer_task *t, const struct rkx_result *r, enum rkx_number number)
{
	struct rkx_span s = r->want;
	bool good;

	if (t->missing)
		return;
	if (number == RKX_FP16)
		s = (struct rkx_span){ rkx_half_round(s.lo), rkx_half_round(s.hi) };
	else if (number == RKX_FP32)
		s = rkx_span_widen(s);
	/* What is no number may be any that is none. */
	good = isnan(s.lo) || isnan(s.hi) ? isnan(r->got) : r->got >= s.lo && r->got <= s.hi;
	t->compared++;
	if (good || t->bad)
		return;
	t->bad = true;
	t->first_bad = *r;
	t->first_bad.want = s;
}
