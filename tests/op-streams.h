/* SPDX-License-Identifier: MIT */
#ifndef TEST_OP_STREAMS_H
#define TEST_OP_STREAMS_H

/* Regcmd streams of single operations, written as clients without a compiler write them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/emu-device.h"
#include "tests/ref.h"

#define STREAM_TASKS 8
#define STREAM_WORDS 8192

/** A chain of records that is being written. */
struct stream {
	uint64_t words[STREAM_WORDS];
	size_t n;
	size_t n_tasks;
	struct {
		size_t start, amount;
		uint32_t enable, int_mask;
	} task[STREAM_TASKS];
};

/** Begin a record. */
void
stream_begin(struct stream *s);

/** Write a register, by its MMIO offset. */
void
stream_write(struct stream *s, uint16_t offset, uint32_t value);

/** End the record; @enable: blocks to start. */
void
stream_end(struct stream *s, uint32_t enable);

/** Put the chain into BOs, and begin another. Each record is an operator of its own. @return its submit. */
struct rkr_abi_submit
stream_place(struct stream *s, struct emu *emu, struct emu_bo *ret_regcmd, struct emu_bo *ret_table);

/** The same, by one who does not look at the BOs. */
struct rkr_abi_submit
stream_load(struct stream *s, struct emu *emu);

/** Put the chain into BOs, and submit it. Fails the test if it is not done. */
void
stream_play(struct stream *s, struct emu *emu);

/** Elementwise operations. */
enum op {
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_MAX,
	OP_MIN,
	OP_NEG,
	OP_ABS,
	OP_GREATER, /**< than 0: 1, else 0 */
	OP_MAX_
};

/** Numbers of elementwise operations. */
enum width {
	WIDTH_HALF,
	WIDTH_WIDEN, /**< fp32 results: 4 channels of all atoms, then the other 4 behind all of these */
	WIDTH_FLOAT, /**< fp32 operands, too: atoms of 4 */
};

/** A record: @atoms atoms of 8 fp16 or 4 fp32 numbers in a row, one operation. */
void
stream_elementwise(struct stream *s, enum op op, enum width width, uint32_t atoms, uint32_t a, uint32_t b,
		   uint32_t out);

/** How a convolution's or product's numbers come out. */
enum out {
	OUT_FP16,
	OUT_FP32,
	OUT_INT32,
	OUT_INT8,
};

/** Convolution or product with its places. Whatever is not said follows from ref_conv. */
struct conv_op {
	struct ref_conv ref;
	enum out out;
	unsigned factor;   /**< of int8, depthwise, square: a phase of a resize by so much; 0: none */
	bool row_major;    /**< a product of rows: features and results */
	unsigned channels; /**< packed pixels of so many; 0: atoms */
	uint32_t in, weights, dst;
	uint32_t operands; /**< of int8: 64 bytes for 8 kernels: bias, CPEND, scale; or */
	bool bias_alone;   /**< 4 bytes for each: bias; one scale for all of them */
	int16_t zero;      /**< int8: added to each weight, by way of the sums of inputs */
	uint32_t scale, shift;
	int32_t offset;
};

/** Kernels that are written: whole groups. */
unsigned
conv_op_kernels(const struct conv_op *op);

/** Where the result for (k, y, x) is, in bytes from dst. */
size_t
conv_op_at(const struct conv_op *op, unsigned k, unsigned y, unsigned x);

/** Bytes of a result. */
unsigned
conv_op_size(const struct conv_op *op);

void
stream_conv(struct stream *s, const struct conv_op *op);

/** Pooling of fp16 surfaces: method 0 average, 1 largest, 2 smallest. */
struct pool_op {
	unsigned method, w, h, c, kw, kh, stride, pad;
	unsigned ow, oh;
	uint32_t src, dst;
};

void
stream_pool(struct stream *s, const struct pool_op *op);

/** A function by table: 513 entries below 0, 513 above. Numbers are multiplied by fp16 @scale, then looked up. */
struct lut_op {
	const int16_t (*tables)[513]; /**< two; NULL: those that are there */
	uint16_t scale;
	uint32_t atoms, src, dst;
};

void
stream_lut(struct stream *s, const struct lut_op *op);

#endif
