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

/* The index of the first BO that is not before @iova in @domain. */
static size_t
position(const struct rke_board *board, uint32_t domain, uint64_t iova)
{
	size_t lo = 0, hi = board->n_bos;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct rke_bo *bo = board->bos[mid];

		if (bo->domain < domain || (bo->domain == domain && bo->iova < iova))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct rke_bo *
rke_bo_by_iova(const struct rke_board *board, uint64_t iova)
{
	size_t at = position(board, board->domain, iova + 1);

	if (at == 0)
		return NULL;
	struct rke_bo *bo = board->bos[at - 1];

	return bo->domain == board->domain && iova - bo->iova < bo->size ? bo : NULL;
}

struct rke_bo *
rke_bo_by_obj(const struct rke_board *board, uint64_t obj_addr)
{
	for (size_t i = 0; i < board->n_bos; i++)
		if (board->bos[i]->obj_addr == obj_addr)
			return board->bos[i];
	return NULL;
}

struct rke_bo *
rke_bo_by_map(const struct rke_board *board, uint64_t map_offset)
{
	for (size_t i = 0; i < board->n_bos; i++)
		if (board->bos[i]->map_offset == map_offset)
			return board->bos[i];
	return NULL;
}

struct rke_bo *
rke_bo_by_name(const struct rke_board *board, uint32_t name)
{
	for (size_t i = 0; name && i < board->n_bos; i++)
		if (board->bos[i]->name == name)
			return board->bos[i];
	return NULL;
}

static uint64_t
free_obj(const struct rke_board *board)
{
	uint64_t obj = OBJ_FIRST;

	while (rke_bo_by_obj(board, obj))
		obj += OBJ_STEP;
	return obj;
}

/* Find room for a BO of @bo->size everywhere. 0, -ENOMEM (memory), -EFAULT (IOVAs). */
static int
place(struct rke_board *board, struct rke_bo *bo)
{
	_autofree_ struct rkr_range *used = NULL;
	uint64_t top = board->options.iova_top ? board->options.iova_top : RKE_IOVA_TOP;
	size_t n = 0;

	used = reallocarray(NULL, board->n_bos + 1, sizeof(*used));
	if (!used)
		return -ENOMEM;
	for (size_t i = 0; i < board->n_bos; i++)
		used[i] = (struct rkr_range){ board->bos[i]->map_offset, board->bos[i]->size };
	int r = rkr_map_place(used, board->n_bos, bo->size, &bo->map_offset);

	if (r < 0)
		return r;
	for (size_t i = 0; i < board->n_bos; i++)
		if (board->bos[i]->domain == bo->domain)
			used[n++] = (struct rkr_range){ board->bos[i]->iova, board->bos[i]->size };
	if (rkr_iova_place(used, n, top, bo->size, bo->flags, &bo->iova) < 0) {
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
	return 0;
}

int
rke_bo_new(struct rke_board *board, uint64_t size, uint32_t flags, uint32_t domain, struct rke_bo **ret_bo)
{
	_autofree_ struct rke_bo *bo = calloc(1, sizeof(*bo));
	int r = rkr_grow((void **)&board->bos, &board->bos_size, board->n_bos + 1, sizeof(struct rke_bo *));

	if (!bo || r < 0)
		return -ENOMEM;
	*bo = (struct rke_bo){ .size = rkr_page_round(size), .flags = flags, .domain = domain, .holds = 1 };
	r = place(board, bo);
	if (r < 0)
		return r;
	bo->obj_addr = free_obj(board);
	uint8_t *memory = board->arena + bo->arena;

	if (board->options.poison) {
		memset(memory, POISON, bo->size);
	} else if (bo->arena < board->arena_used) {
		uint64_t old = board->arena_used - bo->arena;

		memset(memory, 0, old < bo->size ? old : bo->size);
	}
	if (bo->arena + bo->size > board->arena_used)
		board->arena_used = bo->arena + bo->size;
	size_t at = position(board, domain, bo->iova);

	memmove(&board->bos[at + 1], &board->bos[at], (board->n_bos - at) * sizeof(struct rke_bo *));
	board->bos[at] = bo;
	board->n_bos++;
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
	size_t at = position(board, bo->domain, bo->iova);

	memmove(&board->bos[at], &board->bos[at + 1], (board->n_bos - at - 1) * sizeof(struct rke_bo *));
	board->n_bos--;
	board->stats.bytes -= bo->size;
	for (unsigned i = 0; i < RKR_NPU_CORES; i++)
		if (board->last_bo[i] == bo)
			board->last_bo[i] = NULL;
	remember_freed(board, bo->iova, bo->size);
	free(bo);
}
