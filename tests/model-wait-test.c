/* SPDX-License-Identifier: MIT */
/* The model of waiting for a job: ends, messages, what is left behind. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/model-wait.h"
#include "lib/util.h"
#include "tests/common.h"

#define SECOND 1000000
#define NEVER RKR_NEVER

/* A letter per message. */
static char
letter(enum rkr_klog klog)
{
	switch (klog) {
	case RKR_KLOG_JOB:
		return 'J';
	case RKR_KLOG_FAILED_TO_WAIT:
		return 'F';
	case RKR_KLOG_COMMIT_FAILED:
		return 'C';
	case RKR_KLOG_JOB_TIMEOUT:
		return 'T';
	case RKR_KLOG_CORE_STATUS:
		return 's';
	case RKR_KLOG_SOFT_RESET:
		return 'R';
	case RKR_KLOG_RESET_BYPASSED:
		return 'b';
	default:
		return '?';
	}
}

static const struct {
	struct rkr_wait_case c;
	int ret;
	uint64_t took;
	const char *rows;
	uint32_t counter;
	bool written, reset, dangling, twice;
} waits[] = {
	/* It ends in time: the counter is what was asked for, whatever was run. */
	{ { 6000, 6, 1, 10, 4000, false, 2, false }, 0, 4000, "", 6, true, false, false, false },
	/* It never ends [captured: the rows after a C64/H56 run]. */
	{ { 6000, 6, 1, 0, NEVER, false, 0, false },
	  -ETIMEDOUT,
	  6 * SECOND + 200000,
	  "JFTsR",
	  0,
	  true,
	  true,
	  false,
	  false },
	/* The counter is what the PC had got to. */
	{ { 6000, 6, 1, 0, NEVER, false, 0x70001001, false },
	  -ETIMEDOUT,
	  6 * SECOND + 200000,
	  "JFTsR",
	  1,
	  true,
	  true,
	  false,
	  false },
	/* Late, within the grace: still a timeout, and the domain is put twice. */
	{ { 6000, 6, 1, 0, 6 * SECOND + 50000, false, 2, false },
	  -ETIMEDOUT,
	  6 * SECOND + 200000,
	  "JFTsR",
	  2,
	  true,
	  true,
	  false,
	  true },
	/* An interrupt that completed nothing: the core keeps the freed job. */
	{ { 6000, 6, 1, 0, NEVER, true, 0, false },
	  -ETIMEDOUT,
	  6 * SECOND + 200000,
	  "JFTsR",
	  0,
	  true,
	  true,
	  true,
	  false },
	/* One row of status per core. */
	{ { 1000, 3, 7, 0, NEVER, false, 0, false },
	  -ETIMEDOUT,
	  SECOND + 200000,
	  "JFTsssR",
	  0,
	  true,
	  true,
	  false,
	  false },
	{ { 1000, 3, 3, 0, NEVER, false, 0, false },
	  -ETIMEDOUT,
	  SECOND + 200000,
	  "JFTssR",
	  0,
	  true,
	  true,
	  false,
	  false },
	{ { 1000, 3, 4, 0, NEVER, false, 0, true },
	  -ETIMEDOUT,
	  SECOND + 100000,
	  "JFTsb",
	  0,
	  true,
	  false,
	  false,
	  false },
	/* Never started: three times the timeout, two rows, no counter, no reset. */
	{ { 6000, 6, 1, NEVER, NEVER, false, 0, false },
	  -EINVAL,
	  18 * SECOND,
	  "JJC",
	  0,
	  false,
	  false,
	  false,
	  false },
	/* Started late: it gets another wait. */
	{ { 6000, 6, 1, 3 * SECOND, 8 * SECOND, false, 0, false },
	  0,
	  8 * SECOND,
	  "J",
	  6,
	  true,
	  false,
	  false,
	  false },
	{ { 6000, 6, 1, 3 * SECOND, NEVER, false, 0, false },
	  -ETIMEDOUT,
	  12 * SECOND + 200000,
	  "JJFTsR",
	  0,
	  true,
	  true,
	  false,
	  false },
	/* Started in the third wait, which ends without a row. */
	{ { 6000, 6, 1, 13 * SECOND, NEVER, false, 0, false },
	  -ETIMEDOUT,
	  18 * SECOND + 200000,
	  "JJFTsR",
	  0,
	  true,
	  true,
	  false,
	  false },
	/* On the very tick. */
	{ { 6000, 6, 1, 0, 6 * SECOND, false, 0, false }, 0, 6 * SECOND, "", 6, true, false, false, false },
	/* No timeout at all: given up at once. */
	{ { 0, 6, 1, 0, NEVER, false, 0, false }, -ETIMEDOUT, 200000, "JFTsR", 0, true, true, false, false },
};

