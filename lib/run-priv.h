/* SPDX-License-Identifier: MIT */
#ifndef RKR_RUN_PRIV_H
#define RKR_RUN_PRIV_H

/* The inside of a run, for the files of lib/ that build and bind it. */

#include "run.h"

struct rkr_chunk;
struct rkr_kept;

/** Extents of one BO, ascending. */
struct rkr_contents {
	struct rkr_extent *v;
	size_t n;
	size_t cap;
};

struct rkr_bo_slot {
	struct rkr_bo bo;
	struct rkr_contents contents;
	bool created; /**< its MEM_CREATE was seen, so another one makes another BO */
};

/*
 * What BOs that are neighbours in the table have, at the least and at the most,
 * so that a search may leave them out: values of each space that names BOs, and
 * times. It may say too much, never too little.
 */
struct rkr_span {
	uint64_t first[RKR_SPACE_PRIME_FD + 1];
	uint64_t last[RKR_SPACE_PRIME_FD + 1];
	size_t born;
	size_t died;
};

#define RKR_SPAN_LEVELS 8

struct rkr_run {
	struct rkr_chunk *arena;

	char **files;
	size_t n_files, cap_files;

	struct rkr_record *records;
	size_t n_records, cap_records;
	uint64_t witness; /**< bit per kind */

	struct rkr_bo_slot *bos;
	size_t n_bos, cap_bos;

	/* Of the BOs; each level of the one below, up to the level that has one span. find.c */
	struct {
		struct rkr_span *v;
		size_t n, cap;
	} spans[RKR_SPAN_LEVELS];

	struct rkr_region *regions;
	size_t n_regions, cap_regions;

	size_t n_bound; /**< records that bind() has worked on */

	struct rkr_conflict *conflicts;
	size_t n_conflicts, cap_conflicts;

	/* Distinct values of the spaces that name things other than BOs, in order of appearance. */
	struct {
		uint64_t *v;
		size_t n, cap;
	} things[RKR_SPACE_MAX_];

	/* What the bundle that the run was read from holds and this version does not know; NULL: nothing. */
	struct rkr_kept *kept;
};

_Static_assert(RKR_KIND_MAX_ <= 64, "one witness bit a kind");

/** Roles are printed everywhere: what is too long, or what a terminal or a reader of JSON cannot take, is none. */
bool
rkr_is_role(const char *text, size_t len);

/** Memory that lives as long as the run, 8-byte aligned; NULL: none left. */
void *
rkr_run_alloc(struct rkr_run *run, size_t size);

/** Free what was kept of a bundle (may be NULL). bundle-keep.c */
void
rkr_kept_free(struct rkr_kept *kept);

/** Whether values of a space are of BOs. */
bool
rkr_space_names_bos(enum rkr_space space);

/** The first value of a space that is of a BO which is known to have one. */
uint64_t
rkr_bo_base(const struct rkr_bo *bo, enum rkr_space space);

/** Which BO is looked for. */
struct rkr_bo_query {
	enum rkr_space space; /**< RKR_SPACE_NONE: of any value */
	uint64_t value;
	size_t born_by;   /**< born by this record or before */
	size_t died_from; /**< died by this record or after */
	size_t before;    /**< its index is below this one */
};

/** The youngest BO, by its index, that is as asked for; -1: none. */
int
rkr_run_find_bo(const struct rkr_run *run, const struct rkr_bo_query *query);

/** Make room for the spans of so many BOs, at least one. 0 or -ENOMEM. */
int
rkr_run_reserve_spans(struct rkr_run *run, size_t n_bos);

/** Let searches know of a BO that was added or changed: who changes one without it loses it. */
void
rkr_run_note_bo(struct rkr_run *run, size_t bo);

/** The same of all BOs, anew. */
void
rkr_run_note_bos(struct rkr_run *run);

/** Note a value of a thing-naming space, if it is new. 0 or -ENOMEM. */
int
rkr_run_note_thing(struct rkr_run *run, enum rkr_space space, uint64_t value);

/** The 40 bytes that a task or task_like record shows. */
void
rkr_task_row_get(const struct rkr_record *row, uint8_t ret_bytes[RKR_TASK_BYTES]);

/** Set the fields of a task or task_like record that show its 40 bytes. */
void
rkr_task_row_set(struct rkr_record *row, const uint8_t bytes[RKR_TASK_BYTES]);

/** How a record shows contents, as 64-bit words. */
struct rkr_row_words {
	size_t n_words; /**< 0: it shows none */
	int off;        /**< field: where in the BO */
	int gem;        /**< field: which BO */
	int qwords;     /**< field: the words; -1: it is a task row */
};

struct rkr_row_words
rkr_row_words_of(const struct rkr_record *record);

/** Word @i of a record that shows more than that. */
uint64_t
rkr_row_word_get(const struct rkr_record *record, const struct rkr_row_words *row, size_t i);

void
rkr_row_word_set(struct rkr_record *record, const struct rkr_row_words *row, size_t i, uint64_t word);

/**
 * Replace the known bytes of the 64-bit word at a byte offset in the contents
 * alone; what is not known stays so.
 */
void
rkr_run_patch(struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t word);

/** Find out from task tables and windows what the BOs hold. 0 or -ENOMEM. */
int
rkr_run_bind_regions(struct rkr_run *run);

/** Note bytes that two records say different things of. 0 or -ENOMEM. */
int
rkr_run_note_conflict(struct rkr_run *run, const struct rkr_conflict *conflict);

#endif
