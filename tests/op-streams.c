/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/op-streams.h"

#include <string.h>

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/regs.h"
#include "lib/util.h"

void
stream_begin(struct stream *s)
{
	ck_assert_uint_lt(s->n_tasks, STREAM_TASKS);
	s->n = (size_t)rkr_align_up(s->n, 2);
	s->task[s->n_tasks].start = s->n;
}

void
stream_write(struct stream *s, uint16_t offset, uint32_t value)
{
	const struct rkr_reg_block *block;

	ck_assert_ptr_nonnull(rkr_reg_by_offset(offset, &block));
	ck_assert_uint_lt(s->n, STREAM_WORDS);
	s->words[s->n++] = rkr_qword_encode(block->qword_target, value, offset);
}

void
stream_end(struct stream *s, uint32_t enable)
{
	size_t start = s->task[s->n_tasks].start;

	ck_assert_uint_lt(s->n + RKR_REGCMD_TAIL, STREAM_WORDS);
	s->task[s->n_tasks].amount = s->n - start;
	s->task[s->n_tasks].enable = enable;
	s->task[s->n_tasks++].int_mask = enable & 0x60 ? 0xc00 : 0x300;
	s->n += RKR_REGCMD_TAIL;
}

/* Each record tells of the next. */
static void
link_tasks(struct stream *s, uint32_t base)
{
	for (size_t i = 0; i < s->n_tasks; i++) {
		uint64_t *tail = s->words + s->task[i].start + s->task[i].amount;

		memset(tail, 0, RKR_REGCMD_TAIL * sizeof(*tail));
		tail[2] = UINT64_C(0x0041) << 48;
		tail[3] = rkr_qword_encode(0x0081, s->task[i].enable, RKR_REG_PC_OPERATION_ENABLE);
		if (i + 1 == s->n_tasks)
			break;
		tail[0] = rkr_qword_encode(RKR_TARGET_PC, base + 8 * (uint32_t)s->task[i + 1].start,
					   RKR_REG_PC_BASE_ADDRESS);
		tail[1] =
			rkr_qword_encode(RKR_TARGET_PC, rkr_regcmd_pc_amount((uint32_t)s->task[i + 1].amount),
					 RKR_REG_PC_REGISTER_AMOUNTS);
	}
}

struct rkr_abi_submit
stream_place(struct stream *s, struct emu *emu, struct emu_bo *ret_regcmd, struct emu_bo *ret_table)
{
	const struct emu_bo regcmd = *ret_regcmd = emu_bo(emu, s->n * 8, 0x403);
	const struct emu_bo table = *ret_table = emu_bo(emu, s->n_tasks * RKR_TASK_BYTES, 0x40b);
	const struct rkr_abi_submit submit = device_tasks(&table, 0, (uint32_t)s->n_tasks);

	link_tasks(s, (uint32_t)regcmd.dma);
	memcpy(regcmd.memory, s->words, s->n * 8);
	for (size_t i = 0; i < s->n_tasks; i++) {
		const struct rkr_task task = { .op_idx = (uint32_t)i + 1,
					       .enable_mask = s->task[i].enable,
					       .int_mask = s->task[i].int_mask,
					       .int_clear = 0x1ffff,
					       .regcfg_amount = (uint32_t)s->task[i].amount,
					       .regcmd_addr = regcmd.dma + 8 * s->task[i].start };

		rkr_task_encode(&task, (uint8_t *)table.memory + i * RKR_TASK_BYTES);
	}
	*s = (struct stream){ 0 };
	return submit;
}

struct rkr_abi_submit
stream_load(struct stream *s, struct emu *emu)
{
	struct emu_bo regcmd, table;

	return stream_place(s, emu, &regcmd, &table);
}

void
stream_play(struct stream *s, struct emu *emu)
{
	const struct rkr_abi_submit submit = stream_load(s, emu);

	device_submit(emu, &submit);
}

/* From memory to memory, fp16. */
static void
write_flying(struct stream *s, uint32_t atoms, uint32_t src, uint32_t dst)
{
	stream_write(s, RKR_REG_DPU_S_POINTER, 0xe);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_S_POINTER, 0xe);
	stream_write(s, RKR_REG_DPU_FEATURE_MODE_CFG, 0x1e5);
	stream_write(s, RKR_REG_DPU_DST_BASE_ADDR, dst);
	stream_write(s, RKR_REG_DPU_DATA_CUBE_WIDTH, atoms - 1);
	stream_write(s, RKR_REG_DPU_DATA_CUBE_HEIGHT, 0);
	stream_write(s, RKR_REG_DPU_DATA_CUBE_CHANNEL, 0x70007);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, atoms - 1);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, 0);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, 7);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, src);
}

