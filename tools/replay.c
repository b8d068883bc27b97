/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/device-drm.h"
#include "replay/device-emu.h"
#include "replay/plan.h"
#include "replay/statefile.h"
#include "replay/stop.h"

/* replay: run a run on a device, in a bracket, behind gates. */

RKR_DEFINE_CLEANUP(struct rkx_plan *, rkx_plan_free)

/** What is at work. */
struct work {
	struct replay_request *rq;
	struct rkx_device *device;
	struct rkx_journal *journal;
	struct rkx_io io; /**< of the journal */
	struct rkx_session *session;
	struct rkx_poison *ledger, *known; /**< as it is, and as it was when the series began */
	struct rkx_past past;
	struct rkx_aftermath_source klog; /**< of the emulated device */
	struct rkx_aftermath *aftermath;  /**< of a board */
	struct replay_totals totals;
	char note[256];  /**< of the reference, on the last probe */
	double max_diff; /**< of the last probe */
	bool compared;
	struct rkr_run *answer; /**< of the last probe */
	enum tool_exit status;
	bool over; /**< no further bracket */
};

/* ---- what the session asks and tells */

static bool
stop_asked(void *data)
{
	(void)data;
	return rkx_stop_asked();
}

static enum rkx_right
is_right(void *data, const struct rkx_plan *plan, const struct rkx_outcome *outcome)
{
	struct work *w = data;
	struct rkx_comparison c = { 0 };
	struct rkr_error err = { 0 };

	(void)plan;
	w->compared = false;
	if (w->rq->model)
		replay_print_skips(w->rq, outcome->run);
	if (w->rq->model && !w->rq->check_layers)
		return RKX_RIGHT_UNKNOWN;
	if (w->rq->model)
		return replay_check_layers(w->rq, outcome->run, w->note, sizeof(w->note));
	if (rkx_reference_compare(outcome->run, w->rq->has_conv ? &w->rq->conv : NULL, &c, &err) < 0) {
		snprintf(w->note, sizeof(w->note), "not compared: %.100s", err.what);
		return RKX_RIGHT_UNKNOWN;
	}
	w->compared = true;
	w->max_diff = c.max_diff;
	snprintf(w->note, sizeof(w->note), "max_diff=%g (up to %g passes, %" PRIu64 " of %" PRIu64 " differ)",
		 c.max_diff, c.allowed, c.differ, c.compared);
	return c.right ? RKX_RIGHT : RKX_NOT_RIGHT;
}

static void
tell(void *data, enum rkx_bracket_step step, enum rkx_job_end end, const struct rkx_outcome *outcome)
{
	struct work *w = data;

	replay_print_step(step, end, outcome, step == RKX_BRACKET_PROBE && w->note[0] ? w->note : NULL,
			  w->rq->json);
	w->note[0] = '\0';
	if (step != RKX_BRACKET_PAUSE && end == RKX_JOB_PASS)
		w->rq->klog.len = 0;
}

static void
tell_state(void *data, const char *source, const char *line)
{
	replay_print_state(source, line, ((const struct work *)data)->rq->json);
}

