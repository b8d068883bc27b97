/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "boimages-priv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/util.h"

/* What meta.txt says of the BOs and of the submit. */

static int
read_number(struct reader *rd, const char *key, const char *text, uint64_t max, uint64_t *ret)
{
	int base = strncmp(text, "0x", 2) == 0 ? 16 : 10;
	char *end;

	errno = 0;
	uint64_t v = strtoull(text, &end, base);
	/* strtoull() itself takes blanks and signs */
	const char *digits = base == 16 ? text + 2 : text;

	if (!strchr("0123456789abcdefABCDEF", *digits) || !*digits || *end || errno || v > max)
		return REFUSE(rd, -EINVAL, "write it in decimal or with 0x",
			      "%s=%s is not a number that it can have", key, text);
	*ret = v;
	return 0;
}

/* Set a field of a record, once, by a word KEY=VALUE. */
static int
set_field(struct reader *rd, struct rkr_record *rec, int field, const char *key, const char *text)
{
	const struct rkr_field *f = &rkr_kind_get(rec->kind)->fields[field];
	bool wide = f->type == RKR_TYPE_U64, is_signed = f->type == RKR_TYPE_S32;
	bool minus = is_signed && *text == '-';
	uint64_t v = 0;

	if (rkr_has(rec, field))
		return REFUSE(rd, -EINVAL, "keep one of them", "%s= is there twice", key);
	int r = read_number(rd, key, text + minus,
			    wide        ? UINT64_MAX
			    : is_signed ? INT32_MAX
					: UINT32_MAX,
			    &v);

	if (r < 0)
		return r;
	if (is_signed)
		rkr_set_s(rec, field, minus ? -(int64_t)v : (int64_t)v);
	else
		rkr_set_u(rec, field, v);
	return 0;
}

/* The next word of a line, cut into its key and value at "=". 1: there was one; 0: none is left. */
static int
next_word(struct reader *rd, char **at, const char **ret_key, const char **ret_value)
{
	char *word = strtok_r(NULL, " \t\r", at);

	if (!word)
		return 0;
	char *equals = strchr(word, '=');

	if (!equals || equals == word)
		return REFUSE(rd, -EINVAL, "write KEY=VALUE", "'%s' is no word of it", word);
	*equals = '\0';
	*ret_key = word;
	*ret_value = equals + 1;
	return 1;
}

static int
check_image(struct reader *rd, const struct rkr_record *rec, bool has_idx, const struct image *image)
{
	if (!has_idx || !rkr_has(rec, RKR_F_mem_create_size))
		return REFUSE(rd, -EINVAL, "write bo idx=N ... size=BYTES",
			      "a BO has no %s=", has_idx ? "size" : "idx");
	if (rd->n == IMAGES_MAX)
		return REFUSE(rd, -EFBIG, "take some out", "there are more than %d BOs", IMAGES_MAX);
	if (image->size == 0 || image->size > RKP_BOIMAGES_BYTES_MAX - rd->bytes)
		return REFUSE(rd, -EFBIG,
			      "check size=", "a BO of %" PRIu64 " bytes: all images have 1 to %" PRIu64,
			      image->size, RKP_BOIMAGES_BYTES_MAX);
	for (size_t i = 0; i < rd->n; i++)
		if (rd->images[i].idx == image->idx)
			return REFUSE(rd, -EINVAL, "give each BO its own",
				      "idx=%" PRIu64 " is that of the BO in line %" PRIu64, image->idx,
				      rd->images[i].line);
	return 0;
}

