/* SPDX-License-Identifier: MIT */
/* The ledger of trusted shapes, and the rule by which a shape gets into it. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/ledger.h"
#include "lib/run-priv.h"
#include "tests/gen-common.h"

RKR_DEFINE_CLEANUP(struct rkr_ledger *, rkr_ledger_free)
#define _cleanup_ledger_ rkr_cleanup(rkr_ledger_free)
RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)

static const struct {
	const char *name, *shape, *max_diff;
	bool promoted;
} promoted[] = {
	{ "H40", H40, "0.0625", true },
	{ "H7", "b1_c160_h7_w7_oc320_wic160_k3x3_g1", "0.0621", true },
	{ "H14", "b1_c160_h14_w14_oc320_wic160_k3x3_g1", "0.0625", true },
	{ "C32/H14", "b1_c32_h14_w14_oc128_wic32_k3x3_g1", "0.0304", true },
	{ "PW C256/H14", "b1_c256_h14_w14_oc512_wic256_k1x1_g1", "0.0311", true },
	{ "C64/H56", C64, "0.0156", false },
};

static struct rkr_ledger *
read_ledger(void)
{
	_autofree_ char *path = test_source("captures/promoted.yaml");
	struct rkr_ledger *ledger = NULL;
	struct rkr_error err = { 0 };
	size_t size;
	_autofree_ char *text = test_read_file(path, &size);

	ck_assert_msg(rkr_ledger_parse(text, size, path, &ledger, &err) == 0, "%s", err.what);
	return ledger;
}

START_TEST(the_ledger_holds_what_is_proven)
{
	_cleanup_ledger_ struct rkr_ledger *ledger = read_ledger();
	size_t n;

	rkr_ledger_entries(ledger, &n);
	ck_assert_uint_eq(n, RKR_ARRAY_LEN(promoted));
	for (size_t i = 0; i < n; i++) {
		const struct rkr_ledger_entry *e = rkr_ledger_find(ledger, promoted[i].shape);
		_cleanup_run_ struct rkr_run *run = test_run(promoted[i].shape, NULL);
		const struct rkr_region *regcmd = rkr_run_region(run, RKR_REGION_REGCMD);
		char hex[RKR_SHA256_HEX], name[RKG_SHAPE_NAME_MAX];
		const struct rkg_shape shape = test_shape(promoted[i].shape);

		ck_assert_ptr_nonnull(e);
		ck_assert_str_eq(e->name, promoted[i].name);
		ck_assert_str_eq(e->max_diff, promoted[i].max_diff);
		ck_assert_int_eq(e->promoted, promoted[i].promoted);
		ck_assert_int_eq(e->reason != NULL, !promoted[i].promoted);
		/* Spelt as the command spells it. */
		rkg_shape_format(&shape, name, sizeof(name));
		ck_assert_str_eq(e->shape, name);
		/* What is trusted is what is generated. */
		ck_assert_uint_eq(e->n_words, regcmd->size / 8);
		ck_assert_uint_eq(e->n_tasks, rkr_run_n_tasks(run));
		ck_assert_int_eq(rkr_region_digest(run, regcmd, hex), 0);
		ck_assert_str_eq(e->regcmd_sha256, hex);
		ck_assert_int_eq(rkr_region_digest(run, rkr_run_region(run, RKR_REGION_TASKS), hex), 0);
		ck_assert_str_eq(e->tasks_sha256, hex);
	}
	ck_assert_ptr_null(rkr_ledger_find(ledger, "b1_c160_h8_w8_oc320_wic160_k3x3_g1"));
}
END_TEST

