/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture-priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/util.h"
#include "replay/snapshot-sysfs.h"
#include "replay/tempdir.h"

struct rkx_capture {
	struct rkx_capture_options o;
	char *dir;
	struct rkc_control *control;
	struct rkx_sysfs_names sysfs;
};

static int
make_control(struct rkx_capture *c)
{
	_autofree_ char *path = NULL;

	if (asprintf(&path, "%s" RKC_CONTROL, c->dir) < 0)
		return -ENOMEM;
	_autoclose_ int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : -posix_fallocate(fd, 0, (off_t)RKC_CONTROL_BYTES);

	if (r < 0)
		return r;
	void *p = mmap(NULL, RKC_CONTROL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	c->control = p;
	c->control->contents = c->o.contents;
	c->control->magic = RKC_MAGIC;
	return 0;
}

/* Names are read by clients, and read again by us when all is over: from a copy. */
static int
want_sysfs(struct rkx_capture *c, struct rkr_error *err)
{
	struct rkx_npu npu;
	size_t at = 0;
	int r = rkx_npu_find(NULL, &npu, err);

	if (r < 0)
		return r;
	for (uint32_t i = 0;; i++) {
		char *to = c->sysfs.names + at;

		r = rkx_snapshot_sysfs_path(&npu, i, to, sizeof(c->sysfs.names) - at);
		if (r == -ERANGE)
			break;
		if (r < 0 || i == RKX_SYSFS_MAX)
			return rkr_fail(err, -ENAMETOOLONG, NULL,
					"the names of the NPU's files of sysfs are too long");
		c->sysfs.path[i] = to;
		c->sysfs.n = i + 1;
		at += strlen(to) + 1;
	}
	memcpy(c->control->sysfs, c->sysfs.names, sizeof(c->sysfs.names));
	c->control->n_sysfs = (uint32_t)c->sysfs.n;
	return 0;
}

int
rkx_capture_new(const struct rkx_capture_options *options, struct rkx_capture **ret_capture,
		struct rkr_error *err)
{
	struct rkx_capture *c = calloc(1, sizeof(*c));
	int r = c ? rkx_tempdir_make(RKC_DIR_MAX - 1, &c->dir) : -ENOMEM;

	if (r == 0) {
		c->o = *options;
		r = make_control(c);
	}
	if (r < 0)
		rkr_fail(err, r, "make room in $TMPDIR", "cannot make a directory for what is recorded: %s",
			 strerror(-r));
	if (r == 0 && options->sysfs)
		r = want_sysfs(c, err);
	if (r < 0) {
		rkx_capture_free(c);
		return r;
	}
	*ret_capture = c;
	return 0;
}

void
rkx_capture_free(struct rkx_capture *capture)
{
	if (!capture)
		return;
	if (capture->control)
		munmap(capture->control, RKC_CONTROL_BYTES);
	if (capture->dir)
		rkx_tempdir_remove(capture->dir);
	free(capture->dir);
	free(capture);
}

const char *
rkx_capture_dir(const struct rkx_capture *capture)
{
	return capture->dir;
}

/* What clients noted of programs that have no library. They may have written anything. */
static void
take_unseen(struct rkc_control *control, struct rkx_captures *captures)
{
	captures->n_more = atomic_load(&control->more);
	for (size_t i = 0; i < RKC_UNSEEN; i++) {
		const struct rkc_unseen *from = &control->unseen[i];
		struct rkx_unseen *to = &captures->unseen[captures->n_unseen];

		if (atomic_load(&from->state) != RKC_DONE)
			continue;
		to->why = (enum rkc_why)from->why;
		snprintf(to->path, sizeof(to->path), "%.*s", (int)sizeof(from->path) - 1, from->path);
		if (to->why >= RKC_STATIC && to->why <= RKC_ENVIRONMENT && to->path[0])
			captures->n_unseen++;
	}
}

int
rkx_capture_finish(struct rkx_capture *capture, struct rkx_captures *ret_captures, struct rkr_error *err)
{
	struct rkc_control *control = capture->control;
	struct rkx_captures captures = { 0 };
	struct rkx_events *events = NULL;
	int32_t stopped = 0;

	/* What still runs writes no more. */
	atomic_compare_exchange_strong(&control->error, &stopped, ESHUTDOWN);
	captures.error = -stopped;
	captures.processes = atomic_load(&control->processes);
	captures.files = atomic_load(&control->files);
	take_unseen(control, &captures);
	captures.lost = stopped ? atomic_load(&control->lost) : 0;
	int r = rkx_events_open(capture->dir, &events, err);

	if (r == 0)
		r = rkx_runs_make(events, &capture->o, &capture->sysfs, &captures, err);
	rkx_events_free(events);
	if (r < 0) {
		rkx_captures_free(&captures);
		return r;
	}
	*ret_captures = captures;
	return 0;
}

void
rkx_captures_free(struct rkx_captures *captures)
{
	for (size_t i = 0; i < captures->n; i++)
		rkr_run_free(captures->v[i].run);
	free(captures->v);
	*captures = (struct rkx_captures){ 0 };
}
