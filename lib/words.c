/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>

#include "run-priv.h"
#include "symbol.h"

/*
 * The contents of a run as 64-bit words, little endian, and the records that
 * show some of them: rows of tasks, and windows and runs of regcmd.
 */

struct rkr_row_words
rkr_row_words_of(const struct rkr_record *r)
{
	switch (r->kind) {
	case RKR_KIND_task:
	case RKR_KIND_task_like:
		return (struct rkr_row_words){ RKR_TASK_WORDS, RKR_F_task_off, RKR_F_task_gem, -1 };
	case RKR_KIND_regcmd_window:
		return (struct rkr_row_words){ rkr_get_b(r, RKR_F_regcmd_window_qwords)->len,
					       RKR_F_regcmd_window_off, RKR_F_regcmd_window_gem,
					       RKR_F_regcmd_window_qwords };
	case RKR_KIND_regcmd_run:
		return (struct rkr_row_words){ rkr_get_b(r, RKR_F_regcmd_run_qwords)->len,
					       RKR_F_regcmd_run_off, RKR_F_regcmd_run_gem,
					       RKR_F_regcmd_run_qwords };
	default:
		return (struct rkr_row_words){ 0, -1, -1, -1 };
	}
}

/* A task row prints its first 32 bytes as pairs of 32-bit fields. */
uint64_t
rkr_row_word_get(const struct rkr_record *r, const struct rkr_row_words *row, size_t i)
{
	if (row->qwords >= 0)
		return ((const uint64_t *)r->v[row->qwords].b->data)[i];
	if (i == RKR_TASK_WORDS - 1)
		return r->v[RKR_F_task_regcmd_addr].u;
	return (uint32_t)r->v[RKR_F_task_flags + 2 * i].u | r->v[RKR_F_task_flags + 2 * i + 1].u << 32;
}

void
rkr_row_word_set(struct rkr_record *r, const struct rkr_row_words *row, size_t i, uint64_t word)
{
	if (row->qwords >= 0) {
		/* Blobs are const to readers; the run owns their memory. */
		((uint64_t *)(uintptr_t)r->v[row->qwords].b->data)[i] = word;
	} else if (i == RKR_TASK_WORDS - 1) {
		r->v[RKR_F_task_regcmd_addr].u = word;
	} else {
		r->v[RKR_F_task_flags + 2 * i].u = (uint32_t)word;
		r->v[RKR_F_task_flags + 2 * i + 1].u = word >> 32;
	}
}

int
rkr_run_get_word(const struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t *ret_word)
{
	uint8_t b[8];
	uint64_t word = 0;
	int r = rkr_run_read(run, bo, offset, b, sizeof(b));

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(b); i++)
		word |= (uint64_t)b[i] << (8 * i);
	*ret_word = word;
	return 0;
}

int
rkr_run_set_word(struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t word)
{
	uint8_t known[8];
	int r = rkr_run_read(run, bo, offset, known, sizeof(known));

	if (r < 0)
		return r;
	rkr_run_patch(run, bo, offset, word);
	for (size_t i = 0; i < run->n_records; i++) {
		struct rkr_record *rec = &run->records[i];
		const struct rkr_row_words row = rkr_row_words_of(rec);
		uint64_t off = row.n_words ? rkr_get_u(rec, row.off) : 0;

		if (!row.n_words || offset < off || (offset - off) % 8 || (offset - off) / 8 >= row.n_words)
			continue;
		struct rkr_ref shown = rkr_run_resolve(run, RKR_SPACE_GEM_NAME, rkr_get_u(rec, row.gem), i);

		if (shown.state == RKR_REF_BO && shown.bo == bo)
			rkr_row_word_set(rec, &row, (size_t)((offset - off) / 8), word);
	}
	return 0;
}