/* "bo idx=0 handle=1 dma=0xfffff000 obj=0xffffff80c35f9c00 size=4096" */
static int
take_bo(struct reader *rd, char *at)
{
	struct image image = { .line = rd->line };
	struct rkr_record_buf buf;
	const char *key, *value;
	bool has_idx = false;
	int r;

	rkr_record_init(&buf, RKR_KIND_mem_create);
	while ((r = next_word(rd, &at, &key, &value)) > 0) {
		static const int known[] = { RKR_F_mem_create_handle, RKR_F_mem_create_dma,
					     RKR_F_mem_create_obj, RKR_F_mem_create_size,
					     RKR_F_mem_create_flags };
		int field = rkr_field_by_name(RKR_KIND_mem_create, key);
		bool is_known = false;

		for (size_t i = 0; i < RKR_ARRAY_LEN(known); i++)
			is_known |= known[i] == field;
		if (strcmp(key, "idx") == 0 && !has_idx) {
			r = read_number(rd, key, value, UINT32_MAX, &image.idx);
			has_idx = true;
		} else if (is_known) {
			r = set_field(rd, &buf.rec, field, key, value);
		} else {
			r = REFUSE(rd, -EINVAL, "take it out", "a BO has no %s=, or one only", key);
		}
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	image.size = rkr_get_u(&buf.rec, RKR_F_mem_create_size);
	image.obj = rkr_get_u(&buf.rec, RKR_F_mem_create_obj);
	r = check_image(rd, &buf.rec, has_idx, &image);
	if (r < 0)
		return r;
	rd->images[rd->n++] = image;
	rd->bytes += image.size;
	buf.rec.place = (struct rkr_place){ .line = rd->line };
	return rkr_run_append(rd->run, &buf.rec) < 0 ? REFUSE(rd, -ENOMEM, NULL, "no memory left to read it")
						     : 0;
}

/* "subcore2 start=4294967295 number=1" */
static int
take_subcore(struct reader *rd, const char *word, char *at)
{
	unsigned i = (unsigned)(word[strlen("subcore")] - '0');
	const char *key, *value;
	int r;

	if (i > 4 || word[strlen("subcore") + 1])
		return REFUSE(rd, -EINVAL, "a submit has five, from 0", "there is no %s", word);
	while ((r = next_word(rd, &at, &key, &value)) > 0) {
		bool start = strcmp(key, "start") == 0;

		if (!start && strcmp(key, "number") != 0)
			return REFUSE(rd, -EINVAL, "take it out", "a subcore has no %s=", key);
		r = set_field(rd, &rd->submit.rec, RKR_F_submit_sub0_start + (int)(2 * i) + !start, key,
			      value);
		if (r < 0)
			return r;
	}
	return r;
}

/* A word of the submit. */
static int
take_submit(struct reader *rd, const char *key, const char *value)
{
	int field = rkr_field_by_name(RKR_KIND_submit, key);

	if (strcmp(key, "task_array_bo") == 0) {
		if (rd->task_idx != NO_IMAGE)
			return REFUSE(rd, -EINVAL, "keep one of them", "%s= is there twice", key);
		rd->task_line = rd->line;
		return read_number(rd, key, value, UINT32_MAX, &rd->task_idx);
	}
	/* The driver's name of these bytes [source: driver 0.9.8]. */
	if (strcmp(key, "iommu_domain_id") == 0)
		field = RKR_F_submit_field32;
	/* What only a log has of a submit is no part of it. */
	if (field < RKR_F_submit_flags || field >= RKR_F_submit_sub0_start)
		return REFUSE(rd, -EINVAL, "take it out", "%s= is nothing that a submit has", key);
	return set_field(rd, &rd->submit.rec, field, key, value);
}

static int
take_line(struct reader *rd, char *line)
{
	char *at = NULL, *word = strtok_r(line, " \t\r", &at);
	const char *key, *value;
	int r = 0;

	if (!word)
		return 0;
	if (strcmp(word, "bo") == 0)
		return take_bo(rd, at);
	if (!rd->submit_line)
		rd->submit_line = rd->line;
	if (strncmp(word, "subcore", strlen("subcore")) == 0 && !strchr(word, '='))
		return take_subcore(rd, word, at);
	/* The first word is one like the others. */
	char *equals = strchr(word, '=');

	if (!equals)
		return REFUSE(rd, -EINVAL, "write KEY=VALUE", "'%s' is no word of it", word);
	*equals = '\0';
	r = take_submit(rd, word, equals + 1);
	while (r == 0 && (r = next_word(rd, &at, &key, &value)) > 0)
		r = take_submit(rd, key, value);
	return r;
}

int
rkp_boimages_take_meta(struct reader *rd)
{
	char *line = rd->meta, *next;
	int r = 0;

	rkr_record_init(&rd->submit, RKR_KIND_submit);
	for (uint64_t n = 1; line && r == 0; line = next, n++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		rd->line = n;
		r = take_line(rd, line);
	}
	rd->line = 0;
	if (r < 0)
		return r;
	if (!rd->n)
		return REFUSE(rd, -EINVAL, "give the directory that the capture wrote", "it tells of no BO");
	if (!rd->submit_line)
		return 0;
	rd->submit.rec.place = (struct rkr_place){ .line = rd->submit_line };
	if (rkr_run_append(rd->run, &rd->submit.rec) < 0)
		return REFUSE(rd, -ENOMEM, NULL, "no memory left to read it");
	return 0;
}
