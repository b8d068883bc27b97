/* SPDX-License-Identifier: MIT */
/* The checks on real captures: none fails, and each skip says why. */
#include "config.h"

#include <dirent.h>
#include <string.h>
#include <time.h>

#include "lib/checks.h"
#include "parsers/parse.h"
#include "tests/gen-common.h"

RKR_DEFINE_CLEANUP(struct rkr_checks *, rkr_checks_free)
#define _cleanup_checks_ rkr_cleanup(rkr_checks_free)
RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)

/* What each log is of, by its name; a log whose name says nothing is of H40. */
static const struct {
	const char *part;
	const char *shape; /* NULL: of no workload */
	bool profiling;
} names[] = {
	{ "snapshot_baseline", NULL, false },
	{ "c32_h14", "b1_c32_h14_w14_oc128_wic32_k3x3_g1", false },
	{ "c64_h56", C64, true },
	{ "pw_c256_h14", "b1_c256_h14_w14_oc512_wic256_k1x1_g1", true },
	{ "_h14_", "b1_c160_h14_w14_oc320_wic160_k3x3_g1", true },
	{ "_h7_", "b1_c160_h7_w7_oc320_wic160_k3x3_g1", true },
	{ "channeltile", "b1_c160_h8_w8_oc320_wic160_k3x3_g1", false },
	{ "6desc_live", "b1_c160_h8_w8_oc320_wic160_k3x3_g1", false },
	{ "", H40, false },
};

static void
verify_log(const char *path, const char *name, size_t *ret_passed)
{
	_cleanup_run_ struct rkr_run *run = NULL, *against = NULL;
	_cleanup_checks_ struct rkr_checks *checks = NULL;
	struct rkp_accounting acc;
	struct rkr_error err = { 0 };
	size_t i = 0, n;

	while (!strstr(name, names[i].part))
		i++;
	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_msg(rkp_parse_into(run, path, NULL, &acc, &err) == 0, "%s: %s", name, err.what);
	ck_assert_int_eq(rkr_run_bind(run), 0);
	if (names[i].shape)
		against = test_run(names[i].shape, &(struct rkg_options){ .profiling = names[i].profiling });
	const struct rkr_check_subject s = {
		.name = name, .run = run, .against = against, .shape = names[i].shape
	};

	ck_assert_int_eq(rkr_checks_new(&s, 1, &checks), 0);
	const struct rkr_check_result *r = rkr_checks_results(checks, &n);

	for (size_t k = 0; k < n; k++) {
		ck_assert_msg(r[k].state != RKR_CHECK_FAIL, "%s: check %u %s: %s %s: expected %s, found %s",
			      name, r[k].id, r[k].title, r[k].details[0].path,
			      r[k].details[0].field ? r[k].details[0].field : "", r[k].details[0].expected,
			      r[k].details[0].found);
		ck_assert(r[k].state != RKR_CHECK_SKIP || (r[k].reason && r[k].reason[0]));
		/* A full window is compared, not skipped; so is a log with calls. */
		if (strstr(name, "_live_regcmd_1168") || strstr(name, "sweep_live_regcmd"))
			ck_assert_msg(r[k].state == RKR_CHECK_PASS || r[k].id < 18 || r[k].id > 20,
				      "check %u: %s", r[k].id, r[k].reason);
		if (strstr(name, "ioctl_c64"))
			ck_assert_msg(r[k].state == RKR_CHECK_PASS ||
					      (r[k].id != 24 && r[k].id != 25 && r[k].id != 12),
				      "check %u: %s", r[k].id, r[k].reason);
	}
	*ret_passed += rkr_checks_total(checks, RKR_CHECK_PASS);
}

START_TEST(no_real_log_fails)
{
	_autofree_ char *dir = test_shared("captures/logs");
	_autoclosedir_ DIR *d = dir ? opendir(dir) : NULL;
	size_t n_logs = 0, passed = 0;
	struct dirent *e;

	if (!d)
		test_skip("no captures here");
	while ((e = readdir(d))) {
		_autofree_ char *path = NULL;

		if (e->d_name[0] == '.' || !strstr(e->d_name, ".log"))
			continue;
		ck_assert_int_ge(asprintf(&path, "%s/%s", dir, e->d_name), 0);
		verify_log(path, e->d_name, &passed);
		n_logs++;
	}
	printf("# %zu logs, %zu checks passed, none failed\n", n_logs, passed);
	ck_assert_uint_ge(n_logs, 30);
	ck_assert_uint_gt(passed, 400);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("checks-real");
	TCase *t = tcase_create("checks-real");

	tcase_add_test(t, no_real_log_fails);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