/* The emulated driver's log is here already. */
static int
read_klog(void *data, rkx_aftermath_line *line, void *line_data, struct rkr_error *err)
{
	struct replay_request *rq = data;
	char *end;

	(void)err;
	rkr_buf_put(&rq->klog, "", 1);
	if (rq->klog.failed)
		return rq->klog.failed;
	for (char *at = rq->klog.data; (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		line(line_data, at);
	}
	rq->klog.len = 0;
	return 0;
}

static void
take_klog(void *data, const char *line)
{
	struct replay_request *rq = data;

	if (rq->dmesg)
		fprintf(rq->dmesg, "%s\n", line);
	rkr_buf_printf(&rq->klog, "%s\n", line);
}

/* ---- a bracket, and series of them */

static void
raise_status(struct work *w, enum tool_exit status)
{
	if (status > w->status)
		w->status = status;
}

static enum tool_exit
status_of(const struct rkx_round *round)
{
	const struct rkx_bracket *b = &round->bracket;

	if (round->crashed || b->verdict == RKX_BRACKET_SICK || (b->down && b->step == RKX_BRACKET_DONE))
		return TOOL_DEVICE;
	if (round->ret < 0 && !round->refused)
		return TOOL_TROUBLE;
	return b->verdict == RKX_BRACKET_CLEAN ? TOOL_YES : TOOL_NO;
}

/* One bracket. False: no further one. */
static bool
run_round(struct work *w, struct rkx_plan *plan, struct replay_rates *rates)
{
	struct rkx_round round = { 0 };
	struct rkr_error err = { 0 };

	rates->turns++;
	if (w->rq->repeat)
		replay_print_turn(rates, w->rq->json);
	int r = rkx_session_bracket(w->session, plan, &round, &err);

	if (r < 0) {
		raise_status(w, tool_error(&err, r));
		return false;
	}
	if (err.code)
		tool_error(&err, r);
	else if (round.ret < 0)
		tool_trouble("the journal could not be written: %s", strerror(-round.ret));
	if (round.cleanup < 0)
		fprintf(stderr,
			"rkreplay: a BO could not be given back (%s): it goes when the node is closed\n",
			strerror(-round.cleanup));
	replay_count_round(&w->totals, &round.bracket, !round.refused || round.bracket.ran_probe);
	replay_print_round(&round, w->rq->json);
	raise_status(w, status_of(&round));
	/* One that tells nothing of the next job is none of the rounds. */
	bool counts = round.bracket.ran_probe && round.bracket.verdict != RKX_BRACKET_UNDECIDED;

	rates->rounds += counts;
	rates->passed += counts && round.bracket.probe == RKX_JOB_PASS;
	rates->poisoned += round.bracket.verdict == RKX_BRACKET_POISONS;
	if (round.probe.run) {
		rkr_run_free(w->answer);
		w->answer = round.probe.run;
		round.probe.run = NULL;
		r = replay_record_bracket(w->answer, rkx_session_identity(w->session), &round.bracket,
					  w->compared ? &w->max_diff : NULL);
		if (r < 0)
			raise_status(w, tool_error(NULL, r));
	}
	bool go_on = !round.refused && !round.stopped && !round.crashed && round.ret == 0 &&
		     !round.bracket.down && !round.bracket.wedged;

	if (round.stopped)
		fputs("rkreplay: stopped by a signal\n", stderr);
	rkx_round_free(&round);
	return go_on;
}

/* The edited plan between two of the source as it is: what differs is the edit's doing. */
static void
run_series(struct work *w, struct rkx_plan *a, struct rkx_plan *b)
{
	struct replay_rates rates[2] = { { .name = b ? "A (the source)" : "the source" },
					 { .name = "B (edited)" } };
	const uint64_t n = w->rq->repeat ? w->rq->repeat : 1;
	bool go_on = true;

	for (uint64_t i = 0; i < n && go_on; i++) {
		go_on = run_round(w, a, &rates[0]);
		if (b && go_on)
			go_on = run_round(w, b, &rates[1]);
		if (b && go_on)
			go_on = run_round(w, a, &rates[0]);
	}
	if (!w->rq->repeat)
		return;
	replay_print_rates(&rates[0], w->rq->json);
	if (b) {
		replay_print_rates(&rates[1], w->rq->json);
		replay_print_comparison(&rates[0], &rates[1], w->rq->json);
	}
}

/* ---- the device */

static int
open_device(struct replay_request *rq, struct rkx_device **ret_device, struct rkr_error *err)
{
	const char *path = tool_value(rq->args, "device");

	if (!rq->emulated)
		return rkx_device_drm(strcmp(path, "npu") == 0 ? NULL : path, ret_device, err);
	const struct rkx_emulated_options options = {
		.faults = rq->faults,
		.n_faults = rq->n_faults,
		.seed = rq->seed,
		.klog = take_klog,
		.klog_data = rq,
		.unmodelled = rq->skip_unmodelled ? replay_take_skip : NULL,
		.unmodelled_data = rq,
	};
	int r = rkx_device_emulated(&options, ret_device);

	return r < 0 ? rkr_fail(err, r, NULL, "the emulated board cannot be made: %s", strerror(-r)) : 0;
}

/* ---- all of it */

/* Plans a and b; b is NULL unless the edited run stands between two of the source. */
static void
judge_and_run(struct work *w, struct rkx_plan *a, struct rkx_plan *b)
{
	const struct replay_request *rq = w->rq;
	struct rkx_plan *const plans[] = { a, b };

	if (!rq->execute)
		replay_print_plan(b ? b : a, rq->json);
	for (size_t i = 0; i < RKR_ARRAY_LEN(plans) && plans[i]; i++) {
		struct rkx_gate_report report;
		struct rkr_error err = { 0 };
		int r = rkx_session_judge(w->session, plans[i], &report, &err);

		if (r < 0) {
			raise_status(w, tool_error(&err, r));
			return;
		}
		replay_print_edits(plans[i], rq->json);
		replay_print_gates(&report, !rq->execute, rq->json);
		replay_count_gates(&w->totals, &report);
		w->over = w->over || report.refused;
	}
	if (w->over)
		raise_status(w, TOOL_NO);
	if (w->over || !rq->execute) {
		if (!rq->json)
			puts(w->over ? "refused: nothing was sent"
				     : "dry run: nothing was sent; --execute runs it");
		replay_count_round(&w->totals, &(struct rkx_bracket){ 0 }, false);
	} else {
		run_series(w, a, b);
	}
	replay_print_totals(&w->totals, rq->json);
}

/* The emulated board does not take the host down: who comes later reads what was written, synced or not. */
static int
sync_nothing(int fd)
{
	(void)fd;
	return 0;
}

static int
start(struct work *w, const char *what, struct rkr_error *err)
{
	const struct replay_request *rq = w->rq;
	struct rkx_identity id = { 0 };
	struct rkx_session_options o = {
		.device = w->device,
		.form = rq->form,
		.allow = rq->allow,
		.n_allow = rq->n_allow,
		.state_capture = rq->state_capture,
		/* A dry run takes no lock; the real one would not start without. */
		.lock_held = true,
		.what = what,
		.stop = stop_asked,
		.right = is_right,
		.right_data = w,
		.tell = tell,
		.tell_state = tell_state,
		.tell_data = w,
	};
	int r = w->device->ops->identify(w->device, &id, err);

	w->klog = (struct rkx_aftermath_source){ "kernel", read_klog, w->rq };
	o.sources = &w->klog;
	o.n_sources = 1;
	w->io = *rkx_io_system();
	if (rq->emulated)
		w->io.fsync = w->io.fdatasync = sync_nothing;
	if (r == 0 && !rq->emulated) {
		o.users = rkx_device_drm_users(id.path, &o.users_known);
		r = rkx_aftermath_new(NULL, rq->registers, &w->aftermath);
		if (r == 0)
			o.sources = rkx_aftermath_sources(w->aftermath, &o.n_sources);
	}
	if (r == 0 && rq->execute && !rq->emulated)
		r = rkx_device_drm_claim(w->device, err);
	if (r == 0 && rq->execute)
		r = rkx_journal_open(rq->dir, &w->io, &w->journal, err);
	/* Behind the lock: what another session was still finding out is in the ledger by now. */
	if (r == 0)
		r = rkx_poison_load(rq->dir, NULL, &w->ledger, err);
	/* A board is sent nothing that could not be remembered. */
	if (r == 0 && rq->execute && !rq->emulated)
		r = rkx_poison_try(w->ledger, err);
	/* What a series finds out does not stop it: what was known when it began does. */
	if (r == 0)
		r = rkx_poison_load(rq->dir, NULL, &w->known, err);
	o.past = &w->past;
	o.journal = w->journal;
	o.poison = w->ledger;
	o.known = w->known;
	return r < 0 ? r : rkx_session_new(&o, &w->session, err);
}

static void
describe(const struct replay_request *rq, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "%s", rq->args->sources[0]);

	for (size_t i = 0; i < rq->n_edits && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, " %s", rq->edits[i]);
}

