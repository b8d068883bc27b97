/* SPDX-License-Identifier: MIT */
/*
 * A client of the NPU that makes it hard to see what it does, or has bad luck.
 * Like emulate-client it is written with nothing of this project. What it does
 * is named by its first argument. Prints "ok", or what was wrong.
 */
#define _GNU_SOURCE
#include "emulate-npu.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/syscall.h>

#define CLOSES_LATER 4u /* CLOSE_RANGE_CLOEXEC, which older headers lack */

#if !__GLIBC_PREREQ(2, 34)
#define close_range(first, last, flags) ((int)syscall(SYS_close_range, first, last, flags))
#define closefrom(first) syscall(SYS_close_range, first, UINT_MAX, 0)
#endif

/* All ways to close a descriptor but close(). Seven of them are closed, and only those. */
static void
do_closes(void)
{
	int fd = find_node(O_RDWR), null = open("/dev/null", O_RDWR), copies[8];
	struct sum s = sum_new(fd);

	CHECK(null > fd);
	for (size_t i = 0; i < 8; i++) {
		copies[i] = fcntl(fd, F_DUPFD, 100 + 10 * (int)i);
		CHECK(copies[i] == 100 + 10 * (int)i);
	}
	/* Those that close nothing. */
	CHECK(FAILS(EBADF, dup2(-1, copies[0])) && FAILS(EBADF, dup3(99, copies[0], 0)));
	CHECK(dup2(copies[0], copies[0]) == copies[0] && FAILS(EINVAL, dup3(copies[0], copies[0], 0)));
	CHECK(close_range(100, 170, CLOSES_LATER) == 0 && FAILS(EINVAL, close_range(170, 100, 0)));
	CHECK(FAILS(EINVAL, close_range(100, 170, 0x80)));
	CHECK(fcntl(copies[7], F_GETFD) == FD_CLOEXEC);
	for (size_t i = 0; i < 8; i++)
		sum_check(copies[i], &s);
	CHECK(dup2(null, copies[0]) == copies[0]);
	CHECK(dup3(null, copies[1], O_CLOEXEC) == copies[1]);
	CHECK(close_range(120, 131, 0) == 0);
	closefrom(150);
	CHECK(fcntl(copies[7], F_GETFD) == -1 && fcntl(copies[4], F_GETFD) == FD_CLOEXEC);
	sum_check(copies[4], &s);
	sum_check(fd, &s);
	sum_free(fd, &s);
}

static const struct {
	const char *name;
	void (*run)(void);
} all[] = {
	{ "closes", do_closes },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(argv[1], all[i].name) == 0) {
			all[i].run();
			puts("ok");
			return 0;
		}
	return 2;
}
