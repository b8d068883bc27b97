/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "gen/gen.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/digest.h"
#include "tool.h"

/* gen: the run that the vendor runtime would make of a shape. */

static int
print_digest(const struct rkr_run *run, enum rkr_region_kind kind, const char *name)
{
	const struct rkr_region *region = rkr_run_region(run, kind);
	char hex[RKR_SHA256_HEX];
	int r = region ? rkr_region_digest(run, region, hex) : 0;

	if (region && r == 0)
		printf("%s: %" PRIu64 " bytes, SHA-256 %s\n", name, region->size, hex);
	return r;
}

static enum tool_exit
run_gen(const struct tool_args *args)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	const char *name = args->sources[0], *dir = tool_value(args, "o");
	struct rkg_options options;
	struct rkg_shape shape;
	struct rkr_error err = { 0 };

	if (!dir)
		return tool_trouble("gen needs -o DIR.rkrun; see rkreplay gen --help");
	if (!tool_gen_options(args, &options))
		return TOOL_TROUBLE;
	int r = rkg_shape_parse(tool_is_shape(name) ? name + 5 : name, &shape, &err);

	if (r == 0)
		r = rkg_conv_run(&shape, &options, &run, &err);
	if (r == 0)
		r = tool_write_bundle(run, dir, &err);
	if (r < 0)
		return tool_error(&err, r);
	printf("%s: %zu records, %zu tasks, %zu BOs\n", TOOL_SHOWN(dir), rkr_run_n_records(run),
	       rkr_run_n_tasks(run), rkr_run_n_bos(run));
	r = print_digest(run, RKR_REGION_REGCMD, "regcmd");
	if (r == 0)
		r = print_digest(run, RKR_REGION_TASKS, "tasks");
	return r < 0 ? tool_error(NULL, r) : TOOL_YES;
}

static const struct tool_option options[] = {
	{ "o", "DIR", "where the bundle goes, DIR.rkrun" },
	TOOL_GEN_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_gen = {
	.name = "gen",
	.usage = "conv:SHAPE",
	.summary = "Generate the run of a shape",
	.details = "A shape outside the known domain is refused with the reason (exit 1).\n",
	.options = options,
	.min_sources = 1,
	.max_sources = 1,
	.run = run_gen,
};
