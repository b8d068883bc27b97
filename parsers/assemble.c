/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "parser-priv.h"

#include "lib/util.h"

/*
 * Rows to records: calls with their returns, a submit's rows, and what a row
 * of a GEM dump is by the rows around it.
 */

#define NO_OFFSET UINT64_MAX

static int
emit(struct rkp_parser *p, struct rkr_record *rec)
{
	p->acc.kind[rec->kind]++;
	int r = rkp_witness(p, rec->kind);

	return r < 0 || !p->sink.record ? r : p->sink.record(p->sink.data, rec);
}

int
rkp_leave(void *data, rkp_ticket ticket, struct rkr_record *rec)
{
	struct rkp_parser *p = data;

	if (ticket == p->window.ticket)
		rkp_window_leave(p, rec);
	return emit(p, rec);
}

static bool
is_done(const struct rkp_parser *p, const struct rkr_record *rec)
{
	uint64_t done = rkp_rows_done(p->rows, rec->kind);

	return (rec->present & done) == done;
}

/* A record of its own. If nothing waits it leaves from where it was read. */
static int
take_whole(struct rkp_parser *p, const struct rkp_row *row)
{
	rkp_ticket ticket;

	if (rkp_queue_empty(&p->queue))
		return emit(p, &p->values.rec);
	int r = rkp_queue_push(&p->queue, &p->values, row, RKP_SLOT_READY, &ticket);

	return r < 0 ? r : rkp_queue_settle(&p->queue);
}

static int
take_opening(struct rkp_parser *p, const struct rkp_row *row, enum rkr_stream stream)
{
	return rkp_queue_push(&p->queue, &p->values, row, RKP_SLOT_OPEN, &p->opened[stream]);
}

/*
 * Whether a row can be a further one of a record that waits. The rows of a
 * record are of one program, and come in the order of its table, each once.
 */
static bool
follows(const struct rkp_row *row, const struct rkp_slot *s)
{
	return s->state == RKP_SLOT_OPEN && s->rec.kind == row->shape->kind && row > s->last &&
	       row->shape->format == s->last->shape->format && (row->keys & ~s->rec.present) == 0 &&
	       !(s->rec.present & row->fields & ~row->keys);
}

/* Put the row's numbers into the record that waits in a slot. */
static int
join(struct rkp_parser *p, const struct rkp_row *row, struct rkp_slot *s)
{
	const struct rkr_record *rec = &p->values.rec;

	for (uint64_t left = rec->present & ~s->rec.present; left; left &= left - 1) {
		int f = __builtin_ctzll(left);

		s->v[f] = rec->v[f];
	}
	s->rec.present |= rec->present;
	s->rec.place.end = rec->place.end;
	s->last = row;
	if (!is_done(p, &s->rec))
		return 0;
	s->state = RKP_SLOT_READY;
	return rkp_queue_settle(&p->queue);
}

/*
 * A further row of the record that was opened last. If that has the row
 * already, or its first row was lost, a new record begins.
 */
static int
take_adding(struct rkp_parser *p, const struct rkp_row *row, enum rkr_stream stream)
{
	struct rkp_slot *s = rkp_queue_get(&p->queue, p->opened[stream]);

	if (s && follows(row, s))
		return join(p, row, s);
	return take_opening(p, row, stream);
}

/*
 * What a call returned. Calls of one thread do not nest, so the call is the
 * last one that fits. If there is none, the return makes the record.
 */
static int
take_closing(struct rkp_parser *p, const struct rkp_row *row, enum rkr_stream stream)
{
	const struct rkr_record *rec = &p->values.rec;
	rkp_ticket ticket;

	ticket = p->queue.place != RKP_NO_TICKET ? p->queue.place : p->queue.next;
	while (ticket-- > p->queue.first) {
		struct rkp_slot *s = rkp_queue_get(&p->queue, ticket);
		bool fits = follows(row, s);

		for (uint64_t left = fits ? row->keys : 0; left; left &= left - 1) {
			int f = __builtin_ctzll(left);

			fits = fits && s->v[f].u == rec->v[f].u;
		}
		if (fits)
			return join(p, row, s);
	}
	p->opened[stream] = RKP_NO_TICKET;
	if (is_done(p, rec))
		return take_whole(p, row);
	return rkp_queue_push(&p->queue, &p->values, row, RKP_SLOT_OPEN, &ticket);
}

static bool
is_task(const struct rkr_record *rec)
{
	const struct rkr_task task = {
		.flags = (uint32_t)rkr_get_u(rec, RKR_F_task_flags),
		.op_idx = (uint32_t)rkr_get_u(rec, RKR_F_task_op_idx),
		.enable_mask = (uint32_t)rkr_get_u(rec, RKR_F_task_enable_mask),
		.int_mask = (uint32_t)rkr_get_u(rec, RKR_F_task_int_mask),
		.int_clear = (uint32_t)rkr_get_u(rec, RKR_F_task_int_clear),
		.int_status = (uint32_t)rkr_get_u(rec, RKR_F_task_int_status),
		.regcfg_amount = (uint32_t)rkr_get_u(rec, RKR_F_task_regcfg_amount),
		.regcfg_offset = (uint32_t)rkr_get_u(rec, RKR_F_task_regcfg_offset),
	};

	return rkr_task_is_usual(&task);
}

