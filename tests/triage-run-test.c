/* SPDX-License-Identifier: MIT */
/*
 * The closed loop with whole runs on the emulated NPU: the convolution that
 * was seen to poison the next job, two chained tasks of which the last reuses
 * weights, and the add that was its victim.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/model-abi.h"
#include "lib/symbol.h"
#include "lib/util.h"
#include "replay/emu/driver.h"
#include "replay/health.h"
#include "tests/gen-common.h"
#include "tests/triage-common.h"

#define BOS_MAX 8
#define SEEDS 2

struct log {
	char *text;
	size_t len, cap;
};

static void
keep_line(void *data, const char *line)
{
	struct log *log = data;
	size_t n = strlen(line);

	ck_assert_int_eq(rkr_grow((void **)&log->text, &log->cap, log->len + n + 2, 1), 0);
	memcpy(log->text + log->len, line, n);
	log->text[log->len + n] = '\n';
	log->len += n + 1;
	log->text[log->len] = '\0';
}

/* Any ioctl of the driver: type 'd', numbers from 0x40, read and write. */
static int
call(struct rke_file *file, enum rkr_ioctl nr, void *arg, size_t size)
{
	return rke_ioctl(file, 0xc0000000UL | size << 16 | 'd' << 8 | (unsigned long)nr, arg, size);
}

/* Put a run onto a board: BOs, contents with their addresses moved, and its submit. */
static struct rkr_abi_submit
load(struct rke_file *file, const struct rkr_run *run)
{
	struct rkr_bo layout[BOS_MAX];
	void *memory[BOS_MAX];
	struct rkr_image *image;
	struct rkr_run *moved;
	struct rkr_error err = { 0 };
	size_t n = rkr_run_n_bos(run), n_extents;
	struct rkr_abi_submit submit = { .flags = 5, .timeout = 6000, .core_mask = 1, .fence_fd = -1 };

	ck_assert_uint_le(n, BOS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct rkr_abi_mem_create create = { .size = rkr_run_bo(run, i)->size, .flags = 0x40b };

		layout[i] = *rkr_run_bo(run, i);
		ck_assert_int_eq(call(file, RKR_IOCTL_MEM_CREATE, &create, sizeof(create)), 0);
		struct rkr_abi_mem_map map = { .handle = create.handle };

		ck_assert_int_eq(call(file, RKR_IOCTL_MEM_MAP, &map, sizeof(map)), 0);
		ck_assert_int_eq(rke_mmap(file, map.offset, layout[i].size, &memory[i], NULL), 0);
		layout[i].dma = create.dma_addr;
		layout[i].obj = create.obj_addr;
		layout[i].handle = create.handle;
	}
	ck_assert_int_eq(rkr_symbolise(run, &image), 0);
	ck_assert_msg(rkr_relocate(image, layout, n, &moved, &err) == 0, "%s", err.what);
	for (uint32_t i = 0; i < n; i++) {
		const struct rkr_extent *e = rkr_run_extents(moved, i, &n_extents);

		for (size_t k = 0; k < n_extents; k++)
			memcpy((char *)memory[i] + e[k].offset, e[k].data, e[k].len);
	}
	for (size_t i = 0; i < rkr_run_n_records(moved); i++) {
		const struct rkr_record *r = rkr_run_record(moved, i);

		if (r->kind != RKR_KIND_submit)
			continue;
		submit.task_number = (uint32_t)rkr_get_u(r, RKR_F_submit_task_number);
		submit.task_obj_addr = rkr_get_u(r, RKR_F_submit_task_obj_addr);
		submit.subcore_task[0].task_start = (uint32_t)rkr_get_u(r, RKR_F_submit_sub0_start);
		submit.subcore_task[0].task_number = (uint32_t)rkr_get_u(r, RKR_F_submit_sub0_number);
	}
	rkr_run_free(moved);
	rkr_image_free(image);
	return submit;
}

static const struct expected {
	const char *fault; /* of the job with this number, where it can be told one */
	const char *is[4];
} faults[] = {
	{ NULL, { NULL } },
	{ "stall=2", { "C", "E", "F", "I" } },
	{ "invalid-irq=2", { "J" } },
	{ "late-irq=2", { "late-interrupt" } },
	{ "dma-error=2", { "dma-error" } },
	{ "iova-fault=2", { "iova-fault" } },
	{ "stuck-group=2", { "C" } },
	{ "dangling-job=2", { "wedged-core" } },
	{ "missed-kick=2", { "missed-kick" } },
	{ "power-loss", { "power-loss" } },
	{ "early-completion", { "A" } },
	{ "weight-reuse-residue", { "B" } },
	{ "group-skew", { "C" } },
	{ "lost-op-en=2", { "F" } },
	{ "chain-overrun=3", { "H" } },
	{ "pollute", { "B" } },
};

START_TEST(runs_are_triaged)
{
	const struct expected *e = &faults[_i / SEEDS];
	struct test_random random = { (uint64_t)_i + 1 };
	struct log log = { 0 };
	struct rke_fault fault;
	struct rke_board_options options = { .make_hw = rke_hw_npu,
					     .klog = keep_line,
					     .klog_data = &log,
					     .trace = true,
					     .seed = (uint64_t)_i };
	struct rkr_run *conv = test_run(C64, NULL), *add;
	struct rke_board *board;
	struct rke_file *file;
	size_t failed = 0;

	if (e->fault) {
		ck_assert_int_eq(rke_fault_parse(e->fault, &fault), 0);
		options.faults = &fault;
		options.n_faults = 1;
	}
	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_CLASSIC, &add), 0);
	ck_assert_int_eq(rke_board_new(&options, &board), 0);
	ck_assert_int_eq(rke_open(board, &file), 0);
	const struct rkr_abi_submit work[2] = { load(file, conv), load(file, add) };

	for (size_t i = 0; i < 5; i++) {
		struct rkr_abi_submit submit = work[i % 2];

		failed += call(file, RKR_IOCTL_SUBMIT, &submit, sizeof(submit)) != 0;
		rke_advance(board, test_random_next(&random) % UINT64_C(1000000000));
	}
	rkr_run_free(conv);
	rkr_run_free(add);
	rke_board_free(board);
	struct rkr_triage *t = triage_text(log.text, log.len, NULL);
	const struct rkr_verdict *v = rkr_triage_verdict(t);
	enum rkr_state best = RKR_STATE_RULED_OUT;
	char words[1024];

	triage_words(v->facts, words, sizeof(words));
	for (size_t i = 0; i < RKR_ARRAY_LEN(e->is) && e->is[i]; i++) {
		const struct rkr_finding *f = triage_finding(v, e->is[i]);

		if (f->jobs && f->state > best)
			best = f->state;
	}
	ck_assert_msg(best == triage_best(v), "%s: %s is %s, the best is %s; %s\n%.1200s",
		      e->fault ? e->fault : "clean", e->is[0] ? e->is[0] : "nothing", rkr_state_name(best),
		      rkr_state_name(triage_best(v)), words, log.text);
	ck_assert_msg(rkr_facts_fail(v->facts) == (e->fault != NULL), "%s: %s", e->fault, words);
	ck_assert_uint_eq(v->jobs, 5);
	ck_assert_uint_eq(v->failed, failed);
	rkr_triage_free(t);
	free(log.text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("triage-run");
	TCase *t = tcase_create("runs");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, runs_are_triaged, 0, (int)(SEEDS * RKR_ARRAY_LEN(faults)));
	suite_add_tcase(s, t);
	return test_main(s);
}
