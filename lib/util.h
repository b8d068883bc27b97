/* SPDX-License-Identifier: MIT */
#ifndef RKR_UTIL_H
#define RKR_UTIL_H

/*
 * Cleanup attributes and overflow-checked arithmetic. Internal: not installed.
 */

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** Declare rkr_cleanup_<name>(), which frees a variable of @type by @fn. */
#define RKR_DEFINE_CLEANUP(type, fn)            \
	static inline void rkr_cleanup_##fn(type *p) \
	{                                       \
		if (*p)                         \
			fn(*p);                 \
	}

#define rkr_cleanup(fn) __attribute__((cleanup(rkr_cleanup_##fn)))

static inline void
rkr_cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void
rkr_cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

RKR_DEFINE_CLEANUP(FILE *, fclose)
RKR_DEFINE_CLEANUP(DIR *, closedir)

#define _autofree_ __attribute__((cleanup(rkr_cleanup_free)))
#define _autoclose_ __attribute__((cleanup(rkr_cleanup_close)))
#define _autofclose_ rkr_cleanup(fclose)
#define _autoclosedir_ rkr_cleanup(closedir)

/** Hand over a pointer: the variable forgets it, so no cleanup runs on it. */
#define rkr_steal(ptr)                    \
	({                                \
		__typeof__(ptr) tmp_ = ptr; \
		ptr = NULL;               \
		tmp_;                     \
	})

#define RKR_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/** Round up to a power of two. The caller knows that it cannot overflow. */
static inline uint64_t
rkr_align_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) & ~(to - 1);
}

static inline uint64_t
rkr_div_up(uint64_t v, uint64_t by)
{
	return v / by + (v % by != 0);
}

/** Grow an array to hold @need elements; doubles. 0 or -ENOMEM. */
static inline int
rkr_grow(void **array, size_t *capacity, size_t need, size_t elem_size)
{
	size_t n = *capacity ? *capacity : 16;

	if (need <= *capacity)
		return 0;
	while (n < need) {
		if (n > SIZE_MAX / 2)
			return -ENOMEM;
		n *= 2;
	}
	void *p = reallocarray(*array, n, elem_size);

	if (!p)
		return -ENOMEM;
	*array = p;
	*capacity = n;
	return 0;
}

#endif
