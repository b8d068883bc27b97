/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "serve-priv.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/util.h"

/*
 * Which process has mapped what. Processes end and exec without a word, and
 * their connections with them; what a process had mapped is then gone.
 */

static struct rke_space *
find(const struct rke_server *server, uint32_t id)
{
	struct rke_space *s = server->spaces;

	while (s && s->id != id)
		s = s->next;
	return s;
}

static void
release(struct rke_server *server, struct rke_space *space)
{
	struct rke_space **at = &server->spaces;

	while (*at != space)
		at = &(*at)->next;
	*at = space->next;
	for (size_t i = 0; i < space->n; i++)
		rke_node_unmapped(server, space->maps[i].node, space->maps[i].call.offset);
	free(space->maps);
	free(space);
}

/* The mappings of @from, once more. */
static int
copy_maps(struct rke_server *server, struct rke_space *to, const struct rke_space *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct rke_map *m = &from->maps[i];
		/* A BO whose handle is closed cannot be mapped again by its offset; the parent's mapping has to do. */
		int r = m->node->file ? rke_mmap(m->node->file, m->call.offset, 1, NULL, NULL) : 0;

		if (r == 0) {
			m->node->maps++;
			r = rke_space_map(server, to, m);
			if (r < 0)
				rke_node_unmapped(server, m->node, m->call.offset);
		}
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}

int
rke_space_join(struct rke_server *server, struct rke_conn *conn, uint32_t id, bool copy)
{
	struct rke_space *old = find(server, id), *space = copy ? NULL : old;
	int r = 0;

	if (!space) {
		space = calloc(1, sizeof(*space));
		if (!space)
			return -ENOMEM;
		/* 0 is no space. */
		do
			space->id = ++server->next_space;
		while (space->id == 0 || find(server, space->id));
		space->next = server->spaces;
		server->spaces = space;
		if (copy && old)
			r = copy_maps(server, space, old);
		if (r < 0) {
			release(server, space);
			return r;
		}
	}
	space->conns++;
	rke_space_leave(server, conn);
	conn->space = space;
	return 0;
}

void
rke_space_leave(struct rke_server *server, struct rke_conn *conn)
{
	struct rke_space *space = conn->space;

	conn->space = NULL;
	if (space && --space->conns == 0)
		release(server, space);
}

int
rke_space_map(struct rke_server *server, struct rke_space *space, const struct rke_map *map)
{
	(void)server;
	if (rkr_grow((void **)&space->maps, &space->size, space->n + 1, sizeof(*space->maps)) < 0)
		return -ENOMEM;
	space->maps[space->n++] = *map;
	return 0;
}

struct rke_map *
rke_space_find(struct rke_space *space, uint64_t id)
{
	for (size_t i = space->n; i-- > 0;)
		if (space->maps[i].id == id)
			return &space->maps[i];
	return NULL;
}

void
rke_space_unmap(struct rke_server *server, struct rke_space *space, struct rke_map *map)
{
	const struct rke_map gone = *map;

	*map = space->maps[--space->n];
	rke_node_unmapped(server, gone.node, gone.call.offset);
}
