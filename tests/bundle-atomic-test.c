/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/bundle-priv.h"
#include "lib/bundle.h"
#include "lib/util.h"
#include "tests/bundle-common.h"

/* Whatever happens to a writer, its bundle is the old one or the new one, whole, and nothing else is hurt. */

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
RKR_DEFINE_CLEANUP(char *, tmp_done)
#define _autorun_ rkr_cleanup(rkr_run_free)
#define _autotmp_ rkr_cleanup(tmp_done)

static struct rkr_run *
old_run(void)
{
	return random_run(11, 40);
}

static struct rkr_run *
new_run(void)
{
	return dumped_run();
}

/* The bundle must be there, and be one of the two. */
static void
must_be_either(const char *path, const struct rkr_run *a, const struct rkr_run *b)
{
	_autorun_ struct rkr_run *run = must_read(path);

	if (run_difference(a, run) && run_difference(b, run))
		ck_abort_msg("the bundle is neither the old one nor the new one");
}

/* ---- killed at each system call ---- */

/* Start a writer that stops at each system call. 0 if that is not allowed here. */
static pid_t
start_traced(const struct rkr_run *run, const char *path, unsigned flags)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		raise(SIGSTOP);
		_exit(rkr_bundle_write_with(run, path, flags, NULL) < 0 ? 1 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (!WIFSTOPPED(status))
		return 0;
	ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(uintptr_t)PTRACE_O_EXITKILL), 0);
	return pid;
}

/* Let it make @n steps, into or out of a system call, and kill it. Returns how many it made up to its end. */
static size_t
step_and_kill(pid_t pid, size_t n)
{
	int status;

	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (WIFSTOPPED(status))
			continue;
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), 0);
		return i;
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	return n;
}

enum { REPLACE, REPLACE_WITHOUT_EXCHANGE, FIRST };

START_TEST(killed_at_each_step)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun");
	_autorun_ struct rkr_run *old = old_run(), *new = new_run();
	unsigned flags = _i == REPLACE_WITHOUT_EXCHANGE ? RKR_BUNDLE_NO_EXCHANGE : 0;
	size_t total, stride, n_new = 0, n_old = 0;

	if (_i != FIRST)
		must_write(old, path);
	pid_t pid = start_traced(new, path, flags);

	if (!pid)
		test_skip("no process may trace another here");
	total = step_and_kill(pid, SIZE_MAX);
	ck_assert_uint_gt(total, 20);
	/* Under valgrind there are many more. */
	stride = total / 200 + 1;
	for (size_t n = 0; n < total; n += stride) {
		if (_i == FIRST)
			tmp_done(rkr_steal(dir)), dir = tmp_new();
		_autofree_ char *here = path_in(dir, "r.rkrun");

		if (_i != FIRST)
			must_write(old, here);
		ck_assert_uint_eq(count_entries(dir), _i == FIRST ? 0 : 1); /* what was left is gone */
		step_and_kill(start_traced(new, here, flags), n);
		if (_i == FIRST && !rkr_bundle_is(here)) {
			n_old++;
			continue;
		}
		must_be_either(here, old, new);
		_autorun_ struct rkr_run *run = must_read(here);

		*(run_difference(old, run) ? &n_new : &n_old) += 1;
	}
	/* Both happened, so that there was something to see. */
	ck_assert_uint_gt(n_old, 0);
	ck_assert_uint_gt(n_new, 0);
}
END_TEST

/* ---- killed, read and written at any time ---- */

/* A process that writes one run and the other in turn. @rounds: how often; 0: until it is killed. */
static pid_t
start_writer(const struct rkr_run *a, const struct rkr_run *b, const char *path, unsigned flags,
	     unsigned rounds)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* should the test fail */
	for (unsigned i = 0; rounds == 0 || i < rounds; i++)
		if (rkr_bundle_write_with(i % 2 ? a : b, path, flags, NULL) < 0)
			_exit(1);
	_exit(0);
}

static void
end_writer(pid_t pid)
{
	int status;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status)); /* it had not failed before */
}

START_TEST(killed_at_any_time)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun");
	_autorun_ struct rkr_run *old = old_run(), *new = new_run();
	struct test_random random = { 3 };

	must_write(old, path);
	for (int i = 0; i < 60; i++) {
		pid_t pid = start_writer(old, new, path, (unsigned)_i, 0);

		usleep((useconds_t)(test_random_next(&random) % 15000));
		end_writer(pid);
		must_be_either(path, old, new);
	}
	must_write(new, path);
	ck_assert_uint_eq(count_entries(dir), 1);
}
END_TEST

START_TEST(read_while_written)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun");
	_autorun_ struct rkr_run *old = old_run(), *new = new_run();

	must_write(old, path);
	pid_t pid = start_writer(old, new, path, (unsigned)_i, 0);

	for (int i = 0; i < 200; i++)
		must_be_either(path, old, new);
	end_writer(pid);
}
END_TEST

