/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "regs.h"

#include <string.h>

#include "util.h"

/** For each 32-bit slot from a block's base: index of its register plus 1, or 0. */
struct slot_index {
	const uint8_t *slots;
	size_t n_slots;
};

/** A register, by its place in the tables. */
struct name_index {
	uint8_t block;
	uint8_t reg;
};

/*
 * blocks[]         the database
 * slot_indexes[]   one per block
 * block_of_page[]  for the top four bits of an offset: index of the block plus 1, or 0
 * name_indexes[]   every register, ascending by the names of block and register
 */
#include "lib/regs-tables.h"

_Static_assert(RKR_ARRAY_LEN(slot_indexes) == RKR_ARRAY_LEN(blocks), "one slot index per block");
_Static_assert(RKR_ARRAY_LEN(block_of_page) == 16, "one entry per value of an offset's top four bits");

const struct rkr_reg_block *
rkr_reg_blocks(size_t *ret_n)
{
	*ret_n = RKR_ARRAY_LEN(blocks);
	return blocks;
}

const struct rkr_reg *
rkr_reg_by_offset(uint16_t offset, const struct rkr_reg_block **ret_block)
{
	uint8_t page = block_of_page[offset >> 12];
	const struct rkr_reg_block *block;
	const struct slot_index *index;
	size_t slot;

	if (page == 0 || offset % 4 != 0)
		return NULL;
	block = &blocks[page - 1];
	index = &slot_indexes[page - 1];
	slot = (size_t)(offset - block->base) / 4;
	if (slot >= index->n_slots || index->slots[slot] == 0)
		return NULL;
	if (ret_block)
		*ret_block = block;
	return &block->regs[index->slots[slot] - 1];
}

const struct rkr_reg *
rkr_reg_by_qword(uint16_t target, uint16_t offset, const struct rkr_reg_block **ret_block)
{
	const struct rkr_reg_block *block;
	const struct rkr_reg *reg;

	/* A qword's offset carries the base of its block [captured], so it says which block that is. */
	reg = rkr_reg_by_offset(offset, &block);
	if (!reg || block->qword_target == 0 || block->qword_target != target)
		return NULL;
	if (ret_block)
		*ret_block = block;
	return reg;
}

const struct rkr_reg *
rkr_reg_by_name(const char *block, const char *reg, const struct rkr_reg_block **ret_block)
{
	size_t low = 0, high = RKR_ARRAY_LEN(name_indexes);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct rkr_reg_block *b = &blocks[name_indexes[middle].block];
		const struct rkr_reg *r = &b->regs[name_indexes[middle].reg];
		int order = strcmp(block, b->name);

		if (order == 0)
			order = strcmp(reg, r->name);
		if (order == 0) {
			if (ret_block)
				*ret_block = b;
			return r;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct rkr_reg_field *
rkr_reg_field_by_name(const struct rkr_reg *reg, const char *field)
{
	for (size_t i = 0; i < reg->n_fields; i++)
		if (strcmp(reg->fields[i].name, field) == 0)
			return &reg->fields[i];
	return NULL;
}

/** The field's bits, moved down to bit 0. */
static uint32_t
field_mask(const struct rkr_reg_field *field)
{
	return UINT32_MAX >> (31 - (field->msb - field->lsb));
}

uint32_t
rkr_reg_field_get(const struct rkr_reg_field *field, uint32_t word)
{
	return word >> field->lsb & field_mask(field);
}

uint32_t
rkr_reg_field_set(const struct rkr_reg_field *field, uint32_t word, uint32_t value)
{
	uint32_t mask = field_mask(field);

	return (word & ~(mask << field->lsb)) | (value & mask) << field->lsb;
}

const char *
rkr_reg_enum_name(const struct rkr_reg_field *field, uint32_t value)
{
	for (size_t i = 0; i < field->n_enums; i++)
		if (field->enums[i].value == value)
			return field->enums[i].name;
	return NULL;
}
