/* SPDX-License-Identifier: MIT */
/*
 * A stand-in for a driver, to test the trace patch on: what the patch looks
 * for, by the same names and in the same structure, and nothing else. The
 * program runs a job that ends, one whose interrupt is invalid, and one that
 * is given up.
 */
#include "driver.h"

static int
rknpu_job_subcore_commit_pc(struct rknpu_job *job, int core_index)
{
	struct rknpu_device *rknpu_dev = job->rknpu_dev;
	struct rknpu_submit *args = job->args;
	struct rknpu_task *task_base = job->tasks, *first_task, *last_task;
	void __iomem *rknpu_core_base = rknpu_dev->base[core_index];
	int task_start = args->task_start, task_number = args->task_number, task_end, i;
	int submit_index = job->submit_count[core_index];

	if (!task_base) {
		job->ret = -1;
		return job->ret;
	}
	if (rknpu_dev->config->num_irqs > 1) {
		for (i = 0; i < rknpu_dev->config->num_irqs; i++) {
			if (i == core_index) {
				REG_WRITE((0xe + 0x10000000 * i), 0x1004);
				REG_WRITE((0xe + 0x10000000 * i), 0x3004);
			}
		}

		switch (job->use_core_num) {
		case 1:
			task_start = args->subcore_task[core_index].task_start;
			task_number = args->subcore_task[core_index].task_number;
			break;
		default:
			LOG_ERROR("Unknown use core num %d\n", job->use_core_num);
			break;
		}
	}
	task_end = task_start + task_number - 1;

	first_task = &task_base[task_start];
	last_task = &task_base[task_end];

	REG_WRITE(first_task->regcmd_addr, RKNPU_OFFSET_PC_DATA_ADDR);
	REG_WRITE(last_task->int_mask, RKNPU_OFFSET_INT_MASK);

	job->first_task = first_task;
	job->last_task = last_task;

	REG_WRITE(0x1, RKNPU_OFFSET_PC_OP_EN);
	REG_WRITE(0x0, RKNPU_OFFSET_PC_OP_EN);

	return 0;
}

static void
rknpu_job_abort(struct rknpu_job *job)
{
	struct rknpu_device *rknpu_dev = job->rknpu_dev;
	void __iomem *rknpu_core_base = 0;
	int i;

	LOG_ERROR("job timeout, flags: %#x:\n", job->flags);
	for (i = 0; i < rknpu_dev->config->num_irqs; i++) {
		if (job->args->core_mask & (1 << i)) {
			rknpu_core_base = rknpu_dev->base[i];
			LOG_ERROR("\tcore %d irq status: %#x\n", i, REG_READ(RKNPU_OFFSET_INT_STATUS));
		}
	}
	rknpu_soft_reset(rknpu_dev);
}

static int
rknpu_irq_handler(int irq, void *data, int core_index)
{
	struct rknpu_device *rknpu_dev = data;
	void __iomem *rknpu_core_base = rknpu_dev->base[core_index];
	struct rknpu_job *job = rknpu_dev->job[core_index];
	unsigned int status;

	if (!job) {
		REG_WRITE(RKNPU_INT_CLEAR, RKNPU_OFFSET_INT_CLEAR);
		return 1;
	}
	status = REG_READ(RKNPU_OFFSET_INT_STATUS);
	if (rknpu_fuzz_status(status) != job->int_mask[core_index]) {
		LOG_ERROR("invalid irq status: %#x\n", status);
		REG_WRITE(RKNPU_INT_CLEAR, RKNPU_OFFSET_INT_CLEAR);
		return 1;
	}
	REG_WRITE(RKNPU_INT_CLEAR, RKNPU_OFFSET_INT_CLEAR);
	rknpu_job_done(job, 0, core_index);
	return 1;
}

int
main(void)
{
	static struct rknpu_task tasks[] = {
		{ .regcmd_addr = 0xffed7800, .regcfg_amount = 108, .enable_mask = 0xd, .int_mask = 0x300 },
		{ .regcmd_addr = 0xffed7b80, .regcfg_amount = 108, .enable_mask = 0xd, .int_mask = 0x300 },
	};
	struct rknpu_config config = { .num_irqs = 3 };
	struct rknpu_submit args = {
		.flags = 5, .core_mask = 1, .task_number = 6, .subcore_task = { { 0, 2 }, { 0, 2 }, { 0, 2 } }
	};
	struct rknpu_job job = { .args = &args, .tasks = tasks, .use_core_num = 1, .int_mask = { 0x300 } };
	struct rknpu_device dev = { .config = &config,
				    .base = { (void *)0, (void *)0x10000, (void *)0x20000 } };

	job.rknpu_dev = &dev;
	dev.job[0] = &job;
	if (rknpu_job_subcore_commit_pc(&job, 0) != 0)
		return 1;
	rknpu_set_status(0x300);
	rknpu_irq_handler(0, &dev, 0);
	rknpu_set_status(0x1);
	rknpu_irq_handler(0, &dev, 0);
	rknpu_job_abort(&job);
	return 0;
}
