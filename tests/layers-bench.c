/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/layers-bench.h"

#include <stdlib.h>
#include <string.h>

#include "lib/regs.h"

static const char *const roles[BOS] = { "input", "second", "weight", "output", "regcmd", "task" };

#define BO_BYTES 0x40000

static void
fill(struct bench *b, unsigned i, bool is_float, struct test_random *random)
{
	uint16_t *half = b->bo[i].memory;
	uint8_t *bytes = b->bo[i].memory;

	for (size_t k = 0; k < BO_BYTES / 2; k++) {
		uint64_t r = test_random_next(random);

		if (is_float)
			half[k] = ref_half_bits(ref_half_round((double)(r >> 20 & 0xfff) / 2048 - 1));
		else
			bytes[2 * k] = (uint8_t)(r >> 30), bytes[2 * k + 1] = (uint8_t)(r >> 40);
	}
}

struct bench *
bench_new(bool is_float, uint64_t seed)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct test_random random = { seed };

	ck_assert_ptr_nonnull(b);
	b->s = calloc(1, sizeof(*b->s));
	ck_assert_ptr_nonnull(b->s);
	device_start(&b->emu);
	for (unsigned i = 0; i < REGCMD; i++) {
		b->bo[i] = emu_bo(&b->emu, BO_BYTES, 0x403);
		if (i != OUT)
			fill(b, i, is_float, &random);
	}
	memset(b->bo[OUT].memory, 0xff, BO_BYTES);
	return b;
}

void
bench_free(struct bench *b)
{
	emu_stop(&b->emu);
	free(b->s);
	free(b);
}

uint32_t
bench_dma(const struct bench *b, unsigned i)
{
	return (uint32_t)b->bo[i].dma;
}

struct rkr_run *
bench_snapshot(const struct bench *b)
{
	struct rkr_run *run = NULL;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	for (unsigned i = 0; i < BOS; i++) {
		struct rkr_bo bo = {
			.known = RKR_BO_SIZE | RKR_BO_ALIGNED | RKR_BO_DMA | RKR_BO_OBJ | RKR_BO_HANDLE,
			.handle = b->bo[i].handle,
			.size = b->bo[i].size,
			.aligned = rkr_align_up(b->bo[i].size, 4096),
			.dma = b->bo[i].dma,
			.obj = b->bo[i].obj,
			.died = SIZE_MAX,
		};
		uint32_t n;

		strcpy(bo.role, roles[i]);
		ck_assert_int_eq(rkr_run_add_bo(run, &bo, &n), 0);
		ck_assert_int_eq(rkr_run_write(run, n, 0, b->bo[i].memory, b->bo[i].size,
					       RKR_EVIDENCE_GENERATED, SIZE_MAX),
				 0);
	}
	ck_assert_int_eq(rkr_run_add_region(run, &(struct rkr_region){ RKR_REGION_TASKS, TASK, 0,
								       b->n_tasks * RKR_TASK_BYTES }),
			 0);
	ck_assert_int_eq(rkr_run_add_region(run, &(struct rkr_region){ RKR_REGION_REGCMD, REGCMD, 0,
								       b->bo[REGCMD].size }),
			 0);
	ck_assert_int_eq(rkr_run_bind(run), 0);
	return run;
}

struct rkr_run *
bench_place(struct bench *b)
{
	b->n_tasks = b->s->n_tasks;
	b->submit = stream_place(b->s, &b->emu, &b->bo[REGCMD], &b->bo[TASK]);
	return bench_snapshot(b);
}

struct rkx_layers *
bench_check(const struct rkr_run *run, const struct rkr_run *answer)
{
	struct rkx_layers *l = NULL;
	struct rkr_error err = { 0 };

	ck_assert_msg(rkx_layers_check(run, answer, NULL, &l, &err) == 0, "%s", err.what);
	return l;
}

/* The record of a recipe, all of its registers. */
static void
stream_recipe(struct stream *s, const struct recipe *r)
{
	uint32_t enable = recipe_enable(r);

	stream_begin(s);
	for (uint32_t o = 0x4004; o < 0x8000; o += 4) {
		const struct rkr_reg_block *block;
		const struct rkr_reg *reg = rkr_reg_by_offset((uint16_t)o, &block);

		if (!reg || !(enable >> block->op_enable_bit & 1) || strcmp(reg->access, "RW") != 0 ||
		    (o & 0xfff) == 8 || (o >= 0x4100 && o <= 0x4104))
			continue;
		if (recipe_value(r, (uint16_t)o) || (o & 0xfff) >= 12)
			stream_write(s, (uint16_t)o, recipe_value(r, (uint16_t)o));
	}
	for (uint32_t t = 0; r->tables && r->kind == RKR_OP_LUT_LOAD && t < 2; t++) {
		stream_write(s, 0x4100, 0x20000 | t << 16);
		for (size_t i = 0; i < 513; i++)
			stream_write(s, 0x4104, (uint16_t)r->tables[t][i]);
	}
	stream_end(s, enable);
}

void
bench_recipe(struct bench *b, const struct recipe *recipe)
{
	struct recipe r = *recipe;

	r.src += bench_dma(b, IN);
	r.operand = bench_dma(b, SECOND);
	r.vector = bench_dma(b, WEIGHTS);
	r.vector2 = bench_dma(b, WEIGHTS) + 0x1000;
	r.dst += bench_dma(b, OUT);
	stream_recipe(b->s, &r);
}

/* Biases of a thousand at most, multipliers of at most one. */
static void
make_operands(struct bench *b)
{
	uint8_t *p = b->bo[SECOND].memory;

	for (size_t chunk = 0; chunk < 16; chunk++)
		for (size_t k = 0; k < 8; k++) {
			int32_t bias = (int32_t)(chunk * 97 + k * 31) - 800;
			int16_t mul = (int16_t)(16384 - 900 * (int)k);

			memset(p + 64 * chunk + 32 + 2 * k, 0, 2);
			memcpy(p + 64 * chunk + 4 * k, &bias, sizeof(bias));
			memcpy(p + 64 * chunk + 48 + 2 * k, &mul, sizeof(mul));
		}
}

void
bench_conv(struct bench *b, const struct conv_op *of)
{
	struct conv_op op = *of;

	op.in = bench_dma(b, IN);
	op.weights = bench_dma(b, WEIGHTS);
	op.dst = bench_dma(b, OUT);
	if (op.operands) {
		make_operands(b);
		op.operands = bench_dma(b, SECOND);
	}
	stream_conv(b->s, &op);
}

void
bench_tables(int16_t ret_tables[2][513])
{
	for (int i = 0; i < 513; i++) {
		ret_tables[0][i] = (int16_t)(i * i / 16 - 9000);
		ret_tables[1][i] = (int16_t)(7384 + 40 * i - i * i / 32);
	}
}
