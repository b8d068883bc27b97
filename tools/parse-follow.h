/* SPDX-License-Identifier: MIT */
#ifndef PARSE_FOLLOW_H
#define PARSE_FOLLOW_H

/* parse --follow: a log that is still being written. */

#include "parsers/parse.h"

struct tool_follower {
	struct rkp_sink sink;
	void *data;
	/** What has come so far was parsed: print it. 0 or negative errno. */
	int (*came)(void *data);
	/** A file has ended, or was cut or replaced: its accounting. */
	void (*ended)(void *data, const struct rkp_accounting *acc);
};

/**
 * Parse a file, and what is written to it from then on, until SIGINT,
 * SIGTERM or SIGHUP. A file that is cut short is read again from its start,
 * one that is replaced by another of its name is read to its end and then the
 * other; both are told on stderr. A pipe ends when its writers are gone.
 *
 * @param path  "-": standard input
 * @return 0, or a negative errno with *err.
 */
int
tool_follow(const char *path, const struct tool_follower *follower, struct rkr_error *err);

#endif
