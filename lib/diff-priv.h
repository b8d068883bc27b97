/* SPDX-License-Identifier: MIT */
#ifndef RKR_DIFF_PRIV_H
#define RKR_DIFF_PRIV_H

/* What the files of the differ share. */

#include "diff.h"
#include "run-priv.h"
#include "taken.h"

/** One of the two runs. */
struct side {
	const struct rkr_run *run;
	uint64_t fields[RKR_KIND_MAX_]; /**< per kind, the fields that any of its records has */
	uint32_t known;                 /**< RKR_BO_ flags of all BOs */
	uint32_t *to_other;             /**< per BO, its counterpart's index, or UINT32_MAX */
	struct rkr_taken maps;          /**< BOs by the ordinal of their MEM_MAP; of several the first */
	/** What the fields that stand for something stand for, record by record; per kind how many, and which. */
	struct rkr_ref *refs;
	size_t *first_ref; /**< per record */
	size_t n_refs[RKR_KIND_MAX_], ref_of[RKR_KIND_MAX_][RKR_FIELDS_MAX];
	/** Per BO of the other side: its base here, from its first address. */
	uint64_t *learned[RKR_SPACE_MAX_];
	bool *has_learned[RKR_SPACE_MAX_];
};

/**
 * How the tasks of the two runs correspond. If all of B's regcmd lies a few
 * bytes further on in its BO (more weights before it), that is one
 * difference, and addresses into it are compared with the shift. If the
 * tables differ in which tasks there are, an address into a task's record
 * corresponds to the same place in the record of its counterpart.
 */
struct task_pairs {
	size_t *to_b; /**< per task of A its counterpart, or SIZE_MAX */
	size_t n_a, n_b;
	bool in_place;     /**< the tables are laid out alike: words correspond by their place */
	bool shifted;      /**< the fields below count */
	uint32_t bo_a;     /**< the BO of A's regcmd */
	uint64_t from, to; /**< where in it */
	uint64_t shift;    /**< what to add for B, modulo 2^64 */
};

/** What the addresses of one register of a model count from. */
struct placeholder {
	struct rkr_diff_placeholder told;
	uint16_t target, offset; /**< of the register */
	uint32_t bo;             /**< of the other side */
	uint64_t base;           /**< in that BO */
};

struct rkr_diff {
	struct side a, b;
	struct task_pairs tasks;
	struct rkr_diff_options options;
	struct rkr_run *text; /**< memory of the strings */
	struct rkr_diff_item *items;
	size_t n_items, cap_items;
	struct rkr_diff_note *notes;
	size_t n_notes, cap_notes;
	struct placeholder *placeholders;
	size_t n_placeholders, cap_placeholders;
	struct rkr_diff_placeholder *told; /**< the same, as they are told; once all is compared */
	uint64_t compared;
	bool rounded; /**< a mapping's length is in bytes on one side, in whole pages on the other */
	int failed;   /**< first -ENOMEM, so that callers need not check each string */
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
rkr_diff_same_value(struct rkr_diff *d, enum rkr_space space, uint64_t a, size_t at_a, uint64_t b,
		    size_t at_b);

/** Look up all that comparing records needs of a side. 0 or -ENOMEM. */
int
rkr_diff_gather(struct side *s);

/** What a field of a record stands for, which has such a space and a value. */
const struct rkr_ref *
rkr_diff_ref(const struct side *s, size_t record, size_t field);

/** Whether two lists of MEM_MAP ordinals name the same BOs. */
bool
rkr_diff_same_maps(struct rkr_diff *d, const struct rkr_blob *a, const struct rkr_blob *b);

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

/** Find out how the tasks correspond. 0 or -ENOMEM. */
int
rkr_diff_pair_tasks(struct rkr_diff *d);

/** The offset in B's BO that corresponds to one in A's. */
uint64_t
rkr_diff_counterpart(const struct rkr_diff *d, uint32_t bo_a, uint64_t offset);

/** Where task @i of a side has its regcmd: BO and offset. False: not known. */
bool
rkr_diff_task_start(const struct side *s, size_t i, struct rkr_task *ret_task, struct rkr_ref *ret_ref);

/**
 * One stretch that is compared, in the BO of each side. A byte at an offset
 * of A's BO corresponds to the one @shift further on in B's.
 */
struct stretch {
	struct rkr_diff *d;
	uint32_t a, b;
	enum rkr_region_kind kind;
	uint64_t offset;
	uint64_t size;
	uint64_t shift;
	uint64_t compared;
};

/** A little-endian word of @bytes (at most 8) of a BO. 0, or -ENODATA. */
int
rkr_diff_read(const struct side *s, uint32_t bo, uint64_t offset, size_t bytes, uint64_t *ret_word);

/** Add a difference of contents, at an offset of A's BO. A text is NULL if that side has no such thing. */
void
rkr_diff_add_content(const struct stretch *st, enum rkr_delta delta, const char *path, const char *field,
		     uint64_t offset, const char *text_a, const char *text_b);

/** A DMA address as people read it. */
const char *
rkr_diff_address_text(struct rkr_diff *d, const struct side *s, uint64_t address);

/**
 * Whether a word of A and one of B, which write the same data address, mean
 * the same place, if one of the runs is of a model that was not placed.
 */
bool
rkr_diff_same_placeholder(struct rkr_diff *d, uint64_t wa, uint64_t wb);

/** Compare regcmd words that correspond by their place. */
void
rkr_diff_regcmd_in_place(struct stretch *st);

/** Compare the regcmd of corresponding tasks register by register. 0 or -ENOMEM. */
int
rkr_diff_regcmd_by_task(struct rkr_diff *d, uint64_t *compared);

/** Compare BO contents. */
int
rkr_diff_contents(struct rkr_diff *d);

#endif
