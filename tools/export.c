/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "output.h"
#include "tool.h"

/* export: a run as a log. */

struct export
{
	const struct rkr_run *run;
	unsigned formats;
};

static int
write_log(const void *data, FILE *out, struct rkr_error *err)
{
	const struct export *e = data;
	int r = rkp_export(e->run, e->formats, out, err);

	return r < 0 && out == stdout && ferror(out) ? TOOL_OUTPUT_FAILED : r;
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
		r = tool_write_file(path ? path : "-", write_log, &(struct export){ run, formats }, &err);
	return r < 0 ? tool_error(&err, r) : TOOL_YES;
}

static const struct tool_option options[] = {
	{ "as", "KIND[,KIND]",
	  "gdb-ioctl, gem-dump, rknn-debug, sysfs, mmio, dmesg, pc-trace, tracer, sweep" },
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
