/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"

/*
 * BOs: where they are for the CPU, for the NPU and in the kernel. All are in
 * one arena, and the arena is laid out as the space of mmap offsets is, so
 * that one search places both.
 */

/* The first object of a boot, and how far apart they are [captured: multiples of 0x400, reused]. */
#define OBJ_FIRST UINT64_C(0xffffff8102fc0400)
#define OBJ_STEP UINT64_C(0x400)

#define POISON 0xa5

struct rke_bo *
rke_bo_by_iova(const struct rke_board *board, uint64_t iova)
{
	return rkr_taken_by(&board->iovas[board->domain], iova, 1);
}

struct rke_bo *
rke_bo_by_obj(const struct rke_board *board, uint64_t obj_addr)
{
	struct rke_bo *bo = rkr_taken_by(&board->objs, obj_addr, 1);

	return bo && bo->obj_addr == obj_addr ? bo : NULL;
}

struct rke_bo *
rke_bo_by_map(const struct rke_board *board, uint64_t map_offset)
{
	struct rke_bo *bo = rkr_taken_by(&board->maps, map_offset, 1);

	return bo && bo->map_offset == map_offset ? bo : NULL;
}

struct rke_bo *
rke_bo_by_name(const struct rke_board *board, uint32_t name)
{
	return rkr_taken_by(&board->names, name, 1);
}

int
rke_bo_name(struct rke_board *board, struct rke_bo *bo)
{
	/* A BO keeps its name. */
	if (bo->name)
		return 0;
	if (rkr_taken_add(&board->names, board->next_name + 1, 1, bo) < 0)
		return -ENOMEM;
	bo->name = ++board->next_name;
	return 0;
}

static void
give_places(struct rke_board *board, const struct rke_bo *bo)
{
	rkr_taken_remove(&board->maps, bo->map_offset, bo);
	rkr_taken_remove(&board->iovas[bo->domain], bo->iova, bo);
	rkr_taken_remove(&board->objs, bo->obj_addr, bo);
	rkr_taken_remove(&board->names, bo->name, bo);
}

/* Find room for a BO of @bo->size everywhere, and take it. 0, -ENOMEM (memory), -EFAULT (IOVAs). */
static int
take_places(struct rke_board *board, struct rke_bo *bo)
{
	const struct rkr_room obj = { OBJ_FIRST, UINT64_MAX, .size = OBJ_STEP, .align = OBJ_STEP };
	uint64_t top = board->options.iova_top ? board->options.iova_top : RKE_IOVA_TOP;
	int r = rkr_map_place(&board->maps, bo->size, &bo->map_offset);

	if (r == 0)
		r = rkr_taken_find(&board->objs, &obj, &bo->obj_addr);
	if (r < 0)
		return r;
	if (rkr_iova_place(&board->iovas[bo->domain], top, bo->size, bo->flags, &bo->iova) < 0) {
		/* Both lines and EFAULT [captured: three logs]. */
		rke_klog(board, "failed to allocate IOVA: %d", -ENOMEM);
		rke_klog_device(board, "rknpu_gem_get_pages: dma map %llu fail",
				(unsigned long long)bo->size);
		return -EFAULT;
	}
	bo->arena = bo->map_offset - RKR_MAP_FIRST;
	if (bo->size > board->options.arena_size || bo->arena > board->options.arena_size - bo->size) {
		rke_klog_device(board, "failed to allocate %llu buffer.", (unsigned long long)bo->size);
		return -ENOMEM;
	}
	if (rkr_taken_add(&board->maps, bo->map_offset, bo->size, bo) == 0 &&
	    rkr_taken_add(&board->iovas[bo->domain], bo->iova, bo->size, bo) == 0 &&
	    rkr_taken_add(&board->objs, bo->obj_addr, OBJ_STEP, bo) == 0)
		return 0;
	give_places(board, bo);
	return -ENOMEM;
}

int
rke_bo_new(struct rke_board *board, uint64_t size, uint32_t flags, uint32_t domain, struct rke_bo **ret_bo)
{
	_autofree_ struct rke_bo *bo = calloc(1, sizeof(*bo));

	if (!bo)
		return -ENOMEM;
	*bo = (struct rke_bo){ .size = rkr_page_round(size), .flags = flags, .domain = domain, .holds = 1 };
	int r = take_places(board, bo);

	if (r < 0)
		return r;
	uint8_t *memory = board->arena + bo->arena;

	if (board->options.poison) {
		memset(memory, POISON, bo->size);
	} else if (bo->arena < board->arena_used) {
		uint64_t old = board->arena_used - bo->arena;

		memset(memory, 0, old < bo->size ? old : bo->size);
	}
	if (bo->arena + bo->size > board->arena_used)
		board->arena_used = bo->arena + bo->size;
	board->stats.bos++;
	board->stats.bytes += bo->size;
	*ret_bo = rkr_steal(bo);
	return 0;
}

void
rke_bo_hold(struct rke_bo *bo)
{
	bo->holds++;
}

/*
 * IOVAs that were given back, for the fault that asks for them. Ranges that
 * touch are one: so a client that makes and destroys for days costs no more
 * than one that keeps the same BOs.
 */
static void
remember_freed(struct rke_board *board, uint64_t start, uint64_t size)
{
	struct rkr_range *v = board->freed;
	uint64_t end = start + size;

	if (!board->options.n_faults)
		return;
	/* What is left of @i touched none of it, and may touch what grew: then from the start again. */
	for (size_t i = 0; i < board->n_freed;) {
		uint64_t other = v[i].start + v[i].size;

		if (v[i].start > end || other < start) {
			i++;
			continue;
		}
		start = v[i].start < start ? v[i].start : start;
		end = other > end ? other : end;
		v[i] = v[--board->n_freed];
		i = 0;
	}
	/* It may be forgotten if there is no memory for it. */
	if (rkr_grow((void **)&board->freed, &board->freed_size, board->n_freed + 1, sizeof(*board->freed)) ==
	    0)
		board->freed[board->n_freed++] = (struct rkr_range){ start, end - start };
}

void
rke_bo_drop(struct rke_board *board, struct rke_bo *bo)
{
	if (--bo->holds)
		return;
	give_places(board, bo);
	board->stats.bos--;
	board->stats.bytes -= bo->size;
	for (unsigned i = 0; i < RKR_NPU_CORES; i++)
		if (board->last_bo[i] == bo)
			board->last_bo[i] = NULL;
	remember_freed(board, bo->iova, bo->size);
	free(bo);
}
