/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>

#include "tests/bench-parse.h"

/*
 * Counting allocations: this program's own malloc() and the like, in front of
 * those of the C library, of which only glibc lets itself be called by.
 */

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

void *
__libc_malloc(size_t size);
void *
__libc_calloc(size_t n, size_t size);
void *
__libc_realloc(void *p, size_t size);

/* The one variable of the benchmark that functions share: malloc() has no argument to hand it over by. */
static uint64_t allocations;

void *
malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	allocations++;
	return __libc_realloc(p, size);
}

bool
bench_allocations(uint64_t *ret_n)
{
	*ret_n = allocations;
	return true;
}

#else

bool
bench_allocations(uint64_t *ret_n)
{
	(void)ret_n;
	return false;
}

#endif
