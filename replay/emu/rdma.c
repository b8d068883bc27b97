/* SPDX-License-Identifier: MIT */
/* DPU_RDMA: what DPU reads beside CORE's cube: main input, EW's operand, BS's and BN's per channel. */
#include "config.h"

#include <string.h>

#include "lib/util.h"
#include "replay/emu/dpu.h"
#include "replay/emu/half.h"

/* What COMB_USE says of the two readers of whole cubes. [captured] */
enum {
	COMB_NONE = 0,
	COMB_MAIN = 3, /* both fetch the main input, a surface each in turn */
	COMB_EW = 5,   /* both fetch EW's operand */
};

static uint32_t
atoms(uint64_t n)
{
	return (uint32_t)(n * RKE_ATOM);
}

static unsigned
element_size(enum rke_precision precision)
{
	switch (precision) {
	case RKE_INT8:
		return 1;
	case RKE_INT16:
	case RKE_FP16:
		return 2;
	default:
		return 4;
	}
}

int
rke_source_configure(struct rke_core *core, struct rke_dpu *dpu)
{
	uint32_t precision = RKE_FIELD(core, DPU_RDMA_RDMA_FEATURE_MODE_CFG, IN_PRECISION);
	uint32_t comb = RKE_FIELD(core, DPU_RDMA_RDMA_FEATURE_MODE_CFG, COMB_USE);
	uint32_t notch = RKE_FIELD(core, DPU_RDMA_RDMA_SRC_DMA_CFG, LINE_NOTCH_ADDR);
	bool is_float = precision == RKE_FP16 || precision == RKE_FP32;
	bool is_int = precision == RKE_INT8 || precision == RKE_INT32;

	if (dpu->is_float ? !is_float : !is_int)
		return rke_refuse(core, "DPU_RDMA.RDMA_FEATURE_MODE_CFG.IN_PRECISION", precision);
	if (comb != COMB_NONE && comb != COMB_MAIN)
		return rke_refuse(core, "DPU_RDMA.RDMA_FEATURE_MODE_CFG.COMB_USE", comb);
	if (RKE_FIELD(core, DPU_RDMA_RDMA_FEATURE_MODE_CFG, MRDMA_DISABLE))
		return rke_refuse(core, "DPU_RDMA.RDMA_FEATURE_MODE_CFG.MRDMA_DISABLE", 1);
	dpu->source = (struct rke_source){
		.precision = (enum rke_precision)precision,
		.base = { rke_reg(core, RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR),
			  rke_reg(core, RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR) },
		.engines = comb == COMB_MAIN ? 2 : 1,
		.line = atoms(dpu->width + notch),
		.channels = dpu->channels,
	};
	/* Behind the last line is SURF_NOTCH alone. [captured: 28 copies of columns] */
	dpu->source.surface = dpu->source.line * (dpu->height - 1) + atoms(dpu->width) +
			      (rke_reg(core, RKR_REG_DPU_RDMA_RDMA_SURF_NOTCH) & ~15u);
	return 0;
}

/*
 * The distance of EW's surfaces. Streams give it twice: EW_SURF_STRIDE, and
 * as the gap EW_SURF_NOTCH after a surface; where two engines share the
 * surfaces, the gap alone is right for each of them. [captured]
 */
static int
configure_ew_surface(struct rke_core *core, bool combined, const struct rke_dpu *dpu,
		     struct rke_source *source)
{
	uint32_t stride = rke_reg(core, RKR_REG_DPU_RDMA_RDMA_EW_SURF_STRIDE) & ~15u;
	uint32_t notch = rke_reg(core, RKR_REG_DPU_RDMA_RDMA_EW_SURF_NOTCH) & ~15u;
	uint32_t by_notch = source->line * dpu->height + notch;
	bool many = dpu->channels > RKE_ATOM / element_size(source->precision);

	if (combined && notch != (rke_reg(core, RKR_REG_DPU_RDMA_RDMA_SURF_NOTCH) & ~15u))
		return rke_refuse(core, "DPU_RDMA.RDMA_EW_SURF_NOTCH", notch);
	source->surface = by_notch;
	if (combined || !many || stride == by_notch || stride == 0)
		return 0;
	if (notch)
		return rke_refuse(core, "DPU_RDMA.RDMA_EW_SURF_STRIDE", stride);
	source->surface = stride;
	return 0;
}

