/* SPDX-License-Identifier: MIT */
/* Each check passes on generated runs, and a change of one thing makes it fail. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/checks.h"
#include "lib/run-priv.h"
#include "lib/symbol.h"
#include "tests/checks-board.h"
#include "tests/checks-mutations.h"
#include "tests/gen-common.h"

RKR_DEFINE_CLEANUP(struct rkr_checks *, rkr_checks_free)
#define _cleanup_checks_ rkr_cleanup(rkr_checks_free)
RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)

/* Checks of compiled models, which rknn-checks-test.c has. */
static bool
is_of_models(unsigned id)
{
	return id == 15 || id == 16;
}
#define N_OF_MODELS 2

static struct rkr_run *
base_run(const char *shape, bool board, const struct rkg_options *options)
{
	struct rkr_run *run = test_run(shape, options);

	if (board) {
		test_add_board(run);
	}
	return run;
}

/* ---- changing a run ---- */

/* The run that a parser would make of the changed records. */
static struct rkr_run *
mutate(const struct rkr_run *from, const struct mutation *m)
{
	struct rkr_run *to = NULL;
	size_t seen = 0;
	bool hit = false;

	ck_assert_int_eq(rkr_run_new(&to), 0);
	for (size_t i = 0; i < rkr_run_n_records(from); i++) {
		const struct rkr_record *r = rkr_run_record(from, i);
		bool mine = m && r->kind == m->kind && (m->how == DROP_ALL || seen == m->nth);

		seen += m && r->kind == m->kind;
		if (mine && (m->how == DROP || m->how == DROP_ALL)) {
			hit = true;
			continue;
		}
		ck_assert_int_eq(rkr_run_append(to, r), 0);
		if (!mine)
			continue;
		hit = true;
		struct rkr_record *w = rkr_run_record_mut(to, rkr_run_n_records(to) - 1);

		if (m->how == SET)
			rkr_set_u(w, m->field, m->value);
		else if (m->how == UNSET)
			w->present &= ~(UINT64_C(1) << m->field);
		else if (m->how == TEXT)
			rkr_set_b(w, m->field, rkr_run_blob(to, m->text, strlen(m->text)));
		else
			((uint64_t *)(uintptr_t)rkr_get_b(w, RKR_F_regcmd_window_qwords)->data)[m->value] ^=
				1 << 16;
	}
	for (int k = 0; k < RKR_KIND_MAX_; k++)
		if (rkr_run_witnesses(from, (enum rkr_kind)k))
			rkr_run_set_witness(to, (enum rkr_kind)k);
	ck_assert_msg(!m || hit, "the mutation hits nothing");
	ck_assert_int_eq(rkr_run_bind(to), 0);
	return to;
}

static struct rkr_ledger_entry
ledger_entry(const char *shape, const struct rkr_run *generated)
{
	struct rkr_ledger_entry e = { .shape = shape, .reason = "not yet" };

	/* H40 is promoted here, C64 is not, as in the real ledger; the rest is not either. */
	e.promoted = strcmp(shape, H40) == 0;
	if (e.promoted)
		e.max_diff = "0.0625";
	ck_assert_int_eq(
		rkr_region_digest(generated, rkr_run_region(generated, RKR_REGION_REGCMD), e.regcmd_sha256),
		0);
	ck_assert_int_eq(
		rkr_region_digest(generated, rkr_run_region(generated, RKR_REGION_TASKS), e.tasks_sha256), 0);
	return e;
}

/* Verify one run against the generated one. The result of a check belongs to @ret_checks. */
static void
verify(const struct rkr_run *run, const struct rkr_run *against, const struct rkr_ledger_entry *entry,
       struct rkr_checks **ret_checks)
{
	static struct rkr_check_subject s;

	s = (struct rkr_check_subject){
		.name = "mutant",
		.run = run,
		.against = against,
		.shape = entry ? entry->shape : NULL,
		.ledger = entry,
	};
	ck_assert_int_eq(rkr_checks_new(&s, 1, ret_checks), 0);
}

static void
print_details(const struct rkr_check_result *r)
{
	for (size_t i = 0; i < r->n_details; i++)
		fprintf(stderr, "  %u %s: %s %s: expected %s, found %s\n", r->id, r->title,
			r->details[i].path, r->details[i].field ? r->details[i].field : "",
			r->details[i].expected, r->details[i].found);
}

/* ---- nothing is changed ---- */

