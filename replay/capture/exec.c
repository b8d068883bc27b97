/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <alloca.h>
#include <spawn.h>
#include <stdlib.h>

/* Executing programs: what this memory holds is seen for the last time, and the next program may not be seen. */

int
rkc_wrap_execve(const char *path, char *const *argv, char *const *envp) RKE_WRAPS(execve);
int
rkc_wrap_execv(const char *path, char *const *argv) RKE_WRAPS(execv);
int
rkc_wrap_execvp(const char *file, char *const *argv) RKE_WRAPS(execvp);
int
rkc_wrap_execvpe(const char *file, char *const *argv, char *const *envp) RKE_WRAPS(execvpe);
int
rkc_wrap_fexecve(int fd, char *const *argv, char *const *envp) RKE_WRAPS(fexecve);
int
rkc_wrap_execveat(int dir, const char *path, char *const *argv, char *const *envp, int flags)
	RKE_WRAPS(execveat);
int
rkc_wrap_execl(const char *path, const char *arg, ...) RKE_WRAPS(execl);
int
rkc_wrap_execlp(const char *file, const char *arg, ...) RKE_WRAPS(execlp);
int
rkc_wrap_execle(const char *path, const char *arg, ...) RKE_WRAPS(execle);
int
rkc_wrap_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
	       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
	RKE_WRAPS(posix_spawn);
int
rkc_wrap_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
	RKE_WRAPS(posix_spawnp);
void
rkc_wrap_exit(int status) RKE_WRAPS(_exit) __attribute__((noreturn));
void
rkc_wrap_Exit(int status) RKE_ALSO(_Exit, _exit) __attribute__((noreturn));

typedef int
executes(const char *path, char *const *argv, char *const *envp);
typedef int
spawns(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp);

#define NEXT(type, symbol) ((type *)rke_next(&known, symbol))

void
rkc_before_exec(int dir, const char *path, char *const *envp)
{
	int saved = errno;

	if (!rkc_is_guest())
		rkc_record_last();
	rkc_unseen_check(dir, path, envp);
	errno = saved;
}

/* Where a program of this name is, as the C library looks for it; @buf has room for a path. */
static const char *
search(const char *file, char *buf, size_t room)
{
	const char *at = getenv("PATH"), *end;
	size_t len;

	if (!rke_readable(file, 1) || !*file || strchr(file, '/'))
		return file;
	len = strlen(file);
	for (at = at ? at : "/bin:/usr/bin";; at = end + 1) {
		end = strchr(at, ':');
		end = end ? end : at + strlen(at);
		size_t n = (size_t)(end - at);

		if (n + 1 + len < room) {
			memcpy(buf, at, n);
			buf[n] = '/';
			memcpy(buf + n + 1, file, len + 1);
			/* An empty name is the directory that we are in. */
			if (rke_sys(SYS_faccessat, AT_FDCWD, n ? buf : buf + 1, 1) == 0)
				return n ? buf : buf + 1;
		}
		if (!*end)
			return file;
	}
}

#define PATH_ROOM 4096

int
rkc_wrap_execve(const char *path, char *const *argv, char *const *envp)
{
	static _Atomic(void *) known;

	rkc_before_exec(AT_FDCWD, path, envp);
	return NEXT(executes, "execve")(path, argv, envp);
}

int
rkc_wrap_execv(const char *path, char *const *argv)
{
	static _Atomic(void *) known;
	typedef int function(const char *, char *const *);

	rkc_before_exec(AT_FDCWD, path, environ);
	return NEXT(function, "execv")(path, argv);
}

int
rkc_wrap_execvp(const char *file, char *const *argv)
{
	static _Atomic(void *) known;
	typedef int function(const char *, char *const *);
	char buf[PATH_ROOM];

	rkc_before_exec(AT_FDCWD, search(file, buf, sizeof(buf)), environ);
	return NEXT(function, "execvp")(file, argv);
}

int
rkc_wrap_execvpe(const char *file, char *const *argv, char *const *envp)
{
	static _Atomic(void *) known;
	char buf[PATH_ROOM];

	rkc_before_exec(AT_FDCWD, search(file, buf, sizeof(buf)), envp);
	return NEXT(executes, "execvpe")(file, argv, envp);
}

int
rkc_wrap_fexecve(int fd, char *const *argv, char *const *envp)
{
	static _Atomic(void *) known;
	typedef int function(int, char *const *, char *const *);

	rkc_before_exec(fd, "", envp);
	return NEXT(function, "fexecve")(fd, argv, envp);
}

int
rkc_wrap_execveat(int dir, const char *path, char *const *argv, char *const *envp, int flags)
{
	static _Atomic(void *) known;
	typedef int function(int, const char *, char *const *, char *const *, int);
	function *fn = NEXT(function, "execveat");

	rkc_before_exec(dir, path, envp);
	/* A C library that lacks it: who looks whether there is one finds ours. */
	return fn ? fn(dir, path, argv, envp, flags)
		  : (int)rke_result(rke_sys(SYS_execveat, dir, path, argv, envp, flags), errno);
}

/* The arguments of a call of the execl family, as an array of @n and one, and what follows them. */
#define COUNT(n, arg)                                 \
	size_t n = 0;                                 \
	{                                             \
		va_list ap;                           \
		va_start(ap, arg);                    \
		for (const char *p = arg; p; n++)     \
			p = va_arg(ap, const char *); \
		va_end(ap);                           \
	}
#define COLLECT(argv, n, arg, ...)                    \
	{                                             \
		va_list ap;                           \
		va_start(ap, arg);                    \
		argv[0] = (char *)(uintptr_t)arg;     \
		for (size_t i = 1; i <= n; i++)       \
			argv[i] = va_arg(ap, char *); \
		__VA_ARGS__;                          \
		va_end(ap);                           \
	}

int
rkc_wrap_execl(const char *path, const char *arg, ...)
{
	COUNT(n, arg)
	char **argv = alloca((n + 1) * sizeof(*argv));

	COLLECT(argv, n, arg)
	return rkc_wrap_execv(path, argv);
}

int
rkc_wrap_execlp(const char *file, const char *arg, ...)
{
	COUNT(n, arg)
	char **argv = alloca((n + 1) * sizeof(*argv));

	COLLECT(argv, n, arg)
	return rkc_wrap_execvp(file, argv);
}

int
rkc_wrap_execle(const char *path, const char *arg, ...)
{
	char *const *envp;

	COUNT(n, arg)
	char **argv = alloca((n + 1) * sizeof(*argv));

	COLLECT(argv, n, arg, envp = va_arg(ap, char *const *))
	return rkc_wrap_execve(path, argv, envp);
}

int
rkc_wrap_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
	       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	static _Atomic(void *) known;
	int saved = errno;

	rkc_unseen_check(AT_FDCWD, path, envp);
	errno = saved;
	return NEXT(spawns, "posix_spawn")(pid, path, actions, attributes, argv, envp);
}

int
rkc_wrap_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	static _Atomic(void *) known;
	char buf[PATH_ROOM];
	int saved = errno;

	rkc_unseen_check(AT_FDCWD, search(file, buf, sizeof(buf)), envp);
	errno = saved;
	return NEXT(spawns, "posix_spawnp")(pid, file, actions, attributes, argv, envp);
}

void
rkc_wrap_exit(int status)
{
	static _Atomic(void *) known;
	typedef void function(int);

	if (!rkc_is_guest())
		rkc_record_last();
	NEXT(function, "_exit")(status);
	for (;;)
		rke_sys(SYS_exit_group, status);
}
