/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "diff-priv.h"
#include "format.h"
#include "util.h"

/*
 * Compare what both runs know of the contents of BOs that are each other's
 * counterpart: regcmd as registers (diff-regcmd.c), task tables as tasks, the
 * rest as words.
 */

int
rkr_diff_read(const struct side *s, uint32_t bo, uint64_t offset, size_t bytes, uint64_t *ret_word)
{
	uint8_t buf[8];
	int r = rkr_run_read(s->run, bo, offset, buf, bytes);

	if (r < 0)
		return r;
	*ret_word = 0;
	for (size_t i = 0; i < bytes; i++)
		*ret_word |= (uint64_t)buf[i] << (8 * i);
	return 0;
}

/* Where a byte of a BO was read: the record that told it, and the line within that record. */
static void
place(const struct side *s, uint32_t bo, uint64_t offset, struct rkr_diff_side *ret_side)
{
	const struct rkr_contents *c = &s->run->bos[bo].contents;

	for (size_t i = 0; i < c->n; i++) {
		const struct rkr_extent *e = &c->v[i];

		if (offset < e->offset || offset >= e->offset + e->len || e->record >= s->run->n_records)
			continue;
		const struct rkr_record *r = &s->run->records[e->record];
		uint64_t skip = 0;

		/* The words of a window are printed one a line, after its heading if it has one. */
		if (r->kind == RKR_KIND_regcmd_window && r->place.line)
			skip = rkr_has(r, RKR_F_regcmd_window_count) +
			       (offset - rkr_get_u(r, RKR_F_regcmd_window_off)) / 8;
		rkr_diff_place(s, e->record, skip, ret_side);
		return;
	}
}

void
rkr_diff_add_content(const struct stretch *st, enum rkr_delta delta, const char *path, const char *field,
		     uint64_t offset, const char *text_a, const char *text_b)
{
	struct rkr_diff *d = st->d;
	struct rkr_diff_item item = {
		.delta = delta,
		.kind = st->kind == RKR_REGION_REGCMD ? RKR_KIND_regcmd_window : RKR_KIND_task,
		.path = path,
		.at = rkr_diff_text(d, "%s+0x%llx", rkr_diff_bo_name(d, &d->a, st->a),
				    (unsigned long long)offset),
		.field = field,
		.a = { .text = text_a },
		.b = { .text = text_b },
	};

	/* A line is named for what is there: a word that only one side has was read on that side. */
	if (text_a)
		place(&d->a, st->a, offset, &item.a);
	if (text_b)
		place(&d->b, st->b, offset + st->shift, &item.b);
	rkr_diff_add(d, &item);
}

const char *
rkr_diff_address_text(struct rkr_diff *d, const struct side *s, uint64_t address)
{
	struct rkr_ref ref = rkr_run_resolve(s->run, RKR_SPACE_DMA, address, SIZE_MAX);

	return rkr_diff_ref_text(d, s, &ref, address);
}

/* ---- task tables ---- */

static const char *
address_or_number(struct rkr_diff *d, const struct side *s, const struct rkr_field *fd, bool address,
		  uint64_t v)
{
	char text[32];

	if (address)
		return rkr_diff_address_text(d, s, v);
	rkr_value_format(fd, &(union rkr_value){ .u = v }, text, sizeof(text));
	return rkr_diff_text(d, "%s", text);
}

/* Two tasks, at these offsets of A's and B's BO. Whether anything of them is known to both. */
static bool
compare_task(struct stretch *st, uint64_t at, uint64_t at_b, size_t index)
{
	struct rkr_diff *d = st->d;
	const struct rkr_kind_desc *k = rkr_kind_get(RKR_KIND_task);
	bool relative = st->kind == RKR_REGION_TASKS_REL, any = false;
	/* Where a record is within the regcmd follows from which records there are before it. */
	bool follows = relative && !d->tasks.in_place;

	/* The fields stand in the struct as they do in the schema. */
	for (int f = RKR_F_task_flags; f <= RKR_F_task_regcmd_addr; f++) {
		const struct rkr_field *fd = &k->fields[f];
		bool wide = f == RKR_F_task_regcmd_addr, address = wide && !relative;
		uint64_t o = 4 * (uint64_t)(f - RKR_F_task_flags), va, vb;

		if (rkr_diff_read(&d->a, st->a, at + o, wide ? 8 : 4, &va) < 0 ||
		    rkr_diff_read(&d->b, st->b, at_b + o, wide ? 8 : 4, &vb) < 0)
			continue;
		any = true;
		if (rkr_diff_ignores(d, k->name, fd->name) || (wide && follows) ||
		    (address ? rkr_diff_same_value(d, RKR_SPACE_DMA, va, SIZE_MAX, vb, SIZE_MAX) : va == vb))
			continue;
		st->shift = at_b - at;
		rkr_diff_add_content(st, fd->delta,
				     rkr_diff_text(d, "%s[%zu]", relative ? "embedded task" : "task", index),
				     fd->name, at + o, address_or_number(d, &d->a, fd, address, va),
				     address_or_number(d, &d->b, fd, address, vb));
	}
	return any;
}

