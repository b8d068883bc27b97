/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bundle-read.h"
#include "util.h"

/* The BO table of a bundle, and the binary files. */

int
rkr_read_file(struct rkr_reader *rd, const struct rkr_node *name, const struct rkr_node *bytes,
	      const struct rkr_node *sha256, void *(*alloc)(struct rkr_reader *rd, size_t size),
	      uint8_t **ret_data, size_t *ret_size)
{
	_autofree_ char *path = NULL;
	uint64_t size, told;
	int r;

	if (name->type != RKR_NODE_SCALAR || !rkr_bundle_name_ok(name->text, name->len))
		return RKR_REFUSE(rd, name, "a file of a bundle is in the bundle's directory",
				  "this cannot be the name of a file of a bundle");
	if (sha256->type != RKR_NODE_SCALAR || sha256->len != RKR_SHA256_HEX - 1 ||
	    strspn(sha256->text, "0123456789abcdef") != sha256->len)
		return RKR_REFUSE(rd, sha256, NULL, "a SHA-256 is 64 hex digits, in lower case");
	r = rkr_read_u64(rd, bytes, "bytes", RKR_BUNDLE_DATA_MAX - rd->bytes, &told);
	if (r < 0)
		return r;
	if (asprintf(&path, "%s/%s", rd->dir, name->text) < 0) {
		path = NULL;
		return rkr_read_no_memory(rd);
	}
	_autoclose_ int fd = rkr_bundle_open(rd->fd, name->text, path, &size, rd->err);

	/* A bundle without one of its files is malformed. */
	if (fd == -ENOENT) {
		rd->missing = true;
		return rd->err->code = -EINVAL;
	}
	if (fd < 0)
		return fd;
	if (size != told)
		return rkr_error_set(
			rd->err, -EINVAL, path, 0, 0,
			"it was changed after it was written: restore it, or make the bundle again",
			"it has %llu bytes, run.yaml says %llu", (unsigned long long)size,
			(unsigned long long)told);
	uint8_t *data = alloc(rd, (size_t)size);

	if (!data)
		return rkr_read_no_memory(rd);
	rd->bytes += size;
	*ret_data = data;
	*ret_size = (size_t)size;
	return rkr_bundle_load(fd, path, sha256->text, data, (size_t)size, rd->err);
}

static void *
alloc_contents(struct rkr_reader *rd, size_t size)
{
	return rkr_run_alloc(rd->run, size ? size : 1);
}

/* [offset in the BO, bytes, evidence, record] */
static int
read_extent(struct rkr_reader *rd, const struct rkr_node *node, size_t bo, size_t i, struct rkr_extent *ret)
{
	int evidence, r;

	if (node->type != RKR_NODE_LIST || node->n != 4)
		return RKR_REFUSE(rd, node, NULL, "an extent is [offset, bytes, evidence, record]");
	evidence = rkr_read_word(node->items[2], rkr_evidence_names, RKR_N_EVIDENCE);
	if (evidence < 0)
		return RKR_REFUSE(rd, node->items[2], NULL,
				  "the evidence of an extent is scan, dump or generated");
	ret->evidence = (enum rkr_evidence)evidence;
	ret->record = SIZE_MAX;
	r = rkr_read_u64(rd, node->items[0], "offset", UINT64_MAX, &ret->offset);
	if (r == 0)
		r = rkr_read_u64(rd, node->items[1], "bytes", RKR_BUNDLE_DATA_MAX, &ret->len);
	if (r == 0 && ret->len == 0)
		return RKR_REFUSE(rd, node, NULL, "an extent has at least one byte");
	if (r == 0 && ret->offset > UINT64_MAX - ret->len)
		return RKR_REFUSE(rd, node, NULL, "the extent ends beyond all addresses");
	return r < 0 ? r : rkr_read_link(rd, node->items[3], "record", RKR_LINK_EXTENT, bo, i);
}

static int
read_contents(struct rkr_reader *rd, struct rkr_node *node, uint32_t bo)
{
	static const char *const keys[] = { "file", "bytes", "sha256", "extents", NULL };
	enum { FILE_, BYTES, SHA256, EXTENTS, N };
	struct rkr_node *v[N];
	struct rkr_contents *c = &rd->run->bos[bo].contents;
	uint64_t room = rkr_bo_room(&rd->run->bos[bo].bo), end = 0, total = 0;
	uint8_t *data;
	size_t size;
	int r = rkr_read_keys(rd, node, RKR_SCOPE_CONTENTS, bo, keys, N, v);

	if (r < 0)
		return r;
	if (v[EXTENTS]->type != RKR_NODE_LIST || v[EXTENTS]->n > RKR_BUNDLE_EXTENTS_MAX)
		return RKR_REFUSE(rd, v[EXTENTS], NULL, "this is to be a list of at most %zu extents",
				  RKR_BUNDLE_EXTENTS_MAX);
	if (v[EXTENTS]->n && rkr_grow((void **)&c->v, &c->cap, v[EXTENTS]->n, sizeof(*c->v)) < 0)
		return rkr_read_no_memory(rd);
	for (size_t i = 0; i < v[EXTENTS]->n; i++) {
		const struct rkr_node *item = v[EXTENTS]->items[i];

		r = read_extent(rd, item, bo, i, &c->v[i]);
		if (r < 0)
			return r;
		if (c->v[i].offset < end)
			return RKR_REFUSE(rd, item, NULL, "the extents of a BO ascend and do not overlap");
		end = c->v[i].offset + c->v[i].len;
		if (end > room)
			return RKR_REFUSE(rd, item, NULL, "the extent ends at byte %llu of a BO of %llu",
					  (unsigned long long)end, (unsigned long long)room);
		total += c->v[i].len; /* at most 2^20 times 2^32 */
	}
	r = rkr_read_file(rd, v[FILE_], v[BYTES], v[SHA256], alloc_contents, &data, &size);
	if (r < 0)
		return r;
	if (total != size)
		return RKR_REFUSE(rd, v[EXTENTS], NULL, "the extents have %llu bytes, the file %zu",
				  (unsigned long long)total, size);
	rd->bytes_contents += size;
	c->n = v[EXTENTS]->n;
	for (size_t i = 0; i < c->n; i++) {
		c->v[i].data = data;
		data += c->v[i].len;
	}
	return 0;
}

