/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bracket.h"

#include "lib/model-wait.h"

const char *
rkx_bracket_step_name(enum rkx_bracket_step step)
{
	static const char *const names[] = { "health before", "probe",    "health after",
					     "pause",         "recovery", "done" };

	return names[step];
}

const char *
rkx_job_end_name(enum rkx_job_end end)
{
	static const char *const names[] = {
		"PASS", "WRONG", "TIMEOUT", "NOT-COMMITTED", "REFUSED", "ERROR"
	};

	return names[end];
}

const char *
rkx_bracket_verdict_name(enum rkx_bracket_verdict verdict)
{
	static const char *const names[] = { "undecided",        "clean",
					     "not-healthy",      "failed",
					     "poisons-next-job", "recovered-after-reset" };

	return names[verdict];
}

enum rkx_job_end
rkx_job_judge(int ret, uint64_t elapsed_ms, uint32_t timeout_ms, bool right)
{
	static const enum rkx_job_end ends[] = {
		[RKR_FAILURE_REFUSED] = RKX_JOB_REFUSED,
		[RKR_FAILURE_NOT_STARTED] = RKX_JOB_NOT_COMMITTED,
		[RKR_FAILURE_TIMED_OUT] = RKX_JOB_TIMEOUT,
		[RKR_FAILURE_OTHER] = RKX_JOB_ERROR,
	};

	if (ret == 0)
		return right ? RKX_JOB_PASS : RKX_JOB_WRONG;
	return ends[rkr_submit_failure_read(ret, elapsed_ms, timeout_ms)];
}

/* What a probe or a health job that failed leaves to find out: nothing if the core is wedged. */
static enum rkx_bracket_step
after_failure(struct rkx_bracket *b, enum rkx_job_end end)
{
	if (end == RKX_JOB_NOT_COMMITTED) {
		b->wedged = true;
		b->down = true;
		return RKX_BRACKET_DONE;
	}
	return RKX_BRACKET_PAUSE;
}

/* Whether the NPU did the probe, right or wrong: then the job after it is the next job. */
static bool
did_probe(const struct rkx_bracket *b)
{
	return b->ran_probe && (b->probe == RKX_JOB_PASS || b->probe == RKX_JOB_WRONG);
}

/*
 * What the job after a probe that the NPU did says of it. One that failed before the NPU
 * had it, for lack of memory for instance, says nothing; if the one behind the
 * pause works, the next job was not tried in time.
 */
static enum rkx_bracket_verdict
next_job(const struct rkx_bracket *b)
{
	if (b->after == RKX_JOB_PASS)
		return RKX_BRACKET_CLEAN;
	if (b->after != RKX_JOB_ERROR)
		return RKX_BRACKET_POISONS;
	return b->recovery == RKX_JOB_PASS || b->recovery == RKX_JOB_ERROR ? RKX_BRACKET_UNDECIDED
									   : RKX_BRACKET_POISONS;
}

static void
decide(struct rkx_bracket *b)
{
	bool works = b->ran_recovery ? b->recovery == RKX_JOB_PASS : b->ran_after && b->after == RKX_JOB_PASS;

	b->down = !works;
	if (b->before != RKX_JOB_PASS)
		b->verdict = RKX_BRACKET_SICK;
	else if (did_probe(b) && (b->probe == RKX_JOB_PASS || next_job(b) == RKX_BRACKET_POISONS))
		b->verdict = next_job(b);
	else
		b->verdict =
			b->probe == RKX_JOB_TIMEOUT && works ? RKX_BRACKET_RECOVERED : RKX_BRACKET_FAILED;
}

void
rkx_bracket_take(struct rkx_bracket *b, enum rkx_job_end end)
{
	switch (b->step) {
	case RKX_BRACKET_HEALTH_BEFORE:
		b->before = end;
		/* A board that is not well is not probed, and not asked again either. */
		b->wedged = end == RKX_JOB_NOT_COMMITTED;
		b->step = end == RKX_JOB_PASS ? RKX_BRACKET_PROBE : RKX_BRACKET_DONE;
		break;
	case RKX_BRACKET_PROBE:
		b->probe = end;
		b->ran_probe = true;
		/* A wrong answer, or a refusal, still leaves the question whether the next job works. */
		b->step = end == RKX_JOB_PASS || end == RKX_JOB_WRONG || end == RKX_JOB_REFUSED
				  ? RKX_BRACKET_HEALTH_AFTER
				  : after_failure(b, end);
		break;
	case RKX_BRACKET_HEALTH_AFTER:
		b->after = end;
		b->ran_after = true;
		b->step = end == RKX_JOB_PASS ? RKX_BRACKET_DONE : after_failure(b, end);
		break;
	case RKX_BRACKET_PAUSE:
		b->step = RKX_BRACKET_RECOVERY;
		break;
	case RKX_BRACKET_RECOVERY:
		b->recovery = end;
		b->ran_recovery = true;
		b->wedged = b->wedged || end == RKX_JOB_NOT_COMMITTED;
		b->step = RKX_BRACKET_DONE;
		break;
	case RKX_BRACKET_DONE:
		return;
	}
	if (b->step == RKX_BRACKET_DONE)
		decide(b);
}

void
rkx_bracket_stop(struct rkx_bracket *b, bool crashed)
{
	const enum rkx_bracket_step step = b->step;

	if (step == RKX_BRACKET_DONE)
		return;
	/* That the next job failed is certain whatever recovery would have shown; and a crash is no better. */
	bool harm = did_probe(b) && (crashed || (b->ran_after && b->after != RKX_JOB_ERROR));

	if (harm)
		b->verdict = RKX_BRACKET_POISONS;
	else if (crashed)
		b->verdict = step == RKX_BRACKET_HEALTH_BEFORE ? RKX_BRACKET_SICK : RKX_BRACKET_FAILED;
	if (!crashed)
		return;
	b->ran_probe = b->ran_probe || step == RKX_BRACKET_PROBE;
	b->down = true;
	b->step = RKX_BRACKET_DONE;
}

/* Newton's method: saves the library a link to libm. Converges for all x in [0, 2). */
static double
square_root(double x)
{
	double r = x > 1 ? x : 1;

	if (x <= 0)
		return 0;
	for (int i = 0; i < 60; i++)
		r = (r + x / r) / 2;
	return r;
}

struct rkx_interval
rkx_wilson(uint64_t hits, uint64_t n)
{
	const double z = 1.959963984540054; /* of 95 % */

	if (n == 0)
		return (struct rkx_interval){ 0, 1 };
	double count = (double)n, p = (double)hits / count, zz = z * z / count;
	double centre = (p + zz / 2) / (1 + zz);
	double half = z / (1 + zz) * square_root(p * (1 - p) / count + zz / (4 * count));
	struct rkx_interval i = { centre - half, centre + half };

	/* At the ends the bounds are exact; rounding must not leave the interval of rates. */
	if (hits == 0)
		i.low = 0;
	if (hits == n)
		i.high = 1;
	return i;
}
