/* SPDX-License-Identifier: MIT */
#ifndef RKR_FORMAT_H
#define RKR_FORMAT_H

/*
 * Values and records as text for people, and records as JSON. Both walk the
 * schema.
 */

#include <stddef.h>

#include "schema.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/** A growable piece of text. Zero-initialise; free with rkr_buf_free(). */
struct rkr_buf {
	char *data; /**< not NUL-terminated; NULL while empty */
	size_t len;
	size_t cap;
	int failed; /**< -ENOMEM once an append has failed; later ones do nothing */
};

/** Free what a buffer holds; it is then empty and can be used again. */
void
rkr_buf_free(struct rkr_buf *buf);

/** Append bytes. Without memory buf->failed is set, and nothing is appended. */
void
rkr_buf_put(struct rkr_buf *buf, const void *data, size_t len);

/** Append formatted text. Without memory buf->failed is set, and nothing is appended. */
__attribute__((format(printf, 2, 3))) void
rkr_buf_printf(struct rkr_buf *buf, const char *fmt, ...);

/** Append bytes as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD. */
void
rkr_buf_json_string(struct rkr_buf *buf, const char *data, size_t len);

/**
 * Text of input as a terminal can show it: what is no part of a printable
 * UTF-8 character is '?', so that a log or a name of a file cannot send
 * control sequences. Cut between characters. Returns the length of the whole
 * text, as snprintf.
 */
size_t
rkr_text_format(const char *text, size_t len, char *buf, size_t size);

/** A decimal fraction held in millionths, without trailing zeros: "1402.5". */
size_t
rkr_dec_format(uint64_t millionths, char *buf, size_t size);

/** "13:37:36.493" from milliseconds of the day. */
size_t
rkr_time_format(uint64_t ms, char *buf, size_t size);

/** A value as people read it. Returns the length of the whole text, as snprintf. */
size_t
rkr_value_format(const struct rkr_field *field, const union rkr_value *value, char *buf, size_t size);

/**
 * "mem_sync flags=0x1 offset=0 size=680": a record on one line, arrays by their
 * length, words of interrupt bits with the bits' names behind in brackets.
 */
size_t
rkr_record_format(const struct rkr_record *rec, char *buf, size_t size);

/**
 * Append a record as one JSON object, without a newline: "record", "file" and
 * "line" (if it was read from a file), then the fields that are there.
 * Addresses and hexadecimal 64-bit values are strings, other integers numbers.
 * Behind a word of interrupt bits stands NAME_bits: the names of its bits that
 * have one ("named"), and the value of the others ("idle_or_undocumented"),
 * which tell nothing [captured: they are there on parts that work].
 */
void
rkr_record_json(struct rkr_buf *buf, const struct rkr_record *rec, const char *file);

RKR_END_DECLS

#endif
