/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "prefix.h"
#include "row-priv.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

#include "lib/util.h"

/*
 * Finding the row of a line that is not as a program printed it: a known word
 * (a tag) stands somewhere in it, or a row that needs no tag begins it.
 */

struct search {
	const struct rkp_rows *rows;
	const char *text;
	const char *end;
	struct rkp_origin origin;
	const char *body; /* behind the prefix that is known */
	struct rkp_values *ret;
	struct rkp_more *more;
};

/* The loose row of this prefix (bare: of any) that stands at @p; where it ends. */
static const struct rkp_row *
read_loose(const struct search *s, enum rkp_prefix prefix, bool bare, const char *p, struct rkp_values *ret,
	   const char **ret_end)
{
	const char *end = s->end, *start = p;

	while (start < end && rkp_is_blank(*start))
		start++;
	if (rkp_starts(start, end, "\\x09"))
		start += 4;
	while (start < end && rkp_is_blank(*start))
		start++;
	int initial = start < end ? tolower((unsigned char)*start) : 0;

	if (s->origin.quote) {
		const char *quote = memchr(p, s->origin.quote, (size_t)(end - p));

		end = quote ? quote : end;
	}
	for (uint16_t i = s->rows->loose[initial]; i; i = s->rows->next_loose[i - 1]) {
		const struct rkp_row *row = &s->rows->rows[i - 1];

		if (bare ? !row->shape->bare : row->shape->prefix != prefix)
			continue;
		*ret_end = rkp_row_read_loose(row, p, end, ret);
		if (*ret_end)
			return row;
	}
	return NULL;
}

/* Rows of a line may be listed with " / " between. */
static const char *
next_in_list(const struct search *s, const struct rkp_row *row, const char *p)
{
	struct rkp_values further;
	const char *end;

	while (p < s->end && rkp_is_blank(*p))
		p++;
	if (s->end - p <= 2 || p[0] != '/' || !rkp_is_blank(p[1]))
		return NULL;
	return read_loose(s, row->shape->prefix, false, p + 2, &further, &end) ? p + 2 : NULL;
}

static const struct rkp_row *
keep(struct search *s, const struct rkp_row *row, const char *to)
{
	rkp_origin_keep(row, &s->origin, s->ret);
	s->more->at = to ? next_in_list(s, row, to) : NULL;
	s->more->origin = s->origin;
	return row;
}

static const struct rkp_row *
find_loose(struct search *s, enum rkp_prefix prefix, bool bare, const char *p)
{
	const char *end;
	const struct rkp_row *row = read_loose(s, prefix, bare, p, s->ret, &end);

	return row ? keep(s, row, end) : NULL;
}

/* A row that has all of [p, end) as its text. */
static const struct rkp_row *
keep_text(struct search *s, const struct rkp_row *row, const char *p)
{
	const char *end = s->end;

	while (p < end && rkp_is_blank(*p))
		p++;
	end = rkp_find_remark(p, end);
	while (end > p && rkp_is_blank(end[-1]))
		end--;
	return rkp_row_match_body(row, NULL, p, end, s->ret) ? keep(s, row, NULL) : NULL;
}

/* The first tagged row below @below that is known by a tag within it, and has that at @p; or @below. */
static size_t
inner_at(const struct search *s, const char *p, size_t below)
{
	for (size_t i = 0; i < below; i++) {
		const struct rkp_shape *shape = s->rows->rows[s->rows->tagged[i]].shape;

		if (shape->inner && rkp_starts(p, s->end, shape->tag))
			return i;
	}
	return below;
}

/* A row that is known by a tag within it: the first in the table of those that the line could be. */
static const struct rkp_row *
find_inner(struct search *s, const char *text)
{
	const size_t n = s->rows->n_tagged;
	size_t found = n;
	unsigned sets;

	for (const char *p = text; (p = rkp_find_head(&s->rows->heads, RKP_HEAD_TAG, p, s->end, &sets)); p++)
		found = inner_at(s, p, found);
	return found < n ? keep_text(s, &s->rows->rows[s->rows->tagged[found]], text) : NULL;
}

/* Note what the prefix before @tag says. It may be glued to the end of another line. */
static void
read_origin(struct search *s, const char *tag)
{
	const char *p = rkp_skip_prefix(s->text, tag, &s->origin);

	if (p < tag && !s->origin.has_time) {
		const char *open = tag;

		while (open > p && *open != '[')
			open--;
		rkp_skip_prefix(open, tag, &s->origin);
	}
	/* "[ts] text "RKNPU: ..." quotes a row */
	if (tag > s->text && (tag[-1] == '"' || tag[-1] == '`'))
		s->origin.quote = tag[-1];
}

static const struct rkp_row *
try_driver(struct search *s, const char *tag)
{
	s->origin = (struct rkp_origin){ 0 };
	const char *p = rkp_read_driver_tag(tag, s->end, &s->origin);

	if (!p)
		return NULL;
	read_origin(s, tag);
	const struct rkp_row *row = find_inner(s, p);

	if (!row)
		row = find_loose(s, RKP_PREFIX_KERNEL, false, p);
	return row ? row : keep_text(s, s->rows->last[RKP_PREFIX_KERNEL], p);
}

