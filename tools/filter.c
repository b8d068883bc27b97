/* SPDX-License-Identifier: MIT */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include "filter.h"

#include <errno.h>
#include <inttypes.h>
#include <pcre2.h>
#include <string.h>

#include "lib/format.h"

/*
 * The filters by text, task and core.
 */

/* A pattern may go back and try again so often, and take so many KiB for it, in one record. */
#define MATCH_LIMIT 1000000
#define HEAP_LIMIT_KIB 16384
#define JIT_STACK_BYTES ((size_t)1 << 20)

/* Fields of a kind that say which tasks and cores a record is about; -1: it has none. */
struct about {
	int core, mask;
	int first, number, last; /* tasks [first, first + number), or [first, last] */
	int index;
};

struct tool_filter {
	bool has_task, has_core, has_since;
	uint64_t task, core;
	struct tool_since since;
	struct about about[RKR_KIND_MAX_];

	/* the task table above */
	bool in_table;
	uint64_t gem, table_off;

	char *pattern;
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
	pcre2_jit_stack *stack;
	char *text; /* of the record in hand */
	size_t text_size;
};

void
tool_filter_free(struct tool_filter *f)
{
	if (!f)
		return;
	pcre2_match_data_free(f->match);
	pcre2_match_context_free(f->limits);
	pcre2_jit_stack_free(f->stack);
	pcre2_code_free(f->code);
	free(f->pattern);
	free(f->text);
	free(f);
}

/* ---- by task and core ---- */

static void
learn_fields(struct tool_filter *f)
{
	for (int k = 0; k < RKR_KIND_MAX_; k++) {
		enum rkr_kind kind = (enum rkr_kind)k;
		bool row = kind == RKR_KIND_submit_task;

		f->about[k] = (struct about){
			.core = rkr_field_by_name(kind, "core"),
			/* what a wait calls "mask" is the job's core mask */
			.mask = rkr_field_by_name(kind, kind == RKR_KIND_wait ? "mask" : "core_mask"),
			.first = rkr_field_by_name(kind, "task_start"),
			.number = rkr_field_by_name(kind, "task_number"),
			.last = rkr_field_by_name(kind, "task_end"),
			.index = row ? rkr_field_by_name(kind, "index") : -1,
		};
	}
}

static bool
is_of_core(const struct tool_filter *f, const struct rkr_record *rec)
{
	const struct about *a = &f->about[rec->kind];

	if (a->core >= 0 && rkr_has(rec, a->core))
		return rkr_get_u(rec, a->core) == f->core;
	if (a->mask < 0 || !rkr_has(rec, a->mask))
		return false;
	uint64_t mask = rkr_get_u(rec, a->mask);

	/* With no core named, the driver chooses [source]: it may have been this one. */
	return mask == 0 || (f->core < 64 && (mask >> f->core & 1));
}

/* A row of a task table is numbered by where it stands behind the table's first row. */
static bool
is_row_of_task(struct tool_filter *f, const struct rkr_record *rec)
{
	uint64_t gem = rkr_get_u(rec, RKR_F_task_gem), off = rkr_get_u(rec, RKR_F_task_off);

	if (!f->in_table || gem != f->gem || off < f->table_off) {
		f->in_table = true;
		f->gem = gem;
		f->table_off = off;
	}
	off -= f->table_off;
	return off % RKR_TASK_BYTES == 0 && off / RKR_TASK_BYTES == f->task;
}

static bool
is_of_task(struct tool_filter *f, const struct rkr_record *rec)
{
	const struct about *a = &f->about[rec->kind];

	if (rec->kind == RKR_KIND_task)
		return is_row_of_task(f, rec);
	if (rec->kind == RKR_KIND_gem)
		f->in_table = false;
	if (a->index >= 0 && rkr_has(rec, a->index))
		return rkr_get_u(rec, a->index) == f->task;
	if (a->first < 0 || !rkr_has(rec, a->first) || f->task < rkr_get_u(rec, a->first))
		return false;
	if (a->number >= 0 && rkr_has(rec, a->number))
		return f->task - rkr_get_u(rec, a->first) < rkr_get_u(rec, a->number);
	return a->last >= 0 && rkr_has(rec, a->last) && f->task <= rkr_get_u(rec, a->last);
}

/* ---- by text ---- */

/* The pattern and a caret below what is wrong with it. */
static void
show_pattern(const char *pattern, size_t at)
{
	fputs("    ", stderr);
	for (const char *p = pattern; *p; p++)
		fputc(*p >= 0x20 && *p < 0x7f ? *p : '?', stderr);
	fprintf(stderr, "\n    %*s^\n", (int)(at < 4096 ? at : 4096), "");
}

