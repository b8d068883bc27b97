/* SPDX-License-Identifier: MIT */
/* Each channel with a kernel of its own. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "replay/emu/conv.h"
#include "replay/emu/half.h"

#define LANES RKE_KERNELS

/*
 * Groups of channels; in a group, tap after tap. fp16: 32 channels [captured:
 * 20 layers of a compiled model]. int8: 64 [inferred from other chips and
 * from resize layers of compiled models]. The last group is shorter.
 */
static void
pack(const struct rke_conv *conv, const unsigned char *from, union rke_features to)
{
	uint32_t group = conv->is_float ? 32 : 64;
	size_t taps = (size_t)conv->kw * conv->kh;

	memset(to.f, 0, taps * conv->pitch * (conv->is_float ? sizeof(*to.f) : sizeof(*to.i)));
	for (uint32_t c = 0; c < conv->channels; c += group) {
		uint32_t stored = conv->weight_channels - c < group ? conv->weight_channels - c : group;
		uint32_t used = conv->channels - c < group ? conv->channels - c : group;

		for (size_t t = 0; t < taps; t++, from += (size_t)stored * conv->size)
			for (uint32_t i = 0; i < used; i++) {
				uint16_t half;

				if (!conv->is_float) {
					to.i[t * conv->pitch + c + i] = (int8_t)from[i];
					continue;
				}
				memcpy(&half, from + 2 * i, sizeof(half));
				to.f[t * conv->pitch + c + i] = rke_half_to_float(half);
			}
	}
}

/* @sums: of the inputs alone, or NULL. */
static void
sum_int(const struct rke_conv *conv, const int16_t *in, const int16_t *weights, int32_t *out, int32_t *sums)
{
	size_t row = (size_t)conv->row_pixels * conv->pitch;
	uint32_t sum[LANES] = { 0 }, plain[LANES] = { 0 };

	for (uint32_t ky = 0; ky < conv->kh; ky++)
		for (uint32_t kx = 0; kx < conv->kw; kx++, weights += conv->pitch) {
			const int16_t *v = in + ky * row + (size_t)kx * conv->pitch;

			for (unsigned k = 0; k < LANES; k++) {
				int32_t lane = v[k];

				sum[k] += (uint32_t)(lane * weights[k]);
				plain[k] += (uint32_t)lane;
			}
		}
	memcpy(out, sum, sizeof(sum));
	if (sums)
		memcpy(sums, plain, sizeof(plain));
}

int
rke_conv_depthwise(struct rke_core *core, const struct rke_conv *conv, union rke_features features,
		   const void *weights, const struct rke_tile_ops *ops, struct rke_cube *cube)
{
	size_t row = (size_t)conv->row_pixels * conv->pitch;
	size_t size = conv->is_float ? sizeof(float) : sizeof(int16_t);
	union rke_features w = { .f = rke_scratch(core, 2,
						  (size_t)conv->kw * conv->kh * conv->pitch * size) };

	if (!w.f)
		return -ENOMEM;
	pack(conv, weights, w);
	for (uint32_t y = 0; y < conv->out_height; y++)
		for (uint32_t x = 0; x < conv->out_width; x++)
			for (uint32_t c = 0; c < conv->pitch; c += LANES) {
				size_t from =
					(size_t)y * conv->sy * row + (size_t)x * conv->sx * conv->pitch + c;
				size_t to = ((size_t)y * conv->out_width + x) * cube->stride + c;

				if (conv->is_float)
					ops->depthwise_float(features.f + from, row, conv->pitch, w.f + c,
							     conv->kh, conv->kw, cube->f + to);
				else
					sum_int(conv, features.i + from, w.i + c, cube->i + to,
						cube->sums ? cube->sums + to : NULL);
			}
	return 0;
}
