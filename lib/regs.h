/* SPDX-License-Identifier: MIT */
#ifndef RKR_REGS_H
#define RKR_REGS_H

/*
 * The register database of the RK3588 NPU: lib/regs.yaml, compiled to C
 * tables by lib/gen-regs.py at build time. The generated regs-ids.h holds one
 * constant per register, RKR_REG_<BLOCK>_<NAME>, whose value is its 16-bit
 * offset, and per field RKR_FLD_<BLOCK>_<REG>_<FIELD>_SHIFT and _MASK (the
 * mask is not shifted).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "visibility.h"

RKR_BEGIN_DECLS

/** What a difference in a register means to the reader of a diff. */
enum rkr_reg_role {
	RKR_REG_PLAIN = 0, /**< mode bits, constants */
	RKR_REG_GEOMETRY,  /**< sizes, strides, banks: follows from the shape */
	RKR_REG_LINK,      /**< PC chain: next list and its length */
	RKR_REG_ADDRESS,   /**< a DMA address of data */
};

/** A named value of a field. */
struct rkr_reg_enum {
	uint32_t value;
	const char *name;
};

/** A bit field of a register. */
struct rkr_reg_field {
	const char *name;
	uint8_t msb;
	uint8_t lsb;
	const char *encoding; /**< a key of regs.yaml "encodings", or NULL */
	const char *desc;
	const struct rkr_reg_enum *enums; /**< or NULL */
	size_t n_enums;
};

/** A register. */
struct rkr_reg {
	const char *name;
	uint16_t offset;    /**< from the core's MMIO base, block base included */
	const char *access; /**< "RO", "RW", "W1C", "RO_W1C" */
	enum rkr_reg_role role;
	uint32_t address_mask;              /**< the bits that hold an address; 0 if none */
	const struct rkr_reg_field *fields; /**< from the top bit down */
	size_t n_fields;
};

/** A block of registers. */
struct rkr_reg_block {
	const char *name;
	uint16_t base;
	uint16_t qword_target;      /**< target word of a regcmd qword; 0: MMIO only */
	int8_t op_enable_bit;       /**< bit in GLOBAL.OPERATION_ENABLE; -1: none */
	const struct rkr_reg *regs; /**< ascending offset */
	size_t n_regs;
};

/** All blocks, in ascending base. *ret_n is their number. Never fails. */
const struct rkr_reg_block *
rkr_reg_blocks(size_t *ret_n);

/**
 * Find the register that a regcmd qword of this target and offset writes.
 *
 * @return the register and its block in *ret_block (may be NULL), or NULL if
 *         the target is no block's or the offset is not in the database.
 */
const struct rkr_reg *
rkr_reg_by_qword(uint16_t target, uint16_t offset, const struct rkr_reg_block **ret_block);

/** Find a register by MMIO offset, or NULL. */
const struct rkr_reg *
rkr_reg_by_offset(uint16_t offset, const struct rkr_reg_block **ret_block);

/** Find a register by name, e.g. "CNA" and "CBUF_CON0", or NULL. */
const struct rkr_reg *
rkr_reg_by_name(const char *block, const char *reg, const struct rkr_reg_block **ret_block);

/** Find a field by name in a register, or NULL. */
const struct rkr_reg_field *
rkr_reg_field_by_name(const struct rkr_reg *reg, const char *field);

/** The value of a field within a register word. */
uint32_t
rkr_reg_field_get(const struct rkr_reg_field *field, uint32_t word);

/** The word with a field replaced; bits of @value beyond the field are cut. */
uint32_t
rkr_reg_field_set(const struct rkr_reg_field *field, uint32_t word, uint32_t value);

/** The name of a field's value from its enum, or NULL. */
const char *
rkr_reg_enum_name(const struct rkr_reg_field *field, uint32_t value);

RKR_END_DECLS

#endif
