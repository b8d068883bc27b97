/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "checks-priv.h"
#include "model-commit.h"
#include "model-irq.h"
#include "model-submit.h"
#include "model-wait.h"
#include "util.h"

/* Checks of submits: what they ask for, and what the driver makes of it. */

/* What the vendor runtime submits with [captured: every submit of 34 logs]. */
#define RUNTIME_FLAGS (RKR_SUBMIT_PC | RKR_SUBMIT_PINGPONG)
#define RUNTIME_SLOTS 3

void
rkr_check_abi(struct rkr_check_ctx *c)
{
	uint32_t bytes = sizeof(struct rkr_abi_submit);
	const struct rkr_bo *task = rkr_check_bo(c, "task");

	FOR_EACH(c, submit, i)
	{
		size_t at = INDEX(c, submit, i);

		if (!rkr_check_shows(c, at, RKR_F_submit_cmd, "command"))
			continue;
		FIELD(c, at, submit, cmd, rkr_ioctl_command(RKR_IOCTL_SUBMIT, bytes));
		FIELD(c, at, submit, size, bytes);
	}
	if (task && (task->known & RKR_BO_SIZE))
		rkr_check_amount(c, task->born, "task BO", "size beyond whole tasks", 0,
				 task->size % RKR_TASK_BYTES);
}

/* The next sync of an object from record @from on and before @to; @to: none. */
static size_t
next_sync(const struct rkr_check_ctx *c, uint64_t obj, size_t from, size_t to)
{
	while (from < to && (c->run->records[from].kind != RKR_KIND_mem_sync ||
			     rkr_get_u(&c->run->records[from], RKR_F_mem_sync_obj) != obj))
		from++;
	return from;
}

/*
 * A row that repeats a sync of the task object says the same as the call did. Returns where to look
 * for the next.
 */
static size_t
check_sync_row(struct rkr_check_ctx *c, size_t row, size_t from, size_t submit)
{
	uint64_t obj = rkr_get_u(&c->run->records[submit], RKR_F_submit_task_obj_addr);
	size_t at = next_sync(c, obj, from, submit);

	rkr_check_that(c, at < submit, row, NULL, NULL, "a sync of the task object",
		       "no such call before the submit");
	if (at >= submit)
		return at;
	FIELD(c, row, submit_sync, flags, rkr_get_u(&c->run->records[at], RKR_F_mem_sync_flags));
	FIELD(c, row, submit_sync, offset, rkr_get_u(&c->run->records[at], RKR_F_mem_sync_offset));
	FIELD(c, row, submit_sync, size, rkr_get_u(&c->run->records[at], RKR_F_mem_sync_size));
	return at + 1;
}

/* The rows that follow a submit record: what the script knew of its task object. */
static void
check_matches(struct rkr_check_ctx *c, size_t at, const struct rkr_bo *bo)
{
	const struct rkr_record *s = &c->run->records[at];
	uint64_t creates = 0, syncs = 0;
	size_t sync = 0;

	for (size_t i = at + 1; i < c->run->n_records; i++) {
		const struct rkr_record *r = &c->run->records[i];

		if (r->kind == RKR_KIND_submit)
			break;
		if (r->kind == RKR_KIND_submit_create) {
			creates++;
			if (bo && (bo->known & RKR_BO_HANDLE))
				FIELD(c, i, submit_create, handle, bo->handle);
			if (bo && (bo->known & RKR_BO_DMA))
				FIELD(c, i, submit_create, dma, bo->dma);
			if (bo && (bo->known & RKR_BO_FLAGS))
				FIELD(c, i, submit_create, flags, bo->flags);
			/* The driver gives back whole pages [source]. */
			if (bo && (bo->known & RKR_BO_SIZE))
				FIELD(c, i, submit_create, size, rkr_align_up(bo->size, 4096));
		}
		if (r->kind == RKR_KIND_submit_sync) {
			sync = check_sync_row(c, i, sync, at);
			syncs++;
		}
	}
	/* A script that does not see what MEM_CREATE returned counts 0 [captured: 4 logs]. */
	if (rkr_run_witnesses(c->run, RKR_KIND_submit_create) && rkr_has(s, RKR_F_submit_create_matches)) {
		FIELD(c, at, submit, create_matches, 1);
		rkr_check_amount(c, at, NULL, "submit_create rows", 1, creates);
	}
	if (rkr_has(s, RKR_F_submit_sync_matches))
		rkr_check_amount(c, at, NULL, "submit_sync rows", rkr_get_u(s, RKR_F_submit_sync_matches),
				 syncs);
}

