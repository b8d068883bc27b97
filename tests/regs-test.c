/* SPDX-License-Identifier: MIT */
/* The register database: lookups against a plain search, fields, known values. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regs-ids.h"
#include "lib/regs.h"
#include "lib/util.h"
#include "tests/common.h"

#define FOR_EACH_REG(block, reg)                                                         \
	for (const struct rkr_reg_block *block = rkr_reg_blocks(&(size_t){ 0 }); block;  \
	     block = next_block(block))                                                  \
		for (const struct rkr_reg *reg = block->regs;                            \
		     reg < block->regs + block->n_regs; reg++)

static const struct rkr_reg_block *
next_block(const struct rkr_reg_block *block)
{
	size_t n;
	const struct rkr_reg_block *all = rkr_reg_blocks(&n);

	return block + 1 < all + n ? block + 1 : NULL;
}

static uint32_t
mask_of(const struct rkr_reg_field *field)
{
	return (uint32_t)((UINT64_C(2) << field->msb) - (UINT64_C(1) << field->lsb));
}

/** What the lookups must agree with. */
static const struct rkr_reg *
search(bool by_target, uint16_t target, uint16_t offset, const struct rkr_reg_block **ret_block)
{
	FOR_EACH_REG(block, reg)
		if (reg->offset == offset &&
		    (!by_target || (block->qword_target != 0 && block->qword_target == target))) {
			*ret_block = block;
			return reg;
		}
	return NULL;
}

static const struct rkr_reg *
get(const char *block, const char *reg)
{
	const struct rkr_reg *found = rkr_reg_by_name(block, reg, NULL);

	if (!found)
		ck_abort_msg("%s.%s is not in the database", block, reg);
	return found;
}

static const struct rkr_reg_field *
get_field(const char *block, const char *reg, const char *field)
{
	const struct rkr_reg_field *found = rkr_reg_field_by_name(get(block, reg), field);

	if (!found)
		ck_abort_msg("%s.%s.%s is not in the database", block, reg, field);
	return found;
}

START_TEST(registers_are_in_order)
{
	int last = -1;

	FOR_EACH_REG(block, reg) {
		ck_assert_int_gt(reg->offset, last);
		ck_assert_uint_ge(reg->offset, block->base);
		last = reg->offset;
	}
}
END_TEST

START_TEST(every_register_is_found)
{
	size_t n = 0;

	FOR_EACH_REG(block, reg) {
		const struct rkr_reg_block *found_in = NULL;

		ck_assert_ptr_eq(rkr_reg_by_name(block->name, reg->name, &found_in), reg);
		ck_assert_ptr_eq(found_in, block);
		ck_assert_ptr_eq(rkr_reg_by_offset(reg->offset, NULL), reg);
		if (block->qword_target)
			ck_assert_ptr_eq(rkr_reg_by_qword(block->qword_target, reg->offset, NULL), reg);
		n++;
	}
	ck_assert_uint_eq(n, 201);
}
END_TEST

START_TEST(offsets_as_by_search)
{
	for (uint32_t offset = 0; offset <= UINT16_MAX; offset++) {
		const struct rkr_reg_block *expected_in = NULL, *found_in = NULL;
		const struct rkr_reg *expected = search(false, 0, (uint16_t)offset, &expected_in);

		ck_assert_ptr_eq(rkr_reg_by_offset((uint16_t)offset, &found_in), expected);
		ck_assert_ptr_eq(found_in, expected_in);
	}
}
END_TEST

START_TEST(qwords_as_by_search)
{
	struct test_random random = { 1 };

	/* Every target with every register's offset: only its own block's target may find it. */
	FOR_EACH_REG(block, reg)
		for (uint32_t target = 0; target <= UINT16_MAX; target++) {
			bool own = block->qword_target != 0 && target == block->qword_target;
			const struct rkr_reg *found = rkr_reg_by_qword((uint16_t)target, reg->offset, NULL);

			if (found != (own ? reg : NULL))
				ck_abort_msg("0x%04x, %s.%s", (unsigned)target, block->name, reg->name);
		}

	for (int i = 0; i < 100000; i++) {
		const struct rkr_reg_block *expected_in = NULL, *found_in = NULL;
		uint64_t r = test_random_next(&random);
		uint16_t target = (uint16_t)(1u << (r & 15) | 1), offset = (uint16_t)(r >> 32);
		const struct rkr_reg *expected = search(true, target, offset, &expected_in);

		ck_assert_ptr_eq(rkr_reg_by_qword(target, offset, &found_in), expected);
		ck_assert_ptr_eq(found_in, expected_in);
	}
}
END_TEST

