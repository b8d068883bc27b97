/* SPDX-License-Identifier: MIT */
#ifndef TOOL_EMULATE_LOG_H
#define TOOL_EMULATE_LOG_H

/*
 * What clients of an emulated board call, as the capture script logs it. A
 * log is of one process: the first one's goes to the file that is named, the
 * second one's to the same name with ".2" behind it, and so on.
 */

#include "lib/error.h"
#include "replay/serve/serve.h"

struct emulate_log;

/** Make the first file. 0 or negative errno with *err. */
int
emulate_log_new(const char *path, struct emulate_log **ret_log, struct rkr_error *err);

/** As rke_server_options.call. What cannot be written is said by emulate_log_close(). */
void
emulate_log_call(void *data, const struct rke_call *call);

/** Close and free. 0, or the first error of all with *err. */
int
emulate_log_close(struct emulate_log *log, struct rkr_error *err);

#endif
