/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "bundle-write.h"
#include "format.h"
#include "util.h"

/* What is in run.yaml. Always the same text for the same run. */

static void
emit_file(struct rkr_emit *e, const struct rkr_written *file)
{
	rkr_emit_key(e, "file");
	rkr_emit_word(e, file->name);
	rkr_emit_key(e, "bytes");
	rkr_emit_u64(e, file->bytes);
	rkr_emit_key(e, "sha256");
	rkr_emit_text(e, file->sha256);
}

/* The record that a member names, by its position. With @last it may be the one that would come next. */
static int
emit_link(struct rkr_writer *w, enum rkr_link_place place, uint64_t a, uint64_t b, size_t record, bool last)
{
	size_t position;

	if (rkr_kept_find_link(w->run->kept, place, a, b, record, &position)) {
		rkr_emit_u64(&w->emit, position);
	} else if (record == SIZE_MAX) {
		rkr_emit_word(&w->emit, "none");
	} else if (record < w->run->n_records || (last && record == w->run->n_records)) {
		rkr_emit_u64(&w->emit, rkr_kept_position(w->run->kept, record));
	} else {
		return RKR_WRITE_REFUSE(w, -EINVAL, NULL, "the run names record %zu, but has %zu", record,
					w->run->n_records);
	}
	return 0;
}

static int
emit_contents(struct rkr_writer *w, size_t bo)
{
	struct rkr_emit *e = &w->emit;
	const struct rkr_contents *c = &w->run->bos[bo].contents;
	int r = 0;

	rkr_emit_map(e, RKR_SCOPE_CONTENTS, bo, false);
	emit_file(e, &w->bos[bo]);
	rkr_emit_key(e, "extents");
	rkr_emit_list(e, RKR_SCOPE_NONE, 0, false);
	for (size_t i = 0; i < c->n && r == 0; i++) {
		rkr_emit_item(e);
		rkr_emit_list(e, RKR_SCOPE_NONE, 0, true);
		rkr_emit_hex(e, c->v[i].offset, false);
		rkr_emit_u64(e, c->v[i].len);
		rkr_emit_word(e, rkr_evidence_names[c->v[i].evidence]);
		r = emit_link(w, RKR_LINK_EXTENT, bo, c->v[i].offset, c->v[i].record, false);
		rkr_emit_end(e);
	}
	rkr_emit_end(e);
	rkr_emit_end(e);
	return r;
}

static int
emit_bo(struct rkr_writer *w, size_t i)
{
	struct rkr_emit *e = &w->emit;
	const struct rkr_bo *bo = &w->run->bos[i].bo;
	const struct rkr_bo_member *m;
	int r = 0;

	rkr_emit_map(e, RKR_SCOPE_BO, i, false);
	rkr_emit_key(e, "role");
	rkr_emit_bytes(e, bo->role, strnlen(bo->role, sizeof(bo->role) - 1));
	for (size_t k = 0; (m = rkr_bo_member(k)); k++) {
		uint64_t v = rkr_bo_member_get(m, bo);

		if (!(bo->known & m->known))
			continue;
		rkr_emit_key(e, m->name);
		if (m->hex)
			rkr_emit_hex(e, v, m->type == RKR_TYPE_U64);
		else if (m->type == RKR_TYPE_S32)
			rkr_emit_s64(e, (int64_t)v);
		else
			rkr_emit_u64(e, v);
	}
	if (w->run->bos[i].created) {
		rkr_emit_key(e, "created");
		rkr_emit_word(e, "true");
	}
	rkr_emit_key(e, "born");
	r = emit_link(w, RKR_LINK_BORN, i, 0, bo->born, true);
	if (r == 0 && bo->died != SIZE_MAX) {
		rkr_emit_key(e, "died");
		r = emit_link(w, RKR_LINK_DIED, i, 0, bo->died, true);
	}
	if (r == 0 && w->run->bos[i].contents.n) {
		rkr_emit_key(e, "contents");
		r = emit_contents(w, i);
	}
	rkr_emit_end(e);
	return r;
}

