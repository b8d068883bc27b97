/* SPDX-License-Identifier: MIT */
/*
 * Whole generated runs on the emulated NPU: the vendor's task tables, the
 * records of one core, of two and of three, against exact sums.
 */
#include "config.h"

#include <math.h>

#include "tests/emu-chip.h"
#include "tests/emu-core.h"
#include "tests/gen-common.h"

#define UNTOUCHED 0xfe01 /* a NaN that nothing computes */

/** A generated run in an NPU's memory. */
struct loaded {
	struct rkg_shape shape;
	struct rkr_run *run;
	struct chip *chip;
	uint32_t in, weights, out;     /* addresses */
	size_t in_n, weights_n, out_n; /* elements */
	uint32_t out_surface;          /* elements */
	double *in_v, *weights_v;
};

/* The value of a register in a list. */
static uint32_t
listed(const struct loaded *l, const struct rkr_task *t, uint16_t offset)
{
	const unsigned char *p = chip_at(l->chip, (uint32_t)t->regcmd_addr, t->regcfg_amount * 8);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < t->regcfg_amount; i++) {
		uint64_t word;

		memcpy(&word, p + i * 8, sizeof(word));
		if ((uint16_t)word == offset)
			return (uint32_t)(word >> 16);
	}
	ck_abort_msg("no register %#x", offset);
}

static double *
fill(const struct loaded *l, uint32_t iova, size_t n, struct test_random *random)
{
	double *v = calloc(n, sizeof(*v));
	uint16_t *to = chip_at(l->chip, iova, n * 2);

	ck_assert_ptr_nonnull(v);
	ck_assert_ptr_nonnull(to);
	for (size_t i = 0; i < n; i++) {
		to[i] = slow_half((double)(test_random_next(random) >> 20 & 0xfff) / 2048 - 1);
		v[i] = slow_value(to[i]);
	}
	return v;
}

static struct loaded
load(const char *name)
{
	struct loaded l = { .shape = test_shape(name), .run = test_run(name, NULL), .chip = chip_new() };
	const struct rkg_shape *s = &l.shape;
	struct test_random random = { 42 };
	struct rkr_task first;

	for (uint32_t i = 0; i < 5; i++) {
		const struct rkr_bo *bo = test_bo(l.run, i);
		unsigned char *memory = chip_memory(l.chip, (uint32_t)bo->dma, bo->aligned);
		size_t n;
		const struct rkr_extent *e = rkr_run_extents(l.run, i, &n);

		for (size_t k = 0; k < n; k++)
			memcpy(memory + e[k].offset, e[k].data, e[k].len);
	}
	ck_assert_int_eq(rkr_run_task(l.run, 0, &first), 0);
	l.in = listed(&l, &first, RKR_REG_CNA_FEATURE_DATA_ADDR);
	l.weights = listed(&l, &first, RKR_REG_CNA_DCOMP_ADDR0);
	l.out = listed(&l, &first, RKR_REG_DPU_DST_BASE_ADDR);
	l.out_surface = listed(&l, &first, RKR_REG_DPU_DST_SURF_STRIDE) / 2;
	l.in_n = (size_t)s->in_c * s->in_h * s->in_w;
	l.weights_n = (size_t)s->out_c * s->in_c * s->kh * s->kw;
	l.out_n = (size_t)s->out_c / 8 * l.out_surface;
	l.in_v = fill(&l, l.in, l.in_n, &random);
	l.weights_v = fill(&l, l.weights, l.weights_n, &random);
	return l;
}

static void
unload(struct loaded *l)
{
	rkr_run_free(l->run);
	chip_free(l->chip);
	free(l->in_v);
	free(l->weights_v);
}

static void
clear_output(const struct loaded *l)
{
	uint16_t *out = chip_at(l->chip, l->out, l->out_n * 2);

	ck_assert_ptr_nonnull(out);
	for (size_t i = 0; i < l->out_n; i++)
		out[i] = UNTOUCHED;
}

/* All channels and kernels of these shapes are multiples of 32 and 16: weights are blocks of 16 times 32. */
static double
exact(const struct loaded *l, uint32_t k, uint32_t y, uint32_t x)
{
	const struct rkg_shape *s = &l->shape;
	size_t taps = (size_t)s->kh * s->kw;
	double sum = 0;

	for (size_t c = 0; c < s->in_c; c++)
		for (size_t t = 0; t < taps; t++) {
			size_t block = (k / 16 * (s->in_c / 32) + c / 32) * taps + t;
			size_t line = c / 8 * s->in_h + y + t / s->kw;

			sum += l->in_v[(line * s->in_w + x + t % s->kw) * 8 + c % 8] *
			       l->weights_v[block * 512 + k % 16 * 32 + c % 32];
		}
	return sum;
}

