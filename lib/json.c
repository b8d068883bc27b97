/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "format.h"

#include <errno.h>
#include <string.h>

#include "model-irq.h"
#include "utf8.h"
#include "util.h"

/*
 * Records as JSON. Logs are large, so what a record needs is reserved piece by
 * piece before it is written, and names are kept with all that stands around
 * them.
 */

/* No number is longer, with its quotes; as much may be written behind it. */
#define NUMBER_MAX 40

#define BYTES(b) (UINT64_C(0x0101010101010101) * (b))
#define HIGH BYTES(0x80)

/* Room for @len bytes at the end. NULL: there is none. */
static inline char *
reserve(struct rkr_buf *buf, size_t len)
{
	if (buf->failed)
		return NULL;
	if (len > buf->cap - buf->len &&
	    (len > SIZE_MAX - buf->len || rkr_grow((void **)&buf->data, &buf->cap, buf->len + len, 1) < 0)) {
		buf->failed = -ENOMEM;
		return NULL;
	}
	return buf->data + buf->len;
}

static inline void
put(struct rkr_buf *buf, const char *text, size_t len)
{
	char *to = reserve(buf, len);

	if (!to)
		return;
	memcpy(to, text, len);
	buf->len += len;
}

#define put_literal(buf, text) put(buf, text, sizeof(text) - 1)

/* ---- numbers ---- */

static const uint64_t powers[20] = {
	UINT64_C(1),
	UINT64_C(10),
	UINT64_C(100),
	UINT64_C(1000),
	UINT64_C(10000),
	UINT64_C(100000),
	UINT64_C(1000000),
	UINT64_C(10000000),
	UINT64_C(100000000),
	UINT64_C(1000000000),
	UINT64_C(10000000000),
	UINT64_C(100000000000),
	UINT64_C(1000000000000),
	UINT64_C(10000000000000),
	UINT64_C(100000000000000),
	UINT64_C(1000000000000000),
	UINT64_C(10000000000000000),
	UINT64_C(100000000000000000),
	UINT64_C(1000000000000000000),
	UINT64_C(10000000000000000000),
};

static inline unsigned
bits_of(uint64_t v)
{
	return 64 - (unsigned)__builtin_clzll(v | 1);
}

static inline char *
write_u64(char *to, uint64_t v)
{
	/* 1233 / 4096 is the logarithm of 2 */
	unsigned n = bits_of(v) * 1233 >> 12;
	char *end = to + n + (n == 0 || v >= powers[n]), *p = end;

	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	return end;
}

