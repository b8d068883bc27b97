/* SPDX-License-Identifier: MIT */
/*
 * A compiled model with a graph: what is read of it, where its tensors and
 * addresses come to be, and that its programs for one, two and three cores
 * give the same on the emulated board. Loads of tables before the gates.
 */
#include "config.h"

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "parsers/rknn.h"
#include "replay/place-model.h"
#include "tests/replay-engine-common.h"
#include "tests/rknn-common.h"

RKR_DEFINE_CLEANUP(struct rkx_model *, rkx_model_free)

/* A model that was read. */
struct source {
	struct model_file file;
	struct rkr_graph graph;
	struct rkr_run *run;
};

static void
source_clear(struct source *s)
{
	rkr_graph_clear(&s->graph);
	rkr_run_free(s->run);
	free(s->file.data);
}

RKR_DEFINE_CLEANUP(struct source *, source_clear)

static void
source_open(struct source *s, const char *shape)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(shape, NULL);
	struct rkr_error err = { 0 };

	*s = (struct source){ .file = model_write(run,
						  &(struct model_options){ .graph = true, .seed = 11 }) };
	/* Weights of noise have NaNs: halves below 1. */
	for (size_t i = 1; i < s->file.weights_len; i += 2)
		s->file.data[s->file.weights + i] &= 0xbb;
	ck_assert_int_eq(rkr_run_new(&s->run), 0);
	if (rkp_rknn_read_memory(s->file.data, s->file.len, "m", s->run, NULL, &err) < 0 ||
	    rkp_rknn_graph(s->file.data, s->file.len, &s->graph, &err) < 0)
		ck_abort_msg("%s", err.what);
}

static struct rkx_model *
place(const struct source *s, unsigned cores)
{
	const struct rkx_model_options o = {
		.graph = &s->graph, .cores = cores, .read_internal = true, .seed = 5
	};
	struct rkx_model *m;
	struct rkr_error err = { 0 };

	if (rkx_model_new(s->run, &o, &m, &err) < 0)
		ck_abort_msg("%s", err.what);
	return m;
}

START_TEST(test_graph)
{
	struct source s;
	rkr_cleanup(source_clear) struct source *to_clear = &s;

	source_open(&s, C32);
	(void)to_clear;
	ck_assert_uint_eq(s.graph.n_tensors, N_TENSORS);
	ck_assert_str_eq(s.graph.tensors[TENSOR_WEIGHTS].name, "weights");
	ck_assert_int_eq(s.graph.tensors[TENSOR_INPUT].role, RKR_TENSOR_INPUT);
	ck_assert_int_eq(s.graph.tensors[TENSOR_OUTPUT].role, RKR_TENSOR_OUTPUT);
	ck_assert_int_eq(s.graph.tensors[TENSOR_SCRATCH].role, RKR_TENSOR_INTERNAL);
	ck_assert_int_eq(s.graph.tensors[TENSOR_WEIGHTS].role, RKR_TENSOR_CONSTANT);
	ck_assert_uint_eq(s.graph.tensors[TENSOR_WEIGHTS].bytes, s.file.weights_len);
	ck_assert_ptr_eq(s.graph.tensors[TENSOR_WEIGHTS].data, s.file.data + s.file.weights);
	ck_assert_ptr_eq(s.graph.regcmd, s.file.data + s.file.regcmd);
	/* What an operator without tasks hands on where it is, is one memory. */
	ck_assert_uint_eq(s.graph.tensors[TENSOR_HANDED].memory, TENSOR_SCRATCH);
	/* Three addresses for each of 6 convolutions, two for each of 5 separators. */
	ck_assert_uint_eq(s.graph.n_words, 6 * 3 + 5 * 2);
	for (size_t i = 0; i < s.graph.n_words; i++)
		ck_assert_uint_eq(rkr_graph_tensor_at(&s.graph, s.graph.words[i].word),
				  s.graph.words[i].tensor);
	ck_assert_uint_eq(rkr_graph_tensor_at(&s.graph, 0), UINT32_MAX);
}
END_TEST

