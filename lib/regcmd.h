/* SPDX-License-Identifier: MIT */
#ifndef RKR_REGCMD_H
#define RKR_REGCMD_H

/*
 * A regcmd is a list of 64-bit words, each a register write:
 * target[63:48] | value[47:16] | offset[15:0] [captured, TRM].
 */

#include <stdbool.h>
#include <stdint.h>

#include "regs.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/** Words after a body: next list, its length, marker, op-enable [captured]. */
#define RKR_REGCMD_TAIL 4
/** Each record of the vendor's regcmd starts on this many words, 64 bytes [captured: 69/69 delta lists]. */
#define RKR_REGCMD_ALIGN 8

/** A regcmd word, taken apart. */
struct rkr_qword {
	uint16_t target;
	uint32_t value;
	uint16_t offset;
};

/** Take a regcmd word apart: target in bits 48 to 63, value in 16 to 47, offset in 0 to 15. */
static inline struct rkr_qword
rkr_qword_decode(uint64_t word)
{
	return (struct rkr_qword){
		.target = (uint16_t)(word >> 48),
		.value = (uint32_t)(word >> 16),
		.offset = (uint16_t)word,
	};
}

/** The regcmd word of these parts. */
static inline uint64_t
rkr_qword_encode(uint16_t target, uint32_t value, uint16_t offset)
{
	return (uint64_t)target << 48 | (uint64_t)value << 16 | offset;
}

/** The bits of the word that hold an address of memory (as bits of the value), 0 if none. */
uint32_t
rkr_qword_address_mask(uint64_t word);

/** Whether the word is part of the PC's chain: it tells where the next record is, or how long. */
bool
rkr_qword_is_link(uint64_t word);

/**
 * Words from the start of a record to the start of the next one.
 *
 * @param amount  the record's regcfg_amount: body words without the tail
 */
static inline uint64_t
rkr_regcmd_stride(uint32_t amount)
{
	return ((uint64_t)amount + RKR_REGCMD_TAIL + RKR_REGCMD_ALIGN - 1) / RKR_REGCMD_ALIGN *
	       RKR_REGCMD_ALIGN;
}

/**
 * The PC_DATA_AMOUNT that fetches a record of this amount: 128-bit beats,
 * minus one. Odd amounts round up. [captured: 5519/5519 links]
 */
static inline uint32_t
rkr_regcmd_pc_amount(uint32_t amount)
{
	return amount / 2 + 1 + amount % 2;
}

/**
 * Describe a word for people: "CNA.CBUF_CON0 DATA_BANK=11 WEIGHT_BANK=1".
 * Fields that are zero are left out unless @all.
 *
 * @return length of the whole text, as snprintf.
 */
size_t
rkr_qword_format(uint64_t word, bool all, char *buf, size_t size);

/** Name of the register a word writes: "CNA.CBUF_CON0", "OP_EN", "MARK", "NOP", or "0x1234:0x5678". */
size_t
rkr_qword_name(uint64_t word, char *buf, size_t size);

RKR_END_DECLS

#endif