/* The digits of a word, the first of them in the byte that comes first in memory. */
static inline uint64_t
hex_digits(uint64_t v)
{
	v = (v | v << 16) & UINT64_C(0x0000ffff0000ffff);
	v = (v | v << 8) & UINT64_C(0x00ff00ff00ff00ff);
	v = (v | v << 4) & BYTES(0x0f);
	v += BYTES('0') + ((v + BYTES(6)) >> 4 & BYTES(1)) * ('a' - '0' - 10);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* "0x1f", with the quotes. */
static inline char *
write_hex(char *to, uint64_t v)
{
	unsigned n = (bits_of(v) + 3) / 4;
	uint64_t text;

	memcpy(to, "\"0x", 3);
	v <<= 64 - 4 * n;
	text = hex_digits(v >> 32);
	memcpy(to + 3, &text, sizeof(text));
	text = hex_digits(v & UINT32_MAX);
	memcpy(to + 3 + sizeof(text), &text, sizeof(text));
	to[3 + n] = '"';
	return to + 4 + n;
}

static void
put_u64(struct rkr_buf *buf, uint64_t v)
{
	char *to = reserve(buf, NUMBER_MAX);

	if (to)
		buf->len = (size_t)(write_u64(to, v) - buf->data);
}

static void
put_hex(struct rkr_buf *buf, uint64_t v)
{
	char *to = reserve(buf, NUMBER_MAX);

	if (to)
		buf->len = (size_t)(write_hex(to, v) - buf->data);
}

/* ---- strings ---- */

static inline bool
is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* In any byte that is zero, the highest bit; perhaps in others, if there is one. */
static inline uint64_t
zeros(uint64_t v)
{
	return (v - BYTES(1)) & ~v & HIGH;
}

/* How much of a text needs no escape. */
static inline size_t
plain_length(const char *text, size_t len)
{
	size_t n = 0;

	for (; len - n >= 8; n += 8) {
		uint64_t v;

		memcpy(&v, text + n, sizeof(v));
		if ((v & HIGH) | ((v - BYTES(0x20)) & ~v & HIGH) | zeros(v ^ BYTES('"')) |
		    zeros(v ^ BYTES('\\')) | zeros(v ^ BYTES(0x7f)))
			break;
	}
	while (n < len && is_plain(text[n]))
		n++;
	return n;
}

void
rkr_buf_json_string(struct rkr_buf *buf, const char *data, size_t len)
{
	put_literal(buf, "\"");
	for (size_t i = 0; i < len;) {
		size_t n = plain_length(data + i, len - i);

		put(buf, data + i, n);
		if ((i += n) == len)
			break;
		size_t u = rkr_utf8_length(data + i, len - i);

		if (data[i] == '"' || data[i] == '\\') {
			rkr_buf_printf(buf, "\\%c", data[i++]);
		} else if ((unsigned char)data[i] < 0x20 || data[i] == 0x7f) {
			rkr_buf_printf(buf, "\\u%04x", (unsigned char)data[i++]);
		} else if (u) {
			put(buf, data + i, u);
			i += u;
		} else {
			put_literal(buf, "\\ufffd");
			i++;
		}
	}
	put_literal(buf, "\"");
}

/* ---- records ---- */

/* A field's name with what stands around it: ,"NAME": */
struct name {
	const char *text;
	size_t len;
};

#define F(kind, id, name, type, class, space, base, delta) { ",\"" name "\":", sizeof(",\"" name "\":") - 1 },
#define K(kind, stream) static const struct name names_##kind[] = { RKR_FIELDS_##kind(F) };
RKR_KINDS(K)
#undef K
#undef F

/* ... and the start of a record. */
static const struct {
	struct name start;
	const struct name *names;
} kinds[] = {
#define START(kind) "{\"record\":\"" kind "\""
#define K(kind, stream) { { START(#kind), sizeof(START(#kind)) - 1 }, names_##kind },
	RKR_KINDS(K)
#undef K
#undef START
};

static void
put_value(struct rkr_buf *buf, const struct rkr_field *field, const union rkr_value *value)
{
	char text[64];

	switch (field->type) {
	case RKR_TYPE_U32:
	case RKR_TYPE_U64:
		if (field->cls == RKR_CLASS_ADDRESS ||
		    (field->type == RKR_TYPE_U64 && field->base != RKR_BASE_DEC))
			put_hex(buf, value->u);
		else
			put_u64(buf, value->u);
		break;
	case RKR_TYPE_S32:
	case RKR_TYPE_S64:
		if (value->s < 0)
			put_literal(buf, "-");
		put_u64(buf, value->s < 0 ? -(uint64_t)value->s : (uint64_t)value->s);
		break;
	case RKR_TYPE_STR:
		rkr_buf_json_string(buf, value->b->data, value->b->len);
		break;
	case RKR_TYPE_DEC:
		put(buf, text, rkr_dec_format(value->u, text, sizeof(text)));
		break;
	case RKR_TYPE_TIME:
		put_literal(buf, "\"");
		put(buf, text, rkr_time_format(value->u, text, sizeof(text)));
		put_literal(buf, "\"");
		break;
	case RKR_TYPE_CHAR:
		rkr_buf_json_string(buf, &(char){ (char)value->u }, 1);
		break;
	case RKR_TYPE_QWORDS:
		put_literal(buf, "[");
		for (size_t i = 0; i < value->b->len; i++) {
			char *to = reserve(buf, NUMBER_MAX);

			if (!to)
				return;
			*to = ',';
			to = write_hex(to + (i > 0), ((const uint64_t *)value->b->data)[i]);
			buf->len = (size_t)(to - buf->data);
		}
		put_literal(buf, "]");
		break;
	}
}

/* ,"NAME_bits":{"named":["DPU group 1"],"idle_or_undocumented":3221225472} */
static void
put_irq_bits(struct rkr_buf *buf, const struct name *name /* NAME": */, uint64_t word)
{
	uint32_t rest = 0;
	bool first = true;

	put_literal(buf, ",\"");
	put(buf, name->text, name->len - 2);
	put_literal(buf, "_bits\":{\"named\":[");
	for (uint64_t left = word & UINT32_MAX; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		const char *bit = rkr_int_name(i);

		if (!bit) {
			rest |= UINT32_C(1) << i;
			continue;
		}
		if (!first)
			put_literal(buf, ",");
		first = false;
		rkr_buf_json_string(buf, bit, strlen(bit));
	}
	put_literal(buf, "],\"idle_or_undocumented\":");
	put_u64(buf, rest);
	put_literal(buf, "}");
}

/*
 * ,"a[0].b": is member b of element 0 of the array a. Write what stands before
 * the member, and cut the name down to it.
 */
static void
put_element(struct rkr_buf *buf, struct name *name, const char *open, size_t *element)
{
	char *end;
	size_t e = (size_t)strtoul(open + 1, &end, 10);

	if (*element == SIZE_MAX) {
		put(buf, name->text, (size_t)(open - name->text));
		put_literal(buf, "\":[{");
	} else if (e != *element) {
		put_literal(buf, "},{");
	} else {
		put_literal(buf, ",");
	}
	put_literal(buf, "\"");
	*element = e;
	name->len -= (size_t)(end + 2 - name->text); /* "]." */
	name->text = end + 2;
}

void
rkr_record_json(struct rkr_buf *buf, const struct rkr_record *rec, const char *file)
{
	const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);
	size_t element = SIZE_MAX;

	put(buf, kinds[rec->kind].start.text, kinds[rec->kind].start.len);
	if (file && rec->place.line) {
		put_literal(buf, ",\"file\":");
		rkr_buf_json_string(buf, file, strlen(file));
		put_literal(buf, ",\"line\":");
		put_u64(buf, rec->place.line);
	}
	for (uint64_t left = rec->present; left; left &= left - 1) {
		size_t f = (size_t)__builtin_ctzll(left);
		struct name name = kinds[rec->kind].names[f];
		const char *open = memchr(name.text, '[', name.len);

		if (!open && element != SIZE_MAX) {
			put_literal(buf, "}]");
			element = SIZE_MAX;
		}
		if (open)
			put_element(buf, &name, open, &element);
		size_t cut = open ? 0 : strlen(",\"");

		put(buf, name.text, name.len);
		put_value(buf, &k->fields[f], &rec->v[f]);
		if (k->fields[f].base == RKR_BASE_IRQ)
			put_irq_bits(buf, &(struct name){ name.text + cut, name.len - cut }, rec->v[f].u);
	}
	if (element != SIZE_MAX)
		put_literal(buf, "}]");
	put_literal(buf, "}");
}