static int
configure_ew_source(struct rke_core *core, bool flying, const struct rke_dpu *dpu, struct rke_ew *ew)
{
	static const struct rke_field must_be_zero[] = {
		RKE_FIELD_ROW(DPU_RDMA, RDMA_ERDMA_CFG, ERDMA_DISABLE),
		RKE_FIELD_ROW(DPU_RDMA, RDMA_ERDMA_CFG, ERDMA_NONALIGN),
		RKE_FIELD_ROW(DPU_RDMA, RDMA_ERDMA_CFG, ERDMA_SURF_MODE),
	};
	static const enum rke_precision floats[] = { [2] = RKE_FP16, [3] = RKE_FP32 };
	static const enum rke_precision ints[] = { [1] = RKE_INT8, [2] = RKE_INT16, [3] = RKE_INT32 };
	uint32_t comb = RKE_FIELD(core, DPU_RDMA_RDMA_FEATURE_MODE_CFG, COMB_USE);
	uint32_t mode = RKE_FIELD(core, DPU_RDMA_RDMA_ERDMA_CFG, ERDMA_DATA_MODE);
	uint32_t size = RKE_FIELD(core, DPU_RDMA_RDMA_ERDMA_CFG, ERDMA_DATA_SIZE);
	bool combined = comb == COMB_EW && !flying;
	int r;

	if (!RKE_FIELD(core, DPU_EW_CFG, EW_OP_SRC))
		return rke_refuse(core, "DPU.EW_CFG.EW_OP_SRC", 0);
	r = rke_refuse_nonzero(core, must_be_zero, RKR_ARRAY_LEN(must_be_zero));
	if (r)
		return r;
	if (!combined && comb != COMB_NONE)
		return rke_refuse(core, "DPU_RDMA.RDMA_FEATURE_MODE_CFG.COMB_USE", comb);
	if (mode > 1 || mode != RKE_FIELD(core, DPU_EW_CFG, EW_DATA_MODE) || (combined && mode == 0))
		return rke_refuse(core, "DPU_RDMA.RDMA_ERDMA_CFG.ERDMA_DATA_MODE", mode);
	if (size != RKE_FIELD(core, DPU_EW_CFG, EDATA_SIZE) || size < (dpu->is_float ? 2 : 1))
		return rke_refuse(core, "DPU_RDMA.RDMA_ERDMA_CFG.ERDMA_DATA_SIZE", size);
	ew->per_channel = mode == 0;
	ew->source = (struct rke_source){
		.precision = dpu->is_float ? floats[size] : ints[size],
		.base = { rke_reg(core, RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR) },
		.engines = 1,
		.line = atoms(dpu->width +
			      RKE_FIELD(core, DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, EW_LINE_NOTCH_ADDR)),
		.channels = dpu->channels,
	};
	if (ew->per_channel) {
		/* One atom per surface, as a map of one pixel. [captured: stride 0x10] */
		ew->source.surface = rke_reg(core, RKR_REG_DPU_RDMA_RDMA_EW_SURF_STRIDE) & ~15u;
		if (!ew->source.surface)
			ew->source.surface = RKE_ATOM;
		return 0;
	}
	if (combined) {
		ew->source.engines = 2;
		ew->source.base[1] = ew->source.base[0];
		ew->source.base[0] = rke_reg(core, RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR);
	}
	return configure_ew_surface(core, combined, dpu, &ew->source);
}

