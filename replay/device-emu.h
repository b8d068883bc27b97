/* SPDX-License-Identifier: MIT */
#ifndef RKX_DEVICE_EMU_H
#define RKX_DEVICE_EMU_H

/*
 * The emulated board as a device, in this process. Its clock is virtual:
 * waits and timeouts cost no time.
 */

#include "device.h"
#include "emu/driver.h"

struct rkx_emulated_options {
	const struct rke_fault *faults; /**< copied */
	size_t n_faults;
	uint64_t seed;
	uint64_t iova_top; /**< 0: RKE_IOVA_TOP */
	bool dirty;        /**< new BOs are not zero */
	/** Told each line of the kernel log, without its newline; may be NULL. */
	void (*klog)(void *data, const char *line);
	void *klog_data;
	/** Told each task that is not computed but let pass, see struct rke_board_options; NULL: such jobs stand. */
	void (*unmodelled)(void *data, uint32_t list, const char *why);
	void *unmodelled_data;
};

/**
 * Switch a board on and open its node. Closing the device frees the board.
 *
 * @param options  NULL: a good board
 * @return 0, -EINVAL (options that cannot be), -ENOMEM
 */
int
rkx_device_emulated(const struct rkx_emulated_options *options, struct rkx_device **ret_device);

/** The board of such a device, for those who want to look at it from the other side. */
const struct rke_board *
rkx_device_board(const struct rkx_device *device);

#endif
