/* SPDX-License-Identifier: MIT */
/* What a record does not write, it inherits from the one two back along its chain. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/overlay.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "tests/gen-common.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)
RKR_DEFINE_CLEANUP(struct rkr_overlays *, rkr_overlays_free)
#define _cleanup_overlays_ rkr_cleanup(rkr_overlays_free)
RKR_DEFINE_CLEANUP(struct rkg_plan *, rkg_plan_free)
#define _cleanup_plan_ rkr_cleanup(rkg_plan_free)

/* ---- generated runs ---- */

/* Shapes with overlays: kernels and rows split, channels split, and the stem. */
static const char *const shapes[] = {
	H40,
	C64,
	"b1_c576_h19_w19_oc273_wic576_k1x1_g1",
	"b1_c144_h75_w75_oc144_wic1_k3x3_g144",
	"b1_c96_h150_w150_oc96_wic1_k3x3_g96",
};

static const struct rkr_overlay_word *
find(const struct rkr_overlay_word *w, size_t n, uint16_t target, uint16_t offset)
{
	for (size_t i = 0; i < n; i++) {
		struct rkr_qword q = rkr_qword_decode(w[i].word);

		if (q.target == target && q.offset == offset)
			return &w[i];
	}
	return NULL;
}

static uint32_t
value(const struct rkr_overlay_word *w, size_t n, uint16_t target, uint16_t offset)
{
	const struct rkr_overlay_word *x = find(w, n, target, offset);

	ck_assert_ptr_nonnull(x);
	return rkr_qword_decode(x->word).value;
}

/* The full set of each tile says what the plan says of it, also where its record says nothing. */
START_TEST(sets_are_those_of_the_plan)
{
	_cleanup_run_ struct rkr_run *run = test_run(shapes[_i], NULL);
	_cleanup_plan_ struct rkg_plan *plan = test_plan(shapes[_i]);
	_cleanup_overlays_ struct rkr_overlays *o = NULL;
	size_t tile = 0, inherited = 0;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkr_overlays_new(run, &o, &err), 0);
	for (size_t i = 0; i < rkr_run_n_tasks(run); i++) {
		struct rkr_task t;
		size_t n;
		const struct rkr_overlay_word *w = rkr_overlays_task(o, i, &n);

		ck_assert_int_eq(rkr_run_task(run, i, &t), 0);
		ck_assert_uint_eq(rkr_overlays_writer(o, i), i);
		ck_assert_uint_eq(n, t.enable_mask == 0x0d ? 104 : 26);
		for (size_t k = 0; k < n; k++)
			inherited += w[k].writer != i;
		if (t.enable_mask != 0x0d)
			continue;
		const struct rkg_tile *p = &plan->tiles[tile++];

		ck_assert_uint_eq(value(w, n, RKR_TARGET_DPU, RKR_REG_DPU_DATA_CUBE_HEIGHT), p->rows - 1);
		ck_assert_uint_eq(value(w, n, RKR_TARGET_CNA, RKR_REG_CNA_DATA_SIZE0) & 0x7ff, p->in_rows);
		ck_assert_uint_eq(value(w, n, RKR_TARGET_CNA, RKR_REG_CNA_FC_DATA_SIZE1), p->cc);
		ck_assert_uint_eq(value(w, n, RKR_TARGET_CNA, RKR_REG_CNA_CONV_CON2) >> 4 & 0x3ff, p->grains);
		/* The pointers are not there twice: each record writes its own. */
		ck_assert_uint_eq(find(w, n, RKR_TARGET_DPU, RKR_REG_DPU_S_POINTER)->writer, i);
		ck_assert_ptr_null(find(w, n, RKR_TARGET_PC, RKR_REG_PC_BASE_ADDRESS));
		if (rkr_overlays_base(o, i) != SIZE_MAX)
			ck_assert_uint_eq(rkr_overlays_base(o, i), i - 2);
	}
	ck_assert_uint_eq(tile, plan->n_tiles);
	ck_assert_int_eq(inherited > 0, _i >= 2);
}
END_TEST

/* ---- chains made by hand ---- */

#define BASE 0x100000u
#define RECORD 64u /* bytes: 4 words of body, 4 of tail */

struct chain {
	struct rkr_run *run;
	uint32_t weight, task;
	size_t n;
};

static void
put_word(uint8_t record[RECORD], size_t i, uint64_t word)
{
	for (size_t k = 0; k < 8; k++)
		record[8 * i + k] = (uint8_t)(word >> (8 * k));
}

