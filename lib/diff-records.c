/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "align.h"
#include "diff-priv.h"
#include "format.h"
#include "model-memory.h"
#include "util.h"

/*
 * Compare records. Records of one lane are aligned with each other: all calls
 * in one lane, since their order is a fact; any other kind in a lane of its
 * own, since those writers buffer and their order is not.
 */

struct lane {
	struct rkr_diff *d;
	size_t *a, *b; /* indexes of records */
	size_t n_a, n_b;
	size_t *order; /* per record of either run, its number among its kind; a's, then b's */
	/* Records of B that have no counterpart yet, by kind, in order. SIZE_MAX: no more. */
	size_t *first; /* per kind */
	size_t *next;  /* per record of B in the lane */
};

/* Records that show BO contents are compared as contents. */
static bool
is_view(enum rkr_kind kind)
{
	return kind == RKR_KIND_task || kind == RKR_KIND_task_like || kind == RKR_KIND_regcmd_window ||
	       kind == RKR_KIND_regcmd_runs || kind == RKR_KIND_regcmd_run;
}

/*
 * A submit counts the rows below it. Where a capture script could not know
 * those rows it counts 0, which says nothing. [captured: all logs that do not
 * show what MEM_CREATE returned]
 */
static bool
is_count_of_missing(const struct rkr_diff *d, enum rkr_kind kind, size_t f)
{
	enum rkr_kind counted;

	if (kind != RKR_KIND_submit)
		return false;
	if (f == RKR_F_submit_create_matches)
		counted = RKR_KIND_submit_create;
	else if (f == RKR_F_submit_sync_matches)
		counted = RKR_KIND_submit_sync;
	else
		return false;
	return !rkr_run_witnesses(d->a.run, counted) || !rkr_run_witnesses(d->b.run, counted);
}

/*
 * A mapping is of whole pages, whatever is asked for [source: kernel]: who
 * asks for the bytes of the BO and who asks for its pages get the same one.
 */
static bool
is_same_mapping(struct rkr_diff *d, enum rkr_kind kind, size_t f, uint64_t a, uint64_t b)
{
	bool length = kind == RKR_KIND_mmap ? f == RKR_F_mmap_length
					    : kind == RKR_KIND_munmap && (f == RKR_F_munmap_length ||
									  f == RKR_F_munmap_expected_length);

	if (!length || a == b || (rkr_page_round(a) != b && rkr_page_round(b) != a))
		return false;
	d->rounded = true;
	return true;
}

/* Whether field @f of two records of a kind differs in what it means. */
static bool
field_differs(struct rkr_diff *d, size_t ia, size_t ib, size_t f)
{
	const struct rkr_record *a = &d->a.run->records[ia], *b = &d->b.run->records[ib];
	const struct rkr_kind_desc *k = rkr_kind_get(a->kind);
	const struct rkr_field *fd = &k->fields[f];

	if (fd->cls == RKR_CLASS_VOLATILE || fd->space == RKR_SPACE_ORDINAL || fd->space == RKR_SPACE_CALL)
		return false;
	/* A field that one of the sources never prints is no difference. */
	if (!((d->a.fields[a->kind] & d->b.fields[b->kind]) >> f & 1) ||
	    rkr_diff_ignores(d, k->name, fd->name))
		return false;
	if (is_count_of_missing(d, a->kind, f))
		return false;
	/* Not rkr_has() of both: gcc 12 compares them wrongly at -O1 with ThreadSanitizer. */
	if ((a->present ^ b->present) >> f & 1)
		return true;
	if (!rkr_has(a, (int)f))
		return false;
	if (fd->space == RKR_SPACE_MAP_LIST)
		return !rkr_diff_same_maps(d, a->v[f].b, b->v[f].b);
	if (is_same_mapping(d, a->kind, f, a->v[f].u, b->v[f].u))
		return false;
	if (fd->space == RKR_SPACE_NONE)
		return !rkr_value_equal(fd, &a->v[f], &b->v[f]);
	return !rkr_diff_same_ref(d, fd->space, rkr_diff_ref(&d->a, ia, f), a->v[f].u,
				  rkr_diff_ref(&d->b, ib, f), b->v[f].u);
}

