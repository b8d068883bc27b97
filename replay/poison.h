/* SPDX-License-Identifier: MIT */
#ifndef RKX_POISON_H
#define RKX_POISON_H

/*
 * The ledger of runs that did harm: they poisoned the next job, or crashed
 * the board. By fingerprint, so that they are known again whatever they are
 * called. A text file, one entry a line:
 *
 *	FINGERPRINT NAME HARM WHAT...
 */

#include <stddef.h>

#include "lib/digest.h"
#include "lib/error.h"
#include "statefile.h"

/** Names are what --allow takes: letters, digits, "-", "_", ".", ":". */
#define RKX_POISON_NAME 64

struct rkx_poison_entry {
	char fingerprint[RKR_SHA256_HEX];
	char name[RKX_POISON_NAME];
	char harm[24];  /**< one word: "poisons-next-job", "crash", ... */
	char what[160]; /**< for people: the source and the edits */
};

struct rkx_poison;

/**
 * Read the ledger of a state directory; without a file it is empty.
 *
 * @param io  NULL: the C library's
 * @return 0; -EINVAL with *err (a line is none), -ENOMEM, or the errno of reading it.
 */
int
rkx_poison_load(const char *dir, const struct rkx_io *io, struct rkx_poison **ret_poison,
		struct rkr_error *err);

void
rkx_poison_free(struct rkx_poison *poison);

const struct rkx_poison_entry *
rkx_poison_entries(const struct rkx_poison *poison, size_t *ret_n);

/** The entry of this fingerprint, or NULL. @poison may be NULL. */
const struct rkx_poison_entry *
rkx_poison_find(const struct rkx_poison *poison, const char *fingerprint);

/**
 * Whether one more entry could be written: to be known before anything is sent
 * that may have to be remembered.
 *
 * @return 0, -ENOMEM, or the errno of writing, with *err
 */
int
rkx_poison_try(const struct rkx_poison *poison, struct rkr_error *err);

/**
 * Add an entry, in memory and, whole or not at all, on disk. An entry of the
 * same fingerprint is replaced; its name stays.
 *
 * @return 0, -ENOMEM, -EINVAL (a part is empty, too long or holds what a line cannot), or an errno,
 *         with *err; on failure nothing is changed.
 */
int
rkx_poison_add(struct rkx_poison *poison, const struct rkx_poison_entry *entry, struct rkr_error *err);

/**
 * Add what a run did, under the name that it has already, or else one made of
 * its fingerprint.
 *
 * @param what      for people; what a line cannot hold becomes "?"; may be NULL
 * @param ret_name  the entry's
 * @return as rkx_poison_add()
 */
int
rkx_poison_remember(struct rkx_poison *poison, const char *fingerprint, const char *harm, const char *what,
		    char ret_name[RKX_POISON_NAME], struct rkr_error *err);

#endif
