/* SPDX-License-Identifier: MIT */
/* The engine when things go wrong: each call and each line of the journal fails, signals, every fault. */
#include "config.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "replay/stop.h"
#include "tests/replay-engine-common.h"
#include "tests/replay-faults.h"
#include "tests/replay-front.h"

RKR_DEFINE_CLEANUP(struct bench *, bench_free)
RKR_DEFINE_CLEANUP(struct rkx_session *, rkx_session_free)

/* Each step of the last session that was begun has ended, in the order of a stack. Returns failed steps. */
static size_t
assert_ended(const struct rkx_journal_log *log)
{
	size_t failed = 0;

	for (size_t i = log->session; i < log->n; i++) {
		ck_assert_msg(!log->entries[i].in_flight, "in flight: %s", log->entries[i].text);
		failed += log->entries[i].state == RKX_JOURNAL_END && log->entries[i].result < 0;
	}
	return failed;
}

/* Whether a run tells of a call that failed so; "what" in the letters that captures have. */
static bool
tells(const struct rkr_run *run, const char *call, int code)
{
	char what[16];
	size_t n = 0;

	for (; call[n]; n++)
		what[n] = (char)toupper((unsigned char)call[n]);
	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);

		if (r->kind != RKR_KIND_call_error)
			continue;
		const struct rkr_blob *b = r->v[RKR_F_call_error_what].b;

		if (b->len == n && memcmp(b->data, what, n) == 0 && r->v[RKR_F_call_error_errno].s == code)
			return true;
	}
	return false;
}

static const int codes[] = { ENOMEM, EINVAL, EIO, ENODEV, EINTR, EFAULT };

/* Every call of a whole run fails once, with each errno. */
START_TEST(test_calls_fail)
{
	const int code = codes[_i];
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	unsigned n = 1, calls = 1;

	for (; n <= calls; n++) {
		rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
		rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
		struct front f = front_of(b);
		struct rkx_outcome out = { 0 };
		struct rkr_error err = { 0 };

		f.fail_at = n;
		f.code = code;
		ck_assert_int_eq(bench_run_on(b, &f.base, plan, &out, &err), 0);
		calls = n == 1 ? f.calls + 80 : calls;
		if (f.calls < n) {
			ck_assert_int_eq(out.ret, 0);
			rkx_outcome_free(&out);
			break;
		}
		/* A submit that was interrupted may still run: until it is given up its memory stays. */
		if (strcmp(f.names[n - 1], "submit") == 0 && code == EINTR)
			ck_assert_uint_ge(b->device->ops->now(b->device), UINT64_C(7000) * 1000000);
		bool cleaning = out.ret == 0 && out.cleanup == -code;
		bool expected = strcmp(f.names[n - 1], "action") == 0 && out.ret == 0;
		bool again = strcmp(f.names[n - 1], "submit") == 0 && code == EINVAL;

		/* It is told, but for an action that fails in the source too, and a refusal that passes. */
		ck_assert_msg(out.ret == -code || cleaning || expected || again, "call %u, %s: %d, %d", n,
			      f.names[n - 1], out.ret, out.cleanup);
		ck_assert_uint_le(f.submits, again ? 2 : 1);
		if (again)
			ck_assert(out.answers[0].retried && out.ret == 0);
		struct rkx_journal_log log = bench_log(b);

		ck_assert_uint_ge(assert_ended(&log), 1);
		rkx_journal_log_free(&log);
		/* What could be given back was. */
		ck_assert_uint_le(bench_stats(b).bos, cleaning ? 1 : 0);
		ck_assert_uint_eq(rkr_run_n_bos(out.run), 5);
		/* What came back says why; what was only given back is in the journal alone. */
		ck_assert_msg(cleaning || tells(out.run, f.names[n - 1], code), "call %u, %s", n,
			      f.names[n - 1]);
		rkx_outcome_free(&out);
	}
	ck_assert_uint_gt(n, 40);
}
END_TEST

/* A run whose client unmaps and destroys its output itself. */
static struct rkr_run *
run_with_ends(void)
{
	struct rkr_run *run = test_run(C32, NULL);
	const struct rkr_bo *bo = test_bo(run, 4);
	struct rkr_record_buf buf;

	rkr_record_init(&buf, RKR_KIND_munmap);
	rkr_set_u(&buf.rec, RKR_F_munmap_addr, bo->virt);
	rkr_set_u(&buf.rec, RKR_F_munmap_length, bo->size);
	rkr_set_s(&buf.rec, RKR_F_munmap_ret, 0);
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	rkr_record_init(&buf, RKR_KIND_mem_destroy);
	rkr_set_u(&buf.rec, RKR_F_mem_destroy_handle, bo->handle);
	rkr_set_s(&buf.rec, RKR_F_mem_destroy_ret, 0);
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	return run;
}

