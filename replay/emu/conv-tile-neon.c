/* SPDX-License-Identifier: MIT */
/* The inner loops for 64-bit ARM, all of which have NEON: 6 pixels by 16 kernels in 24 registers. */
#include "config.h"

#include "replay/emu/conv.h"

#if defined(__AARCH64EL__)

#include <arm_neon.h>

_Static_assert(RKE_PIXELS == 6 && RKE_KERNELS == 16, "the loops below are written out for this tile");

/* For each pixel: its number, and its four registers of sums. */
#define FOR_PIXEL(do_it) do_it(0, s00, s01, s02, s03)
#define FOR_2_PIXELS(do_it) FOR_PIXEL(do_it) do_it(1, s10, s11, s12, s13)
#define FOR_4_PIXELS(do_it) FOR_2_PIXELS(do_it) do_it(2, s20, s21, s22, s23) do_it(3, s30, s31, s32, s33)
#define FOR_PIXELS(do_it) FOR_4_PIXELS(do_it) do_it(4, s40, s41, s42, s43) do_it(5, s50, s51, s52, s53)

static inline void
add_wide(double sum[4], float32x4_t part)
{
	vst1q_f64(sum, vaddq_f64(vld1q_f64(sum), vcvt_f64_f32(vget_low_f32(part))));
	vst1q_f64(sum + 2, vaddq_f64(vld1q_f64(sum + 2), vcvt_high_f64_f32(part)));
}

/* clang-format off */
#define FLOAT_ZERO(p, a, b, c, d) float32x4_t a = vdupq_n_f32(0), b = a, c = a, d = a;
#define FLOAT_STEP(p, a, b, c, d) { \
	float32x4_t v = vld1q_dup_f32(in[p] + r * pitch + i); \
	a = vfmaq_f32(a, v, w0); \
	b = vfmaq_f32(b, v, w1); \
	c = vfmaq_f32(c, v, w2); \
	d = vfmaq_f32(d, v, w3); \
}
#define FLOAT_ADD(p, a, b, c, d) \
	add_wide(sum[p], a); \
	add_wide(sum[p] + 4, b); \
	add_wide(sum[p] + 8, c); \
	add_wide(sum[p] + 12, d);
/* clang-format on */

/* The loop over some pixels: those that there are, or what costs as little. */
#define TILE_FLOAT(name, for_pixels)                                                                       \
	static void name(const float *const in[RKE_PIXELS], size_t pitch, const float *w, size_t rows,     \
			 size_t run, double sum[RKE_PIXELS][RKE_KERNELS])                                  \
	{                                                                                                  \
		for (size_t r = 0; r < rows; r++)                                                          \
			for (size_t from = 0; from < run; from += RKE_CHUNK) {                             \
				size_t to = run - from < RKE_CHUNK ? run : from + RKE_CHUNK;               \
                                                                                                           \
				for_pixels(FLOAT_ZERO)                                                     \
				for (size_t i = from; i < to; i++, w += RKE_KERNELS) {                     \
					float32x4_t w0 = vld1q_f32(w), w1 = vld1q_f32(w + 4);              \
					float32x4_t w2 = vld1q_f32(w + 8), w3 = vld1q_f32(w + 12);         \
                                                                                                           \
					for_pixels(FLOAT_STEP)                                             \
				}                                                                          \
				for_pixels(FLOAT_ADD)                                                      \
			}                                                                                  \
	}

TILE_FLOAT(add_1, FOR_PIXEL)
TILE_FLOAT(add_2, FOR_2_PIXELS)
TILE_FLOAT(add_4, FOR_4_PIXELS)
TILE_FLOAT(add_6, FOR_PIXELS)

static void
tile_float(const float *const in[RKE_PIXELS], unsigned n, size_t pitch, const float *weights, size_t rows,
	   size_t run, float out[RKE_PIXELS][RKE_KERNELS])
{
	double sum[RKE_PIXELS][RKE_KERNELS] = { 0 };

	if (n > 4)
		add_6(in, pitch, weights, rows, run, sum);
	else if (n > 2)
		add_4(in, pitch, weights, rows, run, sum);
	else if (n > 1)
		add_2(in, pitch, weights, rows, run, sum);
	else
		add_1(in, pitch, weights, rows, run, sum);
	for (unsigned p = 0; p < n; p++)
		for (unsigned k = 0; k < RKE_KERNELS; k += 2)
			vst1_f32(out[p] + k, vcvt_f32_f64(vld1q_f64(sum[p] + k)));
}

