/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "parse-follow.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "lib/util.h"
#include "tool.h"

/*
 * Following is polling: it works on every file system, and the log of a
 * kernel does not grow faster than people read.
 */

#define CHUNK_BYTES ((size_t)64 << 10)
#define POLL_MS 200

static void
free_parser(struct rkp_parser *p)
{
	rkp_parser_free(p);
}

RKR_DEFINE_CLEANUP(struct rkp_parser *, free_parser)

struct follow {
	const struct tool_follower *follower;
	const char *path;
	bool named; /* not standard input */
	int fd;
	int stop_fd; /* signals that end it */
	struct rkp_parser *parser;
	uint64_t at; /* bytes of the file that were read */
	bool at_end; /* the last read() met the end of the file */
	bool ended;
	struct rkr_error *err;
};

static int
fail(struct follow *f, int code, const char *what)
{
	return rkr_error_set(f->err, code, f->path, 0, 0, code == -ENOENT ? "check the name" : NULL, "%s: %s",
			     what, strerror(-code));
}

static int
begin(struct follow *f)
{
	f->at = 0;
	return rkp_parser_new(0, &f->follower->sink, &f->parser) < 0 ? fail(f, -ENOMEM, "cannot read the log")
								     : 0;
}

/* The file, as far as it was read, is all there is. */
static int
end(struct follow *f)
{
	rkr_cleanup(free_parser) struct rkp_parser *parser = rkr_steal(f->parser);
	int r = rkp_parser_finish(parser);

	if (r == 0)
		r = f->follower->came(f->follower->data);
	if (r < 0)
		return f->err->code ? r : fail(f, r, "cannot take in the log");
	f->follower->ended(f->follower->data, rkp_parser_accounting(parser));
	return 0;
}

static int
open_log(struct follow *f)
{
	struct stat st;

	f->named = strcmp(f->path, "-") != 0;
	f->fd = f->named ? open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
	if (f->fd < 0 || fstat(f->fd, &st) < 0)
		return fail(f, -errno, "cannot open the log");
	return S_ISDIR(st.st_mode) ? fail(f, -EISDIR, "cannot open the log") : 0;
}

static void
close_log(struct follow *f)
{
	if (f->named && f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

/* Read what there is. 1: something was; 0: nothing, for now. */
static int
take(struct follow *f, char *chunk)
{
	ssize_t n = read(f->fd, chunk, CHUNK_BYTES);

	f->at_end = n == 0;
	/* Standard input may be one that does not block: that it has nothing yet is no end. */
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : fail(f, -errno, "cannot read the log");
	f->at += (uint64_t)n;
	int r = rkp_parser_feed(f->parser, chunk, (size_t)n);

	if (r == 0 && n > 0)
		r = f->follower->came(f->follower->data);
	if (r < 0)
		return f->err->code ? r : fail(f, r, "cannot take in the log");
	return n > 0;
}

static int
start_again(struct follow *f, const char *why)
{
	int r = end(f);

	fprintf(stderr, "rkreplay: %s %s after %" PRIu64 " bytes; reading it from its start\n",
		TOOL_SHOWN(f->path), why, f->at);
	return r < 0 ? r : begin(f);
}

/* At the end of a file: see whether it is still the one that is being written. */
static int
look(struct follow *f)
{
	struct stat now, named;
	/* Asked first: what was written before the name went to another file is in the size that is asked next. */
	bool is_named = f->named && stat(f->path, &named) == 0;

	if (fstat(f->fd, &now) < 0)
		return fail(f, -errno, "cannot read the log");
	if (!S_ISREG(now.st_mode)) {
		f->ended = true;
		return 0;
	}
	if ((uint64_t)now.st_size < f->at) {
		int r = start_again(f, "was cut short");

		return r < 0 || lseek(f->fd, 0, SEEK_SET) == 0 ? r : fail(f, -errno, "cannot read the log");
	}
	/* While a log is rotated there may be none of its name. */
	if (!is_named || (uint64_t)now.st_size > f->at ||
	    (named.st_ino == now.st_ino && named.st_dev == now.st_dev))
		return 0;
	int r = start_again(f, "was replaced");

	if (r < 0)
		return r;
	close_log(f);
	return open_log(f);
}

/* Wait for input, or for the time to look again. True if it is to end. */
static bool
stopped(struct follow *f, bool more)
{
	struct stat st;
	bool file = fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode);
	struct pollfd fds[2] = { { .fd = f->stop_fd, .events = POLLIN }, { .fd = f->fd, .events = POLLIN } };

	/* A file is always ready to be read. */
	poll(fds, file ? 1 : 2, more ? 0 : file ? POLL_MS : -1);
	return fds[0].revents != 0;
}

static int
follow(struct follow *f)
{
	_autofree_ char *chunk = malloc(CHUNK_BYTES);
	int r = chunk ? open_log(f) : fail(f, -ENOMEM, "cannot read the log");

	if (r == 0)
		r = begin(f);
	for (bool more = true; r >= 0 && !f->ended && !stopped(f, more);) {
		r = take(f, chunk);
		more = r > 0;
		if (r == 0 && f->at_end)
			r = look(f);
	}
	return r < 0 ? r : end(f);
}

int
tool_follow(const char *path, const struct tool_follower *follower, struct rkr_error *err)
{
	struct follow f = { .follower = follower, .path = path, .fd = -1, .err = err };
	sigset_t stop, old = tool_block_signals(&stop);
	_autoclose_ int stop_fd = signalfd(-1, &stop, SFD_CLOEXEC);
	int r = stop_fd < 0 ? fail(&f, -errno, "cannot wait for signals") : 0;

	f.stop_fd = stop_fd;
	if (r == 0)
		r = follow(&f);
	rkp_parser_free(f.parser);
	close_log(&f);
	if (stop_fd >= 0) {
		/* The signal has done its work; it must not end the process as well. */
		struct timespec none = { 0 };

		while (sigtimedwait(&stop, NULL, &none) > 0)
			;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
