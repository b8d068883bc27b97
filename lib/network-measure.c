/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/regs-ids.h"
#include "network-priv.h"
#include "regcmd.h"
#include "util.h"

/*
 * The numbers of an operator, from its records. Nearly every number is in
 * several registers, and in several records; what most of them say is taken.
 * So a wrong register is found as wrong, and not taken for another shape.
 */

#define ATOM_BYTES 16

struct conv {
	/* What is the same in all records. */
	struct rkr_votes w, surf, ow, int8, in_c, real, out_c, kernel, stride, pad, out_stride, surf_add;
	struct rkr_votes in_rows, kernel_bytes, weight_bytes, add, relu, add_relu, lut, wide, per_unit;
	struct rkr_votes dw_c; /* of a depthwise one: channels, where a record has all of them */
	/*
	 * The same by two other registers, which overlays may leave out: a record has what the
	 * one two before had.
	 */
	uint32_t size1[2], bytes[2], cc2, c_sum2, kernel_here, kernel_sum;
	uint32_t cc;    /* of the record at hand */
	uint32_t c_sum; /* of the first tiles along the channels */
	bool c_done;
};

static void
take_conv(struct rkr_walk *w, const struct rkr_qword *q, size_t list, size_t task)
{
	struct conv *c = w->what;
	uint32_t v = q->value;

	(void)task;
	switch (q->offset) {
	case RKR_REG_CNA_CONV_CON1:
		rkr_vote(&c->int8, FIELD(v, CNA, CONV_CON1, PROC_PRECISION) == 0, 1);
		break;
	case RKR_REG_CNA_CONV_CON3:
		rkr_vote(&c->stride, FIELD(v, CNA, CONV_CON3, CONV_X_STRIDE), 1);
		rkr_vote(&c->stride, FIELD(v, CNA, CONV_CON3, CONV_Y_STRIDE), 1);
		break;
	case RKR_REG_CNA_DATA_SIZE0:
		rkr_vote(&c->w, FIELD(v, CNA, DATA_SIZE0, DATAIN_WIDTH), 1);
		if (list == 0)
			rkr_vote(&c->in_rows, FIELD(v, CNA, DATA_SIZE0, DATAIN_HEIGHT), 1);
		break;
	case RKR_REG_CNA_FC_DATA_SIZE0:
		rkr_vote(&c->w, FIELD(v, CNA, FC_DATA_SIZE0, DMA_WIDTH), 1);
		if (list == 0)
			rkr_vote(&c->in_rows, FIELD(v, CNA, FC_DATA_SIZE0, DMA_HEIGHT), 1);
		break;
	case RKR_REG_CNA_DMA_CON1:
		rkr_vote(&c->w, w->o->kind == RKR_OP_STEM ? v : v / 4, 1);
		break;
	case RKR_REG_CNA_DMA_CON2:
		rkr_vote(&c->surf, v, 1);
		break;
	case RKR_REG_CNA_DATA_SIZE1:
		rkr_vote(&c->in_c, FIELD(v, CNA, DATA_SIZE1, DATAIN_CHANNEL), 1);
		if (list > 0 || w->o->n_tasks == 1)
			rkr_vote(&c->dw_c, FIELD(v, CNA, DATA_SIZE1, DATAIN_CHANNEL), 1);
		rkr_vote(&c->real, FIELD(v, CNA, DATA_SIZE1, DATAIN_CHANNEL_REAL), 1);
		break;
	case RKR_REG_CNA_FC_DATA_SIZE1:
		rkr_vote(&c->in_c, FIELD(v, CNA, FC_DATA_SIZE1, DMA_CHANNEL), 1);
		break;
	case RKR_REG_CNA_DATA_SIZE2:
		rkr_vote(&c->ow, FIELD(v, CNA, DATA_SIZE2, DATAOUT_WIDTH), 1);
		break;
	case RKR_REG_CORE_DATAOUT_SIZE_0:
		rkr_vote(&c->ow, FIELD(v, CORE, DATAOUT_SIZE_0, DATAOUT_WIDTH) + 1, 1);
		break;
	case RKR_REG_DPU_DATA_CUBE_WIDTH:
		rkr_vote(&c->ow, FIELD(v, DPU, DATA_CUBE_WIDTH, WIDTH) + 1, 1);
		break;
	case RKR_REG_CNA_WEIGHT_SIZE0:
		if (list == 0)
			rkr_vote(&c->weight_bytes, v, 1);
		break;
	case RKR_REG_CNA_WEIGHT_SIZE1:
		rkr_vote(&c->kernel_bytes, v, 1);
		break;
	case RKR_REG_CNA_WEIGHT_SIZE2:
		rkr_vote(&c->kernel, FIELD(v, CNA, WEIGHT_SIZE2, WEIGHT_WIDTH), 1);
		rkr_vote(&c->kernel, FIELD(v, CNA, WEIGHT_SIZE2, WEIGHT_HEIGHT), 1);
		/* Cores may share the kernels; on one core a record has all, unless it is depthwise. */
		if (list == 0)
			rkr_vote(&c->out_c, FIELD(v, CNA, WEIGHT_SIZE2, WEIGHT_KERNELS), 1);
		break;
	case RKR_REG_DPU_DATA_CUBE_CHANNEL:
		if (list > 0 || w->o->n_tasks == 1)
			rkr_vote(
				&c->dw_c,
				(uint32_t)rkr_align_up(FIELD(v, DPU, DATA_CUBE_CHANNEL, ORIG_CHANNEL) + 1, 8),
				1);
		if (list == 0)
			rkr_vote(&c->out_c, FIELD(v, DPU, DATA_CUBE_CHANNEL, ORIG_CHANNEL) + 1, 1);
		break;
	case RKR_REG_CNA_PAD_CON0:
		rkr_vote(&c->pad, FIELD(v, CNA, PAD_CON0, PAD_LEFT), 1);
		break;
	case RKR_REG_CORE_MISC_CFG:
		rkr_vote(&c->int8, FIELD(v, CORE, MISC_CFG, PROC_PRECISION) == 0, 1);
		break;
	default:
		break;
	}
}

