/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>

#include "run-priv.h"
#include "util.h"

/*
 * From a value (an address, a handle) to what it stands for, and back. All
 * that diff, relocation and printing know of spaces is in the one table here.
 */

/* How a space reaches into a BO: which member, whether known, and how far it extends. */
struct space_desc {
	uint32_t known; /* RKR_BO_ flag; 0: the space does not name BOs */
	bool range;     /* base..base+size, not the base alone */
	bool end;       /* values are one past the byte that is meant */
};

static const struct space_desc spaces[RKR_SPACE_MAX_] = {
	[RKR_SPACE_DMA] = { RKR_BO_DMA, true, false },
	[RKR_SPACE_DMA_END] = { RKR_BO_DMA, true, true },
	[RKR_SPACE_OBJECT] = { RKR_BO_OBJ, false, false },
	[RKR_SPACE_VIRTUAL] = { RKR_BO_VIRT, true, false },
	[RKR_SPACE_MAP] = { RKR_BO_MAP, true, false },
	[RKR_SPACE_HANDLE] = { RKR_BO_HANDLE, false, false },
	[RKR_SPACE_GEM_NAME] = { RKR_BO_GEM_NAME, false, false },
	[RKR_SPACE_PRIME_FD] = { RKR_BO_PRIME_FD, false, false },
};

static uint64_t
base_of(const struct rkr_bo *bo, uint32_t known)
{
	switch (known) {
	case RKR_BO_DMA:
		return bo->dma;
	case RKR_BO_OBJ:
		return bo->obj;
	case RKR_BO_VIRT:
		return bo->virt;
	case RKR_BO_MAP:
		return bo->map;
	case RKR_BO_HANDLE:
		return bo->handle;
	case RKR_BO_GEM_NAME:
		return bo->gem_name;
	default:
		return (uint64_t)(int64_t)bo->prime_fd;
	}
}

/* Bytes that addresses of a BO may reach: whole pages, as the driver gives them. */
static uint64_t
reach_of(const struct rkr_bo *bo)
{
	if (bo->known & RKR_BO_ALIGNED)
		return bo->aligned;
	if ((bo->known & RKR_BO_SIZE) && bo->size <= UINT64_MAX - 4095)
		return rkr_align_up(bo->size, 4096);
	return 1;
}

static bool
holds(const struct rkr_bo *bo, const struct space_desc *d, uint64_t value, uint64_t *ret_addend)
{
	if (!(bo->known & d->known))
		return false;
	uint64_t base = base_of(bo, d->known);

	if (value < base)
		return false;
	if (value - base >= (d->range ? reach_of(bo) : 1))
		return false;
	*ret_addend = value - base;
	return true;
}

/* The regcmd of a model, which its addresses count from, if they are of this space; or NULL. */
static const struct rkr_region *
relative_to(const struct rkr_run *run, enum rkr_space space)
{
	for (size_t i = 0; rkr_run_is_relative(run) && space == RKR_SPACE_DMA && i < run->n_regions; i++)
		if (run->regions[i].kind == RKR_REGION_REGCMD)
			return &run->regions[i];
	return NULL;
}

struct rkr_ref
rkr_run_resolve(const struct rkr_run *run, enum rkr_space space, uint64_t value, size_t at)
{
	const struct rkr_region *base = relative_to(run, space);

	if (base) {
		if (value >= base->size)
			return (struct rkr_ref){ .state = RKR_REF_UNRESOLVED, .addend = value };
		return (struct rkr_ref){ RKR_REF_BO, base->bo, base->offset + value };
	}
	const struct space_desc *d = &spaces[space];
	struct rkr_ref ref = { .state = RKR_REF_UNRESOLVED, .addend = value };
	bool alive = false;

	if (!d->known) {
		for (size_t i = 0; i < run->things[space].n; i++)
			if (run->things[space].v[i] == value)
				return (struct rkr_ref){ .state = RKR_REF_THING, .addend = i };
		return ref;
	}
	if (value == 0 && space != RKR_SPACE_PRIME_FD)
		return (struct rkr_ref){ .state = RKR_REF_NULL };

	uint64_t probe = d->end ? value - 1 : value;

	for (size_t i = 0; i < run->n_bos; i++) {
		const struct rkr_bo *bo = &run->bos[i].bo;
		uint64_t addend;

		if (!holds(bo, d, probe, &addend))
			continue;
		/*
		 * Addresses are used again. The BO that lives at @at is meant,
		 * of several the youngest; but writers buffer, so a BO that is
		 * not born yet is better than none.
		 */
		bool lives = bo->born <= at && at < bo->died;

		if (ref.state == RKR_REF_BO && alive && !lives)
			continue;
		ref = (struct rkr_ref){ RKR_REF_BO, (uint32_t)i, addend + (d->end ? 1 : 0) };
		alive = lives;
	}
	return ref;
}

uint64_t
rkr_run_unresolve(const struct rkr_run *run, enum rkr_space space, const struct rkr_ref *ref)
{
	const struct rkr_region *base = relative_to(run, space);

	if (base && ref->state == RKR_REF_BO)
		return ref->addend - base->offset;
	switch (ref->state) {
	case RKR_REF_NULL:
		return 0;
	case RKR_REF_BO:
		return base_of(&run->bos[ref->bo].bo, spaces[space].known) + ref->addend;
	case RKR_REF_THING:
		return run->things[space].v[ref->addend];
	default:
		return ref->addend;
	}
}

int
rkr_run_note_thing(struct rkr_run *run, enum rkr_space space, uint64_t value)
{
	for (size_t i = 0; i < run->things[space].n; i++)
		if (run->things[space].v[i] == value)
			return 0;
	if (rkr_grow((void **)&run->things[space].v, &run->things[space].cap, run->things[space].n + 1,
		     sizeof(uint64_t)) < 0)
		return -ENOMEM;
	run->things[space].v[run->things[space].n++] = value;
	return 0;
}
