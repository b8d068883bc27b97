/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine-priv.h"

#include <errno.h>
#include <string.h>

/* What the device answered, as a run: its calls as captures of a client have them, and the memory behind. */

/* The first descriptor of a client that has standard input, output and error. */
#define FD 3
/* PROT_READ | PROT_WRITE and MAP_SHARED of Linux, as logs print them. */
#define PROT 3u
#define SHARED 1u

static int
take_record(void *run, const struct rkr_record *rec, const struct rkr_record_buf *below, size_t n_below)
{
	(void)below;
	(void)n_below;
	return rkr_run_append(run, rec);
}

int
rkx_notes_new(struct rkx_notes *n)
{
	int r = rkr_run_new(&n->run);

	/* That there is none of these means that no call failed. */
	if (r == 0)
		rkr_run_set_witness(n->run, RKR_KIND_call_error);
	if (r < 0)
		return r;
	const struct rkx_calls_options o = { .all = true, .bare = true, .take = take_record, .data = n->run };

	return rkx_calls_new(&o, &n->calls);
}

void
rkx_note_call(struct rkx_notes *n, enum rkr_ioctl nr, const void *sent, const void *got, uint32_t size,
	      int ret)
{
	rkx_calls_take(n->calls, &(struct rke_call){ .kind = RKE_CALL_IOCTL,
						     .fd = FD,
						     .ret = ret,
						     .command = rkr_ioctl_command(nr, size),
						     .in = sent,
						     .out = got,
						     .size = size });
}

void
rkx_note_mmap(struct rkx_notes *n, const struct rkx_real *real, uint64_t bytes, int ret)
{
	rkx_calls_take(n->calls, &(struct rke_call){ .kind = RKE_CALL_MMAP,
						     .fd = FD,
						     .ret = ret,
						     .address = ret < 0 ? UINT64_MAX : real->bo.virt,
						     .length = bytes,
						     .offset = real->bo.map,
						     .prot = PROT,
						     .flags = SHARED });
}

void
rkx_note_munmap(struct rkx_notes *n, const struct rkx_real *real, uint64_t bytes, int ret)
{
	rkx_calls_take(n->calls, &(struct rke_call){ .kind = RKE_CALL_MUNMAP,
						     .fd = FD,
						     .ret = ret,
						     .address = real->bo.virt,
						     .length = bytes,
						     .mapped = real->length,
						     .offset = real->bo.map });
}

/* ---- memory */

static int
add_bos(struct rkx_notes *n, const struct rkx_real *real, size_t n_bos)
{
	for (size_t i = 0; i < n_bos; i++) {
		struct rkr_bo bo = real[i].bo;
		uint32_t index;

		if (!real[i].created)
			bo.known &= ~(uint32_t)(RKR_BO_DMA | RKR_BO_OBJ | RKR_BO_HANDLE | RKR_BO_MAP | RKR_BO_VIRT |
						RKR_BO_MAP_N);
		bo.born = real[i].created ? real[i].born : rkr_run_n_records(n->run);
		bo.died = real[i].died;
		int r = rkr_run_add_bo(n->run, &bo, &index);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Bytes of no importance stay unknown: zeros that the NPU writes over. */
static int
add_contents(struct rkx_notes *n, const struct rkx_plan *plan, const bool *filled, uint8_t *const *read)
{
	size_t n_pieces, n_bos;
	const struct rkx_piece *p = rkx_plan_pieces(plan, &n_pieces);
	const struct rkr_bo *bos = rkx_plan_bos(plan, &n_bos);

	for (size_t i = 0; i < n_pieces; i++) {
		if (!filled[i] || p[i].fill == RKX_FILL_ZERO || read[p[i].bo])
			continue;
		_autofree_ uint8_t *bytes = malloc(p[i].len);

		if (!bytes)
			return -ENOMEM;
		int r = rkx_plan_piece_bytes(plan, i, bytes);

		if (r == 0)
			r = rkr_run_write(n->run, p[i].bo, p[i].offset, bytes, p[i].len,
					  RKR_EVIDENCE_GENERATED, SIZE_MAX);
		if (r < 0)
			return r;
	}
	for (uint32_t b = 0; b < n_bos; b++) {
		int r = read[b] ? rkr_run_write(n->run, b, 0, read[b], bos[b].size, RKR_EVIDENCE_GENERATED,
						SIZE_MAX)
				: 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int
rkx_note_memory(struct rkx_notes *n, const struct rkx_plan *plan, const struct rkx_real *real,
		const bool *filled, uint8_t *const *read)
{
	size_t n_bos, n_regions;
	const struct rkr_region *regions = rkr_run_regions(rkx_plan_run(plan), &n_regions);

	rkx_plan_bos(plan, &n_bos);
	int r = rkx_calls_failed(n->calls);

	if (r == 0)
		r = add_bos(n, real, n_bos);
	if (r == 0)
		r = add_contents(n, plan, filled, read);
	for (size_t i = 0; r == 0 && i < n_regions; i++)
		r = rkr_run_add_region(n->run, &regions[i]);
	return r < 0 ? r : rkr_run_bind(n->run);
}
