/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "preload.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Where BOs are mapped. The driver holds a BO as long as a mapping of it is
 * left, of all of it or of part, so the server is told when the last piece is
 * gone.
 */

struct piece {
	uintptr_t start, end; /* the same: it is gone, and the server does not know yet */
	uint64_t id;          /* of the mapping that it is a piece of */
};

static struct {
	atomic_flag lock;
	struct piece *pieces; /* pages of our own */
	size_t n, size;
	atomic_size_t count; /* n, to be read without the lock */
	uint64_t old_signals;
} maps = { .lock = ATOMIC_FLAG_INIT };

#define GONE_MAX 32

/* A signal handler that maps something must not find the lock taken by what it interrupted. */
static uint64_t
lock(void)
{
	uint64_t old = rke_block_signals();

	while (atomic_flag_test_and_set_explicit(&maps.lock, memory_order_acquire))
		rke_sys(SYS_sched_yield);
	return old;
}

static void
unlock(uint64_t old)
{
	atomic_store(&maps.count, maps.n);
	atomic_flag_clear_explicit(&maps.lock, memory_order_release);
	rke_set_signals(old);
}

/* Room for @more pieces. */
static bool
grow(size_t more)
{
	return rke_grow((void **)&maps.pieces, &maps.size, maps.n, maps.n + more, sizeof(*maps.pieces));
}

/* Nothing of the board's is mapped in [start, end) any more. There is room for one piece per piece. */
static void
cut(uintptr_t start, uintptr_t end)
{
	for (size_t i = 0, n = maps.n; i < n; i++) {
		struct piece *p = &maps.pieces[i];

		if (p->end <= start || end <= p->start)
			continue;
		if (p->start < start && end < p->end) {
			maps.pieces[maps.n++] = (struct piece){ end, p->end, p->id };
			p->end = start;
		} else if (p->start < start) {
			p->end = start;
		} else if (end < p->end) {
			p->start = end;
		} else {
			p->end = p->start;
		}
	}
}

/* Take mappings that are gone from the table; at most GONE_MAX. */
static size_t
collect(uint64_t *gone)
{
	size_t n = 0;

	for (size_t i = 0; i < maps.n && n < GONE_MAX; i++) {
		const struct piece p = maps.pieces[i];
		bool left = false;

		if (p.start != p.end)
			continue;
		maps.pieces[i--] = maps.pieces[--maps.n];
		for (size_t k = 0; k < maps.n; k++)
			left |= maps.pieces[k].id == p.id;
		if (!left)
			gone[n++] = p.id;
	}
	return n;
}

/* Say which mappings are gone, the table not being locked. */
static void
tell(uintptr_t addr, size_t len)
{
	uint64_t gone[GONE_MAX];
	size_t n;

	do {
		uint64_t old = lock();

		n = collect(gone);
		unlock(old);
		for (size_t i = 0; i < n; i++) {
			struct rke_request request = {
				.op = RKE_WIRE_MUNMAP, .id = gone[i], .address = addr, .length = len
			};
			struct rke_parts parts = { .fd = -1 };
			struct rke_reply reply;

			rke_ask(&request, &parts, &reply);
		}
	} while (n == GONE_MAX);
}

long
rke_maps_unmap(uintptr_t addr, size_t len)
{
	if (atomic_load_explicit(&maps.count, memory_order_relaxed) == 0)
		return rke_sys(SYS_munmap, addr, len);
	uint64_t old = lock();
	long r = grow(maps.n) ? rke_sys(SYS_munmap, addr, len) : -ENOMEM;

	if (r == 0)
		cut(addr, addr + rke_whole_pages(len));
	unlock(old);
	if (r == 0)
		tell(addr, len);
	return r;
}

long
rke_maps_replace(uintptr_t addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	if (!(flags & MAP_FIXED) || atomic_load_explicit(&maps.count, memory_order_relaxed) == 0)
		return rke_sys(SYS_mmap, addr, len, prot, flags, fd, offset);
	uint64_t old = lock();
	long r = grow(maps.n) ? rke_sys(SYS_mmap, addr, len, prot, flags, fd, offset) : -ENOMEM;
	bool done = r >= 0 || r < -4095;

	if (done)
		cut(addr, addr + rke_whole_pages(len));
	unlock(old);
	if (done)
		tell(addr, len);
	return r;
}

