/* SPDX-License-Identifier: MIT */
/* What DPU's registers say, and what of it is not modelled. */
#include "config.h"

#include <errno.h>

#include "lib/util.h"
#include "replay/emu/dpu.h"

/* Output cubes are addressed with 32 bits. */
#define MAX_BYTES UINT32_MAX

/* What a value costs on its way through the stages. */
#define VALUE_WORK 16

/* Bypass bit 0 overrides the others of a stage. */
#define BYPASS 1u

/*
 * BS and BN have registers of the same form at different places, and the
 * fields of BS_CFG and BN_CFG are the same.
 */
static const struct stage_regs {
	const char *algo, *use;
	uint16_t cfg, alu, mul, relux, dma_use, dma_base;
	unsigned neg_shift;
} bs_regs = {
	"DPU.BS_CFG.BS_ALU_ALGO",
	"DPU_RDMA.RDMA_BRDMA_CFG.BRDMA_DATA_USE",
	RKR_REG_DPU_BS_CFG,
	RKR_REG_DPU_BS_ALU_CFG,
	RKR_REG_DPU_BS_MUL_CFG,
	RKR_REG_DPU_BS_RELUX_CMP_VALUE,
	RKR_REG_DPU_RDMA_RDMA_BRDMA_CFG,
	RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR,
	RKR_FLD_DPU_DATA_FORMAT_BS_MUL_SHIFT_VALUE_NEG_SHIFT,
}, bn_regs = {
	"DPU.BN_CFG.BN_ALU_ALGO",
	"DPU_RDMA.RDMA_NRDMA_CFG.NRDMA_DATA_USE",
	RKR_REG_DPU_BN_CFG,
	RKR_REG_DPU_BN_ALU_CFG,
	RKR_REG_DPU_BN_MUL_CFG,
	RKR_REG_DPU_BN_RELUX_CMP_VALUE,
	RKR_REG_DPU_RDMA_RDMA_NRDMA_CFG,
	RKR_REG_DPU_RDMA_RDMA_BN_BASE_ADDR,
	RKR_FLD_DPU_DATA_FORMAT_BN_MUL_SHIFT_VALUE_NEG_SHIFT,
};

#define BS_FIELD(word, field) ((word) >> RKR_FLD_DPU_##field##_SHIFT & RKR_FLD_DPU_##field##_MASK)

static int
configure_stage(struct rke_core *core, const struct stage_regs *regs, struct rke_stage *ret_stage)
{
	uint32_t cfg = rke_reg(core, regs->cfg);
	uint32_t mul = rke_reg(core, regs->mul);
	uint32_t algo = BS_FIELD(cfg, BS_CFG_BS_ALU_ALGO);
	struct rke_stage stage = { 0 };

	/* A stage that nobody ever set up lets values through. [inferred: clients then keep negative ones] */
	if (!rke_reg_written(core, regs->cfg) || cfg & BYPASS) {
		*ret_stage = stage;
		return 0;
	}
	stage.alu = !BS_FIELD(cfg, BS_CFG_BS_ALU_BYPASS);
	stage.mul = !BS_FIELD(cfg, BS_CFG_BS_MUL_BYPASS);
	stage.relu = !BS_FIELD(cfg, BS_CFG_BS_RELU_BYPASS);
	stage.relux = BS_FIELD(cfg, BS_CFG_BS_RELUX_EN);
	stage.prelu = BS_FIELD(cfg, BS_CFG_BS_MUL_PRELU);
	if (stage.alu && algo != RKE_EW_ADD && algo != RKE_EW_SUB)
		return rke_refuse(core, regs->algo, algo);
	stage.subtract = algo == RKE_EW_SUB;
	stage.alu_dma = stage.alu && BS_FIELD(cfg, BS_CFG_BS_ALU_SRC);
	stage.mul_dma = stage.mul && BS_FIELD(mul, BS_MUL_CFG_BS_MUL_SRC);
	stage.alu_word = rke_reg(core, regs->alu);
	stage.mul_word = (uint16_t)BS_FIELD(mul, BS_MUL_CFG_BS_MUL_OPERAND);
	stage.shift = BS_FIELD(mul, BS_MUL_CFG_BS_MUL_SHIFT_VALUE);
	stage.shift_neg = rke_reg(core, RKR_REG_DPU_DATA_FORMAT) >> regs->neg_shift &
			  RKR_FLD_DPU_DATA_FORMAT_BS_MUL_SHIFT_VALUE_NEG_MASK;
	stage.relux_word = rke_reg(core, regs->relux);
	stage.base = rke_reg(core, regs->dma_base);
	stage.use = rke_reg(core, regs->dma_use) >> RKR_FLD_DPU_RDMA_RDMA_BRDMA_CFG_BRDMA_DATA_USE_SHIFT &
		    RKR_FLD_DPU_RDMA_RDMA_BRDMA_CFG_BRDMA_DATA_USE_MASK;
	/* Shifts per channel, and an operand from a stream that is not read. */
	if (stage.mul && BS_FIELD(mul, BS_MUL_CFG_BS_TRUNCATE_SRC))
		return rke_refuse(core, "DPU.BS_MUL_CFG.BS_TRUNCATE_SRC", 1);
	if (stage.use & 8 && (stage.alu_dma || stage.mul_dma))
		return rke_refuse(core, regs->use, stage.use);
	if ((stage.alu_dma && !(stage.use & 1)) || (stage.mul_dma && !(stage.use & 4)))
		return rke_refuse(core, regs->use, stage.use);
	if (!stage.alu_dma && !stage.mul_dma)
		stage.use = 0;
	*ret_stage = stage;
	return 0;
}

