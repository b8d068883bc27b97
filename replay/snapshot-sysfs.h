/* SPDX-License-Identifier: MIT */
#ifndef RKX_SNAPSHOT_SYSFS_H
#define RKX_SNAPSHOT_SYSFS_H

/*
 * What sysfs says of the NPU: which device it is, whether it is powered, how
 * fast it runs. Reads only; no call here wakes the device.
 */

#include <stddef.h>

#include "lib/error.h"
#include "lib/format.h"

/** Longer values of sysfs are cut to this. A sysfs attribute is a page [source: kernel]. */
#define RKX_SYSFS_VALUE_MAX ((size_t)64 << 10)

/** Where the NPU is, without the root. */
struct rkx_npu {
	char name[64];     /**< of the platform device, "fdab0000.npu" */
	char device[256];  /**< "/sys/devices/..." */
	char devfreq[256]; /**< its directory of frequencies; one that need not be there */
};

/**
 * Find the NPU by the name of its platform driver, never by its address.
 *
 * @param root  the directory that stands for "/"; NULL: that itself
 * @return 0; with *err: -ENODEV (no device is bound to the driver), -ENAMETOOLONG, or what reading gave.
 */
int
rkx_npu_find(const char *root, struct rkx_npu *ret_npu, struct rkr_error *err);

/**
 * Read a file whole, up to @size bytes, as text on one line: the last
 * newline is dropped, others are written as "\n", other controls as "\xNN".
 *
 * @param path  as seen below the root
 * @return 0 (what was read is appended) or a negative errno (nothing is)
 */
int
rkx_sysfs_read(const char *root, const char *path, size_t size, struct rkr_buf *buf);

/** Append the path below a root. 0 or -ENAMETOOLONG. */
int
rkx_under_root(const char *root, const char *path, char *ret_path, size_t size);

/** The path of the @i-th value of a snapshot, from 0. 0, -ERANGE (there are no more) or -ENAMETOOLONG. */
int
rkx_snapshot_sysfs_path(const struct rkx_npu *npu, size_t i, char *ret_path, size_t size);

/** Append what was read of a file, as rkx_sysfs_read() does. */
void
rkx_sysfs_put(struct rkr_buf *buf, const char *text, size_t len);

/** Append a sysfs snapshot, as captured logs have it. Values that cannot be read tell why. 0 or -ENOMEM. */
int
rkx_snapshot_sysfs(const char *root, const struct rkx_npu *npu, const char *label, struct rkr_buf *buf);

#endif
