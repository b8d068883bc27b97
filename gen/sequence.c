/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sequence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/model-abi.h"
#include "lib/model-action.h"
#include "lib/util.h"

/* What the calls carry [captured: 13 ioctl logs]. */
#define NICE_MINUS_19 UINT32_C(0xffffffed)
#define SYNC_BOTH (RKR_SYNC_TO_DEVICE | RKR_SYNC_FROM_DEVICE)
#define SUBMIT_BYTES sizeof(struct rkr_abi_submit)
#define SUBMIT_TIMEOUT_MS 6000
#define SUBCORES 3
#define DEVICE_FD 3
#define PROT_READ_WRITE 3
#define MAP_SHARED_FLAG 1
/* Where the caller's stack was: never twice the same. */
#define SUBMIT_ARGUMENT UINT64_C(0x7fffff9000)

struct walk {
	struct rkr_run *run;
	const struct rkg_plan *plan;
	const struct rkg_layout *layout;
	uint32_t *bos;
	uint64_t call; /* ioctls so far: one counter over all kinds */
	uint32_t n_task_syncs;
	uint32_t task_sync_flags[4]; /* of the task BO, which the submit row repeats */
	struct rkr_record_buf buf;
};

enum when {
	ALWAYS,
	IF_PROFILING,
	IF_RESET,
};

struct step {
	int (*write)(struct walk *w, const struct step *s);
	uint8_t bo;   /* enum rkg_bo */
	uint8_t when; /* enum when */
	bool window;  /* sync the regcmd alone */
	int8_t ret;
	uint32_t flags;
	uint32_t value;
};

