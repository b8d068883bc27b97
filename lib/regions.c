/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "regcmd.h"
#include "run-priv.h"
#include "util.h"

/*
 * What is where in the BOs: task tables, from the task rows; the regcmd, from
 * where the tasks point; else from windows whose words are regcmd.
 */

/* Consecutive task rows of one BO, 40 bytes apart: a table. */
struct table {
	int bo;
	uint64_t offset;
	uint64_t size;
};

static uint64_t
reach(const struct rkr_bo *bo)
{
	return bo->known & RKR_BO_ALIGNED ? bo->aligned : bo->known & RKR_BO_SIZE ? bo->size : UINT64_MAX;
}

/*
 * The regcmd that a table's tasks point at, in the first BO from @from on that
 * they point into: its index, or -1 if there is none.
 */
static int
regcmd_in(const struct rkr_run *run, const struct table *t, size_t at, uint32_t from,
	  struct rkr_region *ret_region)
{
	uint64_t start = UINT64_MAX, stop = 0;
	int bo = -1;

	for (uint64_t i = 0; i < t->size / RKR_TASK_BYTES; i++) {
		uint8_t bytes[RKR_TASK_BYTES];
		struct rkr_task task;

		if (rkr_run_read(run, (uint32_t)t->bo, t->offset + i * RKR_TASK_BYTES, bytes, sizeof(bytes)))
			continue;
		rkr_task_decode(bytes, &task);
		struct rkr_ref ref = rkr_run_resolve(run, RKR_SPACE_DMA, task.regcmd_addr, at);

		if (ref.state != RKR_REF_BO || ref.bo < from || (bo >= 0 && ref.bo > (uint32_t)bo))
			continue;
		/* Whole records: body, tail and padding [captured: 69/69 delta lists]. */
		uint64_t end = ref.addend + 8 * rkr_regcmd_stride(task.regcfg_amount);

		if (end <= ref.addend || end > reach(&run->bos[ref.bo].bo))
			continue;
		if (bo != (int)ref.bo) {
			start = UINT64_MAX;
			stop = 0;
		}
		bo = (int)ref.bo;
		start = ref.addend < start ? ref.addend : start;
		stop = end > stop ? end : stop;
	}
	if (bo >= 0)
		*ret_region = (struct rkr_region){ RKR_REGION_REGCMD, (uint32_t)bo, start, stop - start };
	return bo;
}

/* One region per BO that a table's tasks point into. */
static int
regcmd_of_table(struct rkr_run *run, const struct table *t, size_t at)
{
	struct rkr_region region;

	for (int bo = -1; (bo = regcmd_in(run, t, at, (uint32_t)(bo + 1), &region)) >= 0;)
		if (rkr_run_add_region(run, &region) < 0)
			return -ENOMEM;
	return 0;
}

static int
end_table(struct rkr_run *run, const struct table *t, size_t at)
{
	if (t->bo < 0)
		return 0;
	/* The task object's table starts at its first byte [captured]; an embedded one follows a regcmd. */
	bool own = t->offset == 0;
	const struct rkr_region region = {
		.kind = own ? RKR_REGION_TASKS : RKR_REGION_TASKS_REL,
		.bo = (uint32_t)t->bo,
		.offset = t->offset,
		.size = t->size,
	};

	if (rkr_run_add_region(run, &region) < 0)
		return -ENOMEM;
	if (own && !run->bos[t->bo].bo.role[0])
		strcpy(run->bos[t->bo].bo.role, "task");
	return own ? regcmd_of_table(run, t, at) : 0;
}

static int
tables(struct rkr_run *run)
{
	struct table t = { .bo = -1 };

	for (size_t i = 0; i < run->n_records; i++) {
		const struct rkr_record *r = &run->records[i];

		if (r->kind != RKR_KIND_task)
			continue;
		struct rkr_ref ref =
			rkr_run_resolve(run, RKR_SPACE_GEM_NAME, rkr_get_u(r, RKR_F_task_gem), i);
		uint64_t off = rkr_get_u(r, RKR_F_task_off);

		if (ref.state != RKR_REF_BO)
			continue;
		if (t.bo == (int)ref.bo && off == t.offset + t.size) {
			t.size += RKR_TASK_BYTES;
			continue;
		}
		if (end_table(run, &t, SIZE_MAX) < 0)
			return -ENOMEM;
		t = (struct table){ (int)ref.bo, off, RKR_TASK_BYTES };
	}
	return end_table(run, &t, SIZE_MAX);
}

bool
rkr_task_is_usual(const struct rkr_task *t)
{
	return t->flags == 0 && t->op_idx == 1 && t->enable_mask && !(t->enable_mask & ~UINT32_C(0x7d)) &&
	       t->int_mask && !(t->int_mask & ~UINT32_C(0x3fff)) && t->int_clear == 0x1ffff &&
	       t->int_status == 0 && t->regcfg_offset == 0 && t->regcfg_amount > 0;
}

