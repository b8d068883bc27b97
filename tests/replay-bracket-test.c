/* SPDX-License-Identifier: MIT */
/* The bracket's verdicts, how jobs are judged, rates, and the health job. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/model-memory.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"
#include "replay/bracket.h"
#include "replay/health.h"
#include "tests/common.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)

#define P RKX_JOB_PASS
#define W RKX_JOB_WRONG
#define T RKX_JOB_TIMEOUT
#define N RKX_JOB_NOT_COMMITTED
#define R RKX_JOB_REFUSED
#define E RKX_JOB_ERROR
#define END_ -1

/* How each job ends, in the order in which they are asked for, and what it comes to. */
static const struct {
	int ends[5];
	enum rkx_bracket_verdict verdict;
	bool down, wedged;
	const char *name;
} stories[] = {
	{ { P, P, P, END_ }, RKX_BRACKET_CLEAN, false, false, "clean" },
	{ { P, P, T, P, END_ }, RKX_BRACKET_POISONS, false, false, "poisons-next-job" },
	{ { P, P, W, P, END_ }, RKX_BRACKET_POISONS, false, false, "poisons-next-job" },
	{ { P, P, T, T, END_ }, RKX_BRACKET_POISONS, true, false, "poisons-next-job" },
	{ { P, P, N, END_ }, RKX_BRACKET_POISONS, true, true, "poisons-next-job" },
	/* The next job never came to the NPU: that is nothing to put down to the probe. */
	{ { P, P, E, P, END_ }, RKX_BRACKET_UNDECIDED, false, false, "undecided" },
	{ { P, P, E, E, END_ }, RKX_BRACKET_UNDECIDED, true, false, "undecided" },
	{ { P, P, E, T, END_ }, RKX_BRACKET_POISONS, true, false, "poisons-next-job" },
	{ { P, P, E, N, END_ }, RKX_BRACKET_POISONS, true, true, "poisons-next-job" },
	{ { P, T, P, END_ }, RKX_BRACKET_RECOVERED, false, false, "recovered-after-reset" },
	{ { P, T, T, END_ }, RKX_BRACKET_FAILED, true, false, "failed" },
	{ { P, T, N, END_ }, RKX_BRACKET_FAILED, true, true, "failed" },
	{ { P, N, END_ }, RKX_BRACKET_FAILED, true, true, "failed" },
	{ { P, W, P, END_ }, RKX_BRACKET_FAILED, false, false, "failed" },
	/* A wrong answer is one; what the next job finds is the probe's doing as much. */
	{ { P, W, T, P, END_ }, RKX_BRACKET_POISONS, false, false, "poisons-next-job" },
	{ { P, W, W, P, END_ }, RKX_BRACKET_POISONS, false, false, "poisons-next-job" },
	{ { P, W, N, END_ }, RKX_BRACKET_POISONS, true, true, "poisons-next-job" },
	{ { P, W, E, P, END_ }, RKX_BRACKET_FAILED, false, false, "failed" },
	{ { P, W, E, T, END_ }, RKX_BRACKET_POISONS, true, false, "poisons-next-job" },
	{ { P, R, T, P, END_ }, RKX_BRACKET_FAILED, false, false, "failed" },
	{ { P, R, P, END_ }, RKX_BRACKET_FAILED, false, false, "failed" },
	{ { P, E, P, END_ }, RKX_BRACKET_FAILED, false, false, "failed" },
	{ { P, E, E, END_ }, RKX_BRACKET_FAILED, true, false, "failed" },
	{ { T, END_ }, RKX_BRACKET_SICK, true, false, "not-healthy" },
	{ { W, END_ }, RKX_BRACKET_SICK, true, false, "not-healthy" },
	{ { N, END_ }, RKX_BRACKET_SICK, true, true, "not-healthy" },
};

START_TEST(test_stories)
{
	struct rkx_bracket b = { 0 };
	unsigned jobs = 0, pauses = 0, failures = 0;

	for (unsigned turns = 0; b.step != RKX_BRACKET_DONE; turns++) {
		ck_assert_uint_lt(turns, 6);
		ck_assert_int_eq(b.verdict, RKX_BRACKET_UNDECIDED);
		if (b.step == RKX_BRACKET_PAUSE) {
			/* Only behind a failure, and behind that comes recovery alone. */
			ck_assert_uint_gt(failures, 0);
			pauses++;
			rkx_bracket_take(&b, RKX_JOB_ERROR);
			ck_assert_int_eq(b.step, RKX_BRACKET_RECOVERY);
			continue;
		}
		ck_assert_int_ne(stories[_i].ends[jobs], END_);
		failures += stories[_i].ends[jobs] != P;
		rkx_bracket_take(&b, (enum rkx_job_end)stories[_i].ends[jobs++]);
	}
	ck_assert_int_eq(stories[_i].ends[jobs], END_);
	ck_assert_int_eq(b.verdict, stories[_i].verdict);
	ck_assert_int_eq(b.down, stories[_i].down);
	ck_assert_int_eq(b.wedged, stories[_i].wedged);
	ck_assert_int_eq(b.ran_probe, stories[_i].ends[0] == P);
	ck_assert_int_eq(b.ran_recovery, pauses == 1);
	ck_assert_str_eq(rkx_bracket_verdict_name(b.verdict), stories[_i].name);
	/* Done is done. */
	struct rkx_bracket again = b;

	rkx_bracket_take(&again, RKX_JOB_ERROR);
	ck_assert_mem_eq(&again, &b, sizeof(b));
}
END_TEST

