/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <stdarg.h>
#include <sys/mman.h>

/* The calls that are recorded: ioctl, mmap, munmap, and what changes mappings. */

#define COMMAND_SIZE(c) ((size_t)((c) >> 16 & 0x3fff))
#define COMMAND_TYPE(c) ((c) >> 8 & 0xff)
#define COMMAND_NR(c) ((c)&0xff)

/* Numbers of the driver's calls [source: driver UAPI]. */
#define GEM_CLOSE 0x09
#define SUBMIT 0x41
#define MEM_DESTROY 0x44
#define MEM_SYNC 0x45
#define SUBMIT_NONBLOCK 0x2
#define SYNC_FROM_DEVICE 0x2

/*
 * Jobs that nobody waited for: what they write is looked for later, when the
 * program does so itself, or when it can be seen for the last time.
 */
static atomic_bool behind;

int
rkc_wrap_ioctl(int fd, unsigned long command, ...) RKE_WRAPS(ioctl);
void *
rkc_wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset) RKE_WRAPS(mmap);
void *
rkc_wrap_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t offset) RKE_ALSO(mmap64, mmap);
int
rkc_wrap_munmap(void *addr, size_t len) RKE_WRAPS(munmap);
int
rkc_wrap_mprotect(void *addr, size_t len, int prot) RKE_WRAPS(mprotect);
void *
rkc_wrap_mremap(void *addr, size_t old_len, size_t new_len, int flags, ...) RKE_WRAPS(mremap);

/* Call on, and record it. */
static int
node_ioctl(enum rkc_way way, uint64_t file, int fd, uint32_t command, void *arg)
{
	size_t size = COMMAND_SIZE(command), room = (size_t)RKC_ROUND(size, 8);
	bool submit = COMMAND_NR(command) == SUBMIT, sync = COMMAND_NR(command) == MEM_SYNC;
	uint32_t flags = 0;
	int saved = errno;

	if (submit) {
		rkc_maps_record(file);
		rkc_sysfs_record(file, false);
	}
	struct rkc_event *e = rkc_event_new(RKC_IOCTL, file, fd, 2 * room);
	char *in = e ? rkc_event_bytes(e) : NULL;

	if (e) {
		e->args[0] = command;
		e->args[1] = (uintptr_t)arg;
		e->args[2] = size;
		if (rke_readable(arg, size)) {
			memcpy(in, arg, size);
			e->args[3] |= RKC_HAS_IN;
			if (size >= sizeof(flags))
				memcpy(&flags, in, sizeof(flags));
		}
		rkc_event_set(e, RKC_ENTERED);
	}
	errno = saved;
	int r = rkc_next_ioctl(way, fd, command, arg), error = errno;

	if (e) {
		e->ret = r;
		e->error = r < 0 ? error : 0;
		/* What went in could be read; the DRM core writes back even if the call fails [source]. */
		if ((e->args[3] & RKC_HAS_IN) && (r >= 0 || rke_readable(arg, size))) {
			memcpy(in + room, arg, size);
			e->args[3] |= RKC_HAS_OUT;
		}
		/* What was given up another thread may have by now: that is stamped before the call. */
		if (COMMAND_NR(command) != MEM_DESTROY && COMMAND_NR(command) != GEM_CLOSE)
			rkc_event_stamp(e);
		rkc_event_set(e, RKC_DONE);
	}
	if (submit)
		rkc_sysfs_record(file, true);
	if (submit && (flags & SUBMIT_NONBLOCK))
		atomic_store(&behind, true);
	if (submit || (sync && (flags & SYNC_FROM_DEVICE) && atomic_load(&behind)))
		rkc_maps_record(file);
	errno = error;
	return r;
}

int
rkc_do_ioctl(enum rkc_way way, int fd, unsigned long command, void *arg)
{
	int saved = errno;
	/* All that a node's driver is asked is of DRM's type. */
	uint64_t file = COMMAND_TYPE(command) == 'd' ? rkc_file_of_fd(fd) : 0;

	errno = saved;
	return file ? node_ioctl(way, file, fd, (uint32_t)command, arg)
		    : rkc_next_ioctl(way, fd, command, arg);
}

