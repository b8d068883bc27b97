/* SPDX-License-Identifier: MIT */
#ifndef RKE_NPU_PRIV_H
#define RKE_NPU_PRIV_H

/*
 * The inside of a core. pc.c fetches and starts, block.c keeps the register
 * groups, conv*.c compute accumulators (CNA and CORE), dpu*.c, rdma.c and
 * ppu.c take them to memory. dma.c and scratch.c serve all of them.
 */

#include "lib/regs-ids.h"
#include "npu.h"

/** Blocks with register groups, in the order of their bits in the op-enable word. */
enum rke_block {
	RKE_CNA = 0,
	RKE_CORE = 2,
	RKE_DPU = 3,
	RKE_DPU_RDMA = 4,
	RKE_PPU = 5,
	RKE_PPU_RDMA = 6,
	RKE_BLOCKS = 7,
};

/** Registers of a block: 4 KiB of MMIO. */
#define RKE_BLOCK_REGS 1024

/** A block: two shadow groups of registers. */
struct rke_group_regs {
	uint32_t v[RKE_BLOCK_REGS];
	/** which were ever written since reset: some defaults differ from 0 (BS_CFG, BN_CFG: bypass) */
	uint64_t written[RKE_BLOCK_REGS / 64];
};

struct rke_core;

/** The value of a register (full MMIO offset, e.g. 0x100c) in the group that its block executes. */
uint32_t
rke_reg(const struct rke_core *core, uint16_t offset);

