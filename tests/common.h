/* SPDX-License-Identifier: MIT */
#ifndef TEST_COMMON_H
#define TEST_COMMON_H

/*
 * What the test programs share. Each is a program of its own: it makes a
 * Check suite and hands it to test_main(), which writes TAP, so that the
 * summary of "make check" counts single tests.
 *
 *	int
 *	main(void)
 *	{
 *		return test_main(make_suite());
 *	}
 */

#include <check.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Check's own writes to a file for each assertion that holds, so that a crash
 * can be told by the last one. Tests that make millions spent most of their time
 * on that, and where a program crashed gdb tells better.
 */
#undef ck_assert_msg
#define ck_assert_msg(expr, ...) \
	((expr) ? (void)0        \
		: _ck_assert_failed(__FILE__, __LINE__, "Assertion '" #expr "' failed", ##__VA_ARGS__))

/**
 * Run a suite, write TAP to standard output, free the suite.
 *
 * @return what main() is to return: 0 if no test failed
 */
int
test_main(Suite *suite);

/** End this test as skipped. For use in a test function. */
#define test_skip(...) ck_abort_msg(TEST_SKIP_MARK __VA_ARGS__)

/** What test_main() knows a skipped test's message by. */
#define TEST_SKIP_MARK "skip: "

/**
 * A file or directory of the folder of real captures: $RKREPLAY_SHARED, or
 * "shared" beside the source tree.
 *
 * @param name  below that folder, e.g. "captures/logs"; "" for itself
 * @return the path, to be freed; or NULL if there is no such thing, in which
 *         case the test is to skip what needs it
 */
char *
test_shared(const char *name);

/** A file of the source tree, e.g. "tests/golden/x"; to be freed. Fails the test if it is not there. */
char *
test_source(const char *name);

/**
 * Read a whole file; fails the test if that cannot be done.
 *
 * @param ret_size  may be NULL. The data is followed by a NUL that it does not count.
 * @return the data, to be freed
 */
char *
test_read_file(const char *path, size_t *ret_size);

/** A generator of test data: the same every time. Start from any seed but 0. */
struct test_random {
	uint64_t state;
};

uint64_t
test_random_next(struct test_random *random);

#endif
