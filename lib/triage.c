/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "triage-priv.h"

#include <errno.h>
#include <string.h>

#include "util.h"

/* Triage of a log: what rows say beside jobs, boots, and the verdict's words. */

static const char *const words[] = {
#define F(id, word) word,
	RKR_FACTS(F)
#undef F
};

static const char *const states[RKR_STATES] = { "ruled-out", "cannot-tell", "open", "supported" };
static const char *const ends[RKR_ENDS] = { "unseen",        "done",   "timed-out",
					    "not-committed", "killed", "aborted" };

/* What is no failure by itself. */
#define GOOD                                                                                                 \
	(FACT(COMMITTED) | FACT(RESET) | FACT(RESET_ALONE) | FACT(NO_LATE_INTERRUPT) | FACT(DOMAIN_SWITCH) | \
	 FACT(NO_IOMMU) | FACT(PATCHED_DRIVER) | FACT(BOOT_LOG) | FACT(FOREIGN_DRIVER) | FACT(NOT_RKNPU) |   \
	 FACT(HEALTHY) | FACT(NO_ROWS) | FACT(SEVERAL_BOOTS) | FACT(ROWS_MISSING))

const char *
rkr_fact_word(enum rkr_fact fact)
{
	return words[fact];
}

const char *
rkr_state_name(enum rkr_state state)
{
	return states[state];
}

const char *
rkr_job_end_name(enum rkr_job_end end)
{
	return ends[end];
}

bool
rkr_facts_fail(uint64_t facts)
{
	return facts & ~GOOD;
}

void
rkr_triage_see(struct rkr_triage *t, enum rkr_sign sign)
{
	if (t->sign[sign].n++ == 0)
		t->sign[sign].first = t->here;
}

/* ---- signs ---- */

/* A row that is a sign: of a kind, whose field is a word or holds one; NULL: any. */
struct sign_rule {
	enum rkr_kind kind;
	int field;
	bool whole;
	const char *text;
	enum rkr_sign sign;
};

#define IS(kind, field, text, sign) { RKR_KIND_##kind, RKR_F_##kind##_##field, true, text, RKR_SIGN_##sign }
#define IN(kind, field, text, sign) { RKR_KIND_##kind, RKR_F_##kind##_##field, false, text, RKR_SIGN_##sign }
#define ANY(kind, sign) { RKR_KIND_##kind, 0, true, NULL, RKR_SIGN_##sign }

/* clang-format off */
static const struct sign_rule rules[] = {
	ANY(driver, BOOT),
	ANY(driver_note, NOTE),
	IN(driver_note, text, "request_irq(", IRQ_FAILED), IN(driver_note, text, "_irq failed", IRQ_FAILED),
	IN(driver_note, text, "failed with error", PROBE_FAILED),
	IN(driver_note, text, "swiotlb", CMA),
	IS(foreign, driver, "patched RKNPU", PATCHED), IN(foreign, text, "NO TASK PROGRESS", STALL_NOTE),
	IN(foreign, text, "task counter stuck", STALL_NOTE),
	IN(foreign, text, " im=0x0 ", MASK_ZERO),
	IS(foreign, driver, "rockchip-pm-domain", POWER_DOMAIN), IS(foreign, driver, "cma", CMA),
	IS(memory_error, what, "iova", IOVA), IS(memory_error, what, "dma-map", DMA_MAP),
	IS(memory_error, what, "map-sg", DMA_MAP), IS(memory_error, what, "mmap", DMA_MAP),
	IS(memory_error, what, "buffer", NO_BUFFER), IS(memory_error, what, "object-create", OBJECT),
	IS(iommu, what, "switch", SWITCH), IS(iommu, what, "switch-timeout", SWITCH_TIMEOUT),
	IS(iommu, what, "switch-failed", SWITCH_FAILED), IS(iommu, what, "mismatch", MISMATCH),
	IS(iommu, what, "no-entry", NO_IOMMU), IS(iommu, what, "disabled", NO_IOMMU),
	IS(iommu, what, "enabled", NOTE),
	IS(runtime_error, what, "submit", RT_SUBMIT), IS(runtime_error, what, "handle", RT_HANDLE),
	IS(runtime_error, what, "fd", RT_HANDLE), IS(runtime_error, what, "malloc", RT_HANDLE),
	IN(runtime_error, text, "failed to open rknpu", RT_OPEN),
	IN(runtime_error, text, "failed to open rknn", RT_OPEN),
	IN(runtime_error, text, "Invalid RKNN model version", RT_VERSION),
	IN(runtime_error, text, "version is too low", RT_OLD),
	IS(bracket, verdict, "not-healthy", BRACKET), IS(bracket, verdict, "failed", BRACKET),
	IS(bracket, verdict, "poisons-next-job", BRACKET),
	IS(bracket, verdict, "recovered-after-reset", BRACKET),
	ANY(regcmd_qword, COMMIT), ANY(commit, COMMIT),
	ANY(action, CALL), ANY(mem_create, CALL), ANY(mem_map, CALL), ANY(mem_sync, CALL), ANY(ioctl, CALL),
	ANY(submit, CALL), ANY(bo_alloc, CALL),
};
/* clang-format on */

