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

/* ---- rknn-flat.c ---- */

/** The number of @size bytes at @at; false if it is not in the file. */
bool
rkp_flat_number(const struct rkp_bytes *b, size_t at, size_t size, uint64_t *ret);

/** Follow the offset that stands at @at. Offsets lead forward, and never to themselves. */
bool
rkp_flat_follow(const struct rkp_bytes *b, size_t at, size_t *ret);

/** Where field @field of a table is; false if it is left out. */
bool
rkp_flat_field(const struct rkp_bytes *b, size_t table, unsigned field, size_t *ret);

/** The table that a field leads to. */
bool
rkp_flat_table(const struct rkp_bytes *b, size_t table, unsigned field, size_t *ret);

/** Elements of a vector, of @element bytes each, all in the file, and their number. */
bool
rkp_flat_vector(const struct rkp_bytes *b, size_t table, unsigned field, size_t element, size_t *ret_at,
		size_t *ret_n);

/** A vector of bytes, or a text; empty if there is none. */
struct rkp_span
rkp_flat_bytes(const struct rkp_bytes *b, size_t table, unsigned field);

/* ---- rknn-container.c ---- */

/* Fields of tables, known by what is in them [captured: 13 files of compilers 1.6.1, 2.3.0 and 2.3.2]. */
enum {
	RKP_ROOT_GENERATION = 1, /* text: "RKNPU v2" */
	RKP_ROOT_GRAPHS = 2,     /* tables */
	RKP_ROOT_COMPILER = 7,   /* text */
	RKP_ROOT_PLATFORM = 8,   /* text: "rk3588" */
	RKP_ROOT_SIZES = 19,     /* table of two 64-bit numbers */
	RKP_ROOT_BUFFERS = 20,   /* tables of one byte vector each, or none */
	RKP_GRAPH_TENSORS = 0,   /* tables */
	RKP_GRAPH_OPS = 1,       /* tables; op_idx counts them */
	RKP_GRAPH_RELOCS = 7,    /* tables: a tensor's name, and where its address goes */
	RKP_GRAPH_STARTS = 10,   /* five numbers, the last three of which are where the programs start */
	RKP_BUFFER_DATA = 0,
};

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
	uint64_t constant_bytes; /**< that a runtime allots to constants in BO weight; has 32 bits */
	bool has_starts;
	uint32_t starts[RKP_RKNN_PROGRAMS]; /**< the first task of each program */
};

/**
 * Read what is known of the container.
 *
 * @return 0, -EINVAL with *err (it is no .rknn, or a damaged one), or -ENOMEM.
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
	size_t n_tails; /**< ends of records in the file, whether in the table or not */
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
