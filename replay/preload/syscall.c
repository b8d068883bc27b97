/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "preload.h"

/*
 * Calls by number: what programs and runtimes do by syscall() that the library
 * stands in for by name. All else goes on as it came.
 */

#ifdef RKE_HAS_KERNEL

static _Atomic(void *) next;

/* Some call it where nothing can be looked up: inside of malloc. */
__attribute__((constructor)) static void
construct(void)
{
	rke_next_syscall(&next);
}

/* As the C library's: it takes what six registers and the stack hold, whatever the caller put there. */
long
rke_wrap_syscall(long number, long a, long b, long c, long d, long e, long f) RKE_WRAPS(syscall);

#define FD(x) ((int)(x))
#define FLAGS(x) ((int)(x))
#define POINTER(type, x) ((type *)(uintptr_t)(x))
#define PATH(x) POINTER(const char, x)
#define STAT(x) POINTER(struct stat, x)

long
rke_wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	int saved = errno;
	long r;

	switch (number) {
	case SYS_ioctl:
		r = rke_do_ioctl(FD(a), (unsigned long)b, POINTER(void, c));
		break;
	case SYS_mmap:
		r = rke_do_mmap((uintptr_t)a, (size_t)b, (int)c, FLAGS(d), FD(e), f);
		break;
	case SYS_munmap:
		r = rke_maps_unmap((uintptr_t)a, (size_t)b);
		break;
	case SYS_mremap:
		r = rke_maps_move((uintptr_t)a, (size_t)b, (size_t)c, FLAGS(d), (uintptr_t)e);
		break;
	case SYS_lseek:
		r = rke_do_lseek(FD(a), b, (int)c);
		break;
	case SYS_openat:
		r = rke_do_open(FD(a), PATH(b), FLAGS(c), (unsigned)d);
		break;
	case SYS_newfstatat:
		r = rke_do_stat(FD(a), PATH(b), STAT(c), FLAGS(d));
		break;
	case SYS_fstat:
		r = rke_do_fstat(FD(a), STAT(b));
		break;
	case SYS_statx:
		r = rke_do_statx(FD(a), PATH(b), FLAGS(c), (unsigned)d, POINTER(struct statx, e));
		break;
	case SYS_faccessat:
		r = rke_do_access(FD(a), PATH(b), (int)c, 0);
		break;
	case SYS_readlinkat:
		r = rke_do_readlink(FD(a), PATH(b), POINTER(char, c), (size_t)d);
		break;
#ifdef SYS_open /* those that newer machines lack */
	case SYS_open:
		r = rke_do_open(AT_FDCWD, PATH(a), FLAGS(b), (unsigned)c);
		break;
	case SYS_stat:
		r = rke_do_stat(AT_FDCWD, PATH(a), STAT(b), 0);
		break;
	case SYS_lstat:
		r = rke_do_stat(AT_FDCWD, PATH(a), STAT(b), AT_SYMLINK_NOFOLLOW);
		break;
	case SYS_access:
		r = rke_do_access(AT_FDCWD, PATH(a), (int)b, 0);
		break;
	case SYS_readlink:
		r = rke_do_readlink(AT_FDCWD, PATH(a), POINTER(char, b), (size_t)c);
		break;
#endif
	default:
		return rke_next_syscall(&next)(number, a, b, c, d, e, f);
	}
	return rke_result(r, saved);
}

#endif
