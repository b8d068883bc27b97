/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "plan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/model-memory.h"
#include "plan-priv.h"

const char *
rkx_fill_name(enum rkx_fill fill)
{
	static const char *const names[RKX_FILL_MAX_] = { "run", "given", "seed", "zero" };

	return names[fill];
}

const char *
rkx_step_name(enum rkx_step_kind kind)
{
	static const char *const names[RKX_STEP_MAX_] = { "action", "create", "map",  "mmap",   "fill",
							  "sync",   "submit", "read", "munmap", "destroy" };

	return names[kind];
}

const char *
rkx_bo_name(const struct rkr_run *run, uint32_t bo, char buf[32])
{
	const char *role = rkr_run_bo(run, bo)->role;

	if (role[0])
		snprintf(buf, 32, "%s", role);
	else
		snprintf(buf, 32, "BO %" PRIu32, bo);
	return buf;
}

/* A BO as MEM_CREATE will be asked for it. */
static int
take_bo(struct rkx_plan *plan, uint32_t i, struct rkr_error *err)
{
	struct rkr_bo *bo = &plan->bos[i];
	char name[32];

	*bo = *rkr_run_bo(plan->source, i);
	if (!(bo->known & RKR_BO_SIZE))
		bo->size = bo->known & RKR_BO_ALIGNED ? bo->aligned : 0;
	bo->aligned = rkr_page_round(bo->size);
	/* 1 GiB is more than any BO of a captured run has, and can be had for the asking of a damaged one. */
	if (!bo->aligned || bo->aligned > UINT64_C(1) << 30)
		return rkr_fail(err, -ENODATA, "capture the run with its MEM_CREATE calls",
				"the size of BO %s is not known or cannot be had",
				rkx_bo_name(plan->source, i, name));
	if (!(bo->known & RKR_BO_FLAGS))
		/* As the vendor runtime asks for its BOs [captured: 65 BOs]. */
		bo->flags = RKR_MEM_LIMIT_IOVA_ALIGNMENT | RKR_MEM_CACHEABLE | RKR_MEM_NON_CONTIGUOUS |
			    (strcmp(bo->role, "task") == 0 ? RKR_MEM_KERNEL_MAPPING : 0u);
	bo->known |= RKR_BO_SIZE | RKR_BO_ALIGNED | RKR_BO_FLAGS;
	return 0;
}

/* The order in which the source creates its BOs; those that it does not create come last. */
static void
find_order(struct rkx_plan *plan)
{
	uint32_t next = 0;

	for (size_t i = 0; i < plan->n_bos; i++)
		plan->order[i] = RKX_NONE;
	for (size_t i = 0; i < rkr_run_n_records(plan->source); i++) {
		const struct rkr_record *r = rkr_run_record(plan->source, i);

		if (r->kind != RKR_KIND_mem_create)
			continue;
		struct rkr_ref ref = rkr_run_resolve(plan->source, RKR_SPACE_HANDLE,
						     rkr_get_u(r, RKR_F_mem_create_handle), i);

		if (ref.state == RKR_REF_BO && plan->order[ref.bo] == RKX_NONE)
			plan->order[ref.bo] = next++;
	}
	for (size_t i = 0; i < plan->n_bos; i++)
		if (plan->order[i] == RKX_NONE)
			plan->order[i] = next++;
	for (uint32_t i = 0; i < plan->n_bos; i++)
		plan->in_order[plan->order[i]] = i;
}

