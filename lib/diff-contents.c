/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "diff-priv.h"
#include "format.h"
#include "regcmd.h"
#include "regs.h"
#include "util.h"

/*
 * Compare what both runs know of the contents of BOs that are each other's
 * counterpart: regcmd as registers, task tables as tasks, the rest as words.
 */

/* One stretch that is compared, in the BO of each side. */
struct stretch {
	struct rkr_diff *d;
	uint32_t a, b;
	enum rkr_region_kind kind;
	uint64_t offset;
	uint64_t size;
	uint64_t compared;
};

static int
read_word(const struct side *s, uint32_t bo, uint64_t offset, size_t bytes, uint64_t *ret_word)
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

		/* The words of a window are printed one a line, after its heading. */
		if (r->kind == RKR_KIND_regcmd_window && r->place.line)
			skip = 1 + (offset - rkr_get_u(r, RKR_F_regcmd_window_off)) / 8;
		rkr_diff_place(s, e->record, skip, ret_side);
		return;
	}
}

/* Which task's regcmd this byte belongs to, or -1. */
static long
task_of(const struct side *s, uint32_t bo, uint64_t offset)
{
	size_t n = rkr_run_n_tasks(s->run);

	for (size_t i = 0; i < n; i++) {
		struct rkr_task t;

		if (rkr_run_task(s->run, i, &t) < 0)
			continue;
		struct rkr_ref ref = rkr_run_resolve(s->run, RKR_SPACE_DMA, t.regcmd_addr, SIZE_MAX);

		if (ref.state == RKR_REF_BO && ref.bo == bo && offset >= ref.addend &&
		    offset - ref.addend < 8 * rkr_regcmd_stride(t.regcfg_amount))
			return (long)i;
	}
	return -1;
}

static void
add(const struct stretch *st, enum rkr_delta delta, const char *path, const char *field, uint64_t offset,
    const char *text_a, const char *text_b)
{
	struct rkr_diff *d = st->d;
	struct rkr_diff_item item = {
		.delta = delta,
		.kind = st->kind == RKR_REGION_REGCMD ? RKR_KIND_regcmd_window : RKR_KIND_task,
		.path = path,
		.at = rkr_diff_text(d, "%s+0x%llx", rkr_diff_bo_name(d, &d->a, st->a), (unsigned long long)offset),
		.field = field,
		.a = { .text = text_a },
		.b = { .text = text_b },
	};

	place(&d->a, st->a, offset, &item.a);
	place(&d->b, st->b, offset, &item.b);
	rkr_diff_add(d, &item);
}

/* ---- regcmd ---- */

static enum rkr_delta
delta_of(const struct rkr_reg *reg)
{
	switch (reg ? reg->role : RKR_REG_PLAIN) {
	case RKR_REG_GEOMETRY:
		return RKR_DELTA_GEOMETRY;
	case RKR_REG_LINK:
		return RKR_DELTA_LINK;
	case RKR_REG_ADDRESS:
		return RKR_DELTA_POINTER;
	default:
		return RKR_DELTA_OTHER;
	}
}

static const char *
number(struct rkr_diff *d, const struct rkr_reg_field *f, uint32_t v)
{
	const char *e = f ? rkr_reg_enum_name(f, v) : NULL;

	if (e)
		return rkr_diff_text(d, "%u (%s)", v, e);
	return rkr_diff_text(d, !f || f->msb - f->lsb >= 16 ? "0x%x" : "%u", v);
}

static const char *
address_text(struct rkr_diff *d, const struct side *s, uint64_t address)
{
	struct rkr_ref ref = rkr_run_resolve(s->run, RKR_SPACE_DMA, address, SIZE_MAX);

	return rkr_diff_ref_text(d, s, &ref, address);
}

