/* SPDX-License-Identifier: MIT */
/*
 * Not a test: how fast the emulated board computes. Convolutions of many
 * shapes against products of the same sizes by OpenBLAS, if that is there at
 * run time; a whole submit of a tiny addition; a whole detector, if its model
 * is there. "make bench" runs it.
 */
#include "config.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/util.h"
#include "tests/emu-conv-shapes.h"
#include "tests/emu-model.h"
#include "tests/gen-common.h"
#include "tests/op-streams.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)

/* Of so many the best counts: other work of the machine only ever adds. */
#define ROUNDS 15

#define ROW_MAJOR 101
#define NO_TRANS 111

typedef void
sgemm_fn(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
	 const float *b, int ldb, float beta, float *c, int ldc);

/* Shapes of one kind: what they took, of what they are. */
struct sum {
	unsigned n;
	double macs, ours, theirs;
	unsigned fair; /* of 40 % of the other's rate and more */
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
macs_of(const struct rkg_shape *s)
{
	return (double)rkg_shape_out_h(s) * rkg_shape_out_w(s) * s->out_c * s->in_c_per_group * s->kh * s->kw;
}

/* Numbers, not zeros; patterns of 1 to 2 in fp16 and in fp32. */
static void
fill(void *to, size_t bytes)
{
	uint16_t *p = to;

	for (size_t i = 0; i < bytes / 2; i++)
		p[i] = (uint16_t)(0x3c00 + i * 7919 % 1024);
}

/* Seconds that one submit takes: the best of several. */
static double
time_submit(struct emu *emu, const struct rkr_abi_submit *submit, unsigned rounds)
{
	double best = 1e9;

	device_submit(emu, submit);
	for (unsigned i = 0; i < rounds; i++) {
		struct rkr_abi_submit arg = *submit;
		double start = now();
		int r = emu_call(emu, RKR_IOCTL_SUBMIT, &arg);

		best = fmin(best, now() - start);
		/* An assertion writes to a file, each time: it is not for the way between the two. */
		if (r < 0)
			ck_abort_msg("submit: %d", r);
	}
	return best;
}

static double
time_conv(const struct rkg_shape *shape)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };
	struct device_run loaded;
	struct emu emu;

	if (rkg_conv_run(shape, NULL, &run, &err) < 0)
		ck_abort_msg("%s", err.what);
	device_start(&emu);
	device_load(&emu, run, &loaded);
	fill(device_bo(&loaded, "input")->memory, device_bo(&loaded, "input")->size);
	fill(device_bo(&loaded, "weight")->memory,
	     (size_t)shape->out_c * shape->in_c_per_group * shape->kh * shape->kw * 2);
	double best = time_submit(&emu, &loaded.submit, ROUNDS);

	device_unload(&loaded);
	emu_stop(&emu);
	return best;
}

static double
time_sgemm(sgemm_fn *sgemm, const struct rkg_shape *s)
{
	int m = (int)(rkg_shape_out_h(s) * rkg_shape_out_w(s)), n = (int)s->out_c,
	    k = (int)(s->in_c * s->kh * s->kw);
	_autofree_ float *a = calloc((size_t)m * (size_t)k, sizeof(*a));
	_autofree_ float *b = calloc((size_t)k * (size_t)n, sizeof(*b));
	_autofree_ float *c = calloc((size_t)m * (size_t)n, sizeof(*c));
	double best = 1e9;

	if (!a || !b || !c)
		return 0;
	fill(a, (size_t)m * (size_t)k * 4);
	fill(b, (size_t)k * (size_t)n * 4);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double start = now();

		sgemm(ROW_MAJOR, NO_TRANS, NO_TRANS, m, n, k, 1, a, k, b, n, 0, c, n);
		best = fmin(best, now() - start);
	}
	return best;
}

static void
print_sum(const char *name, const struct sum *s)
{
	printf("%-28s %3u shapes %8.1f MMAC %7.1f GFLOP/s", name, s->n, s->macs / 1e6,
	       2 * s->macs / s->ours / 1e9);
	if (s->theirs > 0)
		printf(", sgemm %7.1f: %3.0f %% of it, %u shapes at 40 %% and more",
		       2 * s->macs / s->theirs / 1e9, 100 * s->theirs / s->ours, s->fair);
	printf("\n");
}

