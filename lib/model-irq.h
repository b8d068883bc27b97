/* SPDX-License-Identifier: MIT */
#ifndef RKR_MODEL_IRQ_H
#define RKR_MODEL_IRQ_H

/*
 * Interrupts of a core: what the bits mean, what the driver (0.9.8) takes for
 * the end of a job, and what a status that stands still says. Pure functions.
 */

#include <stdbool.h>
#include <stdint.h>

#include "visibility.h"

RKR_BEGIN_DECLS

/** Bits of INT_STATUS and INT_RAW_STATUS, in pairs of two register groups [TRM]. */
enum rkr_int {
	RKR_INT_CNA_FEATURE = 0x3,
	RKR_INT_CNA_WEIGHT = 0xc,
	RKR_INT_CNA_CSC = 0x30,
	RKR_INT_CORE = 0xc0,
	RKR_INT_DPU = 0x300,
	RKR_INT_PPU = 0xc00,
	RKR_INT_DMA_READ_ERROR = 0x1000,
	RKR_INT_DMA_WRITE_ERROR = 0x2000,
};

/** The bits that have a name: the rest of a raw status tells nothing [TRM, captured]. */
#define RKR_INT_NAMED UINT32_C(0x3fff)

/**
 * What interrupt bit @bit says, e.g. "DPU group 1" [TRM]. NULL: no name is
 * known, and none above 13 is a failure's.
 */
const char *
rkr_int_name(unsigned bit);

/** Bits that end a task; errors are not among them, and so only ever show in the raw status. */
#define RKR_INT_DONE UINT32_C(0xfff)

/** What the driver clears after each interrupt [source]. */
#define RKR_INT_CLEAR_ALL UINT32_C(0x1ffff)

/** The raw status of a part that has done nothing: no error code [captured; a public model of the NPU]. */
#define RKR_INT_RAW_IDLE UINT32_C(0xc0000000)

/** Any bit of a pair stands for both; bits from 12 up are dropped [source]. */
uint32_t
rkr_int_fuzz(uint32_t status);

/** Whether the driver takes an interrupt for the end of the job: exact equality after the fuzz [source]. */
static inline bool
rkr_int_completes(uint32_t status, uint32_t int_mask)
{
	return rkr_int_fuzz(status) == int_mask;
}

/** Whether any status can complete a mask: 0x100 never does, 0x300 does [source]. */
static inline bool
rkr_int_mask_reachable(uint32_t int_mask)
{
	return int_mask != 0 && rkr_int_fuzz(int_mask) == int_mask;
}

/**
 * The mask that fits a task's op-enables: the block that ends it is the DPU
 * or the PPU [captured: all task rows; TRM]. 0: neither is enabled.
 */
uint32_t
rkr_int_mask_of_enables(uint32_t enable_mask);

/** What the driver does at an interrupt. */
enum rkr_irq_verdict {
	RKR_IRQ_NO_JOB,  /**< nothing runs: clear, start the next job, say nothing */
	RKR_IRQ_DONE,    /**< clear, end the job */
	RKR_IRQ_INVALID, /**< print, clear, wait on: the bits are lost, the job can no more be detached */
};

/** Judge an interrupt [source]. */
enum rkr_irq_verdict
rkr_irq_judge(bool has_job, uint32_t status, uint32_t int_mask);

/** What a job that timed out was doing, by its last counter and raw status. */
enum rkr_stall {
	RKR_STALL_NO_PROGRESS, /**< counter 0, no bit: no task ended, no block reported */
	RKR_STALL_IN_DPU,      /**< CNA or CORE bits, no DPU: the output side stands */
	RKR_STALL_IN_CHAIN,    /**< tasks ended, no bit left: more were asked for than came */
	RKR_STALL_LOST_IRQ,    /**< the last task's bits are in the raw status, no interrupt came */
	RKR_STALL_DMA_ERROR,   /**< a DMA read or write failed: an address that is not mapped */
	RKR_STALL_UNCLEAR,
};

/** Read a timeout's rows [inferred]. @int_mask is what the job required. */
enum rkr_stall
rkr_stall_read(uint32_t task_counter, uint32_t irq_status, uint32_t raw_status, uint32_t int_mask);

RKR_END_DECLS

#endif
