/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "rknn-priv.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"

/*
 * Where the regcmd and its task table are. A record's body is followed by
 * four words: where the next record is (or 0), how much of it to fetch, a
 * marker, and the blocks to start [captured: 5559 of 5559 tasks]. An entry of
 * the table tells the start of a record from the start of the regcmd, its
 * length and the same blocks; so each entry says where a tail must be, and
 * what must stand in it. Weights do not pass that by chance.
 */

/* More records are no model: the largest at hand has 1146. */
#define TAILS_MAX (1 << 20)
/* Of words that look like a tail and are none, as many may come before the first record. */
#define TRIES 4

/* From the first word of a tail to its marker, and from there to its end. */
#define TO_MARK 16
#define FROM_MARK 16

/*
 * The blocks to start, of the value that a tail writes. The RK3576 sets bit 24
 * besides, in its records for two cores [captured: 2 of 4 records].
 */
#define ENABLES 0xffffu

/* The marker of a tail of the file. */
struct tail {
	size_t mark;
	uint32_t enable;
};

struct scan {
	const struct rkp_bytes *b;
	struct tail *tails; /* ascending */
	size_t n, cap;
};

static bool
writes(uint64_t word, uint16_t target, uint16_t offset)
{
	struct rkr_qword q = rkr_qword_decode(word);

	return q.target == target && q.offset == offset;
}

/* Whether the marker of a tail is at @at. There is room for what comes before and after. */
static bool
is_tail(const struct rkp_bytes *b, size_t at, uint32_t *ret_enable)
{
	uint64_t next = rkp_le64(b->p + at - 16), fetch = rkp_le64(b->p + at - 8),
		 start = rkp_le64(b->p + at + 8);

	if (rkp_le64(b->p + at) != rkr_qword_encode(RKR_TARGET_MARK, 0, 0) ||
	    !writes(start, RKR_TARGET_OP_EN, RKR_REG_PC_OPERATION_ENABLE) ||
	    !writes(fetch, RKR_TARGET_PC, RKR_REG_PC_REGISTER_AMOUNTS) ||
	    (next && !writes(next, RKR_TARGET_PC, RKR_REG_PC_BASE_ADDRESS)))
		return false;
	*ret_enable = rkr_qword_decode(start).value & ENABLES;
	return true;
}

static int
find_tails(struct scan *s, struct rkr_error *err)
{
	const struct rkp_bytes *b = s->b;
	const uint8_t *end, *p;

	/* The byte of the marker that is not 0 is its seventh. */
	if (b->len < TO_MARK + FROM_MARK)
		return 0;
	p = b->p + TO_MARK + 6;
	end = b->p + b->len - FROM_MARK + 6 + 1;
	while (p < end && (p = memchr(p, RKR_TARGET_MARK & 0xff, (size_t)(end - p)))) {
		size_t at = (size_t)(p - b->p) - 6;
		uint32_t enable;

		p++;
		if (p[-2] || p[0] || !is_tail(b, at, &enable))
			continue;
		if (s->n == TAILS_MAX)
			return rkr_fail(err, -E2BIG, NULL, "it has more than %d records", TAILS_MAX);
		if (rkr_grow((void **)&s->tails, &s->cap, s->n + 1, sizeof(*s->tails)) < 0)
			return -ENOMEM;
		s->tails[s->n++] = (struct tail){ at, enable };
	}
	return 0;
}

/* The tail whose marker is at @mark, or NULL. */
static const struct tail *
tail_at(const struct scan *s, uint64_t mark)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->tails[mid].mark < mark)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && s->tails[lo].mark == mark ? &s->tails[lo] : NULL;
}

/* The entry at @at, if it agrees with a record of a regcmd that starts at @base. */
static bool
agrees(const struct scan *s, size_t at, uint64_t base, struct rkr_task *ret)
{
	if (at > s->b->len || s->b->len - at < RKR_TASK_BYTES)
		return false;
	rkr_task_decode(s->b->p + at, ret);
	/* Starts are relative, and of whole words; before a run there is no status. */
	if (ret->regcfg_amount == 0 || ret->regcmd_addr % 8 || ret->regcmd_addr > s->b->len ||
	    ret->int_status)
		return false;
	const struct tail *t =
		tail_at(s, base + ret->regcmd_addr + 8 * (uint64_t)ret->regcfg_amount + TO_MARK);

	return t && t->enable == ret->enable_mask;
}

