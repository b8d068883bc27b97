/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "parser-priv.h"

#include <errno.h>

#include "lib/util.h"

/*
 * Qword rows. The rows of a window make one record: a heading says where it
 * starts, rows are 8 bytes apart and numbered. Rows without a heading, or
 * behind a gap, make a record that starts at the first of them and has no
 * count.
 */

static int
off_field(enum rkr_kind kind)
{
	return kind == RKR_KIND_regcmd_window ? RKR_F_regcmd_window_off : RKR_F_regcmd_run_off;
}

static int
qwords_field(enum rkr_kind kind)
{
	return kind == RKR_KIND_regcmd_window ? RKR_F_regcmd_window_qwords : RKR_F_regcmd_run_qwords;
}

int
rkp_window_open(struct rkp_parser *p, const struct rkp_row *row)
{
	struct rkp_window *w = &p->window;

	w->kind = p->values.rec.kind;
	w->off = w->base = rkr_get_u(&p->values.rec, off_field(w->kind));
	w->end = p->values.rec.place.end;
	w->n = 0;
	return rkp_queue_push(&p->queue, &p->values, row, RKP_SLOT_OPEN, &w->ticket);
}

void
rkp_window_leave(struct rkp_parser *p, struct rkr_record *rec)
{
	struct rkp_window *w = &p->window;

	w->blob = (struct rkr_blob){ w->words, w->n };
	rkr_set_b(rec, qwords_field(rec->kind), &w->blob);
	rec->place.end = w->end;
	w->ticket = RKP_NO_TICKET;
}

int
rkp_window_close(struct rkp_parser *p)
{
	struct rkp_window *w = &p->window;
	struct rkp_slot *s = rkp_queue_get(&p->queue, w->ticket);

	if (!s)
		return 0;
	s->state = RKP_SLOT_READY;
	/* It leaves now, with the words where they are; or it waits, and keeps them. */
	if (w->ticket != p->queue.first) {
		s->rec.place.end = w->end;
		rkp_queue_give_words(&p->queue, s, w->words, w->n, qwords_field(w->kind));
		w->words = NULL;
		w->cap = 0;
		w->ticket = RKP_NO_TICKET;
	}
	return rkp_queue_settle(&p->queue);
}

/* A record for rows that have no heading, or are not behind it. */
static int
start(struct rkp_parser *p, const struct rkp_row *row, uint64_t off, uint64_t base, uint64_t number,
      uint64_t at)
{
	enum rkr_kind kind = row->shape->kind;
	struct rkp_values *v = &p->values;
	int r = rkp_window_close(p);

	if (r < 0)
		return r;
	v->rec = (struct rkr_record){ .kind = kind, .v = v->v, .place = { p->file, number, at, at } };
	for (size_t i = 0; i < rkr_kind_get(kind)->n_fields; i++)
		v->v[i].u = 0;
	rkr_set_u(&v->rec, off_field(kind), off);
	if (p->in_gem)
		rkr_set_u(&v->rec, rkr_field_by_name(kind, "gem"), p->gem);
	r = rkp_window_open(p, row);
	p->window.base = base;
	return r;
}

/* Whether the parts that a row repeats are those of its qword. */
static bool
parts_agree(const struct rkp_values *v)
{
	uint64_t q = v->numbers[2];

	return v->n_numbers < 6 || (v->numbers[3] == q >> 48 && v->numbers[4] == (q & 0xffff) &&
				    v->numbers[5] == (q >> 16 & 0xffffffff));
}

int
rkp_window_qword(struct rkp_parser *p, const struct rkp_row *row, uint64_t number, uint64_t at, uint64_t end)
{
	struct rkp_window *w = &p->window;
	uint64_t index = p->values.numbers[0], off = p->values.numbers[1], value = p->values.numbers[2];
	uint64_t base = off - 8 * index;
	bool open = w->ticket != RKP_NO_TICKET;
	int r = 0;

	if (!parts_agree(&p->values))
		return 1;
	if (open && w->n == 0 && off == w->off) {
		w->base = base; /* scans may number words from the BO's start */
	} else if (open && base == w->base && off == w->off + 8 * w->n && w->n < w->limit) {
		/* the next word */
	} else if (!open || index == 0 || base == w->base) {
		r = start(p, row, off, base, number, at);
	} else {
		return 1;
	}
	if (r < 0)
		return r;
	if (w->n == w->cap && rkr_grow((void **)&w->words, &w->cap, w->n + 1, sizeof(*w->words)) < 0)
		return -ENOMEM;
	w->words[w->n++] = value;
	w->end = end;
	w->row = row;
	return 0;
}
