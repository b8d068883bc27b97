/* SPDX-License-Identifier: MIT */
/*
 * The checks of compiled models pass on what a compiler would write, and a
 * change of one thing makes them fail.
 */
#include "config.h"

#include <string.h>

#include "lib/checks.h"
#include "lib/digest.h"
#include "lib/regcmd.h"
#include "lib/run-priv.h"
#include "parsers/rknn.h"
#include "tests/gen-common.h"
#include "tests/rknn-common.h"

RKR_DEFINE_CLEANUP(struct rkr_checks *, rkr_checks_free)
#define _cleanup_checks_ rkr_cleanup(rkr_checks_free)
RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)

#define RUNS 15u
#define EQUALITY 16u

static const char *const shapes[] = {
	H40,
	C64,
	"b1_c144_h56_w56_oc144_wic1_k3x3_g144",
	"b1_c576_h19_w19_oc273_wic576_k1x1_g1",
	"b1_c128_h1_w1_oc24_wic128_k1x1_g1",
};

static struct rkr_run *
model_of(const struct rkr_run *run)
{
	struct model_file m = model_write(run, &(struct model_options){ .seed = 29 });
	struct rkr_error err = { 0 };
	struct rkr_run *model;

	ck_assert_int_eq(rkr_run_new(&model), 0);
	ck_assert_msg(rkp_rknn_read_memory(m.data, m.len, "test.rknn", model, NULL, &err) == 0, "%s",
		      err.what);
	free(m.data);
	return model;
}

static struct rkr_checks *
verify(const struct rkr_run *run, const struct rkr_run *against)
{
	const struct rkr_check_subject s = { .name = "model", .run = run, .against = against };
	struct rkr_checks *checks;

	ck_assert_int_eq(rkr_checks_new(&s, 1, &checks), 0);
	return checks;
}

static enum rkr_check_state
state_of(const struct rkr_checks *checks, unsigned id)
{
	size_t n;

	return rkr_checks_results(checks, &n)[id - 1].state;
}

START_TEST(a_model_passes)
{
	_cleanup_run_ struct rkr_run *run = test_run(shapes[_i], NULL), *model = model_of(run);
	_cleanup_checks_ struct rkr_checks *checks = verify(model, run);

	ck_assert_int_eq(state_of(checks, RUNS), RKR_CHECK_PASS);
	ck_assert_int_eq(state_of(checks, EQUALITY), RKR_CHECK_PASS);
	/* All else is of runs that were made; a model was not. */
	ck_assert_uint_eq(rkr_checks_total(checks, RKR_CHECK_SKIP), rkr_checks_count() - 2);
}
END_TEST

START_TEST(what_is_not_there_is_skipped)
{
	_cleanup_run_ struct rkr_run *run = test_run(H40, NULL), *model = model_of(run);
	_cleanup_checks_ struct rkr_checks *alone = verify(model, NULL), *no_model = verify(run, run);

	ck_assert_int_eq(state_of(alone, RUNS), RKR_CHECK_PASS);
	ck_assert_int_eq(state_of(alone, EQUALITY), RKR_CHECK_SKIP);
	ck_assert_int_eq(state_of(no_model, RUNS), RKR_CHECK_SKIP);
	ck_assert_int_eq(state_of(no_model, EQUALITY), RKR_CHECK_SKIP);
}
END_TEST

/* ---- changes of one thing ---- */

enum how {
	FIELD, /* of the model record */
	WORD,  /* word @nth of the regcmd of task @task gets @value xored into it */
	MAKE,  /* it becomes @value */
	TASK,  /* the 32-bit word @nth of a row of the table gets @value */
};

