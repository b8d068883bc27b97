/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regs-ids.h"
#include "regcmd.h"
#include "util.h"

#define NONE UINT32_MAX

/* Words that all records together may have: the largest network at hand has 129448. */
#define WORDS_MAX (1 << 24)

/* Registers from here on are there twice, those before are not [TRM: S_STATUS, S_POINTER]. */
#define SHADOWED_FROM 8
#define BLOCK_MASK 0xfffu

/* A record that tasks lead to. */
struct record {
	uint32_t bo;
	uint64_t offset;
	uint32_t amount;
	uint32_t task;    /* the first that leads to it */
	uint32_t next;    /* record that its tail leads to */
	uint32_t back[2]; /* one and two back */
	bool led_to, done;
	uint32_t enables;
	struct rkr_overlay_word *set;
	size_t n;
};

struct rkr_overlays {
	struct record *records; /* by place */
	size_t n;
	uint32_t *of_task; /* per task its record */
	size_t n_tasks;
};

/* A register set while it is filled: each register of the database has a slot. */
struct slots {
	const struct rkr_reg_block *blocks;
	size_t n_blocks;
	size_t *first; /* per block */
	size_t n;
	struct rkr_overlay_word *v;
	bool *written;
};

static int
by_place(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->bo != y->bo)
		return x->bo < y->bo ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

/* The record at a place, or NONE. */
static uint32_t
record_at(const struct rkr_overlays *o, uint32_t bo, uint64_t offset)
{
	size_t lo = 0, hi = o->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct record *r = &o->records[mid];

		if (r->bo < bo || (r->bo == bo && r->offset < offset))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < o->n && o->records[lo].bo == bo && o->records[lo].offset == offset ? (uint32_t)lo : NONE;
}

static bool
read_word(const struct rkr_run *run, const struct record *r, uint64_t i, uint64_t *ret_word)
{
	uint8_t b[8];

	if (rkr_run_read(run, r->bo, r->offset + 8 * i, b, sizeof(b)) < 0)
		return false;
	*ret_word = 0;
	for (size_t k = 0; k < sizeof(b); k++)
		*ret_word |= (uint64_t)b[k] << (8 * k);
	return true;
}

/* Each record once, by place, and which one each task leads to. */
static int
collect(struct rkr_overlays *o, const struct rkr_run *run, struct rkr_error *err)
{
	uint64_t words = 0;
	size_t n = 0;

	o->n_tasks = rkr_run_n_tasks(run);
	if (!o->n_tasks)
		return rkr_fail(err, -ENODATA, "its source has no GEM dump", "the run shows no task table");
	if (o->n_tasks >= NONE)
		return rkr_fail(err, -E2BIG, NULL, "it has %zu tasks", o->n_tasks);
	o->records = calloc(o->n_tasks, sizeof(*o->records));
	o->of_task = malloc(o->n_tasks * sizeof(*o->of_task));
	if (!o->records || !o->of_task)
		return -ENOMEM;
	memset(o->of_task, 0xff, o->n_tasks * sizeof(*o->of_task));
	for (uint32_t i = 0; i < o->n_tasks; i++) {
		struct rkr_task t;

		if (rkr_run_task(run, i, &t) < 0)
			continue;
		struct rkr_ref ref = rkr_run_resolve(run, RKR_SPACE_DMA, t.regcmd_addr, SIZE_MAX);

		if (ref.state == RKR_REF_BO)
			o->records[n++] = (struct record){
				.bo = ref.bo,
				.offset = ref.addend,
				.amount = t.regcfg_amount,
				.task = i,
				.next = NONE,
				.back = { NONE, NONE },
			};
	}
	qsort(o->records, n, sizeof(*o->records), by_place);
	for (size_t i = 0; i < n; i++) {
		const struct record r = o->records[i];

		if (!o->n || o->records[o->n - 1].bo != r.bo || o->records[o->n - 1].offset != r.offset)
			o->records[o->n++] = r;
		o->of_task[r.task] = (uint32_t)(o->n - 1);
	}
	if (o->n > RKR_OVERLAY_RECORDS_MAX)
		return rkr_fail(err, -E2BIG, NULL, "it has more than %d records", RKR_OVERLAY_RECORDS_MAX);
	for (size_t i = 0; i < o->n; i++)
		words += o->records[i].amount;
	if (words > WORDS_MAX)
		return rkr_fail(err, -E2BIG, NULL, "its records have more than %d words", WORDS_MAX);
	return 0;
}