START_TEST(several_writers)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun");
	_autorun_ struct rkr_run *old = old_run(), *new = new_run();
	pid_t pids[3];

	for (size_t i = 0; i < RKR_ARRAY_LEN(pids); i++)
		pids[i] = start_writer(old, new, path, (unsigned)_i, 40);
	for (size_t i = 0; i < RKR_ARRAY_LEN(pids); i++) {
		int status;

		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "writer %zu failed", i);
	}
	must_be_either(path, old, new);
	ck_assert_uint_eq(count_entries(dir), 1);
}
END_TEST

/* ---- no room ---- */

START_TEST(no_room)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun");
	_autorun_ struct rkr_run *old = old_run(), *new = new_run();
	static const rlim_t rooms[] = { 1000, 100, 10,
					0 }; /* too little for run.yaml, words, contents, all */
	struct rlimit limit;

	must_write(old, path);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	for (size_t i = 0; i < RKR_ARRAY_LEN(rooms); i++) {
		struct rkr_error err = { 0 };

		/* Check itself writes files too. */
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ rooms[i], limit.rlim_max });
		int r = rkr_bundle_write(new, path, &err);

		setrlimit(RLIMIT_FSIZE, &limit);
		ck_assert_int_eq(r, -EFBIG);
		ck_assert_int_eq(err.code, -EFBIG);
		_autorun_ struct rkr_run *run = must_read(path);

		assert_runs_equal(old, run);
		ck_assert_uint_eq(count_entries(dir), 1);
	}
}
END_TEST

/* ---- what is there already ---- */

static void
must_refuse(const char *path, int code, const char *what)
{
	_autorun_ struct rkr_run *run = new_run();
	struct rkr_error err = { 0 };
	int r = rkr_bundle_write(run, path, &err);

	ck_assert_msg(r == code, "%s: %d, %s", path, r, err.what);
	ck_assert_int_eq(err.code, code);
	ck_assert_msg(strstr(err.what, what), "%s", err.what);
}

START_TEST(foreign_things)
{
	static const char other[] = "format: {name: other, version: \"1.0\"}\n";
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun"), *yaml = path_in(path, "run.yaml"),
			*notes = path_in(path, "notes.txt"), *real = path_in(dir, "real.rkrun");
	_autorun_ struct rkr_run *old = old_run();

	write_file(path, "", 0);
	must_refuse(path, -EEXIST, "is not a bundle");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	must_refuse(path, -EEXIST, "is not a bundle");
	write_file(yaml, other, strlen(other));
	must_refuse(path, -EEXIST, "is not a bundle");
	_autofree_ char *kept = test_read_file(yaml, NULL);

	ck_assert_str_eq(kept, other);
	/* A file that no bundle has: not even a bundle's directory is replaced over it. */
	ck_assert_int_eq(unlink(yaml), 0);
	ck_assert_int_eq(rmdir(path), 0);
	must_write(old, path);
	write_file(notes, "x", 1);
	must_refuse(path, -EEXIST, "'notes.txt'");
	ck_assert_int_eq(unlink(notes), 0);
	ck_assert_int_eq(symlink("run.yaml", notes), 0);
	must_refuse(path, -EEXIST, "'notes.txt'");
	ck_assert_int_eq(unlink(notes), 0);
	_autorun_ struct rkr_run *run = must_read(path);

	assert_runs_equal(old, run);
	ck_assert_int_eq(rename(path, real), 0);
	ck_assert_int_eq(symlink("real.rkrun", path), 0);
	must_refuse(path, -EEXIST, "a symbolic link");
	must_be_either(path, old, old); /* but it can be read */
	ck_assert_uint_eq(count_entries(dir), 2);
}
END_TEST

START_TEST(impossible_places)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *missing = path_in(dir, "missing/r.rkrun"), *file = path_in(dir, "file"),
			*below = path_in(file, "r.rkrun"), *name = calloc(1, 300), *too_long = NULL;

	must_refuse("", -EINVAL, "cannot be a bundle's name");
	must_refuse(".", -EINVAL, "cannot be a bundle's name");
	must_refuse("/", -EINVAL, "cannot be a bundle's name");
	must_refuse("..//", -EINVAL, "cannot be a bundle's name");
	must_refuse(missing, -ENOENT, "cannot write it");
	write_file(file, "", 0);
	must_refuse(below, -ENOTDIR, "cannot write it");
	memset(name, 'a', 250);
	too_long = path_in(dir, name);
	must_refuse(too_long, -ENAMETOOLONG, "cannot write it");
	ck_assert_uint_eq(count_entries(dir), 1);
}
END_TEST

