/* SPDX-License-Identifier: MIT */
/* What outlives the process: the journal, its lock, the ledger of harmful runs; whole or not at all. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/util.h"
#include "replay/journal.h"
#include "replay/poison.h"
#include "tests/common.h"
#include "tests/replay-faults.h"

static char dir[64];

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/rkx-journal-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static const char *
path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
teardown(void)
{
	static const char *const names[] = { "journal", "lock", "poison", "poison.new" };

	for (size_t i = 0; i < RKR_ARRAY_LEN(names); i++)
		unlink(path_of(names[i]));
	rmdir(dir);
}

static struct rkx_journal *
open_journal(const struct rkx_io *io)
{
	struct rkx_journal *j;
	struct rkr_error err = { 0 };

	ck_assert_msg(rkx_journal_open(dir, io, &j, &err) == 0, "%s", err.what);
	return j;
}

static struct rkx_journal_log
read_journal(void)
{
	struct rkx_journal_log log;

	ck_assert_int_eq(rkx_journal_read(dir, &log, NULL), 0);
	return log;
}

START_TEST(test_story)
{
	struct rkx_journal *j = open_journal(NULL);
	uint64_t run, step;

	ck_assert_int_eq(rkx_journal_begin(j, &run, "run %s", "conv\nwith a newline"), 0);
	ck_assert_int_eq(rkx_journal_begin(j, &step, "submit 0"), 0);
	ck_assert_uint_gt(step, run);
	ck_assert_int_eq(rkx_journal_end(j, step, -110), 0);
	ck_assert_int_eq(rkx_journal_note(j, "%d %%", 5), 0);
	ck_assert_int_eq(rkx_journal_end(j, run, 0), 0);
	ck_assert_int_eq(rkx_journal_close(j), 0);

	struct rkx_journal_log log = read_journal();

	ck_assert_uint_eq(log.n, 7);
	ck_assert_uint_eq(log.torn, 0);
	ck_assert(!log.unfinished);
	ck_assert_ptr_null(rkx_journal_in_flight(&log));
	ck_assert_str_eq(log.entries[1].text, "run conv?with a newline");
	ck_assert_int_eq(log.entries[3].state, RKX_JOURNAL_END);
	ck_assert_int_eq(log.entries[3].result, -110);
	ck_assert_int_eq(log.entries[3].pid, getpid());
	ck_assert_str_eq(log.entries[4].text, "5 %");
	rkx_journal_log_free(&log);
}
END_TEST

/* Killed in the middle: the last line names the step, also when it is torn behind it. */
START_TEST(test_killed)
{
	uint64_t seq;
	pid_t pid = fork();

	if (pid == 0) {
		struct rkx_journal *j = open_journal(NULL);

		if (rkx_journal_begin(j, &seq, "run x") || rkx_journal_begin(j, &seq, "submit 0 of x"))
			_exit(1);
		raise(SIGKILL);
	}
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	struct rkx_journal_log log = read_journal();

	ck_assert(log.unfinished);
	ck_assert_str_eq(rkx_journal_in_flight(&log)->text, "submit 0 of x");
	ck_assert_int_eq(rkx_journal_in_flight(&log)->pid, pid);
	rkx_journal_log_free(&log);
	/* The lock went with the process, and numbers go on. */
	struct rkx_journal *j = open_journal(NULL);

	ck_assert_int_eq(rkx_journal_begin(j, &seq, "next"), 0);
	ck_assert_uint_gt(seq, 3);
	ck_assert_int_eq(rkx_journal_end(j, seq, 0), 0);
	ck_assert_int_eq(rkx_journal_close(j), 0);
	log = read_journal();
	/* What the dead session left open is not in flight in the new one; it is still told. */
	ck_assert_ptr_null(rkx_journal_in_flight(&log));
	ck_assert(log.entries[2].in_flight);
	rkx_journal_log_free(&log);
}
END_TEST

