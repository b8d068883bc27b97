/* SPDX-License-Identifier: MIT */
#ifndef RKG_VERIFY_MODEL_H
#define RKG_VERIFY_MODEL_H

/*
 * Whether a compiled model is what the formulas say. For each operator its
 * shape is read off its records; plan, banks, grains, amounts and all
 * registers are generated from the shape anew, and compared record by record.
 * What only the model can know, such as scales, is taken from its records.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/network.h"
#include "shape.h"

enum rkg_verdict_state {
	RKG_VERDICT_PASS,
	RKG_VERDICT_FAIL,
	RKG_VERDICT_SKIP,
};

/** What a finding is about. */
enum rkg_finding_what {
	RKG_FINDING_TASKS,    /**< a list has another number of the operator's tasks */
	RKG_FINDING_ALIAS,    /**< the task should lead to another task's record */
	RKG_FINDING_AMOUNT,   /**< the record is longer or shorter */
	RKG_FINDING_MASK,     /**< the task's enable or interrupt mask */
	RKG_FINDING_REGISTER, /**< a register is set to another value */
	RKG_FINDING_MISSING,  /**< a register is not set */
	RKG_FINDING_EXTRA,    /**< a register is set that should not be */
	RKG_FINDING_LINK,     /**< a word of the tail: where it goes on, how far, what it starts */
	RKG_FINDING_PLACE,    /**< the record is elsewhere */
};

/** Something that is not as it should be. */
struct rkg_finding {
	enum rkg_finding_what what;
	size_t task;
	uint64_t word;     /**< REGISTER, EXTRA, LINK: as found; MISSING: as expected */
	uint64_t expected; /**< the value; of a LINK, the word */
	uint64_t found;
};

/**
 * A register of a record that holds what only the model can know: the bits are
 * taken from the records themselves, as most of those say that tell it.
 */
struct rkg_taken {
	size_t task;        /**< in the program for one core; of a convolution, its first for all */
	uint64_t word;      /**< the register */
	uint32_t mask;      /**< the bits */
	unsigned n_records; /**< that tell it */
};

/**
 * Whether a wrong value in one record is found: the others outvote it. What
 * fewer records tell is not judged.
 */
static inline bool
rkg_taken_is_judged(const struct rkg_taken *taken)
{
	return taken->n_records >= 3;
}

/** Items that are no operators: what comes after them. */
enum rkg_verdict_item {
	RKG_ITEM_OP,
	RKG_ITEM_SEPARATORS, /**< the records that end runs */
	RKG_ITEM_CHAIN,      /**< tails, and places of records */
};

struct rkg_verdict {
	enum rkg_verdict_item item;
	size_t op; /**< index of the operator */
	enum rkg_verdict_state state;
	char reason[128];               /**< of a SKIP */
	char shape[RKG_SHAPE_NAME_MAX]; /**< of a convolution; else "" */
	size_t n_records;               /**< compared */
	size_t first_taken;
	size_t n_taken; /**< values that were taken from its records */
	size_t first_finding;
	size_t n_findings;
	size_t n_more; /**< findings that are not kept: there are too many */
};

struct rkg_model_verdict {
	struct rkg_verdict *verdicts;
	size_t n_verdicts;
	struct rkg_finding *findings;
	size_t n_findings;
	struct rkg_taken *taken;
	size_t n_taken;
	size_t total[3]; /**< by state */
};

/** Verify a network. 0 or -ENOMEM. Free with rkg_model_verdict_free(). */
int
rkg_verify_model(const struct rkr_network *network, struct rkg_model_verdict **ret_verdict);

void
rkg_model_verdict_free(struct rkg_model_verdict *verdict);

/** "PASS", "FAIL", "SKIP" */
const char *
rkg_verdict_state_name(enum rkg_verdict_state state);

/** The shape of a convolution of a network, as the generator takes it. */
void
rkg_op_shape(const struct rkr_op *op, struct rkg_shape *ret_shape);

#endif
