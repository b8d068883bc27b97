/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "snapshot-sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

/* The name under which the driver registers itself on the platform bus [source: driver]. */
#define DRIVER_DIRECTORY "/sys/bus/platform/drivers/RKNPU"

/* What is read, in this order [captured: 2 snapshot logs]. */
static const struct {
	bool devfreq; /* below the frequencies' directory, not the device's */
	const char *name;
} attributes[] = {
	{ false, "power/runtime_status" },
	{ false, "power/runtime_usage" },
	{ false, "power/runtime_active_time" },
	{ false, "power/runtime_suspended_time" },
	{ false, "power/control" },
	{ true, "cur_freq" },
	{ true, "target_freq" },
	{ true, "governor" },
	{ true, "load" },
	{ true, "trans_stat" },
};

__attribute__((format(printf, 3, 4))) static int
make_path(char *path, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(path, size, fmt, ap);

	va_end(ap);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int
rkx_under_root(const char *root, const char *path, char *ret_path, size_t size)
{
	return make_path(ret_path, size, "%s%s", root ? root : "", path);
}

/* The name of the first entry of a directory that links to a device. 0 or -ENOENT, or why it cannot be read. */
static int
first_device(const char *root, const char *path, char *ret_name, size_t size)
{
	char full[PATH_MAX], best[NAME_MAX + 1] = "";
	int r = rkx_under_root(root, path, full, sizeof(full));

	if (r < 0)
		return r;
	_autoclosedir_ DIR *dir = opendir(full);

	if (!dir)
		return -errno;
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		char link[PATH_MAX];

		/* Besides devices there are files, which are no directories, and the driver's module. */
		if (e->d_name[0] == '.' || strcmp(e->d_name, "module") == 0 ||
		    make_path(link, sizeof(link), "%s/%s/.", full, e->d_name) < 0 || access(link, F_OK) < 0)
			continue;
		/* Always the same one, whatever order the directory has. */
		if (!best[0] || strcmp(e->d_name, best) < 0)
			snprintf(best, sizeof(best), "%s", e->d_name);
	}
	return best[0] ? make_path(ret_name, size, "%s", best) : -ENOENT;
}

/* Where a path really is, without the root. */
static int
resolve(const char *root, const char *path, char *ret_path, size_t size)
{
	char full[PATH_MAX], real[PATH_MAX], top[PATH_MAX] = "";
	int r = rkx_under_root(root, path, full, sizeof(full));

	if (r < 0)
		return r;
	if (!realpath(full, real) || (root && !realpath(root, top)))
		return -errno;
	size_t n = strcmp(top, "/") == 0 ? 0 : strlen(top);

	/* A link that leads out of the root is no device of it. */
	if (strncmp(real, top, n) != 0 || real[n] != '/')
		return -ENOENT;
	return make_path(ret_path, size, "%s", real + n);
}

/* The class lists devices of frequencies by name; the one that is a child of the NPU is its own. */
static int
find_devfreq(const char *root, struct rkx_npu *npu)
{
	char parent[sizeof(npu->device) + sizeof("/devfreq")], name[sizeof(npu->name)];
	int r = make_path(parent, sizeof(parent), "%s/devfreq", npu->device);

	if (r == 0)
		r = first_device(root, parent, name, sizeof(name));
	if (r < 0)
		/* The kernel names it after its parent; that it is not there is what the snapshot will say. */
		snprintf(name, sizeof(name), "%s", npu->name);
	return make_path(npu->devfreq, sizeof(npu->devfreq), "/sys/class/devfreq/%s", name);
}

int
rkx_npu_find(const char *root, struct rkx_npu *ret_npu, struct rkr_error *err)
{
	struct rkx_npu npu = { 0 };
	char link[PATH_MAX];
	int r = first_device(root, DRIVER_DIRECTORY, npu.name, sizeof(npu.name));

	if (r == 0)
		r = make_path(link, sizeof(link), DRIVER_DIRECTORY "/%s", npu.name);
	if (r == 0)
		r = resolve(root, link, npu.device, sizeof(npu.device));
	if (r == -ENOENT || r == -ENOTDIR)
		return rkr_error_set(err, -ENODEV, DRIVER_DIRECTORY, 0, 0,
				     "run this on the board, with the vendor kernel's RKNPU driver",
				     "no device is bound to the driver RKNPU");
	if (r == 0)
		r = find_devfreq(root, &npu);
	if (r < 0)
		return rkr_error_set(err, r, DRIVER_DIRECTORY, 0, 0, NULL,
				     "the NPU's device cannot be found: %s", strerror(-r));
	*ret_npu = npu;
	return 0;
}

void
rkx_sysfs_put(struct rkr_buf *buf, const char *text, size_t len)
{
	if (len && text[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n')
			rkr_buf_put(buf, "\\n", 2);
		else if ((c < 0x20 && c != '\t') || c == 0x7f)
			rkr_buf_printf(buf, "\\x%02x", c);
		else
			rkr_buf_put(buf, &text[i], 1);
	}
}

int
rkx_sysfs_read(const char *root, const char *path, size_t size, struct rkr_buf *buf)
{
	char full[PATH_MAX];
	size_t len = 0;
	int r = rkx_under_root(root, path, full, sizeof(full));

	if (r < 0)
		return r;
	/* Something else than a file, such as a pipe, must not hold us up. */
	_autoclose_ int fd = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	_autofree_ char *text = malloc(size ? size : 1);

	if (!text)
		return -ENOMEM;
	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	rkx_sysfs_put(buf, text, len);
	return buf->failed;
}

int
rkx_snapshot_sysfs_path(const struct rkx_npu *npu, size_t i, char *ret_path, size_t size)
{
	if (i >= RKR_ARRAY_LEN(attributes))
		return -ERANGE;
	return make_path(ret_path, size, "%s/%s", attributes[i].devfreq ? npu->devfreq : npu->device,
			 attributes[i].name);
}

int
rkx_snapshot_sysfs(const char *root, const struct rkx_npu *npu, const char *label, struct rkr_buf *buf)
{
	rkr_buf_printf(buf, "SYSFS_SNAPSHOT %s\n", label);
	for (size_t i = 0; i < RKR_ARRAY_LEN(attributes); i++) {
		char path[sizeof(npu->device) + 64];
		int r = rkx_snapshot_sysfs_path(npu, i, path, sizeof(path));

		rkr_buf_printf(buf, "  %s = ", path);
		if (r == 0)
			r = rkx_sysfs_read(root, path, RKX_SYSFS_VALUE_MAX, buf);
		if (r < 0)
			rkr_buf_printf(buf, "<unreadable:%d>", -r);
		rkr_buf_put(buf, "\n", 1);
	}
	return buf->failed;
}
