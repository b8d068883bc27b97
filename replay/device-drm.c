/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "device-drm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <xf86drm.h>

#include "lib/util.h"

/* A call that was done neither way is made again for so long, and so often. */
#define RETRY_NS UINT64_C(5000000000)
#define RETRY_EVERY_NS UINT64_C(1000000)

struct node {
	struct rkx_device base;
	int fd;
	char path[256];
};

static struct node *
self(struct rkx_device *device)
{
	return (struct node *)device;
}

/* ---- finding the node */

/* Whose node it is, or NULL. */
static drmVersionPtr
ask_version(int fd)
{
	return drmGetVersion(fd);
}

static bool
is_npu(int fd)
{
	drmVersionPtr v = ask_version(fd);
	bool yes = v && v->name && strcmp(v->name, "rknpu") == 0;

	drmFreeVersion(v);
	return yes;
}

/* Numbers differ between boards and boots: the GPU and the display have nodes of the same names [captured]. */
static int
find(struct node *node)
{
	int r = -ENODEV;

	/* DRM has 64 minors of either kind, cards from 0 on and render nodes from 128 on [source: DRM core]. */
	for (int i = 0; i < 128; i++) {
		if (i < 64)
			snprintf(node->path, sizeof(node->path), "/dev/dri/card%d", i);
		else
			snprintf(node->path, sizeof(node->path), "/dev/dri/renderD%d", 64 + i);
		node->fd = open(node->path, O_RDWR | O_CLOEXEC);
		if (node->fd < 0) {
			/* There may be one that we must not open: that is worth more than "none". */
			if (errno == EACCES || errno == EPERM)
				r = -errno;
			continue;
		}
		if (is_npu(node->fd))
			return 0;
		close(node->fd);
		node->fd = -1;
	}
	return r;
}

static int
open_path(struct node *node, const char *path, struct rkr_error *err)
{
	if ((size_t)snprintf(node->path, sizeof(node->path), "%s", path) >= sizeof(node->path))
		return rkr_fail(err, -ENAMETOOLONG, NULL, "the name of the node is too long");
	node->fd = open(path, O_RDWR | O_CLOEXEC);
	if (node->fd < 0) {
		int e = errno;

		return rkr_error_set(err, -e, path, 0, 0, "check the name; npu finds the node by its driver",
				     "cannot be opened: %s", strerror(e));
	}
	if (!is_npu(node->fd))
		return rkr_error_set(err, -ENODEV, path, 0, 0,
				     "leave the node out, and it is found by its driver's name",
				     "is not the node of a driver \"rknpu\"");
	return 0;
}

/* ---- the calls */

static uint64_t
now(struct rkx_device *device)
{
	struct timespec t;

	(void)device;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void
let_pass(struct rkx_device *device, uint64_t ns)
{
	struct timespec t = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	(void)device;
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

/* drmIoctl() with an end: a driver that has no other answer than EAGAIN is given up. */
static int
retry(struct rkx_device *device, unsigned long command, void *arg)
{
	const uint64_t deadline = now(device) + RETRY_NS;
	int r;

	while ((r = ioctl(self(device)->fd, command, arg)) < 0 && (errno == EINTR || errno == EAGAIN) &&
	       now(device) < deadline)
		let_pass(device, RETRY_EVERY_NS);
	return r;
}

static int
identify(struct rkx_device *device, struct rkx_identity *ret_identity, struct rkr_error *err)
{
	struct rkx_identity id = { 0 };
	drmVersionPtr v = ask_version(self(device)->fd);

	if (!v)
		return rkr_error_set(err, -EIO, self(device)->path, 0, 0, NULL, "does not tell its version");
	snprintf(id.driver, sizeof(id.driver), "%.*s", v->name_len, v->name ? v->name : "");
	snprintf(id.date, sizeof(id.date), "%.*s", v->date_len, v->date ? v->date : "");
	id.version[0] = v->version_major;
	id.version[1] = v->version_minor;
	id.version[2] = v->version_patchlevel;
	drmFreeVersion(v);
	snprintf(id.path, sizeof(id.path), "%s", self(device)->path);
	/* Nothing tells the size; of drivers 0.9 it is that of the header [source: UAPI header of 0.9.8]. */
	if (id.version[0] == 0 && id.version[1] == 9)
		id.submit_bytes = sizeof(struct rkr_abi_submit);
	*ret_identity = id;
	return 0;
}

/*
 * A submit that was interrupted may have run, and to run it again is a second
 * job that nobody asked for, on memory that the first one may still write. The
 * driver waits uninterruptibly [source], so EINTR can only come from what
 * stands between; and the fields that the driver wrote back would be sent as
 * if they were the caller's. The others either were done or were not.
 */
static int
call(struct rkx_device *device, enum rkr_ioctl nr, void *arg, uint32_t size)
{
	unsigned long command = rkr_ioctl_command(nr, size);
	int r = nr == RKR_IOCTL_SUBMIT ? ioctl(self(device)->fd, command, arg) : retry(device, command, arg);

	return r < 0 ? -errno : 0;
}

static int
map(struct rkx_device *device, uint64_t offset, uint64_t length, void **ret_data)
{
	if (length == 0 || length > SIZE_MAX || offset > INT64_MAX)
		return -EINVAL;
	void *p = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, self(device)->fd,
		       (off_t)offset);

	if (p == MAP_FAILED)
		return -errno;
	*ret_data = p;
	return 0;
}

static int
unmap(struct rkx_device *device, void *data, uint64_t length)
{
	(void)device;
	return munmap(data, (size_t)length) < 0 ? -errno : 0;
}

static int
close_device(struct rkx_device *device)
{
	struct node *n = self(device);
	int r = n->fd >= 0 && close(n->fd) < 0 ? -errno : 0;

	free(n);
	return r;
}

static const struct rkx_device_ops ops = {
	.identify = identify,
	.call = call,
	.map = map,
	.unmap = unmap,
	.close = close_device,
	.now = now,
	.sleep = let_pass,
};

int
rkx_device_drm(const char *path, struct rkx_device **ret_device, struct rkr_error *err)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	n->base.ops = &ops;
	n->fd = -1;
	int r = path ? open_path(n, path, err) : find(n);

	if (r < 0 && !path)
		rkr_fail(err, r,
			 r == -ENODEV ? "is this an RK3588 with the vendor's kernel?"
				      : "join the groups video and render, or be root",
			 "no node of a driver \"rknpu\" under /dev/dri could be opened: %s", strerror(-r));
	if (r < 0) {
		close_device(&n->base);
		return r;
	}
	*ret_device = &n->base;
	return 0;
}

