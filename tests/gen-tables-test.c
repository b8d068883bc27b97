/* SPDX-License-Identifier: MIT */
/* Plans and records against facts of captured tables, for where the captures are not. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/record.h"
#include "tests/gen-common.h"

/* ---- Amounts of captured tables [captured] */

static const struct {
	const char *shape;
	const char *amounts;
} tables[] = {
	{ "b1_c160_h40_w40_oc320_g1_k3x3", "108 108 104 104 26 104 104 26 104 104 26 104 104 26 104 104 26" },
	{ "b1_c64_h56_w56_oc128_g1_k1x1", "108 108 104 104 26 104 104 26 104 26 104 26 104 26" },
	{ "b1_c256_h14_w14_oc512_g1_k1x1", "108 104 26 104 26 104 26 104 26 104 26" },
	{ "b1_c32_h112_w112_oc64_g1_k1x1", "108 108 17 104 104 104 26 104 104 104 26 104 26 104 26 104 26" },
	{ "b1_c576_h19_w19_oc96_g1_k1x1", "108 108 104 104 26 104 104 26 104 104 26 104 104 26 104 104 26" },
	{ "b1_c576_h19_w19_oc12_g1_k1x1", "108 108 104 26 104 26 104 26 104 26 104 26" },
	{ "b1_c128_h1_w1_oc24_g1_k1x1", "108 108 108" },
	{ "b1_c256_h3_w3_oc256_g256_k3x3", "108 108 108" },
	{ "b1_c480_h10_w10_oc480_g480_k5x5", "108 104 26 104 26 104 26 104 26 104 26" },
	{ "b1_c256_h28_w28_oc256_g256_k3x3", "108 108 104 26 104 26 104 26 104 26 104 26" },
	{ "b1_c144_h75_w75_oc144_g144_k3x3",
	  "108 108 12 12 18 104 104 104 26 104 104 104 26 104 104 26 104 104 26 104 104 26" },
	{ "b1_c64_h112_w112_oc64_g64_k3x3",
	  "108 108 12 12 16 16 104 104 104 26 104 104 104 26 104 104 26 104 104 26 104 104 26" },
	{ "b1_c96_h150_w150_oc96_g96_k3x3",
	  "108 108 12 12 12 12 12 12 12 12 12 12 17 17 12 "
	  "104 104 104 104 104 104 104 104 26 104 104 104 104 104 104 104 104 26 "
	  "104 104 104 104 104 26 104 104 104 104 104 26 104 104 104 104 104 26" },
};

START_TEST(amounts_are_those_of_captured_tables)
{
	struct rkg_plan *plan = test_plan(tables[_i].shape);
	struct rkg_regcmd *r;
	char amounts[512] = "";

	ck_assert_int_eq(rkg_regcmd_new(plan, NULL, &r), 0);
	for (size_t i = 0; i < plan->n_tasks; i++) {
		size_t n = strlen(amounts);

		snprintf(amounts + n, sizeof(amounts) - n, "%s%u", i ? " " : "",
			 rkg_regcmd_task(r, i)->amount);
	}
	ck_assert_str_eq(amounts, tables[_i].amounts);
	rkg_regcmd_free(r);
	rkg_plan_free(plan);
}
END_TEST

/* Kernels of each core, for numbers of kernels that do not share out evenly [captured]. */
static const struct {
	const char *shape;
	uint32_t two[2];
	uint32_t three[3];
} kernel_shares[] = {
	{ "b1_c576_h19_w19_oc273_g1_k1x1", { 128, 145 }, { 80, 80, 113 } },
	{ "b1_c1024_h1_w1_oc1001_g1_k1x1", { 512, 489 }, { 320, 320, 361 } },
	{ "b1_c1024_h7_w7_oc1024_g1_k1x1", { 512, 512 }, { 352, 336, 336 } },
};

START_TEST(kernels_are_shared_out)
{
	struct rkg_plan *plan = test_plan(kernel_shares[_i].shape);

	for (size_t i = 0; i < plan->n_tiles; i++) {
		const struct rkg_tile *t = &plan->tiles[i];
		const uint32_t *share = t->group == 1 ? kernel_shares[_i].two : kernel_shares[_i].three;
		uint32_t k = 0;

		if (t->group == 0 || plan->groups[t->group].split != RKG_SPLIT_K)
			continue;
		for (uint8_t core = 0; core < t->core; core++)
			k += share[core];
		ck_assert_uint_eq(t->k, k);
		ck_assert_uint_eq(t->kc, share[t->core]);
	}
	ck_assert_int_eq(plan->groups[1].split, RKG_SPLIT_K);
	rkg_plan_free(plan);
}
END_TEST

/* ---- Layers of whole networks: what single convolutions do not show */

