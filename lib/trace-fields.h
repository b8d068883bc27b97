/* SPDX-License-Identifier: MIT */
#ifndef RKR_TRACE_FIELDS_H
#define RKR_TRACE_FIELDS_H

/* Which field of which trace row shows which register. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema.h"

struct rkr_trace_field {
	int field;
	uint16_t offset; /**< of the register */
	bool moves;      /**< the chain writes it as well, once the job runs [captured: tails] */
};

/** The fields of a row of this kind; none: it shows no register that a commit writes. */
const struct rkr_trace_field *
rkr_trace_fields(enum rkr_kind kind, size_t *ret_n);

#endif