static enum tool_exit
replay(struct replay_request *rq, struct rkx_plan *a, struct rkx_plan *b)
{
	struct work w = { .rq = rq };
	struct rkr_error err = { 0 };
	char what[160];
	int r = replay_look_back(rq->dir, &w.past, &err);

	if (r < 0)
		return tool_error(&err, r);
	r = open_device(rq, &w.device, &err);
	if (r < 0) {
		tool_error(&err, r);
		return TOOL_DEVICE;
	}
	describe(rq, what, sizeof(what));
	r = start(&w, what, &err);
	if (r == 0)
		judge_and_run(&w, a, b);
	else
		w.status = tool_error(&err, r);
	rkx_session_free(w.session);
	rkx_poison_free(w.known);
	rkx_poison_free(w.ledger);
	rkx_aftermath_free(w.aftermath);
	w.device->ops->close(w.device);
	r = rkx_journal_close(w.journal);
	if (r < 0)
		w.status = tool_trouble("the journal could not be closed: %s", strerror(-r));
	const char *dir = tool_value(rq->args, "o");

	if (dir && w.answer) {
		r = tool_write_bundle(w.answer, dir, &err);
		if (r < 0)
			w.status = tool_error(&err, r);
	}
	rkr_run_free(w.answer);
	return w.status;
}

