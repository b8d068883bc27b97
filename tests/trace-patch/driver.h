/* SPDX-License-Identifier: MIT */
#ifndef TEST_TRACE_PATCH_DRIVER_H
#define TEST_TRACE_PATCH_DRIVER_H

/* What the stand-in and the patch need of a kernel: registers in memory, and a log on standard output. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define __iomem

#define RKNPU_OFFSET_PC_OP_EN 0x8
#define RKNPU_OFFSET_PC_DATA_ADDR 0x10
#define RKNPU_OFFSET_INT_MASK 0x20
#define RKNPU_OFFSET_INT_CLEAR 0x24
#define RKNPU_OFFSET_INT_STATUS 0x28
#define RKNPU_INT_CLEAR 0x1ffff

struct rknpu_subcore_task {
	int task_start;
	int task_number;
};

struct rknpu_submit {
	unsigned int flags;
	unsigned int core_mask;
	int task_start;
	int task_number;
	uint64_t task_base_addr;
	struct rknpu_subcore_task subcore_task[5];
};

struct rknpu_task {
	unsigned int enable_mask, int_mask, regcfg_amount;
	uint64_t regcmd_addr;
};

struct rknpu_config {
	int num_irqs;
};

struct rknpu_device;

struct rknpu_job {
	struct rknpu_device *rknpu_dev;
	struct rknpu_submit *args;
	struct rknpu_task *tasks, *first_task, *last_task;
	unsigned int flags;
	int use_core_num, ret;
	int submit_count[3];
	unsigned int int_mask[3];
};

struct rknpu_device {
	const struct rknpu_config *config;
	void *base[3];
	struct rknpu_job *job[3];
};

/* Three cores of 64 KiB. */
static unsigned int registers[3 * 0x10000 / 4];

static unsigned int
readl(const void *address)
{
	return registers[(uintptr_t)address / 4];
}

static void
rknpu_set_status(unsigned int status)
{
	registers[RKNPU_OFFSET_INT_STATUS / 4] = status;
}

#define REG_READ(offset) readl((char *)rknpu_core_base + (offset))
#define REG_WRITE(value, offset) \
	(registers[((uintptr_t)rknpu_core_base + (offset)) / 4] = (unsigned int)(value))
#define LOG_ERROR(...) printf("[   12.345678] RKNPU: " __VA_ARGS__)

static unsigned int
rknpu_fuzz_status(unsigned int status)
{
	return status & 0x300 ? 0x300 : status;
}

static void
rknpu_soft_reset(const struct rknpu_device *dev)
{
	LOG_ERROR("soft reset, num: %d\n", dev->config->num_irqs);
}

static void
rknpu_job_done(struct rknpu_job *job, int ret, int core)
{
	job->submit_count[core] = 0;
	job->ret = ret;
}

#endif
