/* SPDX-License-Identifier: MIT */
/* PPU with PPU_RDMA: pooling from memory to memory. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "lib/util.h"
#include "replay/emu/dpu.h"
#include "replay/emu/half.h"

/* Codes of PPU_RDMA's IN_PRECISION. [source] */
enum { IN_8BIT = 1, IN_16BIT = 2 };

enum method { AVERAGE = 0, MAX = 1, MIN = 2 };

/* fp16: from here on infinity and NaN, and the sign. */
#define HALF_INFINITE 0x7c00u

/* What a value of a window costs. */
#define CELL_WORK 8

struct ppu {
	bool is_float;
	unsigned lanes; /* values of an atom */
	enum method method;
	uint32_t surfaces;
	uint32_t in_width, in_height, out_width, out_height;
	uint32_t kernel_width, kernel_height, stride_x, stride_y;
	uint32_t pad_left, pad_top;
	double pad;
	double recip_x, recip_y; /* 65536 over the window's sides */
	uint32_t src, src_line, src_surface;
	uint32_t dst, dst_line, dst_surface;
	float *row;  /* of input: [x][lane] */
	double *acc; /* of output: [x][lane] */
	unsigned char *bytes;
};

static int
configure_format(struct rke_core *core, struct ppu *ppu)
{
	static const struct rke_field must_be_zero[] = {
		RKE_FIELD_ROW(PPU, OPERATION_MODE_CFG, INDEX_EN),
		RKE_FIELD_ROW(PPU, OPERATION_MODE_CFG, USE_CNT),
		RKE_FIELD_ROW(PPU, MISC_CTRL, NONALIGN),
		RKE_FIELD_ROW(PPU, MISC_CTRL, MC_SURF_OUT),
	};
	uint32_t in = RKE_FIELD(core, PPU_RDMA_RDMA_DATA_FORMAT, IN_PRECISION);
	uint32_t proc = RKE_FIELD(core, PPU_DATA_FORMAT, PROC_PRECISION);
	uint32_t method = RKE_FIELD(core, PPU_OPERATION_MODE_CFG, POOLING_METHOD);
	int r;

	if (!RKE_FIELD(core, PPU_OPERATION_MODE_CFG, FLYING_MODE))
		return rke_refuse(core, "PPU.OPERATION_MODE_CFG.FLYING_MODE", 0);
	r = rke_refuse_nonzero(core, must_be_zero, RKR_ARRAY_LEN(must_be_zero));
	if (r)
		return r;
	if (method > MIN)
		return rke_refuse(core, "PPU.OPERATION_MODE_CFG.POOLING_METHOD", method);
	ppu->method = (enum method)method;
	if (proc != RKE_INT8 && proc != RKE_FP16)
		return rke_refuse(core, "PPU.DATA_FORMAT.PROC_PRECISION", proc);
	ppu->is_float = proc == RKE_FP16;
	ppu->lanes = ppu->is_float ? 8 : 16;
	if (in != (ppu->is_float ? IN_16BIT : IN_8BIT))
		return rke_refuse(core, "PPU_RDMA.RDMA_DATA_FORMAT.IN_PRECISION", in);
	return 0;
}

