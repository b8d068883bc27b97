/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "align.h"
#include "diff-priv.h"
#include "lib/regs-ids.h"
#include "regcmd.h"
#include "regs.h"
#include "util.h"

/* Compare regcmd: words as registers, registers by field. */

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

/* Whether these words' addresses are compared as those of a model that was not placed. */
static bool
is_open(const struct rkr_diff *d, uint64_t word)
{
	return (rkr_run_is_relative(d->a.run) || rkr_run_is_relative(d->b.run)) && !rkr_qword_is_link(word);
}

/* Whether two words that write the same register hold the same address. */
static bool
same_address(struct rkr_diff *d, uint64_t wa, uint64_t wb)
{
	uint64_t mask = rkr_qword_address_mask(wa);

	if (is_open(d, wa))
		return rkr_diff_same_placeholder(d, wa, wb);
	return rkr_diff_same_value(d, RKR_SPACE_DMA, (wa >> 16) & mask, SIZE_MAX, (wb >> 16) & mask,
				   SIZE_MAX);
}

/* An address as people read it. */
static const char *
address_text(struct rkr_diff *d, const struct side *s, uint64_t word, uint32_t address)
{
	if (is_open(d, word) && rkr_run_is_relative(s->run))
		return rkr_diff_text(d, "0x%x of its buffer", address);
	return rkr_diff_address_text(d, s, address);
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
	/* The value of a broadcast enable is laid out as this register. [TRM] */
	if (!reg && qa.target == RKR_TARGET_OP_EN)
		reg = rkr_reg_by_name("GLOBAL", "OPERATION_ENABLE", NULL);
	if (reg && reg->address_mask && (left & reg->address_mask)) {
		uint32_t aa = qa.value & reg->address_mask, ab = qb.value & reg->address_mask;

		left &= ~reg->address_mask;
		if (!same_address(d, wa, wb))
			rkr_diff_add_content(st, delta_of(reg), path, rkr_diff_text(d, "%s", name), offset,
					     address_text(d, &d->a, wa, aa), address_text(d, &d->b, wb, ab));
	}
	for (size_t i = 0; reg && i < reg->n_fields; i++) {
		const struct rkr_reg_field *f = &reg->fields[i];

		if (rkr_reg_field_get(f, left) == 0)
			continue;
		left = rkr_reg_field_set(f, left, 0);
		if (rkr_diff_ignores(d, name, f->name))
			continue;
		rkr_diff_add_content(st, delta_of(reg), path, rkr_diff_text(d, "%s.%s", name, f->name),
				     offset, number(d, f, rkr_reg_field_get(f, qa.value)),
				     number(d, f, rkr_reg_field_get(f, qb.value)));
	}
	if (left && !rkr_diff_ignores(d, name, name))
		rkr_diff_add_content(st, delta_of(reg), path, rkr_diff_text(d, "%s (undeclared bits)", name),
				     offset, number(d, NULL, qa.value), number(d, NULL, qb.value));
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
	return same_address(d, wa, wb);
}

static const char *
word_path(struct rkr_diff *d, const char *what, uint64_t index, long task)
{
	if (task >= 0)
		return rkr_diff_text(d, "%s[%llu] of task[%ld]", what, (unsigned long long)index, task);
	return rkr_diff_text(d, "%s[%llu]", what, (unsigned long long)index);
}

static void
compare_word(const struct stretch *st, const char *path, uint64_t offset, uint64_t wa, uint64_t wb)
{
	struct rkr_qword qa = rkr_qword_decode(wa), qb = rkr_qword_decode(wb);

	if (qa.target == qb.target && qa.offset == qb.offset)
		compare_fields(st, path, offset, wa, wb);
	else
		rkr_diff_add_content(st, RKR_DELTA_OTHER, path, "register", offset, word_text(st->d, wa),
				     word_text(st->d, wb));
}

/* Words that correspond by their place. */
void
rkr_diff_regcmd_in_place(struct stretch *st)
{
	struct rkr_diff *d = st->d;

	for (uint64_t o = st->offset; o + 8 <= st->offset + st->size; o += 8) {
		uint64_t wa, wb;

		if (rkr_diff_read(&d->a, st->a, o, 8, &wa) < 0 ||
		    rkr_diff_read(&d->b, st->b, o + st->shift, 8, &wb) < 0)
			continue;
		st->compared++;
		if (same_word(d, wa, wb))
			continue;
		long task = task_of(&d->a, st->a, o);

		if (task < 0)
			task = task_of(&d->b, st->b, o + st->shift);
		compare_word(st, word_path(d, "regcmd", (o - st->offset) / 8, task), o, wa, wb);
	}
}

