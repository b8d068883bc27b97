/* SPDX-License-Identifier: MIT */
#ifndef RKR_BUNDLE_PRIV_H
#define RKR_BUNDLE_PRIV_H

/* What the reader and the writer of bundles share. */

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "error.h"
#include "run-priv.h"

#define RKR_BUNDLE_FORMAT "rkreplay-run"
#define RKR_BUNDLE_MAJOR 1
#define RKR_BUNDLE_MINOR 0
#define RKR_BUNDLE_YAML "run.yaml"
#define RKR_BUNDLE_WORDS "words-000.bin"

/** The last line of run.yaml is this and the SHA-256 of what is above it. */
#define RKR_BUNDLE_SEAL "# sha256: "

/*
 * Limits. The writer keeps them too, so that what is written can be read.
 * They are far above what a run of this NPU needs, whose addresses are 32
 * bits [source: IOVA aperture], and low enough that a small bundle cannot
 * make a reader take all of a machine's memory.
 */
#define RKR_BUNDLE_YAML_MAX (UINT64_C(512) << 20)  /**< bytes of run.yaml */
#define RKR_BUNDLE_DATA_MAX (UINT64_C(4) << 30)    /**< bytes of all binary files */
#define RKR_BUNDLE_WORDS_MAX (UINT64_C(128) << 20) /**< words of all QWORDS values */
#define RKR_BUNDLE_STRING_MAX ((size_t)4 << 20)    /**< bytes of a string */
#define RKR_BUNDLE_EXTENTS_MAX ((size_t)1 << 20)   /**< extents of a BO */
#define RKR_BUNDLE_NODES_MAX ((size_t)8 << 20)     /**< nodes of an entry, and of all that is kept */
#define RKR_BUNDLE_DEPTH_MAX 16                    /**< nested maps and lists */
#define RKR_BUNDLE_STRANGE_MAX ((size_t)1024)      /**< unknown keys of the top level */

/* ---- tables: bundle-table.c ---- */

/** A member of struct rkr_bo that is in a bundle if it is known. */
struct rkr_bo_member {
	const char *name;
	uint32_t known; /**< RKR_BO_ flag */
	size_t offset;  /**< in struct rkr_bo */
	enum rkr_type type;
	bool hex;
};

/** Member @i, or NULL past the end. */
const struct rkr_bo_member *
rkr_bo_member(size_t i);

/** Its value; signed ones are extended to 64 bits. */
uint64_t
rkr_bo_member_get(const struct rkr_bo_member *m, const struct rkr_bo *bo);

/** Set it, and that it is known. */
void
rkr_bo_member_set(const struct rkr_bo_member *m, struct rkr_bo *bo, uint64_t value);

/** Whether a number fits a type. Signed ones are extended to 64 bits. */
bool
rkr_type_fits(enum rkr_type type, uint64_t value);

#define RKR_N_EVIDENCE (RKR_EVIDENCE_GENERATED + 1)
#define RKR_N_REGION_KINDS (RKR_REGION_DATA + 1)
extern const char *const rkr_evidence_names[RKR_N_EVIDENCE];
extern const char *const rkr_region_names[RKR_N_REGION_KINDS];

/** Bytes of contents that a BO has room for, as rkr_run_write() sees it. */
uint64_t
rkr_bo_room(const struct rkr_bo *bo);

/* ---- YAML in: bundle-node.c ---- */

enum rkr_node_type {
	RKR_NODE_SCALAR,
	RKR_NODE_LIST,
	RKR_NODE_MAP,
};

/** A piece of YAML. No two keys of a map are equal. */
struct rkr_node {
	enum rkr_node_type type;
	int style;               /**< libyaml's, so that it can be written as it was */
	uint32_t line, column;   /**< 1-based */
	char *text;              /**< of a scalar: UTF-8, may hold NUL; a NUL follows */
	size_t len;              /**< bytes of @text */
	struct rkr_node **items; /**< of a list; of a map: key, value, key, value... */
	size_t n, cap;
};

void
rkr_node_free(struct rkr_node *node);

/** Whether it is a scalar with this text. */
bool
rkr_node_is(const struct rkr_node *node, const char *text);

