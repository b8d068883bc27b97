/* SPDX-License-Identifier: MIT */
/* Whole generated runs: buffers, calls, rows and contents, against facts of real captures. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"
#include "tests/gen-common.h"

/*
 * What logs of the vendor runtime show for these shapes [captured], and the
 * SHA-256 of the regcmd window with each address counted from the start of
 * its BO, links from the start of the window.
 */
/* clang-format off */
static const struct fact {
	const char *shape;
	uint64_t size[5];
	uint64_t aligned[5];
	uint64_t map[5]; /* plus 0x100000000 */
	uint64_t active;
	uint64_t bytes;
	uint64_t weights;
	size_t records;
	uint32_t task_number;
	const char *native[2];
	const char *digest;
} facts[] = {
	{ H40,
	  { 680, 936384, 1436160, 512000, 924160 },
	  { 4096, 937984, 1437696, 512000, 925696 },
	  { 0, 0x1000, 0xe6000, 0x245000, 0x2c2000 },
	  0xe1800, 12032, 0xe1000, 17, 6,
	  { "(1,80,40,40,8)", "(1,160,38,38,8)" },
	  "58f4fc112f8520df7bc4b814314921fd57ded7a031d4ed7bed466e882e7db400" },
	{ "b1_c160_h14_w14_oc320_g1_k3x3",
	  { 440, 930752, 154880, 62720, 92160 },
	  { 4096, 933888, 155648, 65536, 94208 },
	  { 0, 0x1000, 0xe5000, 0x10b000, 0x11b000 },
	  0xe1800, 6656, 0xe1000, 11, 3,
	  { "(1,80,14,14,8)", "(1,160,12,12,8)" },
	  "32d5990c6fff078561ab5beacb401e474655c37cb4282fe627676972f9a986a1" },
	{ "b1_c160_h8_w8_oc320_g1_k3x3",
	  { 440, 930752, 43520, 20480, 23040 },
	  { 4096, 933888, 45056, 20480, 24576 },
	  { 0, 0x1000, 0xe5000, 0xf0000, 0xf5000 },
	  0xe1800, 6656, 0xe1000, 11, 3,
	  { "(1,80,8,8,8)", "(1,160,6,6,8)" },
	  NULL },
	{ "b1_c160_h7_w7_oc320_g1_k3x3",
	  { 440, 930752, 34560, 16640, 17920 },
	  { 4096, 933888, 36864, 20480, 20480 },
	  { 0, 0x1000, 0xe5000, 0xee000, 0xf3000 },
	  0xe1800, 6656, 0xe1000, 11, 3,
	  { "(1,84,7,7,8)", "(1,178,5,5,8)" },
	  "376a63b26425330158ffd07b3b13aa4383e00d7d32e1cfc2270e0eba197481c3" },
	{ "b1_c32_h14_w14_oc128_g1_k3x3",
	  { 440, 82880, 49408, 12544, 36864 },
	  { 4096, 86016, 53248, 16384, 36864 },
	  { 0, 0x1000, 0x16000, 0x23000, 0x27000 },
	  0x12800, 6656, 0x12000, 11, 3,
	  { "(1,16,14,14,8)", "(1,64,12,12,8)" },
	  "12919e9543da551f916d3f838496f1ebeee995f6c373ade0cef9c5f98e190ac8" },
	{ "b1_c256_h14_w14_oc512_g1_k1x1",
	  { 440, 271296, 301056, 100352, 200704 },
	  { 4096, 274432, 303104, 102400, 200704 },
	  { 0, 0x1000, 0x44000, 0x8e000, 0xa7000 },
	  0x40800, 6656, 0x40000, 11, 3,
	  { "(1,128,14,14,8)", "(1,256,14,14,8)" },
	  "3e24574048700d97ff3aed0fa94d9afd3f450dc3106e28319e95fed73566acbe" },
	{ C64,
	  { 560, 28352, 1204224, 401408, 802816 },
	  { 4096, 28672, 1204224, 401408, 802816 },
	  { 0, 0x1000, 0x8000, 0x12e000, 0x190000 },
	  0x4800, 9344, 0x4000, 14, 6,
	  { "(1,32,56,56,8)", "(1,64,56,56,8)" },
	  "bc36d8e125e5734a97d001f97201c83708d0b1bc1f53dee90edb9db8ad3081ab" },
	{ "b1_c32_h112_w112_oc64_g1_k1x1",
	  { 680, 18176, 2408448, 802816, 1605632 },
	  { 4096, 20480, 2408448, 802816, 1605632 },
	  { 0, 0x1000, 0x6000, 0x252000, 0x316000 },
	  0x1800, 11328, 0x1000, 17, 9,
	  { NULL, NULL },
	  NULL },
};

