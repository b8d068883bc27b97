/* SPDX-License-Identifier: MIT */
/*
 * Compiled models on the emulated board, from their files alone: regcmd, task
 * table and weights. Buffers are placed here, one set for each operator;
 * inputs are random; each task's output is compared with what a plain
 * reference computes from the same input and the file's weights. The models
 * are no part of the project: without them these tests skip.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regcmd.h"
#include "lib/util.h"
#include "tests/emu-model.h"
#include "tests/ref.h"

/* Of a task's results so many are compared. */
#define RESULTS 1500
#define TABLE 513

/* What was compared so far, and the table that was loaded last. */
struct results {
	struct model m;
	int16_t lut[2][TABLE];
	struct ref_score score;
	size_t conv, flying, other; /* tasks */
};

/* ---- References */

/* Straight lines between entries; one table below 0, one above. */
static double
look(const struct results *r, double v)
{
	double at = fmin(fmax(v, -16384), 16384) / 32;
	const int16_t *table = at < 0 ? r->lut[0] : r->lut[1];

	if (at < 0)
		at += TABLE - 1;
	size_t i = (size_t)at;

	return i >= TABLE - 1 ? table[TABLE - 1] : table[i] + (at - (double)i) * (table[i + 1] - table[i]);
}

static void
note_lut(struct results *r, const struct task *t)
{
	const uint64_t *words = (const uint64_t *)r->m.regcmd.memory + t->task.regcmd_addr / 8;
	size_t at = 0;
	uint32_t access = 0;

	for (size_t i = 0; i < t->task.regcfg_amount; i++) {
		const struct rkr_qword q = rkr_qword_decode(words[i]);

		if (q.offset == RKR_REG_DPU_LUT_ACCESS_CFG) {
			access = q.value;
			at = 0;
		}
		/* Bit 17: entries are written; bit 16: to the table above 0. */
		if (q.offset == RKR_REG_DPU_LUT_ACCESS_DATA && access >> 17 & 1 && at < TABLE)
			r->lut[access >> 16 & 1][at++] = (int16_t)q.value;
	}
}

static double
half_at(const unsigned char *p)
{
	return ref_number_get(REF_FP16, p);
}

/* What a residual adds to (k, y, x): even surfaces by one reader, odd ones by the other. */
static double
residual(const struct model *m, const struct task *t, unsigned k, unsigned y, unsigned x)
{
	uint32_t width = FIELD(t, DPU_DATA_CUBE_WIDTH, WIDTH) + 1,
		 height = FIELD(t, DPU_DATA_CUBE_HEIGHT, HEIGHT) + 1;
	uint32_t base = k / 8 % 2 ? REG(t, DPU_RDMA_RDMA_EW_BASE_ADDR) : REG(t, DPU_RDMA_RDMA_SRC_BASE_ADDR);
	uint32_t pair = width * height * 16 + REG(t, DPU_RDMA_RDMA_SURF_NOTCH);

	return half_at(model_memory(m, t, SOURCE, base + k / 16 * pair + (y * width + x) * 16 + k % 8 * 2));
}

/* What comes after a sum: bias, relu, residual or table. */
static double
tail(const struct results *r, const struct task *t, double v, unsigned k, unsigned y, unsigned x,
     double *noise)
{
	uint32_t ew = REG(t, DPU_EW_CFG);
	double lut[3];

	if (REG(t, DPU_BS_CFG) == 0x20150) {
		float bias;

		memcpy(&bias, model_memory(&r->m, t, BIAS, REG(t, DPU_RDMA_RDMA_BS_BASE_ADDR) + 4 * k),
		       sizeof(bias));
		v += (double)bias;
		*noise += fabs((double)bias) * 0x1p-24;
	} else {
		ck_assert_uint_eq(REG(t, DPU_BS_CFG), 0x53);
	}
	*noise += fabs(v) * 0x1p-24;
	if (REG(t, DPU_BN_CFG) == 0x12)
		v = fmax(v, 0);
	switch (ew) {
	case 0x383:
		return v;
	case 0x108202c0:
	case 0x108200c0:
		v += residual(&r->m, t, k, y, x);
		*noise += fabs(v) * 0x1p-24;
		return ew == 0x108200c0 ? fmax(v, 0) : v;
	case 0x302:
		ck_assert_uint_eq(REG(t, DPU_BN_CFG), 0x20040);
		for (int i = 0; i < 3; i++)
			lut[i] = ldexp(
				look(r, (v + (i - 1) * *noise) *
						ref_half_value((uint16_t)(REG(t, DPU_BN_MUL_CFG) >> 16))),
				-(int)FIELD(t, DPU_OUT_CVT_SHIFT, MINUS_EXP));
		*noise = fmax(fabs(lut[2] - lut[1]), fabs(lut[1] - lut[0])) + fabs(lut[1]) * 0x1p-22;
		return lut[1];
	default:
		ck_abort_msg("EW_CFG %#x", ew);
	}
}