/*
 * What follows the sums, as whole words: one that has a bit wrong is neither.
 * [captured: 349 layers, 43 of them with a table]
 */
#define BN_RELU 0x12           /* all is bypassed but the relu */
#define BN_NONE 0x53           /* and that too */
#define BN_SCALE 0x20040       /* adds and multiplies, so as to enter a table */
#define EW_ADD_FP16 0x108202c0 /* adds a second input; no relu */
#define EW_ADD_INT8 0x904202c0
#define EW_TABLE 0x302
#define CVT_SHIFT_TABLE 0xf000 /* MINUS_EXP 15: what a table gives is scaled by 2^-15 */
#define ERDMA_OFF 1
/* The value of OUT_PRECISION [source: register database]. */
#define PRECISION_FP32 5

/* Whether a word of EW_CFG adds a second input. */
static bool
adds(uint32_t ew_cfg)
{
	/* A relu behind it is a bypass less. */
	uint32_t v = ew_cfg | RKR_FLD_DPU_EW_CFG_EW_RELU_BYPASS_MASK
				      << RKR_FLD_DPU_EW_CFG_EW_RELU_BYPASS_SHIFT;

	return v == EW_ADD_FP16 || v == EW_ADD_INT8;
}

static void
take_dpu(struct rkr_walk *w, const struct rkr_qword *q, size_t list, size_t task)
{
	struct conv *c = w->what;
	uint32_t v = q->value;

	(void)list;
	(void)task;
	switch (q->offset) {
	case RKR_REG_DPU_DATA_FORMAT:
		rkr_vote(&c->int8, FIELD(v, DPU, DATA_FORMAT, PROC_PRECISION) == 0, 1);
		rkr_vote(&c->wide, FIELD(v, DPU, DATA_FORMAT, OUT_PRECISION) == PRECISION_FP32, 1);
		break;
	case RKR_REG_DPU_BS_OW_CFG:
		rkr_vote(&c->per_unit, FIELD(v, DPU, BS_OW_CFG, SIZE_E_1) + 1, 1);
		break;
	case RKR_REG_DPU_DST_SURF_STRIDE:
		rkr_vote(&c->out_stride, v, 1);
		break;
	case RKR_REG_DPU_SURFACE_ADD:
		rkr_vote(&c->surf_add, v, 1);
		break;
	case RKR_REG_DPU_BN_CFG:
		/* What is neither is wrong, counts little, and is what it is more like. */
		rkr_vote(&c->relu, __builtin_popcount(v ^ BN_RELU) < __builtin_popcount(v ^ BN_NONE),
			 v == BN_RELU || v == BN_NONE ? 2 : 1);
		rkr_vote(&c->lut, v == BN_SCALE, 1);
		break;
	case RKR_REG_DPU_EW_CFG:
		rkr_vote(&c->add, adds(v), 1);
		if (adds(v))
			rkr_vote(&c->add_relu, !FIELD(v, DPU, EW_CFG, EW_RELU_BYPASS), 1);
		rkr_vote(&c->lut, v == EW_TABLE, 1);
		break;
	case RKR_REG_DPU_LUT_CFG:
		rkr_vote(&c->lut, v != 0, 1);
		break;
	case RKR_REG_DPU_OUT_CVT_SHIFT:
		/* The result of a plain lookup is scaled, that of one to fp32 is not. */
		rkr_vote(&c->wide, v != CVT_SHIFT_TABLE && w->o->lut, 1);
		break;
	case RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG:
		rkr_vote(&c->add, v != ERDMA_OFF, 1);
		break;
	case RKR_REG_DPU_RDMA_RDMA_EW_SURF_STRIDE:
		rkr_vote(&c->add, v != 0, 1);
		break;
	default:
		break;
	}
}