/* Two words write the same register: name each field that differs. */
static void
compare_fields(const struct stretch *st, const char *path, uint64_t offset, uint64_t wa, uint64_t wb)
{
	struct rkr_diff *d = st->d;
	struct rkr_qword qa = rkr_qword_decode(wa), qb = rkr_qword_decode(wb);
	const struct rkr_reg_block *block = NULL;
	const struct rkr_reg *reg = rkr_reg_by_qword(qa.target, qa.offset, &block);
	uint32_t left = qa.value ^ qb.value;
	char name[64];

	rkr_qword_name(wa, name, sizeof(name));
	if (!reg && qa.target == 0x0081) /* the value of a broadcast enable is laid out as this register [TRM] */
		reg = rkr_reg_by_name("GLOBAL", "OPERATION_ENABLE", NULL);
	if (reg && reg->address_mask && (left & reg->address_mask)) {
		uint32_t aa = qa.value & reg->address_mask, ab = qb.value & reg->address_mask;

		left &= ~reg->address_mask;
		if (!rkr_diff_same_value(d, RKR_SPACE_DMA, aa, SIZE_MAX, ab, SIZE_MAX))
			add(st, delta_of(reg), path, rkr_diff_text(d, "%s", name), offset, address_text(d, &d->a, aa),
			    address_text(d, &d->b, ab));
	}
	for (size_t i = 0; reg && i < reg->n_fields; i++) {
		const struct rkr_reg_field *f = &reg->fields[i];

		if (rkr_reg_field_get(f, left) == 0)
			continue;
		left = rkr_reg_field_set(f, left, 0);
		if (rkr_diff_ignores(d, name, f->name))
			continue;
		add(st, delta_of(reg), path, rkr_diff_text(d, "%s.%s", name, f->name), offset,
		    number(d, f, rkr_reg_field_get(f, qa.value)), number(d, f, rkr_reg_field_get(f, qb.value)));
	}
	if (left && !rkr_diff_ignores(d, name, name))
		add(st, delta_of(reg), path, rkr_diff_text(d, "%s (undeclared bits)", name), offset,
		    number(d, NULL, qa.value), number(d, NULL, qb.value));
}

static const char *
word_text(struct rkr_diff *d, uint64_t word)
{
	char buf[256];

	rkr_qword_format(word, false, buf, sizeof(buf));
	return rkr_diff_text(d, "%s [0x%016llx]", buf, (unsigned long long)word);
}

static bool
same_word(struct rkr_diff *d, uint64_t wa, uint64_t wb)
{
	uint64_t mask = (uint64_t)rkr_qword_address_mask(wa) << 16;

	if (!mask || ((wa ^ wb) & ~mask))
		return wa == wb;
	return rkr_diff_same_value(d, RKR_SPACE_DMA, (wa & mask) >> 16, SIZE_MAX, (wb & mask) >> 16, SIZE_MAX);
}

static void
compare_regcmd(struct stretch *st)
{
	struct rkr_diff *d = st->d;

	for (uint64_t o = st->offset; o + 8 <= st->offset + st->size; o += 8) {
		uint64_t wa, wb;

		if (read_word(&d->a, st->a, o, 8, &wa) < 0 || read_word(&d->b, st->b, o, 8, &wb) < 0)
			continue;
		st->compared++;
		if (same_word(d, wa, wb))
			continue;
		struct rkr_qword qa = rkr_qword_decode(wa), qb = rkr_qword_decode(wb);
		long task = task_of(&d->a, st->a, o);

		if (task < 0)
			task = task_of(&d->b, st->b, o);
		const char *path = rkr_diff_text(d, "regcmd[%llu]", (unsigned long long)((o - st->offset) / 8));

		if (task >= 0)
			path = rkr_diff_text(d, "%s of task[%ld]", path, task);
		if (qa.target == qb.target && qa.offset == qb.offset) {
			compare_fields(st, path, o, wa, wb);
			continue;
		}
		add(st, RKR_DELTA_OTHER, path, "register", o, word_text(d, wa), word_text(d, wb));
	}
}

/* ---- task tables ---- */

static void
compare_tasks(struct stretch *st)
{
	struct rkr_diff *d = st->d;
	const struct rkr_kind_desc *k = rkr_kind_get(RKR_KIND_task);
	bool relative = st->kind == RKR_REGION_TASKS_REL;

	for (uint64_t i = 0; i < st->size / RKR_TASK_BYTES; i++) {
		uint64_t at = st->offset + i * RKR_TASK_BYTES;
		bool any = false;

		/* The fields stand in the struct as they do in the schema. */
		for (int f = RKR_F_task_flags; f <= RKR_F_task_regcmd_addr; f++) {
			const struct rkr_field *fd = &k->fields[f];
			bool address = f == RKR_F_task_regcmd_addr;
			uint64_t o = at + 4 * (uint64_t)(f - RKR_F_task_flags), va, vb;

			if (read_word(&d->a, st->a, o, address ? 8 : 4, &va) < 0 ||
			    read_word(&d->b, st->b, o, address ? 8 : 4, &vb) < 0)
				continue;
			any = true;
			if (rkr_diff_ignores(d, k->name, fd->name))
				continue;
			if (!address || relative) {
				char ta[32], tb[32];

				if (va == vb)
					continue;
				rkr_value_format(fd, &(union rkr_value){ .u = va }, ta, sizeof(ta));
				rkr_value_format(fd, &(union rkr_value){ .u = vb }, tb, sizeof(tb));
				add(st, fd->delta, rkr_diff_text(d, "%s[%llu]", relative ? "embedded task" : "task",
								 (unsigned long long)i),
				    fd->name, o, rkr_diff_text(d, "%s", ta), rkr_diff_text(d, "%s", tb));
				continue;
			}
			if (!rkr_diff_same_value(d, RKR_SPACE_DMA, va, SIZE_MAX, vb, SIZE_MAX))
				add(st, fd->delta, rkr_diff_text(d, "task[%llu]", (unsigned long long)i), fd->name, o,
				    address_text(d, &d->a, va), address_text(d, &d->b, vb));
		}
		st->compared += any;
	}
}

