/* SPDX-License-Identifier: MIT */
#ifndef RKX_CAPTURE_PRIV_H
#define RKX_CAPTURE_PRIV_H

/* The inside of making runs of what was recorded. */

#include "capture.h"
#include "spool.h"

/* ---- events.c: reading events */

/** Events of all files, in the order of their stamps. */
struct rkx_events;

/** Find all events. 0 or negative errno with *err. Free with rkx_events_free(). */
int
rkx_events_open(const char *dir, struct rkx_events **ret_events, struct rkr_error *err);

void
rkx_events_free(struct rkx_events *events);

size_t
rkx_events_count(const struct rkx_events *events);

/** An event; @ret_len bytes at @ret_bytes follow it, valid until the next call. 0 or negative errno. */
int
rkx_events_get(struct rkx_events *events, size_t i, struct rkc_event *ret_event, const uint8_t **ret_bytes,
	       size_t *ret_len);

/* ---- images.c: what is in BOs */

/** A BO of an open file, from its creation to its end. */
struct rkx_image {
	size_t born; /**< record of its creation */
	uint32_t handle;
	uint64_t obj;
	uint64_t offset; /**< for mmap; 0: not known */
	bool alive;
	uint8_t *data; /**< as last seen; NULL: never */
	uint64_t len;
	uint8_t *tasks;     /**< as it was when tasks of it were last submitted; NULL: it was no task BO */
	uint64_t tasks_len; /**< of that: a longer mapping may have been seen since */
	uint64_t n_tasks;   /**< that submits went up to */
	size_t submitted;   /**< record of the last of them */
};

struct rkx_images {
	struct rkx_image *v;
	size_t n, cap;
	size_t n_alive;
};

/** It was created. 0 or -ENOMEM. */
int
rkx_images_create(struct rkx_images *images, uint32_t handle, uint64_t obj, size_t record);

void
rkx_images_map(struct rkx_images *images, uint32_t handle, uint64_t offset);

void
rkx_images_destroy(struct rkx_images *images, uint32_t handle);

/** Bytes [at, at + len) of a mapping of @length bytes. 0, -ENOMEM, -EINVAL (they contradict each other). */
int
rkx_images_write(struct rkx_images *images, uint64_t offset, uint64_t length, uint64_t at,
		 const uint8_t *bytes, uint64_t len);

/** Tasks of a kernel object are submitted, up to the @n_tasks-th. 0 or -ENOMEM. */
int
rkx_images_submit(struct rkx_images *images, uint64_t obj, uint64_t n_tasks, size_t record);

/** Put the contents into a run that is bound, with what they hold. 0 or -ENOMEM. */
int
rkx_images_put(const struct rkx_images *images, struct rkr_run *run, size_t *ret_blank);

void
rkx_images_free(struct rkx_images *images);

/* ---- runs.c: runs of events */

/** Files of a snapshot of sysfs, at most. */
#define RKX_SYSFS_MAX 16

struct rkx_sysfs_names {
	const char *path[RKX_SYSFS_MAX];
	size_t n;
	char names[RKC_SYSFS_BYTES];
};

int
rkx_runs_make(struct rkx_events *events, const struct rkx_capture_options *options,
	      const struct rkx_sysfs_names *sysfs, struct rkx_captures *captures, struct rkr_error *err);

#endif
