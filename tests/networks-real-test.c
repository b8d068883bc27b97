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
#include "lib/util.h"
#include "tests/gen-captures.h"
#include "tests/net-sweep.h"

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
	size_t step;    /* of registers that are changed */
} networks[] = {
	{ "scrfd_500m_fp16.rk3588.rknn", 60, 8, 0, 16, 97 },
	{ "ppocr_det_fp16.rk3588.rknn", 85, 138, 1, 3, 97 },
	{ "pp_humanseg_int8.rk3588.rknn", 73, 11, 0, 28, 23 },
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

START_TEST(operators_are_generated_exactly)
{
	struct file f = read_file(networks[_i].file);
	clock_t start = clock();
	_cleanup_network_ struct rkr_network *n = sweep_read(f.data, f.len, NULL);
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
	printf("# %s: %zu convolutions and %zu others pass, %zu fail, %zu skip, %.0f ms\n", networks[_i].file,
	       conv, other, failed, skipped, ms);
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
	_cleanup_network_ struct rkr_network *n = sweep_read(f.data, f.len, NULL);
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

/* All registers with RKREPLAY_LONG, which takes minutes. */
START_TEST(wrong_registers_are_named)
{
	struct file f = read_file(networks[_i].file);
	struct sweep s;

	sweep_registers(f.data, f.len, getenv("RKREPLAY_LONG") ? 1 : networks[_i].step, 77 + (uint64_t)_i,
			&s);
	printf("# %s: of %zu wrong registers %zu are named, %zu by field, too, %zu are free\n",
	       networks[_i].file, s.tried, s.named, s.exact, s.free);
	fflush(stdout);
	ck_assert_uint_gt(s.tried, 500);
	ck_assert_uint_eq(s.named, s.tried);
	/* A register that alone tells of two values which one is meant can be wrong the other way: BN_CFG's of relu. */
	ck_assert_uint_ge(1000 * s.exact, 999 * s.tried);
	free(f.data);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("networks-real");
	TCase *t = tcase_create("networks");
	int n = (int)RKR_ARRAY_LEN(networks);

	tcase_set_timeout(t, 1800);
	tcase_add_loop_test(t, operators_are_generated_exactly, 0, n);
	tcase_add_loop_test(t, layers_are_read_as_they_are, 0, n);
	tcase_add_loop_test(t, wrong_registers_are_named, 0, n);
	suite_add_tcase(s, t);
	return test_main(s);
}
