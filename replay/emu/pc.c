/* SPDX-License-Identifier: MIT */
/* PC: fetches lists of register writes, starts blocks, goes on to the next list, raises interrupts. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"
#include "replay/emu/npu-priv.h"

/* Targets that are no block's. [source: TRM; the marker: captured] */
#define TARGET_NOP 0x0001
#define TARGET_MARKER 0x0041
#define TARGET_OP_EN 0x0081
#define TARGET_PC 0x0101

/* Status bits that an idle part reads as 1, and those that an interrupt sets. [source] */
#define INT_IDLE 0xc0000000u
#define INT_BITS 0x1ffffu

#define BASE_ADDRESS_MASK 0xfffffff0u
#define QWORD 8

struct rke_pc {
	uint32_t base; /**< PC_BASE_ADDRESS, bit 0: registers are written by MMIO alone */
	uint32_t amounts;
	uint32_t int_mask;
	uint32_t raw; /**< INT_BITS alone */
	uint32_t task_con;
	uint32_t dma_base;
	uint32_t counter;
	bool op_en;
	bool start;        /**< a list is to be fetched */
	bool enabled;      /**< blocks were started without a list */
	uint32_t finished; /**< interrupt bits of groups that are done, not yet raised */
	uint32_t list;     /**< where the list is that is being run */
	bool at_barrier;   /**< a job goes on at @next, once other cores are as far */
	uint32_t next, next_amounts, left;
	char why[160];
};

int
rke_pc_new(struct rke_pc **ret_pc)
{
	struct rke_pc *pc = calloc(1, sizeof(*pc));

	if (!pc)
		return -ENOMEM;
	*ret_pc = pc;
	return 0;
}

void
rke_pc_free(struct rke_pc *pc)
{
	free(pc);
}

void
rke_pc_reset(struct rke_pc *pc)
{
	*pc = (struct rke_pc){ 0 };
}

const char *
rke_pc_why(const struct rke_pc *pc)
{
	return pc->why[0] ? pc->why : NULL;
}

uint32_t
rke_pc_read(const struct rke_pc *pc, uint32_t offset)
{
	switch (offset) {
	case RKR_REG_PC_OPERATION_ENABLE:
		return pc->op_en;
	case RKR_REG_PC_BASE_ADDRESS:
		return pc->base;
	case RKR_REG_PC_REGISTER_AMOUNTS:
		return pc->amounts;
	case RKR_REG_PC_INTERRUPT_MASK:
		return pc->int_mask;
	case RKR_REG_PC_INTERRUPT_STATUS:
		return (pc->raw & pc->int_mask) | INT_IDLE;
	case RKR_REG_PC_INTERRUPT_RAW_STATUS:
		return pc->raw | INT_IDLE;
	case RKR_REG_PC_TASK_CON:
		return pc->task_con;
	case RKR_REG_PC_TASK_DMA_BASE_ADDR:
		return pc->dma_base;
	case RKR_REG_PC_TASK_STATUS:
		return pc->counter & RKR_FLD_PC_TASK_CON_TASK_NUMBER_MASK;
	default:
		return 0;
	}
}

void
rke_pc_write(struct rke_core *core, uint32_t offset, uint32_t value)
{
	struct rke_pc *pc = core->pc;

	switch (offset) {
	case RKR_REG_PC_OPERATION_ENABLE:
		/* A pulse: written 1, then 0. [source: driver] Without a list to fetch it starts nothing. */
		if ((value & 1) && !pc->op_en && !(pc->base & 1))
			pc->start = true;
		pc->op_en = value & 1;
		break;
	case RKR_REG_PC_BASE_ADDRESS:
		pc->base = value;
		break;
	case RKR_REG_PC_REGISTER_AMOUNTS:
		pc->amounts = value;
		break;
	case RKR_REG_PC_INTERRUPT_MASK:
		pc->int_mask = value;
		break;
	case RKR_REG_PC_INTERRUPT_CLEAR:
		pc->raw &= ~(value & INT_BITS);
		break;
	case RKR_REG_PC_TASK_CON:
		pc->task_con = value;
		if (value >> RKR_FLD_PC_TASK_CON_TASK_COUNT_CLEAR_SHIFT & 1)
			pc->counter = 0;
		break;
	case RKR_REG_PC_TASK_DMA_BASE_ADDR:
		pc->dma_base = value;
		core->dma_base = value & BASE_ADDRESS_MASK;
		break;
	default:
		core->strays++;
		break;
	}
}

void
rke_pc_enable(struct rke_core *core, uint32_t mask)
{
	rke_block_enable(core, mask);
	core->pc->enabled = true;
}

