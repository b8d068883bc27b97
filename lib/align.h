/* SPDX-License-Identifier: MIT */
#ifndef RKR_ALIGN_H
#define RKR_ALIGN_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Find a longest common subsequence of two sequences.
 *
 * @param same       whether element i of A and j of B are equal
 * @param ret_match  per element of A its match in B, or SIZE_MAX; ascending
 * @return 0 or -ENOMEM. Sequences with very many differences get a common
 *         subsequence that may not be the longest.
 */
int
rkr_align(size_t n_a, size_t n_b, bool (*same)(const void *data, size_t i, size_t j), const void *data,
	  size_t *ret_match);

#endif
