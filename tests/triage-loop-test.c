/* SPDX-License-Identifier: MIT */
/*
 * The closed loop: the emulated board runs jobs with one fault, and triage
 * gets nothing but its log. The fault must be ranked first, or tied where
 * rows cannot tell it from others; a clean run is never blamed.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/util.h"
#include "tests/emu-common.h"
#include "tests/triage-common.h"

#define SEEDS 20
#define CLEAN_SEEDS 200
#define JOBS_MAX 9

/* What each fault must come to: theories, any of which may be the one. */
static const struct expected {
	enum rke_fault_id id;
	const char *with;    /* another fault that gives it its chance */
	const char *is[4];
	enum rkr_fact fact;  /* and what the verdict must say */
	bool frees;          /* BOs come and go */
} faults[] = {
	{ RKE_FAULT_STALL, NULL, { "C", "E", "F", "I" }, RKR_FACT_NEVER_PROGRESSED, false },
	{ RKE_FAULT_INVALID_IRQ, NULL, { "J" }, RKR_FACT_INVALID_IRQ, false },
	{ RKE_FAULT_LATE_IRQ, NULL, { "late-interrupt" }, RKR_FACT_LATE_INTERRUPT, false },
	{ RKE_FAULT_DMA_ERROR, NULL, { "dma-error" }, RKR_FACT_DMA_ERROR, false },
	{ RKE_FAULT_IOVA_FAULT, NULL, { "iova-fault" }, RKR_FACT_PAGE_FAULT, false },
	{ RKE_FAULT_STUCK_GROUP, NULL, { "C" }, RKR_FACT_BLOCKS_REPORTED, false },
	{ RKE_FAULT_RESET_FAILURE, "stall", { "reset-failure" }, RKR_FACT_RESET_FAILED, false },
	{ RKE_FAULT_DANGLING_JOB, NULL, { "wedged-core" }, RKR_FACT_NOT_COMMITTED, false },
	{ RKE_FAULT_MISSED_KICK, NULL, { "missed-kick" }, RKR_FACT_NOT_COMMITTED, false },
	{ RKE_FAULT_POWER_LOSS, NULL, { "power-loss" }, RKR_FACT_LOST_STATE, false },
	{ RKE_FAULT_EARLY_COMPLETION, NULL, { "A" }, RKR_FACT_ENDED_EARLY, false },
	{ RKE_FAULT_WEIGHT_REUSE_RESIDUE, NULL, { "B" }, RKR_FACT_TIMED_OUT, false },
	{ RKE_FAULT_GROUP_SKEW, NULL, { "C" }, RKR_FACT_NEVER_PROGRESSED, false },
	{ RKE_FAULT_STALE_IOTLB, NULL, { "E" }, RKR_FACT_NEVER_PROGRESSED, true },
	{ RKE_FAULT_LOST_OP_EN, NULL, { "F" }, RKR_FACT_NEVER_PROGRESSED, false },
	{ RKE_FAULT_CHAIN_OVERRUN, NULL, { "H" }, RKR_FACT_ALL_COUNTED, false },
	{ RKE_FAULT_POLLUTE, NULL, { "B" }, RKR_FACT_NEVER_PROGRESSED, false },
};

static void
drop_bo(struct emu *emu, const struct emu_bo *bo)
{
	struct rkr_abi_mem_destroy destroy = { .handle = bo->handle };

	rke_munmap(emu->file, bo->offset);
	ck_assert_int_eq(emu_call(emu, RKR_IOCTL_MEM_DESTROY, &destroy), 0);
}

static void
drop_job(struct emu *emu, const struct emu_job *job)
{
	drop_bo(emu, &job->tasks);
	drop_bo(emu, &job->regcmd);
	drop_bo(emu, &job->output);
}

/* A chain that sets a pointer and reuses weights, an add, and then any of both; with pauses. */
static void
work(struct emu *emu, struct test_random *random, bool frees, bool any_core, size_t n)
{
	static const uint32_t masks[] = { 1, 2, 4, 3, 7 };

	if (frees) {
		struct emu_job job = emu_job(emu, 2, EMU_JOB_POINTER);

		(void)emu_submit(emu, &job, NULL);
		drop_job(emu, &job);
	}
	struct emu_job chain = emu_job(emu, 2, EMU_JOB_REUSE | EMU_JOB_POINTER), add = emu_job(emu, 1, 0);

	for (size_t i = 0; i < n; i++) {
		bool chained = i == 0 || (i > 1 && test_random_next(random) % 2);
		struct emu_job *job = chained ? &chain : &add;

		job->submit.core_mask = any_core ? masks[test_random_next(random) % RKR_ARRAY_LEN(masks)] : 1;
		(void)emu_submit(emu, job, NULL);
		rke_advance(emu->board, test_random_next(random) % UINT64_C(1500000000));
		if (any_core && test_random_next(random) % 4 == 0)
			rke_advance(emu->board, UINT64_C(4000000000));
	}
}