/* The journal's n-th line cannot be written: nothing is done from then on, but what was made is given back. */
START_TEST(test_journal_fails)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = run_with_ends();
	int n = 1;

	for (;; n++) {
		rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
		rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
		struct front f = front_of(b);
		struct rkx_outcome out = { 0 };
		struct rkr_error err = { 0 };

		rkx_journal_close(b->journal);
		memset(&fault, 0, sizeof(fault));
		ck_assert_int_eq(rkx_journal_open(b->dir, &faulty, &b->journal, &err), 0);
		fault.code = ENOSPC;
		*(_i ? &fault.sync_at : &fault.write_at) = n;
		ck_assert_int_eq(bench_run_on(b, &f.base, plan, &out, &err), 0);
		bool struck = (_i ? fault.sync_at : fault.write_at) == 0;

		memset(&fault, 0, sizeof(fault));
		ck_assert_int_eq(out.journal, struck ? -ENOSPC : 0);
		ck_assert_uint_eq(bench_stats(b).bos, 0);
		struct rkx_journal_log log = bench_log(b);
		size_t begun = 0;

		/* No call without a line before it; cleaning up is the exception. */
		for (size_t i = log.session; i < log.n; i++)
			begun += log.entries[i].state == RKX_JOURNAL_BEGIN;
		for (unsigned i = 0; i < f.calls; i++)
			ck_assert(i < begun || strcmp(f.names[i], "munmap") == 0 ||
				  strcmp(f.names[i], "mem_destroy") == 0);
		rkx_journal_log_free(&log);
		/* It tells of no call that the device did not see: none failed there. */
		ck_assert(!tells(out.run, "munmap", ECANCELED) && !tells(out.run, "mem_destroy", ECANCELED));
		rkx_outcome_free(&out);
		if (!struck)
			break;
	}
	ck_assert_int_gt(n, 84);
}
END_TEST

/* ---- signals */

static bool
asked(void *data)
{
	(void)data;
	return rkx_stop_asked();
}

/* In a child: the job, in which the n-th call raises a signal. Exits with the number of calls, or dies. */
static void
child(struct bench *b, unsigned n, int signal_number, int report)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };
	struct front f = front_of(b);
	struct rkx_outcome out = { 0 };
	const struct rkx_facts facts = bench_facts();
	struct rkx_gate_report gates;
	struct rkx_permit *permit;
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t old;

	/* Check has handlers of its own, which end the parent. */
	sigaction(SIGINT, &plain, NULL);
	sigaction(SIGTERM, &plain, NULL);
	rkx_stop_begin(&old);
	f.signal_at = n;
	f.signal = signal_number;
	if (rkx_health_run(RKX_HEALTH_CLASSIC, &run) < 0)
		_exit(100);
	struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	const struct rkx_engine engine = {
		.device = &f.base, .journal = b->journal, .facts = &facts, .name = "probe", .stop = asked
	};

	if (rkx_gate_judge(plan, &facts, NULL, &gates, &permit, &err) < 0 || !permit ||
	    rkx_engine_run(&engine, plan, permit, &out, &err) < 0)
		_exit(101);
	/* What the parent wants to know: left BOs, calls, whether it was stopped, and that submits ended. */
	const unsigned char told[4] = { (unsigned char)bench_stats(b).bos, (unsigned char)f.calls,
					out.stopped, (unsigned char)bench_stats(b).jobs };

	if (write(report, told, sizeof(told)) != sizeof(told))
		_exit(102);
	rkx_journal_close(b->journal);
	rkx_stop_end(&old);
	_exit(0);
}

static const char *
word_of(const char *call)
{
	return strcmp(call, "mem_create") == 0    ? "create"
	       : strcmp(call, "mem_map") == 0     ? "map"
	       : strcmp(call, "mem_destroy") == 0 ? "destroy"
						  : call;
}

static const int signals[] = { SIGKILL, SIGINT, SIGTERM };

