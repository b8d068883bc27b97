/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fingerprint.h"
#include "lib/util.h"
#include "plan-priv.h"

#define MS UINT64_C(1000000)
#define MINUTE_NS (60000 * MS)

RKR_DEFINE_CLEANUP(struct rkx_permit *, rkx_permit_free)

struct rkx_session {
	struct rkx_session_options o;
	struct rkx_identity identity;
	struct rkx_facts facts;
	bool failed_before;
	uint64_t failed_at; /* by the device's clock */
	/* When submits were sent, as far back as a minute. */
	uint64_t sent[RKX_SUBMITS_PER_MINUTE + 1];
	size_t n_sent;
};

/* A core that waits for a job that is gone does so until the next boot, whoever asks. */
static void
take_past(struct rkx_session *s, const struct rkx_past *past)
{
	const uint64_t t = s->o.device->ops->now(s->o.device);

	s->facts.uncommitted = past->uncommitted;
	if (past->uncommitted)
		s->facts.health = RKX_HEALTH_WEDGED;
	/* As if they had been sent just now. */
	while (s->n_sent < past->recent_submits && s->n_sent < RKR_ARRAY_LEN(s->sent))
		s->sent[s->n_sent++] = t;
}

int
rkx_session_new(const struct rkx_session_options *options, struct rkx_session **ret_session,
		struct rkr_error *err)
{
	_autofree_ struct rkx_session *s = calloc(1, sizeof(*s));

	if (!s)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	s->o = *options;
	int r = s->o.device->ops->identify(s->o.device, &s->identity, err);

	if (r < 0)
		return r;
	s->facts = (struct rkx_facts){
		.emulated = s->identity.emulated,
		.submit_bytes = s->identity.submit_bytes,
		.lock_held = options->lock_held,
		.users_known = options->users_known,
		.users = options->users,
		.poison = options->known ? options->known : options->poison,
	};
	memcpy(s->facts.driver, s->identity.version, sizeof(s->facts.driver));
	/* The emulated board is a new one each time. */
	if (options->past && !s->identity.emulated)
		take_past(s, options->past);
	*ret_session = rkr_steal(s);
	return 0;
}

void
rkx_session_free(struct rkx_session *session)
{
	free(session);
}

const struct rkx_identity *
rkx_session_identity(const struct rkx_session *session)
{
	return &session->identity;
}

void
rkx_round_free(struct rkx_round *round)
{
	rkx_outcome_free(&round->probe);
	*round = (struct rkx_round){ 0 };
}

/* ---- what the gates are told */

static uint64_t
now(const struct rkx_session *s)
{
	return s->o.device->ops->now(s->o.device);
}

static void
refresh(struct rkx_session *s)
{
	uint64_t t = now(s);
	size_t kept = 0;

	for (size_t i = 0; i < s->n_sent; i++)
		if (t - s->sent[i] < MINUTE_NS)
			s->sent[kept++] = s->sent[i];
	s->n_sent = kept;
	s->facts.recent_submits = (uint32_t)kept;
	s->facts.ms_since_failure = s->failed_before ? (t - s->failed_at) / MS : UINT64_MAX;
}

static void
count_submits(struct rkx_session *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s->n_sent < RKR_ARRAY_LEN(s->sent))
			s->sent[s->n_sent++] = now(s);
}

/* Mask 0 that went elsewhere than to core 0 will do so again: work is counted there that is not done. */
static void
note_cores(struct rkx_session *s, const struct rkx_plan *plan, const struct rkx_outcome *out)
{
	size_t n;
	const struct rkx_plan_submit *submits = rkx_plan_submits(plan, &n);

	for (size_t i = 0; i < out->n_answers; i++)
		if (submits[i].abi.core_mask == 0)
			s->facts.picked = out->answers[i].core_mask;
}

