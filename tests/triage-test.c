/* SPDX-License-Identifier: MIT */
/*
 * Triage row by row: each hypothesis with rows for it, against it, and too few;
 * jobs and their models; comparing.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/triage-compare.h"
#include "lib/util.h"
#include "tests/triage-common.h"

#define AT(t) "[" t "] RKNPU: "
#define PRELUDE(t, status, raw, more)                                                                            \
	AT(t) "pc commit prelude: core=0 core_mask=0x1 use_core_num=1 task_status=" status                       \
	      " int_status=0x0 int_raw=" raw " enable_mask=0x0" more "\n"
#define TRACE(t, n, last, addr)                                                                                    \
	AT(t) "pc commit trace: core=0 submit_index=0 task_start=0 task_number=" n " task_end=" last             \
	      " first_regcmd=" addr " first_amount=108 first_enable=0xd first_int=0x300 last_int=0x300"          \
	      " task_base_addr=0x0 flags=0x5 use_core_num=1\n"
#define REGS(t, addr, control)                                                                                   \
	AT(t) "pc commit regs: core=0 PC_DATA_ADDR=" addr " PC_DATA_AMOUNT=0x37 INT_MASK=0x300 INT_RAW=0xc0000000" \
	      " TASK_CONTROL=" control " DMA_BASE=0x0 TASK_STATUS=0x0 ENABLE_MASK=0x0\n"
#define ARMED(t) AT(t) "pc commit armed: core=0 PC_OP_EN=0x0 INT_STATUS=0x0 INT_RAW=0xc0000000 TASK_STATUS=0x0\n"
#define VALID(t, status, counter, addr, control)                                                                 \
	AT(t) "valid irq trace: core=0 status=" status " raw=0xc0000000 require=0x300 task_counter=" counter     \
	      " PC_DATA_ADDR=" addr " PC_DATA_AMOUNT=0x0 TASK_CONTROL=" control " DMA_BASE=0x0 ENABLE_MASK=0x0\n"
#define JOB(t, more)                                                                                             \
	AT(t) "job: 00000000aabbccdd, mask: 0x1, job iommu domain id: 0, dev iommu domain id: 0, wait_count: 1," \
	      " continue wait: 0, commit elapse time: 6000000us, wait time: 6000000us, timeout: 6000000us\n" more
#define FAILED(t, counter) \
	AT(t) "failed to wait job, task counter: " counter ", flags: 0x5, ret = 0, elapsed time: 6000000us\n"
#define TIMEOUT(t, flags) AT(t) "job timeout, flags: " flags ":\n"
#define STATUS(t, irq, raw, counter)                                                                     \
	AT(t) "\tcore 0 irq status: " irq ", raw status: " raw ", require mask: 0x300, task counter: "   \
	      counter ", elapsed time: 6100000us\n"
#define STOPPED(t, more)                                                                                 \
	AT(t) "\tcore 0 timeout pc regs: PC_DATA_ADDR=0xfff00000 PC_DATA_AMOUNT=0x37 TASK_CONTROL=0x7001" \
	      " DMA_BASE=0x0 PC_OP_EN=0x0 ENABLE_MASK=0x0" more "\n"
#define RESET(t) AT(t) "soft reset, num: 6\n"

/* A job of two tasks that ends well, and the commit of one that comes behind it. */
#define GOOD_JOB                                                                                              \
	PRELUDE("    1.000000", "0x0", "0xc0000000", "") TRACE("    1.000000", "2", "1", "0xfff10000")        \
	REGS("    1.000000", "0xfff10000", "0x7002") ARMED("    1.000000")                                    \
	VALID("    1.001000", "0x300", "0x2", "0x0", "0x7002")
#define EARLY_JOB                                                                                             \
	PRELUDE("    1.000000", "0x0", "0xc0000000", "") TRACE("    1.000000", "2", "1", "0xfff10000")        \
	REGS("    1.000000", "0xfff10000", "0x7002") ARMED("    1.000000")                                    \
	VALID("    1.001000", "0x100", "0x1", "0xfff10380", "0x7002")
#define COMMIT(raw, more)                                                                                     \
	PRELUDE("    1.100000", "0x2", raw, more) TRACE("    1.100000", "1", "0", "0xfff00000")               \
	REGS("    1.100000", "0xfff00000", "0x7001") ARMED("    1.100000")
