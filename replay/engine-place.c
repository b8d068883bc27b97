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
	_autofree_ struct rkr_range *used = calloc(plan->n_bos + 1, sizeof(*used));
	uint64_t top = 0;
	size_t n = 0;

	if (!used)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_bos; i++) {
		ret_layout[i] = real[i].bo;
		if (!real[i].created)
			continue;
		used[n++] = (struct rkr_range){ real[i].bo.dma, real[i].bo.aligned };
		if (real[i].bo.dma < RKR_IOVA_END && real[i].bo.dma + real[i].bo.aligned > top)
			top = real[i].bo.dma + real[i].bo.aligned;
	}
	for (uint32_t o = 0; o < plan->n_bos; o++)
		for (size_t i = 0; i < plan->n_bos; i++) {
			struct rkr_bo *to = &ret_layout[i];

			if (plan->order[i] != o || real[i].created)
				continue;
			int r = rkr_iova_place(used, n, top < RKR_IOVA_END ? top : RKR_IOVA_END, to->aligned,
					       to->flags, &to->dma);

			/* No room below: anywhere. */
			if (r < 0)
				r = rkr_iova_place(used, n, RKR_IOVA_END, to->aligned, to->flags, &to->dma);
			if (r < 0)
				return r == -ENOMEM ? -ERANGE : r;
			used[n++] = (struct rkr_range){ to->dma, to->aligned };
			/* Nothing is sent with these; they must only be no other's. */
			to->obj = plan->bos[i].obj;
			to->handle = plan->bos[i].handle;
		}
	return 0;
}