/* Series would run into gate G19: they wait for the minute to pass. A virtual clock waits for nobody. */
static void
pace(struct rkx_session *s, const struct rkx_plan *plan)
{
	size_t n_submits;

	rkx_plan_submits(plan, &n_submits);
	for (int i = 0; i < 61; i++) {
		refresh(s);
		/* One that has more is refused after any wait. */
		if (s->facts.emulated || n_submits > RKX_SUBMITS_PER_MINUTE ||
		    s->n_sent + n_submits <= RKX_SUBMITS_PER_MINUTE ||
		    (s->o.stop && s->o.stop(s->o.stop_data)))
			return;
		s->o.device->ops->sleep(s->o.device, 1000 * MS);
	}
}

static void
note_health(struct rkx_session *s, enum rkx_job_end end, bool is_health)
{
	if (end == RKX_JOB_PASS) {
		/* A probe that was answered says nothing of the next job. */
		if (is_health)
			s->facts.health = RKX_HEALTH_GOOD;
		return;
	}
	/* Nor does a wrong one ask for a rest: the NPU did the job, and nothing was reset. */
	if (end == RKX_JOB_WRONG && !is_health) {
		s->facts.health = RKX_HEALTH_SUSPECT;
		return;
	}
	s->failed_before = true;
	s->failed_at = now(s);
	s->facts.health = end == RKX_JOB_NOT_COMMITTED ? RKX_HEALTH_WEDGED : RKX_HEALTH_SUSPECT;
	s->facts.uncommitted += end == RKX_JOB_NOT_COMMITTED;
}

static struct rkx_gate_options
gate_options(const struct rkx_session *s, bool is_health)
{
	return (struct rkx_gate_options){
		.purpose = is_health            ? RKX_PURPOSE_HEALTH
			   : s->o.state_capture ? RKX_PURPOSE_STATE_CAPTURE
						: RKX_PURPOSE_PROBE,
		.bracketed = !s->o.open_ended,
		.open_ended = s->o.open_ended,
		.allow = s->o.allow,
		.n_allow = s->o.n_allow,
	};
}

int
rkx_session_judge(struct rkx_session *s, const struct rkx_plan *probe, struct rkx_gate_report *ret_report,
		  struct rkr_error *err)
{
	rkr_cleanup(rkx_permit_free) struct rkx_permit *permit = NULL;
	const struct rkx_gate_options options = gate_options(s, false);
	struct rkx_facts facts;

	refresh(s);
	facts = s->facts;
	if (facts.health != RKX_HEALTH_WEDGED)
		facts.health = RKX_HEALTH_GOOD;
	return rkx_gate_judge(probe, &facts, &options, ret_report, &permit, err);
}

/* ---- a job */

static void
mark_stop(struct rkx_round *round, const struct rkx_outcome *out)
{
	round->stopped = round->stopped || out->stopped;
	round->crashed = round->crashed || out->crashed;
	if (out->journal < 0 && round->ret == 0)
		round->ret = out->journal;
	if (out->cleanup < 0 && round->cleanup == 0)
		round->cleanup = out->cleanup;
}

/* How the engine's part ended, by the last answer; a failure elsewhere is an error. */
static enum rkx_job_end
job_end(const struct rkx_outcome *out, bool right)
{
	const struct rkx_answer *a = rkx_outcome_answer(out);

	if (out->crashed || !a || (out->ret < 0 && a->ret == 0))
		return RKX_JOB_ERROR;
	return rkx_job_judge(a->ret, a->elapsed_ns / MS, a->timeout_ms, right);
}

/* Judge a plan as things are, and run it. */
static int
run_job(struct rkx_session *s, struct rkx_plan *plan, const char *name, bool is_health,
	struct rkx_outcome *ret_outcome, struct rkx_round *round, struct rkr_error *err)
{
	rkr_cleanup(rkx_permit_free) struct rkx_permit *permit = NULL;
	const struct rkx_gate_options options = gate_options(s, is_health);
	struct rkx_gate_report report;

	pace(s, plan);
	int r = rkx_gate_judge(plan, &s->facts, &options, &report, &permit, err);

	if (r < 0)
		return r;
	for (size_t i = 0; !permit && i < RKX_N_GATES; i++)
		if (report.gate[i].verdict >= RKX_REFUSE) {
			round->refused = true;
			return rkr_fail(err, -EACCES, NULL, "gate %s refuses the %s: %s", rkx_gate_get(i)->id,
					name, report.gate[i].reason);
		}
	const struct rkx_engine engine = {
		.device = s->o.device,
		.journal = s->o.journal,
		.facts = &s->facts,
		.options = &options,
		.name = name,
		.stop = s->o.stop,
		.stop_data = s->o.stop_data,
	};

