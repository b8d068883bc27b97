/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>

#include "checks-priv.h"
#include "lib/regs-ids.h"
#include "model-commit.h"
#include "model-irq.h"
#include "trace-fields.h"
#include "util.h"

/*
 * The check of a PC commit trace: each commit writes what the driver makes of
 * its tasks, and each interrupt that ended a job was one that ends it.
 */

/* The commit that a core is at, as far as its rows have told. */
struct at_core {
	const struct rkr_record *prelude;
	const struct rkr_record *trace;
	struct rkr_commit commit;
	bool known; /* @commit */
};

struct trace {
	struct rkr_check_ctx *c;
	const struct rkr_task *tasks;
	size_t n;
	const struct rkr_record *submit; /* or NULL: the log shows none, or several */
	struct at_core core[RKR_NPU_CORES];
};

static void
expect(struct trace *t, size_t at, int field, uint64_t want)
{
	if (rkr_has(&t->c->run->records[at], field))
		rkr_check_field(t->c, at, field, want);
}

static bool
is_of_a_task(const struct trace *t, uint16_t offset, uint32_t value)
{
	if (value == 0)
		return offset == RKR_REG_PC_REGISTER_AMOUNTS || offset == RKR_REG_PC_BASE_ADDRESS;
	for (size_t i = 0; i < t->n; i++)
		if (offset == RKR_REG_PC_BASE_ADDRESS
			    ? (uint32_t)t->tasks[i].regcmd_addr == value
			    : rkr_commit_amount(t->tasks[i].regcfg_amount) == (value & 0xffff))
			return true;
	return t->n == 0;
}

/*
 * Registers as the commit left them. Once it runs the chain moves address and
 * amount on, and its last record clears them [captured: tails].
 */
static void
check_registers(struct trace *t, size_t at, const struct at_core *core)
{
	const struct rkr_record *r = &t->c->run->records[at];
	bool ran = r->kind != RKR_KIND_pc_regs;
	size_t n;
	const struct rkr_trace_field *shown = rkr_trace_fields(r->kind, &n);

	for (size_t i = 0; i < n && core->known; i++) {
		uint32_t value = (uint32_t)rkr_get_u(r, shown[i].field), want = 0;

		if (!rkr_has(r, shown[i].field) || !rkr_commit_value(&core->commit, shown[i].offset, &want))
			continue;
		if (ran && shown[i].moves && value != want)
			rkr_check_that(t->c, is_of_a_task(t, shown[i].offset, value), at, NULL,
				       rkr_kind_get(r->kind)->fields[shown[i].field].name,
				       rkr_check_text(t->c, "0x%x, or what a later task leaves", want),
				       rkr_check_text(t->c, "0x%x", value));
		else
			rkr_check_field(t->c, at, shown[i].field, want);
	}
}

static void
check_prelude(struct trace *t, size_t at, unsigned core)
{
	const struct rkr_record *r = &t->c->run->records[at];
	uint32_t mask = (uint32_t)rkr_get_u(r, RKR_F_pc_prelude_core_mask);

	/* The scheduler replaces mask 0 before it commits [source]. */
	if (rkr_has(r, RKR_F_pc_prelude_core_mask)) {
		rkr_check_that(t->c, rkr_core_mask_committable(mask) && (mask >> core & 1), at, NULL,
			       "core_mask", rkr_check_text(t->c, "1, 2, 4, 3 or 7, with core %u", core),
			       rkr_check_text(t->c, "0x%x", mask));
		expect(t, at, RKR_F_pc_prelude_use_core_num, rkr_core_count(mask));
	}
	t->core[core] = (struct at_core){ .prelude = r };
}