static int
configure_extent(struct rke_core *core, struct ppu *ppu)
{
	uint32_t channels = RKE_FIELD(core, PPU_DATA_CUBE_IN_CHANNEL, CUBE_IN_CHANNEL) + 1;

	ppu->in_width = RKE_FIELD(core, PPU_DATA_CUBE_IN_WIDTH, CUBE_IN_WIDTH) + 1;
	ppu->in_height = RKE_FIELD(core, PPU_DATA_CUBE_IN_HEIGHT, CUBE_IN_HEIGHT) + 1;
	ppu->out_width = RKE_FIELD(core, PPU_DATA_CUBE_OUT_WIDTH, CUBE_OUT_WIDTH) + 1;
	ppu->out_height = RKE_FIELD(core, PPU_DATA_CUBE_OUT_HEIGHT, CUBE_OUT_HEIGHT) + 1;
	ppu->surfaces = (uint32_t)rkr_div_up(channels, ppu->lanes);
	ppu->kernel_width = RKE_FIELD(core, PPU_POOLING_KERNEL_CFG, KERNEL_WIDTH) + 1;
	ppu->kernel_height = RKE_FIELD(core, PPU_POOLING_KERNEL_CFG, KERNEL_HEIGHT) + 1;
	ppu->stride_x = RKE_FIELD(core, PPU_POOLING_KERNEL_CFG, KERNEL_STRIDE_WIDTH) + 1;
	ppu->stride_y = RKE_FIELD(core, PPU_POOLING_KERNEL_CFG, KERNEL_STRIDE_HEIGHT) + 1;
	ppu->pad_left = RKE_FIELD(core, PPU_POOLING_PADDING_CFG, PAD_LEFT);
	ppu->pad_top = RKE_FIELD(core, PPU_POOLING_PADDING_CFG, PAD_TOP);
	/* Both halves have the input's size. What unequal ones would do is not known. */
	if (RKE_FIELD(core, PPU_RDMA_RDMA_CUBE_IN_WIDTH, CUBE_IN_WIDTH) + 1 != ppu->in_width)
		return rke_refuse(core, "PPU_RDMA.RDMA_CUBE_IN_WIDTH",
				  RKE_FIELD(core, PPU_RDMA_RDMA_CUBE_IN_WIDTH, CUBE_IN_WIDTH));
	if (RKE_FIELD(core, PPU_RDMA_RDMA_CUBE_IN_HEIGHT, CUBE_IN_HEIGHT) + 1 != ppu->in_height)
		return rke_refuse(core, "PPU_RDMA.RDMA_CUBE_IN_HEIGHT",
				  RKE_FIELD(core, PPU_RDMA_RDMA_CUBE_IN_HEIGHT, CUBE_IN_HEIGHT));
	if (RKE_FIELD(core, PPU_DATA_CUBE_OUT_CHANNEL, CUBE_OUT_CHANNEL) + 1 != channels)
		return rke_refuse(core, "PPU.DATA_CUBE_OUT_CHANNEL",
				  RKE_FIELD(core, PPU_DATA_CUBE_OUT_CHANNEL, CUBE_OUT_CHANNEL));
	/* No cell of the input in a window: there is no largest of nothing. */
	if (ppu->pad_left >= ppu->kernel_width || ppu->pad_top >= ppu->kernel_height)
		return rke_refuse(core, "PPU.POOLING_PADDING_CFG",
				  rke_reg(core, RKR_REG_PPU_POOLING_PADDING_CFG));
	if ((ppu->out_width - 1) * ppu->stride_x >= ppu->in_width + ppu->pad_left)
		return rke_refuse(core, "PPU.DATA_CUBE_OUT_WIDTH", ppu->out_width - 1);
	if ((ppu->out_height - 1) * ppu->stride_y >= ppu->in_height + ppu->pad_top)
		return rke_refuse(core, "PPU.DATA_CUBE_OUT_HEIGHT", ppu->out_height - 1);
	if ((uint64_t)ppu->in_width * ppu->in_height * ppu->surfaces * RKE_ATOM > UINT32_MAX)
		return rke_refuse(core, "PPU.DATA_CUBE_IN_CHANNEL", channels - 1);
	return 0;
}

/* The fields hold 65536/k: as an integer, or as the fp16 of that number. [source] */
static int
recip(struct rke_core *core, bool is_float, const char *name, uint32_t field, double *ret_recip)
{
	if (!is_float) {
		*ret_recip = field;
		return 0;
	}
	if (field >= HALF_INFINITE)
		return rke_refuse(core, name, field);
	*ret_recip = rke_half_to_float((uint16_t)field);
	return 0;
}

static int
configure_average(struct rke_core *core, struct ppu *ppu)
{
	uint64_t pad = (uint64_t)RKE_FIELD(core, PPU_PADDING_VALUE_2_CFG, PAD_VALUE_1) << 32 |
		       rke_reg(core, RKR_REG_PPU_PADDING_VALUE_1_CFG);
	int r;

	if (ppu->method != AVERAGE)
		return 0;
	r = recip(core, ppu->is_float, "PPU.RECIP_KERNEL_WIDTH",
		  RKE_FIELD(core, PPU_RECIP_KERNEL_WIDTH, RECIP_KERNEL_WIDTH), &ppu->recip_x);
	if (!r)
		r = recip(core, ppu->is_float, "PPU.RECIP_KERNEL_HEIGHT",
			  RKE_FIELD(core, PPU_RECIP_KERNEL_HEIGHT, RECIP_KERNEL_HEIGHT), &ppu->recip_y);
	if (r)
		return r;
	/* 35 bits, signed. [captured: zero points of int8 maps] */
	ppu->pad = (double)((int64_t)(pad << 29) >> 29);
	if (ppu->is_float && pad && rke_reg(core, RKR_REG_PPU_POOLING_PADDING_CFG))
		return rke_refuse(core, "PPU.PADDING_VALUE_1_CFG",
				  rke_reg(core, RKR_REG_PPU_PADDING_VALUE_1_CFG));
	return 0;
}

