/* SPDX-License-Identifier: MIT */
#ifndef RKX_DEVICE_DRM_H
#define RKX_DEVICE_DRM_H

/* A board: the driver's DRM node. */

#include "device.h"

/**
 * Open the node of the NPU.
 *
 * @param path  of the node; NULL: the first one under /dev/dri whose driver
 *              calls itself "rknpu"
 * @return 0; -ENODEV with *err (no such node, or it is another driver's), or
 *         the errno of opening it
 */
int
rkx_device_drm(const char *path, struct rkx_device **ret_device, struct rkr_error *err);

/**
 * Keep other processes of this program from the node until it is closed: those
 * of other users, too, and those with another state directory, whose lock is
 * another one.
 *
 * @return 0; -EBUSY (one has it) or the errno of locking, with *err
 */
int
rkx_device_drm_claim(struct rkx_device *device, struct rkr_error *err);

/**
 * Count the other processes that have a node of the same device open.
 *
 * @param ret_known  whether all processes could be looked at: root alone can
 * @return their number, of those that could be looked at
 */
uint32_t
rkx_device_drm_users(const char *path, bool *ret_known);

#endif
