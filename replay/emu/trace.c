/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include "lib/model-commit.h"
#include "lib/regs-ids.h"

/*
 * The rows of the PC-commit trace patch for the driver: what the registers of
 * a core's PC hold around a commit and an interrupt [source: the patch]. They
 * are formats, not a list of fields: each row's order is its own.
 */

/* The broadcast op-enable, which the patch reads though it is write-only [TRM]. */
#define GLOBAL_ENABLE 0xf008

#define R(name) rke_read(board, core, RKR_REG_PC_##name)

void
rke_trace_prelude(struct rke_board *board, const struct rke_job *job, unsigned core)
{
	if (!board->options.trace)
		return;
	rke_klog(board,
		 "pc commit prelude: core=%u core_mask=0x%x use_core_num=%u task_status=0x%x int_status=0x%x"
		 " int_raw=0x%x enable_mask=0x%x",
		 core, job->args.core_mask, rkr_core_count(job->args.core_mask), R(TASK_STATUS),
		 R(INTERRUPT_STATUS), R(INTERRUPT_RAW_STATUS), rke_read(board, core, GLOBAL_ENABLE));
}

void
rke_trace_commit(struct rke_board *board, const struct rke_job *job, unsigned core, struct rkr_slice slice,
		 const struct rkr_task *first, const struct rkr_task *last)
{
	if (!board->options.trace)
		return;
	rke_klog(board,
		 "pc commit trace: core=%u submit_index=%u task_start=%u task_number=%u task_end=%u"
		 " first_regcmd=0x%llx first_amount=%u first_enable=0x%x first_int=0x%x last_int=0x%x"
		 " task_base_addr=0x%llx flags=0x%x use_core_num=%u",
		 core, job->on[core].round, slice.start, slice.number, slice.start + slice.number - 1,
		 (unsigned long long)first->regcmd_addr, first->regcfg_amount, first->enable_mask,
		 first->int_mask, last->int_mask, (unsigned long long)job->args.task_base_addr,
		 job->args.flags, rkr_core_count(job->args.core_mask));
}

void
rke_trace_regs(struct rke_board *board, unsigned core)
{
	if (!board->options.trace)
		return;
	rke_klog(board,
		 "pc commit regs: core=%u PC_DATA_ADDR=0x%x PC_DATA_AMOUNT=0x%x INT_MASK=0x%x INT_RAW=0x%x"
		 " TASK_CONTROL=0x%x DMA_BASE=0x%x TASK_STATUS=0x%x ENABLE_MASK=0x%x",
		 core, R(BASE_ADDRESS), R(REGISTER_AMOUNTS), R(INTERRUPT_MASK), R(INTERRUPT_RAW_STATUS),
		 R(TASK_CON), R(TASK_DMA_BASE_ADDR), R(TASK_STATUS), rke_read(board, core, GLOBAL_ENABLE));
}

void
rke_trace_armed(struct rke_board *board, unsigned core)
{
	if (!board->options.trace)
		return;
	rke_klog(board,
		 "pc commit armed: core=%u PC_OP_EN=0x%x INT_STATUS=0x%x INT_RAW=0x%x TASK_STATUS=0x%x", core,
		 R(OPERATION_ENABLE), R(INTERRUPT_STATUS), R(INTERRUPT_RAW_STATUS), R(TASK_STATUS));
}

/* Six registers of a core that stands, after what says which row it is. */
static void
stopped(struct rke_board *board, unsigned core, const char *before, const char *after)
{
	if (!board->options.trace)
		return;
	rke_klog(board,
		 "%s%u%s PC_DATA_ADDR=0x%x PC_DATA_AMOUNT=0x%x TASK_CONTROL=0x%x DMA_BASE=0x%x PC_OP_EN=0x%x"
		 " ENABLE_MASK=0x%x",
		 before, core, after, R(BASE_ADDRESS), R(REGISTER_AMOUNTS), R(TASK_CON),
		 R(TASK_DMA_BASE_ADDR), R(OPERATION_ENABLE), rke_read(board, core, GLOBAL_ENABLE));
}

void
rke_trace_timeout(struct rke_board *board, unsigned core)
{
	stopped(board, core, "\tcore ", " timeout pc regs:");
}

void
rke_trace_invalid_irq(struct rke_board *board, unsigned core)
{
	stopped(board, core, "invalid irq pc regs: core=", "");
}

void
rke_trace_valid_irq(struct rke_board *board, unsigned core, uint32_t status, uint32_t require)
{
	if (!board->options.trace)
		return;
	rke_klog(board,
		 "valid irq trace: core=%u status=0x%x raw=0x%x require=0x%x task_counter=0x%x"
		 " PC_DATA_ADDR=0x%x PC_DATA_AMOUNT=0x%x TASK_CONTROL=0x%x DMA_BASE=0x%x ENABLE_MASK=0x%x",
		 core, status, R(INTERRUPT_RAW_STATUS), require, rke_counter(board, core), R(BASE_ADDRESS),
		 R(REGISTER_AMOUNTS), R(TASK_CON), R(TASK_DMA_BASE_ADDR),
		 rke_read(board, core, GLOBAL_ENABLE));
}
