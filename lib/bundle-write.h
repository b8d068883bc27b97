/* SPDX-License-Identifier: MIT */
#ifndef RKR_BUNDLE_WRITE_H
#define RKR_BUNDLE_WRITE_H

/* What the files of the writer of bundles share. */

#include "bundle-emit.h"
#include "bundle-priv.h"

/** A binary file that was written. */
struct rkr_written {
	char name[32];
	uint64_t bytes;
	char sha256[RKR_SHA256_HEX];
};

/** Where the words of a QWORDS value are. */
struct rkr_source {
	bool contents;
	uint32_t bo;
	uint64_t offset; /**< bytes in the BO, or in the file of words */
};

struct rkr_writer {
	const struct rkr_run *run;
	struct rkr_bundle_dir dir;
	struct rkr_error *err;
	struct rkr_out out;
	struct rkr_emit emit;
	bool emitting;
	uint64_t left; /**< bytes that binary files may still have */

	struct rkr_written *bos;    /**< one per BO */
	struct rkr_written words;   /**< no name: there is none */
	struct rkr_source *sources; /**< one per QWORDS value, in the order of the records */
	size_t n_sources, cap_sources, next_source;
};

#define RKR_WRITE_REFUSE(w, code, cure, ...) \
	rkr_error_set((w)->err, code, (w)->dir.path, 0, 0, cure, __VA_ARGS__)

/**
 * Write what goes into run.yaml to the emitter.
 *
 * @return 0, or negative errno with *err. 0 also if the emitter has failed.
 */
int
rkr_write_entries(struct rkr_writer *w);

#endif
