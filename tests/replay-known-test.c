/* SPDX-License-Identifier: MIT */
/* A run that did harm is known again in whatever guise, and another one is not taken for it. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "replay/fingerprint.h"
#include "tests/replay-common.h"

/** A ledger of one entry, in a directory of its own. */
struct book {
	char dir[32];
	struct rkx_poison *poison;
};

static void
book_new(struct book *b, const struct rkx_plan *plan)
{
	struct rkx_poison_entry e = { .name = "the-bad-one", .harm = "crash", .what = "conv" };

	*b = (struct book){ .dir = "/tmp/rkx-known-XXXXXX" };
	ck_assert_ptr_nonnull(mkdtemp(b->dir));
	ck_assert_int_eq(rkx_poison_load(b->dir, NULL, &b->poison, NULL), 0);
	ck_assert_int_eq(rkx_plan_fingerprint(plan, e.fingerprint), 0);
	ck_assert_int_eq(rkx_poison_add(b->poison, &e, NULL), 0);
}

static void
book_free(struct book *b)
{
	char path[64];

	rkx_poison_free(b->poison);
	snprintf(path, sizeof(path), "%s/poison", b->dir);
	unlink(path);
	rmdir(b->dir);
}

static bool
is_known(const struct book *b, const struct rkx_plan *plan)
{
	struct rkx_facts facts = test_facts();
	struct rkx_gate_report report;
	struct rkx_permit *permit = NULL;

	facts.emulated = true;
	facts.poison = b->poison;
	ck_assert_int_eq(rkx_gate_judge(plan, &facts, NULL, &report, &permit, NULL), 0);
	rkx_permit_free(permit);
	for (size_t i = 0; i < RKX_N_GATES; i++)
		if (strcmp(rkx_gate_get(i)->id, "G20") == 0)
			return report.gate[i].verdict == RKX_REFUSE &&
			       strstr(report.gate[i].reason, "the ledger has this run as the-bad-one");
	return false;
}

static void
rename_all(struct rkr_run *run)
{
	/* The table of a run is const to its readers; this run is ours. */
	for (uint32_t i = 0; i < rkr_run_n_bos(run); i++)
		snprintf(((struct rkr_bo *)(uintptr_t)rkr_run_bo(run, i))->role, 8, "it%u", i);
}

/* The same submit once more. */
static void
submit_again(struct rkr_run *run)
{
	ck_assert_int_eq(rkr_run_append(run, test_record(run, RKR_KIND_submit, 0)), 0);
	ck_assert_int_eq(rkr_run_bind(run), 0);
}

/* The same, behind a harmless one of another record. */
static void
submit_behind(struct rkr_run *run)
{
	submit_again(run);
	struct rkr_record *first = test_record(run, RKR_KIND_submit, 0);

	rkr_set_u(first, RKR_F_submit_sub0_number, 1);
}

static const struct {
	const char *edits[3];
	void (*mutate)(struct rkr_run *run);
	bool known;
} guises[] = {
	{ { NULL }, NULL, true },
	/* What neither the driver nor the NPU looks at. */
	{ { "task[0].op_idx=7" }, NULL, true },
	{ { "task[1].enable_mask=0x1d" }, NULL, true },
	{ { "task[0].int_clear=0" }, NULL, true },
	{ { "task[0].flags=3" }, NULL, true },
	{ { "task[1].regcfg_offset=8" }, NULL, true },
	{ { "task[5].int_mask=0x300" }, NULL, true },
	{ { "submit.task_number=1", "submit.task_start=4" }, NULL, true },
	{ { "submit.timeout=1000" }, NULL, true },
	{ { "action[3].value=7" }, NULL, true },
	/* On an idle board these are one. */
	{ { "submit.core_mask=1" }, NULL, true },
	{ { NULL }, rename_all, true },
	{ { NULL }, submit_again, true },
	{ { NULL }, submit_behind, true },
	/* Others. */
	{ { "task[1].CNA.CBUF_CON0.WEIGHT_REUSE=0" }, NULL, false },
	{ { "task[0].DPU.DST_BASE_ADDR=0" }, NULL, false },
	{ { "submit.flags=1" }, NULL, false },
	{ { "submit.subcore_task[0].task_number=1" }, NULL, false },
	{ { "submit.core_mask=2" }, NULL, false },
	{ { "task[1].int_mask=0xc00" }, NULL, false },
};

START_TEST(test_guises)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C64, NULL);
	rkr_cleanup(rkr_run_free) struct rkr_run *other =
		test_run(C64, &(struct rkg_options){ .iova_top = 0x40000000 });
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	struct book b;

	book_new(&b, plan);
	if (guises[_i].mutate)
		guises[_i].mutate(other);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *again = test_plan_of(other, guises[_i].edits);

	ck_assert_msg(is_known(&b, again) == guises[_i].known, "guise %d is %sknown", _i,
		      guises[_i].known ? "not " : "");
	book_free(&b);
}
END_TEST

/* Of two submits that are both in the ledger, both must be allowed. */
START_TEST(test_two)
{
	static const char *const one[] = { "the-bad-one" }, *const both[] = { "the-bad-one", "the-other" };
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	struct rkx_poison_entry e = { .name = "the-other", .harm = "crash", .what = "conv" };
	struct rkx_gate_options o = { .bracketed = true, .allow = one, .n_allow = 1 };
	struct rkx_facts facts = test_facts();
	struct rkx_gate_report report;
	struct rkx_permit *permit = NULL;
	struct book b;

	book_new(&b, plan);
	submit_again(run);
	rkr_set_u(test_record(run, RKR_KIND_submit, 1), RKR_F_submit_flags, 1);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *two = test_plan_of(run, TEST_NO_EDITS);

	ck_assert_int_eq(rkx_submit_fingerprint(two, 1, e.fingerprint), 0);
	ck_assert_int_eq(rkx_poison_add(b.poison, &e, NULL), 0);
	facts.emulated = true;
	facts.poison = b.poison;
	ck_assert_int_eq(rkx_gate_judge(two, &facts, &o, &report, &permit, NULL), 0);
	ck_assert_str_eq(report.gate[19].reason, "the ledger has this run as the-other: crash");
	ck_assert_ptr_null(permit);
	o.allow = both;
	o.n_allow = 2;
	ck_assert_int_eq(rkx_gate_judge(two, &facts, &o, &report, &permit, NULL), 0);
	ck_assert_int_eq(report.gate[19].verdict, RKX_UNLOCKED);
	ck_assert_ptr_nonnull(permit);
	rkx_permit_free(permit);
	book_free(&b);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("replay-known");
	TCase *tc = tcase_create("known");

	tcase_add_loop_test(tc, test_guises, 0, RKR_ARRAY_LEN(guises));
	tcase_add_test(tc, test_two);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
