/* SPDX-License-Identifier: MIT */
#ifndef RKR_DIGEST_H
#define RKR_DIGEST_H

/*
 * Digests that do not depend on where a run's BOs were: two runs of the same
 * workload have the same ones.
 */

#include <stddef.h>
#include <stdint.h>

#include "run.h"
#include "visibility.h"

RKR_BEGIN_DECLS

#define RKR_SHA256_HEX 65

/** SHA-256 of bytes, as 64 hex digits and a NUL. */
void
rkr_sha256_hex(const void *data, size_t len, char ret_hex[RKR_SHA256_HEX]);

/**
 * The text that rkr_region_digest() hashes: one line per word of a regcmd
 * region, "0x%016x ROLE\n", or per task of a table, nine fields in order,
 * "0x%x ... 0x%x ROLE\n". An address is replaced by its offset in the BO that
 * it points into, and ROLE is that BO's role; "-" where there is none.
 *
 * @param region   of @run; all of it must be known
 * @param ret_text malloc'ed, NUL-terminated
 * @return 0, -ENOMEM, or -ENODATA if a byte of the region is not known.
 */
int
rkr_region_text(const struct rkr_run *run, const struct rkr_region *region, char **ret_text, size_t *ret_len);

/** SHA-256 of rkr_region_text(). 0, -ENOMEM or -ENODATA. */
int
rkr_region_digest(const struct rkr_run *run, const struct rkr_region *region, char ret_hex[RKR_SHA256_HEX]);

/** The first region of a kind, or NULL. */
const struct rkr_region *
rkr_run_region(const struct rkr_run *run, enum rkr_region_kind kind);

RKR_END_DECLS

#endif
