/* SPDX-License-Identifier: MIT */
/* PC: what makes a core stop, what it says then, and what comes after. */
#include "config.h"

#include "tests/emu-list.h"

static void
check_stalled(const struct chip *chip, uint32_t tasks, const char *why)
{
	ck_assert(!rke_npu_irq(chip->npu, 0));
	ck_assert_uint_eq(rke_npu_read(chip->npu, 0, RKR_REG_PC_INTERRUPT_RAW_STATUS), 0xc0000000);
	ck_assert_uint_eq(chip_counter(chip, 0), tasks);
	ck_assert_ptr_nonnull(rke_npu_why(chip->npu, 0));
	ck_assert_msg(strstr(rke_npu_why(chip->npu, 0), why) != NULL, "%s", rke_npu_why(chip->npu, 0));
}

/* Op-enables whose blocks lack one that feeds them. */
static const struct {
	uint32_t enable;
	const char *why;
} unfed[] = {
	{ 0x08, "DPU waits for DPU_RDMA" }, { 0x10, "DPU_RDMA waits for DPU" },
	{ 0x01, "CNA waits for CORE" },     { 0x04, "CORE waits for CNA" },
	{ 0x05, "CORE waits for DPU" },     { 0x20, "PPU waits for DPU" },
	{ 0x40, "PPU_RDMA waits for PPU" }, { 0x00, "no op-enable" },
	{ 0x02, "no op-enable" },
};

START_TEST(blocks_wait_for_what_feeds_them)
{
	struct chip *chip = new_chip();

	one_add(chip, unfed[_i].enable);
	chip_run(chip, 0, LISTS, ADD_WORDS, 1, 0xf00);
	check_stalled(chip, 0, unfed[_i].why);
	ck_assert_uint_eq(result(chip, 4), 0);
	if (unfed[_i].enable == 0x08)
		ck_assert_uint_eq(rke_npu_read(chip->npu, 0, RKR_REG_DPU_S_STATUS), 2);
	/* A reset makes it well. */
	rke_npu_reset(chip->npu);
	ck_assert_uint_eq(rke_npu_read(chip->npu, 0, RKR_REG_DPU_S_STATUS), 0);
	one_add(chip, ADD_ENABLE);
	chip_run(chip, 0, LISTS, ADD_WORDS, 1, 0x300);
	ck_assert(rke_npu_irq(chip->npu, 0));
	chip_free(chip);
}
END_TEST

START_TEST(disabled_reader)
{
	struct chip *chip = new_chip();
	struct writer w = { chip, LISTS, 0 };

	put_add(&w, OPERAND(0), OPERAND(1), OPERAND(4));
	put(&w, RDMA, 0x17859, 0x5044);
	put_tail(&w, 0, 0, ADD_ENABLE);
	chip_run(chip, 0, LISTS, w.words, 1, 0x300);
	check_stalled(chip, 0, "MRDMA");
	chip_free(chip);
}
END_TEST

START_TEST(second_task_stalls)
{
	struct chip *chip = new_chip();
	struct writer w = { chip, LIST(1), 0 };

	/* Interrupts of the first task wait for the end of the job, which never comes. */
	overlays(chip, 0);
	put(&w, 0, 0, 0);
	put_tail(&w, 0, 0, 0x08);
	chip_run(chip, 0, LISTS, ADD_WORDS, 4, 0x300);
	check_stalled(chip, 1, "DPU");
	ck_assert_uint_eq(result(chip, 4), FOUR);
	chip_free(chip);
}
END_TEST

START_TEST(a_job_that_stopped_leaves_no_interrupt)
{
	struct chip *chip = new_chip();

	/* The second list has no end. What the first raised is not the next job's, which runs on group 1. */
	overlays(chip, 0);
	put_tail(&(struct writer){ chip, LIST(1), 0 }, 0, 0, 0);
	chip_run(chip, 0, LISTS, ADD_WORDS, 4, 0x300);
	check_stalled(chip, 1, "no op-enable");
	chip_run(chip, 0, LISTS, ADD_WORDS, 1, 0x300);
	ck_assert_msg(rke_npu_irq(chip->npu, 0), "%s", rke_npu_why(chip->npu, 0));
	ck_assert_uint_eq(chip_status(chip, 0), 0xc0000200);
	chip_free(chip);
}
END_TEST

START_TEST(list_without_op_enable)
{
	struct chip *chip = new_chip();

	/* The amount is 4 short: the op-enable is not fetched. */
	one_add(chip, ADD_ENABLE);
	chip_run(chip, 0, LISTS, ADD_WORDS - 4, 1, 0x300);
	check_stalled(chip, 0, "no op-enable");
	chip_free(chip);
}
END_TEST

START_TEST(list_that_is_not_mapped)
{
	struct chip *chip = new_chip();

	chip_run(chip, 0, 0x20000000, ADD_WORDS, 1, 0x300);
	check_stalled(chip, 0, "no op-enable");
	ck_assert_uint_eq(chip->faults, 1);
	ck_assert_uint_eq(chip->fault_iova, 0x20000000);
	ck_assert(!chip->fault_write);
	chip_free(chip);
}
END_TEST

