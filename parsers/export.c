/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export-priv.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"

/*
 * A run as a log. Records are written in the run's order by the rows that
 * they are read by; a row is left out if the record lacks one of its fields.
 * Nothing is lost without a word: a record that has a value which no row
 * carries, or a text that would not be read back as it is, is an error.
 */

/* Who writes the log's first and last lines. */
#define BY_GDB (1u << RKP_FORMAT_GDB_IOCTL | 1u << RKP_FORMAT_GEM_DUMP)

static int
cannot_carry(struct rkp_export *x, const char *why)
{
	const struct rkr_record *rec = rkr_run_record(x->run, x->at);
	const struct rkr_place *place = &rec->place;

	return rkr_error_set(x->err, -EINVAL, rkr_run_file(x->run, place->file), place->line, 0,
			     "export other formats, or take the record out",
			     "record %zu (%s) cannot be written as a log: %s", x->at,
			     rkr_kind_get(rec->kind)->name, why);
}

int
rkp_export_line(struct rkp_export *x)
{
	rkr_buf_put(&x->buf, "\n", 1);
	if (x->buf.failed)
		return rkr_fail(x->err, -ENOMEM, NULL, "no memory left to write a line of a log");
	if (fwrite(x->buf.data, 1, x->buf.len, x->out) != x->buf.len)
		return rkr_fail(x->err, -errno, NULL, "cannot write the log: %s", strerror(errno));
	x->buf.len = 0;
	return 0;
}

static int
put_literal(struct rkp_export *x, const char *text)
{
	rkr_buf_put(&x->buf, text, strlen(text));
	return rkp_export_line(x);
}

/* Rows of a task table and those that are like them have one shape. */
static enum rkr_kind
shape_kind(enum rkr_kind kind)
{
	return kind == RKR_KIND_task_like ? RKR_KIND_task : kind;
}

/* Fields without which a record is not of the row. */
static uint64_t
needs(const struct rkp_row *row)
{
	return row->stamps ? row->needs : row->fields;
}

/* Whether a record has all that a row says. */
static bool
has_row(const struct rkr_record *rec, const struct rkp_row *row)
{
	int qwords = rkr_field_by_name(rec->kind, "qwords");

	if (row->shape->op == RKP_SKIP || row->shape->op == RKP_QWORD ||
	    row->shape->kind != shape_kind(rec->kind) || (needs(row) & ~rec->present))
		return false;
	/* A window has its words below it, or is not available. */
	if (qwords >= 0 && rkr_has(rec, qwords) != (row->shape->op == RKP_WINDOW))
		return false;
	for (size_t i = 0; i < row->n_tokens; i++) {
		const struct rkp_token *t = &row->tokens[i];

		if ((t->conv == RKP_CONSTANT || t->conv == RKP_SILENT) &&
		    !rkr_value_equal(&rkr_kind_get(rec->kind)->fields[t->field], &rec->v[t->field],
				     &(union rkr_value){ .b = &t->constant }))
			return false;
	}
	return true;
}

/* How a format does by a record. */
struct carriage {
	bool knows; /* it has rows of this kind */
	bool some;  /* ... that carry some of this record */
	bool all;   /* ... that carry all of it */
};

/* Fields that the heading above a row tells: the GEM. */
static uint64_t
heading(enum rkr_kind kind)
{
	int gem = rkr_field_by_name(kind, "gem");

	return gem >= 0 ? UINT64_C(1) << gem : 0;
}