/* Each output was written; of some, the values. max_diff is that of exact sums, rounded to fp16 once. */
static void
check_output(const struct loaded *l)
{
	const struct rkg_shape *s = &l->shape;
	uint32_t oh = rkg_shape_out_h(s), ow = rkg_shape_out_w(s);
	const uint16_t *out = chip_at(l->chip, l->out, l->out_n * 2);
	size_t all = (size_t)s->out_c * oh * ow, step = all / 5000 | 1, n = 0, off = 0;
	double diff = 0, best = 0;

	for (uint32_t k = 0; k < s->out_c; k++)
		for (uint32_t y = 0; y < oh; y++)
			for (uint32_t x = 0; x < ow; x++) {
				uint16_t got = out[(size_t)k / 8 * l->out_surface + (y * ow + x) * 8 + k % 8];

				if (got == UNTOUCHED)
					ck_abort_msg("k %u y %u x %u was not written", k, y, x);
				if (n++ % step != 0)
					continue;
				double want = exact(l, k, y, x);

				off += got != slow_half(want);
				diff = fmax(diff, fabs(slow_value(got) - want));
				best = fmax(best, fabs(slow_value(slow_half(want)) - want));
			}
	/* Sums of 64 products are fp32: one in some 800 results is that near to half way between two. */
	ck_assert_uint_le(off, 15);
	ck_assert_msg(fabs(diff - best) < 5e-5, "max_diff %g, not %g", diff, best);
}

/* Run the tasks from @i on that one core gets: up to a separator, or @n. */
static size_t
run_list(const struct loaded *l, unsigned core, size_t i, size_t n)
{
	struct rkr_task first, last = { 0 };
	size_t count = 0;

	ck_assert_int_eq(rkr_run_task(l->run, i, &first), 0);
	do
		ck_assert_int_eq(rkr_run_task(l->run, i + count++, &last), 0);
	while (count < n && last.int_mask != 0xc00);
	chip_run(l->chip, core, (uint32_t)first.regcmd_addr, first.regcfg_amount, (uint32_t)count,
		 last.int_mask);
	ck_assert_msg(rke_npu_irq(l->chip->npu, core), "%s", rke_npu_why(l->chip->npu, core));
	ck_assert_uint_eq(chip_counter(l->chip, core), count);
	ck_assert_uint_eq(chip_status(l->chip, core) & ~last.int_mask, 0xc0000000);
	return i + count;
}

START_TEST(one_core)
{
	struct loaded l = load(test_shapes[_i]);

	clear_output(&l);
	ck_assert_uint_eq(test_count(l.run, RKR_KIND_submit), 1);
	for (size_t r = 0; r < rkr_run_n_records(l.run); r++) {
		const struct rkr_record *rec = rkr_run_record(l.run, r);

		if (rec->kind == RKR_KIND_submit)
			run_list(&l, 0, 0, rkr_get_u(rec, RKR_F_submit_sub0_number));
	}
	check_output(&l);
	ck_assert_uint_eq(l.chip->faults, 0);
	unload(&l);
}
END_TEST

START_TEST(two_and_three_cores)
{
	struct loaded l = load(test_shapes[_i]);
	size_t n = rkr_run_n_tasks(l.run), i = 0;
	struct rkr_task t;

	/* The first record of 104 words begins the lists of two cores. */
	do
		ck_assert_int_eq(rkr_run_task(l.run, i++, &t), 0);
	while (t.regcfg_amount != 104);
	i--;
	for (unsigned cores = 2; cores <= 3; cores++) {
		clear_output(&l);
		for (unsigned core = 0; core < cores; core++)
			i = run_list(&l, core, i, n - i);
		check_output(&l);
	}
	ck_assert_uint_eq(i, n);
	ck_assert_uint_eq(l.chip->faults, 0);
	unload(&l);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("emu-run");
	TCase *tc = tcase_create("named shapes");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, one_core, 0, (int)RKR_ARRAY_LEN(test_shapes));
	tcase_add_loop_test(tc, two_and_three_cores, 0, (int)RKR_ARRAY_LEN(test_shapes));
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
