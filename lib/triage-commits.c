/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "model-submit.h"
#include "trace-fields.h"
#include "triage-priv.h"
#include "util.h"

/*
 * Rows of the PC-commit trace, and of interrupts: they name their core, and
 * stand in an order, so that a row that is there already begins a new job.
 */

#define U(kind, field) ((uint32_t)rkr_get_u(r, RKR_F_##kind##_##field))
#define HAS(kind, field) rkr_has(r, RKR_F_##kind##_##field)

static bool
number_after(const char **p, const char *end, uint32_t *ret)
{
	uint64_t v = 0;
	const char *s = *p;

	if (end - s > 2 && s[0] == '0' && s[1] == 'x')
		s += 2;
	const char *from = s;

	for (; s < end && v <= UINT32_MAX; s++) {
		int digit = *s >= '0' && *s <= '9' ? *s - '0' : *s >= 'a' && *s <= 'f' ? *s - 'a' + 10 : -1;

		if (digit < 0)
			break;
		v = v * 16 + (uint64_t)digit;
	}
	*p = s;
	*ret = (uint32_t)v;
	return s > from && v <= UINT32_MAX;
}

/* "TASK_STATUS_ALL=0x0 CNA=0x0/0xe ...": S_STATUS and S_POINTER of each block [source: the trace patch]. */
static void
read_more(const struct rkr_record *r, int field, struct rkr_job_state *state)
{
	static const char *const names[RKR_JOB_BLOCKS] = {
		"CNA", "CORE", "DPU", "DPU_RDMA", "PPU", "PPU_RDMA"
	};
	const struct rkr_blob *b;
	const char *p, *end;

	if (!rkr_has(r, field))
		return;
	b = rkr_get_b(r, field);
	for (p = b->data, end = p + b->len; p < end;) {
		const char *word = p;

		while (p < end && *p != '=' && *p != ' ')
			p++;
		size_t len = (size_t)(p - word);

		if (p == end || *p != '=') {
			p += p < end;
			continue;
		}
		p++;
		if (len == 15 && memcmp(word, "TASK_STATUS_ALL", 15) == 0)
			state->has_task_status = number_after(&p, end, &state->task_status);
		for (size_t i = 0; i < RKR_JOB_BLOCKS; i++) {
			struct rkr_job_block block;

			if (strlen(names[i]) != len || memcmp(word, names[i], len) != 0)
				continue;
			if (!number_after(&p, end, &block.status) || p == end || *p++ != '/' ||
			    !number_after(&p, end, &block.pointer))
				break;
			state->has |= 1u << i;
			state->block[i] = block;
		}
		while (p < end && *p != ' ')
			p++;
		p += p < end;
	}
}

/* ---- commits: known by their core ---- */

/* A core goes to another job: what it had there is over, and how that ended no row told. */
static void
leave_core(struct rkr_triage *t, unsigned core)
{
	if (t->at_core[core])
		rkr_jobs_close(t, t->at_core[core]);
}

static bool
lacks_core_of_mask(const struct rkr_job *j, uint64_t arg)
{
	uint32_t mask = (uint32_t)(arg >> 8), core = (uint32_t)(arg & 0xff);

	return !j->dying && j->mask == mask && !(j->cores >> core & 1);
}

/* Whether a row is the one that the core's job has already: logs are pasted and collected twice. */
static bool
is_copy(struct rkr_triage *t, const struct rkr_job *j, unsigned core, enum rkr_job_row row)
{
	if (!j || !(j->core[core].rows & 1u << row) || !t->has_now || !j->has.ended || j->ended != t->now)
		return false;
	t->verdict.doubled++;
	return true;
}

static void
take_prelude(struct rkr_triage *t, const struct rkr_record *r, unsigned core)
{
	struct rkr_job *j = t->at_core[core];
	uint32_t mask = U(pc_prelude, core_mask) & RKR_TRIAGE_ALL_CORES;

	if (is_copy(t, j, core, RKR_JOB_ROW_PRELUDE))
		return;
	leave_core(t, core);
	j = NULL;
	if (rkr_core_count(mask) > 1)
		j = rkr_jobs_oldest(t, lacks_core_of_mask, (uint64_t)mask << 8 | core);
	if (!j)
		j = rkr_jobs_new(t);
	if (rkr_core_mask_committable(mask) && mask >> core & 1)
		j->mask = mask;
	t->at_core[core] = j;
	if (HAS(pc_prelude, core_mask) && !j->mask)
		rkr_job_say_odd(j, core, t->here, "core_mask", 1u << core, mask,
				"the driver commits to 1, 2, 4, 3 or 7, with this core in it");
	struct rkr_job_core *c = &j->core[core];

	c->before_status = U(pc_prelude, task_status);
	c->before_raw = U(pc_prelude, int_raw);
	c->has.before = HAS(pc_prelude, task_status) && HAS(pc_prelude, int_raw);
	read_more(r, RKR_F_pc_prelude_more, &c->at_start);
	rkr_jobs_mark(t, j, RKR_JOB_ROW_PRELUDE, (int)core);
}

