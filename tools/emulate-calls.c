/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulate-log-priv.h"

#include <string.h>

/* What clients of an emulated board called, as records of a log of calls. */

/* What libc returns. */
static int64_t
returned(const struct rke_call *call)
{
	return call->ret < 0 ? -1 : 0;
}

static void
log_action(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_abi_action in;

	memcpy(&in, call->in, sizeof(in));
	rkr_record_init(&b, RKR_KIND_action);
	rkr_set_u(&b.rec, RKR_F_action_call, ++p->calls);
	rkr_set_u(&b.rec, RKR_F_action_flags, in.flags);
	rkr_set_u(&b.rec, RKR_F_action_value, in.value);
	rkr_set_s(&b.rec, RKR_F_action_ret, returned(call));
	emulate_log_record(log, &b.rec, NULL);
}

static void
log_create(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_abi_mem_create in = { 0 }, out = { 0 };
	size_t n = call->size < sizeof(in) ? call->size : sizeof(in);

	memcpy(&in, call->in, n);
	memcpy(&out, call->out, n);
	rkr_record_init(&b, RKR_KIND_mem_create);
	rkr_set_u(&b.rec, RKR_F_mem_create_n, ++p->creates);
	rkr_set_u(&b.rec, RKR_F_mem_create_call, ++p->calls);
	rkr_set_u(&b.rec, RKR_F_mem_create_size, in.size);
	rkr_set_u(&b.rec, RKR_F_mem_create_flags, in.flags);
	rkr_set_u(&b.rec, RKR_F_mem_create_entry_handle, in.handle);
	rkr_set_u(&b.rec, RKR_F_mem_create_entry_obj, in.obj_addr);
	rkr_set_u(&b.rec, RKR_F_mem_create_entry_dma, in.dma_addr);
	rkr_set_u(&b.rec, RKR_F_mem_create_entry_sram, in.sram_size);
	rkr_set_s(&b.rec, RKR_F_mem_create_ret, returned(call));
	rkr_set_u(&b.rec, RKR_F_mem_create_handle, out.handle);
	rkr_set_u(&b.rec, RKR_F_mem_create_obj, out.obj_addr);
	rkr_set_u(&b.rec, RKR_F_mem_create_dma, out.dma_addr);
	rkr_set_u(&b.rec, RKR_F_mem_create_sram, out.sram_size);
	emulate_log_record(log, &b.rec, NULL);
	if (call->ret == 0)
		emulate_log_keep_object(log, p, &out);
}

static void
log_map(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_abi_mem_map in, out;

	memcpy(&in, call->in, sizeof(in));
	memcpy(&out, call->out, sizeof(out));
	rkr_record_init(&b, RKR_KIND_mem_map);
	rkr_set_u(&b.rec, RKR_F_mem_map_n, ++p->maps);
	rkr_set_u(&b.rec, RKR_F_mem_map_call, ++p->calls);
	rkr_set_u(&b.rec, RKR_F_mem_map_entry_handle, in.handle);
	rkr_set_u(&b.rec, RKR_F_mem_map_entry_reserved, in.reserved);
	rkr_set_u(&b.rec, RKR_F_mem_map_entry_offset, in.offset);
	rkr_set_s(&b.rec, RKR_F_mem_map_ret, returned(call));
	rkr_set_u(&b.rec, RKR_F_mem_map_handle, out.handle);
	rkr_set_u(&b.rec, RKR_F_mem_map_reserved, out.reserved);
	rkr_set_u(&b.rec, RKR_F_mem_map_offset, out.offset);
	emulate_log_record(log, &b.rec, NULL);
	if (call->ret == 0)
		emulate_log_keep_offset(log, p, out.offset, p->maps);
}

static void
log_destroy(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_abi_mem_destroy in;

	memcpy(&in, call->in, sizeof(in));
	rkr_record_init(&b, RKR_KIND_mem_destroy);
	rkr_set_u(&b.rec, RKR_F_mem_destroy_n, ++p->destroys);
	rkr_set_u(&b.rec, RKR_F_mem_destroy_call, ++p->calls);
	rkr_set_u(&b.rec, RKR_F_mem_destroy_handle, in.handle);
	rkr_set_u(&b.rec, RKR_F_mem_destroy_reserved, in.reserved);
	rkr_set_u(&b.rec, RKR_F_mem_destroy_obj, in.obj_addr);
	rkr_set_s(&b.rec, RKR_F_mem_destroy_ret, returned(call));
	emulate_log_record(log, &b.rec, NULL);
}

