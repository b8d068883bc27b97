/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine-priv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What the device answered, as records of a run. A call and its return are one record. */

#define START(kind) \
	struct rkr_record_buf buf; \
	rkr_record_init(&buf, RKR_KIND_##kind)
#define U(kind, field, v) rkr_set_u(&buf.rec, RKR_F_##kind##_##field, (v))
#define S(kind, field, v) rkr_set_s(&buf.rec, RKR_F_##kind##_##field, (v))

static void
append(struct rkx_notes *n, const struct rkr_record_buf *buf)
{
	int r = rkr_run_append(n->run, &buf->rec);

	if (r < 0 && n->failed == 0)
		n->failed = r;
}

/* As clients see it, and so captures: the errno is in a record of its own. */
static int64_t
returned(int ret)
{
	return ret < 0 ? -1 : 0;
}

/*
 * The record of a call, and behind it, if it failed, why: by the names that
 * captures have for calls [captured: gdb logs].
 *
 * @param call  its number among the ioctls; 0: it is none
 */
static void
append_call(struct rkx_notes *n, const struct rkr_record_buf *record, const char *what, uint64_t call, int ret)
{
	const struct rkr_blob name = { what, strlen(what) };
	struct rkr_record_buf buf;

	if (record)
		append(n, record);
	if (ret >= 0)
		return;
	rkr_record_init(&buf, RKR_KIND_call_error);
	rkr_set_b(&buf.rec, RKR_F_call_error_what, &name);
	if (call)
		rkr_set_u(&buf.rec, RKR_F_call_error_call, call);
	rkr_set_s(&buf.rec, RKR_F_call_error_errno, -ret);
	append(n, &buf);
}

void
rkx_note_action(struct rkx_notes *n, const struct rkx_step *step, const struct rkr_abi_action *arg, int ret)
{
	START(action);
	(void)arg;
	U(action, call, ++n->calls);
	U(action, flags, step->flags);
	U(action, value, step->value);
	S(action, ret, returned(ret));
	append_call(n, &buf, "ACTION", n->calls, ret);
}

void
rkx_note_create(struct rkx_notes *n, const struct rkr_abi_mem_create *sent,
		const struct rkr_abi_mem_create *arg, int ret)
{
	START(mem_create);
	U(mem_create, n, ++n->creates);
	U(mem_create, call, ++n->calls);
	U(mem_create, size, sent->size);
	U(mem_create, flags, sent->flags);
	U(mem_create, entry_handle, sent->handle);
	U(mem_create, entry_obj, sent->obj_addr);
	U(mem_create, entry_dma, sent->dma_addr);
	U(mem_create, entry_sram, sent->sram_size);
	S(mem_create, ret, returned(ret));
	if (ret == 0) {
		U(mem_create, handle, arg->handle);
		U(mem_create, obj, arg->obj_addr);
		U(mem_create, dma, arg->dma_addr);
		U(mem_create, sram, arg->sram_size);
	}
	append_call(n, &buf, "MEM_CREATE", n->calls, ret);
}

void
rkx_note_map(struct rkx_notes *n, const struct rkr_abi_mem_map *sent, const struct rkr_abi_mem_map *arg,
	     int ret)
{
	START(mem_map);
	U(mem_map, n, ++n->maps);
	U(mem_map, call, ++n->calls);
	U(mem_map, entry_handle, sent->handle);
	U(mem_map, entry_reserved, sent->reserved);
	U(mem_map, entry_offset, sent->offset);
	S(mem_map, ret, returned(ret));
	if (ret == 0) {
		U(mem_map, handle, arg->handle);
		U(mem_map, reserved, arg->reserved);
		U(mem_map, offset, arg->offset);
	}
	append_call(n, &buf, "MEM_MAP", n->calls, ret);
}

/* The first descriptor of a client that has standard input, output and error. */
#define FD 3
/* PROT_READ | PROT_WRITE and MAP_SHARED of Linux, as logs print them. */
#define PROT 3u
#define SHARED 1u

void
rkx_note_mmap(struct rkx_notes *n, const struct rkx_real *real, uint64_t bytes)
{
	char maps[24];

	snprintf(maps, sizeof(maps), "%" PRIu64, real->n_map);
	const struct rkr_blob list = { maps, strlen(maps) };

	START(mmap);
	U(mmap, n, ++n->mmaps);
	rkr_set_b(&buf.rec, RKR_F_mmap_maps, &list);
	U(mmap, hint, 0);
	U(mmap, length, bytes);
	U(mmap, prot, PROT);
	U(mmap, flags, SHARED);
	S(mmap, fd, FD);
	U(mmap, offset, real->bo.map);
	U(mmap, addr, real->bo.virt);
	append(n, &buf);
}

void
rkx_note_mmap_failed(struct rkx_notes *n, int ret)
{
	append_call(n, NULL, "MMAP", 0, ret);
}

void
rkx_note_munmap(struct rkx_notes *n, const struct rkx_real *real, uint64_t bytes, int ret)
{
	START(munmap);
	U(munmap, addr, real->bo.virt);
	U(munmap, length, bytes);
	S(munmap, fd, FD);
	U(munmap, offset, real->bo.map);
	S(munmap, ret, returned(ret));
	append_call(n, &buf, "MUNMAP", 0, ret);
}

void
rkx_note_sync(struct rkx_notes *n, const struct rkr_abi_mem_sync *arg, int ret)
{
	START(mem_sync);
	U(mem_sync, call, ++n->calls);
	U(mem_sync, flags, arg->flags);
	U(mem_sync, obj, arg->obj_addr);
	U(mem_sync, offset, arg->offset);
	U(mem_sync, size, arg->size);
	S(mem_sync, ret, returned(ret));
	append_call(n, &buf, "MEM_SYNC", n->calls, ret);
}

void
rkx_note_submit(struct rkx_notes *n, const struct rkr_abi_submit *sent, int ret)
{
	START(submit);
	U(submit, n, ++n->submits);
	U(submit, call, ++n->calls);
	U(submit, cmd, rkr_ioctl_command(RKR_IOCTL_SUBMIT, sizeof(*sent)));
	U(submit, size, sizeof(*sent));
	U(submit, flags, sent->flags);
	U(submit, timeout, sent->timeout);
	U(submit, task_start, sent->task_start);
	U(submit, task_number, sent->task_number);
	U(submit, task_counter, sent->task_counter);
	S(submit, priority, sent->priority);
	U(submit, task_obj_addr, sent->task_obj_addr);
	/* Bytes 32 to 39 and 48 to 55, by the names that captures have for them. */
	U(submit, regcfg_obj_addr, sent->iommu_domain_id | (uint64_t)sent->reserved << 32);
	U(submit, task_base_addr, sent->task_base_addr);
	U(submit, user_data, (uint64_t)sent->hw_elapse_time);
	U(submit, core_mask, sent->core_mask);
	S(submit, fence_fd, sent->fence_fd);
	for (int i = 0; i < RKR_SUBCORE_SLOTS; i++) {
		rkr_set_u(&buf.rec, RKR_F_submit_sub0_start + 2 * i, sent->subcore_task[i].task_start);
		rkr_set_u(&buf.rec, RKR_F_submit_sub0_number + 2 * i, sent->subcore_task[i].task_number);
	}
	S(submit, ret, returned(ret));
	append_call(n, &buf, "SUBMIT", n->calls, ret);
}

void
rkx_note_destroy(struct rkx_notes *n, const struct rkr_abi_mem_destroy *arg, int ret)
{
	START(mem_destroy);
	U(mem_destroy, call, ++n->calls);
	U(mem_destroy, handle, arg->handle);
	U(mem_destroy, reserved, arg->reserved);
	U(mem_destroy, obj, arg->obj_addr);
	S(mem_destroy, ret, returned(ret));
	append_call(n, &buf, "MEM_DESTROY", n->calls, ret);
}

#undef START
#undef U
#undef S

/* ---- memory */

static int
add_bos(struct rkx_notes *n, const struct rkx_real *real, size_t n_bos)
{
	for (size_t i = 0; i < n_bos; i++) {
		struct rkr_bo bo = real[i].bo;
		uint32_t index;

		if (!real[i].created)
			bo.known &= ~(uint32_t)(RKR_BO_DMA | RKR_BO_OBJ | RKR_BO_HANDLE | RKR_BO_MAP | RKR_BO_VIRT |
						RKR_BO_MAP_N);
		bo.born = real[i].created ? real[i].born : rkr_run_n_records(n->run);
		bo.died = real[i].died;
		int r = rkr_run_add_bo(n->run, &bo, &index);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Bytes of no importance stay unknown: zeros that the NPU writes over. */
static int
add_contents(struct rkx_notes *n, const struct rkx_plan *plan, const bool *filled, uint8_t *const *read)
{
	size_t n_pieces, n_bos;
	const struct rkx_piece *p = rkx_plan_pieces(plan, &n_pieces);
	const struct rkr_bo *bos = rkx_plan_bos(plan, &n_bos);

	for (size_t i = 0; i < n_pieces; i++) {
		if (!filled[i] || p[i].fill == RKX_FILL_ZERO || read[p[i].bo])
			continue;
		_autofree_ uint8_t *bytes = malloc(p[i].len);

		if (!bytes)
			return -ENOMEM;
		int r = rkx_plan_piece_bytes(plan, i, bytes);

		if (r == 0)
			r = rkr_run_write(n->run, p[i].bo, p[i].offset, bytes, p[i].len,
					  RKR_EVIDENCE_GENERATED, SIZE_MAX);
		if (r < 0)
			return r;
	}
	for (uint32_t b = 0; b < n_bos; b++) {
		int r = read[b] ? rkr_run_write(n->run, b, 0, read[b], bos[b].size, RKR_EVIDENCE_GENERATED,
						SIZE_MAX)
				: 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int
rkx_note_memory(struct rkx_notes *n, const struct rkx_plan *plan, const struct rkx_real *real,
		const bool *filled, uint8_t *const *read)
{
	size_t n_bos, n_regions;
	const struct rkr_region *regions = rkr_run_regions(rkx_plan_run(plan), &n_regions);

	rkx_plan_bos(plan, &n_bos);
	int r = n->failed;

	if (r == 0)
		r = add_bos(n, real, n_bos);
	if (r == 0)
		r = add_contents(n, plan, filled, read);
	for (size_t i = 0; r == 0 && i < n_regions; i++)
		r = rkr_run_add_region(n->run, &regions[i]);
	return r < 0 ? r : rkr_run_bind(n->run);
}
