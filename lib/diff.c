/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diff.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "diff-priv.h"
#include "regs.h"
#include "util.h"

const char *
rkr_delta_name(enum rkr_delta delta)
{
	static const char *const names[RKR_DELTA_MAX_] = {
		[RKR_DELTA_POINTER] = "pointer",   [RKR_DELTA_LINK] = "PC link",
		[RKR_DELTA_GEOMETRY] = "geometry", [RKR_DELTA_COUNT] = "count",
		[RKR_DELTA_ORDER] = "order",       [RKR_DELTA_OTHER] = "unexplained",
	};

	return names[delta];
}

const char *
rkr_diff_text(struct rkr_diff *d, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	char *p = n < 0 ? NULL : rkr_run_alloc(d->text, (size_t)n + 1);

	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	else
		d->failed = -ENOMEM;
	va_end(again);
	va_end(ap);
	return p ? p : "";
}

void
rkr_diff_add(struct rkr_diff *d, const struct rkr_diff_item *item)
{
	if (rkr_grow((void **)&d->items, &d->cap_items, d->n_items + 1, sizeof(*d->items)) < 0)
		d->failed = -ENOMEM;
	else
		d->items[d->n_items++] = *item;
}

void
rkr_diff_note(struct rkr_diff *d, const char *what, uint64_t compared, const char *why)
{
	d->compared += compared;
	if (rkr_grow((void **)&d->notes, &d->cap_notes, d->n_notes + 1, sizeof(*d->notes)) < 0)
		d->failed = -ENOMEM;
	else
		d->notes[d->n_notes++] = (struct rkr_diff_note){ what, compared, why };
}

bool
rkr_diff_wants(const struct rkr_diff *d, enum rkr_kind kind)
{
	return !d->options.only || (d->options.only >> kind & 1);
}

bool
rkr_diff_ignores(const struct rkr_diff *d, const char *scope, const char *name)
{
	size_t len = strlen(scope);

	for (size_t i = 0; i < d->options.n_ignore; i++) {
		const char *g = d->options.ignore[i];

		if (strcmp(g, name) == 0 || strcmp(g, scope) == 0 ||
		    (strncmp(g, scope, len) == 0 && g[len] == '.' && strcmp(g + len + 1, name) == 0))
			return true;
	}
	return false;
}

/* The flag of a BO whose place in the space is known, as far as spaces can be learned. */
static uint32_t
place_flag(enum rkr_space space)
{
	switch (space) {
	case RKR_SPACE_DMA:
	case RKR_SPACE_DMA_END:
		return RKR_BO_DMA;
	case RKR_SPACE_OBJECT:
		return RKR_BO_OBJ;
	default:
		return 0;
	}
}

static bool
knows_places(const struct side *s, enum rkr_space space)
{
	uint32_t flag = place_flag(space);

	return !flag || (s->known & flag);
}

/* @known points into a BO; @blind is a side that cannot tell what its @raw means. */
static bool
learn(struct rkr_diff *d, struct side *blind, const struct side *other, enum rkr_space space,
      const struct rkr_ref *known, uint64_t raw)
{
	size_t n = other->run->n_bos;

	if (space == RKR_SPACE_DMA_END)
		space = RKR_SPACE_DMA;
	if (!blind->learned[space]) {
		blind->learned[space] = calloc(n, sizeof(uint64_t));
		blind->has_learned[space] = calloc(n, sizeof(bool));
		if (!blind->learned[space] || !blind->has_learned[space]) {
			d->failed = -ENOMEM;
			return true;
		}
	}
	if (!blind->has_learned[space][known->bo]) {
		blind->has_learned[space][known->bo] = true;
		blind->learned[space][known->bo] = raw - known->addend;
	}
	return raw == blind->learned[space][known->bo] + known->addend;
}