/* The core's job for a row that comes behind its prelude; without one, rows are missing. */
static struct rkr_job *
job_at(struct rkr_triage *t, unsigned core, enum rkr_job_row row)
{
	struct rkr_job *j = t->at_core[core];

	if (is_copy(t, j, core, row))
		return NULL;
	if (j && !(j->core[core].rows & 1u << row))
		return j;
	leave_core(t, core);
	t->verdict.missing++;
	return t->at_core[core] = rkr_jobs_new(t);
}

/* The tasks that the driver says it read, against the table that the log shows. */
static void
check_table(const struct rkr_triage *t, struct rkr_job *j, unsigned core, const struct rkr_record *r)
{
	const struct rkr_job_core *c = &j->core[core];
	int64_t first = c->start, last = (int64_t)c->start + c->number - 1;

	if (t->tasks_differ || first < 0 || last >= RKR_TRIAGE_TASKS || !t->has_task[first] ||
	    !t->has_task[last])
		return;
	const struct rkr_task *f = &t->task[first];
	const struct {
		const char *field;
		uint64_t want, got;
	} tasks[] = {
		{ "first_regcmd", f->regcmd_addr, c->regcmd },
		{ "first_amount", f->regcfg_amount, c->first_amount },
		{ "first_enable", f->enable_mask, c->first_enable },
		{ "first_int", f->int_mask, U(pc_trace, first_int) },
		{ "last_int", t->task[last].int_mask, c->require },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(tasks); i++)
		if (tasks[i].want != tasks[i].got)
			rkr_job_say_odd(j, core, t->here, tasks[i].field, tasks[i].want, tasks[i].got,
					"the driver read another task than the table in the log has there");
}

static void
take_trace(struct rkr_triage *t, const struct rkr_record *r, unsigned core)
{
	struct rkr_job *j = job_at(t, core, RKR_JOB_ROW_TRACE);

	if (!j)
		return;
	struct rkr_job_core *c = &j->core[core];

	rkr_jobs_mark(t, j, RKR_JOB_ROW_TRACE, (int)core);
	if (!j->mask && HAS(pc_trace, use_core_num) && U(pc_trace, use_core_num) == 1)
		j->mask = 1u << core;
	c->round = U(pc_trace, submit_index);
	c->start = (int32_t)rkr_get_u(r, RKR_F_pc_trace_task_start);
	c->number = (int32_t)rkr_get_u(r, RKR_F_pc_trace_task_number);
	c->first_enable = U(pc_trace, first_enable);
	c->first_amount = U(pc_trace, first_amount);
	c->regcmd = rkr_get_u(r, RKR_F_pc_trace_first_regcmd);
	c->require = U(pc_trace, last_int);
	c->has.require = HAS(pc_trace, last_int);
	c->has.tasks =
		HAS(pc_trace, task_number) && c->number >= 1 && c->number <= (int32_t)RKR_TASKS_PER_COMMIT;
	if (HAS(pc_trace, task_number) && !c->has.tasks)
		rkr_job_say_odd(j, core, t->here, "task_number", 1, (uint64_t)(int64_t)c->number,
				"a commit runs 1 to 4095 tasks");
	c->has.commit = rkr_trace_commit(r, core, &c->commit);
	if (c->has.commit)
		check_table(t, j, core, r);
}

static void
take_irq_valid(struct rkr_triage *t, const struct rkr_record *r, unsigned core)
{
	struct rkr_job *j = t->at_core[core];

	if (!j && t->before[core].known && t->has_now && t->before[core].timed &&
	    t->before[core].ended == t->now) {
		t->verdict.doubled++;
		return;
	}
	if (!j || j->core[core].rows & ROW(IRQ_VALID)) {
		j = job_at(t, core, RKR_JOB_ROW_IRQ_VALID);
		if (!j)
			return;
	}
	struct rkr_job_core *c = &j->core[core];

	c->irq_status = U(pc_irq_valid, status);
	c->has.irq = HAS(pc_irq_valid, status);
	c->irq_counter = U(pc_irq_valid, task_counter) & RKR_TASK_COUNTER_MASK;
	c->has_irq_counter = HAS(pc_irq_valid, task_counter);
	c->irq_addr = U(pc_irq_valid, data_addr);
	c->has_irq_addr = HAS(pc_irq_valid, data_addr);
	rkr_jobs_mark(t, j, RKR_JOB_ROW_IRQ_VALID, (int)core);
	rkr_job_check_shown(j, core, t->here, r);
	if (c->has.irq && HAS(pc_irq_valid, require) &&
	    !rkr_int_completes(c->irq_status, U(pc_irq_valid, require)))
		rkr_job_say_odd(j, core, t->here, "status", U(pc_irq_valid, require), c->irq_status,
				"the driver does not take this status for the end of the job");
	if (!j->dying && rkr_job_all_interrupted(j))
		rkr_jobs_close(t, j);
}

