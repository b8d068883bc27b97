/* SPDX-License-Identifier: MIT */
#ifndef TEST_EMU_DPU_H
#define TEST_EMU_DPU_H

/* DPU of one core by itself: registers that its tests have in common, and cubes as CORE hands them over. */

#include "lib/util.h"
#include "tests/emu-core.h"

#define SRC (BASE + 0x100000u)
#define EW (BASE + 0x400000u)
#define ODD (BASE + 0x600000u)
#define OPS (BASE + 0x700000u)
#define DST (BASE + 0x800000u)
#define MEMORY 0xc00000u

/* Registers of a task from memory to memory, fp16, as elementwise clients write them. BS, BN stay unset. */
static inline void
set_flying(struct board *b, uint32_t width, uint32_t height, uint32_t channels)
{
	BOARD_WRITE(b, { RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e5 }, { RKR_REG_DPU_DATA_FORMAT, 0x48000002 },
		    { RKR_REG_DPU_DST_BASE_ADDR, DST }, { RKR_REG_DPU_DATA_CUBE_WIDTH, width - 1 },
		    { RKR_REG_DPU_DATA_CUBE_HEIGHT, height - 1 },
		    { RKR_REG_DPU_DATA_CUBE_CHANNEL, (channels - 1) * 0x10001 },
		    { RKR_REG_DPU_EW_CFG, 0x383 }, { RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, width - 1 },
		    { RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, height - 1 },
		    { RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, channels - 1 },
		    { RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, SRC }, { RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, EW },
		    { RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 0x40000008 },
		    { RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x17849 });
}

/* Registers of the tail of an fp16 convolution, nothing in it. */
static inline void
set_conv(struct board *b, const struct rke_cube *cube, uint32_t channels, uint32_t notch)
{
	BOARD_WRITE(b, { RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e4 }, { RKR_REG_DPU_DATA_FORMAT, 0x48000002 },
		    { RKR_REG_DPU_DST_BASE_ADDR, DST }, { RKR_REG_DPU_DATA_CUBE_WIDTH, cube->width - 1 },
		    { RKR_REG_DPU_DATA_CUBE_HEIGHT, cube->height - 1 },
		    { RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR, notch * 0x10001 },
		    { RKR_REG_DPU_DATA_CUBE_CHANNEL, (channels - 1) * 0x10001 }, { RKR_REG_DPU_BS_CFG, 0x53 },
		    { RKR_REG_DPU_BS_OW_CFG, 0x126 }, { RKR_REG_DPU_BN_CFG, 0x53 },
		    { RKR_REG_DPU_EW_CFG, 0x383 }, { RKR_REG_DPU_EW_CVT_SCALE_VALUE, 1 },
		    { RKR_REG_DPU_OUT_CVT_SCALE, 0x10001 });
}

static inline void
cube_new(struct rke_cube *cube, bool is_float, uint32_t width, uint32_t height, uint32_t channels,
	 unsigned seed)
{
	struct test_random random = { seed };
	size_t n;

	*cube = (struct rke_cube){ .is_float = is_float,
				   .width = width,
				   .height = height,
				   .channels = channels,
				   .stride = (size_t)rkr_align_up(channels, 16),
				   .sums_stride = 1 };
	n = width * height * cube->stride;
	cube->i = malloc(n * sizeof(*cube->i));
	cube->sums = malloc((size_t)width * height * sizeof(*cube->sums));
	ck_assert(cube->i && cube->sums);
	/* What is beyond the channels must not be looked at. */
	for (size_t i = 0; i < n; i++)
		if (is_float)
			cube->f[i] = i % cube->stride < channels
					     ? (float)((int32_t)test_random_next(&random) % 100000) / 1024.0f
					     : NAN;
		else
			cube->i[i] = i % cube->stride < channels ? (int32_t)test_random_next(&random) % 30000
								 : 12345;
	for (size_t i = 0; i < (size_t)width * height; i++)
		cube->sums[i] = (int32_t)test_random_next(&random) % 2000;
}

static inline void
cube_free(struct rke_cube *cube)
{
	free(cube->i);
	free(cube->sums);
}

#define FOR_CUBE(cube, c, y, x)                              \
	for (uint32_t c = 0; c < (cube).channels; c++)       \
		for (uint32_t y = 0; y < (cube).height; y++) \
			for (uint32_t x = 0; x < (cube).width; x++)

static inline size_t
cell(const struct rke_cube *cube, uint32_t c, uint32_t y, uint32_t x)
{
	return (y * cube->width + x) * cube->stride + c;
}

#endif
