/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "preload.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/* What is done with a descriptor of the board: ioctl, mmap and the like. */

#define COMMAND_SIZE(c) ((size_t)((c) >> 16 & 0x3fff))
#define COMMAND_IN(c) (((c) >> 30 & 1) != 0)
#define COMMAND_OUT(c) (((c) >> 31 & 1) != 0)

/* struct drm_prime_handle [source]. */
#define PRIME_HANDLE_TO_FD 0x2d
#define PRIME_FD_TO_HANDLE 0x2e
#define PRIME_FLAGS_AT 4
#define PRIME_FD_AT 8
#define PRIME_CLOEXEC 0x80000u

int
rke_wrap_ioctl(int fd, unsigned long command, ...) RKE_WRAPS(ioctl);
void *
rke_wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset) RKE_WRAPS(mmap);
void *
rke_wrap_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t offset) RKE_ALSO(mmap64, mmap);
int
rke_wrap_munmap(void *addr, size_t len) RKE_WRAPS(munmap);
void *
rke_wrap_mremap(void *addr, size_t old_len, size_t new_len, int flags, ...) RKE_WRAPS(mremap);
off_t
rke_wrap_lseek(int fd, off_t offset, int whence) RKE_WRAPS(lseek);
off_t
rke_wrap_lseek64(int fd, off_t offset, int whence) RKE_ALSO(lseek64, lseek);

static int
copy_all(const char *copies, size_t len)
{
	while (len >= sizeof(struct rke_copy)) {
		struct rke_copy c;

		memcpy(&c, copies, sizeof(c));
		size_t n = sizeof(c) + ((c.len + 7) & ~(size_t)7);

		if (n > len || rke_copy((void *)(uintptr_t)c.to, copies + sizeof(c), c.len, true) < 0)
			return -EFAULT;
		copies += n;
		len -= n;
	}
	return 0;
}

static int
node_ioctl(int fd, uint64_t inode, uint32_t command, void *arg)
{
	_Alignas(8) char copies[RKE_WIRE_COPIES_MAX];
	struct rke_request request = {
		.op = RKE_WIRE_IOCTL, .fd = fd, .inode = inode, .command = command, .address = (uintptr_t)arg
	};
	size_t size = COMMAND_SIZE(command);
	struct rke_parts parts = { .copies = copies, .fd = -1, .cloexec = true };
	unsigned prime = command & 0xff;
	struct rke_reply reply;
	int number = -1;

	if ((command >> 8 & 0xff) != 'd' || size <= PRIME_FD_AT + sizeof(int) - 1)
		prime = 0;
	if (COMMAND_IN(command)) {
		parts.in = arg;
		parts.in_len = size;
	}
	if (COMMAND_OUT(command)) {
		parts.out = arg;
		parts.out_len = size;
	}
	/* The descriptor in the struct means nothing to the server. */
	if (prime == PRIME_FD_TO_HANDLE) {
		if (rke_copy(&number, (char *)arg + PRIME_FD_AT, sizeof(number), false) < 0)
			return -EFAULT;
		if (rke_node_of_fd(number, &request.other) != RKE_NODE_PRIME)
			request.other = 0;
	} else if (prime == PRIME_HANDLE_TO_FD) {
		uint32_t flags;

		if (rke_copy(&flags, (char *)arg + PRIME_FLAGS_AT, sizeof(flags), false) < 0)
			return -EFAULT;
		parts.cloexec = (flags & PRIME_CLOEXEC) != 0;
	}
	int r = rke_ask(&request, &parts, &reply);

	if (parts.fd >= 0) {
		if (r < 0 || rke_copy((char *)arg + PRIME_FD_AT, &parts.fd, sizeof(parts.fd), true) < 0) {
			rke_sys(SYS_close, parts.fd);
			return r < 0 ? r : -EFAULT;
		}
	}
	if (r == 0 && reply.copies)
		r = reply.copies <= sizeof(copies) ? copy_all(copies, reply.copies) : -EIO;
	return r;
}

long
rke_do_ioctl(int fd, unsigned long command, void *arg)
{
	uint32_t word = (uint32_t)command;
	uint64_t inode;

	switch (rke_node_of_fd(fd, &inode)) {
	case RKE_NODE_CARD:
	case RKE_NODE_RENDER:
		/* Those that are any descriptor's are the kernel's. */
		if (word != FIOCLEX && word != FIONCLEX && word != FIONBIO && word != FIOASYNC)
			return node_ioctl(fd, inode, word, arg);
		break;
	case RKE_NODE_PRIME:
		/* DMA_BUF_IOCTL_SYNC: CPU and NPU see the same memory here. */
		return (word >> 8 & 0xff) == 'b' ? 0 : -ENOTTY;
	default:
		break;
	}
	return rke_sys(SYS_ioctl, fd, command, arg);
}

int
rke_wrap_ioctl(int fd, unsigned long command, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, command);
	void *arg = va_arg(ap, void *);

	va_end(ap);
	return (int)rke_result(rke_do_ioctl(fd, command, arg), saved);
}

long
rke_do_mmap(uintptr_t addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	uint64_t inode;
	enum rke_node_kind kind = flags & MAP_ANONYMOUS ? RKE_NODE_FOREIGN : rke_node_of_fd(fd, &inode);

	return kind == RKE_NODE_FOREIGN ? rke_maps_replace(addr, len, prot, flags, fd, offset)
					: rke_maps_map(kind, inode, addr, len, prot, flags, fd, offset);
}

void *
rke_wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	int saved = errno;

	return (void *)rke_result(rke_do_mmap((uintptr_t)addr, len, prot, flags, fd, offset), saved);
}

int
rke_wrap_munmap(void *addr, size_t len)
{
	int saved = errno;

	return (int)rke_result(rke_maps_unmap((uintptr_t)addr, len), saved);
}

void *
rke_wrap_mremap(void *addr, size_t old_len, size_t new_len, int flags, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, flags);
	void *to = va_arg(ap, void *);

	va_end(ap);
	return (void *)rke_result(rke_maps_move((uintptr_t)addr, old_len, new_len, flags, (uintptr_t)to),
				  saved);
}

/* A DRM node has no position: 0, wherever one seeks to. A dma-buf tells its size. [source] */
long
rke_do_lseek(int fd, off_t offset, int whence)
{
	long r = rke_sys(SYS_lseek, fd, offset, whence);
	uint64_t inode;

	if (r != -ESPIPE)
		return r;
	enum rke_node_kind kind = rke_node_of_fd(fd, &inode);

	if (kind == RKE_NODE_CARD || kind == RKE_NODE_RENDER)
		return 0;
	if (kind == RKE_NODE_PRIME) {
		struct rke_request request = { .op = RKE_WIRE_QUERY, .inode = inode };
		struct rke_parts parts = { .fd = -1 };
		struct rke_reply reply;

		r = offset != 0 || (whence != SEEK_SET && whence != SEEK_END)
			    ? -EINVAL
			    : rke_ask(&request, &parts, &reply);
		if (r == 0 && whence == SEEK_END)
			r = (long)reply.offset;
	}
	return r;
}

off_t
rke_wrap_lseek(int fd, off_t offset, int whence)
{
	int saved = errno;

	return rke_result(rke_do_lseek(fd, offset, whence), saved);
}
