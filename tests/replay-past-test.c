/* SPDX-License-Identifier: MIT */
/* What outlives a session: harm that was done is remembered, however the session ended. */
#include "config.h"

#include <sys/wait.h>

#include "replay/fingerprint.h"
#include "replay/health.h"
#include "replay/past.h"
#include "tests/replay-front.h"

RKR_DEFINE_CLEANUP(struct bench *, bench_free)
RKR_DEFINE_CLEANUP(struct rkx_session *, rkx_session_free)

/* The user has enough once a step of the bracket is over. */
struct impatient {
	enum rkx_bracket_step step;
	bool over;
};

static bool
has_enough(void *data)
{
	return ((const struct impatient *)data)->over;
}

static void
watch(void *data, enum rkx_bracket_step step, enum rkx_job_end end, const struct rkx_outcome *outcome)
{
	struct impatient *user = data;

	(void)end;
	(void)outcome;
	user->over = user->over || step == user->step;
}

static void
run_bracket(struct bench *b, struct rkx_plan *plan, struct impatient *user, struct rkx_round *ret_round)
{
	rkr_cleanup(rkx_session_free) struct rkx_session *s = NULL;
	struct rkr_error err = { 0 };
	const struct rkx_session_options o = {
		.device = b->device,
		.journal = b->journal,
		.poison = b->poison,
		.lock_held = true,
		.stop = has_enough,
		.stop_data = user,
		.tell = watch,
		.tell_data = user,
	};

	ck_assert_int_eq(rkx_session_new(&o, &s, &err), 0);
	ck_assert_msg(rkx_session_bracket(s, plan, ret_round, &err) == 0, "%s", err.what);
}

static struct rkx_plan *
small_plan(void)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;

	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_POINTERS, &run), 0);
	return test_plan_of(run, TEST_NO_EDITS);
}

/* Who stops after the next job failed stops recovery, and not the memory of it. */
START_TEST(test_stopped)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new("stall=3");
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = small_plan();
	struct impatient user = { .step = _i ? RKX_BRACKET_PAUSE : RKX_BRACKET_HEALTH_AFTER };
	struct rkx_round round;
	char hex[RKR_SHA256_HEX];

	run_bracket(b, plan, &user, &round);
	ck_assert(round.stopped && !round.bracket.ran_recovery);
	ck_assert_int_eq(round.bracket.after, RKX_JOB_TIMEOUT);
	ck_assert_int_eq(round.bracket.verdict, RKX_BRACKET_POISONS);
	ck_assert_int_eq(rkx_plan_fingerprint(plan, hex), 0);
	ck_assert(round.remembered && rkx_poison_find(b->poison, hex) != NULL);
	rkx_round_free(&round);
}
END_TEST

/* ---- a probe that is wrong, or refused */

static enum rkx_right
is_wrong(void *data, const struct rkx_plan *plan, const struct rkx_outcome *outcome)
{
	(void)data;
	(void)plan;
	(void)outcome;
	return RKX_NOT_RIGHT;
}

/* Twice, or the engine's second attempt would be taken. */
#define REFUSED_AT(f, call) ((f).fail_at = (call), (f).fail_more = 1, (f).code = EINVAL)

static unsigned
call_of_submit(struct rkx_plan *plan, unsigned nth);

/* The job behind it is run, and what that finds is remembered. */
START_TEST(test_wrong)
{
	static const struct {
		const char *fault;
		bool refused;
		enum rkx_job_end after;
		enum rkx_bracket_verdict verdict;
	} cases[] = {
		{ NULL, false, RKX_JOB_PASS, RKX_BRACKET_FAILED },
		{ "stall=3", false, RKX_JOB_TIMEOUT, RKX_BRACKET_POISONS },
		{ NULL, true, RKX_JOB_PASS, RKX_BRACKET_FAILED },
	};
	rkr_cleanup(bench_free) struct bench *b = bench_new(cases[_i].fault);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = small_plan();
	rkr_cleanup(rkx_session_free) struct rkx_session *s = NULL;
	struct front f = front_of(b);
	struct rkx_round round;
	struct rkr_error err = { 0 };
	const struct rkx_session_options o = { .device = &f.base,
					       .journal = b->journal,
					       .poison = b->poison,
					       .right = is_wrong };

	if (cases[_i].refused)
		REFUSED_AT(f, call_of_submit(plan, 2));
	ck_assert_int_eq(rkx_session_new(&o, &s, &err), 0);
	ck_assert_msg(rkx_session_bracket(s, plan, &round, &err) == 0, "%s", err.what);
	ck_assert_msg(!round.refused, "%s", err.what);
	ck_assert_int_eq(round.bracket.probe, cases[_i].refused ? RKX_JOB_REFUSED : RKX_JOB_WRONG);
	ck_assert(round.bracket.ran_after);
	ck_assert_int_eq(round.bracket.after, cases[_i].after);
	ck_assert_int_eq(round.bracket.verdict, cases[_i].verdict);
	ck_assert_int_eq(round.remembered, cases[_i].verdict == RKX_BRACKET_POISONS);
	rkx_round_free(&round);
	/* And the next bracket begins, unless the ledger has it now. */
	ck_assert_msg(rkx_session_bracket(s, plan, &round, &err) == 0, "%s", err.what);
	ck_assert_int_eq(round.refused, cases[_i].verdict == RKX_BRACKET_POISONS);
	rkx_round_free(&round);
}
END_TEST

