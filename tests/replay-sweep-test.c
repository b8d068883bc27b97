/* SPDX-License-Identifier: MIT */
/*
 * The n-th system call of each kind fails with each errno that applies:
 * nothing hangs, nothing leaks, no job is abandoned while it may run, and the
 * journal tells what the device saw.
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

#include <dirent.h>
#include <sys/file.h>

#include "tests/replay-life.h"

static size_t
count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static bool
is_fine(const struct end *e, enum rkx_bracket_verdict verdict)
{
	return e->ret == 0 && e->round.ret == 0 && e->round.cleanup == 0 && e->closed == 0 &&
	       e->journal_closed == 0 && e->round.bracket.verdict == verdict &&
	       (verdict != RKX_BRACKET_POISONS ||
		(e->round.remembered && e->round.bracket.after == RKX_JOB_TIMEOUT && !e->round.bracket.down));
}

/* ---- failures */

#define NO_MORE 0
static const struct {
	const char *name;
	enum sys_kind kind;
	bool after; /* that, too */
	int codes[12];
} sweeps[] = {
	{ "open of the node",
	  SYS_NODE_OPEN,
	  false,
	  { EACCES, EPERM, ENOENT, ENODEV, ENXIO, EMFILE, EINTR, NO_MORE } },
	{ "ioctl",
	  SYS_IOCTL,
	  true,
	  { ENOMEM, EINVAL, EIO, ENODEV, EFAULT, EBUSY, ENOENT, EACCES, ETIMEDOUT, EINTR, EAGAIN, NO_MORE } },
	{ "mmap", SYS_MMAP, false, { ENOMEM, EINVAL, ENXIO, EAGAIN, EACCES, ENFILE, NO_MORE } },
	{ "munmap", SYS_MUNMAP, false, { EINVAL, ENOMEM, NO_MORE } },
	{ "close of the node", SYS_NODE_CLOSE, false, { EIO, EINTR, NO_MORE } },
	{ "open of a file", SYS_FILE_OPEN, false, { EACCES, EROFS, ENOSPC, EMFILE, EINTR, NO_MORE } },
	{ "write", SYS_WRITE, true, { ENOSPC, EIO, EDQUOT, EINTR, NO_MORE } },
	{ "sync", SYS_FSYNC, true, { EIO, ENOSPC, EINTR, NO_MORE } },
	{ "rename", SYS_RENAME, true, { EIO, EACCES, ENOSPC, NO_MORE } },
};

/* Whether a life may be fine all the same. */
static bool
is_tolerated(enum sys_kind kind, int code, char what)
{
	switch (kind) {
	case SYS_IOCTL:
		/* Made again; asked once more by the engine; expected of the source's client. */
		return ((code == EINTR || code == EAGAIN) && what != 'J') ||
		       (code == EINVAL && what == 'J') || what == 'A';
	case SYS_WRITE:
		return code == EINTR;
	default:
		return false;
	}
}

/* One life with one strike. False: there was no such call. */
static bool
strike(const struct subject *sub, size_t sweep, unsigned nth, int code, bool after, bool is_short)
{
	const enum sys_kind kind = sweeps[sweep].kind;
	size_t fds = count_fds();
	struct end e;

	world_new(sub);
	sys.kind = kind;
	sys.nth = nth;
	sys.code = code;
	sys.after = after;
	sys.is_short = is_short;
	live(sub, &e);
	const bool struck = sys.struck;
	const char what = sys.what;
	bool journal_failed = kind == SYS_WRITE || kind == SYS_FSYNC || kind == SYS_FILE_OPEN;

#define CHECK(condition)                                                                                      \
	ck_assert_msg(condition, "%s %u, errno %d%s, at %c: " #condition, sweeps[sweep].name, nth, code,      \
		      after ? ", after it was done" : "", what ? what : '-')
	if (struck && !is_tolerated(kind, code, what) && kind != SYS_RENAME)
		CHECK(!is_fine(&e, sub->undisturbed));
	if (!struck || (is_tolerated(kind, code, what) && what != 'A' && !after && !is_short))
		CHECK(is_fine(&e, sub->undisturbed));
	/* What could be given back was; the node's closing takes the rest, and all of a job that may still be known. */
	CHECK(e.round.bracket.wedged ||
	      e.stats.bos <= (what == 'D' || what == 'U' || (after && what == 'C')));
	CHECK(sys.n_maps <= (what == 'U'));
	struct rke_stats stats;

	rke_board_stats(sys.board, &stats);
	CHECK(stats.bos == 0 || (what == 'U' && stats.bos == 1));
	CHECK(sys.node == -1);
	CHECK(assert_truth(journal_failed) == 0 || journal_failed);
	assert_none_abandoned();
#undef CHECK
	rkx_round_free(&e.round);
	world_free();
	ck_assert_uint_eq(count_fds(), fds);
	return struck;
}