static void
end_tile(struct conv *c)
{
	c->c_sum += c->cc;
	c->c_sum2 += c->cc2;
	c->kernel_sum += c->kernel_here;
}

/* Channels of the tiles of the first rows: depthwise tiles on one core may each have a part. */
static void
take_channels(struct rkr_walk *w, const struct rkr_qword *q, size_t list, size_t task)
{
	struct conv *c = w->what;

	if (list > 0 || c->c_done)
		return;
	if (q->offset == RKR_REG_CNA_DCOMP_ADDR0)
		c->c_done = task > w->o->first && q->value == 0;
	/*
	 * This register comes first in a record: what it says is taken back if the tile is of
	 * the next rows.
	 */
	size_t set = (task - w->o->first) % 2;

	if (q->offset == RKR_REG_CNA_DATA_SIZE1)
		c->size1[set] = FIELD(q->value, CNA, DATA_SIZE1, DATAIN_CHANNEL);
	if (q->offset == RKR_REG_CNA_WEIGHT_SIZE1)
		c->bytes[set] = q->value;
	if (q->offset == RKR_REG_CNA_FC_DATA_SIZE1) {
		end_tile(c);
		c->cc = FIELD(q->value, CNA, FC_DATA_SIZE1, DMA_CHANNEL);
		c->cc2 = c->size1[set];
		c->kernel_here = c->bytes[set];
	}
}

/* Pixels of the output, one after the other, that stand in a surface of so many bytes. */
static uint32_t
height_of(uint32_t stride, uint32_t ow)
{
	uint32_t pixels = stride / ATOM_BYTES;

	return ow ? pixels / ow : 0;
}

static bool
is_surface_of(uint32_t stride, uint32_t w, uint32_t h)
{
	uint64_t n = (uint64_t)w * h;

	return stride == ATOM_BYTES * (n == 1 ? 1 : rkr_align_up(n, 4));
}

static void
find_output(struct rkr_op *o, const struct conv *c)
{
	uint32_t stride = rkr_votes_best(&c->out_stride, 0), add = rkr_votes_best(&c->surf_add, 0);
	uint32_t unit = rkr_votes_best(&c->per_unit, 1);
	struct rkr_votes h = { .n_values = 0 };

	o->out_w = rkr_votes_best(&c->ow, 0);
	/* Two registers tell the surface; that maps are square is the third. */
	rkr_vote(&h, is_surface_of(stride, o->out_w, o->out_w) ? o->out_w : height_of(stride, o->out_w), 1);
	if (unit)
		rkr_vote(&h,
			 is_surface_of(add / unit, o->out_w, o->out_w) ? o->out_w
								       : height_of(add / unit, o->out_w),
			 1);
	rkr_vote(&h, o->out_w, 1);
	o->out_h = rkr_votes_best(&h, 0);
}

