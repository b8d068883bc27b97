/* SPDX-License-Identifier: MIT */
#ifndef TEST_NET_RECIPES_H
#define TEST_NET_RECIPES_H

/*
 * Records that do not convolve, written out register by register as captured
 * networks have them. Shares nothing with gen/, which is tested by it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/network.h"

/** What a record does. */
struct recipe {
	enum rkr_op_kind kind;                       /**< of what has a recipe, and POOL */
	bool int8, relu, rescale;                    /**< @rescale: an int8 copy changes the scale */
	bool average;                                /**< of a pooling: else the largest */
	uint32_t w, h, c;                            /**< of the input; c in whole atoms */
	uint32_t y, rows;                            /**< the lines of this record; rows 0: all */
	uint32_t x, columns;                         /**< of a pooling, of its output; columns 0: all */
	uint32_t factor;                             /**< of an upsampling */
	uint32_t surface;                            /**< of an upsampling: which one */
	uint32_t src, operand, vector, vector2, dst; /**< where all of it starts; vectors: of BS and BN */
	uint32_t constant;                           /**< what is multiplied by (fp16) or added (fp32) */
	uint32_t scale, shift, offset;               /**< of int8: OUT_CVT */
	const int16_t (*tables)[513];                /**< of a load; NULL: entries are their numbers */
};

/** What the record sets a register to. */
uint32_t
recipe_value(const struct recipe *recipe, uint16_t offset);

/** The blocks that it starts. */
uint32_t
recipe_enable(const struct recipe *recipe);

/** Bytes of a surface inside of a network: whole groups of 4 pixels. */
uint32_t
recipe_surface(uint32_t w, uint32_t h);

#endif