/* ---- Running blocks that were started */

static bool
field(const struct rke_core *core, uint16_t offset, unsigned shift)
{
	return rke_reg(core, offset) >> shift & 1;
}

/* BS or BN: whether ALU or MUL takes an operand from memory. Both registers have the fields of BS_CFG. */
static bool
stage_reads(const struct rke_core *core, uint16_t cfg, uint16_t mul)
{
	if (!rke_reg_written(core, cfg) || field(core, cfg, RKR_FLD_DPU_BS_CFG_BS_BYPASS_SHIFT))
		return false;
	return (!field(core, cfg, RKR_FLD_DPU_BS_CFG_BS_ALU_BYPASS_SHIFT) &&
		field(core, cfg, RKR_FLD_DPU_BS_CFG_BS_ALU_SRC_SHIFT)) ||
	       (!field(core, cfg, RKR_FLD_DPU_BS_CFG_BS_MUL_BYPASS_SHIFT) &&
		field(core, mul, RKR_FLD_DPU_BS_MUL_CFG_BS_MUL_SRC_SHIFT));
}

/* Whether a DPU that CORE feeds needs DPU_RDMA for its operands. [inferred] */
static bool
operands_from_memory(const struct rke_core *core)
{
	return stage_reads(core, RKR_REG_DPU_BS_CFG, RKR_REG_DPU_BS_MUL_CFG) ||
	       stage_reads(core, RKR_REG_DPU_BN_CFG, RKR_REG_DPU_BN_MUL_CFG) ||
	       (rke_reg_written(core, RKR_REG_DPU_EW_CFG) && !RKE_FIELD(core, DPU_EW_CFG, EW_BYPASS) &&
		!RKE_FIELD(core, DPU_EW_CFG, EW_OP_BYPASS) && RKE_FIELD(core, DPU_EW_CFG, EW_OP_SRC));
}

static int
waits(struct rke_pc *pc, const char *block, const char *what)
{
	snprintf(pc->why, sizeof(pc->why), "%s waits for %s", block, what);
	return -EAGAIN;
}

/* Interrupt bits of a block's group: pairs, the even one is group 0's. CNA has three pairs. [source: TRM] */
static uint32_t
interrupt_bits(unsigned block, unsigned group)
{
	switch (block) {
	case RKE_CNA:
		return 0x15u << group;
	case RKE_CORE:
		return 0x40u << group;
	case RKE_DPU:
		return 0x100u << group;
	case RKE_PPU:
		return 0x400u << group;
	default:
		return 0;
	}
}

/* Run a kernel with the blocks of @mask. */
static int
run_blocks(struct rke_core *core, uint32_t mask)
{
	struct rke_pc *pc = core->pc;
	struct rke_cube cube;
	int r;

	for (unsigned b = 0; b < RKE_BLOCKS; b++)
		if (mask >> b & 1)
			rke_block_begin(core, b);
	core->why[0] = '\0';
	if (mask >> RKE_PPU & 1) {
		r = rke_ppu_run(core);
	} else if (mask >> RKE_CNA & 1) {
		r = rke_conv_run(core, &cube);
		if (r == 0)
			r = rke_dpu_run(core, &cube);
	} else {
		r = rke_dpu_run(core, NULL);
	}
	if (r == -EOPNOTSUPP && core->bus->unmodelled) {
		core->bus->unmodelled(core->bus->data, core->index, pc->list, core->why);
		r = 0;
	}
	if (r == -EOPNOTSUPP)
		snprintf(pc->why, sizeof(pc->why), "not modelled: %s", core->why);
	else if (r < 0)
		snprintf(pc->why, sizeof(pc->why), "no memory left in the emulator");
	if (r < 0)
		return r;
	for (unsigned b = 0; b < RKE_BLOCKS; b++)
		if (mask >> b & 1)
			pc->finished |= interrupt_bits(b, rke_block_end(core, b));
	return 0;
}

#define BIT(block) (1u << (block))

/* Blocks whose next group waits, in *ret_ready. Any other group that waits does so for ever. */
static int
find_ready(struct rke_core *core, uint32_t *ret_ready)
{
	static const char *const names[RKE_BLOCKS] = {
		[RKE_CNA] = "CNA",           [RKE_CORE] = "CORE", [RKE_DPU] = "DPU",
		[RKE_DPU_RDMA] = "DPU_RDMA", [RKE_PPU] = "PPU",   [RKE_PPU_RDMA] = "PPU_RDMA",
	};
	uint32_t ready = 0;

	for (unsigned b = 0; b < RKE_BLOCKS; b++) {
		const struct rke_block_state *s = &core->block[b];

		if (rke_block_ready(core, b)) {
			ready |= BIT(b);
			core->executing[b] = s->executer;
		} else if (s->status[!s->executer] == RKE_WAITS) {
			return waits(core->pc, names[b], "its other group: pointer and executer differ");
		}
	}
	*ret_ready = ready;
	return 0;
}

