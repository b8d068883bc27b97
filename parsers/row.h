/* SPDX-License-Identifier: MIT */
#ifndef RKP_ROW_H
#define RKP_ROW_H

/*
 * The shapes of lines. A shape is a template; it is what a line is read by
 * and what it is written by, so that reading and writing cannot disagree.
 *
 *   text            stands for itself; "{{" is a brace
 *   {field:conv}    a field of the record
 *   {=field:conv}   the same; in a row that closes a call, what the row and
 *                   its call have in common
 *   {field=TEXT}    TEXT, which is then the field's value
 *   {field!TEXT}    nothing; the field has the value TEXT in rows of this shape
 *   {:conv}         a value that no record keeps
 *   [...]           in a row with .loose: an item that a line may lack, or have elsewhere
 *
 * Conversions are listed in compile.c. A number that does not fit its field
 * is no match: nothing is ever cut.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/format.h"
#include "lib/schema.h"
#include "parse.h"

/** A longer line is unknown, and is not kept. Bytes without the line end. */
#define RKP_LINE_MAX ((size_t)1 << 20)

/** What stands before a row. */
enum rkp_prefix {
	RKP_PREFIX_NONE,
	RKP_PREFIX_RKNN,   /**< level and time of the runtime's own rows */
	RKP_PREFIX_KERNEL, /**< stamps of a kernel log, and the driver's tag with perhaps a device in it */
	RKP_PREFIX_STAMP,  /**< stamps of a kernel log */
	RKP_PREFIX_MAX_,
};

/** What a row does. */
enum rkp_op {
	RKP_SKIP,   /**< gives no record: a rule by name */
	RKP_WHOLE,  /**< is a record */
	RKP_OPENS,  /**< starts a record that further rows add to */
	RKP_ADDS,   /**< is a further row of the record that was started last */
	RKP_BELOW,  /**< is a record of its own among those further rows */
	RKP_CLOSES, /**< what a call returned: belongs to the call with the same {=...} fields */
	RKP_TASK,   /**< 40 bytes of a BO: a row of a task table, or not */
	RKP_WINDOW, /**< starts a record that collects qword rows */
	RKP_QWORD,  /**< one qword: index, offset, value, and perhaps the value's three parts */
};

/** The source of a row: a line of one of the tables. */
struct rkp_shape {
	const char *text;
	enum rkr_kind kind;
	enum rkp_op op;
	enum rkp_prefix prefix;
	enum rkp_format format;
	const char *rule;  /**< name of a skip rule */
	bool exits;        /**< of a skip rule: the process that is logged has ended */
	bool blank_before; /**< written with an empty line before it */
	/*
	 * Rows that people and other programs damage: their [items] may be
	 * missing, come in any order, be wrapped onto further lines.
	 */
	bool loose;
	bool bare; /**< of a loose row: known without its prefix */
	/** The row is any line with this text, if no other row is; "": with the prefix's own. */
	const char *tag;
	bool inner; /**< ... in which the tag stands somewhere, and does not begin the text */
	bool lists; /**< counts the records of kind @listed, which stand below it */
	enum rkr_kind listed;
};

/** The shapes of one kind of log. */
struct rkp_table {
	const struct rkp_shape *shapes;
	size_t n;
};

/** All tables, in the order in which their rows are numbered. */
extern const struct rkp_table *const rkp_tables[];
extern const size_t rkp_n_tables;

extern const struct rkp_table rkp_capture_table; /**< rows.c */
extern const struct rkp_table rkp_dialect_table; /**< rows-dialects.c */
extern const struct rkp_table rkp_kernel_table;  /**< rows-kernel.c */
extern const struct rkp_table rkp_foreign_table; /**< rows-foreign.c */
extern const struct rkp_table rkp_trace_table;   /**< rows-trace.c */
extern const struct rkp_table rkp_runtime_table; /**< rows-runtime.c */
extern const struct rkp_table rkp_sweep_table;   /**< rows-sweep.c */
extern const struct rkp_table rkp_skip_table;    /**< rules.c */

/** Conversions, and the tokens that are none. */
enum rkp_conv {
	RKP_LITERAL,
	RKP_CONSTANT, /**< text that is also a field's value */
	RKP_SILENT,   /**< a field's value without text */
	RKP_DEC,
	RKP_SIGNED,
	RKP_RETURN,
	RKP_HEX,
	RKP_SIGNED_HEX,
	RKP_UPPER_HEX,
	RKP_BARE_HEX,
	RKP_WHO,
	RKP_WORD,
	RKP_LIST,
	RKP_PATH,
	RKP_CAPITALS,
	RKP_REST,
	RKP_NAME,
	RKP_VERSION,
	RKP_DATE,
	RKP_TIME,
	RKP_CHAR,
	RKP_LEVEL,
	RKP_FRACTION,
	RKP_STAMP,
	RKP_PAD,
	RKP_GAP,
	RKP_BLANKS,
	RKP_LINE,
	RKP_WHEN,
	RKP_DIRECTION,
	RKP_ASIDE,
	RKP_NOTE,
	RKP_CUT,
};

