/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>

#include "layers-priv.h"
#include "lib/util.h"

/* Maps of another size: enlarged by DPU, pooled by PPU. */

/*
 * Each atom of the input is a square of atoms of the output. DPU writes a line
 * of input as several: DST_SURF_STRIDE is from one to the next. [captured: 59
 * tasks' registers; inferred: that this is what they do]
 */
void
rkx_layer_enlarge(struct rkx_layer_task *t)
{
	uint32_t f = BITS(t, DPU_RDMA_RDMA_SRC_DMA_CFG, KERNEL_WIDTH) + 1;
	uint32_t w = BITS(t, DPU_RDMA_RDMA_DATA_CUBE_WIDTH, WIDTH) + 1;
	uint32_t h = BITS(t, DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, HEIGHT) + 1;
	const struct rkx_map in = {
		.number = RKX_INT16,
		.base = { rkx_layer_window(t, VALUE(t, DPU_RDMA_RDMA_SRC_BASE_ADDR)) },
		.readers = 1,
		.line = (uint64_t)RKX_LAYER_ATOM * (w + BITS(t, DPU_RDMA_RDMA_SRC_DMA_CFG, LINE_NOTCH_ADDR)),
	};
	const struct rkx_window dst = rkx_layer_window(t, VALUE(t, DPU_DST_BASE_ADDR));
	uint64_t line = (uint64_t)RKX_LAYER_ATOM *
			((uint64_t)w * f + BITS(t, DPU_DATA_CUBE_NOTCH_ADDR, NOTCH_ADDR_0));

	if (!(VALUE(t, DPU_BS_CFG) & VALUE(t, DPU_BN_CFG) & VALUE(t, DPU_EW_CFG) & 1))
		t->why = "DPU_RDMA.RDMA_SRC_DMA_CFG.UNPOOLING_EN: enlarged and computed with";
	else if (BITS(t, DPU_RDMA_RDMA_SRC_DMA_CFG, KERNEL_HEIGHT) + 1 != f ||
		 BITS(t, DPU_DATA_CUBE_CHANNEL, CHANNEL) != 7 ||
		 BITS(t, DPU_DATA_CUBE_WIDTH, WIDTH) + 1 != w * f)
		t->why = "DPU_RDMA.RDMA_SRC_DMA_CFG: a form of enlarging that is not known";
	if (t->why)
		return;
	const struct rkx_sample s = rkx_layer_sample(8, h * f, w * f, 1);

	for (uint64_t i = 0; i < s.n && !t->missing; i += s.step) {
		struct rkx_result r = rkx_sample_at(&s, i);
		double v = rkx_map_number(t, &in, r.k, r.y / f, r.x / f);

		r.want = (struct rkx_span){ v, v };
		r.got = rkx_layer_number(t, &dst, RKX_INT16,
					 r.y / f * line + r.y % f * (VALUE(t, DPU_DST_SURF_STRIDE) & ~15u) +
						 (uint64_t)r.x * RKX_LAYER_ATOM + r.k * 2);
		rkx_layer_judge(t, &r, RKX_INT16);
	}
}

/* ---- PPU */

enum { AVERAGE = 0, LARGEST = 1, SMALLEST = 2 };

struct pool {
	struct rkx_map in;
	uint32_t method, w, h, kw, kh, sx, sy, left, top;
	double scale; /* one over the window's cells, as the registers have it */
	double pad;
};

static struct rkx_span
pooled(struct rkx_layer_task *t, const struct pool *p, const struct rkx_result *r)
{
	double sum = 0, absolute = 0, best = p->method == LARGEST ? (double)-INFINITY : (double)INFINITY;

	for (uint32_t ky = 0; ky < p->kh; ky++)
		for (uint32_t kx = 0; kx < p->kw; kx++) {
			int64_t y = (int64_t)r->y * p->sy + ky - p->top,
				x = (int64_t)r->x * p->sx + kx - p->left;
			bool outside = y < 0 || x < 0 || y >= p->h || x >= p->w;
			double v =
				outside ? p->pad : rkx_map_number(t, &p->in, r->k, (uint32_t)y, (uint32_t)x);

			sum += v;
			absolute += fabs(v);
			if (!outside)
				best = p->method == LARGEST ? fmax(best, v) : fmin(best, v);
		}
	if (p->method != AVERAGE)
		return (struct rkx_span){ best, best };
	if (p->in.number == RKX_INT8)
		return (struct rkx_span){ ceil(sum * p->scale - 0.5), floor(sum * p->scale + 0.5) };
	return (struct rkx_span){ (sum - absolute * 0x1p-22) * p->scale,
				  (sum + absolute * 0x1p-22) * p->scale };
}

/* 65536 over a side of the window: an integer, or as fp16. [source] */
static double
side(const struct pool *p, uint32_t field)
{
	return (p->in.number == RKX_FP16 ? rkx_half_value((uint16_t)field) : field) / 65536;
}

