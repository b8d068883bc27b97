/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/digest.h"
#include "lib/format.h"
#include "filter.h"
#include "output.h"
#include "tool.h"
#include "triage.h"

/* show: a run as people look at it, part by part. */

struct show {
	const struct rkr_run *run;
	const char *source; /* the first that was given */
	bool json;
	bool raw;
	long task;                  /* -1: all */
	int64_t op;                 /* whose tiles; -1: those of a shape */
	struct tool_filter *filter; /* of records that are shown as such */
};

static const char *
bo_name(const struct rkr_run *run, uint32_t bo, char buf[32])
{
	const char *role = rkr_run_bo(run, bo)->role;

	if (role[0])
		return role;
	snprintf(buf, 32, "bo%" PRIu32, bo);
	return buf;
}

/* ---- records ---- */

static int
show_record(const struct show *s, const struct rkr_record *rec)
{
	if (s->json) {
		struct rkr_buf buf = { 0 };

		rkr_record_json(&buf, rec, rkr_run_file(s->run, rec->place.file));
		rkr_buf_put(&buf, "\n", 1);
		return tool_print(&buf);
	}
	char text[2048];

	rkr_record_format(rec, text, sizeof(text));
	puts(text);
	return 0;
}

static enum tool_exit
show_stream(const struct show *s, enum rkr_stream stream)
{
	for (size_t i = 0; i < rkr_run_n_records(s->run); i++) {
		const struct rkr_record *rec = rkr_run_record(s->run, i);
		struct rkr_error err = { 0 };
		int takes;

		if (stream != RKR_STREAM_MAX_ && rkr_kind_get(rec->kind)->stream != stream)
			continue;
		takes = tool_filter_takes(s->filter, rec, &err);
		if (takes > 0)
			takes = show_record(s, rec);
		if (takes < 0)
			return tool_error(&err, takes);
	}
	tool_filter_explain(s->filter);
	return TOOL_YES;
}

static enum tool_exit
show_ioctls(const struct show *s)
{
	return show_stream(s, RKR_STREAM_CALLS);
}

static enum tool_exit
show_timeline(const struct show *s)
{
	return show_stream(s, RKR_STREAM_MAX_);
}

/* ---- BOs ---- */

static void
print_known(const struct rkr_bo *bo, uint32_t flag, int width, bool hex, uint64_t value)
{
	if (!(bo->known & flag))
		printf(" %*s", width, "?");
	else if (hex)
		printf(" %#*" PRIx64, width, value);
	else
		printf(" %*" PRIu64, width, value);
}

static enum tool_exit
show_bos(const struct show *s)
{
	if (!s->json)
		printf("%-10s %6s %12s %12s %12s %12s %18s  %s\n", "role", "handle", "size", "aligned",
		       "flags", "dma", "obj", "contents known");
	for (uint32_t i = 0; i < rkr_run_n_bos(s->run); i++) {
		const struct rkr_bo *bo = rkr_run_bo(s->run, i);
		char name[32];
		size_t n;
		const struct rkr_extent *e = rkr_run_extents(s->run, i, &n);
		uint64_t bytes = 0;

		for (size_t k = 0; k < n; k++)
			bytes += e[k].len;
		if (s->json) {
			printf("{\"record\":\"bo\",\"role\":\"%s\"", bo_name(s->run, i, name));
			if (bo->known & RKR_BO_HANDLE)
				printf(",\"handle\":%" PRIu32, bo->handle);
			if (bo->known & RKR_BO_SIZE)
				printf(",\"size\":%" PRIu64, bo->size);
			if (bo->known & RKR_BO_ALIGNED)
				printf(",\"aligned_size\":%" PRIu64, bo->aligned);
			if (bo->known & RKR_BO_FLAGS)
				printf(",\"flags\":%" PRIu32, bo->flags);
			if (bo->known & RKR_BO_DMA)
				printf(",\"dma\":\"0x%" PRIx64 "\"", bo->dma);
			if (bo->known & RKR_BO_OBJ)
				printf(",\"obj\":\"0x%" PRIx64 "\"", bo->obj);
			printf(",\"known_bytes\":%" PRIu64 "}\n", bytes);
			continue;
		}
		printf("%-10s", bo_name(s->run, i, name));
		print_known(bo, RKR_BO_HANDLE, 6, false, bo->handle);
		print_known(bo, RKR_BO_SIZE, 12, false, bo->size);
		print_known(bo, RKR_BO_ALIGNED, 12, false, bo->aligned);
		print_known(bo, RKR_BO_FLAGS, 12, true, bo->flags);
		print_known(bo, RKR_BO_DMA, 12, true, bo->dma);
		print_known(bo, RKR_BO_OBJ, 18, true, bo->obj);
		printf("  %" PRIu64 "\n", bytes);
	}
	return TOOL_YES;
}

