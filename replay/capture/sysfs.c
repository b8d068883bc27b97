/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <fcntl.h>

/* What sysfs says of the NPU around a submit. */

static void
record(uint64_t file, size_t index, const char *path, bool after)
{
	char text[RKC_PAGE];
	int saved = errno;
	/* The emulated board has files of its own. By number, it is no place where a thread may be cancelled. */
	int fd = (int)rkc_next_syscall()(SYS_openat, (long)AT_FDCWD, path,
					 (long)(O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), 0L);
	long n = fd < 0 ? -errno : rke_sys(SYS_read, fd, text, sizeof(text));

	errno = saved;
	if (fd >= 0)
		rke_sys(SYS_close, fd);
	struct rkc_event *e = rkc_event_new(RKC_SYSFS, file, -1, n > 0 ? (uint64_t)n : 0);

	if (!e)
		return;
	e->args[0] = index;
	e->args[1] = after;
	e->args[2] = n > 0 ? (uint64_t)n : 0;
	e->error = n < 0 ? (int32_t)-n : 0;
	if (n > 0)
		memcpy(rkc_event_bytes(e), text, (size_t)n);
	rkc_event_set(e, RKC_DONE);
}

void
rkc_sysfs_record(uint64_t file, bool after)
{
	const struct rkc_control *control = rkc_control();
	const char *path = control->sysfs, *end = path + sizeof(control->sysfs);

	for (size_t i = 0; i < control->n_sysfs; i++) {
		size_t n = strnlen(path, (size_t)(end - path));

		if (n == (size_t)(end - path))
			return;
		record(file, i, path, after);
		path += n + 1;
	}
}
