/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/regs-ids.h"
#include "network-priv.h"
#include "regcmd.h"
#include "util.h"

/* What kind of operator a record is of. */

const char *
rkr_op_kind_name(enum rkr_op_kind kind)
{
	static const char *const names[] = {
#define K(id, name, what) name,
		RKR_OP_KINDS(K)
#undef K
	};

	return names[kind];
}

bool
rkr_op_convolves(enum rkr_op_kind kind)
{
	return kind <= RKR_OP_RESIZE;
}

/* Registers that tell what a record of DPU and DPU_RDMA does. */
enum { SIGN_BS = 2, N_SIGNS = 9 };
static const uint16_t sign_of[N_SIGNS] = {
	RKR_REG_DPU_FEATURE_MODE_CFG,
	RKR_REG_DPU_DATA_FORMAT,
	RKR_REG_DPU_BS_CFG,
	RKR_REG_DPU_BN_CFG,
	RKR_REG_DPU_EW_CFG,
	RKR_REG_DPU_RDMA_RDMA_BRDMA_CFG,
	RKR_REG_DPU_RDMA_RDMA_ERDMA_CFG,
	RKR_REG_DPU_RDMA_RDMA_FEATURE_MODE_CFG,
	RKR_REG_DPU_RDMA_RDMA_NRDMA_CFG,
};

#define ANY UINT32_MAX

/* clang-format off */
#define OP(kind, ...) { RKR_OP_##kind, { __VA_ARGS__ } }
/* [captured: 591 records of five networks] */
static const struct {
	enum rkr_op_kind kind;
	uint32_t sign[N_SIGNS];
} signatures[] = {
	/*                mode        format      BS       BN       EW          BRDMA ERDMA RDMA mode NRDMA */
	OP(COPY,          0x1e5,      0x48000002, 0x53,    0x53,    0x383,      0, 1,          0x17849, 0),
	OP(COPY,          0x1e5,      0,          0x53,    0x53,    0x383,      0, 1,          0x7801,  0),
	OP(COPY,          0x1e5,      0,          0x20050, 0x53,    0x383,      0, 1,          0x7801,  0),
	OP(ADD,           0x1e5,      0x48000002, 0x53,    0x53,    0x108202c0, 0, 0x40000008, 0x17849, 0),
	OP(ADD,           0x1e5,      0x48000002, 0x53,    0x53,    0x108200c0, 0, 0x40000008, 0x17849, 0),
	OP(ADD,           0x1e5,      0,          0x20040, 0x53,    0x904202c0, 0, 0x40000004, 0x7801,  0),
	OP(ADD,           0x1e5,      0,          0x20040, 0x53,    0x904200c0, 0, 0x40000004, 0x7801,  0),
	OP(SCALE_VECTOR,  0x1e5,      0x48000002, 0x53,    0x53,    0x8003c4,   0, 8,          0x17849, 0),
	OP(SCALE,         0x1e5,      0x48000002, 0x42,    0x53,    0x383,      0, 1,          0x17849, 0),
	OP(OFFSET,        0x1e5,      0x48000002, 0x20050, 0x53,    0x283,      0, 1,          0x17849, 0),
	OP(OFFSET_VECTOR, 0x1e5,      0x48000002, 0x20150, 0x53,    0x283,      2, 1,          0x17849, 0),
	OP(AFFINE_VECTOR, 0x1e5,      0x48000002, 0x42,    0x20110, 0x383,      8, 1,          0x17849, 2),
	OP(UPSAMPLE,      0x1e5,      0x44000002, 0x53,    0x53,    0x383,      0, 1,          0xf841,  0),
	OP(UPSAMPLE,      0x1e5,      0x04000000, 0x53,    0x53,    0x383,      0, 1,          0xf801,  0),
	OP(TO_FP16,       0x800001e5, 0x54000005, 0x42,    0x42,    0x383,      0, 0x4000000c, 0x2fba9, 0),
	OP(LUT,           0x1e5,      0x48000002, 0x53,    0x20040, 0x300,      0, 1,          0x17849, 0),
	OP(LAYOUT,        ANY,        0x24000001, 0x53,    0x53,    0x383,      0, 1,          0xf821,  0),
};
/* clang-format on */

