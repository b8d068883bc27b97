/* SPDX-License-Identifier: MIT */
#ifndef RKR_DIFF_PRIV_H
#define RKR_DIFF_PRIV_H

/* What the files of the differ share. */

#include "diff.h"
#include "run-priv.h"

/** One of the two runs. */
struct side {
	const struct rkr_run *run;
	uint64_t fields[RKR_KIND_MAX_]; /**< per kind, the fields that any of its records has */
	uint32_t *to_other;             /**< per BO, its counterpart's index, or UINT32_MAX */
	uint64_t *learned[RKR_SPACE_MAX_]; /**< per BO of the other side: its base here, from its first address */
	bool *has_learned[RKR_SPACE_MAX_];
};

struct rkr_diff {
	struct side a, b;
	struct rkr_diff_options options;
	struct rkr_run *text; /**< memory of the strings */
	struct rkr_diff_item *items;
	size_t n_items, cap_items;
	struct rkr_diff_note *notes;
	size_t n_notes, cap_notes;
	uint64_t compared;
	int failed; /**< first -ENOMEM, so that callers need not check each string */
};

/** Text that lives as long as the diff; "" (and diff->failed) without memory. */
__attribute__((format(printf, 2, 3))) const char *
rkr_diff_text(struct rkr_diff *d, const char *fmt, ...);

void
rkr_diff_add(struct rkr_diff *d, const struct rkr_diff_item *item);

void
rkr_diff_note(struct rkr_diff *d, const char *what, uint64_t compared, const char *why);

bool
rkr_diff_wants(const struct rkr_diff *d, enum rkr_kind kind);

/** Whether the user asked not to compare this: "kind.field", or a register or field. */
bool
rkr_diff_ignores(const struct rkr_diff *d, const char *scope, const char *name);

/**
 * Whether a value of A and one of B, which stand for @a and @b, mean the same
 * thing. A side that knows no BO's place in the space (a log without
 * allocation rows) cannot say what its addresses mean: there the first
 * address into a BO tells its base, and the others must agree with it.
 */
bool
rkr_diff_same_ref(struct rkr_diff *d, enum rkr_space space, const struct rkr_ref *a, uint64_t raw_a,
		  const struct rkr_ref *b, uint64_t raw_b);

/** Resolve both and compare. */
bool
rkr_diff_same_value(struct rkr_diff *d, enum rkr_space space, uint64_t a, size_t at_a, uint64_t b, size_t at_b);

/** "weight+0x4800 (0xfff9c800)". */
const char *
rkr_diff_ref_text(struct rkr_diff *d, const struct side *s, const struct rkr_ref *ref, uint64_t raw);

/** Name of a BO: its role, or "bo<N>". */
const char *
rkr_diff_bo_name(struct rkr_diff *d, const struct side *s, uint32_t bo);

/** Fill in where a record of a side was read; @skip lines further on. */
void
rkr_diff_place(const struct side *s, size_t record, uint64_t skip, struct rkr_diff_side *ret_side);

/** Compare the records of all streams that are not views of contents. */
int
rkr_diff_records(struct rkr_diff *d);

/** Compare BO contents. */
int
rkr_diff_contents(struct rkr_diff *d);

#endif
