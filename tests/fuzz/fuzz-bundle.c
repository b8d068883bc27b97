/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/error.h"
#include "lib/util.h"

/* The manifest of a bundle, in a directory without contents of BOs. */

/* Made once a process: making one for each input takes longer than reading it. */
static const char *
directory(void)
{
	static char path[4096];
	const char *tmp = getenv("TMPDIR");

	if (!path[0]) {
		snprintf(path, sizeof(path), "%s/rkr-fuzz-%ld.rkrun", tmp && tmp[0] ? tmp : "/tmp",
			 (long)getpid());
		FUZZ_ASSERT(mkdir(path, 0700) == 0 || errno == EEXIST);
	}
	return path;
}

static void
leave(const char *dir, const char *manifest)
{
	unlink(manifest);
	rmdir(dir);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *dir = directory();
	struct rkr_error err = { 0 };
	struct rkr_run *run = NULL;
	char path[4200];

	if (size > FUZZ_MAX)
		return 0;
	snprintf(path, sizeof(path), "%s/run.yaml", dir);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = fd < 0 ? -1 : write(fd, data, size);

	if (fd >= 0)
		close(fd);
	if (n != (ssize_t)size)
		return 0;
	int r = rkr_bundle_read(dir, &run, &err);

	leave(dir, path);
	if (r < 0) {
		FUZZ_ASSERT(run == NULL && err.code == r && err.what[0]);
		return 0;
	}
	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *rec = rkr_run_record(run, i);

		FUZZ_ASSERT(rec->kind >= 0 && rec->kind < RKR_KIND_MAX_);
		FUZZ_ASSERT((rec->present >> rkr_kind_get(rec->kind)->n_fields) == 0);
		FUZZ_ASSERT(rkr_record_equal(rec, rec));
	}
	rkr_run_free(run);
	return 0;
}
