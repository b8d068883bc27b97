/* SPDX-License-Identifier: MIT */
/* DPU's way to memory: type, place, channels that have no value. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "lib/util.h"
#include "replay/emu/dpu.h"
#include "replay/emu/half.h"

static void
fill_rest(const struct rke_dpu *dpu, uint32_t c, size_t n, union rke_block_values *v)
{
	for (uint32_t k = c >= dpu->computed ? 0 : dpu->computed - c; k < RKE_LANES; k++)
		for (size_t i = 0; i < n; i++)
			v->i[i * RKE_LANES + k] = dpu->is_float ? 0 : dpu->pend;
}

static void
pack(const struct rke_dpu *dpu, const union rke_block_values *v, unsigned lane, size_t n, unsigned char *p)
{
	int8_t bytes[16];

	switch (dpu->out) {
	case RKE_INT8:
		for (size_t i = 0; i < n; i++) {
			for (unsigned k = 0; k < 16; k++)
				bytes[k] = (int8_t)v->i[i * RKE_LANES + k];
			memcpy(p + i * RKE_ATOM, bytes, RKE_ATOM);
		}
		return;
	case RKE_FP16:
		rke_half_atoms_narrow(p, v->f + lane, RKE_LANES, n);
		return;
	default:
		for (size_t i = 0; i < n; i++)
			memcpy(p + i * RKE_ATOM, v->i + i * RKE_LANES + lane, RKE_ATOM);
		return;
	}
}

int
rke_dpu_write(struct rke_core *core, const struct rke_dpu *dpu, uint32_t c, uint32_t y, uint32_t x, size_t n,
	      union rke_block_values *v)
{
	unsigned lanes = dpu->out == RKE_INT8 ? 16 : dpu->out == RKE_FP16 ? 8 : 4;

	if (c + RKE_LANES > dpu->computed)
		fill_rest(dpu, c, n, v);
	if (dpu->is_float && dpu->minus_exp)
		for (size_t i = 0; i < n * RKE_LANES; i++)
			v->f[i] = ldexpf(v->f[i], -(int)dpu->minus_exp);
	/* One NaN, whatever processor this runs on. */
	if (dpu->out == RKE_FP32)
		for (size_t i = 0; i < n * RKE_LANES; i++)
			v->f[i] = v->f[i] != v->f[i] ? NAN : v->f[i];
	for (unsigned lane = 0; lane < RKE_LANES && c + lane < dpu->channels; lane += lanes) {
		uint32_t c1 = (c + lane) / lanes;
		uint32_t iova = dpu->dst + c1 / dpu->per_group * dpu->group +
				c1 % dpu->per_group * dpu->surface + y * dpu->line + x * dpu->pixel;
		bool apart = dpu->pixel != RKE_ATOM;
		unsigned char *p = apart ? NULL : rke_dma_poke(core, iova, n * RKE_ATOM);

		if (p) {
			pack(dpu, v, lane, n, p);
			continue;
		}
		p = rke_scratch(core, 6, RKE_SPAN * RKE_ATOM);
		if (!p)
			return -ENOMEM;
		pack(dpu, v, lane, n, p);
		for (size_t i = 0; apart && i < n; i++)
			rke_dma_write(core, iova + (uint32_t)i * dpu->pixel, p + i * RKE_ATOM, RKE_ATOM);
		if (!apart)
			rke_dma_write(core, iova, p, n * RKE_ATOM);
	}
	return 0;
}
