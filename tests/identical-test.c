/* SPDX-License-Identifier: MIT */
/*
 * A generated run, moved to the addresses of a capture, is the capture byte for
 * byte: every regcmd word and task of each live window, before any symbolising.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/gen.h"
#include "gen/shape.h"
#include "lib/digest.h"
#include "lib/symbol.h"
#include "lib/util.h"
#include "parsers/parse.h"
#include "tests/common.h"

#define LOGS "captures/logs/capture_rknpu_submit_dump_gems_"

static const struct {
	const char *shape;
	const char *log;
	size_t words;
} windows[] = {
	{ "b1_c160_h40_w40_oc320_wic160_k3x3_g1", LOGS "sweep_live_regcmd.log", 1504 },
	{ "b1_c160_h14_w14_oc320_wic160_k3x3_g1", LOGS "h14_live_regcmd_832_20260524_124752.log", 832 },
	{ "b1_c160_h7_w7_oc320_wic160_k3x3_g1", LOGS "6desc_h7_live_regcmd_20260524_123133.log", 832 },
	{ "b1_c32_h14_w14_oc128_wic32_k3x3_g1", LOGS "c32_h14_live_regcmd_20260524_1304.log", 832 },
	{ "b1_c256_h14_w14_oc512_wic256_k1x1_g1", LOGS "pw_c256_h14_live_regcmd_832_20260524_131804.log",
	  832 },
	{ "b1_c64_h56_w56_oc128_wic64_k1x1_g1", LOGS "c64_h56_live_regcmd_1168_20260524_133725.log", 1168 },
};

static struct rkr_run *
load(const char *path)
{
	struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkp_parse_into(run, path, NULL, NULL, &err), 0);
	ck_assert_int_eq(rkr_run_bind(run), 0);
	return run;
}

/* The generated run with each BO where the captured one has the BO of that role. */
static struct rkr_run *
move_to(const struct rkr_run *generated, const struct rkr_run *captured)
{
	struct rkr_image *image = NULL;
	struct rkr_run *moved = NULL;
	struct rkr_error err = { 0 };
	struct rkr_bo layout[8];
	size_t n = rkr_run_n_bos(generated);

	ck_assert_uint_le(n, RKR_ARRAY_LEN(layout));
	for (size_t i = 0; i < n; i++) {
		int bo = rkr_run_bo_by_role(captured, rkr_run_bo(generated, i)->role);

		ck_assert_int_ge(bo, 0);
		layout[i] = *rkr_run_bo(captured, (size_t)bo);
	}
	ck_assert_int_eq(rkr_symbolise(generated, &image), 0);
	ck_assert_msg(rkr_relocate(image, layout, n, &moved, &err) == 0, "%s", err.what);
	rkr_image_free(image);
	return moved;
}

/* The bytes of the first region of a kind. */
static uint8_t *
bytes_of(const struct rkr_run *run, enum rkr_region_kind kind, size_t *ret_size)
{
	const struct rkr_region *region = rkr_run_region(run, kind);

	ck_assert_ptr_nonnull(region);
	uint8_t *bytes = malloc(region->size);

	ck_assert_int_eq(rkr_run_read(run, region->bo, region->offset, bytes, region->size), 0);
	*ret_size = region->size;
	return bytes;
}

static size_t
compare(const struct rkr_run *a, const struct rkr_run *b, enum rkr_region_kind kind)
{
	size_t n_a, n_b;
	_autofree_ uint8_t *x = bytes_of(a, kind, &n_a), *y = bytes_of(b, kind, &n_b);

	ck_assert_uint_eq(n_a, n_b);
	ck_assert_mem_eq(x, y, n_a);
	return n_a;
}

START_TEST(identical)
{
	_autofree_ char *path = test_shared(windows[_i].log);
	struct rkg_shape shape;
	struct rkr_run *generated = NULL;
	struct rkr_error err = { 0 };

	if (!path)
		test_skip("the real captures are not there");
	ck_assert_int_eq(rkg_shape_parse(windows[_i].shape, &shape, &err), 0);
	ck_assert_int_eq(rkg_conv_run(&shape, NULL, &generated, &err), 0);

	struct rkr_run *captured = load(path), *moved = move_to(generated, captured);

	ck_assert_uint_eq(compare(moved, captured, RKR_REGION_REGCMD), 8 * windows[_i].words);
	compare(moved, captured, RKR_REGION_TASKS);
	rkr_run_free(moved);
	rkr_run_free(captured);
	rkr_run_free(generated);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("identical");
	TCase *t = tcase_create("identical");

	tcase_add_loop_test(t, identical, 0, (int)RKR_ARRAY_LEN(windows));
	suite_add_tcase(s, t);
	return test_main(s);
}