START_TEST(unknown_names)
{
	const struct rkr_reg_block *block = (const void *)&block;
	const struct rkr_reg_block *const before = block;

	ck_assert_ptr_null(rkr_reg_by_name("CNA", "CBUF_CON", &block));
	ck_assert_ptr_null(rkr_reg_by_name("CNA", "CBUF_CON00", &block));
	ck_assert_ptr_null(rkr_reg_by_name("CNA", "", &block));
	ck_assert_ptr_null(rkr_reg_by_name("", "CBUF_CON0", &block));
	ck_assert_ptr_null(rkr_reg_by_name("DPU", "CBUF_CON0", &block));
	ck_assert_ptr_null(rkr_reg_by_name("cna", "CBUF_CON0", &block));
	ck_assert_ptr_null(rkr_reg_by_name("A", "A", &block));
	ck_assert_ptr_null(rkr_reg_by_name("ZZ", "ZZ", &block));
	ck_assert_ptr_eq(block, before);
	ck_assert_ptr_null(rkr_reg_field_by_name(get("CNA", "CBUF_CON0"), "DATA_BAN"));
	ck_assert_ptr_null(rkr_reg_field_by_name(get("CNA", "CBUF_CON0"), ""));
}
END_TEST

START_TEST(fields_are_apart)
{
	FOR_EACH_REG(block, reg) {
		uint32_t used = 0;
		int below = 32;

		ck_assert_uint_gt(reg->n_fields, 0);
		for (size_t i = 0; i < reg->n_fields; i++) {
			const struct rkr_reg_field *field = &reg->fields[i];

			ck_assert_int_lt(field->msb, below);
			ck_assert_int_le(field->lsb, field->msb);
			ck_assert_uint_eq(used & mask_of(field), 0);
			ck_assert_ptr_eq(rkr_reg_field_by_name(reg, field->name), field);
			used |= mask_of(field);
			below = field->lsb;
		}
	}
}
END_TEST

START_TEST(fields_round_trip)
{
	struct test_random random = { 2 };

	FOR_EACH_REG(block, reg) {
		uint32_t source = (uint32_t)test_random_next(&random);
		uint32_t copy = 0, used = 0;

		for (size_t i = 0; i < reg->n_fields; i++) {
			const struct rkr_reg_field *field = &reg->fields[i];

			for (int n = 0; n < 100; n++) {
				uint32_t word = (uint32_t)test_random_next(&random);
				uint32_t value = (uint32_t)(test_random_next(&random) >> 32);
				uint32_t set = rkr_reg_field_set(field, word, value);

				ck_assert_uint_eq(set & ~mask_of(field), word & ~mask_of(field));
				ck_assert_uint_eq(set & mask_of(field), value << field->lsb & mask_of(field));
				ck_assert_uint_eq(rkr_reg_field_get(field, set),
						  value & (mask_of(field) >> field->lsb));
			}
			copy = rkr_reg_field_set(field, copy, rkr_reg_field_get(field, source));
			used |= mask_of(field);
		}
		ck_assert_uint_eq(copy, source & used);
	}
}
END_TEST

START_TEST(enums_fit)
{
	size_t n = 0;

	FOR_EACH_REG(block, reg)
		for (size_t i = 0; i < reg->n_fields; i++) {
			const struct rkr_reg_field *field = &reg->fields[i];

			ck_assert_int_eq(field->enums != NULL, field->n_enums != 0);
			for (size_t j = 0; j < field->n_enums; j++) {
				uint32_t value = field->enums[j].value;

				ck_assert_uint_le(value, mask_of(field) >> field->lsb);
				ck_assert_str_eq(rkr_reg_enum_name(field, value), field->enums[j].name);
				n++;
			}
			ck_assert_ptr_null(rkr_reg_enum_name(field, UINT32_MAX));
		}
	ck_assert_uint_gt(n, 100);
	ck_assert_ptr_null(rkr_reg_enum_name(get_field("CNA", "CONV_CON1", "CONV_MODE"), 1));
}
END_TEST