void
stream_elementwise(struct stream *s, enum op op, enum width width, uint32_t atoms, uint32_t a, uint32_t b,
		   uint32_t out)
{
	/* Codes of precision and size; what is fp16 on its way in may be widened there. */
	static const uint32_t format[] = {
		[WIDTH_HALF] = 0x48000002, [WIDTH_WIDEN] = 0xa8000002, [WIDTH_FLOAT] = 0xb4000005
	};
	static const uint32_t ew[OP_MAX_] = {
		[OP_ADD] = 0x108202c0, [OP_SUB] = 0x108402c0, [OP_MUL] = 0x108003c4,
		[OP_DIV] = 0x108303c0, [OP_MAX] = 0x108002c0, [OP_MIN] = 0x108102c0,
		[OP_NEG] = 0x108602c0, [OP_ABS] = 0x108502c0, [OP_GREATER] = 0x108002c1,
	};
	bool greater = op == OP_GREATER, is_float = width == WIDTH_FLOAT;

	stream_begin(s);
	write_flying(s, atoms, a, out);
	stream_write(s, RKR_REG_DPU_DATA_FORMAT, format[width]);
	if (is_float) {
		stream_write(s, RKR_REG_DPU_DATA_CUBE_CHANNEL, 0x30003);
		stream_write(s, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, 3);
	}
	stream_write(s, RKR_REG_DPU_BS_CFG, greater ? 0x40040 : 0x53);
	stream_write(s, RKR_REG_DPU_BN_CFG, greater ? 0x40082 : 0x53);
	if (greater) {
		/* (v - 2^-24) * 2 * infinity, cut to 0..1 */
		stream_write(s, RKR_REG_DPU_BS_ALU_CFG, 0x33800000);
		stream_write(s, RKR_REG_DPU_BS_MUL_CFG, 0x40000000);
		stream_write(s, RKR_REG_DPU_BN_MUL_CFG, 0x7c000000);
		stream_write(s, RKR_REG_DPU_BN_RELUX_CMP_VALUE, 0x3f800000);
	}
	stream_write(s, RKR_REG_DPU_EW_CFG, ew[op] | (is_float ? 0x400000 : 0));
	stream_write(s, RKR_REG_DPU_OUT_CVT_SCALE, width == WIDTH_HALF ? 0x10001 : 0);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, b);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, is_float ? 0x4000000c : 0x40000008);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG,
		     is_float       ? 0x2f8a9
		     : op == OP_DIV ? 0x17841
				    : 0x17849);
	stream_end(s, 0x18);
}

/* ---- Convolutions and products */

/* Kernels that the MAC array computes at a time. */
static unsigned
kernel_group(const struct ref_conv *ref)
{
	return (ref->number == REF_INT8 ? 32u : 16u) << (ref->depthwise ? 1 : 0);
}

unsigned
conv_op_kernels(const struct conv_op *op)
{
	return (unsigned)rkr_align_up(op->ref.k, kernel_group(&op->ref));
}

unsigned
conv_op_size(const struct conv_op *op)
{
	return op->out == OUT_FP16 ? 2 : op->out == OUT_INT8 ? 1 : 4;
}

/* Numbers in a row of a row-major result. */
static unsigned
row_numbers(const struct conv_op *op)
{
	return (unsigned)rkr_align_up(op->ref.k, 32);
}

static uint32_t
out_surface(const struct conv_op *op)
{
	return op->row_major ? 16 : (uint32_t)rkr_align_up((uint64_t)op->ref.oh * op->ref.ow, 4) * 16;
}

size_t
conv_op_at(const struct conv_op *op, unsigned k, unsigned y, unsigned x)
{
	unsigned lanes = 16 / conv_op_size(op);

	if (op->row_major)
		/* Of fp16 half of each 64 bytes stays unwritten. */
		return op->out == OUT_FP16 ? (size_t)y * row_numbers(op) * 4 + k / 16 * 64 + k % 16 * 2
					   : ((size_t)y * row_numbers(op) + k) * 4;
	return (size_t)(k / lanes) * out_surface(op) + ((size_t)y * op->ref.ow + x) * 16 +
	       k % lanes * conv_op_size(op);
}

