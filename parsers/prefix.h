/* SPDX-License-Identifier: MIT */
#ifndef RKP_PREFIX_H
#define RKP_PREFIX_H

/*
 * What stands before a row of a kernel log or of a runtime: stamps of one or
 * several writers, levels, a host, a device; quotes and bullets of those who
 * posted it.
 */

#include "row.h"

/** Take seconds with a fraction of up to six digits, in microseconds. Where they end, or NULL. */
const char *
rkp_read_seconds(const char *p, const char *end, uint64_t *ret);

/** Take "[ 1234.567890] " from the start of [p, end). Where it ends, or NULL. */
const char *
rkp_read_stamp(const char *p, const char *end, uint64_t *ret_time);

/**
 * Take the driver's tag, "RKNPU: ", "RKNPU fdab0000.npu: " or both in a row.
 * Where the row's text starts, or NULL.
 */
const char *
rkp_read_driver_tag(const char *p, const char *end, struct rkp_origin *o);

/** Take HH:MM:SS.mmm. */
const char *
rkp_read_clock(const char *p, const char *end, uint64_t *ret);

/** Take all of a prefix that is known, as far as it goes, and note what it says. */
const char *
rkp_skip_prefix(const char *p, const char *end, struct rkp_origin *o);

/** Note what a prefix says in the fields of @row's kind that are for it. */
void
rkp_origin_keep(const struct rkp_row *row, const struct rkp_origin *o, struct rkp_values *ret);

/** Write the prefix of a record whose row has one that is optional. */
void
rkp_origin_write(const struct rkp_row *row, const struct rkr_record *rec, struct rkr_buf *buf);

#endif