START_TEST(blocks_of_a_qword)
{
	/* [captured, TRM] */
	static const struct {
		const char *name;
		uint16_t base, target, constant;
		int op_enable_bit;
	} blocks[] = {
		{ "PC", 0x0000, 0x0101, RKR_TARGET_PC, -1 },
		{ "CNA", 0x1000, 0x0201, RKR_TARGET_CNA, 0 },
		{ "CORE", 0x3000, 0x0801, RKR_TARGET_CORE, 2 },
		{ "DPU", 0x4000, 0x1001, RKR_TARGET_DPU, 3 },
		{ "DPU_RDMA", 0x5000, 0x2001, RKR_TARGET_DPU_RDMA, 4 },
		{ "PPU", 0x6000, 0x4001, RKR_TARGET_PPU, 5 },
		{ "PPU_RDMA", 0x7000, 0x8001, RKR_TARGET_PPU_RDMA, 6 },
		{ "DDMA", 0x8000, 0, 0, -1 },
		{ "SDMA", 0x9000, 0, 0, -1 },
		{ "GLOBAL", 0xf000, 0, 0, -1 },
	};
	size_t n;
	const struct rkr_reg_block *db = rkr_reg_blocks(&n);

	ck_assert_uint_eq(n, RKR_ARRAY_LEN(blocks));
	for (size_t i = 0; i < n; i++) {
		ck_assert_str_eq(db[i].name, blocks[i].name);
		ck_assert_uint_eq(db[i].base, blocks[i].base);
		ck_assert_uint_eq(db[i].qword_target, blocks[i].target);
		ck_assert_uint_eq(blocks[i].constant, blocks[i].target);
		ck_assert_int_eq(db[i].op_enable_bit, blocks[i].op_enable_bit);
	}
	ck_assert_uint_eq(RKR_TARGET_OP_EN, 0x0081);
	ck_assert_uint_eq(RKR_TARGET_MARK, 0x0041);
	ck_assert_uint_eq(RKR_TARGET_NOP, 0x0001);
	/* These are no block's, nor is a target without its lowest bit. */
	ck_assert_ptr_null(rkr_reg_by_qword(RKR_TARGET_OP_EN, 0x0008, NULL));
	ck_assert_ptr_null(rkr_reg_by_qword(RKR_TARGET_MARK, 0x0000, NULL));
	ck_assert_ptr_null(rkr_reg_by_qword(0x0000, 0x0000, NULL));
	ck_assert_ptr_null(rkr_reg_by_qword(0x0200, 0x1040, NULL));
	/* Only MMIO reaches these; the target 0 does not. */
	ck_assert_ptr_null(rkr_reg_by_qword(0x0000, 0xf008, NULL));
	ck_assert_ptr_nonnull(rkr_reg_by_offset(0xf008, NULL));
}
END_TEST