static const struct {
	unsigned id; /* the check that must fail */
	enum how how;
	size_t task, nth;
	uint64_t value;
} mutations[] = {
	{ RUNS, FIELD, 0, RKR_F_model_tasks, 16 },
	{ RUNS, FIELD, 0, RKR_F_model_regcmd_bytes, 12032 - 64 },
	{ RUNS, MAKE, 0, 100, 0 },                           /* it ends before its end */
	{ RUNS, MAKE, 4, 26, UINT64_C(0x4001000000006000) }, /* a separator that is longer */
	{ RUNS, TASK, 4, 6, 25 },                            /* or told to be shorter */
	{ RUNS, TASK, 2, 6, 100 },
	{ RUNS, TASK, 2, 8, 0x7fffff00 }, /* leads out of the regcmd */
	{ RUNS, TASK, 1, 8, 0 },          /* leads to another one's record: a run is missing */
	{ EQUALITY, WORD, 0, 10, UINT64_C(1) << 16 },
	{ EQUALITY, WORD, 9, 60, UINT64_C(1) << 20 },
	{ EQUALITY, WORD, 4, 3, UINT64_C(1) << 16 },
	{ EQUALITY, WORD, 0, 108, UINT64_C(0x80) << 16 }, /* the link */
	{ EQUALITY, WORD, 0, 109, UINT64_C(1) << 16 },    /* and how much it fetches */
	{ EQUALITY, WORD, 0, 111, UINT64_C(4) << 16 },    /* the blocks that are started */
	{ EQUALITY, TASK, 3, 2, 0x1d },
	{ EQUALITY, TASK, 3, 6, 103 },
	{ EQUALITY, TASK, 3, 1, 2 },
};

static void
patch(struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t xor, uint64_t mask, uint64_t set)
{
	uint8_t b[8];
	uint64_t word = 0;

	ck_assert_int_eq(rkr_run_read(run, bo, offset, b, sizeof(b)), 0);
	for (size_t i = 0; i < sizeof(b); i++)
		word |= (uint64_t)b[i] << (8 * i);
	rkr_run_patch(run, bo, offset, ((word ^ xor) & ~mask) | set);
}

START_TEST(a_change_makes_it_fail)
{
	_cleanup_run_ struct rkr_run *run = test_run(H40, NULL), *model = model_of(run);
	_cleanup_checks_ struct rkr_checks *checks = NULL;
	const struct rkr_region *regcmd = rkr_run_region(model, RKR_REGION_REGCMD);
	const struct rkr_region *tasks = rkr_run_region(model, RKR_REGION_TASKS_REL);
	size_t task = mutations[_i].task, nth = mutations[_i].nth, n;
	struct rkr_task t;

	ck_assert_int_eq(rkr_run_task(model, task, &t), 0);
	if (mutations[_i].how == WORD)
		patch(model, regcmd->bo, regcmd->offset + t.regcmd_addr + 8 * nth, mutations[_i].value, 0, 0);
	else if (mutations[_i].how == MAKE)
		patch(model, regcmd->bo, regcmd->offset + t.regcmd_addr + 8 * nth, 0, UINT64_MAX,
		      mutations[_i].value);
	else if (mutations[_i].how == TASK)
		patch(model, tasks->bo, tasks->offset + RKR_TASK_BYTES * task + 4 * nth, 0, UINT32_MAX,
		      mutations[_i].value);
	for (size_t i = 0; i < rkr_run_n_records(model) && mutations[_i].how == FIELD; i++)
		if (rkr_run_record(model, i)->kind == RKR_KIND_model)
			rkr_set_u(rkr_run_record_mut(model, i), (int)nth, mutations[_i].value);
	checks = verify(model, run);
	ck_assert_msg(state_of(checks, mutations[_i].id) == RKR_CHECK_FAIL, "mutation %d: %s", _i,
		      rkr_check_state_name(state_of(checks, mutations[_i].id)));
	const struct rkr_check_result *r = &rkr_checks_results(checks, &n)[mutations[_i].id - 1];

	ck_assert_uint_gt(r->n_details, 0);
	ck_assert(r->details[0].path && r->details[0].expected && r->details[0].found);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rknn-checks");
	TCase *t = tcase_create("rknn-checks");

	tcase_add_loop_test(t, a_model_passes, 0, RKR_ARRAY_LEN(shapes));
	tcase_add_test(t, what_is_not_there_is_skipped);
	tcase_add_loop_test(t, a_change_makes_it_fail, 0, RKR_ARRAY_LEN(mutations));
	suite_add_tcase(s, t);
	return test_main(s);
}
