/* SPDX-License-Identifier: MIT */
/*
 * A network of one operator of each kind, made here: it is read as it was
 * made, each operator passes, and each wrong register is named. Needs no
 * capture.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/verify-model.h"
#include "lib/util.h"
#include "tests/common.h"
#include "tests/net-model.h"
#include "tests/net-sweep.h"

RKR_DEFINE_CLEANUP(struct rkr_network *, rkr_network_free)
#define _cleanup_network_ rkr_cleanup(rkr_network_free)
RKR_DEFINE_CLEANUP(struct rkg_model_verdict *, rkg_model_verdict_free)
#define _cleanup_verdict_ rkr_cleanup(rkg_model_verdict_free)

START_TEST(all_operators_pass)
{
	struct model_file m = net_model();
	_cleanup_network_ struct rkr_network *n = sweep_read(m.data, m.len, NULL);
	_cleanup_verdict_ struct rkg_model_verdict *v = NULL;
	size_t n_ops;
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);
	bool kinds[RKR_OP_MAX_] = { false };

	ck_assert_uint_eq(n_ops, net_model_ops());
	ck_assert_int_eq(rkg_verify_model(n, &v), 0);
	ck_assert_uint_eq(v->n_verdicts, n_ops + 2);
	for (size_t i = 0; i < v->n_verdicts; i++)
		ck_assert_msg(v->verdicts[i].state == RKG_VERDICT_PASS, "item %zu: %s %s", i,
			      rkg_verdict_state_name(v->verdicts[i].state), v->verdicts[i].reason);
	for (size_t i = 0; i < n_ops; i++)
		kinds[ops[i].kind] = true;
	/* One of each that has a recipe. */
	for (int k = 0; k < RKR_OP_MAX_; k++)
		ck_assert_msg(kinds[k] != (k == RKR_OP_DECONV || k == RKR_OP_RESIZE || k == RKR_OP_LUT ||
					   k == RKR_OP_LAYOUT || k == RKR_OP_UNKNOWN),
			      "%s", rkr_op_kind_name((enum rkr_op_kind)k));
	free(m.data);
}
END_TEST

/* Poolings: the whole map's sizes, though each record has those of its part. */
START_TEST(poolings_are_read)
{
	static const struct {
		uint32_t w, h, c, tasks;
		bool average, int8;
	} want[] = {
		{ 32, 32, 32, 1, false, false },
		{ 320, 4, 16, 2, true, false },
		{ 24, 24, 32, 1, true, true },
	};
	struct model_file m = net_model();
	_cleanup_network_ struct rkr_network *n = sweep_read(m.data, m.len, NULL);
	size_t n_ops, k = 0;
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);

	for (size_t i = 0; i < n_ops; i++) {
		if (ops[i].kind != RKR_OP_POOL)
			continue;
		ck_assert_uint_lt(k, RKR_ARRAY_LEN(want));
		ck_assert_uint_eq(ops[i].in_w, want[k].w);
		ck_assert_uint_eq(ops[i].in_h, want[k].h);
		ck_assert_uint_eq(ops[i].in_c, want[k].c);
		ck_assert_uint_eq(ops[i].out_w, want[k].w / 2);
		ck_assert_uint_eq(ops[i].out_h, want[k].h / 2);
		ck_assert_uint_eq(ops[i].n_tasks, want[k].tasks);
		ck_assert_uint_eq(ops[i].kw, 2);
		ck_assert_int_eq(ops[i].average, want[k].average);
		ck_assert_int_eq(ops[i].int8, want[k].int8);
		k++;
	}
	ck_assert_uint_eq(k, RKR_ARRAY_LEN(want));
	free(m.data);
}
END_TEST