/** Reads one YAML document whose root is a map, entry by entry. */
struct rkr_nodes;

/**
 * @param fd    of a regular file, at the start; stays the caller's
 * @param path  for errors; must outlive the reader, as must @err
 * @return 0 or negative errno with *err, as all functions of the reader
 */
int
rkr_nodes_new(int fd, const char *path, struct rkr_error *err, struct rkr_nodes **ret_nodes);

void
rkr_nodes_free(struct rkr_nodes *nodes);

/** The next key of the root; NULL if there is none, and then the document has ended well. */
int
rkr_nodes_key(struct rkr_nodes *nodes, struct rkr_node **ret_node);

/** After a key: its value, whole. The caller frees it. */
int
rkr_nodes_value(struct rkr_nodes *nodes, struct rkr_node **ret_node);

/** After a key: pass over its value. */
int
rkr_nodes_skip(struct rkr_nodes *nodes);

/** After a key: its value must be a list, which is read by rkr_nodes_item(). */
int
rkr_nodes_list(struct rkr_nodes *nodes);

/** The next item; NULL past the last. The caller frees it. */
int
rkr_nodes_item(struct rkr_nodes *nodes, struct rkr_node **ret_node);

/* ---- what is not known, but kept: bundle-keep.c ---- */

/** The maps and lists of a bundle that may hold what this version does not know. */
enum rkr_scope {
	RKR_SCOPE_NONE, /**< keeps nothing */
	RKR_SCOPE_TOP,
	RKR_SCOPE_FORMAT,
	RKR_SCOPE_COUNTS,
	RKR_SCOPE_WITNESS,
	RKR_SCOPE_BO, /**< index: the BO; so in the next */
	RKR_SCOPE_CONTENTS,
	RKR_SCOPE_REGIONS,
	RKR_SCOPE_REGION,   /**< index: the region */
	RKR_SCOPE_CONFLICT, /**< index: the conflict */
	RKR_SCOPE_THINGS,
	RKR_SCOPE_WORDS,
	RKR_SCOPE_RECORDS,
	RKR_SCOPE_RECORD, /**< index: the record; so in the next */
	RKR_SCOPE_PLACE,
	RKR_SCOPE_QWORDS, /**< index: the record * RKR_FIELDS_MAX + the field */
};

struct rkr_kept_entry {
	enum rkr_scope scope;
	size_t index;
	size_t at;            /**< how many known entries are before it */
	struct rkr_node *key; /**< NULL in a list */
	struct rkr_node *value;
};

/** The members that name a record. */
enum rkr_link_place {
	RKR_LINK_EXTENT,  /**< a: BO, b: offset of the extent */
	RKR_LINK_BORN,    /**< a: BO */
	RKR_LINK_DIED,    /**< a: BO */
	RKR_LINK_KEPT,    /**< a: conflict */
	RKR_LINK_DROPPED, /**< a: conflict */
};

/** A member that names a record of a kind that this version does not know. */
struct rkr_kept_link {
	enum rkr_link_place place;
	uint64_t a, b;
	size_t value;    /**< what the run has in its place */
	size_t position; /**< of the record, in the bundle */
};

/** What a run keeps of the bundle that it was read from. */
struct rkr_kept {
	uint32_t minor;        /**< of the format */
	struct rkr_node *tool; /**< who made the run; NULL: not told */
	struct rkr_kept_entry *entries;
	size_t n, cap;
	struct rkr_kept_link *links;
	size_t n_links, cap_links;
};

/** Takes @key and @value. 0 or -ENOMEM, and then they stay the caller's. */
int
rkr_kept_add(struct rkr_kept *kept, const struct rkr_kept_entry *entry);

/** 0 or -ENOMEM. */
int
rkr_kept_add_link(struct rkr_kept *kept, const struct rkr_kept_link *link);

/** To be called once all is added: the functions below search. */
void
rkr_kept_sort(struct rkr_kept *kept);

/** The entries of a map or list, in order. @kept may be NULL. */
const struct rkr_kept_entry *
rkr_kept_find(const struct rkr_kept *kept, enum rkr_scope scope, size_t index, size_t *ret_n);

