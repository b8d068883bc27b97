/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "run-priv.h"
#include "util.h"

/*
 * From records to the BO table and its contents. What is where in the BOs
 * (regions) is regions.c.
 */

/* The living BO that has this value of a space, or -1. */
static int
bo_by(const struct rkr_run *run, enum rkr_space space, uint64_t value, size_t at)
{
	struct rkr_ref ref = rkr_run_resolve(run, space, value, at);

	if (ref.state != RKR_REF_BO || run->bos[ref.bo].bo.died <= at)
		return -1;
	return (int)ref.bo;
}

/* The youngest BO below index @before that has this value of a space and has not died, or -1. */
static int
undead(const struct rkr_run *run, enum rkr_space space, uint64_t value, size_t at, int before)
{
	return rkr_run_find_bo(run, &(struct rkr_bo_query){ .space = space,
							    .value = value,
							    .born_by = SIZE_MAX,
							    .died_from = at + 1,
							    .before = (size_t)before });
}

static int
new_bo(struct rkr_run *run, size_t at, uint32_t *ret_index)
{
	return rkr_run_add_bo(run, &(struct rkr_bo){ .born = at, .died = SIZE_MAX }, ret_index);
}

/*
 * Set what a record tells of a BO and is not known yet. The first word
 * stands: a later one that differs shows up in a diff, as an address that
 * points nowhere.
 */
#define TELL(bo, flag, member, rec, field)                                             \
	do {                                                                           \
		if (rkr_has(rec, field) && !((bo)->known & (flag))) {                  \
			(bo)->member = (__typeof__((bo)->member))(rec)->v[field].u;    \
			(bo)->known |= (flag);                                         \
		}                                                                      \
	} while (0)

static int
bind_create(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	uint32_t i;

	if (rkr_has(r, RKR_F_mem_create_ret) && r->v[RKR_F_mem_create_ret].s != 0)
		return 0;
	int old = -1;

	if (rkr_has(r, RKR_F_mem_create_handle))
		old = bo_by(run, RKR_SPACE_HANDLE, r->v[RKR_F_mem_create_handle].u, at);
	/*
	 * Handles are used again, lowest free first [source: DRM core], and
	 * captures do not log every destroy: a second create of a handle means
	 * that the first BO is gone.
	 */
	if (old >= 0 && run->bos[old].created) {
		run->bos[old].bo.died = at;
		rkr_run_note_bo(run, (size_t)old);
		old = -1;
	}
	if (old >= 0)
		i = (uint32_t)old;
	else if (new_bo(run, at, &i) < 0)
		return -ENOMEM;
	run->bos[i].created = true;

	struct rkr_bo *bo = &run->bos[i].bo;

	TELL(bo, RKR_BO_HANDLE, handle, r, RKR_F_mem_create_handle);
	TELL(bo, RKR_BO_SIZE, size, r, RKR_F_mem_create_size);
	TELL(bo, RKR_BO_FLAGS, flags, r, RKR_F_mem_create_flags);
	TELL(bo, RKR_BO_OBJ, obj, r, RKR_F_mem_create_obj);
	TELL(bo, RKR_BO_DMA, dma, r, RKR_F_mem_create_dma);
	rkr_run_note_bo(run, i);
	return 0;
}

static int
bind_map(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	uint64_t handle = rkr_has(r, RKR_F_mem_map_handle) ? rkr_get_u(r, RKR_F_mem_map_handle)
							   : rkr_get_u(r, RKR_F_mem_map_entry_handle);
	int i = bo_by(run, RKR_SPACE_HANDLE, handle, at);

	/* Of a call that failed the fields are what the caller had left in them. */
	if (i < 0 || (rkr_has(r, RKR_F_mem_map_ret) && r->v[RKR_F_mem_map_ret].s != 0))
		return 0;
	TELL(&run->bos[i].bo, RKR_BO_MAP, map, r, RKR_F_mem_map_offset);
	TELL(&run->bos[i].bo, RKR_BO_MAP_N, map_n, r, RKR_F_mem_map_n);
	rkr_run_note_bo(run, (size_t)i);
	return 0;
}

static int
bind_mmap(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	int i = bo_by(run, RKR_SPACE_MAP, rkr_get_u(r, RKR_F_mmap_offset), at);

	/* MAP_FAILED is no address. */
	if (i >= 0 && rkr_get_u(r, RKR_F_mmap_addr) != UINT64_MAX) {
		TELL(&run->bos[i].bo, RKR_BO_VIRT, virt, r, RKR_F_mmap_addr);
		rkr_run_note_bo(run, (size_t)i);
	}
	if (rkr_has(r, RKR_F_mmap_fd))
		return rkr_run_note_thing(run, RKR_SPACE_DEVICE_FD, r->v[RKR_F_mmap_fd].u);
	return 0;
}

/*
 * Captures of the earliest kinds do not show what MEM_CREATE returned. The
 * runtime syncs each BO whole, in both directions, right after it made it
 * [captured: every ioctl log], so that sync tells the object's address.
 */
