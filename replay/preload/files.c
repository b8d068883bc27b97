/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "preload.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Opening the board's node, and the files that tell of it. */

int
rke_wrap_open(const char *path, int flags, ...) RKE_WRAPS(open);
int
rke_wrap_open64(const char *path, int flags, ...) RKE_ALSO(open64, open);
int
rke_wrap_openat(int dir, const char *path, int flags, ...) RKE_WRAPS(openat);
int
rke_wrap_openat64(int dir, const char *path, int flags, ...) RKE_ALSO(openat64, openat);
int
rke_wrap_open_2(const char *path, int flags) RKE_WRAPS(__open_2);
int
rke_wrap_open64_2(const char *path, int flags) RKE_ALSO(__open64_2, __open_2);
int
rke_wrap_openat_2(int dir, const char *path, int flags) RKE_WRAPS(__openat_2);
int
rke_wrap_openat64_2(int dir, const char *path, int flags) RKE_ALSO(__openat64_2, __openat_2);
int
rke_wrap_creat(const char *path, mode_t mode) RKE_WRAPS(creat);
int
rke_wrap_creat64(const char *path, mode_t mode) RKE_ALSO(creat64, creat);
FILE *
rke_wrap_fopen(const char *path, const char *mode) RKE_WRAPS(fopen);
FILE *
rke_wrap_fopen64(const char *path, const char *mode) RKE_ALSO(fopen64, fopen);
FILE *
rke_wrap_freopen(const char *path, const char *mode, FILE *stream) RKE_WRAPS(freopen);
FILE *
rke_wrap_freopen64(const char *path, const char *mode, FILE *stream) RKE_ALSO(freopen64, freopen);
DIR *
rke_wrap_opendir(const char *path) RKE_WRAPS(opendir);

typedef int
selects(const struct dirent *entry);
typedef int
compares(const struct dirent **a, const struct dirent **b);

int
rke_wrap_scandir(const char *path, struct dirent ***list, selects *select, compares *compare)
	RKE_WRAPS(scandir);
int
rke_wrap_scandir64(const char *path, struct dirent ***list, selects *select, compares *compare)
	RKE_ALSO(scandir64, scandir);

static long
open_node(enum rke_node_kind kind, int flags)
{
	struct rke_request request = { .op = RKE_WIRE_OPEN, .command = kind, .flags = (uint32_t)flags };
	struct rke_parts parts = { .fd = -1, .cloexec = (flags & O_CLOEXEC) != 0 };
	struct rke_reply reply;
	int r = rke_ask(&request, &parts, &reply);

	if (r == 0 && parts.fd < 0)
		r = -ENODEV;
	return r < 0 ? r : parts.fd;
}

/*
 * What was opened may be the file that stands for the node: by its path, by
 * one that is relative to a directory, by a link. Then it is the node.
 */
long
rke_do_open(int dir, const char *path, int flags, unsigned mode)
{
	char buf[RKE_PATH_MAX];
	const char *to = rke_path(path, buf);
	long fd = rke_sys(SYS_openat, dir, to, flags, mode);
	struct stat st;

	if (fd < 0 || !rke_dir() || (flags & O_PATH) || (to == path && path[0] == '/'))
		return fd;
	if (rke_sys(SYS_fstat, fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fd;
	enum rke_node_kind kind = rke_node_of_stat(st.st_dev, st.st_ino);

	if (kind == RKE_NODE_FOREIGN)
		return fd;
	rke_sys(SYS_close, fd);
	return open_node(kind, flags);
}

int
rke_wrap_open(const char *path, int flags, ...)
{
	int saved = errno;

	RKE_TAKES_MODE(flags)
	return (int)rke_result(rke_do_open(AT_FDCWD, path, flags, mode), saved);
}

int
rke_wrap_openat(int dir, const char *path, int flags, ...)
{
	int saved = errno;

	RKE_TAKES_MODE(flags)
	return (int)rke_result(rke_do_open(dir, path, flags, mode), saved);
}

int
rke_wrap_open_2(const char *path, int flags)
{
	int saved = errno;

	return (int)rke_result(rke_do_open(AT_FDCWD, path, flags, 0), saved);
}

int
rke_wrap_openat_2(int dir, const char *path, int flags)
{
	int saved = errno;

	return (int)rke_result(rke_do_open(dir, path, flags, 0), saved);
}

int
rke_wrap_creat(const char *path, mode_t mode)
{
	int saved = errno;

	return (int)rke_result(rke_do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode), saved);
}

/* ---- Those that the C library does within itself. It keeps what it looks up. */

/* The flags of a mode of fopen(). */
static int
mode_flags(const char *mode)
{
	int flags = mode[0] == 'r' ? O_RDONLY : O_WRONLY;

	if (strchr(mode, '+'))
		flags = O_RDWR;
	return flags | (strchr(mode, 'e') ? O_CLOEXEC : 0);
}

FILE *
rke_wrap_fopen(const char *path, const char *mode)
{
	static _Atomic(void *) known;
	FILE *(*fn)(const char *, const char *) =
		(FILE * (*)(const char *, const char *)) rke_next(&known, "fopen");
	char buf[RKE_PATH_MAX];
	int saved = errno;
	const char *to = rke_path(path, buf);
	struct stat st;

	if (to != path && rke_sys(SYS_newfstatat, AT_FDCWD, to, &st, 0) == 0 &&
	    rke_node_of_stat(st.st_dev, st.st_ino) != RKE_NODE_FOREIGN) {
		long fd = rke_do_open(AT_FDCWD, path, mode_flags(mode), 0);
		FILE *f = fd < 0 ? NULL : fdopen((int)fd, mode);

		if (fd < 0)
			rke_result(fd, saved);
		else if (!f)
			rke_sys(SYS_close, fd);
		else
			errno = saved;
		return f;
	}
	errno = saved;
	return fn(to, mode);
}

FILE *
rke_wrap_freopen(const char *path, const char *mode, FILE *stream)
{
	static _Atomic(void *) known;
	FILE *(*fn)(const char *, const char *, FILE *) =
		(FILE * (*)(const char *, const char *, FILE *)) rke_next(&known, "freopen");
	char buf[RKE_PATH_MAX];

	return fn(rke_path(path, buf), mode, stream);
}

DIR *
rke_wrap_opendir(const char *path)
{
	static _Atomic(void *) known;
	DIR *(*fn)(const char *) = (DIR * (*)(const char *)) rke_next(&known, "opendir");
	char buf[RKE_PATH_MAX];

	return fn(rke_path(path, buf));
}

int
rke_wrap_scandir(const char *path, struct dirent ***list, selects *select, compares *compare)
{
	static _Atomic(void *) known;
	int (*fn)(const char *, struct dirent ***, selects *, compares *) =
		(int (*)(const char *, struct dirent ***, selects *, compares *))rke_next(&known, "scandir");
	char buf[RKE_PATH_MAX];

	return fn(rke_path(path, buf), list, select, compare);
}
