/* SPDX-License-Identifier: MIT */
/* How much a core may be made to compute at once. */
#include "config.h"

#include <stdio.h>

#include "replay/emu/dpu.h"

int
rke_spend(struct rke_core *core, uint64_t work, const char *what, uint32_t value)
{
	char text[64];

	if (work <= core->work_left) {
		core->work_left -= work;
		return 0;
	}
	snprintf(text, sizeof(text), "so much work at once: %s", what);
	return rke_refuse(core, text, value);
}