START_TEST(test_signals)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	rkr_cleanup(bench_free) struct bench *whole = bench_new(NULL);
	struct front f = front_of(whole);
	struct rkx_outcome out = { 0 };
	struct rkr_error err = { 0 };

	/* Once undisturbed, to know the calls. */
	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_CLASSIC, &run), 0);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);

	ck_assert_int_eq(bench_run_on(whole, &f.base, plan, &out, &err), 0);
	rkx_outcome_free(&out);
	ck_assert_uint_gt(f.calls, 20);
	for (unsigned n = 1; n <= f.calls; n++) {
		rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
		unsigned char told[4] = { 0 };
		int status, pipes[2];

		ck_assert_int_eq(pipe(pipes), 0);
		pid_t pid = fork();

		if (pid == 0)
			child(b, n, signals[_i], pipes[1]);
		close(pipes[1]);
		ssize_t got = read(pipes[0], told, sizeof(told));

		close(pipes[0]);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		ck_assert_int_eq(WTERMSIG(status), signals[_i]);
		struct rkx_journal_log log = bench_log(b);
		const struct rkx_journal_entry *last = rkx_journal_in_flight(&log);

		if (signals[_i] == SIGKILL) {
			char expected[64];

			/* The journal names the very call that was under way. */
			snprintf(expected, sizeof(expected), "probe: %s", word_of(f.names[n - 1]));
			ck_assert(log.unfinished);
			ck_assert_ptr_nonnull(last);
			ck_assert_msg(strncmp(last->text, expected, strlen(expected)) == 0, "%s, not %s",
				      last->text, expected);
		} else {
			/* It ended as it should: all given back, and no job was left running. */
			ck_assert_int_eq(got, 4);
			ck_assert(!log.unfinished);
			ck_assert_ptr_null(last);
			ck_assert_uint_eq(told[0], 0);
			assert_ended(&log);
			if (strcmp(f.names[n - 1], "submit") == 0)
				ck_assert_uint_eq(told[3], 1);
			if (n < 10)
				ck_assert(told[2] && told[3] == 0);
		}
		rkx_journal_log_free(&log);
	}
}
END_TEST

/* Who starts a series with nohup, or behind a shell's "&", wants it to go on. */
START_TEST(test_ignored)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction before;
	sigset_t old;

	ck_assert_int_eq(sigaction(all[_i], &(struct sigaction){ .sa_handler = SIG_IGN }, &before), 0);
	rkx_stop_begin(&old);
	raise(all[_i]);
	ck_assert(!rkx_stop_asked());
	rkx_stop_end(&old);
	ck_assert_int_eq(sigaction(all[_i], &before, NULL), 0);
}
END_TEST

/* ---- every fault, in a bracket */

static const struct {
	const char *fault;
	enum rkx_bracket_verdict verdict;
	bool down;
} faults[] = {
	{ "stall", RKX_BRACKET_SICK, true },
	{ "stall=2", RKX_BRACKET_RECOVERED, false },
	{ "stall=3", RKX_BRACKET_POISONS, false },
	{ "invalid-irq=2", RKX_BRACKET_FAILED, true },
	{ "late-irq=2", RKX_BRACKET_RECOVERED, false },
	{ "dma-error=2", RKX_BRACKET_RECOVERED, false },
	{ "iova-fault=2", RKX_BRACKET_RECOVERED, false },
	{ "stuck-group=2", RKX_BRACKET_RECOVERED, false },
	{ "dangling-job=2", RKX_BRACKET_POISONS, true },
	{ "missed-kick=2", RKX_BRACKET_FAILED, true },
	{ "power-loss", RKX_BRACKET_CLEAN, false },
	{ "weight-reuse-residue", RKX_BRACKET_POISONS, false },
	{ "group-skew", RKX_BRACKET_POISONS, false },
	{ "lost-op-en=2", RKX_BRACKET_RECOVERED, false },
	{ "chain-overrun=2", RKX_BRACKET_RECOVERED, false },
	{ "pollute", RKX_BRACKET_POISONS, false },
	{ "errno=submit:2:ENOMEM", RKX_BRACKET_FAILED, false },
	{ "errno=mem_create:6:ENOMEM", RKX_BRACKET_FAILED, false },
	{ "errno=mem_create:1:ENOMEM", RKX_BRACKET_SICK, true },
	{ "errno=mem_create:11:ENOMEM", RKX_BRACKET_UNDECIDED, false },
};

/* A bracket around C64 on a board; the answers of probes are not judged. */
static int
bracket(struct bench *b, struct rkx_device *device, const struct rkx_session_options *more,
	struct rkx_plan *plan, struct rkx_round *ret_round, struct rkr_error *err)
{
	rkr_cleanup(rkx_session_free) struct rkx_session *s = NULL;
	struct rkx_session_options o = more ? *more : (struct rkx_session_options){ .lock_held = true };

	o.device = device;
	o.journal = b->journal;
	o.poison = b->poison;
	ck_assert_int_eq(rkx_session_new(&o, &s, err), 0);
	return rkx_session_bracket(s, plan, ret_round, err);
}

