/* SPDX-License-Identifier: MIT */
/*
 * Real excerpts of kernel and runtime logs, by their numbers: what a careful
 * reader finds that each one's rows carry, and what its poster found behind
 * it where rows can tell.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/util.h"
#include "tests/triage-common.h"

/*
 * Facts that must be there; a cause that must be supported or open; "": the rows
 * cannot tell what the poster found.
 */
static const struct excerpt {
	const char *number;
	const char *facts;
	const char *cause;
} excerpts[] = {
	{ "001", "committed killed aborted", "killed-process" },
	{ "003", "patched-driver not-an-rknpu-failure", "" },
	{ "004", "timed-out never-progressed idle-status reset killed", "E" },
	{ "005", "boot-log not-an-rknpu-failure", "" },
	{ "007", "committed timed-out finished-not-serviced no-late-interrupt reset", "irq-not-serviced" },
	{ "008", "reset-bypassed", "reset-bypassed" },
	{ "009", "committed timed-out never-progressed idle-status no-iommu reset", "no-iommu" },
	{ "010", "committed timed-out never-progressed idle-status reset", "E" },
	{ "011", "submit-failed no-task-ended", "" },
	{ "012", "committed timed-out never-progressed idle-status no-late-interrupt reset", "C" },
	{ "013", "committed timed-out never-progressed idle-status no-iommu reset", "no-iommu" },
	{ "015", "submit-failed", "" },
	{ "016", "reset reset-without-failure", "" },
	{ "017", "submit-failed no-task-ended stopped-part-way", "old-runtime" },
	{ "019", "submit-failed stopped-part-way", "" },
	{ "020", "submit-failed no-task-ended", "" },
	{ "021", "submit-failed stopped-part-way", "contention" },
	{ "023", "submit-failed stopped-part-way", "" },
	{ "024", "submit-failed no-task-ended", "" },
	{ "025", "submit-failed stopped-part-way", "old-runtime" },
	{ "027", "memory-failed", "no-memory" },
	{ "028", "memory-failed", "no-memory" },
	{ "029", "memory-failed", "old-driver" },
	{ "031", "memory-failed", "iova-exhausted" },
	{ "032", "memory-failed", "no-memory" },
	{ "033", "iova-exhausted memory-failed", "iova-exhausted" },
	{ "034", "iova-exhausted memory-failed", "iova-exhausted" },
	{ "035", "iova-exhausted memory-failed", "iova-exhausted" },
	{ "036", "iova-exhausted memory-failed", "iova-exhausted" },
	{ "037", "memory-failed", "no-memory" },
	{ "039", "foreign-driver not-an-rknpu-failure", "" },
	{ "040", "foreign-driver not-an-rknpu-failure", "" },
	{ "041", "boot-log not-an-rknpu-failure", "" },
	{ "043", "boot-log not-an-rknpu-failure", "" },
	{ "044", "boot-log not-an-rknpu-failure", "" },
	{ "045", "boot-log not-an-rknpu-failure", "" },
	{ "047", "boot-log not-an-rknpu-failure", "" },
	{ "048", "boot-log not-an-rknpu-failure", "" },
	{ "049", "foreign-driver not-an-rknpu-failure", "" },
	{ "051", "foreign-driver not-an-rknpu-failure", "" },
	{ "052", "boot-log not-an-rknpu-failure", "" },
	{ "053", "boot-log not-an-rknpu-failure", "" },
	{ "055", "boot-log not-an-rknpu-failure", "" },
	{ "056", "boot-log not-an-rknpu-failure", "" },
	{ "057", "boot-log not-an-rknpu-failure", "" },
	{ "058", "boot-log not-an-rknpu-failure", "" },
	{ "059", "boot-log not-an-rknpu-failure", "" },
	{ "060", "power-domain-off", "power-domain" },
	{ "061", "no-rows", "" },
	{ "063", "foreign-driver not-an-rknpu-failure", "" },
	{ "064", "submit-failed stopped-part-way", "contention" },
	{ "065", "submit-failed no-task-ended", "old-runtime" },
	{ "066", "submit-failed", "" },
	{ "067", "memory-failed", "iova-exhausted" },
	{ "068", "model-refused", "old-runtime" },
	{ "069", "device-not-opened", "not-opened" },
	{ "071", "patched-driver stalled", "stalled" },
	{ "072", "patched-driver stalled", "stalled" },
	{ "073", "no-rows", "" },
	{ "074", "no-rows", "" },
	{ "075", "stalled domain-switch domain-failed no-task-ended", "domain-switch" },
	{ "076", "domain-failed memory-failed", "domain-switch" },
	{ "077", "no-rows", "" },
	{ "079", "timed-out domain-switch reset", "domain-switch" },
	{ "080", "no-rows", "" },
	{ "081", "no-rows", "" },
	{ "082", "healthy", "" },
	{ "083", "foreign-driver not-an-rknpu-failure", "" },
	{ "084", "no-rows not-an-rknpu-failure", "" },
	{ "085", "boot-log not-an-rknpu-failure", "" },
	{ "087", "patched-driver mask-unreachable", "int-mask" },
	{ "088", "call-not-implemented memory-failed", "call-missing" },
	{ "089", "submit-failed no-task-ended", "" },
	{ "090", "irq-not-wired probe-failed", "irq-not-wired" },
	{ "091", "boot-log not-an-rknpu-failure", "" },
	{ "092", "healthy", "" },
	{ "093", "timed-out reset", "" },
	{ "095", "foreign-driver not-an-rknpu-failure", "" },
	{ "096", "healthy", "" },
	{ "097", "healthy", "" },
	{ "098", "healthy", "" },
	{ "099", "healthy", "" },
	{ "100", "healthy", "" },
	{ "101", "healthy", "" },
};

