/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "checks-priv.h"
#include "format.h"
#include "util.h"

/* How a check says what it found. */

const char *
rkr_checks_text(struct rkr_checks *k, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	char *p = n < 0 ? NULL : rkr_run_alloc(k->text, (size_t)n + 1);

	va_end(again);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, ap);
	else
		k->failed = -ENOMEM;
	return p ? p : "";
}

const char *
rkr_check_text(struct rkr_check_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *t = rkr_checks_text(c->all, fmt, ap);

	va_end(ap);
	return t;
}

void *
rkr_check_alloc(const struct rkr_check_ctx *c, size_t n, size_t size)
{
	void *p = n < SIZE_MAX ? calloc(n + 1, size) : NULL;

	if (!p)
		c->all->failed = -ENOMEM;
	return p;
}

static void
add_detail(struct rkr_check_ctx *c, const struct rkr_check_detail *detail)
{
	struct rkr_checks *k = c->all;

	c->n_details++;
	if (rkr_grow((void **)&k->details, &k->cap_details, k->n_details + 1, sizeof(*k->details)) < 0)
		k->failed = -ENOMEM;
	else
		k->details[k->n_details++] = *detail;
}

/* "mem_sync[5]": the how-manieth of its kind. */
static const char *
path_of(struct rkr_check_ctx *c, size_t record)
{
	enum rkr_kind kind = c->run->records[record].kind;
	size_t lo = c->state->first[kind], hi = c->state->first[kind + 1];

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->state->index[mid] <= record)
			lo = mid;
		else
			hi = mid;
	}
	return rkr_check_text(c, "%s[%zu]", rkr_kind_get(kind)->name, lo - c->state->first[kind]);
}

void
rkr_check_that(struct rkr_check_ctx *c, bool holds, size_t record, const char *path, const char *field,
	       const char *expected, const char *found)
{
	struct rkr_check_detail d = {
		.subject = c->subject,
		.path = path,
		.field = field,
		.expected = expected,
		.found = found,
	};

	c->asserted++;
	if (holds)
		return;
	if (record < c->run->n_records) {
		const struct rkr_place *p = &c->run->records[record].place;

		if (!path)
			d.path = path_of(c, record);
		if (p->line) {
			d.file = rkr_run_file(c->run, p->file);
			d.line = p->line;
		}
	}
	add_detail(c, &d);
}

void
rkr_check_word(struct rkr_check_ctx *c, bool holds, uint32_t bo, uint64_t offset, const char *path,
	       const char *field, const char *expected, const char *found)
{
	struct rkr_check_detail d = {
		.subject = c->subject,
		.path = path,
		.field = field,
		.expected = expected,
		.found = found,
	};
	const struct rkr_contents *contents = &c->run->bos[bo].contents;

	c->asserted++;
	if (holds)
		return;
	for (size_t i = 0; i < contents->n && !d.file; i++) {
		const struct rkr_extent *e = &contents->v[i];

		if (offset < e->offset || offset - e->offset >= e->len || e->record >= c->run->n_records)
			continue;
		const struct rkr_record *r = &c->run->records[e->record];

		if (!r->place.line)
			break;
		d.file = rkr_run_file(c->run, r->place.file);
		d.line = r->place.line;
		/* The words of a window are printed one a line, after its heading. */
		if (r->kind == RKR_KIND_regcmd_window)
			d.line += 1 + (offset - rkr_get_u(r, RKR_F_regcmd_window_off)) / 8;
	}
	add_detail(c, &d);
}

bool
rkr_check_field(struct rkr_check_ctx *c, size_t record, int field, uint64_t expected)
{
	const struct rkr_record *r = &c->run->records[record];
	const struct rkr_field *f = &rkr_kind_get(r->kind)->fields[field];
	char want[64], have[64];

	if (!rkr_has(r, field))
		return false;
	if (r->v[field].u == expected) {
		c->asserted++;
		return true;
	}
	rkr_value_format(f, &(union rkr_value){ .u = expected }, want, sizeof(want));
	rkr_value_format(f, &r->v[field], have, sizeof(have));
	rkr_check_that(c, false, record, NULL, f->name, rkr_check_text(c, "%s", want),
		       rkr_check_text(c, "%s", have));
	return true;
}

void
rkr_check_number(struct rkr_check_ctx *c, size_t record, const char *path, const char *field,
		 uint64_t expected, uint64_t found)
{
	if (expected == found)
		c->asserted++;
	else
		rkr_check_that(c, false, record, path, field, rkr_check_text(c, "0x%" PRIx64, expected),
			       rkr_check_text(c, "0x%" PRIx64, found));
}

void
rkr_check_amount(struct rkr_check_ctx *c, size_t record, const char *path, const char *field,
		 uint64_t expected, uint64_t found)
{
	if (expected == found)
		c->asserted++;
	else
		rkr_check_that(c, false, record, path, field, rkr_check_text(c, "%" PRIu64, expected),
			       rkr_check_text(c, "%" PRIu64, found));
}

/* Whether the call log of this run shows what calls returned. */
static bool
shows_returns(const struct rkr_check_ctx *c)
{
	static const struct {
		enum rkr_kind kind;
		int ret;
	} calls[] = {
		{ RKR_KIND_action, RKR_F_action_ret },
		{ RKR_KIND_mem_create, RKR_F_mem_create_ret },
		{ RKR_KIND_mem_sync, RKR_F_mem_sync_ret },
	};

	for (size_t k = 0; k < RKR_ARRAY_LEN(calls); k++)
		for (size_t i = 0; i < rkr_check_count(c, calls[k].kind); i++)
			if (rkr_has(rkr_check_record(c, calls[k].kind, i), calls[k].ret))
				return true;
	return false;
}

