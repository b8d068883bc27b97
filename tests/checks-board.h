/* SPDX-License-Identifier: MIT */
#ifndef TEST_CHECKS_BOARD_H
#define TEST_CHECKS_BOARD_H

/* Records that a board's logs give and no generator makes. */

#include "lib/run.h"

/**
 * Add to a run of one submit, whose first two tasks run on core 0: snapshots
 * of sysfs and MMIO around it, its trace, and the log of its timing out.
 */
void
test_add_board(struct rkr_run *run);

#endif
