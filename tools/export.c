/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tool.h"

/* export: a run as a log. */

/* "gem-dump,rknn-debug" as a bit set. */
static int
parse_formats(const char *list, unsigned *ret_formats, struct rkr_error *err)
{
	unsigned formats = 0;

	for (const char *p = list; *p || p == list;) {
		size_t n = strcspn(p, ",");
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		enum rkp_format f = rkp_format_by_name(name);

		if (f == RKP_FORMAT_INVALID_) {
			char all[160] = "one of";

			for (int i = 0; i < RKP_FORMAT_MAX_; i++)
				strncat(strncat(all, " ", sizeof(all) - strlen(all) - 1),
					rkp_format_name((enum rkp_format)i), sizeof(all) - strlen(all) - 1);
			return rkr_fail(err, -EINVAL, all, "no kind of log is called '%s'", name);
		}
		formats |= 1U << f;
		p += n;
		p += *p == ',';
	}
	*ret_formats = formats;
	return 0;
}

/* Into a temporary beside the target, so that an interrupted export leaves no half file. */
static int
export_to_file(const struct rkr_run *run, unsigned formats, const char *path, struct rkr_error *err)
{
	_autofree_ char *tmp = NULL;

	if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	_autoclose_ int fd = mkstemp(tmp);

	if (fd < 0)
		return rkr_error_set(err, -errno, path, 0, 0, "check the directory", "cannot write: %s", strerror(errno));
	FILE *out = fdopen(dup(fd), "w");
	int r = out ? rkp_export(run, formats, out, err) : -errno;

	if (out && fclose(out) != 0 && r == 0)
		r = -errno;
	if (r == 0 && (fchmod(fd, 0644) < 0 || rename(tmp, path) < 0))
		r = -errno;
	if (r < 0) {
		unlink(tmp);
		return rkr_error_in_file(err, r, path);
	}
	return 0;
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
	int r = parse_formats(as, &formats, &err);

	if (r == 0)
		r = tool_load(args->sources, args->n_sources, &gen, &run, &err);
	if (r == 0)
		r = path && strcmp(path, "-") != 0 ? export_to_file(run, formats, path, &err)
						   : rkp_export(run, formats, stdout, &err);
	return r < 0 ? tool_error(&err, r) : TOOL_YES;
}

static const struct tool_option options[] = {
	{ "as", "KIND[,KIND]", "gdb-ioctl, gem-dump, rknn-debug, sysfs, mmio" },
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
