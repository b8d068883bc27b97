/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row.h"

#include "lib/util.h"

/* Rows of later tables are written where no earlier one has the kind. */
const struct rkp_table *const rkp_tables[] = {
	&rkp_capture_table, &rkp_trace_table, &rkp_kernel_table,  &rkp_runtime_table,
	&rkp_dialect_table, &rkp_sweep_table, &rkp_foreign_table, &rkp_skip_table,
};
const size_t rkp_n_tables = RKR_ARRAY_LEN(rkp_tables);
