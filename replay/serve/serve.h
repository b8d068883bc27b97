/* SPDX-License-Identifier: MIT */
#ifndef RKE_SERVE_H
#define RKE_SERVE_H

/*
 * An emulated board for other processes: a server that makes the board and
 * takes the calls of those that have the preload library. It serves one call
 * at a time; a call takes as long as it computes, whatever the board's clock
 * makes of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/calls.h"
#include "replay/emu/driver.h"

struct rke_server_options {
	/** Its arena, copy_out and PRIME are the server's. */
	struct rke_board_options board;
	/** Calls that reach the NPU return 0 at once, and do nothing: to measure what the way there costs. */
	bool null;
	/** Told of each call; may be NULL. */
	void (*call)(void *data, const struct rke_call *call);
	void *call_data;
};

struct rke_server;

/**
 * Make a board and a directory with its socket, which clients find by an
 * environment variable.
 *
 * @return 0 or negative errno; *ret_what (may be NULL) says what could not be made
 */
int
rke_server_new(const struct rke_server_options *options, struct rke_server **ret_server,
	       const char **ret_what);

/** Ends the board; the directory goes. */
void
rke_server_free(struct rke_server *server);

/** The server's directory, the value of RKE_WIRE_ENV in a client's environment. */
const char *
rke_server_dir(const struct rke_server *server);

/** Whether any process has opened the board's node. */
bool
rke_server_was_used(const struct rke_server *server);

struct rke_board *
rke_server_board(struct rke_server *server);

/**
 * Serve until nobody can come any more.
 *
 * @param fd     watched too
 * @param event  called when it is readable. 0: go on; 1: no more clients will
 *               start, so return when those that are there have gone; 2: return now
 * @return 0 or negative errno
 */
int
rke_server_run(struct rke_server *server, int fd, int (*event)(void *data), void *data);

#endif
