/* SPDX-License-Identifier: MIT */
#ifndef RKR_MODEL_ACTION_H
#define RKR_MODEL_ACTION_H

/*
 * The ACTION ioctl of the driver (0.9.8) on an RK3588: what each id answers
 * and what it changes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "visibility.h"

RKR_BEGIN_DECLS

/** Ids, which the struct calls flags [source]. */
enum rkr_action_id {
	RKR_ACTION_GET_HW_VERSION = 0,
	RKR_ACTION_GET_DRV_VERSION = 1,
	RKR_ACTION_GET_FREQ = 2,
	RKR_ACTION_SET_FREQ = 3,
	RKR_ACTION_GET_VOLT = 4,
	RKR_ACTION_SET_VOLT = 5,
	RKR_ACTION_RESET = 6,
	RKR_ACTION_GET_BW_PRIORITY = 7,
	RKR_ACTION_SET_BW_PRIORITY = 8,
	RKR_ACTION_GET_BW_EXPECT = 9,
	RKR_ACTION_SET_BW_EXPECT = 10,
	RKR_ACTION_GET_BW_TW = 11,
	RKR_ACTION_SET_BW_TW = 12,
	RKR_ACTION_CLR_TOTAL_RW_AMOUNT = 13,
	RKR_ACTION_GET_DT_WR_AMOUNT = 14,
	RKR_ACTION_GET_DT_RD_AMOUNT = 15,
	RKR_ACTION_GET_WT_RD_AMOUNT = 16,
	RKR_ACTION_GET_TOTAL_RW_AMOUNT = 17,
	RKR_ACTION_GET_IOMMU_EN = 18,
	RKR_ACTION_SET_PROC_NICE = 19,
	RKR_ACTION_POWER_ON = 20,
	RKR_ACTION_POWER_OFF = 21,
	RKR_ACTION_GET_TOTAL_SRAM_SIZE = 22,
	RKR_ACTION_GET_FREE_SRAM_SIZE = 23,
	RKR_ACTION_GET_IOMMU_DOMAIN_ID = 24,
	RKR_ACTION_SET_IOMMU_DOMAIN_ID = 25,
};

/** What an action does besides answering. */
enum rkr_action_effect {
	RKR_EFFECT_NONE,
	RKR_EFFECT_RESET,  /**< resets all cores: other clients' jobs are lost */
	RKR_EFFECT_NICE,   /**< sets the caller's nice value */
	RKR_EFFECT_DOMAIN, /**< switches the IOMMU domain of everyone */
	RKR_EFFECT_LOG,    /**< a line in the kernel log, nothing else */
};

/** What the value is after the call. */
enum rkr_action_value {
	RKR_VALUE_UNCHANGED,
	RKR_VALUE_FIXED,    /**< @value below */
	RKR_VALUE_HARDWARE, /**< read from hardware: cannot be known here */
	RKR_VALUE_STATE,    /**< the driver's state */
};

/** 0.9.8, as GET_DRV_VERSION packs it [source]. */
#define RKR_DRIVER_VERSION 908u

struct rkr_action_desc {
	uint32_t id;
	int ret; /**< 0 or -EINVAL */
	enum rkr_action_effect effect;
	enum rkr_action_value answer;
	uint32_t value; /**< of RKR_VALUE_FIXED */
};

/** What an action does; never NULL: an id that is none fails with -EINVAL [source]. */
const struct rkr_action_desc *
rkr_action(uint32_t id);

/** Whether an argument is accepted: domains are 0 to 15, all else takes any value [source]. 0 or -EINVAL. */
int
rkr_action_result(uint32_t id, uint32_t value);

/**
 * Whether the vendor runtime calls this action before it submits: version,
 * power (in vain), nice, IOMMU [captured: 13 logs].
 */
bool
rkr_action_in_prologue(uint32_t id);

RKR_END_DECLS

#endif
