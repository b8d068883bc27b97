/* SPDX-License-Identifier: MIT */
/* Each gate, from the device's side: what it refuses does not reach the device; its neighbour is run. */
#include "config.h"

#include "replay/fingerprint.h"
#include "tests/replay-front.h"

/* Of all mutations those of runs are used here. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include "tests/replay-mutations.h"
#pragma GCC diagnostic pop

/** A run, and a board and a session in some state. */
struct setting {
	const char *shape; /* NULL: C32 */
	void (*mutate)(struct rkr_run *run);
	const char *edits[3];
	struct rkx_inference inference;
	const char *fault; /* a bracket before ends badly by it */
	bool real;         /* the device says that it is a board */
	int32_t patch;     /* of its driver */
	bool no_lock;
	uint32_t users;
	bool state_capture;
	uint64_t wait_ms; /* before the bracket that counts */
};

/* All unlocks that the table of gates has: what none of them lets pass is refused always. */
static const char *const all_unlocks[] = { "cores",    "auto-core", "driver",       "raw-c64",
					   "exact-11", "network",   "network-cores" };

#define NETWORK .inference = { "network", "placed by us" }
#define CORES .inference = { "network-cores", "a submit a run" }

/* clang-format off */
static const struct {
	const char *gate;
	const char *reason;   /* a part of it */
	const char *unlock;   /* NULL: there is none */
	struct setting trips; /* is refused */
	struct setting near;  /* is run: as alike as can be */
	bool near_unlocked;   /* with the unlock */
} rows[] = {
	{ "G1", "0xffffff8000001234 is the object of no BO", NULL, { .mutate = forge_object }, { 0 }, false },
	{ "G1", "the object of no BO", NULL, { .mutate = shift_object }, { 0 }, false },
	{ "G2", "without KERNEL_MAPPING", NULL, { .mutate = unmap_task_bo }, { 0 }, false },
	{ "G3", "tasks 0 to 499 of 11", NULL, { .edits = { "submit.subcore_task[0].task_number=500" } },
	  { .edits = { "submit.subcore_task[0].task_number=1" } }, false },
	{ "G4", "task_number is 0", NULL, { .edits = { "submit.task_number=0" } },
	  { .edits = { "submit.task_number=1" } }, false },
	{ "G4", "core 1 has no task", NULL, { .edits = { "submit.core_mask=7" } },
	  { .edits = { "submit.core_mask=1" } }, false },
	{ "G5", "more than core 0", "cores", { .edits = { "submit.core_mask=2" } },
	  { .edits = { "submit.core_mask=2", "submit.subcore_task[1].task_number=1" } }, true },
	{ "G5", "none that the driver can commit", NULL, { .edits = { "submit.core_mask=5" } },
	  { .edits = { "submit.core_mask=1" } }, false },
	{ "G6", "someone else uses the NPU", "auto-core", { .real = true, .users = 1 }, { .real = true }, false },
	{ "G6", "core 1 would run 0 tasks", NULL, { .real = true, .edits = { "submit.subcore_task[1].task_number=0" } },
	  { .real = true, .edits = { "submit.subcore_task[1].task_number=0", "submit.core_mask=1" } }, false },
	{ "G7", "NONBLOCK", NULL, { .edits = { "submit.flags=7" } }, { .edits = { "submit.flags=5" } }, false },
	{ "G7", "without PC mode", NULL, { .edits = { "submit.flags=4" } }, { .edits = { "submit.flags=1" } }, false },
	{ "G8", "half of a pair", NULL, { .edits = { "task[0].int_mask=0x100" } },
	  { .edits = { "task[0].int_mask=0x300" } }, false },
	{ "G9", "in steps of 16", NULL, { .mutate = odd_regcmd }, { 0 }, false },
	{ "G9", "not inside of a BO", NULL, { .mutate = regcmd_elsewhere }, { 0 }, false },
	{ "G10", "links to 0x", NULL, { .mutate = link_last }, { 0 }, false },
	{ "G11", "DST_BASE_ADDR is 0x12345000", NULL, { .mutate = foreign_address }, { 0 }, false },
	{ "G11", "past the end of the BO", NULL, { .mutate = late_output }, { 0 }, false },
	{ "G11", "the output takes", NULL, { .edits = { "task[0].DPU.SURFACE_ADD=0x7fffff0" } }, { 0 }, false },
	{ "G11", "over regcmd that is run", NULL, { .mutate = output_on_regcmd }, { 0 }, false },
	{ "G12", "0x0201:0x1008", NULL, { .mutate = own_start }, { 0 }, false },
	{ "G12", "0x0101:0x0020", NULL, { .mutate = pc_register }, { 0 }, false },
	{ "G13", "0.9.7", "driver", { .real = true, .patch = 7 }, { .real = true, .patch = 7 }, true },
	{ "G13", "1 to 20000", NULL, { .edits = { "submit.timeout=20001" } },
	  { .edits = { "submit.timeout=20000" } }, false },
	{ "G14", "not held", NULL, { .real = true, .no_lock = true }, { .real = true }, false },
	{ "G14", "1 other client", NULL, { .real = true, .users = 1, .edits = { "submit.core_mask=1" } },
	  { .real = true, .edits = { "submit.core_mask=1" } }, false },
	{ "G15", "not cacheable", NULL, { .mutate = uncache_input }, { 0 }, false },
	{ "G16", "a job failed 0 ms ago", NULL, { .fault = "stall" }, { .fault = "stall", .wait_ms = 1000 }, false },
	{ "G16", "a job failed 999 ms ago", NULL, { .fault = "stall", .wait_ms = 999 },
	  { .fault = "stall", .wait_ms = 1000 }, false },
	{ "G17", "restart the board", NULL, { .fault = "missed-kick", .wait_ms = 100000 },
	  { .fault = "errno=submit:1:ENOMEM", .wait_ms = 1000 }, false },
	{ "G18", "destroy of BO weight", NULL, { .mutate = destroy_early }, { 0 }, false },
	{ "G19", "resets the NPU 2 times", NULL, { .edits = { "action[1].flags=6", "action[2].flags=6" } },
	  { .edits = { "action[1].flags=6" } }, false },
	{ "G20", "C64/H56", "raw-c64", { .shape = C64, .real = true, .state_capture = true },
	  { .shape = C64, .real = true, .state_capture = true }, true },
	{ "G20", "from the end", NULL, { .edits = { "submit.subcore_task[0].task_start=10" } }, { 0 }, false },
	{ "G21", "placed by us", "network", { NETWORK, .real = true }, { NETWORK, .real = true }, true },
	{ "G21", "a submit a run", "network-cores", { CORES, .real = true }, { CORES }, false },
};
/* clang-format on */

