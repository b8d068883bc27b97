/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "queue.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"

int
rkp_queue_init(struct rkp_queue *q)
{
	q->place = RKP_NO_TICKET;
	q->slots = calloc(RKP_QUEUE_SLOTS, sizeof(*q->slots));
	return q->slots ? 0 : -ENOMEM;
}

static struct rkp_slot *
slot_of(const struct rkp_queue *q, rkp_ticket ticket)
{
	return &q->slots[ticket % RKP_QUEUE_SLOTS];
}

static void
clear(struct rkp_queue *q, struct rkp_slot *s)
{
	if (s->text_cap > RKP_SLOT_TEXT_KEPT) {
		free(s->text);
		s->text = NULL;
		s->text_cap = 0;
	}
	free(s->words);
	s->words = NULL;
	q->held -= s->held;
	s->held = 0;
}

void
rkp_queue_fini(struct rkp_queue *q)
{
	for (size_t i = 0; q->slots && i < RKP_QUEUE_SLOTS; i++) {
		free(q->slots[i].text);
		free(q->slots[i].words);
	}
	free(q->slots);
}

struct rkp_slot *
rkp_queue_get(const struct rkp_queue *q, rkp_ticket ticket)
{
	return ticket >= q->first && ticket < q->next ? slot_of(q, ticket) : NULL;
}

static int
leave(struct rkp_queue *q)
{
	rkp_ticket ticket = q->first++;
	struct rkp_slot *s = slot_of(q, ticket);
	int r = 0;

	if (s->state == RKP_SLOT_OPEN || s->state == RKP_SLOT_READY)
		r = q->leave(q->data, ticket, &s->rec);
	clear(q, s);
	return r;
}

int
rkp_queue_settle(struct rkp_queue *q)
{
	int r = 0;

	while (r >= 0 && !rkp_queue_empty(q)) {
		enum rkp_slot_state state = slot_of(q, q->first)->state;

		if (q->held <= RKP_QUEUE_BYTES && (state == RKP_SLOT_OPEN || state == RKP_SLOT_EMPTY))
			break;
		r = leave(q);
	}
	return r < 0 ? r : 0;
}

int
rkp_queue_flush(struct rkp_queue *q)
{
	int r = 0;

	while (r >= 0 && !rkp_queue_empty(q))
		r = leave(q);
	return r < 0 ? r : 0;
}

/* Copy a record into a slot: its strings go to memory of the slot's own. */
static int
set(struct rkp_queue *q, struct rkp_slot *s, const struct rkp_values *values)
{
	const struct rkr_record *rec = &values->rec;
	const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);
	size_t len = 0, n = 0;

	for (size_t i = 0; i < k->n_fields; i++)
		if (rkr_has(rec, (int)i) && k->fields[i].type == RKR_TYPE_STR)
			len += rec->v[i].b->len;
	if (rkr_grow((void **)&s->text, &s->text_cap, len, 1) < 0)
		return -ENOMEM;
	s->rec = *rec;
	s->rec.v = s->v;
	rkp_copy_values(s->v, values->v, k->n_fields);
	char *to = s->text;

	for (size_t i = 0; i < k->n_fields; i++) {
		if (!rkr_has(rec, (int)i) || k->fields[i].type != RKR_TYPE_STR)
			continue;
		const struct rkr_blob *b = rec->v[i].b;

		s->texts[n] = (struct rkr_blob){ b->len ? to : "", b->len };
		s->v[i].b = &s->texts[n++];
		/* without any text there is nothing to point into */
		if (!b->len)
			continue;
		memcpy(to, b->data, b->len);
		to += b->len;
	}
	s->held = len;
	q->held += len;
	return 0;
}

/* A free slot at the end. If there is none, the oldest record leaves. */
static int
make_room(struct rkp_queue *q)
{
	return q->next - q->first == RKP_QUEUE_SLOTS ? leave(q) : 0;
}

int
rkp_queue_push(struct rkp_queue *q, const struct rkp_values *values, const struct rkp_row *row,
	       enum rkp_slot_state state, rkp_ticket *ret_ticket)
{
	rkp_ticket ticket = q->place;
	int r = 0;

	if (ticket == RKP_NO_TICKET) {
		r = make_room(q);
		ticket = q->next;
	}
	if (r < 0)
		return r;
	struct rkp_slot *s = slot_of(q, ticket);

	r = set(q, s, values);
	if (r < 0)
		return r;
	s->state = state;
	s->first = s->last = row;
	if (ticket == q->next)
		q->next++;
	*ret_ticket = ticket;
	return 0;
}

int
rkp_queue_reserve(struct rkp_queue *q, rkp_ticket *ret_ticket)
{
	int r = make_room(q);

	if (r < 0)
		return r;
	slot_of(q, q->next)->state = RKP_SLOT_EMPTY;
	*ret_ticket = q->next++;
	return 0;
}

void
rkp_queue_give_words(struct rkp_queue *q, struct rkp_slot *slot, uint64_t *words, size_t n, int field)
{
	slot->words = words;
	slot->qwords = (struct rkr_blob){ words, n };
	slot->held += n * sizeof(*words);
	q->held += n * sizeof(*words);
	rkr_set_b(&slot->rec, field, &slot->qwords);
}
