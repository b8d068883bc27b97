/* SPDX-License-Identifier: MIT */
/*
 * Generated runs of convolutions on the emulated board, by the driver's
 * calls: the program of one core as the run submits it, and those of two and
 * three cores. Outputs against exact sums, rounded to fp16 once.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "lib/overlay.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "tests/emu-conv-shapes.h"
#include "tests/emu-device.h"
#include "tests/gen-common.h"
#include "tests/ref.h"

#define UNTOUCHED 0xfe01 /* a NaN that nothing computes */

/* So many results of a large output are compared; all are looked at. */
#define RESULTS 3000

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
RKR_DEFINE_CLEANUP(struct rkr_overlays *, rkr_overlays_free)

struct played {
	struct emu emu;
	struct device_run loaded;
	struct rkg_shape shape;
	struct ref_conv ref;
	size_t surface; /* bytes of an output surface */
	struct ref_score score;
};

static uint32_t
first_value(const struct rkr_run *run, uint16_t offset)
{
	rkr_cleanup(rkr_overlays_free) struct rkr_overlays *overlays = NULL;
	struct rkr_error err = { 0 };
	size_t n;

	ck_assert_msg(rkr_overlays_new(run, &overlays, &err) == 0, "%s", err.what);
	const struct rkr_overlay_word *w = rkr_overlays_task(overlays, 0, &n);

	for (size_t i = 0; i < n; i++)
		if (rkr_qword_decode(w[i].word).offset == offset)
			return rkr_qword_decode(w[i].word).value;
	ck_abort_msg("no register %#x", offset);
}

static void
play_open(struct played *p, const struct rkg_shape *shape)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };
	struct test_random random = { 1 + shape->in_c * 77 + shape->in_h };

	*p = (struct played){ .shape = *shape };
	if (rkg_conv_run(shape, NULL, &run, &err) < 0)
		ck_abort_msg("%s", err.what);
	device_start(&p->emu);
	device_load(&p->emu, run, &p->loaded);
	p->surface = first_value(p->loaded.run, RKR_REG_DPU_DST_SURF_STRIDE);
	p->ref = (struct ref_conv){
		.number = REF_FP16,
		.depthwise = rkg_shape_depthwise(shape),
		.c = shape->in_c,
		.h = shape->in_h,
		.w = shape->in_w,
		.k = shape->out_c,
		.kh = shape->kh,
		.kw = shape->kw,
		.stride = shape->stride,
		.top = (int)shape->pad_top,
		.left = (int)shape->pad_left,
		.oh = rkg_shape_out_h(shape),
		.ow = rkg_shape_out_w(shape),
	};
	ref_conv_alloc(&p->ref);
	const struct emu_bo *weight = device_bo(&p->loaded, "weight");
	struct emu_bo head = *weight;
	struct rkr_task task;

	ck_assert_uint_eq(first_value(p->loaded.run, RKR_REG_CNA_DCOMP_ADDR0), weight->dma);
	/* The weights are what comes first; behind them the separators' scratch and the regcmd. */
	head.size = ref_conv_weights(&p->ref, weight->memory);
	ck_assert_int_eq(rkr_run_task(p->loaded.run, 0, &task), 0);
	ck_assert_uint_le(head.size + 0x800, task.regcmd_addr - weight->dma);
	device_fill(&head, &random, 1);
	ref_conv_weights(&p->ref, weight->memory);
	device_fill(device_bo(&p->loaded, "input"), &random, 1);
	ref_conv_features(&p->ref, device_bo(&p->loaded, "input")->memory,
			  (size_t)shape->in_h * shape->in_w * 16);
}

static void
play_clear(struct played *p)
{
	const struct emu_bo *output = device_bo(&p->loaded, "output");
	uint16_t *to = output->memory;

	for (size_t i = 0; i < output->size / 2; i++)
		to[i] = UNTOUCHED;
}

