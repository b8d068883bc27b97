/* SPDX-License-Identifier: MIT */
#ifndef RKP_QUEUE_H
#define RKP_QUEUE_H

/*
 * Records that wait. A call's return comes later than the call, and records
 * leave in the order of their first rows, so what comes between has to wait.
 * The queue is small: if it fills, the oldest record leaves as it is.
 */

#include "row.h"

/** Records that may wait, and bytes of text and words that they may hold. */
#define RKP_QUEUE_SLOTS 256
#define RKP_QUEUE_BYTES ((size_t)4 << 20)
#define RKP_SLOT_TEXT_KEPT ((size_t)4 << 10)

enum rkp_slot_state {
	RKP_SLOT_OPEN, /**< more rows may come */
	RKP_SLOT_READY,
	RKP_SLOT_EMPTY, /**< a place that a record may take yet */
	RKP_SLOT_GONE,  /**< a place that none took */
};

struct rkp_slot {
	enum rkp_slot_state state;
	const struct rkp_row *first;
	const struct rkp_row *last; /**< so far */
	struct rkr_record rec;
	union rkr_value v[RKR_FIELDS_MAX];
	struct rkr_blob texts[RKP_TEXTS_MAX];
	char *text; /**< what @texts point into; owned, and used again while it is small */
	size_t text_cap;
	uint64_t *words; /**< owned; NULL if none */
	struct rkr_blob qwords;
	size_t held; /**< bytes of both */
};

/** A waiting record's number; numbers are never used again. */
typedef uint64_t rkp_ticket;
#define RKP_NO_TICKET UINT64_MAX

struct rkp_queue {
	struct rkp_slot *slots;
	rkp_ticket first;
	rkp_ticket next;
	/** An empty place that the next record takes; RKP_NO_TICKET: a new one at the end. */
	rkp_ticket place;
	size_t held;
	void *data;
	/** Takes a record that leaves. It may complete the record, if it was still open. */
	int (*leave)(void *data, rkp_ticket ticket, struct rkr_record *rec);
};

/** Make a zeroed queue ready for use. 0 or -ENOMEM. */
int
rkp_queue_init(struct rkp_queue *q);

/** Drop what waits. */
void
rkp_queue_fini(struct rkp_queue *q);

static inline bool
rkp_queue_empty(const struct rkp_queue *q)
{
	return q->first == q->next;
}

/** The slot of a record that still waits, or NULL. */
struct rkp_slot *
rkp_queue_get(const struct rkp_queue *q, rkp_ticket ticket);

/** Add a copy of a record, read from @row, at q->place or the end. 0, -ENOMEM, or what leave() said. */
int
rkp_queue_push(struct rkp_queue *q, const struct rkp_values *values, const struct rkp_row *row,
	       enum rkp_slot_state state, rkp_ticket *ret_ticket);

/** Add an empty place, for q->place. It holds back all records behind it. */
int
rkp_queue_reserve(struct rkp_queue *q, rkp_ticket *ret_ticket);

/** Give the words of a qword array to a waiting record. They are the queue's then. */
void
rkp_queue_give_words(struct rkp_queue *q, struct rkp_slot *slot, uint64_t *words, size_t n, int field);

/** Let leave what is ready and has nothing before it. */
int
rkp_queue_settle(struct rkp_queue *q);

/** Let all leave as it is. */
int
rkp_queue_flush(struct rkp_queue *q);

#endif
