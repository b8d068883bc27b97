/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>

#include "regcmd.h"
#include "run-priv.h"
#include "util.h"

/* What a GEM dump of a run's BOs shows, as records. */

/*
 * The dump script steps through each BO by 40 bytes from its start and keeps
 * what could be a task. [captured: all rows of 21 dumps; source: the script]
 */
static bool
scan_keeps(const struct rkr_task *t)
{
	return !(t->regcfg_amount == 0 && t->regcmd_addr == 0) && t->regcfg_amount <= 65536 &&
	       (t->regcmd_addr & 15) == 0;
}

/* The region of one of the table kinds that holds this stretch, or NULL. */
static const struct rkr_region *
table_at(const struct rkr_run *run, uint32_t bo, uint64_t offset)
{
	for (size_t i = 0; i < run->n_regions; i++) {
		const struct rkr_region *r = &run->regions[i];

		if ((r->kind == RKR_REGION_TASKS || r->kind == RKR_REGION_TASKS_REL) && r->bo == bo &&
		    offset >= r->offset && offset + RKR_TASK_BYTES <= r->offset + r->size)
			return r;
	}
	return NULL;
}

static void
set_row(struct rkr_record_buf *buf, bool table, uint32_t gem, uint64_t index, uint64_t off,
	const uint8_t *bytes)
{
	rkr_record_init(buf, table ? RKR_KIND_task : RKR_KIND_task_like);
	rkr_set_u(&buf->rec, RKR_F_task_gem, gem);
	rkr_set_u(&buf->rec, RKR_F_task_index, index);
	rkr_set_u(&buf->rec, RKR_F_task_off, off);
	rkr_task_row_set(&buf->rec, bytes);
}

/* The first step of the scan from @off on that may lie in known bytes; UINT64_MAX: none. */
static uint64_t
next_known(const struct rkr_contents *c, uint64_t off)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->v[i].offset + c->v[i].len <= off)
			continue;
		uint64_t from = c->v[i].offset > off ? c->v[i].offset : off;

		return (from + RKR_TASK_BYTES - 1) / RKR_TASK_BYTES * RKR_TASK_BYTES;
	}
	return UINT64_MAX;
}

/* Rows of one BO: counted, and with @append added to the run. */
static int
scan(struct rkr_run *run, uint32_t bo, uint32_t gem, uint64_t size, uint64_t *ret_count, bool append)
{
	const struct rkr_contents *c = &run->bos[bo].contents;
	struct rkr_record_buf buf;
	uint64_t n = 0;

	for (uint64_t off = next_known(c, 0); off < size && size - off >= RKR_TASK_BYTES;) {
		uint8_t bytes[RKR_TASK_BYTES];
		struct rkr_task t;
		uint64_t at = off;

		off += RKR_TASK_BYTES;
		if (rkr_run_read(run, bo, at, bytes, sizeof(bytes)) < 0) {
			off = next_known(c, off);
			continue;
		}
		rkr_task_decode(bytes, &t);
		if (!scan_keeps(&t))
			continue;
		if (append) {
			const struct rkr_region *table = table_at(run, bo, at);

			/* Only a table that the scan's steps fall on is seen as one. */
			set_row(&buf, table && (at - table->offset) % RKR_TASK_BYTES == 0, gem, n, at, bytes);
			if (rkr_run_append(run, &buf.rec) < 0)
				return -ENOMEM;
		}
		n++;
	}
	*ret_count = n;
	return 0;
}

/* A window over a regcmd region, if all of it is known. */
static int
window(struct rkr_run *run, const struct rkr_region *region, uint32_t gem)
{
	size_t n = (size_t)(region->size / 8);
	_autofree_ uint8_t *bytes = malloc(n * 8 + 1);
	_autofree_ uint64_t *words = malloc(n * 8 + 1);
	struct rkr_record_buf buf;

	if (!bytes || !words)
		return -ENOMEM;
	if (rkr_run_read(run, region->bo, region->offset, bytes, n * 8) < 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		words[i] = 0;
		for (size_t k = 0; k < 8; k++)
			words[i] |= (uint64_t)bytes[8 * i + k] << (8 * k);
	}
	rkr_record_init(&buf, RKR_KIND_regcmd_window);
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_gem, gem);
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_off, region->offset);
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_count, n);
	rkr_set_b(&buf.rec, RKR_F_regcmd_window_qwords, &(struct rkr_blob){ words, n });
	return rkr_run_append(run, &buf.rec);
}

int
rkr_run_view_gem(struct rkr_run *run)
{
	/* What is read off the contents tells bind nothing new. */
	bool bound = run->n_bound == run->n_records;

	for (uint32_t b = 0; b < run->n_bos; b++) {
		const struct rkr_bo bo = run->bos[b].bo;
		uint32_t gem = bo.known & RKR_BO_GEM_NAME ? bo.gem_name : b + 1;
		uint64_t size = bo.known & RKR_BO_ALIGNED ? bo.aligned : rkr_align_up(bo.size, 4096);
		struct rkr_record_buf buf;
		uint64_t n;

		if (scan(run, b, gem, size, &n, false) < 0)
			return -ENOMEM;
		rkr_record_init(&buf, RKR_KIND_gem);
		rkr_set_u(&buf.rec, RKR_F_gem_name, gem);
		rkr_set_u(&buf.rec, RKR_F_gem_handle, bo.handle);
		rkr_set_u(&buf.rec, RKR_F_gem_size, size);
		rkr_set_u(&buf.rec, RKR_F_gem_map_offset, bo.map);
		rkr_set_u(&buf.rec, RKR_F_gem_entries, n);
		if (rkr_run_append(run, &buf.rec) < 0 || scan(run, b, gem, size, &n, true) < 0)
			return -ENOMEM;
		for (size_t i = 0; i < run->n_regions; i++)
			if (run->regions[i].kind == RKR_REGION_REGCMD && run->regions[i].bo == b &&
			    window(run, &run->regions[i], gem) < 0)
				return -ENOMEM;
	}
	if (bound)
		run->n_bound = run->n_records;
	return 0;
}
