/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "reference.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "emu/half.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"

/* Channels of a surface; kernels and channels of a block of weights [captured]. */
#define SURFACE 8
#define KERNELS 16
#define CHANNELS 32

/* An elementwise add of fp16, operand per pixel, as clients on boards ask for it [captured]. */
#define ADD_EW_CFG 0x108202c0u
#define ADD_FORMAT 0x48000002u

/* The value of a register in the first task's record. */
static bool
reg(const struct rkr_run *run, const struct rkr_task *task, uint16_t target, uint16_t offset, uint32_t *ret)
{
	struct rkr_ref at = rkr_run_resolve(run, RKR_SPACE_DMA, task->regcmd_addr, SIZE_MAX);
	uint64_t n = (uint64_t)task->regcfg_amount + RKR_REGCMD_TAIL;
	bool found = false;

	for (uint64_t i = 0; at.state == RKR_REF_BO && i < n; i++) {
		uint8_t b[8];
		uint64_t w = 0;

		if (rkr_run_read(run, at.bo, at.addend + 8 * i, b, sizeof(b)) < 0)
			break;
		for (size_t k = 0; k < sizeof(b); k++)
			w |= (uint64_t)b[k] << (8 * k);
		struct rkr_qword q = rkr_qword_decode(w);

		if (q.target != target || q.offset != offset)
			continue;
		*ret = q.value;
		found = true;
	}
	return found;
}