/* clang-format off */
#define INT_ZERO(p, a, b, c, d) int32x4_t a = vdupq_n_s32(0), b = a, c = a, d = a;
/* Two channels at once; sums are modulo 2^32. */
#define INT_STEP(p, a, b, c, d) { \
	const int16_t *v = in[p] + r * pitch + i; \
	for (unsigned j = 0; j < 2; j++) { \
		a = vmlal_n_s16(a, vget_low_s16(low.val[j]), v[j]); \
		b = vmlal_n_s16(b, vget_high_s16(low.val[j]), v[j]); \
		c = vmlal_n_s16(c, vget_low_s16(high.val[j]), v[j]); \
		d = vmlal_n_s16(d, vget_high_s16(high.val[j]), v[j]); \
	} \
}
#define INT_STORE(p, a, b, c, d) \
	vst1q_s32(out[p], a); \
	vst1q_s32(out[p] + 4, b); \
	vst1q_s32(out[p] + 8, c); \
	vst1q_s32(out[p] + 12, d);
/* clang-format on */

static void
tile_int(const int16_t *const in[RKE_PIXELS], size_t pitch, const int16_t *weights, size_t rows, size_t run,
	 int32_t out[RKE_PIXELS][RKE_KERNELS])
{
	const int16_t *w = weights;

	FOR_PIXELS(INT_ZERO)
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < run; i += 2, w += 2 * RKE_KERNELS) {
			int16x8x2_t low = vld2q_s16(w), high = vld2q_s16(w + RKE_KERNELS);

			FOR_PIXELS(INT_STEP)
		}
	FOR_PIXELS(INT_STORE)
}

/* 8 channels of 8 kernels: pairs, then fours, then eights. Turned as fp16: that is half the work. */
static inline void
turn_8(const unsigned char *from, size_t stride, float *to)
{
	uint16x8_t row[8], pair[8];
	uint32x4_t four[8];

	for (unsigned k = 0; k < 8; k++)
		row[k] = vld1q_u16((const uint16_t *)(const void *)(from + k * stride));
	for (unsigned k = 0; k < 4; k++) {
		pair[k] = vzip1q_u16(row[2 * k], row[2 * k + 1]);
		pair[4 + k] = vzip2q_u16(row[2 * k], row[2 * k + 1]);
	}
	for (unsigned k = 0; k < 4; k++) {
		uint32x4_t a = vreinterpretq_u32_u16(pair[2 * k]);
		uint32x4_t b = vreinterpretq_u32_u16(pair[2 * k + 1]);

		four[2 * k] = vzip1q_u32(a, b);
		four[2 * k + 1] = vzip2q_u32(a, b);
	}
	/* four[4h + 2j + m] has channels 4h + 2m and the next, of kernels 4j to 4j + 3. */
	for (unsigned c = 0; c < 8; c++, to += RKE_KERNELS) {
		uint64x2_t a = vreinterpretq_u64_u32(four[c / 4 * 4 + c / 2 % 2]);
		uint64x2_t b = vreinterpretq_u64_u32(four[c / 4 * 4 + 2 + c / 2 % 2]);
		float16x8_t all = vreinterpretq_f16_u64(c % 2 ? vzip2q_u64(a, b) : vzip1q_u64(a, b));

		vst1q_f32(to, vcvt_f32_f16(vget_low_f16(all)));
		vst1q_f32(to + 4, vcvt_high_f32_f16(all));
	}
}

static void
turn_half(const unsigned char *from, size_t stride, size_t n, float *to)
{
	for (size_t i = 0; i < n; i += 8, from += 16, to += 8 * RKE_KERNELS) {
		turn_8(from, stride, to);
		turn_8(from + 8 * stride, stride, to + 8);
	}
}

static void
depthwise_float(const float *in, size_t row, size_t pitch, const float *weights, uint32_t kh, uint32_t kw,
		float *out)
{
	float64x2_t sum[RKE_KERNELS / 2];

	for (unsigned k = 0; k < RKE_KERNELS / 2; k++)
		sum[k] = vdupq_n_f64(0);
	for (uint32_t ky = 0; ky < kh; ky++)
		for (uint32_t kx = 0; kx < kw; kx++, weights += pitch) {
			const float *v = in + ky * row + kx * pitch;

			for (unsigned k = 0; k < RKE_KERNELS / 2; k++)
				sum[k] = vfmaq_f64(sum[k], vcvt_f64_f32(vld1_f32(v + 2 * k)),
						   vcvt_f64_f32(vld1_f32(weights + 2 * k)));
		}
	for (unsigned k = 0; k < RKE_KERNELS / 2; k++)
		vst1_f32(out + 2 * k, vcvt_f32_f64(sum[k]));
}

static const struct rke_tile_ops ops = {
	.name = "neon",
	.tile_float = tile_float,
	.tile_int = tile_int,
	.turn_half = turn_half,
	.depthwise_float = depthwise_float,
};

const struct rke_tile_ops *
rke_tile_neon(void)
{
	return &ops;
}

#else

const struct rke_tile_ops *
rke_tile_neon(void)
{
	return NULL;
}

#endif
