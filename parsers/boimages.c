/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "boimages.h"
#include "boimages-priv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/util.h"

#define META_BYTES_MAX ((size_t)64 << 10)

/* What is read of a file at a time. */
#define CHUNK_BYTES ((size_t)1 << 20)

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
		return REFUSE(rd, -EINVAL, "put the file itself there",
			      "it is a symbolic link; none is followed");
	if (fd < 0)
		return REFUSE(rd, -errno, errno == ENOENT ? missing : "check its permissions",
			      "cannot open it: %s", strerror(errno));
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
			return REFUSE(rd, -EINVAL, "read it when nobody writes to it",
				      "it was cut while it was read");
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
			      "it has %" PRIu64 " bytes, and line %" PRIu64 " of " META " says %" PRIu64,
			      size, image->line, image->size);
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
		return REFUSE(rd, -EINVAL, "check task_array_bo=", "there is no BO with idx=%" PRIu64,
			      rd->task_idx);
	if (by_idx != by_obj && by_idx < rd->n && by_obj < rd->n)
		return REFUSE(rd, -EINVAL, "keep the one that is right",
			      "task_array_bo= names BO %" PRIu64 ", and task_obj_addr= BO %" PRIu64,
			      rd->task_idx, rd->images[by_obj].idx);
	*ret_image = by_idx < rd->n ? by_idx : by_obj;
	return 0;
}

/* What the task BO and the BOs that its tasks point into hold. */
static int
note_tasks(struct reader *rd)
{
	size_t image = rd->n;
	int r = find_tasks(rd, &image);

	if (r < 0 || image == rd->n)
		return r;
	r = rkr_run_add_table(rd->run, (uint32_t)image, 0, SIZE_MAX);
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
		r = rkp_boimages_take_meta(rd);
	if (r == 0 && rkr_run_bind(rd->run) < 0)
		r = REFUSE(rd, -ENOMEM, NULL, "no memory left to read it");
	/* Handles are used again, so each create makes a BO: they are in the order of the lines. */
	if (r == 0 && rkr_run_n_bos(rd->run) != rd->n)
		r = REFUSE(rd, -EINVAL, "give each BO its own handle", "its lines do not make %zu BOs",
			   rd->n);
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
