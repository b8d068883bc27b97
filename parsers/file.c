/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "parse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/util.h"

/*
 * Whole files through a parser.
 */

/* What is read at a time. It stays in the cache from read() to the parser. */
#define CHUNK_BYTES ((size_t)64 << 10)

static void
free_parser(struct rkp_parser *p)
{
	rkp_parser_free(p);
}

RKR_DEFINE_CLEANUP(struct rkp_parser *, free_parser)

static const char *
cure_of(int code)
{
	switch (code) {
	case -ENOENT:
		return "check the name";
	case -EACCES:
		return "check its permissions";
	case -EISDIR:
		return "name the files in it";
	default:
		return NULL;
	}
}

static int
fail(struct rkr_error *err, int code, const char *path, const char *what)
{
	return rkr_error_set(err, code, path, 0, 0, cure_of(code), "%s: %s", what, strerror(-code));
}

/* Open for reading. *ret_fd is -1 for standard input, which is not ours to close. */
static int
open_log(const char *path, int *ret_fd, struct rkr_error *err)
{
	if (strcmp(path, "-") == 0)
		return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fail(err, -errno, path, "cannot open the log");
	*ret_fd = fd;
	return 0;
}

static int
read_all(struct rkp_parser *parser, int fd, const char *path, struct rkr_error *err)
{
	_autofree_ char *chunk = malloc(CHUNK_BYTES);

	if (!chunk)
		return fail(err, -ENOMEM, path, "cannot read the log");
	for (;;) {
		ssize_t n = read(fd, chunk, CHUNK_BYTES);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, -errno, path, "cannot read the log");
		int r = n ? rkp_parser_feed(parser, chunk, (size_t)n) : rkp_parser_finish(parser);

		if (r < 0)
			return fail(err, r, path, "cannot take in the log");
		if (n == 0)
			return 0;
	}
}

int
rkp_parse_file(const char *path, uint32_t file, const struct rkp_sink *sink, struct rkp_accounting *ret_acc,
	       struct rkr_error *err)
{
	rkr_cleanup(free_parser) struct rkp_parser *parser = NULL;
	_autoclose_ int fd = -1;
	int r = open_log(path, &fd, err);

	if (r < 0)
		return r;
	if (rkp_parser_new(file, sink, &parser) < 0)
		return fail(err, -ENOMEM, path, "cannot read the log");
	r = read_all(parser, fd < 0 ? STDIN_FILENO : fd, path, err);
	if (r < 0)
		return r;
	if (ret_acc)
		*ret_acc = *rkp_parser_accounting(parser);
	return 0;
}

/* ---- into a run ---- */

struct target {
	struct rkr_run *run;
	const struct rkp_sink *also;
};

static int
add_record(void *data, const struct rkr_record *rec)
{
	struct target *t = data;
	int r = rkr_run_append(t->run, rec);

	if (r < 0 || !t->also || !t->also->record)
		return r;
	return t->also->record(t->also->data, rec);
}

static int
pass_stretch(void *data, const struct rkp_stretch *stretch)
{
	struct target *t = data;

	return t->also->stretch(t->also->data, stretch);
}

static int
add_witness(void *data, enum rkr_kind kind)
{
	struct target *t = data;

	rkr_run_set_witness(t->run, kind);
	return t->also && t->also->witness ? t->also->witness(t->also->data, kind) : 0;
}

int
rkp_parse_into(struct rkr_run *run, const char *path, const struct rkp_sink *also,
	       struct rkp_accounting *ret_acc, struct rkr_error *err)
{
	struct target target = { run, also };
	const struct rkp_sink sink = {
		.data = &target,
		.record = add_record,
		.stretch = also && also->stretch ? pass_stretch : NULL,
		.witness = add_witness,
		.formats = also ? also->formats : 0,
	};
	uint32_t file;

	if (rkr_run_add_file(run, path, &file) < 0)
		return fail(err, -ENOMEM, path, "cannot keep the log");
	return rkp_parse_file(path, file, &sink, ret_acc, err);
}