static bool
is_sign(const struct sign_rule *rule, const struct rkr_record *r)
{
	const struct rkr_blob *b;

	if (rule->kind != r->kind)
		return false;
	if (!rule->text)
		return true;
	if (rule->whole)
		return rkr_str_is(r, rule->field, rule->text);
	b = rkr_get_b(r, rule->field);
	return memmem(b->data ? b->data : "", b->len, rule->text, strlen(rule->text)) != NULL;
}

#define HUGE_BYTES (UINT64_C(2) << 30)

static void
see_runtime(struct rkr_triage *t, const struct rkr_record *r)
{
	uint64_t counter = rkr_get_u(r, RKR_F_runtime_error_run_task_counter);
	uint64_t number = rkr_get_u(r, RKR_F_runtime_error_task_number);

	if (rkr_str_is(r, RKR_F_runtime_error_what, "submit") &&
	    rkr_has(r, RKR_F_runtime_error_run_task_counter)) {
		if (!counter)
			rkr_triage_see(t, RKR_SIGN_RT_ZERO);
		else if (rkr_has(r, RKR_F_runtime_error_task_number) && counter < number)
			rkr_triage_see(t, RKR_SIGN_RT_PART);
	}
	if ((int32_t)rkr_get_u(r, RKR_F_runtime_error_errno) == ENOSYS)
		rkr_triage_see(t, RKR_SIGN_RT_MISSING);
	if (rkr_has(r, RKR_F_runtime_error_size) && rkr_get_u(r, RKR_F_runtime_error_size) >= HUGE_BYTES)
		rkr_triage_see(t, RKR_SIGN_RT_HUGE);
	if (rkr_get_u(r, RKR_F_runtime_error_level) != 'W')
		rkr_triage_see(t, RKR_SIGN_RT_OTHER);
}

static void
see_row(struct rkr_triage *t, const struct rkr_record *r)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(rules); i++)
		if (is_sign(&rules[i], r))
			rkr_triage_see(t, rules[i].sign);
	switch ((int)r->kind) {
	case RKR_KIND_runtime_error:
		see_runtime(t, r);
		break;
	case RKR_KIND_submit:
		if (rkr_has(r, RKR_F_submit_ret))
			rkr_triage_see(t, rkr_get_u(r, RKR_F_submit_ret) ? RKR_SIGN_SUBMIT_FAILED
									 : RKR_SIGN_SUBMIT_OK);
		break;
	case RKR_KIND_ioctl:
		if (rkr_has(r, RKR_F_ioctl_ret) && rkr_get_u(r, RKR_F_ioctl_nr) == 0x41)
			rkr_triage_see(t, rkr_get_u(r, RKR_F_ioctl_ret) ? RKR_SIGN_SUBMIT_FAILED
									: RKR_SIGN_SUBMIT_OK);
		break;
	case RKR_KIND_driver: {
		const struct rkr_blob *b = rkr_get_b(r, RKR_F_driver_version);

		if (!t->verdict.driver[0] && b->len)
			memcpy(t->verdict.driver, b->data,
			       b->len < sizeof(t->verdict.driver) ? b->len : sizeof(t->verdict.driver) - 1);
		break;
	}
	case RKR_KIND_foreign: {
		const struct rkr_blob *b = rkr_get_b(r, RKR_F_foreign_driver);

		if (rkr_str_is(r, RKR_F_foreign_driver, "patched RKNPU"))
			break;
		rkr_triage_see(t, RKR_SIGN_FOREIGN);
		if (!t->verdict.foreign[0] && b->len)
			memcpy(t->verdict.foreign, b->data,
			       b->len < sizeof(t->verdict.foreign) ? b->len : sizeof(t->verdict.foreign) - 1);
		break;
	}
	default:
		break;
	}
}

