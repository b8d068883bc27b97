/* SPDX-License-Identifier: MIT */
#ifndef RKG_VERIFY_PRIV_H
#define RKG_VERIFY_PRIV_H

#include "record.h"
#include "verify-model.h"

/* What the files of the model verification share. */

struct rkg_verifier {
	const struct rkr_network *n;
	struct rkg_model_verdict *result;
	size_t capacity; /* of findings */
	size_t taken_capacity;
	struct rkg_verdict *at;
	bool failed; /* out of memory */
};

/* Note something. What is out of memory is noted in the verifier. */
void
rkg_find(struct rkg_verifier *v, const struct rkg_finding *finding);

/* Note what was taken from the records for a task's. */
void
rkg_take(struct rkg_verifier *v, size_t task, const struct rkg_given *given);

/* Compare a task's record with what it should write, and its masks with those of its family. */
void
rkg_compare_record(struct rkg_verifier *v, size_t task, const struct rkg_family *family,
		   const uint64_t *words, size_t n_words);

/* The operator's tasks in a list stand again for those of the first program, or there are none. */
void
rkg_compare_aliases(struct rkg_verifier *v, size_t op, size_t list);

/* Judge an operator that convolves, and one that does not. */
void
rkg_verify_conv(struct rkg_verifier *v, size_t op);

void
rkg_verify_map(struct rkg_verifier *v, size_t op);

void
rkg_verify_pool(struct rkg_verifier *v, size_t op);

/*
 * The values that most of the operator's records at hand write; of as many the
 * first. Each list has a record in every @step, starting at @which. What an
 * overlay does not write it has from the record two @before (NULL: none).
 */
void
rkg_collect_given(const struct rkg_verifier *v, size_t op, const struct rkg_family *f,
		  const struct rkg_at *at, size_t which, size_t step, const struct rkg_given *before,
		  struct rkg_given *ret);

/* Judge what is between the operators. */
void
rkg_verify_separators(struct rkg_verifier *v);

void
rkg_verify_chain(struct rkg_verifier *v);

#endif
