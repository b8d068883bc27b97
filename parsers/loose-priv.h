/* SPDX-License-Identifier: MIT */
#ifndef RKP_LOOSE_PRIV_H
#define RKP_LOOSE_PRIV_H

/* Items of a loose row and their values: loose-items.c reads them for loose.c. */

#include "row-priv.h"

struct rkp_loose {
	const struct rkp_row *row;
	const char *end;
	struct rkp_values *ret;
	uint64_t seen; /* items that were there, with a value or not */
};

/* An item: its label, its value, and what follows that. */
struct rkp_item {
	const char *label;
	size_t label_len;
	const struct rkp_token *value;
	const struct rkp_token *suffix; /* NULL: none */
};

/* "..." or the one character for it. 0: none. */
size_t
rkp_loose_ellipsis_len(const char *p, const char *end);

/* The item that starts at token @i. */
struct rkp_item
rkp_loose_item_at(const struct rkp_row *row, size_t i);

/* The item that takes what is left of the line. */
bool
rkp_loose_is_rest(const struct rkp_item *item);

/*
 * The item that has its label at @p: its first token, or 0.
 *
 * @param ret_value  where its value starts
 * @param ret_cut    set if the line ends within a label
 */
size_t
rkp_loose_find_item(const struct rkp_row *row, uint64_t seen, const char *p, const char *end,
		    const char **ret_value, bool *ret_cut);

/* Where after @p the next item of the row starts, behind a separator. NULL: nowhere. */
const char *
rkp_loose_find_next_item(const struct rkp_row *row, uint64_t seen, const char *p, const char *end);

/*
 * Text of a row as people retype it: blanks count as one, around '=' and
 * behind ':' they may be missing, letters are of either case, and a closing
 * '!', ':' or '.' may be missing.
 *
 * @param ret_cut  set if [p, end) ends within the text; may be NULL: that is no match
 */
const char *
rkp_loose_match_text(const char *text, size_t len, const char *p, const char *end, bool *ret_cut);

const char *
rkp_loose_read_digits(const char *p, const char *end, unsigned base, uint64_t *ret);

/* The value of an item. NULL: it has none that can be read. */
const char *
rkp_loose_read_value(struct rkp_loose *l, const struct rkp_item *item, const char *p);

/* What the row has behind a value. People leave it away. */
const char *
rkp_loose_skip_suffix(const struct rkp_item *item, const char *p, const char *end);

void
rkp_loose_keep_text(struct rkp_loose *l, const struct rkp_token *t, const char *p, const char *to);

#endif
