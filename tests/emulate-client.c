/* SPDX-License-Identifier: MIT */
/*
 * A client of the NPU as a user of a board writes it, with nothing of this
 * project: it runs on a board as it runs here. What it does is named by its
 * first argument. Prints "ok", or what was wrong.
 */
#include "emulate-npu.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>

static void
do_add(void)
{
	int fd = find_node(O_RDWR);
	struct sum s = sum_new(fd);

	for (int i = 0; i < 3; i++)
		sum_check(fd, &s);
	sum_free(fd, &s);
	CHECK(close(fd) == 0);
}

/* What the node looks like, and what the kernel refuses. */
static void
do_errors(void)
{
	int fd = find_node(O_RDWR);
	struct bo bo = bo_new(fd, 5000, 0x403);
	struct map map = { .handle = 77 };
	struct destroy destroy = { .handle = 77 };
	struct create none = { 0 };
	struct stat st, by_path;
	struct pollfd poll_in = { .fd = fd, .events = POLLIN };

	CHECK(fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_size == 0);
	CHECK(major(st.st_rdev) == 226 && minor(st.st_rdev) == 1);
	CHECK(stat("/dev/dri/card1", &by_path) == 0 && by_path.st_rdev == st.st_rdev &&
	      by_path.st_ino == st.st_ino);
	CHECK(stat("/dev/dri/renderD129", &by_path) == 0 && minor(by_path.st_rdev) == 129);
	CHECK(access("/dev/dri/card1", R_OK | W_OK) == 0 && FAILS(ENOENT, access("/dev/dri/card9", F_OK)));
	CHECK(FAILS(ENOENT, open("/dev/dri/card9", O_RDWR)));
	CHECK(poll(&poll_in, 1, 0) == 0 && lseek(fd, 0, SEEK_CUR) == 0);
	CHECK(FAILS(ENOENT, ioctl(fd, IOCTL_MAP, &map)));
	CHECK(FAILS(EINVAL, ioctl(fd, IOCTL_DESTROY, &destroy)));
	CHECK(FAILS(EINVAL, ioctl(fd, IOCTL_CREATE, &none)));
	CHECK(FAILS(EFAULT, ioctl(fd, IOCTL_MAP, (void *)8)));
	CHECK(FAILS(EINVAL, ioctl(fd, _IOWR('d', 0x5f, struct map), &map)));
	CHECK(FAILS(EBADF, ioctl(-1, IOCTL_MAP, &map)));
	/* 5000 bytes are two pages. */
	CHECK(bo.create.size == 8192);
	CHECK(mmap(NULL, 8193, PROT_READ, MAP_SHARED, fd, (off_t)bo.offset) == MAP_FAILED && errno == EINVAL);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, (off_t)bo.offset + 4096) == MAP_FAILED &&
	      errno == EINVAL);
	CHECK(mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, (off_t)bo.offset) == MAP_FAILED && errno == EINVAL);
	void *part = mmap(NULL, 100, PROT_READ, MAP_SHARED, fd, (off_t)bo.offset);

	CHECK(part != MAP_FAILED);
	strcpy(bo.memory, "the same memory");
	CHECK(strcmp(part, "the same memory") == 0);
	int reads = open("/dev/dri/card1", O_RDONLY | O_CLOEXEC);

	CHECK(reads >= 0 && fcntl(reads, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFD) == 0);
	struct bo other = { .create = { .size = 4096 } };

	CHECK(ioctl(reads, IOCTL_CREATE, &other.create) == 0 && other.create.handle == 1);
	map.handle = 1;
	CHECK(ioctl(reads, IOCTL_MAP, &map) == 0);
	CHECK(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, reads, (off_t)map.offset) == MAP_FAILED &&
	      errno == EACCES);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, reads, (off_t)map.offset) != MAP_FAILED);
	errno = 99;
	CHECK(ioctl(fd, IOCTL_MAP, &(struct map){ .handle = 1 }) == 0 && errno == 99);
	/* A mapping outlives the descriptor. */
	CHECK(close(fd) == 0 && FAILS(EBADF, ioctl(fd, IOCTL_MAP, &map)));
	CHECK(strcmp(part, "the same memory") == 0 && munmap(part, 100) == 0);
}

