/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include "lib/model-commit.h"
#include "lib/model-irq.h"
#include "lib/regs-ids.h"

/* Registers as the driver sees them: the NPU's, with what faults lay over them. */

static uint32_t
raw_status(const struct rke_board *board, unsigned core)
{
	const struct rke_overlay *over = &board->core[core].over;
	uint32_t raw = over->frozen ? RKR_INT_RAW_IDLE
				    : board->hw.read(board->hw.data, core, RKR_REG_PC_INTERRUPT_RAW_STATUS);

	return (raw & ~over->hides) | over->set;
}

uint32_t
rke_read(const struct rke_board *board, unsigned core, uint16_t offset)
{
	const struct rke_overlay *over = &board->core[core].over;
	uint32_t value = board->hw.read(board->hw.data, core, offset);

	switch (offset) {
	case RKR_REG_PC_INTERRUPT_RAW_STATUS:
		return raw_status(board, core);
	case RKR_REG_PC_INTERRUPT_STATUS:
		return raw_status(board, core) &
		       board->hw.read(board->hw.data, core, RKR_REG_PC_INTERRUPT_MASK);
	case RKR_REG_PC_TASK_STATUS:
		if (over->frozen)
			return 0;
		if (over->counter >= 0)
			return (value & ~RKR_TASK_COUNTER_MASK) | (uint32_t)over->counter;
		return value;
	default:
		return value;
	}
}

void
rke_write(struct rke_board *board, unsigned core, uint16_t offset, uint32_t value)
{
	struct rke_overlay *over = &board->core[core].over;

	/* A PC that is not to start is not told to. */
	if (over->frozen && offset == RKR_REG_PC_OPERATION_ENABLE)
		return;
	if (offset == RKR_REG_PC_INTERRUPT_CLEAR)
		over->set &= ~value;
	board->hw.write(board->hw.data, core, offset, value);
}

uint32_t
rke_counter(const struct rke_board *board, unsigned core)
{
	return rke_read(board, core, RKR_REG_PC_TASK_STATUS) & RKR_TASK_COUNTER_MASK;
}
