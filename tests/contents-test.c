/* SPDX-License-Identifier: MIT */
/* BO contents: extents against a plain array of bytes, with evidence and conflicts. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/run.h"
#include "tests/common.h"

#define SIZE 256

static struct rkr_run *
new_run(void)
{
	struct rkr_run *run = NULL;
	uint32_t bo;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(
		rkr_run_add_bo(run,
			       &(struct rkr_bo){ .known = RKR_BO_ALIGNED, .aligned = SIZE, .died = SIZE_MAX },
			       &bo),
		0);
	ck_assert_uint_eq(bo, 0);
	return run;
}

START_TEST(random_writes)
{
	struct test_random random = { 3 };

	for (int round = 0; round < 3000; round++) {
		struct rkr_run *run = new_run();
		int known[SIZE]; /* evidence, -1: not known */
		uint8_t bytes[SIZE], back[SIZE];
		size_t conflicts = 0, n;

		memset(known, 0xff, sizeof(known));
		for (int w = 0; w < 12; w++) {
			size_t at = test_random_next(&random) % SIZE,
			       len = test_random_next(&random) % (SIZE - at + 1);
			int evidence = (int)(test_random_next(&random) % 3);
			uint8_t data[SIZE];
			bool differs = false;

			len %= 40;
			for (size_t i = 0; i < len; i++) {
				/* Mostly the truth, sometimes not. */
				data[i] = (uint8_t)((at + i) * 7 + (test_random_next(&random) % 50 == 0));
				differs = differs || (known[at + i] >= 0 && bytes[at + i] != data[i]);
				if (known[at + i] < evidence) {
					known[at + i] = evidence;
					bytes[at + i] = data[i];
				}
			}
			ck_assert_int_eq(
				rkr_run_write(run, 0, at, data, len, (enum rkr_evidence)evidence, SIZE_MAX),
				0);
			rkr_run_conflicts(run, &n);
			ck_assert_msg((n > conflicts) == differs,
				      "a conflict is noted if and only if there is one");
			conflicts = n;
		}
		const struct rkr_extent *e = rkr_run_extents(run, 0, &n);
		size_t at = 0;

		for (size_t i = 0; i < n; i++) {
			ck_assert(e[i].len > 0);
			ck_assert(e[i].offset >= at);
			for (; at < e[i].offset; at++)
				ck_assert_int_eq(known[at], -1);
			for (; at < e[i].offset + e[i].len; at++) {
				ck_assert_int_eq(known[at], (int)e[i].evidence);
				ck_assert_uint_eq(bytes[at], e[i].data[at - e[i].offset]);
			}
		}
		for (; at < SIZE; at++)
			ck_assert_int_eq(known[at], -1);
		for (size_t from = 0; from < SIZE; from += 17)
			for (size_t len = 1; from + len <= SIZE; len += 13) {
				bool all = true;

				for (size_t i = from; i < from + len; i++)
					all = all && known[i] >= 0;
				ck_assert_int_eq(rkr_run_read(run, 0, from, back, len), all ? 0 : -ENODATA);
				if (all)
					ck_assert_mem_eq(back, bytes + from, len);
			}
		rkr_run_free(run);
	}
}
END_TEST

START_TEST(refuses_what_does_not_fit)
{
	struct rkr_run *run = new_run();
	uint8_t b[16] = { 0 };

	ck_assert_int_eq(rkr_run_write(run, 0, SIZE - 8, b, 16, RKR_EVIDENCE_DUMP, SIZE_MAX), -ERANGE);
	ck_assert_int_eq(rkr_run_write(run, 0, UINT64_MAX - 8, b, 16, RKR_EVIDENCE_DUMP, SIZE_MAX), -EINVAL);
	ck_assert_int_eq(rkr_run_write(run, 1, 0, b, 16, RKR_EVIDENCE_DUMP, SIZE_MAX), -EINVAL);
	ck_assert_int_eq(rkr_run_read(run, 0, UINT64_MAX - 8, b, 16), -ENODATA);
	ck_assert_int_eq(rkr_run_read(run, 7, 0, b, 1), -ENODATA);
	rkr_run_free(run);
}
END_TEST