/* Where an idle driver would put the BOs; made-up objects, which no driver has there. */
static int
place_nominally(struct rkx_plan *plan, struct rkr_error *err)
{
	_autofree_ struct rkr_bo *layout = calloc(plan->n_bos + 1, sizeof(*layout));
	struct rkr_taken iovas = { 0 }, maps = { 0 };
	int r = 0;

	if (!layout)
		return -ENOMEM;
	for (uint32_t o = 0; o < plan->n_bos && r == 0; o++) {
		const struct rkr_bo *bo = &plan->bos[plan->in_order[o]];
		struct rkr_bo *to = &layout[plan->in_order[o]];

		if (rkr_iova_place(&iovas, RKR_IOVA_END, bo->aligned, bo->flags, &to->dma) < 0 ||
		    rkr_map_place(&maps, bo->aligned, &to->map) < 0)
			r = rkr_fail(err, -ERANGE, NULL, "the BOs do not fit below 4 GiB");
		else if (rkr_taken_add(&iovas, to->dma, bo->aligned, to) < 0 ||
			 rkr_taken_add(&maps, to->map, bo->aligned, to) < 0)
			r = -ENOMEM;
		to->handle = o + 1;
		to->obj = UINT64_C(0xffffff8100000000) + 0x400 * (uint64_t)(o + 1);
		to->virt = UINT64_C(0x7f0000000000) + to->map;
	}
	rkr_taken_clear(&iovas);
	rkr_taken_clear(&maps);
	return r < 0 ? r : rkx_plan_place(plan, layout, plan->n_bos, err);
}

static int
take_bos(struct rkx_plan *plan, struct rkr_error *err)
{
	plan->n_bos = rkr_run_n_bos(plan->source);
	plan->bos = calloc(plan->n_bos + 1, sizeof(*plan->bos));
	plan->order = calloc(plan->n_bos + 1, sizeof(*plan->order));
	plan->in_order = calloc(plan->n_bos + 1, sizeof(*plan->in_order));
	if (!plan->bos || !plan->order || !plan->in_order)
		return -ENOMEM;
	for (uint32_t i = 0; i < plan->n_bos; i++) {
		int r = take_bo(plan, i, err);

		if (r < 0)
			return r;
	}
	find_order(plan);
	return 0;
}

static int
make(struct rkx_plan *plan, const struct rkr_run *run, const struct rkx_plan_options *options,
     struct rkr_error *err)
{
	int r = rkr_run_copy(run, &plan->source);

	plan->seed = options->seed;
	plan->inference = options->inference;
	for (size_t i = 0; r == 0 && i < options->n_edits; i++)
		r = rkx_plan_edit(plan, plan->source, options->edits[i], err);
	if (r == 0)
		r = rkx_plan_check(plan->source, err);
	if (r == 0)
		r = rkr_symbolise(plan->source, &plan->image);
	if (r == 0)
		r = take_bos(plan, err);
	if (r == 0)
		r = rkx_plan_make_pieces(plan, options, err);
	if (r == 0)
		r = rkx_plan_make_steps(plan, err);
	return r < 0 ? r : place_nominally(plan, err);
}

int
rkx_plan_new(const struct rkr_run *run, const struct rkx_plan_options *options, struct rkx_plan **ret_plan,
	     struct rkr_error *err)
{
	static const struct rkx_plan_options none;
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = calloc(1, sizeof(*plan));
	int r = plan ? make(plan, run, options ? options : &none, err) : -ENOMEM;

	if (r == -ENOMEM)
		return rkr_fail(err, r, NULL, "out of memory");
	if (r < 0)
		return r;
	*ret_plan = rkr_steal(plan);
	return 0;
}

void
rkx_plan_free(struct rkx_plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->n_edits; i++) {
		free((char *)(uintptr_t)plan->edits[i].text);
		free((char *)(uintptr_t)plan->edits[i].was);
	}
	for (size_t i = 0; i < plan->n_given; i++)
		free(plan->given[i].data);
	free(plan->edits);
	free(plan->given);
	free(plan->bos);
	free(plan->order);
	free(plan->in_order);
	free(plan->pieces);
	free(plan->steps);
	free(plan->submits);
	rkr_run_free(plan->source);
	rkr_run_free(plan->placed);
	rkr_image_free(plan->image);
	free(plan);
}

