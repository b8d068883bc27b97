/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>

#include "lib/util.h"

/* Who holds which BO, and the driver's calls about BOs. */

/* Contiguous BOs above this cannot be mapped: ENXIO [captured: a user's notes]. */
#define CONTIGUOUS_MAP_MAX (UINT64_C(4) << 20)

struct rke_handle *
rke_handle_find(struct rke_file *file, uint32_t handle)
{
	return rkr_taken_by(&file->handles, handle, 1);
}

static struct rke_handle *
entry_of(struct rke_file *file, const struct rke_bo *bo)
{
	return rkr_taken_by(&file->bos, bo->map_offset, 1);
}

/* The entry of a BO, made if there is none. NULL: no memory. */
static struct rke_handle *
entry_make(struct rke_file *file, struct rke_bo *bo)
{
	struct rke_handle *e = entry_of(file, bo);

	if (e)
		return e;
	e = calloc(1, sizeof(*e));
	if (e)
		e->bo = bo;
	if (e && rkr_taken_add(&file->bos, bo->map_offset, 1, e) == 0)
		return e;
	free(e);
	return NULL;
}

/* An entry without handle and mappings is none. */
static void
entry_check(struct rke_file *file, struct rke_handle *e)
{
	if (e->handle || e->maps)
		return;
	rkr_taken_remove(&file->bos, e->bo->map_offset, e);
	free(e);
}

int
rke_handle_make(struct rke_file *file, struct rke_bo *bo, uint32_t *ret_handle)
{
	struct rke_handle *e = entry_make(file, bo);

	if (!e)
		return -ENOMEM;
	if (!e->handle) {
		uint32_t handle = rkr_handle_next(&file->handles);

		if (!handle || rkr_taken_add(&file->handles, handle, 1, e) < 0) {
			entry_check(file, e);
			return -ENOMEM;
		}
		e->handle = handle;
		rke_bo_hold(bo);
	}
	*ret_handle = e->handle;
	return 0;
}

int
rke_handle_close(struct rke_file *file, uint32_t handle)
{
	struct rke_handle *e = rke_handle_find(file, handle);

	if (!e)
		return -EINVAL;
	struct rke_bo *bo = e->bo;

	rkr_taken_remove(&file->handles, handle, e);
	e->handle = 0;
	entry_check(file, e);
	rke_bo_drop(file->board, bo);
	return 0;
}

void
rke_handles_free(struct rke_file *file)
{
	struct rke_handle *e;

	while ((e = rkr_taken_by(&file->bos, 0, UINT64_MAX))) {
		uint64_t holds = (uint64_t)e->maps + (e->handle != 0);
		struct rke_bo *bo = e->bo;

		e->handle = e->maps = 0;
		entry_check(file, e);
		while (holds--)
			rke_bo_drop(file->board, bo);
	}
	rkr_taken_clear(&file->handles);
}

int
rke_mem_create(struct rke_file *file, struct rkr_abi_mem_create *arg)
{
	struct rke_board *board = file->board;
	const struct rke_handle *old = rke_handle_find(file, arg->handle);
	struct rke_bo *bo;
	int r;

	if (!old) {
		r = rkr_mem_create_judge(arg);
		if (r < 0) {
			if (arg->size == 0)
				rke_klog_device(board, "invalid buffer size: 0");
			return r;
		}
		/* A BO is mapped in a domain, which has to be switched to for it [source]. */
		uint32_t domain = (uint32_t)arg->iommu_domain_id;

		r = rke_domain_get(board, domain);
		if (r < 0)
			return r;
		r = rke_bo_new(board, arg->size, arg->flags, domain, &bo);
		rke_domain_put(board);
		if (r < 0)
			return r;
		r = rke_handle_make(file, bo, &arg->handle);
		rke_bo_drop(board, bo);
		if (r < 0)
			return r;
	} else {
		/* What is known by the handle; all else that is asked for is ignored [source]. */
		bo = old->bo;
	}
	arg->size = bo->size;
	arg->obj_addr = bo->obj_addr;
	arg->dma_addr = bo->iova;
	arg->sram_size = 0;
	return 0;
}

int
rke_mem_map(struct rke_file *file, struct rkr_abi_mem_map *arg)
{
	const struct rke_handle *e = rke_handle_find(file, arg->handle);

	if (!e)
		return -ENOENT;
	arg->offset = e->bo->map_offset;
	return 0;
}

int
rke_mem_destroy(struct rke_file *file, const struct rkr_abi_mem_destroy *arg)
{
	return rke_handle_close(file, arg->handle);
}

int
rke_mem_sync(struct rke_file *file, const struct rkr_abi_mem_sync *arg)
{
	struct rke_board *board = file->board;
	const struct rke_bo *bo = rke_bo_by_obj(board, arg->obj_addr);
	struct rkr_sync_result result;

	/* The driver takes whatever it is given for the address of an object [source]. */
	if (arg->obj_addr && !bo)
		return rke_crash(board, "mem_sync", 1, "obj_addr 0x%llx is no live object",
				 (unsigned long long)arg->obj_addr);
	rkr_sync_judge(arg, bo ? bo->flags : 0, bo ? bo->size : 0, &result);
	/* CPU and NPU share one memory here, so there is nothing to write back or drop. */
	return result.ret;
}

int
rke_mmap(struct rke_file *file, uint64_t offset, uint64_t length, void **ret_memory, uint64_t *ret_arena)
{
	struct rke_board *board = file->board;
	struct rke_bo *bo = rke_bo_by_map(board, offset);

	if (!bo || length == 0 || length > bo->size)
		return -EINVAL;
	/* A BO may be mapped by who has a handle of it [source: DRM core]: EACCES. */
	struct rke_handle *e = entry_of(file, bo);

	if (!e || !e->handle)
		return -EACCES;
	const struct rkr_range range = { bo->map_offset, bo->size };
	int r = rkr_mmap_judge(&range, offset, length);

	if (r < 0)
		return r;
	if (!(bo->flags & RKR_MEM_NON_CONTIGUOUS) && bo->size > CONTIGUOUS_MAP_MAX) {
		rke_klog_device(board, "failed to mmap, ret: %d", -ENXIO);
		return -ENXIO;
	}
	if (!board->options.forget_maps) {
		if (e->maps == UINT32_MAX)
			return -ENOMEM;
		e->maps++;
		rke_bo_hold(bo);
	}
	if (ret_memory)
		*ret_memory = board->arena + bo->arena;
	if (ret_arena)
		*ret_arena = bo->arena;
	return 0;
}

void
rke_munmap(struct rke_file *file, uint64_t offset)
{
	struct rke_bo *bo = rke_bo_by_map(file->board, offset);
	struct rke_handle *e = bo ? entry_of(file, bo) : NULL;

	if (!e || !e->maps)
		return;
	e->maps--;
	entry_check(file, e);
	rke_bo_drop(file->board, bo);
}
