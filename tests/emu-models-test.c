/* SPDX-License-Identifier: MIT */
/*
 * Compiled models on the emulated board, from their files alone: all tasks
 * run, each operator gives what a plain reference makes of the same input and
 * the file's weights, and what is not modelled is named by task and register.
 * The models are no part of the project: without them these tests skip.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "tests/emu-model.h"

RKR_DEFINE_CLEANUP(struct rkx_layers *, rkx_layers_free)

static void
assert_layers(const struct model *m, size_t passed, size_t skipped)
{
	rkr_cleanup(rkx_layers_free) struct rkx_layers *l = model_check(m);
	const struct rkx_layer *bad = rkx_layers_bad(l);

	if (bad)
		ck_abort_msg("operator %u, task %zu, k %u y %u x %u: %g, not %g to %g", bad->op_idx,
			     bad->task, bad->k, bad->y, bad->x, bad->got, bad->low, bad->high);
	ck_assert_uint_eq(l->passed, passed);
	ck_assert_uint_eq(l->skipped, skipped);
	for (size_t i = 0; i < l->n; i++)
		ck_assert(l->layers[i].verdict == RKX_LAYER_SKIP || l->layers[i].compared > 0);
}

static const struct {
	const char *file;
	uint32_t tasks;
} single[] = {
	{ "captures/models/b1_c32_h14_w14_oc128_wic32_k3x3_g1.rknn", 1 },
	{ "captures/models/b1_c160_h14_w14_oc320_wic160_k3x3_g1.rknn", 1 },
	{ "captures/models/sweep_b1_c160_h40_w40_oc320_wic160_k3x3_g1.rknn", 2 },
};

START_TEST(single_convolutions)
{
	struct model m;

	if (!model_open(&m, single[_i].file, false))
		test_skip("no captures here");
	ck_assert_uint_eq(rkx_model_n_tasks(m.placed), single[_i].tasks);
	ck_assert_uint_eq(m.loaded.submit.subcore_task[0].task_number, single[_i].tasks);
	device_submit(&m.emu, &m.loaded.submit);
	assert_layers(&m, 1, 0);
	model_close(&m);
}
END_TEST

#define DETECTOR "captures/models/scrfd_500m_fp16.rk3588.rknn"
#define DETECTOR_TASKS 217

/*
 * What the emulated NPU does not do of the detector, by task and register:
 * tasks that rearrange maps in units of 16 bits.
 */
static const struct {
	uint32_t task;
	const char *why;
} refused[] = {
	{ 196, "DPU.FEATURE_MODE_CFG.TP_EN " },    { 197, "DPU.BS_OW_CFG.TP_ORG_EN " },
	{ 199, "DPU.BS_OW_CFG.TP_ORG_EN " },       { 202, "DPU.FEATURE_MODE_CFG.TP_EN " },
	{ 203, "DPU.BS_OW_CFG.TP_ORG_EN " },       { 205, "DPU.BS_OW_CFG.TP_ORG_EN " },
	{ 209, "DPU.FEATURE_MODE_CFG.TP_EN " },    { 210, "DPU.BS_OW_CFG.TP_ORG_EN " },
	{ 212, "DPU.DATA_FORMAT.OUT_PRECISION " }, { 214, "DPU.BS_OW_CFG.TP_ORG_EN " },
	{ 216, "DPU.DATA_FORMAT.OUT_PRECISION " },
};

/* The first of them stands, and so does the job; those before it did what they should. */
START_TEST(detector_stands)
{
	struct model m;
	char text[128];

	if (!model_open(&m, DETECTOR, false))
		test_skip("no captures here");
	ck_assert_uint_eq(rkx_model_n_tasks(m.placed), DETECTOR_TASKS);
	const struct rkr_abi_submit before = device_tasks(device_bo(&m.loaded, "task"), 0, refused[0].task);
	struct rkr_abi_submit next = device_tasks(device_bo(&m.loaded, "task"), refused[0].task, 1);

	device_submit(&m.emu, &before);
	emu_log_clear(&m.emu);
	ck_assert_int_eq(emu_call(&m.emu, RKR_IOCTL_SUBMIT, &next), -ETIMEDOUT);
	snprintf(text, sizeof(text), "not modelled: %s", refused[0].why);
	ck_assert_msg(strstr(m.emu.log, text) != NULL, "%s", m.emu.log);
	model_close(&m);
}
END_TEST

START_TEST(detector)
{
	struct model m;
	size_t next = 0;

	if (!model_open(&m, DETECTOR, true))
		test_skip("no captures here");
	struct rkr_abi_submit all = m.loaded.submit;

	ck_assert_int_eq(emu_call(&m.emu, RKR_IOCTL_SUBMIT, &all), 0);
	ck_assert_uint_eq(all.task_counter, DETECTOR_TASKS);
	for (size_t i = 0; i < DETECTOR_TASKS; i++) {
		const char *why = rkx_model_skipped(m.placed, i);
		bool is_refused = next < RKR_ARRAY_LEN(refused) && refused[next].task == i;

		ck_assert_msg((why != NULL) == is_refused, "task %zu: %s", i, why ? why : "computed");
		if (is_refused)
			ck_assert_msg(strncmp(why, refused[next].why, strlen(refused[next].why)) == 0,
				      "task %zu: %s", i, why);
		next += is_refused;
	}
	ck_assert_uint_eq(next, RKR_ARRAY_LEN(refused));
	/* Of its 71 operators all are judged but the six that have such tasks. */
	assert_layers(&m, 65, 6);
	model_close(&m);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("emu-models");
	TCase *tc = tcase_create("models");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, single_convolutions, 0, (int)RKR_ARRAY_LEN(single));
	tcase_add_test(tc, detector_stands);
	tcase_add_test(tc, detector);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