	r = rkx_engine_run(&engine, plan, permit, ret_outcome, err);
	round->refused = round->refused || r == -EACCES;
	if (r == 0) {
		count_submits(s, ret_outcome->n_answers);
		note_cores(s, plan, ret_outcome);
	}
	return r;
}

/* Behind a probe that the driver did not take, as in a reset, the bracket has no pause of its own. */
static void
rest(struct rkx_session *s)
{
	refresh(s);
	if (s->facts.health == RKX_HEALTH_SUSPECT && s->facts.ms_since_failure < RKX_REST_MS)
		s->o.device->ops->sleep(s->o.device, (RKX_REST_MS - s->facts.ms_since_failure) * MS);
}

static int
run_health(struct rkx_session *s, enum rkx_bracket_step step, enum rkx_job_end *ret_end,
	   struct rkx_round *round, struct rkr_error *err)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = NULL;
	struct rkx_outcome out = { 0 };
	uint8_t answer[2 * RKX_HEALTH_N] = { 0 };
	int r = rkx_health_run(s->o.form, &run);

	if (r == 0)
		r = rkx_plan_new(run, NULL, &plan, err);
	if (r == 0)
		r = run_job(s, plan, rkx_bracket_step_name(step), true, &out, round, err);
	if (r < 0)
		return r;
	int bo = rkr_run_bo_by_role(out.run, "output");
	bool right = bo >= 0 && rkr_run_read(out.run, (uint32_t)bo, 0, answer, sizeof(answer)) == 0 &&
		     rkx_health_right(answer, sizeof(answer));

	*ret_end = job_end(&out, right);
	mark_stop(round, &out);
	if (!out.stopped || out.n_answers)
		note_health(s, *ret_end, true);
	if (s->o.tell)
		s->o.tell(s->o.tell_data, step, *ret_end, &out);
	rkx_outcome_free(&out);
	return 0;
}

static int
run_probe(struct rkx_session *s, struct rkx_plan *plan, enum rkx_job_end *ret_end, struct rkx_round *round,
	  struct rkr_error *err)
{
	int r = run_job(s, plan, "probe", false, &round->probe, round, err);

	if (r < 0)
		return r;
	round->right = RKX_RIGHT_UNKNOWN;
	if (round->probe.ret == 0 && s->o.right)
		round->right = s->o.right(s->o.right_data, plan, &round->probe);
	*ret_end = job_end(&round->probe, round->right != RKX_NOT_RIGHT);
	mark_stop(round, &round->probe);
	if (!round->probe.stopped || round->probe.n_answers)
		note_health(s, *ret_end, false);
	if (s->o.tell)
		s->o.tell(s->o.tell_data, RKX_BRACKET_PROBE, *ret_end, &round->probe);
	return 0;
}

/* ---- the ledger */

static int
keep_harm(struct rkx_session *s, const struct rkx_plan *plan, struct rkx_round *round, struct rkr_error *err)
{
	char hex[RKR_SHA256_HEX];
	const struct rkx_bracket *b = &round->bracket;
	bool crashed = round->probe.crashed;

	if (!s->o.poison || (!crashed && b->verdict != RKX_BRACKET_POISONS))
		return 0;
	int r = rkx_plan_fingerprint(plan, hex);

	if (r < 0)
		return rkr_fail(err, r, NULL, "what did harm has no fingerprint to be remembered by: %s",
				strerror(-r));
	const char *harm = crashed ? "crash" : rkx_bracket_verdict_name(b->verdict);

	r = rkx_poison_remember(s->o.poison, hex, harm, s->o.what, round->entry, err);
	round->remembered = r == 0;
	return r;
}

/* ---- the state after a failure */

/* Lines of one source that the journal keeps: it syncs each. */
#define KEPT_LINES 64

struct reading {
	const struct rkx_session *s;
	const char *source;
	unsigned kept;
};

