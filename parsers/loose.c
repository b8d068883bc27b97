/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row-priv.h"

#include <string.h>

#include "lib/util.h"

/*
 * Reading a row with tolerance. Its items may be missing, elided ("..."), in
 * another order or cut off; a value that is no value of its field is left
 * out. What the row does not know ends it, and must be something that people
 * put behind a row; else the line is not of this row.
 */

struct loose {
	const struct rkp_row *row;
	const char *end;
	struct rkp_values *ret;
	uint64_t seen; /* items that were there, with a value or not */
};

/* An item: its label, its value, and what follows that. */
struct item {
	const char *label;
	size_t label_len;
	const struct rkp_token *value;
	const struct rkp_token *suffix; /* NULL: none */
};

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static inline char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static inline bool
starts(const char *p, const char *end, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(end - p) >= len && memcmp(p, text, len) == 0;
}

/* "..." or the one character for it. 0: none. */
static size_t
ellipsis_len(const char *p, const char *end)
{
	if (starts(p, end, "\xe2\x80\xa6"))
		return 3;
	size_t n = 0;

	while (p + n < end && p[n] == '.')
		n++;
	return n >= 2 ? n : 0;
}

/*
 * Text of a row as people retype it: blanks count as one, around '=' and
 * behind ':' they may be missing, letters are of either case, and a closing
 * '!', ':' or '.' may be missing.
 *
 * @param ret_cut  set if [p, end) ends within the text; may be NULL: that is no match
 */
static const char *
match_text(const char *text, size_t len, const char *p, const char *end, bool *ret_cut)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (is_blank(c)) {
			bool loose = (i + 1 < len && text[i + 1] == '=') || i == 0 || text[i - 1] == '=' ||
				     text[i - 1] == ':' || text[i - 1] == ',';
			const char *to = skip_blanks(p, end);

			if (to == p && !loose && p < end)
				return NULL;
			p = to;
			continue;
		}
		if (p == end && ret_cut) {
			*ret_cut = true;
			return p;
		}
		if (c == '=')
			p = skip_blanks(p, end);
		if (p < end && lower(*p) == lower(c))
			p++;
		else if (!(i + 1 == len && (c == '!' || c == ':' || c == '.')))
			return NULL;
	}
	return p;
}

/* ---- items ---- */

/* The item that starts at token @i. */
static struct item
item_at(const struct rkp_row *row, size_t i)
{
	const struct rkp_token *t = &row->tokens[i], *stop = row->tokens + row->n_tokens;
	struct item item = { 0 };

	item.label = t->text;
	item.label_len = t->conv == RKP_LITERAL ? t->len : 0;
	while (item.label_len && (*item.label == ' ' || *item.label == ',')) {
		item.label++;
		item.label_len--;
	}
	t += t->conv == RKP_LITERAL;
	if (t < stop && t->conv != RKP_LITERAL)
		item.value = t++;
	if (t < stop && !t->opens && t->conv == RKP_LITERAL)
		item.suffix = t;
	return item;
}

/* The item that takes what is left of the line. */
static bool
is_rest(const struct item *item)
{
	return item->value && item->value->conv == RKP_REST;
}

/* An item without a label is known by its value alone: it is a number. */
static bool
begins_value(const struct item *item, const char *p, const char *end)
{
	return p < end && (is_digit(*p) || (*p == '-' && end - p > 1 && is_digit(p[1])) ||
			   *p == (item->value->conv == RKP_HEX ? '0' : '<'));
}

/*
 * The item that has its label at @p: its first token, or 0.
 *
 * @param ret_value  where its value starts
 * @param ret_cut    set if the line ends within a label
 */
static size_t
find_item(const struct rkp_row *row, uint64_t seen, const char *p, const char *end, const char **ret_value,
	  bool *ret_cut)
{
	for (size_t i = 0; i < row->n_tokens; i++) {
		if (!row->tokens[i].opens || (seen >> i & 1))
			continue;
		const struct item item = item_at(row, i);
		bool cut = false;

		if (is_rest(&item))
			continue;
		if (!item.label_len) {
			*ret_value = p;
			if (item.value && begins_value(&item, p, end))
				return i;
			continue;
		}
		*ret_value = match_text(item.label, item.label_len, p, end, &cut);
		if (*ret_value && !cut) {
			char last = item.label[item.label_len - 1];

			if (!is_word(last) || *ret_value == end || !is_word(**ret_value))
				return i;
		}
		if (ret_cut)
			*ret_cut |= cut && p < end;
	}
	return 0;
}