/* ---- boots ---- */

/* Going back by less is rows out of order. */
#define BOOT_US UINT64_C(1000000)

/*
 * A clock that goes back is a new boot, and what was open there is over; if it
 * then takes up where it was, it was one row out of order.
 */
static void
keep_time(struct rkr_triage *t, const struct rkr_record *r)
{
	t->has_now = rkr_kind_get(r->kind)->stream == RKR_STREAM_KERNEL && rkr_has(r, 0);
	if (!t->has_now)
		return;
	t->now = r->v[0].u;
	if (t->went_back && t->now >= t->back_from) {
		t->verdict.boots--;
		t->verdict.missing++;
	}
	t->went_back = false;
	if (t->timed && t->now < t->time && t->time - t->now > BOOT_US) {
		t->back_from = t->time;
		t->went_back = true;
		rkr_triage_close_all(t);
		memset(t->before, 0, sizeof(t->before));
		t->n_windows = 0;
		t->uncommitted = 0;
		t->pending_irq.line = 0;
		t->domain.line = 0;
		t->verdict.boots++;
	}
	t->time = t->now;
	t->timed = true;
}

/* The last number of a row that a whole one has. */
static int
last_field(enum rkr_kind kind)
{
	switch ((int)kind) {
	case RKR_KIND_pc_prelude:
		return RKR_F_pc_prelude_enable_mask;
	case RKR_KIND_pc_trace:
		return RKR_F_pc_trace_use_core_num;
	case RKR_KIND_pc_regs:
		return RKR_F_pc_regs_enable_mask;
	case RKR_KIND_pc_armed:
		return RKR_F_pc_armed_task_status;
	case RKR_KIND_pc_irq_valid:
		return RKR_F_pc_irq_valid_enable_mask;
	case RKR_KIND_pc_irq_invalid:
		return RKR_F_pc_irq_invalid_enable_mask;
	case RKR_KIND_pc_timeout:
		return RKR_F_pc_timeout_enable_mask;
	case RKR_KIND_core_status:
		return RKR_F_core_status_elapsed;
	case RKR_KIND_irq_invalid:
		return RKR_F_irq_invalid_task_counter;
	default:
		return -1;
	}
}

/*
 * Of a row that ends before its last number, the end may be inside the number
 * that now is last: 0x30 may be what is left of 0x300, 0 of any. But people
 * leave the time off a status [captured], so that its counter of 0 counts.
 */
static struct rkr_record
without_stump(const struct rkr_record *r)
{
	struct rkr_record whole = *r;
	int last = last_field(r->kind), at;

	if (last < 0 || !r->present || rkr_has(r, last))
		return whole;
	at = 63 - __builtin_clzll(r->present);
	if (at < last &&
	    (r->v[at].u || r->kind != RKR_KIND_core_status || at != RKR_F_core_status_task_counter))
		whole.present &= ~(UINT64_C(1) << at);
	return whole;
}

/* Where regcmd was lately: of each place the last. */
static void
keep_window(struct rkr_triage *t, const struct rkr_record *r)
{
	uint64_t addr = rkr_get_u(r, RKR_F_pc_trace_first_regcmd);
	uint32_t amount = (uint32_t)rkr_get_u(r, RKR_F_pc_trace_first_amount);

	if (!addr || amount > RKR_TASK_COUNTER_MASK)
		return;
	for (size_t i = 0; i < t->n_windows; i++)
		if (t->window[i].addr == addr)
			return;
	size_t at =
		t->n_windows < RKR_TRIAGE_WINDOWS ? t->n_windows++ : t->verdict.records % RKR_TRIAGE_WINDOWS;

	t->window[at] = (struct rkr_window){
		.addr = addr,
		.bytes = (uint32_t)(8 * rkr_commit_fetch_words(rkr_commit_amount(amount))),
		.place = t->here,
	};
}