/* The driver says which core it picked; elsewhere than on core 0 nobody sends a second one unawares. */
START_TEST(test_picked)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	rkr_cleanup(rkx_session_free) struct rkx_session *s = NULL;
	struct front f = front_of(b);
	struct rkx_gate_report report;
	struct rkx_round round;
	struct rkr_error err = { 0 };
	const struct rkx_session_options o = {
		.device = &f.base, .journal = b->journal, .poison = b->poison
	};

	f.picked = _i ? 2 : 1;
	ck_assert_int_eq(rkx_session_new(&o, &s, &err), 0);
	ck_assert_msg(rkx_session_bracket(s, plan, &round, &err) == 0, "%s", err.what);
	ck_assert_int_eq(round.bracket.verdict, RKX_BRACKET_CLEAN);
	rkx_round_free(&round);
	ck_assert_int_eq(rkx_session_judge(s, plan, &report, &err), 0);
	ck_assert_int_eq(report.gate[5].verdict, _i ? RKX_REFUSE : RKX_ALLOW);
	ck_assert_int_eq(strstr(report.gate[5].reason, "gave the last such job core mask 0x2") != NULL, _i);
}
END_TEST

/* ---- the board goes down */

static void
run_on_front(struct bench *b, struct front *f, struct rkx_plan *plan)
{
	rkr_cleanup(rkx_session_free) struct rkx_session *s = NULL;
	struct rkx_round round;
	struct rkr_error err = { 0 };
	const struct rkx_session_options o = { .device = &f->base,
					       .journal = b->journal,
					       .poison = b->poison,
					       .lock_held = true,
					       .users_known = true };

	ck_assert_int_eq(rkx_session_new(&o, &s, &err), 0);
	ck_assert_msg(rkx_session_bracket(s, plan, &round, &err) == 0, "%s", err.what);
	rkx_round_free(&round);
}

/* The call, from 1, that is the n-th submit of a bracket. */
static unsigned
call_of_submit(struct rkx_plan *plan, unsigned nth)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
	struct front f = front_of(b);
	unsigned i = 0;

	run_on_front(b, &f, plan);
	while (i < f.calls && (strcmp(f.names[i], "submit") != 0 || --nth))
		i++;
	ck_assert_uint_lt(i, f.calls);
	return i + 1;
}

static const struct {
	unsigned submit; /* of the bracket */
	int behind;      /* calls behind it; less than 0: before it */
	bool real;
	bool is_probe; /* the probe's doing */
} crashes[] = {
	{ 1, 0, true, false },  { 2, -1, true, false }, { 2, 0, true, true },   { 2, 1, true, true },
	{ 3, -1, true, false }, { 3, 0, true, true },   { 2, 0, false, false },
};

