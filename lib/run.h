/* SPDX-License-Identifier: MIT */
#ifndef RKR_RUN_H
#define RKR_RUN_H

/*
 * A run: an ordered list of records, the buffer objects (BOs) that they speak
 * of, and what is known of the BOs' contents. It is the same thing whether it
 * was read from logs, generated, or answered by a device.
 *
 * Records are the evidence. rkr_run_bind() derives the BO table, contents and
 * regions from them; a generator may also write contents directly.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "schema.h"
#include "visibility.h"

RKR_BEGIN_DECLS

struct rkr_run;

/** What is known of a BO; see the RKR_BO_ flags for which members are set. */
enum rkr_bo_known {
	RKR_BO_SIZE = 1 << 0,
	RKR_BO_ALIGNED = 1 << 1,
	RKR_BO_FLAGS = 1 << 2,
	RKR_BO_DMA = 1 << 3,
	RKR_BO_OBJ = 1 << 4,
	RKR_BO_VIRT = 1 << 5,
	RKR_BO_MAP = 1 << 6,
	RKR_BO_HANDLE = 1 << 7,
	RKR_BO_GEM_NAME = 1 << 8,
	RKR_BO_PRIME_FD = 1 << 9,
	RKR_BO_MAP_N = 1 << 10,
};

struct rkr_bo {
	char role[24];  /**< what it is for, as the runtime names it ("task", "weight"...); "" if unknown */
	uint32_t known; /**< RKR_BO_ flags */
	uint32_t handle;
	uint32_t gem_name;
	uint32_t flags;
	int32_t prime_fd;
	uint64_t size;    /**< bytes, as asked for */
	uint64_t aligned; /**< bytes, as given: whole pages */
	uint64_t dma;     /**< IOVA */
	uint64_t obj;     /**< kernel pointer */
	uint64_t virt;    /**< CPU address of its mapping */
	uint64_t map;     /**< mmap offset */
	uint64_t map_n;   /**< ordinal of its MEM_MAP */
	size_t born;      /**< index of the record that first speaks of it */
	size_t died;      /**< index of the record that destroys it, or SIZE_MAX */
};

/** How good a source of contents is. A better one replaces a worse one. */
enum rkr_evidence {
	RKR_EVIDENCE_SCAN,      /**< a task_like row */
	RKR_EVIDENCE_DUMP,      /**< a task row of the table, a qword window */
	RKR_EVIDENCE_GENERATED, /**< written by a generator */
};

/** A known stretch of a BO's contents. Extents of a BO do not overlap. */
struct rkr_extent {
	uint64_t offset;
	uint64_t len;
	const uint8_t *data;
	enum rkr_evidence evidence;
	size_t record; /**< the record it came from, or SIZE_MAX */
};

/** What a stretch of a BO holds. */
enum rkr_region_kind {
	RKR_REGION_REGCMD,    /**< 64-bit register writes */
	RKR_REGION_TASKS,     /**< 40-byte tasks with addresses */
	RKR_REGION_TASKS_REL, /**< 40-byte tasks whose regcmd_addr is relative to the regcmd */
	RKR_REGION_DATA, /**< what tasks compute with: no address in it, by what the model's relocations say */
};

struct rkr_region {
	enum rkr_region_kind kind;
	uint32_t bo;
	uint64_t offset;
	uint64_t size;
};

/** A task as the driver reads it, 40 bytes little endian [source: driver UAPI]. */
#define RKR_TASK_BYTES 40
#define RKR_TASK_WORDS 5
struct rkr_task {
	uint32_t flags;
	uint32_t op_idx;
	uint32_t enable_mask;
	uint32_t int_mask;
	uint32_t int_clear;
	uint32_t int_status;
	uint32_t regcfg_amount;
	uint32_t regcfg_offset;
	uint64_t regcmd_addr;
};

/** Two rows that say different things of the same bytes. */
struct rkr_conflict {
	uint32_t bo;
	uint64_t offset; /**< of the first byte that differs */
	size_t kept;     /**< record whose value was kept, or SIZE_MAX */
	size_t dropped;  /**< record whose value was not */
};

/** A new, empty run. 0 or -ENOMEM. Free with rkr_run_free(). */
int
rkr_run_new(struct rkr_run **ret_run);

/** Free a run with its records, contents and strings; NULL is nothing. */
void
rkr_run_free(struct rkr_run *run);

