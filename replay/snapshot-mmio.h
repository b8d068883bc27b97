/* SPDX-License-Identifier: MIT */
#ifndef RKX_SNAPSHOT_MMIO_H
#define RKX_SNAPSHOT_MMIO_H

/*
 * The NPU's registers as they are now, read through /dev/mem. Reads only:
 * the mapping cannot be written to.
 */

#include <stdbool.h>

#include "lib/error.h"
#include "lib/format.h"
#include "snapshot-sysfs.h"

/**
 * Whether the registers may be read: the device is the RK3588's, and it is
 * powered. A read of a block without power hangs the bus, and with it the
 * board [inferred; never tried].
 *
 * @return 0; with *err -EOPNOTSUPP (another chip's NPU: its registers are not known), -EAGAIN (not
 *         powered, or not known to be), or -ENOMEM
 */
int
rkx_mmio_ready(const char *root, const struct rkx_npu *npu, struct rkr_error *err);

/** Append what would be read: each core's base and registers, without values. 0 or -ENOMEM. */
int
rkx_mmio_plan(struct rkr_buf *buf);

/**
 * Append an MMIO snapshot, as captured logs have it. If the memory device
 * cannot be opened or mapped the snapshot says so with the errno, which is
 * no error here. Power is looked at again before each core; the driver cuts
 * it 3 s after the last job [source: driver], so that between this look and
 * the reads there is time for it in theory.
 *
 * @param ret_available  whether all registers were read
 * @return 0, or as rkx_mmio_ready(); on failure nothing is appended
 */
int
rkx_snapshot_mmio(const char *root, const struct rkx_npu *npu, const char *label, bool *ret_available,
		  struct rkr_buf *buf, struct rkr_error *err);

#endif
