/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "checks-priv.h"
#include "lib/regs-ids.h"
#include "regcmd.h"
#include "util.h"

/* Checks of what the compiler exported: the regcmd of a model, before any runtime placed it. */

/* The two PPU blocks alone [captured: 470 separators and 10 poolings in five models, all of 26 words]. */
#define ENABLE_PPU 0x60u
#define AMOUNT_PPU 26u

/* Tasks that lead to one record count once. */
struct record {
	uint64_t address;
	size_t task;
};

static int
by_address(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

/* The records of a run, each once. *ret_records is to be freed. */
static size_t
records_of(const struct rkr_check_ctx *c, const struct rkr_run *run, struct record **ret_records)
{
	size_t n = rkr_run_n_tasks(run), used = 0;
	struct record *v = rkr_check_alloc(c, n, sizeof(*v));

	for (size_t i = 0; v && i < n; i++) {
		struct rkr_task t;

		if (rkr_run_task(run, i, &t) == 0)
			v[used++] = (struct record){ t.regcmd_addr, i };
	}
	if (v)
		qsort(v, used, sizeof(*v), by_address);
	n = 0;
	for (size_t i = 0; v && i < used; i++)
		if (!n || v[n - 1].address != v[i].address)
			v[n++] = v[i];
	*ret_records = v;
	return n;
}

/* How many words in a row write registers of a block, from a record's start on; at most @max. */
static uint64_t
run_length(const struct rkr_run *run, const struct rkr_ref *at, uint64_t max)
{
	uint64_t n = 0;

	for (; n < max; n++) {
		uint8_t b[8];

		if (rkr_run_read(run, at->bo, at->addend + 8 * n, b, sizeof(b)) < 0)
			break;
		uint16_t target = (uint16_t)(b[6] | b[7] << 8);

		/* The words that end a record are the PC's or of no block, and so is padding. */
		if (target == 0 || target == RKR_TARGET_PC || target == RKR_TARGET_MARK ||
		    target == RKR_TARGET_OP_EN)
			break;
	}
	return n;
}

static void
check_run(struct rkr_check_ctx *c, const struct record *rec)
{
	struct rkr_task t;

	if (rkr_run_task(c->run, rec->task, &t) < 0)
		return;
	struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_DMA, t.regcmd_addr, SIZE_MAX);
	const char *path = rkr_check_text(c, "task[%zu]", rec->task);
	uint64_t amount = t.regcfg_amount;

	rkr_check_that(c, ref.state == RKR_REF_BO, SIZE_MAX, path, "regcmd_addr", "an offset in the regcmd",
		       rkr_check_text(c, "0x%" PRIx64, t.regcmd_addr));
	if (ref.state != RKR_REF_BO)
		return;

	rkr_check_amount(c, SIZE_MAX, path, "words of the run", amount, run_length(c->run, &ref, amount + 1));
	if (t.enable_mask == ENABLE_PPU)
		rkr_check_amount(c, SIZE_MAX, path, "regcfg_amount of PPU alone", AMOUNT_PPU, amount);
}

void
rkr_check_model_runs(struct rkr_check_ctx *c)
{
	_autofree_ struct record *mine = NULL, *theirs = NULL;
	const struct rkr_blob *chip = rkr_run_other_chip(c->run);
	size_t at = rkr_check_index(c, RKR_KIND_model, 0), n = records_of(c, c->run, &mine);
	const struct rkr_record *model = rkr_check_record(c, RKR_KIND_model, 0);
	uint64_t bytes = 0;

	if (chip) {
		rkr_check_skip(c, "what a record is on chip '%.*s' is not known",
			       (int)(chip->len < 32 ? chip->len : 32), (const char *)chip->data);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct rkr_task t;

		check_run(c, &mine[i]);
		if (rkr_run_task(c->run, mine[i].task, &t) == 0)
			bytes += 8 * rkr_regcmd_stride(t.regcfg_amount);
	}
	if (rkr_has(model, RKR_F_model_tasks))
		rkr_check_amount(c, at, NULL, "tasks", rkr_get_u(model, RKR_F_model_tasks),
				 rkr_run_n_tasks(c->run));
	/* Records lie one behind the other, each on 64 bytes [captured: 4136 of 4136]. */
	if (rkr_has(model, RKR_F_model_regcmd_bytes))
		rkr_check_amount(c, at, NULL, "regcmd_bytes of the records", bytes,
				 rkr_get_u(model, RKR_F_model_regcmd_bytes));
	if (c->s->against)
		rkr_check_amount(c, SIZE_MAX, "regcmd", "runs", records_of(c, c->s->against, &theirs), n);
}

void
rkr_check_model_equality(struct rkr_check_ctx *c)
{
	if (c->s->against)
		rkr_check_differences(c, RKR_KIND_BIT(regcmd_window) | RKR_KIND_BIT(task), NULL);
}
