/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>

#include "diff-priv.h"
#include "util.h"

/*
 * What the values of records stand for. A record is compared with many of
 * the other run before it is known which one is its counterpart, so all that
 * takes a search is looked up once, beforehand.
 */

/* Whether a field's values are compared by one thing that they stand for. */
static bool
has_ref(const struct rkr_field *f)
{
	return f->cls != RKR_CLASS_VOLATILE && f->type != RKR_TYPE_STR && f->space != RKR_SPACE_NONE &&
	       f->space != RKR_SPACE_ORDINAL && f->space != RKR_SPACE_CALL;
}

static int
gather_refs(struct side *s)
{
	const struct rkr_run *run = s->run;
	size_t n = 0;

	for (int k = 0; k < RKR_KIND_MAX_; k++) {
		const struct rkr_kind_desc *kd = rkr_kind_get((enum rkr_kind)k);

		for (size_t f = 0; f < kd->n_fields; f++)
			if (has_ref(&kd->fields[f]))
				s->ref_of[k][f] = s->n_refs[k]++;
	}
	for (size_t i = 0; i < run->n_records; i++)
		n += s->n_refs[run->records[i].kind];
	s->refs = calloc(n + 1, sizeof(*s->refs));
	s->first_ref = malloc((run->n_records + 1) * sizeof(*s->first_ref));
	if (!s->refs || !s->first_ref)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < run->n_records; i++) {
		const struct rkr_record *r = &run->records[i];
		const struct rkr_kind_desc *kd = rkr_kind_get(r->kind);

		s->first_ref[i] = n;
		for (size_t f = 0; f < kd->n_fields; f++)
			if (has_ref(&kd->fields[f]) && rkr_has(r, (int)f))
				s->refs[n + s->ref_of[r->kind][f]] =
					rkr_run_resolve(run, kd->fields[f].space, r->v[f].u, i);
		n += s->n_refs[r->kind];
	}
	return 0;
}

int
rkr_diff_gather(struct side *s)
{
	for (size_t i = 0; i < s->run->n_bos; i++) {
		struct rkr_bo_slot *bo = &s->run->bos[i];

		/* Of several the first. */
		if ((bo->bo.known & RKR_BO_MAP_N) && !rkr_taken_by(&s->maps, bo->bo.map_n, 1) &&
		    rkr_taken_add(&s->maps, bo->bo.map_n, 1, bo) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < s->run->n_records; i++)
		s->fields[s->run->records[i].kind] |= s->run->records[i].present;
	return gather_refs(s);
}

const struct rkr_ref *
rkr_diff_ref(const struct side *s, size_t record, size_t field)
{
	return &s->refs[s->first_ref[record] + s->ref_of[s->run->records[record].kind][field]];
}

/* Ordinals of MEM_MAP calls, as the BOs that they mapped. */
static struct rkr_ref
map_list_next(const struct side *s, const char **text, const char *end)
{
	uint64_t n = 0;

	while (*text < end && **text >= '0' && **text <= '9' && n < UINT64_MAX / 10 - 1)
		n = n * 10 + (uint64_t)(*(*text)++ - '0');
	while (*text < end && (**text < '0' || **text > '9'))
		(*text)++;
	const struct rkr_bo_slot *bo = rkr_taken_by(&s->maps, n, 1);

	if (bo)
		return (struct rkr_ref){ .state = RKR_REF_BO, .bo = (uint32_t)(bo - s->run->bos) };
	return (struct rkr_ref){ .state = RKR_REF_UNRESOLVED, .addend = n };
}

bool
rkr_diff_same_maps(struct rkr_diff *d, const struct rkr_blob *a, const struct rkr_blob *b)
{
	const char *pa = a->data, *ea = pa + a->len, *pb = b->data, *eb = pb + b->len;

	while (pa < ea && pb < eb) {
		struct rkr_ref ra = map_list_next(&d->a, &pa, ea), rb = map_list_next(&d->b, &pb, eb);

		if (!rkr_diff_same_ref(d, RKR_SPACE_MAP_LIST, &ra, ra.addend, &rb, rb.addend))
			return false;
	}
	return pa == ea && pb == eb;
}
