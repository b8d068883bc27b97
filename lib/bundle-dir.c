/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "bundle-dir.h"
#include "bundle-priv.h"
#include "bundle.h"
#include "util.h"

/*
 * The directory of a bundle. A new one is made beside its place under a name
 * of its own and then exchanged with the old one, so that at any time one of
 * them is there, whole. Nothing is ever removed that a bundle does not have.
 *
 * A writer holds a lock on the directory that it makes and on the one that it
 * replaces. A lock ends with its process, so what is not locked and has a
 * writer's name is a left-over.
 */

#define TRIES 100
#define LOOKS 5

/* How long to wait for another writer to replace the bundle: half a minute. */
#define LOCK_WAIT_NS 5000000
#define LOCK_WAITS 6000

/* ---- left-overs of killed writers ---- */

static int
clean_entry(int parent, const char *name, void *data)
{
	const char *base = data;
	_autofree_ char *strange = NULL;
	struct stat st;

	if (!rkr_bundle_is_random_name(name, base, RKR_BUNDLE_TMP) &&
	    !rkr_bundle_is_random_name(name, base, RKR_BUNDLE_OLD))
		return 0;
	_autoclose_ int fd = rkr_bundle_open_dir(parent, name);

	/* Whoever is at work there holds the lock; a killed writer does not. */
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    rkr_bundle_is_at(parent, name, fd) && rkr_bundle_check_own(fd, &strange) == 0)
		rkr_bundle_remove_own(parent, name);
	return 0;
}

struct search {
	const char *base;
	char *found;
};

static int
find_old(int parent, const char *name, void *data)
{
	struct search *s = data;
	_autofree_ char *strange = NULL;

	if (!rkr_bundle_is_random_name(name, s->base, RKR_BUNDLE_OLD))
		return 0;
	_autoclose_ int fd = rkr_bundle_open_dir(parent, name);

	if (fd < 0 || rkr_bundle_check_own(fd, &strange) < 0 || rkr_bundle_probe(fd, name, NULL) < 0)
		return 0;
	s->found = strdup(name);
	return 1;
}

/* The name under which a bundle is whose writer was killed between two renames; NULL if there is none. */
static char *
find_replaced(int parent, const char *base)
{
	struct search s = { .base = base };

	rkr_bundle_each_entry(parent, find_old, &s);
	return s.found;
}

/* One look: DIR, or else its old version. */
static int
open_once(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
	_autofree_ char *base = NULL, *old = NULL;
	_autoclose_ int parent = -1;

	if (fd >= 0)
		return fd;
	r = -errno;
	if (r != -ENOENT || rkr_bundle_split(path, &base, &parent) < 0)
		return r;
	old = find_replaced(parent, base);
	return old ? rkr_bundle_open_dir(parent, old) : r;
}

int
rkr_bundle_dir_open(const char *path)
{
	int r = -ENOENT;

	/* A writer that is at work may make the one vanish while the other is looked for. */
	for (int i = 0; i < LOOKS && r == -ENOENT; i++)
		r = open_once(path);
	return r;
}

