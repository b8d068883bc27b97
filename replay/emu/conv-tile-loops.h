/* SPDX-License-Identifier: MIT */
#ifndef RKE_CONV_TILE_LOOPS_H
#define RKE_CONV_TILE_LOOPS_H

/*
 * The loops that all processors with vectors have in common. The file that
 * includes this has defined what a step of them is. Sums are in registers of
 * pixel @p that its macros name s<p>...; they are written out, since a
 * compiler may not keep an array in registers.
 *
 *	TARGET          attributes of each function
 *	FLOAT_ZERO(p)   declare sums of fp32, all 0
 *	FLOAT_WEIGHTS   declare RKE_KERNELS weights, those at w
 *	FLOAT_STEP(p)   add in[p][at] times these
 *	FLOAT_ADD(p)    add the sums to the wide ones at sum[p]
 *	store_sums()    the one rounding to fp32
 *	INT_ZERO(p), INT_WEIGHTS, INT_STEP(p)
 *	                the same of integers, modulo 2^32: two channels at a time
 *	INT_STORE(p)    the sums to out[p]
 */

#include "replay/emu/conv.h"

_Static_assert(RKE_PIXELS == 6 && RKE_KERNELS == 16, "the loops are written out for this tile");

#define FOR_PIXEL(do_it) do_it(0)
#define FOR_2_PIXELS(do_it) FOR_PIXEL(do_it) do_it(1)
#define FOR_4_PIXELS(do_it) FOR_2_PIXELS(do_it) do_it(2) do_it(3)
#define FOR_PIXELS(do_it) FOR_4_PIXELS(do_it) do_it(4) do_it(5)

/* Define a loop for some pixels: for those that there are, or what costs as little. */
/* clang-format off */
#define FOR_NUMBERS(define, name) \
	define(name##_1, FOR_PIXEL) \
	define(name##_2, FOR_2_PIXELS) \
	define(name##_4, FOR_4_PIXELS) \
	define(name##_6, FOR_PIXELS)
/* clang-format on */

/* Call the one of them for @n pixels. */
#define BY_NUMBER(n, name, ...)                \
	do {                                   \
		if ((n) > 4)                   \
			name##_6(__VA_ARGS__); \
		else if ((n) > 2)              \
			name##_4(__VA_ARGS__); \
		else if ((n) > 1)              \
			name##_2(__VA_ARGS__); \
		else                           \
			name##_1(__VA_ARGS__); \
	} while (0)

/* clang-format off */
#define TILE_FLOAT(name, for_pixels) \
TARGET static void \
name(const float *const in[RKE_PIXELS], size_t pitch, const float *w, size_t rows, size_t run, \
     double sum[RKE_PIXELS][RKE_KERNELS]) \
{ \
	for (size_t r = 0; r < rows; r++) \
		for (size_t from = 0; from < run; from += RKE_CHUNK) { \
			size_t at = r * pitch + from, n = run - from < RKE_CHUNK ? run - from : RKE_CHUNK; \
\
			for_pixels(FLOAT_ZERO) \
			for (size_t end = at + n; at < end; at++, w += RKE_KERNELS) { \
				FLOAT_WEIGHTS \
				for_pixels(FLOAT_STEP) \
			} \
			for_pixels(FLOAT_ADD) \
		} \
}
/* clang-format on */

FOR_NUMBERS(TILE_FLOAT, add)

TARGET static void
tile_float(const float *const in[RKE_PIXELS], unsigned n, size_t pitch, const float *weights, size_t rows,
	   size_t run, float out[RKE_PIXELS][RKE_KERNELS])
{
	double sum[RKE_PIXELS][RKE_KERNELS] = { 0 };

	BY_NUMBER(n, add, in, pitch, weights, rows, run, sum);
	store_sums(sum, n, out);
}

TARGET static void
tile_int(const int16_t *const in[RKE_PIXELS], size_t pitch, const int16_t *weights, size_t rows, size_t run,
	 int32_t out[RKE_PIXELS][RKE_KERNELS])
{
	const int16_t *w = weights;

	FOR_PIXELS(INT_ZERO)
	for (size_t r = 0; r < rows; r++)
		for (size_t at = r * pitch, end = at + run; at < end; at += 2, w += 2 * RKE_KERNELS) {
			INT_WEIGHTS
			FOR_PIXELS(INT_STEP)
		}
	FOR_PIXELS(INT_STORE)
}

#endif
