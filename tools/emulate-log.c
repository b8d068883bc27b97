/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulate-log-priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/*
 * Each call is written when it has returned, by the rows that it is read by.
 * Nothing is kept but what later rows name: of each mmap offset the MEM_MAPs
 * that gave it, and of each kernel object its creation and its syncs, of all
 * the latest few.
 */

static void
note(struct emulate_log *log, int r)
{
	if (r < 0 && !log->failed)
		log->failed = r;
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
	log->processes[log->n] = (struct log_process){ .id = id };
	return &log->processes[log->n++];
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

/* ---- rows */

static void
put_line(struct emulate_log *log, const struct rkp_row *row, const struct rkr_record *rec)
{
	if (row->shape->blank_before)
		rkr_buf_put(&log->buf, "\n", 1);
	rkp_row_write(row, 0, row->n_tokens, rec, NULL, NULL, &log->buf);
	rkr_buf_put(&log->buf, "\n", 1);
}

static void
put_below(struct emulate_log *log, const struct log_below *below, enum rkr_kind kind)
{
	for (; below && below->put; below++)
		if (below->kind == kind && below->object)
			below->put(log, below->object);
}

/* All rows of a record, in their order. */
void
emulate_log_record(struct emulate_log *log, const struct rkr_record *rec, const struct log_below *below)
{
	for (size_t i = 0; i < rkp_rows_count(log->rows); i++) {
		const struct rkp_row *row = rkp_rows_get(log->rows, i);

		if (row->shape->kind != rec->kind || row->shape->format != RKP_FORMAT_GDB_IOCTL ||
		    row->shape->op == RKP_SKIP || (row->fields & ~rec->present))
			continue;
		put_line(log, row, rec);
		if (row->shape->lists)
			put_below(log, below, row->shape->listed);
	}
}

/* ---- what rows name */

struct log_object *
emulate_log_object(const struct log_process *p, uint64_t obj)
{
	for (size_t i = 0; i < p->n_objects; i++)
		if (p->objects[i].obj == obj)
			return &p->objects[i];
	return NULL;
}

void
emulate_log_keep_object(struct emulate_log *log, struct log_process *p, const struct rkr_abi_mem_create *c)
{
	struct log_object *o = emulate_log_object(p, c->obj_addr);

	if (!o) {
		if (rkr_grow((void **)&p->objects, &p->objects_size, p->n_objects + 1, sizeof(*o)) < 0) {
			note(log, -ENOMEM);
			return;
		}
		o = &p->objects[p->n_objects++];
	}
	*o = (struct log_object){ .obj = c->obj_addr,
				  .dma = c->dma_addr,
				  .size = c->size,
				  .handle = c->handle,
				  .flags = c->flags };
}

static struct log_offset *
offset_of(const struct log_process *p, uint64_t offset)
{
	for (size_t i = 0; i < p->n_offsets; i++)
		if (p->offsets[i].offset == offset)
			return &p->offsets[i];
	return NULL;
}

void
emulate_log_keep_offset(struct emulate_log *log, struct log_process *p, uint64_t offset, uint64_t map)
{
	struct log_offset *o = offset_of(p, offset);

	if (!o) {
		if (rkr_grow((void **)&p->offsets, &p->offsets_size, p->n_offsets + 1, sizeof(*o)) < 0) {
			note(log, -ENOMEM);
			return;
		}
		o = &p->offsets[p->n_offsets++];
		*o = (struct log_offset){ .offset = offset };
	}
	if (o->n == LATEST)
		memmove(o->maps, o->maps + 1, --o->n * sizeof(*o->maps));
	o->maps[o->n++] = map;
}

/* "1,4": the MEM_MAPs that gave this offset. */
struct rkr_blob
emulate_log_maps(const struct log_process *p, uint64_t offset, char *text, size_t size)
{
	const struct log_offset *o = offset_of(p, offset);
	size_t len = 0;

	for (size_t i = 0; o && i < o->n && len + 24 < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%llu", i ? "," : "",
					(unsigned long long)o->maps[i]);
	return (struct rkr_blob){ text, len };
}

void
emulate_log_call(void *data, const struct rke_call *call)
{
	struct emulate_log *log = data;
	struct log_process *p = find_process(log, call->process);

	if (!p)
		return;
	emulate_log_rows(log, p, call);
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
	for (size_t i = 0; i < log->n; i++) {
		free(log->processes[i].offsets);
		free(log->processes[i].objects);
	}
	free(log->processes);
	rkr_buf_free(&log->buf);
	rkp_rows_free(log->rows);
	free(log->path);
	free(log);
	return r;
}
