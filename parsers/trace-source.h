/* SPDX-License-Identifier: MIT */
#ifndef RKP_TRACE_SOURCE_H
#define RKP_TRACE_SOURCE_H

/*
 * The source of a driver, or a patch for it: which rows of the PC commit
 * trace it prints. They are found by the text that the rows' own templates
 * have, so that what is looked for is what the parser reads.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "lib/run.h"

/** A larger file is refused: no source of a driver is. */
#define RKP_TRACE_SOURCE_MAX ((size_t)16 << 20)

/** Whether this is named as C source (.c, .h) or a patch (.cocci, .patch, .diff). */
bool
rkp_trace_source_is(const char *path);

/**
 * Read a source into an empty run: a trace_marker record for each trace row
 * that it prints, with the fields that the row lacks. The run is bound.
 *
 * @return 0 or negative errno with *err: -EFBIG, -ENOMEM, or what reading the file gave.
 */
int
rkp_trace_source_read(const char *path, struct rkr_run *run, struct rkr_error *err);

#endif
