/* SPDX-License-Identifier: MIT */
#ifndef RKP_PARSER_PRIV_H
#define RKP_PARSER_PRIV_H

/*
 * The inside of a parser. Bytes become lines in parser.c, lines become rows
 * in line.c, rows become records in assemble.c (qwords: window.c).
 */

#include "parse.h"
#include "queue.h"
#include "row.h"

/** Bytes of a stretch that a sink is shown. */
#define RKP_STRETCH_TEXT 512
/** Words of one regcmd_window record; what follows makes a further record. */
#define RKP_WINDOW_WORDS ((size_t)1 << 19)
/** Pieces that one line may have been cut into by rows of another writer. */
#define RKP_HEAD_PIECES 4

/** A line, or a part of one, without its line end. */
struct rkp_line {
	const char *text;
	const char *text_end;
	uint64_t number; /**< 1-based */
	uint64_t start;  /**< byte offset of @text */
	uint64_t end;    /**< byte offset past the line end */
};

struct rkp_piece {
	uint64_t number;
	uint64_t start;
	uint64_t end;
	size_t len; /**< of its text, without line end */
};

/** The start of a line that another writer's row cut off, waiting for the rest. */
struct rkp_head {
	char *text;
	size_t len, cap;
	struct rkp_piece pieces[RKP_HEAD_PIECES];
	size_t n_pieces;   /**< 0: nothing waits */
	bool maybe;        /**< a line that is no row; it is a head only if a submit follows */
	rkp_ticket ticket; /**< the record's place in the order */
	rkp_ticket opened[RKR_STREAM_MAX_]; /**< the parser's, when the line began */
};

/** A row that may go on in the next line. */
struct rkp_wrap {
	const struct rkp_row *row; /**< NULL: none waits */
	uint64_t present;          /**< fields that it has so far */
	char *text;                /**< its lines, joined */
	size_t len, cap;
	uint64_t number;
	uint64_t start;
	uint64_t end;
};

/** The qwords of the window that is open. */
struct rkp_window {
	rkp_ticket ticket;
	enum rkr_kind kind;
	uint64_t off;  /**< of the first word */
	uint64_t base; /**< offset of the word that rows call number 0 */
	uint64_t end;  /**< of its last row, in the input */
	struct rkr_blob blob;
	uint64_t *words;
	size_t n, cap;
	size_t limit;              /**< RKP_WINDOW_WORDS */
	const struct rkp_row *row; /**< of the line in hand, if it was a qword and is taken; or NULL */
};

struct rkp_parser {
	struct rkp_sink sink;
	uint32_t file;
	const struct rkp_rows *rows;
	struct rkp_rows *own_rows; /**< the same, if they are the parser's; or NULL */
	struct rkp_accounting acc;
	int failed; /**< what ended the parse */
	bool finished;

	/* bytes to lines */
	char *carry; /**< a line of which the end has not come yet */
	size_t carry_len, carry_cap;
	bool too_long;       /**< ... of which only the start is kept */
	uint64_t offset;     /**< where the line starts */
	uint64_t line_bytes; /**< of it so far */

	struct rkp_head head;
	struct rkp_wrap wrap;

	struct rkp_queue queue;
	struct rkp_window window;
	struct rkp_values values; /**< of the row in hand */
	struct rkp_habits *habits;
	rkp_ticket opened[RKR_STREAM_MAX_]; /**< the record that a further row would add to */

	/* the GEM heading above */
	bool in_gem;
	uint64_t gem;
	bool first_task;     /**< no task row since the heading */
	rkp_ticket held;     /**< the first task row, if what it is depends on the second */
	uint64_t table_next; /**< offset of the next row of the task table; UINT64_MAX: none */

	uint64_t witnessed; /**< bit per kind */
	bool saw_exit;
};

/** Take one line. 0 or what a sink said. */
int
rkp_take_line(struct rkp_parser *p, const struct rkp_line *line);

/** No line behind the last one can be its rest: what waits for one is all there is. 0 or what a sink said. */
int
rkp_end_lines(struct rkp_parser *p);

/** Account for a stretch that gives no record. @row: its skip row; NULL: unknown. */
int
rkp_take_stretch(struct rkp_parser *p, const struct rkp_row *row, const char *text, size_t len,
		 uint64_t number, uint64_t start, uint64_t end);

/**
 * Take a row whose values are in p->values, read from @line. The place of
 * its record, if it is one, is [start, end) of the input.
 *
 * @return 0, a negative errno, or 1: the row contradicts itself or the rows before it
 */
int
rkp_take_row(struct rkp_parser *p, const struct rkp_row *row, uint64_t number, uint64_t start, uint64_t end);

/** The end of input, for assemble.c: all that waits leaves. */
int
rkp_finish_records(struct rkp_parser *p);

/** The queue's leave(): count a record and show it to the sink. @data is the parser. */
int
rkp_leave(void *data, rkp_ticket ticket, struct rkr_record *rec);

/* wrap.c */

/**
 * Take a row that is in p->values, and those behind it in the same line; it
 * may wait for more. 0, a negative errno, or 1: the user wants no such rows.
 */
int
rkp_wrap_take(struct rkp_parser *p, const struct rkp_row *row, struct rkp_more *more,
	      const struct rkp_line *line);

/** 1: the line belongs to the row that waits, and is taken; 0: no; or a negative errno. */
int
rkp_wrap_join(struct rkp_parser *p, const struct rkp_line *line);

/** Nothing more comes for the row that waits. 0 or a negative errno. */
int
rkp_wrap_end(struct rkp_parser *p);

/* window.c, qwords.c */

/** Open a window for the record in p->values, read from @row. */
int
rkp_window_open(struct rkp_parser *p, const struct rkp_row *row);

/** Take a qword row. As rkp_take_row(). */
int
rkp_window_qword(struct rkp_parser *p, const struct rkp_row *row, uint64_t number, uint64_t start,
		 uint64_t end);

/**
 * The line [line, line + len), behind which a newline and more up to @end
 * stand, was of p->window.row: take those lines behind it that are the next
 * qwords. 0 with where what is left begins, or -ENOMEM.
 */
int
rkp_take_qwords(struct rkp_parser *p, const char *line, size_t len, const char *end, const char **ret_end);

/** Close the window, if one is open. */
int
rkp_window_close(struct rkp_parser *p);

/** The record of the open window leaves: attach its words. */
void
rkp_window_leave(struct rkp_parser *p, struct rkr_record *rec);

/* witness.c */

/** Tell the sink what a log with a record of this kind would have shown. */
int
rkp_witness(struct rkp_parser *p, enum rkr_kind kind);

/** ... and what a log that was seen to its end would have shown. */
int
rkp_witness_end(struct rkp_parser *p);

#endif
