/* SPDX-License-Identifier: MIT */
#ifndef RKR_BUNDLE_READ_H
#define RKR_BUNDLE_READ_H

/* What the files of the reader of bundles share. */

#include "bundle-priv.h"

/** A member that names a record, to be looked up once all records are there. */
struct rkr_link {
	enum rkr_link_place place;
	uint32_t line, column;
	size_t a; /* as in struct rkr_kept_link, but an extent by its index */
	size_t b;
	uint64_t position;
};

/** A QWORDS value, to be filled in once all contents are there. */
struct rkr_words {
	size_t record;
	int field;
	bool in_file; /* the file of words; else BO @bo */
	uint32_t bo;
	uint64_t offset;
	size_t n;
	uint32_t line, column;
};

/** The largest index of a list that was seen before the list, and where. */
struct rkr_most {
	bool any;
	uint64_t index;
	uint32_t line, column;
};

struct rkr_reader {
	const char *dir;  /* as the caller gave it */
	const char *path; /* of run.yaml, for errors */
	int fd;           /* of the directory */
	struct rkr_error *err;
	bool missing; /* a file was not there */
	struct rkr_nodes *nodes;
	struct rkr_run *run;

	uint64_t seen;    /* bit per known key of the top level */
	size_t n_strange; /* unknown ones */
	size_t n_kept;    /* nodes that are kept */
	uint64_t bytes;   /* of binary files */
	uint64_t bytes_contents;
	uint64_t n_words;
	uint8_t *words; /* the file of words */
	size_t words_size;

	struct rkr_link *links;
	size_t n_links, cap_links;
	struct rkr_words *qwords;
	size_t n_qwords, cap_qwords;
	struct rkr_most file, bo;
	struct rkr_node *counts;
	bool bound_told;
	uint64_t bound;
	uint32_t bound_line;
};

/** Refuse a node: -EINVAL with its place. */
#define RKR_REFUSE(rd, node, cure, ...) \
	rkr_error_set((rd)->err, -EINVAL, (rd)->path, (node)->line, (node)->column, cure, __VA_ARGS__)

int
rkr_read_no_memory(struct rkr_reader *rd);

/** Which known key a text is, from 0, or -1. */
typedef int (*rkr_find_key)(const void *data, const char *key);

/**
 * Take a map apart. Unknown keys are kept with the run.
 *
 * @param ret_values  per known key its value, which stays the map's, or NULL
 */
int
rkr_read_map(struct rkr_reader *rd, struct rkr_node *map, enum rkr_scope scope, size_t index,
	     rkr_find_key find, const void *data, struct rkr_node **ret_values);

/** rkr_read_map() for a NULL-terminated list of keys. Those before @n_needed must be there. */
int
rkr_read_keys(struct rkr_reader *rd, struct rkr_node *map, enum rkr_scope scope, size_t index,
	      const char *const *keys, size_t n_needed, struct rkr_node **ret_values);

/** Keep an entry of a list that is not known; takes it if it can. */
int
rkr_read_keep(struct rkr_reader *rd, enum rkr_scope scope, size_t index, size_t at, struct rkr_node **key,
	      struct rkr_node **value);

/** A number that is not negative and at most @max. @what names it in errors. */
int
rkr_read_u64(struct rkr_reader *rd, const struct rkr_node *node, const char *what, uint64_t max,
	     uint64_t *ret);

int
rkr_read_s64(struct rkr_reader *rd, const struct rkr_node *node, const char *what, int64_t *ret);

/** "1402.5", in millionths. */
int
rkr_read_dec(struct rkr_reader *rd, const struct rkr_node *node, const char *what, uint64_t *ret);

/** "13:37:36.493", in milliseconds. */
int
rkr_read_time(struct rkr_reader *rd, const struct rkr_node *node, const char *what, uint64_t *ret);

/**
 * A string, or {hex: "..."}.
 *
 * @param ret_bytes  in the node, which this may change; a NUL follows
 */
int
rkr_read_bytes(struct rkr_reader *rd, struct rkr_node *node, const char *what, const char **ret_bytes,
	       size_t *ret_len);

/** The index of a scalar in a table of words, or -1. */
int
rkr_read_word(const struct rkr_node *node, const char *const *words, size_t n);

/** A member that names a record. */
int
rkr_read_link(struct rkr_reader *rd, const struct rkr_node *node, const char *what, enum rkr_link_place place,
	      size_t a, size_t b);

/** An index of the files or BOs, which may come later. */
int
rkr_read_index(struct rkr_reader *rd, const struct rkr_node *node, const char *what, struct rkr_most *most,
	       uint32_t *ret);

/** Read the binary file that a map's "file", "bytes" and "sha256" tell of. */
int
rkr_read_file(struct rkr_reader *rd, const struct rkr_node *name, const struct rkr_node *bytes,
	      const struct rkr_node *sha256, void *(*alloc)(struct rkr_reader *rd, size_t size),
	      uint8_t **ret_data, size_t *ret_size);

/** Read a list, entry by entry. The function may take the node. */
int
rkr_read_list(struct rkr_reader *rd, int (*item)(struct rkr_reader *rd, struct rkr_node **node));

/* The values of keys of the top level: bundle-read-parts.c. */
int
rkr_read_files(struct rkr_reader *rd);

int
rkr_read_witness(struct rkr_reader *rd);

int
rkr_read_bos(struct rkr_reader *rd);

int
rkr_read_regions(struct rkr_reader *rd);

int
rkr_read_conflicts(struct rkr_reader *rd);

int
rkr_read_things(struct rkr_reader *rd);

/** An entry of the list of BOs; bundle-read-bo.c. */
int
rkr_read_bo(struct rkr_reader *rd, struct rkr_node *node);

/** An entry of the list of records; may take it. bundle-read-record.c */
int
rkr_read_record(struct rkr_reader *rd, struct rkr_node **node);

/** Look up all links. */
int
rkr_read_links(struct rkr_reader *rd);

/** Fill in all QWORDS values. */
int
rkr_read_qwords(struct rkr_reader *rd);

#endif
