/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "prefix.h"
#include "read-priv.h"

#include <string.h>

#include "lib/util.h"

/*
 * Reading a line by its row. Each read_ function takes what it reads from the
 * start of [p, end), and returns where that ends, or NULL.
 */

/* A line that is drawn is longer than any text that looks like one. */
#define LINE_MIN 20
#define FRACTION_DIGITS 6

static const char *
read_signed_hex(const char *p, const char *end, uint64_t *ret)
{
	bool minus = end - p >= 3 && p[0] == '0' && p[1] == 'x' && p[2] == '-';

	if (!minus)
		return rkp_read_hex(p, end, 0, INT64_MAX, ret);
	p = rkp_read_hex_digits(p + 3, end, 0, ret);
	if (!p || *ret > (uint64_t)INT64_MAX + 1)
		return NULL;
	*ret = -*ret;
	return p;
}

static const char *
read_signed(const char *p, const char *end, uint64_t max, int64_t *ret)
{
	bool minus = p < end && *p == '-';
	uint64_t v = 0;

	p = rkp_read_dec(p + minus, end, max + minus, &v);
	*ret = (int64_t)(minus ? -v : v);
	return p;
}

static const char *
read_return(const char *p, const char *end, int64_t *ret)
{
	p = read_signed(p, end, INT64_MAX, ret);
	if (p && *ret > INT32_MAX && *ret <= UINT32_MAX)
		*ret = (int32_t)(uint32_t)*ret;
	return p;
}

/* Up to a blank, or to what the text behind it begins with. */
static const char *
read_word(const char *p, const char *end, const struct rkp_token *next)
{
	const char *from = p;
	bool stops = next && next->conv == RKP_LITERAL;
	char stop = stops ? next->text[0] : ' ';

	while (p < end && !rkp_is_blank(*p) && *p != stop)
		p++;
	return p > from ? p : NULL;
}

/* Up to the text behind it, or to the end. */
static const char *
read_name(const char *p, const char *end, const struct rkp_token *next)
{
	const char *at = NULL;

	if (next && next->conv == RKP_LITERAL)
		at = memmem(p, (size_t)(end - p), next->text, next->len);

	return at ? at : end;
}

static const char *
read_date(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && rkp_is_digit(p[n]))
		n++;
	return n == 8 ? p + n : NULL;
}

/* In millionths. */
static const char *
read_fraction(const char *p, const char *end, uint64_t *ret)
{
	uint64_t whole, part = 0;
	unsigned digits = 0;

	p = rkp_read_dec(p, end, UINT64_MAX / 1000000 - 1, &whole);
	if (!p)
		return NULL;
	if (p < end && *p == '.') {
		for (p++; p < end && rkp_is_digit(*p); p++) {
			if (++digits > FRACTION_DIGITS)
				return NULL;
			part = part * 10 + (unsigned)(*p - '0');
		}
		if (!digits)
			return NULL;
		for (; digits < FRACTION_DIGITS; digits++)
			part *= 10;
	}
	*ret = whole * 1000000 + part;
	return p;
}

static const char *
read_list(const char *p, const char *end)
{
	while (p < end && (rkp_is_digit(*p) || *p == ','))
		p++;
	return p;
}

/* The blank that the text behind it begins with is not the pad's. */
static const char *
read_pad(const char *p, const char *end, const struct rkp_token *next)
{
	const char *to = rkp_skip_spaces(p, end);

	return to > p && next && next->conv == RKP_LITERAL && next->text[0] == ' ' ? to - 1 : to;
}

static const char *
read_line(const char *p, const char *end)
{
	const char *from = p;

	if (p == end || !strchr("-+=#", *p) || *p == '\0')
		return NULL;
	while (p < end && (*p == *from || (*from == '-' && *p == '+')))
		p++;
	return p - from >= LINE_MIN ? p : NULL;
}

static void
keep_text(const struct rkp_token *t, const char *p, size_t len, struct rkp_values *ret)
{
	if (t->field < 0)
		return;
	ret->texts[ret->n_texts] = (struct rkr_blob){ p, len };
	rkr_set_b(&ret->rec, t->field, &ret->texts[ret->n_texts++]);
}

static void
keep_signed(const struct rkp_token *t, int64_t v, struct rkp_values *ret)
{
	if (t->field >= 0)
		rkr_set_s(&ret->rec, t->field, v);
}

static const char *
read_word_like(const struct rkp_token *t, const struct rkp_token *next, const char *p, const char *end,
	       struct rkp_values *ret)
{
	const char *from = p;

	switch (t->conv) {
	case RKP_PATH:
		if (p == end || *p != '/')
			return NULL;
		__attribute__((fallthrough));
	case RKP_WORD:
		p = read_word(p, end, next);
		break;
	case RKP_LIST:
		p = read_list(p, end);
		break;
	case RKP_NAME:
		p = read_name(p, end, next);
		break;
	case RKP_VERSION:
		p = end - p >= 8 && memcmp(p, "version:", 8) == 0 ? end : NULL;
		break;
	case RKP_DATE:
		p = read_date(p, end);
		break;
	case RKP_CAPITALS:
		while (p < end && ((*p >= 'A' && *p <= 'Z') || rkp_is_digit(*p)))
			p++;
		p = p > from ? p : NULL;
		break;
	default: /* RKP_REST */
		p = end;
		break;
	}
	if (p)
		keep_text(t, from, (size_t)(p - from), ret);
	return p;
}

const char *
rkp_read_rare(const struct rkp_token *t, const struct rkp_token *next, const char *p, const char *end,
	      struct rkp_values *ret)
{
	uint64_t u = 0;
	int64_t s = 0;

