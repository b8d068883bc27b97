/* SPDX-License-Identifier: MIT */
#ifndef RKX_PLAN_NAMES_H
#define RKX_PLAN_NAMES_H

/*
 * "did you mean": names that are near one that does not exist. Each writes a
 * hint for people into @buf and returns it, or NULL if nothing is near.
 */

#include <stddef.h>

#include "lib/regs.h"
#include "lib/schema.h"

/** How many letters must be added, dropped or changed to make one name of the other; case does not count. */
unsigned
rkx_name_distance(const char *a, const char *b);

const char *
rkx_near_register(const char *block, const char *reg, char *buf, size_t size);

const char *
rkx_near_field(const struct rkr_reg *reg, const char *field, char *buf, size_t size);

const char *
rkx_near_kind(const char *kind, char *buf, size_t size);

const char *
rkx_near_record_field(enum rkr_kind kind, const char *field, char *buf, size_t size);

#endif