static int
emit_region(struct rkr_writer *w, size_t i)
{
	const struct rkr_region *region = &w->run->regions[i];
	struct rkr_emit *e = &w->emit;

	if (region->bo >= w->run->n_bos || region->size > UINT64_MAX - region->offset)
		return RKR_WRITE_REFUSE(w, -EINVAL, "its sources contradict each other",
					"region %zu of the run is in no BO", i);
	rkr_emit_map(e, RKR_SCOPE_REGION, i, true);
	rkr_emit_key(e, "kind");
	rkr_emit_word(e, rkr_region_names[region->kind]);
	rkr_emit_key(e, "bo");
	rkr_emit_u64(e, region->bo);
	rkr_emit_key(e, "offset");
	rkr_emit_hex(e, region->offset, false);
	rkr_emit_key(e, "size");
	rkr_emit_u64(e, region->size);
	rkr_emit_end(e);
	return 0;
}

static int
emit_conflict(struct rkr_writer *w, size_t i)
{
	const struct rkr_conflict *c = &w->run->conflicts[i];
	struct rkr_emit *e = &w->emit;
	int r;

	if (c->bo >= w->run->n_bos)
		return RKR_WRITE_REFUSE(w, -EINVAL, NULL, "conflict %zu of the run is in no BO", i);
	rkr_emit_map(e, RKR_SCOPE_CONFLICT, i, true);
	rkr_emit_key(e, "bo");
	rkr_emit_u64(e, c->bo);
	rkr_emit_key(e, "offset");
	rkr_emit_hex(e, c->offset, true);
	rkr_emit_key(e, "kept");
	r = emit_link(w, RKR_LINK_KEPT, i, 0, c->kept, false);
	rkr_emit_key(e, "dropped");
	if (r == 0)
		r = emit_link(w, RKR_LINK_DROPPED, i, 0, c->dropped, false);
	rkr_emit_end(e);
	return r;
}

static void
emit_words(struct rkr_writer *w, size_t record, size_t field, const struct rkr_blob *b)
{
	const struct rkr_source *s = &w->sources[w->next_source++];
	struct rkr_emit *e = &w->emit;

	rkr_emit_map(e, RKR_SCOPE_QWORDS, record * RKR_FIELDS_MAX + field, true);
	if (b->len && s->contents) {
		rkr_emit_key(e, "bo");
		rkr_emit_u64(e, s->bo);
	} else if (b->len) {
		rkr_emit_key(e, "file");
		rkr_emit_word(e, w->words.name);
	}
	if (b->len) {
		rkr_emit_key(e, "offset");
		rkr_emit_hex(e, s->offset, false);
	}
	rkr_emit_key(e, "words");
	rkr_emit_u64(e, b->len);
	rkr_emit_end(e);
}

static void
emit_value(struct rkr_writer *w, size_t record, size_t field)
{
	const struct rkr_record *rec = &w->run->records[record];
	const struct rkr_field *f = &rkr_kind_get(rec->kind)->fields[field];
	const union rkr_value *v = &rec->v[field];
	struct rkr_emit *e = &w->emit;
	bool address = f->cls == RKR_CLASS_ADDRESS;
	char text[48];

	switch (f->type) {
	case RKR_TYPE_U32:
	case RKR_TYPE_U64:
		if (address || f->base != RKR_BASE_DEC)
			rkr_emit_hex(e, v->u, address || f->type == RKR_TYPE_U64);
		else
			rkr_emit_u64(e, v->u);
		break;
	case RKR_TYPE_S32:
	case RKR_TYPE_S64:
		rkr_emit_s64(e, v->s);
		break;
	case RKR_TYPE_STR:
		rkr_emit_bytes(e, v->b->data, v->b->len);
		break;
	case RKR_TYPE_DEC:
		rkr_dec_format(v->u, text, sizeof(text));
		rkr_emit_text(e, text);
		break;
	case RKR_TYPE_TIME:
		rkr_time_format(v->u, text, sizeof(text));
		rkr_emit_text(e, text);
		break;
	case RKR_TYPE_CHAR:
		rkr_emit_bytes(e, &(char){ (char)v->u }, 1);
		break;
	case RKR_TYPE_QWORDS:
		emit_words(w, record, field, v->b);
		break;
	}
}

