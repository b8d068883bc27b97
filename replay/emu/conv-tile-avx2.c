/* SPDX-License-Identifier: MIT */
/* The inner loops for x86 processors with AVX2, FMA and F16C: 6 pixels by 16 kernels in 12 registers. */
#include "config.h"

#include "replay/emu/conv.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WITH_AVX2 __attribute__((target("avx2,fma,f16c")))

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
	for (unsigned p = 0; p < n; p++)
		for (unsigned k = 0; k < RKE_KERNELS; k += 4)
			_mm_storeu_ps(out[p] + k, _mm256_cvtpd_ps(_mm256_loadu_pd(sum[p] + k)));
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

/* In both halves 8 by 8: pairs, then fours, then eights. Turned as fp16: that is half the work. */
WITH_AVX2 static void
turn_half(const unsigned char *from, size_t stride, size_t n, float *to)
{
	for (size_t i = 0; i < n; i += 8, from += 16) {
		__m256i row[8], pair[8], four[8];

		for (unsigned k = 0; k < 8; k++)
			row[k] = load_two(from + k * stride, stride);
		for (unsigned k = 0; k < 4; k++) {
			pair[k] = _mm256_unpacklo_epi16(row[2 * k], row[2 * k + 1]);
			pair[4 + k] = _mm256_unpackhi_epi16(row[2 * k], row[2 * k + 1]);
		}
		for (unsigned k = 0; k < 4; k++) {
			four[2 * k] = _mm256_unpacklo_epi32(pair[2 * k], pair[2 * k + 1]);
			four[2 * k + 1] = _mm256_unpackhi_epi32(pair[2 * k], pair[2 * k + 1]);
		}
		/* four[4h + 2j + m] has channels 4h + 2m and the next, of kernels 4j to 4j + 3. */
		for (unsigned c = 0; c < 8; c++, to += RKE_KERNELS) {
			__m256i a = four[c / 4 * 4 + c / 2 % 2], b = four[c / 4 * 4 + 2 + c / 2 % 2];
			__m256i all = c % 2 ? _mm256_unpackhi_epi64(a, b) : _mm256_unpacklo_epi64(a, b);

			_mm256_storeu_ps(to, _mm256_cvtph_ps(_mm256_castsi256_si128(all)));
			_mm256_storeu_ps(to + 8, _mm256_cvtph_ps(_mm256_extracti128_si256(all, 1)));
		}
	}
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
