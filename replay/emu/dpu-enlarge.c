/* SPDX-License-Identifier: MIT */
/*
 * Enlarging a map by a whole factor f, nearest neighbour: DPU_RDMA gives each
 * atom f times in a row, DPU writes each row to the f surfaces of a kernel
 * group, which are set to lie a row apart. [captured: registers of 59 tasks;
 * inferred: that this is what they do]
 */
#include "config.h"

#include <string.h>

#include "lib/util.h"
#include "replay/emu/dpu.h"

#define RESTING_STAGE 1u /* bypass bit of BS, BN and EW */

struct enlarge {
	uint32_t factor, width, height; /* of the input */
	uint32_t src, src_line;
	uint32_t dst, dst_line, dst_copy;
};

bool
rke_enlarge_asked(const struct rke_core *core)
{
	return RKE_FIELD(core, DPU_RDMA_RDMA_SRC_DMA_CFG, UNPOOLING_EN);
}

static int
check(struct rke_core *core)
{
	static const struct {
		const char *name;
		uint16_t offset;
	} stages[] = {
		{ "DPU.BS_CFG", RKR_REG_DPU_BS_CFG },
		{ "DPU.BN_CFG", RKR_REG_DPU_BN_CFG },
		{ "DPU.EW_CFG", RKR_REG_DPU_EW_CFG },
	};
	uint32_t in = RKE_FIELD(core, DPU_RDMA_RDMA_FEATURE_MODE_CFG, IN_PRECISION);
	uint32_t out = RKE_FIELD(core, DPU_DATA_FORMAT, OUT_PRECISION);
	uint32_t mode = RKE_FIELD(core, DPU_FEATURE_MODE_CFG, OUTPUT_MODE);

	for (size_t i = 0; i < RKR_ARRAY_LEN(stages); i++)
		if (!(rke_reg(core, stages[i].offset) & RESTING_STAGE))
			return rke_refuse(core, stages[i].name, rke_reg(core, stages[i].offset));
	if (in != RKE_INT16)
		return rke_refuse(core, "DPU_RDMA.RDMA_FEATURE_MODE_CFG.IN_PRECISION", in);
	if (out != RKE_FP16 && out != RKE_INT8)
		return rke_refuse(core, "DPU.DATA_FORMAT.OUT_PRECISION", out);
	if (mode != 2)
		return rke_refuse(core, "DPU.FEATURE_MODE_CFG.OUTPUT_MODE", mode);
	return rke_dpu_refuse_unknown(core);
}

static int
configure(struct rke_core *core, struct enlarge *ret_enlarge)
{
	uint32_t cfg = rke_reg(core, RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG);
	uint32_t f = RKE_FIELD(core, DPU_RDMA_RDMA_SRC_DMA_CFG, KERNEL_WIDTH) + 1;
	uint32_t width = RKE_FIELD(core, DPU_RDMA_RDMA_DATA_CUBE_WIDTH, WIDTH) + 1;
	uint32_t height = RKE_FIELD(core, DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, HEIGHT) + 1;
	uint32_t out_width = RKE_FIELD(core, DPU_DATA_CUBE_WIDTH, WIDTH) + 1;
	uint32_t out_height = RKE_FIELD(core, DPU_DATA_CUBE_HEIGHT, HEIGHT) + 1;
	uint32_t notch = RKE_FIELD(core, DPU_DATA_CUBE_NOTCH_ADDR, NOTCH_ADDR_0);

	if (RKE_FIELD(core, DPU_RDMA_RDMA_SRC_DMA_CFG, KERNEL_HEIGHT) != f - 1 ||
	    RKE_FIELD(core, DPU_RDMA_RDMA_SRC_DMA_CFG, KERNEL_STRIDE_WIDTH) != f - 1 ||
	    RKE_FIELD(core, DPU_RDMA_RDMA_SRC_DMA_CFG, KERNEL_STRIDE_HEIGHT) != f - 1 ||
	    RKE_FIELD(core, DPU_RDMA_RDMA_SRC_DMA_CFG, POOLING_METHOD))
		return rke_refuse(core, "DPU_RDMA.RDMA_SRC_DMA_CFG", cfg);
	if (out_width != f * width)
		return rke_refuse(core, "DPU.DATA_CUBE_WIDTH", out_width - 1);
	if (out_height != height)
		return rke_refuse(core, "DPU.DATA_CUBE_HEIGHT", out_height - 1);
	if (RKE_FIELD(core, DPU_BS_OW_CFG, SIZE_E_0) + 1 != f ||
	    RKE_FIELD(core, DPU_BS_OW_CFG, SIZE_E_1) + 1 != f ||
	    RKE_FIELD(core, DPU_BS_OW_CFG, SIZE_E_2) + 1 != f)
		return rke_refuse(core, "DPU.BS_OW_CFG", rke_reg(core, RKR_REG_DPU_BS_OW_CFG));
	if (RKE_FIELD(core, DPU_DATA_CUBE_NOTCH_ADDR, NOTCH_ADDR_1) != notch)
		return rke_refuse(core, "DPU.DATA_CUBE_NOTCH_ADDR",
				  rke_reg(core, RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR));
	/* One surface for each task is what streams do. */
	if (RKE_FIELD(core, DPU_DATA_CUBE_CHANNEL, CHANNEL) != 7)
		return rke_refuse(core, "DPU.DATA_CUBE_CHANNEL",
				  RKE_FIELD(core, DPU_DATA_CUBE_CHANNEL, CHANNEL));
	*ret_enlarge = (struct enlarge){
		.factor = f,
		.width = width,
		.height = height,
		.src = rke_reg(core, RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR),
		.src_line = (width + RKE_FIELD(core, DPU_RDMA_RDMA_SRC_DMA_CFG, LINE_NOTCH_ADDR)) * RKE_ATOM,
		.dst = rke_reg(core, RKR_REG_DPU_DST_BASE_ADDR),
		.dst_line = (out_width + notch) * RKE_ATOM,
		.dst_copy = rke_reg(core, RKR_REG_DPU_DST_SURF_STRIDE) & ~15u,
	};
	return 0;
}

int
rke_enlarge_run(struct rke_core *core)
{
	struct enlarge e = { 0 };
	unsigned char *in, *out;
	int r;

	r = check(core);
	if (!r)
		r = configure(core, &e);
	if (r)
		return r;
	r = rke_spend(core, (uint64_t)e.width * e.height * RKE_ATOM * (1 + e.factor * e.factor),
		      "DPU_RDMA.RDMA_DATA_CUBE_WIDTH", e.width - 1);
	if (r)
		return r;
	in = rke_scratch(core, 4, (size_t)e.width * RKE_ATOM);
	out = rke_scratch(core, 5, (size_t)e.width * e.factor * RKE_ATOM);
	if (!in || !out)
		return -ENOMEM;
	for (uint32_t y = 0; y < e.height; y++) {
		rke_dma_read(core, e.src + y * e.src_line, in, (size_t)e.width * RKE_ATOM);
		for (uint32_t x = 0; x < e.width * e.factor; x++)
			memcpy(out + (size_t)x * RKE_ATOM, in + (size_t)(x / e.factor) * RKE_ATOM, RKE_ATOM);
		for (uint32_t copy = 0; copy < e.factor; copy++)
			rke_dma_write(core, e.dst + copy * e.dst_copy + y * e.dst_line, out,
				      (size_t)e.width * e.factor * RKE_ATOM);
	}
	return 0;
}
