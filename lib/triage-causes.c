/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "triage-priv.h"
#include "util.h"

/*
 * The plain causes of failures, as a table: what people found behind such
 * logs [captured: 84 logs], and what the driver itself says. A clue is of a
 * job or of the log; the best one that holds gives the cause its state.
 */

struct reason {
	bool (*job)(const struct rkr_triage *t, const struct rkr_job *j); /* or of the log: */
	bool (*log)(const struct rkr_triage *t);
	enum rkr_sign sign; /* of the log: its place, and that it was seen */
	enum rkr_state state;
	const char *why;
	uint32_t rows;
};

#define REASONS_MAX 4

struct cause {
	struct rkr_theory theory;
	struct reason reasons[REASONS_MAX];
};

#define JOB_FACT(name, fact)                                              \
	static bool name(const struct rkr_triage *t, const struct rkr_job *j) \
	{                                                                 \
		(void)t;                                                  \
		return j->facts & FACT(fact);                             \
	}

JOB_FACT(dma_error, DMA_ERROR)
JOB_FACT(page_fault, PAGE_FAULT)
JOB_FACT(not_serviced, FINISHED_NOT_SERVICED)
JOB_FACT(bad_mask, MASK_UNREACHABLE)
JOB_FACT(late, LATE_INTERRUPT)
JOB_FACT(killed, KILLED)
JOB_FACT(bypassed, RESET_BYPASSED)
JOB_FACT(reset_failed, RESET_FAILED)
JOB_FACT(lost_state, LOST_STATE)
JOB_FACT(timed_out, TIMED_OUT)

static bool
part_way(const struct rkr_triage *t, const struct rkr_job *j)
{
	(void)t;
	return j->facts & FACT(STOPPED_PART_WAY) && !(j->facts & (FACT(BLOCKS_REPORTED) | FACT(DMA_ERROR)));
}

static bool
uncommitted(const struct rkr_triage *t, const struct rkr_job *j)
{
	return j->end == RKR_END_NOT_COMMITTED && !rkr_triage_saw(t, RKR_SIGN_RESET_FAILED);
}

/*
 * An idle RK3588 reads 0xc0000000; a block without clock or power reads 0, as do
 * RK3566 and RK3568 [captured].
 */
static bool
reads_zero(const struct rkr_triage *t, const struct rkr_job *j)
{
	enum rkr_stall stall;
	const struct rkr_job_core *c;

	(void)t;
	return j->end == RKR_END_TIMED_OUT && rkr_job_stall(j, &stall, &c) && c->raw == 0 && c->status == 0;
}

static bool
without_iommu(const struct rkr_triage *t, const struct rkr_job *j)
{
	return timed_out(t, j) && rkr_triage_saw(t, RKR_SIGN_NO_IOMMU);
}

static bool
switched(const struct rkr_triage *t, const struct rkr_job *j)
{
	return timed_out(t, j) && (rkr_triage_saw(t, RKR_SIGN_SWITCH) || j->rows & ROW(DOMAIN));
}

static bool
stays_wedged(const struct rkr_triage *t)
{
	return rkr_triage_saw(t, RKR_SIGN_UNRECOVERED) && !rkr_triage_saw(t, RKR_SIGN_RECOVERED) &&
	       !rkr_triage_saw(t, RKR_SIGN_RESET_FAILED);
}

static bool
recovers(const struct rkr_triage *t)
{
	return rkr_triage_saw(t, RKR_SIGN_RECOVERED) && !rkr_triage_saw(t, RKR_SIGN_UNRECOVERED);
}

static bool
huge(const struct rkr_triage *t)
{
	return rkr_triage_saw(t, RKR_SIGN_RT_HUGE) && rkr_triage_saw(t, RKR_SIGN_RT_HANDLE);
}

static bool
old_driver(const struct rkr_triage *t)
{
	return rkr_triage_saw(t, RKR_SIGN_RT_OLD) &&
	       (rkr_triage_saw(t, RKR_SIGN_RT_HANDLE) || rkr_triage_saw(t, RKR_SIGN_RT_SUBMIT));
}

