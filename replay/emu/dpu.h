/* SPDX-License-Identifier: MIT */
#ifndef RKE_DPU_H
#define RKE_DPU_H

/*
 * DPU with its readers. Work goes by blocks of RKE_LANES channels of up to
 * RKE_SPAN pixels of a row: v[pixel][lane], in fp32 or int32.
 */

#include "replay/emu/npu-priv.h"

/** Channels of a block: one atom of int8, two of fp16, four of 32 bits. */
#define RKE_LANES 16
/** Pixels of a block. */
#define RKE_SPAN 256
/** Bytes of an atom. */
#define RKE_ATOM 16

/** Element types, by their code in precision fields. [source] */
enum rke_precision {
	RKE_INT8 = 0,
	RKE_INT16 = 1,
	RKE_FP16 = 2,
	RKE_INT32 = 4,
	RKE_FP32 = 5,
};

/** A block of values. */
union rke_block_values {
	float f[RKE_SPAN * RKE_LANES];
	int32_t i[RKE_SPAN * RKE_LANES];
};

/** How a cube lies in memory: surfaces of atoms, each read by one of up to two engines in turn. */
struct rke_source {
	enum rke_precision precision;
	uint32_t base[2];
	unsigned engines;  /**< 1; 2: even surfaces from base[0], odd ones from base[1] */
	uint32_t line;     /**< bytes from a row to the next */
	uint32_t surface;  /**< bytes from an engine's surface to its next */
	uint32_t channels; /**< more read as 0 */
};

/** Operands of a block's channels, for BS or BN. */
struct rke_operands {
	union {
		float f[RKE_LANES];
		int32_t i[RKE_LANES];
	} alu, mul;
	int32_t cpend[RKE_LANES];
};

/** BS or BN, as their registers say: ALU, then MUL, then relu. */
struct rke_stage {
	bool alu, mul, relu;
	bool subtract;         /**< ALU: main - operand */
	bool prelu;            /**< MUL for negative values alone */
	bool relux;            /**< relu: also no more than the word below */
	bool alu_dma, mul_dma; /**< operands per channel, from memory */
	unsigned shift, shift_neg;
	uint32_t alu_word, relux_word;
	uint16_t mul_word;
	/* per-channel operands: streams of 8 channels each, see rke_operands_load() */
	uint32_t base;
	unsigned use;
};

/** Integers to integers: (v * scale >> shift) + offset, or the sum first. */
struct rke_converter {
	bool on, add_first;
	int32_t offset, scale;
	unsigned shift;
};

enum rke_ew_algo {
	RKE_EW_MAX,
	RKE_EW_MIN,
	RKE_EW_ADD,
	RKE_EW_DIV,
	RKE_EW_SUB,
	RKE_EW_ABS,
	RKE_EW_NEG,
	RKE_EW_FLOOR,
	RKE_EW_CEIL,
	RKE_EW_MUL, /**< not an ALU's: EW_OP_TYPE */
};

/** EW: operand, operation, LUT, relu. */
struct rke_ew {
	bool op, operand, prelu, lut, relu, relux;
	bool per_channel;
	enum rke_ew_algo algo;
	struct rke_converter convert;
	unsigned truncate, truncate_neg;
	uint32_t relux_word;
	struct rke_source source;
};

/** How LUT looks up. */
struct rke_lut_rule {
	int32_t start[2], end[2];        /**< by table: LE, LO */
	unsigned select[2];              /**< log2 of the distance of entries */
	int32_t under_scale, over_scale; /**< slopes outside of the tables */
	unsigned under_shift, over_shift;
	unsigned under, over, both; /**< the table for: below all, above all, in both */
};

/** All of a task. */
struct rke_dpu {
	bool is_float;
	enum rke_precision out;
	uint32_t width, height;
	uint32_t channels; /**< that are written */
	uint32_t computed; /**< that have values; the others get @pend */
	int32_t pend;
	struct rke_source source; /**< of FLYING_MODE */
	bool cpend, cpend_dma;
	int32_t ow_op;
	unsigned clip;
	struct rke_stage bs, bn;
	struct rke_ew ew;
	struct rke_lut_rule lut;
	struct rke_converter convert;
	unsigned minus_exp;
	/* destination */
	uint32_t dst, pixel, line, surface, group; /**< bytes from one to the next */
	uint32_t per_group;                        /**< surfaces of a kernel group */
};

/** Read all registers of a task. @cube as in rke_dpu_run(). 0 or -EOPNOTSUPP. */
int
rke_dpu_configure(struct rke_core *core, const struct rke_cube *cube, struct rke_dpu *ret_dpu);

/** Refuse what no known task of DPU has, whatever it does. 0 or -EOPNOTSUPP. */
int
rke_dpu_refuse_unknown(struct rke_core *core);

/** The part of rke_dpu_configure() that looks at EW and ERDMA. Sizes are in @dpu already. */
int
rke_ew_configure(struct rke_core *core, bool flying, struct rke_dpu *dpu);

/** The part that looks at DPU_RDMA's main reader. */
int
rke_source_configure(struct rke_core *core, struct rke_dpu *dpu);

/** The part that looks at LUT's registers. */
int
rke_lut_configure(struct rke_core *core, struct rke_lut_rule *ret_rule);

/**
 * Read lanes of @n pixels from (x, y) on, channels from @c on (a multiple of
 * RKE_LANES). Floats if the precision is one, else integers.
 */
int
rke_source_read(struct rke_core *core, const struct rke_source *source, uint32_t c, uint32_t y, uint32_t x,
		size_t n, union rke_block_values *v);

/**
 * The operands of channels @c to @c + RKE_LANES - 1, no more than @limit in
 * all. Registers give each channel the same.
 */
void
rke_operands_load(struct rke_core *core, const struct rke_stage *stage, bool is_float, uint32_t c,
		  uint32_t limit, struct rke_operands *ret_operands);

/** An EW operand per channel. */
int
rke_ew_load(struct rke_core *core, const struct rke_ew *ew, uint32_t c, union rke_block_values *ret_v);

/** BS, BN and EW on floats. @e: EW's operand, @step 0 (the same for all pixels) or RKE_LANES. */
void
rke_float_stage(const struct rke_stage *stage, const struct rke_operands *o, float *v, size_t n);

void
rke_float_ew(const struct rke_core *core, const struct rke_dpu *dpu, float *v, const float *e, size_t step,
	     size_t n);

/** The same on integers; and OUT_CVT for @out. */
void
rke_int_stage(const struct rke_stage *stage, const struct rke_operands *o, int32_t *v, size_t n);

void
rke_int_ew(const struct rke_dpu *dpu, int32_t *v, const int32_t *e, size_t step, size_t n);

void
rke_int_convert(const struct rke_converter *convert, enum rke_precision out, int32_t *v, size_t n);

/** v >> shift, halves go up. */
int32_t
rke_int_shift(int64_t v, unsigned shift);

/** LUT of one value. */
float
rke_lut_look(const struct rke_lut *lut, const struct rke_lut_rule *rule, float v);

/** Write a block. */
int
rke_dpu_write(struct rke_core *core, const struct rke_dpu *dpu, uint32_t c, uint32_t y, uint32_t x, size_t n,
	      union rke_block_values *v);

/** Whether the task enlarges a map (unpooling), and doing that: memory to memory, nothing is computed. */
bool
rke_enlarge_asked(const struct rke_core *core);

int
rke_enlarge_run(struct rke_core *core);

#endif