START_TEST(test_faults)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(faults[_i].fault);
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C64, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	struct rkx_round round;
	struct rkr_error err = { 0 };
	size_t n;

	ck_assert_int_eq(bracket(b, b->device, NULL, plan, &round, &err), 0);
	ck_assert_int_eq(round.bracket.step, RKX_BRACKET_DONE);
	ck_assert_msg(round.bracket.verdict == faults[_i].verdict && round.bracket.down == faults[_i].down,
		      "%s: %s%s\n%s", faults[_i].fault, rkx_bracket_verdict_name(round.bracket.verdict),
		      round.bracket.down ? ", down" : "", b->klog);
	rkx_poison_entries(b->poison, &n);
	ck_assert_uint_eq(n, faults[_i].verdict == RKX_BRACKET_POISONS);
	ck_assert_int_eq(round.remembered, n == 1);
	struct rkx_journal_log log = bench_log(b);

	assert_ended(&log);
	rkx_journal_log_free(&log);
	rkx_round_free(&round);
	/* Who poisoned once is known again, and nothing is sent. */
	if (n) {
		uint64_t before = bench_stats(b).ioctls;

		ck_assert_int_eq(bracket(b, b->device, NULL, plan, &round, &err), 0);
		ck_assert(round.refused && !round.bracket.ran_probe);
		/* Once it was asked who it is. */
		ck_assert_uint_eq(bench_stats(b).ioctls, before + 1);
	}
}
END_TEST

/* The faults that have no case above would be forgotten. */
START_TEST(test_all_faults)
{
	size_t n;
	const struct rke_fault_desc *d = rke_faults(&n);

	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (size_t k = 0; k < RKR_ARRAY_LEN(faults); k++)
			found = found || strncmp(faults[k].fault, d[i].name, strlen(d[i].name)) == 0;
		/* These three end well or not by where BOs are and whether somebody resets. */
		found = found || d[i].id == RKE_FAULT_STALE_IOTLB || d[i].id == RKE_FAULT_RESET_FAILURE ||
			d[i].id == RKE_FAULT_EARLY_COMPLETION;
		ck_assert_msg(found, "%s", d[i].name);
	}
}
END_TEST

/* They, too, end, with any verdict. */
START_TEST(test_other_faults)
{
	static const char *const names[] = { "stale-iotlb", "early-completion", "reset-failure" };
	rkr_cleanup(bench_free) struct bench *b = bench_new(names[_i]);
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C64, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	struct rkx_round round;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(bracket(b, b->device, NULL, plan, &round, &err), 0);
	ck_assert_int_eq(round.bracket.step, RKX_BRACKET_DONE);
	ck_assert_int_ne(round.bracket.verdict, RKX_BRACKET_UNDECIDED);
	rkx_round_free(&round);
}
END_TEST

/* Without a permit for the plan where it is, nothing is done at all. */
START_TEST(test_no_permit)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	const struct rkx_facts facts = bench_facts();
	const struct rkx_engine engine = {
		.device = b->device, .journal = b->journal, .facts = &facts, .name = "probe"
	};
	struct rkx_outcome out;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkx_engine_run(&engine, plan, NULL, &out, &err), -EACCES);
	/* Nor does any call or mapping reach a device, whichever it is. */
	struct front f = front_of(b);
	struct rkx_device *device = &f.base;
	void *data = NULL;

	ck_assert_int_eq(rkx_device_action(device, NULL, &(struct rkr_abi_action){ 0 }), -EACCES);
	ck_assert_int_eq(rkx_device_mem_create(device, NULL, &(struct rkr_abi_mem_create){ 0 }), -EACCES);
	ck_assert_int_eq(rkx_device_mem_map(device, NULL, &(struct rkr_abi_mem_map){ 0 }), -EACCES);
	ck_assert_int_eq(rkx_device_mem_destroy(device, NULL, &(struct rkr_abi_mem_destroy){ 0 }), -EACCES);
	ck_assert_int_eq(rkx_device_mem_sync(device, NULL, &(struct rkr_abi_mem_sync){ 0 }), -EACCES);
	ck_assert_int_eq(rkx_device_submit(device, NULL, &(struct rkr_abi_submit){ 0 }), -EACCES);
	ck_assert_int_eq(rkx_device_map(device, NULL, 0, 4096, &data), -EACCES);
	ck_assert_uint_eq(f.calls, 0);
	ck_assert_uint_eq(bench_stats(b).ioctls, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("replay-engine-faults");
	TCase *tc = tcase_create("faults");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_calls_fail, 0, RKR_ARRAY_LEN(codes));
	tcase_add_loop_test(tc, test_journal_fails, 0, 2);
	tcase_add_loop_test(tc, test_signals, 0, RKR_ARRAY_LEN(signals));
	tcase_add_loop_test(tc, test_ignored, 0, 3);
	tcase_add_loop_test(tc, test_faults, 0, RKR_ARRAY_LEN(faults));
	tcase_add_loop_test(tc, test_other_faults, 0, 3);
	tcase_add_test(tc, test_all_faults);
	tcase_add_test(tc, test_no_permit);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
