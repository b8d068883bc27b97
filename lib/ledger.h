/* SPDX-License-Identifier: MIT */
#ifndef RKR_LEDGER_H
#define RKR_LEDGER_H

/*
 * The ledger: which shapes are trusted to run on hardware as generated, and
 * on what evidence (captures/promoted.yaml). And the rule by which a shape
 * comes to be trusted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "error.h"
#include "format.h"
#include "run.h"
#include "visibility.h"

RKR_BEGIN_DECLS

#define RKR_LEDGER_VERSION 1

/** A shape in the ledger. Strings belong to the ledger; NULL where nothing is said. */
struct rkr_ledger_entry {
	const char *shape; /**< in the canonical spelling */
	const char *name;  /**< what people call it */
	bool promoted;
	const char *reason; /**< why it is not promoted; always there if it is not */
	const char
		*max_diff; /**< of the hardware run on record, as it was printed; always there if promoted */
	const char *capture; /**< name of the log that equals what is generated */
	uint64_t n_words;    /**< of the regcmd; 0: not said */
	uint64_t n_tasks;
	char regcmd_sha256[RKR_SHA256_HEX]; /**< rkr_region_digest(); "" if not said */
	char tasks_sha256[RKR_SHA256_HEX];
};

struct rkr_ledger;

/**
 * Read a ledger.
 *
 * @param name  of the file, for messages
 * @return 0; -EINVAL with *err (no YAML, or a key is missing or wrong),
 *         -ENOTSUP (a newer version), -ENOMEM.
 */
int
rkr_ledger_parse(const char *text, size_t len, const char *name, struct rkr_ledger **ret_ledger,
		 struct rkr_error *err);

/** Free a ledger and its entries; NULL is nothing. */
void
rkr_ledger_free(struct rkr_ledger *ledger);

/** The entries, in the order of the file. They live as long as the ledger. */
const struct rkr_ledger_entry *
rkr_ledger_entries(const struct rkr_ledger *ledger, size_t *ret_n);

/** The entry of a shape, or NULL. */
const struct rkr_ledger_entry *
rkr_ledger_find(const struct rkr_ledger *ledger, const char *shape);

/** Append an entry as it stands in the file. Strings of @entry are plain text. */
void
rkr_ledger_entry_yaml(struct rkr_buf *buf, const struct rkr_ledger_entry *entry);

/** What given runs show of a shape. */
struct rkr_promotion_evidence {
	size_t n_captures; /**< runs that show contents which were read, not generated */
	bool differs;      /**< one of them shows something else than is generated */
	bool whole;    /**< one of them shows the whole regcmd and task table, and they are those generated */
	bool hardware; /**< a run that holds a bracket: health, the shape, health, on a device */
	/* Of every such bracket: */
	bool healthy_before;
	bool right; /**< the shape's answer was right */
	bool healthy_after;
	uint64_t max_diff; /**< the largest, in millionths */
	const char *best;  /**< name of the capture that shows most; may be NULL */
};

enum rkr_promotion {
	RKR_PROMOTION_GRANTED,
	RKR_PROMOTION_STANDS,  /**< the ledger has it, and the runs agree */
	RKR_PROMOTION_BLOCKED, /**< the ledger says no, and no clean bracket lifts that */
	RKR_PROMOTION_NO_CAPTURE,
	RKR_PROMOTION_PARTIAL, /**< no capture shows all of it */
	RKR_PROMOTION_DIFFERENT,
	RKR_PROMOTION_NO_HARDWARE, /**< no bracketed hardware run */
	RKR_PROMOTION_UNHEALTHY,   /**< the bracket was not clean */
	RKR_PROMOTION_MAX_,
};

/**
 * Take what a run shows into the evidence: whether it is a capture, and
 * whether its regcmd and task table are those of the generated run.
 *
 * A run that a replay brought back holds its bracket. It counts if it ran on
 * hardware, and if the run shows all of its regcmd and task table, and they
 * are those of the generated run; what the emulated board says proves nothing
 * about a board.
 *
 * @param run        bound
 * @param generated  the shape's run
 * @return 0 or -ENOMEM
 */
int
rkr_promotion_gather(const struct rkr_run *run, const struct rkr_run *generated, const char *name,
		     struct rkr_promotion_evidence *evidence);

/**
 * The rule: byte-level equality with a capture, and one bracketed hardware
 * run. What is missing is named in this order.
 *
 * @param entry  of the shape, or NULL
 */
enum rkr_promotion
rkr_promotion_judge(const struct rkr_ledger_entry *entry, const struct rkr_promotion_evidence *evidence);

/** One sentence for people, without a full stop. */
const char *
rkr_promotion_text(enum rkr_promotion promotion);

RKR_END_DECLS

#endif
