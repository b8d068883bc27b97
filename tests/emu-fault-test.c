/* SPDX-License-Identifier: MIT */
/* The emulated driver: faults by name, what they give and what they leave. */
#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu-common.h"
#include "lib/util.h"
#include "tests/parse-common.h"

static const struct {
	const char *text;
	int ret;
	enum rke_fault_id id;
	bool each;
	unsigned percent;
	uint64_t nth;
} parses[] = {
	{ "stall", 0, RKE_FAULT_STALL, false, 0, 1 },
	{ "stall=3", 0, RKE_FAULT_STALL, false, 0, 3 },
	{ "stall=25%", 0, RKE_FAULT_STALL, false, 25, 0 },
	{ "pollute", 0, RKE_FAULT_POLLUTE, true, 0, 0 },
	{ "errno=mem_create:2:ENOMEM", 0, RKE_FAULT_ERRNO, false, 0, 2 },
	{ "errno=SUBMIT:1:110", 0, RKE_FAULT_ERRNO, false, 0, 1 },
	{ "stal", -ENOENT, 0, false, 0, 0 },
	{ "stalls", -ENOENT, 0, false, 0, 0 },
	{ "", -ENOENT, 0, false, 0, 0 },
	{ "stall=", -EINVAL, 0, false, 0, 0 },
	{ "stall=0", -EINVAL, 0, false, 0, 0 },
	{ "stall=-1", -EINVAL, 0, false, 0, 0 },
	{ "stall=1x", -EINVAL, 0, false, 0, 0 },
	{ "stall=101%", -EINVAL, 0, false, 0, 0 },
	{ "stall=99999999999999999999", -EINVAL, 0, false, 0, 0 },
	{ "errno", -EINVAL, 0, false, 0, 0 },
	{ "errno=mem_created:2:ENOMEM", -EINVAL, 0, false, 0, 0 },
	{ "errno=subcore_task:1:ENOMEM", -EINVAL, 0, false, 0, 0 },
	{ "errno=submit:0:ENOMEM", -EINVAL, 0, false, 0, 0 },
	{ "errno=submit:1", -EINVAL, 0, false, 0, 0 },
	{ "errno=submit:1:", -EINVAL, 0, false, 0, 0 },
	{ "errno=submit:1:EWHAT", -EINVAL, 0, false, 0, 0 },
	{ "errno=submit:1:4096", -EINVAL, 0, false, 0, 0 },
};

START_TEST(names_are_read)
{
	struct rke_fault fault = { .id = RKE_FAULTS };

	ck_assert_int_eq(rke_fault_parse(parses[_i].text, &fault), parses[_i].ret);
	if (parses[_i].ret < 0) {
		ck_assert_int_eq((int)fault.id, RKE_FAULTS);
		return;
	}
	ck_assert_int_eq((int)fault.id, (int)parses[_i].id);
	ck_assert_int_eq(fault.each, parses[_i].each);
	ck_assert_uint_eq(fault.percent, parses[_i].percent);
	ck_assert_uint_eq(fault.nth, parses[_i].nth);
}
END_TEST

START_TEST(each_fault_has_its_row)
{
	size_t n;
	const struct rke_fault_desc *all = rke_faults(&n);
	struct rke_fault fault;

	ck_assert_uint_eq(n, RKE_FAULTS);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq((size_t)all[i].id, i);
		ck_assert_int_eq(rke_fault_parse(all[i].name, &fault),
				 all[i].arg == RKE_ARG_ERRNO ? -EINVAL : 0);
	}
	static const unsigned numbers[] = { RKR_IOCTL_ACTION,  RKR_IOCTL_SUBMIT,   RKR_IOCTL_MEM_CREATE,
					    RKR_IOCTL_MEM_MAP, RKR_IOCTL_MEM_SYNC, RKR_IOCTL_MEM_DESTROY };
	static const char *const names[] = { "action",  "submit",   "mem_create",
					     "mem_map", "mem_sync", "mem_destroy" };

	for (size_t i = 0; i < RKR_ARRAY_LEN(names); i++) {
		char text[64];

		snprintf(text, sizeof(text), "errno=%s:1:EIO", names[i]);
		ck_assert_int_eq(rke_fault_parse(text, &fault), 0);
		ck_assert_uint_eq(fault.ioctl, numbers[i]);
		ck_assert_int_eq(fault.error, -EIO);
	}
}
END_TEST