/** One that was set up, its journal and its board. */
struct stage {
	struct bench *b;
	struct front f;
	struct rkr_run *run;
	struct rkx_plan *plan;
	struct rkx_session *s;
};

static void
stage_free(struct stage *st)
{
	rkx_session_free(st->s);
	rkx_plan_free(st->plan);
	rkr_run_free(st->run);
	bench_free(st->b);
}

static void
stage_set(struct stage *st, const struct setting *set, const char *const *allow, size_t n_allow)
{
	struct rkr_error err = { 0 };
	struct rkx_round round = { 0 };

	*st = (struct stage){ .b = bench_new(set->fault) };
	st->run = test_run(set->shape ? set->shape : C32, NULL);
	if (set->mutate)
		set->mutate(st->run);
	st->plan = test_plan_with(st->run, set->edits, &set->inference);
	st->f = front_of(st->b);
	st->f.real = set->real;
	st->f.patch = set->patch;
	const struct rkx_session_options o = {
		.device = &st->f.base,
		.journal = st->b->journal,
		.poison = st->b->poison,
		.lock_held = !set->no_lock,
		.users_known = true,
		.users = set->users,
		.state_capture = set->state_capture,
		.allow = allow,
		.n_allow = n_allow,
	};

	ck_assert_msg(rkx_session_new(&o, &st->s, &err) == 0, "%s", err.what);
	if (!set->fault)
		return;
	ck_assert_int_eq(rkx_session_bracket(st->s, st->plan, &round, &err), 0);
	ck_assert_int_eq(round.bracket.verdict, RKX_BRACKET_SICK);
	rkx_round_free(&round);
	st->b->device->ops->sleep(st->b->device, set->wait_ms * 1000000);
}

/* Whether a gate refuses the run: by what is judged beforehand, or by what the bracket says. */
static bool
refused_by(const struct stage *st, const struct rkr_error *err, const char *gate, const char *reason)
{
	struct rkx_gate_report report;
	char who[32];

	ck_assert_int_eq(rkx_session_judge(st->s, st->plan, &report, NULL), 0);
	for (size_t i = 0; i < RKX_N_GATES; i++)
		if (strcmp(rkx_gate_get(i)->id, gate) == 0 && report.gate[i].verdict >= RKX_REFUSE &&
		    strstr(report.gate[i].reason, reason))
			return true;
	snprintf(who, sizeof(who), "gate %s refuses", gate);
	return strstr(err->what, who) && strstr(err->what, reason);
}