/* The text of the excerpt with this number, to be freed; NULL: there is none. */
static char *
excerpt_text(const char *dir, const char *number, size_t *ret_len)
{
	_autoclosedir_ DIR *d = opendir(dir);
	const struct dirent *e;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d))) {
		char path[1024];

		if (strncmp(e->d_name, number, 3) != 0 || e->d_name[3] != '-')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		return test_read_file(path, ret_len);
	}
	return NULL;
}

/* What each excerpt's rows carry must be said, all of it. */
START_TEST(an_excerpt_is_read)
{
	const struct excerpt *e = &excerpts[_i];
	_autofree_ char *dir = test_shared("captures/dmesg");
	char words[1024] = " ", want[256];
	size_t len;

	if (!dir)
		test_skip("there is no folder of real captures");
	_autofree_ char *text = excerpt_text(dir, e->number, &len);

	ck_assert_msg(text != NULL, "there is no excerpt %s", e->number);
	struct rkr_triage *t = triage_text(text, len, NULL);
	const struct rkr_verdict *v = rkr_triage_verdict(t);

	triage_words(v->facts, words + 1, sizeof(words) - 1);
	snprintf(want, sizeof(want), "%s", e->facts);
	for (char *save, *word = strtok_r(want, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char spaced[64];

		snprintf(spaced, sizeof(spaced), " %s ", word);
		ck_assert_msg(strstr(words, spaced), "%s: '%s' is not in: %s", e->number, word, words);
	}
	/* A failure is one or is not. */
	ck_assert_msg(rkr_facts_fail(v->facts) !=
			      (triage_has(v, RKR_FACT_NOT_RKNPU) || triage_has(v, RKR_FACT_HEALTHY)),
		      "%s: %s", e->number, words);
	if (e->cause[0]) {
		const struct rkr_finding *f = triage_finding(v, e->cause);

		ck_assert_msg(f->jobs && f->state >= RKR_STATE_OPEN, "%s: %s is %s", e->number, e->cause,
			      rkr_state_name(f->state));
	}
	rkr_triage_free(t);
}
END_TEST

/*
 * Of those whose rows can tell, how many are best explained by what the poster
 * found: at least four of five.
 */
START_TEST(posters_are_agreed_with)
{
	_autofree_ char *dir = test_shared("captures/dmesg");
	size_t n = 0, agreed = 0;

	if (!dir)
		test_skip("there is no folder of real captures");
	for (size_t i = 0; i < RKR_ARRAY_LEN(excerpts); i++) {
		size_t len;

		if (!excerpts[i].cause[0])
			continue;
		_autofree_ char *text = excerpt_text(dir, excerpts[i].number, &len);

		ck_assert_ptr_nonnull(text);
		struct rkr_triage *t = triage_text(text, len, NULL);
		const struct rkr_verdict *v = rkr_triage_verdict(t);
		const struct rkr_finding *f = triage_finding(v, excerpts[i].cause);

		n++;
		if (f->jobs && f->state == triage_best(v))
			agreed++;
		else
			printf("# %s: %s is not the best\n", excerpts[i].number, excerpts[i].cause);
		rkr_triage_free(t);
	}
	ck_assert_uint_ge(n, 30);
	ck_assert_msg(agreed * 5 >= n * 4, "%zu of %zu", agreed, n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("triage-real");
	TCase *t = tcase_create("excerpts");

	tcase_add_loop_test(t, an_excerpt_is_read, 0, (int)RKR_ARRAY_LEN(excerpts));
	tcase_add_test(t, posters_are_agreed_with);
	suite_add_tcase(s, t);
	return test_main(s);
}
