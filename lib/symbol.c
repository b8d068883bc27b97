/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "symbol.h"

#include <errno.h>
#include <string.h>

#include "regcmd.h"
#include "run-priv.h"
#include "util.h"

struct rkr_image {
	struct rkr_run *run;
	struct rkr_reloc *relocs;
	size_t n, cap;
};

struct rkr_word_address
rkr_run_word_address(const struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t word)
{
	for (size_t i = 0; i < run->n_regions; i++) {
		const struct rkr_region *r = &run->regions[i];

		if (r->bo != bo || r->size < 8 || offset < r->offset || offset - r->offset > r->size - 8)
			continue;
		uint64_t at = offset - r->offset;

		if (r->kind == RKR_REGION_REGCMD && at % 8 == 0) {
			/* Of a model, what data addresses stand for is not told. */
			if (rkr_run_is_relative(run) && !rkr_qword_is_link(word))
				return (struct rkr_word_address){ 0, 0 };
			return (struct rkr_word_address){ 16, rkr_qword_address_mask(word) };
		}
		if (r->kind == RKR_REGION_TASKS && at % RKR_TASK_BYTES == 32)
			return (struct rkr_word_address){ 0, UINT64_MAX };
	}
	return (struct rkr_word_address){ 0, 0 };
}

/* ---- copying ---- */

int
rkr_run_copy(const struct rkr_run *run, struct rkr_run **ret_run)
{
	struct rkr_run *c = NULL;
	uint32_t index;
	int r = rkr_run_new(&c);

	for (size_t i = 0; r == 0 && i < run->n_files; i++)
		r = rkr_run_add_file(c, run->files[i], &index);
	for (size_t i = 0; r == 0 && i < run->n_records; i++)
		r = rkr_run_append(c, &run->records[i]);
	for (size_t i = 0; r == 0 && i < run->n_bos; i++) {
		const struct rkr_contents *from = &run->bos[i].contents;

		r = rkr_run_add_bo(c, &run->bos[i].bo, &index);
		for (size_t e = 0; r == 0 && e < from->n; e++)
			r = rkr_run_write(c, index, from->v[e].offset, from->v[e].data, from->v[e].len,
					  from->v[e].evidence, from->v[e].record);
		if (r == 0)
			c->bos[i].created = run->bos[i].created;
	}
	for (size_t i = 0; r == 0 && i < run->n_regions; i++)
		r = rkr_run_add_region(c, &run->regions[i]);
	for (size_t i = 0; r == 0 && i < run->n_conflicts; i++)
		r = rkr_run_note_conflict(c, &run->conflicts[i]);
	for (size_t s = 0; s < RKR_SPACE_MAX_; s++)
		for (size_t i = 0; r == 0 && i < run->things[s].n; i++)
			r = rkr_run_note_thing(c, (enum rkr_space)s, run->things[s].v[i]);
	if (r < 0) {
		rkr_run_free(c);
		return r;
	}
	c->witness = run->witness;
	c->n_bound = run->n_bound;
	*ret_run = c;
	return 0;
}

/* ---- symbolise ---- */

static int
add_reloc(struct rkr_image *image, const struct rkr_reloc *reloc)
{
	if (rkr_grow((void **)&image->relocs, &image->cap, image->n + 1, sizeof(*image->relocs)) < 0)
		return -ENOMEM;
	image->relocs[image->n++] = *reloc;
	return 0;
}

/* If a word of contents holds an address of a BO: which, and the word with the offset in its place. */
static bool
symbolise_word(const struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t word, size_t at,
	       struct rkr_ref *ret_ref, uint64_t *ret_word)
{
	struct rkr_word_address a = rkr_run_word_address(run, bo, offset, word);

	if (!a.mask)
		return false;
	struct rkr_ref ref = rkr_run_resolve(run, RKR_SPACE_DMA, (word >> a.shift) & a.mask, at);

