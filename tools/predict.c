/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "gen/domain.h"
#include "gen/evidence.h"
#include "gen/layout.h"
#include "gen/record.h"
#include "gen/shape.h"
#include "lib/format.h"
#include "output.h"
#include "tool.h"

/* predict: what the vendor compiler would make of each shape, and how sure that is. */

RKR_DEFINE_CLEANUP(struct rkg_plan *, rkg_plan_free)
RKR_DEFINE_CLEANUP(struct rkg_regcmd *, rkg_regcmd_free)

/* No shape's name is longer, comments aside. */
#define LINE_BYTES 1024

struct predict {
	bool json;
	struct rkr_buf out;
	uint64_t n, n_in_domain;
};

static void
put_refusal(struct predict *p, const char *name, enum rkg_refusal refusal, const struct rkr_error *err)
{
	const char *reason = rkg_refusal_name(refusal);

	if (!p->json) {
		/* A refusal names its shape; what is no shape has to be named here. */
		rkr_buf_printf(&p->out, "%s%s%s%s%s\n", reason ? "" : TOOL_SHOWN(name), reason ? "" : ": ",
			       err->what, err->cure[0] ? "; " : "", err->cure);
		return;
	}
	rkr_buf_printf(&p->out, "{\"record\":\"prediction\",\"shape\":");
	rkr_buf_json_string(&p->out, name, strlen(name));
	rkr_buf_printf(&p->out,
		       ",\"in_domain\":false,\"reason\":\"%s\",\"what\":", reason ? reason : "no-shape");
	rkr_buf_json_string(&p->out, err->what, strlen(err->what));
	rkr_buf_printf(&p->out, "}\n");
}

static void
put_sureness(struct predict *p, const struct rkg_plan *plan)
{
	uint32_t rests = rkg_plan_rests_on(plan);
	bool first = true;

	for (unsigned i = 0; i < RKG_EVIDENCE_MAX_; i++) {
		const struct rkg_evidence *e = rkg_evidence_get((enum rkg_evidence_id)i);

		if (!(rests >> i & 1))
			continue;
		if (p->json)
			rkr_buf_printf(&p->out, "%s{\"name\":\"%s\",\"captures\":%u}", first ? "" : ",",
				       e->name, e->captures);
		else
			rkr_buf_printf(&p->out, "\n  rests on %s (%u capture%s): %s", e->name, e->captures,
				       e->captures == 1 ? "" : "s", e->sentence);
		first = false;
	}
	if (first && !p->json)
		rkr_buf_printf(&p->out, "; rests on rules that all captures agree on");
}

static void
put_plan(struct predict *p, const char *name, const struct rkg_plan *plan, const struct rkg_regcmd *regcmd,
	 const struct rkg_layout *l)
{
	const struct rkg_group *g = plan->groups;

	if (p->json) {
		rkr_buf_printf(
			&p->out,
			"{\"record\":\"prediction\",\"shape\":\"%s\",\"in_domain\":true,\"tasks\":%zu,"
			"\"records\":%zu,\"tiles\":[%zu,%zu,%zu],\"splits\":[\"%s\",\"%s\",\"%s\"],"
			"\"regcmd_bytes\":%" PRIu64 ",\"active_offset\":%" PRIu64
			",\"bo_bytes\":{\"task\":%" PRIu64 ",\"weight\":%" PRIu64 ",\"internal\":%" PRIu64
			",\"input\":%" PRIu64 ",\"output\":%" PRIu64 "},\"rests_on\":[",
			name, plan->n_tasks, regcmd->n_records, g[0].n_tiles, g[1].n_tiles, g[2].n_tiles,
			rkg_split_name(g[0].split), rkg_split_name(g[1].split), rkg_split_name(g[2].split),
			l->regcmd_bytes, l->active_offset, l->bo[RKG_BO_TASK].size, l->bo[RKG_BO_WEIGHT].size,
			l->bo[RKG_BO_INTERNAL].size, l->bo[RKG_BO_INPUT].size, l->bo[RKG_BO_OUTPUT].size);
		put_sureness(p, plan);
		rkr_buf_printf(&p->out, "]}\n");
		return;
	}
	rkr_buf_printf(&p->out,
		       "%s: %zu tasks, tiles %zu/%zu/%zu (split %s/%s), regcmd %" PRIu64
		       " bytes, weight BO %" PRIu64 " bytes",
		       name, plan->n_tasks, g[0].n_tiles, g[1].n_tiles, g[2].n_tiles,
		       rkg_split_name(g[1].split), rkg_split_name(g[2].split), l->regcmd_bytes,
		       l->bo[RKG_BO_WEIGHT].size);
	put_sureness(p, plan);
	rkr_buf_printf(&p->out, "\n");
}

