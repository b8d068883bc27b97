/* SPDX-License-Identifier: MIT */
#ifndef RKP_ROW_PRIV_H
#define RKP_ROW_PRIV_H

/*
 * The inside of the compiled rows: compile.c and index.c make it, find.c,
 * match.c, habits.c, loose.c and search.c use it.
 */

#include <string.h>

#include "row.h"

/*
 * Rows are found by the first bytes of their text: 8, or 4, or 2, as many as
 * the text has. A line asks for each length in turn; those rows whose text
 * starts with a field are tried last.
 */
#define RKP_KEY_CLASSES 3
#define RKP_INDEX_SLOTS 128
#define RKP_INDEX_ROWS 15
#define RKP_INDEX_OTHERS 64

struct rkp_index_slot {
	uint64_t key;
	uint8_t n;
	uint16_t rows[RKP_INDEX_ROWS];
};

/* Rows that begin with the same field, and the same text behind it: if one does not, none does. */
struct rkp_lead {
	uint64_t rows;    /* bit per other */
	uint16_t row;     /* the first of them */
	uint8_t n_tokens; /* of its body, the last of which is a text */
	uint8_t len;      /* how much of that text they all have, 8 at most */
};

struct rkp_index {
	struct rkp_index_slot slots[RKP_KEY_CLASSES][RKP_INDEX_SLOTS];
	uint8_t n_slots[RKP_KEY_CLASSES];
	uint8_t n_others;
	uint16_t others[RKP_INDEX_OTHERS];
	uint8_t lead_of[RKP_INDEX_OTHERS];
	uint8_t n_leads;
	struct rkp_lead leads[RKP_INDEX_OTHERS];
	uint64_t starts[256]; /* by a line's first byte: bit per other that may be of it */
	uint64_t start_empty; /* ... of an empty line */
};
_Static_assert(RKP_INDEX_OTHERS <= 64, "one bit each");

/* First four bytes of texts that lines are searched for: of rows that may be spliced, and of tags. */
enum rkp_head_set {
	RKP_HEAD_SPLICE = 1,
	RKP_HEAD_TAG = 2,
};
#define RKP_HEADS 256
#define RKP_HEAD_HASHES 8192
struct rkp_heads {
	uint8_t maybe[RKP_HEAD_HASHES]; /* by hash: sets that may have such a head */
	uint8_t sets[RKP_HEADS];        /* of the head in the slot; 0: free */
	uint32_t slots[RKP_HEADS];
};

struct rkp_rows {
	struct rkp_row *rows;
	size_t n_rows;
	struct rkp_token *tokens;
	size_t n_tokens;
	const char **rules;
	uint16_t n_rules;
	uint64_t key_masks[RKP_KEY_CLASSES];
	struct rkp_index index[RKP_PREFIX_MAX_];
	struct rkp_heads heads;
	uint64_t bare_starts[4]; /* bit per byte that rows without a tag start with */
	/* by the byte that its text starts with, in lower case: number of a loose row + 1 */
	uint16_t loose[256];
	uint16_t *next_loose; /* ... and of the one behind it; 0: no more */
	uint16_t *tagged;     /* numbers of rows with a tag */
	size_t n_tagged;
	/* that takes what no other row of the prefix does, or NULL */
	const struct rkp_row *last[RKP_PREFIX_MAX_];
	uint64_t closes[RKR_KIND_MAX_]; /* fields that closing rows bring */
	uint64_t adds[RKR_KIND_MAX_];   /* fields that further rows bring */
};

/* Tags of the driver's and of the runtime's lines. */
#define RKP_TAG_DRIVER "RKNPU"
#define RKP_TAG_RUNTIME "RKNN"
#define RKP_TAG_LLM "rkllm"

/** As rkp_row_match(), of a row's text without an optional prefix. @habits: see rkp_rows_match(). */
bool
rkp_row_match_body(const struct rkp_row *row, struct rkp_habits *habits, const char *text, const char *end,
		   struct rkp_values *ret);

/**
 * The same, and note where in the text each token ends.
 *
 * @param ends   room for all of the row's tokens; the text is shorter than 64 KB
 * @param ret_n  tokens that there were: the items that are left may be missing
 */
bool
rkp_row_take_apart(const struct rkp_row *row, const char *text, const char *end, uint16_t *ends,
		   size_t *ret_n, struct rkp_values *ret);

/** What a value at the start of a text was read as last: many rows begin with the same. */
struct rkp_first {
	const struct rkp_token *token; /* NULL: nothing was read yet */
	const char *to;
};

/** Whether [text, end) begins as @row does, by its lead; @ret is written to. */
bool
rkp_lead_fits(const struct rkp_lead *lead, const struct rkp_row *row, const char *text, const char *end,
	      struct rkp_first *first, struct rkp_values *ret);

/** Whether two tokens take the same from any text. */
static inline bool
rkp_same_value(const struct rkp_token *a, const struct rkp_token *b)
{
	return a->conv == b->conv && a->width == b->width && a->max == b->max &&
	       (a->field < 0) == (b->field < 0);
}

/** Nothing is read yet of a row. */
static inline void
rkp_values_begin(struct rkp_values *v, const struct rkp_row *row)
{
	v->rec = (struct rkr_record){ .kind = row->shape->kind, .v = v->v };
	v->n_texts = v->n_numbers = 0;
}

/** Read a loose row with tolerance from the start of its text. Where it ends, or NULL. */
const char *
rkp_row_read_loose(const struct rkp_row *row, const char *text, const char *end, struct rkp_values *ret);

