/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "run-priv.h"
#include "util.h"

/*
 * What is known of a BO's bytes, as extents that do not overlap. Evidence
 * meets evidence here: the same bytes are often told twice (a scan row and a
 * window), and then must agree.
 */

/* The first extent that ends after @offset. */
static size_t
find(const struct rkr_contents *c, uint64_t offset)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->v[mid].offset + c->v[mid].len > offset)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static int
insert(struct rkr_contents *c, size_t at, const struct rkr_extent *e)
{
	if (rkr_grow((void **)&c->v, &c->cap, c->n + 1, sizeof(*c->v)) < 0)
		return -ENOMEM;
	memmove(&c->v[at + 1], &c->v[at], (c->n - at) * sizeof(*c->v));
	c->v[at] = *e;
	c->n++;
	return 0;
}

/* The part [from, to) of an extent. */
static struct rkr_extent
part(const struct rkr_extent *e, uint64_t from, uint64_t to)
{
	struct rkr_extent p = *e;

	p.data += from - e->offset;
	p.offset = from;
	p.len = to - from;
	return p;
}

int
rkr_run_note_conflict(struct rkr_run *run, const struct rkr_conflict *conflict)
{
	if (rkr_grow((void **)&run->conflicts, &run->cap_conflicts, run->n_conflicts + 1,
		     sizeof(*run->conflicts)) < 0)
		return -ENOMEM;
	run->conflicts[run->n_conflicts++] = *conflict;
	return 0;
}

const struct rkr_conflict *
rkr_run_conflicts(const struct rkr_run *run, size_t *ret_n)
{
	*ret_n = run->n_conflicts;
	return run->conflicts;
}

/* Two extents overlap on [from, to): note where they first differ, if they do. */
static int
check_agreement(struct rkr_run *run, uint32_t bo, const struct rkr_extent *old, const struct rkr_extent *new,
		uint64_t from, uint64_t to)
{
	bool new_wins = new->evidence > old->evidence;

	for (uint64_t o = from; o < to; o++) {
		if (old->data[o - old->offset] == new->data[o - new->offset])
			continue;
		return rkr_run_note_conflict(run, &(struct rkr_conflict){
							  .bo = bo,
							  .offset = o,
							  .kept = new_wins ? new->record : old->record,
							  .dropped = new_wins ? old->record : new->record,
						  });
	}
	return 0;
}

/* Cut [from, to) out of extent @i. *ret_next is the index where the hole is. */
static int
cut(struct rkr_contents *c, size_t i, uint64_t from, uint64_t to, size_t *ret_next)
{
	struct rkr_extent old = c->v[i];
	bool left = from > old.offset, right = to < old.offset + old.len;

	if (left && right) {
		struct rkr_extent tail = part(&old, to, old.offset + old.len);

		if (insert(c, i + 1, &tail) < 0)
			return -ENOMEM;
		c->v[i] = part(&old, old.offset, from);
	} else if (left) {
		c->v[i] = part(&old, old.offset, from);
	} else if (right) {
		c->v[i] = part(&old, to, old.offset + old.len);
		*ret_next = i;
		return 0;
	} else {
		memmove(&c->v[i], &c->v[i + 1], (c->n - i - 1) * sizeof(*c->v));
		c->n--;
		*ret_next = i;
		return 0;
	}
	*ret_next = i + 1;
	return 0;
}

int
rkr_run_write(struct rkr_run *run, uint32_t bo, uint64_t offset, const void *data, size_t len,
	      enum rkr_evidence evidence, size_t record)
{
	if (bo >= run->n_bos || offset > UINT64_MAX - len)
		return -EINVAL;
	const struct rkr_bo *b = &run->bos[bo].bo;
	uint64_t room = b->known & RKR_BO_ALIGNED ? b->aligned
			: b->known & RKR_BO_SIZE  ? b->size
						  : UINT64_MAX;

	if (offset + len > room)
		return -ERANGE;
	if (!len)
		return 0;
	uint8_t *copy = rkr_run_alloc(run, len);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, len);

	struct rkr_contents *c = &run->bos[bo].contents;
	const struct rkr_extent new = { offset, len, copy, evidence, record };
	uint64_t end = offset + len, at = offset;
	size_t i = find(c, offset);

	while (at < end) {
		uint64_t next = i < c->n && c->v[i].offset < end ? c->v[i].offset : end;

		if (at < next) { /* a gap */
			struct rkr_extent fill = part(&new, at, next);

			if (insert(c, i, &fill) < 0)
				return -ENOMEM;
			i++;
			at = next;
			continue;
		}
		struct rkr_extent old = c->v[i];
		uint64_t stop = old.offset + old.len < end ? old.offset + old.len : end;

		if (check_agreement(run, bo, &old, &new, at, stop) < 0)
			return -ENOMEM;
		if (evidence > old.evidence) {
			struct rkr_extent fill = part(&new, at, stop);

			if (cut(c, i, at, stop, &i) < 0 || insert(c, i, &fill) < 0)
				return -ENOMEM;
		}
		i++;
		at = stop;
	}
	return 0;
}