static struct rkr_triage *
run(const struct expected *e, uint64_t seed, char **ret_log)
{
	struct test_random random = { seed * UINT64_C(0x9e3779b97f4a7c15) };
	struct rke_fault given[2];
	struct emu emu;
	struct rke_board_options options = emu_options(&emu);
	size_t n = 5 + test_random_next(&random) % (JOBS_MAX - 5), n_faults;
	char text[64];

	options.trace = true;
	options.seed = seed;
	options.faults = given;
	if (e) {
		const struct rke_fault_desc *d = &rke_faults(&n_faults)[e->id];
		unsigned nth = (unsigned)(1 + test_random_next(&random) % (n - 3));

		snprintf(text, sizeof(text), d->arg == RKE_ARG_FIRST && !e->with ? "%s=%u" : "%s", d->name,
			 nth);
		ck_assert_int_eq(rke_fault_parse(text, &given[options.n_faults++]), 0);
		if (e->with) {
			snprintf(text, sizeof(text), "%s=%u", e->with, nth);
			ck_assert_int_eq(rke_fault_parse(text, &given[options.n_faults++]), 0);
		}
	}
	emu_start(&emu, &options);
	work(&emu, &random, e ? e->frees : seed % 2, !e, n);
	struct rkr_triage *t = triage_text(emu.log, emu.log_len, NULL);

	if (ret_log)
		*ret_log = strndup(emu.log, emu.log_len);
	emu_stop(&emu);
	return t;
}

START_TEST(a_fault_is_ranked_first)
{
	const struct expected *e = &faults[_i / SEEDS];
	size_t n;
	char words[1024], *log;
	struct rkr_triage *t = run(e, (uint64_t)(_i % SEEDS) + 1, &log);
	const struct rkr_verdict *v = rkr_triage_verdict(t);
	enum rkr_state best = RKR_STATE_RULED_OUT;

	for (size_t i = 0; i < RKR_ARRAY_LEN(e->is) && e->is[i]; i++) {
		const struct rkr_finding *f = triage_finding(v, e->is[i]);

		if (f->jobs && f->state > best)
			best = f->state;
	}
	triage_words(v->facts, words, sizeof(words));
	ck_assert_msg(best >= RKR_STATE_OPEN && best == triage_best(v),
		      "%s, seed %d: %s is %s, the best is %s; %s\n%.1200s", rke_faults(&n)[e->id].name,
		      _i % SEEDS + 1, e->is[0], rkr_state_name(best), rkr_state_name(triage_best(v)), words,
		      log);
	ck_assert_msg(triage_has(v, e->fact), "%s: %s\n%.1200s", rke_faults(&n)[e->id].name, words, log);
	ck_assert(rkr_facts_fail(v->facts));
	ck_assert_ptr_nonnull(rkr_triage_next(v));
	ck_assert_uint_eq(v->missing, 0);
	free(log);
	rkr_triage_free(t);
}
END_TEST

START_TEST(a_clean_run_is_not_blamed)
{
	char words[1024], *log;
	struct rkr_triage *t = run(NULL, (uint64_t)_i + 1, &log);
	const struct rkr_verdict *v = rkr_triage_verdict(t);

	triage_words(v->facts, words, sizeof(words));
	ck_assert_msg(!rkr_facts_fail(v->facts), "seed %d: %s\n%.1200s", _i + 1, words, log);
	ck_assert(triage_has(v, RKR_FACT_HEALTHY));
	ck_assert_uint_eq(v->done, v->jobs);
	ck_assert_uint_ge(v->jobs, 5);
	ck_assert_int_eq((int)triage_best(v), RKR_STATE_RULED_OUT);
	ck_assert_ptr_null(rkr_triage_next(v));
	ck_assert_uint_eq(v->missing, 0);
	free(log);
	rkr_triage_free(t);
}
END_TEST

