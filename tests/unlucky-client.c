/* SPDX-License-Identifier: MIT */
/*
 * A client of the NPU that makes it hard to see what it does, or has bad luck.
 * Like emulate-client it is written with nothing of this project. What it does
 * is named by its first argument. Prints "ok", or what was wrong.
 */
#define _GNU_SOURCE
#include "emulate-npu.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

/* SYS_close_range and CLOSE_RANGE_CLOEXEC, which older headers lack. */
#define CLOSE_RANGE 436L
#define CLOSES_LATER 4u

#if !__GLIBC_PREREQ(2, 34)
#define close_range(first, last, flags) ((int)syscall(CLOSE_RANGE, first, last, flags))
#define closefrom(first) syscall(CLOSE_RANGE, first, UINT_MAX, 0)
#endif

/* All ways to close a descriptor but close(). Seven of them are closed, and only those. */
static void
do_closes(void)
{
	int fd = find_node(O_RDWR), null = open("/dev/null", O_RDWR), copies[8];
	struct sum s = sum_new(fd);

	CHECK(null > fd);
	for (size_t i = 0; i < 8; i++) {
		copies[i] = fcntl(fd, F_DUPFD, 100 + 10 * (int)i);
		CHECK(copies[i] == 100 + 10 * (int)i);
	}
	/* Those that close nothing. */
	CHECK(FAILS(EBADF, dup2(-1, copies[0])) && FAILS(EBADF, dup3(99, copies[0], 0)));
	CHECK(dup2(copies[0], copies[0]) == copies[0] && FAILS(EINVAL, dup3(copies[0], copies[0], 0)));
	CHECK(close_range(100, 170, CLOSES_LATER) == 0 && FAILS(EINVAL, close_range(170, 100, 0)));
	CHECK(FAILS(EINVAL, close_range(100, 170, 0x80)));
	CHECK(fcntl(copies[7], F_GETFD) == FD_CLOEXEC);
	for (size_t i = 0; i < 8; i++)
		sum_check(copies[i], &s);
	CHECK(dup2(null, copies[0]) == copies[0]);
	CHECK(dup3(null, copies[1], O_CLOEXEC) == copies[1]);
	CHECK(close_range(120, 131, 0) == 0);
	closefrom(150);
	CHECK(fcntl(copies[7], F_GETFD) == -1 && fcntl(copies[4], F_GETFD) == FD_CLOEXEC);
	sum_check(copies[4], &s);
	sum_check(fd, &s);
	sum_free(fd, &s);
}

static struct submit
submit_of(const struct sum *s, uint32_t flags)
{
	return (struct submit){ .flags = flags,
				.timeout = 6000,
				.task_number = 1,
				.task_obj = s->tasks.create.obj,
				.core_mask = 1,
				.fence_fd = -1,
				.subcore = { { 0, 1 } } };
}

