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
#define FOREIGN UINT64_MAX

struct entry {
	_Atomic uint64_t file;
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

static uint64_t
ask(int fd)
{
	char name[16] = "", date[16] = "";
	struct version v = {
		.name = name, .name_len = sizeof(name) - 1, .date = date, .date_len = sizeof(date) - 1
	};

	if (rkc_next_ioctl(RKC_BY_NAME, fd, IOCTL_VERSION, &v) != 0 || strcmp(name, "rknpu") != 0)
		return FOREIGN;
	uint64_t file = atomic_fetch_add(&rkc_control()->files, 1) + 1;

	tell(file, fd, &v);
	return file;
}

uint64_t
rkc_file_of_fd(int fd)
{
	struct stat st;

	if (fd < 0 || fd >= FDS || !rkc_control())
		return 0;
	struct entry *e = &entries[fd];
	uint64_t file = atomic_load_explicit(&e->file, memory_order_acquire);

	if (file != UNKNOWN && file != FOREIGN)
		return file;
	if (!look(fd, &st))
		return 0;
	if (file == UNKNOWN || e->dev != st.st_dev || e->inode != st.st_ino) {
		uint64_t found = ask(fd);

		reach(fd);
		e->dev = st.st_dev;
		e->inode = st.st_ino;
		/* Another thread may have asked, too. */
		if (atomic_compare_exchange_strong(&e->file, &file, found))
			file = found;
	}
	return file == FOREIGN ? 0 : file;
}

uint64_t
rkc_file_known(int fd)
{
	struct entry *e = entry_of(fd);
	uint64_t file = e ? atomic_load_explicit(&e->file, memory_order_acquire) : 0;

	return file == FOREIGN ? 0 : file;
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

void
rkc_fd_forget(int fd)
{
	struct entry *e = entry_of(fd);

	if (e && atomic_load_explicit(&e->file, memory_order_relaxed) != UNKNOWN)
		atomic_store(&e->file, UNKNOWN);
}

void
rkc_fd_gone(int fd, uint64_t file)
{
	struct entry *e = entry_of(fd);

	if (e)
		atomic_compare_exchange_strong(&e->file, &file, UNKNOWN);
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
	reach(to);
	entries[to].dev = e->dev;
	entries[to].inode = e->inode;
	atomic_store(&entries[to].file, atomic_load(&e->file));
}
