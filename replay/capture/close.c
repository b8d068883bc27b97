/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <limits.h>

/*
 * Descriptors that are closed, by whatever function. A child of vfork closes
 * its own, and what its parent has stays known: they share the table of them.
 */

#define KNOWN_FLAGS (CLOSES_UNSHARED | CLOSES_LATER)
#define CLOSES_UNSHARED 2u /* CLOSE_RANGE_UNSHARE */
#define CLOSES_LATER 4u    /* CLOSE_RANGE_CLOEXEC */

/* @guest: as rkc_is_guest(). NULL: nothing is recorded. */
static struct rkc_event *
new_close(int fd, uint64_t file, bool guest)
{
	struct rkc_event *e = rkc_event_new(RKC_CLOSE, file, fd, 0);

	if (e && guest)
		e->pid = (uint32_t)rke_sys(SYS_getpid);
	return e;
}

struct rkc_closing
rkc_close_begin(int fd)
{
	struct rkc_closing c = { .fd = fd, .token = rkc_fd_token(fd) };

	c.file = rkc_token_file(c.token);
	bool guest = c.file && rkc_is_guest();

	if (guest && !rkc_fd_is_same(fd))
		return (struct rkc_closing){ .fd = fd };
	if (c.file)
		c.event = new_close(fd, c.file, guest);
	return c;
}

void
rkc_close_end(const struct rkc_closing *closing, long r)
{
	struct rkc_event *e = closing->event;

	if (e) {
		e->ret = r;
		e->error = r < 0 ? errno : 0;
	}
	rkc_event_set(e, RKC_DONE);
	/* Until now another thread that uses it is told that it is closed, as of the file that it was. */
	if (closing->file && !rkc_is_guest())
		rkc_fd_gone(closing->fd, closing->token);
}

void
rkc_close_all(int first, int last)
{
	for (int fd = rkc_next_known(first); fd >= 0 && fd <= last; fd = rkc_next_known(fd + 1)) {
		struct rkc_closing c = rkc_close_begin(fd);

		rkc_close_end(&c, 0);
	}
}

void
rkc_close_range(unsigned first, unsigned last, unsigned flags)
{
	/* What it does not do, or what a kernel that lacks it says. [source] */
	if (first > last || first > INT_MAX || (flags & ~KNOWN_FLAGS) || (flags & CLOSES_LATER) ||
	    rke_sys(SYS_close_range, UINT_MAX, UINT_MAX, 0) != 0)
		return;
	rkc_close_all((int)first, last > INT_MAX ? INT_MAX : (int)last);
}

uint64_t
rkc_before_copy(int from, int to)
{
	int saved = errno;

	rkc_file_of_fd(from);
	uint64_t old = to < 0 || to == from ? 0 : rkc_file_known(to);

	if (old && rkc_is_guest() && !rkc_fd_is_same(to))
		old = 0;
	errno = saved;
	return old;
}

void
rkc_copied(int from, long to, uint64_t old)
{
	bool guest = to >= 0 && rkc_is_guest();

	if (to < 0)
		return;
	if (old)
		rkc_event_set(new_close((int)to, old, guest), RKC_DONE);
	if (!guest)
		rkc_fd_copied(from, (int)to);
}
