/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "plan-priv.h"

/*
 * Where the bytes of BOs come from: what the caller gave, else what the run
 * holds, else the seed, or zero where the NPU writes before it reads.
 */

static int
keep_given(struct rkx_plan *plan, const struct rkx_contents *c, struct rkr_error *err)
{
	int bo = rkr_run_bo_by_role(plan->source, c->role);
	size_t n_regions;
	const struct rkr_region *regions = rkr_run_regions(plan->source, &n_regions);

	if (bo < 0)
		return rkr_fail(err, -EINVAL, NULL,
				"there are contents for a BO \"%s\", and the run has none", c->role);
	if (c->offset > plan->bos[bo].size || c->len > plan->bos[bo].size - c->offset)
		return rkr_fail(err, -EINVAL, NULL, "contents for BO %s go past its end: %" PRIu64 " bytes",
				c->role, plan->bos[bo].size);
	for (size_t i = 0; i < n_regions; i++)
		/* Addresses stand there, which no contents from elsewhere can have right. */
		if (regions[i].kind != RKR_REGION_DATA && regions[i].bo == (uint32_t)bo && c->len &&
		    regions[i].offset < c->offset + c->len && c->offset < regions[i].offset + regions[i].size)
			return rkr_fail(err, -EINVAL, "change single values with edits",
					"contents for BO %s cover its regcmd or its tasks", c->role);
	if (rkr_grow((void **)&plan->given, &plan->cap_given, plan->n_given + 1, sizeof(*plan->given)) < 0)
		return -ENOMEM;
	struct rkx_given *g = &plan->given[plan->n_given];

	*g = (struct rkx_given){ (uint32_t)bo, c->offset, c->len, malloc(c->len + 1) };
	if (!g->data)
		return -ENOMEM;
	memcpy(g->data, c->data, c->len);
	plan->n_given++;
	return 0;
}

/* What fills the byte at @offset, and up to where (*end is lowered). */
static enum rkx_fill
fill_at(const struct rkx_plan *plan, uint32_t bo, uint64_t offset, uint64_t *end)
{
	const char *role = plan->bos[bo].role;
	size_t n;
	const struct rkr_extent *e = rkr_run_extents(plan->source, bo, &n);

	/* The last one given counts. */
	for (size_t i = plan->n_given; i-- > 0;) {
		const struct rkx_given *g = &plan->given[i];

		if (g->bo != bo || g->offset + g->len <= offset)
			continue;
		if (g->offset > offset) {
			*end = g->offset < *end ? g->offset : *end;
			continue;
		}
		*end = g->offset + g->len < *end ? g->offset + g->len : *end;
		return RKX_FILL_GIVEN;
	}
	for (size_t i = 0; i < n; i++) {
		if (e[i].offset + e[i].len <= offset)
			continue;
		if (e[i].offset > offset) {
			*end = e[i].offset < *end ? e[i].offset : *end;
			break;
		}
		*end = e[i].offset + e[i].len < *end ? e[i].offset + e[i].len : *end;
		return RKX_FILL_RUN;
	}
	/*
	 * The NPU writes the output before anyone reads it, and the vendor
	 * runtime leaves the internal BO unused [captured]. Rows behind a task
	 * table that no one knows must not be tasks.
	 */
	if (strcmp(role, "output") == 0 || strcmp(role, "internal") == 0 || strcmp(role, "task") == 0)
		return RKX_FILL_ZERO;
	return RKX_FILL_SEED;
}

/* Pieces must not straddle a region: a region waits for the addresses that stand in it. */
static void
stop_at_regions(const struct rkx_plan *plan, uint32_t bo, uint64_t offset, uint64_t *end)
{
	size_t n;
	const struct rkr_region *r = rkr_run_regions(plan->source, &n);

	for (size_t i = 0; i < n; i++) {
		if (r[i].bo != bo)
			continue;
		if (r[i].offset > offset && r[i].offset < *end)
			*end = r[i].offset;
		if (r[i].offset + r[i].size > offset && r[i].offset + r[i].size < *end)
			*end = r[i].offset + r[i].size;
	}
}

static uint32_t
needs_of(const struct rkx_plan *plan, const struct rkx_piece *p)
{
	size_t n;
	const struct rkr_reloc *r = rkr_image_relocs(plan->image, &n);
	uint32_t needs = p->bo;

	for (size_t i = 0; p->fill == RKX_FILL_RUN && i < n; i++)
		if (r[i].where == RKR_RELOC_CONTENT && r[i].bo == p->bo && r[i].word >= p->offset &&
		    r[i].word - p->offset < p->len && plan->order[r[i].target] > plan->order[needs])
			needs = r[i].target;
	return needs;
}

int
rkx_plan_make_pieces(struct rkx_plan *plan, const struct rkx_plan_options *options, struct rkr_error *err)
{
	for (size_t i = 0; i < options->n_given; i++) {
		int r = keep_given(plan, &options->given[i], err);

		if (r < 0)
			return r;
	}
	for (uint32_t b = 0; b < plan->n_bos; b++)
		for (uint64_t at = 0; at < plan->bos[b].size;) {
			uint64_t end = plan->bos[b].size;
			enum rkx_fill fill = fill_at(plan, b, at, &end);

			stop_at_regions(plan, b, at, &end);
			if (rkr_grow((void **)&plan->pieces, &plan->cap_pieces, plan->n_pieces + 1,
				     sizeof(*plan->pieces)) < 0)
				return -ENOMEM;
			struct rkx_piece *p = &plan->pieces[plan->n_pieces++];

			*p = (struct rkx_piece){ b, at, end - at, fill, b };
			p->needs = needs_of(plan, p);
			at = end;
		}
	return 0;
}

/*
 * Bytes from a seed that are sane as fp16 and harmless as int8: each half is
 * a number of magnitude 1/8 to 1, either sign; no NaN, no infinity.
 */
static void
seed_bytes(uint64_t seed, const struct rkx_piece *p, uint8_t *to)
{
	for (uint64_t i = 0; i < p->len; i++) {
		uint64_t at = p->offset + i;
		/* splitmix64 of the place, so that a byte does not depend on how pieces are cut. */
		uint64_t z = seed + 0x9e3779b97f4a7c15 * (((uint64_t)p->bo << 40) + (at >> 1) + 1);

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		z ^= z >> 31;
		uint16_t half = (uint16_t)((z & 0x8000) | (0x3000 + z % 0x0c00));

		to[i] = (uint8_t)(half >> (8 * (at & 1)));
	}
}

int
rkx_plan_piece_bytes(const struct rkx_plan *plan, size_t piece, void *ret_data)
{
	const struct rkx_piece *p = &plan->pieces[piece];

	switch (p->fill) {
	case RKX_FILL_RUN:
		return rkr_run_read(plan->placed, p->bo, p->offset, ret_data, p->len);
	case RKX_FILL_SEED:
		seed_bytes(plan->seed, p, ret_data);
		return 0;
	case RKX_FILL_GIVEN:
		for (size_t i = plan->n_given; i-- > 0;) {
			const struct rkx_given *g = &plan->given[i];

			if (g->bo != p->bo || g->offset > p->offset ||
			    g->offset + g->len < p->offset + p->len)
				continue;
			memcpy(ret_data, g->data + (p->offset - g->offset), p->len);
			return 0;
		}
		return -ENODATA;
	default:
		memset(ret_data, 0, p->len);
		return 0;
	}
}
