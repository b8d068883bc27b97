/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checks-priv.h"
#include "model-action.h"
#include "model-memory.h"
#include "util.h"

/* Checks of the calls around a submit: actions, BOs, mappings, syncs, and their order. */

#define PROT_READ_WRITE 3
#define MAP_SHARED_FLAG 1

static uint64_t
whole_pages(const struct rkr_bo *bo)
{
	return bo->known & RKR_BO_ALIGNED ? bo->aligned
	       : bo->known & RKR_BO_SIZE  ? rkr_page_round(bo->size)
					  : 0;
}

/* ---- actions ---- */

static bool
has_action(const struct rkr_run *run, uint32_t id)
{
	for (size_t i = 0; run && i < run->n_records; i++)
		if (run->records[i].kind == RKR_KIND_action &&
		    rkr_get_u(&run->records[i], RKR_F_action_flags) == id)
			return true;
	return false;
}

void
rkr_check_actions(struct rkr_check_ctx *c)
{
	size_t submit = rkr_check_first_submit(c), failing = SIZE_MAX;
	bool shows_ret = false;

	FOR_EACH(c, action, i)
	shows_ret |= rkr_has(rkr_check_record(c, RKR_KIND_action, i), RKR_F_action_ret);
	FOR_EACH(c, action, i)
	{
		size_t at = INDEX(c, action, i);
		const struct rkr_record *r = &c->run->records[at];
		uint32_t id = (uint32_t)rkr_get_u(r, RKR_F_action_flags);
		int want = rkr_action_result(id, (uint32_t)rkr_get_u(r, RKR_F_action_value));

		/*
		 * A client may reset before it submits, if it is meant to. A log without a submit
		 * has an end all the same.
		 */
		if (at < submit)
			rkr_check_that(c,
				       rkr_action_in_prologue(id) ||
					       (id == RKR_ACTION_RESET && has_action(c->s->against, id)) ||
					       (id == RKR_ACTION_POWER_OFF && submit == c->run->n_records),
				       at, NULL, "flags",
				       rkr_action(id)->effect == RKR_EFFECT_RESET
					       ? "no reset of the NPU"
					       : "an action without side effects on others",
				       rkr_check_text(c, "0x%x", id));
		if (!rkr_has(r, RKR_F_action_ret)) {
			if (shows_ret)
				rkr_check_that(c, false, at, NULL, "ret", "a value",
					       "mandatory input missing: its row is not there");
			else
				rkr_check_skip(c, "it does not show what actions returned");
			continue;
		}
		/* The C library gives -1 for whatever errno [captured]. */
		int64_t ret = r->v[RKR_F_action_ret].s;

		rkr_check_that(c, want ? ret < 0 : ret == 0, at, NULL, "ret", want ? "an error" : "0",
			       rkr_check_text(c, "%" PRId64, ret));
		if (ret < 0 && failing == SIZE_MAX)
			failing = at;
	}
	if (c->skip)
		return;
	/*
	 * The runtime turns the power on and off, which this driver does not do, and does not mind
	 * [captured: 10 logs].
	 */
	if (failing < SIZE_MAX)
		FIELD(c, failing, action, flags, RKR_ACTION_POWER_ON);
	rkr_check_that(c, failing < submit || !rkr_check_count(c, RKR_KIND_submit), SIZE_MAX, "action", "ret",
		       "POWER_ON to fail before the submit", "no action that fails there");
	if (rkr_check_count(c, RKR_KIND_bo_free))
		rkr_check_that(c, has_action(c->run, RKR_ACTION_POWER_OFF), SIZE_MAX, "action", NULL,
			       "POWER_OFF at the end", "none");
}

/* ---- syncs ---- */

/* Whether a BO is synced in this direction in [from, to). */
static bool
is_synced(const struct rkr_check_ctx *c, const struct rkr_bo *bo, uint32_t direction, size_t from, size_t to)
{
	FOR_EACH(c, mem_sync, i)
	{
		size_t at = INDEX(c, mem_sync, i);
		const struct rkr_record *r = &c->run->records[at];

		if (at >= from && at < to && rkr_get_u(r, RKR_F_mem_sync_obj) == bo->obj &&
		    (rkr_get_u(r, RKR_F_mem_sync_flags) & direction))
			return true;
	}
	return false;
}