int
rke_dpu_refuse_unknown(struct rke_core *core)
{
	static const struct rke_field must_be_zero[] = {
		RKE_FIELD_ROW(DPU, FEATURE_MODE_CFG, TP_EN),
		RKE_FIELD_ROW(DPU, FEATURE_MODE_CFG, NONALIGN),
		RKE_FIELD_ROW(DPU, FEATURE_MODE_CFG, RGP_TYPE),
		RKE_FIELD_ROW(DPU, BS_OW_CFG, TP_ORG_EN),
		RKE_FIELD_ROW(DPU, BS_OW_CFG, RGP_CNTER),
		RKE_FIELD_ROW(DPU, DATA_FORMAT, MC_SURF_OUT),
		RKE_FIELD_ROW(DPU, DATA_CUBE_HEIGHT, MINMAX_CTL),
	};

	return rke_refuse_nonzero(core, must_be_zero, RKR_ARRAY_LEN(must_be_zero));
}

static int
configure_format(struct rke_core *core, const struct rke_cube *cube, struct rke_dpu *dpu)
{
	uint32_t proc = RKE_FIELD(core, DPU_DATA_FORMAT, PROC_PRECISION);
	uint32_t out = RKE_FIELD(core, DPU_DATA_FORMAT, OUT_PRECISION);
	uint32_t mode = RKE_FIELD(core, DPU_FEATURE_MODE_CFG, OUTPUT_MODE);
	int r;

	/* To PPU alone: what PPU then does with it is known of no stream. */
	if (!(mode & 2))
		return rke_refuse(core, "DPU.FEATURE_MODE_CFG.OUTPUT_MODE", mode);
	r = rke_dpu_refuse_unknown(core);
	if (r)
		return r;
	switch (proc) {
	case RKE_FP16:
	case RKE_FP32:
		dpu->is_float = true;
		if (out != RKE_FP16 && out != RKE_FP32)
			return rke_refuse(core, "DPU.DATA_FORMAT.OUT_PRECISION", out);
		break;
	case RKE_INT8:
	case RKE_INT16:
	case RKE_INT32:
		/* int16 out stops the board. [source] */
		if (out != RKE_INT8 && out != RKE_INT32)
			return rke_refuse(core, "DPU.DATA_FORMAT.OUT_PRECISION", out);
		break;
	default:
		return rke_refuse(core, "DPU.DATA_FORMAT.PROC_PRECISION", proc);
	}
	if (cube && cube->is_float != dpu->is_float)
		return rke_refuse(core, "DPU.DATA_FORMAT.PROC_PRECISION", proc);
	dpu->out = (enum rke_precision)out;
	return 0;
}

/*
 * A phase of a resize, whose pixels are those of every f-th row and column of
 * a larger map: WDMA takes each for a line of its own, and a row for a group
 * of surfaces. [inferred: so the phases of 14 resizes, by 2, 4 and 8, write
 * each atom of their map once, and computed so one is the bilinear map of its
 * input to half a unit; all are square]
 */
static bool
is_phase(const struct rke_core *core, const struct rke_cube *cube, const struct rke_dpu *dpu)
{
	return cube && RKE_FIELD(core, DPU_DATA_CUBE_NOTCH_ADDR, NOTCH_ADDR_0) && dpu->width > 1 &&
	       dpu->width == dpu->height && dpu->group && dpu->out == RKE_INT8 &&
	       RKE_FIELD(core, DPU_WDMA_SIZE_1, WIDTH_WDMA) == 0 &&
	       RKE_FIELD(core, DPU_WDMA_SIZE_1, HEIGHT_WDMA) + 1 == dpu->height &&
	       RKE_FIELD(core, DPU_WDMA_SIZE_0, CHANNEL_WDMA) + 1 == dpu->channels * dpu->height &&
	       dpu->per_group * 16 == dpu->channels;
}

