/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/emu-device.h"

#include <stdlib.h>
#include <string.h>

#include "lib/symbol.h"
#include "lib/util.h"
#include "tests/ref.h"

RKR_DEFINE_CLEANUP(struct rkr_image *, rkr_image_free)

void
device_start(struct emu *emu)
{
	struct rke_board_options options = emu_options(emu);

	options.make_hw = rke_hw_npu;
	emu_start(emu, &options);
}

struct rkr_abi_submit
device_tasks(const struct emu_bo *table, uint32_t start, uint32_t n)
{
	struct rkr_abi_submit submit = { .flags = RKR_SUBMIT_PC | RKR_SUBMIT_PINGPONG,
					 .timeout = 6000,
					 .task_start = start,
					 .task_number = n,
					 .task_obj_addr = table->obj,
					 .fence_fd = -1 };

	for (size_t i = 0; i < RKR_NPU_CORES; i++)
		submit.subcore_task[i] = (struct rkr_abi_subcore_task){ start, n };
	return submit;
}

/* As the run has it. */
static struct rkr_abi_submit
submit_of(const struct rkr_record *rec, uint64_t obj)
{
	struct rkr_abi_submit submit = {
		.flags = (uint32_t)rkr_get_u(rec, RKR_F_submit_flags),
		.timeout = (uint32_t)rkr_get_u(rec, RKR_F_submit_timeout),
		.task_start = (uint32_t)rkr_get_u(rec, RKR_F_submit_task_start),
		.task_number = (uint32_t)rkr_get_u(rec, RKR_F_submit_task_number),
		.task_obj_addr = obj,
		.core_mask = (uint32_t)rkr_get_u(rec, RKR_F_submit_core_mask),
		.fence_fd = -1,
	};

	for (int i = 0; i < RKR_SUBCORE_SLOTS; i++)
		submit.subcore_task[i] = (struct rkr_abi_subcore_task){
			(uint32_t)rkr_get_u(rec, RKR_F_submit_sub0_start + 2 * i),
			(uint32_t)rkr_get_u(rec, RKR_F_submit_sub0_number + 2 * i),
		};
	return submit;
}

void
device_load(struct emu *emu, const struct rkr_run *run, struct device_run *ret)
{
	rkr_cleanup(rkr_image_free) struct rkr_image *image = NULL;
	size_t n = rkr_run_n_bos(run);
	_autofree_ struct rkr_bo *layout = calloc(n + 1, sizeof(*layout));
	struct rkr_error err = { 0 };

	*ret = (struct device_run){ .bo = calloc(n + 1, sizeof(*ret->bo)), .n_bos = n };
	ck_assert(layout && ret->bo);
	for (size_t i = 0; i < n; i++) {
		layout[i] = *rkr_run_bo(run, i);
		ret->bo[i] = emu_bo(emu, layout[i].size,
				    RKR_MEM_NON_CONTIGUOUS | RKR_MEM_CACHEABLE | RKR_MEM_KERNEL_MAPPING |
					    RKR_MEM_LIMIT_IOVA_ALIGNMENT);
		layout[i].dma = ret->bo[i].dma;
		layout[i].obj = ret->bo[i].obj;
		layout[i].map = ret->bo[i].offset;
		layout[i].handle = ret->bo[i].handle;
	}
	ck_assert_int_eq(rkr_symbolise(run, &image), 0);
	ck_assert_msg(rkr_relocate(image, layout, n, &ret->run, &err) == 0, "%s", err.what);
	for (uint32_t i = 0; i < n; i++) {
		size_t extents;
		const struct rkr_extent *e = rkr_run_extents(ret->run, i, &extents);

		for (size_t k = 0; k < extents; k++)
			memcpy((unsigned char *)ret->bo[i].memory + e[k].offset, e[k].data, e[k].len);
	}
	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		if (rkr_run_record(run, i)->kind == RKR_KIND_submit)
			ret->submit = submit_of(rkr_run_record(run, i), device_bo(ret, "task")->obj);
}

void
device_unload(struct device_run *loaded)
{
	rkr_run_free(loaded->run);
	free(loaded->bo);
}

struct emu_bo *
device_bo(struct device_run *loaded, const char *role)
{
	int i = rkr_run_bo_by_role(loaded->run, role);

	ck_assert_msg(i >= 0, "no BO is the %s", role);
	return &loaded->bo[i];
}

void
device_fill(const struct emu_bo *bo, struct test_random *random, double scale)
{
	uint16_t *to = bo->memory, drawn[4096];

	/* Rounding by definition takes its time: of a large BO each number is one of some thousands. */
	for (size_t i = 0; i < RKR_ARRAY_LEN(drawn); i++) {
		double v = (double)(test_random_next(random) >> 20 & 0xffff) / 32768 - 1;

		drawn[i] = ref_half_bits(ref_half_round(v * scale));
	}
	for (size_t i = 0; i < bo->size / 2; i++)
		to[i] = drawn[test_random_next(random) >> 30 & 4095];
}

void
device_submit(struct emu *emu, const struct rkr_abi_submit *submit)
{
	struct rkr_abi_submit arg = *submit;
	int r = emu_call(emu, RKR_IOCTL_SUBMIT, &arg);
	struct rke_stats stats;

	ck_assert_msg(r == 0, "submit: %d\n%s", r, emu->log);
	rke_board_stats(emu->board, &stats);
	ck_assert_uint_eq(stats.timeouts, 0);
	ck_assert_uint_eq(stats.writes_outside, 0);
}
