/* SPDX-License-Identifier: MIT */
#ifndef RKR_MODEL_MEMORY_H
#define RKR_MODEL_MEMORY_H

/*
 * Buffer objects as the driver (0.9.8) and the DRM core make them: what is
 * refused, where they go, how the CPU sees them, what a sync does. Pure
 * functions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model-abi.h"
#include "taken.h"
#include "visibility.h"

RKR_BEGIN_DECLS

#define RKR_PAGE UINT64_C(4096)

/** IOVAs are below 4 GiB: registers hold 32 bits of them [source]. */
#define RKR_IOVA_END (UINT64_C(1) << 32)

/** mmap offsets start here [captured: 34 logs]. */
#define RKR_MAP_FIRST (UINT64_C(1) << 32)

/** A stretch of an address space, in whole pages. */
struct rkr_range {
	uint64_t start;
	uint64_t size;
};

/** Round a size to pages, as MEM_CREATE gives it back. 0 if it cannot be. */
uint64_t
rkr_page_round(uint64_t size);

/**
 * Whether MEM_CREATE takes its arguments, with no handle given [source].
 *
 * @return 0, -EINVAL (no size, a domain that is none)
 */
int
rkr_mem_create_judge(const struct rkr_abi_mem_create *arg);

/** Whether the driver can read tasks from a BO: it maps it for itself only if told to [source]. */
static inline bool
rkr_mem_holds_tasks(uint32_t flags)
{
	return (flags & RKR_MEM_KERNEL_MAPPING) != 0;
}

/**
 * Where a BO's IOVA goes: with LIMIT_IOVA_ALIGNMENT in the highest gap that
 * holds it, at page granularity [captured: BOs of 34 logs stack downwards
 * without a gap]; without it, at a multiple of its size rounded up to a power
 * of two [source].
 *
 * @param used  the IOVAs in use
 * @param top   one past the highest address to use: below 4 GiB, others hold the space above
 * @return 0, -EINVAL (no size), -ENOMEM (no gap)
 */
int
rkr_iova_place(const struct rkr_taken *used, uint64_t top, uint64_t size, uint32_t flags, uint64_t *ret_iova);

/**
 * Where a BO's mmap offset goes: in the lowest gap that holds it [captured:
 * packed in order of creation; source: DRM core's search].
 */
int
rkr_map_place(const struct rkr_taken *used, uint64_t size, uint64_t *ret_offset);

/** How the CPU sees a BO. */
enum rkr_cache {
	RKR_CACHE_NORMAL, /**< needs syncs */
	RKR_CACHE_WRITE_COMBINE,
	RKR_CACHE_UNCACHED,
};

/** How a mapping of a BO with these flags is cached [source]. */
enum rkr_cache
rkr_mem_cache(uint32_t flags);

/**
 * Whether a BO can be mapped: from its start, up to its whole pages [source:
 * DRM core].
 *
 * @param offset    of the mmap call
 * @param length    of the mmap call
 * @param bo        offset and page-rounded size of the BO
 * @return 0 or -EINVAL
 */
int
rkr_mmap_judge(const struct rkr_range *bo, uint64_t offset, uint64_t length);

/** What a MEM_SYNC does. */
struct rkr_sync_result {
	int ret;          /**< 0 or -EINVAL */
	bool to_device;   /**< caches are written back; first, if both */
	bool from_device; /**< caches are dropped */
	uint64_t size;    /**< bytes that are synced */
	bool beyond;      /**< more was asked for than there is */
	bool unchecked;   /**< and the driver goes beyond its memory */
};

/**
 * A MEM_SYNC of a BO [source]: no object or an uncached one is refused,
 * unknown flags are ignored and none at all succeeds; past the end, a
 * non-contiguous BO is cut silently and a contiguous one is not checked.
 *
 * @param bo_size  bytes of the BO in whole pages
 */
void
rkr_sync_judge(const struct rkr_abi_mem_sync *arg, uint32_t bo_flags, uint64_t bo_size,
	       struct rkr_sync_result *ret);

/** The handle that a new BO gets: the lowest free one from 1 [captured; source: DRM core]. 0: none left. */
uint32_t
rkr_handle_next(const struct rkr_taken *used);

RKR_END_DECLS

#endif
