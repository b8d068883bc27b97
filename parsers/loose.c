/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "loose-priv.h"
#include "text.h"

#include <string.h>

#include "lib/util.h"

/*
 * Reading a row with tolerance. Its items may be missing, elided ("..."), in
 * another order or cut off; a value that is no value of its field is left
 * out. What the row does not know ends it, and must be something that people
 * put behind a row; else the line is not of this row.
 */

/* What stands before the items. */
static const char *
read_head(struct rkp_loose *l, const char *p, size_t *ret_items)
{
	const struct rkp_row *row = l->row;
	size_t i = 0;

	p = rkp_skip_blanks(p, l->end);
	if (rkp_starts(p, l->end, "\\x09"))
		p = rkp_skip_blanks(p + 4, l->end);
	for (; p && i < row->n_tokens && !row->tokens[i].opens; i++) {
		const struct rkp_token *t = &row->tokens[i];
		const struct rkp_item item = { .value = t };
		uint64_t u;

		switch (t->conv) {
		case RKP_CONSTANT:
		case RKP_LITERAL:
			p = rkp_loose_match_text(t->text, t->len, p, l->end, NULL);
			if (t->conv == RKP_LITERAL)
				break;
			__attribute__((fallthrough));
		case RKP_SILENT:
			rkr_set_b(&l->ret->rec, t->field, &t->constant);
			break;
		case RKP_VERSION:
			p = rkp_starts(p, l->end, "version:") ? p : NULL;
			if (p)
				rkp_loose_keep_text(l, t, p, l->end);
			p = p ? l->end : NULL;
			break;
		case RKP_DATE:
			if (l->end - p < 8 || rkp_loose_read_digits(p, p + 8, 10, &u) != p + 8)
				return NULL;
			rkp_loose_keep_text(l, t, p, p + 8);
			p += 8;
			break;
		case RKP_REST:
			rkp_loose_keep_text(l, t, p, l->end);
			p = l->end;
			break;
		default:
			p = rkp_loose_read_value(l, &item, p);
			break;
		}
	}
	*ret_items = i;
	/* A word goes on, or it does not. */
	if (p && p < l->end && rkp_is_word(*p) && rkp_is_word(p[-1]))
		return NULL;
	return p;
}

/* Whether people put such things behind a row, or cut it there. */
static bool
is_remark(const char *p, const char *end)
{
	static const char *const marks[] = { "<-", "-->", "->", "\xe2\x86\x90", "(", "/", ";", "#" };

	p = rkp_skip_blanks(p, end);
	if (p == end || ((*p == ':' || *p == '.' || *p == '>' || *p == ')' || *p == ',' || *p == '!') &&
			 rkp_skip_blanks(p + 1, end) == end))
		return true;
	for (size_t i = 0; i < RKR_ARRAY_LEN(marks); i++)
		if (rkp_starts(p, end, marks[i]))
			return true;
	return false;
}

static const struct rkp_item *
rest_item(const struct rkp_row *row, struct rkp_item *ret)
{
	for (size_t i = 0; i < row->n_tokens && row->rest >= 0; i++) {
		if (!row->tokens[i].opens)
			continue;
		*ret = rkp_loose_item_at(row, i);
		if (rkp_loose_is_rest(ret))
			return ret;
	}
	return NULL;
}

/* What the row does not know, at @p. Where to go on, or NULL: the line is not of this row. */
static const char *
skip_unknown(struct rkp_loose *l, const char *p)
{
	const char *next = rkp_loose_find_next_item(l->row, l->seen, p, l->end);
	struct rkp_item item;

	/* An item of another version, or one that was elided. */
	if (next && (memchr(p, ':', (size_t)(next - p)) || memchr(p, '=', (size_t)(next - p))))
		return next;
	if (rest_item(l->row, &item)) {
		const char *to = rkp_find_remark(p > l->end ? l->end : p, l->end);

		while (to > p && rkp_is_blank(to[-1]))
			to--;
		if (to > p)
			rkp_loose_keep_text(l, item.value, p, to);
		return l->end;
	}
	return NULL;
}

/* What the row ends in, if the item before it is missing. */
static const char *
skip_tail(const struct rkp_row *row, const char *p, const char *end)
{
	const struct rkp_token *last = &row->tokens[row->n_tokens - 1];
	const char *to = NULL;

	if (row->n_tokens > 1 && last->conv == RKP_LITERAL && last->len > 3 && !last->opens)
		to = rkp_loose_match_text(last->text, last->len, p, end, NULL);
	return to ? to : p;
}

const char *
rkp_row_read_loose(const struct rkp_row *row, const char *text, const char *end, struct rkp_values *ret)
{
	struct rkp_loose l = { .row = row, .end = end, .ret = ret };
	size_t first;

	rkp_values_begin(ret, row);
	rkp_clear_values(ret->v, row->n_fields);

	const char *p = read_head(&l, text, &first);

	while (p && p < end) {
		const char *sep = p, *value;
		bool cut = false;

		while (p < end && (rkp_is_blank(*p) || *p == ',' || rkp_loose_ellipsis_len(p, end)))
			p += rkp_loose_ellipsis_len(p, end) ? rkp_loose_ellipsis_len(p, end) : 1;
		if (p == end)
			break;
		size_t i = rkp_loose_find_item(row, l.seen, p, end, &value, &cut);

		if (!i) {
			if (cut)
				return end;
			if (is_remark(p, end))
				return p;
			const char *tail = skip_tail(row, sep, end);

			if (tail > sep) {
				p = tail;
				continue;
			}
			/* A colon closes a heading. */
			if (*p == ':' && p == sep) {
				p++;
				continue;
			}
			p = skip_unknown(&l, p);
			continue;
		}
		const struct rkp_item item = rkp_loose_item_at(row, i);

		l.seen |= UINT64_C(1) << i;
		if (!item.value) {
			p = value;
			continue;
		}
		p = rkp_loose_read_value(&l, &item, rkp_skip_blanks(value, end));
		if (p)
			continue;
		/* A value that is none: a placeholder, one that was elided or cut. */
		for (p = value; p < end && *p != ',' && !rkp_is_blank(*p);)
			p++;
		p = rkp_loose_skip_suffix(&item, p, end);
	}
	return p;
}

bool
rkp_row_continues(const struct rkp_row *row, uint64_t present, const char *text, const char *end)
{
	const char *p = rkp_skip_blanks(text, end), *value;
	uint64_t seen = 0;

	if (p == text || p == end)
		return false;
	for (size_t i = 0; i < row->n_tokens; i++) {
		if (!row->tokens[i].opens)
			continue;
		const struct rkp_item item = rkp_loose_item_at(row, i);

		if (item.value && item.value->field >= 0 && (present >> item.value->field & 1))
			seen |= UINT64_C(1) << i;
	}
	size_t i = rkp_loose_find_item(row, seen, p, end, &value, NULL);

	return i && rkp_loose_item_at(row, i).label_len > 1;
}
