/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>

#include "run-priv.h"
#include "util.h"

/*
 * Which BO a value of a space is of. A process that makes and destroys its BOs
 * in a loop has tens of thousands of them, and each record asks; so the scan
 * leaves out stretches of the BO table that cannot hold the value or did not
 * live then. What is known of a stretch is a span: of 16 BOs, or of 16 spans.
 */

/* How a space reaches into a BO: which member, and how far it extends. */
struct space_desc {
	uint32_t known; /* RKR_BO_ flag; 0: the space does not name BOs */
	bool range;     /* base..base+size, not the base alone */
};

static const struct space_desc spaces[RKR_SPACE_MAX_] = {
	[RKR_SPACE_DMA] = { RKR_BO_DMA, true },
	[RKR_SPACE_DMA_END] = { RKR_BO_DMA, true },
	[RKR_SPACE_OBJECT] = { RKR_BO_OBJ, false },
	[RKR_SPACE_VIRTUAL] = { RKR_BO_VIRT, true },
	[RKR_SPACE_MAP] = { RKR_BO_MAP, true },
	[RKR_SPACE_HANDLE] = { RKR_BO_HANDLE, false },
	[RKR_SPACE_GEM_NAME] = { RKR_BO_GEM_NAME, false },
	[RKR_SPACE_PRIME_FD] = { RKR_BO_PRIME_FD, false },
};

#define SPAN_BITS 4
_Static_assert(SPAN_BITS *RKR_SPAN_LEVELS >= 32, "all BOs that a table may have are in one span");

bool
rkr_space_names_bos(enum rkr_space space)
{
	return spaces[space].known != 0;
}

uint64_t
rkr_bo_base(const struct rkr_bo *bo, enum rkr_space space)
{
	switch (spaces[space].known) {
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

/* The values of a space that are of a BO, first and last. */
static bool
values_of(const struct rkr_bo *bo, enum rkr_space space, uint64_t *ret_first, uint64_t *ret_last)
{
	if (!(bo->known & spaces[space].known))
		return false;
	uint64_t base = rkr_bo_base(bo, space), n = spaces[space].range ? reach_of(bo) : 1;

	if (!n)
		return false;
	*ret_first = base;
	*ret_last = base > UINT64_MAX - (n - 1) ? UINT64_MAX : base + (n - 1);
	return true;
}

/* ---- spans ---- */

/* How many there are of what the spans of a level are of. */
static size_t
n_below(const struct rkr_run *run, unsigned level)
{
	return level ? run->spans[level - 1].n : run->n_bos;
}

static size_t
last_death(const struct rkr_run *run, unsigned level, size_t span)
{
	size_t first = span << SPAN_BITS, died = 0;

	for (size_t i = first; i < n_below(run, level) && i - first < 1 << SPAN_BITS; i++) {
		size_t d = level ? run->spans[level - 1].v[i].died : run->bos[i].bo.died;

		died = d > died ? d : died;
	}
	return died;
}

int
rkr_run_reserve_spans(struct rkr_run *run, size_t n_bos)
{
	for (unsigned l = 0; l < RKR_SPAN_LEVELS; l++) {
		size_t need = ((n_bos - 1) >> SPAN_BITS * (l + 1)) + 1;

		if (rkr_grow((void **)&run->spans[l].v, &run->spans[l].cap, need, sizeof(*run->spans[l].v)) <
		    0)
			return -ENOMEM;
		if (need == 1)
			break;
	}
	return 0;
}

/* Make the spans of one more BO, where they were reserved. */
static void
extend_spans(struct rkr_run *run, size_t bo)
{
	for (unsigned l = 0; l < RKR_SPAN_LEVELS; l++) {
		size_t i = bo >> SPAN_BITS * (l + 1);

		if (i == run->spans[l].n) {
			struct rkr_span *s = &run->spans[l].v[run->spans[l].n++];

			*s = (struct rkr_span){ .born = SIZE_MAX };
			for (size_t k = 0; k < RKR_ARRAY_LEN(s->first); k++)
				s->first[k] = UINT64_MAX;
			/* A level that is new is over what was the highest one. */
			if (l && i == 0)
				*s = run->spans[l - 1].v[0];
		}
		if (i == 0)
			break;
	}
}

void
rkr_run_note_bo(struct rkr_run *run, size_t bo)
{
	const struct rkr_bo *b = &run->bos[bo].bo;

	extend_spans(run, bo);
	for (unsigned l = 0; l < RKR_SPAN_LEVELS; l++) {
		size_t i = bo >> SPAN_BITS * (l + 1);
		struct rkr_span *s = &run->spans[l].v[i];
		uint64_t first, last;

		for (size_t k = 0; k < RKR_ARRAY_LEN(s->first); k++) {
			if (!spaces[k].known || !values_of(b, (enum rkr_space)k, &first, &last))
				continue;
			s->first[k] = first < s->first[k] ? first : s->first[k];
			s->last[k] = last > s->last[k] ? last : s->last[k];
		}
		s->born = b->born < s->born ? b->born : s->born;
		s->died = last_death(run, l, i);
		if (run->spans[l].n == 1)
			break;
	}
}

void
rkr_run_note_bos(struct rkr_run *run)
{
	for (unsigned l = 0; l < RKR_SPAN_LEVELS; l++)
		run->spans[l].n = 0;
	for (size_t i = 0; i < run->n_bos; i++)
		rkr_run_note_bo(run, i);
}

/* ---- the search ---- */

static bool
is_meant(const struct rkr_bo *bo, const struct rkr_bo_query *q)
{
	uint64_t first = 0, last = UINT64_MAX;

	return bo->born <= q->born_by && bo->died >= q->died_from &&
	       (!spaces[q->space].known || values_of(bo, q->space, &first, &last)) && q->value >= first &&
	       q->value <= last;
}

static bool
may_have(const struct rkr_span *s, const struct rkr_bo_query *q)
{
	return s->born <= q->born_by && s->died >= q->died_from &&
	       (!spaces[q->space].known || (q->value >= s->first[q->space] && q->value <= s->last[q->space]));
}

static int
find_in(const struct rkr_run *run, const struct rkr_bo_query *q, unsigned level, size_t span)
{
	size_t first = span << SPAN_BITS, n = n_below(run, level);

	if (!may_have(&run->spans[level].v[span], q))
		return -1;
	for (size_t i = n - first > 1 << SPAN_BITS ? first + (1 << SPAN_BITS) : n; i-- > first;) {
		int found = -1;

		if (i << SPAN_BITS * level >= q->before)
			continue;
		if (level)
			found = find_in(run, q, level - 1, i);
		else if (is_meant(&run->bos[i].bo, q))
			found = (int)i;
		if (found >= 0)
			return found;
	}
	return -1;
}

int
rkr_run_find_bo(const struct rkr_run *run, const struct rkr_bo_query *q)
{
	unsigned top = 0;

	if (!run->n_bos)
		return -1;
	while (run->spans[top].n > 1)
		top++;
	return find_in(run, q, top, 0);
}
