/* SPDX-License-Identifier: MIT */
/*
 * The models of the driver's interface: structs, commands, cores, slots, what becomes of a submit,
 * actions.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/model-abi.h"
#include "lib/model-action.h"
#include "lib/model-submit.h"
#include "lib/util.h"
#include "tests/common.h"

/* ---- structs and commands ---- */

/*
 * Offsets and sizes as the driver's headers have them; the constants are typed in here once more on
 * purpose.
 */
static const struct {
	const char *name;
	uint16_t size;
	const char *fields;
} layouts[] = {
	{ "action", 8, "flags@0 value@4 " },
	{ "mem_create", 48,
	  "handle@0 flags@4 size@8 obj_addr@16 dma_addr@24 sram_size@32 iommu_domain_id@40 core_mask@44 " },
	{ "mem_map", 16, "handle@0 reserved@4 offset@8 " },
	{ "mem_destroy", 16, "handle@0 reserved@4 obj_addr@8 " },
	{ "mem_sync", 32, "flags@0 reserved@4 obj_addr@8 offset@16 size@24 " },
	{ "subcore_task", 8, "task_start@0 task_number@4 " },
	{ "submit", 104,
	  "flags@0 timeout@4 task_start@8 task_number@12 task_counter@16 priority@20 task_obj_addr@24 "
	  "iommu_domain_id@32 reserved@36 task_base_addr@40 hw_elapse_time@48 core_mask@56 fence_fd@60 "
	  "subcore_task@64 " },
};

START_TEST(structs_are_those_of_the_driver)
{
	size_t n;
	const struct rkr_abi_struct *s = rkr_abi_structs(&n);

	ck_assert_uint_eq(n, RKR_ARRAY_LEN(layouts));
	for (size_t i = 0; i < n; i++) {
		char text[400] = "";
		size_t end = 0;

		ck_assert_str_eq(s[i].name, layouts[i].name);
		ck_assert_uint_eq(s[i].size, layouts[i].size);
		for (size_t f = 0; f < s[i].n_fields; f++) {
			size_t len = strlen(text);

			snprintf(text + len, sizeof(text) - len, "%s@%u ", s[i].fields[f].name,
				 s[i].fields[f].offset);
			/* No holes. */
			ck_assert_uint_eq(s[i].fields[f].offset, end);
			end += s[i].fields[f].size;
		}
		ck_assert_uint_eq(end, s[i].size);
		ck_assert_str_eq(text, layouts[i].fields);
	}
}
END_TEST

static const struct {
	enum rkr_ioctl nr;
	uint16_t size;
	uint32_t command;
} commands[] = {
	{ RKR_IOCTL_ACTION, 8, 0xc0086440 },      { RKR_IOCTL_SUBMIT, 104, 0xc0686441 },
	{ RKR_IOCTL_MEM_CREATE, 48, 0xc0306442 }, { RKR_IOCTL_MEM_CREATE, 40, 0xc0286442 },
	{ RKR_IOCTL_MEM_MAP, 16, 0xc0106443 },    { RKR_IOCTL_MEM_DESTROY, 16, 0xc0106444 },
	{ RKR_IOCTL_MEM_SYNC, 32, 0xc0206445 },
};

START_TEST(commands_are_those_of_the_driver)
{
	const struct rkr_abi_ioctl *d = rkr_abi_ioctl(commands[_i].command);

	ck_assert_uint_eq(rkr_ioctl_command(commands[_i].nr, commands[_i].size), commands[_i].command);
	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq((int)d->nr, (int)commands[_i].nr);
	ck_assert(d->size == commands[_i].size || d->old_size == commands[_i].size);
	/* The size does not select a command; the type does. */
	ck_assert_ptr_eq(rkr_abi_ioctl(commands[_i].command ^ 0x00010000), d);
	ck_assert_ptr_null(rkr_abi_ioctl(commands[_i].command ^ 0x0100));
	ck_assert_ptr_null(rkr_abi_ioctl_by_number(0x46));
	ck_assert_ptr_null(rkr_abi_ioctl_by_number(0x3f));
}
END_TEST

/* ---- cores ---- */

static const struct {
	uint32_t outstanding[RKR_NPU_CORES];
	unsigned core;
} picks[] = {
	{ { 0, 0, 0 }, 0 }, { { 1, 0, 0 }, 1 }, { { 1, 1, 0 }, 2 }, { { 5, 5, 5 }, 0 },
	{ { 7, 3, 3 }, 1 }, { { 2, 3, 1 }, 2 }, { { 0, 1, 0 }, 0 }, { { UINT32_MAX, UINT32_MAX, 9 }, 2 },
};