static size_t
count_differences(struct rkr_diff *d, size_t ia, size_t ib)
{
	size_t n = 0;

	for (size_t f = 0; f < rkr_kind_get(d->a.run->records[ia].kind)->n_fields; f++)
		n += field_differs(d, ia, ib, f);
	return n;
}

static bool
same(const void *data, size_t i, size_t j)
{
	const struct lane *l = data;

	if (l->d->a.run->records[l->a[i]].kind != l->d->b.run->records[l->b[j]].kind)
		return false;
	return count_differences(l->d, l->a[i], l->b[j]) == 0;
}

static const char *
value_text(struct rkr_diff *d, const struct side *s, size_t at, size_t f)
{
	const struct rkr_record *r = &s->run->records[at];
	const struct rkr_field *fd = &rkr_kind_get(r->kind)->fields[f];
	char buf[256];

	if (!rkr_has(r, (int)f))
		return "absent";
	if (fd->space != RKR_SPACE_NONE && fd->type != RKR_TYPE_STR) {
		struct rkr_ref ref = rkr_run_resolve(s->run, fd->space, r->v[f].u, at);

		/* A name has no inside. */
		if (fd->cls == RKR_CLASS_IDENTITY && ref.state == RKR_REF_BO)
			return rkr_diff_text(d, "%s (%llu)", rkr_diff_bo_name(d, s, ref.bo),
					     (unsigned long long)r->v[f].u);
		return rkr_diff_ref_text(d, s, &ref, r->v[f].u);
	}
	rkr_value_format(fd, &r->v[f], buf, sizeof(buf));
	return rkr_diff_text(d, "%s", buf);
}

/* A whole record, without what only numbers it or never repeats. */
static const char *
record_text(struct rkr_diff *d, const struct side *s, size_t at)
{
	const struct rkr_record *r = &s->run->records[at];
	const struct rkr_kind_desc *k = rkr_kind_get(r->kind);
	const char *text = k->name;

	for (size_t f = 0; f < k->n_fields; f++)
		if (rkr_has(r, (int)f) && k->fields[f].cls != RKR_CLASS_VOLATILE &&
		    k->fields[f].space != RKR_SPACE_ORDINAL && k->fields[f].space != RKR_SPACE_CALL)
			text = rkr_diff_text(d, "%s %s=%s", text, k->fields[f].name, value_text(d, s, at, f));
	return text;
}

static const char *
path_of(const struct lane *l, bool is_a, size_t at)
{
	const struct rkr_run *run = is_a ? l->d->a.run : l->d->b.run;
	size_t n = l->order[is_a ? at : l->d->a.run->n_records + at];

	return rkr_diff_text(l->d, "%s[%zu]", rkr_kind_get(run->records[at].kind)->name, n);
}

static void
add_field_items(const struct lane *l, size_t ia, size_t ib)
{
	struct rkr_diff *d = l->d;
	enum rkr_kind kind = d->a.run->records[ia].kind;
	const struct rkr_kind_desc *k = rkr_kind_get(kind);

	for (size_t f = 0; f < k->n_fields; f++) {
		if (!field_differs(d, ia, ib, f))
			continue;
		struct rkr_diff_item item = {
			.delta = k->fields[f].delta,
			.kind = kind,
			.path = path_of(l, true, ia),
			.field = k->fields[f].name,
			.a = { .text = value_text(d, &d->a, ia, f) },
			.b = { .text = value_text(d, &d->b, ib, f) },
		};

		rkr_diff_place(&d->a, ia, 0, &item.a);
		rkr_diff_place(&d->b, ib, 0, &item.b);
		rkr_diff_add(d, &item);
	}
}

