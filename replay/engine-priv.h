/* SPDX-License-Identifier: MIT */
#ifndef RKX_ENGINE_PRIV_H
#define RKX_ENGINE_PRIV_H

/* The inside of the engine. */

#include "calls.h"
#include "engine.h"
#include "lib/util.h"

/** A BO as the device made it. */
struct rkx_real {
	bool created, mapped;
	bool destroyed;
	struct rkr_bo bo; /**< where it is */
	void *data;
	uint64_t length; /**< of the mapping */
	size_t born;     /**< record of the answer */
	size_t died;
	uint64_t n_map; /**< ordinal of its MEM_MAP */
};

/** What is written down of what the device answers. */
struct rkx_notes {
	struct rkr_run *run;
	struct rkx_calls *calls;
};

/** 0 or -ENOMEM: then release what there is of both. */
int
rkx_notes_new(struct rkx_notes *notes);

/** What the submits ran and what came of it: BOs, contents as sent and as read, regions; and bind. */
int
rkx_note_memory(struct rkx_notes *notes, const struct rkx_plan *plan, const struct rkx_real *real,
		const bool *filled, uint8_t *const *read);

/** Where the plan's BOs are, and where those that are not created yet may come to be. 0 or -ENOMEM, -ERANGE. */
int
rkx_expect(const struct rkx_plan *plan, const struct rkx_real *real, struct rkr_bo *ret_layout);

/** A plan at work. */
struct rkx_work {
	const struct rkx_engine *e;
	struct rkx_plan *plan;
	const struct rkx_permit *permit; /**< that is valid now: the caller's, or ours */
	struct rkx_permit *own;
	struct rkx_real *real;
	struct rkr_bo *layout;
	size_t n_bos;
	bool *filled;
	uint8_t **read;
	struct rkx_notes notes;
	uint64_t maps; /**< MEM_MAPs so far */
	struct rkx_outcome out;
	size_t cap_answers;
	bool refused;     /**< the gates refused the real place */
	uint64_t rest_ms; /**< a job failed: leave the device alone for so long before cleaning up */
	struct rkr_error *err;
};

/**
 * Say in the journal that a step is about to be taken. -ECANCELED: the line
 * could not be written, so the step must not be taken.
 */
__attribute__((format(printf, 3, 4))) int
rkx_work_begin(struct rkx_work *work, uint64_t *ret_seq, const char *fmt, ...);

/** Say that it is over. Returns @result. */
int
rkx_work_end(struct rkx_work *work, uint64_t seq, int result);

/** Take a step. 0 or negative errno. */
int
rkx_work_take(struct rkx_work *work, const struct rkx_step *step);

/** Unmap a BO; destroy one. Both are in the journal, and in no record. 0 or negative errno. */
int
rkx_work_unmap(struct rkx_work *work, uint32_t bo);

int
rkx_work_destroy(struct rkx_work *work, uint32_t bo);

#endif