START_TEST(known_values)
{
	/* A field of a register word as real streams hold it [captured, unless said otherwise]. */
	static const struct {
		const char *block, *reg, *field;
		uint16_t offset;
		uint32_t word, value;
		const char *name;
	} known[] = {
		{ "PC", "BASE_ADDRESS", "PC_SOURCE_ADDR", 0x0010, 0xfff98380, 0xfff9838, NULL },
		{ "PC", "REGISTER_AMOUNTS", "PC_DATA_AMOUNT", 0x0014, 0x00010035, 53, NULL },
		{ "PC", "REGISTER_AMOUNTS", "SYNC_CORES_M1", 0x0014, 0x00010035, 1, NULL },
		{ "CNA", "S_POINTER", "POINTER_PP_MODE", 0x1004, 0xe, 1, "by_pointer" },
		{ "CNA", "CONV_CON1", "PROC_PRECISION", 0x100c, 0x120, 2, "fp16" },
		{ "CNA", "CONV_CON1", "IN_PRECISION", 0x100c, 0x120, 2, "fp16" },
		{ "CNA", "CONV_CON1", "CONV_MODE", 0x100c, 0x120, 0, "direct" },
		{ "CNA", "CONV_CON1", "CONV_MODE", 0x100c, 0x123, 3, "depthwise" },
		{ "CNA", "CONV_CON2", "FEATURE_GRAINS", 0x1010, 0xa0, 10, NULL },
		{ "CNA", "CONV_CON2", "CORE_SPLIT", 0x1010, 0x400000a0, 4, "2core_kernels" },
		{ "CNA", "CONV_CON3", "CONV_Y_STRIDE", 0x1014, 0x9, 1, NULL },
		{ "CNA", "CONV_CON3", "CONV_X_STRIDE", 0x1014, 0x9, 1, NULL },
		{ "CNA", "DATA_SIZE0", "DATAIN_WIDTH", 0x1020, 0x00380032, 56, NULL },
		{ "CNA", "DATA_SIZE0", "DATAIN_HEIGHT", 0x1020, 0x00380032, 50, NULL },
		{ "CNA", "DATA_SIZE1", "DATAIN_CHANNEL_REAL", 0x1024, 0x003f0040, 63, NULL },
		{ "CNA", "DATA_SIZE1", "DATAIN_CHANNEL", 0x1024, 0x003f0040, 64, NULL },
		{ "CNA", "WEIGHT_SIZE2", "WEIGHT_WIDTH", 0x1038, 0x01010080, 1, NULL },
		{ "CNA", "WEIGHT_SIZE2", "WEIGHT_HEIGHT", 0x1038, 0x01010080, 1, NULL },
		{ "CNA", "WEIGHT_SIZE2", "WEIGHT_KERNELS", 0x1038, 0x01010080, 128, NULL },
		{ "CNA", "CBUF_CON0", "DATA_BANK", 0x1040, 0x1b, 11, NULL },
		{ "CNA", "CBUF_CON0", "WEIGHT_BANK", 0x1040, 0x1b, 1, NULL },
		{ "CNA", "CBUF_CON0", "WEIGHT_REUSE", 0x1040, 0x201b, 1, NULL },
		{ "CNA", "CBUF_CON0", "DATA_REUSE", 0x1040, 0x201b, 0, NULL },
		{ "CNA", "CVT_CON0", "CVT_TYPE", 0x104c, 0xb, 1, "add_then_mul" },
		{ "CNA", "DMA_CON0", "WEIGHT_BURST_LEN", 0x1078, 0x000f000f, 15, "16" },
		{ "CNA", "DMA_CON2", "SURF_STRIDE", 0x1080, 0x0ffffffd, 0x0ffffffd, NULL },
		{ "CORE", "MISC_CFG", "PROC_PRECISION", 0x3010, 0x200, 2, "fp16" },
		{ "CORE", "MISC_CFG", "DW_EN", 0x3010, 0x202, 1, NULL },
		{ "CORE", "DATAOUT_SIZE_0", "DATAOUT_HEIGHT", 0x3014, 0x00310037, 49, NULL },
		{ "CORE", "DATAOUT_SIZE_0", "DATAOUT_WIDTH", 0x3014, 0x00310037, 55, NULL },
		{ "DPU", "FEATURE_MODE_CFG", "OUTPUT_MODE", 0x400c, 0x1e4, 2, "to_memory" },
		{ "DPU", "FEATURE_MODE_CFG", "CONV_MODE", 0x400c, 0x1fc, 3, "depthwise" },
		{ "DPU", "FEATURE_MODE_CFG", "FLYING_MODE", 0x400c, 0x1e5, 1, "from_mrdma" },
		{ "DPU", "DATA_FORMAT", "OUT_PRECISION", 0x4010, 0x48000002, 2, "fp16" },
		{ "DPU", "DATA_FORMAT", "OUT_PRECISION", 0x4010, 0xa8000002, 5, "fp32" },
		{ "DPU", "DATA_FORMAT", "IN_PRECISION", 0x4010, 0x48000002, 2, "fp16" },
		{ "DPU", "DST_SURF_STRIDE", "DST_SURF_STRIDE", 0x4024, 0x1c0, 28, NULL },
		{ "DPU", "BS_OW_CFG", "SIZE_E_0", 0x4050, 0x36e, 3, NULL },
		{ "DPU", "BS_OW_CFG", "OD_BYPASS", 0x4050, 0x126, 1, NULL },
		{ "DPU", "EW_CFG", "EW_ALU_ALGO", 0x4070, 0x108202c0, 2, "add" },
		{ "DPU", "EW_CFG", "EW_ALU_ALGO", 0x4070, 0x108303c0, 3, "div" },
		{ "DPU", "EW_CFG", "EW_OP_SRC", 0x4070, 0x108202c0, 1, "erdma" },
		{ "DPU", "EW_CFG", "EW_DATA_MODE", 0x4070, 0x108202c0, 1, "per_pixel" },
		{ "DPU", "OUT_CVT_SCALE", "FP32TOFP16_EN", 0x4084, 0x10001, 1, NULL },
		{ "DPU", "SURFACE_ADD", "SURF_ADD", 0x40c0, 0x380, 56, NULL },
		{ "DPU_RDMA", "RDMA_ERDMA_CFG", "ERDMA_DATA_MODE", 0x5034, 0x40000008, 1, "per_pixel" },
		{ "DPU_RDMA", "RDMA_FEATURE_MODE_CFG", "MRDMA_DISABLE", 0x5044, 0x7810, 1, NULL },
		{ "DPU_RDMA", "RDMA_FEATURE_MODE_CFG", "IN_PRECISION", 0x5044, 0x17849, 2, "fp16" },
		{ "PPU", "OPERATION_MODE_CFG", "POOLING_METHOD", 0x6024, 0x11, 1, "max" },
		{ "PPU", "OPERATION_MODE_CFG", "FLYING_MODE", 0x6024, 0x11, 1, "from_memory" },
		{ "PPU_RDMA", "RDMA_SRC_LINE_STRIDE", "SRC_LINE_STRIDE", 0x7024, 0x10, 1, NULL },
		{ "GLOBAL", "OPERATION_ENABLE", "CORE_OP_EN", 0xf008, 0x0d, 1, NULL },
		{ "GLOBAL", "OPERATION_ENABLE", "DPU_RDMA_OP_EN", 0xf008, 0x0d, 0, NULL },
		{ "GLOBAL", "OPERATION_ENABLE", "PPU_OP_EN", 0xf008, 0x60, 1, NULL },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(known); i++) {
		const struct rkr_reg_field *field = get_field(known[i].block, known[i].reg, known[i].field);
		uint32_t value = rkr_reg_field_get(field, known[i].word);
		const char *name = rkr_reg_enum_name(field, value);

		ck_assert_uint_eq(get(known[i].block, known[i].reg)->offset, known[i].offset);
		if (value != known[i].value)
			ck_abort_msg("%s.%s.%s of 0x%08x is %u", known[i].block, known[i].reg, known[i].field,
				     (unsigned)known[i].word, (unsigned)value);
		ck_assert_pstr_eq(name, known[i].name);
	}
}
END_TEST

