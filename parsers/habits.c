/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "read-priv.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/util.h"

/*
 * Lines of a row are much alike: most registers of a trace hold the same value
 * in each of its rows. What the lines of a row had in common so far is
 * compared, and only the values that differed are read. A line that compares
 * unequal is read token by token, and teaches what differs.
 *
 * This gives what reading all tokens gives. A token is compared only if what
 * is read from it depends on its own bytes and the one behind it alone, and
 * that one is compared too: a text follows, or the end of the line.
 */

/* Rows with more tokens than there are bits, and longer lines, are read token by token. */
#define TOKENS_MAX 64
#define TEXT_MAX 504
/* Lines of a row before there is something to learn, and those that it is learnt from at most. */
#define FIRST 8
#define LAST 255

/* What is compared, and what is read behind it. */
struct step {
	uint16_t at; /* in the text */
	uint16_t len;
	const struct rkp_token *token; /* NULL: this is the end of the line */
};

/* What lines of one row have in common. */
struct habit {
	uint64_t varies;           /* bit per token that had different texts */
	size_t n_tokens;           /* how many of the row's there were */
	uint16_t ends[TOKENS_MAX]; /* where in the text they end */
	uint64_t present;          /* fields that are not read */
	union rkr_value v[RKR_FIELDS_MAX];
	struct step steps[TOKENS_MAX + 1];
	char text[TEXT_MAX + 8]; /* of the last line that was learnt from */
};

/* By the number of a row. */
struct habits_of_row {
	const struct rkp_row *next; /* that came after it last */
	struct habit *habit;        /* NULL: nothing is learnt yet */
	uint8_t noted;
};

struct rkp_habits {
	uint16_t last; /* number of the row that a line was last */
	size_t n_rows;
	struct habits_of_row rows[];
};

int
rkp_habits_new(const struct rkp_rows *rows, struct rkp_habits **ret_habits)
{
	struct rkp_habits *habits = calloc(1, sizeof(*habits) + rows->n_rows * sizeof(habits->rows[0]));

	if (!habits)
		return -ENOMEM;
	habits->n_rows = rows->n_rows;
	for (size_t i = 0; i < rows->n_rows; i++)
		habits->rows[i].next = &rows->rows[0];
	*ret_habits = habits;
	return 0;
}

void
rkp_habits_free(struct rkp_habits *habits)
{
	for (size_t i = 0; habits && i < habits->n_rows; i++)
		free(habits->rows[i].habit);
	free(habits);
}

const struct rkp_row *
rkp_habits_next(const struct rkp_habits *habits)
{
	return habits->rows[habits->last].next;
}

void
rkp_habits_was(struct rkp_habits *habits, const struct rkp_row *row)
{
	habits->rows[habits->last].next = row;
	habits->last = row->number;
}

/* ---- reading ---- */

/* Whether [p, ...) begins so. There are @room bytes, and 8 more behind @text. */
static inline bool
is_same(const char *text, size_t len, const char *p, size_t room)
{
	uint64_t differ = 0;
	size_t i = 0;

	if (room < len)
		return false;
	for (; i + 8 <= len; i += 8)
		differ |= rkp_load8(p + i) ^ rkp_load8(text + i);
	if (room - i >= 8)
		return !(differ | ((rkp_load8(p + i) ^ rkp_load8(text + i)) & rkp_key_mask(len - i)));
	for (; i < len; i++)
		differ |= (uint64_t)(p[i] ^ text[i]);
	return !differ;
}

bool
rkp_habit_match(const struct rkp_habits *habits, const struct rkp_row *row, const char *text, const char *end,
		struct rkp_values *ret)
{
	const struct habit *h = habits->rows[row->number].habit;
	const struct rkp_token *stop = row->tokens + row->n_tokens;
	const char *p = text;

