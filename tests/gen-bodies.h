/* SPDX-License-Identifier: MIT */
#ifndef TEST_GEN_BODIES_H
#define TEST_GEN_BODIES_H

/* The registers that captured records of most shapes were decoded to. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/regs-ids.h"

static const struct {
	const char *key;
	uint16_t offset;
} body_keys[] = {
	{ "cbuf0", RKR_REG_CNA_CBUF_CON0 },
	{ "data_size0", RKR_REG_CNA_DATA_SIZE0 },
	{ "data_size1", RKR_REG_CNA_DATA_SIZE1 },
	{ "data_size3", RKR_REG_CNA_DATA_SIZE3 },
	{ "fc_data_size0", RKR_REG_CNA_FC_DATA_SIZE0 },
	{ "fc_data_size1", RKR_REG_CNA_FC_DATA_SIZE1 },
	{ "dma_con2", RKR_REG_CNA_DMA_CON2 },
	{ "weight_size0", RKR_REG_CNA_WEIGHT_SIZE0 },
	{ "weight_size1", RKR_REG_CNA_WEIGHT_SIZE1 },
	{ "weight_size2", RKR_REG_CNA_WEIGHT_SIZE2 },
	{ "conv_con1", RKR_REG_CNA_CONV_CON1 },
	{ "conv_con2", RKR_REG_CNA_CONV_CON2 },
	{ "feature_data_addr", RKR_REG_CNA_FEATURE_DATA_ADDR },
	{ "dcomp_addr", RKR_REG_CNA_DCOMP_ADDR0 },
	{ "core_dataout_size0", RKR_REG_CORE_DATAOUT_SIZE_0 },
	{ "core_dataout_size1", RKR_REG_CORE_DATAOUT_SIZE_1 },
	{ "dst_base", RKR_REG_DPU_DST_BASE_ADDR },
	{ "dst_surf_stride", RKR_REG_DPU_DST_SURF_STRIDE },
	{ "data_cube_height", RKR_REG_DPU_DATA_CUBE_HEIGHT },
	{ "data_cube_channel", RKR_REG_DPU_DATA_CUBE_CHANNEL },
	{ "wdma_size0", RKR_REG_DPU_WDMA_SIZE_0 },
	{ "wdma_size1", RKR_REG_DPU_WDMA_SIZE_1 },
	{ "surface_add", RKR_REG_DPU_SURFACE_ADD },
};

/* The pair that ends every overlay, and that some captures' overlays stop short of. */
static inline bool
is_wdma(uint16_t offset)
{
	return offset == RKR_REG_DPU_WDMA_SIZE_0 || offset == RKR_REG_DPU_WDMA_SIZE_1;
}

#endif