/* The run that trips the gate, as the device sees it: not at all. */
static void
assert_untouched(int i, const char *const *allow, size_t n_allow)
{
	struct stage st;
	struct rkx_round round = { 0 };
	struct rkr_error err = { 0 };

	stage_set(&st, &rows[i].trips, allow, n_allow);
	struct rke_stats before = bench_stats(st.b);
	unsigned calls = st.f.calls;

	ck_assert_int_eq(rkx_session_bracket(st.s, st.plan, &round, &err), 0);
	ck_assert_msg(round.refused && !round.bracket.ran_probe, "row %d was not refused", i);
	/* From the other side: not a call, not a BO, not a byte, not a job. */
	struct rke_stats after = bench_stats(st.b);

	ck_assert_uint_eq(st.f.calls, calls);
	ck_assert_mem_eq(&after, &before, sizeof(after));
	ck_assert(after.bos == 0 || strcmp(rows[i].gate, "G17") == 0);
	ck_assert_uint_eq(after.jobs, rows[i].trips.fault && strcmp(rows[i].trips.fault, "stall") == 0);
	ck_assert_msg(refused_by(&st, &err, rows[i].gate, rows[i].reason), "row %d: not %s by \"%s\": %s", i,
		      rows[i].gate, rows[i].reason, err.what);
	rkx_round_free(&round);
	stage_free(&st);
}

START_TEST(test_trips)
{
	assert_untouched(_i, NULL, 0);
	/* What has no unlock is refused whatever is allowed. */
	if (!rows[_i].unlock)
		assert_untouched(_i, all_unlocks, RKR_ARRAY_LEN(all_unlocks));
}
END_TEST

/* The unlock turns this gate's refusal, and no other's. */
START_TEST(test_unlocks)
{
	struct stage st;
	struct rkx_gate_report report;

	if (!rows[_i].unlock)
		return;
	stage_set(&st, &rows[_i].trips, &rows[_i].unlock, 1);
	ck_assert_int_eq(rkx_session_judge(st.s, st.plan, &report, NULL), 0);
	for (size_t i = 0; i < RKX_N_GATES; i++)
		ck_assert_int_eq(report.gate[i].verdict == RKX_UNLOCKED,
				 strcmp(rkx_gate_get(i)->id, rows[_i].gate) == 0);
	stage_free(&st);
}
END_TEST

/* The neighbour reaches the device: two health jobs and the run, and nothing is left there. */
START_TEST(test_near)
{
	struct stage st;
	struct rkx_round round = { 0 };
	struct rkr_error err = { 0 };

	stage_set(&st, &rows[_i].near, &rows[_i].unlock, rows[_i].near_unlocked);
	uint64_t jobs = bench_stats(st.b).jobs;

	ck_assert_int_eq(rkx_session_bracket(st.s, st.plan, &round, &err), 0);
	ck_assert_msg(!round.refused, "row %d, the neighbour: %s", _i, err.what);
	ck_assert_int_eq(round.bracket.verdict, RKX_BRACKET_CLEAN);
	ck_assert_uint_eq(bench_stats(st.b).jobs, jobs + 3);
	ck_assert_uint_eq(bench_stats(st.b).bos, 0);
	rkx_round_free(&round);
	stage_free(&st);
}
END_TEST

/* A gate without a row would be a gate that nobody has seen refuse. */
START_TEST(test_all_gates)
{
	for (size_t i = 0; i < RKX_N_GATES; i++) {
		const struct rkx_gate *g = rkx_gate_get(i);
		bool tried = false, unlocked_once = false;

		for (size_t k = 0; k < RKR_ARRAY_LEN(rows); k++)
			if (strcmp(rows[k].gate, g->id) == 0) {
				tried = true;
				unlocked_once = unlocked_once || rows[k].unlock;
			}
		ck_assert_msg(tried, "%s is not tried", g->id);
		ck_assert_msg(unlocked_once == (g->unlock != NULL), "the unlock of %s is not tried", g->id);
	}
}
END_TEST

/* ---- the ledger's part of G20 */

