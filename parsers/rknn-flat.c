/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "rknn-priv.h"

/* FlatBuffers, as far as models need them. */

/* The number of @size bytes at @at; false if it is not in the file. */
bool
rkp_flat_number(const struct rkp_bytes *b, size_t at, size_t size, uint64_t *ret)
{
	if (at > b->len || b->len - at < size)
		return false;
	*ret = 0;
	for (size_t i = 0; i < size; i++)
		*ret |= (uint64_t)b->p[at + i] << (8 * i);
	return true;
}

/* Follow the offset that stands at @at. Offsets lead forward, and never to themselves. */
bool
rkp_flat_follow(const struct rkp_bytes *b, size_t at, size_t *ret)
{
	uint64_t v;

	if (!rkp_flat_number(b, at, 4, &v) || v == 0 || v > b->len - at)
		return false;
	*ret = at + (size_t)v;
	return true;
}

/* Where field @field of a table is. */
bool
rkp_flat_field(const struct rkp_bytes *b, size_t table, unsigned field, size_t *ret)
{
	uint64_t back, bytes, offset;

	if (!rkp_flat_number(b, table, 4, &back))
		return false;
	/* The distance to the table's layout is signed. */
	int64_t layout = (int64_t)table - (int32_t)(uint32_t)back;

	if (layout < 0 || !rkp_flat_number(b, (size_t)layout, 2, &bytes) ||
	    bytes < 4 + 2 * ((uint64_t)field + 1) ||
	    !rkp_flat_number(b, (size_t)layout + 4 + 2 * (size_t)field, 2, &offset) || offset == 0)
		return false;
	*ret = table + (size_t)offset;
	return true;
}

bool
rkp_flat_table(const struct rkp_bytes *b, size_t table, unsigned field, size_t *ret)
{
	size_t at;

	return rkp_flat_field(b, table, field, &at) && rkp_flat_follow(b, at, ret);
}

/* A vector's elements and their number. */
bool
rkp_flat_vector(const struct rkp_bytes *b, size_t table, unsigned field, size_t element, size_t *ret_at,
		size_t *ret_n)
{
	size_t at;
	uint64_t n;

	if (!rkp_flat_table(b, table, field, &at) || !rkp_flat_number(b, at, 4, &n) ||
	    n > (b->len - at - 4) / element)
		return false;
	*ret_at = at + 4;
	*ret_n = (size_t)n;
	return true;
}

struct rkp_span
rkp_flat_bytes(const struct rkp_bytes *b, size_t table, unsigned field)
{
	struct rkp_span s = { 0 };

	if (!rkp_flat_vector(b, table, field, 1, &s.off, &s.len))
		return (struct rkp_span){ 0 };
	return s;
}