static void
start_chain(struct chain *c)
{
	struct rkr_bo bo = { .role = "weight",
			     .known = RKR_BO_DMA | RKR_BO_SIZE,
			     .dma = BASE,
			     .size = 4096,
			     .died = SIZE_MAX };

	*c = (struct chain){ 0 };
	ck_assert_int_eq(rkr_run_new(&c->run), 0);
	ck_assert_int_eq(rkr_run_add_bo(c->run, &bo, &c->weight), 0);
	bo = (struct rkr_bo){ .role = "task", .known = RKR_BO_SIZE, .size = 4096, .died = SIZE_MAX };
	ck_assert_int_eq(rkr_run_add_bo(c->run, &bo, &c->task), 0);
}

/*
 * Record @at: writes DPU cube width (@width, if any) and height (@height, if
 * any), and leads to record @next.
 */
static void
put_record(struct chain *c, size_t at, int width, int height, int next)
{
	uint8_t record[RECORD] = { 0 };

	if (width >= 0)
		put_word(record, 0,
			 rkr_qword_encode(RKR_TARGET_DPU, (uint32_t)width, RKR_REG_DPU_DATA_CUBE_WIDTH));
	if (height >= 0)
		put_word(record, 1,
			 rkr_qword_encode(RKR_TARGET_DPU, (uint32_t)height, RKR_REG_DPU_DATA_CUBE_HEIGHT));
	/* Of a block that is not started, and of none. */
	put_word(record, 2, rkr_qword_encode(RKR_TARGET_CNA, 1, RKR_REG_CNA_CONV_CON1));
	put_word(record, 3, rkr_qword_encode(0x1234, 1, 0x4030));
	if (next >= 0)
		put_word(record, 4,
			 rkr_qword_encode(RKR_TARGET_PC, BASE + RECORD * (uint32_t)next,
					  RKR_REG_PC_BASE_ADDRESS));
	put_word(record, 6, rkr_qword_encode(RKR_TARGET_MARK, 0, 0));
	put_word(record, 7, rkr_qword_encode(RKR_TARGET_OP_EN, 0x18, RKR_REG_PC_OPERATION_ENABLE));
	ck_assert_int_eq(rkr_run_write(c->run, c->weight, RECORD * at, record, sizeof(record),
				       RKR_EVIDENCE_GENERATED, SIZE_MAX),
			 0);
}

static void
put_task(struct chain *c, uint64_t address, uint32_t amount)
{
	const struct rkr_task t = { .enable_mask = 0x18, .regcfg_amount = amount, .regcmd_addr = address };
	uint8_t b[RKR_TASK_BYTES];

	rkr_task_encode(&t, b);
	ck_assert_int_eq(rkr_run_write(c->run, c->task, RKR_TASK_BYTES * c->n, b, sizeof(b),
				       RKR_EVIDENCE_GENERATED, SIZE_MAX),
			 0);
	c->n++;
}

static struct rkr_overlays *
resolve(struct chain *c)
{
	struct rkr_overlays *o;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkr_run_add_region(c->run, &(struct rkr_region){ RKR_REGION_TASKS, c->task, 0,
									  RKR_TASK_BYTES * c->n }),
			 0);
	ck_assert_msg(rkr_overlays_new(c->run, &o, &err) == 0, "%s", err.what);
	return o;
}

static void
assert_register(const struct rkr_overlays *o, size_t task, uint16_t offset, int want, uint32_t writer)
{
	size_t n;
	const struct rkr_overlay_word *w = rkr_overlays_task(o, task, &n),
				      *x = find(w, n, RKR_TARGET_DPU, offset);

	ck_assert_msg(!x == (want < 0), "task %zu", task);
	if (!x)
		return;
	ck_assert_uint_eq(rkr_qword_decode(x->word).value, (uint32_t)want);
	ck_assert_uint_eq(x->writer, writer);
}

#define WIDTH RKR_REG_DPU_DATA_CUBE_WIDTH
#define HEIGHT RKR_REG_DPU_DATA_CUBE_HEIGHT

/* Not the record before, the one before that; and on through several that write nothing. */
START_TEST(two_back)
{
	struct chain c;

	start_chain(&c);
	put_record(&c, 0, 1, 2, 1);
	put_record(&c, 1, 3, 4, 2);
	put_record(&c, 2, 5, -1, 3);
	put_record(&c, 3, -1, -1, 4);
	put_record(&c, 4, -1, 6, -1);
	for (uint32_t i = 0; i < 5; i++)
		put_task(&c, BASE + RECORD * i, 4);
	struct rkr_overlays *o = resolve(&c);

	assert_register(o, 2, WIDTH, 5, 2);
	assert_register(o, 2, HEIGHT, 2, 0);
	assert_register(o, 3, WIDTH, 3, 1);
	assert_register(o, 3, HEIGHT, 4, 1);
	assert_register(o, 4, WIDTH, 5, 2);
	assert_register(o, 4, HEIGHT, 6, 4);
	ck_assert_uint_eq(rkr_overlays_base(o, 0), SIZE_MAX);
	ck_assert_uint_eq(rkr_overlays_base(o, 1), SIZE_MAX);
	ck_assert_uint_eq(rkr_overlays_base(o, 4), 2);
	size_t n;

	/* Words of blocks that are not started, and of none, are in no set. */
	rkr_overlays_task(o, 0, &n);
	ck_assert_uint_eq(n, 2);
	rkr_overlays_free(o);
	rkr_run_free(c.run);
}
END_TEST

