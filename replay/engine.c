/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine.h"

#include <errno.h>
#include <string.h>

#include "engine-priv.h"
#include "fingerprint.h"

#define MS UINT64_C(1000000)

static const struct rkx_device_ops *
ops(const struct rkx_work *w)
{
	return w->e->device->ops;
}

/* Whether to go on after a failure: if the source's client saw it too, and it was no submit. */
static bool
tolerated(const struct rkx_step *s, int r)
{
	return s->fails && r < 0 && r != -ECANCELED && r != -ENOTRECOVERABLE && s->kind != RKX_STEP_SUBMIT;
}

static void
take_steps(struct rkx_work *w)
{
	size_t n;
	const struct rkx_step *steps = rkx_plan_steps(w->plan, &n);

	w->out.step = n;
	for (size_t i = 0; i < n; i++) {
		if (w->e->stop && w->e->stop(w->e->stop_data)) {
			w->out.stopped = true;
			w->out.step = i;
			w->out.ret = -ECANCELED;
			return;
		}
		int r = rkx_work_take(w, &steps[i]);

		if (r == 0 || tolerated(&steps[i], r)) {
			w->out.taken++;
			continue;
		}
		w->out.ret = r;
		w->out.step = i;
		w->out.crashed = r == -ENOTRECOVERABLE;
		return;
	}
}

static void
keep_first(int *first, int r)
{
	if (r < 0 && *first == 0)
		*first = r;
}

/*
 * Give back what is left, in the reverse order of what was made. Also if the
 * journal has failed: then without it, since what is not given back is worse.
 */
static void
clean_up(struct rkx_work *w)
{
	if (w->out.crashed)
		return;
	if (w->out.left) {
		if (w->out.journal == 0)
			rkx_journal_note(w->e->journal, "%s: " RKX_LINE_UNCOMMITTED, w->e->name);
		/* The memory of this process is its own. */
		for (uint32_t i = 0; i < w->n_bos; i++)
			if (w->real[i].mapped)
				keep_first(&w->out.cleanup,
					   ops(w)->unmap(w->e->device, w->real[i].data, w->real[i].length));
		return;
	}
	if (w->rest_ms)
		ops(w)->sleep(w->e->device, w->rest_ms * MS);
	for (uint32_t i = (uint32_t)w->n_bos; i-- > 0;) {
		struct rkx_real *real = &w->real[i];
		struct rkr_abi_mem_destroy arg = { .handle = real->bo.handle, .obj_addr = real->bo.obj };

		if (real->mapped) {
			int r = rkx_work_unmap(w, i);

			if (r == -ECANCELED && w->out.journal)
				r = ops(w)->unmap(w->e->device, real->data, real->length);
			keep_first(&w->out.cleanup, r);
		}
		if (!real->created || real->destroyed)
			continue;
		int r = rkx_work_destroy(w, i);

		if (r == -ECANCELED && w->out.journal)
			r = rkx_device_mem_destroy(w->e->device, w->permit, &arg);
		keep_first(&w->out.cleanup, r);
	}
}

/* The BOs as the plan wants them; where they are is not known yet. */
static int
prepare(struct rkx_work *w)
{
	size_t n_pieces;
	const struct rkr_bo *bos = rkx_plan_bos(w->plan, &w->n_bos);

	rkx_plan_pieces(w->plan, &n_pieces);
	w->real = calloc(w->n_bos + 1, sizeof(*w->real));
	w->layout = calloc(w->n_bos + 1, sizeof(*w->layout));
	w->filled = calloc(n_pieces + 1, sizeof(*w->filled));
	w->read = calloc(w->n_bos + 1, sizeof(*w->read));
	if (!w->real || !w->layout || !w->filled || !w->read)
		return -ENOMEM;
	for (size_t i = 0; i < w->n_bos; i++) {
		struct rkr_bo *bo = &w->real[i].bo;

		*bo = bos[i];
		bo->known = RKR_BO_SIZE | RKR_BO_ALIGNED | RKR_BO_FLAGS;
		bo->gem_name = 0;
		bo->prime_fd = -1;
		bo->born = bo->died = w->real[i].died = SIZE_MAX;
	}
	return rkx_notes_new(&w->notes);
}

static void
release(struct rkx_work *w)
{
	rkx_permit_free(w->own);
	rkx_calls_free(w->notes.calls);
	for (size_t i = 0; w->read && i < w->n_bos; i++)
		free(w->read[i]);
	free(w->real);
	free(w->layout);
	free(w->filled);
	free(w->read);
}

int
rkx_engine_run(const struct rkx_engine *engine, struct rkx_plan *plan, const struct rkx_permit *permit,
	       struct rkx_outcome *ret_outcome, struct rkr_error *err)
{
	struct rkx_work w = { .e = engine, .plan = plan, .permit = permit, .err = err };
	uint64_t seq = 0;

	if (!rkx_permit_covers(permit, plan))
		return rkr_fail(err, -EACCES, NULL, "there is no permit for the plan where it is placed");
	char hex[RKR_SHA256_HEX];
	int r = rkx_plan_fingerprint(plan, hex);

	/* What was run must be known again after a crash. Only memory can be short: the gates had it, too. */
	if (r < 0)
		return rkr_fail(err, r, NULL, "the run has no fingerprint: %s", strerror(-r));
	r = prepare(&w);
	if (r == 0) {
		if (rkx_work_begin(&w, &seq, "%s%s",
				   engine->facts->emulated ? RKX_LINE_EMULATED_JOB : RKX_LINE_JOB, hex) < 0)
			w.out.ret = -ECANCELED;
		else
			take_steps(&w);
		clean_up(&w);
		if (seq && w.out.journal == 0)
			rkx_work_end(&w, seq, w.out.ret);
		if (w.refused)
			r = -EACCES;
		else
			r = rkx_note_memory(&w.notes, plan, w.real, w.filled, w.read);
	}
	release(&w);
	if (r < 0) {
		rkr_run_free(w.notes.run);
		free(w.out.answers);
		return r == -EACCES ? r
				    : rkr_fail(err, r, NULL, "what the device answered could not be kept");
	}
	w.out.run = w.notes.run;
	*ret_outcome = w.out;
	return 0;
}

void
rkx_outcome_free(struct rkx_outcome *outcome)
{
	rkr_run_free(outcome->run);
	free(outcome->answers);
	*outcome = (struct rkx_outcome){ 0 };
}

const struct rkx_answer *
rkx_outcome_answer(const struct rkx_outcome *outcome)
{
	return outcome->n_answers ? &outcome->answers[outcome->n_answers - 1] : NULL;
}
