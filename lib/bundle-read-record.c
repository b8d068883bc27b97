/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "bundle-read.h"
#include "util.h"

/* The records of a bundle, and what names them. */

/* The keys of a record: these, then its fields. */
enum { KEY_RECORD, KEY_PLACE, KEY_FIELDS };

static int
find_record_key(const void *data, const char *key)
{
	const enum rkr_kind *kind = data;
	int f;

	if (strcmp(key, "record") == 0)
		return KEY_RECORD;
	if (strcmp(key, "place") == 0)
		return KEY_PLACE;
	f = rkr_field_by_name(*kind, key);
	return f < 0 ? -1 : KEY_FIELDS + f;
}

static int
read_place(struct rkr_reader *rd, struct rkr_node *node, struct rkr_place *ret)
{
	static const char *const keys[] = { "file", "line", "start", "end", NULL };
	struct rkr_node *v[4];
	int r = rkr_read_keys(rd, node, RKR_SCOPE_PLACE, rd->run->n_records, keys, 4, v);

	if (r == 0)
		r = rkr_read_index(rd, v[0], "file", &rd->file, &ret->file);
	if (r == 0)
		r = rkr_read_u64(rd, v[1], "line", UINT64_MAX, &ret->line);
	if (r == 0)
		r = rkr_read_u64(rd, v[2], "start", UINT64_MAX, &ret->start);
	if (r == 0)
		r = rkr_read_u64(rd, v[3], "end", UINT64_MAX, &ret->end);
	return r;
}

/* {bo: 1, offset: 0x40, words: 208} or {file: words-000.bin, ...} or {words: 0} */
static int
read_words(struct rkr_reader *rd, struct rkr_node *node, int field)
{
	static const char *const keys[] = { "words", "offset", "bo", "file", NULL };
	enum { WORDS, OFFSET, BO, FILE_, N };
	struct rkr_words w = {
		.record = rd->run->n_records, .field = field, .line = node->line, .column = node->column
	};
	struct rkr_node *v[N];
	uint64_t n;
	int r = rkr_read_keys(rd, node, RKR_SCOPE_QWORDS, w.record * RKR_FIELDS_MAX + (size_t)field, keys, 1,
			      v);

	if (r == 0)
		r = rkr_read_u64(rd, v[WORDS], "words", RKR_BUNDLE_WORDS_MAX - rd->n_words, &n);
	if (r < 0)
		return r;
	if (n && (!v[OFFSET] || !v[BO] == !v[FILE_]))
		return RKR_REFUSE(rd, node, NULL, "words are at an offset of either a BO or a file");
	if (n)
		r = rkr_read_u64(rd, v[OFFSET], "offset", UINT64_MAX, &w.offset);
	if (n && r == 0 && v[BO])
		r = rkr_read_index(rd, v[BO], "bo", &rd->bo, &w.bo);
	if (n && r == 0 && v[FILE_] && !rkr_node_is(v[FILE_], RKR_BUNDLE_WORDS))
		r = RKR_REFUSE(rd, v[FILE_], NULL, "words are in " RKR_BUNDLE_WORDS);
	if (r < 0)
		return r;
	rd->n_words += n;
	w.n = (size_t)n;
	w.in_file = v[FILE_];
	if (rkr_grow((void **)&rd->qwords, &rd->cap_qwords, rd->n_qwords + 1, sizeof(w)) < 0)
		return rkr_read_no_memory(rd);
	rd->qwords[rd->n_qwords++] = w;
	return 0;
}

/* @blob is for the field to point at; it must last until the record is in the run. */
static int
read_value(struct rkr_reader *rd, struct rkr_node *node, struct rkr_record *rec, int field,
	   struct rkr_blob *blob)
{
	const struct rkr_field *f = &rkr_kind_get(rec->kind)->fields[field];
	const char *text;
	size_t len;
	uint64_t v = 0;
	int64_t s;
	int r = 0;

	switch (f->type) {
	case RKR_TYPE_U32:
	case RKR_TYPE_U64:
		r = rkr_read_u64(rd, node, f->name, f->type == RKR_TYPE_U32 ? UINT32_MAX : UINT64_MAX, &v);
		break;
	case RKR_TYPE_S32:
	case RKR_TYPE_S64:
		r = rkr_read_s64(rd, node, f->name, &s);
		if (r == 0 && !rkr_type_fits(f->type, (uint64_t)s))
			r = RKR_REFUSE(rd, node, NULL, "'%s' is to be a number of 32 bits", f->name);
		if (r == 0)
			v = (uint64_t)s;
		break;
	case RKR_TYPE_DEC:
		r = rkr_read_dec(rd, node, f->name, &v);
		break;
	case RKR_TYPE_TIME:
		r = rkr_read_time(rd, node, f->name, &v);
		break;
	case RKR_TYPE_CHAR:
		r = rkr_read_bytes(rd, node, f->name, &text, &len);
		if (r == 0 && len != 1)
			r = RKR_REFUSE(rd, node, NULL, "'%s' is to be one byte", f->name);
		if (r == 0)
			v = (unsigned char)text[0];
		break;
	case RKR_TYPE_STR:
		r = rkr_read_bytes(rd, node, f->name, &text, &len);
		if (r == 0)
			*blob = (struct rkr_blob){ text, len };
		break;
	case RKR_TYPE_QWORDS:
		r = read_words(rd, node, field);
		*blob = (struct rkr_blob){ NULL, 0 };
		break;
	}
	if (r < 0)
		return r;
	if (f->type == RKR_TYPE_STR || f->type == RKR_TYPE_QWORDS)
		rkr_set_b(rec, field, blob);
	else
		rkr_set_u(rec, field, v);
	return 0;
}