START_TEST(addresses_and_roles)
{
	/* All that hold an address of memory, and the chain's length, which is a link without one. */
	static const struct {
		const char *block, *reg;
		enum rkr_reg_role role;
		uint32_t mask;
	} marked[] = {
		{ "PC", "BASE_ADDRESS", RKR_REG_LINK, 0xfffffff0 },
		{ "PC", "REGISTER_AMOUNTS", RKR_REG_LINK, 0 },
		{ "CNA", "FEATURE_DATA_ADDR", RKR_REG_ADDRESS, 0xffffffff },
		{ "CNA", "DCOMP_ADDR0", RKR_REG_ADDRESS, 0xffffffff },
		{ "DPU", "DST_BASE_ADDR", RKR_REG_ADDRESS, 0xffffffff },
		{ "DPU_RDMA", "RDMA_SRC_BASE_ADDR", RKR_REG_ADDRESS, 0xffffffff },
		{ "DPU_RDMA", "RDMA_BS_BASE_ADDR", RKR_REG_ADDRESS, 0xffffffff },
		{ "DPU_RDMA", "RDMA_BN_BASE_ADDR", RKR_REG_ADDRESS, 0xffffffff },
		{ "DPU_RDMA", "RDMA_EW_BASE_ADDR", RKR_REG_ADDRESS, 0xffffffff },
		{ "PPU", "DST_BASE_ADDR", RKR_REG_ADDRESS, 0xfffffff0 },
		{ "PPU_RDMA", "RDMA_SRC_BASE_ADDR", RKR_REG_ADDRESS, 0xffffffff },
	};
	size_t n = 0;

	for (size_t i = 0; i < RKR_ARRAY_LEN(marked); i++) {
		const struct rkr_reg *reg = get(marked[i].block, marked[i].reg);

		if (reg->role != marked[i].role || reg->address_mask != marked[i].mask)
			ck_abort_msg("%s.%s: role %d, mask 0x%08x", marked[i].block, marked[i].reg,
				     (int)reg->role, (unsigned)reg->address_mask);
	}
	FOR_EACH_REG(block, reg)
		n += reg->role == RKR_REG_LINK || reg->role == RKR_REG_ADDRESS || reg->address_mask != 0;
	ck_assert_uint_eq(n, RKR_ARRAY_LEN(marked));

	ck_assert_int_eq(get("CNA", "CBUF_CON0")->role, RKR_REG_GEOMETRY);
	ck_assert_int_eq(get("CNA", "PAD_CON0")->role, RKR_REG_GEOMETRY);
	ck_assert_int_eq(get("CORE", "DATAOUT_SIZE_1")->role, RKR_REG_GEOMETRY);
	ck_assert_int_eq(get("DPU", "SURFACE_ADD")->role, RKR_REG_GEOMETRY);
	ck_assert_int_eq(get("DPU_RDMA", "RDMA_EW_SURF_STRIDE")->role, RKR_REG_GEOMETRY);
	ck_assert_int_eq(get("PPU", "POOLING_KERNEL_CFG")->role, RKR_REG_GEOMETRY);
	ck_assert_int_eq(get("PPU_RDMA", "RDMA_CUBE_IN_WIDTH")->role, RKR_REG_GEOMETRY);
	ck_assert_int_eq(get("CNA", "CONV_CON1")->role, RKR_REG_PLAIN);
	ck_assert_int_eq(get("PC", "TASK_DMA_BASE_ADDR")->role, RKR_REG_PLAIN);
}
END_TEST

