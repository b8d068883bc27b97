/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model-abi.h"
#include "lib/util.h"

/*
 * Of a client's calls nothing is kept but what later records name: of each
 * mmap offset the MEM_MAPs that gave it, and of each kernel object its
 * creation and its syncs, of all the latest few.
 */

/* Of what is kept for later records, so many of each. */
#define LATEST 32

struct offset {
	uint64_t offset;
	uint64_t maps[LATEST]; /* ordinals */
	size_t n;
	uint32_t handle;
};

struct object {
	uint64_t obj, dma, size;
	uint32_t handle, flags;
	struct rkr_abi_mem_sync syncs[LATEST];
	size_t n;
};

struct rkx_calls {
	struct rkx_calls_options o;
	uint64_t calls, creates, maps, mmaps, munmaps, destroys, submits, closes, gem_closes;
	struct offset *offsets;
	size_t n_offsets, offsets_size;
	struct object *objects;
	size_t n_objects, objects_size;
	struct rkr_record_buf below[LATEST + 1];
	int failed; /* the first error */
};

static void
note(struct rkx_calls *c, int r)
{
	if (r < 0 && !c->failed)
		c->failed = r;
}

/* ---- what later records name */

static struct object *
find_object(const struct rkx_calls *c, uint64_t obj)
{
	for (size_t i = 0; i < c->n_objects; i++)
		if (c->objects[i].obj == obj)
			return &c->objects[i];
	return NULL;
}

static void
keep_object(struct rkx_calls *c, const struct rkr_abi_mem_create *create)
{
	struct object *o = find_object(c, create->obj_addr);

	if (!o) {
		if (rkr_grow((void **)&c->objects, &c->objects_size, c->n_objects + 1, sizeof(*o)) < 0) {
			note(c, -ENOMEM);
			return;
		}
		o = &c->objects[c->n_objects++];
	}
	*o = (struct object){ .obj = create->obj_addr,
			      .dma = create->dma_addr,
			      .size = create->size,
			      .handle = create->handle,
			      .flags = create->flags };
}

static struct offset *
find_offset(const struct rkx_calls *c, uint64_t offset)
{
	for (size_t i = 0; i < c->n_offsets; i++)
		if (c->offsets[i].offset == offset)
			return &c->offsets[i];
	return NULL;
}

static void
keep_offset(struct rkx_calls *c, uint64_t offset, uint32_t handle, uint64_t map)
{
	struct offset *o = find_offset(c, offset);

	if (!o) {
		if (rkr_grow((void **)&c->offsets, &c->offsets_size, c->n_offsets + 1, sizeof(*o)) < 0) {
			note(c, -ENOMEM);
			return;
		}
		o = &c->offsets[c->n_offsets++];
		*o = (struct offset){ .offset = offset };
	}
	/* The script knows of no BO that is gone; where it is known, the offset is another BO's now. */
	if (c->o.all && o->handle != handle)
		o->n = 0;
	o->handle = handle;
	if (o->n == LATEST)
		memmove(o->maps, o->maps + 1, --o->n * sizeof(*o->maps));
	o->maps[o->n++] = map;
}

static void
forget_handle(struct rkx_calls *c, uint32_t handle)
{
	for (size_t i = 0; c->o.all && i < c->n_offsets; i++)
		if (c->offsets[i].handle == handle)
			c->offsets[i--] = c->offsets[--c->n_offsets];
	for (size_t i = 0; c->o.all && i < c->n_objects; i++)
		if (c->objects[i].handle == handle)
			c->objects[i--] = c->objects[--c->n_objects];
}

/* "1,4": the MEM_MAPs that gave this offset. */
static struct rkr_blob
maps_of(const struct rkx_calls *c, uint64_t offset, char *text, size_t size)
{
	const struct offset *o = find_offset(c, offset);
	size_t len = 0;

	for (size_t i = 0; o && i < o->n && len + 24 < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%llu", i ? "," : "",
					(unsigned long long)o->maps[i]);
	return (struct rkr_blob){ text, len };
}

/* ---- records */

static void
take(struct rkx_calls *c, const struct rkr_record *rec, size_t n_below)
{
	note(c, c->o.take(c->o.data, rec, c->below, n_below));
}