/* clang-format on */

static const struct rkr_record *
first(const struct rkr_run *run, enum rkr_kind kind)
{
	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		if (rkr_run_record(run, i)->kind == kind)
			return rkr_run_record(run, i);
	ck_abort_msg("no such record");
}

static void
check_rows(const struct rkr_run *run, const struct fact *f)
{
	const struct rkr_record *r = first(run, RKR_KIND_regcmd_size);
	size_t n = 0, totals = 0;

	ck_assert_uint_eq(rkr_get_u(r, RKR_F_regcmd_size_regcmd_bytes), f->bytes);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_regcmd_size_task_bytes), f->size[0]);
	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		r = rkr_run_record(run, i);
		if (r->kind == RKR_KIND_memory_total)
			/* Internal: the whole BO. Weight: up to the regcmd. In millionths of a KB. */
			ck_assert_uint_eq(rkr_get_u(r, RKR_F_memory_total_kb) * 1024,
					  1000000 * (totals++ ? f->active : f->size[2]));
		if (r->kind != RKR_KIND_tensor)
			continue;
		uint64_t size = n == 2 ? f->weights : f->size[3 + n];
		uint64_t start = test_bo(run, n == 2 ? 1 : 2)->dma + (n == 1 ? f->size[3] : 0);

		ck_assert_uint_eq(rkr_get_u(r, RKR_F_tensor_size), size);
		ck_assert_uint_eq(rkr_get_u(r, RKR_F_tensor_start), start);
		ck_assert_uint_eq(rkr_get_u(r, RKR_F_tensor_end), start + size);
		ck_assert(rkr_has(r, RKR_F_tensor_native_shape) == (n < 2));
		if (n < 2 && f->native[n])
			ck_assert(rkr_str_is(r, RKR_F_tensor_native_shape, f->native[n]));
		n++;
	}
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(totals, 2);
}

static void
check_submit(const struct rkr_run *run, const struct fact *f)
{
	const struct rkr_record *r = first(run, RKR_KIND_submit);

	ck_assert_uint_eq(rkr_get_u(r, RKR_F_submit_task_number), f->task_number);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_submit_task_obj_addr), test_bo(run, 0)->obj);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_submit_sub0_number), f->task_number / 3);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_submit_sub2_number), f->task_number / 3);
	ck_assert(rkr_has(r, RKR_F_submit_sub4_number));
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_submit_sub3_number), 0);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_submit_flags), 5);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_submit_timeout), 6000);
}

/* The window, addresses counted from what they point into; each must point into the right BO. */
static void
read_window(const struct rkr_run *run, const struct fact *f, uint64_t *words)
{
	_autofree_ uint8_t *bytes = malloc(f->bytes);
	static const struct {
		uint16_t offset;
		uint8_t bo;
	} points[] = {
		{ RKR_REG_CNA_FEATURE_DATA_ADDR, 3 },       { RKR_REG_CNA_DCOMP_ADDR0, 1 },
		{ RKR_REG_DPU_DST_BASE_ADDR, 4 },           { RKR_REG_PPU_DST_BASE_ADDR, 1 },
		{ RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR, 1 }, { RKR_REG_PC_BASE_ADDRESS, 1 },
	};

	ck_assert_int_eq(rkr_run_read(run, 1, f->active, bytes, f->bytes), 0);
	for (size_t i = 0; i < f->bytes / 8; i++) {
		words[i] = 0;
		for (size_t k = 0; k < 8; k++)
			words[i] |= (uint64_t)bytes[8 * i + k] << (8 * k);
		struct rkr_qword q = rkr_qword_decode(words[i]);

		for (size_t p = 0; p < RKR_ARRAY_LEN(points); p++) {
			if (q.offset != points[p].offset || q.target == 0)
				continue;
			const struct rkr_bo *b = test_bo(run, points[p].bo);

			ck_assert_uint_ge(q.value, b->dma);
			ck_assert_uint_lt(q.value, b->dma + b->size);
			q.value -= (uint32_t)b->dma;
			if (q.offset == RKR_REG_PC_BASE_ADDRESS)
				q.value -= (uint32_t)f->active;
			words[i] = rkr_qword_encode(q.target, q.value, q.offset);
		}
	}
}