/* "E RKNN: [time] ", "E/RKNN: ", "E RKNN    : ", "E rkllm: " */
static const struct rkp_row *
try_runtime(struct search *s, const char *tag)
{
	const char *p = tag + strlen(RKP_TAG_RUNTIME), *close;
	char level = tag - s->text >= 2 && (tag[-1] == ' ' || tag[-1] == '/') ? tag[-2] : 0;

	if (rkp_starts(tag, s->end, RKP_TAG_LLM))
		p = tag + strlen(RKP_TAG_LLM);
	while (p < s->end && *p == ' ')
		p++;
	if (p == s->end || *p != ':' || !level || !memchr("DIWE", level, 4) ||
	    (tag - s->text > 2 && rkp_is_word(tag[-3])))
		return NULL;
	s->origin = (struct rkp_origin){ .level = level };
	for (p++; p < s->end && *p == ' ';)
		p++;
	if (p < s->end && *p == '[' && (close = memchr(p, ']', (size_t)(s->end - p)))) {
		s->origin.has_clock = rkp_read_clock(p + 1, close, &s->origin.clock) == close;
		/* or a placeholder of the same length */
		if (s->origin.has_clock || close - p == RKP_TIME_LEN + 1)
			p = close + 1;
	}
	while (p < s->end && *p == ' ')
		p++;
	const struct rkp_row *row = find_loose(s, RKP_PREFIX_RKNN, false, p);

	if (row || (level != 'E' && level != 'W'))
		return row;
	/* one that a rule knows says no more in quotes than it does outside */
	row = rkp_rows_match(s->rows, NULL, tag - 2, s->end, s->ret);
	return row && row->shape->op == RKP_SKIP ? row : keep_text(s, s->rows->last[RKP_PREFIX_RKNN], p);
}

static const struct rkp_row *
try_tags(struct search *s, const char *p)
{
	for (size_t i = 0; i < s->rows->n_tagged; i++) {
		const struct rkp_row *row = &s->rows->rows[s->rows->tagged[i]];

		if (!*row->shape->tag || !rkp_starts(p, s->end, row->shape->tag))
			continue;
		s->origin = (struct rkp_origin){ 0 };
		const char *body = rkp_skip_prefix(s->text, p, &s->origin);

		if (body < p && !row->shape->inner)
			read_origin(s, p);
		return keep_text(s, row, row->shape->inner ? body : p);
	}
	return NULL;
}

const struct rkp_row *
rkp_rows_search(const struct rkp_rows *rows, const char *text, const char *end, struct rkp_values *ret,
		struct rkp_more *ret_more)
{
	return rkp_rows_search_from(rows, text, text, end, ret, ret_more);
}

const struct rkp_row *
rkp_rows_search_from(const struct rkp_rows *rows, const char *text, const char *tag, const char *end,
		     struct rkp_values *ret, struct rkp_more *ret_more)
{
	struct search s = { .rows = rows, .text = text, .end = end, .ret = ret, .more = ret_more };
	const struct rkp_row *row = NULL;
	unsigned sets;

	ret_more->at = NULL;
	for (const char *p = tag; p && !row; p++) {
		p = rkp_find_head(&rows->heads, RKP_HEAD_TAG, p, end, &sets);
		if (!p)
			break;
		/* a tag that is a word starts one */
		if (p > text && rkp_is_word(p[-1]) && rkp_is_word(*p))
			continue;
		if (rkp_starts(p, end, RKP_TAG_DRIVER))
			row = try_driver(&s, p);
		if (!row && (rkp_starts(p, end, RKP_TAG_RUNTIME) || rkp_starts(p, end, RKP_TAG_LLM)))
			row = try_runtime(&s, p);
		if (!row)
			row = try_tags(&s, p);
	}
	if (row)
		return row;
	s.origin = (struct rkp_origin){ 0 };
	const char *p = rkp_skip_prefix(text, end, &s.origin);
	bool known = p < end && (rows->bare_starts[(unsigned char)*p >> 6] >> (*p & 63) & 1);

	if (known)
		row = find_loose(&s, RKP_PREFIX_NONE, true, p);
	return row || !s.origin.kernel ? row : rows->last[RKP_PREFIX_STAMP];
}

const struct rkp_row *
rkp_rows_search_more(const struct rkp_rows *rows, const struct rkp_row *before, const char *end,
		     struct rkp_values *ret, struct rkp_more *more)
{
	struct search s = {
		.rows = rows, .text = more->at, .end = end, .origin = more->origin, .ret = ret, .more = more
	};

	more->at = NULL;
	return find_loose(&s, before->shape->prefix, false, s.text);
}

const struct rkp_row *
rkp_rows_read(const struct rkp_rows *rows, const char *text, const char *end, struct rkp_values *ret)
{
	const struct rkp_row *row = rkp_rows_match(rows, NULL, text, end, ret);
	struct rkp_more more;

	more.at = NULL;
	if (!row)
		row = rkp_rows_search(rows, text, end, ret, &more);
	return more.at || (row && row->shape->op == RKP_SKIP) ? NULL : row;
}
