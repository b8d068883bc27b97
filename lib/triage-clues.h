/* SPDX-License-Identifier: MIT */
#ifndef RKR_TRIAGE_CLUES_H
#define RKR_TRIAGE_CLUES_H

/* What the rows of a job that failed, and of the one before it, show: what hypotheses rest on. */

#include "triage-priv.h"

/** What a clue looks at. */
struct rkr_situation {
	const struct rkr_triage *t;
	const struct rkr_job *job;
	bool has_stall;
	enum rkr_stall stall;
	const struct rkr_job_core *core; /**< the one with the status, else the job's first */
	const struct rkr_job_before *before;
};

#define RKR_TRIAGE_CLUES(C) \
	C(no_progress) C(blocks_reported) C(dma_error) C(uncommitted) C(it_ran) \
	C(reset_between) C(ended_early) C(before_ended_early) C(before_ended_whole) \
	C(before_link_cleared) C(chained_before) C(long_idle) C(lost_state) C(counter_gone) \
	C(weights_held) C(cna_idle) C(groups_differ) C(groups_agree) C(output_waits) \
	C(output_idle) C(pc_operates) C(pc_stands) C(regcmd_reused) C(model_differs) \
	C(registers_known) C(mask_known) C(ran_past_end) C(stopped_in_chain) C(invalid_irq) \
	C(invalid_irq_before) C(committed_without_invalid) C(domains_differ) \
	C(domains_switched) C(kernel_rows)
#define C(name) bool rkr_clue_##name(const struct rkr_situation *s);
RKR_TRIAGE_CLUES(C)
#undef C

#endif
