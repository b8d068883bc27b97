/* SPDX-License-Identifier: MIT */
#ifndef RKE_PRELOAD_H
#define RKE_PRELOAD_H

/*
 * The inside of the preload library, which gives a program an emulated board.
 *
 * It lives in processes that know nothing of it: it calls the kernel past the
 * C library where it can, takes no memory from malloc, leaves errno alone, and
 * blocks signals where they could find it half-way. Its state is that of the
 * process, so it is the one part of the project that has variables at file
 * scope.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "interpose.h"
#include "protocol.h"

/* ---- state.c: whether there is a board, and where its files are */

/** The directory of the server's files, or NULL: there is no board. */
const char *
rke_dir(void);

/** Longest name of a server's directory, 0 byte included: a socket's name must fit, too. */
#define RKE_DIR_MAX 96

/**
 * The path at which a path of /dev or /sys is to be looked for: in the
 * server's directory, if it is one of the board's, else where it says.
 *
 * @param buf  of RKE_PATH_MAX bytes
 */
const char *
rke_path(const char *path, char *buf);

#define RKE_PATH_MAX 4352

/** If @st is of the file that stands for a node: which, else RKE_NODE_FOREIGN. */
enum rke_node_kind
rke_node_of_stat(dev_t dev, ino_t inode);

/** What stat shows of a node. */
void
rke_node_stat(enum rke_node_kind kind, struct stat *ret_st);

/** Whether a descriptor is of the board, and its inode. Costs one system call if it is not a socket. */
enum rke_node_kind
rke_node_of_fd(int fd, uint64_t *ret_inode);

/* ---- link.c: requests */

/** What of a request is not in its struct. */
struct rke_parts {
	const void *in; /**< sent behind it; may be an address that is none */
	size_t in_len;
	void *out; /**< where the reply's struct goes; likewise */
	size_t out_len;
	void *copies; /**< RKE_WIRE_COPIES_MAX bytes, or NULL */
	bool cloexec; /**< of a descriptor that comes */
	int fd;       /**< that came; -1: none */
};

/**
 * Ask the server. Blocks signals meanwhile.
 *
 * @return the reply's; -EFAULT: @parts has an address that is none; -ENODEV: no server
 */
int
rke_ask(const struct rke_request *request, struct rke_parts *parts, struct rke_reply *ret_reply);

/** Before a fork: a connection for the child, which has the mappings that its parent has. */
void
rke_link_fork(void);

/** In the parent and in the child after it. */
void
rke_link_forked(bool child);

/* ---- maps.c: where BOs are mapped */

/** munmap(). */
long
rke_maps_unmap(uintptr_t addr, size_t len);

/** mmap() of something else, which may replace what is there (MAP_FIXED). */
long
rke_maps_replace(uintptr_t addr, size_t len, int prot, int flags, int fd, off_t offset);

/** mremap(). */
long
rke_maps_move(uintptr_t addr, size_t old_len, size_t new_len, int flags, uintptr_t to);

/** mmap() of a descriptor of the board. */
long
rke_maps_map(enum rke_node_kind kind, uint64_t inode, uintptr_t addr, size_t len, int prot, int flags, int fd,
	     off_t offset);

/*
 * ---- What the functions do that stand in for the C library's, for those of
 * all names. Results are the kernel's: negative errno.
 */

/* device.c */
long
rke_do_ioctl(int fd, unsigned long command, void *arg);
long
rke_do_mmap(uintptr_t addr, size_t len, int prot, int flags, int fd, off_t offset);
long
rke_do_lseek(int fd, off_t offset, int whence);

/* files.c */
long
rke_do_open(int dir, const char *path, int flags, unsigned mode);

/* stat.c */
struct statx; /* <sys/stat.h> has it whole */
long
rke_do_stat(int dir, const char *path, struct stat *st, int flags);
long
rke_do_fstat(int fd, struct stat *st);
long
rke_do_statx(int dir, const char *path, int flags, unsigned mask, struct statx *st);
long
rke_do_access(int dir, const char *path, int mode, int flags);
long
rke_do_readlink(int dir, const char *path, char *buf, size_t len);

#endif
