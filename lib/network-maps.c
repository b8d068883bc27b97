/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/regs-ids.h"
#include "network-priv.h"
#include "regcmd.h"
#include "util.h"

/* The numbers of what does not convolve, from its records: as those of convolutions are found. */

#define ATOM_BYTES 16

struct map {
	struct rkr_votes w, h, c, out_w, out_h, int8, factor, line;
};

static void
take_map(struct rkr_walk *w, const struct rkr_qword *q, size_t list, size_t task)
{
	struct map *m = w->what;
	uint32_t v = q->value;

	(void)task;
	switch (q->offset) {
	case RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH:
		rkr_vote(&m->w, FIELD(v, DPU_RDMA, RDMA_DATA_CUBE_WIDTH, WIDTH) + 1, 2);
		break;
	case RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_HEIGHT:
		if (list == 0)
			rkr_vote(&m->h, FIELD(v, DPU_RDMA, RDMA_DATA_CUBE_HEIGHT, HEIGHT) + 1, 1);
		break;
	case RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL:
		rkr_vote(&m->c, FIELD(v, DPU_RDMA, RDMA_DATA_CUBE_CHANNEL, CHANNEL) + 1, 1);
		break;
	case RKR_REG_DPU_DATA_CUBE_CHANNEL:
		rkr_vote(&m->c, FIELD(v, DPU, DATA_CUBE_CHANNEL, CHANNEL) + 1, 1);
		break;
	case RKR_REG_DPU_WDMA_SIZE_0:
		rkr_vote(&m->c, FIELD(v, DPU, WDMA_SIZE_0, CHANNEL_WDMA) + 1, 1);
		break;
	case RKR_REG_DPU_DATA_CUBE_WIDTH:
		rkr_vote(&m->out_w, FIELD(v, DPU, DATA_CUBE_WIDTH, WIDTH) + 1, 2);
		break;
	case RKR_REG_DPU_DATA_CUBE_HEIGHT:
		if (list == 0)
			rkr_vote(&m->out_h, FIELD(v, DPU, DATA_CUBE_HEIGHT, HEIGHT) + 1, 1);
		break;
	case RKR_REG_DPU_WDMA_SIZE_1:
		rkr_vote(&m->out_w, FIELD(v, DPU, WDMA_SIZE_1, WIDTH_WDMA) + 1, 1);
		if (list == 0)
			rkr_vote(&m->out_h, FIELD(v, DPU, WDMA_SIZE_1, HEIGHT_WDMA) + 1, 1);
		break;
	/* Of an enlarging: how often a pixel is repeated, a line is written, and how long such a line is. */
	case RKR_REG_DPU_RDMA_RDMA_SRC_DMA_CFG:
		rkr_vote(&m->factor, FIELD(v, DPU_RDMA, RDMA_SRC_DMA_CFG, KERNEL_WIDTH) + 1, 1);
		break;
	case RKR_REG_DPU_BS_OW_CFG:
		rkr_vote(&m->factor, FIELD(v, DPU, BS_OW_CFG, SIZE_E_0) + 1, 1);
		break;
	case RKR_REG_DPU_DST_SURF_STRIDE:
		rkr_vote(&m->line, v / ATOM_BYTES, 1);
		break;
	case RKR_REG_DPU_DATA_FORMAT:
		rkr_vote(&m->int8, FIELD(v, DPU, DATA_FORMAT, PROC_PRECISION) == 0, 1);
		break;
	case RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG:
		/*
		 * The reader's own precision: 0 is int8. What it fetches, an enlarging has in
		 * units of 16 bits.
		 */
		rkr_vote(&m->int8, FIELD(v, DPU_RDMA, RDMA_FEATURE_MODE_CFG, PROC_PRECISION) == 0, 2);
		break;
	default:
		break;
	}
}

/* Three tell the factor, and with it three each of the widths. */
static void
find_factor(struct rkr_op *o, struct map *m)
{
	rkr_vote(&m->out_w, rkr_votes_best(&m->line, 0), 2);
	o->out_w = rkr_votes_best(&m->out_w, 0);
	if (o->in_w)
		rkr_vote(&m->factor, o->out_w / o->in_w, 1);
	o->factor = rkr_votes_best(&m->factor, 1);
	if (!o->factor)
		return;
	rkr_vote(&m->w, o->out_w / o->factor, 2);
	rkr_vote(&m->w, rkr_votes_best(&m->line, 0) / o->factor, 2);
	o->in_w = rkr_votes_best(&m->w, 0);
	o->out_h = o->in_h * o->factor;
}

void
rkr_network_measure_map(const struct rkr_network *n, size_t op)
{
	struct rkr_op *o = &n->ops[op];
	struct map m = { .w = { .n_values = 0 } };
	struct rkr_walk w = { n, op, o, &m };

	rkr_each_word(&w, take_map);
	/* An enlarging counts lines of its input, where it writes too. */
	for (size_t i = 0; o->kind == RKR_OP_UPSAMPLE && i < m.out_h.n_values; i++)
		rkr_vote(&m.h, m.out_h.value[i], m.out_h.n[i]);
	/* Input and output are of one size, but where a map is made larger or smaller. */
	if (o->kind != RKR_OP_UPSAMPLE && o->kind != RKR_OP_LAYOUT && o->kind != RKR_OP_UNKNOWN) {
		for (size_t i = 0; i < m.out_w.n_values; i++)
			rkr_vote(&m.w, m.out_w.value[i], m.out_w.n[i]);
		for (size_t i = 0; i < m.out_h.n_values; i++)
			rkr_vote(&m.h, m.out_h.value[i], m.out_h.n[i]);
		m.out_w = m.w;
		m.out_h = m.h;
	}
	o->in_w = rkr_votes_best(&m.w, 0);
	o->in_h = rkr_votes_best(&m.h, 0);
	o->in_c = o->out_c = rkr_votes_best(&m.c, 0);
	o->out_w = rkr_votes_best(&m.out_w, 0);
	o->out_h = rkr_votes_best(&m.out_h, 0);
	o->int8 = rkr_votes_best(&m.int8, 0);
	o->relu = o->kind == RKR_OP_ADD &&
		  !FIELD(rkr_network_sign(n->tasks[o->first].signature, RKR_REG_DPU_EW_CFG), DPU, EW_CFG,
			 EW_RELU_BYPASS);
	if (o->kind == RKR_OP_UPSAMPLE)
		find_factor(o, &m);
	o->internal = true;
}