/* Where after @p the next item of the row starts, behind a separator. NULL: nowhere. */
static const char *
find_next_item(const struct rkp_row *row, uint64_t seen, const char *p, const char *end)
{
	const char *value;

	for (; p < end; p++) {
		const char *to = p;

		if (*p != ',' && !is_blank(*p))
			continue;
		while (to < end && (*to == ',' || is_blank(*to)))
			to++;
		size_t i = find_item(row, seen, to, end, &value, NULL);

		if (i && item_at(row, i).label_len > 1)
			return p;
	}
	return NULL;
}

/* ---- values ---- */

/* What may stand right behind a number that is complete. */
static bool
ends_number(const char *p, const char *end)
{
	return p == end || is_blank(*p) || memchr(",;:)]}\"'`/<", *p, 11) ||
	       (*p == '.' && (p + 1 == end || is_blank(p[1]))) || starts(p, end, "\xe2\x86\x90");
}

static unsigned
hex_digit(char c)
{
	char l = lower(c);

	return is_digit(c) ? (unsigned)(c - '0') : l >= 'a' && l <= 'f' ? (unsigned)(l - 'a' + 10) : 16;
}

static const char *
read_digits(const char *p, const char *end, unsigned base, uint64_t *ret)
{
	const char *from = p;
	uint64_t v = 0;

	for (; p < end && hex_digit(*p) < base; p++) {
		unsigned d = hex_digit(*p);

		if (v > (UINT64_MAX - d) / base)
			return NULL;
		v = v * base + d;
	}
	*ret = v;
	return p > from ? p : NULL;
}

/*
 * A number as the kernel, a C library or a person prints it. Bare digits of a
 * hex field are hex if they cannot be decimal, or if the row is a trace's;
 * else only zero is clear.
 */
