/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine-priv.h"

#include <errno.h>

/* What the device answered, as a run: its calls as captures of a client have them, and the memory behind. */

int
rkx_notes_new(struct rkx_notes *n)
{
	int r = rkr_run_new(&n->run);

	/* That there is none of these means that no call failed. */
	if (r == 0)
		rkr_run_set_witness(n->run, RKR_KIND_call_error);
	return r < 0 ? r : rkx_calls_into(n->run, &n->calls);
}

/* ---- memory */

static int
add_bos(struct rkx_notes *n, const struct rkx_real *real, size_t n_bos)
{
	for (size_t i = 0; i < n_bos; i++) {
		struct rkr_bo bo = real[i].bo;
		uint32_t index;

		if (!real[i].created)
			bo.known &= ~(uint32_t)(RKR_BO_DMA | RKR_BO_OBJ | RKR_BO_HANDLE | RKR_BO_MAP |
						RKR_BO_VIRT | RKR_BO_MAP_N);
		bo.born = real[i].created ? real[i].born : rkr_run_n_records(n->run);
		bo.died = real[i].died;
		int r = rkr_run_add_bo(n->run, &bo, &index);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Bytes of no importance stay unknown: zeros that the NPU writes over. */
static int
add_contents(struct rkx_notes *n, const struct rkx_plan *plan, const bool *filled, uint8_t *const *read)
{
	size_t n_pieces, n_bos;
	const struct rkx_piece *p = rkx_plan_pieces(plan, &n_pieces);
	const struct rkr_bo *bos = rkx_plan_bos(plan, &n_bos);

	for (size_t i = 0; i < n_pieces; i++) {
		if (!filled[i] || p[i].fill == RKX_FILL_ZERO || read[p[i].bo])
			continue;
		_autofree_ uint8_t *bytes = malloc(p[i].len);

		if (!bytes)
			return -ENOMEM;
		int r = rkx_plan_piece_bytes(plan, i, bytes);

		if (r == 0)
			r = rkr_run_write(n->run, p[i].bo, p[i].offset, bytes, p[i].len,
					  RKR_EVIDENCE_GENERATED, SIZE_MAX);
		if (r < 0)
			return r;
	}
	for (uint32_t b = 0; b < n_bos; b++) {
		int r = read[b] ? rkr_run_write(n->run, b, 0, read[b], bos[b].size, RKR_EVIDENCE_GENERATED,
						SIZE_MAX)
				: 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int
rkx_note_memory(struct rkx_notes *n, const struct rkx_plan *plan, const struct rkx_real *real,
		const bool *filled, uint8_t *const *read)
{
	size_t n_bos, n_regions;
	const struct rkr_region *regions = rkr_run_regions(rkx_plan_run(plan), &n_regions);

	rkx_plan_bos(plan, &n_bos);
	int r = rkx_calls_failed(n->calls);

	if (r == 0)
		r = add_bos(n, real, n_bos);
	if (r == 0)
		r = add_contents(n, plan, filled, read);
	for (size_t i = 0; r == 0 && i < n_regions; i++)
		r = rkr_run_add_region(n->run, &regions[i]);
	return r < 0 ? r : rkr_run_bind(n->run);
}
