/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

/* Seconds after which it says how far it is, and how often from then on. */
#define AFTER 2.0
#define EVERY 0.2
/* Calls between two looks at the clock. */
#define CALLS 8192

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
tool_progress_start(struct tool_progress *progress, bool wanted)
{
	*progress = (struct tool_progress){ .tells = wanted && isatty(STDERR_FILENO), .started = seconds() };
}

void
tool_progress_at(struct tool_progress *progress, const char *file, uint64_t bytes)
{
	if (!progress->tells || ++progress->n_calls % CALLS)
		return;
	double now = seconds();

	if (now - progress->started < AFTER || now - progress->told < EVERY)
		return;
	progress->told = now;
	fprintf(stderr, "\r%s: %" PRIu64 " MB", TOOL_SHOWN(file), bytes / 1000000);
}

void
tool_progress_clear(struct tool_progress *progress)
{
	if (progress->told > 0)
		fputs("\r\033[K", stderr);
	progress->told = 0;
}