/* The input's height, and whether its surfaces are whole groups of 4 pixels. */
static void
find_input(struct rkr_op *o, const struct conv *c)
{
	uint32_t mask = RKR_FLD_CNA_DMA_CON2_SURF_STRIDE_MASK;
	struct rkr_votes h = { .n_values = 0 }, outside = { .n_values = 0 };

	o->in_w = rkr_votes_best(&c->w, 0);
	if (!o->in_w)
		return;
	uint32_t square = o->in_w * o->in_w, lines = (o->kind == RKR_OP_STEM ? 1 : 4) * o->in_w;

	for (size_t i = 0; i < c->surf.n_values; i++) {
		uint32_t pixels = (c->surf.value[i] + lines) & mask;
		/* A surface of whole groups of pixels has fewer lines than it has room for. */
		bool as_square = pixels == square || pixels == rkr_align_up(square, 4);

		rkr_vote(&h, as_square ? o->in_w : pixels / o->in_w, c->surf.n[i]);
	}
	rkr_vote(&h, o->in_w, 1);
	if (o->n_tasks == 1)
		rkr_vote(&h, rkr_votes_best(&c->in_rows, 0), 1);
	o->in_h = rkr_votes_best(&h, 0);
	for (size_t i = 0; i < c->surf.n_values; i++) {
		uint32_t pixels = (c->surf.value[i] + lines) & mask, all = o->in_w * o->in_h;

		if (pixels == all || pixels == rkr_align_up(all, 4))
			rkr_vote(&outside, pixels == all, c->surf.n[i]);
	}
	o->internal = o->kind != RKR_OP_STEM && !rkr_votes_best(&outside, 0);
}

/* The bytes of a kernel are the third to tell how many channels there are, of those that were named. */
static void
vote_kernel_bytes(const struct rkr_op *o, const struct conv *c, struct rkr_votes *channels, uint32_t bytes)
{
	uint32_t side = rkr_votes_best(&c->kernel, 1);

	for (size_t i = 0; i < channels->n_values; i++) {
		uint32_t in = channels->value[i], stored = !o->int8 && in % 32 == 24 ? in + 8 : in;

		if ((uint64_t)side * side * stored * (o->int8 ? 1 : 2) == bytes)
			rkr_vote(channels, in, (unsigned)o->n_tasks);
	}
}

static void
find_channels(const struct rkr_walk *w, struct conv *c)
{
	struct rkr_op *o = w->o;
	uint32_t atom = o->int8 ? 16 : 8;
	uint32_t real = (rkr_votes_best(&c->real, 0) + 1) % 64;

	if (o->kind != RKR_OP_DEPTHWISE)
		vote_kernel_bytes(o, c, &c->in_c, rkr_votes_best(&c->kernel_bytes, 0));
	o->in_c = rkr_votes_best(&c->in_c, 0);
	if (o->kind == RKR_OP_DEPTHWISE) {
		/*
		 * Where each record has all channels, several registers tell them; else the sum
		 * of the tiles' does.
		 */
		rkr_vote(&c->dw_c, c->c_sum, o->n_tasks == 1 ? 1 : 2);
		rkr_vote(&c->dw_c, c->c_sum2, o->n_tasks == 1 ? 1 : 2);
		vote_kernel_bytes(o, c, &c->dw_c, c->kernel_sum);
		o->in_c = rkr_votes_best(&c->dw_c, 0);
	}
	/* The last channel before padding is told modulo 64; it lies within the last atom. */
	for (uint32_t i = 0; i < atom && i < o->in_c; i++)
		if ((o->in_c - i) % 64 == real) {
			o->in_c -= i;
			break;
		}
	if (o->kind == RKR_OP_DEPTHWISE) {
		o->out_c = o->in_c;
		return;
	}
	/* The bytes of all kernels and of one are the third to tell how many there are. */
	uint32_t one = rkr_votes_best(&c->kernel_bytes, 0);

	for (size_t i = 0; one && i < c->weight_bytes.n_values; i++)
		if (c->weight_bytes.value[i] % one == 0)
			rkr_vote(&c->out_c, c->weight_bytes.value[i] / one, c->weight_bytes.n[i]);
	o->out_c = rkr_votes_best(&c->out_c, 0);
}

static uint32_t
square_root(uint32_t v)
{
	uint32_t r = 0;

	while (r < 32 && (r + 1) * (r + 1) <= v)
		r++;
	return r;
}

