/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "calls-priv.h"

/* Records of ioctls: of the driver's six, of GEM_CLOSE, and of any other. */

static void
log_action(struct rkx_calls *c, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_abi_action in;

	memcpy(&in, call->in, sizeof(in));
	rkr_record_init(&b, RKR_KIND_action);
	rkr_set_u(&b.rec, RKR_F_action_call, ++c->calls);
	rkr_set_u(&b.rec, RKR_F_action_flags, in.flags);
	rkr_set_u(&b.rec, RKR_F_action_value, in.value);
	rkr_set_s(&b.rec, RKR_F_action_ret, rkx_calls_returned(call));
	rkx_calls_put(c, &b.rec, 0);
}

static void
log_create(struct rkx_calls *c, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_abi_mem_create in = { 0 }, out = { 0 };
	size_t n = call->size < sizeof(in) ? call->size : sizeof(in);

	memcpy(&in, call->in, n);
	memcpy(&out, call->out, n);
	rkr_record_init(&b, RKR_KIND_mem_create);
	rkr_set_u(&b.rec, RKR_F_mem_create_n, ++c->creates);
	rkr_set_u(&b.rec, RKR_F_mem_create_call, ++c->calls);
	rkr_set_u(&b.rec, RKR_F_mem_create_size, in.size);
	rkr_set_u(&b.rec, RKR_F_mem_create_flags, in.flags);
	rkr_set_u(&b.rec, RKR_F_mem_create_entry_handle, in.handle);
	rkr_set_u(&b.rec, RKR_F_mem_create_entry_obj, in.obj_addr);
	rkr_set_u(&b.rec, RKR_F_mem_create_entry_dma, in.dma_addr);
	rkr_set_u(&b.rec, RKR_F_mem_create_entry_sram, in.sram_size);
	rkr_set_s(&b.rec, RKR_F_mem_create_ret, rkx_calls_returned(call));
	rkr_set_u(&b.rec, RKR_F_mem_create_handle, out.handle);
	rkr_set_u(&b.rec, RKR_F_mem_create_obj, out.obj_addr);
	rkr_set_u(&b.rec, RKR_F_mem_create_dma, out.dma_addr);
	rkr_set_u(&b.rec, RKR_F_mem_create_sram, out.sram_size);
	rkx_calls_put(c, &b.rec, 0);
	if (call->ret == 0 && !c->o.bare)
		rkx_calls_keep_object(c, &out);
}

static void
log_map(struct rkx_calls *c, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_abi_mem_map in, out;

	memcpy(&in, call->in, sizeof(in));
	memcpy(&out, call->out, sizeof(out));
	rkr_record_init(&b, RKR_KIND_mem_map);
	rkr_set_u(&b.rec, RKR_F_mem_map_n, ++c->maps);
	rkr_set_u(&b.rec, RKR_F_mem_map_call, ++c->calls);
	rkr_set_u(&b.rec, RKR_F_mem_map_entry_handle, in.handle);
	rkr_set_u(&b.rec, RKR_F_mem_map_entry_reserved, in.reserved);
	rkr_set_u(&b.rec, RKR_F_mem_map_entry_offset, in.offset);
	rkr_set_s(&b.rec, RKR_F_mem_map_ret, rkx_calls_returned(call));
	rkr_set_u(&b.rec, RKR_F_mem_map_handle, out.handle);
	rkr_set_u(&b.rec, RKR_F_mem_map_reserved, out.reserved);
	rkr_set_u(&b.rec, RKR_F_mem_map_offset, out.offset);
	rkx_calls_put(c, &b.rec, 0);
	if (call->ret == 0)
		rkx_calls_keep_offset(c, out.offset, out.handle, c->maps);
}