START_TEST(auto_picks_the_least_loaded_core)
{
	ck_assert_uint_eq(rkr_core_pick(picks[_i].outstanding), picks[_i].core);
	ck_assert_uint_eq(rkr_core_mask_scheduled(0, picks[_i].outstanding), 1u << picks[_i].core);
	/* A mask that is given stands. */
	for (uint32_t mask = 1; mask <= 7; mask++)
		ck_assert_uint_eq(rkr_core_mask_scheduled(mask, picks[_i].outstanding), mask);
}
END_TEST

/* Per mask: wait core and each core's slot; -1 where there is none. */
static const struct {
	uint32_t mask;
	int wait;
	int slot[RKR_NPU_CORES];
} cores[] = {
	{ 0, -1, { -1, -1, -1 } },
	{ 1, 0, { 0, -1, -1 } },
	{ 2, 1, { -1, 1, -1 } },
	{ 3, 0, { 0, 1, -1 } },
	{ 4, 2, { -1, -1, 2 } },
	{ 5, -1, { -1, -1, -1 } },
	{ 6, -1, { -1, -1, -1 } },
	{ 7, 0, { 2, 3, 4 } },
	{ 8, -1, { -1, -1, -1 } },
	{ 9, -1, { -1, -1, -1 } },
	{ UINT32_MAX, -1, { -1, -1, -1 } },
};

START_TEST(masks_choose_slots)
{
	int wait = rkr_core_wait(cores[_i].mask);

	ck_assert_int_eq(wait < 0 ? -1 : wait, cores[_i].wait);
	ck_assert_int_eq(rkr_core_mask_committable(cores[_i].mask), cores[_i].wait >= 0);
	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		int slot = rkr_subcore_index(cores[_i].mask, core);

		ck_assert_int_eq(slot, cores[_i].slot[core] < 0 ? -EINVAL : cores[_i].slot[core]);
	}
	ck_assert_int_eq(rkr_subcore_index(cores[_i].mask, RKR_NPU_CORES), -EINVAL);
	ck_assert_int_eq(rkr_subcore_index(cores[_i].mask, 40), -EINVAL);
}
END_TEST

START_TEST(long_slots_are_cut)
{
	struct rkr_abi_submit s = { .subcore_task = { { 10, 9000 }, { 0, 4095 }, { 3, 0 } } };
	static const struct {
		uint32_t mask;
		unsigned core;
		uint32_t round;
		int ret;
		struct rkr_slice slice;
	} cuts[] = {
		{ 1, 0, 0, 0, { 10, 4095 } },
		{ 1, 0, 1, 0, { 4105, 4095 } },
		{ 1, 0, 2, 0, { 8200, 810 } },
		{ 1, 0, 3, -ERANGE, { 0, 0 } },
		{ 2, 1, 0, 0, { 0, 4095 } },
		{ 2, 1, 1, -ERANGE, { 0, 0 } },
		{ 4, 2, 0, 0, { 3, 0 } },
		{ 1, 1, 0, -EINVAL, { 0, 0 } },
		{ 1, 0, UINT32_MAX, -ERANGE, { 0, 0 } },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(cuts); i++) {
		struct rkr_slice got = { 0, 0 };

		ck_assert_int_eq(rkr_subcore_slice(&s, cuts[i].mask, cuts[i].core, cuts[i].round, &got),
				 cuts[i].ret);
		ck_assert_uint_eq(got.start, cuts[i].slice.start);
		ck_assert_uint_eq(got.number, cuts[i].slice.number);
	}
}
END_TEST

