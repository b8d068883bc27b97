/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "layers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regcmd.h"
#include "lib/util.h"
#include "place-model-priv.h"

#define RESULTS 1500

enum verdict { PASS, FAIL, SKIP };

struct check {
	const struct rkx_model *m;
	uint8_t *memory[RKX_BUFFERS]; /* inputs as placed, outputs as answered */
	struct rkx_layers *result;
};

/* ---- Numbers */

static double
half_value(const uint8_t *p)
{
	unsigned bits = p[0] | (unsigned)p[1] << 8, e = bits >> 10 & 31, f = bits & 1023;
	double v;

	if (e == 31)
		v = f ? (double)NAN : (double)INFINITY;
	else
		v = e ? ldexp(1024 + f, (int)e - 25) : ldexp(f, -24);
	return bits & 0x8000 ? -v : v;
}

static double
half_round(double v)
{
	double a = fabs(v);

	if (!isfinite(v) || a == 0)
		return v;
	/* 11 digits, the last of which is 2^-24 at least; rint() goes to even */
	double digit = ldexp(1, (ilogb(a) < -14 ? -14 : ilogb(a)) - 10), r = rint(a / digit) * digit;

	return copysign(r > 65504 ? (double)INFINITY : r, v);
}

/* Bytes of a task's buffer; NULL: past its end. */
static const uint8_t *
at(const struct check *c, const struct rkx_model_task *t, enum rkx_buffer b, uint64_t offset, uint64_t len)
{
	const struct rkx_model_place *p = &c->m->places[t->place];

	if (offset > p->size[b] || len > p->size[b] - offset)
		return NULL;
	/* Constants are the file's own: what the run's memory holds is not trusted. */
	return p->constant[b] ? (const uint8_t *)p->constant[b]->data + offset :
				c->memory[b] + p->at[b] + offset;
}

static double
half_at(const struct check *c, const struct rkx_model_task *t, enum rkx_buffer b, uint64_t offset)
{
	const uint8_t *p = at(c, t, b, offset, 2);

	return p ? half_value(p) : (double)NAN;
}

/* ---- Convolutions */

struct conv {
	bool depthwise, packed;
	uint32_t c, w, h, kw, kh, k, stride, pixel_c;
	int64_t left, top;
	uint64_t surface, features, weights;
};

