/* SPDX-License-Identifier: MIT */
#ifndef RKX_AFTERMATH_H
#define RKX_AFTERMATH_H

/*
 * What can be read after a failure: what the kernel said meanwhile, and the
 * NPU's registers as they are then. Reads only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"

/** Told each line, without its newline. */
typedef void
rkx_aftermath_line(void *data, const char *line);

/** A place to read from. */
struct rkx_aftermath_source {
	const char *name; /**< "kernel", "registers" */
	/** Pass on each line; waits for nothing. 0, or a negative errno with *err. */
	int (*read)(void *data, rkx_aftermath_line *line, void *line_data, struct rkr_error *err);
	void *data;
};

struct rkx_aftermath;

/**
 * Those of a board: the kernel's log from now on, and, if asked for, the
 * registers, if the NPU has power at that time (see rkx_mmio_ready()). What may
 * not be read says so when it is read.
 *
 * @param root       the directory that stands for "/"; NULL: that itself. It must outlive what is made.
 * @param registers  they, too. The driver may take the power away between the question and the
 *                   reading, which then hangs the bus, so this is for who asks for it.
 * @return 0 or -ENOMEM
 */
int
rkx_aftermath_new(const char *root, bool registers, struct rkx_aftermath **ret_aftermath);

/** NULL is allowed. */
void
rkx_aftermath_free(struct rkx_aftermath *aftermath);

/** Its sources; they live as long. */
const struct rkx_aftermath_source *
rkx_aftermath_sources(const struct rkx_aftermath *aftermath, size_t *ret_n);

#endif
