/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "serve-priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/model-memory.h"
#include "lib/util.h"
#include "replay/tempdir.h"

/* As much as an IOVA reaches. Pages are there once they are written to. */
#define ARENA ((size_t)RKR_IOVA_END)

/*
 * A client that calls often calls again soon: looking for that is quicker than
 * to sleep and be woken. Not for long, as clients may need the processor.
 */
#define SPINS 10

/* Time of the board goes on in such steps while a job runs that nobody waits for. */
#define TICK_MS 5

RKR_DEFINE_CLEANUP(struct rke_server *, rke_server_free)

int
rke_conn_new(struct rke_server *server, enum rke_conn_kind kind, int fd, struct rke_conn **ret_conn)
{
	struct rke_conn *conn = calloc(1, sizeof(*conn));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = conn };
	int r = conn ? 0 : -ENOMEM;

	if (conn && epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		r = -errno;
	if (r < 0) {
		free(conn);
		close(fd);
		return r;
	}
	*conn = (struct rke_conn){ .kind = kind, .fd = fd, .next = server->conns };
	if (conn->next)
		conn->next->prev = conn;
	server->conns = conn;
	*ret_conn = conn;
	return 0;
}

void
rke_conn_free(struct rke_server *server, struct rke_conn *conn)
{
	*(conn->prev ? &conn->prev->next : &server->conns) = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	if (server->last == conn)
		server->last = NULL;
	if (conn->kind == RKE_CONN_EVENT)
		epoll_ctl(server->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
	else
		close(conn->fd);
	if (conn->kind == RKE_CONN_CLIENT) {
		server->n_clients--;
		rke_space_leave(server, conn);
	}
	if (conn->node)
		rke_node_closed(server, conn->node);
	free(conn);
}

void
rke_server_tell(struct rke_server *server, const struct rke_call *call)
{
	if (server->options.call)
		server->options.call(server->options.call_data, call);
}

/* What the board wants copied to where a struct points: the client does that. */
static int
copy_out(void *data, uint64_t to, const void *from, size_t len)
{
	struct rke_server *server = data;
	const struct rke_copy copy = { .to = to, .len = len };
	size_t at = server->n_copies, need = sizeof(copy) + rkr_align_up(len, 8);

	if (need > sizeof(server->copies) - at)
		return -EFAULT;
	memset(server->copies + at, 0, need);
	memcpy(server->copies + at, &copy, sizeof(copy));
	memcpy(server->copies + at + sizeof(copy), from, len);
	server->n_copies += (uint32_t)need;
	return 0;
}

static int
make_arena(struct rke_server *server)
{
	server->arena_fd = memfd_create("rkreplay-emulate", MFD_CLOEXEC);
	if (server->arena_fd < 0 || ftruncate(server->arena_fd, (off_t)ARENA) < 0)
		return -errno;
	server->arena =
		mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, server->arena_fd, 0);
	if (server->arena == MAP_FAILED) {
		server->arena = NULL;
		return -errno;
	}
	return 0;
}

static int
make_board(struct rke_server *server)
{
	struct rke_board_options *o = &server->options.board;

	o->arena = server->arena;
	o->arena_size = ARENA;
	o->copy_out = copy_out;
	o->copy_data = server;
	o->export_fd = rke_node_export;
	o->import_fd = rke_node_import;
	o->prime_data = server;
	return rke_board_new(o, &server->board);
}

static int
make_socket(struct rke_server *server)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	size_t n = strlen(server->dir);
	struct rke_conn *conn;

	if (n + sizeof(RKE_WIRE_SOCKET) > sizeof(name.sun_path))
		return -ENAMETOOLONG;
	memcpy(name.sun_path, server->dir, n);
	memcpy(name.sun_path + n, RKE_WIRE_SOCKET, sizeof(RKE_WIRE_SOCKET));
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 128) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return rke_conn_new(server, RKE_CONN_LISTEN, fd, &conn);
}

