/* SPDX-License-Identifier: MIT */
/*
 * Generated runs against captured schedules: 51 shapes whole, and the tile
 * plan of a stem of 3 channels. The captures are not part of the project:
 * without them these tests skip.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/domain.h"
#include "gen/gen.h"
#include "gen/values.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"
#include "tests/gen-bodies.h"
#include "tests/gen-captures.h"

RKR_DEFINE_CLEANUP(struct rkg_plan *, rkg_plan_free)

static struct rkg_shape
shape_of(const json_t *doc)
{
	struct rkg_shape shape, told;
	struct rkr_error err;
	const json_t *s = member(doc, "shape");
	const char *name = json_string_value(member(doc, "name"));
	char by_name[RKG_SHAPE_NAME_MAX], by_number[RKG_SHAPE_NAME_MAX];

	/* The name says the same as the numbers. */
	if (rkg_shape_parse(name, &shape, &err) < 0)
		ck_abort_msg("%s: %s", name, err.what);
	told = (struct rkg_shape){
		.batch = number(s, "batch"),
		.in_c = number(s, "in_c"),
		.in_h = number(s, "in_h"),
		.in_w = number(s, "in_w"),
		.out_c = number(s, "out_c"),
		.groups = number(s, "groups"),
		.in_c_per_group = number(s, "in_c") / number(s, "groups"),
		.kh = number(s, "kh"),
		.kw = number(s, "kw"),
		.stride = number(s, "stride"),
	};
	ck_assert_uint_eq(number(s, "pad"), 0);
	rkg_shape_format(&shape, by_name, sizeof(by_name));
	rkg_shape_format(&told, by_number, sizeof(by_number));
	ck_assert_str_eq(by_name, by_number);
	return shape;
}

/* ---- A generated run, opened up */

struct opened {
	struct rkr_run *run;
	const struct rkr_bo *bo[5];
	uint32_t index[5];
	uint64_t active;
	uint64_t bytes;
	uint64_t *words;
	struct rkr_task *tasks;
	size_t n_tasks;
};

static const char *const roles[] = { "task", "weight", "internal", "input", "output" };

static void
open_run(struct opened *o, struct rkr_run *run)
{
	size_t n_regions;
	const struct rkr_region *r = rkr_run_regions(run, &n_regions);

	*o = (struct opened){ .run = run, .n_tasks = rkr_run_n_tasks(run) };
	for (size_t i = 0; i < RKR_ARRAY_LEN(roles); i++) {
		int b = rkr_run_bo_by_role(run, roles[i]);

		ck_assert_int_ge(b, 0);
		o->index[i] = (uint32_t)b;
		o->bo[i] = rkr_run_bo(run, (size_t)b);
	}
	for (size_t i = 0; i < n_regions; i++)
		if (r[i].kind == RKR_REGION_REGCMD) {
			o->active = r[i].offset;
			o->bytes = r[i].size;
		}
	_autofree_ uint8_t *raw = malloc(o->bytes);

	ck_assert_int_eq(rkr_run_read(run, o->index[1], o->active, raw, o->bytes), 0);
	o->words = calloc(o->bytes / 8, 8);
	for (size_t i = 0; i < o->bytes; i++)
		o->words[i / 8] |= (uint64_t)raw[i] << (i % 8 * 8);
	o->tasks = calloc(o->n_tasks, sizeof(*o->tasks));
	for (size_t i = 0; i < o->n_tasks; i++)
		ck_assert_int_eq(rkr_run_task(run, i, &o->tasks[i]), 0);
}

static void
close_run(struct opened *o)
{
	free(o->words);
	free(o->tasks);
	rkr_run_free(o->run);
}

static uint64_t
delta(const struct opened *o, size_t i)
{
	return o->tasks[i].regcmd_addr - o->tasks[0].regcmd_addr;
}

/* What an address register counts from in the corpus. */
static uint32_t
base_of(const struct opened *o, struct rkr_qword q)
{
	switch (q.offset) {
	case RKR_REG_PC_BASE_ADDRESS:
		return q.value ? (uint32_t)o->tasks[0].regcmd_addr : 0;
	case RKR_REG_CNA_FEATURE_DATA_ADDR:
		return (uint32_t)o->bo[3]->dma;
	case RKR_REG_DPU_DST_BASE_ADDR:
		return (uint32_t)o->bo[4]->dma;
	case RKR_REG_CNA_DCOMP_ADDR0:
	case RKR_REG_PPU_DST_BASE_ADDR:
	case RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR:
		return (uint32_t)o->bo[1]->dma;
	default:
		return 0;
	}
}