void
rkr_check_task_source(struct rkr_check_ctx *c)
{
	FOR_EACH(c, submit, i)
	{
		size_t at = INDEX(c, submit, i);
		uint64_t obj = rkr_get_u(&c->run->records[at], RKR_F_submit_task_obj_addr);
		struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_OBJECT, obj, at);
		const struct rkr_bo *bo = ref.state == RKR_REF_BO ? &c->run->bos[ref.bo].bo : NULL;

		/* Task addresses are absolute, and nothing else is passed [captured: 15 ioctl logs]. */
		FIELD(c, at, submit, task_base_addr, 0);
		FIELD(c, at, submit, regcfg_obj_addr, 0);
		FIELD(c, at, submit, user_data, 0);
		FIELD(c, at, submit, field32, 0);
		FIELD(c, at, submit, field36, 0);
		FIELD(c, at, submit, field48, 0);
		rkr_check_that(c, obj != 0, at, NULL, "task_obj_addr", "an object", "none");
		if (rkr_check_count(c, RKR_KIND_mem_create) || rkr_check_count(c, RKR_KIND_bo_alloc))
			rkr_check_that(c, bo != NULL, at, NULL, "task_obj_addr",
				       "the object of a BO that was created",
				       rkr_check_text(c, "0x%" PRIx64, obj));
		/* Without it the driver has no address to read the tasks from [source]. */
		if (bo && (bo->known & RKR_BO_FLAGS))
			rkr_check_that(c, bo->flags & RKR_MEM_KERNEL_MAPPING, bo->born, NULL, "flags",
				       "kernel mapping (0x8) for the task object",
				       rkr_check_text(c, "0x%x", bo->flags));
		check_matches(c, at, bo);
	}
}

void
rkr_check_lifecycle(struct rkr_check_ctx *c)
{
	FOR_EACH(c, submit, i)
	{
		size_t at = INDEX(c, submit, i);
		const struct rkr_record *r = &c->run->records[at];
		const struct rkr_abi_submit s = rkr_check_submit(r);
		const struct rkr_fate_desc *fate = rkr_submit_fate(&s);
		struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_OBJECT, s.task_obj_addr, at);

		if (!rkr_check_shows(c, at, RKR_F_submit_ret, "result"))
			continue;
		FIELD(c, at, submit, ret, 0);
		/* A success that the driver's own checks rule out did not happen as logged. */
		rkr_check_that(c, fate->ret == 0 || r->v[RKR_F_submit_ret].s != 0, at, NULL, "ret",
			       rkr_check_text(c, "an error: the driver refuses this submit (%d)", fate->ret),
			       "0");
		/*
		 * The counter is the driver's to write; blocking, it is done when the call returns
		 * [source].
		 */
		FIELD(c, at, submit, task_counter, 0);
		rkr_check_that(c, rkr_submit_blocks(s.flags), at, NULL, "flags", "a submit that blocks",
			       rkr_check_text(c, "0x%x", s.flags));
		/*
		 * The job holds its own reference on the task object, but takes it from a BO that
		 * lives [source].
		 */
		if (ref.state == RKR_REF_BO && c->run->bos[ref.bo].created)
			rkr_check_that(
				c, c->run->bos[ref.bo].bo.born < at && at < c->run->bos[ref.bo].bo.died, at,
				NULL, "task_obj_addr", "the object of a BO that lives", "one that does not");
	}
}

static bool
is_of_cores(const struct rkr_check_ctx *c, const struct rkr_diff_item *it)
{
	(void)c;
	return it->field && (strncmp(it->field, "subcore_task", 12) == 0 ||
			     strcmp(it->field, "core_mask") == 0 || strcmp(it->field, "task_number") == 0);
}