long
rke_maps_move(uintptr_t addr, size_t old_len, size_t new_len, int flags, uintptr_t to)
{
	if (atomic_load_explicit(&maps.count, memory_order_relaxed) == 0)
		return rke_sys(SYS_mremap, addr, old_len, new_len, flags, to);
	uintptr_t end = addr + rke_whole_pages(old_len);
	uint64_t old = lock(), id = 0;
	bool ours = false;
	long r = 0;

	for (size_t i = 0; i < maps.n; i++)
		if (maps.pieces[i].start < end && addr < maps.pieces[i].end) {
			id = maps.pieces[i].id;
			ours = true;
		}
	/* Mappings of a DRM device do not grow [source: DRM core, VM_DONTEXPAND]. */
	if (ours && (rke_whole_pages(new_len) > rke_whole_pages(old_len) || old_len == 0))
		r = -EFAULT;
	else if (!grow(maps.n + 1))
		r = -ENOMEM;
	else
		r = rke_sys(SYS_mremap, addr, old_len, new_len, flags, to);
	bool done = r >= 0 || r < -4095;

	if (done && (flags & MREMAP_FIXED))
		cut((uintptr_t)r, (uintptr_t)r + rke_whole_pages(new_len));
	if (done && ours) {
		cut(addr, end);
		maps.pieces[maps.n++] =
			(struct piece){ (uintptr_t)r, (uintptr_t)r + rke_whole_pages(new_len), id };
	}
	unlock(old);
	if (done)
		tell(addr, old_len);
	return r;
}

long
rke_maps_map(enum rke_node_kind kind, uint64_t inode, uintptr_t addr, size_t len, int prot, int flags, int fd,
	     off_t offset)
{
	struct rke_request request = { .op = RKE_WIRE_MMAP,
				       .fd = fd,
				       .inode = inode,
				       .command = kind,
				       .address = addr,
				       .length = len,
				       .prot = (uint32_t)prot,
				       .flags = (uint32_t)flags,
				       .offset = (uint64_t)offset };
	struct rke_parts parts = { .cloexec = true, .fd = -1 };
	struct rke_reply reply;

	if (len == 0 || offset % 4096 != 0)
		return -EINVAL;
	long r = rke_ask(&request, &parts, &reply);

	if (r < 0 || parts.fd < 0)
		return r < 0 ? r : -ENODEV;
	uint64_t old = lock();

	r = grow(maps.n + 1) ? rke_sys(SYS_mmap, addr, len, prot, flags, parts.fd, reply.offset) : -ENOMEM;
	bool done = r >= 0 || r < -4095;

	if (done) {
		if (flags & MAP_FIXED)
			cut(addr, addr + rke_whole_pages(len));
		maps.pieces[maps.n++] =
			(struct piece){ (uintptr_t)r, (uintptr_t)r + rke_whole_pages(len), reply.id };
	}
	unlock(old);
	rke_sys(SYS_close, parts.fd);
	request = (struct rke_request){ .op = RKE_WIRE_MAPPED,
					.id = reply.id,
					.address = done ? (uint64_t)r : UINT64_MAX };
	parts.fd = -1;
	rke_ask(&request, &parts, &reply);
	if (done && (flags & MAP_FIXED))
		tell(addr, len);
	return r;
}

/*
 * A fork copies mappings and table. The server must know of the child's before
 * the parent can end, so the parent asks for it.
 */

static void
before_fork(void)
{
	int saved = errno;

	maps.old_signals = lock();
	if (maps.n)
		rke_link_fork();
	errno = saved;
}

static void
after_fork_in_parent(void)
{
	int saved = errno;

	rke_link_forked(false);
	unlock(maps.old_signals);
	errno = saved;
}

static void
after_fork_in_child(void)
{
	int saved = errno;

	rke_link_forked(true);
	unlock(maps.old_signals);
	errno = saved;
}

__attribute__((constructor)) static void
construct(void)
{
	if (rke_dir())
		pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