/*
 * Where a BO ends: a call that failed ends nothing, a handle that is closed ends
 * it as one that is destroyed.
 */
START_TEST(handles_end)
{
	static const struct {
		enum rkr_kind kind;
		int handle, ret;
		int64_t said;
		size_t died;
	} ends[] = {
		{ RKR_KIND_mem_destroy, RKR_F_mem_destroy_handle, RKR_F_mem_destroy_ret, 0, 1 },
		{ RKR_KIND_mem_destroy, RKR_F_mem_destroy_handle, RKR_F_mem_destroy_ret, -1, SIZE_MAX },
		{ RKR_KIND_gem_close, RKR_F_gem_close_handle, RKR_F_gem_close_ret, 0, 1 },
		{ RKR_KIND_gem_close, RKR_F_gem_close_handle, RKR_F_gem_close_ret, -1, SIZE_MAX },
	};
	struct rkr_record_buf buf;
	struct rkr_run *run = NULL;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	rkr_record_init(&buf, RKR_KIND_mem_create);
	rkr_set_u(&buf.rec, RKR_F_mem_create_size, 4096);
	rkr_set_u(&buf.rec, RKR_F_mem_create_handle, 7);
	rkr_set_u(&buf.rec, RKR_F_mem_create_dma, 0xfff00000);
	rkr_set_s(&buf.rec, RKR_F_mem_create_ret, 0);
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	rkr_record_init(&buf, ends[_i].kind);
	rkr_set_u(&buf.rec, ends[_i].handle, 7);
	rkr_set_s(&buf.rec, ends[_i].ret, ends[_i].said);
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	ck_assert_int_eq(rkr_run_bind(run), 0);
	ck_assert_uint_eq(rkr_run_n_bos(run), 1);
	ck_assert_uint_eq(rkr_run_bo(run, 0)->died, ends[_i].died);
	rkr_run_free(run);
}
END_TEST

/* A MEM_MAP and an mmap that failed tell nothing of where the BO is; those after them do. */
START_TEST(failures_place_nothing)
{
	struct rkr_record_buf buf;
	struct rkr_run *run = NULL;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	rkr_record_init(&buf, RKR_KIND_mem_create);
	rkr_set_u(&buf.rec, RKR_F_mem_create_handle, 7);
	rkr_set_s(&buf.rec, RKR_F_mem_create_ret, 0);
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	for (int failed = 1; failed >= 0; failed--) {
		rkr_record_init(&buf, RKR_KIND_mem_map);
		rkr_set_u(&buf.rec, RKR_F_mem_map_n, failed ? 1 : 2);
		rkr_set_u(&buf.rec, RKR_F_mem_map_handle, 7);
		rkr_set_u(&buf.rec, RKR_F_mem_map_offset, failed ? 0 : 0x100000000);
		rkr_set_s(&buf.rec, RKR_F_mem_map_ret, -failed);
		ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	}
	for (int failed = 1; failed >= 0; failed--) {
		rkr_record_init(&buf, RKR_KIND_mmap);
		rkr_set_u(&buf.rec, RKR_F_mmap_offset, 0x100000000);
		rkr_set_u(&buf.rec, RKR_F_mmap_addr, failed ? UINT64_MAX : 0x7f0000001000);
		ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	}
	ck_assert_int_eq(rkr_run_bind(run), 0);
	ck_assert_uint_eq(rkr_run_bo(run, 0)->map, 0x100000000);
	ck_assert_uint_eq(rkr_run_bo(run, 0)->map_n, 2);
	ck_assert_uint_eq(rkr_run_bo(run, 0)->virt, 0x7f0000001000);
	rkr_run_free(run);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("contents");
	TCase *t = tcase_create("contents");

	tcase_add_test(t, random_writes);
	tcase_add_test(t, refuses_what_does_not_fit);
	tcase_add_loop_test(t, handles_end, 0, 4);
	tcase_add_test(t, failures_place_nothing);
	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	return test_main(s);
}