#define TIMED_OUT(counter, hex, flags, raw)                                                        \
	EMU_WAITED(1, 0)                                                                           \
	"6000000us, wait time: 6000000us, timeout: 6000000us\n"                                    \
	"RKNPU: failed to wait job, task counter: " counter                                        \
	", flags: 0x5, ret = 0, elapsed time: 6000000us\nRKNPU: job timeout, flags: " flags        \
	":\nRKNPU: \tcore 0 irq status: 0x0, raw status: " raw                                     \
	", require mask: 0x300, task counter: " hex ", elapsed time: 6100000us\n"
#define RESET "RKNPU: soft reset, num: 6\n"
#define UNSTARTED                                                                                           \
	EMU_WAITED(1, 1) "0us, wait time: 6000000us, timeout: 6000000us\n"                                  \
	EMU_WAITED(2, 1) "0us, wait time: 12000000us, timeout: 6000000us\n"                                 \
	"RKNPU: job commit failed\n"                                                                        \
	"RKNPU: job abort, flags: 0x0, ret: -22, elapsed time: 18100000us\n"

/* Three jobs of two tasks, the first with WEIGHT_REUSE and DPU.S_POINTER: what each comes to. */
static const struct strike {
	const char *faults[3];
	int ret[3];
	uint32_t counter[3];
	const char *log[3];
} strikes[] = {
	{ { NULL }, { 0, 0, 0 }, { 2, 2, 2 }, { "", "", "" } },
	{ { "stall" },
	  { -ETIMEDOUT, 0, 0 },
	  { 0, 2, 2 },
	  { TIMED_OUT("0", "0x0", "0x0", "0xc0000000") RESET, "", "" } },
	{ { "stall=2" },
	  { 0, -ETIMEDOUT, 0 },
	  { 2, 0, 2 },
	  { "", TIMED_OUT("0", "0x0", "0x0", "0xc0000000") RESET, "" } },
	{ { "lost-op-en" },
	  { -ETIMEDOUT, 0, 0 },
	  { 0, 2, 2 },
	  { TIMED_OUT("0", "0x0", "0x0", "0xc0000000") RESET, "", "" } },
	{ { "dma-error" },
	  { -ETIMEDOUT, 0, 0 },
	  { 0, 2, 2 },
	  { TIMED_OUT("0", "0x0", "0x0", "0xc0001000") RESET, "", "" } },
	{ { "iova-fault" },
	  { -ETIMEDOUT, 0, 0 },
	  { 0, 2, 2 },
	  { "rk_iommu fdab9000.iommu: Page fault at 0x00000000fff9e000 of type read\n" TIMED_OUT(
		    "0", "0x0", "0x0", "0xc0001000") RESET,
	    "", "" } },
	{ { "stuck-group" },
	  { -ETIMEDOUT, 0, 0 },
	  { 0, 2, 2 },
	  { TIMED_OUT("0", "0x0", "0x0", "0xc0000055") RESET, "", "" } },
	{ { "chain-overrun" },
	  { -ETIMEDOUT, 0, 0 },
	  { 2, 2, 2 },
	  { TIMED_OUT("2", "0x2", "0x0", "0xc0000000") RESET, "", "" } },
	{ { "late-irq" },
	  { -ETIMEDOUT, 0, 0 },
	  { 2, 2, 2 },
	  { TIMED_OUT("2", "0x2", "0x1", "0xc0000000") RESET, "", "" } },
	{ { "invalid-irq" },
	  { -ETIMEDOUT, -EINVAL, -EINVAL },
	  { 2, 0, 0 },
	  { "RKNPU: invalid irq status: 0x0, raw status: 0xc0000000, require mask: 0x300, task counter: 0x0\n" TIMED_OUT(
		    "2", "0x2", "0x0", "0xc0000000") RESET,
	    UNSTARTED, UNSTARTED } },
	{ { "dangling-job" }, { 0, -EINVAL, -EINVAL }, { 2, 0, 0 }, { "", UNSTARTED, UNSTARTED } },
	{ { "missed-kick" }, { -EINVAL, 0, 0 }, { 0, 2, 2 }, { UNSTARTED, "", "" } },
	{ { "stall", "reset-failure" },
	  { -ETIMEDOUT, -EINVAL, -EINVAL },
	  { 0, 0, 0 },
	  { TIMED_OUT("0", "0x0", "0x0", "0xc0000000") RESET
	    "RKNPU fdab0000.npu: RKNPU: failed to assert rknpu reset: -110\n"
	    "RKNPU fdab0000.npu: RKNPU: failed to soft reset for rknpu: -110\n",
	    "RKNPU: job commit failed\nRKNPU: job abort, flags: 0x0, ret: -22, elapsed time: 100000us\n",
	    "RKNPU: job commit failed\nRKNPU: job abort, flags: 0x0, ret: -22, elapsed time: 100000us\n" } },
	{ { "power-loss" }, { 0, 0, 0 }, { 2, 2, 2 }, { "", "", "" } },
	/* The driver sees nothing of it: early_completion_shows_in_the_task. */
	{ { "early-completion" }, { 0, 0, 0 }, { 2, 2, 2 }, { "", "", "" } },
	/* The job is right, the next one stands, and then all is well [captured: the five lines]. */
	{ { "pollute" },
	  { 0, -ETIMEDOUT, 0 },
	  { 2, 0, 2 },
	  { "", TIMED_OUT("0", "0x0", "0x0", "0xc0000000") RESET, "" } },
	{ { "weight-reuse-residue" },
	  { 0, -ETIMEDOUT, 0 },
	  { 2, 0, 2 },
	  { "", TIMED_OUT("0", "0x0", "0x0", "0xc000000c") RESET, "" } },
	{ { "group-skew" },
	  { 0, -ETIMEDOUT, 0 },
	  { 2, 0, 2 },
	  { "", TIMED_OUT("0", "0x0", "0x0", "0xc0000000") RESET, "" } },
	/* No IOVA was ever given back. */
	{ { "stale-iotlb" }, { 0, 0, 0 }, { 2, 2, 2 }, { "", "", "" } },
	{ { "errno=submit:2:EIO", "errno=submit:1:ENOMEM" },
	  { -ENOMEM, -EIO, 0 },
	  { 0, 0, 2 },
	  { "", "", "" } },
};