/* An open file is one, by whatever descriptor and in whatever process. */
static void
do_fork(void)
{
	int fd = find_node(O_RDWR), copy = dup(fd), status;
	struct sum s = sum_new(fd);

	CHECK(copy > fd && close(fd) == 0);
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			sum_check(copy, &s);
			CHECK(munmap(s.a.memory, 4096) == 0 && munmap(s.tasks.memory, 1024) == 0);
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
		CHECK(((uint16_t *)s.out.memory)[0] == 8);
		sum_check(copy, &s);
	}
	sum_free(copy, &s);
}

/* Copies of it from before anything was asked of it: by dup, and in a child. */
static void
do_copies(void)
{
	int fd = open("/dev/dri/card1", O_RDWR), copy = dup(fd), other = dup2(fd, 77), status;
	pid_t pid = fork();

	CHECK(fd >= 0 && copy > fd && other == 77 && pid >= 0);
	struct sum s = sum_new(pid ? copy : fd);

	sum_check(other, &s);
	sum_check(pid ? fd : copy, &s);
	if (pid == 0)
		_exit(0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	sum_free(other, &s);
}

/* As a stream of the C library. */
static void
do_stream(void)
{
	FILE *f = fopen("/dev/dri/card1", "r+");

	CHECK(f);
	struct sum s = sum_new(fileno(f));

	sum_check(fileno(f), &s);
	CHECK(fclose(f) == 0);
}

static void *
one_thread(void *data)
{
	int own = find_node(O_RDWR), fd = *(int *)data;

	for (int i = 0; i < 20; i++) {
		struct sum s = sum_new(i % 2 ? fd : own);

		for (int k = 0; k < 5; k++)
			sum_check(i % 2 ? fd : own, &s);
		sum_free(i % 2 ? fd : own, &s);
	}
	close(own);
	return NULL;
}

static void
do_threads(void)
{
	int fd = find_node(O_RDWR);
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, one_thread, &fd) == 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

/* A descriptor goes to a program by exec, and to a process by a socket. */
static void
do_exec(const char *self)
{
	int fd = find_node(O_RDWR);
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	CHECK(execl(self, self, "inherited", number, (char *)NULL) == 0);
}

static void
do_pass(void)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	int pair[2], status;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	/* A socket of the program's own is no node. */
	CHECK(FAILS(ENOTTY, ioctl(pair[0], IOCTL_MAP, &(struct map){ 0 })));
	pid_t pid = fork();

	if (pid == 0) {
		int fd = find_node(O_RDWR);

		msg.msg_control = &control;
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
				       .cmsg_type = SCM_RIGHTS,
				       .cmsg_len = CMSG_LEN(sizeof(int)) };
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
		CHECK(sendmsg(pair[1], &msg, 0) == 1);
		_exit(0);
	}
	int fd;

	CHECK(recvmsg(pair[0], &msg, 0) == 1 && CMSG_FIRSTHDR(&msg));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	struct sum s = sum_new(fd);

	sum_check(fd, &s);
}

static void
do_prime(void)
{
	int fd = find_node(O_RDWR), other = open("/dev/dri/renderD129", O_RDWR);
	struct bo bo = bo_new(fd, 8192, 0x403);
	struct prime p = { .handle = bo.create.handle, .flags = O_CLOEXEC | O_RDWR };

	CHECK(ioctl(fd, IOCTL_TO_FD, &p) == 0 && p.fd > other && fcntl(p.fd, F_GETFD) == FD_CLOEXEC);
	CHECK(lseek(p.fd, 0, SEEK_END) == 8192);
	int dma_buf = p.fd;
	char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, dma_buf, 0);

	CHECK(memory != MAP_FAILED);
	strcpy(memory + 4096, "shared");
	CHECK(strcmp((char *)bo.memory + 4096, "shared") == 0);
	p = (struct prime){ .fd = dma_buf };
	CHECK(ioctl(other, IOCTL_TO_HANDLE, &p) == 0 && p.handle == 1);
	p.fd = fd;
	CHECK(FAILS(EBADF, ioctl(other, IOCTL_TO_HANDLE, &p)));
	/* It lives on by the other file's handle. */
	bo_free(fd, &bo);
	CHECK(close(dma_buf) == 0 && munmap(memory, 8192) == 0 && close(fd) == 0);
	struct map map = { .handle = 1 };

	CHECK(ioctl(other, IOCTL_MAP, &map) == 0);
	memory = mmap(NULL, 8192, PROT_READ, MAP_SHARED, other, (off_t)map.offset);
	CHECK(memory != MAP_FAILED && strcmp(memory + 4096, "shared") == 0);
}