/* One shape. Negative errno only for what stops the whole. */
static int
predict_shape(struct predict *p, const char *text)
{
	rkr_cleanup(rkg_plan_free) struct rkg_plan *plan = NULL;
	rkr_cleanup(rkg_regcmd_free) struct rkg_regcmd *regcmd = NULL;
	enum rkg_refusal refusal = RKG_ACCEPTED;
	struct rkg_layout layout;
	struct rkg_shape shape;
	struct rkr_error err = { 0 };
	char name[RKG_SHAPE_NAME_MAX];
	int r = rkg_shape_parse(tool_is_shape(text) ? text + strlen("conv:") : text, &shape, &err);

	p->n++;
	if (r == 0)
		r = rkg_domain_check(&shape, &plan, &refusal, &err);
	if (r == 0)
		r = rkg_regcmd_new(plan, NULL, &regcmd);
	if (r == 0)
		r = rkg_layout_init(&layout, plan, regcmd, 0, &err);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		put_refusal(p, text,
			    r == -EOPNOTSUPP && refusal == RKG_ACCEPTED ? RKG_REFUSE_IOVA_SPACE : refusal,
			    &err);
	} else {
		rkg_shape_format(&shape, name, sizeof(name));
		put_plan(p, name, plan, regcmd, &layout);
		p->n_in_domain++;
	}
	return p->out.failed;
}

/* Whether a text is meant as a shape: it says so, or starts like one. */
static bool
looks_like_shape(const char *s)
{
	return tool_is_shape(s) || strncmp(s, "conv2d_", 7) == 0 ||
	       (s[0] == 'b' && s[1] >= '0' && s[1] <= '9');
}

/*
 * A list of shapes, one a line; blank lines and what follows a '#' are passed
 * over. A shape that is written wrongly is told like those that are refused;
 * a line that is not meant as one is of no list.
 */
static int
predict_file(struct predict *p, const char *path, struct rkr_error *err)
{
	_autofclose_ FILE *file = strcmp(path, "-") == 0 ? fdopen(dup(STDIN_FILENO), "r") : fopen(path, "re");
	char line[LINE_BYTES];
	uint64_t number = 0, before = p->n;

	if (!file)
		return rkr_error_set(err, -errno, path, 0, 0,
				     "give a shape such as b1_c64_h56_w56_oc128_k1x1_g1, or a list",
				     "it is no shape, and cannot be read as a list of shapes: %s",
				     strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		char *start = line + strspn(line, " \t"), *end = start + strcspn(start, "#\r\n");

		number++;
		if (!strchr(line, '\n') && !feof(file))
			return rkr_error_set(err, -EINVAL, path, number, 0, "give one shape a line",
					     "the line is longer than any shape");
		while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		*end = '\0';
		if (*start && !looks_like_shape(start))
			return rkr_error_set(err, -EINVAL, path, number, 0,
					     "give one shape a line, such as b1_c64_h56_w56_oc128_k1x1_g1",
					     "it is no list of shapes: '%.60s'", start);
		int r = *start ? predict_shape(p, start) : 0;

		if (r < 0)
			return r;
	}
	int r = ferror(file) ? (errno ? -errno : -EIO) : 0;

	if (r < 0)
		return rkr_error_set(err, r, path, 0, 0, "give a shape, or a list of them",
				     "cannot read it: %s", strerror(-r));
	if (p->n == before)
		return rkr_error_set(err, -EINVAL, path, 0, 0, "give one shape a line",
				     "there is no shape in it");
	return 0;
}

static enum tool_exit
run_predict(const struct tool_args *args)
{
	struct predict p = { .json = tool_given(args, "json") };
	struct rkr_error err = { 0 };
	int r = 0;

	for (size_t i = 0; i < args->n_sources && r == 0; i++)
		r = looks_like_shape(args->sources[i]) ? predict_shape(&p, args->sources[i])
						       : predict_file(&p, args->sources[i], &err);
	if (p.json)
		rkr_buf_printf(&p.out,
			       "{\"record\":\"summary\",\"shapes\":%" PRIu64 ",\"in_domain\":%" PRIu64 "}\n",
			       p.n, p.n_in_domain);
	else if (p.n > 1)
		rkr_buf_printf(&p.out, "%" PRIu64 " of %" PRIu64 " shapes are in the known domain\n",
			       p.n_in_domain, p.n);
	if (r == 0)
		r = tool_print(&p.out);
	else
		rkr_buf_free(&p.out);
	if (r < 0)
		return tool_error(&err, r);
	return p.n_in_domain == p.n ? TOOL_YES : TOOL_NO;
}

static const struct tool_option options[] = {
	{ "json", NULL, "one JSON object a line" },
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_predict = {
	.name = "predict",
	.usage = "SHAPE...|FILE...",
	.summary = "Predict the vendor compiler's schedule of shapes",
	.details = "A FILE lists shapes, one a line; what follows a # is passed over.\n"
		   "Exit status: 0 all are in the known domain, 1 some are not, 2 trouble.\n",
	.options = options,
	.min_sources = 1,
	.max_sources = SIZE_MAX,
	.run = run_predict,
};