static struct rkr_qword
relative(const struct opened *o, uint64_t word)
{
	struct rkr_qword q = rkr_qword_decode(word);

	q.value -= base_of(o, q);
	return q;
}

/* ---- Comparisons */

static bool
same_list(const json_t *list, const struct opened *o, uint64_t (*value)(const struct opened *o, size_t i))
{
	if (json_array_size(list) != o->n_tasks)
		return false;
	for (size_t i = 0; i < o->n_tasks; i++)
		if ((uint64_t)integer(json_array_get(list, i)) != value(o, i))
			return false;
	return true;
}

static uint64_t
task_amount(const struct opened *o, size_t i)
{
	return o->tasks[i].regcfg_amount;
}

static uint64_t
task_enable(const struct opened *o, size_t i)
{
	return o->tasks[i].enable_mask;
}

static uint64_t
task_int(const struct opened *o, size_t i)
{
	return o->tasks[i].int_mask;
}

/* The last value that a record writes to a register. False: it writes none. */
static bool
record_value(const struct opened *o, const struct rkr_task *t, uint16_t offset, uint32_t *ret)
{
	size_t at = (t->regcmd_addr - o->tasks[0].regcmd_addr) / 8;
	bool found = false;

	for (size_t i = 0; i < t->regcfg_amount; i++) {
		struct rkr_qword q = relative(o, o->words[at + i]);

		if (q.offset == offset) {
			*ret = q.value;
			found = true;
		}
	}
	return found;
}

static void
compare_body(struct score *s, const struct opened *o, const struct rkr_task *t, const json_t *body)
{
	/*
	 * Overlays of amount 12 were decoded two words short where they follow
	 * a record of another amount: the pair that ends every overlay is null
	 * although the amount counts it.
	 */
	bool cut = t->regcfg_amount == 12 && json_is_null(member(body, "wdma_size0")) &&
		   json_is_null(member(body, "wdma_size1"));
	bool all = json_object_size(body) == RKR_ARRAY_LEN(body_keys);

	if (cut)
		hit(s, SCORE_cut_decodes, true);
	for (size_t i = 0; i < RKR_ARRAY_LEN(body_keys); i++) {
		const json_t *want = member(body, body_keys[i].key);
		uint32_t value;
		bool written = record_value(o, t, body_keys[i].offset, &value);

		if (!json_is_null(want))
			all &= hit(s, SCORE_registers, written && value == (uint32_t)integer(want));
		else if (!cut || !is_wdma(body_keys[i].offset))
			all &= hit(s, SCORE_unwritten, !written);
	}
	hit(s, SCORE_bodies, all);
}

static void
compare_bodies(struct score *s, const struct opened *o, const json_t *bodies)
{
	size_t n = 0;
	bool degenerate = o->n_tasks == 3 && delta(o, 2) == 0;

	for (size_t i = 0; i < (degenerate ? 1 : o->n_tasks); i++) {
		if (o->tasks[i].enable_mask != 0x0d)
			continue;
		const json_t *body = json_array_get(bodies, n++);

		ck_assert_ptr_nonnull(body);
		compare_body(s, o, &o->tasks[i], body);
	}
	ck_assert_uint_eq(json_array_size(bodies), n);
}

static void
compare_window(struct score *s, const struct opened *o, const json_t *full)
{
	const json_t *qwords = member(full, "qwords");
	bool all = json_array_size(qwords) == o->bytes / 8;

	/* Scratch addresses that the source does not tell would have to be named here; no file has any. */
	ck_assert(json_is_false(member(full, "ppu_addr_placeholder")));
	for (size_t i = 0; all && i < o->bytes / 8; i++) {
		struct rkr_qword q = relative(o, o->words[i]);
		uint64_t want = strtoull(json_string_value(json_array_get(qwords, i)), NULL, 16);

		hit(s, SCORE_qwords, want == rkr_qword_encode(q.target, q.value, q.offset));
	}
	hit(s, SCORE_windows, all);
}

