/* SPDX-License-Identifier: MIT */
/* The emulated driver: submits that run, that are refused, that would crash a kernel. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu-common.h"
#include "lib/model-submit.h"
#include "lib/util.h"

START_TEST(a_job_runs)
{
	struct emu emu;
	struct rkr_abi_submit out;
	struct rkr_task task;

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 2, 0);

	/* What is asked for, not what is run: the vendor's header says 6 and runs 2 [captured]. */
	job.submit.task_number = 6;
	job.submit.core_mask = 0;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	ck_assert_uint_eq(out.task_counter, 6);
	ck_assert_int_eq(out.hw_elapse_time, 2 * TOY_TASK_NS);
	ck_assert_uint_eq(out.core_mask, 1);
	ck_assert_uint_eq(*(uint32_t *)job.output.memory, 2);
	rkr_task_decode((uint8_t *)job.tasks.memory + RKR_TASK_BYTES, &task);
	ck_assert_uint_eq(task.int_status, 0x300);
	rkr_task_decode(job.tasks.memory, &task);
	ck_assert_uint_eq(task.int_status, 0);
	ck_assert_str_eq(emu.log, "");
	emu_stop(&emu);
}
END_TEST

START_TEST(cores_read_their_slots)
{
	static const struct {
		uint32_t mask, slots[5];
		uint64_t ns;
	} runs[] = {
		{ 1, { 1, 9, 9, 9, 9 }, TOY_TASK_NS },     { 2, { 9, 2, 9, 9, 9 }, 2 * TOY_TASK_NS },
		{ 4, { 9, 9, 3, 9, 9 }, 3 * TOY_TASK_NS }, { 3, { 1, 2, 9, 9, 9 }, 2 * TOY_TASK_NS },
		{ 7, { 9, 9, 1, 2, 3 }, 3 * TOY_TASK_NS },
	};
	struct emu emu;
	struct rkr_abi_submit out;

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 4, 0);

	job.submit.core_mask = runs[_i].mask;
	for (size_t i = 0; i < RKR_SUBCORE_SLOTS; i++)
		/* A slot of 9 tasks would leave the table, and is not read. */
		job.submit.subcore_task[i] =
			(struct rkr_abi_subcore_task){ runs[_i].slots[i] == 9 ? 1000 : 0, runs[_i].slots[i] };
	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	ck_assert_int_eq(out.hw_elapse_time, (int64_t)runs[_i].ns);
	ck_assert_uint_eq(out.task_counter, 4);
	ck_assert_str_eq(emu.log, "");
	emu_stop(&emu);
}
END_TEST

START_TEST(long_jobs_are_committed_in_pieces)
{
	struct emu emu;
	struct rkr_abi_submit out;
	struct rke_board_options options = emu_options(&emu);

	options.trace = true;
	emu_start(&emu, &options);
	struct emu_job job = emu_job(&emu, 5000, 0);

	/* The chain ends where the first piece does. */
	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	ck_assert_int_eq(out.hw_elapse_time, 5000 * TOY_TASK_NS);
	ck_assert_ptr_nonnull(strstr(emu.log, "submit_index=0 task_start=0 task_number=4095 task_end=4094"));
	ck_assert_ptr_nonnull(
		strstr(emu.log, "submit_index=1 task_start=4095 task_number=905 task_end=4999"));
	ck_assert_uint_eq(*(uint32_t *)job.output.memory, 905);
	emu_stop(&emu);
}
END_TEST