/* A file that contradicts itself is refused, and says how. */
START_TEST(test_damage)
{
	struct source s;
	rkr_cleanup(source_clear) struct source *to_clear = &s;
	struct rkr_graph g;
	struct rkr_error err = { 0 };

	source_open(&s, C32);
	(void)to_clear;
	size_t reloc = s.file.relocs[TENSOR_INPUT];
	uint64_t good = model_word(&s.file, reloc, 8);

	model_set_word(&s.file, reloc, 8, good + 16);
	ck_assert_int_eq(rkp_rknn_graph(s.file.data, s.file.len, &g, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.what, "not what the relocations say"));
	model_set_word(&s.file, reloc, 8, good | UINT64_C(0xffffff) << 32);
	ck_assert_int_eq(rkp_rknn_graph(s.file.data, s.file.len, &g, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.what, "not in the regcmd"));
	model_set_word(&s.file, reloc, 8, model_word(&s.file, s.file.relocs[TENSOR_OUTPUT], 8));
	ck_assert_int_eq(rkp_rknn_graph(s.file.data, s.file.len, &g, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.what, "two addresses"));
	model_set_word(&s.file, reloc, 8, good);
	model_set_word(&s.file, reloc - 4, 4, 1);
	ck_assert_int_eq(rkp_rknn_graph(s.file.data, s.file.len, &g, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.what, "not as many"));
	/* Any other damage: refused or not, nothing is read that is not there. */
	for (size_t at = 64; at < 2048; at++) {
		uint64_t was = model_word(&s.file, at, 1);

		model_set_word(&s.file, at, 1, was ^ 0x81);
		if (rkp_rknn_graph(s.file.data, s.file.len, &g, &err) == 0)
			rkr_graph_clear(&g);
		model_set_word(&s.file, at, 1, was);
	}
}
END_TEST

/* A word that holds an address and that nobody names is refused by task and register. */
START_TEST(test_unnamed)
{
	struct source s;
	rkr_cleanup(source_clear) struct source *to_clear = &s;
	struct rkx_model *m;
	struct rkr_error err = { 0 };

	source_open(&s, C32);
	(void)to_clear;
	size_t reloc = s.file.relocs[TENSOR_WEIGHTS];
	uint64_t word = model_word(&s.file, reloc, 8) >> 32;

	for (size_t i = 0; i < s.graph.n_words; i++)
		if (s.graph.words[i].word == word) {
			memmove(&s.graph.words[i], &s.graph.words[i + 1],
				(s.graph.n_words - i - 1) * sizeof(s.graph.words[0]));
			s.graph.n_words--;
		}
	size_t at = s.file.regcmd + 8 * word;

	model_set_word(&s.file, at, 8, model_word(&s.file, at, 8) | 0x1000000);
	const struct rkx_model_options o = { .graph = &s.graph, .cores = 1 };

	ck_assert_int_eq(rkx_model_new(s.run, &o, &m, &err), -EOPNOTSUPP);
	ck_assert_msg(strstr(err.what, "task 0: no tensor is known that CNA.DCOMP_ADDR0") != NULL, "%s",
		      err.what);
}
END_TEST

/* What a program gives: BOs output and internal. */
static void
run_program(const struct source *s, unsigned cores, uint8_t *output, size_t len)
{
	static const char *const allow[] = { "cores" };
	struct bench *b = bench_new(NULL);
	rkr_cleanup(rkx_model_free) struct rkx_model *m = place(s, cores);
	const struct rkx_plan_options o = { .inference = *rkx_model_inference(m) };
	const struct rkx_gate_options gates = { .allow = allow, .n_allow = cores > 1 };
	const struct rkx_facts facts = bench_facts();
	rkr_cleanup(rkx_permit_free) struct rkx_permit *permit = NULL;
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = NULL;
	struct rkx_outcome outcome = { 0 };
	struct rkx_gate_report report;
	struct rkr_error err = { 0 };
	size_t n;

	if (rkx_plan_new(rkx_model_run(m), &o, &plan, &err) < 0)
		ck_abort_msg("%s", err.what);
	const struct rkx_plan_submit *submits = rkx_plan_submits(plan, &n);

	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(submits[0].abi.core_mask, (1u << cores) - 1);
	for (unsigned c = 0; c < cores; c++) {
		/* Slots of three cores begin at 2; each has its tiles and its separator. */
		const unsigned slot = c + (cores == 3 ? 2 : 0);

		ck_assert_uint_eq(submits[0].abi.subcore_task[slot].task_start, cores == 1 ? 0 : 2 * c);
		ck_assert_uint_eq(submits[0].abi.subcore_task[slot].task_number, cores == 1 ? 1 : 2);
	}
	ck_assert_int_eq(rkx_gate_judge(plan, &facts, &gates, &report, &permit, &err), 0);
	ck_assert_msg(!report.refused, "the gates refuse %u cores", cores);
	const struct rkx_engine engine = { .device = b->device,
					   .journal = b->journal,
					   .facts = &facts,
					   .options = &gates,
					   .name = "probe" };

	ck_assert_int_eq(rkx_engine_run(&engine, plan, permit, &outcome, &err), 0);
	ck_assert_int_eq(outcome.ret, 0);
	int bo = rkr_run_bo_by_role(outcome.run, "output");

	ck_assert_int_ge(bo, 0);
	ck_assert_int_eq(rkr_run_read(outcome.run, (uint32_t)bo, 0, output, len), 0);
	rkx_outcome_free(&outcome);
	bench_free(b);
}

