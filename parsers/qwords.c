/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "parser-priv.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "row-priv.h"
#include "text.h"

/*
 * Qword rows come by the hundred, each with the next number and the next
 * offset. So what the next line has to be is known but for its value: it is
 * compared, not read. Whatever is not as expected is left to the usual way,
 * so that this way is quicker, and gives nothing else.
 */

/* All of a line before its value's digits has room here, or the line is read as usual. */
#define START_MAX 96
#define VALUE_DIGITS 16
#define TOKENS 6

/* A line up to its value's digits, and where its numbers are. */
struct next {
	char text[START_MAX + 8];
	size_t len;
	size_t index, index_end;
	size_t off, off_end;
};

static bool
is_plain(const struct rkp_row *row)
{
	static const uint8_t convs[TOKENS] = {
		RKP_LITERAL, RKP_DEC, RKP_LITERAL, RKP_HEX, RKP_LITERAL, RKP_HEX,
	};

	for (size_t i = 0; i < TOKENS && row->n_tokens == TOKENS; i++)
		if (row->tokens[i].conv != convs[i])
			return false;
	return row->n_tokens == TOKENS && !row->shape->loose && row->tokens[TOKENS - 1].width == VALUE_DIGITS;
}

static bool
skip_text(const struct rkp_token *t, const char *text, size_t len, size_t *at)
{
	bool is = len - *at >= t->len && memcmp(text + *at, t->text, t->len) == 0;

	*at += is ? t->len : 0;
	return is;
}

/* Take a line that was a qword row apart, as its row wrote it. */
static bool
take_apart(const struct rkp_row *row, const char *text, size_t len, struct next *ret)
{
	const struct rkp_token *t = row->tokens;
	size_t at = 0;

	if (!skip_text(&t[0], text, len, &at))
		return false;
	ret->index = at;
	while (at < len && rkp_is_digit(text[at]))
		at++;
	ret->index_end = at;
	if (!skip_text(&t[2], text, len, &at) || len - at < 2 || text[at] != '0' || text[at + 1] != 'x')
		return false;
	ret->off = at += 2;
	while (at < len && (rkp_is_digit(text[at]) || (text[at] >= 'a' && text[at] <= 'f')))
		at++;
	ret->off_end = at;
	if (!skip_text(&t[4], text, len, &at) || at + 2 > START_MAX || len - at != 2 + VALUE_DIGITS ||
	    text[at] != '0' || text[at + 1] != 'x')
		return false;
	ret->len = at + 2;
	memset(ret->text, 0, sizeof(ret->text));
	memcpy(ret->text, text, ret->len);
	return true;
}

/* Count a number in text up by one of its digit at @at; false: it gets longer. */
static bool
count_up(char *text, size_t from, size_t at, char last)
{
	for (; at-- > from; text[at] = '0') {
		if (text[at] != last) {
			text[at] = text[at] == '9' ? 'a' : (char)(text[at] + 1);
			return true;
		}
	}
	return false;
}

/* What the line behind it must begin with. */
static bool
advance(struct next *x)
{
	char *low = &x->text[x->off_end - 1];

	if (*low != '0' && *low != '8')
		return false;
	*low = *low == '0' ? '8' : '0';
	return (*low == '8' || count_up(x->text, x->off, x->off_end - 1, 'f')) &&
	       count_up(x->text, x->index, x->index_end, '9');
}

/* Whether @p, of which more bytes than these can be read, begins so. */
static bool
begins(const struct next *x, const char *p)
{
	uint64_t differ = 0;
	size_t i = 0;

	for (; i + 8 <= x->len; i += 8)
		differ |= rkp_load8(p + i) ^ rkp_load8(x->text + i);
	return !differ && !((rkp_load8(p + i) ^ rkp_load8(x->text + i)) & rkp_key_mask(x->len - i));
}

/* The window holds the word of the line that was taken apart, and nothing waits for the next line. */
static bool
is_in_order(const struct rkp_parser *p)
{
	const struct rkp_window *w = &p->window;

	return w->ticket != RKP_NO_TICKET && w->n && !p->wrap.row && !p->head.maybe && !p->head.n_pieces &&
	       p->values.numbers[1] == w->off + 8 * (w->n - 1) &&
	       p->values.numbers[1] - 8 * p->values.numbers[0] == w->base &&
	       p->values.numbers[1] <= UINT64_MAX - 8 * (uint64_t)RKP_WINDOW_WORDS;
}

int
rkp_take_qwords(struct rkp_parser *p, const char *line, size_t len, const char *end, const char **ret_end)
{
	const struct rkp_row *row = p->window.row;
	struct rkp_window *w = &p->window;
	const char *from = line + len + 1, *at = from;
	size_t bytes = len + 1;
	struct next next;

	*ret_end = from;
	/* is it worth it? */
	if ((size_t)(end - from) < bytes || from[len] != '\n' || !is_plain(row) || !is_in_order(p) ||
	    !take_apart(row, line, len, &next))
		return 0;
	while ((size_t)(end - at) >= bytes && w->n < w->limit && at[len] == '\n' && advance(&next) &&
	       begins(&next, at)) {
		uint64_t high, low;

		if (!rkp_read_8_hex_digits(at + next.len, &high) ||
		    !rkp_read_8_hex_digits(at + next.len + 8, &low))
			break;
		if (w->n == w->cap && rkr_grow((void **)&w->words, &w->cap, w->n + 1, sizeof(*w->words)) < 0)
			return -ENOMEM;
		w->words[w->n++] = high << 32 | low;
		at += bytes;
	}
	size_t taken = (size_t)(at - from);

	p->acc.lines += taken / bytes;
	p->acc.bytes += taken;
	p->acc.parsed += taken;
	p->offset += taken;
	if (taken)
		w->end = p->offset;
	*ret_end = at;
	return 0;
}
