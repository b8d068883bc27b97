/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "loose-priv.h"
#include "text.h"

#include <string.h>

/*
 * The items of rows that are read with tolerance: labels as people retype
 * them, and values of which some are none.
 */

static inline char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

size_t
rkp_loose_ellipsis_len(const char *p, const char *end)
{
	if (rkp_starts(p, end, "\xe2\x80\xa6"))
		return 3;
	size_t n = 0;

	while (p + n < end && p[n] == '.')
		n++;
	return n >= 2 ? n : 0;
}

const char *
rkp_loose_match_text(const char *text, size_t len, const char *p, const char *end, bool *ret_cut)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (rkp_is_blank(c)) {
			bool loose = (i + 1 < len && text[i + 1] == '=') || i == 0 || text[i - 1] == '=' ||
				     text[i - 1] == ':' || text[i - 1] == ',';
			const char *to = rkp_skip_blanks(p, end);

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
			p = rkp_skip_blanks(p, end);
		if (p < end && lower(*p) == lower(c))
			p++;
		else if (!(i + 1 == len && (c == '!' || c == ':' || c == '.')))
			return NULL;
	}
	return p;
}

/* ---- items ---- */

struct rkp_item
rkp_loose_item_at(const struct rkp_row *row, size_t i)
{
	const struct rkp_token *t = &row->tokens[i], *stop = row->tokens + row->n_tokens;
	struct rkp_item item = { 0 };

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

bool
rkp_loose_is_rest(const struct rkp_item *item)
{
	return item->value && item->value->conv == RKP_REST;
}

/* An item without a label is known by its value alone: it is a number. */
static bool
begins_value(const struct rkp_item *item, const char *p, const char *end)
{
	return p < end && (rkp_is_digit(*p) || (*p == '-' && end - p > 1 && rkp_is_digit(p[1])) ||
			   *p == (item->value->conv == RKP_HEX ? '0' : '<'));
}

size_t
rkp_loose_find_item(const struct rkp_row *row, uint64_t seen, const char *p, const char *end,
		    const char **ret_value, bool *ret_cut)
{
	for (size_t i = 0; i < row->n_tokens; i++) {
		if (!row->tokens[i].opens || (seen >> i & 1))
			continue;
		const struct rkp_item item = rkp_loose_item_at(row, i);
		bool cut = false;

		if (rkp_loose_is_rest(&item))
			continue;
		if (!item.label_len) {
			*ret_value = p;
			if (item.value && begins_value(&item, p, end))
				return i;
			continue;
		}
		*ret_value = rkp_loose_match_text(item.label, item.label_len, p, end, &cut);
		if (*ret_value && !cut) {
			char last = item.label[item.label_len - 1];

			if (!rkp_is_word(last) || *ret_value == end || !rkp_is_word(**ret_value))
				return i;
		}
		if (ret_cut)
			*ret_cut |= cut && p < end;
	}
	return 0;
}

const char *
rkp_loose_find_next_item(const struct rkp_row *row, uint64_t seen, const char *p, const char *end)
{
	const char *value;

	for (; p < end; p++) {
		const char *to = p;

		if (*p != ',' && !rkp_is_blank(*p))
			continue;
		while (to < end && (*to == ',' || rkp_is_blank(*to)))
			to++;
		size_t i = rkp_loose_find_item(row, seen, to, end, &value, NULL);

		if (i && rkp_loose_item_at(row, i).label_len > 1)
			return p;
	}
	return NULL;
}

/* ---- values ---- */

/* What may stand right behind a number that is complete. */
static bool
ends_number(const char *p, const char *end)
{
	return p == end || rkp_is_blank(*p) || memchr(",;:)]}\"'`/<", *p, 11) ||
	       (*p == '.' && (p + 1 == end || rkp_is_blank(p[1]))) || rkp_starts(p, end, "\xe2\x86\x90");
}

const char *
rkp_loose_read_digits(const char *p, const char *end, unsigned base, uint64_t *ret)
{
	const char *from = p;
	uint64_t v = 0;

	for (; p < end; p++) {
		unsigned digit = rkp_hex_digit(*p), d = digit & 15;

		if (!digit || d >= base)
			break;
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
read_number(const struct rkp_row *row, const struct rkp_token *t, const char *p, const char *end,
	    uint64_t *ret)
{
	uint64_t v;

	if (end - p >= 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		return rkp_loose_read_digits(p + 2, end, 16, ret);
	if (t->conv != RKP_HEX)
		return rkp_loose_read_digits(p, end, 10, ret);
	const char *to = rkp_loose_read_digits(p, end, 16, ret), *dec = rkp_loose_read_digits(p, end, 10, &v);

	if (to && to == dec && v != 0 && row->shape->format != RKP_FORMAT_PC_TRACE)
		return NULL;
	return to;
}

/* "61.2s" or "61200ms" where the driver prints microseconds. */
static const char *
read_duration(const char *p, const char *end, uint64_t *ret)
{
	uint64_t whole, part = 0, unit = 1000000;

	p = rkp_loose_read_digits(p, end, 10, &whole);
	if (!p)
		return NULL;
	if (end - p >= 2 && *p == '.' && rkp_is_digit(p[1])) {
		uint64_t scale = 100000;

		for (p++; p < end && rkp_is_digit(*p); p++, scale /= 10)
			part += scale * (uint64_t)(*p - '0');
	}
	if (rkp_starts(p, end, "us"))
		unit = 1;
	else if (rkp_starts(p, end, "ms"))
		unit = 1000;
	else if (!rkp_starts(p, end, "s"))
		return NULL;
	if (whole > UINT64_MAX / 1000000 - 1 || (unit == 1 && part))
		return NULL;
	*ret = whole * unit + part * unit / 1000000;
	return p + (unit == 1000000 ? 1 : 2);
}

const char *
rkp_loose_skip_suffix(const struct rkp_item *item, const char *p, const char *end)
{
	const struct rkp_token *t = item->suffix;
	const char *to = t ? rkp_loose_match_text(t->text, t->len, p, end, NULL) : NULL;

	return to ? to : p;
}

static const char *
read_numeric(struct rkp_loose *l, const struct rkp_item *item, const char *p)
{
	const struct rkp_token *t = item->value;
	bool minus = t->conv == RKP_SIGNED && p < l->end && *p == '-';
	uint64_t v = 0;
	const char *to = read_number(l->row, t, p + minus, l->end, &v);

	if (to && item->suffix && item->suffix->len == 2 && !rkp_starts(to, l->end, "us") && to < l->end &&
	    (*to == '.' || *to == 's' || *to == 'm'))
		to = read_duration(p, l->end, &v);
	else if (to)
		to = rkp_loose_skip_suffix(item, to, l->end);
	if (!to || !ends_number(to, l->end) || v > t->max + minus)
		return NULL;
	if (t->conv == RKP_SIGNED)
		rkr_set_s(&l->ret->rec, t->field, (int64_t)(minus ? -v : v));
	else
		rkr_set_u(&l->ret->rec, t->field, v);
	return to;
}

void
rkp_loose_keep_text(struct rkp_loose *l, const struct rkp_token *t, const char *p, const char *to)
{
	if (t->field < 0)
		return;
	l->ret->texts[l->ret->n_texts] = (struct rkr_blob){ p, (size_t)(to - p) };
	rkr_set_b(&l->ret->rec, t->field, &l->ret->texts[l->ret->n_texts++]);
}

static const char *
read_word(struct rkp_loose *l, const struct rkp_token *t, const char *p)
{
	const char *to = p;

	while (to < l->end && !rkp_is_blank(*to) && *to != ',' && *to != ':' && *to != ';')
		to++;
	if (to == p || *p == '<' || rkp_loose_ellipsis_len(p, l->end))
		return NULL;
	rkp_loose_keep_text(l, t, p, to);
	return to;
}

/* Up to the next item, or to the end. */
static const char *
read_name(struct rkp_loose *l, const struct rkp_token *t, const char *p)
{
	const char *to = rkp_loose_find_next_item(l->row, l->seen, p, l->end);

	/* a name that is empty: the separator stands where the name would */
	if (p < l->end && *p == ',')
		to = p;
	if (!to)
		to = l->end;
	while (to > p && (rkp_is_blank(to[-1]) || to[-1] == ','))
		to--;
	rkp_loose_keep_text(l, t, p, to);
	return to;
}

const char *
rkp_loose_read_value(struct rkp_loose *l, const struct rkp_item *item, const char *p)
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