/* Fields of the record that is being made. */
#define START(kind) rkr_record_init(&w->buf, RKR_KIND_##kind)
#define U(kind, field, v) rkr_set_u(&w->buf.rec, RKR_F_##kind##_##field, (v))
#define S(kind, field, v) rkr_set_s(&w->buf.rec, RKR_F_##kind##_##field, (v))
#define STR(kind, field, text) \
	rkr_set_b(&w->buf.rec, RKR_F_##kind##_##field, &(struct rkr_blob){ (text), strlen(text) })
#define APPEND() rkr_run_append(w->run, &w->buf.rec)

static int
write_action(struct walk *w, const struct step *s)
{
	START(action);
	U(action, call, ++w->call);
	U(action, flags, s->flags);
	U(action, value, s->value);
	S(action, ret, s->ret);
	return APPEND();
}

static int
write_create(struct walk *w, const struct step *s)
{
	struct rkr_bo bo = w->layout->bo[s->bo];

	START(mem_create);
	U(mem_create, n, bo.map_n);
	U(mem_create, call, ++w->call);
	U(mem_create, size, bo.size);
	U(mem_create, flags, bo.flags);
	U(mem_create, entry_handle, 0);
	U(mem_create, entry_obj, 0);
	U(mem_create, entry_dma, 0);
	U(mem_create, entry_sram, 0);
	S(mem_create, ret, s->ret);
	U(mem_create, handle, bo.handle);
	U(mem_create, obj, bo.obj);
	U(mem_create, dma, bo.dma);
	U(mem_create, sram, 0);
	bo.born = rkr_run_n_records(w->run);
	int r = APPEND();

	return r < 0 ? r : rkr_run_add_bo(w->run, &bo, &w->bos[s->bo]);
}

static int
write_map(struct walk *w, const struct step *s)
{
	const struct rkr_bo *bo = &w->layout->bo[s->bo];

	START(mem_map);
	U(mem_map, n, bo->map_n);
	U(mem_map, call, ++w->call);
	U(mem_map, entry_handle, bo->handle);
	U(mem_map, entry_reserved, 0);
	U(mem_map, entry_offset, 0);
	S(mem_map, ret, s->ret);
	U(mem_map, handle, bo->handle);
	U(mem_map, reserved, 0);
	U(mem_map, offset, bo->map);
	return APPEND();
}

static int
write_mmap(struct walk *w, const struct step *s)
{
	const struct rkr_bo *bo = &w->layout->bo[s->bo];
	char maps[24];

	snprintf(maps, sizeof(maps), "%" PRIu64, bo->map_n);
	START(mmap);
	U(mmap, n, bo->map_n);
	STR(mmap, maps, maps);
	U(mmap, hint, 0);
	U(mmap, length, bo->size);
	U(mmap, prot, PROT_READ_WRITE);
	U(mmap, flags, MAP_SHARED_FLAG);
	S(mmap, fd, DEVICE_FD);
	U(mmap, offset, bo->map);
	U(mmap, addr, bo->virt);
	return APPEND();
}

static int
write_sync(struct walk *w, const struct step *s)
{
	const struct rkr_bo *bo = &w->layout->bo[s->bo];

	if (s->bo == RKG_BO_TASK)
		w->task_sync_flags[w->n_task_syncs++] = s->flags;
	START(mem_sync);
	U(mem_sync, call, ++w->call);
	U(mem_sync, flags, s->flags);
	U(mem_sync, obj, bo->obj);
	U(mem_sync, offset, s->window ? w->layout->active_offset : 0);
	U(mem_sync, size, s->window ? w->layout->regcmd_bytes : bo->size);
	S(mem_sync, ret, s->ret);
	return APPEND();
}

/* The submit, and what the capture script tells of the task object with it. */
static int
write_submit(struct walk *w, const struct step *s)
{
	const struct rkr_bo *task = &w->layout->bo[RKG_BO_TASK];
	size_t tasks = w->plan->groups[0].n_tiles;

	START(submit);
	U(submit, n, 1);
	U(submit, call, ++w->call);
	U(submit, cmd, rkr_ioctl_command(RKR_IOCTL_SUBMIT, SUBMIT_BYTES));
	U(submit, size, SUBMIT_BYTES);
	U(submit, arg, SUBMIT_ARGUMENT);
	U(submit, flags, RKR_SUBMIT_PC | RKR_SUBMIT_PINGPONG);
	U(submit, timeout, SUBMIT_TIMEOUT_MS);
	U(submit, task_start, 0);
	/* Three times the program for one core, which alone is run [captured: 8 shapes]. */
	U(submit, task_number, SUBCORES * tasks);
	U(submit, task_counter, 0);
	S(submit, priority, 0);
	U(submit, task_obj_addr, task->obj);
	U(submit, regcfg_obj_addr, 0);
	U(submit, task_base_addr, 0);
	U(submit, user_data, 0);
	U(submit, core_mask, 0);
	S(submit, fence_fd, -1);
	_Static_assert((int)RKR_F_submit_sub1_start == (int)RKR_F_submit_sub0_start + 2 &&
			       (int)RKR_F_submit_sub4_number == (int)RKR_F_submit_sub0_start + 9,
		       "the subcores' fields are pairs in a row");
	for (int i = 0; i < 5; i++) {
		rkr_set_u(&w->buf.rec, RKR_F_submit_sub0_start + 2 * i, 0);
		rkr_set_u(&w->buf.rec, RKR_F_submit_sub0_number + 2 * i, i < SUBCORES ? tasks : 0);
	}
	U(submit, create_matches, 1);
	U(submit, sync_matches, w->n_task_syncs);
	S(submit, ret, s->ret);
	int r = APPEND();

	if (r < 0)
		return r;
	START(submit_create);
	U(submit_create, size, task->aligned);
	U(submit_create, handle, task->handle);
	U(submit_create, dma, task->dma);
	U(submit_create, flags, task->flags);
	r = APPEND();
	for (uint32_t i = 0; i < w->n_task_syncs && r == 0; i++) {
		START(submit_sync);
		U(submit_sync, flags, w->task_sync_flags[i]);
		U(submit_sync, offset, 0);
		U(submit_sync, size, task->size);
		r = APPEND();
	}
	return r;
}

/* Rows of the runtime carry a time of day, which no generator knows: midnight. */
#define ROW(kind)                    \
	do {                         \
		START(kind);         \
		U(kind, time, 0);    \
		U(kind, level, 'D'); \
	} while (0)

/* bo_alloc and bo_free have the same fields. */
static int
write_bo_row(struct walk *w, enum rkr_kind kind, const struct rkr_bo *bo)
{
	_Static_assert((int)RKR_F_bo_free_domain == (int)RKR_F_bo_alloc_domain, "written alike");
	rkr_record_init(&w->buf, kind);
	U(bo_alloc, time, 0);
	U(bo_alloc, level, 'D');
	STR(bo_alloc, name, bo->role);
	U(bo_alloc, virt, bo->virt);
	U(bo_alloc, dma, bo->dma);
	U(bo_alloc, obj, bo->obj);
	U(bo_alloc, size, bo->size);
	U(bo_alloc, aligned_size, bo->aligned);
	S(bo_alloc, fd, bo->prime_fd);
	U(bo_alloc, handle, bo->handle);
	U(bo_alloc, flags, bo->flags);
	U(bo_alloc, gem_name, bo->gem_name);
	S(bo_alloc, domain, 0);
	return APPEND();
}

static int
write_alloc(struct walk *w, const struct step *s)
{
	return write_bo_row(w, RKR_KIND_bo_alloc, &w->layout->bo[s->bo]);
}

static int
write_free(struct walk *w, const struct step *s)
{
	return write_bo_row(w, RKR_KIND_bo_free, &w->layout->bo[s->bo]);
}

static int
write_regcmd_size(struct walk *w, const struct step *s)
{
	(void)s;
	ROW(regcmd_size);
	U(regcmd_size, subgraph, 0);
	U(regcmd_size, regcmd_bytes, w->layout->regcmd_bytes);
	U(regcmd_size, task_bytes, w->layout->table_bytes);
	return APPEND();
}

/* A size in KB, as a fraction in millionths; sizes are multiples of 16, so it is exact. */
static int
write_total(struct walk *w, const struct step *s)
{
	/* The weights' total ends where the regcmd starts [captured: 34 logs]. */
	uint64_t bytes = s->bo == RKG_BO_WEIGHT ? w->layout->active_offset : w->layout->bo[s->bo].size;

	ROW(memory_total);
	STR(memory_total, what, s->bo == RKG_BO_WEIGHT ? "Weight" : "Internal");
	U(memory_total, kb, bytes / 1024 * 1000000 + bytes % 1024 * 1000000 / 1024);
	return APPEND();
}

/*
 * The native shape as the runtime prints it. Its number of surfaces is not
 * the real one, but twice the tensor's bytes over eight times its pixels
 * [captured: 52 of 52 rows of 7 shapes; the padded maps of 7x7 and 5x5
 * tell the rounding].
 */
static void
native_shape(char buf[64], uint64_t bytes, uint32_t h, uint32_t w)
{
	snprintf(buf, 64, "(1,%" PRIu64 ",%u,%u,8)", 2 * (bytes / (8 * (uint64_t)h * w)), h, w);
}

/* A row of the feature table: the input or the output, as they would lie in the internal BO. */
static int
write_feature(struct walk *w, const struct step *s)
{
	const struct rkg_geometry *g = &w->plan->geometry;
	const struct rkr_bo *internal = &w->layout->bo[RKG_BO_INTERNAL];
	bool input = s->bo == RKG_BO_INPUT;
	uint32_t h = input ? g->shape.in_h : g->out_h, width = input ? g->shape.in_w : g->out_w;
	uint64_t size = w->layout->bo[s->bo].size, start = internal->dma + (input ? 0 : g->in_bytes);
	char orig[64], native[64];

	snprintf(orig, sizeof(orig), "(%u,%u,%u,%u)", g->shape.batch, input ? g->shape.in_c : g->shape.out_c,
		 h, width);
	native_shape(native, size, h, width);
	ROW(tensor);
	STR(tensor, table, "feature");
	U(tensor, id, input ? 1 : 2);
	/* The user is who reads it. Names are those of the captured models. */
	STR(tensor, user, input ? "Conv" : "OutputOperator");
	STR(tensor, tensor, input ? "input" : "output");
	STR(tensor, dtype, "FLOAT16");
	STR(tensor, format, "NC1HWC2");
	STR(tensor, orig_shape, orig);
	STR(tensor, native_shape, native);
	U(tensor, start, start);
	U(tensor, end, start + size);
	U(tensor, sep, input ? ' ' : '*');
	U(tensor, size, size);
	return APPEND();
}

static int
write_const(struct walk *w, const struct step *s)
{
	const struct rkg_shape *shape = &w->plan->geometry.shape;
	uint64_t start = w->layout->bo[s->bo].dma;
	char orig[64];

	snprintf(orig, sizeof(orig), "(%u,%u,%u,%u)", shape->out_c, shape->in_c_per_group, shape->kh,
		 shape->kw);
	ROW(tensor);
	STR(tensor, table, "const");
	U(tensor, id, 1);
	STR(tensor, user, "Conv");
	STR(tensor, tensor, "conv.weight");
	STR(tensor, dtype, "FLOAT16");
	STR(tensor, orig_shape, orig);
	U(tensor, start, start);
	U(tensor, end, start + w->layout->weight_bytes);
	U(tensor, sep, ' ');
	U(tensor, size, w->layout->weight_bytes);
	return APPEND();
}

/* clang-format off */
#define ACTION(...) { .write = write_action, __VA_ARGS__ }
#define SYNC(which, dir, ...) { .write = write_sync, .bo = (which), .flags = (dir), __VA_ARGS__ }
#define ROW_OF(what, which) { .write = write_##what, .bo = (which) }
/* A BO's making: five steps, always these [captured: 65 BOs]. */
#define MAKE(which)                                     \
	ACTION(.flags = RKR_ACTION_GET_IOMMU_EN),           \
	{ .write = write_create, .bo = (which) },       \
	{ .write = write_map, .bo = (which) },          \
	{ .write = write_mmap, .bo = (which) },         \
	SYNC(which, SYNC_BOTH)

/*
 * The order of 11 ioctl logs, which differ in nothing but the profile
 * [captured]. Where a reset stands is [inferred]: no capture has one; clients
 * that do reset, do so right before they submit [source].
 */
static const struct step steps[] = {
	ACTION(.flags = RKR_ACTION_GET_HW_VERSION, .value = UINT32_MAX),
	ACTION(.flags = RKR_ACTION_GET_DRV_VERSION),
	ACTION(.flags = RKR_ACTION_POWER_ON, .ret = -1), /* not in this driver, and the runtime goes on */
	ACTION(.flags = RKR_ACTION_SET_PROC_NICE, .value = NICE_MINUS_19),
	ACTION(.flags = RKR_ACTION_GET_DRV_VERSION),
	MAKE(RKG_BO_TASK),
	MAKE(RKG_BO_WEIGHT),
	SYNC(RKG_BO_WEIGHT, RKR_SYNC_TO_DEVICE),
	ACTION(.flags = RKR_ACTION_GET_DRV_VERSION),
	SYNC(RKG_BO_TASK, RKR_SYNC_TO_DEVICE),
	MAKE(RKG_BO_INTERNAL),
	ROW_OF(alloc, RKG_BO_TASK),
	ROW_OF(alloc, RKG_BO_WEIGHT),
	ROW_OF(regcmd_size, 0),
	ROW_OF(alloc, RKG_BO_INTERNAL),
	ROW_OF(feature, RKG_BO_INPUT),
	ROW_OF(feature, RKG_BO_OUTPUT),
	ROW_OF(const, RKG_BO_WEIGHT),
	ROW_OF(total, RKG_BO_INTERNAL),
	ROW_OF(total, RKG_BO_WEIGHT),
	MAKE(RKG_BO_INPUT),
	MAKE(RKG_BO_OUTPUT),
	SYNC(RKG_BO_WEIGHT, RKR_SYNC_TO_DEVICE, .window = true),
	SYNC(RKG_BO_INPUT, RKR_SYNC_TO_DEVICE),
	SYNC(RKG_BO_INPUT, RKR_SYNC_FROM_DEVICE, .when = IF_PROFILING),
	SYNC(RKG_BO_WEIGHT, RKR_SYNC_TO_DEVICE, .window = true),
	ACTION(.flags = RKR_ACTION_RESET, .when = IF_RESET),
	{ .write = write_submit },
	SYNC(RKG_BO_OUTPUT, RKR_SYNC_FROM_DEVICE),
	SYNC(RKG_BO_OUTPUT, RKR_SYNC_FROM_DEVICE),
	SYNC(RKG_BO_OUTPUT, RKR_SYNC_FROM_DEVICE, .when = IF_PROFILING),
	ROW_OF(alloc, RKG_BO_INPUT),
	ROW_OF(alloc, RKG_BO_OUTPUT),
	SYNC(RKG_BO_OUTPUT, RKR_SYNC_FROM_DEVICE, .when = IF_PROFILING),
	ACTION(.flags = RKR_ACTION_POWER_OFF, .ret = -1), /* not in this driver either */
	ROW_OF(free, RKG_BO_INTERNAL),
	ROW_OF(free, RKG_BO_WEIGHT),
	ROW_OF(free, RKG_BO_TASK),
	ROW_OF(free, RKG_BO_INPUT),
	ROW_OF(free, RKG_BO_OUTPUT),
};
/* clang-format on */

int
rkg_sequence_append(struct rkr_run *run, const struct rkg_plan *plan, const struct rkg_layout *layout,
		    const struct rkg_sequence_options *options, uint32_t ret_bos[RKG_N_BOS])
{
	struct walk w = { .run = run, .plan = plan, .layout = layout, .bos = ret_bos };
	const bool on[] = {
		[ALWAYS] = true,
		[IF_PROFILING] = options->profiling,
		[IF_RESET] = options->reset,
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(steps); i++) {
		int r = on[steps[i].when] ? steps[i].write(&w, &steps[i]) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}
