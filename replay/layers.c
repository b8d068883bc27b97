/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "layers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "layers-priv.h"
#include "lib/overlay.h"
#include "lib/regcmd.h"
#include "lib/util.h"

RKR_DEFINE_CLEANUP(struct rkr_overlays *, rkr_overlays_free)
RKR_DEFINE_CLEANUP(struct rkx_layers *, rkx_layers_free)

/* From tasks to verdicts on operators. */

struct check {
	const struct rkr_run *run;
	struct rkr_overlays *overlays;
	struct rkx_layer_task *task;
	struct rkx_layers *result;
	struct rkx_layers_options options;
};

/* ---- Tasks */

static void
set_registers(struct check *c, size_t i)
{
	struct rkx_layer_task *t = c->task;
	size_t n;
	const struct rkr_overlay_word *w = rkr_overlays_task(c->overlays, i, &n);

	memset(t->reg, 0, sizeof(t->reg));
	/* A stage that nobody ever set up lets values through. [inferred: clients that do so keep negative values] */
	VALUE(t, DPU_BS_CFG) = VALUE(t, DPU_BN_CFG) = VALUE(t, DPU_EW_CFG) = 1;
	for (size_t k = 0; k < n; k++) {
		const struct rkr_qword q = rkr_qword_decode(w[k].word);

		t->reg[q.offset / 4] = q.value;
	}
}

/* Take the entries of a table, if the task's record loads one: the table stays until the next load. @return if so */
static bool
load_table(struct check *c, const struct rkr_task *task)
{
	struct rkx_layer_task *t = c->task;
	struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_DMA, task->regcmd_addr, SIZE_MAX);
	uint32_t access = 0, at = 0;
	bool loads = false;

	for (uint64_t i = 0; i < task->regcfg_amount && ref.state == RKR_REF_BO; i++) {
		uint8_t bytes[8];
		uint64_t word = 0;

		if (rkr_run_read(c->run, ref.bo, ref.addend + 8 * i, bytes, sizeof(bytes)) < 0)
			return loads;
		for (size_t k = 0; k < sizeof(bytes); k++)
			word |= (uint64_t)bytes[k] << 8 * k;
		const struct rkr_qword q = rkr_qword_decode(word);

		if (q.target != RKR_TARGET_DPU)
			continue;
		if (q.offset == RKR_REG_DPU_LUT_ACCESS_CFG) {
			access = q.value;
			at = access >> RKR_FLD_DPU_LUT_ACCESS_CFG_LUT_ADDR_SHIFT &
			     RKR_FLD_DPU_LUT_ACCESS_CFG_LUT_ADDR_MASK;
		}
		if (q.offset != RKR_REG_DPU_LUT_ACCESS_DATA || at >= RKX_LAYER_ENTRIES ||
		    !(access >> RKR_FLD_DPU_LUT_ACCESS_CFG_LUT_ACCESS_TYPE_SHIFT & 1))
			continue;
		t->table[access >> RKR_FLD_DPU_LUT_ACCESS_CFG_LUT_TABLE_ID_SHIFT & 1][at++] =
			(int16_t)q.value;
		t->has_table = loads = true;
	}
	return loads;
}

/* The enable bits of a record. [captured] */
enum { CNA = 0x1, DPU = 0x8, PPU = 0x20 };

static void
check_task(struct check *c, size_t i, const struct rkr_task *task)
{
	struct rkx_layer_task *t = c->task;

	set_registers(c, i);
	bool loads = load_table(c, task);

	t->enable_mask = task->enable_mask;
	t->why = c->options.skipped ? c->options.skipped(c->options.data, i) : NULL;
	t->bad = t->missing = false;
	t->compared = 0;
	if (t->why)
		return;
	if (task->enable_mask & PPU)
		rkx_layer_pool(t);
	else if (!(task->enable_mask & DPU))
		t->why = "PC.OPERATION_ENABLE: neither DPU nor PPU writes";
	else if (!(task->enable_mask & CNA) && BITS(t, DPU_RDMA_RDMA_SRC_DMA_CFG, UNPOOLING_EN))
		rkx_layer_enlarge(t);
	else
		rkx_layer_dpu(t);
	/* The pixel that a load copies is nobody's: lookups show whether the table is there. [captured: 38 of 38] */
	if (t->missing && !t->why && !loads)
		t->why = "its addresses lead out of the run's memory";
}

/* ---- Operators */

static struct rkx_layer *
layer_of(struct rkx_layers *l, uint32_t op_idx, size_t task)
{
	void *p = l->layers;

	/* Its tasks stand together, but in the programs for several cores. */
	for (size_t i = l->n; i > 0; i--)
		if (l->layers[i - 1].op_idx == op_idx)
			return &l->layers[i - 1];
	if (rkr_grow(&p, &l->capacity, l->n + 1, sizeof(*l->layers)) < 0)
		return NULL;
	l->layers = p;
	l->layers[l->n] = (struct rkx_layer){ .op_idx = op_idx, .task = task };
	return &l->layers[l->n++];
}

