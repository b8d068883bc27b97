/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/regs-ids.h"
#include "network-priv.h"
#include "regcmd.h"

/*
 * The numbers of poolings, from their records. A wide map is pooled in parts
 * of its columns, each by a record of its own: sizes are those of the part,
 * strides those of the map. [captured: 10 records]
 */

#define ATOM_BYTES 16

/* Codes of PPU_RDMA's IN_PRECISION. [source] */
enum { IN_8BIT = 1, IN_16BIT = 2 };

struct pool {
	struct rkr_votes w, h, c, line, int8, average;
	/* That windows are 2x2, two pixels apart. */
	struct rkr_votes kernel, pad, out_w, out_h;
};

static void
take_pool(struct rkr_walk *w, const struct rkr_qword *q, size_t list, size_t task)
{
	struct pool *p = w->what;
	uint32_t v = q->value;

	(void)list;
	(void)task;
	switch (q->offset) {
	case RKR_REG_PPU_DATA_CUBE_IN_WIDTH:
	case RKR_REG_PPU_RDMA_RDMA_CUBE_IN_WIDTH:
		rkr_vote(&p->w, FIELD(v, PPU, DATA_CUBE_IN_WIDTH, CUBE_IN_WIDTH) + 1, 1);
		break;
	case RKR_REG_PPU_DATA_CUBE_IN_HEIGHT:
	case RKR_REG_PPU_RDMA_RDMA_CUBE_IN_HEIGHT:
		rkr_vote(&p->h, FIELD(v, PPU, DATA_CUBE_IN_HEIGHT, CUBE_IN_HEIGHT) + 1, 1);
		break;
	case RKR_REG_PPU_DATA_CUBE_IN_CHANNEL:
	case RKR_REG_PPU_RDMA_RDMA_CUBE_IN_CHANNEL:
	case RKR_REG_PPU_DATA_CUBE_OUT_CHANNEL:
		rkr_vote(&p->c, FIELD(v, PPU, DATA_CUBE_IN_CHANNEL, CUBE_IN_CHANNEL) + 1, 1);
		break;
	case RKR_REG_PPU_DATA_CUBE_OUT_WIDTH:
		rkr_vote(&p->out_w, FIELD(v, PPU, DATA_CUBE_OUT_WIDTH, CUBE_OUT_WIDTH) + 1, 1);
		break;
	case RKR_REG_PPU_DATA_CUBE_OUT_HEIGHT:
		rkr_vote(&p->out_h, FIELD(v, PPU, DATA_CUBE_OUT_HEIGHT, CUBE_OUT_HEIGHT) + 1, 1);
		break;
	case RKR_REG_PPU_OPERATION_MODE_CFG:
		rkr_vote(&p->average, FIELD(v, PPU, OPERATION_MODE_CFG, POOLING_METHOD) == 0, 1);
		break;
	case RKR_REG_PPU_RECIP_KERNEL_WIDTH:
	case RKR_REG_PPU_RECIP_KERNEL_HEIGHT:
		rkr_vote(&p->average, v != 0, 1);
		break;
	case RKR_REG_PPU_POOLING_KERNEL_CFG:
		rkr_vote(&p->kernel, v, 1);
		break;
	case RKR_REG_PPU_POOLING_PADDING_CFG:
		rkr_vote(&p->pad, v, 1);
		break;
	case RKR_REG_PPU_DATA_FORMAT:
		rkr_vote(&p->int8, FIELD(v, PPU, DATA_FORMAT, PROC_PRECISION) == 0, 1);
		break;
	case RKR_REG_PPU_RDMA_RDMA_DATA_FORMAT:
		if (v == IN_8BIT || v == IN_16BIT)
			rkr_vote(&p->int8, v == IN_8BIT, 2);
		break;
	case RKR_REG_PPU_RDMA_RDMA_SRC_LINE_STRIDE:
		rkr_vote(&p->line, v / ATOM_BYTES, 1);
		break;
	default:
		break;
	}
}

void
rkr_network_measure_pool(const struct rkr_network *n, size_t op)
{
	struct rkr_op *o = &n->ops[op];
	struct pool p = { .w = { .n_values = 0 } };
	struct rkr_walk w = { n, op, o, &p };
	uint32_t parts = (uint32_t)o->n_tasks;

	rkr_each_word(&w, take_pool);
	o->out_w = rkr_votes_best(&p.out_w, 0);
	o->out_h = rkr_votes_best(&p.out_h, 0);
	o->in_w = rkr_votes_best(&p.w, 0);
	o->in_h = rkr_votes_best(&p.h, 0);

	/* Three say so if they are: the window, that nothing is around the map, and the sizes. */
	bool sizes = o->in_w / 2 == o->out_w || o->in_h / 2 == o->out_h;

	if (sizes + (rkr_votes_best(&p.kernel, 0) == RKR_POOL_2X2) + (rkr_votes_best(&p.pad, 1) == 0) >= 2) {
		o->kw = o->kh = o->stride = 2;
		/* So that the output's size tells the input's, too. */
		rkr_vote(&p.w, 2 * o->out_w, 1);
		rkr_vote(&p.h, 2 * o->out_h, 1);
		o->in_w = rkr_votes_best(&p.w, 0);
		o->in_h = rkr_votes_best(&p.h, 0);
		o->out_w = o->in_w / 2;
		o->out_h = o->in_h / 2;
	}
	o->in_w *= parts;
	o->out_w *= parts;
	o->in_c = o->out_c = rkr_votes_best(&p.c, 0);
	o->int8 = rkr_votes_best(&p.int8, 0);
	o->average = rkr_votes_best(&p.average, 0);
	o->internal = true;
}
