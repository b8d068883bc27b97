/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>

#include "tool.h"

/* export: a run as a log. */

/*
 * Into a file without a name, which gets its name when it is complete: an
 * interrupted export leaves nothing.
 */
static int
export_to_file(const struct rkr_run *run, unsigned formats, const char *path, struct rkr_error *err)
{
	_autofree_ char *copy = strdup(path), *tmp = NULL, *proc = NULL;

	if (!copy || asprintf(&tmp, "%s.tmp-%d", path, (int)getpid()) < 0)
		return -ENOMEM;
	_autoclose_ int fd = open(dirname(copy), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0)
		return rkr_error_set(err, -errno, path, 0, 0, "check the directory, or write to standard output",
				     "cannot write: %s", strerror(errno));
	if (asprintf(&proc, "/proc/self/fd/%d", fd) < 0)
		return -ENOMEM;
	FILE *out = fdopen(dup(fd), "w");
	int r = out ? rkp_export(run, formats, out, err) : -errno;

	if (out && fclose(out) != 0 && r == 0)
		r = -errno;
	if (r == 0 && (linkat(AT_FDCWD, proc, AT_FDCWD, tmp, AT_SYMLINK_FOLLOW) < 0 || rename(tmp, path) < 0)) {
		r = -errno;
		unlink(tmp);
	}
	return r < 0 ? rkr_error_in_file(err, r, path) : 0;
}

static enum tool_exit
run_export(const struct tool_args *args)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	const char *as = tool_value(args, "as"), *path = tool_value(args, "o");
	struct rkg_options gen;
	struct rkr_error err = { 0 };
	unsigned formats = 0;

	if (!as)
		return tool_trouble("export needs --as KIND; see rkreplay export --help");
	if (!tool_gen_options(args, &gen))
		return TOOL_TROUBLE;
	int r = tool_formats(as, &formats, &err);

	if (r == 0)
		r = tool_load(args->sources, args->n_sources, &gen, &run, &err);
	if (r == 0)
		r = path && strcmp(path, "-") != 0 ? export_to_file(run, formats, path, &err)
						   : rkp_export(run, formats, stdout, &err);
	return r < 0 ? tool_error(&err, r) : TOOL_YES;
}

static const struct tool_option options[] = {
	{ "as", "KIND[,KIND]", "gdb-ioctl, gem-dump, rknn-debug, sysfs, mmio, dmesg, pc-trace, tracer, sweep" },
	{ "o", "FILE", "write there instead of standard output" },
	TOOL_GEN_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_export = {
	.name = "export",
	.usage = "SOURCE...",
	.summary = "Write a run as a log of a kind",
	.details = "Several kinds give one mixed log, as captures have it.\n",
	.options = options,
	.min_sources = 1,
	.max_sources = SIZE_MAX,
	.run = run_export,
};