static bool
versions_known(const struct rkr_triage *t)
{
	return rkr_triage_saw(t, RKR_SIGN_RT_SUBMIT);
}

#define OF_JOB(fn, state, why, rows) { fn, NULL, RKR_SIGNS, RKR_STATE_##state, why, rows }
#define OF_LOG(fn, sign, state, why) { NULL, fn, RKR_SIGN_##sign, RKR_STATE_##state, why, 0 }
#define OF_SIGN(sign, state, why) { NULL, NULL, RKR_SIGN_##sign, RKR_STATE_##state, why, 0 }
#define STOP_ROWS (ROW(STATUS) | ROW(TIMEOUT) | ROW(FAILED))
#define NONE { NULL, NULL, RKR_SIGNS, RKR_STATE_RULED_OUT, NULL, 0 }

/* clang-format off */
static const struct cause causes[] = {
	{ { "dma-error", "a DMA access of the NPU failed: an address that is not mapped",
	    "rkreplay verify RUN.rkrun", "whether each DMA register lies inside a BO", 1 },
	  { OF_JOB(dma_error, SUPPORTED, "a DMA error bit (12 read, 13 write) is in the raw status",
	    ROW(STATUS)), NONE } },
	{ { "iova-fault", "the NPU's IOMMU found no page",
	    "rkreplay show RUN.rkrun --bos", "which BO, if any, the faulting address is in", 1 },
	  { OF_JOB(page_fault, SUPPORTED, "the IOMMU reported a page fault while the job ran",
	    ROW(PAGE_FAULT)), NONE } },
	{ { "irq-not-serviced", "the hardware finished, and nobody took its interrupt",
	    "rkreplay snapshot mmio --execute --label stalled",
	    "whether the raw status keeps the bits of the last task; then look at the interrupt in the "
	    "device tree", 2 },
	  { OF_JOB(not_serviced, SUPPORTED, "the bits that end the job stand in the status", ROW(STATUS)),
	    NONE } },
	{ { "irq-not-wired", "an interrupt of the NPU could not be had",
	    "rkreplay doctor", "what of the NPU the system has; the device tree must name all three "
	    "interrupts", 1 },
	  { OF_SIGN(IRQ_FAILED, SUPPORTED, "the driver could not request an interrupt"), NONE } },
	{ { "int-mask", "the task's int_mask can never match: 0, or not whole pairs",
	    "rkreplay show RUN.rkrun --tasks", "int_mask of the last task must be 0x300 or 0xc00", 1 },
	  { OF_JOB(bad_mask, SUPPORTED, "the required mask is one that no status completes",
	    ROW(STATUS) | ROW(TRACE)),
	    OF_SIGN(MASK_ZERO, SUPPORTED, "a patched driver shows an int_mask of 0"), NONE } },
	{ { "task-chain", "the tasks are not chained, or one in the middle stands",
	    "rkreplay verify RUN.rkrun", "each record's link and amount against the next task", 1 },
	  { OF_JOB(part_way, OPEN, "some tasks ended and the rest did not", STOP_ROWS),
	    OF_SIGN(RT_PART, OPEN, "the runtime counted some of the tasks"), NONE } },
	{ { "late-interrupt", "the job ended after its timeout: it is too long, or the NPU too slow",
	    "rkreplay replay RUN.rkrun --edit submit.timeout=20000 --device npu --execute",
	    "whether it ends within a longer timeout", 1 },
	  { OF_JOB(late, SUPPORTED, "its interrupt came in the time of grace", ROW(TIMEOUT) | ROW(IRQ_VALID)),
	    NONE } },
	{ { "killed-process", "the waiting process was killed or interrupted",
	    "rkreplay triage LOG-OF-THE-PROCESS",
	    "why it died: its own log, a core dump", 1 },
	  { OF_JOB(killed, SUPPORTED, "the wait ended with -512 (ERESTARTSYS)", ROW(FAILED) | ROW(ABORT)),
	    NONE } },
	{ { "wedged-core", "a core keeps a job that is gone: nothing starts there any more",
	    "rkreplay replay add:classic --device npu --execute",
	    "whether it starts; if not, the board must be restarted", 1 },
	  { OF_LOG(stays_wedged, UNCOMMITTED, SUPPORTED, "one job after the other was never committed"),
	    OF_JOB(uncommitted, OPEN, "the job was never committed", ROW(EXPIRED) | ROW(COMMIT_FAILED)),
	    NONE } },
	{ { "missed-kick", "a queued job was not started though its core was free",
	    "rkreplay replay add:classic --device npu --execute", "whether the next submit starts", 1 },
	  { OF_LOG(recovers, RECOVERED, SUPPORTED,
	    "the job was never committed, the next one on its core was"),
	    OF_JOB(uncommitted, OPEN, "the job was never committed", ROW(EXPIRED) | ROW(COMMIT_FAILED)),
	    NONE } },
	{ { "reset-failure", "a soft reset failed: each submit fails until the board is restarted",
	    "rkreplay doctor", "what state the driver is in", 1 },
	  { OF_JOB(reset_failed, SUPPORTED, "a reset line failed", ROW(RESET_FAILED)),
	    OF_SIGN(RESET_FAILED, SUPPORTED, "a reset line failed"), NONE } },
	{ { "reset-bypassed", "soft resets are switched off: what stands goes on standing",
	    "rkreplay snapshot sysfs --label bypass", "whether debugfs has the reset switched off", 1 },
	  { OF_JOB(bypassed, SUPPORTED, "the reset was bypassed", ROW(BYPASSED)),
	    OF_SIGN(BYPASS_ALONE, SUPPORTED, "the reset was bypassed"), NONE } },
	{ { "power-loss", "the NPU lost its power, and its registers, between two jobs",
	    "rkreplay snapshot sysfs --label power", "runtime_suspended_time before and after", 1 },
	  { OF_JOB(lost_state, SUPPORTED, "the counter of the job before was gone without a reset",
	    ROW(PRELUDE)), NONE } },
	{ { "power-domain", "the NPU has no power or no clock",
	    "rkreplay snapshot sysfs --label power",
	    "runtime_status and cur_freq; and the regulator in the device tree", 2 },
	  { OF_SIGN(POWER_DOMAIN, SUPPORTED, "the power domain did not answer"),
	    OF_JOB(reads_zero, OPEN, "all of the status reads 0", ROW(STATUS)), NONE } },
	{ { "no-iommu", "the NPU works without its IOMMU, or with a wrong one",
	    "rkreplay doctor", "whether all cores have an IOMMU in the device tree", 2 },
	  { OF_JOB(without_iommu, OPEN, "the driver found no IOMMU, and jobs time out", STOP_ROWS), NONE } },
	{ { "iova-exhausted", "no room is left below 4 GiB for what is to be mapped",
	    "rkreplay show RUN.rkrun --bos", "the sizes of all BOs together", 1 },
	  { OF_SIGN(IOVA, SUPPORTED, "an IOVA could not be allocated"),
	    OF_LOG(huge, RT_HUGE, OPEN, "a buffer of gigabytes was refused"),
	    OF_SIGN(DMA_MAP, OPEN, "a buffer could not be mapped"), NONE } },
	{ { "no-memory", "memory that the NPU can reach could not be had",
	    "rkreplay doctor", "whether there is an IOMMU; without one CMA must be large enough", 1 },
	  { OF_SIGN(NO_BUFFER, SUPPORTED, "a buffer could not be allocated"),
	    OF_SIGN(CMA, SUPPORTED, "the kernel had no contiguous memory left"),
	    OF_SIGN(RT_HANDLE, OPEN, "the runtime got no buffer"), NONE } },
	{ { "domain-switch", "the IOMMU domain could not be switched",
	    "rkreplay triage LOG-SINCE-BOOT", "which job kept the domain: the first failure in the log", 1 },
	  { OF_SIGN(SWITCH_TIMEOUT, SUPPORTED, "the switch was given up: a job still holds the domain"),
	    OF_SIGN(MISMATCH, SUPPORTED, "the device is in another domain than the driver believes"),
	    OF_JOB(switched, OPEN, "domains are switched around the failure", ROW(DOMAIN) | ROW(TIMEOUT)),
	    NONE } },
	{ { "old-driver", "the runtime wants a newer driver", "rkreplay doctor",
	    "the versions of driver and runtime", 1 },
	  { OF_LOG(old_driver, RT_OLD, OPEN, "the runtime says that the driver is too old"), NONE } },
	{ { "old-runtime", "runtime, model and driver do not fit together",
	    "rkreplay doctor", "the versions of driver and runtime", 2 },
	  { OF_SIGN(RT_VERSION, SUPPORTED, "the runtime does not know the model's version"),
	    OF_LOG(versions_known, RT_SUBMIT, OPEN, "the runtime's submit failed; no kernel row says how"),
	    NONE } },
	{ { "contention", "something else takes the memory bandwidth, or several threads use one context",
	    "rkreplay replay RUN.rkrun --repeat 10 --device npu --execute",
	    "whether it stops at the same task each time", 3 },
	  { OF_SIGN(RT_PART, OPEN, "the runtime counted some of the tasks"), NONE } },
	{ { "not-opened", "the device could not be opened: no driver, no node, or no permission",
	    "rkreplay doctor", "which node is the NPU's and who may open it", 1 },
	  { OF_SIGN(RT_OPEN, SUPPORTED, "the runtime could not open the device"), NONE } },
	{ { "call-missing", "the driver lacks a call that the runtime makes", "rkreplay doctor",
	    "the driver's version", 1 },
	  { OF_SIGN(RT_MISSING, SUPPORTED, "a call ended with errno 38 (ENOSYS)"), NONE } },
	{ { "refused", "the driver refused the submit for its arguments", "rkreplay verify RUN.rkrun",
	    "the fields of the submit", 1 },
	  { OF_SIGN(REFUSED, SUPPORTED, "the driver names what it refused"), NONE } },
	{ { "stalled", "the job was committed and the PC counts no task",
	    "rkreplay doctor --trace-patch rknpu_job.c", "all bits of PC.TASK_STATUS", 3 },
	  { OF_SIGN(STALL_NOTE, SUPPORTED, "a patched driver's watchdog says so"), NONE } },
};
/* clang-format on */