/* Cut anywhere, what is before the cut is read, and a later session starts a line of its own. */
START_TEST(test_torn)
{
	struct rkx_journal *j = open_journal(NULL);
	uint64_t seq;
	size_t size;

	ck_assert_int_eq(rkx_journal_begin(j, &seq, "first"), 0);
	ck_assert_int_eq(rkx_journal_begin(j, &seq, "second"), 0);
	ck_assert_int_eq(rkx_journal_close(j), 0);
	_autofree_ char *text = test_read_file(path_of("journal"), &size);
	size_t ends[8], n_ends = 0;

	for (size_t i = 0; i < size; i++)
		if (text[i] == '\n')
			ends[n_ends++] = i;
	ck_assert_uint_eq(n_ends, 4);
	for (size_t cut = 0; cut <= size; cut++) {
		size_t whole = 0;

		while (whole < n_ends && ends[whole] < cut)
			whole++;
		bool torn = cut > (whole ? ends[whole - 1] + 1 : 0);
		FILE *f = fopen(path_of("journal"), "w");

		ck_assert_ptr_nonnull(f);
		ck_assert_uint_eq(fwrite(text, 1, cut, f), cut);
		fclose(f);
		struct rkx_journal_log log = read_journal();

		ck_assert_uint_eq(log.n, whole);
		ck_assert_uint_eq(log.torn, torn);
		if (whole == 2 || whole == 3)
			ck_assert_str_eq(rkx_journal_in_flight(&log)->text, whole == 2 ? "first" : "second");
		rkx_journal_log_free(&log);
		j = open_journal(NULL);
		ck_assert_int_eq(rkx_journal_close(j), 0);
		log = read_journal();
		/* A line that lacks its newline alone is whole once the next session has ended it. */
		bool mended = torn && whole < n_ends && cut == ends[whole];

		ck_assert_uint_eq(log.n, whole + 2 + mended);
		ck_assert_uint_eq(log.torn, torn && !mended);
		rkx_journal_log_free(&log);
	}
}
END_TEST

/* A damaged byte damages its line alone. */
START_TEST(test_damaged)
{
	struct rkx_journal *j = open_journal(NULL);
	uint64_t seq;
	size_t size;

	ck_assert_int_eq(rkx_journal_begin(j, &seq, "first"), 0);
	ck_assert_int_eq(rkx_journal_close(j), 0);
	_autofree_ char *text = test_read_file(path_of("journal"), &size);

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\n')
			continue;
		FILE *f = fopen(path_of("journal"), "w");

		text[i] ^= 1;
		ck_assert_uint_eq(fwrite(text, 1, size, f), size);
		fclose(f);
		text[i] ^= 1;
		struct rkx_journal_log log = read_journal();

		ck_assert_uint_eq(log.n, 2);
		ck_assert_uint_ge(log.torn, 1);
		rkx_journal_log_free(&log);
	}
}
END_TEST

START_TEST(test_lock)
{
	struct rkx_journal *j = open_journal(NULL), *other = NULL;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkx_journal_open(dir, NULL, &other, &err), -EBUSY);
	ck_assert_ptr_null(other);
	ck_assert_ptr_nonnull(strstr(err.what, "another process"));
	ck_assert_int_eq(rkx_journal_close(j), 0);
	ck_assert_int_eq(rkx_journal_close(open_journal(NULL)), 0);
}
END_TEST

/* ---- faults */

static const int codes[] = { ENOSPC, EIO, EDQUOT, EROFS, EFBIG };

