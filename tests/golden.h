/* SPDX-License-Identifier: MIT */
#ifndef TEST_GOLDEN_H
#define TEST_GOLDEN_H

/*
 * Golden files, as tests/golden/README describes them: records that were
 * written down by reading a log. For use within tests.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/format.h"
#include "lib/schema.h"

/** A line of a golden file. Its record's place has nothing but the line. */
struct golden {
	char *text;                /**< the line as written */
	char *work;                /**< the same, taken apart; strings of the record point into it */
	struct rkr_record_buf buf; /**< the record */
	struct rkr_blob blobs[RKR_FIELDS_MAX];
	uint64_t any; /**< bit per field that may have any value ("*") */
};

/**
 * Read a line into *@golden, which is then to be freed by golden_free(), even
 * after a failure.
 *
 * @return NULL, or what is wrong with the line
 */
const char *
golden_read(struct golden *golden, const char *line);

void
golden_free(struct golden *golden);

/** Whether a record is the one of the golden line: line, kind, the fields that are there, their values. */
bool
golden_matches(const struct golden *golden, const struct rkr_record *rec);

/** Append a record in the form of a golden line. "text" and "more" are written as "*". */
void
golden_put(struct rkr_buf *buf, const struct rkr_record *rec);

#endif
