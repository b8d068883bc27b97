/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/util.h"

static int
system_open(const char *path, int flags, mode_t mode)
{
	return open(path, flags, mode);
}

const struct rkx_io *
rkx_io_system(void)
{
	static const struct rkx_io io = { system_open, write, fsync, fdatasync, rename, ftruncate };

	return &io;
}

int
rkx_state_dir(const char *option, char *ret_path, size_t size, struct rkr_error *err)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n;

	/* A relative $XDG_STATE_HOME is to be ignored [source: the XDG base directory specification]. */
	if (option)
		n = snprintf(ret_path, size, "%s", option);
	else if (xdg && xdg[0] == '/')
		n = snprintf(ret_path, size, "%s/rkreplay", xdg);
	else if (home && home[0] == '/')
		n = snprintf(ret_path, size, "%s/.local/state/rkreplay", home);
	else
		return rkr_fail(err, -ENOENT, "set HOME or XDG_STATE_HOME",
				"there is no place for the journal");
	if (n < 0 || (size_t)n >= size)
		return rkr_fail(err, -ENAMETOOLONG, NULL, "the path of the state directory is too long");
	return 0;
}

int
rkx_make_dirs(const char *path)
{
	_autofree_ char *p = strdup(path);

	if (!p)
		return -ENOMEM;
	for (char *s = p + 1; *p; s++) {
		if (*s != '/' && *s != '\0')
			continue;
		bool last = *s == '\0';

		*s = '\0';
		if (mkdir(p, 0700) < 0 && errno != EEXIST)
			return -errno;
		if (last)
			break;
		*s = '/';
	}
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int
rkx_open_file(const char *path, FILE **ret_file, struct rkr_error *err)
{
	_autoclose_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT) {
		*ret_file = NULL;
		return 0;
	}
	int e = fd < 0 || fstat(fd, &st) < 0 ? errno : 0;

	if (!e && !S_ISREG(st.st_mode))
		return rkr_error_set(err, -EINVAL, path, 0, 0,
				     "move it away, or name another directory, with --state",
				     "is not a plain file");
	FILE *file = e ? NULL : fdopen(fd, "r");

	if (!file) {
		e = e ? e : errno;
		return rkr_error_set(err, -e, path, 0, 0, "check it, or name another directory, with --state",
				     "cannot be read: %s", strerror(e));
	}
	fd = -1;
	*ret_file = file;
	return 0;
}

int
rkx_write_all(const struct rkx_io *io, int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = io->write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
rkx_sync_dir(const struct rkx_io *io, const char *path)
{
	_autoclose_ int fd = io->open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	return io->fsync(fd) < 0 ? -errno : 0;
}

/* Beside a file. What may lie there is of a process that was killed, or none of ours to write into. */
static int
write_aside(const struct rkx_io *io, const char *path, const void *data, size_t len)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	_autoclose_ int fd = io->open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	int r = rkx_write_all(io, fd, data, len);

	if (r == 0 && io->fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		unlink(path);
	return r;
}

/* The name beside a file. NULL: out of memory. */
static char *
name_aside(const char *dir, const char *name)
{
	char *aside;

	return asprintf(&aside, "%s/%s.new", dir, name) < 0 ? NULL : aside;
}

int
rkx_try_file(const struct rkx_io *io, const char *dir, const char *name, size_t len)
{
	_autofree_ char *aside = name_aside(dir, name);
	_autofree_ char *data = calloc(len + 1, 1);
	int r = aside && data ? write_aside(io, aside, data, len) : -ENOMEM;

	if (r == 0 && unlink(aside) < 0)
		r = -errno;
	return r;
}

int
rkx_replace_file(const struct rkx_io *io, const char *dir, const char *name, const void *data, size_t len)
{
	_autofree_ char *aside = name_aside(dir, name);
	_autofree_ char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		path = NULL;
	if (!path || !aside)
		return -ENOMEM;
	int r = write_aside(io, aside, data, len);

	if (r == 0 && io->rename(aside, path) < 0) {
		r = -errno;
		unlink(aside);
	}
	return r < 0 ? r : rkx_sync_dir(io, dir);
}
