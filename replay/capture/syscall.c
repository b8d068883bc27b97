/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <fcntl.h>

/*
 * Calls by number: what programs do by syscall() that is recorded by name.
 * They are called on by number, too, and all others with nothing done before
 * or after.
 */

#ifdef RKE_HAS_KERNEL

/* As the C library's: it takes what six registers and the stack hold, whatever the caller put there. */
long
rkc_wrap_syscall(long number, long a, long b, long c, long d, long e, long f) RKE_WRAPS(syscall);

#define POINTER(x) ((void *)(uintptr_t)(x))

/* dup2() and dup3(): @to is closed, unless it is the same. */
static long
copy_to(long number, long from, long to, long flags)
{
	uint64_t old = rkc_before_copy((int)from, (int)to);
	long r = rkc_next_syscall()(number, from, to, flags);

	rkc_copied((int)from, r, old);
	return r;
}

static long
copy(long number, long from, long command, long least)
{
	rkc_before_copy((int)from, -1);
	long r = rkc_next_syscall()(number, from, command, least);

	rkc_copied((int)from, r, 0);
	return r;
}

static long
close_one(long fd)
{
	struct rkc_closing closing = rkc_close_begin((int)fd);
	long r = rkc_next_syscall()(SYS_close, fd);

	rkc_close_end(&closing, r);
	return r;
}

static long
open_one(long number, long a, long b, long c, long d)
{
	long r = rkc_next_syscall()(number, a, b, c, d);

	rkc_opened(r);
	return r;
}

long
rkc_wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	switch (number) {
	case SYS_ioctl:
		return rkc_do_ioctl(RKC_BY_NUMBER, (int)a, (unsigned long)b, POINTER(c));
	case SYS_mmap:
		return (long)rkc_do_mmap(RKC_BY_NUMBER, POINTER(a), (size_t)b, (int)c, (int)d, (int)e, f);
	case SYS_munmap:
		return rkc_do_munmap(RKC_BY_NUMBER, POINTER(a), (size_t)b);
	case SYS_openat:
#ifdef SYS_openat2
	case SYS_openat2:
#endif
#ifdef SYS_open /* those that newer machines lack */
	case SYS_open:
	case SYS_creat:
#endif
		return open_one(number, a, b, c, d);
	case SYS_close:
		return close_one(a);
	case SYS_dup:
		return copy(number, a, b, c);
#ifdef SYS_dup2
	case SYS_dup2:
#endif
	case SYS_dup3:
		return copy_to(number, a, b, c);
	case SYS_fcntl:
		if ((int)b == F_DUPFD || (int)b == F_DUPFD_CLOEXEC)
			return copy(number, a, b, c);
		break;
	case SYS_close_range:
		rkc_close_range((unsigned)a, (unsigned)b, (unsigned)c);
		break;
	case SYS_mprotect:
		rkc_before_mprotect((uintptr_t)a, (size_t)b, (int)c);
		break;
	case SYS_mremap:
		rkc_before_mremap((uintptr_t)a, (size_t)b, (size_t)c, (int)d, (uintptr_t)e);
		break;
	case SYS_execve:
		rkc_before_exec(AT_FDCWD, POINTER(a), POINTER(c));
		break;
	case SYS_execveat:
		rkc_before_exec((int)a, POINTER(b), POINTER(d));
		break;
	default:
		break;
	}
	return rkc_next_syscall()(number, a, b, c, d, e, f);
}

#endif
