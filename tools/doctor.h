/* SPDX-License-Identifier: MIT */
#ifndef TOOL_DOCTOR_H
#define TOOL_DOCTOR_H

/* What the files of the verb doctor share. */

#include "replay/snapshot-sysfs.h"
#include "tool.h"

enum doctor_state {
	DOCTOR_GOOD,
	DOCTOR_NOTE, /* a fact, or something that could not be found out */
	DOCTOR_BAD,  /* it stands in the way of a run */
	DOCTOR_STATE_MAX_,
};

/* A node of the NPU. */
struct doctor_node {
	char path[288];  /* below the root */
	char driver[32]; /* version, "0.9.8"; "" if the node could not be asked */
};

#define DOCTOR_NODES 8

struct doctor {
	const char *root; /* NULL: / */
	bool json;
	size_t n[DOCTOR_STATE_MAX_];
	struct doctor_node nodes[DOCTOR_NODES];
	size_t n_nodes;
	int failed; /* -ENOMEM: not all was said */
};

/**
 * Read a file of a line or so, as rkx_sysfs_read() does. -ENOMEM ends the
 * whole, since what is not read would be taken for what is not there.
 */
int
doctor_read(struct doctor *d, const char *root, const char *path, size_t max, struct rkr_buf *ret_text);

/** Print a finding. @cure may be NULL. */
__attribute__((format(printf, 5, 6))) void
doctor_say(struct doctor *d, enum doctor_state state, const char *topic, const char *cure, const char *fmt,
	   ...);

/** Find the NPU's nodes by the driver's name, and say what may be done with them. */
void
doctor_nodes(struct doctor *d);

/** Other processes that have a node open. */
void
doctor_users(struct doctor *d);

/** What the kernel's log and debugfs say of the driver. */
void
doctor_kernel(struct doctor *d);

/** The vendor's runtime, where it is usually installed. */
void
doctor_runtime(struct doctor *d);

#endif
