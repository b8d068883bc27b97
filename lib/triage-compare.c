/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "triage-compare.h"

#include <errno.h>
#include <string.h>

#include "triage-priv.h"
#include "util.h"

/* What is compared of a job, in the order in which it comes to pass. */
enum value {
	MASK,
	TASKS,
	AMOUNT,
	ENABLE,
	REQUIRE,
	ROUND,
	BEFORE_RAW,
	BEFORE_COUNTER,
	BEFORE_CNA,
	BEFORE_DPU,
	BEFORE_RDMA,
	END,
	IRQ_STATUS,
	IRQ_COUNTER,
	STOP_RAW,
	STOP_COUNTER,
	FLAGS,
	VALUES,
};

static const struct {
	const char *name;
	const char *meaning;
} values[VALUES] = {
	[MASK] = { "mask", "another core, or another number of cores: the scheduler picked differently" },
	[TASKS] = { "tasks", "another range of the task table was committed" },
	[AMOUNT] = { "first_amount", "another first task" },
	[ENABLE] = { "first_enable", "another first task: other blocks are started" },
	[REQUIRE] = { "require_mask", "another end is waited for" },
	[ROUND] = { "submit_index", "another part of a long submit" },
	[BEFORE_RAW] = { "int_raw before", "interrupt bits were left from before the commit" },
	[BEFORE_COUNTER] = { "task_counter before",
			     "the registers had another past: power was lost, or a reset" },
	[BEFORE_CNA] = { "CNA.S_STATUS before", "the CNA had not let go of the job before" },
	[BEFORE_DPU] = { "DPU.S_POINTER before", "the DPU was at another register group" },
	[BEFORE_RDMA] = { "DPU_RDMA.S_POINTER before", "the DPU_RDMA was at another register group" },
	[END] = { "end", "the job ended in another way" },
	[IRQ_STATUS] = { "irq_status", "other bits ended it: another group, or another block" },
	[IRQ_COUNTER] = { "task_counter", "its interrupt came at another task" },
	[STOP_RAW] = { "raw_status", "it stood at another place" },
	[STOP_COUNTER] = { "task_counter at the timeout", "it stood at another task" },
	[FLAGS] = { "job flags", "the interrupt came, or not, in the time of grace" },
};

struct digest {
	uint64_t number;
	struct rkr_triage_place place;
	uint32_t has;
	uint32_t value[VALUES];
};

struct rkr_compare {
	struct {
		struct digest *jobs;
		size_t n, cap;
		uint64_t left_out;
	} log[2];
};

int
rkr_compare_new(struct rkr_compare **ret_compare)
{
	struct rkr_compare *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	*ret_compare = c;
	return 0;
}

void
rkr_compare_free(struct rkr_compare *compare)
{
	if (!compare)
		return;
	free(compare->log[0].jobs);
	free(compare->log[1].jobs);
	free(compare);
}

static void
put(struct digest *d, enum value at, bool has, uint32_t value)
{
	if (has)
		d->has |= 1u << at;
	d->value[at] = has ? value : 0;
}

static void
put_block(struct digest *d, enum value at, const struct rkr_job_core *c, enum rkr_job_blocks block,
	  bool pointer)
{
	const struct rkr_job_block *b = &c->at_start.block[block];

	put(d, at, c->at_start.has >> block & 1, pointer ? b->pointer : b->status);
}

static void
make_digest(struct digest *d, const struct rkr_job *j)
{
	const struct rkr_job_core *c = &j->core[0];

	for (unsigned i = RKR_TRIAGE_CORES; i-- > 0;)
		if (j->cores >> i & 1)
			c = &j->core[i];
	*d = (struct digest){ .number = j->number, .place = j->first };
	put(d, MASK, j->mask, j->mask);
	put(d, TASKS, c->has.tasks, (uint32_t)c->number);
	put(d, AMOUNT, c->rows & ROW(TRACE), c->first_amount);
	put(d, ENABLE, c->rows & ROW(TRACE), c->first_enable);
	put(d, REQUIRE, c->has.require, c->require);
	put(d, ROUND, c->rows & ROW(TRACE), c->round);
	put(d, BEFORE_RAW, c->has.before, c->before_raw & RKR_INT_NAMED);
	put(d, BEFORE_COUNTER, c->has.before, c->before_status & RKR_TASK_COUNTER_MASK);
	put_block(d, BEFORE_CNA, c, RKR_JOB_CNA, false);
	put_block(d, BEFORE_DPU, c, RKR_JOB_DPU, true);
	put_block(d, BEFORE_RDMA, c, RKR_JOB_RDMA, true);
	put(d, END, j->end != RKR_END_UNSEEN, j->end);
	put(d, IRQ_STATUS, c->has.irq, c->irq_status & RKR_INT_NAMED);
	put(d, IRQ_COUNTER, c->has_irq_counter, c->irq_counter);
	put(d, STOP_RAW, c->rows & ROW(STATUS) && c->has.raw, c->raw & RKR_INT_NAMED);
	put(d, STOP_COUNTER, c->rows & ROW(STATUS) && c->has.counter, c->counter);
	put(d, FLAGS, j->has.job_flags, j->job_flags);
}

