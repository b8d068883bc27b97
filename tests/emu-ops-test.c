/* SPDX-License-Identifier: MIT */
/*
 * Operations on the emulated board, each by a stream as clients write it and
 * the driver's calls: elementwise, pooling, tables.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "tests/op-streams.h"

/* Atoms of one elementwise task, at most. */
#define ATOMS 8000

/* ---- Elementwise */

static const char *const names[OP_MAX_] = {
	"add", "sub", "mul", "div", "max", "min", "neg", "abs", "greater"
};
static const uint32_t sizes[] = { 1, 8, 9, 1000, 63999, 64001, 131072 };

static double
op_result(enum op op, double a, double b)
{
	switch (op) {
	case OP_ADD:
		return a + b;
	case OP_SUB:
		return a - b;
	case OP_MUL:
		return a * b;
	case OP_DIV:
		return a / b;
	case OP_MAX:
		return fmax(a, b);
	case OP_MIN:
		return fmin(a, b);
	case OP_NEG:
		return -a;
	case OP_ABS:
		return fabs(a);
	default:
		return a > 0x1p-24;
	}
}

/* How numbers go in and come out. */
static const struct {
	const char *name;
	enum width width;
	uint32_t per_atom, in_bytes, out_bytes; /* of an atom's worth of numbers */
} widths[] = {
	{ "fp16", WIDTH_HALF, 8, 16, 16 },
	{ "fp16 to fp32", WIDTH_WIDEN, 8, 16, 32 },
	{ "fp32", WIDTH_FLOAT, 4, 16, 16 },
};

/* Number @i of the operand. */
static double
operand(enum width width, const struct emu_bo *bo, uint32_t i)
{
	float f;

	if (width != WIDTH_FLOAT)
		return ref_number_get(REF_FP16, (uint16_t *)bo->memory + i);
	memcpy(&f, (float *)bo->memory + i, sizeof(f));
	return (double)f;
}

/* Result @i of @n. */
static double
result(enum width width, const struct emu_bo *bo, uint32_t i, uint32_t n)
{
	uint32_t atoms = (n + 7) / 8, first = i / 8 / ATOMS * ATOMS;
	uint32_t left = atoms - first < ATOMS ? atoms - first : ATOMS;
	size_t at = i;
	float f;

	if (width == WIDTH_HALF)
		return ref_number_get(REF_FP16, (uint16_t *)bo->memory + i);
	/* Of each task: channels 0..3 of all atoms, then 4..7. */
	if (width == WIDTH_WIDEN)
		at = (size_t)first * 8 + i % 8 / 4 * left * 4 + (i / 8 - first) * 4 + i % 4;
	memcpy(&f, (float *)bo->memory + at, sizeof(f));
	return (double)f;
}

static void
check_elementwise(enum op op, enum width width, uint32_t n, const struct emu_bo bo[3])
{
	for (uint32_t i = 0; i < n; i++) {
		double a = operand(width, &bo[0], i), b = operand(width, &bo[1], i);
		double exact = op_result(op, a, b), got = result(width, &bo[2], i, n);
		double want = width == WIDTH_HALF ? ref_half_round(exact) : (double)(float)exact;

		if (!(got == want || (isnan(got) && isnan(want))))
			ck_abort_msg("%s of %u, %u: %a, %a: %a, not %a", names[op], n, i, a, b, got, want);
	}
}

/* fp32 of many sizes, with all their bits. */
static void
fill_floats(const struct emu_bo *bo, struct test_random *random, int exponent)
{
	for (size_t i = 0; i < bo->size / sizeof(float); i++) {
		uint64_t r = test_random_next(random);
		float f = (float)ldexp((double)(int32_t)(r >> 32), (int)(r >> 28 & 15) + exponent);

		memcpy((float *)bo->memory + i, &f, sizeof(f));
	}
}

START_TEST(elementwise)
{
	enum op op = (enum op)((size_t)_i / RKR_ARRAY_LEN(widths));
	size_t w = (size_t)_i % RKR_ARRAY_LEN(widths);
	enum width width = widths[w].width;
	uint32_t in = widths[w].in_bytes, out = widths[w].out_bytes;
	struct stream *s = calloc(1, sizeof(*s));
	struct test_random random = { 3 + (unsigned)_i };
	struct emu_bo bo[3];
	struct emu emu;

	ck_assert_ptr_nonnull(s);
	device_start(&emu);
	for (size_t i = 0; i < 3; i++)
		bo[i] = emu_bo(&emu, (131072 + 16) * 4, 0x403);
	if (width == WIDTH_FLOAT) {
		fill_floats(&bo[0], &random, -40);
		fill_floats(&bo[1], &random, -36);
	} else {
		device_fill(&bo[0], &random, 60000);
		device_fill(&bo[1], &random, 200);
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(sizes); i++) {
		uint32_t n = sizes[i], atoms = (n + widths[w].per_atom - 1) / widths[w].per_atom;

		memset(bo[2].memory, 0xee, bo[2].size);
		for (uint32_t at = 0; at < atoms; at += ATOMS)
			stream_elementwise(s, op, width, atoms - at < ATOMS ? atoms - at : ATOMS,
					   (uint32_t)bo[0].dma + at * in, (uint32_t)bo[1].dma + at * in,
					   (uint32_t)bo[2].dma + at * out);
		stream_play(s, &emu);
		check_elementwise(op, width, n, bo);
		ck_assert_int_eq(((unsigned char *)bo[2].memory)[atoms * out], 0xee);
	}
	emu_stop(&emu);
	free(s);
}
END_TEST

