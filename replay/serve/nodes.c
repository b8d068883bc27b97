/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "serve-priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

/* Open files of the board and exported BOs, each a pair of sockets whose one end clients have. */

int
rke_node_new(struct rke_server *server, enum rke_node_kind kind, uint32_t flags, struct rke_node **ret_node,
	     int *ret_fd)
{
	_autofree_ struct rke_node *node = calloc(1, sizeof(*node));
	struct rke_conn *conn;
	int pair[2];
	struct stat st;

	if (!node)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	_autoclose_ int theirs = pair[0];
	int r = rke_conn_new(server, RKE_CONN_NODE, pair[1], &conn);

	if (r < 0)
		return r;
	/* That it blocks, or not, is a property of the client's end. */
	if (fstat(theirs, &st) < 0 || (!(flags & O_NONBLOCK) && fcntl(theirs, F_SETFL, 0) < 0)) {
		r = -errno;
		rke_conn_free(server, conn);
		return r;
	}
	*node = (struct rke_node){ .kind = kind,
				   .inode = st.st_ino,
				   .open = true,
				   .flags = flags,
				   .process = server->process,
				   .fd = -1,
				   .next = server->nodes };
	conn->node = node;
	server->n_clients++;
	server->nodes = node;
	*ret_node = rkr_steal(node);
	*ret_fd = theirs;
	theirs = -1;
	return 0;
}

struct rke_node *
rke_node_find(const struct rke_server *server, uint64_t inode)
{
	struct rke_node *node = server->nodes;

	while (node && (!node->open || node->inode != inode))
		node = node->next;
	return node;
}

/* Like the kernel's file: it goes when neither descriptors nor mappings are left. */
static void
release(struct rke_server *server, struct rke_node *node)
{
	struct rke_node **at = &server->nodes;

	if (node->open || node->maps)
		return;
	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	if (node->file)
		rke_close(node->file);
	else if (node->token)
		rke_prime_close(server->board, node->token);
	free(node);
}

void
rke_node_closed(struct rke_server *server, struct rke_node *node)
{
	const struct rke_call call = { .kind = RKE_CALL_CLOSE, .process = node->process, .fd = node->fd };

	node->open = false;
	server->n_clients--;
	/* A file that nothing was done with has no number that is known. */
	if (node->file && node->fd >= 0)
		rke_server_tell(server, &call);
	release(server, node);
}

void
rke_node_unmapped(struct rke_server *server, struct rke_node *node, uint64_t offset)
{
	if (node->file)
		rke_munmap(node->file, offset);
	node->maps--;
	release(server, node);
}

int
rke_node_export(void *data, uint64_t token, uint64_t arena, uint64_t size)
{
	struct rke_server *server = data;
	struct rke_node *node;
	int r = rke_node_new(server, RKE_NODE_PRIME, 0, &node, &server->send_fd);

	if (r < 0)
		return r;
	node->token = token;
	node->arena = arena;
	node->size = size;
	/* The number is the client's to give: it puts it into the struct. */
	return 0;
}

int
rke_node_import(void *data, int fd, uint64_t *ret_token)
{
	struct rke_server *server = data;
	const struct rke_node *node = rke_node_find(server, server->message.request.other);

	(void)fd;
	if (!node || node->kind != RKE_NODE_PRIME)
		return -EBADF;
	*ret_token = node->token;
	return 0;
}