void
rkr_check_auto_core(struct rkr_check_ctx *c)
{
	static const uint32_t idle[RKR_NPU_CORES] = { 0 };

	FOR_EACH(c, submit, i)
	{
		size_t at = INDEX(c, submit, i);
		const struct rkr_abi_submit s = rkr_check_submit(&c->run->records[at]);

		if (!rkr_check_shows(c, at, RKR_F_submit_core_mask, "cores"))
			continue;
		FIELD(c, at, submit, core_mask, 0);
		/* The same tasks for each core, whichever is picked; no work for two or three [captured]. */
		for (int k = 0; k < RKR_SUBCORE_SLOTS; k++) {
			uint32_t n = k < RUNTIME_SLOTS ? s.subcore_task[0].task_number : 0;

			if (!rkr_check_field(c, at, RKR_F_submit_sub0_start + 2 * k, 0) ||
			    !rkr_check_field(c, at, RKR_F_submit_sub0_start + 2 * k + 1, n))
				rkr_check_that(c, false, at, NULL, rkr_check_text(c, "subcore_task[%d]", k),
					       "a row",
					       "mandatory input missing: the submit has no such row");
		}
		rkr_check_that(c, s.subcore_task[0].task_number > 0, at, NULL, "subcore_task[0].task_number",
			       "at least 1", "0");
		/* An idle driver picks core 0, which reads slot 0 [source]. */
		uint32_t mask = rkr_core_mask_scheduled(s.core_mask, idle);

		rkr_check_amount(c, at, NULL, "core that is picked", 0, (uint64_t)rkr_core_wait(mask));
		rkr_check_amount(c, at, NULL, "slot that it reads", 0, (uint64_t)rkr_subcore_index(mask, 0));
	}
	rkr_check_differences(c, RKR_KIND_BIT(submit), is_of_cores);
}

void
rkr_check_submit_mode(struct rkr_check_ctx *c)
{
	FOR_EACH(c, submit, i)
	{
		size_t at = INDEX(c, submit, i);
		const struct rkr_record *r = &c->run->records[at];
		const struct rkr_abi_submit s = rkr_check_submit(r);

		if (!rkr_check_shows(c, at, RKR_F_submit_flags, "flags"))
			continue;
		FIELD(c, at, submit, flags, RUNTIME_FLAGS);
		FIELD(c, at, submit, task_start, 0);
		FIELD(c, at, submit, task_counter, 0);
		FIELD(c, at, submit, priority, 0);
		FIELD(c, at, submit, fence_fd, -1);
		FIELD(c, at, submit, ret, 0);
		rkr_check_number(c, at, NULL, "iommu domain", 0, s.iommu_domain_id);
		rkr_check_number(c, at, NULL, "reserved", 0, s.reserved);
		rkr_check_that(
			c, !(s.flags & (RKR_SUBMIT_NONBLOCK | RKR_SUBMIT_FENCE_IN | RKR_SUBMIT_FENCE_OUT)),
			at, NULL, "flags", "neither nonblocking nor fences",
			rkr_check_text(c, "0x%x", s.flags));
	}
}