/* The process goes with the board; what was in flight then is remembered, once, on the next boot. */
START_TEST(test_board_down)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = small_plan();
	struct front f = front_of(b);
	char boot[RKX_BOOT_ID], hex[RKR_SHA256_HEX], name[RKX_POISON_NAME];
	struct rkx_past past;
	int status;

	f.real = crashes[_i].real;
	f.signal_at = (unsigned)((int)call_of_submit(plan, crashes[_i].submit) + crashes[_i].behind);
	f.signal = SIGKILL;
	ck_assert_int_eq(rkx_journal_close(b->journal), 0);
	b->journal = NULL;
	pid_t pid = fork();

	if (pid == 0) {
		if (rkx_journal_open(b->dir, bench_io(), &b->journal, NULL) == 0)
			run_on_front(b, &f, plan);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	rkx_boot_id(boot);
	ck_assert_uint_eq(strlen(boot), 36);
	ck_assert_int_eq(rkx_past_read(b->dir, boot, 0, &past, NULL), 0);
	ck_assert(!past.went_down);
	ck_assert_int_eq(rkx_past_read(b->dir, "another", 0, &past, NULL), 0);
	ck_assert_int_eq(past.went_down, crashes[_i].is_probe);
	ck_assert_int_eq(rkx_past_remember(&past, b->poison, name, NULL), crashes[_i].is_probe);
	ck_assert_int_eq(rkx_past_remember(&past, b->poison, name, NULL), 0);
	ck_assert_int_eq(rkx_plan_fingerprint(plan, hex), 0);
	ck_assert_int_eq(rkx_poison_find(b->poison, hex) != NULL, crashes[_i].is_probe);
}
END_TEST

/* ---- a core that is wedged, and submits that were sent */

static bool
is_refused(struct bench *b, bool real, const struct rkx_past *past, const char *gate, struct rkx_plan *plan)
{
	rkr_cleanup(rkx_session_free) struct rkx_session *s = NULL;
	struct front f = front_of(b);
	struct rkx_gate_report report;
	struct rkr_error err = { 0 };
	const struct rkx_session_options o = {
		.device = &f.base, .journal = b->journal, .lock_held = true, .users_known = true, .past = past
	};

	f.real = real;
	ck_assert_int_eq(rkx_session_new(&o, &s, &err), 0);
	ck_assert_int_eq(rkx_session_judge(s, plan, &report, &err), 0);
	ck_assert_uint_eq(f.calls, 0);
	for (size_t i = 0; i < RKX_N_GATES; i++)
		if (strcmp(rkx_gate_get(i)->id, gate) == 0)
			return report.gate[i].verdict == RKX_NEVER;
	return false;
}

/* To start the program anew does not make a wedged core whole, nor the minute younger. */
START_TEST(test_next_session)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new("missed-kick=2");
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = small_plan();
	struct front f = front_of(b);
	char boot[RKX_BOOT_ID];
	struct rkx_past past;
	uint64_t last;

	f.real = _i == 0;
	run_on_front(b, &f, plan);
	struct rkx_journal_log log = bench_log(b);

	last = log.entries[log.n - 1].ms;
	rkx_journal_log_free(&log);
	rkx_boot_id(boot);
	ck_assert_int_eq(rkx_past_read(b->dir, boot, last, &past, NULL), 0);
	ck_assert_uint_eq(past.uncommitted, f.real);
	ck_assert_uint_eq(past.recent_submits, f.real ? 2 : 0);
	ck_assert_int_eq(is_refused(b, true, &past, "G17", plan), f.real);
	ck_assert(!is_refused(b, false, &past, "G17", plan));
	past.recent_submits = RKX_SUBMITS_PER_MINUTE - 1;
	ck_assert(!is_refused(b, true, &past, "G19", plan));
	past.recent_submits++;
	ck_assert(is_refused(b, true, &past, "G19", plan));
	ck_assert(!is_refused(b, false, &past, "G19", plan));
	/* The clock was set back since: they may have been sent just now, if this is the boot. */
	ck_assert_int_eq(rkx_past_read(b->dir, boot, last - 3600000, &past, NULL), 0);
	ck_assert_uint_eq(past.recent_submits, f.real ? 2 : 0);
	ck_assert_int_eq(rkx_past_read(b->dir, "another", last - 3600000, &past, NULL), 0);
	ck_assert_uint_eq(past.recent_submits, 0);
	/* Another boot has whole cores again; a minute later nobody has sent anything. */
	ck_assert_int_eq(rkx_past_read(b->dir, "another", last + 60000, &past, NULL), 0);
	ck_assert_uint_eq(past.uncommitted, 0);
	ck_assert_uint_eq(past.recent_submits, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("replay-past");
	TCase *tc = tcase_create("past");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, test_stopped, 0, 2);
	tcase_add_loop_test(tc, test_wrong, 0, 3);
	tcase_add_loop_test(tc, test_picked, 0, 2);
	tcase_add_loop_test(tc, test_board_down, 0, RKR_ARRAY_LEN(crashes));
	tcase_add_loop_test(tc, test_next_session, 0, 2);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
