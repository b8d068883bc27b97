/* SPDX-License-Identifier: MIT */
/* Names of shapes, and which shapes are refused: by name, and for each reason. */
#include "config.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gen-common.h"

static const struct {
	const char *text;
	const char *canonical;
} spellings[] = {
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1", "b1_c64_h56_w56_oc128_wic64_k1x1_g1" },
	{ "conv2d_b1_c64_h56_w56_oc128_wic64_k1x1_g1", "b1_c64_h56_w56_oc128_wic64_k1x1_g1" },
	{ "conv2d_cc_b1_c64_h56_w56_oc128_wic64_k1x1_g1", "b1_c64_h56_w56_oc128_wic64_k1x1_g1" },
	{ "b1_c64_h56_w56_oc128_g1_k1x1_s1_p0", "b1_c64_h56_w56_oc128_wic64_k1x1_g1" },
	{ "b1_c64_h56_w56_oc128_k1x1_g1_add_i8_relu_bias",
	  "b1_c64_h56_w56_oc128_wic64_k1x1_g1_i8_bias_relu_add" },
	{ "b1_c64_h56_w56_oc128_k3x3_g1_s2_p1", "b1_c64_h56_w56_oc128_wic64_k3x3_g1_s2_p1" },
	{ "b1_c64_h56_w56_oc128_k3x3_g1_p1_bias", "b1_c64_h56_w56_oc128_wic64_k3x3_g1_psame_bias" },
	{ "b1_c64_h56_w56_oc128_k3x3_g1_s2_p0-1-1-0", "b1_c64_h56_w56_oc128_wic64_k3x3_g1_s2_p0-1-1-0" },
	{ "b1_c64_h56_w56_oc128_k1x1_g1_wic64", "b1_c64_h56_w56_oc128_wic64_k1x1_g1" },
	{ "b1_c256_h3_w3_oc256_wic1_k3x3_g256_s1_pvalid", "b1_c256_h3_w3_oc256_wic1_k3x3_g256" },
	{ "b2_c12_h9_w7_oc6_g3_k3x2_s2_psame", "b2_c12_h9_w7_oc6_wic4_k3x2_g3_s2_psame" },
	/* Nothing to pad: the same convolution as without. */
	{ "b1_c8_h4_w4_oc8_wic8_k1x1_g1_psame", "b1_c8_h4_w4_oc8_wic8_k1x1_g1" },
};

START_TEST(spellings_mean_one_shape)
{
	struct rkg_shape s = test_shape(spellings[_i].text);
	char name[RKG_SHAPE_NAME_MAX];

	ck_assert_uint_lt(rkg_shape_format(&s, name, sizeof(name)), sizeof(name));
	ck_assert_str_eq(name, spellings[_i].canonical);
}
END_TEST

START_TEST(same_padding_has_the_smaller_half_first)
{
	struct rkg_shape s = test_shape("b1_c8_h10_w9_oc8_wic8_k3x4_g1_s2_psame");

	ck_assert_uint_eq(s.pad_top, 0);
	ck_assert_uint_eq(s.pad_bottom, 1);
	ck_assert_uint_eq(s.pad_left, 1);
	ck_assert_uint_eq(s.pad_right, 2);
	ck_assert_uint_eq(rkg_shape_out_h(&s), 5);
	ck_assert_uint_eq(rkg_shape_out_w(&s), 5);
}
END_TEST