/* ---- tasks ---- */

/* The index, then the task's fields, padded so that lines of a table stand below each other. */
static int
show_task_line(const struct rkr_record *rec)
{
	const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);

	printf("%" PRIu64, rec->v[RKR_F_task_index].u);
	for (int f = RKR_F_task_flags; f <= RKR_F_task_regcmd_addr; f++) {
		if (k->fields[f].base != RKR_BASE_DEC)
			printf(" 0x%0*" PRIx64, k->fields[f].type == RKR_TYPE_U64 ? 16 : 8, rec->v[f].u);
		else
			printf(" %" PRIu64, rec->v[f].u);
	}
	putchar('\n');
	return 0;
}

static enum tool_exit
show_tasks(const struct show *s)
{
	size_t n = rkr_run_n_tasks(s->run);

	if (n == 0)
		return tool_trouble("the run shows no task table: its source has no GEM dump; give one of "
				    "the same run too");
	for (size_t i = 0; i < n; i++) {
		struct rkr_record_buf buf;

		if ((s->task >= 0 && i != (size_t)s->task) || rkr_run_task_record(s->run, i, &buf) < 0)
			continue;
		int r = s->json ? show_record(s, &buf.rec) : show_task_line(&buf.rec);

		if (r < 0)
			return tool_error(NULL, r);
	}
	return TOOL_YES;
}

/* ---- overview ---- */

/* @region may be NULL: then there is nothing to say. 0 or -ENOMEM. */
static int
print_digest(const struct rkr_run *run, const struct rkr_region *region, const char *what, uint64_t n,
	     const char *unit)
{
	char hex[RKR_SHA256_HEX], name[32];
	int r = region ? rkr_region_digest(run, region, hex) : 0;

	if (!region || r == -ENOMEM)
		return r;
	printf("%s: %" PRIu64 " %s at %s+0x%" PRIx64, what, n, unit, bo_name(run, region->bo, name),
	       region->offset);
	if (r == 0)
		printf(", SHA-256 %s\n", hex);
	else
		printf(", not all of it known\n");
	return 0;
}

static void
print_identity(const struct rkr_record *rec)
{
	const struct rkr_field *fields = rkr_kind_get(rec->kind)->fields;
	char what[64] = "", text[1024] = "";

	/* By the schema, which makes of what a log holds something that a terminal can take. */
	if (rkr_has(rec, RKR_F_identity_what))
		rkr_value_format(&fields[RKR_F_identity_what], &rec->v[RKR_F_identity_what], what,
				 sizeof(what));
	if (rkr_has(rec, RKR_F_identity_text))
		rkr_value_format(&fields[RKR_F_identity_text], &rec->v[RKR_F_identity_text], text,
				 sizeof(text));
	printf("%s: %s\n", what, text);
}