static uint32_t
submit_tasks(const struct rkr_run *run)
{
	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		if (rkr_run_record(run, i)->kind == RKR_KIND_submit)
			return (uint32_t)rkr_get_u(rkr_run_record(run, i), RKR_F_submit_task_number);
	return 0;
}

/* The addresses of one process: what lies below what, and how far, to a page. */
static void
compare_placement(struct score *s, const struct opened *o, const json_t *abs)
{
	size_t i;
	json_t *a;

	json_array_foreach(abs, i, a)
	{
		int64_t weight = integer(member(a, "weight")), feature = integer(member(a, "feature")),
			dst = integer(member(a, "dst"));

		hit(s, SCORE_placement, (int64_t)(o->bo[1]->dma - o->bo[3]->dma) == weight - feature);
		hit(s, SCORE_placement, (int64_t)(o->bo[3]->dma - o->bo[4]->dma) == feature - dst);
	}
}

static void
compare_file(struct score *s, const char *path)
{
	rkr_cleanup(json_decref) json_t *doc = load(path);
	const struct rkg_shape shape = shape_of(doc);
	struct rkr_run *run;
	struct rkr_error err;
	struct opened o;

	if (shape.in_c <= 4)
		return;
	if (rkg_conv_run(&shape, NULL, &run, &err) < 0)
		ck_abort_msg("%s", err.what);
	open_run(&o, run);
	hit(s, SCORE_task_count, o.n_tasks == number(doc, "task_count"));
	hit(s, SCORE_amounts, same_list(member(doc, "amounts"), &o, task_amount));
	hit(s, SCORE_enable_masks, same_list(member(doc, "enable_masks"), &o, task_enable));
	hit(s, SCORE_deltas, same_list(member(doc, "regcmd_deltas"), &o, delta));

	const json_t *j = json_object_get(doc, "int_masks");

	if (j)
		hit(s, SCORE_int_masks, same_list(j, &o, task_int));
	j = json_object_get(doc, "bodies");
	if (j)
		compare_bodies(s, &o, j);
	j = json_object_get(doc, "full");
	if (j)
		compare_window(s, &o, j);
	for (size_t i = 0; i < RKR_ARRAY_LEN(roles); i++) {
		char key[32];

		snprintf(key, sizeof(key), "bo_%s", roles[i]);
		j = json_object_get(doc, key);
		if (j)
			hit(s, SCORE_bo_sizes, (uint64_t)integer(j) == o.bo[i]->size);
	}
	j = json_object_get(doc, "regcmd_bytes");
	if (j)
		hit(s, SCORE_regcmd_bytes, (uint64_t)integer(j) == o.bytes);
	j = json_object_get(doc, "submit_task_number");
	if (j)
		hit(s, SCORE_task_number, (uint32_t)integer(j) == submit_tasks(run));

	int64_t off = integer(member(doc, "active_offset")) - (int64_t)o.active;

	hit(s, SCORE_active, off % 4096 == 0);
	hit(s, SCORE_active_exact, off == 0);
	j = json_object_get(doc, "abs");
	if (j)
		compare_placement(s, &o, j);
	close_run(&o);
}

static size_t
for_each_file(void (*fn)(struct score *s, const char *path), struct score *s)
{
	_autofree_ char *dir = test_shared("captures/corpus");
	struct dirent **names;
	size_t n_json = 0;

	if (!dir)
		test_skip("no folder of captures");
	int n = scandir(dir, &names, NULL, alphasort);

	ck_assert_int_ge(n, 0);
	for (int i = 0; i < n; i++) {
		if (strstr(names[i]->d_name, ".json")) {
			_autofree_ char *path = NULL;

			ck_assert_int_ge(asprintf(&path, "%s/%s", dir, names[i]->d_name), 0);
			fn(s, path);
			n_json++;
		}
		free(names[i]);
	}
	free(names);
	return n_json;
}

START_TEST(corpus_is_generated)
{
	struct score s = { 0 };

	ck_assert_uint_ge(for_each_file(compare_file, &s), 52);
	print_score(&s, "corpus");
	for (int i = 0; i < N_SCORES; i++)
		if (i != SCORE_active_exact && s.hits[i] != s.total[i])
			ck_abort_msg("%s: %" PRIu64 " of %" PRIu64, score_names[i], s.hits[i], s.total[i]);
	/* Nothing was skipped over. */
	ck_assert_uint_ge(s.total[SCORE_task_count], 51);
	ck_assert_uint_ge(s.total[SCORE_windows], 6);
	ck_assert_uint_ge(s.total[SCORE_bo_sizes], 35);
	ck_assert_uint_ge(s.total[SCORE_bodies], 400);
	/* Eight files hold addresses of two processes. */
	ck_assert_uint_ge(s.hits[SCORE_active_exact], 43);
}
END_TEST

