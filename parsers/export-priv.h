/* SPDX-License-Identifier: MIT */
#ifndef RKP_EXPORT_PRIV_H
#define RKP_EXPORT_PRIV_H

/* The inside of an export: export.c walks the records, table.c draws the runtime's tables. */

#include "parse.h"
#include "row.h"

/** The record of a stream that further rows would be read as parts of. */
struct rkp_export_open {
	const struct rkp_row *last; /**< of its rows; NULL: there is none */
	uint64_t fields;            /**< in its rows */
};

struct rkp_export {
	const struct rkr_run *run;
	unsigned formats;
	FILE *out;
	struct rkr_error *err;
	const struct rkp_rows *rows;
	struct rkr_buf buf;
	size_t at; /**< the record in hand */

	bool in_gem; /**< a GEM heading was written */
	uint64_t gem;
	size_t submit;  /**< one that is written behind the GEM rows; SIZE_MAX: none */
	size_t done_to; /**< records before this one are written: they stand below a submit */

	struct rkp_export_open open[RKR_STREAM_MAX_];

	size_t table_to; /**< records before this one are of the table that is being written */
	uint8_t widths[RKR_FIELDS_MAX];
};

/** Write out the text that was gathered, as a line. 0 or a negative errno with *err. */
int
rkp_export_line(struct rkp_export *x);

/** Before a row of the runtime's is written: what a table that begins here starts with. */
int
rkp_export_table_begin(struct rkp_export *x, const struct rkp_row *row);

/** After it: what a table that is complete ends with. */
int
rkp_export_table_end(struct rkp_export *x, const struct rkp_row *row);

#endif
