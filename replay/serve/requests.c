/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "serve-priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/model-abi.h"
#include "lib/model-memory.h"
#include "lib/util.h"

/* Answering requests. What they say is not trusted. */

#define COMMAND_SIZE(c) ((c) >> 16 & 0x3fff)
#define COMMAND_OUT(c) (((c) >> 31 & 1) != 0)

/* Gaps between calls that are shorter are the clients' own computing, and take no time of the board. */
#define GAP_NS UINT64_C(5000000)

/* A job that nobody waits for ends within the longest timeout that there is sense in. */
#define TICK_NS UINT64_C(20000000000)

static uint64_t
host_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int
open_node(struct rke_server *server, const struct rke_request *q)
{
	enum rke_node_kind kind = (enum rke_node_kind)q->command;
	struct rke_file *file;
	struct rke_node *node;

	if (kind != RKE_NODE_CARD && kind != RKE_NODE_RENDER)
		return -EINVAL;
	int r = rke_open(server->board, &file);

	if (r < 0)
		return r;
	r = rke_node_new(server, kind, q->flags, &node, &server->send_fd);
	if (r < 0) {
		rke_close(file);
		return r;
	}
	node->file = file;
	server->used = true;
	return 0;
}

/* The calls that a device which does nothing answers. */
static bool
does_nothing(uint32_t command)
{
	const struct rkr_abi_ioctl *desc = rkr_abi_ioctl(command);

	return desc && (desc->nr == RKR_IOCTL_SUBMIT || desc->nr == RKR_IOCTL_ACTION ||
			desc->nr == RKR_IOCTL_MEM_SYNC);
}

static int
do_ioctl(struct rke_server *server, const struct rke_request *q, size_t size, struct rke_reply *reply)
{
	struct rke_node *node = rke_node_find(server, q->inode);
	uint32_t command = (uint32_t)q->command;
	struct rke_call call = { .kind = RKE_CALL_IOCTL,
				 .process = server->process,
				 .fd = q->fd,
				 .command = command,
				 .arg = q->address,
				 .in = server->in,
				 .out = server->message.arg };

	if (!node || !node->file)
		return -EBADF;
	node->fd = q->fd;
	node->process = server->process;
	call.size = COMMAND_SIZE(command);
	memset(server->message.arg + size, 0, call.size > size ? call.size - size : 0);
	if (server->options.call)
		memcpy(server->in, server->message.arg, call.size);
	if (server->options.null && does_nothing(command))
		call.ret = 0;
	else
		call.ret = rke_ioctl(node->file, command, server->message.arg, call.size);
	const struct rkr_abi_ioctl *desc = rkr_abi_ioctl(command);

	if (desc && desc->nr == RKR_IOCTL_SUBMIT && (server->message.arg[0] & RKR_SUBMIT_NONBLOCK))
		server->tick_until = host_now() + TICK_NS;
	reply->size = COMMAND_OUT(command) ? (uint32_t)call.size : 0;
	rke_server_tell(server, &call);
	return call.ret;
}

/* As the kernel does before it asks a driver [source]. */
static int
check_mode(const struct rke_node *node, uint32_t prot, uint32_t flags)
{
	uint32_t access = node->flags & O_ACCMODE;

	if (!node->file)
		return 0;
	if (access == O_WRONLY || (access == O_RDONLY && (prot & PROT_WRITE) && (flags & MAP_SHARED)))
		return -EACCES;
	return 0;
}

static int
do_mmap(struct rke_server *server, struct rke_conn *conn, const struct rke_request *q,
	struct rke_reply *reply)
{
	struct rke_node *node = rke_node_find(server, q->inode);
	struct rke_map map = { .node = node };

	map.call = (struct rke_call){ .kind = RKE_CALL_MMAP,
				      .process = server->process,
				      .fd = q->fd,
				      .hint = q->address,
				      .length = q->length,
				      .prot = q->prot,
				      .flags = q->flags,
				      .offset = q->offset };
	if (!node || !conn->space)
		return -EBADF;
	uint64_t len = q->length > UINT64_MAX - RKR_PAGE ? UINT64_MAX : rkr_align_up(q->length, RKR_PAGE);
	uint64_t arena = node->arena + q->offset;
	int r = check_mode(node, q->prot, q->flags);