static int
emit_record(struct rkr_writer *w, size_t i)
{
	const struct rkr_record *rec = &w->run->records[i];
	const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);
	const struct rkr_place *p = &rec->place;
	struct rkr_emit *e = &w->emit;

	rkr_emit_map(e, RKR_SCOPE_RECORD, i, true);
	rkr_emit_key(e, "record");
	rkr_emit_word(e, k->name);
	if (p->file || p->line || p->start || p->end) {
		if (p->file >= w->run->n_files)
			return RKR_WRITE_REFUSE(w, -EINVAL, NULL,
						"record %zu was read from file %u, but the run has %zu", i,
						p->file, w->run->n_files);
		rkr_emit_key(e, "place");
		rkr_emit_map(e, RKR_SCOPE_PLACE, i, true);
		rkr_emit_key(e, "file");
		rkr_emit_u64(e, p->file);
		rkr_emit_key(e, "line");
		rkr_emit_u64(e, p->line);
		rkr_emit_key(e, "start");
		rkr_emit_u64(e, p->start);
		rkr_emit_key(e, "end");
		rkr_emit_u64(e, p->end);
		rkr_emit_end(e);
	}
	for (size_t f = 0; f < k->n_fields; f++) {
		if (!rkr_has(rec, (int)f))
			continue;
		if (k->fields[f].type != RKR_TYPE_STR && k->fields[f].type != RKR_TYPE_QWORDS &&
		    !rkr_type_fits(k->fields[f].type, rec->v[f].u))
			return RKR_WRITE_REFUSE(w, -EINVAL, NULL,
						"'%s' of record %zu (%s) does not fit its type",
						k->fields[f].name, i, k->name);
		rkr_emit_key(e, k->fields[f].name);
		emit_value(w, i, f);
	}
	rkr_emit_end(e);
	return 0;
}

/* A list whose items one function writes. */
static int
emit_items(struct rkr_writer *w, const char *key, enum rkr_scope scope, size_t n,
	   int (*item)(struct rkr_writer *, size_t))
{
	int r = 0;

	rkr_emit_key(&w->emit, key);
	rkr_emit_list(&w->emit, scope, 0, false);
	for (size_t i = 0; i < n && r == 0 && !w->emit.failed; i++) {
		rkr_emit_item(&w->emit);
		r = item(w, i);
	}
	rkr_emit_end(&w->emit);
	return r;
}

static int
emit_name(struct rkr_writer *w, size_t i)
{
	rkr_emit_bytes(&w->emit, w->run->files[i], strlen(w->run->files[i]));
	return 0;
}