/* Why it failed, behind the record of the call; an ioctl has the number @call. */
static void
take_error(struct rkx_calls *c, const struct rke_call *call, const char *what, bool is_ioctl)
{
	const struct rkr_blob name = { what, strlen(what) };
	struct rkr_record_buf b;

	if (!c->o.all || call->ret >= 0 || call->in_flight)
		return;
	rkr_record_init(&b, RKR_KIND_call_error);
	rkr_set_b(&b.rec, RKR_F_call_error_what, &name);
	if (is_ioctl)
		rkr_set_u(&b.rec, RKR_F_call_error_call, c->calls);
	rkr_set_s(&b.rec, RKR_F_call_error_errno, -call->ret);
	take(c, &b.rec, 0);
}

/* What libc returns. */
static int64_t
returned(const struct rke_call *call)
{
	return call->ret < 0 ? -1 : call->ret;
}

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
	rkr_set_s(&b.rec, RKR_F_action_ret, returned(call));
	take(c, &b.rec, 0);
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
	rkr_set_s(&b.rec, RKR_F_mem_create_ret, returned(call));
	rkr_set_u(&b.rec, RKR_F_mem_create_handle, out.handle);
	rkr_set_u(&b.rec, RKR_F_mem_create_obj, out.obj_addr);
	rkr_set_u(&b.rec, RKR_F_mem_create_dma, out.dma_addr);
	rkr_set_u(&b.rec, RKR_F_mem_create_sram, out.sram_size);
	take(c, &b.rec, 0);
	if (call->ret == 0)
		keep_object(c, &out);
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
	rkr_set_s(&b.rec, RKR_F_mem_map_ret, returned(call));
	rkr_set_u(&b.rec, RKR_F_mem_map_handle, out.handle);
	rkr_set_u(&b.rec, RKR_F_mem_map_reserved, out.reserved);
	rkr_set_u(&b.rec, RKR_F_mem_map_offset, out.offset);
	take(c, &b.rec, 0);
	if (call->ret == 0)
		keep_offset(c, out.offset, out.handle, c->maps);
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
	rkr_set_s(&b.rec, RKR_F_mem_destroy_ret, returned(call));
	take(c, &b.rec, 0);
	if (call->ret == 0)
		forget_handle(c, in.handle);
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
	rkr_set_s(&b.rec, RKR_F_mem_sync_ret, returned(call));
	take(c, &b.rec, 0);
	struct object *o = find_object(c, in.obj_addr);

	if (!o)
		return;
	if (o->n == LATEST)
		memmove(o->syncs, o->syncs + 1, --o->n * sizeof(*o->syncs));
	o->syncs[o->n++] = in;
}

/* What is known of the task object, to stand below a submit. */
static size_t
put_below(struct rkx_calls *c, const struct object *object)
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
	const struct object *o = find_object(c, in.task_obj_addr);

	rkr_record_init(&b, RKR_KIND_submit);
	rkr_set_u(r, RKR_F_submit_n, ++c->submits);
	rkr_set_u(r, RKR_F_submit_call, ++c->calls);
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
	if (!call->in_flight)
		rkr_set_s(r, RKR_F_submit_ret, returned(call));
	take(c, r, put_below(c, o));
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
	rkr_set_s(&b.rec, RKR_F_gem_close_ret, returned(call));
	take(c, &b.rec, 0);
	if (call->ret == 0)
		forget_handle(c, handle);
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
		rkr_set_s(&b.rec, RKR_F_ioctl_ret, returned(call));
	if (call->ret < 0)
		rkr_set_b(&b.rec, RKR_F_ioctl_error, &error);
	take(c, &b.rec, 0);
}

/* The calls that the script traces, by number alone; it takes structs to be whole. */
static void
log_ioctl(struct rkx_calls *c, const struct rke_call *call)
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
	bool readable = call->in && call->out;

	if (readable && desc && call->size >= desc->old_size) {
		by_number[desc->nr - RKR_IOCTL_ACTION].log(c, call);
		take_error(c, call, by_number[desc->nr - RKR_IOCTL_ACTION].name, true);
	} else if (c->o.all && readable && (call->command & 0xffff) == RKX_GEM_CLOSE && call->size >= 4) {
		log_gem_close(c, call);
		take_error(c, call, "GEM_CLOSE", true);
	} else if (c->o.all) {
		log_other(c, call);
	}
}

