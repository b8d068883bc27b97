/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "model-irq.h"
#include "utf8.h"
#include "util.h"

void
rkr_buf_free(struct rkr_buf *buf)
{
	free(buf->data);
	*buf = (struct rkr_buf){ 0 };
}

static bool
reserve(struct rkr_buf *buf, size_t len)
{
	if (!buf->failed &&
	    (len > SIZE_MAX - buf->len || rkr_grow((void **)&buf->data, &buf->cap, buf->len + len, 1) < 0))
		buf->failed = -ENOMEM;
	return !buf->failed;
}

void
rkr_buf_put(struct rkr_buf *buf, const void *data, size_t len)
{
	if (!len || !reserve(buf, len))
		return;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
}

void
rkr_buf_printf(struct rkr_buf *buf, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);

	if (n >= 0 && reserve(buf, (size_t)n + 1)) {
		vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, again);
		buf->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

/* As snprintf() would: as much of [text, end) as there is room for, a NUL behind it. The length of all. */
static size_t
give(const char *text, const char *end, char *buf, size_t size)
{
	size_t len = (size_t)(end - text), n = len < size ? len : size - 1;

	if (!size)
		return len;
	memcpy(buf, text, n);
	buf[n] = '\0';
	return len;
}

/* @v with at least so many digits, before @end. Where it starts. */
static char *
write_before(char *end, uint64_t v, int digits)
{
	do {
		*--end = (char)('0' + v % 10);
		v /= 10;
	} while (--digits > 0 || v);
	return end;
}

size_t
rkr_dec_format(uint64_t millionths, char *buf, size_t size)
{
	char text[32], *end = text + sizeof(text), *p = write_before(end, millionths % 1000000, 6);

	*--p = '.';
	p = write_before(p, millionths / 1000000, 1);
	while (end[-1] == '0')
		end--;
	return give(p, end - (end[-1] == '.'), buf, size);
}

size_t
rkr_time_format(uint64_t ms, char *buf, size_t size)
{
	char text[40], *end = text + sizeof(text), *p = write_before(end, ms % 1000, 3);

	*--p = '.';
	p = write_before(p, ms / 1000 % 60, 2);
	*--p = ':';
	p = write_before(p, ms / 60000 % 60, 2);
	*--p = ':';
	return give(write_before(p, ms / 3600000, 2), end, buf, size);
}

size_t
rkr_text_format(const char *text, size_t len, char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		size_t u = rkr_utf8_length(text + i, len - i);
		size_t take = u ? u : 1;

		if (n + take < size) {
			if (u)
				memcpy(buf + n, text + i, u);
			else
				buf[n] = '?';
			buf[n + take] = '\0';
		}
		n += take;
		i += take;
	}
	if (n == 0 && size)
		buf[0] = '\0';
	return n;
}

size_t
rkr_value_format(const struct rkr_field *field, const union rkr_value *value, char *buf, size_t size)
{
	bool hex = field->base != RKR_BASE_DEC;
	int n = 0;

	switch (field->type) {
	case RKR_TYPE_U32:
	case RKR_TYPE_U64:
		n = snprintf(buf, size, hex ? "0x%" PRIx64 : "%" PRIu64, value->u);
		break;
	case RKR_TYPE_S32:
	case RKR_TYPE_S64:
		n = snprintf(buf, size, "%" PRId64, value->s);
		break;
	case RKR_TYPE_STR:
		return rkr_text_format(value->b->data, value->b->len, buf, size);
	case RKR_TYPE_DEC:
		return rkr_dec_format(value->u, buf, size);
	case RKR_TYPE_TIME:
		return rkr_time_format(value->u, buf, size);
	case RKR_TYPE_CHAR:
		n = snprintf(buf, size, value->u >= 0x21 && value->u < 0x7f ? "%c" : "'\\x%02x'",
			     (int)value->u);
		break;
	case RKR_TYPE_QWORDS:
		n = snprintf(buf, size, "[%zu]", value->b->len);
		break;
	}
	return n < 0 ? 0 : (size_t)n;
}

/*
 * Interrupt bits: those that have a name, and the rest together. The rest (16,
 * 30 and 31 among them) stands in the raw status of parts that are well and of
 * parts that are not alike, so it must not look like an error [captured].
 */
struct irq_bits {
	const char *name[32];
	size_t n;
	uint32_t rest;
};

static struct irq_bits
irq_bits(uint64_t word)
{
	struct irq_bits bits = { 0 };

	for (unsigned i = 0; i < 32; i++) {
		const char *name = word >> i & 1 ? rkr_int_name(i) : NULL;

		if (name)
			bits.name[bits.n++] = name;
		else
			bits.rest |= (uint32_t)(word & UINT64_C(1) << i);
	}
	return bits;
}

/* "0xc0000200 (DPU group 1; idle or undocumented 0xc0000000)" */
static void
format_irq(uint64_t word, char *buf, size_t size)
{
	const struct irq_bits bits = irq_bits(word);
	size_t n = (size_t)snprintf(buf, size, "0x%" PRIx64, word);

	for (size_t i = 0; i < bits.n && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? ", " : " (", bits.name[i]);
	if (bits.rest && n < size)
		n += (size_t)snprintf(buf + n, size - n, "%sidle or undocumented 0x%" PRIx32,
				      bits.n ? "; " : " (", bits.rest);
	if (word && n < size)
		snprintf(buf + n, size - n, ")");
}

size_t
rkr_record_format(const struct rkr_record *rec, char *buf, size_t size)
{
	const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);
	size_t n = (size_t)snprintf(buf, size, "%s", k->name);

	for (size_t f = 0; f < k->n_fields; f++) {
		char text[512];

		if (!rkr_has(rec, (int)f))
			continue;
		if (k->fields[f].base == RKR_BASE_IRQ)
			format_irq(rec->v[f].u, text, sizeof(text));
		else
			rkr_value_format(&k->fields[f], &rec->v[f], text, sizeof(text));
		n += (size_t)snprintf(n < size ? buf + n : NULL, n < size ? size - n : 0, " %s=%s",
				      k->fields[f].name, text);
	}
	return n;
}
