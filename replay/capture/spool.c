/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <fcntl.h>
#include <stdlib.h>

/* Files of events that are full and may still be written to by others; more are left mapped. */
#define RETIRED_MAX 8

static struct {
	atomic_bool ready;
	struct rkc_control *control; /* NULL: nothing is wanted */
	char dir[RKC_DIR_MAX];

	struct rkc_lock lock; /* of making a file */
	_Atomic(struct rkc_spool *) current;
	struct rkc_spool *retired[RETIRED_MAX];
	size_t n_retired;
	atomic_uint writers; /* who may hold an event, or is about to */
} spool;

/* First use may be before the constructor, by the constructor of another library. */
static void
start(void)
{
	const char *dir = getenv(RKC_ENV);
	char path[RKC_DIR_MAX + 32];
	int error;

	if (dir && dir[0] == '/' && strlen(dir) < sizeof(spool.dir)) {
		strcpy(spool.dir, dir);
		strcpy(path, dir);
		strcat(path, RKC_CONTROL);
		struct rkc_control *c = rkc_map_file(path, 0, RKC_CONTROL_BYTES, &error);

		if (c && c->magic == RKC_MAGIC) {
			atomic_fetch_add(&c->processes, 1);
			spool.control = c;
			rkc_unseen_forget(c);
		}
	}
	atomic_store_explicit(&spool.ready, true, memory_order_release);
}

__attribute__((constructor)) static void
construct(void)
{
	int saved = errno;

	rkc_control();
	errno = saved;
}

const char *
rkc_dir(void)
{
	return spool.dir;
}

struct rkc_control *
rkc_control(void)
{
	if (!atomic_load_explicit(&spool.ready, memory_order_acquire))
		start();
	return spool.control;
}

/* Recording ends, for all clients: what comes later would not fit what is there. */
static void
fail(int error)
{
	int32_t none = 0;

	atomic_compare_exchange_strong(&spool.control->error, &none, error ? error : EIO);
}

/* "spool-17" */
static void
name_file(char *path, uint64_t n)
{
	char digits[24];
	size_t i = sizeof(digits);

	digits[--i] = '\0';
	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	strcpy(path, spool.dir);
	strcat(path, RKC_SPOOL);
	strcat(path, digits + i);
}

/* Make a file in place of @full, unless somebody did. */
static void
make_file(struct rkc_spool *full, uint64_t need)
{
	uint64_t old = rkc_lock(&spool.lock);
	uint64_t size = RKC_ROUND(sizeof(struct rkc_spool) + need, full ? RKC_SPOOL_BYTES : RKC_SPOOL_FIRST);
	char path[RKC_DIR_MAX + 48];
	int error;

	if (atomic_load(&spool.current) == full && atomic_load(&spool.control->error) == 0) {
		name_file(path, atomic_fetch_add(&spool.control->spools, 1));
		struct rkc_spool *s = rkc_map_file(path, O_CREAT | O_EXCL, size, &error);

		if (s) {
			s->magic = RKC_MAGIC;
			s->size = size;
			atomic_store(&s->head, sizeof(*s));
			atomic_store(&spool.current, s);
			/* Nobody else is writing: then nobody can hold what is full. */
			for (; atomic_load(&spool.writers) == 1 && spool.n_retired; spool.n_retired--) {
				struct rkc_spool *r = spool.retired[spool.n_retired - 1];

				rke_sys(SYS_munmap, r, r->size);
			}
			if (full && atomic_load(&spool.writers) == 1)
				rke_sys(SYS_munmap, full, full->size);
			else if (full && spool.n_retired < RETIRED_MAX)
				spool.retired[spool.n_retired++] = full;
		} else {
			fail(error);
		}
	}
	rkc_unlock(&spool.lock, old);
}

static struct rkc_event *
reserve(uint64_t size)
{
	for (int tries = 0; tries < 64; tries++) {
		struct rkc_spool *s = atomic_load(&spool.current);
		uint64_t at = s ? atomic_load(&s->head) : 0;

		/* Adding to a full one for ever would wrap around. */
		if (s && at <= s->size)
			at = atomic_fetch_add(&s->head, size);
		if (s && at <= s->size && size <= s->size - at)
			return (struct rkc_event *)((char *)s + at);
		make_file(s, size);
		if (atomic_load(&spool.control->error))
			break;
	}
	return NULL;
}

struct rkc_event *
rkc_event_new(enum rkc_kind kind, uint64_t file, int fd, uint64_t bytes)
{
	uint64_t size = RKC_ROUND(sizeof(struct rkc_event) + bytes, RKC_ALIGN);
	struct rkc_event *e = NULL;

	if (!rkc_control())
		return NULL;
	atomic_fetch_add(&spool.writers, 1);
	if (atomic_load_explicit(&spool.control->error, memory_order_relaxed) == 0)
		e = reserve(size);
	if (!e) {
		atomic_fetch_add(&spool.control->lost, 1);
		atomic_fetch_sub(&spool.writers, 1);
		return NULL;
	}
	atomic_store(&e->size, (uint32_t)size);
	e->kind = kind;
	e->file = file;
	e->fd = fd;
	e->pid = rkc_pid();
	rkc_event_stamp(e);
	return e;
}

void
rkc_event_stamp(struct rkc_event *event)
{
	if (event)
		event->stamp = atomic_fetch_add(&spool.control->stamp, 1) + 1;
}

void
rkc_event_set(struct rkc_event *event, enum rkc_state state)
{
	if (!event)
		return;
	atomic_store_explicit(&event->state, state, memory_order_release);
	if (state == RKC_DONE)
		atomic_fetch_sub(&spool.writers, 1);
}