/* A record that only one side has; with @other, at another place on the other side. */
static void
add_record_item(const struct lane *l, bool is_a, size_t at, const size_t *other)
{
	struct rkr_diff *d = l->d;
	const struct side *mine = is_a ? &d->a : &d->b;
	struct rkr_diff_item item = {
		.delta = other ? RKR_DELTA_ORDER : RKR_DELTA_COUNT,
		.kind = mine->run->records[at].kind,
		.path = path_of(l, is_a, at),
	};
	struct rkr_diff_side *side = is_a ? &item.a : &item.b;

	side->text = record_text(d, mine, at);
	rkr_diff_place(mine, at, 0, side);
	if (other) {
		item.b.text = record_text(d, &d->b, *other);
		rkr_diff_place(&d->b, *other, 0, &item.b);
	}
	rkr_diff_add(d, &item);
}

/* Collect what is unused of B's records in [b0, b0 + n_b). */
static void
list_unused(const struct lane *l, size_t b0, size_t n_b, const bool *used_b)
{
	memset(l->first, 0xff, RKR_KIND_MAX_ * sizeof(*l->first));
	for (size_t j = b0 + n_b; j-- > b0;) {
		size_t *first = &l->first[l->d->b.run->records[l->b[j]].kind];

		if (used_b[j])
			continue;
		l->next[j] = *first;
		*first = j;
	}
}

/*
 * Between two matches, A has @n_a records and B @n_b that do not match. Those
 * of one kind are the same record changed, nearest first; used marks remember.
 */
static void
pair_gap(const struct lane *l, size_t a0, size_t n_a, size_t b0, size_t n_b, bool *used_a, bool *used_b)
{
	list_unused(l, b0, n_b, used_b);
	for (size_t i = a0; i < a0 + n_a; i++) {
		size_t *best = NULL, best_n = SIZE_MAX, tried = 0;

		/* Gaps of hundreds of records are different runs; nearest is then as good as best. */
		for (size_t *p = &l->first[l->d->a.run->records[l->a[i]].kind]; *p != SIZE_MAX && tried < 64;
		     p = &l->next[*p], tried++) {
			size_t n = count_differences(l->d, l->a[i], l->b[*p]);

			if (n < best_n) {
				best_n = n;
				best = p;
			}
		}
		if (!best)
			continue;
		size_t j = *best;

		*best = l->next[j];
		used_a[i] = used_b[j] = true;
		add_field_items(l, l->a[i], l->b[j]);
	}
}

/* A record that is missing here and extra there has moved. */
static void
add_unpaired(const struct lane *l, const bool *used_a, bool *used_b)
{
	list_unused(l, 0, l->n_b, used_b);
	for (size_t i = 0; i < l->n_a; i++) {
		if (used_a[i])
			continue;
		size_t *p = &l->first[l->d->a.run->records[l->a[i]].kind], j;

		while (*p != SIZE_MAX && !same(l, i, *p))
			p = &l->next[*p];
		j = *p;
		if (j != SIZE_MAX) {
			*p = l->next[j];
			used_b[j] = true;
		}
		add_record_item(l, true, l->a[i], j != SIZE_MAX ? &l->b[j] : NULL);
	}
	for (size_t j = 0; j < l->n_b; j++)
		if (!used_b[j])
			add_record_item(l, false, l->b[j], NULL);
}