/* The facts of the captures that the ledger names are facts on record. */
START_TEST(the_ledger_rests_on_recorded_captures)
{
	_cleanup_ledger_ struct rkr_ledger *ledger = read_ledger();
	_autofree_ char *path = test_source("captures/facts.yaml");
	_autofree_ char *facts = test_read_file(path, NULL);
	size_t n;
	const struct rkr_ledger_entry *e = rkr_ledger_entries(ledger, &n);

	for (size_t i = 0; i < n; i++) {
		const char *at = strstr(facts, e[i].capture), *next = at ? strstr(at, "- file:") : NULL;
		size_t len = next ? (size_t)(next - at) : at ? strlen(at) : 0;

		ck_assert_msg(at, "%s", e[i].capture);
		ck_assert_ptr_nonnull(memmem(at, len, e[i].shape, strlen(e[i].shape)));
		ck_assert_ptr_nonnull(memmem(at, len, e[i].regcmd_sha256, strlen(e[i].regcmd_sha256)));
		ck_assert_ptr_nonnull(memmem(at, len, e[i].tasks_sha256, strlen(e[i].tasks_sha256)));
	}
}
END_TEST

#define DIGEST "78ff23a71769750978c9b2fc505e6241b4a3597b01746a9e6f9cd799a641fe7d"
#define PROOF "max_diff: 0.1, capture: c.log, regcmd_sha256: " DIGEST ", tasks_sha256: " DIGEST

static const struct {
	const char *text, *what;
	int ret;
} texts[] = {
	{ "version: 1\nshapes: []\n", NULL, 0 },
	{ "version: 1\nfuture: {a: b}\nshapes:\n  - {shape: x, promoted: no, reason: r, later: [1]}\n", NULL,
	  0 },
	{ "version: 1\nshapes:\n  - {shape: x, promoted: yes, " PROOF "}\n", NULL, 0 },
	{ "", "no ledger", -EINVAL },
	{ "[]\n", "no ledger", -EINVAL },
	{ "shapes: []\n", "'version'", -EINVAL },
	{ "version: [1]\nshapes: []\n", "'version'", -EINVAL },
	{ "version: one\nshapes: []\n", "no number", -EINVAL },
	{ "version: 2\nshapes: []\n", "version 2", -ENOTSUP },
	{ "version: 1\n", "'shapes'", -EINVAL },
	{ "version: 1\nshapes: {}\n", "'shapes'", -EINVAL },
	{ "version: 1\nshapes: [x]\n", "an entry is a map", -EINVAL },
	{ "version: 1\nshapes: [{promoted: no, reason: r}]\n", "'shape'", -EINVAL },
	{ "version: 1\nshapes: [{shape: x, reason: r}]\n", "'promoted'", -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: maybe}]\n", "neither yes nor no", -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no}]\n", "no reason for 'x'", -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: yes}]\n", "no evidence for 'x'", -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: yes, max_diff: 0.1}]\n", "no evidence for 'x'",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: -1}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: inf}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 0x1p-4}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: +1}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: ' 1'}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 1.}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: .5}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 01}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 1e}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 1e999}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 0.1x}]\n", "no difference",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 0}]\n", NULL, 0 },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 12}]\n", NULL, 0 },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 0.0625}]\n", NULL, 0 },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 1e-05}]\n", NULL, 0 },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, max_diff: 2.5E+3}]\n", NULL, 0 },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, words: -1}]\n", "no number", -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, words: 99999999999999999999}]\n",
	  "no number", -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r, tasks_sha256: abc}]\n", "no SHA-256",
	  -EINVAL },
	{ "version: 1\nshapes: [{shape: [x], promoted: no}]\n", "no value of 'shape'", -EINVAL },
	{ "version: 1\nshapes: [{shape: '', promoted: no}]\n", "no text", -EINVAL },
	{ "version: 1\nshapes: [{shape: \"a\\0b\", promoted: no}]\n", "no text", -EINVAL },
	{ "version: 1\nshapes: [{shape: x, promoted: no, reason: r}, {shape: x, promoted: no, reason: r}]\n",
	  "two entries", -EINVAL },
	{ "version: 1\nshapes: [\n", "not YAML", -EINVAL },
	{ "version: 1\nshapes: \xff\n", "not YAML", -EINVAL },
};

