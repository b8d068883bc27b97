/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row-priv.h"
#include "text.h"

#include <string.h>

#include "lib/util.h"

/*
 * Reading a line by its row. Each read_ function takes what it reads from the
 * start of [p, end), and returns where that ends, or NULL.
 */

/* A line that is drawn is longer than any text that looks like one. */
#define LINE_MIN 20
#define FRACTION_DIGITS 6

static inline const char *
read_text(const struct rkp_token *t, const char *p, const char *end)
{
	size_t room = (size_t)(end - p);

	if (room >= 8) {
		if ((rkp_load8(p) ^ t->head) & t->mask)
			return NULL;
		if (t->len <= 8)
			return p + t->len;
		if (room < t->len || rkp_load8(p + t->len - 8) != t->tail)
			return NULL;
		for (size_t i = 8; i + 8 < t->len; i += 8)
			if (rkp_load8(p + i) != rkp_load8(t->text + i))
				return NULL;
		return p + t->len;
	}
	return room >= t->len && memcmp(p, t->text, t->len) == 0 ? p + t->len : NULL;
}

static inline const char *
read_dec(const char *p, const char *end, uint64_t max, uint64_t *ret)
{
	const char *from = p;
	uint64_t v = 0;

	for (; p < end && rkp_is_digit(*p); p++) {
		unsigned d = (unsigned)(*p - '0');

		if (v >= UINT64_MAX / 10 && (v > UINT64_MAX / 10 || d > UINT64_MAX % 10))
			return NULL;
		v = v * 10 + d;
	}
	*ret = v;
	return p > from && v <= max ? p : NULL;
}