bool
rkr_bundle_is(const char *path)
{
	_autoclose_ int fd = rkr_bundle_dir_open(path);
	struct stat st;

	return fd >= 0 && fstatat(fd, RKR_BUNDLE_YAML, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

/* ---- writing ---- */

static int
fail(const struct rkr_bundle_dir *dir, struct rkr_error *err, int code, const char *cure, const char *what)
{
	return rkr_error_set(err, code, dir->path, 0, 0, cure, "%s: %s", what, strerror(-code));
}

/* Lock a bundle's directory, so that no other writer takes it away. Without locks, writers must not meet. */
static int
wait_for_lock(int fd)
{
	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return 0;
		if (i == LOCK_WAITS)
			return -EBUSY;
		nanosleep(&(struct timespec){ .tv_nsec = LOCK_WAIT_NS }, NULL);
	}
	return 0;
}

/* The directory that is at the bundle's place must be a bundle. */
static int
check_target(const struct rkr_bundle_dir *dir, int fd, struct rkr_error *err)
{
	_autofree_ char *strange = NULL;
	int r = rkr_bundle_check_own(fd, &strange);

	if (strange)
		return rkr_error_set(err, -EEXIST, dir->path, 0, 0,
				     "move that file away or give another name for the bundle",
				     "it is there already and holds '%s', which is not of a bundle", strange);
	if (r < 0)
		return fail(dir, err, r, NULL, "cannot read it");
	if (rkr_bundle_probe(fd, dir->path, NULL) < 0)
		return rkr_error_set(err, -EEXIST, dir->path, 0, 0,
				     "remove it or give another name for the bundle",
				     "it is there already and is not a bundle");
	return 0;
}

/*
 * Open what is at the bundle's place, check it, and lock it if @lock.
 * *ret_fd is -1 if there is nothing. Other writers may replace it meanwhile,
 * and then what was opened is half removed: so look again.
 */
static int
open_target(const struct rkr_bundle_dir *dir, bool lock, int *ret_fd, struct rkr_error *err)
{
	struct rkr_error why = { 0 };
	struct stat st;

	for (int i = 0; i < TRIES; i++) {
		if (fstatat(dir->parent, dir->base, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			*ret_fd = -1;
			return errno == ENOENT ? 0 : fail(dir, err, -errno, NULL, "cannot look at it");
		}
		if (S_ISLNK(st.st_mode))
			return rkr_error_set(err, -EEXIST, dir->path, 0, 0,
					     "give the directory that it points to", "it is a symbolic link");
		if (!S_ISDIR(st.st_mode))
			return rkr_error_set(err, -EEXIST, dir->path, 0, 0,
					     "give another name for the bundle",
					     "it is there already and is not a bundle");
		_autoclose_ int fd = rkr_bundle_open_dir(dir->parent, dir->base);

		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fail(dir, err, fd, NULL, "cannot read it");
		if (lock && wait_for_lock(fd) < 0)
			return fail(dir, err, -EBUSY, "wait until it is done", "another process writes it");
		int r = check_target(dir, fd, &why);

		if (!rkr_bundle_is_at(dir->parent, dir->base, fd))
			continue;
		if (r < 0) {
			if (err)
				*err = why;
			return r;
		}
		*ret_fd = fd;
		fd = -1;
		return 0;
	}
	return fail(dir, err, -EBUSY, "wait until they are done", "other processes write it");
}

/* Make the new directory, and lock it. */
static int
make_tmp(struct rkr_bundle_dir *dir)
{
	for (int i = 0; i < TRIES; i++) {
		struct stat st;
		_autofree_ char *name = rkr_bundle_random_name(dir->base, RKR_BUNDLE_TMP);

		if (!name)
			return -ENOMEM;
		if (mkdirat(dir->parent, name, 0777) < 0) {
			if (errno == EEXIST)
				continue;
			return -errno;
		}
		_autoclose_ int fd = rkr_bundle_open_dir(dir->parent, name);

		/* A file system without locks only means that left-overs stay. */
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
			continue; /* somebody cleans it up already */
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_nlink == 0)
			continue;
		if (fd == -ENOENT)
			continue;
		if (fd < 0) {
			unlinkat(dir->parent, name, AT_REMOVEDIR);
			return fd;
		}
		dir->tmp = rkr_steal(name);
		dir->fd = fd;
		fd = -1;
		return 0;
	}
	return -EEXIST;
}

int
rkr_bundle_dir_begin(struct rkr_bundle_dir *dir, const char *path, unsigned flags, struct rkr_error *err)
{
	_autoclose_ int target = -1;
	struct stat st;
	int r;

	*dir = (struct rkr_bundle_dir){ .path = strdup(path), .parent = -1, .fd = -1, .flags = flags };
	if (!dir->path)
		return rkr_error_set(err, -ENOMEM, path, 0, 0, NULL, "no memory to write it");
	r = rkr_bundle_split(path, &dir->base, &dir->parent);
	if (r == -EINVAL)
		return rkr_error_set(err, r, path, 0, 0, "give a name like DIR.rkrun",
				     "this cannot be a bundle's name");
	if (r < 0)
		return fail(dir, err, r, r == -ENOENT ? "make the directory that it is to be in" : NULL,
			    "cannot write it");
	if (fstatat(dir->parent, dir->base, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT) {
		_autofree_ char *old = find_replaced(dir->parent, dir->base);

		if (old && renameat(dir->parent, old, dir->parent, dir->base) < 0 && errno != ENOENT &&
		    errno != EEXIST && errno != ENOTEMPTY) /* another writer has done it */
			return fail(dir, err, -errno, NULL, "cannot put back its old version");
	}
	r = open_target(dir, false, &target, err);
	if (r < 0)
		return r;
	rkr_bundle_each_entry(dir->parent, clean_entry, dir->base);
	r = make_tmp(dir);
	return r < 0 ? fail(dir, err, r, NULL, "cannot make a directory beside it") : 0;
}

/* Move the new directory to where there is nothing. -EEXIST if there is something. */
static int
move_first(const struct rkr_bundle_dir *dir)
{
	if (!(dir->flags & RKR_BUNDLE_NO_EXCHANGE)) {
		if (renameat2(dir->parent, dir->tmp, dir->parent, dir->base, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EINVAL && errno != ENOSYS)
			return -errno;
	}
	/* Without flags, a rename still replaces no directory that holds something. */
	if (renameat(dir->parent, dir->tmp, dir->parent, dir->base) == 0)
		return 0;
	return errno == ENOTEMPTY ? -EEXIST : -errno;
}

/* Exchange the new directory with @old, which is locked, and remove that. -EAGAIN: it is no longer there. */
static int
exchange(struct rkr_bundle_dir *dir, int old)
{
	if (dir->flags & RKR_BUNDLE_NO_EXCHANGE)
		return -EINVAL;
	if (renameat2(dir->parent, dir->tmp, dir->parent, dir->base, RENAME_EXCHANGE) < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	/* Somebody who knows of no locks may have put something else there. */
	if (!rkr_bundle_is_at(dir->parent, dir->tmp, old)) {
		if (renameat2(dir->parent, dir->tmp, dir->parent, dir->base, RENAME_EXCHANGE) == 0)
			return -EAGAIN;
		free(dir->tmp); /* it is not ours to remove */
		dir->tmp = NULL;
		return -EBUSY;
	}
	fsync(dir->parent);
	rkr_bundle_remove_own(dir->parent, dir->tmp);
	return 0;
}

/* The same with two renames. A killed writer's old bundle is found again by find_replaced(). */
static int
rename_aside(struct rkr_bundle_dir *dir, int old)
{
	_autofree_ char *aside = rkr_bundle_random_name(dir->base, RKR_BUNDLE_OLD);
	int r = 0;

	if (!aside)
		return -ENOMEM;
	if (renameat(dir->parent, dir->base, dir->parent, aside) < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	if (!rkr_bundle_is_at(dir->parent, aside, old))
		r = -EAGAIN;
	else if (renameat(dir->parent, dir->tmp, dir->parent, dir->base) < 0)
		r = errno == ENOTEMPTY || errno == EEXIST ? -EAGAIN : -errno;
	if (r < 0) {
		renameat(dir->parent, aside, dir->parent, dir->base);
		return r;
	}
	fsync(dir->parent);
	rkr_bundle_remove_own(dir->parent, aside);
	return 0;
}

static int
move_into_place(struct rkr_bundle_dir *dir, struct rkr_error *err)
{
	for (int i = 0; i < TRIES; i++) {
		_autoclose_ int old = -1;
		int r = open_target(dir, true, &old, err);

		if (r < 0)
			return r;
		if (old < 0) {
			r = move_first(dir);
			if (r == -EEXIST)
				continue;
		} else {
			r = exchange(dir, old);
			if (r == -EINVAL || r == -ENOSYS)
				r = rename_aside(dir, old);
			if (r == -EAGAIN)
				continue;
		}
		return r < 0 ? fail(dir, err, r, NULL, "cannot put the new bundle in its place") : 0;
	}
	return fail(dir, err, -EBUSY, "wait until they are done", "other processes write it");
}

int
rkr_bundle_dir_commit(struct rkr_bundle_dir *dir, struct rkr_error *err)
{
	int r = fsync(dir->fd);

	if (r < 0)
		return fail(dir, err, -errno, NULL, "cannot write it");
	r = move_into_place(dir, err);
	if (r < 0)
		return r;
	free(dir->tmp);
	dir->tmp = NULL;
	if (fsync(dir->parent) < 0 && errno != EINVAL)
		return fail(dir, err, -errno, NULL, "it was written, but may not be on the disk yet");
	return 0;
}

void
rkr_bundle_dir_end(struct rkr_bundle_dir *dir)
{
	if (dir->tmp)
		rkr_bundle_remove_own(dir->parent, dir->tmp);
	if (dir->fd >= 0)
		close(dir->fd);
	if (dir->parent >= 0)
		close(dir->parent);
	free(dir->tmp);
	free(dir->base);
	free(dir->path);
}
