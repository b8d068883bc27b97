/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gate-priv.h"
#include "lib/util.h"

/*
 * The table. Numbers and hazards are those of the driver's review: what its
 * source does not check, and what boards did.
 */
/* clang-format off */
static const struct entry {
	struct rkx_gate gate;
	rkx_predicate *judge;
} table[RKX_N_GATES] = {
	{ { "G1", "kernel-pointer", "the driver takes object addresses for pointers and follows them",
	    RKX_GATE_SOURCE, "the submit and sync paths use the value without a look-up", NULL },
	  rkx_gate_kernel_pointer },
	{ { "G2", "task-bo", "the driver reads tasks through a mapping that only a flag makes, else NULL",
	    RKX_GATE_SOURCE, "the commit path does not test the mapping", NULL },
	  rkx_gate_task_bo },
	{ { "G3", "task-range", "tasks past the end of the table are read from whatever follows it",
	    RKX_GATE_SOURCE, "start and number are not compared with the object's size", NULL },
	  rkx_gate_task_range },
	{ { "G4", "empty-slot", "a core without tasks makes the driver read the task before the table",
	    RKX_GATE_INFERRED, "the commit path takes start + number - 1; boards rebooted", NULL },
	  rkx_gate_empty_slot },
	{ { "G5", "core-mask", "forced work on core 1 locked up a board, runs on cores 1 and 2 timed out",
	    RKX_GATE_CAPTURED, "reports of boards; aborts look in core 0's list for any job", "cores" },
	  rkx_gate_core_mask },
	{ { "G6", "auto-core", "mask 0 goes to core 1 or 2 once core 0 seems busy",
	    RKX_GATE_SOURCE, "a job that is never committed is counted as work for ever", "auto-core" },
	  rkx_gate_auto_core },
	{ { "G7", "flags", "jobs outside of PC mode free a queued job, others are not waited for",
	    RKX_GATE_SOURCE, "the paths of PC=0, NONBLOCK and the fences", NULL },
	  rkx_gate_flags },
	{ { "G8", "int-mask", "an interrupt that never matches leaves a core with a job that is gone",
	    RKX_GATE_SOURCE, "status is compared with the mask whole, pairs filled up", NULL },
	  rkx_gate_int_mask },
	{ { "G9", "fetch", "the PC fetches from anywhere; an odd address selects another mode",
	    RKX_GATE_SOURCE, "the address and the amount go to registers as they are", NULL },
	  rkx_gate_fetch },
	{ { "G10", "chain", "a chain that does not fit the tasks stalls, or leaves next-task registers set",
	    RKX_GATE_CAPTURED, "captured links fit the tasks; results after an endless chain were wrong",
	    NULL },
	  rkx_gate_chain },
	{ { "G11", "dma", "an address of nobody's memory is written to or read from",
	    RKX_GATE_CAPTURED, "weights were overwritten by addresses replaced by pattern", NULL },
	  rkx_gate_dma },
	{ { "G12", "targets", "a write to a register that is not the blocks' to write",
	    RKX_GATE_INFERRED, "captured regcmd names seven blocks and two PC registers only", NULL },
	  rkx_gate_targets },
	{ { "G13", "fields", "fields that hardware or driver use unchecked: bases, domain, timeout",
	    RKX_GATE_SOURCE, "the base is added to each address, timeouts wrap; of driver 0.9.8", "driver" },
	  rkx_gate_fields },
	{ { "G14", "alone", "two clients at once crashed a board, and a reset hits all cores",
	    RKX_GATE_CAPTURED, "a report of a board; the soft reset of the driver", NULL },
	  rkx_gate_alone },
	{ { "G15", "sync", "without a sync the NPU reads what was there before, and so does the CPU",
	    RKX_GATE_SOURCE, "cacheable BOs are written back by MEM_SYNC alone", NULL },
	  rkx_gate_sync },
	{ { "G16", "health", "work on a board that has just failed makes it worse, each retry is a reset",
	    RKX_GATE_CAPTURED, "the job after a failed one timed out", NULL },
	  rkx_gate_health },
	{ { "G17", "wedged", "a core that never took a job keeps it, and with it freed memory",
	    RKX_GATE_SOURCE, "the abort path leaves such a job in the core's list", NULL },
	  rkx_gate_wedged },
	{ { "G18", "lifetime", "a BO that goes while a job uses it is memory of someone else's",
	    RKX_GATE_SOURCE, "jobs hold no reference to what their addresses mean", NULL },
	  rkx_gate_lifetime },
	{ { "G19", "rate", "storms of submits and resets crashed boards",
	    RKX_GATE_CAPTURED, "reports of 2560 and of 1.18 million submits in a row", NULL },
	  rkx_gate_rate },
	{ { "G20", "fence", "runs that are known to poison the next job or to crash the board",
	    RKX_GATE_CAPTURED, "reports of boards, and the ledger of harmful runs", "raw-c64 exact-11" },
	  rkx_gate_fence },
	{ { "G21", "unseen", "what nobody has seen on a board may be wrong, and the board is what tells",
	    RKX_GATE_INFERRED, "no submit of a network with placed buffers, or of its runs, was captured",
	    "network network-cores" },
	  rkx_gate_unseen },
};
/* clang-format on */

