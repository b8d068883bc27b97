/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <pthread.h>
#include <sys/mman.h>

/*
 * Where BOs are mapped, and what was in them when they were last looked at.
 * They are read where the program mapped them: a mapping of our own would keep
 * a BO, and its place, when the program gives it up.
 */

struct piece {
	uintptr_t start, end;
	uint64_t file;
	int fd;          /* that it was mapped by */
	uint64_t offset; /* of the mapping, as MEM_MAP gave it */
	uint64_t length; /* of the mapping */
	uint64_t from;   /* bytes of the mapping before @start */
	uint8_t *shadow; /* of the whole mapping; NULL: none is wanted, or there was no memory */
	bool readable;
	bool seen; /* it was recorded once */
};

static struct {
	struct rkc_lock lock;
	struct piece *pieces; /* pages of our own */
	size_t n, size;
	uint32_t pid;        /* whose mappings they are */
	atomic_size_t count; /* n, to be read without the lock */
	uint64_t old_signals;
} maps;

/* What a child writes, its parent has not seen; and so they share what was seen. */
static uint8_t *
shared_pages(size_t len)
{
	long p = rke_sys(SYS_mmap, NULL, rke_whole_pages(len), PROT_READ | PROT_WRITE,
			 MAP_ANONYMOUS | MAP_NORESERVE | MAP_SHARED, -1, 0L);

	return p < 0 && p >= -4095 ? NULL : (uint8_t *)p;
}

static void
unlock(uint64_t old)
{
	atomic_store(&maps.count, maps.n);
	rkc_unlock(&maps.lock, old);
}

/* Room for @more pieces. */
static bool
grow(size_t more)
{
	return rke_grow((void **)&maps.pieces, &maps.size, maps.n, maps.n + more, sizeof(*maps.pieces));
}

static void
drop(size_t i)
{
	const struct piece gone = maps.pieces[i];

	maps.pieces[i] = maps.pieces[--maps.n];
	for (size_t k = 0; k < maps.n; k++)
		if (maps.pieces[k].shadow == gone.shadow)
			return;
	if (gone.shadow)
		rke_sys(SYS_munmap, gone.shadow, rke_whole_pages(gone.length));
}

/* A piece from @start on only. */
static void
move_start(struct piece *p, uintptr_t start)
{
	p->from += start - p->start;
	p->start = start;
}

/* No BO is mapped in [start, end) any more. There is room for one piece more. */
static void
cut(uintptr_t start, uintptr_t end)
{
	for (size_t i = 0; i < maps.n; i++) {
		struct piece *p = &maps.pieces[i];

		if (p->end <= start || end <= p->start)
			continue;
		if (p->start < start && end < p->end) {
			struct piece *rest = &maps.pieces[maps.n++];

			*rest = *p;
			move_start(rest, end);
			p->end = start;
			return;
		}
		if (p->start < start)
			p->end = start;
		else if (end < p->end)
			move_start(p, end);
		else
			drop(i--);
	}
}

/* A child has the mappings of its parent but for those that were kept from it (MADV_DONTFORK). */
static void
take_over(void)
{
	uint32_t pid = rkc_pid();

	for (size_t i = 0; i < maps.n && maps.pid != pid; i++) {
		struct piece *p = &maps.pieces[i];

		p->readable = p->readable && rke_readable((const void *)p->start, p->end - p->start);
	}
	maps.pid = pid;
}

bool
rkc_maps_any(void)
{
	return atomic_load_explicit(&maps.count, memory_order_relaxed) != 0;
}

void
rkc_maps_add(uint64_t file, int fd, uintptr_t addr, size_t len, int prot, uint64_t offset)
{
	struct piece p = {
		.start = addr,
		.end = addr + rke_whole_pages(len),
		.file = file,
		.fd = fd,
		.offset = offset,
		.length = len,
		.readable = (prot & PROT_READ) != 0,
	};

	if (rkc_control()->contents && p.readable)
		p.shadow = shared_pages(len);
	uint64_t old = rkc_lock(&maps.lock);

	take_over();
	if (grow(2)) {
		cut(p.start, p.end);
		maps.pieces[maps.n++] = p;
	}
	unlock(old);
}

