/* SPDX-License-Identifier: MIT */
#ifndef TEST_EMU_MODEL_H
#define TEST_EMU_MODEL_H

/*
 * A compiled model on an emulated board, without the engine: placed as
 * rkreplay replay places it, its program for one core as one submit. Random
 * inputs, and the file's constants.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/graph.h"
#include "replay/layers.h"
#include "replay/place-model.h"
#include "tests/emu-device.h"

struct model {
	uint8_t *bytes;
	struct rkr_graph graph;
	struct rkx_model *placed;
	struct emu emu;
	struct device_run loaded;
};

/**
 * Read a file of the folder of captures, start a board, and place the model there.
 *
 * @param skip  tasks that are not modelled are over without a result, and noted; else they stand
 * @return false: the file is not there
 */
bool
model_open(struct model *m, const char *name, bool skip);

void
model_close(struct model *m);

/** Each operator against its reference, by what is in memory now. Free with rkx_layers_free(). */
struct rkx_layers *
model_check(const struct model *m);

#endif
