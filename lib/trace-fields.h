/* SPDX-License-Identifier: MIT */
#ifndef RKR_TRACE_FIELDS_H
#define RKR_TRACE_FIELDS_H

/* What rows of the kernel's log show of registers: which field is which, and the commit that they tell of. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model-commit.h"
#include "schema.h"

struct rkr_trace_field {
	int field;
	uint16_t offset; /**< of the register */
	bool moves;      /**< the chain writes it as well, once the job runs [captured: tails] */
};

/** The fields of a row of this kind; none: it shows no register that a commit writes. */
const struct rkr_trace_field *
rkr_trace_fields(enum rkr_kind kind, size_t *ret_n);

/**
 * The commit that the driver must have made of what a pc_trace row says.
 *
 * @return false if not all fields that it takes are there, or the tasks are not 1 to RKR_TASKS_PER_COMMIT
 */
bool
rkr_trace_commit(const struct rkr_record *trace, unsigned core, struct rkr_commit *ret_commit);

/** The fields of a status row, which two kinds have. */
struct rkr_status_fields {
	int irq, raw, require, counter;
};

/** Those of RKR_KIND_core_status or, up to driver 0.8 [captured], RKR_KIND_timeout. */
const struct rkr_status_fields *
rkr_status_fields(enum rkr_kind kind);

#endif