/* EW's operand converter: for integers. For floats all streams have it bypassed or neutral. */
static int
configure_ew_convert(struct rke_core *core, const struct rke_dpu *dpu, struct rke_ew *ew)
{
	struct rke_converter c = {
		.on = !RKE_FIELD(core, DPU_EW_CFG, EW_OP_CVT_BYPASS),
		.add_first = RKE_FIELD(core, DPU_EW_CFG, EW_CVT_TYPE),
		.offset = (int32_t)rke_reg(core, RKR_REG_DPU_EW_CVT_OFFSET_VALUE),
		.scale = (int32_t)RKE_FIELD(core, DPU_EW_CVT_SCALE_VALUE, EW_OP_CVT_SCALE),
		.shift = RKE_FIELD(core, DPU_EW_CVT_SCALE_VALUE, EW_OP_CVT_SHIFT),
	};

	ew->truncate = RKE_FIELD(core, DPU_EW_CVT_SCALE_VALUE, EW_TRUNCATE);
	ew->truncate_neg = RKE_FIELD(core, DPU_DATA_FORMAT, EW_TRUNCATE_NEG);
	if (!c.on)
		return 0;
	if (dpu->is_float) {
		if (c.scale > 1 || c.shift || c.offset)
			return rke_refuse(core, "DPU.EW_CVT_SCALE_VALUE",
					  rke_reg(core, RKR_REG_DPU_EW_CVT_SCALE_VALUE));
		return 0;
	}
	/* Whether the top bit is a sign is not known. */
	if (c.scale & 0x8000)
		return rke_refuse(core, "DPU.EW_CVT_SCALE_VALUE.EW_OP_CVT_SCALE", (uint32_t)c.scale);
	ew->convert = c;
	return 0;
}

int
rke_ew_configure(struct rke_core *core, bool flying, struct rke_dpu *dpu)
{
	static const struct rke_field must_be_zero[] = {
		RKE_FIELD_ROW(DPU, EW_CFG, EW_EQUAL_EN),
		RKE_FIELD_ROW(DPU, EW_CFG, EW_BINARY_EN),
	};
	struct rke_ew *ew = &dpu->ew;
	uint32_t algo = RKE_FIELD(core, DPU_EW_CFG, EW_ALU_ALGO);
	int r;

	if (RKE_FIELD(core, DPU_EW_CFG, EW_BYPASS))
		return 0;
	r = rke_refuse_nonzero(core, must_be_zero, RKR_ARRAY_LEN(must_be_zero));
	if (r)
		return r;
	ew->op = !RKE_FIELD(core, DPU_EW_CFG, EW_OP_BYPASS);
	ew->lut = !RKE_FIELD(core, DPU_EW_CFG, EW_LUT_BYPASS);
	ew->relu = !RKE_FIELD(core, DPU_EW_CFG, EW_RELU_BYPASS);
	ew->relux = RKE_FIELD(core, DPU_EW_CFG, EW_RELUX_EN);
	ew->relux_word = rke_reg(core, RKR_REG_DPU_EW_RELUX_CMP_VALUE);
	if (ew->lut && !dpu->is_float)
		return rke_refuse(core, "DPU.EW_CFG.EW_LUT_BYPASS", 0);
	if (!ew->op)
		return 0;
	if (RKE_FIELD(core, DPU_EW_CFG, EW_OP_TYPE)) {
		ew->algo = RKE_EW_MUL;
		ew->prelu = RKE_FIELD(core, DPU_EW_CFG, EW_MUL_PRELU);
	} else {
		if (algo > RKE_EW_CEIL ||
		    (!dpu->is_float && (algo == RKE_EW_DIV || algo == RKE_EW_FLOOR || algo == RKE_EW_CEIL)))
			return rke_refuse(core, "DPU.EW_CFG.EW_ALU_ALGO", algo);
		ew->algo = (enum rke_ew_algo)algo;
	}
	ew->operand = ew->algo < RKE_EW_ABS || ew->algo == RKE_EW_MUL;
	if (!ew->operand)
		return 0;
	r = configure_ew_source(core, flying, dpu, ew);
	return r ? r : configure_ew_convert(core, dpu, ew);
}

/* Atoms of one surface to their lanes. */
static void
unpack(enum rke_precision precision, const unsigned char *p, size_t n, unsigned lane,
       union rke_block_values *v)
{
	int8_t bytes[16];
	int16_t words[8];

