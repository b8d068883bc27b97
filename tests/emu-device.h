/* SPDX-License-Identifier: MIT */
#ifndef TEST_EMU_DEVICE_H
#define TEST_EMU_DEVICE_H

/* A whole emulated board, driver and NPU, and runs and streams to be played on it by the driver's calls. */

#include <stddef.h>
#include <stdint.h>

#include "lib/run.h"
#include "tests/emu-common.h"

/** A board with the NPU, and an open file. Stop it with emu_stop(). */
void
device_start(struct emu *emu);

/** A run's BOs on a board. */
struct device_run {
	struct rkr_run *run; /**< as it is there: addresses are those of the BOs */
	struct emu_bo *bo;   /**< in the order of the run's */
	size_t n_bos;
	struct rkr_abi_submit submit; /**< that of the run, made for the board; all 0 if it has none */
};

/**
 * Make the BOs of a bound run, whose sizes are known, relocate the run to
 * them, and write what is known of their contents.
 */
void
device_load(struct emu *emu, const struct rkr_run *run, struct device_run *ret);

/** Its host memory goes; BOs stay the board's. */
void
device_unload(struct device_run *loaded);

/** The BO of this role. */
struct emu_bo *
device_bo(struct device_run *loaded, const char *role);

/** Fill a BO with fp16 from -@scale to @scale. */
void
device_fill(const struct emu_bo *bo, struct test_random *random, double scale);

/** Submit, and want it to be done without complaint. */
void
device_submit(struct emu *emu, const struct rkr_abi_submit *submit);

/** A submit of tasks @start to @start + @n - 1 of a table for one core, any. */
struct rkr_abi_submit
device_tasks(const struct emu_bo *table, uint32_t start, uint32_t n);

#endif
