/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "prefix.h"
#include "row-priv.h"

#include <string.h>

/*
 * Finding the row that a line is of.
 */

/* "D RKNN: [" and "] " around the time */
#define RKNN_TIME 9
#define RKNN_BODY (RKNN_TIME + RKP_TIME_LEN + 2)

bool
rkp_has_rknn_prefix(const char *text, const char *end)
{
	static const char tag[] = " RKNN: [";

	return end - text >= RKNN_BODY && rkp_load8(text + 1) == rkp_load8(tag) &&
	       memchr("DIWE", text[0], 4) && text[RKNN_TIME + RKP_TIME_LEN] == ']' &&
	       text[RKNN_TIME + RKP_TIME_LEN + 1] == ' ';
}

/* The bytes at @p, as far as there are any, zeros behind them. */
static inline uint64_t
load_key(const char *p, const char *end)
{
	uint64_t key = 0;

	if (end - p >= 8)
		return rkp_load8(p);
	memcpy(&key, p, (size_t)(end - p));
	return key;
}

/* Where a line's row starts, by what stands before it. */
struct start {
	enum rkp_prefix prefix;
	const char *body;
	struct rkp_origin origin;
};

/*
 * The prefix of a line that is as a program printed it. Only the first bytes
 * of a line decide, so that other lines are not searched for what they lack.
 */
static inline enum rkp_prefix
find_start(const char *text, const char *end, struct start *ret)
{
	ret->body = text;
	if (rkp_has_rknn_prefix(text, end)) {
		ret->body = text + RKNN_BODY;
		return RKP_PREFIX_RKNN;
	}
	if (text == end || (*text != '[' && *text != 'R'))
		return RKP_PREFIX_NONE;
	ret->origin.has_time = false;
	ret->origin.date.len = ret->origin.device.len = 0;
	const char *p = rkp_read_stamp(text, end, &ret->origin.time), *body;

	if (p) {
		ret->origin.has_time = true;
		ret->body = p;
	} else {
		p = text;
	}
	body = rkp_read_driver_tag(p, end, &ret->origin);
	if (body) {
		ret->body = body;
		return RKP_PREFIX_KERNEL;
	}
	ret->origin.device.len = 0;
	return ret->body > text ? RKP_PREFIX_STAMP : RKP_PREFIX_NONE;
}

static bool
match(const struct rkp_row *row, struct rkp_habits *habits, const struct start *start, const char *text,
      const char *end, struct rkp_values *ret)
{
	const char *body = row->n_prefix || start->prefix == RKP_PREFIX_NONE ? text : start->body;

	if (!rkp_row_match_body(row, habits, body, end, ret))
		return false;
	if (row->stamps && start->prefix == RKP_PREFIX_RKNN) {
		struct rkp_origin o = { .level = text[0], .has_clock = true };

		if (!rkp_read_clock(text + RKNN_TIME, end, &o.clock))
			return false;
		rkp_origin_keep(row, &o, ret);
	} else if (row->stamps) {
		rkp_origin_keep(row, &start->origin, ret);
	}
	return true;
}

bool
rkp_row_match(const struct rkp_row *row, const char *text, const char *end, struct rkp_values *ret)
{
	struct start start;

	if (row->shape->tag)
		return false;
	if (!row->stamps && row->shape->prefix < RKP_PREFIX_KERNEL)
		return rkp_row_match_body(row, NULL, text, end, ret);
	start.prefix = find_start(text, end, &start);
	return start.prefix == row->shape->prefix && match(row, NULL, &start, text, end, ret);
}

