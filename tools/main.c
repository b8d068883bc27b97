/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <getopt.h>
#include <signal.h>
#include <string.h>

#include "output.h"
#include "tool.h"

static const struct tool_verb *const verbs[] = {
	&tool_verb_parse,   &tool_verb_show,   &tool_verb_gen,      &tool_verb_export,  &tool_verb_diff,
	&tool_verb_predict, &tool_verb_triage, &tool_verb_verify,   &tool_verb_emulate, &tool_verb_capture,
	&tool_verb_replay,  &tool_verb_state,  &tool_verb_snapshot, &tool_verb_report,  &tool_verb_doctor,
};

static void
print_usage(FILE *out)
{
	fputs("Usage: rkreplay VERB [OPTION]... SOURCE...\n"
	      "Verify and replay captured workloads of the RK3588 NPU.\n\n"
	      "Verbs:\n",
	      out);
	for (size_t i = 0; i < RKR_ARRAY_LEN(verbs); i++)
		fprintf(out, "  %-8s %s\n", verbs[i]->name, verbs[i]->summary);
	fputs("\nA source is a log (\"-\": standard input), several logs of one execution, a bundle\n"
	      "(DIR.rkrun), a compiled model (FILE.rknn), a directory of BO images, the source of a\n"
	      "driver or a patch of it (FILE.c, FILE.cocci ...), or conv:SHAPE, e.g.\n"
	      "conv:b1_c64_h56_w56_oc128_wic64_k1x1_g1.\n\n"
	      "  -h, --help     this help; with a verb, the verb's\n"
	      "  -V, --version  the version\n\n"
	      "Exit status: 0 yes, 1 no, 2 trouble, 3 the device is absent or failed.\n"
	      "See rkreplay(1).\n",
	      out);
}

static void
print_verb_usage(const struct tool_verb *v)
{
	printf("Usage: rkreplay %s [OPTION]...%s%s\n%s.\n\n", v->name, v->usage[0] ? " " : "", v->usage,
	       v->summary);
	for (const struct tool_option *o = v->options; o->name; o++) {
		char left[64];

		/* -o is the one option with a short name, as compilers have it. */
		snprintf(left, sizeof(left), "%s%s%s%s", strlen(o->name) == 1 ? "-" : "--", o->name,
			 o->arg ? (strlen(o->name) == 1 ? " " : "=") : "", o->arg ? o->arg : "");
		printf("  %-22s %s\n", left, o->help);
	}
	puts("  --help                 this help");
	if (v->details)
		printf("\n%s", v->details);
}

static enum tool_exit
usage_error(const struct tool_verb *v, const char *what, const char *arg)
{
	return tool_trouble("%s '%s'; see rkreplay %s --help", what, arg, v->name);
}

/* Sort a verb's words into options and sources. Negative: go on. */
static int
take_arguments(struct tool_args *args, int argc, char **argv)
{
	struct option longs[TOOL_OPTIONS_MAX + 2] = { 0 };
	char shorts[2 * TOOL_OPTIONS_MAX + 4] = ":h";
	const struct tool_option *o = args->verb->options;
	size_t n = 0;
	int c;

	for (; o[n].name; n++) {
		longs[n] = (struct option){ o[n].name, o[n].arg ? required_argument : no_argument, NULL,
					    (int)n + 256 };
		if (strlen(o[n].name) == 1)
			strcat(strcat(shorts, o[n].name), o[n].arg ? ":" : "");
	}
	longs[n] = (struct option){ "help", no_argument, NULL, 'h' };
	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) >= 0) {
		size_t i = (size_t)(c - 256);

		if (c == 'h') {
			print_verb_usage(args->verb);
			return (int)tool_finish(TOOL_YES);
		}
		if (c == ':' || c == '?')
			return (int)usage_error(args->verb,
						c == ':' ? "an argument is missing after" : "no such option",
						argv[optind - 1]);
		for (i = 0; c < 256 && (o[i].name[0] != c || o[i].name[1]); i++)
			;
		if (c >= 256)
			i = (size_t)(c - 256);
		args->given[i]++;
		if (!o[i].arg)
			continue;
		if (args->n_values == TOOL_VALUES_MAX)
			return (int)usage_error(args->verb, "too many options at", optarg);
		args->values[args->n_values].option = i;
		args->values[args->n_values++].value = optarg;
	}
	args->sources = (const char *const *)argv + optind;
	args->n_sources = (size_t)(argc - optind);
	return -1;
}

static enum tool_exit
run_verb(const struct tool_verb *verb, int argc, char **argv)
{
	struct tool_args args = { .verb = verb };
	int r = take_arguments(&args, argc, argv);

	if (r >= 0)
		return (enum tool_exit)r;
	if (args.n_sources < verb->min_sources)
		return tool_trouble("%s needs %s; see rkreplay %s --help", verb->name, verb->usage,
				    verb->name);
	if (args.n_sources > verb->max_sources)
		return usage_error(verb, "one operand too many:", args.sources[verb->max_sources]);
	return tool_finish(verb->run(&args));
}

int
main(int argc, char **argv)
{
	tool_reserve_descriptors();
	/* A closed pipe is found when writing; dying of it would leave temporaries behind. */
	signal(SIGPIPE, SIG_IGN);
	/* So is a file that may not grow, a journal for one: dying of that would leave a job half told. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2) {
		print_usage(stderr);
		return TOOL_TROUBLE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(stdout);
		return (int)tool_finish(TOOL_YES);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts(PACKAGE_STRING);
		return (int)tool_finish(TOOL_YES);
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(verbs); i++)
		if (strcmp(argv[1], verbs[i]->name) == 0)
			return (int)run_verb(verbs[i], argc - 1, argv + 1);
	return (int)tool_trouble("unknown verb '%s'; see rkreplay --help", argv[1]);
}