#define NO_SIGNATURE UINT8_MAX

/* One wrong register does not make it another kind. */
#define FAR 2

/* BS adds a number of its register. */
static bool
adds_constant(const uint32_t sign[N_SIGNS])
{
	return !FIELD(sign[SIGN_BS], DPU, BS_CFG, BS_BYPASS) &&
	       !FIELD(sign[SIGN_BS], DPU, BS_CFG, BS_ALU_BYPASS) &&
	       !FIELD(sign[SIGN_BS], DPU, BS_CFG, BS_ALU_SRC);
}

/* BS multiplies, by a number of its register or by one of each channel: which it is, stands there too. */
static bool
multiplies(const uint32_t sign[N_SIGNS])
{
	return !FIELD(sign[SIGN_BS], DPU, BS_CFG, BS_BYPASS) &&
	       !FIELD(sign[SIGN_BS], DPU, BS_CFG, BS_MUL_BYPASS);
}

/* The numbers that BS adds and multiplies by. */
enum { ADDEND, FACTOR, N_CONSTANTS };
static const uint16_t constant_of[N_CONSTANTS] = { RKR_REG_DPU_BS_ALU_CFG, RKR_REG_DPU_BS_MUL_CFG };

/*
 * How far a record is from a signature: first in registers, then in bits, then
 * by whether there are numbers where it needs some.
 */
static unsigned
distance(const uint32_t want[N_SIGNS], const uint32_t sign[N_SIGNS], const uint32_t constants[N_CONSTANTS])
{
	unsigned registers = 0, bits = 0;

	for (size_t k = 0; k < N_SIGNS; k++) {
		registers += want[k] != ANY && want[k] != sign[k];
		bits += want[k] == ANY ? 0 : (unsigned)__builtin_popcount(want[k] ^ sign[k]);
	}
	return registers << 16 | bits << 2 |
	       (unsigned)((adds_constant(want) != (constants[ADDEND] != 0)) +
			  (multiplies(want) != (constants[FACTOR] != 0)));
}

static enum rkr_op_kind
nearest(const uint32_t sign[N_SIGNS], const uint32_t constants[N_CONSTANTS], uint8_t *ret_signature)
{
	enum rkr_op_kind kind = RKR_OP_UNKNOWN;
	unsigned best = FAR << 16;

	*ret_signature = NO_SIGNATURE;
	for (size_t i = 0; i < RKR_ARRAY_LEN(signatures); i++) {
		unsigned d = distance(signatures[i].sign, sign, constants);

		if (d < best) {
			best = d;
			kind = signatures[i].kind;
			*ret_signature = (uint8_t)i;
		}
	}
	return kind;
}

static bool
starts(const struct rkr_network_task *t, uint16_t any_offset)
{
	const struct rkr_reg_block *block;

	rkr_reg_by_offset(any_offset, &block);
	return t->task.enable_mask >> block->op_enable_bit & 1;
}

/* Registers that tell which kind of convolution a record is of. */
enum { CON1, CON3, MISC, MODE, FETCHED, LINE, NOTCH, N_CONV_SIGNS };
static const uint16_t conv_sign_of[N_CONV_SIGNS] = {
	[CON1] = RKR_REG_CNA_CONV_CON1,
	[CON3] = RKR_REG_CNA_CONV_CON3,
	[MISC] = RKR_REG_CORE_MISC_CFG,
	[MODE] = RKR_REG_DPU_FEATURE_MODE_CFG,
	[FETCHED] = RKR_REG_CNA_FC_DATA_SIZE0,
	[LINE] = RKR_REG_CNA_DMA_CON1,
	[NOTCH] = RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR,
};

