/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "gen/domain.h"
#include "verify.h"

/* verify: whether runs are what the vendor runtime and the driver would have made. */

RKR_DEFINE_CLEANUP(struct rkr_checks *, rkr_checks_free)
#define _cleanup_checks_ rkr_cleanup(rkr_checks_free)

/* A run that is verified, with what the subject of the checks points at. */
struct item {
	struct rkr_run *run;
	struct rkr_run *generated;  /* its own run to compare with, or NULL */
	struct verify_model *model; /* its operators, if it is a model */
	char no_model[320];         /* why they cannot be told */
	char shape[RKG_SHAPE_NAME_MAX];
	char why[320];
};

struct work {
	const struct tool_args *args;
	const struct rkr_ledger *ledger;
	struct rkg_options gen;
	struct rkr_run *against; /* what the user named, if it is no shape */
	struct item *items;
	struct rkr_check_subject *subjects;
	size_t n;
};

static void
free_work(struct work *w)
{
	for (size_t i = 0; w->items && i < w->n; i++) {
		rkr_run_free(w->items[i].run);
		rkr_run_free(w->items[i].generated);
		verify_model_free(w->items[i].model);
	}
	rkr_run_free(w->against);
	free(w->items);
	free(w->subjects);
}

/*
 * The run that a shape would have given. The syncs follow the runtime's
 * profile, not the shape [captured: all 15 ioctl logs], so it is generated as
 * the run at hand was made. A reset is the client's own, and must be asked for.
 */
static int
generate(struct work *w, struct item *it, const struct rkg_shape *shape, struct rkr_error *err)
{
	struct rkg_options gen = w->gen;
	int r;

	gen.profiling |= tool_profiles(it->run);
	rkg_shape_format(shape, it->shape, sizeof(it->shape));
	r = rkg_conv_run(shape, &gen, &it->generated, err);
	if (r != -EOPNOTSUPP)
		return r;
	/* That nobody can tell what its run should be is no failure of the run. */
	rkr_error_format(err, it->why, sizeof(it->why));
	err->code = 0;
	return 0;
}

/* What a run is compared with: what the user named, else what its own rows tell. */
static int
find_against(struct work *w, size_t i, struct rkr_error *err)
{
	const char *name = tool_value(w->args, "against");
	struct item *it = &w->items[i];
	struct rkg_shape shape;
	int r = 0;

	if (name && tool_is_shape(name)) {
		r = rkg_shape_parse(name + strlen("conv:"), &shape, err);
		if (r == 0)
			r = generate(w, it, &shape, err);
		/* A shape that the user asked for is not passed over. */
		if (r == 0 && !it->generated)
			r = rkr_fail(err, -EOPNOTSUPP, NULL, "%s", it->why);
	} else if (name) {
		if (verify_shape(w->against, &shape, it->why, sizeof(it->why)))
			rkg_shape_format(&shape, it->shape, sizeof(it->shape));
	} else if (verify_shape(it->run, &shape, it->why, sizeof(it->why))) {
		r = generate(w, it, &shape, err);
	}
	w->subjects[i].run = it->run;
	w->subjects[i].against = it->generated ? it->generated : w->against;
	w->subjects[i].no_against = it->why[0] ? it->why : NULL;
	w->subjects[i].shape = it->shape[0] ? it->shape : NULL;
	w->subjects[i].ledger = it->shape[0] ? rkr_ledger_find(w->ledger, it->shape) : NULL;
	return r;
}

/* Operators of a model. That it is not of three programs, or of another chip, is no failure of it. */
static int
judge_model(struct item *it, struct rkr_error *err)
{
	int r;

	if (!rkr_run_is_relative(it->run))
		return 0;
	r = verify_model_new(it->run, &it->model, err);
	if (r != -EOPNOTSUPP && r != -ENODATA)
		return r;
	rkr_error_format(err, it->no_model, sizeof(it->no_model));
	err->code = 0;
	return 0;
}

/* Each source is a process of its own, with its own addresses; joined, they are logs of one. */
static int
load(struct work *w, struct rkr_error *err)
{
	const struct tool_args *args = w->args;
	const char *name = tool_value(args, "against");
	bool join = tool_given(args, "join") && args->n_sources > 0;
	int r = 0;

	w->n = join ? 1 : args->n_sources;
	w->items = calloc(w->n + 1, sizeof(*w->items));
	w->subjects = calloc(w->n + 1, sizeof(*w->subjects));
	if (!w->items || !w->subjects)
		return -ENOMEM;
	if (name && !tool_is_shape(name))
		r = tool_load(&name, 1, &w->gen, &w->against, err);
	for (size_t i = 0; i < w->n && r == 0; i++) {
		w->subjects[i].name = args->sources[i];
		r = tool_load(&args->sources[i], join ? args->n_sources : 1, &w->gen, &w->items[i].run, err);
		if (r == 0)
			r = find_against(w, i, err);
		if (r == 0)
			r = judge_model(&w->items[i], err);
	}
	return r;
}