START_TEST(wrong_ledgers_are_refused)
{
	_cleanup_ledger_ struct rkr_ledger *ledger = NULL;
	struct rkr_error err = { 0 };

	ck_assert_msg(rkr_ledger_parse(texts[_i].text, strlen(texts[_i].text), "l.yaml", &ledger, &err) ==
			      texts[_i].ret,
		      "%s: %s", texts[_i].text, err.what);
	ck_assert_int_eq(ledger == NULL, texts[_i].ret < 0);
	if (texts[_i].what) {
		ck_assert_msg(strstr(err.what, texts[_i].what) != NULL, "%s", err.what);
		ck_assert_str_eq(err.file, "l.yaml");
	}
}
END_TEST

START_TEST(a_ledger_cut_anywhere_does_no_harm)
{
	_autofree_ char *path = test_source("captures/promoted.yaml");
	size_t size;
	_autofree_ char *text = test_read_file(path, &size);
	struct test_random random = { 5 };

	for (size_t len = 0; len < size; len += 7) {
		struct rkr_ledger *ledger = NULL;
		struct rkr_error err = { 0 };

		if (rkr_ledger_parse(text, len, path, &ledger, &err) == 0)
			rkr_ledger_free(ledger);
		else
			ck_assert_int_ne(err.code, 0);
	}
	for (int round = 0; round < 300; round++) {
		struct rkr_ledger *ledger = NULL;
		struct rkr_error err = { 0 };
		size_t at = test_random_next(&random) % size;
		char old = text[at];

		text[at] = (char)test_random_next(&random);
		if (rkr_ledger_parse(text, size, path, &ledger, &err) == 0)
			rkr_ledger_free(ledger);
		text[at] = old;
	}
}
END_TEST

START_TEST(entries_are_written_as_they_are_read)
{
	_cleanup_ledger_ struct rkr_ledger *ledger = read_ledger(), *again = NULL;
	struct rkr_buf buf = { 0 };
	struct rkr_error err = { 0 };
	size_t n, n2;
	const struct rkr_ledger_entry *e = rkr_ledger_entries(ledger, &n);

	rkr_buf_printf(&buf, "version: 1\nshapes:\n");
	for (size_t i = 0; i < n; i++)
		rkr_ledger_entry_yaml(&buf, &e[i]);
	ck_assert_msg(rkr_ledger_parse(buf.data, buf.len, "again", &again, &err) == 0, "%s", err.what);
	const struct rkr_ledger_entry *f = rkr_ledger_entries(again, &n2);

	ck_assert_uint_eq(n, n2);
	for (size_t i = 0; i < n; i++) {
		ck_assert_str_eq(e[i].shape, f[i].shape);
		ck_assert_str_eq(e[i].name, f[i].name);
		ck_assert_pstr_eq(e[i].reason, f[i].reason);
		ck_assert_str_eq(e[i].max_diff, f[i].max_diff);
		ck_assert_str_eq(e[i].capture, f[i].capture);
		ck_assert_int_eq(e[i].promoted, f[i].promoted);
		ck_assert_uint_eq(e[i].n_words, f[i].n_words);
		ck_assert_uint_eq(e[i].n_tasks, f[i].n_tasks);
		ck_assert_str_eq(e[i].regcmd_sha256, f[i].regcmd_sha256);
		ck_assert_str_eq(e[i].tasks_sha256, f[i].tasks_sha256);
	}
	rkr_buf_free(&buf);
}
END_TEST

/* ---- the rule ---- */

#define CAPTURE .n_captures = 1, .whole = true
#define BRACKET .hardware = true, .healthy_before = true, .right = true, .healthy_after = true

static const struct rkr_ledger_entry yes = { .shape = "x", .promoted = true };
static const struct rkr_ledger_entry no = { .shape = "x", .reason = "r" };

