/* SPDX-License-Identifier: MIT */
/* DPU: blocks of a cube, through the stages in their order, to memory. */
#include "config.h"

#include <string.h>

#include "lib/util.h"
#include "replay/emu/dpu.h"

struct work {
	struct rke_dpu dpu;
	const struct rke_cube *cube;
	struct rke_operands bs, bn; /* of the block's channels */
	union rke_block_values *v, *e;
	size_t step; /* of e, from a pixel to the next */
};

/* Rows without gaps follow each other in all cubes: take them as one. */
static void
join_rows(struct rke_dpu *dpu, const struct rke_cube *cube)
{
	uint32_t line = dpu->width * RKE_ATOM;

	if (dpu->line != line || (!cube && dpu->source.line != line) ||
	    (dpu->ew.operand && !dpu->ew.per_channel && dpu->ew.source.line != line))
		return;
	dpu->width *= dpu->height;
	dpu->height = 1;
}

/* CORE's values of a block. Channels that it does not have are 0. */
static void
load_cube(const struct rke_cube *cube, uint32_t c, size_t pixel, size_t n, union rke_block_values *v)
{
	size_t have = c >= cube->channels ? 0 : cube->channels - c;

	if (have >= RKE_LANES) {
		/* A length that the compiler knows. */
		for (size_t i = 0; i < n; i++)
			memcpy(v->i + i * RKE_LANES, cube->i + (pixel + i) * cube->stride + c,
			       RKE_LANES * sizeof(v->i[0]));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		int32_t *to = v->i + i * RKE_LANES;

		memcpy(to, cube->i + (pixel + i) * cube->stride + c, have * sizeof(*to));
		memset(to + have, 0, (RKE_LANES - have) * sizeof(*to));
	}
}

/*
 * CPEND: the weights' zero point, times the sum of the inputs. Then CORE's
 * own shift. Sums wrap, as CORE's do.
 */
static void
pend(const struct work *w, uint32_t c, size_t pixel, size_t n, int32_t *v)
{
	const struct rke_cube *cube = w->cube;
	bool per_channel = cube->sums_stride > 1;

	for (size_t i = 0; w->dpu.cpend && i < n; i++) {
		const int32_t *sums = cube->sums + (pixel + i) * cube->sums_stride;

		for (uint32_t k = 0; k < RKE_LANES && c + k < cube->channels; k++) {
			int32_t op = w->dpu.cpend_dma ? w->bs.cpend[k] : w->dpu.ow_op;
			uint32_t sum = (uint32_t)(per_channel ? sums[c + k] : sums[0]);

			v[i * RKE_LANES + k] = (int32_t)((uint32_t)v[i * RKE_LANES + k] + (uint32_t)op * sum);
		}
	}
	for (size_t i = 0; w->dpu.clip && i < n * RKE_LANES; i++)
		v[i] = rke_int_shift(v[i], w->dpu.clip);
}

static int
run_block(struct rke_core *core, const struct work *w, uint32_t c, uint32_t y, uint32_t x, size_t n)
{
	const struct rke_dpu *dpu = &w->dpu;
	size_t pixel = (size_t)y * dpu->width + x;
	int r = 0;

	if (w->cube)
		load_cube(w->cube, c, pixel, n, w->v);
	else
		r = rke_source_read(core, &dpu->source, c, y, x, n, w->v);
	if (!r && dpu->ew.operand && !dpu->ew.per_channel)
		r = rke_source_read(core, &dpu->ew.source, c, y, x, n, w->e);
	if (r)
		return r;
	if (dpu->is_float) {
		rke_float_stage(&dpu->bs, &w->bs, w->v->f, n);
		rke_float_stage(&dpu->bn, &w->bn, w->v->f, n);
		rke_float_ew(core, dpu, w->v->f, w->e->f, w->step, n);
	} else {
		if (w->cube)
			pend(w, c, pixel, n, w->v->i);
		rke_int_stage(&dpu->bs, &w->bs, w->v->i, n);
		rke_int_stage(&dpu->bn, &w->bn, w->v->i, n);
		rke_int_ew(dpu, w->v->i, w->e->i, w->step, n);
		rke_int_convert(&dpu->convert, dpu->out, w->v->i, n);
	}
	return rke_dpu_write(core, dpu, c, y, x, n, w->v);
}

static int
run_channels(struct rke_core *core, struct work *w, uint32_t c)
{
	const struct rke_dpu *dpu = &w->dpu;
	int r;

	rke_operands_load(core, &dpu->bs, dpu->is_float, c, dpu->computed, &w->bs);
	rke_operands_load(core, &dpu->bn, dpu->is_float, c, dpu->computed, &w->bn);
	if (dpu->ew.operand && dpu->ew.per_channel) {
		r = rke_ew_load(core, &dpu->ew, c, w->e);
		if (r)
			return r;
	}
	for (uint32_t y = 0; y < dpu->height; y++)
		for (uint32_t x = 0; x < dpu->width; x += RKE_SPAN) {
			uint32_t n = dpu->width - x < RKE_SPAN ? dpu->width - x : RKE_SPAN;

			r = run_block(core, w, c, y, x, n);
			if (r)
				return r;
		}
	return 0;
}

int
rke_dpu_run(struct rke_core *core, const struct rke_cube *cube)
{
	struct work w = { .cube = cube };
	int r;

	if (!cube && rke_enlarge_asked(core))
		return rke_enlarge_run(core);
	r = rke_dpu_configure(core, cube, &w.dpu);
	if (r)
		return r;
	w.v = rke_scratch(core, 4, sizeof(*w.v));
	w.e = rke_scratch(core, 5, sizeof(*w.e));
	if (!w.v || !w.e)
		return -ENOMEM;
	w.step = w.dpu.ew.operand && !w.dpu.ew.per_channel ? RKE_LANES : 0;
	join_rows(&w.dpu, cube);
	for (uint32_t c = 0; c < w.dpu.channels; c += RKE_LANES) {
		r = run_channels(core, &w, c);
		if (r)
			return r;
	}
	return 0;
}