static bool
compile_pattern(struct tool_filter *f, const char *pattern)
{
	PCRE2_SIZE at = 0;
	int code = 0;

	f->pattern = strdup(pattern);
	f->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_UTF | PCRE2_NEVER_UCP,
				&code, &at, NULL);
	if (!f->code) {
		char why[256] = "";

		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
		tool_trouble("--grep: bad pattern at offset %zu: %s", (size_t)at, why);
		show_pattern(pattern, (size_t)at);
		return false;
	}
	/* Where there is no JIT, it is only slower. */
	pcre2_jit_compile(f->code, PCRE2_JIT_COMPLETE);
	f->match = pcre2_match_data_create_from_pattern(f->code, NULL);
	f->limits = pcre2_match_context_create(NULL);
	f->stack = pcre2_jit_stack_create(32768, JIT_STACK_BYTES, NULL);
	if (!f->pattern || !f->match || !f->limits || !f->stack) {
		tool_error(NULL, -ENOMEM);
		return false;
	}
	pcre2_set_match_limit(f->limits, MATCH_LIMIT);
	pcre2_set_heap_limit(f->limits, HEAP_LIMIT_KIB);
	pcre2_jit_stack_assign(f->limits, NULL, f->stack);
	return true;
}

static int
matches(struct tool_filter *f, const struct rkr_record *rec, struct rkr_error *err)
{
	size_t len = rkr_record_format(rec, f->text, f->text_size);

	if (len >= f->text_size) {
		if (rkr_grow((void **)&f->text, &f->text_size, len + 1, 1) < 0)
			return -ENOMEM;
		len = rkr_record_format(rec, f->text, f->text_size);
	}
	int r = pcre2_match(f->code, (PCRE2_SPTR)f->text, len, 0, 0, f->match, f->limits);

	if (r >= 0 || r == PCRE2_ERROR_NOMATCH)
		return r >= 0;
	char why[256] = "", line[40] = "";

	pcre2_get_error_message(r, (PCRE2_UCHAR *)why, sizeof(why));
	if (rec->place.line)
		snprintf(line, sizeof(line), " of line %" PRIu64, rec->place.line);
	return rkr_fail(err, -EINVAL, "write a simpler pattern", "--grep '%s' fails on the record%s: %s",
			f->pattern, line, why);
}

/* ---- all of them ---- */

static bool
number(const struct tool_args *args, const char *option, bool *ret_given, uint64_t *ret)
{
	const char *text = tool_value(args, option);

	*ret_given = text != NULL;
	if (!text || tool_number(text, ret))
		return true;
	tool_trouble("--%s=%s is not a number", option, text);
	return false;
}

bool
tool_filter_new(const struct tool_args *args, struct tool_filter **ret_filter)
{
	const char *pattern = tool_value(args, "grep"), *since = tool_value(args, "since");
	_cleanup_filter_ struct tool_filter *f = calloc(1, sizeof(*f));

	if (!f) {
		tool_error(NULL, -ENOMEM);
		return false;
	}
	if (!number(args, "task", &f->has_task, &f->task) || !number(args, "core", &f->has_core, &f->core))
		return false;
	if (since && !tool_since_parse(since, &f->since)) {
		tool_trouble(
			"--since=%s is no time; give seconds of the kernel (1234.5), HH:MM[:SS[.mmm]], or "
			"YYYY-MM-DD[THH:MM[:SS]]",
			since);
		return false;
	}
	f->has_since = since != NULL;
	if (pattern && !compile_pattern(f, pattern))
		return false;
	learn_fields(f);
	*ret_filter = f->has_task || f->has_core || f->has_since || pattern ? rkr_steal(f) : NULL;
	return true;
}

int
tool_filter_takes(struct tool_filter *f, const struct rkr_record *rec, struct rkr_error *err)
{
	if (!f)
		return 1;
	/* Both remember what was above, and must see every record. */
	bool since = !f->has_since || tool_since_takes(&f->since, rec);
	bool task = !f->has_task || is_of_task(f, rec);

	if (!since || !task || (f->has_core && !is_of_core(f, rec)))
		return 0;
	return f->code ? matches(f, rec, err) : 1;
}

void
tool_filter_explain(const struct tool_filter *f)
{
	if (!f || !f->has_since || f->since.seen)
		return;
	fprintf(stderr, "rkreplay: --since took nothing: no record has %s\n",
		f->since.wall ? "a time of the day" : "a time of the kernel");
}
