/* SPDX-License-Identifier: MIT */
#ifndef RKR_NETWORK_H
#define RKR_NETWORK_H

/*
 * A compiled model as a network: what its operators are, read off the records
 * that the NPU would be given, and how they are shared out to cores.
 *
 * A task table holds three programs, for one, two and three cores, one after
 * the other; those for several cores have a list per core. In the first each
 * operator's tasks follow each other. [captured: 7 of 7 files]
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "run.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/** Lists of tasks: of the program for one core, of each core of those for two and three. */
#define RKR_NETWORK_LISTS 6

/** The program, cores minus one, and the core that a list is for. */
static inline unsigned
rkr_network_list_group(size_t list)
{
	return list == 0 ? 0 : list < 3 ? 1 : 2;
}

/** Which of its program's cores a list is for, from 0. */
static inline unsigned
rkr_network_list_core(size_t list)
{
	return list < 3 ? (unsigned)(list == 2) : (unsigned)list - 3;
}

/* Kinds of operator: K(id, "name", "what it does"). */
#define RKR_OP_KINDS(K)                                                                              \
	K(CONV, "conv", "convolution")                                                               \
	K(DEPTHWISE, "depthwise", "depthwise convolution")                                           \
	K(STEM, "stem", "convolution over packed pixels")                                            \
	K(DECONV, "deconv", "deconvolution")                                                         \
	K(RESIZE, "resize", "one phase or more of a resize by depthwise convolution")                \
	K(COPY, "copy", "copy of a map: a part of a concatenation, or a change of scale")            \
	K(ADD, "add", "sum of two maps")                                                             \
	K(SCALE_VECTOR, "scale-vector", "product with a value per channel, itself a map")            \
	K(SCALE, "scale", "product with a constant")                                                 \
	K(OFFSET, "offset", "sum with a constant")                                                   \
	K(OFFSET_VECTOR, "offset-vector", "sum with a constant per channel")                         \
	K(AFFINE_VECTOR, "affine-vector", "product with a constant per channel")                     \
	K(UPSAMPLE, "upsample", "nearest upsampling")                                                \
	K(TO_FP16, "to-fp16", "fp32 to fp16")                                                        \
	K(LUT_LOAD, "lut-load", "load of a lookup table")                                            \
	K(LUT, "lut", "lookup of a map in a table")                                                  \
	K(LAYOUT, "layout", "change of layout")                                                      \
	K(POOL, "pool", "pooling")                                                                   \
	K(UNKNOWN, "unknown", "not known")

enum rkr_op_kind {
#define K(id, name, what) RKR_OP_##id,
	RKR_OP_KINDS(K)
#undef K
		RKR_OP_MAX_,
};

/** POOLING_KERNEL_CFG of windows of 2x2, two pixels apart: the ones that were captured. */
#define RKR_POOL_2X2 0x110101

/** "conv", "depthwise", ... */
const char *
rkr_op_kind_name(enum rkr_op_kind kind);

/** Whether it convolves, so that struct rkr_op tells its kernel. */
bool
rkr_op_convolves(enum rkr_op_kind kind);

/**
 * An operator, or the part of one that is of one kind: an operator of the
 * model may be the load of a table, the convolution that uses it, and a
 * conversion. Sizes are in pixels and channels.
 *
 * Each number is what most of the registers say that tell it, in all of the
 * operator's records: one wrong register does not change what is found.
 */
struct rkr_op {
	uint32_t op_idx; /**< number of the operator in the model */
	enum rkr_op_kind kind;
	size_t first;                      /**< its first task, in the program for one core */
	size_t n_tasks;                    /**< in that program */
	bool split[RKR_NETWORK_LISTS / 2]; /**< by program: cores have records of their own */
	uint32_t in_w, in_h, in_c;         /**< in_c: before padding to whole atoms */
	uint32_t out_w, out_h, out_c;
	uint32_t kh, kw; /**< of a pooling too, if its windows are known */
	uint32_t stride;
	uint32_t pad_top, pad_left;
	uint32_t factor; /**< of an upsampling */
	bool average;    /**< of a pooling: else the largest */
	bool int8;       /**< else fp16 */
	bool out_fp32;   /**< else as its input */
	bool internal;   /**< input surfaces are whole groups of 4 pixels, as those of outputs are */
	bool bias, relu, add, lut; /**< fused steps */
};

/**
 * What does not convolve is told by what nine registers of DPU and DPU_RDMA
 * are set to: its signature.
 *
 * @param signature  see rkr_network_signature()
 * @return whether the register at @offset is one of them and has one value, which is then in *ret_value
 */
bool
rkr_op_sign(unsigned signature, uint16_t offset, uint32_t *ret_value);

/** A stretch of tasks. */
struct rkr_task_span {
	size_t first;
	size_t n;
};

/** A run of operators that cores share, in a list; a separator ends it. */
struct rkr_network_run {
	struct rkr_task_span tasks; /**< without the separator */
	uint32_t first_op, last_op; /**< op_idx */
};

struct rkr_network;

/**
 * Read a bound run's task table as a network. Keeps copies of what it needs.
 *
 * @return 0, -ENOMEM, or with *err -ENODATA (no task table, or records that
 *         are not known), -EOPNOTSUPP (the registers of another chip, or a
 *         table that is not made of three programs). Free with
 *         rkr_network_free().
 */
int
rkr_network_new(const struct rkr_run *run, struct rkr_network **ret_network, struct rkr_error *err);

/** Free a network; NULL is nothing. The run stays the caller's. */
void
rkr_network_free(struct rkr_network *network);

/** The operators in order. */
const struct rkr_op *
rkr_network_ops(const struct rkr_network *network, size_t *ret_n);

/** A list's tasks, separators and aliases included. May be empty. */
struct rkr_task_span
rkr_network_list(const struct rkr_network *network, size_t list);

/** The runs of a list of a program for several cores. */
const struct rkr_network_run *
rkr_network_runs(const struct rkr_network *network, size_t list, size_t *ret_n);

/** How many tasks the table has. */
size_t
rkr_network_n_tasks(const struct rkr_network *network);

/** A task of the table. */
const struct rkr_task *
rkr_network_task(const struct rkr_network *network, size_t task);

/** The words of a task's record, the tail's behind them: *ret_n counts the body alone. */
const uint64_t *
rkr_network_words(const struct rkr_network *network, size_t task, size_t *ret_n);

/** The task ends a run: it is no operator's. */
bool
rkr_network_is_separator(const struct rkr_network *network, size_t task);

/** The signature of a task that does not convolve. Records of an operator may have several. */
unsigned
rkr_network_signature(const struct rkr_network *network, size_t task);

/** The first task with the same record: the task itself unless it is an alias. */
size_t
rkr_network_original(const struct rkr_network *network, size_t task);

/**
 * The tasks of an operator (an index into the operators) in a list; none if
 * cores do not share it and the list is not the first core's.
 */
struct rkr_task_span
rkr_network_op_tasks(const struct rkr_network *network, size_t op, size_t list);

RKR_END_DECLS

#endif