/* Kernels are square [captured: 349 layers], and their bytes tell the size too. */
static void
find_kernel(struct rkr_op *o, struct conv *c)
{
	uint32_t atom = o->int8 ? 16 : 8, size = o->int8 ? 1 : 2;
	uint32_t in = rkr_votes_best(&c->in_c, 1), stored;

	in = (uint32_t)rkr_align_up(in ? in : 1, atom);
	stored = !o->int8 && in % 32 == 24 ? in + 8 : in;
	rkr_vote(&c->kernel, square_root(rkr_votes_best(&c->kernel_bytes, 0) / (stored * size)), 1);
	if (o->kind == RKR_OP_DEPTHWISE)
		rkr_vote(&c->kernel, square_root(rkr_votes_best(&c->weight_bytes, 0) / (stored * size)), 1);
	else if (o->out_c)
		rkr_vote(&c->kernel,
			 square_root(rkr_votes_best(&c->weight_bytes, 0) / (stored * size) / o->out_c), 1);
	o->kh = o->kw = rkr_votes_best(&c->kernel, 1);
}

/* Padding before that gives this output, with at most half a kernel of it on each side. */
static bool
fits(const struct rkr_op *o, uint32_t stride, uint32_t before)
{
	uint32_t half = o->kw / 2;
	uint64_t need = (uint64_t)(o->out_w - 1) * stride + o->kw;

	return before <= half && need <= (uint64_t)o->in_w + before + half &&
	       (uint64_t)o->in_w + before < need + stride;
}

static void
find_stride_and_padding(struct rkr_op *o, const struct conv *c)
{
	static const uint32_t strides[] = { 1, 2, 7 };
	struct rkr_votes s = c->stride, p = c->pad;

	for (size_t i = 0; i < RKR_ARRAY_LEN(strides); i++)
		for (uint32_t before = 0; before <= o->kw / 2; before++)
			if (fits(o, strides[i], before)) {
				rkr_vote(&s, strides[i], 2 * (unsigned)o->n_tasks + 4);
				break;
			}
	o->stride = rkr_votes_best(&s, 1);
	/* What fits outweighs what does not, and what a register says of that outweighs the rest. */
	for (uint32_t before = 0; before <= o->kw / 2; before++)
		if (fits(o, o->stride, before))
			rkr_vote(&p, before, 1000);
	o->pad_top = o->pad_left = rkr_votes_best(&p, 0);
}

void
rkr_network_measure_conv(const struct rkr_network *n, size_t op)
{
	struct rkr_op *o = &n->ops[op];
	struct conv c = { .c_done = false };
	struct rkr_walk w = { n, op, o, &c };
	const struct rkr_reg_block *rdma;

	rkr_each_word(&w, take_conv);
	rkr_each_word(&w, take_channels);
	/* What came last belongs to the tile before the rows that ended it, or to the end. */
	if (!c.c_done)
		end_tile(&c);
	rkr_each_word(&w, take_dpu);
	rkr_reg_by_offset(RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, &rdma);
	o->bias = n->tasks[o->first].task.enable_mask >> rdma->op_enable_bit & 1;
	o->int8 = rkr_votes_best(&c.int8, 0);
	o->lut = rkr_votes_best(&c.lut, 0);
	o->add = rkr_votes_best(&c.add, 0);
	/* With a second input the relu comes after that. */
	o->relu = rkr_votes_best(o->add ? &c.add_relu : &c.relu, 0) && !o->lut;
	if (o->lut) {
		/* What each register says of a wide output; the surfaces of a unit say it too. */
		uint32_t narrow = o->kind == RKR_OP_DEPTHWISE ? 4 : 2;

		c.wide = (struct rkr_votes){ .n_values = 0 };
		rkr_each_word(&w, take_dpu);
		for (size_t i = 0; i < c.per_unit.n_values; i++)
			rkr_vote(&c.wide, c.per_unit.value[i] != narrow, c.per_unit.n[i]);
		o->out_fp32 = rkr_votes_best(&c.wide, 0);
	}
	find_output(o, &c);
	find_input(o, &c);
	find_channels(&w, &c);
	find_kernel(o, &c);
	if (o->kind == RKR_OP_RESIZE) {
		/* A phase: its map is read whole, and written with room for the others. */
		o->in_h = rkr_votes_best(&c.in_rows, 0);
		o->out_h = o->in_h - o->kh + 1;
		o->stride = 1;
		return;
	}
	find_stride_and_padding(o, &c);
}