static void
log_mmap(struct rkx_calls *c, const struct rke_call *call)
{
	char maps[LATEST * 24];
	const struct rkr_blob list = maps_of(c, call->offset, maps, sizeof(maps));
	struct rkr_record_buf b;

	/* The script sees those alone whose offset MEM_MAP gave. */
	if (!list.len && !c->o.all)
		return;
	rkr_record_init(&b, RKR_KIND_mmap);
	rkr_set_u(&b.rec, RKR_F_mmap_n, ++c->mmaps);
	if (list.len)
		rkr_set_b(&b.rec, RKR_F_mmap_maps, &list);
	rkr_set_u(&b.rec, RKR_F_mmap_hint, call->hint);
	rkr_set_u(&b.rec, RKR_F_mmap_length, call->length);
	rkr_set_u(&b.rec, RKR_F_mmap_prot, call->prot);
	rkr_set_u(&b.rec, RKR_F_mmap_flags, call->flags);
	rkr_set_s(&b.rec, RKR_F_mmap_fd, call->fd);
	rkr_set_u(&b.rec, RKR_F_mmap_offset, call->offset);
	rkr_set_u(&b.rec, RKR_F_mmap_addr, call->address);
	take(c, &b.rec, 0);
	take_error(c, call, "MMAP", false);
}

static void
log_munmap(struct rkx_calls *c, const struct rke_call *call)
{
	char maps[LATEST * 24];
	const struct rkr_blob list = maps_of(c, call->offset, maps, sizeof(maps));
	struct rkr_record_buf b;

	if (!list.len && !c->o.all)
		return;
	rkr_record_init(&b, RKR_KIND_munmap);
	rkr_set_u(&b.rec, RKR_F_munmap_n, ++c->munmaps);
	if (list.len)
		rkr_set_b(&b.rec, RKR_F_munmap_maps, &list);
	rkr_set_u(&b.rec, RKR_F_munmap_addr, call->address);
	rkr_set_u(&b.rec, RKR_F_munmap_length, call->length);
	rkr_set_u(&b.rec, RKR_F_munmap_expected_length, call->mapped);
	rkr_set_s(&b.rec, RKR_F_munmap_fd, call->fd);
	rkr_set_u(&b.rec, RKR_F_munmap_offset, call->offset);
	rkr_set_s(&b.rec, RKR_F_munmap_ret, returned(call));
	take(c, &b.rec, 0);
	take_error(c, call, "MUNMAP", false);
}

static void
log_close(struct rkx_calls *c, const struct rke_call *call)
{
	struct rkr_record_buf b;

	rkr_record_init(&b, RKR_KIND_close);
	rkr_set_u(&b.rec, RKR_F_close_n, ++c->closes);
	rkr_set_s(&b.rec, RKR_F_close_fd, call->fd);
	rkr_set_s(&b.rec, RKR_F_close_ret, returned(call));
	take(c, &b.rec, 0);
	take_error(c, call, "CLOSE", false);
}

int
rkx_calls_take(struct rkx_calls *c, const struct rke_call *call)
{
	switch (call->kind) {
	case RKE_CALL_IOCTL:
		log_ioctl(c, call);
		break;
	case RKE_CALL_MMAP:
		log_mmap(c, call);
		break;
	case RKE_CALL_MUNMAP:
		log_munmap(c, call);
		break;
	case RKE_CALL_CLOSE:
		log_close(c, call);
		break;
	}
	return c->failed;
}

int
rkx_calls_new(const struct rkx_calls_options *options, struct rkx_calls **ret_calls)
{
	struct rkx_calls *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->o = *options;
	*ret_calls = c;
	return 0;
}

void
rkx_calls_free(struct rkx_calls *calls)
{
	if (!calls)
		return;
	free(calls->offsets);
	free(calls->objects);
	free(calls);
}
