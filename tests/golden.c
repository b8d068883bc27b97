/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/golden.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* One token of a golden line: up to a blank that is not in quotes. NULL at the line's end. */
static char *
next_token(char **at)
{
	bool quoted = false;
	char *token = *at, *p;

	if (*token == '\0')
		return NULL;
	for (p = token; *p != '\0' && (quoted || *p != ' '); p++) {
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
	}
	if (*p == ' ')
		*p++ = '\0';
	*at = p;
	return token;
}

/* Undo the quotes of a string, in place. NULL unless it is one. */
static char *
unquote(char *text, size_t *ret_len)
{
	char *start = text, *to = text;

	if (*text++ != '"')
		return NULL;
	while (*text != '"') {
		if (*text == '\\' && *++text != '"' && *text != '\\')
			return NULL;
		if (*text == '\0')
			return NULL;
		*to++ = *text++;
	}
	if (text[1] != '\0')
		return NULL;
	*ret_len = (size_t)(to - start);
	return start;
}

static bool
read_unsigned(const char *text, uint64_t max, uint64_t *ret_value)
{
	char *end;

	if (text[0] < '0' || text[0] > '9' || (text[0] == '0' && text[1] >= '0' && text[1] <= '9'))
		return false;
	errno = 0;
	*ret_value = strtoull(text, &end, 0);
	return errno == 0 && *end == '\0' && *ret_value <= max;
}

static bool
read_signed(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
	char *end;

	if (!(text[0] >= '0' && text[0] <= '9') && !(text[0] == '-' && text[1] >= '1' && text[1] <= '9'))
		return false;
	errno = 0;
	*ret_value = strtoll(text, &end, 0);
	return errno == 0 && *end == '\0' && *ret_value >= min && *ret_value <= max;
}

/* A decimal fraction, into millionths. */
static bool
read_decimal(const char *text, uint64_t *ret_value)
{
	uint64_t whole, part = 0;
	const char *dot = strchrnul(text, '.');
	_autofree_ char *first = strndup(text, (size_t)(dot - text));
	size_t places = *dot ? strspn(dot + 1, "0123456789") : 0;

	if (!first || first[strspn(first, "0123456789")] != '\0' ||
	    !read_unsigned(first, UINT64_MAX / 1000000 - 1, &whole))
		return false;
	if (*dot && (places == 0 || places > 6 || dot[1 + places] != '\0'))
		return false;
	for (size_t i = 0; i < 6; i++)
		part = part * 10 + (i < places ? (uint64_t)(dot[1 + i] - '0') : 0);
	*ret_value = whole * 1000000 + part;
	return true;
}

/* HH:MM:SS.mmm, into milliseconds: only as the value itself would be written. */
static bool
read_time(const char *text, uint64_t *ret_value)
{
	unsigned h, m, s, ms;
	char again[32];

	if (sscanf(text, "%2u:%2u:%2u.%3u", &h, &m, &s, &ms) != 4 || h >= 24 || m >= 60 || s >= 60)
		return false;
	*ret_value = ((h * 60 + m) * 60 + s) * UINT64_C(1000) + ms;
	rkr_time_format(*ret_value, again, sizeof(again));
	return strcmp(again, text) == 0;
}