/* @n halves at an IOVA, as numbers; NULL: not known, *ret_r tells. */
static double *
load(const struct rkr_run *run, uint32_t iova, size_t n, int *ret_r)
{
	struct rkr_ref at = rkr_run_resolve(run, RKR_SPACE_DMA, iova, SIZE_MAX);
	_autofree_ uint8_t *bytes = reallocarray(NULL, n, 2);
	double *v = reallocarray(NULL, n, sizeof(*v));

	*ret_r = bytes && v ? 0 : -ENOMEM;
	if (*ret_r == 0)
		*ret_r =
			at.state == RKR_REF_BO ? rkr_run_read(run, at.bo, at.addend, bytes, 2 * n) : -ENODATA;
	if (*ret_r < 0) {
		free(v);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		v[i] = (double)rke_half_to_float((uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8));
	return v;
}

static void
compare(struct rkx_comparison *c, double got, double exact, double *largest)
{
	double want = (double)rke_half_to_float(rke_double_to_half(exact)), diff = fabs(got - want);

	c->compared++;
	c->differ += !(got == want);
	/* A NaN compares as nothing, and must not pass for that. */
	if (isnan(diff))
		diff = got == want ? 0 : INFINITY;
	c->max_diff = fmax(c->max_diff, diff);
	*largest = fmax(*largest, fabs(want));
}

/* The distance of two fp16 numbers of this magnitude: 11 bits of significand. */
static double
step(double magnitude)
{
	int exponent;

	frexp(magnitude, &exponent);
	/* Subnormals are 2^-24 apart. */
	return ldexp(1, exponent - 11 < -24 ? -24 : exponent - 11);
}

static void
conclude(struct rkx_comparison *c, double largest)
{
	/*
	 * The NPU adds in fp32 in an order of its own, so that a sum close to
	 * half way goes the other way: one step at most [captured: max_diff of
	 * the named shapes is one step at their largest value].
	 */
	c->allowed = step(largest);
	c->right = c->compared && c->max_diff <= c->allowed;
}

/* ---- convolution */

struct tensors {
	double *in, *weights, *out;
	size_t out_surface; /* elements */
};

static double
sum_of(const struct rkx_conv *s, const struct tensors *t, uint32_t k, uint32_t y, uint32_t x)
{
	size_t taps = (size_t)s->kh * s->kw;
	double sum = 0;

	for (size_t tap = 0; tap < taps; tap++) {
		int64_t row = (int64_t)y * s->stride + (int64_t)(tap / s->kw) - s->pad_top;
		int64_t column = (int64_t)x * s->stride + (int64_t)(tap % s->kw) - s->pad_left;

		if (row < 0 || row >= s->in_h || column < 0 || column >= s->in_w)
			continue;
		for (size_t c = 0; c < s->in_c; c += SURFACE) {
			size_t block = (k / KERNELS * (s->in_c / CHANNELS) + c / CHANNELS) * taps + tap;
			const double *a =
				t->in +
				((c / SURFACE * s->in_h + (size_t)row) * s->in_w + (size_t)column) * SURFACE;
			const double *b = t->weights + block * KERNELS * CHANNELS + k % KERNELS * CHANNELS +
					  c % CHANNELS;

			for (size_t i = 0; i < SURFACE; i++)
				sum += a[i] * b[i];
		}
	}
	return sum;
}

static bool
is_known(const struct rkx_conv *s)
{
	const uint32_t sizes[] = { s->in_c,  s->in_h, s->in_w, s->out_c, s->out_h,
				   s->out_w, s->kh,   s->kw,   s->stride };

	/* The registers hold no more; products of these stay far below 2^63. */
	for (size_t i = 0; i < RKR_ARRAY_LEN(sizes); i++)
		if (sizes[i] == 0 || sizes[i] > 0x2000)
			return false;
	return s->in_c % CHANNELS == 0 && s->out_c % KERNELS == 0;
}

static int
compare_conv(const struct rkr_run *run, const struct rkr_task *task, const struct rkx_conv *s,
	     struct rkx_comparison *c, struct rkr_error *err)
{
	uint32_t in, weights, out, stride;
	struct tensors t = { 0 };
	double largest = 0;
	int r = 0;

	if (!is_known(s))
		return rkr_fail(err, -EOPNOTSUPP, NULL,
				"there is no reference for channels that are no multiple of 32 or kernels "
				"that are none of 16");
	if (!reg(run, task, RKR_TARGET_CNA, RKR_REG_CNA_FEATURE_DATA_ADDR, &in) ||
	    !reg(run, task, RKR_TARGET_CNA, RKR_REG_CNA_DCOMP_ADDR0, &weights) ||
	    !reg(run, task, RKR_TARGET_DPU, RKR_REG_DPU_DST_BASE_ADDR, &out) ||
	    !reg(run, task, RKR_TARGET_DPU, RKR_REG_DPU_DST_SURF_STRIDE, &stride))
		return rkr_fail(err, -ENODATA, NULL, "the first task is no whole convolution");
	t.out_surface = stride / 2;
	if (t.out_surface < (size_t)s->out_h * s->out_w * SURFACE)
		return rkr_fail(err, -EOPNOTSUPP, NULL, "surfaces of the output overlap");
	t.in = load(run, in, (size_t)s->in_c * s->in_h * s->in_w, &r);
	if (t.in)
		t.weights = load(run, weights, (size_t)s->out_c * s->in_c * s->kh * s->kw, &r);
	if (t.weights)
		t.out = load(run, out,
			     (s->out_c / SURFACE - 1) * t.out_surface + (size_t)s->out_h * s->out_w * SURFACE,
			     &r);
	for (uint32_t k = 0; t.out && k < s->out_c; k++)
		for (uint32_t y = 0; y < s->out_h; y++)
			for (uint32_t x = 0; x < s->out_w; x++)
				compare(c,
					t.out[k / SURFACE * t.out_surface +
					      ((size_t)y * s->out_w + x) * SURFACE + k % SURFACE],
					sum_of(s, &t, k, y, x), &largest);
	free(t.in);
	free(t.weights);
	free(t.out);
	if (r < 0)
		return rkr_fail(err, r, NULL, "the run does not hold all of input, kernels and output");
	conclude(c, largest);
	return 0;
}

/* ---- add */

static int
compare_add(const struct rkr_run *run, const struct rkr_task *task, struct rkx_comparison *c,
	    struct rkr_error *err)
{
	uint32_t a_at, b_at, out_at, width, height = 0, channel, ew, format;
	double largest = 0;
	int r = 0;

	if (!reg(run, task, RKR_TARGET_DPU, RKR_REG_DPU_EW_CFG, &ew) || ew != ADD_EW_CFG ||
	    !reg(run, task, RKR_TARGET_DPU, RKR_REG_DPU_DATA_FORMAT, &format) || format != ADD_FORMAT ||
	    !reg(run, task, RKR_TARGET_DPU, RKR_REG_DPU_DATA_CUBE_WIDTH, &width) ||
	    !reg(run, task, RKR_TARGET_DPU, RKR_REG_DPU_DATA_CUBE_CHANNEL, &channel) ||
	    !reg(run, task, RKR_TARGET_DPU, RKR_REG_DPU_DST_BASE_ADDR, &out_at) ||
	    !reg(run, task, RKR_TARGET_DPU_RDMA, RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, &a_at) ||
	    !reg(run, task, RKR_TARGET_DPU_RDMA, RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, &b_at))
		return rkr_fail(err, -EOPNOTSUPP, NULL,
				"there is a reference for convolutions by shape and for fp16 adds only");
	reg(run, task, RKR_TARGET_DPU, RKR_REG_DPU_DATA_CUBE_HEIGHT, &height);
	/* One surface: how far apart more of them are is not asked. */
	if ((channel & RKR_FLD_DPU_DATA_CUBE_CHANNEL_CHANNEL_MASK) >= SURFACE)
		return rkr_fail(err, -EOPNOTSUPP, NULL,
				"there is no reference for adds of more than 8 channels");
	size_t n = SURFACE * ((size_t)(width & RKR_FLD_DPU_DATA_CUBE_WIDTH_WIDTH_MASK) + 1) *
		   ((size_t)(height & RKR_FLD_DPU_DATA_CUBE_HEIGHT_HEIGHT_MASK) + 1);
	_autofree_ double *a = load(run, a_at, n, &r);
	_autofree_ double *b = a ? load(run, b_at, n, &r) : NULL;
	_autofree_ double *out = b ? load(run, out_at, n, &r) : NULL;

	if (!out)
		return rkr_fail(err, r, NULL, "the run does not hold both operands and the output");
	for (size_t i = 0; i < n; i++)
		compare(c, out[i], a[i] + b[i], &largest);
	conclude(c, largest);
	return 0;
}

int
rkx_reference_compare(const struct rkr_run *run, const struct rkx_conv *conv,
		      struct rkx_comparison *ret_comparison, struct rkr_error *err)
{
	struct rkx_comparison c = { 0 };
	struct rkr_task task;

	if (rkr_run_task(run, 0, &task) < 0)
		return rkr_fail(err, -ENODATA, NULL, "the run does not hold its first task");
	int r = conv ? compare_conv(run, &task, conv, &c, err) : compare_add(run, &task, &c, err);

	if (r == 0)
		*ret_comparison = c;
	return r;
}
