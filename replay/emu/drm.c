/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"

/*
 * Calls of the DRM core, as far as clients of this driver use them [source:
 * DRM core]. Structs are as on 64-bit machines.
 */

struct drm_version {
	int32_t major, minor, patch, pad;
	uint64_t name_len, name;
	uint64_t date_len, date;
	uint64_t desc_len, desc;
};

struct drm_unique {
	uint64_t len, unique;
};

struct drm_gem_name {
	uint32_t handle, name;
};

struct drm_gem_open {
	uint32_t name, handle;
	uint64_t size;
};

struct drm_prime {
	uint32_t handle, flags;
	int32_t fd;
};

struct drm_cap {
	uint64_t capability, value;
};

/* Capabilities that do not depend on a display. */
#define CAP_PRIME 5
#define CAP_PRIME_VALUE 3 /* import and export */
#define CAP_MONOTONIC 6

/* A string, as far as the client has room; its length always [source]. */
static int
copy_string(struct rke_board *board, const char *text, uint64_t *len, uint64_t to)
{
	size_t n = strlen(text), room = *len < n ? (size_t)*len : n;

	*len = n;
	if (!room || !to)
		return 0;
	if (board->options.copy_out)
		return board->options.copy_out(board->options.copy_data, to, text, room);
	memcpy((void *)(uintptr_t)to, text, room);
	return 0;
}

static int
version(struct rke_file *file, void *data)
{
	struct drm_version *v = data;

	/* [captured: boot logs; source] */
	v->major = 0;
	v->minor = 9;
	v->patch = 8;
	int r = copy_string(file->board, "rknpu", &v->name_len, v->name);

	if (r == 0)
		r = copy_string(file->board, "20240828", &v->date_len, v->date);
	return r ? r : copy_string(file->board, "RKNPU driver", &v->desc_len, v->desc);
}

static int
get_unique(struct rke_file *file, void *data)
{
	struct drm_unique *u = data;

	(void)file;
	/* Nobody has set one. */
	u->len = 0;
	return 0;
}

static int
gem_close(struct rke_file *file, void *data)
{
	return rke_handle_close(file, ((struct drm_gem_name *)data)->handle);
}

static int
gem_flink(struct rke_file *file, void *data)
{
	struct drm_gem_name *f = data;
	struct rke_handle *e = rke_handle_find(file, f->handle);

	if (!e)
		return -ENOENT;
	int r = rke_bo_name(file->board, e->bo);

	if (r == 0)
		f->name = e->bo->name;
	return r;
}

static int
gem_open(struct rke_file *file, void *data)
{
	struct drm_gem_open *o = data;
	struct rke_bo *bo = rke_bo_by_name(file->board, o->name);

	if (!bo)
		return -ENOENT;
	o->size = bo->size;
	return rke_handle_make(file, bo, &o->handle);
}

static int
get_cap(struct rke_file *file, void *data)
{
	struct drm_cap *c = data;

	(void)file;
	switch (c->capability) {
	case CAP_PRIME:
		c->value = CAP_PRIME_VALUE;
		return 0;
	case CAP_MONOTONIC:
		c->value = 1;
		return 0;
	default:
		c->value = 0;
		return -EOPNOTSUPP;
	}
}

static int
handle_to_fd(struct rke_file *file, void *data)
{
	struct drm_prime *p = data;
	int fd, r = rke_prime_export(file, p->handle, &fd);

	if (r == 0)
		p->fd = fd;
	return r;
}

static int
fd_to_handle(struct rke_file *file, void *data)
{
	struct drm_prime *p = data;

	return rke_prime_import(file, p->fd, &p->handle);
}

static const struct {
	unsigned nr;
	size_t size;
	int (*call)(struct rke_file *file, void *data);
} calls[] = {
	{ 0x00, sizeof(struct drm_version), version },    { 0x01, sizeof(struct drm_unique), get_unique },
	{ 0x09, sizeof(struct drm_gem_name), gem_close }, { 0x0a, sizeof(struct drm_gem_name), gem_flink },
	{ 0x0b, sizeof(struct drm_gem_open), gem_open },  { 0x0c, sizeof(struct drm_cap), get_cap },
	{ 0x2d, sizeof(struct drm_prime), handle_to_fd }, { 0x2e, sizeof(struct drm_prime), fd_to_handle },
};

size_t
rke_drm_size(unsigned nr)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(calls); i++)
		if (calls[i].nr == nr)
			return calls[i].size;
	return 0;
}

int
rke_drm_ioctl(struct rke_file *file, unsigned nr, void *data)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(calls); i++)
		if (calls[i].nr == nr)
			return calls[i].call(file, data);
	return -EINVAL;
}