static int
bind_sync(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	uint64_t obj = rkr_get_u(r, RKR_F_mem_sync_obj);

	if (rkr_get_u(r, RKR_F_mem_sync_flags) != 3 || rkr_get_u(r, RKR_F_mem_sync_offset) != 0 || !obj ||
	    bo_by(run, RKR_SPACE_OBJECT, obj, at) >= 0)
		return 0;
	for (int i = (int)run->n_bos; (i = undead(run, RKR_SPACE_NONE, 0, at, i)) >= 0;) {
		struct rkr_bo *bo = &run->bos[i].bo;

		if (!run->bos[i].created || (bo->known & RKR_BO_OBJ))
			continue;
		if (bo->size == rkr_get_u(r, RKR_F_mem_sync_size)) {
			TELL(bo, RKR_BO_OBJ, obj, r, RKR_F_mem_sync_obj);
			rkr_run_note_bo(run, (size_t)i);
		}
		break;
	}
	return 0;
}

/* A handle goes by MEM_DESTROY or by GEM_CLOSE, which do the same [source]. */
static void
end_bo(struct rkr_run *run, const struct rkr_record *r, size_t at, int handle, int ret)
{
	int i = bo_by(run, RKR_SPACE_HANDLE, rkr_get_u(r, handle), at);

	if (i >= 0 && (!rkr_has(r, ret) || r->v[ret].s == 0)) {
		run->bos[i].bo.died = at;
		rkr_run_note_bo(run, (size_t)i);
	}
}

static int
bind_destroy(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	end_bo(run, r, at, RKR_F_mem_destroy_handle, RKR_F_mem_destroy_ret);
	return 0;
}

static int
bind_close(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	end_bo(run, r, at, RKR_F_gem_close_handle, RKR_F_gem_close_ret);
	return 0;
}

static int
bind_submit(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	int i = bo_by(run, RKR_SPACE_OBJECT, rkr_get_u(r, RKR_F_submit_task_obj_addr), at);

	/* The driver reads the tasks from this object [source]. */
	if (i >= 0 && !run->bos[i].bo.role[0])
		strcpy(run->bos[i].bo.role, "task");
	return 0;
}

bool
rkr_is_role(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e || text[i] == '"' || text[i] == '\\')
			return false;
	return len < sizeof(((struct rkr_bo *)NULL)->role);
}

static int
bind_alloc(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	uint64_t handle = rkr_get_u(r, RKR_F_bo_alloc_handle), obj = rkr_get_u(r, RKR_F_bo_alloc_obj);
	uint32_t i = 0;
	int old = -1;

	/*
	 * The row may come before or after the calls that it sums up: of those
	 * with its handle, the oldest BO that has no row is its own. A BO whose
	 * create returned no handle (early captures) is known by its object.
	 */
	for (int b = (int)run->n_bos; (b = undead(run, RKR_SPACE_HANDLE, handle, at, b)) >= 0;)
		if (!run->bos[b].bo.role[0])
			old = b;
	for (int b = (int)run->n_bos; (b = undead(run, RKR_SPACE_OBJECT, obj, at, b)) >= 0;)
		if (!run->bos[b].bo.role[0] && !(run->bos[b].bo.known & RKR_BO_HANDLE) &&
		    (old < 0 || b < old))
			old = b;
	/* The submit may have named the task BO before its row came. */
	if (old < 0) {
		int b = bo_by(run, RKR_SPACE_OBJECT, obj, at);

		if (b >= 0 && rkr_str_is(r, RKR_F_bo_alloc_name, run->bos[b].bo.role))
			old = b;
	}
	if (old >= 0)
		i = (uint32_t)old;
	else if (new_bo(run, at, &i) < 0)
		return -ENOMEM;

	struct rkr_bo *bo = &run->bos[i].bo;
	const struct rkr_blob *name = rkr_get_b(r, RKR_F_bo_alloc_name);

	if (!bo->role[0] && rkr_is_role(name->data, name->len)) {
		memcpy(bo->role, name->data, name->len);
		bo->role[name->len] = '\0';
	}
	TELL(bo, RKR_BO_HANDLE, handle, r, RKR_F_bo_alloc_handle);
	TELL(bo, RKR_BO_SIZE, size, r, RKR_F_bo_alloc_size);
	TELL(bo, RKR_BO_ALIGNED, aligned, r, RKR_F_bo_alloc_aligned_size);
	TELL(bo, RKR_BO_FLAGS, flags, r, RKR_F_bo_alloc_flags);
	TELL(bo, RKR_BO_VIRT, virt, r, RKR_F_bo_alloc_virt);
	TELL(bo, RKR_BO_DMA, dma, r, RKR_F_bo_alloc_dma);
	TELL(bo, RKR_BO_OBJ, obj, r, RKR_F_bo_alloc_obj);
	TELL(bo, RKR_BO_PRIME_FD, prime_fd, r, RKR_F_bo_alloc_fd);
	TELL(bo, RKR_BO_GEM_NAME, gem_name, r, RKR_F_bo_alloc_gem_name);
	rkr_run_note_bo(run, i);
	return 0;
}

