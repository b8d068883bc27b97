/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "gen/shape.h"
#include "lib/bundle.h"
#include "parsers/boimages.h"
#include "parsers/rknn.h"
#include "parsers/trace-source.h"
#include "progress.h"
#include "tool.h"

/* From what a user calls a run to the run. */

/* Whether a name ends so; slashes behind it do not count. */
static bool
has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	while (n && s[n - 1] == '/')
		n--;
	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool
tool_gen_options(const struct tool_args *args, struct rkg_options *ret_options)
{
	const char *top = tool_value(args, "iova-top");

	*ret_options = (struct rkg_options){
		.profiling = tool_given(args, "profiling"),
		.reset = tool_given(args, "reset"),
	};
	if (!top || tool_number(top, &ret_options->iova_top))
		return true;
	tool_trouble("--iova-top=%s is not a number", top);
	return false;
}

bool
tool_is_shape(const char *source)
{
	return strncmp(source, "conv:", 5) == 0;
}

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* What can be a source. */
enum source_kind { LOG, SHAPE, BUNDLE, IMAGES, TRACE_SOURCE, MODEL };

static enum source_kind
kind_of(const char *source)
{
	if (tool_is_shape(source))
		return SHAPE;
	/* What is called a bundle and is none is told so when it is read. */
	if (rkr_bundle_is(source) || (has_suffix(source, ".rkrun") && is_directory(source)))
		return BUNDLE;
	if (rkp_boimages_is(source))
		return IMAGES;
	if (rkp_trace_source_is(source))
		return TRACE_SOURCE;
	return has_suffix(source, ".rknn") || rkp_rknn_is(source) ? MODEL : LOG;
}

bool
tool_is_model(const char *source)
{
	return kind_of(source) == MODEL;
}

bool
tool_is_log(const char *source)
{
	return kind_of(source) == LOG;
}

int
tool_load_model(const char *path, struct rkr_run **ret_run, struct rkp_accounting *ret_acc,
		struct rkr_error *err)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	int r = rkr_run_new(&run);

	if (r == 0)
		r = rkp_rknn_read(path, run, ret_acc, err);
	if (r < 0)
		return r;
	*ret_run = rkr_steal(run);
	return 0;
}

static int
load_shape(const char *name, const struct rkg_options *options, struct rkr_run **ret_run,
	   struct rkr_error *err)
{
	struct rkg_shape shape;
	int r = rkg_shape_parse(name + strlen("conv:"), &shape, err);

	return r < 0 ? r : rkg_conv_run(&shape, options, ret_run, err);
}

/* What a driver's source says of its trace. */
static int
load_trace_source(const char *path, struct rkr_run **ret_run, struct rkr_error *err)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	int r = rkr_run_new(&run);

	if (r == 0)
		r = rkp_trace_source_read(path, run, err);
	if (r < 0)
		return r;
	*ret_run = rkr_steal(run);
	return 0;
}

struct log_progress {
	struct tool_progress progress;
	const char *file;
};

static int
on_record(void *data, const struct rkr_record *rec)
{
	struct log_progress *lp = data;

	tool_progress_at(&lp->progress, lp->file, rec->place.end);
	return 0;
}

static int
on_stretch(void *data, const struct rkp_stretch *stretch)
{
	struct log_progress *lp = data;

	tool_progress_at(&lp->progress, lp->file, stretch->end);
	return 0;
}

/* Logs of one execution, as one run. */
static int
load_logs(const char *const *paths, size_t n, struct rkr_run **ret_run, struct rkr_error *err)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	struct log_progress lp = { 0 };
	const struct rkp_sink sink = { .data = &lp, .record = on_record, .stretch = on_stretch };
	uint64_t bytes = 0;
	int r = rkr_run_new(&run);

	tool_progress_start(&lp.progress, true);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct rkp_accounting acc = { 0 };

		lp.file = paths[i];
		r = rkp_parse_into(run, paths[i], &sink, &acc, err);
		bytes += acc.bytes;
	}
	tool_progress_clear(&lp.progress);
	if (r == 0 && rkr_run_n_records(run) == 0)
		r = rkr_error_set(err, -EINVAL, paths[0], 0, 0,
				  bytes ? "rkreplay parse shows what is in it" : "capture it again",
				  bytes ? "there is no record of a known kind in it" : "it is empty");
	if (r == 0)
		r = rkr_run_bind(run);
	if (r < 0)
		return r;
	*ret_run = rkr_steal(run);
	return 0;
}

/* A directory of BO images. */
static int
load_images(const char *path, struct rkr_run **ret_run, struct rkr_error *err)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	int r = rkr_run_new(&run);

	if (r == 0)
		r = rkp_boimages_read(path, run, err);
	if (r < 0)
		return r;
	*ret_run = rkr_steal(run);
	return 0;
}

int
tool_load(const char *const *sources, size_t n, const struct rkg_options *options, struct rkr_run **ret_run,
	  struct rkr_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const char *s = sources[i];
		enum source_kind kind = kind_of(s);

		if (strncmp(s, "add:", 4) == 0 || strncmp(s, "matmul:", 7) == 0 ||
		    strncmp(s, "pool:", 5) == 0)
			return rkr_fail(err, -EOPNOTSUPP, "give a convolution, conv:SHAPE",
					"'%s': this version generates convolutions only", s);
		if (kind != LOG && n > 1)
			return rkr_fail(err, -EINVAL, "give several logs, or one shape, bundle or model",
					"'%s' is a whole run and cannot be joined with another source", s);
		switch (kind) {
		case SHAPE:
			return load_shape(s, options, ret_run, err);
		case BUNDLE:
			return rkr_bundle_read(s, ret_run, err);
		case IMAGES:
			return load_images(s, ret_run, err);
		case TRACE_SOURCE:
			return load_trace_source(s, ret_run, err);
		case MODEL:
			return tool_load_model(s, ret_run, NULL, err);
		case LOG:
			break;
		}
	}
	return load_logs(sources, n, ret_run, err);
}

/*
 * Only a profiling runtime reads its input back, right after it gave it to
 * the device and before the submit [captured: 5 of 5 logs, and none of 10].
 */
bool
tool_profiles(const struct rkr_run *run)
{
	const struct rkr_record *last = NULL;

	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);

		if (r->kind == RKR_KIND_submit)
			return false;
		if (r->kind != RKR_KIND_mem_sync)
			continue;
		if (last && rkr_get_u(last, RKR_F_mem_sync_flags) == 1 &&
		    rkr_get_u(r, RKR_F_mem_sync_flags) == 2 &&
		    rkr_get_u(last, RKR_F_mem_sync_obj) == rkr_get_u(r, RKR_F_mem_sync_obj))
			return true;
		last = r;
	}
	return false;
}