/** A piece of a row. */
struct rkp_token {
	uint8_t conv;
	uint8_t width; /**< least digits of a number; columns of a pad, 0: the writer says */
	int8_t field;  /**< field of the kind, or -1 */
	bool opens;    /**< first of an item */
	uint16_t len;  /**< of @text */
	const char *text;
	uint64_t head; /**< the first 8 bytes of @text, as loaded from memory */
	uint64_t mask; /**< which bits of @head count */
	uint64_t tail; /**< the last 8 bytes of a @text that is longer */
	uint64_t max;  /**< greatest magnitude that the field can hold */
	struct rkr_blob constant;
};

/** A shape, ready to read and write by. */
struct rkp_row {
	const struct rkp_shape *shape;
	const struct rkp_token *tokens;
	uint16_t n_tokens;
	uint8_t prefix;    /**< enum rkp_prefix: what it is found behind */
	uint16_t n_prefix; /**< tokens of the prefix */
	uint16_t number;
	uint16_t rule;     /**< of a skip row: number of its rule */
	uint8_t n_fields;  /**< of its kind, 0: of a skip row */
	uint8_t stream;    /**< of its kind */
	int8_t gem_field;  /**< field that the GEM heading above the row gives, or -1 */
	bool ends_free;    /**< ends in text that could hide the start of another row */
	bool splices;      /**< may begin in the middle of a line */
	bool number_first; /**< starts with a number, perhaps with blanks or a bracket before it */
	bool guessable;    /**< found by 8 bytes of its own: may be tried before it is looked for */
	uint64_t fields;   /**< bit per field that is in the row */
	uint64_t needs;    /**< those that every line of it has */
	uint64_t stamps;   /**< those that its prefix may give */
	int8_t rest;       /**< of a loose row: field that takes what follows the items, or -1 */
	uint64_t keys;     /**< those that find the call */
};

/** No shape has more fields of text, or values that no record keeps. */
#define RKP_TEXTS_MAX 8
#define RKP_NUMBERS_MAX 6

/** What was read from a line. Strings point into the line. */
struct rkp_values {
	struct rkr_record rec;
	union rkr_value v[RKR_FIELDS_MAX];
	struct rkr_blob texts[RKP_TEXTS_MAX];
	unsigned n_texts;
	uint64_t numbers[RKP_NUMBERS_MAX]; /**< values of {:conv} */
	unsigned n_numbers;
};

/*
 * Values are cleared and copied so many at a time: there are few, so that
 * calls and loops of single ones take longer.
 */
#define RKP_VALUES_STEP 4
_Static_assert(RKR_FIELDS_MAX % RKP_VALUES_STEP == 0, "the last ones have room");

static inline void
rkp_clear_values(union rkr_value v[RKR_FIELDS_MAX], size_t n)
{
	for (size_t i = 0; i < n; i += RKP_VALUES_STEP)
		memset(&v[i], 0, RKP_VALUES_STEP * sizeof(*v));
}

static inline void
rkp_copy_values(union rkr_value to[RKR_FIELDS_MAX], const union rkr_value from[RKR_FIELDS_MAX], size_t n)
{
	for (size_t i = 0; i < n; i += RKP_VALUES_STEP)
		memcpy(&to[i], &from[i], RKP_VALUES_STEP * sizeof(*to));
}

/** What a prefix says. Texts point into the line. */
struct rkp_origin {
	bool kernel;          /**< it is one of a kernel log */
	bool has_time;        /**< of the kernel */
	bool has_clock;       /**< of the runtime */
	char level;           /**< of the runtime; 0: not said */
	char quote;           /**< the row stands in these; 0: in none */
	uint64_t time;        /**< microseconds */
	uint64_t clock;       /**< milliseconds of the day */
	struct rkr_blob date; /**< len 0: none */
	struct rkr_blob device;
};

/** Where in a line a further row starts (NULL: nowhere), and what the prefix of all said. */
struct rkp_more {
	const char *at;
	struct rkp_origin origin;
};
/**
 * The fields of a record of this kind that follow from the fields that a row
 * gives: a regcmd word from its parts, and the parts from the word.
 */