static void
compare_tasks(struct stretch *st)
{
	struct rkr_diff *d = st->d;
	size_t n = (size_t)(st->size / RKR_TASK_BYTES);

	for (size_t i = 0; i < n; i++) {
		size_t j = i;

		/* The tables may differ in which tasks there are. */
		if (i < d->tasks.n_a)
			j = d->tasks.to_b[i];
		else if (!d->tasks.in_place)
			continue;
		if (j != SIZE_MAX)
			st->compared += compare_task(st, st->offset + i * RKR_TASK_BYTES,
						     st->offset + st->shift + j * RKR_TASK_BYTES, i);
	}
}

/* ---- words that are neither of a program nor of its tasks ---- */

static bool
in_program(const struct side *s, uint32_t bo, uint64_t offset)
{
	for (size_t i = 0; i < s->run->n_regions; i++) {
		const struct rkr_region *r = &s->run->regions[i];

		if (r->kind != RKR_REGION_DATA && r->bo == bo && offset >= r->offset &&
		    offset < r->offset + r->size)
			return true;
	}
	return false;
}

/* Up to 8 bytes that A knows; of those that B knows, too. */
static void
compare_word(struct stretch *st, uint64_t offset, size_t n)
{
	struct rkr_diff *d = st->d;
	uint64_t wa, wb;

	if (in_program(&d->a, st->a, offset) || in_program(&d->b, st->b, offset) ||
	    rkr_diff_read(&d->a, st->a, offset, n, &wa) < 0)
		return;
	if (rkr_diff_read(&d->b, st->b, offset, n, &wb) < 0) {
		/* What B knows may begin or end within the word. */
		for (size_t i = 0; n > 1 && i < n; i++)
			compare_word(st, offset + i, 1);
		return;
	}
	st->compared++;
	if (wa != wb)
		rkr_diff_add_content(st, RKR_DELTA_OTHER, "contents", n == 8 ? "word" : "bytes", offset,
				     rkr_diff_text(d, "0x%0*llx", (int)(2 * n), (unsigned long long)wa),
				     rkr_diff_text(d, "0x%0*llx", (int)(2 * n), (unsigned long long)wb));
}

static uint64_t
compare_rest(struct rkr_diff *d, uint32_t a, uint32_t b)
{
	struct stretch st = { .d = d, .a = a, .b = b, .kind = RKR_REGION_REGCMD };
	const struct rkr_contents *c = &d->a.run->bos[a].contents;

	for (size_t i = 0; i < c->n; i++) {
		uint64_t left = c->v[i].len, o = c->v[i].offset;
		size_t n;

		/* Contents may begin and end anywhere, as those of tensors do. */
		for (; left; left -= n, o += n) {
			n = 8 - (size_t)(o % 8);
			n = left < n ? (size_t)left : n;
			compare_word(&st, o, n);
		}
	}
	return st.compared;
}

/* ---- regions of both runs ---- */

/* How much further on the counterpart of A's regions of a kind is in B's BO. */
static uint64_t
shift_of(const struct rkr_diff *d, enum rkr_region_kind kind, uint32_t bo_a)
{
	const struct rkr_region *a = NULL, *b = NULL;

	if (kind == RKR_REGION_TASKS)
		return 0;
	if (d->tasks.in_place)
		return d->tasks.shifted && bo_a == d->tasks.bo_a ? d->tasks.shift : 0;
	/* The tables differ, and so does all that follows them: the first of each kind correspond. */
	for (size_t i = d->a.run->n_regions; i-- > 0;)
		if (d->a.run->regions[i].kind == kind && d->a.run->regions[i].bo == bo_a)
			a = &d->a.run->regions[i];
	for (size_t i = d->b.run->n_regions; i-- > 0;)
		if (d->b.run->regions[i].kind == kind && d->b.run->regions[i].bo == d->a.to_other[bo_a])
			b = &d->b.run->regions[i];
	return a && b ? b->offset - a->offset : 0;
}

/* A region of one side as a stretch; where the other side has it too, the longer of both. */
static bool
stretch_of(struct rkr_diff *d, bool is_a, const struct rkr_region *r, struct stretch *ret_st)
{
	const struct side *mine = is_a ? &d->a : &d->b, *other = is_a ? &d->b : &d->a;
	uint32_t bo = mine->to_other[r->bo];

	if (bo == UINT32_MAX)
		return false;
	/* All offsets are as A counts them. */
	uint64_t shift = shift_of(d, r->kind, is_a ? r->bo : bo);
	uint64_t start = is_a ? r->offset : r->offset - shift;

	*ret_st = (struct stretch){
		.d = d,
		.a = is_a ? r->bo : bo,
		.b = is_a ? bo : r->bo,
		.kind = r->kind,
		.offset = start,
		.size = r->size,
		.shift = shift,
	};
	for (size_t i = 0; i < other->run->n_regions; i++) {
		const struct rkr_region *o = &other->run->regions[i];

		uint64_t there = is_a ? o->offset - shift : o->offset;

		if (o->bo != bo || o->kind != r->kind || there + o->size <= start || start + r->size <= there)
			continue;
		/* Met already, from A's side. */
		if (!is_a)
			return false;
		uint64_t end = start + r->size > there + o->size ? start + r->size : there + o->size;

		ret_st->offset = start < there ? start : there;
		ret_st->size = end - ret_st->offset;
		if (r->kind == RKR_REGION_TASKS && r->size != o->size)
			rkr_diff_add_content(
				ret_st, RKR_DELTA_COUNT, "task table", "tasks", r->offset,
				rkr_diff_text(d, "%llu", (unsigned long long)(r->size / RKR_TASK_BYTES)),
				rkr_diff_text(d, "%llu", (unsigned long long)(o->size / RKR_TASK_BYTES)));
	}
	return true;
}

