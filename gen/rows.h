/* SPDX-License-Identifier: MIT */
#ifndef RKG_ROWS_H
#define RKG_ROWS_H

/* Tables of registers and how their values come about: what they are written with. */

#include "lib/regs-ids.h"
#include "values.h"

/** A value in the place of a field. */
#define FLD(block, reg, field, v)                                 \
	(((uint32_t)(v)&RKR_FLD_##block##_##reg##_##field##_MASK) \
	 << RKR_FLD_##block##_##reg##_##field##_SHIFT)

/** A row of a family's table: a register and its value, ascending offset. */
struct rkg_row {
	uint16_t offset;
	uint8_t base;
	uint8_t overlay;
	uint8_t gift;
	uint32_t given; /* the bits of a gift */
	uint32_t constant;
	uint32_t (*value)(const struct rkg_at *at);
};

#define MODE_DEPTHWISE 3 /* [captured, TRM] */

static inline bool
is_int8(const struct rkg_at *at)
{
	return at->g->shape.precision == RKG_INT8;
}

static inline uint32_t
out_channels_minus1(const struct rkg_at *at)
{
	return at->out_channels - 1;
}

/** The rows of CNA and CORE of a convolution, and those of DPU and DPU_RDMA. */
const struct rkg_row *
rkg_rows_cna(size_t *ret_n);

const struct rkg_row *
rkg_rows_dpu(size_t *ret_n);

/* clang-format off */
#define OF(reg, fn) { .offset = RKR_REG_##reg, .value = (fn) }
#define IS(reg, v) { .offset = RKR_REG_##reg, .constant = (v) }
#define ALWAYS .overlay = RKG_OVERLAY_ALWAYS
#define NEVER .overlay = RKG_OVERLAY_NEVER
/* An address, which overlays always set. */
#define AT(reg, whose, fn) { .offset = RKR_REG_##reg, .base = RKG_BASE_##whose, ALWAYS, .value = (fn) }
#define GIVEN(reg, whom, bits, or_else) \
	{ .offset = RKR_REG_##reg, .gift = RKG_GIFT_##whom, .given = (bits), .constant = (or_else) }
#define GIVEN_OF(reg, whom, bits, fn) \
	{ .offset = RKR_REG_##reg, .gift = RKG_GIFT_##whom, .given = (bits), .value = (fn) }
/* clang-format on */

/** Two register sets, written in turns [captured: all records, TRM]. */
#define POINTER_VALUE 0xe
/** One register set alone: what looks up in a table that was loaded [captured: 75 tiles]. */
#define POINTER_VALUE_LUT 0x30

/** Add a block's registers. *row is the table's place, which moves on as its registers are met. */
void
rkg_family_add_block(struct rkg_family *f, uint16_t any_offset, bool pointer, const struct rkg_row **row,
		     const struct rkg_row *end);

#endif
