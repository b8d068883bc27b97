/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "model-commit.h"

#include <errno.h>

#include "lib/regs-ids.h"
#include "util.h"

/* Ping-pong on, toggled by pointer; each core's group of sources in the top bits [source]. */
#define S_POINTER 0xeu
#define S_POINTER_CORE 0x10000000u

/* PC.BASE_ADDRESS with bit 0 set: registers are written by the CPU, not by the PC [TRM]. */
#define PC_SLAVE_MODE 1u

void
rkr_commit_of(const struct rkr_task *first, const struct rkr_task *last, uint32_t number, unsigned core,
	      uint32_t flags, uint64_t task_base_addr, struct rkr_commit *ret_commit)
{
	uint32_t control =
		RKR_TASK_CON_START | (flags & RKR_SUBMIT_PINGPONG ? RKR_TASK_CON_PINGPONG : 0) | number;
	uint32_t pointer = S_POINTER + S_POINTER_CORE * core;

	/* The order is that of the driver [source]. DPU, RDMA and PPU pointers are not touched. */
	*ret_commit = (struct rkr_commit){ {
		{ RKR_REG_PC_BASE_ADDRESS, PC_SLAVE_MODE },
		{ RKR_REG_CNA_S_POINTER, pointer },
		{ RKR_REG_CORE_S_POINTER, pointer },
		{ RKR_REG_PC_BASE_ADDRESS, (uint32_t)first->regcmd_addr },
		{ RKR_REG_PC_REGISTER_AMOUNTS, rkr_commit_amount(first->regcfg_amount) },
		{ RKR_REG_PC_INTERRUPT_MASK, last->int_mask },
		{ RKR_REG_PC_INTERRUPT_CLEAR, first->int_mask },
		{ RKR_REG_PC_TASK_CON, control },
		{ RKR_REG_PC_TASK_DMA_BASE_ADDR, (uint32_t)task_base_addr },
		{ RKR_REG_PC_OPERATION_ENABLE, 1 },
		{ RKR_REG_PC_OPERATION_ENABLE, 0 },
	} };
}

int
rkr_commit_make(const struct rkr_task *tasks, size_t n_tasks, struct rkr_slice slice, unsigned core,
		uint32_t flags, uint64_t task_base_addr, struct rkr_commit *ret_commit)
{
	if (slice.number == 0 || slice.number > RKR_TASKS_PER_COMMIT || slice.start > n_tasks ||
	    slice.number > n_tasks - slice.start)
		return -ERANGE;
	rkr_commit_of(&tasks[slice.start], &tasks[slice.start + slice.number - 1], slice.number, core, flags,
		      task_base_addr, ret_commit);
	return 0;
}

bool
rkr_commit_value(const struct rkr_commit *commit, uint16_t offset, uint32_t *ret_value)
{
	for (size_t i = RKR_COMMIT_WRITES; i-- > 0;) {
		if (commit->write[i].offset != offset)
			continue;
		*ret_value = commit->write[i].value;
		return true;
	}
	return false;
}

enum rkr_regcmd_addr
rkr_regcmd_addr_judge(const struct rkr_task *task, uint64_t bo_left)
{
	if (task->regcmd_addr > UINT32_MAX)
		return RKR_REGCMD_ADDR_HIGH;
	if (task->regcmd_addr % RKR_REGCMD_ADDR_ALIGN)
		return RKR_REGCMD_ADDR_UNALIGNED;
	if (8 * rkr_commit_fetch_words(rkr_commit_amount(task->regcfg_amount)) > bo_left)
		return RKR_REGCMD_ADDR_OUTSIDE;
	return RKR_REGCMD_ADDR_OK;
}
