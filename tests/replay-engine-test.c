/* SPDX-License-Identifier: MIT */
/* The engine on the emulated board: closure, answers, refusals, failures of each call, stops. */
#include "config.h"

#include "lib/diff.h"
#include "replay/reference.h"
#include "tests/replay-engine-common.h"

RKR_DEFINE_CLEANUP(struct rkr_diff *, rkr_diff_free)
RKR_DEFINE_CLEANUP(struct bench *, bench_free)

static struct rkx_conv
conv_of(const struct rkg_shape *s)
{
	return (struct rkx_conv){
		s->in_c, s->in_h, s->in_w,   s->out_c,   rkg_shape_out_h(s), rkg_shape_out_w(s),
		s->kh,   s->kw,   s->stride, s->pad_top, s->pad_left
	};
}

static void
assert_same(const struct rkr_run *a, const struct rkr_run *b, size_t at_least)
{
	rkr_cleanup(rkr_diff_free) struct rkr_diff *d = NULL;
	size_t n;

	ck_assert_int_eq(rkr_diff_new(a, b, NULL, &d, NULL), 0);
	const struct rkr_diff_item *items = rkr_diff_items(d, &n);

	if (n)
		ck_abort_msg("%zu differences, first %s %s: %s, %s", n, items[0].path,
			     items[0].field ? items[0].field : "", items[0].a.text ? items[0].a.text : "-",
			     items[0].b.text ? items[0].b.text : "-");
	ck_assert_uint_gt(rkr_diff_compared(d), at_least);
}

/* What the device answers is the source again, and the output is what the CPU computes. */
START_TEST(test_closure)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
	const struct rkg_shape shape = test_shape(test_shapes[_i]);
	const struct rkx_conv conv = conv_of(&shape);
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(test_shapes[_i], NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	struct rkx_outcome out = { 0 };
	struct rkx_comparison c;
	struct rkr_error err = { 0 };

	ck_assert_msg(bench_run_on(b, b->device, plan, &out, &err) == 0, "%s", err.what);
	ck_assert_int_eq(out.ret, 0);
	ck_assert_int_eq(out.cleanup, 0);
	ck_assert_uint_eq(out.n_answers, 1);
	ck_assert_uint_eq(out.answers[0].core_mask, 1);
	ck_assert_uint_eq(out.answers[0].int_status & 0x300, out.answers[0].int_status);
	ck_assert_uint_ne(out.answers[0].int_status, 0);
	assert_same(run, out.run, 500);
	ck_assert_msg(rkx_reference_compare(out.run, &conv, &c, &err) == 0, "%s", err.what);
	ck_assert_uint_eq(c.compared, (uint64_t)shape.out_c * conv.out_h * conv.out_w);
	ck_assert(c.right);
	ck_assert(c.allowed > 0 && c.allowed < 0.3);
	/* Nothing is left on the board. */
	ck_assert_uint_eq(bench_stats(b).bos, 0);
	ck_assert_uint_eq(bench_stats(b).jobs, 1);
	rkx_outcome_free(&out);
}
END_TEST

/* The health job, both forms: as a source it comes back too, and it is right. */
START_TEST(test_add)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	struct rkx_outcome out = { 0 };
	struct rkx_comparison c;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkx_health_run((enum rkx_health_form)_i, &run), 0);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);

	ck_assert_msg(bench_run_on(b, b->device, plan, &out, &err) == 0, "%s", err.what);
	ck_assert_msg(out.ret == 0, "%d\n%s", out.ret, b->klog);
	assert_same(run, out.run, 20);
	ck_assert_int_eq(rkx_reference_compare(out.run, NULL, &c, &err), 0);
	ck_assert_uint_eq(c.compared, 8);
	ck_assert_uint_eq(c.differ, 0);
	rkx_outcome_free(&out);
}
END_TEST

/* A disk that takes a second for each sync, by the board's clock. */
static struct rkx_device *waiting;

static int
slow_sync(int fd)
{
	(void)fd;
	if (waiting)
		waiting->ops->sleep(waiting, UINT64_C(1000000000));
	return 0;
}

/* How long a submit took is told without what the journal took: whether it was refused at once rests on it. */
START_TEST(test_elapsed)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new("errno=submit:1:EINVAL");
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	struct rkx_io io = *bench_io();
	struct rkx_outcome out = { 0 };
	struct rkr_error err = { 0 };

	io.fdatasync = slow_sync;
	ck_assert_int_eq(rkx_journal_close(b->journal), 0);
	ck_assert_int_eq(rkx_journal_open(b->dir, &io, &b->journal, &err), 0);
	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_POINTERS, &run), 0);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan =
		test_plan_of(run, (const char *const[]){ "submit.timeout=1000", NULL });

	waiting = b->device;
	int r = bench_run_on(b, b->device, plan, &out, &err);

	waiting = NULL;
	ck_assert_msg(r == 0, "%s", err.what);
	ck_assert_int_eq(out.ret, 0);
	ck_assert_uint_eq(out.n_answers, 1);
	/* Taken for one that was never committed, it would not have been tried again. */
	ck_assert(out.answers[0].retried && !out.left);
	ck_assert_uint_lt(out.answers[0].elapsed_ns, UINT64_C(1000000000));
	rkx_outcome_free(&out);
	/* It is closed before the device is. */
	ck_assert_int_eq(rkx_journal_close(b->journal), 0);
	b->journal = NULL;
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("replay-engine");
	TCase *tc = tcase_create("closure");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_closure, 0, RKR_ARRAY_LEN(test_shapes));
	tcase_add_loop_test(tc, test_add, 0, RKX_HEALTH_MAX_);
	tcase_add_test(tc, test_elapsed);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