/* A step whose line is not on disk must not be taken: the call says so, and so does each after it. */
START_TEST(test_write_faults)
{
	for (size_t c = 0; c < RKR_ARRAY_LEN(codes); c++)
		for (int kind = 0; kind < 4; kind++) {
			struct rkx_journal *j = open_journal(&faulty);
			uint64_t seq = 77, first;

			ck_assert_int_eq(rkx_journal_begin(j, &first, "taken"), 0);
			fault.code = codes[c];
			fault.is_short = kind == 1;
			fault.write_at = kind != 2;
			fault.sync_at = kind == 2;
			fault.truncate_at = kind == 3;
			ck_assert_int_eq(rkx_journal_begin(j, &seq, "not taken"), -codes[c]);
			ck_assert_uint_eq(seq, 77);
			ck_assert_int_eq(rkx_journal_note(j, "x"), -codes[c]);
			ck_assert_int_eq(rkx_journal_end(j, first, 0), -codes[c]);
			ck_assert_int_eq(rkx_journal_close(j), -codes[c]);
			memset(&fault, 0, sizeof(fault));
			struct rkx_journal_log log = read_journal();

			ck_assert_uint_eq(log.n, 2);
			ck_assert_uint_eq(log.torn, 0);
			ck_assert_str_eq(rkx_journal_in_flight(&log)->text, "taken");
			rkx_journal_log_free(&log);
			unlink(path_of("journal"));
		}
}
END_TEST

/* Opening makes some calls; whichever fails, the error is told and nothing stays locked. */
START_TEST(test_open_faults)
{
	int *const counters[] = { &fault.open_at, &fault.write_at, &fault.sync_at };
	unsigned failures = 0;

	for (size_t k = 0; k < RKR_ARRAY_LEN(counters); k++)
		for (int n = 1; n <= 4; n++) {
			struct rkx_journal *j = NULL;
			struct rkr_error err = { 0 };

			memset(&fault, 0, sizeof(fault));
			fault.code = EIO;
			*counters[k] = n;
			int r = rkx_journal_open(dir, &faulty, &j, &err), left = *counters[k];

			memset(&fault, 0, sizeof(fault));
			if (left) { /* there is no n-th call */
				ck_assert_int_eq(r, 0);
				ck_assert_int_eq(rkx_journal_close(j), 0);
				break;
			}
			ck_assert_int_eq(r, -EIO);
			ck_assert_int_eq(err.code, -EIO);
			ck_assert_ptr_null(j);
			failures++;
			ck_assert_int_eq(rkx_journal_close(open_journal(NULL)), 0);
		}
	/* Lock, journal, directory; the line; the directory and the line. */
	ck_assert_uint_eq(failures, 6);
}
END_TEST

START_TEST(test_places)
{
	char path[256], small[8];
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkx_state_dir("/a/b", path, sizeof(path), &err), 0);
	ck_assert_str_eq(path, "/a/b");
	setenv("XDG_STATE_HOME", "/x", 1);
	setenv("HOME", "/h", 1);
	ck_assert_int_eq(rkx_state_dir(NULL, path, sizeof(path), &err), 0);
	ck_assert_str_eq(path, "/x/rkreplay");
	setenv("XDG_STATE_HOME", "relative", 1);
	ck_assert_int_eq(rkx_state_dir(NULL, path, sizeof(path), &err), 0);
	ck_assert_str_eq(path, "/h/.local/state/rkreplay");
	ck_assert_int_eq(rkx_state_dir(NULL, small, sizeof(small), &err), -ENAMETOOLONG);
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	ck_assert_int_eq(rkx_state_dir(NULL, path, sizeof(path), &err), -ENOENT);
	ck_assert_int_eq(rkx_make_dirs(path_of("")), 0);
	ck_assert_int_eq(rkx_journal_close(open_journal(NULL)), 0);
	ck_assert_int_eq(rkx_make_dirs(path_of("journal")), -ENOTDIR);
}
END_TEST

/* ---- the ledger */

static struct rkx_poison_entry
entry(char digit, const char *name)
{
	struct rkx_poison_entry e = { .harm = "crash", .what = "conv, with an edit" };

	memset(e.fingerprint, digit, RKR_SHA256_HEX - 1);
	snprintf(e.name, sizeof(e.name), "%s", name);
	return e;
}

static struct rkx_poison *
load(const struct rkx_io *io)
{
	struct rkx_poison *p;
	struct rkr_error err = { 0 };

	ck_assert_msg(rkx_poison_load(dir, io, &p, &err) == 0, "%s", err.what);
	return p;
}

