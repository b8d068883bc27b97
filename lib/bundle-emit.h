/* SPDX-License-Identifier: MIT */
#ifndef RKR_BUNDLE_EMIT_H
#define RKR_BUNDLE_EMIT_H

/*
 * YAML out. Knows of what is kept from a newer version's bundle, and puts it
 * back where it was.
 */

#include <yaml.h>

#include "bundle-priv.h"

/** A map or list that is being written. */
struct rkr_emit_level {
	bool map;
	size_t count; /**< known entries so far */
	const struct rkr_kept_entry *kept;
	size_t n_kept;
};

struct rkr_emit {
	yaml_emitter_t yaml;
	struct rkr_out *out;
	const struct rkr_kept *kept; /**< may be NULL */
	int failed;                  /**< the first error; later calls do nothing */
	size_t depth;
	struct rkr_emit_level levels[RKR_BUNDLE_DEPTH_MAX];
};

/** Begin a document whose root is a map. 0 or -ENOMEM. */
int
rkr_emit_begin(struct rkr_emit *e, struct rkr_out *out, const struct rkr_kept *kept);

/** End it. 0 or the first error. The text is in @out. */
int
rkr_emit_finish(struct rkr_emit *e);

void
rkr_emit_free(struct rkr_emit *e);

/** Begin a map, in one line if @flow. */
void
rkr_emit_map(struct rkr_emit *e, enum rkr_scope scope, size_t index, bool flow);

/** Begin a list, in one line if @flow. Each item of it begins by rkr_emit_item(). */
void
rkr_emit_list(struct rkr_emit *e, enum rkr_scope scope, size_t index, bool flow);

void
rkr_emit_end(struct rkr_emit *e);

void
rkr_emit_key(struct rkr_emit *e, const char *key);

void
rkr_emit_item(struct rkr_emit *e);

/** A word that YAML reads as it stands. */
void
rkr_emit_word(struct rkr_emit *e, const char *word);

/** Text in quotes: printable UTF-8. */
void
rkr_emit_text(struct rkr_emit *e, const char *text);

/** Any bytes: a string in quotes or, if they are not printable UTF-8, {hex: "..."}. */
void
rkr_emit_bytes(struct rkr_emit *e, const void *data, size_t len);

void
rkr_emit_u64(struct rkr_emit *e, uint64_t v);

void
rkr_emit_s64(struct rkr_emit *e, int64_t v);

/** "0x..", in quotes if @quoted. */
void
rkr_emit_hex(struct rkr_emit *e, uint64_t v, bool quoted);

/** What a reader kept. */
void
rkr_emit_node(struct rkr_emit *e, const struct rkr_node *node);

#endif