static int
configure(struct rke_core *core, struct ppu *ret_ppu)
{
	struct ppu ppu = { 0 };
	int r;

	r = configure_format(core, &ppu);
	if (!r)
		r = configure_extent(core, &ppu);
	if (!r)
		r = configure_average(core, &ppu);
	if (r)
		return r;
	ppu.src = rke_reg(core, RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR);
	ppu.src_line = rke_reg(core, RKR_REG_PPU_RDMA_RDMA_SRC_LINE_STRIDE) & ~15u;
	ppu.src_surface = rke_reg(core, RKR_REG_PPU_RDMA_RDMA_SRC_SURF_STRIDE) & ~15u;
	ppu.dst = rke_reg(core, RKR_REG_PPU_DST_BASE_ADDR) & ~15u;
	ppu.dst_line = (ppu.out_width + RKE_FIELD(core, PPU_OPERATION_MODE_CFG, NOTCH_ADDR)) * RKE_ATOM;
	ppu.dst_surface = rke_reg(core, RKR_REG_PPU_DST_SURF_STRIDE) & ~15u;
	*ret_ppu = ppu;
	return 0;
}

static void
read_row(struct rke_core *core, const struct ppu *ppu, uint32_t iova)
{
	size_t bytes = (size_t)ppu->in_width * RKE_ATOM;
	const unsigned char *p = rke_dma_peek(core, iova, bytes);

	if (!p) {
		rke_dma_read(core, iova, ppu->bytes, bytes);
		p = ppu->bytes;
	}
	if (ppu->is_float) {
		rke_half_atoms_widen(ppu->row, 8, p, ppu->in_width);
		return;
	}
	for (size_t i = 0; i < bytes; i++)
		ppu->row[i] = (int8_t)p[i];
}

/* Take a row of input into a row of windows: cells that are in the input. */
static void
pool_row(const struct ppu *ppu)
{
	size_t lanes = ppu->lanes;

	for (uint32_t x = 0; x < ppu->out_width; x++) {
		double *acc = ppu->acc + x * lanes;
		int64_t first = (int64_t)x * ppu->stride_x - ppu->pad_left;

		for (int64_t i = first < 0 ? 0 : first; i < first + ppu->kernel_width && i < ppu->in_width;
		     i++) {
			const float *v = ppu->row + (size_t)i * lanes;

			for (size_t k = 0; k < lanes; k++) {
				double a = acc[k];

				if (ppu->method == AVERAGE)
					acc[k] = a + (double)v[k];
				else if (ppu->method == MAX)
					acc[k] = (double)v[k] > a || v[k] != v[k] ? (double)v[k] : a;
				else
					acc[k] = (double)v[k] < a || v[k] != v[k] ? (double)v[k] : a;
			}
		}
	}
}

/* Cells of a window along one side that lie within the input. */
static uint32_t
inside(uint32_t at, uint32_t stride, uint32_t pad, uint32_t kernel, uint32_t size)
{
	int64_t first = (int64_t)at * stride - pad;
	int64_t end = first + kernel;

	return (uint32_t)((end < size ? end : size) - (first > 0 ? first : 0));
}

/*
 * The window's cells outside of the input count as PAD_VALUE in an average
 * and not at all in a largest or smallest: [inferred]. An average is rounded
 * once; halves of integers go up, [inferred] as in DPU.
 */