/* Where a bracket ends before it is done, and what is certain then. */
static const struct {
	int ends[4];
	bool crashed;
	enum rkx_bracket_verdict verdict;
	bool ran_probe;
} broken_off[] = {
	{ { END_ }, false, RKX_BRACKET_UNDECIDED, false },
	{ { P, END_ }, false, RKX_BRACKET_UNDECIDED, false },
	{ { P, P, END_ }, false, RKX_BRACKET_UNDECIDED, true },
	{ { P, T, END_ }, false, RKX_BRACKET_UNDECIDED, true },
	{ { P, P, T, END_ }, false, RKX_BRACKET_POISONS, true },
	{ { P, P, W, END_ }, false, RKX_BRACKET_POISONS, true },
	{ { P, P, E, END_ }, false, RKX_BRACKET_UNDECIDED, true },
	{ { P, W, END_ }, false, RKX_BRACKET_UNDECIDED, true },
	{ { P, W, T, END_ }, false, RKX_BRACKET_POISONS, true },
	{ { P, W, END_ }, true, RKX_BRACKET_POISONS, true },
	{ { END_ }, true, RKX_BRACKET_SICK, false },
	{ { P, END_ }, true, RKX_BRACKET_FAILED, true },
	{ { P, P, END_ }, true, RKX_BRACKET_POISONS, true },
	{ { P, P, E, END_ }, true, RKX_BRACKET_POISONS, true },
	{ { P, T, END_ }, true, RKX_BRACKET_FAILED, true },
};

START_TEST(test_broken_off)
{
	struct rkx_bracket b = { 0 };

	for (const int *end = broken_off[_i].ends; *end != END_; end++)
		rkx_bracket_take(&b, (enum rkx_job_end) * end);
	if (b.step == RKX_BRACKET_PAUSE && broken_off[_i].crashed)
		rkx_bracket_take(&b, P);
	rkx_bracket_stop(&b, broken_off[_i].crashed);
	ck_assert_int_eq(b.verdict, broken_off[_i].verdict);
	ck_assert_int_eq(b.ran_probe, broken_off[_i].ran_probe);
	ck_assert_int_eq(b.down, broken_off[_i].crashed);
	ck_assert_int_eq(b.step == RKX_BRACKET_DONE, broken_off[_i].crashed);
	/* Done is done. */
	struct rkx_bracket done = { .step = RKX_BRACKET_DONE,
				    .verdict = RKX_BRACKET_CLEAN,
				    .ran_probe = true };

	rkx_bracket_stop(&done, broken_off[_i].crashed);
	ck_assert_int_eq(done.verdict, RKX_BRACKET_CLEAN);
	ck_assert(!done.down);
}
END_TEST

START_TEST(test_judge)
{
	ck_assert_int_eq(rkx_job_judge(0, 1, 6000, true), P);
	ck_assert_int_eq(rkx_job_judge(0, 1, 6000, false), W);
	ck_assert_int_eq(rkx_job_judge(-ETIMEDOUT, 6200, 6000, true), T);
	ck_assert_int_eq(rkx_job_judge(-EINVAL, 5399, 6000, false), R);
	ck_assert_int_eq(rkx_job_judge(-EINVAL, 5400, 6000, false), N);
	ck_assert_int_eq(rkx_job_judge(-EINVAL, 18000, 6000, false), N);
	ck_assert_int_eq(rkx_job_judge(-EINVAL, UINT64_MAX, UINT32_MAX, false), N);
	ck_assert_int_eq(rkx_job_judge(-ENOMEM, 18000, 6000, true), E);
}
END_TEST

static bool
near(double a, double b)
{
	return a - b < 5e-5 && b - a < 5e-5;
}

/* Bounds worked out by hand from Wilson's formula. */
START_TEST(test_wilson)
{
	static const struct {
		uint64_t hits, n;
		double low, high;
	} cases[] = {
		{ 0, 0, 0, 1 },
		{ 0, 10, 0, 0.27754 },
		{ 10, 10, 0.72246, 1 },
		{ 5, 10, 0.23659, 0.76341 },
		{ 1, 1, 0.20654, 1 },
		{ 0, 100, 0, 0.03699 },
		{ 50, 100, 0.40383, 0.59617 },
	};
	struct rkx_interval i = rkx_wilson(cases[_i].hits, cases[_i].n);

	ck_assert_msg(near(i.low, cases[_i].low), "low: %f", i.low);
	ck_assert_msg(near(i.high, cases[_i].high), "high: %f", i.high);
}
END_TEST

