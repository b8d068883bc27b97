/* SPDX-License-Identifier: MIT */
/* The inner loops for x86 processors with AVX2 and FMA: 6 pixels by 16 kernels in 12 registers. */
#include "config.h"

#include "replay/emu/conv.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WITH_AVX2 __attribute__((target("avx2,fma")))

_Static_assert(RKE_PIXELS == 6 && RKE_KERNELS == 16, "the loops below are written out for this tile");

/* For each pixel: its number, and its two registers of sums. */
#define FOR_PIXELS(do_it)                                                                              \
	do_it(0, s00, s01) do_it(1, s10, s11) do_it(2, s20, s21) do_it(3, s30, s31) do_it(4, s40, s41) \
		do_it(5, s50, s51)

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

WITH_AVX2 static void
tile_float(const float *const in[RKE_PIXELS], size_t pitch, const float *weights, size_t rows, size_t run,
	   float out[RKE_PIXELS][RKE_KERNELS])
{
	double sum[RKE_PIXELS][RKE_KERNELS] = { 0 };
	const float *w = weights;

	for (size_t r = 0; r < rows; r++)
		for (size_t from = 0; from < run; from += RKE_CHUNK) {
			size_t to = run - from < RKE_CHUNK ? run : from + RKE_CHUNK;

			FOR_PIXELS(FLOAT_ZERO)
			for (size_t i = from; i < to; i++, w += RKE_KERNELS) {
				__m256 w0 = _mm256_loadu_ps(w), w1 = _mm256_loadu_ps(w + 8);

				FOR_PIXELS(FLOAT_STEP)
			}
			FOR_PIXELS(FLOAT_ADD)
		}
	for (unsigned p = 0; p < RKE_PIXELS; p++)
		for (unsigned k = 0; k < RKE_KERNELS; k++)
			out[p][k] = (float)sum[p][k];
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

/* 8 by 8: pairs, then fours, then halves change places. */
WITH_AVX2 static inline void
turn_8(const float *from, float *to)
{
	__m256 row[8], pair[8], four[8];

	for (unsigned i = 0; i < 8; i++)
		row[i] = _mm256_loadu_ps(from + (size_t)i * RKE_SLICE);
	for (unsigned i = 0; i < 8; i += 2) {
		pair[i] = _mm256_unpacklo_ps(row[i], row[i + 1]);
		pair[i + 1] = _mm256_unpackhi_ps(row[i], row[i + 1]);
	}
	for (unsigned i = 0; i < 8; i += 4)
		for (unsigned k = 0; k < 2; k++) {
			four[i + 2 * k] = _mm256_shuffle_ps(pair[i + k], pair[i + k + 2], 0x44);
			four[i + 2 * k + 1] = _mm256_shuffle_ps(pair[i + k], pair[i + k + 2], 0xee);
		}
	for (unsigned i = 0; i < 4; i++) {
		_mm256_storeu_ps(to + (size_t)i * RKE_KERNELS,
				 _mm256_permute2f128_ps(four[i], four[i + 4], 0x20));
		_mm256_storeu_ps(to + (size_t)(i + 4) * RKE_KERNELS,
				 _mm256_permute2f128_ps(four[i], four[i + 4], 0x31));
	}
}

WITH_AVX2 static void
turn_float(const float from[RKE_KERNELS][RKE_SLICE], size_t n, float *to)
{
	for (size_t i = 0; i < n; i += 8)
		for (unsigned k = 0; k < RKE_KERNELS; k += 8)
			turn_8(&from[k][i], to + i * RKE_KERNELS + k);
}

static const struct rke_tile_ops ops = {
	.name = "avx2",
	.tile_float = tile_float,
	.tile_int = tile_int,
	.turn_float = turn_float,
};

const struct rke_tile_ops *
rke_tile_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &ops : NULL;
}

#else

const struct rke_tile_ops *
rke_tile_avx2(void)
{
	return NULL;
}

#endif
