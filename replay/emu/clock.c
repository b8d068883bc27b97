/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>
#include <time.h>

/* No clock goes further: sums of times stay sums. */
#define CLOCK_END (UINT64_MAX / 2)

/*
 * Time and power. On the board's own clock a wait costs nothing; on the
 * host's it takes as long as it says.
 */

static uint64_t
host_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void
rke_clock_start(struct rke_board *board)
{
	board->clock = board->options.start_ns < CLOCK_END ? board->options.start_ns : CLOCK_END;
	if (board->options.real_time)
		board->host_start = host_now();
}

uint64_t
rke_now(const struct rke_board *board)
{
	if (!board->options.real_time)
		return board->clock;
	return board->clock + (host_now() - board->host_start);
}

void
rke_clock_reach(struct rke_board *board, uint64_t at)
{
	uint64_t now = rke_now(board);

	if (at <= now)
		return;
	if (!board->options.real_time) {
		board->clock = at < CLOCK_END ? at : CLOCK_END;
		return;
	}
	uint64_t until = board->host_start + (at - board->clock);
	struct timespec t = { .tv_sec = (time_t)(until / 1000000000u),
			      .tv_nsec = (long)(until % 1000000000u) };

	/* A signal does not end it: the driver waits uninterruptibly [source]. */
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

void
rke_state_lost(struct rke_board *board)
{
	board->hw.reset(board->hw.data);
	for (unsigned i = 0; i < RKR_NPU_CORES; i++) {
		board->core[i].over = (struct rke_overlay){ .counter = -1 };
		rke_irqs_forget(&board->core[i]);
	}
}

static bool
busy(const struct rke_board *board)
{
	/* A job holds the power itself [source]. */
	for (unsigned i = 0; i < RKR_NPU_CORES; i++)
		if (board->core[i].job)
			return true;
	return false;
}

/* The delayed power-off, if it was due [source]. */
static void
power_check(struct rke_board *board)
{
	if (!board->powered || busy(board) || rke_now(board) < board->idle_since + RKE_POWER_OFF_NS)
		return;
	board->powered = false;
	board->stats.power_offs++;
	rke_state_lost(board);
}

void
rke_power_get(struct rke_board *board)
{
	rke_run_until(board, rke_now(board), NULL);
	power_check(board);
	board->powered = true;
}

void
rke_power_put(struct rke_board *board)
{
	board->idle_since = rke_now(board);
}

void
rke_advance(struct rke_board *board, uint64_t ns)
{
	uint64_t now = rke_now(board), at = ns > CLOCK_END ? CLOCK_END : now + ns;

	rke_run_until(board, at, NULL);
	power_check(board);
}
