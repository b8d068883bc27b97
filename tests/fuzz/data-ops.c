/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "emu.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"
#include "tests/op-streams.h"

/*
 * What fuzz-emu-regcmd starts with beside generated convolutions: each
 * operation that streams of tests know, small.
 *
 *	FUZZ_SEEDS=DIRECTORY fuzz-data-ops
 *
 * writes into DIRECTORY/emu-regcmd/, which fuzz-data has made.
 */

#define IN fuzz_bo_iova(FUZZ_BO_IN)
#define WEIGHTS fuzz_bo_iova(FUZZ_BO_WEIGHTS)
#define OUT fuzz_bo_iova(FUZZ_BO_OUT)
#define AUX fuzz_bo_iova(FUZZ_BO_AUX)

static void
put(FILE *out, uint64_t word)
{
	fwrite(&word, sizeof(word), 1, out);
}

/* The target links lists. */
static void
write_stream(const char *dir, const char *name, struct stream *s)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/emu-regcmd/%s", dir, name);
	FILE *out = fopen(path, "wb");

	FUZZ_ASSERT(out);
	for (size_t t = 0; t < s->n_tasks; t++) {
		fwrite(s->words + s->task[t].start, sizeof(s->words[0]), s->task[t].amount, out);
		put(out, rkr_qword_encode(RKR_TARGET_PC, 0, RKR_REG_PC_BASE_ADDRESS));
		put(out, rkr_qword_encode(RKR_TARGET_PC, 0, RKR_REG_PC_REGISTER_AMOUNTS));
		put(out, rkr_qword_encode(RKR_TARGET_MARK, 0, 0));
		put(out, rkr_qword_encode(RKR_TARGET_OP_EN, s->task[t].enable, RKR_REG_PC_OPERATION_ENABLE));
	}
	FUZZ_ASSERT(!ferror(out) && fclose(out) == 0);
	*s = (struct stream){ 0 };
}

static void
write_elementwise(const char *dir, struct stream *s)
{
	char name[32];

	for (unsigned op = 0; op < OP_MAX_; op++)
		for (unsigned wide = 0; wide < 2; wide++) {
			stream_elementwise(s, op, wide, 300, IN, WEIGHTS, OUT);
			snprintf(name, sizeof(name), "elementwise-%u-%u", op, wide);
			write_stream(dir, name, s);
		}
	/* A chain, each of whose results the next one takes. */
	stream_elementwise(s, OP_ADD, false, 9, IN, WEIGHTS, OUT);
	stream_elementwise(s, OP_MUL, false, 9, OUT, WEIGHTS, AUX);
	stream_elementwise(s, OP_MAX, false, 9, AUX, IN, OUT);
	write_stream(dir, "elementwise-chain", s);
}

static void
write_convolutions(const char *dir, struct stream *s)
{
	static const struct {
		const char *name;
		enum ref_number number;
		enum out out;
		bool depthwise, row_major, operands;
		unsigned channels, c, h, w, k, kh, kw, stride;
		int pad;
	} ops[] = {
		{ "fp16", REF_FP16, OUT_FP16, false, false, false, 0, 32, 6, 7, 16, 3, 3, 1, 1 },
		{ "fp16-stride", REF_FP16, OUT_FP16, false, false, false, 0, 56, 9, 7, 24, 3, 3, 2, 0 },
		{ "fp32", REF_FP16, OUT_FP32, false, false, false, 0, 32, 5, 5, 48, 1, 1, 1, 0 },
		{ "packed", REF_FP16, OUT_FP16, false, false, false, 3, 8, 8, 16, 16, 3, 3, 1, 1 },
		{ "depthwise", REF_FP16, OUT_FP16, true, false, false, 0, 40, 7, 7, 40, 3, 3, 1, 1 },
		{ "int8", REF_INT8, OUT_INT8, false, false, true, 0, 32, 6, 6, 32, 3, 3, 1, 1 },
		{ "int8-int32", REF_INT8, OUT_INT32, false, false, false, 0, 64, 4, 4, 32, 1, 1, 1, 0 },
		{ "int8-depthwise", REF_INT8, OUT_INT8, true, false, true, 0, 64, 6, 6, 64, 3, 3, 1, 1 },
		{ "int16", REF_INT16, OUT_INT32, false, false, false, 0, 32, 4, 4, 16, 1, 1, 1, 0 },
		{ "product", REF_FP16, OUT_FP32, false, true, false, 0, 64, 9, 1, 32, 1, 1, 1, 0 },
		{ "product-fp16", REF_FP16, OUT_FP16, false, true, false, 0, 64, 9, 1, 32, 1, 1, 1, 0 },
	};
	char name[32];

	for (size_t i = 0; i < RKR_ARRAY_LEN(ops); i++) {
		unsigned h = ops[i].h + 2 * (unsigned)ops[i].pad, w = ops[i].w + 2 * (unsigned)ops[i].pad;
		const struct conv_op op = {
			.ref = { .number = ops[i].number,
				 .depthwise = ops[i].depthwise,
				 .c = ops[i].c,
				 .h = ops[i].h,
				 .w = ops[i].w,
				 .k = ops[i].k,
				 .kh = ops[i].kh,
				 .kw = ops[i].kw,
				 .stride = ops[i].stride,
				 .top = ops[i].pad,
				 .left = ops[i].pad,
				 .oh = (h - ops[i].kh) / ops[i].stride + 1,
				 .ow = (w - ops[i].kw) / ops[i].stride + 1 },
			.out = ops[i].out,
			.row_major = ops[i].row_major,
			.channels = ops[i].channels,
			.in = IN,
			.weights = WEIGHTS,
			.dst = OUT,
			.operands = ops[i].operands ? AUX : 0,
			.scale = 20000,
			.shift = 20,
		};

		stream_conv(s, &op);
		snprintf(name, sizeof(name), "conv-%s", ops[i].name);
		write_stream(dir, name, s);
	}
}