/* What a runtime does that calls the kernel by number: all of an add, and what fails of it. */
static void
do_numbers(void)
{
	long found = syscall(SYS_openat, AT_FDCWD, "/dev/dri/card1", O_RDWR | O_CLOEXEC);
	int fd = (int)found;
	struct create create = { .flags = 0x403, .size = 8192 };
	struct destroy destroy = { .handle = 77 };
	struct stat st;

	CHECK(found >= 0 && syscall(SYS_fcntl, fd, F_GETFD) == FD_CLOEXEC);
	CHECK(syscall(SYS_fstat, fd, &st) == 0 && S_ISCHR(st.st_mode));
	CHECK(syscall(SYS_newfstatat, AT_FDCWD, "/dev/dri/card1", &st, 0) == 0 && S_ISCHR(st.st_mode));
	CHECK(FAILS(ENOENT, syscall(SYS_openat, AT_FDCWD, "/dev/dri/card9", O_RDWR)));
	CHECK(FAILS(EFAULT, syscall(SYS_openat, AT_FDCWD, 8, O_RDWR)));
	struct sum s = sum_new(fd);
	struct submit submit = submit_of(&s, 0x1);

	errno = 99;
	CHECK(syscall(SYS_ioctl, fd, IOCTL_CREATE, &create) == 0 && create.handle == 6 && errno == 99);
	struct map map = { .handle = create.handle };

	CHECK(syscall(SYS_ioctl, fd, IOCTL_MAP, &map) == 0);
	uint16_t *memory = (uint16_t *)syscall(SYS_mmap, NULL, create.size, PROT_READ | PROT_WRITE,
					       MAP_SHARED, fd, map.offset);

	CHECK(memory != MAP_FAILED && errno == 99);
	memory[0] = 0x1234;
	for (int i = 0; i < 2; i++) {
		memset(s.out.memory, 0, 16);
		CHECK(syscall(SYS_ioctl, fd, IOCTL_SUBMIT, &submit) == 0 && errno == 99);
		CHECK(((uint16_t *)s.out.memory)[7] == 8);
	}
	CHECK(FAILS(EINVAL, syscall(SYS_ioctl, fd, IOCTL_DESTROY, &destroy)));
	CHECK(FAILS(EFAULT, syscall(SYS_ioctl, fd, IOCTL_MAP, 8)));
	CHECK(FAILS(EINVAL, syscall(SYS_mmap, NULL, 0, PROT_READ, MAP_SHARED, fd, map.offset)));
	destroy.handle = create.handle;
	CHECK(syscall(SYS_munmap, memory, create.size) == 0);
	CHECK(syscall(SYS_ioctl, fd, IOCTL_DESTROY, &destroy) == 0);
	int copy = (int)syscall(SYS_dup, fd), null = open("/dev/null", O_RDONLY);

	CHECK(copy > fd && syscall(SYS_close, fd) == 0 && FAILS(EBADF, syscall(SYS_close, fd)));
	sum_check(copy, &s);
	CHECK(syscall(SYS_dup3, copy, 200, 0) == 200 && syscall(SYS_dup3, null, copy, 0) == copy);
	sum_check(200, &s);
	CHECK(syscall(CLOSE_RANGE, 150, UINT_MAX, 0) == 0);
	/* Six arguments, and none. */
	memory = (uint16_t *)syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, null, 0);
	CHECK(memory == MAP_FAILED && errno == ENODEV);
	CHECK(syscall(SYS_getpid) == getpid() && FAILS(ENOSYS, syscall(9999)));
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	int status;

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(FAILS(EBADF, syscall(SYS_close, 200)) ? 0 : 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* What a program starts closes all that it has, in its parent's memory. */
static void
do_vfork(void)
{
	int fd = find_node(O_RDWR), status;
	struct sum s = sum_new(fd);
	pid_t pid = vfork();

	if (pid == 0) {
		close(fd);
		dup2(1, 150);
		dup2(1, fd);
		close_range(3, UINT_MAX, 0);
		open("/dev/null", O_RDONLY);
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	sum_check(fd, &s);
	sum_free(fd, &s);
	CHECK(close(fd) == 0);
}

/* Threads that use the node while others close their copies of it, and open what takes the numbers. */
static void *
closing_thread(void *data)
{
	int fd = *(const int *)data;

	for (int i = 0; i < 300; i++) {
		struct map map = { .handle = 1 };
		int copy = dup(fd);

		CHECK(copy >= 0 && ioctl(copy, IOCTL_MAP, &map) == 0 && close(copy) == 0);
		/* It may be another thread's by now, of the node or not. */
		map = (struct map){ .handle = 1 };
		int r = ioctl(copy, IOCTL_MAP, &map);

		CHECK(r == 0 || errno == EBADF || errno == ENOTTY);
		copy = open("/dev/null", O_RDONLY);
		CHECK(copy >= 0 && FAILS(ENOTTY, ioctl(copy, IOCTL_MAP, &map)) && close(copy) == 0);
	}
	return NULL;
}

static void
do_races(void)
{
	int fd = find_node(O_RDWR);
	struct sum s = sum_new(fd);
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, closing_thread, &fd) == 0);
	for (int i = 0; i < 100; i++)
		sum_check(fd, &s);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	sum_free(fd, &s);
	CHECK(close(fd) == 0);
}

/* Threads that submit while processes are made, by the C library and past it, which submit as well. */
static atomic_bool enough;

