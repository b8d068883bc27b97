/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"

struct writer {
	const struct rkg_plan *plan;
	const struct rkg_given *given;
	struct rkg_regcmd *r;
	struct rkg_family conv;
	struct rkg_family separator;
	/*
	 * The hardware has two register sets and records write them in turns,
	 * so what a record inherits is what the second last wrote.
	 */
	struct rkg_values sets[2];
};

static void
put(struct writer *w, const struct rkg_cell *c, uint32_t value)
{
	struct rkg_regcmd *r = w->r;

	if (c->base != RKG_BASE_NONE)
		r->fixups[r->n_fixups++] = (struct rkg_fixup){ (uint32_t)r->n_words, c->base };
	r->words[r->n_words++] = rkr_qword_encode(c->target, value, c->offset);
}

static struct rkg_record *
begin(struct writer *w, const struct rkg_family *f, uint8_t group, bool linked)
{
	struct rkg_record *rec = &w->r->records[w->r->n_records++];

	*rec = (struct rkg_record){
		.start = (uint32_t)w->r->n_words,
		.enable_mask = f->enable_mask,
		.int_mask = f->int_mask,
		.group = group,
		.linked = linked,
	};
	return rec;
}

/* Leave room for the tail and the padding, which is zero. */
static void
end(struct writer *w, struct rkg_record *rec)
{
	rec->amount = (uint32_t)w->r->n_words - rec->start;
	w->r->n_words = rec->start + (size_t)rkr_regcmd_stride(rec->amount);
}

size_t
rkg_body(const struct rkg_family *f, enum rkg_form form, const struct rkg_values *values,
	 const struct rkg_values *old, struct rkg_write ret[RKG_BODY_MAX])
{
	size_t n = 0;

	if (form != RKG_FORM_FULL)
		for (size_t i = 0; i < f->n_lead; i++)
			ret[n++] = (struct rkg_write){ &f->cells[f->lead[i]], values->v[f->lead[i]] };
	for (size_t i = 0; i < f->n_pointers; i++)
		ret[n++] = (struct rkg_write){ &f->pointers[i], f->pointers[i].constant };
	for (size_t i = 0; i < f->n_cells; i++) {
		const struct rkg_cell *c = &f->cells[i];

		if (form == RKG_FORM_OVERLAY && c->overlay != RKG_OVERLAY_ALWAYS &&
		    (c->overlay == RKG_OVERLAY_NEVER || values->v[i] == old->v[i]))
			continue;
		ret[n++] = (struct rkg_write){ c, values->v[i] };
	}
	return n;
}

void
rkg_values_init(struct rkg_values *ret, const struct rkg_family *f, const struct rkg_at *at)
{
	for (size_t i = 0; i < f->n_cells; i++)
		ret->v[i] = rkg_cell_value(&f->cells[i], at);
}

static void
write_body(struct writer *w, const struct rkg_family *f, enum rkg_form form, const struct rkg_values *new,
	   const struct rkg_values *old)
{
	struct rkg_write writes[RKG_BODY_MAX];
	size_t n = rkg_body(f, form, new, old, writes);

	for (size_t i = 0; i < n; i++)
		put(w, writes[i].cell, writes[i].value);
}

/* @i: its number in its core's list */
static void
write_tile(struct writer *w, const struct rkg_tile *t, size_t i, bool linked)
{
	struct rkg_values *old = &w->sets[i % 2], new;
	struct rkg_at at;
	bool lut = w->plan->geometry.shape.lut != RKG_LUT_NONE; /* has one register set, and no overlays */
	enum rkg_form form = t->group                            ? RKG_FORM_FULL
			     : lut || i < RKR_ARRAY_LEN(w->sets) ? RKG_FORM_FIRST
								 : RKG_FORM_OVERLAY;
	struct rkg_record *rec = begin(w, &w->conv, t->group, linked);

	rkg_at_init(&at, w->plan, t, w->given);
	rkg_values_init(&new, &w->conv, &at);
	write_body(w, &w->conv, form, &new, old);
	*old = new;
	end(w, rec);
}

static void
write_separator(struct writer *w, uint8_t group)
{
	struct rkg_record *rec = begin(w, &w->separator, group, false);
	struct rkg_values v;

	rkg_values_init(&v, &w->separator, &(struct rkg_at){ 0 });
	write_body(w, &w->separator, RKG_FORM_FULL, &v, NULL);
	end(w, rec);
}