static void
check_directions(struct rkr_check_ctx *c)
{
	static const struct {
		const char *role;
		uint32_t direction;
		bool before;
	} wanted[] = {
		/*
		 * What the CPU wrote is out before the NPU reads it; what the NPU wrote is read
		 * anew [captured].
		 */
		{ "task", RKR_SYNC_TO_DEVICE, true },
		{ "weight", RKR_SYNC_TO_DEVICE, true },
		{ "input", RKR_SYNC_TO_DEVICE, true },
		{ "output", RKR_SYNC_FROM_DEVICE, false },
	};
	size_t submit = rkr_check_first_submit(c), n = c->run->n_records;

	for (size_t i = 0; i < RKR_ARRAY_LEN(wanted) && submit < n; i++) {
		const struct rkr_bo *bo = rkr_check_bo(c, wanted[i].role);

		if (!bo || !(bo->known & RKR_BO_OBJ))
			continue;
		rkr_check_that(c,
			       is_synced(c, bo, wanted[i].direction, wanted[i].before ? 0 : submit,
					 wanted[i].before ? submit : n),
			       submit, rkr_check_text(c, "BO %s", bo->role), "mem_sync",
			       wanted[i].before ? "to the device before the submit"
						: "from the device after the submit",
			       "none");
	}
}

void
rkr_check_sync_model(struct rkr_check_ctx *c)
{
	bool to = false, from = false;

	FOR_EACH(c, mem_create, i)
	{
		size_t at = INDEX(c, mem_create, i);
		const struct rkr_record *r = &c->run->records[at];
		uint32_t flags = (uint32_t)rkr_get_u(r, RKR_F_mem_create_flags);

		rkr_check_that(c, (flags & RKR_MEM_NON_CONTIGUOUS) && (flags & RKR_MEM_CACHEABLE), at, NULL,
			       "flags", "non-contiguous and cacheable (0x3)",
			       rkr_check_text(c, "0x%x", flags));
	}
	FOR_EACH(c, mem_sync, i)
	{
		size_t at = INDEX(c, mem_sync, i);
		const struct rkr_record *r = &c->run->records[at];
		const struct rkr_abi_mem_sync arg = {
			.flags = (uint32_t)rkr_get_u(r, RKR_F_mem_sync_flags),
			.obj_addr = rkr_get_u(r, RKR_F_mem_sync_obj),
			.offset = rkr_get_u(r, RKR_F_mem_sync_offset),
			.size = rkr_get_u(r, RKR_F_mem_sync_size),
		};
		struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_OBJECT, arg.obj_addr, at);
		const struct rkr_bo *bo = ref.state == RKR_REF_BO ? &c->run->bos[ref.bo].bo : NULL;
		struct rkr_sync_result out;

		rkr_check_that(c, arg.flags >= 1 && arg.flags <= 3, at, NULL, "flags",
			       "to (1), from (2) or both (3)", rkr_check_text(c, "0x%x", arg.flags));
		to |= (arg.flags & RKR_SYNC_TO_DEVICE) != 0;
		from |= (arg.flags & RKR_SYNC_FROM_DEVICE) != 0;
		/* The driver follows this pointer unverified [source]. */
		rkr_check_that(c, bo != NULL, at, NULL, "obj", "the object of a BO",
			       rkr_check_text(c, "0x%" PRIx64, arg.obj_addr));
		if (!bo || !(bo->known & RKR_BO_FLAGS) || !(bo->known & RKR_BO_SIZE))
			continue;
		rkr_sync_judge(&arg, bo->flags, whole_pages(bo), &out);
		FIELD(c, at, mem_sync, ret, out.ret ? -1 : 0);
		rkr_check_that(c, arg.offset <= bo->size && arg.size <= bo->size - arg.offset && !out.beyond,
			       at, NULL, "size", rkr_check_text(c, "bytes of the BO's %" PRIu64, bo->size),
			       rkr_check_text(c, "%" PRIu64 " from %" PRIu64, arg.size, arg.offset));
	}
	rkr_check_that(c, to && from, SIZE_MAX, "mem_sync", NULL, "syncs in both directions",
		       to ? "none from the device" : "none to the device");
	check_directions(c);
}

