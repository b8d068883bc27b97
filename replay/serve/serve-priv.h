/* SPDX-License-Identifier: MIT */
#ifndef RKE_SERVE_PRIV_H
#define RKE_SERVE_PRIV_H

/*
 * The inside of a server: server.c makes it and waits, requests.c answers,
 * nodes.c has open files and exported BOs, spaces.c has who mapped what,
 * tree.c is what is seen below /dev and /sys.
 */

#include "serve.h"

#include "replay/preload/protocol.h"

/** Something that a descriptor of the server's is for. */
enum rke_conn_kind {
	RKE_CONN_LISTEN,
	RKE_CONN_EVENT,  /**< the caller's */
	RKE_CONN_CLIENT, /**< requests come from it */
	RKE_CONN_NODE,   /**< the other end is a descriptor of the node, or of a BO */
};

struct rke_conn {
	enum rke_conn_kind kind;
	int fd;
	struct rke_space *space; /**< client */
	struct rke_node *node;   /**< node */
	struct rke_conn *next, *prev;
};

/** An open file, or an exported BO. It lives as long as it has descriptors or mappings. */
struct rke_node {
	enum rke_node_kind kind;
	uint64_t inode; /**< of the client's end */
	bool open;      /**< there are descriptors */
	uint64_t maps;
	uint32_t process;            /**< that used it last */
	int fd;                      /**< there, as far as it is known */
	uint32_t flags;              /**< of open() */
	struct rke_file *file;       /**< NULL: it is a BO */
	uint64_t token, arena, size; /**< of a BO */
	struct rke_node *next;
};

/** A mapping. */
struct rke_map {
	uint64_t id;
	struct rke_node *node;
	struct rke_call call; /**< as it was made */
};

/** What one process has mapped. It lives as long as connections of that process do. */
struct rke_space {
	uint32_t id;
	size_t conns;
	struct rke_map *maps;
	size_t n, size;
	struct rke_space *next;
};

struct rke_server {
	struct rke_server_options options;
	struct rke_board *board;
	char *dir;
	int epoll;
	int arena_fd;
	void *arena;
	struct rke_conn *conns;
	struct rke_conn *last; /**< that was served last */
	size_t n_clients;      /**< connections of clients, and nodes that are open */
	struct rke_node *nodes;
	struct rke_space *spaces;
	uint32_t next_space;
	uint64_t next_map;
	bool used;
	uint64_t served;     /**< ns of the host: when the last call was */
	uint64_t tick_until; /**< ns of the host: the board's time goes on by itself */

	/** The request in hand. */
	struct {
		struct rke_request request;
		uint8_t arg[RKE_WIRE_STRUCT_MAX + 1];
	} message;
	uint8_t in[RKE_WIRE_STRUCT_MAX + 1]; /**< the struct as it came */
	uint8_t copies[RKE_WIRE_COPIES_MAX];
	uint32_t n_copies;
	int send_fd;      /**< goes with the reply, and is closed then; -1: none */
	uint32_t process; /**< whose request it is */
};

/* ---- server.c */

/** Watch a descriptor; it is the connection's from then on. 0 or negative errno, and it is closed. */
int
rke_conn_new(struct rke_server *server, enum rke_conn_kind kind, int fd, struct rke_conn **ret_conn);

void
rke_conn_free(struct rke_server *server, struct rke_conn *conn);

void
rke_server_tell(struct rke_server *server, const struct rke_call *call);

/* ---- requests.c */

/** Take one request of a client and answer. 0; -EAGAIN: there is none; else it is gone. */
int
rke_serve_request(struct rke_server *server, struct rke_conn *conn);

/* ---- nodes.c */

/** Make a node and a descriptor of it, which is to be sent. 0 or negative errno. */
int
rke_node_new(struct rke_server *server, enum rke_node_kind kind, uint32_t flags, struct rke_node **ret_node,
	     int *ret_fd);

/** The open node of this inode, or NULL. */
struct rke_node *
rke_node_find(const struct rke_server *server, uint64_t inode);

/** Its last descriptor is closed. */
void
rke_node_closed(struct rke_server *server, struct rke_node *node);

/** A mapping of it is gone. */
void
rke_node_unmapped(struct rke_server *server, struct rke_node *node, uint64_t offset);

/** The board's PRIME; data is the server. */
int
rke_node_export(void *data, uint64_t token, uint64_t arena, uint64_t size);

int
rke_node_import(void *data, int fd, uint64_t *ret_token);

/* ---- spaces.c */

/** Join a client to the space @id (0: a new one), or to a copy of it. 0 or negative errno. */
int
rke_space_join(struct rke_server *server, struct rke_conn *conn, uint32_t id, bool copy);

void
rke_space_leave(struct rke_server *server, struct rke_conn *conn);

/** Note a mapping. 0 or -ENOMEM. */
int
rke_space_map(struct rke_server *server, struct rke_space *space, const struct rke_map *map);

struct rke_map *
rke_space_find(struct rke_space *space, uint64_t id);

/** Forget a mapping. */
void
rke_space_unmap(struct rke_server *server, struct rke_space *space, struct rke_map *map);

/* ---- tree.c */

/** Make a directory and what is seen below /dev and /sys in it. 0 or negative errno. */
int
rke_tree_make(char **ret_dir);

#endif
