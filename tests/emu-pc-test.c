/* SPDX-License-Identifier: MIT */
/* PC and register groups: lists, chains, overlays, interrupts, cores that wait for each other, MMIO. */
#include "config.h"

#include "tests/emu-list.h"

START_TEST(one_task)
{
	struct chip *chip = new_chip();

	one_add(chip, ADD_ENABLE);
	ck_assert_uint_eq(chip_status(chip, 0), 0xc0000000);
	ck_assert(!rke_npu_irq(chip->npu, 0));
	chip_run(chip, 0, LISTS, ADD_WORDS, 1, 0x300);
	ck_assert_msg(rke_npu_irq(chip->npu, 0), "%s", rke_npu_why(chip->npu, 0));
	ck_assert_ptr_null(rke_npu_why(chip->npu, 0));
	ck_assert_uint_eq(chip_status(chip, 0), 0xc0000100);
	ck_assert_uint_eq(chip_counter(chip, 0), 1);
	ck_assert_uint_eq(result(chip, 4), THREE);
	/* The mask hides, clearing clears, each bit by itself. */
	rke_npu_write(chip->npu, 0, RKR_REG_PC_INTERRUPT_MASK, 0x200);
	ck_assert(!rke_npu_irq(chip->npu, 0));
	ck_assert_uint_eq(rke_npu_read(chip->npu, 0, RKR_REG_PC_INTERRUPT_RAW_STATUS), 0xc0000100);
	rke_npu_write(chip->npu, 0, RKR_REG_PC_INTERRUPT_CLEAR, 0x1feff);
	ck_assert_uint_eq(rke_npu_read(chip->npu, 0, RKR_REG_PC_INTERRUPT_RAW_STATUS), 0xc0000100);
	rke_npu_write(chip->npu, 0, RKR_REG_PC_INTERRUPT_CLEAR, 0x1ffff);
	ck_assert_uint_eq(rke_npu_read(chip->npu, 0, RKR_REG_PC_INTERRUPT_RAW_STATUS), 0xc0000000);
	/* Group 1 is next. */
	ck_assert_uint_eq(rke_npu_read(chip->npu, 0, RKR_REG_DPU_S_POINTER), 0x1000f);
	ck_assert_uint_eq(rke_npu_read(chip->npu, 0, RKR_REG_DPU_S_STATUS), 0);
	/* Nothing is left to do, and the other cores did nothing. */
	ck_assert_uint_eq(rke_npu_run(chip->npu, 0), 0);
	ck_assert_uint_eq(chip_counter(chip, 1), 0);
	ck_assert_uint_eq(chip_status(chip, 2), 0xc0000000);
	chip_free(chip);
}
END_TEST

START_TEST(chain_of_overlays)
{
	struct chip *chip = new_chip();

	overlays(chip, 0);
	chip_run(chip, 1, LISTS, ADD_WORDS, 4, 0x300);
	ck_assert_msg(rke_npu_irq(chip->npu, 1), "%s", rke_npu_why(chip->npu, 1));
	ck_assert_uint_eq(chip_status(chip, 1), 0xc0000300);
	ck_assert_uint_eq(chip_counter(chip, 1), 4);
	ck_assert_uint_eq(result(chip, 4), FOUR);
	ck_assert_uint_eq(result(chip, 5), 0x4500);
	ck_assert_uint_eq(result(chip, 6), FOUR);
	ck_assert_uint_eq(result(chip, 7), 0x4500);
	chip_free(chip);
}
END_TEST

START_TEST(task_number_ends_a_chain)
{
	struct chip *chip = new_chip();

	overlays(chip, LIST(0));
	chip_run(chip, 0, LISTS, ADD_WORDS, 3, 0x300);
	ck_assert(rke_npu_irq(chip->npu, 0));
	ck_assert_uint_eq(chip_counter(chip, 0), 3);
	ck_assert_uint_eq(result(chip, 6), FOUR);
	ck_assert_uint_eq(result(chip, 7), 0);
	/* A new job counts anew. */
	chip_run(chip, 0, LISTS, ADD_WORDS, 1, 0x300);
	ck_assert_uint_eq(chip_counter(chip, 0), 1);
	chip_free(chip);
}
END_TEST

START_TEST(zero_link_ends_a_chain)
{
	struct chip *chip = new_chip();

	overlays(chip, 0);
	chip_run(chip, 0, LISTS, ADD_WORDS, 9, 0x300);
	ck_assert(rke_npu_irq(chip->npu, 0));
	ck_assert_uint_eq(chip_counter(chip, 0), 4);
	chip_free(chip);
}
END_TEST

