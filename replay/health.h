/* SPDX-License-Identifier: MIT */
#ifndef RKX_HEALTH_H
#define RKX_HEALTH_H

/*
 * The health job: an elementwise add of eight 3 + 5 = 8, as a run. If the NPU
 * cannot do that, it is not well.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/run.h"

enum rkx_health_form {
	RKX_HEALTH_CLASSIC,  /**< 14 words, as the client that timed out has them: no S_POINTER, no tail */
	RKX_HEALTH_POINTERS, /**< sets the pointer of every block that it starts, and has a tail */
	RKX_HEALTH_WHOLE, /**< also writes all registers of the stages: what ran before leaves nothing in them */
	RKX_HEALTH_MAX_,
};

/** "classic", "pointers", "whole". */
const char *
rkx_health_form_name(enum rkx_health_form form);

/** Elements that are added. */
#define RKX_HEALTH_N 8
/** The submit's timeout, ms. */
#define RKX_HEALTH_TIMEOUT_MS 6000

/**
 * The health job as a run: BOs "task", "regcmd", "input", "operand" and
 * "output", one submit on core 0; all contents known but the output's, which
 * are the answer, and so zero before it.
 *
 * @param ret_run  bound; free with rkr_run_free()
 * @return 0 or -ENOMEM
 */
int
rkx_health_run(enum rkx_health_form form, struct rkr_run **ret_run);

/** Whether the output's first bytes are the right answer. @len: bytes of @output; too few are not right. */
bool
rkx_health_right(const void *output, size_t len);

#endif
