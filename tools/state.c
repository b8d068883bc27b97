/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "replay.h"
#include "replay/device-drm.h"
#include "replay/device-emu.h"
#include "replay/snapshot-mmio.h"
#include "replay/snapshot-sysfs.h"
#include "replay/statefile.h"
#include "replay/stop.h"

/*
 * state: what C64/H56 leaves behind, by the vendor's client or by this one:
 * snapshots before and after, and then nothing. The job that may time out
 * next is never sent from here.
 */

RKR_DEFINE_CLEANUP(struct rkx_plan *, rkx_plan_free)
RKR_DEFINE_CLEANUP(struct rkx_poison *, rkx_poison_free)
RKR_DEFINE_CLEANUP(struct rkx_session *, rkx_session_free)

#define C64 "conv:b1_c64_h56_w56_oc128_wic64_k1x1_g1"

struct capture {
	const struct tool_args *args;
	const char *tag;
	bool raw, emulated, execute, failed;
	char dir[4096];
	struct rkx_past past;
	sigset_t old; /* the signals as they were: the client's */
};

/* ---- snapshots */

static int
append_snapshots(const struct capture *c, const char *label, struct rkr_buf *buf, struct rkr_error *err)
{
	struct rkx_npu npu;
	bool available;
	int r = rkx_npu_find(NULL, &npu, err);

	if (r == 0 && tool_given(c->args, "sysfs"))
		r = rkx_snapshot_sysfs(NULL, &npu, label, buf);
	if (r == 0 && tool_given(c->args, "mmio"))
		r = rkx_snapshot_mmio(NULL, &npu, label, &available, buf, err);
	return r;
}

static void
snapshot(struct capture *c, const char *when)
{
	struct rkr_buf buf = { 0 };
	struct rkr_error err = { 0 };
	char label[160];

	if (!tool_given(c->args, "sysfs") && !tool_given(c->args, "mmio"))
		return;
	/* As captures label them. */
	snprintf(label, sizeof(label), "%s_submit_%s", when, c->tag);
	int r = append_snapshots(c, label, &buf, &err);

	printf("%.*s", (int)buf.len, buf.data ? buf.data : "");
	fflush(stdout);
	rkr_buf_free(&buf);
	/* One that cannot be had does not stop the other. */
	if (r < 0) {
		tool_error(&err, r);
		c->failed = true;
	}
}

/* ---- raw: this client */

static void
tell(void *data, enum rkx_bracket_step step, enum rkx_job_end end, const struct rkx_outcome *outcome)
{
	replay_print_step(step, end, outcome, NULL, false);
	if (step == RKX_BRACKET_HEALTH_BEFORE && end == RKX_JOB_PASS)
		snapshot(data, "before");
	if (step == RKX_BRACKET_PROBE)
		snapshot(data, "after");
}

static bool
stop_asked(void *data)
{
	(void)data;
	return rkx_stop_asked();
}

static enum tool_exit
run_probe(struct rkx_session *session, struct rkx_plan *plan)
{
	struct rkx_round round = { 0 };
	struct rkr_error err = { 0 };
	int r = rkx_session_bracket(session, plan, &round, &err);

	if (r < 0)
		return tool_error(&err, r);
	enum tool_exit status = round.crashed || round.bracket.before != RKX_JOB_PASS            ? TOOL_DEVICE
				: round.bracket.ran_probe && round.bracket.probe == RKX_JOB_PASS ? TOOL_YES
												 : TOOL_NO;

	if (err.code)
		status = tool_error(&err, r);
	else if (round.ret < 0)
		status = tool_trouble("the journal could not be written: %s", strerror(-round.ret));
	rkx_round_free(&round);
	return status;
}

static enum tool_exit
judge_and_run(struct capture *c, struct rkx_session *session, struct rkx_plan *plan)
{
	struct rkx_gate_report report;
	struct rkr_error err = { 0 };
	int r = rkx_session_judge(session, plan, &report, &err);

	if (r < 0)
		return tool_error(&err, r);
	replay_print_gates(&report, !c->execute, false);
	if (report.refused) {
		puts("refused: nothing was sent");
		return TOOL_NO;
	}
	if (!c->execute) {
		puts("dry run: nothing was sent; --execute runs it");
		return TOOL_YES;
	}
	enum tool_exit status = run_probe(session, plan);

	puts("No job was sent after it: \"rkreplay replay add:classic\" is the next-job check, when you want it.");
	return status;
}

