/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "preload.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

/* Inodes of sockets whose kind is known. */
#define KNOWN 256

static struct {
	atomic_bool ready;
	bool on;
	char dir[RKE_DIR_MAX];
	size_t dir_len;
	struct stat node[2];           /* of the files that stand for card and render node */
	_Atomic uint64_t known[KNOWN]; /* inode << 4 | enum rke_node_kind */
} state;

static const char *const node_paths[] = { RKE_WIRE_CARD, RKE_WIRE_RENDER };
static const enum rke_node_kind node_kinds[] = { RKE_NODE_CARD, RKE_NODE_RENDER };
static const unsigned node_minors[] = { RKE_CARD_MINOR, RKE_RENDER_MINOR };

/* What is below these is the board's. [source: the driver's device and DRM's names] */
static const char *const board_paths[] = {
	"/dev/dri",
	"/dev/kmsg",
	"/sys/class/drm",
	"/sys/dev/char/226:1",
	"/sys/dev/char/226:129",
	"/sys/bus/platform/drivers/RKNPU",
	"/sys/devices/platform/fdab0000.npu",
};

/* First use may be before the constructor, by the constructor of another library. */
static void
start(void)
{
	const char *dir = getenv(RKE_WIRE_ENV);
	char path[RKE_DIR_MAX + 32];

	if (!dir || strlen(dir) >= sizeof(state.dir) || dir[0] != '/') {
		atomic_store(&state.ready, true);
		return;
	}
	state.dir_len = strlen(dir);
	memcpy(state.dir, dir, state.dir_len + 1);
	state.on = true;
	for (size_t i = 0; i < 2; i++) {
		memcpy(path, dir, state.dir_len);
		memcpy(path + state.dir_len, node_paths[i], strlen(node_paths[i]) + 1);
		if (rke_sys(SYS_newfstatat, AT_FDCWD, path, &state.node[i], 0) < 0)
			state.on = false;
	}
	atomic_store(&state.ready, true);
}

__attribute__((constructor)) static void
construct(void)
{
	int saved = errno;

	rke_dir();
	errno = saved;
}

const char *
rke_dir(void)
{
	if (!atomic_load_explicit(&state.ready, memory_order_acquire))
		start();
	return state.on ? state.dir : NULL;
}

/* Whether @path is @root or below it. Slashes may be doubled. What is behind it: */
static const char *
below(const char *path, const char *root)
{
	while (*root) {
		if (*path != *root)
			return NULL;
		if (*path == '/')
			while (path[1] == '/')
				path++;
		path++;
		root++;
	}
	return *path == '/' || !*path ? path : NULL;
}

const char *
rke_path(const char *path, char *buf)
{
	if (!path || !rke_dir() || !rke_readable(path, 1) || path[0] != '/')
		return path;
	for (size_t i = 0; i < sizeof(board_paths) / sizeof(board_paths[0]); i++) {
		const char *root = board_paths[i], *rest = below(path, root);
		size_t n = strlen(root), m = rest ? strlen(rest) : 0;

		if (!rest || state.dir_len + n + m >= RKE_PATH_MAX)
			continue;
		memcpy(buf, state.dir, state.dir_len);
		memcpy(buf + state.dir_len, root, n);
		memcpy(buf + state.dir_len + n, rest, m + 1);
		return buf;
	}
	return path;
}

enum rke_node_kind
rke_node_of_stat(dev_t dev, ino_t inode)
{
	for (size_t i = 0; i < 2 && rke_dir(); i++)
		if (state.node[i].st_dev == dev && state.node[i].st_ino == inode)
			return node_kinds[i];
	return RKE_NODE_FOREIGN;
}

void
rke_node_stat(enum rke_node_kind kind, struct stat *ret_st)
{
	size_t i = kind == RKE_NODE_RENDER;

	*ret_st = state.node[i];
	ret_st->st_mode = S_IFCHR | 0660;
	ret_st->st_rdev = makedev(RKE_DRM_MAJOR, node_minors[i]);
	ret_st->st_size = 0;
	ret_st->st_blocks = 0;
}

/* Those of the server are pairs of this type; few others are. */
static bool
may_be_node(int fd)
{
	int type = 0, domain = 0;
	socklen_t len = sizeof(type);

	return rke_sys(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET &&
	       rke_sys(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_UNIX;
}

enum rke_node_kind
rke_node_of_fd(int fd, uint64_t *ret_inode)
{
	struct stat st;
	enum rke_node_kind kind = RKE_NODE_FOREIGN;

	if (fd < 0 || !rke_dir() || rke_sys(SYS_fstat, fd, &st) < 0 || !S_ISSOCK(st.st_mode))
		return RKE_NODE_FOREIGN;
	_Atomic uint64_t *known = &state.known[st.st_ino % KNOWN];
	uint64_t k = atomic_load_explicit(known, memory_order_relaxed);

	*ret_inode = st.st_ino;
	if (k >> 4 == st.st_ino)
		return (enum rke_node_kind)(k & 15);
	if (may_be_node(fd)) {
		struct rke_request request = { .op = RKE_WIRE_QUERY, .inode = st.st_ino };
		struct rke_parts parts = { .fd = -1 };
		struct rke_reply reply;

		if (rke_ask(&request, &parts, &reply) == 0)
			kind = (enum rke_node_kind)reply.command;
	}
	atomic_store_explicit(known, st.st_ino << 4 | kind, memory_order_relaxed);
	return kind;
}