/*
 * The four words behind a body: where the next record is, how much of it to
 * fetch, a marker, and the start of the blocks. [captured: all records of 7
 * windows; links and amounts: 5519 of 5519]
 */
static void
write_tail(struct writer *w, size_t i)
{
	struct rkg_regcmd *r = w->r;
	const struct rkg_record *rec = &r->records[i];
	uint64_t *tail = &r->words[rec->start + rec->amount];
	uint32_t fetch = 0;

	if (rec->linked) {
		const struct rkg_record *next = &r->records[i + 1];

		/* Cores minus one, but 0 for a program of one core. */
		fetch = (uint32_t)rec->group << RKR_FLD_PC_REGISTER_AMOUNTS_SYNC_CORES_M1_SHIFT |
			rkr_regcmd_pc_amount(next->amount);
		tail[0] = rkr_qword_encode(RKR_TARGET_PC, (uint32_t)rkg_record_offset(next),
					   RKR_REG_PC_BASE_ADDRESS);
		r->fixups[r->n_fixups++] = (struct rkg_fixup){ rec->start + rec->amount, RKG_BASE_REGCMD };
	}
	tail[1] = rkr_qword_encode(RKR_TARGET_PC, fetch, RKR_REG_PC_REGISTER_AMOUNTS);
	tail[2] = rkr_qword_encode(RKR_TARGET_MARK, 0, 0);
	tail[3] = rkr_qword_encode(RKR_TARGET_OP_EN, rec->enable_mask, RKR_REG_PC_OPERATION_ENABLE);
}

/*
 * All records in table order. Within a core's list each tile is linked to the
 * next, the last to the separator.
 */
static void
write_records(struct writer *w)
{
	const struct rkg_plan *p = w->plan;
	size_t in_list = 0;

	for (size_t i = 0; i < p->n_tiles; i++) {
		const struct rkg_tile *t = &p->tiles[i], *next = i + 1 < p->n_tiles ? t + 1 : NULL;
		bool last = !next || next->group != t->group || next->core != t->core;

		write_tile(w, t, in_list, !last || t->group > 0);
		in_list = last ? 0 : in_list + 1;
		if (last && t->group > 0)
			write_separator(w, t->group);
	}
	for (size_t i = 0; i < w->r->n_records; i++)
		write_tail(w, i);
}

int
rkg_regcmd_new(const struct rkg_plan *plan, const struct rkg_given *given, struct rkg_regcmd **ret_regcmd)
{
	struct writer w = { .plan = plan, .given = given };

	rkg_family_conv(&w.conv, &plan->geometry);
	rkg_family_separator(&w.separator, &plan->geometry);

	/* No record is longer than the first of a list, and no tail holds more than one address. */
	size_t body = w.conv.n_lead + w.conv.n_pointers + w.conv.n_cells, addresses = 1;

	for (size_t i = 0; i < w.conv.n_cells; i++)
		addresses += w.conv.cells[i].base != RKG_BASE_NONE;

	size_t n_words = plan->n_tasks * (size_t)rkr_regcmd_stride((uint32_t)body);
	size_t n_fixups = plan->n_tasks * addresses;
	struct rkg_regcmd *r;

	/* A plan has at most 4095 tasks, so this is some megabytes. */
	r = calloc(1, sizeof(*r) + n_words * sizeof(*r->words) + n_fixups * sizeof(*r->fixups) +
			      plan->n_tasks * sizeof(*r->records));
	if (!r)
		return -ENOMEM;
	r->words = (uint64_t *)(r + 1);
	r->fixups = (struct rkg_fixup *)(r->words + n_words);
	r->records = (struct rkg_record *)(r->fixups + n_fixups);
	w.r = r;
	write_records(&w);
	*ret_regcmd = r;
	return 0;
}

void
rkg_regcmd_free(struct rkg_regcmd *regcmd)
{
	free(regcmd);
}

void
rkg_regcmd_place(struct rkg_regcmd *regcmd, const uint32_t bases[RKG_BASE_MAX_])
{
	for (size_t i = 0; i < regcmd->n_fixups; i++) {
		uint64_t *word = &regcmd->words[regcmd->fixups[i].word];
		struct rkr_qword q = rkr_qword_decode(*word);

		*word = rkr_qword_encode(q.target, q.value + bases[regcmd->fixups[i].base], q.offset);
	}
}
