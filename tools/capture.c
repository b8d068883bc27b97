/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "replay/capture/capture.h"
#include "replay/capture/spool.h"
#include "replay/tempdir.h"
#include "tool.h"

/* capture: run a command, and keep what it asks of the NPU. */

#define LIBRARY "librkreplay-capture.so"
#define SUFFIX ".rkrun"

RKR_DEFINE_CLEANUP(struct rkx_capture *, rkx_capture_free)

/* "DIR.rkrun" of the first run, "DIR-2.rkrun" of the second. */
static char *
name_of(const char *dir, size_t i)
{
	size_t n = strlen(dir), end = strlen(SUFFIX);
	char *name = NULL;

	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (n > end && strncmp(dir + n - end, SUFFIX, end) == 0)
		n -= end;
	int r = i == 0 ? asprintf(&name, "%.*s" SUFFIX, (int)n, dir)
		       : asprintf(&name, "%.*s-%zu" SUFFIX, (int)n, dir, i + 1);

	return r < 0 ? NULL : name;
}

/* Whether the first run could be written, so far as that shows before there is one. */
static bool
can_write(const struct tool_args *args)
{
	const char *dir = tool_value(args, "o");
	_autofree_ char *name = name_of(dir ? dir : "capture", 0), *copy = name ? strdup(name) : NULL;
	struct stat st;

	if (!copy) {
		tool_error(NULL, -ENOMEM);
		return false;
	}
	if (stat(name, &st) == 0 && !S_ISDIR(st.st_mode)) {
		tool_trouble("%s: it is no directory; give another name for the bundle", name);
		return false;
	}
	if (access(dirname(copy), W_OK | X_OK) < 0) {
		tool_trouble(
			"%s: cannot write it: %s; make the directory that it is to be in, or give another "
			"name for the bundle",
			name, strerror(errno));
		return false;
	}
	return true;
}

/* Put a run where there may be room, and say where that is: it cannot be recorded again. */
static void
rescue(const struct rkr_run *run, const char *name)
{
	_autofree_ char *dir = NULL, *copy = strdup(name), *path = NULL;
	struct rkr_error err = { 0 };

	if (!copy || rkx_tempdir_make(RKC_DIR_MAX - 1, &dir) < 0)
		return;
	if (asprintf(&path, "%s/%s", dir, basename(copy)) >= 0 && tool_write_bundle(run, path, &err) == 0)
		fprintf(stderr, "rkreplay: %s: what was recorded is in %s\n", TOOL_SHOWN(name),
			TOOL_SHOWN(path));
	else
		rkx_tempdir_remove(dir);
}

static enum tool_exit
write_runs(const struct tool_args *args, const struct rkx_captures *captures)
{
	const char *dir = tool_value(args, "o");
	enum tool_exit status = TOOL_YES;

	for (size_t i = 0; i < captures->n; i++) {
		const struct rkx_captured *c = &captures->v[i];
		_autofree_ char *name = name_of(dir ? dir : "capture", i);
		struct rkr_error err = { 0 };
		int r = name ? tool_write_bundle(c->run, name, &err) : -ENOMEM;

		if (r < 0) {
			status = tool_error(&err, r);
			if (name)
				rescue(c->run, name);
			continue;
		}
		if (c->in_flight)
			fprintf(stderr,
				"rkreplay: %s: %" PRIu64 " calls had not returned when the recording ended\n",
				TOOL_SHOWN(name), c->in_flight);
		if (tool_given(args, "v"))
			fprintf(stderr,
				"rkreplay: %s: %" PRIu64
				" calls, %zu records, %zu BOs (%zu without contents)\n",
				TOOL_SHOWN(name), c->calls, rkr_run_n_records(c->run), rkr_run_n_bos(c->run),
				c->n_blank);
	}
	return status;
}

/* What to do against what ended the recording: in the command that could make no file for more. */
static const char *
cure(int error)
{
	switch (-error) {
	case EFBIG:
		return "let the command write longer files (ulimit -f)";
	case EMFILE:
		return "let the command have more descriptors (ulimit -n)";
	case ENFILE:
	case ENOMEM:
	case EAGAIN:
		return "let the command have more memory (ulimit -v, ulimit -l), and the machine";
	case ENOENT:
	case EACCES:
	case EPERM:
		return "let the command keep its user, its root directory and what is in $TMPDIR";
	default:
		return "make room in $TMPDIR";
	}
}

/* Programs that had no library: what they did is in no run. */
static void
tell_unseen(const struct rkx_captures *captures)
{
	static const char *const whys[] = {
		[RKC_STATIC] = "it is linked statically; try scripts/rkreplay-gdb.py",
		[RKC_PRIVILEGED] = "it is set-uid or has capabilities; try scripts/rkreplay-gdb.py",
		[RKC_MACHINE] = "it is of 32 bits or of another machine; try scripts/rkreplay-gdb.py",
		[RKC_ENVIRONMENT] = "it was started without LD_PRELOAD or " RKC_ENV
				    "; let the command keep its environment",
	};

	for (size_t i = 0; i < captures->n_unseen; i++)
		fprintf(stderr, "rkreplay: %s: what it asked of the NPU, if anything, was not recorded: %s\n",
			TOOL_SHOWN(captures->unseen[i].path), whys[captures->unseen[i].why]);
	if (captures->n_more)
		fprintf(stderr, "rkreplay: nor was what %" PRIu64 " further programs asked\n",
			captures->n_more);
}