static int
bind_gem(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	int old = bo_by(run, RKR_SPACE_HANDLE, rkr_get_u(r, RKR_F_gem_handle), at);
	uint32_t i;

	if (old < 0)
		old = bo_by(run, RKR_SPACE_GEM_NAME, rkr_get_u(r, RKR_F_gem_name), at);
	if (old >= 0)
		i = (uint32_t)old;
	else if (new_bo(run, at, &i) < 0)
		return -ENOMEM;

	struct rkr_bo *bo = &run->bos[i].bo;

	TELL(bo, RKR_BO_HANDLE, handle, r, RKR_F_gem_handle);
	TELL(bo, RKR_BO_GEM_NAME, gem_name, r, RKR_F_gem_name);
	TELL(bo, RKR_BO_ALIGNED, aligned, r, RKR_F_gem_size);
	TELL(bo, RKR_BO_MAP, map, r, RKR_F_gem_map_offset);
	rkr_run_note_bo(run, i);
	return 0;
}

/* Contents that a row tells of a BO; past the BO's end is a contradiction. */
static int
write_row(struct rkr_run *run, uint32_t gem, uint64_t offset, const void *data, size_t len,
	  enum rkr_evidence evidence, size_t at)
{
	int i = bo_by(run, RKR_SPACE_GEM_NAME, gem, at);

	if (i < 0)
		return 0;
	int r = rkr_run_write(run, (uint32_t)i, offset, data, len, evidence, at);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return rkr_run_note_conflict(run,
					     &(struct rkr_conflict){ (uint32_t)i, offset, SIZE_MAX, at });
	return 0;
}

static int
bind_task(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	uint8_t bytes[RKR_TASK_BYTES];

	rkr_task_row_get(r, bytes);
	return write_row(run, (uint32_t)rkr_get_u(r, RKR_F_task_gem), rkr_get_u(r, RKR_F_task_off), bytes,
			 sizeof(bytes), r->kind == RKR_KIND_task ? RKR_EVIDENCE_DUMP : RKR_EVIDENCE_SCAN, at);
}

static int
bind_window(struct rkr_run *run, const struct rkr_record *r, size_t at)
{
	_Static_assert((int)RKR_F_regcmd_run_gem == (int)RKR_F_regcmd_window_gem, "read alike");
	int off = r->kind == RKR_KIND_regcmd_window ? RKR_F_regcmd_window_off : RKR_F_regcmd_run_off;
	int field = r->kind == RKR_KIND_regcmd_window ? RKR_F_regcmd_window_qwords : RKR_F_regcmd_run_qwords;
	const struct rkr_blob *b = rkr_get_b(r, field);
	const uint64_t *words = b->data;

	if (!rkr_has(r, field) || !b->len)
		return 0;
	_autofree_ uint8_t *bytes = reallocarray(NULL, b->len, 8);

	if (!bytes)
		return -ENOMEM;
	for (size_t i = 0; i < b->len; i++)
		for (size_t k = 0; k < 8; k++)
			bytes[8 * i + k] = (uint8_t)(words[i] >> (8 * k));
	return write_row(run, (uint32_t)rkr_get_u(r, RKR_F_regcmd_window_gem), rkr_get_u(r, off), bytes,
			 b->len * 8, RKR_EVIDENCE_DUMP, at);
}

static const struct {
	enum rkr_kind kind;
	int (*bind)(struct rkr_run *run, const struct rkr_record *r, size_t at);
} binders[] = {
	{ RKR_KIND_mem_create, bind_create }, { RKR_KIND_mem_map, bind_map },
	{ RKR_KIND_mmap, bind_mmap },         { RKR_KIND_mem_sync, bind_sync },
	{ RKR_KIND_gem_close, bind_close },   { RKR_KIND_mem_destroy, bind_destroy },
	{ RKR_KIND_submit, bind_submit },     { RKR_KIND_bo_alloc, bind_alloc },
	{ RKR_KIND_gem, bind_gem },           { RKR_KIND_task, bind_task },
	{ RKR_KIND_task_like, bind_task },    { RKR_KIND_regcmd_window, bind_window },
	{ RKR_KIND_regcmd_run, bind_window },
};

int
rkr_run_bind(struct rkr_run *run)
{
	for (; run->n_bound < run->n_records; run->n_bound++) {
		const struct rkr_record *r = &run->records[run->n_bound];

		for (size_t i = 0; i < RKR_ARRAY_LEN(binders); i++)
			if (binders[i].kind == r->kind && binders[i].bind(run, r, run->n_bound) < 0)
				return -ENOMEM;
	}
	return rkr_run_bind_regions(run);
}