/*
 * Run what waits and has all that feeds it. 0: nothing waits any more. What
 * has no producer waits for ever. [source: TRM's S_STATUS; inferred for each pair]
 */
static int
run_waiting(struct rke_core *core)
{
	for (;;) {
		struct rke_pc *pc = core->pc;
		uint32_t ready = 0, mask;
		int r = find_ready(core, &ready);

		if (r < 0)
			return r;
		bool from_memory = RKE_FIELD(core, PPU_OPERATION_MODE_CFG, FLYING_MODE);

		if (!ready)
			return 0;
		if ((ready & BIT(RKE_PPU)) && (ready & BIT(RKE_DPU)) && !from_memory) {
			snprintf(pc->why, sizeof(pc->why),
				 "not modelled: PPU.OPERATION_MODE_CFG.FLYING_MODE 0x0, fed by DPU");
			return -EOPNOTSUPP;
		}
		if (ready & (BIT(RKE_CNA) | BIT(RKE_CORE))) {
			if (!(ready & BIT(RKE_CNA)))
				return waits(pc, "CORE", "CNA");
			if (!(ready & BIT(RKE_CORE)))
				return waits(pc, "CNA", "CORE");
			if (!(ready & BIT(RKE_DPU)))
				return waits(pc, "CORE", "DPU");
			mask = ready & (BIT(RKE_CNA) | BIT(RKE_CORE) | BIT(RKE_DPU) | BIT(RKE_DPU_RDMA));
			if (!(mask & BIT(RKE_DPU_RDMA)) && operands_from_memory(core))
				return waits(pc, "DPU", "DPU_RDMA");
		} else if (ready & BIT(RKE_DPU)) {
			if (!RKE_FIELD(core, DPU_FEATURE_MODE_CFG, FLYING_MODE))
				return waits(pc, "DPU", "CORE");
			if (!(ready & BIT(RKE_DPU_RDMA)))
				return waits(pc, "DPU", "DPU_RDMA");
			if (RKE_FIELD(core, DPU_RDMA_RDMA_FEATURE_MODE_CFG, MRDMA_DISABLE))
				return waits(pc, "DPU", "MRDMA, which is disabled");
			mask = BIT(RKE_DPU) | BIT(RKE_DPU_RDMA);
		} else if (ready & BIT(RKE_DPU_RDMA)) {
			return waits(pc, "DPU_RDMA", "DPU");
		} else if (!(ready & BIT(RKE_PPU))) {
			return waits(pc, "PPU_RDMA", "PPU");
		} else if (!from_memory) {
			return waits(pc, "PPU", "DPU");
		} else if (!(ready & BIT(RKE_PPU_RDMA))) {
			return waits(pc, "PPU", "PPU_RDMA");
		} else {
			mask = BIT(RKE_PPU) | BIT(RKE_PPU_RDMA);
		}
		r = run_blocks(core, mask);
		if (r < 0)
			return r;
	}
}

/* ---- Lists */

/* What a task and each of its words cost. */
#define TASK_WORK 4096
#define WORD_WORK 16

/** A list on its way. */
struct list {
	uint64_t words;         /**< that were fetched */
	uint32_t next, amounts; /**< what it says of the one after it */
	uint32_t enable;        /**< blocks that it starts */
	bool done;              /**< its op-enable was reached */
};

static void
take_qword(struct rke_core *core, struct list *list, uint64_t word)
{
	struct rkr_qword q = rkr_qword_decode(word);

	if (word == 0 || q.target == TARGET_NOP || q.target == TARGET_MARKER)
		return;
	if (q.target == TARGET_OP_EN) {
		list->enable = q.value;
		list->done = true;
	} else if (q.target == TARGET_PC && q.offset == RKR_REG_PC_BASE_ADDRESS) {
		core->pc->base = list->next = q.value & BASE_ADDRESS_MASK;
	} else if (q.target == TARGET_PC && q.offset == RKR_REG_PC_REGISTER_AMOUNTS) {
		core->pc->amounts = list->amounts = q.value;
	} else {
		/* A block takes what names it and lies within it. [inferred] */
		int b = rke_block_of(q.offset);

		if (b >= 0 && q.target == (0x201u << b & 0xff00u) + 1)
			rke_block_write(core, q.offset, q.value);
		else
			core->strays++;
	}
}