int
rkc_wrap_ioctl(int fd, unsigned long command, ...)
{
	va_list ap;

	va_start(ap, command);
	void *arg = va_arg(ap, void *);

	va_end(ap);
	return rkc_do_ioctl(RKC_BY_NAME, fd, command, arg);
}

void *
rkc_do_mmap(enum rkc_way way, void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	int saved = errno;
	uint64_t file = flags & MAP_ANONYMOUS ? 0 : rkc_file_of_fd(fd);

	errno = saved;
	void *p = rkc_next_mmap(way, addr, len, prot, flags, fd, offset);
	int error = errno;

	if (!file) {
		if (p != MAP_FAILED && (flags & MAP_FIXED) && rkc_maps_any())
			rkc_maps_cut((uintptr_t)p, len);
		errno = error;
		return p;
	}
	struct rkc_event *e = rkc_event_new(RKC_MMAP, file, fd, 0);

	if (e) {
		e->args[0] = (uintptr_t)addr;
		e->args[1] = len;
		e->args[2] = (uint32_t)prot;
		e->args[3] = (uint32_t)flags;
		e->args[4] = (uint64_t)offset;
		e->args[5] = (uintptr_t)p;
		e->ret = p == MAP_FAILED ? -1 : 0;
		e->error = p == MAP_FAILED ? error : 0;
	}
	rkc_event_set(e, RKC_DONE);
	if (p != MAP_FAILED)
		rkc_maps_add(file, fd, (uintptr_t)p, len, prot, (uint64_t)offset);
	errno = error;
	return p;
}

void *
rkc_wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	return rkc_do_mmap(RKC_BY_NAME, addr, len, prot, flags, fd, offset);
}

int
rkc_do_munmap(enum rkc_way way, void *addr, size_t len)
{
	if (!rkc_maps_any())
		return rkc_next_munmap(way, addr, len);
	rkc_record_last();
	return rkc_maps_unmap(way, addr, len);
}

int
rkc_wrap_munmap(void *addr, size_t len)
{
	return rkc_do_munmap(RKC_BY_NAME, addr, len);
}

void
rkc_record_last(void)
{
	int saved = errno;

	if (atomic_load(&behind))
		rkc_maps_record(0);
	errno = saved;
}

__attribute__((destructor)) static void
destruct(void)
{
	rkc_record_last();
}

/* A BO that may not be read would end the program if we did. */
void
rkc_before_mprotect(uintptr_t addr, size_t len, int prot)
{
	int saved = errno;

	if (!(prot & PROT_READ) && rkc_maps_any())
		rkc_maps_cut(addr, len);
	errno = saved;
}

int
rkc_wrap_mprotect(void *addr, size_t len, int prot)
{
	static _Atomic(void *) known;
	int (*fn)(void *, size_t, int) = (int (*)(void *, size_t, int))rke_next(&known, "mprotect");

	rkc_before_mprotect((uintptr_t)addr, len, prot);
	return fn(addr, len, prot);
}

void
rkc_before_mremap(uintptr_t addr, size_t old_len, size_t new_len, int flags, uintptr_t to)
{
	int saved = errno;

	if (rkc_maps_any()) {
		rkc_maps_cut(addr, old_len);
		if (flags & MREMAP_FIXED)
			rkc_maps_cut(to, new_len);
	}
	errno = saved;
}

void *
rkc_wrap_mremap(void *addr, size_t old_len, size_t new_len, int flags, ...)
{
	static _Atomic(void *) known;
	void *(*fn)(void *, size_t, size_t, int, ...) =
		(void *(*)(void *, size_t, size_t, int, ...))rke_next(&known, "mremap");
	va_list ap;

	va_start(ap, flags);
	void *to = va_arg(ap, void *);

	va_end(ap);
	rkc_before_mremap((uintptr_t)addr, old_len, new_len, flags, (uintptr_t)to);
	return fn(addr, old_len, new_len, flags, to);
}
