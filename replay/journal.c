/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "journal-line.h"
#include "lib/util.h"

struct rkx_journal {
	const struct rkx_io *io;
	int fd;
	int lock;
	int failed;   /* the first failure; nothing is written after it */
	off_t length; /* of the whole lines */
	uint64_t seq; /* of the last entry */
};

static void
free_journal(struct rkx_journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0)
		close(j->fd);
	/* Closing gives up the lock. */
	if (j->lock >= 0)
		close(j->lock);
	free(j);
}

RKR_DEFINE_CLEANUP(struct rkx_journal *, free_journal)

/*
 * One line, whole and on disk, or none: after a short write the part is cut
 * off again. If not even that works, the reader knows by its checksum.
 */
static int
append(struct rkx_journal *j, const struct rkx_journal_entry *e)
{
	char line[RKX_JOURNAL_LINE];
	size_t len = rkx_journal_line_format(e, line, sizeof(line));

	if (j->failed)
		return j->failed;
	int r = rkx_write_all(j->io, j->fd, line, len);

	if (r == 0 && j->io->fdatasync(j->fd) < 0)
		r = -errno;
	if (r == 0) {
		j->length += (off_t)len;
		return 0;
	}
	j->failed = r;
	/* The failure that counts is the first. */
	if (j->io->ftruncate(j->fd, j->length) == 0)
		j->io->fdatasync(j->fd);
	return r;
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int
write_entry(struct rkx_journal *j, enum rkx_journal_state state, uint64_t seq, int result, const char *text)
{
	struct rkx_journal_entry e = {
		.seq = seq, .ms = now_ms(), .pid = getpid(), .state = state, .result = result
	};

	snprintf(e.text, sizeof(e.text), "%s", text);
	return append(j, &e);
}

static int
take_lock(struct rkx_journal *j, const char *dir, struct rkr_error *err)
{
	_autofree_ char *path = NULL;

	if (asprintf(&path, "%s/lock", dir) < 0) {
		path = NULL;
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	}
	j->lock = j->io->open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (j->lock < 0) {
		int e = errno;

		return rkr_error_set(err, -e, path, 0, 0, "check it, or name another directory, with --state",
				     "cannot be opened: %s", strerror(e));
	}
	if (flock(j->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	int e = errno == EWOULDBLOCK ? EBUSY : errno;

	return rkr_error_set(err, -e, path, 0, 0, e == EBUSY ? "wait until it has finished" : NULL,
			     e == EBUSY ? "another process runs on the NPU" : "cannot be locked: %s",
			     strerror(e));
}

/* Go on behind what is there; a torn line is ended, so that it stays one. */
static int
open_file(struct rkx_journal *j, const char *dir, struct rkr_error *err)
{
	_autofree_ char *path = NULL;
	struct stat st;
	char last = '\n';

	if (asprintf(&path, "%s/" RKX_JOURNAL_FILE, dir) < 0) {
		path = NULL;
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	}
	j->fd = j->io->open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int r = j->fd < 0 || fstat(j->fd, &st) < 0 ? -errno : 0;

	if (r == 0 && st.st_size > 0 && pread(j->fd, &last, 1, st.st_size - 1) < 0)
		r = -errno;
	if (r == 0) {
		j->length = st.st_size;
		if (last != '\n' && (r = rkx_write_all(j->io, j->fd, "\n", 1)) == 0)
			j->length++;
	}
	/* The name of a new file must last too. */
	if (r == 0)
		r = rkx_sync_dir(j->io, dir);
	if (r < 0)
		return rkr_error_set(err, r, path, 0, 0, NULL, "the journal cannot be opened: %s",
				     strerror(-r));
	return 0;
}

/* By clocks a crash cannot be told: many boards have none that runs on without power. */
void
rkx_boot_id(char ret_id[RKX_BOOT_ID])
{
	_autofclose_ FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file || !fgets(ret_id, RKX_BOOT_ID, file))
		ret_id[0] = '\0';
	ret_id[strcspn(ret_id, "\n")] = '\0';
}

int
rkx_journal_open(const char *dir, const struct rkx_io *io, struct rkx_journal **ret_journal,
		 struct rkr_error *err)
{
	struct rkx_journal_log log = { 0 };
	char boot[RKX_BOOT_ID], text[RKX_JOURNAL_TEXT];
	rkr_cleanup(free_journal) struct rkx_journal *j = calloc(1, sizeof(*j));

	if (!j)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	j->io = io ? io : rkx_io_system();
	j->fd = j->lock = -1;
	int r = rkx_make_dirs(dir);

	if (r < 0)
		return rkr_error_set(err, r, dir, 0, 0, "name another, with --state",
				     "the state directory cannot be made: %s", strerror(-r));
	r = take_lock(j, dir, err);
	if (r == 0)
		r = rkx_journal_read(dir, &log, err);
	for (size_t i = 0; i < log.n; i++)
		j->seq = log.entries[i].seq > j->seq ? log.entries[i].seq : j->seq;
	rkx_journal_log_free(&log);
	if (r == 0)
		r = open_file(j, dir, err);
	if (r < 0)
		return r;
	rkx_boot_id(boot);
	snprintf(text, sizeof(text), RKX_JOURNAL_SESSION "%s", boot);
	r = write_entry(j, RKX_JOURNAL_OPEN, ++j->seq, 0, text);
	if (r < 0)
		return rkr_error_set(err, r, dir, 0, 0, NULL, "the journal cannot be written: %s",
				     strerror(-r));
	*ret_journal = rkr_steal(j);
	return 0;
}

int
rkx_journal_begin(struct rkx_journal *journal, uint64_t *ret_seq, const char *fmt, ...)
{
	char text[RKX_JOURNAL_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	int r = write_entry(journal, RKX_JOURNAL_BEGIN, journal->seq + 1, 0, text);

	if (r == 0)
		*ret_seq = ++journal->seq;
	return r;
}

int
rkx_journal_end(struct rkx_journal *journal, uint64_t seq, int result)
{
	return write_entry(journal, RKX_JOURNAL_END, seq, result, "");
}

int
rkx_journal_note(struct rkx_journal *journal, const char *fmt, ...)
{
	char text[RKX_JOURNAL_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return write_entry(journal, RKX_JOURNAL_NOTE, ++journal->seq, 0, text);
}

int
rkx_journal_close(struct rkx_journal *journal)
{
	if (!journal)
		return 0;
	int r = write_entry(journal, RKX_JOURNAL_CLOSE, ++journal->seq, 0, "");

	free_journal(journal);
	return r;
}
