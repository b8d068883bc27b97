/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/emu-model.h"

#include <stdlib.h>

#include "lib/util.h"
#include "parsers/rknn.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)

static void
note_skipped(void *model, uint32_t list, const char *why)
{
	struct model *m = model;

	rkx_model_note_skipped(m->placed, m->loaded.run, list, why);
}

bool
model_open(struct model *m, const char *name, bool skip)
{
	_autofree_ char *path = test_shared(name);
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };
	size_t len;

	*m = (struct model){ 0 };
	if (!path)
		return false;
	m->bytes = (uint8_t *)test_read_file(path, &len);
	ck_assert_int_eq(rkr_run_new(&run), 0);
	const struct rkx_model_options o = {
		.graph = &m->graph, .cores = 1, .read_internal = true, .seed = 99
	};

	if (rkp_rknn_read_memory(m->bytes, len, name, run, NULL, &err) < 0 ||
	    rkp_rknn_graph(m->bytes, len, &m->graph, &err) < 0 ||
	    rkx_model_new(run, &o, &m->placed, &err) < 0)
		ck_abort_msg("%s: %s", name, err.what);
	struct rke_board_options board = emu_options(&m->emu);

	board.make_hw = rke_hw_npu;
	board.unmodelled = skip ? note_skipped : NULL;
	board.unmodelled_data = m;
	emu_start(&m->emu, &board);
	device_load(&m->emu, rkx_model_run(m->placed), &m->loaded);
	return true;
}

void
model_close(struct model *m)
{
	device_unload(&m->loaded);
	emu_stop(&m->emu);
	rkx_model_free(m->placed);
	rkr_graph_clear(&m->graph);
	free(m->bytes);
}

static const char *
skipped(void *placed, size_t task)
{
	return rkx_model_skipped_row(placed, task);
}

struct rkx_layers *
model_check(const struct model *m)
{
	const struct rkx_layers_options o = { skipped, m->placed };
	rkr_cleanup(rkr_run_free) struct rkr_run *answer = NULL;
	struct rkx_layers *layers;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkr_run_new(&answer), 0);
	for (size_t i = 0; i < m->loaded.n_bos; i++) {
		const struct emu_bo *bo = &m->loaded.bo[i];
		uint32_t n;

		ck_assert_int_eq(rkr_run_add_bo(answer, rkr_run_bo(m->loaded.run, i), &n), 0);
		ck_assert_int_eq(
			rkr_run_write(answer, n, 0, bo->memory, bo->size, RKR_EVIDENCE_GENERATED, SIZE_MAX),
			0);
	}
	ck_assert_msg(rkx_layers_check(rkx_model_run(m->placed), answer, &o, &layers, &err) == 0, "%s",
		      err.what);
	return layers;
}
