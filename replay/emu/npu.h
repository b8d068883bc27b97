/* SPDX-License-Identifier: MIT */
#ifndef RKE_NPU_H
#define RKE_NPU_H

/*
 * The hardware of the emulated board, as the driver sees it: registers,
 * interrupt lines, and memory through an IOMMU. It knows no driver, no file
 * and no clock of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Cores of an RK3588 NPU. [source: three MMIO ranges, core_mask 0x7] */
#define RKE_CORES 3

/** What an NPU is connected to. */
struct rke_bus {
	void *data;
	/**
	 * The memory behind an IOVA.
	 *
	 * @return the host's address of the byte at @iova, with *ret_len bytes
	 *         (1 to @len) that lie behind it in one piece; NULL: nothing is
	 *         mapped at @iova.
	 */
	void *(*map)(void *data, unsigned core, uint32_t iova, size_t len, bool write, size_t *ret_len);
	/**
	 * An access outside of what is mapped. A read gave zeros, a write was
	 * dropped. Told once per piece.
	 */
	void (*fault)(void *data, unsigned core, uint32_t iova, size_t len, bool write);
	/**
	 * A task whose mode is not computed here is over, without a result:
	 * its list was at @list, @why names the register. NULL: it stands.
	 */
	void (*unmodelled)(void *data, unsigned core, uint32_t list, const char *why);
};

struct rke_npu;

/** A NPU after power-on. 0 or -ENOMEM. @bus is copied. */
int
rke_npu_new(const struct rke_bus *bus, struct rke_npu **ret_npu);

void
rke_npu_free(struct rke_npu *npu);

/** What a read of a 32-bit register gives. @offset is from the core's MMIO base. Unknown registers read 0. */
uint32_t
rke_npu_read(const struct rke_npu *npu, unsigned core, uint32_t offset);

/** Write a 32-bit register. */
void
rke_npu_write(struct rke_npu *npu, unsigned core, uint32_t offset, uint32_t value);

/**
 * What a run may cost: lists of registers come from anybody, and a few words
 * ask for weeks. A unit is a product, a byte moved, or as much time. A run
 * that would cost more stops in front of the task that is too large, and says
 * so. The default, a quarter of 10^12, is that of the largest networks that
 * are known, several times over, and takes seconds to minutes.
 */
#define RKE_WORK_MAX (UINT64_C(1) << 38)

/** Let a run of a core cost no more than @work. */
void
rke_npu_limit(struct rke_npu *npu, uint64_t work);

/**
 * Let a core work until it has nothing left that can go on: all is done, a
 * block waits for what does not come, or the list ends without an op-enable.
 * Interrupt bits that arise are in INT_RAW_STATUS after it.
 *
 * @return time that the hardware would have needed, in ns: an estimate from
 *         the amount of work, [inferred]
 */
uint64_t
rke_npu_run(struct rke_npu *npu, unsigned core);

/**
 * Let several cores work at a time: as rke_npu_run() for each, but where lists
 * ask for it a core waits until the others are as far, or stand.
 *
 * @param mask    bit 0 is core 0
 * @param ret_ns  of each core, time as rke_npu_run() gives it; of those in the mask alone
 */
void
rke_npu_run_together(struct rke_npu *npu, uint32_t mask, uint64_t ret_ns[RKE_CORES]);

/** Whether a core's interrupt line is up: INT_RAW_STATUS & INT_MASK. */
bool
rke_npu_irq(const struct rke_npu *npu, unsigned core);

/**
 * What stopped a core in its last run: "waits for ..." (a block's producer
 * was not started), "not modelled: ..." (a mode that is not computed here;
 * the hardware would do something), "no op-enable in ...". NULL: nothing did.
 */
const char *
rke_npu_why(const struct rke_npu *npu, unsigned core);

/** All cores to the state after reset: registers 0, both groups, pointers, LUTs. */
void
rke_npu_reset(struct rke_npu *npu);

#endif
