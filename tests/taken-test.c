/* SPDX-License-Identifier: MIT */
/* What is taken of a space: the tree answers what a scan of all ranges answers. */
#include "config.h"

#include <errno.h>

#include "lib/taken.h"
#include "lib/util.h"
#include "tests/common.h"

#define SPACE 160
#define N_MAX 48

struct range {
	uint64_t start, size;
};

struct both {
	struct rkr_taken taken;
	struct range v[N_MAX];
	size_t n;
	uint64_t base; /* of the numbers that are tried */
	char owners[16];
};

static bool
reaches_into(const struct range *r, uint64_t start, uint64_t end)
{
	bool to_end = r->size == 0 || r->size > UINT64_MAX - r->start;

	return r->start < end && (to_end || r->start + r->size > start);
}

/* Ranges of one size have one owner, so that who has a range tells which of those in one place it is. */
static void *
owner_of(struct both *b, const struct range *r)
{
	return &b->owners[r->size % RKR_ARRAY_LEN(b->owners)];
}

/* The first range that reaches into [start, end); one of @owner, if that is not NULL. */
static const struct range *
scan(struct both *b, uint64_t start, uint64_t end, const void *owner)
{
	const struct range *first = NULL;

	for (size_t i = 0; i < b->n; i++)
		if (reaches_into(&b->v[i], start, end) && (!owner || owner_of(b, &b->v[i]) == owner) &&
		    (!first || b->v[i].start < first->start))
			first = &b->v[i];
	return first;
}

/* By trying each place. */
static bool
scan_room(struct both *b, const struct rkr_room *room, uint64_t *ret_start)
{
	if (room->from > room->to || room->size > room->to - room->from)
		return false;
	uint64_t n = room->to - room->from - room->size;

	for (uint64_t i = 0; i <= n; i++) {
		uint64_t at = room->from + (room->highest ? n - i : i);

		*ret_start = at;
		if (at % room->align == 0 && !scan(b, at, at + room->size, NULL))
			return true;
	}
	return false;
}

static void
assert_alike(struct both *b, struct test_random *random)
{
	uint64_t from = test_random_next(random) % SPACE, to = test_random_next(random) % (SPACE + 1);
	const struct rkr_room room = {
		.from = b->base + from,
		.to = b->base + to,
		.size = 1 + test_random_next(random) % 12,
		.align = test_random_next(random) % 2 ? 1 : 1 + test_random_next(random) % 16,
		.highest = test_random_next(random) % 2,
	};
	uint64_t want = 0, got = 77;
	bool found = scan_room(b, &room, &want);

	ck_assert_int_eq(rkr_taken_find(&b->taken, &room, &got), found ? 0 : -ENOMEM);
	ck_assert_msg(got == (found ? want : 77), "%llu, not %llu", (unsigned long long)(got - b->base),
		      (unsigned long long)(want - b->base));
	/* Of those that start in one place anyone may be told. */
	uint64_t end = room.size > UINT64_MAX - room.from ? UINT64_MAX : room.from + room.size;
	const void *by = rkr_taken_by(&b->taken, room.from, room.size);
	const struct range *first = scan(b, room.from, end, NULL), *told = scan(b, room.from, end, by);

	ck_assert_ptr_eq(by ? first : NULL, first);
	ck_assert_msg(!first || (told && told->start == first->start), "%llu has another owner",
		      (unsigned long long)from);
}

static void
take(struct both *b, struct test_random *random, bool overlapping)
{
	struct range r = { b->base + test_random_next(random) % SPACE, 1 + test_random_next(random) % 9 };

	if (overlapping && test_random_next(random) % 16 == 0)
		r.size = test_random_next(random) % 2 ? 0 : UINT64_MAX - 1;
	if (b->n == N_MAX || (!overlapping && scan(b, r.start, r.start + r.size, NULL)))
		return;
	ck_assert_int_eq(rkr_taken_add(&b->taken, r.start, r.size, owner_of(b, &r)), 0);
	b->v[b->n++] = r;
}

START_TEST(as_a_scan)
{
	static const uint64_t bases[] = { 0, UINT64_MAX - SPACE, 0x100000000 };
	struct test_random random = { 90 + (uint64_t)_i };
	struct both b = { .base = bases[_i % 3] };

	for (int i = 0; i < 6000; i++) {
		struct range *r = &b.v[test_random_next(&random) % N_MAX];

		if (r < b.v + b.n && test_random_next(&random) % 2) {
			rkr_taken_remove(&b.taken, r->start, owner_of(&b, r));
			*r = b.v[--b.n];
		} else {
			take(&b, &random, _i >= 3);
		}
		for (int k = 0; k < 10; k++)
			assert_alike(&b, &random);
	}
	rkr_taken_clear(&b.taken);
	ck_assert_ptr_null(rkr_taken_by(&b.taken, 0, UINT64_MAX));
}
END_TEST

/* Given back by who did not take it: nothing happens. */
START_TEST(only_owners_give_back)
{
	struct rkr_taken taken = { 0 };
	char a = 0, b = 0;

	rkr_taken_remove(&taken, 5, &a);
	ck_assert_int_eq(rkr_taken_add(&taken, 5, 2, &a), 0);
	rkr_taken_remove(&taken, 5, &b);
	rkr_taken_remove(&taken, 6, &a);
	ck_assert_ptr_eq(rkr_taken_by(&taken, 6, 1), &a);
	rkr_taken_remove(&taken, 5, &a);
	ck_assert_ptr_null(rkr_taken_by(&taken, 0, UINT64_MAX));
	rkr_taken_clear(&taken);
}
END_TEST

/*
 * In order, from either end, with gaps of one that nothing fits into: a tree
 * that leans, or a search that looks at all, would take hours.
 */
START_TEST(many_in_order)
{
	const uint64_t n = 200000;
	struct rkr_taken taken = { 0 };
	struct rkr_room room = { 2, _i ? 4 * n + 6 : 4 * n + 8, .size = 2, .align = 2, .highest = _i };
	uint64_t start = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t at = 4 * (_i ? n - i : i) + 2;

		ck_assert_int_eq(rkr_taken_add(&taken, at + 1, 3, &taken), 0);
		ck_assert_int_eq(rkr_taken_find(&taken, &room, &start), 0);
		ck_assert_uint_eq(start, 4 * (_i ? n - i : i) + (_i ? 0 : 6));
	}
	rkr_taken_clear(&taken);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("taken");
	TCase *t = tcase_create("taken");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, as_a_scan, 0, 6);
	tcase_add_test(t, only_owners_give_back);
	tcase_add_loop_test(t, many_in_order, 0, 2);
	suite_add_tcase(s, t);
	return test_main(s);
}
