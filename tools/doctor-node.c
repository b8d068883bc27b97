/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "doctor.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* doctor: the nodes of the NPU, and who has them open. */

#define NODES "/dev/dri"
/* The name that the driver gives itself, of the node's DRM driver and of the platform's [source: driver]. */
#define DRM_DRIVER "rknpu"
#define PLATFORM_DRIVER "RKNPU"

/* What every DRM node answers, as on 64-bit machines [source: DRM core]. */
struct drm_version {
	int32_t major, minor, patch, pad;
	uint64_t name_len, name;
	uint64_t date_len, date;
	uint64_t desc_len, desc;
};
#define DRM_IOCTL_VERSION _IOWR('d', 0x00, struct drm_version)

/* Ask a node for its driver. Closed again at once: an open node counts as a user. 0 or negative errno. */
static int
ask_version(const char *path, char *ret_name, size_t size, char *ret_version, size_t version_size)
{
	/* No node of DRM looks at how it was opened; reading alone is the least that can be asked for. */
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct drm_version v = { .name = (uintptr_t)ret_name, .name_len = size - 1 };

	if (fd < 0)
		return -errno;
	memset(ret_name, 0, size);
	if (ioctl(fd, DRM_IOCTL_VERSION, &v) < 0)
		return -errno;
	snprintf(ret_version, version_size, "%d.%d.%d", v.major, v.minor, v.patch);
	return 0;
}

/* A node that may not be opened: sysfs knows its driver too. */
static bool
sysfs_says(const struct doctor *d, const char *node)
{
	char path[PATH_MAX], link[PATH_MAX], target[PATH_MAX];

	snprintf(link, sizeof(link), "/sys/class/drm/%s/device/driver", node);
	if (rkx_under_root(d->root, link, path, sizeof(path)) < 0)
		return false;
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	const char *base = strrchr(target, '/');

	return strcmp(base ? base + 1 : target, PLATFORM_DRIVER) == 0;
}

static void
say_access(struct doctor *d, const struct doctor_node *node)
{
	char path[PATH_MAX], cure[256];
	struct stat st;

	if (rkx_under_root(d->root, node->path, path, sizeof(path)) < 0 || stat(path, &st) < 0)
		return;
	const struct group *g = getgrgid(st.st_gid);
	const char *group = g ? g->gr_name : "?";

	if (access(path, R_OK | W_OK) == 0) {
		doctor_say(d, DOCTOR_GOOD, "permissions", NULL,
			   "%s may be read and written (mode %04o, group %s)", node->path,
			   st.st_mode & 07777u, group);
		return;
	}
	snprintf(cure, sizeof(cure),
		 "join the group %s, or add the udev rule SUBSYSTEM==\"drm\", DRIVERS==\"%s\", MODE=\"0660\","
		 " GROUP=\"render\"",
		 group, PLATFORM_DRIVER);
	doctor_say(d, DOCTOR_BAD, "permissions", cure, "%s may not be read and written (mode %04o, group %s)",
		   node->path, st.st_mode & 07777u, group);
}

static void
look_at_node(struct doctor *d, const char *name)
{
	struct doctor_node node = { 0 };
	char path[PATH_MAX], driver[64];

	snprintf(node.path, sizeof(node.path), NODES "/%s", name);
	if (d->n_nodes == DOCTOR_NODES || rkx_under_root(d->root, node.path, path, sizeof(path)) < 0)
		return;
	int r = ask_version(path, driver, sizeof(driver), node.driver, sizeof(node.driver));

	if (r == 0 ? strcmp(driver, DRM_DRIVER) != 0 : !sysfs_says(d, name))
		return;
	if (r < 0) {
		node.driver[0] = '\0';
		doctor_say(d, DOCTOR_BAD, "node", NULL, "%s is the NPU's, but cannot be asked: %s", node.path,
			   strerror(-r));
	} else {
		doctor_say(d, DOCTOR_GOOD, "node", NULL, "%s is the NPU's: driver " DRM_DRIVER " %s",
			   node.path, node.driver);
	}
	say_access(d, &node);
	d->nodes[d->n_nodes++] = node;
}

