/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

/*
 * How far a long read is: one line on standard error, written again in its
 * place, and only for who looks on: a terminal.
 */

#include <stdbool.h>
#include <stdint.h>

struct tool_progress {
	bool tells;
	uint64_t n_calls;
	double started, told; /* seconds; told 0: no line stands */
};

/** Start the clock. @wanted: whether it may tell at all; it does if standard error is a terminal. */
void
tool_progress_start(struct tool_progress *progress, bool wanted);

/** It is @bytes into @file. Cheap: to be called for each record. */
void
tool_progress_at(struct tool_progress *progress, const char *file, uint64_t bytes);

/** Take the line away, before something else is printed there. */
void
tool_progress_clear(struct tool_progress *progress);

#endif
