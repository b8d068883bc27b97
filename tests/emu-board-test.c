/* SPDX-License-Identifier: MIT */
/* Driver and NPU together: a sum of halves, as the smallest client of a board computes it. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu-common.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"

#define ELEMENTS 20

/* Registers of an fp16 add, one surface of 8 channels, ceil(n / 8) pixels wide [captured: a client's]. */
struct sum {
	struct emu_bo tasks, regcmd, a, b, out;
	struct rkr_abi_submit submit;
};

static struct sum
sum_new(struct emu *emu)
{
	struct sum sum = { .tasks = emu_bo(emu, 4096, 0x8),
			   .regcmd = emu_bo(emu, 4096, 0x403),
			   .a = emu_bo(emu, 4096, 0x403),
			   .b = emu_bo(emu, 4096, 0x403),
			   .out = emu_bo(emu, 4096, 0x403) };
	const uint32_t width = (ELEMENTS + 7) / 8 - 1;
	const struct {
		uint16_t target, offset;
		uint32_t value;
	} body[] = {
		{ 0x1001, RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e5 },
		{ 0x1001, RKR_REG_DPU_DATA_FORMAT, 0x48000002 },
		{ 0x1001, RKR_REG_DPU_DST_BASE_ADDR, (uint32_t)sum.out.dma },
		{ 0x1001, RKR_REG_DPU_DATA_CUBE_WIDTH, width },
		{ 0x1001, RKR_REG_DPU_DATA_CUBE_CHANNEL, 0x70007 },
		{ 0x1001, RKR_REG_DPU_EW_CFG, 0x108202c0 },
		{ 0x2001, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, width },
		{ 0x2001, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, 7 },
		{ 0x2001, RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x40000008 },
		{ 0x2001, RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, (uint32_t)sum.a.dma },
		{ 0x2001, RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, (uint32_t)sum.b.dma },
		{ 0x2001, RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x17849 },
		/* No tail: the op-enable alone. */
		{ 0x0081, RKR_REG_PC_OPERATION_ENABLE, 0x18 },
	};
	struct rkr_task task = { .int_mask = 0x300,
				 .int_clear = 0x1ffff,
				 .enable_mask = 0x18,
				 .regcfg_amount = RKR_ARRAY_LEN(body) + 1,
				 .regcmd_addr = sum.regcmd.dma };

	for (size_t i = 0; i < RKR_ARRAY_LEN(body); i++)
		((uint64_t *)sum.regcmd.memory)[i] =
			rkr_qword_encode(body[i].target, body[i].value, body[i].offset);
	rkr_task_encode(&task, sum.tasks.memory);
	/* 1 and 2 in fp16; and 3 and 5 of the smallest subnormals. */
	for (size_t i = 0; i < ELEMENTS; i++) {
		((uint16_t *)sum.a.memory)[i] = i == 7 ? 3 : 0x3c00;
		((uint16_t *)sum.b.memory)[i] = i == 7 ? 5 : 0x4000;
	}
	sum.submit = (struct rkr_abi_submit){ .flags = 5,
					      .timeout = 6000,
					      .task_number = 1,
					      .fence_fd = -1,
					      .task_obj_addr = sum.tasks.obj,
					      .subcore_task = { { 0, 1 }, { 1, 0 }, { 2, 0 } } };
	return sum;
}

static int
sum_run(struct emu *emu, const struct sum *sum, uint32_t flags)
{
	struct rkr_abi_submit submit = sum->submit;

	submit.flags = flags;
	memset(sum->out.memory, 0, sum->out.size);
	return emu_call(emu, RKR_IOCTL_SUBMIT, &submit);
}

static void
start(struct emu *emu, const char *fault)
{
	struct rke_board_options options = emu_options(emu);
	struct rke_fault parsed;

	options.make_hw = rke_hw_npu;
	if (fault) {
		ck_assert_int_eq(rke_fault_parse(fault, &parsed), 0);
		options.faults = &parsed;
		options.n_faults = 1;
	}
	emu_start(emu, &options);
}