int
rke_server_new(const struct rke_server_options *options, struct rke_server **ret_server,
	       const char **ret_what)
{
	rkr_cleanup(rke_server_free) struct rke_server *server = calloc(1, sizeof(*server));
	static const struct {
		const char *what;
		int (*make)(struct rke_server *server);
	} parts[] = { { "its memory", make_arena },
		      { "the board", make_board },
		      { "its socket", make_socket } };
	const char *what = "a directory for its socket";

	if (!server)
		return -ENOMEM;
	server->options = *options;
	server->arena_fd = server->send_fd = -1;
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	int r = server->epoll < 0 ? -errno : rke_tree_make(&server->dir);

	for (size_t i = 0; i < RKR_ARRAY_LEN(parts) && r == 0; i++) {
		what = parts[i].what;
		r = parts[i].make(server);
	}
	if (r < 0) {
		if (ret_what)
			*ret_what = what;
		return r;
	}
	*ret_server = rkr_steal(server);
	return 0;
}

void
rke_server_free(struct rke_server *server)
{
	if (!server)
		return;
	while (server->conns)
		rke_conn_free(server, server->conns);
	if (server->dir)
		rkx_tempdir_remove(server->dir);
	rke_board_free(server->board);
	if (server->arena)
		munmap(server->arena, ARENA);
	if (server->arena_fd >= 0)
		close(server->arena_fd);
	if (server->epoll >= 0)
		close(server->epoll);
	free(server->dir);
	free(server);
}

const char *
rke_server_dir(const struct rke_server *server)
{
	return server->dir;
}

bool
rke_server_was_used(const struct rke_server *server)
{
	return server->used;
}

struct rke_board *
rke_server_board(struct rke_server *server)
{
	return server->board;
}

static void
accept_client(struct rke_server *server, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct rke_conn *conn;

	if (fd < 0)
		return;
	/* The directory is its owner's alone: nobody else comes here. */
	if (rke_conn_new(server, RKE_CONN_CLIENT, fd, &conn) < 0)
		return;
	server->n_clients++;
}

/* Nothing is to be read from the node itself; what a client writes there is lost. */
static void
drain(const struct rke_conn *conn)
{
	char bytes[256];

	while (recv(conn->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

static void
serve(struct rke_server *server, struct rke_conn *conn)
{
	int r = rke_serve_request(server, conn);

	if (r == 0)
		server->last = conn;
	else if (r != -EAGAIN)
		rke_conn_free(server, conn);
}

/* The client that called last may call again while one looks. */
static bool
serve_again(struct rke_server *server)
{
	for (unsigned i = 0; server->last && i < SPINS; i++) {
		int r = rke_serve_request(server, server->last);

		if (r == 0)
			return true;
		if (r != -EAGAIN)
			rke_conn_free(server, server->last);
	}
	return false;
}

static uint64_t
host_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int
rke_server_run(struct rke_server *server, int fd, int (*event)(void *data), void *data)
{
	struct rke_conn *caller;
	int r = rke_conn_new(server, RKE_CONN_EVENT, fd, &caller), ended = 0;
	unsigned turn = 0;

	if (r < 0)
		return r;
	server->served = host_now();
	while (r == 0 && ended < 2 && !(ended && server->n_clients == 0)) {
		struct epoll_event e;

		/* Others have their turn, too. */
		if (++turn % 16 && serve_again(server))
			continue;
		uint64_t now = host_now();
		int n = epoll_wait(server->epoll, &e, 1, now < server->tick_until ? TICK_MS : -1);

		if (n < 0 && errno != EINTR)
			r = -errno;
		if (n == 0) {
			now = host_now();
			rke_advance(server->board, now - server->served);
			server->served = now;
		}
		if (n != 1)
			continue;
		struct rke_conn *conn = e.data.ptr;

		switch (conn->kind) {
		case RKE_CONN_LISTEN:
			accept_client(server, conn->fd);
			break;
		case RKE_CONN_EVENT: {
			int now_ended = event(data);

			ended = now_ended > ended ? now_ended : ended;
			break;
		}
		case RKE_CONN_CLIENT:
			serve(server, conn);
			break;
		case RKE_CONN_NODE:
			if (e.events & (EPOLLHUP | EPOLLERR))
				rke_conn_free(server, conn);
			else
				drain(conn);
			break;
		}
	}
	rke_conn_free(server, caller);
	return r;
}