/* The vendor's header holds work for any one core or two, none for three; with other numbers, other ends. */
static const struct {
	struct rkr_abi_subcore_task slots[RKR_SUBCORE_SLOTS];
	uint32_t mask;
	uint64_t n_tasks;
	enum rkr_slots state;
	int slot;
} slots[] = {
	{ { { 0, 2 }, { 0, 2 }, { 0, 2 } }, 1, 17, RKR_SLOTS_OK, -1 },
	{ { { 0, 2 }, { 0, 2 }, { 0, 2 } }, 2, 17, RKR_SLOTS_OK, -1 },
	{ { { 0, 2 }, { 0, 2 }, { 0, 2 } }, 4, 2, RKR_SLOTS_OK, -1 },
	{ { { 0, 2 }, { 0, 2 }, { 0, 2 } }, 3, 17, RKR_SLOTS_OK, -1 },
	{ { { 0, 2 }, { 0, 2 }, { 0, 2 } }, 7, 17, RKR_SLOTS_EMPTY, 3 },
	{ { { 0, 2 }, { 0, 2 }, { 0, 2 } }, 5, 17, RKR_SLOTS_MASK, -1 },
	{ { { 0, 2 }, { 0, 2 }, { 0, 2 } }, 0, 17, RKR_SLOTS_MASK, -1 },
	{ { { 0, 2 }, { 0, 2 }, { 0, 2 } }, 1, 1, RKR_SLOTS_RANGE, 0 },
	{ { { 16, 2 }, { 0, 2 }, { 0, 2 } }, 1, 17, RKR_SLOTS_RANGE, 0 },
	{ { { 18, 1 }, { 0, 2 }, { 0, 2 } }, 1, 17, RKR_SLOTS_RANGE, 0 },
	{ { { 0, 2 }, { 0, 0 }, { 0, 2 } }, 3, 17, RKR_SLOTS_EMPTY, 1 },
	{ { { UINT32_MAX, UINT32_MAX } }, 1, 17, RKR_SLOTS_RANGE, 0 },
	{ { { 0, 1 }, { 0, 1 }, { 0, 3 }, { 3, 3 }, { 6, 3 } }, 7, 9, RKR_SLOTS_OK, -1 },
	{ { { 0, 1 }, { 0, 1 }, { 0, 3 }, { 3, 3 }, { 6, 3 } }, 7, 8, RKR_SLOTS_RANGE, 4 },
};

START_TEST(slots_are_judged)
{
	struct rkr_abi_submit s = { 0 };
	int slot = -1;

	memcpy(s.subcore_task, slots[_i].slots, sizeof(s.subcore_task));
	ck_assert_int_eq((int)rkr_submit_slots(&s, slots[_i].mask, slots[_i].n_tasks, &slot),
			 (int)slots[_i].state);
	ck_assert_int_eq(slot, slots[_i].slot);
	ck_assert_int_eq((int)rkr_submit_slots(&s, slots[_i].mask, slots[_i].n_tasks, NULL),
			 (int)slots[_i].state);
}
END_TEST

/* ---- fates ---- */

#define GOOD .flags = 5, .timeout = 6000, .task_number = 6, .task_obj_addr = 0xffffff8102fc0400

static const struct {
	struct rkr_abi_submit s;
	enum rkr_submit_fate fate;
	int ret;
	unsigned timeouts, extra_ms;
	enum rkr_klog first; /* message, if any */
	unsigned n_klog;
} fates[] = {
	{ { GOOD }, RKR_FATE_RUNS, 0, 0, 0, RKR_KLOG_JOB, 0 },
	{ { GOOD, .core_mask = 7 }, RKR_FATE_RUNS, 0, 0, 0, RKR_KLOG_JOB, 0 },
	{ { .flags = 5, .task_obj_addr = 1 }, RKR_FATE_NO_TASKS, -EINVAL, 0, 0, RKR_KLOG_TASK_NUMBER, 1 },
	/* Of several, what is checked first. */
	{ { .core_mask = 9 }, RKR_FATE_NO_TASKS, -EINVAL, 0, 0, RKR_KLOG_TASK_NUMBER, 1 },
	{ { GOOD, .core_mask = 8 }, RKR_FATE_BAD_MASK, -EINVAL, 0, 0, RKR_KLOG_CORE_MASK, 1 },
	{ { GOOD, .core_mask = 5 }, RKR_FATE_UNKNOWN_MASK, -EINVAL, 1, 0, RKR_KLOG_UNKNOWN_MASK, 3 },
	{ { GOOD, .core_mask = 6 }, RKR_FATE_UNKNOWN_MASK, -EINVAL, 1, 0, RKR_KLOG_UNKNOWN_MASK, 3 },
	{ { .flags = 4, .task_number = 1, .task_obj_addr = 1 },
	  RKR_FATE_NOT_PC,
	  -EINVAL,
	  0,
	  100,
	  RKR_KLOG_JOB_ABORT,
	  1 },
	{ { .flags = 5, .task_number = 1 },
	  RKR_FATE_NO_TASK_OBJECT,
	  -EINVAL,
	  1,
	  0,
	  RKR_KLOG_COMMIT_FAILED,
	  1 },
	{ { GOOD, .iommu_domain_id = 16 }, RKR_FATE_BAD_DOMAIN, -EINVAL, 3, 0, RKR_KLOG_DOMAIN, 2 },
	{ { GOOD, .iommu_domain_id = 15 }, RKR_FATE_RUNS, 0, 0, 0, RKR_KLOG_JOB, 0 },
};

