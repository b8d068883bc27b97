/* SPDX-License-Identifier: MIT */
#ifndef RKX_DEVICE_H
#define RKX_DEVICE_H

/*
 * What the engine acts through: the only way to touch a device, a real one or
 * an emulated one. Whatever changes the device takes a permit, and only the
 * gates make permits, so that a refused plan cannot be run by mistake.
 *
 * Calls return 0 or the negative errno of the call beneath, any errno at all.
 * The structs are those of the driver; like the driver, an implementation
 * writes a struct back even when the call fails [source: DRM core].
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/model-abi.h"

struct rkx_device;
struct rkx_permit;

/** Who answers at the other end. */
struct rkx_identity {
	char driver[32];       /**< as DRM names it: "rknpu" */
	int32_t version[3];    /**< major, minor, patch */
	char date[32];         /**< as DRM names it */
	char path[256];        /**< of the node, or "" */
	uint32_t submit_bytes; /**< of the submit struct that it takes */
	bool emulated;
};

struct rkx_device_ops {
	/** The node's name, version and the like. Changes nothing. */
	int (*identify)(struct rkx_device *device, struct rkx_identity *ret_identity, struct rkr_error *err);

	/**
	 * A call of the driver, whatever a permit would say: for
	 * rkx_device_call() alone. Blocking ones return when the driver does.
	 *
	 * @param arg  the call's struct, of @size bytes
	 */
	int (*call)(struct rkx_device *device, enum rkr_ioctl nr, void *arg, uint32_t size);

	/** Likewise for rkx_device_map() alone. */
	int (*map)(struct rkx_device *device, uint64_t offset, uint64_t length, void **ret_data);
	/** @length is that of map(): a shorter one would leave pages mapped. */
	int (*unmap)(struct rkx_device *device, void *data, uint64_t length);

	/** Close the node; the device is freed, whatever is returned. BOs go with it. */
	int (*close)(struct rkx_device *device);

	/** Nanoseconds of a clock that only goes forward: the host's, or the emulated board's. */
	uint64_t (*now)(struct rkx_device *device);
	/** Let time pass on that clock. Interrupted sleeps go on. */
	void (*sleep)(struct rkx_device *device, uint64_t ns);
};

/** A device. Implementations embed it as their first member. */
struct rkx_device {
	const struct rkx_device_ops *ops;
};

/** Where calls without a permit end, on every device: -EACCES, and nothing is sent. */
static inline int
rkx_device_call(struct rkx_device *device, const struct rkx_permit *permit, enum rkr_ioctl nr, void *arg,
		uint32_t size)
{
	return permit ? device->ops->call(device, nr, arg, size) : -EACCES;
}

/** The driver's six calls, each with its struct: int rkx_device_submit(device, permit, arg) and the like. */
#define RKX_DEVICE_CALL(name, NAME)                                                                           \
	static inline int rkx_device_##name(struct rkx_device *device, const struct rkx_permit *permit,       \
					    struct rkr_abi_##name *arg)                                       \
	{                                                                                                     \
		return rkx_device_call(device, permit, RKR_IOCTL_##NAME, arg, sizeof(*arg));                  \
	}
RKX_DEVICE_CALL(action, ACTION)
RKX_DEVICE_CALL(mem_create, MEM_CREATE)
RKX_DEVICE_CALL(mem_map, MEM_MAP)
RKX_DEVICE_CALL(mem_destroy, MEM_DESTROY)
RKX_DEVICE_CALL(mem_sync, MEM_SYNC)
RKX_DEVICE_CALL(submit, SUBMIT)
#undef RKX_DEVICE_CALL

/**
 * Map a BO for reading and writing. -EACCES without a permit.
 *
 * @param offset  as mem_map gave it
 * @param length  bytes; whole pages
 */
static inline int
rkx_device_map(struct rkx_device *device, const struct rkx_permit *permit, uint64_t offset, uint64_t length,
	       void **ret_data)
{
	return permit ? device->ops->map(device, offset, length, ret_data) : -EACCES;
}

#endif
