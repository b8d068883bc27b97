/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

/*
 * Which descriptors are of the NPU's node. A node is known by the name that
 * its driver gives, never by a number. A descriptor that is known is one until
 * it is closed or reused, which the C library's functions tell us (files.c);
 * but that it is none is looked at again.
 */

/* As many as the kernel gives where nobody has allowed more [source: fs.nr_open]. */
#define FDS (1 << 20)

#define UNKNOWN 0
#define FOREIGN UINT32_MAX

/*
 * Which open file, in the lower half, and which time a descriptor was told so
 * in the upper: a copy of the same open file that has the number of one that is
 * being closed is another.
 */
#define FILE_OF(token) ((uint32_t)(token))

struct entry {
	_Atomic uint64_t token;
	uint64_t dev, inode; /* of what it was then */
};

/* Pages of it that are not used take no memory. */
static struct entry entries[FDS];

/* All that were ever set are below. */
static _Atomic int end;

static struct entry *
entry_of(int fd)
{
	return fd >= 0 && fd < atomic_load_explicit(&end, memory_order_relaxed) ? &entries[fd] : NULL;
}

static uint64_t
new_token(uint32_t file)
{
	static _Atomic uint32_t times;

	return (uint64_t)atomic_fetch_add(&times, 1) << 32 | file;
}

/* Before an entry is set. */
static void
reach(int fd)
{
	int was = atomic_load_explicit(&end, memory_order_relaxed);

	while (was <= fd && !atomic_compare_exchange_weak(&end, &was, fd + 1))
		;
}

/* DRM's major number [source: Linux's list of devices]. */
#define DRM_MAJOR 226

/* struct drm_version, and the call for it [source: DRM core]. */
struct version {
	int32_t major, minor, patch;
	uint64_t name_len;
	char *name;
	uint64_t date_len;
	char *date;
	uint64_t desc_len;
	char *desc;
};
#define IOCTL_VERSION 0xc0406400u

_Static_assert(sizeof(struct version) == 64, "as the command says");

/* May it be a node at all? An emulated one is a socket underneath. */
static bool
look(int fd, struct stat *st)
{
	return rke_sys(SYS_fstat, fd, st) == 0 &&
	       (S_ISSOCK(st->st_mode) || (S_ISCHR(st->st_mode) && major(st->st_rdev) == DRM_MAJOR));
}

static void
tell(uint64_t file, int fd, const struct version *v)
{
	struct rkc_event *e = rkc_event_new(RKC_NODE, file, fd, 16);

	if (!e)
		return;
	e->args[0] = (uint32_t)v->major;
	e->args[1] = (uint32_t)v->minor;
	e->args[2] = (uint32_t)v->patch;
	memcpy(rkc_event_bytes(e), v->date, 16);
	rkc_event_set(e, RKC_DONE);
}

/*
 * The open file of another descriptor that is the same one, or UNKNOWN: copies
 * come through sockets, and to threads that use a number as it is given anew.
 */
static uint32_t
of_a_copy(int fd)
{
	long pid = rke_sys(SYS_getpid);

	for (int k = rkc_next_known(0); k >= 0; k = rkc_next_known(k + 1)) {
		uint64_t file = rkc_file_known(k);

		/* 0: compare two descriptors [source: kcmp(2)]; kernels may lack it */
		if (file && k != fd && rke_sys(SYS_kcmp, pid, pid, 0, k, fd) == 0)
			return (uint32_t)file;
	}
	return UNKNOWN;
}

/* Whether a descriptor is of the node. False with *ret_gone: it is closed, or was another while we asked. */
static bool
ask_driver(int fd, struct version *v, bool *ret_gone)
{
	char name[16] = "";

	v->name = name;
	v->name_len = sizeof(name) - 1;
	int r = rkc_next_ioctl(RKC_BY_NAME, fd, IOCTL_VERSION, v);

	*ret_gone = r != 0 && errno == EBADF;
	return r == 0 && strcmp(name, "rknpu") == 0;
}

/* The open file that a descriptor is of, FOREIGN, or UNKNOWN: that cannot be said any more. */
static uint32_t
ask(int fd)
{
	char date[16] = "";
	struct version v = { .date = date, .date_len = sizeof(date) - 1 };
	bool gone, others = rkc_next_known(0) >= 0;

	if (!ask_driver(fd, &v, &gone))
		return gone ? UNKNOWN : FOREIGN;
	uint32_t copy = of_a_copy(fd);

	if (copy != UNKNOWN)
		return copy;
	/* It is none, or another thread has closed it since. */
	if (others && !ask_driver(fd, &v, &gone))
		return UNKNOWN;
	uint64_t file = atomic_fetch_add(&rkc_control()->files, 1) + 1;

	tell(file, fd, &v);
	return file < FOREIGN ? (uint32_t)file : FOREIGN;
}

uint64_t
rkc_file_of_fd(int fd)
{
	struct stat st;

	if (fd < 0 || fd >= FDS || !rkc_control())
		return 0;
	struct entry *e = &entries[fd];
	uint64_t token = atomic_load_explicit(&e->token, memory_order_acquire);
	uint32_t file = FILE_OF(token);

	if (file != UNKNOWN && file != FOREIGN)
		return file;
	if (!look(fd, &st))
		return 0;
	if (file == UNKNOWN || e->dev != st.st_dev || e->inode != st.st_ino) {
		uint32_t asked = ask(fd);

		if (asked == UNKNOWN)
			return 0;
		uint64_t found = new_token(asked);

		reach(fd);
		e->dev = st.st_dev;
		e->inode = st.st_ino;
		/* Another thread may have asked, too. */
		if (atomic_compare_exchange_strong(&e->token, &token, found))
			token = found;
	}
	return rkc_token_file(token);
}

uint64_t
rkc_token_file(uint64_t token)
{
	return FILE_OF(token) == FOREIGN ? 0 : FILE_OF(token);
}

uint64_t
rkc_file_known(int fd)
{
	return rkc_token_file(rkc_fd_token(fd));
}

uint64_t
rkc_fd_token(int fd)
{
	struct entry *e = entry_of(fd);

	return e ? atomic_load_explicit(&e->token, memory_order_acquire) : UNKNOWN;
}

int
rkc_next_known(int fd)
{
	int n = atomic_load_explicit(&end, memory_order_relaxed);

	for (fd = fd < 0 ? 0 : fd; fd < n; fd++)
		if (rkc_file_known(fd))
			return fd;
	return -1;
}

bool
rkc_fd_is_same(int fd)
{
	const struct entry *e = entry_of(fd);
	struct stat st;

	return e && rke_sys(SYS_fstat, fd, &st) == 0 && e->dev == st.st_dev && e->inode == st.st_ino;
}

void
rkc_fd_forget(int fd)
{
	struct entry *e = entry_of(fd);

	if (e && atomic_load_explicit(&e->token, memory_order_relaxed) != UNKNOWN)
		atomic_store(&e->token, UNKNOWN);
}

void
rkc_fd_gone(int fd, uint64_t token)
{
	struct entry *e = entry_of(fd);

	if (e)
		atomic_compare_exchange_strong(&e->token, &token, UNKNOWN);
}

void
rkc_fd_copied(int from, int to)
{
	const struct entry *e = entry_of(from);

	if (to < 0 || to >= FDS || from == to)
		return;
	if (!e) {
		rkc_fd_forget(to);
		return;
	}
	uint32_t file = FILE_OF(atomic_load(&e->token));

	reach(to);
	entries[to].dev = e->dev;
	entries[to].inode = e->inode;
	atomic_store(&entries[to].token, file == UNKNOWN ? UNKNOWN : new_token(file));
}
