/* SPDX-License-Identifier: MIT */
/*
 * Not a test: how fast rkreplay reads logs, next to what grep and wc need for
 * the same file. "make bench" runs it. It writes its inputs to a directory of
 * its own in TMPDIR, and removes it at the end, or when it is stopped.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.h"
#include "parsers/parse.h"
#include "tests/bench-parse.h"

#define ROUNDS_MAX 99
#define PEAK_GOAL_KB (64 * 1024)

enum tool { STATS, JSON, GREP_P, GREP_F, WC, N_TOOLS };
static const char *const tool_names[N_TOOLS] = { "parse --stats", "parse --json", "grep -cP", "grep -c",
						 "wc -l" };

struct bench {
	const char *rkreplay;
	const char *only;
	uint64_t bytes;
	int rounds;
	bool markdown;
	char dir[4000];
	char path[4096]; /* of the input in hand */
	sigset_t unblocked;
};

struct result {
	double seconds[N_TOOLS][ROUNDS_MAX];
	long peak_kb[N_TOOLS];
	uint64_t bytes;
	double allocations; /* per record; negative: not counted */
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Whether Ctrl-C came. It is blocked, so that the directory is removed first. */
static bool
stopped(void)
{
	sigset_t s;

	sigpending(&s);
	return sigismember(&s, SIGINT) || sigismember(&s, SIGTERM) || sigismember(&s, SIGHUP);
}

static const char *const *
command(const struct bench *b, const struct bench_input *in, enum tool tool, const char *argv[6])
{
	const char *const all[N_TOOLS][6] = {
		[STATS] = { b->rkreplay, "parse", "--stats", b->path },
		[JSON] = { b->rkreplay, "parse", "--json", b->path },
		[GREP_P] = { "grep", "-cP", in->pattern, b->path },
		[GREP_F] = { "grep", "-cF", in->fixed, b->path },
		[WC] = { "wc", "-l", b->path },
	};

	memcpy(argv, all[tool], sizeof(all[tool]));
	return argv;
}

/* Run a command, its output thrown away. What it took, or a negative number. */
static double
run(const struct bench *b, const struct bench_input *in, enum tool tool, long *peak_kb)
{
	const char *argv[6];
	struct rusage usage;
	int status;
	char file[4096];
	double start = now();
	pid_t pid = fork();

	command(b, in, tool, argv);
	if (pid == 0) {
		/* grep looks no further than the first match if nobody can see the count. */
		snprintf(file, sizeof(file), "%s/out", b->dir);
		int out = open(tool == JSON ? "/dev/null" : file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(out, STDOUT_FILENO);
		sigprocmask(SIG_SETMASK, &b->unblocked, NULL);
		/* as grep is fastest, and where bytes are characters */
		setenv("LC_ALL", "C", 1);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return -1;
	double took = now() - start;

	/* grep says 1 where it finds nothing */
	if (!WIFEXITED(status) || WEXITSTATUS(status) > (tool == GREP_P || tool == GREP_F)) {
		fprintf(stderr, "bench-parse: %s failed\n", tool_names[tool]);
		return -1;
	}
	*peak_kb = usage.ru_maxrss > *peak_kb ? usage.ru_maxrss : *peak_kb;
	return took;
}

static int
on_record(void *data, const struct rkr_record *rec)
{
	(void)rec;
	++*(uint64_t *)data;
	return 0;
}

/* Allocations while the parser library reads the file, per record; per line where there are none. */
static double
count_allocations(const struct bench *b)
{
	uint64_t records = 0, before, after;
	const struct rkp_sink sink = { .data = &records, .record = on_record };
	struct rkp_accounting acc;

	if (!bench_allocations(&before) || rkp_parse_file(b->path, 0, &sink, &acc, NULL) < 0 ||
	    !bench_allocations(&after))
		return -1;
	uint64_t per = records ? records : acc.lines;

	return per ? (double)(after - before) / (double)per : -1;
}

static int
write_input(struct bench *b, const struct bench_input *in, struct result *res)
{
	struct statvfs fs;
	struct stat st;

	if (statvfs(b->dir, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < b->bytes + b->bytes / 8) {
		fprintf(stderr,
			"bench-parse: there is no room for %" PRIu64
			" MB in %s; set TMPDIR, or give --size\n",
			b->bytes >> 20, b->dir);
		return -ENOSPC;
	}
	snprintf(b->path, sizeof(b->path), "%s/%s.log", b->dir, in->name);
	FILE *out = fopen(b->path, "wb");
	int r = out ? in->write(out, b->bytes) : -errno;

	if (out && fclose(out) != 0 && r == 0)
		r = -errno;
	if (r == 0 && stat(b->path, &st) < 0)
		r = -errno;
	if (r < 0)
		fprintf(stderr, "bench-parse: cannot write %s: %s\n", b->path, strerror(-r));
	else
		res->bytes = (uint64_t)st.st_size;
	return r;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* All commands in turn, round by round, so that what else the machine does meets all alike. The first is not counted. */
static int
measure(struct bench *b, const struct bench_input *in, struct result *res)
{
	int r = write_input(b, in, res);

	for (int round = -1; round < b->rounds && r == 0; round++)
		for (int t = 0; t < N_TOOLS && r == 0; t++) {
			double s = run(b, in, (enum tool)t, &res->peak_kb[t]);

			r = s < 0 || stopped() ? -EINTR : 0;
			if (round >= 0)
				res->seconds[t][round] = s;
		}
	if (r == 0)
		res->allocations = count_allocations(b);
	unlink(b->path);
	for (int t = 0; t < N_TOOLS; t++)
		qsort(res->seconds[t], (size_t)b->rounds, sizeof(double), by_value);
	return r;
}

static double
rate(const struct result *res, double seconds)
{
	return (double)res->bytes / 1e6 / seconds;
}

static void
print(const struct bench *b, const struct bench_input *in, const struct result *res)
{
	double grep = res->seconds[GREP_P][b->rounds / 2], wc = res->seconds[WC][b->rounds / 2];

	for (int t = 0; t < N_TOOLS; t++) {
		double median = res->seconds[t][b->rounds / 2];

		printf(b->markdown ? "| %s | `%s` | %.0f | %.0f | %.0f | %.2f | %.2f | %.1f |"
				   : "%-8s %-14s %7.0f %7.0f %7.0f %9.2f %7.2f %8.1f",
		       in->name, tool_names[t], rate(res, median), rate(res, res->seconds[t][b->rounds - 1]),
		       rate(res, res->seconds[t][0]), grep / median, wc / median,
		       (double)res->peak_kb[t] / 1024);
		if (t != STATS || res->allocations < 0)
			printf(b->markdown ? " |\n" : "\n");
		else
			printf(b->markdown ? " %.4f |\n" : " %11.4f\n", res->allocations);
	}
	fflush(stdout);
}

static void
goal(const struct bench *b, const char *input, bool met, const char *what, double got, double want)
{
	printf("%s%s: %s: %.0f of %.0f: %s\n", b->markdown ? "- " : "", input, what, got, want,
	       met ? "met" : "NOT met");
}

static void
print_goals(const struct bench *b, const struct bench_input *in, const struct result *res)
{
	double median[N_TOOLS];
	long peak = res->peak_kb[STATS] > res->peak_kb[JSON] ? res->peak_kb[STATS] : res->peak_kb[JSON];

	for (int t = 0; t < N_TOOLS; t++)
		median[t] = rate(res, res->seconds[t][b->rounds / 2]);
	goal(b, in->name, median[STATS] >= in->stats_goal, "parse --stats, MB/s at least", median[STATS],
	     in->stats_goal);
	if (in->beats_grep)
		goal(b, in->name, median[STATS] >= median[GREP_P],
		     "parse --stats, MB/s no less than grep -cP", median[STATS], median[GREP_P]);
	if (in->json_goal)
		goal(b, in->name, median[JSON] >= in->json_goal, "parse --json, MB/s at least", median[JSON],
		     in->json_goal);
	goal(b, in->name, peak < PEAK_GOAL_KB, "peak memory, KB below", (double)peak, PEAK_GOAL_KB);
}

static int
bench_all(struct bench *b)
{
	struct result *results = calloc(bench_n_inputs, sizeof(*results));
	int r = results ? 0 : -ENOMEM;

	if (b->markdown)
		printf("| input | command | MB/s, median | least | most | of `grep -cP` | of `wc -l` | peak MB |"
		       " allocations per record |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n");
	else
		printf("%-8s %-14s %7s %7s %7s %9s %7s %8s %11s\n", "input", "command", "MB/s", "least",
		       "most", "x grep -P", "x wc -l", "peak MB", "allocs/rec");
	for (size_t i = 0; i < bench_n_inputs && r == 0; i++) {
		if (b->only && strcmp(b->only, bench_inputs[i].name) != 0)
			continue;
		r = measure(b, &bench_inputs[i], &results[i]);
		if (r == 0)
			print(b, &bench_inputs[i], &results[i]);
	}
	putchar('\n');
	for (size_t i = 0; i < bench_n_inputs && r == 0; i++)
		if (results[i].bytes)
			print_goals(b, &bench_inputs[i], &results[i]);
	free(results);
	return r;
}

static bool
take_options(struct bench *b, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "size", required_argument, NULL, 's' },  { "rounds", required_argument, NULL, 'r' },
		{ "markdown", no_argument, NULL, 'm' },    { "only", required_argument, NULL, 'o' },
		{ "write", required_argument, NULL, 'w' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		if (c == 's')
			b->bytes = strtoull(optarg, NULL, 10) << 20;
		else if (c == 'r')
			b->rounds = atoi(optarg);
		else if (c == 'm')
			b->markdown = true;
		else if (c == 'o')
			b->only = optarg;
		else if (c == 'w')
			for (size_t i = 0; i < bench_n_inputs; i++) {
				if (strcmp(bench_inputs[i].name, optarg) == 0)
					exit(bench_inputs[i].write(stdout, b->bytes) < 0);
			}
		else
			return false;
	}
	b->rkreplay = argv[optind];
	return b->rkreplay && b->bytes && b->rounds > 0 && b->rounds <= ROUNDS_MAX;
}

int
main(int argc, char **argv)
{
	struct bench b = { .bytes = UINT64_C(256) << 20, .rounds = 5 };
	const char *tmp = getenv("TMPDIR");
	sigset_t stop;
	cpu_set_t cpu;

	if (!take_options(&b, argc, argv)) {
		fprintf(stderr,
			"Usage: %s [--size MB] [--rounds N] [--only INPUT] [--markdown] RKREPLAY\n"
			"       %s [--size MB] --write INPUT >FILE\n",
			argv[0], argv[0]);
		return 2;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGHUP);
	sigprocmask(SIG_BLOCK, &stop, &b.unblocked);
	/* One core, for all that is run. The last: interrupts like the first. */
	if (sched_getaffinity(0, sizeof(cpu), &cpu) == 0) {
		size_t last = CPU_SETSIZE - 1;

		while (last > 0 && !CPU_ISSET(last, &cpu))
			last--;
		CPU_ZERO(&cpu);
		CPU_SET(last, &cpu);
		sched_setaffinity(0, sizeof(cpu), &cpu);
	}
	snprintf(b.dir, sizeof(b.dir), "%s/rkreplay-bench-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
	if (!mkdtemp(b.dir)) {
		perror(b.dir);
		return 2;
	}
	int r = bench_all(&b);

	snprintf(b.path, sizeof(b.path), "%s/out", b.dir);
	unlink(b.path);
	rmdir(b.dir);
	sigprocmask(SIG_SETMASK, &b.unblocked, NULL); /* ... and dies of what stopped it */
	return r < 0 ? 2 : 0;
}
