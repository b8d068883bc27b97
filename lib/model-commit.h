/* SPDX-License-Identifier: MIT */
#ifndef RKR_MODEL_COMMIT_H
#define RKR_MODEL_COMMIT_H

/*
 * What the driver (0.9.8) writes to a core's registers to start a job, and
 * what follows from it for the fetch of the regcmd. Pure functions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model-submit.h"
#include "run.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/** Bits of PC.TASK_CON above the number of tasks [source: written; TRM: names]. */
#define RKR_TASK_CON_PINGPONG 0x1000u /**< fetch the next task while one runs */
#define RKR_TASK_CON_START 0x6000u    /**< clear the task counter, and a reserved bit */

/** The task counter in PC.TASK_STATUS [source]. */
#define RKR_TASK_COUNTER_MASK 0xfffu

/** A register write. */
struct rkr_commit_write {
	uint16_t offset;
	uint32_t value;
};

#define RKR_COMMIT_WRITES 11

/** The writes of one core's commit, in order. */
struct rkr_commit {
	struct rkr_commit_write write[RKR_COMMIT_WRITES];
};

/**
 * The commit of a slice of a task table to one core [source].
 *
 * Of the tasks the driver reads the first one's regcmd_addr, regcfg_amount
 * and int_mask, and the last one's int_mask; all else in the table is for
 * nobody. INT_CLEAR gets the first int_mask, not int_clear.
 *
 * @param n_tasks         rows of @tasks
 * @param slice           of the table, at most 4095 tasks
 * @param flags           of the submit
 * @param task_base_addr  of the submit
 * @return 0, or -ERANGE: no tasks, more than 4095, or rows past the table.
 *         (The driver reads past the table then.)
 */
int
rkr_commit_make(const struct rkr_task *tasks, size_t n_tasks, struct rkr_slice slice, unsigned core,
		uint32_t flags, uint64_t task_base_addr, struct rkr_commit *ret_commit);

/**
 * The same of the two tasks that count, for who knows no more than these: a
 * trace of the commit.
 *
 * @param number  tasks from @first to @last: 1 to 4095
 */
void
rkr_commit_of(const struct rkr_task *first, const struct rkr_task *last, uint32_t number, unsigned core,
	      uint32_t flags, uint64_t task_base_addr, struct rkr_commit *ret_commit);

/** The last value that a commit writes to a register. False: none. */
bool
rkr_commit_value(const struct rkr_commit *commit, uint16_t offset, uint32_t *ret_value);

/**
 * PC.REGISTER_AMOUNTS for a first task of this regcfg_amount: the tail is added, as 128-bit beats
 * minus one [source].
 */
static inline uint32_t
rkr_commit_amount(uint32_t regcfg_amount)
{
	return (regcfg_amount + 4 + 2 - 1) / 2 - 1;
}

/**
 * Regcmd words that the PC reads for this PC.REGISTER_AMOUNTS; its high half does not count [TRM,
 * captured].
 */
static inline uint64_t
rkr_commit_fetch_words(uint32_t amounts)
{
	return 2 * ((uint64_t)(amounts & 0xffff) + 1);
}

/** Alignment of a regcmd: the low bits of PC.BASE_ADDRESS are no address, bit 0 turns the PC off [TRM]. */
#define RKR_REGCMD_ADDR_ALIGN 16

/** What is wrong with where a task's regcmd is. */
enum rkr_regcmd_addr {
	RKR_REGCMD_ADDR_OK,
	RKR_REGCMD_ADDR_HIGH, /**< above 4 GiB: the driver cuts it to 32 bits [source] */
	RKR_REGCMD_ADDR_UNALIGNED,
	RKR_REGCMD_ADDR_OUTSIDE, /**< the fetch leaves the BO */
};

/**
 * Judge a task's regcmd address.
 *
 * @param bo_left  bytes from the address to the end of its BO; 0: in no BO
 */
enum rkr_regcmd_addr
rkr_regcmd_addr_judge(const struct rkr_task *task, uint64_t bo_left);

RKR_END_DECLS

#endif
