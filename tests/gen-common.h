/* SPDX-License-Identifier: MIT */
#ifndef TEST_GEN_COMMON_H
#define TEST_GEN_COMMON_H

/* What the tests of gen/ share: shapes, runs and BOs by name. A failure ends the test. */

#include "gen/domain.h"
#include "gen/gen.h"
#include "lib/util.h"
#include "tests/common.h"

/* The shapes that real logs show best: several tiles, split by kernels and by both. */
#define H40 "b1_c160_h40_w40_oc320_wic160_k3x3_g1"
#define C64 "b1_c64_h56_w56_oc128_wic64_k1x1_g1"

/* One of each kind that was captured. */
static const char *const test_shapes[] = {
	H40,
	"b1_c160_h14_w14_oc320_g1_k3x3",
	"b1_c160_h7_w7_oc320_g1_k3x3",
	"b1_c32_h14_w14_oc128_g1_k3x3",
	"b1_c256_h14_w14_oc512_g1_k1x1",
	C64,
};

/** The shape of this name. */
static inline struct rkg_shape
test_shape(const char *name)
{
	struct rkg_shape s;
	struct rkr_error err = { 0 };

	if (rkg_shape_parse(name, &s, &err) < 0)
		ck_abort_msg("%s: %s", name, err.what);
	return s;
}

/** The plan of this shape, which can be generated; free with rkg_plan_free(). */
static inline struct rkg_plan *
test_plan(const char *name)
{
	const struct rkg_shape s = test_shape(name);
	struct rkg_plan *plan;
	struct rkr_error err = { 0 };

	if (rkg_domain_check(&s, &plan, NULL, &err) < 0)
		ck_abort_msg("%s", err.what);
	return plan;
}

/** The run of this shape; free with rkr_run_free(). */
static inline struct rkr_run *
test_run(const char *name, const struct rkg_options *options)
{
	const struct rkg_shape s = test_shape(name);
	struct rkr_error err = { 0 };
	struct rkr_run *run;

	if (rkg_conv_run(&s, options, &run, &err) < 0)
		ck_abort_msg("%s", err.what);
	return run;
}

/** BO @i of a generated run: task, weight, internal, input, output. */
static inline const struct rkr_bo *
test_bo(const struct rkr_run *run, size_t i)
{
	static const char *const roles[] = { "task", "weight", "internal", "input", "output" };
	int b = rkr_run_bo_by_role(run, roles[i]);

	ck_assert_int_eq(b, (int)i);
	return rkr_run_bo(run, i);
}

/** How many records of a kind there are. */
static inline size_t
test_count(const struct rkr_run *run, enum rkr_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		n += rkr_run_record(run, i)->kind == kind;
	return n;
}

#endif
