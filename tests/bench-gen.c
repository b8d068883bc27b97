/* SPDX-License-Identifier: MIT */
/*
 * Not a test: how long it takes to plan and to generate, over 200 shapes
 * spread over kinds and sizes. "make bench" runs it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gen/domain.h"
#include "gen/gen.h"
#include "gen/layout.h"
#include "gen/record.h"
#include "lib/util.h"

#define N_SHAPES 200
#define ROUNDS 30

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The i-th candidate: pointwise, direct 3x3, depthwise 3x3 and 5x5 in turn, over channels, sizes and kernels. */
static struct rkg_shape
candidate(unsigned i)
{
	static const uint32_t channels[] = { 8, 16, 32, 40, 64, 96, 128, 160, 192, 256, 320, 512, 576, 960 };
	static const uint32_t sizes[] = { 3, 5, 7, 10, 14, 19, 28, 40, 56, 75, 112, 150 };
	static const uint32_t kernels[] = { 16, 24, 32, 64, 96, 128, 273, 320, 512 };
	unsigned kind = i % 4;
	struct rkg_shape s = {
		.batch = 1,
		.in_c = channels[i / 4 % RKR_ARRAY_LEN(channels)],
		.in_h = sizes[i / 7 % RKR_ARRAY_LEN(sizes)],
		.out_c = kernels[i / 3 % RKR_ARRAY_LEN(kernels)],
		.groups = 1,
		.kh = kind == 0   ? 1
		      : kind == 3 ? 5
				  : 3,
		.stride = 1,
	};

	s.in_w = s.in_h;
	s.kw = s.kh;
	if (kind >= 2)
		s.groups = s.out_c = s.in_c;
	s.in_c_per_group = s.in_c / s.groups;
	return s;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
report(const char *what, double *us, size_t n)
{
	qsort(us, n, sizeof(*us), by_value);
	printf("%-34s median %8.1f us   worst %8.1f us   (%zu shapes, best of %d rounds each)\n", what,
	       us[n / 2], us[n - 1], n, ROUNDS);
}

int
main(void)
{
	struct rkg_shape shapes[N_SHAPES];
	double best_run[N_SHAPES], best_plan[N_SHAPES], all = 1e18;
	size_t n = 0;

	for (unsigned i = 0; n < N_SHAPES && i < 100000; i++) {
		struct rkg_shape s = candidate(i);

		if (rkg_domain_check(&s, NULL, NULL, NULL) == 0)
			shapes[n++] = s;
	}
	for (size_t i = 0; i < n; i++)
		best_run[i] = best_plan[i] = 1e18;
	for (int round = 0; round < ROUNDS; round++) {
		double start = now_us();

		for (size_t i = 0; i < n; i++) {
			struct rkg_plan *plan = NULL;
			struct rkg_regcmd *regcmd = NULL;
			struct rkg_layout layout;
			double t = now_us();

			if (rkg_domain_check(&shapes[i], &plan, NULL, NULL) < 0 ||
			    rkg_regcmd_new(plan, NULL, &regcmd) < 0 ||
			    rkg_layout_init(&layout, plan, regcmd, 0, NULL) < 0)
				return 1;
			rkg_regcmd_free(regcmd);
			rkg_plan_free(plan);
			t = now_us() - t;
			best_plan[i] = t < best_plan[i] ? t : best_plan[i];
		}
		double took = now_us() - start;

		all = took < all ? took : all;
		for (size_t i = 0; i < n; i++) {
			struct rkr_run *run = NULL;
			double t = now_us();

			if (rkg_conv_run(&shapes[i], NULL, &run, NULL) < 0)
				return 1;
			t = now_us() - t;
			rkr_run_free(run);
			best_run[i] = t < best_run[i] ? t : best_run[i];
		}
	}
	report("schedule and sizes of a shape", best_plan, n);
	report("a whole run of a shape", best_run, n);
	printf("%-34s        %8.1f ms\n", "all these schedules, one pass", all / 1e3);
	return 0;
}