/*
 * addr(c1, y, x) = DST + c1 / E * SURF_ADD + c1 % E * DST_SURF_STRIDE +
 * (y * (W + NOTCH) + x) * 16, [captured] for E > 1. With SURF_ADD 0 surfaces
 * follow each other by the stride, and with no stride at all they lie
 * densely: [inferred], since surfaces would hide one another otherwise.
 */
static int
configure_target(struct rke_core *core, const struct rke_cube *cube, struct rke_dpu *dpu)
{
	uint32_t notch = RKE_FIELD(core, DPU_DATA_CUBE_NOTCH_ADDR, NOTCH_ADDR_0);
	uint32_t e = RKE_FIELD(core, DPU_BS_OW_CFG, SIZE_E_0);
	bool uneven = e != RKE_FIELD(core, DPU_BS_OW_CFG, SIZE_E_1) ||
		      e != RKE_FIELD(core, DPU_BS_OW_CFG, SIZE_E_2);

	dpu->dst = rke_reg(core, RKR_REG_DPU_DST_BASE_ADDR);
	dpu->surface = rke_reg(core, RKR_REG_DPU_DST_SURF_STRIDE) & ~15u;
	dpu->group = rke_reg(core, RKR_REG_DPU_SURFACE_ADD) & ~15u;
	dpu->per_group = e + 1;
	if (RKE_FIELD(core, DPU_DATA_CUBE_NOTCH_ADDR, NOTCH_ADDR_1) != notch)
		return rke_refuse(core, "DPU.DATA_CUBE_NOTCH_ADDR",
				  rke_reg(core, RKR_REG_DPU_DATA_CUBE_NOTCH_ADDR));
	dpu->pixel = RKE_ATOM;
	dpu->line = (dpu->width + notch) * RKE_ATOM;
	if (!uneven && is_phase(core, cube, dpu)) {
		dpu->pixel = (1 + notch) * RKE_ATOM;
		dpu->line = dpu->group;
	} else if (dpu->group == 0) {
		if (dpu->surface == 0)
			dpu->surface = dpu->width * dpu->height * RKE_ATOM;
		dpu->group = dpu->surface;
		dpu->per_group = 1;
	} else if (uneven) {
		return rke_refuse(core, "DPU.BS_OW_CFG", rke_reg(core, RKR_REG_DPU_BS_OW_CFG));
	}
	return 0;
}

static int
configure_extent(struct rke_core *core, const struct rke_cube *cube, struct rke_dpu *dpu)
{
	uint32_t original = RKE_FIELD(core, DPU_DATA_CUBE_CHANNEL, ORIG_CHANNEL) + 1;
	uint32_t pend = RKE_FIELD(core, DPU_OFFSET_PEND, OFFSET_PEND);
	uint64_t bytes;

	dpu->width = RKE_FIELD(core, DPU_DATA_CUBE_WIDTH, WIDTH) + 1;
	dpu->height = RKE_FIELD(core, DPU_DATA_CUBE_HEIGHT, HEIGHT) + 1;
	/*
	 * A copy of a part of a map: its reader and WDMA have the part's size, and
	 * the cube is the map. [inferred: 56 copies of rows and columns, whose gaps
	 * lead to the next line and surface only so] Where reader and WDMA differ,
	 * the cube counts: clients leave WDMA's out. [source]
	 */
	if (!cube &&
	    RKE_FIELD(core, DPU_RDMA_RDMA_DATA_CUBE_WIDTH, WIDTH) ==
		    RKE_FIELD(core, DPU_WDMA_SIZE_1, WIDTH_WDMA) &&
	    RKE_FIELD(core, DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, HEIGHT) ==
		    RKE_FIELD(core, DPU_WDMA_SIZE_1, HEIGHT_WDMA)) {
		dpu->width = RKE_FIELD(core, DPU_WDMA_SIZE_1, WIDTH_WDMA) + 1;
		dpu->height = RKE_FIELD(core, DPU_WDMA_SIZE_1, HEIGHT_WDMA) + 1;
	}
	dpu->channels = RKE_FIELD(core, DPU_DATA_CUBE_CHANNEL, CHANNEL) + 1;
	dpu->computed = dpu->channels;
	bytes = (uint64_t)dpu->width * dpu->height * rkr_align_up(dpu->channels, RKE_LANES);
	if (bytes > MAX_BYTES)
		return rke_refuse(core, "DPU.DATA_CUBE_CHANNEL", dpu->channels - 1);
	if (!cube)
		return 0;
	if (cube->width != dpu->width || cube->height < dpu->height)
		return rke_refuse(core, "DPU.DATA_CUBE_WIDTH", dpu->width - 1);
	/* Channels that the cube does not have get OFFSET_PEND. [source] */
	if (original < dpu->computed)
		dpu->computed = original;
	if (cube->channels < dpu->computed)
		dpu->computed = cube->channels;
	dpu->pend = (int16_t)pend;
	if (dpu->is_float && dpu->pend && dpu->computed < dpu->channels)
		return rke_refuse(core, "DPU.OFFSET_PEND", pend);
	return 0;
}

