/* SPDX-License-Identifier: MIT */
/*
 * Real networks: every layer is read as it is, every operator of a known kind
 * is generated to the last bit, and a wrong register is named. The models are
 * not part of the project: without them this test skips.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gen/verify-model.h"
#include "lib/network.h"
#include "lib/regcmd.h"
#include "lib/util.h"
#include "parsers/rknn.h"
#include "tests/gen-captures.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)
RKR_DEFINE_CLEANUP(struct rkr_network *, rkr_network_free)
#define _cleanup_network_ rkr_cleanup(rkr_network_free)
RKR_DEFINE_CLEANUP(struct rkg_model_verdict *, rkg_model_verdict_free)
#define _cleanup_verdict_ rkr_cleanup(rkg_model_verdict_free)

static const struct {
	const char *file;
	size_t conv;    /* layers of the modelled kinds that pass */
	size_t other;   /* operators, or parts of them, that do not convolve and pass */
	size_t failed;  /* operators: the one value of FEATURE_GRAINS that is not understood */
	size_t skipped; /* operators */
} networks[] = {
	{ "scrfd_500m_fp16.rk3588.rknn", 60, 8, 0, 16 },
	{ "ppocr_det_fp16.rk3588.rknn", 85, 138, 1, 3 },
	{ "pp_humanseg_int8.rk3588.rknn", 73, 11, 0, 28 },
};
/* With 2 deconvolutions and 14 resizes these are the 235 layers that the captures tell. */

struct file {
	uint8_t *data;
	size_t len;
};

static struct file
read_file(const char *name)
{
	_autofree_ char *under = NULL, *path = NULL;
	struct file f = { NULL, 0 };

	ck_assert_int_ge(asprintf(&under, "captures/models/%s", name), 0);
	path = test_shared(under);
	if (!path)
		test_skip("no folder of captures");
	_autofclose_ FILE *in = fopen(path, "re");

	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(fseek(in, 0, SEEK_END), 0);
	f.len = (size_t)ftell(in);
	rewind(in);
	f.data = malloc(f.len);
	ck_assert_ptr_nonnull(f.data);
	ck_assert_uint_eq(fread(f.data, 1, f.len, in), f.len);
	return f;
}

static struct rkr_network *
read_network(const struct file *f, uint64_t *ret_regcmd)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	struct rkr_network *n;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_msg(rkp_rknn_read_memory(f->data, f->len, "model", run, NULL, &err) == 0, "%s", err.what);
	ck_assert_msg(rkr_network_new(run, &n, &err) == 0, "%s", err.what);
	for (size_t i = 0; ret_regcmd && i < rkr_run_n_records(run); i++)
		if (rkr_run_record(run, i)->kind == RKR_KIND_model)
			*ret_regcmd = rkr_get_u(rkr_run_record(run, i), RKR_F_model_regcmd_off);
	return n;
}

START_TEST(operators_are_generated_exactly)
{
	struct file f = read_file(networks[_i].file);
	clock_t start = clock();
	_cleanup_network_ struct rkr_network *n = read_network(&f, NULL);
	_cleanup_verdict_ struct rkg_model_verdict *v = NULL;
	size_t n_ops, conv = 0, other = 0, failed = 0, skipped = 0;
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);

	ck_assert_int_eq(rkg_verify_model(n, &v), 0);
	double ms = 1000.0 * (double)(clock() - start) / CLOCKS_PER_SEC;

	for (size_t i = 0; i < v->n_verdicts; i++) {
		const struct rkg_verdict *o = &v->verdicts[i];

		if (o->item != RKG_ITEM_OP) {
			ck_assert_int_eq(o->state, RKG_VERDICT_PASS);
			continue;
		}
		conv += o->state == RKG_VERDICT_PASS && rkr_op_convolves(ops[o->op].kind);
		other += o->state == RKG_VERDICT_PASS && !rkr_op_convolves(ops[o->op].kind);
		failed += o->state == RKG_VERDICT_FAIL;
		skipped += o->state == RKG_VERDICT_SKIP;
		if (o->state == RKG_VERDICT_SKIP)
			ck_assert_str_ne(o->reason, "");
	}
	printf("# %s: %zu convolutions and %zu others pass, %zu fail, %zu skip, %.0f ms\n", networks[_i].file, conv, other,
	       failed, skipped, ms);
	fflush(stdout);
	ck_assert_uint_eq(conv, networks[_i].conv);
	ck_assert_uint_eq(other, networks[_i].other);
	ck_assert_uint_eq(failed, networks[_i].failed);
	ck_assert_uint_eq(skipped, networks[_i].skipped);
	if (failed) {
		ck_assert_uint_eq(v->n_findings, 1);
		ck_assert_uint_eq(v->findings[0].expected, 39 << 4);
		ck_assert_uint_eq(v->findings[0].found, 37 << 4);
	}
	free(f.data);
}
END_TEST