/** Add a file that records may name by the returned index. @name is copied. 0 or -ENOMEM. */
int
rkr_run_add_file(struct rkr_run *run, const char *name, uint32_t *ret_index);

/** The name of a file, or NULL. */
const char *
rkr_run_file(const struct rkr_run *run, uint32_t index);

/**
 * Copy a record, values included, to the end of the run.
 *
 * @return 0, -ENOMEM, or -EINVAL if the kind is not valid.
 */
int
rkr_run_append(struct rkr_run *run, const struct rkr_record *rec);

/** How many records the run has. */
size_t
rkr_run_n_records(const struct rkr_run *run);

/** Record @i; owned by the run, valid until the run is freed or appended to. */
const struct rkr_record *
rkr_run_record(const struct rkr_run *run, size_t i);

/** For editors and relocators: the same record, writable. */
struct rkr_record *
rkr_run_record_mut(struct rkr_run *run, size_t i);

/** Copy bytes into the run's memory, as a blob that lives as long as the run. NULL: no memory. */
const struct rkr_blob *
rkr_run_blob(struct rkr_run *run, const void *data, size_t len);

/** Copy @n words into the run's memory: the blob of a QWORDS field. NULL: no memory. */
const struct rkr_blob *
rkr_run_qwords(struct rkr_run *run, const uint64_t *words, size_t n);

/**
 * Say that this run's source would have written records of @kind if there
 * had been any. Appending a record of a kind says so too. Diff compares only
 * kinds that both runs witness, and names the others.
 */
void
rkr_run_set_witness(struct rkr_run *run, enum rkr_kind kind);

/** Whether the source would have written records of @kind if there had been any. */
bool
rkr_run_witnesses(const struct rkr_run *run, enum rkr_kind kind);

/**
 * Whether the run is of a compiled model (it has a model record), whose
 * addresses were never placed: those of tasks and of PC links count from the
 * start of the regcmd, and resolve so; those of data count from the start of
 * the buffer that the register is for, or are 0 until the runtime fills them
 * in, and resolve to nothing. [captured: 13 models]
 */
bool
rkr_run_is_relative(const struct rkr_run *run);

/**
 * The chip that the registers of the run are of, if it is not the one that
 * the register database describes: the text of its model record. Else NULL.
 */
const struct rkr_blob *
rkr_run_other_chip(const struct rkr_run *run);

/**
 * Derive the BO table, contents and regions from the records appended since
 * the last call. BOs that are in the table already are found again by their
 * handle. Conflicting evidence is not an error; see rkr_run_conflicts().
 *
 * @return 0 or -ENOMEM.
 */
int
rkr_run_bind(struct rkr_run *run);

/** How many BOs the run has, dead ones included. */
size_t
rkr_run_n_bos(const struct rkr_run *run);

/** BO @i in order of creation. */
const struct rkr_bo *
rkr_run_bo(const struct rkr_run *run, size_t i);

/** The first BO with this role, or -1. */
int
rkr_run_bo_by_role(const struct rkr_run *run, const char *role);

/** Add a BO that no record speaks of yet (for generators). Copied. */
int
rkr_run_add_bo(struct rkr_run *run, const struct rkr_bo *bo, uint32_t *ret_index);

/**
 * Write known contents into a BO. Overlap with bytes that are known already
 * and differ: the better evidence stays, a conflict is noted.
 *
 * @return 0, -ENOMEM, -EINVAL (no such BO, offset+len overflows), -ERANGE (past
 *         the end of a BO whose size is known).
 */
int
rkr_run_write(struct rkr_run *run, uint32_t bo, uint64_t offset, const void *data, size_t len,
	      enum rkr_evidence evidence, size_t record);

/** Read contents. 0, or -ENODATA if a byte of the range is not known. */
int
rkr_run_read(const struct rkr_run *run, uint32_t bo, uint64_t offset, void *ret_data, size_t len);

/** The 64-bit word at a byte offset, little endian. 0, or -ENODATA if a byte of it is not known. */
int
rkr_run_get_word(const struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t *ret_word);

/**
 * Replace a known 64-bit word in the contents of a BO, and in each task row
 * and regcmd window that shows it, so that the run goes on to say one thing.
 * For changing a run on purpose: the new word has the evidence of the old one.
 *
 * @param offset  in bytes, of any alignment; rows change if the word is one of theirs
 * @return 0, or -ENODATA if a byte of it is not known: then nothing is changed.
 */