/* A fault that is new needs a row above, and is one of the logs that are read below. */
START_TEST(each_fault_is_tried)
{
	size_t n, tried = 0;
	const char *name = rke_faults(&n)[_i].name;
	size_t len = strlen(name);

	for (size_t i = 0; i < RKR_ARRAY_LEN(strikes); i++)
		for (size_t k = 0; k < RKR_ARRAY_LEN(strikes[i].faults); k++) {
			const char *fault = strikes[i].faults[k];

			tried += fault && strncmp(fault, name, len) == 0 &&
				 (fault[len] == '\0' || fault[len] == '=');
		}
	ck_assert_msg(tried > 0, "%s", name);
}
END_TEST

START_TEST(faults_strike)
{
	const struct strike *c = &strikes[_i];
	struct emu emu;
	struct emu_job job[3];
	static const uint32_t what[3] = { EMU_JOB_REUSE | EMU_JOB_POINTER, 0, 0 };

	emu_start_faults(&emu, c->faults);
	for (size_t i = 0; i < 3; i++)
		job[i] = emu_job(&emu, 2, what[i]);
	for (size_t i = 0; i < 3; i++) {
		struct rkr_abi_submit out;

		emu_log_clear(&emu);
		ck_assert_int_eq(emu_submit(&emu, &job[i], &out), c->ret[i]);
		char *log = emu_log_plain(&emu);

		ck_assert_str_eq(log, c->log[i]);
		free(log);
		ck_assert_uint_eq(out.task_counter, c->counter[i]);
		if (c->ret[i] == 0)
			ck_assert_uint_eq(*(uint32_t *)job[i].output.memory, 2);
	}
	emu_stop(&emu);
}
END_TEST