bool
rkr_diff_same_ref(struct rkr_diff *d, enum rkr_space space, const struct rkr_ref *a, uint64_t raw_a,
		  const struct rkr_ref *b, uint64_t raw_b)
{
	if (a->state == RKR_REF_BO && b->state == RKR_REF_UNRESOLVED && !knows_places(&d->b, space))
		return learn(d, &d->b, &d->a, space, a, raw_b);
	if (b->state == RKR_REF_BO && a->state == RKR_REF_UNRESOLVED && !knows_places(&d->a, space))
		return learn(d, &d->a, &d->b, space, b, raw_a);
	uint64_t want = a->state == RKR_REF_BO ? rkr_diff_counterpart(d, a->bo, a->addend) : a->addend;

	if (a->state != b->state || want != b->addend)
		return false;
	return a->state != RKR_REF_BO || d->a.to_other[a->bo] == b->bo;
}

bool
rkr_diff_same_value(struct rkr_diff *d, enum rkr_space space, uint64_t a, size_t at_a, uint64_t b,
		    size_t at_b)
{
	struct rkr_ref ra = rkr_run_resolve(d->a.run, space, a, at_a),
		       rb = rkr_run_resolve(d->b.run, space, b, at_b);

	return rkr_diff_same_ref(d, space, &ra, a, &rb, b);
}

const char *
rkr_diff_bo_name(struct rkr_diff *d, const struct side *s, uint32_t bo)
{
	const char *role = s->run->bos[bo].bo.role;

	return role[0] ? role : rkr_diff_text(d, "bo%u", bo);
}

const char *
rkr_diff_ref_text(struct rkr_diff *d, const struct side *s, const struct rkr_ref *ref, uint64_t raw)
{
	switch (ref->state) {
	case RKR_REF_NULL:
		return "none";
	case RKR_REF_BO:
		return rkr_diff_text(d, "%s+0x%llx (0x%llx)", rkr_diff_bo_name(d, s, ref->bo),
				     (unsigned long long)ref->addend, (unsigned long long)raw);
	case RKR_REF_THING:
		return rkr_diff_text(d, "#%llu (%lld)", (unsigned long long)ref->addend, (long long)raw);
	default:
		return rkr_diff_text(d, "0x%llx (in no BO)", (unsigned long long)raw);
	}
}

void
rkr_diff_place(const struct side *s, size_t record, uint64_t skip, struct rkr_diff_side *ret_side)
{
	if (record >= s->run->n_records)
		return;
	const struct rkr_place *p = &s->run->records[record].place;

	if (!p->line)
		return;
	ret_side->file = rkr_run_file(s->run, p->file);
	ret_side->line = p->line + skip;
}

/* ---- which BO of A is which of B ---- */

static void
pair(struct rkr_diff *d, size_t a, size_t b)
{
	d->a.to_other[a] = (uint32_t)b;
	d->b.to_other[b] = (uint32_t)a;
}

struct named {
	const char *role;
	uint32_t bo;
};

static int
compare_named(const void *data_a, const void *data_b)
{
	const struct named *a = data_a, *b = data_b;
	int order = strcmp(a->role, b->role);

	return order ? order : a->bo < b->bo ? -1 : a->bo > b->bo;
}

/* The BOs that have roles, sorted by them, and those of one role by age. NULL: no memory. */
static struct named *
by_role(const struct rkr_run *run, size_t *ret_n)
{
	struct named *v = malloc((run->n_bos + 1) * sizeof(*v));

	for (uint32_t i = 0; v && i < run->n_bos; i++)
		if (run->bos[i].bo.role[0])
			v[(*ret_n)++] = (struct named){ run->bos[i].bo.role, i };
	if (v)
		qsort(v, *ret_n, sizeof(*v), compare_named);
	return v;
}

/*
 * By role where both know it; what is left, in order of creation, unless
 * their roles say that they are different things.
 */