/* ---- other users */

int
rkx_device_drm_claim(struct rkx_device *device, struct rkr_error *err)
{
	const struct node *n = self(device);

	if (flock(n->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	int e = errno == EWOULDBLOCK ? EBUSY : errno;

	return rkr_error_set(err, -e, n->path, 0, 0, e == EBUSY ? "wait until it has finished" : NULL,
			     e == EBUSY ? "another process runs on the NPU" : "cannot be locked: %s",
			     strerror(e));
}

/* Whether a process has one of the device's nodes open. -1: it cannot be looked at. */
static int
has_open(const char *pid, dev_t const *nodes, size_t n_nodes)
{
	char path[320];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	_autoclosedir_ DIR *dir = opendir(path);

	if (!dir)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	for (const struct dirent *e; (e = readdir(dir));) {
		if (fstatat(dirfd(dir), e->d_name, &st, 0) < 0 || !S_ISCHR(st.st_mode))
			continue;
		for (size_t i = 0; i < n_nodes; i++)
			if (st.st_rdev == nodes[i])
				return 1;
	}
	return 0;
}

uint32_t
rkx_device_drm_users(const char *path, bool *ret_known)
{
	dev_t nodes[3];
	size_t n_nodes = 0;
	uint32_t users = 0;
	struct stat st;
	char self_pid[32];
	_autoclosedir_ DIR *proc = opendir("/proc");

	*ret_known = false;
	if (!proc || stat(path, &st) < 0)
		return 0;
	nodes[n_nodes++] = st.st_rdev;
	/* The same device has a card and a render node; its sysfs directory lists both. */
	char sys[64];

	snprintf(sys, sizeof(sys), "/sys/dev/char/%u:%u/device/drm", major(st.st_rdev), minor(st.st_rdev));
	_autoclosedir_ DIR *siblings = opendir(sys);

	for (const struct dirent *e; siblings && n_nodes < RKR_ARRAY_LEN(nodes) && (e = readdir(siblings));) {
		char name[300];

		snprintf(name, sizeof(name), "/dev/dri/%s", e->d_name);
		if (e->d_name[0] != '.' && stat(name, &st) == 0 && S_ISCHR(st.st_mode))
			nodes[n_nodes++] = st.st_rdev;
	}
	snprintf(self_pid, sizeof(self_pid), "%d", (int)getpid());
	bool known = true;

	for (const struct dirent *e; (e = readdir(proc));) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || strcmp(e->d_name, self_pid) == 0)
			continue;
		int has = has_open(e->d_name, nodes, n_nodes);

		known = known && has >= 0;
		users += has > 0;
	}
	*ret_known = known;
	return users;
}
