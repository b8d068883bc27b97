/* SPDX-License-Identifier: MIT */
#ifndef RKP_RKNN_PRIV_H
#define RKP_RKNN_PRIV_H

/* What the files of the .rknn reader share. Nothing in the bytes is trusted. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/error.h"
#include "lib/run.h"

/** The bytes of a model. */
struct rkp_bytes {
	const uint8_t *p;
	size_t len;
};

/** Little endian, as all of the file is; the caller knows that the bytes are there. */
static inline uint32_t
rkp_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t
rkp_le64(const uint8_t *p)
{
	return rkp_le32(p) | (uint64_t)rkp_le32(p + 4) << 32;
}

/** A stretch of the file, in bytes. */
struct rkp_span {
	size_t off;
	size_t len;
};

/* ---- rknn-container.c ---- */

/** Bytes of the file's own header [captured: 13 files]. */
#define RKP_RKNN_HEADER 64
/** Programs of a model: for one, two and three cores. */
#define RKP_RKNN_PROGRAMS 3

/** What is known of the container. What was not found is empty or 0. */
struct rkp_container {
	uint32_t version;           /**< of the file format */
	struct rkp_span compiler;   /**< text: toolkit and compiler */
	struct rkp_span platform;   /**< text: "rk3588" */
	struct rkp_span generation; /**< text: of the NPU, "RKNPU v2" */
	struct rkp_span *buffers;   /**< what the file carries for BOs; free() it */
	size_t n_buffers;
	uint64_t constant_bytes;    /**< that a runtime allots to constants in BO weight */
	bool has_starts;
	uint32_t starts[RKP_RKNN_PROGRAMS]; /**< the first task of each program */
};

/**
 * Read what is known of the container.
 *
 * @return 0, -EINVAL with *err (it is no .rknn), or -ENOMEM.
 */
int
rkp_container_read(const struct rkp_bytes *b, struct rkp_container *ret, struct rkr_error *err);

/* ---- rknn-scan.c ---- */

/** A record of the regcmd. */
struct rkp_rknn_record {
	uint64_t start;  /**< in the regcmd, in bytes */
	uint32_t amount; /**< of words, without the tail */
};

/** Regcmd and task table. */
struct rkp_program {
	struct rkp_span regcmd;
	struct rkp_span tasks;
	struct rkr_task *task; /**< all entries */
	size_t n_tasks;
	struct rkp_rknn_record *records; /**< each once, ascending */
	size_t n_records;
	size_t n_tails;        /**< ends of records in the file, whether in the table or not */
};

/**
 * Find the regcmd and the table that leads to it, in time that grows with the
 * file.
 *
 * @return 0, -ENODATA or -E2BIG with *err, or -ENOMEM. Free with rkp_program_clear().
 */
int
rkp_program_find(const struct rkp_bytes *b, struct rkp_program *ret, struct rkr_error *err);

void
rkp_program_clear(struct rkp_program *p);

#endif
