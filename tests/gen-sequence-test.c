/* SPDX-License-Identifier: MIT */
/* The calls of a generated run and the rows beside them, against those of real logs. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/gen-common.h"

/* A letter per ioctl; the two sequences of the captures, and one with a reset. */
/* clang-format off */
static const struct {
	struct rkg_options options;
	const char *calls;
} sequences[] = {
	{ { 0 }, "AAAAA" "ACMS" "ACMS" "SAS" "ACMS" "ACMS" "ACMS" "SSS" "X" "SS" "A" },
	{ { .profiling = true }, "AAAAA" "ACMS" "ACMS" "SAS" "ACMS" "ACMS" "ACMS" "SSSS" "X" "SSSS" "A" },
	{ { .reset = true }, "AAAAA" "ACMS" "ACMS" "SAS" "ACMS" "ACMS" "ACMS" "SSS" "A" "X" "SS" "A" },
};

static const struct {
	enum rkr_kind kind;
	int call;
	char letter;
} numbered[] = {
	{ RKR_KIND_action, RKR_F_action_call, 'A' },	 { RKR_KIND_mem_create, RKR_F_mem_create_call, 'C' },
	{ RKR_KIND_mem_map, RKR_F_mem_map_call, 'M' },	 { RKR_KIND_mem_sync, RKR_F_mem_sync_call, 'S' },
	{ RKR_KIND_submit, RKR_F_submit_call, 'X' },
};

/* clang-format on */

START_TEST(calls_are_in_the_captured_order)
{
	struct rkr_run *run = test_run(H40, &sequences[_i].options);
	char calls[64] = "";
	uint64_t n = 0;

	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);

		for (size_t k = 0; k < RKR_ARRAY_LEN(numbered); k++)
			if (r->kind == numbered[k].kind) {
				ck_assert_uint_lt(n, sizeof(calls) - 1);
				calls[n++] = numbered[k].letter;
				/* One counter over all kinds. */
				ck_assert_uint_eq(rkr_get_u(r, numbered[k].call), n);
			}
	}
	ck_assert_str_eq(calls, sequences[_i].calls);
	ck_assert_uint_eq(test_count(run, RKR_KIND_mmap), 5);
	ck_assert_uint_eq(test_count(run, RKR_KIND_bo_alloc), 5);
	ck_assert_uint_eq(test_count(run, RKR_KIND_bo_free), 5);
	ck_assert_uint_eq(test_count(run, RKR_KIND_submit_create), 1);
	ck_assert_uint_eq(test_count(run, RKR_KIND_submit_sync), 2);
	rkr_run_free(run);
}
END_TEST

/* The syncs of a captured run with the profile on: flags, BO, offset, size [captured]. */
START_TEST(syncs_are_those_of_a_captured_run)
{
	/* clang-format off */
	static const struct {
		uint32_t flags;
		uint8_t bo;
		uint64_t offset;
		uint64_t size;
	} syncs[] = {
		{ 3, 0, 0, 560 },	 { 3, 1, 0, 28352 },	   { 1, 1, 0, 28352 },	{ 1, 0, 0, 560 },
		{ 3, 2, 0, 1204224 },	 { 3, 3, 0, 401408 },	   { 3, 4, 0, 802816 }, { 1, 1, 18432, 9344 },
		{ 1, 3, 0, 401408 },	 { 2, 3, 0, 401408 },	   { 1, 1, 18432, 9344 }, { 2, 4, 0, 802816 },
		{ 2, 4, 0, 802816 },	 { 2, 4, 0, 802816 },	   { 2, 4, 0, 802816 },
	};
	/* clang-format on */
	struct rkr_run *run = test_run(C64, &(struct rkg_options){ .profiling = true });
	size_t n = 0;

	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);

		if (r->kind != RKR_KIND_mem_sync)
			continue;
		ck_assert_uint_lt(n, RKR_ARRAY_LEN(syncs));
		ck_assert_uint_eq(rkr_get_u(r, RKR_F_mem_sync_flags), syncs[n].flags);
		ck_assert_uint_eq(rkr_get_u(r, RKR_F_mem_sync_obj), test_bo(run, syncs[n].bo)->obj);
		ck_assert_uint_eq(rkr_get_u(r, RKR_F_mem_sync_offset), syncs[n].offset);
		ck_assert_uint_eq(rkr_get_u(r, RKR_F_mem_sync_size), syncs[n].size);
		n++;
	}
	ck_assert_uint_eq(n, RKR_ARRAY_LEN(syncs));
	rkr_run_free(run);
}
END_TEST

START_TEST(actions_are_those_of_captured_runs)
{
	/* Number, value, return. [captured] */
	/* clang-format off */
	static const int64_t actions[][3] = {
		{ 0, 0xffffffff, 0 }, { 1, 0, 0 },  { 20, 0, -1 }, { 19, 0xffffffed, 0 },
		{ 1, 0, 0 },	      { 18, 0, 0 }, { 18, 0, 0 },  { 1, 0, 0 },
		{ 18, 0, 0 },	      { 18, 0, 0 }, { 18, 0, 0 },  { 21, 0, -1 },
	};
	/* clang-format on */
	struct rkr_run *run = test_run(H40, NULL);
	size_t n = 0;

	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);

		if (r->kind != RKR_KIND_action)
			continue;
		ck_assert_uint_lt(n, RKR_ARRAY_LEN(actions));
		ck_assert_uint_eq(rkr_get_u(r, RKR_F_action_flags), (uint64_t)actions[n][0]);
		ck_assert_uint_eq(rkr_get_u(r, RKR_F_action_value), (uint64_t)actions[n][1]);
		ck_assert_int_eq(r->v[RKR_F_action_ret].s, actions[n][2]);
		n++;
	}
	ck_assert_uint_eq(n, RKR_ARRAY_LEN(actions));
	rkr_run_free(run);
}
END_TEST

START_TEST(frees_are_in_the_captured_order)
{
	static const char *const order[] = { "internal", "weight", "task", "input", "output" };
	struct rkr_run *run = test_run(H40, NULL);
	size_t n = 0;

	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		if (rkr_run_record(run, i)->kind == RKR_KIND_bo_free)
			ck_assert(rkr_str_is(rkr_run_record(run, i), RKR_F_bo_free_name, order[n++]));
	ck_assert_uint_eq(n, 5);
	rkr_run_free(run);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("gen-sequence");
	TCase *t = tcase_create("sequence");

	tcase_add_loop_test(t, calls_are_in_the_captured_order, 0, RKR_ARRAY_LEN(sequences));
	tcase_add_test(t, syncs_are_those_of_a_captured_run);
	tcase_add_test(t, actions_are_those_of_captured_runs);
	tcase_add_test(t, frees_are_in_the_captured_order);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