/*
 * Fetch a list up to its op-enable. An amount that reaches further does no
 * harm, whatever lies there. [source: client programs that pass lengths which
 * are too long run on boards]
 */
static void
fetch(struct rke_core *core, uint32_t iova, uint32_t amounts, struct list *list)
{
	const struct rke_bus *bus = core->bus;
	size_t left = ((size_t)(amounts & RKR_FLD_PC_REGISTER_AMOUNTS_PC_DATA_AMOUNT_MASK) + 1) * 2 * QWORD;

	while (left > 0 && !list->done) {
		size_t n = 0;
		uint64_t to_wrap = (UINT64_C(1) << 32) - iova;
		size_t want = left < to_wrap ? left : (size_t)to_wrap;
		const unsigned char *p = bus->map(bus->data, core->index, iova, want, false, &n);

		n = (n < want ? n : want) / QWORD * QWORD;
		if (!p || n == 0) {
			bus->fault(bus->data, core->index, iova, want, false);
			return;
		}
		for (size_t i = 0; i < n && !list->done; i += QWORD) {
			uint64_t word;

			memcpy(&word, p + i, sizeof(word));
			take_qword(core, list, word);
			list->words++;
		}
		iova += (uint32_t)n;
		left -= n;
	}
}

/* One task: its list, and what it starts. */
static int
run_task(struct rke_core *core, uint32_t iova, uint32_t amounts, struct list *ret_list)
{
	struct rke_pc *pc = core->pc;
	struct list list = { 0 };

	pc->list = iova;
	fetch(core, iova, amounts, &list);
	if (!list.done || !(list.enable & 0x7d)) {
		snprintf(pc->why, sizeof(pc->why), "no op-enable in the list at 0x%" PRIx32, iova);
		return -EAGAIN;
	}
	int r = rke_spend(core, TASK_WORK + WORD_WORK * list.words, "PC.REGISTER_AMOUNTS", amounts);

	if (r < 0) {
		snprintf(pc->why, sizeof(pc->why), "not modelled: %s", core->why);
		return r;
	}
	rke_block_enable(core, list.enable);
	r = run_waiting(core);
	if (r < 0)
		return r;
	*ret_list = list;
	return 0;
}

/*
 * Tasks of a job, all or up to the next barrier. Interrupts come when it is
 * over: a job that stops half way leaves none. [captured: a timeout with task
 * counter 1 and idle status]
 *
 * A list whose upper half of the amounts is not 0 has the core wait for the
 * others before the next one. [captured: in programs for several cores, where
 * an operator reads what other cores wrote of the one before; inferred: what
 * it does]
 */
static unsigned
run_job(struct rke_core *core, bool together)
{
	struct rke_pc *pc = core->pc;
	uint32_t left = pc->left, iova = pc->next, amounts = pc->next_amounts;
	unsigned done = 0;

	if (!pc->at_barrier) {
		left = pc->task_con & RKR_FLD_PC_TASK_CON_TASK_NUMBER_MASK;
		iova = pc->base & BASE_ADDRESS_MASK;
		amounts = pc->amounts;
		/* Of a job before this one, which stopped half way. */
		pc->finished = 0;
	}
	pc->at_barrier = false;
	while (left > 0) {
		struct list list;

		if (run_task(core, iova, amounts, &list) < 0)
			return done;
		done++;
		left--;
		pc->counter++;
		if (!list.next)
			break;
		iova = list.next;
		amounts = list.amounts;
		if (together && left && amounts >> RKR_FLD_PC_REGISTER_AMOUNTS_SYNC_CORES_M1_SHIFT) {
			pc->at_barrier = true;
			pc->next = iova;
			pc->next_amounts = amounts;
			pc->left = left;
			return done;
		}
	}
	pc->raw |= pc->finished;
	pc->finished = 0;
	return done;
}

unsigned
rke_pc_run(struct rke_core *core, bool *ret_waits)
{
	struct rke_pc *pc = core->pc;
	unsigned done = 0;

	if (pc->start || pc->enabled)
		pc->why[0] = '\0';
	if (pc->enabled && run_waiting(core) == 0) {
		pc->raw |= pc->finished;
		pc->finished = 0;
		done++;
	}
	pc->enabled = false;
	if (pc->start || pc->at_barrier) {
		pc->start = false;
		done += run_job(core, ret_waits);
	}
	if (ret_waits)
		*ret_waits = pc->at_barrier;
	return done;
}