/* One add, and the errno of its submit. */
static void
do_submit(void)
{
	int fd = find_node(O_RDWR);
	struct sum s = sum_new(fd);
	int r = sum_submit(fd, &s);

	printf("submit: %s\n", r < 0 ? strerror(errno) : "0");
	/* As a careful client does: the next one. */
	sum_check(fd, &s);
}

/* A job that nobody waits for but by looking at what it writes. */
static void
do_nonblock(void)
{
	int fd = find_node(O_RDWR);
	struct sum s = sum_new(fd);
	struct submit submit = { .flags = 0x3,
				 .timeout = 6000,
				 .task_number = 1,
				 .task_obj = s.tasks.create.obj,
				 .core_mask = 1,
				 .fence_fd = -1,
				 .subcore = { { 0, 1 } } };
	const volatile uint16_t *out = s.out.memory;

	CHECK(ioctl(fd, IOCTL_SUBMIT, &submit) == 0);
	for (int i = 0; i < 1000 && out[7] != 8; i++)
		usleep(1000);
	CHECK(out[0] == 8 && out[7] == 8);
}

/* A task BO that the kernel has no mapping of. */
static void
do_crash(void)
{
	int fd = find_node(O_RDWR);
	struct sum s = sum_new(fd);

	s.tasks.create.obj += 64;
	CHECK(FAILS(ENOTRECOVERABLE, sum_submit(fd, &s)));
}

/* A socket with a limit to how long it waits for what comes, or -1; the limit is set anew. */
static int
hurry(int fd, long ms)
{
	struct timeval limit = { 0 };
	socklen_t size = sizeof(limit);

	if (getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &size) < 0 || (!limit.tv_sec && !limit.tv_usec))
		return -1;
	limit = (struct timeval){ ms / 1000, ms % 1000 * 1000 };
	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

/* Not of a board, but of what stands in for it: it hangs, goes on, and is gone. Its process is our parent. */
static void
do_hung(void)
{
	int fd = find_node(O_RDWR), limited = 0;
	struct sum s = sum_new(fd);
	struct create create = { .flags = 0x403, .size = 4096 };

	sum_check(fd, &s);
	for (int i = fd + 1; i < 4096; i++)
		limited += hurry(i, 300) == 0;
	CHECK(limited > 0);
	CHECK(kill(getppid(), SIGSTOP) == 0);
	bool failed = FAILS(ENODEV, ioctl(fd, IOCTL_CREATE, &create));

	CHECK(kill(getppid(), SIGCONT) == 0);
	CHECK(failed);
	sum_check(fd, &s);
	CHECK(kill(getppid(), SIGKILL) == 0);
	CHECK(FAILS(ENODEV, ioctl(fd, IOCTL_CREATE, &create)));
}

/* Work until somebody ends it. */
static void
do_hold(void)
{
	int fd = find_node(O_RDWR);
	struct sum s = sum_new(fd);

	sum_check(fd, &s);
	puts("ready");
	fflush(stdout);
	for (;;)
		sum_check(fd, &s);
}

static const struct {
	const char *name;
	void (*run)(void);
} all[] = {
	{ "add", do_add },           { "errors", do_errors }, { "fork", do_fork },
	{ "threads", do_threads },   { "pass", do_pass },     { "prime", do_prime },
	{ "submit", do_submit },     { "crash", do_crash },   { "hold", do_hold },
	{ "nonblock", do_nonblock }, { "hung", do_hung },     { "copies", do_copies },
	{ "stream", do_stream },
};

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "add";

	if (strcmp(what, "exec") == 0)
		do_exec(argv[0]);
	if (strcmp(what, "inherited") == 0 && argc > 2) {
		int fd = atoi(argv[2]);
		struct sum s = sum_new(fd);

		sum_check(fd, &s);
		puts("ok");
		return 0;
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(what, all[i].name) == 0) {
			all[i].run();
			puts("ok");
			return 0;
		}
	return 2;
}