START_TEST(op_enable_ends_a_list)
{
	struct chip *chip = new_chip();
	struct writer w = one_add(chip, ADD_ENABLE);

	/* What follows is fetched by amounts that are too long, and must not be done. */
	put(&w, DPU, OPERAND(5), 0x4020);
	put(&w, 0x0081, ADD_ENABLE, 8);
	chip_run(chip, 0, LISTS, 0x8000, 1, 0x300);
	ck_assert(rke_npu_irq(chip->npu, 0));
	ck_assert_uint_eq(result(chip, 4), THREE);
	ck_assert_uint_eq(result(chip, 5), 0);
	ck_assert_uint_eq(chip->faults, 0);
	chip_free(chip);
}
END_TEST

START_TEST(words_without_effect)
{
	struct chip *chip = new_chip();
	struct writer w = { chip, LISTS, 0 };

	put(&w, 0, 0, 0);
	put(&w, 0x0001, OPERAND(5), 0x4020);
	put_add(&w, OPERAND(0), OPERAND(1), OPERAND(4));
	/* Of another block than the target's, and of none. */
	put(&w, RDMA, OPERAND(5), 0x4020);
	put(&w, 0x0401, 1, 0x2000);
	put(&w, 0x0101, 0, 0x3c);
	/* Without marker, link and amount. */
	put(&w, 0x0081, ADD_ENABLE, 8);
	chip_run(chip, 0, LISTS, w.words, 1, 0x300);
	ck_assert_msg(rke_npu_irq(chip->npu, 0), "%s", rke_npu_why(chip->npu, 0));
	ck_assert_uint_eq(result(chip, 4), THREE);
	chip_free(chip);
}
END_TEST

START_TEST(data_that_is_not_mapped)
{
	struct chip *chip = new_chip();
	struct writer w = { chip, LISTS, 0 };

	put_add(&w, 0x30000000, OPERAND(1), OPERAND(4));
	put_tail(&w, 0, 0, ADD_ENABLE);
	chip_run(chip, 0, LISTS, ADD_WORDS, 1, 0x300);
	ck_assert(rke_npu_irq(chip->npu, 0));
	ck_assert_uint_eq(result(chip, 4), TWO);
	ck_assert_uint_gt(chip->faults, 0);
	ck_assert_uint_eq(chip->fault_iova, 0x30000000);
	chip_free(chip);
}
END_TEST

/* A core's list that asks for the others: what they write before theirs is there to be read after it. */
START_TEST(cores_wait_for_each_other)
{
	struct chip *chip = new_chip();
	const uint32_t wait = _i ? 1u << 16 : 0;
	uint64_t ns[RKE_CORES] = { 0 };

	/* Core 0: 4 = 0 + 1, then 6 = 5 + 0. Core 1: 5 = 2 + 0, then 7 = 4 + 0. */
	for (uint32_t core = 0; core < 2; core++) {
		struct writer w = { chip, LISTS + core * 0x1000, 0 };

		put_add(&w, OPERAND(core ? 2 : 0), OPERAND(core ? 0 : 1), OPERAND(4 + core));
		put_tail(&w, LISTS + core * 0x1000 + 0x400, wait | ((ADD_WORDS + 5) / 2 - 1), ADD_ENABLE);
		w = (struct writer){ chip, LISTS + core * 0x1000 + 0x400, 0 };
		put_add(&w, OPERAND(5 - core), OPERAND(0), OPERAND(6 + core));
		put_tail(&w, 0, 0, ADD_ENABLE);
		chip_start(chip, core, LISTS + core * 0x1000, ADD_WORDS, 2, 0x300);
	}
	rke_npu_run_together(chip->npu, 3, ns);
	for (unsigned core = 0; core < 2; core++) {
		ck_assert_msg(rke_npu_irq(chip->npu, core), "%s", rke_npu_why(chip->npu, core));
		ck_assert_uint_eq(chip_counter(chip, core), 2);
		ck_assert_uint_gt(ns[core], 0);
	}
	ck_assert_uint_eq(result(chip, 4), THREE);
	ck_assert_uint_eq(result(chip, 5), FOUR);
	/* Without it core 0 reads what core 1 has not written yet. */
	ck_assert_uint_eq(result(chip, 6), _i ? 0x4500 : ONE);
	ck_assert_uint_eq(result(chip, 7), FOUR);
	chip_free(chip);
}
END_TEST

START_TEST(base_is_added_to_data_alone)
{
	struct chip *chip = new_chip();
	struct writer w = { chip, LISTS, 0 };

	put_add(&w, OPERAND(0) - MEMORY, OPERAND(1) - MEMORY, OPERAND(4) - MEMORY);
	put_tail(&w, 0, 0, ADD_ENABLE);
	rke_npu_write(chip->npu, 0, RKR_REG_PC_BASE_ADDRESS, LISTS);
	rke_npu_write(chip->npu, 0, RKR_REG_PC_REGISTER_AMOUNTS, 12);
	rke_npu_write(chip->npu, 0, RKR_REG_PC_TASK_CON, 0x7001);
	rke_npu_write(chip->npu, 0, RKR_REG_PC_TASK_DMA_BASE_ADDR, MEMORY);
	rke_npu_write(chip->npu, 0, RKR_REG_PC_OPERATION_ENABLE, 1);
	rke_npu_run(chip->npu, 0);
	ck_assert_uint_eq(result(chip, 4), THREE);
	chip_free(chip);
}
END_TEST