bool
rkr_check_shows(struct rkr_check_ctx *c, size_t record, int field, const char *what)
{
	const struct rkr_record *r = &c->run->records[record];

	if (rkr_has(r, field))
		return true;
	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_submit); i++) {
		const struct rkr_record *other = rkr_check_record(c, RKR_KIND_submit, i);

		if (rkr_has(other, field) && rkr_get_u(other, RKR_F_submit_n) == rkr_get_u(r, RKR_F_submit_n))
			return false;
	}
	/* Who prints the command, prints the struct below it [source: the capture script]. */
	if (rkr_has(r, RKR_F_submit_cmd) && (field != RKR_F_submit_ret || shows_returns(c)))
		rkr_check_that(c, false, record, NULL, rkr_kind_get(RKR_KIND_submit)->fields[field].name,
			       "a value", "mandatory input missing: its row is not there");
	else
		rkr_check_skip(c, "it does not show the submit's %s", what);
	return false;
}

void
rkr_check_skip(struct rkr_check_ctx *c, const char *fmt, ...)
{
	va_list ap;

	if (c->skip)
		return;
	va_start(ap, fmt);
	c->skip = rkr_checks_text(c->all, fmt, ap);
	va_end(ap);
}

/* What gives records of a stream. */
static const char *const givers[RKR_STREAM_MAX_] = {
	[RKR_STREAM_CALLS] = "an ioctl log gives it",
	[RKR_STREAM_RUNTIME] = "the runtime's debug rows give it",
	[RKR_STREAM_GEM] = "a GEM dump gives it",
	[RKR_STREAM_SYSFS] = "a sysfs snapshot gives it",
	[RKR_STREAM_MMIO] = "an MMIO snapshot gives it",
	[RKR_STREAM_KERNEL] = "a kernel log gives it",
	[RKR_STREAM_TRACER] = "a tracer's log gives it",
	[RKR_STREAM_SWEEP] = "the log of a sweep gives it",
	[RKR_STREAM_REPLAY] = "a replay gives it",
	[RKR_STREAM_MODEL] = "a .rknn file gives it",
	[RKR_STREAM_SOURCE] = "the source of a driver gives it",
};

static const char *
giver(enum rkr_kind kind)
{
	const char *g = givers[rkr_kind_get(kind)->stream];

	/* A dump shows windows only where it was asked to. */
	if (kind == RKR_KIND_regcmd_window)
		return "a GEM dump with a window over the regcmd gives it";
	return g ? g : "another source gives it";
}

bool
rkr_check_mandatory(struct rkr_check_ctx *c, enum rkr_kind kind)
{
	const struct rkr_kind_desc *k = rkr_kind_get(kind);

	if (rkr_check_count(c, kind))
		return true;
	if (rkr_run_witnesses(c->run, kind))
		rkr_check_that(c, false, SIZE_MAX, k->name, NULL, "at least one record",
			       "mandatory input missing: its source writes such records, and there is none");
	else
		rkr_check_skip(c, "no %s record; %s", k->name, giver(kind));
	return false;
}

/* ---- differences ---- */

static void
count_compared(struct rkr_check_ctx *c, uint64_t kinds)
{
	size_t n;
	const struct rkr_diff_note *notes = rkr_diff_notes(c->state->diff, &n);

	for (size_t i = 0; i < n; i++) {
		enum rkr_kind kind = strcmp(notes[i].what, "regcmd word") == 0
					     ? RKR_KIND_regcmd_window
					     : rkr_kind_by_name(notes[i].what);

		if (kind != RKR_KIND_INVALID_ && (kinds >> kind & 1))
			c->asserted += notes[i].compared;
	}
}

const struct rkr_diff_item *
rkr_check_all_differences(struct rkr_check_ctx *c, size_t *ret_n)
{
	*ret_n = 0;
	if (!c->s->against)
		return NULL;
	if (!c->state->diff) {
		int r = rkr_diff_new(c->run, c->s->against, NULL, &c->state->diff, NULL);

		if (r < 0) {
			c->all->failed = r;
			return NULL;
		}
	}
	return rkr_diff_items(c->state->diff, ret_n);
}

void
rkr_check_difference(struct rkr_check_ctx *c, const struct rkr_diff_item *it)
{
	add_detail(c, &(struct rkr_check_detail){
			      .subject = c->subject,
			      .path = it->at ? rkr_check_text(c, "%s at %s", it->path, it->at) : it->path,
			      .field = it->field,
			      .expected = it->b.text ? it->b.text : "no such record",
			      .found = it->a.text ? it->a.text : "none",
			      .file = it->a.file,
			      .line = it->a.line,
		      });
}

void
rkr_check_differences(struct rkr_check_ctx *c, uint64_t kinds, rkr_check_pick pick)
{
	size_t n;
	const struct rkr_diff_item *items = rkr_check_all_differences(c, &n);

	if (c->state->diff)
		count_compared(c, kinds);
	for (size_t i = 0; i < n; i++)
		if ((kinds >> items[i].kind & 1) && (!pick || pick(c, &items[i])))
			rkr_check_difference(c, &items[i]);
}
