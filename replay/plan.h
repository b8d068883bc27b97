/* SPDX-License-Identifier: MIT */
#ifndef RKX_PLAN_H
#define RKX_PLAN_H

/*
 * The plan: what replaying a run would do, step by step, before anything is
 * done. Pure: no file, no device, no clock.
 *
 * A plan is first placed where the driver would put its BOs on an idle board;
 * when the real BOs are there, rkx_plan_place() moves it onto them.
 * Addresses move by declared field and decoded register, never by what a
 * value looks like.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/model-abi.h"
#include "lib/run.h"

/** No BO, no record, no submit. */
#define RKX_NONE UINT32_MAX

/** Where the bytes of a piece come from. */
enum rkx_fill {
	RKX_FILL_RUN,   /**< the run holds them */
	RKX_FILL_GIVEN, /**< the caller gave them */
	RKX_FILL_SEED,  /**< no one knows them: made from the seed */
	RKX_FILL_ZERO,  /**< no one knows them, and they are written before they are read: zero */
	RKX_FILL_MAX_,
};

/** "run", "given", "seed", "zero". */
const char *
rkx_fill_name(enum rkx_fill fill);

/** A stretch of a BO that is filled from one place. The pieces of a BO cover its size, in order. */
struct rkx_piece {
	uint32_t bo;
	uint64_t offset;
	uint64_t len;
	enum rkx_fill fill;
	uint32_t needs; /**< of the BOs whose addresses it holds, the last to be created; or its own */
};

enum rkx_step_kind {
	RKX_STEP_ACTION,
	RKX_STEP_CREATE, /**< MEM_CREATE */
	RKX_STEP_MAP,    /**< MEM_MAP */
	RKX_STEP_MMAP,
	RKX_STEP_FILL, /**< the CPU writes a piece */
	RKX_STEP_SYNC, /**< MEM_SYNC */
	RKX_STEP_SUBMIT,
	RKX_STEP_READ, /**< the CPU reads a whole BO */
	RKX_STEP_MUNMAP,
	RKX_STEP_DESTROY, /**< MEM_DESTROY */
	RKX_STEP_MAX_,
};

const char *
rkx_step_name(enum rkx_step_kind kind);

struct rkx_step {
	enum rkx_step_kind kind;
	uint32_t bo;     /**< or RKX_NONE */
	uint32_t index;  /**< of the piece (FILL) or submit (SUBMIT), else 0 */
	uint32_t flags;  /**< ACTION: its id; SYNC: direction */
	uint32_t value;  /**< ACTION */
	uint64_t offset; /**< SYNC */
	uint64_t size;   /**< SYNC; MMAP and MUNMAP: bytes, whole pages */
	bool fails;      /**< the source shows that this call fails, and that its client went on */
	size_t record;   /**< of the source; SIZE_MAX: the source has no such step */
};

struct rkx_plan_submit {
	struct rkr_abi_submit abi; /**< addresses as placed */
	uint32_t task_bo;          /**< or RKX_NONE: task_obj_addr is no BO's object */
	uint64_t n_tasks;          /**< rows of its task table that are known */
	size_t record;
};

/** A change to the source that was asked for. */
struct rkx_edit {
	const char *text; /**< as it was asked for */
	const char *was;  /**< the value before it, as people read it */
	uint32_t places;  /**< how many words or fields it changed */
};

/** Contents for a BO, in place of whatever else it would hold. */
struct rkx_contents {
	const char *role;
	uint64_t offset;
	const void *data;
	size_t len;
};

/** What of a plan nobody has seen on a board. */
struct rkx_inference {
	const char *unlock; /**< by which it is run on one all the same; NULL: nothing is inferred */
	const char *what;
};

struct rkx_plan_options {
	struct rkx_inference inference;   /**< strings are not copied */
	uint64_t seed;                    /**< of contents that no one knows */
	const struct rkx_contents *given; /**< copied */
	size_t n_given;
	/**
	 * "task[1].CNA.CBUF_CON0.WEIGHT_REUSE=0", "task[0].regcfg_amount=104",
	 * "submit.timeout=1000", "action[2].value=0": a register or a field of
	 * a register that the task's record writes, or a field of a record by
	 * its name in the schema. An index that is left out is 0.
	 */
	const char *const *edits;
	size_t n_edits;
};

struct rkx_plan;

/**
 * Plan the replay of a run.
 *
 * @param run      bound; not kept
 * @param options  NULL: seed 0 and no changes
 * @return 0; -ENOMEM; -ENODATA (no submit, or the regcmd or the tasks that it
 *         runs are not known), -EINVAL (an edit or contents that do not
 *         apply), -EFAULT (a value looks like an address and no rule says
 *         that it is one, or the other way round), -ERANGE (addresses that do
 *         not fit), with *err.
 */
int
rkx_plan_new(const struct rkr_run *run, const struct rkx_plan_options *options, struct rkx_plan **ret_plan,
	     struct rkr_error *err);

void
rkx_plan_free(struct rkx_plan *plan);

/**
 * Move the plan onto these BOs: one per BO of the plan, in its order; dma,
 * obj, virt, map and handle are used. Permits for the plan end.
 *
 * @return 0, -ENOMEM, -EINVAL (not that many BOs), -ERANGE; on failure the plan stays where it was.
 */
int
rkx_plan_place(struct rkx_plan *plan, const struct rkr_bo *layout, size_t n, struct rkr_error *err);

/** How often the plan was placed: a permit is for one placement. */
uint64_t
rkx_plan_placement(const struct rkx_plan *plan);

/**
 * The plan as a run: the source with the edits, where the plan is placed.
 * What no one knows is not known in it either. A diff against the source
 * shows the edits and nothing else.
 */
const struct rkr_run *
rkx_plan_run(const struct rkx_plan *plan);

/** The BOs, in the order of the source's table: role, size, whole pages, flags, and addresses as placed. */
const struct rkr_bo *
rkx_plan_bos(const struct rkx_plan *plan, size_t *ret_n);

const struct rkx_piece *
rkx_plan_pieces(const struct rkx_plan *plan, size_t *ret_n);

const struct rkx_step *
rkx_plan_steps(const struct rkx_plan *plan, size_t *ret_n);

const struct rkx_plan_submit *
rkx_plan_submits(const struct rkx_plan *plan, size_t *ret_n);

const struct rkx_inference *
rkx_plan_inference(const struct rkx_plan *plan);

const struct rkx_edit *
rkx_plan_edits(const struct rkx_plan *plan, size_t *ret_n);

/** The bytes of a piece, as placed. @ret_data has room for its len. 0 or -ENODATA. */
int
rkx_plan_piece_bytes(const struct rkx_plan *plan, size_t piece, void *ret_data);

/** Task @i of a submit's table, as placed. 0, -ENODATA or -ERANGE. */
int
rkx_plan_task(const struct rkx_plan *plan, const struct rkx_plan_submit *submit, uint64_t i,
	      struct rkr_task *ret_task);

/** A 64-bit word of a BO, as placed, of what the run holds. 0 or -ENODATA. */
int
rkx_plan_word(const struct rkx_plan *plan, uint32_t bo, uint64_t offset, uint64_t *ret_word);

/** The BO that holds @len bytes at this IOVA, or RKX_NONE. *ret_offset may be NULL. */
uint32_t
rkx_plan_bo_at(const struct rkx_plan *plan, uint64_t dma, uint64_t len, uint64_t *ret_offset);

#endif
