/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format.h"

static void
copy_printable(char *to, size_t size, const char *from)
{
	rkr_text_format(from, strlen(from), to, size);
}

static void
copy_path(char *to, size_t size, const char *path)
{
	size_t len = strlen(path);

	/* The end of a path says more than its start. */
	if (len >= size) {
		char tail[sizeof(((struct rkr_error *)NULL)->file)];

		snprintf(tail, sizeof(tail), "...%s", path + len - (size - 4));
		copy_printable(to, size, tail);
		return;
	}
	copy_printable(to, size, path);
}

int
rkr_error_set(struct rkr_error *err, int code, const char *file, uint64_t line, uint32_t column,
	      const char *cure, const char *fmt, ...)
{
	char what[1024];
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	*err = (struct rkr_error){ .code = code, .line = line, .column = column };
	copy_printable(err->what, sizeof(err->what), what);
	copy_printable(err->cure, sizeof(err->cure), cure ? cure : "");
	copy_path(err->file, sizeof(err->file), file ? file : "");
	return code;
}

int
rkr_error_in_file(struct rkr_error *err, int code, const char *file)
{
	if (!err)
		return code;
	if (!err->code)
		rkr_error_set(err, code, NULL, 0, 0, NULL, "%s", strerror(-code));
	if (!err->file[0])
		copy_path(err->file, sizeof(err->file), file);
	return err->code;
}

size_t
rkr_error_format(const struct rkr_error *err, char *buf, size_t size)
{
	char place[320] = "";
	int n = 0;

	if (err->file[0])
		n = snprintf(place, sizeof(place), "%s:", err->file);
	if (err->line && n >= 0 && (size_t)n < sizeof(place))
		n += snprintf(place + n, sizeof(place) - (size_t)n, "%llu:", (unsigned long long)err->line);
	if (err->line && err->column && n >= 0 && (size_t)n < sizeof(place))
		snprintf(place + n, sizeof(place) - (size_t)n, "%u:", err->column);
	n = snprintf(buf, size, "%s%s%s%s%s", place, place[0] ? " " : "", err->what, err->cure[0] ? "; " : "",
		     err->cure);
	return n < 0 ? 0 : (size_t)n;
}