static int
compare_lane(struct lane *l)
{
	_autofree_ size_t *next = malloc((l->n_b + 1) * sizeof(size_t));
	size_t first[RKR_KIND_MAX_];
	_autofree_ bool *used_a = calloc(l->n_a + 1, sizeof(bool));
	_autofree_ bool *used_b = calloc(l->n_b + 1, sizeof(bool));
	_autofree_ size_t *match = malloc((l->n_a + 1) * sizeof(size_t));

	if (!next || !used_a || !used_b || !match)
		return -ENOMEM;
	l->first = first;
	l->next = next;
	int r = rkr_align(l->n_a, l->n_b, same, l, match);

	if (r < 0)
		return r;
	for (size_t i = 0; i < l->n_a; i++)
		if (match[i] != SIZE_MAX)
			used_a[i] = used_b[match[i]] = true;
	for (size_t i = 0, j = 0; i < l->n_a || j < l->n_b;) {
		size_t i1 = i, j1 = j;

		while (i1 < l->n_a && match[i1] == SIZE_MAX)
			i1++;
		j1 = i1 < l->n_a ? match[i1] : l->n_b;
		if (i1 > i && j1 > j)
			pair_gap(l, i, i1 - i, j, j1 - j, used_a, used_b);
		i = i1 + 1;
		j = j1 + 1;
	}
	add_unpaired(l, used_a, used_b);
	return 0;
}

/* The records of the lane's kinds. */
static int
collect(const struct rkr_run *run, uint64_t kinds, size_t **ret_v, size_t *ret_n)
{
	size_t *v = malloc((run->n_records + 1) * sizeof(*v)), n = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < run->n_records; i++)
		if (kinds >> run->records[i].kind & 1)
			v[n++] = i;
	*ret_v = v;
	*ret_n = n;
	return 0;
}

static int
run_lane(struct rkr_diff *d, uint64_t kinds, size_t *order)
{
	_autofree_ size_t *a = NULL, *b = NULL;
	struct lane l = { .d = d, .order = order };

	if (collect(d->a.run, kinds, &a, &l.n_a) < 0 || collect(d->b.run, kinds, &b, &l.n_b) < 0)
		return -ENOMEM;
	l.a = a;
	l.b = b;
	return compare_lane(&l);
}

static void
number(const struct rkr_run *run, size_t *order)
{
	size_t n[RKR_KIND_MAX_] = { 0 };

	for (size_t i = 0; i < run->n_records; i++)
		order[i] = n[run->records[i].kind]++;
}

/* Say how many records of a kind took part, or which side has none to offer. */
static bool
note_kind(struct rkr_diff *d, enum rkr_kind kind)
{
	bool a = rkr_run_witnesses(d->a.run, kind), b = rkr_run_witnesses(d->b.run, kind);
	uint64_t n = 0;

	if (!a && !b)
		return false;
	for (size_t i = 0; i < d->a.run->n_records; i++)
		n += d->a.run->records[i].kind == kind;
	if (a && b) {
		rkr_diff_note(d, rkr_kind_get(kind)->name, n, NULL);
		return true;
	}
	rkr_diff_note(d, rkr_kind_get(kind)->name, 0, a ? "B does not log it" : "A does not log it");
	return false;
}

int
rkr_diff_records(struct rkr_diff *d)
{
	_autofree_ size_t *order = malloc((d->a.run->n_records + d->b.run->n_records + 1) * sizeof(*order));
	uint64_t calls = 0;
	int r = 0;

	if (!order || rkr_diff_gather(&d->a) < 0 || rkr_diff_gather(&d->b) < 0)
		return -ENOMEM;
	number(d->a.run, order);
	number(d->b.run, order + d->a.run->n_records);
	for (int k = 0; k < RKR_KIND_MAX_; k++)
		if (rkr_kind_get((enum rkr_kind)k)->stream == RKR_STREAM_CALLS &&
		    rkr_diff_wants(d, (enum rkr_kind)k) && note_kind(d, (enum rkr_kind)k))
			calls |= UINT64_C(1) << k;
	if (calls)
		r = run_lane(d, calls, order);
	for (int k = 0; k < RKR_KIND_MAX_ && r == 0; k++) {
		const struct rkr_kind_desc *kd = rkr_kind_get((enum rkr_kind)k);

		if (kd->stream == RKR_STREAM_CALLS || is_view((enum rkr_kind)k) ||
		    !rkr_diff_wants(d, (enum rkr_kind)k) || !note_kind(d, (enum rkr_kind)k))
			continue;
		r = run_lane(d, UINT64_C(1) << k, order);
	}
	return r;
}