static void
log_sync(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_abi_mem_sync in;

	memcpy(&in, call->in, sizeof(in));
	rkr_record_init(&b, RKR_KIND_mem_sync);
	rkr_set_u(&b.rec, RKR_F_mem_sync_call, ++p->calls);
	rkr_set_u(&b.rec, RKR_F_mem_sync_flags, in.flags);
	rkr_set_u(&b.rec, RKR_F_mem_sync_obj, in.obj_addr);
	rkr_set_u(&b.rec, RKR_F_mem_sync_offset, in.offset);
	rkr_set_u(&b.rec, RKR_F_mem_sync_size, in.size);
	rkr_set_s(&b.rec, RKR_F_mem_sync_ret, returned(call));
	emulate_log_record(log, &b.rec, NULL);
	struct log_object *o = emulate_log_object(p, in.obj_addr);

	if (!o)
		return;
	if (o->n == LATEST)
		memmove(o->syncs, o->syncs + 1, --o->n * sizeof(*o->syncs));
	o->syncs[o->n++] = in;
}

static void
put_creates(struct emulate_log *log, const struct log_object *object)
{
	struct rkr_record_buf b;

	rkr_record_init(&b, RKR_KIND_submit_create);
	rkr_set_u(&b.rec, RKR_F_submit_create_size, object->size);
	rkr_set_u(&b.rec, RKR_F_submit_create_handle, object->handle);
	rkr_set_u(&b.rec, RKR_F_submit_create_dma, object->dma);
	rkr_set_u(&b.rec, RKR_F_submit_create_flags, object->flags);
	emulate_log_record(log, &b.rec, NULL);
}

static void
put_syncs(struct emulate_log *log, const struct log_object *object)
{
	for (size_t i = 0; i < object->n; i++) {
		struct rkr_record_buf b;

		rkr_record_init(&b, RKR_KIND_submit_sync);
		rkr_set_u(&b.rec, RKR_F_submit_sync_flags, object->syncs[i].flags);
		rkr_set_u(&b.rec, RKR_F_submit_sync_offset, object->syncs[i].offset);
		rkr_set_u(&b.rec, RKR_F_submit_sync_size, object->syncs[i].size);
		emulate_log_record(log, &b.rec, NULL);
	}
}

static void
log_submit(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_record *r = &b.rec;
	struct rkr_abi_submit in;

	memcpy(&in, call->in, sizeof(in));
	const struct log_object *o = emulate_log_object(p, in.task_obj_addr);
	const struct log_below below[] = { { put_creates, RKR_KIND_submit_create, o },
					   { put_syncs, RKR_KIND_submit_sync, o },
					   { NULL, RKR_KIND_INVALID_, NULL } };

	rkr_record_init(&b, RKR_KIND_submit);
	rkr_set_u(r, RKR_F_submit_n, ++p->submits);
	rkr_set_u(r, RKR_F_submit_call, ++p->calls);
	rkr_set_u(r, RKR_F_submit_cmd, call->command);
	rkr_set_u(r, RKR_F_submit_size, call->size);
	rkr_set_u(r, RKR_F_submit_arg, call->arg);
	rkr_set_u(r, RKR_F_submit_flags, in.flags);
	rkr_set_u(r, RKR_F_submit_timeout, in.timeout);
	rkr_set_u(r, RKR_F_submit_task_start, in.task_start);
	rkr_set_u(r, RKR_F_submit_task_number, in.task_number);
	rkr_set_u(r, RKR_F_submit_task_counter, in.task_counter);
	rkr_set_s(r, RKR_F_submit_priority, in.priority);
	rkr_set_u(r, RKR_F_submit_task_obj_addr, in.task_obj_addr);
	/* as the script names these bytes */
	rkr_set_u(r, RKR_F_submit_regcfg_obj_addr, in.iommu_domain_id | (uint64_t)in.reserved << 32);
	rkr_set_u(r, RKR_F_submit_task_base_addr, in.task_base_addr);
	rkr_set_u(r, RKR_F_submit_user_data, (uint64_t)in.hw_elapse_time);
	rkr_set_u(r, RKR_F_submit_core_mask, in.core_mask);
	rkr_set_s(r, RKR_F_submit_fence_fd, in.fence_fd);
	for (int i = 0; i < RKR_SUBCORE_SLOTS; i++) {
		rkr_set_u(r, RKR_F_submit_sub0_start + 2 * i, in.subcore_task[i].task_start);
		rkr_set_u(r, RKR_F_submit_sub0_number + 2 * i, in.subcore_task[i].task_number);
	}
	rkr_set_u(r, RKR_F_submit_create_matches, o ? 1 : 0);
	rkr_set_u(r, RKR_F_submit_sync_matches, o ? o->n : 0);
	rkr_set_s(r, RKR_F_submit_ret, returned(call));
	emulate_log_record(log, r, below);
}

