/* SPDX-License-Identifier: MIT */
#ifndef RKX_LAYERS_PRIV_H
#define RKX_LAYERS_PRIV_H

/*
 * What the files of the layer check share. A result is a span: all that the
 * roundings on the way to it, whose rules nobody knows for sure, may make of
 * it. Where every rule is known, both ends are one number.
 */

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/regs-ids.h"
#include "lib/run.h"

/** A register of the task at hand, and a field of one. */
#define VALUE(task, name) ((task)->reg[RKR_REG_##name / 4])
#define BITS(task, name, field) \
	(VALUE(task, name) >> RKR_FLD_##name##_##field##_SHIFT & RKR_FLD_##name##_##field##_MASK)

#define RKX_LAYER_ATOM 16u
#define RKX_LAYER_REGS 0x4000

/** Entries of half a lookup table. [captured: 44 loads] */
#define RKX_LAYER_ENTRIES 513

/** Element types, by their code in precision fields. [source] */
enum rkx_number {
	RKX_INT8 = 0,
	RKX_INT16 = 1,
	RKX_FP16 = 2,
	RKX_INT32 = 4,
	RKX_FP32 = 5,
};

struct rkx_span {
	double lo, hi;
};

/** Bytes from an address to the end of its BO; none: it is in no BO. */
struct rkx_window {
	const uint8_t *p;
	uint64_t len;
};

/** A result: channel, row, column. */
struct rkx_result {
	uint32_t k, y, x;
	double got;
	struct rkx_span want;
};

/** The task at hand. */
struct rkx_layer_task {
	const struct rkr_run *run;
	uint8_t *const *memory;       /**< by BO: inputs as placed, outputs as answered */
	uint32_t reg[RKX_LAYER_REGS]; /**< by offset / 4 */
	uint32_t enable_mask;
	int16_t table[2]
		     [RKX_LAYER_ENTRIES]; /**< below, and from, where the second starts; of the last load */
	bool has_table;
	/* What comes of it. */
	bool missing;    /**< bytes were needed that no BO holds */
	const char *why; /**< it cannot be judged, and this is why; NULL: it was */
	bool bad;
	struct rkx_result first_bad;
	size_t compared;
};

/** A map as a reader sees it: surfaces of atoms. Two readers take even and odd surfaces. */
struct rkx_map {
	enum rkx_number number;
	struct rkx_window base[2];
	unsigned readers;
	uint64_t line, surface; /**< bytes; a reader's from one of its surfaces to its next */
};

/** A convolution, as the registers of CNA say. */
struct rkx_conv_layer {
	enum rkx_number number;
	bool depthwise;
	uint32_t c, w, h, kw, kh, k, stride_x, stride_y;
	uint32_t pixel_c; /**< packed pixels of so many channels; 0: atoms */
	uint32_t unit, lines, line_width;
	int64_t line_stride,
		surface_stride; /**< units: from four lines to the next four, from a surface to the next */
	int64_t left, top;
	double pad;
	struct rkx_window features, weights;
};

/* ---- Numbers and memory (layers-memory.c) */

/** Bytes of a number. */
uint32_t
rkx_number_size(enum rkx_number number);

double
rkx_number_read(enum rkx_number number, const uint8_t *p);

/** The fp16 number nearest to @v, halves to even [source: compared sums of 120 products on boards]. */
double
rkx_half_round(double v);

double
rkx_half_value(uint16_t bits);

/** From what an address register holds to the end of its BO. */
struct rkx_window
rkx_layer_window(const struct rkx_layer_task *task, uint32_t iova);

/** The number @offset bytes into a window. Past its end: 0, and the task notes that something is missing. */
double
rkx_layer_number(struct rkx_layer_task *task, const struct rkx_window *window, enum rkx_number number,
		 uint64_t offset);

double
rkx_map_number(struct rkx_layer_task *task, const struct rkx_map *map, uint32_t k, uint32_t y, uint32_t x);

/** Copies of all BOs: of those that a task of the run writes as @answer has them. 0, -ENOMEM, -ENODATA. */
int
rkx_layer_memory_new(const struct rkr_run *run, const struct rkr_run *answer, const bool *written,
		     uint8_t ***ret_memory, struct rkr_error *err);

void
rkx_layer_memory_free(uint8_t **memory, size_t n);

/* ---- Spans */

/** What one rounding to fp32 may make of it: twice as much, as nobody knows which way it goes. */
static inline struct rkx_span
rkx_span_widen(struct rkx_span s)
{
	double lo = s.lo < 0 ? -s.lo : s.lo, hi = s.hi < 0 ? -s.hi : s.hi;

	/* Infinity stays what it is. */
	return (struct rkx_span){ lo > DBL_MAX ? s.lo : s.lo - lo * 0x1p-23,
				  hi > DBL_MAX ? s.hi : s.hi + hi * 0x1p-23 };
}

/** v / 2^shift as an integer; halves may go either way: sources disagree. */
struct rkx_span
rkx_span_shift(struct rkx_span s, unsigned shift);

/* ---- Results */

/** One of the results to look at, spread evenly: the @i-th of all, every @step-th. */
struct rkx_sample {
	uint64_t n, step;
	uint32_t w, h;
};

/** @terms: what one result costs. Dear ones are looked at more rarely. */
struct rkx_sample
rkx_layer_sample(uint32_t k, uint32_t h, uint32_t w, uint64_t terms);

static inline struct rkx_result
rkx_sample_at(const struct rkx_sample *s, uint64_t i)
{
	uint64_t pixels = (uint64_t)s->w * s->h;

	return (struct rkx_result){
		.k = (uint32_t)(i / pixels),
		.y = (uint32_t)(i % pixels / s->w),
		.x = (uint32_t)(i % pixels % s->w),
	};
}

/** Compare a result of that type with what it should be. */
void
rkx_layer_judge(struct rkx_layer_task *task, const struct rkx_result *result, enum rkx_number number);

/* ---- Operations; each judges, or says why it does not */

/** DPU alone, or behind a convolution (layers-dpu.c). */
void
rkx_layer_dpu(struct rkx_layer_task *task);

/** A map enlarged by whole factors, and one pooled by PPU (layers-pool.c). */
void
rkx_layer_enlarge(struct rkx_layer_task *task);

void
rkx_layer_pool(struct rkx_layer_task *task);

/** What CNA computes; false: the task says why not (layers-conv.c). */
bool
rkx_layer_conv_of(struct rkx_layer_task *task, struct rkx_conv_layer *ret_conv);

/** Exact sums of products for a result, and of its inputs alone. */
struct rkx_span
rkx_layer_conv_sum(struct rkx_layer_task *task, const struct rkx_conv_layer *conv, uint32_t k, uint32_t y,
		   uint32_t x, double *ret_inputs);

/** BS, BN and EW's table (layers-stage.c). */
struct rkx_stage {
	bool is_float, alu, subtract, mul, prelu, relu, relux;
	bool alu_each, mul_each; /**< an operand per channel, from memory */
	uint32_t alu_word, relux_word;
	uint16_t mul_word;
	unsigned shift, shift_neg;
	uint32_t alu_bytes, pend_bytes, mul_bytes; /**< of a chunk of 8 channels */
	struct rkx_window operands;
};

/** Read what BS's, or BN's, registers say; false: the task says why not. */
bool
rkx_layer_stage_of(struct rkx_layer_task *task, bool bn, bool is_float, struct rkx_stage *ret_stage);

struct rkx_span
rkx_layer_stage(struct rkx_layer_task *task, const struct rkx_stage *stage, uint32_t k, struct rkx_span v);

/** The operand of CPEND for a channel, which lies among those of BS. */
double
rkx_layer_pend(struct rkx_layer_task *task, const struct rkx_stage *bs, uint32_t k);

/** Whether lookups are of the one form that is known. */
bool
rkx_layer_lut_is_known(struct rkx_layer_task *task);

struct rkx_span
rkx_layer_lut(const struct rkx_layer_task *task, struct rkx_span v);

/** relu, no more than @word if @relux. */
struct rkx_span
rkx_layer_relu(struct rkx_span v, bool is_float, bool relux, uint32_t word);

#endif