int
rkr_run_read(const struct rkr_run *run, uint32_t bo, uint64_t offset, void *ret_data, size_t len)
{
	if (bo >= run->n_bos || offset > UINT64_MAX - len)
		return -ENODATA;
	const struct rkr_contents *c = &run->bos[bo].contents;
	uint64_t at = offset, end = offset + len;
	size_t first = find(c, offset);

	/* Twice over: nothing is written to the caller unless all is known. */
	for (size_t i = first; at < end; i++) {
		if (i >= c->n || c->v[i].offset > at)
			return -ENODATA;
		at = c->v[i].offset + c->v[i].len;
	}
	at = offset;
	for (size_t i = first; at < end; i++) {
		const struct rkr_extent *e = &c->v[i];
		uint64_t stop = e->offset + e->len < end ? e->offset + e->len : end;

		memcpy((uint8_t *)ret_data + (at - offset), e->data + (at - e->offset), stop - at);
		at = stop;
	}
	return 0;
}

void
rkr_run_patch(struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t word)
{
	struct rkr_contents *c = &run->bos[bo].contents;

	for (size_t i = find(c, offset); i < c->n && c->v[i].offset < offset + 8; i++)
		for (uint64_t k = 0; k < 8; k++)
			if (offset + k >= c->v[i].offset && offset + k < c->v[i].offset + c->v[i].len)
				/* Extents are const to readers; the run owns their memory. */
				((uint8_t *)(uintptr_t)c->v[i].data)[offset + k - c->v[i].offset] =
					(uint8_t)(word >> (8 * k));
}

const struct rkr_extent *
rkr_run_extents(const struct rkr_run *run, uint32_t bo, size_t *ret_n)
{
	*ret_n = run->bos[bo].contents.n;
	return run->bos[bo].contents.v;
}

/*
 * Tasks are little endian on the wire, whatever the host. [source: driver UAPI]
 */
static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void
rkr_task_encode(const struct rkr_task *task, uint8_t ret_bytes[RKR_TASK_BYTES])
{
	const uint32_t w[] = {
		task->flags,
		task->op_idx,
		task->enable_mask,
		task->int_mask,
		task->int_clear,
		task->int_status,
		task->regcfg_amount,
		task->regcfg_offset,
		(uint32_t)task->regcmd_addr,
		(uint32_t)(task->regcmd_addr >> 32),
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(w); i++)
		put32(ret_bytes + 4 * i, w[i]);
}

void
rkr_task_decode(const uint8_t bytes[RKR_TASK_BYTES], struct rkr_task *ret_task)
{
	*ret_task = (struct rkr_task){
		.flags = get32(bytes),
		.op_idx = get32(bytes + 4),
		.enable_mask = get32(bytes + 8),
		.int_mask = get32(bytes + 12),
		.int_clear = get32(bytes + 16),
		.int_status = get32(bytes + 20),
		.regcfg_amount = get32(bytes + 24),
		.regcfg_offset = get32(bytes + 28),
		.regcmd_addr = get32(bytes + 32) | (uint64_t)get32(bytes + 36) << 32,
	};
}

/* The fields of a row are those of the struct, in its order: eight of 32 bits and an address. */
_Static_assert((int)RKR_F_task_regcmd_addr - (int)RKR_F_task_flags == 8, "eight fields before the address");

void
rkr_task_row_get(const struct rkr_record *row, uint8_t ret_bytes[RKR_TASK_BYTES])
{
	uint64_t address = rkr_get_u(row, RKR_F_task_regcmd_addr);

	for (int f = RKR_F_task_flags; f < RKR_F_task_regcmd_addr; f++)
		put32(ret_bytes + 4 * (f - RKR_F_task_flags), (uint32_t)rkr_get_u(row, f));
	put32(ret_bytes + 32, (uint32_t)address);
	put32(ret_bytes + 36, (uint32_t)(address >> 32));
}

void
rkr_task_row_set(struct rkr_record *row, const uint8_t bytes[RKR_TASK_BYTES])
{
	for (int f = RKR_F_task_flags; f < RKR_F_task_regcmd_addr; f++)
		rkr_set_u(row, f, get32(bytes + 4 * (f - RKR_F_task_flags)));
	rkr_set_u(row, RKR_F_task_regcmd_addr, get32(bytes + 32) | (uint64_t)get32(bytes + 36) << 32);
}
