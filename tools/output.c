/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

void
tool_reserve_descriptors(void)
{
	/* Opened the wrong way round, so that reading or writing fails as if it were closed. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int
tool_flush(struct rkr_buf *buf, size_t above)
{
	if (buf->failed)
		return buf->failed;
	if (buf->len <= above)
		return 0;
	if (fwrite(buf->data, 1, buf->len, stdout) != buf->len)
		return TOOL_OUTPUT_FAILED;
	buf->len = 0;
	return 0;
}

int
tool_print(struct rkr_buf *buf)
{
	int r = tool_flush(buf, 0);

	rkr_buf_free(buf);
	return r;
}

bool
tool_reader_is_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

/* ---- files */

static int
cannot_write(struct rkr_error *err, int code, const char *path)
{
	return rkr_error_set(err, code, path, 0, 0,
			     code == -ENOSPC ? "make room"
					     : "check the directory, or write to standard output",
			     "cannot write: %s", strerror(-code));
}

/* Write through a stream, whose descriptor stays the caller's. */
static int
fill(int fd, const char *path, tool_write_fn fn, const void *data, struct rkr_error *err)
{
	struct rkr_error why = { 0 };
	int copy = dup(fd);
	FILE *out = copy < 0 ? NULL : fdopen(copy, "w");

	if (!out) {
		int r = cannot_write(err, -errno, path);

		if (copy >= 0)
			close(copy);
		return r;
	}
	int r = fn(data, out, &why);
	bool bad = ferror(out) != 0;

	errno = 0;
	if ((fclose(out) != 0 || bad) && r == 0)
		r = errno ? -errno : -EIO;
	if (r == 0)
		return 0;
	if (!why.code)
		return cannot_write(err, r, path);
	if (err)
		*err = why;
	return rkr_error_in_file(err, r, path);
}

/*
 * A file in the directory of @path that has no name yet, or if the file system
 * knows no such thing, *ret_tmp.
 */
static int
open_unnamed(const char *path, const char *tmp, bool *ret_named)
{
	_autofree_ char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	int fd = open(dirname(copy), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);

	*ret_named = false;
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
		*ret_named = true;
		fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	}
	return fd < 0 ? -errno : fd;
}

static int
replace(const char *path, tool_write_fn fn, const void *data, struct rkr_error *err)
{
	_autofree_ char *tmp = NULL;
	bool named;

	if (asprintf(&tmp, "%s.tmp-%d", path, (int)getpid()) < 0) {
		tmp = NULL;
		return -ENOMEM;
	}
	_autoclose_ int fd = open_unnamed(path, tmp, &named);

	if (fd < 0)
		return cannot_write(err, fd, path);
	char proc[32];

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	int r = fill(fd, path, fn, data, err);

	if (r == 0 && fsync(fd) < 0)
		r = cannot_write(err, -errno, path);
	if (r == 0 && !named && linkat(AT_FDCWD, proc, AT_FDCWD, tmp, AT_SYMLINK_FOLLOW) < 0)
		return cannot_write(err, -errno, path);
	if (r == 0 && rename(tmp, path) < 0)
		r = cannot_write(err, -errno, path);
	if (r < 0)
		unlink(tmp);
	return r;
}

int
tool_write_file(const char *path, tool_write_fn fn, const void *data, struct rkr_error *err)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
		return fn(data, stdout, err);
	if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
		return replace(path, fn, data, err);
	_autoclose_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? cannot_write(err, -errno, path) : fill(fd, path, fn, data, err);
}
