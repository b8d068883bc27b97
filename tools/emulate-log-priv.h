/* SPDX-License-Identifier: MIT */
#ifndef TOOL_EMULATE_LOG_PRIV_H
#define TOOL_EMULATE_LOG_PRIV_H

/* The inside of a log: emulate-log.c has files and rows, emulate-calls.c makes records of calls. */

#include "emulate-log.h"

#include <stdio.h>

#include "lib/format.h"
#include "lib/model-abi.h"
#include "parsers/row.h"

/* Of what is kept for later rows, so many of each. */
#define LATEST 32

struct log_offset {
	uint64_t offset;
	uint64_t maps[LATEST]; /* ordinals */
	size_t n;
};

struct log_object {
	uint64_t obj, dma, size;
	uint32_t handle, flags;
	struct rkr_abi_mem_sync syncs[LATEST];
	size_t n;
};

struct log_process {
	uint32_t id;
	size_t file; /* its number, from 1; 0: nothing is to be written yet */
	uint64_t calls, creates, maps, mmaps, munmaps, destroys, submits, closes;
	struct log_offset *offsets;
	size_t n_offsets, offsets_size;
	struct log_object *objects;
	size_t n_objects, objects_size;
};

struct emulate_log {
	char *path;
	struct rkp_rows *rows;
	struct rkr_buf buf;
	struct log_process *processes;
	size_t n, size;
	size_t n_files;
	size_t current; /* number of the file that is open */
	FILE *out;
	int failed; /* the first error */
};

/* Records that a row counts and that stand below it. */
struct log_below {
	void (*put)(struct emulate_log *log, const struct log_object *object);
	enum rkr_kind kind;
	const struct log_object *object;
};

/** All rows of a record, in their order, and what stands below them; @below may be NULL. */
void
emulate_log_record(struct emulate_log *log, const struct rkr_record *rec, const struct log_below *below);

/** What is known of a kernel object, or NULL. */
struct log_object *
emulate_log_object(const struct log_process *p, uint64_t obj);

void
emulate_log_keep_object(struct emulate_log *log, struct log_process *p, const struct rkr_abi_mem_create *c);

/** A MEM_MAP, by its ordinal, gave this offset. */
void
emulate_log_keep_offset(struct emulate_log *log, struct log_process *p, uint64_t offset, uint64_t map);

/** "1,4": the MEM_MAPs that gave this offset. Empty: none did. */
struct rkr_blob
emulate_log_maps(const struct log_process *p, uint64_t offset, char *text, size_t size);

/** The rows of a call. */
void
emulate_log_rows(struct emulate_log *log, struct log_process *p, const struct rke_call *call);

#endif
