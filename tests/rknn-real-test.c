/* SPDX-License-Identifier: MIT */
/* Real compiled models: all of each is accounted for, and single convolutions are what is generated. */
#include "config.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/diff.h"
#include "lib/overlay.h"
#include "parsers/rknn.h"
#include "tests/gen-common.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)
RKR_DEFINE_CLEANUP(struct rkr_diff *, rkr_diff_free)
#define _cleanup_diff_ rkr_cleanup(rkr_diff_free)
RKR_DEFINE_CLEANUP(struct rkr_overlays *, rkr_overlays_free)
#define _cleanup_overlays_ rkr_cleanup(rkr_overlays_free)
RKR_DEFINE_CLEANUP(json_t *, json_decref)
#define _cleanup_json_ rkr_cleanup(json_decref)

/* How many registers a record of each kind is about, once it is resolved. */
#define CONV 104u       /* convolution */
#define CONV_RDMA 122u  /* with operands from memory */
#define ELEMENTWISE 69u
#define PPU 26u

static const struct {
	const char *file;
	const char *shape;  /* NULL: of no single convolution */
	const char *corpus; /* its entry */
	const char *platform, *precision;
	size_t tasks, starts[2]; /* of the programs for two and three cores; 0: not told */
	size_t records;
	uint64_t regcmd_bytes;
} models[] = {
	{ "b1_c32_h14_w14_oc128_wic32_k3x3_g1",
	  "b1_c32_h14_w14_oc128_wic32_k3x3_g1",
	  "b1_c32_h14_w14_oc128_g1_k3x3_s1_p0",
	  "rk3588",
	  "fp16",
	  11,
	  { 1, 5 },
	  11,
	  6656 },
	{ "b1_c160_h14_w14_oc320_wic160_k3x3_g1",
	  "b1_c160_h14_w14_oc320_wic160_k3x3_g1",
	  "b1_c160_h14_w14_oc320_g1_k3x3_s1_p0",
	  "rk3588",
	  "fp16",
	  11,
	  { 1, 5 },
	  11,
	  6656 },
	{ "sweep_b1_c160_h40_w40_oc320_wic160_k3x3_g1",
	  H40,
	  "b1_c160_h40_w40_oc320_g1_k3x3_s1_p0",
	  "rk3588",
	  "fp16",
	  17,
	  { 2, 8 },
	  17,
	  12032 },
	{ "26_abs", NULL, NULL, "rk3588", "int16+fp16", 12, { 3, 7 }, 8, 5120 },
	{ "27_relu", NULL, NULL, "rk3588", "int16+fp16", 12, { 3, 7 }, 8, 5120 },
	{ "28_sigmoid", NULL, NULL, "rk3588", "fp16", 12, { 4, 8 }, 4, 10752 },
	{ "8_add", NULL, NULL, "rk3588", "int16+fp16", 15, { 4, 9 }, 9, 5760 },
	{ "sub_int8", NULL, NULL, "rk3588", "int8", 9, { 3, 6 }, 3, 1920 },
	{ "dual_residual_custom", NULL, NULL, "rk3588", "fp16", 17, { 2, 8 }, 17, 12032 },
	{ "scrfd_500m_fp16.rk3588", NULL, NULL, "rk3588", "fp16", 780, { 217, 479 }, 712, 657152 },
	{ "ppocr_det_fp16.rk3588", NULL, NULL, "rk3588", "fp16", 1614, { 383, 938 }, 1146, 1035584 },
	{ "pp_humanseg_int8.rk3588", NULL, NULL, "rk3588", "int8", 1722, { 461, 1043 }, 982, 636480 },
	{ "conv2d_rk3576", NULL, NULL, "rk3576", NULL, 4, { 0, 0 }, 4, 4608 },
};

static char *
path_of(size_t i)
{
	_autofree_ char *name = NULL;

	ck_assert_int_ge(asprintf(&name, "captures/models/%s.rknn", models[i].file), 0);
	return test_shared(name);
}

static struct rkr_run *
read_model(const char *path, struct rkp_accounting *ret_acc)
{
	struct rkr_error err = { 0 };
	struct rkr_run *run;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_msg(rkp_rknn_read(path, run, ret_acc, &err) == 0, "%s: %s", path, err.what);
	return run;
}

