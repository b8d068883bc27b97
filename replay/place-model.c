/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "place-model-priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/overlay.h"
#include "lib/regcmd.h"
#include "lib/util.h"

RKR_DEFINE_CLEANUP(struct rkr_overlays *, rkr_overlays_free)
RKR_DEFINE_CLEANUP(struct rkx_model *, rkx_model_free)

#define REG_BYTES 0x10000

/* ---- Reading */

static int
read_task(struct rkx_model *m, const struct rkr_overlays *overlays, size_t i)
{
	struct rkx_model_task *t = &m->tasks[i];
	size_t n;
	const struct rkr_overlay_word *w = rkr_overlays_task(overlays, i, &n);

	t->task = *rkr_network_task(m->network, i);
	t->reg = calloc(REG_BYTES / 4, sizeof(*t->reg));
	if (!t->reg)
		return -ENOMEM;
	for (size_t k = 0; k < n; k++) {
		const struct rkr_qword q = rkr_qword_decode(w[k].word);

		t->reg[q.offset / 4] = q.value;
	}
	t->conv = t->task.enable_mask & 1;
	t->place = i;
	return 0;
}

static int
read_tasks(struct rkx_model *m, const struct rkr_run *run, struct rkr_error *err)
{
	rkr_cleanup(rkr_overlays_free) struct rkr_overlays *overlays = NULL;
	int r = rkr_overlays_new(run, &overlays, err);

	if (r == 0)
		r = rkr_network_new(run, &m->network, err);
	if (r < 0)
		return r;
	/* The program for one core comes first. */
	m->n_tasks = rkr_network_list(m->network, 0).n;
	m->tasks = calloc(m->n_tasks + 1, sizeof(*m->tasks));
	m->places = calloc(m->n_tasks + 1, sizeof(*m->places));
	m->tensors = calloc(m->graph->n_tensors + 1, sizeof(*m->tensors));
	if (!m->tasks || !m->places || !m->tensors)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_tasks && r == 0; i++)
		r = read_task(m, overlays, i);
	return r;
}

/* ---- What was not computed */

/* The task of the program for one core that has the record of a task of the run; NULL: none. */
static struct rkx_model_task *
task_of(const struct rkx_model *m, size_t row)
{
	size_t original =
		row < m->program.n ? rkr_network_original(m->network, m->program.first + row) : SIZE_MAX;

	return original < m->n_tasks ? &m->tasks[original] : NULL;
}

void
rkx_model_note_skipped(struct rkx_model *m, const struct rkr_run *answer, uint32_t list, const char *why)
{
	struct rkr_task task;

	for (size_t i = 0; i < m->program.n && rkr_run_task(answer, i, &task) == 0; i++) {
		struct rkx_model_task *t = task_of(m, i);

		if (task.regcmd_addr == list && t && !t->skipped)
			t->skipped = strdup(why);
	}
}

const char *
rkx_model_skipped(const struct rkx_model *m, size_t i)
{
	return m->tasks[i].skipped;
}

const char *
rkx_model_skipped_row(const struct rkx_model *m, size_t row)
{
	const struct rkx_model_task *t = task_of(m, row);

	return t ? t->skipped : NULL;
}

uint32_t
rkx_model_op(const struct rkx_model *m, size_t i)
{
	return m->tasks[i].task.op_idx;
}

int
rkx_model_untrue(const struct rkx_model *m, bool *ret_untrue)
{
	static const enum rkx_buffer inputs[] = { RKX_FEATURES, RKX_SOURCE, RKX_OPERAND };
	/* Of each tensor: a part of it is not what it should be. */
	_autofree_ bool *bad = calloc(m->graph->n_tensors + 1, sizeof(*bad));

	if (!bad)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_tasks; i++) {
		const struct rkx_model_place *p = &m->places[i];

		ret_untrue[i] = false;
		for (size_t k = 0; k < RKR_ARRAY_LEN(inputs); k++)
			ret_untrue[i] = ret_untrue[i] || (p->size[inputs[k]] && bad[p->tensor[inputs[k]]]);
		if (p->size[RKX_OUTPUT] && (ret_untrue[i] || m->tasks[i].skipped))
			bad[p->tensor[RKX_OUTPUT]] = true;
	}
	return 0;
}

/* ---- The interface */

int
rkx_model_new(const struct rkr_run *run, const struct rkx_model_options *options,
	      struct rkx_model **ret_model, struct rkr_error *err)
{
	rkr_cleanup(rkx_model_free) struct rkx_model *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->graph = options->graph;
	int r = read_tasks(m, run, err);

	if (r == 0)
		r = rkx_model_make_submits(m, options->cores, err);
	if (r == 0)
		r = rkx_model_measure(m, err);
	if (r == 0)
		r = rkx_model_build(m, options, err);
	if (r == 0)
		*ret_model = rkr_steal(m);
	return r;
}

void
rkx_model_free(struct rkx_model *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->tasks && i < m->n_tasks; i++) {
		free(m->tasks[i].reg);
		free(m->tasks[i].skipped);
	}
	free(m->tasks);
	free(m->places);
	free(m->tensors);
	free(m->submits);
	rkr_network_free(m->network);
	rkr_run_free(m->run);
	free(m);
}

const struct rkr_run *
rkx_model_run(const struct rkx_model *m)
{
	return m->run;
}

const struct rkx_inference *
rkx_model_inference(const struct rkx_model *m)
{
	return &m->inference;
}

size_t
rkx_model_n_tasks(const struct rkx_model *m)
{
	return m->n_tasks;
}
