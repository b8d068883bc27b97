/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

/*
 * Descriptors: which are opened or closed, which become others. A node is known
 * when it is opened, before there are copies of it; one that was inherited, or
 * came through a socket, by the first call that is made of it.
 */

int
rkc_wrap_open(const char *path, int flags, ...) RKE_WRAPS(open);
int
rkc_wrap_open64(const char *path, int flags, ...) RKE_ALSO(open64, open);
int
rkc_wrap_openat(int dir, const char *path, int flags, ...) RKE_WRAPS(openat);
int
rkc_wrap_openat64(int dir, const char *path, int flags, ...) RKE_ALSO(openat64, openat);
int
rkc_wrap_open_2(const char *path, int flags) RKE_WRAPS(__open_2);
int
rkc_wrap_open64_2(const char *path, int flags) RKE_ALSO(__open64_2, __open_2);
int
rkc_wrap_openat_2(int dir, const char *path, int flags) RKE_WRAPS(__openat_2);
int
rkc_wrap_openat64_2(int dir, const char *path, int flags) RKE_ALSO(__openat64_2, __openat_2);
FILE *
rkc_wrap_fopen(const char *path, const char *mode) RKE_WRAPS(fopen);
FILE *
rkc_wrap_fopen64(const char *path, const char *mode) RKE_ALSO(fopen64, fopen);
int
rkc_wrap_close(int fd) RKE_WRAPS(close);
int
rkc_wrap_close_range(unsigned first, unsigned last, int flags) RKE_WRAPS(close_range);
void
rkc_wrap_closefrom(int first) RKE_WRAPS(closefrom);
int
rkc_wrap_fclose(FILE *stream) RKE_WRAPS(fclose);
int
rkc_wrap_dup(int fd) RKE_WRAPS(dup);
int
rkc_wrap_dup2(int fd, int to) RKE_WRAPS(dup2);
int
rkc_wrap_dup3(int fd, int to, int flags) RKE_WRAPS(dup3);
int
rkc_wrap_fcntl(int fd, int command, ...) RKE_WRAPS(fcntl);
int
rkc_wrap_fcntl64(int fd, int command, ...) RKE_ALSO(fcntl64, fcntl);

/* A new descriptor: whatever had this number is gone, whether or not we saw it go. */
void
rkc_opened(long fd)
{
	int saved = errno;

	if (fd >= 0 && !rkc_is_guest()) {
		rkc_fd_forget((int)fd);
		rkc_file_of_fd((int)fd);
		errno = saved;
	}
}

static int
opened(int fd)
{
	rkc_opened(fd);
	return fd;
}

int
rkc_wrap_open(const char *path, int flags, ...)
{
	static _Atomic(void *) known;
	int (*fn)(const char *, int, ...) = (int (*)(const char *, int, ...))rke_next(&known, "open");

	RKE_TAKES_MODE(flags)
	return opened(fn(path, flags, mode));
}

int
rkc_wrap_openat(int dir, const char *path, int flags, ...)
{
	static _Atomic(void *) known;
	int (*fn)(int, const char *, int, ...) =
		(int (*)(int, const char *, int, ...))rke_next(&known, "openat");

	RKE_TAKES_MODE(flags)
	return opened(fn(dir, path, flags, mode));
}

/* What programs call that are compiled to be checked (_FORTIFY_SOURCE). */
int
rkc_wrap_open_2(const char *path, int flags)
{
	static _Atomic(void *) known;
	int (*fn)(const char *, int) = (int (*)(const char *, int))rke_next(&known, "__open_2");

	return opened(fn(path, flags));
}

int
rkc_wrap_openat_2(int dir, const char *path, int flags)
{
	static _Atomic(void *) known;
	int (*fn)(int, const char *, int) = (int (*)(int, const char *, int))rke_next(&known, "__openat_2");

	return opened(fn(dir, path, flags));
}

FILE *
rkc_wrap_fopen(const char *path, const char *mode)
{
	static _Atomic(void *) known;
	FILE *(*fn)(const char *, const char *) =
		(FILE * (*)(const char *, const char *)) rke_next(&known, "fopen");
	FILE *f = fn(path, mode);
	int saved = errno;

	if (f)
		rkc_opened(fileno(f));
	errno = saved;
	return f;
}

int
rkc_wrap_close(int fd)
{
	static _Atomic(void *) known;
	int (*fn)(int) = (int (*)(int))rke_next(&known, "close");
	struct rkc_closing c = rkc_close_begin(fd);
	int r = fn(fd);

	rkc_close_end(&c, r);
	return r;
}

int
rkc_wrap_fclose(FILE *stream)
{
	static _Atomic(void *) known;
	int (*fn)(FILE *) = (int (*)(FILE *))rke_next(&known, "fclose");
	int saved = errno;
	struct rkc_closing c = rkc_close_begin(fileno(stream));

	errno = saved;
	int r = fn(stream);

	rkc_close_end(&c, r);
	return r;
}

int
rkc_wrap_close_range(unsigned first, unsigned last, int flags)
{
	static _Atomic(void *) known;
	int (*fn)(unsigned, unsigned, int) =
		(int (*)(unsigned, unsigned, int))rke_next(&known, "close_range");
	int saved = errno;

	rkc_close_range(first, last, (unsigned)flags);
	errno = saved;
	/* A C library that lacks it: who looks whether there is one finds ours. */
	return fn ? fn(first, last, flags)
		  : (int)rke_result(rke_sys(SYS_close_range, first, last, flags), saved);
}

void
rkc_wrap_closefrom(int first)
{
	static _Atomic(void *) known;
	void (*fn)(int) = (void (*)(int))rke_next(&known, "closefrom");
	int saved = errno;

	rkc_close_all(first, INT_MAX);
	errno = saved;
	if (fn)
		fn(first);
	else
		rke_sys(SYS_close_range, first < 0 ? 0 : first, UINT_MAX, 0);
}

int
rkc_wrap_dup(int fd)
{
	static _Atomic(void *) known;
	int (*fn)(int) = (int (*)(int))rke_next(&known, "dup");

	rkc_before_copy(fd, -1);
	int r = fn(fd);

	rkc_copied(fd, r, 0);
	return r;
}

int
rkc_wrap_dup2(int fd, int to)
{
	static _Atomic(void *) known;
	int (*fn)(int, int) = (int (*)(int, int))rke_next(&known, "dup2");
	uint64_t old = rkc_before_copy(fd, to);
	int r = fn(fd, to);

	rkc_copied(fd, r, old);
	return r;
}

int
rkc_wrap_dup3(int fd, int to, int flags)
{
	static _Atomic(void *) known;
	int (*fn)(int, int, int) = (int (*)(int, int, int))rke_next(&known, "dup3");
	uint64_t old = rkc_before_copy(fd, to);
	int r = fn(fd, to, flags);

	rkc_copied(fd, r, old);
	return r;
}

int
rkc_wrap_fcntl(int fd, int command, ...)
{
	static _Atomic(void *) known;
	int (*fn)(int, int, ...) = (int (*)(int, int, ...))rke_next(&known, "fcntl");
	va_list ap;

	va_start(ap, command);
	void *arg = va_arg(ap, void *);

	va_end(ap);
	bool copies = command == F_DUPFD || command == F_DUPFD_CLOEXEC;

	if (copies)
		rkc_before_copy(fd, -1);
	int r = fn(fd, command, arg);

	if (copies)
		rkc_copied(fd, r, 0);
	return r;
}
