/* SPDX-License-Identifier: MIT */
#ifndef RKR_SYMBOL_H
#define RKR_SYMBOL_H

/*
 * Symbolise: replace every address and identity of a run by what it stands
 * for. Relocate: give it back for a layout of the BOs. One is the inverse of
 * the other. Both go by declared fields and decoded registers, never by what
 * a value looks like.
 */

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "run.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/** Where a value that was replaced stands. */
enum rkr_reloc_where {
	RKR_RELOC_FIELD,   /**< field @field of record @record */
	RKR_RELOC_ROW,     /**< 64-bit word @word of a record that shows BO contents */
	RKR_RELOC_CONTENT, /**< 64-bit word at byte @word of BO @bo */
};

struct rkr_reloc {
	enum rkr_reloc_where where;
	enum rkr_space space;
	size_t record;
	int field;
	uint32_t bo;
	uint64_t word;
	uint32_t target; /**< the BO that is meant */
};

/** How a 64-bit word of a BO's contents holds an address. */
struct rkr_word_address {
	uint8_t shift; /**< of the address in the word */
	uint64_t mask; /**< its bits, unshifted; 0: the word holds no address */
};

struct rkr_image;

/**
 * Symbolise a run that is bound.
 *
 * @return 0 or -ENOMEM. Values that point at nothing the run knows are left
 *         as they are.
 */
int
rkr_symbolise(const struct rkr_run *run, struct rkr_image **ret_image);

/** Free an image; NULL is nothing. */
void
rkr_image_free(struct rkr_image *image);

/** The run with each replaced value standing as its offset in the BO it means (0 for names). */
const struct rkr_run *
rkr_image_run(const struct rkr_image *image);

/** Where the run of the image has offsets in place of values. They live as long as the image. */
const struct rkr_reloc *
rkr_image_relocs(const struct rkr_image *image, size_t *ret_n);

/**
 * Make the run of an image for a layout.
 *
 * @param layout  one per BO of the image, in order: its dma, obj, virt, map,
 *                handle, gem_name and prime_fd are used
 * @return 0, -ENOMEM, or -ERANGE with *err (an address beyond what its place can hold).
 */
int
rkr_relocate(const struct rkr_image *image, const struct rkr_bo *layout, size_t n, struct rkr_run **ret_run,
	     struct rkr_error *err);

/** How the word at a byte offset of a BO holds an address, by what the run's regions say is there. */
struct rkr_word_address
rkr_run_word_address(const struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t word);

/** Copy a run, all of it. 0 or -ENOMEM. */
int
rkr_run_copy(const struct rkr_run *run, struct rkr_run **ret_run);

RKR_END_DECLS

#endif
