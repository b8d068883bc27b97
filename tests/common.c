/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/common.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

/**
 * The part of a TAP line that names the test, without the directory of its
 * source file: "7 - regs-test.c:fields:enums_fit: Passed".
 */
static void
print_test(const char *part)
{
	const char *path = strstr(part, " - ");
	const char *colon = path ? strchr(path, ':') : NULL;
	const char *name = colon ? memrchr(path, '/', (size_t)(colon - path)) : NULL;

	if (name)
		printf("%.*s - %s", (int)(path - part), part, name + 1);
	else
		fputs(part, stdout);
}

/**
 * Pass Check's TAP on to standard output. Check knows no skipped tests: one
 * that called test_skip() is a "not ok" line whose message, after
 * FILE:CASE:TEST, begins with the mark. TAP wants "ok" and a directive.
 *
 * @return how many tests were skipped
 */
static int
print_tap(FILE *tap)
{
	static const char passed[] = "ok ", failed[] = "not ok ", mark[] = ": " TEST_SKIP_MARK;
	_autofree_ char *line = NULL;
	size_t size = 0;
	int n_skipped = 0;

	while (getline(&line, &size, tap) >= 0) {
		char *reason = strstr(line, mark);

		if (strncmp(line, passed, strlen(passed)) == 0) {
			fputs(passed, stdout);
			print_test(line + strlen(passed));
		} else if (strncmp(line, failed, strlen(failed)) != 0) {
			fputs(line, stdout);
		} else if (reason) {
			*reason = '\0';
			fputs(passed, stdout);
			print_test(line + strlen(failed));
			printf(" # SKIP %s", reason + strlen(mark));
			n_skipped++;
		} else {
			fputs(failed, stdout);
			print_test(line + strlen(failed));
		}
	}
	return n_skipped;
}

int
test_main(Suite *suite)
{
	char path[] = "/tmp/rkreplay-tap-XXXXXX";
	_autoclose_ int fd = mkstemp(path);
	_autofclose_ FILE *tap = fd < 0 ? NULL : fdopen(dup(fd), "r");
	SRunner *runner = srunner_create(suite);
	int n_failed;

	if (!tap) {
		printf("Bail out! no temporary file in /tmp: %m\n");
		srunner_free(runner);
		return EXIT_FAILURE;
	}
	srunner_set_tap(runner, path);
	srunner_run_all(runner, CK_SILENT);
	n_failed = srunner_ntests_failed(runner) - print_tap(tap);
	srunner_free(runner);
	unlink(path);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

char *
test_shared(const char *name)
{
	const char *folder = getenv("RKREPLAY_SHARED");
	char *path;

	if (!folder || folder[0] == '\0')
		folder = TEST_TOP_SRCDIR "/../shared";
	ck_assert_int_ge(asprintf(&path, "%s/%s", folder, name), 0);
	if (access(path, R_OK) < 0) {
		free(path);
		return NULL;
	}
	return path;
}

char *
test_source(const char *name)
{
	char *path;

	ck_assert_int_ge(asprintf(&path, "%s/%s", TEST_TOP_SRCDIR, name), 0);
	if (access(path, R_OK) < 0)
		ck_abort_msg("%s is missing from the source tree", path);
	return path;
}

char *
test_read_file(const char *path, size_t *ret_size)
{
	_autofclose_ FILE *file = fopen(path, "rb");
	_autofclose_ FILE *copy = NULL;
	char *data = NULL;
	char chunk[65536];
	size_t size, n;

	if (!file)
		ck_abort_msg("cannot open %s", path);
	copy = open_memstream(&data, &size);
	ck_assert_ptr_nonnull(copy);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		ck_assert_uint_eq(fwrite(chunk, 1, n, copy), n);
	if (ferror(file))
		ck_abort_msg("cannot read %s", path);
	ck_assert_int_eq(fclose(rkr_steal(copy)), 0);
	if (ret_size)
		*ret_size = size;
	return data;
}

uint64_t
test_random_next(struct test_random *random)
{
	/* xorshift64: Marsaglia, "Xorshift RNGs", 2003 */
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return random->state;
}
