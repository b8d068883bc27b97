/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "triage-priv.h"
#include "util.h"

/*
 * Jobs from rows. A commit is known by its core; the rows of a job that is
 * given up name none until its status does, so such a job is "dying": its
 * rows go to the oldest dying job that still lacks them, and with the first
 * row that names a core it takes over what that core's commit has told.
 */

void
rkr_jobs_close(struct rkr_triage *t, struct rkr_job *j)
{
	rkr_triage_judge_job(t, j);
	for (size_t i = 0; i < RKR_TRIAGE_CORES; i++)
		if (t->at_core[i] == j)
			t->at_core[i] = NULL;
	if (j->closing)
		t->n_closing--;
	t->used[j - t->open] = false;
	if (t->sink.job && t->failed == 0)
		t->failed = t->sink.job(t->sink.data, j);
}

void
rkr_triage_close_ended(struct rkr_triage *t)
{
	for (size_t i = 0; i < RKR_TRIAGE_OPEN && t->n_closing; i++)
		if (t->used[i] && t->open[i].closing)
			rkr_jobs_close(t, &t->open[i]);
}

/* The oldest open job for which @takes holds. */
struct rkr_job *
rkr_jobs_oldest(struct rkr_triage *t, bool (*takes)(const struct rkr_job *j, uint64_t arg), uint64_t arg)
{
	struct rkr_job *found = NULL;

	for (size_t i = 0; i < RKR_TRIAGE_OPEN; i++)
		if (t->used[i] && takes(&t->open[i], arg) && (!found || t->open[i].number < found->number))
			found = &t->open[i];
	return found;
}

static bool
any(const struct rkr_job *j, uint64_t arg)
{
	(void)j;
	(void)arg;
	return true;
}

void
rkr_triage_close_all(struct rkr_triage *t)
{
	for (struct rkr_job *j; (j = rkr_jobs_oldest(t, any, 0));)
		rkr_jobs_close(t, j);
}

struct rkr_job *
rkr_jobs_new(struct rkr_triage *t)
{
	size_t i = 0;

	while (i < RKR_TRIAGE_OPEN && t->used[i])
		i++;
	if (i == RKR_TRIAGE_OPEN) {
		struct rkr_job *old = rkr_jobs_oldest(t, any, 0);

		i = (size_t)(old - t->open);
		rkr_jobs_close(t, old);
	}
	struct rkr_job *j = &t->open[i];

	memset(j, 0, sizeof(*j));
	t->used[i] = true;
	t->verdict.jobs++;
	j->number = ++t->last_number;
	j->resets = t->resets;
	if (t->domain.line) {
		j->rows |= ROW(DOMAIN);
		j->at[RKR_JOB_ROW_DOMAIN] = t->domain;
	}
	j->boot = (uint32_t)t->verdict.boots - 1;
	j->first = t->here;
	j->began = t->now;
	j->has.began = t->has_now;
	return j;
}

/* Note that a job has a row. */
void
rkr_jobs_mark(struct rkr_triage *t, struct rkr_job *j, enum rkr_job_row row, int core)
{
	if (!(j->rows & 1u << row))
		j->at[row] = t->here;
	j->rows |= 1u << row;
	j->last = t->here;
	if (t->has_now) {
		j->ended = t->now;
		j->has.ended = true;
	}
	if (core >= 0) {
		j->core[core].rows |= 1u << row;
		j->cores |= 1u << core;
	}
}

bool
rkr_jobs_core_of(const struct rkr_record *r, int field, unsigned *ret_core)
{
	uint64_t core = rkr_get_u(r, field);

	if (!rkr_has(r, field) || core >= RKR_TRIAGE_CORES)
		return false;
	*ret_core = (unsigned)core;
	return true;
}

/* A dying job turns out to be on a core: it is the one that was committed there. */
struct rkr_job *
rkr_jobs_adopt(struct rkr_triage *t, struct rkr_job *j, unsigned core)
{
	struct rkr_job *there = t->at_core[core];

	if (there && there != j && !there->dying) {
		struct rkr_job_core *c = &j->core[core];

		/* One job has one number, that of its first row; the other is free if it was the last. */
		t->last_number -= j->number == t->last_number;
		for (size_t i = 0; i < RKR_JOB_ROWS; i++)
			if (there->rows >> i & 1 && !(j->rows >> i & 1))
				j->at[i] = there->at[i];
		j->rows |= there->rows;
		uint32_t rows = c->rows;

		*c = there->core[core];
		c->rows |= rows;
		j->cores |= 1u << core;
		j->mask |= there->mask;
		j->number = there->number;
		j->first = there->first;
		j->resets = there->resets;
		j->began = there->began;
		j->has.began = there->has.began;
		for (size_t i = 0; i < there->n_odd && j->n_odd < RKR_JOB_ODD_MAX; i++)
			j->odd[j->n_odd++] = there->odd[i];
		for (unsigned i = 0; i < RKR_TRIAGE_CORES; i++)
			if (t->at_core[i] == there && i != core && there->cores >> i & 1) {
				j->core[i] = there->core[i];
				j->cores |= 1u << i;
				t->at_core[i] = j;
			}
		t->used[there - t->open] = false;
		t->verdict.jobs--;
	}
	t->at_core[core] = j;
	return j;
}
