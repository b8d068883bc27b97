/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "parser-priv.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"

/*
 * Rows that are wrapped onto further lines. A row that lacks items waits for
 * the next line; if that is indented and starts with an item of the row, both
 * are one row.
 */

/* A row that is wrapped is no longer than this. */
#define WRAP_MAX ((size_t)16 << 10)

static bool
wants(const struct rkp_parser *p, const struct rkp_row *row)
{
	return !p->sink.formats || (p->sink.formats >> row->shape->format & 1);
}

/* Take the row in p->values, and those behind it in the same line. */
static int
take_rows(struct rkp_parser *p, const struct rkp_row *row, struct rkp_more *more, const struct rkp_line *line)
{
	uint64_t start = line->start;

	for (;;) {
		uint64_t end = more->at ? line->start + (uint64_t)(more->at - line->text) : line->end;
		int r = rkp_take_row(p, row, line->number, start, end);

		if (r < 0)
			return r;
		p->acc.parsed += end - start;
		if (!more->at)
			return 0;
		row = rkp_rows_search_more(p->rows, row, line->text_end, &p->values, more);
		start = end;
	}
}

/* Whether a row may go on in the next line. Ends in a comma, or lacks items. */
static bool
is_open(const struct rkp_parser *p, const struct rkp_row *row, const char *text, const char *end)
{
	return row->shape->loose &&
	       (rkp_row_lacks(row, p->values.rec.present) || (end > text && end[-1] == ','));
}

static int
keep_line(struct rkp_parser *p, const struct rkp_line *line, bool joined)
{
	struct rkp_wrap *w = &p->wrap;
	const char *text = line->text;
	size_t len;

	while (joined && text < line->text_end && (*text == ' ' || *text == '\t'))
		text++;
	len = (size_t)(line->text_end - text);
	if (rkr_grow((void **)&w->text, &w->cap, w->len + len + 1, 1) < 0)
		return -ENOMEM;
	/* a line may be cut between two words, or behind a comma */
	if (joined)
		w->text[w->len++] = ' ';
	memcpy(w->text + w->len, text, len);
	w->len += len;
	w->end = line->end;
	return 0;
}

int
rkp_wrap_take(struct rkp_parser *p, const struct rkp_row *row, struct rkp_more *more,
	      const struct rkp_line *line)
{
	struct rkp_wrap *w = &p->wrap;

	if (!wants(p, row))
		return 1;
	if (more->at || !is_open(p, row, line->text, line->text_end) ||
	    (size_t)(line->text_end - line->text) > WRAP_MAX)
		return take_rows(p, row, more, line);
	w->row = row;
	w->present = p->values.rec.present;
	w->number = line->number;
	w->start = line->start;
	w->len = 0;
	return keep_line(p, line, false);
}

int
rkp_wrap_join(struct rkp_parser *p, const struct rkp_line *line)
{
	struct rkp_wrap *w = &p->wrap;
	size_t len = w->len;
	uint64_t end = w->end;
	struct rkp_more more = { 0 };

	if (!w->row || len + (size_t)(line->text_end - line->text) > WRAP_MAX ||
	    !rkp_row_continues(w->row, w->present, line->text, line->text_end))
		return 0;
	int r = keep_line(p, line, true);

	if (r < 0)
		return r;
	const struct rkp_row *row = rkp_rows_match(p->rows, NULL, w->text, w->text + w->len, &p->values);

	if (row != w->row)
		row = rkp_rows_search(p->rows, w->text, w->text + w->len, &p->values, &more);
	/* it is one row only if the line adds to what was there, and has no other behind that */
	if (row == w->row && !more.at && (p->values.rec.present & w->present) == w->present) {
		w->present = p->values.rec.present;
		return 1;
	}
	w->len = len;
	w->end = end;
	return 0;
}

int
rkp_wrap_end(struct rkp_parser *p)
{
	struct rkp_wrap *w = &p->wrap;
	struct rkp_more more = { 0 };

	if (!w->row)
		return 0;
	const struct rkp_line line = {
		.text = w->text,
		.text_end = w->text + w->len,
		.number = w->number,
		.start = w->start,
		.end = w->end,
	};
	const struct rkp_row *row = rkp_rows_match(p->rows, NULL, line.text, line.text_end, &p->values);

	if (row != w->row)
		row = rkp_rows_search(p->rows, line.text, line.text_end, &p->values, &more);
	w->row = NULL;
	return take_rows(p, row, &more, &line);
}
