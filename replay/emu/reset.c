/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>

/* The soft reset [source]: all cores, and the IOMMU with them. */

int
rke_soft_reset_lines(struct rke_board *board)
{
	board->stats.resets++;
	board->soft_resets++;
	board->resetting = true;
	rke_klog(board, "soft reset, num: %d", RKE_RESET_LINES);
	if (rke_fault_now(board, RKE_FAULT_RESET_FAILURE, board->soft_resets)) {
		rke_klog_device(board, "failed to assert rknpu reset: %d", -ETIMEDOUT);
		rke_klog_device(board, "failed to soft reset for rknpu: %d", -ETIMEDOUT);
		/* The flag stays up: nothing starts from now on [source]. */
		return -ETIMEDOUT;
	}
	rke_state_lost(board);
	board->n_freed = 0;
	board->resetting = false;
	return 0;
}

int
rke_soft_reset(struct rke_board *board)
{
	if (board->options.reset_bypassed) {
		rke_klog(board, "bypass soft reset");
		return 0;
	}
	/* Whoever finds a reset under way goes off at once, and content [source]. */
	if (board->resetting)
		return 0;
	rke_run_until(board, rke_now(board) + RKE_SLEEP_NS, NULL);
	return rke_soft_reset_lines(board);
}
