/* SPDX-License-Identifier: MIT */
#ifndef RKG_SEQUENCE_H
#define RKG_SEQUENCE_H

/*
 * The calls that the vendor runtime makes for one run, and the rows that it
 * prints, as records in the order of the captures.
 */

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "lib/run.h"
#include "plan.h"

/** Which of the runtime's sequences. */
struct rkg_sequence_options {
	bool profiling; /**< the runtime's per-operator profile is on: 15 syncs instead of 12 */
	bool reset;     /**< reset the NPU before the submit */
};

/**
 * Append the records of a whole run, and add the BOs as they are created.
 *
 * @param ret_bos  index of each BO in the run
 * @return 0 or -ENOMEM. The run then holds some of the records.
 */
int
rkg_sequence_append(struct rkr_run *run, const struct rkg_plan *plan, const struct rkg_layout *layout,
		    const struct rkg_sequence_options *options, uint32_t ret_bos[RKG_N_BOS]);

#endif
