/* SPDX-License-Identifier: MIT */
#ifndef RKR_GRAPH_H
#define RKR_GRAPH_H

/*
 * What the container of a compiled model tells of its buffers: tensors, and
 * which words of the regcmd hold whose address. With it the regcmd can be
 * given memory without a guess: each word counts from the start of its tensor.
 * [captured: of 11 models, all words that hold addresses, 10000 in two networks]
 */

#include <stddef.h>
#include <stdint.h>

#include "visibility.h"

RKR_BEGIN_DECLS

enum rkr_tensor_role {
	RKR_TENSOR_INTERNAL, /**< written by an operator and read by others */
	RKR_TENSOR_INPUT,    /**< of the network */
	RKR_TENSOR_OUTPUT,   /**< of the network */
	RKR_TENSOR_CONSTANT, /**< the file has it */
};

struct rkr_tensor {
	char name[64]; /**< as the model calls it, cut, printable */
	enum rkr_tensor_role role;
	uint64_t bytes;   /**< in memory; tasks may reach further: of some the file says 1 */
	const void *data; /**< CONSTANT: its bytes, in the memory of the file; else NULL */
	/** The tensor whose memory it is: itself, or what an operator without tasks hands on as it is. */
	uint32_t memory;
};

/** A word of the regcmd that holds an address. */
struct rkr_graph_word {
	uint32_t word;   /**< its number in the regcmd */
	uint32_t tensor; /**< what its value counts from */
};

struct rkr_graph {
	struct rkr_tensor *tensors;
	size_t n_tensors;
	struct rkr_graph_word *words; /**< ascending, each once */
	size_t n_words;
	const uint8_t *regcmd; /**< in the memory of the file, little endian */
	uint64_t regcmd_words;
};

/** Free what a graph holds, but not the graph and not the file. NULL is ignored. */
void
rkr_graph_clear(struct rkr_graph *graph);

/** The tensor that a word counts from, or UINT32_MAX. */
uint32_t
rkr_graph_tensor_at(const struct rkr_graph *graph, uint64_t word);

RKR_END_DECLS

#endif