static int
print_models(const struct work *w, bool json)
{
	int r = 0;

	for (size_t i = 0; i < w->n && r == 0; i++) {
		const struct item *it = &w->items[i];

		if (it->no_model[0] && !json)
			printf("SKIP  %s: operators  (%s)\n", TOOL_SHOWN(w->subjects[i].name), it->no_model);
		if (it->model && json)
			r = verify_model_print_json(it->model, w->subjects[i].name);
		else if (it->model)
			verify_model_print(it->model, w->subjects[i].name);
	}
	return r;
}

/* All there is to say, and what it comes to. */
static int
print(const struct work *w, const struct rkr_checks *checks, struct verify_totals *ret_totals)
{
	static const enum rkg_verdict_state states[RKR_CHECK_STATE_MAX_] = {
		[RKR_CHECK_PASS] = RKG_VERDICT_PASS,
		[RKR_CHECK_FAIL] = RKG_VERDICT_FAIL,
		[RKR_CHECK_SKIP] = RKG_VERDICT_SKIP,
	};
	bool json = tool_given(w->args, "json");
	int r = json ? verify_print_json(checks, w->subjects, w->n) : 0;

	if (!json)
		verify_print(checks, w->subjects, w->n);
	if (r == 0)
		r = print_models(w, json);
	for (int s = 0; s < RKR_CHECK_STATE_MAX_; s++) {
		ret_totals->n[s] = rkr_checks_total(checks, (enum rkr_check_state)s);
		for (size_t i = 0; i < w->n; i++)
			ret_totals->n[s] += verify_model_total(w->items[i].model, states[s]);
	}
	for (size_t i = 0; i < w->n; i++)
		ret_totals->n[RKR_CHECK_SKIP] += w->items[i].no_model[0] != '\0';
	if (r == 0)
		verify_print_totals(ret_totals, json);
	return r;
}

static enum tool_exit
run_verify(const struct tool_args *args)
{
	_cleanup_ledger_ struct rkr_ledger *ledger = NULL;
	_cleanup_checks_ struct rkr_checks *checks = NULL;
	struct work w = { .args = args };
	struct rkr_error err = { 0 };
	struct verify_totals totals = { { 0 } };

	if (!tool_gen_options(args, &w.gen))
		return TOOL_TROUBLE;
	int r = verify_ledger(tool_value(args, "ledger"), &ledger, &err);

	if (r < 0)
		return tool_error(&err, r);
	if (tool_given(args, "promote"))
		return verify_promote(args, ledger, &w.gen);
	w.ledger = ledger;
	r = load(&w, &err);
	if (r == 0)
		r = rkr_checks_new(w.subjects, w.n, &checks);
	if (r == 0)
		r = print(&w, checks, &totals);
	rkr_checks_free(rkr_steal(checks));
	free_work(&w);
	if (r < 0)
		return tool_error(&err, r);
	if (!args->n_sources)
		return tool_trouble("nothing was given to verify; see rkreplay verify --help");
	return totals.n[RKR_CHECK_FAIL] ? TOOL_NO : TOOL_YES;
}

static const struct tool_option options[] = {
	{ "against", "SOURCE", "compare with this run or conv:SHAPE, not with what the run's own rows tell" },
	{ "join", NULL, "all sources are logs of one execution" },
	{ "promote", "SHAPE", "judge whether the runs prove this shape" },
	{ "ledger", "FILE", "the ledger of shapes that are trusted (default: the one built in)" },
	TOOL_GEN_OPTIONS,
	{ "json", NULL, "one JSON object a line" },
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_verify = {
	.name = "verify",
	.usage = "[SOURCE...]",
	.summary = "Check runs against the models and the generated run",
	.details = "Each source is a run of its own, unless --join is given. A run whose tensor rows tell\n"
		   "its shape is compared with the generated run of that shape. Of a compiled model each\n"
		   "operator is generated anew from its shape and compared record by record.\n"
		   "Exit status: 0 no check failed (some may be skipped), 1 one failed or the promotion\n"
		   "is refused, 2 trouble.\n",
	.options = options,
	.min_sources = 0,
	.max_sources = 4096,
	.run = run_verify,
};