/* @all: with each errno; else with the first one. */
static void
sweep(const struct subject *sub, size_t i, bool all)
{
	unsigned strikes = 0;

	for (size_t c = 0; sweeps[i].codes[c] != NO_MORE && (all || c == 0); c++)
		for (unsigned n = 1; strike(sub, i, n, sweeps[i].codes[c], false, false); n++)
			strikes++;
	for (size_t c = 0; sweeps[i].after && sweeps[i].codes[c] != NO_MORE && (all || c == 0); c++) {
		/* After it was done, a call that was interrupted would be a job or a BO more. */
		if (sweeps[i].codes[c] == EINTR || sweeps[i].codes[c] == EAGAIN)
			continue;
		for (unsigned n = 1; strike(sub, i, n, sweeps[i].codes[c], true, false); n++)
			strikes++;
	}
	for (unsigned n = 1; sweeps[i].kind == SYS_WRITE && strike(sub, i, n, ENOSPC, false, true); n++)
		strikes++;
	ck_assert_uint_gt(strikes, 0);
}

/* A clean bracket. Calls on the node are those of C32, which makes all kinds; files see no difference. */
START_TEST(test_failures)
{
	struct subject sub = { .undisturbed = RKX_BRACKET_CLEAN };

	if (sweeps[_i].kind == SYS_IOCTL || sweeps[_i].kind == SYS_MMAP)
		sub.run = test_run(C32, NULL);
	else
		ck_assert_int_eq(rkx_health_run(RKX_HEALTH_POINTERS, &sub.run), 0);
	/* Only the ledger is renamed. */
	if (sweeps[_i].kind != SYS_RENAME)
		sweep(&sub, (size_t)_i, true);
	rkr_run_free(sub.run);
}
END_TEST

/* One that poisons the next job: the pause, the recovery and the ledger have calls of their own. */
START_TEST(test_failures_of_a_poisoner)
{
	struct subject sub = { .undisturbed = RKX_BRACKET_POISONS, .fault = "stall=3" };

	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_POINTERS, &sub.run), 0);
	sweep(&sub, (size_t)_i, sweeps[_i].kind == SYS_RENAME);
	rkr_run_free(sub.run);
}
END_TEST

/* A driver that has no other answer any more: it is given up in the end. */
START_TEST(test_never_another_answer)
{
	static const int codes[] = { EINTR, EAGAIN };
	struct subject sub = { .undisturbed = RKX_BRACKET_CLEAN };

	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_POINTERS, &sub.run), 0);
	for (unsigned nth = 1; nth < 20; nth += 3) {
		struct end e;

		world_new(&sub);
		sys.kind = SYS_IOCTL;
		sys.nth = nth;
		sys.code = codes[_i];
		sys.forever = true;
		live(&sub, &e);
		ck_assert(sys.struck);
		ck_assert(!is_fine(&e, sub.undisturbed));
		ck_assert_int_eq(sys.node, -1);
		rkx_round_free(&e.round);
		world_free();
	}
	rkr_run_free(sub.run);
}
END_TEST

/* Whoever has the node first keeps it, whatever lock of a state directory the other one has. */
START_TEST(test_claim)
{
	struct subject sub = { 0 };
	struct rkx_device *device;
	struct rkr_error err = { 0 };

	world_new(&sub);
	ck_assert_int_eq(rkx_device_drm(SYS_NODE, &device, &err), 0);
	/* What stands for the node here. */
	int other = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(rkx_device_drm_claim(device, &err), -EBUSY);
	ck_assert_str_eq(err.what, "another process runs on the NPU");
	close(other);
	ck_assert_int_eq(rkx_device_drm_claim(device, &err), 0);
	other = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_int_lt(flock(other, LOCK_EX | LOCK_NB), 0);
	device->ops->close(device);
	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
	close(other);
	world_free();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("replay-sweep");
	TCase *tc = tcase_create("system calls");

	if (!share_log())
		return 1;
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_failures, 0, RKR_ARRAY_LEN(sweeps));
	tcase_add_loop_test(tc, test_failures_of_a_poisoner, 0, RKR_ARRAY_LEN(sweeps));
	tcase_add_loop_test(tc, test_never_another_answer, 0, 2);
	tcase_add_test(tc, test_claim);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
#endif
