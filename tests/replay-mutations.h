/* SPDX-License-Identifier: MIT */
#ifndef TEST_REPLAY_MUTATIONS_H
#define TEST_REPLAY_MUTATIONS_H

/* Runs and boards with one thing wrong each, for the tests of the gates. */

#include "lib/model-memory.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "tests/replay-common.h"

/* ---- runs */

static void
forge_object(struct rkr_run *run)
{
	test_record(run, RKR_KIND_submit, 0)->v[RKR_F_submit_task_obj_addr].u = 0xffffff8000001234;
}

static void
shift_object(struct rkr_run *run)
{
	test_record(run, RKR_KIND_submit, 0)->v[RKR_F_submit_task_obj_addr].u += 0x28;
}

static void
forge_sync(struct rkr_run *run)
{
	test_record(run, RKR_KIND_mem_sync, 1)->v[RKR_F_mem_sync_obj].u = 0xffffff8000001234;
}

static void
unmap_task_bo(struct rkr_run *run)
{
	/* The table of a run is const to its readers; this run is ours. */
	((struct rkr_bo *)(uintptr_t)test_bo(run, 0))->flags &= ~(uint32_t)RKR_MEM_KERNEL_MAPPING;
}

static void
flag_input(struct rkr_run *run)
{
	((struct rkr_bo *)(uintptr_t)test_bo(run, 3))->flags |= 0x800;
}

static void
uncache_input(struct rkr_run *run)
{
	((struct rkr_bo *)(uintptr_t)test_bo(run, 3))->flags = 0;
}

static void
odd_regcmd(struct rkr_run *run)
{
	rkr_run_set_word(run, 0, 32, test_bo(run, 1)->dma + 8);
}

static void
regcmd_elsewhere(struct rkr_run *run)
{
	rkr_run_set_word(run, 0, 32, 0x10000);
}

/* Word @i of the first task's record. */
static void
poke_word(struct rkr_run *run, uint64_t i, uint64_t word)
{
	uint32_t bo;
	uint64_t at = test_regcmd(run, 0, &bo);

	rkr_run_set_word(run, bo, at + 8 * i, word);
}

/* Word @i of the first task's record writes this register of DPU. */
static uint64_t
find_dpu(struct rkr_run *run, uint16_t offset)
{
	uint32_t bo;
	uint64_t at = test_regcmd(run, 0, &bo), word = 0;

	for (uint64_t i = 0;; i++) {
		ck_assert_int_eq(rkr_run_get_word(run, bo, at + 8 * i, &word), 0);
		if (word >> 48 == RKR_TARGET_DPU && (uint16_t)word == offset)
			return i;
	}
}

static void
point_output(struct rkr_run *run, uint64_t address)
{
	poke_word(run, find_dpu(run, RKR_REG_DPU_DST_BASE_ADDR),
		  rkr_qword_encode(RKR_TARGET_DPU, (uint32_t)address, RKR_REG_DPU_DST_BASE_ADDR));
}

static void
foreign_address(struct rkr_run *run)
{
	point_output(run, 0x12345000);
}

static void
late_output(struct rkr_run *run)
{
	point_output(run, test_bo(run, 4)->dma + test_bo(run, 4)->aligned - 16);
}

/* The weight BO holds the regcmd, too. */
static void
output_on_regcmd(struct rkr_run *run)
{
	point_output(run, test_bo(run, 1)->dma + test_bo(run, 1)->aligned - 36864);
}

static void
output_on_tasks(struct rkr_run *run)
{
	point_output(run, test_bo(run, 0)->dma + 0x10);
}

static void
no_output(struct rkr_run *run)
{
	poke_word(run, find_dpu(run, RKR_REG_DPU_DST_BASE_ADDR), 0);
}

/* The run no longer says that there is regcmd: then its addresses stay where they were. */
static void
unmoved(struct rkr_run *run)
{
	size_t n;
	const struct rkr_region *r = rkr_run_regions(run, &n);

	for (size_t i = 0; i < n; i++)
		if (r[i].kind == RKR_REGION_REGCMD)
			((struct rkr_region *)(uintptr_t)&r[i])->kind = RKR_REGION_DATA;
}

static void
record_among_tasks(struct rkr_run *run)
{
	rkr_run_set_word(run, 0, 32, test_bo(run, 0)->dma + 48);
}

static void
own_start(struct rkr_run *run)
{
	poke_word(run, 0, rkr_qword_encode(RKR_TARGET_CNA, 1, RKR_REG_CNA_OPERATION_ENABLE));
}

static void
foreign_target(struct rkr_run *run)
{
	poke_word(run, 0, rkr_qword_encode(0x0401, 1, 0x2004));
}

static void
pc_register(struct rkr_run *run)
{
	poke_word(run, 0, rkr_qword_encode(RKR_TARGET_PC, 0x300, RKR_REG_PC_INTERRUPT_MASK));
}

static void
two_starts(struct rkr_run *run)
{
	poke_word(run, 0, rkr_qword_encode(RKR_TARGET_OP_EN, 0xd, RKR_REG_PC_OPERATION_ENABLE));
}

static void
no_start(struct rkr_run *run)
{
	poke_word(run, 111, 0);
}

static void
link_last(struct rkr_run *run)
{
	poke_word(run, 108,
		  rkr_qword_encode(RKR_TARGET_PC, (uint32_t)test_bo(run, 1)->dma, RKR_REG_PC_BASE_ADDRESS));
}

/* A sync becomes the destruction of the weight BO, long before the submit: both kinds have six fields. */
static void
destroy_early(struct rkr_run *run)
{
	struct rkr_record *r = test_record(run, RKR_KIND_mem_sync, 4);

	_Static_assert((int)RKR_N_FIELDS_mem_destroy == (int)RKR_N_FIELDS_mem_sync, "rewritten in place");
	r->kind = RKR_KIND_mem_destroy;
	r->present = 0;
	rkr_set_u(r, RKR_F_mem_destroy_handle, test_bo(run, 1)->handle);
	rkr_set_s(r, RKR_F_mem_destroy_ret, 0);
}

/* ---- boards */

static void
leaked(struct rkx_facts *f)
{
	f->uncommitted = 1;
}

static void
old_driver(struct rkx_facts *f)
{
	f->driver[2] = 7;
}

static void
short_submit(struct rkx_facts *f)
{
	f->submit_bytes = 96;
}

static void
unlocked(struct rkx_facts *f)
{
	f->lock_held = false;
}

static void
emulated(struct rkx_facts *f)
{
	f->emulated = true;
	f->lock_held = false;
}

static void
crowded(struct rkx_facts *f)
{
	f->users = 2;
}

static void
unsure(struct rkx_facts *f)
{
	f->users_known = false;
}

static void
untried(struct rkx_facts *f)
{
	f->health = RKX_HEALTH_UNKNOWN;
}

static void
just_failed(struct rkx_facts *f)
{
	f->health = RKX_HEALTH_SUSPECT;
	f->ms_since_failure = 999;
}

static void
failed(struct rkx_facts *f)
{
	f->health = RKX_HEALTH_SUSPECT;
	f->ms_since_failure = 1000;
}

static void
wedged(struct rkx_facts *f)
{
	f->health = RKX_HEALTH_WEDGED;
}

static void
busy(struct rkx_facts *f)
{
	f->recent_submits = RKX_SUBMITS_PER_MINUTE;
}

#endif
