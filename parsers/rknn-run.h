/* SPDX-License-Identifier: MIT */
#ifndef RKP_RKNN_RUN_H
#define RKP_RKNN_RUN_H

#include "rknn-priv.h"

/** The chip whose registers the database describes. */
#define RKP_DECODED_PLATFORM "rk3588"

/** All that was found in a model. */
struct rkp_model {
	struct rkp_bytes bytes;
	struct rkp_container container;
	struct rkp_program program;
	struct rkp_span constants; /**< the stretch of the file that holds them; empty if there are none */
	uint64_t buffer_bytes;     /**< of the constants, each to 64 bytes */
	bool decoded;              /**< it is for the chip whose registers are known */
};

/**
 * Fill an empty run from the bytes, container and program of a model; sets the
 * rest of it. 0 or negative errno.
 */
int
rkp_model_to_run(struct rkp_model *m, struct rkr_run *run);

#endif
