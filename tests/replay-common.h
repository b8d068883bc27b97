/* SPDX-License-Identifier: MIT */
#ifndef TEST_REPLAY_COMMON_H
#define TEST_REPLAY_COMMON_H

/* What the tests of replay's plan and gates share. A failure ends the test. */

#include <stdio.h>
#include <string.h>

#include "replay/gate.h"
#include "replay/plan-priv.h"
#include "tests/gen-common.h"

/** The smallest run: one task on core 0, of 11. */
#define C32 "b1_c32_h14_w14_oc128_wic32_k3x3_g1"

RKR_DEFINE_CLEANUP(struct rkx_permit *, rkx_permit_free)

/** A board on which all is well. */
static inline struct rkx_facts
test_facts(void)
{
	return (struct rkx_facts){
		.driver = { 0, 9, 8 },
		.submit_bytes = 104,
		.lock_held = true,
		.users_known = true,
		.health = RKX_HEALTH_GOOD,
	};
}

/** The plan of a run with edits, up to the first NULL; free with rkx_plan_free(). */
static inline struct rkx_plan *
test_plan_with(const struct rkr_run *run, const char *const edits[static 1],
	       const struct rkx_inference *inference)
{
	struct rkx_plan_options o = { .inference = *inference, .edits = edits };
	struct rkr_error err = { 0 };
	struct rkx_plan *plan;

	while (edits[o.n_edits])
		o.n_edits++;
	if (rkx_plan_new(run, &o, &plan, &err) < 0)
		ck_abort_msg("%s", err.what);
	return plan;
}

static inline struct rkx_plan *
test_plan_of(const struct rkr_run *run, const char *const edits[static 1])
{
	return test_plan_with(run, edits, &(struct rkx_inference){ 0 });
}

#define TEST_NO_EDITS ((const char *const[]){ NULL })

/** Record number @nth of a kind, writable. */
static inline struct rkr_record *
test_record(struct rkr_run *run, enum rkr_kind kind, size_t nth)
{
	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		if (rkr_run_record(run, i)->kind == kind && nth-- == 0)
			return rkr_run_record_mut(run, i);
	ck_abort_msg("no such record");
}

/** The byte offset in its BO of the record of a task; *ret_bo is the BO. */
static inline uint64_t
test_regcmd(const struct rkr_run *run, size_t task, uint32_t *ret_bo)
{
	struct rkr_task t;

	ck_assert_int_eq(rkr_run_task(run, task, &t), 0);
	struct rkr_ref ref = rkr_run_resolve(run, RKR_SPACE_DMA, t.regcmd_addr, SIZE_MAX);

	ck_assert_int_eq(ref.state, RKR_REF_BO);
	*ret_bo = ref.bo;
	return ref.addend;
}

#endif
