/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "diff-priv.h"
#include "regcmd.h"
#include "util.h"

/*
 * Addresses of a compiled model. Each data address in its regcmd counts from
 * the start of the buffer that its register is for, or is 0 where the runtime
 * puts in an address of its own [captured: 13 models]. So what a register's
 * addresses count from is learned from the first word that writes it, and all
 * others must agree.
 */

static struct placeholder *
find(struct rkr_diff *d, const struct rkr_qword *q)
{
	for (size_t i = 0; i < d->n_placeholders; i++)
		if (d->placeholders[i].target == q->target && d->placeholders[i].offset == q->offset)
			return &d->placeholders[i];
	return NULL;
}

/* The register is met for the first time: @offset in the model is @known on the other side. */
static struct placeholder *
learn(struct rkr_diff *d, const struct side *other, const struct rkr_qword *q, uint64_t word, uint64_t offset,
      const struct rkr_ref *known)
{
	char name[64];

	/* A buffer does not start before its BO does. */
	if (known->addend < offset)
		return NULL;
	if (rkr_grow((void **)&d->placeholders, &d->cap_placeholders, d->n_placeholders + 1,
		     sizeof(*d->placeholders)) < 0) {
		d->failed = -ENOMEM;
		return NULL;
	}
	rkr_qword_name(word, name, sizeof(name));

	struct placeholder *p = &d->placeholders[d->n_placeholders++];

	*p = (struct placeholder){
		.told = { .name = rkr_diff_text(d, "%s", name) },
		.target = q->target,
		.offset = q->offset,
		.bo = known->bo,
		.base = known->addend - offset,
	};
	p->told.base =
		rkr_diff_text(d, "%s+0x%llx", rkr_diff_bo_name(d, other, p->bo), (unsigned long long)p->base);
	return p;
}

bool
rkr_diff_same_placeholder(struct rkr_diff *d, uint64_t wa, uint64_t wb)
{
	bool model_is_a = rkr_run_is_relative(d->a.run);
	const struct side *other = model_is_a ? &d->b : &d->a;
	uint32_t mask = rkr_qword_address_mask(wa);
	struct rkr_qword qa = rkr_qword_decode(wa), qb = rkr_qword_decode(wb);
	uint64_t offset = (model_is_a ? qa.value : qb.value) & mask,
		 raw = (model_is_a ? qb.value : qa.value) & mask;

	/* Two models say alike what they leave open. */
	if (rkr_run_is_relative(other->run))
		return offset == raw;
	struct rkr_ref ref = rkr_run_resolve(other->run, RKR_SPACE_DMA, raw, SIZE_MAX);

	if (ref.state != RKR_REF_BO)
		return ref.state == RKR_REF_NULL && offset == 0;
	struct placeholder *p = find(d, &qa);

	if (!p)
		p = learn(d, other, &qa, wa, offset, &ref);
	if (!p || ref.bo != p->bo || ref.addend != p->base + offset)
		return false;
	p->told.words++;
	p->told.unset += offset == 0;
	return true;
}

const struct rkr_diff_placeholder *
rkr_diff_placeholders(const struct rkr_diff *d, size_t *ret_n)
{
	*ret_n = d->told ? d->n_placeholders : 0;
	return d->told;
}
