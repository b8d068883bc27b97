/* SPDX-License-Identifier: MIT */
#ifndef RKX_GATE_PRIV_H
#define RKX_GATE_PRIV_H

/* What the files of the gates share. */

#include "fingerprint.h"
#include "gate.h"
#include "lib/regcmd.h"

struct rkx_judging {
	const struct rkx_plan *plan;
	const struct rkx_facts *facts;
	const struct rkx_gate_options *options;
	char *reason; /**< RKX_REASON_MAX bytes */
	char *unlock; /**< RKX_POISON_NAME bytes; the gate's own unlock stands in it */
	int *failed;  /**< -ENOMEM leaves the question open: there is no verdict then, whatever is returned */
};

typedef enum rkx_verdict
rkx_predicate(const struct rkx_judging *j);

rkx_predicate rkx_gate_kernel_pointer, rkx_gate_task_bo, rkx_gate_task_range, rkx_gate_empty_slot,
	rkx_gate_core_mask, rkx_gate_auto_core, rkx_gate_flags, rkx_gate_int_mask, rkx_gate_fetch,
	rkx_gate_chain, rkx_gate_dma, rkx_gate_targets, rkx_gate_fields, rkx_gate_alone, rkx_gate_sync,
	rkx_gate_health, rkx_gate_wedged, rkx_gate_lifetime, rkx_gate_rate, rkx_gate_fence, rkx_gate_unseen;

/** Say why, and return @verdict. */
#define rkx_say(j, verdict, ...) (snprintf((j)->reason, RKX_REASON_MAX, __VA_ARGS__), (verdict))

/** The record of a task: its words as fetched. */
struct rkx_fetch {
	struct rkr_task task;
	uint64_t nth; /**< in the table */
	uint32_t bo;  /**< RKX_NONE: no BO holds all of it */
	uint64_t offset;
	uint64_t words; /**< that the PC fetches */
	uint64_t body;  /**< of these, the record with its tail; no more than that */
};

/** Words that the PC fetches for a record of this amount, by driver and by chain [source, captured]. */
static inline uint64_t
rkx_fetch_words(uint32_t amount)
{
	return 2 * ((uint64_t)rkr_regcmd_pc_amount(amount) + 1);
}

/** Task @nth of a submit and where its record is. 0, or -ENODATA if the task is not known. */
int
rkx_fetch_get(const struct rkx_plan *plan, const struct rkx_plan_submit *submit, uint64_t nth,
	      struct rkx_fetch *ret);

/** Word @i of a record; 0 if it is not known, *ret_known tells. */
uint64_t
rkx_fetch_word(const struct rkx_plan *plan, const struct rkx_fetch *fetch, uint64_t i, bool *ret_known);

/** The last value that a record writes to a register. False if it does not. */
bool
rkx_fetch_register(const struct rkx_plan *plan, const struct rkx_fetch *fetch, uint16_t target,
		   uint16_t offset, uint32_t *ret_value);

/**
 * Call @visit for each task that runs, until one does not allow it. A task
 * that is not known is left to gate G3.
 */
enum rkx_verdict
rkx_each_task(const struct rkx_judging *j,
	      enum rkx_verdict (*visit)(const struct rkx_judging *j, const struct rkx_slot *slot,
					const struct rkx_fetch *fetch));

/** Gate G11 on what a record writes: where, how far, and over what. */
enum rkx_verdict
rkx_judge_outputs(const struct rkx_judging *j, const struct rkx_fetch *fetch);

/** Whether a place in a BO is in one of the task tables, which start at 0. */
bool
rkx_meets_table(const struct rkx_plan *plan, uint32_t bo, uint64_t offset);

/** Bit of DPU.FEATURE_MODE_CFG: DPU writes to memory [captured, TRM]. */
#define RKX_DPU_TO_MEMORY (2u << RKR_FLD_DPU_FEATURE_MODE_CFG_OUTPUT_MODE_SHIFT)

/** Whether an unlock was given. */
bool
rkx_allowed(const struct rkx_gate_options *options, const char *name);

#endif
