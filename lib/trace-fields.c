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

bool
rkr_trace_commit(const struct rkr_record *r, unsigned core, struct rkr_commit *ret_commit)
{
	const uint64_t whole =
		UINT64_C(1) << RKR_F_pc_trace_task_number | UINT64_C(1) << RKR_F_pc_trace_first_regcmd |
		UINT64_C(1) << RKR_F_pc_trace_first_amount | UINT64_C(1) << RKR_F_pc_trace_first_int |
		UINT64_C(1) << RKR_F_pc_trace_last_int | UINT64_C(1) << RKR_F_pc_trace_task_base_addr |
		UINT64_C(1) << RKR_F_pc_trace_flags;
	int64_t number = (int64_t)rkr_get_u(r, RKR_F_pc_trace_task_number);
	const struct rkr_task first = {
		.regcmd_addr = rkr_get_u(r, RKR_F_pc_trace_first_regcmd),
		.regcfg_amount = (uint32_t)rkr_get_u(r, RKR_F_pc_trace_first_amount),
		.int_mask = (uint32_t)rkr_get_u(r, RKR_F_pc_trace_first_int),
	};
	const struct rkr_task last = { .int_mask = (uint32_t)rkr_get_u(r, RKR_F_pc_trace_last_int) };

	if ((r->present & whole) != whole || number < 1 || number > (int64_t)RKR_TASKS_PER_COMMIT)
		return false;
	rkr_commit_of(&first, &last, (uint32_t)number, core, (uint32_t)rkr_get_u(r, RKR_F_pc_trace_flags),
		      rkr_get_u(r, RKR_F_pc_trace_task_base_addr), ret_commit);
	return true;
}

const struct rkr_status_fields *
rkr_status_fields(enum rkr_kind kind)
{
	static const struct rkr_status_fields of_job = { RKR_F_timeout_irq_status, RKR_F_timeout_raw_status,
							 RKR_F_timeout_require_mask,
							 RKR_F_timeout_task_counter };
	static const struct rkr_status_fields of_core = { RKR_F_core_status_irq_status,
							  RKR_F_core_status_raw_status,
							  RKR_F_core_status_require_mask,
							  RKR_F_core_status_task_counter };

	return kind == RKR_KIND_timeout ? &of_job : &of_core;
}
