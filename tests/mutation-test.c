/* SPDX-License-Identifier: MIT */
/*
 * Change one bit of a capture, and diff must say so, and name what was
 * changed: every regcmd word, task field, size and sync of it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/gen.h"
#include "gen/shape.h"
#include "lib/diff.h"
#include "lib/util.h"
#include "parsers/parse.h"
#include "tests/common.h"

#define SHAPE "b1_c64_h56_w56_oc128_wic64_k1x1_g1"
#define DUMP "captures/logs/capture_rknpu_submit_dump_gems_c64_h56_live_regcmd_1168_20260524_133725.log"
#define IOCTL "captures/logs/capture_rknpu_ioctl_c64_h56_readonly_20260524_133736.log"

static struct rkr_run *
generate(bool profiling)
{
	struct rkg_shape shape;
	struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkg_shape_parse(SHAPE, &shape, &err), 0);
	ck_assert_int_eq(rkg_conv_run(&shape, &(struct rkg_options){ .profiling = profiling }, &run, &err),
			 0);
	return run;
}

/* The records of a log; what they mean is derived anew after each change. */
static struct rkr_run *
load(const char *name)
{
	_autofree_ char *path = test_shared(name);
	struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };

	if (!path)
		return NULL;
	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkp_parse_into(run, path, NULL, NULL, &err), 0);
	return run;
}

/* A capture without ../shared: the generated run's own records. */
static struct rkr_run *
copy_records(const struct rkr_run *from)
{
	struct rkr_run *run = NULL;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	for (size_t i = 0; i < rkr_run_n_records(from); i++)
		ck_assert_int_eq(rkr_run_append(run, rkr_run_record(from, i)), 0);
	for (int k = 0; k < RKR_KIND_MAX_; k++)
		if (rkr_run_witnesses(from, (enum rkr_kind)k))
			rkr_run_set_witness(run, (enum rkr_kind)k);
	return run;
}

/* A bound copy of the records, to be compared. */
static struct rkr_diff *
compare(const struct rkr_run *gen, const struct rkr_run *records, struct rkr_run **ret_bound)
{
	struct rkr_diff *diff = NULL;
	struct rkr_error err = { 0 };

	*ret_bound = copy_records(records);
	ck_assert_int_eq(rkr_run_bind(*ret_bound), 0);
	ck_assert_int_eq(rkr_diff_new(gen, *ret_bound, NULL, &diff, &err), 0);
	return diff;
}

static void
assert_same(const struct rkr_run *gen, const struct rkr_run *records)
{
	struct rkr_run *bound;
	struct rkr_diff *diff = compare(gen, records, &bound);
	size_t n;
	const struct rkr_diff_item *items = rkr_diff_items(diff, &n);

	ck_assert_msg(n == 0, "%zu differences before any change, first: %s %s", n, n ? items[0].path : "",
		      n && items[0].field ? items[0].field : "");
	ck_assert(rkr_diff_compared(diff) > 0);
	rkr_diff_free(diff);
	rkr_run_free(bound);
}

/* The change must show, at this place (of contents) or in this field (of records). */
static void
assert_named(const struct rkr_run *gen, const struct rkr_run *records, const char *at, const char *field,
	     const char *what)
{
	struct rkr_run *bound;
	struct rkr_diff *diff = compare(gen, records, &bound);
	size_t n;
	const struct rkr_diff_item *items = rkr_diff_items(diff, &n);
	bool named = false;

	for (size_t i = 0; i < n && !named; i++)
		named = (!at || (items[i].at && strcmp(items[i].at, at) == 0)) &&
			(!field || (items[i].field && strcmp(items[i].field, field) == 0));
	ck_assert_msg(named, "%s: %zu differences, none at %s %s (first: %s %s %s)", what, n, at ? at : "",
		      field ? field : "", n ? items[0].path : "", n && items[0].at ? items[0].at : "",
		      n && items[0].field ? items[0].field : "");
	rkr_diff_free(diff);
	rkr_run_free(bound);
}

static void
flip_words(const struct rkr_run *gen, struct rkr_run *records)
{
	for (size_t i = 0; i < rkr_run_n_records(records); i++) {
		struct rkr_record *r = rkr_run_record_mut(records, i);

		if (r->kind != RKR_KIND_regcmd_window)
			continue;
		const struct rkr_blob *b = rkr_get_b(r, RKR_F_regcmd_window_qwords);
		uint64_t *words = (uint64_t *)(uintptr_t)b->data;

		ck_assert_uint_eq(b->len, 1168);
		for (size_t w = 0; w < b->len; w++) {
			/* One bit of each word, and all bits of one word in 64. */
			for (unsigned bit = w % 64 ? (unsigned)w % 64 : 0; bit < (w % 64 ? w % 64 + 1 : 64);
			     bit++) {
				char at[64], what[64];

				snprintf(at, sizeof(at), "weight+0x%zx",
					 (size_t)rkr_get_u(r, RKR_F_regcmd_window_off) + 8 * w);
				snprintf(what, sizeof(what), "word %zu bit %u", w, bit);
				words[w] ^= UINT64_C(1) << bit;
				assert_named(gen, records, at, NULL, what);
				words[w] ^= UINT64_C(1) << bit;
			}
		}
		return;
	}
	ck_abort_msg("the capture has no window");
}

