/* SPDX-License-Identifier: MIT */
#ifndef RKP_READ_PRIV_H
#define RKP_READ_PRIV_H

/*
 * Reading one token of a row. Each function takes what it reads from the
 * start of [p, end), and returns where that ends, or NULL. The tokens that
 * nearly all rows are made of are here, to be part of the loops that go
 * through a row; the others are in match.c.
 */

#include "row-priv.h"
#include "text.h"

static inline const char *
rkp_read_text(const struct rkp_token *t, const char *p, const char *end)
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
rkp_read_dec(const char *p, const char *end, uint64_t max, uint64_t *ret)
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

static inline const char *
rkp_read_hex_digits(const char *p, const char *end, unsigned least, uint64_t *ret)
{
	const char *from = p;
	uint64_t v = 0;
	unsigned n = 8;

	/* 16 of them fit. */
	while (n == 8 && end - p >= 8 && p - from < 16) {
		uint64_t part;

		n = rkp_read_hex_up_to_8(p, &part);
		v = n == 8 ? v << 32 | part : v << 4 * n | part;
		p += n;
	}
	for (; n == 8 && p < end; p++) {
		unsigned d = rkp_hex_digit(*p);

		if (!d)
			break;
		if (v >> 60)
			return NULL;
		v = v << 4 | (d & 15);
	}
	*ret = v;
	return p > from && (size_t)(p - from) >= least ? p : NULL;
}

static inline const char *
rkp_read_hex(const char *p, const char *end, unsigned least, uint64_t max, uint64_t *ret)
{
	if (p == end || *p != '0')
		return NULL;
	if (end - p >= 2 && p[1] == 'x') {
		p = rkp_read_hex_digits(p + 2, end, least, ret);
		return p && *ret <= max ? p : NULL;
	}
	/* C's "%#x" prints zero so. */
	*ret = 0;
	return least ? NULL : p + 1;
}

static inline void
rkp_keep_number(const struct rkp_token *t, uint64_t v, struct rkp_values *ret)
{
	if (t->field >= 0)
		rkr_set_u(&ret->rec, t->field, v);
	else if (ret->n_numbers < RKP_NUMBERS_MAX)
		ret->numbers[ret->n_numbers++] = v;
}

/** The tokens that are not read here. @next is the one behind it, or NULL. */
const char *
rkp_read_rare(const struct rkp_token *t, const struct rkp_token *next, const char *p, const char *end,
	      struct rkp_values *ret);

static inline const char *
rkp_read_token(const struct rkp_token *t, const struct rkp_token *stop, const char *p, const char *end,
	       struct rkp_values *ret)
{
	uint64_t u;

	switch (t->conv) {
	case RKP_LITERAL:
		return rkp_read_text(t, p, end);
	case RKP_DEC:
		p = rkp_read_dec(t->width ? rkp_skip_spaces(p, end) : p, end, t->max, &u);
		break;
	case RKP_HEX:
		p = rkp_read_hex(p, end, t->width, t->max, &u);
		break;
	default:
		return rkp_read_rare(t, t + 1 < stop ? t + 1 : NULL, p, end, ret);
	}
	if (p)
		rkp_keep_number(t, u, ret);
	return p;
}

#endif