START_TEST(test_cores)
{
	/* 128 channels of 12x12 pixels. */
	enum { BYTES = 128 * 12 * 12 * 2 };
	struct source s;
	rkr_cleanup(source_clear) struct source *to_clear = &s;
	static uint8_t one[BYTES], more[BYTES];
	size_t zeros = 0;

	source_open(&s, C32);
	(void)to_clear;
	run_program(&s, 1, one, sizeof(one));
	for (size_t i = 0; i < sizeof(one); i += 2)
		zeros += one[i] == 0 && one[i + 1] == 0;
	ck_assert_uint_lt(zeros, sizeof(one) / 8);
	for (unsigned cores = 2; cores <= 3; cores++) {
		memset(more, 0, sizeof(more));
		run_program(&s, cores, more, sizeof(more));
		ck_assert_mem_eq(one, more, sizeof(one));
	}
}
END_TEST

/* Each address is its tensor's place and what the file has; links lead into BO regcmd. */
START_TEST(test_addresses)
{
	struct source s;
	rkr_cleanup(source_clear) struct source *to_clear = &s;

	source_open(&s, C32);
	(void)to_clear;
	rkr_cleanup(rkx_model_free) struct rkx_model *m = place(&s, 2);
	const struct rkr_run *run = rkx_model_run(m);
	int regcmd = rkr_run_bo_by_role(run, "regcmd");
	static const char *const roles[] = { "input", "output", "weight", "internal", "internal" };
	uint64_t seen[N_TENSORS] = { 0 };

	ck_assert_int_ge(regcmd, 0);
	for (size_t i = 0; i < s.graph.n_words; i++) {
		const struct rkr_graph_word *w = &s.graph.words[i];
		const size_t at = s.file.regcmd + 8 * (size_t)w->word;
		struct rkr_qword is, was = rkr_qword_decode(model_word(&s.file, at, 8));
		uint64_t word;

		ck_assert_int_eq(rkr_run_get_word(run, (uint32_t)regcmd, 8 * (uint64_t)w->word, &word), 0);
		is = rkr_qword_decode(word);
		const struct rkr_bo *bo =
			rkr_run_bo(run, (uint32_t)rkr_run_bo_by_role(run, roles[w->tensor]));

		ck_assert_uint_ge(is.value, bo->dma);
		ck_assert_uint_lt(is.value, bo->dma + bo->size);
		/* All words of a tensor count from one place. */
		uint64_t base = is.value - was.value;
		uint64_t *of = &seen[s.graph.tensors[w->tensor].memory];

		ck_assert(*of == 0 || *of == base);
		*of = base;
	}
	ck_assert_uint_eq(seen[TENSOR_HANDED], 0);
}
END_TEST

/* ---- loads of tables before gate G9 */