static void
read_words(const struct rkr_run *run, uint64_t *words, size_t n)
{
	uint8_t b[8];
	int bo = rkr_run_bo_by_role(run, "regcmd");

	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(rkr_run_read(run, (uint32_t)bo, 8 * i, b, 8), 0);
		words[i] = 0;
		for (size_t k = 0; k < 8; k++)
			words[i] |= (uint64_t)b[k] << (8 * k);
	}
}

/* What is known of the classic client's 14 words, of what it leaves out, and of its BOs. */
START_TEST(test_classic)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	struct rkr_task task;
	uint64_t words[32];

	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_CLASSIC, &run), 0);
	ck_assert_uint_eq(rkr_run_n_tasks(run), 1);
	ck_assert_int_eq(rkr_run_task(run, 0, &task), 0);
	ck_assert_uint_eq(task.regcfg_amount, 14);
	ck_assert_uint_eq(task.int_mask, 0x300);
	ck_assert_uint_eq(task.enable_mask, 0x18);
	read_words(run, words, 32);
	for (size_t i = 0; i < 14; i++) {
		struct rkr_qword q = rkr_qword_decode(words[i]);

		ck_assert_uint_ne(words[i], 0);
		/* No pointer, no conversion of the output, no BS, no BN, no marker. */
		ck_assert_uint_ne(q.offset & 0xfff, 4);
		ck_assert(q.offset != RKR_REG_DPU_OUT_CVT_SCALE && q.offset != RKR_REG_DPU_BS_CFG &&
			  q.offset != RKR_REG_DPU_BN_CFG && q.offset != RKR_REG_DPU_DATA_CUBE_HEIGHT &&
			  q.target != RKR_TARGET_MARK);
	}
	ck_assert_uint_eq(words[13], rkr_qword_encode(RKR_TARGET_OP_EN, 0x18, 8));
	for (size_t i = 14; i < 32; i++)
		ck_assert_uint_eq(words[i], 0);
	for (size_t i = 0; i < rkr_run_n_bos(run); i++)
		ck_assert_uint_eq(rkr_run_bo(run, i)->flags,
				  strcmp(rkr_run_bo(run, i)->role, "task") == 0 ? RKR_MEM_KERNEL_MAPPING : 0);
}
END_TEST

/* The other form starts with the pointers of both blocks that it starts, and has a tail. */
START_TEST(test_pointers)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	rkr_cleanup(rkr_run_free) struct rkr_run *classic = NULL;
	struct rkr_task task;
	uint64_t words[32], others[32];

	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_POINTERS, &run), 0);
	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_CLASSIC, &classic), 0);
	ck_assert_int_eq(rkr_run_task(run, 0, &task), 0);
	ck_assert_uint_eq(task.regcfg_amount, 15);
	read_words(run, words, 32);
	read_words(classic, others, 32);
	ck_assert_uint_eq(words[0], rkr_qword_encode(RKR_TARGET_DPU, 0xe, RKR_REG_DPU_S_POINTER));
	ck_assert_uint_eq(words[1],
			  rkr_qword_encode(RKR_TARGET_DPU_RDMA, 0xe, RKR_REG_DPU_RDMA_RDMA_S_POINTER));
	/* Between the pointers and the tail they are the same. */
	for (size_t i = 0; i < 13; i++)
		ck_assert_uint_eq(words[i + 2], others[i]);
	ck_assert_uint_eq(words[15], 0);
	ck_assert_uint_eq(words[16], rkr_qword_encode(RKR_TARGET_PC, 0, RKR_REG_PC_REGISTER_AMOUNTS));
	ck_assert_uint_eq(words[17] >> 48, RKR_TARGET_MARK);
	ck_assert_uint_eq(words[18], others[13]);
}
END_TEST

START_TEST(test_right)
{
	uint8_t out[16];

	for (size_t i = 0; i < 16; i++)
		out[i] = i % 2 ? 0 : 8;
	ck_assert(rkx_health_right(out, sizeof(out)));
	ck_assert(!rkx_health_right(out, 15));
	for (size_t i = 0; i < 16; i++) {
		out[i] ^= 1;
		ck_assert(!rkx_health_right(out, sizeof(out)));
		out[i] ^= 1;
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("replay bracket");
	TCase *t = tcase_create("bracket");

	tcase_add_loop_test(t, test_stories, 0, RKR_ARRAY_LEN(stories));
	tcase_add_loop_test(t, test_broken_off, 0, RKR_ARRAY_LEN(broken_off));
	tcase_add_test(t, test_judge);
	tcase_add_loop_test(t, test_wilson, 0, 7);
	tcase_add_test(t, test_classic);
	tcase_add_test(t, test_pointers);
	tcase_add_test(t, test_right);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