_Static_assert(RKR_ARRAY_LEN(causes) <= RKR_THEORIES_MAX, "room for each");

size_t
rkr_triage_n_causes(void)
{
	return RKR_ARRAY_LEN(causes);
}

const struct rkr_theory *
rkr_triage_cause(size_t i)
{
	return &causes[i].theory;
}

static void
weigh(struct rkr_triage *t, size_t i, const struct reason *r, const struct rkr_job *j)
{
	struct rkr_finding f = { .state = r->state, .why = r->why };

	for (size_t row = 0; j && row < RKR_JOB_ROWS; row++)
		if (r->rows & j->rows & 1u << row)
			rkr_finding_place(&f, j->at[row]);
	if (!j)
		rkr_finding_place(&f, t->sign[r->sign].first);
	rkr_finding_merge(&t->verdict.cause[i], &f);
}

void
rkr_triage_weigh_causes(struct rkr_triage *t, const struct rkr_job *job)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(causes); i++)
		for (const struct reason *r = causes[i].reasons; r->why; r++)
			if (r->job && r->job(t, job)) {
				weigh(t, i, r, job);
				break;
			}
}

void
rkr_triage_weigh_log(struct rkr_triage *t)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(causes); i++)
		for (const struct reason *r = causes[i].reasons; r->why; r++)
			if (!r->job && rkr_triage_saw(t, r->sign) && (!r->log || r->log(t)))
				weigh(t, i, r, NULL);
}