/* Read the value of a field; "what is wrong" or NULL. */
static const char *
read_value(struct golden *g, int f, char *text)
{
	const struct rkr_field *field = &rkr_kind_get(g->buf.rec.kind)->fields[f];
	struct rkr_record *rec = &g->buf.rec;
	struct rkr_blob *blob = &g->blobs[f];
	uint64_t u = 0;
	int64_t s = 0;

	switch (field->type) {
	case RKR_TYPE_U32:
	case RKR_TYPE_U64:
		if (!read_unsigned(text, field->type == RKR_TYPE_U32 ? UINT32_MAX : UINT64_MAX, &u))
			return "no such unsigned number";
		rkr_set_u(rec, f, u);
		return NULL;
	case RKR_TYPE_S32:
	case RKR_TYPE_S64:
		if (!read_signed(text, field->type == RKR_TYPE_S32 ? INT32_MIN : INT64_MIN,
				 field->type == RKR_TYPE_S32 ? INT32_MAX : INT64_MAX, &s))
			return "no such signed number";
		rkr_set_s(rec, f, s);
		return NULL;
	case RKR_TYPE_DEC:
		if (!read_decimal(text, &u))
			return "no decimal fraction";
		rkr_set_u(rec, f, u);
		return NULL;
	case RKR_TYPE_TIME:
		if (!read_time(text, &u))
			return "no time of the day";
		rkr_set_u(rec, f, u);
		return NULL;
	case RKR_TYPE_STR:
		if (strcmp(text, "*") == 0)
			g->any |= UINT64_C(1) << f;
		else if (!(blob->data = unquote(text, &blob->len)))
			return "no string";
		rkr_set_b(rec, f, blob);
		return NULL;
	case RKR_TYPE_CHAR:
		if (!(blob->data = unquote(text, &blob->len)) || blob->len != 1)
			return "no single character";
		rkr_set_u(rec, f, *(const unsigned char *)blob->data);
		return NULL;
	case RKR_TYPE_QWORDS:
		break;
	}
	return "golden files have no arrays";
}

const char *
golden_read(struct golden *g, const char *line)
{
	char *at, *token, *value;
	uint64_t number;
	int last = -1;

	*g = (struct golden){ .text = strdup(line), .work = strdup(line) };
	at = g->work;
	if (!g->text || !at)
		return "no memory";
	token = next_token(&at);
	if (!token || !read_unsigned(token, UINT32_MAX, &number) || number == 0)
		return "no line number";
	token = next_token(&at);
	enum rkr_kind kind = token ? rkr_kind_by_name(token) : RKR_KIND_INVALID_;

	if (kind == RKR_KIND_INVALID_)
		return "no such kind";
	rkr_record_init(&g->buf, kind);
	g->buf.rec.place.line = number;
	while ((token = next_token(&at))) {
		const char *wrong;

		value = strchr(token, '=');
		if (!value)
			return "a field without a value";
		*value++ = '\0';
		int f = rkr_field_by_name(kind, token);

		if (f < 0)
			return "no such field";
		if (f <= last)
			return "fields out of order";
		last = f;
		wrong = read_value(g, f, value);
		if (wrong)
			return wrong;
	}
	return NULL;
}

void
golden_free(struct golden *g)
{
	free(g->text);
	free(g->work);
}

bool
golden_matches(const struct golden *g, const struct rkr_record *rec)
{
	const struct rkr_record *want = &g->buf.rec;
	const struct rkr_kind_desc *k = rkr_kind_get(want->kind);

	if (rec->kind != want->kind || rec->place.line != want->place.line || rec->present != want->present)
		return false;
	for (size_t f = 0; f < k->n_fields; f++)
		if (rkr_has(want, (int)f) && !(g->any >> f & 1) &&
		    !rkr_value_equal(&k->fields[f], &want->v[f], &rec->v[f]))
			return false;
	return true;
}

void
golden_put(struct rkr_buf *buf, const struct rkr_record *rec)
{
	const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);

	rkr_buf_printf(buf, "%llu %s", (unsigned long long)rec->place.line, k->name);
	for (size_t f = 0; f < k->n_fields; f++) {
		const struct rkr_field *field = &k->fields[f];
		char text[64];

		if (!rkr_has(rec, (int)f))
			continue;
		rkr_buf_printf(buf, " %s=", field->name);
		if (strcmp(field->name, "text") == 0 || strcmp(field->name, "more") == 0) {
			rkr_buf_put(buf, "*", 1);
		} else if (field->type == RKR_TYPE_STR) {
			rkr_buf_json_string(buf, rec->v[f].b->data, rec->v[f].b->len);
		} else if (field->type == RKR_TYPE_CHAR) {
			text[0] = (char)rec->v[f].u;
			rkr_buf_json_string(buf, text, 1);
		} else {
			rkr_value_format(field, &rec->v[f], text, sizeof(text));
			rkr_buf_put(buf, text, strlen(text));
		}
	}
}