/* The task table, from which a commit must have been made. */
static void
keep_task(struct rkr_triage *t, const struct rkr_record *r)
{
	uint64_t off = rkr_get_u(r, RKR_F_task_off), at = off / RKR_TASK_BYTES;
	const struct rkr_task task = {
		.enable_mask = (uint32_t)rkr_get_u(r, RKR_F_task_enable_mask),
		.int_mask = (uint32_t)rkr_get_u(r, RKR_F_task_int_mask),
		.regcfg_amount = (uint32_t)rkr_get_u(r, RKR_F_task_regcfg_amount),
		.regcmd_addr = rkr_get_u(r, RKR_F_task_regcmd_addr),
	};

	if (!rkr_has(r, RKR_F_task_off) || off % RKR_TASK_BYTES || at >= RKR_TRIAGE_TASKS)
		return;
	/* A model keeps a table of its own behind its regcmd, with addresses that count from there. */
	if (!task.regcmd_addr || (t->has_task[at] && memcmp(&t->task[at], &task, sizeof(task)) != 0))
		t->tasks_differ = true;
	t->task[at] = task;
	t->has_task[at] = 1;
}

/* ---- the verdict ---- */

static const struct {
	enum rkr_sign sign;
	uint64_t facts;
} facts_of_signs[] = {
	{ RKR_SIGN_IOVA, FACT(IOVA_EXHAUSTED) | FACT(MEMORY_FAILED) },
	{ RKR_SIGN_DMA_MAP, FACT(MEMORY_FAILED) },
	{ RKR_SIGN_NO_BUFFER, FACT(MEMORY_FAILED) },
	{ RKR_SIGN_OBJECT, FACT(MEMORY_FAILED) },
	{ RKR_SIGN_CMA, FACT(MEMORY_FAILED) },
	{ RKR_SIGN_RT_HANDLE, FACT(MEMORY_FAILED) },
	{ RKR_SIGN_SWITCH, FACT(DOMAIN_SWITCH) },
	{ RKR_SIGN_SWITCH_TIMEOUT, FACT(DOMAIN_SWITCH) | FACT(DOMAIN_FAILED) },
	{ RKR_SIGN_SWITCH_FAILED, FACT(DOMAIN_SWITCH) | FACT(DOMAIN_FAILED) },
	{ RKR_SIGN_MISMATCH, FACT(DOMAIN_FAILED) },
	{ RKR_SIGN_NO_IOMMU, FACT(NO_IOMMU) },
	{ RKR_SIGN_IRQ_FAILED, FACT(IRQ_NOT_WIRED) },
	{ RKR_SIGN_PROBE_FAILED, FACT(PROBE_FAILED) },
	{ RKR_SIGN_POWER_DOMAIN, FACT(POWER_DOMAIN) },
	{ RKR_SIGN_RT_OPEN, FACT(NOT_OPENED) },
	{ RKR_SIGN_RT_MISSING, FACT(CALL_MISSING) },
	{ RKR_SIGN_RT_VERSION, FACT(MODEL_REFUSED) },
	{ RKR_SIGN_RT_SUBMIT, FACT(SUBMIT_FAILED) },
	{ RKR_SIGN_RT_ZERO, FACT(NO_TASK_ENDED) },
	{ RKR_SIGN_RT_PART, FACT(STOPPED_PART_WAY) },
	{ RKR_SIGN_RT_OTHER, FACT(RUNTIME_ERROR) },
	{ RKR_SIGN_SUBMIT_FAILED, FACT(SUBMIT_FAILED) },
	{ RKR_SIGN_BRACKET, FACT(BRACKET_FAILED) },
	{ RKR_SIGN_PATCHED, FACT(PATCHED_DRIVER) },
	{ RKR_SIGN_COMMIT, FACT(PATCHED_DRIVER) },
	{ RKR_SIGN_STALL_NOTE, FACT(STALLED) },
	{ RKR_SIGN_MASK_ZERO, FACT(MASK_UNREACHABLE) },
	{ RKR_SIGN_REFUSED, FACT(REFUSED) },
	{ RKR_SIGN_RESET_ALONE, FACT(RESET) | FACT(RESET_ALONE) },
	{ RKR_SIGN_BYPASS_ALONE, FACT(RESET_BYPASSED) },
	{ RKR_SIGN_RESET_FAILED, FACT(RESET_FAILED) },
	{ RKR_SIGN_IRQ_INVALID, FACT(INVALID_IRQ) },
	{ RKR_SIGN_FOREIGN, FACT(FOREIGN_DRIVER) },
};

