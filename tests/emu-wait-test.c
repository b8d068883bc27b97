/* SPDX-License-Identifier: MIT */
/* The emulated driver: jobs that time out, jobs that nobody waits for, what becomes of them, their trace. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu-common.h"

/* A job whose last task has no op-enable: the PC finds no end. */
static struct emu_job
endless(struct emu *emu)
{
	struct emu_job job = emu_job(emu, 2, 0);

	((uint64_t *)job.regcmd.memory)[15] = 0;
	return job;
}

START_TEST(a_timeout_is_told)
{
	struct emu emu;
	struct rkr_abi_submit out;
	struct rkr_task task;

	emu_start(&emu, NULL);
	struct emu_job job = endless(&emu);

	ck_assert_int_eq(emu_submit(&emu, &job, &out), -ETIMEDOUT);
	char *log = emu_log_plain(&emu);

	ck_assert_str_eq(
		log,
		"RKNPU: job: P, mask: 0x1, job iommu domain id: 0, dev iommu domain id: 0, wait_count: 1,"
		" continue wait: 0, commit elapse time: 6000000us, wait time: 6000000us, timeout: 6000000us\n"
		"RKNPU: failed to wait job, task counter: 1, flags: 0x5, ret = 0, elapsed time: 6000000us\n"
		"RKNPU: job timeout, flags: 0x0:\n"
		"RKNPU: \tcore 0 irq status: 0x100, raw status: 0xc0000100, require mask: 0x300, task counter: 0x1,"
		" elapsed time: 6100000us\n"
		"RKNPU: soft reset, num: 6\n");
	free(log);
	ck_assert_uint_eq(emu_ms_since(&emu, 0), 6200);
	ck_assert_uint_eq(out.task_counter, 1);
	ck_assert_int_eq(out.hw_elapse_time, 0);
	rkr_task_decode((uint8_t *)job.tasks.memory + RKR_TASK_BYTES, &task);
	ck_assert_uint_eq(task.int_status, 0);
	/* Times, as dmesg has them. */
	ck_assert_ptr_nonnull(strstr(emu.log, "[    6.100000] RKNPU: job timeout"));
	ck_assert_ptr_nonnull(strstr(emu.log, "[    6.200000] RKNPU: soft reset"));
	job = emu_job(&emu, 2, 0);
	emu_submit_well(&emu, &job);
	emu_stop(&emu);
}
END_TEST

START_TEST(an_invalid_mask_wedges_the_core)
{
	struct emu emu;
	struct rkr_abi_submit out;
	struct rkr_task task;

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 2, 0), good = emu_job(&emu, 1, 0);
	uint8_t *last = (uint8_t *)job.tasks.memory + RKR_TASK_BYTES;

	/* Half a pair never matches [source]. */
	rkr_task_decode(last, &task);
	task.int_mask = 0x100;
	rkr_task_encode(&task, last);
	job.submit.timeout = 1000;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), -ETIMEDOUT);
	char *log = emu_log_plain(&emu);

	ck_assert_ptr_eq(
		strstr(log, "RKNPU: invalid irq status: 0x100, raw status: 0xc0000300, require mask: 0x100,"
			    " task counter: 0x2\nRKNPU: job: P"),
		log);
	ck_assert_ptr_nonnull(
		strstr(log, "core 0 irq status: 0x0, raw status: 0xc0000000, require mask: 0x100"));
	free(log);
	/* What the interrupt said is left with the task. */
	rkr_task_decode(last, &task);
	ck_assert_uint_eq(task.int_status, 0x100);
	/* The core keeps the job that was freed. */
	emu_log_clear(&emu);
	uint64_t before = rke_now(emu.board);

	ck_assert_int_eq(emu_submit(&emu, &good, &out), -EINVAL);
	ck_assert_uint_eq(emu_ms_since(&emu, before), 18100);
	log = emu_log_plain(&emu);
	ck_assert_str_eq(log,
			 EMU_WAITED(1, 1) "0us, wait time: 6000000us, timeout: 6000000us\n" EMU_WAITED(
				 2, 1) "0us, wait time: 12000000us, timeout: 6000000us\n"
				       "RKNPU: job commit failed\n"
				       "RKNPU: job abort, flags: 0x0, ret: -22, elapsed time: 18100000us\n");
	free(log);
	/* The others go on. */
	good.submit.core_mask = 2;
	ck_assert_int_eq(emu_submit(&emu, &good, &out), 0);
	emu_stop(&emu);
}
END_TEST

