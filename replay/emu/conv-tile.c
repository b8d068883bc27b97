/* SPDX-License-Identifier: MIT */
/* The inner loops in plain C: what the others must equal, and what is used where there are no others. */
#include "config.h"

#include <string.h>

#include "replay/emu/conv.h"
#include "replay/emu/half.h"

/*
 * Products of two fp16 are exact in fp32, so that it makes no difference
 * whether a processor fuses them with the sum.
 */
static void
tile_float(const float *const in[RKE_PIXELS], unsigned n, size_t pitch, const float *weights, size_t rows,
	   size_t run, float out[RKE_PIXELS][RKE_KERNELS])
{
	for (unsigned p = 0; p < n; p++) {
		const float *w = weights;
		double sum[RKE_KERNELS] = { 0 };

		for (size_t r = 0; r < rows; r++)
			for (size_t from = 0; from < run; from += RKE_CHUNK) {
				size_t to = run - from < RKE_CHUNK ? run : from + RKE_CHUNK;
				float part[RKE_KERNELS] = { 0 };

				for (size_t i = from; i < to; i++, w += RKE_KERNELS)
					for (unsigned k = 0; k < RKE_KERNELS; k++)
						part[k] += in[p][r * pitch + i] * w[k];
				for (unsigned k = 0; k < RKE_KERNELS; k++)
					sum[k] += (double)part[k];
			}
		for (unsigned k = 0; k < RKE_KERNELS; k++)
			out[p][k] = (float)sum[k];
	}
}

static void
tile_int(const int16_t *const in[RKE_PIXELS], size_t pitch, const int16_t *weights, size_t rows, size_t run,
	 int32_t out[RKE_PIXELS][RKE_KERNELS])
{
	for (unsigned p = 0; p < RKE_PIXELS; p++) {
		const int16_t *w = weights;
		uint32_t sum[RKE_KERNELS] = { 0 };

		for (size_t r = 0; r < rows; r++)
			for (size_t i = 0; i < run; i += 2, w += 2 * RKE_KERNELS) {
				const int16_t *v = in[p] + r * pitch + i;

				for (unsigned k = 0; k < RKE_KERNELS; k++)
					sum[k] +=
						(uint32_t)(v[0] * w[2 * k]) + (uint32_t)(v[1] * w[2 * k + 1]);
			}
		memcpy(out[p], sum, sizeof(sum));
	}
}

static void
turn_half(const unsigned char *from, size_t stride, size_t n, float *to)
{
	uint16_t half;

	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < RKE_KERNELS; k++) {
			memcpy(&half, from + k * stride + i * sizeof(half), sizeof(half));
			*to++ = rke_half_to_float(half);
		}
}

/* Products are exact in fp64: whether a processor fuses them with the sum makes no difference. */
static void
depthwise_float(const float *in, size_t row, size_t pitch, const float *weights, uint32_t kh, uint32_t kw,
		float *out)
{
	double sum[RKE_KERNELS] = { 0 };

	for (uint32_t ky = 0; ky < kh; ky++)
		for (uint32_t kx = 0; kx < kw; kx++, weights += pitch) {
			const float *v = in + ky * row + kx * pitch;

			for (unsigned k = 0; k < RKE_KERNELS; k++)
				sum[k] += (double)v[k] * (double)weights[k];
		}
	for (unsigned k = 0; k < RKE_KERNELS; k++)
		out[k] = (float)sum[k];
}

const struct rke_tile_ops rke_tile_plain = {
	.name = "plain",
	.tile_float = tile_float,
	.tile_int = tile_int,
	.turn_half = turn_half,
	.depthwise_float = depthwise_float,
};

const struct rke_tile_ops *
rke_tile_best(void)
{
	const struct rke_tile_ops *avx2 = rke_tile_avx2(), *neon = rke_tile_neon();

	return avx2 ? avx2 : neon ? neon : &rke_tile_plain;
}