uint64_t
rkp_qword_gives(enum rkr_kind kind, uint64_t fields);

size_t
rkp_rows_count(const struct rkp_rows *rows);

/** Row @i: those of all tables in order. */
const struct rkp_row *
rkp_rows_get(const struct rkp_rows *rows, size_t i);

/** Fields that a record of this kind has once it is complete. 0: it is so at once. */
uint64_t
rkp_rows_done(const struct rkp_rows *rows, enum rkr_kind kind);

/** Name of skip rule @i, or NULL past the last. */
const char *
rkp_rows_rule(const struct rkp_rows *rows, size_t i);

/**
 * What a reader of lines has learnt of the rows that it met: which one came
 * after which, and what lines of a row had in common. With them a line is
 * read quicker, and gives the same.
 */
struct rkp_habits;

/** @rows must outlast them. 0 or -ENOMEM. */
int
rkp_habits_new(const struct rkp_rows *rows, struct rkp_habits **ret_habits);

void
rkp_habits_free(struct rkp_habits *habits);

/**
 * The row that the whole of [text, end) is of, or NULL.
 *
 * @param habits  of those who read line after line; else NULL
 */
const struct rkp_row *
rkp_rows_match(const struct rkp_rows *rows, struct rkp_habits *habits, const char *text, const char *end,
	       struct rkp_values *ret);

/** Where in [text, end), but not at @text, the last row starts that runs to the end. NULL: nowhere. */
const char *
rkp_rows_find_splice(const struct rkp_rows *rows, const char *text, const char *end);

/**
 * The same for a line that is no row as it stands.
 *
 * @param ret_tag  where rkp_rows_search_from() has to begin; NULL: no tag stands in the line
 */
const char *
rkp_rows_scan(const struct rkp_rows *rows, const char *text, const char *end, const char **ret_tag);

/** Whether [text, end) begins as rows of the runtime do. */
bool
rkp_has_rknn_prefix(const char *text, const char *end);

/**
 * The row that a line is of when it is read with tolerance: behind any
 * prefix, with items missing, reordered or cut, in quotes. Asked only for
 * lines that rkp_rows_match() does not know.
 *
 * @param ret_more  whether a further row stands in the line
 * @return NULL, a row, or the skip row of lines that only a kernel log has
 */
const struct rkp_row *
rkp_rows_search(const struct rkp_rows *rows, const char *text, const char *end, struct rkp_values *ret,
		struct rkp_more *ret_more);

/** The same, if no tag stands before @tag (NULL: nowhere). */
const struct rkp_row *
rkp_rows_search_from(const struct rkp_rows *rows, const char *text, const char *tag, const char *end,
		     struct rkp_values *ret, struct rkp_more *ret_more);

/** The further row of a line, behind @before. */
const struct rkp_row *
rkp_rows_search_more(const struct rkp_rows *rows, const struct rkp_row *before, const char *end,
		     struct rkp_values *ret, struct rkp_more *more);

/** The row that a line is of, if it is a row and no more than one. */
const struct rkp_row *
rkp_rows_read(const struct rkp_rows *rows, const char *text, const char *end, struct rkp_values *ret);

/** Whether a line that begins so may go on with [text, end), which is the start of the next one. */
bool
rkp_row_continues(const struct rkp_row *row, uint64_t present, const char *text, const char *end);

/** Whether a record of a loose row lacks items that may stand on further lines. */
static inline bool
rkp_row_lacks(const struct rkp_row *row, uint64_t present)
{
	uint64_t rest = row->rest >= 0 ? UINT64_C(1) << row->rest : 0;

	return row->shape->loose && (row->fields & ~row->stamps & ~rest & ~present);
}

/** Whether all of [text, end) is of this row. */
bool
rkp_row_match(const struct rkp_row *row, const char *text, const char *end, struct rkp_values *ret);

/**
 * Write tokens [from, to) of a row, without a newline. The record has the fields.
 *
 * @param numbers  values of {:conv}, in order; may be NULL if there are none
 * @param widths   columns of pads that have no width of their own, by field; may be NULL
 */
void
rkp_row_write(const struct rkp_row *row, size_t from, size_t to, const struct rkr_record *rec,
	      const uint64_t *numbers, const uint8_t *widths, struct rkr_buf *buf);

/* Titles of the runtime's two tensor tables, which are skipped by a rule and written by export. */
#define RKP_TITLE_FEATURE "Feature Tensor Information Table"
#define RKP_TITLE_CONST "Const Tensor Information Table"

#endif