/* A window of 3x3 with padding is no wrong 2x2: it is not known. */
START_TEST(other_poolings_are_skipped)
{
	struct model_file m = net_model();
	_cleanup_network_ struct rkr_network *n = sweep_read(m.data, m.len, NULL), *other = NULL;
	_cleanup_verdict_ struct rkg_model_verdict *v = NULL;
	size_t n_ops, n_words, i = 0;
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);

	while (ops[i].kind != RKR_OP_POOL)
		i++;
	const uint64_t *words = rkr_network_words(n, ops[i].first, &n_words);

	for (size_t k = 0; k < n_words; k++) {
		uint64_t value = (words[k] & 0xffff) == 0x6034   ? 0x110202
				 : (words[k] & 0xffff) == 0x6040 ? 0x1111
								 : 0;

		if (value)
			model_set_word(
				&m, m.regcmd + (size_t)rkr_network_task(n, ops[i].first)->regcmd_addr + 8 * k,
				8, (words[k] & UINT64_C(0xffff00000000ffff)) | value << 16);
	}
	other = sweep_read(m.data, m.len, NULL);
	ck_assert_int_eq(rkg_verify_model(other, &v), 0);
	ck_assert_int_eq(v->verdicts[i].state, RKG_VERDICT_SKIP);
	ck_assert_ptr_nonnull(strstr(v->verdicts[i].reason, "other windows than 2x2"));
	free(m.data);
}
END_TEST

/* Which values are taken from the records, and which of them are not judged: these alone. */
START_TEST(what_is_not_judged)
{
	/* By kind: how many fields of all its operators. */
	static const struct {
		enum rkr_op_kind kind;
		size_t taken, open;
	} want[] = {
		{ RKR_OP_CONV, 29, 13 },   { RKR_OP_LUT_LOAD, 2, 2 },  { RKR_OP_TO_FP16, 2, 2 },
		{ RKR_OP_SCALE, 1, 1 },    { RKR_OP_OFFSET, 1, 0 },    { RKR_OP_AFFINE_VECTOR, 1, 1 },
		{ RKR_OP_ADD, 9, 0 },      { RKR_OP_COPY, 7, 0 },      { RKR_OP_POOL, 2, 2 },
		{ RKR_OP_UPSAMPLE, 0, 0 }, { RKR_OP_DEPTHWISE, 3, 1 }, { RKR_OP_STEM, 1, 0 },
	};
	struct model_file m = net_model();
	_cleanup_network_ struct rkr_network *n = sweep_read(m.data, m.len, NULL);
	_cleanup_verdict_ struct rkg_model_verdict *v = NULL;
	size_t n_ops;
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);

	ck_assert_int_eq(rkg_verify_model(n, &v), 0);
	for (size_t k = 0; k < RKR_ARRAY_LEN(want); k++) {
		size_t taken = 0, open = 0;

		for (size_t i = 0; i < n_ops; i++)
			for (size_t t = 0; ops[i].kind == want[k].kind && t < v->verdicts[i].n_taken; t++) {
				taken++;
				open += !rkg_taken_is_judged(&v->taken[v->verdicts[i].first_taken + t]);
			}
		ck_assert_msg(taken == want[k].taken && open == want[k].open, "%s: %zu, %zu",
			      rkr_op_kind_name(want[k].kind), taken, open);
	}
	free(m.data);
}
END_TEST

START_TEST(wrong_registers_are_named)
{
	struct model_file m = net_model();
	struct sweep s;

	sweep_registers(m.data, m.len, getenv("RKREPLAY_LONG") ? 1 : 5, 91, &s);
	printf("# of %zu wrong registers %zu are named, %zu by field, too, %zu are free\n", s.tried, s.named,
	       s.exact, s.free);
	fflush(stdout);
	ck_assert_uint_eq(s.passed, net_model_ops() + 2);
	ck_assert_uint_gt(s.tried, 2000);
	ck_assert_uint_eq(s.named, s.tried);
	/* A register that alone tells of two values which one is meant can be wrong the other way: BN_CFG's of relu. */
	ck_assert_uint_ge(1000 * s.exact, 999 * s.tried);
	free(m.data);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("networks-made");
	TCase *t = tcase_create("networks");

	tcase_set_timeout(t, 600);
	tcase_add_test(t, all_operators_pass);
	tcase_add_test(t, poolings_are_read);
	tcase_add_test(t, other_poolings_are_skipped);
	tcase_add_test(t, what_is_not_judged);
	tcase_add_test(t, wrong_registers_are_named);
	suite_add_tcase(s, t);
	return test_main(s);
}
