/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "network-priv.h"
#include "regcmd.h"

/* What most registers say, and the walk over all that an operator writes. */

void
rkr_vote(struct rkr_votes *votes, uint32_t value, unsigned weight)
{
	size_t i = 0;

	while (i < votes->n_values && votes->value[i] != value)
		i++;
	if (i == RKR_VOTES)
		return;
	if (i == votes->n_values) {
		votes->value[i] = value;
		votes->n_values++;
	}
	votes->n[i] += weight;
}

uint32_t
rkr_votes_best(const struct rkr_votes *votes, uint32_t or_else)
{
	size_t best = 0;

	for (size_t i = 1; i < votes->n_values; i++)
		if (votes->n[i] > votes->n[best])
			best = i;
	return votes->n_values ? votes->value[best] : or_else;
}

void
rkr_each_word(struct rkr_walk *w, rkr_word_fn fn)
{
	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
		struct rkr_task_span s = rkr_network_op_tasks(w->n, w->op, l);

		for (size_t i = s.first; i < s.first + s.n; i++) {
			size_t n_words;
			const uint64_t *words = rkr_network_words(w->n, i, &n_words);

			for (size_t k = 0; k < n_words && rkr_network_original(w->n, i) == i; k++) {
				struct rkr_qword q = rkr_qword_decode(words[k]);

				fn(w, &q, l, i);
			}
		}
	}
}