#define STANDS(raw, counter, more)                                                                            \
	JOB("    7.100000", FAILED("    7.100000", counter)) TIMEOUT("    7.200000", "0x0")                    \
	STATUS("    7.200000", "0x0", raw, counter) more RESET("    7.300000")
#define IDLE STANDS("0xc0000000", "0x0", "")
#define UNSTARTED                                                                                             \
	AT("    9.000000") "job: 00000000aabbccee, mask: 0x1, job iommu domain id: 0, dev iommu domain id: 0," \
	" wait_count: 1, continue wait: 1, commit elapse time: 0us, wait time: 6000000us, timeout: 6000000us\n" \
	AT("   21.000000") "job commit failed\n"                                                             \
	AT("   21.100000") "job abort, flags: 0x0, ret: -22, elapsed time: 18100000us\n"
#define MORE(cna, dpu, rdma) \
	" TASK_STATUS_ALL=0x0 CNA=" cna " CORE=0x0/0xe DPU=" dpu " DPU_RDMA=" rdma " PPU=0x0/0x0 PPU_RDMA=0x0/0x0"
#define STOP_MORE(status) " TASK_STATUS_ALL=" status " CNA=0x0/0xe CORE=0x0/0xe DPU=0x0/0x0 DPU_RDMA=0x0/0x0"
#define INVALID                                                                                               \
	AT("    1.200000") "invalid irq status: 0x5, raw status: 0x55, require mask: 0x300, task counter: 0x0\n"

