/* SPDX-License-Identifier: MIT */
/* Which record of one run is which of another: the differ pairs them as a scan of all records does. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/align.h"
#include "lib/diff.h"
#include "lib/symbol.h"
#include "lib/util.h"
#include "tests/common.h"

#define N_MAX 1100
/* So many records of a gap are tried for each one. */
#define TRIED_MAX 64

/* Two runs, and what is left of the second. */
struct two {
	struct rkr_run *a, *b;
	bool used_a[N_MAX], used_b[N_MAX];
	struct rkr_diff *diff;
	const struct rkr_diff_item *items;
	size_t n_items, at;
};

/* ---- the runs ---- */

static void
append(struct rkr_run *run, enum rkr_kind kind, const uint64_t (*fields)[2], size_t n, int text_field,
       const char *text)
{
	const struct rkr_blob blob = { text, text ? strlen(text) : 0 };
	struct rkr_record_buf buf;

	rkr_record_init(&buf, kind);
	for (size_t i = 0; i < n; i++)
		rkr_set_u(&buf.rec, (int)fields[i][0], fields[i][1]);
	if (text)
		rkr_set_b(&buf.rec, text_field, &blob);
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
}
#define APPEND_TEXT(run, kind, field, text, ...)                           \
	append(run, RKR_KIND_##kind, (const uint64_t[][2]){ __VA_ARGS__ }, \
	       sizeof((const uint64_t[][2]){ __VA_ARGS__ }) / sizeof(uint64_t[2]), field, text)
#define APPEND(run, kind, ...) APPEND_TEXT(run, kind, 0, NULL, __VA_ARGS__)

/* One call, made of what a number says; numbers are of few bits if runs are to be alike. */
static void
append_call(struct rkr_run *run, uint64_t what)
{
	uint64_t kind = what % 8, handle = 1 + what / 8 % 5, more = what / 40;
	char maps[64];

	switch (kind) {
	case 0:
		APPEND(run, mem_create, { RKR_F_mem_create_ret, 0 }, { RKR_F_mem_create_handle, handle },
		       { RKR_F_mem_create_size, 4096 * (1 + more % 3) });
		break;
	case 1:
		APPEND(run, mem_map, { RKR_F_mem_map_ret, 0 }, { RKR_F_mem_map_n, 1 + more % 4 },
		       { RKR_F_mem_map_entry_handle, handle }, { RKR_F_mem_map_handle, handle });
		break;
	case 2:
		snprintf(maps, sizeof(maps), "%u,%u", (unsigned)handle, (unsigned)(1 + more % 4));
		APPEND_TEXT(run, mmap, RKR_F_mmap_maps, maps, { RKR_F_mmap_length, 4096 * (1 + more % 2) });
		break;
	case 3:
		APPEND(run, gem_close, { RKR_F_gem_close_handle, handle }, { RKR_F_gem_close_ret, more % 2 });
		break;
	default:
		APPEND(run, action, { RKR_F_action_flags, handle }, { RKR_F_action_value, more & UINT32_MAX },
		       { RKR_F_action_ret, kind == 4 });
	}
}

/* The second run is the first one with some calls lost, added and changed; or any other. */
static void
make(struct two *t, struct test_random *random, size_t n, unsigned bits, bool other)
{
	ck_assert_int_eq(rkr_run_new(&t->a), 0);
	ck_assert_int_eq(rkr_run_new(&t->b), 0);
	/* A kind that only one of them has is not compared. */
	for (uint64_t kind = 0; kind < 5; kind++) {
		append_call(t->a, kind);
		append_call(t->b, kind);
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t what = test_random_next(random) >> (64 - bits), how = test_random_next(random) % 12;

		if (other || how != 0)
			append_call(t->a, what);
		if (other || how == 1)
			append_call(t->b, test_random_next(random) >> (64 - bits));
		else if (how != 2)
			append_call(t->b, how == 3 ? what ^ 1 << 7 : what);
	}
	ck_assert_int_eq(rkr_run_bind(t->a), 0);
	ck_assert_int_eq(rkr_run_bind(t->b), 0);
}

