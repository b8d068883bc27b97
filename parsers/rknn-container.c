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

/* Of a graph: five numbers, the last three of which are where the programs start in the task table. */
#define STARTS_LEN 5

/* Of the sizes: what BO weight holds of constants; the other is BO internal's. */
enum { SIZES_CONSTANT = 0 };

/* Constants lie in one BO, and registers that name a byte of one have 32 bits [source: register map]. */
#define CONSTANTS_MAX UINT32_MAX

/* More buffers are no model: the largest at hand has 638. */
#define BUFFERS_MAX 65536

/* ---- the model ---- */

static int
read_buffers(const struct rkp_bytes *b, size_t root, struct rkp_container *c)
{
	size_t at, n;

	if (!rkp_flat_vector(b, root, RKP_ROOT_BUFFERS, 4, &at, &n) || n == 0 || n > BUFFERS_MAX)
		return 0;
	c->buffers = calloc(n, sizeof(*c->buffers));
	if (!c->buffers)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		size_t table;

		if (!rkp_flat_follow(b, at + 4 * i, &table))
			continue;
		struct rkp_span s = rkp_flat_bytes(b, table, RKP_BUFFER_DATA);

		if (s.len)
			c->buffers[c->n_buffers++] = s;
	}
	return 0;
}

static void
read_starts(const struct rkp_bytes *b, size_t root, struct rkp_container *c)
{
	size_t graphs, n_graphs, graph, at, n;

	if (!rkp_flat_vector(b, root, RKP_ROOT_GRAPHS, 4, &graphs, &n_graphs) || n_graphs != 1 ||
	    !rkp_flat_follow(b, graphs, &graph) || !rkp_flat_vector(b, graph, RKP_GRAPH_STARTS, 4, &at, &n) ||
	    n != STARTS_LEN)
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

	return rkp_flat_field(b, table, field, &at) && rkp_flat_number(b, at, 8, &v) ? v : 0;
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

	if (rkp_flat_follow(&flat, RKP_RKNN_HEADER, &root)) {
		c.compiler = rkp_flat_bytes(&flat, root, RKP_ROOT_COMPILER);
		c.platform = rkp_flat_bytes(&flat, root, RKP_ROOT_PLATFORM);
		c.generation = rkp_flat_bytes(&flat, root, RKP_ROOT_GENERATION);
		if (rkp_flat_table(&flat, root, RKP_ROOT_SIZES, &sizes))
			c.constant_bytes = size_field(&flat, sizes, SIZES_CONSTANT);
		if (c.constant_bytes > CONSTANTS_MAX)
			return rkr_fail(
				err, -EINVAL, "copy the model again, or compile it anew",
				"it is damaged: it tells of %llu bytes of constants, more than the NPU "
				"can address",
				(unsigned long long)c.constant_bytes);
		read_starts(&flat, root, &c);
		if (read_buffers(&flat, root, &c) < 0)
			return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	}
	*ret = c;
	return 0;
}