static const struct {
	const char *text;
	uint32_t column; /* 0: about the numbers, not about a place */
	const char *says;
} malformed[] = {
	{ "", 1, "'b' and the batch at the end" },
	{ "x", 1, "'b' and the batch" },
	{ "conv2d", 1, "'b' and the batch" },
	{ "conv2d_", 8, "'b' and the batch at the end" },
	{ "conv2d_cc_cc_b1", 11, "'b' and the batch" },
	{ "b0_c64_h56_w56_oc128_wic64_k1x1_g1", 2, "a number of at least 1 (batch)" },
	{ "b01_c64_h56_w56_oc128_wic64_k1x1_g1", 2, "a number of at least 1" },
	{ "b_c64", 2, "a number of at least 1" },
	{ "b-1_c64", 2, "a number of at least 1" },
	{ "b1c64_h56", 3, "'_c' and the input channels" },
	{ "b1__c64", 4, "'c' and the input channels" },
	{ "b1_h56_c64", 4, "'c' and the input channels" },
	{ "b1_c64_h56_w56_oc128_k1x1", 26, "'_g' and the groups at the end" },
	{ "b1_c64_h56_w56_oc128_g1", 24, "'_k' and the kernel height x width at the end" },
	{ "b1_c64_h56_w56_oc128_g1_s1", 25, "'k' and the kernel" },
	{ "b1_c64_h56_w56_oc128_wic64_k1_g1", 30, "'x' and the kernel's width" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x_g1", 31, "a number of at least 1 (kernel height x width)" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1_g1", 36, "'s' and the stride" },
	{ "b1_c64_h56_w56_oc128_wic64_wic64_k1x1_g1", 28, "'k' and the kernel" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1_s1_wic64", 39, "'s' and the stride" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1_px", 37, "pvalid, psame or pixels" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1_p1-1", 40, "'-' and the padding of the next side" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1_p1-1-1-", 43, "a number of at least 1 (padding)" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1_bias_bias", 41, "i8, bias, relu or add" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1_relu_s1", 41, "i8, bias, relu or add" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1_pvalid_s1", 43, "'s' and the stride" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1_", 36, "'s' and the stride" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1 ", 35, "'_' or the end" },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1\n", 35, "'_' or the end" },
	{ "b1_c99999999999999999999_h1", 5, "a number up to 268435455" },
	{ "b1_c4294967297_h1", 5, "a number up to 268435455" },
	{ "b1_c64_h56_w56_oc128_wic32_k1x1_g1", 0, "1 groups of 32 input channels (wic) are not 64" },
	{ "b1_c64_h56_w56_oc128_wic8_k1x1_g16", 0, "16 groups of 8 input channels (wic) are not 64" },
	{ "b1_c64_h56_w56_oc128_k1x1_g3", 0, "3 groups of 21 input channels (wic) are not 64" },
	{ "b1_c64_h56_w56_oc100_wic8_k1x1_g8", 0, "100 kernels (oc) cannot be shared out to 8" },
	{ "b1_c64_h2_w56_oc128_wic64_k3x3_g1", 0, "a 3x3 kernel does not fit an input of 2x56" },
	/* 2^32 + 1 channels in all: a product that would wrap to 1. */
	{ "b1_c1_h1_w1_oc1_wic641_k1x1_g6700417", 0, "are not 1 input channels" },
};

START_TEST(malformed_names_are_refused_where_they_err)
{
	struct rkg_shape before, s;
	struct rkr_error err = { 0 };

	memset(&s, 0x5a, sizeof(s));
	memset(&before, 0x5a, sizeof(before));
	ck_assert_int_eq(rkg_shape_parse(malformed[_i].text, &s, &err), -EINVAL);
	ck_assert_mem_eq(&s, &before, sizeof(s));
	ck_assert_int_eq(err.code, -EINVAL);
	ck_assert_uint_eq(err.column, malformed[_i].column);
	ck_assert_msg(strstr(err.what, malformed[_i].says), "\"%s\" does not say \"%s\"", err.what,
		      malformed[_i].says);
	ck_assert_str_ne(err.cure, "");
}
END_TEST

static uint32_t
up_to(struct test_random *r, uint32_t max)
{
	return (uint32_t)(test_random_next(r) % max) + 1;
}

static bool
same_shape(const struct rkg_shape *a, const struct rkg_shape *b)
{
	return a->batch == b->batch && a->in_c == b->in_c && a->in_h == b->in_h && a->in_w == b->in_w &&
	       a->out_c == b->out_c && a->groups == b->groups && a->in_c_per_group == b->in_c_per_group &&
	       a->kh == b->kh && a->kw == b->kw && a->stride == b->stride && a->pad_top == b->pad_top &&
	       a->pad_left == b->pad_left && a->pad_bottom == b->pad_bottom && a->pad_right == b->pad_right &&
	       a->precision == b->precision && a->bias == b->bias && a->relu == b->relu && a->add == b->add &&
	       a->lut == b->lut;
}

