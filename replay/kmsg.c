/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"
#include "snapshot-sysfs.h"

#define KMSG "/dev/kmsg"

/*
 * Room for one record, less than which the kernel does not give [source:
 * kernel, 8192 bytes], and for a line of a plain file that a read cut.
 */
#define RECORD_MAX ((size_t)8192)

/* No read blocks; so many of them are a log that is written to as fast as it is read. */
#define READS_MAX 4096

struct rkx_kmsg {
	int fd;
	size_t have;
	char buf[2 * RECORD_MAX];
};

int
rkx_kmsg_open(const char *root, struct rkx_kmsg **ret_kmsg, struct rkr_error *err)
{
	_autofree_ struct rkx_kmsg *k = calloc(1, sizeof(*k));
	char path[PATH_MAX];

	if (!k)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	int r = rkx_under_root(root, KMSG, path, sizeof(path));

	if (r < 0)
		return rkr_fail(err, r, NULL, "the path is too long");
	k->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	/* To the end: what was said before is not of this run. */
	r = k->fd < 0 || lseek(k->fd, 0, SEEK_END) < 0 ? -errno : 0;
	if (r < 0) {
		if (k->fd >= 0)
			close(k->fd);
		return rkr_error_set(err, r, KMSG, 0, 0,
				     r == -EPERM || r == -EACCES ? "run as root, or read dmesg by hand"
								 : NULL,
				     "what the kernel says cannot be read: %s", strerror(-r));
	}
	*ret_kmsg = rkr_steal(k);
	return 0;
}

void
rkx_kmsg_free(struct rkx_kmsg *kmsg)
{
	if (!kmsg)
		return;
	close(kmsg->fd);
	free(kmsg);
}

/* "LEVEL,SEQUENCE,MICROSECONDS,FLAGS[,...];TEXT"; lines with a space in front belong to the one before. */
static bool
pass(char *text, rkx_kmsg_line *line, void *data)
{
	uint64_t us;
	char *message = strchr(text, ';'), out[RECORD_MAX + 32];

	if (text[0] == ' ' || !message || sscanf(text, "%*u,%*u,%" SCNu64, &us) != 1)
		return false;
	/* The kernel writes such bytes as \xNN; a plain file may hold any. */
	for (char *p = ++message; *p; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			*p = '?';
	snprintf(out, sizeof(out), "[%5" PRIu64 ".%06" PRIu64 "] %s", us / 1000000, us % 1000000, message);
	line(data, out);
	return true;
}

/* Pass on the whole lines that there are. */
static void
take_lines(struct rkx_kmsg *k, size_t *n, rkx_kmsg_line *line, void *data)
{
	size_t at = 0;
	char *nl;

	while ((nl = memchr(k->buf + at, '\n', k->have - at))) {
		*nl = '\0';
		if (*n < RKX_KMSG_LINES)
			*n += pass(k->buf + at, line, data);
		else
			++*n;
		at = (size_t)(nl - k->buf) + 1;
	}
	k->have -= at;
	memmove(k->buf, k->buf + at, k->have);
	/* No record is that long. */
	if (k->have > RECORD_MAX)
		k->have = 0;
}

int
rkx_kmsg_read(struct rkx_kmsg *k, rkx_kmsg_line *line, void *data)
{
	size_t lines = 0;
	int r = 0;

	for (unsigned i = 0; i < READS_MAX; i++) {
		ssize_t n = read(k->fd, k->buf + k->have, sizeof(k->buf) - k->have);

		if (n < 0 && errno == EINTR)
			continue;
		/* Its ring went on over what was not read yet; the next read gives what is there now. */
		if (n < 0 && errno == EPIPE) {
			line(data, "(lines were lost: the kernel's buffer is full)");
			continue;
		}
		if (n < 0 && errno != EAGAIN)
			r = -errno;
		if (n <= 0)
			break;
		k->have += (size_t)n;
		take_lines(k, &lines, line, data);
	}
	if (lines > RKX_KMSG_LINES)
		line(data, "(there is more, which is left out)");
	return r;
}
