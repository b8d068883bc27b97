/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "parser-priv.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"

/*
 * Lines to rows. Most lines are rows as they are. Where two programs write to
 * one file, a row of one may stand in the middle of a line of the other, and
 * the rest of that line comes later: the start (the head) is kept until then,
 * and both together are read as one line.
 */

int
rkp_take_stretch(struct rkp_parser *p, const struct rkp_row *row, const char *text, size_t len,
		 uint64_t number, uint64_t start, uint64_t end)
{
	if (row) {
		p->acc.skipped += end - start;
		p->acc.rule[row->rule].bytes += end - start;
		p->acc.rule[row->rule].lines++;
		p->saw_exit |= row->shape->exits;
	} else {
		p->acc.unknown += end - start;
		p->acc.unknown_lines++;
	}
	if (!p->sink.stretch)
		return 0;
	const struct rkp_stretch stretch = {
		.rule = row ? row->shape->rule : NULL,
		.line = number,
		.start = start,
		.end = end,
		.text = text,
		.text_len = len < RKP_STRETCH_TEXT ? len : RKP_STRETCH_TEXT,
	};

	return p->sink.stretch(p->sink.data, &stretch);
}

/* If the user said what kinds of log there are, a row of another kind is none. */
static bool
is_wanted(const struct rkp_parser *p, const struct rkp_row *row)
{
	return row->shape->op == RKP_SKIP || !p->sink.formats || (p->sink.formats >> row->shape->format & 1);
}

/* What a joined line is, its values in p->values. A row that hides another is none. */
static const struct rkp_row *
classify(struct rkp_parser *p, const char *text, const char *end)
{
	const struct rkp_row *row = rkp_rows_match(p->rows, NULL, text, end, &p->values);
	bool hides = row && row->ends_free && rkp_rows_find_splice(p->rows, text, end);

	return row && !hides && is_wanted(p, row) ? row : NULL;
}

static int
take_line_as(struct rkp_parser *p, const struct rkp_row *row, const struct rkp_line *line)
{
	if (row && !is_wanted(p, row))
		row = NULL;
	if (row && row->shape->op != RKP_SKIP) {
		int r = rkp_take_row(p, row, line->number, line->start, line->end);

		if (r <= 0) {
			p->acc.parsed += line->end - line->start;
			return r;
		}
		row = NULL;
	}
	return rkp_take_stretch(p, row, line->text, (size_t)(line->text_end - line->text), line->number,
				line->start, line->end);
}

/* ---- heads ---- */

/* Forget the head: its pieces are what @row says (NULL: unknown). */
static int
end_head(struct rkp_parser *p, const struct rkp_row *row)
{
	struct rkp_head *h = &p->head;
	struct rkp_slot *s = rkp_queue_get(&p->queue, h->ticket);
	const char *text = h->text;
	size_t n = h->n_pieces;
	int r = 0;

	h->n_pieces = 0;
	h->len = 0;
	h->ticket = RKP_NO_TICKET;
	for (size_t i = 0; i < n && r >= 0; i++) {
		const struct rkp_piece *e = &h->pieces[i];

		r = rkp_take_stretch(p, row, text, e->len, e->number, e->start, e->end);
		text += e->len;
	}
	if (r >= 0 && s && s->state == RKP_SLOT_EMPTY) {
		s->state = RKP_SLOT_GONE;
		r = rkp_queue_settle(&p->queue);
	}
	return r < 0 ? r : 0;
}

/* Keep a piece of a line as a head, or as a further piece of the one there is. */
static int
add_piece(struct rkp_parser *p, const struct rkp_line *piece)
{
	struct rkp_head *h = &p->head;
	size_t len = (size_t)(piece->text_end - piece->text);
	int r = 0;

	if (h->n_pieces == RKP_HEAD_PIECES || len > RKP_LINE_MAX - h->len)
		r = end_head(p, NULL);
	if (r < 0)
		return r;
	if (rkr_grow((void **)&h->text, &h->cap, h->len + len, 1) < 0)
		return -ENOMEM;
	memcpy(h->text + h->len, piece->text, len);
	h->len += len;
	h->pieces[h->n_pieces++] = (struct rkp_piece){ piece->number, piece->start, piece->end, len };
	return 0;
}

