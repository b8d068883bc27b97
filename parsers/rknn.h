/* SPDX-License-Identifier: MIT */
#ifndef RKP_RKNN_H
#define RKP_RKNN_H

/*
 * Compiled models: what of a .rknn the NPU would be given. The regcmd and its
 * task table are found by what they are, not by where they are: records end
 * in a tail of known words, and the entries of the table must agree with the
 * records. Of the container around them no more is read than is known.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "lib/graph.h"
#include "lib/run.h"
#include "parse.h"

/** A file of more bytes is refused. The largest model at hand has 4 MB. */
#define RKP_RKNN_BYTES_MAX (UINT64_C(1) << 30)

/** Whether this is a file that starts as compiled models do. */
bool
rkp_rknn_is(const char *path);

/**
 * Read a model into an empty run: a model record, what tells its programs and
 * buffers (identity records), a task record per entry of the table, a
 * regcmd_window record over all of the regcmd, and two BOs at most:
 *   weight     as a runtime would make it: the constants, if it is known where
 *              each lies, then the regcmd, then the task table
 *   constants  the constants as the file has them, if that is not known
 * The run is bound. Its addresses count from the start of their buffers, see
 * rkr_run_is_relative().
 *
 * @param ret_acc  may be NULL; where every byte went
 * @return 0 or negative errno with *err: -EINVAL (no model, or one that
 *         contradicts itself), -ENODATA (no regcmd with a task table in it),
 *         -EFBIG, -ENOMEM, or what reading the file gave.
 */
int
rkp_rknn_read(const char *path, struct rkr_run *run, struct rkp_accounting *ret_acc, struct rkr_error *err);

/** The same of bytes in memory; @name is what errors and records call them. */
int
rkp_rknn_read_memory(const void *data, size_t len, const char *name, struct rkr_run *run,
		     struct rkp_accounting *ret_acc, struct rkr_error *err);

/**
 * What a model's container tells of its buffers.
 *
 * @param data       the file; the graph points into it
 * @param ret_graph  to be cleared
 * @return 0, -ENOMEM; with *err -EINVAL (no model, or one that contradicts
 *         itself), -ENODATA (a model that does not tell)
 */
int
rkp_rknn_graph(const void *data, size_t len, struct rkr_graph *ret_graph, struct rkr_error *err);

#endif
