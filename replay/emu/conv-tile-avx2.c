/* SPDX-License-Identifier: MIT */
/* The inner loops for x86 processors with AVX2, FMA and F16C: 6 pixels by 16 kernels in 12 registers. */
#include "config.h"

#include "replay/emu/conv.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WITH_AVX2 __attribute__((target("avx2,fma,f16c")))
#define ALWAYS __attribute__((always_inline))

_Static_assert(RKE_PIXELS == 6 && RKE_KERNELS == 16, "the loops below are written out for this tile");

/* For each pixel: its number, and its two registers of sums. */
#define FOR_PIXEL(do_it) do_it(0, s00, s01)
#define FOR_2_PIXELS(do_it) FOR_PIXEL(do_it) do_it(1, s10, s11)
#define FOR_4_PIXELS(do_it) FOR_2_PIXELS(do_it) do_it(2, s20, s21) do_it(3, s30, s31)
#define FOR_PIXELS(do_it) FOR_4_PIXELS(do_it) do_it(4, s40, s41) do_it(5, s50, s51)

WITH_AVX2 static inline void
add_wide(double sum[8], __m256 part)
{
	__m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(part));
	__m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(part, 1));

	_mm256_storeu_pd(sum, _mm256_add_pd(_mm256_loadu_pd(sum), low));
	_mm256_storeu_pd(sum + 4, _mm256_add_pd(_mm256_loadu_pd(sum + 4), high));
}

/* clang-format off */
#define FLOAT_ZERO(p, a, b) __m256 a = _mm256_setzero_ps(), b = _mm256_setzero_ps();
#define FLOAT_STEP(p, a, b) { \
	__m256 v = _mm256_broadcast_ss(in[p] + r * pitch + i); \
	a = _mm256_fmadd_ps(v, w0, a); \
	b = _mm256_fmadd_ps(v, w1, b); \
}
#define FLOAT_ADD(p, a, b) add_wide(sum[p], a); add_wide(sum[p] + 8, b);
/* clang-format on */

/* The loop over some pixels: those that there are, or what costs as little. */
#define TILE_FLOAT(name, for_pixels)                                                                        \
	WITH_AVX2 static void name(const float *const in[RKE_PIXELS], size_t pitch, const float *w, size_t rows, \
				   size_t run, double sum[RKE_PIXELS][RKE_KERNELS])                         \
	{                                                                                                   \
		for (size_t r = 0; r < rows; r++)                                                           \
			for (size_t from = 0; from < run; from += RKE_CHUNK) {                              \
				size_t to = run - from < RKE_CHUNK ? run : from + RKE_CHUNK;                \
                                                                                                            \
				for_pixels(FLOAT_ZERO)                                                      \
				for (size_t i = from; i < to; i++, w += RKE_KERNELS) {                      \
					__m256 w0 = _mm256_loadu_ps(w), w1 = _mm256_loadu_ps(w + 8);        \
                                                                                                            \
					for_pixels(FLOAT_STEP)                                              \
				}                                                                           \
				for_pixels(FLOAT_ADD)                                                       \
			}                                                                                   \
	}

TILE_FLOAT(add_1, FOR_PIXEL)
TILE_FLOAT(add_2, FOR_2_PIXELS)
TILE_FLOAT(add_4, FOR_4_PIXELS)
TILE_FLOAT(add_6, FOR_PIXELS)

/* The one rounding to fp32. */
WITH_AVX2 static inline void
store_sums(double sum[RKE_PIXELS][RKE_KERNELS], unsigned n, float out[RKE_PIXELS][RKE_KERNELS])
{
	for (unsigned p = 0; p < n; p++)
		for (unsigned k = 0; k < RKE_KERNELS; k += 4)
			_mm_storeu_ps(out[p] + k, _mm256_cvtpd_ps(_mm256_loadu_pd(sum[p] + k)));
}

WITH_AVX2 static void
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
	store_sums(sum, n, out);
}

