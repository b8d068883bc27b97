/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "boimages.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/regcmd.h"
#include "lib/util.h"
#include "task.h"

#define META "meta.txt"
#define META_BYTES_MAX ((size_t)64 << 10)
#define IMAGES_MAX 256
#define NO_IMAGE UINT64_MAX

/* What is read of a file at a time. */
#define CHUNK_BYTES ((size_t)1 << 20)

struct image {
	uint64_t idx;
	uint64_t size;
	uint64_t obj;
	uint64_t line; /* of meta.txt */
};

struct reader {
	struct rkr_run *run;
	struct rkr_error *err;
	const char *path;
	int dir;
	char *meta;           /* its bytes, and a NUL */
	char name[PATH_MAX];  /* of the file in hand */
	uint64_t line;        /* of meta.txt in hand; 0: none */

	struct image images[IMAGES_MAX];
	size_t n;
	uint64_t bytes;       /* of all images */
	uint64_t task_idx;    /* idx of the task BO, or NO_IMAGE */
	uint64_t task_line;
	uint64_t submit_line; /* first line that tells of the submit; 0: none does */
	struct rkr_record_buf submit;
};

#define REFUSE(rd, code, cure, ...) rkr_error_set((rd)->err, code, (rd)->name, (rd)->line, 0, cure, __VA_ARGS__)

/* ---- files ---- */

static void
set_name(struct reader *rd, const char *file)
{
	snprintf(rd->name, sizeof(rd->name), "%s/%s", rd->path, file);
	rd->line = 0;
}

/* Open a plain file of the directory; a link could lead out of it. */
static int
open_file(struct reader *rd, const char *file, const char *missing, uint64_t *ret_size)
{
	struct stat st;
	int fd = openat(rd->dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);

	set_name(rd, file);
	if (fd < 0 && errno == ELOOP)
		return REFUSE(rd, -EINVAL, "put the file itself there", "it is a symbolic link; none is followed");
	if (fd < 0)
		return REFUSE(rd, -errno, errno == ENOENT ? missing : "check its permissions", "cannot open it: %s",
			      strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0) {
		*ret_size = (uint64_t)st.st_size;
		return fd;
	}
	close(fd);
	return REFUSE(rd, -EINVAL, "put the file itself there", "it is not a plain file");
}

/* Read all @len bytes that are left to read, or say why not. */
static int
read_bytes(struct reader *rd, int fd, void *to, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = read(fd, (char *)to + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return REFUSE(rd, -errno, NULL, "cannot read it: %s", strerror(errno));
		if (n == 0)
			return REFUSE(rd, -EINVAL, "read it when nobody writes to it", "it was cut while it was read");
		at += (size_t)n;
	}
	return 0;
}

static int
read_meta(struct reader *rd)
{
	uint64_t size;
	_autoclose_ int fd = open_file(rd, META, "name a directory that has one", &size);

	if (fd < 0)
		return fd;
	if (size > META_BYTES_MAX)
		return REFUSE(rd, -EFBIG, "give the directory that the capture wrote",
			      "it has %" PRIu64 " bytes: too many for it", size);
	rd->meta = calloc(1, size + 1);
	if (!rd->meta)
		return REFUSE(rd, -ENOMEM, NULL, "no memory left to read it");
	int r = read_bytes(rd, fd, rd->meta, size);

	if (r == 0 && memchr(rd->meta, '\0', size))
		r = REFUSE(rd, -EINVAL, "copy it again", "it has NUL bytes: it is no text");
	return r;
}

