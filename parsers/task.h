/* SPDX-License-Identifier: MIT */
#ifndef RKP_TASK_H
#define RKP_TASK_H

#include <stdbool.h>

#include "lib/run.h"

/**
 * Whether 40 bytes are what the driver would take for a task as the vendor
 * runtime writes it: one operation, some blocks, interrupts of the 14 known
 * bits, all of them cleared. [captured: 1354 rows, of which it keeps those of
 * the task BOs and of the tables behind regcmd, and no other]
 */
static inline bool
rkp_is_task(const struct rkr_task *t)
{
	return t->flags == 0 && t->op_idx == 1 && t->enable_mask && !(t->enable_mask & ~UINT32_C(0x7d)) &&
	       t->int_mask && !(t->int_mask & ~UINT32_C(0x3fff)) && t->int_clear == 0x1ffff &&
	       t->int_status == 0 && t->regcfg_offset == 0 && t->regcfg_amount > 0;
}

#endif