/* Whether an operator is what the facts of its layer say. */
static void
compare_layer(const struct rkr_op *o, const json_t *l)
{
	const char *kind = json_string_value(member(l, "kind"));
	bool deconv = strcmp(kind, "deconv") == 0, resize = strcmp(kind, "resize-dw-i8") == 0;
	const json_t *step;
	bool bias = false, relu = false, add = false, lut = false;
	size_t i;

	ck_assert_int_eq(o->kind == RKR_OP_DECONV, deconv);
	ck_assert_int_eq(o->kind == RKR_OP_RESIZE, resize);
	if (deconv || resize)
		return;
	ck_assert_int_eq(o->kind == RKR_OP_DEPTHWISE, json_is_true(member(l, "depthwise")));
	ck_assert_int_eq(o->kind == RKR_OP_STEM, strstr(kind, "stem") != NULL);
	ck_assert_int_eq(o->int8, strcmp(json_string_value(member(l, "precision")), "int8") == 0);
	ck_assert_uint_eq(o->in_c, number(l, "C_real"));
	ck_assert_uint_eq(o->in_h, number(l, "H"));
	ck_assert_uint_eq(o->in_w, number(l, "W"));
	ck_assert_uint_eq(o->out_c, number(l, "OC"));
	ck_assert_uint_eq(o->out_h, number(l, "OH"));
	ck_assert_uint_eq(o->out_w, number(l, "OW"));
	ck_assert_uint_eq(o->kh, number(l, "kh"));
	ck_assert_uint_eq(o->kw, number(l, "kw"));
	ck_assert_uint_eq(o->stride, (uint32_t)integer(json_array_get(member(l, "stride"), 0)));
	ck_assert_uint_eq(o->pad_top, number(l, "pad_top"));
	ck_assert_uint_eq(o->pad_left, number(l, "pad_left"));
	json_array_foreach(member(l, "fused"), i, step)
	{
		bias |= strcmp(json_string_value(step), "bias") == 0;
		relu |= strstr(json_string_value(step), "relu") != NULL;
		add |= strstr(json_string_value(step), "add") != NULL;
		lut |= strcmp(json_string_value(step), "lut") == 0;
	}
	ck_assert_int_eq(o->bias, bias);
	ck_assert_int_eq(o->relu, relu);
	ck_assert_int_eq(o->add, add);
	ck_assert_int_eq(o->lut, lut);
}

START_TEST(layers_are_read_as_they_are)
{
	_autofree_ char *path = test_shared("captures/networks.json");

	if (!path)
		test_skip("no folder of captures");
	rkr_cleanup(json_decref) json_t *layers = load(path);
	struct file f = read_file(networks[_i].file);
	_cleanup_network_ struct rkr_network *n = read_network(&f, NULL);
	size_t n_ops, i, n_layers = 0;
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);
	json_t *l;

	json_array_foreach(layers, i, l)
	{
		size_t k = 0;

		if (strcmp(json_string_value(member(l, "model")), networks[_i].file) != 0)
			continue;
		while (k < n_ops && (ops[k].op_idx != number(l, "op") || !rkr_op_convolves(ops[k].kind)))
			k++;
		ck_assert_uint_lt(k, n_ops);
		compare_layer(&ops[k], l);
		n_layers++;
	}
	ck_assert_uint_gt(n_layers, 50);
	free(f.data);
}
END_TEST