START_TEST(test_ledger)
{
	struct rkx_poison_entry a = entry('a', "one"), b = entry('b', "two"), again = entry('a', "other");
	struct rkx_poison *p = load(NULL);
	size_t n;

	rkx_poison_entries(p, &n);
	ck_assert_uint_eq(n, 0);
	ck_assert_ptr_null(rkx_poison_find(p, a.fingerprint));
	ck_assert_ptr_null(rkx_poison_find(NULL, a.fingerprint));
	ck_assert_int_eq(rkx_poison_add(p, &a, NULL), 0);
	ck_assert_int_eq(rkx_poison_add(p, &b, NULL), 0);
	strcpy(again.harm, "poisons-next-job");
	ck_assert_int_eq(rkx_poison_add(p, &again, NULL), 0);
	rkx_poison_free(p);
	p = load(NULL);
	rkx_poison_entries(p, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(rkx_poison_find(p, b.fingerprint)->what, "conv, with an edit");
	/* The name that people allow it by stays. */
	ck_assert_str_eq(rkx_poison_find(p, a.fingerprint)->name, "one");
	ck_assert_str_eq(rkx_poison_find(p, a.fingerprint)->harm, "poisons-next-job");
	rkx_poison_free(p);
}
END_TEST

START_TEST(test_bad_entries)
{
	struct rkx_poison *p = load(NULL);
	struct rkx_poison_entry e[] = { entry('a', ""),  entry('a', "two words"), entry('g', "x"),
					entry('a', "x"), entry('a', "x"),         entry('a', "x") };

	e[3].fingerprint[63] = '\0';
	e[4].harm[0] = '\0';
	strcpy(e[5].what, "a\nb");
	for (size_t i = 0; i < RKR_ARRAY_LEN(e); i++)
		ck_assert_int_eq(rkx_poison_add(p, &e[i], NULL), -EINVAL);
	ck_assert_int_eq(access(path_of("poison"), F_OK), -1);
	rkx_poison_free(p);
}
END_TEST

/* A ledger with a line that is none is not taken for a shorter one. */
START_TEST(test_bad_ledger)
{
	static const char *const lines[] = {
		"x\n", "\n", "aaaa one crash what\n",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa one crash cut"
	};
	struct rkx_poison_entry a = entry('a', "one");
	struct rkx_poison *p = load(NULL);
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkx_poison_add(p, &a, NULL), 0);
	rkx_poison_free(p);
	p = NULL;
	FILE *f = fopen(path_of("poison"), "a");

	fputs(lines[_i], f);
	fclose(f);
	ck_assert_int_eq(rkx_poison_load(dir, NULL, &p, &err), -EINVAL);
	ck_assert_uint_eq(err.line, 2);
	ck_assert_ptr_null(p);
}
END_TEST

/* Whichever call fails, the ledger is the old one or the new one, on disk as in memory. */
START_TEST(test_ledger_faults)
{
	int *const counters[] = { &fault.open_at, &fault.write_at, &fault.sync_at, &fault.rename_at };
	struct rkx_poison_entry a = entry('a', "one"), b = entry('b', "two");
	struct rkx_poison *p = load(&faulty), *q;
	unsigned failures = 0;
	size_t n;

	ck_assert_int_eq(rkx_poison_add(p, &a, NULL), 0);
	for (size_t k = 0; k < RKR_ARRAY_LEN(counters); k++) {
		memset(&fault, 0, sizeof(fault));
		fault.code = ENOSPC;
		*counters[k] = 1;
		ck_assert_int_eq(rkx_poison_add(p, &b, NULL), -ENOSPC);
		failures++;
		rkx_poison_entries(p, &n);
		ck_assert_uint_eq(n, 1);
		ck_assert_ptr_null(rkx_poison_find(p, b.fingerprint));
		ck_assert_int_eq(access(path_of("poison.new"), F_OK), -1);
		q = load(NULL);
		rkx_poison_entries(q, &n);
		ck_assert_uint_eq(n, 1);
		rkx_poison_free(q);
	}
	ck_assert_uint_eq(failures, 4);
	memset(&fault, 0, sizeof(fault));
	ck_assert_int_eq(rkx_poison_add(p, &b, NULL), 0);
	rkx_poison_free(p);
}
END_TEST

