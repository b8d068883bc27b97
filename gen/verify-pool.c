/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>

#include "lib/regcmd.h"
#include "map.h"
#include "verify-priv.h"

/*
 * Poolings, generated anew. They are never shared by cores, and have no overlays. [captured: 10
 * of 10 records]
 */

static void
compare_part(struct rkg_verifier *v, size_t op, const struct rkr_op *o, const struct rkg_family *f, size_t i)
{
	struct rkg_write writes[RKG_BODY_MAX];
	uint64_t words[RKG_BODY_MAX];
	struct rkg_values values;
	struct rkg_given given;
	uint32_t columns = o->out_w / (uint32_t)o->n_tasks;
	const struct rkg_map map = {
		.op = o, .channels = o->in_c, .x = (uint32_t)i * columns, .columns = columns
	};
	struct rkg_at at = { .map = &map, .given = &given };

	/* Of all parts, as a layer's zero point is one. */
	rkg_collect_given(v, op, f, &at, 0, 1, NULL, &given);
	rkg_take(v, o->first + i, &given);
	rkg_values_init(&values, f, &at);
	size_t n = rkg_body(f, RKG_FORM_FULL, &values, NULL, writes);

	for (size_t k = 0; k < n; k++)
		words[k] = rkr_qword_encode(writes[k].cell->target, writes[k].value, writes[k].cell->offset);
	rkg_compare_record(v, o->first + i, f, words, n);
}

void
rkg_verify_pool(struct rkg_verifier *v, size_t op)
{
	size_t n_ops;
	const struct rkr_op *o = &rkr_network_ops(v->n, &n_ops)[op];
	struct rkg_family family;
	const char *why = !o->kw ? "a pooling with other windows than 2x2, which is not known"
			  : o->split[1] || o->split[2]         ? "how cores share it is not known"
			  : !o->out_w || o->out_w % o->n_tasks ? "how it is cut is not known"
							       : NULL;

	if (why) {
		v->at->state = RKG_VERDICT_SKIP;
		snprintf(v->at->reason, sizeof(v->at->reason), "%s", why);
		return;
	}
	rkg_family_pool(&family);
	for (size_t i = 0; i < o->n_tasks; i++)
		compare_part(v, op, o, &family, i);
	for (size_t l = 1; l < RKR_NETWORK_LISTS; l++)
		rkg_compare_aliases(v, op, l);
}
