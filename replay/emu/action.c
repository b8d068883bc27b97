/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include "lib/model-action.h"
#include "lib/regs-ids.h"

/* The regulator, as boots say: "volt: 800000 uV" [captured: two boot logs]. The clock gives 0 [source]. */
#define VOLTAGE_UV 800000u

/* Values that come from the hardware or the driver's state. */
static uint32_t
answer(const struct rke_board *board, uint32_t id)
{
	switch (id) {
	case RKR_ACTION_GET_HW_VERSION:
		return rke_read(board, 0, RKR_REG_PC_VERSION) +
		       (rke_read(board, 0, RKR_REG_PC_VERSION_NUM) & 0xffff);
	case RKR_ACTION_GET_VOLT:
		return VOLTAGE_UV;
	case RKR_ACTION_GET_IOMMU_DOMAIN_ID:
		return board->domain;
	default:
		return 0;
	}
}

int
rke_action(struct rke_board *board, struct rkr_abi_action *arg)
{
	const struct rkr_action_desc *desc = rkr_action(arg->flags);
	int r = rkr_action_result(arg->flags, arg->value);

	if (r < 0)
		return r;
	switch (desc->effect) {
	case RKR_EFFECT_RESET:
		r = rke_soft_reset(board);
		break;
	case RKR_EFFECT_LOG:
		rke_klog(board, "%s rw_amount is not supported on this device!",
			 arg->flags == RKR_ACTION_CLR_TOTAL_RW_AMOUNT ? "Clear" : "Get");
		break;
	case RKR_EFFECT_DOMAIN:
		r = rke_domain_get(board, arg->value);
		if (r == 0)
			rke_domain_put(board);
		break;
	case RKR_EFFECT_NICE: /* of the caller's process, which is not the board's */
	case RKR_EFFECT_NONE:
		break;
	}
	if (desc->answer == RKR_VALUE_FIXED)
		arg->value = desc->value;
	else if (desc->answer != RKR_VALUE_UNCHANGED)
		arg->value = answer(board, arg->flags);
	return r;
}
