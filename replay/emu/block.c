/* SPDX-License-Identifier: MIT */
/* Blocks: two groups of registers each, which of them is written and which runs. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "replay/emu/npu-priv.h"

/* S_STATUS, S_POINTER and OPERATION_ENABLE lie at the same place in each block, with the same fields. */
#define IN_BLOCK(offset) ((offset)&0xfffu)
#define S_STATUS IN_BLOCK(RKR_REG_CNA_S_STATUS)
#define S_POINTER IN_BLOCK(RKR_REG_CNA_S_POINTER)
#define POINTER(field) (RKR_FLD_CNA_S_POINTER_##field##_MASK << RKR_FLD_CNA_S_POINTER_##field##_SHIFT)
#define MODE (POINTER(POINTER_PP_EN) | POINTER(EXECUTER_PP_EN) | POINTER(POINTER_PP_MODE))

int
rke_block_of(uint32_t offset)
{
	/* By bits 15:12 of the offset. [source: TRM memory map] */
	static const signed char blocks[16] = {
		-1, RKE_CNA, -1, RKE_CORE, RKE_DPU, RKE_DPU_RDMA, RKE_PPU, RKE_PPU_RDMA,
		-1, -1,      -1, -1,       -1,      -1,           -1,      -1,
	};

	return offset > 0xffff || offset % 4 != 0 ? -1 : blocks[offset >> 12];
}

static uint32_t
group_get(const struct rke_group_regs *group, uint32_t offset)
{
	return group->v[IN_BLOCK(offset) / 4];
}

uint32_t
rke_reg(const struct rke_core *core, uint16_t offset)
{
	int b = rke_block_of(offset);

	return b < 0 ? 0 : group_get(core->group[b][core->executing[b]], offset);
}

bool
rke_reg_written(const struct rke_core *core, uint16_t offset)
{
	int b = rke_block_of(offset);
	uint32_t i = IN_BLOCK(offset) / 4;

	return b >= 0 && (core->group[b][core->executing[b]]->written[i / 64] >> i % 64 & 1);
}

int
rke_refuse(struct rke_core *core, const char *what, uint32_t value)
{
	snprintf(core->why, sizeof(core->why), "%s 0x%" PRIx32 " is not modelled", what, value);
	return -EOPNOTSUPP;
}

int
rke_refuse_nonzero(struct rke_core *core, const struct rke_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t v = rke_reg(core, fields[i].offset) >> fields[i].shift & fields[i].mask;

		if (v)
			return rke_refuse(core, fields[i].name, v);
	}
	return 0;
}

/*
 * In ping-pong the pointer moves by itself and its bit is not taken: each
 * record of the vendor writes 0xe, yet overlays inherit from two records
 * back. [captured]
 */
static void
write_pointer(struct rke_block_state *s, uint32_t value)
{
	if (value & POINTER(POINTER_PP_CLEAR))
		s->pointer = 0;
	if (value & POINTER(EXECUTER_PP_CLEAR))
		s->executer = 0;
	if (!(value & POINTER(POINTER_PP_EN)) && !(value & POINTER(POINTER_PP_CLEAR)))
		s->pointer = value & POINTER(POINTER);
	s->mode = value & MODE;
}

/* LUT's tables are filled through a port: where to, then one entry after the other. [source] */
static bool
write_lut(struct rke_lut *lut, uint32_t offset, uint32_t value)
{
	if (offset == RKR_REG_DPU_LUT_ACCESS_CFG) {
		lut->writing = value >> RKR_FLD_DPU_LUT_ACCESS_CFG_LUT_ACCESS_TYPE_SHIFT & 1;
		lut->table = value >> RKR_FLD_DPU_LUT_ACCESS_CFG_LUT_TABLE_ID_SHIFT & 1;
		lut->access = value & RKR_FLD_DPU_LUT_ACCESS_CFG_LUT_ADDR_MASK;
		return true;
	}
	if (offset != RKR_REG_DPU_LUT_ACCESS_DATA)
		return false;
	if (lut->writing && lut->access < sizeof(lut->entry[0]) / sizeof(lut->entry[0][0]))
		lut->entry[lut->table][lut->access++] = (int16_t)(value & 0xffff);
	return true;
}

void
rke_block_write(struct rke_core *core, uint32_t offset, uint32_t value)
{
	int b = rke_block_of(offset);

	if (b < 0) {
		core->strays++;
		return;
	}
	struct rke_block_state *s = &core->block[b];
	uint32_t i = IN_BLOCK(offset) / 4;

	if (IN_BLOCK(offset) == S_STATUS)
		return;
	if (IN_BLOCK(offset) == S_POINTER) {
		write_pointer(s, value);
		return;
	}
	if (write_lut(&core->lut, offset, value))
		return;
	core->group[b][s->pointer]->v[i] = value;
	core->group[b][s->pointer]->written[i / 64] |= UINT64_C(1) << i % 64;
}

uint32_t
rke_block_read(const struct rke_core *core, uint32_t offset)
{
	int b = rke_block_of(offset);

	if (b < 0)
		return 0;
	const struct rke_block_state *s = &core->block[b];

	if (IN_BLOCK(offset) == S_STATUS)
		return (uint32_t)s->status[0] | (uint32_t)s->status[1] << RKR_FLD_CNA_S_STATUS_STATUS_1_SHIFT;
	if (IN_BLOCK(offset) == S_POINTER)
		return s->mode | s->pointer | (uint32_t)s->executer << RKR_FLD_CNA_S_POINTER_EXECUTER_SHIFT;
	return group_get(core->group[b][s->pointer], offset);
}

void
rke_block_enable(struct rke_core *core, uint32_t mask)
{
	for (unsigned b = 0; b < RKE_BLOCKS; b++) {
		struct rke_block_state *s = &core->block[b];

		/* Bit 1 is no block's. [source: TRM] */
		if (!(mask >> b & 1) || b == 1)
			continue;
		s->status[s->pointer] = RKE_WAITS;
		/* Without ping-pong of its own the executer takes what was started. [inferred] */
		if (!(s->mode & POINTER(EXECUTER_PP_EN)))
			s->executer = s->pointer;
		if (s->mode & POINTER(POINTER_PP_EN))
			s->pointer ^= 1;
	}
}

bool
rke_block_ready(const struct rke_core *core, enum rke_block block)
{
	const struct rke_block_state *s = &core->block[block];

	return s->status[s->executer] == RKE_WAITS;
}

void
rke_block_begin(struct rke_core *core, enum rke_block block)
{
	struct rke_block_state *s = &core->block[block];

	core->executing[block] = s->executer;
	s->status[s->executer] = RKE_RUNS;
}

unsigned
rke_block_end(struct rke_core *core, enum rke_block block)
{
	struct rke_block_state *s = &core->block[block];
	unsigned group = core->executing[block];

	s->status[group] = RKE_IDLE;
	if (s->mode & POINTER(EXECUTER_PP_EN))
		s->executer ^= 1;
	return group;
}

void
rke_block_reset(struct rke_core *core)
{
	for (unsigned b = 0; b < RKE_BLOCKS; b++)
		for (unsigned g = 0; g < 2; g++)
			memset(core->group[b][g], 0, sizeof(*core->group[b][g]));
	memset(core->executing, 0, sizeof(core->executing));
	memset(core->block, 0, sizeof(core->block));
	memset(&core->lut, 0, sizeof(core->lut));
	core->dma_base = 0;
	core->strays = 0;
	core->why[0] = '\0';
}