/* What the row says of the tasks against the task table. */
static void
check_tasks(struct trace *t, size_t at, uint64_t start, uint64_t number)
{
	if (!t->n)
		return;
	rkr_check_that(t->c, start < t->n && number <= t->n - start, at, NULL, "task_start",
		       rkr_check_text(t->c, "rows of a table of %zu", t->n),
		       rkr_check_text(t->c, "%" PRIu64 ", and %" PRIu64 " of them", start, number));
	if (start >= t->n || number > t->n - start)
		return;
	const struct rkr_task *first = &t->tasks[start], *last = &t->tasks[start + number - 1];

	expect(t, at, RKR_F_pc_trace_first_regcmd, first->regcmd_addr);
	expect(t, at, RKR_F_pc_trace_first_amount, first->regcfg_amount);
	expect(t, at, RKR_F_pc_trace_first_enable, first->enable_mask);
	expect(t, at, RKR_F_pc_trace_first_int, first->int_mask);
	expect(t, at, RKR_F_pc_trace_last_int, last->int_mask);
}

static void
check_trace(struct trace *t, size_t at, unsigned core)
{
	const struct rkr_record *r = &t->c->run->records[at];
	struct at_core *k = &t->core[core];
	int64_t start = (int64_t)rkr_get_u(r, RKR_F_pc_trace_task_start);
	int64_t number = (int64_t)rkr_get_u(r, RKR_F_pc_trace_task_number);

	if (k->trace)
		*k = (struct at_core){ 0 }; /* its prelude was lost */
	if (rkr_has(r, RKR_F_pc_trace_task_number))
		rkr_check_that(t->c, number >= 1 && number <= (int64_t)RKR_TASKS_PER_COMMIT, at, NULL,
			       "task_number", "1 to 4095", rkr_check_text(t->c, "%" PRId64, number));
	if (!rkr_has(r, RKR_F_pc_trace_task_start) || !rkr_has(r, RKR_F_pc_trace_task_number) || start < 0 ||
	    number < 1 || number > (int64_t)RKR_TASKS_PER_COMMIT)
		return;
	expect(t, at, RKR_F_pc_trace_task_end, (uint64_t)(start + number - 1));
	if (k->prelude && rkr_has(k->prelude, RKR_F_pc_prelude_use_core_num))
		expect(t, at, RKR_F_pc_trace_use_core_num,
		       rkr_get_u(k->prelude, RKR_F_pc_prelude_use_core_num));
	if (t->submit) {
		expect(t, at, RKR_F_pc_trace_flags, rkr_get_u(t->submit, RKR_F_submit_flags));
		expect(t, at, RKR_F_pc_trace_task_base_addr,
		       rkr_get_u(t->submit, RKR_F_submit_task_base_addr));
	}
	check_tasks(t, at, (uint64_t)start, (uint64_t)number);
	k->known = rkr_trace_commit(r, core, &k->commit);
	if (k->known)
		k->trace = r;
}

static void
check_counter(struct trace *t, size_t at, const struct at_core *core, int field)
{
	const struct rkr_record *r = &t->c->run->records[at];
	uint64_t counter = rkr_get_u(r, field) & RKR_TASK_COUNTER_MASK;

	if (core->trace && rkr_has(r, field))
		rkr_check_that(t->c, counter <= rkr_get_u(core->trace, RKR_F_pc_trace_task_number), at, NULL,
			       rkr_kind_get(r->kind)->fields[field].name,
			       rkr_check_text(t->c, "a counter of at most %" PRIu64,
					      rkr_get_u(core->trace, RKR_F_pc_trace_task_number)),
			       rkr_check_text(t->c, "%" PRIu64, counter));
}

static void
check_valid(struct trace *t, size_t at, struct at_core *core)
{
	const struct rkr_record *r = &t->c->run->records[at];
	uint32_t status = (uint32_t)rkr_get_u(r, RKR_F_pc_irq_valid_status);
	uint32_t require = (uint32_t)rkr_get_u(r, RKR_F_pc_irq_valid_require);

	if (rkr_has(r, RKR_F_pc_irq_valid_status) && rkr_has(r, RKR_F_pc_irq_valid_require))
		rkr_check_that(t->c, rkr_int_completes(status, require), at, NULL, "status",
			       rkr_check_text(t->c, "what completes 0x%x", require),
			       rkr_check_text(t->c, "0x%x", status));
	if (core->trace)
		expect(t, at, RKR_F_pc_irq_valid_require, rkr_get_u(core->trace, RKR_F_pc_trace_last_int));
	check_counter(t, at, core, RKR_F_pc_irq_valid_task_counter);
	check_registers(t, at, core);
	*core = (struct at_core){ 0 };
}