/* ---- IOVAs ---- */

/* A BO comes or goes. */
struct turn {
	size_t at; /* record */
	size_t bo;
	bool comes;
};

/* In time: who goes leaves its place to who comes with the same record. */
static int
compare_turns(const void *data_a, const void *data_b)
{
	const struct turn *a = data_a, *b = data_b;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->comes != b->comes)
		return a->comes ? 1 : -1;
	return a->bo < b->bo ? -1 : a->bo > b->bo;
}

/* The comings and goings of all BOs. NULL: no memory. */
static struct turn *
take_turns(struct rkr_check_ctx *c, size_t *ret_n)
{
	struct turn *turns = rkr_check_alloc(c, 2 * c->run->n_bos, sizeof(*turns));

	*ret_n = turns ? 2 * c->run->n_bos : 0;
	for (size_t i = 0; i < *ret_n / 2; i++) {
		const struct rkr_bo *bo = &c->run->bos[i].bo;

		turns[2 * i] = (struct turn){ bo->born, i, true };
		turns[2 * i + 1] = (struct turn){ bo->died, i, false };
	}
	if (turns)
		qsort(turns, *ret_n, sizeof(*turns), compare_turns);
	return turns;
}

/* A BO comes, with @used by those that live: *top is the end of the first one, or 0 until it comes. */
static void
check_place(struct rkr_check_ctx *c, const struct rkr_bo *bo, const struct rkr_taken *used, uint64_t *top)
{
	uint64_t want = 0, size = whole_pages(bo);

	if (!size)
		return;
	rkr_check_that(c,
		       bo->dma > 0 && bo->dma % RKR_PAGE == 0 && bo->dma < RKR_IOVA_END &&
			       size <= RKR_IOVA_END - bo->dma,
		       bo->born, NULL, "dma", "whole pages below 4 GiB",
		       rkr_check_text(c, "0x%" PRIx64, bo->dma));
	if (!*top)
		*top = bo->dma + size;
	rkr_check_that(c, !rkr_taken_by(used, bo->dma, size), bo->born, NULL, "dma",
		       "addresses of no other BO", rkr_check_text(c, "0x%" PRIx64, bo->dma));
	if (!(bo->known & RKR_BO_FLAGS) || !(bo->flags & RKR_MEM_LIMIT_IOVA_ALIGNMENT))
		return;
	/* From the first BO's end downwards: what is above is others' [captured: 34 logs]. */
	if (rkr_iova_place(used, *top, size, bo->flags, &want) == 0)
		rkr_check_number(c, bo->born, NULL, "dma", want, bo->dma);
}

/* Whether it shows where a BO is. */
static bool
check_places(struct rkr_check_ctx *c)
{
	struct rkr_taken used = { 0 };
	uint64_t top = 0;
	size_t n;
	_autofree_ struct turn *turns = take_turns(c, &n);

	for (size_t i = 0; i < n; i++) {
		struct rkr_bo *bo = &c->run->bos[turns[i].bo].bo;
		uint64_t size = whole_pages(bo);

		if (!(bo->known & RKR_BO_DMA))
			continue;
		if (!turns[i].comes) {
			rkr_taken_remove(&used, bo->dma, bo);
			continue;
		}
		check_place(c, bo, &used, &top);
		/* Something of a BO is there, also if its size is not known. */
		if (bo->died > bo->born && rkr_taken_add(&used, bo->dma, size ? size : 1, bo) < 0)
			c->all->failed = -ENOMEM;
	}
	rkr_taken_clear(&used);
	return top != 0;
}

