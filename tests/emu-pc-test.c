/* SPDX-License-Identifier: MIT */
/* PC and register groups: lists, chains, overlays, interrupts, and what makes a core stop. */
#include "config.h"

#include <inttypes.h>

#include "tests/emu-chip.h"

#define MEMORY 0x10000000u
#define SIZE 0x40000u
#define LISTS (MEMORY + 0x1000)
#define DATA (MEMORY + 0x10000)
#define ATOM 16

/* Values of fp16. */
#define ONE 0x3c00
#define TWO 0x4000
#define THREE 0x4200
#define FOUR 0x4400

#define CNA 0x0201
#define CORE 0x0801
#define DPU 0x1001
#define RDMA 0x2001
#define ADD_ENABLE 0x18

/** A list that is being written. */
struct writer {
	struct chip *chip;
	uint32_t at;
	uint32_t words;
};

static void
put(struct writer *w, unsigned target, uint32_t value, unsigned offset)
{
	uint64_t word = (uint64_t)target << 48 | (uint64_t)value << 16 | offset;
	void *to = chip_at(w->chip, w->at + w->words++ * 8, 8);

	ck_assert_ptr_nonnull(to);
	memcpy(to, &word, sizeof(word));
}

/* Link, amount, marker, op-enable. */
static void
put_tail(struct writer *w, uint32_t next, uint32_t amount, uint32_t enable)
{
	put(w, next ? 0x0101 : 0, next, next ? 0x10 : 0);
	put(w, 0x0101, amount, 0x14);
	put(w, 0x0041, 0, 0);
	put(w, 0x0081, enable, 8);
}

/* The body of an addition of one atom. */
static void
put_add(struct writer *w, uint32_t a, uint32_t b, uint32_t to)
{
	put(w, DPU, 0xe, 0x4004);
	put(w, RDMA, 0xe, 0x5004);
	put(w, DPU, 0x1e5, 0x400c);
	put(w, DPU, 0x48000002, 0x4010);
	put(w, DPU, to, 0x4020);
	put(w, DPU, 0, 0x4030);
	put(w, DPU, 0, 0x4034);
	put(w, DPU, 0x70007, 0x403c);
	put(w, DPU, 0x108202c0, 0x4070);
	put(w, RDMA, 0, 0x500c);
	put(w, RDMA, 0, 0x5010);
	put(w, RDMA, 7, 0x5014);
	put(w, RDMA, a, 0x5018);
	put(w, RDMA, 0x40000008, 0x5034);
	put(w, RDMA, b, 0x5038);
	put(w, RDMA, 0x17849, 0x5044);
}

static struct chip *
fill_chip(struct chip *chip)
{
	chip_memory(chip, MEMORY, SIZE);
	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < 8; k++) {
			const uint16_t v = i == 0 ? ONE : i == 1 ? TWO : i == 2 ? THREE : FOUR;

			memcpy(chip_at(chip, DATA + i * ATOM + k * 2, 2), &v, sizeof(v));
		}
	return chip;
}

static struct chip *
new_chip(void)
{
	return fill_chip(chip_new());
}

/* Operands 0 to 3 are 1 to 4; results go to 4 and on. */
#define OPERAND(i) (DATA + (uint32_t)(i)*ATOM)

static unsigned
result(const struct chip *chip, unsigned i)
{
	uint16_t v[8];

	memcpy(v, chip_at(chip, OPERAND(i), ATOM), sizeof(v));
	for (unsigned k = 1; k < 8; k++)
		ck_assert_uint_eq(v[k], v[0]);
	return v[0];
}

#define ADD_WORDS 16

/* One list that adds operands 0 and 1 into 4. */
static struct writer
one_add(struct chip *chip, uint32_t enable)
{
	struct writer w = { chip, LISTS, 0 };

	put_add(&w, OPERAND(0), OPERAND(1), OPERAND(4));
	put_tail(&w, 0, 0, enable);
	return w;
}

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

/* Where list @i of a chain is. */
#define LIST(i) (LISTS + (uint32_t)(i)*0x200)

/* Lists 0 and 1 are whole; 2 and 3 only say where the result goes, and so add what 0 and 1 did. */
static void
overlays(struct chip *chip, uint32_t last_next)
{
	for (unsigned i = 0; i < 4; i++) {
		struct writer w = { chip, LIST(i), 0 };

		if (i < 2) {
			put_add(&w, OPERAND(i), OPERAND(2), OPERAND(4 + i));
		} else {
			put(&w, DPU, 0xe, 0x4004);
			put(&w, RDMA, 0xe, 0x5004);
			put(&w, DPU, OPERAND(4 + i), 0x4020);
		}
		put_tail(&w, i < 3 ? LIST(i + 1) : last_next, 0x20000u | 12, ADD_ENABLE);
	}
}

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

	/* The second list has no end. What the first one raised is not the next job's, which runs on group 1. */
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

/* A window of one pixel, whose 65535 channels are the first of 2047 pixels each: 500 GB of lines to be read. */
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

START_TEST(pool_fed_by_dpu_is_not_modelled)
{
	struct chip *chip = new_chip();

	one_add(chip, ADD_ENABLE | 0x20);
	chip_run(chip, 0, LISTS, ADD_WORDS, 1, 0xf00);
	check_stalled(chip, 0, "not modelled: PPU.OPERATION_MODE_CFG.FLYING_MODE");
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
	TCase *stalls = tcase_create("stalls");
	TCase *blocks = tcase_create("blocks");

	tcase_add_test(lists, one_task);
	tcase_add_test(lists, chain_of_overlays);
	tcase_add_test(lists, task_number_ends_a_chain);
	tcase_add_test(lists, zero_link_ends_a_chain);
	tcase_add_test(lists, op_enable_ends_a_list);
	tcase_add_test(lists, words_without_effect);
	suite_add_tcase(suite, lists);

	tcase_add_loop_test(stalls, blocks_wait_for_what_feeds_them, 0, (int)RKR_ARRAY_LEN(unfed));
	tcase_add_test(stalls, disabled_reader);
	tcase_add_test(stalls, second_task_stalls);
	tcase_add_test(stalls, a_job_that_stopped_leaves_no_interrupt);
	tcase_add_test(stalls, list_without_op_enable);
	tcase_add_test(stalls, list_that_is_not_mapped);
	tcase_add_test(stalls, data_that_is_not_mapped);
	tcase_add_test(stalls, not_modelled_is_named);
	tcase_add_test(stalls, a_chain_without_end_is_given_up);
	tcase_add_test(stalls, lines_without_end_are_refused);
	tcase_add_test(stalls, not_modelled_is_let_pass);
	tcase_add_loop_test(stalls, cores_wait_for_each_other, 0, 2);
	tcase_add_test(stalls, pool_fed_by_dpu_is_not_modelled);
	tcase_add_test(stalls, groups_out_of_step);
	suite_add_tcase(suite, stalls);

	tcase_add_test(blocks, base_is_added_to_data_alone);
	tcase_add_test(blocks, registers_by_mmio);
	tcase_add_test(blocks, pointers);
	suite_add_tcase(suite, blocks);
	return test_main(suite);
}