static const struct rkr_record *
record_of_kind(const struct rkr_run *run, enum rkr_kind kind, size_t nth)
{
	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		if (rkr_run_record(run, i)->kind == kind && nth-- == 0)
			return rkr_run_record(run, i);
	return NULL;
}

/* What the container tells of the programs, as it is shown. */
static void
assert_starts(size_t i, const struct rkr_run *run)
{
	const struct rkr_record *r = record_of_kind(run, RKR_KIND_identity, 1);
	char text[160];

	if (!models[i].starts[0])
		return;
	snprintf(text, sizeof(text),
		 "1 core: %zu from task 0, 2 cores: %zu from task %zu, 3 cores: %zu from task %zu",
		 models[i].starts[0], models[i].starts[1] - models[i].starts[0], models[i].starts[0],
		 models[i].tasks - models[i].starts[1], models[i].starts[1]);
	ck_assert(r && rkr_str_is(r, RKR_F_identity_text, text));
}

START_TEST(all_of_it_is_accounted_for)
{
	_autofree_ char *path = path_of((size_t)_i);
	struct rkp_accounting acc;

	if (!path)
		test_skip("no captures here");
	_cleanup_run_ struct rkr_run *run = read_model(path, &acc);
	const struct rkr_record *r = record_of_kind(run, RKR_KIND_model, 0);
	uint64_t skipped = 0;

	ck_assert_uint_eq(acc.unknown, 0);
	ck_assert_uint_eq(acc.parsed + acc.skipped, acc.bytes);
	for (size_t k = 0; k < RKP_RULES_MAX && acc.rule[k].name; k++)
		skipped += acc.rule[k].bytes;
	ck_assert_uint_eq(skipped, acc.skipped);

	ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_version), 6);
	ck_assert(rkr_str_is(r, RKR_F_model_platform, models[_i].platform));
	ck_assert_uint_eq(rkr_has(r, RKR_F_model_precision), models[_i].precision != NULL);
	if (models[_i].precision)
		ck_assert(rkr_str_is(r, RKR_F_model_precision, models[_i].precision));
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_tasks), models[_i].tasks);
	ck_assert_uint_eq(rkr_run_n_tasks(run), models[_i].tasks);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_regcmd_bytes), models[_i].regcmd_bytes);
	ck_assert_uint_eq((rkr_run_other_chip(run) != NULL), strcmp(models[_i].platform, "rk3588") != 0);
	assert_starts((size_t)_i, run);
	for (size_t k = 0; (r = record_of_kind(run, RKR_KIND_identity, k)); k++)
		ck_assert(!rkr_str_is(r, RKR_F_identity_what, "not read"));
}
END_TEST

/* Every record is resolved to all the registers of its kind; none is left out, none is too many. */
START_TEST(each_record_is_resolved_to_its_full_set)
{
	_autofree_ char *path = path_of((size_t)_i);
	_cleanup_overlays_ struct rkr_overlays *o = NULL;
	struct rkr_error err = { 0 };
	size_t own = 0, overlays = 0;

	if (!path)
		test_skip("no captures here");
	_cleanup_run_ struct rkr_run *run = read_model(path, NULL);
	int r = rkr_overlays_new(run, &o, &err);

	if (rkr_run_other_chip(run)) {
		ck_assert_int_eq(r, -EOPNOTSUPP);
		ck_assert_ptr_nonnull(strstr(err.what, models[_i].platform));
		return;
	}
	ck_assert_int_eq(r, 0);
	for (size_t i = 0; i < models[_i].tasks; i++) {
		struct rkr_task t;
		size_t n, inherited = 0;
		const struct rkr_overlay_word *w = rkr_overlays_task(o, i, &n);

		ck_assert_int_eq(rkr_run_task(run, i, &t), 0);
		ck_assert_uint_eq(n, t.enable_mask == 0x0d   ? CONV
				     : t.enable_mask == 0x1d ? CONV_RDMA
				     : t.enable_mask == 0x18 ? ELEMENTWISE
							     : PPU);
		own += rkr_overlays_writer(o, i) == i;
		for (size_t k = 0; k < n; k++)
			inherited += w[k].writer != rkr_overlays_writer(o, i);
		/* Only what is shorter than a full record inherits. */
		if (t.regcfg_amount >= n)
			ck_assert_uint_eq(inherited, 0);
		else
			ck_assert_uint_gt(inherited, 0);
		overlays += inherited > 0;
	}
	ck_assert_uint_eq(own, models[_i].records);
	printf("# %s: %zu records, %zu tasks inherit\n", models[_i].file, own, overlays);
}
END_TEST

