/* SPDX-License-Identifier: MIT */
#ifndef RKE_HALF_H
#define RKE_HALF_H

/*
 * fp16 and fp32. Subnormals are kept, results are rounded to nearest even
 * and overflow to infinity. [source: subnormal operands and exact ties were
 * compared on boards] A NaN that becomes fp16 is 0x7e00: [inferred], only the
 * result of one table shows a NaN, and it is not certain which.
 */

#include <stddef.h>
#include <stdint.h>

/** The NaN that a conversion to fp16 gives. */
#define RKE_HALF_NAN 0x7e00

/** The value of an fp16; exact. A NaN stays one. */
float
rke_half_to_float(uint16_t half);

/** The fp16 nearest to a number. */
uint16_t
rke_float_to_half(float value);

/** The fp16 nearest to a double: one rounding, not one to fp32 first. */
uint16_t
rke_double_to_half(double value);

/**
 * Widen @n atoms of 8 fp16 each, packed at @from (any alignment).
 * @stride is the distance in floats from one atom's values to the next one's.
 */
void
rke_half_atoms_widen(float *to, size_t stride, const void *from, size_t n);

/** The reverse of rke_half_atoms_widen(): @n atoms are packed at @to. */
void
rke_half_atoms_narrow(void *to, const float *from, size_t stride, size_t n);

/**
 * What the two functions above do, without the processor's own conversions.
 * The results are the same, bit by bit; they are here to be compared.
 */
void
rke_half_atoms_widen_plain(float *to, size_t stride, const void *from, size_t n);

void
rke_half_atoms_narrow_plain(void *to, const float *from, size_t stride, size_t n);

#endif