const struct rkx_gate *
rkx_gate_get(size_t i)
{
	return &table[i].gate;
}

const char *
rkx_verdict_name(enum rkx_verdict verdict)
{
	static const char *const names[] = { "allow", "warn", "unlocked", "refuse", "refuse always" };

	return names[verdict];
}

bool
rkx_allowed(const struct rkx_gate_options *options, const char *name)
{
	for (size_t i = 0; i < options->n_allow; i++)
		if (strcmp(options->allow[i], name) == 0)
			return true;
	return false;
}

/* Whether a word stands in a list with spaces between. */
static bool
listed(const char *list, const char *word)
{
	size_t len = strcspn(word, " ");

	if (word[len] != '\0')
		return false;
	for (const char *s = list; s && *s; s += strcspn(s, " "), s += *s == ' ')
		if (len && strncmp(s, word, len) == 0 && (s[len] == ' ' || s[len] == '\0'))
			return true;
	return false;
}

/* An unlock that unlocks nothing is a slip of the pen, and its writer believes that it does. */
static int
check_allow(const struct rkx_facts *facts, const struct rkx_gate_options *options, struct rkr_error *err)
{
	for (size_t i = 0; i < options->n_allow; i++) {
		bool known = false;
		size_t n = 0;
		const struct rkx_poison_entry *e =
			facts->poison ? rkx_poison_entries(facts->poison, &n) : NULL;

		for (size_t g = 0; g < RKX_N_GATES; g++)
			known = known || listed(table[g].gate.unlock, options->allow[i]);
		for (size_t k = 0; k < n; k++)
			known = known || strcmp(e[k].name, options->allow[i]) == 0;
		if (!known)
			return rkr_fail(
				err, -EINVAL,
				"allow cores, auto-core, driver, raw-c64, exact-11, network, network-cores, or a ledger entry",
				"no gate is unlocked by \"%s\"", options->allow[i]);
	}
	return 0;
}

struct rkx_permit {
	const struct rkx_plan *plan;
	uint64_t placement;
};

static int
judge_one(const struct rkx_plan *plan, const struct rkx_facts *facts, const struct rkx_gate_options *options,
	  const struct entry *e, struct rkx_gate_result *ret)
{
	int failed = 0;
	const struct rkx_judging j = { plan, facts, options, ret->reason, ret->unlock, &failed };

	*ret = (struct rkx_gate_result){ 0 };
	if (e->gate.unlock && !strchr(e->gate.unlock, ' '))
		snprintf(ret->unlock, sizeof(ret->unlock), "%s", e->gate.unlock);
	ret->verdict = e->judge(&j);
	if (ret->verdict == RKX_REFUSE && (!ret->unlock[0] || !listed(e->gate.unlock, ret->unlock)) &&
	    e->judge != rkx_gate_fence)
		ret->verdict = RKX_NEVER;
	if (ret->verdict == RKX_REFUSE && rkx_allowed(options, ret->unlock))
		ret->verdict = RKX_UNLOCKED;
	if (ret->verdict != RKX_REFUSE && ret->verdict != RKX_UNLOCKED)
		ret->unlock[0] = '\0';
	return failed;
}

int
rkx_gate_judge(const struct rkx_plan *plan, const struct rkx_facts *facts,
	       const struct rkx_gate_options *options, struct rkx_gate_report *ret_report,
	       struct rkx_permit **ret_permit, struct rkr_error *err)
{
	static const struct rkx_gate_options none;
	struct rkx_gate_report report = { 0 };
	struct rkx_permit *permit = NULL;

	options = options ? options : &none;
	int r = check_allow(facts, options, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < RKX_N_GATES; i++) {
		if (judge_one(plan, facts, options, &table[i], &report.gate[i]) < 0)
			return rkr_fail(err, -ENOMEM, NULL, "out of memory");
		report.refused = report.refused || report.gate[i].verdict >= RKX_REFUSE;
	}
	if (!report.refused) {
		permit = malloc(sizeof(*permit));
		if (!permit)
			return rkr_fail(err, -ENOMEM, NULL, "out of memory");
		*permit = (struct rkx_permit){ plan, rkx_plan_placement(plan) };
	}
	*ret_report = report;
	*ret_permit = permit;
	return 0;
}

void
rkx_permit_free(struct rkx_permit *permit)
{
	free(permit);
}

bool
rkx_permit_covers(const struct rkx_permit *permit, const struct rkx_plan *plan)
{
	return permit && permit->plan == plan && permit->placement == rkx_plan_placement(plan);
}
