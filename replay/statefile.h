/* SPDX-License-Identifier: MIT */
#ifndef RKX_STATEFILE_H
#define RKX_STATEFILE_H

/*
 * The directory that outlives the process: where it is, and the system calls
 * on its files, as a table so that tests can make each one fail.
 */

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "lib/error.h"

struct rkx_io {
	int (*open)(const char *path, int flags, mode_t mode);
	ssize_t (*write)(int fd, const void *data, size_t len);
	int (*fsync)(int fd);
	int (*fdatasync)(int fd);
	int (*rename)(const char *from, const char *to);
	int (*ftruncate)(int fd, off_t len);
};

/** The C library's. */
const struct rkx_io *
rkx_io_system(void);

/**
 * The state directory: @option if it is not NULL, else
 * $XDG_STATE_HOME/rkreplay, else $HOME/.local/state/rkreplay.
 *
 * @return 0, or -ENOENT or -ENAMETOOLONG with *err
 */
int
rkx_state_dir(const char *option, char *ret_path, size_t size, struct rkr_error *err);

/** Make a directory and those above it, for the user alone. 0 or a negative errno. */
int
rkx_make_dirs(const char *path);

/**
 * Open a file of the directory to read it. What is no plain file is refused: a
 * pipe is waited for without an end, and some devices have none.
 *
 * @param ret_file  NULL: there is no such file
 * @return 0, or the errno of opening it or -EINVAL, with *err
 */
int
rkx_open_file(const char *path, FILE **ret_file, struct rkr_error *err);

/** Write all of it. 0 or a negative errno; -EIO if the system writes nothing and says nothing. */
int
rkx_write_all(const struct rkx_io *io, int fd, const void *data, size_t len);

/** Sync a directory, so that names in it last. 0 or a negative errno. */
int
rkx_sync_dir(const struct rkx_io *io, const char *path);

/** Whether a file of so many bytes can be written beside this one: it is, and removed again. 0 or a negative errno. */
int
rkx_try_file(const struct rkx_io *io, const char *dir, const char *name, size_t len);

/** Replace a file whole or not at all: written aside, synced, renamed, the directory synced. */
int
rkx_replace_file(const struct rkx_io *io, const char *dir, const char *name, const void *data, size_t len);

#endif
