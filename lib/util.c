/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "util.h"

#include <errno.h>

int
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
