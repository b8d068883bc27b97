/* SPDX-License-Identifier: MIT */
/* The facts of real captures: of generated runs always, of the captures where they are. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/gen.h"
#include "gen/shape.h"
#include "lib/digest.h"
#include "lib/util.h"
#include "parsers/parse.h"
#include "tests/common.h"
#include "tests/facts.h"

#define N_CAPTURES 30

static void
check_bos(const yaml_node_t *fact, const struct rkr_run *run)
{
	const yaml_node_t *bos = facts_get(fact, "bos");

	for (const yaml_node_pair_t *p = bos ? bos->data.mapping.pairs.start : NULL;
	     bos && p < bos->data.mapping.pairs.top; p++) {
		const char *role = facts_text(facts_node(p->key));
		int bo = rkr_run_bo_by_role(run, role);

		ck_assert_msg(bo >= 0, "no BO has the role %s", role);
		ck_assert_uint_eq(rkr_run_bo(run, (size_t)bo)->size,
				  strtoull(facts_text(facts_node(p->value)), NULL, 0));
	}
}

static void
check_region(const yaml_node_t *fact, const char *key, const struct rkr_run *run, enum rkr_region_kind kind)
{
	const yaml_node_t *want = facts_get(fact, key);
	const struct rkr_region *region = rkr_run_region(run, kind);
	char hex[RKR_SHA256_HEX];

	if (!want)
		return;
	ck_assert_msg(region != NULL, "the run has no %s", key);
	if (kind == RKR_REGION_REGCMD) {
		ck_assert_uint_eq(region->size / 8, facts_number(want, "words"));
		ck_assert_uint_eq(region->offset, facts_number(want, "at"));
	} else {
		ck_assert_uint_eq(region->size / RKR_TASK_BYTES, facts_number(want, "count"));
	}
	ck_assert_int_eq(rkr_region_digest(run, region, hex), 0);
	ck_assert_str_eq(hex, facts_text(facts_get(want, "sha256")));
}

static void
check_run(const yaml_node_t *fact, const struct rkr_run *run)
{
	check_bos(fact, run);
	check_region(fact, "tasks", run, RKR_REGION_TASKS);
	check_region(fact, "regcmd", run, RKR_REGION_REGCMD);
}

START_TEST(generated)
{
	const yaml_node_t *fact = facts_entry(_i);
	struct rkg_shape shape;
	struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };

	ck_assert_msg(rkg_shape_parse(facts_text(facts_get(fact, "shape")), &shape, &err) == 0, "%s",
		      err.what);
	ck_assert_msg(rkg_conv_run(&shape, NULL, &run, &err) == 0, "%s", err.what);
	check_run(fact, run);
	rkr_run_free(run);
}
END_TEST

START_TEST(captured)
{
	const yaml_node_t *fact = facts_entry(_i);
	char name[256], hex[RKR_SHA256_HEX];
	struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };
	size_t size;

	snprintf(name, sizeof(name), "captures/logs/%s", facts_text(facts_get(fact, "file")));
	_autofree_ char *path = test_shared(name);

	if (!path)
		test_skip("the real captures are not there");
	_autofree_ char *bytes = test_read_file(path, &size);

	rkr_sha256_hex(bytes, size, hex);
	ck_assert_str_eq(hex, facts_text(facts_get(fact, "sha256")));
	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkp_parse_into(run, path, NULL, NULL, &err), 0);
	ck_assert_int_eq(rkr_run_bind(run), 0);
	check_run(fact, run);
	rkr_run_free(run);
}
END_TEST

/* Facts that check nothing would pass: count what they say. */
START_TEST(facts_say_something)
{
	int n = facts_count();
	int bos = 0, tasks = 0, regcmd = 0;

	for (int i = 0; i < n; i++) {
		bos += facts_get(facts_entry(i), "bos") != NULL;
		tasks += facts_get(facts_entry(i), "tasks") != NULL;
		regcmd += facts_get(facts_entry(i), "regcmd") != NULL;
	}
	ck_assert_int_eq(n, N_CAPTURES);
	ck_assert_int_eq(bos, 27);
	ck_assert_int_eq(tasks, 15);
	ck_assert_int_eq(regcmd, 9);
}
END_TEST

static void
load(void)
{
	facts_load("captures/facts.yaml", "captures");
}

int
main(void)
{
	Suite *s = suite_create("facts");
	TCase *t = tcase_create("facts");

	tcase_add_checked_fixture(t, load, facts_unload);
	tcase_add_test(t, facts_say_something);
	tcase_add_loop_test(t, generated, 0, N_CAPTURES);
	tcase_add_loop_test(t, captured, 0, N_CAPTURES);
	suite_add_tcase(s, t);
	return test_main(s);
}
