/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "evidence.h"

#include "lib/util.h"

const struct rkg_evidence *
rkg_evidence_get(enum rkg_evidence_id id)
{
	static const struct rkg_evidence table[] = {
#define E(id_, name, captures, sentence) { name, captures, sentence },
		RKG_EVIDENCE(E)
#undef E
	};

	return &table[id];
}

/* Whether any program for several cores is split this way. */
static bool
splits(const struct rkg_plan *plan, enum rkg_split split)
{
	return plan->groups[1].split == split || plan->groups[2].split == split;
}

static bool
is_whole_units(const struct rkg_plan *plan)
{
	return plan->geometry.shape.out_c % plan->geometry.kernel_group == 0;
}

/*
 * A split by kernels that does not come out even, though there are rows to
 * share: it was chosen because the weights do not fit. Captures tell that
 * from "do not fit 11 banks" only once.
 */
static bool
rests_on_fit(const struct rkg_plan *plan, uint64_t all_banks)
{
	const struct rkg_geometry *g = &plan->geometry;
	uint64_t units = rkr_div_up(g->shape.out_c, g->kernel_group);

	for (uint32_t n = 2; n <= RKG_GROUPS; n++)
		if (plan->groups[n - 1].split == RKG_SPLIT_K && units % n != 0 && g->out_h >= n &&
		    all_banks < RKG_BANKS)
			return true;
	return false;
}

uint32_t
rkg_plan_rests_on(const struct rkg_plan *plan)
{
	const struct rkg_geometry *g = &plan->geometry;
	const struct rkg_tile *first = &plan->tiles[0];
	uint64_t all = rkr_div_up(g->weight_bytes, RKG_BANK_BYTES);
	uint64_t data = rkr_div_up((uint64_t)rkg_line_entries(g, g->in_c) * g->shape.in_h, RKG_BANK_ENTRIES);
	uint32_t entries = rkg_line_entries(g, first->cc);
	bool streamed = !g->depthwise && all > first->weight_banks;
	/* Not all fits at once, so that the limit on whole weights has a say. */
	bool cut = !g->depthwise && data + first->weight_banks > RKG_BANKS;
	const bool rests[RKG_EVIDENCE_MAX_] = {
		[RKG_EVIDENCE_RESIDENT_KERNELS] = streamed,
		[RKG_EVIDENCE_WHOLE_WEIGHTS] = cut && all >= 10 && all <= 28,
		[RKG_EVIDENCE_WEIGHTS_FIT] = !g->depthwise && rests_on_fit(plan, all),
		[RKG_EVIDENCE_LAST_KERNELS] = !is_whole_units(plan) && splits(plan, RKG_SPLIT_K),
		[RKG_EVIDENCE_DEPTHWISE_BANKS] = g->depthwise && all > 1,
		[RKG_EVIDENCE_DEPTHWISE_REST] = g->depthwise && g->in_c % RKG_DEPTHWISE_CHANNELS != 0,
		[RKG_EVIDENCE_GRAINS_WHOLE] =
			entries > 1 && RKG_BANK_ENTRIES % entries == 0 && entries < RKG_BANK_ENTRIES,
		[RKG_EVIDENCE_GRAINS_WIDE] = entries >= RKG_BANK_ENTRIES,
		[RKG_EVIDENCE_BO_SIZES] = !is_whole_units(plan),
		[RKG_EVIDENCE_OPTIONS] = rkg_shape_has_options(&g->shape),
		[RKG_EVIDENCE_ONE_RECORD] = rkg_plan_degenerate(plan),
	};
	uint32_t set = 0;

	for (size_t i = 0; i < RKG_EVIDENCE_MAX_; i++)
		set |= (uint32_t)rests[i] << i;
	return set;
}