/* The calls that the script traces, by number alone; it takes structs to be whole. */
static void
log_ioctl(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	static void (*const by_number[])(struct emulate_log *, struct log_process *,
					 const struct rke_call *) = {
		[RKR_IOCTL_ACTION - RKR_IOCTL_ACTION] = log_action,
		[RKR_IOCTL_SUBMIT - RKR_IOCTL_ACTION] = log_submit,
		[RKR_IOCTL_MEM_CREATE - RKR_IOCTL_ACTION] = log_create,
		[RKR_IOCTL_MEM_MAP - RKR_IOCTL_ACTION] = log_map,
		[RKR_IOCTL_MEM_DESTROY - RKR_IOCTL_ACTION] = log_destroy,
		[RKR_IOCTL_MEM_SYNC - RKR_IOCTL_ACTION] = log_sync,
	};
	const struct rkr_abi_ioctl *desc = rkr_abi_ioctl(call->command);

	if (desc && call->size >= desc->old_size)
		by_number[desc->nr - RKR_IOCTL_ACTION](log, p, call);
}

static void
log_mmap(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	char maps[LATEST * 24];
	const struct rkr_blob list = emulate_log_maps(p, call->offset, maps, sizeof(maps));
	struct rkr_record_buf b;

	/* The script sees those alone whose offset MEM_MAP gave. */
	if (!list.len)
		return;
	rkr_record_init(&b, RKR_KIND_mmap);
	rkr_set_u(&b.rec, RKR_F_mmap_n, ++p->mmaps);
	rkr_set_b(&b.rec, RKR_F_mmap_maps, &list);
	rkr_set_u(&b.rec, RKR_F_mmap_hint, call->hint);
	rkr_set_u(&b.rec, RKR_F_mmap_length, call->length);
	rkr_set_u(&b.rec, RKR_F_mmap_prot, call->prot);
	rkr_set_u(&b.rec, RKR_F_mmap_flags, call->flags);
	rkr_set_s(&b.rec, RKR_F_mmap_fd, call->fd);
	rkr_set_u(&b.rec, RKR_F_mmap_offset, call->offset);
	rkr_set_u(&b.rec, RKR_F_mmap_addr, call->address);
	emulate_log_record(log, &b.rec, NULL);
}

static void
log_munmap(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	char maps[LATEST * 24];
	const struct rkr_blob list = emulate_log_maps(p, call->offset, maps, sizeof(maps));
	struct rkr_record_buf b;

	if (!list.len)
		return;
	rkr_record_init(&b, RKR_KIND_munmap);
	rkr_set_u(&b.rec, RKR_F_munmap_n, ++p->munmaps);
	rkr_set_b(&b.rec, RKR_F_munmap_maps, &list);
	rkr_set_u(&b.rec, RKR_F_munmap_addr, call->address);
	rkr_set_u(&b.rec, RKR_F_munmap_length, call->length);
	rkr_set_u(&b.rec, RKR_F_munmap_expected_length, call->mapped);
	rkr_set_s(&b.rec, RKR_F_munmap_fd, call->fd);
	rkr_set_u(&b.rec, RKR_F_munmap_offset, call->offset);
	rkr_set_s(&b.rec, RKR_F_munmap_ret, returned(call));
	emulate_log_record(log, &b.rec, NULL);
}

static void
log_close(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	struct rkr_record_buf b;

	rkr_record_init(&b, RKR_KIND_close);
	rkr_set_u(&b.rec, RKR_F_close_n, ++p->closes);
	rkr_set_s(&b.rec, RKR_F_close_fd, call->fd);
	rkr_set_s(&b.rec, RKR_F_close_ret, returned(call));
	emulate_log_record(log, &b.rec, NULL);
}

void
emulate_log_rows(struct emulate_log *log, struct log_process *p, const struct rke_call *call)
{
	switch (call->kind) {
	case RKE_CALL_IOCTL:
		log_ioctl(log, p, call);
		break;
	case RKE_CALL_MMAP:
		log_mmap(log, p, call);
		break;
	case RKE_CALL_MUNMAP:
		log_munmap(log, p, call);
		break;
	case RKE_CALL_CLOSE:
		log_close(log, p, call);
		break;
	}
}
