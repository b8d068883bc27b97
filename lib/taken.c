/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "taken.h"

#include <errno.h>

#include "util.h"

/*
 * A balanced (AVL) tree of the ranges by their starts. Each one knows of all
 * that are below it where they begin and end and the largest gap between
 * them, so that a search leaves out those that have no room.
 */
struct rkr_take {
	struct rkr_take *child[2]; /* before and after it */
	uint64_t start, end;       /* the last number of a space is in no range */
	void *by;
	int height;
	/* Of it and all below it. */
	uint64_t all_start, all_end;
	uint64_t gap; /* where ranges overlap it may be larger than any that there is */
};

void
rkr_taken_clear(struct rkr_taken *taken)
{
	/* What is before a range is hung above it, until there is none: a list. */
	for (struct rkr_take *n = taken->top; n;) {
		struct rkr_take *before = n->child[0];

		if (before) {
			n->child[0] = before->child[1];
			before->child[1] = n;
			n = before;
			continue;
		}
		struct rkr_take *after = n->child[1];

		free(n);
		n = after;
	}
	taken->top = NULL;
}

static uint64_t
between(uint64_t from, uint64_t to)
{
	return from < to ? to - from : 0;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int
height(const struct rkr_take *n)
{
	return n ? n->height : 0;
}

static void
sum_up(struct rkr_take *n)
{
	const struct rkr_take *l = n->child[0], *r = n->child[1];

	n->height = 1 + (height(l) > height(r) ? height(l) : height(r));
	n->all_start = l ? l->all_start : n->start;
	n->all_end = l ? larger(l->all_end, n->end) : n->end;
	n->gap = l ? larger(l->gap, between(l->all_end, n->start)) : 0;
	if (r) {
		n->gap = larger(larger(n->gap, r->gap), between(n->all_end, r->all_start));
		n->all_end = larger(n->all_end, r->all_end);
	}
}

/* Hang a range below its child on the other side. */
static struct rkr_take *
turn(struct rkr_take *n, int side)
{
	struct rkr_take *up = n->child[!side];

	n->child[!side] = up->child[side];
	up->child[side] = n;
	sum_up(n);
	sum_up(up);
	return up;
}

/* What stands where a range did one of whose children changed. */
static struct rkr_take *
balance(struct rkr_take *n)
{
	int lean = height(n->child[1]) - height(n->child[0]), heavy = lean > 0;

	if (lean >= -1 && lean <= 1) {
		sum_up(n);
		return n;
	}
	struct rkr_take *c = n->child[heavy];

	if (height(c->child[heavy]) < height(c->child[!heavy]))
		n->child[heavy] = turn(c, heavy);
	return turn(n, !heavy);
}

/* Which side of a range another one is on. */
static int
side_of(const struct rkr_take *n, uint64_t start, const void *by)
{
	return n->start != start ? n->start < start : (uintptr_t)n->by <= (uintptr_t)by;
}

static struct rkr_take *
put(struct rkr_take *n, struct rkr_take *new)
{
	if (!n)
		return new;
	int side = side_of(n, new->start, new->by);

	n->child[side] = put(n->child[side], new);
	return balance(n);
}

int
rkr_taken_add(struct rkr_taken *taken, uint64_t start, uint64_t size, void *by)
{
	struct rkr_take *new = malloc(sizeof(*new));

	if (!new)
		return -ENOMEM;
	*new = (struct rkr_take){ .start = start, .end = UINT64_MAX, .by = by };
	if (size && size < UINT64_MAX - start)
		new->end = start + size;
	sum_up(new);
	taken->top = put(taken->top, new);
	return 0;
}

static struct rkr_take *
take_first(struct rkr_take *n, struct rkr_take **ret_first)
{
	if (!n->child[0]) {
		*ret_first = n;
		return n->child[1];
	}
	n->child[0] = take_first(n->child[0], ret_first);
	return balance(n);
}

static struct rkr_take *
take_out(struct rkr_take *n, uint64_t start, const void *by)
{
	if (!n)
		return NULL;
	if (n->start != start || n->by != by) {
		int side = side_of(n, start, by);

		n->child[side] = take_out(n->child[side], start, by);
		return balance(n);
	}
	struct rkr_take *before = n->child[0], *after = n->child[1];

	free(n);
	if (!after)
		return before;
	after = take_first(after, &n);
	n->child[0] = before;
	n->child[1] = after;
	return balance(n);
}

void
rkr_taken_remove(struct rkr_taken *taken, uint64_t start, const void *by)
{
	taken->top = take_out(taken->top, start, by);
}

void *
rkr_taken_by(const struct rkr_taken *taken, uint64_t start, uint64_t size)
{
	uint64_t end = size < UINT64_MAX - start ? start + size : UINT64_MAX;

	for (const struct rkr_take *n = taken->top; n;) {
		const struct rkr_take *before = n->child[0];

		/* One of these ends behind @start. If it begins too late, so do all that come after. */
		if (before && before->all_end > start)
			n = before;
		else if (n->start < end && n->end > start)
			return n->by;
		else
			n = n->child[1];
	}
	return NULL;
}

/* The room in [lo, hi), of which nothing is taken. */
static bool
fit(uint64_t lo, uint64_t hi, const struct rkr_room *room, uint64_t *ret_start)
{
	uint64_t last = hi - room->size, over;

	if (room->highest) {
		over = last % room->align;
		*ret_start = last - over;
		return over <= last - lo;
	}
	over = lo % room->align ? room->align - lo % room->align : 0;
	*ret_start = lo + over;
	return over <= last - lo;
}

/* The room in [lo, hi), of which @n and all below it are all that may be taken. */
static bool
search(const struct rkr_take *n, uint64_t lo, uint64_t hi, const struct rkr_room *room, uint64_t *ret_start)
{
	if (between(lo, hi) < room->size)
		return false;
	if (!n)
		return fit(lo, hi, room, ret_start);
	if (n->gap < room->size && between(lo, n->all_start) < room->size &&
	    between(n->all_end, hi) < room->size)
		return false;
	const struct rkr_take *before = n->child[0], *after = n->child[1];
	uint64_t end = before ? larger(before->all_end, n->end) : n->end;

	for (int i = 0; i < 2; i++)
		if ((i == room->highest) ? search(before, lo, hi < n->start ? hi : n->start, room, ret_start)
					 : search(after, larger(lo, end), hi, room, ret_start))
			return true;
	return false;
}

int
rkr_taken_find(const struct rkr_taken *taken, const struct rkr_room *room, uint64_t *ret_start)
{
	uint64_t start;

	if (!search(taken->top, room->from, room->to, room, &start))
		return -ENOMEM;
	*ret_start = start;
	return 0;
}