int
rkr_run_add_table(struct rkr_run *run, uint32_t bo, size_t at_least, size_t at)
{
	struct table t = { (int)bo, 0, 0 };

	for (;; t.size += RKR_TASK_BYTES) {
		uint8_t bytes[RKR_TASK_BYTES];
		struct rkr_task task;

		if (rkr_run_read(run, bo, t.size, bytes, sizeof(bytes)) < 0)
			break;
		rkr_task_decode(bytes, &task);
		/* The driver writes it when the task has run [source]. */
		task.int_status = 0;
		if (t.size / RKR_TASK_BYTES >= at_least && !rkr_task_is_usual(&task))
			break;
	}
	return t.size ? end_table(run, &t, at) : 0;
}

static bool
overlaps_regcmd(const struct rkr_run *run, uint32_t bo, uint64_t from, uint64_t to)
{
	for (size_t i = 0; i < run->n_regions; i++) {
		const struct rkr_region *r = &run->regions[i];

		if (r->kind == RKR_REGION_REGCMD && r->bo == bo && r->offset < to &&
		    from < r->offset + r->size)
			return true;
	}
	return false;
}

/*
 * Without a table that points at it, a window is a regcmd if its words say
 * so: a window asked for at a wrong offset shows weights [captured: one of
 * 13]. Padding may be half of a window of short records, so one known
 * register write in four words is enough, and no weights come near that.
 */
static int
windows(struct rkr_run *run)
{
	for (size_t i = 0; i < run->n_records; i++) {
		const struct rkr_record *r = &run->records[i];

		if (r->kind != RKR_KIND_regcmd_window || !rkr_has(r, RKR_F_regcmd_window_qwords))
			continue;
		const struct rkr_blob *b = rkr_get_b(r, RKR_F_regcmd_window_qwords);
		struct rkr_ref ref =
			rkr_run_resolve(run, RKR_SPACE_GEM_NAME, rkr_get_u(r, RKR_F_regcmd_window_gem), i);
		uint64_t off = rkr_get_u(r, RKR_F_regcmd_window_off);
		size_t known = 0;

		/* Windows that lie beyond all addresses are a conflict that bind has noted. */
		if (ref.state != RKR_REF_BO || off > UINT64_MAX - 8 * (uint64_t)b->len ||
		    overlaps_regcmd(run, ref.bo, off, off + 8 * b->len))
			continue;
		for (size_t w = 0; w < b->len; w++) {
			struct rkr_qword q = rkr_qword_decode(((const uint64_t *)b->data)[w]);

			known += rkr_reg_by_qword(q.target, q.offset, NULL) != NULL;
		}
		if (known >= b->len / 4 && known &&
		    rkr_run_add_region(run, &(struct rkr_region){ RKR_REGION_REGCMD, ref.bo, off,
								  8 * (uint64_t)b->len }) < 0)
			return -ENOMEM;
	}
	return 0;
}

int
rkr_run_bind_regions(struct rkr_run *run)
{
	int r = tables(run);

	return r < 0 ? r : windows(run);
}

static const struct rkr_region *
task_region(const struct rkr_run *run)
{
	/* A model has no other table than the one behind its regcmd. */
	enum rkr_region_kind kind = rkr_run_is_relative(run) ? RKR_REGION_TASKS_REL : RKR_REGION_TASKS;

	for (size_t i = 0; i < run->n_regions; i++)
		if (run->regions[i].kind == kind)
			return &run->regions[i];
	return NULL;
}

size_t
rkr_run_n_tasks(const struct rkr_run *run)
{
	const struct rkr_region *r = task_region(run);

	return r ? r->size / RKR_TASK_BYTES : 0;
}

static int
read_task(const struct rkr_run *run, size_t i, uint64_t *ret_offset, uint8_t ret_bytes[RKR_TASK_BYTES])
{
	const struct rkr_region *region = task_region(run);

	if (i >= rkr_run_n_tasks(run))
		return -ERANGE;
	*ret_offset = region->offset + i * RKR_TASK_BYTES;
	return rkr_run_read(run, region->bo, *ret_offset, ret_bytes, RKR_TASK_BYTES);
}

int
rkr_run_task(const struct rkr_run *run, size_t i, struct rkr_task *ret_task)
{
	uint8_t bytes[RKR_TASK_BYTES];
	uint64_t offset;
	int r = read_task(run, i, &offset, bytes);

	if (r == 0)
		rkr_task_decode(bytes, ret_task);
	return r;
}

int
rkr_run_task_record(const struct rkr_run *run, size_t i, struct rkr_record_buf *ret_record)
{
	uint8_t bytes[RKR_TASK_BYTES];
	uint64_t offset;
	int r = read_task(run, i, &offset, bytes);

	if (r < 0)
		return r;
	rkr_record_init(ret_record, RKR_KIND_task);
	rkr_set_u(&ret_record->rec, RKR_F_task_index, i);
	rkr_set_u(&ret_record->rec, RKR_F_task_off, offset);
	rkr_task_row_set(&ret_record->rec, bytes);
	return 0;
}
