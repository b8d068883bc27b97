/* SPDX-License-Identifier: MIT */
#ifndef TEST_NET_SWEEP_H
#define TEST_NET_SWEEP_H

/*
 * The promise of "verify MODEL": change any register of any record that it
 * judges, and it names operator, record and field. Of each operator one
 * register at a time is changed, but of all operators at once, since each is
 * judged by its own records.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/network.h"

struct sweep {
	size_t tried;
	size_t named;  /**< register and record */
	size_t exact;  /**< and the very field */
	size_t free;   /**< not tried: bits that verification says it does not judge */
	size_t passed; /**< operators that pass as they are: the others are not swept */
};

/** Read the network of a model. @ret_regcmd: where the regcmd is in it; may be NULL. */
struct rkr_network *
sweep_read(const uint8_t *data, size_t len, uint64_t *ret_regcmd);

/**
 * Turn a bit of one register in @step of each item: an operator, the
 * separators, the tails. The model is as before, after it. Prints what was
 * not named.
 */
void
sweep_registers(uint8_t *data, size_t len, size_t step, uint64_t seed, struct sweep *ret);

#endif