/* Decide what the first row, which had to wait, is. */
static int
release_held(struct rkp_parser *p, bool table)
{
	struct rkp_slot *s = rkp_queue_get(&p->queue, p->held);

	p->held = RKP_NO_TICKET;
	if (!s)
		return 0;
	s->rec.kind = table ? RKR_KIND_task : RKR_KIND_task_like;
	s->state = RKP_SLOT_READY;
	return rkp_queue_settle(&p->queue);
}

/*
 * A task BO starts with its table, and rows of the table follow each other by
 * 40 bytes. One damaged row does not end the table, so its first two rows
 * decide. Anywhere else a row speaks for itself.
 */
static int
take_task(struct rkp_parser *p, const struct rkp_row *row)
{
	struct rkr_record *rec = &p->values.rec;
	uint64_t off = rkr_get_u(rec, RKR_F_task_off);
	bool task = is_task(rec), first = p->in_gem && p->first_task && off == 0;

	_Static_assert((int)RKR_F_task_regcmd_addr == (int)RKR_F_task_like_regcmd_addr &&
			       (int)RKR_N_FIELDS_task == (int)RKR_N_FIELDS_task_like,
		       "a row is of either kind");
	if (p->held != RKP_NO_TICKET) {
		bool table = task && off == RKR_TASK_BYTES;
		int r = release_held(p, table);

		if (r < 0)
			return r;
		p->table_next = table ? RKR_TASK_BYTES : NO_OFFSET;
	}
	p->first_task = false;
	if (first && !task) {
		rec->kind = RKR_KIND_task_like;
		return rkp_queue_push(&p->queue, &p->values, row, RKP_SLOT_OPEN, &p->held);
	}
	bool in_table = first || off == p->table_next;

	p->table_next = in_table ? off + RKR_TASK_BYTES : NO_OFFSET;
	rec->kind = in_table || task ? RKR_KIND_task : RKR_KIND_task_like;
	return take_whole(p, row);
}

/* What the rows before a row of a GEM dump waited for did not come. */
static int
end_gem_rows(struct rkp_parser *p, const struct rkp_row *row)
{
	enum rkp_op op = row->shape->op;
	struct rkp_slot *s = rkp_queue_get(&p->queue, p->opened[RKR_STREAM_GEM]);
	int r = rkp_window_close(p);

	if (r == 0 && op != RKP_TASK) {
		r = release_held(p, false);
		p->table_next = NO_OFFSET;
	}
	if (r == 0 && s && op != RKP_ADDS && s->state == RKP_SLOT_OPEN) {
		s->state = RKP_SLOT_READY;
		r = rkp_queue_settle(&p->queue);
	}
	return r;
}

static bool
is_gem_heading(const struct rkp_shape *shape)
{
	return (shape->kind == RKR_KIND_gem && shape->op == RKP_OPENS) ||
	       shape->kind == RKR_KIND_gem_unavailable;
}

static void
enter_gem(struct rkp_parser *p)
{
	_Static_assert((int)RKR_F_gem_name == (int)RKR_F_gem_unavailable_name, "headings have a name first");
	p->in_gem = true;
	p->gem = rkr_get_u(&p->values.rec, RKR_F_gem_name);
	p->first_task = true;
}

int
rkp_take_row(struct rkp_parser *p, const struct rkp_row *row, uint64_t number, uint64_t start, uint64_t end)
{
	const struct rkp_shape *shape = row->shape;
	struct rkr_record *rec = &p->values.rec;

	if (shape->op == RKP_QWORD)
		return rkp_window_qword(p, row, number, start, end);

	enum rkr_stream stream = (enum rkr_stream)row->stream;
	int r = stream == RKR_STREAM_GEM ? end_gem_rows(p, row) : 0;

	if (r < 0)
		return r;
	rec->place = (struct rkr_place){ p->file, number, start, end };
	if (shape->op != RKP_ADDS && shape->op != RKP_BELOW && shape->op != RKP_CLOSES)
		p->opened[stream] = RKP_NO_TICKET;
	if (is_gem_heading(shape))
		enter_gem(p);
	else if (row->gem_field >= 0 && p->in_gem)
		rkr_set_u(rec, row->gem_field, p->gem);

	switch (shape->op) {
	case RKP_OPENS:
		return take_opening(p, row, stream);
	case RKP_ADDS:
		return take_adding(p, row, stream);
	case RKP_CLOSES:
		return take_closing(p, row, stream);
	case RKP_TASK:
		return take_task(p, row);
	case RKP_WINDOW:
		return rkp_window_open(p, row);
	default: /* RKP_WHOLE, RKP_BELOW */
		return take_whole(p, row);
	}
}

int
rkp_finish_records(struct rkp_parser *p)
{
	int r = rkp_window_close(p);

	if (r == 0)
		r = release_held(p, false);
	if (r == 0)
		r = rkp_queue_flush(&p->queue);
	return r < 0 ? r : rkp_witness_end(p);
}
