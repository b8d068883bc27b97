/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "prefix.h"

#include <string.h>

/*
 * Writing a row: the other half of match.c.
 */

/* strace gives a process number so many columns, and the kernel the seconds of its time. */
#define WHO_COLUMNS 5

static void
put_dec(struct rkr_buf *buf, uint64_t v)
{
	char text[20];
	size_t n = sizeof(text);

	do
		text[--n] = (char)('0' + v % 10);
	while (v /= 10);
	rkr_buf_put(buf, text + n, sizeof(text) - n);
}

static void
put_signed(struct rkr_buf *buf, int64_t v)
{
	if (v < 0)
		rkr_buf_put(buf, "-", 1);
	put_dec(buf, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

static void
put_digits(struct rkr_buf *buf, uint64_t v, size_t least, const char *digits)
{
	char text[16];
	size_t n = sizeof(text);

	do
		text[--n] = digits[v & 15];
	while (v >>= 4);
	while (sizeof(text) - n < least && n > 0)
		text[--n] = '0';
	rkr_buf_put(buf, text + n, sizeof(text) - n);
}

static void
put_hex(struct rkr_buf *buf, uint64_t v, size_t least, bool minus)
{
	char text[16 + 3];
	size_t n = sizeof(text);

	do
		text[--n] = "0123456789abcdef"[v & 15];
	while (v >>= 4);
	while (sizeof(text) - n < least && n > 3)
		text[--n] = '0';
	if (minus)
		text[--n] = '-';
	text[--n] = 'x';
	text[--n] = '0';
	rkr_buf_put(buf, text + n, sizeof(text) - n);
}

static void
put_blanks(struct rkr_buf *buf, size_t n)
{
	while (n--)
		rkr_buf_put(buf, " ", 1);
}

/* Whether the record has no value for the item that starts at token @i. */
static bool
lacks_item(const struct rkp_row *row, size_t i, const struct rkr_record *rec)
{
	do {
		const struct rkp_token *t = &row->tokens[i];

		if (t->field >= 0 && !rkr_has(rec, t->field))
			return true;
	} while (++i < row->n_tokens && !row->tokens[i].opens);
	return false;
}

/* In so many columns, or more: to the left of them, or (negative) to the right. */
static void
put_padded(struct rkr_buf *buf, uint64_t v, int columns)
{
	size_t width = (size_t)(columns < 0 ? -columns : columns), n = 1;

	for (uint64_t left = v; left >= 10; left /= 10)
		n++;
	n = n < width ? width - n : 0;
	put_blanks(buf, columns < 0 ? n : 0);
	put_dec(buf, v);
	put_blanks(buf, columns < 0 ? 0 : n);
}

void
rkp_row_write(const struct rkp_row *row, size_t from, size_t to, const struct rkr_record *rec,
	      const uint64_t *numbers, const uint8_t *widths, struct rkr_buf *buf)
{
	char text[32];
	size_t start = buf->len; /* of the field written last */
	int field = -1;

	if (from == 0 && row->stamps)
		rkp_origin_write(row, rec, buf);
	for (size_t i = from; i < to; i++) {
		const struct rkp_token *t = &row->tokens[i];
		union rkr_value v = { 0 };

		if (t->opens && lacks_item(row, i, rec)) {
			while (i + 1 < to && !row->tokens[i + 1].opens)
				i++;
			continue;
		}

		if (t->conv >= RKP_DEC && t->conv < RKP_PAD) {
			if (t->field >= 0)
				v = rec->v[t->field];
			else if (numbers)
				v.u = *numbers++;
			start = buf->len;
			field = t->field;
		}
		switch ((enum rkp_conv)t->conv) {
		case RKP_LITERAL:
		case RKP_CONSTANT:
			rkr_buf_put(buf, t->text, t->len);
			break;
		case RKP_DEC:
			put_padded(buf, v.u, -t->width);
			break;
		case RKP_SIGNED:
		case RKP_RETURN:
			put_signed(buf, v.s);
			break;
		case RKP_HEX:
			put_hex(buf, v.u, t->width, false);
			break;
		case RKP_SIGNED_HEX:
			put_hex(buf, v.s < 0 ? -v.u : v.u, 0, v.s < 0);
			break;
		case RKP_UPPER_HEX:
			rkr_buf_put(buf, "0x", 2);
			put_digits(buf, v.u, t->width, "0123456789ABCDEF");
			break;
		case RKP_BARE_HEX:
			put_digits(buf, v.u, t->width, "0123456789abcdef");
			break;
		case RKP_WHO:
			put_padded(buf, v.u, WHO_COLUMNS);
			put_blanks(buf, 1);
			break;
		case RKP_DIRECTION:
			rkr_buf_put(buf, "_IOC_READ|_IOC_WRITE", strlen("_IOC_READ|_IOC_WRITE"));
			break;
		case RKP_WORD:
		case RKP_LIST:
		case RKP_PATH:
		case RKP_CAPITALS:
		case RKP_REST:
		case RKP_NAME:
		case RKP_VERSION:
		case RKP_DATE:
			rkr_buf_put(buf, v.b->data, v.b->len);
			break;
		case RKP_TIME:
			rkr_buf_put(buf, text, rkr_time_format(v.u, text, sizeof(text)));
			break;
		case RKP_CHAR:
		case RKP_LEVEL:
			rkr_buf_put(buf, &(char){ (char)v.u }, 1);
			break;
		case RKP_FRACTION:
			rkr_buf_put(buf, text, rkr_dec_format(v.u, text, sizeof(text)));
			break;
		case RKP_STAMP: {
			uint64_t part = 1000000 + v.u % 1000000;

			put_padded(buf, v.u / 1000000, -WHO_COLUMNS);
			rkr_buf_put(buf, ".", 1);
			for (uint64_t digit = 100000; digit; digit /= 10)
				put_dec(buf, part / digit % 10);
			break;
		}
		case RKP_PAD: {
			size_t width = t->width ? t->width : widths && field >= 0 ? widths[field] : 0;
			size_t len = buf->len - start;

			put_blanks(buf, len < width ? width - len : 0);
			break;
		}
		case RKP_SILENT:
		case RKP_GAP:
		case RKP_BLANKS:
		case RKP_LINE:
		case RKP_WHEN:
		case RKP_ASIDE:
		case RKP_NOTE:
		case RKP_CUT:
			break; /* nothing, or only in rows that are never written */
		}
	}
}