static void
log_destroy(struct rkx_calls *c, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_abi_mem_destroy in;

	memcpy(&in, call->in, sizeof(in));
	rkr_record_init(&b, RKR_KIND_mem_destroy);
	rkr_set_u(&b.rec, RKR_F_mem_destroy_n, ++c->destroys);
	rkr_set_u(&b.rec, RKR_F_mem_destroy_call, ++c->calls);
	rkr_set_u(&b.rec, RKR_F_mem_destroy_handle, in.handle);
	rkr_set_u(&b.rec, RKR_F_mem_destroy_reserved, in.reserved);
	rkr_set_u(&b.rec, RKR_F_mem_destroy_obj, in.obj_addr);
	rkr_set_s(&b.rec, RKR_F_mem_destroy_ret, rkx_calls_returned(call));
	rkx_calls_put(c, &b.rec, 0);
	if (call->ret == 0)
		rkx_calls_forget(c, in.handle);
}

static void
log_sync(struct rkx_calls *c, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_abi_mem_sync in;

	memcpy(&in, call->in, sizeof(in));
	rkr_record_init(&b, RKR_KIND_mem_sync);
	rkr_set_u(&b.rec, RKR_F_mem_sync_call, ++c->calls);
	rkr_set_u(&b.rec, RKR_F_mem_sync_flags, in.flags);
	rkr_set_u(&b.rec, RKR_F_mem_sync_obj, in.obj_addr);
	rkr_set_u(&b.rec, RKR_F_mem_sync_offset, in.offset);
	rkr_set_u(&b.rec, RKR_F_mem_sync_size, in.size);
	rkr_set_s(&b.rec, RKR_F_mem_sync_ret, rkx_calls_returned(call));
	rkx_calls_put(c, &b.rec, 0);
	struct rkx_calls_object *o = rkx_calls_object(c, in.obj_addr);

	if (!o)
		return;
	if (o->n == LATEST)
		memmove(o->syncs, o->syncs + 1, --o->n * sizeof(*o->syncs));
	o->syncs[o->n++] = in;
}

/* What is known of the task object, to stand below a submit. */
static size_t
put_below(struct rkx_calls *c, const struct rkx_calls_object *object)
{
	struct rkr_record_buf *b = c->below;

	if (!object)
		return 0;
	rkr_record_init(b, RKR_KIND_submit_create);
	rkr_set_u(&b->rec, RKR_F_submit_create_size, object->size);
	rkr_set_u(&b->rec, RKR_F_submit_create_handle, object->handle);
	rkr_set_u(&b->rec, RKR_F_submit_create_dma, object->dma);
	rkr_set_u(&b->rec, RKR_F_submit_create_flags, object->flags);
	for (size_t i = 0; i < object->n; i++) {
		rkr_record_init(++b, RKR_KIND_submit_sync);
		rkr_set_u(&b->rec, RKR_F_submit_sync_flags, object->syncs[i].flags);
		rkr_set_u(&b->rec, RKR_F_submit_sync_offset, object->syncs[i].offset);
		rkr_set_u(&b->rec, RKR_F_submit_sync_size, object->syncs[i].size);
	}
	return object->n + 1;
}

static void
log_submit(struct rkx_calls *c, const struct rke_call *call)
{
	struct rkr_record_buf b;
	struct rkr_record *r = &b.rec;
	struct rkr_abi_submit in;

	memcpy(&in, call->in, sizeof(in));
	const struct rkx_calls_object *o = rkx_calls_object(c, in.task_obj_addr);

	rkr_record_init(&b, RKR_KIND_submit);
	rkr_set_u(r, RKR_F_submit_n, ++c->submits);
	rkr_set_u(r, RKR_F_submit_call, ++c->calls);
	rkr_set_u(r, RKR_F_submit_cmd, call->command);
	rkr_set_u(r, RKR_F_submit_size, call->size);
	if (call->arg)
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
	if (!c->o.bare) {
		rkr_set_u(r, RKR_F_submit_create_matches, o ? 1 : 0);
		rkr_set_u(r, RKR_F_submit_sync_matches, o ? o->n : 0);
	}
	if (!call->in_flight)
		rkr_set_s(r, RKR_F_submit_ret, rkx_calls_returned(call));
	rkx_calls_put(c, r, put_below(c, o));
}