static const struct evidence {
	const char *id;
	enum rkr_state state;
	const char *log;
} evidence[] = {
	{ "A", RKR_STATE_SUPPORTED, EARLY_JOB COMMIT("0xc0000000", "") IDLE },
	{ "A", RKR_STATE_SUPPORTED, EARLY_JOB },
	{ "A", RKR_STATE_RULED_OUT, GOOD_JOB COMMIT("0xc0000000", "") IDLE },
	{ "A", RKR_STATE_CANNOT_TELL, IDLE },
	{ "B", RKR_STATE_SUPPORTED, GOOD_JOB COMMIT("0xc000000c", "") IDLE },
	{ "B", RKR_STATE_SUPPORTED,
	  GOOD_JOB COMMIT("0xc0000000", MORE("0x2/0xe", "0x0/0x0", "0x0/0x0")) IDLE },
	{ "B", RKR_STATE_SUPPORTED, STANDS("0xc000000c", "0x0", "") },
	{ "B", RKR_STATE_RULED_OUT,
	  GOOD_JOB COMMIT("0xc0000000", MORE("0x0/0xe", "0x0/0x0", "0x0/0x0")) IDLE },
	{ "B", RKR_STATE_RULED_OUT, GOOD_JOB RESET("    1.050000") COMMIT("0xc0000000", "") IDLE },
	{ "B", RKR_STATE_OPEN, GOOD_JOB COMMIT("0xc0000000", "") IDLE },
	{ "B", RKR_STATE_CANNOT_TELL, IDLE },
	{ "C", RKR_STATE_SUPPORTED, COMMIT("0xc0000000", MORE("0x0/0xe", "0x0/0x1000f", "0x0/0xe")) IDLE },
	{ "C", RKR_STATE_RULED_OUT, COMMIT("0xc0000000", MORE("0x0/0xe", "0x0/0xe", "0x0/0xe")) IDLE },
	{ "C", RKR_STATE_RULED_OUT, UNSTARTED },
	{ "C", RKR_STATE_OPEN, IDLE },
	{ "C", RKR_STATE_OPEN, STANDS("0xc0000055", "0x0", "") },
	{ "C", RKR_STATE_CANNOT_TELL, FAILED("    1.000000", "0") },
	{ "D", RKR_STATE_SUPPORTED,
	  GOOD_JOB PRELUDE("    1.100000", "0x0", "0xc0000000", "")
		  TRACE("    1.100000", "1", "0", "0xfff00000") REGS("    1.100000", "0xfff00000", "0x7001")
			  VALID("    1.100100", "0x100", "0x1", "0x0", "0x7001") },
	{ "D", RKR_STATE_RULED_OUT,
	  GOOD_JOB PRELUDE("    5.100000", "0x0", "0xc0000000", "")
		  TRACE("    5.100000", "1", "0", "0xfff00000") JOB("   11.100000", "")
			  FAILED("   11.100000", "0") },
	{ "D", RKR_STATE_CANNOT_TELL, GOOD_JOB COMMIT("0xc0000000", "") IDLE },
	{ "E", RKR_STATE_SUPPORTED,
	  COMMIT("0xc0000000",
		 "") "[    1.200000] rk_iommu fdab9000.iommu: Page fault at 0x00000000fff00000 of type read\n" IDLE },
	{ "E", RKR_STATE_RULED_OUT, STANDS("0xc0000055", "0x0", "") },
	{ "E", RKR_STATE_OPEN, IDLE },
	{ "E", RKR_STATE_CANNOT_TELL, FAILED("    1.000000", "0") },
	{ "F", RKR_STATE_SUPPORTED,
	  COMMIT("0xc0000000", "") STANDS("0xc0000000", "0x0", STOPPED("    7.200000", STOP_MORE("0x0"))) },
	{ "F", RKR_STATE_RULED_OUT,
	  COMMIT("0xc0000000", "")
		  STANDS("0xc0000000", "0x0", STOPPED("    7.200000", STOP_MORE("0x5000"))) },
	{ "F", RKR_STATE_RULED_OUT, STANDS("0xc0000055", "0x0", "") },
	{ "F", RKR_STATE_OPEN, IDLE },
	{ "F", RKR_STATE_CANNOT_TELL, FAILED("    1.000000", "0") },
	{ "G", RKR_STATE_SUPPORTED,
	  PRELUDE("    1.000000", "0x0", "0xc0000000", "") TRACE("    1.000000", "2", "1", "0xfff10000")
		  REGS("    1.000000", "0xfff10000", "0x7006") ARMED("    1.000000") },
	{ "G", RKR_STATE_SUPPORTED, VALID("    1.000000", "0x3", "0x1", "0x0", "0x7001") },
	{ "G", RKR_STATE_RULED_OUT, COMMIT("0xc0000000", "") IDLE },
	{ "G", RKR_STATE_CANNOT_TELL, FAILED("    1.000000", "0") },
	{ "H", RKR_STATE_SUPPORTED, COMMIT("0xc0000000", "") STANDS("0xc0000000", "0x1", "") },
	{ "H", RKR_STATE_OPEN, STANDS("0xc0000000", "0x3", "") },
	{ "H", RKR_STATE_RULED_OUT, GOOD_JOB COMMIT("0xc0000000", "") IDLE },
	{ "H", RKR_STATE_CANNOT_TELL, IDLE },
	{ "I", RKR_STATE_SUPPORTED, COMMIT("0xc0000000", MORE("0x0/0xe", "0x0/0x0", "0x20000/0x0")) IDLE },
	{ "I", RKR_STATE_RULED_OUT, COMMIT("0xc0000000", MORE("0x0/0xe", "0x0/0x0", "0x0/0x0")) IDLE },
	{ "I", RKR_STATE_OPEN, IDLE },
	{ "I", RKR_STATE_CANNOT_TELL, FAILED("    1.000000", "0") },
	{ "J", RKR_STATE_SUPPORTED, COMMIT("0xc0000000", "") INVALID IDLE },
	{ "J", RKR_STATE_SUPPORTED, COMMIT("0xc0000000", "") INVALID IDLE UNSTARTED },
	{ "J", RKR_STATE_RULED_OUT, IDLE },
	{ "J", RKR_STATE_OPEN, UNSTARTED },
	{ "J", RKR_STATE_CANNOT_TELL,
	  AT("    1.000000") "job abort, flags: 0x0, ret: -22, elapsed time: 100000us\n" },
	{ "K", RKR_STATE_SUPPORTED, STANDS("0xc0001000", "0x0", "") },
	{ "K", RKR_STATE_RULED_OUT, UNSTARTED },
	{ "K", RKR_STATE_CANNOT_TELL, IDLE },
	{ "L", RKR_STATE_SUPPORTED,
	  AT("    0.500000") "mismatch domain get from iommu_get_domain_for_dev\n" IDLE },
	{ "L", RKR_STATE_OPEN, AT("    0.500000") "switch iommu domain from 0 to 1\n" IDLE },
	{ "L", RKR_STATE_RULED_OUT, IDLE },
	{ "L", RKR_STATE_CANNOT_TELL, EARLY_JOB },
	/* Plain causes. */
	{ "late-interrupt", RKR_STATE_SUPPORTED,
	  JOB("    7.100000", FAILED("    7.100000", "0")) TIMEOUT("    7.200000", "0x1") },
	{ "irq-not-serviced", RKR_STATE_SUPPORTED,
	  JOB("    7.100000", FAILED("    7.100000", "0")) TIMEOUT("    7.200000", "0x0")
		  STATUS("    7.200000", "0x200", "0xc0000200", "0x0") },
	{ "reset-bypassed", RKR_STATE_SUPPORTED, AT("    1.000000") "bypass soft reset\n" },
	{ "killed-process", RKR_STATE_SUPPORTED,
	  AT("    1.000000") "failed to wait job, task counter: 74, flags: 0x1, ret = -512, elapsed time: 13624us\n" },
	{ "iova-exhausted", RKR_STATE_SUPPORTED, AT("    1.000000") "failed to allocate IOVA: -12\n" },
	{ "wedged-core", RKR_STATE_OPEN, UNSTARTED },
	{ "missed-kick", RKR_STATE_OPEN, UNSTARTED },
	{ "power-domain", RKR_STATE_OPEN, STANDS("0x0", "0x0", "") },
};