static void
finish_row(const struct ppu *ppu, uint32_t y)
{
	uint32_t rows = inside(y, ppu->stride_y, ppu->pad_top, ppu->kernel_height, ppu->in_height);
	double scale = ppu->recip_x * ppu->recip_y * 0x1p-32;
	size_t lanes = ppu->lanes;

	if (ppu->method != AVERAGE)
		return;
	for (uint32_t x = 0; x < ppu->out_width; x++) {
		uint32_t columns = inside(x, ppu->stride_x, ppu->pad_left, ppu->kernel_width, ppu->in_width);
		double outside = ppu->kernel_width * ppu->kernel_height - rows * columns;

		for (size_t k = 0; k < lanes; k++) {
			double v = (ppu->acc[x * lanes + k] + outside * ppu->pad) * scale;

			ppu->acc[x * lanes + k] = ppu->is_float ? v : floor(v + 0.5);
		}
	}
}

static void
write_row(struct rke_core *core, const struct ppu *ppu, uint32_t iova)
{
	size_t n = (size_t)ppu->out_width * ppu->lanes;

	for (size_t i = 0; i < n; i++) {
		double v = ppu->acc[i];

		if (ppu->is_float) {
			uint16_t half = rke_double_to_half(v);

			memcpy(ppu->bytes + 2 * i, &half, sizeof(half));
		} else {
			v = v < INT8_MIN ? INT8_MIN : v > INT8_MAX ? INT8_MAX : v;
			ppu->bytes[i] = (unsigned char)(int8_t)v;
		}
	}
	rke_dma_write(core, iova, ppu->bytes, (size_t)ppu->out_width * RKE_ATOM);
}

static int
allocate(struct rke_core *core, struct ppu *ppu)
{
	uint32_t wide = ppu->in_width > ppu->out_width ? ppu->in_width : ppu->out_width;
	size_t acc = (size_t)ppu->out_width * ppu->lanes * sizeof(*ppu->acc);
	size_t row = (size_t)ppu->in_width * ppu->lanes * sizeof(*ppu->row);
	unsigned char *all = rke_scratch(core, 7, acc + row + (size_t)wide * RKE_ATOM);

	if (!all)
		return -ENOMEM;
	ppu->acc = (double *)(void *)all;
	ppu->row = (float *)(void *)(all + acc);
	ppu->bytes = all + acc + row;
	return 0;
}

static void
run_row(struct rke_core *core, const struct ppu *ppu, uint32_t surface, uint32_t y)
{
	size_t n = (size_t)ppu->out_width * ppu->lanes;
	double start = ppu->method == AVERAGE ? 0 : ppu->method == MAX ? (double)-INFINITY : (double)INFINITY;
	int64_t first = (int64_t)y * ppu->stride_y - ppu->pad_top;

	for (size_t i = 0; i < n; i++)
		ppu->acc[i] = start;
	for (int64_t i = first < 0 ? 0 : first; i < first + ppu->kernel_height && i < ppu->in_height; i++) {
		read_row(core, ppu, ppu->src + surface * ppu->src_surface + (uint32_t)i * ppu->src_line);
		pool_row(ppu);
	}
	finish_row(ppu, y);
	write_row(core, ppu, ppu->dst + surface * ppu->dst_surface + y * ppu->dst_line);
}

/* Rows of input are read again for each window that they are in. */
static uint64_t
work(const struct ppu *ppu)
{
	uint64_t windows = (uint64_t)ppu->surfaces * ppu->out_width * ppu->out_height;
	uint64_t rows = (uint64_t)ppu->surfaces * ppu->out_height * ppu->kernel_height;

	return windows * ppu->lanes * (1 + ppu->kernel_width * ppu->kernel_height) * CELL_WORK +
	       rows * ppu->in_width * RKE_ATOM;
}

int
rke_ppu_run(struct rke_core *core)
{
	struct ppu ppu = { 0 };
	int r;

	r = configure(core, &ppu);
	if (!r)
		r = rke_spend(core, work(&ppu), "PPU.DATA_CUBE_OUT_CHANNEL",
			      rke_reg(core, RKR_REG_PPU_DATA_CUBE_OUT_CHANNEL));
	if (!r)
		r = allocate(core, &ppu);
	if (r)
		return r;
	for (uint32_t surface = 0; surface < ppu.surfaces; surface++)
		for (uint32_t y = 0; y < ppu.out_height; y++)
			run_row(core, &ppu, surface, y);
	return 0;
}