/* A tile as a convolution of its own. */
static struct ref_conv
conv_of(const struct model *m, const struct task *t)
{
	struct ref_conv ref = {
		.number = REF_FP16,
		.depthwise = FIELD(t, CNA_CONV_CON1, CONV_MODE) == 3,
		.c = FIELD(t, CNA_DATA_SIZE1, DATAIN_CHANNEL),
		.w = FIELD(t, CNA_DATA_SIZE0, DATAIN_WIDTH),
		.h = FIELD(t, CNA_DATA_SIZE0, DATAIN_HEIGHT),
		.kw = FIELD(t, CNA_WEIGHT_SIZE2, WEIGHT_WIDTH),
		.kh = FIELD(t, CNA_WEIGHT_SIZE2, WEIGHT_HEIGHT),
		.k = FIELD(t, CNA_WEIGHT_SIZE2, WEIGHT_KERNELS),
		.stride = FIELD(t, CNA_CONV_CON3, CONV_X_STRIDE),
		.left = (int)FIELD(t, CNA_PAD_CON0, PAD_LEFT),
		.top = (int)FIELD(t, CNA_PAD_CON0, PAD_TOP),
		.ow = FIELD(t, DPU_DATA_CUBE_WIDTH, WIDTH) + 1,
		.oh = FIELD(t, DPU_DATA_CUBE_HEIGHT, HEIGHT) + 1,
	};
	const unsigned char *features = model_memory(m, t, FEATURES, REG(t, CNA_FEATURE_DATA_ADDR));

	ck_assert_uint_eq(FIELD(t, CNA_CONV_CON1, PROC_PRECISION), 2);
	if (ref.depthwise)
		ref.k = ref.c;
	ref_conv_alloc(&ref);
	if (task_is_packed(t)) {
		unsigned channels = FIELD(t, CNA_CONV_CON1, ARGB_IN) - 7;

		ref_conv_pixels(&ref, features, channels, (size_t)ref.w * channels * 2);
	} else {
		ref_conv_features(&ref, features, task_feature_surface(t));
	}
	ck_assert_uint_eq(ref_conv_weights(&ref, model_memory(m, t, WEIGHTS, REG(t, CNA_DCOMP_ADDR0))),
			  REG(t, CNA_WEIGHT_SIZE0));
	return ref;
}

/* Surfaces of fp16 are SURF_ADD over surfaces of a group apart. */
static double
output_at(const struct model *m, const struct task *t, unsigned k, unsigned y, unsigned x)
{
	uint32_t width = FIELD(t, DPU_DATA_CUBE_WIDTH, WIDTH) + 1;
	uint32_t surface = REG(t, DPU_DST_SURF_STRIDE);

	return half_at(
		model_memory(m, t, OUTPUT,
			     REG(t, DPU_DST_BASE_ADDR) + k / 8 * surface + (y * width + x) * 16 + k % 8 * 2));
}

