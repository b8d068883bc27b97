/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "verify-model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/regcmd.h"
#include "lib/util.h"
#include "map.h"
#include "verify-priv.h"

/* No operator keeps more. */
#define FINDINGS_MAX 1000

void
rkg_find(struct rkg_verifier *v, const struct rkg_finding *finding)
{
	void *p = v->result->findings;

	if (v->at->n_findings == FINDINGS_MAX) {
		v->at->n_more++;
		return;
	}
	if (rkr_grow(&p, &v->capacity, v->result->n_findings + 1, sizeof(*finding)) < 0) {
		v->failed = true;
		return;
	}
	v->result->findings = p;
	v->result->findings[v->result->n_findings++] = *finding;
	v->at->n_findings++;
}

void
rkg_take(struct rkg_verifier *v, size_t task, const struct rkg_given *given)
{
	for (size_t i = 0; i < given->n; i++) {
		const struct rkr_reg_block *block;
		void *p = v->result->taken;

		if (rkr_grow(&p, &v->taken_capacity, v->result->n_taken + 1, sizeof(*v->result->taken)) < 0) {
			v->failed = true;
			return;
		}
		v->result->taken = p;
		rkr_reg_by_offset(given->v[i].offset, &block);
		v->result->taken[v->result->n_taken++] = (struct rkg_taken){
			.task = task,
			.word = rkr_qword_encode(block->qword_target, given->v[i].value, given->v[i].offset),
			.mask = given->v[i].mask,
			.n_records = given->v[i].n_records,
		};
		v->at->n_taken++;
	}
}

/* Same registers in the same order. */
static bool
same_registers(const uint64_t *a, size_t n_a, const uint64_t *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++) {
		struct rkr_qword x = rkr_qword_decode(a[i]), y = rkr_qword_decode(b[i]);

		if (x.target != y.target || x.offset != y.offset)
			return false;
	}
	return true;
}

/* A word that sets this register, and was not met yet. */
static size_t
find_word(const uint64_t *words, size_t n, uint64_t like, const bool *met)
{
	struct rkr_qword q = rkr_qword_decode(like);

	for (size_t i = 0; i < n; i++) {
		struct rkr_qword w = rkr_qword_decode(words[i]);

		if (!met[i] && w.target == q.target && w.offset == q.offset)
			return i;
	}
	return SIZE_MAX;
}

static void
compare_value(struct rkg_verifier *v, size_t task, uint64_t expected, uint64_t found)
{
	if (expected != found)
		rkg_find(v, &(struct rkg_finding){ RKG_FINDING_REGISTER, task, found,
						   rkr_qword_decode(expected).value,
						   rkr_qword_decode(found).value });
}

/* Words that are not in step: each is looked for by its register. */
static void
compare_loosely(struct rkg_verifier *v, size_t task, const uint64_t *want, size_t n_want,
		const uint64_t *have, size_t n_have)
{
	_autofree_ bool *met = calloc(n_have + 1, sizeof(*met));

	if (!met) {
		v->failed = true;
		return;
	}
	if (n_want != n_have)
		rkg_find(v, &(struct rkg_finding){ RKG_FINDING_AMOUNT, task, 0, n_want, n_have });
	for (size_t i = 0; i < n_want; i++) {
		size_t k = find_word(have, n_have, want[i], met);

		if (k == SIZE_MAX) {
			rkg_find(v, &(struct rkg_finding){ RKG_FINDING_MISSING, task, want[i],
							   rkr_qword_decode(want[i]).value, 0 });
			continue;
		}
		met[k] = true;
		compare_value(v, task, want[i], have[k]);
	}
	for (size_t i = 0; i < n_have; i++)
		if (!met[i])
			rkg_find(v, &(struct rkg_finding){ RKG_FINDING_EXTRA, task, have[i], 0,
							   rkr_qword_decode(have[i]).value });
}

void
rkg_compare_record(struct rkg_verifier *v, size_t task, const struct rkg_family *family, const uint64_t *want,
		   size_t n_want)
{
	const struct rkr_task *t = rkr_network_task(v->n, task);
	size_t n_have, before = v->at->n_findings;
	const uint64_t *have = rkr_network_words(v->n, task, &n_have);

	v->at->n_records++;
	if (t->enable_mask != family->enable_mask)
		rkg_find(v, &(struct rkg_finding){ RKG_FINDING_MASK, task, 0, family->enable_mask,
						   t->enable_mask });
	if (t->int_mask != family->int_mask)
		rkg_find(v,
			 &(struct rkg_finding){ RKG_FINDING_MASK, task, 0, family->int_mask, t->int_mask });
	if (!same_registers(want, n_want, have, n_have)) {
		compare_loosely(v, task, want, n_want, have, n_have);
		/* The same registers in another order. */
		if (v->at->n_findings == before)
			rkg_find(v, &(struct rkg_finding){ RKG_FINDING_AMOUNT, task, 0, n_want, n_have });
		return;
	}
	for (size_t i = 0; i < n_want; i++)
		compare_value(v, task, want[i], have[i]);
}

