/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row.h"

/*
 * Writing a row: the other half of match.c.
 */

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

void
rkp_row_write(const struct rkp_row *row, size_t from, size_t to, const struct rkr_record *rec,
	      const uint64_t *numbers, const uint8_t *widths, struct rkr_buf *buf)
{
	char text[32];
	size_t start = buf->len; /* of the field written last */
	int field = -1;

	for (size_t i = from; i < to; i++) {
		const struct rkp_token *t = &row->tokens[i];
		union rkr_value v = { 0 };

		if (t->conv >= RKP_DEC && t->conv < RKP_PAD) {
			if (t->field >= 0)
				v = rec->v[t->field];
			else
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
			put_dec(buf, v.u);
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
		case RKP_WORD:
		case RKP_LIST:
		case RKP_PATH:
		case RKP_REST:
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
			break; /* nothing, or only in rows that are never written */
		}
	}
}
