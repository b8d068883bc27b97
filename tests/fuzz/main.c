/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

/*
 * A target as a program of its own: it takes the files, and those in the
 * directories, that it is given, or standard input. Built by AFL++'s compiler
 * it is fuzzed without being started anew for each input.
 */

#ifdef __AFL_FUZZ_TESTCASE_LEN
__AFL_FUZZ_INIT();
#endif

static bool
take_stream(FILE *in)
{
	struct {
		uint8_t *data;
		size_t len, cap;
	} b = { 0 };
	size_t n = 1;

	while (n > 0 && rkr_grow((void **)&b.data, &b.cap, b.len + 65536, 1) == 0) {
		n = fread(b.data + b.len, 1, 65536, in);
		b.len += n;
	}
	bool fine = n == 0 && !ferror(in);
	/* Of its exact size, so that reading past its end is found. */
	_autofree_ uint8_t *exact = malloc(b.len ? b.len : 1);

	if (fine && exact) {
		if (b.len)
			memcpy(exact, b.data, b.len);
		LLVMFuzzerTestOneInput(exact, b.len);
	}
	free(b.data);
	return fine && exact;
}

static bool
take_path(const char *path, bool into, size_t *n)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) && into) {
		_autoclosedir_ DIR *dir = opendir(path);
		bool fine = dir != NULL;

		for (struct dirent *e; dir && (e = readdir(dir));) {
			char name[4096];

			snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
			if (e->d_name[0] != '.')
				fine = take_path(name, false, n) && fine;
		}
		return fine;
	}
	_autofclose_ FILE *in = fopen(path, "rb");

	*n += in != NULL;
	return in && take_stream(in);
}

int
main(int argc, char **argv)
{
	bool fine = true;
	size_t n = 0;

#ifdef __AFL_FUZZ_TESTCASE_LEN
	__AFL_INIT();
	const uint8_t *shared = __AFL_FUZZ_TESTCASE_BUF;

	while (argc < 2 && __AFL_LOOP(10000))
		LLVMFuzzerTestOneInput(shared, (size_t)__AFL_FUZZ_TESTCASE_LEN);
#else
	if (argc < 2)
		return take_stream(stdin) ? 0 : 2;
#endif
	for (int i = 1; i < argc; i++)
		if (!take_path(argv[i], true, &n)) {
			fprintf(stderr, "%s: cannot read %s\n", argv[0], argv[i]);
			fine = false;
		}
	if (argc > 1)
		printf("%zu inputs\n", n);
	return fine ? 0 : 2;
}
