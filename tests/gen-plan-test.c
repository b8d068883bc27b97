/* SPDX-License-Identifier: MIT */
/* Tile plans and their regcmd: what holds for every shape. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "gen/record.h"
#include "gen/values.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/regs.h"
#include "lib/util.h"
#include "tests/gen-common.h"

/* ---- What holds for all */

/* Check logs each assertion that holds, which is too slow for those of a loop. */
#define need(condition)                                 \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

static bool
apart(uint32_t a, uint32_t a_n, uint32_t b, uint32_t b_n)
{
	return a + a_n <= b || b + b_n <= a;
}

/* Tiles of a program that do not overlap and are as large together as the output cover it. */
static void
tiles_cover_the_output_once(const struct rkg_plan *p)
{
	const struct rkg_geometry *g = &p->geometry;

	for (size_t group = 0; group < RKG_GROUPS; group++) {
		const struct rkg_tile *tiles = &p->tiles[p->groups[group].first];
		size_t n = p->groups[group].n_tiles;
		uint64_t area = 0;

		for (size_t i = 0; i < n; i++) {
			const struct rkg_tile *t = &tiles[i];

			need(t->group == group);
			need(t->core <= group);
			need(t->rows > 0);
			need(t->kc > 0);
			need(t->y + t->rows <= g->out_h);
			need(t->k + t->kc <= g->shape.out_c);
			need(t->in_y + t->in_rows <= g->shape.in_h);
			need(t->c + t->cc <= g->in_c);
			area += (uint64_t)t->rows * t->kc;
			for (size_t k = 0; k < i; k++)
				if (!apart(t->y, t->rows, tiles[k].y, tiles[k].rows) &&
				    !apart(t->k, t->kc, tiles[k].k, tiles[k].kc))
					ck_abort_msg("tiles %zu and %zu of program %zu overlap", k, i, group);
		}
		if (n > 0)
			need(area == (uint64_t)g->out_h * g->shape.out_c);
	}
	need(p->groups[0].n_tiles > 0);
}

static void
tiles_fit_the_cbuf(const struct rkg_plan *p)
{
	const struct rkg_geometry *g = &p->geometry;

	for (size_t i = 0; i < p->n_tiles; i++) {
		const struct rkg_tile *t = &p->tiles[i];

		need(t->data_banks + t->weight_banks == RKG_BANKS);
		need(t->data_banks >= 1);
		need(t->weight_banks >= 1);
		need((uint64_t)rkg_line_entries(g, t->cc) * t->in_rows <=
		     (uint64_t)t->data_banks * RKG_BANK_ENTRIES);
		/* One group of kernels at least is there whole. */
		uint32_t kernels = g->depthwise ? 1 : t->kc < g->kernel_group ? t->kc : g->kernel_group;

		need((uint64_t)kernels * rkg_kernel_bytes(g, t->cc) <=
		     (uint64_t)t->weight_banks * RKG_BANK_BYTES);
		if (t->reuse) {
			const struct rkg_tile *before = t - 1;

			need(before->group == t->group && before->core == t->core && before->k == t->k &&
			     before->kc == t->kc && before->c == t->c && before->cc == t->cc);
		}
		need(t->grains > 0);
	}
}

/* All of a register's bits that the database names. */
static uint32_t
named_bits(const struct rkr_reg *reg)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < reg->n_fields; i++)
		bits |= rkr_reg_field_set(&reg->fields[i], 0, UINT32_MAX);
	return bits;
}

static void
words_are_register_writes(const struct rkg_regcmd *r, const struct rkg_record *rec)
{
	const uint64_t *tail = &r->words[rec->start + rec->amount];
	size_t end = rec->start + (size_t)rkr_regcmd_stride(rec->amount);

	for (size_t i = rec->start; i < rec->start + rec->amount; i++) {
		struct rkr_qword q = rkr_qword_decode(r->words[i]);
		const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, NULL);

		if (!reg || strcmp(reg->access, "RW") != 0)
			ck_abort_msg("word %#llx writes no register", (unsigned long long)r->words[i]);
		/* No value spills out of its fields. */
		if (q.value & ~named_bits(reg))
			ck_abort_msg("%s is set to %#x", reg->name, q.value);
	}
	need(rkr_qword_decode(tail[1]).target == RKR_TARGET_PC);
	need(rkr_qword_decode(tail[1]).offset == RKR_REG_PC_REGISTER_AMOUNTS);
	need(tail[2] == rkr_qword_encode(RKR_TARGET_MARK, 0, 0));
	need(tail[3] == rkr_qword_encode(RKR_TARGET_OP_EN, rec->enable_mask, RKR_REG_PC_OPERATION_ENABLE));
	need(end <= r->n_words);
	for (size_t i = rec->start + rec->amount + RKR_REGCMD_TAIL; i < end; i++)
		need(r->words[i] == 0);
}