static struct conv
conv_of(const struct rkx_model_task *t)
{
	struct conv v = {
		.depthwise = FIELD(t, CNA_CONV_CON1, CONV_MODE) == 3,
		.packed = FIELD(t, CNA_CONV_CON1, ARGB_IN) != 0,
		.c = FIELD(t, CNA_DATA_SIZE1, DATAIN_CHANNEL),
		.w = FIELD(t, CNA_DATA_SIZE0, DATAIN_WIDTH),
		.h = FIELD(t, CNA_DATA_SIZE0, DATAIN_HEIGHT),
		.kw = FIELD(t, CNA_WEIGHT_SIZE2, WEIGHT_WIDTH),
		.kh = FIELD(t, CNA_WEIGHT_SIZE2, WEIGHT_HEIGHT),
		.k = FIELD(t, CNA_WEIGHT_SIZE2, WEIGHT_KERNELS),
		.stride = FIELD(t, CNA_CONV_CON3, CONV_X_STRIDE),
		.left = FIELD(t, CNA_PAD_CON0, PAD_LEFT),
		.top = FIELD(t, CNA_PAD_CON0, PAD_TOP),
		.surface = rkx_feature_surface(t),
		.features = REG(t, CNA_FEATURE_DATA_ADDR),
		.weights = REG(t, CNA_DCOMP_ADDR0),
	};

	/* ARGB_IN is the number of channels and 7 [captured: stems of 3 networks]. */
	if (v.packed)
		v.pixel_c = FIELD(t, CNA_CONV_CON1, ARGB_IN) - 7;
	if (v.depthwise)
		v.k = v.c;
	return v;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Where a weight lies: groups of 16 kernels, slices of 32 channels, taps,
 * kernel by kernel; depthwise: slices, taps. Of 24 channels past a multiple of
 * 32, 32 are stored. [captured: exact sums of the modelled networks]
 */
static uint64_t
weight_offset(const struct conv *v, uint64_t k, uint64_t tap, uint64_t ch)
{
	uint64_t taps = (uint64_t)v->kw * v->kh, stored = v->c % 32 == 24 ? v->c + 8 : v->c;
	uint64_t k0 = v->depthwise ? 0 : k / 16 * 16, kernels = v->depthwise ? 1 : least(16, v->k - k0);
	uint64_t c0 = ch / 32 * 32, n = least(32, stored - c0), kk = v->depthwise ? 0 : k - k0;

	return 2 * (k0 * taps * stored + c0 * taps * kernels + (tap * kernels + kk) * n + ch - c0);
}

static double
feature(const struct check *c, const struct rkx_model_task *t, const struct conv *v, uint64_t y, uint64_t x,
	uint64_t ch)
{
	if (v->packed)
		return ch < v->pixel_c ?
			       half_at(c, t, RKX_FEATURES, v->features + ((y * v->w + x) * v->pixel_c + ch) * 2) :
			       0;
	return half_at(c, t, RKX_FEATURES,
		       v->features + ch / 8 * v->surface + (y * v->w + x) * 16 + ch % 8 * 2);
}

static double
sum_of(const struct check *c, const struct rkx_model_task *t, const struct conv *v, uint32_t k, uint32_t y,
       uint32_t x, double *ret_absolute)
{
	double sum = 0, absolute = 0;
	uint64_t from = v->depthwise ? k : 0, to = v->depthwise ? (uint64_t)k + 1 : v->c;

	for (uint32_t ky = 0; ky < v->kh; ky++)
		for (uint32_t kx = 0; kx < v->kw; kx++) {
			int64_t iy = (int64_t)y * v->stride + ky - v->top, ix = (int64_t)x * v->stride + kx - v->left;

			if (iy < 0 || ix < 0 || iy >= v->h || ix >= v->w)
				continue;
			for (uint64_t ch = from; ch < to; ch++) {
				double term = feature(c, t, v, (uint64_t)iy, (uint64_t)ix, ch) *
					      half_at(c, t, RKX_WEIGHTS,
						      v->weights + weight_offset(v, k, (uint64_t)ky * v->kw + kx, ch));

				sum += term;
				absolute += fabs(term);
			}
		}
	*ret_absolute = absolute;
	return sum;
}

/* What a residual adds: even surfaces by one reader, odd ones by the other. */
static double
residual(const struct check *c, const struct rkx_model_task *t, uint32_t k, uint64_t pixel, uint64_t pixels)
{
	uint64_t base = k / 8 % 2 ? REG(t, DPU_RDMA_RDMA_EW_BASE_ADDR) : REG(t, DPU_RDMA_RDMA_SRC_BASE_ADDR);
	uint64_t pair = pixels * 16 + REG(t, DPU_RDMA_RDMA_SURF_NOTCH);

	return half_at(c, t, RKX_SOURCE, base + k / 16 * pair + pixel * 16 + k % 8 * 2);
}

/* Whether the reference knows what comes after the sum. A table is not looked up here. */
static bool
tail_known(const struct rkx_model_task *t)
{
	uint32_t ew = REG(t, DPU_EW_CFG), bs = REG(t, DPU_BS_CFG), bn = REG(t, DPU_BN_CFG);

	return (bs == 0x20150 || bs == 0x53) && (bn == 0x12 || bn == 0x53) &&
	       (ew == 0x383 || ew == 0x108202c0 || ew == 0x108200c0);
}

/* Bias, relu, residual, in the order of the DPU's stages. */
static double
tail(const struct check *c, const struct rkx_model_task *t, double v, uint32_t k, uint64_t pixel, uint64_t pixels,
     double *noise)
{
	uint32_t ew = REG(t, DPU_EW_CFG);

	if (REG(t, DPU_BS_CFG) == 0x20150) {
		const uint8_t *p =
			at(c, t, RKX_BIAS, REG(t, DPU_RDMA_RDMA_BS_BASE_ADDR) + 4 * (uint64_t)k, sizeof(float));
		float bias = NAN;

		if (p)
			memcpy(&bias, p, sizeof(bias));
		v += (double)bias;
		*noise += fabs((double)bias) * 0x1p-24;
	}
	*noise += fabs(v) * 0x1p-24;
	if (REG(t, DPU_BN_CFG) == 0x12)
		v = fmax(v, 0);
	if (ew == 0x383)
		return v;
	v += residual(c, t, k, pixel, pixels);
	*noise += fabs(v) * 0x1p-24;
	return ew == 0x108200c0 ? fmax(v, 0) : v;
}

static enum verdict
bad(struct check *c, size_t i, uint32_t k, uint32_t y, uint32_t x, double got, double want)
{
	struct rkx_layers *l = c->result;

	if (!l->bad) {
		l->bad = true;
		l->op_idx = c->m->tasks[i].task.op_idx;
		l->task = i;
		l->k = k;
		l->y = y;
		l->x = x;
		l->got = got;
		l->want = want;
	}
	return FAIL;
}

static enum verdict
check_conv(struct check *c, size_t i)
{
	const struct rkx_model_task *t = &c->m->tasks[i];
	const struct conv v = conv_of(t);
	uint32_t ow = FIELD(t, DPU_DATA_CUBE_WIDTH, WIDTH) + 1, oh = FIELD(t, DPU_DATA_CUBE_HEIGHT, HEIGHT) + 1;
	uint64_t pixels = (uint64_t)ow * oh, step = v.k * pixels / RESULTS | 1;

	if (!tail_known(t))
		return SKIP;
	for (uint64_t n = 0; n < v.k * pixels; n += step) {
		uint32_t k = (uint32_t)(n / pixels), y = (uint32_t)(n % pixels / ow),
			 x = (uint32_t)(n % pixels % ow);
		double absolute, sum = sum_of(c, t, &v, k, y, x, &absolute);
		/* Pieces of up to 64 products in 24 digits: 8 times the error of one addition is far out. */
		double noise = absolute * 0x1p-21, got;

		sum = tail(c, t, sum, k, n % pixels, pixels, &noise);
		got = half_at(c, t, RKX_OUTPUT,
			      REG(t, DPU_DST_BASE_ADDR) + (uint64_t)(k / 8) * REG(t, DPU_DST_SURF_STRIDE) +
				      n % pixels * 16 + k % 8 * 2);
		if (!(got >= half_round(sum - noise) && got <= half_round(sum + noise)))
			return bad(c, i, k, y, x, got, half_round(sum));
	}
	return PASS;
}

/* ---- Copies */

/* One map to another place, or enlarged: values stay. */
static enum verdict
check_copy(struct check *c, size_t i, uint32_t by)
{
	const struct rkx_model_task *t = &c->m->tasks[i];
	uint32_t w = FIELD(t, DPU_RDMA_RDMA_DATA_CUBE_WIDTH, WIDTH) + 1;
	uint32_t h = FIELD(t, DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, HEIGHT) + 1;
	uint32_t channels = FIELD(t, DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, CHANNEL) + 1;
	uint64_t surface = (uint64_t)w * h * 16 + REG(t, DPU_RDMA_RDMA_SURF_NOTCH);
	uint64_t out = by > 1 ? (uint64_t)w * h * by * by * 16 : REG(t, DPU_DST_SURF_STRIDE);
	uint64_t line = by > 1 ? (uint64_t)w * by : w + FIELD(t, DPU_DATA_CUBE_NOTCH_ADDR, NOTCH_ADDR_0);

	if (REG(t, DPU_EW_CFG) != 0x383 || REG(t, DPU_BS_CFG) != 0x53 || REG(t, DPU_BN_CFG) != 0x53 ||
	    (by > 1 && channels > 8))
		return SKIP;
	for (uint32_t k = 0; k < channels; k++)
		for (uint32_t y = 0; y < h * by; y++)
			for (uint32_t x = 0; x < w * by; x++) {
				double want = half_at(c, t, RKX_SOURCE,
						      REG(t, DPU_RDMA_RDMA_SRC_BASE_ADDR) + k / 8 * surface +
							      ((uint64_t)(y / by) * w + x / by) * 16 + k % 8 * 2);
				double got = half_at(c, t, RKX_OUTPUT,
						     REG(t, DPU_DST_BASE_ADDR) + k / 8 * out + (y * line + x) * 16 +
							     k % 8 * 2);

				if (!(got == want))
					return bad(c, i, k, y, x, got, want);
			}
	return PASS;
}

/* ---- All */

static enum verdict
check_task(struct check *c, size_t i)
{
	const struct rkx_model_task *t = &c->m->tasks[i];

	if (i >= c->m->n_submitted)
		return SKIP;
	if (t->conv)
		return check_conv(c, i);
	switch (REG(t, DPU_DATA_FORMAT)) {
	case 0x48000002:
		return check_copy(c, i, 1);
	case 0x44000002:
		return check_copy(c, i, 2);
	default:
		return SKIP;
	}
}

static int
read_memory(struct check *c, const struct rkr_run *answer, struct rkr_error *err)
{
	for (unsigned b = 0; b < RKX_BUFFERS; b++) {
		const struct rkr_run *from = b == RKX_OUTPUT ? answer : c->m->run;

		if (!c->m->bytes[b])
			continue;
		c->memory[b] = malloc(c->m->bytes[b]);
		if (!c->memory[b])
			return -ENOMEM;
		int bo = rkr_run_bo_by_role(from, rkr_run_bo(c->m->run, c->m->bo[b])->role);

		if (bo < 0 || rkr_run_read(from, (uint32_t)bo, 0, c->memory[b], c->m->bytes[b]) < 0)
			return rkr_fail(err, -ENODATA, NULL, "the answer does not hold all of BO %s",
					rkr_run_bo(c->m->run, c->m->bo[b])->role);
	}
	return 0;
}

int
rkx_layers_check(const struct rkx_model *m, const struct rkr_run *answer, struct rkx_layers *ret_layers,
		 struct rkr_error *err)
{
	struct rkx_layers result = { 0 };
	struct check c = { .m = m, .result = &result };
	int r = read_memory(&c, answer, err);

	/* An operator's tasks stand together: it passes if all do. */
	for (size_t i = 0, end; i < m->n_tasks && r == 0; i = end) {
		enum verdict worst = PASS;

		for (end = i; end < m->n_tasks && m->tasks[end].task.op_idx == m->tasks[i].task.op_idx; end++) {
			enum verdict v = check_task(&c, end);

			if (worst != FAIL && v != PASS)
				worst = v;
		}
		result.passed += worst == PASS;
		result.failed += worst == FAIL;
		result.skipped += worst == SKIP;
	}
	for (unsigned b = 0; b < RKX_BUFFERS; b++)
		free(c.memory[b]);
	if (r == 0)
		*ret_layers = result;
	return r;
}
