/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "trace-source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/format.h"
#include "lib/util.h"
#include "row.h"

bool
rkp_trace_source_is(const char *path)
{
	static const char *const suffixes[] = { ".c", ".h", ".cocci", ".patch", ".diff" };
	size_t n = strlen(path);

	for (size_t i = 0; i < RKR_ARRAY_LEN(suffixes); i++) {
		size_t m = strlen(suffixes[i]);

		if (n > m && strcmp(path + n - m, suffixes[i]) == 0)
			return true;
	}
	return false;
}

/* A part of a template as a format string in C has it: fields are conversions, a tab is written. */
static void
put_format(struct rkr_buf *buf, const char *from, const char *to)
{
	for (const char *p = from; p < to; p++) {
		if (*p == '{') {
			p = memchr(p, '}', (size_t)(to - p));
			rkr_buf_put(buf, "%d", 2);
		} else if (*p == '\t') {
			rkr_buf_put(buf, "\\t", 2);
		} else {
			rkr_buf_put(buf, p, 1);
		}
	}
}

/* The items of a row that a statement of the source, [text, end), does not name. */
static void
put_missing(struct rkr_buf *buf, const char *items, const char *text, const char *end)
{
	for (const char *p = strchr(items, '['); p; p = strchr(p + 1, '[')) {
		const char *name = p + 2, *equals = strpbrk(name, "={]");
		size_t len = equals && *equals == '=' ? (size_t)(equals - name) + 1 : 0;

		if (!len || memmem(text, (size_t)(end - text), name, len))
			continue; /* the rest of the line, or there */
		if (buf->len)
			rkr_buf_put(buf, " ", 1);
		rkr_buf_put(buf, name, len - 1);
	}
}

static uint64_t
line_of(const char *text, const char *at)
{
	uint64_t line = 1;

	while ((text = memchr(text, '\n', (size_t)(at - text))) != NULL) {
		text++;
		line++;
	}
	return line;
}

static int
find_row(const struct rkp_shape *shape, const char *text, const char *end, uint32_t file, struct rkr_run *run)
{
	const char *items = strchr(shape->text, '[');
	struct rkr_buf marker = { 0 }, missing = { 0 };
	struct rkr_record_buf rec;
	int r = 0;

	put_format(&marker, shape->text, items ? items : shape->text + strlen(shape->text));
	const char *at = marker.failed ? NULL : memmem(text, (size_t)(end - text), marker.data, marker.len);

	if (at) {
		const char *stop = memchr(at, ';', (size_t)(end - at));
		const char *name = rkr_kind_get(shape->kind)->name;

		if (items)
			put_missing(&missing, items, at, stop ? stop : end);
		const struct rkr_blob row = { name, strlen(name) };
		const struct rkr_blob lacks = { missing.len ? missing.data : "", missing.len };

		rkr_record_init(&rec, RKR_KIND_trace_marker);
		rkr_set_b(&rec.rec, RKR_F_trace_marker_row, &row);
		rkr_set_b(&rec.rec, RKR_F_trace_marker_missing, &lacks);
		rec.rec.place = (struct rkr_place){ file, line_of(text, at), (uint64_t)(at - text),
						    (uint64_t)((stop ? stop : end) - text) };
		r = missing.failed ? -ENOMEM : rkr_run_append(run, &rec.rec);
	}
	r = marker.failed ? -ENOMEM : r;
	rkr_buf_free(&marker);
	rkr_buf_free(&missing);
	return r;
}

static int
fail(struct rkr_error *err, int code, const char *path, const char *what)
{
	return rkr_error_set(err, code, path, 0, 0, "name the driver's rknpu_job.c, or a patch for it",
			     "%s: %s", what, strerror(-code));
}

/* The whole file; *ret_text is to be freed. */
static int
read_whole(const char *path, char **ret_text, size_t *ret_len, struct rkr_error *err)
{
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	size_t len = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, -errno, path, "cannot open the source");
	if (!S_ISREG(st.st_mode))
		return fail(err, -EINVAL, path, "no file of source text");
	if (st.st_size > (off_t)RKP_TRACE_SOURCE_MAX)
		return rkr_error_set(err, -EFBIG, path, 0, 0, "name the file that commits jobs, rknpu_job.c",
				     "no source of a driver has more than 16 MiB");
	_autofree_ char *text = malloc((size_t)st.st_size + 1);

	if (!text)
		return fail(err, -ENOMEM, path, "cannot read the source");
	while (len < (size_t)st.st_size) {
		ssize_t n = read(fd, text + len, (size_t)st.st_size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, -errno, path, "cannot read the source");
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_text = rkr_steal(text);
	*ret_len = len;
	return 0;
}

int
rkp_trace_source_read(const char *path, struct rkr_run *run, struct rkr_error *err)
{
	_autofree_ char *text = NULL;
	size_t len = 0;
	uint32_t file;
	int r = read_whole(path, &text, &len, err);

	if (r < 0)
		return r;
	r = rkr_run_add_file(run, path, &file);
	for (size_t i = 0; i < rkp_trace_table.n && r == 0; i++)
		r = find_row(&rkp_trace_table.shapes[i], text, text + len, file, run);
	rkr_run_set_witness(run, RKR_KIND_trace_marker);
	if (r == 0)
		r = rkr_run_bind(run);
	return r < 0 ? fail(err, r, path, "cannot take in the source") : 0;
}
