/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row-priv.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/util.h"

/*
 * The index by which a line finds its row.
 */

/* How many of the first bytes of a row's text it is found by. */
static const uint8_t key_lengths[RKP_KEY_CLASSES] = { 8, 4, 2 };

/* The text that a row is found by: the first of its body. */
static const struct rkp_token *
key_token(const struct rkp_row *row)
{
	const struct rkp_token *t = &row->tokens[row->n_prefix];

	while (t->conv == RKP_SILENT)
		t++;
	return t->conv == RKP_LITERAL || t->conv == RKP_CONSTANT ? t : NULL;
}

static size_t
key_class(const struct rkp_row *row)
{
	const struct rkp_token *t = key_token(row);
	size_t cls = 0;

	while (cls < RKP_KEY_CLASSES && (!t || t->len < key_lengths[cls]))
		cls++;
	return cls;
}

/* Have lines searched for a text of four bytes or more. */
static int
note_head(struct rkp_heads *heads, enum rkp_head_set set, const char *text)
{
	uint32_t head;

	if (strlen(text) < sizeof(head))
		return -EINVAL;
	memcpy(&head, text, sizeof(head));
	size_t at = rkp_head_slot(head), n = 0;

	/* Lookups end at a free slot. */
	for (; heads->sets[at] && heads->slots[at] != head; at = (at + 1) % RKP_HEADS)
		if (++n > RKP_HEADS / 2)
			return -EINVAL;
	heads->slots[at] = head;
	heads->sets[at] |= (uint8_t)set;
	heads->maybe[rkp_head_hash(head)] |= (uint8_t)set;
	return 0;
}

/* Rows that are found by what stands in a line, not by how it starts. */
static int
note_search(struct rkp_rows *rows, size_t i)
{
	const struct rkp_shape *shape = rows->rows[i].shape;
	const struct rkp_token *t = rows->rows[i].tokens;

	if (shape->tag) {
		rows->tagged[rows->n_tagged++] = (uint16_t)i;
		if (!*shape->tag)
			rows->last[shape->prefix] = &rows->rows[i];
		if (*shape->tag && note_head(&rows->heads, RKP_HEAD_TAG, shape->tag) < 0)
			return -EINVAL;
	}
	while (shape->loose && t->conv == RKP_SILENT)
		t++;
	if (shape->loose) {
		const char *text = t->text + (t->text[0] == '\t');

		if (t->conv != RKP_LITERAL && t->conv != RKP_CONSTANT)
			return -EINVAL;
		/* in the order of the tables */
		uint16_t *last = &rows->loose[tolower((unsigned char)*text)];

		while (*last)
			last = &rows->next_loose[*last - 1];
		*last = (uint16_t)(i + 1);
	}
	if (shape->bare)
		rows->bare_starts[(unsigned char)t->text[0] >> 6] |= UINT64_C(1) << (t->text[0] & 63);
	return 0;
}

/* ---- rows that start with a field ---- */

/* What a value may start with. NULL: any byte. *ret_empty: it may be empty. */
static const char *
starts_of(const struct rkp_token *t, bool *ret_empty)
{
	*ret_empty = false;
	switch (t->conv) {
	case RKP_DEC:
		return t->width ? " 0123456789" : "0123456789";
	case RKP_SIGNED:
	case RKP_RETURN:
		return "-0123456789";
	case RKP_HEX:
	case RKP_SIGNED_HEX:
	case RKP_UPPER_HEX:
		return "0";
	case RKP_BARE_HEX:
		return "0123456789abcdefABCDEF";
	case RKP_WHO:
		*ret_empty = t->field < 0;
		return " [0123456789";
	case RKP_WHEN:
	case RKP_STAMP:
		return " 0123456789";
	case RKP_DATE:
	case RKP_TIME:
	case RKP_FRACTION:
		return "0123456789";
	case RKP_DIRECTION:
		return "_";
	case RKP_PATH:
		return "/";
	case RKP_CAPITALS:
		return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	case RKP_LEVEL:
		return "DIWE";
	case RKP_LINE:
		return "-+=#";
	case RKP_GAP:
		return " ";
	case RKP_PAD:
	case RKP_BLANKS:
		*ret_empty = true;
		return " ";
	case RKP_WORD:
	case RKP_CHAR:
		return NULL;
	default:
		*ret_empty = true;
		return NULL;
	}
}

/* Have the row tried for lines that start with a byte that it can start with. */
static void
note_starts(struct rkp_index *index, const struct rkp_row *row)
{
	const uint64_t bit = UINT64_C(1) << index->n_others;
	const struct rkp_token *stop = row->tokens + row->n_tokens;
	bool empty = true;

	for (const struct rkp_token *t = row->tokens + row->n_prefix; t < stop && empty; t++) {
		if (t->conv == RKP_SILENT)
			continue;
		if (t->conv == RKP_LITERAL || t->conv == RKP_CONSTANT) {
			index->starts[(unsigned char)t->text[0]] |= bit;
			empty = false;
			continue;
		}
		const char *bytes = starts_of(t, &empty);

		for (size_t i = 0; !bytes && i < RKR_ARRAY_LEN(index->starts); i++)
			index->starts[i] |= bit;
		for (; bytes && *bytes; bytes++)
			index->starts[(unsigned char)*bytes] |= bit;
	}
	if (empty)
		index->start_empty |= bit;
}