static const char *
read_number(const struct rkp_row *row, const struct rkp_token *t, const char *p, const char *end, uint64_t *ret)
{
	uint64_t v;

	if (end - p >= 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		return read_digits(p + 2, end, 16, ret);
	if (t->conv != RKP_HEX)
		return read_digits(p, end, 10, ret);
	const char *to = read_digits(p, end, 16, ret), *dec = read_digits(p, end, 10, &v);

	if (to && to == dec && v != 0 && row->shape->format != RKP_FORMAT_PC_TRACE)
		return NULL;
	return to;
}

/* "61.2s" or "61200ms" where the driver prints microseconds. */
static const char *
read_duration(const char *p, const char *end, uint64_t *ret)
{
	uint64_t whole, part = 0, unit = 1000000;

	p = read_digits(p, end, 10, &whole);
	if (!p)
		return NULL;
	if (end - p >= 2 && *p == '.' && is_digit(p[1])) {
		uint64_t scale = 100000;

		for (p++; p < end && is_digit(*p); p++, scale /= 10)
			part += scale * (uint64_t)(*p - '0');
	}
	if (starts(p, end, "us"))
		unit = 1;
	else if (starts(p, end, "ms"))
		unit = 1000;
	else if (!starts(p, end, "s"))
		return NULL;
	if (whole > UINT64_MAX / 1000000 - 1 || (unit == 1 && part))
		return NULL;
	*ret = whole * unit + part * unit / 1000000;
	return p + (unit == 1000000 ? 1 : 2);
}

/* What the row has behind a value. People leave it away. */
static const char *
skip_suffix(const struct item *item, const char *p, const char *end)
{
	const char *to = item->suffix ? match_text(item->suffix->text, item->suffix->len, p, end, NULL) : NULL;

	return to ? to : p;
}

static const char *
read_numeric(struct loose *l, const struct item *item, const char *p)
{
	const struct rkp_token *t = item->value;
	bool minus = t->conv == RKP_SIGNED && p < l->end && *p == '-';
	uint64_t v = 0;
	const char *to = read_number(l->row, t, p + minus, l->end, &v);

	if (to && item->suffix && item->suffix->len == 2 && !starts(to, l->end, "us") && to < l->end &&
	    (*to == '.' || *to == 's' || *to == 'm'))
		to = read_duration(p, l->end, &v);
	else if (to)
		to = skip_suffix(item, to, l->end);
	if (!to || !ends_number(to, l->end) || v > t->max + minus)
		return NULL;
	if (t->conv == RKP_SIGNED)
		rkr_set_s(&l->ret->rec, t->field, (int64_t)(minus ? -v : v));
	else
		rkr_set_u(&l->ret->rec, t->field, v);
	return to;
}

static void
keep_text(struct loose *l, const struct rkp_token *t, const char *p, const char *to)
{
	if (t->field < 0)
		return;
	l->ret->texts[l->ret->n_texts] = (struct rkr_blob){ p, (size_t)(to - p) };
	rkr_set_b(&l->ret->rec, t->field, &l->ret->texts[l->ret->n_texts++]);
}

static const char *
read_word(struct loose *l, const struct rkp_token *t, const char *p)
{
	const char *to = p;

	while (to < l->end && !is_blank(*to) && *to != ',' && *to != ':' && *to != ';')
		to++;
	if (to == p || *p == '<' || ellipsis_len(p, l->end))
		return NULL;
	keep_text(l, t, p, to);
	return to;
}

/* Up to the next item, or to the end. */
static const char *
read_name(struct loose *l, const struct rkp_token *t, const char *p)
{
	const char *to = find_next_item(l->row, l->seen, p, l->end);

	/* a name that is empty: the separator stands where the name would */
	if (p < l->end && *p == ',')
		to = p;
	if (!to)
		to = l->end;
	while (to > p && (is_blank(to[-1]) || to[-1] == ','))
		to--;
	keep_text(l, t, p, to);
	return to;
}

/* The value of an item. NULL: it has none that can be read. */
static const char *
read_value(struct loose *l, const struct item *item, const char *p)
{
	switch (item->value->conv) {
	case RKP_DEC:
	case RKP_HEX:
	case RKP_SIGNED:
		return read_numeric(l, item, p);
	case RKP_NAME:
		return read_name(l, item->value, p);
	default:
		return read_word(l, item->value, p);
	}
}

/* ---- rows ---- */

/* What stands before the items. */
static const char *
read_head(struct loose *l, const char *p, size_t *ret_items)
{
	const struct rkp_row *row = l->row;
	size_t i = 0;

	p = skip_blanks(p, l->end);
	if (starts(p, l->end, "\\x09"))
		p = skip_blanks(p + 4, l->end);
	for (; p && i < row->n_tokens && !row->tokens[i].opens; i++) {
		const struct rkp_token *t = &row->tokens[i];
		const struct item item = { .value = t };
		uint64_t u;

		switch (t->conv) {
		case RKP_CONSTANT:
		case RKP_LITERAL:
			p = match_text(t->text, t->len, p, l->end, NULL);
			if (t->conv == RKP_LITERAL)
				break;
			__attribute__((fallthrough));
		case RKP_SILENT:
			rkr_set_b(&l->ret->rec, t->field, &t->constant);
			break;
		case RKP_VERSION:
			p = starts(p, l->end, "version:") ? p : NULL;
			if (p)
				keep_text(l, t, p, l->end);
			p = p ? l->end : NULL;
			break;
		case RKP_DATE:
			if (l->end - p < 8 || !read_digits(p, p + 8, 10, &u) || read_digits(p, p + 8, 10, &u) != p + 8)
				return NULL;
			keep_text(l, t, p, p + 8);
			p += 8;
			break;
		case RKP_REST:
			keep_text(l, t, p, l->end);
			p = l->end;
			break;
		default:
			p = read_value(l, &item, p);
			break;
		}
	}
	*ret_items = i;
	/* A word goes on, or it does not. */
	if (p && p < l->end && is_word(*p) && is_word(p[-1]))
		return NULL;
	return p;
}

/* Whether people put such things behind a row, or cut it there. */
static bool
is_remark(const char *p, const char *end)
{
	static const char *const marks[] = { "<-", "-->", "->", "\xe2\x86\x90", "(", "/", ";", "#" };

	p = skip_blanks(p, end);
	if (p == end || ((*p == ':' || *p == '.' || *p == '>' || *p == ')' || *p == ',' || *p == '!') &&
			 skip_blanks(p + 1, end) == end))
		return true;
	for (size_t i = 0; i < RKR_ARRAY_LEN(marks); i++)
		if (starts(p, end, marks[i]))
			return true;
	return false;
}

/* Where a remark starts that is marked as one. */
static const char *
find_remark(const char *p, const char *end)
{
	for (; p < end; p++)
		if (is_blank(*p) && (starts(p + 1, end, "<-") || starts(p + 1, end, "-->") ||
				     starts(p + 1, end, "\xe2\x86\x90")))
			return p;
	return end;
}

static const struct item *
rest_item(const struct rkp_row *row, struct item *ret)
{
	for (size_t i = 0; i < row->n_tokens && row->rest >= 0; i++) {
		if (!row->tokens[i].opens)
			continue;
		*ret = item_at(row, i);
		if (is_rest(ret))
			return ret;
	}
	return NULL;
}

/* What the row does not know, at @p. Where to go on, or NULL: the line is not of this row. */
static const char *
skip_unknown(struct loose *l, const char *p)
{
	const char *next = find_next_item(l->row, l->seen, p, l->end);
	struct item item;

	/* An item of another version, or one that was elided. */
	if (next && (memchr(p, ':', (size_t)(next - p)) || memchr(p, '=', (size_t)(next - p))))
		return next;
	if (rest_item(l->row, &item)) {
		const char *to = find_remark(p > l->end ? l->end : p, l->end);

		while (to > p && is_blank(to[-1]))
			to--;
		if (to > p)
			keep_text(l, item.value, p, to);
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
		to = match_text(last->text, last->len, p, end, NULL);
	return to ? to : p;
}

const char *
rkp_row_read_loose(const struct rkp_row *row, const char *text, const char *end, struct rkp_values *ret)
{
	struct loose l = { .row = row, .end = end, .ret = ret };
	size_t first;

	ret->rec = (struct rkr_record){ .kind = row->shape->kind, .v = ret->v };
	ret->n_texts = ret->n_numbers = 0;
	memset(ret->v, 0, sizeof(ret->v[0]) * rkr_kind_get(row->shape->kind)->n_fields);

	const char *p = read_head(&l, text, &first);

	while (p && p < end) {
		const char *sep = p, *value;
		bool cut = false;

		while (p < end && (is_blank(*p) || *p == ',' || ellipsis_len(p, end)))
			p += ellipsis_len(p, end) ? ellipsis_len(p, end) : 1;
		if (p == end)
			break;
		size_t i = find_item(row, l.seen, p, end, &value, &cut);

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
		const struct item item = item_at(row, i);

		l.seen |= UINT64_C(1) << i;
		if (!item.value) {
			p = value;
			continue;
		}
		p = read_value(&l, &item, skip_blanks(value, end));
		if (p)
			continue;
		/* A value that is none: a placeholder, one that was elided or cut. */
		for (p = value; p < end && *p != ',' && !is_blank(*p);)
			p++;
		p = skip_suffix(&item, p, end);
	}
	return p;
}

bool
rkp_row_continues(const struct rkp_row *row, uint64_t present, const char *text, const char *end)
{
	const char *p = skip_blanks(text, end), *value;
	uint64_t seen = 0;

	if (p == text || p == end)
		return false;
	for (size_t i = 0; i < row->n_tokens; i++) {
		if (!row->tokens[i].opens)
			continue;
		const struct item item = item_at(row, i);

		if (item.value && item.value->field >= 0 && (present >> item.value->field & 1))
			seen |= UINT64_C(1) << i;
	}
	size_t i = find_item(row, seen, p, end, &value, NULL);

	return i && item_at(row, i).label_len > 1;
}
