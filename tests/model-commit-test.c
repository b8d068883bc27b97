/* SPDX-License-Identifier: MIT */
/* The models of a commit's register writes and of interrupts. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/model-commit.h"
#include "lib/model-irq.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"
#include "tests/common.h"

/* A table as the vendor compiler makes it [captured: C64/H56, its first five rows]. */
static const struct rkr_task tasks[] = {
	{ 0, 1, 0x0d, 0x300, 0x1ffff, 0, 108, 0, 0xfff9c800 },
	{ 0, 1, 0x0d, 0x300, 0x1ffff, 0, 108, 0, 0xfff9cb80 },
	{ 0, 1, 0x0d, 0x300, 0x1ffff, 0, 104, 0, 0xfff9cf00 },
	{ 0, 1, 0x0d, 0x300, 0x1ffff, 0, 104, 0, 0xfff9d280 },
	{ 0, 1, 0x60, 0xc00, 0x1ffff, 0, 26, 0, 0xfff9d600 },
};

struct write {
	uint16_t offset;
	uint32_t value;
};

static const struct {
	struct rkr_slice slice;
	unsigned core;
	uint32_t flags;
	uint64_t base;
	struct write writes[RKR_COMMIT_WRITES];
} commits[] = {
	/* The raw numbers are those that a PC trace of this submit must show. */
	{ { 0, 2 },
	  0,
	  5,
	  0,
	  { { 0x10, 1 },
	    { 0x1004, 0xe },
	    { 0x3004, 0xe },
	    { 0x10, 0xfff9c800 },
	    { 0x14, 55 },
	    { 0x20, 0x300 },
	    { 0x24, 0x300 },
	    { 0x30, 0x7002 },
	    { 0x34, 0 },
	    { 0x8, 1 },
	    { 0x8, 0 } } },
	/* The last task's mask is waited for, the first one's is cleared. */
	{ { 2, 3 },
	  2,
	  1,
	  0x1234567890,
	  { { 0x10, 1 },
	    { 0x1004, 0x2000000e },
	    { 0x3004, 0x2000000e },
	    { 0x10, 0xfff9cf00 },
	    { 0x14, 53 },
	    { 0x20, 0xc00 },
	    { 0x24, 0x300 },
	    { 0x30, 0x6003 },
	    { 0x34, 0x34567890 },
	    { 0x8, 1 },
	    { 0x8, 0 } } },
	{ { 4, 1 },
	  1,
	  5,
	  0,
	  { { 0x10, 1 },
	    { 0x1004, 0x1000000e },
	    { 0x3004, 0x1000000e },
	    { 0x10, 0xfff9d600 },
	    { 0x14, 14 },
	    { 0x20, 0xc00 },
	    { 0x24, 0xc00 },
	    { 0x30, 0x7001 },
	    { 0x34, 0 },
	    { 0x8, 1 },
	    { 0x8, 0 } } },
};

START_TEST(writes_are_those_of_the_driver)
{
	struct rkr_commit c;
	uint32_t v = 0;

	ck_assert_int_eq(rkr_commit_make(tasks, RKR_ARRAY_LEN(tasks), commits[_i].slice, commits[_i].core,
					 commits[_i].flags, commits[_i].base, &c),
			 0);
	for (size_t i = 0; i < RKR_COMMIT_WRITES; i++) {
		ck_assert_uint_eq(c.write[i].offset, commits[_i].writes[i].offset);
		ck_assert_uint_eq(c.write[i].value, commits[_i].writes[i].value);
	}
	/* Of registers that are written twice, the last value. */
	ck_assert(rkr_commit_value(&c, RKR_REG_PC_BASE_ADDRESS, &v));
	ck_assert_uint_eq(v, commits[_i].writes[3].value);
	ck_assert(rkr_commit_value(&c, RKR_REG_PC_OPERATION_ENABLE, &v));
	ck_assert_uint_eq(v, 0);
	ck_assert(!rkr_commit_value(&c, 0xf008, &v));
}
END_TEST