START_TEST(format_and_parse_are_inverse)
{
	struct test_random r = { 7 };
	size_t n = 0;

	for (int i = 0; i < 20000; i++) {
		uint32_t groups = up_to(&r, 4) == 1 ? up_to(&r, 300) : 1;
		struct rkg_shape s = {
			.batch = up_to(&r, 3),
			.in_c = groups * up_to(&r, 2000),
			.in_h = up_to(&r, 3000),
			.in_w = up_to(&r, 3000),
			.out_c = groups * up_to(&r, 2000),
			.groups = groups,
			.kh = up_to(&r, 9),
			.kw = up_to(&r, 9),
			.stride = up_to(&r, 4),
		};
		char name[RKG_SHAPE_NAME_MAX];

		s.in_c_per_group = s.in_c / groups;
		if (up_to(&r, 2) == 1)
			rkg_shape_pad_same(&s);
		else
			s.pad_left = up_to(&r, 3) - 1;
		s.precision = up_to(&r, 2) == 1 ? RKG_INT8 : RKG_FP16;
		s.bias = up_to(&r, 2) == 1;
		s.relu = up_to(&r, 2) == 1;
		s.add = up_to(&r, 2) == 1;
		if (rkg_shape_check(&s, NULL) < 0)
			continue;
		ck_assert_uint_lt(rkg_shape_format(&s, name, sizeof(name)), sizeof(name));
		struct rkg_shape back = test_shape(name);
		char again[RKG_SHAPE_NAME_MAX];

		rkg_shape_format(&back, again, sizeof(again));
		ck_assert_str_eq(again, name);
		ck_assert(same_shape(&back, &s));
		n++;
	}
	ck_assert_uint_gt(n, 15000);
}
END_TEST

START_TEST(format_tells_the_length_of_a_name_that_is_cut)
{
	struct rkg_shape s = test_shape(spellings[0].text);
	char small[8];

	ck_assert_uint_eq(rkg_shape_format(&s, small, sizeof(small)), strlen(spellings[0].canonical));
	ck_assert_str_eq(small, "b1_c64_");
	ck_assert_uint_eq(rkg_shape_format(&s, NULL, 0), strlen(spellings[0].canonical));
}
END_TEST

/* What is a name, said in another way. */
#define N "[1-9][0-9]{0,8}"
#define P "(0|[1-9][0-9]{0,8})"
static const char oracle[] =
	"^(conv2d_(cc_)?)?b" N "_c" N "_h" N "_w" N "_oc" N "((_wic" N "|_k" N "x" N "|_g" N "){2,3})(_s" N
	")?(_p(valid|same|" P "|" P "-" P "-" P "-" P "))?(_i8|_bias|_relu|_add){0,4}$";

static bool
is_name(const regex_t *re, const char *text)
{
	static const char *const once[] = { "_wic", "_k", "_g", "_i8", "_bias", "_relu", "_add" };

	if (regexec(re, text, 0, NULL, 0) != 0)
		return false;
	for (size_t i = 0; i < RKR_ARRAY_LEN(once); i++) {
		const char *first = strstr(text, once[i]);

		if (first ? strstr(first + 1, once[i]) != NULL : i == 1 || i == 2)
			return false;
	}
	return true;
}

