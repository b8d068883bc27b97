/* SPDX-License-Identifier: MIT */
#ifndef TESTS_EMULATE_NPU_H
#define TESTS_EMULATE_NPU_H

/*
 * The NPU's driver as a user of a board writes it down, with nothing of this
 * project: its calls, BOs, and a small job. What goes wrong ends the program.
 */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The older struct of 40 bytes. */
struct create {
	uint32_t handle, flags;
	uint64_t size, obj, dma, sram;
};

struct map {
	uint32_t handle, reserved;
	uint64_t offset;
};

struct destroy {
	uint32_t handle, reserved;
	uint64_t obj;
};

struct submit {
	uint32_t flags, timeout, task_start, task_number, task_counter;
	int32_t priority;
	uint64_t task_obj, regcfg_obj, task_base, user_data;
	uint32_t core_mask;
	int32_t fence_fd;
	uint32_t subcore[5][2];
};

struct prime {
	uint32_t handle, flags;
	int32_t fd;
};

#define IOCTL_TO_FD _IOWR('d', 0x2d, struct prime)
#define IOCTL_TO_HANDLE _IOWR('d', 0x2e, struct prime)
#define IOCTL_SUBMIT _IOWR('d', 0x41, struct submit)
#define IOCTL_CREATE _IOWR('d', 0x42, struct create)
#define IOCTL_MAP _IOWR('d', 0x43, struct map)
#define IOCTL_DESTROY _IOWR('d', 0x44, struct destroy)

#define CHECK(condition)                                                                                     \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			printf("%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition, strerror(errno)); \
			fflush(stdout);                                                                      \
			_exit(1);                                                                            \
		}                                                                                            \
	} while (0)

#define FAILS(error, call) (errno = 0, (call) == -1 && errno == (error))

struct bo {
	struct create create;
	uint64_t offset;
	void *memory;
};

/* A BO that is mapped. */
struct bo
bo_new(int fd, uint64_t size, uint32_t flags);

void
bo_free(int fd, struct bo *bo);

/* An add of 8 halves: 3 + 5, of the smallest subnormals, is 8. */
struct sum {
	struct bo tasks, regcmd, a, b, out;
};

struct sum
sum_new(int fd);

void
sum_free(int fd, struct sum *s);

/* What its submit returns. */
int
sum_submit(int fd, const struct sum *s);

/* Submit it, and look at the answer. */
void
sum_check(int fd, const struct sum *s);

/* Open the node, by what the driver calls itself, as numbers of nodes differ from board to board. */
int
find_node(int flags);

#endif
