/* SPDX-License-Identifier: MIT */
#ifndef TEST_REPLAY_SYSCALLS_H
#define TEST_REPLAY_SYSCALLS_H

/*
 * System calls of a process that has an emulated board behind a node, for the
 * real device of replay/device-drm.c and the real libdrm: these definitions
 * stand before the C library's. Each call on the node, and each on a file of
 * the state directory, is a chance for a failure or a signal, and what
 * reaches the node is written down where it outlives the process.
 *
 * To be included by one file of a program.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/model-abi.h"
#include "replay/emu/driver.h"

#define SYS_NODE "/dev/dri/card1"
#define SYS_SEEN 1024
#define SYS_MAPS 64

/** What can fail. */
enum sys_kind {
	SYS_NODE_OPEN,
	SYS_IOCTL,
	SYS_MMAP,
	SYS_MUNMAP,
	SYS_NODE_CLOSE,
	SYS_FILE_OPEN,
	SYS_WRITE,
	SYS_FSYNC, /**< and fdatasync */
	SYS_RENAME,
	SYS_KINDS,
};

/** A call that reached the node. */
struct sys_call {
	char what; /**< 'A'ction, 'C'reate, 'M'ap, 'D'estroy, 'S'ync, sub'J'ob, 'P': mmap, 'U': munmap */
	bool ended;
	int ret;
	uint64_t ns; /**< by the board's clock, when it began */
};

/** In memory that parent and child share. */
struct sys_log {
	unsigned n;
	unsigned at_strike; /**< of the calls, how many there were then */
	struct sys_call call[SYS_SEEN];
};

static struct {
	bool on;
	struct rke_board *board;
	struct rke_file *file;
	int node;          /* -1 */
	char dir[64];      /* of the state */
	bool of_state[64]; /* descriptors of its files */
	unsigned chances[SYS_KINDS];
	/* The strike: call number nth of this kind. */
	enum sys_kind kind;
	unsigned nth;
	int code;      /* errno, or */
	int signal;    /* a signal */
	bool after;    /* the call is done, and then it fails, or the signal comes */
	bool forever;  /* all after it are struck before they are done, too */
	bool is_short; /* of write: half of it arrives first */
	bool struck;
	char what, last; /**< the call on the node that was struck; and the last one */
	struct sys_log *log;
	struct {
		void *data;
		uint64_t length, offset;
	} maps[SYS_MAPS];
	size_t n_maps;
} sys = { .node = -1 };

/* Whether this call is struck before it is done. */
static bool
sys_before(enum sys_kind kind)
{
	sys.chances[kind]++;
	if (sys.kind != kind || sys.chances[kind] < sys.nth || (!sys.forever && sys.chances[kind] != sys.nth))
		return false;
	sys.struck = true;
	if (sys.log)
		sys.log->at_strike = sys.log->n;
	if (kind == SYS_IOCTL || kind == SYS_MMAP || kind == SYS_MUNMAP)
		sys.what = sys.last;
	if (sys.after)
		return false;
	if (sys.signal) {
		raise(sys.signal);
		return false;
	}
	errno = sys.code;
	return true;
}

/* Whether this call is struck after it was done. */
static bool
sys_after(enum sys_kind kind)
{
	if (!sys.after || sys.kind != kind || sys.chances[kind] != sys.nth)
		return false;
	if (sys.signal) {
		raise(sys.signal);
		return false;
	}
	errno = sys.code;
	return true;
}

static struct sys_call *
sys_seen(char what)
{
	static struct sys_call spare;
	struct sys_call *c = sys.log && sys.log->n < SYS_SEEN ? &sys.log->call[sys.log->n] : &spare;

	sys.last = what;
	*c = (struct sys_call){ .what = what, .ns = rke_now(sys.board) };
	if (c != &spare)
		sys.log->n++;
	return c;
}

static long
sys_ended(struct sys_call *c, long r)
{
	int e = errno;

	c->ret = r < 0 ? -e : 0;
	c->ended = true;
	errno = e;
	return r;
}

static bool
sys_is_state(int fd)
{
	return sys.on && fd >= 0 && fd < 64 && sys.of_state[fd];
}

/* ---- the calls */

int
open(const char *path, int flags, ...)
{
	va_list ap;
	unsigned mode = 0;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, unsigned);
	va_end(ap);
	bool is_node = sys.on && strcmp(path, SYS_NODE) == 0;
	bool is_state = sys.on && sys.dir[0] && strncmp(path, sys.dir, strlen(sys.dir)) == 0;

	if ((is_node && sys_before(SYS_NODE_OPEN)) || (is_state && sys_before(SYS_FILE_OPEN)))
		return -1;
	/* Any descriptor will do for a node. */
	int fd = (int)syscall(SYS_openat, AT_FDCWD, is_node ? "/dev/null" : path, flags, mode);

	if (fd >= 0 && is_node && rke_open(sys.board, &sys.file) == 0)
		sys.node = fd;
	if (fd >= 0 && is_state && fd < 64)
		sys.of_state[fd] = true;
	return fd;
}