/* ---- as a scan has it ---- */

/* The first BO of a MEM_MAP's ordinal. */
static size_t
mapped_by(const struct rkr_run *run, unsigned long n)
{
	for (size_t i = 0; i < rkr_run_n_bos(run); i++)
		if ((rkr_run_bo(run, i)->known & RKR_BO_MAP_N) && rkr_run_bo(run, i)->map_n == n)
			return i;
	return 1000000 + n;
}

/* BOs without roles correspond in order. */
static bool
same_bos(const struct two *t, size_t a, size_t b)
{
	return a == b && ((a < rkr_run_n_bos(t->a)) == (a < rkr_run_n_bos(t->b)));
}

static void
read_list(const struct rkr_blob *list, unsigned long ret[2])
{
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)list->len, (const char *)list->data);
	ck_assert_int_eq(sscanf(text, "%lu,%lu", &ret[0], &ret[1]), 2);
}

static bool
same_lists(const struct two *t, const struct rkr_blob *a, const struct rkr_blob *b)
{
	unsigned long n[2], m[2];

	read_list(a, n);
	read_list(b, m);
	return same_bos(t, mapped_by(t->a, n[0]), mapped_by(t->b, m[0])) &&
	       same_bos(t, mapped_by(t->a, n[1]), mapped_by(t->b, m[1]));
}

static bool
differs(const struct two *t, size_t i, size_t j, size_t f)
{
	const struct rkr_record *a = rkr_run_record(t->a, i), *b = rkr_run_record(t->b, j);
	const struct rkr_field *fd = &rkr_kind_get(a->kind)->fields[f];

	if (!rkr_has(a, (int)f) || fd->space == RKR_SPACE_ORDINAL || fd->space == RKR_SPACE_CALL)
		return false;
	if (fd->space == RKR_SPACE_NONE)
		return a->v[f].u != b->v[f].u;
	if (fd->space == RKR_SPACE_MAP_LIST)
		return !same_lists(t, a->v[f].b, b->v[f].b);
	struct rkr_ref ra = rkr_run_resolve(t->a, fd->space, a->v[f].u, i),
		       rb = rkr_run_resolve(t->b, fd->space, b->v[f].u, j);

	return ra.state != rb.state || ra.addend != rb.addend ||
	       (ra.state == RKR_REF_BO && !same_bos(t, ra.bo, rb.bo));
}

static size_t
count(const struct two *t, size_t i, size_t j)
{
	size_t n = 0;

	for (size_t f = 0; f < rkr_kind_get(rkr_run_record(t->a, i)->kind)->n_fields; f++)
		n += differs(t, i, j, f);
	return n;
}

static bool
same_kind(const struct two *t, size_t i, size_t j)
{
	return rkr_run_record(t->a, i)->kind == rkr_run_record(t->b, j)->kind;
}

static bool
same(const void *data, size_t i, size_t j)
{
	return same_kind(data, i, j) && count(data, i, j) == 0;
}

/* Takes the next item, which must be this one. */
static void
assert_item(struct two *t, enum rkr_delta delta, const struct rkr_run *run, size_t i, const char *field)
{
	enum rkr_kind kind = rkr_run_record(run, i)->kind;
	char path[64];
	size_t n = 0;

	for (size_t k = 0; k < i; k++)
		n += rkr_run_record(run, k)->kind == kind;
	snprintf(path, sizeof(path), "%s[%zu]", rkr_kind_get(kind)->name, n);
	ck_assert_uint_lt(t->at, t->n_items);
	const struct rkr_diff_item *item = &t->items[t->at++];

	ck_assert_int_eq((int)item->delta, (int)delta);
	ck_assert_str_eq(item->path, path);
	ck_assert_ptr_eq(item->field, field);
	if (field)
		ck_assert(item->a.text && item->b.text);
	else
		ck_assert_int_eq(item->a.text && item->b.text, delta == RKR_DELTA_ORDER);
}

