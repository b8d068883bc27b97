/* SPDX-License-Identifier: MIT */
#ifndef RKX_PAST_H
#define RKX_PAST_H

/*
 * What the journal tells of the sessions before: whether the board went down
 * in one, and in what state it was left. For what ran on a board; jobs on the
 * emulated one leave nothing behind.
 */

#include "journal.h"
#include "poison.h"

struct rkx_past {
	bool went_down; /**< the board did, in the last session, with a run at work or right behind it */
	char fingerprint[RKR_SHA256_HEX]; /**< that run's */
	uint32_t uncommitted;             /**< jobs that were never committed since the board was started */
	uint32_t recent_submits;          /**< submits of the last minute */
};

/**
 * Read it from the journal of a state directory. To be called before that is
 * opened anew: then the last session is another one.
 *
 * @param boot    rkx_boot_id(); without one nothing is said of boots
 * @param now_ms  since 1970
 * @return 0 (also without a journal), -ENOMEM, or the errno of reading it, with *err
 */
int
rkx_past_read(const char *dir, const char *boot, uint64_t now_ms, struct rkx_past *ret_past,
	      struct rkr_error *err);

/**
 * Put the run with which the board went down into the ledger.
 *
 * @return 1 (done, the entry's name is in ret_name), 0 (there is none, or it is there already), or as
 *         rkx_poison_add()
 */
int
rkx_past_remember(const struct rkx_past *past, struct rkx_poison *poison, char ret_name[RKX_POISON_NAME],
		  struct rkr_error *err);

#endif
