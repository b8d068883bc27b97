/* SPDX-License-Identifier: MIT */
/* fp16 and fp32: plain C, and with the processor's conversions where it has them. */
#include "config.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__AARCH64EL__)
#include <arm_neon.h>
#endif

#include "replay/emu/half.h"

#define ATOM 8 /* fp16 in 16 bytes */

static float
float_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

static uint32_t
bits_of(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

float
rke_half_to_float(uint16_t half)
{
	uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
	uint32_t exponent = half >> 10 & 0x1f;
	uint32_t fraction = half & 0x3ffu;
	float f;

	if (exponent == 0) {
		f = (float)fraction * 0x1p-24f;
		return sign ? -f : f;
	}
	if (exponent == 0x1f) {
		/* As processors do: a signalling NaN becomes a quiet one. */
		return float_of(sign | 0x7f800000u | (fraction ? 0x400000u : 0) | fraction << 13);
	}
	return float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

uint16_t
rke_float_to_half(float value)
{
	uint32_t bits = bits_of(value);
	uint32_t sign = bits >> 16 & 0x8000u;
	uint32_t a = bits & 0x7fffffffu;

	if (a > 0x7f800000u)
		return RKE_HALF_NAN;
	/* 65520 is half way between the largest fp16 and what would follow it. */
	if (a >= 0x477ff000u)
		return (uint16_t)(sign | 0x7c00u);
	/* Below 2^-14: a sum whose last bit weighs 2^-24 does the rounding. */
	if (a < 0x38800000u)
		return (uint16_t)(sign | (bits_of(float_of(a) + 0.5f) - 0x3f000000u));
	a += 0xfffu + (a >> 13 & 1);
	return (uint16_t)(sign | ((a >> 13) - (112u << 10)));
}

uint16_t
rke_double_to_half(double value)
{
	float f = (float)value;
	uint32_t bits = bits_of(f);

	/* Not exact: towards 0, and the last bit says that there was more. It is too low to be a half. */
	if ((double)f != value && isfinite(f)) {
		if (fabs((double)f) > fabs(value))
			bits--;
		f = float_of(bits | 1);
	}
	return rke_float_to_half(f);
}

void
rke_half_atoms_widen_plain(float *to, size_t stride, const void *from, size_t n)
{
	const unsigned char *p = from;
	uint16_t half[ATOM];

	for (size_t i = 0; i < n; i++, p += sizeof(half), to += stride) {
		memcpy(half, p, sizeof(half));
		for (unsigned k = 0; k < ATOM; k++)
			to[k] = rke_half_to_float(half[k]);
	}
}

void
rke_half_atoms_narrow_plain(void *to, const float *from, size_t stride, size_t n)
{
	unsigned char *p = to;
	uint16_t half[ATOM];

	for (size_t i = 0; i < n; i++, p += sizeof(half), from += stride) {
		for (unsigned k = 0; k < ATOM; k++)
			half[k] = rke_float_to_half(from[k]);
		memcpy(p, half, sizeof(half));
	}
}

#if defined(__x86_64__)

#define WITH_F16C __attribute__((target("avx,f16c")))

static bool
can_convert(void)
{
#if defined(__clang__)
	/* It has no name for F16C. Each processor with AVX2 has both. */
	return __builtin_cpu_supports("avx2");
#else
	return __builtin_cpu_supports("avx") && __builtin_cpu_supports("f16c");
#endif
}

WITH_F16C static void
widen_fast(float *to, size_t stride, const void *from, size_t n)
{
	const __m128i *p = from;

	for (size_t i = 0; i < n; i++)
		_mm256_storeu_ps(to + i * stride, _mm256_cvtph_ps(_mm_loadu_si128(p + i)));
}

WITH_F16C static void
narrow_fast(void *to, const float *from, size_t stride, size_t n)
{
	const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fc00000));
	__m128i *p = to;

	for (size_t i = 0; i < n; i++) {
		__m256 v = _mm256_loadu_ps(from + i * stride);

		v = _mm256_blendv_ps(v, nan, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
		_mm_storeu_si128(p + i, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
	}
}

#elif defined(__AARCH64EL__)

static bool
can_convert(void)
{
	return true;
}

static void
widen_fast(float *to, size_t stride, const void *from, size_t n)
{
	const unsigned char *p = from;

	for (size_t i = 0; i < n; i++, p += 2 * ATOM, to += stride) {
		float16x8_t v = vreinterpretq_f16_u8(vld1q_u8(p));

		vst1q_f32(to, vcvt_f32_f16(vget_low_f16(v)));
		vst1q_f32(to + 4, vcvt_high_f32_f16(v));
	}
}

/* Numbers, and the one NaN in place of any. */
static float32x4_t
load_one_nan(const float *from)
{
	float32x4_t v = vld1q_f32(from);

	return vbslq_f32(vceqq_f32(v, v), v, vreinterpretq_f32_u32(vdupq_n_u32(0x7fc00000)));
}

static void
narrow_fast(void *to, const float *from, size_t stride, size_t n)
{
	unsigned char *p = to;

	for (size_t i = 0; i < n; i++, p += 2 * ATOM, from += stride) {
		float16x4_t low = vcvt_f16_f32(load_one_nan(from));

		vst1q_u8(p, vreinterpretq_u8_f16(vcvt_high_f16_f32(low, load_one_nan(from + 4))));
	}
}

#else

static bool
can_convert(void)
{
	return false;
}

#define widen_fast rke_half_atoms_widen_plain
#define narrow_fast rke_half_atoms_narrow_plain

#endif

void
rke_half_atoms_widen(float *to, size_t stride, const void *from, size_t n)
{
	if (can_convert())
		widen_fast(to, stride, from, n);
	else
		rke_half_atoms_widen_plain(to, stride, from, n);
}

void
rke_half_atoms_narrow(void *to, const float *from, size_t stride, size_t n)
{
	if (can_convert())
		narrow_fast(to, from, stride, n);
	else
		rke_half_atoms_narrow_plain(to, from, stride, n);
}