START_TEST(evidence_decides)
{
	const struct evidence *e = &evidence[_i];
	struct rkr_triage *t = triage_text(e->log, strlen(e->log), NULL);
	const struct rkr_finding *f = triage_finding(rkr_triage_verdict(t), e->id);

	ck_assert_msg(f->jobs && f->state == e->state, "%s is %s (%" PRIu64 " jobs), not %s", e->id,
		      rkr_state_name(f->state), f->jobs, rkr_state_name(e->state));
	/* What is said stands on rows; what is not said names what would tell. */
	if (e->state == RKR_STATE_CANNOT_TELL)
		ck_assert_ptr_nonnull(f->missing);
	else
		ck_assert_ptr_nonnull(f->why);
	if (e->state == RKR_STATE_SUPPORTED || e->state == RKR_STATE_OPEN)
		ck_assert_uint_gt(f->n_places, 0);
	rkr_triage_free(t);
}
END_TEST

/* Of each hypothesis there are rows for it, against it, and too few. */
START_TEST(all_hypotheses_have_evidence)
{
	for (size_t i = 0; i < rkr_triage_n_hypotheses(); i++)
		for (int state = 0; state < RKR_STATES; state++) {
			size_t n = 0;

			for (size_t k = 0; k < RKR_ARRAY_LEN(evidence); k++)
				n += strcmp(evidence[k].id, rkr_triage_hypothesis(i)->id) == 0 &&
				     (int)evidence[k].state == state;
			if (state != RKR_STATE_OPEN)
				ck_assert_msg(n, "%s", rkr_triage_hypothesis(i)->id);
		}
	ck_assert_uint_eq(rkr_triage_n_hypotheses(), 12);
}
END_TEST

/* The five lines that were recorded of the next job after C64/H56. */
START_TEST(the_recorded_lines)
{
	static const char log[] =
		"RKNPU: job: ..., mask: 0x1, ... timeout: 6000000us\n"
		"RKNPU: failed to wait job, task counter: 0, flags: 0x5\n"
		"RKNPU: job timeout, flags: 0x0:\n"
		"RKNPU: core 0 irq status: 0x0, raw status: 0xc0000000, require mask: 0x300, task counter: 0x0\n"
		"RKNPU: soft reset, num: 6\n";
	static const char *const states[][2] = {
		{ "A", "cannot-tell" }, { "B", "cannot-tell" }, { "C", "open" },
		{ "D", "cannot-tell" }, { "E", "open" },        { "F", "open" },
		{ "G", "ruled-out" },   { "H", "cannot-tell" }, { "I", "open" },
		{ "J", "ruled-out" },   { "K", "cannot-tell" }, { "L", "ruled-out" },
	};
	struct rkr_triage *t = triage_text(log, strlen(log), NULL);
	const struct rkr_verdict *v = rkr_triage_verdict(t);
	char words[1024];

	triage_words(v->facts, words, sizeof(words));
	ck_assert_str_eq(
		words,
		"committed timed-out never-progressed no-task-ended idle-status no-late-interrupt reset ");
	ck_assert_uint_eq(v->jobs, 1);
	for (size_t i = 0; i < RKR_ARRAY_LEN(states); i++)
		ck_assert_str_eq(rkr_state_name(triage_finding(v, states[i][0])->state), states[i][1]);
	/* Each word stands on its row. */
	ck_assert_uint_eq(v->fact_place[RKR_FACT_COMMITTED].line, 2);
	ck_assert_uint_eq(v->fact_place[RKR_FACT_NEVER_PROGRESSED].line, 4);
	ck_assert_uint_eq(v->fact_place[RKR_FACT_IDLE_STATUS].line, 4);
	ck_assert_uint_eq(v->fact_place[RKR_FACT_NO_LATE_INTERRUPT].line, 3);
	ck_assert_uint_eq(v->fact_place[RKR_FACT_RESET].line, 5);
	ck_assert(triage_finding(v, "G")->partial);
	/* Reading one word of the task is cheaper than all else. */
	ck_assert_str_eq(rkr_triage_next(v)->id, "A");
	rkr_triage_free(t);
}
END_TEST