void
rkr_check_iommu(struct rkr_check_ctx *c)
{
	if (!rkr_check_count(c, RKR_KIND_bo_alloc) && !rkr_check_mandatory(c, RKR_KIND_mem_create))
		return;
	if (!check_places(c))
		rkr_check_skip(c, "it does not show where its BOs are");
	FOR_EACH(c, mem_create, i)
	{
		size_t at = INDEX(c, mem_create, i);
		const struct rkr_record *r = &c->run->records[at];
		const struct rkr_abi_mem_create arg = { .size = rkr_get_u(r, RKR_F_mem_create_size) };

		FIELD(c, at, mem_create, ret, rkr_mem_create_judge(&arg) ? -1 : 0);
		FIELD(c, at, mem_create, sram, 0);
	}
	/* One domain, and nobody switches it. */
	FOR_EACH(c, bo_alloc, i)
	FIELD(c, INDEX(c, bo_alloc, i), bo_alloc, domain, 0);
	FOR_EACH(c, submit, i)
	{
		const struct rkr_abi_submit s = rkr_check_submit(rkr_check_record(c, RKR_KIND_submit, i));

		rkr_check_number(c, INDEX(c, submit, i), NULL, "iommu domain", 0, s.iommu_domain_id);
	}
}

/* ---- mappings ---- */

static void
check_maps(struct rkr_check_ctx *c)
{
	struct rkr_taken used = { 0 };

	FOR_EACH(c, mem_map, i)
	{
		size_t at = INDEX(c, mem_map, i);
		const struct rkr_record *r = &c->run->records[at];
		uint64_t offset = rkr_get_u(r, RKR_F_mem_map_offset), want = 0;
		struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_HANDLE,
						     rkr_get_u(r, RKR_F_mem_map_entry_handle), at);
		uint64_t size = ref.state == RKR_REF_BO ? whole_pages(&c->run->bos[ref.bo].bo) : 0;

		FIELD(c, at, mem_map, entry_reserved, 0);
		FIELD(c, at, mem_map, entry_offset, 0);
		FIELD(c, at, mem_map, ret, 0);
		FIELD(c, at, mem_map, handle, rkr_get_u(r, RKR_F_mem_map_entry_handle));
		FIELD(c, at, mem_map, reserved, 0);
		rkr_check_that(c, size > 0, at, NULL, "entry_handle", "the handle of a BO",
			       rkr_check_text(c, "0x%" PRIx64, rkr_get_u(r, RKR_F_mem_map_entry_handle)));
		/* Packed in the order in which BOs are first mapped [captured: 13 logs]. */
		if (size && rkr_map_place(&used, size, &want) == 0)
			FIELD(c, at, mem_map, offset, want);
		/*
		 * A BO of unknown size: then it is not known where what comes behind it goes. A
		 * call that failed gives no offset.
		 */
		if (offset >= RKR_MAP_FIRST && rkr_taken_add(&used, offset, size, NULL) < 0)
			c->all->failed = -ENOMEM;
	}
	rkr_taken_clear(&used);
}

void
rkr_check_mapping(struct rkr_check_ctx *c)
{
	size_t n = rkr_check_count(c, RKR_KIND_mem_create);
	int64_t fd = -1;

	rkr_check_amount(c, SIZE_MAX, "mem_map", "records", n, rkr_check_count(c, RKR_KIND_mem_map));
	rkr_check_amount(c, SIZE_MAX, "mmap", "records", n, rkr_check_count(c, RKR_KIND_mmap));
	check_maps(c);
	FOR_EACH(c, mmap, i)
	{
		size_t at = INDEX(c, mmap, i);
		const struct rkr_record *r = &c->run->records[at];
		uint64_t offset = rkr_get_u(r, RKR_F_mmap_offset), length = rkr_get_u(r, RKR_F_mmap_length);
		struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_MAP, offset, at);
		const struct rkr_bo *bo = ref.state == RKR_REF_BO ? &c->run->bos[ref.bo].bo : NULL;

		FIELD(c, at, mmap, hint, 0);
		FIELD(c, at, mmap, prot, PROT_READ_WRITE);
		FIELD(c, at, mmap, flags, MAP_SHARED_FLAG);
		if (fd >= 0)
			FIELD(c, at, mmap, fd, fd);
		else if (rkr_has(r, RKR_F_mmap_fd))
			fd = r->v[RKR_F_mmap_fd].s;
		rkr_check_that(c, bo != NULL, at, NULL, "offset", "an offset that MEM_MAP returned",
			       rkr_check_text(c, "0x%" PRIx64, offset));
		rkr_check_that(
			c, rkr_get_u(r, RKR_F_mmap_addr) % RKR_PAGE == 0 && rkr_get_u(r, RKR_F_mmap_addr) > 0,
			at, NULL, "addr", "whole pages",
			rkr_check_text(c, "0x%" PRIx64, rkr_get_u(r, RKR_F_mmap_addr)));
		if (!bo)
			continue;
		rkr_check_that(
			c,
			rkr_mmap_judge(&(struct rkr_range){ bo->map, whole_pages(bo) }, offset, length) == 0,
			at, NULL, "length", "from the BO's start, within it",
			rkr_check_text(c, "%" PRIu64, length));
		/* The runtime maps what it asked for, not what it got [captured: 65 BOs]. */
		if (bo->known & RKR_BO_SIZE)
			FIELD(c, at, mmap, length, bo->size);
		if (bo->known & RKR_BO_FLAGS)
			rkr_check_that(c, rkr_mem_cache(bo->flags) == RKR_CACHE_NORMAL, bo->born, NULL,
				       "flags", "a cached mapping", rkr_check_text(c, "0x%x", bo->flags));
	}
}

