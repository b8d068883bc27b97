/* SPDX-License-Identifier: MIT */
/* Plans: steps, pieces, placement, edits, and what is refused because no rule claims it. */
#include "config.h"

#include <errno.h>

#include "lib/diff.h"
#include "lib/model-memory.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "replay/fingerprint.h"
#include "replay/plan-names.h"
#include "tests/replay-common.h"

RKR_DEFINE_CLEANUP(struct rkr_diff *, rkr_diff_free)

static struct rkr_diff *
diff(const struct rkr_run *a, const struct rkr_run *b)
{
	struct rkr_diff *d;

	ck_assert_int_eq(rkr_diff_new(a, b, NULL, &d, NULL), 0);
	ck_assert_uint_gt(rkr_diff_compared(d), 100);
	return d;
}

/* The calls of the source, all of them, in their order, and nothing else is sent. */
START_TEST(test_steps)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(H40, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	static const enum rkr_kind kinds[RKX_STEP_MAX_] = {
		[RKX_STEP_ACTION] = RKR_KIND_action, [RKX_STEP_CREATE] = RKR_KIND_mem_create,
		[RKX_STEP_MAP] = RKR_KIND_mem_map,   [RKX_STEP_MMAP] = RKR_KIND_mmap,
		[RKX_STEP_SYNC] = RKR_KIND_mem_sync, [RKX_STEP_SUBMIT] = RKR_KIND_submit,
	};
	size_t n, at = 0, calls = 0, fills = 0, reads = 0;
	const struct rkx_step *s = rkx_plan_steps(plan, &n);

	for (size_t i = 0; i < n; i++) {
		fills += s[i].kind == RKX_STEP_FILL;
		reads += s[i].kind == RKX_STEP_READ;
		if (s[i].kind == RKX_STEP_FILL || s[i].kind == RKX_STEP_READ) {
			ck_assert(s[i].record == SIZE_MAX);
			continue;
		}
		ck_assert_uint_lt(s[i].record, rkr_run_n_records(run));
		ck_assert_uint_ge(s[i].record, at);
		at = s[i].record + 1;
		ck_assert_int_eq(rkr_run_record(run, s[i].record)->kind, kinds[s[i].kind]);
		calls++;
	}
	for (size_t k = 0; k < RKX_STEP_MAX_; k++)
		if (kinds[k])
			calls -= test_count(run, kinds[k]);
	/* RKR_KIND_action is 0, the table's default, and so was not taken off above. */
	ck_assert_uint_eq(calls, test_count(run, RKR_KIND_action));
	ck_assert_uint_eq(reads, 1);
	rkx_plan_pieces(plan, &n);
	ck_assert_uint_eq(fills, n);
}
END_TEST

/* Each byte of each BO comes from one place, and what the run does not hold is said to be made up. */
START_TEST(test_pieces)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C64, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	size_t n, n_bos, i = 0;
	const struct rkx_piece *p = rkx_plan_pieces(plan, &n);
	const struct rkr_bo *bos = rkx_plan_bos(plan, &n_bos);
	enum rkx_fill at_start[5];

	for (uint32_t b = 0; b < n_bos; b++) {
		uint64_t end = 0;

		at_start[b] = p[i].fill;
		for (; i < n && p[i].bo == b; i++) {
			ck_assert_uint_eq(p[i].offset, end);
			end += p[i].len;
		}
		ck_assert_uint_eq(end, bos[b].size);
	}
	ck_assert_uint_eq(i, n);
	ck_assert_int_eq(at_start[0], RKX_FILL_RUN);
	ck_assert_int_eq(at_start[1], RKX_FILL_SEED); /* weights, which no one knows */
	ck_assert_int_eq(at_start[2], RKX_FILL_ZERO);
	ck_assert_int_eq(at_start[3], RKX_FILL_SEED);
	ck_assert_int_eq(at_start[4], RKX_FILL_ZERO);
	/* The regcmd waits for the output, the last to be created, whose address stands in it. */
	for (i = 0; i < n; i++)
		if (p[i].bo == 1 && p[i].offset == 0x4800)
			ck_assert_uint_eq(p[i].needs, 4);
}
END_TEST