static void
play_check(struct played *p)
{
	const struct ref_conv *ref = &p->ref;
	const unsigned char *out = device_bo(&p->loaded, "output")->memory;
	size_t all = (size_t)ref->k * ref->oh * ref->ow, step = all / RESULTS | 1, i = 0;

	p->score = (struct ref_score){ 0 };
	for (unsigned k = 0; k < ref->k; k++)
		for (unsigned y = 0; y < ref->oh; y++)
			for (unsigned x = 0; x < ref->ow; x++) {
				const unsigned char *at =
					out + k / 8 * p->surface + ((size_t)y * ref->ow + x) * 16 + k % 8 * 2;
				double got = ref_number_get(REF_FP16, at), absolute;

				if (isnan(got))
					ck_abort_msg("k %u y %u x %u was not written", k, y, x);
				if (i++ % step)
					continue;
				double exact = ref_conv_sum(ref, k, y, x, &absolute);

				if (!ref_score_half(&p->score, got, exact, ref_noise(absolute)))
					ck_abort_msg("k %u y %u x %u: %g, not %g", k, y, x, got, exact);
			}
	ck_assert_msg(fabs(p->score.diff - p->score.rounding) < 5e-5, "max_diff %g, not %g", p->score.diff,
		      p->score.rounding);
	/* Half way between two, for all that fp32 tells: one in some 500. */
	ck_assert_msg(p->score.near <= 2 + p->score.n / 200, "%zu of %zu", p->score.near, p->score.n);
}

static void
play_close(struct played *p)
{
	ref_conv_clear(&p->ref);
	device_unload(&p->loaded);
	emu_stop(&p->emu);
}

/* The lists of a program for @cores, from task @i on: each ends in a separator. @return what follows. */
static uint32_t
play_cores(struct played *p, unsigned cores, uint32_t i)
{
	struct rkr_abi_submit submit = device_tasks(device_bo(&p->loaded, "task"), i, 0);

	submit.core_mask = (1u << cores) - 1;
	memset(submit.subcore_task, 0, sizeof(submit.subcore_task));
	for (unsigned core = 0; core < cores; core++) {
		struct rkr_abi_subcore_task *sub = &submit.subcore_task[cores == 3 ? core + 2 : core];
		struct rkr_task task;

		sub->task_start = i;
		do
			ck_assert_int_eq(rkr_run_task(p->loaded.run, i++, &task), 0);
		while (task.int_mask != 0xc00);
		sub->task_number = i - sub->task_start;
		submit.task_number += sub->task_number;
	}
	play_clear(p);
	device_submit(&p->emu, &submit);
	play_check(p);
	return i;
}

static void
play_all(struct played *p)
{
	uint32_t n = (uint32_t)rkr_run_n_tasks(p->loaded.run),
		 i = p->loaded.submit.subcore_task[0].task_number;
	struct rkr_task first, second;

	play_clear(p);
	device_submit(&p->emu, &p->loaded.submit);
	play_check(p);
	ck_assert_int_eq(rkr_run_task(p->loaded.run, 0, &first), 0);
	ck_assert_int_eq(rkr_run_task(p->loaded.run, i, &second), 0);
	/* No program for several cores: three times the one record. */
	if (second.regcmd_addr == first.regcmd_addr)
		return;
	i = play_cores(p, 2, i);
	i = play_cores(p, 3, i);
	ck_assert_uint_eq(i, n);
}

START_TEST(named_shapes)
{
	const struct rkg_shape shape = test_shape(test_shapes[_i]);
	struct played p;

	play_open(&p, &shape);
	play_all(&p);
	play_close(&p);
}
END_TEST

START_TEST(listed_shapes)
{
	const struct rkg_shape shape = listed_shape(&shapes[_i]);
	struct played p;

	play_open(&p, &shape);
	play_all(&p);
	play_close(&p);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("emu-conv-runs");
	TCase *tc = tcase_create("runs");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, named_shapes, 0, (int)RKR_ARRAY_LEN(test_shapes));
	tcase_add_loop_test(tc, listed_shapes, 0, (int)RKR_ARRAY_LEN(shapes));
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
