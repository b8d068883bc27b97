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

static int
write_aside(const struct rkx_io *io, const char *path, const void *data, size_t len)
{
	_autoclose_ int fd = io->open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	int r = rkx_write_all(io, fd, data, len);

	if (r == 0 && io->fsync(fd) < 0)
		r = -errno;
	return r;
}

int
rkx_replace_file(const struct rkx_io *io, const char *dir, const char *name, const void *data, size_t len)
{
	_autofree_ char *path = NULL;
	_autofree_ char *aside = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (asprintf(&aside, "%s.new", path) < 0) {
		aside = NULL;
		return -ENOMEM;
	}
	int r = write_aside(io, aside, data, len);

	if (r == 0 && io->rename(aside, path) < 0)
		r = -errno;
	if (r < 0) {
		unlink(aside);
		return r;
	}
	return rkx_sync_dir(io, dir);
}
