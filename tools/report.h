/* SPDX-License-Identifier: MIT */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

/* What the files of the verb report share: HTML as a growing text, and the sections of a page. */

#include "lib/format.h"
#include "tool.h"

/** Append text of any bytes, so that no browser takes any of it for markup. */
void
html_text(struct rkr_buf *html, const char *text, size_t len);

/** The same of a C string; NULL is nothing. */
void
html_string(struct rkr_buf *html, const char *text);

/** A page's start, with its styles; and its end. */
void
html_begin(struct rkr_buf *html, const char *title);

void
html_end(struct rkr_buf *html);

/** A section with a heading; and its end. */
void
html_section(struct rkr_buf *html, const char *id, const char *heading);

void
html_section_end(struct rkr_buf *html);

/** A table with column names, ended by NULL; and its end. */
void
html_table(struct rkr_buf *html, const char *const *columns);

void
html_table_end(struct rkr_buf *html);

/** A row of a table: start, cells, end. */
void
html_row(struct rkr_buf *html, const char *cls);

void
html_cell(struct rkr_buf *html, const char *text);

__attribute__((format(printf, 2, 3))) void
html_cell_printf(struct rkr_buf *html, const char *fmt, ...);

void
html_row_end(struct rkr_buf *html);

/** The sections about a run alone: identity, BOs, calls, tasks with their regcmd. 0 or -ENOMEM. */
int
report_run(struct rkr_buf *html, const struct rkr_run *run);

#endif