static enum tool_exit
on_device(struct capture *c, struct rkx_device *device, struct rkx_plan *plan)
{
	rkr_cleanup(rkx_poison_free) struct rkx_poison *ledger = NULL;
	rkr_cleanup(rkx_session_free) struct rkx_session *session = NULL;
	struct rkx_journal *journal = NULL;
	const char *allow[TOOL_VALUES_MAX];
	struct rkx_identity id = { 0 };
	struct rkr_error err = { 0 };
	struct rkx_session_options o = {
		.device = device,
		.allow = allow,
		.state_capture = true,
		.open_ended = true,
		.lock_held = true, /* a dry run takes no lock; the real one would not start without */
		.what = C64,
		.stop = stop_asked,
		.tell = tell,
		.tell_data = c,
	};

	for (size_t i = 0; i < c->args->n_values && o.n_allow < TOOL_VALUES_MAX; i++)
		if (strcmp(c->args->verb->options[c->args->values[i].option].name, "allow") == 0)
			allow[o.n_allow++] = c->args->values[i].value;
	int r = device->ops->identify(device, &id, &err);

	if (r == 0 && !id.emulated)
		o.users = rkx_device_drm_users(id.path, &o.users_known);
	if (r == 0 && c->execute && !id.emulated)
		r = rkx_device_drm_claim(device, &err);
	if (r == 0 && c->execute)
		r = rkx_journal_open(c->dir, NULL, &journal, &err);
	/* Behind the lock: nobody else is writing it now. */
	if (r == 0)
		r = rkx_poison_load(c->dir, NULL, &ledger, &err);
	o.past = &c->past;
	o.journal = journal;
	o.poison = ledger;
	if (r == 0)
		r = rkx_session_new(&o, &session, &err);
	enum tool_exit status = r < 0 ? tool_error(&err, r) : judge_and_run(c, session, plan);

	r = rkx_journal_close(journal);
	return r < 0 ? tool_trouble("the journal could not be closed: %s", strerror(-r)) : status;
}

static enum tool_exit
capture_raw(struct capture *c)
{
	static const char *const source[] = { C64 };
	_cleanup_run_ struct rkr_run *run = NULL;
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = NULL;
	const char *path = tool_value(c->args, "device");
	struct rkx_device *device = NULL;
	struct rkr_error err = { 0 };
	int r = tool_load(source, 1, NULL, &run, &err);

	if (r == 0)
		r = rkx_plan_new(run, NULL, &plan, &err);
	if (r == 0)
		r = replay_look_back(c->dir, &c->past, &err);
	if (r < 0)
		return tool_error(&err, r);
	r = c->emulated ? rkx_device_emulated(NULL, &device)
			: rkx_device_drm(path && strcmp(path, "npu") != 0 ? path : NULL, &device, &err);
	if (r < 0) {
		tool_error(&err, r);
		return TOOL_DEVICE;
	}
	enum tool_exit status = on_device(c, device, plan);

	device->ops->close(device);
	return status;
}

/* ---- rknn: the vendor's client, which the user names */