START_TEST(damaged_names_are_taken_only_if_they_are_names)
{
	static const char alphabet[] = "bchwoigkspx_0123456789validmeru-\n \xc3\x01";
	struct test_random r = { 11 };
	size_t n_taken = 0, n_refused = 0;
	regex_t re;

	ck_assert_int_eq(regcomp(&re, oracle, REG_EXTENDED | REG_NOSUB), 0);
	for (int i = 0; i < 60000; i++) {
		char text[128];
		struct rkg_shape s;

		snprintf(text, sizeof(text), "%s", spellings[up_to(&r, RKR_ARRAY_LEN(spellings)) - 1].text);
		for (uint32_t edits = up_to(&r, 3); edits > 0; edits--) {
			size_t len = strlen(text), at = test_random_next(&r) % (len + 1);
			char c = alphabet[test_random_next(&r) % (sizeof(alphabet) - 1)];

			switch (test_random_next(&r) % 4) {
			case 0:
				if (at < len)
					text[at] = c;
				break;
			case 1: /* a byte more */
				memmove(text + at + 1, text + at, len - at + 1);
				text[at] = c;
				break;
			case 2: /* a byte less */
				if (at < len)
					memmove(text + at, text + at + 1, len - at);
				break;
			default: /* cut off */
				text[at] = '\0';
				break;
			}
		}
		if (rkg_shape_parse(text, &s, NULL) == 0) {
			ck_assert_msg(is_name(&re, text), "\"%s\" is taken for a name", text);
			ck_assert_int_eq(rkg_shape_check(&s, NULL), 0);
			n_taken++;
		} else {
			n_refused++;
		}
	}
	regfree(&re);
	/* Both happen, so both are tested. */
	ck_assert_uint_gt(n_taken, 2000);
	ck_assert_uint_gt(n_refused, 30000);
}
END_TEST

/* ---- The domain */