START_TEST(submits_meet_their_fate)
{
	const struct rkr_fate_desc *d = rkr_submit_fate(&fates[_i].s);

	ck_assert_int_eq((int)d->fate, (int)fates[_i].fate);
	ck_assert_int_eq(d->ret, fates[_i].ret);
	ck_assert_uint_eq(d->timeouts, fates[_i].timeouts);
	ck_assert_uint_eq(d->extra_ms, fates[_i].extra_ms);
	ck_assert_uint_eq(d->n_klog, fates[_i].n_klog);
	if (d->n_klog)
		ck_assert_int_eq((int)d->klog[0], (int)fates[_i].first);
	ck_assert(rkr_submit_blocks(5));
	ck_assert(!rkr_submit_blocks(7));
}
END_TEST

/* ---- actions ---- */

static const struct {
	uint32_t id, value;
	int ret;
	enum rkr_action_effect effect;
	bool prologue;
} actions[] = {
	{ 0, UINT32_MAX, 0, RKR_EFFECT_NONE, true },
	{ 1, 0, 0, RKR_EFFECT_NONE, true },
	{ 2, 0, 0, RKR_EFFECT_NONE, false },
	{ 3, 0, -EINVAL, RKR_EFFECT_NONE, false },
	{ 4, 0, 0, RKR_EFFECT_NONE, false },
	{ 5, 0, -EINVAL, RKR_EFFECT_NONE, false },
	{ 6, 0, 0, RKR_EFFECT_RESET, false },
	{ 7, 0, -EINVAL, RKR_EFFECT_NONE, false },
	{ 12, 0, -EINVAL, RKR_EFFECT_NONE, false },
	{ 13, 0, 0, RKR_EFFECT_LOG, false },
	{ 17, 0, 0, RKR_EFFECT_LOG, false },
	{ 18, 0, 0, RKR_EFFECT_NONE, true },
	{ 19, 0xffffffed, 0, RKR_EFFECT_NICE, true },
	{ 20, 0, -EINVAL, RKR_EFFECT_NONE, true },
	{ 21, 0, -EINVAL, RKR_EFFECT_NONE, false },
	{ 22, 0, 0, RKR_EFFECT_NONE, false },
	{ 24, 0, 0, RKR_EFFECT_NONE, false },
	{ 25, 15, 0, RKR_EFFECT_DOMAIN, false },
	{ 25, 16, -EINVAL, RKR_EFFECT_DOMAIN, false },
	{ 26, 0, -EINVAL, RKR_EFFECT_NONE, false },
	{ UINT32_MAX, 0, -EINVAL, RKR_EFFECT_NONE, false },
};

START_TEST(actions_answer_as_the_driver_does)
{
	ck_assert_int_eq(rkr_action_result(actions[_i].id, actions[_i].value), actions[_i].ret);
	ck_assert_int_eq((int)rkr_action(actions[_i].id)->effect, (int)actions[_i].effect);
	ck_assert_int_eq(rkr_action_in_prologue(actions[_i].id), actions[_i].prologue);
	/* The table's rows stand at their ids. */
	for (uint32_t id = 0; id <= RKR_ACTION_SET_IOMMU_DOMAIN_ID; id++)
		ck_assert_uint_eq(rkr_action(id)->id, id);
	ck_assert_uint_eq(rkr_action(RKR_ACTION_GET_DRV_VERSION)->value, 908);
	ck_assert_int_eq((int)rkr_action(RKR_ACTION_GET_DRV_VERSION)->answer, (int)RKR_VALUE_FIXED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("model-submit");
	TCase *abi = tcase_create("abi"), *core = tcase_create("cores"), *fate = tcase_create("fates");

	tcase_add_test(abi, structs_are_those_of_the_driver);
	tcase_add_loop_test(abi, commands_are_those_of_the_driver, 0, (int)RKR_ARRAY_LEN(commands));
	tcase_add_loop_test(core, auto_picks_the_least_loaded_core, 0, (int)RKR_ARRAY_LEN(picks));
	tcase_add_loop_test(core, masks_choose_slots, 0, (int)RKR_ARRAY_LEN(cores));
	tcase_add_test(core, long_slots_are_cut);
	tcase_add_loop_test(core, slots_are_judged, 0, (int)RKR_ARRAY_LEN(slots));
	tcase_add_loop_test(fate, submits_meet_their_fate, 0, (int)RKR_ARRAY_LEN(fates));
	tcase_add_loop_test(fate, actions_answer_as_the_driver_does, 0, (int)RKR_ARRAY_LEN(actions));
	suite_add_tcase(s, abi);
	suite_add_tcase(s, core);
	suite_add_tcase(s, fate);
	return test_main(s);
}