/* The table of errors [source]. Fields: what is changed, what comes back, how late, what is said. */
#define TIMES(n, ms) ((uint64_t)(n)*1000 + (ms))
static const struct refusal {
	uint32_t task_number, core_mask, flags, domain;
	bool no_object;
	int ret;
	uint64_t ms;
	const char *log;
} refusals[] = {
	{ 0, 1, 5, 0, false, -EINVAL, 0, "RKNPU: invalid rknpu task number!\n" },
	{ 2, 8, 5, 0, false, -EINVAL, 0, "RKNPU: invalid rknpu core mask: 0x8\n" },
	{ 0, 8, 5, 0, false, -EINVAL, 0, "RKNPU: invalid rknpu task number!\n" },
	{ 2, 5, 5, 0, false, -EINVAL, TIMES(1, 100),
	  "RKNPU: Unknown core mask: 5\n"
	  "RKNPU: job: P, mask: 0x5, job iommu domain id: 0, dev iommu domain id: 0, wait_count: 1, continue wait: 0,"
	  " commit elapse time: 1000000us, wait time: 1000000us, timeout: 1000000us\n"
	  "RKNPU: job commit failed\n"
	  "RKNPU: job abort, flags: 0x0, ret: -22, elapsed time: 1100000us\n" },
	{ 2, 6, 5, 0, false, -EINVAL, TIMES(1, 100),
	  "RKNPU: Unknown core mask: 6\n"
	  "RKNPU: job: P, mask: 0x6, job iommu domain id: 0, dev iommu domain id: 0, wait_count: 1, continue wait: 0,"
	  " commit elapse time: 1000000us, wait time: 1000000us, timeout: 1000000us\n"
	  "RKNPU: job commit failed\n"
	  "RKNPU: job abort, flags: 0x0, ret: -22, elapsed time: 1100000us\n" },
	{ 2, 1, 4, 0, false, -EINVAL, 100,
	  "RKNPU: job abort, flags: 0x0, ret: -22, elapsed time: 100000us\n" },
	{ 2, 1, 5, 0, true, -EINVAL, TIMES(1, 100),
	  EMU_WAITED(1, 0) "1000000us, wait time: 1000000us, timeout: 1000000us\n"
			   "RKNPU: job commit failed\n"
			   "RKNPU: job abort, flags: 0x0, ret: -22, elapsed time: 1100000us\n" },
	{ 2, 1, 5, 16, false, -EINVAL, TIMES(3, 100),
	  "RKNPU: failed to switch iommu domain, id: 16, ret: -22\n"
	  "RKNPU: job: P, mask: 0x1, job iommu domain id: 16, dev iommu domain id: 0, wait_count: 1, continue wait: 1,"
	  " commit elapse time: 0us, wait time: 1000000us, timeout: 1000000us\n"
	  "RKNPU: job: P, mask: 0x1, job iommu domain id: 16, dev iommu domain id: 0, wait_count: 2, continue wait: 1,"
	  " commit elapse time: 0us, wait time: 2000000us, timeout: 1000000us\n"
	  "RKNPU: job commit failed\n"
	  "RKNPU: job abort, flags: 0x0, ret: -22, elapsed time: 3100000us\n" },
	{ 2, 1, 0xd, 0, false, -EINVAL, 0, "RKNPU: invalid fence in fd, fd: -1\n" },
	{ 2, 1, 0x15, 0, false, -EINVAL, 0, "rkreplay: fences are not modelled: flags 0x15\n" },
};

START_TEST(submits_are_refused)
{
	const struct refusal *c = &refusals[_i];
	struct emu emu;
	struct rkr_abi_submit out;

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 2, 0);

	job.submit.task_number = c->task_number;
	job.submit.core_mask = c->core_mask;
	job.submit.flags = c->flags;
	job.submit.iommu_domain_id = c->domain;
	job.submit.timeout = 1000;
	if (c->no_object)
		job.submit.task_obj_addr = 0;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), c->ret);
	char *log = emu_log_plain(&emu);

	ck_assert_str_eq(log, c->log);
	free(log);
	ck_assert_uint_eq(emu_ms_since(&emu, 0), c->ms);
	/* As the tables of lib have it, the sleep of giving up apart. */
	if (!(c->flags & (RKR_SUBMIT_FENCE_IN | RKR_SUBMIT_FENCE_OUT))) {
		const struct rkr_fate_desc *fate = rkr_submit_fate(&job.submit);

		ck_assert_int_eq(fate->ret, c->ret);
		ck_assert_uint_eq(fate->timeouts, c->ms / 1000);
	}
	/* No harm done: the next one is right. */
	job = emu_job(&emu, 2, 0);
	if (c->domain == 0)
		emu_submit_well(&emu, &job);
	emu_stop(&emu);
}
END_TEST

START_TEST(auto_drifts_after_a_failed_commit)
{
	struct emu emu;
	struct rkr_abi_submit out;

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 1, 0), bad = job;

	bad.submit.task_obj_addr = 0;
	job.submit.core_mask = 0;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	ck_assert_uint_eq(out.core_mask, 1);
	ck_assert_int_eq(emu_submit(&emu, &bad, &out), -EINVAL);
	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	ck_assert_uint_eq(out.core_mask, 2);
	emu_stop(&emu);
}
END_TEST

