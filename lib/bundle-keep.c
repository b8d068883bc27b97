/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>

#include "bundle-priv.h"
#include "util.h"

/*
 * What a newer minor version put into a bundle and this version does not
 * know. It stays with the run as YAML, each piece with the map or list that
 * it stood in and how many known entries stood before it, so that the writer
 * puts it back there.
 */

int
rkr_kept_add(struct rkr_kept *kept, const struct rkr_kept_entry *entry)
{
	if (rkr_grow((void **)&kept->entries, &kept->cap, kept->n + 1, sizeof(*kept->entries)) < 0)
		return -ENOMEM;
	kept->entries[kept->n++] = *entry;
	return 0;
}

int
rkr_kept_add_link(struct rkr_kept *kept, const struct rkr_kept_link *link)
{
	if (rkr_grow((void **)&kept->links, &kept->cap_links, kept->n_links + 1, sizeof(*kept->links)) < 0)
		return -ENOMEM;
	kept->links[kept->n_links++] = *link;
	return 0;
}

void
rkr_kept_free(struct rkr_kept *kept)
{
	if (!kept)
		return;
	for (size_t i = 0; i < kept->n; i++) {
		rkr_node_free(kept->entries[i].key);
		rkr_node_free(kept->entries[i].value);
	}
	rkr_node_free(kept->tool);
	free(kept->entries);
	free(kept->links);
	free(kept);
}

static int
compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_scopes(const struct rkr_kept_entry *a, enum rkr_scope scope, size_t index)
{
	return a->scope != scope ? compare(a->scope, scope) : compare(a->index, index);
}

/* Within a scope, entries are in the order of their lines. */
static int
compare_entries(const void *a, const void *b)
{
	const struct rkr_kept_entry *x = a, *y = b;
	int c = compare_scopes(x, y->scope, y->index);

	if (c == 0)
		c = compare(x->at, y->at);
	if (c == 0)
		c = compare(x->value->line, y->value->line);
	return c ? c : compare(x->value->column, y->value->column);
}

static int
compare_links(const void *a, const void *b)
{
	const struct rkr_kept_link *x = a, *y = b;

	if (x->place != y->place)
		return compare(x->place, y->place);
	return x->a != y->a ? compare(x->a, y->a) : compare(x->b, y->b);
}

void
rkr_kept_sort(struct rkr_kept *kept)
{
	if (kept->n)
		qsort(kept->entries, kept->n, sizeof(*kept->entries), compare_entries);
	if (kept->n_links)
		qsort(kept->links, kept->n_links, sizeof(*kept->links), compare_links);
}

/* The first entry that is not before a scope or, with @past, the first behind it. */
static size_t
bound(const struct rkr_kept *kept, enum rkr_scope scope, size_t index, bool past)
{
	size_t lo = 0, hi = kept->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_scopes(&kept->entries[mid], scope, index) < (past ? 1 : 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct rkr_kept_entry *
rkr_kept_find(const struct rkr_kept *kept, enum rkr_scope scope, size_t index, size_t *ret_n)
{
	*ret_n = 0;
	if (!kept || !kept->n || scope == RKR_SCOPE_NONE)
		return NULL;
	size_t first = bound(kept, scope, index, false);

	*ret_n = bound(kept, scope, index, true) - first;
	return &kept->entries[first];
}

/* Of the records of unknown kinds: how many fulfil a condition that holds for the first ones only. */
static size_t
count_first(const struct rkr_kept *kept, size_t limit, bool positions)
{
	size_t n, lo = 0;
	const struct rkr_kept_entry *e = rkr_kept_find(kept, RKR_SCOPE_RECORDS, 0, &n);

	while (lo < n) {
		size_t mid = lo + (n - lo) / 2;

		if (positions ? e[mid].at + mid < limit : e[mid].at <= limit)
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

size_t
rkr_kept_position(const struct rkr_kept *kept, size_t index)
{
	return index + count_first(kept, index, false);
}

bool
rkr_kept_index(const struct rkr_kept *kept, size_t position, size_t *ret_index)
{
	size_t n, before = count_first(kept, position, true);
	const struct rkr_kept_entry *e = rkr_kept_find(kept, RKR_SCOPE_RECORDS, 0, &n);

	*ret_index = position - before;
	return !(before < n && e[before].at + before == position);
}

bool
rkr_kept_find_link(const struct rkr_kept *kept, enum rkr_link_place place, uint64_t a, uint64_t b,
		   size_t value, size_t *ret_position)
{
	const struct rkr_kept_link key = { .place = place, .a = a, .b = b };
	const struct rkr_kept_link *l = kept && kept->n_links ? bsearch(&key, kept->links, kept->n_links,
									sizeof(*kept->links), compare_links)
							      : NULL;

	if (!l || l->value != value)
		return false;
	*ret_position = l->position;
	return true;
}