static void
scan_gap(struct two *t, size_t a0, size_t a1, size_t b0, size_t b1)
{
	for (size_t i = a0; i < a1; i++) {
		size_t best = SIZE_MAX, best_n = SIZE_MAX;

		for (size_t j = b0, tried = 0; j < b1 && tried < TRIED_MAX; j++) {
			if (t->used_b[j] || !same_kind(t, i, j))
				continue;
			tried++;
			if (count(t, i, j) < best_n) {
				best_n = count(t, i, j);
				best = j;
			}
		}
		if (best == SIZE_MAX)
			continue;
		t->used_a[i] = t->used_b[best] = true;
		const struct rkr_kind_desc *k = rkr_kind_get(rkr_run_record(t->a, i)->kind);

		for (size_t f = 0; f < k->n_fields; f++)
			if (differs(t, i, best, f))
				assert_item(t, k->fields[f].delta, t->a, i, k->fields[f].name);
	}
}

static void
scan_rest(struct two *t, size_t n_a, size_t n_b)
{
	for (size_t i = 0; i < n_a; i++) {
		bool moved = false;

		for (size_t j = 0; !t->used_a[i] && j < n_b && !moved; j++) {
			moved = !t->used_b[j] && same(t, i, j);
			t->used_b[j] |= moved;
		}
		if (!t->used_a[i])
			assert_item(t, moved ? RKR_DELTA_ORDER : RKR_DELTA_COUNT, t->a, i, NULL);
	}
	for (size_t j = 0; j < n_b; j++)
		if (!t->used_b[j])
			assert_item(t, RKR_DELTA_COUNT, t->b, j, NULL);
}

static void
assert_as_scanned(struct two *t)
{
	size_t n_a = rkr_run_n_records(t->a), n_b = rkr_run_n_records(t->b);
	_autofree_ size_t *match = calloc(n_a + 1, sizeof(*match));

	ck_assert(match && n_a <= N_MAX && n_b <= N_MAX);
	ck_assert_int_eq(rkr_align(n_a, n_b, same, t, match), 0);
	for (size_t i = 0; i < n_a; i++)
		if (match[i] != SIZE_MAX)
			t->used_a[i] = t->used_b[match[i]] = true;
	for (size_t i = 0, j = 0; i <= n_a;) {
		size_t a1 = i;

		while (a1 < n_a && match[a1] == SIZE_MAX)
			a1++;
		size_t b1 = a1 < n_a ? match[a1] : n_b;

		scan_gap(t, i, a1, j, b1);
		i = a1 + 1;
		j = b1 + 1;
	}
	scan_rest(t, n_a, n_b);
	ck_assert_uint_eq(t->at, t->n_items);
}

static void
try(struct test_random *random, size_t n, unsigned bits, bool other)
{
	struct two *t = calloc(1, sizeof(*t));

	ck_assert_ptr_nonnull(t);
	make(t, random, n, bits, other);
	ck_assert_int_eq(rkr_diff_new(t->a, t->b, NULL, &t->diff, NULL), 0);
	t->items = rkr_diff_items(t->diff, &t->n_items);
	assert_as_scanned(t);
	rkr_diff_free(t->diff);
	rkr_run_free(t->a);
	rkr_run_free(t->b);
	free(t);
}

START_TEST(changed_runs)
{
	struct test_random random = { 500 + (uint64_t)_i };

	for (size_t i = 0; i < 40; i++)
		try(&random, test_random_next(&random) % 150, 9, false);
}
END_TEST

START_TEST(other_runs)
{
	struct test_random random = { 700 + (uint64_t)_i };

	for (size_t i = 0; i < 10; i++)
		try(&random, test_random_next(&random) % 150, i % 2 ? 9 : 40, true);
}
END_TEST