/* ---- meta.txt ---- */

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
		return REFUSE(rd, -EINVAL, "write it in decimal or with 0x", "%s=%s is not a number that it can have",
			      key, text);
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
	int r = read_number(rd, key, text + minus, wide ? UINT64_MAX : is_signed ? INT32_MAX : UINT32_MAX, &v);

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
		return REFUSE(rd, -EINVAL, "write bo idx=N ... size=BYTES", "a BO has no %s=",
			      has_idx ? "size" : "idx");
	if (rd->n == IMAGES_MAX)
		return REFUSE(rd, -EFBIG, "take some out", "there are more than %d BOs", IMAGES_MAX);
	if (image->size == 0 || image->size > RKP_BOIMAGES_BYTES_MAX - rd->bytes)
		return REFUSE(rd, -EFBIG, "check size=",
			      "a BO of %" PRIu64 " bytes: all images have 1 to %" PRIu64, image->size,
			      RKP_BOIMAGES_BYTES_MAX);
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
		static const int known[] = { RKR_F_mem_create_handle, RKR_F_mem_create_dma, RKR_F_mem_create_obj,
					     RKR_F_mem_create_size, RKR_F_mem_create_flags };
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
	return rkr_run_append(rd->run, &buf.rec) < 0 ? REFUSE(rd, -ENOMEM, NULL, "no memory left to read it") : 0;
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
		r = set_field(rd, &rd->submit.rec, RKR_F_submit_sub0_start + (int)(2 * i) + !start, key, value);
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

static int
take_meta(struct reader *rd)
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

/* ---- images ---- */

static int
read_image(struct reader *rd, uint32_t bo, char *chunk)
{
	const struct image *image = &rd->images[bo];
	char file[32];
	uint64_t size;
	int r = 0;

	snprintf(file, sizeof(file), "bo%02" PRIu64 ".bin", image->idx);
	_autoclose_ int fd = open_file(rd, file, "copy it too, or take its line out of " META, &size);

	if (fd < 0)
		return fd;
	if (size != image->size)
		return REFUSE(rd, -EINVAL, size < image->size ? "copy it again" : "check size= in " META,
			      "it has %" PRIu64 " bytes, and line %" PRIu64 " of " META " says %" PRIu64, size,
			      image->line, image->size);
	for (uint64_t at = 0; at < size && r == 0;) {
		size_t len = size - at < CHUNK_BYTES ? (size_t)(size - at) : CHUNK_BYTES;

		r = read_bytes(rd, fd, chunk, len);
		if (r == 0 && rkr_run_write(rd->run, bo, at, chunk, len, RKR_EVIDENCE_DUMP, SIZE_MAX) < 0)
			r = REFUSE(rd, -ENOMEM, NULL, "no memory left to read it");
		at += len;
	}
	return r;
}

/* ---- what the images hold ---- */

/* The regcmd that the tasks point at: whole records [captured], one stretch a BO. */
static int
note_regcmd(struct reader *rd, uint32_t bo)
{
	uint64_t from = UINT64_MAX, to = 0;

	for (size_t i = 0; i < rkr_run_n_tasks(rd->run); i++) {
		struct rkr_task task;

		if (rkr_run_task(rd->run, i, &task) < 0)
			continue;
		struct rkr_ref ref = rkr_run_resolve(rd->run, RKR_SPACE_DMA, task.regcmd_addr, SIZE_MAX);
		uint64_t size = 8 * rkr_regcmd_stride(task.regcfg_amount);

		if (ref.state != RKR_REF_BO || ref.bo != bo || size > rd->images[bo].size ||
		    ref.addend > rd->images[bo].size - size)
			continue;
		from = ref.addend < from ? ref.addend : from;
		to = ref.addend + size > to ? ref.addend + size : to;
	}
	if (from >= to)
		return 0;
	return rkr_run_add_region(rd->run, &(struct rkr_region){ RKR_REGION_REGCMD, bo, from, to - from });
}

