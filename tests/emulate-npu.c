/* SPDX-License-Identifier: MIT */
#include "emulate-npu.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

struct version {
	int32_t major, minor, patch;
	uint64_t name_len;
	char *name;
	uint64_t date_len;
	char *date;
	uint64_t desc_len;
	char *desc;
};

struct task {
	uint32_t flags, op_idx, enable_mask, int_mask, int_clear, int_status, amount, offset;
	uint64_t regcmd;
};

#define IOCTL_VERSION _IOWR('d', 0x00, struct version)

struct bo
bo_new(int fd, uint64_t size, uint32_t flags)
{
	struct bo bo = { .create = { .size = size, .flags = flags } };

	CHECK(ioctl(fd, IOCTL_CREATE, &bo.create) == 0);
	struct map map = { .handle = bo.create.handle };

	CHECK(ioctl(fd, IOCTL_MAP, &map) == 0);
	bo.offset = map.offset;
	bo.memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)map.offset);
	CHECK(bo.memory != MAP_FAILED);
	return bo;
}

void
bo_free(int fd, struct bo *bo)
{
	struct destroy destroy = { .handle = bo->create.handle };

	CHECK(munmap(bo->memory, bo->create.size) == 0);
	CHECK(ioctl(fd, IOCTL_DESTROY, &destroy) == 0);
}

struct sum
sum_new(int fd)
{
	struct sum s = { bo_new(fd, 1024, 0x8), bo_new(fd, 1024, 0), bo_new(fd, 4096, 0), bo_new(fd, 4096, 0),
			 bo_new(fd, 4096, 0) };
	const uint64_t list[][3] = {
		{ 0x1001, 0x1e5, 0x400c },
		{ 0x1001, 0x48000002, 0x4010 },
		{ 0x1001, s.out.create.dma, 0x4020 },
		{ 0x1001, 0, 0x4030 },
		{ 0x1001, 0x70007, 0x403c },
		{ 0x1001, 0x108202c0, 0x4070 },
		{ 0x2001, 0, 0x500c },
		{ 0x2001, 7, 0x5014 },
		{ 0x2001, 0x40000008, 0x5034 },
		{ 0x2001, s.a.create.dma, 0x5018 },
		{ 0x2001, s.b.create.dma, 0x5038 },
		{ 0x2001, 0x17849, 0x5044 },
		{ 0x0081, 0x18, 0x0008 },
	};
	const size_t n = sizeof(list) / sizeof(list[0]);
	uint64_t *qwords = s.regcmd.memory;

	for (size_t i = 0; i < n; i++)
		qwords[i] = list[i][0] << 48 | (list[i][1] & 0xffffffff) << 16 | list[i][2];
	*(struct task *)s.tasks.memory = (struct task){ .op_idx = 4,
							.enable_mask = 0x18,
							.int_mask = 0x300,
							.int_clear = 0x1ffff,
							.amount = (uint32_t)n + 1,
							.regcmd = s.regcmd.create.dma };
	for (size_t i = 0; i < 8; i++) {
		((uint16_t *)s.a.memory)[i] = 3;
		((uint16_t *)s.b.memory)[i] = 5;
	}
	return s;
}

void
sum_free(int fd, struct sum *s)
{
	bo_free(fd, &s->tasks);
	bo_free(fd, &s->regcmd);
	bo_free(fd, &s->a);
	bo_free(fd, &s->b);
	bo_free(fd, &s->out);
}

int
sum_submit(int fd, const struct sum *s)
{
	struct submit submit = { .flags = 0x1,
				 .timeout = 6000,
				 .task_number = 1,
				 .task_obj = s->tasks.create.obj,
				 .core_mask = 1,
				 .fence_fd = -1,
				 .subcore = { { 0, 1 } } };

	memset(s->out.memory, 0, 16);
	return ioctl(fd, IOCTL_SUBMIT, &submit);
}

void
sum_check(int fd, const struct sum *s)
{
	CHECK(sum_submit(fd, s) == 0);
	for (size_t i = 0; i < 8; i++)
		CHECK(((uint16_t *)s->out.memory)[i] == 8);
}

int
find_node(int flags)
{
	for (int i = 0; i < 8; i++) {
		char path[32], name[16] = "", date[16] = "";
		struct version v = {
			.name = name, .name_len = sizeof(name) - 1, .date = date, .date_len = sizeof(date) - 1
		};

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		int fd = open(path, flags);

		if (fd < 0)
			continue;
		if (ioctl(fd, IOCTL_VERSION, &v) == 0 && strcmp(name, "rknpu") == 0 &&
		    strcmp(date, "20240828") == 0 && v.name_len == 5)
			return fd;
		close(fd);
	}
	printf("no NPU\n");
	exit(3);
}