static void
write_pools(const char *dir, struct stream *s)
{
	char name[32];

	for (unsigned method = 0; method < 3; method++) {
		const struct pool_op op = { .method = method,
					    .w = 12,
					    .h = 9,
					    .c = 24,
					    .kw = 3,
					    .kh = 3,
					    .stride = 2,
					    .pad = 1,
					    .ow = 6,
					    .oh = 5,
					    .src = IN,
					    .dst = OUT };

		stream_pool(s, &op);
		snprintf(name, sizeof(name), "pool-%u", method);
		write_stream(dir, name, s);
	}
}

static void
write_lut(const char *dir, struct stream *s)
{
	static int16_t tables[2][513];
	struct lut_op op = {
		.tables = (const int16_t(*)[513])tables, .scale = 0x5c00, .atoms = 40, .src = IN, .dst = OUT
	};

	for (int i = 0; i < 2 * 513; i++)
		tables[i / 513][i % 513] = (int16_t)(i * 31);
	stream_lut(s, &op);
	/* Tables outlive their task. */
	op.tables = NULL;
	stream_lut(s, &op);
	write_stream(dir, "lut", s);
	/* Used before they are filled: what was in them shows. */
	op.dst = AUX;
	stream_lut(s, &op);
	op.dst = OUT;
	op.tables = (const int16_t(*)[513])tables;
	stream_lut(s, &op);
	write_stream(dir, "lut-before", s);
}

/* A map that is twice as wide and high. */
static void
write_enlarged(const char *dir, struct stream *s)
{
	const uint32_t f = 2, w = 5, h = 3;

	stream_begin(s);
	stream_write(s, RKR_REG_DPU_S_POINTER, 0xe);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_S_POINTER, 0xe);
	stream_write(s, RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e5);
	stream_write(s, RKR_REG_DPU_DATA_FORMAT, 0x44000002);
	stream_write(s, RKR_REG_DPU_DST_BASE_ADDR, OUT);
	stream_write(s, RKR_REG_DPU_DST_SURF_STRIDE, 16 * f * w);
	stream_write(s, RKR_REG_DPU_DATA_CUBE_WIDTH, f * w - 1);
	stream_write(s, RKR_REG_DPU_DATA_CUBE_HEIGHT, h - 1);
	stream_write(s, RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR, (f - 1) * f * w * 0x10001);
	stream_write(s, RKR_REG_DPU_DATA_CUBE_CHANNEL, 0x70007);
	stream_write(s, RKR_REG_DPU_BS_CFG, 0x53);
	stream_write(s, RKR_REG_DPU_BN_CFG, 0x53);
	stream_write(s, RKR_REG_DPU_BS_OW_CFG, 0x126);
	stream_write(s, RKR_REG_DPU_EW_CFG, 0x383);
	stream_write(s, RKR_REG_DPU_SURFACE_ADD, 16 * f * w * f * h);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, w - 1);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, h - 1);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, 7);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, IN);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0xf841);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG, 0x1000 + (f - 1) * 0x249);
	stream_end(s, 0x18);
	write_stream(dir, "enlarged", s);
}

/* What writes streams is made for tests, and so this is one. */
START_TEST(write_all)
{
	static struct stream s;
	const char *dir = getenv("FUZZ_SEEDS");

	ck_assert_ptr_nonnull(dir);
	write_elementwise(dir, &s);
	write_convolutions(dir, &s);
	write_pools(dir, &s);
	write_lut(dir, &s);
	write_enlarged(dir, &s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fuzz-data-ops");
	TCase *tc = tcase_create("operations");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tc, write_all);
	suite_add_tcase(suite, tc);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? 1 : 0;
}