/** HH:MM:SS.mmm */
#define RKP_TIME_LEN 12

static inline uint64_t
rkp_load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/** The same byte, eight times. */
#define RKP_BYTES(b) (UINT64_C(0x0101010101010101) * (b))

/** Eight hex digits at once: a byte of a word for each. */
static inline bool
rkp_read_8_hex_digits(const char *p, uint64_t *ret)
{
	uint64_t text = rkp_load8(p), letters = text & RKP_BYTES(0x40), lower = text | letters >> 1;
	uint64_t nibbles = (text & RKP_BYTES(0x0f)) + 9 * (letters >> 6);
	uint64_t above_9 = (nibbles + RKP_BYTES(6)) >> 4 & RKP_BYTES(1);

	/* They are digits if writing them gives the same text. */
	if ((nibbles & RKP_BYTES(0xf0)) || nibbles + RKP_BYTES('0') + above_9 * ('a' - '0' - 10) != lower)
		return false;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	nibbles = __builtin_bswap64(nibbles);
#endif
	nibbles = (nibbles | nibbles >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	nibbles = (nibbles | nibbles >> 8) & UINT64_C(0x0000ffff0000ffff);
	*ret = (nibbles | nibbles >> 16) & UINT32_MAX;
	return true;
}

/** The digits at the start of eight bytes: how many there are, and what they make. */
static inline unsigned
rkp_read_hex_up_to_8(const char *p, uint64_t *ret)
{
	uint64_t text = rkp_load8(p);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	text = __builtin_bswap64(text);
#endif
	/* The upper bit of a byte says what it is: no sum of seven bits reaches the next byte. */
	uint64_t low = text & RKP_BYTES(0x7f), folded = low | RKP_BYTES(0x20);
	uint64_t digit = (low + RKP_BYTES(0x80 - '0')) & ~(low + RKP_BYTES(0x7f - '9'));
	uint64_t letter = (folded + RKP_BYTES(0x80 - 'a')) & ~(folded + RKP_BYTES(0x7f - 'f'));
	uint64_t is_none = ~(digit | letter) | text;
	uint64_t nibbles = (text & RKP_BYTES(0x0f)) + 9 * ((letter & RKP_BYTES(0x80)) >> 7);
	unsigned n = 8;

	is_none &= RKP_BYTES(0x80);
	if (is_none) {
		n = (unsigned)__builtin_ctzll(is_none) / 8;
		/* zeros before the digits, and nothing behind them */
		nibbles = n ? nibbles << (64 - 8 * n) : 0;
	}
	nibbles = __builtin_bswap64(nibbles);
	nibbles = (nibbles | nibbles >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	nibbles = (nibbles | nibbles >> 8) & UINT64_C(0x0000ffff0000ffff);
	*ret = (nibbles | nibbles >> 16) & UINT32_MAX;
	return n;
}

static inline uint32_t
rkp_head_hash(uint32_t head)
{
	return head * UINT32_C(0x9e3779b1) >> 19;
}
_Static_assert(RKP_HEAD_HASHES == 1 << (32 - 19), "the hash is a number of it");

static inline size_t
rkp_head_slot(uint32_t head)
{
	return (size_t)(head * UINT32_C(0x9e3779b1) >> 24);
}
_Static_assert(RKP_HEADS == 1 << (32 - 24), "the hash gives a slot");

/* Which bits of 8 loaded bytes are the first @len bytes. */
static inline uint64_t
rkp_key_mask(size_t len)
{
	const uint64_t all = UINT64_MAX;

	if (len >= 8)
		return all;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return ~(all << 8 * len);
#else
	return ~(all >> 8 * len);
#endif
}

static inline size_t
rkp_key_slot(uint64_t key)
{
	/* the golden ratio: spreads keys that differ in any byte */
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 57);
}
_Static_assert(RKP_INDEX_SLOTS == 1 << (64 - 57), "the hash gives a slot");

/* Where in [p, end) the next head of these sets stands, and in which of them it is. NULL: nowhere. */
const char *
rkp_find_head(const struct rkp_heads *heads, unsigned sets, const char *p, const char *end,
	      unsigned *ret_sets);

/* ---- index.c: for compile.c ---- */

/* Before the first row is indexed. 0 or -EINVAL. */
int
rkp_index_start(struct rkp_rows *rows);

/* Have lines find row @i, which is compiled. 0, or -EINVAL: there are too many of its sort. */
int
rkp_index_row(struct rkp_rows *rows, size_t i);

/* ---- habits.c ---- */

/* The row that came last after one of the kind that the last line was. */
const struct rkp_row *
rkp_habits_next(const struct rkp_habits *habits);

/* The line was of this row. */
void
rkp_habits_was(struct rkp_habits *habits, const struct rkp_row *row);

/* Read [text, end) as a line like those before it of its row. False: it is read token by token. */
bool
rkp_habit_match(const struct rkp_habits *habits, const struct rkp_row *row, const char *text, const char *end,
		struct rkp_values *ret);

/* [text, end) is of the row, and was not read so: learn from it. */
void
rkp_habit_note(struct rkp_habits *habits, const struct rkp_row *row, const char *text, const char *end);

/* ---- tracer.c ---- */

/*
 * Read by the conversions of what tracers print, from RKP_WHO and RKP_WHEN on;
 * as match.c's read_ functions.
 */
const char *
rkp_read_traced(const struct rkp_token *t, const char *p, const char *end, struct rkp_values *ret);

/* Give a regcmd word its parts, or the parts their word. False: parts are too large, or not the word's. */
bool
rkp_complete_qword(struct rkr_record *rec);

#endif
