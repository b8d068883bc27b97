/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture-priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/*
 * What is in BOs. A run has one state of each: of task BOs the one that was
 * submitted last, before the driver wrote into it; of all others the one that
 * was seen last, after the last submit.
 */

/* No BO is longer: the NPU's addresses have 32 bits [source]. */
#define LENGTH_MAX ((uint64_t)1 << 32)

int
rkx_images_create(struct rkx_images *images, uint32_t handle, uint64_t obj, size_t record)
{
	/* A handle that is given again is of a BO that is gone. */
	rkx_images_destroy(images, handle);
	if (rkr_grow((void **)&images->v, &images->cap, images->n + 1, sizeof(*images->v)) < 0)
		return -ENOMEM;
	images->v[images->n++] =
		(struct rkx_image){ .born = record, .handle = handle, .obj = obj, .alive = true };
	images->n_alive++;
	return 0;
}

/* The living one of a handle, or NULL. */
static struct rkx_image *
by_handle(const struct rkx_images *images, uint32_t handle)
{
	for (size_t i = images->n; i-- > 0;)
		if (images->v[i].alive && images->v[i].handle == handle)
			return &images->v[i];
	return NULL;
}

void
rkx_images_map(struct rkx_images *images, uint32_t handle, uint64_t offset)
{
	struct rkx_image *image = by_handle(images, handle);

	if (image)
		image->offset = offset;
}

void
rkx_images_destroy(struct rkx_images *images, uint32_t handle)
{
	struct rkx_image *image = by_handle(images, handle);

	if (!image)
		return;
	image->alive = false;
	images->n_alive--;
}

int
rkx_images_write(struct rkx_images *images, uint64_t offset, uint64_t length, uint64_t at,
		 const uint8_t *bytes, uint64_t len)
{
	struct rkx_image *image = NULL;

	if (length > LENGTH_MAX || at > length || len > length - at)
		return -EINVAL;
	/* A mapping outlives its BO's handle: the latest BO that was there. */
	for (size_t i = images->n; i-- > 0 && !image;)
		if (offset && images->v[i].offset == offset)
			image = &images->v[i];
	if (!image)
		return 0;
	if (!image->data || image->len < length) {
		uint8_t *p = realloc(image->data, length + 1);

		if (!p)
			return -ENOMEM;
		memset(p + image->len, 0, length - image->len);
		image->data = p;
		image->len = length;
	}
	if (len)
		memcpy(image->data + at, bytes, len);
	return 0;
}

int
rkx_images_submit(struct rkx_images *images, uint64_t obj, uint64_t n_tasks, size_t record)
{
	struct rkx_image *image = NULL;

	for (size_t i = images->n; i-- > 0 && !image;)
		if (images->v[i].alive && images->v[i].obj == obj)
			image = &images->v[i];
	if (!image)
		return 0;
	image->n_tasks = n_tasks > image->n_tasks ? n_tasks : image->n_tasks;
	image->submitted = record;
	if (!image->data)
		return 0;
	uint8_t *p = realloc(image->tasks, image->len + 1);

	if (!p)
		return -ENOMEM;
	memcpy(p, image->data, image->len);
	image->tasks = p;
	image->tasks_len = image->len;
	return 0;
}

static const struct rkx_image *
by_birth(const struct rkx_images *images, size_t born)
{
	size_t lo = 0, hi = images->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (images->v[mid].born < born)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < images->n && images->v[lo].born == born ? &images->v[lo] : NULL;
}

int
rkx_images_put(const struct rkx_images *images, struct rkr_run *run, size_t *ret_blank)
{
	size_t blank = 0;

	for (uint32_t b = 0; b < rkr_run_n_bos(run); b++) {
		const struct rkr_bo *bo = rkr_run_bo(run, b);
		const struct rkx_image *image = by_birth(images, bo->born);

		if (!image || !image->data) {
			blank++;
			continue;
		}
		const uint8_t *data = image->tasks ? image->tasks : image->data;
		uint64_t seen = image->tasks ? image->tasks_len : image->len;
		/* A mapping is of whole pages; a BO is as long as was asked for. */
		uint64_t len = (bo->known & RKR_BO_SIZE) && bo->size < seen ? bo->size : seen;
		int r = rkr_run_write(run, b, 0, data, len, RKR_EVIDENCE_DUMP, SIZE_MAX);

		if (r == -ENOMEM)
			return r;
	}
	for (uint32_t b = 0; b < rkr_run_n_bos(run); b++) {
		const struct rkx_image *image = by_birth(images, rkr_run_bo(run, b)->born);
		int r = image && image->tasks ? rkr_run_add_table(run, b, image->n_tasks, image->submitted)
					      : 0;

		if (r < 0)
			return r;
	}
	*ret_blank = blank;
	return 0;
}

void
rkx_images_free(struct rkx_images *images)
{
	for (size_t i = 0; i < images->n; i++) {
		free(images->v[i].data);
		free(images->v[i].tasks);
	}
	free(images->v);
	*images = (struct rkx_images){ 0 };
}
