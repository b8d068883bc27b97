/* SPDX-License-Identifier: MIT */
#ifndef BENCH_PARSE_H
#define BENCH_PARSE_H

/* The parts of bench-parse: its inputs, and what counts allocations. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** A kind of input, and what is to be reached on it. */
struct bench_input {
	const char *name;
	const char *pattern; /**< of the row that there is most of, as grep -P takes it */
	const char *fixed;   /**< text that is in that row */
	unsigned stats_goal; /**< MB/s of parse --stats */
	unsigned json_goal;  /**< MB/s of parse --json; 0: none */
	bool beats_grep;     /**< --stats is to be no slower than grep -cP */
	/** Write about @bytes of it. The same bytes each time. 0 or negative errno. */
	int (*write)(FILE *out, uint64_t bytes);
};

extern const struct bench_input bench_inputs[];
extern const size_t bench_n_inputs;

/** Allocations (malloc, calloc, realloc, ...) of this process so far. False: they cannot be counted here. */
bool
bench_allocations(uint64_t *ret_n);

#endif