static int
match_bos(struct rkr_diff *d)
{
	const struct rkr_run *a = d->a.run, *b = d->b.run;
	size_t n_a = 0, n_b = 0;
	_autofree_ struct named *named_a = by_role(a, &n_a);
	_autofree_ struct named *named_b = by_role(b, &n_b);

	d->a.to_other = malloc((a->n_bos + 1) * sizeof(uint32_t));
	d->b.to_other = malloc((b->n_bos + 1) * sizeof(uint32_t));
	if (!d->a.to_other || !d->b.to_other || !named_a || !named_b)
		return -ENOMEM;
	memset(d->a.to_other, 0xff, (a->n_bos + 1) * sizeof(uint32_t));
	memset(d->b.to_other, 0xff, (b->n_bos + 1) * sizeof(uint32_t));
	for (size_t i = 0, j = 0; i < n_a && j < n_b;) {
		int order = strcmp(named_a[i].role, named_b[j].role);

		if (order == 0)
			pair(d, named_a[i].bo, named_b[j].bo);
		i += order <= 0;
		j += order >= 0;
	}
	for (size_t i = 0, j = 0; i < a->n_bos; i++) {
		if (d->a.to_other[i] != UINT32_MAX)
			continue;
		while (j < b->n_bos &&
		       (d->b.to_other[j] != UINT32_MAX || (a->bos[i].bo.role[0] && b->bos[j].bo.role[0])))
			j++;
		if (j < b->n_bos)
			pair(d, i, j);
	}
	return 0;
}

/* Whether the other run contradicts itself at the same place. */
static bool
contradicts_too(const struct side *s, const struct side *other, const struct rkr_conflict *c)
{
	for (size_t i = 0; i < other->run->n_conflicts; i++)
		if (other->run->conflicts[i].bo == s->to_other[c->bo] &&
		    other->run->conflicts[i].offset == c->offset)
			return true;
	return false;
}

static void
note_conflicts(struct rkr_diff *d, struct side *s, bool is_a)
{
	const struct side *other = is_a ? &d->b : &d->a;
	uint64_t alike = 0;

	for (size_t i = 0; i < s->run->n_conflicts; i++) {
		const struct rkr_conflict *c = &s->run->conflicts[i];

		if (contradicts_too(s, other, c)) {
			alike++;
			continue;
		}
		struct rkr_diff_item item = {
			.delta = RKR_DELTA_OTHER,
			.kind = c->dropped < s->run->n_records ? s->run->records[c->dropped].kind
							       : RKR_KIND_regcmd_window,
			.path = "the run against itself",
			.at = rkr_diff_text(d, "%s+0x%llx", rkr_diff_bo_name(d, s, c->bo),
					    (unsigned long long)c->offset),
			.field = "contents",
		};
		struct rkr_diff_side *mine = is_a ? &item.a : &item.b;

		mine->text = c->kept < s->run->n_records && s->run->records[c->kept].place.line
				     ? rkr_diff_text(d, "row disagrees with line %llu",
						     (unsigned long long)s->run->records[c->kept].place.line)
			     : c->kept == SIZE_MAX ? "row is past the end of its BO"
						   : "row disagrees with another one";
		rkr_diff_place(s, c->dropped, 0, mine);
		if (rkr_diff_wants(d, item.kind))
			rkr_diff_add(d, &item);
	}
	if (alike && is_a)
		rkr_diff_note(d, "contradiction", alike, "rows of one run that disagree, alike in both");
}

static void
gather_known(struct side *s)
{
	for (size_t i = 0; i < s->run->n_bos; i++)
		s->known |= s->run->bos[i].bo.known;
}