static bool
configure(struct rkx_layer_task *t, struct pool *p)
{
	uint32_t number = BITS(t, PPU_DATA_FORMAT, PROC_PRECISION);
	uint64_t pad = (uint64_t)BITS(t, PPU_PADDING_VALUE_2_CFG, PAD_VALUE_1) << 32 |
		       VALUE(t, PPU_PADDING_VALUE_1_CFG);

	*p = (struct pool){
		.in = {
			.number = (enum rkx_number)number,
			.base = { rkx_layer_window(t, VALUE(t, PPU_RDMA_RDMA_SRC_BASE_ADDR)) },
			.readers = 1,
			.line = VALUE(t, PPU_RDMA_RDMA_SRC_LINE_STRIDE) & ~15u,
			.surface = VALUE(t, PPU_RDMA_RDMA_SRC_SURF_STRIDE) & ~15u,
		},
		.method = BITS(t, PPU_OPERATION_MODE_CFG, POOLING_METHOD),
		.w = BITS(t, PPU_DATA_CUBE_IN_WIDTH, CUBE_IN_WIDTH) + 1,
		.h = BITS(t, PPU_DATA_CUBE_IN_HEIGHT, CUBE_IN_HEIGHT) + 1,
		.kw = BITS(t, PPU_POOLING_KERNEL_CFG, KERNEL_WIDTH) + 1,
		.kh = BITS(t, PPU_POOLING_KERNEL_CFG, KERNEL_HEIGHT) + 1,
		.sx = BITS(t, PPU_POOLING_KERNEL_CFG, KERNEL_STRIDE_WIDTH) + 1,
		.sy = BITS(t, PPU_POOLING_KERNEL_CFG, KERNEL_STRIDE_HEIGHT) + 1,
		.left = BITS(t, PPU_POOLING_PADDING_CFG, PAD_LEFT),
		.top = BITS(t, PPU_POOLING_PADDING_CFG, PAD_TOP),
		/* 35 bits with a sign. [captured: zero points of int8 maps] */
		.pad = (double)((int64_t)(pad << 29) >> 29),
	};
	if (number != RKX_INT8 && number != RKX_FP16)
		t->why = "PPU.DATA_FORMAT.PROC_PRECISION";
	else if (p->method > SMALLEST)
		t->why = "PPU.OPERATION_MODE_CFG.POOLING_METHOD";
	else if (!BITS(t, PPU_OPERATION_MODE_CFG, FLYING_MODE))
		t->why = "PPU.OPERATION_MODE_CFG.FLYING_MODE: not from memory";
	else if (BITS(t, PPU_OPERATION_MODE_CFG, INDEX_EN) || BITS(t, PPU_OPERATION_MODE_CFG, USE_CNT))
		t->why = "PPU.OPERATION_MODE_CFG: counts or indexes";
	else if (BITS(t, PPU_MISC_CTRL, NONALIGN) || BITS(t, PPU_MISC_CTRL, MC_SURF_OUT))
		t->why = "PPU.MISC_CTRL";
	p->scale = side(p, BITS(t, PPU_RECIP_KERNEL_WIDTH, RECIP_KERNEL_WIDTH)) *
		   side(p, BITS(t, PPU_RECIP_KERNEL_HEIGHT, RECIP_KERNEL_HEIGHT));
	return !t->why;
}

void
rkx_layer_pool(struct rkx_layer_task *t)
{
	uint32_t w = BITS(t, PPU_DATA_CUBE_OUT_WIDTH, CUBE_OUT_WIDTH) + 1;
	struct pool p;

	if (!configure(t, &p))
		return;
	const struct rkx_sample s = rkx_layer_sample(BITS(t, PPU_DATA_CUBE_IN_CHANNEL, CUBE_IN_CHANNEL) + 1,
						     BITS(t, PPU_DATA_CUBE_OUT_HEIGHT, CUBE_OUT_HEIGHT) + 1,
						     w, (uint64_t)p.kw * p.kh);
	const struct rkx_map out = {
		.number = p.in.number,
		.base = { rkx_layer_window(t, VALUE(t, PPU_DST_BASE_ADDR)) },
		.readers = 1,
		/* The gap behind a line: of a map that is pooled in parts. [captured] */
		.line = (uint64_t)RKX_LAYER_ATOM * (w + BITS(t, PPU_OPERATION_MODE_CFG, NOTCH_ADDR)),
		.surface = VALUE(t, PPU_DST_SURF_STRIDE) & ~15u,
	};

	for (uint64_t i = 0; i < s.n && !t->missing; i += s.step) {
		struct rkx_result r = rkx_sample_at(&s, i);

		r.want = pooled(t, &p, &r);
		r.got = rkx_map_number(t, &out, r.k, r.y, r.x);
		rkx_layer_judge(t, &r, out.number);
	}
}