/* The value of a hex digit, with bit 4 set to say that it is one. */
static const uint8_t hex_digits[256] = {
	['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20, ['5'] = 21, ['6'] = 22, ['7'] = 23,
	['8'] = 24, ['9'] = 25, ['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31,
	['A'] = 26, ['B'] = 27, ['C'] = 28, ['D'] = 29, ['E'] = 30, ['F'] = 31,
};

static inline const char *
read_hex_digits(const char *p, const char *end, unsigned least, uint64_t *ret)
{
	const char *from = p;
	const size_t all = least;
	uint64_t v = 0;

	/* Of the digits that must be there, 16 at most: they fit. */
	for (; least >= 8 && end - p >= 8 && p - from < 16; p += 8, least -= 8) {
		uint64_t part;

		if (!rkp_read_8_hex_digits(p, &part))
			return NULL;
		v = v << 32 | part;
	}
	for (; p < end; p++) {
		unsigned d = hex_digits[(unsigned char)*p];

		if (!d)
			break;
		if (v >> 60)
			return NULL;
		v = v << 4 | (d & 15);
	}
	*ret = v;
	return p > from && (size_t)(p - from) >= all ? p : NULL;
}

static inline const char *
read_hex(const char *p, const char *end, unsigned least, uint64_t max, uint64_t *ret)
{
	if (p == end || *p != '0')
		return NULL;
	if (end - p >= 2 && p[1] == 'x') {
		p = read_hex_digits(p + 2, end, least, ret);
		return p && *ret <= max ? p : NULL;
	}
	/* C's "%#x" prints zero so. */
	*ret = 0;
	return least ? NULL : p + 1;
}

static const char *
read_signed_hex(const char *p, const char *end, uint64_t *ret)
{
	bool minus = end - p >= 3 && p[0] == '0' && p[1] == 'x' && p[2] == '-';

	if (!minus)
		return read_hex(p, end, 0, INT64_MAX, ret);
	p = read_hex_digits(p + 3, end, 0, ret);
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

	p = read_dec(p + minus, end, max + minus, &v);
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
	const char *at = next && next->conv == RKP_LITERAL ? memmem(p, (size_t)(end - p), next->text, next->len) : NULL;

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

static const char *
read_time(const char *p, const char *end, uint64_t *ret)
{
	static const struct {
		uint8_t at, digits;
		uint16_t below;
		char follows;
	} parts[] = { { 0, 2, 24, ':' }, { 3, 2, 60, ':' }, { 6, 2, 60, '.' }, { 9, 3, 1000, 0 } };
	uint64_t v = 0;

	if (end - p < RKP_TIME_LEN)
		return NULL;
	for (size_t i = 0; i < RKR_ARRAY_LEN(parts); i++) {
		unsigned part = 0;

		for (size_t k = 0; k < parts[i].digits; k++) {
			char c = p[parts[i].at + k];

			if (!rkp_is_digit(c))
				return NULL;
			part = part * 10 + (unsigned)(c - '0');
		}
		if (part >= parts[i].below ||
		    (parts[i].follows && p[parts[i].at + parts[i].digits] != parts[i].follows))
			return NULL;
		v = v * parts[i].below + part;
	}
	*ret = v;
	return p + RKP_TIME_LEN;
}

/* In millionths. */
static const char *
read_fraction(const char *p, const char *end, uint64_t *ret)
{
	uint64_t whole, part = 0;
	unsigned digits = 0;

	p = read_dec(p, end, UINT64_MAX / 1000000 - 1, &whole);
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

static inline void
keep_number(const struct rkp_token *t, uint64_t v, struct rkp_values *ret)
{
	if (t->field >= 0)
		rkr_set_u(&ret->rec, t->field, v);
	else if (ret->n_numbers < RKP_NUMBERS_MAX)
		ret->numbers[ret->n_numbers++] = v;
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

static const char *
read_rare(const struct rkp_token *t, const struct rkp_token *next, const char *p, const char *end,
	  struct rkp_values *ret)
{
	uint64_t u = 0;
	int64_t s = 0;

	switch (t->conv) {
	case RKP_CONSTANT:
	case RKP_SILENT:
		if (t->conv == RKP_CONSTANT)
			p = read_text(t, p, end);
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
		p = read_hex(p, end, t->width, t->max, &u);
		break;
	case RKP_BARE_HEX: {
		const char *from = p;

		p = read_hex_digits(p, end, t->width, &u);
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
		p = read_time(p, end, &u);
		break;
	case RKP_FRACTION:
		p = read_fraction(p, end, &u);
		break;
	case RKP_STAMP:
		p = read_fraction(rkp_skip_spaces(p, end), end, &u);
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

bool
rkp_row_match_body(const struct rkp_row *row, const char *text, const char *end, struct rkp_values *ret)
{
	const struct rkp_token *t = row->tokens, *stop = t + row->n_tokens;
	const char *p = text;
	uint64_t u;

	/* Most rows that are tried and are not it end here. */
	if (t->conv == RKP_LITERAL) {
		p = read_text(t++, p, end);
		if (!p)
			return false;
	}
	ret->rec = (struct rkr_record){ .kind = row->shape->kind, .v = ret->v };
	ret->n_texts = ret->n_numbers = 0;
	memset(ret->v, 0, sizeof(ret->v[0]) * row->n_fields);
	for (; t < stop && p; t++) {
		switch (t->conv) {
		case RKP_LITERAL:
			/* The items that are left may be missing. */
			if (t->opens && p == end)
				return true;
			p = read_text(t, p, end);
			break;
		case RKP_DEC:
			p = read_dec(t->width ? rkp_skip_spaces(p, end) : p, end, t->max, &u);
			if (p)
				keep_number(t, u, ret);
			break;
		case RKP_HEX:
			p = read_hex(p, end, t->width, t->max, &u);
			if (p)
				keep_number(t, u, ret);
			break;
		default:
			p = read_rare(t, t + 1 < stop ? t + 1 : NULL, p, end, ret);
			break;
		}
	}
	return p == end && (row->shape->kind != RKR_KIND_regcmd_qword || rkp_complete_qword(&ret->rec));
}
