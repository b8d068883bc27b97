/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "rknn-priv.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/util.h"

/*
 * The container: a header of 64 bytes (magic, format version, length), a
 * FlatBuffer of that length, and behind it a JSON text that repeats some of
 * it. The FlatBuffer's layout is public, what the fields of its tables mean is
 * not; those below are known by what is in them. [captured: 13 files of
 * compilers 1.6.1, 2.3.0 and 2.3.2]
 */

#define MAGIC "RKNN\0\0\0\0"
#define MAGIC_LEN 8

/* Fields of the root table. */
enum {
	ROOT_GENERATION = 1, /* text: "RKNPU v2" */
	ROOT_GRAPHS = 2,     /* tables */
	ROOT_COMPILER = 7,   /* text */
	ROOT_PLATFORM = 8,   /* text: "rk3588" */
	ROOT_SIZES = 19,     /* table of two 64-bit numbers */
	ROOT_BUFFERS = 20,   /* tables of one byte vector each, or none */
};

/* Of a graph: five numbers, the last three of which are where the programs start in the task table. */
enum { GRAPH_STARTS = 10 };
#define STARTS_LEN 5

/* Of the sizes: what BO weight holds of constants; the other is BO internal's. */
enum { SIZES_CONSTANT = 0 };
enum { BUFFER_DATA = 0 };

/* More buffers are no model: the largest at hand has 638. */
#define BUFFERS_MAX 65536

/* ---- FlatBuffers ---- */

/* The number of @size bytes at @at; false if it is not in the file. */
static bool
number(const struct rkp_bytes *b, size_t at, size_t size, uint64_t *ret)
{
	if (at > b->len || b->len - at < size)
		return false;
	*ret = 0;
	for (size_t i = 0; i < size; i++)
		*ret |= (uint64_t)b->p[at + i] << (8 * i);
	return true;
}

/* Follow the offset that stands at @at. Offsets lead forward, and never to themselves. */
static bool
follow(const struct rkp_bytes *b, size_t at, size_t *ret)
{
	uint64_t v;

	if (!number(b, at, 4, &v) || v == 0 || v > b->len - at)
		return false;
	*ret = at + (size_t)v;
	return true;
}

/* Where field @field of a table is. */
static bool
field_at(const struct rkp_bytes *b, size_t table, unsigned field, size_t *ret)
{
	uint64_t back, bytes, offset;

	if (!number(b, table, 4, &back))
		return false;
	/* The distance to the table's layout is signed. */
	int64_t layout = (int64_t)table - (int32_t)(uint32_t)back;

	if (layout < 0 || !number(b, (size_t)layout, 2, &bytes) || bytes < 4 + 2 * ((uint64_t)field + 1) ||
	    !number(b, (size_t)layout + 4 + 2 * (size_t)field, 2, &offset) || offset == 0)
		return false;
	*ret = table + (size_t)offset;
	return true;
}

static bool
table_of(const struct rkp_bytes *b, size_t table, unsigned field, size_t *ret)
{
	size_t at;

	return field_at(b, table, field, &at) && follow(b, at, ret);
}

/* A vector's elements and their number. */
static bool
vector_of(const struct rkp_bytes *b, size_t table, unsigned field, size_t element, size_t *ret_at,
	  size_t *ret_n)
{
	size_t at;
	uint64_t n;

	if (!table_of(b, table, field, &at) || !number(b, at, 4, &n) || n > (b->len - at - 4) / element)
		return false;
	*ret_at = at + 4;
	*ret_n = (size_t)n;
	return true;
}

static struct rkp_span
bytes_of(const struct rkp_bytes *b, size_t table, unsigned field)
{
	struct rkp_span s = { 0 };

	if (!vector_of(b, table, field, 1, &s.off, &s.len))
		return (struct rkp_span){ 0 };
	return s;
}

/* ---- the model ---- */

static int
read_buffers(const struct rkp_bytes *b, size_t root, struct rkp_container *c)
{
	size_t at, n;

	if (!vector_of(b, root, ROOT_BUFFERS, 4, &at, &n) || n == 0 || n > BUFFERS_MAX)
		return 0;
	c->buffers = calloc(n, sizeof(*c->buffers));
	if (!c->buffers)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		size_t table;

		if (!follow(b, at + 4 * i, &table))
			continue;
		struct rkp_span s = bytes_of(b, table, BUFFER_DATA);

		if (s.len)
			c->buffers[c->n_buffers++] = s;
	}
	return 0;
}

static void
read_starts(const struct rkp_bytes *b, size_t root, struct rkp_container *c)
{
	size_t graphs, n_graphs, graph, at, n;

	if (!vector_of(b, root, ROOT_GRAPHS, 4, &graphs, &n_graphs) || n_graphs != 1 ||
	    !follow(b, graphs, &graph) || !vector_of(b, graph, GRAPH_STARTS, 4, &at, &n) || n != STARTS_LEN)
		return;
	for (size_t i = 0; i < RKP_RKNN_PROGRAMS; i++)
		c->starts[i] = rkp_le32(b->p + at + 4 * (STARTS_LEN - RKP_RKNN_PROGRAMS + i));
	c->has_starts = true;
}

static uint64_t
size_field(const struct rkp_bytes *b, size_t table, unsigned field)
{
	size_t at;
	uint64_t v;

	return field_at(b, table, field, &at) && number(b, at, 8, &v) ? v : 0;
}

int
rkp_container_read(const struct rkp_bytes *b, struct rkp_container *ret, struct rkr_error *err)
{
	struct rkp_container c = { 0 };
	size_t root, sizes;

	if (b->len < RKP_RKNN_HEADER || memcmp(b->p, MAGIC, MAGIC_LEN) != 0)
		return rkr_fail(err, -EINVAL, "a model that was compiled for the NPU starts with RKNN",
				"it is not a compiled model");
	uint64_t version = rkp_le64(b->p + 8), bytes = rkp_le64(b->p + 16);

	if (bytes > b->len - RKP_RKNN_HEADER)
		return rkr_fail(err, -EINVAL, "copy the model again",
				"it is cut off: its header tells of %llu bytes, of which %zu are there",
				(unsigned long long)bytes, b->len - RKP_RKNN_HEADER);
	c.version = version > UINT32_MAX ? UINT32_MAX : (uint32_t)version;

	/* Offsets of the FlatBuffer do not lead out of it; spans are told in the file's. */
	const struct rkp_bytes flat = { b->p, RKP_RKNN_HEADER + (size_t)bytes };

	if (follow(&flat, RKP_RKNN_HEADER, &root)) {
		c.compiler = bytes_of(&flat, root, ROOT_COMPILER);
		c.platform = bytes_of(&flat, root, ROOT_PLATFORM);
		c.generation = bytes_of(&flat, root, ROOT_GENERATION);
		if (table_of(&flat, root, ROOT_SIZES, &sizes))
			c.constant_bytes = size_field(&flat, sizes, SIZES_CONSTANT);
		read_starts(&flat, root, &c);
		if (read_buffers(&flat, root, &c) < 0)
			return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	}
	*ret = c;
	return 0;
}