START_TEST(a_job_stuck_on_core_1_stays_queued)
{
	struct emu emu;
	struct rkr_abi_submit out;
	static const char *const faults[] = { "missed-kick", NULL };

	emu_start_faults(&emu, faults);
	struct emu_job job = emu_job(&emu, 1, 0);

	/* The driver looks for it in core 0's queue [source]. */
	job.submit.core_mask = 2;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), -EINVAL);
	emu_log_clear(&emu);
	ck_assert_int_eq(emu_submit(&emu, &job, &out), -ENOTRECOVERABLE);
	ck_assert_ptr_nonnull(strstr(emu.log, "board: G5 ("));
	emu_stop(&emu);
}
END_TEST

START_TEST(the_trace_has_its_rows_in_order)
{
	struct emu emu;
	struct rkr_abi_submit out;
	struct rke_board_options options = emu_options(&emu);

	options.trace = true;
	options.iova_top = 0xfffa0000;
	emu_start(&emu, &options);
	struct emu_job job = emu_job(&emu, 2, 0);

	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	char *log = emu_log_plain(&emu);

	ck_assert_str_eq(
		log,
		"RKNPU: pc commit prelude: core=0 core_mask=0x1 use_core_num=1 task_status=0x0 int_status=0x0"
		" int_raw=0xc0000000 enable_mask=0x0\n"
		"RKNPU: pc commit trace: core=0 submit_index=0 task_start=0 task_number=2 task_end=1"
		" first_regcmd=0xfff9e000 first_amount=4 first_enable=0x0 first_int=0x300 last_int=0x300"
		" task_base_addr=0x0 flags=0x5 use_core_num=1\n"
		"RKNPU: pc commit regs: core=0 PC_DATA_ADDR=0xfff9e000 PC_DATA_AMOUNT=0x3 INT_MASK=0x300"
		" INT_RAW=0xc0000000 TASK_CONTROL=0x7002 DMA_BASE=0x0 TASK_STATUS=0x0 ENABLE_MASK=0x0\n"
		"RKNPU: pc commit armed: core=0 PC_OP_EN=0x0 INT_STATUS=0x0 INT_RAW=0xc0000000 TASK_STATUS=0x0\n"
		"RKNPU: valid irq trace: core=0 status=0x300 raw=0xc0000000 require=0x300 task_counter=0x2"
		" PC_DATA_ADDR=0xfff9e000 PC_DATA_AMOUNT=0x3 TASK_CONTROL=0x7002 DMA_BASE=0x0 ENABLE_MASK=0x0\n");
	free(log);
	emu_log_clear(&emu);
	job = endless(&emu);
	job.submit.core_mask = 3;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), -ETIMEDOUT);
	log = emu_log_plain(&emu);
	for (unsigned core = 0; core < 2; core++) {
		char row[80];

		snprintf(row, sizeof(row), "RKNPU: \tcore %u irq status: ", core);
		char *p = strstr(log, row);

		ck_assert_ptr_nonnull(p);
		snprintf(row, sizeof(row), "\nRKNPU: \tcore %u timeout pc regs: PC_DATA_ADDR=", core);
		ck_assert_ptr_eq(strstr(p, row), strchr(p, '\n'));
	}
	free(log);
	emu_stop(&emu);
}
END_TEST

START_TEST(jobs_without_waiter_run_behind_each_other)
{
	struct emu emu;
	struct rkr_abi_submit out;

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 3, 0), next = emu_job(&emu, 1, 0);

	job.submit.flags = 7;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	ck_assert_uint_eq(out.task_counter, 0);
	ck_assert_uint_eq(emu_ms_since(&emu, 0), 0);
	/* A job that is not for the PC would free one that is queued. */
	next.submit.flags = 4;
	ck_assert_int_eq(emu_submit(&emu, &next, &out), -ENOTRECOVERABLE);
	ck_assert_ptr_nonnull(strstr(emu.log, "board: G7 ("));
	next.submit.flags = 5;
	ck_assert_int_eq(emu_submit(&emu, &next, &out), 0);
	ck_assert_int_eq(out.hw_elapse_time, TOY_TASK_NS);
	ck_assert_uint_eq(rke_now(emu.board), 4 * TOY_TASK_NS);
	/* Closing waits for what runs. */
	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	rke_close(emu.file);
	ck_assert_uint_eq(rke_now(emu.board), 7 * TOY_TASK_NS);
	emu_stop(&emu);
}
END_TEST

START_TEST(a_domain_is_waited_for)
{
	struct emu emu;
	struct rkr_abi_action set = { .flags = 25, .value = 1 };

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 3, 0);

	/* As long as a job holds the one in use, and no longer. */
	job.submit.flags = 7;
	ck_assert_int_eq(emu_submit(&emu, &job, NULL), 0);
	ck_assert_int_eq(emu_submit(&emu, &job, NULL), 0);
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_ACTION, &set), 0);
	ck_assert_uint_eq(rke_now(emu.board), 6 * TOY_TASK_NS);
	ck_assert_ptr_nonnull(strstr(emu.log, "] RKNPU: switch iommu domain from 0 to 1\n"));
	emu_stop(&emu);
}
END_TEST

