/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schema.h"

#include <string.h>

#include "util.h"

#define F(kind, id, name, type, class, space, base, delta)                                               \
	{ name, RKR_TYPE_##type, RKR_CLASS_##class, RKR_SPACE_##space, RKR_BASE_##base, RKR_DELTA_##delta },
#define K(kind, stream) static const struct rkr_field fields_##kind[] = { RKR_FIELDS_##kind(F) };
RKR_KINDS(K)
#undef K
#undef F

#define K(kind, stream) _Static_assert(RKR_N_FIELDS_##kind <= RKR_FIELDS_MAX, "raise RKR_FIELDS_MAX");
RKR_KINDS(K)
#undef K
_Static_assert(RKR_FIELDS_MAX <= 64, "one presence bit a field");

static const struct rkr_kind_desc kinds[] = {
#define K(kind, stream) { #kind, RKR_STREAM_##stream, fields_##kind, RKR_N_FIELDS_##kind },
	RKR_KINDS(K)
#undef K
};

const struct rkr_kind_desc *
rkr_kind_get(enum rkr_kind kind)
{
	return &kinds[kind];
}

enum rkr_kind
rkr_kind_by_name(const char *name)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return (enum rkr_kind)i;
	return RKR_KIND_INVALID_;
}

int
rkr_field_by_name(enum rkr_kind kind, const char *name)
{
	for (size_t i = 0; i < kinds[kind].n_fields; i++)
		if (strcmp(kinds[kind].fields[i].name, name) == 0)
			return (int)i;
	return -1;
}

const char *
rkr_space_name(enum rkr_space space)
{
	static const char *const names[RKR_SPACE_MAX_] = {
		"none",     "dma",      "dma-end",   "object",   "virtual", "map",  "handle",
		"gem-name", "prime-fd", "device-fd", "map-list", "ordinal", "call",
	};

	return names[space];
}

void
rkr_record_init(struct rkr_record_buf *buf, enum rkr_kind kind)
{
	buf->rec = (struct rkr_record){ .kind = kind, .v = buf->v };
	memset(buf->v, 0, sizeof(buf->v[0]) * kinds[kind].n_fields);
}

const struct rkr_blob *
rkr_get_b(const struct rkr_record *rec, int field)
{
	static const struct rkr_blob empty = { "", 0 };

	return rkr_has(rec, field) ? rec->v[field].b : &empty;
}

bool
rkr_str_is(const struct rkr_record *rec, int field, const char *text)
{
	const struct rkr_blob *b = rkr_get_b(rec, field);

	return rkr_has(rec, field) && b->len == strlen(text) && memcmp(b->data, text, b->len) == 0;
}

bool
rkr_value_equal(const struct rkr_field *field, const union rkr_value *a, const union rkr_value *b)
{
	size_t unit = 1;

	switch (field->type) {
	case RKR_TYPE_QWORDS:
		unit = sizeof(uint64_t);
		__attribute__((fallthrough));
	case RKR_TYPE_STR:
		return a->b->len == b->b->len &&
		       (a->b->len == 0 || memcmp(a->b->data, b->b->data, a->b->len * unit) == 0);
	default:
		return a->u == b->u;
	}
}

bool
rkr_record_equal(const struct rkr_record *a, const struct rkr_record *b)
{
	if (a->kind != b->kind || a->present != b->present)
		return false;
	const struct rkr_kind_desc *k = &kinds[a->kind];

	for (size_t i = 0; i < k->n_fields; i++)
		if (rkr_has(a, (int)i) && !rkr_value_equal(&k->fields[i], &a->v[i], &b->v[i]))
			return false;
	return true;
}