static void
check_conv(struct results *r, size_t i)
{
	const struct task *t = &r->m.tasks[i];
	struct ref_conv ref = conv_of(&r->m, t);
	size_t all = (size_t)ref.k * ref.oh * ref.ow, step = all / RESULTS | 1, n = 0;

	for (unsigned k = 0; k < ref.k; k++)
		for (unsigned y = 0; y < ref.oh; y++)
			for (unsigned x = 0; x < ref.ow; x++) {
				double absolute, sum, noise, got;

				if (n++ % step)
					continue;
				sum = ref_conv_sum(&ref, k, y, x, &absolute);
				noise = ref_noise(absolute);
				sum = tail(r, t, sum, k, y, x, &noise);
				got = output_at(&r->m, t, k, y, x);
				if (!ref_score_half(&r->score, got, sum, noise))
					ck_abort_msg("task %zu, k %u y %u x %u: %g, not %g", i, k, y, x, got,
						     sum);
			}
	r->conv++;
	ref_conv_clear(&ref);
}

/* One map to another place, or enlarged: values stay. */
static void
check_copy(struct results *r, size_t i, unsigned by)
{
	const struct task *t = &r->m.tasks[i];
	uint32_t w = FIELD(t, DPU_RDMA_RDMA_DATA_CUBE_WIDTH, WIDTH) + 1;
	uint32_t h = FIELD(t, DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, HEIGHT) + 1;
	uint32_t surface = w * h * 16 + REG(t, DPU_RDMA_RDMA_SURF_NOTCH);
	uint32_t out = by > 1 ? 0 : REG(t, DPU_DST_SURF_STRIDE);
	uint32_t line = by > 1 ? w * by : w + FIELD(t, DPU_DATA_CUBE_NOTCH_ADDR, NOTCH_ADDR_0);

	ck_assert_uint_eq(REG(t, DPU_EW_CFG), 0x383);
	ck_assert_uint_eq(REG(t, DPU_BS_CFG), 0x53);
	ck_assert_uint_eq(REG(t, DPU_BN_CFG), 0x53);
	for (uint32_t c = 0; c < FIELD(t, DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, CHANNEL) + 1; c++)
		for (uint32_t y = 0; y < h * by; y++)
			for (uint32_t x = 0; x < w * by; x++) {
				const unsigned char *from =
					model_memory(&r->m, t, SOURCE,
						     REG(t, DPU_RDMA_RDMA_SRC_BASE_ADDR) + c / 8 * surface +
							     (y / by * w + x / by) * 16 + c % 8 * 2);
				const unsigned char *to =
					model_memory(&r->m, t, OUTPUT,
						     REG(t, DPU_DST_BASE_ADDR) + c / 8 * out +
							     (y * line + x) * 16 + c % 8 * 2);

				if (memcmp(from, to, 2) != 0)
					ck_abort_msg("task %zu, c %u y %u x %u", i, c, y, x);
			}
	r->flying++;
}

static void
check_task(struct results *r, size_t i)
{
	const struct task *t = &r->m.tasks[i];

	if (t->conv) {
		check_conv(r, i);
		return;
	}
	switch (REG(t, DPU_DATA_FORMAT)) {
	case 0x48000002:
		check_copy(r, i, 1);
		break;
	case 0x44000002:
		check_copy(r, i, 2);
		break;
	case 0:
		/* What loads a table copies one atom. */
		ck_assert_uint_gt(t->task.regcfg_amount, TABLE);
		ck_assert_mem_eq(model_memory(&r->m, t, SOURCE, REG(t, DPU_RDMA_RDMA_SRC_BASE_ADDR)),
				 model_memory(&r->m, t, OUTPUT, REG(t, DPU_DST_BASE_ADDR)), 16);
		note_lut(r, t);
		r->other++;
		break;
	default:
		ck_abort_msg("task %zu: DATA_FORMAT %#x", i, REG(t, DPU_DATA_FORMAT));
	}
}

/* ---- Tests */

static const char *const single[] = {
	"captures/models/b1_c32_h14_w14_oc128_wic32_k3x3_g1.rknn",
	"captures/models/b1_c160_h14_w14_oc320_wic160_k3x3_g1.rknn",
	"captures/models/sweep_b1_c160_h40_w40_oc320_wic160_k3x3_g1.rknn",
};

