/* SPDX-License-Identifier: MIT */
/* Whichever allocation fails: what is judged and what is read is the usual, or "out of memory", never another fact. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/journal-line.h"
#include "replay/journal.h"
#include "tests/replay-common.h"
#include "tests/sanitized.h"

static unsigned long allocations, fail_at; /* number fail_at fails; 0: none does */

#ifndef TEST_SANITIZED
#include "tests/failing-allocator.h"

static bool
fails(void)
{
	if (++allocations != fail_at)
		return false;
	errno = ENOMEM;
	return true;
}
#endif

/* Before a test makes anything. */
static void
needs_our_allocator(void)
{
	void *volatile p = malloc(1);

	free(p);
	if (allocations == 0)
		test_skip("a sanitizer or valgrind has an allocator of its own");
}

static void
begin(unsigned long at)
{
	allocations = 0;
	fail_at = at;
}

/* Whether the allocation that was to fail did; none is to from now on. */
static bool
struck(void)
{
	bool yes = fail_at && allocations >= fail_at;

	fail_at = 0;
	return yes;
}

static int
judge(unsigned long at, const struct rkx_plan *plan, struct rkx_gate_report *ret_report, bool *ret_struck)
{
	struct rkx_facts facts = test_facts();
	const struct rkx_gate_options options = { 0 };
	struct rkr_error err = { 0 };
	rkr_cleanup(rkx_permit_free) struct rkx_permit *permit = NULL;

	begin(at);
	int r = rkx_gate_judge(plan, &facts, &options, ret_report, &permit, &err);

	*ret_struck = struck();
	if (r < 0)
		ck_assert_str_eq(err.what, "out of memory");
	return r;
}

START_TEST(test_gates)
{
	needs_our_allocator();
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	struct rkx_gate_report usual, report;
	bool was_struck;
	unsigned long at = 1;

	ck_assert_int_eq(judge(0, plan, &usual, &was_struck), 0);
	ck_assert(!usual.refused);
	for (;; at++) {
		int r = judge(at, plan, &report, &was_struck);

		if (!was_struck)
			break;
		ck_assert_msg(r == 0 || r == -ENOMEM, "allocation %lu: %d", at, r);
		for (size_t i = 0; r == 0 && i < RKX_N_GATES; i++)
			ck_assert_msg(report.gate[i].verdict == usual.gate[i].verdict,
				      "allocation %lu: %s: %s", at, rkx_gate_get(i)->id,
				      report.gate[i].reason);
	}
	/* The fingerprints of a submit and of the run, and the permit, at the least. */
	ck_assert_uint_gt(at, 3);
}
END_TEST

START_TEST(test_journal)
{
	char dir[] = "/tmp/rkx-oom-XXXXXX", path[64];
	struct rkx_journal *journal;
	struct rkx_journal_log log;
	unsigned long at = 1;

	needs_our_allocator();
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(rkx_journal_open(dir, NULL, &journal, NULL), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(rkx_journal_note(journal, "%0*d", i, i), 0);
	ck_assert_int_eq(rkx_journal_close(journal), 0);
	for (;; at++) {
		begin(at);
		int r = rkx_journal_read(dir, &log, NULL);

		if (!struck())
			break;
		/* The file's own buffer may be missing: then it is read without. */
		ck_assert_msg(r == -ENOMEM || (r == 0 && log.n == 102), "allocation %lu: %d, %zu entries", at,
			      r, log.n);
		if (r == 0)
			rkx_journal_log_free(&log);
	}
	ck_assert_uint_eq(log.n, 102);
	rkx_journal_log_free(&log);
	ck_assert_uint_gt(at, 4);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, i ? "lock" : RKX_JOURNAL_FILE);
		unlink(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("replay without memory");
	TCase *t = tcase_create("allocations");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_gates);
	tcase_add_test(t, test_journal);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
