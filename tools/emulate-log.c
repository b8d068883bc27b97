/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulate-log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "lib/util.h"
#include "parsers/row.h"

/*
 * Each call is written when it has returned, by the rows that it is read by.
 */

struct log_process {
	uint32_t id;
	size_t file; /* its number, from 1; 0: nothing is to be written yet */
	struct rkx_calls *calls;
};

struct emulate_log {
	char *path;
	struct rkp_rows *rows;
	struct rkr_buf buf;
	struct log_process *processes;
	size_t n, size;
	size_t n_files;
	size_t current; /* number of the file that is open */
	FILE *out;
	int failed; /* the first error */
};

static void
note(struct emulate_log *log, int r)
{
	if (r < 0 && !log->failed)
		log->failed = r;
}

/* ---- rows */

static void
put_line(struct emulate_log *log, const struct rkp_row *row, const struct rkr_record *rec)
{
	if (row->shape->blank_before)
		rkr_buf_put(&log->buf, "\n", 1);
	rkp_row_write(row, 0, row->n_tokens, rec, NULL, NULL, &log->buf);
	rkr_buf_put(&log->buf, "\n", 1);
}

/* All rows of a record, in their order; what stands below it is listed by some of them. */
static int
take_record(void *data, const struct rkr_record *rec, const struct rkr_record_buf *below, size_t n_below)
{
	struct emulate_log *log = data;

	for (size_t i = 0; i < rkp_rows_count(log->rows); i++) {
		const struct rkp_row *row = rkp_rows_get(log->rows, i);

		if (row->shape->kind != rec->kind || row->shape->format != RKP_FORMAT_GDB_IOCTL ||
		    row->shape->op == RKP_SKIP || (row->fields & ~rec->present))
			continue;
		put_line(log, row, rec);
		for (size_t k = 0; row->shape->lists && k < n_below; k++)
			if (below[k].rec.kind == row->shape->listed)
				take_record(log, &below[k].rec, NULL, 0);
	}
	return 0;
}

/* ---- files */

static FILE *
open_file(const struct emulate_log *log, size_t number, const char *mode)
{
	_autofree_ char *path = NULL;

	if (number == 1)
		return fopen(log->path, mode);
	return asprintf(&path, "%s.%zu", log->path, number) < 0 ? NULL : fopen(path, mode);
}

static void
close_file(struct emulate_log *log)
{
	if (log->out && fclose(log->out) != 0)
		note(log, errno ? -errno : -EIO);
	log->out = NULL;
}

/* The process of a call. NULL: failed. */
static struct log_process *
find_process(struct emulate_log *log, uint32_t id)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->processes[i].id == id)
			return &log->processes[i];
	if (rkr_grow((void **)&log->processes, &log->size, log->n + 1, sizeof(*log->processes)) < 0) {
		note(log, -ENOMEM);
		return NULL;
	}
	struct rkx_calls_options options = { .take = take_record, .data = log };
	struct log_process *p = &log->processes[log->n];

	*p = (struct log_process){ .id = id };
	if (rkx_calls_new(&options, &p->calls) < 0) {
		note(log, -ENOMEM);
		return NULL;
	}
	log->n++;
	return p;
}

/* Write what was gathered to the file of a process. One is open at a time. */
static void
write_out(struct emulate_log *log, struct log_process *p)
{
	bool is_new = p->file == 0;

	if (is_new)
		p->file = ++log->n_files;
	if (log->current != p->file || !log->out) {
		close_file(log);
		log->out = open_file(log, p->file, is_new ? "we" : "ae");
		log->current = p->file;
	}
	if (!log->out || fwrite(log->buf.data, 1, log->buf.len, log->out) != log->buf.len)
		note(log, errno ? -errno : -EIO);
}

void
emulate_log_call(void *data, const struct rke_call *call)
{
	struct emulate_log *log = data;
	struct log_process *p = find_process(log, call->process);

	if (!p)
		return;
	note(log, rkx_calls_take(p->calls, call));
	if (log->buf.failed)
		note(log, log->buf.failed);
	else if (log->buf.len)
		write_out(log, p);
	log->buf.len = 0;
}

int
emulate_log_new(const char *path, struct emulate_log **ret_log, struct rkr_error *err)
{
	struct emulate_log *log = calloc(1, sizeof(*log));
	int r = log ? rkp_rows_new(&log->rows, NULL) : -ENOMEM;

	if (r == 0) {
		log->path = strdup(path);
		log->out = log->path ? fopen(path, "we") : NULL;
		r = log->out ? 0 : log->path ? -errno : -ENOMEM;
	}
	if (r < 0) {
		if (log)
			emulate_log_close(log, NULL);
		return rkr_error_set(err, r, path, 0, 0, "check the directory", "cannot write: %s",
				     strerror(-r));
	}
	*ret_log = log;
	return 0;
}

int
emulate_log_close(struct emulate_log *log, struct rkr_error *err)
{
	close_file(log);
	int r = log->failed;

	if (r < 0 && err)
		rkr_error_set(err, r, log->path, 0, 0, "make room", "cannot write all of the log: %s",
			      strerror(-r));
	for (size_t i = 0; i < log->n; i++)
		rkx_calls_free(log->processes[i].calls);
	free(log->processes);
	rkr_buf_free(&log->buf);
	rkp_rows_free(log->rows);
	free(log->path);
	free(log);
	return r;
}
