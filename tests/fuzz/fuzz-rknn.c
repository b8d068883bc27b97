/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fuzz.h"

#include "lib/error.h"
#include "lib/run.h"
#include "parsers/rknn.h"

/* Compiled models. What is refused leaves no half of a run that is said to be bound. */

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
	return 0;
}
