/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "preload.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/*
 * Looking at the board's files without opening them. The structs of these
 * functions are those of the kernel on 64-bit machines.
 */

_Static_assert(sizeof(void *) == 8, "the structs of stat are the kernel's on 64-bit machines alone");

int
rke_wrap_stat(const char *path, struct stat *st) RKE_WRAPS(stat);
int
rke_wrap_stat64(const char *path, struct stat *st) RKE_ALSO(stat64, stat);
int
rke_wrap_lstat(const char *path, struct stat *st) RKE_WRAPS(lstat);
int
rke_wrap_lstat64(const char *path, struct stat *st) RKE_ALSO(lstat64, lstat);
int
rke_wrap_fstat(int fd, struct stat *st) RKE_WRAPS(fstat);
int
rke_wrap_fstat64(int fd, struct stat *st) RKE_ALSO(fstat64, fstat);
int
rke_wrap_fstatat(int dir, const char *path, struct stat *st, int flags) RKE_WRAPS(fstatat);
int
rke_wrap_fstatat64(int dir, const char *path, struct stat *st, int flags) RKE_ALSO(fstatat64, fstatat);
int
rke_wrap_xstat(int version, const char *path, struct stat *st) RKE_WRAPS(__xstat);
int
rke_wrap_xstat64(int version, const char *path, struct stat *st) RKE_ALSO(__xstat64, __xstat);
int
rke_wrap_lxstat(int version, const char *path, struct stat *st) RKE_WRAPS(__lxstat);
int
rke_wrap_lxstat64(int version, const char *path, struct stat *st) RKE_ALSO(__lxstat64, __lxstat);
int
rke_wrap_fxstat(int version, int fd, struct stat *st) RKE_WRAPS(__fxstat);
int
rke_wrap_fxstat64(int version, int fd, struct stat *st) RKE_ALSO(__fxstat64, __fxstat);
int
rke_wrap_fxstatat(int version, int dir, const char *path, struct stat *st, int flags) RKE_WRAPS(__fxstatat);
int
rke_wrap_fxstatat64(int version, int dir, const char *path, struct stat *st, int flags)
	RKE_ALSO(__fxstatat64, __fxstatat);
int
rke_wrap_statx(int dir, const char *path, int flags, unsigned mask, struct statx *st) RKE_WRAPS(statx);
int
rke_wrap_access(const char *path, int mode) RKE_WRAPS(access);
int
rke_wrap_faccessat(int dir, const char *path, int mode, int flags) RKE_WRAPS(faccessat);
int
rke_wrap_eaccess(const char *path, int mode) RKE_WRAPS(eaccess);
int
rke_wrap_euidaccess(const char *path, int mode) RKE_ALSO(euidaccess, eaccess);
ssize_t
rke_wrap_getxattr(const char *path, const char *name, void *value, size_t size) RKE_WRAPS(getxattr);
ssize_t
rke_wrap_lgetxattr(const char *path, const char *name, void *value, size_t size) RKE_WRAPS(lgetxattr);
ssize_t
rke_wrap_listxattr(const char *path, char *list, size_t size) RKE_WRAPS(listxattr);
ssize_t
rke_wrap_llistxattr(const char *path, char *list, size_t size) RKE_WRAPS(llistxattr);
ssize_t
rke_wrap_readlink(const char *path, char *buf, size_t len) RKE_WRAPS(readlink);
ssize_t
rke_wrap_readlinkat(int dir, const char *path, char *buf, size_t len) RKE_WRAPS(readlinkat);
char *
rke_wrap_realpath(const char *path, char *resolved) RKE_WRAPS(realpath);

long
rke_do_stat(int dir, const char *path, struct stat *st, int flags)
{
	char buf[RKE_PATH_MAX];
	long r = rke_sys(SYS_newfstatat, dir, rke_path(path, buf), st, flags);
	enum rke_node_kind kind = RKE_NODE_FOREIGN;
	uint64_t inode;

	if (r < 0 || !rke_dir())
		return r;
	if (S_ISREG(st->st_mode))
		kind = rke_node_of_stat(st->st_dev, st->st_ino);
	else if (S_ISSOCK(st->st_mode) && path && !*path && (flags & AT_EMPTY_PATH))
		kind = rke_node_of_fd(dir, &inode);
	if (kind == RKE_NODE_CARD || kind == RKE_NODE_RENDER)
		rke_node_stat(kind, st);
	return r;
}

int
rke_wrap_stat(const char *path, struct stat *st)
{
	int saved = errno;

	return (int)rke_result(rke_do_stat(AT_FDCWD, path, st, 0), saved);
}

int
rke_wrap_lstat(const char *path, struct stat *st)
{
	int saved = errno;

	return (int)rke_result(rke_do_stat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW), saved);
}

long
rke_do_fstat(int fd, struct stat *st)
{
	/* AT_FDCWD is no descriptor to fstat(). */
	return fd < 0 ? -EBADF : rke_do_stat(fd, "", st, AT_EMPTY_PATH);
}

int
rke_wrap_fstat(int fd, struct stat *st)
{
	int saved = errno;

	return (int)rke_result(rke_do_fstat(fd, st), saved);
}

int
rke_wrap_fstatat(int dir, const char *path, struct stat *st, int flags)
{
	int saved = errno;

	return (int)rke_result(rke_do_stat(dir, path, st, flags), saved);
}

/* How programs of before glibc 2.33 call the same. There is one version of the struct. */