static void
free_request(struct replay_request *rq)
{
	rkr_buf_free(&rq->klog);
	rkx_model_free(rq->model);
	rkr_graph_clear(&rq->graph);
	free(rq->skips);
	free(rq->model_bytes);
}

static enum tool_exit
run_replay(const struct tool_args *args)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	rkr_cleanup(rkx_plan_free) struct rkx_plan *source = NULL, *edited = NULL;
	struct replay_request rq;
	struct rkr_error err = { 0 };
	const char *dmesg = tool_value(args, "dmesg");
	sigset_t old;

	if (!replay_read_request(args, &rq))
		return TOOL_TROUBLE;
	int r = replay_load_source(&rq, &run, &err);

	if (r == 0 && !rq.model &&
	    (rq.check_layers || rq.skip_unmodelled || rq.cores > 1 || tool_value(args, "input"))) {
		free_request(&rq);
		return tool_trouble(
			"--check-layers, --cores, --input, --skip-unmodelled are for compiled models");
	}
	const struct rkr_run *what = r == 0 && rq.model ? rkx_model_run(rq.model) : run;

	if (r == 0 && (rq.n_edits == 0 || rq.repeat))
		r = replay_make_plan(&rq, what, false, &source, &err);
	if (r == 0 && rq.n_edits)
		r = replay_make_plan(&rq, what, true, &edited, &err);
	if (r < 0) {
		free_request(&rq);
		return err.code ? tool_error(&err, r) : TOOL_TROUBLE;
	}
	if (dmesg && !(rq.dmesg = fopen(dmesg, "w"))) {
		rkr_error_set(&err, -errno, dmesg, 0, 0, "check the directory", "cannot write: %s",
			      strerror(errno));
		free_request(&rq);
		return tool_error(&err, err.code);
	}
	rkx_stop_begin(&old);
	enum tool_exit status = replay(&rq, source ? source : edited, source ? edited : NULL);

	free_request(&rq);
	if (rq.dmesg && fclose(rq.dmesg) != 0)
		status = tool_trouble("%s: cannot write: %s; make room", dmesg, strerror(errno));
	fflush(stdout);
	rkx_stop_end(&old);
	return status;
}

static const struct tool_option options[] = {
	{ "device", "DEVICE",
	  "emulated (the default), npu (the node of the driver rknpu), or a node's path" },
	{ "execute", NULL, "run it: without this a real device is sent nothing" },
	{ "allow", "NAME", "let a gate pass by name; may be given again" },
	{ "purpose", "WHAT", "probe (the default), or state-capture" },
	{ "edit", "FIELD=VALUE", "change one field of the source; may be given again" },
	{ "registers", NULL, "of a board: read its registers, too, after a failure" },
	{ "repeat", "N", "N brackets, or with edits N times source, edited, source; and rates" },
	{ "health", "FORM",
	  "of the health job: classic (the default), pointers, or whole (the default for models)" },
	{ "check-layers", NULL, "of a compiled model: compare each operator with a plain reference" },
	{ "cores", "N", "of a compiled model: the program for N cores (default 1)" },
	{ "input", "FILE", "of a compiled model: bytes for its input" },
	{ "skip-unmodelled", NULL,
	  "of a compiled model, on the emulated device: what that cannot compute is let pass" },
	{ "seed", "N", "of contents that the source does not hold, and of faults" },
	{ "fault", "NAME[=ARG]", "of the emulated device; may be given again" },
	{ "dmesg", "FILE", "write the emulated device's kernel log there" },
	{ "state", "DIR", "where journal and ledger are (default $XDG_STATE_HOME/rkreplay)" },
	{ "o", "DIR", "write what the device answered to the last probe, DIR.rkrun" },
	{ "json", NULL, "JSON Lines" },
	TOOL_GEN_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_replay = {
	.name = "replay",
	.usage = "SOURCE...",
	.summary = "Run a run on a device: health job, the run, health job",
	.details =
		"SOURCE is a run, a model, conv:SHAPE, or add:classic, add:pointers, add:whole. On the emulated\n"
		"device it is run; on a real one the plan and the gates' verdicts are printed, and --execute runs it.\n"
		"Exit status: 0 clean, 1 refused or not clean, 3 the device is absent or does not work.\n",
	.options = options,
	.min_sources = 1,
	.max_sources = 64,
	.run = run_replay,
};
