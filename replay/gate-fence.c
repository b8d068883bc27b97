/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gate-priv.h"
#include "lib/regs-ids.h"
#include "lib/util.h"

/*
 * Gate G20: what is known to do harm. By the digest of the register writes,
 * and by what the first record convolves, so that a changed bit is not a way
 * around the fence.
 */
static const struct fence {
	const char *name; /**< its unlock */
	const char *what;
	const char *stream;   /**< rkx_submit_stream_fingerprint(), or NULL */
	uint32_t width, in_c; /**< of the first record's input */
	uint32_t kernels;     /**< of its weights; 0: any */
	uint32_t n_tasks;     /**< that the first core runs */
	bool state_capture;   /**< run for nothing else */
} fences[] = {
	/*
	 * The add right after it timed out, when a client of its own submitted
	 * it [captured]; the digest is that of records 0 and 1 of the captured
	 * window.
	 */
	{ "raw-c64", "C64/H56, submitted by a client other than the vendor's runtime",
	  "e52b2a7bfaeac8f66f149a1a733f5d187cc852627ba06d41b04fb7f02aeada95", 56, 64, 128, 2, true },
	/* No capture shows these; what identifies them is [inferred] from their names. */
	{ "exact-11", "the compact chain of 11 tasks of C256/H2/OC546", NULL, 2, 256, 0, 11, false },
	{ "exact-11", "the compact chain of 11 tasks of C256/H3/OC24", NULL, 3, 256, 0, 11, false },
};

#define FIELD(value, name) ((value) >> RKR_FLD_CNA_##name##_SHIFT & RKR_FLD_CNA_##name##_MASK)

/* DATAIN_CHANNEL_REAL is no measure: it is 63 for 64 channels and for 256 [captured]. */
static bool
convolves(const struct rkx_judging *j, const struct rkx_slot *slot, const struct fence *fence)
{
	struct rkx_fetch f;
	uint32_t size0, size1, size2;

	if (slot->number != fence->n_tasks || rkx_fetch_get(j->plan, slot->submit, slot->start, &f) < 0)
		return false;
#define GET(name, to) rkx_fetch_register(j->plan, &f, RKR_TARGET_CNA, RKR_REG_CNA_##name, to)
	if (!GET(DATA_SIZE0, &size0) || !GET(DATA_SIZE1, &size1) || !GET(WEIGHT_SIZE2, &size2))
		return false;
#undef GET
	return FIELD(size0, DATA_SIZE0_DATAIN_WIDTH) == fence->width &&
	       FIELD(size1, DATA_SIZE1_DATAIN_CHANNEL) == fence->in_c &&
	       (!fence->kernels || FIELD(size2, WEIGHT_SIZE2_WEIGHT_KERNELS) == fence->kernels);
}

/*
 * The policy that rebooted a board picked its tasks by counting from the
 * table's end. So: a job that leaves out the table's first record and runs to
 * its last one. [inferred: no capture has one]
 */
static bool
counts_from_end(const struct rkx_slot *slot)
{
	return slot->start > 0 && (uint64_t)slot->start + slot->number >= slot->submit->n_tasks;
}

static enum rkx_verdict
judge_fence(const struct rkx_judging *j, const struct fence *fence, size_t nth)
{
	if (j->facts->emulated)
		return rkx_say(j, RKX_WARN, "submit %zu is %s, which is fenced on hardware", nth,
			       fence->what);
	snprintf(j->unlock, RKX_POISON_NAME, "%s", fence->name);
	if (!rkx_allowed(j->options, fence->name))
		return rkx_say(j, RKX_REFUSE, "submit %zu is %s", nth, fence->what);
	if (fence->state_capture && j->options->purpose != RKX_PURPOSE_STATE_CAPTURE)
		return rkx_say(j, RKX_NEVER, "submit %zu is %s, which is run to capture state only", nth,
			       fence->what);
	/* The state that a run leaves can only be read before the next job: then that is left to the user. */
	if (!j->options->bracketed && !(fence->state_capture && j->options->open_ended))
		return rkx_say(j, RKX_NEVER, "submit %zu is %s, which is run between health jobs only", nth,
			       fence->what);
	return rkx_say(j, RKX_UNLOCKED, "submit %zu is %s", nth, fence->what);
}

/* What has no fingerprint is never run; that memory ran out says nothing of it. */
static enum rkx_verdict
no_fingerprint(const struct rkx_judging *j, int r, const char *what)
{
	if (r == -ENOMEM)
		*j->failed = r;
	return rkx_say(j, RKX_NEVER, "%s has no fingerprint: not all that it runs is known", what);
}