/* ---- regcmd of tasks that are laid out differently ---- */

/* The words of one task's record on each side, body and tail. */
struct records {
	struct stretch st;
	uint64_t *a, *b;
	size_t n_a, n_b;
};

static bool
same_register(const void *data, size_t i, size_t j)
{
	const struct records *r = data;
	struct rkr_qword a = rkr_qword_decode(r->a[i]), b = rkr_qword_decode(r->b[j]);

	return a.target == b.target && a.offset == b.offset;
}

/* As much of a record as is known. The caller frees *ret_words. */
static int
read_record(const struct side *s, const struct rkr_task *t, const struct rkr_ref *ref, uint64_t **ret_words,
	    size_t *ret_n)
{
	size_t n = 0, max = (size_t)t->regcfg_amount + RKR_REGCMD_TAIL;
	uint64_t *w = NULL, word;
	size_t cap = 0;

	for (; n < max && rkr_diff_read(s, ref->bo, ref->addend + 8 * n, 8, &word) == 0; n++) {
		if (rkr_grow((void **)&w, &cap, n + 1, sizeof(*w)) < 0) {
			free(w);
			return -ENOMEM;
		}
		w[n] = word;
	}
	*ret_words = w;
	*ret_n = n;
	return 0;
}

/* Compare two tasks' records, register by register. */
static int
compare_records(struct records *r, uint64_t start, uint64_t b_start, size_t task, uint64_t *compared)
{
	struct rkr_diff *d = r->st.d;
	_autofree_ size_t *match = malloc((r->n_a + 1) * sizeof(*match));
	size_t j = 0;

	if (!match)
		return -ENOMEM;
	int e = rkr_align(r->n_a, r->n_b, same_register, r, match);

	if (e < 0)
		return e;
	for (size_t i = 0; i < r->n_a || j < r->n_b;) {
		uint64_t o = start + 8 * i;

		if (j < r->n_b && (i == r->n_a || (match[i] != SIZE_MAX && match[i] > j))) {
			/* The place of a word that only B has, told as A would count it. */
			r->st.shift = b_start + 8 * j - o;
			rkr_diff_add_content(&r->st, RKR_DELTA_COUNT, word_path(d, "regcmd", j, (long)task),
					     NULL, o, NULL, word_text(d, r->b[j]));
			j++;
			continue;
		}
		if (match[i] == SIZE_MAX) {
			rkr_diff_add_content(&r->st, RKR_DELTA_COUNT, word_path(d, "regcmd", i, (long)task),
					     NULL, o, word_text(d, r->a[i]), NULL);
			i++;
			continue;
		}
		r->st.shift = b_start + 8 * j - o;
		(*compared)++;
		if (!same_word(d, r->a[i], r->b[j]))
			compare_word(&r->st, word_path(d, "regcmd", i, (long)task), o, r->a[i], r->b[j]);
		i++;
		j++;
	}
	return 0;
}

int
rkr_diff_regcmd_by_task(struct rkr_diff *d, uint64_t *compared)
{
	for (size_t i = 0; i < d->tasks.n_a; i++) {
		struct rkr_task ta, tb;
		struct rkr_ref ra, rb;
		struct records r = { .st = { .d = d, .kind = RKR_REGION_REGCMD } };

		if (d->tasks.to_b[i] == SIZE_MAX || !rkr_diff_task_start(&d->a, i, &ta, &ra) ||
		    !rkr_diff_task_start(&d->b, d->tasks.to_b[i], &tb, &rb))
			continue;
		r.st.a = ra.bo;
		r.st.b = rb.bo;
		int e = read_record(&d->a, &ta, &ra, &r.a, &r.n_a);

		if (e == 0)
			e = read_record(&d->b, &tb, &rb, &r.b, &r.n_b);
		if (e == 0 && r.n_a && r.n_b)
			e = compare_records(&r, ra.addend, rb.addend, i, compared);
		free(r.a);
		free(r.b);
		if (e < 0)
			return e;
	}
	return 0;
}
