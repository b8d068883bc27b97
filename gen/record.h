/* SPDX-License-Identifier: MIT */
#ifndef RKG_RECORD_H
#define RKG_RECORD_H

/*
 * The regcmd of a plan: one record per tile, a separator after each core's
 * list in the programs for several cores, each with its tail and padding.
 * Addresses in it count from the start of what they point at, until
 * rkg_regcmd_place() says where that is.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "plan.h"
#include "values.h"

/** A record of the regcmd: a row of the task table, but in a degenerate table, where it is three rows. */
struct rkg_record {
	uint32_t start;  /**< first word */
	uint32_t amount; /**< words of the body */
	uint32_t enable_mask;
	uint32_t int_mask;
	uint8_t group;
	bool linked; /**< the next record follows on by itself */
};

/** A word that holds an address. */
struct rkg_fixup {
	uint32_t word;
	uint8_t base; /**< enum rkg_base */
};

struct rkg_regcmd {
	uint64_t *words;
	struct rkg_record *records;
	struct rkg_fixup *fixups;
	size_t n_words;
	size_t n_records;
	size_t n_fixups;
};

/** Bytes of the regcmd, padding included. */
static inline uint64_t
rkg_regcmd_bytes(const struct rkg_regcmd *regcmd)
{
	return 8 * (uint64_t)regcmd->n_words;
}

/** Bytes from the start of the regcmd to a record. */
static inline uint64_t
rkg_record_offset(const struct rkg_record *record)
{
	return 8 * (uint64_t)record->start;
}

/** The register values of one record, in the order of its family's cells. */
struct rkg_values {
	uint32_t v[RKG_CELLS_MAX];
};

/** How much of a tile a record spells out [captured: 627 records]. */
enum rkg_form {
	RKG_FORM_FIRST,   /**< the lead, then all registers: 108 */
	RKG_FORM_FULL,    /**< all registers: 104 */
	RKG_FORM_OVERLAY, /**< the lead, then what is different */
};

/** A register write of a record's body. */
struct rkg_write {
	const struct rkg_cell *cell;
	uint32_t value;
};

/** No body has more writes: each cell, the lead again, the pointers. */
#define RKG_BODY_MAX (RKG_CELLS_MAX + RKG_LEAD_MAX + RKG_POINTERS_MAX)

/** The values of a family's registers. */
void
rkg_values_init(struct rkg_values *ret, const struct rkg_family *family, const struct rkg_at *at);

/**
 * The writes of a record's body, in order.
 *
 * @param old  the values of the record that last wrote this register set; of an overlay only
 * @return how many there are in @ret
 */
size_t
rkg_body(const struct rkg_family *family, enum rkg_form form, const struct rkg_values *values,
	 const struct rkg_values *old, struct rkg_write ret[RKG_BODY_MAX]);

/**
 * Build the regcmd of a plan.
 *
 * @param given  register values that the shape does not tell; NULL: none
 * @return 0 or -ENOMEM. Free with rkg_regcmd_free().
 */
int
rkg_regcmd_new(const struct rkg_plan *plan, const struct rkg_given *given, struct rkg_regcmd **ret_regcmd);

void
rkg_regcmd_free(struct rkg_regcmd *regcmd);

/** Add to each address what it counts from. Once only. */
void
rkg_regcmd_place(struct rkg_regcmd *regcmd, const uint32_t bases[RKG_BASE_MAX_]);

/** The record of row @i of the task table. */
static inline const struct rkg_record *
rkg_regcmd_task(const struct rkg_regcmd *regcmd, size_t i)
{
	return &regcmd->records[i < regcmd->n_records ? i : 0];
}

#endif