static void
check_row(struct trace *t, size_t at)
{
	const struct rkr_record *r = &t->c->run->records[at];
	int field = rkr_field_by_name(r->kind, "core");
	uint64_t core = rkr_get_u(r, field);

	if (!rkr_has(r, field))
		return; /* cut off */
	rkr_check_that(t->c, core < RKR_NPU_CORES, at, NULL, "core", "0, 1 or 2",
		       rkr_check_text(t->c, "%" PRIu64, core));
	if (core >= RKR_NPU_CORES)
		return;
	struct at_core *k = &t->core[core];

	switch ((int)r->kind) {
	case RKR_KIND_pc_prelude:
		check_prelude(t, at, (unsigned)core);
		break;
	case RKR_KIND_pc_trace:
		check_trace(t, at, (unsigned)core);
		break;
	case RKR_KIND_pc_regs:
		check_registers(t, at, k);
		break;
	case RKR_KIND_pc_armed:
		/* The pulse is over when the row is printed [source]. */
		expect(t, at, RKR_F_pc_armed_op_en, 0);
		check_counter(t, at, k, RKR_F_pc_armed_task_status);
		break;
	case RKR_KIND_pc_timeout:
		check_registers(t, at, k);
		break;
	case RKR_KIND_pc_irq_invalid:
		check_registers(t, at, k);
		break;
	case RKR_KIND_pc_irq_valid:
		check_valid(t, at, k);
		break;
	default:
		break;
	}
}

/* The seven rows of the patch. */
static const enum rkr_kind trace_rows[] = {
	RKR_KIND_pc_prelude, RKR_KIND_pc_trace,       RKR_KIND_pc_regs,      RKR_KIND_pc_armed,
	RKR_KIND_pc_timeout, RKR_KIND_pc_irq_invalid, RKR_KIND_pc_irq_valid,
};

static bool
is_trace(enum rkr_kind kind)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(trace_rows); i++)
		if (trace_rows[i] == kind)
			return true;
	return false;
}

void
rkr_check_pc_trace(struct rkr_check_ctx *c)
{
	_autofree_ struct rkr_task *tasks = NULL;
	struct trace t = { .c = c };
	size_t rows = 0;

	t.n = rkr_check_tasks(c, &tasks);
	t.tasks = tasks;
	if (rkr_check_count(c, RKR_KIND_submit) == 1)
		t.submit = rkr_check_record(c, RKR_KIND_submit, 0);
	for (size_t i = 0; i < c->run->n_records; i++) {
		if (!is_trace(c->run->records[i].kind))
			continue;
		rows++;
		check_row(&t, i);
	}
	if (!rows)
		rkr_check_skip(c, "no log in it shows the rows of a driver with the trace patch");
}

void
rkr_check_trace_patch(struct rkr_check_ctx *c)
{
	if (!rkr_run_witnesses(c->run, RKR_KIND_trace_marker)) {
		rkr_check_skip(c, "no source of a driver and no patch for it was given");
		return;
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(trace_rows); i++) {
		const char *row = rkr_kind_get(trace_rows[i])->name;
		bool there = false;

		for (size_t k = 0; k < rkr_check_count(c, RKR_KIND_trace_marker); k++) {
			const struct rkr_record *r = rkr_check_record(c, RKR_KIND_trace_marker, k);
			const struct rkr_blob *missing = rkr_get_b(r, RKR_F_trace_marker_missing);

			if (!rkr_str_is(r, RKR_F_trace_marker_row, row))
				continue;
			there = true;
			rkr_check_that(c, missing->len == 0, rkr_check_index(c, RKR_KIND_trace_marker, k),
				       NULL, row, "all of the row's fields",
				       rkr_check_text(c, "none of: %.*s", (int)missing->len,
						      (const char *)missing->data));
		}
		rkr_check_that(c, there, SIZE_MAX, "trace_marker", row, "a statement that prints this row",
			       "mandatory input missing: none");
	}
}
