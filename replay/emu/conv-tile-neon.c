/* SPDX-License-Identifier: MIT */
/* The inner loops for 64-bit ARM, all of which have NEON: 6 pixels by 16 kernels in 24 registers. */
#include "config.h"

#include "replay/emu/conv.h"

#if defined(__AARCH64EL__)

#include <arm_neon.h>

#define TARGET

static inline void
add_wide(double sum[4], float32x4_t part)
{
	vst1q_f64(sum, vaddq_f64(vld1q_f64(sum), vcvt_f64_f32(vget_low_f32(part))));
	vst1q_f64(sum + 2, vaddq_f64(vld1q_f64(sum + 2), vcvt_high_f64_f32(part)));
}

static inline void
store_sums(double sum[RKE_PIXELS][RKE_KERNELS], unsigned n, float out[RKE_PIXELS][RKE_KERNELS])
{
	for (unsigned p = 0; p < n; p++)
		for (unsigned k = 0; k < RKE_KERNELS; k += 2)
			vst1_f32(out[p] + k, vcvt_f32_f64(vld1q_f64(sum[p] + k)));
}

/* Four registers of sums for each pixel: see conv-tile-loops.h. */
/* clang-format off */
#define FLOAT_ZERO(p) \
	float32x4_t s##p##a = vdupq_n_f32(0), s##p##b = s##p##a, s##p##c = s##p##a, s##p##d = s##p##a;
#define FLOAT_WEIGHTS \
	float32x4_t w0 = vld1q_f32(w), w1 = vld1q_f32(w + 4); \
	float32x4_t w2 = vld1q_f32(w + 8), w3 = vld1q_f32(w + 12);
#define FLOAT_STEP(p) { \
	float32x4_t v = vld1q_dup_f32(in[p] + at); \
	s##p##a = vfmaq_f32(s##p##a, v, w0); \
	s##p##b = vfmaq_f32(s##p##b, v, w1); \
	s##p##c = vfmaq_f32(s##p##c, v, w2); \
	s##p##d = vfmaq_f32(s##p##d, v, w3); \
}
#define FLOAT_ADD(p) \
	add_wide(sum[p], s##p##a); \
	add_wide(sum[p] + 4, s##p##b); \
	add_wide(sum[p] + 8, s##p##c); \
	add_wide(sum[p] + 12, s##p##d);

#define INT_ZERO(p) \
	int32x4_t s##p##a = vdupq_n_s32(0), s##p##b = s##p##a, s##p##c = s##p##a, s##p##d = s##p##a;
#define INT_WEIGHTS int16x8x2_t low = vld2q_s16(w), high = vld2q_s16(w + RKE_KERNELS);
#define INT_STEP(p) { \
	const int16_t *v = in[p] + at; \
	for (unsigned j = 0; j < 2; j++) { \
		s##p##a = vmlal_n_s16(s##p##a, vget_low_s16(low.val[j]), v[j]); \
		s##p##b = vmlal_n_s16(s##p##b, vget_high_s16(low.val[j]), v[j]); \
		s##p##c = vmlal_n_s16(s##p##c, vget_low_s16(high.val[j]), v[j]); \
		s##p##d = vmlal_n_s16(s##p##d, vget_high_s16(high.val[j]), v[j]); \
	} \
}
#define INT_STORE(p) \
	vst1q_s32(out[p], s##p##a); \
	vst1q_s32(out[p] + 4, s##p##b); \
	vst1q_s32(out[p] + 8, s##p##c); \
	vst1q_s32(out[p] + 12, s##p##d);
/* clang-format on */

#include "replay/emu/conv-tile-loops.h"

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