static void
take_line(void *data, const char *line)
{
	struct reading *r = data;

	if (r->kept++ < KEPT_LINES)
		rkx_journal_note(r->s->o.journal, "%s: %s", r->source, line);
	if (r->s->o.tell_state)
		r->s->o.tell_state(r->s->o.tell_data, r->source, line);
}

/* Reading is a step, too: the registers of a block that has lost its power hang the bus. */
static void
read_state(const struct rkx_session *s)
{
	for (size_t i = 0; i < s->o.n_sources; i++) {
		const struct rkx_aftermath_source *source = &s->o.sources[i];
		struct reading reading = { .s = s, .source = source->name };
		struct rkr_error err = { 0 };
		char why[sizeof(err) + 32];
		uint64_t seq;

		/* A journal that fails does so again at the next job, which is told then. */
		if (rkx_journal_begin(s->o.journal, &seq, "state: read %s", source->name) < 0)
			return;
		int r = source->read(source->data, take_line, &reading, &err);

		rkx_journal_end(s->o.journal, seq, r);
		if (r == 0)
			continue;
		snprintf(why, sizeof(why), "not read: %s%s%s", err.code ? err.what : strerror(-r),
			 err.cure[0] ? "; " : "", err.cure);
		take_line(&reading, why);
	}
}

/* ---- the bracket */

static int
take_step(struct rkx_session *s, struct rkx_plan *probe, struct rkx_round *round, enum rkx_job_end *ret_end,
	  struct rkr_error *err)
{
	enum rkx_bracket_step step = round->bracket.step;

	switch (step) {
	case RKX_BRACKET_PROBE:
		return run_probe(s, probe, ret_end, round, err);
	case RKX_BRACKET_PAUSE:
		rkx_journal_note(s->o.journal, "the device is left alone for %u ms", RKX_REST_MS);
		s->o.device->ops->sleep(s->o.device, RKX_REST_MS * MS);
		if (s->o.tell)
			s->o.tell(s->o.tell_data, step, RKX_JOB_PASS, NULL);
		read_state(s);
		return 0;
	case RKX_BRACKET_HEALTH_AFTER:
		rest(s);
		return run_health(s, step, ret_end, round, err);
	default:
		return run_health(s, step, ret_end, round, err);
	}
}

int
rkx_session_bracket(struct rkx_session *s, struct rkx_plan *probe, struct rkx_round *ret_round,
		    struct rkr_error *err)
{
	struct rkx_round round = { 0 };
	struct rkx_gate_report report;

	pace(s, probe);
	int r = rkx_session_judge(s, probe, &report, err);

	if (r < 0)
		return r;
	if (report.refused) {
		round.refused = true;
		*ret_round = round;
		return 0;
	}
	while (r == 0 && round.bracket.step != RKX_BRACKET_DONE) {
		enum rkx_job_end end = RKX_JOB_PASS;

		r = take_step(s, probe, &round, &end, err);
		if (r < 0)
			break;
		if (round.crashed) {
			/* There is no board any more that could be asked. */
			rkx_bracket_stop(&round.bracket, true);
			break;
		}
		if (round.stopped || round.ret < 0)
			break;
		rkx_bracket_take(&round.bracket, end);
		/* Where no health job comes any more: what is there to be read is all there is. */
		if (round.bracket.step == RKX_BRACKET_DONE && end != RKX_JOB_PASS)
			read_state(s);
		if (s->o.open_ended && round.bracket.ran_probe)
			break;
	}
	/* A gate may have said no in between: that is a course, too. */
	if (r == -EACCES && round.refused) {
		round.ret = r;
		r = 0;
	}
	rkx_bracket_stop(&round.bracket, false);
	/* Whatever else went wrong: what did harm must not be run again unawares. */
	int kept = keep_harm(s, probe, &round, err);

	r = r < 0 ? r : kept;
	if (r < 0) {
		rkx_round_free(&round);
		return r;
	}
	rkx_journal_note(s->o.journal, "bracket: %s", rkx_bracket_verdict_name(round.bracket.verdict));
	*ret_round = round;
	return 0;
}