int
rkx_plan_place(struct rkx_plan *plan, const struct rkr_bo *layout, size_t n, struct rkr_error *err)
{
	_autofree_ struct rkr_bo *full = calloc(plan->n_bos + 1, sizeof(*full));
	struct rkr_run *placed = NULL;

	if (!full)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	for (size_t i = 0; i < plan->n_bos && n == plan->n_bos; i++) {
		full[i] = layout[i];
		/* Names that no replay uses stay as the source has them. */
		full[i].gem_name = plan->bos[i].gem_name;
		full[i].prime_fd = plan->bos[i].prime_fd;
	}
	int r = rkr_relocate(plan->image, full, n, &placed, err);

	if (r < 0)
		return r;
	rkr_run_free(plan->placed);
	plan->placed = placed;
	plan->placement++;
	for (size_t i = 0; i < n; i++) {
		plan->bos[i].dma = layout[i].dma;
		plan->bos[i].obj = layout[i].obj;
		plan->bos[i].virt = layout[i].virt;
		plan->bos[i].map = layout[i].map;
		plan->bos[i].handle = layout[i].handle;
	}
	for (size_t i = 0; i < plan->n_submits; i++)
		if (plan->submits[i].task_bo != RKX_NONE)
			plan->submits[i].abi.task_obj_addr = plan->bos[plan->submits[i].task_bo].obj;
	return 0;
}

uint64_t
rkx_plan_placement(const struct rkx_plan *plan)
{
	return plan->placement;
}

const struct rkr_run *
rkx_plan_run(const struct rkx_plan *plan)
{
	return plan->placed;
}

const struct rkr_bo *
rkx_plan_bos(const struct rkx_plan *plan, size_t *ret_n)
{
	*ret_n = plan->n_bos;
	return plan->bos;
}

const struct rkx_piece *
rkx_plan_pieces(const struct rkx_plan *plan, size_t *ret_n)
{
	*ret_n = plan->n_pieces;
	return plan->pieces;
}

const struct rkx_step *
rkx_plan_steps(const struct rkx_plan *plan, size_t *ret_n)
{
	*ret_n = plan->n_steps;
	return plan->steps;
}

const struct rkx_plan_submit *
rkx_plan_submits(const struct rkx_plan *plan, size_t *ret_n)
{
	*ret_n = plan->n_submits;
	return plan->submits;
}

const struct rkx_inference *
rkx_plan_inference(const struct rkx_plan *plan)
{
	return &plan->inference;
}

const struct rkx_edit *
rkx_plan_edits(const struct rkx_plan *plan, size_t *ret_n)
{
	*ret_n = plan->n_edits;
	return plan->edits;
}

int
rkx_plan_task(const struct rkx_plan *plan, const struct rkx_plan_submit *submit, uint64_t i,
	      struct rkr_task *ret_task)
{
	uint8_t bytes[RKR_TASK_BYTES];

	if (submit->task_bo == RKX_NONE || i >= submit->n_tasks)
		return -ERANGE;
	int r = rkr_run_read(plan->placed, submit->task_bo, i * RKR_TASK_BYTES, bytes, sizeof(bytes));

	if (r == 0)
		rkr_task_decode(bytes, ret_task);
	return r;
}

int
rkx_plan_word(const struct rkx_plan *plan, uint32_t bo, uint64_t offset, uint64_t *ret_word)
{
	return rkr_run_get_word(plan->placed, bo, offset, ret_word);
}

uint32_t
rkx_plan_bo_at(const struct rkx_plan *plan, uint64_t dma, uint64_t len, uint64_t *ret_offset)
{
	for (uint32_t i = 0; i < plan->n_bos; i++) {
		const struct rkr_bo *bo = &plan->bos[i];

		if (dma < bo->dma || dma - bo->dma > bo->aligned || len > bo->aligned - (dma - bo->dma))
			continue;
		if (dma - bo->dma == bo->aligned)
			continue;
		if (ret_offset)
			*ret_offset = dma - bo->dma;
		return i;
	}
	return RKX_NONE;
}
