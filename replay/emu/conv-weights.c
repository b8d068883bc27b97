/* SPDX-License-Identifier: MIT */
/* Kernels from memory to the order of the inner loops. */
#include "config.h"

#include <string.h>

#include "lib/util.h"
#include "replay/emu/conv.h"

static size_t
taps(const struct rke_conv *conv)
{
	return (size_t)conv->kw * conv->kh;
}

const void *
rke_conv_weights(struct rke_core *core, const struct rke_conv *conv)
{
	size_t len = taps(conv) * conv->weight_channels * conv->size * (conv->depthwise ? 1 : conv->kernels);
	const void *p = rke_dma_peek(core, conv->weights, len);

	if (p)
		return p;
	void *copy = rke_scratch(core, 3, len);

	if (copy)
		rke_dma_read(core, conv->weights, copy, len);
	return copy;
}

size_t
rke_conv_packed_size(const struct rke_conv *conv)
{
	return taps(conv) * conv->pitch * RKE_KERNELS * (conv->is_float ? sizeof(float) : sizeof(int16_t));
}

/* Part of a tile, or of its last channels: 0 after the last kernel, and up to a multiple of 8 channels. */
static void
pack_rest(const struct rke_tile_ops *ops, const unsigned char *from, size_t n, size_t stored, size_t used,
	  float *to)
{
	uint16_t v[RKE_KERNELS][RKE_SLICE] = { 0 };

	for (size_t k = 0; k < n; k++)
		memcpy(v[k], from + k * stored * sizeof(v[0][0]), used * sizeof(v[0][0]));
	ops->turn_half((const unsigned char *)v, sizeof(v[0]), rkr_align_up(used, 8), to);
}

/* A tap of a slice of @n kernels, @stored channels apart of which @used are wanted. */
static void
pack_float(const struct rke_tile_ops *ops, const unsigned char *from, size_t n, size_t stored, size_t used,
	   float *to)
{
	if (n == RKE_KERNELS && used % 8 == 0)
		ops->turn_half(from, stored * sizeof(uint16_t), used, to);
	else
		pack_rest(ops, from, n, stored, used, to);
}

static void
pack_int(const unsigned char *from, unsigned size, size_t n, size_t stored, size_t used, int16_t *to)
{
	for (size_t k = 0; k < n; k++, from += stored * size)
		for (size_t i = 0; i < used; i++) {
			int16_t v;

			if (size == 2)
				memcpy(&v, from + 2 * i, sizeof(v));
			else
				v = (int8_t)from[i];
			to[(i / 2 * RKE_KERNELS + k) * 2 + i % 2] = v;
		}
}

/*
 * Groups of kernels; in a group, slices of channels; in a slice, taps; of a
 * tap, kernel after kernel. The last group and the last slice are shorter.
 */
void
rke_conv_pack(const struct rke_conv *conv, const struct rke_tile_ops *ops, const void *weights,
	      uint32_t first, void *to)
{
	uint32_t group = first / conv->kernel_group * conv->kernel_group;
	uint32_t in_group =
		conv->kernels - group < conv->kernel_group ? conv->kernels - group : conv->kernel_group;
	uint32_t n = conv->kernels - first < RKE_KERNELS ? conv->kernels - first : RKE_KERNELS;
	const unsigned char *from = weights;

	if (!conv->is_float)
		memset(to, 0, rke_conv_packed_size(conv));
	from += (size_t)group * taps(conv) * conv->weight_channels * conv->size;
	for (uint32_t c = 0; c < conv->channels; c += RKE_SLICE) {
		uint32_t stored =
			conv->weight_channels - c < RKE_SLICE ? conv->weight_channels - c : RKE_SLICE;
		uint32_t used = conv->channels - c < RKE_SLICE ? conv->channels - c : RKE_SLICE;

		for (size_t t = 0; t < taps(conv); t++) {
			size_t at = (t * conv->pitch + c) * RKE_KERNELS;
			const unsigned char *tap = from + (size_t)(first - group) * stored * conv->size;

			if (conv->is_float)
				pack_float(ops, tap, n, stored, used, (float *)to + at);
			else
				pack_int(tap, conv->size, n, stored, used, (int16_t *)to + at);
			from += (size_t)in_group * stored * conv->size;
		}
	}
}

bool
rke_conv_half(const struct rke_conv *conv, const void *weights, uint32_t first,
	      struct rke_half_weights *ret_weights)
{
	if (!conv->is_float || conv->channels % 8 != 0 || conv->weight_channels != conv->channels ||
	    conv->kernels - first < RKE_KERNELS)
		return false;
	/* A group of fp16 kernels is what a tile computes. [captured: groups of 16] */
	*ret_weights = (struct rke_half_weights){
		.from = (const unsigned char *)weights +
			(size_t)first * taps(conv) * conv->weight_channels * conv->size,
		.kh = conv->kh,
		.kw = conv->kw,
		.channels = conv->channels,
		.kernels = RKE_KERNELS,
	};
	return true;
}
