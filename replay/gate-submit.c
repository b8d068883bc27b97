/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "gate-priv.h"
#include "lib/model-action.h"
#include "lib/model-memory.h"
#include "lib/model-submit.h"
#include "lib/regs-ids.h"

/* Gates on what the submit struct and the task table say. */

#define EACH_SUBMIT(j, n, s)                                                        \
	size_t n;                                                                   \
	const struct rkx_plan_submit *const all_ = rkx_plan_submits((j)->plan, &n); \
	for (const struct rkx_plan_submit *s = all_; s < all_ + n; s++)

enum rkx_verdict
rkx_gate_kernel_pointer(const struct rkx_judging *j)
{
	size_t n_steps, n_bos;
	const struct rkx_step *steps = rkx_plan_steps(j->plan, &n_steps);
	const struct rkr_bo *bos = rkx_plan_bos(j->plan, &n_bos);

	EACH_SUBMIT(j, n, s)
	if (s->task_bo == RKX_NONE || s->abi.task_obj_addr != bos[s->task_bo].obj ||
	    s->abi.task_obj_addr == 0)
		return rkx_say(j, RKX_NEVER, "submit %td: task_obj_addr 0x%" PRIx64 " is the object of no BO",
			       s - all_, s->abi.task_obj_addr);
	for (size_t i = 0; i < n_steps; i++)
		if (steps[i].kind == RKX_STEP_SYNC && steps[i].bo == RKX_NONE)
			return rkx_say(j, RKX_NEVER,
				       "a sync (record %zu of the source) is of an object that is no BO's",
				       steps[i].record);
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_task_bo(const struct rkx_judging *j)
{
	size_t n_bos;
	const struct rkr_bo *bos = rkx_plan_bos(j->plan, &n_bos);

	EACH_SUBMIT(j, n, s)
	if (s->task_bo != RKX_NONE && !rkr_mem_holds_tasks(bos[s->task_bo].flags))
		return rkx_say(j, RKX_NEVER,
			       "submit %td: the task BO has flags 0x%x, without KERNEL_MAPPING (0x8)",
			       s - all_, bos[s->task_bo].flags);
	return RKX_ALLOW;
}

/* Cores that run the same tasks write the same outputs at the same time. */
static enum rkx_verdict
judge_overlap(const struct rkx_judging *j, size_t nth)
{
	struct rkx_slot slots[RKR_NPU_CORES];
	size_t n = rkx_submit_slots(j->plan, nth, slots);

	for (size_t a = 0; a < n; a++)
		for (size_t b = a + 1; b < n; b++)
			if (slots[a].start < (uint64_t)slots[b].start + slots[b].number &&
			    slots[b].start < (uint64_t)slots[a].start + slots[a].number)
				return rkx_say(j, RKX_NEVER,
					       "submit %zu: cores %u and %u would run the same tasks", nth,
					       slots[a].core, slots[b].core);
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_task_range(const struct rkx_judging *j)
{
	EACH_SUBMIT(j, n, s)
	{
		const size_t nth = (size_t)(s - all_);
		struct rkx_slot slots[RKR_NPU_CORES];
		size_t n_slots = rkx_submit_slots(j->plan, nth, slots);

		for (size_t i = 0; i < n_slots; i++)
			/* In pieces, of which each but the last would end where the chain goes on [source]. */
			if (slots[i].number > RKR_TASKS_PER_COMMIT)
				return rkx_say(
					j, RKX_NEVER,
					"submit %zu: core %u would run %u tasks, and no more than %u go to it "
					"at once",
					nth, slots[i].core, slots[i].number, RKR_TASKS_PER_COMMIT);
			else if ((uint64_t)slots[i].start + slots[i].number > s->n_tasks)
				return rkx_say(j, RKX_NEVER,
					       "submit %zu: core %u would run tasks %u to %" PRIu64
					       " of %" PRIu64,
					       nth, slots[i].core, slots[i].start,
					       (uint64_t)slots[i].start + slots[i].number - 1, s->n_tasks);
		if (judge_overlap(j, nth) != RKX_ALLOW)
			return RKX_NEVER;
	}
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_empty_slot(const struct rkx_judging *j)
{
	EACH_SUBMIT(j, n, s)
	{
		struct rkx_slot slots[RKR_NPU_CORES];
		size_t n_slots = rkx_submit_slots(j->plan, (size_t)(s - all_), slots);

		if (s->abi.task_number == 0)
			return rkx_say(j, RKX_NEVER, "submit %td: task_number is 0", s - all_);
		for (size_t i = 0; i < n_slots; i++)
			if (slots[i].number == 0)
				return rkx_say(j, RKX_NEVER, "submit %td: the slot of core %u has no task",
					       s - all_, slots[i].core);
	}
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_core_mask(const struct rkx_judging *j)
{
	EACH_SUBMIT(j, n, s)
	{
		uint32_t mask = s->abi.core_mask;

		if (mask > 1 && !rkr_core_mask_committable(mask))
			return rkx_say(j, RKX_NEVER,
				       "submit %td: core mask 0x%x is none that the driver can commit",
				       s - all_, mask);
		if (mask > 1)
			return rkx_say(j, RKX_REFUSE, "submit %td: core mask 0x%x uses more than core 0",
				       s - all_, mask);
	}
	return RKX_ALLOW;
}

/* Which core the driver picks is not ours to know: others have used it, too. So each would run the same. */
static enum rkx_verdict
judge_slots(const struct rkx_judging *j, const struct rkr_abi_submit *abi, size_t nth)
{
	const struct rkr_abi_subcore_task *slot = abi->subcore_task;

	for (unsigned core = 1; core < RKR_NPU_CORES; core++)
		if (slot[core].task_start != slot[0].task_start ||
		    slot[core].task_number != slot[0].task_number)
			return rkx_say(
				j, RKX_NEVER,
				"submit %zu: core mask 0, and core %u would run %u tasks from %u on, core 0 "
				"%u from %u on; use core_mask=1",
				nth, core, slot[core].task_number, slot[core].task_start, slot[0].task_number,
				slot[0].task_start);
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_auto_core(const struct rkx_judging *j)
{
	EACH_SUBMIT(j, n, s)
	{
		if (s->abi.core_mask != 0)
			continue;
		if (judge_slots(j, &s->abi, (size_t)(s - all_)) != RKX_ALLOW)
			return RKX_NEVER;
		if (j->facts->picked > 1)
			return rkx_say(
				j, RKX_REFUSE,
				"submit %td: core mask 0, and the driver gave the last such job core mask "
				"0x%x; use core_mask=1",
				s - all_, j->facts->picked);
		if (j->facts->uncommitted || j->facts->users)
			return rkx_say(
				j, RKX_REFUSE,
				"submit %td: core mask 0, and %s: it may go to core 1 or 2; use core_mask=1",
				s - all_,
				j->facts->users ? "someone else uses the NPU" : "a job was never committed");
		/* On an idle board it is core 0, as the vendor runtime has it [captured]: no more to say. */
	}
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_flags(const struct rkx_judging *j)
{
	EACH_SUBMIT(j, n, s)
	{
		if (s->abi.flags != (RKR_SUBMIT_PC | RKR_SUBMIT_PINGPONG) && s->abi.flags != RKR_SUBMIT_PC)
			return rkx_say(j, RKX_NEVER, "submit %td: flags 0x%x: only 0x5 and 0x1 are run%s",
				       s - all_, s->abi.flags,
				       !(s->abi.flags & RKR_SUBMIT_PC)      ? "; without PC mode"
				       : s->abi.flags & RKR_SUBMIT_NONBLOCK ? "; NONBLOCK is not waited for"
									    : "");
		if (s->abi.fence_fd > 0)
			return rkx_say(j, RKX_NEVER, "submit %td: fence_fd is %d", s - all_, s->abi.fence_fd);
	}
	return RKX_ALLOW;
}

/* The interrupts of the blocks that a record starts: DPU and PPU end a job [captured: 0x0d, 0x18, 0x60]. */
static uint32_t
implied_int(uint32_t enables)
{
	return (enables >> RKR_FLD_GLOBAL_OPERATION_ENABLE_DPU_OP_EN_SHIFT & 1 ? 0x300u : 0) |
	       (enables >> RKR_FLD_GLOBAL_OPERATION_ENABLE_PPU_OP_EN_SHIFT & 1 ? 0xc00u : 0);
}

static enum rkx_verdict
judge_int_mask(const struct rkx_judging *j, const struct rkx_slot *slot, const struct rkx_fetch *f)
{
	uint32_t mask = f->task.int_mask, enables;

	if (f->nth != (uint64_t)slot->start + slot->number - 1)
		return RKX_ALLOW;
	for (uint32_t pair = 0x3; pair <= 0xc00; pair <<= 2)
		if ((mask & pair) && (mask & pair) != pair)
			return rkx_say(j, RKX_NEVER,
				       "task %" PRIu64
				       ": int_mask 0x%x has half of a pair, which never matches",
				       f->nth, mask);
	if (!mask || mask & ~0xfffu)
		return rkx_say(j, RKX_NEVER, "task %" PRIu64 ": int_mask 0x%x is not within 0xfff", f->nth,
			       mask);
	if (!rkx_fetch_register(j->plan, f, RKR_TARGET_OP_EN, RKR_REG_PC_OPERATION_ENABLE, &enables))
		return rkx_say(j, RKX_NEVER, "task %" PRIu64 ": its record starts no block", f->nth);
	if (mask != implied_int(enables))
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64
			       ": int_mask 0x%x, but a record that starts 0x%x ends with 0x%x",
			       f->nth, mask, enables, implied_int(enables));
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_int_mask(const struct rkx_judging *j)
{
	return rkx_each_task(j, judge_int_mask);
}

enum rkx_verdict
rkx_gate_fields(const struct rkx_judging *j)
{
	EACH_SUBMIT(j, n, s)
	{
		const struct rkr_abi_submit *a = &s->abi;

		if (a->task_base_addr)
			return rkx_say(j, RKX_NEVER,
				       "submit %td: task_base_addr is 0x%" PRIx64
				       ", and addresses are absolute",
				       s - all_, a->task_base_addr);
		if (a->iommu_domain_id || a->reserved)
			return rkx_say(j, RKX_NEVER,
				       "submit %td: iommu_domain_id is %u, reserved 0x%x: both must be 0",
				       s - all_, a->iommu_domain_id, a->reserved);
		if (a->priority)
			return rkx_say(j, RKX_NEVER, "submit %td: priority is %d", s - all_, a->priority);
		if (a->timeout == 0 || a->timeout > RKX_TIMEOUT_MS_MAX)
			return rkx_say(j, RKX_NEVER, "submit %td: timeout is %u ms: 1 to %u are run",
				       s - all_, a->timeout, RKX_TIMEOUT_MS_MAX);
	}
	size_t n_steps, n_bos;
	const struct rkx_step *steps = rkx_plan_steps(j->plan, &n_steps);
	const struct rkr_bo *bos = rkx_plan_bos(j->plan, &n_bos);
	const struct rkx_facts *f = j->facts;

	for (size_t i = 0; i < n_bos; i++)
		if (bos[i].flags & ~(uint32_t)RKR_MEM_ALL)
			return rkx_say(j, RKX_NEVER, "BO %s has flags 0x%x: only 0x%x are known", bos[i].role,
				       bos[i].flags, (unsigned)RKR_MEM_ALL);
	for (size_t i = 0; i < n_steps; i++)
		if (steps[i].kind == RKX_STEP_ACTION &&
		    rkr_action(steps[i].flags)->effect == RKR_EFFECT_DOMAIN)
			return rkx_say(j, RKX_NEVER, "step %zu switches the IOMMU domain of everyone", i);
	if (f->submit_bytes != sizeof(struct rkr_abi_submit))
		return rkx_say(j, RKX_NEVER, "the driver's submit is of %u bytes, not of %zu",
			       f->submit_bytes, sizeof(struct rkr_abi_submit));
	if (f->driver[0] != 0 || f->driver[1] != 9 || f->driver[2] != 8)
		return rkx_say(j, RKX_REFUSE, "driver %d.%d.%d is not 0.9.8, which these gates know",
			       f->driver[0], f->driver[1], f->driver[2]);
	for (const struct rkx_plan_submit *s = all_; s < all_ + n; s++)
		/* Three waits, if the job is never committed [source]. Vendor runs have 6000 [captured]. */
		if (s->abi.timeout > 6000)
			return rkx_say(
				j, RKX_WARN,
				"submit %td: timeout is %u ms, and a job that is never committed takes %u",
				s - all_, s->abi.timeout, 3 * s->abi.timeout);
	return RKX_ALLOW;
}