/* What comes until the head has its rest stands behind it. */
static int
reserve_place(struct rkp_parser *p)
{
	memcpy(p->head.opened, p->opened, sizeof(p->opened));
	return rkp_queue_reserve(&p->queue, &p->head.ticket);
}

/* A row starts inside a line: what stands before it is a head. */
static int
take_splice(struct rkp_parser *p, const char *at, const struct rkp_line *line)
{
	struct rkp_line piece = *line, rest = *line;

	piece.text_end = rest.text = at;
	piece.end = rest.start = line->start + (uint64_t)(at - line->text);
	int r = add_piece(p, &piece);

	if (r == 0 && p->head.n_pieces == 1)
		r = reserve_place(p);
	if (r < 0)
		return r;
	return take_line_as(p, rkp_rows_match(p->rows, NULL, rest.text, rest.text_end, &p->values), &rest);
}

/*
 * Whether a joined line can be read as if it had been whole where it began.
 * Not so if a record that came since could then be a part of its record, and
 * if rows of a dump came since, which are what those before them make them.
 */
static bool
has_its_place(const struct rkp_parser *p, const struct rkp_row *row)
{
	const struct rkp_slot *s = rkp_queue_get(&p->queue, p->head.ticket);

	if (!s || s->state != RKP_SLOT_EMPTY)
		return false;
	for (rkp_ticket t = p->head.ticket; (s = rkp_queue_get(&p->queue, ++t));) {
		bool added = s->first->shape->op == RKP_ADDS || s->first->shape->op == RKP_CLOSES;

		if (row->stream == RKR_STREAM_GEM ? s->first->stream == RKR_STREAM_GEM
						  : added && s->rec.kind == row->shape->kind)
			return false;
	}
	return true;
}

/*
 * Take a joined line that has its place: it adds to a record that was there
 * when it began, or makes one before those that came since.
 */
static int
take_at_head(struct rkp_parser *p, const struct rkp_row *row, uint64_t end)
{
	const struct rkp_piece *first = &p->head.pieces[0];
	rkp_ticket *opened = &p->opened[row->stream], since = *opened;
	bool changed = since != p->head.opened[row->stream];

	*opened = p->head.opened[row->stream];
	p->queue.place = p->head.ticket;
	int r = rkp_take_row(p, row, first->number, first->start, end);

	p->queue.place = RKP_NO_TICKET;
	/* what was opened since stands behind it */
	if (changed)
		*opened = since;
	return r;
}

/*
 * Take the row that the head and @line are. One that cannot have its place
 * stands where its rest stands. As rkp_take_row().
 */
static int
take_joined(struct rkp_parser *p, const struct rkp_row *row, const struct rkp_line *line)
{
	const struct rkp_head *h = &p->head;
	/* if too much waits, the place leaves now, and not under the row's feet */
	int r = rkp_queue_settle(&p->queue);

	if (r < 0)
		return r;
	if (has_its_place(p, row))
		return take_at_head(p, row, line ? line->end : h->pieces[h->n_pieces - 1].end);
	return line ? rkp_take_row(p, row, line->number, line->start, line->end) : 1;
}

/*
 * See whether the head and a line make one line that is a row. @line is NULL
 * at the end of the input, where the head may be all there is.
 *
 * @return 1: they were one, and are taken; 0: no; or a negative errno
 */