static void
write_cna(struct stream *s, const struct conv_op *op)
{
	const struct ref_conv *r = &op->ref;
	static const uint32_t precision[] = { [REF_INT8] = 0, [REF_INT16] = 0x90, [REF_FP16] = 0x120 };
	uint32_t con1 = precision[r->number] | (r->depthwise ? 3 : 0), line = 4 * r->w,
		 gap = r->w * (r->h - 4);
	uint32_t size = ref_number_size(r->number), stored = r->c % 32 == 24 && size == 2 ? r->c + 8 : r->c;
	uint32_t kernel = r->kh * r->kw * stored * size;

	if (op->channels) {
		con1 |= 1u << 30 | 1u << 29 | (7 + op->channels) << 12;
		line = r->w;
		gap = r->w * (r->h - 1);
	} else if (op->row_major) {
		con1 |= 1u << 29;
		line = r->c * size / 16;
		gap = 0;
	}
	stream_write(s, RKR_REG_CNA_CONV_CON1, con1);
	stream_write(s, RKR_REG_CNA_CONV_CON2, (r->kh + r->stride + 1) << 4);
	stream_write(s, RKR_REG_CNA_CONV_CON3, r->stride << 3 | r->stride);
	stream_write(s, RKR_REG_CNA_DATA_SIZE0, r->w << 16 | r->h);
	stream_write(s, RKR_REG_CNA_DATA_SIZE1, (r->c - 1) % 64 << 16 | r->c);
	stream_write(s, RKR_REG_CNA_DATA_SIZE2, r->ow);
	stream_write(s, RKR_REG_CNA_DATA_SIZE3, r->ow * r->oh);
	stream_write(s, RKR_REG_CNA_WEIGHT_SIZE0, r->depthwise ? kernel : kernel * r->k);
	stream_write(s, RKR_REG_CNA_WEIGHT_SIZE1, kernel);
	stream_write(s, RKR_REG_CNA_WEIGHT_SIZE2, r->kw << 24 | r->kh << 16 | (r->depthwise ? 1 : r->k));
	stream_write(s, RKR_REG_CNA_CBUF_CON0, 0x1b);
	stream_write(s, RKR_REG_CNA_CBUF_CON1, (uint32_t)rkr_div_up((uint64_t)r->w * r->c * size, 64));
	stream_write(s, RKR_REG_CNA_CVT_CON0, 0xb);
	for (uint16_t i = 0; i < 4; i++)
		stream_write(s, (uint16_t)(RKR_REG_CNA_CVT_CON1 + 4 * i), 0x10000);
	stream_write(s, RKR_REG_CNA_PAD_CON0, (uint32_t)r->left << 4 | (uint32_t)r->top);
	stream_write(s, RKR_REG_CNA_FEATURE_DATA_ADDR, op->in);
	stream_write(s, RKR_REG_CNA_DMA_CON0, 0xf000f);
	stream_write(s, RKR_REG_CNA_DMA_CON1, line);
	stream_write(s, RKR_REG_CNA_DMA_CON2, gap & 0xfffffff);
	stream_write(s, RKR_REG_CNA_FC_DATA_SIZE0, r->w << 16 | r->h);
	stream_write(s, RKR_REG_CNA_FC_DATA_SIZE1, r->c);
	stream_write(s, RKR_REG_CNA_DCOMP_ADDR0, op->weights);
	stream_write(s, RKR_REG_CNA_PAD_CON1, (uint32_t)(int32_t)r->pad);
	stream_write(s, RKR_REG_CORE_MISC_CFG, (uint32_t)r->number << 8 | (r->depthwise ? 2 : 0));
	stream_write(s, RKR_REG_CORE_DATAOUT_SIZE_0, (r->oh - 1) << 16 | (r->ow - 1));
	stream_write(s, RKR_REG_CORE_DATAOUT_SIZE_1, conv_op_kernels(op) - 1);
}

static uint32_t
data_format(const struct conv_op *op)
{
	static const uint32_t in[] = { [REF_INT8] = 0, [REF_INT16] = 0x04000001, [REF_FP16] = 0x08000002 };
	static const uint32_t out[] = { [OUT_FP16] = 2, [OUT_FP32] = 5, [OUT_INT32] = 4, [OUT_INT8] = 0 };

	return in[op->ref.number] | out[op->out] << 29 | (op->operands && !op->bias_alone ? 0xe0 : 0);
}