static const struct {
	const struct rkr_ledger_entry *entry;
	struct rkr_promotion_evidence e;
	enum rkr_promotion verdict;
} rules[] = {
	{ NULL, { 0 }, RKR_PROMOTION_NO_CAPTURE },
	{ NULL, { .n_captures = 1 }, RKR_PROMOTION_PARTIAL },
	{ NULL, { CAPTURE }, RKR_PROMOTION_NO_HARDWARE },
	{ NULL, { CAPTURE, .differs = true, BRACKET }, RKR_PROMOTION_DIFFERENT },
	{ NULL, { .n_captures = 1, .differs = true }, RKR_PROMOTION_DIFFERENT },
	{ NULL, { BRACKET }, RKR_PROMOTION_NO_CAPTURE },
	{ NULL, { .n_captures = 2, BRACKET }, RKR_PROMOTION_PARTIAL },
	{ NULL,
	  { CAPTURE, .hardware = true, .right = true, .healthy_after = true },
	  RKR_PROMOTION_UNHEALTHY },
	{ NULL,
	  { CAPTURE, .hardware = true, .healthy_before = true, .healthy_after = true },
	  RKR_PROMOTION_UNHEALTHY },
	{ NULL,
	  { CAPTURE, .hardware = true, .healthy_before = true, .right = true },
	  RKR_PROMOTION_UNHEALTHY },
	{ NULL, { CAPTURE, BRACKET }, RKR_PROMOTION_GRANTED },
	{ &yes, { CAPTURE }, RKR_PROMOTION_STANDS },
	{ &yes, { CAPTURE, BRACKET }, RKR_PROMOTION_STANDS },
	{ &yes, { 0 }, RKR_PROMOTION_NO_CAPTURE },
	{ &yes, { .n_captures = 1 }, RKR_PROMOTION_PARTIAL },
	{ &yes, { CAPTURE, .differs = true }, RKR_PROMOTION_DIFFERENT },
	{ &yes, { CAPTURE, .hardware = true, .right = true }, RKR_PROMOTION_UNHEALTHY },
	{ &no, { CAPTURE }, RKR_PROMOTION_BLOCKED },
	{ &no, { CAPTURE, .hardware = true, .healthy_before = true, .right = true }, RKR_PROMOTION_BLOCKED },
	{ &no, { 0 }, RKR_PROMOTION_BLOCKED },
	{ &no, { BRACKET }, RKR_PROMOTION_NO_CAPTURE },
	{ &no, { CAPTURE, BRACKET }, RKR_PROMOTION_GRANTED },
};

START_TEST(promotion_needs_both)
{
	enum rkr_promotion verdict = rkr_promotion_judge(rules[_i].entry, &rules[_i].e);

	ck_assert_int_eq((int)verdict, (int)rules[_i].verdict);
	ck_assert_ptr_nonnull(rkr_promotion_text(verdict));
}
END_TEST

/* The run that a log of these records would give: its records have places, its contents were read. */
static struct rkr_run *
as_read(const struct rkr_run *from, size_t flip_word, bool drop_window)
{
	struct rkr_run *to = NULL;
	uint32_t file;

	ck_assert_int_eq(rkr_run_new(&to), 0);
	ck_assert_int_eq(rkr_run_add_file(to, "x.log", &file), 0);
	for (size_t i = 0; i < rkr_run_n_records(from); i++) {
		const struct rkr_record *r = rkr_run_record(from, i);

		/* Rows of a scan of the regcmd's BO show words of it too. */
		if (drop_window && (r->kind == RKR_KIND_regcmd_window || r->kind == RKR_KIND_task_like))
			continue;
		ck_assert_int_eq(rkr_run_append(to, r), 0);
		struct rkr_record *w = rkr_run_record_mut(to, rkr_run_n_records(to) - 1);

		w->place = (struct rkr_place){ file, i + 1, i, i + 1 };
		if (r->kind == RKR_KIND_regcmd_window && flip_word != SIZE_MAX)
			((uint64_t *)(uintptr_t)rkr_get_b(w, RKR_F_regcmd_window_qwords)->data)[flip_word] ^=
				1 << 16;
	}
	ck_assert_int_eq(rkr_run_bind(to), 0);
	return to;
}

