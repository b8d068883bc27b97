/* SPDX-License-Identifier: MIT */
#ifndef RKG_SHAPE_H
#define RKG_SHAPE_H

/*
 * The shape of a convolution, and its name. A name is
 *
 *   [conv2d_|conv2d_cc_]b1_c64_h56_w56_oc128_wic64_k1x1_g1[_s1][_pvalid|_psame][_i8][_bias][_relu][_add]
 *
 * batch, input channels, height, width, kernels, input channels per group,
 * kernel height x width, groups, stride, padding, then what is not plain:
 * int8 in place of fp16, a bias, a relu, and a second input that is added
 * after the bias. wic, k and g may stand in any order, and so may the last
 * four; wic may be left out (it is c / g). Padding may be given in pixels:
 * "p1" on all sides ("p0": "pvalid"), "p1-1-0-0" above, left, below, right.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

enum rkg_precision {
	RKG_FP16,
	RKG_INT8,
};

/** A table of values that the output is looked up in. No name tells it. */
enum rkg_lut {
	RKG_LUT_NONE,
	RKG_LUT_PLAIN, /**< the output has the precision of the input */
	RKG_LUT_WIDE,  /**< the output is fp32 */
};

/** What is convolved. Padding is in pixels. */
struct rkg_shape {
	uint32_t batch;
	uint32_t in_c;
	uint32_t in_h;
	uint32_t in_w;
	uint32_t out_c;
	uint32_t groups;
	uint32_t in_c_per_group;
	uint32_t kh;
	uint32_t kw;
	uint32_t stride;
	uint32_t pad_top;
	uint32_t pad_left;
	uint32_t pad_bottom;
	uint32_t pad_right;
	enum rkg_precision precision;
	bool bias;
	bool relu;
	bool add; /**< a second input of the size of the output, added after the bias and before the relu */
	enum rkg_lut lut;
};

/** No name that rkg_shape_format() writes is longer, its NUL included. */
#define RKG_SHAPE_NAME_MAX 192

/**
 * Read a shape's name.
 *
 * @param text  the name alone: no "conv:" before it, nothing after it
 * @return 0, or -EINVAL with *err, which names the column and what was
 *         expected there. Whether the shape can be generated is another
 *         question: see domain.h.
 */
int
rkg_shape_parse(const char *text, struct rkg_shape *ret_shape, struct rkr_error *err);

/**
 * Check that the numbers make a convolution: none is zero, groups divide the
 * channels, the kernel fits the padded input.
 *
 * @return 0, or -EINVAL with *err.
 */
int
rkg_shape_check(const struct rkg_shape *shape, struct rkr_error *err);

/**
 * Write the shape's name as the design spells it: every part, stride and
 * padding only when they are not 1 and "valid". rkg_shape_parse() gives the
 * shape back; a lookup table, which no name tells, is written for people only.
 *
 * @return the length of the whole name, as snprintf.
 */
size_t
rkg_shape_format(const struct rkg_shape *shape, char *buf, size_t size);

/** Set the padding that gives ceil(in / stride) outputs, the smaller half first. */
void
rkg_shape_pad_same(struct rkg_shape *shape);

/** Whether a shape is more than captures of single convolutions show: what networks alone have. */
static inline bool
rkg_shape_has_options(const struct rkg_shape *shape)
{
	return shape->stride != 1 || shape->pad_top || shape->pad_left || shape->pad_bottom ||
	       shape->pad_right || shape->precision != RKG_FP16 || shape->bias || shape->relu || shape->add ||
	       shape->lut != RKG_LUT_NONE;
}

/** One kernel per channel: groups = channels = kernels. One channel alone is an ordinary convolution. */
static inline bool
rkg_shape_depthwise(const struct rkg_shape *shape)
{
	return shape->groups > 1 && shape->groups == shape->in_c && shape->out_c == shape->in_c;
}

/** Output height and width of a shape that passed rkg_shape_check(). */
static inline uint32_t
rkg_shape_out_h(const struct rkg_shape *shape)
{
	return (shape->in_h + shape->pad_top + shape->pad_bottom - shape->kh) / shape->stride + 1;
}

static inline uint32_t
rkg_shape_out_w(const struct rkg_shape *shape)
{
	return (shape->in_w + shape->pad_left + shape->pad_right - shape->kw) / shape->stride + 1;
}

#endif