START_TEST(slices_outside_the_table_are_refused)
{
	static const struct rkr_slice bad[] = {
		{ 0, 0 }, { 5, 1 },          { 4, 2 },          { 0, 6 },
		{ 6, 1 }, { UINT32_MAX, 1 }, { 1, UINT32_MAX }, { 0, 4096 },
	};
	struct rkr_commit c = { { { 7, 7 } } };

	for (size_t i = 0; i < RKR_ARRAY_LEN(bad); i++)
		ck_assert_int_eq(rkr_commit_make(tasks, RKR_ARRAY_LEN(tasks), bad[i], 0, 5, 0, &c), -ERANGE);
	ck_assert_uint_eq(c.write[0].offset, 7);
}
END_TEST

/* Register value, words that the PC reads [captured for all amounts but the last three]. */
static const struct {
	uint32_t amount, reg;
	uint64_t words;
} amounts[] = {
	{ 108, 55, 112 }, { 104, 53, 108 }, { 26, 14, 30 }, { 17, 10, 22 }, { 14, 8, 18 },
	{ 13, 8, 18 },    { 12, 7, 16 },    { 1, 2, 6 },    { 0, 1, 4 },
};

START_TEST(amounts_cover_body_and_tail)
{
	uint32_t a = amounts[_i].amount;

	ck_assert_uint_eq(rkr_commit_amount(a), amounts[_i].reg);
	ck_assert_uint_eq(rkr_commit_fetch_words(amounts[_i].reg), amounts[_i].words);
	ck_assert_uint_ge(amounts[_i].words, a + RKR_REGCMD_TAIL);
	/* The link of a chain says the same as the driver. */
	ck_assert_uint_eq(rkr_regcmd_pc_amount(a), amounts[_i].reg);
	/* The high half tells cores, not words. */
	ck_assert_uint_eq(rkr_commit_fetch_words(0x20000 | amounts[_i].reg), amounts[_i].words);
}
END_TEST

static const struct {
	uint64_t addr;
	uint32_t amount;
	uint64_t left;
	enum rkr_regcmd_addr judged;
} addresses[] = {
	{ 0xfff9c800, 108, 112 * 8, RKR_REGCMD_ADDR_OK },
	{ 0xfff9c800, 108, 112 * 8 - 1, RKR_REGCMD_ADDR_OUTSIDE },
	{ 0xfff9c800, 108, 0, RKR_REGCMD_ADDR_OUTSIDE },
	{ 0xfff9c808, 108, 4096, RKR_REGCMD_ADDR_UNALIGNED },
	{ 0xfff9c801, 108, 4096, RKR_REGCMD_ADDR_UNALIGNED },
	{ 0x1fff9c800, 108, 4096, RKR_REGCMD_ADDR_HIGH },
	{ 0xfff9c810, 14, 4096, RKR_REGCMD_ADDR_OK },
};

START_TEST(addresses_are_judged)
{
	const struct rkr_task t = { .regcmd_addr = addresses[_i].addr,
				    .regcfg_amount = addresses[_i].amount };

	ck_assert_int_eq((int)rkr_regcmd_addr_judge(&t, addresses[_i].left), (int)addresses[_i].judged);
}
END_TEST

/* ---- interrupts ---- */

static const struct {
	uint32_t status, fuzz;
} fuzzes[] = {
	{ 0, 0 },         { 0x1, 0x3 },      { 0x2, 0x3 },          { 0x4, 0xc },     { 0x8, 0xc },
	{ 0x10, 0x30 },   { 0x20, 0x30 },    { 0x40, 0xc0 },        { 0x80, 0xc0 },   { 0x100, 0x300 },
	{ 0x200, 0x300 }, { 0x300, 0x300 },  { 0x400, 0xc00 },      { 0x800, 0xc00 }, { 0x1000, 0 },
	{ 0x2000, 0 },    { 0xc0000000, 0 }, { 0xc0000100, 0x300 }, { 0x555, 0xfff }, { UINT32_MAX, 0xfff },
	{ 0x501, 0xf03 },
};

START_TEST(pairs_are_filled)
{
	ck_assert_uint_eq(rkr_int_fuzz(fuzzes[_i].status), fuzzes[_i].fuzz);
}
END_TEST

static const struct {
	uint32_t status, mask;
	bool done;
} completions[] = {
	{ 0x100, 0x300, true },  { 0x200, 0x300, true },  { 0x300, 0x300, true },  { 0x000, 0x300, false },
	{ 0x400, 0x300, false }, { 0x500, 0x300, false }, { 0x400, 0xc00, true },  { 0x301, 0x300, false },
	{ 0x1300, 0x300, true }, { 0x100, 0x100, false }, { 0x200, 0x200, false }, { 0x100, 0xf00, false },
	{ 0x500, 0xf00, true },
};

