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
static int
opened(int fd)
{
	int saved = errno;

	if (fd >= 0) {
		rkc_fd_forget(fd);
		rkc_file_of_fd(fd);
		errno = saved;
	}
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

/* A descriptor is about to be closed. The event of it, or NULL: none of the node. */
static struct rkc_event *
closing(int fd)
{
	int saved = errno;
	uint64_t file = rkc_file_known(fd);
	struct rkc_event *e = file ? rkc_event_new(RKC_CLOSE, file, fd, 0) : NULL;

	rkc_fd_forget(fd);
	errno = saved;
	return e;
}

static int
closed(struct rkc_event *e, int r)
{
	int error = errno;

	if (e) {
		e->ret = r;
		e->error = r < 0 ? error : 0;
	}
	rkc_event_set(e, RKC_DONE);
	errno = error;
	return r;
}

int
rkc_wrap_close(int fd)
{
	static _Atomic(void *) known;
	int (*fn)(int) = (int (*)(int))rke_next(&known, "close");
	struct rkc_event *e = closing(fd);

	return closed(e, fn(fd));
}

int
rkc_wrap_close_range(unsigned first, unsigned last, int flags)
{
	static _Atomic(void *) known;
	int (*fn)(unsigned, unsigned, int) =
		(int (*)(unsigned, unsigned, int))rke_next(&known, "close_range");

	/* With a flag it closes nothing yet, or nothing of ours. */
	if (!flags)
		rkc_fds_forget(first, last);
	if (fn)
		return fn(first, last, flags);
	errno = ENOSYS;
	return -1;
}

void
rkc_wrap_closefrom(int first)
{
	static _Atomic(void *) known;
	void (*fn)(int) = (void (*)(int))rke_next(&known, "closefrom");

	rkc_fds_forget(first < 0 ? 0 : (unsigned)first, UINT_MAX);
	if (fn)
		fn(first);
}

int
rkc_wrap_fclose(FILE *stream)
{
	static _Atomic(void *) known;
	int (*fn)(FILE *) = (int (*)(FILE *))rke_next(&known, "fclose");
	int saved = errno, fd = fileno(stream);

	errno = saved;
	struct rkc_event *e = closing(fd);

	return closed(e, fn(stream));
}

static int
copied(int from, int to)
{
	if (to >= 0)
		rkc_fd_copied(from, to);
	return to;
}

int
rkc_wrap_dup(int fd)
{
	static _Atomic(void *) known;
	int (*fn)(int) = (int (*)(int))rke_next(&known, "dup");

	return copied(fd, fn(fd));
}

int
rkc_wrap_dup2(int fd, int to)
{
	static _Atomic(void *) known;
	int (*fn)(int, int) = (int (*)(int, int))rke_next(&known, "dup2");

	return copied(fd, fn(fd, to));
}

int
rkc_wrap_dup3(int fd, int to, int flags)
{
	static _Atomic(void *) known;
	int (*fn)(int, int, int) = (int (*)(int, int, int))rke_next(&known, "dup3");

	return copied(fd, fn(fd, to, flags));
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
	int r = fn(fd, command, arg);

	return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? copied(fd, r) : r;
}