static struct carriage
carriage(const struct rkp_export *x, const struct rkr_record *rec, enum rkp_format format)
{
	int qwords = rkr_field_by_name(rec->kind, "qwords");
	uint64_t fields = 0, joined = 0, given = heading(rec->kind);
	struct carriage c = { 0 };
	bool whole = false;

	for (size_t i = 0; i < rkp_rows_count(x->rows); i++) {
		const struct rkp_row *row = rkp_rows_get(x->rows, i);

		if (row->shape->op == RKP_SKIP || row->shape->format != format ||
		    row->shape->kind != shape_kind(rec->kind))
			continue;
		c.knows = true;
		if (!has_row(rec, row))
			continue;
		fields |= row->fields;
		/* A row that is a record by itself carries all of it alone; others do so together. */
		if (row->shape->op == RKP_WHOLE)
			whole |= !(rec->present & ~row->fields & ~given);
		else
			joined |= row->fields;
	}
	/* Qword rows tell where their window is. */
	if (qwords >= 0 && rkr_get_b(rec, qwords)->len)
		fields |= UINT64_C(1) << rkr_field_by_name(rec->kind, "off");
	c.some = c.knows && fields;
	if (qwords >= 0)
		given |=
			UINT64_C(1) << qwords | (fields & UINT64_C(1) << rkr_field_by_name(rec->kind, "off"));
	c.all = c.some && (whole || !(rec->present & ~joined & ~given));
	return c;
}

/* Whether reading the line gives what was written. */
static bool
reads_back(const struct rkp_export *x, const struct rkp_row *row, const struct rkr_record *rec)
{
	const char *text = x->buf.data, *end = text + x->buf.len;
	const struct rkr_kind_desc *k = rkr_kind_get(row->shape->kind);
	struct rkp_values v;

	/* Rows without a prefix or an item of their own are told apart by what they say. */
	if (row->stamps)
		return !x->buf.failed && !memchr(text, '\n', x->buf.len) && x->buf.len < RKP_LINE_MAX &&
		       rkp_rows_read(x->rows, text, end, &v) && rkr_record_equal(&v.rec, rec) &&
		       !rkp_rows_find_splice(x->rows, text, end);
	if (x->buf.failed || memchr(text, '\n', x->buf.len) || x->buf.len >= RKP_LINE_MAX ||
	    rkp_rows_match(x->rows, NULL, text, end, &v) != row ||
	    (row->ends_free && rkp_rows_find_splice(x->rows, text, end)))
		return false;
	for (size_t i = 0; i < k->n_fields; i++)
		if ((row->fields >> i & 1) && !rkr_value_equal(&k->fields[i], &v.v[i], &rec->v[i]))
			return false;
	return true;
}

/* What the reader will take further rows for, once it has read this one. @first: of its record. */
static void
note_open(struct rkp_export *x, const struct rkp_row *row, bool first)
{
	struct rkp_export_open *open = &x->open[row->stream];

	switch (row->shape->op) {
	case RKP_OPENS:
	case RKP_ADDS:
		*open = (struct rkp_export_open){ row, row->fields | (first ? 0 : open->fields) };
		break;
	case RKP_BELOW:
		break;
	default:
		*open = (struct rkp_export_open){ 0 };
		break;
	}
}

/* Whether a record whose first row this is would be read as a part of the one before. */
static bool
joins(const struct rkp_export *x, const struct rkp_row *row)
{
	const struct rkp_export_open *open = &x->open[row->stream];

	return row->shape->op == RKP_ADDS && open->last && row > open->last &&
	       row->shape->kind == open->last->shape->kind &&
	       row->shape->format == open->last->shape->format && !(row->fields & open->fields);
}

static int
put_row(struct rkp_export *x, const struct rkp_row *row, const struct rkr_record *rec)
{
	int r = row->shape->blank_before ? put_literal(x, "") : 0;

	if (r == 0)
		r = rkp_export_table_begin(x, row);
	if (r < 0)
		return r;
	rkp_row_write(row, 0, row->n_tokens, rec, NULL, x->widths, &x->buf);
	if (!reads_back(x, row, rec))
		return cannot_carry(x, "one of its values does not fit its row");
	/* One at the end of a line is taken for a part of the line end. */
	if (x->buf.data[x->buf.len - 1] == '\r')
		rkr_buf_put(&x->buf, "\r", 1);
	r = rkp_export_line(x);
	return r < 0 ? r : rkp_export_table_end(x, row);
}

