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

/* The highest range that reaches into [@from, @to); NULL: none. */
static const struct rkr_range *
highest_in(const struct rkr_range *used, size_t n, uint64_t from, uint64_t to)
{
	const struct rkr_range *best = NULL;

	for (size_t i = 0; i < n; i++) {
		bool in =
			used[i].start < to && (used[i].start >= from || used[i].size > from - used[i].start);

		if (in && (!best || used[i].start > best->start))
			best = &used[i];
	}
	return best;
}

int
rkr_iova_place(const struct rkr_range *used, size_t n, uint64_t top, uint64_t size, uint32_t flags,
	       uint64_t *ret_iova)
{
	uint64_t bytes = rkr_page_round(size), align = RKR_PAGE,
		 end = top < RKR_IOVA_END ? top : RKR_IOVA_END;

	if (bytes == 0)
		return -EINVAL;
	if (!(flags & RKR_MEM_LIMIT_IOVA_ALIGNMENT))
		while (align < bytes && align < RKR_IOVA_END)
			align *= 2;
	/* From the top down, below each range that is in the way. Page 0 is never handed out. */
	while (bytes < end) {
		uint64_t start = (end - bytes) / align * align;

		if (start < RKR_PAGE)
			break;
		const struct rkr_range *hit = highest_in(used, n, start, start + bytes);

		if (!hit) {
			*ret_iova = start;
			return 0;
		}
		end = hit->start;
	}
	return -ENOMEM;
}

int
rkr_map_place(const struct rkr_range *used, size_t n, uint64_t size, uint64_t *ret_offset)
{
	uint64_t bytes = rkr_page_round(size), at = RKR_MAP_FIRST;

	if (bytes == 0)
		return -EINVAL;
	for (;;) {
		const struct rkr_range *hit;

		if (at > UINT64_MAX - bytes)
			return -ENOMEM;
		hit = highest_in(used, n, at, at + bytes);
		if (!hit) {
			*ret_offset = at;
			return 0;
		}
		if (hit->size == 0 || hit->start > UINT64_MAX - hit->size)
			return -ENOMEM;
		at = hit->start + hit->size;
	}
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
rkr_handle_next(const uint32_t *used, size_t n)
{
	for (uint32_t h = 1; h != 0; h++) {
		bool taken = false;

		for (size_t i = 0; i < n && !taken; i++)
			taken = used[i] == h;
		if (!taken)
			return h;
	}
	return 0;
}
