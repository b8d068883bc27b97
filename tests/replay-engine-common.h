/* SPDX-License-Identifier: MIT */
#ifndef TEST_REPLAY_ENGINE_COMMON_H
#define TEST_REPLAY_ENGINE_COMMON_H

/* What the tests of the engine share: an emulated board, a journal of their own, and a bracket. */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "replay/device-emu.h"
#include "replay/session.h"
#include "tests/replay-common.h"

/** A board, a journal and a ledger; of a test's own directory. */
struct bench {
	char dir[64];
	struct rkx_device *device;
	struct rkx_journal *journal;
	struct rkx_poison *poison;
	char klog[16384];
};

static inline void
bench_klog(void *data, const char *line)
{
	struct bench *b = data;
	size_t n = strlen(b->klog);

	snprintf(b->klog + n, sizeof(b->klog) - n, "%s\n", line);
}

static inline int
bench_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int
bench_open(const char *path, int flags, mode_t mode)
{
	return open(path, flags, mode);
}

static inline int
bench_sync(int fd)
{
	(void)fd;
	return 0;
}

/** Files as they are, but for syncs: these tests cut no power, and have no time for thousands of them. */
static inline const struct rkx_io *
bench_io(void)
{
	static const struct rkx_io io = { bench_open, write, bench_sync, bench_sync, rename, ftruncate };

	return &io;
}

/** @fault: name or NULL. */
static inline struct bench *
bench_new(const char *fault)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct rke_fault f;
	struct rkr_error err = { 0 };

	ck_assert_ptr_nonnull(b);
	snprintf(b->dir, sizeof(b->dir), "/tmp/rkreplay-engine-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(b->dir));
	if (fault)
		ck_assert_int_eq(rke_fault_parse(fault, &f), 0);
	const struct rkx_emulated_options o = { .faults = &f,
						.n_faults = fault ? 1 : 0,
						.seed = 1,
						.dirty = true,
						.klog = bench_klog,
						.klog_data = b };

	ck_assert_int_eq(rkx_device_emulated(&o, &b->device), 0);
	ck_assert_int_eq(rkx_poison_load(b->dir, bench_io(), &b->poison, &err), 0);
	if (rkx_journal_open(b->dir, bench_io(), &b->journal, &err) < 0)
		ck_abort_msg("%s", err.what);
	return b;
}

static inline void
bench_free(struct bench *b)
{
	rkx_journal_close(b->journal);
	rkx_poison_free(b->poison);
	if (b->device)
		b->device->ops->close(b->device);
	nftw(b->dir, bench_remove, 8, FTW_DEPTH | FTW_PHYS);
	free(b);
}

static inline struct rke_stats
bench_stats(const struct bench *b)
{
	struct rke_stats s;

	rke_board_stats(rkx_device_board(b->device), &s);
	return s;
}

/** The facts of a bench, all being well. */
static inline struct rkx_facts
bench_facts(void)
{
	struct rkx_facts f = test_facts();

	f.emulated = true;
	return f;
}

/** Run a plan on a device, without a bracket; it must be allowed. Returns what the engine returns. */
static inline int
bench_run_on(struct bench *b, struct rkx_device *device, struct rkx_plan *plan,
	     struct rkx_outcome *ret_outcome, struct rkr_error *err)
{
	const struct rkx_facts facts = bench_facts();
	rkr_cleanup(rkx_permit_free) struct rkx_permit *permit = NULL;
	struct rkx_gate_report report;

	ck_assert_int_eq(rkx_gate_judge(plan, &facts, NULL, &report, &permit, err), 0);
	for (size_t i = 0; i < RKX_N_GATES; i++)
		ck_assert_msg(report.gate[i].verdict < RKX_REFUSE, "%s: %s", rkx_gate_get(i)->id,
			      report.gate[i].reason);
	const struct rkx_engine engine = {
		.device = device, .journal = b->journal, .facts = &facts, .name = "probe"
	};

	return rkx_engine_run(&engine, plan, permit, ret_outcome, err);
}

/** The last session of the bench's journal; free with rkx_journal_log_free(). */
static inline struct rkx_journal_log
bench_log(const struct bench *b)
{
	struct rkx_journal_log log;

	ck_assert_int_eq(rkx_journal_read(b->dir, &log, NULL), 0);
	ck_assert_uint_eq(log.torn, 0);
	return log;
}

#endif