/* CPEND, and CORE's shift before BS: for integers from CORE. */
static int
configure_pend(struct rke_core *core, const struct rke_cube *cube, struct rke_dpu *dpu)
{
	unsigned use = RKE_FIELD(core, DPU_RDMA_RDMA_BRDMA_CFG, BRDMA_DATA_USE);

	if (!cube)
		return 0;
	dpu->ow_op = (int16_t)RKE_FIELD(core, DPU_BS_OW_OP, OW_OP);
	if (RKE_FIELD(core, DPU_BS_OW_CFG, OD_BYPASS))
		return 0;
	dpu->cpend_dma = RKE_FIELD(core, DPU_BS_OW_CFG, OW_SRC) && use & 2;
	if (dpu->cpend_dma && use & 8)
		return rke_refuse(core, bs_regs.use, use);
	dpu->cpend = dpu->cpend_dma || dpu->ow_op;
	if (dpu->cpend && dpu->is_float)
		return rke_refuse(core, "DPU.BS_OW_OP", (uint16_t)dpu->ow_op);
	if (dpu->cpend && !cube->sums)
		return rke_refuse(core, "DPU.BS_OW_CFG.OD_BYPASS", 0);
	return 0;
}

static int
configure_convert(struct rke_core *core, struct rke_dpu *dpu)
{
	uint32_t scale = RKE_FIELD(core, DPU_OUT_CVT_SCALE, OUT_CVT_SCALE);

	/*
	 * Floats: scale, shift and offset do nothing [source], the exponent is
	 * taken off [inferred: it is 15 with each table whose entries are 2^15
	 * times its results, and 0 otherwise].
	 */
	dpu->minus_exp = RKE_FIELD(core, DPU_OUT_CVT_SHIFT, MINUS_EXP);
	if (dpu->is_float)
		return 0;
	if (dpu->minus_exp)
		return rke_refuse(core, "DPU.OUT_CVT_SHIFT.MINUS_EXP", dpu->minus_exp);
	/* Whether the top bit is a sign is not known. */
	if (scale & 0x8000)
		return rke_refuse(core, "DPU.OUT_CVT_SCALE.OUT_CVT_SCALE", scale);
	dpu->convert = (struct rke_converter){
		.on = true,
		.add_first = RKE_FIELD(core, DPU_OUT_CVT_SHIFT, CVT_TYPE),
		.offset = (int32_t)rke_reg(core, RKR_REG_DPU_OUT_CVT_OFFSET),
		.scale = (int32_t)scale,
		.shift = RKE_FIELD(core, DPU_OUT_CVT_SHIFT, OUT_CVT_SHIFT),
	};
	return 0;
}

int
rke_dpu_configure(struct rke_core *core, const struct rke_cube *cube, struct rke_dpu *ret_dpu)
{
	struct rke_dpu dpu = { 0 };
	int r;

	r = configure_format(core, cube, &dpu);
	if (!r)
		r = configure_extent(core, cube, &dpu);
	if (!r)
		r = configure_target(core, cube, &dpu);
	if (!r)
		r = configure_pend(core, cube, &dpu);
	if (!r)
		r = configure_convert(core, &dpu);
	if (!r)
		r = configure_stage(core, &bs_regs, &dpu.bs);
	if (!r)
		r = configure_stage(core, &bn_regs, &dpu.bn);
	if (!r && !cube)
		r = rke_source_configure(core, &dpu);
	if (!r)
		r = rke_ew_configure(core, !cube, &dpu);
	if (!r && dpu.ew.lut)
		r = rke_lut_configure(core, &dpu.lut);
	if (r)
		return r;
	r = rke_spend(core,
		      (uint64_t)dpu.width * dpu.height * rkr_align_up(dpu.channels, RKE_LANES) * VALUE_WORK,
		      "DPU.DATA_CUBE_CHANNEL", rke_reg(core, RKR_REG_DPU_DATA_CUBE_CHANNEL));
	if (r)
		return r;
	if (dpu.cpend_dma) {
		/* CPEND's operands lie among those of BS, whether BS uses its own or not. */
		dpu.bs.use = RKE_FIELD(core, DPU_RDMA_RDMA_BRDMA_CFG, BRDMA_DATA_USE);
		dpu.bs.base = rke_reg(core, RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR);
	}
	dpu.clip = cube && !dpu.is_float ? RKE_FIELD(core, CORE_CLIP_TRUNCATE, CLIP_TRUNCATE) : 0;
	*ret_dpu = dpu;
	return 0;
}