int
rkr_compare_add(struct rkr_compare *compare, unsigned log, const struct rkr_job *job)
{
	size_t n = compare->log[log].n;
	int r;

	if (n == RKR_COMPARE_JOBS) {
		compare->log[log].left_out++;
		return 0;
	}
	r = rkr_grow((void **)&compare->log[log].jobs, &compare->log[log].cap, n + 1, sizeof(struct digest));
	if (r < 0)
		return r;
	make_digest(&compare->log[log].jobs[n], job);
	compare->log[log].n++;
	return 0;
}

uint64_t
rkr_compare_left_out(const struct rkr_compare *compare, unsigned log)
{
	return compare->log[log].left_out;
}

/* Whether two jobs may be the same one: nothing that was asked for differs. */
static bool
same_work(const struct digest *a, const struct digest *b)
{
	for (unsigned i = TASKS; i <= ROUND; i++)
		if (a->has & b->has & 1u << i && a->value[i] != b->value[i])
			return false;
	return true;
}

/* How far to look for the job that stands elsewhere. */
#define LOOK_AHEAD 16

/* How many jobs to pass over in @in to come to one like @job; 0: none is near. */
static size_t
distance(const struct digest *job, const struct digest *in, size_t n)
{
	for (size_t i = 1; i < n && i <= LOOK_AHEAD; i++)
		if (same_work(job, &in[i]))
			return i;
	return 0;
}

static int
tell_fields(const struct digest *a, const struct digest *b,
	    int (*tell)(void *data, const struct rkr_divergence *divergence), void *data)
{
	int r = 0;

	for (unsigned i = 0; i < VALUES && r >= 0; i++) {
		if (!(a->has & b->has & 1u << i) || a->value[i] == b->value[i])
			continue;
		const struct rkr_divergence d = { .number = { a->number, b->number },
						  .place = { a->place, b->place },
						  .field = values[i].name,
						  .value = { a->value[i], b->value[i] },
						  .meaning = values[i].meaning,
						  .is_end = i == END };

		r = tell(data, &d);
	}
	return r;
}

static int
tell_lone(const struct digest *job, unsigned log,
	  int (*tell)(void *data, const struct rkr_divergence *divergence), void *data)
{
	struct rkr_divergence d = { .meaning = log ? "a job that the other log does not have"
						   : "a job of the other log that this one lacks" };

	d.number[log] = job->number;
	d.place[log] = job->place;
	return tell(data, &d);
}

int
rkr_compare_run(const struct rkr_compare *compare,
		int (*tell)(void *data, const struct rkr_divergence *divergence), void *data)
{
	const struct digest *a = compare->log[0].jobs, *b = compare->log[1].jobs;
	size_t na = compare->log[0].n, nb = compare->log[1].n, i = 0, k = 0;
	int r = 0;

	while (r >= 0 && i < na && k < nb) {
		size_t skip_a = 0, skip_b = 0;

		if (!same_work(&a[i], &b[k])) {
			skip_a = distance(&b[k], &a[i], na - i);
			skip_b = distance(&a[i], &b[k], nb - k);
		}
		if (skip_b && (!skip_a || skip_b <= skip_a)) {
			for (size_t n = 0; n < skip_b && r >= 0; n++)
				r = tell_lone(&b[k++], 1, tell, data);
			continue;
		}
		if (skip_a) {
			for (size_t n = 0; n < skip_a && r >= 0; n++)
				r = tell_lone(&a[i++], 0, tell, data);
			continue;
		}
		r = tell_fields(&a[i++], &b[k++], tell, data);
	}
	for (; r >= 0 && i < na; i++)
		r = tell_lone(&a[i], 0, tell, data);
	for (; r >= 0 && k < nb; k++)
		r = tell_lone(&b[k], 1, tell, data);
	return r;
}
