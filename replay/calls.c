/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "calls-priv.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Of a client's calls nothing is kept but what later records name: of each
 * mmap offset the MEM_MAPs that gave it, and of each kernel object its
 * creation and its syncs, of all the latest few.
 */

void
rkx_calls_note(struct rkx_calls *c, int r)
{
	if (r < 0 && !c->failed)
		c->failed = r;
}

/* ---- what later records name */

struct rkx_calls_object *
rkx_calls_object(const struct rkx_calls *c, uint64_t obj)
{
	for (size_t i = 0; i < c->n_objects; i++)
		if (c->objects[i].obj == obj)
			return &c->objects[i];
	return NULL;
}

void
rkx_calls_keep_object(struct rkx_calls *c, const struct rkr_abi_mem_create *create)
{
	struct rkx_calls_object *o = rkx_calls_object(c, create->obj_addr);

	if (!o) {
		if (rkr_grow((void **)&c->objects, &c->objects_size, c->n_objects + 1, sizeof(*o)) < 0) {
			rkx_calls_note(c, -ENOMEM);
			return;
		}
		o = &c->objects[c->n_objects++];
	}
	*o = (struct rkx_calls_object){ .obj = create->obj_addr,
					.dma = create->dma_addr,
					.size = create->size,
					.handle = create->handle,
					.flags = create->flags };
}

static struct rkx_calls_offset *
find_offset(const struct rkx_calls *c, uint64_t offset)
{
	for (size_t i = 0; i < c->n_offsets; i++)
		if (c->offsets[i].offset == offset)
			return &c->offsets[i];
	return NULL;
}

void
rkx_calls_keep_offset(struct rkx_calls *c, uint64_t offset, uint32_t handle, uint64_t map)
{
	struct rkx_calls_offset *o = find_offset(c, offset);

	if (!o) {
		if (rkr_grow((void **)&c->offsets, &c->offsets_size, c->n_offsets + 1, sizeof(*o)) < 0) {
			rkx_calls_note(c, -ENOMEM);
			return;
		}
		o = &c->offsets[c->n_offsets++];
		*o = (struct rkx_calls_offset){ .offset = offset };
	}
	/* The script knows of no BO that is gone; where it is known, the offset is another BO's now. */
	if (c->o.all && o->handle != handle)
		o->n = 0;
	o->handle = handle;
	if (o->n == LATEST)
		memmove(o->maps, o->maps + 1, --o->n * sizeof(*o->maps));
	o->maps[o->n++] = map;
}

void
rkx_calls_forget(struct rkx_calls *c, uint32_t handle)
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
	const struct rkx_calls_offset *o = find_offset(c, offset);
	size_t len = 0;

	for (size_t i = 0; o && i < o->n && len + 24 < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%llu", i ? "," : "",
					(unsigned long long)o->maps[i]);
	return (struct rkr_blob){ text, len };
}

/* ---- records */

void
rkx_calls_put(struct rkx_calls *c, const struct rkr_record *rec, size_t n_below)
{
	rkx_calls_note(c, c->o.take(c->o.data, rec, c->below, n_below));
}

/* Why it failed, behind the record of the call; an ioctl has the number @call. */
void
rkx_calls_put_error(struct rkx_calls *c, const struct rke_call *call, const char *what, bool is_ioctl)
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
	rkx_calls_put(c, &b.rec, 0);
}

/* ---- other calls than ioctls */

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
	rkx_calls_put(c, &b.rec, 0);
	rkx_calls_put_error(c, call, "MMAP", false);
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
	rkr_set_s(&b.rec, RKR_F_munmap_ret, rkx_calls_returned(call));
	rkx_calls_put(c, &b.rec, 0);
	rkx_calls_put_error(c, call, "MUNMAP", false);
}

static void
log_close(struct rkx_calls *c, const struct rke_call *call)
{
	struct rkr_record_buf b;

	rkr_record_init(&b, RKR_KIND_close);
	rkr_set_u(&b.rec, RKR_F_close_n, ++c->closes);
	rkr_set_s(&b.rec, RKR_F_close_fd, call->fd);
	rkr_set_s(&b.rec, RKR_F_close_ret, rkx_calls_returned(call));
	rkx_calls_put(c, &b.rec, 0);
	rkx_calls_put_error(c, call, "CLOSE", false);
}

int
rkx_calls_take(struct rkx_calls *c, const struct rke_call *call)
{
	switch (call->kind) {
	case RKE_CALL_IOCTL:
		rkx_calls_log_ioctl(c, call);
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
rkx_calls_failed(const struct rkx_calls *c)
{
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