/** A field of a register, of the group that executes. */
#define RKE_FIELD(core, reg, field) \
	(rke_reg((core), RKR_REG_##reg) >> RKR_FLD_##reg##_##field##_SHIFT & RKR_FLD_##reg##_##field##_MASK)

/** Whether that register was written since reset. */
bool
rke_reg_written(const struct rke_core *core, uint16_t offset);

/**
 * What CORE hands to DPU: one value for each output pixel and kernel,
 * v[(y * width + x) * stride + k]. Floats are sums in wide arithmetic that
 * were rounded to fp32 once; integers are exact, modulo 2^32.
 */
struct rke_cube {
	bool is_float;
	uint32_t width, height; /**< output pixels */
	uint32_t channels;      /**< kernels (depthwise: channels) that were computed; more read as 0 */
	size_t stride;          /**< >= channels, a multiple of 16 */
	union {
		float *f;
		int32_t *i;
	};
	/** Integer only: sum of the inputs of each pixel's window, for CPEND; NULL: not asked for. */
	int32_t *sums;
	size_t sums_stride; /**< 1: one per pixel; else (depthwise) as @stride */
};

/** Read @len bytes at @iova; bytes that are not mapped read 0 and are told to the bus. */
void
rke_dma_read(struct rke_core *core, uint32_t iova, void *to, size_t len);

/** Write @len bytes at @iova; bytes that are not mapped are dropped and told to the bus. */
void
rke_dma_write(struct rke_core *core, uint32_t iova, const void *from, size_t len);

/** Bytes at @iova that are mapped in one piece, for reading in place; NULL if not all of @len are. */
const void *
rke_dma_peek(struct rke_core *core, uint32_t iova, size_t len);

/** The same for writing in place. */
void *
rke_dma_poke(struct rke_core *core, uint32_t iova, size_t len);

/** Say in core->why what is not modelled, and with which value. -EOPNOTSUPP. */
int
rke_refuse(struct rke_core *core, const char *what, uint32_t value);

/** A field by its name. */
struct rke_field {
	const char *name;
	uint16_t offset;
	uint8_t shift;
	uint32_t mask;
};

/** A row of a table of fields. */
/* clang-format off */
#define RKE_FIELD_ROW(block, reg, field) { \
	.name = #block "." #reg "." #field, \
	.offset = RKR_REG_##block##_##reg, \
	.shift = RKR_FLD_##block##_##reg##_##field##_SHIFT, \
	.mask = RKR_FLD_##block##_##reg##_##field##_MASK, \
}
/* clang-format on */

/** Refuse the first of the fields that is not 0: what they turn on is not modelled. 0 if all are. */
int
rke_refuse_nonzero(struct rke_core *core, const struct rke_field *fields, size_t n);

/**
 * Compute a convolution or matrix product from the registers of CNA and CORE.
 * The cube's memory is the core's, valid until the next call.
 *
 * @return 0; -ENOMEM; or -EOPNOTSUPP: a mode that is not modelled
 *         (core->why names it). The hardware would do something; we do not
 *         guess.
 */
int
rke_conv_run(struct rke_core *core, struct rke_cube *ret_cube);

/**
 * Take a cube through DPU to memory. @cube NULL: FLYING_MODE, the main input comes from DPU_RDMA.
 * LUT contents and registers are the core's.
 * @return as rke_conv_run().
 */
int
rke_dpu_run(struct rke_core *core, const struct rke_cube *cube);

/** Run PPU with its RDMA: memory to memory pooling. @return as rke_conv_run(). */
int
rke_ppu_run(struct rke_core *core);

/**
 * Take work off what is left for this run, before it is done.
 *
 * @param what   the register that asks for so much, and
 * @param value  what it says
 * @return 0, or -EOPNOTSUPP: that is too much
 */
int
rke_spend(struct rke_core *core, uint64_t work, const char *what, uint32_t value);

/** Two tables of 513 signed 16-bit entries. They survive tasks, not a reset. */
struct rke_lut {
	int16_t entry[2][513]; /**< LE, LO */
	uint16_t access;       /**< next entry that LUT_ACCESS_DATA writes */
	uint8_t table;         /**< which table LUT_ACCESS_CFG named */
	bool writing;
};

/** What a block is doing, beside its registers. */
struct rke_block_state {
	uint8_t pointer;   /**< the group that register writes go to */
	uint8_t executer;  /**< the group that runs next */
	uint32_t mode;     /**< S_POINTER as written: POINTER_PP_EN, EXECUTER_PP_EN, POINTER_PP_MODE */
	uint8_t status[2]; /**< by group: enum rke_status */
};

/** S_STATUS of a group. [source: TRM] */
enum rke_status {
	RKE_IDLE = 0,
	RKE_RUNS = 1,
	RKE_WAITS = 2,
};

struct rke_core {
	const struct rke_bus *bus;
	unsigned index;
	struct rke_group_regs *group[RKE_BLOCKS][2]; /**< by block and group */
	uint8_t executing[RKE_BLOCKS];               /**< the group that runs */
	struct rke_block_state block[RKE_BLOCKS];
	uint32_t dma_base;        /**< added to each DMA address of data [source: TRM] */
	uint64_t macs, dma_bytes; /**< work since the run began, for the estimate of time */
	uint64_t work_left;       /**< of what the run may cost, see rke_npu_limit() */
	uint64_t strays;          /**< register writes that no block took */
	struct rke_lut lut;
	char why[96]; /**< what is not modelled, after -EOPNOTSUPP */
	/** scratch of conv and dpu: grown, never shrunk */
	void *scratch[8];
	size_t scratch_size[8];
	struct rke_pc *pc; /**< pc.c's own */
};

/**
 * Memory of a core's own for step @i, at least @len bytes, 64-byte aligned;
 * NULL: none left. What it held is lost. conv uses 0..3, dpu 4..6, ppu 7.
 */
void *
rke_scratch(struct rke_core *core, unsigned i, size_t len);

/** The block of a register's MMIO offset, or -1. */
int
rke_block_of(uint32_t offset);

/** Write a register of a block: S_POINTER, the LUT's port, or the group that is pointed at. */
void
rke_block_write(struct rke_core *core, uint32_t offset, uint32_t value);

/** Read one: S_STATUS, S_POINTER, or the group that is pointed at. */
uint32_t
rke_block_read(const struct rke_core *core, uint32_t offset);

/** Start the group that is pointed at of each block in @mask (bits as in the op-enable word). */
void
rke_block_enable(struct rke_core *core, uint32_t mask);

/** Whether a block's next group was started and waits. */
bool
rke_block_ready(const struct rke_core *core, enum rke_block block);

/** Let a block's next group run: rke_reg() reads it from now on. */
void
rke_block_begin(struct rke_core *core, enum rke_block block);

/** It is done. @return the group that ran. */
unsigned
rke_block_end(struct rke_core *core, enum rke_block block);

/** All groups, pointers and LUTs to 0. */
void
rke_block_reset(struct rke_core *core);

/** PC: its own registers. pc.c. */
int
rke_pc_new(struct rke_pc **ret_pc);

void
rke_pc_free(struct rke_pc *pc);

void
rke_pc_reset(struct rke_pc *pc);

uint32_t
rke_pc_read(const struct rke_pc *pc, uint32_t offset);

void
rke_pc_write(struct rke_core *core, uint32_t offset, uint32_t value);

/** Blocks started without PC, by OPERATION_ENABLE of a block or of all. */
void
rke_pc_enable(struct rke_core *core, uint32_t mask);

/**
 * As rke_npu_run(), without the time.
 *
 * @param ret_waits  run up to a barrier, and tell whether the core stands at one; NULL: they are open
 * @return tasks that were done
 */
unsigned
rke_pc_run(struct rke_core *core, bool *ret_waits);

/** As rke_npu_why(). */
const char *
rke_pc_why(const struct rke_pc *pc);

/** Free all of a core's scratch memory. */
void
rke_scratch_free(struct rke_core *core);

#endif
