/* SPDX-License-Identifier: MIT */
#ifndef FILTER_H
#define FILTER_H

/*
 * Which records are printed: --grep, --task, --core and --since. A filter
 * changes what is printed, and never what is counted as parsed, skipped or
 * unknown.
 */

#include "tool.h"

/** Rows for the option table of a verb that prints records. --task is the verb's own. */
#define TOOL_FILTER_OPTIONS                                                                   \
	{ "grep", "PATTERN", "print records whose text this matches (PCRE2, on bytes)" },     \
	{ "core", "N", "print records of this core" },                                        \
	{ "since", "TIME",                                                                    \
	  "print records from SECONDS of the kernel, HH:MM[:SS] or YYYY-MM-DD[THH:MM] on" }

struct tool_filter;

/**
 * Make a filter of the options that were given.
 *
 * @param ret_filter  NULL if none was; free with tool_filter_free()
 * @return false, with a message, if one is wrong.
 */
bool
tool_filter_new(const struct tool_args *args, struct tool_filter **ret_filter);

void
tool_filter_free(struct tool_filter *filter);

RKR_DEFINE_CLEANUP(struct tool_filter *, tool_filter_free)
#define _cleanup_filter_ rkr_cleanup(tool_filter_free)

/**
 * Whether a record is to be printed. Records are to be shown to the filter in
 * order, since those without a time have that of the one before.
 *
 * @param filter  NULL takes all
 * @return 1, 0, or a negative errno with *err: the pattern needs too much time or memory.
 */
int
tool_filter_takes(struct tool_filter *filter, const struct rkr_record *rec, struct rkr_error *err);

/** Say so if --since could take no record, because none had a time of its sort. */
void
tool_filter_explain(const struct tool_filter *filter);

/* filter-time.c */

/** What --since was given, and the time of the records so far. */
struct tool_since {
	bool wall; /**< a time of the day, in milliseconds; else the kernel's, in microseconds */
	uint64_t from;
	char date[11]; /**< "2026-05-24", or "": any day */
	bool seen;     /**< a record had such a time */
	bool after;    /**< that of the last one is not before @from */
	uint64_t last; /**< of the day */
	uint64_t days; /**< that have passed since the first record */
};

/** Read what was given to --since. False if it is no time. */
bool
tool_since_parse(const char *text, struct tool_since *ret_since);

/** Whether a record is not before the time. */
bool
tool_since_takes(struct tool_since *since, const struct rkr_record *rec);

#endif
