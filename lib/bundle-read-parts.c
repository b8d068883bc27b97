/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "bundle-read.h"
#include "util.h"

/* The shorter lists of a bundle. */

RKR_DEFINE_CLEANUP(struct rkr_node *, rkr_node_free)
#define _autonode_ rkr_cleanup(rkr_node_free)

/* Read a list, entry by entry. The function may take the node. */
int
rkr_read_list(struct rkr_reader *rd, int (*item)(struct rkr_reader *rd, struct rkr_node **node))
{
	int r = rkr_nodes_list(rd->nodes);

	while (r == 0) {
		_autonode_ struct rkr_node *node = NULL;

		r = rkr_nodes_item(rd->nodes, &node);
		if (r < 0 || !node)
			return r;
		r = item(rd, &node);
	}
	return r;
}

static int
read_name(struct rkr_reader *rd, struct rkr_node **node)
{
	const char *name;
	uint32_t index;
	size_t len;
	int r = rkr_read_bytes(rd, *node, "files", &name, &len);

	if (r < 0)
		return r;
	if (strlen(name) != len)
		return RKR_REFUSE(rd, *node, NULL, "the name of a file has no byte 0");
	return rkr_run_add_file(rd->run, name, &index) < 0 ? rkr_read_no_memory(rd) : 0;
}

int
rkr_read_files(struct rkr_reader *rd)
{
	return rkr_read_list(rd, read_name);
}

int
rkr_read_witness(struct rkr_reader *rd)
{
	_autonode_ struct rkr_node *node = NULL;
	size_t known = 0;
	int r = rkr_nodes_value(rd->nodes, &node);

	if (r == 0 && node->type != RKR_NODE_LIST)
		r = RKR_REFUSE(rd, node, NULL, "'witness' is to be a list of record kinds");
	for (size_t i = 0; r == 0 && i < node->n; i++) {
		const struct rkr_node *k = node->items[i];
		enum rkr_kind kind;

		if (k->type != RKR_NODE_SCALAR)
			return RKR_REFUSE(rd, k, NULL, "this is to be the name of a record kind");
		kind = strlen(k->text) == k->len ? rkr_kind_by_name(k->text) : RKR_KIND_INVALID_;
		if (kind == RKR_KIND_INVALID_) {
			r = rkr_read_keep(rd, RKR_SCOPE_WITNESS, 0, known, NULL, &node->items[i]);
		} else {
			rkr_run_set_witness(rd->run, kind);
			known++;
		}
	}
	return r;
}

static int
read_bo(struct rkr_reader *rd, struct rkr_node **node)
{
	return rkr_read_bo(rd, *node);
}

int
rkr_read_bos(struct rkr_reader *rd)
{
	return rkr_read_list(rd, read_bo);
}

static int
read_region(struct rkr_reader *rd, struct rkr_node **node)
{
	static const char *const keys[] = { "kind", "bo", "offset", "size", NULL };
	enum { KIND, BO, OFFSET, SIZE, N };
	struct rkr_run *run = rd->run;
	struct rkr_region region = { 0 };
	struct rkr_node *v[N];
	int kind = -1, r;

	for (size_t i = 0; (*node)->type == RKR_NODE_MAP && i < (*node)->n; i += 2) {
		if (!rkr_node_is((*node)->items[i], "kind"))
			continue;
		kind = rkr_read_word((*node)->items[i + 1], rkr_region_names, RKR_N_REGION_KINDS);
		/* A newer version may know of more. */
		if (kind < 0 && (*node)->items[i + 1]->type == RKR_NODE_SCALAR)
			return rkr_read_keep(rd, RKR_SCOPE_REGIONS, 0, run->n_regions, NULL, node);
	}
	r = rkr_read_keys(rd, *node, RKR_SCOPE_REGION, run->n_regions, keys, N, v);
	if (r < 0)
		return r;
	if (kind < 0)
		return RKR_REFUSE(rd, v[KIND], NULL, "the kind of a region is a word");
	region.kind = (enum rkr_region_kind)kind;
	r = rkr_read_index(rd, v[BO], "bo", &rd->bo, &region.bo);
	if (r == 0)
		r = rkr_read_u64(rd, v[OFFSET], "offset", UINT64_MAX, &region.offset);
	if (r == 0)
		r = rkr_read_u64(rd, v[SIZE], "size", UINT64_MAX - region.offset, &region.size);
	if (r == 0 &&
	    rkr_grow((void **)&run->regions, &run->cap_regions, run->n_regions + 1, sizeof(region)) < 0)
		r = rkr_read_no_memory(rd);
	if (r == 0)
		run->regions[run->n_regions++] = region;
	return r;
}

int
rkr_read_regions(struct rkr_reader *rd)
{
	return rkr_read_list(rd, read_region);
}

static int
read_conflict(struct rkr_reader *rd, struct rkr_node **node)
{
	static const char *const keys[] = { "bo", "offset", "kept", "dropped", NULL };
	enum { BO, OFFSET, KEPT, DROPPED, N };
	struct rkr_conflict c = { .kept = SIZE_MAX, .dropped = SIZE_MAX };
	size_t i = rd->run->n_conflicts;
	struct rkr_node *v[N];
	int r = rkr_read_keys(rd, *node, RKR_SCOPE_CONFLICT, i, keys, N, v);

	if (r == 0)
		r = rkr_read_index(rd, v[BO], "bo", &rd->bo, &c.bo);
	if (r == 0)
		r = rkr_read_u64(rd, v[OFFSET], "offset", UINT64_MAX, &c.offset);
	if (r == 0)
		r = rkr_read_link(rd, v[KEPT], "kept", RKR_LINK_KEPT, i, 0);
	if (r == 0)
		r = rkr_read_link(rd, v[DROPPED], "dropped", RKR_LINK_DROPPED, i, 0);
	if (r == 0 && rkr_run_note_conflict(rd->run, &c) < 0)
		r = rkr_read_no_memory(rd);
	return r;
}

int
rkr_read_conflicts(struct rkr_reader *rd)
{
	return rkr_read_list(rd, read_conflict);
}

static int
find_space(const void *data, const char *key)
{
	(void)data;
	for (int s = 0; s < RKR_SPACE_MAX_; s++)
		if (strcmp(rkr_space_name((enum rkr_space)s), key) == 0)
			return s;
	return -1;
}

int
rkr_read_things(struct rkr_reader *rd)
{
	_autonode_ struct rkr_node *node = NULL;
	struct rkr_node *v[RKR_SPACE_MAX_] = { NULL };
	int r = rkr_nodes_value(rd->nodes, &node);

	if (r == 0)
		r = rkr_read_map(rd, node, RKR_SCOPE_THINGS, 0, find_space, NULL, v);
	for (size_t s = 0; r == 0 && s < RKR_SPACE_MAX_; s++) {
		__typeof__(rd->run->things[s]) *t = &rd->run->things[s];

		if (!v[s] || (v[s]->type == RKR_NODE_LIST && !v[s]->n))
			continue;
		if (v[s]->type != RKR_NODE_LIST)
			return RKR_REFUSE(rd, v[s], NULL, "this is to be a list of numbers");
		if (rkr_grow((void **)&t->v, &t->cap, v[s]->n, sizeof(*t->v)) < 0)
			return rkr_read_no_memory(rd);
		for (; r == 0 && t->n < v[s]->n; t->n++)
			r = rkr_read_u64(rd, v[s]->items[t->n], "things", UINT64_MAX, &t->v[t->n]);
	}
	return r;
}