static void
links_point_at_records(const struct rkg_regcmd *r)
{
	uint64_t words = 0;

	for (size_t i = 0; i < r->n_records; i++) {
		const struct rkg_record *rec = &r->records[i], *next = rec + 1;
		struct rkr_qword base = rkr_qword_decode(r->words[rec->start + rec->amount]);
		struct rkr_qword amount = rkr_qword_decode(r->words[rec->start + rec->amount + 1]);

		need(rec->start == words);
		words += rkr_regcmd_stride(rec->amount);
		words_are_register_writes(r, rec);
		if (!rec->linked) {
			need(r->words[rec->start + rec->amount] == 0);
			need(amount.value == 0);
			continue;
		}
		need(i + 1 < r->n_records);
		need(base.target == RKR_TARGET_PC);
		need(base.offset == RKR_REG_PC_BASE_ADDRESS);
		need(base.value == 8 * next->start);
		need((amount.value & 0xffff) == (next->amount + 3) / 2);
		need(amount.value >> 16 == rec->group);
	}
	need(words == r->n_words);
}

/*
 * Run the records of program 0 as the hardware does, with two register sets
 * in turns. After each record its set must be what the tile asks for, although
 * an overlay tells only a part of it.
 */
static void
overlays_leave_nothing_out(const struct rkg_plan *p, const struct rkg_regcmd *r)
{
	static uint32_t sets[2][0x10000 / 4];
	static struct rkg_family conv;

	rkg_family_conv(&conv, &p->geometry);
	for (size_t i = 0; i < p->groups[0].n_tiles; i++) {
		const struct rkg_record *rec = &r->records[i];
		struct rkg_at at;

		for (size_t w = rec->start; w < rec->start + rec->amount; w++) {
			struct rkr_qword q = rkr_qword_decode(r->words[w]);

			sets[i % 2][q.offset / 4] = q.value;
		}
		rkg_at_init(&at, p, &p->tiles[i], NULL);
		for (size_t c = 0; c < conv.n_cells; c++) {
			const struct rkg_cell *cell = &conv.cells[c];
			uint32_t want = rkg_cell_value(cell, &at);

			if (sets[i % 2][cell->offset / 4] != want)
				ck_abort_msg("tile %zu leaves %#x wrong", i, cell->offset);
		}
	}
}

static uint32_t
pick(struct test_random *r, uint32_t from, uint32_t to)
{
	return from + (uint32_t)(test_random_next(r) % (to - from + 1));
}

/* A shape that is likely to be in the domain. */
static struct rkg_shape
random_shape(struct test_random *r)
{
	bool depthwise = pick(r, 0, 2) == 0;
	uint32_t h = pick(r, 0, 3) ? pick(r, 1, 60) : pick(r, 60, 300);
	uint32_t c = 8 * (pick(r, 0, 3) ? pick(r, 1, 40) : pick(r, 40, 256));
	uint32_t k = depthwise ? 3 + 2 * pick(r, 0, 1) : 1 + 2 * pick(r, 0, 1);
	uint32_t oc = depthwise ? c : pick(r, 0, 1) ? 16 * pick(r, 1, 40) : pick(r, 1, 1100);

	return (struct rkg_shape){
		.batch = 1,
		.in_c = c,
		.in_h = h,
		.in_w = h,
		.out_c = oc,
		.groups = depthwise ? c : 1,
		.in_c_per_group = depthwise ? 1 : c,
		.kh = k,
		.kw = k,
		.stride = 1,
	};
}