/* With so little in common that no more is looked for; and more of a kind than are tried. */
START_TEST(runs_with_nothing_in_common)
{
	struct test_random random = { 3 };

	try(&random, N_MAX - 5, 40, true);
}
END_TEST

/* ---- BOs */

#define BOS 40

struct bos {
	size_t n;
	char role[BOS][16];
};

/* Few roles, so that some are of several BOs; and none. */
static void
name_bos(struct bos *bos, struct test_random *random)
{
	bos->n = 1 + test_random_next(random) % BOS;
	for (size_t i = 0; i < bos->n; i++) {
		uint64_t role = test_random_next(random) % 14;

		if (role < 9)
			snprintf(bos->role[i], sizeof(bos->role[i]), "r%u", (unsigned)role);
	}
}

/* A run with these BOs, of which one is closed. */
static struct rkr_run *
run_of(const struct bos *bos, size_t closed)
{
	struct rkr_run *run = NULL;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	for (uint32_t i = 0, index; i < bos->n; i++) {
		struct rkr_bo bo = { .known = RKR_BO_HANDLE, .handle = i + 1, .died = SIZE_MAX };

		strcpy(bo.role, bos->role[i]);
		ck_assert_int_eq(rkr_run_add_bo(run, &bo, &index), 0);
	}
	APPEND(run, gem_close, { RKR_F_gem_close_handle, closed + 1 }, { RKR_F_gem_close_ret, 0 });
	ck_assert_int_eq(rkr_run_bind(run), 0);
	return run;
}

/* By role, then in order those that are left, but not two that have roles. Which of B is which of A. */
static void
scan_bos(const struct bos *a, const struct bos *b, size_t ret_to_b[BOS])
{
	bool used[BOS] = { false };

	for (size_t i = 0; i < a->n; i++) {
		ret_to_b[i] = SIZE_MAX;
		for (size_t j = 0; j < b->n && ret_to_b[i] == SIZE_MAX; j++)
			if (!used[j] && a->role[i][0] && strcmp(a->role[i], b->role[j]) == 0) {
				used[j] = true;
				ret_to_b[i] = j;
			}
	}
	for (size_t i = 0, j = 0; i < a->n; i++) {
		if (ret_to_b[i] != SIZE_MAX)
			continue;
		while (j < b->n && (used[j] || (a->role[i][0] && b->role[j][0])))
			j++;
		if (j < b->n) {
			used[j] = true;
			ret_to_b[i] = j;
		}
	}
}

START_TEST(bos_with_roles)
{
	struct test_random random = { 900 + (uint64_t)_i };
	struct bos *bos = calloc(2, sizeof(*bos));
	size_t to_b[BOS];

	ck_assert_ptr_nonnull(bos);
	for (size_t i = 0; i < 2; i++)
		name_bos(&bos[i], &random);
	scan_bos(&bos[0], &bos[1], to_b);
	for (size_t i = 0; i < bos[0].n; i++)
		for (size_t j = 0; j < bos[1].n; j++) {
			struct rkr_run *a = run_of(&bos[0], i), *b = run_of(&bos[1], j);
			struct rkr_diff *diff = NULL;
			size_t n;

			ck_assert_int_eq(rkr_diff_new(a, b, NULL, &diff, NULL), 0);
			rkr_diff_items(diff, &n);
			ck_assert_msg((n == 0) == (to_b[i] == j), "BO %zu and %zu, not %zu", i, j, to_b[i]);
			rkr_diff_free(diff);
			rkr_run_free(a);
			rkr_run_free(b);
		}
	free(bos);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("diff-records");
	TCase *t = tcase_create("records");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, changed_runs, 0, 5);
	tcase_add_loop_test(t, other_runs, 0, 5);
	tcase_add_test(t, runs_with_nothing_in_common);
	tcase_add_loop_test(t, bos_with_roles, 0, 8);
	suite_add_tcase(s, t);
	return test_main(s);
}
