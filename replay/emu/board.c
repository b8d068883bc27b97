/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/util.h"

/* Boards and the files that are open on them. */

/* Where BOs can be at most: all that an IOVA reaches. Pages cost nothing until they are written to. */
#define OWN_ARENA ((size_t)RKR_IOVA_END)

RKR_DEFINE_CLEANUP(struct rke_board *, rke_board_free)

static int
make_arena(struct rke_board *board)
{
	if (board->options.arena) {
		board->arena = board->options.arena;
		return board->options.arena_size % RKR_PAGE == 0 ? 0 : -EINVAL;
	}
	void *p = mmap(NULL, OWN_ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	board->arena = p;
	board->own_arena = true;
	board->options.arena_size = OWN_ARENA;
	return 0;
}

static int
copy_faults(struct rke_board *board)
{
	size_t n = board->options.n_faults;

	if (n == 0)
		return 0;
	board->faults = reallocarray(NULL, n, sizeof(*board->faults));
	if (!board->faults)
		return -ENOMEM;
	memcpy(board->faults, board->options.faults, n * sizeof(*board->faults));
	board->options.faults = board->faults;
	return 0;
}

static void
unmodelled(void *data, unsigned core, uint32_t list, const char *why)
{
	const struct rke_board *board = data;

	(void)core;
	board->options.unmodelled(board->options.unmodelled_data, list, why);
}

int
rke_board_new(const struct rke_board_options *options, struct rke_board **ret_board)
{
	rkr_cleanup(rke_board_free) struct rke_board *board = NULL;

	if (!options->make_hw || (options->n_faults && !options->faults) ||
	    options->iova_top > RKR_IOVA_END || options->iova_top % RKR_PAGE)
		return -EINVAL;
	board = calloc(1, sizeof(*board));
	if (!board)
		return -ENOMEM;
	board->options = *options;
	int r = make_arena(board);

	if (r == 0)
		r = copy_faults(board);
	if (r < 0)
		return r;
	const struct rke_bus bus = { board, rke_iommu_map, rke_iommu_fault,
				     options->unmodelled ? unmodelled : NULL };

	r = options->make_hw(options->hw_data, &bus, &board->hw);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < RKR_NPU_CORES; i++) {
		board->core[i].over.counter = -1;
		rke_irqs_forget(&board->core[i]);
	}
	rke_clock_start(board);
	*ret_board = rkr_steal(board);
	return 0;
}

/* All jobs that are left, each once. */
static void
free_jobs(struct rke_board *board)
{
	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		struct rke_core_state *c = &board->core[core];

		while (c->job || c->todo)
			rke_job_free(board, c->job ? c->job : c->todo);
	}
}

void
rke_board_free(struct rke_board *board)
{
	if (!board)
		return;
	free_jobs(board);
	while (board->files) {
		struct rke_file *file = board->files;

		board->files = file->next;
		rke_handles_free(file);
		free(file);
	}
	while (board->n_primes)
		rke_prime_close(board, board->primes[0].token);
	if (board->hw.free)
		board->hw.free(board->hw.data);
	if (board->own_arena)
		munmap(board->arena, OWN_ARENA);
	free(board->faults);
	for (size_t i = 0; i < RKR_ARRAY_LEN(board->iovas); i++)
		rkr_taken_clear(&board->iovas[i]);
	rkr_taken_clear(&board->maps);
	rkr_taken_clear(&board->objs);
	rkr_taken_clear(&board->names);
	free(board->freed);
	free(board->primes);
	free(board);
}

int
rke_open(struct rke_board *board, struct rke_file **ret_file)
{
	struct rke_file *file = calloc(1, sizeof(*file));

	if (!file)
		return -ENOMEM;
	*file = (struct rke_file){ .board = board, .next = board->files };
	board->files = file;
	*ret_file = file;
	return 0;
}

/* Whether an interrupt is still to come for a job of this file, and when the last one is. */
static uint64_t
last_irq(const struct rke_file *file)
{
	uint64_t last = 0;

	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		const struct rke_core_state *c = &file->board->core[core];

		for (size_t i = 0; c->job && c->job->file == file && i < RKE_IRQS; i++)
			if (c->irq[i].at != RKR_NEVER && c->irq[i].at > last)
				last = c->irq[i].at;
	}
	return last;
}

/* The jobs of a file that is gone are nobody's. */
static void
disown(struct rke_file *file)
{
	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		struct rke_core_state *c = &file->board->core[core];

		if (c->job && c->job->file == file)
			c->job->file = NULL;
		for (struct rke_job *job = c->todo; job; job = job->next[core])
			if (job->file == file)
				job->file = NULL;
	}
}

void
rke_close(struct rke_file *file)
{
	if (!file)
		return;
	struct rke_board *board = file->board;
	struct rke_file **p = &board->files;

	/* Jobs that wait behind others start as those end. What stands never ends, and is left. */
	for (uint64_t at = last_irq(file); at; at = last_irq(file))
		rke_run_until(board, at, NULL);
	disown(file);
	while (*p && *p != file)
		p = &(*p)->next;
	if (*p)
		*p = file->next;
	rke_handles_free(file);
	free(file);
}

void
rke_board_stats(const struct rke_board *board, struct rke_stats *ret_stats)
{
	*ret_stats = board->stats;
}