/* Bytes from a seed: the same for the same seed, finite fp16 numbers, and not constant. */
START_TEST(test_seed)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	struct rkr_error err = { 0 };
	uint8_t *bytes[3];
	size_t n = 0;

	for (int k = 0; k < 3; k++) {
		const struct rkx_plan_options o = { .seed = k == 2 ? 8 : 7 };
		rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = NULL;
		size_t n_pieces;

		ck_assert_int_eq(rkx_plan_new(run, &o, &plan, &err), 0);
		const struct rkx_piece *p = rkx_plan_pieces(plan, &n_pieces);

		for (size_t i = 0; i < n_pieces; i++)
			if (p[i].bo == 3) {
				n = p[i].len;
				bytes[k] = malloc(n);
				ck_assert_int_eq(rkx_plan_piece_bytes(plan, i, bytes[k]), 0);
			}
	}
	ck_assert_uint_eq(n, 12544);
	ck_assert_mem_eq(bytes[0], bytes[1], n);
	ck_assert_mem_ne(bytes[0], bytes[2], n);
	for (size_t i = 0; i < n; i += 2) {
		unsigned exponent = (bytes[0][i + 1] >> 2) & 0x1f;

		ck_assert_uint_ge(exponent, 12);
		ck_assert_uint_lt(exponent, 15);
	}
	for (int k = 0; k < 3; k++)
		free(bytes[k]);
}
END_TEST

START_TEST(test_given)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	const uint8_t data[] = { 1, 2, 3, 4 };
	const struct rkx_contents given[] = { { "input", 100, data, sizeof(data) },
					      { "input", 102, data, 1 } };
	const struct rkx_plan_options o = { .given = given, .n_given = 2 };
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = NULL;
	uint8_t got[4] = { 0 };
	size_t n, found = 0;

	ck_assert_int_eq(rkx_plan_new(run, &o, &plan, NULL), 0);
	const struct rkx_piece *p = rkx_plan_pieces(plan, &n);

	for (size_t i = 0; i < n; i++)
		if (p[i].fill == RKX_FILL_GIVEN) {
			ck_assert_uint_le(p[i].offset + p[i].len, 104);
			ck_assert_int_eq(rkx_plan_piece_bytes(plan, i, got + (p[i].offset - 100)), 0);
			found += p[i].len;
		}
	ck_assert_uint_eq(found, 4);
	/* The later one counts. */
	ck_assert_mem_eq(got, ((uint8_t[]){ 1, 2, 1, 4 }), 4);
}
END_TEST

START_TEST(test_given_refused)
{
	static const struct {
		struct rkx_contents c;
		const char *why;
	} cases[] = {
		{ { "inptu", 0, "x", 1 }, "the run has none" },
		{ { "input", 12544, "x", 1 }, "past its end" },
		{ { "input", UINT64_MAX, "x", 1 }, "past its end" },
		{ { "weight", 0x12800, "x", 1 }, "cover its regcmd" },
		{ { "task", 0, "x", 1 }, "cover its regcmd or its tasks" },
	};
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	const struct rkx_plan_options o = { .given = &cases[_i].c, .n_given = 1 };
	struct rkx_plan *plan = NULL;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkx_plan_new(run, &o, &plan, &err), -EINVAL);
	ck_assert_msg(strstr(err.what, cases[_i].why) != NULL, "%s", err.what);
	ck_assert_ptr_null(plan);
}
END_TEST