/* Where each record's tail leads to, and which blocks it starts. */
static void
read_tails(struct rkr_overlays *o, const struct rkr_run *run)
{
	for (size_t i = 0; i < o->n; i++) {
		struct record *r = &o->records[i];

		for (uint64_t w = 0; w < RKR_REGCMD_TAIL; w++) {
			uint64_t word;

			if (!read_word(run, r, r->amount + w, &word))
				break;
			struct rkr_qword q = rkr_qword_decode(word);

			if (q.target == RKR_TARGET_OP_EN)
				r->enables = q.value;
			if (q.target != RKR_TARGET_PC || q.offset != RKR_REG_PC_BASE_ADDRESS)
				continue;
			struct rkr_ref ref = rkr_run_resolve(
				run, RKR_SPACE_DMA, q.value & rkr_qword_address_mask(word), SIZE_MAX);

			if (ref.state == RKR_REF_BO)
				r->next = record_at(o, ref.bo, ref.addend);
		}
		/* Of several that lead to a record, the first counts. */
		if (r->next != NONE && !o->records[r->next].led_to) {
			o->records[r->next].led_to = true;
			o->records[r->next].back[0] = (uint32_t)i;
		}
	}
	for (size_t i = 0; i < o->n; i++)
		if (o->records[i].back[0] != NONE)
			o->records[i].back[1] = o->records[o->records[i].back[0]].back[0];
}

/* ---- register sets ---- */

static void
free_slots(struct slots *s)
{
	free(s->first);
	free(s->v);
	free(s->written);
}

static int
make_slots(struct slots *s)
{
	s->blocks = rkr_reg_blocks(&s->n_blocks);
	s->first = calloc(s->n_blocks, sizeof(*s->first));
	if (!s->first)
		return -ENOMEM;
	for (size_t b = 0; b < s->n_blocks; b++) {
		s->first[b] = s->n;
		s->n += s->blocks[b].n_regs;
	}
	s->v = calloc(s->n, sizeof(*s->v));
	s->written = calloc(s->n, sizeof(*s->written));
	return s->v && s->written ? 0 : -ENOMEM;
}

/* A block that a record starts; the PC is none. */
static bool
is_started(const struct rkr_reg_block *block, uint32_t enables)
{
	return block->op_enable_bit >= 0 && (enables >> block->op_enable_bit & 1);
}

static void
put(struct slots *s, const struct rkr_overlay_word *w)
{
	struct rkr_qword q = rkr_qword_decode(w->word);
	const struct rkr_reg_block *block = NULL;
	const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, &block);

	if (!reg)
		return;
	size_t slot = s->first[block - s->blocks] + (size_t)(reg - block->regs);

	s->v[slot] = *w;
	s->written[slot] = true;
}

