/* SPDX-License-Identifier: MIT */
#ifndef TEST_REF_H
#define TEST_REF_H

/*
 * What the emulated NPU is compared with: convolutions in double, one term
 * after the other, and fp16 by its definition. Shares no code with replay/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The pattern of a value that fp16 has. */
uint16_t
ref_half_bits(double value);

/** The fp16 number nearest to @v, ties to even, as a value. */
double
ref_half_round(double v);

/** How numbers lie in memory. */
enum ref_number {
	REF_INT8,
	REF_INT16,
	REF_FP16,
};

/** Bytes of a number. */
unsigned
ref_number_size(enum ref_number number);

/** The number at @p. */
double
ref_number_get(enum ref_number number, const void *p);

/** A convolution or a matrix product. Sums are of in[y][x][c] times w[k][tap][c]; depthwise: k is c. */
struct ref_conv {
	enum ref_number number;
	bool depthwise;
	unsigned c, h, w, k, kh, kw, stride;
	int top, left;
	unsigned oh, ow;
	double pad;
	double *in;      /**< [y][x][c] */
	double *weights; /**< [k][tap][c]; depthwise [tap][c] */
};

/** Make room for in and weights, all 0. k, c and sizes are set. */
void
ref_conv_alloc(struct ref_conv *conv);

void
ref_conv_clear(struct ref_conv *conv);

/** The exact sum for a kernel and an output pixel; *ret_abs: that of absolute values. */
double
ref_conv_sum(const struct ref_conv *conv, unsigned k, unsigned y, unsigned x, double *ret_abs);

/**
 * Take the features out of surfaces of atoms (NC1HWC2).
 *
 * @param lanes    elements of an atom
 * @param surface  bytes from a surface to the next
 */
void
ref_conv_features(struct ref_conv *conv, const unsigned char *memory, size_t surface);

/** Take them out of packed pixels of @channels, rows @pitch bytes apart. */
void
ref_conv_pixels(struct ref_conv *conv, const unsigned char *memory, unsigned channels, size_t pitch);

/**
 * Take the weights out of memory: groups of 16 (fp16, int16) or 32 (int8)
 * kernels, slices of 32 channels, taps, then kernel by kernel; depthwise:
 * slices of 32 or 64 channels, taps. fp16 slices of 24 are stored as 32.
 *
 * @return bytes that they take
 */
size_t
ref_conv_weights(struct ref_conv *conv, const unsigned char *memory);

/** Results that were compared with sums. */
struct ref_score {
	size_t n;
	size_t near;     /**< differ from the nearest fp16, since the sum is all but half way between two */
	double diff;     /**< largest difference to an exact sum */
	double rounding; /**< that of the exact sum rounded to fp16 */
};

/**
 * Count an fp16 result.
 *
 * @param noise  what the sum itself may be off
 * @return whether it is what one rounding of such a sum gives
 */
bool
ref_score_half(struct ref_score *score, double got, double exact, double noise);

/** What sums in fp32 of pieces may be off, if absolute values make @abs. */
double
ref_noise(double abs);

#endif