static void
check_digest(const struct rkr_run *run, const struct fact *f)
{
	_autofree_ uint64_t *words = malloc(f->bytes);
	uint8_t digest[SHA256_DIGEST_SIZE], le[8];
	char hex[2 * SHA256_DIGEST_SIZE + 1];
	struct sha256_ctx ctx;

	read_window(run, f, words);
	if (!f->digest)
		return;
	sha256_init(&ctx);
	for (size_t i = 0; i < f->bytes / 8; i++) {
		for (size_t k = 0; k < 8; k++)
			le[k] = (uint8_t)(words[i] >> (8 * k));
		sha256_update(&ctx, sizeof(le), le);
	}
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(hex, f->digest);
}

/* The driver's table, and the copy behind the regcmd, which counts from the regcmd. */
static void
check_tables(const struct rkr_run *run, const struct fact *f)
{
	uint64_t base = test_bo(run, 1)->dma + f->active, at = 0;

	ck_assert_uint_eq(rkr_run_n_tasks(run), f->records);
	for (size_t i = 0; i < f->records; i++) {
		struct rkr_task t, copy;
		uint8_t bytes[RKR_TASK_BYTES];

		ck_assert_int_eq(rkr_run_task(run, i, &t), 0);
		ck_assert_int_eq(rkr_run_read(run, 1, f->active + f->bytes + 40 * i, bytes, sizeof(bytes)),
				 0);
		rkr_task_decode(bytes, &copy);
		ck_assert_uint_eq(t.regcmd_addr, base + at);
		ck_assert_uint_eq(copy.regcmd_addr, at);
		copy.regcmd_addr = t.regcmd_addr;
		ck_assert_mem_eq(&t, &copy, sizeof(t));
		ck_assert_uint_eq(t.flags, 0);
		ck_assert_uint_eq(t.op_idx, 1);
		ck_assert_uint_eq(t.int_clear, 0x1ffff);
		ck_assert_uint_eq(t.int_status, 0);
		ck_assert_uint_eq(t.regcfg_offset, 0);
		ck_assert_uint_eq(t.enable_mask, t.regcfg_amount == 26 ? 0x60 : 0x0d);
		ck_assert_uint_eq(t.int_mask, t.regcfg_amount == 26 ? 0xc00 : 0x300);
		at += 8 * rkr_regcmd_stride(t.regcfg_amount);
	}
	ck_assert_uint_eq(at, f->bytes);
}

START_TEST(runs_are_those_of_captured_shapes)
{
	const struct fact *f = &facts[_i];
	struct rkr_run *run = test_run(f->shape, NULL);
	uint64_t dma = UINT64_C(1) << 32;
	size_t n;

	ck_assert_uint_eq(rkr_run_n_bos(run), 5);
	for (size_t i = 0; i < 5; i++) {
		const struct rkr_bo *b = test_bo(run, i);

		ck_assert_uint_eq(b->size, f->size[i]);
		ck_assert_uint_eq(b->aligned, f->aligned[i]);
		ck_assert_uint_eq(b->map, UINT64_C(0x100000000) + f->map[i]);
		ck_assert_uint_eq(b->flags, i == 0 ? 0x40b : 0x403);
		ck_assert_uint_eq(b->handle, i + 1);
		dma -= f->aligned[i];
		ck_assert_uint_eq(b->dma, dma);
	}
	check_rows(run, f);
	check_submit(run, f);
	check_digest(run, f);
	check_tables(run, f);
	/* Nothing contradicts itself, and what is not known is not there: weights and scratch. */
	rkr_run_conflicts(run, &n);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(rkr_run_read(run, 1, f->active - 1, &(uint8_t){ 0 }, 1), -ENODATA);
	rkr_run_free(run);
}
END_TEST

/* ---- Options */

START_TEST(buffers_stack_below_the_iova_top)
{
	/* A captured run whose task BO was at 0xfff8d000. */
	static const uint64_t dma[] = { 0xfff8d000, 0xffea8000, 0xffd49000, 0xffccc000, 0xffbea000 };
	struct rkr_run *run = test_run(H40, &(struct rkg_options){ .iova_top = 0xfff8e000 });

	for (size_t i = 0; i < 5; i++)
		ck_assert_uint_eq(test_bo(run, i)->dma, dma[i]);
	rkr_run_free(run);
}
END_TEST

