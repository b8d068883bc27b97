/* SPDX-License-Identifier: MIT */
#ifndef RKR_TAKEN_H
#define RKR_TAKEN_H

/*
 * What is taken of a space of numbers (IOVAs, mmap offsets, handles), and by
 * whom; and where there is room. Who makes BOs by the thousand asks this for
 * each of them, so no call looks at all ranges: its time grows with the
 * logarithm of their number. Only a search for an aligned place may have to
 * pass by gaps that are large enough and do not lie well.
 */

#include <stdbool.h>
#include <stdint.h>

#include "visibility.h"

RKR_BEGIN_DECLS

struct rkr_take;

/** All zero: nothing is taken. To be cleared at the end. */
struct rkr_taken {
	struct rkr_take *top;
};

/** Give back all. */
void
rkr_taken_clear(struct rkr_taken *taken);

/**
 * Take a range. Ranges may overlap, and be the same.
 *
 * @param size  0: it is not known; then all that follows is taken
 * @param by    who takes it: not looked at
 * @return 0 or -ENOMEM
 */
int
rkr_taken_add(struct rkr_taken *taken, uint64_t start, uint64_t size, void *by);

/** Give back one range that starts there and was taken by @by, if there is one. */
void
rkr_taken_remove(struct rkr_taken *taken, uint64_t start, const void *by);

/** Who has some of the @size numbers from @start on; of several the one that starts first. NULL: nobody. */
void *
rkr_taken_by(const struct rkr_taken *taken, uint64_t start, uint64_t size);

/** Room that is looked for. */
struct rkr_room {
	uint64_t from, to; /**< not before, and to end by then */
	uint64_t size;     /**< not 0 */
	uint64_t align;    /**< a multiple of this; not 0 */
	bool highest;      /**< the highest that there is, not the lowest */
};

/** Where there is room. 0 or -ENOMEM. */
int
rkr_taken_find(const struct rkr_taken *taken, const struct rkr_room *room, uint64_t *ret_start);

RKR_END_DECLS

#endif