static enum tool_exit
show_overview(const struct show *s)
{
	uint64_t counts[RKR_KIND_MAX_] = { 0 };
	const struct rkr_region *regcmd = rkr_run_region(s->run, RKR_REGION_REGCMD);
	const struct rkr_region *tasks =
		rkr_run_region(s->run, rkr_run_is_relative(s->run) ? RKR_REGION_TASKS_REL : RKR_REGION_TASKS);
	size_t n_conflicts;

	for (size_t i = 0; i < rkr_run_n_records(s->run); i++) {
		const struct rkr_record *r = rkr_run_record(s->run, i);

		counts[r->kind]++;
		if (r->kind == RKR_KIND_model && show_record(s, r) < 0)
			return tool_error(NULL, -ENOMEM);
		if (r->kind == RKR_KIND_identity)
			print_identity(r);
	}
	printf("records:");
	for (int k = 0; k < RKR_KIND_MAX_; k++)
		if (counts[k])
			printf(" %" PRIu64 " %s", counts[k], rkr_kind_get((enum rkr_kind)k)->name);
	putchar('\n');
	show_bos(s);
	int r = print_digest(s->run, tasks, "tasks", tasks ? tasks->size / RKR_TASK_BYTES : 0, "tasks");

	if (r == 0)
		r = print_digest(s->run, regcmd, "regcmd", regcmd ? regcmd->size / 8 : 0, "words");
	if (r < 0)
		return tool_error(NULL, r);
	rkr_run_conflicts(s->run, &n_conflicts);
	if (n_conflicts)
		printf("%zu rows contradict others of the same run\n", n_conflicts);
	return TOOL_YES;
}

/* ---- the parts ---- */

static enum tool_exit
show_regcmd(const struct show *s)
{
	return tool_show_regcmd(s->run, s->task, s->raw, s->json);
}

static enum tool_exit
show_resolved(const struct show *s)
{
	return tool_show_resolved(s->run, s->task, s->json);
}

static enum tool_exit
show_ops(const struct show *s)
{
	return tool_show_ops(s->run, s->json);
}

static enum tool_exit
show_tiles(const struct show *s)
{
	return s->op < 0 ? tool_show_tiles(s->source, s->json)
			 : tool_show_op_tiles(s->run, (uint32_t)s->op, s->json);
}

static enum tool_exit
show_trace(const struct show *s)
{
	return triage_show(s->run, s->json);
}

/* In the order in which they are printed. */
static const struct part {
	const char *option;
	enum tool_exit (*show)(const struct show *s);
	bool records; /* it is made of records, of which --grep, --core and --since can choose */
	bool tasks;   /* ... or of rows of tasks, of which --task can */
} parts[] = {
	{ "ioctls", show_ioctls, true, false },     { "bos", show_bos, false, false },
	{ "tasks", show_tasks, false, true },       { "regcmd", show_regcmd, false, true },
	{ "resolved", show_resolved, false, true }, { "timeline", show_timeline, true, false },
	{ "ops", show_ops, false, false },          { "tiles", show_tiles, false, false },
	{ "trace", show_trace, false, false },
};

static bool
filters_records(const struct tool_args *args)
{
	return tool_given(args, "grep") || tool_given(args, "core") || tool_given(args, "since");
}

static unsigned part_bit(enum tool_exit (*show)(const struct show *s))
{
	size_t i = 0;

	while (parts[i].show != show)
		i++;
	return 1U << i;
}

/* Which parts are to be shown, as a set of bits; 0: none was named. */
static unsigned
parts_given(const struct tool_args *args)
{
	unsigned given = tool_given(args, "op") ? part_bit(show_tiles) : 0;

	for (size_t i = 0; i < RKR_ARRAY_LEN(parts); i++)
		if (tool_given(args, parts[i].option))
			given |= 1U << i;
	return given;
}

/* What is asked for has to be shown, all of it: an option that would change nothing is a mistake. */
static enum tool_exit
check_options(const struct tool_args *args, unsigned given)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(parts); i++) {
		if (!(given & 1U << i))
			continue;
		if (!parts[i].records && filters_records(args))
			return tool_trouble("--grep, --core and --since choose records, and --%s shows none; "
					    "give them with --ioctls or --timeline",
					    parts[i].option);
		if (!parts[i].records && !parts[i].tasks && tool_given(args, "task"))
			return tool_trouble("--task chooses tasks and records, and --%s shows none; give it "
					    "with --ioctls, --tasks, --regcmd, --resolved or --timeline",
					    parts[i].option);
	}
	if ((given & part_bit(show_tiles)) && !tool_given(args, "op") && args->n_sources > 1)
		return tool_trouble("--tiles shows the plan of one shape; leave out '%s'", args->sources[1]);
	bool regcmd = given ? given & part_bit(show_regcmd) : !filters_records(args);

	if (tool_given(args, "raw") && (!regcmd || tool_given(args, "json")))
		return tool_trouble("--raw prints words of the regcmd as text; give it with --regcmd, and "
				    "without --json");
	return TOOL_YES;
}