START_TEST(single_convolutions)
{
	struct results r = { 0 };

	if (!model_open(&r.m, single[_i]))
		test_skip("no captures here");
	model_place(&r.m);
	const struct rkr_abi_submit submit = device_tasks(&r.m.table, 0, (uint32_t)r.m.n);

	device_submit(&r.m.emu, &submit);
	for (size_t i = 0; i < r.m.n; i++)
		check_task(&r, i);
	ck_assert_msg(fabs(r.score.diff - r.score.rounding) < 5e-5, "max_diff %g, not %g", r.score.diff,
		      r.score.rounding);
	ck_assert_uint_eq(r.conv, r.m.n);
	model_close(&r.m);
}
END_TEST

/*
 * What the emulated NPU does not do of the detector, by task and register:
 * tasks that rearrange maps in units of 16 bits.
 */
static const struct {
	uint32_t task;
	const char *why;
} refused[] = {
	{ 196, "DPU.FEATURE_MODE_CFG.TP_EN" },    { 197, "DPU.BS_OW_CFG.TP_ORG_EN" },
	{ 199, "DPU.BS_OW_CFG.TP_ORG_EN" },       { 202, "DPU.FEATURE_MODE_CFG.TP_EN" },
	{ 203, "DPU.BS_OW_CFG.TP_ORG_EN" },       { 205, "DPU.BS_OW_CFG.TP_ORG_EN" },
	{ 209, "DPU.FEATURE_MODE_CFG.TP_EN" },    { 210, "DPU.BS_OW_CFG.TP_ORG_EN" },
	{ 212, "DPU.DATA_FORMAT.OUT_PRECISION" }, { 214, "DPU.BS_OW_CFG.TP_ORG_EN" },
	{ 216, "DPU.DATA_FORMAT.OUT_PRECISION" },
};

static void
assert_refused(const struct model *m, size_t i)
{
	char text[128];

	snprintf(text, sizeof(text), "not modelled: %s ", refused[i].why);
	ck_assert_msg(strstr(m->emu.log, text) != NULL, "task %u: %s", refused[i].task, m->emu.log);
}

START_TEST(detector)
{
	struct results r = { 0 };
	size_t next = 1;

	if (!model_open(&r.m, "captures/models/scrfd_500m_fp16.rk3588.rknn"))
		test_skip("no captures here");
	ck_assert_uint_eq(r.m.n, 217);
	model_place(&r.m);
	struct rkr_abi_submit all = device_tasks(&r.m.table, 0, (uint32_t)r.m.n);

	ck_assert_int_eq(emu_call(&r.m.emu, RKR_IOCTL_SUBMIT, &all), -ETIMEDOUT);
	assert_refused(&r.m, 0);
	for (size_t i = 0; i < refused[0].task; i++)
		check_task(&r, i);
	for (size_t i = refused[0].task + 1; i < r.m.n; i++) {
		bool stands = next < RKR_ARRAY_LEN(refused) && refused[next].task == i;
		int ret = model_run_alone(&r.m, i);

		if (stands) {
			ck_assert_int_eq(ret, -ETIMEDOUT);
			assert_refused(&r.m, next++);
			continue;
		}
		ck_assert_msg(ret == 0, "task %zu: %d, %s", i, ret, r.m.emu.log);
		check_task(&r, i);
	}
	ck_assert_uint_eq(next, RKR_ARRAY_LEN(refused));
	ck_assert_uint_eq(r.conv + r.flying + r.other, r.m.n - RKR_ARRAY_LEN(refused));
	ck_assert_uint_eq(r.other, 3);
	ck_assert_msg(r.score.near <= r.score.n / 200, "%zu of %zu", r.score.near, r.score.n);
	model_close(&r.m);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("emu-models");
	TCase *tc = tcase_create("models");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, single_convolutions, 0, (int)RKR_ARRAY_LEN(single));
	tcase_add_test(tc, detector);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
