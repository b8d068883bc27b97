/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "model-submit.h"

#include <errno.h>

#include "util.h"

/*
 * The masks that the commit knows, and the core whose interrupt is waited
 * for. 5 and 6 pass the check of the submit and fail here. [source]
 */
static const struct {
	uint8_t mask;
	uint8_t wait_core;
} masks[] = {
	{ 0x1, 0 }, { 0x2, 1 }, { 0x4, 2 }, { 0x3, 0 }, { 0x7, 0 },
};

bool
rkr_core_mask_committable(uint32_t mask)
{
	return rkr_core_wait(mask) >= 0;
}

unsigned
rkr_core_pick(const uint32_t outstanding[RKR_NPU_CORES])
{
	unsigned best = 0;

	for (unsigned i = 1; i < RKR_NPU_CORES; i++)
		if (outstanding[i] < outstanding[best])
			best = i;
	return best;
}

uint32_t
rkr_core_mask_scheduled(uint32_t mask, const uint32_t outstanding[RKR_NPU_CORES])
{
	return mask ? mask : UINT32_C(1) << rkr_core_pick(outstanding);
}

unsigned
rkr_core_count(uint32_t mask)
{
	return (unsigned)__builtin_popcount(mask & RKR_CORE_MASK_ALL);
}

int
rkr_core_wait(uint32_t mask)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(masks); i++)
		if (masks[i].mask == mask)
			return masks[i].wait_core;
	return -EINVAL;
}

int
rkr_subcore_index(uint32_t mask, unsigned core)
{
	if (!rkr_core_mask_committable(mask) || core >= RKR_NPU_CORES || !(mask >> core & 1))
		return -EINVAL;
	return (int)core + (rkr_core_count(mask) == RKR_NPU_CORES ? 2 : 0);
}

int
rkr_subcore_slice(const struct rkr_abi_submit *submit, uint32_t mask, unsigned core, uint32_t round,
		  struct rkr_slice *ret_slice)
{
	int slot = rkr_subcore_index(mask, core);

	if (slot < 0)
		return slot;
	const struct rkr_abi_subcore_task *s = &submit->subcore_task[slot];
	uint64_t done = (uint64_t)round * RKR_TASKS_PER_COMMIT;

	if (round > 0 && done >= s->task_number)
		return -ERANGE;
	uint64_t left = s->task_number - done;

	/* The start is 32 bits in the driver too, and wraps there. */
	ret_slice->start = (uint32_t)(s->task_start + done);
	ret_slice->number = (uint32_t)(left < RKR_TASKS_PER_COMMIT ? left : RKR_TASKS_PER_COMMIT);
	return 0;
}

enum rkr_slots
rkr_submit_slots(const struct rkr_abi_submit *submit, uint32_t mask, uint64_t n_tasks, int *ret_slot)
{
	if (!rkr_core_mask_committable(mask))
		return RKR_SLOTS_MASK;
	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		int slot = rkr_subcore_index(mask, core);

		if (slot < 0)
			continue;
		const struct rkr_abi_subcore_task *s = &submit->subcore_task[slot];
		bool empty = s->task_number == 0;

		if (!empty && s->task_start <= n_tasks && s->task_number <= n_tasks - s->task_start)
			continue;
		if (ret_slot)
			*ret_slot = slot;
		return empty ? RKR_SLOTS_EMPTY : RKR_SLOTS_RANGE;
	}
	return RKR_SLOTS_OK;
}

/* clang-format off */
/* Results, delays and messages of a submit [source]. */
static const struct rkr_fate_desc fates[] = {
	{ .fate = RKR_FATE_RUNS },
	{ .fate = RKR_FATE_NO_TASKS, .ret = -EINVAL, .n_klog = 1, .klog = { RKR_KLOG_TASK_NUMBER } },
	{ .fate = RKR_FATE_BAD_MASK, .ret = -EINVAL, .n_klog = 1, .klog = { RKR_KLOG_CORE_MASK } },
	{ .fate = RKR_FATE_NOT_PC, .ret = -EINVAL, .extra_ms = 100,
	  .n_klog = 1, .klog = { RKR_KLOG_JOB_ABORT } },
	{ .fate = RKR_FATE_UNKNOWN_MASK, .ret = -EINVAL, .timeouts = 1,
	  .n_klog = 3, .klog = { RKR_KLOG_UNKNOWN_MASK, RKR_KLOG_COMMIT_FAILED, RKR_KLOG_JOB_ABORT } },
	{ .fate = RKR_FATE_NO_TASK_OBJECT, .ret = -EINVAL, .timeouts = 1,
	  .n_klog = 1, .klog = { RKR_KLOG_COMMIT_FAILED } },
	{ .fate = RKR_FATE_BAD_DOMAIN, .ret = -EINVAL, .timeouts = 3,
	  .n_klog = 2, .klog = { RKR_KLOG_DOMAIN, RKR_KLOG_COMMIT_FAILED } },
};
/* clang-format on */

static enum rkr_submit_fate
fate_of(const struct rkr_abi_submit *s)
{
	/* Checked before anything is queued [source]. */
	if (s->task_number == 0)
		return RKR_FATE_NO_TASKS;
	if (s->core_mask > RKR_CORE_MASK_ALL)
		return RKR_FATE_BAD_MASK;
	/* Found when it is scheduled, then when it is committed [inferred: the order]. */
	if (s->iommu_domain_id >= RKR_IOMMU_DOMAINS)
		return RKR_FATE_BAD_DOMAIN;
	if (!(s->flags & RKR_SUBMIT_PC))
		return RKR_FATE_NOT_PC;
	if (s->core_mask && !rkr_core_mask_committable(s->core_mask))
		return RKR_FATE_UNKNOWN_MASK;
	return s->task_obj_addr ? RKR_FATE_RUNS : RKR_FATE_NO_TASK_OBJECT;
}

const struct rkr_fate_desc *
rkr_submit_fate(const struct rkr_abi_submit *submit)
{
	return &fates[fate_of(submit)];
}