static const struct {
	const char *shape;
	struct rkg_options options;
} runs[] = {
	{ H40, { 0 } },
	{ H40, { .profiling = true } },
	{ H40, { .iova_top = 0xfff00000 } },
	{ C64, { 0 } },
	{ C64, { .profiling = true, .iova_top = 0xfffa0000 } },
	{ "b1_c160_h14_w14_oc320_wic160_k3x3_g1", { 0 } },
	{ "b1_c160_h7_w7_oc320_wic160_k3x3_g1", { 0 } },
	{ "b1_c32_h14_w14_oc128_wic32_k3x3_g1", { 0 } },
	{ "b1_c1024_h1_w1_oc1001_wic1024_k1x1_g1", { 0 } },
	{ PW, { 0 } },
	{ OVERLAYS, { 0 } },
	{ DEPTHWISE, { 0 } },
	{ DEGENERATE, { 0 } },
	{ H40, { .reset = true } },
};

START_TEST(generated_runs_pass)
{
	_cleanup_run_ struct rkr_run *generated = test_run(runs[_i].shape, &runs[_i].options);
	_cleanup_run_ struct rkr_run *board =
		base_run(runs[_i].shape, strcmp(runs[_i].shape, H40) == 0, &runs[_i].options);
	_cleanup_run_ struct rkr_run *run = mutate(board, NULL);
	_cleanup_checks_ struct rkr_checks *checks = NULL;
	const struct rkr_ledger_entry e = ledger_entry(runs[_i].shape, generated);
	size_t n;

	verify(run, generated, &e, &checks);
	const struct rkr_check_result *r = rkr_checks_results(checks, &n);

	ck_assert_uint_eq(n, 37);
	for (size_t i = 0; i < n; i++) {
		print_details(&r[i]);
		ck_assert_uint_eq(r[i].id, i + 1);
		ck_assert_msg(r[i].state != RKR_CHECK_FAIL, "%u %s fails", r[i].id, r[i].title);
		/* A skip has its reason; a pass has said something. */
		if (r[i].state == RKR_CHECK_SKIP)
			ck_assert(r[i].reason && r[i].reason[0]);
		else
			ck_assert_uint_gt(r[i].subjects[0].asserted, 0);
		if (is_of_models(r[i].id))
			ck_assert_ptr_nonnull(strstr(r[i].reason, "no model record; a .rknn file gives it"));
	}
	ck_assert_uint_eq(rkr_checks_total(checks, RKR_CHECK_FAIL), 0);
	ck_assert_uint_eq(rkr_checks_total(checks, RKR_CHECK_PASS) + rkr_checks_total(checks, RKR_CHECK_SKIP),
			  n);
	/*
	 * H40 with a board's logs leaves only the checks of models, and that of unpromoted shapes.
	 */
	if (strcmp(runs[_i].shape, H40) == 0)
		ck_assert_uint_eq(rkr_checks_total(checks, RKR_CHECK_SKIP), N_OF_MODELS + 1);
}
END_TEST

/* ---- one thing is changed ---- */

START_TEST(a_change_fails)
{
	const struct mutation *m = &mutations[_i];
	_cleanup_run_ struct rkr_run *generated = test_run(m->shape, NULL);
	_cleanup_run_ struct rkr_run *board = base_run(m->shape, strcmp(m->shape, H40) == 0, NULL);
	_cleanup_run_ struct rkr_run *run = mutate(board, m);
	_cleanup_checks_ struct rkr_checks *checks = NULL;
	const struct rkr_ledger_entry e = ledger_entry(m->shape, generated);
	size_t n;

	verify(run, generated, &e, &checks);
	const struct rkr_check_result *r = &rkr_checks_results(checks, &n)[m->id - 1];

	ck_assert_msg(r->state == RKR_CHECK_FAIL, "mutation %d: check %u %s: %s (%s)", _i, m->id, r->title,
		      rkr_check_state_name(r->state), r->reason ? r->reason : "");
	ck_assert_uint_gt(r->n_details, 0);
	for (size_t i = 0; i < r->n_details; i++) {
		ck_assert(r->details[i].path && r->details[i].path[0]);
		ck_assert(r->details[i].expected && r->details[i].expected[0]);
		ck_assert(r->details[i].found && r->details[i].found[0]);
		ck_assert_uint_eq(r->details[i].subject, 0);
	}
	/* What is missing, and should be there, is called so. */
	if (m->how == DROP_ALL || m->how == UNSET)
		ck_assert_msg(strstr(r->details[0].found, "mandatory input missing"), "%s",
			      r->details[0].found);
}
END_TEST

