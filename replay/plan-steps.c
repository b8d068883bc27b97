/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "plan-priv.h"

/*
 * The steps of a plan: the source's calls in their order, and between them
 * what no log shows (the CPU's writes and reads), each as early as the
 * addresses that it needs are known. What the source has not, and cannot do
 * without (a mapping, a sync), is added, without a record of the source.
 */

struct walk {
	struct rkx_plan *plan;
	struct rkr_error *err;
	bool *created;
	bool *mapped;
	bool *filled; /* per piece */
};

static int
push(struct walk *w, const struct rkx_step *step)
{
	struct rkx_plan *p = w->plan;

	if (rkr_grow((void **)&p->steps, &p->cap_steps, p->n_steps + 1, sizeof(*p->steps)) < 0)
		return -ENOMEM;
	p->steps[p->n_steps++] = *step;
	return 0;
}

static int
insert_after(struct rkx_plan *p, size_t at, const struct rkx_step *step)
{
	if (rkr_grow((void **)&p->steps, &p->cap_steps, p->n_steps + 1, sizeof(*p->steps)) < 0)
		return -ENOMEM;
	memmove(&p->steps[at + 2], &p->steps[at + 1], (p->n_steps - at - 1) * sizeof(*p->steps));
	p->steps[at + 1] = *step;
	p->n_steps++;
	return 0;
}

static uint32_t
bo_of(const struct walk *w, enum rkr_space space, uint64_t value, size_t record)
{
	struct rkr_ref ref = rkr_run_resolve(w->plan->source, space, value, record);

	return ref.state == RKR_REF_BO && (space == RKR_SPACE_MAP || ref.addend == 0) ? ref.bo : RKX_NONE;
}

/* Whether the source shows that the call failed. */
static bool
failed(const struct rkr_record *r, int ret)
{
	return rkr_has(r, ret) && r->v[ret].s != 0;
}