/* Whether the first entry of a table can be at @at. It leads to the first record, whose tail is @first. */
static bool
can_start(const struct rkp_bytes *b, size_t at, const struct tail *first, uint64_t *ret_base)
{
	const uint8_t *p = b->p + at;
	uint64_t before = TO_MARK + 8 * (uint64_t)rkp_le32(p + 24);

	if (rkp_le32(p + 8) != first->enable || rkp_le64(p + 32) || !rkp_le32(p + 24) || before > first->mark)
		return false;
	*ret_base = first->mark - before;
	/* The first word of a record is a register write. */
	return (rkp_le64(b->p + *ret_base) >> 48) != 0;
}

/*
 * The longest table whose first entry leads to this tail. What was walked
 * over is not looked at again, so the time grows with the file.
 */
static void
find_table(const struct scan *s, const struct tail *first, struct rkp_program *p)
{
	const struct rkp_bytes *b = s->b;
	struct rkr_task t;
	uint64_t base;

	/* FlatBuffers align vectors of bytes to 4 at least. */
	for (size_t at = RKP_RKNN_HEADER; at + RKR_TASK_BYTES <= b->len;) {
		size_t n = 0;

		if (can_start(b, at, first, &base))
			while (agrees(s, at + n * RKR_TASK_BYTES, base, &t))
				n++;
		if (n > p->n_tasks) {
			p->n_tasks = n;
			p->tasks = (struct rkp_span){ at, n * RKR_TASK_BYTES };
			p->regcmd.off = (size_t)base;
		}
		at += n ? n * RKR_TASK_BYTES : 4;
	}
}

static int
by_start(const void *a, const void *b)
{
	const struct rkp_rknn_record *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->amount < y->amount ? -1 : x->amount > y->amount;
}

/* Decode the table; several entries may lead to one record. */
static int
read_table(const struct rkp_bytes *b, struct rkp_program *p, struct rkr_error *err)
{
	size_t n = 0;
	uint64_t end = 0;

	p->task = calloc(p->n_tasks, sizeof(*p->task));
	p->records = calloc(p->n_tasks, sizeof(*p->records));
	if (!p->task || !p->records)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_tasks; i++) {
		rkr_task_decode(b->p + p->tasks.off + i * RKR_TASK_BYTES, &p->task[i]);
		p->records[i] = (struct rkp_rknn_record){ p->task[i].regcmd_addr, p->task[i].regcfg_amount };
	}
	qsort(p->records, p->n_tasks, sizeof(*p->records), by_start);
	for (size_t i = 0; i < p->n_tasks; i++) {
		const struct rkp_rknn_record r = p->records[i];

		if (n && p->records[n - 1].start == r.start && p->records[n - 1].amount == r.amount)
			continue;
		if (n && r.start < end)
			return rkr_fail(
				err, -EINVAL, NULL,
				"its task table contradicts itself: records overlap at 0x%llx of the regcmd",
				(unsigned long long)r.start);
		end = r.start + 8 * ((uint64_t)r.amount + RKR_REGCMD_TAIL);
		p->records[n++] = r;
	}
	p->n_records = n;

	/* The last record is padded too, as far as the file goes. */
	uint64_t padded = p->records[n - 1].start + 8 * rkr_regcmd_stride(p->records[n - 1].amount);

	if (padded <= b->len - p->regcmd.off)
		end = padded;
	p->regcmd.len = (size_t)end;
	if (p->tasks.off < p->regcmd.off + p->regcmd.len && p->regcmd.off < p->tasks.off + p->tasks.len)
		return rkr_fail(err, -EINVAL, NULL, "its task table lies within the regcmd that it leads to");
	return 0;
}

int
rkp_program_find(const struct rkp_bytes *b, struct rkp_program *ret, struct rkr_error *err)
{
	struct scan s = { .b = b };
	struct rkp_program p = { 0 };
	int r = find_tails(&s, err);

	for (size_t i = 0; r == 0 && i < s.n && i < TRIES && !p.n_tasks; i++)
		find_table(&s, &s.tails[i], &p);
	p.n_tails = s.n;
	free(s.tails);
	if (r == 0 && !p.n_tails)
		r = rkr_fail(err, -ENODATA, "compile it for a platform with an NPU of the RK3588's kind",
			     "there is no regcmd in it");
	else if (r == 0 && !p.n_tasks)
		r = rkr_fail(err, -ENODATA, "compile it again",
			     "there is no task table in it that leads to its %zu regcmd records", p.n_tails);
	if (r == 0)
		r = read_table(b, &p, err);
	if (r == -ENOMEM)
		rkr_fail(err, r, NULL, "out of memory");
	if (r < 0) {
		rkp_program_clear(&p);
		return r;
	}
	*ret = p;
	return 0;
}

void
rkp_program_clear(struct rkp_program *p)
{
	free(p->task);
	free(p->records);
	*p = (struct rkp_program){ 0 };
}
