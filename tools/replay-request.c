/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "gen/shape.h"
#include "replay.h"
#include "replay/statefile.h"

/* What replay is asked for, and the source that it is asked to run. */

/* More rounds than anyone waits for, and than a board should be asked for. */
#define ROUNDS_MAX 1000

/* ---- the command line */

static size_t
collect(const struct tool_args *args, const char *option, const char *ret_values[static TOOL_VALUES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < args->n_values; i++)
		if (strcmp(args->verb->options[args->values[i].option].name, option) == 0)
			ret_values[n++] = args->values[i].value;
	return n;
}

static bool
read_number(const struct tool_args *args, const char *option, uint64_t max, uint64_t *ret_value)
{
	const char *text = tool_value(args, option);

	if (!text || (tool_number(text, ret_value) && *ret_value <= max))
		return true;
	tool_trouble("--%s=%s is not a number up to %" PRIu64, option, text, max);
	return false;
}

static bool
read_faults(struct replay_request *rq)
{
	const char *texts[TOOL_VALUES_MAX];
	size_t n = collect(rq->args, "fault", texts);

	for (size_t i = 0; i < n; i++) {
		int r = rke_fault_parse(texts[i], &rq->faults[i]);

		if (r < 0) {
			tool_trouble(r == -ENOENT
					     ? "no fault is called '%s'; see rkreplay emulate --list-faults"
					     : "the fault '%s' does not take that",
				     texts[i]);
			return false;
		}
	}
	rq->n_faults = n;
	if (n && !rq->emulated)
		tool_trouble("--fault is for the emulated device");
	return n == 0 || rq->emulated;
}

static bool
read_form(struct replay_request *rq)
{
	const char *text = tool_value(rq->args, "health");

	rq->form = RKX_HEALTH_CLASSIC;
	for (int f = 0; text && f < RKX_HEALTH_MAX_; f++)
		if (strcmp(text, rkx_health_form_name((enum rkx_health_form)f)) == 0) {
			rq->form = (enum rkx_health_form)f;
			return true;
		}
	if (text)
		tool_trouble("--health=%s is neither classic nor pointers nor whole", text);
	return !text;
}

bool
replay_read_request(const struct tool_args *args, struct replay_request *rq)
{
	const char *device = tool_value(args, "device"), *purpose = tool_value(args, "purpose");
	struct rkr_error err = { 0 };

	*rq = (struct replay_request){ .args = args, .json = tool_given(args, "json") };
	rq->emulated = !device || strcmp(device, "emulated") == 0;
	/* Nothing can break in the emulated device. */
	rq->execute = rq->emulated || tool_given(args, "execute");
	rq->check_layers = tool_given(args, "check-layers");
	rq->skip_unmodelled = tool_given(args, "skip-unmodelled");
	rq->registers = tool_given(args, "registers");
	rq->cores = 1;
	rq->n_allow = collect(args, "allow", rq->allow);
	rq->n_edits = collect(args, "edit", rq->edits);
	rq->state_capture = purpose && strcmp(purpose, "state-capture") == 0;
	if (purpose && !rq->state_capture && strcmp(purpose, "probe") != 0) {
		tool_trouble("--purpose=%s is neither probe nor state-capture", purpose);
		return false;
	}
	if (rq->skip_unmodelled && !rq->emulated) {
		tool_trouble("--skip-unmodelled is for the emulated device");
		return false;
	}
	if (!read_number(args, "cores", RKR_NPU_CORES, &rq->cores) || !rq->cores) {
		if (!rq->cores)
			tool_trouble("--cores=0 is no number of cores");
		return false;
	}
	/* Nothing can break in the emulated device, and its cores were asked for by name. */
	if (rq->cores > 1 && rq->emulated && rq->n_allow < TOOL_VALUES_MAX)
		rq->allow[rq->n_allow++] = "cores";
	if (!read_number(args, "seed", UINT64_MAX, &rq->seed) ||
	    !read_number(args, "repeat", ROUNDS_MAX, &rq->repeat) || !read_faults(rq) || !read_form(rq))
		return false;
	if (tool_given(args, "repeat") && rq->repeat == 0) {
		tool_trouble("--repeat=0 is nothing to do");
		return false;
	}
	int r = rkx_state_dir(tool_value(args, "state"), rq->dir, sizeof(rq->dir), &err);

	if (r < 0)
		tool_error(&err, r);
	return r == 0;
}

/* ---- the source */

/* add:classic, add:pointers and add:whole are forms of the health job; the rest is what any verb takes. */
int
replay_load_source(struct replay_request *rq, struct rkr_run **ret_run, struct rkr_error *err)
{
	const char *name = rq->args->sources[0];
	struct rkg_options options;
	struct rkg_shape s;

	if (!tool_gen_options(rq->args, &options))
		return -EINVAL;
	for (int f = 0; f < RKX_HEALTH_MAX_; f++)
		if (strncmp(name, "add:", 4) == 0 &&
		    strcmp(name + 4, rkx_health_form_name((enum rkx_health_form)f)) == 0)
			return rkx_health_run((enum rkx_health_form)f, ret_run);
	int r = tool_load(rq->args->sources, rq->args->n_sources, &options, ret_run, err);

	if (r == 0 && rkr_run_is_relative(*ret_run))
		return replay_place_model(rq, ret_run, err);
	if (r < 0 || !tool_is_shape(name) || rkg_shape_parse(name + strlen("conv:"), &s, NULL) < 0)
		return r;
	rq->has_conv = s.groups == 1 && s.batch == 1 && s.precision == RKG_FP16 && !s.bias && !s.relu &&
		       !s.add && s.lut == RKG_LUT_NONE;
	if (rq->has_conv)
		rq->conv = (struct rkx_conv){
			s.in_c, s.in_h, s.in_w,   s.out_c,   rkg_shape_out_h(&s), rkg_shape_out_w(&s),
			s.kh,   s.kw,   s.stride, s.pad_top, s.pad_left
		};
	return 0;
}

int
replay_make_plan(const struct replay_request *rq, const struct rkr_run *run, bool edited,
		 struct rkx_plan **ret_plan, struct rkr_error *err)
{
	const struct rkx_plan_options options = {
		.inference = rq->model ? *rkx_model_inference(rq->model) : (struct rkx_inference){ 0 },
		.seed = rq->seed,
		.edits = rq->edits,
		.n_edits = edited ? rq->n_edits : 0,
	};

	return rkx_plan_new(run, &options, ret_plan, err);
}