START_TEST(early_completion_shows_in_the_task)
{
	static const char *const faults[] = { "early-completion", NULL };
	struct emu emu;
	struct rkr_abi_submit out;
	struct rkr_task task;

	emu_start_faults(&emu, faults);
	struct emu_job job = emu_job(&emu, 2, 0);

	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	ck_assert_int_eq(out.hw_elapse_time, TOY_TASK_NS);
	rkr_task_decode((uint8_t *)job.tasks.memory + RKR_TASK_BYTES, &task);
	ck_assert_uint_eq(task.int_status, 0x100);
	/* The second interrupt finds no job, and nothing is said. */
	rke_advance(emu.board, 10 * TOY_TASK_NS);
	ck_assert_str_eq(emu.log, "");
	emu_stop(&emu);
}
END_TEST

START_TEST(pollution_ends_with_the_power)
{
	static const char *const faults[] = { "pollute", NULL };
	struct emu emu;

	emu_start_faults(&emu, faults);
	struct emu_job job = emu_job(&emu, 2, EMU_JOB_REUSE), health = emu_job(&emu, 1, 0);

	ck_assert_int_eq(emu_submit(&emu, &job, NULL), 0);
	rke_advance(emu.board, UINT64_C(3000000000));
	ck_assert_int_eq(emu_submit(&emu, &health, NULL), 0);
	ck_assert_int_eq(emu_submit(&emu, &job, NULL), 0);
	/* A reset by hand heals it as well. */
	struct rkr_abi_action reset = { .flags = 6 };

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_ACTION, &reset), 0);
	ck_assert_int_eq(emu_submit(&emu, &health, NULL), 0);
	/* Another core is not touched. */
	ck_assert_int_eq(emu_submit(&emu, &job, NULL), 0);
	health.submit.core_mask = 2;
	ck_assert_int_eq(emu_submit(&emu, &health, NULL), 0);
	emu_stop(&emu);
}
END_TEST

START_TEST(stale_pages_are_where_bos_were)
{
	static const char *const faults[] = { "stale-iotlb", NULL };
	struct emu emu;

	emu_start_faults(&emu, faults);
	struct emu_bo bo = emu_bo(&emu, 4096, 0x403);
	struct rkr_abi_mem_destroy destroy = { .handle = bo.handle };

	rke_munmap(emu.file, bo.offset);
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_DESTROY, &destroy), 0);
	/* The task BO takes its place, which the PC does not read. */
	struct emu_job job = emu_job(&emu, 1, 0);

	ck_assert_uint_eq(job.tasks.dma, bo.dma);
	ck_assert_int_eq(emu_submit(&emu, &job, NULL), 0);
	((struct rkr_task *)job.tasks.memory)->regcmd_addr = bo.dma;
	ck_assert_int_eq(emu_submit(&emu, &job, NULL), -ETIMEDOUT);
	emu_stop(&emu);
}
END_TEST