/* clang-format off */
#define INT_ZERO(p, a, b) __m256i a = _mm256_setzero_si256(), b = _mm256_setzero_si256();
/* Two channels at once: pairs of products, added modulo 2^32. */
#define INT_STEP(p, a, b) { \
	const void *pair = in[p] + r * pitch + i; \
	__m256i v = _mm256_castps_si256(_mm256_broadcast_ss(pair)); \
	a = _mm256_add_epi32(a, _mm256_madd_epi16(v, w0)); \
	b = _mm256_add_epi32(b, _mm256_madd_epi16(v, w1)); \
}
#define INT_STORE(p, a, b) \
	_mm256_storeu_si256((__m256i *)(void *)out[p], a); \
	_mm256_storeu_si256((__m256i *)(void *)(out[p] + 8), b);
/* clang-format on */

WITH_AVX2 static void
tile_int(const int16_t *const in[RKE_PIXELS], size_t pitch, const int16_t *weights, size_t rows, size_t run,
	 int32_t out[RKE_PIXELS][RKE_KERNELS])
{
	const int16_t *w = weights;

	FOR_PIXELS(INT_ZERO)
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < run; i += 2, w += 2 * RKE_KERNELS) {
			__m256i w0 = _mm256_loadu_si256((const __m256i *)(const void *)w);
			__m256i w1 = _mm256_loadu_si256((const __m256i *)(const void *)(w + RKE_KERNELS));

			FOR_PIXELS(INT_STEP)
		}
	FOR_PIXELS(INT_STORE)
}

/* 8 fp16 of a kernel, and 8 of the one that is 8 kernels on. */
WITH_AVX2 static inline __m256i
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
WITH_AVX2 ALWAYS static inline void
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

WITH_AVX2 static void
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
#define HALF_STEP(p, a, b) { \
	__m256 v = _mm256_broadcast_ss(in[p] + at + channel); \
	a = _mm256_fmadd_ps(v, w0, a); \
	b = _mm256_fmadd_ps(v, w1, b); \
}
#define HALF_ADD_ZERO(p, a, b) FLOAT_ADD(p, a, b) a = _mm256_setzero_ps(); b = a;
#define HALF_CHANNEL(c, for_pixels) { \
	const size_t channel = c; \
	__m256 w0 = WIDEN_LOW(all[c]), w1 = WIDEN_HIGH(all[c]); \
\
	for_pixels(HALF_STEP) \
}
/* clang-format on */

/* As TILE_FLOAT(), 8 channels of weights turned at a time. Chunks are of a row of taps, as they are there. */
#define TILE_HALF(name, for_pixels)                                                                        \
	WITH_AVX2 static void name(const float *const in[RKE_PIXELS], size_t pitch,                        \
				   const struct rke_half_weights *h, double sum[RKE_PIXELS][RKE_KERNELS])  \
	{                                                                                                  \
		for_pixels(FLOAT_ZERO)                                                                     \
		for (size_t ky = 0; ky < h->kh; ky++) {                                                    \
			size_t at = ky * pitch, left = RKE_CHUNK;                                          \
                                                                                                           \
			for (size_t kx = 0; kx < h->kw; kx++)                                              \
				for (size_t c = 0; c < h->channels; c += 8, at += 8) {                     \
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

TILE_HALF(half_1, FOR_PIXEL)
TILE_HALF(half_2, FOR_2_PIXELS)
TILE_HALF(half_4, FOR_4_PIXELS)
TILE_HALF(half_6, FOR_PIXELS)

WITH_AVX2 static void
tile_half(const float *const in[RKE_PIXELS], unsigned n, size_t pitch, const struct rke_half_weights *weights,
	  float out[RKE_PIXELS][RKE_KERNELS])
{
	double sum[RKE_PIXELS][RKE_KERNELS] = { 0 };

	if (n > 4)
		half_6(in, pitch, weights, sum);
	else if (n > 2)
		half_4(in, pitch, weights, sum);
	else if (n > 1)
		half_2(in, pitch, weights, sum);
	else
		half_1(in, pitch, weights, sum);
	store_sums(sum, n, out);
}

WITH_AVX2 static inline __m256d
widen_4(const float *v)
{
	return _mm256_cvtps_pd(_mm_loadu_ps(v));
}

WITH_AVX2 static void
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
