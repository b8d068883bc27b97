/* SPDX-License-Identifier: MIT */
#ifndef RKP_ROW_PRIV_H
#define RKP_ROW_PRIV_H

/* The inside of the compiled rows: compile.c makes it, match.c uses it. */

#include <string.h>

#include "row.h"

/*
 * Rows are found by the first bytes of their text: 8, or 4, or 2, as many as
 * the text has. A line asks for each length in turn; those rows whose text
 * starts with a field are tried last.
 */
#define RKP_KEY_CLASSES 3
#define RKP_INDEX_SLOTS 128
#define RKP_INDEX_ROWS 7
#define RKP_INDEX_OTHERS 24

struct rkp_index_slot {
	uint64_t key;
	uint8_t n;
	uint16_t rows[RKP_INDEX_ROWS];
};

struct rkp_index {
	struct rkp_index_slot slots[RKP_KEY_CLASSES][RKP_INDEX_SLOTS];
	uint8_t n_slots[RKP_KEY_CLASSES];
	uint8_t n_others;
	uint16_t others[RKP_INDEX_OTHERS];
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
	bool splice_starts[256];          /* bytes that rows which may be spliced start with */
	uint64_t closes[RKR_KIND_MAX_];   /* fields that closing rows bring */
	uint64_t adds[RKR_KIND_MAX_];     /* fields that further rows bring */
};

/* Which bits of 8 loaded bytes are the first @len bytes. */
static inline uint64_t
rkp_key_mask(size_t len)
{
	uint64_t mask = 0;

	memset(&mask, 0xff, len < 8 ? len : 8);
	return mask;
}

static inline size_t
rkp_key_slot(uint64_t key)
{
	/* the golden ratio: spreads keys that differ in any byte */
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 57);
}
_Static_assert(RKP_INDEX_SLOTS == 1 << (64 - 57), "the hash gives a slot");

#endif
