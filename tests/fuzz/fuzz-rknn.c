/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fuzz.h"

#include <errno.h>

#include "lib/error.h"
#include "lib/run.h"
#include "parsers/rknn.h"

/* Compiled models. What is refused leaves no half of a run that is said to be bound. */

/* What a graph says holds, whatever it was read from. */
static void
take_graph(const uint8_t *data, size_t size)
{
	struct rkr_error err = { 0 };
	struct rkr_graph g;
	int r = rkp_rknn_graph(data, size, &g, &err);

	if (r < 0) {
		FUZZ_ASSERT(r == -ENOMEM || (err.code == r && err.what[0]));
		return;
	}
	for (size_t i = 0; i < g.n_words; i++) {
		FUZZ_ASSERT(g.words[i].word < g.regcmd_words && g.words[i].tensor < g.n_tensors);
		FUZZ_ASSERT(i == 0 || g.words[i].word > g.words[i - 1].word);
	}
	for (size_t i = 0; i < g.n_tensors; i++) {
		const struct rkr_tensor *t = &g.tensors[i];

		FUZZ_ASSERT(t->memory < g.n_tensors && (t->role == RKR_TENSOR_CONSTANT) == (t->data != NULL));
		FUZZ_ASSERT(!t->data || t->bytes <= size);
	}
	rkr_graph_clear(&g);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rkp_accounting acc = { 0 };
	struct rkr_error err = { 0 };
	struct rkr_run *run = NULL;

	if (size > FUZZ_MAX || rkr_run_new(&run) < 0)
		return 0;
	int r = rkp_rknn_read_memory(data, size, "model.rknn", run, &acc, &err);

	if (r == 0) {
		FUZZ_ASSERT(acc.bytes == size);
		FUZZ_ASSERT(acc.parsed + acc.skipped + acc.unknown == acc.bytes);
		for (size_t i = 0; i < rkr_run_n_records(run); i++) {
			const struct rkr_record *rec = rkr_run_record(run, i);

			FUZZ_ASSERT(rec->kind >= 0 && rec->kind < RKR_KIND_MAX_);
			FUZZ_ASSERT(rec->place.start <= rec->place.end && rec->place.end <= size);
		}
		for (size_t i = 0; i < rkr_run_n_tasks(run); i++) {
			struct rkr_task task;

			FUZZ_ASSERT(rkr_run_task(run, i, &task) == 0);
		}
	} else {
		FUZZ_ASSERT(r < 0 && err.code == r && err.what[0]);
	}
	rkr_run_free(run);
	take_graph(data, size);
	return 0;
}
