/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <getopt.h>
#include <stdio.h>

/* Exit statuses of every verb. */
enum {
	EXIT_YES = 0,     /* same, all passed, done */
	EXIT_TROUBLE = 2, /* usage, unreadable, malformed */
};

static void
print_usage(FILE *out)
{
	fputs("Usage: rkreplay [--help] [--version] VERB [ARGUMENT]...\n"
	      "Verify and replay captured workloads of the RK3588 NPU.\n"
	      "\n"
	      "  -h, --help     show this help and exit\n"
	      "  -V, --version  show the version and exit\n"
	      "\n"
	      "Exit status: 0 yes, 1 no, 2 trouble, 3 the device is absent or failed.\n"
	      "See rkreplay(1).\n",
	      out);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	opterr = 0; /* getopt_long() would begin its message with a path */
	/* "+": stop at the verb; what follows is the verb's own. */
	while ((option = getopt_long(argc, argv, "+hV", options, NULL)) >= 0) {
		switch (option) {
		case 'h':
			print_usage(stdout);
			return EXIT_YES;
		case 'V':
			puts(PACKAGE_STRING);
			return EXIT_YES;
		default:
			fputs("rkreplay: wrong option; see rkreplay --help\n", stderr);
			return EXIT_TROUBLE;
		}
	}
	if (optind < argc)
		fprintf(stderr, "rkreplay: unknown verb '%s'; see rkreplay --help\n", argv[optind]);
	else
		print_usage(stderr);
	return EXIT_TROUBLE;
}
