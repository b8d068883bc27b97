/* SPDX-License-Identifier: MIT */
/* The inner loops for x86 processors with AVX2, FMA and F16C: 6 pixels by 16 kernels in 12 registers. */
#include "config.h"

#include "replay/emu/conv.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma,f16c")))
#define ALWAYS __attribute__((always_inline))

TARGET static inline void
add_wide(double sum[8], __m256 part)
{
	__m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(part));
	__m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(part, 1));

	_mm256_storeu_pd(sum, _mm256_add_pd(_mm256_loadu_pd(sum), low));
	_mm256_storeu_pd(sum + 4, _mm256_add_pd(_mm256_loadu_pd(sum + 4), high));
}

TARGET static inline void
store_sums(double sum[RKE_PIXELS][RKE_KERNELS], unsigned n, float out[RKE_PIXELS][RKE_KERNELS])
{
	for (unsigned p = 0; p < n; p++)
		for (unsigned k = 0; k < RKE_KERNELS; k += 4)
			_mm_storeu_ps(out[p] + k, _mm256_cvtpd_ps(_mm256_loadu_pd(sum[p] + k)));
}

/* Two registers of sums for each pixel: see conv-tile-loops.h. */
/* clang-format off */
#define FLOAT_ZERO(p) __m256 s##p##a = _mm256_setzero_ps(), s##p##b = _mm256_setzero_ps();
#define FLOAT_WEIGHTS __m256 w0 = _mm256_loadu_ps(w), w1 = _mm256_loadu_ps(w + 8);
#define FLOAT_STEP(p) { \
	__m256 v = _mm256_broadcast_ss(in[p] + at); \
	s##p##a = _mm256_fmadd_ps(v, w0, s##p##a); \
	s##p##b = _mm256_fmadd_ps(v, w1, s##p##b); \
}
#define FLOAT_ADD(p) add_wide(sum[p], s##p##a); add_wide(sum[p] + 8, s##p##b);

#define INT_ZERO(p) __m256i s##p##a = _mm256_setzero_si256(), s##p##b = _mm256_setzero_si256();
#define INT_WEIGHTS \
	__m256i w0 = _mm256_loadu_si256((const __m256i *)(const void *)w); \
	__m256i w1 = _mm256_loadu_si256((const __m256i *)(const void *)(w + RKE_KERNELS));