/* The kind of a shape: what its line of the result is. */
static size_t
kind_of(const struct rkg_shape *s)
{
	return rkg_shape_depthwise(s) ? 3 : s->kh == 1 ? 2 : s->in_c < 64;
}

static sgemm_fn *
open_sgemm(void)
{
	void *blas = dlopen("libopenblas.so.0", RTLD_NOW);
	sgemm_fn *sgemm = NULL;

	if (blas)
		*(void **)&sgemm = dlsym(blas, "cblas_sgemm");
	return sgemm;
}

/* All of ours come first: threads of OpenBLAS go on turning for a while after each product. */
static void
bench_convs(void)
{
	static const char *const kinds[] = { "3x3 and larger, C >= 64", "3x3 and larger, C < 64", "1x1",
					     "depthwise" };
	static double ours[RKR_ARRAY_LEN(shapes)];
	struct sum sums[RKR_ARRAY_LEN(kinds)] = { 0 };

	for (size_t i = 0; i < RKR_ARRAY_LEN(shapes); i++) {
		const struct rkg_shape s = listed_shape(&shapes[i]);

		ours[i] = time_conv(&s);
	}
	sgemm_fn *sgemm = open_sgemm();

	for (size_t i = 0; i < RKR_ARRAY_LEN(shapes); i++) {
		const struct rkg_shape s = listed_shape(&shapes[i]);
		struct sum *sum = &sums[kind_of(&s)];
		double theirs = sgemm && s.groups == 1 ? time_sgemm(sgemm, &s) : 0;

		if (getenv("BENCH_EMU_ALL"))
			printf("%u %u %u %u %u %u: %.1f us, sgemm %.1f us\n", shapes[i].c, shapes[i].h,
			       shapes[i].oc, shapes[i].k, shapes[i].s, shapes[i].same, ours[i] * 1e6,
			       theirs * 1e6);
		sum->fair += theirs >= 0.4 * ours[i];
		sum->n++;
		sum->macs += macs_of(&s);
		sum->ours += ours[i];
		sum->theirs += theirs;
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(sums); i++)
		print_sum(kinds[i], &sums[i]);
	if (!sgemm)
		printf("sgemm: OpenBLAS is not installed\n");
}

static void
bench_add(void)
{
	struct stream *s = calloc(1, sizeof(*s));
	struct emu emu;
	const unsigned rounds = 1000;
	double best = 1e9;

	ck_assert_ptr_nonnull(s);
	device_start(&emu);
	struct emu_bo bo = emu_bo(&emu, 4096, 0x403);
	uint32_t at = (uint32_t)bo.dma;

	stream_elementwise(s, OP_ADD, WIDTH_HALF, 1, at, at + 64, at + 128);
	const struct rkr_abi_submit submit = stream_load(s, &emu);

	device_submit(&emu, &submit);
	for (unsigned k = 0; k < ROUNDS; k++) {
		double start = now();

		for (unsigned i = 0; i < rounds; i++) {
			struct rkr_abi_submit arg = submit;

			if (emu_call(&emu, RKR_IOCTL_SUBMIT, &arg) < 0)
				ck_abort_msg("submit %u", i);
		}
		best = fmin(best, (now() - start) / rounds);
	}
	printf("submit of an addition of 8 numbers: %.2f us\n", best * 1e6);
	emu_stop(&emu);
	free(s);
}

static void
bench_detector(void)
{
	struct model m;

	if (!model_open(&m, "captures/models/scrfd_500m_fp16.rk3588.rknn", false)) {
		printf("detector: no model here\n");
		return;
	}
	/* Up to what is not modelled: what rearranges the results. */
	const struct rkr_abi_submit submit = device_tasks(device_bo(&m.loaded, "task"), 0, 196);

	printf("detector of 500 MFLOP at 640x640, 196 of 217 tasks: %.1f ms\n",
	       time_submit(&m.emu, &submit, ROUNDS) * 1e3);
	model_close(&m);
}

/* What the benchmark shares with tests asserts, and does so in a test alone. */
START_TEST(bench)
{
	bench_convs();
	bench_add();
	bench_detector();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("bench-emu");
	TCase *tc = tcase_create("bench");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tc, bench);
	suite_add_tcase(suite, tc);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	if (srunner_ntests_failed(runner))
		srunner_print(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
