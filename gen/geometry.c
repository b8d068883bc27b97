/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "geometry.h"

#include "lib/util.h"

/* At most so many input channels are read as packed pixels, not as surfaces [captured: C = 3 and 1]. */
#define STEM_CHANNELS 4

static uint32_t
power_of_two_up(uint32_t v)
{
	uint32_t p = 1;

	while (p < v)
		p *= 2;
	return p;
}

uint32_t
rkg_surface_bytes(uint32_t h, uint32_t w)
{
	uint32_t n = h * w;

	return RKG_ATOM_BYTES * (n == 1 ? 1 : (uint32_t)rkr_align_up(n, 4));
}

uint32_t
rkg_line_entries(const struct rkg_geometry *g, uint32_t channels)
{
	uint32_t pixel = channels * g->elem_bytes;

	if (g->stem) {
		/* Packed pixels take four times their size, rounded up [captured: 6 of 6 stems' plans]. */
		pixel = 4 * g->elem_bytes * power_of_two_up(g->shape.in_c);
	} else if (pixel % RKG_ENTRY_BYTES == 48) {
		/* Three quarters of an entry take it whole [captured: 2307 tiles, 41 plans]. */
		pixel += 16;
	}
	return (uint32_t)rkr_div_up((uint64_t)g->shape.in_w * pixel, RKG_ENTRY_BYTES);
}

uint32_t
rkg_kernel_bytes(const struct rkg_geometry *g, uint32_t channels)
{
	/* fp16: a last slice of 24 channels is stored as 32 [captured: 20 layers, 2688 tiles]. */
	if (g->shape.precision == RKG_FP16 && channels % 32 == 24)
		channels += 8;
	return g->shape.kh * g->shape.kw * channels * g->elem_bytes;
}

void
rkg_geometry_init(struct rkg_geometry *ret, const struct rkg_shape *shape)
{
	bool fp16 = shape->precision == RKG_FP16;
	struct rkg_geometry g = {
		.shape = *shape,
		.depthwise = rkg_shape_depthwise(shape),
		.stem = shape->groups == 1 && shape->in_c <= STEM_CHANNELS,
		.elem_bytes = fp16 ? 2 : 1,
		.kernel_group = fp16 ? 16 : 32, /* [captured: 39 fp16, 14 int8 layers by content] */
		.out_h = rkg_shape_out_h(shape),
		.out_w = rkg_shape_out_w(shape),
	};

	g.atom_channels = RKG_ATOM_BYTES / g.elem_bytes;
	g.out_atom_channels = shape->lut == RKG_LUT_WIDE ? RKG_ATOM_BYTES / 4 : g.atom_channels;
	g.in_c = (uint32_t)rkr_align_up(shape->in_c, g.atom_channels); /* [captured: 242 layers] */
	g.in_surface = shape->in_h * shape->in_w * RKG_ATOM_BYTES;
	/* Depthwise works on two groups at once: 32 in fp16 [captured: 341 rows]. */
	g.out_c_unit = g.depthwise ? 2 * g.kernel_group : g.kernel_group;
	g.out_surface = rkg_surface_bytes(g.out_h, g.out_w);
	g.weight_bytes = rkg_kernel_bytes(&g, g.in_c);
	if (!g.depthwise)
		g.weight_bytes *= shape->out_c;
	/*
	 * The input's last surface is padded too [captured: 8 BO logs]. Of a
	 * map of one pixel no log tells whether it is 1 or 4; [inferred] 4.
	 */
	g.in_bytes = (uint64_t)(g.in_c / g.atom_channels) *
		     rkr_align_up((uint64_t)shape->in_h * shape->in_w, 4) * RKG_ATOM_BYTES;
	/*
	 * Output channels are padded to whole units in memory too: 24 kernels
	 * take four surfaces [captured: distances of the buffers' addresses in
	 * 54 of 54 dumps, to a page; unpadded channels fail 11 of them].
	 */
	g.out_bytes = rkr_align_up(shape->out_c, g.out_c_unit) / g.out_atom_channels * g.out_surface;
	*ret = g;
}

void
rkg_geometry_set_internal(struct rkg_geometry *g)
{
	g->in_surface = rkg_surface_bytes(g->shape.in_h, g->shape.in_w);
}
