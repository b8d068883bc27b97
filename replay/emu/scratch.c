/* SPDX-License-Identifier: MIT */
/* Memory that a core's steps keep from one task to the next. */
#include "config.h"

#include <stdlib.h>

#include "lib/util.h"
#include "replay/emu/npu-priv.h"

#define ALIGN 64

void *
rke_scratch(struct rke_core *core, unsigned i, size_t len)
{
	if (len <= core->scratch_size[i] && core->scratch[i])
		return core->scratch[i];
	if (len > SIZE_MAX / 2)
		return NULL;
	size_t size = (size_t)rkr_align_up(len ? len : 1, ALIGN);

	/* What it held is of no use: free first, so that both never exist at once. */
	free(core->scratch[i]);
	core->scratch[i] = aligned_alloc(ALIGN, size);
	core->scratch_size[i] = core->scratch[i] ? size : 0;
	return core->scratch[i];
}

void
rke_scratch_free(struct rke_core *core)
{
	for (unsigned i = 0; i < RKR_ARRAY_LEN(core->scratch); i++) {
		free(core->scratch[i]);
		core->scratch[i] = NULL;
		core->scratch_size[i] = 0;
	}
}
