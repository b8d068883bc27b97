/* SPDX-License-Identifier: MIT */
#ifndef RKX_STOP_H
#define RKX_STOP_H

/*
 * Stopping in an orderly way. SIGINT, SIGTERM and SIGHUP wait while something
 * is done with a device; the engine looks between steps whether one has come.
 * No handler, so nothing is interrupted.
 */

#include <signal.h>
#include <stdbool.h>

/** Make the signals wait, but those that the process ignores. *ret_old is for rkx_stop_end(). */
void
rkx_stop_begin(sigset_t *ret_old);

/** Whether one of them has come. */
bool
rkx_stop_asked(void);

/** Let them through again: one that has come ends the process now, as it would have then. */
void
rkx_stop_end(const sigset_t *old);

#endif