	if (!h)
		return false;
	rkp_values_begin(ret, row);
	ret->rec.present = h->present;
	rkp_copy_values(ret->v, h->v, row->n_fields);
	for (const struct step *s = h->steps;; s++) {
		if (!is_same(h->text + s->at, s->len, p, (size_t)(end - p)))
			return false;
		p += s->len;
		if (!s->token)
			return p == end;
		p = rkp_read_token(s->token, stop, p, end, ret);
		if (!p)
			return false;
	}
}

/* ---- learning ---- */

/* Whether a token's value depends on its own bytes, and on no more than the one behind it. */
static bool
is_number(const struct rkp_token *t)
{
	return t->field >= 0 &&
	       (t->conv == RKP_DEC || t->conv == RKP_HEX || t->conv == RKP_SIGNED || t->conv == RKP_RETURN);
}

static bool
is_text(const struct rkp_token *t)
{
	return t->conv == RKP_LITERAL || t->conv == RKP_CONSTANT || t->conv == RKP_SILENT;
}

/* Note the tokens whose text is not what it was. */
static void
compare(struct habit *h, const char *text, const uint16_t *ends, size_t n)
{
	for (size_t i = 0; i < n && n == h->n_tokens; i++) {
		size_t from = i ? ends[i - 1] : 0, old = i ? h->ends[i - 1] : 0, len = ends[i] - from;

		if (h->ends[i] - old != len || memcmp(h->text + old, text + from, len) != 0)
			h->varies |= UINT64_C(1) << i;
	}
}

/* Fields that more than one token gives: the last one counts, so that all are read. */
static uint64_t
given_twice(const struct rkp_row *row, size_t n)
{
	uint64_t once = 0, twice = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t bit = row->tokens[i].field >= 0 ? UINT64_C(1) << row->tokens[i].field : 0;

		twice |= once & bit;
		once |= bit;
	}
	return twice;
}

/* The steps of a line, by what is known to vary. */
static void
set_steps(struct habit *h, const struct rkp_row *row, const struct rkp_values *values)
{
	const struct rkp_token *t = row->tokens;
	uint64_t twice = given_twice(row, h->n_tokens);
	struct step *s = h->steps;
	uint16_t from = 0;

	h->present = 0;
	memset(h->v, 0, sizeof(h->v));
	for (size_t i = 0; i < h->n_tokens; i++) {
		bool again = t[i].field >= 0 && (twice >> t[i].field & 1);
		bool followed = i + 1 == h->n_tokens || t[i + 1].conv == RKP_LITERAL;

		if (!again && (is_text(&t[i]) || (is_number(&t[i]) && followed && !(h->varies >> i & 1)))) {
			if (t[i].field >= 0) {
				h->v[t[i].field] = values->v[t[i].field];
				h->present |= UINT64_C(1) << t[i].field;
			}
			continue;
		}
		uint16_t at = i ? h->ends[i - 1] : 0;

		*s++ = (struct step){ from, (uint16_t)(at - from), &t[i] };
		from = h->ends[i];
	}
	uint16_t end = h->n_tokens ? h->ends[h->n_tokens - 1] : 0;

	*s = (struct step){ from, (uint16_t)(end - from), NULL };
}

void
rkp_habit_note(struct rkp_habits *habits, const struct rkp_row *row, const char *text, const char *end)
{
	struct habits_of_row *of = &habits->rows[row->number];
	size_t len = (size_t)(end - text), n;
	struct rkp_values values;
	uint16_t ends[TOKENS_MAX];

	if (of->noted == LAST || ++of->noted < FIRST || row->n_tokens > TOKENS_MAX || len > TEXT_MAX)
		return;
	if (!of->habit)
		of->habit = calloc(1, sizeof(*of->habit));
	/* there is no harm in learning nothing */
	if (!of->habit || !rkp_row_take_apart(row, text, end, ends, &n, &values))
		return;
	compare(of->habit, text, ends, n);
	of->habit->n_tokens = n;
	memcpy(of->habit->ends, ends, n * sizeof(ends[0]));
	memcpy(of->habit->text, text, len);
	set_steps(of->habit, row, &values);
}