/* An ignored name that exists nowhere is a slip of the user's that would hide nothing. */
static int
check_ignores(const struct rkr_diff_options *o, struct rkr_error *err)
{
	for (size_t i = 0; i < o->n_ignore; i++) {
		const char *g = o->ignore[i];
		bool known = false;
		size_t n_blocks;
		const struct rkr_reg_block *blocks = rkr_reg_blocks(&n_blocks);
		char name[128];

		for (int k = 0; k < RKR_KIND_MAX_ && !known; k++) {
			const struct rkr_kind_desc *kd = rkr_kind_get((enum rkr_kind)k);

			known = strcmp(g, kd->name) == 0;
			for (size_t f = 0; f < kd->n_fields && !known; f++) {
				snprintf(name, sizeof(name), "%s.%s", kd->name, kd->fields[f].name);
				known = strcmp(g, name) == 0 || strcmp(g, kd->fields[f].name) == 0;
			}
		}
		for (size_t b = 0; b < n_blocks && !known; b++) {
			for (size_t r = 0; r < blocks[b].n_regs && !known; r++) {
				const struct rkr_reg *reg = &blocks[b].regs[r];

				snprintf(name, sizeof(name), "%s.%s", blocks[b].name, reg->name);
				known = strcmp(g, name) == 0;
				size_t len = strlen(name);

				if (!known && strncmp(g, name, len) == 0 && g[len] == '.')
					known = rkr_reg_field_by_name(reg, g + len + 1) != NULL;
				known = known || rkr_reg_field_by_name(reg, g) != NULL;
			}
		}
		if (!known)
			return rkr_fail(err, -EINVAL,
					"give a record field such as mem_sync.size or a register such as "
					"CNA.CBUF_CON0",
					"no field or register is called '%s'", g);
	}
	return 0;
}

static void
free_side(struct side *s)
{
	free(s->to_other);
	rkr_taken_clear(&s->maps);
	free(s->refs);
	free(s->first_ref);
	for (int i = 0; i < RKR_SPACE_MAX_; i++) {
		free(s->learned[i]);
		free(s->has_learned[i]);
	}
}

static void
note_learned(struct rkr_diff *d, const struct side *s, const char *name)
{
	for (int i = 0; i < RKR_SPACE_MAX_; i++)
		if (s->learned[i])
			rkr_diff_note(
				d,
				rkr_diff_text(d, "where its BOs are (%s)", rkr_space_name((enum rkr_space)i)),
				0,
				rkr_diff_text(d, "%s does not tell; taken from the first address of each",
					      name));
}

static void
tell_placeholders(struct rkr_diff *d)
{
	d->told = calloc(d->n_placeholders + 1, sizeof(*d->told));
	if (!d->told)
		d->failed = -ENOMEM;
	for (size_t i = 0; d->told && i < d->n_placeholders; i++)
		d->told[i] = d->placeholders[i].told;
}

int
rkr_diff_new(const struct rkr_run *a, const struct rkr_run *b, const struct rkr_diff_options *options,
	     struct rkr_diff **ret_diff, struct rkr_error *err)
{
	struct rkr_diff *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->a.run = a;
	d->b.run = b;
	if (options)
		d->options = *options;
	gather_known(&d->a);
	gather_known(&d->b);
	r = check_ignores(&d->options, err);
	if (r == 0)
		r = rkr_run_new(&d->text);
	if (r == 0)
		r = match_bos(d);
	if (r == 0)
		r = rkr_diff_pair_tasks(d);
	if (r == 0)
		r = rkr_diff_records(d);
	if (r == 0)
		r = rkr_diff_contents(d);
	if (r == 0) {
		note_conflicts(d, &d->a, true);
		note_conflicts(d, &d->b, false);
		note_learned(d, &d->a, "A");
		note_learned(d, &d->b, "B");
		if (d->rounded)
			rkr_diff_note(d, "the bytes of mappings", 0,
				      "one side asks for whole pages, which are the same");
		tell_placeholders(d);
		r = d->failed;
	}
	if (r < 0) {
		rkr_diff_free(d);
		return r;
	}
	*ret_diff = d;
	return 0;
}

void
rkr_diff_free(struct rkr_diff *d)
{
	if (!d)
		return;
	rkr_run_free(d->text);
	free_side(&d->a);
	free_side(&d->b);
	free(d->tasks.to_b);
	free(d->items);
	free(d->notes);
	free(d->placeholders);
	free(d->told);
	free(d);
}

const struct rkr_diff_item *
rkr_diff_items(const struct rkr_diff *d, size_t *ret_n)
{
	*ret_n = d->n_items;
	return d->items;
}

const struct rkr_diff_note *
rkr_diff_notes(const struct rkr_diff *d, size_t *ret_n)
{
	*ret_n = d->n_notes;
	return d->notes;
}

uint64_t
rkr_diff_compared(const struct rkr_diff *d)
{
	return d->compared;
}