static void
write_dpu(struct stream *s, const struct conv_op *op)
{
	const struct ref_conv *r = &op->ref;
	/* surfaces of a kernel group; each third of OW_CFG says so, minus one */
	uint32_t per_group = kernel_group(r) * conv_op_size(op) / 16, e = per_group - 1;
	uint32_t kernels = conv_op_kernels(op);
	uint32_t notch = op->row_major ? row_numbers(op) / 32 * 8 - 1 : 0;

	stream_write(s, RKR_REG_DPU_FEATURE_MODE_CFG, r->depthwise ? 0x1fc : 0x1e4);
	stream_write(s, RKR_REG_DPU_DATA_FORMAT, data_format(op));
	stream_write(s, RKR_REG_DPU_DST_BASE_ADDR, op->dst);
	stream_write(s, RKR_REG_DPU_DST_SURF_STRIDE, out_surface(op));
	stream_write(s, RKR_REG_DPU_DATA_CUBE_WIDTH, r->ow - 1);
	stream_write(s, RKR_REG_DPU_DATA_CUBE_HEIGHT, r->oh - 1);
	stream_write(s, RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR, notch * 0x10001);
	stream_write(s, RKR_REG_DPU_DATA_CUBE_CHANNEL, (r->k - 1) << 16 | (kernels - 1));
	stream_write(s, RKR_REG_DPU_BS_CFG, !op->operands ? 0x53 : op->bias_alone ? 0x20150 : 0x20140);
	stream_write(s, RKR_REG_DPU_BS_MUL_CFG, op->operands && !op->bias_alone ? 0xe01 : 0);
	stream_write(s, RKR_REG_DPU_BS_OW_CFG, e << 8 | e << 5 | e << 2 | (op->zero ? 0 : 2));
	stream_write(s, RKR_REG_DPU_BS_OW_OP, (uint16_t)op->zero);
	stream_write(s, RKR_REG_DPU_BN_CFG, 0x53);
	stream_write(s, RKR_REG_DPU_EW_CFG, 0x383);
	stream_write(s, RKR_REG_DPU_EW_CVT_SCALE_VALUE, 1);
	stream_write(s, RKR_REG_DPU_OUT_CVT_OFFSET, (uint32_t)op->offset);
	stream_write(s, RKR_REG_DPU_OUT_CVT_SCALE,
		     op->out == OUT_FP16   ? 0x10001
		     : op->out == OUT_INT8 ? op->scale
					   : 1);
	stream_write(s, RKR_REG_DPU_OUT_CVT_SHIFT, op->shift);
	if (op->factor) {
		stream_write(s, RKR_REG_DPU_DST_SURF_STRIDE, 16 * op->factor * op->factor * r->ow * r->oh);
		stream_write(s, RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR, (op->factor - 1) * 0x10001);
		stream_write(s, RKR_REG_DPU_WDMA_SIZE_0, kernels * r->oh - 1);
		stream_write(s, RKR_REG_DPU_WDMA_SIZE_1, (r->oh - 1) << 16);
	}
	stream_write(s, RKR_REG_DPU_SURFACE_ADD,
		     op->factor      ? 16 * op->factor * op->factor * r->ow
		     : op->row_major ? (op->ref.number == REF_INT8 ? 128 : 64)
				     : per_group * out_surface(op));
}

void
stream_conv(struct stream *s, const struct conv_op *op)
{
	stream_begin(s);
	stream_write(s, RKR_REG_DPU_S_POINTER, 0xe);
	write_cna(s, op);
	write_dpu(s, op);
	if (op->operands) {
		stream_write(s, RKR_REG_DPU_RDMA_RDMA_S_POINTER, 0xe);
		stream_write(s, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_WIDTH, op->ref.ow - 1);
		stream_write(s, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, op->ref.oh - 1);
		stream_write(s, RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, conv_op_kernels(op) - 1);
		stream_write(s, RKR_REG_DPU_RDMA_RDMA_BRDMA_CFG, op->bias_alone ? 0x2 : 0xe);
		stream_write(s, RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR, op->operands);
		stream_write(s, RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 1);
		stream_write(s, RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x7810);
	}
	stream_end(s, op->operands ? 0x1d : 0xd);
}

/* ---- Pooling and tables */