/* One bad task makes a bad operator; one that is not judged, a skipped one. */
static void
note_task(struct rkx_layer *l, size_t task, const struct rkx_layer_task *t)
{
	l->compared += t->compared;
	if (t->bad && l->verdict != RKX_LAYER_FAIL) {
		l->verdict = RKX_LAYER_FAIL;
		l->why = NULL;
		l->task = task;
		l->k = t->first_bad.k;
		l->y = t->first_bad.y;
		l->x = t->first_bad.x;
		l->got = t->first_bad.got;
		l->low = t->first_bad.want.lo;
		l->high = t->first_bad.want.hi;
	} else if (t->why && l->verdict == RKX_LAYER_PASS) {
		l->verdict = RKX_LAYER_SKIP;
		l->task = task;
		l->why = t->why;
	}
}

/* Which BOs the tasks write: what is read from those, a device wrote. */
static void
find_written(struct check *c, bool *written)
{
	for (size_t i = 0; i < rkr_run_n_tasks(c->run); i++) {
		size_t n;
		const struct rkr_overlay_word *w = rkr_overlays_task(c->overlays, i, &n);

		for (size_t k = 0; k < n; k++) {
			const struct rkr_qword q = rkr_qword_decode(w[k].word);
			struct rkr_ref ref;

			if (q.offset != RKR_REG_DPU_DST_BASE_ADDR && q.offset != RKR_REG_PPU_DST_BASE_ADDR)
				continue;
			ref = rkr_run_resolve(c->run, RKR_SPACE_DMA, q.value, SIZE_MAX);
			if (ref.state == RKR_REF_BO)
				written[ref.bo] = true;
		}
	}
}

static int
check_tasks(struct check *c, const struct rkr_run *answer, struct rkr_error *err)
{
	_autofree_ bool *written = calloc(rkr_run_n_bos(c->run) + 1, sizeof(*written));
	_autofree_ struct rkx_layer_task *task = calloc(1, sizeof(*task));
	uint8_t **memory = NULL;
	int r = written && task ? 0 : -ENOMEM;

	if (r == 0) {
		find_written(c, written);
		r = rkx_layer_memory_new(c->run, answer, written, &memory, err);
	}
	if (r < 0)
		return r;
	task->run = c->run;
	task->memory = memory;
	c->task = task;
	for (size_t i = 0; i < rkr_run_n_tasks(c->run) && r == 0; i++) {
		struct rkr_task t;

		if (rkr_run_task(c->run, i, &t) < 0) {
			r = rkr_fail(err, -ENODATA, NULL, "task %zu of the table is not known", i);
			break;
		}
		struct rkx_layer *l = layer_of(c->result, t.op_idx, i);

		if (!l) {
			r = -ENOMEM;
			break;
		}
		check_task(c, i, &t);
		note_task(l, i, task);
	}
	rkx_layer_memory_free(memory, rkr_run_n_bos(c->run));
	return r;
}

static void
count(struct rkx_layers *l)
{
	size_t *const totals[] = {
		[RKX_LAYER_PASS] = &l->passed, [RKX_LAYER_FAIL] = &l->failed, [RKX_LAYER_SKIP] = &l->skipped
	};

	for (size_t i = 0; i < l->n; i++)
		++*totals[l->layers[i].verdict];
}

/* ---- The interface */

int
rkx_layers_check(const struct rkr_run *run, const struct rkr_run *answer,
		 const struct rkx_layers_options *options, struct rkx_layers **ret_layers,
		 struct rkr_error *err)
{
	rkr_cleanup(rkx_layers_free) struct rkx_layers *l = calloc(1, sizeof(*l));
	rkr_cleanup(rkr_overlays_free) struct rkr_overlays *overlays = NULL;
	struct check c = { .run = run, .result = l };
	int r = l ? rkr_overlays_new(run, &overlays, err) : -ENOMEM;

	if (options)
		c.options = *options;
	c.overlays = overlays;
	if (r == 0)
		r = check_tasks(&c, answer, err);
	if (r < 0)
		return r;
	count(l);
	*ret_layers = rkr_steal(l);
	return 0;
}

void
rkx_layers_free(struct rkx_layers *l)
{
	if (!l)
		return;
	free(l->layers);
	free(l);
}

const struct rkx_layer *
rkx_layers_bad(const struct rkx_layers *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->layers[i].verdict == RKX_LAYER_FAIL)
			return &l->layers[i];
	return NULL;
}

/* Whether an operator before @i was skipped for the same reason. */
static bool
is_again(const struct rkx_layers *l, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (l->layers[k].why && strcmp(l->layers[k].why, l->layers[i].why) == 0)
			return true;
	return false;
}

const char *
rkx_layers_reason(const struct rkx_layers *l, size_t i, size_t *ret_count)
{
	for (size_t k = 0; k < l->n; k++) {
		if (!l->layers[k].why || is_again(l, k) || i-- > 0)
			continue;
		*ret_count = 0;
		for (size_t j = k; j < l->n; j++)
			*ret_count += l->layers[j].why && strcmp(l->layers[j].why, l->layers[k].why) == 0;
		return l->layers[k].why;
	}
	return NULL;
}