	if (r == 0 && node->file)
		r = rke_mmap(node->file, q->offset, len, NULL, &arena);
	else if (r == 0 && (q->offset > node->size || len > node->size - q->offset))
		r = -EINVAL;
	if (r == 0) {
		node->maps++;
		map.id = ++server->next_map;
		r = rke_space_map(server, conn->space, &map);
		if (r < 0)
			rke_node_unmapped(server, node, q->offset);
	}
	if (r == 0) {
		reply->id = map.id;
		reply->offset = arena;
		server->send_fd = fcntl(server->arena_fd, F_DUPFD_CLOEXEC, 0);
		if (server->send_fd < 0) {
			r = -errno;
			rke_space_unmap(server, conn->space, rke_space_find(conn->space, map.id));
		}
	}
	if (r < 0 && node->file) {
		map.call.ret = r;
		map.call.address = UINT64_MAX;
		rke_server_tell(server, &map.call);
	}
	return r;
}

static int
do_mapped(struct rke_server *server, struct rke_conn *conn, const struct rke_request *q)
{
	struct rke_map *map = conn->space ? rke_space_find(conn->space, q->id) : NULL;

	if (!map)
		return -EINVAL;
	map->call.address = q->address;
	if (map->node->file)
		rke_server_tell(server, &map->call);
	if (q->address == UINT64_MAX)
		rke_space_unmap(server, conn->space, map);
	return 0;
}

static int
do_munmap(struct rke_server *server, struct rke_conn *conn, const struct rke_request *q)
{
	struct rke_map *map = conn->space ? rke_space_find(conn->space, q->id) : NULL;

	/* A mapping from before a fork that the server could not follow. */
	if (!map)
		return 0;
	struct rke_call call = map->call;

	call.kind = RKE_CALL_MUNMAP;
	call.process = server->process;
	call.mapped = call.length;
	call.address = q->address;
	call.length = q->length;
	if (map->node->file)
		rke_server_tell(server, &call);
	rke_space_unmap(server, conn->space, map);
	return 0;
}

static int
answer(struct rke_server *server, struct rke_conn *conn, size_t size, struct rke_reply *reply)
{
	const struct rke_request *q = &server->message.request;
	int r = 0;

	switch (q->op) {
	case RKE_WIRE_HELLO:
		r = rke_space_join(server, conn, (uint32_t)q->id, q->command == 1);
		if (r == 0)
			reply->id = conn->space->id;
		return r;
	case RKE_WIRE_OPEN:
		return open_node(server, q);
	case RKE_WIRE_QUERY: {
		const struct rke_node *node = rke_node_find(server, q->inode);

		reply->command = node ? node->kind : RKE_NODE_FOREIGN;
		reply->offset = node ? node->size : 0;
		return 0;
	}
	case RKE_WIRE_IOCTL:
		return do_ioctl(server, q, size, reply);
	case RKE_WIRE_MMAP:
		return do_mmap(server, conn, q, reply);
	case RKE_WIRE_MAPPED:
		return do_mapped(server, conn, q);
	case RKE_WIRE_MUNMAP:
		return do_munmap(server, conn, q);
	}
	return -ENOSYS;
}

static int
send_reply(struct rke_server *server, const struct rke_conn *conn, struct rke_reply *reply)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov[] = { { reply, sizeof(*reply) },
			       { server->message.arg, reply->size },
			       { server->copies, reply->copies } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };

	if (server->send_fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &server->send_fd, sizeof(int));
	}
	ssize_t n = sendmsg(conn->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	int r = n < 0 ? -errno : 0;

	if (server->send_fd >= 0)
		close(server->send_fd);
	server->send_fd = -1;
	return r;
}

int
rke_serve_request(struct rke_server *server, struct rke_conn *conn)
{
	ssize_t n = recv(conn->fd, &server->message, sizeof(server->message), MSG_DONTWAIT);
	struct rke_reply reply = { 0 };

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -EAGAIN : -errno;
	if ((size_t)n < sizeof(server->message.request))
		return -EPIPE;
	uint64_t now = host_now();

	/* While nobody called, time went by for the board, too. */
	if (now - server->served > GAP_NS)
		rke_advance(server->board, now - server->served);
	server->process = conn->space ? conn->space->id : 0;
	server->n_copies = 0;
	reply.ret = answer(server, conn, (size_t)n - sizeof(server->message.request), &reply);
	if (reply.ret == 0)
		reply.copies = server->n_copies;
	int r = send_reply(server, conn, &reply);

	server->served = host_now();
	return r == -EAGAIN ? -EPIPE : r;
}