/* Operators that are judged: the others cannot tell right from wrong. */
static bool
is_judged(const struct rkg_model_verdict *v, const struct rkr_network *n, size_t task)
{
	size_t n_ops;
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);

	for (size_t i = 0; i < n_ops; i++)
		if (ops[i].op_idx == rkr_network_task(n, task)->op_idx && v->verdicts[i].state == RKG_VERDICT_SKIP)
			return rkr_network_is_separator(n, task);
	return true;
}

static bool
is_named(const struct rkg_model_verdict *v, size_t task, uint64_t word)
{
	struct rkr_qword q = rkr_qword_decode(word);

	for (size_t i = 0; i < v->n_findings; i++) {
		struct rkr_qword f = rkr_qword_decode(v->findings[i].word);

		if (v->findings[i].task == task && f.target == q.target && f.offset == q.offset)
			return true;
	}
	return false;
}

static void
set_word(struct file *f, size_t at, uint64_t word)
{
	for (size_t b = 0; b < 8; b++)
		f->data[at + b] = (uint8_t)(word >> (8 * b));
}

/* Entries of tables are the model's own: nobody can tell that one is wrong. */
#define LUT_ACCESS_DATA 0x4104

START_TEST(one_wrong_register_is_named)
{
	struct file f = read_file(networks[_i].file);
	uint64_t regcmd = 0;
	_cleanup_network_ struct rkr_network *n = read_network(&f, &regcmd);
	_cleanup_verdict_ struct rkg_model_verdict *good = NULL;
	struct test_random random = { 77 + (uint64_t)_i };
	size_t n_tried = 0, n_named = 0;

	ck_assert_int_eq(rkg_verify_model(n, &good), 0);
	while (n_tried < 150) {
		size_t task = test_random_next(&random) % rkr_network_n_tasks(n), n_words;
		const uint64_t *words = rkr_network_words(n, task, &n_words);
		size_t i = test_random_next(&random) % n_words;
		size_t at = (size_t)(regcmd + rkr_network_task(n, task)->regcmd_addr + 8 * i);
		uint64_t wrong = words[i] ^ UINT64_C(1) << (16 + test_random_next(&random) % 32);
		_cleanup_network_ struct rkr_network *bad = NULL;
		_cleanup_verdict_ struct rkg_model_verdict *v = NULL;

		if (rkr_network_original(n, task) != task || !is_judged(good, n, task) ||
		    rkr_qword_decode(words[i]).offset == LUT_ACCESS_DATA)
			continue;
		set_word(&f, at, wrong);
		bad = read_network(&f, NULL);
		ck_assert_int_eq(rkg_verify_model(bad, &v), 0);
		n_tried++;
		if (is_named(v, task, words[i]))
			n_named++;
		else
			printf("# %s task %zu: %#x is not named\n", networks[_i].file, task, rkr_qword_decode(words[i]).offset);
		set_word(&f, at, words[i]);
	}
	printf("# %s: %zu of %zu wrong registers are named\n", networks[_i].file, n_named, n_tried);
	fflush(stdout);
	ck_assert_uint_eq(n_named, n_tried);
	free(f.data);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("networks-real");
	TCase *t = tcase_create("networks");
	int n = (int)RKR_ARRAY_LEN(networks);

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, operators_are_generated_exactly, 0, n);
	tcase_add_loop_test(t, layers_are_read_as_they_are, 0, n);
	tcase_add_loop_test(t, one_wrong_register_is_named, 0, n);
	suite_add_tcase(s, t);
	return test_main(s);
}