static void *
submitting_thread(void *data)
{
	int fd = *(const int *)data;
	struct sum s = sum_new(fd);

	while (!atomic_load(&enough))
		sum_check(fd, &s);
	sum_free(fd, &s);
	return NULL;
}

static void
do_forks(void)
{
	int fd = find_node(O_RDWR), status;
	struct sum s = sum_new(fd);
	pthread_t threads[3];

	for (size_t i = 0; i < 3; i++)
		CHECK(pthread_create(&threads[i], NULL, submitting_thread, &fd) == 0);
	for (int i = 0; i < 40; i++) {
		pid_t pid = i % 2 ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

		CHECK(pid >= 0);
		if (pid == 0) {
			alarm(10);
			sum_check(fd, &s);
			sum_check(fd, &s);
			CHECK(close(fd) == 0);
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	atomic_store(&enough, true);
	for (size_t i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	sum_free(fd, &s);
	CHECK(close(fd) == 0);
}

/* All descriptors that it may have are in use, and much is written to BOs. */
static void
do_full_table(void)
{
	int fd = find_node(O_RDWR), n = 0, status;
	struct sum s = sum_new(fd);
	struct bo bo = bo_new(fd, 1 << 20, 0x403);
	struct rlimit limit;

	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 40;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (dup(0) >= 0)
		n++;
	CHECK(n > 0 && errno == EMFILE);
	for (int i = 0; i < 8; i++) {
		memset(bo.memory, i + 1, 1 << 20);
		CHECK(sum_submit(fd, &s) == 0);
		CHECK(FAILS(EMFILE, dup(0)) && FAILS(ECHILD, waitpid(-1, &status, __WALL)));
	}
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == 40);
	CHECK(fcntl(0, F_GETFD) >= 0);
}

/* It gives up its terminal, its parent and all descriptors, and works on. */
static void
do_daemon(void)
{
	int ready[2];

	CHECK(pipe(ready) == 0);
	pid_t pid = fork();
	char byte;

	CHECK(pid >= 0);
	if (pid > 0) {
		close(ready[1]);
		/* Until the daemon has ended. */
		CHECK(read(ready[0], &byte, 1) == 1 && byte == 'x' && read(ready[0], &byte, 1) == 0);
		return;
	}
	setsid();
	if (fork() != 0)
		_exit(0);
	for (int i = 0; i < 1024; i++)
		if (i != ready[1])
			close(i);
	unsetenv("LD_PRELOAD");
	setenv("TMPDIR", "/nowhere", 1);
	CHECK(chdir("/") == 0);
	int fd = find_node(O_RDWR);
	struct sum s = sum_new(fd);

	for (int i = 0; i < 3; i++)
		sum_check(fd, &s);
	CHECK(write(ready[1], "x", 1) == 1);
	_exit(0);
}

/* All ways to execute a program: those that are named 1, 2, ... in the directory that we are in. */
static void
execute(int way)
{
	char path[16], *argv[] = { path, (char *)(uintptr_t) "x", NULL };
	pid_t pid;
	int status;

	snprintf(path, sizeof(path), "./%d", way);
	if (way >= 10) {
		CHECK((way == 10 ? posix_spawn : posix_spawnp)(&pid, way == 10 ? path : path + 2, NULL, NULL,
							       argv, environ) == 0);
	} else if ((pid = way % 2 ? fork() : vfork()) == 0) {
		switch (way) {
		case 1:
			execv(path, argv);
			break;
		case 2:
			execve(path, argv, environ);
			break;
		case 3:
			execvp(path + 2, argv);
			break;
		case 4:
			execvpe(path + 2, argv, environ);
			break;
		case 5:
			execl(path, path, "x", (char *)NULL);
			break;
		case 6:
			execlp(path + 2, path, "x", (char *)NULL);
			break;
		case 7:
			execle(path, path, "x", (char *)NULL, environ);
			break;
		case 8:
			fexecve(open(path, O_PATH | O_CLOEXEC), argv, environ);
			break;
		default:
			syscall(SYS_execve, path, argv, environ);
			break;
		}
		_exit(77);
	}
	/* They are given one argument. */
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

static void
do_execs(void)
{
	CHECK(setenv("PATH", "/nowhere::/bin", 1) == 0);
	for (int i = 1; i <= 11; i++)
		execute(i);
	CHECK(FAILS(ENOENT, execv("./12", (char *[]){ NULL })));
	CHECK(FAILS(EFAULT, (int)syscall(SYS_execve, 8, 8, 8)));
	errno = 0;
	do_numbers();
}

/* It starts a job, and ends by executing, or without what a program's end does otherwise. */
static void
do_leave(bool executes)
{
	int fd = find_node(O_RDWR);
	struct sum s = sum_new(fd);
	struct submit submit = submit_of(&s, 0x3);
	const volatile uint16_t *out = s.out.memory;

	CHECK(ioctl(fd, IOCTL_SUBMIT, &submit) == 0);
	for (int i = 0; i < 1000 && out[7] != 8; i++)
		usleep(1000);
	puts("ok");
	fflush(stdout);
	if (!executes)
		_exit(0);
	execl("/bin/true", "true", (char *)NULL);
}

static void
do_leave_by_exec(void)
{
	do_leave(true);
}

static void
do_leave_at_once(void)
{
	do_leave(false);
}

/* Memory of BOs that a child has not, though it submits. */
static void
do_kept(void)
{
	int fd = find_node(O_RDWR), status;
	struct sum s = sum_new(fd);
	struct submit submit = submit_of(&s, 0x1);

	CHECK(madvise(s.a.memory, 4096, MADV_DONTFORK) == 0 &&
	      madvise(s.out.memory, 4096, MADV_DONTFORK) == 0);
	for (int i = 0; i < 2; i++) {
		pid_t pid = i ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

		CHECK(pid >= 0);
		if (pid == 0) {
			CHECK(ioctl(fd, IOCTL_SUBMIT, &submit) == 0);
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
		sum_check(fd, &s);
	}
}

/* A stream, and a file that was opened as checked programs do, that nobody asks of anything before a fork. */
int
__open_2(const char *path, int flags);

static void
do_late(void)
{
	FILE *f = fopen("/dev/dri/card1", "r+");
	int fds[] = { f ? fileno(f) : -1, __open_2("/dev/dri/card1", O_RDWR) }, status;

	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		CHECK(fds[i] >= 0 && pid >= 0);
		struct sum s = sum_new(fds[i]);

		sum_check(fds[i], &s);
		if (pid == 0)
			_exit(0);
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
}

/* A handler of signals asks the driver, whatever it interrupts. */
static int handler_fd = -1;
static atomic_int handled;

static void
handler(int signal)
{
	struct map map = { .handle = 1 };
	int saved = errno;

	(void)signal;
	if (ioctl(handler_fd, IOCTL_MAP, &map) == 0)
		atomic_fetch_add(&handled, 1);
	errno = saved;
}

static void
do_handler(void)
{
	int fd = find_node(O_RDWR);
	struct sum s = sum_new(fd);
	struct itimerval each = { { 0, 200 }, { 0, 200 } };

	handler_fd = fd;
	CHECK(sigaction(SIGALRM, &(struct sigaction){ .sa_handler = handler, .sa_flags = SA_RESTART },
			NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &each, NULL) == 0);
	for (int i = 0; i < 100000 && atomic_load(&handled) < 200; i++) {
		sum_check(fd, &s);
		int copy = dup(fd);

		CHECK(copy >= 0 && close(copy) == 0);
	}
	each = (struct itimerval){ 0 };
	CHECK(setitimer(ITIMER_REAL, &each, NULL) == 0);
	CHECK(atomic_load(&handled) >= 200);
}

static const struct {
	const char *name;
	void (*run)(void);
} all[] = {
	{ "closes", do_closes },
	{ "numbers", do_numbers },
	{ "vfork", do_vfork },
	{ "races", do_races },
	{ "forks", do_forks },
	{ "full-table", do_full_table },
	{ "daemon", do_daemon },
	{ "kept", do_kept },
	{ "late", do_late },
	{ "handler", do_handler },
	{ "execs", do_execs },
	{ "leave-by-exec", do_leave_by_exec },
	{ "leave-at-once", do_leave_at_once },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(argv[1], all[i].name) == 0) {
			all[i].run();
			puts("ok");
			return 0;
		}
	return 2;
}