/* As any directory that the user makes. */
START_TEST(permissions)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun"), *yaml = path_in(path, "run.yaml");
	_autorun_ struct rkr_run *run = new_run();
	struct stat st;

	umask(027);
	must_write(run, path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0750);
	ck_assert_int_eq(stat(yaml, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
}
END_TEST

/* ---- left-overs ---- */

static void
make_left_over(const char *dir, const char *name, const char *file)
{
	_autofree_ char *path = path_in(dir, name), *inside = path_in(path, file);

	ck_assert_int_eq(mkdir(path, 0777), 0);
	write_file(inside, "x", 1);
}

START_TEST(left_overs)
{
	static const struct {
		const char *name, *file;
		bool goes;
	} cases[] = {
		{ "r.rkrun.tmp-abc123", "run.yaml", true },
		{ "r.rkrun.tmp-abcdef", "bo-000.bin", true },
		{ "r.rkrun.tmp-ffffff", "words-000.bin", true },
		{ "r.rkrun.old-abc123", "run.yaml", true },
		{ "r.rkrun.tmp-zzzzzz", "bo-12345.bin", true },
		{ "r.rkrun.tmp-000000", "notes.txt", false },
		{ "r.rkrun.tmp-000001", "bo-00.bin", false },
		{ "r.rkrun.tmp-000002", "bo-000.bin.gz", false },
		{ "r.rkrun.tmp-abcde", "run.yaml", false },
		{ "r.rkrun.tmp-ABCDEF", "run.yaml", false },
		{ "r.rkrun.tmp-abcdefg", "run.yaml", false },
		{ "s.rkrun.tmp-abcdef", "run.yaml", false },
		{ "r.rkrun.bak-abcdef", "run.yaml", false },
	};
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun"), *busy = path_in(dir, "r.rkrun.tmp-locked"),
			*file = path_in(dir, "r.rkrun.tmp-afilex");
	_autorun_ struct rkr_run *run = new_run();

	must_write(run, path);
	for (size_t i = 0; i < RKR_ARRAY_LEN(cases); i++)
		make_left_over(dir, cases[i].name, cases[i].file);
	write_file(file, "x", 1);
	/* Another writer is at work there. */
	make_left_over(dir, "r.rkrun.tmp-locked", "run.yaml");
	_autoclose_ int fd = open(busy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	must_write(run, path);
	for (size_t i = 0; i < RKR_ARRAY_LEN(cases); i++) {
		_autofree_ char *left = path_in(dir, cases[i].name);

		ck_assert_msg((access(left, F_OK) < 0) == cases[i].goes, "%s with %s", cases[i].name,
			      cases[i].file);
	}
	ck_assert_int_eq(access(busy, F_OK), 0);
	ck_assert_int_eq(access(file, F_OK), 0);
	ck_assert_int_eq(flock(fd, LOCK_UN), 0);
	must_write(run, path);
	ck_assert_int_lt(access(busy, F_OK), 0);
}
END_TEST

/* Where names cannot be exchanged, a killed writer may leave the old bundle under another name. */
START_TEST(put_back)
{
	_autotmp_ char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "r.rkrun"), *aside = path_in(dir, "r.rkrun.old-abc123");
	_autorun_ struct rkr_run *old = old_run(), *new = new_run();

	must_write(old, path);
	ck_assert_int_eq(rename(path, aside), 0);
	ck_assert(rkr_bundle_is(path));
	must_be_either(path, old, old);
	/* A writer that fails after all has put it back. */
	old->bos[0].bo.born = SIZE_MAX - 1;
	ck_assert_int_eq(rkr_bundle_write(old, path, NULL), -EINVAL);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_uint_eq(count_entries(dir), 1);
	ck_assert_int_eq(rename(path, aside), 0);
	must_write(new, path);
	must_be_either(path, new, new);
	ck_assert_uint_eq(count_entries(dir), 1);
	/* What is no bundle is not taken for one. */
	ck_assert_int_eq(rename(path, aside), 0);
	_autofree_ char *yaml = path_in(aside, "run.yaml");

	ck_assert_int_eq(unlink(yaml), 0);
	ck_assert(!rkr_bundle_is(path));
	must_write(new, path);
	ck_assert_uint_eq(count_entries(dir), 1);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("bundle-atomic");
	TCase *killed = tcase_create("killed"), *there = tcase_create("there");

	tcase_set_timeout(killed, 120);
	tcase_add_loop_test(killed, killed_at_each_step, REPLACE, FIRST + 1);
	tcase_add_loop_test(killed, killed_at_any_time, 0, RKR_BUNDLE_NO_EXCHANGE + 1);
	tcase_add_loop_test(killed, read_while_written, 0, RKR_BUNDLE_NO_EXCHANGE + 1);
	tcase_add_loop_test(killed, several_writers, 0, RKR_BUNDLE_NO_EXCHANGE + 1);
	tcase_add_test(killed, no_room);
	suite_add_tcase(suite, killed);
	tcase_add_test(there, foreign_things);
	tcase_add_test(there, impossible_places);
	tcase_add_test(there, permissions);
	tcase_add_test(there, left_overs);
	tcase_add_test(there, put_back);
	suite_add_tcase(suite, there);
	return suite;
}

int
main(void)
{
	return test_main(make_suite());
}
