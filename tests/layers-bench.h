/* SPDX-License-Identifier: MIT */
#ifndef TEST_LAYERS_BENCH_H
#define TEST_LAYERS_BENCH_H

/*
 * What the tests of the layer check share: an emulated NPU, BOs for one list
 * of tasks, and what is in them as a run.
 */

#include "lib/util.h"
#include "replay/layers.h"
#include "tests/net-recipes.h"
#include "tests/op-streams.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)
RKR_DEFINE_CLEANUP(struct rkx_layers *, rkx_layers_free)
#define _cleanup_layers_ rkr_cleanup(rkx_layers_free)

enum { IN, SECOND, WEIGHTS, OUT, REGCMD, TASK, BOS };

struct bench {
	struct emu emu;
	struct stream *s;
	struct emu_bo bo[BOS];
	struct rkr_abi_submit submit;
	size_t n_tasks;
};

/** @is_float: inputs are fp16 of magnitude 1 at most, else bytes; of @seed. */
struct bench *
bench_new(bool is_float, uint64_t seed);

void
bench_free(struct bench *b);

uint32_t
bench_dma(const struct bench *b, unsigned i);

/** All that is in the BOs now, as a run; free with rkr_run_free(). */
struct rkr_run *
bench_snapshot(const struct bench *b);

/** Put the stream into BOs, ready to be submitted; the snapshot of then. */
struct rkr_run *
bench_place(struct bench *b);

/** Free with rkx_layers_free(). */
struct rkx_layers *
bench_check(const struct rkr_run *run, const struct rkr_run *answer);

/** Append a recipe on the bench's BOs; fp32 is made of fp16's bits, few of which are large. */
void
bench_recipe(struct bench *b, const struct recipe *recipe);

/** Likewise a convolution. */
void
bench_conv(struct bench *b, const struct conv_op *of);

/** A curve that bends, one half other than the other. */
void
bench_tables(int16_t ret_tables[2][513]);

#endif