void
doctor_nodes(struct doctor *d)
{
	char path[PATH_MAX];
	struct dirent **names = NULL;
	int n = rkx_under_root(d->root, NODES, path, sizeof(path)) < 0
			? -1
			: scandir(path, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (strncmp(names[i]->d_name, "card", 4) == 0 || strncmp(names[i]->d_name, "renderD", 7) == 0)
			look_at_node(d, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (d->n_nodes)
		/* The driver takes both, and a call that tells creates a BO [source: driver, DRM core]. */
		doctor_say(
			d, DOCTOR_NOTE, "abi", NULL,
			"not probed: whether MEM_CREATE has 40 or 48 bytes only a call would tell; drivers of 0.9"
			" take both");
	else
		doctor_say(
			d, DOCTOR_BAD, "node",
			"run this on the board, with the vendor kernel's driver, or under rkreplay emulate",
			"no node in " NODES " is of the driver " DRM_DRIVER);
}

/* ---- users ---- */

static bool
has_node_open(const struct doctor *d, const char *fds, bool *ret_unreadable)
{
	_autoclosedir_ DIR *dir = opendir(fds);
	bool open = false;

	if (!dir) {
		*ret_unreadable |= errno == EACCES || errno == EPERM;
		return false;
	}
	for (struct dirent *e; !open && (e = readdir(dir)) != NULL;) {
		char link[PATH_MAX], target[PATH_MAX];

		if (snprintf(link, sizeof(link), "%s/%s", fds, e->d_name) >= (int)sizeof(link))
			continue;
		ssize_t n = readlink(link, target, sizeof(target) - 1);

		if (n < 0)
			continue;
		target[n] = '\0';
		for (size_t i = 0; i < d->n_nodes; i++)
			open |= strcmp(target, d->nodes[i].path) == 0;
	}
	return open;
}

/* "1234 (name)" of a process. */
static void
describe(const char *proc, const char *pid, char *buf, size_t size)
{
	struct rkr_buf name = { 0 };
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s/comm", proc, pid) < (int)sizeof(path) &&
	    rkx_sysfs_read(NULL, path, 64, &name) == 0)
		snprintf(buf, size, "%s (%.*s)", pid, (int)name.len, name.data ? name.data : "");
	else
		snprintf(buf, size, "%s", pid);
	rkr_buf_free(&name);
}

void
doctor_users(struct doctor *d)
{
	char proc[PATH_MAX], list[512] = "", who[384];
	size_t n_users = 0;
	bool unreadable = false;

	if (!d->n_nodes || rkx_under_root(d->root, "/proc", proc, sizeof(proc)) < 0)
		return;
	_autoclosedir_ DIR *dir = opendir(proc);

	if (!dir) {
		doctor_say(d, DOCTOR_NOTE, "users", NULL, "not known: /proc cannot be read: %s",
			   strerror(errno));
		return;
	}
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		char fds[PATH_MAX];

		if (!isdigit((unsigned char)e->d_name[0]) || strtol(e->d_name, NULL, 10) == (long)getpid() ||
		    snprintf(fds, sizeof(fds), "%s/%s/fd", proc, e->d_name) >= (int)sizeof(fds) ||
		    !has_node_open(d, fds, &unreadable))
			continue;
		describe(proc, e->d_name, who, sizeof(who));
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", n_users ? ", " : "", who);
		n_users++;
	}
	if (n_users)
		/* Two parallel submitters crashed a board; a reset is chip-wide [captured, source]. */
		doctor_say(d, DOCTOR_BAD, "users",
			   "end them: a reset hits them too, and two users crashed a board",
			   "%zu other process%s the NPU open: %s", n_users, n_users == 1 ? " has" : "es have",
			   list);
	else if (unreadable)
		doctor_say(d, DOCTOR_NOTE, "users", NULL,
			   "none among the processes that may be looked at; root may look at all");
	else
		doctor_say(d, DOCTOR_GOOD, "users", NULL, "no other process has the NPU open");
}
