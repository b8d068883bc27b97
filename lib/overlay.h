/* SPDX-License-Identifier: MIT */
#ifndef RKR_OVERLAY_H
#define RKR_OVERLAY_H

/*
 * The full register set of each task. Blocks have two register sets and the
 * records of a chain write them in turns, so what a record does not write it
 * inherits from the one two back along its chain. [captured: 1320 overlays of
 * five models, 691 of them checked value by value]
 */

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "run.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/** A register as a task finds it. */
struct rkr_overlay_word {
	uint64_t word;   /**< as the regcmd word that wrote it */
	uint32_t writer; /**< the task whose record that is: this one, or one before it in its chain */
};

struct rkr_overlays;

/** A run of more records is refused. The largest network at hand has 1146. */
#define RKR_OVERLAY_RECORDS_MAX 32768

/**
 * Resolve the records of a bound run that has a task table. Chains are
 * followed by the links in the records' tails; a record that nothing leads to
 * starts one. Words of no known register are in no set.
 *
 * @return 0, -ENOMEM, or with *err -ENODATA (no task table), -EOPNOTSUPP (the
 *         registers of another chip), -E2BIG. Free with rkr_overlays_free().
 */
int
rkr_overlays_new(const struct rkr_run *run, struct rkr_overlays **ret_overlays, struct rkr_error *err);

/** Free overlays; NULL is nothing. The run stays the caller's. */
void
rkr_overlays_free(struct rkr_overlays *overlays);

/**
 * The registers of the blocks that a task starts: those that it writes, and
 * those that it inherits; by block, ascending. NULL, and none, if its record
 * is not known. Tasks that lead to one record share its set, with the first of
 * them as its writer.
 */
const struct rkr_overlay_word *
rkr_overlays_task(const struct rkr_overlays *overlays, size_t task, size_t *ret_n);

/** The task two back in the chain, whose set this one inherits; SIZE_MAX: none. */
size_t
rkr_overlays_base(const struct rkr_overlays *overlays, size_t task);

/**
 * The first task that leads to the record of this one: itself, unless it is an
 * alias. SIZE_MAX: no record.
 */
size_t
rkr_overlays_writer(const struct rkr_overlays *overlays, size_t task);

RKR_END_DECLS

#endif
