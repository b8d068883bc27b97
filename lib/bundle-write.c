/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bundle.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "bundle-write.h"
#include "util.h"

/* From a run to the files of a bundle. Binary files first: run.yaml holds their digests. */

static int
no_memory(struct rkr_writer *w)
{
	return RKR_WRITE_REFUSE(w, -ENOMEM, NULL, "no memory to write it");
}

static int
write_failed(struct rkr_writer *w, int code, const char *name)
{
	return RKR_WRITE_REFUSE(w, code, code == -EFBIG ? "keep less in one bundle" : NULL,
				"cannot write its %s: %s", name,
				code == -EFBIG ? "it is too large" : strerror(-code));
}

static int
close_file(struct rkr_writer *w, struct rkr_written *file)
{
	int r;

	file->bytes = w->out.total;
	rkr_out_digest(&w->out, file->sha256);
	w->left -= w->out.total;
	r = rkr_out_close(&w->out);
	return r < 0 ? write_failed(w, r, file->name) : 0;
}

/* ---- binary files ---- */

static int
write_contents(struct rkr_writer *w, size_t bo)
{
	const struct rkr_contents *c = &w->run->bos[bo].contents;
	struct rkr_written *file = &w->bos[bo];

	if (!c->n)
		return 0;
	if (c->n > RKR_BUNDLE_EXTENTS_MAX)
		return RKR_WRITE_REFUSE(w, -EFBIG, NULL,
					"what is known of BO %zu is in %zu pieces, a bundle takes %zu", bo,
					c->n, RKR_BUNDLE_EXTENTS_MAX);
	if (c->v[c->n - 1].offset + c->v[c->n - 1].len > rkr_bo_room(&w->run->bos[bo].bo))
		return RKR_WRITE_REFUSE(w, -EINVAL, "its sources contradict each other",
					"the contents of BO %zu reach past its end", bo);
	snprintf(file->name, sizeof(file->name), "bo-%03zu.bin", bo);
	rkr_out_open(&w->out, w->dir.fd, file->name, w->left);
	for (size_t i = 0; i < c->n; i++)
		rkr_out_put(&w->out, c->v[i].data, c->v[i].len);
	return close_file(w, file);
}

/*
 * Whether the words of a value are the contents of the BO that its record shows;
 * for a dump they should be.
 */
static int
find_in_contents(struct rkr_writer *w, size_t at, const struct rkr_blob *words, struct rkr_source *ret_source)
{
	const struct rkr_record *rec = &w->run->records[at];
	const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);
	int off = rkr_field_by_name(rec->kind, "off");
	struct rkr_ref ref = { .state = RKR_REF_NULL };

	*ret_source = (struct rkr_source){ 0 };
	for (size_t f = 0; f < k->n_fields && ref.state != RKR_REF_BO; f++)
		if (k->fields[f].space == RKR_SPACE_GEM_NAME && rkr_has(rec, (int)f))
			ref = rkr_run_resolve(w->run, RKR_SPACE_GEM_NAME, rec->v[f].u, at);
	if (ref.state != RKR_REF_BO || off < 0 || !words->len)
		return 0;
	_autofree_ uint64_t *known = reallocarray(NULL, words->len, sizeof(*known));

	if (!known)
		return -ENOMEM;
	*ret_source = (struct rkr_source){ false, ref.bo, rkr_get_u(rec, off) };
	if (rkr_run_read(w->run, ref.bo, ret_source->offset, known, words->len * sizeof(*known)) < 0)
		return 0;
	for (size_t i = 0; i < words->len; i++)
		if (le64toh(known[i]) != ((const uint64_t *)words->data)[i])
			return 0;
	ret_source->contents = true;
	return 0;
}

/* Words that are no contents go to a file, which is made for the first of them. */
static void
put_words(struct rkr_writer *w, const struct rkr_blob *words, struct rkr_source *ret_source)
{
	if (!w->words.name[0]) {
		snprintf(w->words.name, sizeof(w->words.name), "%s", RKR_BUNDLE_WORDS);
		rkr_out_open(&w->out, w->dir.fd, w->words.name, w->left);
	}
	*ret_source = (struct rkr_source){ .offset = w->out.total };
	for (size_t i = 0; i < words->len; i++)
		rkr_out_put(&w->out, &(uint64_t){ htole64(((const uint64_t *)words->data)[i]) },
			    sizeof(uint64_t));
}

