/* SPDX-License-Identifier: MIT */
/* Symbolise and relocate are inverses, over random layouts of the BOs. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/gen.h"
#include "gen/shape.h"
#include "lib/diff.h"
#include "lib/symbol.h"
#include "tests/common.h"

static const char *const shapes[] = {
	"b1_c160_h40_w40_oc320_wic160_k3x3_g1",
	"b1_c64_h56_w56_oc128_wic64_k1x1_g1",
	"b1_c128_h1_w1_oc24_wic128_k1x1_g1",
};

static struct rkr_run *
generate(const char *name)
{
	struct rkg_shape shape;
	struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkg_shape_parse(name, &shape, &err), 0);
	ck_assert_msg(rkg_conv_run(&shape, NULL, &run, &err) == 0, "%s: %s", name, err.what);
	return run;
}

static void
assert_same_contents(const struct rkr_run *a, const struct rkr_run *b)
{
	for (uint32_t i = 0; i < rkr_run_n_bos(a); i++) {
		size_t na, nb;
		const struct rkr_extent *ea = rkr_run_extents(a, i, &na), *eb = rkr_run_extents(b, i, &nb);

		ck_assert_uint_eq(na, nb);
		for (size_t k = 0; k < na; k++) {
			ck_assert_uint_eq(ea[k].offset, eb[k].offset);
			ck_assert_uint_eq(ea[k].len, eb[k].len);
			ck_assert_mem_eq(ea[k].data, eb[k].data, ea[k].len);
		}
	}
}

static void
assert_equal(const struct rkr_run *a, const struct rkr_run *b)
{
	ck_assert_uint_eq(rkr_run_n_records(a), rkr_run_n_records(b));
	for (size_t i = 0; i < rkr_run_n_records(a); i++)
		ck_assert_msg(rkr_record_equal(rkr_run_record(a, i), rkr_run_record(b, i)),
			      "record %zu differs", i);
	ck_assert_uint_eq(rkr_run_n_bos(a), rkr_run_n_bos(b));
	assert_same_contents(a, b);
}

static void
layout_of(const struct rkr_run *run, struct rkr_bo *layout)
{
	for (size_t i = 0; i < rkr_run_n_bos(run); i++)
		layout[i] = *rkr_run_bo(run, i);
}

/* Shuffle the BOs' places: no two overlap, page aligned, below 4 GiB. */
static void
random_layout(struct test_random *random, struct rkr_bo *layout, size_t n)
{
	uint64_t dma = 0x1000 * (1 + test_random_next(random) % 1000), virt = 0x7f0000000000,
		 map = 0x100000000;
	size_t order[8];

	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n; i > 1; i--) {
		size_t k = test_random_next(random) % i, t = order[i - 1];

		order[i - 1] = order[k];
		order[k] = t;
	}
	for (size_t i = 0; i < n; i++) {
		struct rkr_bo *bo = &layout[order[i]];

		bo->dma = dma;
		bo->virt = virt;
		bo->map = map;
		bo->obj = 0xffffff8000000000 + 0x400 * (test_random_next(random) % 4096 + 4096 * i);
		bo->handle = (uint32_t)(order[i] * 3 + 1 + test_random_next(random) % 3);
		bo->gem_name = (uint32_t)(order[i] * 5 + 1 + test_random_next(random) % 5);
		bo->prime_fd = (int32_t)(order[i] * 2 + 4 + test_random_next(random) % 2);
		dma += bo->aligned + 0x1000 * (test_random_next(random) % 16);
		virt += bo->aligned + 0x1000 * (test_random_next(random) % 16);
		map += bo->aligned;
	}
}

START_TEST(inverse)
{
	struct rkr_run *run = generate(shapes[_i]);
	struct test_random random = { (uint64_t)_i + 11 };
	struct rkr_bo home[8];
	struct rkr_image *image = NULL;
	struct rkr_error err = { 0 };
	size_t n_relocs;

	layout_of(run, home);
	ck_assert_int_eq(rkr_symbolise(run, &image), 0);
	rkr_image_relocs(image, &n_relocs);
	ck_assert(n_relocs > 100);
	for (int round = 0; round < 30; round++) {
		struct rkr_bo away[8];
		struct rkr_run *moved = NULL, *back = NULL;
		struct rkr_image *again = NULL;
		struct rkr_diff *diff = NULL;
		size_t n;

		memcpy(away, home, sizeof(away));
		random_layout(&random, away, rkr_run_n_bos(run));
		ck_assert_int_eq(rkr_relocate(image, away, rkr_run_n_bos(run), &moved, &err), 0);
		/* The moved run means the same, and has other bytes. */
		ck_assert_int_eq(rkr_diff_new(run, moved, NULL, &diff, &err), 0);
		rkr_diff_items(diff, &n);
		ck_assert_uint_eq(n, 0);
		ck_assert(rkr_diff_compared(diff) > 100);
		/* Its image is the same, and leads home. */
		ck_assert_int_eq(rkr_symbolise(moved, &again), 0);
		rkr_image_relocs(again, &n);
		ck_assert_uint_eq(n, n_relocs);
		assert_equal(rkr_image_run(image), rkr_image_run(again));
		ck_assert_int_eq(rkr_relocate(again, home, rkr_run_n_bos(run), &back, &err), 0);
		assert_equal(run, back);
		rkr_diff_free(diff);
		rkr_image_free(again);
		rkr_run_free(moved);
		rkr_run_free(back);
	}
	rkr_image_free(image);
	rkr_run_free(run);
}
END_TEST

START_TEST(refuses_what_does_not_fit)
{
	struct rkr_run *run = generate(shapes[1]), *moved = NULL;
	struct rkr_image *image = NULL;
	struct rkr_bo away[8];
	struct rkr_error err = { 0 };

	layout_of(run, away);
	ck_assert_int_eq(rkr_symbolise(run, &image), 0);
	/* A regcmd word has 32 bits for an address. */
	away[rkr_run_bo_by_role(run, "output")].dma = UINT64_C(0x100000000);
	ck_assert_int_eq(rkr_relocate(image, away, rkr_run_n_bos(run), &moved, &err), -ERANGE);
	ck_assert_ptr_null(moved);
	ck_assert_ptr_nonnull(strstr(err.what, "output"));
	ck_assert_int_eq(rkr_relocate(image, away, 2, &moved, &err), -EINVAL);
	rkr_image_free(image);
	rkr_run_free(run);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("symbol");
	TCase *t = tcase_create("symbol");

	tcase_add_loop_test(t, inverse, 0, (int)(sizeof(shapes) / sizeof(shapes[0])));
	tcase_add_test(t, refuses_what_does_not_fit);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return test_main(s);
}
