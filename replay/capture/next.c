/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#define WIPE_ON_FORK 18 /* MADV_WIPEONFORK, which older headers lack */

/* The functions behind ours; which process this is; and a lock. */

static _Atomic(void *) next_syscall;

rke_syscall_fn *
rkc_next_syscall(void)
{
	return rke_next_syscall(&next_syscall);
}

int
rkc_next_ioctl(enum rkc_way way, int fd, unsigned long command, void *arg)
{
	static _Atomic(void *) known;
	int (*fn)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))rke_next(&known, "ioctl");

	return way == RKC_BY_NAME ? fn(fd, command, arg)
				  : (int)rkc_next_syscall()(SYS_ioctl, (long)fd, command, arg);
}

void *
rkc_next_mmap(enum rkc_way way, void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	static _Atomic(void *) known;
	void *(*fn)(void *, size_t, int, int, int, off_t) =
		(void *(*)(void *, size_t, int, int, int, off_t))rke_next(&known, "mmap");

	return way == RKC_BY_NAME ? fn(addr, len, prot, flags, fd, offset)
				  : (void *)rkc_next_syscall()(SYS_mmap, addr, len, (long)prot, (long)flags,
							       (long)fd, offset);
}

int
rkc_next_munmap(enum rkc_way way, void *addr, size_t len)
{
	static _Atomic(void *) known;
	int (*fn)(void *, size_t) = (int (*)(void *, size_t))rke_next(&known, "munmap");

	return way == RKC_BY_NAME ? fn(addr, len) : (int)rkc_next_syscall()(SYS_munmap, addr, len);
}

/*
 * Our pid is kept where a child of any fork finds 0, whether or not the C
 * library knows of the fork; where the kernel cannot do so, handlers do.
 */
static _Atomic uint32_t pid_here;
static _Atomic(_Atomic uint32_t *) my_pid = &pid_here;

uint32_t
rkc_pid(void)
{
	_Atomic uint32_t *at = atomic_load_explicit(&my_pid, memory_order_relaxed);
	uint32_t pid = atomic_load_explicit(at, memory_order_relaxed);

	if (!pid) {
		pid = (uint32_t)rke_sys(SYS_getpid);
		atomic_store_explicit(at, pid, memory_order_relaxed);
	}
	return pid;
}

bool
rkc_is_guest(void)
{
	return (uint32_t)rke_sys(SYS_getpid) != rkc_pid();
}

static void
after_fork(void)
{
	atomic_store(my_pid, 0);
	/* It must be known before a vfork: its child would find itself. */
	rkc_pid();
}

__attribute__((constructor)) static void
construct(void)
{
	/* Some call it where nothing can be looked up: inside of malloc. */
	rkc_next_syscall();
	if (!rkc_control())
		return;
	long p =
		rke_sys(SYS_mmap, NULL, RKC_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p >= 0 && rke_sys(SYS_madvise, p, RKC_PAGE, WIPE_ON_FORK) == 0)
		atomic_store(&my_pid, (_Atomic uint32_t *)p);
	rkc_pid();
	pthread_atfork(NULL, NULL, after_fork);
}

uint64_t
rkc_lock(struct rkc_lock *lock)
{
	uint64_t old = rke_block_signals();
	uint32_t me = rkc_pid();

	for (;;) {
		uint32_t owner = 0;

		if (atomic_compare_exchange_strong(&lock->owner, &owner, me))
			return old;
		/* What a thread of the parent held at a fork: nobody here will give it back. */
		if (owner != me && atomic_compare_exchange_strong(&lock->owner, &owner, me))
			return old;
		rke_sys(SYS_sched_yield);
	}
}

void
rkc_unlock(struct rkc_lock *lock, uint64_t old_signals)
{
	atomic_store(&lock->owner, 0);
	rke_set_signals(old_signals);
}