START_TEST(jobs_without_waiter_fail_at_once)
{
	struct emu emu;
	struct rkr_abi_submit out;

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 2, 0), good = job;

	job.submit.flags = 7;
	/* What the commit refuses is given up without a wait. */
	job.submit.core_mask = 5;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), -EINVAL);
	char *log = emu_log_plain(&emu);

	ck_assert_str_eq(log, "RKNPU: Unknown core mask: 5\n"
			      "RKNPU: job abort, flags: 0x2, ret: -22, elapsed time: 100000us\n");
	free(log);
	/* And what would crash is told as ever. */
	job.submit.core_mask = 1;
	job.submit.subcore_task[0].task_number = 0;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), -ENOTRECOVERABLE);
	emu_submit_well(&emu, &good);
	emu_stop(&emu);
}
END_TEST

START_TEST(old_jobs_are_reset_for_new_ones)
{
	struct emu emu;
	struct rkr_abi_submit out;
	static const char *const faults[] = { "stall", NULL };

	emu_start_faults(&emu, faults);
	struct emu_job job = emu_job(&emu, 1, 0);

	job.submit.flags = 7;
	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	/* 6000 us are less than 6000 ms, but not for the driver [source]. */
	rke_advance(emu.board, UINT64_C(5999000));
	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	ck_assert_str_eq(emu.log, "");
	rke_advance(emu.board, 1000);
	ck_assert_int_eq(emu_submit(&emu, &job, &out), 0);
	ck_assert_ptr_nonnull(strstr(emu.log, "] RKNPU: soft reset, num: 6\n"));
	emu_stop(&emu);
}
END_TEST

START_TEST(a_queued_job_that_is_not_for_the_pc_is_a_crash)
{
	struct emu emu;
	static const char *const faults[] = { "missed-kick", NULL };

	emu_start_faults(&emu, faults);
	struct emu_job job = emu_job(&emu, 1, 0), good = job;

	job.submit.flags = 4;
	ck_assert_int_eq(emu_submit(&emu, &job, NULL), -ENOTRECOVERABLE);
	ck_assert_ptr_nonnull(strstr(emu.log, "board: G7 ("));
	ck_assert_int_eq(emu_submit(&emu, &good, NULL), 0);
	emu_stop(&emu);
}
END_TEST

START_TEST(power_goes_after_three_seconds)
{
	struct emu emu;
	struct rke_stats stats;

	emu_start(&emu, NULL);
	struct emu_job job = emu_job(&emu, 1, 0);

	ck_assert_int_eq(emu_submit(&emu, &job, NULL), 0);
	rke_advance(emu.board, UINT64_C(2999000000));
	rke_board_stats(emu.board, &stats);
	ck_assert_uint_eq(stats.power_offs, 0);
	rke_advance(emu.board, UINT64_C(1000000));
	rke_board_stats(emu.board, &stats);
	ck_assert_uint_eq(stats.power_offs, 1);
	rke_advance(emu.board, UINT64_MAX);
	ck_assert_int_eq(emu_submit(&emu, &job, NULL), 0);
	emu_stop(&emu);
}
END_TEST

START_TEST(real_time_takes_its_time)
{
	struct emu emu;
	struct rke_board_options options = emu_options(&emu);

	options.real_time = true;
	emu_start(&emu, &options);
	struct rkr_abi_action reset = { .flags = 6 };
	uint64_t before = rke_now(emu.board);

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_ACTION, &reset), 0);
	ck_assert_uint_ge(emu_ms_since(&emu, before), 100);
	emu_stop(&emu);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("emu-wait");
	TCase *t = tcase_create("wait");

	tcase_add_test(t, a_timeout_is_told);
	tcase_add_test(t, an_invalid_mask_wedges_the_core);
	tcase_add_test(t, a_job_stuck_on_core_1_stays_queued);
	tcase_add_test(t, the_trace_has_its_rows_in_order);
	tcase_add_test(t, jobs_without_waiter_run_behind_each_other);
	tcase_add_test(t, a_domain_is_waited_for);
	tcase_add_test(t, jobs_without_waiter_fail_at_once);
	tcase_add_test(t, old_jobs_are_reset_for_new_ones);
	tcase_add_test(t, a_queued_job_that_is_not_for_the_pc_is_a_crash);
	tcase_add_test(t, power_goes_after_three_seconds);
	tcase_add_test(t, real_time_takes_its_time);
	suite_add_tcase(s, t);
	return test_main(s);
}