/** Where in the bundle's list record @index of the run stands. @kept may be NULL. */
size_t
rkr_kept_position(const struct rkr_kept *kept, size_t index);

/**
 * The record of the run that stands at a position of the bundle's list, or
 * the next one if that is of an unknown kind.
 *
 * @return whether its kind is known
 */
bool
rkr_kept_index(const struct rkr_kept *kept, size_t position, size_t *ret_index);

/** Where the record is that a member named in the bundle, if the member still has the value it got. */
bool
rkr_kept_find_link(const struct rkr_kept *kept, enum rkr_link_place place, uint64_t a, uint64_t b,
		   size_t value, size_t *ret_position);

/* ---- files: bundle-file.c ---- */

/** A file that is being written, with its digest. */
struct rkr_out {
	int fd;
	int failed;     /**< the first error; later writes do nothing */
	uint64_t total; /**< bytes written */
	uint64_t limit; /**< fail with -EFBIG past this */
	struct sha256_ctx sha;
	size_t n;
	uint8_t buf[(size_t)64 << 10];
};

/** Make a file in a directory; it must not be there yet. The error is in @failed. */
void
rkr_out_open(struct rkr_out *out, int dir, const char *name, uint64_t limit);

void
rkr_out_put(struct rkr_out *out, const void *data, size_t len);

/** The digest of what was written so far. */
void
rkr_out_digest(const struct rkr_out *out, char ret_hex[RKR_SHA256_HEX]);

/** Flush, sync to disk, close. 0 or the first error. */
int
rkr_out_close(struct rkr_out *out);

/** Whether a name can be a file of a bundle: no path, nothing hidden. */
bool
rkr_bundle_name_ok(const char *name, size_t len);

/**
 * Open a regular file of a directory for reading; no links are followed.
 *
 * @return a descriptor, or negative errno with *err
 */
int
rkr_bundle_open(int dir, const char *name, const char *path, uint64_t *ret_size, struct rkr_error *err);

/** Read @size bytes and compare their SHA-256. 0, or negative errno with *err. */
int
rkr_bundle_load(int fd, const char *path, const char *sha256, void *ret_data, size_t size,
		struct rkr_error *err);

/**
 * Check the last line of run.yaml, if it has one. Does not move the file offset.
 *
 * @return 0, or negative errno with *err
 */
int
rkr_bundle_check_seal(int fd, uint64_t size, const char *path, struct rkr_error *err);

/* ---- the directory: bundle-dir.c ---- */

/** Do as where the file system cannot exchange two names (for tests). */
#define RKR_BUNDLE_NO_EXCHANGE (1u << 0)

/** A bundle that is being written, beside where it will be. */
struct rkr_bundle_dir {
	char *path; /**< as the caller gave it */
	char *base; /**< its last part */
	int parent; /**< the directory that it is in */
	int fd;     /**< the new bundle; locked, so that nobody takes it for a left-over */
	char *tmp;  /**< the new bundle's name for now */
	unsigned flags;
};

/** Prepare: check what is there, clean up what killed writers left, make the new directory. */
int
rkr_bundle_dir_begin(struct rkr_bundle_dir *dir, const char *path, unsigned flags, struct rkr_error *err);

/** Put the new bundle in its place. */
int
rkr_bundle_dir_commit(struct rkr_bundle_dir *dir, struct rkr_error *err);

/** Close; removes what was not committed. Also after rkr_bundle_dir_begin() failed. */
void
rkr_bundle_dir_end(struct rkr_bundle_dir *dir);

/**
 * Open a bundle's directory for reading. If it is not there because a writer
 * was killed between two renames: its old version.
 *
 * @return a descriptor or negative errno
 */
int
rkr_bundle_dir_open(const char *path);

/** Check that run.yaml of a directory is a bundle's, of any version. 0, or negative errno with *err. */
int
rkr_bundle_probe(int dir, const char *path, struct rkr_error *err);

/** rkr_bundle_write() with RKR_BUNDLE_ flags. */
int
rkr_bundle_write_with(const struct rkr_run *run, const char *path, unsigned flags, struct rkr_error *err);

#endif
