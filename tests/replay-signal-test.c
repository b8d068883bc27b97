/* SPDX-License-Identifier: MIT */
/*
 * A signal comes at each step: killed, the journal names what was in flight;
 * asked to stop, all is given back first.
 */
#include "config.h"

#include "tests/sanitized.h"

#ifdef TEST_SANITIZED
#include <stdio.h>

/* Its runtime stands in for the same system calls, some of them before main(). */
int
main(void)
{
	puts("1..0 # SKIP a sanitizer stands in for system calls, too");
	return 0;
}
#else

#include <sys/wait.h>

#include "tests/replay-life.h"

/** What a child that ended as it should has to tell. */
struct told {
	bool struck, stopped;
	uint64_t bos, maps;
	int journal_closed;
};

static void
child(const struct subject *sub, int report)
{
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	struct told t;
	sigset_t old;
	struct end e;

	/* Check has handlers of its own, which end the parent. */
	sigaction(SIGINT, &plain, NULL);
	sigaction(SIGTERM, &plain, NULL);
	rkx_stop_begin(&old);
	live(sub, &e);
	t = (struct told){ sys.struck, e.round.stopped, e.stats.bos, sys.n_maps, e.journal_closed };
	if (write(report, &t, sizeof(t)) != sizeof(t))
		_exit(1);
	/* Now it comes. */
	rkx_stop_end(&old);
	_exit(0);
}

/* The command's own reading of the journal. */
static void
assert_doctor(const char *in_flight)
{
	char command[600], line[600];
	const char *build = getenv("top_builddir");
	bool found = false;

	if (!build)
		return;
	snprintf(command, sizeof(command), "%s/tools/rkreplay doctor --root %s --state %s", build, sys.dir,
		 sys.dir);
	FILE *f = popen(command, "r");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		found = found || (strstr(line, "in the middle of this step: ") && strstr(line, in_flight));
	pclose(f);
	ck_assert_msg(found, "doctor does not tell of \"%s\"", in_flight);
}

/* Killed: the last line of the journal is the call that was under way, or the one that was about to be. */
static void
assert_killed(unsigned nth)
{
	struct rkx_journal_log log;
	size_t left = assert_truth(false);

	sys.on = false;
	ck_assert_int_eq(rkx_journal_read(sys.dir, &log, NULL), 0);
	const struct rkx_journal_entry *last = rkx_journal_in_flight(&log);

	ck_assert_uint_le(left, 1);
	ck_assert(log.unfinished || log.n == 0 || log.entries[log.n - 1].state == RKX_JOURNAL_CLOSE);
	const struct sys_call *c = shared_log->n ? &shared_log->call[shared_log->n - 1] : NULL;

	if (left)
		ck_assert(last && letter_of(last));
	else if (c && !c->ended)
		ck_assert(last && letter_of(last) == c->what);
	/* It takes its time. */
	if (last && nth % 32 == 0)
		assert_doctor(last->text);
	sys.on = true;
	rkx_journal_log_free(&log);
}

/* Stopped: all is given back and told, and nothing new was begun. */
static void
assert_stopped(const struct told *t)
{
	struct rkx_journal_log log;
	unsigned begun = 0;

	ck_assert_uint_eq(t->bos, 0);
	ck_assert_uint_eq(t->maps, 0);
	ck_assert_int_eq(t->journal_closed, 0);
	ck_assert_uint_eq(assert_truth(false), 0);
	assert_none_abandoned();
	for (unsigned i = shared_log->at_strike; i < shared_log->n; i++)
		begun += strchr("DU", shared_log->call[i].what) == NULL;
	/* The step that was announced is taken. */
	ck_assert_uint_le(begun, 1);
	sys.on = false;
	ck_assert_int_eq(rkx_journal_read(sys.dir, &log, NULL), 0);
	sys.on = true;
	ck_assert(!log.unfinished && !rkx_journal_in_flight(&log));
	rkx_journal_log_free(&log);
}

/* One life with one signal. False: it was over before. */
static bool
interrupt(const struct subject *sub, enum sys_kind kind, unsigned nth, bool after, int signal_number)
{
	int pipes[2], status;
	struct told t = { 0 };

	world_new(sub);
	sys.kind = kind;
	sys.nth = nth;
	sys.after = after;
	sys.signal = signal_number;
	ck_assert_int_eq(pipe(pipes), 0);
	pid_t pid = fork();

	if (pid == 0) {
		alarm(30);
		child(sub, pipes[1]);
	}
	close(pipes[1]);
	ssize_t got = read(pipes[0], &t, sizeof(t));

	close(pipes[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	bool over = WIFEXITED(status);

	if (over) {
		ck_assert(WEXITSTATUS(status) == 0 && got == sizeof(t) && !t.struck);
	} else {
		ck_assert_int_eq(WTERMSIG(status), signal_number);
		if (signal_number == SIGKILL)
			assert_killed(nth);
		else
			assert_stopped(&t);
	}
	world_free();
	return !over;
}

static const int signals[] = { SIGKILL, SIGINT, SIGTERM };

/* Before each line of the journal, behind it, and behind its sync; and within each call on the node. */
START_TEST(test_signals)
{
	static const struct {
		enum sys_kind kind;
		bool after;
	} places[] = { { SYS_WRITE, false }, { SYS_WRITE, true }, { SYS_FSYNC, true }, { SYS_IOCTL, true } };
	struct subject sub = { .undisturbed = RKX_BRACKET_CLEAN };
	size_t place = (size_t)_i % RKR_ARRAY_LEN(places), number = (size_t)_i / RKR_ARRAY_LEN(places);
	const char *stride = getenv("TEST_STRIDE");
	/* Memory checkers take seconds for each, so they may be given every so many alone. */
	const unsigned step = stride ? (unsigned)strtoul(stride, NULL, 10) : 1;
	unsigned n = 1;

	ck_assert_uint_gt(step, 0);
	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_POINTERS, &sub.run), 0);
	while (interrupt(&sub, places[place].kind, n, places[place].after, signals[number]))
		n += step;
	ck_assert_uint_gt(n, places[place].kind == SYS_IOCTL ? 40 : 150);
	rkr_run_free(sub.run);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("replay-signal");
	TCase *tc = tcase_create("signals");

	if (!share_log())
		return 1;
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_signals, 0, 4 * RKR_ARRAY_LEN(signals));
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
#endif