/* Find each QWORDS value in the contents, or write it to the file of words. */
static int
write_words(struct rkr_writer *w)
{
	uint64_t total = 0;

	for (size_t i = 0; i < w->run->n_records; i++) {
		const struct rkr_record *rec = &w->run->records[i];
		const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);

		for (size_t f = 0; f < k->n_fields; f++) {
			struct rkr_source source;

			if (k->fields[f].type != RKR_TYPE_QWORDS || !rkr_has(rec, (int)f))
				continue;
			total += rec->v[f].b->len;
			if (total > RKR_BUNDLE_WORDS_MAX)
				return write_failed(w, -EFBIG, "words of records");
			if (find_in_contents(w, i, rec->v[f].b, &source) < 0 ||
			    rkr_grow((void **)&w->sources, &w->cap_sources, w->n_sources + 1,
				     sizeof(source)) < 0)
				return no_memory(w);
			if (!source.contents && rec->v[f].b->len)
				put_words(w, rec->v[f].b, &source);
			w->sources[w->n_sources++] = source;
		}
	}
	return w->words.name[0] ? close_file(w, &w->words) : 0;
}

/* ---- all of it ---- */

static int
write_yaml(struct rkr_writer *w)
{
	char sha256[RKR_SHA256_HEX];
	int r;

	rkr_out_open(&w->out, w->dir.fd, RKR_BUNDLE_YAML, RKR_BUNDLE_YAML_MAX);
	r = rkr_emit_begin(&w->emit, &w->out, w->run->kept);
	w->emitting = true;
	if (r < 0)
		return write_failed(w, r, RKR_BUNDLE_YAML);
	r = rkr_write_entries(w);
	if (r < 0)
		return r;
	r = rkr_emit_finish(&w->emit);
	rkr_out_digest(&w->out, sha256);
	rkr_out_put(&w->out, RKR_BUNDLE_SEAL, strlen(RKR_BUNDLE_SEAL));
	rkr_out_put(&w->out, sha256, strlen(sha256));
	rkr_out_put(&w->out, "\n", 1);
	if (r == 0)
		r = rkr_out_close(&w->out);
	return r < 0 ? write_failed(w, r, RKR_BUNDLE_YAML) : 0;
}

static int
write_all(struct rkr_writer *w, const char *path, unsigned flags)
{
	int r = rkr_bundle_dir_begin(&w->dir, path, flags, w->err);

	if (r < 0)
		return r;
	w->bos = calloc(w->run->n_bos + 1, sizeof(*w->bos));
	if (!w->bos)
		return no_memory(w);
	for (size_t i = 0; i < w->run->n_bos && r == 0; i++)
		r = write_contents(w, i);
	if (r == 0)
		r = write_words(w);
	if (r == 0)
		r = write_yaml(w);
	return r < 0 ? r : rkr_bundle_dir_commit(&w->dir, w->err);
}

int
rkr_bundle_write_with(const struct rkr_run *run, const char *path, unsigned flags, struct rkr_error *err)
{
	_autofree_ struct rkr_writer *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return rkr_error_set(err, -ENOMEM, path, 0, 0, NULL, "no memory to write it");
	w->run = run;
	w->err = err;
	w->left = RKR_BUNDLE_DATA_MAX;
	w->out.fd = -1;
	r = write_all(w, path, flags);
	if (w->emitting)
		rkr_emit_free(&w->emit);
	if (w->out.fd >= 0)
		close(w->out.fd);
	rkr_bundle_dir_end(&w->dir);
	free(w->bos);
	free(w->sources);
	return r;
}

int
rkr_bundle_write(const struct rkr_run *run, const char *dir, struct rkr_error *err)
{
	return rkr_bundle_write_with(run, dir, 0, err);
}
