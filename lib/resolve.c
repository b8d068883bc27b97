/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>

#include "run-priv.h"
#include "util.h"

/*
 * From a value (an address, a handle) to what it stands for, and back: all that
 * diff, relocation and printing know of spaces. Which BO holds it is find.c.
 */

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
	if (!rkr_space_names_bos(space)) {
		for (size_t i = 0; i < run->things[space].n; i++)
			if (run->things[space].v[i] == value)
				return (struct rkr_ref){ .state = RKR_REF_THING, .addend = i };
		return (struct rkr_ref){ .state = RKR_REF_UNRESOLVED, .addend = value };
	}
	if (value == 0 && space != RKR_SPACE_PRIME_FD)
		return (struct rkr_ref){ .state = RKR_REF_NULL };

	struct rkr_bo_query q = {
		.space = space,
		.value = space == RKR_SPACE_DMA_END ? value - 1 : value,
		.born_by = at,
		.died_from = at + 1,
		.before = SIZE_MAX,
	};
	/*
	 * Addresses are used again. The BO that lives at @at is meant, of
	 * several the youngest; but writers buffer, so a BO that is not born
	 * yet is better than none, and so is one that is gone.
	 */
	int bo = at == SIZE_MAX ? -1 : rkr_run_find_bo(run, &q);

	if (bo < 0) {
		q.born_by = SIZE_MAX;
		q.died_from = 0;
		bo = rkr_run_find_bo(run, &q);
	}
	if (bo < 0)
		return (struct rkr_ref){ .state = RKR_REF_UNRESOLVED, .addend = value };
	return (struct rkr_ref){ RKR_REF_BO, (uint32_t)bo, value - rkr_bo_base(&run->bos[bo].bo, space) };
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
		return rkr_bo_base(&run->bos[ref->bo].bo, space) + ref->addend;
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