void
rkg_compare_aliases(struct rkg_verifier *v, size_t op, size_t list)
{
	struct rkr_task_span first = rkr_network_op_tasks(v->n, op, 0),
			     s = rkr_network_op_tasks(v->n, op, list);
	/* They stand in the first core's list only [captured: 7 of 7 files]. */
	size_t want = rkr_network_list_core(list) == 0 ? first.n : 0;

	if (s.n != want)
		rkg_find(v, &(struct rkg_finding){ RKG_FINDING_TASKS, s.n ? s.first : first.first, 0, want,
						   s.n });
	for (size_t i = 0; i < s.n && i < want; i++)
		if (rkr_network_original(v->n, s.first + i) != first.first + i)
			rkg_find(v, &(struct rkg_finding){ RKG_FINDING_ALIAS, s.first + i, 0, first.first + i,
							   rkr_network_original(v->n, s.first + i) });
}

/* Operators of which one part is of a kind that is not solved are not judged in parts. */
static bool
skip(struct rkg_verifier *v, const struct rkr_op *ops, size_t n, size_t op)
{
	static const struct {
		enum rkr_op_kind kind;
		const char *reason;
	} unsolved[] = {
		{ RKR_OP_LAYOUT, "a change of layout, which is not solved" },
		{ RKR_OP_RESIZE, "a bilinear resize, which is not solved as a whole" },
		{ RKR_OP_DECONV, "a deconvolution, whose FEATURE_GRAINS are not solved" },
		{ RKR_OP_LUT, "a lookup without a convolution, whose recipe is not known" },
		{ RKR_OP_UNKNOWN, "a record of no known kind" },
	};

	size_t first = op, end = op + 1;

	while (first > 0 && ops[first - 1].op_idx == ops[op].op_idx)
		first--;
	while (end < n && ops[end].op_idx == ops[op].op_idx)
		end++;
	for (size_t k = 0; k < RKR_ARRAY_LEN(unsolved); k++)
		for (size_t i = first; i < end; i++) {
			/* A load of a table is known, whatever looks up in it. */
			if (ops[i].kind != unsolved[k].kind || (i != op && ops[op].kind == RKR_OP_LUT_LOAD))
				continue;
			v->at->state = RKG_VERDICT_SKIP;
			snprintf(v->at->reason, sizeof(v->at->reason), "%s%s", i == op ? "" : "part of ",
				 unsolved[k].reason);
			return true;
		}
	return false;
}

static void
begin(struct rkg_verifier *v, enum rkg_verdict_item item, size_t op)
{
	v->at = &v->result->verdicts[v->result->n_verdicts++];
	v->at->item = item;
	v->at->op = op;
	v->at->first_finding = v->result->n_findings;
	v->at->first_taken = v->result->n_taken;
}

static void
end(struct rkg_verifier *v)
{
	if (v->at->n_findings)
		v->at->state = RKG_VERDICT_FAIL;
	v->result->total[v->at->state]++;
}

int
rkg_verify_model(const struct rkr_network *network, struct rkg_model_verdict **ret_verdict)
{
	size_t n;
	const struct rkr_op *ops = rkr_network_ops(network, &n);
	struct rkg_verifier v = { .n = network, .result = calloc(1, sizeof(*v.result)) };

	if (!v.result)
		return -ENOMEM;
	v.result->verdicts = calloc(n + 2, sizeof(*v.result->verdicts));
	v.failed = !v.result->verdicts;
	for (size_t i = 0; i < n && !v.failed; i++) {
		begin(&v, RKG_ITEM_OP, i);
		if (!skip(&v, ops, n, i)) {
			if (rkr_op_convolves(ops[i].kind))
				rkg_verify_conv(&v, i);
			else if (ops[i].kind == RKR_OP_POOL)
				rkg_verify_pool(&v, i);
			else
				rkg_verify_map(&v, i);
		}
		end(&v);
	}
	if (!v.failed) {
		begin(&v, RKG_ITEM_SEPARATORS, n);
		rkg_verify_separators(&v);
		end(&v);
		begin(&v, RKG_ITEM_CHAIN, n);
		rkg_verify_chain(&v);
		end(&v);
	}
	if (v.failed) {
		rkg_model_verdict_free(v.result);
		return -ENOMEM;
	}
	*ret_verdict = v.result;
	return 0;
}

void
rkg_model_verdict_free(struct rkg_model_verdict *verdict)
{
	if (!verdict)
		return;
	free(verdict->verdicts);
	free(verdict->findings);
	free(verdict->taken);
	free(verdict);
}

const char *
rkg_verdict_state_name(enum rkg_verdict_state state)
{
	static const char *const names[] = {
		[RKG_VERDICT_PASS] = "PASS",
		[RKG_VERDICT_FAIL] = "FAIL",
		[RKG_VERDICT_SKIP] = "SKIP",
	};

	return names[state];
}
