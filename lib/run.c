/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "run.h"

#include <errno.h>
#include <string.h>

#include "run-priv.h"
#include "util.h"

/* Records are many and small; they are freed together with the run. */
#define CHUNK_BYTES ((size_t)256 << 10)

struct rkr_chunk {
	struct rkr_chunk *next;
	size_t used;
	size_t size;
	uint64_t data[];
};

void *
rkr_run_alloc(struct rkr_run *run, size_t size)
{
	struct rkr_chunk *c = run->arena;

	if (size > SIZE_MAX - sizeof(*c) - CHUNK_BYTES)
		return NULL;
	size = (size_t)rkr_align_up(size, 8);
	if (!c || c->size - c->used < size) {
		size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;

		c = malloc(sizeof(*c) + room);
		if (!c)
			return NULL;
		c->size = room;
		c->used = 0;
		c->next = run->arena;
		run->arena = c;
	}
	void *p = (char *)c->data + c->used;

	c->used += size;
	return p;
}

int
rkr_run_new(struct rkr_run **ret_run)
{
	struct rkr_run *run = calloc(1, sizeof(*run));

	if (!run)
		return -ENOMEM;
	*ret_run = run;
	return 0;
}

void
rkr_run_free(struct rkr_run *run)
{
	if (!run)
		return;
	for (struct rkr_chunk *c = run->arena, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	for (size_t i = 0; i < run->n_files; i++)
		free(run->files[i]);
	for (size_t i = 0; i < run->n_bos; i++)
		free(run->bos[i].contents.v);
	for (size_t i = 0; i < RKR_ARRAY_LEN(run->things); i++)
		free(run->things[i].v);
	for (size_t i = 0; i < RKR_ARRAY_LEN(run->spans); i++)
		free(run->spans[i].v);
	free(run->files);
	free(run->records);
	free(run->bos);
	free(run->regions);
	free(run->conflicts);
	rkr_kept_free(run->kept);
	free(run);
}

int
rkr_run_add_file(struct rkr_run *run, const char *name, uint32_t *ret_index)
{
	if (run->n_files >= UINT32_MAX ||
	    rkr_grow((void **)&run->files, &run->cap_files, run->n_files + 1, sizeof(*run->files)) < 0)
		return -ENOMEM;
	char *copy = strdup(name);

	if (!copy)
		return -ENOMEM;
	*ret_index = (uint32_t)run->n_files;
	run->files[run->n_files++] = copy;
	return 0;
}

const char *
rkr_run_file(const struct rkr_run *run, uint32_t index)
{
	return index < run->n_files ? run->files[index] : NULL;
}

static const struct rkr_blob *
copy_blob(struct rkr_run *run, const void *data, size_t len, size_t unit)
{
	struct rkr_blob *b = NULL;

	if (len <= (SIZE_MAX - sizeof(*b)) / unit)
		b = rkr_run_alloc(run, sizeof(*b) + len * unit);
	if (!b)
		return NULL;
	b->data = b + 1;
	b->len = len;
	if (len)
		memcpy(b + 1, data, len * unit);
	return b;
}

const struct rkr_blob *
rkr_run_blob(struct rkr_run *run, const void *data, size_t len)
{
	return copy_blob(run, data, len, 1);
}

const struct rkr_blob *
rkr_run_qwords(struct rkr_run *run, const uint64_t *words, size_t n)
{
	return copy_blob(run, words, n, sizeof(*words));
}

int
rkr_run_append(struct rkr_run *run, const struct rkr_record *rec)
{
	if (rec->kind < 0 || rec->kind >= RKR_KIND_MAX_)
		return -EINVAL;
	const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);

	if (rkr_grow((void **)&run->records, &run->cap_records, run->n_records + 1, sizeof(*run->records)) <
	    0)
		return -ENOMEM;
	struct rkr_record copy = *rec;

	copy.v = rkr_run_alloc(run, k->n_fields * sizeof(*copy.v));
	if (!copy.v)
		return -ENOMEM;
	for (size_t i = 0; i < k->n_fields; i++) {
		copy.v[i].u = 0;
		if (!rkr_has(rec, (int)i))
			continue;
		if (k->fields[i].type == RKR_TYPE_STR || k->fields[i].type == RKR_TYPE_QWORDS) {
			const struct rkr_blob *b = rec->v[i].b;

			copy.v[i].b = k->fields[i].type == RKR_TYPE_STR
					      ? rkr_run_blob(run, b->data, b->len)
					      : rkr_run_qwords(run, b->data, b->len);
			if (!copy.v[i].b)
				return -ENOMEM;
		} else {
			copy.v[i] = rec->v[i];
		}
	}
	run->records[run->n_records++] = copy;
	rkr_run_set_witness(run, rec->kind);
	return 0;
}