START_TEST(waits_end_as_the_driver_ends_them)
{
	struct rkr_wait_result out;
	char rows[16] = "";

	ck_assert_int_eq(rkr_wait_job(&waits[_i].c, &out), 0);
	for (size_t i = 0; i < out.n_rows; i++) {
		rows[i] = letter(out.rows[i].klog);
		if (i)
			ck_assert_uint_ge(out.rows[i].at, out.rows[i - 1].at);
	}
	ck_assert_str_eq(rows, waits[_i].rows);
	ck_assert_int_eq(out.ret, waits[_i].ret);
	ck_assert_uint_eq(out.took, waits[_i].took);
	ck_assert_int_eq(out.counter_written, waits[_i].written);
	ck_assert_uint_eq(out.task_counter, waits[_i].counter);
	ck_assert_int_eq(out.reset, waits[_i].reset);
	ck_assert_int_eq(out.dangling, waits[_i].dangling);
	ck_assert_int_eq(out.domain_put_twice, waits[_i].twice);
	ck_assert_uint_le(out.took, 1000 * rkr_wait_worst_ms(waits[_i].c.timeout_ms));
}
END_TEST

START_TEST(rows_carry_their_numbers)
{
	struct rkr_wait_case c = { 6000, 6, 1, 3 * SECOND, NEVER, false, 1, false };
	struct rkr_wait_result out;

	ck_assert_int_eq(rkr_wait_job(&c, &out), 0);
	/* Half its time was gone when it started, so it is waited for again. */
	ck_assert_uint_eq(out.rows[0].wait_count, 1);
	ck_assert(out.rows[0].continue_wait);
	ck_assert_uint_eq(out.rows[0].commit_elapse, 3 * SECOND);
	ck_assert_uint_eq(out.rows[1].wait_count, 2);
	ck_assert(!out.rows[1].continue_wait);
	ck_assert_uint_eq(out.rows[1].commit_elapse, 9 * SECOND);
	ck_assert_uint_eq(out.rows[2].task_counter, 1);
	ck_assert_uint_eq(out.rows[3].flags, 0);
	/* The grace, then the reset's own time. */
	ck_assert_uint_eq(out.rows[3].at - out.rows[2].at, RKR_GRACE_US);
	ck_assert_uint_eq(out.rows[5].at - out.rows[4].at, RKR_GRACE_US);

	c = (struct rkr_wait_case){ 6000, 6, 1, NEVER, NEVER, false, 0, false };
	ck_assert_int_eq(rkr_wait_job(&c, &out), 0);
	ck_assert(out.rows[0].continue_wait && out.rows[1].continue_wait);
	ck_assert_uint_eq(out.rows[1].commit_elapse, 0);

	c = (struct rkr_wait_case){ 6000, 6, 6, 0, NEVER, false, 0, false };
	ck_assert_int_eq(rkr_wait_job(&c, &out), -EINVAL);
	c = (struct rkr_wait_case){ 6000, 6, 1, 5, 4, false, 0, false };
	ck_assert_int_eq(rkr_wait_job(&c, &out), -EINVAL);
	c = (struct rkr_wait_case){ 6000, 6, 1, 0, 6 * SECOND + 1, false, 0, false };
	ck_assert_int_eq(rkr_wait_job(&c, &out), 0);
	/* One microsecond late is a timeout whose job says that it is done. */
	ck_assert_uint_eq(out.rows[2].flags, RKR_JOB_DONE);
	/* Each core's row names it. */
	c = (struct rkr_wait_case){ 100, 6, 7, 0, NEVER, false, 0, false };
	ck_assert_int_eq(rkr_wait_job(&c, &out), 0);
	for (uint32_t core = 0; core < RKR_NPU_CORES; core++)
		ck_assert_uint_eq(out.rows[3 + core].core, core);
}
END_TEST

static const struct {
	int ret;
	uint64_t took;
	uint32_t timeout;
	enum rkr_submit_failure read;
} failures[] = {
	{ -EINVAL, 0, 6000, RKR_FAILURE_REFUSED },
	{ -EINVAL, 100, 6000, RKR_FAILURE_REFUSED },
	{ -EINVAL, 5399, 6000, RKR_FAILURE_REFUSED },
	{ -EINVAL, 5400, 6000, RKR_FAILURE_NOT_STARTED },
	{ -EINVAL, 18000, 6000, RKR_FAILURE_NOT_STARTED },
	{ -ETIMEDOUT, 6200, 6000, RKR_FAILURE_TIMED_OUT },
	{ -EINVAL, UINT64_MAX / 8, 6000, RKR_FAILURE_NOT_STARTED },
	{ -ENOMEM, 0, 6000, RKR_FAILURE_OTHER },
};

START_TEST(failures_are_read_from_outside)
{
	ck_assert_int_eq(
		(int)rkr_submit_failure_read(failures[_i].ret, failures[_i].took, failures[_i].timeout),
		(int)failures[_i].read);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("model-wait");
	TCase *t = tcase_create("wait");

	tcase_add_loop_test(t, waits_end_as_the_driver_ends_them, 0, (int)RKR_ARRAY_LEN(waits));
	tcase_add_test(t, rows_carry_their_numbers);
	tcase_add_loop_test(t, failures_are_read_from_outside, 0, (int)RKR_ARRAY_LEN(failures));
	suite_add_tcase(s, t);
	return test_main(s);
}
