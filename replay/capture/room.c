/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

/*
 * Mapping files of ours, whatever limits the program has, and with nothing of
 * them left in it but the mapping.
 */

struct job {
	const char *path;
	int flags;
	uint64_t size;
	long result; /* where it is, or negative errno */
};

static long
write_zeros(int fd, uint64_t size)
{
	static const char zeros[RKC_PAGE];

	for (uint64_t at = 0; at < size;) {
		long n = rke_sys(SYS_pwrite64, fd, zeros, size - at < RKC_PAGE ? size - at : RKC_PAGE, at);

		if (n <= 0)
			return n < 0 ? n : -ENOSPC;
		at += (uint64_t)n;
	}
	return 0;
}

/* Room is taken for good: a page that could not be written would be a signal. */
static long
take_room(int fd, uint64_t size)
{
	struct rlimit limit;

	/* Past the limit there is a signal, too, which the program would get. */
	if (rke_sys(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) == 0 && limit.rlim_cur < size)
		return -EFBIG;
	long r = rke_sys(SYS_fallocate, fd, 0, 0, size);

	return r == -EOPNOTSUPP ? write_zeros(fd, size) : r;
}

static long
map_here(const struct job *job)
{
	long fd =
		rke_sys(SYS_openat, AT_FDCWD, job->path, job->flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	long r = fd < 0 ? fd : 0;

	if (r == 0 && (job->flags & O_CREAT))
		r = take_room((int)fd, job->size);
	if (r == 0)
		r = rke_sys(SYS_mmap, NULL, job->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
			    0);
	if (fd >= 0)
		rke_sys(SYS_close, fd);
	/* What could not be used is none. */
	if (r < 0 && r >= -4095 && fd >= 0 && (job->flags & O_CREAT))
		rke_sys(SYS_unlinkat, AT_FDCWD, job->path, 0);
	return r;
}

/* In a process of its own, which has our memory and copies of our descriptors and limits. */
static int
map_there(void *data)
{
	static const int limits[] = { RLIMIT_NOFILE, RLIMIT_FSIZE };
	struct job *job = data;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit limit;

		if (rke_sys(SYS_prlimit64, 0, limits[i], NULL, &limit) == 0) {
			limit.rlim_cur = limit.rlim_max;
			rke_sys(SYS_prlimit64, 0, limits[i], &limit, NULL);
		}
	}
	/* One of them gives its number away. */
	rke_sys(SYS_close, 0);
	job->result = map_here(job);
	return 0;
}

/* Past limits that the program has for itself; @error if that cannot be. */
static long
map_aside(struct job *job, long error)
{
	const size_t stack_bytes = 16384;
	long stack = rke_sys(SYS_mmap, NULL, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);

	if (stack < 0 && stack >= -4095)
		return error;
	uint64_t old = rke_block_signals();

	job->result = error;
	/* Nobody is told when it ends, and no wait() but ours sees it. */
	int saved = errno, pid = clone(map_there, (char *)stack + stack_bytes, CLONE_VM | CLONE_VFORK, job);

	errno = saved;
	while (pid > 0 && rke_sys(SYS_wait4, pid, NULL, __WCLONE, NULL) == -EINTR)
		;
	rke_set_signals(old);
	rke_sys(SYS_munmap, stack, stack_bytes);
	return job->result;
}

void *
rkc_map_file(const char *path, int flags, uint64_t size, int *ret_error)
{
	struct job job = { .path = path, .flags = flags, .size = size };
	long p = map_here(&job);

	if (p == -EMFILE || p == -EFBIG)
		p = map_aside(&job, p);
	if (p < 0 && p >= -4095) {
		*ret_error = (int)-p;
		return NULL;
	}
	*ret_error = 0;
	return (void *)p;
}
