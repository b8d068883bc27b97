/* SPDX-License-Identifier: MIT */
#ifndef RKX_FINGERPRINT_H
#define RKX_FINGERPRINT_H

/*
 * What a plan runs, as a digest that does not depend on where its BOs are:
 * by it a run that did harm is known again.
 */

#include "lib/digest.h"
#include "plan.h"

/** Tasks that one core runs of a submit. */
struct rkx_slot {
	const struct rkx_plan_submit *submit;
	size_t nth; /**< the submit's number */
	unsigned core;
	uint32_t start;
	uint32_t number;
};

/**
 * The slots that the driver would read of a submit [source]; none if it would
 * refuse the core mask. Mask 0 is core 0: that of an idle board.
 *
 * @return their number
 */
size_t
rkx_submit_slots(const struct rkx_plan *plan, size_t nth, struct rkx_slot ret_slots[RKR_NPU_CORES]);

/**
 * The fingerprint of a plan: SHA-256 over what its submits have the NPU do:
 * the cores and flags, of each task what the driver reads, and its regcmd, with
 * addresses as BO and offset. BOs count by the order in which they are pointed
 * into. What neither driver nor NPU looks at does not count: roles, other fields
 * of tasks, where in the table they stand; nor do timeouts, and contents of
 * other BOs.
 *
 * @return 0, -ENOMEM, -ENODATA (a task or word that runs is not known)
 */
int
rkx_plan_fingerprint(const struct rkx_plan *plan, char ret_hex[RKR_SHA256_HEX]);

/** Likewise of one submit: that of a plan which has no other. */
int
rkx_submit_fingerprint(const struct rkx_plan *plan, size_t nth, char ret_hex[RKR_SHA256_HEX]);

/**
 * The fingerprint of the register writes of one submit alone: SHA-256 over
 * the words with addresses left out, so that it is the same wherever a client
 * keeps its data.
 *
 * @return 0, -ENOMEM, -ENODATA (a task or word that runs is not known)
 */
int
rkx_submit_stream_fingerprint(const struct rkx_plan *plan, size_t nth, char ret_hex[RKR_SHA256_HEX]);

#endif
