/* SPDX-License-Identifier: MIT */
#ifndef RKG_DOMAIN_H
#define RKG_DOMAIN_H

/*
 * Which shapes can be generated. A schedule is generated only for what
 * captures showed and formulas reproduced; all else is refused by name.
 */

#include "lib/error.h"
#include "plan.h"
#include "refusal.h"
#include "shape.h"

/**
 * Whether every number of the shape fits its register field: what the planner
 * asks before it computes anything. Pure and cheap.
 */
enum rkg_refusal
rkg_domain_fields(const struct rkg_shape *shape);

/**
 * Whether the tile plan of the shape is known, by the shape alone and by the
 * plan that comes of it.
 *
 * @param ret_plan  the plan, if the shape is accepted; free with
 *                  rkg_plan_free(). May be NULL.
 * @return 0; -EINVAL (no shape at all), -EOPNOTSUPP with *err and
 *         *ret_refusal (may be NULL), or -ENOMEM.
 */
int
rkg_domain_plan(const struct rkg_shape *shape, struct rkg_plan **ret_plan, enum rkg_refusal *ret_refusal,
		struct rkr_error *err);

/**
 * The same of a layer of a network: what captures of networks alone show is
 * in, and what several cores cannot share stands again as it is for one.
 */
int
rkg_domain_layer(const struct rkg_shape *shape, struct rkg_plan **ret_plan, enum rkg_refusal *ret_refusal,
		 struct rkr_error *err);

/**
 * Whether a whole run can be generated: as rkg_domain_plan(), and the
 * registers are known too.
 */
int
rkg_domain_check(const struct rkg_shape *shape, struct rkg_plan **ret_plan, enum rkg_refusal *ret_refusal,
		 struct rkr_error *err);

#endif
