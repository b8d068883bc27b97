/* SPDX-License-Identifier: MIT */
/* Triage of several cores: jobs that interleave, and jobs of more than one core. */
#include "config.h"

#include "tests/triage-common.h"

#define PRELUDE(core, mask, n)                                                             \
	"RKNPU: pc commit prelude: core=" core " core_mask=" mask " use_core_num=" n       \
	" task_status=0x0 int_status=0x0 int_raw=0xc0000000 enable_mask=0x0\n"
#define TRACE(core, start, number, end, n)                                                 \
	"RKNPU: pc commit trace: core=" core " submit_index=0 task_start=" start           \
	" task_number=" number " task_end=" end " first_regcmd=0x1000 first_amount=104"    \
	" first_enable=0xd first_int=0x300 last_int=0x300 task_base_addr=0x0 flags=0x5"    \
	" use_core_num=" n "\n"
#define VALID(core, status, counter)                                                       \
	"RKNPU: valid irq trace: core=" core " status=" status                             \
	" raw=0xc0000000 require=0x300 task_counter=" counter " PC_DATA_ADDR=0x0\n"
#define INVALID                                                                            \
	"RKNPU: invalid irq status: 0x1, raw status: 0xc0000001, require mask: 0x300,"     \
	" task counter: 0x0\n"
#define EXPIRED(mask)                                                                      \
	"RKNPU: job: 00000000aabbccdd, mask: " mask ", job iommu domain id: 0,"            \
	" dev iommu domain id: 0, wait_count: 1, continue wait: 0,"                        \
	" commit elapse time: 6000000us, wait time: 6000000us, timeout: 6000000us\n"
#define FAILED(counter)                                                                    \
	"RKNPU: failed to wait job, task counter: " counter                                \
	", flags: 0x5, ret = 0, elapsed time: 6000000us\n"
#define TIMEOUT "RKNPU: job timeout, flags: 0x0:\n"
#define STATUS(core, counter)                                                              \
	"RKNPU: \tcore " core " irq status: 0x0, raw status: 0xc0000000,"                  \
	" require mask: 0x300, task counter: " counter ", elapsed time: 6100000us\n"
#define RESET "RKNPU: soft reset, num: 6\n"

#define ON_BOTH PRELUDE("0", "0x3", "2") TRACE("0", "0", "2", "1", "2")                    \
	PRELUDE("1", "0x3", "2") TRACE("1", "2", "2", "3", "2")

/* Two cores at once, and one of them stands: its rows find it. */
START_TEST(cores_interleave)
{
	struct triage_jobs jobs =
		triage_jobs_of(PRELUDE("0", "0x1", "1") PRELUDE("1", "0x2", "1") TRACE("1", "4", "2", "5", "1")
				       TRACE("0", "0", "1", "0", "1") FAILED("0") VALID("0", "0x100", "0x1")
					       TIMEOUT STATUS("1", "0x0") RESET);

	ck_assert_uint_eq(jobs.n, 2);
	ck_assert_int_eq((int)jobs.job[0].end, RKR_END_DONE);
	ck_assert_uint_eq(jobs.job[0].mask, 1);
	ck_assert_uint_eq(jobs.job[0].number, 1);
	ck_assert_int_eq((int)jobs.job[1].end, RKR_END_TIMED_OUT);
	ck_assert_uint_eq(jobs.job[1].mask, 2);
	ck_assert_uint_eq(jobs.job[1].number, 2);
	ck_assert_int_eq(jobs.job[1].core[1].start, 4);
	ck_assert_uint_eq(jobs.job[1].first.line, 2);
	ck_assert_uint_eq(jobs.job[1].last.line, 9);
}
END_TEST

/* One job on two cores ends with the second interrupt. */
START_TEST(a_job_of_two_cores)
{
	struct triage_jobs jobs = triage_jobs_of(PRELUDE("0", "0x3", "2") PRELUDE("1", "0x3", "2")
							 VALID("1", "0x100", "0x1") VALID("0", "0x200", "0x1"));

	ck_assert_uint_eq(jobs.n, 1);
	ck_assert_int_eq((int)jobs.job[0].end, RKR_END_DONE);
	ck_assert_uint_eq(jobs.job[0].cores, 3);
}
END_TEST

/* One core ended its part, long before the wait did; the other stands, and is what is judged. */
START_TEST(one_core_of_two_stands)
{
	static const char log[] = ON_BOTH VALID("0", "0x300", "0x2") EXPIRED("0x3") FAILED("2") TIMEOUT
		STATUS("0", "0x2") STATUS("1", "0x0") RESET;
	struct triage_jobs jobs = triage_jobs_of(log);
	struct rkr_triage *t = triage_text(log, strlen(log), NULL);
	const struct rkr_verdict *v = rkr_triage_verdict(t);

	ck_assert_uint_eq(jobs.n, 1);
	ck_assert_int_eq((int)jobs.job[0].end, RKR_END_TIMED_OUT);
	/* The wait's counter is the first core's: it says nothing of the second. */
	ck_assert(jobs.job[0].core[1].has.counter);
	ck_assert(triage_has(v, RKR_FACT_NEVER_PROGRESSED));
	ck_assert(!triage_has(v, RKR_FACT_ALL_COUNTED));
	ck_assert(triage_has(v, RKR_FACT_NO_LATE_INTERRUPT));
	ck_assert(!triage_has(v, RKR_FACT_LATE_INTERRUPT));
	ck_assert(!triage_finding(v, "late-interrupt")->jobs);
	ck_assert_int_eq((int)triage_finding(v, "F")->state, RKR_STATE_OPEN);
	rkr_triage_free(t);
}
END_TEST

/* An interrupt that fits no mask belongs to the one job that runs, on however many cores. */
START_TEST(an_invalid_interrupt_of_two_cores)
{
	struct triage_jobs jobs = triage_jobs_of(
		ON_BOTH INVALID VALID("0", "0x300", "0x2") VALID("1", "0x300", "0x2") PRELUDE("2", "0x4", "1")
			EXPIRED("0x4") FAILED("0") TIMEOUT STATUS("2", "0x0") RESET);

	ck_assert_uint_eq(jobs.n, 2);
	ck_assert(jobs.job[0].rows >> RKR_JOB_ROW_IRQ_INVALID & 1);
	ck_assert(!(jobs.job[1].rows >> RKR_JOB_ROW_IRQ_INVALID & 1));
}
END_TEST

/* However rows of several waits are sorted out, no two jobs have one number. */
START_TEST(numbers_are_of_one_job)
{
	struct triage_jobs jobs = triage_jobs_of(PRELUDE("0", "0x1", "1") FAILED("0") FAILED("0") TIMEOUT
							 STATUS("0", "0x0") PRELUDE("2", "0x4", "1") RESET);

	ck_assert_uint_eq(jobs.n, 3);
	for (size_t i = 0; i < jobs.n; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_ne(jobs.job[i].number, jobs.job[k].number);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("triage-cores");
	TCase *t = tcase_create("cores");

	tcase_add_test(t, cores_interleave);
	tcase_add_test(t, a_job_of_two_cores);
	tcase_add_test(t, one_core_of_two_stands);
	tcase_add_test(t, an_invalid_interrupt_of_two_cores);
	tcase_add_test(t, numbers_are_of_one_job);
	suite_add_tcase(s, t);
	return test_main(s);
}