/* Tokens of a row's body up to the text behind its first value, or 0: there is none. */
static size_t
lead_tokens(const struct rkp_row *row)
{
	const struct rkp_token *t = row->tokens + row->n_prefix;
	size_t n = (size_t)(row->n_tokens - row->n_prefix);
	bool value = false;

	for (size_t i = 0; i < n; i++) {
		if (value && t[i].conv == RKP_LITERAL)
			return t[i].opens ? 0 : i + 1;
		value |= t[i].conv != RKP_LITERAL && t[i].conv != RKP_CONSTANT && t[i].conv != RKP_SILENT;
	}
	return 0;
}

/* How much of the last of @n tokens two rows have alike, if those before it are the same. 0: they are not. */
static uint8_t
common_lead(const struct rkp_row *a, const struct rkp_row *b, size_t n)
{
	const struct rkp_token *t = a->tokens + a->n_prefix, *u = b->tokens + b->n_prefix;
	uint8_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (!rkp_same_value(&t[i], &u[i]))
			return 0;
		if (i + 1 < n && t[i].text &&
		    (t[i].len != u[i].len || memcmp(t[i].text, u[i].text, t[i].len) != 0))
			return 0;
	}
	t += n - 1;
	u += n - 1;
	while (len < 8 && len < t->len && len < u->len && t->text[len] == u->text[len])
		len++;
	return len;
}

/* Note what a row begins with: as another one does, or on its own. */
static void
note_lead(struct rkp_rows *rows, struct rkp_index *index, const struct rkp_row *row)
{
	const uint64_t bit = UINT64_C(1) << index->n_others;
	const size_t n = lead_tokens(row);
	uint8_t at = 0;

	for (; n && at < index->n_leads; at++) {
		struct rkp_lead *lead = &index->leads[at];
		uint8_t len = lead->n_tokens == n ? common_lead(&rows->rows[lead->row], row, n) : 0;

		/* of a text that is longer than what they share, that has to be enough to tell */
		if (!len || (len < lead->len && len < 4))
			continue;
		lead->len = len < lead->len ? len : lead->len;
		lead->rows |= bit;
		index->lead_of[index->n_others] = at;
		return;
	}
	const struct rkp_token *last = row->tokens + row->n_prefix + (n ? n - 1 : 0);

	at = index->n_leads++;
	index->leads[at] = (struct rkp_lead){ bit, row->number, (uint8_t)n, 0 };
	index->leads[at].len = n ? (uint8_t)(last->len < 8 ? last->len : 8) : 0;
	index->lead_of[index->n_others] = at;
}

int
rkp_index_start(struct rkp_rows *rows)
{
	static const char *const tags[] = { RKP_TAG_DRIVER, RKP_TAG_RUNTIME, RKP_TAG_LLM };

	for (size_t i = 0; i < RKP_KEY_CLASSES; i++)
		rows->key_masks[i] = rkp_key_mask(key_lengths[i]);
	for (size_t i = 0; i < RKR_ARRAY_LEN(tags); i++)
		if (note_head(&rows->heads, RKP_HEAD_TAG, tags[i]) < 0)
			return -EINVAL;
	return 0;
}

int
rkp_index_row(struct rkp_rows *rows, size_t i)
{
	struct rkp_row *row = &rows->rows[i];
	struct rkp_index *index = &rows->index[row->prefix];

	if (note_search(rows, i) < 0 ||
	    (row->splices && note_head(&rows->heads, RKP_HEAD_SPLICE, key_token(row)->text) < 0))
		return -EINVAL;
	if (row->shape->tag)
		return 0;
	size_t cls = key_class(row);

	if (cls == RKP_KEY_CLASSES) {
		if (index->n_others == RKP_INDEX_OTHERS)
			return -EINVAL;
		note_starts(index, row);
		note_lead(rows, index, row);
		index->others[index->n_others++] = (uint16_t)i;
		return 0;
	}
	uint64_t key = key_token(row)->head & rows->key_masks[cls];
	size_t at = rkp_key_slot(key);

	/* Lookups end at a free slot, so there is always one. */
	while (index->slots[cls][at].n && index->slots[cls][at].key != key)
		at = (at + 1) % RKP_INDEX_SLOTS;
	struct rkp_index_slot *slot = &index->slots[cls][at];

	if (slot->n == RKP_INDEX_ROWS || (!slot->n && ++index->n_slots[cls] == RKP_INDEX_SLOTS))
		return -EINVAL;
	slot->key = key;
	slot->rows[slot->n++] = (uint16_t)i;
	row->guessable = cls == 0 && row->shape->prefix < RKP_PREFIX_KERNEL && !row->stamps;
	return 0;
}
