/* SPDX-License-Identifier: MIT */
#ifndef RKG_EVIDENCE_H
#define RKG_EVIDENCE_H

/*
 * How sure a plan is: which constants and rules it rests on that few captures
 * pin down. A plan that rests on none of these rests only on rules that all
 * captured tables agree on.
 */

#include <stdint.h>

#include "plan.h"

/*
 * Each weak point: E(id, "name", captures, "sentence"). "captures" is how many
 * captured shapes the rule could have failed on.
 */
#define RKG_EVIDENCE(E)                                                                                     \
	E(RESIDENT_KERNELS, "resident-kernels", 2,                                                          \
	  "weights are streamed, with two kernel groups in the CBUF at a time")                             \
	E(WHOLE_WEIGHTS, "whole-weights", 1,                                                                \
	  "weights of 10 to 28 banks: up to 10 stay whole, and any limit up to 28 would fit the captures")  \
	E(WEIGHTS_FIT, "weights-fit", 1,                                                                    \
	  "the split goes by kernels because the weights do not fit their banks, though they fit 11")       \
	E(LAST_KERNELS, "last-kernels", 6, "kernels that are no multiple of 16 are split over cores")       \
	E(DEPTHWISE_BANKS, "depthwise-banks", 2, "depthwise weights take more than one bank")               \
	E(DEPTHWISE_REST, "depthwise-rest", 1, "the last channel tile of a depthwise conv is not full")     \
	E(GRAINS_WHOLE, "grains-whole", 0,                                                                  \
	  "input lines divide a bank evenly: FEATURE_GRAINS follows the rule, rivals say otherwise")        \
	E(GRAINS_WIDE, "grains-wide", 0,                                                                    \
	  "an input line fills a bank or more: FEATURE_GRAINS is not settled")                              \
	E(BO_SIZES, "bo-sizes", 0,                                                                          \
	  "kernels are no multiple of 16: distances of addresses tell BO sizes to a page, no log to a byte") \
	E(OPTIONS, "options", 0,                                                                            \
	  "stride and padding were captured in networks: plan and registers are theirs, BO sizes inferred") \
	E(ONE_RECORD, "one-record", 3, "a table of three aliases: its tasks were captured, its BO sizes not")

enum rkg_evidence_id {
#define E(id, name, captures, sentence) RKG_EVIDENCE_##id,
	RKG_EVIDENCE(E)
#undef E
		RKG_EVIDENCE_MAX_,
};

struct rkg_evidence {
	const char *name;
	unsigned captures;
	const char *sentence;
};

/** The description of a weak point. */
const struct rkg_evidence *
rkg_evidence_get(enum rkg_evidence_id id);

/** Which weak points a plan rests on: bit set of 1 << id. */
uint32_t
rkg_plan_rests_on(const struct rkg_plan *plan);

#endif