	switch (t->conv) {
	case RKP_CONSTANT:
	case RKP_SILENT:
		if (t->conv == RKP_CONSTANT)
			p = rkp_read_text(t, p, end);
		if (p)
			rkr_set_b(&ret->rec, t->field, &t->constant);
		return p;
	case RKP_SIGNED:
		p = read_signed(p, end, t->max, &s);
		keep_signed(t, s, ret);
		return p;
	case RKP_RETURN:
		p = read_return(p, end, &s);
		keep_signed(t, s, ret);
		return p;
	case RKP_CHAR:
		if (p == end || *p < 0x20 || *p > 0x7e)
			return NULL;
		u = (unsigned char)*p++;
		break;
	case RKP_LEVEL:
		if (p == end || !memchr("DIWE", *p, 4))
			return NULL;
		u = (unsigned char)*p++;
		break;
	case RKP_SIGNED_HEX:
		p = read_signed_hex(p, end, &u);
		if (p && t->max == INT32_MAX && ((int64_t)u > INT32_MAX || (int64_t)u < INT32_MIN))
			return NULL;
		break;
	case RKP_UPPER_HEX:
		p = rkp_read_hex(p, end, t->width, t->max, &u);
		break;
	case RKP_BARE_HEX: {
		const char *from = p;

		p = rkp_read_hex_digits(p, end, t->width, &u);
		if (!p || u > t->max || (t->width && p - from != t->width))
			return NULL;
		break;
	}
	case RKP_WHO:
	case RKP_WHEN:
	case RKP_DIRECTION:
	case RKP_ASIDE:
	case RKP_NOTE:
	case RKP_CUT:
		return rkp_read_traced(t, p, end, ret);
	case RKP_TIME:
		p = rkp_read_clock(p, end, &u);
		break;
	case RKP_FRACTION:
		p = read_fraction(p, end, &u);
		break;
	case RKP_STAMP:
		/* as find_start() takes it: rows with a stamp of their own are found behind that */
		p = rkp_read_seconds(rkp_skip_spaces(p, end), end, &u);
		break;
	case RKP_PAD:
		return read_pad(p, end, next);
	case RKP_GAP:
		return p < end && *p == ' ' ? rkp_skip_spaces(p, end) : NULL;
	case RKP_BLANKS:
		return rkp_skip_spaces(p, end);
	case RKP_LINE:
		return read_line(p, end);
	default:
		return read_word_like(t, next, p, end, ret);
	}
	if (p && t->field >= 0)
		rkr_set_u(&ret->rec, t->field, u);
	return p;
}

/*
 * Read a row token by token. With @ends, note where in the text each one ends;
 * *ret_n is how many there were: the items that are left may be missing.
 */
static inline bool
read_tokens(const struct rkp_row *row, const char *text, const char *end, uint16_t *ends, size_t *ret_n,
	    struct rkp_values *ret)
{
	const struct rkp_token *t = row->tokens, *stop = t + row->n_tokens;
	const char *p = text;

	rkp_values_begin(ret, row);
	rkp_clear_values(ret->v, row->n_fields);
	for (; t < stop && p && !(t->opens && t->conv == RKP_LITERAL && p == end); t++) {
		p = rkp_read_token(t, stop, p, end, ret);
		if (ends && p)
			ends[t - row->tokens] = (uint16_t)(p - text);
	}
	*ret_n = (size_t)(t - row->tokens);
	return p == end;
}

bool
rkp_row_match_body(const struct rkp_row *row, struct rkp_habits *habits, const char *text, const char *end,
		   struct rkp_values *ret)
{
	const struct rkp_token *first = row->tokens;
	size_t n;

	/* Most rows that are tried and are not it end here. */
	if (first->conv == RKP_LITERAL && !rkp_read_text(first, text, end))
		return false;
	if (!habits || !rkp_habit_match(habits, row, text, end, ret)) {
		if (!read_tokens(row, text, end, NULL, &n, ret))
			return false;
		if (habits)
			rkp_habit_note(habits, row, text, end);
	}
	return row->shape->kind != RKR_KIND_regcmd_qword || rkp_complete_qword(&ret->rec);
}

static bool
reads_alone(const struct rkp_token *t)
{
	return t->conv == RKP_WHO || t->conv == RKP_WHEN || t->conv == RKP_DEC || t->conv == RKP_SIGNED;
}

bool
rkp_lead_fits(const struct rkp_lead *lead, const struct rkp_row *row, const char *text, const char *end,
	      struct rkp_first *first, struct rkp_values *ret)
{
	const struct rkp_token *t = row->tokens + row->n_prefix, *last = t + lead->n_tokens - 1;
	const char *p = text;

	if (!lead->n_tokens)
		return true;
	/* what it reads does not depend on what is behind it */
	if (reads_alone(t)) {
		if (!first->token || !rkp_same_value(first->token, t)) {
			rkp_values_begin(ret, row);
			*first = (struct rkp_first){ t, rkp_read_token(t, last + 1, p, end, ret) };
		}
		p = first->to;
		t++;
	}
	rkp_values_begin(ret, row);
	for (; t < last && p; t++)
		p = rkp_read_token(t, last + 1, p, end, ret);
	if (p && end - p >= 8)
		return !((rkp_load8(p) ^ last->head) & rkp_key_mask(lead->len));
	return p && end - p >= lead->len && memcmp(p, last->text, lead->len) == 0;
}

bool
rkp_row_take_apart(const struct rkp_row *row, const char *text, const char *end, uint16_t *ends,
		   size_t *ret_n, struct rkp_values *ret)
{
	return read_tokens(row, text, end, ends, ret_n, ret);
}