void
rkr_jobs_take_irq_invalid(struct rkr_triage *t, const struct rkr_record *r)
{
	struct rkr_job *only = NULL;
	size_t n = 0; /* of two jobs on three cores one may be counted twice, which makes them no fewer */

	rkr_triage_see(t, RKR_SIGN_IRQ_INVALID);
	for (unsigned i = 0; i < RKR_TRIAGE_CORES; i++)
		if (t->at_core[i] && t->at_core[i] != only) {
			only = t->at_core[i];
			n++;
		}
	if (n == 1) {
		for (unsigned i = 0; i < RKR_TRIAGE_CORES; i++)
			if (only->cores >> i & 1)
				only->core[i].invalid_status = U(irq_invalid, irq_status);
		if (HAS(irq_invalid, irq_status) && HAS(irq_invalid, require_mask) &&
		    rkr_int_completes(U(irq_invalid, irq_status), U(irq_invalid, require_mask)))
			rkr_job_say_odd(only, 0, t->here, "irq_status", 0, U(irq_invalid, irq_status),
					"the driver must have taken this status for the end of the job");
		rkr_jobs_mark(t, only, RKR_JOB_ROW_IRQ_INVALID, -1);
		return;
	}
	t->pending_irq = t->here;
	t->pending_status = U(irq_invalid, irq_status);
}

void
rkr_jobs_take_pending_irq(struct rkr_triage *t, struct rkr_job *j)
{
	if (!t->pending_irq.line || j->rows & ROW(IRQ_INVALID))
		return;
	j->at[RKR_JOB_ROW_IRQ_INVALID] = t->pending_irq;
	j->rows |= ROW(IRQ_INVALID);
	t->pending_irq.line = 0;
}

void
rkr_jobs_take_stopped(struct rkr_triage *t, const struct rkr_record *r, struct rkr_job *j, unsigned core,
		      enum rkr_job_row row)
{
	bool invalid = row == RKR_JOB_ROW_PC_INVALID;
	int addr = invalid ? RKR_F_pc_irq_invalid_data_addr : RKR_F_pc_timeout_data_addr;
	int more = invalid ? RKR_F_pc_irq_invalid_more : RKR_F_pc_timeout_more;

	j->core[core].stop_addr = (uint32_t)rkr_get_u(r, addr);
	j->core[core].has.stop = rkr_has(r, addr);
	read_more(r, more, &j->core[core].at_stop);
	rkr_jobs_mark(t, j, row, (int)core);
	rkr_job_check_shown(j, core, t->here, r);
}

bool
rkr_jobs_commit_row(struct rkr_triage *t, const struct rkr_record *r)
{
	unsigned core;
	struct rkr_job *j;

	switch ((int)r->kind) {
	case RKR_KIND_pc_prelude:
		if (rkr_jobs_core_of(r, RKR_F_pc_prelude_core, &core))
			take_prelude(t, r, core);
		return true;
	case RKR_KIND_pc_trace:
		if (rkr_jobs_core_of(r, RKR_F_pc_trace_core, &core))
			take_trace(t, r, core);
		return true;
	case RKR_KIND_pc_regs:
		j = rkr_jobs_core_of(r, RKR_F_pc_regs_core, &core) ? job_at(t, core, RKR_JOB_ROW_REGS) : NULL;
		if (j)
			rkr_jobs_mark(t, j, RKR_JOB_ROW_REGS, (int)core);
		if (j)
			rkr_job_check_shown(j, core, t->here, r);
		return true;
	case RKR_KIND_pc_armed:
		j = rkr_jobs_core_of(r, RKR_F_pc_armed_core, &core) ? job_at(t, core, RKR_JOB_ROW_ARMED)
								    : NULL;
		if (j)
			rkr_jobs_mark(t, j, RKR_JOB_ROW_ARMED, (int)core);
		if (j && HAS(pc_armed, op_en) && U(pc_armed, op_en))
			rkr_job_say_odd(j, core, t->here, "PC_OP_EN", 0, U(pc_armed, op_en),
					"the pulse is over when the row is printed");
		return true;
	case RKR_KIND_pc_irq_valid:
		if (rkr_jobs_core_of(r, RKR_F_pc_irq_valid_core, &core))
			take_irq_valid(t, r, core);
		return true;
	case RKR_KIND_pc_irq_invalid:
		if (!rkr_jobs_core_of(r, RKR_F_pc_irq_invalid_core, &core))
			return true;
		j = job_at(t, core, RKR_JOB_ROW_PC_INVALID);
		if (j)
			rkr_jobs_take_stopped(t, r, j, core, RKR_JOB_ROW_PC_INVALID);
		if (j)
			rkr_jobs_take_pending_irq(t, j);
		return true;
	case RKR_KIND_pc_timeout:
		if (rkr_jobs_core_of(r, RKR_F_pc_timeout_core, &core))
			rkr_jobs_take_pc_timeout(t, r, core);
		return true;
	default:
		return false;
	}
}