int
rke_wrap_xstat(int version, const char *path, struct stat *st)
{
	(void)version;
	return rke_wrap_stat(path, st);
}

int
rke_wrap_lxstat(int version, const char *path, struct stat *st)
{
	(void)version;
	return rke_wrap_lstat(path, st);
}

int
rke_wrap_fxstat(int version, int fd, struct stat *st)
{
	(void)version;
	return rke_wrap_fstat(fd, st);
}

int
rke_wrap_fxstatat(int version, int dir, const char *path, struct stat *st, int flags)
{
	(void)version;
	return rke_wrap_fstatat(dir, path, st, flags);
}

long
rke_do_statx(int dir, const char *path, int flags, unsigned mask, struct statx *st)
{
	char buf[RKE_PATH_MAX];
	long r = rke_sys(SYS_statx, dir, rke_path(path, buf), flags, mask, st);
	struct stat s;

	/* The kernel's own answer, but for the node's type and number. */
	if (r == 0 && rke_dir() &&
	    rke_do_stat(dir, path, &s, flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) == 0 &&
	    S_ISCHR(s.st_mode) && major(s.st_rdev) == RKE_DRM_MAJOR) {
		st->stx_mode = (uint16_t)s.st_mode;
		st->stx_rdev_major = major(s.st_rdev);
		st->stx_rdev_minor = minor(s.st_rdev);
		st->stx_ino = s.st_ino;
		st->stx_dev_major = major(s.st_dev);
		st->stx_dev_minor = minor(s.st_dev);
		st->stx_size = 0;
		st->stx_blocks = 0;
	}
	return r;
}

int
rke_wrap_statx(int dir, const char *path, int flags, unsigned mask, struct statx *st)
{
	int saved = errno;

	return (int)rke_result(rke_do_statx(dir, path, flags, mask, st), saved);
}

long
rke_do_access(int dir, const char *path, int mode, int flags)
{
	char buf[RKE_PATH_MAX];
	const char *to = rke_path(path, buf);

	/* The newer call takes flags; kernels before 5.8 lack it. */
	if (flags) {
		long r = rke_sys(SYS_faccessat2, dir, to, mode, flags);

		if (r != -ENOSYS)
			return r;
	}
	return rke_sys(SYS_faccessat, dir, to, mode);
}

int
rke_wrap_access(const char *path, int mode)
{
	int saved = errno;

	return (int)rke_result(rke_do_access(AT_FDCWD, path, mode, 0), saved);
}

int
rke_wrap_faccessat(int dir, const char *path, int mode, int flags)
{
	int saved = errno;

	return (int)rke_result(rke_do_access(dir, path, mode, flags), saved);
}

int
rke_wrap_eaccess(const char *path, int mode)
{
	int saved = errno;

	return (int)rke_result(rke_do_access(AT_FDCWD, path, mode, AT_EACCESS), saved);
}

long
rke_do_readlink(int dir, const char *path, char *buf, size_t len)
{
	char at[RKE_PATH_MAX];

	return rke_sys(SYS_readlinkat, dir, rke_path(path, at), buf, len);
}

/* What "ls -l" asks for: access lists, labels. */

ssize_t
rke_wrap_getxattr(const char *path, const char *name, void *value, size_t size)
{
	int saved = errno;
	char buf[RKE_PATH_MAX];

	return rke_result(rke_sys(SYS_getxattr, rke_path(path, buf), name, value, size), saved);
}

ssize_t
rke_wrap_lgetxattr(const char *path, const char *name, void *value, size_t size)
{
	int saved = errno;
	char buf[RKE_PATH_MAX];

	return rke_result(rke_sys(SYS_lgetxattr, rke_path(path, buf), name, value, size), saved);
}

ssize_t
rke_wrap_listxattr(const char *path, char *list, size_t size)
{
	int saved = errno;
	char buf[RKE_PATH_MAX];

	return rke_result(rke_sys(SYS_listxattr, rke_path(path, buf), list, size), saved);
}

ssize_t
rke_wrap_llistxattr(const char *path, char *list, size_t size)
{
	int saved = errno;
	char buf[RKE_PATH_MAX];

	return rke_result(rke_sys(SYS_llistxattr, rke_path(path, buf), list, size), saved);
}

ssize_t
rke_wrap_readlink(const char *path, char *buf, size_t len)
{
	return rke_wrap_readlinkat(AT_FDCWD, path, buf, len);
}

ssize_t
rke_wrap_readlinkat(int dir, const char *path, char *buf, size_t len)
{
	int saved = errno;

	return rke_result(rke_do_readlink(dir, path, buf, len), saved);
}

/* As if the server's directory were the root: what is in it shows without it. */
char *
rke_wrap_realpath(const char *path, char *resolved)
{
	static _Atomic(void *) known;
	char *(*fn)(const char *, char *) =
		(char *(*)(const char *, char *))atomic_load_explicit(&known, memory_order_relaxed);
	char buf[RKE_PATH_MAX];
	const char *dir = rke_dir();
	size_t n = dir ? strlen(dir) : 0;

	if (!fn) {
		/* The default version of the symbol: the older one takes no NULL for @resolved. */
		fn = (char *(*)(const char *, char *))dlsym(RTLD_NEXT, "realpath");
		atomic_store_explicit(&known, (void *)fn, memory_order_relaxed);
	}
	char *r = fn(rke_path(path, buf), resolved);

	if (r && n && strncmp(r, dir, n) == 0 && r[n] == '/')
		memmove(r, r + n, strlen(r + n) + 1);
	return r;
}