/* ---- what no region covers ---- */

static bool
in_region(const struct side *s, uint32_t bo, uint64_t offset)
{
	for (size_t i = 0; i < s->run->n_regions; i++) {
		const struct rkr_region *r = &s->run->regions[i];

		if (r->bo == bo && offset >= r->offset && offset < r->offset + r->size)
			return true;
	}
	return false;
}

static uint64_t
compare_rest(struct rkr_diff *d, uint32_t a, uint32_t b)
{
	struct stretch st = { .d = d, .a = a, .b = b, .kind = RKR_REGION_REGCMD };
	const struct rkr_contents *c = &d->a.run->bos[a].contents;

	for (size_t i = 0; i < c->n; i++) {
		for (uint64_t o = c->v[i].offset; o + 8 <= c->v[i].offset + c->v[i].len; o += 8) {
			uint64_t wa, wb;

			if (in_region(&d->a, a, o) || in_region(&d->b, b, o) || read_word(&d->a, a, o, 8, &wa) < 0 ||
			    read_word(&d->b, b, o, 8, &wb) < 0)
				continue;
			st.compared++;
			if (wa != wb)
				add(&st, RKR_DELTA_OTHER, "contents", "word", o,
				    rkr_diff_text(d, "0x%016llx", (unsigned long long)wa),
				    rkr_diff_text(d, "0x%016llx", (unsigned long long)wb));
		}
	}
	return st.compared;
}

/* ---- regions of both runs ---- */

/* A region of one side as a stretch; where the other side has it too, the longer of both. */
static bool
stretch_of(struct rkr_diff *d, bool is_a, const struct rkr_region *r, struct stretch *ret_st)
{
	const struct side *mine = is_a ? &d->a : &d->b, *other = is_a ? &d->b : &d->a;
	uint32_t bo = mine->to_other[r->bo];

	if (bo == UINT32_MAX)
		return false;
	*ret_st = (struct stretch){
		.d = d,
		.a = is_a ? r->bo : bo,
		.b = is_a ? bo : r->bo,
		.kind = r->kind,
		.offset = r->offset,
		.size = r->size,
	};
	for (size_t i = 0; i < other->run->n_regions; i++) {
		const struct rkr_region *o = &other->run->regions[i];

		if (o->bo != bo || o->kind != r->kind || o->offset + o->size <= r->offset ||
		    r->offset + r->size <= o->offset)
			continue;
		/* Met already, from A's side. */
		if (!is_a)
			return false;
		uint64_t end = r->offset + r->size > o->offset + o->size ? r->offset + r->size : o->offset + o->size;

		ret_st->offset = r->offset < o->offset ? r->offset : o->offset;
		ret_st->size = end - ret_st->offset;
		if (r->kind == RKR_REGION_TASKS && r->size != o->size)
			add(ret_st, RKR_DELTA_COUNT, "task table", "tasks", r->offset,
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

		if (!rkr_diff_wants(d, r->kind == RKR_REGION_REGCMD ? RKR_KIND_regcmd_window : RKR_KIND_task) ||
		    !stretch_of(d, is_a, r, &st))
			continue;
		if (r->kind == RKR_REGION_REGCMD)
			compare_regcmd(&st);
		else
			compare_tasks(&st);
		compared[r->kind] += st.compared;
		total[r->kind] += st.size / (r->kind == RKR_REGION_REGCMD ? 8 : RKR_TASK_BYTES);
	}
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
		if ((a || b) && (rkr_diff_wants(d, RKR_KIND_task) || rkr_diff_wants(d, RKR_KIND_regcmd_window)))
			rkr_diff_note(d, "BO contents (tasks, regcmd)", 0, a ? "B shows none" : "A shows none");
		return 0;
	}
	compare_side(d, true, compared, total);
	compare_side(d, false, compared, total);
	for (size_t k = 0; k < RKR_ARRAY_LEN(names); k++)
		if (total[k])
			rkr_diff_note(d, names[k], compared[k],
				      compared[k] < total[k]
					      ? rkr_diff_text(d, "of %llu: the rest is known to one side only",
							      (unsigned long long)total[k])
					      : NULL);
	for (uint32_t i = 0; i < d->a.run->n_bos && rkr_diff_wants(d, RKR_KIND_task_like); i++)
		if (d->a.to_other[i] != UINT32_MAX)
			rest += compare_rest(d, i, d->a.to_other[i]);
	if (rest)
		rkr_diff_note(d, "other word", rest, NULL);
	return 0;
}
