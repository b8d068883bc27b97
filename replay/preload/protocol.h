/* SPDX-License-Identifier: MIT */
#ifndef RKE_PROTOCOL_H
#define RKE_PROTOCOL_H

/*
 * What the preload library and the server of the emulated board say to each
 * other. Both are of one build, on one machine, so structs go as they are.
 *
 * Requests and replies are messages of connections to the server's socket.
 * A descriptor of the device node is one end of a pair of sockets, and the
 * server holds the other: so the kernel itself counts descriptors over dup,
 * fork, exec and SCM_RIGHTS, select and close-on-exec work, and the server
 * sees when the last one is closed. A request names such a descriptor by the
 * inode number of its socket.
 */

#include <stdint.h>

/** In a client's environment: the server's directory. */
#define RKE_WIRE_ENV "RKREPLAY_EMULATE"

/** In that directory: the socket, and a tree of what is seen below /dev and /sys. */
#define RKE_WIRE_SOCKET "/socket"
#define RKE_WIRE_CARD "/dev/dri/card1"
#define RKE_WIRE_RENDER "/dev/dri/renderD129"
#define RKE_WIRE_KMSG "/dev/kmsg"

#define RKE_DRM_MAJOR 226
#define RKE_CARD_MINOR 1
#define RKE_RENDER_MINOR 129

/** The longest struct that a command word can name. */
#define RKE_WIRE_STRUCT_MAX 16383

/** Room for what is copied to where a struct points, headings included. */
#define RKE_WIRE_COPIES_MAX 1024

/** What a descriptor is. */
enum rke_node_kind {
	RKE_NODE_UNKNOWN, /**< nobody has asked */
	RKE_NODE_FOREIGN, /**< not of the board */
	RKE_NODE_CARD,
	RKE_NODE_RENDER,
	RKE_NODE_PRIME, /**< an exported BO */
};

enum rke_wire_op {
	RKE_WIRE_HELLO, /**< id: the space to join, 0: a new one, or (command 1) a copy of it. Replies id */
	RKE_WIRE_OPEN,  /**< command: enum rke_node_kind; flags: of open(). Replies a descriptor */
	RKE_WIRE_QUERY, /**< inode. Replies command: enum rke_node_kind, and offset: size of a BO */
	RKE_WIRE_IOCTL, /**< inode, fd, command, address: the struct's; flags: descriptor number or inode of it */
	RKE_WIRE_MMAP, /**< inode, fd, address, length, prot, flags, offset. Replies id, offset, a descriptor */
	RKE_WIRE_MAPPED, /**< id, address: where it is now; (uint64_t)-1: it failed */
	RKE_WIRE_MUNMAP, /**< id, address, length: all of it, or what is left of it, is gone */
};

/** A request; an ioctl's struct follows. */
struct rke_request {
	uint32_t op;
	int32_t fd;
	uint64_t inode;
	uint64_t command;
	uint64_t address;
	uint64_t length;
	uint64_t offset;
	uint64_t id;
	uint32_t prot;
	uint32_t flags;
	uint64_t other; /**< inode of the descriptor that a struct holds (PRIME) */
};

/** A reply; @size bytes of an ioctl's struct follow, then @copies bytes of struct rke_copy. */
struct rke_reply {
	int32_t ret; /**< 0 or negative errno */
	uint32_t size;
	uint32_t copies;
	uint32_t command;
	uint64_t offset;
	uint64_t id;
};

/** What goes to where a struct points; its bytes follow, to a multiple of 8. */
struct rke_copy {
	uint64_t to;
	uint64_t len;
};

#endif
