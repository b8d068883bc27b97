/* SPDX-License-Identifier: MIT */
/*
 * Models read as networks, without a real one: what is read off the records
 * is what they were made of, and one wrong register is named.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gen/gen.h"
#include "gen/verify-model.h"
#include "lib/network.h"
#include "lib/regcmd.h"
#include "lib/util.h"
#include "parsers/rknn.h"
#include "tests/gen-common.h"
#include "tests/rknn-common.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)
RKR_DEFINE_CLEANUP(struct rkr_network *, rkr_network_free)
#define _cleanup_network_ rkr_cleanup(rkr_network_free)
RKR_DEFINE_CLEANUP(struct rkg_model_verdict *, rkg_model_verdict_free)
#define _cleanup_verdict_ rkr_cleanup(rkg_model_verdict_free)

static const char *const shapes[] = {
	"b1_c64_h56_w56_oc128_wic64_k1x1_g1",
	"b1_c160_h40_w40_oc320_wic160_k3x3_g1",
	"b1_c64_h14_w14_oc64_wic1_k3x3_g64",
	"b1_c144_h75_w75_oc144_wic1_k3x3_g144",
	"b1_c64_h14_w14_oc64_wic1_k5x5_g64",
	"b1_c128_h1_w1_oc24_wic128_k1x1_g1",
	"b1_c576_h19_w19_oc273_wic576_k1x1_g1",
	"b1_c64_h56_w56_oc128_wic64_k3x3_g1_psame",
	"b1_c64_h56_w56_oc128_wic64_k3x3_g1_s2_p1-1-0-0",
	"b1_c96_h18_w18_oc96_wic1_k7x7_g96_s7_psame",
	"b1_c32_h60_w60_oc32_wic1_k5x5_g32_s2_p2-2-1-1",
};

static struct model_file
make_model(const char *name)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	const struct rkg_shape shape = test_shape(name);
	struct rkr_error err = { 0 };

	ck_assert_msg(rkg_conv_run(&shape, NULL, &run, &err) == 0, "%s", err.what);
	return model_write(run, &(struct model_options){ .seed = 0 });
}

static struct rkr_network *
read_network(const struct model_file *m)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	struct rkr_network *n;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_msg(rkp_rknn_read_memory(m->data, m->len, "model", run, NULL, &err) == 0, "%s", err.what);
	ck_assert_msg(rkr_network_new(run, &n, &err) == 0, "%s", err.what);
	return n;
}

START_TEST(shapes_are_read_off_the_records)
{
	struct model_file m = make_model(shapes[_i]);
	_cleanup_network_ struct rkr_network *n = read_network(&m);
	_cleanup_verdict_ struct rkg_model_verdict *v = NULL;
	char name[RKG_SHAPE_NAME_MAX];
	struct rkg_shape shape;
	size_t n_ops;
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);

	ck_assert_uint_eq(n_ops, 1);
	rkg_op_shape(&ops[0], &shape);
	rkg_shape_format(&shape, name, sizeof(name));
	ck_assert_str_eq(name, shapes[_i]);
	ck_assert_int_eq(rkg_verify_model(n, &v), 0);
	/* The operator and the chain; separators hold addresses here that a model does not. */
	ck_assert_int_eq(v->verdicts[0].state, RKG_VERDICT_PASS);
	ck_assert_int_eq(v->verdicts[2].state, RKG_VERDICT_PASS);
	free(m.data);
}
END_TEST

START_TEST(lists_are_those_of_the_programs)
{
	struct model_file m = make_model("b1_c160_h40_w40_oc320_wic160_k3x3_g1");
	_cleanup_network_ struct rkr_network *n = read_network(&m);
	/* Two tiles on one core; with several each has two and a separator. */
	static const struct rkr_task_span want[RKR_NETWORK_LISTS] = {
		{ 0, 2 }, { 2, 3 }, { 5, 3 }, { 8, 3 }, { 11, 3 }, { 14, 3 },
	};

	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
		struct rkr_task_span list = rkr_network_list(n, l);
		size_t n_runs;

		ck_assert_uint_eq(list.first, want[l].first);
		ck_assert_uint_eq(list.n, want[l].n);
		rkr_network_runs(n, l, &n_runs);
		ck_assert_uint_eq(n_runs, l > 0);
		ck_assert_uint_eq(rkr_network_is_separator(n, list.first + list.n - 1), l > 0);
	}
	free(m.data);
}
END_TEST

/* Whether a finding names this register of this task. */
static bool
is_named(const struct rkg_model_verdict *v, size_t task, uint64_t word)
{
	struct rkr_qword q = rkr_qword_decode(word);

	for (size_t i = 0; i < v->n_findings; i++) {
		struct rkr_qword f = rkr_qword_decode(v->findings[i].word);

		if (v->findings[i].task == task && v->findings[i].what == RKG_FINDING_REGISTER &&
		    f.target == q.target && f.offset == q.offset)
			return true;
	}
	return false;
}

/* Each register of each record of two models, one after the other: a bit is turned. */
START_TEST(one_wrong_register_is_named)
{
	static const char *const names[] = { "b1_c160_h40_w40_oc320_wic160_k3x3_g1",
					     "b1_c64_h56_w56_oc64_wic1_k3x3_g64_s2_p1-1-0-0" };
	struct model_file m = make_model(names[_i]);
	_cleanup_network_ struct rkr_network *n = read_network(&m);
	struct test_random random = { 5 };
	size_t n_tried = 0;

	for (size_t t = 0; t < rkr_network_n_tasks(n); t++) {
		size_t n_words, at = m.regcmd + (size_t)rkr_network_task(n, t)->regcmd_addr;
		const uint64_t *words = rkr_network_words(n, t, &n_words);

		if (rkr_network_is_separator(n, t))
			continue;
		for (size_t i = 0; i < n_words; i += 1 + test_random_next(&random) % 4) {
			_cleanup_network_ struct rkr_network *wrong = NULL;
			_cleanup_verdict_ struct rkg_model_verdict *v = NULL;

			model_set_word(&m, at + 8 * i, 8,
				       words[i] ^ UINT64_C(1) << (16 + test_random_next(&random) % 32));
			wrong = read_network(&m);
			ck_assert_int_eq(rkg_verify_model(wrong, &v), 0);
			if (!is_named(v, t, words[i]))
				ck_abort_msg("task %zu: the wrong register %#x is not named", t,
					     rkr_qword_decode(words[i]).offset);
			model_set_word(&m, at + 8 * i, 8, words[i]);
			n_tried++;
		}
	}
	ck_assert_uint_gt(n_tried, 250);
	free(m.data);
}
END_TEST

START_TEST(a_run_without_tasks_is_no_network)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	struct rkr_network *n = NULL;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkr_network_new(run, &n, &err), -ENODATA);
	ck_assert_ptr_null(n);
	ck_assert_int_eq(err.code, -ENODATA);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("networks-read");
	TCase *t = tcase_create("networks");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, shapes_are_read_off_the_records, 0, (int)RKR_ARRAY_LEN(shapes));
	tcase_add_test(t, lists_are_those_of_the_programs);
	tcase_add_loop_test(t, one_wrong_register_is_named, 0, 2);
	tcase_add_test(t, a_run_without_tasks_is_no_network);
	suite_add_tcase(s, t);
	return test_main(s);
}
