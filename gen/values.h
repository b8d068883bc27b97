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
	RKG_BASE_BIAS,   /**< the biases, or what else there is one of per channel */
	RKG_BASE_ADDEND, /**< the second input */
	RKG_BASE_REGCMD, /**< the first record */
	RKG_BASE_MAX_,
};

/** As many registers at most are given. */
#define RKG_GIVEN_MAX 16

/** Which layers a register's value must be given of. */
enum rkg_gift {
	RKG_GIFT_NONE,
	RKG_GIFT_INT8,         /**< int8 */
	RKG_GIFT_INT8_ADD,     /**< int8 with a second input */
	RKG_GIFT_LUT,          /**< with a lookup table */
	RKG_GIFT_INT8_SCALED,  /**< int8 maps that change their scale */
	RKG_GIFT_INT8_AVERAGE, /**< int8 poolings by average */
	RKG_GIFT_ADDEND,       /**< maps to which a constant is added */
	RKG_GIFT_FACTOR,       /**< maps that are multiplied by a constant */
	RKG_GIFT_FACTORS,      /**< maps that are multiplied by two */
};

/** When an overlay sets a register in its ascending place. */
enum rkg_overlay {
	RKG_OVERLAY_CHANGED, /**< if it differs from the record that last wrote this register set */
	RKG_OVERLAY_ALWAYS,
	RKG_OVERLAY_NEVER, /**< it is in the lead, and that is all */
};

/**
 * Values that no shape tells and a model does: what is scaled by how much. A
 * register that is not in the list has the value of a layer without.
 */
struct rkg_given {
	size_t n;
	struct {
		uint16_t offset;
		uint32_t value;
		uint32_t mask;      /**< the bits that are given: what verification takes from the records */
		unsigned n_records; /**< that tell it; likewise */
	} v[RKG_GIVEN_MAX];
};

struct rkg_map;

/** A tile with what several of its registers need. */
struct rkg_at {
	const struct rkg_given *given; /**< NULL: none */
	const struct rkg_map *map;     /**< of a record that is no convolution; the rest is not set then */
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
	uint8_t gift;    /**< enum rkg_gift */
	uint32_t given;  /**< the bits that are given, if it is one */
	uint32_t constant;
	uint32_t (*value)(const struct rkg_at *at); /**< NULL: @constant */
};

/** No record has more registers than this. */
#define RKG_CELLS_MAX 128 /* the longest has 120 */
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

/** The family of conv tiles: CNA, CORE and DPU, and DPU_RDMA if it fetches biases. */
void
rkg_family_conv(struct rkg_family *ret, const struct rkg_geometry *g);

/** Whether the value of a register of this record must be given. */
bool
rkg_cell_is_given(const struct rkg_cell *cell, const struct rkg_at *at);

/** The value of a register of a record. */
uint32_t
rkg_cell_value(const struct rkg_cell *cell, const struct rkg_at *at);

/**
 * The family of separators, which end each core's list in the programs for
 * several cores: PPU and PPU_RDMA copy one pixel of scratch memory.
 */
void
rkg_family_separator(struct rkg_family *ret, const struct rkg_geometry *g);

/** Make @ret_at of a tile of the plan. */
void
rkg_at_init(struct rkg_at *ret_at, const struct rkg_plan *plan, const struct rkg_tile *tile,
	    const struct rkg_given *given);

/** Bytes of scratch that the separators use behind the weights, and where in the weight BO it starts. */
#define RKG_SCRATCH_BYTES 0x800
#define RKG_WEIGHT_ALIGN 64

#endif