START_TEST(each_check_has_a_change_that_fails_it)
{
	for (unsigned id = 1; id <= rkr_checks_count(); id++) {
		bool has = false;

		for (size_t i = 0; i < RKR_ARRAY_LEN(mutations); i++)
			has |= mutations[i].id == id;
		ck_assert_msg(has != is_of_models(id), "check %u", id);
	}
}
END_TEST

/* ---- what is not there ---- */

/* Without a run to compare with, what needs one is skipped, and the rest holds. */
START_TEST(without_a_run_to_compare_with)
{
	_cleanup_run_ struct rkr_run *run = base_run(H40, true, NULL);
	_cleanup_checks_ struct rkr_checks *checks = NULL;
	static const unsigned need[] = { 5, 17, 18, 19, 20, 21, 24, 25 };
	size_t n;

	verify(run, NULL, NULL, &checks);
	const struct rkr_check_result *r = rkr_checks_results(checks, &n);

	for (size_t i = 0; i < n; i++) {
		bool needs = is_of_models(r[i].id);

		for (size_t k = 0; k < RKR_ARRAY_LEN(need); k++)
			needs |= need[k] == r[i].id;
		print_details(&r[i]);
		ck_assert_msg((r[i].state == RKR_CHECK_SKIP) == needs, "check %u: %s", r[i].id,
			      rkr_check_state_name(r[i].state));
		ck_assert_int_ne((int)r[i].state, (int)RKR_CHECK_FAIL);
	}
}
END_TEST

START_TEST(an_empty_run_skips_all)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	_cleanup_checks_ struct rkr_checks *checks = NULL, *none = NULL;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	verify(run, NULL, NULL, &checks);
	ck_assert_uint_eq(rkr_checks_total(checks, RKR_CHECK_SKIP), rkr_checks_count());
	ck_assert_int_eq(rkr_checks_new(NULL, 0, &none), 0);
	ck_assert_uint_eq(rkr_checks_total(none, RKR_CHECK_SKIP), rkr_checks_count());
}
END_TEST

/* A failure in one run is a failure, whatever the others say; a skip in one is no skip. */
START_TEST(runs_are_taken_together)
{
	const struct mutation m = { 9, H40, SET, F(submit, flags), 1, NULL };
	_cleanup_run_ struct rkr_run *good = test_run(H40, NULL), *bad = mutate(good, &m), *empty = NULL;
	_cleanup_checks_ struct rkr_checks *checks = NULL;
	size_t n;

	ck_assert_int_eq(rkr_run_new(&empty), 0);
	const struct rkr_check_subject s[] = {
		{ .name = "empty", .run = empty },
		{ .name = "good", .run = good, .against = good },
		{ .name = "bad", .run = bad, .against = good },
	};

	ck_assert_int_eq(rkr_checks_new(s, 3, &checks), 0);
	const struct rkr_check_result *r = rkr_checks_results(checks, &n);

	ck_assert_int_eq((int)r[8].state, (int)RKR_CHECK_FAIL);
	ck_assert_int_eq((int)r[8].subjects[0].state, (int)RKR_CHECK_SKIP);
	ck_assert_int_eq((int)r[8].subjects[1].state, (int)RKR_CHECK_PASS);
	ck_assert_int_eq((int)r[8].subjects[2].state, (int)RKR_CHECK_FAIL);
	ck_assert_uint_eq(r[8].details[0].subject, 2);
	ck_assert_str_eq(r[8].details[0].path, "submit[0]");
	ck_assert_str_eq(r[8].details[0].field, "flags");
	ck_assert_str_eq(r[8].details[0].expected, "0x5");
	ck_assert_str_eq(r[8].details[0].found, "0x1");
	ck_assert_int_eq((int)r[0].state, (int)RKR_CHECK_PASS);
	ck_assert_int_eq((int)r[32].state, (int)RKR_CHECK_SKIP);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("checks");
	TCase *t = tcase_create("checks");

	tcase_add_loop_test(t, generated_runs_pass, 0, (int)RKR_ARRAY_LEN(runs));
	tcase_add_loop_test(t, a_change_fails, 0, (int)RKR_ARRAY_LEN(mutations));
	tcase_add_test(t, each_check_has_a_change_that_fails_it);
	tcase_add_test(t, without_a_run_to_compare_with);
	tcase_add_test(t, an_empty_run_skips_all);
	tcase_add_test(t, runs_are_taken_together);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return test_main(s);
}