/* Program 0: output rows : input rows / data banks / entries, "r" for reuse / grains. [captured] */
/* clang-format off */
static const struct {
	const char *shape;
	const char *tiles;
} layers[] = {
	{ "b1_c152_h20_w20_oc288_k1x1_g1", "0+20:0+20/4/100/12" },
	{ "b1_c16_h80_w80_oc16_k3x3_g16_p1", "0+80:0+80/7/40/26" },
	{ "b1_c96_h18_w18_oc96_k7x7_g96_s7_p1-1-2-2", "0+3:0+18/2/54/26" },
	{ "b1_c18_h60_w60_oc96_k1x1_g1", "0+60:0+60/8/60/18" },
	{ "b1_c192_h30_w30_oc192_k1x1_g1",
	  "0+25:0+25/9/180/9 25+5:25+5/9/180r/5" },
	{ "b1_c192_h30_w30_oc192_k5x5_g192_s2_p2-2-1-1", "0+15:0+30/11/180/21" },
	{ "b1_c192_h1_w1_oc48_k1x1_g1", "0+1:0+1/1/6/2" },
	{ "b1_c3_h192_w192_oc64_k3x3_g1_s2_p0-0-1-1_i8",
	  "0+58:0+117/11/22464/117 58+38:116+76/11/14592r/76" },
	{ "b1_c64_h96_w96_oc64_k3x3_g1_s2_p0-0-1-1_i8",
	  "0+26:0+53/10/96/18 26+22:52+44/10/96r/18" },
};
/* clang-format on */

START_TEST(layers_are_cut_as_in_captured_networks)
{
	const struct rkg_shape shape = test_shape(layers[_i].shape);
	struct rkg_plan *plan;
	struct rkr_error err;
	char text[256] = "";

	if (rkg_plan_new(&shape, &plan, NULL, &err) < 0)
		ck_abort_msg("%s", err.what);
	for (size_t i = 0; i < plan->groups[0].n_tiles; i++) {
		const struct rkg_tile *t = &plan->tiles[i];
		/* The register of a stem counts the whole tile. */
		uint32_t entries = plan->geometry.stem ? plan->geometry.shape.in_w * t->in_rows
						       : rkg_line_entries(&plan->geometry, t->cc);
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "%s%u+%u:%u+%u/%u/%u%s/%u", i ? " " : "", t->y, t->rows,
			 t->in_y, t->in_rows, t->data_banks, entries, t->reuse ? "r" : "", t->grains);
	}
	ck_assert_str_eq(text, layers[_i].tiles);
	rkg_plan_free(plan);
}
END_TEST

/* Channels, and how many are stored: a last slice of 24 is stored as 32. [captured, 3x3 depthwise] */
static const uint32_t weights[][2] = {
	{ 16, 16 }, { 24, 32 }, { 40, 40 }, { 56, 64 }, { 64, 64 }, { 72, 72 }, { 152, 160 }, { 288, 288 },
};

START_TEST(weights_are_padded_as_in_captured_models)
{
	uint32_t c = weights[_i][0], stored = weights[_i][1];
	const struct rkg_shape s = {
		.batch = 1,
		.in_c = c,
		.in_h = 8,
		.in_w = 8,
		.out_c = c,
		.groups = c,
		.in_c_per_group = 1,
		.kh = 3,
		.kw = 3,
		.stride = 1,
	};
	struct rkg_geometry g;

	rkg_geometry_init(&g, &s);
	ck_assert_uint_eq(rkg_kernel_bytes(&g, c), 9 * stored * 2);
	ck_assert_uint_eq(g.weight_bytes, 9 * stored * 2);
}
END_TEST

/* Bytes of the input and the output buffer, to a page: as far apart as buffers of captured runs were. */
static const struct {
	const char *shape;
	uint64_t in;
	uint64_t out;
} buffers[] = {
	{ "b1_c320_h20_w20_oc72_g1_k1x1", 0x3f000, 0x10000 },
	{ "b1_c512_h14_w14_oc24_g1_k1x1", 0x31000, 0x4000 },
	{ "b1_c576_h19_w19_oc12_g1_k1x1", 0x67000, 0x3000 },
	{ "b1_c576_h19_w19_oc273_g1_k1x1", 0x67000, 0x34000 },
	{ "b1_c144_h56_w56_oc144_g144_k3x3", 0xdd000, 0xe4000 },
};

START_TEST(buffers_have_the_size_of_captured_ones)
{
	struct rkg_plan *plan = test_plan(buffers[_i].shape);

	ck_assert_uint_eq(rkr_align_up(plan->geometry.in_bytes, 4096), buffers[_i].in);
	ck_assert_uint_eq(rkr_align_up(plan->geometry.out_bytes, 4096), buffers[_i].out);
	rkg_plan_free(plan);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("gen-tables");
	TCase *t = tcase_create("tables");

	tcase_add_loop_test(t, amounts_are_those_of_captured_tables, 0, RKR_ARRAY_LEN(tables));
	tcase_add_loop_test(t, kernels_are_shared_out, 0, RKR_ARRAY_LEN(kernel_shares));
	tcase_add_loop_test(t, layers_are_cut_as_in_captured_networks, 0, RKR_ARRAY_LEN(layers));
	tcase_add_loop_test(t, weights_are_padded_as_in_captured_models, 0, RKR_ARRAY_LEN(weights));
	tcase_add_loop_test(t, buffers_have_the_size_of_captured_ones, 0, RKR_ARRAY_LEN(buffers));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