static const struct rkp_row *
look_up(const struct rkp_rows *rows, struct rkp_habits *habits, const struct start *start, const char *text,
	const char *end, struct rkp_values *ret)
{
	const struct rkp_index *index = &rows->index[start->prefix];
	uint64_t key = load_key(start->body, end);

	for (size_t cls = 0; cls < RKP_KEY_CLASSES; cls++) {
		uint64_t k = key & rows->key_masks[cls];

		for (size_t at = rkp_key_slot(k);; at = (at + 1) % RKP_INDEX_SLOTS) {
			const struct rkp_index_slot *slot = &index->slots[cls][at];

			if (!slot->n)
				break;
			if (slot->key != k)
				continue;
			for (size_t i = 0; i < slot->n; i++)
				if (match(&rows->rows[slot->rows[i]], habits, start, text, end, ret))
					return &rows->rows[slot->rows[i]];
			break;
		}
	}
	uint64_t left = start->body < end ? index->starts[(unsigned char)*start->body] : index->start_empty;
	struct rkp_first first = { 0 };
	uint64_t fit = 0;

	while (left) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		const struct rkp_row *row = &rows->rows[index->others[i]];
		const struct rkp_lead *lead = &index->leads[index->lead_of[i]];

		if (!(fit >> i & 1) && !rkp_lead_fits(lead, row, start->body, end, &first, ret)) {
			left &= ~lead->rows;
			continue;
		}
		fit |= lead->rows;
		if (match(row, habits, start, text, end, ret))
			return row;
		left &= left - 1;
	}
	return NULL;
}

static const struct rkp_row *
find(const struct rkp_rows *rows, struct rkp_habits *habits, const char *text, const char *end,
     struct rkp_values *ret)
{
	struct start start;

	start.prefix = find_start(text, end, &start);
	return look_up(rows, habits, &start, text, end, ret);
}

/*
 * Rows come in runs and in cycles, so the one that came after the last line's
 * row before is tried first; no line is of two rows.
 */
const struct rkp_row *
rkp_rows_match(const struct rkp_rows *rows, struct rkp_habits *habits, const char *text, const char *end,
	       struct rkp_values *ret)
{
	const struct rkp_row *row = habits ? rkp_habits_next(habits) : NULL;

	if (!row || !row->guessable || !rkp_row_match_body(row, habits, text, end, ret))
		row = find(rows, habits, text, end, ret);
	if (row && habits)
		rkp_habits_was(habits, row);
	return row;
}

/* ---- rows within lines ---- */

/* Sets that may have the four bytes at @p. */
static inline unsigned
maybe_head(const struct rkp_heads *heads, const char *p)
{
	uint32_t head;

	memcpy(&head, p, sizeof(head));
	return heads->maybe[rkp_head_hash(head)];
}

/* Sets that have them. */
static unsigned
head_sets(const struct rkp_heads *heads, const char *p)
{
	uint32_t head;

	memcpy(&head, p, sizeof(head));
	for (size_t at = rkp_head_slot(head);; at = (at + 1) % RKP_HEADS)
		if (heads->slots[at] == head || !heads->sets[at])
			return heads->sets[at];
}

const char *
rkp_find_head(const struct rkp_heads *heads, unsigned sets, const char *p, const char *end,
	      unsigned *ret_sets)
{
	for (; end - p >= 4; p++) {
		/* Nearly all of an unknown text is passed over here. */
		while (end - p >= 8 && !((maybe_head(heads, p) | maybe_head(heads, p + 1) |
					  maybe_head(heads, p + 2) | maybe_head(heads, p + 3)) &
					 sets))
			p += 4;
		if (end - p < 4)
			break;
		if (!(maybe_head(heads, p) & sets))
			continue;
		*ret_sets = head_sets(heads, p) & sets;
		if (*ret_sets)
			return p;
	}
	return NULL;
}

static const char *
find_splice(const struct rkp_rows *rows, unsigned also, const char *text, const char *end,
	    const char **ret_tag)
{
	const char *found = NULL, *tag = NULL;
	struct rkp_values values;
	unsigned sets;

	/* The last one, for that hides no other. */
	for (const char *p = text;; p++) {
		p = rkp_find_head(&rows->heads, RKP_HEAD_SPLICE | also, p, end, &sets);
		if (!p)
			break;
		if ((sets & RKP_HEAD_TAG) && !tag) {
			tag = p;
			also = 0;
		}
		if (!(sets & RKP_HEAD_SPLICE) || p == text)
			continue;
		const struct rkp_row *row = rkp_rows_match(rows, NULL, p, end, &values);

		if (row && row->splices)
			found = p;
	}
	*ret_tag = tag;
	return found;
}

const char *
rkp_rows_find_splice(const struct rkp_rows *rows, const char *text, const char *end)
{
	const char *tag;

	return find_splice(rows, 0, text, end, &tag);
}

const char *
rkp_rows_scan(const struct rkp_rows *rows, const char *text, const char *end, const char **ret_tag)
{
	return find_splice(rows, RKP_HEAD_TAG, text, end, ret_tag);
}