/* ---- GEM dumps ---- */

/* A row is of the BO whose heading is above it. */
static int
check_gem(struct rkp_export *x, const struct rkr_record *rec)
{
	int gem = rkr_field_by_name(rec->kind, "gem");

	_Static_assert((int)RKR_F_gem_name == (int)RKR_F_gem_unavailable_name, "headings have a name first");
	if ((rec->kind == RKR_KIND_gem || rec->kind == RKR_KIND_gem_unavailable) &&
	    rkr_has(rec, RKR_F_gem_name)) {
		x->in_gem = true;
		x->gem = rkr_get_u(rec, RKR_F_gem_name);
	}
	if (gem < 0 || (rkr_has(rec, gem) ? x->in_gem && x->gem == rec->v[gem].u : !x->in_gem))
		return 0;
	return cannot_carry(x, "it stands under the heading of another GEM");
}

static const struct rkp_row *
qword_row(const struct rkp_export *x, enum rkr_kind kind)
{
	for (size_t i = 0; i < rkp_rows_count(x->rows); i++) {
		const struct rkp_row *row = rkp_rows_get(x->rows, i);

		if (row->shape->op == RKP_QWORD && row->shape->kind == kind)
			return row;
	}
	return NULL;
}

static int
put_qwords(struct rkp_export *x, const struct rkr_record *rec)
{
	int field = rkr_field_by_name(rec->kind, "qwords");

	if (field < 0 || !rkr_has(rec, field))
		return 0;
	uint64_t off = rkr_get_u(rec, rkr_field_by_name(rec->kind, "off"));
	const struct rkp_row *row = qword_row(x, rec->kind);
	const struct rkr_blob *b = rkr_get_b(rec, field);
	const uint64_t *words = b->data;

	for (size_t i = 0; i < b->len; i++) {
		const uint64_t q = words[i];
		/* the parts are a register's target, its offset and its value */
		const uint64_t numbers[RKP_NUMBERS_MAX] = { i,       off + 8 * i, q,
							    q >> 48, q & 0xffff,  q >> 16 & 0xffffffff };

		rkp_row_write(row, 0, row->n_tokens, rec, numbers, NULL, &x->buf);
		int r = rkp_export_line(x);

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- submits ---- */

/* Whether a record is one of those that stand among a submit's rows. */
static bool
is_below(const struct rkp_export *x, const struct rkr_record *rec)
{
	for (size_t i = 0; i < rkp_rows_count(x->rows); i++) {
		const struct rkp_row *row = rkp_rows_get(x->rows, i);

		if (row->shape->op == RKP_BELOW && has_row(rec, row))
			return true;
	}
	return false;
}

/* The next record of the calls after @i, if it stands among the rows of the one before; else SIZE_MAX. */
static size_t
next_below(const struct rkp_export *x, size_t i)
{
	while (++i < rkr_run_n_records(x->run)) {
		const struct rkr_record *rec = rkr_run_record(x->run, i);

		if (rkr_kind_get(rec->kind)->stream == RKR_STREAM_CALLS)
			return is_below(x, rec) ? i : SIZE_MAX;
	}
	return SIZE_MAX;
}

static int
export_record(struct rkp_export *x);

/*
 * Write the records below a submit that come next, and those of other
 * writers between them. Only those of @kind, unless it is RKR_KIND_INVALID_.
 */
static int
put_below(struct rkp_export *x, enum rkr_kind kind)
{
	size_t submit = x->at;
	int r = 0;

	if (x->done_to <= submit)
		x->done_to = submit + 1;
	for (;;) {
		size_t next = next_below(x, x->done_to - 1);

		if (next == SIZE_MAX ||
		    (kind != RKR_KIND_INVALID_ && rkr_run_record(x->run, next)->kind != kind))
			break;
		while (x->done_to <= next && r == 0) {
			x->at = x->done_to;
			r = export_record(x);
			x->done_to = x->at + 1;
		}
		if (r < 0)
			break;
	}
	x->at = submit;
	return r;
}

/* ---- records ---- */

/* The row, from the @i-th on, that a record is written by next, given what is @written of it; or NULL. */
static const struct rkp_row *
next_row(const struct rkp_export *x, const struct rkr_record *rec, enum rkp_format format, bool all,
	 uint64_t written, size_t *i)
{
	while (*i < rkp_rows_count(x->rows)) {
		const struct rkp_row *row = rkp_rows_get(x->rows, (*i)++);

		if (row->shape->format != format || !has_row(rec, row) ||
		    (written && !(row->fields & ~written)))
			continue;
		/* No other row would join one that is a record by itself. */
		if (row->shape->op == RKP_WHOLE && all && (rec->present & ~row->fields & ~heading(rec->kind)))
			continue;
		return row;
	}
	return NULL;
}

/* The rows of record x->at. */
static int
put_record(struct rkp_export *x, enum rkp_format format)
{
	const struct rkr_record *rec = rkr_run_record(x->run, x->at);
	bool all = carriage(x, rec, format).all;
	const struct rkp_row *row;
	uint64_t written = 0;
	size_t i = 0;
	int r = check_gem(x, rec);

	while (r == 0 && (row = next_row(x, rec, format, all, written, &i))) {
		if (row->shape->op == RKP_CLOSES && rec->kind == RKR_KIND_submit && written)
			r = put_below(x, RKR_KIND_INVALID_);
		if (r == 0)
			r = put_row(x, row, rec);
		note_open(x, row, !written);
		written |= row->fields;
		if (r == 0 && row->shape->lists)
			r = put_below(x, row->shape->listed);
	}
	return r < 0 ? r : put_qwords(x, rec);
}

/* Whether a record would be read as a part of the one before, in a format that carries all of it. */
static bool
record_joins(const struct rkp_export *x, const struct rkr_record *rec, enum rkp_format format)
{
	size_t i = 0;
	const struct rkp_row *row = next_row(x, rec, format, true, 0, &i);

	return row && joins(x, row);
}

/* A dump's row on its submit comes from another process than the dump, and later. */
static int
put_late_submit(struct rkp_export *x)
{
	size_t at = x->at;

	if (x->submit == SIZE_MAX)
		return 0;
	x->at = x->submit;
	x->submit = SIZE_MAX;
	int r = put_record(x, RKP_FORMAT_GEM_DUMP);

	x->at = at;
	return r;
}

/*
 * Write the record in hand, if a format that is wanted has its kind. That
 * should carry all of it. Two formats have submits, and a dump's log says
 * less of one than a log of calls does: a whole one is cut down to that if
 * only the dump is wanted, and stands where such a log has it.
 */
static int
export_record(struct rkp_export *x)
{
	const struct rkr_record *rec = rkr_run_record(x->run, x->at);
	enum rkp_format part = RKP_FORMAT_INVALID_;
	bool known = false, elsewhere = false, joined = false;

	for (int f = 0; f < RKP_FORMAT_MAX_; f++) {
		struct carriage c = carriage(x, rec, (enum rkp_format)f);

		elsewhere |= c.all;
		if (!(x->formats >> f & 1))
			continue;
		if (c.all && record_joins(x, rec, (enum rkp_format)f)) {
			joined = true;
		} else if (c.all) {
			int r = rkr_kind_get(rec->kind)->stream == RKR_STREAM_GEM ? 0 : put_late_submit(x);

			return r < 0 ? r : put_record(x, (enum rkp_format)f);
		}
		known |= c.knows;
		if (c.some && f == RKP_FORMAT_GEM_DUMP)
			part = (enum rkp_format)f;
	}
	if (joined)
		return cannot_carry(x, "its rows would be read as further ones of the record before");
	if (known && !elsewhere)
		return cannot_carry(x, "no rows carry all of its values");
	if (part == RKP_FORMAT_INVALID_)
		return 0;
	int r = put_late_submit(x);

	x->submit = x->at;
	return r;
}

/* ---- the log as a whole ---- */

/* Whether gdb wrote some of what is exported. */
static bool
has_gdb_rows(const struct rkp_export *x)
{
	uint64_t kinds = 0;

	for (size_t i = 0; i < rkp_rows_count(x->rows); i++) {
		const struct rkp_shape *shape = rkp_rows_get(x->rows, i)->shape;

		if (shape->op != RKP_SKIP && (x->formats & BY_GDB) >> shape->format & 1)
			kinds |= UINT64_C(1) << shape->kind;
	}
	for (size_t i = 0; i < rkr_run_n_records(x->run); i++)
		if (kinds >> shape_kind(rkr_run_record(x->run, i)->kind) & 1)
			return true;
	return false;
}

static int
put_banner(struct rkp_export *x)
{
	static const struct {
		const char *text;
		bool mmap; /* by scripts that see mmap */
	} lines[] = {
		{ "Function \"ioctl\" not defined.", false },
		{ "Breakpoint 1 (ioctl) pending.", false },
		{ "Function \"mmap\" not defined.", true },
		{ "Breakpoint 2 (mmap) pending.", true },
		{ "[Thread debugging using libthread_db enabled]", false },
		{ "Using host libthread_db library \"/lib/aarch64-linux-gnu/libthread_db.so.1\".", false },
	};
	bool mmap = (x->formats >> RKP_FORMAT_GDB_IOCTL & 1) && rkr_run_witnesses(x->run, RKR_KIND_mmap);
	int r = 0;

	for (size_t i = 0; i < RKR_ARRAY_LEN(lines) && r == 0; i++)
		if (mmap || !lines[i].mmap)
			r = put_literal(x, lines[i].text);
	return r;
}

/*
 * Whether the log shows that the process ended. That says of BOs whose end
 * is not shown that they were not freed; so where BOs are, it must be known.
 */
static bool
has_exit(const struct rkp_export *x, bool by_gdb)
{
	bool bos = (x->formats >> RKP_FORMAT_RKNN_DEBUG & 1) && rkr_run_witnesses(x->run, RKR_KIND_bo_alloc);

	if (!bos)
		return by_gdb;
	for (size_t i = 0; i < rkr_run_n_records(x->run) && !by_gdb; i++)
		if (rkr_run_record(x->run, i)->kind == RKR_KIND_bo_free)
			return false;
	return rkr_run_witnesses(x->run, RKR_KIND_bo_free);
}

static int
export_run(struct rkp_export *x)
{
	bool by_gdb = has_gdb_rows(x);
	int r = by_gdb ? put_banner(x) : 0;

	for (; x->at < rkr_run_n_records(x->run) && r == 0; x->at++)
		if (x->at >= x->done_to)
			r = export_record(x);
	if (r == 0)
		r = put_late_submit(x);
	/* Process numbers are not kept. */
	if (r == 0 && has_exit(x, by_gdb))
		r = put_literal(x, "[Inferior 1 (process 1) exited normally]");
	return r;
}

int
rkp_export_with(const struct rkp_rows *rows, const struct rkr_run *run, unsigned formats, FILE *out,
		struct rkr_error *err)
{
	struct rkp_export x = {
		.rows = rows, .run = run, .formats = formats, .out = out, .err = err, .submit = SIZE_MAX
	};
	int r = export_run(&x);

	if (r == 0 && fflush(out) != 0)
		r = rkr_fail(err, -errno, NULL, "cannot write the log: %s", strerror(errno));
	rkr_buf_free(&x.buf);
	return r;
}

int
rkp_export(const struct rkr_run *run, unsigned formats, FILE *out, struct rkr_error *err)
{
	struct rkp_rows *rows;

	if (rkp_rows_new(&rows, NULL) < 0)
		return rkr_fail(err, -ENOMEM, NULL, "no memory left to write a log");
	int r = rkp_export_with(rows, run, formats, out, err);

	rkp_rows_free(rows);
	return r;
}
