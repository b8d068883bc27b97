/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture-priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

/*
 * Events of all files, in one order. Files are read, not mapped: a client may
 * still have them, and could take the bytes away.
 */

/* Files that are in memory at a time: events of processes that run beside each other alternate. */
#define LOADED 32

/* A file of events has this much at most: none needs a longer one. */
#define FILE_MAX (4 * RKC_SPOOL_BYTES)

struct place {
	uint64_t stamp;
	uint64_t spool;
	uint32_t offset, size;
};

struct loaded {
	uint64_t spool;
	uint8_t *bytes;
	uint64_t len;
	uint64_t used; /* when last */
};

struct rkx_events {
	char *dir;
	struct place *v;
	size_t n, cap;
	struct loaded loaded[LOADED];
	uint64_t clock;
};

static int
read_file(const char *path, uint8_t **ret_bytes, uint64_t *ret_len)
{
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < 0 || (uint64_t)st.st_size > FILE_MAX)
		return -EINVAL;
	_autofree_ uint8_t *bytes = calloc(1, (size_t)st.st_size + 1);
	size_t at = 0;

	if (!bytes)
		return -ENOMEM;
	while (at < (size_t)st.st_size) {
		ssize_t n = read(fd, bytes + at, (size_t)st.st_size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		at += (size_t)n;
	}
	*ret_len = at;
	*ret_bytes = rkr_steal(bytes);
	return 0;
}

/* The bytes of a file; NULL with *ret_error. */
static const struct loaded *
load(struct rkx_events *events, uint64_t spool, int *ret_error)
{
	struct loaded *oldest = &events->loaded[0];
	_autofree_ char *path = NULL;

	events->clock++;
	for (size_t i = 0; i < LOADED; i++) {
		struct loaded *l = &events->loaded[i];

		if (l->bytes && l->spool == spool) {
			l->used = events->clock;
			return l;
		}
		if (l->used < oldest->used)
			oldest = l;
	}
	free(oldest->bytes);
	*oldest = (struct loaded){ 0 };
	if (asprintf(&path, "%s" RKC_SPOOL "%" PRIu64, events->dir, spool) < 0) {
		*ret_error = -ENOMEM;
		return NULL;
	}
	*ret_error = read_file(path, &oldest->bytes, &oldest->len);
	if (*ret_error < 0)
		return NULL;
	oldest->spool = spool;
	oldest->used = events->clock;
	return oldest;
}

/* Whether an event was written as far as is needed, and is one. */
static bool
is_whole(const struct rkc_event *e, uint32_t size)
{
	uint32_t state = atomic_load_explicit(&e->state, memory_order_relaxed);

	if (e->kind < RKC_IOCTL || e->kind > RKC_NODE || e->file == 0)
		return false;
	if (e->kind == RKC_IOCTL && 2 * RKC_ROUND(e->args[2] & 0x3fff, 8) > size - sizeof(*e))
		return false;
	if ((e->kind == RKC_CONTENTS || e->kind == RKC_SYSFS) && e->args[2] > size - sizeof(*e))
		return false;
	return state == RKC_DONE || (state == RKC_ENTERED && e->kind == RKC_IOCTL);
}

static int
scan(struct rkx_events *events, uint64_t spool)
{
	int r = 0;
	const struct loaded *l = load(events, spool, &r);
	struct rkc_spool head;

	/* A file whose maker was killed before it was one. */
	if (!l)
		return r == -ENOENT || r == -EINVAL ? 0 : r;
	if (l->len < sizeof(head))
		return 0;
	memcpy(&head, l->bytes, sizeof(head));
	uint64_t end = atomic_load_explicit(&head.head, memory_order_relaxed);

	if (head.magic != RKC_MAGIC)
		return 0;
	end = end < l->len ? end : l->len;
	for (uint64_t at = sizeof(head); at + sizeof(struct rkc_event) <= end;) {
		struct rkc_event e;

		memcpy(&e, l->bytes + at, sizeof(e));
		uint32_t size = atomic_load_explicit(&e.size, memory_order_relaxed);

		/* Its writer was killed between taking the room and saying how much it is. */
		if (size == 0) {
			at += RKC_ALIGN;
			continue;
		}
		if (size % RKC_ALIGN || size < sizeof(e) || size > end - at)
			break;
		if (is_whole(&e, size)) {
			if (rkr_grow((void **)&events->v, &events->cap, events->n + 1, sizeof(*events->v)) <
			    0)
				return -ENOMEM;
			events->v[events->n++] = (struct place){ e.stamp, spool, (uint32_t)at, size };
		}
		at += size;
	}
	return 0;
}

static int
compare(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	return a->stamp < b->stamp ? -1 : a->stamp > b->stamp;
}

/* The number of "spool-17". */
static bool
is_spool(const char *name, uint64_t *ret_number)
{
	const char *digits = name + strlen(RKC_SPOOL) - 1;
	char *end;

	if (strncmp(name, &RKC_SPOOL[1], strlen(RKC_SPOOL) - 1) != 0 || *digits < '0' || *digits > '9')
		return false;
	errno = 0;
	*ret_number = strtoull(digits, &end, 10);
	return errno == 0 && !*end;
}

/* The files that are there: how many clients say that they made may be anything. */
static int
scan_all(struct rkx_events *events)
{
	DIR *dir = opendir(events->dir);
	const struct dirent *entry;
	uint64_t number;
	int r = 0;

	/* A client that removes it has nothing recorded. */
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (entry = readdir(dir)))
		if (is_spool(entry->d_name, &number))
			r = scan(events, number);
	closedir(dir);
	return r;
}

int
rkx_events_open(const char *dir, struct rkx_events **ret_events, struct rkr_error *err)
{
	struct rkx_events *events = calloc(1, sizeof(*events));
	int r = events && (events->dir = strdup(dir)) ? scan_all(events) : -ENOMEM;

	if (r < 0) {
		rkx_events_free(events);
		return rkr_error_set(err, r, dir, 0, 0, NULL, "what was recorded cannot be read: %s",
				     strerror(-r));
	}
	if (events->n)
		qsort(events->v, events->n, sizeof(*events->v), compare);
	*ret_events = events;
	return 0;
}

void
rkx_events_free(struct rkx_events *events)
{
	if (!events)
		return;
	for (size_t i = 0; i < LOADED; i++)
		free(events->loaded[i].bytes);
	free(events->v);
	free(events->dir);
	free(events);
}

size_t
rkx_events_count(const struct rkx_events *events)
{
	return events->n;
}

int
rkx_events_get(struct rkx_events *events, size_t i, struct rkc_event *ret_event, const uint8_t **ret_bytes,
	       size_t *ret_len)
{
	const struct place *p = &events->v[i];
	int r = 0;
	const struct loaded *l = load(events, p->spool, &r);

	if (!l)
		return r;
	/* Read again: it may have changed. */
	if (p->offset > l->len || p->size > l->len - p->offset)
		return -EINVAL;
	memcpy(ret_event, l->bytes + p->offset, sizeof(*ret_event));
	if (!is_whole(ret_event, p->size))
		return -EINVAL;
	*ret_bytes = l->bytes + p->offset + sizeof(*ret_event);
	*ret_len = p->size - sizeof(*ret_event);
	return 0;
}