/* ---- what is no file */

/* A pipe that nobody writes to, and a device without an end: neither is waited for, nor read. */
START_TEST(test_no_file)
{
	const char *name = _i % 2 ? "journal" : "poison";
	struct rkx_journal_log log;
	struct rkx_poison *poison = NULL;
	struct rkr_error err = { 0 };

	if (_i / 2)
		ck_assert_int_eq(symlink("/dev/zero", path_of(name)), 0);
	else
		ck_assert_int_eq(mkfifo(path_of(name), 0600), 0);
	int r = _i % 2 ? rkx_journal_read(dir, &log, &err) : rkx_poison_load(dir, NULL, &poison, &err);

	ck_assert_int_eq(r, -EINVAL);
	ck_assert_str_eq(err.what, "is not a plain file");
	ck_assert_ptr_null(poison);
}
END_TEST

/* What lies where the ledger is written first is not written into. */
START_TEST(test_aside)
{
	const struct rkx_poison_entry e = entry('a', "one");
	struct rkx_poison *poison;
	struct rkr_error err = { 0 };
	struct stat st;

	ck_assert_int_eq(rkx_poison_load(dir, NULL, &poison, NULL), 0);
	ck_assert_int_eq(mkfifo(path_of("poison.new"), 0600), 0);
	ck_assert_int_eq(rkx_poison_add(poison, &e, &err), 0);
	ck_assert_int_eq(close(creat(path_of("lock"), 0600)), 0);
	ck_assert_int_eq(symlink("lock", path_of("poison.new")), 0);
	ck_assert_int_eq(rkx_poison_add(poison, &e, &err), 0);
	ck_assert_int_eq(stat(path_of("lock"), &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	ck_assert_int_eq(stat(path_of("poison"), &st), 0);
	ck_assert_int_gt(st.st_size, 64);
	rkx_poison_free(poison);
}
END_TEST

/* That it could be written is known without writing it. */
START_TEST(test_ledger_try)
{
	struct rkx_poison *poison;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkx_poison_load(dir, &faulty, &poison, NULL), 0);
	ck_assert_int_eq(rkx_poison_try(poison, &err), 0);
	ck_assert_int_ne(access(path_of("poison"), F_OK), 0);
	ck_assert_int_ne(access(path_of("poison.new"), F_OK), 0);
	fault.write_at = 1;
	fault.code = ENOSPC;
	ck_assert_int_eq(rkx_poison_try(poison, &err), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(err.what, "could not be written"));
	ck_assert_int_ne(access(path_of("poison.new"), F_OK), 0);
	ck_assert_int_eq(mkdir(path_of("poison.new"), 0700), 0);
	ck_assert_int_lt(rkx_poison_try(poison, &err), 0);
	ck_assert_int_eq(rmdir(path_of("poison.new")), 0);
	rkx_poison_free(poison);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("replay journal");
	TCase *t = tcase_create("journal");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_story);
	tcase_add_test(t, test_killed);
	tcase_add_test(t, test_torn);
	tcase_add_test(t, test_damaged);
	tcase_add_test(t, test_lock);
	tcase_add_test(t, test_write_faults);
	tcase_add_test(t, test_open_faults);
	tcase_add_test(t, test_places);
	tcase_add_test(t, test_ledger);
	tcase_add_test(t, test_bad_entries);
	tcase_add_loop_test(t, test_bad_ledger, 0, 4);
	tcase_add_test(t, test_ledger_faults);
	tcase_add_loop_test(t, test_no_file, 0, 4);
	tcase_add_test(t, test_aside);
	tcase_add_test(t, test_ledger_try);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
