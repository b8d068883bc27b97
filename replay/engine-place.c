/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine-priv.h"

#include <errno.h>

#include "lib/model-memory.h"
#include "plan-priv.h"

/*
 * Where BOs are that are there, and where the others may come to be: below
 * them, as the driver does it. A guess that is wrong does no harm: each BO is
 * looked at again when it is there, and nothing is filled in that holds the
 * address of one that is not.
 */
int
rkx_expect(const struct rkx_plan *plan, const struct rkx_real *real, struct rkr_bo *ret_layout)
{
	struct rkr_taken used = { 0 };
	uint64_t top = 0;
	int r = 0;

	for (size_t i = 0; i < plan->n_bos && r == 0; i++) {
		const struct rkr_bo *bo = &real[i].bo;

		ret_layout[i] = *bo;
		if (!real[i].created)
			continue;
		r = rkr_taken_add(&used, bo->dma, bo->aligned, &ret_layout[i]);
		if (bo->dma < RKR_IOVA_END && bo->dma + bo->aligned > top)
			top = bo->dma + bo->aligned;
	}
	for (size_t o = 0; o < plan->n_bos && r == 0; o++) {
		uint32_t i = plan->in_order[o];
		struct rkr_bo *to = &ret_layout[i];

		if (real[i].created)
			continue;
		r = rkr_iova_place(&used, top < RKR_IOVA_END ? top : RKR_IOVA_END, to->aligned, to->flags,
				   &to->dma);
		/* No room below: anywhere. */
		if (r < 0)
			r = rkr_iova_place(&used, RKR_IOVA_END, to->aligned, to->flags, &to->dma);
		if (r < 0)
			r = r == -ENOMEM ? -ERANGE : r;
		else
			r = rkr_taken_add(&used, to->dma, to->aligned, to);
		/* Nothing is sent with these; they must only be no other's. */
		to->obj = plan->bos[i].obj;
		to->handle = plan->bos[i].handle;
	}
	rkr_taken_clear(&used);
	return r;
}
