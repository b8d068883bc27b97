/* SPDX-License-Identifier: MIT */
#ifndef TEST_EMU_COMMON_H
#define TEST_EMU_COMMON_H

/*
 * A board for tests of the driver's model, with an NPU that does hardly
 * anything: it counts tasks, raises bits, and stores one word per task.
 */

#include "lib/model-abi.h"
#include "lib/run.h"
#include "replay/emu/driver.h"
#include "tests/common.h"

/** How long the test NPU takes for a task, ns. */
#define TOY_TASK_NS 10000

struct emu {
	struct rke_board *board;
	struct rke_file *file;
	char *log; /**< all lines, each with its newline */
	size_t log_len, log_size;
};

/** A BO as its maker sees it. */
struct emu_bo {
	uint32_t handle;
	uint64_t size, obj, dma, offset;
	void *memory;
};

/** Options that make the test NPU and gather the log in @emu. */
struct rke_board_options
emu_options(struct emu *emu);

/** A board with an open file; options NULL: emu_options(). */
void
emu_start(struct emu *emu, const struct rke_board_options *options);

/** The same, with faults, each "NAME" or "NAME=ARG"; NULL ends them. */
void
emu_start_faults(struct emu *emu, const char *const *faults);

void
emu_stop(struct emu *emu);

/** An ioctl of the driver with its whole struct. */
int
emu_call(struct emu *emu, enum rkr_ioctl nr, void *arg);

/** Make and map a BO; fails the test if it cannot be. */
struct emu_bo
emu_bo(struct emu *emu, uint64_t size, uint32_t flags);

/** A job of @n tasks, chained, in a task BO and a regcmd BO. */
struct emu_job {
	struct emu_bo tasks, regcmd, output;
	struct rkr_abi_submit submit;
};

#define EMU_JOB_REUSE 0x1u   /**< the last task has WEIGHT_REUSE */
#define EMU_JOB_POINTER 0x2u /**< tasks write DPU.S_POINTER */

/** Make one that is right in all. Mask 1, flags 5, timeout 6000. */
struct emu_job
emu_job(struct emu *emu, uint32_t n, uint32_t what);

/** Submit a job's struct: it is as it was before, if it is wanted again. */
int
emu_submit(struct emu *emu, const struct emu_job *job, struct rkr_abi_submit *ret_submit);

/** Submit a job that is to run, and of which the log is to say nothing. */
void
emu_submit_well(struct emu *emu, const struct emu_job *job);

/** Forget the log so far. */
void
emu_log_clear(struct emu *emu);

/** The log without the time in front of each line and the token of each "job: ". To be freed. */
char *
emu_log_plain(const struct emu *emu);

/** Milliseconds that the board's clock moved since @before, rounded down. */
uint64_t
emu_ms_since(const struct emu *emu, uint64_t before);

/** What the driver says after each wait of a job for core 0, up to three times; emu_log_plain() has it so. */
#define EMU_WAITED(n, again)                                                                        \
	"RKNPU: job: P, mask: 0x1, job iommu domain id: 0, dev iommu domain id: 0, wait_count: " #n \
	", continue wait: " #again ", commit elapse time: "

#endif