START_TEST(a_single_convolution_is_what_is_generated)
{
	_autofree_ char *path = path_of((size_t)_i);
	_cleanup_diff_ struct rkr_diff *d = NULL;
	struct rkr_error err = { 0 };
	size_t n;

	if (!path)
		test_skip("no captures here");
	if (!models[_i].shape)
		return;
	_cleanup_run_ struct rkr_run *model = read_model(path, NULL), *run = test_run(models[_i].shape, NULL);

	ck_assert_int_eq(rkr_diff_new(run, model, NULL, &d, &err), 0);
	const struct rkr_diff_item *items = rkr_diff_items(d, &n);

	ck_assert_msg(n == 0, "%s: %s", items[0].path, items[0].field);
	ck_assert_uint_eq(rkr_diff_compared(d), models[_i].regcmd_bytes / 8 + models[_i].tasks);
	rkr_diff_placeholders(d, &n);
	ck_assert_uint_eq(n, 5);
}
END_TEST

/* Run count, amounts, masks and offsets are those of the corpus. */
START_TEST(a_single_convolution_is_that_of_the_corpus)
{
	_autofree_ char *path = path_of((size_t)_i), *name = NULL, *corpus = NULL;
	_cleanup_json_ json_t *root = NULL;

	if (!path)
		test_skip("no captures here");
	if (!models[_i].shape)
		return;
	ck_assert_int_ge(asprintf(&name, "captures/corpus/%s.json", models[_i].corpus), 0);
	corpus = test_shared(name);
	ck_assert_ptr_nonnull(corpus);
	root = json_load_file(corpus, 0, NULL);
	ck_assert_ptr_nonnull(root);
	_cleanup_run_ struct rkr_run *run = read_model(path, NULL);
	const json_t *amounts = json_object_get(root, "amounts"),
		     *masks = json_object_get(root, "enable_masks");
	const json_t *deltas = json_object_get(root, "regcmd_deltas");

	ck_assert_uint_eq(json_array_size(amounts), rkr_run_n_tasks(run));
	for (size_t i = 0; i < rkr_run_n_tasks(run); i++) {
		struct rkr_task t;

		ck_assert_int_eq(rkr_run_task(run, i, &t), 0);
		ck_assert_int_eq(json_integer_value(json_array_get(amounts, i)), t.regcfg_amount);
		ck_assert_int_eq(json_integer_value(json_array_get(masks, i)), t.enable_mask);
		ck_assert_int_eq(json_integer_value(json_array_get(deltas, i)), (json_int_t)t.regcmd_addr);
	}
}
END_TEST

/* The largest model, of 4 MB, is read in less than 50 ms; the limit here is for slow builds and machines. */
START_TEST(it_is_quick)
{
	struct timespec from, to;
	double best = 1e9;

	for (size_t i = 0; i < RKR_ARRAY_LEN(models); i++) {
		_autofree_ char *path = path_of(i);

		if (!path)
			test_skip("no captures here");
		if (!strstr(models[i].file, "ppocr"))
			continue;
		for (int k = 0; k < 3; k++) {
			clock_gettime(CLOCK_MONOTONIC, &from);
			rkr_run_free(read_model(path, NULL));
			clock_gettime(CLOCK_MONOTONIC, &to);
			double ms = (double)(to.tv_sec - from.tv_sec) * 1e3 +
				    (double)(to.tv_nsec - from.tv_nsec) / 1e6;

			best = ms < best ? ms : best;
		}
	}
	printf("# 3.9 MB read in %.1f ms\n", best);
	ck_assert(best < 1000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rknn-real");
	TCase *t = tcase_create("rknn-real");

	tcase_add_loop_test(t, all_of_it_is_accounted_for, 0, RKR_ARRAY_LEN(models));
	tcase_add_loop_test(t, each_record_is_resolved_to_its_full_set, 0, RKR_ARRAY_LEN(models));
	tcase_add_loop_test(t, a_single_convolution_is_what_is_generated, 0, 3);
	tcase_add_loop_test(t, a_single_convolution_is_that_of_the_corpus, 0, 3);
	tcase_add_test(t, it_is_quick);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return test_main(s);
}
