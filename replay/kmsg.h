/* SPDX-License-Identifier: MIT */
#ifndef RKX_KMSG_H
#define RKX_KMSG_H

/* What the kernel says from now on, read from /dev/kmsg without waiting for it. */

#include "lib/error.h"

struct rkx_kmsg;

/** Lines that one read passes on; what is more than that is left out, and said to be. */
#define RKX_KMSG_LINES 500

/** Told each line, as dmesg prints it: "[seconds] text", no newline. */
typedef void
rkx_kmsg_line(void *data, const char *line);

/**
 * Listen from here on. Never blocks.
 *
 * @param root  the directory that stands for "/"; NULL: that itself
 * @return 0, -ENOMEM, or why it cannot be opened, with *err
 */
int
rkx_kmsg_open(const char *root, struct rkx_kmsg **ret_kmsg, struct rkr_error *err);

void
rkx_kmsg_free(struct rkx_kmsg *kmsg);

/** Pass on what was said since the last time. Never blocks. 0 or a negative errno. */
int
rkx_kmsg_read(struct rkx_kmsg *kmsg, rkx_kmsg_line *line, void *data);

#endif