START_TEST(constants_agree)
{
#define REG(block, reg) { #block, #reg, RKR_REG_##block##_##reg, NULL, 0, 0 }
#define FLD(block, reg, field)                                                          \
	{                                                                               \
		#block, #reg, RKR_REG_##block##_##reg, #field,                          \
		RKR_FLD_##block##_##reg##_##field##_SHIFT, RKR_FLD_##block##_##reg##_##field##_MASK \
	}
	static const struct {
		const char *block, *reg;
		uint16_t offset;
		const char *field;
		unsigned shift;
		uint32_t mask;
	} constants[] = {
		REG(PC, VERSION),
		REG(DPU_RDMA, RDMA_SRC_BASE_ADDR),
		REG(PPU_RDMA, RDMA_SRC_BASE_ADDR),
		FLD(PC, BASE_ADDRESS, PC_SEL),
		FLD(CNA, CBUF_CON0, WEIGHT_BANK),
		FLD(CNA, WEIGHT_SIZE0, WEIGHT_BYTES),
		FLD(CORE, DATAOUT_SIZE_0, DATAOUT_HEIGHT),
		FLD(DPU, DST_SURF_STRIDE, DST_SURF_STRIDE),
		FLD(GLOBAL, OPERATION_ENABLE, PPU_RDMA_OP_EN),
	};
#undef REG
#undef FLD

	for (size_t i = 0; i < RKR_ARRAY_LEN(constants); i++) {
		const struct rkr_reg_field *field;

		ck_assert_uint_eq(get(constants[i].block, constants[i].reg)->offset, constants[i].offset);
		if (!constants[i].field)
			continue;
		field = get_field(constants[i].block, constants[i].reg, constants[i].field);
		ck_assert_uint_eq(field->lsb, constants[i].shift);
		ck_assert_uint_eq(mask_of(field) >> field->lsb, constants[i].mask);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("regs");
	TCase *lookup = tcase_create("lookup");
	TCase *fields = tcase_create("fields");
	TCase *facts = tcase_create("facts");

	tcase_add_test(lookup, registers_are_in_order);
	tcase_add_test(lookup, every_register_is_found);
	tcase_add_test(lookup, offsets_as_by_search);
	tcase_add_test(lookup, qwords_as_by_search);
	tcase_add_test(lookup, unknown_names);
	suite_add_tcase(suite, lookup);

	tcase_add_test(fields, fields_are_apart);
	tcase_add_test(fields, fields_round_trip);
	tcase_add_test(fields, enums_fit);
	suite_add_tcase(suite, fields);

	tcase_add_test(facts, blocks_of_a_qword);
	tcase_add_test(facts, known_values);
	tcase_add_test(facts, addresses_and_roles);
	tcase_add_test(facts, constants_agree);
	suite_add_tcase(suite, facts);

	return test_main(suite);
}