/* Whatever core an empty or a busy scheduler picks, its slot holds tasks of the table. */
void
rkr_check_scheduler(struct rkr_check_ctx *c)
{
	_autofree_ struct rkr_task *tasks = NULL;
	size_t n = rkr_check_tasks(c, &tasks);

	FOR_EACH(c, submit, i)
	{
		size_t at = INDEX(c, submit, i);
		const struct rkr_record *r = &c->run->records[at];
		const struct rkr_abi_submit s = rkr_check_submit(r);

		if (!rkr_check_shows(c, at, RKR_F_submit_sub0_number, "slots"))
			continue;
		for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
			/* The core with the least work is picked: load all others. */
			uint32_t outstanding[RKR_NPU_CORES] = { 1, 1, 1 };
			struct rkr_slice slice = { 0 };
			int slot = -1;

			outstanding[core] = 0;
			uint32_t mask = rkr_core_mask_scheduled(s.core_mask, outstanding);
			enum rkr_slots state = rkr_submit_slots(&s, mask, n ? n : UINT32_MAX, &slot);

			rkr_check_that(c, state == RKR_SLOTS_OK, at, NULL,
				       slot < 0 ? "core_mask" : rkr_check_text(c, "subcore_task[%d]", slot),
				       state == RKR_SLOTS_MASK ? "a mask that can be committed"
				       : state == RKR_SLOTS_EMPTY
					       ? "at least one task"
					       : rkr_check_text(c, "tasks of the %zu in the table", n),
				       slot < 0 ? rkr_check_text(c, "0x%x", mask)
						: rkr_check_text(c, "%u from %u",
								 s.subcore_task[slot].task_number,
								 s.subcore_task[slot].task_start));
			if (state != RKR_SLOTS_OK || s.core_mask)
				continue;
			/* One slot like the other: the result does not hang on the pick [captured]. */
			rkr_subcore_slice(&s, mask, core, 0, &slice);
			rkr_check_amount(c, at, NULL, rkr_check_text(c, "tasks for core %u", core),
					 s.subcore_task[0].task_number, slice.number);
		}
		/* The whole number is what a success reports, three times what runs [captured: 8 shapes]. */
		rkr_check_amount(c, at, NULL, "task_number",
				 (uint64_t)RUNTIME_SLOTS * s.subcore_task[0].task_number, s.task_number);
	}
}

static bool
is_timeout(const struct rkr_check_ctx *c, const struct rkr_diff_item *it)
{
	(void)c;
	return it->field && strcmp(it->field, "timeout") == 0;
}

void
rkr_check_timeout(struct rkr_check_ctx *c)
{
	_autofree_ struct rkr_task *tasks = NULL;
	size_t n = rkr_check_tasks(c, &tasks);

	FOR_EACH(c, submit, i)
	{
		size_t at = INDEX(c, submit, i);
		const struct rkr_record *r = &c->run->records[at];
		const struct rkr_abi_submit s = rkr_check_submit(r);
		struct rkr_wait_case never = {
			.timeout_ms = s.timeout,
			.task_number = s.task_number,
			.core_mask = s.core_mask ? s.core_mask : 1,
			.completed_at = RKR_NEVER,
		};
		struct rkr_wait_result out;

		if (!rkr_check_shows(c, at, RKR_F_submit_timeout, "timeout"))
			continue;
		/* 0 gives up at once and resets; more than this wraps in the driver [source]. */
		rkr_check_that(c, s.timeout > 0 && s.timeout <= RKR_TIMEOUT_MS_MAX, at, NULL, "timeout",
			       rkr_check_text(c, "1 to %u ms", RKR_TIMEOUT_MS_MAX),
			       rkr_check_text(c, "%u", s.timeout));
		/*
		 * A job that never ends must end in the driver's own way: one wait, a reset, no
		 * core left behind.
		 */
		if (rkr_wait_job(&never, &out) == 0)
			rkr_check_that(c,
				       out.reset && !out.dangling &&
					       out.took <= 1000 * rkr_wait_worst_ms(s.timeout),
				       at, NULL, "timeout", "a reset after one wait",
				       rkr_check_text(c, "%" PRIu64 " us", out.took));
		else
			rkr_check_that(c, false, at, NULL, "core_mask", "a mask that can be committed",
				       rkr_check_text(c, "0x%x", s.core_mask));
		/* What the abort's rows would require; if nothing can complete it, every run ends there. */
		uint32_t last = s.subcore_task[0].task_start + s.subcore_task[0].task_number - 1;

		if (last < n)
			rkr_check_that(c, rkr_int_mask_reachable(tasks[last].int_mask),
				       rkr_check_task_record(c, last), rkr_check_text(c, "task[%u]", last),
				       "int_mask", "a mask that some interrupt completes",
				       rkr_check_text(c, "0x%x", tasks[last].int_mask));
	}
	rkr_check_differences(c, RKR_KIND_BIT(submit), is_timeout);
}