static void
flip_tasks(const struct rkr_run *gen, struct rkr_run *records)
{
	size_t n = 0;

	for (size_t i = 0; i < rkr_run_n_records(records); i++) {
		struct rkr_record *r = rkr_run_record_mut(records, i);

		if (r->kind != RKR_KIND_task || rkr_get_u(r, RKR_F_task_gem) != 1)
			continue;
		n++;
		for (int f = RKR_F_task_flags; f <= RKR_F_task_regcmd_addr; f++) {
			const struct rkr_field *fd = &rkr_kind_get(r->kind)->fields[f];
			unsigned bits = fd->type == RKR_TYPE_U64 ? 64 : 32;

			for (unsigned bit = 0; bit < bits; bit++) {
				char what[64];

				snprintf(what, sizeof(what), "task row %zu %s bit %u", i, fd->name, bit);
				r->v[f].u ^= UINT64_C(1) << bit;
				assert_named(gen, records, NULL, fd->name, what);
				r->v[f].u ^= UINT64_C(1) << bit;
			}
		}
	}
	ck_assert_uint_eq(n, 14);
}

/* Every field of every call that is a fact: sizes, flags, offsets, returns. */
static void
flip_calls(const struct rkr_run *gen, struct rkr_run *records)
{
	size_t n = 0;

	for (size_t i = 0; i < rkr_run_n_records(records); i++) {
		struct rkr_record *r = rkr_run_record_mut(records, i);
		const struct rkr_kind_desc *k = rkr_kind_get(r->kind);

		if (k->stream != RKR_STREAM_CALLS && k->stream != RKR_STREAM_RUNTIME)
			continue;
		for (size_t f = 0; f < k->n_fields; f++) {
			const struct rkr_field *fd = &k->fields[f];

			if (!rkr_has(r, (int)f) || fd->cls == RKR_CLASS_VOLATILE ||
			    fd->type == RKR_TYPE_STR || fd->space == RKR_SPACE_ORDINAL ||
			    fd->space == RKR_SPACE_CALL || r->kind == RKR_KIND_identity)
				continue;
			/*
			 * A row that defines where a BO is defines what the
			 * others mean: a change of it shows in them.
			 */
			bool defines = fd->space != RKR_SPACE_NONE &&
				       (r->kind == RKR_KIND_mem_create || r->kind == RKR_KIND_mem_map ||
					r->kind == RKR_KIND_mmap || r->kind == RKR_KIND_bo_alloc);
			char what[96];

			/* The one field that only counts its own appearance. */
			if (fd->space == RKR_SPACE_DEVICE_FD)
				continue;
			snprintf(what, sizeof(what), "%s (record %zu) %s", k->name, i, fd->name);
			r->v[f].u ^= UINT64_C(1) << (i % 12);
			assert_named(gen, records, NULL, defines ? NULL : fd->name, what);
			r->v[f].u ^= UINT64_C(1) << (i % 12);
			n++;
		}
	}
	ck_assert_uint_gt(n, 200);
}

START_TEST(generated)
{
	struct rkr_run *gen = generate(true), *records = copy_records(gen);

	assert_same(gen, records);
	flip_tasks(gen, records);
	flip_calls(gen, records);
	flip_words(gen, records);
	rkr_run_free(records);
	rkr_run_free(gen);
}
END_TEST

START_TEST(real_dump)
{
	struct rkr_run *gen, *records = load(DUMP);

	if (!records)
		test_skip("the real captures are not there");
	gen = generate(false);
	assert_same(gen, records);
	flip_words(gen, records);
	flip_tasks(gen, records);
	rkr_run_free(records);
	rkr_run_free(gen);
}
END_TEST

START_TEST(real_calls)
{
	struct rkr_run *gen, *records = load(IOCTL);

	if (!records)
		test_skip("the real captures are not there");
	gen = generate(true);
	assert_same(gen, records);
	flip_calls(gen, records);
	rkr_run_free(records);
	rkr_run_free(gen);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mutation");
	TCase *t = tcase_create("mutation");

	tcase_add_test(t, generated);
	tcase_add_test(t, real_dump);
	tcase_add_test(t, real_calls);
	tcase_set_timeout(t, 300);
	suite_add_tcase(s, t);
	return test_main(s);
}