/* Bits 16, 30 and 31 change nothing. */
START_TEST(reserved_bits_explain_nothing)
{
	static const char *const raws[] = { "0x0",        "0x10000",    "0x40010000",
					    "0xc0000000", "0xc0010000", "0x80000000" };
	char log[1024], words[2][1024];

	for (size_t i = 0; i < RKR_ARRAY_LEN(raws); i++) {
		snprintf(
			log, sizeof(log),
			"RKNPU: failed to wait job, task counter: 0, flags: 0x5\nRKNPU: job timeout, flags: 0x0:\n"
			"RKNPU: core 0 irq status: 0x0, raw status: %s, require mask: 0x300, task counter: 0x0\n",
			raws[i]);
		struct rkr_triage *t = triage_text(log, strlen(log), NULL);

		triage_words(rkr_triage_verdict(t)->facts, words[i > 0], sizeof(words[0]));
		ck_assert_str_eq(words[0], words[i > 0]);
		ck_assert_int_eq((int)triage_best(rkr_triage_verdict(t)), RKR_STATE_OPEN);
		rkr_triage_free(t);
	}
}
END_TEST

/* ---- jobs ---- */

/* A value that the driver cannot have written, with the row where it stands. */
START_TEST(the_model_is_held_against_rows)
{
	struct triage_jobs jobs = triage_jobs_of(PRELUDE("    1.000000", "0x0", "0xc0000000", "")
				   TRACE("    1.000000", "2", "1", "0xfff10000")
				   REGS("    1.000000", "0xfff10000", "0x7006"));

	ck_assert_uint_eq(jobs.n, 1);
	ck_assert_uint_eq(jobs.job[0].n_odd, 1);
	ck_assert_str_eq(jobs.job[0].odd[0].field, "TASK_CONTROL");
	ck_assert_uint_eq(jobs.job[0].odd[0].want, 0x7002);
	ck_assert_uint_eq(jobs.job[0].odd[0].got, 0x7006);
	ck_assert_uint_eq(jobs.job[0].odd[0].place.line, 3);
}
END_TEST

#define TASK(off, addr)                                                                                          \
	"  task_like[0] off=" off " flags=0x00000000 op_idx=1 enable_mask=0x0000000d int_mask=0x00000300"         \
	" int_clear=0x0001ffff int_status=0x00000000 regcfg_amount=108 regcfg_offset=0 regcmd_addr=" addr "\n"

/* The commit reads its tasks from the table that the log shows; a second table tells nothing of either. */
START_TEST(the_table_is_held_against_rows)
{
	static const char gem[] = "GEM 1: handle=1 size=4096 map_offset=0x100000000\n  task_like_entries=1\n";
	char log[4096];
	static const struct {
		const char *tables;
		size_t odd;
	} c[] = {
		{ TASK("0x0000", "0x00000000fff10000"), 0 },
		{ TASK("0x0000", "0x00000000fff20000"), 1 },
		{ TASK("0x0000", "0x00000000fff20000") TASK("0x0000", "0x00000000fff30000"), 0 },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(c); i++) {
		snprintf(log, sizeof(log), "%s%s%s", gem, c[i].tables,
			 TRACE("    1.000000", "1", "0", "0xfff10000"));
		struct triage_jobs jobs = triage_jobs_of(log);

		ck_assert_uint_eq(jobs.n, 1);
		ck_assert_uint_eq(jobs.job[0].n_odd, c[i].odd);
	}
}
END_TEST