/* The DRM core's own way to give a handle back [source]. */
static void
log_gem_close(struct rkx_calls *c, const struct rke_call *call)
{
	struct rkr_record_buf b;
	uint32_t handle;

	memcpy(&handle, call->in, sizeof(handle));
	rkr_record_init(&b, RKR_KIND_gem_close);
	rkr_set_u(&b.rec, RKR_F_gem_close_n, ++c->gem_closes);
	rkr_set_u(&b.rec, RKR_F_gem_close_call, ++c->calls);
	rkr_set_u(&b.rec, RKR_F_gem_close_handle, handle);
	rkr_set_s(&b.rec, RKR_F_gem_close_ret, rkx_calls_returned(call));
	rkx_calls_put(c, &b.rec, 0);
	if (call->ret == 0)
		rkx_calls_forget(c, handle);
}

/* Any other call of the node, or one whose struct could not be read: by its number. */
static void
log_other(struct rkx_calls *c, const struct rke_call *call)
{
	const char *name = call->ret < 0 ? strerrorname_np(-call->ret) : NULL;
	const struct rkr_blob error = { name ? name : "?", name ? strlen(name) : 1 };
	struct rkr_record_buf b;

	rkr_record_init(&b, RKR_KIND_ioctl);
	rkr_set_u(&b.rec, RKR_F_ioctl_pid, call->process);
	rkr_set_s(&b.rec, RKR_F_ioctl_fd, call->fd);
	rkr_set_u(&b.rec, RKR_F_ioctl_type, call->command >> 8 & 0xff);
	rkr_set_u(&b.rec, RKR_F_ioctl_nr, call->command & 0xff);
	rkr_set_u(&b.rec, RKR_F_ioctl_size, call->command >> 16 & 0x3fff);
	rkr_set_u(&b.rec, RKR_F_ioctl_arg, call->arg);
	if (!call->in_flight)
		rkr_set_s(&b.rec, RKR_F_ioctl_ret, rkx_calls_returned(call));
	if (call->ret < 0)
		rkr_set_b(&b.rec, RKR_F_ioctl_error, &error);
	rkx_calls_put(c, &b.rec, 0);
}

/* The calls that the script traces, by number alone; it takes structs to be whole. */
void
rkx_calls_log_ioctl(struct rkx_calls *c, const struct rke_call *call)
{
	static const struct {
		void (*log)(struct rkx_calls *, const struct rke_call *);
		const char *name; /* as the script has it */
	} by_number[] = {
		[RKR_IOCTL_ACTION - RKR_IOCTL_ACTION] = { log_action, "ACTION" },
		[RKR_IOCTL_SUBMIT - RKR_IOCTL_ACTION] = { log_submit, "SUBMIT" },
		[RKR_IOCTL_MEM_CREATE - RKR_IOCTL_ACTION] = { log_create, "MEM_CREATE" },
		[RKR_IOCTL_MEM_MAP - RKR_IOCTL_ACTION] = { log_map, "MEM_MAP" },
		[RKR_IOCTL_MEM_DESTROY - RKR_IOCTL_ACTION] = { log_destroy, "MEM_DESTROY" },
		[RKR_IOCTL_MEM_SYNC - RKR_IOCTL_ACTION] = { log_sync, "MEM_SYNC" },
	};
	const struct rkr_abi_ioctl *desc = rkr_abi_ioctl(call->command);
	/* Of a call that has not returned there is no result; a submit is worth knowing all the same. */
	bool readable = call->in && call->out && (!call->in_flight || (desc && desc->nr == RKR_IOCTL_SUBMIT));

	if (readable && desc && call->size >= desc->old_size) {
		by_number[desc->nr - RKR_IOCTL_ACTION].log(c, call);
		rkx_calls_put_error(c, call, by_number[desc->nr - RKR_IOCTL_ACTION].name, true);
	} else if (c->o.all && readable && (call->command & 0xffff) == RKX_GEM_CLOSE && call->size >= 4) {
		log_gem_close(c, call);
		rkx_calls_put_error(c, call, "GEM_CLOSE", true);
	} else if (c->o.all) {
		log_other(c, call);
	}
}
