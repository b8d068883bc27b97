/* SPDX-License-Identifier: MIT */
#ifndef RKP_PARSE_H
#define RKP_PARSE_H

/*
 * Text in, records out. One parser takes logs of every kind and mixtures of
 * them: each line is dispatched by its literal tag to the row shapes of the
 * row tables. Every byte is accounted for: it belongs to a record, to a line
 * skipped by a named rule, or it is unknown.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/error.h"
#include "lib/run.h"
#include "lib/schema.h"

/** Kinds of log: what export writes and --format forces. */
enum rkp_format {
	RKP_FORMAT_GDB_IOCTL,
	RKP_FORMAT_GEM_DUMP,
	RKP_FORMAT_RKNN_DEBUG,
	RKP_FORMAT_SYSFS,
	RKP_FORMAT_MMIO,
	RKP_FORMAT_DMESG,
	RKP_FORMAT_PC_TRACE,
	RKP_FORMAT_TRACER,
	RKP_FORMAT_SWEEP,
	RKP_FORMAT_MAX_,
	RKP_FORMAT_INVALID_ = -1,
};

/** "gdb-ioctl", "gem-dump", ... */
const char *
rkp_format_name(enum rkp_format format);

/** The format of this name, or RKP_FORMAT_INVALID_. */
enum rkp_format
rkp_format_by_name(const char *name);

/** A stretch of the input that gave no record. */
struct rkp_stretch {
	const char *rule; /**< name of the skip rule; NULL: unknown */
	uint64_t line;    /**< 1-based */
	uint64_t start;   /**< byte offset */
	uint64_t end;     /**< past the last byte, newline included */
	const char *text; /**< the bytes, while the call lasts; at most the first 512 */
	size_t text_len;
};

/**
 * Who receives what the parser finds. Any may be NULL. A negative return ends the parse with it.
 *
 * Records come in the order of their first rows. A record may come later than
 * what stands behind it: a call waits for its return. So may a stretch, if it
 * is the start of a line whose rest did not come; all others are in order.
 */
struct rkp_sink {
	void *data;
	/** @rec is valid during the call. */
	int (*record)(void *data, const struct rkr_record *rec);
	int (*stretch)(void *data, const struct rkp_stretch *stretch);
	/** The source would have written records of this kind. */
	int (*witness)(void *data, enum rkr_kind kind);
	/** Bit set of 1 << enum rkp_format: rows of other kinds of log are unknown. 0: all are taken. */
	unsigned formats;
};

/** There are fewer skip rules than this. */
#define RKP_RULES_MAX 64

/** What a skip rule took. */
struct rkp_rule_count {
	const char *name; /**< NULL: past the last rule */
	uint64_t lines;
	uint64_t bytes;
};

/** Where every byte went. parsed + skipped + unknown = bytes, always. */
struct rkp_accounting {
	uint64_t bytes;
	uint64_t parsed;
	uint64_t skipped;
	uint64_t unknown;
	uint64_t lines;
	uint64_t unknown_lines;
	uint64_t kind[RKR_KIND_MAX_];              /**< records of each kind */
	struct rkp_rule_count rule[RKP_RULES_MAX]; /**< all rules, in the same order for every parser */
};

struct rkp_parser;

/**
 * All rows, ready to read and write by. Making them takes a fraction of a
 * millisecond; who reads many small inputs makes them once. They are not
 * written to, so that parsers in several threads may share them.
 */
struct rkp_rows;

/** Compile the tables. 0, -ENOMEM, or -EINVAL: a shape is wrong, *ret_wrong (may be NULL) says which. */
int
rkp_rows_new(struct rkp_rows **ret_rows, const char **ret_wrong);

/** They must outlast the parsers that use them. */
void
rkp_rows_free(struct rkp_rows *rows);

/** A parser for one file. @file goes into the places of its records. 0 or -ENOMEM. */
int
rkp_parser_new(uint32_t file, const struct rkp_sink *sink, struct rkp_parser **ret_parser);

/** The same, with rows that are the caller's. */
int
rkp_parser_new_with(const struct rkp_rows *rows, uint32_t file, const struct rkp_sink *sink,
		    struct rkp_parser **ret_parser);

void
rkp_parser_free(struct rkp_parser *parser);

/** Take the next bytes. How the input is cut into calls does not matter. 0 or negative errno. */
int
rkp_parser_feed(struct rkp_parser *parser, const void *data, size_t len);

/** The input has ended: finish open records. 0 or negative errno. */
int
rkp_parser_finish(struct rkp_parser *parser);

/** The accounting so far; complete after rkp_parser_finish(). */
const struct rkp_accounting *
rkp_parser_accounting(const struct rkp_parser *parser);

/**
 * Read a whole file (or a FIFO; "-": standard input) through a parser into a
 * sink. Never maps more than a window of it.
 *
 * @return 0, or a negative errno with *err (missing, a directory, a read error).
 */
int
rkp_parse_file(const char *path, uint32_t file, const struct rkp_sink *sink, struct rkp_accounting *ret_acc,
	       struct rkr_error *err);

/** Read a file into a run: its records, its name, what it witnesses. Does not bind. */
int
rkp_parse_into(struct rkr_run *run, const char *path, const struct rkp_sink *also,
	       struct rkp_accounting *ret_acc, struct rkr_error *err);

/**
 * Write a run as a log.
 *
 * @param formats  bit set of 1 << enum rkp_format: records of other formats are left out
 * @return 0 or negative errno with *err (a write error, or a record that the format cannot carry).
 */
int
rkp_export(const struct rkr_run *run, unsigned formats, FILE *out, struct rkr_error *err);

/** The same, with rows that are the caller's. */
int
rkp_export_with(const struct rkp_rows *rows, const struct rkr_run *run, unsigned formats, FILE *out,
		struct rkr_error *err);

#endif