static const struct {
	const char *shape;
	enum rkg_refusal refusal;
} refused[] = {
	{ "b2_c64_h14_w14_oc128_wic64_k1x1_g1", RKG_REFUSE_BATCH },
	{ "b1_c64_h14_w14_oc128_wic32_k1x1_g2", RKG_REFUSE_GROUPED },
	{ "b1_c64_h14_w14_oc128_wic1_k3x3_g64", RKG_REFUSE_CHANNEL_MULTIPLIER },
	{ "b1_c64_h14_w14_oc128_wic64_k1x1_g1_s3", RKG_REFUSE_STRIDE },
	{ "b1_c64_h14_w14_oc128_wic64_k1x1_g1_s2", RKG_ACCEPTED },
	{ "b1_c64_h14_w14_oc128_wic64_k3x3_g1_p2", RKG_REFUSE_PADDING },
	{ "b1_c64_h14_w14_oc128_wic64_k3x3_g1_psame", RKG_ACCEPTED },
	{ "b1_c64_h14_w14_oc128_wic64_k1x1_g1_i8", RKG_REFUSE_INT8_ALONE },
	{ "b1_c64_h14_w14_oc64_wic1_k3x3_g64_i8_bias", RKG_REFUSE_INT8_DEPTHWISE },
	{ "b1_c64_h14_w14_oc128_wic64_k1x1_g1_relu", RKG_REFUSE_FUSED_ALONE },
	{ "b1_c64_h14_w14_oc128_wic64_k1x1_g1_add", RKG_REFUSE_FUSED_ALONE },
	{ "b1_c64_h14_w14_oc64_wic1_k3x3_g64_bias_add", RKG_REFUSE_ADD_DEPTHWISE },
	{ "b1_c64_h14_w14_oc128_wic64_k1x1_g1_bias", RKG_REFUSE_RUN_LAYOUT },
	{ "b1_c64_h14_w14_oc128_wic64_k1x1_g1_i8_bias_relu", RKG_REFUSE_RUN_LAYOUT },
	{ "b1_c64_h14_w15_oc128_wic64_k1x1_g1", RKG_REFUSE_RECTANGULAR },
	{ "b1_c3_h224_w224_oc32_wic3_k3x3_g1", RKG_REFUSE_STEM },
	{ "b1_c1_h14_w14_oc16_wic1_k1x1_g1", RKG_REFUSE_SMALL_CHANNELS },
	{ "b1_c3_h14_w14_oc16_wic3_k1x1_g1", RKG_REFUSE_SMALL_CHANNELS },
	{ "b1_c4_h14_w14_oc16_wic4_k3x3_g1", RKG_REFUSE_SMALL_CHANNELS },
	{ "b1_c3_h14_w14_oc3_wic1_k3x3_g3", RKG_REFUSE_SMALL_CHANNELS },
	{ "b1_c5_h14_w14_oc16_wic5_k1x1_g1", RKG_REFUSE_CHANNELS_OF_8 },
	{ "b1_c60_h14_w14_oc16_wic60_k1x1_g1", RKG_REFUSE_CHANNELS_OF_8 },
	{ "b1_c64_h14_w14_oc128_wic64_k5x5_g1", RKG_REFUSE_KERNEL_SIZE },
	{ "b1_c64_h14_w14_oc128_wic64_k2x2_g1", RKG_REFUSE_KERNEL_SIZE },
	{ "b1_c64_h14_w14_oc128_wic64_k1x3_g1", RKG_REFUSE_KERNEL_SIZE },
	{ "b1_c64_h14_w14_oc64_wic1_k7x7_g64", RKG_REFUSE_KERNEL_SIZE },
	{ "b1_c64_h14_w14_oc64_wic1_k1x1_g64", RKG_REFUSE_KERNEL_SIZE },
	{ "b1_c8_h2048_w2048_oc16_wic8_k1x1_g1", RKG_REFUSE_FIELD_LIMIT },
	{ "b1_c8200_h4_w4_oc16_wic8200_k1x1_g1", RKG_REFUSE_FIELD_LIMIT },
	{ "b1_c8_h4_w4_oc8193_wic8_k1x1_g1", RKG_REFUSE_FIELD_LIMIT },
	/* Weights of two groups of 16 kernels take all 12 banks; a channel slice less leaves one. */
	{ "b1_c632_h3_w3_oc64_wic632_k3x3_g1", RKG_REFUSE_NO_DATA_BANK },
	{ "b1_c624_h3_w3_oc64_wic624_k3x3_g1", RKG_ACCEPTED },
	/* Three banks hold two lines of the three that an output row needs. */
	{ "b1_c512_h40_w40_oc288_wic512_k3x3_g1", RKG_REFUSE_NO_OUTPUT_ROW },
	/* On one core few channels are taken at a time; several cores take all at once. */
	{ "b1_c240_h160_w160_oc240_wic1_k5x5_g240", RKG_REFUSE_NO_OUTPUT_ROW },
	{ "b1_c208_h150_w150_oc208_wic1_k5x5_g208", RKG_REFUSE_Y_SPLIT },
	{ "b1_c64_h2_w2_oc16_wic64_k1x1_g1", RKG_REFUSE_ONE_GROUP },
	{ "b1_c64_h4_w4_oc64_wic1_k3x3_g64", RKG_REFUSE_ONE_GROUP },
	/* One tile a row, three times over. */
	{ "b1_c64_h2046_w2046_oc16_wic64_k1x1_g1", RKG_REFUSE_TASK_LIMIT },
	/* One output row, of more channels than the CBUF holds at once. */
	{ "b1_c8192_h5_w5_oc8192_wic1_k5x5_g8192", RKG_REFUSE_DEGENERATE_TILES },
	/* What is near and can be generated. */
	{ "b1_c8_h2_w2_oc32_wic8_k1x1_g1", RKG_REFUSE_ONE_GROUP },
	{ "b1_c8_h3_w3_oc1_wic8_k1x1_g1", RKG_ACCEPTED },
	{ "b1_c64_h14_w14_oc64_wic1_k3x3_g64", RKG_ACCEPTED },
	{ "b1_c64_h14_w14_oc64_wic1_k5x5_g64", RKG_ACCEPTED },
	{ "b1_c576_h19_w19_oc273_wic576_k1x1_g1", RKG_ACCEPTED },
	{ "b1_c128_h1_w1_oc24_wic128_k1x1_g1", RKG_ACCEPTED },
	{ "b1_c8_h9_w9_oc8192_wic8_k1x1_g1", RKG_ACCEPTED },
};

START_TEST(shapes_are_refused_by_name)
{
	struct rkg_shape s = test_shape(refused[_i].shape);
	enum rkg_refusal refusal = RKG_ACCEPTED;
	struct rkg_plan *plan = NULL;
	struct rkr_error err = { 0 };
	int r = rkg_domain_check(&s, &plan, &refusal, &err);

	if (refused[_i].refusal == RKG_ACCEPTED) {
		ck_assert_msg(r == 0, "%s", err.what);
		ck_assert_ptr_nonnull(plan);
		rkg_plan_free(plan);
		return;
	}
	ck_assert_msg(refusal == refused[_i].refusal, "%s is refused for \"%s\"", refused[_i].shape,
		      refusal ? rkg_refusal_name(refusal) : "nothing");
	ck_assert_int_eq(r, -EOPNOTSUPP);
	ck_assert_ptr_null(plan);
	ck_assert_int_eq(err.code, -EOPNOTSUPP);
	ck_assert_str_ne(err.cure, "");
	/* The message names the shape and the reason. */
	ck_assert_ptr_nonnull(strstr(err.what, refused[_i].shape));
	ck_assert_ptr_nonnull(strstr(err.what, rkg_refusal_name(refusal)));
}
END_TEST

