/* SPDX-License-Identifier: MIT */
#ifndef RKG_SHAPE_H
#define RKG_SHAPE_H

/*
 * The shape of a convolution, and its name. A name is
 *
 *   [conv2d_|conv2d_cc_]b1_c64_h56_w56_oc128_wic64_k1x1_g1[_s1][_pvalid|_psame]
 *
 * batch, input channels, height, width, kernels, input channels per group,
 * kernel height x width, groups, stride, padding. wic, k and g may stand in
 * any order, wic may be left out (it is c / g), and "p0" means "pvalid".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

enum rkg_precision {
	RKG_FP16,
	RKG_INT8,
};

/**
 * What is convolved. A name tells all but precision and bias, which are fp16
 * and none when it is parsed. Padding is in pixels.
 */
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
 * shape back; padding that no name tells is written for people only.
 *
 * @return the length of the whole name, as snprintf.
 */
size_t
rkg_shape_format(const struct rkg_shape *shape, char *buf, size_t size);

/** Set the padding that gives ceil(in / stride) outputs, the smaller half first. */
void
rkg_shape_pad_same(struct rkg_shape *shape);

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
