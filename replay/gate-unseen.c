/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>

#include "gate-priv.h"

/* The gate on plans that rest on an inference. */

enum rkx_verdict
rkx_gate_unseen(const struct rkx_judging *j)
{
	const struct rkx_inference *i = rkx_plan_inference(j->plan);

	if (!i->unlock)
		return RKX_ALLOW;
	/* Nothing can break there, but what came of it proves nothing of a board. */
	if (j->facts->emulated)
		return rkx_say(j, RKX_WARN, "%s", i->what);
	snprintf(j->unlock, RKX_POISON_NAME, "%s", i->unlock);
	return rkx_say(j, RKX_REFUSE, "%s", i->what);
}
