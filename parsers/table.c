/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export-priv.h"

#include <string.h>

#include "lib/util.h"

/*
 * The runtime's tables: rules, titles and headings around rows of tensors and
 * totals. All figures are [captured: the tables of 26 logs, byte for byte].
 */

/* Columns in front of the addresses, which are as wide as they are. */
static const struct {
	int field;
	const char *heading;
	uint8_t least;
} columns[] = {
	{ RKR_F_tensor_id, "ID", 3 },
	{ RKR_F_tensor_user, "User", 4 },
	{ RKR_F_tensor_tensor, "Tensor", 8 },
	{ RKR_F_tensor_dtype, "DataType", 9 },
	{ RKR_F_tensor_format, "DataFormat", 12 },
	{ RKR_F_tensor_orig_shape, "OrigShape", 12 },
	{ RKR_F_tensor_native_shape, "NativeShape", 12 },
};
#define ADDRESSES "     [Start       End)       Size"
#define TOTALS_RULE 40

static void
put_run(struct rkr_buf *buf, char c, size_t n)
{
	while (n--)
		rkr_buf_put(buf, &c, 1);
}

static void
put_string(struct rkr_buf *buf, const char *text)
{
	rkr_buf_put(buf, text, strlen(text));
}

/* Level and time, which a table's lines share with its rows. */
static void
put_prefix(struct rkp_export *x, const struct rkp_row *row)
{
	rkp_row_write(row, 0, row->n_prefix, rkr_run_record(x->run, x->at), NULL, NULL, &x->buf);
}

/* A rule as wide as the table; with a '+' where the columns end, unless that is at 0. */
static int
put_rule(struct rkp_export *x, const struct rkp_row *row, size_t width, size_t plus)
{
	put_prefix(x, row);
	put_run(&x->buf, '-', plus);
	if (plus)
		put_run(&x->buf, '+', 1);
	put_run(&x->buf, '-', width - plus - (plus > 0));
	return rkp_export_line(x);
}

/* Whether a record goes on with the table that record x->at is of. */
static bool
same_table(const struct rkp_export *x, const struct rkr_record *rec)
{
	const struct rkr_record *first = rkr_run_record(x->run, x->at);

	return rec->kind == first->kind &&
	       (rec->kind != RKR_KIND_tensor ||
		rkr_value_equal(&rkr_kind_get(rec->kind)->fields[RKR_F_tensor_table],
				&(union rkr_value){ .b = rkr_get_b(rec, RKR_F_tensor_table) },
				&(union rkr_value){ .b = rkr_get_b(first, RKR_F_tensor_table) }));
}

/* Rows of other writers may stand between those of a table. */
static void
find_end(struct rkp_export *x)
{
	for (size_t i = x->at; i < rkr_run_n_records(x->run); i++) {
		const struct rkr_record *rec = rkr_run_record(x->run, i);

		if (same_table(x, rec))
			x->table_to = i + 1;
		else if (rkr_kind_get(rec->kind)->stream == RKR_STREAM_RUNTIME)
			break;
	}
}

/* Each column is as wide as its longest value, and no less than it is in a table of short ones. */
static void
measure(struct rkp_export *x)
{
	memset(x->widths, 0, sizeof(x->widths));
	for (size_t c = 0; c < RKR_ARRAY_LEN(columns); c++) {
		size_t width = columns[c].least;

		for (size_t i = x->at; i < x->table_to; i++) {
			const struct rkr_record *rec = rkr_run_record(x->run, i);
			int field = columns[c].field;
			/* the shape that is printed is not what its column is measured by: see below */
			bool native = field == RKR_F_tensor_native_shape;
			const struct rkr_blob *b = rkr_get_b(rec, native ? RKR_F_tensor_orig_shape : field);

			if (rec->kind != RKR_KIND_tensor || field == RKR_F_tensor_id)
				continue;
			/*
			 * A native shape is printed with four times its real C1 and
			 * may be longer than its column. One character more than the
			 * original shape fits all captures; so would the real native
			 * shape. [inferred]
			 */
			width = b->len + native > width ? b->len + native : width;
		}
		x->widths[columns[c].field] = width < UINT8_MAX ? (uint8_t)width : UINT8_MAX;
	}
}

/* The headings of the columns that the row has. Returns the width in front of the addresses. */
static size_t
put_headings(struct rkp_export *x, const struct rkp_row *row)
{
	size_t start = x->buf.len, width = 0;

	for (size_t c = 0; c < RKR_ARRAY_LEN(columns); c++) {
		if (!(row->fields >> columns[c].field & 1))
			continue;
		put_string(&x->buf, columns[c].heading);
		width += x->widths[columns[c].field] + 1u;
		put_run(&x->buf, ' ', start + width - x->buf.len);
	}
	put_string(&x->buf, "|" ADDRESSES);
	return width;
}

static int
begin_tensors(struct rkp_export *x, const struct rkp_row *row)
{
	bool feature = row->fields >> RKR_F_tensor_format & 1;
	const char *title = feature ? RKP_TITLE_FEATURE : RKP_TITLE_CONST;

	measure(x);
	size_t bar = put_headings(x, row), width = bar + 1 + strlen(ADDRESSES);
	int r;

	x->buf.len = 0;
	r = put_rule(x, row, width, 0);
	if (r < 0)
		return r;
	/* printf("%*s%-*s", width / 3, "", width / 2, title) */
	put_prefix(x, row);
	put_run(&x->buf, ' ', width / 3);
	put_string(&x->buf, title);
	put_run(&x->buf, ' ', width / 2 > strlen(title) ? width / 2 - strlen(title) : 0);
	r = rkp_export_line(x);
	if (r == 0)
		r = put_rule(x, row, width, bar);
	if (r < 0)
		return r;
	put_prefix(x, row);
	put_headings(x, row);
	r = rkp_export_line(x);
	return r < 0 ? r : put_rule(x, row, width, bar);
}

int
rkp_export_table_begin(struct rkp_export *x, const struct rkp_row *row)
{
	bool tensor = row->shape->kind == RKR_KIND_tensor;

	if ((!tensor && row->shape->kind != RKR_KIND_memory_total) || x->at < x->table_to)
		return 0;
	find_end(x);
	return tensor ? begin_tensors(x, row) : put_rule(x, row, TOTALS_RULE, 0);
}

int
rkp_export_table_end(struct rkp_export *x, const struct rkp_row *row)
{
	if (x->at + 1 != x->table_to)
		return 0;
	if (row->shape->kind == RKR_KIND_memory_total)
		return put_rule(x, row, TOTALS_RULE, 0);
	size_t bar = put_headings(x, row);

	x->buf.len = 0;
	return put_rule(x, row, bar + 1 + strlen(ADDRESSES), bar);
}
