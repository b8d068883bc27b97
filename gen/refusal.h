/* SPDX-License-Identifier: MIT */
#ifndef RKG_REFUSAL_H
#define RKG_REFUSAL_H

/* Why a shape is not generated: each reason has a name, a sentence and a cure. */

#include "lib/error.h"
#include "shape.h"

/*
 * Every reason to refuse: R(id, "name", "sentence", "cure").
 */
#define RKG_REFUSALS(R)                                                                                    \
	R(BATCH, "batch", "no schedule of a batch above 1 was captured", "use b1 and repeat the run")      \
	R(GROUPED, "grouped", "grouped convolution has no captured schedule",                              \
	  "use g1, or depthwise: g equal to c and to oc")                                                  \
	R(CHANNEL_MULTIPLIER, "channel-multiplier",                                                        \
	  "depthwise with several kernels per channel has no captured schedule", "make oc equal to c")     \
	R(INT8_ALONE, "int8-alone", "int8 was captured with a bias only", "add _bias")                     \
	R(INT8_DEPTHWISE, "int8-depthwise",                                                                \
	  "no schedule of a plain int8 depthwise convolution was captured", "use fp16")                    \
	R(FUSED_ALONE, "fused-alone", "relu, second input and table were captured behind a bias only",     \
	  "add _bias")                                                                                     \
	R(ADD_DEPTHWISE, "add-depthwise", "no depthwise convolution with a second input was captured",     \
	  "use g1")                                                                                        \
	R(RECTANGULAR, "rectangular", "width and height differ, and no such schedule was captured",        \
	  "make h and w equal")                                                                            \
	R(STRIDE, "stride", "schedules were captured of strides 1, 2 and 7", "use such a stride")          \
	R(PADDING, "padding", "no schedule of padding beyond half a kernel was captured",                  \
	  "use less padding")                                                                              \
	R(STEM, "stem",                                                                                    \
	  "of a first layer of 3 channels plan and registers are known, the buffer of its pixels is not",  \
	  "ask for the plan alone, or use 8 or more input channels")                                       \
	R(RUN_LAYOUT, "run-layout",                                                                        \
	  "plan and registers are known, where a runtime puts biases, scales and second inputs is not",    \
	  "ask for the plan alone (show --tiles), or leave them out")                                      \
	R(SMALL_CHANNELS, "small-channels",                                                                \
	  "up to 4 input channels are read as packed pixels, which is not modelled",                       \
	  "use 8 or more input channels")                                                                  \
	R(CHANNELS_OF_8, "channels-of-8",                                                                  \
	  "no schedule of input channels that are not a multiple of 8 was captured",                       \
	  "make c a multiple of 8")                                                                        \
	R(KERNEL_SIZE, "kernel-size",                                                                      \
	  "schedules were captured of 1x1 and 3x3 kernels, of 3x3 and 5x5 depthwise, and in networks of "  \
	  "square kernels of 1, 2, 3, 5 and 7",                                                            \
	  "use such a kernel")                                                                             \
	R(FIELD_LIMIT, "field-limit",                                                                      \
	  "h and w go up to 2047, c and oc up to 8192, weights below 4 GiB: register fields hold no more", \
	  "make the shape smaller")                                                                        \
	R(NO_DATA_BANK, "no-data-bank",                                                                    \
	  "two kernel groups' weights fill the CBUF, and no such schedule was captured",                   \
	  "use fewer input channels")                                                                      \
	R(NO_OUTPUT_ROW, "no-output-row",                                                                  \
	  "the CBUF does not hold the input of one output row, and no such schedule was captured",         \
	  "make w or c smaller")                                                                           \
	R(Y_SPLIT, "y-split",                                                                              \
	  "the cores' tiles would be less than one row high, and no such schedule was captured",           \
	  "make w or c smaller")                                                                           \
	R(ONE_GROUP, "one-group",                                                                          \
	  "two cores or three can share the work, but not both, and no such schedule was captured",        \
	  "use another h or oc")                                                                           \
	R(DEGENERATE_TILES, "degenerate-tiles",                                                            \
	  "cores cannot share the work and it takes several tiles, and no such schedule was captured",     \
	  "use another h or oc")                                                                           \
	R(TASK_LIMIT, "task-limit", "the schedule has more than 4095 tasks, and the PC counts no further", \
	  "make the shape smaller")                                                                        \
	R(IOVA_SPACE, "iova-space", "the buffers do not fit below the top of the IOVA space",              \
	  "raise the top, or make the shape smaller")

enum rkg_refusal {
	RKG_ACCEPTED,
#define R(id, name, sentence, cure) RKG_REFUSE_##id,
	RKG_REFUSALS(R)
#undef R
		RKG_REFUSAL_MAX_,
};

/** "batch", "grouped", ...; NULL if @refusal is no reason to refuse. */
const char *
rkg_refusal_name(enum rkg_refusal refusal);

/** Fill @err with a refusal of @shape. Returns -EOPNOTSUPP; 0 if @refusal is RKG_ACCEPTED. */
int
rkg_refuse(struct rkr_error *err, enum rkg_refusal refusal, const struct rkg_shape *shape);

#endif