START_TEST(tops_that_cannot_be_are_refused)
{
	static const struct {
		uint64_t top;
		int code;
	} tops[] = {
		{ 0x100001000, -EINVAL },
		{ UINT64_MAX, -EINVAL },
		{ 0xfffff800, -EINVAL },
		{ 4096, -EOPNOTSUPP },
		/* The five BOs take 3817472 bytes, and address 0 is none. */
		{ 3817472, -EOPNOTSUPP },
		{ 3817472 + 4096, 0 },
	};
	const struct rkg_shape s = test_shape(H40);

	for (size_t i = 0; i < RKR_ARRAY_LEN(tops); i++) {
		struct rkr_run *run = NULL;
		struct rkr_error err = { 0 };

		ck_assert_int_eq(
			rkg_conv_run(&s, &(struct rkg_options){ .iova_top = tops[i].top }, &run, &err),
			tops[i].code);
		ck_assert_int_eq(err.code, tops[i].code);
		ck_assert((run != NULL) == (tops[i].code == 0));
		if (tops[i].code == -EOPNOTSUPP)
			ck_assert_ptr_nonnull(strstr(err.what, "iova-space"));
		rkr_run_free(run);
	}
}
END_TEST

START_TEST(refused_shapes_give_no_run)
{
	const struct rkg_shape s = test_shape("b1_c3_h224_w224_oc32_wic3_k3x3_g1");
	struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkg_conv_run(&s, NULL, &run, &err), -EOPNOTSUPP);
	ck_assert_ptr_null(run);
	ck_assert_ptr_nonnull(strstr(err.what, "stem"));
}
END_TEST

/* ---- The rest of a run */

START_TEST(a_run_is_the_same_every_time)
{
	struct rkr_run *a = test_run(C64, NULL), *b = test_run(C64, NULL);

	ck_assert_uint_eq(rkr_run_n_records(a), rkr_run_n_records(b));
	for (size_t i = 0; i < rkr_run_n_records(a); i++)
		ck_assert(rkr_record_equal(rkr_run_record(a, i), rkr_run_record(b, i)));
	rkr_run_free(a);
	rkr_run_free(b);
}
END_TEST

START_TEST(a_gem_dump_shows_the_run)
{
	struct rkr_run *run = test_run(H40, NULL);
	size_t in_task = 0, in_weight = 0;

	ck_assert_uint_eq(test_count(run, RKR_KIND_gem), 5);
	ck_assert_uint_eq(rkr_get_u(first(run, RKR_KIND_regcmd_window), RKR_F_regcmd_window_count), 1504);
	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);

		if (r->kind != RKR_KIND_task)
			continue;
		in_task += rkr_get_u(r, RKR_F_task_gem) == 1;
		in_weight += rkr_get_u(r, RKR_F_task_gem) == 2;
	}
	/* Of this shape the dump's 40-byte steps fall on the copy of the table too [captured]. */
	ck_assert_uint_eq(in_task, 17);
	ck_assert_uint_eq(in_weight, 17);
	rkr_run_free(run);
}
END_TEST

START_TEST(a_run_says_what_it_models)
{
	struct rkr_run *run = test_run(H40, NULL);

	ck_assert(rkr_run_witnesses(run, RKR_KIND_action));
	ck_assert(rkr_run_witnesses(run, RKR_KIND_tensor));
	ck_assert(rkr_run_witnesses(run, RKR_KIND_regcmd_window));
	/* Versions, teardown calls and snapshots it knows nothing of. */
	ck_assert(!rkr_run_witnesses(run, RKR_KIND_identity));
	ck_assert(!rkr_run_witnesses(run, RKR_KIND_mem_destroy));
	ck_assert(!rkr_run_witnesses(run, RKR_KIND_snapshot_sysfs));
	rkr_run_free(run);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("gen-run");
	TCase *t = tcase_create("run");

	tcase_add_loop_test(t, runs_are_those_of_captured_shapes, 0, RKR_ARRAY_LEN(facts));
	tcase_add_test(t, buffers_stack_below_the_iova_top);
	tcase_add_test(t, tops_that_cannot_be_are_refused);
	tcase_add_test(t, refused_shapes_give_no_run);
	tcase_add_test(t, a_run_is_the_same_every_time);
	tcase_add_test(t, a_gem_dump_shows_the_run);
	tcase_add_test(t, a_run_says_what_it_models);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
