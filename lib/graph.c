/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "graph.h"

#include <stdlib.h>

void
rkr_graph_clear(struct rkr_graph *g)
{
	if (!g)
		return;
	free(g->tensors);
	free(g->words);
	*g = (struct rkr_graph){ 0 };
}

uint32_t
rkr_graph_tensor_at(const struct rkr_graph *g, uint64_t word)
{
	size_t from = 0, to = g->n_words;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (g->words[mid].word == word)
			return g->words[mid].tensor;
		if (g->words[mid].word < word)
			from = mid + 1;
		else
			to = mid;
	}
	return UINT32_MAX;
}
