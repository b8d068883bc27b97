/* SPDX-License-Identifier: MIT */
#ifndef CHIP_H
#define CHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What regcmd words say of the chip that they are for. Start from zeros. */
struct tool_chip {
	uint64_t writes;  /**< words that write to a block of registers */
	uint64_t unknown; /**< ... a register that the RK3588 is not known to have */
	bool cna_1018;    /**< such a one, as the RK3576 has it */
	bool dpu_40b8;    /**< another */
};

/** Look at a word, before any is described. */
void
tool_chip_see(struct tool_chip *chip, uint64_t word);

/**
 * Describe a word as rkr_qword_format() does; but registers of an RK3576 by
 * their numbers alone, for what its fields are is not known.
 */
void
tool_chip_format(const struct tool_chip *chip, uint64_t word, char *buf, size_t size);

/** Say on standard error if the words are not the RK3588's, and what that means for how they are shown. */
void
tool_chip_explain(const struct tool_chip *chip);

#endif
