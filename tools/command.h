/* SPDX-License-Identifier: MIT */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

/* Running a command with one of our libraries preloaded, to its end. */

#include <stdbool.h>
#include <sys/types.h>

#include "tool.h"

/* Exit statuses as shells have them; to the last the number of the signal is added. */
#define COMMAND_CANNOT_RUN 126
#define COMMAND_NOT_FOUND 127
#define COMMAND_SIGNAL 128

/** What the command leaves in the background has so long to come to what we are there for. */
#define COMMAND_ORPHANS_S 2

struct command_options {
	const char *const *argv;
	const char *library;     /**< its file name */
	const char *library_dir; /**< in a build tree */
	const char *variable;    /**< of the environment, to be set to @value */
	const char *value;
	bool last; /**< behind what is preloaded already; else before it */
};

/** The command that runs. */
struct command {
	pid_t pid;
	int signals; /**< readable when command_event() is to be called */
	bool ended;
	bool stop;    /**< end with it, whoever else is there */
	bool orphans; /**< it has left processes, and their time is over */
	int status;
	sigset_t old_signals;
};

/** Start it. TOOL_YES, or else a message was printed. */
enum tool_exit
command_start(const struct command_options *options, struct command *ret_command);

/**
 * A process has ended, or somebody wants all to end: signals go on to the
 * command.
 *
 * @param data  the struct command
 * @return 0: go on; 1: no more will be started; 2: it is over
 */
int
command_event(void *data);

/** Give up what start took; @kill: end the command, too. Its exit status, 128 and more for a signal. */
enum tool_exit
command_end(struct command *command, bool kill);

#endif