/* All but an ioctl's errno, of which the kernel's log has no row. */
START_TEST(each_fault_is_expected)
{
	size_t n;

	rke_faults(&n);
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < RKR_ARRAY_LEN(faults) && (size_t)faults[k].id != i)
			k++;
		ck_assert_uint_eq(k < RKR_ARRAY_LEN(faults), i != RKE_FAULT_ERRNO);
	}
}
END_TEST

/* ---- damage: less is known, nothing is made up ---- */

static const char *
next_line(const char *p)
{
	const char *nl = strchr(p, '\n');

	return nl ? nl + 1 : p + strlen(p);
}

enum damage { REMOVE, DOUBLE, SWAP, CUT, REBOOT, DAMAGES };

/* A damaged copy of a log. */
static char *
damaged(const char *log, enum damage what, struct test_random *random)
{
	size_t len = strlen(log);
	char *out = calloc(3, len + 2), *to = out;

	ck_assert_ptr_nonnull(out);
	for (const char *p = log, *end; *p; p = end) {
		bool hit = test_random_next(random) % 8 == 0;

		end = next_line(p);
		size_t n = (size_t)(end - p);

		if (hit && what == REMOVE)
			continue;
		if (hit && what == SWAP && *end) {
			const char *after = next_line(end);

			memcpy(to, end, (size_t)(after - end));
			to += after - end;
			memcpy(to, p, n);
			to += n;
			end = after;
			continue;
		}
		if (hit && what == CUT) {
			size_t cut = test_random_next(random) % n;

			memcpy(to, p, cut);
			to += cut;
			*to++ = '\n';
			continue;
		}
		memcpy(to, p, n);
		to += n;
		if (hit && what == DOUBLE) {
			memcpy(to, p, n);
			to += n;
		}
	}
	if (what == REBOOT)
		memcpy(to, log, len + 1);
	return out;
}

/* Facts that a damaged log may have which the whole one had not: all of them say that less is known. */
#define LESS                                                                                                 \
	(UINT64_C(1) << RKR_FACT_ROWS_MISSING | UINT64_C(1) << RKR_FACT_SEVERAL_BOOTS |                      \
	 UINT64_C(1) << RKR_FACT_STOPPED_PART_WAY | UINT64_C(1) << RKR_FACT_NO_TASK_ENDED |                  \
	 UINT64_C(1) << RKR_FACT_TIMED_OUT | UINT64_C(1) << RKR_FACT_COMMITTED | UINT64_C(1) << RKR_FACT_RESET | \
	 UINT64_C(1) << RKR_FACT_RESET_ALONE | UINT64_C(1) << RKR_FACT_ABORTED |                             \
	 UINT64_C(1) << RKR_FACT_HEALTHY | UINT64_C(1) << RKR_FACT_NOT_RKNPU | UINT64_C(1) << RKR_FACT_NO_ROWS)

START_TEST(damage_makes_nothing_up)
{
	const struct expected *e = _i % 4 ? &faults[(size_t)_i % RKR_ARRAY_LEN(faults)] : NULL;
	struct test_random random = { (uint64_t)_i * 977 + 1 };
	char *log, words[1024];
	struct rkr_triage *whole = run(e, (uint64_t)_i + 1, &log);
	uint64_t had = rkr_triage_verdict(whole)->facts;

	for (int what = 0; what < DAMAGES; what++) {
		char *text = damaged(log, (enum damage)what, &random);
		struct rkr_triage *t = triage_text(text, strlen(text), NULL);
		const struct rkr_verdict *v = rkr_triage_verdict(t);
		uint64_t made_up = v->facts & ~had & ~LESS;

		triage_words(made_up, words, sizeof(words));
		ck_assert_msg(!made_up, "damage %d to log %d made up: %s\n%.1600s", what, _i, words, text);
		/* Where nothing failed, no damage makes a failure. */
		if (!e)
			ck_assert_msg(!rkr_facts_fail(v->facts), "%.1600s", text);
		if (what == REBOOT)
			ck_assert_uint_eq(v->boots, 2);
		rkr_triage_free(t);
		free(text);
	}
	free(log);
	rkr_triage_free(whole);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("triage-loop");
	TCase *t = tcase_create("loop");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, each_fault_is_expected);
	tcase_add_loop_test(t, a_fault_is_ranked_first, 0, (int)(SEEDS * RKR_ARRAY_LEN(faults)));
	tcase_add_loop_test(t, a_clean_run_is_not_blamed, 0, CLEAN_SEEDS);
	tcase_add_loop_test(t, damage_makes_nothing_up, 0, 80);
	suite_add_tcase(s, t);
	return test_main(s);
}
