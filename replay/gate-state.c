/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gate-priv.h"
#include "lib/model-action.h"
#include "lib/model-memory.h"
#include "lib/util.h"

/* Gates on the order of steps, and on the state of the board and of this program. */

enum rkx_verdict
rkx_gate_alone(const struct rkx_judging *j)
{
	const struct rkx_facts *f = j->facts;

	/* The emulated board is in this process. */
	if (f->emulated)
		return RKX_ALLOW;
	if (!f->lock_held)
		return rkx_say(j, RKX_NEVER, "the lock of the state directory is not held");
	if (f->users)
		return rkx_say(j, RKX_NEVER, "%u other client%s the NPU", f->users,
			       f->users == 1 ? " uses" : "s use");
	if (!f->users_known)
		return rkx_say(j, RKX_WARN, "other users of the NPU could not be looked for");
	return RKX_ALLOW;
}

/* Whether one of the steps [from, to) syncs this much of a BO in this direction. */
static bool
synced(const struct rkx_step *steps, size_t from, size_t to, uint32_t bo, uint32_t direction, uint64_t offset,
       uint64_t size)
{
	for (size_t i = from; i < to; i++)
		if (steps[i].kind == RKX_STEP_SYNC && steps[i].bo == bo && (steps[i].flags & direction) &&
		    steps[i].offset <= offset && offset - steps[i].offset <= steps[i].size &&
		    steps[i].size - (offset - steps[i].offset) >= size)
			return true;
	return false;
}

enum rkx_verdict
rkx_gate_sync(const struct rkx_judging *j)
{
	size_t n, n_bos, n_pieces, submit = SIZE_MAX;
	const struct rkx_step *steps = rkx_plan_steps(j->plan, &n);
	const struct rkr_bo *bos = rkx_plan_bos(j->plan, &n_bos);
	const struct rkx_piece *pieces = rkx_plan_pieces(j->plan, &n_pieces);

	for (size_t i = 0; i < n; i++) {
		const struct rkx_step *s = &steps[i];
		bool cached = s->bo != RKX_NONE && (bos[s->bo].flags & RKR_MEM_CACHEABLE);

		if (s->kind == RKX_STEP_SYNC && s->bo != RKX_NONE) {
			if (!cached)
				return rkx_say(j, RKX_NEVER, "step %zu syncs BO %s, which is not cacheable",
					       i, bos[s->bo].role);
			if (s->size > bos[s->bo].size || s->offset > bos[s->bo].size - s->size)
				return rkx_say(j, RKX_NEVER,
					       "step %zu syncs BO %s past its end: %" PRIu64 "+%" PRIu64
					       " of %" PRIu64,
					       i, bos[s->bo].role, s->offset, s->size, bos[s->bo].size);
		}
		if (s->kind == RKX_STEP_READ && cached && submit != SIZE_MAX &&
		    !synced(steps, submit, i, s->bo, RKR_SYNC_FROM_DEVICE, 0, s->size))
			return rkx_say(j, RKX_NEVER, "step %zu reads BO %s without a sync from the device", i,
				       bos[s->bo].role);
		if (s->kind != RKX_STEP_SUBMIT)
			continue;
		for (size_t k = 0; k < i; k++)
			if (steps[k].kind == RKX_STEP_FILL && (bos[steps[k].bo].flags & RKR_MEM_CACHEABLE) &&
			    !synced(steps, k, i, steps[k].bo, RKR_SYNC_TO_DEVICE,
				    pieces[steps[k].index].offset, pieces[steps[k].index].len))
				return rkx_say(
					j, RKX_NEVER,
					"BO %s is written at step %zu and not synced before the submit",
					bos[steps[k].bo].role, k);
		submit = i;
	}
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_health(const struct rkx_judging *j)
{
	const struct rkx_facts *f = j->facts;

	if (f->health == RKX_HEALTH_SUSPECT && f->ms_since_failure < RKX_REST_MS)
		return rkx_say(j, RKX_NEVER, "a job failed %" PRIu64 " ms ago: wait until %u ms have passed",
			       f->ms_since_failure, RKX_REST_MS);
	if (j->options->purpose == RKX_PURPOSE_HEALTH || f->health == RKX_HEALTH_GOOD)
		return RKX_ALLOW;
	if (f->health == RKX_HEALTH_UNKNOWN)
		return rkx_say(j, RKX_NEVER, "no health job has passed yet");
	return rkx_say(j, RKX_NEVER, "a job failed, and no health job has passed since");
}

enum rkx_verdict
rkx_gate_wedged(const struct rkx_judging *j)
{
	if (j->facts->health != RKX_HEALTH_WEDGED)
		return RKX_ALLOW;
	return rkx_say(j, RKX_NEVER,
		       "a job was never committed: look at the kernel log, and restart the board");
}

enum rkx_verdict
rkx_gate_lifetime(const struct rkx_judging *j)
{
	size_t n, n_bos;
	const struct rkx_step *steps = rkx_plan_steps(j->plan, &n);
	const struct rkr_bo *bos = rkx_plan_bos(j->plan, &n_bos);

	for (size_t i = 0; i < n; i++) {
		const struct rkx_step *s = &steps[i];
		bool destroys = s->kind == RKX_STEP_DESTROY;

		if ((s->kind == RKX_STEP_MMAP || s->kind == RKX_STEP_MUNMAP) && s->size != bos[s->bo].aligned)
			return rkx_say(j, RKX_NEVER, "step %zu: %s of %" PRIu64 " bytes, BO %s has %" PRIu64,
				       i, rkx_step_name(s->kind), s->size, bos[s->bo].role,
				       bos[s->bo].aligned);
		if (!destroys && s->kind != RKX_STEP_MUNMAP)
			continue;
		for (size_t k = i + 1; k < n; k++) {
			bool uses = steps[k].bo == s->bo &&
				    (steps[k].kind == RKX_STEP_READ || steps[k].kind == RKX_STEP_FILL ||
				     (destroys && steps[k].kind == RKX_STEP_SYNC));

			if (uses || (destroys && steps[k].kind == RKX_STEP_SUBMIT))
				return rkx_say(j, RKX_NEVER,
					       "step %zu: %s of BO %s, and step %zu (%s) comes after it", i,
					       rkx_step_name(s->kind), bos[s->bo].role, k,
					       rkx_step_name(steps[k].kind));
		}
	}
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_rate(const struct rkx_judging *j)
{
	size_t n, n_submits, resets = 0;
	const struct rkx_step *steps = rkx_plan_steps(j->plan, &n);

	rkx_plan_submits(j->plan, &n_submits);
	for (size_t i = 0; i < n; i++)
		resets += steps[i].kind == RKX_STEP_ACTION && steps[i].flags == RKR_ACTION_RESET;
	if (resets > 1)
		return rkx_say(j, RKX_NEVER, "the run resets the NPU %zu times", resets);
	/* On the emulated board nothing wears, and time is not the host's. */
	if (!j->facts->emulated && n_submits + j->facts->recent_submits > RKX_SUBMITS_PER_MINUTE)
		return rkx_say(j, RKX_NEVER, "%zu submits on top of %u in the last minute are more than %u",
			       n_submits, j->facts->recent_submits, RKX_SUBMITS_PER_MINUTE);
	return RKX_ALLOW;
}