START_TEST(registers_by_mmio)
{
	/* Slave mode: no list, each register and each op-enable by itself. */
	struct chip *chip = new_chip();
	struct writer w = one_add(chip, ADD_ENABLE);

	rke_npu_write(chip->npu, 0, RKR_REG_PC_BASE_ADDRESS, 1);
	for (uint32_t i = 2; i < ADD_WORDS; i++) {
		uint64_t word;

		memcpy(&word, chip_at(chip, w.at + i * 8, 8), sizeof(word));
		rke_npu_write(chip->npu, 0, word & 0xffff, (uint32_t)(word >> 16));
		ck_assert_uint_eq(rke_npu_read(chip->npu, 0, word & 0xffff), (uint32_t)(word >> 16));
	}
	/* PC's own starts nothing. */
	rke_npu_write(chip->npu, 0, RKR_REG_PC_OPERATION_ENABLE, 1);
	rke_npu_run(chip->npu, 0);
	ck_assert_uint_eq(result(chip, 4), 0);
	rke_npu_write(chip->npu, 0, RKR_REG_DPU_OPERATION_ENABLE, 1);
	rke_npu_run(chip->npu, 0);
	ck_assert_uint_eq(rke_npu_read(chip->npu, 0, RKR_REG_DPU_S_STATUS), 2);
	rke_npu_write(chip->npu, 0, RKR_REG_DPU_RDMA_RDMA_OPERATION_ENABLE, 1);
	rke_npu_run(chip->npu, 0);
	ck_assert_uint_eq(result(chip, 4), THREE);
	ck_assert_uint_eq(rke_npu_read(chip->npu, 0, RKR_REG_PC_INTERRUPT_RAW_STATUS), 0xc0000100);
	chip_free(chip);
}
END_TEST

START_TEST(pointers)
{
	struct chip *chip = new_chip();
	struct rke_npu *npu = chip->npu;

	/* Without ping-pong the pointer is what was written; each group has its own value. */
	rke_npu_write(npu, 0, RKR_REG_DPU_S_POINTER, 1);
	rke_npu_write(npu, 0, RKR_REG_DPU_DST_BASE_ADDR, 0x111);
	rke_npu_write(npu, 0, RKR_REG_DPU_S_POINTER, 0);
	ck_assert_uint_eq(rke_npu_read(npu, 0, RKR_REG_DPU_DST_BASE_ADDR), 0);
	rke_npu_write(npu, 0, RKR_REG_DPU_DST_BASE_ADDR, 0x222);
	rke_npu_write(npu, 0, RKR_REG_DPU_S_POINTER, 1);
	ck_assert_uint_eq(rke_npu_read(npu, 0, RKR_REG_DPU_DST_BASE_ADDR), 0x111);
	/* With it, writing leaves it alone; clearing does not. */
	rke_npu_write(npu, 0, RKR_REG_DPU_S_POINTER, 0xe);
	ck_assert_uint_eq(rke_npu_read(npu, 0, RKR_REG_DPU_S_POINTER), 0xf);
	rke_npu_write(npu, 0, RKR_REG_DPU_S_POINTER, 0x3e);
	ck_assert_uint_eq(rke_npu_read(npu, 0, RKR_REG_DPU_S_POINTER), 0xe);
	/* Nothing is where no block is, nor beyond a core. */
	rke_npu_write(npu, 0, 0x2004, 7);
	rke_npu_write(npu, 0, 0x12345678, 7);
	ck_assert_uint_eq(rke_npu_read(npu, 0, 0x2004), 0);
	ck_assert_uint_eq(rke_npu_read(npu, 0, 0x12345678), 0);
	chip_free(chip);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("emu-pc");
	TCase *lists = tcase_create("lists");
	TCase *blocks = tcase_create("blocks");

	tcase_add_test(lists, one_task);
	tcase_add_test(lists, chain_of_overlays);
	tcase_add_test(lists, task_number_ends_a_chain);
	tcase_add_test(lists, zero_link_ends_a_chain);
	tcase_add_test(lists, op_enable_ends_a_list);
	tcase_add_test(lists, words_without_effect);
	tcase_add_test(lists, data_that_is_not_mapped);
	tcase_add_loop_test(lists, cores_wait_for_each_other, 0, 2);
	suite_add_tcase(suite, lists);

	tcase_add_test(blocks, base_is_added_to_data_alone);
	tcase_add_test(blocks, registers_by_mmio);
	tcase_add_test(blocks, pointers);
	suite_add_tcase(suite, blocks);
	return test_main(suite);
}