static void
emit_head(struct rkr_writer *w)
{
	const struct rkr_run *run = w->run;
	const struct rkr_kept *kept = run->kept;
	struct rkr_emit *e = &w->emit;
	size_t n_regions, n_records;
	char version[32];

	/* Unknown regions and records are in the lists too. */
	rkr_kept_find(kept, RKR_SCOPE_REGIONS, 0, &n_regions);
	rkr_kept_find(kept, RKR_SCOPE_RECORDS, 0, &n_records);
	const struct {
		const char *name;
		size_t n;
	} counts[] = {
		{ "files", run->n_files },
		{ "bos", run->n_bos },
		{ "regions", run->n_regions + n_regions },
		{ "conflicts", run->n_conflicts },
		{ "records", run->n_records + n_records },
	};

	snprintf(version, sizeof(version), "%u.%u", RKR_BUNDLE_MAJOR,
		 kept && kept->minor > RKR_BUNDLE_MINOR ? kept->minor : RKR_BUNDLE_MINOR);
	rkr_emit_key(e, "format");
	rkr_emit_map(e, RKR_SCOPE_FORMAT, 0, false);
	rkr_emit_key(e, "name");
	rkr_emit_word(e, RKR_BUNDLE_FORMAT);
	rkr_emit_key(e, "version");
	rkr_emit_text(e, version);
	rkr_emit_end(e);
	rkr_emit_key(e, "tool");
	if (kept && kept->tool) {
		rkr_emit_node(e, kept->tool);
	} else {
		rkr_emit_map(e, RKR_SCOPE_NONE, 0, false);
		rkr_emit_key(e, "name");
		rkr_emit_word(e, PACKAGE_NAME);
		rkr_emit_key(e, "version");
		rkr_emit_text(e, PACKAGE_VERSION);
		rkr_emit_end(e);
	}
	rkr_emit_key(e, "counts");
	rkr_emit_map(e, RKR_SCOPE_COUNTS, 0, true);
	for (size_t i = 0; i < RKR_ARRAY_LEN(counts); i++) {
		rkr_emit_key(e, counts[i].name);
		rkr_emit_u64(e, counts[i].n);
	}
	rkr_emit_end(e);
}

static void
emit_witness(struct rkr_writer *w)
{
	rkr_emit_key(&w->emit, "witness");
	rkr_emit_list(&w->emit, RKR_SCOPE_WITNESS, 0, true);
	for (size_t k = 0; k < RKR_KIND_MAX_; k++) {
		if (!rkr_run_witnesses(w->run, (enum rkr_kind)k))
			continue;
		rkr_emit_item(&w->emit);
		rkr_emit_word(&w->emit, rkr_kind_get((enum rkr_kind)k)->name);
	}
	rkr_emit_end(&w->emit);
}

static void
emit_things(struct rkr_writer *w)
{
	struct rkr_emit *e = &w->emit;

	rkr_emit_key(e, "things");
	rkr_emit_map(e, RKR_SCOPE_THINGS, 0, false);
	for (size_t s = 0; s < RKR_SPACE_MAX_; s++) {
		if (!w->run->things[s].n)
			continue;
		rkr_emit_key(e, rkr_space_name((enum rkr_space)s));
		rkr_emit_list(e, RKR_SCOPE_NONE, 0, true);
		for (size_t i = 0; i < w->run->things[s].n; i++) {
			rkr_emit_item(e);
			rkr_emit_hex(e, w->run->things[s].v[i], true);
		}
		rkr_emit_end(e);
	}
	rkr_emit_end(e);
}

int
rkr_write_entries(struct rkr_writer *w)
{
	const struct rkr_run *run = w->run;
	struct rkr_emit *e = &w->emit;
	int r;

	emit_head(w);
	r = emit_items(w, "files", RKR_SCOPE_NONE, run->n_files, emit_name);
	emit_witness(w);
	if (r == 0)
		r = emit_items(w, "bos", RKR_SCOPE_NONE, run->n_bos, emit_bo);
	if (r == 0)
		r = emit_items(w, "regions", RKR_SCOPE_REGIONS, run->n_regions, emit_region);
	if (r == 0)
		r = emit_items(w, "conflicts", RKR_SCOPE_NONE, run->n_conflicts, emit_conflict);
	if (r < 0)
		return r;
	emit_things(w);
	if (run->n_bound != run->n_records) {
		rkr_emit_key(e, "bound");
		rkr_emit_u64(e, rkr_kept_position(run->kept, run->n_bound));
	}
	if (w->words.name[0]) {
		rkr_emit_key(e, "words");
		rkr_emit_map(e, RKR_SCOPE_WORDS, 0, false);
		emit_file(e, &w->words);
		rkr_emit_end(e);
	}
	return emit_items(w, "records", RKR_SCOPE_RECORDS, run->n_records, emit_record);
}
