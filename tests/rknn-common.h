/* SPDX-License-Identifier: MIT */
#ifndef TEST_RKNN_COMMON_H
#define TEST_RKNN_COMMON_H

/* Compiled models that the tests write themselves, from generated runs. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/run.h"

/** How to write a model. */
struct model_options {
	const char *platform; /**< NULL: "rk3588" */
	const char *compiler; /**< NULL: "9.9.9(test)" */
	bool no_tables;       /**< the container is one that nobody knows */
	bool graph;           /**< with tensors, an operator and relocations; without other_constants */
	bool other_constants; /**< constants of a size that does not tell where they lie */
	size_t shift;         /**< bytes of noise before the parts, a multiple of 4 */
	uint32_t
		starts[2]; /**< of the programs for two and three cores; 0: their tables have one task each */
	uint64_t seed;     /**< of the noise and the weights; 0: zeros */
};

/** A model and where its parts are. */
struct model_file {
	uint8_t *data;
	size_t len;
	size_t tasks, regcmd, regcmd_len, weights, weights_len;
	size_t n_tasks;
	size_t constant_bytes; /* where the size of the constants in BO weight stands, in 8 bytes */
	size_t relocs[5];      /* with a graph: the words of each tensor; their number stands before them */
};

/** The tensors of a model with a graph. HANDED is SCRATCH, which an operator without tasks hands on. */
enum { TENSOR_INPUT, TENSOR_OUTPUT, TENSOR_WEIGHTS, TENSOR_SCRATCH, TENSOR_HANDED, TENSOR_REGCMD, N_TENSORS };

/**
 * Write a model of the regcmd and the task table of a generated run, its
 * addresses counted from the start of their buffers. free() its data.
 */
struct model_file
model_write(const struct rkr_run *run, const struct model_options *options);

/** A little-endian word of a model. */
uint64_t
model_word(const struct model_file *m, size_t at, size_t bytes);

void
model_set_word(struct model_file *m, size_t at, size_t bytes, uint64_t value);

#endif