/* ---- Pooling */

static const struct pool_op pools[] = {
	{ 1, 16, 12, 24, 2, 2, 2, 0, 8, 6, 0, 0 },   { 0, 16, 12, 24, 2, 2, 2, 0, 8, 6, 0, 0 },
	{ 2, 15, 9, 8, 3, 3, 2, 0, 7, 4, 0, 0 },     { 1, 15, 9, 40, 3, 3, 2, 1, 8, 5, 0, 0 },
	{ 0, 9, 9, 16, 4, 4, 1, 0, 6, 6, 0, 0 },     { 0, 4, 4, 64, 4, 4, 1, 0, 1, 1, 0, 0 },
	{ 1, 16, 16, 8, 16, 16, 16, 0, 1, 1, 0, 0 },
};

static double
pool_result(const struct pool_op *p, const unsigned char *in, unsigned c, unsigned y, unsigned x)
{
	double sum = 0, largest = -(double)INFINITY, smallest = (double)INFINITY;

	for (unsigned ky = 0; ky < p->kh; ky++)
		for (unsigned kx = 0; kx < p->kw; kx++) {
			long iy = (long)(y * p->stride + ky) - (long)p->pad,
			     ix = (long)(x * p->stride + kx) - (long)p->pad;

			if (iy < 0 || ix < 0 || iy >= (long)p->h || ix >= (long)p->w)
				continue;
			size_t at = ((c / 8 * p->h + (size_t)iy) * p->w + (size_t)ix) * 16 + c % 8 * 2;
			double v = ref_number_get(REF_FP16, in + at);

			sum += v;
			largest = fmax(largest, v);
			smallest = fmin(smallest, v);
		}
	return p->method == 1 ? largest : p->method == 2 ? smallest : ref_half_round(sum / (p->kw * p->kh));
}

START_TEST(pooling)
{
	struct pool_op p = pools[_i];
	struct stream *s = calloc(1, sizeof(*s));
	struct test_random random = { 7 };
	struct emu_bo in, out;
	struct emu emu;

	ck_assert_ptr_nonnull(s);
	device_start(&emu);
	in = emu_bo(&emu, (uint64_t)p.c * p.h * p.w * 2, 0x403);
	out = emu_bo(&emu, (uint64_t)p.c * p.oh * p.ow * 2, 0x403);
	device_fill(&in, &random, 100);
	memset(out.memory, 0xff, out.size);
	p.src = (uint32_t)in.dma;
	p.dst = (uint32_t)out.dma;
	stream_pool(s, &p);
	stream_play(s, &emu);
	for (unsigned c = 0; c < p.c; c++)
		for (unsigned y = 0; y < p.oh; y++)
			for (unsigned x = 0; x < p.ow; x++) {
				size_t at = ((c / 8 * p.oh + y) * p.ow + x) * 16 + c % 8 * 2;
				double got = ref_number_get(REF_FP16, (unsigned char *)out.memory + at);
				double want = pool_result(&p, in.memory, c, y, x);

				if (got != want)
					ck_abort_msg("c %u y %u x %u: %g, not %g", c, y, x, got, want);
			}
	emu_stop(&emu);
	free(s);
}
END_TEST

/* ---- A table, which stays for the tasks that follow */

#define SILU 5664.8
#define SILU_SCALE 0x6984 /* 2824: 16384 is 5.8 */

START_TEST(table_stays)
{
	int16_t tables[2][513];
	struct stream *s = calloc(1, sizeof(*s));
	struct test_random random = { 11 };
	struct emu_bo in, out;
	struct emu emu;

	ck_assert_ptr_nonnull(s);
	for (int t = 0; t < 2; t++)
		for (int i = 0; i < 513; i++) {
			double x = (i - (t ? 0 : 512)) * 32 / 2824.0;

			tables[t][i] = (int16_t)lrint(SILU * x / (1 + exp(-x)));
		}
	device_start(&emu);
	in = emu_bo(&emu, ATOMS * 3 * 16, 0x403);
	out = emu_bo(&emu, ATOMS * 3 * 16, 0x403);
	device_fill(&in, &random, 5.5);
	struct lut_op op = { (const int16_t(*)[513])tables, SILU_SCALE, ATOMS, (uint32_t)in.dma,
			     (uint32_t)out.dma };

	for (unsigned i = 0; i < 3; i++, op.src += ATOMS * 16, op.dst += ATOMS * 16) {
		stream_lut(s, &op);
		op.tables = NULL;
		/* the third in a submit of its own */
		if (i >= 1)
			stream_play(s, &emu);
	}
	for (size_t i = 0; i < ATOMS * 3 * 8; i++) {
		double x = ref_number_get(REF_FP16, (uint16_t *)in.memory + i);
		double got = ref_number_get(REF_FP16, (uint16_t *)out.memory + i);

		/* the table's own steps and fp16 */
		if (fabs(got / SILU - x / (1 + exp(-x))) > 0.002)
			ck_abort_msg("%zu: %g: %g, not %g", i, x, got / SILU, x / (1 + exp(-x)));
	}
	emu_stop(&emu);
	free(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("emu-ops");
	TCase *tc = tcase_create("operations");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, elementwise, 0, (int)RKR_ARRAY_LEN(widths) * OP_MAX_);
	tcase_add_loop_test(tc, pooling, 0, (int)RKR_ARRAY_LEN(pools));
	tcase_add_test(tc, table_stays);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
