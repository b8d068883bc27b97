/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <time.h>

#include "replay.h"

/* What replay and state look back at before they begin. */

RKR_DEFINE_CLEANUP(struct rkx_poison *, rkx_poison_free)

int
replay_look_back(const char *dir, struct rkx_past *ret_past, struct rkr_error *err)
{
	rkr_cleanup(rkx_poison_free) struct rkx_poison *ledger = NULL;
	char boot[RKX_BOOT_ID], name[RKX_POISON_NAME];
	struct timespec t;

	rkx_boot_id(boot);
	clock_gettime(CLOCK_REALTIME, &t);
	int r = rkx_poison_load(dir, NULL, &ledger, err);

	if (r == 0)
		r = rkx_past_read(dir, boot, (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000,
				  ret_past, err);
	if (r == 0)
		r = rkx_past_remember(ret_past, ledger, name, err);
	if (r == 1)
		fprintf(stderr, "rkreplay: the board went down during the last run: it is remembered as %s\n",
			name);
	return r < 0 ? r : 0;
}
