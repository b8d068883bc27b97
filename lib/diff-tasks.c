/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "align.h"
#include "diff-priv.h"
#include "regcmd.h"
#include "util.h"

/* Which task of A is which of B, and how far their regcmd are apart. */

bool
rkr_diff_task_start(const struct side *s, size_t i, struct rkr_task *ret_task, struct rkr_ref *ret_ref)
{
	if (rkr_run_task(s->run, i, ret_task) < 0)
		return false;
	*ret_ref = rkr_run_resolve(s->run, RKR_SPACE_DMA, ret_task->regcmd_addr, SIZE_MAX);
	return ret_ref->state == RKR_REF_BO;
}

/* Tasks are alike if they enable the same blocks and are as long. */
static bool
alike(const void *data, size_t i, size_t j)
{
	const struct rkr_diff *d = data;
	struct rkr_task a, b;

	return rkr_run_task(d->a.run, i, &a) == 0 && rkr_run_task(d->b.run, j, &b) == 0 &&
	       a.enable_mask == b.enable_mask && a.regcfg_amount == b.regcfg_amount;
}

/* Between alike tasks, what is left on both sides is paired in order: the same task, changed. */
static void
pair_the_rest(struct task_pairs *p)
{
	for (size_t i = 0, j = 0; i < p->n_a; i++) {
		size_t next = p->n_b;

		if (p->to_b[i] != SIZE_MAX) {
			j = p->to_b[i] + 1;
			continue;
		}
		for (size_t k = i + 1; k < p->n_a && next == p->n_b; k++)
			next = p->to_b[k] != SIZE_MAX ? p->to_b[k] : next;
		if (j < next)
			p->to_b[i] = j++;
	}
}

/* Pairs whose distance is tried: if there is a common one, these have it. */
#define CANDIDATES 16

/* The distance that most pairs have; *ret_votes says how many. */
static uint64_t
common_shift(struct rkr_diff *d, size_t *ret_votes)
{
	struct task_pairs *p = &d->tasks;
	uint64_t best = 0;

	*ret_votes = 0;
	for (size_t i = 0; i < p->n_a && i < CANDIDATES; i++) {
		struct rkr_task t;
		struct rkr_ref a, b;
		size_t votes = 0;

		if (p->to_b[i] == SIZE_MAX || !rkr_diff_task_start(&d->a, i, &t, &a) ||
		    !rkr_diff_task_start(&d->b, p->to_b[i], &t, &b) || d->a.to_other[a.bo] != b.bo)
			continue;
		for (size_t k = 0; k < p->n_a; k++) {
			struct rkr_ref a2, b2;

			votes += p->to_b[k] != SIZE_MAX && rkr_diff_task_start(&d->a, k, &t, &a2) &&
				 rkr_diff_task_start(&d->b, p->to_b[k], &t, &b2) && a2.bo == a.bo &&
				 b2.bo == b.bo && b2.addend - a2.addend == b.addend - a.addend;
		}
		if (votes > *ret_votes) {
			*ret_votes = votes;
			best = b.addend - a.addend;
			p->bo_a = a.bo;
		}
		/* No other distance can have more. */
		if (*ret_votes * 2 >= p->n_a)
			break;
	}
	return best;
}

uint64_t
rkr_diff_counterpart(const struct rkr_diff *d, uint32_t bo_a, uint64_t offset)
{
	const struct task_pairs *p = &d->tasks;

	if (p->in_place) {
		bool inside = p->shifted && bo_a == p->bo_a && offset >= p->from && offset < p->to;

		return inside ? offset + p->shift : offset;
	}
	for (size_t i = 0; i < p->n_a; i++) {
		struct rkr_task ta, tb;
		struct rkr_ref a, b;

		if (p->to_b[i] == SIZE_MAX || !rkr_diff_task_start(&d->a, i, &ta, &a) || a.bo != bo_a ||
		    offset < a.addend || offset - a.addend >= 8 * rkr_regcmd_stride(ta.regcfg_amount) ||
		    !rkr_diff_task_start(&d->b, p->to_b[i], &tb, &b))
			continue;
		return b.addend + (offset - a.addend);
	}
	return offset;
}

int
rkr_diff_pair_tasks(struct rkr_diff *d)
{
	struct task_pairs *p = &d->tasks;
	size_t votes;

	p->n_a = rkr_run_n_tasks(d->a.run);
	p->n_b = rkr_run_n_tasks(d->b.run);
	p->to_b = malloc((p->n_a + 1) * sizeof(*p->to_b));
	if (!p->to_b)
		return -ENOMEM;
	/*
	 * As many tasks on both sides: the same ones, as a rule; and if not, place is as
	 * good a guess as any.
	 */
	for (size_t i = 0; i < p->n_a; i++)
		p->to_b[i] = i < p->n_b ? i : SIZE_MAX;
	p->shift = common_shift(d, &votes);
	p->in_place = p->n_a == p->n_b && (votes * 2 >= p->n_a || !votes);
	if (!p->in_place) {
		int r = rkr_align(p->n_a, p->n_b, alike, d, p->to_b);

		if (r < 0)
			return r;
		pair_the_rest(p);
		return 0;
	}
	if (!votes || !p->shift)
		return 0;
	for (size_t i = 0; i < d->a.run->n_regions; i++) {
		const struct rkr_region *r = &d->a.run->regions[i];

		if (r->kind != RKR_REGION_REGCMD || r->bo != p->bo_a)
			continue;
		p->from = r->offset;
		p->to = r->offset + r->size;
		p->shifted = true;
		break;
	}
	return 0;
}