static void
compare_side(struct rkr_diff *d, bool is_a, uint64_t compared[], uint64_t total[])
{
	const struct rkr_run *run = is_a ? d->a.run : d->b.run;

	for (size_t i = 0; i < run->n_regions; i++) {
		const struct rkr_region *r = &run->regions[i];
		struct stretch st;

		if (r->kind == RKR_REGION_DATA ||
		    !rkr_diff_wants(d,
				    r->kind == RKR_REGION_REGCMD ? RKR_KIND_regcmd_window : RKR_KIND_task) ||
		    !stretch_of(d, is_a, r, &st))
			continue;
		if (r->kind != RKR_REGION_REGCMD)
			compare_tasks(&st);
		else if (d->tasks.in_place)
			rkr_diff_regcmd_in_place(&st);
		else
			continue;
		compared[r->kind] += st.compared;
		total[r->kind] += st.size / (r->kind == RKR_REGION_REGCMD ? 8 : RKR_TASK_BYTES);
	}
}

/* That B's regcmd starts elsewhere is one difference, not one of each address into it. */
static void
note_shift(struct rkr_diff *d)
{
	const struct task_pairs *p = &d->tasks;
	struct stretch st = { .d = d, .kind = RKR_REGION_REGCMD, .shift = p->shift };

	if (!p->in_place || !p->shifted || !rkr_diff_wants(d, RKR_KIND_regcmd_window))
		return;
	st.a = p->bo_a;
	st.b = d->a.to_other[p->bo_a];
	rkr_diff_add_content(
		&st, RKR_DELTA_GEOMETRY, "regcmd", "start", p->from,
		rkr_diff_text(d, "%s+0x%llx", rkr_diff_bo_name(d, &d->a, st.a), (unsigned long long)p->from),
		rkr_diff_text(d, "%s+0x%llx", rkr_diff_bo_name(d, &d->b, st.b),
			      (unsigned long long)(p->from + p->shift)));
}

static bool
knows_contents(const struct rkr_run *run)
{
	for (size_t i = 0; i < run->n_bos; i++)
		if (run->bos[i].contents.n)
			return true;
	return false;
}

int
rkr_diff_contents(struct rkr_diff *d)
{
	static const char *const names[] = {
		[RKR_REGION_REGCMD] = "regcmd word",
		[RKR_REGION_TASKS] = "task",
		[RKR_REGION_TASKS_REL] = "embedded task",
	};
	uint64_t compared[RKR_ARRAY_LEN(names)] = { 0 }, total[RKR_ARRAY_LEN(names)] = { 0 }, rest = 0;
	bool a = knows_contents(d->a.run), b = knows_contents(d->b.run);

	if (!a || !b) {
		if ((a || b) &&
		    (rkr_diff_wants(d, RKR_KIND_task) || rkr_diff_wants(d, RKR_KIND_regcmd_window)))
			rkr_diff_note(d, "BO contents (tasks, regcmd)", 0,
				      a ? "B shows none" : "A shows none");
		return 0;
	}
	note_shift(d);
	compare_side(d, true, compared, total);
	compare_side(d, false, compared, total);
	if (!d->tasks.in_place && rkr_diff_wants(d, RKR_KIND_regcmd_window)) {
		int r = rkr_diff_regcmd_by_task(d, &compared[RKR_REGION_REGCMD]);

		if (r < 0)
			return r;
		total[RKR_REGION_REGCMD] = compared[RKR_REGION_REGCMD];
	}
	for (size_t k = 0; k < RKR_ARRAY_LEN(names); k++)
		if (total[k])
			rkr_diff_note(d, names[k], compared[k],
				      compared[k] == 0 ? "one side alone shows it"
				      : compared[k] < total[k]
					      ? rkr_diff_text(d,
							      "of %llu: the rest is known to one side only",
							      (unsigned long long)total[k])
					      : NULL);
	for (uint32_t i = 0; i < d->a.run->n_bos && rkr_diff_wants(d, RKR_KIND_task_like); i++)
		if (d->a.to_other[i] != UINT32_MAX)
			rest += compare_rest(d, i, d->a.to_other[i]);
	if (rest)
		rkr_diff_note(d, "other word", rest, NULL);
	return 0;
}