START_TEST(plans_hold_for_random_shapes)
{
	struct test_random random = { (uint64_t)_i + 1 };
	size_t n = 0, n_overlays = 0, n_k = 0;

	for (int i = 0; i < 400; i++) {
		const struct rkg_shape s = random_shape(&random);
		struct rkg_plan *p;
		struct rkg_regcmd *r;

		if (rkg_domain_check(&s, &p, NULL, NULL) < 0)
			continue;
		tiles_cover_the_output_once(p);
		tiles_fit_the_cbuf(p);
		ck_assert_int_eq(rkg_regcmd_new(p, NULL, &r), 0);
		links_point_at_records(r);
		overlays_leave_nothing_out(p, r);
		if (rkg_plan_degenerate(p)) {
			ck_assert_uint_eq(p->n_tasks, 3);
			ck_assert_uint_eq(r->n_records, 1);
		} else {
			/* A separator per core: 2 + 3. */
			ck_assert_uint_eq(p->n_tasks, p->n_tiles + 5);
			ck_assert_uint_eq(r->n_records, p->n_tasks);
		}
		n_overlays += p->groups[0].n_tiles > 2;
		n_k += p->groups[1].split == RKG_SPLIT_K;
		n++;
		rkg_regcmd_free(r);
		rkg_plan_free(p);
	}
	/* The shapes are not all of one kind. */
	ck_assert_uint_gt(n, 150);
	ck_assert_uint_gt(n_overlays, 10);
	ck_assert_uint_gt(n_k, 10);
}
END_TEST

/* Stride, padding and int8 are honoured, though no run is generated with them. */
START_TEST(parameters_outside_the_domain_are_planned)
{
	struct test_random random = { 99 };
	size_t n = 0;

	for (int i = 0; i < 400; i++) {
		struct rkg_shape s = random_shape(&random);
		struct rkg_plan *p;

		s.stride = pick(&random, 1, 2);
		s.precision = pick(&random, 0, 1) ? RKG_INT8 : RKG_FP16;
		s.in_w = pick(&random, 1, 100);
		if (pick(&random, 0, 1))
			rkg_shape_pad_same(&s);
		if (rkg_plan_new(&s, &p, NULL, NULL) < 0)
			continue;
		tiles_cover_the_output_once(p);
		tiles_fit_the_cbuf(p);
		for (size_t t = 0; t < p->n_tiles; t++) {
			const struct rkg_tile *tile = &p->tiles[t];

			/* The input rows and the padding above are where the output rows want them. */
			need((int64_t)tile->in_y - tile->pad_top == (int64_t)tile->y * s.stride - s.pad_top);
		}
		rkg_plan_free(p);
		n++;
	}
	ck_assert_uint_gt(n, 150);
}
END_TEST

START_TEST(families_set_the_registers_of_captured_records)
{
	struct rkg_plan *plan = test_plan("b1_c64_h56_w56_oc128_g1_k1x1");
	struct rkg_family conv, separator;
	size_t of_block[16] = { 0 };

	rkg_family_conv(&conv, &plan->geometry);
	rkg_family_separator(&separator, &plan->geometry);
	for (size_t i = 0; i < conv.n_cells; i++)
		of_block[conv.cells[i].offset >> 12]++;
	for (size_t i = 0; i < separator.n_cells; i++)
		of_block[separator.cells[i].offset >> 12]++;
	ck_assert_uint_eq(of_block[1], 48); /* CNA */
	ck_assert_uint_eq(of_block[3], 5);  /* CORE */
	ck_assert_uint_eq(of_block[4], 50); /* DPU */
	ck_assert_uint_eq(of_block[6], 17); /* PPU */
	ck_assert_uint_eq(of_block[7], 7);  /* PPU_RDMA */
	ck_assert_uint_eq(conv.n_lead, 4);
	ck_assert_uint_eq(conv.n_pointers, 1);
	ck_assert_uint_eq(conv.enable_mask, 0x0d);
	ck_assert_uint_eq(conv.int_mask, 0x300);
	ck_assert_uint_eq(separator.n_pointers, 2);
	ck_assert_uint_eq(separator.enable_mask, 0x60);
	ck_assert_uint_eq(separator.int_mask, 0xc00);
	rkg_plan_free(plan);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("gen-plan");
	TCase *t = tcase_create("plan");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, plans_hold_for_random_shapes, 0, 10);
	tcase_add_test(t, parameters_outside_the_domain_are_planned);
	tcase_add_test(t, families_set_the_registers_of_captured_records);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