/* Its exit status, or a negative errno. */
static int
run_client(const struct capture *c, char *const *argv)
{
	posix_spawnattr_t attr;
	pid_t pid;
	int status, r = posix_spawnattr_init(&attr);

	if (r != 0)
		return -r;
	posix_spawnattr_setsigmask(&attr, &c->old);
	/* We take no notice of these; a client may rely on dying of them. */
	sigset_t as_usual;

	sigemptyset(&as_usual);
	sigaddset(&as_usual, SIGPIPE);
	sigaddset(&as_usual, SIGXFSZ);
	posix_spawnattr_setsigdefault(&attr, &as_usual);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	r = posix_spawnp(&pid, argv[0], NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	if (r != 0)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static enum tool_exit
capture_rknn(struct capture *c)
{
	char *const *argv = (char *const *)(uintptr_t)c->args->sources;
	struct rkx_journal *journal = NULL;
	struct rkr_error err = { 0 };
	uint64_t seq;

	if (!c->execute) {
		printf("dry run: nothing was run; --execute runs %s between snapshots\n",
		       TOOL_SHOWN(argv[0]));
		return TOOL_YES;
	}
	/* The lock keeps others of this program away meanwhile. */
	int r = replay_look_back(c->dir, &c->past, &err);

	if (r == 0)
		r = rkx_journal_open(c->dir, NULL, &journal, &err);
	if (r < 0)
		return tool_error(&err, r);
	snapshot(c, "before");
	r = rkx_journal_begin(journal, &seq, "client: %s", argv[0]);
	int ret = r < 0 ? r : run_client(c, argv);

	if (r == 0)
		r = rkx_journal_end(journal, seq, ret < 0 ? ret : 0);
	if (ret >= 0)
		snapshot(c, "after");
	int closed = rkx_journal_close(journal);

	if (r < 0 || closed < 0)
		return tool_trouble("the journal could not be written: %s", strerror(r < 0 ? -r : -closed));
	if (ret < 0)
		return tool_trouble("%s cannot be run: %s", argv[0], strerror(-ret));
	if (ret > 0)
		fprintf(stderr, "rkreplay: %s ended with status %d\n", TOOL_SHOWN(argv[0]), ret);
	puts("No job was sent after it: \"rkreplay replay add:classic\" is the next-job check, when you want it.");
	return ret ? TOOL_NO : TOOL_YES;
}

/* ---- the verb */

/* The tag stands in a label, at the end of a row of a log. */
static bool
is_word(const char *tag)
{
	size_t n = strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n > 0 && n <= 64 && tag[n] == '\0';
}

static enum tool_exit
run_state(const struct tool_args *args)
{
	const char *mode = tool_value(args, "mode"), *tag = tool_value(args, "tag"),
		   *device = tool_value(args, "device");
	struct capture c = { .args = args, .tag = tag ? tag : "1", .execute = tool_given(args, "execute") };
	struct rkr_error err = { 0 };

	c.raw = mode && strcmp(mode, "raw") == 0;
	c.emulated = device && strcmp(device, "emulated") == 0;
	if (!c.raw && (!mode || strcmp(mode, "rknn") != 0))
		return tool_trouble("state needs --mode=rknn or --mode=raw; see rkreplay state --help");
	if (c.raw != (args->n_sources == 0))
		return tool_trouble(
			c.raw ? "--mode=raw runs a run of its own, and no command"
			      : "--mode=rknn needs the command that runs the vendor's client; give it "
				"behind --");
	if (!is_word(c.tag))
		return tool_trouble("--tag=%s is not a word of up to 64 letters, digits, '.', '_' and '-'",
				    c.tag);
	if (c.emulated && (tool_given(args, "mmio") || tool_given(args, "sysfs")))
		return tool_trouble("--mmio and --sysfs are of a board: the emulated device has neither");
	int r = rkx_state_dir(tool_value(args, "state"), c.dir, sizeof(c.dir), &err);

	if (r < 0)
		return tool_error(&err, r);
	rkx_stop_begin(&c.old);
	enum tool_exit status = c.raw ? capture_raw(&c) : capture_rknn(&c);

	fflush(stdout);
	rkx_stop_end(&c.old);
	return status == TOOL_YES && c.failed ? TOOL_NO : status;
}

static const struct tool_option options[] = {
	{ "mode", "MODE", "raw: this program submits C64/H56; rknn: the command that follows does" },
	{ "execute", NULL, "run it: without this nothing is sent or run" },
	{ "allow", "NAME", "let a gate pass by name: raw needs raw-c64; may be given again" },
	{ "mmio", NULL, "read the NPU's registers before and after" },
	{ "sysfs", NULL, "read what sysfs says before and after" },
	{ "tag", "TAG", "in the snapshots' labels: before_submit_TAG, after_submit_TAG (default 1)" },
	{ "device", "DEVICE", "npu (the default: the node of the driver rknpu), a node's path, or emulated" },
	{ "state", "DIR", "where journal and ledger are (default $XDG_STATE_HOME/rkreplay)" },
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_state = {
	.name = "state",
	.usage = "--mode raw | --mode rknn -- CMD...",
	.summary = "Read the state that C64/H56 leaves behind, and send nothing after it",
	.details = "raw: a health job, a snapshot, C64/H56, a snapshot, and nothing more.\n"
		   "rknn: a snapshot, CMD, a snapshot.\n"
		   "Exit status: 0 done, 1 refused, or the run, CMD or a snapshot failed, 2 trouble, 3 the\n"
		   "device is absent or does not work.\n",
	.options = options,
	.min_sources = 0,
	.max_sources = 64,
	.run = run_state,
};
