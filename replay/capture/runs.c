/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture-priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model-abi.h"
#include "lib/util.h"
#include "replay/calls.h"
#include "replay/snapshot-sysfs.h"

/*
 * Runs of events: one of each open file, since handles, mmap offsets and the
 * driver's order of jobs are a file's, whichever process or thread calls.
 */

struct builder {
	uint64_t file;
	struct rkr_run *run;
	struct rkx_calls *calls;
	struct rkx_images images;
	uint64_t n_calls, n_submits, in_flight;
	bool over; /* it has given back all BOs: what comes next is another run */
};

struct work {
	const struct rkx_capture_options *o;
	const struct rkx_sysfs_names *sysfs;
	struct rkx_captures *captures;
	struct builder **v; /* in the order of their first calls; NULL: it is a run already */
	size_t n, cap;
};

static int
take_record(void *data, const struct rkr_record *rec, const struct rkr_record_buf *below, size_t n_below)
{
	struct builder *b = data;
	int r = rkr_run_append(b->run, rec);

	for (size_t i = 0; r == 0 && i < n_below; i++)
		r = rkr_run_append(b->run, &below[i].rec);
	return r;
}

static void
free_builder(struct builder *b)
{
	if (!b)
		return;
	rkr_run_free(b->run);
	rkx_calls_free(b->calls);
	rkx_images_free(&b->images);
	free(b);
}

/* What this room would have shown, had it been called. */
static void
witness(struct rkr_run *run)
{
	static const enum rkr_kind kinds[] = {
		RKR_KIND_action,   RKR_KIND_mem_create,  RKR_KIND_mem_map,    RKR_KIND_mmap,
		RKR_KIND_mem_sync, RKR_KIND_mem_destroy, RKR_KIND_munmap,     RKR_KIND_close,
		RKR_KIND_submit,   RKR_KIND_gem_close,   RKR_KIND_call_error,
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(kinds); i++)
		rkr_run_set_witness(run, kinds[i]);
}

static int
new_builder(struct work *w, uint64_t file, struct builder **ret_builder)
{
	struct builder *b = calloc(1, sizeof(*b));
	const struct rkx_calls_options options = { .all = true, .take = take_record, .data = b };
	int r = b ? rkr_run_new(&b->run) : -ENOMEM;

	if (r == 0)
		r = rkx_calls_new(&options, &b->calls);
	if (r == 0)
		r = rkr_grow((void **)&w->v, &w->cap, w->n + 1, sizeof(struct builder *));
	if (r < 0) {
		free_builder(b);
		return r;
	}
	b->file = file;
	witness(b->run);
	w->v[w->n++] = b;
	*ret_builder = b;
	return 0;
}

/* The run that an event belongs to. */
static int
find_builder(struct work *w, const struct rkc_event *e, struct builder **ret_builder)
{
	for (size_t i = w->n; i-- > 0;) {
		if (w->v[i]->file != e->file)
			continue;
		if (w->v[i]->over && (e->kind == RKC_IOCTL || (e->kind == RKC_SYSFS && e->args[1] == 0)))
			break;
		*ret_builder = w->v[i];
		return 0;
	}
	return new_builder(w, e->file, ret_builder);
}

/* ---- what the calls say of BOs */

/* The last task of those that a submit gives to any core, and one. */
static uint64_t
tasks_of(const struct rkr_abi_submit *submit)
{
	uint64_t n = 0;

	for (size_t i = 0; i < RKR_SUBCORE_SLOTS; i++) {
		const struct rkr_abi_subcore_task *s = &submit->subcore_task[i];
		uint64_t end = (uint64_t)s->task_start + s->task_number;

		n = s->task_number && end > n ? end : n;
	}
	return n;
}

