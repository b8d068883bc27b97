/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

/* Where what is printed goes: standard output, or a file that is whole or not there. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/error.h"
#include "lib/format.h"

/**
 * Make sure that descriptors 0 to 2 are taken. Of one that was closed, what
 * is opened next would take the place, and be written to as standard output.
 * Using it still fails.
 */
void
tool_reserve_descriptors(void);

/** A negative errno that nothing else gives: standard output could not be written to. */
#define TOOL_OUTPUT_FAILED (-ECOMM)

/**
 * Write what is in a buffer to standard output, if it is more than @above
 * bytes, and empty it.
 *
 * @return 0; -ENOMEM, the buffer is not complete; or TOOL_OUTPUT_FAILED,
 *         which tool_error() leaves to tool_finish() to tell
 */
int
tool_flush(struct rkr_buf *buf, size_t above);

/** Write all of a buffer to standard output, and free it. Returns as tool_flush(). */
int
tool_print(struct rkr_buf *buf);

/** Whether standard output is a pipe whose reader has seen enough, and gone. */
bool
tool_reader_is_gone(void);

/** Writes the contents of a file. Returns 0, or a negative errno, with *err if it knows more. */
typedef int (*tool_write_fn)(const void *data, FILE *out, struct rkr_error *err);

/**
 * Write a file, whole or not at all: under no name until it is complete, so
 * that an old one of this name stays until then. What is no plain file (a
 * device, a FIFO) is written to as it is. "-": standard output.
 *
 * @return 0, or a negative errno with *err
 */
int
tool_write_file(const char *path, tool_write_fn fn, const void *data, struct rkr_error *err);

#endif