START_TEST(completion_is_exact)
{
	uint32_t status = completions[_i].status, mask = completions[_i].mask;

	ck_assert_int_eq(rkr_int_completes(status, mask), completions[_i].done);
	ck_assert_int_eq((int)rkr_irq_judge(true, status, mask),
			 (int)(completions[_i].done ? RKR_IRQ_DONE : RKR_IRQ_INVALID));
	ck_assert_int_eq((int)rkr_irq_judge(false, status, mask), (int)RKR_IRQ_NO_JOB);
}
END_TEST

START_TEST(masks_are_reachable_or_not)
{
	static const struct {
		uint32_t mask;
		bool reachable;
	} masks[] = {
		{ 0, false },     { 0x300, true },   { 0xc00, true }, { 0xf00, true },
		{ 0x100, false }, { 0x1300, false }, { 0xfff, true }, { 0xffff, false },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(masks); i++)
		ck_assert_int_eq(rkr_int_mask_reachable(masks[i].mask), masks[i].reachable);
	/* A mask is reachable exactly if some status completes it. */
	for (uint32_t mask = 0; mask < 0x1000; mask++) {
		bool some = false;

		for (uint32_t status = 1; status < 0x1000 && !some; status++)
			some = rkr_int_completes(status, mask);
		ck_assert_int_eq(rkr_int_mask_reachable(mask), some);
	}
	ck_assert_uint_eq(rkr_int_mask_of_enables(0x0d), 0x300);
	ck_assert_uint_eq(rkr_int_mask_of_enables(0x1d), 0x300);
	ck_assert_uint_eq(rkr_int_mask_of_enables(0x18), 0x300);
	ck_assert_uint_eq(rkr_int_mask_of_enables(0x60), 0xc00);
	ck_assert_uint_eq(rkr_int_mask_of_enables(0x68), 0xf00);
	ck_assert_uint_eq(rkr_int_mask_of_enables(0x05), 0);
}
END_TEST

static const struct {
	uint32_t counter, irq, raw;
	enum rkr_stall stall;
} stalls[] = {
	{ 0, 0, 0xc0000000, RKR_STALL_NO_PROGRESS }, /* the rows of a job after C64/H56 [captured] */
	{ 0, 0, 0x40010000, RKR_STALL_NO_PROGRESS }, { 0, 0, 0xc00000c3, RKR_STALL_IN_DPU },
	{ 1, 0, 0xc0000000, RKR_STALL_IN_CHAIN },    { 2, 0, 0xc0000300, RKR_STALL_LOST_IRQ },
	{ 0, 0, 0xc0000100, RKR_STALL_LOST_IRQ },    { 0, 0, 0xc0001000, RKR_STALL_DMA_ERROR },
	{ 2, 0, 0xc0002300, RKR_STALL_DMA_ERROR },   { 1, 0x300, 0xc0000300, RKR_STALL_UNCLEAR },
};

START_TEST(stalls_are_read)
{
	ck_assert_int_eq((int)rkr_stall_read(stalls[_i].counter, stalls[_i].irq, stalls[_i].raw, 0x300),
			 (int)stalls[_i].stall);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("model-commit");
	TCase *commit = tcase_create("commit"), *irq = tcase_create("irq");

	tcase_add_loop_test(commit, writes_are_those_of_the_driver, 0, (int)RKR_ARRAY_LEN(commits));
	tcase_add_test(commit, slices_outside_the_table_are_refused);
	tcase_add_loop_test(commit, amounts_cover_body_and_tail, 0, (int)RKR_ARRAY_LEN(amounts));
	tcase_add_loop_test(commit, addresses_are_judged, 0, (int)RKR_ARRAY_LEN(addresses));
	tcase_add_loop_test(irq, pairs_are_filled, 0, (int)RKR_ARRAY_LEN(fuzzes));
	tcase_add_loop_test(irq, completion_is_exact, 0, (int)RKR_ARRAY_LEN(completions));
	tcase_add_test(irq, masks_are_reachable_or_not);
	tcase_add_loop_test(irq, stalls_are_read, 0, (int)RKR_ARRAY_LEN(stalls));
	suite_add_tcase(s, commit);
	suite_add_tcase(s, irq);
	return test_main(s);
}