static const struct {
	const char *name;
	unsigned gate;
	uint32_t task_flags, start, number, mask;
	uint64_t obj_off;
} crashes[] = {
	{ "forged object", 1, 0x40b, 0, 2, 1, 40 },   { "no kernel mapping", 2, 0x403, 0, 2, 1, 0 },
	{ "past the table", 3, 0x40b, 101, 2, 1, 0 }, { "wraps", 3, 0x40b, UINT32_MAX, 2, 1, 0 },
	{ "no task", 4, 0x40b, 0, 0, 1, 0 },          { "no task of three cores", 4, 0x40b, 0, 2, 7, 0 },
};

START_TEST(crashes_are_caught)
{
	struct emu emu;
	struct rkr_abi_submit out;
	char line[64];

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 2, 0), good = job;
	struct emu_bo tasks = emu_bo(&emu, 4096, crashes[_i].task_flags);

	memcpy(tasks.memory, job.tasks.memory, 2 * RKR_TASK_BYTES);
	job.submit.task_obj_addr = tasks.obj + crashes[_i].obj_off;
	job.submit.core_mask = crashes[_i].mask;
	for (size_t i = 0; i < RKR_SUBCORE_SLOTS; i++)
		job.submit.subcore_task[i] =
			i < 3 ? (struct rkr_abi_subcore_task){ crashes[_i].start, crashes[_i].number }
			      : (struct rkr_abi_subcore_task){ 0, 0 };
	ck_assert_int_eq(emu_submit(&emu, &job, &out), -ENOTRECOVERABLE);
	snprintf(line, sizeof(line), "] rkreplay: this submit would have crashed the board: G%u (",
		 crashes[_i].gate);
	ck_assert_msg(strstr(emu.log, line) != NULL, "%s: %s", crashes[_i].name, emu.log);
	ck_assert_uint_eq(*(uint32_t *)job.output.memory, 0);
	ck_assert_uint_eq(emu_ms_since(&emu, 0), 0);
	emu_submit_well(&emu, &good);
	emu_stop(&emu);
}
END_TEST

START_TEST(writes_outside_are_refused_and_reported)
{
	struct emu emu;
	struct rkr_abi_submit out;

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 1, 0);
	uint64_t *words = job.regcmd.memory;

	words[1] = (words[1] & UINT64_C(0xffff00000000ffff)) | UINT64_C(0x12345000) << 16;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), -ETIMEDOUT);
	char *log = emu_log_plain(&emu);

	ck_assert_ptr_eq(
		strstr(log, "rk_iommu fdab9000.iommu: Page fault at 0x0000000012345000 of type write\n"),
		log);
	ck_assert_ptr_nonnull(strstr(log, "raw status: 0xc0002000,"));
	free(log);
	/* A regcmd that is nowhere is read as zeros, and never ends. */
	job = emu_job(&emu, 1, 0);
	emu_log_clear(&emu);
	((struct rkr_task *)job.tasks.memory)->regcmd_addr = 0x5000;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), -ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(emu.log, "Page fault at 0x0000000000005000 of type read\n"));
	struct rke_stats stats;

	rke_board_stats(emu.board, &stats);
	ck_assert_uint_eq(stats.writes_outside, 1);
	ck_assert_uint_gt(stats.reads_outside, 0);
	ck_assert_uint_eq(stats.timeouts, 2);
	emu_stop(&emu);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("emu-submit");
	TCase *t = tcase_create("submit");

	tcase_add_test(t, a_job_runs);
	tcase_add_loop_test(t, cores_read_their_slots, 0, 5);
	tcase_add_test(t, long_jobs_are_committed_in_pieces);
	tcase_add_loop_test(t, submits_are_refused, 0, (int)RKR_ARRAY_LEN(refusals));
	tcase_add_test(t, auto_drifts_after_a_failed_commit);
	tcase_add_loop_test(t, crashes_are_caught, 0, (int)RKR_ARRAY_LEN(crashes));
	tcase_add_test(t, writes_outside_are_refused_and_reported);
	suite_add_tcase(s, t);
	return test_main(s);
}