static void
add_bracket(struct rkr_run *run, const char *device, const char *after)
{
	static const char pass[] = "PASS";
	struct rkr_record_buf buf;
	const struct rkr_blob words[] = { { device, strlen(device) },
					  { pass, strlen(pass) },
					  { pass, strlen(pass) },
					  { after, strlen(after) } };

	rkr_record_init(&buf, RKR_KIND_bracket);
	rkr_set_b(&buf.rec, RKR_F_bracket_device, &words[0]);
	rkr_set_b(&buf.rec, RKR_F_bracket_before, &words[1]);
	rkr_set_b(&buf.rec, RKR_F_bracket_probe, &words[2]);
	rkr_set_b(&buf.rec, RKR_F_bracket_after, &words[3]);
	rkr_set_u(&buf.rec, RKR_F_bracket_max_diff, 62500);
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
}

/* A bracket counts if it ran on hardware, and is of the shape. */
START_TEST(brackets_are_gathered)
{
	_cleanup_run_ struct rkr_run *generated = test_run(C64, NULL), *clean = test_run(C64, NULL);
	_cleanup_run_ struct rkr_run *emulated = test_run(C64, NULL), *poisoned = test_run(C64, NULL);
	_cleanup_run_ struct rkr_run *other = test_run("b1_c64_h56_w56_oc64_wic64_k1x1_g1", NULL);
	struct rkr_promotion_evidence e = { 0 };

	add_bracket(clean, "hardware", "PASS");
	add_bracket(emulated, "emulated", "PASS");
	add_bracket(poisoned, "hardware", "TIMEOUT");
	add_bracket(other, "hardware", "PASS");
	ck_assert_int_eq(rkr_promotion_gather(emulated, generated, "emulated", &e), 0);
	ck_assert_int_eq(rkr_promotion_gather(other, generated, "other", &e), 0);
	ck_assert(!e.hardware && e.n_captures == 0);
	ck_assert_int_eq(rkr_promotion_gather(poisoned, generated, "poisoned", &e), 0);
	ck_assert(e.hardware && e.healthy_before && e.right && !e.healthy_after);
	/* One that was not clean is not made good by another, whichever comes first. */
	ck_assert_int_eq(rkr_promotion_gather(clean, generated, "clean", &e), 0);
	ck_assert(e.hardware && e.healthy_before && e.right && !e.healthy_after);
	e = (struct rkr_promotion_evidence){ 0 };
	ck_assert_int_eq(rkr_promotion_gather(clean, generated, "clean", &e), 0);
	ck_assert(e.hardware && e.healthy_before && e.right && e.healthy_after);
	ck_assert_uint_eq(e.max_diff, 62500);
	ck_assert_int_eq(rkr_promotion_gather(poisoned, generated, "poisoned", &e), 0);
	ck_assert(e.hardware && e.healthy_before && e.right && !e.healthy_after);
}
END_TEST

/* Of one run too: the largest difference counts, and each bracket. */
START_TEST(all_brackets_of_a_run_count)
{
	_cleanup_run_ struct rkr_run *generated = test_run(C64, NULL), *run = test_run(C64, NULL);
	struct rkr_promotion_evidence e = { 0 };

	add_bracket(run, "hardware", "PASS");
	rkr_set_u(rkr_run_record_mut(run, rkr_run_n_records(run) - 1), RKR_F_bracket_max_diff, 70000);
	add_bracket(run, "hardware", "FAIL");
	add_bracket(run, "hardware", "PASS");
	ck_assert_int_eq(rkr_promotion_gather(run, generated, "run", &e), 0);
	ck_assert(e.hardware && !e.healthy_after);
	ck_assert_uint_eq(e.max_diff, 70000);
}
END_TEST

