/* SPDX-License-Identifier: MIT */
/* Writes the network of tests/net-model.h to a file, for shell tests: make-model FILE. */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/net-model.h"

/* What makes the model asserts, which ends the program if it does so outside of a test. */
START_TEST(write_model)
{
	struct model_file m = net_model();

	ck_assert_uint_eq(fwrite(m.data, 1, m.len, stdout), m.len);
	free(m.data);
}
END_TEST

int
main(int argc, char **argv)
{
	if (argc != 2 || !freopen(argv[1], "wb", stdout)) {
		fputs("usage: make-model FILE\n", stderr);
		return 2;
	}
	Suite *s = suite_create("make-model");
	TCase *t = tcase_create("model");

	tcase_add_test(t, write_model);
	suite_add_tcase(s, t);

	SRunner *runner = srunner_create(s);

	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed || fclose(stdout) != 0;
}
