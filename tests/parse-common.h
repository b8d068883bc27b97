/* SPDX-License-Identifier: MIT */
#ifndef PARSE_COMMON_H
#define PARSE_COMMON_H

/*
 * What the tests of parsers/ share: a text parsed into a run, with all that
 * its sink was told, and checked against what holds for every parse.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/format.h"
#include "parsers/parse.h"

struct parsed {
	struct rkr_run *run;
	struct rkp_accounting acc;
	uint64_t witnessed;       /**< bit per kind that the sink was told of */
	struct rkr_buf stretches; /**< a line each: "RULE LINE START END TEXT" */
	uint64_t stretch_bytes[2]; /**< skipped, unknown */
	uint64_t last_start;      /**< of a record */
};

/**
 * Parse @len bytes, fed @chunk at a time. Fails the test if the accounting
 * does not add up, or disagrees with what the sink got.
 */
struct parsed
parse_bytes(const void *data, size_t len, size_t chunk);

/** ... a C string, at once. */
struct parsed
parse_text(const char *text);

void
parsed_free(struct parsed *p);

/** The records, one a line as rkr_record_format() writes them. To be freed. */
char *
parsed_records(const struct parsed *p);

/** Parse a text and fail the test unless it gives these records (lines as of parsed_records()). */
void
assert_records(const char *text, const char *records);

/**
 * Fail the test unless both have the same records; with @places, read in the
 * same places, and the rest alike.
 */
void
assert_same_parse(const struct parsed *a, const struct parsed *b, bool places);

/** Export a run in some formats. To be freed. Fails the test if it cannot be. */
char *
export_text(const struct rkr_run *run, unsigned formats, size_t *ret_len);

/** All formats. */
#define FORMATS_ALL ((1u << RKP_FORMAT_MAX_) - 1)

/** Fail the test unless exporting the run, and parsing that, gives the same records and witness. */
void
assert_round_trip(const struct parsed *p);

#endif
