/* SPDX-License-Identifier: MIT */
#ifndef RKR_MODEL_SUBMIT_H
#define RKR_MODEL_SUBMIT_H

/*
 * How the driver (0.9.8) takes a submit: which core, which of the submit's
 * slots that core reads, what is refused and how late. Pure functions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model-abi.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/** Core masks are three bits [source]. */
#define RKR_CORE_MASK_ALL 0x7u

/** Tasks that one commit can run: the PC counts 12 bits, and the driver cuts at one less [source]. */
#define RKR_TASKS_PER_COMMIT 4095u

/** Whether the driver can commit to exactly these cores: 1, 2, 4, 3 and 7 [source]. */
bool
rkr_core_mask_committable(uint32_t mask);

/**
 * The core that the driver picks for mask 0: the one with the least tasks
 * outstanding, of several the lowest [source]. Idle: core 0.
 */
unsigned
rkr_core_pick(const uint32_t outstanding[RKR_NPU_CORES]);

/**
 * The mask that a job has once it is scheduled: never 0. The driver writes it
 * back to the caller and prints it [source], so that a log or trace of a
 * commit shows 1, 2 or 4 where the caller had left the choice to it.
 */
uint32_t
rkr_core_mask_scheduled(uint32_t mask, const uint32_t outstanding[RKR_NPU_CORES]);

/** Cores in a mask: use_core_num. */
unsigned
rkr_core_count(uint32_t mask);

/** The core whose interrupt ends the job, or -EINVAL if the mask cannot be committed [source]. */
int
rkr_core_wait(uint32_t mask);

/**
 * Which subcore_task slot a core reads: its own of one or two cores, two
 * further on of three, so that one header can hold both [source].
 *
 * @return -EINVAL if the core is not in the mask or the mask cannot be committed
 */
int
rkr_subcore_index(uint32_t mask, unsigned core);

/** Consecutive rows of the task table. */
struct rkr_slice {
	uint32_t start;
	uint32_t number;
};

/**
 * The tasks that a core runs in its @round-th commit of a job: at most 4095
 * at a time [source]. A slot without tasks gives a slice without tasks.
 *
 * @return 0, -EINVAL as rkr_subcore_index(), or -ERANGE past the last round
 */
int
rkr_subcore_slice(const struct rkr_abi_submit *submit, uint32_t mask, unsigned core, uint32_t round,
		  struct rkr_slice *ret_slice);

/** What is wrong with the slots that the cores of a mask would read. */
enum rkr_slots {
	RKR_SLOTS_OK,
	RKR_SLOTS_MASK,  /**< the mask cannot be committed */
	RKR_SLOTS_EMPTY, /**< a slot has no task: the driver reads the one before the table [source] */
	RKR_SLOTS_RANGE, /**< tasks past the table's end, which the driver does not check [source] */
};

/**
 * Judge the slots.
 *
 * @param mask      as scheduled
 * @param n_tasks   rows of the task table
 * @param ret_slot  which slot; untouched if all is well; may be NULL
 */
enum rkr_slots
rkr_submit_slots(const struct rkr_abi_submit *submit, uint32_t mask, uint64_t n_tasks, int *ret_slot);

/** Messages of the driver, in the kernel log. */
enum rkr_klog {
	RKR_KLOG_JOB,            /**< "job: ..., wait_count: ..." */
	RKR_KLOG_FAILED_TO_WAIT, /**< "failed to wait job, ..." */
	RKR_KLOG_COMMIT_FAILED,  /**< "job commit failed" */
	RKR_KLOG_JOB_TIMEOUT,    /**< "job timeout, flags: ..." */
	RKR_KLOG_CORE_STATUS,    /**< "core N irq status: ..." */
	RKR_KLOG_SOFT_RESET,     /**< "soft reset, num: ..." */
	RKR_KLOG_RESET_BYPASSED, /**< "bypass soft reset" */
	RKR_KLOG_JOB_ABORT,      /**< "job abort, flags: ..." */
	RKR_KLOG_TASK_NUMBER,    /**< "invalid rknpu task number!" */
	RKR_KLOG_CORE_MASK,      /**< "invalid rknpu core mask: ..." */
	RKR_KLOG_UNKNOWN_MASK,   /**< "Unknown core mask: ..." */
	RKR_KLOG_DOMAIN,         /**< "failed to switch iommu domain, ..." */
	RKR_KLOG_INVALID_IRQ,    /**< "invalid irq status: ..." */
};

/** What becomes of a submit by the struct alone, on hardware that does what it is told. */
enum rkr_submit_fate {
	RKR_FATE_RUNS,
	RKR_FATE_NO_TASKS,       /**< task_number is 0 */
	RKR_FATE_BAD_MASK,       /**< core_mask above 7 */
	RKR_FATE_NOT_PC,         /**< without the PC flag */
	RKR_FATE_UNKNOWN_MASK,   /**< core_mask 5 or 6 */
	RKR_FATE_NO_TASK_OBJECT, /**< task_obj_addr is 0 */
	RKR_FATE_BAD_DOMAIN,     /**< IOMMU domain 16 or more */
};

#define RKR_FATE_KLOG_MAX 4

/** How a fate shows. */
struct rkr_fate_desc {
	enum rkr_submit_fate fate;
	int ret;           /**< 0 or negative errno */
	uint8_t timeouts;  /**< how many times the submit's timeout pass first */
	uint16_t extra_ms; /**< and this */
	uint8_t n_klog;
	enum rkr_klog klog[RKR_FATE_KLOG_MAX];
};

/**
 * The fate of a submit. Of several, the one that comes first: those without a delay are [source],
 * the order of the rest is [inferred].
 */
const struct rkr_fate_desc *
rkr_submit_fate(const struct rkr_abi_submit *submit);

/** Whether the driver waits for the job before it returns. */
static inline bool
rkr_submit_blocks(uint32_t flags)
{
	return !(flags & RKR_SUBMIT_NONBLOCK);
}

/** Timeouts are multiplied to microseconds in 32 bits, unchecked [source]: the largest that does not wrap. */
#define RKR_TIMEOUT_MS_MAX (UINT32_MAX / 1000)

RKR_END_DECLS

#endif
