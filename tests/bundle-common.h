/* SPDX-License-Identifier: MIT */
#ifndef TEST_BUNDLE_COMMON_H
#define TEST_BUNDLE_COMMON_H

/* What the tests of bundles share: directories to work in, runs of all sorts, and whether two are equal. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/run.h"
#include "tests/common.h"

/** A new directory; to be removed and freed by tmp_done(). */
char *
tmp_new(void);

void
tmp_done(char *dir);

/** "DIR/NAME", to be freed. */
char *
path_in(const char *dir, const char *name);

/** Make a file, or replace what is in it. */
void
write_file(const char *path, const void *data, size_t size);

/** How many entries a directory has. */
size_t
count_entries(const char *dir);

/** Whether two directories have files of the same names and bytes. */
bool
same_files(const char *a, const char *b);

/** Write a bundle; fails the test if that fails. */
void
must_write(const struct rkr_run *run, const char *dir);

/** Read a bundle; fails the test if that fails. */
struct rkr_run *
must_read(const char *dir);

/** Read a bundle that must be refused; fails the test if it is not. */
void
must_fail(const char *path, struct rkr_error *ret_err);

/** What differs between two runs, all that a bundle holds; NULL if nothing. */
const char *
run_difference(const struct rkr_run *a, const struct rkr_run *b);

#define assert_runs_equal(a, b)                                         \
	do {                                                            \
		const char *differs = run_difference(a, b);             \
		if (differs)                                            \
			ck_abort_msg("the runs differ in %s", differs); \
	} while (0)

/** Fill a record with values of all sorts. Every field has a value if @all, else by chance. */
void
random_record(struct test_random *random, struct rkr_run *run, enum rkr_kind kind, bool all);

/** A run with everything in it, right or not. */
struct rkr_run *
random_run(uint64_t seed, size_t n_records);

/** A run as a GEM dump gives it, bound: contents told twice, and once contradicted. */
struct rkr_run *
dumped_run(void);

#endif
