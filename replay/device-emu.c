/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "device-emu.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"

struct mapping {
	void *data;
	uint64_t offset;
	uint64_t length;
};

struct emulated {
	struct rkx_device base;
	struct rke_board *board;
	struct rke_file *file;
	struct mapping *maps;
	size_t n_maps, cap_maps;
};

static struct emulated *
self(struct rkx_device *device)
{
	return (struct emulated *)device;
}

/* As clients of DRM ask for it: each with room for its name. */
struct drm_version {
	int32_t version[3], pad;
	uint64_t name_len, name;
	uint64_t date_len, date;
	uint64_t desc_len, desc;
};

#define DRM_VERSION ((3UL << 30) | (sizeof(struct drm_version) << 16) | ((unsigned long)'d' << 8))

static int
identify(struct rkx_device *device, struct rkx_identity *ret_identity, struct rkr_error *err)
{
	struct rkx_identity id = { .submit_bytes = sizeof(struct rkr_abi_submit), .emulated = true };
	struct drm_version v = { .name_len = sizeof(id.driver) - 1,
				 .name = (uintptr_t)id.driver,
				 .date_len = sizeof(id.date) - 1,
				 .date = (uintptr_t)id.date };
	int r = rke_ioctl(self(device)->file, DRM_VERSION, &v, sizeof(v));

	if (r < 0)
		return rkr_fail(err, r, NULL, "the emulated board does not tell its version: %s",
				strerror(-r));
	memcpy(id.version, v.version, sizeof(id.version));
	*ret_identity = id;
	return 0;
}

static int
call(struct rkx_device *device, enum rkr_ioctl nr, void *arg, uint32_t size)
{
	return rke_ioctl(self(device)->file, rkr_ioctl_command(nr, size), arg, size);
}

static int
map(struct rkx_device *device, uint64_t offset, uint64_t length, void **ret_data)
{
	struct emulated *e = self(device);
	void *data;

	if (rkr_grow((void **)&e->maps, &e->cap_maps, e->n_maps + 1, sizeof(*e->maps)) < 0)
		return -ENOMEM;
	int r = rke_mmap(e->file, offset, length, &data, NULL);

	if (r < 0)
		return r;
	e->maps[e->n_maps++] = (struct mapping){ data, offset, length };
	*ret_data = data;
	return 0;
}

static int
unmap(struct rkx_device *device, void *data, uint64_t length)
{
	struct emulated *e = self(device);

	for (size_t i = 0; i < e->n_maps; i++) {
		if (e->maps[i].data != data || e->maps[i].length != length)
			continue;
		rke_munmap(e->file, e->maps[i].offset);
		e->maps[i] = e->maps[--e->n_maps];
		return 0;
	}
	return -EINVAL;
}

static int
close_device(struct rkx_device *device)
{
	struct emulated *e = self(device);

	rke_close(e->file);
	rke_board_free(e->board);
	free(e->maps);
	free(e);
	return 0;
}

static uint64_t
now(struct rkx_device *device)
{
	return rke_now(self(device)->board);
}

static void
let_pass(struct rkx_device *device, uint64_t ns)
{
	rke_advance(self(device)->board, ns);
}

static const struct rkx_device_ops ops = {
	.identify = identify,
	.call = call,
	.map = map,
	.unmap = unmap,
	.close = close_device,
	.now = now,
	.sleep = let_pass,
};

int
rkx_device_emulated(const struct rkx_emulated_options *options, struct rkx_device **ret_device)
{
	static const struct rkx_emulated_options good;
	const struct rkx_emulated_options *o = options ? options : &good;
	const struct rke_board_options board = {
		.make_hw = rke_hw_npu,
		.iova_top = o->iova_top,
		.poison = o->dirty,
		.klog = o->klog,
		.klog_data = o->klog_data,
		.unmodelled = o->unmodelled,
		.unmodelled_data = o->unmodelled_data,
		.faults = o->faults,
		.n_faults = o->n_faults,
		.seed = o->seed,
	};
	_autofree_ struct emulated *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->base.ops = &ops;
	int r = rke_board_new(&board, &e->board);

	if (r < 0)
		return r;
	r = rke_open(e->board, &e->file);
	if (r < 0) {
		rke_board_free(e->board);
		return r;
	}
	*ret_device = &rkr_steal(e)->base;
	return 0;
}

const struct rke_board *
rkx_device_board(const struct rkx_device *device)
{
	return ((const struct emulated *)device)->board;
}
