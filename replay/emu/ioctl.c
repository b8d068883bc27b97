/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>
#include <string.h>

/*
 * The way in: a command word and bytes become a struct and a call, and back,
 * as in the DRM core [source].
 */

/* The command word's parts, as on all machines that have this NPU. */
#define COMMAND_NR(c) ((unsigned)((c)&0xff))
#define COMMAND_TYPE(c) ((unsigned)((c) >> 8 & 0xff))
#define COMMAND_SIZE(c) ((size_t)((c) >> 16 & 0x3fff))
#define COMMAND_IN(c) (((c) >> 30 & 1) != 0)
#define COMMAND_OUT(c) (((c) >> 31 & 1) != 0)

/* Room for the largest struct, the driver's and the core's. */
union any {
	struct rkr_abi_action action;
	struct rkr_abi_submit submit;
	struct rkr_abi_mem_create create;
	struct rkr_abi_mem_map map;
	struct rkr_abi_mem_destroy destroy;
	struct rkr_abi_mem_sync sync;
	uint64_t bytes[16];
};

static int
driver_call(struct rke_file *file, const struct rkr_abi_ioctl *desc, union any *u)
{
	struct rke_board *board = file->board;
	uint64_t nth = ++board->calls[desc->nr - RKR_IOCTL_ACTION];
	int r = rke_fault_errno(board, desc->nr, nth);

	if (r)
		return r;
	switch (desc->nr) {
	case RKR_IOCTL_ACTION:
		return rke_action(board, &u->action);
	case RKR_IOCTL_SUBMIT:
		return rke_submit(file, &u->submit);
	case RKR_IOCTL_MEM_CREATE:
		return rke_mem_create(file, &u->create);
	case RKR_IOCTL_MEM_MAP:
		return rke_mem_map(file, &u->map);
	case RKR_IOCTL_MEM_DESTROY:
		return rke_mem_destroy(file, &u->destroy);
	case RKR_IOCTL_MEM_SYNC:
		return rke_mem_sync(file, &u->sync);
	}
	return -EINVAL;
}

int
rke_ioctl(struct rke_file *file, unsigned long command, void *arg, size_t arg_len)
{
	struct rke_board *board = file->board;
	unsigned nr = COMMAND_NR(command);
	size_t size = COMMAND_SIZE(command), own;
	const struct rkr_abi_ioctl *desc = rkr_abi_ioctl_by_number(nr);
	union any u = { 0 };
	int r;

	if (COMMAND_TYPE(command) != 'd')
		return -ENOTTY;
	own = desc ? desc->size : rke_drm_size(nr);
	if (!own)
		return -EINVAL;
	/* What the caller has, and no more than there is room for here. */
	size_t have = size < arg_len ? size : arg_len;

	if (size && !arg)
		return -EFAULT;
	if (COMMAND_IN(command) && have)
		memcpy(&u, arg, have < own ? have : own);
	board->stats.ioctls++;
	rke_power_get(board);
	r = desc ? driver_call(file, desc, &u) : rke_drm_ioctl(file, nr, &u);
	rke_power_put(board);
	/* Whatever came of it. What lies beyond the struct comes back as it was read, or not read: zeros. */
	if (COMMAND_OUT(command) && have) {
		memcpy(arg, &u, have < own ? have : own);
		if (have > own && !COMMAND_IN(command))
			memset((uint8_t *)arg + own, 0, have - own);
	}
	return r;
}