/* The links make the chain, not the order in the table; tasks may lead to one record. */
START_TEST(chains_are_followed_by_links)
{
	struct chain c;

	start_chain(&c);
	put_record(&c, 0, 1, 1, 4);
	put_record(&c, 1, 2, 2, -1); /* alone */
	put_record(&c, 2, -1, -1, -1);
	put_record(&c, 3, -1, 7, 2);
	put_record(&c, 4, 9, 9, 3);
	for (uint32_t i = 0; i < 5; i++)
		put_task(&c, BASE + RECORD * i, 4);
	put_task(&c, BASE + RECORD * 3, 4);
	put_task(&c, 0xdead0000, 4);
	struct rkr_overlays *o = resolve(&c);
	size_t n;

	/* 0 -> 4 -> 3 -> 2 */
	assert_register(o, 3, WIDTH, 1, 0);
	assert_register(o, 3, HEIGHT, 7, 3);
	assert_register(o, 2, WIDTH, 9, 4);
	assert_register(o, 1, WIDTH, 2, 1);
	ck_assert_uint_eq(rkr_overlays_writer(o, 5), 3);
	assert_register(o, 5, WIDTH, 1, 0);
	ck_assert_ptr_null(rkr_overlays_task(o, 6, &n));
	ck_assert_uint_eq(n, 0);
	ck_assert_ptr_null(rkr_overlays_task(o, 7, &n));
	ck_assert_uint_eq(rkr_overlays_writer(o, 6), SIZE_MAX);
	rkr_overlays_free(o);
	rkr_run_free(c.run);
}
END_TEST

/* Rings, records that lead to themselves, and two that lead to one: each is resolved once. */
START_TEST(malformed_chains_end)
{
	struct chain c;

	start_chain(&c);
	put_record(&c, 0, 1, 1, 1);
	put_record(&c, 1, 2, 2, 2);
	put_record(&c, 2, -1, -1, 0);
	put_record(&c, 3, 3, 3, 3);
	put_record(&c, 4, 4, -1, 6);
	put_record(&c, 5, 5, -1, 6);
	put_record(&c, 6, -1, 6, -1);
	for (uint32_t i = 0; i < 7; i++)
		put_task(&c, BASE + RECORD * i, 4);
	/* A length that leads out of what is known. */
	put_task(&c, BASE + RECORD * 7, 500);
	struct rkr_overlays *o = resolve(&c);
	size_t n;

	assert_register(o, 2, WIDTH, 1, 0);
	assert_register(o, 3, WIDTH, 3, 3);
	assert_register(o, 6, WIDTH, -1, 0);
	assert_register(o, 6, HEIGHT, 6, 6);
	rkr_overlays_task(o, 7, &n);
	ck_assert_uint_eq(n, 0);
	rkr_overlays_free(o);
	rkr_run_free(c.run);
}
END_TEST

START_TEST(what_is_too_much_is_refused)
{
	struct rkr_overlays *o = NULL;
	struct rkr_error err = { 0 };
	struct chain c;

	start_chain(&c);
	ck_assert_int_eq(rkr_overlays_new(c.run, &o, &err), -ENODATA);
	for (uint32_t i = 0; i < 5; i++)
		put_task(&c, BASE + 8 * i, UINT32_MAX);
	ck_assert_int_eq(rkr_run_add_region(c.run, &(struct rkr_region){ RKR_REGION_TASKS, c.task, 0, 200 }),
			 0);
	ck_assert_int_eq(rkr_overlays_new(c.run, &o, &err), -E2BIG);
	ck_assert_ptr_null(o);
	ck_assert(err.what[0]);
	rkr_run_free(c.run);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("overlay");
	TCase *t = tcase_create("overlay");

	tcase_add_loop_test(t, sets_are_those_of_the_plan, 0, RKR_ARRAY_LEN(shapes));
	tcase_add_test(t, two_back);
	tcase_add_test(t, chains_are_followed_by_links);
	tcase_add_test(t, malformed_chains_end);
	tcase_add_test(t, what_is_too_much_is_refused);
	suite_add_tcase(s, t);
	return test_main(s);
}
