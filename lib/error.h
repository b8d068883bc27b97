/* SPDX-License-Identifier: MIT */
#ifndef RKR_ERROR_H
#define RKR_ERROR_H

/*
 * The one error object. Every function that can fail for a reason that a user
 * can act upon fills one: where, what is wrong, and what to do.
 */

#include <stddef.h>
#include <stdint.h>

#include "visibility.h"

RKR_BEGIN_DECLS

/**
 * A failure. Owned by the caller, on its stack; needs no freeing. A function
 * that succeeds leaves it untouched.
 */
struct rkr_error {
	int code;        /**< negative errno; 0: nothing set */
	uint64_t line;   /**< 1-based; 0: not about a line */
	uint32_t column; /**< 1-based, in bytes; 0: not about a column */
	char file[256];  /**< "" if not about a file; a long path keeps its end */
	char what[384];  /**< what is wrong; valid UTF-8, no newline */
	char cure[256];  /**< what to do; may be "" */
};

/**
 * Fill @err (may be NULL).
 *
 * @param code  negative errno
 * @param file  may be NULL
 * @param cure  what the user can do; may be NULL
 * @param fmt   printf format of what is wrong. Bytes of untrusted input are
 *              made printable here, so that a caller can pass them as they are.
 * @return @code, so that a caller can return the call.
 */
__attribute__((format(printf, 7, 8))) int
rkr_error_set(struct rkr_error *err, int code, const char *file, uint64_t line, uint32_t column,
	      const char *cure, const char *fmt, ...);

/** Set a failure that is not about a place in a file. */
#define rkr_fail(err, code, cure, ...) rkr_error_set(err, code, NULL, 0, 0, cure, __VA_ARGS__)

/** Add a file's name to an error that has none. Returns err->code, or @code if @err is NULL. */
int
rkr_error_in_file(struct rkr_error *err, int code, const char *file);

/**
 * Write "FILE:LINE:COLUMN: what is wrong; what to do" (without the parts that
 * are not set) into @buf.
 *
 * @return the length that the whole text has, as snprintf does.
 */
size_t
rkr_error_format(const struct rkr_error *err, char *buf, size_t size);

RKR_END_DECLS

#endif