static enum rkx_verdict
judge_submit(const struct rkx_judging *j, size_t nth)
{
	struct rkx_slot slots[RKR_NPU_CORES];
	size_t n = rkx_submit_slots(j->plan, nth, slots);
	char hex[RKR_SHA256_HEX] = "";

	if (n && counts_from_end(&slots[0]))
		return rkx_say(j, RKX_NEVER,
			       "submit %zu runs the last %u of %" PRIu64
			       " tasks: records addressed from the end rebooted a board",
			       nth, slots[0].number, slots[0].submit->n_tasks);
	int r = rkx_submit_stream_fingerprint(j->plan, nth, hex);

	if (r < 0) {
		char what[32];

		snprintf(what, sizeof(what), "submit %zu", nth);
		return no_fingerprint(j, r, what);
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(fences) && n; i++)
		if ((fences[i].stream && strcmp(hex, fences[i].stream) == 0) ||
		    convolves(j, &slots[0], &fences[i]))
			return judge_fence(j, &fences[i], nth);
	return RKX_ALLOW;
}

/*
 * The entry of the run, or of a submit of it: what did harm alone does so with
 * others around it. Of several, one that is not allowed.
 */
static int
find_entry(const struct rkx_judging *j, const struct rkx_poison_entry **ret_entry)
{
	const struct rkx_poison_entry *found = NULL;
	char hex[RKR_SHA256_HEX];
	size_t n;
	int r = rkx_plan_fingerprint(j->plan, hex);

	rkx_plan_submits(j->plan, &n);
	for (size_t i = 0; r == 0; i++) {
		const struct rkx_poison_entry *e = rkx_poison_find(j->facts->poison, hex);

		found = e ? e : found;
		if ((e && !rkx_allowed(j->options, e->name)) || i == n || n == 1)
			break;
		r = rkx_submit_fingerprint(j->plan, i, hex);
	}
	*ret_entry = found;
	return r;
}

static enum rkx_verdict
judge_ledger(const struct rkx_judging *j)
{
	const struct rkx_poison_entry *e;
	int r = find_entry(j, &e);

	if (r < 0)
		return no_fingerprint(j, r, "the run");
	if (!e)
		return RKX_ALLOW;
	snprintf(j->unlock, RKX_POISON_NAME, "%s", e->name);
	if (!rkx_allowed(j->options, e->name))
		return rkx_say(j, RKX_REFUSE, "the ledger has this run as %s: %s", e->name, e->harm);
	if (!j->options->bracketed)
		return rkx_say(j, RKX_NEVER,
			       "the ledger has this run as %s: it is run between health jobs only", e->name);
	return rkx_say(j, RKX_UNLOCKED, "the ledger has this run as %s: %s", e->name, e->harm);
}

/* Every known polluter ends with a task that reuses weights, the clean chains do not: 5 shapes [captured]. */
static enum rkx_verdict
judge_reuse(const struct rkx_judging *j, const struct rkx_slot *slot, const struct rkx_fetch *f)
{
	uint32_t con0;

	if (f->nth + 1 != (uint64_t)slot->start + slot->number ||
	    !rkx_fetch_register(j->plan, f, RKR_TARGET_CNA, RKR_REG_CNA_CBUF_CON0, &con0) ||
	    !FIELD(con0, CBUF_CON0_WEIGHT_REUSE))
		return RKX_ALLOW;
	return rkx_say(j, RKX_WARN,
		       "task %" PRIu64 " is the last and reuses weights: such runs may poison the next job",
		       f->nth);
}

enum rkx_verdict
rkx_gate_fence(const struct rkx_judging *j)
{
	size_t n;
	enum rkx_verdict worst = RKX_ALLOW;

	rkx_plan_submits(j->plan, &n);
	for (size_t i = 0; i < n; i++) {
		enum rkx_verdict v = judge_submit(j, i);

		if (v >= RKX_REFUSE)
			return v;
		worst = v > worst ? v : worst;
	}
	/* The reason of the graver verdict stays. */
	if (worst == RKX_ALLOW) {
		worst = judge_ledger(j);
		return worst == RKX_ALLOW ? rkx_each_task(j, judge_reuse) : worst;
	}
	char reason[RKX_REASON_MAX], unlock[RKX_POISON_NAME];

	snprintf(reason, sizeof(reason), "%s", j->reason);
	snprintf(unlock, sizeof(unlock), "%s", j->unlock);
	enum rkx_verdict ledger = judge_ledger(j);

	if (ledger > worst)
		return ledger;
	snprintf(j->reason, RKX_REASON_MAX, "%s", reason);
	snprintf(j->unlock, RKX_POISON_NAME, "%s", unlock);
	return worst;
}
