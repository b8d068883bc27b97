/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>

#include "lib/util.h"

/*
 * PRIME: BOs leave as descriptors and come back. A BO is named meanwhile by
 * its kernel address, which no two live ones share.
 */

int
rke_prime_export(struct rke_file *file, uint32_t handle, int *ret_fd)
{
	struct rke_board *board = file->board;
	const struct rke_handle *e = rke_handle_find(file, handle);
	int fd = RKE_PRIME_FD;

	if (!e)
		return -ENOENT;
	if (rkr_grow((void **)&board->primes, &board->primes_size, board->n_primes + 1,
		     sizeof(*board->primes)) < 0)
		return -ENOMEM;
	if (board->options.export_fd) {
		fd = board->options.export_fd(board->options.prime_data, e->bo->obj_addr, e->bo->arena,
					      e->bo->size);
		if (fd < 0)
			return fd;
	} else {
		/* The lowest number that is free, as descriptors go. */
		for (size_t i = 0; i < board->n_primes; i++)
			if (board->primes[i].fd == fd) {
				fd++;
				i = (size_t)-1;
			}
	}
	board->primes[board->n_primes].token = e->bo->obj_addr;
	board->primes[board->n_primes++].fd = fd;
	rke_bo_hold(e->bo);
	*ret_fd = fd;
	return 0;
}

int
rke_prime_import(struct rke_file *file, int fd, uint32_t *ret_handle)
{
	struct rke_board *board = file->board;
	uint64_t token = 0;

	if (board->options.import_fd) {
		int r = board->options.import_fd(board->options.prime_data, fd, &token);

		if (r < 0)
			return r;
	} else {
		for (size_t i = 0; i < board->n_primes; i++)
			if (board->primes[i].fd == fd)
				token = board->primes[i].token;
	}
	/* A BO that comes back is itself, not a foreign one [source: DRM core]. */
	struct rke_bo *bo = token ? rke_bo_by_obj(board, token) : NULL;

	return bo ? rke_handle_make(file, bo, ret_handle) : -EBADF;
}

void
rke_prime_close(struct rke_board *board, uint64_t token)
{
	struct rke_bo *bo = rke_bo_by_obj(board, token);

	for (size_t i = 0; bo && i < board->n_primes; i++) {
		if (board->primes[i].token != token)
			continue;
		board->primes[i] = board->primes[--board->n_primes];
		rke_bo_drop(board, bo);
		return;
	}
}
