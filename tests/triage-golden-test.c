/* SPDX-License-Identifier: MIT */
/*
 * Golden cases of triage: each a folder with a log, a README that says what it
 * shows, and the verdict. Verdicts are compared by meaning (facts, states,
 * what to try next), not by wording. With TRIAGE_UPDATE=1 in the environment
 * they are written anew, to be read before they are kept.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/format.h"
#include "lib/util.h"
#include "tests/triage-common.h"

static const char *const cases[] = {
	"chain-overrun",  "clean",	 "dma-error",	   "early-completion", "five-lines", "invalid-irq",
	"iova-exhausted", "late-irq",	 "missed-kick",	   "other-driver",     "pollute",    "power-loss",
	"reset-failure",  "stuck-group", "wedged-core", "weight-reuse",
};

static void
put_states(struct rkr_buf *out, const struct rkr_verdict *v, bool causes)
{
	size_t n = causes ? rkr_triage_n_causes() : rkr_triage_n_hypotheses();

	for (size_t i = 0; i < n; i++) {
		const struct rkr_finding *f = causes ? &v->cause[i] : &v->hypothesis[i];
		const struct rkr_theory *t = causes ? rkr_triage_cause(i) : rkr_triage_hypothesis(i);

		if (f->jobs)
			rkr_buf_printf(out, "%s %s%s\n", t->id, rkr_state_name(f->state),
				       f->partial ? " in part" : "");
	}
}

/* What a verdict means. */
static struct rkr_buf
meaning(const struct rkr_verdict *v)
{
	struct rkr_buf out = { 0 };
	char words[1024];

	triage_words(v->facts, words, sizeof(words));
	words[strlen(words) - 1] = '\0';
	rkr_buf_printf(&out, "facts: %s\njobs: %llu done, %llu failed, %llu unseen\n", words,
		       (unsigned long long)v->done, (unsigned long long)v->failed,
		       (unsigned long long)v->unseen);
	put_states(&out, v, true);
	put_states(&out, v, false);
	if (rkr_triage_next(v))
		rkr_buf_printf(&out, "next: %s\n", rkr_triage_next(v)->id);
	rkr_buf_put(&out, "", 1);
	ck_assert_int_eq(out.failed, 0);
	return out;
}

START_TEST(a_case_is_as_written)
{
	char name[128];
	size_t len;

	snprintf(name, sizeof(name), "tests/golden/triage/%s/README", cases[_i]);
	_autofree_ char *readme = test_source(name);
	_autofree_ char *words = test_read_file(readme, &len);

	ck_assert_msg(len > 40 && words[len - 1] == '\n', "%s says nothing", name);
	snprintf(name, sizeof(name), "tests/golden/triage/%s/log", cases[_i]);
	_autofree_ char *log = test_source(name);
	_autofree_ char *text = test_read_file(log, &len);
	struct rkr_triage *t = triage_text(text, len, NULL);
	struct rkr_buf got = meaning(rkr_triage_verdict(t));

	rkr_triage_free(t);
	snprintf(name, sizeof(name), "tests/golden/triage/%s/verdict", cases[_i]);
	if (getenv("TRIAGE_UPDATE")) {
		char *at = strrchr(log, '/');
		char path[1024];

		snprintf(path, sizeof(path), "%.*s/verdict", (int)(at - log), log);
		_autofclose_ FILE *f = fopen(path, "w");

		ck_assert_ptr_nonnull(f);
		fputs(got.data, f);
	} else {
		_autofree_ char *path = test_source(name);
		_autofree_ char *want = test_read_file(path, NULL);

		ck_assert_str_eq(got.data, want);
	}
	rkr_buf_free(&got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("triage-golden");
	TCase *t = tcase_create("cases");

	tcase_add_loop_test(t, a_case_is_as_written, 0, (int)RKR_ARRAY_LEN(cases));
	suite_add_tcase(s, t);
	return test_main(s);
}