	switch (precision) {
	case RKE_INT8:
		for (size_t i = 0; i < n; i++) {
			memcpy(bytes, p + i * RKE_ATOM, RKE_ATOM);
			for (unsigned k = 0; k < 16; k++)
				v->i[i * RKE_LANES + k] = bytes[k];
		}
		return;
	case RKE_INT16:
		for (size_t i = 0; i < n; i++) {
			memcpy(words, p + i * RKE_ATOM, RKE_ATOM);
			for (unsigned k = 0; k < 8; k++)
				v->i[i * RKE_LANES + lane + k] = words[k];
		}
		return;
	case RKE_FP16:
		rke_half_atoms_widen(v->f + lane, RKE_LANES, p, n);
		return;
	case RKE_INT32:
	case RKE_FP32:
		for (size_t i = 0; i < n; i++)
			memcpy(v->i + i * RKE_LANES + lane, p + i * RKE_ATOM, RKE_ATOM);
		return;
	}
}

int
rke_source_read(struct rke_core *core, const struct rke_source *source, uint32_t c, uint32_t y, uint32_t x,
		size_t n, union rke_block_values *v)
{
	unsigned lanes = RKE_ATOM / element_size(source->precision);

	for (unsigned lane = 0; lane < RKE_LANES; lane += lanes) {
		uint32_t c1 = (c + lane) / lanes;
		uint32_t iova = source->base[c1 % source->engines] + c1 / source->engines * source->surface +
				y * source->line + atoms(x);
		const void *p;

		if (c + lane >= source->channels) {
			/* Four lanes are the fewest of an atom; a fixed length is quicker. */
			for (size_t i = 0; i < n; i++)
				for (unsigned k = 0; k < lanes; k += 4)
					memset(v->i + i * RKE_LANES + lane + k, 0, 4 * sizeof(v->i[0]));
			continue;
		}
		p = rke_dma_peek(core, iova, n * RKE_ATOM);
		if (!p) {
			void *copy = rke_scratch(core, 6, RKE_SPAN * RKE_ATOM);

			if (!copy)
				return -ENOMEM;
			rke_dma_read(core, iova, copy, n * RKE_ATOM);
			p = copy;
		}
		unpack(source->precision, p, n, lane, v);
	}
	return 0;
}

int
rke_ew_load(struct rke_core *core, const struct rke_ew *ew, uint32_t c, union rke_block_values *ret_v)
{
	return rke_source_read(core, &ew->source, c, 0, 0, 1, ret_v);
}

/*
 * Operands per channel lie in chunks of 8 channels: of each stream that is
 * asked for, one after the other, 8 ALU operands of 32 bits, 8 of CPEND and 8
 * of MUL, of 16 bits each. [captured for ALU alone and for all three; the
 * rule for other sets is inferred from these]
 */
void
rke_operands_load(struct rke_core *core, const struct rke_stage *stage, bool is_float, uint32_t c,
		  uint32_t limit, struct rke_operands *ret_operands)
{
	struct rke_operands o = { 0 };
	unsigned alu_size = stage->use & 1 ? 32 : 0;
	unsigned pend_size = stage->use & 2 ? 16 : 0;
	unsigned mul_size = stage->use & 4 ? 16 : 0;
	unsigned chunk = alu_size + pend_size + mul_size;

	for (unsigned k = 0; k < RKE_LANES; k++) {
		o.alu.i[k] = (int32_t)stage->alu_word;
		if (is_float)
			o.mul.f[k] = rke_half_to_float(stage->mul_word);
		else
			o.mul.i[k] = (int16_t)stage->mul_word;
	}
	for (unsigned k = 0; k < RKE_LANES && c + k < limit && chunk; k += 8) {
		unsigned char bytes[64] = { 0 };
		int16_t words[8];

		rke_dma_read(core, stage->base + (c + k) / 8 * chunk, bytes, chunk);
		if (stage->alu_dma)
			memcpy(o.alu.i + k, bytes, 32);
		if (pend_size) {
			memcpy(words, bytes + alu_size, sizeof(words));
			for (unsigned i = 0; i < 8; i++)
				o.cpend[k + i] = words[i];
		}
		if (!stage->mul_dma)
			continue;
		memcpy(words, bytes + alu_size + pend_size, sizeof(words));
		for (unsigned i = 0; i < 8; i++) {
			if (is_float)
				o.mul.f[k + i] = rke_half_to_float((uint16_t)words[i]);
			else
				o.mul.i[k + i] = words[i];
		}
	}
	*ret_operands = o;
}
