/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "trace-fields.h"

#include "lib/regs-ids.h"
#include "util.h"

#define SHOWS(kind) \
	{ RKR_F_##kind##_data_addr, RKR_REG_PC_BASE_ADDRESS, true }, \
	{ RKR_F_##kind##_data_amount, RKR_REG_PC_REGISTER_AMOUNTS, true }, \
	{ RKR_F_##kind##_task_control, RKR_REG_PC_TASK_CON, false }, \
	{ RKR_F_##kind##_dma_base, RKR_REG_PC_TASK_DMA_BASE_ADDR, false }

static const struct rkr_trace_field in_regs[] = {
	SHOWS(pc_regs), { RKR_F_pc_regs_int_mask, RKR_REG_PC_INTERRUPT_MASK, false }
};
static const struct rkr_trace_field in_timeout[] = { SHOWS(pc_timeout) };
static const struct rkr_trace_field in_invalid[] = { SHOWS(pc_irq_invalid) };
static const struct rkr_trace_field in_valid[] = { SHOWS(pc_irq_valid) };

static const struct {
	enum rkr_kind kind;
	const struct rkr_trace_field *fields;
	size_t n;
} rows[] = {
	{ RKR_KIND_pc_regs, in_regs, RKR_ARRAY_LEN(in_regs) },
	{ RKR_KIND_pc_timeout, in_timeout, RKR_ARRAY_LEN(in_timeout) },
	{ RKR_KIND_pc_irq_invalid, in_invalid, RKR_ARRAY_LEN(in_invalid) },
	{ RKR_KIND_pc_irq_valid, in_valid, RKR_ARRAY_LEN(in_valid) },
};

const struct rkr_trace_field *
rkr_trace_fields(enum rkr_kind kind, size_t *ret_n)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(rows); i++)
		if (rows[i].kind == kind) {
			*ret_n = rows[i].n;
			return rows[i].fields;
		}
	*ret_n = 0;
	return NULL;
}