static enum tool_exit
show_parts(const struct show *s, unsigned given)
{
	enum tool_exit status = TOOL_YES;

	for (size_t i = 0; i < RKR_ARRAY_LEN(parts) && status == TOOL_YES; i++)
		if (given & 1U << i)
			status = parts[i].show(s);
	return status;
}

/* A task that is not there is an error; of records, a filter that takes none is not. */
static bool
asks_for_task(const struct show *s, unsigned given)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(parts); i++)
		if (parts[i].tasks && (given & 1U << i))
			return s->task >= 0;
	return false;
}

static enum tool_exit
run_show(const struct tool_args *args)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	_cleanup_filter_ struct tool_filter *filter = NULL;
	const char *task = tool_value(args, "task"), *op = tool_value(args, "op");
	struct show s = {
		.source = args->sources[0],
		.json = tool_given(args, "json"),
		.raw = tool_given(args, "raw"),
		.task = -1,
		.op = -1,
	};
	unsigned given = parts_given(args);
	struct rkg_options gen;
	struct rkr_error err = { 0 };
	uint64_t n;

	if (task && (!tool_number(task, &n) || n > INT32_MAX))
		return tool_trouble("--task=%s is not a task's number", task);
	if (task)
		s.task = (long)n;
	if (op && (!tool_number(op, &n) || n > UINT32_MAX))
		return tool_trouble("--op=%s is not an operator's number", op);
	if (op)
		s.op = (int64_t)n;
	if (!tool_filter_new(args, &filter) || !tool_gen_options(args, &gen) ||
	    check_options(args, given) != TOOL_YES)
		return TOOL_TROUBLE;
	s.filter = filter;
	/* A shape may have a plan, and no run. */
	if (!op && given == part_bit(show_tiles))
		return show_tiles(&s);
	int r = tool_load(args->sources, args->n_sources, &gen, &run, &err);

	if (r < 0)
		return tool_error(&err, r);
	s.run = run;
	if (!given && (s.json || filters_records(args)))
		return show_timeline(&s);
	if (!given && (task || s.raw))
		given = part_bit(show_regcmd);
	if (asks_for_task(&s, given) && (size_t)s.task >= rkr_run_n_tasks(run))
		return tool_trouble("there is no task %s: the run has %zu", task, rkr_run_n_tasks(run));
	return given ? show_parts(&s, given) : show_overview(&s);
}

static const struct tool_option options[] = {
	{ "ioctls", NULL, "the calls, with their returns" },
	{ "bos", NULL, "the buffer objects" },
	{ "tasks", NULL, "the task table, one line a task" },
	{ "regcmd", NULL, "the regcmd, one line a word, decoded" },
	{ "raw", NULL, "with --regcmd: offset and word alone" },
	{ "resolved", NULL, "the registers of each task, those that it inherits included" },
	{ "ops", NULL, "of a model: its operators, one line each" },
	{ "tiles", NULL, "of a shape, or with --op of an operator: the tile plan, as a picture and a table" },
	{ "op", "N", "with --tiles: the model's operator of that number" },
	{ "timeline", NULL, "all records in order" },
	{ "trace", NULL, "the jobs that kernel rows and PC-commit traces tell of" },
	{ "task", "N", "this task only" },
	TOOL_FILTER_OPTIONS,
	{ "json", NULL, "one JSON object a line" },
	TOOL_GEN_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_show = {
	.name = "show",
	.usage = "SOURCE...",
	.summary = "Show a run: its BOs, calls, tasks and decoded regcmd",
	.options = options,
	.min_sources = 1,
	.max_sources = SIZE_MAX,
	.run = run_show,
};
