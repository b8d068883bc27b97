/* SPDX-License-Identifier: MIT */
#ifndef TEST_NET_MODEL_H
#define TEST_NET_MODEL_H

/*
 * A small network as a compiled model, made of nothing: an operator of each
 * kind that a model was captured with and that has a recipe, fp16 and int8,
 * the programs for one, two and three cores, with their separators, aliases
 * and links. Convolutions' records are generated; the others', and the
 * network's table, are written out here.
 */

#include "tests/rknn-common.h"

/** What the file holds; free() its data. */
struct model_file
net_model(void);

/** Operators of it, parts of one counted for themselves. */
size_t
net_model_ops(void);

#endif