/* Where a runtime lays the biases is not known: there is a plan, but no run. */
START_TEST(plans_go_further_than_runs)
{
	struct rkg_shape s = test_shape("b1_c3_h64_w64_oc16_wic3_k3x3_g1_s2_p1_bias_relu");
	enum rkg_refusal refusal;

	ck_assert_int_eq(rkg_domain_plan(&s, NULL, NULL, NULL), 0);
	ck_assert_int_eq(rkg_domain_check(&s, NULL, &refusal, NULL), -EOPNOTSUPP);
	ck_assert_int_eq(refusal, RKG_REFUSE_STEM);
	s.in_c = 0;
	ck_assert_int_eq(rkg_domain_check(&s, NULL, &refusal, NULL), -EINVAL);
}
END_TEST

START_TEST(each_refusal_has_a_name_and_a_test)
{
	/* This one is tested in gen-run-test. */
	bool tested[RKG_REFUSAL_MAX_] = {
		[RKG_REFUSE_IOVA_SPACE] = true,
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(refused); i++)
		tested[refused[i].refusal] = true;
	for (int i = RKG_ACCEPTED + 1; i < RKG_REFUSAL_MAX_; i++) {
		const char *name = rkg_refusal_name((enum rkg_refusal)i);

		ck_assert_msg(tested[i], "no test has the refusal \"%s\"", name);
		for (int k = RKG_ACCEPTED + 1; k < i; k++)
			ck_assert_str_ne(name, rkg_refusal_name((enum rkg_refusal)k));
	}
	ck_assert_ptr_null(rkg_refusal_name(RKG_ACCEPTED));
	ck_assert_ptr_null(rkg_refusal_name(RKG_REFUSAL_MAX_));
}
END_TEST

START_TEST(the_stem_has_a_plan)
{
	struct rkg_shape s = test_shape("b1_c3_h224_w224_oc32_wic3_k3x3_g1");
	struct rkg_plan *plan;

	ck_assert_int_eq(rkg_domain_plan(&s, &plan, NULL, NULL), 0);
	/* Five tiles on one core, ten on two, six on three, five separators [captured]. */
	ck_assert_uint_eq(plan->n_tasks, 26);
	ck_assert_uint_eq(plan->groups[0].n_tiles, 5);
	ck_assert_uint_eq(plan->groups[1].n_tiles, 10);
	ck_assert_uint_eq(plan->groups[2].n_tiles, 6);
	rkg_plan_free(plan);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("gen-shape");
	TCase *names = tcase_create("names"), *domain = tcase_create("domain");

	tcase_add_loop_test(names, spellings_mean_one_shape, 0, RKR_ARRAY_LEN(spellings));
	tcase_add_test(names, same_padding_has_the_smaller_half_first);
	tcase_add_loop_test(names, malformed_names_are_refused_where_they_err, 0, RKR_ARRAY_LEN(malformed));
	tcase_add_test(names, format_and_parse_are_inverse);
	tcase_add_test(names, format_tells_the_length_of_a_name_that_is_cut);
	tcase_add_test(names, damaged_names_are_taken_only_if_they_are_names);
	suite_add_tcase(s, names);
	tcase_add_loop_test(domain, shapes_are_refused_by_name, 0, RKR_ARRAY_LEN(refused));
	tcase_add_test(domain, plans_go_further_than_runs);
	tcase_add_test(domain, each_refusal_has_a_name_and_a_test);
	tcase_add_test(domain, the_stem_has_a_plan);
	suite_add_tcase(s, domain);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