static uint64_t
word_of(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

/* A record of 69 words and two tables, as a run's first. */
static struct rkr_run *
table_run(void)
{
	struct rkr_run *run = test_run(H40, NULL);
	uint32_t bo;
	uint64_t at = test_regcmd(run, 0, &bo);
	struct rkr_task task;
	uint8_t bytes[RKR_TASK_BYTES];
	size_t i = 0;

	/* There must be room: the record of a convolution, and those behind it, are written over. */
	ck_assert_uint_ge(rkr_run_region(run, RKR_REGION_REGCMD)->size, 8 * 1102);
	for (; i < 1102; i++)
		rkr_run_set_word(run, bo, at + 8 * i, 0);
	for (i = 0; i < 69; i++)
		rkr_run_set_word(run, bo, at + 8 * i,
				 rkr_qword_encode(RKR_TARGET_DPU, 0, RKR_REG_DPU_BS_ALU_CFG));
	for (uint32_t table = 2; table < 4; table++) {
		rkr_run_set_word(run, bo, at + 8 * i++,
				 rkr_qword_encode(RKR_TARGET_DPU, table << 16, RKR_REG_DPU_LUT_ACCESS_CFG));
		for (uint32_t k = 0; k < 513; k++)
			rkr_run_set_word(run, bo, at + 8 * i++,
					 rkr_qword_encode(RKR_TARGET_DPU, k, RKR_REG_DPU_LUT_ACCESS_DATA));
	}
	rkr_run_set_word(run, bo, at + 8 * (i + 1),
			 rkr_qword_encode(RKR_TARGET_PC, 0, RKR_REG_PC_REGISTER_AMOUNTS));
	rkr_run_set_word(run, bo, at + 8 * (i + 2), rkr_qword_encode(RKR_TARGET_MARK, 0, 0));
	rkr_run_set_word(run, bo, at + 8 * (i + 3),
			 rkr_qword_encode(RKR_TARGET_OP_EN, 0x18, RKR_REG_PC_OPERATION_ENABLE));
	ck_assert_int_eq(rkr_run_task(run, 0, &task), 0);
	task.regcfg_amount = (uint32_t)i;
	rkr_task_encode(&task, bytes);
	for (size_t k = 0; k < sizeof(bytes) / 8; k++)
		rkr_run_set_word(run, (uint32_t)rkr_run_bo_by_role(run, "task"), 8 * k,
				 word_of(bytes + 8 * k));
	return run;
}

static enum rkx_verdict
judge_fetch(struct rkr_run *run, char reason[RKX_REASON_MAX])
{
	static const char *const alone[] = { "submit.subcore_task[0].task_number=1", NULL };
	const struct rkx_facts facts = test_facts();
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, alone);
	rkr_cleanup(rkx_permit_free) struct rkx_permit *permit = NULL;
	struct rkx_gate_report report;

	ck_assert_int_eq(rkx_gate_judge(plan, &facts, NULL, &report, &permit, NULL), 0);
	memcpy(reason, report.gate[8].reason, RKX_REASON_MAX);
	ck_assert_str_eq(rkx_gate_get(8)->id, "G9");
	/* The other gates on records read all of it. */
	ck_assert_msg(report.gate[8].verdict != RKX_ALLOW || report.gate[9].verdict == RKX_ALLOW, "%s",
		      report.gate[9].reason);
	return report.gate[8].verdict;
}

START_TEST(test_table)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = table_run();
	uint32_t bo;
	uint64_t at = test_regcmd(run, 0, &bo);
	char reason[RKX_REASON_MAX];

	ck_assert_msg(judge_fetch(run, reason) == RKX_ALLOW, "%s", reason);
	/* Any word that is no part of a table: it is some long record. */
	rkr_run_set_word(run, bo, at + 8 * (69 + 200),
			 rkr_qword_encode(RKR_TARGET_DPU, 0, RKR_REG_DPU_BS_ALU_CFG));
	ck_assert_int_eq(judge_fetch(run, reason), RKX_NEVER);
	ck_assert_ptr_nonnull(strstr(reason, "1 to 512 are run, and loads of tables"));
	rkr_run_set_word(run, bo, at + 8 * (69 + 200),
			 rkr_qword_encode(RKR_TARGET_DPU, 0, RKR_REG_DPU_LUT_ACCESS_DATA));
	ck_assert_int_eq(judge_fetch(run, reason), RKX_ALLOW);
	rkr_run_set_word(run, bo, at + 8 * (69 + 514),
			 rkr_qword_encode(RKR_TARGET_DPU, 0x20000, RKR_REG_DPU_LUT_ACCESS_CFG));
	ck_assert_int_eq(judge_fetch(run, reason), RKX_NEVER);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("network");
	TCase *t = tcase_create("all");

	tcase_add_test(t, test_graph);
	tcase_add_test(t, test_damage);
	tcase_add_test(t, test_unnamed);
	tcase_add_test(t, test_addresses);
	tcase_add_test(t, test_cores);
	tcase_add_test(t, test_table);
	suite_add_tcase(s, t);
	return test_main(s);
}
