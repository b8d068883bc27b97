/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record.h"

#include <elf.h>
#include <sys/stat.h>

/*
 * Programs that a client executes and that cannot be recorded: the dynamic
 * linker gives them no library. Whoever executes one notes it beforehand.
 */

/* Interpreters of interpreters that are looked at, as many as the kernel takes [source]. */
#define DEPTH 5

/* What is looked at of a file: the kernel takes no longer line of a script. [source] */
#define HEAD 256

#define PROC_FD "/proc/self/fd/"

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_NONE /* not looked at */
#endif

/* "NAME=..." with the value @has in it somewhere, among the strings of @envp. */
static bool
tells(char *const *envp, const char *name, const char *has)
{
	size_t n = strlen(name);

	for (; rke_readable(envp, sizeof(*envp)) && *envp; envp++)
		if (rke_readable(*envp, n + 1) && strncmp(*envp, name, n) == 0)
			return strstr(*envp + n, has) != NULL;
	return false;
}

static bool
is_privileged(int fd, const struct stat *st)
{
	bool sets = ((st->st_mode & S_ISUID) && st->st_uid != (uid_t)rke_sys(SYS_getuid)) ||
		    ((st->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
		     st->st_gid != (gid_t)rke_sys(SYS_getgid));

	return sets ||
	       (rke_sys(SYS_geteuid) != 0 && rke_sys(SYS_fgetxattr, fd, "security.capability", NULL, 0) > 0);
}

/* Whether one of the program headers names a dynamic linker. */
static bool
has_linker(int fd, const Elf64_Ehdr *h)
{
	Elf64_Phdr p;

	if (h->e_phentsize != sizeof(p))
		return false;
	for (unsigned i = 0; i < h->e_phnum; i++)
		if (rke_sys(SYS_pread64, fd, &p, sizeof(p), h->e_phoff + i * sizeof(p)) == sizeof(p) &&
		    p.p_type == PT_INTERP)
			return true;
	return false;
}

/* The interpreter that a script names, in place: 0-terminated, or NULL. */
static char *
interpreter_of(char *head, size_t len)
{
	char *start = head + 2, *end;

	while (start < head + len && (*start == ' ' || *start == '\t'))
		start++;
	for (end = start; end < head + len && *end && !strchr(" \t\n", *end); end++)
		;
	if (end == start || end == head + len)
		return NULL;
	*end = '\0';
	return start;
}

/* Why a file will not have the library, or 0. @head, of HEAD bytes, has the interpreter's name if it is a script. */
static int
look_at(int fd, char *head, char **ret_interpreter)
{
	Elf64_Ehdr h;
	struct stat st;
	long n = rke_sys(SYS_pread64, fd, head, HEAD, 0);

	*ret_interpreter = NULL;
	if (n < 2 || rke_sys(SYS_fstat, fd, &st) < 0)
		return 0;
	if (head[0] == '#' && head[1] == '!') {
		*ret_interpreter = interpreter_of(head, (size_t)n);
		return 0;
	}
	if ((size_t)n < sizeof(h) || memcmp(head, ELFMAG, SELFMAG) != 0)
		return 0;
	memcpy(&h, head, sizeof(h));
	if (h.e_ident[EI_CLASS] != ELFCLASS64 || (MACHINE != EM_NONE && h.e_machine != MACHINE))
		return RKC_MACHINE;
	if (!has_linker(fd, &h))
		return RKC_STATIC;
	return is_privileged(fd, &st) ? RKC_PRIVILEGED : 0;
}

/* "/proc/self/fd/17" */
static void
name_fd(char *path, int fd)
{
	char digits[16];
	size_t at = sizeof(digits);

	digits[--at] = '\0';
	do
		digits[--at] = (char)('0' + fd % 10);
	while (fd /= 10);
	strcpy(path, PROC_FD);
	strcat(path, digits + at);
}

/* The end of a path, as much as there is room for; of one of PROC_FD, what it is of. */
static void
copy_end(char *to, size_t room, const char *path)
{
	char buf[4096];

	if (strncmp(path, PROC_FD, strlen(PROC_FD)) == 0) {
		long n = rke_sys(SYS_readlinkat, AT_FDCWD, path, buf, sizeof(buf) - 1);

		buf[n > 0 ? n : 0] = '\0';
		path = n > 0 ? buf : path;
	}
	size_t n = strlen(path);

	strcpy(to, path + (n < room ? 0 : n - room + 1));
}

static void
note(int why, const char *path)
{
	struct rkc_control *control = rkc_control();
	struct rkc_unseen seen = { .why = (uint32_t)why };

	copy_end(seen.path, sizeof(seen.path), path);
	for (size_t i = 0; i < RKC_UNSEEN; i++) {
		struct rkc_unseen *u = &control->unseen[i];
		uint32_t state = 0;

		if (atomic_load(&u->state) == RKC_DONE && u->why == seen.why &&
		    strncmp(u->path, seen.path, sizeof(u->path)) == 0)
			return;
		if (!atomic_compare_exchange_strong(&u->state, &state, RKC_ENTERED))
			continue;
		atomic_store(&u->pid, (uint32_t)rke_sys(SYS_getpid));
		u->why = seen.why;
		memcpy(u->path, seen.path, sizeof(u->path));
		atomic_store(&u->state, RKC_DONE);
		return;
	}
	atomic_fetch_add(&control->more, 1);
}

/* Why a file will not have the library, or that of its interpreter. False: there is no such file. */
static bool
judge(int dir, const char *path, int *ret_why)
{
	char head[HEAD], *interpreter;

	for (int depth = 0; depth < DEPTH && path && *ret_why == 0; depth++) {
		/* It may be a FIFO. */
		long fd = rke_sys(SYS_openat, depth ? AT_FDCWD : dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK,
				  0);

		if (fd < 0)
			return depth > 0;
		*ret_why = look_at((int)fd, head, &interpreter);
		rke_sys(SYS_close, fd);
		path = interpreter;
	}
	return true;
}

void
rkc_unseen_check(int dir, const char *path, char *const *envp)
{
	char name[sizeof(PROC_FD) + 16];
	int why = 0;

	if (!rkc_control() || !rke_readable(path, 1))
		return;
	if (!*path) {
		name_fd(name, dir < 0 ? 0 : dir);
		path = name;
	}
	if (!judge(dir, path, &why))
		return;
	if (!why &&
	    !(tells(envp, "LD_PRELOAD=", "librkreplay-capture") && tells(envp, RKC_ENV "=", rkc_dir())))
		why = RKC_ENVIRONMENT;
	if (why)
		note(why, path);
}

void
rkc_unseen_forget(struct rkc_control *control)
{
	uint32_t pid = (uint32_t)rke_sys(SYS_getpid);

	for (size_t i = 0; i < RKC_UNSEEN; i++) {
		struct rkc_unseen *u = &control->unseen[i];
		uint32_t state = RKC_DONE;

		if (atomic_load(&u->pid) == pid)
			atomic_compare_exchange_strong(&u->state, &state, 0);
	}
}