/* The value of a key of a map, or NULL. */
static const struct rkr_node *
value_of(const struct rkr_node *map, const char *key)
{
	for (size_t i = 0; map->type == RKR_NODE_MAP && i < map->n; i += 2)
		if (rkr_node_is(map->items[i], key))
			return map->items[i + 1];
	return NULL;
}

int
rkr_read_record(struct rkr_reader *rd, struct rkr_node **node)
{
	struct rkr_node *v[KEY_FIELDS + RKR_FIELDS_MAX] = { NULL };
	struct rkr_blob blobs[RKR_FIELDS_MAX];
	struct rkr_record_buf buf;
	const struct rkr_node *name = value_of(*node, "record");
	enum rkr_kind kind;
	int r;

	if (!name || name->type != RKR_NODE_SCALAR)
		return RKR_REFUSE(rd, *node, NULL, "a record is a map with the key 'record', its kind");
	kind = strlen(name->text) == name->len ? rkr_kind_by_name(name->text) : RKR_KIND_INVALID_;
	if (kind == RKR_KIND_INVALID_)
		return rkr_read_keep(rd, RKR_SCOPE_RECORDS, 0, rd->run->n_records, NULL, node);
	r = rkr_read_map(rd, *node, RKR_SCOPE_RECORD, rd->run->n_records, find_record_key, &kind, v);
	if (r < 0)
		return r;
	rkr_record_init(&buf, kind);
	if (v[KEY_PLACE])
		r = read_place(rd, v[KEY_PLACE], &buf.rec.place);
	for (int f = 0; r == 0 && f < RKR_FIELDS_MAX; f++)
		if (v[KEY_FIELDS + f])
			r = read_value(rd, v[KEY_FIELDS + f], &buf.rec, f, &blobs[f]);
	if (r < 0)
		return r;
	return rkr_run_append(rd->run, &buf.rec) < 0 ? rkr_read_no_memory(rd) : 0;
}

/* ---- once all is read ---- */

static size_t *
slot_of(struct rkr_run *run, const struct rkr_link *l)
{
	switch (l->place) {
	case RKR_LINK_EXTENT:
		return &run->bos[l->a].contents.v[l->b].record;
	case RKR_LINK_BORN:
		return &run->bos[l->a].bo.born;
	case RKR_LINK_DIED:
		return &run->bos[l->a].bo.died;
	case RKR_LINK_KEPT:
		return &run->conflicts[l->a].kept;
	case RKR_LINK_DROPPED:
		return &run->conflicts[l->a].dropped;
	}
	return NULL;
}

int
rkr_read_links(struct rkr_reader *rd)
{
	for (size_t i = 0; i < rd->n_links; i++) {
		const struct rkr_link *l = &rd->links[i];
		bool lifetime = l->place == RKR_LINK_BORN || l->place == RKR_LINK_DIED;
		size_t index, *slot = slot_of(rd->run, l);
		bool known = rkr_kept_index(rd->run->kept, (size_t)l->position, &index);

		/* A BO may be born by the record that would come next. */
		if (index > rd->run->n_records || (known && !lifetime && index == rd->run->n_records))
			return RKR_REFUSE(rd, l, NULL, "this is to be a record, but there is no record %llu",
					  (unsigned long long)l->position);
		*slot = known || lifetime ? index : SIZE_MAX;
		if (known)
			continue;
		if (rkr_kept_add_link(rd->run->kept,
				      &(struct rkr_kept_link){
					      .place = l->place,
					      .a = l->a,
					      .b = l->place == RKR_LINK_EXTENT
							   ? rd->run->bos[l->a].contents.v[l->b].offset
							   : 0,
					      .value = *slot,
					      .position = (size_t)l->position,
				      }) < 0)
			return rkr_read_no_memory(rd);
	}
	/* Until here the search took them to have lived always: slow, but not wrong. */
	rkr_run_note_bos(rd->run);
	return 0;
}

static int
fill_words(struct rkr_reader *rd, const struct rkr_words *w)
{
	uint64_t bytes = (uint64_t)w->n * 8;
	uint64_t have = w->in_file ? rd->words_size : rd->bytes_contents;

	/* Before any memory is asked for. */
	if (bytes > have || (w->in_file && w->offset > have - bytes))
		return RKR_REFUSE(rd, w, NULL, "there are not so many words");
	_autofree_ uint64_t *words = malloc(bytes + 1);

	if (!words)
		return rkr_read_no_memory(rd);
	if (w->in_file)
		memcpy(words, rd->words + w->offset, bytes);
	else if (rkr_run_read(rd->run, w->bo, w->offset, words, bytes) < 0)
		return RKR_REFUSE(rd, w, NULL, "the contents of BO %u do not have these words", w->bo);
	for (size_t i = 0; i < w->n; i++)
		words[i] = le64toh(words[i]);
	const struct rkr_blob *b = rkr_run_qwords(rd->run, words, w->n);

	if (!b)
		return rkr_read_no_memory(rd);
	rd->run->records[w->record].v[w->field].b = b;
	return 0;
}

int
rkr_read_qwords(struct rkr_reader *rd)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rd->n_qwords; i++)
		if (rd->qwords[i].n)
			r = fill_words(rd, &rd->qwords[i]);
	return r;
}