int
rkr_run_set_word(struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t word);

/** The extents of a BO, ascending, adjacent ones possibly apart. */
const struct rkr_extent *
rkr_run_extents(const struct rkr_run *run, uint32_t bo, size_t *ret_n);

/** What stretches of the BOs hold, as far as that is known. They live until the run is changed. */
const struct rkr_region *
rkr_run_regions(const struct rkr_run *run, size_t *ret_n);

/** Say what a stretch of a BO holds (for generators; bind keeps it, and may add to it). 0 or -ENOMEM. */
int
rkr_run_add_region(struct rkr_run *run, const struct rkr_region *region);

/** Where rows of the run contradict each other. They live until the run is changed. */
const struct rkr_conflict *
rkr_run_conflicts(const struct rkr_run *run, size_t *ret_n);

/** The task table: number of tasks in the task BO's table; of a model, in the one behind its regcmd. */
size_t
rkr_run_n_tasks(const struct rkr_run *run);

/** Task @i of the table, from the BO's contents. 0, -ENODATA, or -ERANGE. */
int
rkr_run_task(const struct rkr_run *run, size_t i, struct rkr_task *ret_task);

/**
 * Task @i as a record, for those who walk its fields by the schema: its
 * index, its offset in the BO and its nine fields. 0, -ENODATA, or -ERANGE.
 */
int
rkr_run_task_record(const struct rkr_run *run, size_t i, struct rkr_record_buf *ret_record);

/**
 * Whether 40 bytes are what the driver would take for a task as the vendor
 * runtime writes it: one operation, some blocks, interrupts of the 14 known
 * bits, all of them cleared. [captured: 1354 rows, of which it keeps those of
 * the task BOs and of the tables behind regcmd, and no other]
 */
bool
rkr_task_is_usual(const struct rkr_task *task);

/**
 * Say that the driver is to read tasks from a BO whose contents are known:
 * its table starts at its first byte, and goes on for as long as there are
 * tasks as the vendor runtime writes them, whether or not they have run. Also
 * says what the tasks point at to be regcmd.
 *
 * @param at_least  tasks that were submitted, whatever they look like
 * @param at        index of the record that submits them, or SIZE_MAX: what
 *                  their addresses meant then
 * @return 0 or -ENOMEM; 0 also if there is no task
 */
int
rkr_run_add_table(struct rkr_run *run, uint32_t bo, size_t at_least, size_t at);

/** Serialise a task as the driver reads it, and back. */
void
rkr_task_encode(const struct rkr_task *task, uint8_t ret_bytes[RKR_TASK_BYTES]);

/** A task from the 40 bytes that the driver reads. */
void
rkr_task_decode(const uint8_t bytes[RKR_TASK_BYTES], struct rkr_task *ret_task);

/**
 * Append the records that a GEM dump of this run's BOs would give: a gem
 * record per BO, the task and task_like rows that the dump's 40-byte scan
 * keeps, and a regcmd window over each regcmd region. Only known contents are
 * scanned. [captured: row rules of 21 dumps]
 *
 * @return 0 or -ENOMEM.
 */
int
rkr_run_view_gem(struct rkr_run *run);

/** What an address or identity value stands for. */
enum rkr_ref_state {
	RKR_REF_NULL,       /**< the value that means "none": 0 */
	RKR_REF_BO,         /**< BO @bo, @addend bytes in */
	RKR_REF_THING,      /**< the @addend-th distinct value of its space */
	RKR_REF_UNRESOLVED, /**< points at nothing that the run knows; @addend is the value */
};

struct rkr_ref {
	enum rkr_ref_state state;
	uint32_t bo;
	uint64_t addend;
};

/**
 * Resolve a value.
 *
 * @param at  index of the record that holds the value: when addresses were
 *            used again, the BO that lived then is meant. SIZE_MAX: the last.
 */
struct rkr_ref
rkr_run_resolve(const struct rkr_run *run, enum rkr_space space, uint64_t value, size_t at);

/** The value that @ref has in this run's present layout (the inverse of resolve). */
uint64_t
rkr_run_unresolve(const struct rkr_run *run, enum rkr_space space, const struct rkr_ref *ref);

RKR_END_DECLS

#endif