#define INT_STEP(p) { \
	const void *pair = in[p] + at; \
	__m256i v = _mm256_castps_si256(_mm256_broadcast_ss(pair)); \
	s##p##a = _mm256_add_epi32(s##p##a, _mm256_madd_epi16(v, w0)); \
	s##p##b = _mm256_add_epi32(s##p##b, _mm256_madd_epi16(v, w1)); \
}
#define INT_STORE(p) \
	_mm256_storeu_si256((__m256i *)(void *)out[p], s##p##a); \
	_mm256_storeu_si256((__m256i *)(void *)(out[p] + 8), s##p##b);
/* clang-format on */

#include "replay/emu/conv-tile-loops.h"

/* 8 fp16 of a kernel, and 8 of the one that is 8 kernels on. */
TARGET static inline __m256i
load_two(const unsigned char *from, size_t stride)
{
	__m128i low = _mm_loadu_si128((const __m128i *)(const void *)from);
	__m128i high = _mm_loadu_si128((const __m128i *)(const void *)(from + 8 * stride));

	return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/*
 * 8 channels of 16 kernels that lie @stride bytes apart: of each channel all
 * kernels. In both halves 8 by 8: pairs, then fours, then eights. Turned as
 * fp16: that is half the work. Written out, so that all of it is in registers.
 */
TARGET ALWAYS static inline void
turn_8(const unsigned char *from, size_t stride, __m256i to[8])
{
	__m256i r0 = load_two(from, stride), r1 = load_two(from + stride, stride);
	__m256i r2 = load_two(from + 2 * stride, stride), r3 = load_two(from + 3 * stride, stride);
	__m256i r4 = load_two(from + 4 * stride, stride), r5 = load_two(from + 5 * stride, stride);
	__m256i r6 = load_two(from + 6 * stride, stride), r7 = load_two(from + 7 * stride, stride);
	/* Kernels 0 and 1, 2 and 3, ..: channels 0 to 3, then 4 to 7. */
	__m256i p0 = _mm256_unpacklo_epi16(r0, r1), q0 = _mm256_unpackhi_epi16(r0, r1);
	__m256i p1 = _mm256_unpacklo_epi16(r2, r3), q1 = _mm256_unpackhi_epi16(r2, r3);
	__m256i p2 = _mm256_unpacklo_epi16(r4, r5), q2 = _mm256_unpackhi_epi16(r4, r5);
	__m256i p3 = _mm256_unpacklo_epi16(r6, r7), q3 = _mm256_unpackhi_epi16(r6, r7);
	/* Kernels 0 to 3 and 4 to 7: two channels each. */
	__m256i a0 = _mm256_unpacklo_epi32(p0, p1), a1 = _mm256_unpackhi_epi32(p0, p1);
	__m256i b0 = _mm256_unpacklo_epi32(p2, p3), b1 = _mm256_unpackhi_epi32(p2, p3);
	__m256i a2 = _mm256_unpacklo_epi32(q0, q1), a3 = _mm256_unpackhi_epi32(q0, q1);
	__m256i b2 = _mm256_unpacklo_epi32(q2, q3), b3 = _mm256_unpackhi_epi32(q2, q3);

	to[0] = _mm256_unpacklo_epi64(a0, b0);
	to[1] = _mm256_unpackhi_epi64(a0, b0);
	to[2] = _mm256_unpacklo_epi64(a1, b1);
	to[3] = _mm256_unpackhi_epi64(a1, b1);
	to[4] = _mm256_unpacklo_epi64(a2, b2);
	to[5] = _mm256_unpackhi_epi64(a2, b2);
	to[6] = _mm256_unpacklo_epi64(a3, b3);
	to[7] = _mm256_unpackhi_epi64(a3, b3);
}

#define FOR_8(do_it) do_it(0) do_it(1) do_it(2) do_it(3) do_it(4) do_it(5) do_it(6) do_it(7)
#define WIDEN_LOW(v) _mm256_cvtph_ps(_mm256_castsi256_si128(v))
#define WIDEN_HIGH(v) _mm256_cvtph_ps(_mm256_extracti128_si256(v, 1))

TARGET static void
turn_half(const unsigned char *from, size_t stride, size_t n, float *to)
{
	for (size_t i = 0; i < n; i += 8, from += 16, to += 8 * RKE_KERNELS) {
		__m256i all[8];

		turn_8(from, stride, all);
		/* clang-format off */
#define STORE(c) \
	_mm256_storeu_ps(to + c * RKE_KERNELS, WIDEN_LOW(all[c])); \
	_mm256_storeu_ps(to + c * RKE_KERNELS + 8, WIDEN_HIGH(all[c]));
		/* clang-format on */
		FOR_8(STORE)
	}
}

/* clang-format off */
#define HALF_ADD_ZERO(p) FLOAT_ADD(p) s##p##a = _mm256_setzero_ps(); s##p##b = s##p##a;
#define HALF_CHANNEL(c, for_pixels) { \
	const size_t at = first + c; \
	__m256 w0 = WIDEN_LOW(all[c]), w1 = WIDEN_HIGH(all[c]); \
\
	for_pixels(FLOAT_STEP) \
}
/* clang-format on */

/* As TILE_FLOAT(), 8 channels of weights turned at a time. Chunks are of a row of taps, as they are there. */
#define TILE_HALF(name, for_pixels)                                                                        \
	TARGET static void name(const float *const in[RKE_PIXELS], size_t pitch,                           \
				const struct rke_half_weights *h, double sum[RKE_PIXELS][RKE_KERNELS])     \
	{                                                                                                  \
		for_pixels(FLOAT_ZERO)                                                                     \
		for (size_t ky = 0; ky < h->kh; ky++) {                                                    \
			size_t first = ky * pitch, left = RKE_CHUNK;                                       \
                                                                                                           \
			for (size_t kx = 0; kx < h->kw; kx++)                                              \
				for (size_t c = 0; c < h->channels; c += 8, first += 8) {                  \
					size_t stride;                                                     \
					const unsigned char *from =                                        \
						rke_half_weights_at(h, ky * h->kw + kx, c, &stride);       \
					__m256i all[8];                                                    \
                                                                                                           \
					turn_8(from, stride, all);                                         \
					HALF_CHANNEL(0, for_pixels)                                        \
					HALF_CHANNEL(1, for_pixels)                                        \
					HALF_CHANNEL(2, for_pixels)                                        \
					HALF_CHANNEL(3, for_pixels)                                        \
					HALF_CHANNEL(4, for_pixels)                                        \
					HALF_CHANNEL(5, for_pixels)                                        \
					HALF_CHANNEL(6, for_pixels)                                        \
					HALF_CHANNEL(7, for_pixels)                                        \
					left -= 8;                                                         \
					if (left == 0) {                                                   \
						for_pixels(HALF_ADD_ZERO)                                  \
						left = RKE_CHUNK;                                          \
					}                                                                  \
				}                                                                          \
			for_pixels(HALF_ADD_ZERO)                                                          \
		}                                                                                          \
	}

FOR_NUMBERS(TILE_HALF, half)

TARGET static void
tile_half(const float *const in[RKE_PIXELS], unsigned n, size_t pitch, const struct rke_half_weights *weights,
	  float out[RKE_PIXELS][RKE_KERNELS])
{
	double sum[RKE_PIXELS][RKE_KERNELS] = { 0 };

	BY_NUMBER(n, half, in, pitch, weights, sum);
	store_sums(sum, n, out);
}

TARGET static inline __m256d
widen_4(const float *v)
{
	return _mm256_cvtps_pd(_mm_loadu_ps(v));
}

TARGET static void
depthwise_float(const float *in, size_t row, size_t pitch, const float *weights, uint32_t kh, uint32_t kw,
		float *out)
{
	__m256d s0 = _mm256_setzero_pd(), s1 = s0, s2 = s0, s3 = s0;

	for (uint32_t ky = 0; ky < kh; ky++)
		for (uint32_t kx = 0; kx < kw; kx++, weights += pitch) {
			const float *v = in + ky * row + kx * pitch;

			s0 = _mm256_fmadd_pd(widen_4(v), widen_4(weights), s0);
			s1 = _mm256_fmadd_pd(widen_4(v + 4), widen_4(weights + 4), s1);
			s2 = _mm256_fmadd_pd(widen_4(v + 8), widen_4(weights + 8), s2);
			s3 = _mm256_fmadd_pd(widen_4(v + 12), widen_4(weights + 12), s3);
		}
	_mm_storeu_ps(out, _mm256_cvtpd_ps(s0));
	_mm_storeu_ps(out + 4, _mm256_cvtpd_ps(s1));
	_mm_storeu_ps(out + 8, _mm256_cvtpd_ps(s2));
	_mm_storeu_ps(out + 12, _mm256_cvtpd_ps(s3));
}

/* clang has no name for F16C, and each of these has both. */
static bool
have_f16c(void)
{
#if defined(__clang__)
	return true;
#else
	return __builtin_cpu_supports("f16c");
#endif
}

static const struct rke_tile_ops ops = {
	.name = "avx2",
	.tile_float = tile_float,
	.tile_int = tile_int,
	.turn_half = turn_half,
	.tile_half = tile_half,
	.depthwise_float = depthwise_float,
};

const struct rke_tile_ops *
rke_tile_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && have_f16c() ? &ops : NULL;
}

#else

const struct rke_tile_ops *
rke_tile_avx2(void)
{
	return NULL;
}

#endif