/* ---- order ---- */

#define SEQUENCE                                                                                         \
	(RKR_KIND_BIT(action) | RKR_KIND_BIT(mem_create) | RKR_KIND_BIT(mem_map) | RKR_KIND_BIT(mmap) |  \
	 RKR_KIND_BIT(mem_destroy) | RKR_KIND_BIT(munmap) | RKR_KIND_BIT(close) | RKR_KIND_BIT(submit) | \
	 RKR_KIND_BIT(submit_create) | RKR_KIND_BIT(submit_sync) | RKR_KIND_BIT(submit_task) |           \
	 RKR_KIND_BIT(unreadable))

/*
 * Logs of one process, read together, may both show its submit. The one that
 * shows less of it is not another call.
 */
static bool
is_no_second_sight(const struct rkr_check_ctx *c, const struct rkr_diff_item *it)
{
	size_t i;

	if (it->kind != RKR_KIND_submit || it->field || !it->a.text || it->b.text ||
	    sscanf(it->path, "submit[%zu]", &i) != 1 || i >= rkr_check_count(c, RKR_KIND_submit))
		return true;
	const struct rkr_record *r = rkr_check_record(c, RKR_KIND_submit, i);

	for (size_t k = 0; k < rkr_check_count(c, RKR_KIND_submit); k++) {
		const struct rkr_record *o = rkr_check_record(c, RKR_KIND_submit, k);

		if (o->place.file != r->place.file &&
		    rkr_get_u(o, RKR_F_submit_n) == rkr_get_u(r, RKR_F_submit_n) &&
		    (r->present & ~o->present) == 0)
			return false;
	}
	return true;
}

void
rkr_check_sync_profile(struct rkr_check_ctx *c)
{
	rkr_check_differences(c, RKR_KIND_BIT(mem_sync), NULL);
}

void
rkr_check_sequence(struct rkr_check_ctx *c)
{
	uint64_t calls = 0;
	/* A call that could not be read has a number, and no record that tells it. */
	bool all = rkr_check_count(c, RKR_KIND_unreadable) == 0;

	for (size_t i = 0; i < c->run->n_records && all; i++) {
		const struct rkr_record *r = &c->run->records[i];
		int field = rkr_field_by_name(r->kind, "call");

		/* One counter over all ioctls, in the order of entry [captured: 13 logs]. */
		if (field >= 0 && rkr_has(r, field))
			rkr_check_field(c, i, field, ++calls);
	}
	FOR_EACH(c, mem_create, i)
	{
		size_t at = INDEX(c, mem_create, i);

		FIELD(c, at, mem_create, n, i + 1);
		FIELD(c, at, mem_create, entry_handle, 0);
		FIELD(c, at, mem_create, entry_obj, 0);
		FIELD(c, at, mem_create, entry_dma, 0);
		FIELD(c, at, mem_create, entry_sram, 0);
		/* Handles are given from 1, lowest free first [captured; source: DRM core]. */
		if (!rkr_check_count(c, RKR_KIND_mem_destroy))
			FIELD(c, at, mem_create, handle, i + 1);
	}
	rkr_check_differences(c, SEQUENCE, is_no_second_sight);
}