static void
sum_check(const struct sum *sum)
{
	for (size_t i = 0; i < ELEMENTS; i++)
		ck_assert_uint_eq(((uint16_t *)sum->out.memory)[i], i == 7 ? 8 : 0x4200);
}

START_TEST(a_sum_is_right)
{
	struct emu emu;
	struct rkr_task task;

	start(&emu, NULL);
	struct sum sum = sum_new(&emu);

	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(sum_run(&emu, &sum, 5), 0);
		sum_check(&sum);
		rkr_task_decode(sum.tasks.memory, &task);
		/* One register group or the other. */
		ck_assert_uint_ne(task.int_status & 0x300, 0);
		ck_assert_uint_eq(task.int_status & ~0x300u, 0);
	}
	ck_assert_str_eq(emu.log, "");
	emu_stop(&emu);
}
END_TEST

START_TEST(a_stall_is_reset)
{
	struct emu emu;

	start(&emu, "stall=2");
	struct sum sum = sum_new(&emu);

	ck_assert_int_eq(sum_run(&emu, &sum, 5), 0);
	ck_assert_int_eq(sum_run(&emu, &sum, 5), -ETIMEDOUT);
	/* Nothing was run. */
	for (size_t i = 0; i < ELEMENTS; i++)
		ck_assert_uint_eq(((uint16_t *)sum.out.memory)[i], 0);
	ck_assert_ptr_nonnull(
		strstr(emu.log, "raw status: 0xc0000000, require mask: 0x300, task counter: 0x0"));
	ck_assert_int_eq(sum_run(&emu, &sum, 5), 0);
	sum_check(&sum);
	emu_stop(&emu);
}
END_TEST

START_TEST(what_stands_is_named)
{
	struct emu emu;

	start(&emu, NULL);
	struct sum sum = sum_new(&emu);

	/* DPU alone: its reader is not started. */
	((uint64_t *)sum.regcmd.memory)[12] = rkr_qword_encode(0x0081, 0x8, RKR_REG_PC_OPERATION_ENABLE);
	ck_assert_int_eq(sum_run(&emu, &sum, 5), -ETIMEDOUT);
	ck_assert_msg(strstr(emu.log, "] rkreplay: core 0 stands: DPU waits for DPU_RDMA\n") != NULL, "%s",
		      emu.log);
	ck_assert_ptr_nonnull(strstr(emu.log, "] RKNPU: soft reset, num: 6\n"));
	emu_stop(&emu);
}
END_TEST

START_TEST(outputs_outside_are_dropped)
{
	struct emu emu;

	start(&emu, NULL);
	struct sum sum = sum_new(&emu);

	((uint64_t *)sum.regcmd.memory)[2] = rkr_qword_encode(0x1001, 0x20000000, RKR_REG_DPU_DST_BASE_ADDR);
	ck_assert_int_eq(sum_run(&emu, &sum, 5), -ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(emu.log, "iommu: Page fault at 0x0000000020000000 of type write\n"));
	/* Inputs outside are zeros, and nobody is told. */
	((uint64_t *)sum.regcmd.memory)[2] =
		rkr_qword_encode(0x1001, (uint32_t)sum.out.dma, RKR_REG_DPU_DST_BASE_ADDR);
	((uint64_t *)sum.regcmd.memory)[10] =
		rkr_qword_encode(0x2001, 0x20000000, RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR);
	emu_log_clear(&emu);
	ck_assert_int_eq(sum_run(&emu, &sum, 5), 0);
	ck_assert_uint_eq(((uint16_t *)sum.out.memory)[0], 0x3c00);
	ck_assert_str_eq(emu.log, "");
	emu_stop(&emu);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("emu-board");
	TCase *t = tcase_create("board");

	tcase_add_test(t, a_sum_is_right);
	tcase_add_test(t, a_stall_is_reset);
	tcase_add_test(t, what_stands_is_named);
	tcase_add_test(t, outputs_outside_are_dropped);
	suite_add_tcase(s, t);
	return test_main(s);
}
