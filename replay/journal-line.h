/* SPDX-License-Identifier: MIT */
#ifndef RKX_JOURNAL_LINE_H
#define RKX_JOURNAL_LINE_H

/* A line of the journal, written and read. */

#include "journal.h"

#define RKX_JOURNAL_FILE "journal"

/** No line is longer, NUL included. */
#define RKX_JOURNAL_LINE 400

/** Write an entry as a line, newline included. What a line cannot hold becomes "?". Returns its length. */
size_t
rkx_journal_line_format(const struct rkx_journal_entry *entry, char *line, size_t size);

/** Read a line, without its newline. 0, or -EINVAL if it is torn or damaged. */
int
rkx_journal_line_parse(const char *line, size_t len, struct rkx_journal_entry *ret_entry);

#endif
