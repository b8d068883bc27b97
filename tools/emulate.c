/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "emulate-log.h"
#include "replay/preload/protocol.h"
#include "replay/serve/serve.h"
#include "tool.h"

/* emulate: run a command with an emulated board. */

#define LIBRARY "librkreplay-emulate.so"

RKR_DEFINE_CLEANUP(struct rke_server *, rke_server_free)

/* The kernel's log, as it is written. */
struct klog {
	FILE *dmesg; /* what any driver of this version prints */
	FILE *trace; /* and what one with the PC-commit trace prints */
	FILE *kmsg;  /* the same as dmesg, for the command to read */
	unsigned long records;
};

/* Rows that the trace patch adds begin with one of these, or have the last in them. */
static bool
is_trace(const char *line)
{
	static const char *const starts[] = { "RKNPU: pc commit ", "RKNPU: valid irq trace:",
					      "RKNPU: invalid irq pc regs:", "RKNPU: \tcore " };
	const char *text = strstr(line, "RKNPU: ");

	for (size_t i = 0; text && i < RKR_ARRAY_LEN(starts); i++)
		if (strncmp(text, starts[i], strlen(starts[i])) == 0)
			return i < 3 || strstr(text, " timeout pc regs:");
	return false;
}

/* As a record of /dev/kmsg: level and facility of a kernel error, sequence, microseconds. */
static void
put_kmsg(struct klog *klog, const char *line)
{
	unsigned long s, us;
	int text = 0;

	if (sscanf(line, "[%lu.%lu] %n", &s, &us, &text) == 2 && text > 0)
		fprintf(klog->kmsg, "3,%lu,%lu,-;%s\n", klog->records++, s * 1000000 + us, line + text);
}

static void
take_klog(void *data, const char *line)
{
	struct klog *klog = data;
	const char *own = strstr(line, "] rkreplay: ");

	/* What would have crashed a board, or is not modelled, concerns who looks on. */
	if (own)
		fprintf(stderr, "%s\n", own + 2);
	if (klog->trace)
		fprintf(klog->trace, "%s\n", line);
	if (klog->dmesg && !is_trace(line))
		fprintf(klog->dmesg, "%s\n", line);
	if (klog->kmsg && !is_trace(line))
		put_kmsg(klog, line);
}

/* The kernel's log as the command sees it. Without it, the command goes without. */
static void
open_kmsg(const struct rke_server *server, struct klog *klog)
{
	_autofree_ char *path = NULL;

	if (asprintf(&path, "%s%s", rke_server_dir(server), RKE_WIRE_KMSG) < 0)
		return;
	klog->kmsg = fopen(path, "we");
	if (klog->kmsg)
		setvbuf(klog->kmsg, NULL, _IOLBF, 0);
}

/* Without an option: nothing, and true. */
static bool
open_file(const struct tool_args *args, const char *option, FILE **ret_file)
{
	const char *path = tool_value(args, option);

	if (!path)
		return true;
	*ret_file = fopen(path, "we");
	if (*ret_file)
		setvbuf(*ret_file, NULL, _IOLBF, 0);
	else
		tool_trouble("%s: cannot write: %s; check the directory", path, strerror(errno));
	return *ret_file;
}

static bool
close_file(const struct tool_args *args, const char *option, FILE *file)
{
	if (!file)
		return true;
	bool bad = ferror(file) != 0;

	if (fclose(file) == 0 && !bad)
		return true;
	tool_trouble("%s: cannot write all of the log; make room", tool_value(args, option));
	return false;
}

/* ---- options */

static size_t
read_faults(const struct tool_args *args, struct rke_fault *faults, bool *ret_good)
{
	size_t n = 0;

	*ret_good = true;
	for (size_t i = 0; i < args->n_values; i++) {
		const char *value = args->values[i].value;

		if (strcmp(args->verb->options[args->values[i].option].name, "fault") != 0)
			continue;
		int r = rke_fault_parse(value, &faults[n++]);

		if (r < 0) {
			tool_trouble(
				r == -ENOENT
					? "no fault is called '%s'; see rkreplay emulate --list-faults"
					: "fault '%s': its argument is none of its kind; see rkreplay emulate"
					  " --list-faults",
				value);
			*ret_good = false;
		}
	}
	return n;
}

static bool
read_number(const struct tool_args *args, const char *option, uint64_t *ret_value)
{
	const char *text = tool_value(args, option);

	if (!text || tool_number(text, ret_value))
		return true;
	tool_trouble("--%s=%s is not a number", option, text);
	return false;
}

static enum tool_exit
list_faults(void)
{
	size_t n;
	const struct rke_fault_desc *faults = rke_faults(&n);

	for (size_t i = 0; i < n; i++) {
		static const char *const args[] = { "[=N|N%]", "[=N|N%]", "=IOCTL:N:ERRNO" };

		printf("%s%s\n    %s (counts: %s) [%s]\n", faults[i].name, args[faults[i].arg],
		       faults[i].what, faults[i].chance, faults[i].evidence);
	}
	return TOOL_YES;
}