START_TEST(test_ledger)
{
	struct stage st;
	struct rkx_round round = { 0 };
	struct rkr_error err = { 0 };
	struct rkx_poison_entry e = { .name = "the-bad-one", .harm = "crash", .what = "conv" };

	stage_set(&st, &(struct setting){ .real = true }, NULL, 0);
	ck_assert_int_eq(rkx_plan_fingerprint(st.plan, e.fingerprint), 0);
	ck_assert_int_eq(rkx_poison_add(st.b->poison, &e, &err), 0);
	struct rke_stats before = bench_stats(st.b);

	ck_assert_int_eq(rkx_session_bracket(st.s, st.plan, &round, &err), 0);
	struct rke_stats after = bench_stats(st.b);

	ck_assert(round.refused);
	ck_assert(refused_by(&st, &err, "G20", "the ledger has this run as the-bad-one: crash"));
	ck_assert_mem_eq(&after, &before, sizeof(after));
	stage_free(&st);
}
END_TEST

/* ---- a driver whose answers the gates do not like */

static void
no_object(struct rkr_abi_mem_create *arg)
{
	arg->obj_addr = 0;
}

static void
odd_place(struct rkr_abi_mem_create *arg)
{
	arg->dma_addr += 8;
}

static void
high_place(struct rkr_abi_mem_create *arg)
{
	arg->dma_addr += UINT64_C(1) << 32;
}

static const struct {
	void (*lie)(struct rkr_abi_mem_create *arg);
	unsigned at;
	const char *reason;
} lies[] = {
	{ no_object, 1, "gate G1 refuses" },
	{ odd_place, 2, "does not fit where the run holds it" },
	{ high_place, 2, "does not fit" },
};

/* The gates judge again where the BOs really are: what was made is given back, and nothing is submitted. */
START_TEST(test_placed)
{
	struct stage st;
	struct rkx_round round = { 0 };
	struct rkr_error err = { 0 };

	stage_set(&st, &(struct setting){ .real = true }, NULL, 0);
	/* The health job before has five BOs of its own. */
	st.f.lie_at = 5 + lies[_i].at;
	st.f.lie = lies[_i].lie;
	int r = rkx_session_bracket(st.s, st.plan, &round, &err);

	ck_assert_msg(r < 0 || round.ret < 0 || round.bracket.probe != RKX_JOB_PASS, "it was run");
	ck_assert_msg(strstr(err.what, lies[_i].reason), "%s", err.what);
	ck_assert_uint_eq(round.probe.n_answers, 0);
	ck_assert_uint_eq(st.f.submits, 1u + round.bracket.ran_after + round.bracket.ran_recovery);
	ck_assert_uint_eq(bench_stats(st.b).bos, 0);
	if (r == 0)
		rkx_round_free(&round);
	stage_free(&st);
}
END_TEST

/* ---- G19 over time */

/* A series on a board is as slow as the gate wants it: no minute has more submits than that. */
START_TEST(test_pace)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = NULL;
	struct stage st;
	struct rkr_error err = { 0 };

	stage_set(&st, &(struct setting){ .real = true }, NULL, 0);
	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_POINTERS, &run), 0);
	plan = test_plan_of(run, TEST_NO_EDITS);
	for (int i = 0; i < 100; i++) {
		struct rkx_round round = { 0 };

		ck_assert_int_eq(rkx_session_bracket(st.s, plan, &round, &err), 0);
		ck_assert_msg(round.bracket.verdict == RKX_BRACKET_CLEAN, "%d: %s, %s: %s\n%s", i,
			      rkx_bracket_verdict_name(round.bracket.verdict),
			      rkx_bracket_step_name(round.bracket.step), err.what, st.b->klog);
		rkx_round_free(&round);
	}
	ck_assert_uint_eq(st.f.submits, 300);
	for (size_t i = RKX_SUBMITS_PER_MINUTE; i < 300; i++)
		ck_assert_uint_ge(st.f.submitted[i] - st.f.submitted[i - RKX_SUBMITS_PER_MINUTE],
				  UINT64_C(59) * 1000000000);
	stage_free(&st);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("replay-refusal");
	TCase *tc = tcase_create("gates");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_all_gates);
	tcase_add_loop_test(tc, test_trips, 0, RKR_ARRAY_LEN(rows));
	tcase_add_loop_test(tc, test_unlocks, 0, RKR_ARRAY_LEN(rows));
	tcase_add_loop_test(tc, test_near, 0, RKR_ARRAY_LEN(rows));
	tcase_add_test(tc, test_ledger);
	tcase_add_loop_test(tc, test_placed, 0, RKR_ARRAY_LEN(lies));
	tcase_add_test(tc, test_pace);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
