/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "model-memory.h"

#include <errno.h>

#include "util.h"

uint64_t
rkr_page_round(uint64_t size)
{
	return size > UINT64_MAX - (RKR_PAGE - 1) ? 0 : rkr_align_up(size, RKR_PAGE);
}

int
rkr_mem_create_judge(const struct rkr_abi_mem_create *arg)
{
	if (arg->size == 0 || rkr_page_round(arg->size) == 0)
		return -EINVAL;
	if (arg->iommu_domain_id < 0 || arg->iommu_domain_id >= RKR_IOMMU_DOMAINS)
		return -EINVAL;
	return 0;
}

int
rkr_iova_place(const struct rkr_taken *used, uint64_t top, uint64_t size, uint32_t flags, uint64_t *ret_iova)
{
	/* From the top down. Page 0 is never handed out. */
	struct rkr_room room = {
		.from = RKR_PAGE,
		.to = top < RKR_IOVA_END ? top : RKR_IOVA_END,
		.size = rkr_page_round(size),
		.align = RKR_PAGE,
		.highest = true,
	};

	if (room.size == 0)
		return -EINVAL;
	if (!(flags & RKR_MEM_LIMIT_IOVA_ALIGNMENT))
		while (room.align < room.size && room.align < RKR_IOVA_END)
			room.align *= 2;
	return rkr_taken_find(used, &room, ret_iova);
}

int
rkr_map_place(const struct rkr_taken *used, uint64_t size, uint64_t *ret_offset)
{
	const struct rkr_room room = {
		.from = RKR_MAP_FIRST,
		.to = UINT64_MAX,
		.size = rkr_page_round(size),
		.align = 1,
	};

	return room.size == 0 ? -EINVAL : rkr_taken_find(used, &room, ret_offset);
}

enum rkr_cache
rkr_mem_cache(uint32_t flags)
{
	if (flags & RKR_MEM_CACHEABLE)
		return RKR_CACHE_NORMAL;
	return flags & RKR_MEM_WRITE_COMBINE ? RKR_CACHE_WRITE_COMBINE : RKR_CACHE_UNCACHED;
}

int
rkr_mmap_judge(const struct rkr_range *bo, uint64_t offset, uint64_t length)
{
	return offset == bo->start && length > 0 && length <= bo->size ? 0 : -EINVAL;
}

void
rkr_sync_judge(const struct rkr_abi_mem_sync *arg, uint32_t bo_flags, uint64_t bo_size,
	       struct rkr_sync_result *ret)
{
	*ret = (struct rkr_sync_result){ .ret = -EINVAL };
	if (!arg->obj_addr || rkr_mem_cache(bo_flags) != RKR_CACHE_NORMAL)
		return;
	uint64_t room = arg->offset < bo_size ? bo_size - arg->offset : 0;

	ret->ret = 0;
	ret->to_device = (arg->flags & RKR_SYNC_TO_DEVICE) != 0;
	ret->from_device = (arg->flags & RKR_SYNC_FROM_DEVICE) != 0;
	ret->beyond = arg->size > room;
	ret->unchecked = ret->beyond && !(bo_flags & RKR_MEM_NON_CONTIGUOUS);
	ret->size = ret->beyond && !ret->unchecked ? room : arg->size;
	if (!ret->to_device && !ret->from_device)
		ret->size = 0;
}

uint32_t
rkr_handle_next(const struct rkr_taken *used)
{
	const struct rkr_room room = { 1, (uint64_t)UINT32_MAX + 1, .size = 1, .align = 1 };
	uint64_t handle;

	return rkr_taken_find(used, &room, &handle) == 0 ? (uint32_t)handle : 0;
}