START_TEST(groups_out_of_step)
{
	struct chip *chip = new_chip();

	/* The executer is told to start from group 0 again, the pointer stays at group 1. */
	one_add(chip, ADD_ENABLE);
	chip_run(chip, 0, LISTS, ADD_WORDS, 1, 0x300);
	rke_npu_write(chip->npu, 0, RKR_REG_PC_INTERRUPT_CLEAR, 0x1ffff);
	rke_npu_write(chip->npu, 0, RKR_REG_DPU_S_POINTER, 0x2e);
	chip_run(chip, 0, LISTS, ADD_WORDS, 1, 0x300);
	check_stalled(chip, 0, "DPU waits for its other group");
	chip_free(chip);
}
END_TEST

START_TEST(not_modelled_is_named)
{
	struct chip *chip = new_chip();
	struct writer w = { chip, LISTS, 0 };

	put(&w, 0x0201, 0x121, 0x100c);
	put_tail(&w, 0, 0, 0x0d);
	chip_run(chip, 0, LISTS, w.words - 4, 1, 0x300);
	check_stalled(chip, 0, "not modelled: CNA.CONV_CON1.CONV_MODE");
	chip_free(chip);
}
END_TEST

START_TEST(pool_fed_by_dpu_is_not_modelled)
{
	struct chip *chip = new_chip();

	one_add(chip, ADD_ENABLE | 0x20);
	chip_run(chip, 0, LISTS, ADD_WORDS, 1, 0xf00);
	check_stalled(chip, 0, "not modelled: PPU.OPERATION_MODE_CFG.FLYING_MODE");
	chip_free(chip);
}
END_TEST

START_TEST(a_chain_without_end_is_given_up)
{
	struct chip *chip = new_chip();

	overlays(chip, LIST(0));
	rke_npu_limit(chip->npu, 1 << 20);
	chip_run(chip, 0, LISTS, ADD_WORDS, 0xfff, 0x300);
	ck_assert(!rke_npu_irq(chip->npu, 0));
	ck_assert_ptr_nonnull(strstr(rke_npu_why(chip->npu, 0), "so much work at once: "));
	ck_assert_uint_gt(chip_counter(chip, 0), 100);
	ck_assert_uint_lt(chip_counter(chip, 0), 0xfff);
	/* The next run has as much again. */
	overlays(chip, 0);
	chip_run(chip, 1, LISTS, ADD_WORDS, 4, 0x300);
	ck_assert_msg(rke_npu_irq(chip->npu, 1), "%s", rke_npu_why(chip->npu, 1));
	chip_free(chip);
}
END_TEST

/* A window of one pixel with 65535 channels, the first of 2047 pixels each: 500 GB of lines to be read. */
START_TEST(lines_without_end_are_refused)
{
	struct chip *chip = new_chip();
	struct writer w = { chip, LISTS, 0 };

	put(&w, CNA, 0x120, 0x100c);
	put(&w, CNA, 0x9, 0x1014);
	put(&w, CNA, 0x07ff07ff, 0x1020);
	put(&w, CNA, 0xffff, 0x1024);
	put(&w, CNA, 0x01010001, 0x1038);
	put(&w, CNA, 0x07ff07ff, 0x1084);
	put(&w, CORE, 0x200, 0x3010);
	put(&w, CORE, 0x07fe0000, 0x3014);
	put_tail(&w, 0, 0, 0xd);
	chip_run(chip, 0, LISTS, 16, 1, 0x300);
	ck_assert_str_eq(rke_npu_why(chip->npu, 0),
			 "not modelled: so much work at once: CNA.WEIGHT_SIZE2 0x1010001 is not modelled");
	chip_free(chip);
}
END_TEST

/* Who asks for it is told, and the next task runs. */
START_TEST(not_modelled_is_let_pass)
{
	struct chip *chip = fill_chip(chip_new_with(true));
	struct writer w = { chip, LISTS + 0x800, 0 };

	put(&w, 0x0201, 0x121, 0x100c);
	put_tail(&w, LISTS, (ADD_WORDS + 5) / 2 - 1, 0x0d);
	one_add(chip, ADD_ENABLE);
	chip_run(chip, 0, LISTS + 0x800, w.words - 4, 2, 0x300);
	ck_assert_msg(rke_npu_irq(chip->npu, 0), "%s", rke_npu_why(chip->npu, 0));
	ck_assert_uint_eq(chip->passed, 1);
	ck_assert_uint_eq(chip->passed_list, LISTS + 0x800);
	ck_assert_ptr_nonnull(strstr(chip->passed_why, "CNA.CONV_CON1.CONV_MODE"));
	ck_assert_uint_eq(chip_counter(chip, 0), 2);
	ck_assert_uint_eq(result(chip, 4), THREE);
	chip_free(chip);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("emu-pc-stall");
	TCase *stalls = tcase_create("stalls");

	tcase_add_loop_test(stalls, blocks_wait_for_what_feeds_them, 0, (int)RKR_ARRAY_LEN(unfed));
	tcase_add_test(stalls, disabled_reader);
	tcase_add_test(stalls, second_task_stalls);
	tcase_add_test(stalls, a_job_that_stopped_leaves_no_interrupt);
	tcase_add_test(stalls, list_without_op_enable);
	tcase_add_test(stalls, list_that_is_not_mapped);
	tcase_add_test(stalls, groups_out_of_step);
	tcase_add_test(stalls, not_modelled_is_named);
	tcase_add_test(stalls, pool_fed_by_dpu_is_not_modelled);
	tcase_add_test(stalls, a_chain_without_end_is_given_up);
	tcase_add_test(stalls, lines_without_end_are_refused);
	tcase_add_test(stalls, not_modelled_is_let_pass);
	suite_add_tcase(suite, stalls);
	return test_main(suite);
}