/* Fill every piece that can be, by now. */
static int
fill_ready(struct walk *w)
{
	for (size_t i = 0; i < w->plan->n_pieces; i++) {
		const struct rkx_piece *p = &w->plan->pieces[i];
		bool ready = w->mapped[p->bo] && w->created[p->needs] && !w->filled[i];

		/* All BOs that come before the last one that is needed must be there too. */
		for (size_t b = 0; ready && b < w->plan->n_bos; b++)
			ready = w->plan->order[b] > w->plan->order[p->needs] || w->created[b];
		if (!ready)
			continue;
		w->filled[i] = true;
		if (push(w, &(struct rkx_step){ .kind = RKX_STEP_FILL,
						.bo = p->bo,
						.index = (uint32_t)i,
						.record = SIZE_MAX }) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int
add_create(struct walk *w, uint32_t bo, size_t record)
{
	if (w->created[bo])
		return 0;
	w->created[bo] = true;
	return push(w, &(struct rkx_step){ .kind = RKX_STEP_CREATE, .bo = bo, .record = record });
}

static int
add_mmap(struct walk *w, uint32_t bo, size_t record)
{
	if (w->mapped[bo])
		return 0;
	w->mapped[bo] = true;
	if (push(w, &(struct rkx_step){ .kind = RKX_STEP_MMAP,
					.bo = bo,
					.size = w->plan->bos[bo].aligned,
					.record = record }) < 0)
		return -ENOMEM;
	return fill_ready(w);
}

/* Whether a step so far asks for the BO's mmap offset. */
static bool
has_offset(const struct rkx_plan *p, uint32_t bo)
{
	for (size_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].kind == RKX_STEP_MAP && p->steps[i].bo == bo)
			return true;
	return false;
}

/* A BO that a client of the source created and mapped, whether the source shows it or not. */
static int
ensure_mapped(struct walk *w, uint32_t bo)
{
	if (add_create(w, bo, SIZE_MAX) < 0)
		return -ENOMEM;
	if (w->mapped[bo])
		return 0;
	/* A capture may show MEM_MAP and no mmap: that is the C library's, and not every tracer sees it. */
	if (!has_offset(w->plan, bo) &&
	    push(w, &(struct rkx_step){ .kind = RKX_STEP_MAP, .bo = bo, .record = SIZE_MAX }) < 0)
		return -ENOMEM;
	return add_mmap(w, bo, SIZE_MAX);
}

/* Before a submit: what was written since the last sync to the device that covers it. */
static int
ensure_synced(struct walk *w)
{
	struct rkx_plan *p = w->plan;
	size_t n = p->n_steps;

	for (size_t i = 0; i < n; i++) {
		const struct rkx_step fill = p->steps[i];
		bool covered = false;

		if (fill.kind != RKX_STEP_FILL || !(p->bos[fill.bo].flags & RKR_MEM_CACHEABLE))
			continue;
		const struct rkx_piece *piece = &p->pieces[fill.index];

		for (size_t k = i + 1; k < n && !covered; k++) {
			const struct rkx_step *s = &p->steps[k];

			covered = s->kind == RKX_STEP_SYNC && s->bo == fill.bo &&
				  (s->flags & RKR_SYNC_TO_DEVICE) && s->offset <= piece->offset &&
				  s->size >= piece->len && piece->offset - s->offset <= s->size - piece->len;
		}
		if (!covered && push(w, &(struct rkx_step){ .kind = RKX_STEP_SYNC,
							    .bo = fill.bo,
							    .flags = RKR_SYNC_TO_DEVICE,
							    .offset = piece->offset,
							    .size = piece->len,
							    .record = SIZE_MAX }) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- the source's calls */

static int
take_action(struct walk *w, const struct rkr_record *r, size_t at)
{
	return push(w, &(struct rkx_step){
			       .kind = RKX_STEP_ACTION,
			       .bo = RKX_NONE,
			       .flags = (uint32_t)rkr_get_u(r, RKR_F_action_flags),
			       .value = (uint32_t)rkr_get_u(r, RKR_F_action_value),
			       .fails = failed(r, RKR_F_action_ret),
			       .record = at,
		       });
}

static int
take_create(struct walk *w, const struct rkr_record *r, size_t at)
{
	uint32_t bo = bo_of(w, RKR_SPACE_HANDLE, rkr_get_u(r, RKR_F_mem_create_handle), at);

	/* A create that failed made nothing that the rest of the source could use. */
	if (failed(r, RKR_F_mem_create_ret))
		return 0;
	/* The earliest captures do not show what was returned: then the order tells. */
	for (uint32_t i = 0; bo == RKX_NONE && !rkr_has(r, RKR_F_mem_create_handle) && i < w->plan->n_bos;
	     i++)
		if (!w->created[i] && w->plan->bos[i].size == rkr_get_u(r, RKR_F_mem_create_size))
			bo = i;
	return bo == RKX_NONE ? 0 : add_create(w, bo, at);
}

static int
take_map(struct walk *w, const struct rkr_record *r, size_t at)
{
	int field = rkr_has(r, RKR_F_mem_map_handle) ? RKR_F_mem_map_handle : RKR_F_mem_map_entry_handle;
	uint32_t bo = bo_of(w, RKR_SPACE_HANDLE, rkr_get_u(r, field), at);

	if (bo == RKX_NONE || failed(r, RKR_F_mem_map_ret))
		return 0;
	if (add_create(w, bo, SIZE_MAX) < 0)
		return -ENOMEM;
	return push(w, &(struct rkx_step){ .kind = RKX_STEP_MAP, .bo = bo, .record = at });
}

static int
take_mmap(struct walk *w, const struct rkr_record *r, size_t at)
{
	uint32_t bo = bo_of(w, RKR_SPACE_MAP, rkr_get_u(r, RKR_F_mmap_offset), at);

	return bo == RKX_NONE || !w->created[bo] ? 0 : add_mmap(w, bo, at);
}

static int
take_sync(struct walk *w, const struct rkr_record *r, size_t at)
{
	uint32_t bo = bo_of(w, RKR_SPACE_OBJECT, rkr_get_u(r, RKR_F_mem_sync_obj), at);

	if (bo != RKX_NONE && ensure_mapped(w, bo) < 0)
		return -ENOMEM;
	return push(w, &(struct rkx_step){
			       .kind = RKX_STEP_SYNC,
			       .bo = bo,
			       .flags = (uint32_t)rkr_get_u(r, RKR_F_mem_sync_flags),
			       .offset = rkr_get_u(r, RKR_F_mem_sync_offset),
			       .size = rkr_get_u(r, RKR_F_mem_sync_size),
			       .fails = failed(r, RKR_F_mem_sync_ret),
			       .record = at,
		       });
}

/* Rows of the task table at the start of a BO, as far as they are known. */
static uint64_t
known_tasks(const struct rkx_plan *plan, uint32_t bo)
{
	size_t n;
	const struct rkr_region *regions = rkr_run_regions(plan->source, &n);
	uint64_t rows = 0;
	uint8_t bytes[RKR_TASK_BYTES];

	for (size_t i = 0; i < n; i++)
		if (regions[i].kind == RKR_REGION_TASKS && regions[i].bo == bo && regions[i].offset == 0)
			rows = regions[i].size / RKR_TASK_BYTES;
	for (uint64_t i = 0; i < rows; i++)
		if (rkr_run_read(plan->source, bo, i * RKR_TASK_BYTES, bytes, sizeof(bytes)) < 0)
			return i;
	return rows;
}

/* The driver's struct from the record: older headers, and so captures, name some bytes otherwise [source]. */
static void
submit_abi(const struct rkr_record *r, struct rkr_abi_submit *abi)
{
	uint64_t field32 = rkr_has(r, RKR_F_submit_field32) ? rkr_get_u(r, RKR_F_submit_field32) |
								      rkr_get_u(r, RKR_F_submit_field36) << 32
							    : rkr_get_u(r, RKR_F_submit_regcfg_obj_addr);
	uint64_t field48 = rkr_get_u(r, rkr_has(r, RKR_F_submit_field48) ? RKR_F_submit_field48
									 : RKR_F_submit_user_data);

	*abi = (struct rkr_abi_submit){
		.flags = (uint32_t)rkr_get_u(r, RKR_F_submit_flags),
		.timeout = (uint32_t)rkr_get_u(r, RKR_F_submit_timeout),
		.task_start = (uint32_t)rkr_get_u(r, RKR_F_submit_task_start),
		.task_number = (uint32_t)rkr_get_u(r, RKR_F_submit_task_number),
		.priority = rkr_has(r, RKR_F_submit_priority) ? (int32_t)r->v[RKR_F_submit_priority].s : 0,
		.task_obj_addr = rkr_get_u(r, RKR_F_submit_task_obj_addr),
		.iommu_domain_id = (uint32_t)field32,
		.reserved = (uint32_t)(field32 >> 32),
		.task_base_addr = rkr_get_u(r, RKR_F_submit_task_base_addr),
		.hw_elapse_time = (int64_t)field48,
		.core_mask = (uint32_t)rkr_get_u(r, RKR_F_submit_core_mask),
		.fence_fd = rkr_has(r, RKR_F_submit_fence_fd) ? (int32_t)r->v[RKR_F_submit_fence_fd].s : -1,
	};
	for (int i = 0; i < RKR_SUBCORE_SLOTS; i++) {
		abi->subcore_task[i].task_start = (uint32_t)rkr_get_u(r, RKR_F_submit_sub0_start + 2 * i);
		abi->subcore_task[i].task_number = (uint32_t)rkr_get_u(r, RKR_F_submit_sub0_number + 2 * i);
	}
}

static int
take_submit(struct walk *w, const struct rkr_record *r, size_t at)
{
	struct rkx_plan *p = w->plan;

	/* A dump's mention of the submit at which it was taken, which the log of calls has in full. */
	if (!rkr_has(r, RKR_F_submit_flags))
		return 0;
	/* In the order of creation, so that an added BO goes where the driver would have put it. */
	for (size_t o = 0; o < p->n_bos; o++)
		if (ensure_mapped(w, p->in_order[o]) < 0)
			return -ENOMEM;
	if (fill_ready(w) < 0 || ensure_synced(w) < 0 ||
	    rkr_grow((void **)&p->submits, &p->cap_submits, p->n_submits + 1, sizeof(*p->submits)) < 0)
		return -ENOMEM;
	struct rkx_plan_submit *s = &p->submits[p->n_submits];

	*s = (struct rkx_plan_submit){ .record = at };
	submit_abi(r, &s->abi);
	s->task_bo = bo_of(w, RKR_SPACE_OBJECT, s->abi.task_obj_addr, at);
	s->n_tasks = s->task_bo == RKX_NONE ? 0 : known_tasks(p, s->task_bo);
	if (s->task_bo != RKX_NONE && s->n_tasks == 0)
		return rkr_fail(w->err, -ENODATA, "add the GEM dump of the same run, or generate the run",
				"submit %zu runs tasks that the source does not show", p->n_submits);
	return push(w, &(struct rkx_step){ .kind = RKX_STEP_SUBMIT,
					   .bo = s->task_bo,
					   .index = (uint32_t)p->n_submits++,
					   .fails = failed(r, RKR_F_submit_ret),
					   .record = at });
}

static int
take_munmap(struct walk *w, const struct rkr_record *r, size_t at)
{
	uint32_t bo = bo_of(w, RKR_SPACE_VIRTUAL, rkr_get_u(r, RKR_F_munmap_addr), at);

	if (bo == RKX_NONE || !w->mapped[bo])
		return 0;
	w->mapped[bo] = false;
	return push(w, &(struct rkx_step){ .kind = RKX_STEP_MUNMAP,
					   .bo = bo,
					   .size = w->plan->bos[bo].aligned,
					   .record = at });
}

static int
take_destroy(struct walk *w, const struct rkr_record *r, size_t at)
{
	uint32_t bo = bo_of(w, RKR_SPACE_HANDLE, rkr_get_u(r, RKR_F_mem_destroy_handle), at);

	if (bo == RKX_NONE || !w->created[bo])
		return 0;
	return push(w, &(struct rkx_step){ .kind = RKX_STEP_DESTROY,
					   .bo = bo,
					   .fails = failed(r, RKR_F_mem_destroy_ret),
					   .record = at });
}

static const struct {
	enum rkr_kind kind;
	int (*take)(struct walk *w, const struct rkr_record *r, size_t at);
} takers[] = {
	{ RKR_KIND_action, take_action }, { RKR_KIND_mem_create, take_create },
	{ RKR_KIND_mem_map, take_map },   { RKR_KIND_mmap, take_mmap },
	{ RKR_KIND_mem_sync, take_sync }, { RKR_KIND_submit, take_submit },
	{ RKR_KIND_munmap, take_munmap }, { RKR_KIND_mem_destroy, take_destroy },
};

/* ---- reading back */

/*
 * Read a BO behind the last of its syncs from the device that follow a
 * submit. Without one, right behind the last submit, synced if the CPU's
 * view is cached.
 */
static int
add_read(struct rkx_plan *p, uint32_t bo, bool must)
{
	size_t at = SIZE_MAX, submit = SIZE_MAX;
	struct rkx_step read = {
		.kind = RKX_STEP_READ, .bo = bo, .size = p->bos[bo].size, .record = SIZE_MAX
	};

	for (size_t i = 0; i < p->n_steps; i++) {
		const struct rkx_step *s = &p->steps[i];

		if (s->kind == RKX_STEP_SUBMIT)
			submit = i;
		else if (submit != SIZE_MAX && s->kind == RKX_STEP_SYNC && s->bo == bo &&
			 (s->flags & RKR_SYNC_FROM_DEVICE))
			at = i;
	}
	/* A sync before the last submit tells nothing of what that wrote. */
	if (at != SIZE_MAX && at > submit)
		return insert_after(p, at, &read);
	if (!must)
		return 0;
	if (p->bos[bo].flags & RKR_MEM_CACHEABLE) {
		const struct rkx_step sync = { .kind = RKX_STEP_SYNC,
					       .bo = bo,
					       .flags = RKR_SYNC_FROM_DEVICE,
					       .size = p->bos[bo].size,
					       .record = SIZE_MAX };

		if (insert_after(p, submit++, &sync) < 0)
			return -ENOMEM;
	}
	return insert_after(p, submit, &read);
}

static int
add_reads(struct rkx_plan *p)
{
	for (uint32_t b = 0; b < p->n_bos; b++)
		if (add_read(p, b, strcmp(p->bos[b].role, "output") == 0) < 0)
			return -ENOMEM;
	return 0;
}

int
rkx_plan_make_steps(struct rkx_plan *plan, struct rkr_error *err)
{
	_autofree_ bool *created = calloc(plan->n_bos + 1, sizeof(bool));
	_autofree_ bool *mapped = calloc(plan->n_bos + 1, sizeof(bool));
	_autofree_ bool *filled = calloc(plan->n_pieces + 1, sizeof(bool));
	struct walk w = { plan, err, created, mapped, filled };
	int r = created && mapped && filled ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < rkr_run_n_records(plan->source); i++) {
		const struct rkr_record *rec = rkr_run_record(plan->source, i);

		for (size_t t = 0; t < RKR_ARRAY_LEN(takers) && r == 0; t++)
			if (takers[t].kind == rec->kind)
				r = takers[t].take(&w, rec, i);
	}
	if (r < 0)
		return r;
	if (plan->n_submits == 0)
		return rkr_fail(err, -ENODATA, "give a run with an ioctl log, or a shape",
				"the source shows no submit, so there is nothing to replay");
	return add_reads(plan);
}