static enum tool_exit
run_command(const struct tool_args *args, struct rke_server *server)
{
	const struct command_options options = {
		.argv = args->sources,
		.library = LIBRARY,
		.library_dir = "replay/preload",
		.variable = RKE_WIRE_ENV,
		.value = rke_server_dir(server),
		/* It stands for the kernel: what else is preloaded calls it. */
		.last = true,
	};
	struct command command = { 0 };
	enum tool_exit status = command_start(&options, &command);

	if (status != TOOL_YES)
		return status;
	int r = rke_server_run(server, command.signals, command_event, &command);

	status = command_end(&command, r < 0);
	if (r < 0)
		return tool_trouble("the emulated board stopped: %s", strerror(-r));
	/* A static program fails for want of a node, and nothing else would say why. */
	bool failed = status != TOOL_YES && (int)status < COMMAND_CANNOT_RUN;

	if (!rke_server_was_used(server) && (failed || tool_given(args, "v")))
		fputs("rkreplay: nothing opened the board; a static program, or one that is set-uid, cannot be given "
		      "one\n",
		      stderr);
	return status;
}

static void
print_stats(struct rke_server *server)
{
	struct rke_stats s;

	rke_board_stats(rke_server_board(server), &s);
	fprintf(stderr,
		"rkreplay: %llu ioctls, %llu jobs, %llu timeouts, %llu soft resets, %llu crashes refused, "
		"%llu reads and %llu writes outside of any BO\n",
		(unsigned long long)s.ioctls, (unsigned long long)s.jobs, (unsigned long long)s.timeouts,
		(unsigned long long)s.resets, (unsigned long long)s.crashes,
		(unsigned long long)s.reads_outside, (unsigned long long)s.writes_outside);
}

static enum tool_exit
serve_command(const struct tool_args *args, struct rke_server_options *options, struct klog *klog)
{
	rkr_cleanup(rke_server_free) struct rke_server *server = NULL;
	struct emulate_log *log = NULL;
	struct rkr_error err = { 0 };
	const char *what, *path = tool_value(args, "log");
	int r = 0;

	if (path) {
		r = emulate_log_new(path, &log, &err);
		if (r < 0)
			return tool_error(&err, r);
		options->call = emulate_log_call;
		options->call_data = log;
	}
	options->board.klog = take_klog;
	options->board.klog_data = klog;
	r = rke_server_new(options, &server, &what);
	if (r == 0)
		open_kmsg(server, klog);
	enum tool_exit status =
		r < 0 ? tool_trouble("cannot make %s: %s", what, strerror(-r)) : run_command(args, server);

	if (r == 0 && tool_given(args, "v"))
		print_stats(server);
	/* What is still open is closed, and logged, now. */
	rke_server_free(rkr_steal(server));
	if (klog->kmsg)
		fclose(klog->kmsg);
	klog->kmsg = NULL;
	if (log) {
		r = emulate_log_close(log, &err);
		if (r < 0)
			status = tool_error(&err, r);
	}
	return status;
}

static enum tool_exit
run_emulate(const struct tool_args *args)
{
	struct rke_fault faults[TOOL_VALUES_MAX];
	struct rke_server_options options = { .null = tool_given(args, "null") };
	struct klog klog = { 0 };
	bool good;

	if (tool_given(args, "list-faults"))
		return list_faults();
	if (args->n_sources == 0)
		return tool_trouble("emulate needs %s; see rkreplay emulate --help", args->verb->usage);
	options.board.make_hw = rke_hw_npu;
	options.board.n_faults = read_faults(args, faults, &good);
	options.board.faults = faults;
	options.board.trace = tool_given(args, "trace");
	if (!good || !read_number(args, "seed", &options.board.seed) ||
	    !read_number(args, "iova-top", &options.board.iova_top))
		return TOOL_TROUBLE;
	if (options.board.iova_top > UINT64_C(0x100000000) || options.board.iova_top % 4096)
		return tool_trouble("--iova-top=%s is not the end of a page of 4096 bytes up to 0x100000000",
				    tool_value(args, "iova-top"));
	good = open_file(args, "dmesg", &klog.dmesg) && open_file(args, "trace", &klog.trace);
	enum tool_exit status = good ? serve_command(args, &options, &klog) : TOOL_TROUBLE;

	if (!close_file(args, "dmesg", klog.dmesg))
		status = TOOL_TROUBLE;
	if (!close_file(args, "trace", klog.trace))
		status = TOOL_TROUBLE;
	return status;
}

static const struct tool_option options[] = {
	{ "fault", "NAME[=ARG]", "let something go wrong; may be given again" },
	{ "list-faults", NULL, "what can go wrong" },
	{ "seed", "N", "decides what is left to chance: the same each time" },
	{ "dmesg", "FILE", "write the kernel's log there" },
	{ "trace", "FILE", "the same, with the rows of the PC-commit trace" },
	{ "log", "FILE",
	  "write the calls there, as the gdb capture does; of further processes to FILE.2 ..." },
	{ "iova-top", "ADDR", "place the BOs downwards from here (default 0xfffa0000)" },
	{ "null", NULL, "submits, actions and syncs return 0 and do nothing" },
	{ "v", NULL, "say what was done at the end" },
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_emulate = {
	.name = "emulate",
	.usage = "-- CMD...",
	.summary = "Run a command with an emulated board",
	.details = "CMD and what it starts find an NPU at /dev/dri/card1 and /dev/dri/renderD129. The exit\n"
		   "status is CMD's, 128 and more if a signal ended it, 127 if it is not there, 126 if it\n"
		   "cannot be run. What would have crashed a board is refused and told on standard error.\n"
		   "A program that is linked statically, or set-uid, cannot be given a board.\n",
	.options = options,
	.min_sources = 0,
	.max_sources = SIZE_MAX,
	.run = run_emulate,
};