static void
conclude(struct rkr_triage *t)
{
	struct rkr_verdict *v = &t->verdict;

	for (size_t i = 0; i < RKR_ARRAY_LEN(facts_of_signs); i++) {
		const struct rkr_sign_seen *seen = &t->sign[facts_of_signs[i].sign];

		for (uint64_t f = seen->n ? facts_of_signs[i].facts : 0; f; f &= f - 1)
			if (!v->fact_place[__builtin_ctzll(f)].line)
				v->fact_place[__builtin_ctzll(f)] = seen->first;
		v->facts |= seen->n ? facts_of_signs[i].facts : 0;
	}
	if (v->boots > 1)
		v->facts |= FACT(SEVERAL_BOOTS);
	if (v->missing)
		v->facts |= FACT(ROWS_MISSING);
	if (rkr_facts_fail(v->facts))
		return;
	bool worked = v->done || rkr_triage_saw(t, RKR_SIGN_SUBMIT_OK) || rkr_triage_saw(t, RKR_SIGN_CALL);

	if (worked)
		v->facts |= FACT(HEALTHY);
	else if (rkr_triage_saw(t, RKR_SIGN_BOOT) || rkr_triage_saw(t, RKR_SIGN_NOTE))
		v->facts |= FACT(BOOT_LOG);
	if (!v->records)
		v->facts |= FACT(NO_ROWS);
	if (!worked)
		v->facts |= FACT(NOT_RKNPU);
}

int
rkr_triage_new(const struct rkr_triage_sink *sink, struct rkr_triage **ret_triage)
{
	struct rkr_triage *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	if (sink)
		t->sink = *sink;
	t->verdict.boots = 1;
	*ret_triage = t;
	return 0;
}

void
rkr_triage_free(struct rkr_triage *triage)
{
	free(triage);
}

int
rkr_triage_feed(struct rkr_triage *t, const struct rkr_record *record)
{
	const struct rkr_record row = without_stump(record), *r = &row;

	t->here = (struct rkr_triage_place){ .file = r->place.file, .line = r->place.line };
	t->verdict.records++;
	keep_time(t, r);
	if (!rkr_triage_job_row(t, r))
		see_row(t, r);
	else if (r->kind == RKR_KIND_pc_trace)
		keep_window(t, r);
	if (r->kind == RKR_KIND_task)
		keep_task(t, r);
	return t->failed;
}

int
rkr_triage_finish(struct rkr_triage *t)
{
	rkr_triage_close_all(t);
	rkr_triage_weigh_log(t);
	conclude(t);
	return t->failed;
}

const struct rkr_verdict *
rkr_triage_verdict(const struct rkr_triage *t)
{
	return &t->verdict;
}

static void
cheaper(const struct rkr_theory **best, const struct rkr_finding *f, const struct rkr_theory *theory,
	enum rkr_state from, enum rkr_state to)
{
	if (f->jobs && f->state >= from && f->state <= to && (!*best || theory->cost < (*best)->cost))
		*best = theory;
}

/*
 * What costs least, of what is supported; else of the causes that are open;
 * else of the hypotheses that are not ruled out: one that the rows cannot tell
 * may be cheap to rule out.
 */
const struct rkr_theory *
rkr_triage_next(const struct rkr_verdict *v)
{
	const struct rkr_theory *best = NULL;

	for (size_t i = 0; i < rkr_triage_n_causes(); i++)
		cheaper(&best, &v->cause[i], rkr_triage_cause(i), RKR_STATE_SUPPORTED, RKR_STATE_SUPPORTED);
	for (size_t i = 0; i < rkr_triage_n_hypotheses(); i++)
		cheaper(&best, &v->hypothesis[i], rkr_triage_hypothesis(i), RKR_STATE_SUPPORTED,
			RKR_STATE_SUPPORTED);
	const bool none = !best;

	for (size_t i = 0; i < rkr_triage_n_causes() && none; i++)
		cheaper(&best, &v->cause[i], rkr_triage_cause(i), RKR_STATE_OPEN, RKR_STATE_OPEN);
	if (best)
		return best;
	for (size_t i = 0; i < rkr_triage_n_hypotheses(); i++)
		cheaper(&best, &v->hypothesis[i], rkr_triage_hypothesis(i), RKR_STATE_CANNOT_TELL,
			RKR_STATE_OPEN);
	return best;
}
