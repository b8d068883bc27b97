/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "preload.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * Connections to the server. Each request takes a free one, or makes one: as
 * many as there are calls at a time, so that no thread waits for another and a
 * signal handler may call whatever it interrupts.
 *
 * The program may close any descriptor, or all, and knows nothing of ours; so
 * each is looked at before it is used, and made anew if it is another now.
 */

#define SLOTS 32

/* Descriptors from here on, if there can be so many: programs count theirs from below. */
#define HIGH_FD 900

/*
 * A server that says nothing for so long hangs, and the call ends with ENODEV:
 * signals are blocked meanwhile, so that nobody could end it otherwise. The
 * largest networks are computed in much less.
 */
#define PATIENCE_S 600

struct slot {
	_Atomic uint64_t state; /* pid << 1 | busy; 0: never used */
	int fd;
	uint64_t inode;
};

static struct {
	struct slot slots[SLOTS];
	_Atomic uint64_t space; /* pid << 32 | id: whose mappings the server keeps account of */

	/* Between the handlers of a fork. */
	struct slot forked;
	uint32_t forked_space;
} links;

static uint32_t
my_pid(void)
{
	return (uint32_t)rke_sys(SYS_getpid);
}

static uint64_t
inode_of(int fd)
{
	struct stat st;

	return fd >= 0 && rke_sys(SYS_fstat, fd, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

static void
drop(struct slot *s)
{
	if (s->inode && inode_of(s->fd) == s->inode)
		rke_sys(SYS_close, s->fd);
	s->inode = 0;
}

/*
 * A call on a socket that has a time limit. Those are ended by a stop and what
 * continues after it, too, with nothing done. [source: signal(7)]
 */
#define again(call)                     \
	({                              \
		long r_;                \
                                        \
		do                      \
			r_ = (call);    \
		while (r_ == -EINTR);   \
		r_;                     \
	})

/* One message there and one back. */
static int
exchange(int fd, const struct rke_request *request, struct rke_parts *parts, struct rke_reply *reply)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec out[] = { { (void *)(uintptr_t)request, sizeof(*request) },
			       { (void *)(uintptr_t)parts->in, parts->in_len } };
	struct iovec in[] = { { reply, sizeof(*reply) },
			      { parts->out, parts->out_len },
			      { parts->copies, parts->copies ? RKE_WIRE_COPIES_MAX : 0 } };
	struct msghdr there = { .msg_iov = out, .msg_iovlen = parts->in_len ? 2 : 1 };
	struct msghdr back = {
		.msg_iov = in, .msg_iovlen = 3, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	long r = again(rke_sys(SYS_sendmsg, fd, &there, MSG_NOSIGNAL));

	if (r < 0)
		return r == -EFAULT ? -EFAULT : -ENODEV;
	r = again(rke_sys(SYS_recvmsg, fd, &back, parts->cloexec ? MSG_CMSG_CLOEXEC : 0));
	if (r < (long)sizeof(*reply))
		return r == -EFAULT ? -EFAULT : -ENODEV;
	const struct cmsghdr *c = CMSG_FIRSTHDR(&back);

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&parts->fd, CMSG_DATA(c), sizeof(int));
	return 0;
}

static int
hello(int fd, uint32_t space, bool copy, uint32_t *ret_space)
{
	const struct rke_request request = { .op = RKE_WIRE_HELLO, .id = space, .command = copy };
	struct rke_parts parts = { .fd = -1 };
	struct rke_reply reply;
	int r = exchange(fd, &request, &parts, &reply);

	if (r < 0 || reply.ret < 0)
		return -ENODEV;
	*ret_space = (uint32_t)reply.id;
	return 0;
}

/* A connection with nothing said yet, its descriptor out of the way. */
static int
dial(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const char *dir = rke_dir();
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct rlimit limit = { 0 };

	if (!dir)
		return -ENODEV;
	size_t n = strlen(dir);
	int fd = (int)rke_sys(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fd;
	memcpy(name.sun_path, dir, n);
	memcpy(name.sun_path + n, RKE_WIRE_SOCKET, sizeof(RKE_WIRE_SOCKET));
	rke_sys(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	rke_sys(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (again(rke_sys(SYS_connect, fd, &name, sizeof(name))) < 0) {
		rke_sys(SYS_close, fd);
		return -ENODEV;
	}
	rke_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
	int high = -1;

	if (limit.rlim_cur > 128)
		high = (int)rke_sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC,
				    limit.rlim_cur > HIGH_FD + 64 ? HIGH_FD : (int)limit.rlim_cur - 64);
	if (high < 0)
		return fd;
	rke_sys(SYS_close, fd);
	return high;
}

/* Connect, as a further connection of this process. */
static int
open_slot(struct slot *s)
{
	uint64_t me = (uint64_t)my_pid() << 32, v = atomic_load(&links.space);
	uint32_t space = v >> 32 == me >> 32 ? (uint32_t)v : 0;
	int fd = dial(), r = fd < 0 ? fd : hello(fd, space, false, &space);

	/* Two threads may come first: one space is the process's, and the other joins it. */
	if (r == 0 && v != (me | space) && !atomic_compare_exchange_strong(&links.space, &v, me | space))
		r = hello(fd, (uint32_t)v, false, &space);
	if (r < 0) {
		if (fd >= 0)
			rke_sys(SYS_close, fd);
		return r;
	}
	s->fd = fd;
	s->inode = inode_of(fd);
	return 0;
}

/* Take a connection that nobody uses. NULL: all are in use. */
static struct slot *
take_slot(uint64_t pid)
{
	for (int any = 0; any < 2; any++)
		for (size_t i = 0; i < SLOTS; i++) {
			struct slot *s = &links.slots[i];
			uint64_t v = atomic_load_explicit(&s->state, memory_order_relaxed);

			/* First one of this process; then any that no thread of it has. */
			if (any ? v == (pid << 1 | 1) : v != pid << 1)
				continue;
			if (!atomic_compare_exchange_strong(&s->state, &v, pid << 1 | 1))
				continue;
			/* One that a parent had goes: the server would think that it lives. */
			if (v >> 1 != pid)
				drop(s);
			return s;
		}
	return NULL;
}

int
rke_ask(const struct rke_request *request, struct rke_parts *parts, struct rke_reply *ret_reply)
{
	uint64_t old = rke_block_signals();
	uint64_t pid = my_pid();
	struct slot spare = { .fd = -1 }, *s = take_slot(pid);
	int r = 0;

	if (!s)
		s = &spare;
	if (!s->inode || inode_of(s->fd) != s->inode)
		r = open_slot(s);
	if (r == 0)
		r = exchange(s->fd, request, parts, ret_reply);
	if (r == -ENODEV || s == &spare)
		drop(s);
	if (s != &spare)
		atomic_store_explicit(&s->state, pid << 1, memory_order_release);
	rke_set_signals(old);
	return r < 0 ? r : ret_reply->ret;
}

void
rke_link_fork(void)
{
	uint64_t v = atomic_load(&links.space);
	int fd = dial();

	links.forked.inode = 0;
	if (fd < 0)
		return;
	if (v >> 32 != my_pid() || hello(fd, (uint32_t)v, true, &links.forked_space) < 0) {
		rke_sys(SYS_close, fd);
		return;
	}
	links.forked.fd = fd;
	links.forked.inode = inode_of(fd);
}

void
rke_link_forked(bool child)
{
	uint64_t pid = my_pid();

	if (!links.forked.inode)
		return;
	if (!child) {
		drop(&links.forked);
		return;
	}
	/* The child is alone: all slots are its parent's. */
	struct slot *s = take_slot(pid);

	if (!s) {
		drop(&links.forked);
		return;
	}
	s->fd = links.forked.fd;
	s->inode = links.forked.inode;
	links.forked.inode = 0;
	atomic_store(&links.space, pid << 32 | links.forked_space);
	atomic_store(&s->state, pid << 1);
}
