/* SPDX-License-Identifier: MIT */
#ifndef RKE_INTERPOSE_H
#define RKE_INTERPOSE_H

/*
 * What preload libraries share: standing in for functions of the C library,
 * calling on, and system calls and memory past it.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/** Declares a function that stands in for the C library's of the name @symbol. */
#define RKE_WRAPS(symbol) __asm__(#symbol) __attribute__((visibility("default")))

/** The same function by a further name. */
#define RKE_ALSO(symbol, target) __asm__(#symbol) __attribute__((visibility("default"), alias(#target)))

/** In a function that stands in for open(): the mode behind @flags, or 0 where there is none. */
#define RKE_TAKES_MODE(flags)                                              \
	unsigned mode = 0;                                                 \
	if (((flags)&O_CREAT) || ((flags)&O_TMPFILE) == O_TMPFILE) {       \
		va_list ap;                                                \
		va_start(ap, flags);                                       \
		mode = va_arg(ap, unsigned);                               \
		va_end(ap);                                                \
	}

/*
 * System calls past the C library, whose functions ours stand in for. Result or
 * negative errno; errno itself is left alone. What the kernel takes as a long is
 * made one.
 */
#ifndef SYS_close_range /* older headers lack it; of all machines */
#define SYS_close_range 436
#endif

#if defined(__x86_64__) || defined(__aarch64__)
/** syscall() of the C library can be stood in for: nothing here needs it. */
#define RKE_HAS_KERNEL 1
#endif

static inline long
rke_kernel(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c, x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
#else
	int saved = errno;
	long r = syscall(number, a, b, c, d, e, f);

	r = r == -1 ? -(long)errno : r;
	errno = saved;
	return r;
#endif
}

#define rke_sys(...)                                                                                  \
	RKE_PICK(__VA_ARGS__, RKE_SYS6, RKE_SYS5, RKE_SYS4, RKE_SYS3, RKE_SYS2, RKE_SYS1, RKE_SYS0, ) \
	(__VA_ARGS__)
#define RKE_PICK(n, a, b, c, d, e, f, name, ...) name
#define RKE_SYS0(n) rke_kernel(n, 0, 0, 0, 0, 0, 0)
#define RKE_SYS1(n, a) rke_kernel(n, (long)(a), 0, 0, 0, 0, 0)
#define RKE_SYS2(n, a, b) rke_kernel(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define RKE_SYS3(n, a, b, c) rke_kernel(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define RKE_SYS4(n, a, b, c, d) rke_kernel(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define RKE_SYS5(n, a, b, c, d, e) rke_kernel(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define RKE_SYS6(n, a, b, c, d, e, f) \
	rke_kernel(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/** End an exported function: @r or negative errno to what C callers expect; @saved was errno before it. */
static inline long
rke_result(long r, int saved)
{
	if (r < 0 && r >= -4095) {
		errno = (int)-r;
		return -1;
	}
	errno = saved;
	return r;
}

/** Block all signals, past the C library. @return the kernel's mask before, for rke_set_signals() */
static inline uint64_t
rke_block_signals(void)
{
	uint64_t all = ~UINT64_C(0), old = 0;

	rke_sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, sizeof(all));
	return old;
}

static inline void
rke_set_signals(uint64_t mask)
{
	rke_sys(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
}

/** Whole pages of the kernel, which take @len bytes. */
static inline size_t
rke_whole_pages(size_t len)
{
	return (len + 4095) & ~(size_t)4095;
}

/**
 * Make room for @need elements of @each bytes in a table of @n, which is of
 * pages of our own: malloc is the program's. False: there is none.
 */
static inline bool
rke_grow(void **table, size_t *size, size_t n, size_t need, size_t each)
{
	size_t new_size = *size ? *size : 4096 / each;

	while (new_size < need)
		new_size *= 2;
	if (new_size == *size)
		return true;
	long p = rke_sys(SYS_mmap, NULL, rke_whole_pages(new_size * each), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);

	if (p < 0 && p >= -4095)
		return false;
	if (n)
		memcpy((void *)p, *table, n * each);
	if (*table)
		rke_sys(SYS_munmap, *table, rke_whole_pages(*size * each));
	*table = (void *)p;
	*size = new_size;
	return true;
}

/** The function of that name behind us, looked up once. @known: a static variable of the caller's. */
static inline void *
rke_next(_Atomic(void *) *known, const char *symbol)
{
	void *p = atomic_load_explicit(known, memory_order_relaxed);

	if (!p) {
		p = dlsym(RTLD_NEXT, symbol);
		atomic_store_explicit(known, p, memory_order_relaxed);
	}
	return p;
}

/**
 * syscall() behind us. Nothing may be done after it: what makes a process or a
 * thread returns on another stack, or twice on this one.
 */
typedef long
rke_syscall_fn(long number, ...);

static inline rke_syscall_fn *
rke_next_syscall(_Atomic(void *) *known)
{
	return (rke_syscall_fn *)rke_next(known, "syscall");
}

/** To or from where the caller says, if that can be: it may be no address of ours. 0 or -EFAULT. */
static inline int
rke_copy(void *to, const void *from, size_t len, bool write)
{
	struct iovec here = { write ? (void *)(uintptr_t)from : to, len };
	struct iovec there = { write ? to : (void *)(uintptr_t)from, len };
	long pid = rke_sys(SYS_getpid);
	long r = write ? rke_sys(SYS_process_vm_writev, pid, &here, 1L, &there, 1L, 0L)
		       : rke_sys(SYS_process_vm_readv, pid, &here, 1L, &there, 1L, 0L);

	/* Where that call is forbidden, go without its care. */
	if (r == -EPERM || r == -ENOSYS) {
		memcpy(to, from, len);
		return 0;
	}
	return r == (long)len ? 0 : -EFAULT;
}

/**
 * Whether an address and what follows it can be read, at the price of a small
 * system call a page: the kernel copies a signal mask from there before it
 * finds that it was not told what to do with it [source: kernel].
 */
static inline bool
rke_readable(const void *from, size_t len)
{
	uintptr_t at = (uintptr_t)from & ~(uintptr_t)7, last = ((uintptr_t)from + len - 1) & ~(uintptr_t)7;
	const uintptr_t page = 4096;

	if (len == 0)
		return true;
	if (last < at)
		return false;
	for (;;) {
		if (rke_sys(SYS_rt_sigprocmask, -1L, at, NULL, 8L) == -EFAULT)
			return false;
		if (at == last)
			return true;
		at = (at & ~(page - 1)) + page;
		at = at < last ? at : last;
	}
}

#endif
