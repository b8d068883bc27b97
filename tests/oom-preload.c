/* SPDX-License-Identifier: MIT */
/*
 * To be preloaded: the command's allocation number $OOM_AT fails, the others
 * do not. How many there were is written to the file $OOM_COUNT.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing-allocator.h"

static long count;
static bool over; /* what is allocated to tell the count does not count */

static bool
fails(void)
{
	/* Not of the scripts and tools around it. */
	if (over || !strstr(program_invocation_short_name, "rkreplay"))
		return false;
	const char *at = getenv("OOM_AT");

	if (++count != (at ? atol(at) : -1))
		return false;
	errno = ENOMEM;
	return true;
}

__attribute__((destructor)) static void
tell(void)
{
	const char *path = getenv("OOM_COUNT");

	over = true;
	FILE *file = path && count ? fopen(path, "w") : NULL;

	if (file) {
		fprintf(file, "%ld\n", count);
		fclose(file);
	}
}