	if (ref.state != RKR_REF_BO)
		return false;
	*ret_ref = ref;
	*ret_word = (word & ~(a.mask << a.shift)) | (ref.addend & a.mask) << a.shift;
	return true;
}

static int
symbolise_record(struct rkr_image *image, const struct rkr_run *run, size_t at)
{
	const struct rkr_record *r = &run->records[at];
	struct rkr_record *to = &image->run->records[at];
	const struct rkr_kind_desc *k = rkr_kind_get(r->kind);
	const struct rkr_row_words row = rkr_row_words_of(r);

	for (size_t f = 0; f < k->n_fields; f++) {
		const struct rkr_field *d = &k->fields[f];

		/* Words of contents are told apart below, not by the column that they were printed in. */
		if (!rkr_has(r, (int)f) || d->space == RKR_SPACE_NONE || d->type == RKR_TYPE_STR ||
		    (row.n_words && (int)f != row.gem))
			continue;
		struct rkr_ref ref = rkr_run_resolve(run, d->space, r->v[f].u, at);

		if (ref.state != RKR_REF_BO)
			continue;
		to->v[f].u = ref.addend;
		if (add_reloc(image, &(struct rkr_reloc){ .where = RKR_RELOC_FIELD,
							  .space = d->space,
							  .record = at,
							  .field = (int)f,
							  .target = ref.bo }) < 0)
			return -ENOMEM;
	}
	if (!row.n_words)
		return 0;
	struct rkr_ref shown = rkr_run_resolve(run, RKR_SPACE_GEM_NAME, rkr_get_u(r, row.gem), at);

	if (shown.state != RKR_REF_BO)
		return 0;
	for (size_t i = 0; i < row.n_words; i++) {
		struct rkr_ref ref;
		uint64_t word;

		if (!symbolise_word(run, shown.bo, rkr_get_u(r, row.off) + 8 * i,
				    rkr_row_word_get(r, &row, i), at, &ref, &word))
			continue;
		rkr_row_word_set(to, &row, i, word);
		if (add_reloc(image, &(struct rkr_reloc){ .where = RKR_RELOC_ROW,
							  .space = RKR_SPACE_DMA,
							  .record = at,
							  .bo = shown.bo,
							  .word = i,
							  .target = ref.bo }) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int
symbolise_contents(struct rkr_image *image, const struct rkr_run *run, const struct rkr_region *region)
{
	for (uint64_t o = region->offset; o + 8 <= region->offset + region->size; o += 8) {
		struct rkr_ref ref;
		uint64_t word;

		if (rkr_run_get_word(run, region->bo, o, &word) < 0 ||
		    !symbolise_word(run, region->bo, o, word, SIZE_MAX, &ref, &word))
			continue;
		rkr_run_patch(image->run, region->bo, o, word);
		if (add_reloc(image, &(struct rkr_reloc){ .where = RKR_RELOC_CONTENT,
							  .space = RKR_SPACE_DMA,
							  .bo = region->bo,
							  .word = o,
							  .target = ref.bo }) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void
set_bases(struct rkr_bo *bo, const struct rkr_bo *from)
{
	bo->dma = from->dma;
	bo->obj = from->obj;
	bo->virt = from->virt;
	bo->map = from->map;
	bo->handle = from->handle;
	bo->gem_name = from->gem_name;
	bo->prime_fd = from->prime_fd;
}

int
rkr_symbolise(const struct rkr_run *run, struct rkr_image **ret_image)
{
	struct rkr_image *image = calloc(1, sizeof(*image));

	if (!image)
		return -ENOMEM;
	int r = rkr_run_copy(run, &image->run);

	for (size_t i = 0; r == 0 && i < run->n_records; i++)
		r = symbolise_record(image, run, i);
	for (size_t i = 0; r == 0 && i < run->n_regions; i++)
		if (run->regions[i].kind != RKR_REGION_DATA)
			r = symbolise_contents(image, run, &run->regions[i]);
	if (r < 0) {
		rkr_image_free(image);
		return r;
	}
	for (size_t i = 0; i < image->run->n_bos; i++)
		set_bases(&image->run->bos[i].bo, &(struct rkr_bo){ 0 });
	rkr_run_note_bos(image->run);
	*ret_image = image;
	return 0;
}

void
rkr_image_free(struct rkr_image *image)
{
	if (!image)
		return;
	rkr_run_free(image->run);
	free(image->relocs);
	free(image);
}

const struct rkr_run *
rkr_image_run(const struct rkr_image *image)
{
	return image->run;
}

const struct rkr_reloc *
rkr_image_relocs(const struct rkr_image *image, size_t *ret_n)
{
	*ret_n = image->n;
	return image->relocs;
}

/* ---- relocate ---- */

/* The word with the base of @target added to the offset that stands in it. */
static int
relocate_word(const struct rkr_run *run, const struct rkr_reloc *reloc, uint64_t offset, uint64_t word,
	      uint64_t *ret_word)
{
	struct rkr_word_address a = rkr_run_word_address(run, reloc->bo, offset, word);
	uint64_t addend = (word >> a.shift) & a.mask;
	uint64_t address =
		rkr_run_unresolve(run, RKR_SPACE_DMA, &(struct rkr_ref){ RKR_REF_BO, reloc->target, addend });

	if (address & ~a.mask)
		return -ERANGE;
	*ret_word = (word & ~(a.mask << a.shift)) | address << a.shift;
	return 0;
}

static int
apply(struct rkr_run *run, const struct rkr_reloc *reloc)
{
	struct rkr_record *r = &run->records[reloc->record];
	uint64_t word;
	int e;

	switch (reloc->where) {
	case RKR_RELOC_FIELD: {
		const struct rkr_field *d = &rkr_kind_get(r->kind)->fields[reloc->field];
		uint64_t v = rkr_run_unresolve(
			run, reloc->space,
			&(struct rkr_ref){ RKR_REF_BO, reloc->target, r->v[reloc->field].u });

		if ((d->type == RKR_TYPE_U32 && v > UINT32_MAX))
			return -ERANGE;
		r->v[reloc->field].u = v;
		return 0;
	}
	case RKR_RELOC_ROW: {
		const struct rkr_row_words row = rkr_row_words_of(r);

		e = relocate_word(run, reloc, rkr_get_u(r, row.off) + 8 * reloc->word,
				  rkr_row_word_get(r, &row, reloc->word), &word);
		if (e == 0)
			rkr_row_word_set(r, &row, reloc->word, word);
		return e;
	}
	case RKR_RELOC_CONTENT:
		e = rkr_run_get_word(run, reloc->bo, reloc->word, &word);
		if (e == 0)
			e = relocate_word(run, reloc, reloc->word, word, &word);
		if (e == 0)
			rkr_run_patch(run, reloc->bo, reloc->word, word);
		return e;
	}
	return -EINVAL;
}

int
rkr_relocate(const struct rkr_image *image, const struct rkr_bo *layout, size_t n, struct rkr_run **ret_run,
	     struct rkr_error *err)
{
	struct rkr_run *run = NULL;

	if (n != image->run->n_bos)
		return rkr_fail(err, -EINVAL, NULL, "the layout is for %zu BOs, the run has %zu", n,
				image->run->n_bos);
	int r = rkr_run_copy(image->run, &run);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		set_bases(&run->bos[i].bo, &layout[i]);
	rkr_run_note_bos(run);
	for (size_t i = 0; i < image->n; i++) {
		r = apply(run, &image->relocs[i]);
		if (r < 0) {
			const struct rkr_bo *bo = &run->bos[image->relocs[i].target].bo;

			rkr_fail(err, r, "place the BO below 4 GiB",
				 "an address of BO %u (%s) does not fit where the run holds it",
				 image->relocs[i].target, bo->role[0] ? bo->role : "no role");
			rkr_run_free(run);
			return r;
		}
	}
	*ret_run = run;
	return 0;
}
