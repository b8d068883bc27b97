/* SPDX-License-Identifier: MIT */
/* DPU's lookup tables: looking up. block.c has their write port. */
#include "config.h"

#include "lib/util.h"
#include "replay/emu/dpu.h"

enum { LE = 0, LO = 1 };

#define ENTRIES 513

/* The one form of LO_LE_MUX that streams have. [captured] */
#define MUX_SEEN 2

int
rke_lut_configure(struct rke_core *core, struct rke_lut_rule *ret_rule)
{
	uint32_t cfg = rke_reg(core, RKR_REG_DPU_LUT_CFG);
	struct rke_lut_rule rule = {
		.start = { (int32_t)rke_reg(core, RKR_REG_DPU_LUT_LE_START),
			   (int32_t)rke_reg(core, RKR_REG_DPU_LUT_LO_START) },
		.end = { (int32_t)rke_reg(core, RKR_REG_DPU_LUT_LE_END),
			 (int32_t)rke_reg(core, RKR_REG_DPU_LUT_LO_END) },
		.select = { RKE_FIELD(core, DPU_LUT_INFO, LUT_LE_INDEX_SELECT),
			    RKE_FIELD(core, DPU_LUT_INFO, LUT_LO_INDEX_SELECT) },
		.both = RKE_FIELD(core, DPU_LUT_CFG, LUT_HYBRID_PRIORITY),
		.over = RKE_FIELD(core, DPU_LUT_CFG, LUT_OFLOW_PRIORITY),
		.under = RKE_FIELD(core, DPU_LUT_CFG, LUT_UFLOW_PRIORITY),
	};

	/* One table after the other is what is known. */
	if (RKE_FIELD(core, DPU_LUT_CFG, LUT_LO_LE_MUX) != MUX_SEEN ||
	    RKE_FIELD(core, DPU_LUT_CFG, LUT_EXPAND_EN) || RKE_FIELD(core, DPU_LUT_CFG, LUT_CAL_SEL) ||
	    RKE_FIELD(core, DPU_LUT_CFG, LUT_ROAD_SEL) || rule.under != LE || rule.over != LO)
		return rke_refuse(core, "DPU.LUT_CFG", cfg);
	if (rule.select[LE] > 20 || rule.select[LO] > 20)
		return rke_refuse(core, "DPU.LUT_INFO", rke_reg(core, RKR_REG_DPU_LUT_INFO));
	if (rule.start[LE] > rule.start[LO] || rule.end[LE] < rule.start[LO] || rule.end[LE] > rule.end[LO])
		return rke_refuse(core, "DPU.LUT_LO_START", (uint32_t)rule.start[LO]);
	rule.under_scale = (int16_t)RKE_FIELD(core, DPU_LUT_LE_SLOPE_SCALE, LUT_LE_SLOPE_UFLOW_SCALE);
	rule.under_shift = RKE_FIELD(core, DPU_LUT_LE_SLOPE_SHIFT, LUT_LE_SLOPE_UFLOW_SHIFT);
	rule.over_scale = (int16_t)RKE_FIELD(core, DPU_LUT_LO_SLOPE_SCALE, LUT_LO_SLOPE_OFLOW_SCALE);
	rule.over_shift = RKE_FIELD(core, DPU_LUT_LO_SLOPE_SHIFT, LUT_LO_SLOPE_OFLOW_SHIFT);
	*ret_rule = rule;
	return 0;
}

/* What a slope makes of a table's end, @far beyond it. A flat one is flat at infinity, too. [inferred] */
static float
carry_on(int16_t entry, double far, int32_t scale, unsigned shift)
{
	return scale ? (float)(entry + far * scale / (double)(1u << shift)) : entry;
}

/*
 * Slopes carry on outside of the tables. Inside, between two entries, the
 * line through them: [inferred], the one client that compares cannot tell it
 * from the nearest entry.
 */
float
rke_lut_look(const struct rke_lut *lut, const struct rke_lut_rule *rule, float v)
{
	unsigned t;
	double at;
	uint32_t i;

	if (v < (float)rule->start[LE])
		return carry_on(lut->entry[LE][0], (double)v - rule->start[LE], rule->under_scale,
				rule->under_shift);
	if (v > (float)rule->end[LO])
		return carry_on(lut->entry[LO][ENTRIES - 1], (double)v - rule->end[LO], rule->over_scale,
				rule->over_shift);
	if (v != v)
		return v;
	if (v < (float)rule->start[LO])
		t = LE;
	else if (v > (float)rule->end[LE])
		t = LO;
	else
		t = rule->both;
	at = ((double)v - rule->start[t]) / (double)(1u << rule->select[t]);
	if (at >= ENTRIES - 1)
		return lut->entry[t][ENTRIES - 1];
	if (at <= 0)
		return lut->entry[t][0];
	i = (uint32_t)at;
	return (float)(lut->entry[t][i] + (at - i) * (lut->entry[t][i + 1] - lut->entry[t][i]));
}
