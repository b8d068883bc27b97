/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

/* Beside this program in its build tree, or where it was installed. NULL: nowhere. */
static char *
find_library(const struct command_options *o)
{
	char exe[4096], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	static const char *const uninstalled[] = { "/../../", "/../" };
	_autofree_ char *path = NULL;

	exe[n > 0 ? n : 0] = 0;
	slash = strrchr(exe, '/');
	if (slash)
		*slash = 0;
	for (size_t i = 0; i < RKR_ARRAY_LEN(uninstalled) && slash; i++) {
		if (asprintf(&path, "%s%s%s/.libs/%s", exe, uninstalled[i], o->library_dir, o->library) < 0)
			return NULL;
		if (access(path, R_OK) == 0)
			return realpath(path, NULL);
		free(rkr_steal(path));
	}
	if (asprintf(&path, "%s/%s", TOOL_PKGLIBDIR, o->library) < 0 || access(path, R_OK) < 0)
		return NULL;
	return rkr_steal(path);
}

static void
run_child(const struct command_options *o, const char *library, const sigset_t *mask)
{
	const char *const *command = o->argv;
	const char *old = getenv("LD_PRELOAD");
	_autofree_ char *preload = NULL;

	old = old ? old : "";
	if (asprintf(&preload, "%s%s%s", o->last ? old : library, old[0] ? ":" : "",
		     o->last ? library : old) < 0 ||
	    setenv("LD_PRELOAD", preload, 1) < 0 || setenv(o->variable, o->value, 1) < 0)
		_exit(COMMAND_CANNOT_RUN);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(command[0], (char *const *)command);
	int status = errno == ENOENT ? COMMAND_NOT_FOUND : COMMAND_CANNOT_RUN;

	fprintf(stderr, "rkreplay: cannot run %s: %s\n", TOOL_SHOWN(command[0]), strerror(errno));
	_exit(status);
}

/*
 * Processes end: the command, or orphans of it, which are ours. Those that it
 * leaves in the background may be about to open the board.
 */
static int
reap(struct command *child)
{
	bool had_ended = child->ended;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != child->pid)
			continue;
		child->ended = true;
		child->status = WIFSIGNALED(status) ? COMMAND_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
	}
	if (!child->ended)
		return 0;
	if (child->stop)
		return 2;
	if (pid < 0)
		return 1;
	if (!had_ended)
		alarm(COMMAND_ORPHANS_S);
	return 0;
}

int
command_event(void *data)
{
	struct command *child = data;
	struct signalfd_siginfo s;

	if (read(child->signals, &s, sizeof(s)) != sizeof(s))
		return 0;
	if (s.ssi_signo == SIGCHLD)
		return reap(child);
	if (child->ended && s.ssi_signo == SIGALRM) {
		child->orphans = true;
		return 1;
	}
	if (child->ended)
		return 2;
	/* A terminal sends it to all of the foreground, the command included; an alarm came to us alone. */
	if (s.ssi_code != SI_KERNEL || s.ssi_signo == SIGALRM)
		kill(child->pid, (int)s.ssi_signo);
	child->stop = true;
	return 0;
}

enum tool_exit
command_start(const struct command_options *o, struct command *ret_command)
{
	_autofree_ char *library = find_library(o);
	struct command child = { .signals = -1 };
	sigset_t signals;

	if (!library)
		return tool_trouble("%s was not found in %s; install it", o->library, TOOL_PKGLIBDIR);
	if (strpbrk(library, ": \t\n"))
		return tool_trouble("%s: LD_PRELOAD takes no name with blanks or colons; install elsewhere",
				    library);
	sigemptyset(&signals);
	sigaddset(&signals, SIGALRM);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGQUIT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &child.old_signals);
	child.signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (child.signals < 0)
		return tool_trouble("cannot wait for signals: %s", strerror(errno));
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fflush(stdout);
	child.pid = fork();
	if (child.pid == 0)
		run_child(o, library, &child.old_signals);
	if (child.pid < 0) {
		close(child.signals);
		return tool_trouble("cannot fork: %s", strerror(errno));
	}
	*ret_command = child;
	return TOOL_YES;
}

enum tool_exit
command_end(struct command *command, bool end)
{
	if (end && !command->ended)
		kill(command->pid, SIGTERM);
	close(command->signals);
	return (enum tool_exit)command->status;
}