/* Which image the tasks are in: meta.txt may say it twice, and then it must be the same. */
static int
find_tasks(struct reader *rd, size_t *ret_image)
{
	uint64_t obj = rkr_get_u(&rd->submit.rec, RKR_F_submit_task_obj_addr);
	size_t by_obj = rd->n, by_idx = rd->n;

	for (size_t i = 0; i < rd->n; i++) {
		if (obj && rd->images[i].obj == obj && by_obj == rd->n)
			by_obj = i;
		if (rd->images[i].idx == rd->task_idx)
			by_idx = i;
	}
	set_name(rd, META);
	rd->line = rd->task_line;
	if (rd->task_idx != NO_IMAGE && by_idx == rd->n)
		return REFUSE(rd, -EINVAL, "check task_array_bo=", "there is no BO with idx=%" PRIu64, rd->task_idx);
	if (by_idx != by_obj && by_idx < rd->n && by_obj < rd->n)
		return REFUSE(rd, -EINVAL, "keep the one that is right",
			      "task_array_bo= names BO %" PRIu64 ", and task_obj_addr= BO %" PRIu64, rd->task_idx,
			      rd->images[by_obj].idx);
	*ret_image = by_idx < rd->n ? by_idx : by_obj;
	return 0;
}

/* A task BO starts with its table; what follows it is none [captured]. */
static int
note_tasks(struct reader *rd)
{
	uint8_t bytes[RKR_TASK_BYTES];
	struct rkr_task task;
	uint64_t size = 0;
	size_t image = rd->n;
	int r = find_tasks(rd, &image);

	if (r < 0 || image == rd->n)
		return r;
	while (rkr_run_read(rd->run, (uint32_t)image, size, bytes, sizeof(bytes)) == 0) {
		rkr_task_decode(bytes, &task);
		if (!rkp_is_task(&task))
			break;
		size += sizeof(bytes);
	}
	if (size)
		r = rkr_run_add_region(rd->run, &(struct rkr_region){ RKR_REGION_TASKS, (uint32_t)image, 0, size });
	for (uint32_t i = 0; i < rd->n && r == 0; i++)
		r = note_regcmd(rd, i);
	return r < 0 ? REFUSE(rd, -ENOMEM, NULL, "no memory left to read it") : 0;
}

/* ---- all of it ---- */

bool
rkp_boimages_is(const char *path)
{
	_autoclose_ int dir = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

	return dir >= 0 && faccessat(dir, META, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
read_all(struct reader *rd)
{
	_autofree_ char *chunk = malloc(CHUNK_BYTES);
	uint32_t file;
	int r = read_meta(rd);

	if (r == 0 && (!chunk || rkr_run_add_file(rd->run, rd->name, &file) < 0))
		r = REFUSE(rd, -ENOMEM, NULL, "no memory left to read it");
	if (r == 0)
		r = take_meta(rd);
	if (r == 0 && rkr_run_bind(rd->run) < 0)
		r = REFUSE(rd, -ENOMEM, NULL, "no memory left to read it");
	/* Handles are used again, so each create makes a BO: they are in the order of the lines. */
	if (r == 0 && rkr_run_n_bos(rd->run) != rd->n)
		r = REFUSE(rd, -EINVAL, "give each BO its own handle", "its lines do not make %zu BOs", rd->n);
	for (uint32_t i = 0; i < rd->n && r == 0; i++)
		r = read_image(rd, i, chunk);
	return r < 0 ? r : note_tasks(rd);
}

int
rkp_boimages_read(const char *path, struct rkr_run *run, struct rkr_error *err)
{
	_autofree_ struct reader *rd = calloc(1, sizeof(*rd));

	if (!rd)
		return rkr_fail(err, -ENOMEM, NULL, "no memory left to read images");
	_autoclose_ int dir = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

	rd->run = run;
	rd->err = err;
	rd->path = path;
	rd->dir = dir;
	rd->task_idx = NO_IMAGE;
	if (dir < 0)
		return rkr_error_set(err, -errno, path, 0, 0, "check the name", "cannot open it: %s",
				     strerror(errno));
	int r = read_all(rd);

	free(rd->meta);
	return r;
}
