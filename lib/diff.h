/* SPDX-License-Identifier: MIT */
#ifndef RKR_DIFF_H
#define RKR_DIFF_H

/*
 * Compare two runs. Records are compared field by field as the schema says
 * (plain: equal; address and identity: what they stand for; volatile: not),
 * aligned so that one missing record is one difference. BO contents are
 * compared as what they are: regcmd words by register field, tasks by field.
 * Only what both runs witness is compared; the rest is named.
 */

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "run.h"
#include "visibility.h"

RKR_BEGIN_DECLS

struct rkr_diff_options {
	uint64_t only;             /**< bit set of 1 << enum rkr_kind; 0: all */
	const char *const *ignore; /**< "size", "mem_sync.size", "CNA.CBUF_CON0", "CNA.CBUF_CON0.DATA_BANK" */
	size_t n_ignore;
};

/** One side of a difference. */
struct rkr_diff_side {
	const char *text; /**< the value as people read it; NULL: not there */
	const char *file; /**< where it was read; NULL: nowhere (generated) */
	uint64_t line;
};

/** One difference. All strings belong to the diff. */
struct rkr_diff_item {
	enum rkr_delta delta;
	enum rkr_kind kind; /**< of the record, or of the view (task, regcmd_window) of the contents */
	const char *path;   /**< "mem_sync[5]", "task[3]", "regcmd[17] of task[0]" */
	const char *at;     /**< where in which BO, "weight+0x4878"; NULL for records */
	const char *field;  /**< NULL: the record as a whole is missing, extra or moved */
	struct rkr_diff_side a;
	struct rkr_diff_side b;
};

/** What was compared, or why not. */
struct rkr_diff_note {
	const char *what;  /**< "mem_sync", "task", "regcmd word" */
	uint64_t compared; /**< how many; 0: none, see @why */
	const char *why;   /**< NULL if all that there was */
};

/**
 * A register whose values in a compiled model are offsets in a buffer that was
 * not placed yet, and agree with the other side when they are taken as such.
 * No difference. Strings belong to the diff.
 */
struct rkr_diff_placeholder {
	const char *name; /**< of the register, "DPU.DST_BASE_ADDR" */
	const char *base; /**< what its buffer's start is on the other side, "output+0x0" */
	uint64_t words;   /**< how many */
	uint64_t unset;   /**< of these, how many are 0 in the model */
};

struct rkr_diff;

/**
 * Compare two bound runs.
 *
 * @return 0 (whatever the verdict), -ENOMEM, or -EINVAL with *err (an unknown name in options).
 */
int
rkr_diff_new(const struct rkr_run *a, const struct rkr_run *b, const struct rkr_diff_options *options,
	     struct rkr_diff **ret_diff, struct rkr_error *err);

/** Free a diff with all that it told; NULL is nothing. The runs stay the caller's. */
void
rkr_diff_free(struct rkr_diff *diff);

/** The differences, by stream, in the order of A. None: the runs are the same in what was compared. */
const struct rkr_diff_item *
rkr_diff_items(const struct rkr_diff *diff, size_t *ret_n);

/**
 * What was compared and how often, and what was not, with the reason. They
 * live as long as the diff.
 */
const struct rkr_diff_note *
rkr_diff_notes(const struct rkr_diff *diff, size_t *ret_n);

/** What a compiled model leaves open, by register. Empty unless one side is such a model. */
const struct rkr_diff_placeholder *
rkr_diff_placeholders(const struct rkr_diff *diff, size_t *ret_n);

/** How many things (records, tasks, words) were compared. 0: there is no verdict. */
uint64_t
rkr_diff_compared(const struct rkr_diff *diff);

/** "pointer", "PC link", "geometry", "count", "order", "unexplained". */
const char *
rkr_delta_name(enum rkr_delta delta);

RKR_END_DECLS

#endif