/* A board takes no more memory of the host's the longer it is used, with a fault or without. */
START_TEST(freed_bos_cost_nothing)
{
	static const char *const faults[][2] = { { NULL }, { "stale-iotlb", NULL } };
	struct emu emu;

	emu_start_faults(&emu, faults[_i]);
	struct emu_bo bo = emu_bo(&emu, 4096, 0x403);
	size_t before = 0;

	for (int i = 0; i < 2000; i++) {
		struct rkr_abi_mem_create create = { .flags = 0x403, .size = 4096 * (uint64_t)(1 + i % 7) };

		ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_CREATE, &create), 0);
		struct rkr_abi_mem_destroy destroy = { .handle = create.handle };

		ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_DESTROY, &destroy), 0);
		if (i == 100)
			before = mallinfo2().uordblks;
	}
	ck_assert_uint_le(mallinfo2().uordblks, before + 4096);
	/* And it is still known where they were: the job's BOs are there now. */
	struct emu_job job = emu_job(&emu, 1, 0);

	ck_assert_uint_ge(job.regcmd.dma, bo.dma - 7 * 4096);
	ck_assert_int_eq(emu_submit(&emu, &job, NULL), _i ? -ETIMEDOUT : 0);
	emu_stop(&emu);
}
END_TEST

START_TEST(a_late_job_leaks_the_domain)
{
	static const char *const faults[] = { "late-irq", NULL };
	struct emu emu;
	struct rkr_abi_action set = { 25, 1 };

	emu_start_faults(&emu, faults);
	struct emu_job job = emu_job(&emu, 1, 0);

	ck_assert_int_eq(emu_submit(&emu, &job, NULL), -ETIMEDOUT);
	emu_log_clear(&emu);
	uint64_t before = rke_now(emu.board);

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_ACTION, &set), -EINVAL);
	ck_assert_uint_eq(emu_ms_since(&emu, before), 6000);
	ck_assert_ptr_nonnull(strstr(
		emu.log, "RKNPU: switch iommu domain time out, failed to switch iommu domain, id: 1\n"));
	emu_stop(&emu);
}
END_TEST

/* A letter for each of 64 jobs: whether it timed out. */
static void
lottery(uint64_t seed, char ret_fate[65])
{
	struct emu emu;
	struct rke_board_options options = emu_options(&emu);
	struct rke_fault fault;

	ck_assert_int_eq(rke_fault_parse("stall=25%", &fault), 0);
	options.faults = &fault;
	options.n_faults = 1;
	options.seed = seed;
	emu_start(&emu, &options);
	struct emu_job job = emu_job(&emu, 1, 0);

	for (size_t i = 0; i < 64; i++)
		ret_fate[i] = emu_submit(&emu, &job, NULL) ? 'x' : '.';
	ret_fate[64] = '\0';
	emu_stop(&emu);
}

START_TEST(a_seed_repeats)
{
	char a[65], b[65], c[65];
	size_t struck = 0;

	lottery(1, a);
	lottery(1, b);
	lottery(2, c);
	ck_assert_str_eq(a, b);
	ck_assert_str_ne(a, c);
	for (size_t i = 0; i < 64; i++)
		struck += a[i] == 'x';
	ck_assert_uint_ge(struck, 6);
	ck_assert_uint_le(struck, 28);
}
END_TEST

START_TEST(a_bypassed_reset_heals_nothing)
{
	struct emu emu;
	struct rke_board_options options = emu_options(&emu);
	struct rke_fault fault;

	ck_assert_int_eq(rke_fault_parse("stall", &fault), 0);
	options.faults = &fault;
	options.n_faults = 1;
	options.reset_bypassed = true;
	emu_start(&emu, &options);
	struct emu_job job = emu_job(&emu, 2, 0);

	ck_assert_int_eq(emu_submit(&emu, &job, NULL), -ETIMEDOUT);
	char *log = emu_log_plain(&emu);

	ck_assert_str_eq(log, TIMED_OUT("0", "0x0", "0x0", "0xc0000000") "RKNPU: bypass soft reset\n");
	free(log);
	ck_assert_uint_eq(emu_ms_since(&emu, 0), 6100);
	ck_assert_int_eq(emu_submit(&emu, &job, NULL), -ETIMEDOUT);
	emu_stop(&emu);
}
END_TEST