/* H7 and H14 have the same task table: a run of one that does not show its regcmd may be of the other. */
START_TEST(a_bracket_shows_what_it_ran)
{
	_cleanup_run_ struct rkr_run *generated = test_run(promoted[2].shape, NULL);
	_cleanup_run_ struct rkr_run *other = test_run(promoted[1].shape, NULL);
	_cleanup_run_ struct rkr_run *blind = as_read(other, SIZE_MAX, true);
	_cleanup_run_ struct rkr_run *shown = as_read(generated, SIZE_MAX, false);
	struct rkr_promotion_evidence e = { 0 };

	add_bracket(blind, "hardware", "PASS");
	ck_assert_int_eq(rkr_promotion_gather(blind, generated, "blind", &e), 0);
	ck_assert(!e.hardware);
	add_bracket(shown, "hardware", "PASS");
	ck_assert_int_eq(rkr_promotion_gather(shown, generated, "shown", &e), 0);
	ck_assert(e.hardware);
}
END_TEST

START_TEST(evidence_is_gathered)
{
	_cleanup_run_ struct rkr_run *generated = test_run(C64, NULL);
	_cleanup_run_ struct rkr_run *moved = test_run(C64, &(struct rkg_options){ .iova_top = 0xff000000 });
	_cleanup_run_ struct rkr_run *whole = as_read(moved, SIZE_MAX, false),
				     *part = as_read(moved, SIZE_MAX, true);
	_cleanup_run_ struct rkr_run *changed = as_read(moved, 600, false), *other = NULL, *other_read = NULL;
	struct rkr_promotion_evidence e = { 0 };

	/* What was generated proves nothing. */
	ck_assert_int_eq(rkr_promotion_gather(generated, generated, "generated", &e), 0);
	ck_assert_int_eq(rkr_promotion_gather(moved, generated, "moved", &e), 0);
	ck_assert_uint_eq(e.n_captures, 0);
	ck_assert_ptr_null(e.best);
	ck_assert_int_eq(rkr_promotion_gather(part, generated, "part", &e), 0);
	ck_assert_uint_eq(e.n_captures, 1);
	ck_assert(!e.whole && !e.differs);
	/* Its BOs are elsewhere, and it is the same. */
	ck_assert_int_eq(rkr_promotion_gather(whole, generated, "whole", &e), 0);
	ck_assert(e.whole && !e.differs && !e.hardware);
	ck_assert_str_eq(e.best, "whole");
	ck_assert_int_eq(rkr_promotion_gather(changed, generated, "changed", &e), 0);
	ck_assert(e.whole && e.differs);
	ck_assert_uint_eq(e.n_captures, 3);
	ck_assert_int_eq((int)rkr_promotion_judge(NULL, &e), (int)RKR_PROMOTION_DIFFERENT);

	e = (struct rkr_promotion_evidence){ 0 };
	other = test_run("b1_c64_h56_w56_oc64_wic64_k1x1_g1", NULL);
	other_read = as_read(other, SIZE_MAX, false);
	ck_assert_int_eq(rkr_promotion_gather(other_read, generated, "other", &e), 0);
	ck_assert(e.differs && !e.whole);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ledger");
	TCase *t = tcase_create("ledger"), *rule = tcase_create("rule");

	tcase_add_test(t, the_ledger_holds_what_is_proven);
	tcase_add_test(t, the_ledger_rests_on_recorded_captures);
	tcase_add_loop_test(t, wrong_ledgers_are_refused, 0, (int)RKR_ARRAY_LEN(texts));
	tcase_add_test(t, a_ledger_cut_anywhere_does_no_harm);
	tcase_add_test(t, entries_are_written_as_they_are_read);
	tcase_add_loop_test(rule, promotion_needs_both, 0, (int)RKR_ARRAY_LEN(rules));
	tcase_add_test(rule, evidence_is_gathered);
	tcase_add_test(rule, brackets_are_gathered);
	tcase_add_test(rule, all_brackets_of_a_run_count);
	tcase_add_test(rule, a_bracket_shows_what_it_ran);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	suite_add_tcase(s, rule);
	return test_main(s);
}
