/* SPDX-License-Identifier: MIT */
#ifndef RKX_CAPTURE_H
#define RKX_CAPTURE_H

/*
 * What a program asked of the NPU, as runs. The program runs with the preload
 * library of capture, which leaves what it saw in a directory of ours; when it
 * has ended, however it ended, runs are made of that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/run.h"
#include "spool.h"

struct rkx_capture_options {
	bool contents; /**< of BOs, at each submit */
	bool sysfs;    /**< what sysfs says of the NPU, around each submit */
	bool split;    /**< a run ends when the program has given back all BOs */
};

struct rkx_capture;

/** Make the directory that clients write to. 0 or negative errno with *err. */
int
rkx_capture_new(const struct rkx_capture_options *options, struct rkx_capture **ret_capture,
		struct rkr_error *err);

/** Frees, and removes the directory. */
void
rkx_capture_free(struct rkx_capture *capture);

/** The value of RKC_ENV in a client's environment. */
const char *
rkx_capture_dir(const struct rkx_capture *capture);

/** What is made of a capture: one open file of the node, or with "split" one job of it. */
struct rkx_captured {
	struct rkr_run *run; /**< bound */
	uint64_t calls;      /**< that were recorded */
	uint64_t in_flight;  /**< of them, that had not returned */
	size_t n_blank; /**< BOs with no contents though they were wanted: the client never mapped them */
};

/** A program that the command executed, and that could not be given the library. */
struct rkx_unseen {
	char path[256]; /**< or the end of it */
	enum rkc_why why;
};

struct rkx_captures {
	struct rkx_captured *v; /**< in the order of their first calls */
	size_t n, cap;
	uint64_t processes; /**< that loaded the library */
	uint64_t files;     /**< of the node that were open */
	uint64_t lost;      /**< events that could not be kept, so far as their clients told */
	struct rkx_unseen unseen[RKC_UNSEEN];
	size_t n_unseen;
	uint64_t n_more; /**< programs that could not be noted there, each time that they were executed */
	int error;       /**< the negative errno for which the recording ended early, or 0 */
};

/**
 * End the recording, and make runs of what was recorded. Nothing in the
 * directory is trusted.
 *
 * @param ret_captures  free with rkx_captures_free()
 * @return 0 or negative errno with *err
 */
int
rkx_capture_finish(struct rkx_capture *capture, struct rkx_captures *ret_captures, struct rkr_error *err);

void
rkx_captures_free(struct rkx_captures *captures);

#endif