static int
follow(struct builder *b, const struct rke_call *call, size_t record)
{
	const struct rkr_abi_ioctl *desc = rkr_abi_ioctl(call->command);
	struct rkr_abi_mem_create create = { 0 };
	struct rkr_abi_mem_map map;

	if (!call->in || !call->out || call->ret < 0)
		return 0;
	/* The DRM core's own call does what MEM_DESTROY does [source]. */
	if ((call->command & 0xffff) == RKX_GEM_CLOSE && call->size >= sizeof(create.handle)) {
		memcpy(&create.handle, call->in, sizeof(create.handle));
		rkx_images_destroy(&b->images, create.handle);
	}
	if (!desc || call->size < desc->old_size)
		return 0;
	switch (desc->nr) {
	case RKR_IOCTL_MEM_CREATE:
		memcpy(&create, call->out, call->size < sizeof(create) ? call->size : sizeof(create));
		return rkx_images_create(&b->images, create.handle, create.obj_addr, record);
	case RKR_IOCTL_MEM_MAP:
		memcpy(&map, call->out, sizeof(map));
		rkx_images_map(&b->images, map.handle, map.offset);
		return 0;
	case RKR_IOCTL_MEM_DESTROY:
		memcpy(&create.handle, call->in, sizeof(create.handle));
		rkx_images_destroy(&b->images, create.handle);
		return 0;
	default:
		return 0;
	}
}

static int
take_ioctl(struct builder *b, const struct rkc_event *e, const uint8_t *bytes)
{
	size_t size = (size_t)e->args[2] & 0x3fff, room = (size_t)RKC_ROUND(size, 8);
	bool in_flight = atomic_load_explicit(&e->state, memory_order_relaxed) == RKC_ENTERED;
	struct rke_call call = {
		.kind = RKE_CALL_IOCTL,
		.process = e->pid,
		.fd = e->fd,
		.ret = e->ret < 0 ? -e->error : (int)e->ret,
		.in_flight = in_flight,
		.command = (uint32_t)e->args[0],
		.arg = e->args[1],
		.in = e->args[3] & RKC_HAS_IN ? bytes : NULL,
		.out = e->args[3] & RKC_HAS_OUT  ? bytes + room
		       : e->args[3] & RKC_HAS_IN ? bytes
						 : NULL,
		.size = size,
	};
	const struct rkr_abi_ioctl *desc = rkr_abi_ioctl(call.command);
	size_t record = rkr_run_n_records(b->run);
	struct rkr_abi_submit submit;
	int r = 0;

	if (e->error < 0 || e->error > 4095)
		return -EINVAL;
	b->n_calls++;
	b->in_flight += in_flight;
	/* What was submitted counts even if it failed, or has not returned. */
	if (desc && desc->nr == RKR_IOCTL_SUBMIT && call.in && size >= sizeof(submit)) {
		memcpy(&submit, bytes, sizeof(submit));
		b->n_submits++;
		r = rkx_images_submit(&b->images, submit.task_obj_addr, tasks_of(&submit), record);
	}
	if (r == 0)
		r = rkx_calls_take(b->calls, &call);
	return r < 0 || in_flight ? r : follow(b, &call, record);
}

/* A value of sysfs; the first of a snapshot comes with its heading, as captures have it. */
static int
take_sysfs(struct builder *b, const struct rkx_sysfs_names *sysfs, const struct rkc_event *e,
	   const uint8_t *bytes)
{
	bool after = e->args[1] != 0;
	struct rkr_record_buf rec;
	struct rkr_buf text = { 0 };
	char label[64];
	int r = 0;

	if (e->args[0] >= sysfs->n || e->args[2] > RKC_PAGE)
		return -EINVAL;
	if (e->args[0] == 0) {
		snprintf(label, sizeof(label), "%s_submit_%" PRIu64, after ? "after" : "before",
			 b->n_submits + (after ? 0 : 1));
		rkr_record_init(&rec, RKR_KIND_snapshot_sysfs);
		rkr_set_b(&rec.rec, RKR_F_snapshot_sysfs_label, &(struct rkr_blob){ label, strlen(label) });
		r = rkr_run_append(b->run, &rec.rec);
	}
	if (e->error)
		rkr_buf_printf(&text, "<unreadable:%d>", e->error);
	else
		rkx_sysfs_put(&text, (const char *)bytes, (size_t)e->args[2]);
	const char *path = sysfs->path[e->args[0]];

	rkr_record_init(&rec, RKR_KIND_sysfs_value);
	rkr_set_b(&rec.rec, RKR_F_sysfs_value_path, &(struct rkr_blob){ path, strlen(path) });
	rkr_set_b(&rec.rec, RKR_F_sysfs_value_value,
		  &(struct rkr_blob){ text.data ? text.data : "", text.len });
	if (r == 0)
		r = text.failed ? text.failed : rkr_run_append(b->run, &rec.rec);
	rkr_buf_free(&text);
	return r;
}