int
rkc_maps_unmap(enum rkc_way way, void *addr, size_t len)
{
	uintptr_t start = (uintptr_t)addr, end = start + rke_whole_pages(len);
	int saved = errno;
	uint64_t old = rkc_lock(&maps.lock);
	struct rkc_event *e = NULL;

	for (size_t i = 0; i < maps.n && !e; i++) {
		const struct piece *p = &maps.pieces[i];

		if (p->end <= start || end <= p->start)
			continue;
		e = rkc_event_new(RKC_MUNMAP, p->file, p->fd, 0);
		if (!e)
			break;
		e->args[0] = start;
		e->args[1] = len;
		e->args[2] = p->length;
		e->args[3] = p->offset;
	}
	bool room = grow(1);

	errno = saved;
	int r = rkc_next_munmap(way, addr, len), error = errno;

	if (r == 0 && room)
		cut(start, end);
	if (e) {
		e->ret = r;
		e->error = r < 0 ? error : 0;
	}
	rkc_event_set(e, RKC_DONE);
	unlock(old);
	errno = error;
	return r;
}

void
rkc_maps_cut(uintptr_t addr, size_t len)
{
	uint64_t old = rkc_lock(&maps.lock);

	if (grow(1))
		cut(addr, addr + rke_whole_pages(len));
	unlock(old);
}

/* ---- contents */

/* How much of a mapping is in the page at @at: its last one may be in part. */
static uint64_t
page_bytes(const struct piece *p, uint64_t at)
{
	return p->length - at < RKC_PAGE ? p->length - at : RKC_PAGE;
}

/* Bytes [at, to) of the mapping, as they are; and they are what was seen from now on. */
static bool
put(struct piece *p, uint64_t at, uint64_t to)
{
	struct rkc_event *e = rkc_event_new(RKC_CONTENTS, p->file, -1, to - at);

	if (!e)
		return false;
	/* It may change while it is read: what is kept is what is compared with. */
	if (to > at) {
		memcpy(p->shadow + at, (const uint8_t *)p->start + (at - p->from), to - at);
		memcpy(rkc_event_bytes(e), p->shadow + at, to - at);
	}
	e->args[0] = p->offset;
	e->args[1] = at;
	e->args[2] = to - at;
	e->args[3] = p->length;
	rkc_event_set(e, RKC_DONE);
	p->seen = true;
	return true;
}

/* False: nothing is recorded any more. */
static bool
record(struct piece *p)
{
	uint64_t end = p->from + (p->end - p->start), from = 0, to = 0;

	end = end < p->length ? end : p->length;
	if (!p->seen && !put(p, p->from, p->from))
		return false;
	for (uint64_t at = p->from; at < end; at += RKC_PAGE) {
		uint64_t n = page_bytes(p, at);

		if (memcmp((const uint8_t *)p->start + (at - p->from), p->shadow + at, n) == 0)
			continue;
		if (to > from && (to != at || at + n - from > RKC_PIECE_MAX)) {
			if (!put(p, from, to))
				return false;
			from = to = 0;
		}
		from = to > from ? from : at;
		to = at + n;
	}
	return to == from || put(p, from, to);
}

void
rkc_maps_record(uint64_t file)
{
	if (!rkc_maps_any() || !rkc_control()->contents)
		return;
	uint64_t old = rkc_lock(&maps.lock);

	take_over();
	for (size_t i = 0; i < maps.n; i++) {
		struct piece *p = &maps.pieces[i];

		if ((p->file == file || file == 0) && p->readable && p->shadow && !record(p))
			break;
	}
	unlock(old);
}

/* ---- a fork copies the table, in whatever state it is */

static void
before_fork(void)
{
	int saved = errno;

	maps.old_signals = rkc_lock(&maps.lock);
	errno = saved;
}

static void
after_fork(void)
{
	int saved = errno;

	unlock(maps.old_signals);
	errno = saved;
}

__attribute__((constructor)) static void
construct(void)
{
	if (rkc_control())
		pthread_atfork(before_fork, after_fork, after_fork);
}
