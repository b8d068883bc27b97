/* SPDX-License-Identifier: MIT */
#ifndef RKG_VALUES_H
#define RKG_VALUES_H

/*
 * What each register of a record is set to. One table says how a register's
 * value comes from a tile; a register that is not in it is set to 0. Which
 * registers a record sets, and in which order, is not written down here: it
 * is the order of the register database.
 */

#include <stdint.h>

#include "plan.h"

/** Whose address a register's value counts from. */
enum rkg_base {
	RKG_BASE_NONE,   /**< no address */
	RKG_BASE_WEIGHT, /**< the weight BO */
	RKG_BASE_INPUT,  /**< the input BO */
	RKG_BASE_OUTPUT, /**< the output BO */
	RKG_BASE_REGCMD, /**< the first record */
	RKG_BASE_MAX_,
};

/** When an overlay sets a register in its ascending place. */
enum rkg_overlay {
	RKG_OVERLAY_CHANGED, /**< if it differs from the record that last wrote this register set */
	RKG_OVERLAY_ALWAYS,
	RKG_OVERLAY_NEVER, /**< it is in the lead, and that is all */
};

/** A tile with what several of its registers need. */
struct rkg_at {
	const struct rkg_geometry *g;
	const struct rkg_tile *t;
	enum rkg_split split;
	uint32_t kernel_bytes;
	uint32_t out_channels; /**< kernels, padded to whole units */
};

/** A register of a record family, ready to be evaluated. */
struct rkg_cell {
	uint16_t target;
	uint16_t offset;
	uint8_t base;    /**< enum rkg_base */
	uint8_t overlay; /**< enum rkg_overlay */
	uint32_t constant;
	uint32_t (*value)(const struct rkg_at *at); /**< NULL: @constant */
};

/** No record has more registers than this. */
#define RKG_CELLS_MAX 128
#define RKG_LEAD_MAX 4
#define RKG_POINTERS_MAX 2

/** A kind of record: the registers it sets, in order, and what starts it. */
struct rkg_family {
	uint32_t enable_mask;
	uint32_t int_mask;
	size_t n_lead;
	size_t n_pointers;
	size_t n_cells;
	uint8_t lead[RKG_LEAD_MAX];                 /**< indexes of cells that come first */
	struct rkg_cell pointers[RKG_POINTERS_MAX]; /**< which register set is written */
	struct rkg_cell cells[RKG_CELLS_MAX];       /**< ascending offset within each block */
};

/** The family of conv tiles: CNA, CORE and DPU. */
void
rkg_family_conv(struct rkg_family *ret);

/**
 * The family of separators, which end each core's list in the programs for
 * several cores: PPU and PPU_RDMA copy one pixel of scratch memory.
 */
void
rkg_family_separator(struct rkg_family *ret, const struct rkg_geometry *g);

/** Make @ret_at of a tile of the plan. */
void
rkg_at_init(struct rkg_at *ret_at, const struct rkg_plan *plan, const struct rkg_tile *tile);

/** Bytes of scratch that the separators use behind the weights, and where in the weight BO it starts. */
#define RKG_SCRATCH_BYTES 0x800
#define RKG_WEIGHT_ALIGN 64

#endif