/* The keys of a BO: these, then its members. */
enum { BO_ROLE, BO_CREATED, BO_BORN, BO_DIED, BO_CONTENTS, BO_MEMBERS };
static const char *const bo_keys[BO_MEMBERS] = { "role", "created", "born", "died", "contents" };
#define BO_KEYS_MAX 32

static int
find_bo_key(const void *data, const char *key)
{
	const struct rkr_bo_member *m;

	(void)data;
	for (int i = 0; i < BO_MEMBERS; i++)
		if (strcmp(bo_keys[i], key) == 0)
			return i;
	for (int i = 0; (m = rkr_bo_member((size_t)i)); i++)
		if (strcmp(m->name, key) == 0)
			return BO_MEMBERS + i;
	return -1;
}

static int
read_role(struct rkr_reader *rd, struct rkr_node *node, struct rkr_bo *bo)
{
	const char *text;
	size_t len;
	int r = rkr_read_bytes(rd, node, "role", &text, &len);

	if (r < 0)
		return r;
	if (!rkr_is_role(text, len))
		return RKR_REFUSE(
			rd, node, NULL,
			"a role has at most %zu bytes, all of them ASCII that can be printed, no \" and no \\",
			sizeof(bo->role) - 1);
	memcpy(bo->role, text, len + 1);
	return 0;
}

static int
read_member(struct rkr_reader *rd, const struct rkr_node *node, const struct rkr_bo_member *m,
	    struct rkr_bo *bo)
{
	uint64_t v;
	int64_t s;
	int r = m->type == RKR_TYPE_S32 ? rkr_read_s64(rd, node, m->name, &s)
					: rkr_read_u64(rd, node, m->name, UINT64_MAX, &v);

	if (r < 0)
		return r;
	if (m->type == RKR_TYPE_S32)
		v = (uint64_t)s;
	if (!rkr_type_fits(m->type, v))
		return RKR_REFUSE(rd, node, NULL, "'%s' is to be a number of 32 bits", m->name);
	rkr_bo_member_set(m, bo, v);
	return 0;
}

int
rkr_read_bo(struct rkr_reader *rd, struct rkr_node *node)
{
	struct rkr_node *v[BO_KEYS_MAX] = { NULL };
	struct rkr_bo bo = { .died = SIZE_MAX };
	const struct rkr_bo_member *m;
	size_t i = rd->run->n_bos;
	uint32_t index;
	int r = rkr_read_map(rd, node, RKR_SCOPE_BO, i, find_bo_key, NULL, v);

	if (r == 0 && v[BO_ROLE])
		r = read_role(rd, v[BO_ROLE], &bo);
	for (size_t k = 0; r == 0 && (m = rkr_bo_member(k)); k++)
		if (v[BO_MEMBERS + k])
			r = read_member(rd, v[BO_MEMBERS + k], m, &bo);
	if (r == 0 && v[BO_BORN]) {
		if (rkr_node_is(v[BO_BORN], "none"))
			bo.born = SIZE_MAX;
		r = rkr_read_link(rd, v[BO_BORN], "born", RKR_LINK_BORN, i, 0);
	}
	if (r == 0 && v[BO_DIED])
		r = rkr_read_link(rd, v[BO_DIED], "died", RKR_LINK_DIED, i, 0);
	if (r == 0 && v[BO_CREATED] && !rkr_node_is(v[BO_CREATED], "true") &&
	    !rkr_node_is(v[BO_CREATED], "false"))
		r = RKR_REFUSE(rd, v[BO_CREATED], NULL, "'created' is to be true or false");
	if (r < 0)
		return r;
	if (rkr_run_add_bo(rd->run, &bo, &index) < 0)
		return rkr_read_no_memory(rd);
	rd->run->bos[index].created = v[BO_CREATED] && rkr_node_is(v[BO_CREATED], "true");
	return v[BO_CONTENTS] ? read_contents(rd, v[BO_CONTENTS], index) : 0;
}