START_TEST(an_interrupt_that_should_have_ended_it)
{
	struct triage_jobs jobs = triage_jobs_of(COMMIT(
		"0xc0000000",
		"") "RKNPU: invalid irq status: 0x100, raw status: 0xc0000100, require mask: 0x300, task counter: 0x1\n");

	ck_assert_uint_eq(jobs.n, 1);
	ck_assert_uint_eq(jobs.job[0].n_odd, 1);
	ck_assert_str_eq(jobs.job[0].odd[0].field, "irq_status");
}
END_TEST

START_TEST(boots_are_told_apart)
{
	static const char log[] = GOOD_JOB COMMIT("0xc0000000", "") GOOD_JOB;
	struct triage_jobs jobs = triage_jobs_of(GOOD_JOB "[    9.000000] RKNPU: soft reset, num: 6\n" GOOD_JOB);
	struct rkr_triage *t = triage_text(log, strlen(log), NULL);

	ck_assert_uint_eq(jobs.n, 2);
	ck_assert_uint_eq(jobs.job[0].boot, 0);
	ck_assert_uint_eq(jobs.job[1].boot, 1);
	ck_assert(!jobs.job[1].before.known);
	/* Rows out of order by less than a second are none. */
	ck_assert_uint_eq(rkr_triage_verdict(t)->boots, 1);
	rkr_triage_free(t);
}
END_TEST

/* ---- two logs ---- */

struct told {
	size_t n;
	struct rkr_divergence d[8];
};

static int
keep_divergence(void *data, const struct rkr_divergence *d)
{
	struct told *told = data;

	ck_assert_uint_lt(told->n, RKR_ARRAY_LEN(told->d));
	told->d[told->n++] = *d;
	return 0;
}

static struct told
compare_logs(const char *clean, const char *bad)
{
	struct rkr_compare *c;
	struct told told = { 0 };
	const char *logs[2] = { clean, bad };

	ck_assert_int_eq(rkr_compare_new(&c), 0);
	for (unsigned i = 0; i < 2; i++) {
		struct triage_jobs jobs = triage_jobs_of(logs[i]);

		for (size_t k = 0; k < jobs.n; k++)
			ck_assert_int_eq(rkr_compare_add(c, i, &jobs.job[k]), 0);
	}
	ck_assert_int_eq(rkr_compare_run(c, keep_divergence, &told), 0);
	rkr_compare_free(c);
	return told;
}

START_TEST(logs_are_compared)
{
	static const char clean[] =
		GOOD_JOB COMMIT("0xc0000000", "") VALID("    1.100100", "0x100", "0x1", "0x0", "0x7001");
	static const char bad[] = GOOD_JOB COMMIT("0xc000000c", "") IDLE;
	struct told told = compare_logs(clean, clean);

	ck_assert_uint_eq(told.n, 0);
	told = compare_logs(clean, bad);
	ck_assert_uint_eq(told.n, 2);
	ck_assert_str_eq(told.d[0].field, "int_raw before");
	ck_assert_uint_eq(told.d[0].value[0], 0);
	ck_assert_uint_eq(told.d[0].value[1], 0xc);
	ck_assert_uint_eq(told.d[0].number[1], 2);
	ck_assert_str_eq(told.d[1].field, "end");
	/* A job that one log lacks does not put the rest out of step. */
	told = compare_logs(GOOD_JOB COMMIT("0xc0000000", "") IDLE, COMMIT("0xc0000000", "") IDLE);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_ptr_null(told.d[0].field);
	ck_assert_uint_eq(told.d[0].number[0], 1);
	ck_assert_uint_eq(told.d[0].number[1], 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("triage");
	TCase *t = tcase_create("triage");

	tcase_add_loop_test(t, evidence_decides, 0, (int)RKR_ARRAY_LEN(evidence));
	tcase_add_test(t, all_hypotheses_have_evidence);
	tcase_add_test(t, the_recorded_lines);
	tcase_add_test(t, reserved_bits_explain_nothing);
	tcase_add_test(t, the_model_is_held_against_rows);
	tcase_add_test(t, the_table_is_held_against_rows);
	tcase_add_test(t, an_interrupt_that_should_have_ended_it);
	tcase_add_test(t, boots_are_told_apart);
	tcase_add_test(t, logs_are_compared);
	suite_add_tcase(s, t);
	return test_main(s);
}
