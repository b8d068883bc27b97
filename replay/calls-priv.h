/* SPDX-License-Identifier: MIT */
#ifndef RKX_CALLS_PRIV_H
#define RKX_CALLS_PRIV_H

/* The inside: calls.c keeps what later records name, calls-ioctl.c makes records of ioctls. */

#include <string.h>

#include "calls.h"
#include "lib/model-abi.h"
#include "lib/util.h"

/* Of what is kept for later records, so many of each. */
#define LATEST 32

struct rkx_calls_offset {
	uint64_t offset;
	uint64_t maps[LATEST]; /* ordinals */
	size_t n;
	uint32_t handle;
};

struct rkx_calls_object {
	uint64_t obj, dma, size;
	uint32_t handle, flags;
	struct rkr_abi_mem_sync syncs[LATEST];
	size_t n;
};

struct rkx_calls {
	struct rkx_calls_options o;
	uint64_t calls, creates, maps, mmaps, munmaps, destroys, submits, closes, gem_closes;
	struct rkx_calls_offset *offsets;
	size_t n_offsets, offsets_size;
	struct rkx_calls_object *objects;
	size_t n_objects, objects_size;
	struct rkr_record_buf below[LATEST + 1];
	int failed; /* the first error */
};

/** Keep the first error. */
void
rkx_calls_note(struct rkx_calls *c, int r);

/** What is known of a kernel object, or NULL. */
struct rkx_calls_object *
rkx_calls_object(const struct rkx_calls *c, uint64_t obj);

void
rkx_calls_keep_object(struct rkx_calls *c, const struct rkr_abi_mem_create *create);

/** A MEM_MAP, by its ordinal, gave this offset. */
void
rkx_calls_keep_offset(struct rkx_calls *c, uint64_t offset, uint32_t handle, uint64_t map);

/** The BO of a handle is gone. */
void
rkx_calls_forget(struct rkx_calls *c, uint32_t handle);

/** A record, with the first @n_below of those that are to stand below it. */
void
rkx_calls_put(struct rkx_calls *c, const struct rkr_record *rec, size_t n_below);

/** Why a call failed, if it did, behind its record; an ioctl has the number of the latest one. */
void
rkx_calls_put_error(struct rkx_calls *c, const struct rke_call *call, const char *what, bool is_ioctl);

/** Records of an ioctl. */
void
rkx_calls_log_ioctl(struct rkx_calls *c, const struct rke_call *call);

/** What libc returns. */
static inline int64_t
rkx_calls_returned(const struct rke_call *call)
{
	return call->ret < 0 ? -1 : call->ret;
}

#endif