static int
try_join(struct rkp_parser *p, const struct rkp_line *line)
{
	struct rkp_head *h = &p->head;
	size_t len = line ? (size_t)(line->text_end - line->text) : 0;
	/* A line of the runtime's begins; it is the rest of none. */
	bool own = line && rkp_has_rknn_prefix(line->text, line->text_end);

	if (own || len > RKP_LINE_MAX - h->len)
		return 0;
	if (rkr_grow((void **)&h->text, &h->cap, h->len + len + 1, 1) < 0)
		return -ENOMEM;
	if (len)
		memcpy(h->text + h->len, line->text, len);
	const struct rkp_row *row = classify(p, h->text, h->text + h->len + len);

	if (!row)
		return 0;
	int r;

	if (row->shape->op != RKP_SKIP) {
		r = take_joined(p, row, line);
		if (r != 0)
			return r < 0 ? r : 0;
		for (size_t i = 0; i < h->n_pieces; i++)
			p->acc.parsed += h->pieces[i].end - h->pieces[i].start;
		p->acc.parsed += line ? line->end - line->start : 0;
		h->n_pieces = 0;
		r = end_head(p, NULL);
	} else {
		r = end_head(p, row);
		if (r == 0 && line)
			r = take_line_as(p, row, line);
	}
	return r < 0 ? r : 1;
}

static bool
is_submit(const struct rkp_row *row)
{
	return row && row->shape->kind == RKR_KIND_submit && row->shape->op == RKP_OPENS;
}

/*
 * A submit is printed with an empty line before it. In the middle of a line
 * that leaves no empty line, but a line that is no row, right before it.
 */
static int
settle_maybe(struct rkp_parser *p, const struct rkp_row *next)
{
	if (!p->head.maybe)
		return 0;
	p->head.maybe = false;
	return is_submit(next) ? reserve_place(p) : end_head(p, NULL);
}

/* A line that is no row, and no rest of one. */
static int
take_stray(struct rkp_parser *p, const struct rkp_line *line)
{
	bool rknn = rkp_has_rknn_prefix(line->text, line->text_end);

	if (rknn && !p->head.n_pieces) {
		p->head.maybe = true;
		return add_piece(p, line);
	}
	int r = !rknn && p->head.n_pieces ? end_head(p, NULL) : 0;

	return r < 0 ? r : take_line_as(p, NULL, line);
}

/* A line that is no row as it stands: one that is damaged, or that no rule knows. */
static int
take_other(struct rkp_parser *p, const struct rkp_line *line, const char *tag)
{
	struct rkp_more more;
	const struct rkp_row *row =
		rkp_rows_search_from(p->rows, line->text, tag, line->text_end, &p->values, &more);
	int r = 1;

	if (row && row->shape->op == RKP_SKIP)
		return take_line_as(p, row, line);
	if (row)
		r = rkp_wrap_take(p, row, &more, line);
	return r <= 0 ? r : take_stray(p, line);
}

static int
take_row_line(struct rkp_parser *p, const struct rkp_row *row, const struct rkp_line *line)
{
	struct rkp_more more = { 0 };
	int r = rkp_row_lacks(row, p->values.rec.present) ? rkp_wrap_take(p, row, &more, line) : 1;

	return r <= 0 ? r : take_line_as(p, row, line);
}

int
rkp_take_line(struct rkp_parser *p, const struct rkp_line *line)
{
	int r = 0;

	if (p->wrap.row) {
		r = rkp_wrap_join(p, line);
		if (r != 0)
			return r < 0 ? r : 0;
		r = rkp_wrap_end(p);
		if (r < 0)
			return r;
	}
	const struct rkp_row *row =
		rkp_rows_match(p->rows, p->habits, line->text, line->text_end, &p->values);
	const char *tag = NULL;

	r = settle_maybe(p, row);
	if (r < 0)
		return r;
	if (!row || row->ends_free) {
		const char *at = row ? rkp_rows_find_splice(p->rows, line->text, line->text_end)
				     : rkp_rows_scan(p->rows, line->text, line->text_end, &tag);

		if (at)
			return take_splice(p, at, line);
	}
	if (p->head.n_pieces && (!row || row->shape->op == RKP_SKIP)) {
		r = try_join(p, line);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return row ? take_row_line(p, row, line) : take_other(p, line, tag);
}

int
rkp_end_lines(struct rkp_parser *p)
{
	int r = rkp_wrap_end(p);

	if (r == 0)
		r = settle_maybe(p, NULL);
	if (r == 0 && p->head.n_pieces)
		r = try_join(p, NULL);
	if (r == 0 && p->head.n_pieces)
		r = end_head(p, NULL);
	return r < 0 ? r : 0;
}
