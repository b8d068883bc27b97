/* SPDX-License-Identifier: MIT */
#ifndef TEST_REPLAY_FRONT_H
#define TEST_REPLAY_FRONT_H

/*
 * A device in front of the emulated one: of its calls the n-th fails, or
 * raises a signal; it may say that it is a board, and lie about where BOs are.
 */

#include <signal.h>

#include "tests/replay-engine-common.h"

#define FRONT_CALLS 400

struct front {
	struct rkx_device base;
	struct rkx_device *behind;
	unsigned calls, fail_at, fail_more, signal_at, submits;
	int code, signal;
	const char *names[FRONT_CALLS];              /* of the calls; more are counted only */
	uint64_t submitted[FRONT_CALLS];             /* when the submits were, ns */
	bool real;                                   /* says that it is a board */
	int32_t patch;                               /* of the version that it says it has; 0: the true one */
	uint32_t picked;                             /* written back as the cores of a submit with mask 0 */
	unsigned creates, lie_at;                    /* of the n-th MEM_CREATE... */
	void (*lie)(struct rkr_abi_mem_create *arg); /* ...the answer is changed */
};

/* 0: go on. */
static inline int
front_at_call(struct rkx_device *device, const char *name)
{
	struct front *f = (struct front *)device;

	if (f->calls < FRONT_CALLS)
		f->names[f->calls] = name;
	f->calls++;
	if (f->calls == f->signal_at)
		raise(f->signal);
	return f->fail_at && f->calls >= f->fail_at && f->calls - f->fail_at <= f->fail_more ? -f->code : 0;
}

#define FRONT_BEHIND(device) (((struct front *)(device))->behind)

static inline int
front_call(struct rkx_device *d, enum rkr_ioctl nr, void *arg, uint32_t size)
{
	static const char *const names[] = { "action",  "submit",      "mem_create",
					     "mem_map", "mem_destroy", "mem_sync" };
	struct front *f = (struct front *)d;
	int r = front_at_call(d, names[nr - RKR_IOCTL_ACTION]);

	if (nr == RKR_IOCTL_SUBMIT) {
		if (f->submits < FRONT_CALLS)
			f->submitted[f->submits] = f->behind->ops->now(f->behind);
		f->submits++;
	}
	bool is_auto = nr == RKR_IOCTL_SUBMIT && ((struct rkr_abi_submit *)arg)->core_mask == 0;

	if (r == 0)
		r = f->behind->ops->call(f->behind, nr, arg, size);
	if (is_auto && f->picked)
		((struct rkr_abi_submit *)arg)->core_mask = f->picked;
	if (nr == RKR_IOCTL_MEM_CREATE && ++f->creates == f->lie_at)
		f->lie(arg);
	return r;
}

static inline int
front_map(struct rkx_device *d, uint64_t offset, uint64_t length, void **ret_data)
{
	int r = front_at_call(d, "mmap");

	return r < 0 ? r : FRONT_BEHIND(d)->ops->map(FRONT_BEHIND(d), offset, length, ret_data);
}

static inline int
front_unmap(struct rkx_device *d, void *data, uint64_t length)
{
	int r = front_at_call(d, "munmap");

	return r < 0 ? r : FRONT_BEHIND(d)->ops->unmap(FRONT_BEHIND(d), data, length);
}

static inline int
front_identify(struct rkx_device *d, struct rkx_identity *ret_identity, struct rkr_error *err)
{
	const struct front *f = (const struct front *)d;
	int r = f->behind->ops->identify(f->behind, ret_identity, err);

	ret_identity->emulated = !f->real;
	ret_identity->version[2] = f->patch ? f->patch : ret_identity->version[2];
	return r;
}

static inline int
front_close(struct rkx_device *d)
{
	(void)d;
	return 0;
}

static inline uint64_t
front_now(struct rkx_device *d)
{
	return FRONT_BEHIND(d)->ops->now(FRONT_BEHIND(d));
}

static inline void
front_sleep(struct rkx_device *d, uint64_t ns)
{
	FRONT_BEHIND(d)->ops->sleep(FRONT_BEHIND(d), ns);
}

static inline struct front
front_of(const struct bench *b)
{
	static const struct rkx_device_ops ops = {
		.identify = front_identify,
		.call = front_call,
		.map = front_map,
		.unmap = front_unmap,
		.close = front_close,
		.now = front_now,
		.sleep = front_sleep,
	};

	return (struct front){ .base.ops = &ops, .behind = b->device };
}

#endif