size_t
rkr_run_n_records(const struct rkr_run *run)
{
	return run->n_records;
}

const struct rkr_record *
rkr_run_record(const struct rkr_run *run, size_t i)
{
	return &run->records[i];
}

struct rkr_record *
rkr_run_record_mut(struct rkr_run *run, size_t i)
{
	return &run->records[i];
}

void
rkr_run_set_witness(struct rkr_run *run, enum rkr_kind kind)
{
	run->witness |= UINT64_C(1) << kind;
}

bool
rkr_run_witnesses(const struct rkr_run *run, enum rkr_kind kind)
{
	return (run->witness >> kind) & 1;
}

bool
rkr_run_is_relative(const struct rkr_run *run)
{
	return rkr_run_witnesses(run, RKR_KIND_model);
}

const struct rkr_blob *
rkr_run_other_chip(const struct rkr_run *run)
{
	for (size_t i = 0; rkr_run_is_relative(run) && i < run->n_records; i++) {
		const struct rkr_record *r = &run->records[i];

		if (r->kind == RKR_KIND_model && rkr_has(r, RKR_F_model_platform))
			return rkr_str_is(r, RKR_F_model_platform, "rk3588")
				       ? NULL
				       : rkr_get_b(r, RKR_F_model_platform);
	}
	return NULL;
}

size_t
rkr_run_n_bos(const struct rkr_run *run)
{
	return run->n_bos;
}

const struct rkr_bo *
rkr_run_bo(const struct rkr_run *run, size_t i)
{
	return &run->bos[i].bo;
}

int
rkr_run_bo_by_role(const struct rkr_run *run, const char *role)
{
	for (size_t i = 0; i < run->n_bos; i++)
		if (strcmp(run->bos[i].bo.role, role) == 0)
			return (int)i;
	return -1;
}

int
rkr_run_add_bo(struct rkr_run *run, const struct rkr_bo *bo, uint32_t *ret_index)
{
	if (run->n_bos >= INT32_MAX ||
	    rkr_grow((void **)&run->bos, &run->cap_bos, run->n_bos + 1, sizeof(*run->bos)) < 0 ||
	    rkr_run_reserve_spans(run, run->n_bos + 1) < 0)
		return -ENOMEM;
	*ret_index = (uint32_t)run->n_bos;
	run->bos[run->n_bos++] = (struct rkr_bo_slot){ .bo = *bo };
	rkr_run_note_bo(run, *ret_index);
	return 0;
}

int
rkr_run_add_region(struct rkr_run *run, const struct rkr_region *region)
{
	for (size_t i = 0; i < run->n_regions; i++) {
		struct rkr_region *r = &run->regions[i];

		/* The same stretch told again, perhaps with more of it known. */
		if (r->kind == region->kind && r->bo == region->bo && r->offset == region->offset) {
			if (r->size < region->size)
				r->size = region->size;
			return 0;
		}
	}
	if (rkr_grow((void **)&run->regions, &run->cap_regions, run->n_regions + 1, sizeof(*run->regions)) <
	    0)
		return -ENOMEM;
	run->regions[run->n_regions++] = *region;
	return 0;
}

const struct rkr_region *
rkr_run_regions(const struct rkr_run *run, size_t *ret_n)
{
	*ret_n = run->n_regions;
	return run->regions;
}