/* What went wrong with the recording itself. */
static enum tool_exit
tell(const struct rkx_captures *captures, enum tool_exit status)
{
	/* That it could not be run was said. */
	if (captures->processes == 0 &&
	    ((int)status == COMMAND_CANNOT_RUN || (int)status == COMMAND_NOT_FOUND))
		return TOOL_YES;

	if (captures->error)
		return tool_trouble("the recording ended early (%s), and %" PRIu64
				    " events were not kept; %s",
				    strerror(-captures->error), captures->lost, cure(captures->error));
	if (captures->lost)
		return tool_trouble(
			"%" PRIu64
			" events make no sense and were left out; did the command write to $TMPDIR?",
			captures->lost);
	if (captures->n)
		return TOOL_YES;
	if (captures->processes == 0)
		return tool_trouble(
			"nothing was captured: the command could not be given the library, as it is linked "
			"statically or set-uid; try scripts/rkreplay-gdb.py");
	return tool_trouble(
		"nothing was captured: the command %s; if a static or set-uid program of it did, try "
		"scripts/rkreplay-gdb.py",
		captures->files ? "asked nothing of the NPU" : "never opened the NPU's node");
}

static enum tool_exit
wait_for(struct command *command)
{
	struct pollfd p = { .fd = command->signals, .events = POLLIN };

	while (!(command->ended && command->stop)) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return command_end(command, true);
		if ((p.revents & POLLIN) && command_event(command) != 0)
			break;
	}
	return command_end(command, false);
}

static enum tool_exit
run_capture(const struct tool_args *args)
{
	const char *contents = tool_value(args, "contents");
	rkr_cleanup(rkx_capture_free) struct rkx_capture *capture = NULL;
	struct rkx_capture_options options = { .contents = true,
					       .sysfs = tool_given(args, "sysfs"),
					       .split = tool_given(args, "split") };
	struct rkx_captures captures = { 0 };
	struct command command = { 0 };
	struct rkr_error err = { 0 };

	if (args->n_sources == 0)
		return tool_trouble("capture needs %s; see rkreplay capture --help", args->verb->usage);
	if (contents && strcmp(contents, "none") != 0 && strcmp(contents, "submit") != 0)
		return tool_trouble("--contents=%s is not none or submit", contents);
	if (!can_write(args))
		return TOOL_TROUBLE;
	options.contents = !contents || strcmp(contents, "none") != 0;
	int r = rkx_capture_new(&options, &capture, &err);

	if (r < 0) {
		tool_error(&err, r);
		return r == -ENODEV ? TOOL_DEVICE : TOOL_TROUBLE;
	}
	const struct command_options o = {
		.argv = args->sources,
		.library = LIBRARY,
		.library_dir = "replay/capture",
		.variable = RKC_ENV,
		.value = rkx_capture_dir(capture),
	};
	enum tool_exit status = command_start(&o, &command);

	if (status != TOOL_YES)
		return status;
	status = wait_for(&command);
	if (command.orphans)
		fprintf(stderr,
			"rkreplay: what the command left in the background still runs, and is recorded no further; "
			"let the command wait for it\n");
	r = rkx_capture_finish(capture, &captures, &err);
	if (r < 0)
		return tool_error(&err, r);
	enum tool_exit own = write_runs(args, &captures);

	tell_unseen(&captures);
	enum tool_exit recorded = tell(&captures, status);

	rkx_captures_free(&captures);
	/* Trouble of our own counts for more than success of the command's, and for less than its failure. */
	return status != TOOL_YES ? status : own != TOOL_YES ? own : recorded;
}

static const struct tool_option options[] = {
	{ "o", "DIR", "write the run there (default capture.rkrun); further ones to DIR-2.rkrun ..." },
	{ "contents", "WHAT", "of BOs: submit (the default), before and after each submit; or none" },
	{ "sysfs", NULL, "what sysfs says of the NPU, before and after each submit" },
	{ "split", NULL, "a bundle for each job: up to where the command has given back all BOs" },
	{ "v", NULL, "say what was written" },
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_capture = {
	.name = "capture",
	.usage = "-- CMD...",
	.summary = "Run a command and keep what it asks of the NPU",
	.details = "What CMD and what it starts ask of the NPU's driver is written as a run: each call\n"
		   "with its result and errno, and what was in BOs. A run is of one open file of the\n"
		   "node, and is written whatever ends CMD. Exit status: CMD's, 128 and more if a signal\n"
		   "ended it, 127 if it is not there, 126 if it cannot be run; 2 if CMD succeeded and not\n"
		   "all was captured.\n",
	.options = options,
	.min_sources = 0,
	.max_sources = SIZE_MAX,
	.run = run_capture,
};
