/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "refusal.h"

#include <errno.h>

#include "lib/util.h"

static const struct {
	const char *name;
	const char *sentence;
	const char *cure;
} refusals[] = {
#define R(id, name, sentence, cure) [RKG_REFUSE_##id] = { name, sentence, cure },
	RKG_REFUSALS(R)
#undef R
};

const char *
rkg_refusal_name(enum rkg_refusal refusal)
{
	return refusal < RKG_REFUSAL_MAX_ ? refusals[refusal].name : NULL;
}

int
rkg_refuse(struct rkr_error *err, enum rkg_refusal refusal, const struct rkg_shape *shape)
{
	char name[RKG_SHAPE_NAME_MAX];

	if (refusal == RKG_ACCEPTED)
		return 0;
	rkg_shape_format(shape, name, sizeof(name));
	return rkr_fail(err, -EOPNOTSUPP, refusals[refusal].cure, "%s: unsupported (%s): %s", name,
			refusals[refusal].name, refusals[refusal].sentence);
}
