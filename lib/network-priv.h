/* SPDX-License-Identifier: MIT */
#ifndef RKR_NETWORK_PRIV_H
#define RKR_NETWORK_PRIV_H

#include "network.h"
#include "regcmd.h"

/* What the files of the network reader share. */

/* A task with its record. */
struct rkr_network_task {
	struct rkr_task task;
	size_t words;      /* index of its first word */
	size_t original;   /* the first task with the same record */
	uint8_t kind;      /* enum rkr_op_kind, separators excepted */
	uint8_t signature; /* see rkr_op_sign() */
	bool separator;
};

struct rkr_network {
	struct rkr_network_task *tasks;
	size_t n_tasks;
	uint64_t *words;
	size_t n_words;
	struct rkr_task_span lists[RKR_NETWORK_LISTS];
	struct rkr_op *ops;
	size_t n_ops;
	struct rkr_network_run *runs[RKR_NETWORK_LISTS];
	size_t n_runs[RKR_NETWORK_LISTS];
	struct rkr_task_span *spans; /* of each operator in each list */
};

/* Values of what should be one, with how often each was seen. */
#define RKR_VOTES 24
struct rkr_votes {
	uint32_t value[RKR_VOTES];
	unsigned n[RKR_VOTES];
	size_t n_values;
};

void
rkr_vote(struct rkr_votes *votes, uint32_t value, unsigned weight);

/* What most say; of equals the first. @or_else if nothing was said. */
uint32_t
rkr_votes_best(const struct rkr_votes *votes, uint32_t or_else);

/* A walk over the words that an operator's records write, in all lists, aliases once. */
struct rkr_walk {
	const struct rkr_network *n;
	size_t op;
	struct rkr_op *o;
	void *what;
};

typedef void (*rkr_word_fn)(struct rkr_walk *walk, const struct rkr_qword *q, size_t list, size_t task);

void
rkr_each_word(struct rkr_walk *walk, rkr_word_fn fn);

/* A field of a register's word. */
#define FIELD(word, block, reg, field) \
	((word) >> RKR_FLD_##block##_##reg##_##field##_SHIFT & RKR_FLD_##block##_##reg##_##field##_MASK)

/* What a register is in the signature; UINT32_MAX: any value, or it is no part of it. */
uint32_t
rkr_network_sign(unsigned signature, uint16_t offset);

/* Set the kind of each task: needs the words. */
void
rkr_network_classify(struct rkr_network *network);

/*
 * Fill in an operator's numbers from its records. Its kind, first and n_tasks are set, and so
 * are the spans.
 */
void
rkr_network_measure_conv(const struct rkr_network *network, size_t op);

void
rkr_network_measure_map(const struct rkr_network *network, size_t op);

void
rkr_network_measure_pool(const struct rkr_network *network, size_t op);

#endif
