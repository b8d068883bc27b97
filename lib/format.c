/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

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
	if (!buf->failed && (len > SIZE_MAX - buf->len ||
			     rkr_grow((void **)&buf->data, &buf->cap, buf->len + len, 1) < 0))
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

#define put_literal(buf, text) rkr_buf_put(buf, text, sizeof(text) - 1)

void
rkr_buf_json_string(struct rkr_buf *buf, const char *data, size_t len)
{
	put_literal(buf, "\"");
	for (size_t i = 0; i < len;) {
		size_t n = i;

		/* Most text needs no escape: copy it in one go. */
		while (n < len && data[n] >= 0x20 && data[n] < 0x7f && data[n] != '"' && data[n] != '\\')
			n++;
		rkr_buf_put(buf, data + i, n - i);
		if ((i = n) == len)
			break;
		size_t u = rkr_utf8_length(data + i, len - i);

		if (data[i] == '"' || data[i] == '\\') {
			rkr_buf_printf(buf, "\\%c", data[i++]);
		} else if ((unsigned char)data[i] < 0x20 || data[i] == 0x7f) {
			rkr_buf_printf(buf, "\\u%04x", (unsigned char)data[i++]);
		} else if (u) {
			rkr_buf_put(buf, data + i, u);
			i += u;
		} else {
			put_literal(buf, "\\ufffd");
			i++;
		}
	}
	put_literal(buf, "\"");
}

size_t
rkr_dec_format(uint64_t millionths, char *buf, size_t size)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64, millionths / 1000000, millionths % 1000000);

	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	return (size_t)snprintf(buf, size, "%.*s", n, text);
}

size_t
rkr_time_format(uint64_t ms, char *buf, size_t size)
{
	return (size_t)snprintf(buf, size, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%03" PRIu64, ms / 3600000,
				ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

/* Bytes of a string as far as a terminal can show them. */
static size_t
format_bytes(const struct rkr_blob *b, char *buf, size_t size)
{
	const char *s = b->data;
	size_t n = 0;

	for (size_t i = 0; i < b->len;) {
		size_t u = rkr_utf8_length(s + i, b->len - i);
		size_t take = u ? u : 1;

		if (n + take < size) {
			if (u)
				memcpy(buf + n, s + i, u);
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
		return format_bytes(value->b, buf, size);
	case RKR_TYPE_DEC:
		return rkr_dec_format(value->u, buf, size);
	case RKR_TYPE_TIME:
		return rkr_time_format(value->u, buf, size);
	case RKR_TYPE_CHAR:
		n = snprintf(buf, size, value->u >= 0x21 && value->u < 0x7f ? "%c" : "'\\x%02x'", (int)value->u);
		break;
	case RKR_TYPE_QWORDS:
		n = snprintf(buf, size, "[%zu]", value->b->len);
		break;
	}
	return n < 0 ? 0 : (size_t)n;
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
		rkr_value_format(&k->fields[f], &rec->v[f], text, sizeof(text));
		n += (size_t)snprintf(n < size ? buf + n : NULL, n < size ? size - n : 0, " %s=%s",
				      k->fields[f].name, text);
	}
	return n;
}

/* ---- JSON ---- */

static void
put_u64(struct rkr_buf *buf, uint64_t v)
{
	char text[20];
	size_t n = sizeof(text);

	do
		text[--n] = (char)('0' + v % 10);
	while (v /= 10);
	rkr_buf_put(buf, text + n, sizeof(text) - n);
}

static void
put_hex(struct rkr_buf *buf, uint64_t v)
{
	char text[20];
	size_t n = sizeof(text);

	text[--n] = '"';
	do
		text[--n] = "0123456789abcdef"[v & 15];
	while (v >>= 4);
	text[--n] = 'x';
	text[--n] = '0';
	text[--n] = '"';
	rkr_buf_put(buf, text + n, sizeof(text) - n);
}

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
		rkr_buf_put(buf, text, rkr_dec_format(value->u, text, sizeof(text)));
		break;
	case RKR_TYPE_TIME:
		put_literal(buf, "\"");
		rkr_buf_put(buf, text, rkr_time_format(value->u, text, sizeof(text)));
		put_literal(buf, "\"");
		break;
	case RKR_TYPE_CHAR:
		rkr_buf_json_string(buf, &(char){ (char)value->u }, 1);
		break;
	case RKR_TYPE_QWORDS:
		put_literal(buf, "[");
		for (size_t i = 0; i < value->b->len; i++) {
			if (i)
				put_literal(buf, ",");
			put_hex(buf, ((const uint64_t *)value->b->data)[i]);
		}
		put_literal(buf, "]");
		break;
	}
}

/* "a[0].b": the array's name, the element and the member. Plain names have none. */
static bool
split_name(const char *name, size_t *ret_base, size_t *ret_element, const char **ret_member)
{
	const char *open = strchr(name, '[');

	if (!open)
		return false;
	char *end;

	*ret_base = (size_t)(open - name);
	*ret_element = (size_t)strtoul(open + 1, &end, 10);
	*ret_member = end + 2; /* "]." */
	return true;
}

static void
put_name(struct rkr_buf *buf, const char *name, size_t len)
{
	put_literal(buf, "\"");
	rkr_buf_put(buf, name, len);
	put_literal(buf, "\":");
}

void
rkr_record_json(struct rkr_buf *buf, const struct rkr_record *rec, const char *file)
{
	const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);
	size_t element = SIZE_MAX;

	put_literal(buf, "{\"record\":\"");
	rkr_buf_put(buf, k->name, strlen(k->name));
	put_literal(buf, "\"");
	if (file && rec->place.line) {
		put_literal(buf, ",\"file\":");
		rkr_buf_json_string(buf, file, strlen(file));
		put_literal(buf, ",\"line\":");
		put_u64(buf, rec->place.line);
	}
	for (size_t f = 0; f < k->n_fields; f++) {
		const char *name = k->fields[f].name, *member = name;
		size_t base = 0, e = SIZE_MAX;

		if (!rkr_has(rec, (int)f))
			continue;
		bool in_array = split_name(name, &base, &e, &member);

		if (element != SIZE_MAX && e != element)
			rkr_buf_put(buf, in_array ? "}" : "}]", in_array ? 1 : 2);
		put_literal(buf, ",");
		if (in_array && element == SIZE_MAX) {
			put_name(buf, name, base);
			put_literal(buf, "[");
		}
		if (in_array && e != element)
			put_literal(buf, "{");
		element = e;
		put_name(buf, member, strlen(member));
		put_value(buf, &k->fields[f], &rec->v[f]);
	}
	if (element != SIZE_MAX)
		put_literal(buf, "}]");
	put_literal(buf, "}");
}
