/* SPDX-License-Identifier: MIT */
#ifndef TEST_REPLAY_FAULTS_H
#define TEST_REPLAY_FAULTS_H

/* System calls on files of the state directory, of which the n-th of a kind fails. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "replay/statefile.h"

/* Counters: 0: none fails. */
static struct {
	int open_at, write_at, sync_at, rename_at, truncate_at; /* 0: none */
	int code;
	bool is_short;
} fault;

static bool
due(int *count)
{
	if (*count == 0 || --*count)
		return false;
	errno = fault.code;
	return true;
}

static int
faulty_open(const char *path, int flags, mode_t mode)
{
	return due(&fault.open_at) ? -1 : open(path, flags, mode);
}

static ssize_t
faulty_write(int fd, const void *data, size_t len)
{
	if (due(&fault.write_at)) {
		/* Part of it arrives, and then the disk is full. */
		if (fault.is_short && write(fd, data, len / 2) > 0)
			fault.write_at = 1;
		errno = fault.code;
		return fault.is_short && fault.write_at ? (fault.is_short = false, (ssize_t)(len / 2)) : -1;
	}
	return write(fd, data, len);
}

static int
faulty_sync(int fd)
{
	/* These tests cut no power: what a real sync takes is saved. */
	(void)fd;
	return due(&fault.sync_at) ? -1 : 0;
}

static int
faulty_rename(const char *from, const char *to)
{
	return due(&fault.rename_at) ? -1 : rename(from, to);
}

static int
faulty_truncate(int fd, off_t len)
{
	return due(&fault.truncate_at) ? -1 : ftruncate(fd, len);
}

static const struct rkx_io faulty = { faulty_open, faulty_write,  faulty_sync,
				      faulty_sync, faulty_rename, faulty_truncate };

#endif