static int
take_event(struct work *w, const struct rkc_event *e, const uint8_t *bytes)
{
	struct rke_call call = { .process = e->pid, .fd = e->fd, .ret = e->ret < 0 ? -e->error : 0 };
	struct builder *b = NULL;
	const uint64_t *a = e->args;

	/* An open file of which nothing was asked is no run. */
	if (e->kind == RKC_NODE)
		return 0;
	int r = find_builder(w, e, &b);

	if (r < 0)
		return r;
	switch (e->kind) {
	case RKC_IOCTL: {
		bool had = b->images.n_alive > 0;

		r = take_ioctl(b, e, bytes);
		b->over = w->o->split && had && b->images.n_alive == 0;
		return r;
	}
	case RKC_CONTENTS:
		return rkx_images_write(&b->images, a[0], a[3], a[1], bytes, a[2]);
	case RKC_SYSFS:
		return take_sysfs(b, w->sysfs, e, bytes);
	case RKC_MMAP:
		call.kind = RKE_CALL_MMAP;
		call.hint = a[0];
		call.length = a[1];
		call.prot = (uint32_t)a[2];
		call.flags = (uint32_t)a[3];
		call.offset = a[4];
		call.address = a[5];
		break;
	case RKC_MUNMAP:
		call.kind = RKE_CALL_MUNMAP;
		call.address = a[0];
		call.length = a[1];
		call.mapped = a[2];
		call.offset = a[3];
		break;
	default:
		call.kind = RKE_CALL_CLOSE;
		break;
	}
	b->n_calls++;
	return rkx_calls_take(b->calls, &call);
}

/* ---- runs */

/* A run with driver calls, or none. */
static int
finish(struct work *w, struct builder *b)
{
	struct rkx_captures *c = w->captures;
	struct rkx_captured out = { .calls = b->n_calls, .in_flight = b->in_flight };
	int r = rkr_run_bind(b->run);

	if (r == 0 && w->o->contents)
		r = rkx_images_put(&b->images, b->run, &out.n_blank);
	if (r == 0)
		r = rkr_grow((void **)&c->v, &c->cap, c->n + 1, sizeof(*c->v));
	if (r < 0)
		return r;
	out.run = rkr_steal(b->run);
	c->v[c->n++] = out;
	return 0;
}

/* Whether anything of the driver itself was called: programs open nodes to see whose they are. */
static bool
is_run(const struct builder *b)
{
	for (size_t i = 0; i < rkr_run_n_records(b->run); i++) {
		enum rkr_kind kind = rkr_run_record(b->run, i)->kind;

		if (kind != RKR_KIND_ioctl && kind != RKR_KIND_close)
			return true;
	}
	return false;
}

int
rkx_runs_make(struct rkx_events *events, const struct rkx_capture_options *options,
	      const struct rkx_sysfs_names *sysfs, struct rkx_captures *captures, struct rkr_error *err)
{
	struct work w = { .o = options, .sysfs = sysfs, .captures = captures };
	int r = 0;

	for (size_t i = 0; r == 0 && i < rkx_events_count(events); i++) {
		struct rkc_event e;
		const uint8_t *bytes;
		size_t len;

		r = rkx_events_get(events, i, &e, &bytes, &len);
		if (r == 0)
			r = take_event(&w, &e, bytes);
		/* What makes no sense is one event. */
		if (r == -EINVAL) {
			captures->lost++;
			r = 0;
		}
	}
	for (size_t i = 0; i < w.n; i++) {
		if (r == 0 && is_run(w.v[i]))
			r = finish(&w, w.v[i]);
		free_builder(w.v[i]);
	}
	free(w.v);
	return r < 0 ? rkr_fail(err, r, NULL, "no run could be made of what was recorded: %s", strerror(-r))
		     : 0;
}
