/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/regs-ids.h"
#include "network-priv.h"
#include "regcmd.h"
#include "util.h"

/* The numbers of what does not convolve, from its records: as those of convolutions are found. */

struct map {
	struct rkr_votes w, h, c, out_w, out_h, int8;
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
	case RKR_REG_DPU_DATA_FORMAT:
		rkr_vote(&m->int8, FIELD(v, DPU, DATA_FORMAT, PROC_PRECISION) == 0, 1);
		break;
	case RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG:
		/* The reader's own precisions: 0 is int8. */
		rkr_vote(&m->int8, FIELD(v, DPU_RDMA, RDMA_FEATURE_MODE_CFG, IN_PRECISION) == 0, 2);
		break;
	case RKR_REG_PPU_DATA_CUBE_IN_WIDTH:
		rkr_vote(&m->w, v + 1, 1);
		break;
	case RKR_REG_PPU_DATA_CUBE_IN_HEIGHT:
		rkr_vote(&m->h, v + 1, 1);
		break;
	case RKR_REG_PPU_DATA_CUBE_IN_CHANNEL:
		rkr_vote(&m->c, v + 1, 1);
		break;
	case RKR_REG_PPU_DATA_CUBE_OUT_WIDTH:
		rkr_vote(&m->out_w, FIELD(v, PPU, DATA_CUBE_OUT_WIDTH, CUBE_OUT_WIDTH) + 1, 1);
		break;
	case RKR_REG_PPU_DATA_CUBE_OUT_HEIGHT:
		rkr_vote(&m->out_h, FIELD(v, PPU, DATA_CUBE_OUT_HEIGHT, CUBE_OUT_HEIGHT) + 1, 1);
		break;
	default:
		break;
	}
}

void
rkr_network_measure_map(const struct rkr_network *n, size_t op)
{
	struct rkr_op *o = &n->ops[op];
	struct map m = { .w = { .n_values = 0 } };
	struct rkr_walk w = { n, op, o, &m };

	rkr_each_word(&w, take_map);
	/* Input and output are of one size, but where a map is made larger or smaller. */
	if (o->kind != RKR_OP_UPSAMPLE && o->kind != RKR_OP_POOL && o->kind != RKR_OP_LAYOUT &&
	    o->kind != RKR_OP_UNKNOWN) {
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
	o->relu = o->kind == RKR_OP_ADD && !FIELD(rkr_network_sign(n->tasks[o->first].signature, RKR_REG_DPU_EW_CFG),
						  DPU, EW_CFG, EW_RELU_BYPASS);
	if (o->kind == RKR_OP_UPSAMPLE && o->in_w) {
		o->factor = o->out_w / o->in_w;
		o->out_h = o->in_h * o->factor;
	}
	o->internal = true;
}
