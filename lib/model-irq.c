/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "model-irq.h"

#include <stddef.h>

#include "util.h"

/* The pairs, as the driver lists them [source]. */
static const uint32_t pairs[] = {
	RKR_INT_CNA_FEATURE, RKR_INT_CNA_WEIGHT, RKR_INT_CNA_CSC, RKR_INT_CORE, RKR_INT_DPU, RKR_INT_PPU,
};

/* Op-enables of the blocks that end a task: bits of the broadcast enable [TRM]. */
static const struct {
	uint32_t enable;
	uint32_t mask;
} enders[] = {
	{ 1u << 3, RKR_INT_DPU },
	{ 1u << 5, RKR_INT_PPU },
};

/* By bit, from 0 [TRM]. */
static const char *const names[] = {
	"CNA feature group 0", "CNA feature group 1", "CNA weight group 0", "CNA weight group 1",
	"CNA CSC group 0",     "CNA CSC group 1",     "CORE group 0",       "CORE group 1",
	"DPU group 0",         "DPU group 1",         "PPU group 0",        "PPU group 1",
	"DMA read error",      "DMA write error",
};
_Static_assert((UINT32_C(1) << RKR_ARRAY_LEN(names)) - 1 == RKR_INT_NAMED,
	       "each bit that has a name is named");

const char *
rkr_int_name(unsigned bit)
{
	return bit < RKR_ARRAY_LEN(names) ? names[bit] : NULL;
}

uint32_t
rkr_int_fuzz(uint32_t status)
{
	uint32_t out = 0;

	for (size_t i = 0; i < RKR_ARRAY_LEN(pairs); i++)
		if (status & pairs[i])
			out |= pairs[i];
	return out;
}

uint32_t
rkr_int_mask_of_enables(uint32_t enable_mask)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < RKR_ARRAY_LEN(enders); i++)
		if (enable_mask & enders[i].enable)
			mask |= enders[i].mask;
	return mask;
}

enum rkr_irq_verdict
rkr_irq_judge(bool has_job, uint32_t status, uint32_t int_mask)
{
	if (!has_job)
		return RKR_IRQ_NO_JOB;
	return rkr_int_completes(status, int_mask) ? RKR_IRQ_DONE : RKR_IRQ_INVALID;
}

enum rkr_stall
rkr_stall_read(uint32_t task_counter, uint32_t irq_status, uint32_t raw_status, uint32_t int_mask)
{
	uint32_t raw = raw_status & RKR_INT_NAMED;

	if (raw & (RKR_INT_DMA_READ_ERROR | RKR_INT_DMA_WRITE_ERROR))
		return RKR_STALL_DMA_ERROR;
	if (irq_status == 0 && rkr_int_mask_reachable(int_mask) && (rkr_int_fuzz(raw) & int_mask) == int_mask)
		return RKR_STALL_LOST_IRQ;
	if (raw == 0)
		return task_counter ? RKR_STALL_IN_CHAIN : RKR_STALL_NO_PROGRESS;
	if (!(raw & (RKR_INT_DPU | RKR_INT_PPU)))
		return RKR_STALL_IN_DPU;
	return RKR_STALL_UNCLEAR;
}