int
close(int fd)
{
	bool is_node = sys.on && fd >= 0 && fd == sys.node;
	/* What the kernel does with a descriptor whose close fails: it is closed all the same. */
	bool struck = is_node && sys_before(SYS_NODE_CLOSE);

	if (is_node) {
		rke_close(sys.file);
		sys.node = -1;
	}
	if (sys_is_state(fd))
		sys.of_state[fd] = false;
	int r = (int)syscall(SYS_close, fd);

	if (struck)
		errno = sys.code;
	return struck ? -1 : r;
}

int
ioctl(int fd, unsigned long command, ...)
{
	va_list ap;

	va_start(ap, command);
	void *arg = va_arg(ap, void *);
	va_end(ap);
	if (!sys.on || fd != sys.node)
		return (int)syscall(SYS_ioctl, fd, command, arg);
	unsigned nr = (unsigned)(command & 0xff);
	static const char names[] = "AJCMDS";
	const bool is_npu = nr >= RKR_IOCTL_ACTION && nr < RKR_IOCTL_ACTION + sizeof(names) - 1;

	/* Those of the DRM core, by which the node is found, are no steps. */
	if (!is_npu) {
		int r = rke_ioctl(sys.file, command, arg, command >> 16 & 0x3fff);

		errno = -r;
		return r < 0 ? -1 : 0;
	}
	struct sys_call *c = sys_seen(names[nr - RKR_IOCTL_ACTION]);

	if (sys_before(SYS_IOCTL))
		return (int)sys_ended(c, -1);
	int r = rke_ioctl(sys.file, command, arg, command >> 16 & 0x3fff);

	if (r < 0)
		errno = -r;
	return (int)sys_ended(c, sys_after(SYS_IOCTL) || r < 0 ? -1 : 0);
}

void *
mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *data;

	if (!sys.on || fd < 0 || fd != sys.node)
		return (void *)syscall(SYS_mmap, at, length, prot, flags, fd, offset);
	struct sys_call *c = sys_seen('P');

	if (sys_before(SYS_MMAP) || sys.n_maps == SYS_MAPS)
		return (void *)sys_ended(c, -1);
	int r = rke_mmap(sys.file, (uint64_t)offset, length, &data, NULL);

	if (r < 0) {
		errno = -r;
		return (void *)sys_ended(c, -1);
	}
	sys.maps[sys.n_maps].data = data;
	sys.maps[sys.n_maps].length = length;
	sys.maps[sys.n_maps++].offset = (uint64_t)offset;
	sys_ended(c, 0);
	return data;
}

int
munmap(void *data, size_t length)
{
	for (size_t i = 0; sys.on && i < sys.n_maps; i++) {
		if (sys.maps[i].data != data)
			continue;
		struct sys_call *c = sys_seen('U');

		if (sys_before(SYS_MUNMAP))
			return (int)sys_ended(c, -1);
		/* A shorter one would leave pages behind. */
		if (sys.maps[i].length != length)
			abort();
		rke_munmap(sys.file, sys.maps[i].offset);
		sys.maps[i] = sys.maps[--sys.n_maps];
		return (int)sys_ended(c, 0);
	}
	return (int)syscall(SYS_munmap, data, length);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	if (sys_is_state(fd)) {
		if (sys_before(SYS_WRITE)) {
			if (!sys.is_short || len < 2)
				return -1;
			/* Part of it arrives, and what would be the rest does not. */
			sys.nth++;
			sys.is_short = false;
			return syscall(SYS_write, fd, data, len / 2);
		}
		ssize_t n = syscall(SYS_write, fd, data, len);

		return sys_after(SYS_WRITE) ? -1 : n;
	}
	return syscall(SYS_write, fd, data, len);
}

/* No power is cut here: what a real sync takes is saved. */
static int
sys_sync(int fd)
{
	bool state = sys_is_state(fd);

	if (state && sys_before(SYS_FSYNC))
		return -1;
	return state && sys_after(SYS_FSYNC) ? -1 : 0;
}

int
fsync(int fd)
{
	return sys_sync(fd);
}

int
fdatasync(int fd)
{
	return sys_sync(fd);
}

int
rename(const char *from, const char *to)
{
	if (sys.on && sys_before(SYS_RENAME))
		return -1;
	int r = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);

	return sys.on && sys_after(SYS_RENAME) ? -1 : r;
}

/* ---- the board's time is the process's */

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	if (!sys.on || !sys.board || clock != CLOCK_MONOTONIC)
		return (int)syscall(SYS_clock_gettime, clock, t);
	uint64_t ns = rke_now(sys.board);

	*t = (struct timespec){ (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
	return 0;
}

int
clock_nanosleep(clockid_t clock, int flags, const struct timespec *t, struct timespec *rest)
{
	if (!sys.on || !sys.board)
		return syscall(SYS_clock_nanosleep, clock, flags, t, rest) < 0 ? errno : 0;
	rke_advance(sys.board, (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_nsec);
	return 0;
}

#endif