/* What a board says under each fault is what the parser reads. */
START_TEST(logs_are_read)
{
	size_t n;
	const struct rke_fault_desc *desc = &rke_faults(&n)[_i];
	_autofree_ char *text = NULL;
	struct emu emu;

	ck_assert_int_gt(
		asprintf(&text, "%s%s", desc->name, desc->arg == RKE_ARG_ERRNO ? "=submit:1:EIO" : ""), 0);
	struct rke_board_options options = emu_options(&emu);
	struct rke_fault fault[2];

	ck_assert_int_eq(rke_fault_parse(text, &fault[0]), 0);
	ck_assert_int_eq(rke_fault_parse("reset-failure", &fault[1]), 0);
	options.faults = fault;
	options.n_faults = desc->id == RKE_FAULT_RESET_FAILURE ? 1 : 2;
	options.trace = true;
	emu_start(&emu, &options);
	struct emu_job job[3];

	for (size_t i = 0; i < RKR_ARRAY_LEN(job); i++)
		job[i] = emu_job(&emu, 2, EMU_JOB_REUSE | EMU_JOB_POINTER);
	for (size_t i = 0; i < RKR_ARRAY_LEN(job); i++)
		emu_submit(&emu, &job[i], NULL);
	struct rkr_abi_action set = { 25, 1 };

	emu_call(&emu, RKR_IOCTL_ACTION, &set);
	/* a fence, and then what no board comes back from */
	job[0].submit.flags |= 0x10;
	emu_submit(&emu, &job[0], NULL);
	job[1].submit.task_obj_addr = 8;
	emu_submit(&emu, &job[1], NULL);
	struct parsed p = parse_text(emu.log);

	ck_assert_msg(p.acc.unknown == 0, "unknown:\n%.*s", (int)p.stretches.len, p.stretches.data);
	ck_assert_uint_eq(p.acc.skipped, 0);
	ck_assert_uint_eq(p.acc.kind[RKR_KIND_driver_note], 0);
	ck_assert_uint_eq(rkr_run_n_records(p.run), p.acc.lines);
	ck_assert_uint_ge(p.acc.kind[RKR_KIND_foreign], 1);
	ck_assert_uint_eq(p.acc.kind[RKR_KIND_pc_trace], p.acc.kind[RKR_KIND_pc_armed]);
	if (desc->id != RKE_FAULT_MISSED_KICK)
		ck_assert_uint_ge(p.acc.kind[RKR_KIND_pc_trace], 1);
	assert_round_trip(&p);
	parsed_free(&p);
	emu_stop(&emu);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("emu-fault");
	TCase *t = tcase_create("fault");

	tcase_add_loop_test(t, names_are_read, 0, (int)RKR_ARRAY_LEN(parses));
	tcase_add_test(t, each_fault_has_its_row);
	tcase_add_loop_test(t, each_fault_is_tried, 0, RKE_FAULTS);
	tcase_add_loop_test(t, faults_strike, 0, (int)RKR_ARRAY_LEN(strikes));
	tcase_add_loop_test(t, logs_are_read, 0, RKE_FAULTS);
	tcase_add_test(t, early_completion_shows_in_the_task);
	tcase_add_test(t, pollution_ends_with_the_power);
	tcase_add_test(t, stale_pages_are_where_bos_were);
	tcase_add_loop_test(t, freed_bos_cost_nothing, 0, 2);
	tcase_add_test(t, a_late_job_leaks_the_domain);
	tcase_add_test(t, a_seed_repeats);
	tcase_add_test(t, a_bypassed_reset_heals_nothing);
	suite_add_tcase(s, t);
	return test_main(s);
}