void
stream_pool(struct stream *s, const struct pool_op *op)
{
	stream_begin(s);
	stream_write(s, RKR_REG_PPU_S_POINTER, 0xe);
	stream_write(s, RKR_REG_PPU_RDMA_RDMA_S_POINTER, 0xe);
	stream_write(s, RKR_REG_PPU_DATA_CUBE_IN_WIDTH, op->w - 1);
	stream_write(s, RKR_REG_PPU_DATA_CUBE_IN_HEIGHT, op->h - 1);
	stream_write(s, RKR_REG_PPU_DATA_CUBE_IN_CHANNEL, op->c - 1);
	stream_write(s, RKR_REG_PPU_DATA_CUBE_OUT_WIDTH, op->ow - 1);
	stream_write(s, RKR_REG_PPU_DATA_CUBE_OUT_HEIGHT, op->oh - 1);
	stream_write(s, RKR_REG_PPU_DATA_CUBE_OUT_CHANNEL, op->c - 1);
	stream_write(s, RKR_REG_PPU_OPERATION_MODE_CFG, 0x10 | op->method);
	stream_write(s, RKR_REG_PPU_POOLING_KERNEL_CFG,
		     (op->stride - 1) * 0x110000 | (op->kh - 1) << 8 | (op->kw - 1));
	stream_write(s, RKR_REG_PPU_RECIP_KERNEL_WIDTH, ref_half_bits(ref_half_round(65536.0 / op->kw)));
	stream_write(s, RKR_REG_PPU_RECIP_KERNEL_HEIGHT, ref_half_bits(ref_half_round(65536.0 / op->kh)));
	stream_write(s, RKR_REG_PPU_POOLING_PADDING_CFG, op->pad * 0x1111);
	stream_write(s, RKR_REG_PPU_DST_BASE_ADDR, op->dst);
	stream_write(s, RKR_REG_PPU_DST_SURF_STRIDE, op->ow * op->oh * 16);
	stream_write(s, RKR_REG_PPU_DATA_FORMAT, 2);
	stream_write(s, RKR_REG_PPU_MISC_CTRL, 3);
	stream_write(s, RKR_REG_PPU_RDMA_RDMA_CUBE_IN_WIDTH, op->w - 1);
	stream_write(s, RKR_REG_PPU_RDMA_RDMA_CUBE_IN_HEIGHT, op->h - 1);
	stream_write(s, RKR_REG_PPU_RDMA_RDMA_CUBE_IN_CHANNEL, op->c - 1);
	stream_write(s, RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR, op->src);
	stream_write(s, RKR_REG_PPU_RDMA_RDMA_SRC_LINE_STRIDE, op->w * 16);
	stream_write(s, RKR_REG_PPU_RDMA_RDMA_SRC_SURF_STRIDE, op->w * op->h * 16);
	stream_write(s, RKR_REG_PPU_RDMA_RDMA_DATA_FORMAT, 2);
	stream_end(s, 0x60);
}

void
stream_lut(struct stream *s, const struct lut_op *op)
{
	stream_begin(s);
	write_flying(s, op->atoms, op->src, op->dst);
	for (uint32_t t = 0; op->tables && t < 2; t++) {
		stream_write(s, RKR_REG_DPU_LUT_ACCESS_CFG, 0x20000 | t << 16);
		for (size_t i = 0; i < 513; i++)
			stream_write(s, RKR_REG_DPU_LUT_ACCESS_DATA, (uint16_t)op->tables[t][i]);
	}
	stream_write(s, RKR_REG_DPU_DATA_FORMAT, 0x48000002);
	stream_write(s, RKR_REG_DPU_BS_CFG, 0x53);
	stream_write(s, RKR_REG_DPU_BN_CFG, 0x20040);
	stream_write(s, RKR_REG_DPU_BN_ALU_CFG, 0x80000000);
	stream_write(s, RKR_REG_DPU_BN_MUL_CFG, (uint32_t)op->scale << 16);
	stream_write(s, RKR_REG_DPU_EW_CFG, 0x302);
	stream_write(s, RKR_REG_DPU_OUT_CVT_SCALE, 0x10001);
	stream_write(s, RKR_REG_DPU_LUT_CFG, 0x68);
	stream_write(s, RKR_REG_DPU_LUT_INFO, 0x50500);
	stream_write(s, RKR_REG_DPU_LUT_LE_START, 0xffffc000);
	stream_write(s, RKR_REG_DPU_LUT_LO_END, 0x4000);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG, 1);
	stream_write(s, RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x17849);
	stream_end(s, 0x18);
}
