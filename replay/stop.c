/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "stop.h"

#include <stddef.h>

#include "lib/util.h"

static const int stops[] = { SIGINT, SIGTERM, SIGHUP };

void
rkx_stop_begin(sigset_t *ret_old)
{
	struct sigaction how;
	sigset_t set;

	sigemptyset(&set);
	/* One that is ignored (nohup, a shell's "&") would be pending once it is blocked [source: kernel]. */
	for (size_t i = 0; i < RKR_ARRAY_LEN(stops); i++)
		if (sigaction(stops[i], NULL, &how) < 0 || how.sa_handler != SIG_IGN)
			sigaddset(&set, stops[i]);
	sigprocmask(SIG_BLOCK, &set, ret_old);
}

bool
rkx_stop_asked(void)
{
	sigset_t pending;

	if (sigpending(&pending) < 0)
		return false;
	for (size_t i = 0; i < RKR_ARRAY_LEN(stops); i++)
		if (sigismember(&pending, stops[i]) == 1)
			return true;
	return false;
}

void
rkx_stop_end(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}