/* The set of a record: that of the record two back, and what it writes itself. */
static int
fill(struct rkr_overlays *o, const struct rkr_run *run, struct record *r, struct slots *s)
{
	const struct record *base = r->back[1] == NONE ? NULL : &o->records[r->back[1]];
	size_t n = 0;

	memset(s->written, 0, s->n * sizeof(*s->written));
	for (size_t i = 0; base && i < base->n; i++)
		if ((rkr_qword_decode(base->set[i].word).offset & BLOCK_MASK) >= SHADOWED_FROM)
			put(s, &base->set[i]);
	for (uint64_t w = 0; w < r->amount; w++) {
		struct rkr_overlay_word word = { .writer = r->task };

		if (!read_word(run, r, w, &word.word))
			break;
		put(s, &word);
	}
	for (size_t b = 0; b < s->n_blocks; b++)
		for (size_t i = 0; is_started(&s->blocks[b], r->enables) && i < s->blocks[b].n_regs; i++)
			n += s->written[s->first[b] + i];
	r->set = malloc(n * sizeof(*r->set) + 1);
	if (!r->set)
		return -ENOMEM;
	for (size_t b = 0; b < s->n_blocks; b++)
		for (size_t i = 0; is_started(&s->blocks[b], r->enables) && i < s->blocks[b].n_regs; i++)
			if (s->written[s->first[b] + i])
				r->set[r->n++] = s->v[s->first[b] + i];
	r->done = true;
	return 0;
}

/* Along the chain from a record on, until one that was done already. */
static int
follow(struct rkr_overlays *o, const struct rkr_run *run, uint32_t i, struct slots *s)
{
	int r = 0;

	for (; i != NONE && !o->records[i].done && r == 0; i = o->records[i].next) {
		/* A link that is not the one that counts starts nothing. */
		r = fill(o, run, &o->records[i], s);
		uint32_t next = o->records[i].next;

		if (next == NONE || o->records[next].back[0] != i)
			break;
	}
	return r;
}

int
rkr_overlays_new(const struct rkr_run *run, struct rkr_overlays **ret_overlays, struct rkr_error *err)
{
	const struct rkr_blob *chip = rkr_run_other_chip(run);
	struct rkr_overlays *o;
	struct slots s = { 0 };
	int r;

	if (chip)
		return rkr_fail(err, -EOPNOTSUPP, "show --regcmd tells them by target and offset",
				"the registers of chip '%.*s' are not known",
				(int)(chip->len < 32 ? chip->len : 32), (const char *)chip->data);
	o = calloc(1, sizeof(*o));
	if (!o)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	r = collect(o, run, err);
	if (r == 0) {
		read_tails(o, run);
		r = make_slots(&s);
	}
	for (uint32_t i = 0; r == 0 && i < o->n; i++)
		if (!o->records[i].led_to)
			r = follow(o, run, i, &s);
	/* What is left are rings; they are cut at their first record. */
	for (uint32_t i = 0; r == 0 && i < o->n; i++)
		r = follow(o, run, i, &s);
	free_slots(&s);
	if (r == -ENOMEM)
		rkr_fail(err, r, NULL, "out of memory");
	if (r < 0) {
		rkr_overlays_free(o);
		return r;
	}
	*ret_overlays = o;
	return 0;
}

void
rkr_overlays_free(struct rkr_overlays *o)
{
	if (!o)
		return;
	for (size_t i = 0; o->records && i < o->n; i++)
		free(o->records[i].set);
	free(o->records);
	free(o->of_task);
	free(o);
}

/* The record of a task, or NULL. */
static const struct record *
record_of(const struct rkr_overlays *o, size_t task)
{
	return task < o->n_tasks && o->of_task[task] != NONE ? &o->records[o->of_task[task]] : NULL;
}

const struct rkr_overlay_word *
rkr_overlays_task(const struct rkr_overlays *o, size_t task, size_t *ret_n)
{
	const struct record *r = record_of(o, task);

	*ret_n = r ? r->n : 0;
	return r ? r->set : NULL;
}

size_t
rkr_overlays_base(const struct rkr_overlays *o, size_t task)
{
	const struct record *r = record_of(o, task);

	return r && r->back[1] != NONE ? o->records[r->back[1]].task : SIZE_MAX;
}

size_t
rkr_overlays_writer(const struct rkr_overlays *o, size_t task)
{
	const struct record *r = record_of(o, task);

	return r ? r->task : SIZE_MAX;
}
