/* SPDX-License-Identifier: MIT */
#ifndef TEST_FAILING_ALLOCATOR_H
#define TEST_FAILING_ALLOCATOR_H

/*
 * The C library's allocator, whose calls fail when fails() says so, with its
 * errno. It stands before the C library's, for that itself, too. To be
 * included once in a program or a library to be preloaded.
 */

#include <stdbool.h>
#include <stddef.h>

void *
__libc_malloc(size_t size);
void *
__libc_calloc(size_t n, size_t size);
void *
__libc_realloc(void *p, size_t size);

/** Asked once per call; of who includes this. */
static bool
fails(void);

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

void *
reallocarray(void *p, size_t n, size_t size)
{
	return fails() || (size && n > (size_t)-1 / size) ? NULL : __libc_realloc(p, n * size);
}

#endif