/* ---- The stem: plan alone */

/* Registers of a record in a list of [byte offset, qword], zero words left out. */
static bool
listed_value(const json_t *list, uint64_t from, uint64_t to, uint16_t offset, uint32_t *ret)
{
	size_t i;
	json_t *e;
	bool found = false;

	json_array_foreach(list, i, e)
	{
		uint64_t at = (uint64_t)integer(json_array_get(e, 0));
		struct rkr_qword q =
			rkr_qword_decode(strtoull(json_string_value(json_array_get(e, 1)), NULL, 16));

		if (at >= from && at < to && q.offset == offset) {
			*ret = q.value;
			found = true;
		}
	}
	return found;
}

static void
compare_stem(struct score *s, const char *path)
{
	rkr_cleanup(json_decref) json_t *doc = load(path);
	rkr_cleanup(rkg_plan_free) struct rkg_plan *plan = NULL;
	const struct rkg_shape shape = shape_of(doc);
	enum rkg_refusal refusal;
	struct rkr_error err;
	size_t tile = 0;

	if (shape.in_c > 4)
		return;
	ck_assert_int_eq(rkg_domain_check(&shape, NULL, &refusal, &err), -EOPNOTSUPP);
	ck_assert_int_eq(refusal, RKG_REFUSE_STEM);
	if (rkg_domain_plan(&shape, &plan, NULL, &err) < 0)
		ck_abort_msg("%s", err.what);

	const json_t *list = member(doc, "nonzero_qwords"), *deltas = member(doc, "regcmd_deltas");
	size_t n = json_array_size(deltas);

	hit(s, SCORE_plans, plan->n_tasks == n);
	for (size_t i = 0; i < n; i++) {
		uint64_t from = (uint64_t)integer(json_array_get(deltas, i));
		uint64_t to = i + 1 < n ? (uint64_t)integer(json_array_get(deltas, i + 1)) : UINT64_MAX;
		uint32_t v;

		if (integer(json_array_get(member(doc, "amounts"), i)) == 26)
			continue;
		ck_assert_uint_lt(tile, plan->n_tiles);
		const struct rkg_tile *t = &plan->tiles[tile++];
		uint32_t code =
			t->group ? t->group + (plan->groups[t->group].split == RKG_SPLIT_K ? 3u : 0u) : 0;

		ck_assert(listed_value(list, from, to, RKR_REG_CNA_CBUF_CON0, &v));
		hit(s, SCORE_tiles,
		    (v & 0xf) == t->data_banks && (v >> 4 & 0xf) == t->weight_banks &&
			    (v >> 13 & 1) == t->reuse);
		ck_assert(listed_value(list, from, to, RKR_REG_CNA_CONV_CON2, &v));
		hit(s, SCORE_grains, (v >> 4 & 0x3ff) == t->grains && v >> 28 == code);
		ck_assert(listed_value(list, from, to, RKR_REG_CNA_DATA_SIZE0, &v));
		hit(s, SCORE_tiles, (v & 0x7ff) == t->in_rows);
		ck_assert(listed_value(list, from, to, RKR_REG_CNA_DATA_SIZE3, &v));
		hit(s, SCORE_tiles, v == t->rows * plan->geometry.out_w);
		ck_assert(listed_value(list, from, to, RKR_REG_CNA_WEIGHT_SIZE2, &v));
		hit(s, SCORE_tiles, (v & 0x3fff) == t->kc);
	}
	hit(s, SCORE_plans, tile == plan->n_tiles);
}

START_TEST(stem_is_planned)
{
	struct score s = { 0 };

	for_each_file(compare_stem, &s);
	print_score(&s, "stem");
	for (int i = 0; i < N_SCORES; i++)
		ck_assert_msg(s.hits[i] == s.total[i], "%s", score_names[i]);
	ck_assert_uint_ge(s.total[SCORE_grains], 21);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("gen-corpus");
	TCase *t = tcase_create("corpus");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, corpus_is_generated);
	tcase_add_test(t, stem_is_planned);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