/* What most of the registers say that tell the kind. */
static enum rkr_op_kind
convolution(const uint32_t v[N_CONV_SIGNS])
{
	bool dw1 = FIELD(v[CON1], CNA, CONV_CON1, CONV_MODE) == 3;
	bool dw2 = FIELD(v[MISC], CORE, MISC_CFG, DW_EN);
	bool dw3 = FIELD(v[MODE], DPU, FEATURE_MODE_CFG, CONV_MODE) == 3;
	bool packed1 = FIELD(v[CON1], CNA, CONV_CON1, NONALIGN_DMA);
	bool packed2 = FIELD(v[CON1], CNA, CONV_CON1, ARGB_IN) >= 8;
	/* Lines of packed pixels are fetched one by one, others by four. */
	bool packed3 = v[LINE] == FIELD(v[FETCHED], CNA, FC_DATA_SIZE0, DMA_WIDTH);

	if (dw1 + dw2 + dw3 >= 2) {
		/*
		 * One phase of a resize leaves room for the others between its pixels; its
		 * lines are packed.
		 */
		bool phase = FIELD(v[CON1], CNA, CONV_CON1, GROUP_LINE_OFF);

		return phase && v[NOTCH] ? RKR_OP_RESIZE : RKR_OP_DEPTHWISE;
	}
	if (FIELD(v[CON1], CNA, CONV_CON1, DECONV) && FIELD(v[CON3], CNA, CONV_CON3, DECONV_X_STRIDE))
		return RKR_OP_DECONV;
	return packed1 + packed2 + packed3 >= 2 ? RKR_OP_STEM : RKR_OP_CONV;
}

static void
keep(const struct rkr_qword *q, const uint16_t *offsets, size_t n, uint32_t *values)
{
	for (size_t k = 0; k < n; k++)
		if (q->offset == offsets[k])
			values[k] = q->value;
}

void
rkr_network_classify(struct rkr_network *n)
{
	/* What overlays leave out is as two records before, in the order of the table. */
	uint32_t signs[2][N_SIGNS] = { { 0 } }, conv_signs[2][N_CONV_SIGNS] = { { 0 } },
		 constants[2][N_CONSTANTS] = { { 0 } };

	for (size_t i = 0; i < n->n_tasks; i++) {
		struct rkr_network_task *t = &n->tasks[i];
		size_t values = 0;

		if (t->original < i) {
			t->kind = n->tasks[t->original].kind;
			t->signature = n->tasks[t->original].signature;
			continue;
		}
		for (size_t w = 0; w < t->task.regcfg_amount; w++) {
			struct rkr_qword q = rkr_qword_decode(n->words[t->words + w]);

			values += q.offset == RKR_REG_DPU_LUT_ACCESS_DATA;
			keep(&q, sign_of, N_SIGNS, signs[i % 2]);
			keep(&q, conv_sign_of, N_CONV_SIGNS, conv_signs[i % 2]);
			keep(&q, constant_of, N_CONSTANTS, constants[i % 2]);
		}
		t->signature = NO_SIGNATURE;
		if (starts(t, RKR_REG_CNA_CONV_CON1))
			t->kind = (uint8_t)convolution(conv_signs[i % 2]);
		else if (starts(t, RKR_REG_PPU_DATA_CUBE_IN_WIDTH))
			t->kind = RKR_OP_POOL;
		else if (starts(t, RKR_REG_DPU_FEATURE_MODE_CFG))
			t->kind = (uint8_t)nearest(signs[i % 2], constants[i % 2], &t->signature);
		else
			t->kind = RKR_OP_UNKNOWN;
		/* A load of a table copies a pixel, too. */
		if (values > 1)
			t->kind = RKR_OP_LUT_LOAD;
	}
}

uint32_t
rkr_network_sign(unsigned signature, uint16_t offset)
{
	for (size_t k = 0; signature < RKR_ARRAY_LEN(signatures) && k < N_SIGNS; k++)
		if (sign_of[k] == offset)
			return signatures[signature].sign[k];
	return ANY;
}

bool
rkr_op_sign(unsigned signature, uint16_t offset, uint32_t *ret_value)
{
	uint32_t v = rkr_network_sign(signature, offset);

	if (v == ANY)
		return false;
	*ret_value = v;
	return true;
}