/* Wherever it is placed, the plan's run is the source's but for addresses, and so is its fingerprint. */
START_TEST(test_placement)
{
	static const char *const shapes[] = { C32, C64, H40 };
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(shapes[_i], NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	char before[RKR_SHA256_HEX], after[RKR_SHA256_HEX];
	struct rkr_bo layout[5];
	uint64_t dma = 0x100000;
	size_t n;

	ck_assert_int_eq(rkx_plan_fingerprint(plan, before), 0);
	memcpy(layout, rkx_plan_bos(plan, &n), sizeof(layout));
	for (size_t i = 0; i < 5; i++) {
		layout[i].dma = dma;
		layout[i].obj = 0xffffff8012340000 + 0x400 * (4 - i);
		layout[i].virt = 0x7f1200000000 + dma;
		layout[i].handle = (uint32_t)(9 - i);
		layout[i].map = 0x180000000 + dma;
		dma += layout[i].aligned + 0x3000;
	}
	ck_assert_int_eq(rkx_plan_place(plan, layout, 5, NULL), 0);
	ck_assert_int_eq(rkx_plan_fingerprint(plan, after), 0);
	ck_assert_str_eq(before, after);
	rkr_cleanup(rkr_diff_free) struct rkr_diff *d = diff(run, rkx_plan_run(plan));
	const struct rkr_diff_item *items = rkr_diff_items(d, &n);

	ck_assert_msg(n == 0, "%zu differences, the first: %s %s", n, items->path, items->field);
	ck_assert_uint_eq(rkx_plan_submits(plan, &n)->abi.task_obj_addr, layout[0].obj);
	ck_assert_int_eq(rkx_plan_place(plan, layout, 4, NULL), -EINVAL);
}
END_TEST

/* Edits change what they say, everywhere that the run shows it, and nothing else. */
START_TEST(test_edits)
{
	static const struct {
		const char *edit;
		const char *path;
		const char *was;
		size_t n; /* differences */
	} cases[] = {
		{ "task[1].CNA.CBUF_CON0.WEIGHT_REUSE=0", "regcmd", "0x1",
		  2 }, /* the record writes it twice */
		{ "task[1].DPU.DATA_CUBE_WIDTH=3", "regcmd", "0x37", 1 },
		{ "submit.timeout=1000", "submit[0]", "6000", 1 },
		{ "submit.subcore_task[1].task_number=1", "submit[0]", "2", 1 },
		{ "submit.priority=-3", "submit[0]", "0", 1 },
		{ "task[0].regcfg_amount=104", "task[0]", "0x6c", 1 },
		{ "task[13].int_mask=0x300", "task[13]", "0xc00", 1 },
		{ "action[3].value=7", "action[3]", "", 1 },
	};
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C64, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan =
		test_plan_of(run, (const char *const[]){ cases[_i].edit, NULL });
	rkr_cleanup(rkr_diff_free) struct rkr_diff *d = diff(run, rkx_plan_run(plan));
	size_t n, n_edits;
	const struct rkr_diff_item *items = rkr_diff_items(d, &n);
	const struct rkx_edit *e = rkx_plan_edits(plan, &n_edits);

	ck_assert_uint_eq(n_edits, 1);
	ck_assert_str_eq(e->text, cases[_i].edit);
	if (cases[_i].was[0])
		ck_assert_str_eq(e->was, cases[_i].was);
	ck_assert_msg(n == cases[_i].n, "%s: %zu differences", cases[_i].edit, n);
	ck_assert_uint_eq(e->places, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(strncmp(items[i].path, cases[_i].path, strlen(cases[_i].path)) == 0, "%s",
			      items[i].path);
	rkr_run_conflicts(rkx_plan_run(plan), &n);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(test_bad_edits)
{
	static const struct {
		const char *edit;
		const char *what;
		const char *cure;
	} cases[] = {
		{ "task[1].CNA.CBUF_CON.WEIGHT_REUSE=0", "names no register", "CNA.CBUF_CON0" },
		{ "task[1].CNQ.CBUF_CON0=0", "names no register", "CNA.CBUF_CON0" },
		{ "task[1].CNA.CBUF_CON0.WEIGHT_REUS=0", "names no field of CNA.CBUF_CON0", "WEIGHT_REUSE" },
		{ "task[1].CNA.CBUF_CON0.WEIGHT_REUSE=2", "does not fit", "" },
		{ "task[1].CNA.CBUF_CON0.WEIGHT_REUSE=-1", "does not fit", "" },
		{ "task[14].CNA.CBUF_CON0=0", "it has 14", "" },
		{ "task[0].PPU.DATA_FORMAT=0", "does not write PPU.DATA_FORMAT", "show --regcmd" },
		{ "task[0].DPU.DST_BASE_ADDR=0x1000", "sets an address", "" },
		{ "task[0].int_masc=0", "names no field of task", "int_mask" },
		{ "task[0].off=0", "not what a task holds", "" },
		{ "task[0].regcmd_addr=0", "cannot change regcmd_addr", "" },
		{ "submit.timout=1", "names no field of submit", "timeout" },
		{ "submit.task_obj_addr=1", "cannot change task_obj_addr", "" },
		{ "submit.timeout=4294967296", "does not fit", "" },
		{ "submit.timeout=-1", "does not fit", "" },
		{ "submit[1].timeout=1", "the run has 1", "" },
		{ "submt.timeout=1", "names no kind of call", "submit" },
		{ "bo_alloc.size=1", "names no kind of call", "" },
		{ "submit.timeout", "is not NAME=VALUE", "" },
		{ "submit.timeout=", "no number", "" },
		{ "submit.timeout=1x", "no number", "" },
		{ "submit.=1", "names no field", "" },
		{ "=1", "is not NAME=VALUE", "" },
		{ "submit[x].timeout=1", "no number", "" },
		{ "submit[0.timeout=1", "no number", "" },
		{ "task[0].A.B.C.D=1", "too many parts", "" },
		{ "submit.timeout=99999999999999999999", "no number", "" },
	};
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C64, NULL);
	const struct rkx_plan_options o = { .edits = &cases[_i].edit, .n_edits = 1 };
	struct rkx_plan *plan = NULL;
	struct rkr_error err = { 0 };

	ck_assert_msg(rkx_plan_new(run, &o, &plan, &err) == -EINVAL, "%s", cases[_i].edit);
	ck_assert_msg(strstr(err.what, cases[_i].what) != NULL, "%s", err.what);
	ck_assert_msg(strstr(err.cure, cases[_i].cure) != NULL, "%s: %s", cases[_i].edit, err.cure);
	ck_assert_ptr_null(plan);
}
END_TEST

START_TEST(test_names)
{
	ck_assert_uint_eq(rkx_name_distance("", "abc"), 3);
	ck_assert_uint_eq(rkx_name_distance("abc", "ABC"), 0);
	ck_assert_uint_eq(rkx_name_distance("kitten", "sitting"), 3);
	ck_assert_uint_eq(rkx_name_distance("abc", "acb"), 2);
}
END_TEST

/* ---- values that look like addresses */

static void
user_data(struct rkr_run *run)
{
	rkr_set_u(test_record(run, RKR_KIND_submit, 0), RKR_F_submit_user_data, test_bo(run, 1)->obj);
}

static void
user_data_dma(struct rkr_run *run)
{
	rkr_set_u(test_record(run, RKR_KIND_submit, 0), RKR_F_submit_user_data, test_bo(run, 1)->dma + 64);
}

/* A register that no database has, with an address. */
static void
unknown_register(struct rkr_run *run)
{
	uint32_t bo;
	uint64_t at = test_regcmd(run, 0, &bo);

	rkr_run_set_word(run, bo, at,
			 rkr_qword_encode(RKR_TARGET_DPU, (uint32_t)test_bo(run, 4)->dma, 0x4ff0));
}

/* A pointer, and a register write with an address, among bytes that no region explains. */
static void
write_weights(struct rkr_run *run, uint64_t word)
{
	uint8_t b[8];

	for (size_t k = 0; k < 8; k++)
		b[k] = (uint8_t)(word >> (8 * k));
	ck_assert_int_eq(rkr_run_write(run, 1, 0x40, b, sizeof(b), RKR_EVIDENCE_DUMP, SIZE_MAX), 0);
}

static void
hidden_pointer(struct rkr_run *run)
{
	write_weights(run, test_bo(run, 3)->dma + 16);
}

static void
hidden_regcmd(struct rkr_run *run)
{
	write_weights(run, rkr_qword_encode(RKR_TARGET_DPU, (uint32_t)test_bo(run, 4)->dma,
					    RKR_REG_DPU_DST_BASE_ADDR));
}

static void
plain_weights(struct rkr_run *run)
{
	write_weights(run, 0x3c003c003c003c00);
}

/* The same, in what is said to be data: up to it, and not beyond. */
static void
hidden_in_data(struct rkr_run *run)
{
	hidden_pointer(run);
	ck_assert_int_eq(rkr_run_add_region(run, &(struct rkr_region){ RKR_REGION_DATA, 1, 0, 0x48 }), 0);
}

static void
hidden_behind_data(struct rkr_run *run)
{
	hidden_pointer(run);
	ck_assert_int_eq(rkr_run_add_region(run, &(struct rkr_region){ RKR_REGION_DATA, 1, 0, 0x47 }), 0);
}

START_TEST(test_unclaimed)
{
	static const struct {
		void (*mutate)(struct rkr_run *run);
		const char *where; /* NULL: nothing to refuse */
	} cases[] = {
		{ user_data, "submit[0].user_data" },
		{ user_data_dma, "submit[0].user_data" },
		{ unknown_register, "weight+0x12800" },
		{ hidden_pointer, "weight+0x40" },
		{ hidden_regcmd, "weight+0x40" },
		{ plain_weights, NULL },
		{ hidden_in_data, NULL },
		{ hidden_behind_data, "weight+0x40" },
	};
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = NULL;
	struct rkr_error err = { 0 };

	cases[_i].mutate(run);
	int r = rkx_plan_new(run, NULL, &plan, &err);

	if (!cases[_i].where) {
		ck_assert_msg(r == 0, "%s", err.what);
		return;
	}
	ck_assert_int_eq(r, -EFAULT);
	ck_assert_msg(strstr(err.what, cases[_i].where) != NULL, "%s", err.what);
	ck_assert_ptr_nonnull(strstr(err.what, "no rule says"));
}
END_TEST

/* Nothing to replay, and tasks that no one has seen. */
START_TEST(test_nothing)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *empty = NULL;
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	rkr_cleanup(rkr_run_free) struct rkr_run *calls = NULL;
	struct rkx_plan *plan = NULL;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkr_run_new(&empty), 0);
	ck_assert_int_eq(rkr_run_bind(empty), 0);
	ck_assert_int_eq(rkx_plan_new(empty, NULL, &plan, &err), -ENODATA);
	ck_assert_ptr_nonnull(strstr(err.what, "no submit"));
	/* The same run, as an ioctl log alone shows it. */
	ck_assert_int_eq(rkr_run_new(&calls), 0);
	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		if (rkr_kind_get(rkr_run_record(run, i)->kind)->stream == RKR_STREAM_CALLS)
			ck_assert_int_eq(rkr_run_append(calls, rkr_run_record(run, i)), 0);
	ck_assert_int_eq(rkr_run_bind(calls), 0);
	ck_assert_int_eq(rkx_plan_new(calls, NULL, &plan, &err), -ENODATA);
	ck_assert_ptr_nonnull(strstr(err.what, "does not show"));
	ck_assert_ptr_null(plan);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("replay plan");
	TCase *t = tcase_create("plan");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_steps);
	tcase_add_test(t, test_pieces);
	tcase_add_test(t, test_seed);
	tcase_add_test(t, test_given);
	tcase_add_loop_test(t, test_given_refused, 0, 5);
	tcase_add_loop_test(t, test_placement, 0, 3);
	tcase_add_loop_test(t, test_edits, 0, 8);
	tcase_add_loop_test(t, test_bad_edits, 0, 27);
	tcase_add_test(t, test_names);
	tcase_add_loop_test(t, test_unclaimed, 0, 8);
	tcase_add_test(t, test_nothing);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
